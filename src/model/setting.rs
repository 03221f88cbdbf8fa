//! Where the values of a project come from.

use crate::config::KeyPath;
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
