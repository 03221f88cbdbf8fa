//! `check`: whether the library on the disk is what the TOML says.

use serde_json::json;

use super::output::{files_json, line, words};
use super::{Context, End};
use crate::diagnostic::count;
use crate::plan::{Action, Plan, Wishes};
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>) -> Result<End, Failure> {
    let library = context.load()?;
    let plan = context.plan(&library, &Wishes::default())?;
    let output = context.output;
    if output.is_json() {
        output.json(json!({
            "clean": plan.is_clean(),
            "files": files_json(&plan.changes, |action| words(action).1),
        }))?;
    } else {
        output.text(&differences(&plan))?;
        output.conflicts(&plan)?;
        output.sentence(&summary(&plan))?;
    }
    Ok(if plan.is_clean() {
        End::Fine
    } else {
        End::Differences
    })
}

/// A line for each file that differs.
fn differences(plan: &Plan) -> String {
    let differing = plan
        .changes
        .iter()
        .filter(|change| change.action != Action::Keep);
    differing
        .map(|change| {
            let (_, word, style) = words(change.action);
            line(word, style, change.path.as_str())
        })
        .collect()
}

fn summary(plan: &Plan) -> String {
    if plan.is_clean() {
        let files = count(plan.changes.len(), "file");
        return format!("{files} as rendered");
    }
    let differing = plan
        .changes
        .iter()
        .filter(|change| change.action != Action::Keep)
        .count();
    let verb = if differing == 1 { "differs" } else { "differ" };
    let resolve = match plan.conflicts().count() {
        0 => String::new(),
        conflicts => format!("resolve {}, ", count(conflicts, "conflict")),
    };
    format!(
        "{} {verb} from the description: {resolve}run `jenkinsgen render` and commit the result",
        count(differing, "file")
    )
}
