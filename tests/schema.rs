//! The JSON Schemas for editors: they say something of every key, take what the program takes, and refuse what it calls misshapen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use jenkinsgen::schema::Kind;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value};
use support::{Workspace, cases, files, workspaces};
use toml::de::{DeTable, DeValue};

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

/// Each misshapen value is refused at its place, and so is what breaks the rules of its field, as far as a pattern can tell. What is wrong only beside
/// other keys is none of an editor's business: that must be taken.
#[test]
fn the_schemas_refuse_each_mistake_that_an_editor_can_see() {
    let shape = ["unknown-key", "wrong-type", "unknown-value"];
    let across = [
        "missing-key",
        "conflicting-keys",
        "locked-key",
        "unknown-name",
        "name-collision",
    ];
    let (mut refused, mut taken, mut unseen) = (0, 0, BTreeSet::new());
    for case in cases("tests/diagnostics") {
        let workspace = copied(&case);
        let run = workspace.run(["check", "--format", "json"]);
        let (stdout, _) = run.any_output().error();
        let document: Value = serde_json::from_str(&stdout).unwrap();
        for path in files_of(&case) {
            let Some(value) = parsed(&case, &path) else {
                continue;
            };
            let validator = validator(kind(&path).unwrap());
            let errors: BTreeSet<String> = validator.iter_errors(&value).flat_map(at).collect();
            let text = fs_err::read_to_string(case.join(&path)).unwrap();
            let places = places(&text);
            let told = document["diagnostics"].as_array().unwrap().iter();
            let told = told.filter(|told| told["file"] == path.as_str());
            let told = told.map(|told| (told, told["code"].as_str().unwrap()));
            if told.clone().all(|(_, code)| across.contains(&code)) {
                assert_eq!(errors, BTreeSet::new(), "{}/{path}", case.display());
            }
            for (told, code) in told {
                let offset = offset(&text, &told["line"], &told["column"]);
                // The innermost that holds the place.
                let holds = |(_, span): &&(String, Range<usize>)| span.contains(&offset);
                let here = places
                    .iter()
                    .filter(holds)
                    .min_by_key(|(_, span)| span.len());
                let (key, _) = here.unwrap_or_else(|| panic!("{}: {told}", case.display()));
                let name = case.file_name().unwrap().to_str().unwrap();
                if errors.contains(key) {
                    refused += 1;
                } else if across.contains(&code) {
                    taken += 1;
                } else {
                    // What is locked is named in a text.
                    let is_shape = shape.contains(&code) && !key.starts_with("/library/locked/");
                    assert!(!is_shape, "{name}/{path}: {key}: {told}");
                    let value = value.pointer(key).unwrap_or(&Value::Null).to_string();
                    let value: String = value.chars().take(80).collect();
                    unseen.insert(format!("{code} {key} {value}\n"));
                }
            }
        }
    }
    assert!(refused > 100 && taken > 100, "{refused} {taken}");
    let unseen: String = unseen.into_iter().collect();
    snapbox::assert_data_eq!(
        unseen,
        snapbox::str![[r#"
invalid-value /checks/hooks/destination "build/.Git/hooks"
invalid-value /checks/long/destination "long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long
invalid-value /checks/unit/destination "."
invalid-value /checks/unit/jacoco/exec "*.exec,,../*.exec"
invalid-value /checks/unit/junit/2 "../*.xml"
invalid-value /defaults/images/app/context "../app"
invalid-value /description "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
invalid-value /images/app/args/A "{verison}"
invalid-value /images/app/args/B "{version"
invalid-value /images/app/args/C "version}"
invalid-value /images/app/args/D "a/nb"
invalid-value /images/app/args/E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
invalid-value /images/dots/context "a/../.."
invalid-value /images/dots/dockerfile "./Dockerfile"
invalid-value /images/empty/dockerfile "."
invalid-value /images/form/context "a/"
invalid-value /images/form/dockerfile "a//Dockerfile"
invalid-value /images/option/secrets/dots/file "/run/../token"
invalid-value /images/option/secrets/form/file "/run//token/"
invalid-value /images/windows/dockerfile "Docker/u0000file"
invalid-value /library/locked/3 "scan fail_on"
invalid-value /notify/recipients/4 "cc:team@example.org"
invalid-value /notify/recipients/5 "$USER@example.org"
invalid-value /notify/recipients/6 "team@example..org"
invalid-value /pod/containers/buildkit/image "registry.example.com:5000/buildkit"
invalid-value /pod/containers/buildkit/mounts/2/claim "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
invalid-value /pod/containers/buildkit/mounts/3/claim "d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d
invalid-value /pod/containers/grype/resources/requests/cpu "1.2345"
invalid-value /pod/containers/grype/resources/requests/memory "9999999999999"
invalid-value /pod/containers/long/command/0 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
invalid-value /pod/containers/more/image "tools@sha256:1234"
invalid-value /pod/containers/tools/command/0 "nul/u0000"
invalid-value /pod/containers/tools/command/1 "separator "
invalid-value /pod/containers/tools/env/C "nul/u0000"
invalid-value /pod/containers/tools/image "maven:latest"
invalid-value /promotion/version "{VERSION}"
invalid-value /publish/0/repository "registry.example.com/Team/app"
invalid-value /publish/0/tags/1 "-{version}"
invalid-value /publish/0/tags/4 "{version}-{commit}-{commit}"
invalid-value /publish/1/repository "registry.example.com/app:1.0"
invalid-value /publish/2/repository "https://registry.example.com/app"
invalid-value /registry/docker_config_key "..data"
invalid-value /registry/ecr/0 "registry.example.com"
invalid-value /registry/ecr/1 "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app"
invalid-value /registry/ecr/2 "https://public.ecr.aws"
invalid-value /registry/ecr/3 "12.dkr.ecr.eu-west-1.amazonaws.com"
invalid-value /release/branch "a..b"
invalid-value /release/branch "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
invalid-value /release/branch "refs/heads/main"
invalid-value /scan/report_title "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
invalid-value /sonar/properties/sonar.host.url "https://sonar.example.com"
invalid-value /sonar/properties/sonar.scanner.truststorePassword "secret"
invalid-value /sonar/properties/sonar.token "secret"
invalid-value /source_tag/committer/email "jenkins.@example.org"
invalid-value /source_tag/committer/email "jenkins@-example.org"
invalid-value /source_tag/committer/name "..."
invalid-value /source_tag/committer/name "Jenkins <ci>"
invalid-value /source_tag/prefix "-"
invalid-value /source_tag/prefix "refs/tags/v"
invalid-value /stages/other/step "otherPipeline"
invalid-value /stages/promote/step "promoteArtifact"
invalid-value /tools/grype "anchore/grype:latest"
invalid-value /version {"literal":"1.2.3"}
invalid-value /version/file "../gradle.properties"
invalid-value /version/literal "1.2.3-99999999999999999999999999999999999999999999999999"
shadowed-name /defaults/step "checkout"
shadowed-name /step "buildimage"
shadowed-name /step "checkout"
shadowed-name /step "findAll"
shadowed-name /step "owner"
shadowed-name /step "switch"
unknown-key /library/locked/0 "scan.fail_onn"
unknown-key /library/locked/1 "scna"
unknown-key /library/locked/4 "publish.tags"
unknown-key /library/locked/5 "nothing.like.it"
unknown-key /library/locked/7 "step.name"

"#]]
    );
}

/// The keys that an error is about, as JSON pointers.
fn at(error: ValidationError<'_>) -> Vec<String> {
    let table = error.instance_path().to_string();
    match error.kind() {
        // The name is the value of the error.
        ValidationErrorKind::PropertyNames { error } => {
            vec![format!("{table}/{}", error.instance().as_str().unwrap())]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let keys = unexpected.iter().map(|key| format!("{table}/{key}"));
            keys.collect()
        }
        _ => vec![table],
    }
}

/// Where every key stands with its value, by JSON pointers.
fn places(text: &str) -> Vec<(String, Range<usize>)> {
    fn walk(value: &DeValue<'_>, at: &str, places: &mut Vec<(String, Range<usize>)>) {
        match value {
            DeValue::Table(table) => {
                for (key, value) in table {
                    let at = format!("{at}/{}", key.get_ref());
                    places.push((at.clone(), key.span()));
                    places.push((at.clone(), value.span()));
                    walk(value.get_ref(), &at, places);
                }
            }
            DeValue::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    let at = format!("{at}/{index}");
                    places.push((at.clone(), value.span()));
                    walk(value.get_ref(), &at, places);
                }
            }
            _ => {}
        }
    }
    let table = DeTable::parse(text).unwrap().into_inner();
    let mut places = vec![(String::new(), 0..text.len() + 1)];
    walk(&DeValue::Table(table), "", &mut places);
    places
}

fn offset(text: &str, line: &Value, column: &Value) -> usize {
    let [line, column] = [line, column].map(|number| number.as_u64().unwrap() as usize - 1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let before = text[start..].chars().take(column);
    start + before.map(char::len_utf8).sum::<usize>()
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
