//! Groovy source text: the only module that quotes and lays it out.
//!
//! Templates can only print what is made here. They name [`Groovy`] as their escaper, and that type is deliberately no [`askama::filters::Escaper`]:
//! printing a bare string is then a compile error, and only [`Safe`] values print. Every value of this module that comes from outside goes through
//! [`string`], [`interpolated`], [`map`] keys, [`name`] or [`comment`].
//!
//! The output is ASCII. Groovy decodes `\uXXXX` everywhere before it looks at anything else, also in comments, so no backslash is ever printed that was
//! not made here.

#![expect(
    clippy::disallowed_types,
    reason = "this module alone vouches that text is safe"
)]

use std::fmt::{self, Write as _};

use askama::filters::Safe;
use askama::{FastWritable, Values};

use crate::model::VarName;

/// The escaper of Groovy templates, which can't escape anything.
#[derive(Debug, Clone, Copy)]
pub struct Groovy;

/// A piece of Groovy source that templates can print.
pub type Code = Safe<Expression>;

/// An expression: how it is laid out depends on its structure alone, never on its width, so that a changed value changes its own line only.
#[derive(Debug, Clone)]
pub struct Expression(Node);

#[derive(Debug, Clone)]
enum Node {
    /// Text on one line.
    Atom(String),
    /// `[a, b]`, one item a line from four items on.
    List(Vec<Node>),
    /// The same, always one item a line.
    Lines(Vec<Node>),
    /// `[a: x]`, one entry a line from three entries on.
    Map(Vec<(String, Node)>),
    /// `name(a: x)`, one argument a line from three arguments on.
    Call(String, Vec<(String, Node)>),
    /// `name(x)`, `x` laid out as it is anywhere else.
    Apply(&'static str, Box<Node>),
    /// `head { … }`, the body on lines of its own.
    Block(Box<Node>, Box<Node>),
    /// `return x`.
    Return(Box<Node>),
}

/// A string literal: `'…'`.
pub fn string(text: &str) -> Code {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for character in text.chars() {
        escape(&mut literal, character, '\'');
    }
    literal.push('\'');
    atom(literal)
}

/// A piece of an [`interpolated`] string.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// Text that stands as it is.
    Text(&'a str),
    /// An expression, written in this program.
    Expression(&'static str),
}

/// Text with expressions in it: `"…${…}…"`; the expression alone if there is nothing else, and `'…'` if there is no expression.
pub fn interpolated<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> Code {
    let pieces: Vec<Piece<'a>> = pieces.into_iter().collect();
    if let [Piece::Expression(code)] = pieces[..] {
        return code_of(code);
    }
    let texts: Option<String> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(*text),
            Piece::Expression(_) => None,
        })
        .collect();
    if let Some(text) = texts {
        return string(&text);
    }
    let mut literal = String::from('"');
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for character in text.chars() {
                    if character == '$' {
                        literal.push('\\');
                    }
                    escape(&mut literal, character, '"');
                }
            }
            Piece::Expression(code) => {
                literal.push_str("${");
                literal.push_str(code);
                literal.push('}');
            }
        }
    }
    literal.push('"');
    atom(literal)
}

/// Appends one character of a literal that ends with `quote`.
fn escape(literal: &mut String, character: char, quote: char) {
    match character {
        '\\' => literal.push_str("\\\\"),
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        _ if character == quote => {
            literal.push('\\');
            literal.push(quote);
        }
        ' '..='~' => literal.push(character),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String can't fail.
                let _ = write!(literal, "\\u{unit:04x}");
            }
        }
    }
}

/// A number.
pub fn integer(number: u32) -> Code {
    atom(number.to_string())
}

/// `true` or `false`.
pub fn boolean(value: bool) -> Code {
    atom(value.to_string())
}

/// An expression that is written in this program.
pub fn code_of(code: &'static str) -> Code {
    atom(code.to_owned())
}

/// An identifier made of fixed parts around the letters and digits of `middle`.
pub fn name(prefix: &'static str, middle: &str, suffix: &'static str) -> Code {
    let middle: String = middle.chars().filter(char::is_ascii_alphanumeric).collect();
    atom(format!("{prefix}{middle}{suffix}"))
}

/// Text inside a comment: letters, digits and a few signs; anything else becomes `?`.
pub fn comment(text: &str) -> Code {
    let harmless = |c: char| c.is_ascii_alphanumeric() || " -_./".contains(c);
    atom(
        text.chars()
            .map(|c| if harmless(c) { c } else { '?' })
            .collect(),
    )
}

/// A list.
pub fn list(items: impl IntoIterator<Item = Code>) -> Code {
    expression(Node::List(items.into_iter().map(|item| item.0.0).collect()))
}

/// A list with a line for each item, for items that are long.
pub fn lines(items: impl IntoIterator<Item = Code>) -> Code {
    expression(Node::Lines(
        items.into_iter().map(|item| item.0.0).collect(),
    ))
}

/// A list of string literals.
pub fn strings<'a>(items: impl IntoIterator<Item = &'a str>) -> Code {
    list(items.into_iter().map(string))
}

/// A map; keys that are no plain identifier are quoted.
pub fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Code)>) -> Code {
    let entries = entries.into_iter().map(|(key, value)| {
        let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let key = if plain {
            key.to_owned()
        } else {
            string(key).to_string()
        };
        (key, value.0.0)
    });
    expression(Node::Map(entries.collect()))
}

/// A call with named arguments.
pub fn call(name: &'static str, arguments: impl IntoIterator<Item = (&'static str, Code)>) -> Code {
    let arguments = arguments
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.0.0));
    expression(Node::Call(name.to_owned(), arguments.collect()))
}

/// A call of a var of the user's own with one map, which may be empty.
pub fn call_var<'a>(name: &VarName, arguments: impl IntoIterator<Item = (&'a str, Code)>) -> Code {
    let arguments: Vec<(String, Node)> = arguments
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.0.0))
        .collect();
    match arguments.is_empty() {
        true => atom(format!("{name}([:])")),
        false => expression(Node::Call(name.to_string(), arguments)),
    }
}

/// A call with unnamed arguments.
pub fn invoke<'a>(name: &Code, arguments: impl IntoIterator<Item = &'a Code>) -> Code {
    let arguments: Vec<String> = arguments.into_iter().map(Code::to_string).collect();
    atom(format!("{name}({})", arguments.join(", ")))
}

/// A call with one unnamed argument, which may take several lines.
pub fn apply(name: &'static str, argument: Code) -> Code {
    expression(Node::Apply(name, Box::new(argument.0.0)))
}

/// Parameters that are all maps: `Map a, Map b`.
pub fn map_parameters<'a>(names: impl IntoIterator<Item = &'a Code>) -> Code {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| format!("Map {name}"))
        .collect();
    atom(names.join(", "))
}

/// `if (condition)`, to head a [`block`].
pub fn only_if(condition: Code) -> Code {
    atom(format!("if ({condition})"))
}

/// `!(condition)`.
pub fn not(condition: &Code) -> Code {
    atom(format!("!({condition})"))
}

/// `expression operator value`.
pub fn compare(expression: &'static str, operator: &'static str, value: &Code) -> Code {
    atom(format!("{expression} {operator} {value}"))
}

/// Conditions that must all be true.
pub fn all_of(conditions: &[Code]) -> Code {
    let conditions: Vec<String> = conditions.iter().map(Code::to_string).collect();
    atom(conditions.join(" && "))
}

/// Conditions of which one must be true, to stand among others.
pub fn any_of(conditions: &[Code]) -> Code {
    let conditions: Vec<String> = conditions.iter().map(Code::to_string).collect();
    atom(match conditions.len() {
        1 => conditions.concat(),
        _ => format!("({})", conditions.join(" || ")),
    })
}

/// A list of closures, each with one call in it.
pub fn closures(calls: &[Code]) -> Code {
    let closures: Vec<String> = calls.iter().map(|call| format!("{{ {call} }}")).collect();
    atom(format!("[{}]", closures.join(", ")))
}

/// `head { body }`.
pub fn block(head: Code, body: Code) -> Code {
    expression(Node::Block(Box::new(head.0.0), Box::new(body.0.0)))
}

/// `Map name = value`.
pub fn declare_map(name: &Code, value: &Code) -> Code {
    atom(format!("Map {name} = {value}"))
}

/// `return value`.
pub fn returned(value: Code) -> Code {
    expression(Node::Return(Box::new(value.0.0)))
}

fn atom(text: String) -> Code {
    expression(Node::Atom(text))
}

fn expression(node: Node) -> Code {
    Safe(Expression(node))
}

impl Expression {
    /// Whether it is laid out on one line.
    fn is_flat(node: &Node) -> bool {
        match node {
            Node::Atom(_) => true,
            Node::List(items) => items.len() < 4 && items.iter().all(Self::is_flat),
            Node::Map(entries) | Node::Call(_, entries) => {
                entries.len() < 3 && entries.iter().all(|(_, value)| Self::is_flat(value))
            }
            Node::Block(..) | Node::Lines(_) => false,
            Node::Return(value) | Node::Apply(_, value) => Self::is_flat(value),
        }
    }

    fn write(node: &Node, indent: usize, out: &mut dyn fmt::Write) -> fmt::Result {
        match node {
            Node::Atom(text) => out.write_str(text),
            Node::List(items) | Node::Lines(items) => {
                let items = items.iter().map(|item| (None, item));
                Self::write_items(("[", "]"), items, Self::is_flat(node), indent, out)
            }
            Node::Map(entries) if entries.is_empty() => out.write_str("[:]"),
            Node::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (Some(key), value));
                Self::write_items(("[", "]"), entries, Self::is_flat(node), indent, out)
            }
            Node::Call(name, arguments) => {
                out.write_str(name)?;
                let arguments = arguments.iter().map(|(key, value)| (Some(key), value));
                Self::write_items(("(", ")"), arguments, Self::is_flat(node), indent, out)
            }
            Node::Apply(name, argument) => {
                write!(out, "{name}(")?;
                Self::write(argument, indent, out)?;
                out.write_char(')')
            }
            Node::Block(head, body) => {
                Self::write(head, indent, out)?;
                out.write_str(" {")?;
                Self::new_line(indent + 1, out)?;
                Self::write(body, indent + 1, out)?;
                Self::new_line(indent, out)?;
                out.write_char('}')
            }
            Node::Return(value) => {
                out.write_str("return ")?;
                Self::write(value, indent, out)
            }
        }
    }

    fn write_items<'a>(
        (open, close): (&str, &str),
        items: impl Iterator<Item = (Option<&'a String>, &'a Node)>,
        flat: bool,
        indent: usize,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        out.write_str(open)?;
        for (index, (key, value)) in items.enumerate() {
            if flat && index > 0 {
                out.write_str(", ")?;
            }
            if !flat {
                Self::new_line(indent + 1, out)?;
            }
            if let Some(key) = key {
                write!(out, "{key}: ")?;
            }
            Self::write(value, indent + 1, out)?;
            if !flat {
                out.write_char(',')?;
            }
        }
        if !flat {
            Self::new_line(indent, out)?;
        }
        out.write_str(close)
    }

    fn new_line(indent: usize, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "\n{:width$}", "", width = indent * 4)
    }
}

impl fmt::Display for Expression {
    /// `{:n}` lays the expression out for a place that is indented by `n` levels.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = formatter.width().unwrap_or(0);
        Self::write(&self.0, indent, formatter)
    }
}

impl FastWritable for Expression {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(Self::write(&self.0, 0, dest)?)
    }
}

/// The same expression for a place that is indented by `levels`: lines after the first are moved to the right.
pub fn indented(code: &Code, levels: usize) -> Code {
    atom(format!("{:levels$}", code.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_ascii_and_can_not_be_left() {
        assert_eq!(
            string("it's \\u0041 $x\n").to_string(),
            r"'it\'s \\u0041 $x\n'"
        );
        assert_eq!(string("é😀").to_string(), r"'\u00e9\ud83d\ude00'");
        let pieces = [Piece::Text("\"$x"), Piece::Expression("env.A")];
        assert_eq!(interpolated(pieces).to_string(), r#""\"\$x${env.A}""#);
    }

    #[test]
    fn layout_depends_on_structure_alone() {
        let two = call("f", [("a", integer(1)), ("b", boolean(true))]);
        assert_eq!(two.to_string(), "f(a: 1, b: true)");
        let three = map([("a", integer(1)), ("b-c", integer(2)), ("c", map([]))]);
        assert_eq!(
            indented(&three, 1).to_string(),
            "[\n        a: 1,\n        'b-c': 2,\n        c: [:],\n    ]"
        );
        assert_eq!(
            block(code_of("stage"), two).to_string(),
            "stage {\n    f(a: 1, b: true)\n}"
        );
    }
}
