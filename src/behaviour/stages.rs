//! What a stage of a project's own can do, and what a change of it means: all that changes in a stage is one change.

use indexmap::IndexMap;

use super::subjects::{Risk, Subject, Verdict, because, risk};
use super::{Change, Kind, Part, containers};
use crate::config::KeyPath;
use crate::model::{
    BranchPattern, Condition, Credential, OwnStage, Position, Project, Task, Volume,
};

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
    let mut reach = None;
    match (before, after) {
        (Some(before), None) => verdicts.push(before.loss()),
        (None, Some(after)) => verdicts.push(after.power()),
        (Some(before), Some(after)) => {
            reach = after.reach(before);
            // A reach that is a risk says what it can do where it runs now.
            let is_told = matches!(reach, Some((Risk::Risk, _)));
            if !is_told && parts.iter().any(is_work) {
                verdicts.push(after.power());
            }
            verdicts.extend(reach.clone());
            match (before.is_gate(), after.is_gate()) {
                (true, false) => verdicts.push(risk("it stops no release any more if it fails")),
                (true, true) if parts.iter().any(is_work) => {
                    verdicts.push(risk("something else decides whether it stops a release"));
                }
                _ => {}
            }
        }
        (None, None) => {}
    }
    let worst = verdicts.iter().map(|(risk, _)| *risk).min()?;
    // In which builds it runs now is told beside anything worse.
    let reach = reach.filter(|(risk, _)| *risk != worst);
    let verdicts = verdicts.into_iter().filter(|(risk, _)| *risk == worst);
    let reasons: Vec<String> = verdicts
        .chain(reach)
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
            let also = match self.kinds().pull_requests {
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
        if self.container() == "grype" {
            return risk("it runs beside grype: it can change what it finds");
        }
        if let Some((claim, container)) = self.shared_claim() {
            return risk(format!(
                "it can write the volume claim {claim}, which container {container} uses too"
            ));
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
            Task::Commands(..) if self.kinds().pull_requests => {
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
            // Where it runs now it can do something else.
            (_, (Risk::Risk, Some(power)), (was, old))
                if was != Risk::Risk || old.as_ref() != Some(&power) =>
            {
                risk(format!("{reason}; {power}"))
            }
            _ => because(reason),
        };
        let (now, then) = (self.kinds(), before.kinds());
        if now.pull_requests && !then.pull_requests {
            Some(judge(format!("it runs in pull requests now{with}")))
        } else if now.tags && !then.tags {
            Some(judge(format!("it runs in builds of tags now{with}")))
        } else if !self.is_within(before) {
            Some(judge(format!("it may run in more builds now{with}")))
        } else if self.stage.position != before.stage.position {
            Some(match self.power() {
                (Risk::Risk, reason) => (Risk::Risk, reason),
                _ => because("it finds what the stages before it leave"),
            })
        } else if !before.is_within(self) {
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
        release.is_some_and(|release| self.asks_for_branch(release.branch.as_str()))
    }

    /// Whether its condition is true of builds of a branch.
    fn asks_for_branch(self, branch: &str) -> bool {
        let is_one_of = |patterns: &[BranchPattern]| {
            let mut patterns = patterns.iter();
            patterns.any(|pattern| pattern.matches(branch))
        };
        let when = &self.stage.when;
        Kinds::of(when).branches
            && (when.branches.is_empty() || is_one_of(&when.branches))
            && !is_one_of(&when.except_branches)
    }

    /// Whether only builds that release reach it.
    fn is_part_of_release(self) -> bool {
        matches!(
            self.stage.position,
            Position::BeforePush | Position::AfterPush | Position::AfterRelease
        )
    }

    /// The kinds of builds that it runs in.
    fn kinds(self) -> Kinds {
        match self.is_part_of_release() {
            true => Kinds {
                branches: self.is_released(),
                pull_requests: false,
                tags: false,
            },
            false => Kinds::of(&self.stage.when),
        }
    }

    /// Whether it is certain that it runs only in builds in which the other one runs too.
    fn is_within(self, other: Self) -> bool {
        let (own, others) = (self.kinds(), other.kinds());
        let is_kind_within = (!own.branches || others.branches)
            && (!own.pull_requests || others.pull_requests)
            && (!own.tags || others.tags);
        if !own.branches || !is_kind_within {
            return is_kind_within;
        }
        let release = |side: Self| side.project.release.as_ref().map(|release| &release.branch);
        match (self.is_part_of_release(), other.is_part_of_release()) {
            (true, true) => release(self) == release(other),
            (true, false) => {
                release(self).is_some_and(|branch| other.asks_for_branch(branch.as_str()))
            }
            (false, true) => false,
            (false, false) => {
                let (own, others) = (&self.stage.when, &other.stage.when);
                let are_all_in = |patterns: &[BranchPattern], all: &[BranchPattern]| {
                    let is_in =
                        |pattern: &BranchPattern| all.iter().any(|other| takes_in(other, pattern));
                    patterns.iter().all(is_in)
                };
                (others.branches.is_empty()
                    || (!own.branches.is_empty() && are_all_in(&own.branches, &others.branches)))
                    && are_all_in(&others.except_branches, &own.except_branches)
            }
        }
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

    /// The container that it runs in.
    pub(super) fn container(self) -> &'a str {
        let container = self.stage.container.as_ref();
        container.map_or("jnlp", |container| container.as_str())
    }

    /// A secret of the cluster that is mounted where it runs.
    fn mounted_secret(self) -> Option<&'a str> {
        self.volumes().find_map(|volume| match volume {
            Volume::Secret(name) | Volume::DockerConfigSecret(name, _) => Some(name.as_str()),
            _ => None,
        })
    }

    /// A volume claim that is mounted where it runs and in one of the pipeline's other containers, and that container.
    fn shared_claim(self) -> Option<(&'a str, &'a str)> {
        let claims = self.volumes().filter_map(|volume| match volume {
            Volume::Claim(claim) => Some(claim.as_str()),
            _ => None,
        });
        let claims: Vec<&str> = claims.collect();
        let mut others = containers::claims(&self.project.pod);
        others.find(|(claim, container)| *container != self.container() && claims.contains(claim))
    }

    /// The volumes that are mounted where it runs.
    fn volumes(self) -> impl Iterator<Item = &'a Volume> {
        let containers = self.project.pod.containers.iter();
        let own = containers.filter(move |container| container.name.as_str() == self.container());
        own.flat_map(|container| &container.mounts)
            .map(|mount| &mount.volume)
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

/// Which kinds of builds a stage runs in; each build is of one of them.
#[derive(Clone, Copy)]
struct Kinds {
    branches: bool,
    pull_requests: bool,
    tags: bool,
}

impl Kinds {
    /// Those that a condition lets through, perhaps not all builds of a kind.
    fn of(condition: &Condition) -> Self {
        let Condition {
            branches,
            // It concerns branches alone, and rarely all of them.
            except_branches: _,
            pull_request,
            tag,
        } = condition;
        let only_branches = !branches.is_empty();
        Self {
            branches: *pull_request != Some(true) && *tag != Some(true),
            pull_requests: *pull_request != Some(false) && *tag != Some(true) && !only_branches,
            tags: *tag != Some(false) && *pull_request != Some(true) && !only_branches,
        }
    }
}
/// Whether it is certain that one pattern matches all that the other one does. Where that would take some thought it is not: a wrong "fewer builds" would
/// hide what "more builds" shows.
fn takes_in(general: &BranchPattern, special: &BranchPattern) -> bool {
    let (general_text, special_text) = (general.as_str(), special.as_str());
    if general == special || (special.is_plain() && general.matches(special_text)) {
        return true;
    }
    let fixed = special_text.split('*').next().unwrap_or_default();
    let begins_with = |prefix: &str| !prefix.contains('*') && fixed.starts_with(prefix);
    match general_text.strip_suffix("**") {
        Some(prefix) => begins_with(prefix),
        // `release/1.*` is within `release/*`, and `release/1/*` is not.
        None => general_text.strip_suffix('*').is_some_and(|prefix| {
            begins_with(prefix)
                && special_text.strip_suffix('*') == Some(fixed)
                && !fixed[prefix.len()..].contains('/')
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_in_what_it_certainly_matches() {
        let is_in = |general: &str, special: &str| {
            takes_in(&general.parse().unwrap(), &special.parse().unwrap())
        };
        for (general, special) in [
            ("**", "main"),
            ("**", "release/*"),
            ("**", "*/x"),
            ("nightly*", "nightly"),
            ("feature/*", "feature/x"),
            ("PR-*", "PR-1"),
            ("release/*", "release/1.*"),
            ("release/**", "release/*"),
            ("release/**", "release/1/*"),
        ] {
            assert!(is_in(general, special), "{general} {special}");
        }
        for (general, special) in [
            ("main", "main2"),
            ("*", "**"),
            ("*", "a/*"),
            ("release/*", "release/**"),
            ("release/*", "release/1/*"),
            ("release/*", "rel*"),
            ("a*b", "a*"),
            ("a*b", "ac*b"),
        ] {
            assert!(!is_in(general, special), "{general} {special}");
        }
    }
}
