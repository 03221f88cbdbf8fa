//! The JSON Schemas for editors: they say something of every key, take what the program takes, and refuse what it calls misshapen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use jenkinsgen::schema::Kind;
use jsonschema::Validator;
use serde_json::{Map, Value};
use support::{Workspace, cases, files, workspaces};

fn schema(kind: Kind) -> Value {
    serde_json::from_str(&kind.text()).unwrap()
}

fn validator(kind: Kind) -> Validator {
    jsonschema::draft7::new(&schema(kind)).unwrap()
}

/// The schema of the file at a path of a workspace.
fn kind(path: &str) -> Option<Kind> {
    match path {
        "jenkinsgen.toml" => Some(Kind::Library),
        path if path.starts_with("projects/") && path.ends_with(".toml") => Some(Kind::Project),
        _ => None,
    }
}

/// A TOML file as the value that an editor checks; `None` if it is no TOML.
fn parsed(folder: &Path, path: &str) -> Option<Value> {
    let bytes = fs_err::read(folder.join(path)).unwrap();
    let text = String::from_utf8(bytes).ok()?;
    let table: toml::Table = text.parse().ok()?;
    serde_json::to_value(table).ok()
}

#[test]
fn the_schemas_take_every_workspace_that_renders() {
    let mut checked = 0;
    for folder in workspaces() {
        for path in files_of(&folder) {
            let value = parsed(&folder, &path).unwrap();
            let errors: Vec<String> = validator(kind(&path).unwrap())
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{}/{path}", folder.display());
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} files were checked");
}

/// What is misshapen is refused. What is wrong only beside other keys is none of an editor's business: that must be taken.
#[test]
fn the_schemas_refuse_what_is_misshapen() {
    let shape = ["unknown-key", "wrong-type", "unknown-value"];
    let across = [
        "missing-key",
        "conflicting-keys",
        "locked-key",
        "unknown-name",
        "name-collision",
    ];
    let (mut refused, mut taken) = (0, 0);
    for case in cases("tests/diagnostics") {
        let workspace = copied(&case);
        let run = workspace.run(["check", "--format", "json"]);
        let (stdout, _) = run.any_output().error();
        let document: Value = serde_json::from_str(&stdout).unwrap();
        let diagnostics = document["diagnostics"].as_array().unwrap();
        for path in files_of(&case) {
            let Some(value) = parsed(&case, &path) else {
                continue;
            };
            let codes: BTreeSet<&str> = diagnostics
                .iter()
                .filter(|new| new["file"] == path.as_str())
                .map(|new| new["code"].as_str().unwrap())
                .collect();
            let valid = validator(kind(&path).unwrap()).is_valid(&value);
            let place = format!("{}/{path}: {codes:?}", case.display());
            if codes.iter().any(|code| shape.contains(code)) {
                assert!(!valid, "{place}");
                refused += 1;
            } else if codes.iter().all(|code| across.contains(code)) {
                assert!(valid, "{place}");
                taken += 1;
            }
        }
    }
    assert!(refused >= 10 && taken >= 30, "{refused} {taken}");
}

/// An editor shows what a key means, what it is if it is absent, and an example.
#[test]
fn the_schemas_say_something_of_every_key() {
    let mut looked_at = 0;
    for kind in Kind::ALL {
        let schema = schema(kind);
        for (name, key) in keys(&schema, "") {
            looked_at += 1;
            assert!(key["description"].is_string(), "{name} has no description");
            let own = jsonschema::draft7::new(key).unwrap();
            let examples = key["examples"].as_array();
            let examples = examples.unwrap_or_else(|| panic!("{name} has no example"));
            assert!(!examples.is_empty(), "{name} has no example");
            for value in examples.iter().chain(key.get("default")) {
                assert!(own.is_valid(value), "{name}: {value}");
            }
            for value in examples {
                let says_nothing = value.as_object().is_some_and(Map::is_empty)
                    || value.as_array().is_some_and(Vec::is_empty);
                assert!(!says_nothing, "{name}: {value}");
            }
            if key["type"] == "string" {
                let is_told = key["pattern"].is_string() || key["enum"].is_array();
                assert!(is_told, "{name} has no pattern");
            }
            if let Some(words) = key["enum"].as_array() {
                let meanings = key["x-taplo"]["docs"]["enumValues"].as_array().unwrap();
                assert_eq!(words.len(), meanings.len(), "{name}");
                assert!(meanings.iter().all(Value::is_string), "{name}");
            }
        }
        assert!(validator(kind).is_valid(&serde_json::json!({})));
    }
    assert!(looked_at > 250, "only {looked_at} keys were looked at");
}

/// All keys of a table and of the tables in it.
fn keys<'a>(table: &'a Value, path: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for (name, key) in table["properties"].as_object().into_iter().flatten() {
        let name = format!("{path}{name}");
        let inner = format!("{name}.");
        found.push((name, key));
        for table in [key, &key["additionalProperties"], &key["items"]] {
            found.extend(keys(table, &inner));
        }
    }
    found
}

/// Without a workspace, too: an editor may ask before there is one.
#[test]
fn schema_prints_what_render_writes() {
    let workspace = Workspace::rendered();
    for (kind, file) in [("project", "project"), ("library", "library")] {
        let (stdout, _) = workspace.run(["schema", kind]).any_output().success();
        assert_eq!(
            stdout,
            workspace.read(&format!(".jenkinsgen/{file}.schema.json"))
        );
    }
    let (stdout, _) = Workspace::empty().run(["schema"]).any_output().success();
    assert_eq!(stdout, Kind::Project.text());
}

fn files_of(folder: &Path) -> Vec<String> {
    let mut paths = vec!["jenkinsgen.toml".to_owned()];
    for entry in std::fs::read_dir(folder.join("projects")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        paths.push(format!("projects/{name}"));
    }
    paths.retain(|path| kind(path).is_some());
    paths
}

fn copied(case: &Path) -> Workspace {
    let workspace = Workspace::empty();
    for (path, text) in files(case) {
        workspace.write(&path, &text);
    }
    workspace
}
