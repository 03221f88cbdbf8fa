//! What the strings of a Jenkinsfile stand for: names that were assigned are replaced, and what a build supplies becomes a placeholder.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::parser::read_value;
use super::script::{Assignment, Script, Value, literal};
use crate::checkout::groovy::{Piece, Text};
use crate::checkout::shell;

/// Characters for private use stand for what a build supplies while a string is taken apart as shell; none survives in a text that is read.
const PLACEHOLDERS: [(char, &str); 4] = [
    ('\u{e000}', "{version}"),
    ('\u{e001}', "{build_number}"),
    ('\u{e002}', "{branch}"),
    ('\u{e003}', "{commit}"),
];
const VERSION: char = PLACEHOLDERS[0].0;
const FIRST_UNKNOWN: u32 = 0xe100;
const LAST_UNKNOWN: u32 = 0xf8ff;

/// Assignments that name each other are followed this far, so that a circle ends.
const MAX_STEPS: usize = 8;
/// So often is a name replaced in a whole file: replacements in replacements multiply.
const MAX_REPLACEMENTS: usize = 100_000;
/// Longest expression in a string that is looked into.
const MAX_EXPRESSION: usize = 2_000;

/// A text without the characters that stand for something here.
pub(super) fn without_marks(text: &str) -> String {
    text.replace(|c| ('\u{e000}'..='\u{f8ff}').contains(&c), "\u{fffd}")
}

/// What the names of a Jenkinsfile stand for.
pub(super) struct Values<'a> {
    /// The only assignment of a name; none if there are several, or if it may not be made.
    assigned: HashMap<&'a str, Option<&'a Assignment>>,
    unknown: RefCell<Vec<String>>,
    replacements: Cell<usize>,
    /// The names that were asked for.
    used: RefCell<HashSet<String>>,
}

impl<'a> Values<'a> {
    pub(super) fn new(script: &'a Script) -> Self {
        // `def tag = ''` and `= null` declare: what is meant is assigned later.
        let (blank, given): (Vec<&Assignment>, Vec<&Assignment>) = script
            .assignments
            .iter()
            .partition(|assignment| assignment.is_blank());
        let mut assigned = HashMap::new();
        for (name, writes) in &script.writes {
            let blank = blank
                .iter()
                .filter(|blank| bare(&blank.name) == name)
                .count();
            if writes.saturating_sub(blank) > 1 {
                assigned.insert(bare(name), None);
            }
        }
        for assignment in given {
            let only = Some(assignment).filter(|assignment| assignment.is_certain);
            assigned
                .entry(bare(&assignment.name))
                .and_modify(|known| *known = None)
                .or_insert(only);
        }
        for assignment in blank {
            assigned
                .entry(bare(&assignment.name))
                .or_insert(Some(assignment));
        }
        Self {
            assigned,
            unknown: RefCell::default(),
            replacements: Cell::new(0),
            used: RefCell::default(),
        }
    }

    /// Whether anything is assigned to a name.
    pub(super) fn is_assigned(&self, name: &str) -> bool {
        self.assigned.contains_key(bare(name))
    }

    /// Whether the value of a name stands in anything that was read.
    pub(super) fn is_used(&self, name: &str) -> bool {
        self.used.borrow().contains(bare(name))
    }

    /// Whether a name is that of the version.
    pub(super) fn is_version(&self, name: &str) -> bool {
        // To ask is not to use.
        let used = self.used.take();
        let mut flat = String::new();
        self.add_name(name, MAX_STEPS, &mut flat);
        self.used.replace(used);
        flat.chars().eq([VERSION])
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
        let set = set_by_shell(&script);
        let mut flat = String::new();
        let mut rest = script.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            flat.push_str(before);
            let (name, behind) = variable(after);
            rest = behind;
            if name.is_empty() {
                flat.push('$');
            } else if set.contains(name) {
                // Its value is none of Groovy's.
                flat.push(self.mark(name));
            } else if known(name).is_some() || self.is_assigned(name) {
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
                Piece::Expression(expression) => self.add_expression(expression, steps, flat),
            }
        }
    }

    /// What stands in `${…}`.
    fn add_expression(&self, expression: &str, steps: usize, flat: &mut String) {
        if is_path(expression) {
            return self.add_name(expression, steps, flat);
        }
        let is_looked_into = steps > 0
            && expression.len() <= MAX_EXPRESSION
            && self.replacements.get() < MAX_REPLACEMENTS;
        self.replacements.set(self.replacements.get() + 1);
        match is_looked_into.then(|| read_value(expression)) {
            Some(Value::Text(text)) => self.add_text(&text, steps - 1, flat),
            Some(Value::Path(path)) => self.add_name(&path, steps - 1, flat),
            _ => flat.push(self.mark(expression)),
        }
    }

    fn add_name(&self, name: &str, steps: usize, flat: &mut String) {
        let replaced = self.replacements.get();
        self.replacements.set(replaced + 1);
        if !self.used.borrow().contains(bare(name)) {
            self.used.borrow_mut().insert(bare(name).to_owned());
        }
        let can_go_on = steps > 0 && replaced < MAX_REPLACEMENTS;
        let known = known(name);
        let is_version = known == Some(VERSION);
        let assignment = match self.assigned.get(bare(name)) {
            None => return flat.push(known.unwrap_or_else(|| self.mark(name))),
            Some(None) => return flat.push(self.mark(name)),
            Some(Some(assignment)) => *assignment,
        };
        match &assignment.value {
            // As it is written out, a version is the version.
            Value::Text(text) if is_version && literal(text).is_some() => flat.push(VERSION),
            Value::Text(text) if can_go_on => self.add_text(text, steps - 1, flat),
            // A key of a file, or the result of a command, has no other name than this one.
            Value::Path(path) if is_version && !self.is_supplied(path) => flat.push(VERSION),
            Value::Call(..) if is_version => flat.push(VERSION),
            Value::Path(path) if can_go_on && bare(path) != bare(name) => {
                self.add_name(path, steps - 1, flat);
            }
            Value::Other => flat.push(self.mark(&assignment.written)),
            _ => flat.push(
                known
                    .filter(|_| !can_go_on)
                    .unwrap_or_else(|| self.mark(name)),
            ),
        }
    }

    /// Whether a build, or an assignment that is read to its end, gives a name its value.
    fn is_supplied(&self, name: &str) -> bool {
        known(name).is_some_and(|mark| mark != VERSION)
            || matches!(self.assigned.get(bare(name)), Some(None))
            || matches!(self.assigned.get(bare(name)), Some(Some(assignment)) if !matches!(assignment.value, Value::Call(..)))
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
        if flat.contains(['$', '`']) {
            return Err(self.readable(flat));
        }
        match unknown.is_empty() {
            true => Ok(template),
            false => Err(self.readable(flat)),
        }
    }

    /// A flat text that holds nothing but itself.
    pub(super) fn plain(&self, flat: &str) -> Option<String> {
        let marked = |c: char| {
            placeholder(c).is_some() || self.expression(c).is_some() || matches!(c, '$' | '`')
        };
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

/// Whether an expression is a name, or names with points and keys between them.
fn is_path(expression: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    !expression.is_empty() && expression.chars().all(is_name)
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

/// The names that a script sets itself, and not for one command or as the argument of one. A version that a command prints is the version.
fn set_by_shell(script: &str) -> HashSet<String> {
    const SETTERS: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];
    let is_printed = |value: &str| {
        let value = value.trim_start_matches('"');
        value.starts_with(['`', '$']) && !value.starts_with("${")
    };
    let commands = shell::commands(script).into_iter();
    let set = commands.flat_map(|command| match command.program() {
        "" => command.env,
        program if SETTERS.contains(&program) => {
            let words = command.arguments.iter();
            let words = words.filter_map(|word| word.split_once('='));
            words
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        }
        _ => Vec::new(),
    });
    let set = set.filter(|(name, value)| known(name) != Some(VERSION) || !is_printed(value));
    set.map(|(name, _)| name).collect()
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
