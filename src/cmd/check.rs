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
        output.text(&report(&plan))?;
        output.conflicts(&plan)?;
    }
    Ok(if plan.is_clean() {
        End::Fine
    } else {
        End::Differences
    })
}

fn report(plan: &Plan) -> String {
    if plan.is_clean() {
        let files = count(plan.changes.len(), "file");
        return format!("{files} as rendered\n");
    }
    let mut text = String::new();
    let mut differing = 0;
    for change in &plan.changes {
        if change.action != Action::Keep {
            differing += 1;
            let (_, word, style) = words(change.action);
            text.push_str(&line(word, style, change.path.as_str()));
        }
    }
    let verb = if differing == 1 { "differs" } else { "differ" };
    let resolve = match plan.conflicts().count() {
        0 => String::new(),
        conflicts => format!("resolve {}, ", count(conflicts, "conflict")),
    };
    text.push_str(&format!(
        "{} {verb} from the description: {resolve}run `jenkinsgen render` and commit the result\n",
        count(differing, "file")
    ));
    text
}
