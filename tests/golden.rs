//! Whole workspaces, each with what it renders: reviewed as diffs, rewritten by `SNAPSHOTS=overwrite cargo test --test golden`.
//!
//! A case holds only what it is about: rendered files that are the same as in the case `smallest`, such as the shared steps, stand there alone, and so does
//! the lock file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use snapbox::{Data, IntoData as _, assert_data_eq};
use support::{Workspace, cases, files, overwrite, own_files, repository, workspaces};

const SMALLEST: &str = "smallest";

#[test]
fn every_workspace_renders_as_recorded() {
    let smallest = render(&repository().join("tests/golden").join(SMALLEST));
    let cases = cases("tests/golden");
    assert!(cases.len() >= 15, "only {} cases were found", cases.len());
    for case in cases {
        let mut rendered = render(&case);
        if !case.ends_with(SMALLEST) {
            rendered
                .retain(|path, text| smallest.get(path) != Some(text) && path != "jenkinsgen.lock");
        }
        let mut recorded = files(&case);
        recorded.retain(|path, _| {
            let folders = ["recordings/", "own/"];
            !path.ends_with(".toml") && !folders.iter().any(|folder| path.starts_with(folder))
        });
        if overwrite() {
            for path in recorded.keys().filter(|path| !rendered.contains_key(*path)) {
                std::fs::remove_file(case.join(path)).unwrap();
            }
            for (path, text) in &rendered {
                let path = case.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs_err::write(path, text).unwrap();
            }
            continue;
        }
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let paths = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&recorded), paths(&rendered), "the files of {name}");
        for (path, text) in rendered {
            let expected = Data::read_from(&case.join(&path), None).raw();
            assert_data_eq!(text.into_data().raw(), expected);
        }
    }
}

/// What the workspace of this repository contains is the article's service, rendered.
#[test]
fn the_repository_is_as_rendered() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_jenkinsgen"))
        .args(["check", "--root"])
        .arg(repository())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}");
}

/// Jenkins takes the encoding of the platform for Groovy, and reviewers see every blank.
#[test]
fn every_rendered_file_is_tidy() {
    let mut seen = 0;
    for case in workspaces() {
        for (path, text) in render(&case) {
            seen += 1;
            let place = format!("{}/{path}", case.display());
            if path.ends_with(".groovy") || path.contains("/grype/") {
                assert!(text.is_ascii(), "{place} is not ASCII");
            }
            assert!(!text.contains(['\r', '\t']), "{place} has a CR or a tab");
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{place} does not end with one LF"
            );
            for (index, line) in text.lines().enumerate() {
                let number = index + 1;
                assert_eq!(line.trim_end(), line, "{place}:{number} ends with blanks");
            }
        }
    }
    assert!(seen > 400, "only {seen} files were looked at");
}

/// Nothing of the machine, the day or the program's version is in any output.
#[test]
fn rendering_depends_on_the_input_alone() {
    for case in cases("tests/golden") {
        let first = render(&case);
        let second = render(&case);
        assert_eq!(first, second);
        for (path, text) in first {
            assert!(
                !text.contains(env!("CARGO_PKG_VERSION")) || path.ends_with(".lock"),
                "{path}"
            );
        }
    }
}

fn render(folder: &Path) -> BTreeMap<String, String> {
    let mut output = Workspace::rendered_from(folder).output();
    let own = own_files(folder);
    output.retain(|path, _| !own.contains_key(path));
    output
}
