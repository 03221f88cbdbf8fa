//! The shared steps called from a Jenkinsfile, wrongly: they say what is wrong before they do anything. And the simulator itself, which must see misuse.

use std::collections::BTreeMap;

use crate::support::simulator::{Build, Report, World, simulate};
use crate::support::{Workspace, files, repository};
use crate::world::{self, Scenario};
use crate::{empty, load};

/// What is written in a Jenkinsfile, and the message that it must lead to.
pub type Piece = (String, &'static str);

/// Builds that run pieces of a Jenkinsfile, each with the library of the article's service.
pub fn builds(name: &str, pieces: &[Piece]) -> Vec<Build> {
    let folder = empty(name);
    let workspace = Workspace::rendered_from(&repository());
    let library = folder.join("library");
    for (path, text) in files(workspace.path()) {
        let path = library.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let project = load(workspace.path()).projects.swap_remove(0);
    let pieces = pieces.iter().enumerate();
    pieces
        .map(|(number, (piece, _))| {
            let step = format!("piece{number}");
            fs_err::write(
                library.join(format!("vars/{step}.groovy")),
                format!("def call() {{\n{piece}\n}}\n"),
            )
            .unwrap();
            let own = folder.join(number.to_string());
            let build = world::prepare(&library, &project, &Scenario::release(), &own);
            let scenario = World {
                environment: BTreeMap::from([("BUILD_NUMBER".to_owned(), "1".to_owned())]),
                ..build.scenario
            };
            Build {
                step,
                scenario,
                ..build
            }
        })
        .collect()
}

/// Wrong calls of the shared steps.
pub fn wrong_calls() -> Vec<Piece> {
    const IMAGE: &str = "[name: 'app', folder: '/f', digest: 'sha256:0']";
    let table: Vec<Piece> = vec![
        ("pushImage()".to_owned(), "pushImage: the arguments are missing"),
        ("pushImage(image: [:], names: ['a'])".to_owned(), "pushImage, image: the argument 'name' is missing"),
        (format!("pushImage(image: {IMAGE}, names: [])"), "pushImage: the argument 'names' is missing"),
        (format!("pushImage(imag: {IMAGE}, names: ['a'])"), "pushImage: unknown argument 'imag', the nearest known one is 'image'"),
        (format!("scanImage(image: {IMAGE}, failOn: 'hihg')"), "scanImage: the argument 'failOn' must be one of negligible, low"),
        (format!("scanImage(image: {IMAGE}, onlyFixed: 'yes')"), "scanImage: the argument 'onlyFixed' must be a flag, not a text"),
        (format!("scanImage(image: {IMAGE}, scope: 'all')"), "scanImage: the argument 'scope' must be one of squashed"),
        ("scanImage(image: [name: 'app'])".to_owned(), "scanImage, image: the argument 'folder' is missing"),
        ("buildImage(name: 'A b', inputs: [:])".to_owned(), "buildImage: the name must consist of lower-case letters"),
        ("buildImage(name: 7, inputs: [:])".to_owned(), "buildImage: the argument 'name' must be a text, not a value of another kind"),
        ("buildkitSolve(label: 'x', inputs: [network: 'hots'], output: ['type=local'])".to_owned(), "the argument 'network' must be one of"),
        ("buildkitSolve(label: 'x', inputs: [secrets: [a: [:]]], output: ['type=local'])".to_owned(), "secret a: give exactly one of"),
        (
            "buildkitSolve(label: 'x', inputs: [secrets: [a: [file: '/a', credentialsText: 'b']]], output: ['type=local'])".to_owned(),
            "secret a: give exactly one of",
        ),
        ("buildkitSolve(label: 'x', inputs: [buildArgs: [a: null]], output: ['type=local'])".to_owned(), "an entry of the argument 'buildArgs' has no value"),
        ("buildkitSolve(label: 'x', inputs: [cache: [path: '/c', mode: 'all']], output: ['type=local'])".to_owned(), "the argument 'mode' must be one of min, max"),
        (
            "extractBuildDir(inputs: [:], directory: '/a', destination: 'b', jacoco: [execPatern: 'x'])".to_owned(),
            "extractBuildDir, jacoco: unknown argument 'execPatern', the nearest known one is 'execPattern'",
        ),
        ("extractBuildDir(inputs: [:], directory: '', destination: 'b')".to_owned(), "extractBuildDir: the argument 'directory' is missing"),
        ("mailOnFailure(recipients: ['culprit']) { echo('x') }".to_owned(), "mailOnFailure: 'culprit' is neither 'culprits'"),
        ("mailOnRecovery(recipients: ['culprits'], via: 'post')".to_owned(), "mailOnRecovery: the argument 'via' must be one of"),
        ("sendMail(recipients: ['x'], result: 'FAILURE', event: 'y')".to_owned(), "sendMail: 'x' is neither"),
        (
            "tagSource(commit: 'c', version: '1.2', buildNumber: '1', committer: [name: 'a', email: 'b'])".to_owned(),
            "tagSource: the version must be like 1.2.3",
        ),
        (
            "tagSource(commit: 'c', version: '1.2.3-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', buildNumber: '1', committer: [name: 'a', email: 'b'])".to_owned(),
            "tagSource: the version must be like 1.2.3",
        ),
        ("tagSource(commit: 'c', version: '1.2.3', buildNumber: '1', committer: [name: 'a'])".to_owned(), "tagSource, committer: the argument 'email' is missing"),
        ("readVersion(file: 'gradle.properties')".to_owned(), "readVersion: the argument 'key' is missing"),
        ("sonarScan(installation: 'S', properties: 'x')".to_owned(), "sonarScan: the argument 'properties' must be a map, not a text"),
        (
            "promoteArtifact(name: 'a', type: 'b', stage: 'c', flow: 'd', description: 'e')".to_owned(),
            "promoteArtifact: the argument 'version' is missing",
        ),
    ];
    let in_node = table
        .into_iter()
        .map(|(call, expected)| (format!("node {{ {call} }}"), expected));
    in_node.collect()
}

/// Every wrong call must have been refused, before anything was done.
#[track_caller]
pub fn assert_refused(calls: &[Piece], reports: &[Report]) {
    for ((call, expected), report) in calls.iter().zip(reports) {
        let error = report.error.as_deref().unwrap_or_default();
        assert!(error.contains(expected), "{call}: {error}");
        let did = report
            .events
            .iter()
            .filter(|event| !matches!(event.step.as_str(), "node" | "error"))
            .count();
        assert_eq!(did, 0, "{call} did something before");
    }
}

#[test]
fn steps_refuse_wrong_arguments_at_entry() {
    let calls = wrong_calls();
    assert_refused(&calls, &simulate(&builds("by-hand", &calls)));
}

#[test]
fn the_simulator_sees_misuse() {
    let pod = |call: &str| {
        format!(
            "podTemplate(yaml: libraryResource(resource: 'jenkinsgen/pods/service.yaml', encoding: 'UTF-8')) {{ node(POD_LABEL) {{ {call} }} }}"
        )
    };
    let node = |call: &str| format!("node {{ {call} }}");
    let table: Vec<Piece> = vec![
        (
            node("shell('x')"),
            "there is no step, symbol or var 'shell'",
        ),
        (
            node("echo(unknownThing)"),
            "there is no property 'unknownThing'",
        ),
        (
            node("sh(script: 'true', label: 'x', quiet: true)"),
            "sh has no parameter 'quiet'",
        ),
        (
            node("sh(script: 7, label: 'x')"),
            "sh, script: expected string, got Integer 7",
        ),
        (node("sh(label: 'x')"), "sh lacks its parameter 'script'"),
        (node("sh('true')"), "sh has no label"),
        (node("stage('x')"), "stage needs a body"),
        (node("echo('x') { }"), "echo takes no body"),
        (
            "sh(script: 'true', label: 'x')".to_owned(),
            "sh stands outside a node",
        ),
        ("junit('x.xml')".to_owned(), "junit stands outside a node"),
        (
            node("container('buildkit') { }"),
            "container stands outside a pod",
        ),
        (
            pod("container('nothing') { }"),
            "the pod has no container 'nothing'",
        ),
        (
            node("timeout(time: '5', unit: 'MINUTES') { }"),
            "timeout, time: expected int",
        ),
        (
            node("timeout(time: 5, unit: 'FORTNIGHTS') { }"),
            "timeout, unit: expected enum",
        ),
        (
            "properties([buildDiscarder(logRotator(numToKeepStr: 5))])".to_owned(),
            "numToKeepStr: expected string, got Integer 5",
        ),
        (
            "properties([logRotator(numToKeepStr: '5')])".to_owned(),
            "'logRotator' is no jobProperty",
        ),
        (
            node("recordCoverage(tools: [[parser: 'JACOCOO']])"),
            "parser: expected enum",
        ),
        (
            node("step([$class: 'Mailer', recipients: 'a', everything: true])"),
            "Mailer has no parameter 'everything'",
        ),
        (
            node("publishHTML(target: [reportName: 'x', reportDir: '', reportFiles: 'x.html'])"),
            "archive the whole workspace",
        ),
        (node("withEnv(['A']) { }"), "'A' has no '='"),
        (
            node("retry(2) { }"),
            "the simulator does not know what retry does",
        ),
        ("node('other') { }".to_owned(), ""),
        (node("env.X = 'y'"), "env.X is set"),
    ];
    for ((piece, expected), report) in table.iter().zip(simulate(&builds("misuse", &table))) {
        let misuses = report.misuses.join("; ");
        assert!(
            misuses.contains(expected),
            "{piece}: {misuses:?}, {:?}",
            report.error
        );
        assert_eq!(
            misuses.is_empty(),
            expected.is_empty(),
            "{piece}: {misuses}"
        );
    }
}
