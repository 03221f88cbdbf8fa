//! What it means that a step or a pushed name is given up or taken: it depends on who had it and who has it now.

use super::containers::Surroundings;
use super::subjects::{Verdict, because, risk};
use super::{Change, Kind};
use crate::model::Project;

/// Judges the step of a project, and the names that its images are pushed under. That another of its images is pushed under one now is told once.
pub(super) fn judge(
    mut changes: Vec<Change>,
    before: Option<&Project>,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Vec<Change> {
    changes.retain_mut(|change| {
        let (old, new) = (change.before.as_deref(), change.after.as_deref());
        let verdict = match (change.key.strip_prefix("publish."), new.or(old)) {
            (None, _) if change.key == "step" => {
                let taken = new.and_then(|step| surroundings.step_before(step));
                let taken = taken.filter(|other| *other != after.name.as_str());
                match (taken, old) {
                    (Some(other), _) => Some(risk(format!(
                        "Jenkinsfiles that call it ran the pipeline of {other}: what they build is released under these names now"
                    ))),
                    (None, Some(old)) => of_step(old, surroundings),
                    (None, None) => None,
                }
            }
            (Some(image), Some(name)) => {
                match of_name(image, name, change.kind, before, after, surroundings) {
                    Some(verdict) => verdict,
                    None => return false,
                }
            }
            _ => None,
        };
        if let Some((risk, reason)) = verdict {
            (change.risk, change.reason) = (risk, reason);
        }
        true
    });
    changes
}

/// What it means that a project has given up its step; `None`: nobody else has it.
pub(super) fn of_step(step: &str, surroundings: &Surroundings<'_>) -> Option<Verdict> {
    let other = surroundings.step_now(step)?;
    Some(risk(format!(
        "Jenkinsfiles that call {step} run the pipeline of {other} now, and release under its names"
    )))
}

/// What it means that an image is pushed under a name, or not any more; the inner `None`: what its key says. `None`: another image of the project is pushed
/// there, which is told of that one.
fn of_name(
    image: &str,
    name: &str,
    kind: Kind,
    before: Option<&Project>,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Option<Option<Verdict>> {
    let other = surroundings.other_pusher(name, after.name.as_str());
    let image_of = |project: &Project| {
        let mut names = project.pushed_names();
        let (image, _) = names.find(|(other, pushed)| other.as_str() != image && pushed == name)?;
        Some(image.to_string())
    };
    Some(match (kind, other) {
        (Kind::Removed, _) if image_of(after).is_some() => return None,
        (Kind::Removed, Some(other)) => Some(risk(format!(
            "{other} pushes there: whoever pulls it gets the image of that project"
        ))),
        (Kind::Removed, None) => None,
        (_, Some(other)) => Some(risk(format!(
            "{other} pushes there too: each release replaces the image of the other project"
        ))),
        (_, None) => before.and_then(image_of).map(|was| {
            let is_there = after.images.iter().any(|image| image.name.as_str() == was);
            match is_there {
                true => risk(format!(
                    "the image {was} was pushed there: whoever pulls it gets another one"
                )),
                false => because(format!("the image {was} was pushed there before")),
            }
        }),
    })
}
