//! `explain`: where the values of a project come from, and what their keys mean.

use std::io;

use anyhow::bail;
use serde_json::{Value, json};

use super::output::{BOLD, CYAN, DIMMED, aligned, fitted};
use super::{Context, End, project};
use crate::cli::ExplainArgs;
use crate::config::{self, DEFAULTS, Key, KeyPath};
use crate::diagnostic::listing;
use crate::model::{Library, Origin, Project, Setting};
use crate::workspace::Failure;

pub(super) fn run(context: &Context, args: &ExplainArgs) -> Result<End, Failure> {
    let library = context.load()?;
    let project = project(&library, &args.project)?;
    let asked = match &args.key {
        Some(text) => Some(key(text)?),
        None => None,
    };
    let settings = project.settings.iter().chain(&library.settings);
    let mut settings = Setting::in_order(settings);
    if let Some((path, _)) = &asked {
        settings.retain(|setting| concerns(setting, path));
    }
    let output = &context.output;
    if output.is_json() {
        let settings = settings.iter().map(|setting| to_json(&library, setting));
        output.json(json!({
            "project": project.name.as_str(),
            "file": project.file.as_str(),
            "settings": settings.collect::<Vec<Value>>(),
            "key": asked.as_ref().map(|(path, key)| meaning_json(path, key)),
        }))?;
        return Ok(End::Fine);
    }
    let mut text = table(&library, &settings);
    match &asked {
        None => text.insert_str(0, &heading(project)),
        Some((path, key)) => {
            if settings.is_empty() {
                let path = path.with_positions();
                text.push_str(&format!("{BOLD}{path}{BOLD:#} is not set\n"));
            }
            text.push_str(&meaning(path, key));
        }
    }
    output.text(&text)?;
    Ok(End::Fine)
}

/// Whether a value stands at the place that a user asks for, or around it: a list is one value. Without positions, all items of a list are asked for.
fn concerns(setting: &Setting, asked: &KeyPath) -> bool {
    let at = match asked.without_positions() == *asked {
        true => setting.key.without_positions(),
        false => setting.key.clone(),
    };
    let is_at = |at: &KeyPath| at.is_within(asked) || asked.is_within(at);
    // A key in `[defaults]` is that of a project.
    let is_of_project = config::is_of_project(&at);
    is_at(&at) || is_of_project && is_at(&KeyPath::from(DEFAULTS).join(&at))
}

/// The key of the language that a user asks for.
fn key(text: &str) -> anyhow::Result<(KeyPath, Key<'static>)> {
    let Ok(path) = KeyPath::at_positions(text) else {
        bail!("`{text}` is no key; write it with dots, such as `scan.fail_on`");
    };
    match config::key(&path) {
        Ok(key) => Ok((path, key)),
        Err(nearest) => {
            let path = path.with_positions();
            match nearest {
                Some(nearest) => {
                    bail!("the language has no key `{path}`; did you mean `{nearest}`?")
                }
                None => bail!(
                    "the language has no key `{path}`; `jenkinsgen explain PROJECT` lists those that are set"
                ),
            }
        }
    }
}

fn heading(project: &Project) -> String {
    format!(
        "{BOLD}{}{BOLD:#}, described in {}\n\n",
        project.name, project.file
    )
}

/// A line for each value, below its table; each table is aligned by itself, so that one long value does not push all the others aside.
fn table(library: &Library, settings: &[&Setting]) -> String {
    let table = |setting: &&Setting| setting.key.table_and_key().0;
    let tables = settings.chunk_by(|one, next| table(one) == table(next));
    let tables = tables.map(|settings| {
        let rows = settings.iter().map(|setting| {
            let style = match setting.origin {
                Origin::Default => DIMMED,
                Origin::Written(_) => CYAN,
            };
            let origin = origin(library, setting);
            let (_, key) = setting.key.table_and_key();
            [
                key,
                setting.value.clone(),
                format!("{style}{origin}{style:#}"),
            ]
        });
        let rows = aligned(&rows.collect::<Vec<_>>());
        match settings.first().map(table).filter(|name| !name.is_empty()) {
            Some(name) => format!("{BOLD}[{name}]{BOLD:#}\n{rows}"),
            None => rows,
        }
    });
    tables.collect::<Vec<String>>().join("\n")
}

fn origin(library: &Library, setting: &Setting) -> String {
    let locked = if is_locked(library, setting) {
        " (locked)"
    } else {
        ""
    };
    match &setting.origin {
        Origin::Default => format!("default{locked}"),
        Origin::Written(place) => {
            let (line, _) = place.line_and_column();
            format!("{}:{line}{locked}", place.source.path)
        }
    }
}

fn is_locked(library: &Library, setting: &Setting) -> bool {
    library
        .locked
        .iter()
        .any(|locked| setting.key.is_within(locked))
}

/// What a key means, in the words of the schema.
fn meaning(path: &KeyPath, key: &Key<'_>) -> String {
    let mut text = format!("\n{}\n", fitted(&key.description(), "", &io::stdout()));
    let words: Vec<[String; 2]> = key
        .words()
        .map(|(word, meaning)| [format!("  \"{word}\""), meaning.to_owned()])
        .collect();
    text.push_str(&aligned(&words));
    text.push('\n');
    let mut row = |title: &str, what: &str| {
        let row = format!("{DIMMED}{title:<7}{DIMMED:#}  {what}");
        text.push_str(&format!("{}\n", fitted(&row, "         ", &io::stdout())));
    };
    let (keys, each): (Vec<&str>, Vec<&str>) = (key.keys().collect(), key.keys_of_each().collect());
    match (&keys[..], &each[..]) {
        ([_, ..], []) => row("keys", &listing(keys)),
        (_, []) => row("type", &key.takes()),
        (_, [_, ..]) => {
            row("type", &key.takes());
            row("each", &listing(each));
        }
    }
    if let Some(names) = key.names() {
        row("names", names);
    }
    if let Some(default) = key.default() {
        row("default", &default.to_string());
    }
    let last = path
        .steps()
        .last()
        .map(|step| KeyPath::from_iter([step.clone()]));
    for (example, last) in key.examples().zip(std::iter::repeat(last).flatten()) {
        row("example", &format!("{last} = {}", toml(example)));
    }
    text
}

/// An example in TOML's notation.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{} = {}", KeyPath::default().key(key), toml(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn to_json(library: &Library, setting: &Setting) -> Value {
    let place = match &setting.origin {
        Origin::Default => Value::Null,
        Origin::Written(place) => {
            let (line, column) = place.line_and_column();
            json!({ "file": place.source.path.as_str(), "line": line, "column": column })
        }
    };
    json!({
        "key": setting.key.with_positions(),
        "value": setting.value,
        "written": place,
        "locked": is_locked(library, setting),
    })
}

fn meaning_json(path: &KeyPath, key: &Key<'_>) -> Value {
    json!({
        "key": path.to_string(),
        "description": key.description(),
        "type": key.takes(),
        "names": key.names(),
        "default": key.default(),
        "examples": key.examples().collect::<Vec<_>>(),
        "words": key.words().map(|(word, meaning)| json!({ "word": word, "meaning": meaning })).collect::<Vec<_>>(),
    })
}
