//! `explain`: every value with its origin, and every key with its meaning.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;

use jenkinsgen::config::{self, KeyPath};
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

step  "appPipeline"  default

[version]
literal  "1.2.3"  projects/app.toml:2

[images.app]
context     "."           default
dockerfile  "Dockerfile"  default
network     "sandbox"     default

[buildkit]
mode  "rootless"  default

[cache]
type  "none"  default

[scan]
fail_on          "critical"      jenkinsgen.toml:12 (locked)
only_fixed       false           default (locked)
scope            "squashed"      default (locked)
report_title     "Grype report"  default (locked)
match_go_by_cpe  false           default (locked)
program          "/grype"        default (locked)

[notify]
via  "emailext"  default

[options]
timeout_minutes    60        default
keep_builds        5         projects/app.toml:7
concurrent_builds  "forbid"  default
milestones         true      default

[pod.containers.buildkit]
image  "moby/buildkit:v0.32.2-rootless"  jenkinsgen.toml:8

[pod.containers.grype]
image    "anchore/grype:v0.115.0-debug"  jenkinsgen.toml:9
command  ["sleep", "99d"]                default

[library]
name     "acme"    jenkinsgen.toml:2
version  "main"    jenkinsgen.toml:3
locked   ["scan"]  jenkinsgen.toml:5

[tools]
buildkit  "moby/buildkit:v0.32.2-rootless"  jenkinsgen.toml:8
grype     "anchore/grype:v0.115.0-debug"    jenkinsgen.toml:9

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

type     one of these words
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

Tags; they may hold `{version}`, `{build_number}` and `{commit}`. Required.

type     array of strings: letters, digits, `.`, `_`, `-` and these values
example  tags = ["{version}.{build_number}", "latest"]

"#]])
        .success();
}

/// Its own values come before the tables in it.
#[test]
fn a_table_is_told_once() {
    let workspace = Workspace::small();
    let project = format!(
        "{}\n[release]\nbranch = \"main\"\n\n[[publish]]\nrepository = \"registry.example.com/app\"\ntags = [\"latest\"]\n\n\
         [source_tag]\ncommitter = {{ email = \"ci@example.com\" }}\nmoving_tags = false\n",
        support::PROJECT
    );
    workspace.write("projects/app.toml", &project);
    workspace
        .run(["explain", "app", "source_tag"])
        .stdout(str![[r#"
[source_tag]
prefix       "v"          default
moving_tags  false        projects/app.toml:15
message      "passed CI"  default

[source_tag.committer]
name   "Jenkins"         default
email  "ci@example.com"  projects/app.toml:14

Tags on the source after the push; present: on.

keys     `enabled`, `prefix`, `moving_tags`, `message`, `committer` and `credentials`
example  source_tag = { committer = { email = "jenkins@example.com" }, credentials = { https = "git-push" } }

"#]])
        .success();
    workspace
        .run(["explain", "app", "publish[0].tags"])
        .stdout(str![[r#"
[publish[0]]
tags  ["latest"]  projects/app.toml:11

Tags; they may hold `{version}`, `{build_number}` and `{commit}`. Required.

type     array of strings: letters, digits, `.`, `_`, `-` and these values
example  tags = ["{version}.{build_number}", "latest"]

"#]])
        .success();
    workspace
        .run(["explain", "app", "publish[1]"])
        .stdout(str![[r#"
publish[1] is not set

One rule: an image, and names that it is pushed under.

keys     `image`, `repository` and `tags`

"#]])
        .success();
}

#[test]
fn the_library_s_own_keys_are_explained_too() {
    workspace()
        .run(["explain", "app", "tools.grype"])
        .stdout(str![[r#"
[tools]
grype  "anchore/grype:v0.115.0-debug"  jenkinsgen.toml:9

Image with grype and a shell: a `-debug` variant of `anchore/grype`. Required.

type     string: an image with its tag or digest
example  grype = "anchore/grype:v0.115.0-debug"

"#]])
        .success();
    workspace()
        .run(["explain", "app", "library.own_steps"])
        .stdout(str![[r#"
library.own_steps is not set

Shared steps that are files of your own in `vars/`: jenkinsgen neither writes nor deletes them, and `check` says if one is missing.

type     array of strings: lower camel case
example  own_steps = ["scanImage"]

"#]])
        .success();
}

/// A key in `[defaults]` is that of a project, and what counts for this one is shown.
#[test]
fn keys_of_the_defaults_are_those_of_a_project() {
    workspace()
        .run(["explain", "app", "defaults.options.keep_builds"])
        .stdout(str![[r#"
[options]
keep_builds  5  projects/app.toml:7

Number of builds that Jenkins keeps.

type     integer from 1 to 100000
default  30
example  keep_builds = 50

"#]])
        .success();
    let run = workspace().run(["explain", "app", "defaults", "--format", "json"]);
    let (stdout, _) = run.any_output().success();
    let document: Value = serde_json::from_str(&stdout).unwrap();
    let settings = document["settings"].as_array().unwrap();
    let keys: Vec<&str> = settings
        .iter()
        .map(|setting| setting["key"].as_str().unwrap())
        .collect();
    assert!(keys.contains(&"scan.fail_on"), "{keys:?}");
    assert!(!keys.contains(&"tools.grype"), "{keys:?}");
}

#[test]
fn lists_of_tables_and_tables_with_free_names_say_what_each_has() {
    workspace()
        .run(["explain", "app", "publish"])
        .stdout(str![[r#"
publish is not set

What a release pushes: each rule adds names to one image. It takes a `release.branch`.

type     array of tables
each     `image`, `repository` and `tags`
example  publish = [{ repository = "registry.example.com/team/app", tags = ["{version}.{build_number}", "latest"] }]

"#]])
        .success();
    workspace()
        .run(["explain", "app", "images.app.secrets"])
        .stdout(str![[r#"
images.app.secrets is not set

Build secrets by their id, for `RUN --mount=type=secret`.

type     table
each     `file`, `credentials_file` and `credentials_text`
names    letters, digits, `.`, `_` and `-`
example  secrets = { npmrc = { credentials_file = "npmrc" } }

"#]])
        .success();
}

/// Whatever an editor completes, a user can ask for: in either file, tables too.
#[test]
fn every_key_of_both_files_is_answered() {
    let workspace = workspace();
    let mut asked = BTreeSet::new();
    every_key(&KeyPath::default(), &mut asked);
    for key in &asked {
        let run = workspace.run(["explain", "app", key, "--format", "json"]);
        let (stdout, _) = run.any_output().success();
        let document: Value = serde_json::from_str(&stdout).unwrap();
        let description = document["key"]["description"].as_str().unwrap();
        assert!(!description.is_empty(), "{key}");
    }
    for key in ["library.locked", "tools", "defaults.scan", "pod"] {
        assert!(asked.contains(key), "{key}");
    }
    assert!(asked.len() > 150, "{}", asked.len());
}

/// All keys of both files, tables too; `x` stands for a name that users choose.
fn every_key(at: &KeyPath, all: &mut BTreeSet<String>) {
    let mut names = config::keys(at);
    if !at.steps().is_empty() {
        let key = config::key(at).unwrap();
        if names.is_empty() && key.takes().starts_with("table") {
            names.push("x");
        }
        all.insert(at.to_string());
    }
    // A project's keys once more.
    if at.is_within(&KeyPath::from(config::DEFAULTS)) && at.steps().len() == 2 {
        return;
    }
    for name in names {
        every_key(&at.key(name), all);
    }
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
        .run(["explain", "app", "librery.name"])
        .stderr(str![[r#"
error: the language has no key `librery.name`; did you mean `library`?

"#]])
        .error();
    for (key, nearest) in [
        ("scan[0].fail_on", "scan"),
        ("publish[0].tags[0]", "publish.tags"),
    ] {
        workspace()
            .run(["explain", "app", key])
            .stderr(format!(
                "error: the language has no key `{key}`; did you mean `{nearest}`?\n"
            ))
            .error();
    }
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
    "type": "integer from 1 to 100000",
    "names": null,
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
    let mut known = KeyPath::default();
    let mut words = Vec::new();
    for step in key.steps() {
        let config::Step::Key(name) = step else {
            continue;
        };
        let is_free = !config::keys(&known).contains(&name.as_str());
        words.push(if is_free { "*" } else { name.as_str() });
        known = known.key(name);
    }
    words.join(".")
}

/// All keys that hold values: a project's and the library's own.
fn keys(at: &KeyPath, all: &mut BTreeSet<String>) {
    let mut names = config::keys(at);
    if names.is_empty() && config::key(at).unwrap().takes().starts_with("table") {
        names.push("x");
    }
    if names.is_empty() {
        all.insert(pattern(at));
    }
    names.retain(|name| *name != config::DEFAULTS);
    for name in names {
        keys(&at.key(name), all);
    }
}

/// Also what follows from other values, and what stands at a default that nobody sees.
#[test]
fn values_that_are_written_nowhere_are_shown_too() {
    let more = "[registry]\ndocker_config_secret = \"docker\"\n\n[notify]\nrecipients = [\"culprits\"]\n\n[stages.lint]\nposition = \"after_checkout\"\n\
                container = \"node\"\ncommands = [\"true\"]\n\n[pod.containers.node]\nimage = \"node:24-slim\"\n";
    let workspace = Workspace::small().file(
        "projects/app.toml",
        &format!("{}\n{more}", support::PROJECT),
    );
    let (stdout, _) = workspace.run(["explain", "app"]).any_output().success();
    for line in [
        "\n[cache]\ntype  \"none\"  default\n",
        "\ndocker_config_key     \"config.json\"  default\n",
        "\nrecipients  [\"culprits\"]      projects/app.toml:10\n",
        "\ncommand  [\"sleep\", \"99d\"]  default\n",
    ] {
        assert!(stdout.contains(line), "{line:?}: {stdout}");
    }
}
