//! JSON Schemas of the two kinds of file, for editors: they complete keys, show their descriptions and underline mistakes.
//!
//! Draft 7, which Taplo and with it VS Code's Even Better TOML understand: <https://taplo.tamasfe.dev/configuration/developing-schemas.html>.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

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
    let settings = SchemaSettings::draft07();
    let settings = settings.with_transform(RecursiveTransform(|schema: &mut Schema| {
        without_null(schema)
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
        if branches.len() == 1 {
            let only = object.remove("anyOf");
            // Beside `$ref` draft 7 knows nothing else.
            object.insert("allOf".to_owned(), only.unwrap_or_default());
        }
    }
}
