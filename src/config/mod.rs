//! Reads TOML as it is written: syntax, keys and types. Defaults and rules across keys are not known here.

mod file;
mod shape;
mod spanned;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use camino::{Utf8Path, Utf8PathBuf};
use schemars::{JsonSchema, Schema, schema_for};
use serde::de::DeserializeOwned;
use toml::de::DeTable;

pub use self::file::*;
pub use self::shape::Shape;
pub use self::spanned::Spanned;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, Source};

/// Name of the library's file in the workspace's root.
pub const LIBRARY_FILE: &str = "jenkinsgen.toml";
/// Folder of the project files in the workspace's root.
pub const PROJECTS_FOLDER: &str = "projects";

/// The schema of `jenkinsgen.toml`.
pub static LIBRARY_SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema_for!(LibraryFile));
/// The schema of `projects/<name>.toml`, and of the table `[defaults]`.
pub static PROJECT_SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema_for!(Project));

/// One file: its text, its untyped tables, and its typed form.
#[derive(Debug)]
pub struct Parsed<T> {
    /// The text.
    pub source: Arc<Source>,
    /// The typed form. Entries with a diagnostic are left out of it.
    pub config: T,
    /// Whether entries were left out: then a key that seems to be missing may only be misspelt.
    pub incomplete: bool,
    keys: Keys,
}

/// Where each key stands, without its value.
#[derive(Debug, Default)]
struct Keys(HashMap<String, (Range<usize>, Self)>);

impl Keys {
    fn of(table: &DeTable<'_>) -> Self {
        let entries = table.iter().map(|(key, value)| {
            let inner = value.get_ref().as_table().map(Self::of);
            let name = key.get_ref().clone().into_owned();
            (name, (key.span(), inner.unwrap_or_default()))
        });
        Self(entries.collect())
    }
}

impl<T> Parsed<T> {
    /// The place of a dotted path, or of its longest beginning that is there; the file's start if none of it is.
    pub fn locate(&self, path: &str) -> Place {
        let mut range = 0..0;
        let mut keys = &self.keys;
        for part in path.split('.') {
            let Some((key, inner)) = keys.0.get(part) else {
                break;
            };
            range = key.clone();
            keys = inner;
        }
        self.place(range)
    }

    /// The place of a dotted path's last key, if the file has it.
    pub fn find(&self, path: &str) -> Option<Place> {
        let mut keys = &self.keys;
        let mut range = 0..0;
        for part in path.split('.') {
            let (key, inner) = keys.0.get(part)?;
            range = key.clone();
            keys = inner;
        }
        Some(self.place(range))
    }

    /// A place in this file.
    pub fn place(&self, range: Range<usize>) -> Place {
        Place {
            source: Arc::clone(&self.source),
            range,
        }
    }
}

/// Parses one file as far as it goes, with everything that is wrong with it.
fn parse<T: DeserializeOwned + Default + JsonSchema>(
    source: Source,
    schema: &Schema,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parsed<T> {
    let source = Arc::new(source);
    let before = diagnostics.len();
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let place = Place {
            source: Arc::clone(&source),
            range: visible(&source.text, range),
        };
        diagnostics.push(Diagnostic::new(Code::Syntax, place, error.message()));
    }

    let mut table = table.into_inner();
    if !errors.is_empty() {
        // What a parser makes of broken syntax is no base for further complaints.
        table = DeTable::new();
    }
    let keys = Keys::of(&table);
    diagnostics.extend(Shape::new(schema).prune(&source, &mut table));
    let root = toml::Spanned::new(0..source.text.len(), table);
    let config = T::deserialize(toml::Deserializer::from(root)).unwrap_or_else(|error| {
        let place = Place {
            source: Arc::clone(&source),
            range: error.span().unwrap_or(0..0),
        };
        diagnostics.push(Diagnostic::new(Code::WrongType, place, error.message()));
        T::default()
    });
    let incomplete = diagnostics.len() > before;
    Parsed {
        source: Arc::clone(&source),
        config,
        incomplete,
        keys,
    }
}

/// A syntax error at the end of a line or file has an empty range there; one character before it can be underlined.
fn visible(text: &str, range: Range<usize>) -> std::ops::Range<usize> {
    if range.is_empty() && range.start >= text.trim_end().len() {
        let end = text.trim_end().len();
        return end..end;
    }
    range
}

/// `jenkinsgen.toml`.
pub fn parse_library(text: String, diagnostics: &mut Vec<Diagnostic>) -> Parsed<LibraryFile> {
    let source = Source {
        path: Utf8PathBuf::from(LIBRARY_FILE),
        text,
    };
    parse(source, &LIBRARY_SCHEMA, diagnostics)
}

/// `projects/<name>.toml`.
pub fn parse_project(
    path: &Utf8Path,
    text: String,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parsed<Project> {
    let source = Source {
        path: path.to_owned(),
        text,
    };
    parse(source, &PROJECT_SCHEMA, diagnostics)
}
