//! Every mistake that a user can make, with what the program says about it: `SNAPSHOTS=overwrite cargo test --test diagnostics` writes it down.

#![allow(clippy::unwrap_used, reason = "a test ends there")]

mod support;

use std::path::Path;

use jenkinsgen::diagnostic::Code;
use snapbox::{Data, str};
use support::{PROJECT, Workspace, cases, files, overwrite, repository};
use walkdir::WalkDir;

const EXPECTED: &str = "expected.txt";

#[test]
fn every_mistake_is_told_as_recorded() {
    let cases = cases("tests/diagnostics");
    assert!(cases.len() >= 35, "only {} cases were found", cases.len());
    for case in cases {
        let workspace = workspace(&case);
        let before = files(workspace.path());
        let run = workspace.run(["render"]);
        if overwrite() {
            let (_, stderr) = run.any_output().error();
            fs_err::write(case.join(EXPECTED), stderr).unwrap();
        } else {
            run.stderr(Data::read_from(&case.join(EXPECTED), None))
                .error();
        }
        let after = files(workspace.path());
        assert_eq!(before, after, "{} wrote something", case.display());
    }
}

#[test]
fn every_kind_of_mistake_has_a_case() {
    let told = all_expected();
    for code in Code::MISTAKES {
        let title = format!("\nerror[{}]: ", code.name());
        assert!(told.contains(&title), "no case shows {}", code.name());
    }
}

/// Each text in the sources of the checks is printed in a case, apart from what is filled in.
#[test]
fn every_message_has_a_case() {
    const SOURCES: [&str; 6] = [
        "src/config/mod.rs",
        "src/config/shape.rs",
        "src/model/resolve",
        "src/model/reserved.rs",
        "src/model/template.rs",
        "src/model/types.rs",
    ];
    let told = all_expected();
    let mut shown = 0;
    let mut untold = Vec::new();
    let files = SOURCES.map(|path| WalkDir::new(repository().join(path)).sort_by_file_name());
    let files = files.into_iter().flatten().map(Result::unwrap);
    for file in files.filter(|entry| entry.file_type().is_file()) {
        let file = file.path();
        let source = fs_err::read_to_string(file).unwrap();
        for literal in literals(&source) {
            // Between braces stands what is filled in; a text of one word is a key or an example.
            for piece in literal.split(['{', '}']).map(str::trim) {
                match told.contains(piece) {
                    true => shown += 1,
                    false if !piece.contains(' ') => {}
                    false => untold.push(format!("{}: {piece}", file.display())),
                }
            }
        }
    }
    assert!(untold.is_empty(), "no case shows\n{}", untold.join("\n"));
    assert!(shown > 200, "only {shown} texts were looked at");
}

/// Columns count characters, also those of more than one byte or column.
#[test]
fn programs_get_the_same_places() {
    let mut places = 0;
    for case in cases("tests/diagnostics") {
        let expected = fs_err::read_to_string(case.join(EXPECTED)).unwrap();
        let run = workspace(&case).run(["render", "--format", "json"]);
        let (stdout, _) = run.any_output().error();
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        for diagnostic in document["diagnostics"].as_array().unwrap() {
            let column = format!("{}:{}", diagnostic["line"], diagnostic["column"]);
            let place = format!("--> {}:{column}\n", diagnostic["file"].as_str().unwrap());
            assert!(expected.contains(&place), "{}: {place}", case.display());
            places += 1;
        }
    }
    assert!(places > 200, "only {places} places were looked at");
}

#[test]
fn programs_get_all_parts_of_a_message() {
    let workspace = workspace(&repository().join("tests/diagnostics/exclusive-keys"));
    workspace.remove("projects/app.toml");
    workspace.remove("projects/both.toml");
    workspace
        .run(["render", "--format", "json"])
        .stdout(str![[r#"
{
  "version": 1,
  "command": "render",
  "diagnostics": [
    {
      "code": "conflicting-keys",
      "severity": "error",
      "message": "`version.literal` and `version.key` exclude each other",
      "file": "projects/key.toml",
      "line": 2,
      "column": 7,
      "label": "",
      "related": {
        "file": "projects/key.toml",
        "line": 3,
        "column": 11,
        "label": "the other one"
      },
      "note": null,
      "help": "keep one of them"
    },
    {
      "code": "conflicting-keys",
      "severity": "error",
      "message": "`registry.docker_config_key` is the key of nothing",
      "file": "projects/key.toml",
      "line": 8,
      "column": 21,
      "label": "",
      "related": null,
      "note": null,
      "help": "add `docker_config_secret` or `docker_config_map`, or delete the key"
    }
  ]
}

"#]])
        .error();
}

/// In bytes that an editor or Git would change in a file of this repository.
#[test]
fn places_are_right_whatever_ends_a_line_and_begins_a_file() {
    let workspace = Workspace::small().file(
        "projects/crlf.toml",
        "# A comment\r\n[version]\r\nliteral = \"1.2\"\r\n\r\n[images.app]\r\nnetwork = \"hots\"\r\n",
    );
    workspace.write(
        "projects/crlf-syntax.toml",
        "[version]\r\nliteral =\r\n[images.app]\r\n",
    );
    workspace.write("projects/mark.toml", "\u{feff}descripton = \"A\"\n");
    workspace.write("projects/blank-end.toml", "[version]\nliteral = \n\n\n  ");
    workspace.run(["render"]).stderr(str![[r#"
error[syntax]: there is no value after `=`
 --> projects/blank-end.toml:2:10
  |
2 | literal = 
  |          ^

error[syntax]: there is no value after `=`
 --> projects/crlf-syntax.toml:2:10
  |
2 | literal =
  |          ^

error[invalid-value]: `version.literal` must be a version such as `1.2.3` or `1.2.3-rc.1`
 --> projects/crlf.toml:3:11
  |
3 | literal = "1.2"
  |           ^^^^^
  |
help: MAJOR.MINOR.PATCH, then optionally `-`, a word of letters and digits, and numbers after `.` or `-`

error[unknown-value]: `images.app.network` must be `sandbox`, `host` or `none`
 --> projects/crlf.toml:6:11
  |
6 | network = "hots"
  |           ^^^^^^ did you mean `host`?

error[unknown-key]: unknown key `descripton`
 --> projects/mark.toml:1:1
  |
1 | descripton = "A"
  | ^^^^^^^^^^ did you mean `description`?

5 errors; nothing was written

"#]]).error();
}

/// In files that some systems could not check out.
#[cfg(target_os = "linux")]
#[test]
fn projects_that_differ_only_in_case_collide() {
    let workspace = Workspace::small().file("projects/App.toml", PROJECT);
    workspace
        .run(["render"])
        .stderr(str![[r#"
error[name-collision]: the projects `App` and `app` differ only in upper and lower case
 --> projects/app.toml:1:1
  |
1 | [version]
  | ^
  |
 ::: projects/App.toml:1:1
  |
1 | [version]
  | - the other project
  |
help: rename one of the files: on some systems what they are rendered to is the same file

1 error; nothing was written

"#]])
        .error();
}

#[test]
fn a_file_in_another_encoding_is_told_with_the_others() {
    let workspace = Workspace::small().file("projects/other.toml", "[version]\n");
    let bytes = b"# caf\xc3\xa9\ndescription = \"caf\xe9\"\n";
    fs_err::write(workspace.path().join("projects/latin.toml"), bytes).unwrap();
    workspace.run(["render"]).stderr(str![[r#"
error[syntax]: the file is not UTF-8
 --> projects/latin.toml:2:19
  |
2 | description = "caf�"
  |                   ^
  |
help: save it in this encoding

error[missing-key]: `images` is missing
 --> projects/other.toml:1:1
  |
1 | [version]
  | ^
  |
help: write a table `[images.<name>]`; it may be empty

error[missing-key]: `version` is empty
 --> projects/other.toml:1:2
  |
1 | [version]
  |  ^^^^^^^
  |
help: write `[version]` with `literal = "1.2.3"`, or with `file = "gradle.properties"` and `key = "version"`

3 errors; nothing was written

"#]]).error();
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let workspace = Workspace::small().file("projects/folder.toml/a.toml", PROJECT);
    workspace
        .run(["render"])
        .stderr(str![[r#"
error: [ROOT]/projects/folder.toml is a folder, and projects are files of [ROOT]/projects itself; move it away, and the projects in it up

"#]])
        .error();
    workspace
        .run(["render", "--format", "json"])
        .stdout(str![[r#"
{
  "version": 1,
  "command": "render",
  "code": "failed",
  "error": "[ROOT]/projects/folder.toml is a folder, and projects are files of [ROOT]/projects itself; move it away, and the projects in it up"
}

"#]])
        .error();

    let workspace = Workspace::empty().file("jenkinsgen.toml/a.toml", PROJECT);
    workspace
        .run(["render", "--root", "."])
        .stderr(str![[r#"
error: failed to read from file `./jenkinsgen.toml`: Is a directory (os error 21)

"#]])
        .error();
    let workspace = Workspace::small();
    workspace.remove("projects/app.toml");
    fs_err::remove_dir(workspace.path().join("projects")).unwrap();
    workspace.write("projects", "");
    workspace
        .run(["render"])
        .stderr(str![[r#"
error: can't read the folder [ROOT]/projects: Not a directory (os error 20)

"#]])
        .error();
}

/// A copy of a case's input.
fn workspace(case: &Path) -> Workspace {
    let workspace = Workspace::empty();
    for (path, text) in files(case) {
        if path != EXPECTED {
            workspace.write(&path, &text);
        }
    }
    workspace
}

/// What is expected in all cases, and in the tests of this file.
fn all_expected() -> String {
    let in_files = cases("tests/diagnostics")
        .into_iter()
        .map(|case| fs_err::read_to_string(case.join(EXPECTED)).unwrap());
    in_files
        .chain([include_str!("diagnostics.rs").to_owned()])
        .collect()
}

/// The string literals of a Rust source, its comments and tests left out.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .replace("'\"'", "");
    let mut literals = Vec::new();
    let mut rest = code.as_str();
    while let Some((_, after)) = rest.split_once('"') {
        let mut literal = String::new();
        let mut characters = after.chars();
        while let Some(next) = characters.next() {
            match next {
                '"' => break,
                '\\' => literal.extend(characters.next()),
                _ => literal.push(next),
            }
        }
        literals.push(literal);
        rest = characters.as_str();
    }
    literals
}
