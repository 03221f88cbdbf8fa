//! What a person sees on a terminal: progress of long work, colours, lines that fit. `script` of util-linux is the terminal, `vt100` what it shows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::num::NonZero;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use snapbox::{IntoData as _, assert_data_eq, str};
use support::Workspace;

const COLOURS: &str = "TERM=xterm-256color";

/// What was sent to a terminal, and what it showed in the end.
struct Terminal {
    sent: String,
    shown: String,
}

/// Runs a shell command with the program as `$J` on a terminal with so many columns.
fn on_terminal(workspace: &Workspace, columns: u16, variable: &str, command: &str) -> Terminal {
    let (name, value) = variable.split_once('=').unwrap();
    let command = format!("stty cols {columns} rows 40; {command}");
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(workspace.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm-256color")
        .env("J", env!("CARGO_BIN_EXE_jenkinsgen"))
        .env(name, value)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let size = |number| NonZero::new(number).unwrap();
    let mut screen = vt100::Parser::new(size(40), size(columns), 0);
    screen.process(&output.stdout);
    Terminal {
        sent: String::from_utf8(output.stdout).unwrap(),
        shown: screen.screen().contents(),
    }
}

/// A workspace with a project whose description takes more than a second to read: a pipe that somebody writes into only then.
fn slow() -> Workspace {
    let workspace = Workspace::rendered();
    workspace.remove("projects/app.toml");
    let pipe = workspace.path().join("projects/app.toml");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(1500));
        // Opening it waits for a reader.
        fs_err::write(pipe, support::PROJECT).unwrap();
    });
    workspace
}

fn edited() -> Workspace {
    let workspace = Workspace::rendered();
    let step = workspace.read("vars/buildImage.groovy");
    workspace.write("vars/buildImage.groovy", &(step + "// mine\n"));
    workspace.remove("vars/sendMail.txt");
    workspace
}

const PROGRESS: &str = "reading the descriptions …";
const JENKINSFILE: &str = "@Library('acme@main') _\nappPipeline()\n";

#[test]
fn long_work_says_what_it_does_and_leaves_no_trace() {
    let terminal = on_terminal(&slow(), 80, COLOURS, "\"$J\" jenkinsfile app");
    assert!(terminal.sent.contains(PROGRESS), "{}", terminal.sent);
    assert_eq!(terminal.shown, JENKINSFILE.trim_end());
}

#[test]
fn progress_is_gone_before_an_error_is_told() {
    let terminal = on_terminal(&slow(), 80, COLOURS, "\"$J\" jenkinsfile ap");
    assert!(terminal.sent.contains(PROGRESS), "{}", terminal.sent);
    assert_data_eq!(
        terminal.shown,
        str!["error: there is no project `ap`; did you mean `app`?"]
    );
}

#[test]
fn progress_is_not_in_a_file_that_takes_the_result() {
    let workspace = slow();
    let terminal = on_terminal(&workspace, 80, COLOURS, "\"$J\" jenkinsfile app >result");
    assert!(terminal.sent.contains(PROGRESS), "{}", terminal.sent);
    assert_eq!(terminal.shown, "");
    assert_eq!(workspace.read("result"), JENKINSFILE);
}

#[test]
fn short_work_says_nothing() {
    let workspace = Workspace::rendered();
    let sent = || on_terminal(&workspace, 80, COLOURS, "\"$J\" jenkinsfile app").sent;
    // On a machine with much else to do it may not be short: not every time, though.
    let is_silent = |sent: String| sent == JENKINSFILE.replace('\n', "\r\n");
    assert!((0..20).any(|_| is_silent(sent())));
}

#[test]
fn there_is_no_progress_where_nobody_looks_or_a_line_can_t_be_taken_back() {
    for (variable, command) in [
        (COLOURS, "\"$J\" jenkinsfile app 2>errors"),
        (COLOURS, "\"$J\" jenkinsfile app 2>&1 | cat"),
        ("TERM=dumb", "\"$J\" jenkinsfile app"),
    ] {
        let workspace = slow().file("errors", "");
        let terminal = on_terminal(&workspace, 80, variable, command);
        assert_eq!(
            terminal.sent,
            JENKINSFILE.replace('\n', "\r\n"),
            "{command}"
        );
        assert_eq!(workspace.read("errors"), "");
    }
}

#[test]
fn there_is_no_progress_beside_a_document() {
    let command = "\"$J\" jenkinsfile app --format json >result";
    let terminal = on_terminal(&slow(), 80, COLOURS, command);
    assert_eq!(terminal.sent, "");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let coloured = |variable: &str, command: &str| {
        let terminal = on_terminal(&edited(), 80, variable, command);
        assert!(terminal.sent.contains("hand-edited"), "{}", terminal.sent);
        assert!(terminal.sent.contains("conflict"), "{}", terminal.sent);
        // Progress on a busy machine clears its line, which is no colour.
        let mut codes = terminal.sent.split("\u{1b}[").skip(1);
        let is_parameter = |c: char| c.is_ascii_digit() || c == ';';
        codes.any(|code| code.trim_start_matches(is_parameter).starts_with('m'))
    };
    assert!(coloured(COLOURS, "\"$J\" check"));
    assert!(!coloured("NO_COLOR=1", "\"$J\" check"));
    assert!(!coloured("TERM=dumb", "\"$J\" check"));
    assert!(!coloured(COLOURS, "\"$J\" --color never check"));
    assert!(!coloured(COLOURS, "\"$J\" check 2>&1 | cat"));
    assert!(coloured(COLOURS, "\"$J\" --color always check 2>&1 | cat"));
}

/// The summary is the last line, and no word is broken.
#[test]
fn sentences_fit_a_narrow_terminal() {
    let terminal = on_terminal(&edited(), 60, COLOURS, "\"$J\" check");
    assert_data_eq!(
        terminal.shown.into_data().raw(),
        str![[r#"
hand-edited vars/buildImage.groovy
missing     vars/sendMail.txt
conflict: vars/buildImage.groovy was edited by hand since it
  was rendered
  help: move the change into the TOML and run `jenkinsgen
        render --force`, which overwrites the edit;
        `jenkinsgen diff` shows it
2 files differ from the description: resolve 1 conflict, run
`jenkinsgen render` and commit the result
"#]]
        .raw()
    );
}

#[test]
fn errors_fit_a_narrow_terminal() {
    let command = "\"$J\" explain app options.builds";
    let terminal = on_terminal(&Workspace::small(), 60, COLOURS, command);
    assert_data_eq!(
        terminal.shown.into_data().raw(),
        str![[r#"
error: the language has no key `options.builds`; `jenkinsgen
  explain PROJECT` lists those that are set
"#]]
        .raw()
    );
}

/// What is quoted stays as it is, and the sentences around it are broken between words.
#[test]
fn mistakes_fit_a_narrow_terminal() {
    let args = format!(
        "{}[images.app.args]\nbuild_number = \"{{build_number}}\"\n",
        support::PROJECT
    );
    let dockerfile = "FROM alpine\nARG build_number\nRUN apk add curl # and a comment that is longer than the terminal\nLABEL build=$build_number\n";
    let workspace = Workspace::small()
        .file("projects/app.toml", &args)
        .file("checkout/Dockerfile", dockerfile);
    let command = "\"$J\" verify app checkout --allow missing-jenkinsfile";
    let terminal = on_terminal(&workspace, 60, COLOURS, command);
    assert_data_eq!(
        terminal.shown.into_data().raw(),
        str![[r#"
warning[cache-breaking-arg]: `build_number` is another one
  for each build, and commands after it do not need it
 --> Dockerfile:2:5
  |
2 | ARG build_number
  |     ^^^^^^^^^^^^
3 | RUN apk add curl # and a comment that is longer than the terminal
  | --- this runs again for each build
  |
  = note: an `ARG` is in the environment of every `RUN`
          after it, so that none of them is taken from the
          cache
help: declare `build_number` after the last `RUN` that can
  do without it; best, a `LABEL` at the end of the last
  stage alone names it

1 warning; `jenkinsgen verify --explain CODE` says more
"#]]
        .raw()
    );
}

/// What a key means is broken between words, and what belongs to a title stands beside it.
#[test]
fn meanings_fit_a_narrow_terminal() {
    let command = "\"$J\" explain app scan; \"$J\" explain app library.own_steps";
    let terminal = on_terminal(&Workspace::small(), 60, COLOURS, command);
    assert_data_eq!(
        terminal.shown.into_data().raw(),
        str![[r#"
[scan]
fail_on          "high"          default
only_fixed       false           default
scope            "squashed"      default
report_title     "Grype report"  default
match_go_by_cpe  false           default
program          "/grype"        default

The vulnerability scan of each image, before anything is
pushed.

keys     `fail_on`, `only_fixed`, `scope`, `report_title`,
         `match_go_by_cpe` and `program`
example  scan = { fail_on = "critical", only_fixed = true }
library.own_steps is not set

Shared steps that are files of your own in `vars/`:
jenkinsgen neither writes nor deletes them, and `check` says
if one is missing.

type     array of strings: lower camel case
example  own_steps = ["scanImage"]
"#]]
        .raw()
    );
}

#[test]
fn mistakes_are_told_in_colours_that_any_ground_takes() {
    let workspace = Workspace::small().file("projects/app.toml", "[scan]\nfail_onn = \"high\"\n");
    let terminal = on_terminal(&workspace, 80, COLOURS, "\"$J\" check");
    assert!(
        terminal
            .sent
            .contains("\u{1b}[1m\u{1b}[31merror[unknown-key]"),
        "{:?}",
        terminal.sent
    );
    for bright in 90..98 {
        assert!(
            !terminal.sent.contains(&format!("\u{1b}[{bright}m")),
            "{:?}",
            terminal.sent
        );
    }
}
