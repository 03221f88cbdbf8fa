//! What a library needs of Jenkins and the cluster: as printed, and against what the emitted Groovy calls and what simulated builds ran.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jenkinsgen::requirements::{CORE, PLUGINS, Requirements, Since};
use jenkinsgen::workspace::load;
use snapbox::{Data, IntoData as _, assert_data_eq, str};
use support::{LIBRARY, Workspace, repository, workspaces};

/// A project that has of everything what the article's service does not.
const OTHER: &str = r#"
[version]
literal = "1.0.0"

[images.app.secrets]
token = { credentials_text = "npm-token" }
settings = { credentials_file = "maven-settings" }

[images.tools.secrets]
token = { credentials_text = "npm-token" }

[checks.unit]
image = "app"
target = "reports"
directory = "/reports"
destination = "reports"
coverage = ["reports/jacoco.xml"]

[buildkit]
mode = "privileged"

[release]
branch = "main"
lock = false

[source_tag]
committer = { name = "Jenkins", email = "jenkins@example.com" }
credentials = { ssh = "git-key" }

[notify]
via = "mailer"
recipients = ["developers", "team@example.com"]

[options]
milestones = false
concurrent_builds = "abort_previous"

[pod.containers.buildkit]
image = "moby/buildkit:v0.32.2"
mounts = [{ config_map = "buildkit-certificates", path = "/etc/certificates" }]
"#;

fn snapshot(name: &str) -> Data {
    Data::read_from(&repository().join("tests/requirements").join(name), None)
}

fn of_the_article() -> Workspace {
    Workspace::rendered_from(&repository())
}

fn of_two_projects() -> Workspace {
    Workspace::empty()
        .file("jenkinsgen.toml", LIBRARY)
        .file("projects/app.toml", support::PROJECT)
        .file("projects/other.toml", OTHER)
}

#[test]
fn the_article_s_service_needs_this() {
    of_the_article()
        .run(["requirements"])
        .stdout(snapshot("service.txt"))
        .success();
}

#[test]
fn what_only_some_projects_need_is_told_with_them() {
    of_two_projects()
        .run(["requirements"])
        .stdout(snapshot("two-projects.txt"))
        .success();
}

#[test]
fn requirements_of_one_project_leave_out_the_others() {
    let workspace = of_two_projects();
    let (all, _) = Workspace::small()
        .run(["requirements"])
        .any_output()
        .success();
    workspace
        .run(["requirements", "app", "app"])
        .stdout(all)
        .success();
    workspace
        .run(["requirements", "ap"])
        .stderr(str![[r#"
error: there is no project `ap`; did you mean `app`?

"#]])
        .error();
}

#[test]
fn requirements_are_a_document_for_programs() {
    of_two_projects()
        .run(["requirements", "--format", "json"])
        .stdout(snapshot("two-projects.json"))
        .success();
    of_two_projects()
        .run(["requirements", "app", "--as", "jcasc", "--format", "json"])
        .stdout(str![[r##"
{
  "version": 1,
  "command": "requirements",
  "text": "# For the plugin Configuration as Code: set each ${NAME}, or fill it in.\nunclassified:\n  globalLibraries:\n    libraries:\n    - name: acme\n      defaultVersion: main\n      retriever:\n        modernSCM:\n          scm:\n            git:\n              remote: ${LIBRARY_REPOSITORY}\n"
}

"##]])
        .success();
}

#[test]
fn plugins_are_listed_for_jenkins_plugin_cli() {
    of_the_article()
        .run(["requirements", "--as", "plugins.txt"])
        .stdout(snapshot("plugins.txt"))
        .success();
}

/// The credentials are comments; without the `# ` they are YAML below the library's.
#[test]
fn configuration_as_code_has_the_library_and_credentials_to_fill_in() {
    of_two_projects()
        .run(["requirements", "--as", "jcasc"])
        .stdout(snapshot("jcasc.yaml"))
        .success();
}

/// The page shows what the program prints, and a table of all plugins that `SNAPSHOTS=overwrite` writes.
#[test]
fn the_page_about_requirements_shows_what_is_so() {
    let path = repository().join("docs/requirements.md");
    let page = fs_err::read_to_string(&path).unwrap();
    let (printed, _) = of_the_article()
        .run(["requirements"])
        .any_output()
        .success();
    let (before, rest) = page.split_once("```text\n").unwrap();
    let (_, rest) = rest.split_once("```\n").unwrap();
    let (after, _) = rest.split_once("## All plugins\n").unwrap();
    let mut table = String::from(
        "| plugin | short name | oldest release | what is used |\n|---|---|---|---|\n",
    );
    for plugin in PLUGINS {
        let newest = plugin.uses.last().unwrap();
        let since = match newest.since {
            Since::Unknown => newest.since.to_string(),
            since => format!("[{since}]({})", newest.source),
        };
        let uses = plugin.uses.iter().rev().map(|used| {
            let is_open = used.since == Since::Unknown && newest.since != Since::Unknown;
            format!("`{used}`{}", if is_open { "*" } else { "" })
        });
        let uses = uses.collect::<Vec<_>>().join(", ");
        writeln!(
            table,
            "| {} | `{}` | {since} | {uses} |",
            plugin.name, plugin.id
        )
        .unwrap();
    }
    table.push_str("\n\\* not established since which release\n");
    let expected = format!("{before}```text\n{printed}```\n{after}## All plugins\n\n{table}");
    if support::overwrite() {
        fs_err::write(&path, expected).unwrap();
    } else {
        assert_data_eq!(
            expected.into_data().raw(),
            Data::read_from(&path, None).raw()
        );
    }
}

#[test]
fn requirements_of_wrong_input_are_its_mistakes() {
    let workspace = Workspace::small();
    workspace.replace("projects/app.toml", "1.2.3", "one");
    let (_, stderr) = workspace.run(["requirements"]).any_output().error();
    assert!(stderr.contains("error[invalid-value]"), "{stderr}");
}

#[test]
fn a_library_without_projects_needs_nothing_yet() {
    let workspace = Workspace::small();
    workspace.remove("projects/app.toml");
    workspace
        .run(["requirements"])
        .stdout(str![[r#"
Plugins, with the oldest release that has what is used
  none

Credentials
  none

Script approvals
  none
      what is rendered needs none: a global library runs outside the sandbox,
      and an untrusted one stays within its lists

Images of the pods
  none

Cluster
  none

Configuration of Jenkins
  none

"#]])
        .success();
}

/// Whether mail needs its plugin, with recipients for this stage alone.
#[test]
fn a_step_of_the_user_needs_no_plugin_that_is_known_here() {
    let workspace = of_the_article();
    let plugins = || {
        let run = workspace.run(["requirements", "--format", "json"]);
        let document: serde_json::Value =
            serde_json::from_str(&run.any_output().success().0).unwrap();
        let plugins = document["plugins"].as_array().unwrap().iter();
        let ids = plugins.map(|plugin| plugin["id"].as_str().unwrap().to_owned());
        ids.collect::<BTreeSet<String>>()
    };
    let before = plugins();
    let replaced = [
        ("promoteArtifact", "artifactz"),
        ("sonarScan", "sonar"),
        ("scanImage", "htmlpublisher"),
        ("sendMail", "email-ext"),
        ("extractBuildDir", "jacoco"),
        ("extractBuildDir", "junit"),
    ];
    let mut steps: Vec<&str> = replaced.iter().map(|(step, _)| *step).collect();
    steps.dedup();
    workspace.replace(
        "jenkinsgen.toml",
        "version = \"main\"",
        &format!("version = \"main\"\nown_steps = {steps:?}"),
    );
    let (stdout, _) = workspace.run(["requirements"]).any_output().success();
    let own = stdout
        .split("Not counted: what your own files use\n")
        .nth(1)
        .unwrap();
    let files = "  vars/extractBuildDir.groovy\n  vars/promoteArtifact.groovy\n  vars/scanImage.groovy\n  vars/sendMail.groovy\n  vars/sonarScan.groovy\n";
    assert_eq!(own, files);
    for format in ["plugins.txt", "jcasc"] {
        let run = workspace.run(["requirements", "--as", format]);
        let wanted = "# Not counted: what your own vars/sendMail.groovy uses.\n";
        assert!(run.any_output().success().0.contains(wanted));
    }
    let gone: BTreeSet<String> = before.difference(&plugins()).cloned().collect();
    assert_eq!(gone, replaced.map(|(_, plugin)| plugin.to_owned()).into());
}

fn mails_with(stage: &str, more: &str) -> bool {
    let workspace = Workspace::small();
    let notify = format!("[notify]\nstages = {{ {stage} = [\"culprits\"] }}\n");
    workspace.write(
        "projects/app.toml",
        &format!("{}{notify}{more}", support::PROJECT),
    );
    let list = ["requirements", "--as", "plugins.txt"];
    let (stdout, _) = workspace.run(list).any_output().success();
    stdout.lines().any(|line| line == "email-ext")
}

#[test]
fn mail_is_needed_only_for_stages_that_are_there() {
    const RELEASE: &str = r#"
[release]
branch = "main"
"#;
    const CHECK: &str = r#"
[checks.unit]
directory = "/a"
destination = "a"
junit = ["a/*.xml"]
"#;
    const PUSH: &str = r#"
[[publish]]
repository = "registry.example.com/app"
tags = ["latest"]

[registry]
docker_config_secret = "docker-config"
"#;
    const TAG: &str = r#"
[source_tag]
committer = { name = "Jenkins", email = "jenkins@example.com" }
"#;
    const PROMOTION: &str = r#"
[promotion]
stage = "Development"
flow = "Simple"
description = "The app"
"#;
    for stage in ["checkout", "build", "scan", "recovery"] {
        assert!(mails_with(stage, ""), "{stage}");
    }
    for (stage, table) in [
        ("check", CHECK.to_owned()),
        ("push", format!("{RELEASE}{PUSH}")),
        ("tag", format!("{RELEASE}{TAG}")),
        ("promote", format!("{RELEASE}{PROMOTION}")),
    ] {
        assert!(!mails_with(stage, ""), "{stage}");
        assert!(mails_with(stage, &table), "{stage}");
    }
    assert!(!mails_with("sonar", ""));
}

/// All names of the table that a step, symbol or class of Jenkins has, each with its plugin. Variables of the environment and properties are none.
fn steps() -> BTreeMap<&'static str, &'static str> {
    let mut steps = BTreeMap::new();
    for plugin in PLUGINS {
        for used in plugin.uses {
            if !is_variable(used.name) {
                let other = steps.insert(used.name, plugin.id);
                assert!(
                    other.is_none_or(|other| other == plugin.id),
                    "{}",
                    used.name
                );
            }
        }
    }
    steps
}

fn is_variable(name: &str) -> bool {
    name.contains('.') || name == "POD_LABEL" || name == "env"
}

/// The plugins of a name, as the signatures have them that simulated builds are checked against.
fn plugins_by_signature(signatures: &toml::Table, name: &str) -> BTreeSet<String> {
    let mut plugins = BTreeSet::new();
    for kind in ["step", "symbol", "class", "global"] {
        for (key, row) in signatures[kind].as_table().unwrap() {
            let own = row
                .get("name")
                .map_or(key.as_str(), |own| own.as_str().unwrap());
            // Parameters of jobs are never used, but share names with bindings of credentials.
            let is_parameter = key.starts_with("parameter");
            if own == name && !is_parameter {
                plugins.insert(row["plugin"].as_str().unwrap().to_owned());
            }
        }
    }
    plugins
}

fn signatures() -> toml::Table {
    let path = repository().join("tests/engines/steps.toml");
    fs_err::read_to_string(path).unwrap().parse().unwrap()
}

#[test]
fn each_step_is_of_the_plugin_that_has_it() {
    let signatures = signatures();
    for (name, plugin) in steps() {
        let expected = BTreeSet::from([plugin.to_owned()]);
        assert_eq!(plugins_by_signature(&signatures, name), expected, "{name}");
    }
    for name in CORE {
        let expected = BTreeSet::from(["core".to_owned()]);
        assert_eq!(plugins_by_signature(&signatures, name), expected, "{name}");
    }
}

#[test]
fn the_releases_of_a_plugin_stand_in_their_order_and_with_sources() {
    let numbers = |release: &str| -> Vec<u32> {
        release
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect()
    };
    let rank = |since: Since| match since {
        Since::Unknown => (0, vec![]),
        Since::Any => (1, vec![]),
        Since::Release(release) | Since::After(release) => (2, numbers(release)),
    };
    assert!(PLUGINS.is_sorted_by_key(|plugin| plugin.id));
    for plugin in PLUGINS {
        assert!(
            plugin.uses.is_sorted_by_key(|used| rank(used.since)),
            "{}",
            plugin.id
        );
        for used in plugin.uses {
            assert!(used.source.starts_with("https://"), "{}", used.name);
        }
    }
}

/// Every name that is called in the rendered Groovy of all workspaces is of a plugin, of Jenkins, or of the library itself.
#[test]
fn every_step_that_is_called_is_known() {
    let words = [
        "if",
        "else",
        "for",
        "while",
        "try",
        "catch",
        "return",
        "in",
        "new",
        "MAX_VALUE",
    ];
    let steps = steps();
    let mut called = BTreeSet::new();
    let mut text = String::new();
    for folder in workspaces() {
        let output = Workspace::rendered_from(&folder).output();
        let groovy = output.iter().filter(|(path, _)| path.ends_with(".groovy"));
        let groovy: Vec<(&str, String)> = groovy
            .map(|(path, text)| (path.as_str(), code(text)))
            .collect();
        let mut own: BTreeSet<String> = groovy
            .iter()
            .map(|(path, _)| path["vars/".len()..path.len() - ".groovy".len()].to_owned())
            .collect();
        own.extend(groovy.iter().flat_map(|(_, text)| declared(text)));
        for (path, code) in &groovy {
            for name in calls(code) {
                let known = steps.contains_key(name) || CORE.contains(&name);
                assert!(
                    known || own.contains(name) || words.contains(&name),
                    "{path} calls {name}, which the table does not have"
                );
                called.insert(name.to_owned());
            }
            text.push_str(code);
        }
        // Classes are named in strings, which the calls leave out.
        text.extend(output.into_values());
    }
    for plugin in PLUGINS {
        for used in plugin.uses {
            let name = used.name;
            assert!(
                called.contains(name) || text.contains(name),
                "nothing uses {name}"
            );
        }
    }
    assert!(called.len() > 60, "only {called:?} were seen");
}

/// Groovy without comments, and of its strings only what is computed.
fn code(groovy: &str) -> String {
    let mut code = String::new();
    let mut rest = groovy;
    while let Some(first) = rest.chars().next() {
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").unwrap() + 2
        } else if first == '\'' || first == '"' {
            let mut escaped = false;
            let closing = rest[1..].char_indices().find(|(_, letter)| {
                let closes = *letter == first && !escaped;
                escaped = *letter == '\\' && !escaped;
                closes
            });
            let end = closing.unwrap().0 + 2;
            for computed in rest[..end].split("${").skip(1).filter(|_| first == '"') {
                code.push(' ');
                code.push_str(computed.split('}').next().unwrap());
            }
            code.push_str("''");
            end
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[end..];
    }
    code
}

/// Words that are followed by `(` or ` {`, but no methods of values.
fn calls(code: &str) -> impl Iterator<Item = &str> {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let ends = code.char_indices().filter_map(move |(index, letter)| {
        let called = letter == '(' || code[index..].starts_with(" {");
        called.then_some(index)
    });
    ends.filter_map(move |end| {
        let start = code[..end]
            .rfind(|letter| !is_letter(letter))
            .map_or(0, |at| at + 1);
        let name = &code[start..end];
        let is_name = name.starts_with(|letter: char| letter.is_ascii_lowercase());
        (is_name && !code[..start].ends_with('.')).then_some(name)
    })
}

/// Methods, and closures that are parameters.
fn declared(code: &str) -> impl Iterator<Item = String> {
    let types = [
        "def", "void", "String", "Map", "List", "int", "boolean", "Closure",
    ];
    let words: Vec<&str> = code
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .collect();
    let declared = words
        .windows(2)
        .filter(|pair| types.contains(&pair[0]))
        .map(|pair| pair[1].to_owned());
    declared.collect::<Vec<_>>().into_iter()
}

/// What a project needs is what its simulated builds run, in all scenarios together: no more, no less.
#[test]
fn simulated_builds_run_what_is_required_and_nothing_else() {
    let steps = steps();
    let mut compared = 0;
    for folder in workspaces() {
        let workspace = Workspace::rendered_from(&folder);
        let Ok(library) = load(workspace.path().try_into().unwrap()) else {
            panic!("{} can't be read", folder.display());
        };
        let recordings = match folder == repository() {
            true => folder.join("tests/recordings"),
            false => folder.join("recordings"),
        };
        for project in &library.projects {
            let path = recordings.join(format!("{}.txt", project.name));
            let recording = fs_err::read_to_string(path).unwrap();
            let mut ran: BTreeSet<&str> = BTreeSet::new();
            for line in recording.lines().map(str::trim_start) {
                let first = line.split(' ').next().unwrap();
                ran.extend(steps.keys().filter(|name| {
                    **name == first
                        || line.contains(&format!("[{name}("))
                        || line.contains(&format!(", {name}("))
                        || line.contains(&format!("$class: '{name}'"))
                }));
            }
            let requirements = Requirements::of(&library, &[project]);
            let required: BTreeSet<&str> = requirements
                .plugins
                .iter()
                .flat_map(|plugin| &plugin.uses)
                .map(|used| used.what.split('(').next().unwrap())
                .filter(|name| steps.contains_key(name))
                .collect();
            assert_eq!(ran, required, "{} in {}", project.name, folder.display());
            compared += 1;
        }
    }
    assert!(compared > 20, "only {compared} projects were compared");
}
