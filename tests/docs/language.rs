//! The reference of the keys, made from the schemas.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jenkinsgen::config::{self, Key, LIBRARY_SCHEMA, PROJECT_SCHEMA};
use serde_json::Value;

use crate::support::{Workspace, repository};

#[test]
fn the_reference_names_every_key() {
    let mut text = String::from(
        "<!-- Written by `SNAPSHOTS=overwrite cargo test --test docs`. -->\n# The language\n\nEvery key of `jenkinsgen.toml` and `projects/<name>.toml`, \
         table by table. `jenkinsgen explain` says of one key what it takes and means, and where its value comes from. A project is read over the library's \
         `[defaults]`: [how they are merged](guides/defaults.md#how-they-are-merged).\n\nWhat a description calls required must be written in one of the two \
         wherever its table is used; all else may be absent.\n",
    );
    let required = required();
    text.push_str("\n## `jenkinsgen.toml`\n");
    let library = Reference {
        schema: LIBRARY_SCHEMA.as_value(),
        leave_out: "defaults",
        required: &required,
    };
    library.tables(library.schema, "", &mut text);
    let defaults = &library.schema["properties"]["defaults"]["description"];
    write!(
        text,
        "\n### `[defaults]`\n\n{}\n",
        defaults.as_str().unwrap()
    )
    .unwrap();
    text.push_str(
        "\n## `projects/<name>.toml`\n\nThe file's name is that of the project: letters, digits, `.`, `_` and `-`, a letter or digit first, 64 at most.\n",
    );
    let project = Reference {
        schema: PROJECT_SCHEMA.as_value(),
        leave_out: "",
        required: &required,
    };
    project.tables(project.schema, "", &mut text);

    assert_eq!(text.matches("Required").count(), required.len());
    crate::compare(text, &repository().join("docs/language.md"));
}

/// Every table, with no more in it than it takes to tell which keys it needs.
const EMPTY_LIBRARY: &str = "[library]\n[tools]\n";
const EMPTY_PROJECT: &str = r#"
description = "x"
publish = [{}]
[version]
[images.x]
secrets.x = {}
[checks.x]
jacoco = {}
[buildkit]
[cache]
[sonar]
[scan]
[release]
[registry]
[source_tag]
committer = {}
credentials = {}
[promotion]
[stages.x]
# One of two keys is needed, as the text of the table says.
commands = ["true"]
when = {}
credentials.x = {}
[notify]
stages = {}
[options]
[pod]
[pod.containers.x]
resources = { requests = {}, limits = {} }
mounts = [{}]
"#;

/// The keys that the program misses in empty tables, as the reference calls them.
fn required() -> BTreeSet<String> {
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", EMPTY_LIBRARY)
        .file("projects/p.toml", EMPTY_PROJECT);
    let (told, _) = workspace
        .run(["check", "--format", "json"])
        .any_output()
        .error();
    let told: Value = serde_json::from_str(&told).unwrap();
    let mut required = BTreeSet::new();
    for diagnostic in told["diagnostics"].as_array().unwrap() {
        assert_eq!(diagnostic["code"], "missing-key");
        let message = diagnostic["message"].as_str().unwrap();
        // Others say which of several keys is needed, and so does the text of the table.
        if let Some(key) = message.strip_suffix("` is missing") {
            let steps = key.trim_start_matches('`').split('.');
            let steps = steps.map(|step| if step == "x" { "<name>" } else { step });
            required.insert(steps.collect::<Vec<_>>().join("."));
        }
    }
    required
}

/// Writes a schema as lists of keys.
struct Reference<'a> {
    schema: &'a Value,
    leave_out: &'a str,
    required: &'a BTreeSet<String>,
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
            let description = description(&name);
            let names = explained(&name).names();
            if value["properties"].is_object() {
                tables.push((format!("[{name}]"), description, value, format!("{name}.")));
            } else if let Some(entries) =
                entries.filter(|entries| entries["properties"].is_object())
            {
                let name = format!("{name}.<name>");
                tables.push((
                    format!("[{name}]"),
                    format!(
                        "{description} {} Names: {}.",
                        self::description(&name),
                        names.unwrap()
                    ),
                    entries,
                    format!("{name}."),
                ));
            } else if items["properties"].is_object() {
                tables.push((
                    format!("[[{name}]]"),
                    description,
                    items,
                    format!("{name}."),
                ));
            } else {
                self.key(&name, key, own, &mut rows);
            }
        }
        if !rows.is_empty() {
            write!(text, "\n{rows}").unwrap();
        }
        for (title, description, schema, path) in tables {
            write!(text, "\n### `{title}`\n\n{description}\n").unwrap();
            self.tables(schema, &path, text);
        }
    }

    /// A key as an item of a list: what it takes, what it means, and an example.
    fn key(&self, name: &str, key: &str, own: &Value, text: &mut String) {
        let value = self.resolve(own);
        let default = own.get("default");
        let explained = explained(name);
        let mut facts = vec![explained.takes()];
        facts.extend(explained.names().map(|names| format!("names: {names}")));
        facts.extend(default.map(|default| format!("default `{}`", toml(default))));
        let description = description(name);
        let is_required = self.required.contains(name);
        assert_eq!(description.contains("Required"), is_required, "{name}");
        let examples = [own, value].map(|schema| schema["examples"].as_array());
        let mut examples = examples.into_iter().flatten().flatten();
        // One that is not the default says more.
        let first = examples.clone().next();
        let example = examples.find(|example| Some(*example) != default).or(first);
        let example = example.unwrap_or_else(|| panic!("{name} has no example"));
        writeln!(
            text,
            "- **`{key}`** – {}\\\n  {description}\\\n  `{key} = {}`",
            facts.join("; "),
            toml(example)
        )
        .unwrap();
        for (word, meaning) in words(value) {
            writeln!(text, "    - `\"{word}\"`: {}", lower(meaning)).unwrap();
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
}

/// The words of a fixed list, each with what it means.
fn words(value: &Value) -> impl Iterator<Item = (&str, &str)> {
    let words = value["oneOf"].as_array().into_iter().flatten();
    words.map(|word| {
        let meaning = word["description"].as_str().unwrap();
        (
            word["const"].as_str().unwrap(),
            meaning.trim_end_matches('.'),
        )
    })
}

/// A value in TOML's notation.
fn toml(value: &Value) -> String {
    toml::Value::try_from(value).unwrap().to_string()
}

/// The key as `explain` knows it.
fn explained(name: &str) -> Key<'static> {
    let path = name.replace("<name>", "x").parse().unwrap();
    config::key(&path).unwrap()
}

fn description(name: &str) -> String {
    let description = explained(name).description();
    assert!(!description.is_empty(), "{name} has no description");
    description
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
