//! Where the values of a project come from.

use std::collections::{HashMap, HashSet};

use crate::config::{self, KeyPath, Step};
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
    /// In the language's order, the values of a table before the tables in it, each once. Names that users choose keep their order.
    pub fn in_order<'a>(settings: impl IntoIterator<Item = &'a Self>) -> Vec<&'a Self> {
        let mut settings: Vec<&Self> = settings.into_iter().collect();
        let mut seen = HashSet::new();
        settings.retain(|setting| seen.insert(&setting.key));
        let mut met = HashMap::new();
        for (index, setting) in settings.iter().enumerate() {
            for path in setting.key.prefixes() {
                met.entry(path).or_insert(index);
            }
        }
        settings.sort_by_cached_key(|setting| {
            let mut table = KeyPath::default();
            let mut ranks = Vec::new();
            for path in setting.key.prefixes() {
                let rank = position(&table, &path).or_else(|| met.get(&path).copied());
                ranks.push((path != setting.key, rank));
                table = path;
            }
            ranks
        });
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

/// The position of a key among those that the language has in its table.
fn position(table: &KeyPath, path: &KeyPath) -> Option<usize> {
    match path.steps().last()? {
        Step::Key(name) => config::keys(table).iter().position(|key| key == name),
        Step::Item(_) => None,
    }
}
