//! `explain`: every value with its origin, and every key with its meaning.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;

use jenkinsgen::config::{KeyPath, PROJECT_SCHEMA, Shape};
use serde_json::Value;
use snapbox::str;
use support::{Workspace, workspaces};

fn workspace() -> Workspace {
    Workspace::empty()
        .file(
            "jenkinsgen.toml",
            &format!(
                "{}\n[defaults.scan]\nfail_on = \"critical\"\n",
                support::LIBRARY.replace("[tools]", "locked = [\"scan\"]\n\n[tools]")
            ),
        )
        .file(
            "projects/app.toml",
            &format!("{}\n[options]\nkeep_builds = 5\n", support::PROJECT),
        )
}

#[test]
fn every_value_is_shown_with_where_it_comes_from() {
    workspace()
        .run(["explain", "app"])
        .stdout(str![[r#"
app, described in projects/app.toml

step               "appPipeline"                     default

[version]
literal            "1.2.3"                           projects/app.toml:2

[images.app]
context            "."                               default
dockerfile         "Dockerfile"                      default
network            "sandbox"                         default

[buildkit]
mode               "rootless"                        default

[scan]
report_title       "Grype report"                    default (locked)
program            "/grype"                          default (locked)
fail_on            "critical"                        jenkinsgen.toml:12 (locked)
only_fixed         false                             default (locked)
scope              "squashed"                        default (locked)
match_go_by_cpe    false                             default (locked)

[notify]
via                "emailext"                        default

[options]
timeout_minutes    60                                default
keep_builds        5                                 projects/app.toml:7
concurrent_builds  "forbid"                          default
milestones         true                              default

[pod.containers.buildkit]
image              "moby/buildkit:v0.32.2-rootless"  jenkinsgen.toml:8

[pod.containers.grype]
image              "anchore/grype:v0.115.0-debug"    jenkinsgen.toml:9

"#]])
        .success();
}

#[test]
fn a_key_is_shown_with_what_it_means() {
    workspace()
        .run(["explain", "app", "scan.fail_on"])
        .stdout(str![[r#"
[scan]
fail_on  "critical"  jenkinsgen.toml:12 (locked)

The least severity that stops the build.
  "negligible"  Any finding of a known severity.
  "low"         Low or above.
  "medium"      Medium or above.
  "high"        High or above.
  "critical"    Critical only.
  "never"       Report only: no finding stops the build.

type     string
default  "high"
example  fail_on = "critical"

"#]])
        .success();
}

#[test]
fn a_key_that_is_not_set_is_explained_all_the_same() {
    workspace()
        .run(["explain", "app", "publish.tags"])
        .stdout(str![[r#"
publish.tags is not set

Tags; they may hold `{version}`, `{build_number}` and `{commit}`.

type     array of strings
example  tags = ["{version}.{build_number}", "latest"]

"#]])
        .success();
}

#[test]
fn a_misspelt_key_is_an_error() {
    workspace()
        .run(["explain", "app", "scan.failon"])
        .stderr(str![[r#"
error: the language has no key `scan.failon`; did you mean `scan.fail_on`?

"#]])
        .error();
    workspace()
        .run(["explain", "app", "scan..fail_on"])
        .stderr(str![[r#"
error: `scan..fail_on` is no key; write it with dots, such as `scan.fail_on`

"#]])
        .error();
}

#[test]
fn programs_get_places_and_meanings() {
    let run = workspace().run(["explain", "app", "options.keep_builds", "--format", "json"]);
    run.stdout(str![[r#"
{
  "version": 1,
  "command": "explain",
  "project": "app",
  "file": "projects/app.toml",
  "settings": [
    {
      "key": "options.keep_builds",
      "value": "5",
      "written": {
        "file": "projects/app.toml",
        "line": 7,
        "column": 15
      },
      "locked": false
    }
  ],
  "key": {
    "key": "options.keep_builds",
    "description": "Number of builds that Jenkins keeps.",
    "type": "integer",
    "default": 30,
    "examples": [
      50
    ],
    "words": []
  }
}

"#]])
        .success();
}

/// What a value is in the output, it is by `explain`: the value at the place that is named, or the default that the schema has.
#[test]
fn every_key_of_the_language_is_explained_in_some_workspace() {
    let mut explained = BTreeSet::new();
    for folder in workspaces() {
        let workspace = Workspace::rendered_from(&folder);
        let projects = std::fs::read_dir(folder.join("projects")).unwrap();
        for project in projects {
            let name = project.unwrap().file_name().into_string().unwrap();
            let name = name.trim_end_matches(".toml");
            let run = workspace.run(["explain", name, "--format", "json"]);
            let (stdout, _) = run.any_output().success();
            let document: Value = serde_json::from_str(&stdout).unwrap();
            for setting in document["settings"].as_array().unwrap() {
                let written = &setting["written"];
                if let Some(file) = written["file"].as_str() {
                    let text = workspace.read(file);
                    let line = written["line"].as_u64().unwrap() as usize - 1;
                    assert!(text.lines().count() > line, "{file}:{line}");
                }
                let key = setting["key"].as_str().unwrap();
                let key: String = key.split(['[', ']']).step_by(2).collect();
                explained.insert(pattern(&key.parse().unwrap()));
            }
        }
    }
    let mut all = BTreeSet::new();
    keys(&KeyPath::default(), &mut all);
    // What is only a switch of a whole table: its other keys say whether it is on.
    all.retain(|key| !key.ends_with(".enabled"));
    let missing: Vec<&String> = all.difference(&explained).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(all.len() > 80, "{}", all.len());
}

/// A key with `*` for names that users choose.
fn pattern(key: &KeyPath) -> String {
    let shape = Shape::new(&PROJECT_SCHEMA);
    let mut known = KeyPath::default();
    let mut words = Vec::new();
    for step in key.steps() {
        let jenkinsgen::config::Step::Key(name) = step else {
            continue;
        };
        let table = shape.find(&known).unwrap();
        let is_free = table.keys().all(|key| key != name);
        words.push(if is_free { "*" } else { name.as_str() });
        known = known.key(name);
    }
    words.join(".")
}

/// All keys of the language that hold values.
fn keys(at: &KeyPath, all: &mut BTreeSet<String>) {
    let shape = Shape::new(&PROJECT_SCHEMA);
    let key = shape.find(at).unwrap();
    let mut names: Vec<String> = key.keys().map(str::to_owned).collect();
    if names.is_empty() && key.kind() == "table" {
        names.push("x".to_owned());
    }
    if names.is_empty() {
        all.insert(pattern(at));
    }
    for name in names {
        keys(&at.key(&name), all);
    }
}
