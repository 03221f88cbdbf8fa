//! The command line itself: what its help says, and what comes of one that can't be understood.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use jenkinsgen::cli;
use serde_json::Value;
use snapbox::str;
use support::Workspace;

fn commands() -> Vec<String> {
    let command = cli::command();
    let names = command.get_subcommands().map(|command| command.get_name());
    names.map(str::to_owned).collect()
}

#[test]
fn the_help_has_every_command_once_in_the_order_of_a_user_s_way() {
    let (help, _) = Workspace::empty().run(["-h"]).any_output().success();
    let lines: Vec<&str> = help.lines().collect();
    let listed = lines.iter().take_while(|line| **line != "Options:");
    let listed: Vec<&str> = listed
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut wanted = commands();
    wanted.push("help".to_owned());
    assert_eq!(listed, wanted);
    assert_eq!(listed[..5], ["init", "verify", "render", "check", "diff"]);
    let groups = lines.iter().filter(|line| line.ends_with(':'));
    assert_eq!(groups.count(), 6, "{help}");
}

#[test]
fn the_help_fits_a_terminal() {
    let mut pages = vec![vec!["--help".to_owned()]];
    pages.extend(
        commands()
            .into_iter()
            .map(|command| vec![command, "--help".to_owned()]),
    );
    for page in pages {
        let arguments = page.iter().map(String::as_str);
        let (help, _) = Workspace::empty().run(arguments).any_output().success();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{page:?}: {line}");
        }
    }
    // What a command does is not broken: that list is not wrapped by clap.
    let (help, _) = Workspace::empty().run(["-h"]).any_output().success();
    for line in help.lines().take_while(|line| *line != "Options:") {
        assert!(
            line.chars().count() <= 80 || !line.starts_with(' '),
            "{line}"
        );
    }
}

#[test]
fn the_help_of_a_command_has_the_formats_that_it_takes() {
    for command in commands() {
        let (help, _) = Workspace::empty()
            .run([&command, "--help"])
            .any_output()
            .success();
        let has = |format: &str| help.contains(&format!("- {format}:"));
        assert!(has("plain") && has("json"), "{help}");
        assert_eq!(
            has("github"),
            ["check", "verify"].contains(&&*command),
            "{help}"
        );
        let markdown = ["check", "verify", "diff"].contains(&&*command);
        assert_eq!(has("markdown"), markdown, "{help}");
    }
    Workspace::rendered()
        .run(["render", "--format=markdown"])
        .stdout(str![[r#"
### jenkinsgen render: 1 error

invalid value 'markdown' for '--format &#60;FORMAT&#62;' &#91;possible values&#58; plain, json&#93;

"#]])
        .error();
}

/// Before the command, the format is that of the command too.
#[test]
fn the_format_may_stand_before_the_command() {
    let workspace = Workspace::rendered();
    let (before, _) = workspace
        .run(["--format", "markdown", "check"])
        .any_output()
        .success();
    let (after, _) = workspace
        .run(["check", "--format", "markdown"])
        .any_output()
        .success();
    assert!(before.starts_with("### "), "{before}");
    assert_eq!(before, after);
}

#[test]
fn a_mistaken_command_line_is_a_document_for_programs() {
    for (arguments, command, error) in [
        (
            &["render", "--frob", "--format", "json"][..],
            Value::from("render"),
            "unexpected argument '--frob' found; tip: to pass '--frob' as a value, use '-- --frob'",
        ),
        (
            &["--format=json", "--root", "check", "explain"],
            Value::from("explain"),
            "the following required arguments were not provided: <PROJECT>",
        ),
        (
            &["--format", "json"],
            Value::Null,
            "there is no command; `jenkinsgen --help` lists them",
        ),
        (
            &["--format", "json", "rendr"],
            Value::Null,
            "unrecognized subcommand 'rendr'; tip: a similar subcommand exists: 'render'",
        ),
        (
            &["diff", "--format", "json", "--format", "json"],
            Value::from("diff"),
            "the argument '--format <FORMAT>' cannot be used multiple times",
        ),
    ] {
        let run = Workspace::empty().run(arguments.iter().copied());
        let (stdout, stderr) = run.any_output().error();
        assert_eq!(stderr, "");
        let document: Value = serde_json::from_str(&stdout).unwrap();
        let wanted = serde_json::json!({ "version": 1, "command": command, "code": "usage", "error": error });
        assert_eq!(document, wanted);
    }
}

#[test]
fn a_mistaken_command_line_is_told_to_people_with_its_usage() {
    Workspace::empty()
        .run(["explain"])
        .stderr(str![[r#"
error: the following required arguments were not provided:
  <PROJECT>

Usage: jenkinsgen explain <PROJECT> [KEY]

For more information, try '--help'.

"#]])
        .error();
}

/// Only what writes has to say that it has not.
#[test]
fn a_command_that_only_reads_says_nothing_of_writing() {
    let workspace = Workspace::small();
    workspace.write("projects/app.toml", "[scan]\nfail_onn = \"high\"\n");
    for (arguments, end) in [
        (&["render"][..], "\n3 errors; nothing was written\n"),
        (&["check"], "\n3 errors\n"),
        (&["plan", "app"], "\n3 errors\n"),
        (&["explain", "app"], "\n3 errors\n"),
        (&["requirements"], "\n3 errors\n"),
    ] {
        let run = workspace.run(arguments.iter().copied());
        let (_, stderr) = run.any_output().error();
        assert!(stderr.ends_with(end), "{arguments:?}: {stderr}");
    }
}
