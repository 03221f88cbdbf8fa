//! Groovy as a row of tokens with their places: enough to find calls, strings and blocks in a Jenkinsfile, and never an error.
//!
//! A Jenkinsfile is anybody's text. What can't be understood becomes a token of its own, and the row goes on behind it.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// The line that it begins on, counted from 1.
    pub line: usize,
    /// Where it stands, a string with its quotes.
    pub range: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name, a keyword or a number.
    Word(String),
    /// Any string.
    Text(Text),
    /// `==`, which is no assignment.
    Equal,
    /// Any other character that means something.
    Sign(char),
    /// The end of a line: it ends a statement outside brackets.
    Newline,
}

/// A string: its pieces in order.
pub type Text = Vec<Piece>;

/// A piece of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands as it is, its escapes resolved.
    Literal(String),
    /// The Groovy of `${…}` or `$name`.
    Expression(String),
}

/// A string as it may have been written, without its quotes.
pub fn written(text: &Text) -> String {
    let pieces = text.iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.clone(),
        Piece::Expression(expression) => format!("${{{expression}}}"),
    });
    pieces.collect()
}

/// All tokens of a text.
pub fn tokens(text: &str) -> Vec<Token> {
    Lexer::read(text).tokens
}

/// Why Groovy refuses a text as a whole, with the place: a string, a comment or a bracket that is not closed, or a bracket that closes nothing.
pub fn unclosed(text: &str) -> Option<(Range<usize>, String)> {
    let lexer = Lexer::read(text);
    if lexer.is_unsure {
        return None;
    }
    if let Some((range, what)) = lexer.unclosed {
        return Some((range, format!("nothing closes this {what}")));
    }
    let mut open: Vec<(char, &Range<usize>)> = Vec::new();
    let never = |(sign, range): (char, &Range<usize>)| {
        Some((range.clone(), format!("nothing closes this `{sign}`")))
    };
    for Token { kind, range, .. } in &lexer.tokens {
        let opener = match kind {
            Kind::Sign(sign @ ('(' | '[' | '{')) => {
                open.push((*sign, range));
                continue;
            }
            Kind::Sign(')') => '(',
            Kind::Sign(']') => '[',
            Kind::Sign('}') => '{',
            _ => continue,
        };
        match open.pop() {
            Some((sign, _)) if sign == opener => {}
            Some(other) => return never(other),
            None => {
                let closer = &text[range.clone()];
                return Some((range.clone(), format!("this `{closer}` closes nothing")));
            }
        }
    }
    open.pop().and_then(never)
}

struct Lexer<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    line: usize,
    tokens: Vec<Token>,
    /// The first string or comment without an end.
    unclosed: Option<(Range<usize>, &'static str)>,
    /// Whether a slash may have been taken for the beginning of a string that it does not begin.
    is_unsure: bool,
}

impl<'a> Lexer<'a> {
    fn read(text: &'a str) -> Self {
        let mut lexer = Self {
            text,
            rest: text.char_indices().peekable(),
            line: 1,
            tokens: Vec::new(),
            unclosed: None,
            is_unsure: false,
        };
        while lexer.token() {}
        lexer
    }

    /// Reads one token, or one stretch that is none; `false` at the end.
    fn token(&mut self) -> bool {
        let (line, start) = (self.line, self.at());
        let Some(first) = self.next() else {
            return false;
        };
        let kind = match first {
            '\n' => Kind::Newline,
            // A line that goes on below.
            '\\' if self.eat("\n") || self.eat("\r\n") => return true,
            _ if first.is_whitespace() => return true,
            '#' if self.tokens.is_empty() && self.eat("!") => {
                self.skip_line();
                return true;
            }
            '/' if self.eat("/") => {
                self.skip_line();
                return true;
            }
            '/' if self.eat("*") => {
                while !self.eat("*/") {
                    if self.next().is_none() {
                        self.is_not_closed(start..start + "/*".len(), "comment");
                        break;
                    }
                }
                return true;
            }
            '\'' if self.eat("''") => Kind::Text(self.string("'''", false)),
            '"' if self.eat("\"\"") => Kind::Text(self.string("\"\"\"", true)),
            '\'' => Kind::Text(self.string("'", false)),
            '"' => Kind::Text(self.string("\"", true)),
            '/' if self.begins_a_value() => Kind::Text(self.string("/", true)),
            '$' if self.eat("/") => Kind::Text(self.string("/$", true)),
            '=' if self.eat("==") || self.eat("=") => Kind::Equal,
            _ if is_word(first) => {
                let mut word = String::from(first);
                while let Some(next) = self.next_if(is_word) {
                    word.push(next);
                }
                Kind::Word(word)
            }
            sign => Kind::Sign(sign),
        };
        let range = start..self.at();
        self.tokens.push(Token { kind, line, range });
        true
    }

    fn is_not_closed(&mut self, range: Range<usize>, what: &'static str) {
        self.unclosed.get_or_insert((range, what));
    }

    /// Whether a slash here begins a pattern: behind a value it would divide.
    fn begins_a_value(&self) -> bool {
        match self.tokens.last().map(|token| &token.kind) {
            None | Some(Kind::Newline | Kind::Equal) => true,
            Some(Kind::Sign(sign)) => !")]}".contains(*sign),
            Some(Kind::Word(word)) => matches!(word.as_str(), "case" | "in" | "return"),
            Some(Kind::Text(_)) => false,
        }
    }

    /// The pieces of a string whose opening quotes were read.
    fn string(&mut self, end: &str, interpolates: bool) -> Text {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let one_line = end.len() == 1;
        let start = self.at() - end.len();
        while !self.eat(end) {
            // The string was never closed: the rest of the file is not a part of it.
            let next = match one_line && self.peek() == Some('\n') {
                true => None,
                false => self.next(),
            };
            let Some(next) = next else {
                match end {
                    "/" => self.is_unsure = true,
                    _ => self.is_not_closed(start..start + end.len(), "string"),
                }
                break;
            };
            match next {
                '\\' if end == "/$" => literal.push('\\'),
                '$' if end == "/$" && matches!(self.peek(), Some('$' | '/')) => {
                    literal.extend(self.next());
                }
                '\\' if end == "/" => match self.next_if(|next| next == '/') {
                    Some(slash) => literal.push(slash),
                    None => literal.push('\\'),
                },
                '\\' => self.escape(&mut literal),
                '$' if interpolates => {
                    let expression = match self.peek() {
                        Some('{') => self.block(),
                        Some(first) if first.is_alphabetic() || first == '_' => self.path(),
                        _ => {
                            literal.push('$');
                            continue;
                        }
                    };
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Expression(expression));
                }
                '\r' => {}
                next => literal.push(next),
            }
        }
        if !literal.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        pieces
    }

    fn escape(&mut self, literal: &mut String) {
        match self.next() {
            Some('n') => literal.push('\n'),
            Some('t') => literal.push('\t'),
            Some('r' | 'b' | 'f') | None => {}
            // A line that goes on below.
            Some('\n') => {}
            Some('\r') if self.eat("\n") => {}
            Some('u') => {
                let digits: String = self.rest().chars().take_while(|c| *c == 'u').collect();
                self.eat(&digits);
                let code = self
                    .rest()
                    .get(..4)
                    .and_then(|code| u32::from_str_radix(code, 16).ok());
                if let Some(character) = code.and_then(char::from_u32) {
                    for _ in 0..4 {
                        self.next();
                    }
                    literal.push(character);
                }
            }
            Some(other) => literal.push(other),
        }
    }

    /// What stands in the braces of `${…}`; strings in it may hold braces.
    fn block(&mut self) -> String {
        self.next();
        let mut depth = 1_usize;
        let mut quote = None;
        let mut expression = String::new();
        while let Some(next) = self.next() {
            match (next, quote) {
                ('\\', Some(_)) => {
                    expression.push(next);
                    expression.extend(self.next());
                    continue;
                }
                ('\'' | '"', None) => quote = Some(next),
                (_, Some(open)) if open == next => quote = None,
                ('{', None) => depth += 1,
                ('}', None) => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            expression.push(next);
        }
        expression.trim().to_owned()
    }

    /// What `$` stands before without braces: a name, and names behind points.
    fn path(&mut self) -> String {
        let mut path = String::new();
        loop {
            while let Some(next) = self.next_if(is_word) {
                path.push(next);
            }
            let mut ahead = self.rest().chars();
            let dot = ahead.next() == Some('.');
            if !dot
                || !ahead
                    .next()
                    .is_some_and(|next| next.is_alphabetic() || next == '_')
            {
                return path;
            }
            self.next();
            path.push('.');
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|next| next != '\n') {
            self.next();
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, next)| *next)
    }

    fn next(&mut self) -> Option<char> {
        let (_, next) = self.rest.next()?;
        if next == '\n' {
            self.line += 1;
        }
        Some(next)
    }

    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let next = self.peek()?;
        if wanted(next) { self.next() } else { None }
    }

    fn at(&mut self) -> usize {
        self.rest
            .peek()
            .map_or(self.text.len(), |(start, _)| *start)
    }

    fn rest(&mut self) -> &str {
        let start = self.at();
        &self.text[start..]
    }

    /// Goes past a text if it comes next.
    fn eat(&mut self, wanted: &str) -> bool {
        let comes = self.rest().starts_with(wanted);
        if comes {
            for _ in wanted.chars() {
                self.next();
            }
        }
        comes
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strings(text: &str) -> Vec<Text> {
        let tokens = tokens(text).into_iter();
        tokens
            .filter_map(|token| match token.kind {
                Kind::Text(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    fn expression(text: &str) -> Piece {
        Piece::Expression(text.to_owned())
    }

    #[test]
    fn strings_hold_literals_and_expressions() {
        assert_eq!(
            strings(r#"sh "a ${b.c['}']} $d.e. \"f\" \$g" + 'h $i'"#),
            [
                vec![
                    literal("a "),
                    expression("b.c['}']"),
                    literal(" "),
                    expression("d.e"),
                    literal(". \"f\" $g"),
                ],
                vec![literal("h $i")],
            ]
        );
    }

    #[test]
    fn a_line_of_a_long_string_goes_on_behind_a_backslash() {
        assert_eq!(
            strings("sh '''a \\\n  b\nc'''\r\nsh \"\"\"d \\\r\n e\"\"\""),
            [vec![literal("a   b\nc")], vec![literal("d  e")]]
        );
    }

    #[test]
    fn comments_and_patterns_hide_quotes() {
        assert_eq!(
            strings("// it's\n/* \" */ x = y / 2 / z; w =~ /a'b\\/c/; 'd'"),
            [vec![literal("a'b/c")], vec![literal("d")]]
        );
    }

    #[test]
    fn a_string_without_an_end_ends_with_its_line() {
        assert_eq!(
            strings("a 'b\nc \"d\"\n\"\"\"e"),
            [vec![literal("b")], vec![literal("d")], vec![literal("e")]]
        );
    }

    #[test]
    fn a_token_knows_where_it_stands() {
        let text = "#!x\n@Library('é@v1') _\nstage(\"b ${c}\")";
        let of = |wanted: &str| {
            let mut tokens = tokens(text).into_iter();
            tokens.find(|token| &text[token.range.clone()] == wanted)
        };
        assert_eq!(of("'é@v1'").unwrap().line, 2);
        let Kind::Text(title) = of("\"b ${c}\"").unwrap().kind else {
            unreachable!("a string is one")
        };
        assert_eq!(written(&title), "b ${c}");
    }

    proptest! {
        #[test]
        fn any_text_has_tokens(text in "[@'\"\\\\/*a_$é \n#!{}u=]{0,40}|.*") {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(token.range.start >= end && text.get(token.range.clone()).is_some());
                end = token.range.end;
            }
            if let Some((range, _)) = unclosed(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
