//! What the texts of the files tell that no description says: what is not as rendered, and what the users have written.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::rows::some_of;
use super::stages::Side;
use super::subjects::{Risk, Verdict, because, duty, risk};
use super::{Change, Kind};
use crate::diagnostic::Code;
use crate::model::{Library, Project, SharedStep, StepName, Task};
use crate::texts::{TextChange, Texts};
use crate::workspace::var_name;

/// The files that are not as rendered, before anything else: the descriptions say something else than Jenkins does.
pub(super) fn unrendered(texts: &Texts) -> Vec<Change> {
    let files = texts.unrendered.iter();
    let changes = files.map(|file| Change {
        projects: file.project.iter().map(ToString::to_string).collect(),
        rank: 0,
        ..change(
            &file.path,
            Kind::NotAsRendered,
            risk(format!("it {}", file.reason)),
        )
    });
    changes.collect()
}

/// Rendered texts that differ though no description says so; `is_told`: something is said of the project.
pub(super) fn unexplained(
    texts: &Texts,
    (before, after): (Option<&Library>, &Library),
    is_told: &dyn Fn(&str) -> bool,
) -> Vec<Change> {
    // Where there was nothing, all is new.
    let Some(before) = before else {
        return Vec::new();
    };
    let is_unrendered = |path: &Utf8Path| texts.unrendered.iter().any(|file| file.path == path);
    let mut changes = Vec::new();
    let mut projects = BTreeSet::new();
    for text in texts
        .changes
        .iter()
        .filter(|text| !text.is_own && !is_unrendered(&text.path))
    {
        let was_own = step(&text.path).is_some_and(|step| own_step(before, step).is_some());
        match &text.project {
            Some(project) => {
                projects.insert(project.as_str());
            }
            None if was_own => {}
            // One that is new or gone follows from what the pipelines call.
            None if text.before.is_none() || text.after.is_none() => {}
            None => {
                let verdict = because("it is rendered otherwise, and all projects may use it");
                changes.push(change(&text.path, Kind::Changed, verdict));
            }
        }
    }
    projects.retain(|project| after.project(project).is_some() && !is_told(project));
    if !projects.is_empty() {
        changes.push(Change {
            key: "files".to_owned(),
            what: "rendered text".to_owned(),
            projects: projects.into_iter().map(str::to_owned).collect(),
            ..change(
                Utf8Path::new(""),
                Kind::Changed,
                because("the description of these projects says the same"),
            )
        });
    }
    changes
}

/// The files of the users', each with what depends on it.
pub(super) fn own(texts: &Texts, (before, after): (Option<&Library>, &Library)) -> Vec<Change> {
    let sources = sources(&texts.own);
    let mut changes = Vec::new();
    for text in texts.changes.iter().filter(|text| text.is_own) {
        let is_declared = step(&text.path).is_some_and(|step| {
            own_step(after, step).is_some()
                && before.is_some_and(|before| own_step(before, step).is_none())
        });
        // The declaration is told, and names the file.
        if !is_declared {
            changes.extend(judge(text, &sources, after));
        }
    }
    changes
}

fn change(path: &Utf8Path, kind: Kind, (risk, reason): Verdict) -> Change {
    Change {
        risk,
        reason,
        key: path.to_string(),
        what: path.to_string(),
        kind,
        before: None,
        after: None,
        parts: Vec::new(),
        projects: Vec::new(),
        // Behind all that the language has.
        rank: usize::MAX,
    }
}

/// What a file of the users' means: one change for each thing that it means to some projects.
fn judge(
    text: &TextChange,
    sources: &BTreeMap<&Utf8Path, String>,
    library: &Library,
) -> Vec<Change> {
    let kind = match (&text.before, &text.after) {
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
        _ => Kind::Changed,
    };
    let of_library = |verdict| vec![change(&text.path, kind, verdict)];
    if text.path.starts_with("vars") && text.path.extension() != Some("groovy") {
        let reason = match text.path.extension() {
            Some("txt") => "it is help that Jenkins shows",
            _ => "Jenkins does nothing with it",
        };
        return of_library((Risk::Other, Some(reason.into())));
    }
    let users = users(&text.path, sources);
    let steps: BTreeSet<&str> = users.iter().filter_map(|path| step(path)).collect();
    let by = |step: &str| match self::step(&text.path) == Some(step) {
        true => String::new(),
        false => format!("vars/{step}.groovy uses it, which "),
    };
    for step in &steps {
        if let Some(shared) = own_step(library, step) {
            let duty = duty(shared);
            let reason = format!("{}replaces the shared step {shared}: {duty}", by(step));
            return of_library(risk(reason));
        }
    }
    for step in &steps {
        // Jenkins looks for a file of that name before it looks for a step.
        if kind != Kind::Removed && hides(step) {
            return of_library(risk(format!(
                "{}replaces Jenkins' own {step} in all builds",
                by(step)
            )));
        }
    }
    let mut meanings: IndexMap<Verdict, Vec<(&str, &str)>> = IndexMap::new();
    for project in &library.projects {
        for (stage, verdict) in stages(project, &steps) {
            let users = meanings.entry(verdict).or_default();
            users.push((project.name.as_str(), stage));
        }
    }
    if meanings.is_empty() {
        return of_library(match kind {
            Kind::Removed => because("no stage uses it; a Jenkinsfile may"),
            _ => because("no stage uses it; Jenkinsfiles and other steps may"),
        });
    }
    let changes = meanings.into_iter().map(|((risk, reason), users)| {
        let projects: BTreeSet<&str> = users.iter().map(|(project, _)| *project).collect();
        let stages: BTreeSet<&str> = users.iter().map(|(_, stage)| *stage).collect();
        let stages: Vec<&str> = stages.into_iter().collect();
        let use_it = match stages.len() {
            1 => format!("the own stage {} uses it", stages[0]),
            _ => format!("the own stages {} use it", some_of(&stages)),
        };
        let reason = format!("{use_it}: {}", reason.unwrap_or_default());
        Change {
            projects: projects.into_iter().map(str::to_owned).collect(),
            ..change(&text.path, kind, (risk, Some(reason.into())))
        }
    });
    changes.collect()
}

/// The stages of a project that call one of these steps, and what they can do.
fn stages<'a>(
    project: &'a Project,
    steps: &BTreeSet<&str>,
) -> impl Iterator<Item = (&'a str, Verdict)> {
    let calls = |stage: &&crate::model::OwnStage| match &stage.task {
        Task::Step(step, _) => steps.contains(step.as_str()),
        Task::Commands(..) => false,
    };
    let stages: Vec<_> = project.own_stages.iter().filter(calls).collect();
    stages.into_iter().map(move |stage| {
        let verdict = Side { project, stage }.power();
        (stage.name.as_str(), verdict)
    })
}

/// The users' Groovy.
fn sources(own: &BTreeMap<Utf8PathBuf, Vec<u8>>) -> BTreeMap<&Utf8Path, String> {
    let groovy = own
        .iter()
        .filter(|(path, _)| path.extension() == Some("groovy"));
    groovy
        .map(|(path, bytes)| (path.as_path(), String::from_utf8_lossy(bytes).into_owned()))
        .collect()
}

/// The file itself and all whose text names it, or one that does. A name that means something else is taken for it: that tells too much, and hides
/// nothing.
fn users<'a>(
    path: &'a Utf8Path,
    sources: &BTreeMap<&'a Utf8Path, String>,
) -> BTreeSet<&'a Utf8Path> {
    let mut users = BTreeSet::from([path]);
    let mut new = vec![path];
    while let Some(used) = new.pop() {
        let name = match used.strip_prefix("resources") {
            Ok(resource) => resource.as_str(),
            Err(_) => used.file_stem().unwrap_or_default(),
        };
        for (user, text) in sources {
            if names(text, name) && users.insert(user) {
                new.push(user);
            }
        }
    }
    users
}

/// Whether a text has a name, not as a part of a longer one.
fn names(text: &str, name: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        !before.is_some_and(is_inside) && !after.is_some_and(is_inside)
    })
}

/// The step that a file is.
fn step(path: &Utf8Path) -> Option<&str> {
    match path.parent().map(Utf8Path::as_str) {
        Some("vars") => var_name(path.file_name()?),
        _ => None,
    }
}

/// The shared step of this name that the library's user has written.
fn own_step(library: &Library, name: &str) -> Option<SharedStep> {
    SharedStep::named(name).filter(|step| library.own_steps.contains(step))
}

/// Whether something of Jenkins or Groovy has the name already.
fn hides(step: &str) -> bool {
    let parsed = step.parse::<StepName>();
    let is_shadowed = parsed.is_err_and(|invalid| invalid.code == Code::ShadowedName);
    is_shadowed && !SharedStep::is_file(step)
}
