//! `plan` as a user meets it. That it says what builds do is tested by the simulation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

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
app, branch main: releases

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
  Scan the image app
    /grype oci-dir:WORKSPACE_TMP/images/app/oci --scope squashed \
        --output template=WORKSPACE_TMP/scans/app/report/report.html \
        --template WORKSPACE_TMP/scans/app/report.tmpl \
        --output json=WORKSPACE_TMP/scans/app/report/grype-report.json \
        --fail-on high
  Check that the report is complete
    grep -q '</html>' WORKSPACE_TMP/scans/app/report/report.html
  publish by publishHTML: Grype report

Push image in buildkit
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
