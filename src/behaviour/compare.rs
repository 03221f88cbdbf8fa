//! From two states to the changes between them.

use indexmap::IndexMap;

use super::containers::{self, Surroundings};
use super::facts::{Fact, Facts, Value};
use super::subjects::{InNewTable, LOOK, Risk, Subject, Verdict, risk, urgency};
use super::{Change, Kind, mail, stages, takeovers};
use crate::config::{self, KeyPath, Shape};
use crate::diagnostic::series;
use crate::model::{Library, Project};

/// The differences in what is said of the library as a whole.
pub(super) fn libraries(before: &Library, after: &Library) -> Vec<Change> {
    let facts = |library: &Library, other: &Library| {
        let Library {
            name,
            version,
            locked,
            own_steps,
            projects: _,
            settings: _,
        } = library;
        let fact = |key: &str, value| Fact {
            key: key.into(),
            value,
        };
        Facts(vec![
            fact("library.name", Value::Text(name.to_string())),
            fact("library.version", Value::Text(version.to_string())),
            fact("library.locked", Value::Items(newly_locked(locked, other))),
            fact(
                "library.own_steps",
                Value::Items(own_steps.iter().map(ToString::to_string).collect()),
            ),
        ])
    };
    Comparison::new(&facts(before, after), &facts(after, before)).run()
}

/// What is locked on one side and not on the other one: a locked table locks its keys.
fn newly_locked(locked: &[KeyPath], other: &Library) -> Vec<String> {
    let is_locked = |key: &&KeyPath| other.locked.iter().any(|locked| key.is_within(locked));
    let keys = locked.iter().filter(|key| !is_locked(key));
    keys.map(|key| {
        let kept = other.locked.iter().filter(|kept| kept.is_within(key));
        match series(kept, "and") {
            kept if kept.is_empty() => key.to_string(),
            kept => format!("{key}, but for {kept}"),
        }
    })
    .collect()
}

/// The differences in a project.
pub(super) fn projects(
    before: &Project,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Vec<Change> {
    let only = |project: &Project| match &project.images[..] {
        [only] => Some(only.name.to_string()),
        _ => None,
    };
    let (old, new) = (Facts::of(before), Facts::of(after));
    let mut comparison = Comparison::new(&old, &new);
    comparison.only_image = only(before).filter(|name| only(after).as_ref() == Some(name));
    let mut changes = mail::join(comparison.run(), after);
    judge_tests(&mut changes, after);
    judge_analysis(&mut changes, before);
    let changes = containers::judge(changes, after, surroundings);
    let changes = takeovers::judge(changes, Some(before), after, surroundings);
    of(after, stages::join(changes, Some(before), Some(after)))
}

/// A new project is told by its risks and what is to look at, measured by the defaults of the language.
pub(super) fn added(project: &Project, surroundings: &Surroundings<'_>) -> Vec<Change> {
    let (old, new) = (Facts::default(), Facts::of(project));
    let mut comparison = Comparison::new(&old, &new);
    comparison.only_image = match &project.images[..] {
        [only] => Some(only.name.to_string()),
        _ => None,
    };
    let mut changes = vec![whole(Kind::Added, LOOK)];
    let found = containers::judge(comparison.run(), project, surroundings);
    let found = takeovers::judge(found, None, project, surroundings);
    changes.extend(stages::join(found, None, Some(project)));
    // Each project has a version and images: that they are new goes without saying.
    let is_whole_image = |key: &str| {
        let name = key.strip_prefix("images.");
        name.is_some_and(|name| !name.contains('.'))
    };
    changes.retain(|change| {
        change.risk == Risk::Risk
            || (change.risk == Risk::Look
                && !change.key.starts_with("version.")
                && !is_whole_image(&change.key))
    });
    of(project, changes)
}

/// A project that is gone.
pub(super) fn removed(project: &Project, surroundings: &Surroundings<'_>) -> Change {
    let verdict = takeovers::of_step(project.step.as_str(), surroundings)
        .unwrap_or_else(|| risk("the step that its Jenkinsfile calls is gone"));
    let mut change = whole(Kind::Removed, verdict);
    change.projects.push(project.name.to_string());
    change
}

/// A change of a whole project.
pub(super) fn whole(kind: Kind, (risk, reason): Verdict) -> Change {
    Change {
        risk,
        reason,
        key: "project".to_owned(),
        what: "project".to_owned(),
        kind,
        before: None,
        after: None,
        parts: Vec::new(),
        projects: Vec::new(),
        rank: 0,
    }
}

/// The changes as those of a project.
pub(super) fn of(project: &Project, mut changes: Vec<Change>) -> Vec<Change> {
    for change in &mut changes {
        change.projects.push(project.name.to_string());
    }
    changes
}

/// The analysis is a gate if it waits for SonarQube's verdict.
fn judge_analysis(changes: &mut [Change], before: &Project) {
    let properties = before.sonar.iter().flat_map(|sonar| &sonar.properties);
    let is_gate = properties
        .map(|(name, value)| (name.as_str(), value.to_string()))
        .any(|(name, value)| name == "sonar.qualitygate.wait" && value != "false");
    let mut changes = changes.iter_mut();
    let gone = changes.find(|change| change.key == "sonar" && change.kind == Kind::Removed);
    if let (Some(change), true) = (gone, is_gate) {
        (change.risk, change.reason) = risk("the quality gate stops no build any more");
    }
}

/// What stops a build is either the exit code or the reports of a check: what the loss of one means depends on the other.
fn judge_tests(changes: &mut [Change], after: &Project) {
    for change in changes {
        let mut path = change.key.split('.');
        let (Some("checks"), Some(name), Some(key)) = (path.next(), path.next(), path.next())
        else {
            continue;
        };
        let mut checks = after.checks.iter();
        let Some(check) = checks.find(|check| check.name.as_str() == name) else {
            continue;
        };
        let reason = match (key, change.kind) {
            ("exit_code_file", Kind::Removed) if check.junit.is_empty() => {
                "failing tests stop no build any more"
            }
            ("exit_code_file", Kind::Removed) => {
                "what fails without a test report stops no build any more"
            }
            ("junit", Kind::Removed) if check.exit_code_file.is_some() => {
                "failing tests in them are not seen any more, unless the exit code tells"
            }
            ("junit", Kind::Removed) => "failing tests in them stop no build any more",
            _ => continue,
        };
        (change.risk, change.reason) = risk(reason);
    }
}

/// The same change of several projects becomes one.
pub(super) fn group(changes: Vec<Change>) -> Vec<Change> {
    let mut groups: IndexMap<_, Change> = IndexMap::new();
    for change in changes {
        let same = (
            (change.risk, change.reason.clone(), change.kind),
            (change.key.clone(), change.what.clone()),
            (change.before.clone(), change.after.clone()),
            change.parts.clone(),
        );
        match groups.get_mut(&same) {
            Some(group) => group.projects.extend(change.projects),
            None => {
                groups.insert(same, change);
            }
        }
    }
    let mut changes: Vec<Change> = groups.into_values().collect();
    for change in &mut changes {
        change.projects.sort();
        change.projects.dedup();
    }
    changes.sort_by_key(|change| (change.risk, urgency(change), change.rank));
    changes
}

/// Two lists of facts, key by key.
pub(super) struct Comparison<'a> {
    before: IndexMap<&'a KeyPath, &'a Value>,
    after: IndexMap<&'a KeyPath, &'a Value>,
    /// The image that needs no name, because there is no other.
    only_image: Option<String>,
    /// Whether the values of a list stand for one another by their place.
    is_rename: bool,
    changes: Vec<Change>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(before: &'a Facts, after: &'a Facts) -> Self {
        let by_key = |facts: &'a Facts| {
            let pairs = facts.0.iter().map(|fact| (&fact.key, &fact.value));
            pairs.collect()
        };
        Self {
            before: by_key(before),
            after: by_key(after),
            only_image: None,
            is_rename: false,
            changes: Vec::new(),
        }
    }

    /// The same, of two lists in which nothing differs but a name: the value in each place of a list became the one in the same place.
    pub(super) fn of_rename(before: &'a Facts, after: &'a Facts) -> Self {
        Self {
            is_rename: true,
            ..Self::new(before, after)
        }
    }

    pub(super) fn run(mut self) -> Vec<Change> {
        for (key, new) in &self.after.clone() {
            match self.before.get(*key).copied() {
                Some(old) => self.changed(key, old, new),
                // That nobody or somebody is mailed about a stage that is new, or gone, goes without saying.
                None if mail::stage_of(&key.to_string()).is_some() => {}
                None => self.added(key, new),
            }
        }
        for (key, old) in &self.before.clone() {
            let with_its_table = is_inside(key, &self.before, &self.after)
                || mail::stage_of(&key.to_string()).is_some();
            if !self.after.contains_key(*key) && !with_its_table {
                self.removed(key, old);
            }
        }
        self.changes
    }

    fn changed(&mut self, key: &KeyPath, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Items(old), Value::Items(new)) if self.is_rename => {
                for (old, new) in old.iter().zip(new).filter(|(old, new)| old != new) {
                    self.push(key, Some(old), Some(new));
                }
            }
            (Value::Items(old), Value::Items(new)) => {
                for item in new.iter().filter(|item| !old.contains(item)) {
                    self.push(key, None, Some(item));
                }
                for item in old.iter().filter(|item| !new.contains(item)) {
                    self.push(key, Some(item), None);
                }
            }
            (Value::Order(old), Value::Order(new)) => {
                let common = |all: &[String], other: &[String]| {
                    let common = all.iter().filter(|name| other.contains(name));
                    common.cloned().collect::<Vec<String>>().join(", ")
                };
                let (old, new) = (common(old, new), common(new, old));
                if old != new {
                    self.push(key, Some(&old), Some(&new));
                }
            }
            (old, new) if old != new => self.push(key, Some(&old.text()), Some(&new.text())),
            _ => {}
        }
    }

    fn added(&mut self, key: &KeyPath, new: &Value) {
        let is_of_new = is_inside(key, &self.after, &self.before);
        let in_new_table = Subject::of(key).0.in_new_table();
        if is_of_new && in_new_table == InNewTable::Silent {
            return;
        }
        let told = self.changes.len();
        match new {
            Value::Present => self.push(key, None, Some("")),
            Value::Items(items) => {
                for item in items {
                    self.push(key, None, Some(item));
                }
            }
            Value::Order(_) => {}
            Value::Text(_) | Value::Lines(_) => {
                let (default, text) = (default_of(key), new.text());
                if default.as_ref() != Some(&text) {
                    let (subject, names) = Subject::of(key);
                    let verdict = subject.judge(&names, default.as_deref(), Some(&text));
                    self.push_judged(key, verdict, None, Some(&text));
                }
            }
        }
        if is_of_new {
            // That its table is new says the rest.
            let new = self.changes.split_off(told);
            let matters = |change: &Change| match in_new_table {
                InNewTable::Risks => change.risk == Risk::Risk,
                _ => change.risk != Risk::Other,
            };
            self.changes.extend(new.into_iter().filter(matters));
        }
    }

    fn removed(&mut self, key: &KeyPath, old: &Value) {
        match old {
            Value::Present => self.push(key, Some(""), None),
            Value::Items(items) => {
                for item in items {
                    self.push(key, Some(item), None);
                }
            }
            Value::Order(_) => {}
            Value::Text(_) | Value::Lines(_) => {
                let text = old.text();
                if default_of(key).as_ref() != Some(&text) {
                    self.push(key, Some(&text), None);
                }
            }
        }
    }

    fn push(&mut self, key: &KeyPath, before: Option<&str>, after: Option<&str>) {
        let (subject, names) = Subject::of(key);
        let verdict = subject.judge(&names, before, after);
        self.push_judged(key, verdict, before, after);
    }

    fn push_judged(
        &mut self,
        key: &KeyPath,
        (risk, reason): Verdict,
        before: Option<&str>,
        after: Option<&str>,
    ) {
        let (subject, names) = Subject::of(key);
        // That a table is there is no value.
        let value = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
        self.changes.push(Change {
            risk,
            reason,
            key: key.to_string(),
            what: subject.name(&names, self.only_image.as_deref()),
            kind: match (before, after) {
                (None, _) => Kind::Added,
                (_, None) => Kind::Removed,
                _ => Kind::Changed,
            },
            before: value(before),
            after: value(after),
            parts: Vec::new(),
            projects: Vec::new(),
            rank: subject.rank(),
        });
    }
}

/// Whether the key is in a table that is there on one side only.
fn is_inside(
    key: &KeyPath,
    there: &IndexMap<&KeyPath, &Value>,
    not_there: &IndexMap<&KeyPath, &Value>,
) -> bool {
    let steps = key.steps();
    (1..steps.len()).any(|end| {
        let table: KeyPath = steps[..end].iter().cloned().collect();
        there.get(&table) == Some(&&Value::Present) && !not_there.contains_key(&table)
    })
}

/// What holds where the key is not written.
pub(super) fn default_of(key: &KeyPath) -> Option<String> {
    let key = Shape::new(&config::PROJECT_SCHEMA).find(key).ok()?;
    let default = key.default()?;
    let text = |value: &serde_json::Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    Some(match default.as_array() {
        Some(items) => items.iter().map(text).collect::<Vec<String>>().join("\n"),
        None => text(default),
    })
}
