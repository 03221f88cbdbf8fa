//! The shared steps, and which of them the builds of a project run.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Position, Project, Task, Version};
use crate::diagnostic::series;

/// Declares the shared steps with their names, in the order of these.
macro_rules! shared_steps {
    ($($(#[$doc:meta])* $step:ident = $name:literal,)*) => {
        /// A shared step, or the support var. No project may take the name of one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SharedStep {
            $($(#[$doc])* $step,)*
        }

        impl SharedStep {
            /// All of them, by name.
            pub const ALL: &[Self] = &[$(Self::$step),*];

            /// Its file in `vars/`, without `.groovy`, and its name in Groovy.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$step => $name,)*
                }
            }
        }
    };
}

shared_steps! {
    /// Builds an image.
    BuildImage = "buildImage",
    /// What all steps that build call: one build by the daemon.
    BuildkitSolve = "buildkitSolve",
    /// Builds a check and takes its results out.
    ExtractBuildDir = "extractBuildDir",
    /// Runs parts one after the other, whatever came of those before.
    Lastly = "lastly",
    /// Mails when its body fails.
    MailOnFailure = "mailOnFailure",
    /// Mails when a branch is back to normal.
    MailOnRecovery = "mailOnRecovery",
    /// Promotes a version.
    PromoteArtifact = "promoteArtifact",
    /// Pushes an image.
    PushImage = "pushImage",
    /// Reads the version from a properties file.
    ReadVersion = "readVersion",
    /// Runs the commands of an own stage.
    RunCommands = "runCommands",
    /// Scans an image.
    ScanImage = "scanImage",
    /// Sends what both mail steps send.
    SendMail = "sendMail",
    /// Runs the SonarQube scanner.
    SonarScan = "sonarScan",
    /// What all others use: it is no step of its own.
    StepSupport = "stepSupport",
    /// Tags the source.
    TagSource = "tagSource",
    /// Logs in to Amazon registries.
    WithEcrHelper = "withEcrHelper",
}

impl SharedStep {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.name() == name)
    }

    /// Whether a file of this name would be the step's on a system that does not distinguish upper and lower case.
    pub fn is_file(name: &str) -> bool {
        let mut names = Self::ALL.iter().map(|step| step.name());
        names.any(|shared| shared.eq_ignore_ascii_case(name))
    }
}

/// What is to be said of shared steps that the user has written, if there are any.
pub fn note_on_own_steps(steps: &[SharedStep]) -> Option<String> {
    let verb = match steps {
        [] => return None,
        [_] => "does",
        _ => "do",
    };
    let steps = series(steps, "and");
    Some(format!("What your own {steps} {verb} is not known here."))
}

impl fmt::Display for SharedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for SharedStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Project {
    /// The project in a library whose user has written these shared steps.
    pub(super) fn with_own_steps(mut self, steps: &[SharedStep]) -> Self {
        self.own_steps = steps.to_vec();
        let called = steps.iter().copied().filter(|step| self.calls(*step));
        self.own_steps = called.collect();
        self
    }

    /// Whether its builds may run a shared step as it is rendered. One that the user has written does what nobody here knows.
    pub fn runs(&self, step: SharedStep) -> bool {
        self.calls(step) && !self.has_own(step)
    }

    /// Whether the user has written a shared step that its builds call.
    pub fn has_own(&self, step: SharedStep) -> bool {
        self.own_steps.contains(&step)
    }

    /// Whether its pipeline, or a rendered step that this runs, calls a shared step.
    pub(super) fn calls(&self, step: SharedStep) -> bool {
        let release = self.release.as_ref();
        match step {
            SharedStep::StepSupport => true,
            SharedStep::ReadVersion => matches!(self.version, Version::Properties { .. }),
            SharedStep::ExtractBuildDir => !self.checks.is_empty(),
            SharedStep::BuildImage | SharedStep::ScanImage => !self.images.is_empty(),
            SharedStep::BuildkitSolve => {
                self.runs(SharedStep::ExtractBuildDir) || self.runs(SharedStep::BuildImage)
            }
            SharedStep::SonarScan => self.sonar.is_some(),
            SharedStep::PushImage => release.is_some_and(|release| !release.pushes.is_empty()),
            SharedStep::TagSource => release.is_some_and(|release| release.source_tag.is_some()),
            SharedStep::PromoteArtifact => {
                release.is_some_and(|release| release.promotion.is_some())
            }
            SharedStep::WithEcrHelper => !self.ecr.is_empty(),
            SharedStep::RunCommands => self
                .own_stages
                .iter()
                .any(|stage| matches!(stage.task, Task::Commands(..))),
            SharedStep::Lastly => self
                .own_stages
                .iter()
                .any(|stage| stage.position == Position::Always),
            SharedStep::MailOnFailure => self
                .stages()
                .iter()
                .any(|stage| !stage.recipients.is_empty()),
            SharedStep::MailOnRecovery => !self.notify.recovery.is_empty(),
            SharedStep::SendMail => {
                self.runs(SharedStep::MailOnFailure) || self.runs(SharedStep::MailOnRecovery)
            }
        }
    }
}
