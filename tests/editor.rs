//! What an editor shows of the schemas: the language server of VS Code's Even Better TOML, on files with the `#:schema` lines that `init` writes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::io::Write as _;
use std::process::{Command, Stdio};

use jenkinsgen::config::{self, KeyPath};
use serde_json::{Value, json};
use support::engines::{engines, need};
use support::{Workspace, repository};

/// What the editor shows of a file.
fn shown(
    workspace: &Workspace,
    path: &str,
    hover: &[(usize, usize)],
    complete: &[(usize, usize)],
) -> Value {
    need("taplo");
    let mut editor = Command::new("node")
        .arg(repository().join("tests/engines/taplo/editor.cjs"))
        .arg(engines().join("taplo-lsp.js"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let request = json!({
        "folder": workspace.path(),
        "path": path,
        "text": workspace.read(path),
        "hover": hover,
        "complete": complete,
    });
    let mut stdin = editor.stdin.take().unwrap();
    stdin.write_all(request.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = editor.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{log}"))
}

/// This repository's workspace: the article's service.
fn workspace() -> Workspace {
    Workspace::rendered_from(&repository())
}

/// Every key and table that a file writes on a line of its own, and where its name stands. In lists of tables Taplo shows nothing, with any schema.
fn written(text: &str) -> Vec<(KeyPath, (usize, usize))> {
    let mut table = Some(String::new());
    let mut found = Vec::new();
    for (line, words) in text.lines().enumerate() {
        let (path, column) = if let Some(header) = words.strip_prefix('[') {
            let header = header.strip_suffix(']').unwrap();
            let is_list = header.starts_with('[');
            table = (!is_list).then(|| format!("{header}."));
            (header.to_owned(), header.len())
        } else {
            match (&table, words.split_once(" = ")) {
                (Some(table), Some((key, _))) => (format!("{table}{key}"), 0),
                _ => continue,
            }
        };
        // Other lines are not that simple.
        if let (Some(_), Ok(path)) = (&table, path.parse()) {
            found.push((path, (line, column)));
        }
    }
    found
}

/// The same words as by `explain` and in the reference.
#[test]
fn an_editor_shows_what_a_key_means() {
    let workspace = workspace();
    let mut seen = 0;
    for path in ["jenkinsgen.toml", "projects/service.toml"] {
        let keys = written(&workspace.read(path));
        let places: Vec<(usize, usize)> = keys.iter().map(|(_, place)| *place).collect();
        let shown = shown(&workspace, path, &places, &[]);
        for ((key, _), told) in keys.iter().zip(shown["hover"].as_array().unwrap()) {
            let meaning = config::key(key).unwrap().description();
            let told = told.as_str().unwrap_or_default();
            let told: Vec<&str> = told.split_whitespace().collect();
            assert_eq!(told.join(" "), meaning, "{path}: {key}");
            seen += 1;
        }
        assert_eq!(shown["complaints"], json!([]), "{path}");
    }
    assert!(seen > 60, "only {seen} keys were looked at");
}

/// Each key once, and each word with what it means.
#[test]
fn an_editor_completes_keys_and_words() {
    let workspace = workspace();
    let text = "#:schema ../.jenkinsgen/project.schema.json\n[scan]\nfail_on = \"high\"\n\n";
    let text = format!("{text}[[publish]]\n\n");
    workspace.write("projects/new.toml", &text);
    let places = [(3, 0), (2, 12), (5, 0)];
    let shown = shown(&workspace, "projects/new.toml", &[], &places);
    let labels = |list: &Value| -> Vec<String> {
        let items = list.as_array().unwrap().iter();
        items
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    };
    let [keys, words, in_list] = [0, 1, 2].map(|place| &shown["complete"][place]);
    assert_eq!(labels(in_list), config::keys(&KeyPath::from("publish")));
    let mut wanted = config::keys(&KeyPath::from("scan"));
    wanted.retain(|key| *key != "fail_on");
    assert_eq!(labels(keys), wanted);
    let fail_on = config::key(&KeyPath::from("scan.fail_on")).unwrap();
    let wanted: Vec<Value> = fail_on
        .words()
        .map(|(word, meaning)| json!({ "label": format!("\"{word}\""), "meaning": meaning }))
        .collect();
    assert_eq!(words.as_array().unwrap(), &wanted);
}

#[test]
fn an_editor_underlines_mistakes() {
    let workspace = workspace();
    let text = "#:schema ../.jenkinsgen/project.schema.json\n[version]\nliteral = 1\n\n[scan]\nfail_onn = \"high\"\nscope = \"all\"\n";
    workspace.write("projects/new.toml", text);
    let shown = shown(&workspace, "projects/new.toml", &[], &[]);
    let complaints = shown["complaints"].as_array().unwrap();
    for (line, part) in [
        (2, "1 is not of type \"string\""),
        // The table in which the key is unknown.
        (4, "'fail_onn' was unexpected"),
        (6, "\"all\" is not one of"),
    ] {
        let told = complaints
            .iter()
            .any(|one| one["line"] == line && one["message"].as_str().unwrap().contains(part));
        assert!(told, "{line}: {part}: {complaints:?}");
    }
}
