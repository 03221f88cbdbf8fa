//! Compares a parsed TOML file with the schema of its type: unknown keys, wrong types, words outside a list.
//!
//! Serde stops at its first complaint and can't suggest a key. This walk finds every complaint and takes the offending entry out, so that what is left
//! deserialises and the checks of [`crate::model`] run as well.

use std::ops::Range;
use std::sync::Arc;

use schemars::Schema;
use serde_json::Value;
use toml::de::{DeArray, DeTable, DeValue};

use super::document::Keys;
use super::key::Key;
use super::path::{KeyPath, Step};
use crate::diagnostic::{Code, Diagnostic, alternatives, listing, nearest};
use crate::source::{Place, Source};

/// The schema of one kind of file.
pub struct Shape<'a>(&'a Schema);

impl<'a> Shape<'a> {
    /// Of a file whose type has this schema.
    pub fn new(schema: &'a Schema) -> Self {
        Self(schema)
    }

    /// The places of the keys in `table`, and the complaints about it. It holds only well-shaped entries afterwards.
    pub(super) fn prune(
        &self,
        source: &Arc<Source>,
        table: &mut DeTable<'_>,
    ) -> (Keys, Vec<Diagnostic>) {
        let mut walk = Walk {
            shape: self,
            source,
            diagnostics: Vec::new(),
        };
        let keys = walk.table(self.0.as_value(), table, &KeyPath::default());
        (keys, walk.diagnostics)
    }

    /// The keys at the top, in the language's order.
    pub fn tables(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        properties(self.0.as_value())
    }

    /// What the language says of a key. The error is the nearest path that is one, if any is near.
    pub fn find(&self, path: &KeyPath) -> Result<Key<'a>, Option<KeyPath>> {
        let mut own = self.0.as_value();
        let mut table = own;
        let mut at = self.resolve(own);
        let mut known = KeyPath::default();
        let mut list = None;
        for step in path.steps() {
            let is_list = type_of(at) == "array";
            if is_list {
                list.get_or_insert_with(|| known.clone());
                own = &at["items"];
                at = self.resolve(own);
            }
            // A list of plain values is one value.
            let has_items = is_list && properties(at).next().is_some();
            if matches!(step, Step::Item(_)) && !has_items {
                return Err(Some(known));
            }
            // All items are alike.
            let Step::Key(part) = step else { continue };
            table = own;
            own = match (property(at, part), entries(at)) {
                (Some(property), _) => property,
                (None, Some(any_name)) => any_name,
                (None, None) => {
                    let nearest = nearest(part, properties(at));
                    return Err(nearest.map(|nearest| known.key(nearest)));
                }
            };
            known = known.key(part);
            at = self.resolve(own);
        }
        Ok(Key {
            list,
            table,
            own,
            at,
            items: self.resolve(&at["items"]),
            entries: self.resolve(&at["additionalProperties"]),
        })
    }

    /// Follows references and drops the `null` that an optional value may be in JSON.
    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        loop {
            if let Some(reference) = schema["$ref"].as_str() {
                let name = reference.trim_start_matches("#/$defs/");
                schema = &self.0.as_value()["$defs"][name];
            } else if let Some(branch) = schema["anyOf"]
                .as_array()
                .and_then(|branches| branches.iter().find(|branch| branch["type"] != "null"))
            {
                schema = branch;
            } else {
                return schema;
            }
        }
    }
}

fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema["properties"].get(key)
}

pub(super) fn properties(schema: &Value) -> impl Iterator<Item = &str> {
    schema["properties"]
        .as_object()
        .into_iter()
        .flat_map(|properties| properties.keys().map(String::as_str))
}

/// The schema of the values of a map with free names.
fn entries(schema: &Value) -> Option<&Value> {
    schema
        .get("additionalProperties")
        .filter(|values| values.is_object())
}

/// The words of a fixed list; schemars writes `enum`, or `oneOf` with `const` where the words have descriptions.
pub(super) fn words(schema: &Value) -> Vec<&str> {
    let list = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten();
    list.chain(described.map(|word| &word["const"]))
        .filter_map(Value::as_str)
        .collect()
}

struct Walk<'a, 'b> {
    shape: &'b Shape<'a>,
    source: &'b Arc<Source>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Walk<'a, '_> {
    fn table(&mut self, schema: &'a Value, table: &mut DeTable<'_>, path: &KeyPath) -> Keys {
        let schema = self.shape.resolve(schema);
        let mut keys = Keys::default();
        for (key, mut value) in std::mem::take(table) {
            let name = key.get_ref().as_ref();
            let path = path.key(name);
            let inner = match property(schema, name).or_else(|| entries(schema)) {
                None => {
                    self.unknown_key(schema, key.span(), name, &path);
                    None
                }
                Some(expected) => self.value(expected, &mut value, &path),
            };
            keys.incomplete |= inner.is_none();
            let step = Step::Key(name.to_owned());
            let kept = inner.is_some();
            keys.entries
                .insert(step, (key.span(), inner.unwrap_or_else(Keys::unknown)));
            if kept {
                table.insert(key, value);
            }
        }
        keys
    }

    fn array(&mut self, schema: &'a Value, array: &mut DeArray<'_>, path: &KeyPath) -> Keys {
        let mut keys = Keys::default();
        let mut kept = DeArray::new();
        for (index, item) in array.iter_mut().enumerate() {
            // An array has no way to take items out; this one is replaced as a whole.
            let nothing = toml::Spanned::new(0..0, DeValue::Boolean(false));
            let mut item = std::mem::replace(item, nothing);
            match self.value(&schema["items"], &mut item, &path.item(index)) {
                Some(inner) => {
                    keys.entries
                        .insert(Step::Item(kept.len()), (item.span(), inner));
                    kept.push(item);
                }
                None => keys.incomplete = true,
            }
        }
        *array = kept;
        keys
    }

    /// The places in a value that may stay; `None` if it must go. `path` names it in messages.
    fn value(
        &mut self,
        schema: &'a Value,
        value: &mut toml::Spanned<DeValue<'_>>,
        path: &KeyPath,
    ) -> Option<Keys> {
        let schema = self.shape.resolve(schema);
        let span = value.span();
        let found = value.get_ref().type_str();
        match (type_of(schema), value.get_mut()) {
            ("object", DeValue::Table(table)) => return Some(self.table(schema, table, path)),
            ("array", DeValue::Array(array)) => return Some(self.array(schema, array, path)),
            ("string", DeValue::String(text)) => {
                let words = words(schema);
                if !words.is_empty() && !words.contains(&text.as_ref()) {
                    self.unknown_value(span, text, &words, path);
                    return None;
                }
            }
            ("integer", DeValue::Integer(number)) => {
                if i64::from_str_radix(number.as_str(), number.radix()).is_err() {
                    let message = format!(
                        "{} is beyond the numbers of TOML, which have 64 bits",
                        path.subject()
                    );
                    self.push(Code::InvalidValue, span, message, |new| new);
                    return None;
                }
            }
            ("boolean", DeValue::Boolean(_)) => {}
            (expected, value) => {
                let message = format!("{} must be {}", path.subject(), describe(expected));
                let dotted = match (expected, value) {
                    ("string", DeValue::Table(table)) => {
                        table.keys().next().map(|inner| inner.get_ref().to_string())
                    }
                    _ => None,
                };
                self.push(Code::WrongType, span, message, |new| {
                    let new = new.label(format!("this is {}", describe(found)));
                    match (path.steps().last(), dotted) {
                        (Some(Step::Key(key)), Some(inner)) => new.help(format!(
                            "a key that has a dot stands in quotes: `\"{key}.{inner}\" = …`"
                        )),
                        _ => new,
                    }
                });
                return None;
            }
        }
        Some(Keys::default())
    }

    fn unknown_key(&mut self, schema: &'a Value, span: Range<usize>, name: &str, path: &KeyPath) {
        let nearest = nearest(name, properties(schema));
        let message = format!("unknown key `{path}`");
        self.push(Code::UnknownKey, span, message, |new| match nearest {
            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
            None => new.help(format!("the keys here are {}", listing(properties(schema)))),
        });
    }

    fn unknown_value(&mut self, span: Range<usize>, text: &str, words: &[&str], path: &KeyPath) {
        let message = format!(
            "{} must be {}",
            path.subject(),
            alternatives(words.iter().copied())
        );
        let nearest = nearest(text, words.iter().copied());
        self.push(Code::UnknownValue, span, message, |new| match nearest {
            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
            None => new,
        });
    }

    fn push(
        &mut self,
        code: Code,
        range: Range<usize>,
        message: String,
        finish: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let place = Place {
            source: Arc::clone(self.source),
            range,
        };
        self.diagnostics
            .push(finish(Diagnostic::new(code, place, message)));
    }
}

/// The JSON type of a schema, `null` aside.
pub(super) fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or_default(),
        Value::String(kind) => kind,
        // A list of described words has no type of its own.
        _ => "string",
    }
}

pub(super) fn toml_type(schema: &Value) -> &str {
    match type_of(schema) {
        "object" => "table",
        other => other,
    }
}

/// A type in TOML's words, with its article.
fn describe(kind: &str) -> &str {
    match kind {
        "object" | "table" => "a table",
        "array" => "an array",
        "string" => "a string",
        "boolean" => "a boolean",
        "datetime" => "a date or time",
        "integer" => "an integer",
        "float" => "a float",
        other => other,
    }
}
