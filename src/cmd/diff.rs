//! `diff`: what `render` would change, as a unified diff that `patch` understands.

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::output::{BOLD, CYAN, GREEN, RED, words};
use super::{Context, End, project};
use crate::cli::Selection;
use crate::lock::LOCK_FILE;
use crate::plan::{Action, Change, Conflict, Wishes};
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>, selection: &Selection) -> Result<End, Failure> {
    let library = context.load()?;
    for name in &selection.projects {
        project(&library, name)?;
    }
    let wishes = Wishes {
        projects: selection.projects.clone(),
        ..Wishes::default()
    };
    let plan = context.plan(&library, &wishes)?;
    // The lock file follows from the others: it is shown only if it alone differs.
    let differs = |change: &&Change| change.action != Action::Keep;
    let mut differing: Vec<&Change> = plan.changes.iter().filter(differs).collect();
    if differing.len() > 1 {
        differing.retain(|change| change.path != LOCK_FILE);
    }
    let output = context.output;
    if output.is_json() {
        let files: Vec<Value> = differing
            .iter()
            .map(|change| {
                json!({
                    "path": change.path.as_str(),
                    "status": words(change.action).1,
                    "diff": unified(change)
                        .map(|diff| anstream::adapter::strip_str(&diff).to_string()),
                })
            })
            .collect();
        output.json(json!({ "files": files }))?;
    } else {
        for diff in differing.into_iter().filter_map(unified) {
            output.text(&diff)?;
        }
        output.conflicts(&plan)?;
    }
    Ok(if plan.is_clean() {
        End::Fine
    } else {
        End::Differences
    })
}

/// The unified diff of one file, coloured. It shows an edit by hand, and nothing of the other conflicts: `render` never touches those files.
fn unified(change: &Change) -> Option<String> {
    if !change.action.writes() && change.action != Action::Conflict(Conflict::Edited) {
        return None;
    }
    let before = change.before.as_deref().map(String::from_utf8_lossy);
    let after = change.after.as_deref();
    let name = |side: &str, is_there: bool| match is_there {
        true => format!("{side}/{}", change.path),
        false => "/dev/null".to_owned(),
    };
    let mut text = format!(
        "{BOLD}--- {}{BOLD:#}\n{BOLD}+++ {}{BOLD:#}\n",
        name("a", before.is_some()),
        name("b", after.is_some())
    );
    let before = before.unwrap_or_default();
    let diff = TextDiff::from_lines(before.as_ref(), after.unwrap_or_default());
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&format!("{CYAN}{}{CYAN:#}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', Some(RED)),
                ChangeTag::Insert => ('+', Some(GREEN)),
                ChangeTag::Equal => (' ', None),
            };
            let line = change.value().trim_end_matches('\n');
            let style = style.unwrap_or_default();
            text.push_str(&format!("{style}{sign}{line}{style:#}\n"));
            if change.missing_newline() {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    Some(text)
}
