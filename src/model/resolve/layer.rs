//! One layer of values, and where they stand in it.

use crate::config::{self, Document, KeyPath, LibraryFile, Parsed, Reached, Spanned};
use crate::source::Place;

/// A written value and where it stands.
pub(super) struct Found<'a, T> {
    pub(super) value: &'a T,
    /// Its path in the language, the same in every layer.
    pub(super) setting: KeyPath,
    /// Its path in its file.
    pub(super) key: KeyPath,
    pub(super) place: Place,
}

/// One layer of values and the file that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) config: &'a config::Project,
    pub(super) document: &'a Document,
    /// The table of the file that the layer is; `None`: the whole file.
    pub(super) table: Option<&'static str>,
}

impl<'a> Layer<'a> {
    /// The library's file as a whole, for keys that no project has.
    pub(super) fn whole(library: &'a Parsed<LibraryFile>) -> Self {
        Self {
            config: &library.config.defaults,
            document: &library.document,
            table: None,
        }
    }

    /// The path in the file.
    pub(super) fn path(&self, key: &KeyPath) -> KeyPath {
        match self.table {
            Some(table) => KeyPath::from(table).join(key),
            None => key.clone(),
        }
    }

    /// How much of the path there is; the layer's own table does not count.
    pub(super) fn reach(&self, key: &KeyPath) -> Reached {
        let reached = self.document.reach(&self.path(key));
        Reached {
            depth: reached.depth.saturating_sub(self.table.iter().len()),
            ..reached
        }
    }

    pub(super) fn found<T>(&self, key: &KeyPath, written: &'a Spanned<T>) -> Found<'a, T> {
        Found {
            value: written.value(),
            setting: key.clone(),
            key: self.path(key),
            place: self.document.place(written.span()),
        }
    }
}
