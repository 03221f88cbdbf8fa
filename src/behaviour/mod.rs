//! What a change of the description changes in what Jenkins does, for the reviewer of a pull request: what is less safe first, and what is the same in many
//! projects once.

mod compare;
mod containers;
mod facts;
mod files;
mod mail;
mod markdown;
mod plain;
mod renames;
mod rows;
mod stages;
mod subjects;
mod takeovers;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

pub use self::markdown::markdown;
pub use self::plain::plain;
pub use self::subjects::Risk;
use crate::model::{Library, Project};
use crate::texts::{TextChange, Texts};

/// The difference of behaviour between two states of a workspace.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// How many projects there were, and are.
    pub projects: Counts,
    /// The names of those that were there and are.
    #[serde(skip)]
    kept: BTreeSet<String>,
    /// The changes: by risk, the risks by urgency, then by the order of the language.
    pub changes: Vec<Change>,
}

/// How many projects there were, and are.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Counts {
    /// Before.
    pub before: usize,
    /// After.
    pub after: usize,
}

/// One change, the same in all of its projects.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// How much it matters.
    pub risk: Risk,
    /// Why, where it needs words.
    pub reason: Option<Cow<'static, str>>,
    /// The key of the language; of a whole project `project`, of a file its path.
    pub key: String,
    /// What changed, in words.
    pub what: String,
    /// How.
    pub kind: Kind,
    /// The value before, if there was one.
    pub before: Option<String>,
    /// The value after, if there is one.
    pub after: Option<String>,
    /// What changes inside it, if it is a stage of a project's own.
    pub parts: Vec<Part>,
    /// The projects, sorted; none: it is of the library as a whole.
    pub projects: Vec<String>,
    /// Where its key stands in the language.
    #[serde(skip)]
    rank: usize,
}

/// One key of a stage of a project's own that changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Part {
    /// The key of the language.
    pub key: String,
    /// What it says, in words.
    pub what: String,
    /// The value before, if there was one.
    pub before: Option<String>,
    /// The value after, if there is one.
    pub after: Option<String>,
}

/// How something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is there now.
    Added,
    /// It is not there any more.
    Removed,
    /// It has another value.
    Changed,
    /// The file on the disk is not what the description says.
    NotAsRendered,
}

impl Summary {
    /// Compares two states; `None`: there was no workspace. Where `only` has names, it looks at these projects.
    pub fn of(before: Option<&Library>, after: &Library, only: &[String]) -> Self {
        let old: Vec<&Project> = before
            .iter()
            .flat_map(|library| &library.projects)
            .collect();
        let pairs = renames::pairs(&old, &after.projects);
        let is_chosen = |project: Option<&Project>| {
            let name = project.map(|project| project.name.as_str());
            only.is_empty() || only.iter().any(|chosen| Some(chosen.as_str()) == name)
        };
        let mut projects = Counts {
            before: 0,
            after: 0,
        };
        let surroundings = containers::Surroundings::of(before, after);
        let mut kept = BTreeSet::new();
        let mut found = Vec::new();
        if let Some(before) = before {
            found.extend(compare::libraries(before, after));
        }
        for (old, new) in pairs {
            if !is_chosen(old) && !is_chosen(new) {
                continue;
            }
            projects.before += usize::from(old.is_some());
            projects.after += usize::from(new.is_some());
            match (old, new) {
                (Some(old), Some(new)) => {
                    kept.insert(new.name.to_string());
                    found.extend(match old.name == new.name {
                        true => compare::projects(old, new, &surroundings),
                        false => renames::renamed(old, new, &surroundings),
                    });
                }
                (Some(old), None) => found.push(compare::removed(old, &surroundings)),
                (None, Some(new)) => found.extend(compare::added(new, &surroundings)),
                (None, None) => {}
            }
        }
        Self {
            projects,
            kept,
            changes: compare::group(found),
        }
    }

    /// With what the texts of the files tell beside the descriptions that they belong to: what is not as rendered, and what users have written.
    #[must_use]
    pub fn with_files(
        mut self,
        texts: &Texts,
        libraries: (Option<&Library>, &Library),
        only: &[String],
    ) -> Self {
        let mut changes = files::unrendered(texts);
        changes.append(&mut self.changes);
        let said = |project: &str| {
            let mut all = changes.iter().flat_map(|change| &change.projects);
            all.any(|name| name == project)
        };
        let mut others = files::unexplained(texts, libraries, &said);
        others.extend(files::own(texts, libraries));
        others.retain(|change| {
            only.is_empty()
                || change.projects.is_empty()
                || change.projects.iter().any(|name| only.contains(name))
        });
        changes.extend(others);
        self.changes = compare::group(changes);
        self
    }

    /// Whether Jenkins does the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether these are all projects, but perhaps for some that are new or gone.
    fn are_all(&self, projects: &[String]) -> bool {
        let kept = projects.iter().filter(|name| self.kept.contains(*name));
        self.kept.len() > 1 && kept.count() == self.kept.len()
    }
}

/// What a reviewer is shown: the summary beside the texts that differ.
#[derive(Debug)]
pub struct Review<'a> {
    /// The revision that the workspace is compared with, as the user calls it.
    pub revision: &'a str,
    /// Whether there was a workspace.
    pub existed: bool,
    /// What Jenkins does otherwise.
    pub summary: &'a Summary,
    /// The files of the library that differ.
    pub texts: &'a [TextChange],
}

impl Review<'_> {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.summary.is_empty() && self.texts.is_empty()
    }
}
