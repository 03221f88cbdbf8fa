//! Where the values of a project come from.

use std::collections::HashSet;

use crate::config::{KeyPath, PROJECT_SCHEMA, Shape, Step};
use crate::source::Place;

/// One value of a project. What it means stands in the typed fields of [`super::Project`]; this is how it was written.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its key, the same in a project and in the library's `[defaults]`.
    pub key: KeyPath,
    /// The value in TOML's notation.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// It is written here: in the project, in the library's `[defaults]` or in its `[tools]`.
    Written(Place),
    /// It is written nowhere: the default of the language, or derived from other values.
    Default,
}

impl Setting {
    /// Sorted by the language's order of tables, each value once.
    pub fn in_order(settings: &[Self]) -> Vec<&Self> {
        let position = |key: &KeyPath| {
            let table = key.steps().first();
            let language = Shape::new(&PROJECT_SCHEMA);
            language
                .tables()
                .position(|name| table == Some(&Step::Key(name.to_owned())))
        };
        let mut settings: Vec<&Self> = settings.iter().collect();
        settings
            .sort_by_cached_key(|setting| (position(&setting.key), setting.key.steps().len() > 1));
        let mut seen = HashSet::new();
        settings.retain(|setting| seen.insert(&setting.key));
        settings
    }

    pub(super) fn written(key: KeyPath, place: Place) -> Self {
        let value = place.source.text[place.range.clone()].to_owned();
        Self {
            key,
            value,
            origin: Origin::Written(place),
        }
    }

    /// A list, whose items were written at these places.
    pub(super) fn list(key: KeyPath, place: Place, items: Vec<Place>) -> Self {
        let items: Vec<&str> = items
            .iter()
            .map(|item| &item.source.text[item.range.clone()])
            .collect();
        Self {
            key,
            value: format!("[{}]", items.join(", ")),
            origin: Origin::Written(place),
        }
    }

    pub(super) fn default(key: KeyPath, value: String) -> Self {
        Self {
            key,
            value,
            origin: Origin::Default,
        }
    }
}
