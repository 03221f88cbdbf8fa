//! The reference of the keys, made from the schemas.

use std::fmt::Write as _;

use jenkinsgen::config::{LIBRARY_SCHEMA, PROJECT_SCHEMA};
use serde_json::Value;

use crate::support::repository;

#[test]
fn the_reference_names_every_key() {
    let mut text = String::from(
        "# The language\n\nEvery key of `jenkinsgen.toml` and `projects/<name>.toml`. `SNAPSHOTS=overwrite cargo test --test docs` writes this page from the \
         schema.\n\nA project is read over the library's `[defaults]`: tables merge key by key, also under free names such as `[images.<name>]`; every other \
         value, a list too, replaces the one below it. Of keys that exclude each other (`[version]`, a secret, `[registry]`, Git credentials, a mount) \
         all are taken from the same file.\n",
    );
    text.push_str("\n# `jenkinsgen.toml`\n");
    let library = Reference {
        schema: LIBRARY_SCHEMA.as_value(),
        leave_out: "defaults",
    };
    library.tables(library.schema, "", &mut text);
    let defaults = &library.schema["properties"]["defaults"]["description"];
    write!(
        text,
        "\n## `[defaults]`\n\n{}\n",
        defaults.as_str().unwrap()
    )
    .unwrap();
    text.push_str("\n# `projects/<name>.toml`\n");
    let project = Reference {
        schema: PROJECT_SCHEMA.as_value(),
        leave_out: "",
    };
    project.tables(project.schema, "", &mut text);

    crate::compare(text, &repository().join("docs/language.md"));
}

/// Writes a schema as tables of keys.
struct Reference<'a> {
    schema: &'a Value,
    leave_out: &'a str,
}

impl Reference<'_> {
    /// The keys of one table that hold plain values, then its tables.
    fn tables(&self, schema: &Value, path: &str, text: &mut String) {
        let properties = schema["properties"].as_object().unwrap();
        let mut tables = Vec::new();
        let mut rows = String::new();
        for (key, value) in properties.iter().filter(|(key, _)| *key != self.leave_out) {
            let own = value;
            let value = self.resolve(value);
            let name = format!("{path}{key}");
            let entries = value
                .get("additionalProperties")
                .filter(|entries| entries.is_object());
            let entries = entries.map(|entries| self.resolve(entries));
            let items = self.resolve(&value["items"]);
            let of_entries = entries.unwrap_or(&Value::Null);
            let description = descriptions(&[own, value, of_entries, items]);
            assert!(!description.is_empty(), "{name} has no description");
            if value["properties"].is_object() {
                tables.push((format!("[{name}]"), description, value, format!("{name}.")));
            } else if let Some(entries) =
                entries.filter(|entries| entries["properties"].is_object())
            {
                tables.push((
                    format!("[{name}.<name>]"),
                    description,
                    entries,
                    format!("{name}.<name>."),
                ));
            } else if items["properties"].is_object() {
                tables.push((
                    format!("[[{name}]]"),
                    description,
                    items,
                    format!("{name}."),
                ));
            } else {
                let kind = self.kind(value);
                let description = match own["description"].is_string() {
                    true => descriptions(&[own]),
                    false => descriptions(&[value]),
                };
                let default = default(own);
                writeln!(rows, "| `{key}` | {kind} | {default} | {description} |").unwrap();
            }
        }
        if !rows.is_empty() {
            write!(
                text,
                "\n| key | value | default | meaning |\n|---|---|---|---|\n{rows}"
            )
            .unwrap();
        }
        for (title, description, schema, path) in tables {
            write!(text, "\n## `{title}`\n\n{description}\n").unwrap();
            self.tables(schema, &path, text);
        }
    }

    fn resolve<'b>(&'b self, mut schema: &'b Value) -> &'b Value {
        loop {
            let branches = schema["anyOf"].as_array();
            if let Some(reference) = schema["$ref"].as_str() {
                schema = self
                    .schema
                    .pointer(reference.trim_start_matches('#'))
                    .unwrap();
            } else if let Some(branch) = branches
                .and_then(|branches| branches.iter().find(|branch| branch["type"] != "null"))
            {
                schema = branch;
            } else {
                return schema;
            }
        }
    }

    /// A value in the words of TOML; of a fixed list the words, each with what it means.
    fn kind(&self, value: &Value) -> String {
        let words = value["oneOf"].as_array().into_iter().flatten();
        let words: Vec<String> = words
            .map(|word| {
                let meaning = word["description"].as_str().unwrap().trim_end_matches('.');
                format!(
                    "`\"{}\"`: {}",
                    word["const"].as_str().unwrap(),
                    lower(meaning)
                )
            })
            .collect();
        if !words.is_empty() {
            return words.join("; ");
        }
        let kind = value["type"]
            .as_str()
            .or_else(|| value["type"][0].as_str())
            .unwrap();
        match kind {
            "array" => format!("list: {}", self.kind(self.resolve(&value["items"]))),
            "object" => format!(
                "table: name → {}",
                self.kind(self.resolve(&value["additionalProperties"]))
            ),
            other => other.to_owned(),
        }
    }
}

/// What holds if the key is not written.
fn default(schema: &Value) -> String {
    match schema.get("default") {
        Some(default) => format!("`{default}`"),
        None => String::new(),
    }
}

/// What the schemas say of a table, each on one line; one that begins like another is told by the longer.
fn descriptions(schemas: &[&Value]) -> String {
    let all = schemas
        .iter()
        .filter_map(|schema| schema["description"].as_str());
    let lines: Vec<String> = all
        .map(|description| description.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let mut told: Vec<&str> = Vec::new();
    for line in &lines {
        let begins = |other: &str| other.starts_with(line.trim_end_matches('.'));
        if !lines
            .iter()
            .any(|other| other.len() > line.len() && begins(other))
            && !told.contains(&line.as_str())
        {
            told.push(line);
        }
    }
    told.join(" ")
}

/// A sentence inside another: the first letter small, unless it begins with a name, in capitals or of several capitalised words.
fn lower(sentence: &str) -> String {
    let is_capital = |letter: Option<char>| letter.is_some_and(char::is_uppercase);
    let mut letters = sentence.chars();
    let first = letters.next();
    let second_word = sentence.split_whitespace().nth(1).unwrap_or_default();
    if is_capital(letters.clone().next()) || is_capital(second_word.chars().next()) {
        return sentence.to_owned();
    }
    first
        .iter()
        .flat_map(|first| first.to_lowercase())
        .chain(letters)
        .collect()
}
