//! What a change of the description changes in what Jenkins does, for the reviewer of a pull request: what is less safe first, and what is the same in many
//! projects once.

mod compare;
mod facts;
mod markdown;
mod plain;
mod rows;
mod subjects;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;

pub use self::markdown::markdown;
pub use self::plain::plain;
pub use self::subjects::Risk;
use crate::model::{Library, Project};
use crate::texts::TextChange;

/// The difference of behaviour between two states of a workspace.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// How many projects there were, and are.
    pub projects: Counts,
    /// The names of those that were there and are.
    #[serde(skip)]
    kept: BTreeSet<String>,
    /// The changes: by risk, then by the order of the language.
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
    pub reason: Option<&'static str>,
    /// The key of the language; of a whole project `project`.
    pub key: String,
    /// What changed, in words.
    pub what: String,
    /// How.
    pub kind: Kind,
    /// The value before, if there was one.
    pub before: Option<String>,
    /// The value after, if there is one.
    pub after: Option<String>,
    /// The projects, sorted; none: it is of the library as a whole.
    pub projects: Vec<String>,
    /// Where its key stands in the language.
    #[serde(skip)]
    rank: usize,
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
}

impl Summary {
    /// Compares two states; `None`: there was no workspace. Where `only` has names, it looks at these projects.
    pub fn of(before: Option<&Library>, after: &Library, only: &[String]) -> Self {
        let chosen = |project: &&Project| {
            only.is_empty() || only.iter().any(|name| name == project.name.as_str())
        };
        let old: IndexMap<&str, &Project> = before
            .into_iter()
            .flat_map(|library| &library.projects)
            .filter(chosen)
            .map(|project| (project.name.as_str(), project))
            .collect();
        let new: IndexMap<&str, &Project> = after
            .projects
            .iter()
            .filter(chosen)
            .map(|project| (project.name.as_str(), project))
            .collect();
        let mut found = Vec::new();
        if let Some(before) = before {
            found.extend(compare::libraries(before, after));
        }
        for (name, project) in &old {
            match new.get(name) {
                Some(now) => found.extend(compare::projects(project, now)),
                None => found.push(compare::removed(project)),
            }
        }
        for (name, project) in &new {
            if !old.contains_key(name) {
                found.extend(compare::added(project));
            }
        }
        Self {
            projects: Counts {
                before: old.len(),
                after: new.len(),
            },
            kept: old
                .keys()
                .filter(|name| new.contains_key(*name))
                .map(|name| (*name).to_owned())
                .collect(),
            changes: compare::group(found),
        }
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

    /// Whether something that a project says itself has changed.
    pub fn concerns(&self, project: &str) -> bool {
        self.changes
            .iter()
            .any(|change| change.projects.iter().any(|name| name == project))
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
