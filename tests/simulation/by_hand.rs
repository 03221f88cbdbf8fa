//! The shared steps called from a Jenkinsfile, wrongly: they say what is wrong before they do anything. And the simulator itself, which must see misuse.

use std::collections::BTreeMap;

use crate::support::simulator::{Build, Report, World, simulate};
use crate::support::{Workspace, repository};
use crate::world::{self, Scenario};
use crate::{empty, load};

/// Runs pieces of a Jenkinsfile, each with the library of the article's service.
fn run(name: &str, pieces: &[&str]) -> Vec<Report> {
    let workspace = Workspace::rendered_from(&repository());
    let folder = empty(name);
    let builds: Vec<Build> = pieces
        .iter()
        .enumerate()
        .map(|(number, piece)| {
            let step = format!("piece{number}");
            workspace.write(
                &format!("vars/{step}.groovy"),
                &format!("def call() {{\n{piece}\n}}\n"),
            );
            let project = load(workspace.path()).projects.swap_remove(0);
            let own = folder.join(number.to_string());
            let build = world::prepare(workspace.path(), &project, &Scenario::release(), &own);
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
        .collect();
    simulate(&builds)
}

#[test]
fn steps_refuse_wrong_arguments_at_entry() {
    const IMAGE: &str = "[name: 'app', folder: '/f', digest: 'sha256:0']";
    let table: Vec<(String, &str)> = vec![
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
    let pieces: Vec<String> = table
        .iter()
        .map(|(call, _)| format!("node {{ {call} }}"))
        .collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    for ((call, expected), report) in table.iter().zip(run("by-hand", &pieces)) {
        let error = report.error.unwrap_or_default();
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
fn the_simulator_sees_misuse() {
    let pod = |call: &str| {
        format!(
            "podTemplate(yaml: libraryResource(resource: 'jenkinsgen/pods/service.yaml', encoding: 'UTF-8')) {{ node(POD_LABEL) {{ {call} }} }}"
        )
    };
    let node = |call: &str| format!("node {{ {call} }}");
    let table: Vec<(String, &str)> = vec![
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
    let pieces: Vec<&str> = table.iter().map(|(piece, _)| piece.as_str()).collect();
    for ((piece, expected), report) in table.iter().zip(run("misuse", &pieces)) {
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
