//! The shared steps, and which of them the builds of a project run.

use super::{Position, Project, Task, Version};

/// Names of the shared steps and of the support var; no project may take one of them.
pub const SHARED_STEPS: &[&str] = &[
    "buildImage",
    "buildkitSolve",
    "extractBuildDir",
    "lastly",
    "mailOnFailure",
    "mailOnRecovery",
    "promoteArtifact",
    "pushImage",
    "readVersion",
    "runCommands",
    "scanImage",
    "sendMail",
    "sonarScan",
    "stepSupport",
    "tagSource",
    "withEcrHelper",
];

impl Project {
    /// The project in a library whose user has written these shared steps.
    pub(super) fn with_own_steps(mut self, steps: &[&'static str]) -> Self {
        self.own_steps = steps.to_vec();
        let called = steps.iter().copied().filter(|step| self.calls(step));
        self.own_steps = called.collect();
        self
    }

    /// Whether its builds may run a shared step as it is rendered. One that the user has written does what nobody here knows.
    pub fn runs(&self, step: &str) -> bool {
        self.calls(step) && !self.has_own(step)
    }

    /// Whether the user has written a shared step that its builds call.
    pub fn has_own(&self, step: &str) -> bool {
        self.own_steps.contains(&step)
    }

    /// Whether its pipeline, or a rendered step that this runs, calls a shared step.
    pub(super) fn calls(&self, step: &str) -> bool {
        let release = self.release.as_ref();
        match step {
            "stepSupport" => true,
            "readVersion" => matches!(self.version, Version::Properties { .. }),
            "extractBuildDir" => !self.checks.is_empty(),
            "buildImage" | "scanImage" => !self.images.is_empty(),
            "buildkitSolve" => self.runs("extractBuildDir") || self.runs("buildImage"),
            "sonarScan" => self.sonar.is_some(),
            "pushImage" => release.is_some_and(|release| !release.pushes.is_empty()),
            "tagSource" => release.is_some_and(|release| release.source_tag.is_some()),
            "promoteArtifact" => release.is_some_and(|release| release.promotion.is_some()),
            "withEcrHelper" => !self.ecr.is_empty(),
            "runCommands" => self
                .own_stages
                .iter()
                .any(|stage| matches!(stage.task, Task::Commands(..))),
            "lastly" => self
                .own_stages
                .iter()
                .any(|stage| stage.position == Position::Always),
            "mailOnFailure" => self
                .stages()
                .iter()
                .any(|stage| !stage.recipients.is_empty()),
            "mailOnRecovery" => !self.notify.recovery.is_empty(),
            "sendMail" => self.runs("mailOnFailure") || self.runs("mailOnRecovery"),
            _ => false,
        }
    }
}
