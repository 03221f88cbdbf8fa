//! What it means that releases are pushed under a name, or not any more: it depends on who else pushes there.

use super::containers::Surroundings;
use super::subjects::{because, risk};
use super::{Change, Kind};
use crate::model::Project;

/// Judges the names that the images of a project are pushed under. That another of its images is pushed under one now is told once.
pub(super) fn judge(
    mut changes: Vec<Change>,
    before: Option<&Project>,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Vec<Change> {
    changes.retain_mut(|change| {
        let Some(image) = change.key.strip_prefix("publish.") else {
            return true;
        };
        let Some(name) = change.after.as_deref().or(change.before.as_deref()) else {
            return true;
        };
        let other = surroundings.other_pusher(name, after.name.as_str());
        let image_of = |project: &Project| {
            let mut names = project.pushed_names();
            let (image, _) =
                names.find(|(other, pushed)| other.as_str() != image && pushed == name)?;
            Some(image.to_string())
        };
        (change.risk, change.reason) = match (change.kind, other) {
            (Kind::Removed, _) if image_of(after).is_some() => return false,
            (Kind::Removed, Some(other)) => risk(format!(
                "{other} pushes there: whoever pulls it gets the image of that project"
            )),
            (Kind::Removed, None) => return true,
            (_, Some(other)) => risk(format!(
                "{other} pushes there too: each release replaces the image of the other project"
            )),
            (_, None) => match before.and_then(image_of) {
                Some(image) => because(format!("the image {image} was pushed there before")),
                None => return true,
            },
        };
        true
    });
    changes
}
