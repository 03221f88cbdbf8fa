//! `plan` as a user meets it. That it says what builds do is tested by the simulation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use serde_json::json;
use snapbox::str;
use support::Workspace;

fn workspace() -> Workspace {
    Workspace::empty()
        .file("jenkinsgen.toml", support::LIBRARY)
        .file(
            "projects/app.toml",
            &format!(
                "{}\n[release]\nbranch = \"main\"\n\n[[publish]]\nrepository = \"registry.example.com/app\"\ntags = [\"{{version}}\"]\n\n\
                 [notify]\nrecipients = [\"culprits\"]\n",
                support::PROJECT
            ),
        )
}

#[test]
fn a_release_is_told_to_the_last_script() {
    workspace()
        .run(["plan", "app"])
        .stdout(str![[r#"
app, branch main: releases under the lock acme-app-release

Checkout
  check out the source

Build image in buildkit
  Empty the folder of the image
    rm -rf WORKSPACE_TMP/images/app
    mkdir -p WORKSPACE_TMP/images/app
  Build the image app
    buildctl --wait --timeout 60 build --progress plain \
        --frontend dockerfile.v0 --local context=. --local dockerfile=. \
        --opt filename=Dockerfile \
        --output type=oci,tar=false,dest=WORKSPACE_TMP/images/app/oci \
        --metadata-file WORKSPACE_TMP/images/app/build.json

Scan image in grype
  write WORKSPACE_TMP/scans/app/report.tmpl: the library's template
  write WORKSPACE_TMP/scans/app/report/report.css: the library's style sheet
  Scan the image app
    with GRYPE_MATCH_GOLANG_USING_CPES=false
    with GRYPE_CHECK_FOR_APP_UPDATE=false
    /grype oci-dir:WORKSPACE_TMP/images/app/oci --scope squashed \
        --output template=WORKSPACE_TMP/scans/app/report/report.html \
        --template WORKSPACE_TMP/scans/app/report.tmpl \
        --output json=WORKSPACE_TMP/scans/app/report/grype-report.json \
        --fail-on high
  Check that the report is complete
    grep -q '</html>' WORKSPACE_TMP/scans/app/report/report.html
  publish by publishHTML: Grype report

Push image in buildkit
  write WORKSPACE_TMP/pushes/app/Dockerfile: FROM image
  Push registry.example.com/app:1.2.3
    buildctl --wait --timeout 60 build --progress plain \
        --frontend dockerfile.v0 --local context=WORKSPACE_TMP/pushes/app \
        --local dockerfile=WORKSPACE_TMP/pushes/app \
        --oci-layout image=WORKSPACE_TMP/images/app/oci \
        --opt context:image=oci-layout://image@DIGEST \
        --output type=image,name=registry.example.com/app:1.2.3,push=true \
        --metadata-file WORKSPACE_TMP/pushes/app/push.json
  push registry.example.com/app:1.2.3

succeeds; nobody is mailed
Words in capitals stand for what only the build knows.

"#]])
        .success();
}

#[test]
fn a_failure_leaves_the_rest_out_and_mails() {
    let workspace = workspace();
    let run = workspace.run(["plan", "app", "--fail", "Build image"]);
    let (stdout, _) = run.any_output().success();
    for line in [
        "Build image in buildkit fails\n",
        "\nScan image: not reached\n",
        "\nPush image: not reached\n",
        "\nfails; mails culprits\n",
    ] {
        assert!(stdout.contains(line), "{line:?}: {stdout}");
    }
}

#[test]
fn a_branch_or_a_pull_request_releases_nothing() {
    let workspace = workspace();
    for build in [
        ["--branch", "x"],
        ["--pull-request", "7"],
        ["--tag", "main"],
    ] {
        let run = workspace.run([&["plan", "app"], &build[..]].concat());
        let (stdout, _) = run.any_output().success();
        assert!(stdout.contains("\nPush image: skipped\n"), "{stdout}");
        assert!(stdout.contains("releases nothing\n"), "{stdout}");
    }
}

#[test]
fn who_is_told_that_a_branch_is_well_again() {
    let workspace = workspace();
    let run = workspace.run(["plan", "app", "--branch", "x", "--after-failure"]);
    let (stdout, _) = run.any_output().success();
    assert!(stdout.contains("\nsucceeds; mails culprits\n"), "{stdout}");
}

#[test]
fn a_stage_that_is_not_there_is_an_error() {
    workspace()
        .run(["plan", "app", "--fail", "Push imag"])
        .stderr(str![[r#"
error: there is no stage `Push imag`; did you mean `Push image`?

"#]])
        .error();
}

/// The workspace, where these shared steps are files of the user's own.
fn with_own_steps(steps: &[&str]) -> Workspace {
    let mut workspace = workspace();
    for step in steps {
        workspace = workspace.file(
            &format!("vars/{step}.groovy"),
            "def call(Map arguments) {}\n",
        );
    }
    workspace.replace(
        "jenkinsgen.toml",
        "version = \"main\"",
        &format!("version = \"main\"\nown_steps = {steps:?}"),
    );
    workspace
}

#[test]
fn nobody_knows_what_a_step_of_the_user_does() {
    let workspace = with_own_steps(&["scanImage", "pushImage", "sonarScan"]);
    let (stdout, _) = workspace.run(["plan", "app"]).any_output().success();
    for wanted in [
        "\nScan image in grype\n  call your step scanImage\n\nPush image",
        "\nPush image in buildkit\n  call your step pushImage(names: registry.example.com/app:1.2.3)\n\n",
        "\nWhat your own scanImage and pushImage do is not known here.\n",
    ] {
        assert!(stdout.contains(wanted), "{wanted:?}: {stdout}");
    }

    let workspace = with_own_steps(&["buildkitSolve", "readVersion"]);
    workspace.replace(
        "projects/app.toml",
        "literal = \"1.2.3\"",
        "file = \"gradle.properties\"\nkey = \"version\"",
    );
    let run = workspace.run(["plan", "app", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&run.any_output().success().0).unwrap();
    assert_eq!(plan["own_steps"], json!(["buildkitSolve", "readVersion"]));
    assert_eq!(
        plan["stages"][0]["actions"][1],
        json!({ "does": "call", "call": "readVersion(file: gradle.properties, key: version)" })
    );
    assert_eq!(
        plan["stages"][1]["actions"][1],
        json!({ "does": "call", "call": "buildkitSolve(label: Build the image app)" })
    );
}

#[test]
fn what_is_around_a_script_is_told() {
    let workspace = workspace();
    let more = "[stages.smoke]\nposition = \"after_images\"\ncommands = [\"true\"]\nenv = { WORD = \"a b\" }\n\
         credentials = { LOGIN = { username_password = \"smoke-login\" } }\n\
         [source_tag]\ncommitter = { email = \"jenkins@example.com\" }\ncredentials = { ssh = \"git-key\" }\n";
    let project = workspace.read("projects/app.toml");
    workspace.write("projects/app.toml", &(project + more));
    let (stdout, _) = workspace.run(["plan", "app"]).any_output().success();
    for wanted in [
        "\n  smoke\n    with the credential smoke-login in LOGIN_USR and LOGIN_PSW\n    with WORD='a b'\n    true\n",
        "\n    with the credential git-key in TAG_KEY\n    with GIT_SSH_COMMAND='ssh -i \"$TAG_KEY\"",
        "\n  tag v1.2.3.BUILD_NUMBER\n  move tag v1.2.3\n  move tag v1.2\n",
        "\n    with GRYPE_MATCH_GOLANG_USING_CPES=false\n",
    ] {
        assert!(stdout.contains(wanted), "{wanted:?}: {stdout}");
    }
}

#[test]
fn a_good_build_says_who_would_hear_of_a_recovery() {
    let run = workspace().run(["plan", "app", "--branch", "x"]);
    let (stdout, _) = run.any_output().success();
    let wanted = "\nsucceeds; nobody is mailed, or culprits if the build before failed\n";
    assert!(stdout.contains(wanted), "{stdout}");
}

#[test]
fn only_what_git_allows_is_a_branch() {
    for (name, shown) in [("", ""), ("a\nb", "a\\nb"), ("HEAD", "HEAD")] {
        let run = workspace().run(["plan", "app", "--branch", name]);
        let (_, stderr) = run.any_output().error();
        let wanted = format!("error: `{shown}` can't be the name of a branch: it must be ");
        assert!(stderr.starts_with(&wanted), "{stderr}");
    }
}

#[test]
fn only_a_stage_that_runs_can_fail() {
    let run = workspace().run(["plan", "app", "--branch", "x", "--fail", "Push image"]);
    run.stderr(str![[r#"
error: the stage `Push image` can't fail: it does not run in a build of branch x

"#]])
        .error();
}

#[test]
fn a_stage_that_is_skipped_says_its_condition() {
    let workspace = workspace();
    let project = workspace.read("projects/app.toml");
    let stage = "[stages.smoke]\nposition = \"after_images\"\ncommands = [\"true\"]\nwhen = { branches = [\"main\"] }\n";
    workspace.write("projects/app.toml", &(project + stage));
    let run = workspace.run(["plan", "app", "--branch", "x"]);
    let (stdout, _) = run.any_output().success();
    let wanted = "\nsmoke: skipped (only branch main, no pull request, no tag)\n";
    assert!(stdout.contains(wanted), "{stdout}");
}
