//! `diff`: what `render` would change, as a unified diff that `patch` understands; or what Jenkins does otherwise than at a revision.

use serde_json::{Value, json};

use super::output::{columns, words};
use super::{Context, End, project};
use crate::behaviour::{self, Review, Summary};
use crate::cli::{DiffArgs, Format, Selection};
use crate::lock::LOCK_FILE;
use crate::plan::{Action, Change, Conflict, Wishes};
use crate::revision::Revision;
use crate::texts::{self, TextChange};
use crate::workspace::Failure;

pub(super) fn run(context: &Context, args: &DiffArgs) -> Result<End, Failure> {
    match &args.against {
        Some(revision) => against(context, revision, args),
        None => with_disk(context, &args.selection),
    }
}

/// What render would change.
fn with_disk(context: &Context, selection: &Selection) -> Result<End, Failure> {
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
    let after = change.after.as_deref().map(str::as_bytes);
    Some(texts::unified(
        &change.path,
        change.before.as_deref(),
        after,
    ))
}

/// What has changed since a revision.
fn against(context: &Context, name: &str, args: &DiffArgs) -> Result<End, Failure> {
    let library = context.load()?;
    let revision = Revision::read(&context.root, name)?;
    let workspace = revision.workspace()?;
    let before = workspace.as_ref().map(|workspace| &workspace.library);
    let only = &args.selection.projects;
    for name in only {
        // One that is gone may be asked for as well.
        if before.is_none_or(|before| before.project(name).is_none()) {
            project(&library, name)?;
        }
    }
    let mut texts = texts::compare(&context.root, revision.library_files(), (before, &library))?;
    if !only.is_empty() {
        texts.retain(only);
    }
    let summary = Summary::of(before, &library, only).with_files(&texts, (before, &library), only);
    let review = Review {
        revision: name,
        existed: workspace.is_some(),
        summary: &summary,
        texts: &texts.changes,
    };
    let output = &context.output;
    match output.format() {
        Format::Json => output.json(document(&revision, &review, args.summary)?)?,
        Format::Markdown => output.text(&behaviour::markdown(&review, args.summary))?,
        Format::Plain | Format::Github => {
            output.text(&behaviour::plain(&review, columns()))?;
            let shown = if args.summary { &[][..] } else { review.texts };
            for (index, text) in shown.iter().enumerate() {
                let gap = if index == 0 { "\n" } else { "" };
                output.text(&format!("{gap}{}", text.unified()))?;
            }
        }
    }
    Ok(match review.is_empty() {
        true => End::Fine,
        false => End::Differences,
    })
}

fn document(revision: &Revision, review: &Review<'_>, only_summary: bool) -> anyhow::Result<Value> {
    let file = |text: &TextChange| {
        let mut file = json!({
            "path": text.path.as_str(),
            "status": text.status(),
            "project": text.project.as_ref().map(|project| project.as_str()),
        });
        if let (false, Some(fields)) = (only_summary, file.as_object_mut()) {
            let diff = anstream::adapter::strip_str(&text.unified()).to_string();
            fields.insert("diff".to_owned(), diff.into());
        }
        file
    };
    Ok(json!({
        "against": {
            "revision": revision.name,
            "commit": revision.commit,
            "workspace": review.existed,
        },
        "summary": serde_json::to_value(review.summary)?,
        "files": review.texts.iter().map(file).collect::<Vec<Value>>(),
    }))
}
