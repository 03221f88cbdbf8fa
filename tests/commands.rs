//! The commands as a user meets them: what is printed, how they end, and what happens to the user's files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use snapbox::str;
use support::Workspace;

#[test]
fn render_writes_then_keeps() {
    let workspace = Workspace::small();
    let (stdout, _) = workspace.run(["render"]).any_output().success();
    assert!(
        stdout.contains("created     vars/appPipeline.groovy\n"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("31 created, 0 updated, 0 deleted, 0 kept\n"),
        "{stdout}"
    );
    let before = modified(&workspace);
    workspace
        .run(["render"])
        .stdout(str![[r#"
nothing changed: 31 files are up to date

"#]])
        .success();
    assert_eq!(before, modified(&workspace), "a second run writes nothing");
}

#[test]
fn render_says_what_it_did() {
    let workspace = Workspace::rendered();
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace.write("projects/web.toml", support::PROJECT);
    workspace
        .run(["render"])
        .stdout(str![[r#"
created     resources/acme/pods/web.yaml
updated     vars/appPipeline.groovy
created     vars/webPipeline.groovy
created     vars/webPipeline.txt
updated     jenkinsgen.lock
kept        29 files
3 created, 2 updated, 0 deleted, 29 kept

"#]])
        .success();
}

#[test]
fn render_deletes_an_unchanged_orphan_and_its_empty_folder() {
    let workspace = Workspace::rendered();
    workspace.write("projects/web.toml", support::PROJECT);
    workspace.run(["render"]).any_output().success();
    workspace.remove("projects/app.toml");
    workspace.remove("projects/web.toml");
    workspace
        .run(["render"])
        .stdout(str![[r#"
deleted     resources/acme/pods/app.yaml
deleted     resources/acme/pods/web.yaml
deleted     vars/appPipeline.groovy
deleted     vars/appPipeline.txt
deleted     vars/webPipeline.groovy
deleted     vars/webPipeline.txt
updated     jenkinsgen.lock
kept        27 files
0 created, 1 updated, 6 deleted, 27 kept

"#]])
        .success();
    assert!(!workspace.path().join("resources/acme/pods").exists());
    assert!(workspace.path().join("resources/acme/grype").exists());
}

#[test]
fn render_of_one_project_leaves_the_others() {
    let workspace = Workspace::rendered();
    workspace.write("projects/web.toml", support::PROJECT);
    workspace.run(["render"]).any_output().success();
    workspace.replace("projects/app.toml", "1.2.3", "2.0.0");
    workspace.replace("projects/web.toml", "1.2.3", "2.0.0");
    workspace
        .run(["render", "web"])
        .stdout(str![[r#"
updated     vars/webPipeline.groovy
updated     jenkinsgen.lock
kept        29 files
0 created, 2 updated, 0 deleted, 29 kept

"#]])
        .success();
    workspace
        .run(["check"])
        .stdout(str![[r#"
changed     vars/appPipeline.groovy
changed     jenkinsgen.lock
2 files differ from the description: run `jenkinsgen render` and commit the result

"#]])
        .differences();
}

#[test]
fn render_of_an_unknown_project_is_an_error() {
    Workspace::small()
        .run(["render", "ap"])
        .stderr(str![[r#"
error: there is no project `ap`; did you mean `app`?

"#]])
        .error();
}

#[test]
fn dry_run_writes_nothing() {
    let workspace = Workspace::rendered();
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    let before = workspace.output();
    workspace
        .run(["render", "--dry-run"])
        .stdout(str![[r#"
updated     vars/appPipeline.groovy
updated     jenkinsgen.lock
kept        29 files
0 created, 2 updated, 0 deleted, 29 kept; nothing was written (dry run)

"#]])
        .differences();
    assert_eq!(before, workspace.output());
}

#[test]
fn check_reports_every_kind_of_drift() {
    let workspace = Workspace::rendered();
    workspace.write("projects/web.toml", support::PROJECT);
    workspace.run(["render"]).any_output().success();
    workspace
        .run(["check"])
        .stdout(str![[r#"
34 files as rendered

"#]])
        .success();

    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace.remove("projects/web.toml");
    workspace.remove("vars/buildImage.txt");
    workspace.replace("vars/pushImage.groovy", "push.names", "[]");
    workspace.replace("vars/webPipeline.txt", "web", "WEB");
    workspace.write("projects/new.toml", support::PROJECT);
    workspace.write("vars/newPipeline.groovy", "// mine\n");
    let before = workspace.output();
    workspace
        .run(["check"])
        .output(
            str![[r#"
missing     resources/acme/pods/new.yaml
orphaned    resources/acme/pods/web.yaml
changed     vars/appPipeline.groovy
missing     vars/buildImage.txt
foreign     vars/newPipeline.groovy
missing     vars/newPipeline.txt
hand-edited vars/pushImage.groovy
orphaned    vars/webPipeline.groovy
hand-edited vars/webPipeline.txt
changed     jenkinsgen.lock
10 files differ from the description: resolve 3 conflicts, run `jenkinsgen render` and commit the result

"#]],
            str![[r#"
conflict: vars/newPipeline.groovy is not one of jenkinsgen's files
  help: rename or delete it, give the project another `step`, or declare a shared step of your own in `library.own_steps`
conflict: vars/pushImage.groovy was edited by hand since it was rendered
  help: move the change into the TOML and run `jenkinsgen render --force`, which overwrites the edit; `jenkinsgen diff` shows it
conflict: vars/webPipeline.txt is not rendered any more, and was edited by hand
  help: delete it, or keep it as your own with `jenkinsgen render --force`

"#]],
        )
        .differences();
    assert_eq!(before, workspace.output(), "check writes nothing");

    let (_, stderr) = workspace.run(["render"]).any_output().error();
    assert!(
        stderr.ends_with("3 conflicts; nothing was written\n"),
        "{stderr}"
    );
    assert_eq!(before, workspace.output(), "a conflict stops the whole run");
}

#[test]
fn force_overwrites_an_edit_but_never_a_file_of_the_user() {
    let workspace = Workspace::rendered();
    let rendered = workspace.read("vars/pushImage.groovy");
    workspace.write("vars/pushImage.groovy", "// edited\n");
    workspace
        .run(["render", "--force"])
        .stdout(str![[r#"
updated     vars/pushImage.groovy
kept        30 files
0 created, 1 updated, 0 deleted, 30 kept

"#]])
        .success();
    assert_eq!(rendered, workspace.read("vars/pushImage.groovy"));

    workspace.write("projects/web.toml", support::PROJECT);
    workspace.write("vars/webPipeline.groovy", "// mine\n");
    workspace
        .run(["render", "--force"])
        .stderr(str![[r#"
conflict: vars/webPipeline.groovy is not one of jenkinsgen's files
  help: rename or delete it, give the project another `step`, or declare a shared step of your own in `library.own_steps`
1 conflict; nothing was written

"#]])
        .error();
    assert_eq!("// mine\n", workspace.read("vars/webPipeline.groovy"));
}

#[test]
fn force_leaves_an_edited_orphan_to_the_user() {
    let workspace = Workspace::rendered();
    workspace.remove("projects/app.toml");
    workspace.write("vars/appPipeline.groovy", "// mine now\n");
    workspace.run(["render"]).any_output().error();
    workspace
        .run(["render", "--force"])
        .stdout(str![[r#"
deleted     resources/acme/pods/app.yaml
deleted     vars/appPipeline.txt
updated     jenkinsgen.lock
kept        27 files
0 created, 1 updated, 2 deleted, 27 kept

"#]])
        .success();
    assert_eq!("// mine now\n", workspace.read("vars/appPipeline.groovy"));
    workspace.run(["check"]).any_output().success();
}

/// A run that dies at the first file over the limit, which is in blocks of 512 bytes; it dies for root, too.
fn killed(workspace: &Workspace, blocks: u32) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    let script = format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\" render");
    let status = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_jenkinsgen")])
        .current_dir(workspace.path())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    status.signal().is_some()
}

#[test]
fn a_killed_render_is_completed_by_the_next_one() {
    const MINE: &str = "def call() {}\n";
    let mut deaths = 0;
    for blocks in [8, 12, 16, 24, 32] {
        // The first render, and one that replaces, creates and deletes.
        for rendered in [false, true] {
            let workspace = match rendered {
                true => Workspace::rendered(),
                false => Workspace::small(),
            };
            workspace.write("vars/mine.groovy", MINE);
            if rendered {
                let images = (0..blocks).map(|number| format!("[images.image-{number}]\n"));
                let more = support::PROJECT.to_owned() + &images.collect::<String>();
                workspace.remove("projects/app.toml");
                workspace.write("projects/web.toml", &more.replace("1.2.3", "1.2.4"));
                workspace.replace("jenkinsgen.toml", "acme", "emca");
            }
            let before = workspace.output();
            if !killed(&workspace, blocks) {
                continue;
            }
            let after = workspace.output();
            deaths += u32::from(after != before);
            let in_a_folder = |path: &&String| path.contains("/.jenkinsgen-");
            assert_eq!(after.keys().find(in_a_folder), None);
            let (stdout, stderr) = workspace.run(["check"]).any_output().differences();
            assert_eq!(stderr, "", "{blocks}: nothing is foreign or edited");
            assert!(stdout.contains("changed     jenkinsgen.lock\n"), "{stdout}");

            for project in ["app", "web"] {
                let file = format!("projects/{project}.toml");
                if workspace.path().join(&file).exists() {
                    workspace.replace(&file, "1.2.", "2.2.");
                }
            }
            workspace.run(["render"]).any_output().success();
            workspace.run(["check"]).any_output().success();
            assert_eq!(workspace.read("vars/mine.groovy"), MINE);
            let lock = workspace.read("jenkinsgen.lock");
            assert_eq!(lock.matches('[').count(), 1, "an intent is left:\n{lock}");
        }
    }
    assert!(deaths > 5, "only {deaths} runs died in the middle");
}

#[test]
fn renders_at_the_same_time_end_well() {
    let render = |workspace: &Workspace| {
        let children: Vec<std::process::Child> = (0..6)
            .map(|_| {
                std::process::Command::new(env!("CARGO_BIN_EXE_jenkinsgen"))
                    .arg("render")
                    .current_dir(workspace.path())
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{stderr}");
        }
        workspace.run(["check"]).any_output().success();
    };
    for _ in 0..2 {
        let workspace = Workspace::small();
        render(&workspace);
        workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
        render(&workspace);
        // Every file of the project moves.
        workspace.remove("projects/app.toml");
        workspace.write("projects/web.toml", support::PROJECT);
        render(&workspace);
        assert_eq!(workspace.output().len(), 31);
    }
}

#[test]
fn a_file_that_is_written_again_leaves_the_lock_as_it_was() {
    let workspace = Workspace::rendered();
    let before = workspace.output();
    workspace.remove("vars/buildImage.txt");
    workspace.write("vars/pushImage.groovy", "// edited\n");
    workspace.run(["render", "--force"]).any_output().success();
    assert_eq!(workspace.output(), before);
}

#[test]
fn a_file_that_a_killed_render_did_not_come_to_is_the_users() {
    let workspace = Workspace::small();
    assert!(killed(&workspace, 8));
    assert!(!workspace.path().join("vars/tagSource.txt").exists());
    workspace.write("vars/tagSource.txt", "mine\n");
    workspace
        .run(["render", "--force"])
        .stderr(str![[r#"
conflict: vars/tagSource.txt is not one of jenkinsgen's files
  help: rename or delete it, give the project another `step`, or declare a shared step of your own in `library.own_steps`
1 conflict; nothing was written

"#]])
        .error();
    assert_eq!("mine\n", workspace.read("vars/tagSource.txt"));
}

#[test]
fn files_that_equal_the_rendered_ones_are_adopted_without_a_lock() {
    let workspace = Workspace::rendered();
    workspace.remove("jenkinsgen.lock");
    workspace
        .run(["render"])
        .stdout(str![[r#"
created     jenkinsgen.lock
kept        30 files
1 created, 0 updated, 0 deleted, 30 kept

"#]])
        .success();
}

#[test]
fn other_files_of_the_user_are_left_alone() {
    let workspace = Workspace::rendered();
    workspace.write("vars/mine.groovy", "def call() {}\n");
    workspace.write("resources/acme/mine.txt", "mine\n");
    workspace.run(["check"]).any_output().success();
    workspace.run(["render"]).any_output().success();
    assert_eq!("mine\n", workspace.read("resources/acme/mine.txt"));
}

#[test]
fn nothing_is_written_if_any_input_is_invalid() {
    let workspace = Workspace::small().file(
        "projects/web.toml",
        "[version]\nliteral = \"one\"\n[images.web]\n",
    );
    workspace
        .run(["render", "app"])
        .stderr(str![[r#"
error[invalid-value]: `version.literal` must be a version such as `1.2.3` or `1.2.3-rc.1`
 --> projects/web.toml:2:11
  |
2 | literal = "one"
  |           ^^^^^
  |
help: MAJOR.MINOR.PATCH, then optionally `-`, a word of letters and digits, and numbers after `.` or `-`

1 error; nothing was written

"#]])
        .error();
    assert!(workspace.output().is_empty());
}

#[test]
fn a_missing_folder_of_projects_deletes_nothing() {
    let workspace = Workspace::rendered();
    let before = workspace.output();
    let rename = |from: &str, to: &str| {
        let folder = workspace.path();
        std::fs::rename(folder.join(from), folder.join(to)).unwrap();
    };
    rename("projects", "project");
    for command in ["render", "check", "diff"] {
        workspace
            .run([command])
            .stderr(str![[r#"
error: there is no folder [ROOT]/projects; create it, and put a file `<project>.toml` for each service there

"#]])
            .error();
    }
    std::fs::create_dir(workspace.path().join("projects")).unwrap();
    rename("project", "projects/team");
    workspace
        .run(["render"])
        .stderr(str![[r#"
error: [ROOT]/projects/team is a folder, and projects are files of [ROOT]/projects itself; move it away, and the projects in it up

"#]])
        .error();
    assert_eq!(before, workspace.output());
}

#[cfg(unix)]
#[test]
fn symbolic_links_in_the_output_are_refused() {
    use std::os::unix::fs::symlink;
    let workspace = Workspace::rendered();
    let outside = Workspace::empty().file("target.groovy", "// outside\n");
    let target = outside.path().join("target.groovy");
    workspace.remove("vars/buildImage.groovy");
    symlink(&target, workspace.path().join("vars/buildImage.groovy")).unwrap();
    symlink(&target, workspace.path().join("vars/linked.groovy")).unwrap();
    workspace
        .run(["render", "--force"])
        .stderr(str![[r#"
conflict: vars/buildImage.groovy is a symbolic link; Jenkins refuses to load a library that has one
  help: replace it by a copy of what it leads to
conflict: vars/linked.groovy is a symbolic link; Jenkins refuses to load a library that has one
  help: replace it by a copy of what it leads to
2 conflicts; nothing was written

"#]])
        .error();
    assert_eq!("// outside\n", outside.read("target.groovy"));

    let workspace = Workspace::small();
    symlink(outside.path(), workspace.path().join("vars")).unwrap();
    workspace
        .run(["render"])
        .stderr(str![[r#"
conflict: vars is a symbolic link; Jenkins refuses to load a library that has one
  help: replace it by a copy of what it leads to
1 conflict; nothing was written

"#]])
        .error();
    assert_eq!(
        1,
        outside.output().len(),
        "nothing is written through a link"
    );
}

/// A mistake is quoted, and a link may lead to what nobody should read.
#[cfg(unix)]
#[test]
fn descriptions_that_are_symbolic_links_are_refused() {
    use std::os::unix::fs::symlink;
    let outside = Workspace::empty().file("secret", "TOKEN=abc\n");
    for path in ["jenkinsgen.toml", "projects/app.toml", "projects"] {
        let workspace = Workspace::rendered();
        let link = workspace.path().join(path);
        match link.is_dir() {
            true => fs_err::remove_dir_all(&link).unwrap(),
            false => fs_err::remove_file(&link).unwrap(),
        }
        let target = match path {
            "projects" => outside.path().to_owned(),
            _ => outside.path().join("secret"),
        };
        if path == "projects" {
            outside.write("app.toml", "TOKEN=abc\n");
        }
        symlink(target, &link).unwrap();
        for command in [&["check", "--format", "markdown"][..], &["render"]] {
            let (stdout, stderr) = workspace.run(command.iter().copied()).any_output().error();
            let told = stdout + &stderr;
            assert!(!told.contains("abc"), "{told}");
            assert!(
                told.contains(&format!("{path} is a symbolic link")),
                "{told}"
            );
        }
    }
}

#[test]
fn line_endings_that_git_has_converted_are_no_edit() {
    let workspace = Workspace::rendered();
    let path = "vars/buildImage.groovy";
    let converted = workspace.read(path).replace('\n', "\r\n");
    workspace.write(path, &converted);
    workspace
        .run(["check"])
        .output(str![[r#"
line-endings vars/buildImage.groovy
1 file differs from the description: resolve 1 conflict, run `jenkinsgen render` and commit the result

"#]], str![[r#"
conflict: vars/buildImage.groovy has other line endings than it was rendered with
  help: Git converts them here: write `* text=auto eol=lf` into .gitattributes, commit it, and clone the repository again

"#]])
        .differences();
    workspace.run(["render"]).any_output().error();
    assert_eq!(workspace.read(path), converted);
    workspace.run(["render", "--force"]).any_output().success();
    assert!(!workspace.read(path).contains('\r'));
}

#[test]
fn something_else_in_the_way_is_a_conflict() {
    let workspace = Workspace::small().file("resources", "a file\n");
    workspace.write("vars/buildImage.groovy/inside", "");
    workspace
        .run(["render"])
        .stderr(str![[r#"
conflict: resources is in the way: it is not a folder
  help: rename or delete it
conflict: vars/buildImage.groovy is in the way: it is not a file
  help: rename or delete it
2 conflicts; nothing was written

"#]])
        .error();
    assert_eq!("a file\n", workspace.read("resources"));
}

#[test]
fn a_lock_that_names_other_files_is_refused() {
    for path in [
        "../outside.txt",
        "/etc/passwd",
        "vars/../src/main.rs",
        "Cargo.toml",
    ] {
        let workspace = Workspace::small();
        let lock = format!("version = 1\n\n[files]\n\"{path}\" = \"0\"\n");
        workspace.write("jenkinsgen.lock", &lock);
        let (_, stderr) = workspace.run(["render"]).any_output().error();
        assert!(
            stderr.contains("which is not one of the library"),
            "{path}: {stderr}"
        );
    }
    let workspace = Workspace::small().file("jenkinsgen.lock", "<<<<<<< HEAD\n");
    let (_, stderr) = workspace.run(["render"]).any_output().error();
    assert!(
        stderr.contains("after a merge, take the side of one branch"),
        "{stderr}"
    );
}

#[test]
fn diff_shows_what_render_would_change() {
    let workspace = Workspace::rendered();
    workspace.run(["diff"]).stdout("").success();
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace
        .run(["diff"])
        .stdout(str![[r#"
--- a/vars/appPipeline.groovy
+++ b/vars/appPipeline.groovy
@@ -23,7 +23,7 @@
 
 Map fetchSource() {
     return stage('Checkout') {
-        [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
+        [commit: checkout(scm).GIT_COMMIT, version: '1.2.4']
     }
 }
 

"#]])
        .differences();
}

#[test]
fn diff_does_not_show_what_render_will_not_do() {
    let workspace = Workspace::rendered();
    workspace.write("projects/web.toml", support::PROJECT);
    workspace.run(["render"]).any_output().success();
    workspace.remove("projects/web.toml");
    workspace.replace("vars/webPipeline.txt", "web", "WEB");
    workspace.write("projects/new.toml", support::PROJECT);
    workspace.write("vars/newPipeline.groovy", "// mine\n");
    workspace.remove("vars/buildImage.txt");
    workspace.write("vars/buildImage.txt/inside", "");
    workspace.replace("vars/pushImage.groovy", "push.names", "[]");
    let (stdout, stderr) = workspace.run(["diff"]).any_output().differences();
    for path in ["webPipeline.txt", "newPipeline.groovy", "buildImage.txt"] {
        assert!(!stdout.contains(path), "{stdout}");
        assert!(
            stderr.contains(&format!("conflict: vars/{path} ")),
            "{stderr}"
        );
    }
    assert!(stdout.contains("--- a/vars/pushImage.groovy\n"), "{stdout}");
    assert!(
        stderr.contains("conflict: vars/pushImage.groovy "),
        "{stderr}"
    );

    let run = workspace.run(["diff", "--format", "json"]).any_output();
    let document: serde_json::Value = serde_json::from_str(&run.differences().0).unwrap();
    let files = document["files"].as_array().unwrap();
    let file = |path: &str| files.iter().find(|file| file["path"] == path).unwrap();
    assert_eq!(file("vars/webPipeline.txt")["status"], "hand-edited");
    assert!(file("vars/webPipeline.txt")["diff"].is_null());
    assert!(file("vars/pushImage.groovy")["diff"].is_string());
}

#[test]
fn diff_can_be_applied_by_patch() {
    let workspace = Workspace::rendered();
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace.write("projects/web.toml", support::PROJECT);
    let (diff, _) = workspace.run(["diff"]).any_output().differences();
    workspace.write("change.diff", &diff);
    let status = std::process::Command::new("git")
        .args(["apply", "change.diff"])
        .current_dir(workspace.path())
        .status()
        .unwrap();
    assert!(status.success());
    let (stdout, _) = workspace.run(["render"]).any_output().success();
    assert!(
        stdout.starts_with("updated     jenkinsgen.lock\n"),
        "{stdout}"
    );
}

#[test]
fn colours_follow_the_wishes_of_the_user() {
    let workspace = Workspace::small();
    let coloured = |run: support::Run| run.any_output().differences().0.contains('\u{1b}');
    assert!(!coloured(workspace.run(["diff"])), "none in a pipe");
    assert!(coloured(workspace.run(["diff", "--color", "always"])));
    let force = [("CLICOLOR_FORCE", "1")];
    assert!(coloured(workspace.run_with(["diff"], &force)));
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!coloured(
        workspace.run_with(["diff", "--color", "never"], &both)
    ));
}

/// Runs the program with this standard output, and returns its exit status and standard error.
#[cfg(target_os = "linux")]
fn print_to(
    workspace: &Workspace,
    arguments: &[&str],
    stdout: std::fs::File,
) -> (Option<i32>, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_jenkinsgen"))
        .args(arguments)
        .current_dir(workspace.path())
        .stdout(stdout)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_can_not_be_printed_is_an_error() {
    let workspace = Workspace::small();
    for arguments in [
        &["diff"][..],
        &["render"],
        &["check"],
        &["jenkinsfile", "app"],
        &["check", "--format", "json"],
        &["help"],
        &["render", "--help"],
        &["--version"],
    ] {
        let full = fs_err::OpenOptions::new().write(true).open("/dev/full");
        let (code, stderr) = print_to(&workspace, arguments, full.unwrap().into());
        assert_eq!(
            stderr,
            "error: can't print the result: No space left on device (os error 28)\n"
        );
        assert_eq!(code, Some(2), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_seen_enough_hears_nothing() {
    let workspace = Workspace::small();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let writer = std::os::fd::OwnedFd::from(writer);
    // The exit status tells all the same that nothing is rendered yet.
    let (code, stderr) = print_to(&workspace, &["diff"], writer.into());
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
}

#[test]
fn jenkinsfile_imports_the_library_and_calls_the_step() {
    Workspace::small()
        .run(["jenkinsfile", "app"])
        .stdout(str![[r#"
@Library('acme@main') _
appPipeline()

"#]])
        .success();
}

#[test]
fn json_tells_the_same() {
    let workspace = Workspace::rendered();
    let json = |arguments: &[&str], code: i32| -> serde_json::Value {
        let arguments = arguments.iter().copied().chain(["--format", "json"]);
        let run = workspace.run(arguments).any_output();
        let (stdout, stderr) = match code {
            0 => run.success(),
            1 => run.differences(),
            _ => run.error(),
        };
        assert_eq!("", stderr);
        serde_json::from_str(&stdout).unwrap()
    };
    assert_eq!(json(&["check"], 0)["clean"], true);
    assert_eq!(
        json(&["jenkinsfile", "app"], 0)["jenkinsfile"],
        "@Library('acme@main') _\nappPipeline()\n"
    );

    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    let check = json(&["check"], 1);
    let changed: Vec<&serde_json::Value> = check["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["status"] == "changed")
        .map(|file| &file["path"])
        .collect();
    assert_eq!(changed, ["vars/appPipeline.groovy", "jenkinsgen.lock"]);
    let diff = json(&["diff"], 1);
    assert!(
        diff["files"][0]["diff"]
            .as_str()
            .unwrap()
            .contains("+        [commit")
    );
    assert_eq!(json(&["render", "--dry-run"], 1)["written"], false);
    assert_eq!(json(&["render"], 0)["written"], true);

    workspace.replace("projects/app.toml", "literal", "litteral");
    let error = json(&["render"], 2);
    let found = &error["diagnostics"][0];
    assert_eq!(
        (&found["code"], &found["line"], &found["column"]),
        (&"unknown-key".into(), &2.into(), &1.into())
    );
    assert_eq!(found["label"], "did you mean `literal`?");
    workspace.remove("jenkinsgen.toml");
    assert!(
        json(&["check", "--root", "."], 2)["error"]
            .as_str()
            .unwrap()
            .contains("jenkinsgen.toml")
    );
}

#[test]
fn the_workspace_is_found_from_a_folder_below() {
    let workspace = Workspace::rendered();
    let below = workspace.path().join("vars");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_jenkinsgen"))
        .arg("check")
        .current_dir(below)
        .output()
        .unwrap();
    assert!(output.status.success());

    let (_, stderr) = Workspace::empty().run(["check"]).any_output().error();
    assert!(
        stderr.contains("name the workspace with --root"),
        "{stderr}"
    );
}

#[test]
fn errors_of_files_name_the_path() {
    let workspace = Workspace::small();
    fs_err::write(
        workspace.path().join("projects/bad.toml"),
        b"a = 1\nb = \"\xff\"\n",
    )
    .unwrap();
    let (_, stderr) = workspace.run(["render"]).any_output().error();
    assert!(stderr.contains("projects/bad.toml:2:6"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn files_are_readable_for_others_and_keep_their_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::rendered();
    let path = workspace.path().join("vars/appPipeline.groovy");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let plain = workspace.path().join("plain");
    fs_err::write(&plain, "").unwrap();
    assert_eq!(mode(&path), mode(&plain));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace.run(["render"]).any_output().success();
    assert_eq!(mode(&path), 0o600);
}

/// The times of all files.
fn modified(workspace: &Workspace) -> Vec<(String, std::time::SystemTime)> {
    let files = workspace.output().into_keys();
    files
        .map(|path| {
            let metadata = std::fs::metadata(workspace.path().join(&path)).unwrap();
            (path, metadata.modified().unwrap())
        })
        .collect()
}

/// A shared step that is declared as the user's own is left alone from then on, and forgotten by the lock file.
#[test]
fn a_step_of_the_users_own_is_neither_written_nor_deleted() {
    let workspace = Workspace::small();
    workspace.run(["render"]).any_output().success();
    workspace.write("vars/scanImage.groovy", "// mine\n");
    workspace.replace(
        "jenkinsgen.toml",
        "version = \"main\"",
        "version = \"main\"\nown_steps = [\"scanImage\"]",
    );
    workspace.run(["check"]).any_output().differences();
    workspace.run(["render"]).any_output().success();
    workspace.run(["check"]).any_output().success();
    assert_eq!(workspace.read("vars/scanImage.groovy"), "// mine\n");
    assert!(!workspace.read("jenkinsgen.lock").contains("scanImage"));

    workspace.remove("vars/scanImage.groovy");
    workspace
        .run(["check"])
        .output(
            str![[r#"
own-missing vars/scanImage.groovy
1 file differs from the description: resolve 1 conflict, run `jenkinsgen render` and commit the result

"#]],
            str![[r#"
conflict: vars/scanImage.groovy is declared in `library.own_steps`, and is not there
  help: write it, or delete its name from `own_steps` to have it rendered

"#]],
        )
        .differences();
}
