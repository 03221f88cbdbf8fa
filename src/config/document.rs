//! One file and where each of its keys stands.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::path::{KeyPath, Step};
use crate::source::{Place, Source};

/// One file and where each of its keys stands.
#[derive(Debug)]
pub struct Document {
    /// The text.
    pub source: Arc<Source>,
    /// The keys of its top table.
    pub(super) keys: Keys,
}

/// Where the keys of a table, or the items of an array, stand.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Each with what it holds in turn.
    pub(super) entries: HashMap<Step, (Range<usize>, Keys)>,
    /// Whether something in it was wrong and left out: then a key that seems to be missing may only be misspelt.
    pub(super) incomplete: bool,
}

impl Keys {
    /// Those of something that was left out.
    pub(super) fn unknown() -> Self {
        Self {
            incomplete: true,
            ..Self::default()
        }
    }
}

/// The longest beginning of a path that a file has.
#[derive(Debug)]
pub struct Reached {
    /// Number of steps.
    pub depth: usize,
    /// The last of these steps; the file's start if there are none.
    pub place: Place,
    /// Whether the rest may be there, but misspelt.
    pub incomplete: bool,
}

impl Document {
    /// Whether nothing is written but comments.
    pub fn is_empty(&self) -> bool {
        self.keys.entries.is_empty() && !self.keys.incomplete
    }

    /// Goes along a path as far as the file has it.
    pub fn reach(&self, path: &KeyPath) -> Reached {
        let mut depth = 0;
        let mut range = 0..0;
        let mut keys = &self.keys;
        for step in path.steps() {
            let Some((key, inner)) = keys.entries.get(step) else {
                break;
            };
            depth += 1;
            range = key.clone();
            keys = inner;
        }
        Reached {
            depth,
            place: self.place(range),
            incomplete: keys.incomplete,
        }
    }

    /// The place of a path's last key, if the file has it.
    pub fn find(&self, path: &KeyPath) -> Option<Place> {
        let reached = self.reach(path);
        (reached.depth == path.steps().len()).then_some(reached.place)
    }

    /// A place in this file.
    pub fn place(&self, range: Range<usize>) -> Place {
        Place {
            source: Arc::clone(&self.source),
            range,
        }
    }
}
