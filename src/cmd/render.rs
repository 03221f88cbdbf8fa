//! `render`: writes the library.

use serde_json::json;

use super::output::{files_json, line, words};
use super::{Context, End, project};
use crate::apply::apply;
use crate::cli::RenderArgs;
use crate::diagnostic::count;
use crate::plan::{Action, Plan, Wishes};
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>, args: &RenderArgs) -> Result<End, Failure> {
    let library = context.load()?;
    for name in &args.selection.projects {
        project(&library, name)?;
    }
    let wishes = Wishes {
        force: args.force,
        projects: args.selection.projects.clone(),
    };
    let plan = context.plan(&library, &wishes)?;
    let conflicts = plan.conflicts().count();
    let write = conflicts == 0 && !args.dry_run;
    if write {
        let changes = plan.changes.iter();
        let files = changes.filter(|change| change.action.writes()).count();
        let files = count(files, "file");
        context.output.doing(&format!("writing {files}"));
        apply(&context.root, &plan)?;
    }

    let output = context.output;
    if output.is_json() {
        output.json(json!({
            "written": write,
            "files": files_json(&plan.changes, |action| words(action).0),
        }))?;
    } else {
        if conflicts == 0 {
            output.text(&report(&plan, args.dry_run))?;
        }
        output.conflicts(&plan)?;
        if conflicts > 0 {
            let files = count(conflicts, "conflict");
            output.note(&format!("{files}; nothing was written\n"))?;
        }
    }
    Ok(if conflicts > 0 {
        End::Error
    } else if args.dry_run && !plan.is_clean() {
        End::Differences
    } else {
        End::Fine
    })
}

/// A line for each file that changed, one for those that did not, and a summary.
fn report(plan: &Plan, dry_run: bool) -> String {
    let number = |wanted: Action| {
        let changes = plan.changes.iter();
        changes.filter(|change| change.action == wanted).count()
    };
    let mut text = String::new();
    for change in &plan.changes {
        let (word, _, style) = words(change.action);
        if change.action != Action::Keep {
            text.push_str(&line(word, style, change.path.as_str()));
        }
    }
    let kept = number(Action::Keep);
    if plan.is_clean() {
        text.push_str(&format!("nothing changed: {} up to date\n", are(kept)));
        return text;
    }
    let (word, _, style) = words(Action::Keep);
    if kept > 0 {
        text.push_str(&line(word, style, &count(kept, "file")));
    }
    text.push_str(&format!(
        "{} created, {} updated, {} deleted, {kept} kept{}\n",
        number(Action::Create),
        number(Action::Update),
        number(Action::Delete),
        if dry_run {
            "; nothing was written (dry run)"
        } else {
            ""
        },
    ));
    text
}

fn are(files: usize) -> String {
    let verb = if files == 1 { "is" } else { "are" };
    format!("{} {verb}", count(files, "file"))
}
