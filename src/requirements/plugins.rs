//! Which plugin has what the emitted Groovy uses, since when, and which projects use it.
//!
//! A release stands here only with a source. Where a changelog is complete from some release on and does not tell of an addition, that release had it
//! already. What no source tells is [`Since::Unknown`]; nothing is guessed.

use std::fmt;

use serde::{Serialize, Serializer};

use self::Since::{After, Any, Release, Unknown};
use crate::model::{
    Check, ConcurrentBuilds, Credential, GitCredentials, MailPlugin, OwnStage, Project, Recipient,
    Secret, SharedStep, Task,
};

/// A plugin of Jenkins, and what is used of it, oldest first; what no source dates stands first.
#[derive(Debug)]
pub struct Plugin {
    /// Its short name, as in the update centre.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What is used of it.
    pub uses: &'static [Use],
}

/// A step, a symbol, a class or a variable that the emitted Groovy uses.
#[derive(Debug)]
pub struct Use {
    /// Its name in Groovy.
    pub name: &'static str,
    /// The arguments that count here; may be empty.
    pub with: &'static str,
    /// The oldest release that has it.
    pub since: Since,
    /// Where that is told; of an unknown one, what is nearest to it.
    pub source: &'static str,
    /// Whether a project's builds may use it.
    pub used: fn(&Project) -> bool,
}

impl fmt::Display for Use {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.with {
            "" => formatter.write_str(self.name),
            with => write!(formatter, "{}({with})", self.name),
        }
    }
}

/// The oldest release of a plugin that has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// No source was found that tells.
    Unknown,
    /// Every release has it.
    Any,
    /// This one.
    Release(&'static str),
    /// One that is newer than this one; no source tells which.
    After(&'static str),
}

impl fmt::Display for Since {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("not established"),
            Self::Any => formatter.write_str("any release"),
            Self::Release(release) => write!(formatter, "{release} or newer"),
            Self::After(release) => write!(formatter, "newer than {release}"),
        }
    }
}

/// For programs: `unknown`, `any`, `1.2` or `>1.2`.
impl Serialize for Since {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_str("unknown"),
            Self::Any => serializer.serialize_str("any"),
            Self::Release(release) => serializer.serialize_str(release),
            Self::After(release) => serializer.collect_str(&format_args!(">{release}")),
        }
    }
}

/// What Jenkins itself has, without a plugin.
pub const CORE: &[&str] = &["buildDiscarder", "logRotator"];

/// A row for each use: its name, the arguments that count, since when, where that is told, and which projects use it.
macro_rules! plugin {
    ($id:literal, $name:literal, $($use:literal $(with $with:literal)?: $since:expr, $source:ident, $used:ident;)+) => {
        Plugin {
            id: $id,
            name: $name,
            uses: &[$(Use {
                name: $use,
                with: concat!($($with)?),
                since: $since,
                source: $source,
                used: $used,
            }),+],
        }
    };
}

/// The plugins, by their short names.
pub const PLUGINS: &[Plugin] = &[
    plugin! { "artifactz", "Artifactz.io",
        // Neither the README nor the sources tell, and no list of releases was found.
        "publishArtifact": Unknown, ARTIFACTZ, promotes;
        "pushArtifact": Unknown, ARTIFACTZ, promotes;
    },
    plugin! { "coverage", "Coverage",
        // The plugin was made to hold this step without the deprecated ones.
        "recordCoverage" with "tools": Any, COVERAGE, covers;
    },
    plugin! { "credentials-binding", "Credentials Binding",
        "withCredentials": Release("1.3"), CREDENTIALS_BINDING, binds_credentials;
        "string": Release("1.10"), CREDENTIALS_BINDING, has_text_secret;
        "file": Release("1.10"), CREDENTIALS_BINDING, has_file_secret;
        "usernamePassword": Release("1.10"), CREDENTIALS_BINDING, binds_password;
        "sshUserPrivateKey": Release("1.13"), CREDENTIALS_BINDING, binds_ssh_key;
    },
    plugin! { "email-ext", "Email Extension",
        // The changelog calls it as pull request 135 does: extended pipeline support.
        "emailext" with "recipientProviders": Release("2.44"), EMAIL_EXT, mails_by_emailext;
        "emailextrecipients": Release("2.44"), EMAIL_EXT, asks_for_addresses;
        // Recipient providers are older than that, and of these no later change is told.
        "DevelopersRecipientProvider": Release("2.44"), EMAIL_EXT, mails_developers;
        "RequesterRecipientProvider": Release("2.44"), EMAIL_EXT, mails_requester;
        "CulpritsRecipientProvider": Release("2.53"), EMAIL_EXT, mails_culprits;
    },
    plugin! { "git", "Git",
        // That scm steps return the revision: JENKINS-26100.
        "checkout(scm).GIT_COMMIT": Release("3.3.1"), GIT, always;
        "gitUsernamePassword": Release("4.8.0"), GIT_CREDENTIALS, pushes_by_https;
    },
    plugin! { "htmlpublisher", "HTML Publisher",
        "publishHTML" with "reportTitles": Release("1.13"), HTMLPUBLISHER, scans;
        "publishHTML" with "includes": Release("1.14"), HTMLPUBLISHER, scans;
    },
    plugin! { "jacoco", "JaCoCo",
        // The step has a name; without one it is in 2.1.0.
        "jacoco": Release("2.2.1"), JACOCO, covers_by_jacoco;
    },
    plugin! { "junit", "JUnit",
        // It must be the step that returns the number of tests, not the older build step of the same name. The pull request is of 2017; the README and
        // the table of compatible plugins name no release.
        "junit" with "testResults, allowEmptyResults": Unknown, JUNIT_PULL_76, tests;
    },
    plugin! { "kubernetes", "Kubernetes",
        "container": Release("0.9"), KUBERNETES, always;
        // These release notes show both together.
        "podTemplate" with "yaml": Release("1.17.0"), KUBERNETES_1_17, always;
        "POD_LABEL": Release("1.17.0"), KUBERNETES_1_17, always;
    },
    plugin! { "lockable-resources", "Lockable Resources",
        "lock" with "inversePrecedence": Release("1.8"), LOCKABLE_RESOURCES, locks;
    },
    plugin! { "mailer", "Mailer",
        // Made fit for pipelines in 2014; the README leaves the changes up to 1.23 to a wiki page that was not found.
        "Mailer": Unknown, MAILER_PULL_15, mails_by_mailer;
    },
    plugin! { "pipeline-groovy-lib", "Pipeline: Groovy Libraries",
        // Its predecessor `workflow-cps-global-lib` has it since 2.10.
        "libraryResource" with "encoding": Any, WORKFLOW_CPS_GLOBAL_LIB, always;
    },
    plugin! { "pipeline-milestone-step", "Pipeline: Milestone Step",
        "milestone": Release("1.0"), PIPELINE_MILESTONE_STEP, has_milestones;
    },
    plugin! { "pipeline-stage-step", "Pipeline: Stage Step",
        "stage": Release("2.2"), PIPELINE_STAGE_STEP, always;
        "env.STAGE_NAME": Release("2.3"), PIPELINE_STAGE_STEP, mails_on_failure;
    },
    plugin! { "pipeline-utility-steps", "Pipeline Utility Steps",
        // The changelog is complete from the first release on.
        "readProperties" with "file": Any, PIPELINE_UTILITY_STEPS, reads_version;
        // The pull request is of 2019, and 1.5.1, of 2017, is the last release that could be dated.
        "readJSON" with "returnPojo": After("1.5.1"), PIPELINE_UTILITY_STEPS_PULL_65, reads_digests;
        // Of a Groovy map: it took net.sf.json objects alone before.
        "writeJSON" with "json": After("1.5.1"), PIPELINE_UTILITY_STEPS_PULL_65, logs_in_to_ecr;
    },
    plugin! { "sonar", "SonarQube Scanner",
        // It is what the plugin has for pipelines: its pull request 62 tests that.
        "withSonarQubeEnv": Release("2.5"), PIPELINE_COMPATIBILITY, analyses;
    },
    plugin! { "workflow-basic-steps", "Pipeline: Basic Steps",
        "echo": Release("2.0"), BASIC_STEPS, always;
        "error": Release("2.0"), BASIC_STEPS, always;
        "withEnv": Release("2.0"), BASIC_STEPS, always;
        "timeout" with "unit": Release("2.0"), BASIC_STEPS, always;
        "fileExists": Release("2.0"), BASIC_STEPS, reads_exit_code;
        "readFile" with "encoding": Release("2.0"), BASIC_STEPS, reads_exit_code;
        "step": Release("2.0"), BASIC_STEPS, mails_by_mailer;
        "writeFile" with "encoding": Release("2.5"), BASIC_STEPS, always;
    },
    plugin! { "workflow-cps", "Pipeline: Groovy",
        "env": Any, WORKFLOW_CPS, always;
    },
    plugin! { "workflow-durable-task-step", "Pipeline: Nodes and Processes",
        // Older releases of workflow-basic-steps have it, which is needed as well.
        "dir": Any, BASIC_STEPS, always;
        "node": Release("2.0"), DURABLE_TASK_STEP, always;
        "sh" with "returnStatus": Release("2.4"), DURABLE_TASK_STEP, always;
        "sh" with "label": Release("2.28"), DURABLE_TASK_STEP, always;
        // Merged in 2020; 2.35, of 2019, is the last release before.
        "env.WORKSPACE_TMP": After("2.35"), WORKFLOW_DURABLE_TASK_STEP_PULL_128, always;
    },
    plugin! { "workflow-job", "Pipeline: Job",
        "disableConcurrentBuilds": Release("2.4"), WORKFLOW_JOB, forbids_concurrent;
        // The changelog ends with 2.40 and does not have it.
        "disableConcurrentBuilds" with "abortPrevious": After("2.40"), WORKFLOW_JOB_PULL_200, aborts_previous;
    },
    plugin! { "workflow-multibranch", "Pipeline: Multibranch",
        "properties": Release("2.0"), WORKFLOW_MULTIBRANCH, always;
    },
    plugin! { "workflow-scm-step", "Pipeline: SCM Step",
        // It must return what the checkout found.
        "checkout": Release("2.6"), WORKFLOW_SCM_STEP, always;
    },
    plugin! { "workflow-support", "Pipeline: Supporting APIs",
        "currentBuild.previousCompletedBuild": Release("3.4"), WORKFLOW_SUPPORT, mails_on_recovery;
    },
];

const BASIC_STEPS: &str = "https://github.com/jenkinsci/workflow-basic-steps-plugin/blob/11ab5be59e895d493ab39318b1d9b0f559191497/CHANGELOG.md";
const DURABLE_TASK_STEP: &str = "https://github.com/jenkinsci/workflow-durable-task-step-plugin/blob/150cf3888cec15155be19e7a22cba49d3014e954/CHANGELOG.md";
const ARTIFACTZ: &str = "https://github.com/jenkinsci/artifactz-plugin";
const COVERAGE: &str = "https://github.com/jenkinsci/coverage-plugin/blob/main/README.md";
const CREDENTIALS_BINDING: &str = "https://github.com/jenkinsci/credentials-binding-plugin/blob/bc96df37a049294ac63f24d0fe845021fb50252d/CHANGELOG.md";
const EMAIL_EXT: &str = "https://github.com/jenkinsci/email-ext-plugin/blob/384b1a6570de96f930f0dc2844b49bdbfad54335/CHANGELOG.adoc";
const GIT: &str = "https://github.com/jenkinsci/git-plugin/blob/5f282baadd7269c045c3e9c9fb401606f8adffb5/CHANGELOG.adoc";
const GIT_CREDENTIALS: &str =
    "https://www.jenkins.io/blog/2021/07/27/git-credentials-binding-phase-1/";
const HTMLPUBLISHER: &str = "https://github.com/jenkinsci/htmlpublisher-plugin/blob/ba5dfad9be93962f6cce0379648d6e01c962248c/CHANGELOG.md";
const JACOCO: &str = "https://github.com/jenkinsci/jacoco-plugin/blob/07dd38d70d81ecea0c9d752d8cff5a77d858cebb/README.md";
const JUNIT_PULL_76: &str = "https://github.com/jenkinsci/junit-plugin/pull/76";
const KUBERNETES: &str = "https://github.com/jenkinsci/kubernetes-plugin/blob/021e0cf190f3e95cdcd6dc34c61eec8cad386d25/CHANGELOG.md";
const KUBERNETES_1_17: &str =
    "https://github.com/jenkinsci/kubernetes-plugin/releases/tag/kubernetes-1.17.0";
const LOCKABLE_RESOURCES: &str = "https://github.com/jenkinsci/lockable-resources-plugin/blob/d70f97a3e5029361fb52ee84763fbb7af1c2ff6f/CHANGELOG.old.md";
const MAILER_PULL_15: &str = "https://github.com/jenkinsci/mailer-plugin/pull/15";
const PIPELINE_COMPATIBILITY: &str = "https://github.com/jenkinsci/pipeline-plugin/blob/00a79f92d7b7eea5bd31875134e5f076e37871db/COMPATIBILITY.md";
const PIPELINE_MILESTONE_STEP: &str = "https://github.com/jenkinsci/pipeline-milestone-step-plugin/blob/3d69c422d9e043b61954c354bb1404738b78848d/CHANGELOG.md";
const PIPELINE_STAGE_STEP: &str = "https://github.com/jenkinsci/pipeline-stage-step-plugin/blob/3bef86f9fd5b8976d13a17accaa35d84da9d6bd8/CHANGELOG.md";
const PIPELINE_UTILITY_STEPS: &str = "https://github.com/jenkinsci/pipeline-utility-steps-plugin/blob/00640679054f4199179bb45fd5eab4d5e3b37de6/CHANGES.md";
const PIPELINE_UTILITY_STEPS_PULL_65: &str =
    "https://github.com/jenkinsci/pipeline-utility-steps-plugin/pull/65";
const WORKFLOW_CPS: &str = "https://github.com/jenkinsci/workflow-cps-plugin";
const WORKFLOW_CPS_GLOBAL_LIB: &str = "https://github.com/jenkinsci/workflow-cps-global-lib-plugin/blob/2b7e026925badd034f63ab7fba2d9e44e1c232c0/CHANGELOG.md";
const WORKFLOW_DURABLE_TASK_STEP_PULL_128: &str =
    "https://github.com/jenkinsci/workflow-durable-task-step-plugin/pull/128";
const WORKFLOW_JOB: &str = "https://github.com/jenkinsci/workflow-job-plugin/blob/0946951416ad504c8cf0d8db76c2538dc48c9616/CHANGELOG.md";
const WORKFLOW_JOB_PULL_200: &str = "https://github.com/jenkinsci/workflow-job-plugin/pull/200";
const WORKFLOW_MULTIBRANCH: &str = "https://github.com/jenkinsci/workflow-multibranch-plugin/blob/1fec5a9b6edb08cda0959c6cdfcf80a0fce81ae6/CHANGELOG.md";
const WORKFLOW_SCM_STEP: &str = "https://github.com/jenkinsci/workflow-scm-step-plugin/blob/0c39a4e5b64ad7404f68019a97223f77671c6763/CHANGELOG.md";
const WORKFLOW_SUPPORT: &str = "https://github.com/jenkinsci/workflow-support-plugin/blob/03782a46c8bacf5edc5f933aa0717c7183199fd9/CHANGELOG.md";

fn always(_: &Project) -> bool {
    true
}

fn forbids_concurrent(project: &Project) -> bool {
    project.options.concurrent_builds == ConcurrentBuilds::Forbid
}

fn aborts_previous(project: &Project) -> bool {
    project.options.concurrent_builds == ConcurrentBuilds::AbortPrevious
}

fn has_milestones(project: &Project) -> bool {
    project.options.milestones
}

fn reads_version(project: &Project) -> bool {
    project.runs(SharedStep::ReadVersion)
}

fn scans(project: &Project) -> bool {
    project.runs(SharedStep::ScanImage)
}

fn reads_digests(project: &Project) -> bool {
    project.runs(SharedStep::BuildImage) || project.runs(SharedStep::PushImage)
}

fn binds_credentials(project: &Project) -> bool {
    let has_credentials = |stage: &OwnStage| !stage.credentials.is_empty();
    project.runs(SharedStep::BuildkitSolve)
        || (project.runs(SharedStep::TagSource) && tag_credentials(project).is_some())
        || project.own_stages.iter().any(has_credentials)
}

fn has_text_secret(project: &Project) -> bool {
    (project.runs(SharedStep::BuildkitSolve)
        && secrets(project).any(|secret| matches!(secret, Secret::CredentialsText(_))))
        || binds(project, |bound| matches!(bound, Credential::Text(_)))
}

fn has_file_secret(project: &Project) -> bool {
    (project.runs(SharedStep::BuildkitSolve)
        && secrets(project).any(|secret| matches!(secret, Secret::CredentialsFile(_))))
        || binds(project, |bound| matches!(bound, Credential::File(_)))
}

fn binds_password(project: &Project) -> bool {
    binds(project, |bound| {
        matches!(bound, Credential::UsernamePassword(_))
    })
}

fn binds_ssh_key(project: &Project) -> bool {
    pushes_by_ssh(project) || binds(project, |bound| matches!(bound, Credential::SshKey(_)))
}

/// Whether a stage of the project's own has such a credential.
fn binds(project: &Project, is_such: fn(&Credential) -> bool) -> bool {
    let mut credentials = project
        .own_stages
        .iter()
        .flat_map(|stage| &stage.credentials);
    credentials.any(|(_, credential)| is_such(credential))
}

fn secrets(project: &Project) -> impl Iterator<Item = &Secret> {
    let secrets = project.images.iter().flat_map(|image| &image.secrets);
    secrets.map(|(_, secret)| secret)
}

fn reads_exit_code(project: &Project) -> bool {
    let mut checks = project.checks.iter();
    project.runs(SharedStep::ExtractBuildDir) && checks.any(|check| check.exit_code_file.is_some())
}

fn tests(project: &Project) -> bool {
    let publishes = |stage: &OwnStage| match &stage.task {
        Task::Commands(_, junit) => !junit.is_empty(),
        Task::Step(..) => false,
    };
    let has_reports = |check: &Check| !check.junit.is_empty();
    (project.runs(SharedStep::ExtractBuildDir) && project.checks.iter().any(has_reports))
        || (project.runs(SharedStep::RunCommands) && project.own_stages.iter().any(publishes))
}

fn covers(project: &Project) -> bool {
    let mut checks = project.checks.iter();
    project.runs(SharedStep::ExtractBuildDir) && checks.any(|check| !check.coverage.is_empty())
}

fn covers_by_jacoco(project: &Project) -> bool {
    let mut checks = project.checks.iter();
    project.runs(SharedStep::ExtractBuildDir) && checks.any(|check| check.jacoco.is_some())
}

fn analyses(project: &Project) -> bool {
    project.runs(SharedStep::SonarScan)
}

fn logs_in_to_ecr(project: &Project) -> bool {
    project.runs(SharedStep::WithEcrHelper)
}

fn locks(project: &Project) -> bool {
    project.release.as_ref().is_some_and(|release| release.lock)
}

/// The credentials of the push of the source's tags.
pub(super) fn tag_credentials(project: &Project) -> Option<&GitCredentials> {
    let tag = project.release.as_ref()?.source_tag.as_ref()?;
    tag.credentials.as_ref()
}

pub(super) fn pushes_by_https(project: &Project) -> bool {
    project.runs(SharedStep::TagSource)
        && matches!(tag_credentials(project), Some(GitCredentials::Https(_)))
}

pub(super) fn pushes_by_ssh(project: &Project) -> bool {
    project.runs(SharedStep::TagSource)
        && matches!(tag_credentials(project), Some(GitCredentials::Ssh(_)))
}

pub(super) fn promotes(project: &Project) -> bool {
    project.runs(SharedStep::PromoteArtifact)
}

fn mails_on_failure(project: &Project) -> bool {
    project.runs(SharedStep::MailOnFailure)
}

fn mails_on_recovery(project: &Project) -> bool {
    project.runs(SharedStep::MailOnRecovery)
}

/// Those that the rendered steps mail.
fn recipients(project: &Project) -> Vec<&Recipient> {
    let mut recipients = Vec::new();
    if project.runs(SharedStep::SendMail) && project.runs(SharedStep::MailOnFailure) {
        let stages = project.stages();
        recipients.extend(stages.iter().flat_map(|stage| stage.recipients));
    }
    if project.runs(SharedStep::SendMail) && project.runs(SharedStep::MailOnRecovery) {
        recipients.extend(&project.notify.recovery);
    }
    recipients
}

pub(super) fn mails_by_emailext(project: &Project) -> bool {
    project.runs(SharedStep::SendMail) && project.notify.via == MailPlugin::Emailext
}

pub(super) fn mails_by_mailer(project: &Project) -> bool {
    project.runs(SharedStep::SendMail) && project.notify.via == MailPlugin::Mailer
}

/// Mailer takes addresses alone, so Email Extension is asked for those of people.
fn asks_for_addresses(project: &Project) -> bool {
    let people = |recipient: &Recipient| !matches!(recipient, Recipient::Address(_));
    mails_by_mailer(project) && recipients(project).into_iter().any(people)
}

fn mails_culprits(project: &Project) -> bool {
    recipients(project).contains(&&Recipient::Culprits)
}

fn mails_developers(project: &Project) -> bool {
    recipients(project).contains(&&Recipient::Developers)
}

fn mails_requester(project: &Project) -> bool {
    recipients(project).contains(&&Recipient::Requester)
}
