//! The emitted Groovy and YAML, judged by the engines that Jenkins uses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jenkinsgen::groovy::{Piece, interpolated, string};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::engines::{java, need};
use support::{Workspace, workspaces};

#[test]
fn every_emitted_file_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let files = distinct(folder.path(), ".groovy");
    assert!(files.len() > 30, "only {} files", files.len());
    for (engine, mode) in [("cps", "plain"), ("cps", "cps"), ("sandbox", "sandbox")] {
        let (success, verdicts) = judge(engine, &["compile", mode], &files);
        assert!(success, "{mode}:\n{verdicts}");
        assert_eq!(verdicts.lines().count(), files.len(), "{mode}:\n{verdicts}");
    }
}

/// The rung itself: what Jenkins can't load is refused by the mode that knows better.
#[test]
fn files_that_jenkins_can_not_load_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs_err::write(&path, text).unwrap();
        path
    };
    let syntax = write("syntax.groovy", "def call() { echo('x' }\n");
    let newer = write(
        "newer.groovy",
        "def call() { do { echo('x') } while (false) }\n",
    );
    let spread = write("spread.groovy", "def call() { ['a']*.length() }\n");
    let good = write("good.groovy", "def call() { echo('x') }\n");
    for (engine, mode, refused) in [
        ("cps", "plain", vec![&syntax, &newer]),
        ("cps", "cps", vec![&syntax, &newer, &spread]),
        ("sandbox", "sandbox", vec![&syntax, &newer, &spread]),
    ] {
        for file in &refused {
            let (success, verdict) = judge(engine, &["compile", mode], &[file.to_path_buf()]);
            assert!(
                !success && verdict.starts_with("failed "),
                "{mode}: {verdict}"
            );
        }
        let (success, verdict) = judge(engine, &["compile", mode], std::slice::from_ref(&good));
        assert!(success, "{mode}: {verdict}");
    }
}

/// What `verify` says of a Jenkinsfile is what Groovy does.
#[test]
fn jenkinsfiles_that_groovy_refuses_are_found() {
    let library = "@Library('acme@main')";
    let cases = [
        (format!("{library} _\nappPipeline()"), true),
        (format!("{library} _; appPipeline()"), true),
        (format!("{library}\n_\nappPipeline()"), true),
        (format!("{library}\ndef x = 1\nappPipeline()"), true),
        (format!("{library}\ndef f() {{ 1 }}\nappPipeline()"), true),
        (
            format!("{library}\nimport java.util.List\nappPipeline()"),
            true,
        ),
        (format!("{library}\nappPipeline()"), false),
        (format!("{library} appPipeline()"), false),
        (format!("{library}\n\n// why\nappPipeline()"), false),
        (format!("{library}\necho 'x'\nappPipeline()"), false),
        (format!("{library}\nnode {{ appPipeline() }}"), false),
        ("appPipeline(".to_owned(), false),
        ("node {\nappPipeline()".to_owned(), false),
        ("appPipeline()\n}".to_owned(), false),
        ("appPipeline(]".to_owned(), false),
        ("appPipeline() /* never".to_owned(), false),
        ("echo 'x\nappPipeline()".to_owned(), false),
        ("echo '''x\nappPipeline()".to_owned(), false),
        ("echo \"${x\"\nappPipeline()".to_owned(), false),
        (
            "echo \"${x.replace('\\'', '\"')} ${\"a${1}\"}\"\nappPipeline()".to_owned(),
            true,
        ),
        (
            "x = 'a' + /it's (/\ny = $/it's ( $$ $/ \" /$\nappPipeline()".to_owned(),
            true,
        ),
        ("x = /it's (\n\"/\nappPipeline()".to_owned(), true),
        ("x = i++ / 2 + (3) / 4\nappPipeline()".to_owned(), true),
        ("echo 'x \\\n y'\nappPipeline()".to_owned(), true),
        ("#!/usr/bin/env it's\nappPipeline()".to_owned(), true),
    ];
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::small().file("checkout/Dockerfile", "FROM scratch\n");
    let mut files = Vec::new();
    for (index, (text, is_good)) in cases.iter().enumerate() {
        workspace.write("checkout/Jenkinsfile", text);
        let run = workspace.run(["verify", "app", "checkout"]);
        let (stdout, _) = run.any_output().success_or_differences();
        let is_found = stdout.contains("error[invalid-jenkinsfile]");
        assert_eq!(is_found, !is_good, "{text}\n{stdout}");
        // The plugin for libraries has the annotation.
        let text = format!("{text}\n@interface Library {{ String[] value() }}\n");
        let file = folder.path().join(format!("jenkinsfile{index}.groovy"));
        fs_err::write(&file, text).unwrap();
        files.push(file);
    }
    let (_, verdicts) = judge("cps", &["compile", "cps"], &files);
    for ((text, is_good), verdict) in cases.iter().zip(verdicts.lines()) {
        assert_eq!(verdict.starts_with("ok "), *is_good, "{text}\n{verdict}");
    }
}

/// Two versions of YAML are in use in Jenkins; a pod must mean the same in both.
#[test]
fn every_pod_means_the_same_in_every_yaml() {
    let folder = tempfile::tempdir().unwrap();
    let files = distinct(folder.path(), ".yaml");
    assert!(files.len() >= 10, "only {} files", files.len());
    let (success, pods) = judge("cps", &["yaml"], &files);
    assert!(success, "{pods}");
    for (file, pod) in files.iter().zip(pods.lines()) {
        let pod: serde_json::Value = serde_json::from_str(pod).unwrap();
        assert_eq!(pod["kind"], "Pod", "{}", file.display());
        let volumes = names(&pod["spec"]["volumes"]);
        for container in pod["spec"]["containers"].as_array().unwrap() {
            for mount in container["volumeMounts"].as_array().into_iter().flatten() {
                let name = mount["name"].as_str().unwrap();
                assert!(
                    volumes.contains(name),
                    "{}: no volume {name}",
                    file.display()
                );
            }
            for variable in container["env"].as_array().into_iter().flatten() {
                assert!(
                    variable["value"].is_string(),
                    "{}: {variable}",
                    file.display()
                );
            }
        }
    }
    let pod = pods.lines().find(|pod| pod.contains("12:30:45")).unwrap();
    let pod: serde_json::Value = serde_json::from_str(pod).unwrap();
    let container = &pod["spec"]["containers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|container| container["name"] == "tools")
        .unwrap();
    let values: BTreeMap<&str, &str> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| {
            (
                variable["name"].as_str().unwrap(),
                variable["value"].as_str().unwrap(),
            )
        })
        .collect();
    let written = [
        ("ON", "yes"),
        ("NUMBER", "0777"),
        ("EMPTY", ""),
        ("TIME", "12:30:45"),
        ("NULL", "null"),
        ("LONG", "a b: c # d"),
    ];
    assert_eq!(values, BTreeMap::from(written));
}

/// Any string comes back from a literal of real Groovy, and from a real shell as one word.
#[test]
fn any_string_survives_groovy_and_the_shell() {
    need("shells");
    let text = prop_oneof![
        any::<String>(),
        r#"[\\'"$`{}u0-9a-f\n\r\t *&;|<>()#~!?\[\]=%-]{0,40}"#,
        r"(\\u[0-9a-f]{4}|\\|\*/|\$\{|')*",
        "\\PC{0,20}",
    ];
    let config = Config {
        cases: 3,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&prop::collection::vec(text, 1000), |texts| {
            survives(&texts);
            Ok(())
        })
        .unwrap();
}

fn survives(texts: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let expressions: Vec<String> = texts.iter().map(|text| string(text).to_string()).collect();
    let mixed = texts.iter().map(|text| {
        interpolated([
            Piece::Text(text),
            Piece::Expression("7 * 6"),
            Piece::Text(text),
        ])
        .to_string()
    });
    let values = evaluate(folder.path(), expressions.into_iter().chain(mixed));
    let (literals, mixed) = values.split_at(texts.len());
    let mut commands = Vec::new();
    for (text, (value, command)) in texts.iter().zip(literals) {
        assert_eq!(text, value);
        commands.push(command);
    }
    for (text, (value, _)) in texts.iter().zip(mixed) {
        assert_eq!(&format!("{text}42{text}"), value);
    }
    // No argument of a program can hold a NUL.
    let possible = |text: &String| !text.contains('\0');
    let script: String = texts
        .iter()
        .zip(&commands)
        .filter(|(text, _)| possible(text))
        .map(|(_, command)| format!("{command}\nprintf '\\0'\n"))
        .collect();
    for shell in [vec!["dash"], vec!["busybox", "sh"]] {
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let text = script.clone();
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        let words = String::from_utf8(output.stdout).unwrap();
        let words: Vec<&str> = words.split_terminator('\0').collect();
        let expected: Vec<&String> = texts.iter().filter(|text| possible(text)).collect();
        assert_eq!(words, expected, "{shell:?}");
    }
}

/// The value of each Groovy expression, and the shell command that the library makes of it.
fn evaluate(folder: &Path, expressions: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let file = folder.join("expressions");
    let lines: Vec<String> = expressions.collect();
    fs_err::write(&file, lines.join("\n")).unwrap();
    let var = support::repository().join("templates/vars/stepSupport.groovy");
    let output = java("cps")
        .arg("evaluate")
        .arg(file)
        .arg(var)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let decode = |word: &str| String::from_utf8(STANDARD.decode(word).unwrap()).unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let (value, command) = line.split_once('\t').unwrap();
            (decode(value), decode(command))
        })
        .collect()
}

/// Runs the harness on files: whether it accepted all of them, and a line for each.
fn judge(engine: &str, arguments: &[&str], files: &[PathBuf]) -> (bool, String) {
    let output = java(engine).args(arguments).args(files).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.code().is_some_and(|code| code < 2),
        "{stderr}"
    );
    (output.status.success(), stdout)
}

/// Writes every distinct rendered file with the ending, each into a folder of its own, because the names are those of classes.
fn distinct(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut written = Vec::new();
    for workspace in workspaces() {
        for (path, text) in Workspace::rendered_from(&workspace).output() {
            if path.ends_with(ending) && seen.insert(text.clone()) {
                let own = folder.join(seen.len().to_string());
                std::fs::create_dir(&own).unwrap();
                let file = own.join(Path::new(&path).file_name().unwrap());
                fs_err::write(&file, text).unwrap();
                written.push(file);
            }
        }
    }
    written
}

fn names(list: &serde_json::Value) -> BTreeSet<&str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item["name"].as_str()).collect()
}
