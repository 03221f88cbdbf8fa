//! The documents say what is so: the references are made from the schemas, the command line and the codes of mistakes, and what the README shows is real.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/language.rs"]
mod language;
#[path = "docs/mistakes.rs"]
mod mistakes;
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use snapbox::{Data, IntoData as _, assert_data_eq};
use support::{Workspace, overwrite, repository};

/// Compares a page that is made with the one that is there; or writes it.
fn compare(text: String, page: &Path) {
    if overwrite() {
        fs_err::write(page, text).unwrap();
    } else {
        assert_data_eq!(text.into_data().raw(), Data::read_from(page, None).raw());
    }
}

/// What the README shows stands in the files of this repository, or is what the program prints.
#[test]
fn the_readme_shows_what_is_so() {
    let readme = fs_err::read_to_string(repository().join("README.md")).unwrap();
    let read = |path: &str| fs_err::read_to_string(repository().join(path)).unwrap();
    let description = read("projects/service.toml") + &read("jenkinsgen.toml");
    let pipeline = read("vars/servicePipeline.groovy");
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", &read("jenkinsgen.toml"))
        .file("projects/service.toml", &read("projects/service.toml"));
    let (jenkinsfile, _) = workspace
        .run(["jenkinsfile", "service"])
        .any_output()
        .success();
    workspace.write("projects/service.toml", "[scan]\nfail_onn = \"critical\"\n");
    let (_, mistakes) = workspace.run(["render"]).any_output().error();
    let real = [description, pipeline, jenkinsfile, mistakes, start(&readme)].join("\n");
    let mut shown = 0;
    for block in readme.split("```").skip(1).step_by(2) {
        let (kind, block) = block.split_once('\n').unwrap();
        if kind != "sh" {
            assert!(
                real.contains(block),
                "the README shows what is not so:\n{block}"
            );
            shown += 1;
        }
    }
    assert_eq!(shown, 6);
}

/// What the first commands of the README print for the smallest service, the last line of each.
fn start(readme: &str) -> String {
    let (_, section) = readme.split_once("\n## Start\n").unwrap();
    let commands = section.split("```sh\n").nth(1).unwrap();
    let commands = commands.split("```").next().unwrap();
    let place = Workspace::empty()
        .file("shop/Dockerfile", "FROM alpine:3.22\n")
        .file("library/.gitattributes", "");
    let program = Path::new(env!("CARGO_BIN_EXE_jenkinsgen"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-e", "-c", commands])
        .current_dir(place.path().join("library"))
        .env_clear()
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines = printed.lines();
    let last: Vec<&str> = lines
        .filter(|line| line.starts_with("shop: ") || line.ends_with(" kept"))
        .collect();
    last.join("\n") + "\n"
}

/// While both pipelines run, the new one releases nothing: what the guide says to leave out of the article's service is all that does.
#[test]
fn the_migration_guide_names_all_that_releases() {
    let guide = fs_err::read_to_string(repository().join("docs/guides/migration.md")).unwrap();
    let (_, list) = guide.split_once("leave these tables out").unwrap();
    let line = list.lines().find(|line| line.starts_with("- ")).unwrap();
    let named: Vec<&str> = line
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|table| table.trim_matches(['[', ']']))
        .collect();
    assert!(named.len() > 1, "{line}");

    let workspace = Workspace::empty();
    for (path, text) in support::files(&repository().join("tests/init/article/checkout")) {
        workspace.write(&format!("shop/{path}"), &text);
    }
    let init = [
        "init",
        "--name",
        "acme",
        "--from",
        "shop",
        "--project",
        "shop",
    ];
    workspace.run(init).any_output().success();
    let described = workspace.read("projects/shop.toml");
    let without = |tables: &[&str]| {
        let mut text = String::new();
        let mut is_kept = true;
        for line in described.lines() {
            if line.starts_with('[') {
                let name = line.trim_matches(['[', ']']);
                is_kept = !tables.iter().any(|table| {
                    name.strip_prefix(table)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                });
            }
            if is_kept {
                writeln!(text, "{line}").unwrap();
            }
        }
        workspace.write("projects/shop.toml", &text);
        workspace.run(["render"]).any_output()
    };
    let (_, mistakes) = without(&["release", "publish"]).error();
    assert!(mistakes.contains("release.branch"), "{mistakes}");
    without(&named).success();
    let plan = ["plan", "shop", "--branch", "master", "--format", "json"];
    let (plan, _) = workspace.run(plan).any_output().success();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["releases"], false);
}

/// The summary that the page for reviewers shows is what the program prints.
#[test]
fn the_summary_of_a_pull_request_is_what_is_printed() {
    let page = fs_err::read_to_string(repository().join("docs/pull-requests.md")).unwrap();
    let shown = page.split("```text\n").nth(1).unwrap();
    let shown = shown.split("```").next().unwrap();
    let project = |name: &str| {
        format!(
            "[version]\nliteral = \"1.2.3\"\n\n[images.{name}]\n\n[release]\nbranch = \"main\"\n\n[[publish]]\n\
             repository = \"registry.example.com/acme/{name}\"\ntags = [\"{{version}}\"]\n"
        )
    };
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", support::LIBRARY)
        .file("projects/shop.toml", &project("shop"))
        .file("projects/cart.toml", &project("cart"));
    workspace.run(["render"]).any_output().success();
    workspace.commit("main");
    workspace.replace("jenkinsgen.toml", "v0.32.2", "v0.33.0");
    let library =
        workspace.read("jenkinsgen.toml") + "\n[defaults.options]\ntimeout_minutes = 90\n";
    workspace.write("jenkinsgen.toml", &library);
    for name in ["shop", "cart"] {
        let file = format!("projects/{name}.toml");
        workspace.replace(&file, "[\"{version}\"]", "[\"{version}\", \"latest\"]");
    }
    let shop = workspace.read("projects/shop.toml") + "\n[scan]\nfail_on = \"critical\"\n";
    workspace.write("projects/shop.toml", &shop);
    workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(shown.to_owned())
        .differences();
}
