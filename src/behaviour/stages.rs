//! What a stage of a project's own can do, and what a change of it means: all that changes in a stage is one change.

use indexmap::IndexMap;

use super::subjects::{Risk, Subject, Verdict, because, risk};
use super::{Change, Kind, Part};
use crate::config::KeyPath;
use crate::forecast::{Build, holds};
use crate::model::{BranchPattern, Credential, OwnStage, Position, Project, Release, Task, Volume};

/// Joins what changes in a stage. The project as it was and is: `None` if it was not there.
pub(super) fn join(
    changes: Vec<Change>,
    before: Option<&Project>,
    after: Option<&Project>,
) -> Vec<Change> {
    let mut joined: Vec<Change> = Vec::new();
    let mut places: IndexMap<String, usize> = IndexMap::new();
    for change in changes {
        let Some((name, key)) = stage_of(&change.key) else {
            joined.push(change);
            continue;
        };
        let name = name.to_owned();
        let is_whole = key.is_none();
        let place = *places.entry(name.clone()).or_insert(joined.len());
        if place == joined.len() {
            let path = KeyPath::from("stages").key(&name);
            joined.push(Change {
                key: path.to_string(),
                what: format!("own stage {name}"),
                kind: match is_whole {
                    true => change.kind,
                    false => Kind::Changed,
                },
                before: None,
                after: None,
                rank: Subject::of(&path).0.rank(),
                ..change.clone()
            });
        }
        if is_whole {
            continue;
        }
        let whole = &mut joined[place];
        if change.risk < whole.risk {
            (whole.risk, whole.reason) = (change.risk, change.reason);
        }
        let of_stage = format!(" of stage {name}");
        whole.parts.push(Part {
            what: change.what.replacen(&of_stage, "", 1),
            key: change.key,
            before: change.before,
            after: change.after,
        });
    }
    for (name, place) in places {
        let change = &mut joined[place];
        let side = |project| Side::of(project, &name);
        let verdict = judge(before.and_then(side), after.and_then(side), &change.parts);
        if let Some((risk, reason)) = verdict.filter(|(risk, _)| *risk <= change.risk) {
            (change.risk, change.reason) = (risk, reason);
        }
    }
    joined
}

/// The stage that a key is of, and what of it.
fn stage_of(key: &str) -> Option<(&str, Option<&str>)> {
    let rest = key.strip_prefix("stages.")?;
    Some(match rest.split_once('.') {
        Some((name, key)) => (name, Some(key)),
        None => (rest, None),
    })
}

/// What a change means; `None` if its parts say it.
fn judge(before: Option<Side<'_>>, after: Option<Side<'_>>, parts: &[Part]) -> Option<Verdict> {
    let mut verdicts = Vec::new();
    match (before, after) {
        (Some(before), None) => verdicts.push(before.loss()),
        (None, Some(after)) => verdicts.push(after.power()),
        (Some(before), Some(after)) => {
            let reach = after.reach(before);
            // A reach that is a risk says what it can do where it runs now.
            let is_told = matches!(reach, Some((Risk::Risk, _)));
            if !is_told && parts.iter().any(is_work) {
                verdicts.push(after.power());
            }
            verdicts.extend(reach);
            if before.is_gate() && !after.is_gate() {
                verdicts.push(risk("it stops no release any more if it fails"));
            }
        }
        (None, None) => {}
    }
    let worst = verdicts.iter().map(|(risk, _)| *risk).min()?;
    let verdicts = verdicts.into_iter().filter(|(risk, _)| *risk == worst);
    let reasons: Vec<String> = verdicts
        .filter_map(|(_, reason)| reason)
        .map(String::from)
        .collect();
    Some((worst, Some(reasons.join("; ").into())))
}

/// Whether a part changes what is done, and not only when or how it is told.
fn is_work(part: &Part) -> bool {
    let Some((_, Some(key))) = stage_of(&part.key) else {
        return false;
    };
    match key.split('.').next() {
        Some("commands" | "step" | "arguments" | "container" | "env") => true,
        Some("credentials") => part.after.is_some(),
        _ => false,
    }
}

/// A stage in its project.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) project: &'a Project,
    pub(super) stage: &'a OwnStage,
}

impl<'a> Side<'a> {
    fn of(project: &'a Project, name: &str) -> Option<Self> {
        let mut stages = project.own_stages.iter();
        let stage = stages.find(|stage| stage.name.as_str() == name)?;
        Some(Self { project, stage })
    }

    /// What it can do at worst.
    pub(super) fn power(self) -> Verdict {
        let Self { project, stage } = self;
        if let Some(credentials) = self.credentials() {
            let also = match self.runs_in(&pull_request()) {
                true => ", in pull requests too",
                false => "",
            };
            return risk(format!("it runs with the {credentials}{also}"));
        }
        if self.container() == "buildkit" {
            return risk(
                "it runs beside BuildKit's daemon: it can build, and push with the log-in there",
            );
        }
        if let Some(secret) = self.mounted_secret() {
            return risk(format!("it can read the secret {secret}"));
        }
        if self.is_released() {
            match stage.position {
                Position::AfterCheckout | Position::BeforeImages => {
                    return risk("it can change what is built and released");
                }
                Position::AfterImages | Position::BeforePush => {
                    return risk("it shares the workspace with the push that follows");
                }
                // Git runs the hooks of the checkout.
                Position::AfterPush if self.is_tagged_with_credentials() => {
                    return risk(
                        "it shares the checkout with the tags, which are pushed with a credential",
                    );
                }
                Position::AfterPush | Position::AfterRelease | Position::Always => {}
            }
        }
        match &stage.task {
            Task::Step(..) if holds_credentials(project) => {
                risk("it is Groovy, which can use the credentials of the build")
            }
            Task::Step(..) => because("it is Groovy, which can do all that the build can"),
            Task::Commands(..) if self.runs_in(&pull_request()) => {
                because("it runs in builds, those of pull requests too")
            }
            Task::Commands(..) => because("it runs in builds"),
        }
    }

    /// What it means that it is gone.
    fn loss(self) -> Verdict {
        match &self.stage.task {
            Task::Commands(_, junit) if !junit.is_empty() => {
                risk("its tests stop no build any more")
            }
            _ if self.is_gate() => risk("it stops no release any more if it fails"),
            _ => because("what it did is not done any more"),
        }
    }

    /// What it means that it runs in other builds than before.
    fn reach(self, before: Self) -> Option<Verdict> {
        let with = match self.credentials() {
            Some(credentials) => format!(", with the {credentials}"),
            None => String::new(),
        };
        let judge = |reason: String| match (with.is_empty(), self.power(), before.power()) {
            (false, ..) => risk(reason),
            // Where it runs now it can do more.
            (_, (Risk::Risk, Some(power)), (was, _)) if was != Risk::Risk => {
                risk(format!("{reason}; {power}"))
            }
            _ => because(reason),
        };
        let is_new = |build: &Build| self.runs_in(build) && !before.runs_in(build);
        let is_gone = |build: &Build| !self.runs_in(build) && before.runs_in(build);
        let builds = builds(before, self);
        if is_new(&pull_request()) {
            Some(judge(format!("it runs in pull requests now{with}")))
        } else if builds.iter().any(is_new) {
            Some(judge(format!("it runs in more builds now{with}")))
        } else if self.stage.position != before.stage.position {
            Some(match self.power() {
                (Risk::Risk, reason) => (Risk::Risk, reason),
                _ => because("it finds what the stages before it leave"),
            })
        } else if builds.iter().any(is_gone) {
            Some(because("it runs in fewer builds now"))
        } else {
            None
        }
    }

    /// Whether a release waits for it.
    fn is_gate(self) -> bool {
        let is_before = matches!(
            self.stage.position,
            Position::AfterCheckout
                | Position::BeforeImages
                | Position::AfterImages
                | Position::BeforePush
        );
        is_before && self.is_released()
    }

    /// Whether it runs in builds that release.
    fn is_released(self) -> bool {
        let release = self.project.release.as_ref();
        release.is_some_and(|release| self.runs_in(&branch(release)))
    }

    fn runs_in(self, build: &Build) -> bool {
        let only_releases = matches!(
            self.stage.position,
            Position::BeforePush | Position::AfterPush | Position::AfterRelease
        );
        let release = self.project.release.as_ref();
        let is_release = release.is_some_and(|release| branch(release) == *build);
        (is_release || !only_releases) && holds(&self.stage.when, build)
    }

    /// Its credentials in words, if it has any.
    fn credentials(self) -> Option<String> {
        let ids: Vec<&str> = self
            .stage
            .credentials
            .iter()
            .map(|(_, credential)| match credential {
                Credential::Text(id)
                | Credential::File(id)
                | Credential::UsernamePassword(id)
                | Credential::SshKey(id) => id.as_str(),
            })
            .collect();
        match &ids[..] {
            [] => None,
            [only] => Some(format!("credential {only}")),
            _ => Some(format!("credentials {}", ids.join(", "))),
        }
    }

    fn container(self) -> &'a str {
        let container = self.stage.container.as_ref();
        container.map_or("jnlp", |container| container.as_str())
    }

    /// A secret of the cluster that is mounted where it runs.
    fn mounted_secret(self) -> Option<&'a str> {
        let mut containers = self.project.pod.containers.iter();
        let container = containers.find(|container| container.name.as_str() == self.container())?;
        container
            .mounts
            .iter()
            .find_map(|mount| match &mount.volume {
                Volume::Secret(name) | Volume::DockerConfigSecret(name, _) => Some(name.as_str()),
                _ => None,
            })
    }

    fn is_tagged_with_credentials(self) -> bool {
        let tag = self
            .project
            .release
            .as_ref()
            .and_then(|release| release.source_tag.as_ref());
        tag.is_some_and(|tag| tag.credentials.is_some())
    }
}

/// Whether the builds of a project hold what should not be read by others.
fn holds_credentials(project: &Project) -> bool {
    let is_secret =
        |volume: &Volume| matches!(volume, Volume::Secret(_) | Volume::DockerConfigSecret(..));
    let release = project.release.as_ref();
    project.images.iter().any(|image| !image.secrets.is_empty())
        || project
            .own_stages
            .iter()
            .any(|stage| !stage.credentials.is_empty())
        || project.sonar.is_some()
        || !project.ecr.is_empty()
        || release
            .is_some_and(|release| release.source_tag.is_some() || release.promotion.is_some())
        || project.pod.containers.iter().any(|container| {
            container
                .mounts
                .iter()
                .any(|mount| is_secret(&mount.volume))
        })
}

fn pull_request() -> Build {
    Build::PullRequest("PR-1".to_owned())
}

fn branch(release: &Release) -> Build {
    Build::Branch(release.branch.to_string())
}

/// Builds in which two states of a stage can differ: for each pattern of their conditions a branch that it stands for, and the builds that no pattern
/// names.
fn builds(before: Side<'_>, after: Side<'_>) -> Vec<Build> {
    let name = |pattern: &BranchPattern| pattern.as_str().replace("**", "x/x").replace('*', "x");
    let mut builds = vec![Build::Tag("x".to_owned()), Build::Branch("x".to_owned())];
    for side in [before, after] {
        builds.extend(side.project.release.as_ref().map(branch));
        let when = &side.stage.when;
        let patterns = when.branches.iter().chain(&when.except_branches);
        builds.extend(patterns.map(|pattern| Build::Branch(name(pattern))));
    }
    builds
}
