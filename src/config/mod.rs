//! Reads TOML as it is written: syntax, keys and types. Defaults and rules across keys are not known here.

mod document;
mod file;
mod key;
mod path;
mod patterns;
mod shape;
mod spanned;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use camino::{Utf8Path, Utf8PathBuf};
use schemars::{JsonSchema, Schema, schema_for};
use serde::de::DeserializeOwned;
use toml::de::DeTable;

use self::document::Keys;
pub use self::document::{Document, Reached};
pub use self::file::*;
pub use self::key::Key;
pub use self::path::{KeyPath, NotAPath, Step};
pub use self::shape::Shape;
pub use self::spanned::Spanned;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, Source};

/// Name of the library's file in the workspace's root.
pub const LIBRARY_FILE: &str = "jenkinsgen.toml";
/// The table of the library's file that holds values for every project.
pub const DEFAULTS: &str = "defaults";
/// Folder of the project files in the workspace's root.
pub const PROJECTS_FOLDER: &str = "projects";

/// The schema of `jenkinsgen.toml`.
pub static LIBRARY_SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema_for!(LibraryFile));
/// The schema of `projects/<name>.toml`, and of the table `[defaults]`.
pub static PROJECT_SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema_for!(Project));

/// What the language says of a key: one of a project, or one of the library's file. The error is the nearest key, if any is near.
///
/// # Errors
///
/// When there is no such key.
pub fn key(path: &KeyPath) -> Result<Key<'static>, Option<KeyPath>> {
    let library = Shape::new(&LIBRARY_SCHEMA);
    if !is_of_project(path) {
        return library.find(path);
    }
    Shape::new(&PROJECT_SCHEMA).find(path).map_err(|nearest| {
        let near = || library.find(path).err().flatten();
        nearest.or_else(near)
    })
}

/// Whether a key is none of the library's file, as far as its table tells.
pub fn is_of_project(path: &KeyPath) -> bool {
    let mut tables = Shape::new(&LIBRARY_SCHEMA).tables();
    match path.steps().first() {
        Some(Step::Key(table)) => tables.all(|name| name != table),
        _ => true,
    }
}

/// The keys of a table, in the language's order. At the top they are a project's and then the library's own.
pub fn keys(table: &KeyPath) -> Vec<&'static str> {
    if table.steps().is_empty() {
        let project = Shape::new(&PROJECT_SCHEMA).tables();
        return project
            .chain(Shape::new(&LIBRARY_SCHEMA).tables())
            .collect();
    }
    key(table).map_or_else(|_| Vec::new(), |key| key.keys().collect())
}

/// One file and what it says.
#[derive(Debug)]
pub struct Parsed<T> {
    /// The text and the places in it.
    pub document: Document,
    /// What it says. Entries with a diagnostic are left out.
    pub config: T,
}

/// Parses one file as far as it goes, with everything that is wrong with it.
fn parse<T: DeserializeOwned + Default + JsonSchema>(
    path: Utf8PathBuf,
    bytes: Vec<u8>,
    schema: &Schema,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parsed<T> {
    let (text, not_utf8) = decode(bytes);
    let source = Arc::new(Source { path, text });
    let report = |code, range, message: &str| {
        let place = Place {
            source: Arc::clone(&source),
            range,
        };
        Diagnostic::new(code, place, message)
    };
    let empty = |keys| Parsed {
        document: Document {
            source: Arc::clone(&source),
            keys,
        },
        config: T::default(),
    };
    if let Some(range) = not_utf8 {
        diagnostics.push(
            report(Code::Syntax, range, "the file is not UTF-8").help("save it in this encoding"),
        );
        return empty(Keys::unknown());
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        diagnostics.extend(errors.iter().map(|error| {
            let range = visible(&source.text, error.span().unwrap_or(0..0));
            let message = match lacks_value(&source.text, range.start) {
                true => "there is no value after `=`",
                false => error.message(),
            };
            report(Code::Syntax, range, message)
        }));
        // What a parser makes of broken syntax is no base for further complaints.
        return empty(Keys::unknown());
    }

    let mut table = table.into_inner();
    let (keys, found) = Shape::new(schema).prune(&source, &mut table);
    diagnostics.extend(found);
    let root = toml::Spanned::new(0..source.text.len(), table);
    match T::deserialize(toml::Deserializer::from(root)) {
        Ok(config) => Parsed {
            config,
            ..empty(keys)
        },
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            diagnostics.push(report(Code::WrongType, range, error.message()));
            empty(Keys::unknown())
        }
    }
}

/// The text without a byte order mark, and the place of the first bytes that are not UTF-8.
fn decode(bytes: Vec<u8>) -> (String, Option<Range<usize>>) {
    let (mut text, broken) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let start = error.utf8_error().valid_up_to();
            let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            (text, Some(start..end))
        }
    };
    if broken.is_none() && text.starts_with('\u{feff}') {
        text.remove(0);
    }
    (text, broken)
}

/// A syntax error behind the end of the text is moved to its last line that is not blank.
fn visible(text: &str, range: Range<usize>) -> Range<usize> {
    let end = text.trim_end().len();
    match range.start > end {
        true => end..end,
        false => range,
    }
}

/// Whether the line of a syntax error ends with `=`: the parser takes it for a string without quotes.
fn lacks_value(text: &str, place: usize) -> bool {
    let (before, after) = text.split_at_checked(place).unwrap_or_default();
    let before = before.lines().last().unwrap_or_default().trim_end();
    let after = after.lines().next().unwrap_or_default().trim_start();
    before.ends_with('=') && (after.is_empty() || after.starts_with('#'))
}

/// `jenkinsgen.toml`.
pub fn parse_library(bytes: Vec<u8>, diagnostics: &mut Vec<Diagnostic>) -> Parsed<LibraryFile> {
    parse(LIBRARY_FILE.into(), bytes, &LIBRARY_SCHEMA, diagnostics)
}

/// `projects/<name>.toml`.
pub fn parse_project(
    path: &Utf8Path,
    bytes: Vec<u8>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parsed<Project> {
    parse(path.to_owned(), bytes, &PROJECT_SCHEMA, diagnostics)
}
