//! Reads the values of a project through its layers: the ways of reading a value that all parts of a project share.

use std::str::FromStr;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use super::ProjectFile;
use super::layer::{Found, Layer};
use crate::config::{
    self, KeyPath, LibraryFile, MAX_NUMBER, Named, Parsed, Reached, Shape, Spanned, Step,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Invalid, Setting};
use crate::source::Place;

/// Reads one project through its layers, and collects what is wrong.
pub(super) struct Reader<'a, 'd> {
    /// From the top down.
    pub(super) layers: Vec<Layer<'a>>,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    /// What was read, and where it came from.
    pub(super) settings: Vec<Setting>,
}

impl<'a, 'd> Reader<'a, 'd> {
    pub(super) fn new(
        file: &'a ProjectFile,
        library: &'a Parsed<LibraryFile>,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        let project = Layer {
            config: &file.config,
            document: &file.document,
            table: None,
        };
        let defaults = Layer {
            config: &library.config.defaults,
            document: &library.document,
            table: Some(config::DEFAULTS),
        };
        Self {
            layers: vec![project, defaults],
            diagnostics,
            settings: Vec::new(),
        }
    }

    /// For the library's own keys.
    pub(super) fn only(
        library: &'a Parsed<LibraryFile>,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            layers: vec![Layer::whole(library)],
            diagnostics,
            settings: Vec::new(),
        }
    }

    /// The value of the topmost layer that has one.
    pub(super) fn find<T: 'a>(
        &self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<T>>,
    ) -> Option<Found<'a, T>> {
        let (value, layer) = self.topmost(get)?;
        Some(layer.found(&key.into(), value))
    }

    /// What the topmost layer has that has any, where a layer is asked for a whole group of keys.
    pub(super) fn topmost<T>(
        &self,
        get: impl Fn(&'a config::Project) -> Option<T>,
    ) -> Option<(T, Layer<'a>)> {
        self.layers
            .iter()
            .find_map(|layer| get(layer.config).map(|value| (value, *layer)))
    }

    /// Where the topmost layer has the key.
    pub(super) fn place_of(&self, key: &KeyPath) -> Option<Place> {
        let mut layers = self.layers.iter();
        layers.find_map(|layer| layer.document.find(&layer.path(key)))
    }

    /// A word of a fixed list or a boolean; the default if it is not written.
    pub(super) fn plain<T: Copy + DeserializeOwned + 'a>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<T>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => {
                self.note(&found);
                Some(*found.value)
            }
            None => T::deserialize(self.default_of(&key)?).ok(),
        }
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<i64>>,
    ) -> Option<u32> {
        let Some(found) = self.find(key, get) else {
            return self.default_of(&key.into())?.as_u64()?.try_into().ok();
        };
        self.note(&found);
        let number = u32::try_from(*found.value)
            .ok()
            .filter(|number| (1..=MAX_NUMBER).contains(number))
            .ok_or_else(|| Invalid::new(format!("must be a number from 1 to {MAX_NUMBER}")));
        self.check(number, || found.key.subject(), &found.place)
    }

    /// The default of a key that is not written, as the language declares it.
    pub(super) fn default_of(&mut self, key: &KeyPath) -> Option<&'static serde_json::Value> {
        let value = Shape::new(&config::PROJECT_SCHEMA)
            .find(key)
            .ok()?
            .default()?;
        self.derived(key.clone(), value.clone());
        Some(value)
    }

    /// Notes where a value came from.
    pub(super) fn note<T>(&mut self, found: &Found<'a, T>) {
        self.settings
            .push(Setting::written(found.setting.clone(), found.place.clone()));
    }

    /// A validated text, if it is written and valid.
    pub(super) fn optional<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let found = self.find(key, get)?;
        self.parse(&found)
    }

    /// A validated text; the default if it is not written.
    pub(super) fn or<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => self.parse(&found),
            None => self.default_of(&key)?.as_str()?.parse().ok(),
        }
    }

    /// A validated text; one that follows from other values if it is not written.
    pub(super) fn or_derived<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        derived: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => self.parse(&found),
            None => {
                self.derived(key, derived);
                derived.parse().ok()
            }
        }
    }

    /// Notes a value that is not written: a default, or what follows from other values.
    pub(super) fn derived(&mut self, key: impl Into<KeyPath>, value: impl Into<serde_json::Value>) {
        let value = notation(&value.into());
        self.settings.push(Setting::default(key.into(), value));
    }

    /// Notes a value that is not written, because it is that of another key: it comes from where that one does.
    pub(super) fn inherited(&mut self, key: KeyPath, from: &KeyPath) {
        let setting = self.settings.iter().find(|setting| setting.key == *from);
        match setting.cloned() {
            Some(setting) => self.settings.push(Setting { key, ..setting }),
            None => self.derived(key, Vec::<String>::new()),
        }
    }

    /// A validated text that must be written.
    pub(super) fn needed<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => self.parse(&found),
            None => self.missing(key, None),
        }
    }

    /// A validated text that must be written in this layer, because other keys of its group are.
    pub(super) fn needed_in<T: FromStr<Err = Invalid>>(
        &mut self,
        layer: Layer<'a>,
        key: &KeyPath,
        written: Option<&'a Spanned<String>>,
    ) -> Option<T> {
        match written {
            Some(written) => self.parse(&layer.found(key, written)),
            None => self.missing_in(&[layer], key, None),
        }
    }

    /// Reports a key that is needed and that no layer has; always `None`.
    pub(super) fn missing<T>(&mut self, key: impl Into<KeyPath>, help: Option<&str>) -> Option<T> {
        self.missing_in(&self.layers.clone(), &key.into(), help)
    }

    /// Reports a key that is needed in one of these layers; always `None`.
    pub(super) fn missing_in<T>(
        &mut self,
        layers: &[Layer<'a>],
        key: &KeyPath,
        help: Option<&str>,
    ) -> Option<T> {
        let reached: Vec<Reached> = layers.iter().map(|layer| layer.reach(key)).collect();
        // What seems to be missing may be what was misspelt.
        if reached.iter().any(|reached| reached.incomplete) {
            return None;
        }
        let mut reached = reached.into_iter();
        let top = reached.next()?;
        let verb = match top.depth == key.steps().len() {
            true => "empty",
            false => "missing",
        };
        // What must be in one layer is called by its path there.
        let key = match layers {
            [only] => only.path(key),
            _ => key.clone(),
        };
        let mut new = Diagnostic::new(Code::MissingKey, top.place, format!("`{key}` is {verb}"));
        if let Some(below) = reached.find(|below| below.depth > top.depth) {
            new = new.related(below.place, "the defaults have this part");
        }
        let help = help.map_or_else(|| remedy(&key, layers.len()), str::to_owned);
        self.diagnostics.push(new.help(help));
        None
    }

    /// Whether what has no such path may only be misspelt.
    pub(super) fn may_be_misspelt(&self, key: &KeyPath) -> bool {
        self.layers.iter().any(|layer| layer.reach(key).incomplete)
    }

    pub(super) fn parse<T: FromStr<Err = Invalid>>(
        &mut self,
        found: &Found<'a, String>,
    ) -> Option<T> {
        self.parse_as(found, str::parse)
    }

    /// What a parser makes of a written value.
    pub(super) fn parse_as<T>(
        &mut self,
        found: &Found<'a, String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.note(found);
        self.check(parse(found.value), || found.key.subject(), &found.place)
    }

    /// A free name; `found` has the path of its table.
    pub(super) fn name<T: FromStr<Err = Invalid>>(
        &mut self,
        found: &Found<'a, String>,
    ) -> Option<T> {
        let subject = || {
            format!(
                "the name `{}` in `{}`",
                found.value.escape_debug(),
                found.key
            )
        };
        self.check(found.value.parse(), subject, &found.place)
    }

    pub(super) fn check<T>(
        &mut self,
        result: Result<T, Invalid>,
        subject: impl Fn() -> String,
        place: &Place,
    ) -> Option<T> {
        result
            .map_err(|invalid| {
                let message = format!("{} {}", subject(), invalid.rule);
                let new = Diagnostic::new(invalid.code, place.clone(), message);
                self.diagnostics.push(match invalid.help {
                    Some(help) => new.help(help),
                    None => new,
                });
            })
            .ok()
    }

    /// Reports a value that does not go together with another one, which is somewhere or nowhere.
    pub(super) fn conflict(
        &mut self,
        place: Place,
        message: String,
        other: Option<Place>,
        help: &str,
    ) {
        let new = Diagnostic::new(Code::ConflictingKeys, place, message).help(help);
        self.diagnostics.push(match other {
            Some(other) => new.related(other, "the other one"),
            None => new,
        });
    }

    /// A list of validated texts; `None` if no layer has it. Invalid items are reported and left out.
    pub(super) fn list<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Vec<Spanned<String>>>,
    ) -> Option<Vec<T>> {
        let (items, layer) = self.topmost(get)?;
        Some(self.items(&key.into(), items, layer))
    }

    pub(super) fn items<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &KeyPath,
        items: &'a [Spanned<String>],
        layer: Layer<'a>,
    ) -> Vec<T> {
        self.note_list(key, items, layer);
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let found = layer.found(&key.item(index), item);
                self.check(item.value().parse(), || found.key.subject(), &found.place)
            })
            .collect()
    }

    /// Notes where a list came from: all of it from one layer.
    pub(super) fn note_list(&mut self, key: &KeyPath, items: &[Spanned<String>], layer: Layer<'a>) {
        if let Some(place) = layer.document.find(&layer.path(key)) {
            let items = items.iter().map(|item| layer.document.place(item.span()));
            self.settings
                .push(Setting::list(key.clone(), place, items.collect()));
        }
    }

    /// The free names of a map over all layers, the library's first, each with the place where it is first written.
    pub(super) fn names<V: 'a>(
        &self,
        table: &KeyPath,
        get: impl Fn(&'a config::Project) -> Option<&'a Named<V>>,
    ) -> Vec<Found<'a, String>> {
        let mut names: IndexMap<&str, Found<'a, String>> = IndexMap::new();
        for layer in self.layers.iter().rev() {
            for name in get(layer.config).into_iter().flat_map(Named::keys) {
                names
                    .entry(name.value())
                    .or_insert_with(|| layer.found(table, name));
            }
        }
        names.into_values().collect()
    }

    /// A map from validated names to validated texts.
    pub(super) fn map<K: FromStr<Err = Invalid>, V: FromStr<Err = Invalid>>(
        &mut self,
        table: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Named<Spanned<String>>>,
    ) -> Vec<(K, V)> {
        let table = table.into();
        let mut pairs = Vec::new();
        for found in self.names(&table, &get) {
            let name = self.name(&found);
            let value = self.optional(table.key(found.value), |project| {
                get(project)?.get(found.value.as_str())
            });
            pairs.extend(name.zip(value));
        }
        pairs
    }

    /// Whether an optional table is written in any layer and not turned off.
    pub(super) fn enabled<T: 'a>(
        &self,
        table: impl Fn(&'a config::Project) -> Option<&'a T>,
        enabled: impl Fn(&'a T) -> Option<&'a Spanned<bool>>,
    ) -> bool {
        let written = self
            .layers
            .iter()
            .any(|layer| table(layer.config).is_some());
        let switch = self.topmost(|project| enabled(table(project)?));
        written && switch.is_none_or(|(switch, _)| *switch.value())
    }
}

/// How to add a key that is missing.
fn remedy(key: &KeyPath, layers: usize) -> String {
    let Some((Step::Key(last), table)) = key.steps().split_last() else {
        return format!("add `{key}`");
    };
    let table: KeyPath = table.iter().cloned().collect();
    match table.steps().last() {
        Some(Step::Key(_)) if layers > 1 => format!(
            "add `{last} = …` to `[{table}]`, here or below `[defaults]` in `{}`",
            config::LIBRARY_FILE
        ),
        Some(Step::Key(_)) => format!("add `{last} = …` to `[{table}]`"),
        _ => format!("add `{last} = …` here"),
    }
}

/// A default in TOML's notation.
fn notation(value: &serde_json::Value) -> String {
    match value.as_array() {
        Some(items) => {
            let items: Vec<String> = items.iter().map(notation).collect();
            format!("[{}]", items.join(", "))
        }
        None => value.to_string(),
    }
}
