//! Which projects there were and are, and which of them only have another name.

use super::compare::{self, Comparison};
use super::containers::{self, Surroundings};
use super::facts::{Fact, Facts, Value};
use super::rows::{PROJECT, replace_word};
use super::subjects::{LOOK, risk};
use super::{Change, Kind, stages, takeovers};
use crate::config::KeyPath;
use crate::model::Project;

/// A project as it was and is.
type Pair<'a> = (Option<&'a Project>, Option<&'a Project>);

/// The projects of two states, each beside what it became: first those that there were.
pub(super) fn pairs<'a>(old: &[&'a Project], new: &'a [Project]) -> Vec<Pair<'a>> {
    let named = |project: &Project| new.iter().find(|other| other.name == project.name);
    let is_new = |project: &&Project| old.iter().all(|other| other.name != project.name);
    let gone: Vec<&Project> = old
        .iter()
        .copied()
        .filter(|project| named(project).is_none())
        .collect();
    let mut added: Vec<&Project> = new.iter().filter(is_new).collect();
    let mut pairs = Vec::new();
    for project in old {
        let mut now = named(project);
        if now.is_none() {
            // Only where nothing else can be meant.
            let is_same = |other: &&&Project| is_renamed(project, other);
            let candidates: Vec<&&Project> = added.iter().filter(is_same).collect();
            if let [only] = candidates[..]
                && gone.iter().filter(|gone| is_renamed(gone, only)).count() == 1
            {
                now = Some(only);
            }
        }
        added.retain(|other| now.is_none_or(|now| now.name != other.name));
        pairs.push((Some(*project), now));
    }
    pairs.extend(added.into_iter().map(|project| (None, Some(project))));
    pairs
}

/// What a project does, but for what follows from its name alone.
fn facts(project: &Project) -> Vec<Fact> {
    let facts = Facts::of(project).0.into_iter();
    facts
        .filter(|fact| fact.key != KeyPath::from("step"))
        .collect()
}

/// Whether all that two projects say is the same, their own names in it left open.
fn is_renamed(old: &Project, new: &Project) -> bool {
    let open = |project: &Project, text: &str| replace_word(text, project.name.as_str(), PROJECT);
    let is_same =
        |before: &str, after: &str| before == after || open(old, before) == open(new, after);
    let (before, after) = (facts(old), facts(new));
    before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| {
            is_same(&before.key.to_string(), &after.key.to_string())
                && is_same(&before.value.text(), &after.value.text())
        })
}

/// The differences in a project that has another name: the name, and what others see of it, such as the names that it is pushed under.
pub(super) fn renamed(
    before: &Project,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Vec<Change> {
    let (old, new) = (facts(before), facts(after));
    // Names that the project alone sees are only called otherwise.
    let is_internal = |fact: &Fact| {
        let key = fact.key.to_string();
        matches!(fact.value, Value::Order(_))
            || (key.starts_with("checks.") && key.ends_with(".image"))
    };
    let old = old.into_iter().zip(&new).map(|(old, new)| Fact {
        key: new.key.clone(),
        value: match is_internal(new) {
            true => new.value.clone(),
            false => old.value,
        },
    });
    let old = Facts(old.collect());
    let changes = Comparison::of_rename(&old, &Facts(new)).run();
    let changes = containers::judge(changes, after, surroundings);
    let changes = takeovers::judge(changes, Some(before), after, surroundings);
    let mut changes = stages::join(changes, Some(before), Some(after));
    let verdict = match before.step == after.step {
        true => LOOK,
        false => risk(format!(
            "its Jenkinsfile calls {}, which is {} now",
            before.step, after.step
        )),
    };
    let mut whole = compare::whole(Kind::Changed, verdict);
    "name of the project".clone_into(&mut whole.what);
    whole.before = Some(before.name.to_string());
    whole.after = Some(after.name.to_string());
    changes.insert(0, whole);
    compare::of(after, changes)
}
