//! What a shell and `man` are given: completions that a real shell takes, and a page for each command.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::process::Command;

use clap::ValueEnum as _;
use clap_complete::Shell;
use jenkinsgen::cli;
use snapbox::str;
use support::Workspace;

#[test]
fn the_command_line_is_sound() {
    cli::command().debug_assert();
}

/// What bash proposes where the cursor stands at the end of the words.
fn bash_proposes(words: &str) -> String {
    let workspace = Workspace::empty();
    let (script, _) = workspace
        .run(["completions", "bash"])
        .any_output()
        .success();
    workspace.write("jenkinsgen.bash", &script);
    // As bash calls a function for completion: the command, the word at the cursor, and the one before.
    let tab = r#"
set -eu
source ./jenkinsgen.bash
[[ $(complete -p jenkinsgen) =~ -F\ ([^ ]+) ]]
read -ra COMP_WORDS <<<"$1"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
"${BASH_REMATCH[1]}" jenkinsgen "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", tab, "bash", words])
        .current_dir(workspace.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(bash_proposes("jenkinsgen ren"), "render\n");
    assert_eq!(bash_proposes("jenkinsgen render --dr"), "--dry-run\n");
    assert_eq!(
        bash_proposes("jenkinsgen requirements --as p"),
        "plugins.txt\n"
    );
    // Of the formats those that the command has.
    assert_eq!(bash_proposes("jenkinsgen verify --format g"), "github\n");
    assert_eq!(bash_proposes("jenkinsgen diff --format m"), "markdown\n");
    assert_eq!(bash_proposes("jenkinsgen plan --format p"), "plain\n");
}

#[test]
fn each_shell_has_its_completions() {
    for shell in Shell::value_variants() {
        let (script, _) = Workspace::empty()
            .run(["completions", &shell.to_string()])
            .any_output()
            .success();
        for command in cli::command().get_subcommands() {
            assert!(script.contains(command.get_name()), "{shell}: {script}");
        }
    }
}

#[test]
fn completions_are_a_document_for_programs() {
    let (stdout, _) = Workspace::empty()
        .run(["completions", "fish", "--format", "json"])
        .any_output()
        .success();
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["shell"], "fish");
    assert!(
        document["script"]
            .as_str()
            .unwrap()
            .contains("complete -c jenkinsgen")
    );
}

#[test]
fn each_command_has_a_page_that_groff_takes() {
    let workspace = Workspace::empty();
    let (stdout, _) = workspace
        .run(["man", "--into", "pages/man1"])
        .any_output()
        .success();
    let mut pages = vec!["jenkinsgen".to_owned()];
    let command = cli::command();
    let commands = command.get_subcommands();
    pages.extend(commands.map(|command| format!("jenkinsgen-{}", command.get_name())));
    assert_eq!(stdout.lines().count(), pages.len(), "{stdout}");
    for page in pages {
        let path = format!("pages/man1/{page}.1");
        assert!(workspace.read(&path).contains(&format!("\n.TH {page} 1")));
        let output = Command::new("groff")
            .args(["-man", "-ww", "-Tutf8", "-P-cbou", &path])
            .current_dir(workspace.path())
            .output()
            .unwrap();
        let warnings = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && warnings.is_empty(), "{warnings}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("SYNOPSIS"), "{text}");
        // Examples are no running text: their columns stay.
        assert!(!text.contains("EXTRA"), "{text}");
        let synopsis = workspace.read(&path);
        assert!(synopsis.contains(r"[\-\-format <FORMAT>]"), "{synopsis}");
    }
}

#[test]
fn the_main_page_is_printed_and_written_beside_the_others() {
    let workspace = Workspace::empty();
    let (page, _) = workspace.run(["man"]).any_output().success();
    let mut written = String::from("written     ./jenkinsgen.1\n");
    for command in cli::command().get_subcommands() {
        written.push_str(&format!(
            "written     ./jenkinsgen-{}.1\n",
            command.get_name()
        ));
    }
    workspace
        .run(["man", "--into", "."])
        .stdout(written)
        .success();
    assert_eq!(workspace.read("jenkinsgen.1"), page);
    // A second time they are its own.
    workspace.run(["man", "--into", "."]).any_output().success();
}

#[test]
fn a_file_that_is_no_page_of_this_program_is_kept() {
    let workspace = Workspace::empty().file("jenkinsgen-man.1", ".TH other 1\n");
    workspace
        .run(["man", "--into", "."])
        .stderr(str![[r#"
error: ./jenkinsgen-man.1 is no manual page of jenkinsgen; move it away, nothing was written

"#]])
        .error();
    assert_eq!(workspace.read("jenkinsgen-man.1"), ".TH other 1\n");
    assert!(!workspace.path().join("jenkinsgen.1").exists());
}
