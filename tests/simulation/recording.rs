//! What a reviewer reads: the steps of a build in order, with what they did.

use std::path::Path;

use serde_json::Value;

use crate::support::simulator::{Event, Report};
use crate::world;

/// Texts that are longer are left out: they stand in the rendered files.
const LONG: usize = 300;

/// One build as a reviewer reads it.
pub struct Recording {
    /// The scenario.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// See [`lines`].
    pub lines: Vec<String>,
}

/// The lines of a recording.
pub fn lines(report: &Report, folder: &Path) -> Vec<String> {
    let folder_name = folder.to_str().unwrap();
    let commit = world::commit(folder);
    let stable = |text: String| {
        text.replace(&format!("{folder_name}/work space@tmp"), "[TMP]")
            .replace(&format!("{folder_name}/work space"), "[WORKSPACE]")
            .replace(&format!("{folder_name}/secrets"), "[SECRETS]")
            .replace(&commit, "[COMMIT]")
            .replace(world::DIGEST, "[DIGEST]")
    };
    let mut lines = Vec::new();
    for event in &report.events {
        for line in event_lines(event) {
            lines.push(stable(format!(
                "{:width$}{line}",
                "",
                width = event.depth * 2
            )));
        }
    }
    let error = report.error.as_deref().map(|error| format!(": {error}"));
    lines.push(stable(format!(
        "=> {}{}",
        report.result,
        error.unwrap_or_default()
    )));
    lines
}

fn event_lines(event: &Event) -> Vec<String> {
    let mut head = event.step.clone();
    let mut body = Vec::new();
    if event.step == "sh" {
        let container = event.container.as_deref().unwrap_or("jnlp");
        head.push_str(&format!(" in {container}: {}", event.text("label")));
        body.extend(
            event
                .text("script")
                .lines()
                .map(|line| format!("  | {line}")),
        );
    } else if !event.arguments.is_empty() {
        let arguments: Vec<String> = event
            .arguments
            .iter()
            .map(|(name, value)| format!("{name}: {}", plain(value)))
            .collect();
        head.push_str(&format!(" {}", arguments.join(", ")));
    }
    let status = event.status.filter(|status| *status != 0);
    let outcome = match (event.outcome.as_str(), status) {
        ("failed" | "interrupted", _) if !event.block => {
            format!(
                "  !! {}: {}",
                event.outcome,
                event.error.as_deref().unwrap_or_default()
            )
        }
        (_, Some(status)) => format!("  -> exit code {status}"),
        _ if !event.published.is_empty() => format!("  -> {}", event.published.join(", ")),
        _ => match &event.value {
            Some(value) if event.step != "sh" && value.len() < 100 => {
                format!("  -> {}", value.trim())
            }
            _ => String::new(),
        },
    };
    let mut lines = vec![head];
    lines.extend(body);
    if let Some(last) = lines.last_mut() {
        last.push_str(&outcome);
    }
    lines
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.len() > LONG => "(long text)".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\n', "\\n")),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(fields) => match (fields.get("symbol"), fields.get("arguments")) {
            (Some(symbol), Some(Value::Object(arguments))) => {
                let arguments: Vec<String> = arguments
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", plain(value)))
                    .collect();
                format!(
                    "{}({})",
                    symbol.as_str().unwrap_or_default(),
                    arguments.join(", ")
                )
            }
            _ => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", plain(value)))
                    .collect();
                format!("[{}]", fields.join(", "))
            }
        },
        other => other.to_string(),
    }
}

/// The recordings of one project as one text. The first stands whole; of the others the last call that they share with it, and what follows.
pub fn text(recordings: &[Recording]) -> String {
    let mut text = String::new();
    let base = &recordings[0];
    for recording in recordings {
        let Recording { name, about, lines } = recording;
        text.push_str(&format!("## {name}: {about}\n"));
        let mut rest = &lines[..];
        if *name != base.name
            && let Some((last, next)) = shared(&base.lines, lines)
        {
            let place = place(&base.lines, last);
            text.push_str(&format!(
                "(as in \"{}\" up to this call{place})\n",
                base.name
            ));
            text.push_str(&format!("{}\n", lines[last]));
            rest = &lines[next..];
        }
        for line in rest {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Where the lines of a text that has recordings begin with a scenario's, by its name.
pub fn sections(text: &str) -> Vec<(&str, Vec<String>)> {
    let sections = text.split("\n## ");
    let sections = sections.map(|section| section.trim_start_matches("## ").lines());
    sections
        .map(|mut lines| {
            let title = lines.next().unwrap_or_default();
            let name = title.split(": ").next().unwrap_or_default();
            (name, lines.map(str::to_owned).collect())
        })
        .collect()
}

/// How two recordings differ: the first call that is not the same. `None` if they are equal.
pub fn difference(expected: &[String], found: &[String]) -> Option<String> {
    if expected == found {
        return None;
    }
    let (place, next) = match shared(expected, found) {
        Some((last, next)) => (
            format!("after{}:\n{}\n", place(expected, last), expected[last]),
            next,
        ),
        None => ("at once:\n".to_owned(), 0),
    };
    let call = |lines: &[String]| {
        let lines = &lines[next.min(lines.len())..];
        let end = lines.iter().skip(1).position(|line| !is_inside(line));
        let lines = &lines[..end.map_or(lines.len(), |end| end + 1)];
        if lines.is_empty() {
            "nothing more".to_owned()
        } else {
            lines.join("\n")
        }
    };
    Some(format!(
        "{place}- expected\n{}\n- found\n{}",
        call(expected),
        call(found)
    ))
}

/// Whether a line belongs to the call above it: a script's.
fn is_inside(line: &str) -> bool {
    line.trim_start().starts_with("| ")
}

/// The first line of the last call that two recordings share, and the first line after that call.
fn shared(a: &[String], b: &[String]) -> Option<(usize, usize)> {
    let equal = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    // Not in the midst of a call's lines.
    let inside = |lines: &[String]| lines.get(equal).is_some_and(|line| is_inside(line));
    let mut next = equal;
    if inside(a) || inside(b) {
        next = (0..equal).rev().find(|line| !is_inside(&a[*line]))?;
    }
    let last = (0..next).rev().find(|line| !is_inside(&a[*line]))?;
    Some((last, next))
}

/// The stage of a call, and which of several equal calls it is.
fn place(lines: &[String], call: usize) -> String {
    let is_stage = |line: &usize| lines[*line].trim_start().starts_with("stage name: ");
    let Some(stage) = (0..=call).rev().find(is_stage) else {
        return String::new();
    };
    let title = lines[stage].trim_start().trim_start_matches("stage name: ");
    let depth = |line: usize| lines[line].len() - lines[line].trim_start().len();
    let within = call == stage || depth(call) > depth(stage);
    let earlier = lines[stage..call]
        .iter()
        .filter(|line| **line == lines[call])
        .count();
    let again = match earlier {
        0 => String::new(),
        _ => format!(", for the {}. time", earlier + 1),
    };
    let how = if within { "in" } else { "after" };
    format!(" {how} the stage {title}{again}")
}
