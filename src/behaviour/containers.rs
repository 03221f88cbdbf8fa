//! What a change in a container of the pod means: it depends on what runs there.

use std::collections::HashMap;

use super::compare::default_of;
use super::stages::Side;
use super::subjects::{Risk, Verdict, because, repository, risk};
use super::{Change, Kind};
use crate::model::{Library, Pod, Project, Volume};

/// The containers in which the pipeline's own programs run. Each pod has that of the agent too, whether it is described or not.
const PIPELINE: [&str; 4] = ["jnlp", "buildkit", "grype", "sonar"];

/// What the other projects say that matters to a project.
#[derive(Debug, Default)]
pub(super) struct Surroundings<'a> {
    /// The images that ran in each container before.
    images: HashMap<&'a str, Vec<String>>,
    /// The claims that the pipeline's containers mount now, in any project, and which container does. Claims are of the cluster's namespace, so that one
    /// project can write what another reads.
    claims: HashMap<&'a str, &'a str>,
    /// The names that releases are pushed under now, each with the projects that do.
    pushers: HashMap<String, Vec<&'a str>>,
    /// The steps that there were and are, each with its project.
    steps: [HashMap<&'a str, &'a str>; 2],
}

impl<'a> Surroundings<'a> {
    pub(super) fn of(before: Option<&'a Library>, after: &'a Library) -> Self {
        let mut surroundings = Self::default();
        let steps = |library: &'a Library| {
            let projects = library.projects.iter();
            projects
                .map(|project| (project.step.as_str(), project.name.as_str()))
                .collect()
        };
        surroundings.steps = [before.map(steps).unwrap_or_default(), steps(after)];
        let projects = before.into_iter().flat_map(|library| &library.projects);
        for container in projects.flat_map(|project| &project.pod.containers) {
            let images = surroundings.images.entry(container.name.as_str());
            let images = images.or_default();
            images.extend(container.image.as_ref().map(ToString::to_string));
        }
        for project in &after.projects {
            for (claim, container) in claims(&project.pod) {
                surroundings.claims.entry(claim).or_insert(container);
            }
            for (_, name) in project.pushed_names() {
                let pushers = surroundings.pushers.entry(name).or_default();
                pushers.push(project.name.as_str());
            }
        }
        surroundings
    }

    /// The project that a step was of.
    pub(super) fn step_before(&self, step: &str) -> Option<&'a str> {
        self.steps[0].get(step).copied()
    }

    /// The project that a step is of.
    pub(super) fn step_now(&self, step: &str) -> Option<&'a str> {
        self.steps[1].get(step).copied()
    }

    /// A project beside this one that pushes under a name.
    pub(super) fn other_pusher(&self, name: &str, project: &str) -> Option<&'a str> {
        let mut pushers = self.pushers.get(name)?.iter().copied();
        pushers.find(|pusher| *pusher != project)
    }

    /// What an image means that runs in one of the pipeline's containers which was not there; `None`: nothing, it is the one of the other projects.
    fn image(&self, container: &str, image: &str) -> Option<Verdict> {
        let known = self.images.get(container).map(Vec::as_slice);
        let is_first = self.images.is_empty();
        match known.unwrap_or_default() {
            known if is_first || known.iter().any(|known| known == image) => None,
            known if known.iter().any(|known| same(known, image)) => {
                Some(because("the other projects had another version"))
            }
            _ => Some(risk(
                "an image runs in builds that did not, with their workspace",
            )),
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    repository(one) == repository(other)
}

/// The volume claims that the pipeline's containers of a pod mount, each with its container.
pub(super) fn claims(pod: &Pod) -> impl Iterator<Item = (&str, &str)> {
    let containers = pod.containers.iter();
    let pipeline = containers.filter(|container| PIPELINE.contains(&container.name.as_str()));
    pipeline.flat_map(|container| {
        container
            .mounts
            .iter()
            .filter_map(|mount| match &mount.volume {
                Volume::Claim(claim) => Some((claim.as_str(), container.name.as_str())),
                _ => None,
            })
    })
}

/// Judges what changes in the containers of a project, as it is now, and leaves out what goes without saying.
pub(super) fn judge(
    mut changes: Vec<Change>,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Vec<Change> {
    changes.retain_mut(|change| {
        let Some((name, key)) = of_container(&change.key) else {
            return true;
        };
        // The command that only lives on replaces nothing.
        let default = change.key.parse().ok().and_then(|key| default_of(&key));
        if key == "command" && change.after.is_some() && change.after == default {
            return true;
        }
        let is_pipeline = PIPELINE.contains(&name);
        let verdict = match (key, &change.after) {
            ("image", Some(image))
                if change.kind == Kind::Added && name != "jnlp" && is_pipeline =>
            {
                match surroundings.image(name, image) {
                    None => return false,
                    verdict => verdict,
                }
            }
            _ if is_pipeline => in_pipeline(name, key, change),
            _ => in_other(name, key, change, after, surroundings),
        };
        if let Some((risk, reason)) = verdict {
            (change.risk, change.reason) = (risk, reason);
        }
        true
    });
    changes
}

/// The container that a key is of, and what of it: of a variable `env.` and its name.
fn of_container(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("pod.containers.")?.split_once('.')
}

/// What a change in one of the pipeline's containers means; `None`: what its key says.
fn in_pipeline(name: &str, key: &str, change: &Change) -> Option<Verdict> {
    let is_there = change.after.is_some();
    Some(match key {
        "image" if !is_there => because("the image of Jenkins' Kubernetes plugin runs instead"),
        "command" => risk("it replaces what runs there, and can change the pipeline's programs"),
        "env" => because("a variable can name those before it"),
        "mounts" => match (name, Mounted::of(change.after.as_deref()?)) {
            ("grype", Mounted::Claim(_)) => {
                risk("what others have written there can change what grype finds")
            }
            ("grype", _) => risk("its files can change what grype finds"),
            (_, Mounted::Claim(_)) => risk("what others have written there reaches the build"),
            (_, Mounted::Secret) => return None,
            ("buildkit", Mounted::ConfigMap) => {
                risk("its files can change what BuildKit allows and where it pulls from")
            }
            (_, Mounted::ConfigMap) => {
                risk("its files can change what the pipeline's programs there do")
            }
        },
        _ if !key.starts_with("env.") => return None,
        _ if name == "grype" => risk("grype takes its settings from variables: it can find less"),
        _ if is_there => risk("the pipeline's programs there read it: it can change what they do"),
        _ => because("the pipeline's programs there read it"),
    })
}

/// What a change in a container of the project's own means; `None`: what its key says.
fn in_other(
    name: &str,
    key: &str,
    change: &Change,
    after: &Project,
    surroundings: &Surroundings<'_>,
) -> Option<Verdict> {
    let value = change.after.as_deref()?;
    let mounted = (key == "mounts").then(|| Mounted::of(value));
    match mounted {
        Some(Mounted::Secret) => return None,
        Some(Mounted::Claim(claim)) => {
            if let Some(container) = surroundings.claims.get(claim) {
                return Some(risk(format!(
                    "what runs there can write what container {container} takes from it"
                )));
            }
        }
        _ => {}
    }
    if key != "command" && mounted.is_none() && !key.starts_with("env.") {
        return None;
    }
    after.own_stages.iter().find_map(|stage| {
        let side = Side {
            project: after,
            stage,
        };
        match side.power() {
            (Risk::Risk, Some(power)) if side.container() == name => Some(risk(format!(
                "the own stage {} runs there: {power}",
                stage.name
            ))),
            _ => None,
        }
    })
}

/// What is mounted, as a change tells it.
#[derive(Debug, Clone, Copy)]
enum Mounted<'a> {
    Secret,
    ConfigMap,
    Claim(&'a str),
}

impl<'a> Mounted<'a> {
    fn of(text: &'a str) -> Self {
        let name = |rest: &'a str| rest.split(' ').next().unwrap_or(rest);
        match text.strip_prefix("volume claim ") {
            Some(rest) => Self::Claim(name(rest)),
            None if text.starts_with("secret ") => Self::Secret,
            None => Self::ConfigMap,
        }
    }
}
