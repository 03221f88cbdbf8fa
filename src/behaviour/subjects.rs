//! The words for each key of the language, and how much a change of it matters.

use std::borrow::Cow;

use serde::Serialize;

use super::{Change, Kind};
use crate::config::{KeyPath, Step};
use crate::model::SharedStep;

/// How much a change matters to a reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Something is less safe afterwards, reaches more, or stops working.
    Risk,
    /// It can have effects that are not seen at once.
    Look,
    /// It does what it says.
    Other,
}

/// A judgement and its reason.
pub(super) type Verdict = (Risk, Option<Cow<'static, str>>);

/// Judges a change from one value to another; `None`: there is none.
#[derive(Debug, Clone, Copy)]
enum Judge {
    Values(fn(Option<&str>, Option<&str>) -> Verdict),
    /// By its last free name too.
    Named(fn(&str, Option<&str>, Option<&str>) -> Verdict),
}

/// What is told of a value whose table is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InNewTable {
    /// What is more than another change.
    Told,
    /// Risks alone.
    Risks,
    /// Nothing: its table says it.
    Silent,
}

/// A key of the language, or a group of keys below free names.
#[derive(Debug)]
pub(super) struct Subject {
    /// Its path; `*` stands for a free name.
    key: &'static str,
    /// What it says, without an article; `{}` is the last free name.
    words: &'static str,
    judge: Judge,
    in_new_table: InNewTable,
}

impl Subject {
    /// The words for the key of a fact, and the free names in it.
    pub(super) fn of(key: &KeyPath) -> (&'static Self, Vec<&str>) {
        SUBJECTS
            .iter()
            .find_map(|subject| Some((subject, subject.names(key)?)))
            .unwrap_or((&UNKNOWN, Vec::new()))
    }

    /// What the key says, with its free names. The image that is the only one needs none.
    pub(super) fn name(&self, names: &[&str], only_image: Option<&str>) -> String {
        let words = self.words.replace("{}", names.last().unwrap_or(&""));
        let Some(first) = names.first() else {
            return words;
        };
        let owners = [
            ("images.*", "image"),
            ("publish.*", "image"),
            ("checks.*", "check"),
            ("stages.*", "stage"),
            ("pod.containers.*", "container"),
        ];
        let owner = owners.iter().find(|(table, _)| self.key.starts_with(table));
        match owner {
            Some((table, _)) if *table == self.key && !self.key.starts_with("publish") => {
                format!("{words} {first}")
            }
            Some((_, "image")) if only_image == Some(first) => words,
            Some((_, owner)) => format!("{words} of {owner} {first}"),
            None => words,
        }
    }

    /// What a change means of the key with these free names.
    pub(super) fn judge(
        &self,
        names: &[&str],
        before: Option<&str>,
        after: Option<&str>,
    ) -> Verdict {
        match self.judge {
            Judge::Values(judge) => judge(before, after),
            Judge::Named(judge) => judge(names.last().unwrap_or(&""), before, after),
        }
    }

    /// What is told of it if its table is new.
    pub(super) fn in_new_table(&self) -> InNewTable {
        self.in_new_table
    }

    /// The same, of what its table says already if that is new.
    const fn silent_if_new(mut self) -> Self {
        self.in_new_table = InNewTable::Silent;
        self
    }

    /// The same, of what its table says already if that is new, but for risks.
    const fn only_risks_if_new(mut self) -> Self {
        self.in_new_table = InNewTable::Risks;
        self
    }

    /// Its place in the language.
    pub(super) fn rank(&self) -> usize {
        let mut all = SUBJECTS.iter();
        let place = all.position(|subject| std::ptr::eq(subject, self));
        place.map_or(usize::MAX, |place| place + 1)
    }

    /// The free names, if the key is one of this subject.
    fn names<'a>(&self, key: &'a KeyPath) -> Option<Vec<&'a str>> {
        let mut pattern = self.key.split('.');
        let mut names = Vec::new();
        for step in key.steps() {
            let Step::Key(part) = step else { return None };
            match pattern.next()? {
                "*" => names.push(part.as_str()),
                expected if expected == part => {}
                _ => return None,
            }
        }
        pattern.next().is_none().then_some(names)
    }
}

/// The order of risks: what stops a build and stages of the users' own, which can do anything, then where releases go, then who gets a credential, and all else as the language has it.
pub(super) fn urgency(change: &Change) -> usize {
    if change.risk != Risk::Risk {
        return 0;
    }
    let key = change.key.as_str();
    let is_of = |tables: &[&str]| {
        let mut tables = tables.iter();
        tables.any(|table| {
            key.strip_prefix(table)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    // No key of the language has a slash: it is the path of a file.
    let is_file = key.contains('/') || change.kind == Kind::NotAsRendered;
    if is_file || is_of(&["library", "scan", "checks", "sonar", "stages"]) {
        0
    } else if is_of(&["release", "publish", "promotion", "step"]) {
        1
    } else if is_of(&["registry", "source_tag"]) || key.contains(".secrets.") {
        2
    } else {
        3
    }
}

/// For a key that has been forgotten here; no test lets it happen.
static UNKNOWN: Subject = subject("", "value", look);

const fn subject(
    key: &'static str,
    words: &'static str,
    judge: fn(Option<&str>, Option<&str>) -> Verdict,
) -> Subject {
    Subject {
        key,
        words,
        judge: Judge::Values(judge),
        in_new_table: InNewTable::Told,
    }
}

const fn named(
    key: &'static str,
    words: &'static str,
    judge: fn(&str, Option<&str>, Option<&str>) -> Verdict,
) -> Subject {
    Subject {
        key,
        words,
        judge: Judge::Named(judge),
        in_new_table: InNewTable::Told,
    }
}

/// The first that fits a key is meant.
static SUBJECTS: &[Subject] = &[
    subject(
        "library.name",
        "name under which Jenkins knows the library",
        |_, _| risk("Jenkinsfiles import the old name"),
    ),
    subject(
        "library.version",
        "revision that Jenkinsfiles import",
        |_, _| because("Jenkinsfiles that name the old one stay with it"),
    ),
    subject("library.locked", "locked key", |_, after| match after {
        None => risk("any project may set it"),
        Some(_) => OTHER,
    }),
    subject(
        "library.own_steps",
        "shared step of the library's own",
        own_step,
    ),
    subject("description", "description", other),
    subject(
        "step",
        "step that Jenkinsfiles call",
        |before, _| match before {
            Some(_) => risk("Jenkinsfiles call the old one"),
            None => OTHER,
        },
    ),
    subject("version.literal", "version", other),
    subject("version.file", "file that has the version", |_, _| {
        because("tags and pushed names follow from it")
    }),
    subject("version.key", "key of the version in its file", |_, _| {
        because("tags and pushed names follow from it")
    }),
    subject("images", "order of the images", other),
    subject("images.*", "image", |_, after| match after {
        None => because("it is not built and scanned any more"),
        Some(_) => because("every build builds it"),
    }),
    subject("images.*.context", "build context", |_, _| {
        because("other files reach the build")
    })
    .silent_if_new(),
    subject("images.*.dockerfile", "Dockerfile", |_, _| {
        because("another file says what is built")
    })
    .silent_if_new(),
    subject("images.*.target", "stage of the Dockerfile", |_, _| {
        risk("only the stages that it needs are built: tests in others stop nothing")
    })
    .silent_if_new(),
    named("images.*.args.*", "build argument {}", argument).only_risks_if_new(),
    subject("images.*.secrets.*.file", "build secret {} (file)", secret),
    subject(
        "images.*.secrets.*.credentials_file",
        "build secret {} (credential, a file)",
        secret,
    ),
    subject(
        "images.*.secrets.*.credentials_text",
        "build secret {} (credential, a text)",
        secret,
    ),
    subject(
        "images.*.network",
        "network of builds",
        |before, after| match (before, after) {
            (_, Some("host")) => risk("`RUN` reaches the pod's network and its daemons"),
            (Some("none"), _) => risk("`RUN` reaches the network, as it did not"),
            _ => OTHER,
        },
    ),
    subject("checks", "order of the checks", other),
    subject("checks.*", "check", |_, after| match after {
        None => risk("its tests stop no build any more"),
        Some(_) => OTHER,
    }),
    subject("checks.*.title", "title", other),
    subject("checks.*.image", "image", |_, _| {
        risk("the tests of the other image stop no build any more")
    })
    .silent_if_new(),
    subject("checks.*.target", "stage of the Dockerfile", |_, _| {
        risk("only the stages that it needs are built: tests in others stop nothing")
    })
    .silent_if_new(),
    subject("checks.*.directory", "folder that is taken out", |_, _| {
        risk("the reports and the exit code are those in it")
    })
    .silent_if_new(),
    subject("checks.*.destination", "folder of the results", |_, _| {
        because("the stages that follow find them there")
    })
    .silent_if_new(),
    // What the removal means depends on what else the check has: `compare` says it.
    subject(
        "checks.*.exit_code_file",
        "file with the tests' exit code",
        |before, after| match (before, after) {
            (Some(_), Some(_)) => risk("another file decides whether the tests have failed"),
            (_, Some(_)) => because("the stage fails if the image build does not write it"),
            _ => risk("failing tests stop no build any more"),
        },
    )
    .silent_if_new(),
    subject("checks.*.junit", "test reports", |_, after| match after {
        None => risk("failing tests in them stop no build any more"),
        Some(_) => OTHER,
    }),
    subject("checks.*.coverage", "coverage reports", coverage),
    subject("checks.*.jacoco", "coverage by JaCoCo", coverage),
    subject("checks.*.jacoco.exec", "JaCoCo's exec files", other),
    subject("checks.*.jacoco.classes", "JaCoCo's classes", other),
    subject("checks.*.jacoco.sources", "JaCoCo's sources", other),
    subject(
        "checks.*.jacoco.exclusions",
        "classes that JaCoCo leaves out",
        |_, _| because("the coverage says less or more"),
    ),
    subject(
        "buildkit.mode",
        "BuildKit's daemon",
        |_, after| match after {
            Some("privileged") => risk("it runs as root in a privileged container"),
            _ => because("some builds work in the other mode only"),
        },
    ),
    subject("cache.type", "layer cache", |_, after| match after {
        Some("local") => because("releases take layers that builds of all branches have written"),
        _ => OTHER,
    }),
    subject(
        "cache.path",
        "folder of the layer cache",
        |before, after| match (before, after) {
            (Some(_), Some(_)) => because("releases take the layers that are found there"),
            // What is said of the cache itself says it.
            _ => OTHER,
        },
    ),
    subject("cache.mode", "layers that the cache keeps", other),
    subject("sonar", "analysis by SonarQube", |_, after| match after {
        None => because("the code is not analysed any more"),
        Some(_) => OTHER,
    }),
    subject(
        "sonar.installation",
        "SonarQube server",
        |before, _| match before {
            Some(_) => risk("the code is sent to another server"),
            None => because("the code is sent to this server"),
        },
    ),
    named("sonar.properties.*", "SonarQube's property {}", property),
    subject("scan.fail_on", "scan gate", gate),
    subject(
        "scan.only_fixed",
        "scan counts only what has a fix",
        |_, after| match after {
            Some("true") => risk("findings without a fix stop no build any more"),
            _ => OTHER,
        },
    ),
    subject("scan.scope", "layers that are scanned", scope),
    subject("scan.report_title", "title of the scan report", other),
    subject(
        "scan.match_go_by_cpe",
        "scan of Go modules by CPE",
        |before, after| match (before, after) {
            (Some("true"), _) => risk("less is found, and what is not found stops no build"),
            _ => OTHER,
        },
    ),
    subject("scan.program", "program that scans", |_, _| {
        risk("another program decides the gate")
    }),
    subject("release.branch", "release branch", |before, after| {
        match (before, after) {
            (None, _) => risk("builds of this branch release"),
            (_, None) => because("nothing is released any more"),
            _ => risk("builds of another branch release"),
        }
    }),
    subject(
        "release.lock",
        "lock of the release",
        |_, after| match after {
            Some("false") => risk("two builds can release at the same time"),
            _ => OTHER,
        },
    ),
    subject("publish.*", "pushed name", |before, after| {
        match (before, after) {
            (None, _) => risk("releases are pushed there"),
            (_, None) => because("whoever pulls it gets no newer image"),
            _ => risk("releases are pushed there, and no more to the old one"),
        }
    }),
    subject(
        "registry.docker_config_secret",
        "log-in to registries (secret)",
        credential,
    ),
    subject(
        "registry.docker_config_map",
        "log-in to registries (config map)",
        credential,
    ),
    subject(
        "registry.docker_config_key",
        "key of the log-in to registries",
        |before, after| match (before, after) {
            (Some(_), Some(_)) => risk("another log-in is used"),
            // That there is a log-in, or none any more, says it.
            _ => OTHER,
        },
    ),
    subject("registry.ecr", "log-in to the Amazon registry", credential),
    subject("source_tag", "tags on the source", |_, after| match after {
        Some(_) => risk("releases write to the service's repository"),
        None => because("releases are not tagged any more"),
    }),
    subject(
        "source_tag.prefix",
        "prefix of the source's tags",
        |_, _| because("tags of other names are written"),
    )
    .silent_if_new(),
    subject(
        "source_tag.moving_tags",
        "moving tags on the source",
        |_, after| match after {
            Some("true") => risk("tags that exist are moved"),
            _ => because("the tags of older releases stay where they are"),
        },
    ),
    subject("source_tag.message", "message of the source's tags", other),
    subject("source_tag.committer.name", "name of the tagger", other),
    subject("source_tag.committer.email", "address of the tagger", other),
    subject(
        "source_tag.credentials.https",
        "credential for the source's tags (HTTPS)",
        credential,
    ),
    subject(
        "source_tag.credentials.ssh",
        "credential for the source's tags (SSH)",
        credential,
    ),
    subject("promotion", "promotion", |_, after| match after {
        Some(_) => risk("releases are promoted"),
        None => because("releases are not promoted any more"),
    }),
    subject("promotion.name", "name of the promoted artifact", promoted).silent_if_new(),
    subject("promotion.type", "type of the promoted artifact", promoted).silent_if_new(),
    subject("promotion.stage", "stage of the promotion", |_, _| {
        risk("releases are promoted in another stage")
    })
    .silent_if_new(),
    subject("promotion.flow", "flow of the promotion", |_, _| {
        risk("releases take another way")
    })
    .silent_if_new(),
    subject(
        "promotion.description",
        "description of the promoted artifact",
        other,
    ),
    subject("promotion.version", "promoted version", promoted).silent_if_new(),
    subject("stages", "order of the own stages", |_, _| {
        because("a stage finds what those before it leave")
    }),
    // What a change of a stage means depends on what else the stage says: `stages` judges it.
    subject("stages.*", "own stage", look),
    subject("stages.*.title", "title", other),
    subject("stages.*.position", "position", look),
    subject("stages.*.when.branches", "only on branches", look),
    subject("stages.*.when.except_branches", "not on branches", look),
    subject("stages.*.when.pull_request", "in pull requests", look),
    subject("stages.*.when.tag", "in tag builds", look),
    subject("stages.*.container", "container", look),
    subject("stages.*.commands", "commands", look),
    subject("stages.*.step", "step", look),
    subject("stages.*.arguments.*", "argument {}", look),
    subject("stages.*.env.*", "variable {}", look),
    subject(
        "stages.*.credentials.*.text",
        "credential {} (a text)",
        credential,
    ),
    subject(
        "stages.*.credentials.*.file",
        "credential {} (a file)",
        credential,
    ),
    subject(
        "stages.*.credentials.*.username_password",
        "credential {} (a user with password)",
        credential,
    ),
    subject(
        "stages.*.credentials.*.ssh_key",
        "credential {} (an SSH key)",
        credential,
    ),
    subject("stages.*.junit", "test reports", |_, after| match after {
        None => risk("failing tests in them are not seen any more"),
        Some(_) => OTHER,
    }),
    subject("stages.*.recipients", "mail of failures", recipient),
    subject("notify.via", "plugin that sends mail", |_, _| {
        because("Jenkins needs that plugin, set up to send")
    }),
    subject("notify.recipients", "mail of failures", recipient),
    subject(
        "notify.stages.checkout",
        "mail of failures (checkout)",
        recipient,
    ),
    subject("notify.stages.check", "mail of failures (check)", recipient),
    subject("notify.stages.sonar", "mail of failures (sonar)", recipient),
    subject("notify.stages.build", "mail of failures (build)", recipient),
    subject("notify.stages.scan", "mail of failures (scan)", recipient),
    subject("notify.stages.push", "mail of failures (push)", recipient),
    subject("notify.stages.tag", "mail of failures (tag)", recipient),
    subject(
        "notify.stages.promote",
        "mail of failures (promote)",
        recipient,
    ),
    subject("notify.stages.recovery", "mail of recoveries", recipient),
    subject(
        "options.timeout_minutes",
        "minutes that the pipeline may take",
        other,
    ),
    subject("options.keep_builds", "builds that Jenkins keeps", other),
    subject(
        "options.keep_days",
        "days that Jenkins keeps a build",
        other,
    ),
    subject(
        "options.concurrent_builds",
        "builds of a branch at the same time",
        |_, after| match after {
            Some("abort_previous") => {
                because("a newer build aborts an older one, also while it releases")
            }
            Some("allow") => because("they share what is outside the pod, such as the layer cache"),
            _ => OTHER,
        },
    ),
    subject(
        "options.milestones",
        "newer builds supersede older ones",
        |_, after| match after {
            Some("false") => risk("an older build can release after a newer one"),
            _ => OTHER,
        },
    ),
    // What a change in a container means depends on what runs there: `containers` judges it.
    subject("pod.containers.*", "container", |_, after| match after {
        Some(_) => OTHER,
        None => because("what ran in it does not any more"),
    }),
    subject("pod.containers.buildkit.image", "BuildKit's image", tool),
    subject("pod.containers.grype.image", "grype's image", tool),
    subject("pod.containers.sonar.image", "SonarScanner's image", tool),
    subject(
        "pod.containers.*.image",
        "image",
        |before, after| match before {
            None => risk("an image runs in builds that did not, with their workspace"),
            Some(_) => tool(before, after),
        },
    ),
    subject("pod.containers.*.command", "command", |_, _| {
        because("it must keep the container running")
    }),
    subject("pod.containers.*.env", "order of the variables", other),
    subject("pod.containers.*.env.*", "variable {}", |_, _| {
        because("all that runs in the container reads it")
    }),
    subject(
        "pod.containers.*.resources.requests.cpu",
        "CPU that is reserved",
        other,
    ),
    subject(
        "pod.containers.*.resources.requests.memory",
        "memory that is reserved",
        other,
    ),
    subject(
        "pod.containers.*.resources.limits.cpu",
        "limit of CPU",
        other,
    ),
    subject(
        "pod.containers.*.resources.limits.memory",
        "limit of memory",
        other,
    ),
    subject("pod.containers.*.mounts", "mount", |_, after| mount(after)),
];

const OTHER: Verdict = (Risk::Other, None);
pub(super) const LOOK: Verdict = (Risk::Look, None);

pub(super) fn risk(reason: impl Into<Cow<'static, str>>) -> Verdict {
    (Risk::Risk, Some(reason.into()))
}

pub(super) fn because(reason: impl Into<Cow<'static, str>>) -> Verdict {
    (Risk::Look, Some(reason.into()))
}

fn other(_: Option<&str>, _: Option<&str>) -> Verdict {
    OTHER
}

fn look(_: Option<&str>, _: Option<&str>) -> Verdict {
    LOOK
}

fn promoted(_: Option<&str>, _: Option<&str>) -> Verdict {
    risk("another artifact is promoted")
}

fn coverage(_: Option<&str>, after: Option<&str>) -> Verdict {
    match after {
        None => because("Jenkins does not show it any more"),
        Some(_) => OTHER,
    }
}

/// Of a build argument.
fn argument(name: &str, _: Option<&str>, after: Option<&str>) -> Verdict {
    // BuildKit gives these to each `RUN`, without an `ARG`: its `proxyEnvFromBuildArgs`.
    const PROXIES: [&str; 5] = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "FTP_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
    ];
    let is_proxy = PROXIES.iter().any(|proxy| proxy.eq_ignore_ascii_case(name));
    match name {
        "BUILDKIT_SYNTAX" => {
            risk("another program reads the Dockerfile, and can use the build's secrets")
        }
        _ if name.starts_with("BUILDKIT_") => {
            risk("BuildKit itself reads it, whatever the Dockerfile says")
        }
        _ if is_proxy && after.is_some() => {
            risk("every `RUN` reads it, declared or not: it decides which way downloads take")
        }
        _ if is_proxy => because("every `RUN` read it: downloads take another way"),
        _ => because("the Dockerfile decides what it does"),
    }
}

/// Of a property of the SonarQube scanner.
fn property(name: &str, _: Option<&str>, _: Option<&str>) -> Verdict {
    const SELECTIONS: [&str; 4] = [
        "sonar.sources",
        "sonar.tests",
        "sonar.modules",
        "sonar.projectBaseDir",
    ];
    let is_selection = SELECTIONS.contains(&name)
        || name.ends_with("xclusions")
        || name.ends_with("nclusions")
        || name.starts_with("sonar.issue.ignore.");
    match name {
        "sonar.scanner.skip" => risk("the analysis can be left out"),
        _ if name.starts_with("sonar.skip") => risk("the analysis can be left out"),
        _ if name.starts_with("sonar.qualitygate.") => {
            risk("it decides whether the quality gate stops a build")
        }
        _ if name.starts_with("sonar.scanner.") => {
            risk("it changes the program that analyses, which has the token of the server")
        }
        _ if name.ends_with(".executable") || name.ends_with(".jdkHome") => {
            risk("the scanner can run another program, beside the token of the server")
        }
        _ if is_selection => because("code can be left out of the analysis"),
        _ => because("it can change what is analysed"),
    }
}

/// Of a mount in a container.
fn mount(after: Option<&str>) -> Verdict {
    match after {
        Some(mount) if mount.starts_with("secret ") => {
            risk("what runs in the container can read it")
        }
        Some(mount) if mount.starts_with("volume claim ") => {
            because("builds find what others have written there")
        }
        Some(_) => because("what runs in the container finds its files"),
        None => because("what runs in the container may need it"),
    }
}

/// Of a shared step that users write instead.
fn own_step(before: Option<&str>, after: Option<&str>) -> Verdict {
    let named = |step: Option<&str>| step.and_then(SharedStep::named);
    match (named(before), named(after)) {
        (_, Some(step)) => risk(format!(
            "vars/{step}.groovy is your own from now on: {}",
            duty(step)
        )),
        (Some(step), None) => risk(format!(
            "the rendered step replaces your own: {}",
            duty(step)
        )),
        (None, None) => LOOK,
    }
}

/// What a library depends on a shared step for.
pub(super) fn duty(step: SharedStep) -> &'static str {
    match step {
        SharedStep::ScanImage => "it decides the gate",
        SharedStep::ExtractBuildDir => "it decides whether tests stop a build",
        SharedStep::BuildImage | SharedStep::BuildkitSolve => {
            "it builds the images, and holds their secrets"
        }
        SharedStep::PushImage => "it pushes the images",
        SharedStep::TagSource => "it writes to the services' repositories",
        SharedStep::PromoteArtifact => "it promotes releases",
        SharedStep::WithEcrHelper => "it logs in to registries",
        SharedStep::ReadVersion => "it tells the version",
        SharedStep::RunCommands => {
            "it runs the commands of own stages, and holds their credentials"
        }
        SharedStep::SonarScan => "it sends the code to SonarQube",
        SharedStep::MailOnFailure | SharedStep::MailOnRecovery | SharedStep::SendMail => {
            "it decides who is mailed what"
        }
        SharedStep::Lastly => "it runs the whole pipeline",
        SharedStep::StepSupport => "all shared steps use it",
    }
}

fn secret(before: Option<&str>, after: Option<&str>) -> Verdict {
    match (before, after) {
        (_, None) => because("the Dockerfile's commands may need it"),
        (None, _) => risk("the Dockerfile's commands can read it"),
        _ => risk("another secret reaches the build"),
    }
}

fn credential(before: Option<&str>, after: Option<&str>) -> Verdict {
    match (before, after) {
        (_, None) => because("what it opened may be closed"),
        (None, _) => risk("a credential is used that was not"),
        _ => risk("another credential is used"),
    }
}

fn recipient(_: Option<&str>, after: Option<&str>) -> Verdict {
    match after {
        None => because("this is not mailed there any more"),
        Some(address) if address.contains('@') => {
            because("it learns of builds, with the names of branches")
        }
        Some(_) => OTHER,
    }
}

fn gate(before: Option<&str>, after: Option<&str>) -> Verdict {
    const STRICT_FIRST: [&str; 6] = ["negligible", "low", "medium", "high", "critical", "never"];
    let rank = |word: Option<&str>| STRICT_FIRST.iter().position(|known| Some(*known) == word);
    match after {
        _ if rank(after) <= rank(before) => OTHER,
        Some("never") => risk("no finding stops a build any more"),
        _ => risk("less severe findings stop no build any more"),
    }
}

fn scope(before: Option<&str>, after: Option<&str>) -> Verdict {
    match (before, after) {
        (Some("all-layers"), Some(_)) => {
            risk("what a later layer replaced is not scanned any more")
        }
        _ => OTHER,
    }
}

/// Of an image that a pipeline runs in.
fn tool(before: Option<&str>, after: Option<&str>) -> Verdict {
    let (Some(before), Some(after)) = (before, after) else {
        return LOOK;
    };
    if before.contains('@') && !after.contains('@') {
        return risk("it is not pinned by digest any more: the tag can be moved");
    }
    match repository(before) == repository(after) {
        true => LOOK,
        false => risk("it comes from another repository"),
    }
}

/// An image reference without its tag and digest.
pub(super) fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        // A colon before the last slash is that of a port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::config::{LIBRARY_SCHEMA, PROJECT_SCHEMA};

    /// The paths of all keys that hold values, `*` for free names.
    fn keys<'a>(root: &'a Value, mut schema: &'a Value, path: &str, found: &mut BTreeSet<String>) {
        loop {
            if let Some(reference) = schema["$ref"].as_str() {
                schema = root.pointer(reference.trim_start_matches('#')).unwrap();
            } else if let Some(branches) = schema["anyOf"].as_array() {
                schema = branches
                    .iter()
                    .find(|branch| branch["type"] != "null")
                    .unwrap();
            } else {
                break;
            }
        }
        let below = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        if let Some(properties) = schema["properties"].as_object() {
            for (name, schema) in properties {
                keys(root, schema, &below(name), found);
            }
        } else if schema["additionalProperties"].is_object() {
            keys(root, &schema["additionalProperties"], &below("*"), found);
        } else {
            found.insert(path.to_owned());
        }
    }

    #[test]
    fn each_key_of_the_language_has_words() {
        let mut language = BTreeSet::new();
        keys(
            PROJECT_SCHEMA.as_value(),
            PROJECT_SCHEMA.as_value(),
            "",
            &mut language,
        );
        let library = &LIBRARY_SCHEMA.as_value()["properties"]["library"];
        keys(LIBRARY_SCHEMA.as_value(), library, "library", &mut language);
        // Whether the table is there is told instead.
        for switch in ["sonar.enabled", "source_tag.enabled", "promotion.enabled"] {
            assert!(language.remove(switch), "{switch}");
        }
        // The rules are told as the names that they add to each image.
        assert!(language.remove("publish"));
        language.insert("publish.*".to_owned());
        let words: BTreeSet<String> = SUBJECTS
            .iter()
            .filter(|subject| !subject.words.is_empty())
            .map(|subject| subject.key.to_owned())
            .collect();
        let without: Vec<&String> = language.difference(&words).collect();
        assert!(without.is_empty(), "no words for {without:?}");
        // What is told beside the keys: that a table is there, or in which order its names stand.
        let tables: BTreeSet<&str> = language
            .iter()
            .flat_map(|key| key.match_indices('.').map(|(end, _)| &key[..end]))
            .collect();
        for subject in SUBJECTS {
            let concrete = ["buildkit", "grype", "sonar"]
                .iter()
                .fold(subject.key.to_owned(), |key, name| {
                    key.replace(&format!("pod.containers.{name}"), "pod.containers.*")
                });
            assert!(
                language.contains(&concrete) || tables.contains(concrete.as_str()),
                "there is no key {}",
                subject.key
            );
        }
    }

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(repository("registry:5000/a/b"), "registry:5000/a/b");
        assert_eq!(
            repository("registry:5000/a/b:1@sha256:0"),
            "registry:5000/a/b"
        );
    }
}
