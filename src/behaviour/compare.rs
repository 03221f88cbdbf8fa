//! From two states to the changes between them.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::facts::{Fact, Facts, Value};
use super::subjects::{Risk, Subject, Verdict};
use super::{Change, Kind};
use crate::config::{self, KeyPath, Shape};
use crate::model::{Library, Project};

/// The differences in what is said of the library as a whole.
pub(super) fn libraries(before: &Library, after: &Library) -> Vec<Change> {
    let facts = |library: &Library| {
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
        let locked = locked.iter().map(KeyPath::to_string).collect();
        Facts(vec![
            fact("library.name", Value::Text(name.to_string())),
            fact("library.version", Value::Text(version.to_string())),
            fact("library.locked", Value::Items(locked)),
            fact("library.own_steps", Value::Items(own_steps.clone())),
        ])
    };
    Comparison::new(&facts(before), &facts(after)).run()
}

/// The differences in a project.
pub(super) fn projects(before: &Project, after: &Project) -> Vec<Change> {
    let only = |project: &Project| match &project.images[..] {
        [only] => Some(only.name.to_string()),
        _ => None,
    };
    let (old, new) = (Facts::of(before), Facts::of(after));
    let mut comparison = Comparison::new(&old, &new);
    comparison.only_image = only(before).filter(|name| only(after).as_ref() == Some(name));
    let changes = join_mail(comparison.run());
    of(after, changes)
}

/// A new project is told by its risks, measured by the defaults of the language.
pub(super) fn added(project: &Project) -> Vec<Change> {
    let (old, new) = (Facts::default(), Facts::of(project));
    let mut comparison = Comparison::new(&old, &new);
    comparison.only_image = match &project.images[..] {
        [only] => Some(only.name.to_string()),
        _ => None,
    };
    let mut changes = vec![whole(Kind::Added, Risk::Look, None)];
    changes.extend(comparison.run());
    changes.retain(|change| change.key == "project" || change.risk == Risk::Risk);
    of(project, changes)
}

/// A project that is gone.
pub(super) fn removed(project: &Project) -> Change {
    let reason = "the step that its Jenkinsfile calls is gone";
    let mut change = whole(Kind::Removed, Risk::Risk, Some(reason));
    change.projects.push(project.name.to_string());
    change
}

fn whole(kind: Kind, risk: Risk, reason: Option<&'static str>) -> Change {
    Change {
        risk,
        reason,
        key: "project".to_owned(),
        what: "project".to_owned(),
        kind,
        before: None,
        after: None,
        projects: Vec::new(),
        rank: 0,
    }
}

fn of(project: &Project, mut changes: Vec<Change>) -> Vec<Change> {
    for change in &mut changes {
        change.projects.push(project.name.to_string());
    }
    changes
}

/// The same change of several projects becomes one.
pub(super) fn group(changes: Vec<Change>) -> Vec<Change> {
    let mut groups: IndexMap<_, Change> = IndexMap::new();
    for change in changes {
        let same = (
            (change.risk, change.rank, change.reason, change.kind),
            (change.key.clone(), change.what.clone()),
            (change.before.clone(), change.after.clone()),
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
    }
    changes.sort_by_key(|change| (change.risk, change.rank));
    changes
}

/// The stages that Jenkins mails about.
const MAILED: usize = 9;

/// Who is mailed is written once for all stages, and true of each: the same change in several of them is one.
fn join_mail(changes: Vec<Change>) -> Vec<Change> {
    let mut joined: Vec<Change> = Vec::new();
    let mut stages: HashMap<usize, Vec<String>> = HashMap::new();
    for change in changes {
        let Some(stage) = mailed_stage(&change.key) else {
            joined.push(change);
            continue;
        };
        let same = joined.iter().position(|other| {
            (mailed_stage(&other.key).is_some() || other.key == "notify.recipients")
                && (other.kind, &other.before, &other.after)
                    == (change.kind, &change.before, &change.after)
        });
        let index = same.unwrap_or(joined.len());
        stages.entry(index).or_default().push(stage);
        match same {
            Some(index) => joined[index].key = "notify.recipients".to_owned(),
            None => joined.push(change),
        }
    }
    for (index, change) in joined.iter_mut().enumerate() {
        let Some(names) = stages.get(&index).filter(|names| names.len() > 1) else {
            continue;
        };
        change.what = match names.len() >= MAILED {
            true => "mail of failures and recoveries".to_owned(),
            false => format!("mail of failures ({})", names.join(", ")),
        };
    }
    joined
}

/// The name of the stage about which a key says who is mailed.
fn mailed_stage(key: &str) -> Option<String> {
    let own = || key.strip_prefix("stages.")?.strip_suffix(".recipients");
    let name = key.strip_prefix("notify.stages.").or_else(own)?;
    Some(name.to_owned())
}

struct Comparison<'a> {
    before: IndexMap<&'a KeyPath, &'a Value>,
    after: IndexMap<&'a KeyPath, &'a Value>,
    /// The image that needs no name, because there is no other.
    only_image: Option<String>,
    changes: Vec<Change>,
}

impl<'a> Comparison<'a> {
    fn new(before: &'a Facts, after: &'a Facts) -> Self {
        let by_key = |facts: &'a Facts| {
            let pairs = facts.0.iter().map(|fact| (&fact.key, &fact.value));
            pairs.collect()
        };
        Self {
            before: by_key(before),
            after: by_key(after),
            only_image: None,
            changes: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Change> {
        for (key, new) in &self.after.clone() {
            match self.before.get(*key).copied() {
                Some(old) => self.changed(key, old, new),
                None => self.added(key, new),
            }
        }
        for (key, old) in &self.before.clone() {
            let with_its_table = is_inside(key, &self.before, &self.after);
            if !self.after.contains_key(*key) && !with_its_table {
                self.removed(key, old);
            }
        }
        self.changes
    }

    fn changed(&mut self, key: &KeyPath, old: &Value, new: &Value) {
        match (old, new) {
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
                    let verdict = Subject::of(key).0.judge(default.as_deref(), Some(&text));
                    self.push_judged(key, verdict, None, Some(&text));
                }
            }
        }
        if is_inside(key, &self.after, &self.before) {
            // That its table is new says the rest.
            let new = self.changes.split_off(told);
            let matters = |change: &Change| change.risk != Risk::Other;
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
        let verdict = Subject::of(key).0.judge(before, after);
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
fn default_of(key: &KeyPath) -> Option<String> {
    let key = Shape::new(&config::PROJECT_SCHEMA).find(key).ok()?;
    let default = key.default()?;
    Some(match default.as_str() {
        Some(text) => text.to_owned(),
        None => default.to_string(),
    })
}
