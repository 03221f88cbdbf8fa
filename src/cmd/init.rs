//! `init`: begins a workspace or describes a service.

use std::io;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::output::{BOLD, CYAN, DIMMED, GREEN, YELLOW, fitted, line};
use super::{Context, End};
use crate::cli::InitArgs;
use crate::init::{Outcome, Request, init};
use crate::shell::quote;
use crate::workspace::Failure;

/// So many things that were not carried over are printed; the file and the JSON document have more.
const MAX_LEFT: usize = 20;

pub(super) fn run(context: &Context, args: &InitArgs) -> Result<End, Failure> {
    let outcome = init(&Request {
        root: &context.root,
        library: args.name.as_deref(),
        project: args.project.as_deref(),
        from: args.from.as_deref(),
    })?;
    let file = format!("projects/{}.toml", outcome.project);
    match context.output.is_json() {
        true => context.output.json(document(&outcome, &file))?,
        false => context
            .output
            .text(&report(&outcome, &file, args.from.as_deref()))?,
    }
    Ok(End::Fine)
}

fn report(outcome: &Outcome, file: &str, checkout: Option<&Utf8Path>) -> String {
    let mut text = String::new();
    for path in &outcome.created {
        text.push_str(&line("created", GREEN, path.as_str()));
    }
    let mut part = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{BOLD}{title}{BOLD:#}\n"));
            for line in lines {
                text.push_str(&format!("{line}\n"));
            }
        }
    };
    let fit = |line: String| fitted(&line, "    ", &io::stdout());
    let found = outcome.found.iter();
    part(
        "Found",
        found
            .map(|(what, known)| fit(format!("  {CYAN}{what}{CYAN:#}: {known}")))
            .collect(),
    );
    let unsure = outcome.unsure.iter();
    part(
        "To look at",
        unsure
            .map(|unsure| {
                // The file goes on with what is proposed.
                let more = match unsure.message.ends_with(':') {
                    true => " …",
                    false => "",
                };
                fit(format!(
                    "  {YELLOW}{file}:{}{YELLOW:#} {}{more}",
                    unsure.line, unsure.message
                ))
            })
            .collect(),
    );
    let mut left = Vec::new();
    let mut last_reason = None;
    for item in outcome.left.iter().take(MAX_LEFT) {
        left.push(fit(format!(
            "  {YELLOW}Jenkinsfile:{}{YELLOW:#} {}",
            item.line,
            shorten(&item.what)
        )));
        if let Some(reason) = item.reason.filter(|reason| last_reason != Some(*reason)) {
            left.push(fit(format!("    {DIMMED}{reason}{DIMMED:#}")));
        }
        last_reason = item.reason;
    }
    let more = outcome.left.len().saturating_sub(MAX_LEFT);
    if more > 0 {
        left.push(format!(
            "  and {more} more, which stand at the end of {file}"
        ));
    }
    part("Not carried over", left);
    part("Next", next(outcome, file, checkout));
    text
}

/// What to do now.
fn next(outcome: &Outcome, file: &str, checkout: Option<&Utf8Path>) -> Vec<String> {
    let project = &outcome.project;
    let mut steps = vec![format!("Read {file}, and mend it where it is wrong")];
    if let Some(checkout) = checkout {
        // The old pipeline goes on until the new one is known to work.
        let (file, option) = match outcome.has_jenkinsfile {
            true => ("Jenkinsfile.new", " --jenkinsfile Jenkinsfile.new"),
            false => ("Jenkinsfile", ""),
        };
        steps.push(format!(
            "jenkinsgen jenkinsfile {project} > {}",
            quote(checkout.join(file).as_str())
        ));
        steps.push(format!(
            "jenkinsgen verify {project} {}{option}",
            quote(checkout.as_str())
        ));
    }
    steps.push("jenkinsgen render, and commit all of it".to_owned());
    if let Some(library) = &outcome.library {
        steps.push(format!(
            "In Jenkins add this repository as the global library `{library}`"
        ));
    }
    if let (Some(checkout), true) = (checkout, outcome.has_jenkinsfile) {
        let file = |name: &str| quote(checkout.join(name).as_str()).to_string();
        steps.push(format!(
            "When builds of the new pipeline are right: mv {} {}",
            file("Jenkinsfile.new"),
            file("Jenkinsfile")
        ));
    }
    if checkout.is_none() {
        steps.push(format!(
            "jenkinsgen jenkinsfile {project} prints what stands in the service's repository"
        ));
    }
    steps
        .iter()
        .zip(1..)
        .map(|(step, number)| format!("  {number}. {step}"))
        .collect()
}

fn shorten(text: &str) -> String {
    const MAX: usize = 100;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn document(outcome: &Outcome, file: &str) -> Value {
    let created = outcome.created.iter();
    let found = outcome.found.iter();
    let unsure = outcome.unsure.iter();
    let left = outcome.left.iter();
    json!({
        "library": outcome.library,
        "project": outcome.project,
        "files": created.map(|path| json!({ "path": path.as_str(), "status": "created" })).collect::<Vec<_>>(),
        "found": found.map(|(what, known)| json!({ "what": what, "known": known })).collect::<Vec<_>>(),
        "unsure": unsure.map(|unsure| json!({ "file": file, "line": unsure.line, "message": unsure.message })).collect::<Vec<_>>(),
        "left": left.map(|left| json!({ "file": "Jenkinsfile", "line": left.line, "what": left.what, "reason": left.reason })).collect::<Vec<_>>(),
    })
}
