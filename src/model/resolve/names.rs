//! What projects and their parts are called, and that no two of them share a name that is used in the output.

use std::collections::BTreeMap;

use super::layer::Found;
use super::reader::Reader;
use crate::config::{Document, KeyPath};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Origin, PartName, Project, ProjectName, SharedStep, StepName, Task, Work};
use crate::source::Place;

/// What distinguishes a project from all others.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    pub(super) name: Option<(ProjectName, Place)>,
    pub(super) step: Option<(StepName, Place)>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn identity(&mut self, file: &'a Document) -> Identity {
        let start = file.place(0..0);
        let stem = file.source.path.file_stem().unwrap_or_default();
        let subject = || format!("the name of the file {}", file.source.path);
        let name = self.check(stem.parse::<ProjectName>(), subject, &start);
        let (step, place) = match self.find("step", |project| project.step.as_ref()) {
            Some(found) => (self.parse(&found), found.place),
            None => {
                let step = name.as_ref().and_then(|name| {
                    let subject = || format!("the step that is named after `{name}`");
                    self.check(StepName::of_project(name), subject, &start)
                });
                if let Some(step) = &step {
                    self.derived("step", step.as_str());
                }
                (step, start.clone())
            }
        };
        Identity {
            name: name.map(|name| (name, start)),
            step: step.map(|step| (step, place)),
        }
    }

    /// Names of images and checks become names of methods, where `web-1` and `web1` are the same.
    pub(super) fn unique_methods(&mut self, names: &[Found<'a, String>]) {
        let mut seen: BTreeMap<String, &Found<'a, String>> = BTreeMap::new();
        for found in names {
            let Ok(name) = found.value.parse::<PartName>() else {
                continue;
            };
            if let Some(first) = seen.insert(name.upper_camel(), found) {
                let message = format!(
                    "`{}` and `{}` become the same name in Groovy",
                    first.key.key(first.value),
                    found.key.key(found.value)
                );
                self.diagnostics.push(
                    Diagnostic::new(Code::NameCollision, found.place.clone(), message)
                        .related(first.place.clone(), "the other one")
                        .help("rename one of them"),
                );
            }
        }
    }

    /// A stage is known by its title: no two have the same.
    pub(super) fn separate_titles(&mut self, project: &Project) {
        let mut seen: BTreeMap<String, Option<Place>> = BTreeMap::new();
        for stage in project.stages().iter() {
            let table = match stage.work {
                Work::Check(check) => Some(KeyPath::from("checks").key(check.name.as_str())),
                Work::Own(own) => Some(KeyPath::from("stages").key(own.name.as_str())),
                _ => None,
            };
            // A title that is not written follows from the name.
            let place = table.and_then(|table| {
                self.place_of(&table.key("title"))
                    .or_else(|| self.place_of(&table))
            });
            let Some(other) = seen.get(&stage.title) else {
                seen.insert(stage.title.clone(), place);
                continue;
            };
            // Of two one can be another stage of the pipeline, whose title can't be chosen.
            if let Some(place) = place.or_else(|| other.clone()) {
                let message = format!("two stages have the title `{}`", stage.title);
                let help = "give one of them another title";
                self.conflict(place, message, other.clone(), help);
            }
        }
    }
}

/// No two projects render the same file.
pub(super) fn check_names(identities: &[Identity], diagnostics: &mut Vec<Diagnostic>) {
    // Upper and lower case are the same file on some systems.
    let mut names: BTreeMap<String, &(ProjectName, Place)> = BTreeMap::new();
    let mut steps: BTreeMap<String, &(StepName, Place)> = BTreeMap::new();
    let mut collision = |message: String, place: &Place, first: &Place, help: &str| {
        diagnostics.push(
            Diagnostic::new(Code::NameCollision, place.clone(), message)
                .related(first.clone(), "the other project")
                .help(help),
        );
    };
    for identity in identities {
        if let Some(found @ (name, place)) = &identity.name {
            let (first, other) = names.entry(name.as_str().to_lowercase()).or_insert(found);
            if first != name {
                let message = format!(
                    "the projects `{first}` and `{name}` differ only in upper and lower case"
                );
                let help = "rename one of the files: on some systems what they are rendered to is the same file";
                collision(message, place, other, help);
                continue;
            }
        }
        if let Some(found @ (step, place)) = &identity.step {
            let first = *steps.entry(step.as_str().to_lowercase()).or_insert(found);
            if !std::ptr::eq(first, found) {
                let message = match first.0 == *step {
                    true => format!("two projects would both be rendered to `vars/{step}.groovy`"),
                    false => format!(
                        "`vars/{}.groovy` and `vars/{step}.groovy` are the same file on some systems",
                        first.0
                    ),
                };
                let help = "give the step of one of them another name: `step = \"…\"`";
                collision(message, place, &first.1, help);
            }
        }
    }
}

/// The step of a stage of a project's own is a file of the user's: what is rendered, the stages of the pipelines call themselves.
pub(super) fn check_own_stages(
    projects: &[Project],
    own_steps: &[SharedStep],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for project in projects {
        for stage in &project.own_stages {
            let Task::Step(step, _) = &stage.task else {
                continue;
            };
            let rendered = match SharedStep::named(step.as_str()) {
                Some(shared) if own_steps.contains(&shared) => None,
                Some(_) => Some("is a shared step".to_owned()),
                None => {
                    let mut projects = projects.iter();
                    let whose = projects.find(|other| other.step.as_str() == step.as_str());
                    whose.map(|other| format!("is the pipeline of {}", other.name))
                }
            };
            let key = KeyPath::from("stages").key(stage.name.as_str()).key("step");
            let written = project.settings.iter().find(|setting| setting.key == key);
            if let (Some(rendered), Some(Origin::Written(place))) =
                (rendered, written.map(|setting| &setting.origin))
            {
                let message = format!("`{key}` must be a step of your own; `{step}` {rendered}");
                diagnostics.push(
                    Diagnostic::new(Code::InvalidValue, place.clone(), message)
                        .help("write a step of your own into vars/, which may call it"),
                );
            }
        }
    }
}
