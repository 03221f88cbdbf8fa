//! What the language says of a key: `explain`, the reference and the rules all take it from here.

use serde_json::Value;

use super::path::KeyPath;
use super::patterns;
use super::shape::{properties, toml_type, type_of, words};

/// What the language says of a key.
#[derive(Debug, Clone)]
pub struct Key<'a> {
    /// The list that it stands in, whose items can't be set one by one.
    pub list: Option<KeyPath>,
    /// Of the table that it stands in.
    pub(super) table: &'a Value,
    /// Of this key.
    pub(super) own: &'a Value,
    /// Of its type.
    pub(super) at: &'a Value,
    /// Of the items, if it is a list.
    pub(super) items: &'a Value,
    /// Of the values, if it is a table with free names.
    pub(super) entries: &'a Value,
}

impl<'a> Key<'a> {
    /// The description, in one line. A plain value under a free name has that of its table.
    pub fn description(&self) -> String {
        let own = [self.own, self.at, self.items, self.table].into_iter();
        let text = own
            .filter_map(|schema| schema["description"].as_str())
            .next();
        let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    }

    /// What holds if the key is not written.
    pub fn default(&self) -> Option<&'a Value> {
        self.own.get("default")
    }

    /// Values to show.
    pub fn examples(&self) -> impl Iterator<Item = &'a Value> {
        self.own["examples"].as_array().into_iter().flatten()
    }

    /// The words that it can be, each with its meaning; empty if there is no fixed list.
    pub fn words(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let words = self.at["oneOf"].as_array().into_iter().flatten();
        words.filter_map(|word| Some((word["const"].as_str()?, word["description"].as_str()?)))
    }

    /// What its values are, in words: `string: one line`, `array of tables`, `integer from 1 to 100000`.
    pub fn takes(&self) -> String {
        match (type_of(self.at), self.entries.is_object()) {
            ("array", _) => format!("array of {}", in_words(self.items, true)),
            (_, true) if properties(self.entries).next().is_none() => {
                format!("table: name → {}", in_words(self.entries, false))
            }
            _ => in_words(self.at, false),
        }
    }

    /// The keys of the table that it is, or of the tables in it; empty for one with free names and for what is no table.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        properties(self.at).chain(properties(self.items))
    }

    /// What the free names in it are, in words.
    pub fn names(&self) -> Option<&'static str> {
        self.own["propertyNames"]["pattern"]
            .as_str()
            .and_then(patterns::in_words)
    }

    /// The keys of each of the tables in it, if it is a list of tables or a table of tables with free names.
    pub fn keys_of_each(&self) -> impl Iterator<Item = &'a str> {
        properties(self.items).chain(properties(self.entries))
    }
}

/// What the values of a type are, one or several.
fn in_words(schema: &Value, several: bool) -> String {
    if !words(schema).is_empty() {
        return if several {
            "these words"
        } else {
            "one of these words"
        }
        .to_owned();
    }
    let kind = toml_type(schema);
    let kind = match several {
        true => format!("{kind}s"),
        false => kind.to_owned(),
    };
    let pattern = schema["pattern"].as_str().and_then(patterns::in_words);
    match (pattern, &schema["minimum"], &schema["maximum"]) {
        (Some(pattern), ..) => format!("{kind}: {pattern}"),
        (None, Value::Number(minimum), Value::Number(maximum)) => {
            format!("{kind} from {minimum} to {maximum}")
        }
        _ => kind,
    }
}
