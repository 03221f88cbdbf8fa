//! Compares a parsed TOML file with the schema of its type: unknown keys, wrong types, words outside a list.
//!
//! Serde stops at its first complaint and can't suggest a key. This walk finds every complaint and takes the offending entry out, so that what is left
//! deserialises and the checks of [`crate::model`] run as well.

use std::ops::Range;
use std::sync::Arc;

use schemars::Schema;
use serde_json::Value;
use toml::de::{DeArray, DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, alternatives, nearest};
use crate::source::{Place, Source};

/// The schema of one kind of file.
pub struct Shape<'a>(&'a Schema);

impl<'a> Shape<'a> {
    /// Of a file whose type has this schema.
    pub fn new(schema: &'a Schema) -> Self {
        Self(schema)
    }

    /// The complaints about `table`, which holds only well-shaped entries afterwards.
    pub fn prune(&self, source: &Arc<Source>, table: &mut DeTable<'_>) -> Vec<Diagnostic> {
        let mut walk = Walk {
            shape: self,
            source,
            diagnostics: Vec::new(),
        };
        walk.table(self.0.as_value(), table, "");
        walk.diagnostics
    }

    /// Whether the dotted path names a key of the language. The error is the nearest key at the level that does not match.
    pub fn find(&self, path: &str) -> Result<(), Option<String>> {
        let mut at = self.resolve(self.0.as_value());
        for part in path.split('.') {
            at = match (property(at, part), entries(at)) {
                (Some(property), _) => self.resolve(property),
                (None, Some(any_name)) => self.resolve(any_name),
                (None, None) => return Err(nearest(part, properties(at)).map(str::to_owned)),
            };
        }
        Ok(())
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

fn properties(schema: &Value) -> impl Iterator<Item = &str> {
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
fn words(schema: &Value) -> Vec<&str> {
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
    fn table(&mut self, schema: &'a Value, table: &mut DeTable<'_>, path: &str) {
        let schema = self.shape.resolve(schema);
        for (key, mut value) in std::mem::take(table) {
            let name = key.get_ref().as_ref();
            let path = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            };
            match property(schema, name).or_else(|| entries(schema)) {
                None => self.unknown_key(schema, key.span(), name),
                Some(expected) => {
                    if self.value(expected, &mut value, &path) {
                        table.insert(key, value);
                    }
                }
            }
        }
    }

    /// Whether the value may stay. `path` names it in messages.
    fn value(
        &mut self,
        schema: &'a Value,
        value: &mut toml::Spanned<DeValue<'_>>,
        path: &str,
    ) -> bool {
        let schema = self.shape.resolve(schema);
        let span = value.span();
        let found = value.get_ref().type_str();
        match (type_of(schema), value.get_mut()) {
            ("object", DeValue::Table(table)) => self.table(schema, table, path),
            ("array", DeValue::Array(array)) => {
                let mut good = DeArray::new();
                for item in array.iter_mut() {
                    if self.value(&schema["items"], item, &format!("{path}[…]")) {
                        let nothing = toml::Spanned::new(0..0, DeValue::Boolean(false));
                        good.push(std::mem::replace(item, nothing));
                    }
                }
                *array = good;
            }
            ("string", DeValue::String(text)) => {
                let words = words(schema);
                if !words.is_empty() && !words.contains(&text.as_ref()) {
                    self.unknown_value(span, text, &words, path);
                    return false;
                }
            }
            ("boolean", DeValue::Boolean(_)) | ("integer", DeValue::Integer(_)) => {}
            (expected, _) => {
                let expected = describe(expected);
                self.push(
                    Code::WrongType,
                    span,
                    format!("`{path}` is {expected}"),
                    |new| new.label(format!("this is {}", describe(found))),
                );
                return false;
            }
        }
        true
    }

    fn unknown_key(&mut self, schema: &'a Value, span: Range<usize>, name: &str) {
        let nearest = nearest(name, properties(schema));
        self.push(
            Code::UnknownKey,
            span,
            format!("unknown key `{name}`"),
            |new| match nearest {
                Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                None => new.help(format!(
                    "the keys here are {}",
                    alternatives(properties(schema)).replace(" or ", " and ")
                )),
            },
        );
    }

    fn unknown_value(&mut self, span: Range<usize>, text: &str, words: &[&str], path: &str) {
        let message = format!("`{path}` is {}", alternatives(words.iter().copied()));
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
fn type_of(schema: &Value) -> &str {
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

/// A type in TOML's words, with its article.
fn describe(kind: &str) -> &str {
    match kind {
        "object" | "table" => "a table",
        "array" => "an array",
        "string" => "a string",
        "boolean" => "a boolean",
        "integer" => "an integer",
        "float" => "a float",
        other => other,
    }
}
