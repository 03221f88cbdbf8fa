//! JSON Schemas of the two kinds of file, for editors: they complete keys, show their descriptions and underline mistakes.
//!
//! Draft 7, which Taplo and with it VS Code's Even Better TOML understand: <https://taplo.tamasfe.dev/configuration/developing-schemas.html>.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::config::{LibraryFile, Project};

/// The folder of the schemas in a workspace. Jenkins looks at none but `vars/`, `resources/` and `src/`.
pub const FOLDER: &str = ".jenkinsgen";

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// `jenkinsgen.toml`
    Library,
    /// `projects/<name>.toml`
    Project,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Library, Self::Project];

    /// The file in [`FOLDER`].
    pub fn file(self) -> &'static str {
        match self {
            Self::Library => "library.schema.json",
            Self::Project => "project.schema.json",
        }
    }

    /// The schema as text, one LF at the end.
    pub fn text(self) -> String {
        let schema = match self {
            Self::Library => of::<LibraryFile>("jenkinsgen.toml"),
            Self::Project => of::<Project>("projects/<name>.toml"),
        };
        format!("{:#}\n", schema.as_value())
    }
}

fn of<T: JsonSchema>(title: &str) -> Schema {
    let mut settings = SchemaSettings::draft07();
    // Beside a reference, Taplo shows the description of the type and not that of the key.
    settings.inline_subschemas = true;
    let settings = settings.with_transform(RecursiveTransform(|schema: &mut Schema| {
        without_null(schema);
        in_one_line(schema);
        words(schema);
        inherit_description(schema);
    }));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema
}

/// What may be absent may be `null` in JSON; TOML has no such value.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.retain(|branch| branch["type"] != "null");
        if let [Value::Object(only)] = &mut branches[..] {
            let only = std::mem::take(only);
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

/// The lines of a comment in the sources are no lines of a text.
fn in_one_line(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// A list of words, each with what it means, in the form that Taplo knows: of one branch for each word it takes each for a key of its own.
fn words(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let Some(Value::Array(branches)) = object.remove("oneOf") else {
        return;
    };
    let all = |key: &str| branches.iter().map(|word| word[key].clone()).collect();
    let (words, meanings): (Value, Value) = (all("const"), all("description"));
    object.insert("type".to_owned(), "string".into());
    object.insert("enum".to_owned(), words);
    let docs = json!({ "docs": { "enumValues": meanings } });
    object.insert("x-taplo".to_owned(), docs);
}

/// Of a list Taplo shows what is said of its items, and of a value under a free name what is said of these values: the words of the key.
fn inherit_description(schema: &mut Schema) {
    let Some(description) = schema.get("description").cloned() else {
        return;
    };
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        items.insert("description".to_owned(), description.clone());
    }
    if let Some(Value::Object(values)) = schema.get_mut("additionalProperties") {
        let own = values.entry("description".to_owned());
        own.or_insert(description);
    }
}
