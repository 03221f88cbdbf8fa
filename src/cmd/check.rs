//! `check`: whether the library on the disk is what the TOML says.

use camino::Utf8Path;
use serde_json::json;

use super::output::{files_json, line, words};
use super::{Context, End};
use crate::checkout::git;
use crate::cli::Format;
use crate::diagnostic::{Severity, count};
use crate::github::Annotation;
use crate::markdown;
use crate::plan::{Action, Change, Plan, Wishes};
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>) -> Result<End, Failure> {
    let library = context.load()?;
    let plan = context.plan(&library, &Wishes::default())?;
    let output = context.output;
    match output.format() {
        Format::Json => output.json(json!({
            "clean": plan.is_clean(),
            "files": files_json(&plan.changes, |action| words(action).1),
        }))?,
        Format::Github => output.text(&annotations(&plan, &git::below_top(&context.root)))?,
        Format::Markdown => output.text(&comment(&plan))?,
        Format::Plain => {
            output.text(&differences(&plan))?;
            output.conflicts(&plan)?;
            output.sentence(&summary(&plan))?;
        }
    }
    Ok(if plan.is_clean() {
        End::Fine
    } else {
        End::Differences
    })
}

/// A line for each file that differs.
fn differences(plan: &Plan) -> String {
    let line = |change: &Change| {
        let (_, word, style) = words(change.action);
        line(word, style, change.path.as_str())
    };
    differing(plan).map(line).collect()
}

fn differing(plan: &Plan) -> impl Iterator<Item = &Change> {
    let changes = plan.changes.iter();
    changes.filter(|change| change.action != Action::Keep)
}

/// How many files differ, and what to do.
fn summary(plan: &Plan) -> String {
    let number = differing(plan).count();
    if number == 0 {
        return format!("{} as rendered", count(plan.changes.len(), "file"));
    }
    let verb = if number == 1 { "differs" } else { "differ" };
    let resolve = match plan.conflicts().count() {
        0 => String::new(),
        conflicts => format!("resolve {}, ", count(conflicts, "conflict")),
    };
    format!(
        "{} {verb} from the description: {resolve}run `jenkinsgen render` and commit the result",
        count(number, "file")
    )
}

/// What is wrong with a file, and the way out.
fn remedy(change: &Change) -> String {
    match change.action {
        Action::Conflict(conflict) => format!(
            "{} {}; {}",
            change.path,
            conflict.reason(),
            conflict.way_out()
        ),
        action => format!(
            "{} is {}: run `jenkinsgen render` and commit the result",
            change.path,
            words(action).1
        ),
    }
}

/// `folder`: that of the workspace in its repository.
fn annotations(plan: &Plan, folder: &Utf8Path) -> String {
    let annotation = |change: &Change| {
        let message = remedy(change);
        Annotation::new(Severity::Error, "jenkinsgen check", &message)
            .file(folder.join(&change.path).as_str())
            .to_string()
    };
    differing(plan).map(annotation).collect()
}

fn comment(plan: &Plan) -> String {
    let mut text = format!(
        "### jenkinsgen check\n\n{}\n",
        markdown::text(&summary(plan))
    );
    let mut rows = Vec::new();
    let mut length = 0;
    for change in differing(plan) {
        let note = match change.action {
            Action::Conflict(conflict) => conflict.way_out(),
            _ => "",
        };
        let row = [
            markdown::text(words(change.action).1),
            markdown::code(change.path.as_str()),
            markdown::text(note),
        ];
        length += row.iter().map(String::len).sum::<usize>();
        if length > markdown::MAX_LENGTH {
            break;
        }
        rows.push(row);
    }
    let more = differing(plan).count() - rows.len();
    if !rows.is_empty() {
        text.push_str(&format!("\n{}", markdown::table(["", "File", ""], rows)));
    }
    if more > 0 {
        text.push_str(&format!("\n{more} more did not fit here.\n"));
    }
    text
}
