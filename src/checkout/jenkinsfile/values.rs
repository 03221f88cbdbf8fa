//! What the strings of a Jenkinsfile stand for: names that were assigned are replaced, and what a build supplies becomes a placeholder.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::script::{Script, Value, literal};
use crate::checkout::groovy::{Piece, Text};

/// Characters for private use stand for what a build supplies while a string is taken apart as shell; none survives in a text that is read.
const PLACEHOLDERS: [(char, &str); 4] = [
    ('\u{e000}', "{version}"),
    ('\u{e001}', "{build_number}"),
    ('\u{e002}', "{branch}"),
    ('\u{e003}', "{commit}"),
];
const FIRST_UNKNOWN: u32 = 0xe100;
const LAST_UNKNOWN: u32 = 0xf8ff;

/// Assignments that name each other are followed this far, so that a circle ends.
const MAX_STEPS: usize = 8;
/// So often is a name replaced in a whole file: replacements in replacements multiply.
const MAX_REPLACEMENTS: usize = 100_000;

/// A text without the characters that stand for something here.
pub(super) fn without_marks(text: &str) -> String {
    text.replace(|c| ('\u{e000}'..='\u{f8ff}').contains(&c), "\u{fffd}")
}

/// What the names of a Jenkinsfile stand for.
pub(super) struct Values<'a> {
    assigned: HashMap<&'a str, &'a Value>,
    unknown: RefCell<Vec<String>>,
    replacements: Cell<usize>,
}

impl<'a> Values<'a> {
    pub(super) fn new(script: &'a Script) -> Self {
        // The first assignment is the one that a reader finds; later ones are special cases.
        let mut assigned = HashMap::new();
        for (name, value) in &script.assignments {
            assigned.entry(bare(name)).or_insert(value);
        }
        Self {
            assigned,
            unknown: RefCell::default(),
            replacements: Cell::new(0),
        }
    }

    pub(super) fn assigned(&self, name: &str) -> Option<&'a Value> {
        self.assigned.get(bare(name)).copied()
    }

    /// A string with marks for what only a build knows.
    pub(super) fn flat(&self, text: &Text) -> String {
        let mut flat = String::new();
        self.add_text(text, MAX_STEPS, &mut flat);
        flat
    }

    /// The same of any value that is a string or a name of one.
    pub(super) fn flat_value(&self, value: &Value) -> Option<String> {
        match value {
            Value::Text(text) => Some(self.flat(text)),
            Value::Path(path) => {
                let mut flat = String::new();
                self.add_name(path, MAX_STEPS, &mut flat);
                Some(flat)
            }
            _ => None,
        }
    }

    /// A shell script: variables of the environment are marked as well.
    pub(super) fn flat_script(&self, value: &Value) -> Option<String> {
        let script = self.flat_value(value)?;
        let mut flat = String::new();
        let mut rest = script.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            flat.push_str(before);
            let (name, behind) = variable(after);
            rest = behind;
            if name.is_empty() {
                flat.push('$');
            } else if known(name).is_some() || self.assigned(name).is_some() {
                self.add_name(name, MAX_STEPS, &mut flat);
            } else {
                flat.push_str("${");
                flat.push_str(name);
                flat.push('}');
            }
        }
        flat.push_str(rest);
        Some(flat)
    }

    fn add_text(&self, text: &Text, steps: usize, flat: &mut String) {
        for piece in text {
            match piece {
                Piece::Literal(literal) => flat.push_str(literal),
                Piece::Expression(expression) => self.add_name(expression, steps, flat),
            }
        }
    }

    fn add_name(&self, expression: &str, steps: usize, flat: &mut String) {
        let replaced = self.replacements.get();
        self.replacements.set(replaced + 1);
        let assigned = self
            .assigned(expression)
            .filter(|_| steps > 0 && replaced < MAX_REPLACEMENTS);
        if let Some(mark) = known(expression) {
            // A version may be put together from others; as it is, it is the version.
            match assigned {
                Some(Value::Text(text)) if mark == PLACEHOLDERS[0].0 && literal(text).is_none() => {
                    self.add_text(text, steps - 1, flat);
                }
                _ => flat.push(mark),
            }
            return;
        }
        match assigned {
            Some(Value::Text(text)) => self.add_text(text, steps - 1, flat),
            Some(Value::Path(path)) => self.add_name(path, steps - 1, flat),
            _ => {
                flat.push(self.mark(expression));
            }
        }
    }

    /// The mark of an expression that means nothing here.
    fn mark(&self, expression: &str) -> char {
        let mut unknown = self.unknown.borrow_mut();
        let index = unknown.iter().position(|known| known == expression);
        let index = index.unwrap_or(unknown.len());
        let mark = u32::try_from(index)
            .ok()
            .and_then(|index| FIRST_UNKNOWN.checked_add(index));
        let mark = mark
            .filter(|mark| *mark <= LAST_UNKNOWN)
            .and_then(char::from_u32);
        if index == unknown.len() && mark.is_some() {
            unknown.push(expression.to_owned());
        }
        mark.unwrap_or('\u{fffd}')
    }

    /// A flat text in the language's own notation; or the expressions that it has no words for.
    pub(super) fn template(&self, flat: &str) -> Result<String, String> {
        let mut template = String::new();
        let mut unknown = Vec::new();
        for character in flat.chars() {
            match character {
                '{' => template.push_str("{{"),
                '}' => template.push_str("}}"),
                _ => match placeholder(character) {
                    Some(placeholder) => template.push_str(placeholder),
                    None => match self.expression(character) {
                        Some(expression) => unknown.push(expression),
                        None => template.push(character),
                    },
                },
            }
        }
        if flat.contains('$') {
            return Err(self.readable(flat));
        }
        match unknown.is_empty() {
            true => Ok(template),
            false => Err(self.readable(flat)),
        }
    }

    /// A flat text that holds nothing but itself.
    pub(super) fn plain(&self, flat: &str) -> Option<String> {
        let marked = |c: char| placeholder(c).is_some() || self.expression(c).is_some() || c == '$';
        (!flat.contains(marked)).then(|| flat.to_owned())
    }

    /// A flat text for people: as it stood in the Jenkinsfile, more or less.
    pub(super) fn readable(&self, flat: &str) -> String {
        let mut readable = String::new();
        for character in flat.chars() {
            match placeholder(character) {
                Some(placeholder) => readable.push_str(placeholder),
                None => match self.expression(character) {
                    Some(expression) => {
                        readable.push_str("${");
                        readable.push_str(&expression);
                        readable.push('}');
                    }
                    None => readable.push(character),
                },
            }
        }
        readable
    }

    fn expression(&self, mark: char) -> Option<String> {
        let index = u32::from(mark).checked_sub(FIRST_UNKNOWN)?;
        self.unknown
            .borrow()
            .get(usize::try_from(index).ok()?)
            .cloned()
    }
}

fn placeholder(mark: char) -> Option<&'static str> {
    let mut all = PLACEHOLDERS.iter();
    all.find(|(own, _)| *own == mark)
        .map(|(_, placeholder)| *placeholder)
}

/// A name without the objects that hold what the environment does.
fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix("env.")
        .or_else(|| name.strip_prefix("params."))
        .unwrap_or(name)
}

/// The mark of a name that every Jenkinsfile understands alike.
fn known(expression: &str) -> Option<char> {
    let word: String = bare(expression).chars().filter(|c| *c != '_').collect();
    let last = word
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let index = match (bare(expression), last.as_str()) {
        ("BUILD_NUMBER" | "BUILD_ID" | "currentBuild.number", _) => 1,
        ("BRANCH_NAME" | "GIT_BRANCH", _) => 2,
        ("GIT_COMMIT", _) => 3,
        (_, "version" | "appversion" | "projectversion" | "serviceversion" | "releaseversion") => 0,
        _ => return None,
    };
    PLACEHOLDERS.get(index).map(|(mark, _)| *mark)
}

/// The name behind a `$` of the shell, and what follows it.
fn variable(text: &str) -> (&str, &str) {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.strip_prefix('{') {
        Some(inner) => match inner.split_once('}') {
            Some((name, rest)) if !name.is_empty() && name.chars().all(word) => (name, rest),
            _ => ("", text),
        },
        None => {
            let end = text.find(|c| !word(c)).unwrap_or(text.len());
            text.split_at(end)
        }
    }
}
