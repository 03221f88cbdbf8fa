//! What is wrong with the input, and the only place that prints it.
//!
//! Checks anywhere make [`Diagnostic`]s and go on, so that a user sees every mistake of every file at once. Each kind of mistake has a stable [`Code`].

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Effects, Style};
use serde_json::{Value, json};

use crate::source::Place;

/// Declares [`Code`] together with its stable spelling, so that neither can be forgotten.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kind of a mistake. The spellings are a promise: scripts match them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable, kebab-case spelling.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

codes! {
    /// The file is not TOML.
    Syntax = "syntax",
    /// A key that the language does not have.
    UnknownKey = "unknown-key",
    /// A value of another type than its key takes.
    WrongType = "wrong-type",
    /// A value outside a fixed list.
    UnknownValue = "unknown-value",
    /// A key that is needed and stands nowhere.
    MissingKey = "missing-key",
    /// A value that breaks the rules of its field.
    InvalidValue = "invalid-value",
    /// Keys that exclude each other, or of which one needs the other.
    ConflictingKeys = "conflicting-keys",
    /// A project sets what the library has locked.
    LockedKey = "locked-key",
    /// A reference to something that is not declared.
    UnknownName = "unknown-name",
    /// Two names that become the same in the output.
    NameCollision = "name-collision",
    /// A name that would hide something of Jenkins or of the library.
    ShadowedName = "shadowed-name",
}

/// One mistake in the input.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What stands below the underlined text; may be empty.
    pub label: String,
    /// A second place that explains the first.
    pub related: Option<(Place, String)>,
    /// What else is to be known.
    pub note: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with nothing but the message and the place.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            place,
            label: String::new(),
            related: None,
            note: None,
            help: None,
        }
    }

    /// Sets what stands below the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a second place; the same one twice would explain nothing.
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        let other = place.sort_key() != self.place.sort_key();
        self.related = other.then(|| (place, label.into()));
        self
    }

    /// Says what else is to be known.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether both say the same about the same place.
    pub fn is_same(&self, other: &Self) -> bool {
        self.sort_key() == other.sort_key()
    }

    fn sort_key(&self) -> impl Ord {
        (self.place.sort_key(), self.code, self.message.as_str())
    }

    /// For people: message, underlined source text, help. With ANSI colours, which the stream removes where they are not wanted.
    pub fn to_plain(&self) -> String {
        let mut snippet = snippet(&self.place).annotation(
            AnnotationKind::Primary
                .span(self.place.range.clone())
                .label(self.label.as_str()),
        );
        let mut second_file = None;
        if let Some((place, label)) = &self.related {
            if place.source.path == self.place.source.path {
                snippet = snippet.annotation(
                    AnnotationKind::Context
                        .span(place.range.clone())
                        .label(label.as_str()),
                );
            } else {
                second_file = Some(
                    self::snippet(place).annotation(
                        AnnotationKind::Context
                            .span(place.range.clone())
                            .label(label.as_str()),
                    ),
                );
            }
        }
        let mut group = Level::ERROR
            .primary_title(self.message.as_str())
            .id(self.code.name())
            .element(snippet);
        if let Some(second) = second_file {
            group = group.element(second);
        }
        if let Some(note) = &self.note {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        let mut report: Vec<Group<'_>> = vec![group];
        if let Some(help) = &self.help {
            report.push(Group::with_title(
                Level::HELP.secondary_title(help.as_str()),
            ));
        }
        let mut text = RENDERER.render(&report);
        text.push('\n');
        text
    }

    /// For programs; the shape is part of the `--format json` contract.
    pub fn to_json(&self) -> Value {
        let (line, column) = self.place.line_and_column();
        let related = self.related.as_ref().map(|(place, label)| {
            let (line, column) = place.line_and_column();
            json!({
                "file": place.source.path.as_str(),
                "line": line,
                "column": column,
                "label": label,
            })
        });
        json!({
            "code": self.code.name(),
            "message": self.message,
            "file": self.place.source.path.as_str(),
            "line": line,
            "column": column,
            "label": self.label,
            "related": related,
            "note": self.note,
            "help": self.help,
        })
    }
}

/// In colours that are readable on a light ground and on a dark one: the bright ones, which are usual, are not.
const RENDERER: Renderer = {
    const fn bold(colour: AnsiColor) -> Style {
        colour.on_default().effects(Effects::BOLD)
    }
    Renderer::styled()
        .error(bold(AnsiColor::Red))
        .note(bold(AnsiColor::Green))
        .help(bold(AnsiColor::Cyan))
        .line_num(AnsiColor::Cyan.on_default())
        .context(AnsiColor::Cyan.on_default())
};

fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(place.source.text.as_str())
        .path(place.source.path.as_str())
        .line_start(1)
        .fold(true)
}

/// Sorts by place and drops repetitions.
pub fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics.dedup_by(|a, b| a.is_same(b));
}

/// All of them for people, each followed by an empty line, then a line that counts them.
pub fn to_plain(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&diagnostic.to_plain());
        text.push('\n');
    }
    let errors = count(diagnostics.len(), "error");
    // Writing to a String can't fail.
    let _ = writeln!(text, "{errors}; nothing was written");
    text
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The candidate nearest to a misspelt word, if any is near enough to be meant. Upper and lower case are the same.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `a`, `a or b`, `a, b or c`; each in back quotes.
pub fn alternatives<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    series(words.into_iter().map(|word| format!("`{word}`")), "or")
}

/// `a`, `a and b`, `a, b and c`; each in back quotes.
pub fn listing<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    series(words.into_iter().map(|word| format!("`{word}`")), "and")
}

/// `a`, `a or b`, `a, b or c`, with any conjunction.
pub fn series(words: impl IntoIterator<Item = impl ToString>, conjunction: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}
