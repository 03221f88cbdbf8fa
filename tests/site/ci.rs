//! The commands that the pages on continuous integration show are run as a CI runs them: by `bash -e`, with a stand-in for `gh`.
//!
//! The first line of such a block, `sh check`, `sh verify` or `sh diff`, names the command that it is about.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::blocks::{blocks, pages};
use crate::support::engines::need;
use crate::support::{LIBRARY, PROJECT, Workspace};

/// What a pull request has done to the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    Differs,
    Broken,
}

/// How a block must end, and whether a comment must have been posted.
fn wanted(about: &str, state: State) -> (i32, bool) {
    match (about, state) {
        // What is changed is no failure, and no news is told as well: it replaces an older comment.
        ("diff", State::Fine | State::Differs) => (0, true),
        ("diff", State::Broken) => (1, true),
        (_, State::Fine) => (0, false),
        (_, State::Differs) => (1, true),
        (_, State::Broken) => (2, true),
    }
}

#[test]
fn a_comment_is_posted_and_the_gate_stays_shut() {
    need("git");
    let mut run = Vec::new();
    for (page, text) in pages() {
        for block in blocks(&text) {
            let [about] = &block.words[..] else {
                continue;
            };
            if block.language != "sh" || !["check", "verify", "diff"].contains(&&about[..]) {
                continue;
            }
            for state in [State::Fine, State::Differs, State::Broken] {
                let (status, comment) = outcome(about, state, &block.text);
                let (wanted, posted) = wanted(about, state);
                assert_eq!(status, wanted, "{page}: {about}, {state:?}: {comment:?}");
                assert_eq!(comment.is_some(), posted, "{page}: {about}, {state:?}");
                if state == State::Broken {
                    let comment = comment.unwrap();
                    assert!(comment.contains("unknown-key"), "{page}: {comment}");
                }
            }
            run.push(about.clone());
        }
    }
    run.sort();
    assert_eq!(run, ["check", "diff", "verify"]);
}

/// Runs a block in a repository of that state: its exit status, and the comment that was posted.
fn outcome(about: &str, state: State, commands: &str) -> (i32, Option<String>) {
    let place = Workspace::empty();
    // A service's CI has the library below its own checkout.
    let below = match about {
        "verify" => "library/",
        _ => "",
    };
    let project = format!("{below}projects/shop.toml");
    place.write(&format!("{below}jenkinsgen.toml"), LIBRARY);
    place.write(&project, &PROJECT.replace("app", "shop"));
    let root = format!("./{below}");
    let render = ["render", "--root", &root];
    place.run(render).any_output().success();
    place.write("Dockerfile", "FROM scratch\n");
    place.write("Jenkinsfile", "@Library('acme@main') _\nshopPipeline()\n");
    place.commit("main");
    // What `git fetch origin main` looks for.
    place.git(&["remote", "add", "origin", "."]);
    match (about, state) {
        (_, State::Fine) => {}
        ("verify", State::Differs) => place.write("Dockerfile", "FROM scratch\nARG unused=1\n"),
        (_, State::Differs) => place.replace(&project, "1.2.3", "1.2.4"),
        (_, State::Broken) => place.replace(&project, "literal", "literall"),
    }

    let programs = tempfile::tempdir().unwrap();
    let posted = programs.path().join("posted");
    let gh = programs.path().join("gh");
    let script = format!("#!/bin/sh\ncp comment.md '{}'\n", posted.display());
    fs_err::write(&gh, script).unwrap();
    fs_err::set_permissions(&gh, Permissions::from_mode(0o755)).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_jenkinsgen"));
    let path = [programs.path(), program.parent().unwrap()].map(|folder| folder.to_str().unwrap());
    let output = Command::new("bash")
        .args(["-e", "-c", commands])
        .current_dir(place.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", path.join(":")))
        .env("PULL_REQUEST", "7")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let status = output.status.code().unwrap_or_else(|| panic!("{told}"));
    (status, fs_err::read_to_string(posted).ok())
}
