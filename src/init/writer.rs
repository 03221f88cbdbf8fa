//! TOML that people go on writing: with comments, keys in an order that reads well, and proposals that are comments themselves.

use toml::Value;
use toml_writer::{ToTomlKey as _, TomlKeyBuilder};

use crate::config::KeyPath;
use crate::model::Invalid;

/// Columns of a comment.
const WIDTH: usize = 100;
/// Longest word of somebody else's in a comment, in characters.
const MAX_QUOTE: usize = 200;

/// Something that its reader has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsure {
    /// Line of the written file that says the same, counted from 1.
    pub line: usize,
    /// What is not sure, and why.
    pub message: String,
}

/// Writes one file.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    unsure: Vec<Unsure>,
    table: KeyPath,
    /// Keys that no project may set.
    locked: Vec<KeyPath>,
    /// Whether what is written is a proposal: a comment that becomes TOML without its `# `.
    proposes: bool,
}

impl Writer {
    /// One for a project below a library that locks keys.
    pub(super) fn below(locked: Vec<KeyPath>) -> Self {
        Self {
            locked,
            ..Self::default()
        }
    }

    pub(super) fn finish(self) -> (String, Vec<Unsure>) {
        (self.text, self.unsure)
    }

    fn line(&mut self, line: &str) {
        if self.proposes {
            // A comment may hold less than a quoted string does.
            self.text.push_str("# ");
            self.text.push_str(&printable(line));
        } else {
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// One line as it stands, such as a directive for editors.
    pub(super) fn directive(&mut self, line: &str) {
        self.line(line);
    }

    /// An empty line between parts.
    pub(super) fn blank(&mut self) {
        match self.proposes {
            true => self.text.push_str("#\n"),
            false => self.text.push('\n'),
        }
    }

    /// A comment in lines of good length. What it quotes may be anybody's text.
    pub(super) fn comment(&mut self, comment: &str) {
        let comment = printable(comment);
        let mut line = String::from("#");
        let mut words = comment.split_whitespace();
        while let Some(word) = words.next() {
            // A line that begins like a table would look like one to uncomment.
            let is_table = |word: &&str| word.starts_with('[');
            let followers = words.clone().take_while(is_table);
            let wanted: usize = followers.map(|next| next.chars().count() + 1).sum();
            let wanted = wanted + word.chars().count();
            let is_full = line.chars().count() + 1 + wanted > WIDTH;
            if line.len() > 1 && is_full && !is_table(&word) {
                self.text.push_str(&line);
                self.text.push('\n');
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// A comment that also stands in the report.
    pub(super) fn unsure(&mut self, message: impl Into<String>) {
        let message = printable(&message.into());
        self.unsure.push(Unsure {
            line: self.text.matches('\n').count() + 1,
            message: message.clone(),
        });
        self.comment(&message);
    }

    /// The same if there is anything to say.
    pub(super) fn unsure_if(&mut self, message: Option<&str>) {
        if let Some(message) = message {
            self.unsure(message);
        }
    }

    /// The header of a table, below an empty line.
    pub(super) fn table(&mut self, path: impl Into<KeyPath>) {
        self.header(path.into(), "[", "]");
    }

    /// The header of an item of an array of tables.
    pub(super) fn item(&mut self, path: impl Into<KeyPath>) {
        self.header(path.into(), "[[", "]]");
    }

    fn header(&mut self, path: KeyPath, open: &str, close: &str) {
        self.blank();
        let header = format!("{open}{path}{close}");
        match self.is_locked(&path) {
            true => {
                self.unsure(format!(
                    "`{path}` is locked by the library; what was found is this:"
                ));
                self.propose(|writer| writer.line(&header));
            }
            false => self.line(&header),
        }
        self.table = path;
    }

    /// A key of the last table; several names are a dotted key.
    pub(super) fn entry(&mut self, key: impl Into<KeyPath>, value: impl Into<Value>) {
        let key = key.into();
        let path = self.table.join(&key);
        let name: Vec<String> = key.steps().iter().filter_map(name).collect();
        let line = format!("{} = {}", name.join("."), value.into());
        if !self.is_locked(&path) {
            self.line(&line);
            return;
        }
        if !self.is_locked(&self.table) {
            self.unsure(format!(
                "`{path}` is locked by the library; what was found is this:"
            ));
        }
        self.propose(|writer| writer.line(&line));
    }

    /// A text that must satisfy the rules of its field; one that does not is told about.
    pub(super) fn checked<T: std::str::FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        text: &str,
    ) {
        let key = key.into();
        match text.parse::<T>() {
            Ok(_) if !is_printable(text) => {
                let path = self.table.join(&key);
                self.unsure(format!(
                    "`{path}` was found to be {}, which has characters that hide something.",
                    quote(text)
                ));
            }
            Ok(_) => self.entry(key, text),
            Err(invalid) => {
                let path = self.table.join(&key);
                self.unsure(format!(
                    "`{path}` was found to be {}, but it {}.",
                    quote(text),
                    invalid.rule
                ));
            }
        }
    }

    /// A list of which each item must satisfy the rules; those that do not are told about. Nothing is written if none does.
    pub(super) fn checked_list<T: std::str::FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        texts: &[String],
    ) {
        let (good, bad): (Vec<&String>, Vec<&String>) = texts
            .iter()
            .partition(|text| text.parse::<T>().is_ok() && is_printable(text));
        for text in bad {
            self.unsure(format!(
                "An item of `{}` was found to be {}, which can't be used.",
                self.table.key(key),
                quote(text)
            ));
        }
        if !good.is_empty() {
            self.entry(key, list(good.into_iter().map(String::as_str)));
        }
    }

    /// Writes something as a proposal.
    pub(super) fn propose(&mut self, write: impl FnOnce(&mut Self)) {
        let before = (self.proposes, self.table.clone());
        self.proposes = true;
        write(self);
        (self.proposes, self.table) = before;
    }

    fn is_locked(&self, path: &KeyPath) -> bool {
        // A proposal sets nothing.
        !self.proposes
            && self
                .locked
                .iter()
                .any(|lock| path.steps().starts_with(lock.steps()))
    }
}

/// A list of texts.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    let texts = texts.into_iter().map(|text| Value::from(text.to_owned()));
    Value::Array(texts.collect())
}

/// Somebody else's text in a sentence: short, and in back quotes.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", shown(text))
}

/// Somebody else's text, short and in one line.
pub(super) fn shown(text: &str) -> String {
    let text = printable(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether a text shows all that it holds, and was UTF-8.
pub(super) fn is_printable(text: &str) -> bool {
    printable(text) == text && !text.contains(char::REPLACEMENT_CHARACTER)
}

/// A text that can stand in a comment and on a terminal: TOML forbids control characters, and those that turn the direction of a line hide what it says.
fn printable(text: &str) -> String {
    let hides = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if c.is_control() || hides(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn name(step: &crate::config::Step) -> Option<String> {
    match step {
        crate::config::Step::Key(key) => Some(TomlKeyBuilder::new(key).as_default().to_toml_key()),
        crate::config::Step::Item(_) => None,
    }
}
