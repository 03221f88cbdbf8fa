//! Whether a project's description fits a checkout of its service. Each file here has the findings about one subject; each finding has a page in
//! `docs/findings/`.
//!
//! What can't be known, such as what a script makes or what a base image holds, counts as good: a finding is to be believed.

mod args;
mod copies;
mod dockerignore;
mod exit_code;
mod github;
mod jenkinsfile;
mod patterns;
mod reports;
mod secrets;
mod stages;
mod version;

pub use self::github::to_github;

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::checkout::context::Context;
use crate::checkout::dockerfile::{Dockerfile, Instruction, Kind, Stage, Word};
use crate::checkout::writes::below;
use crate::checkout::{Checkout, Unreadable};
use crate::config::KeyPath;
use crate::diagnostic::{Code, Diagnostic, count, tidy};
use crate::model::{Check, Image, Project};
use crate::source::{Place, Source};
use crate::workspace::Workspace;

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// By place.
    pub findings: Vec<Diagnostic>,
    /// What was looked at, for people: `1 Dockerfile`, `3 stages` and so on.
    pub looked_at: Vec<String>,
}

/// Compares a project of the workspace with a checkout of its service. Findings of the kinds in `allowed` are left out.
///
/// # Errors
///
/// When a folder of the checkout can't be read.
pub fn verify(
    workspace: &Workspace,
    project: &Project,
    checkout: &Checkout,
    jenkinsfile: &Utf8Path,
    allowed: &[Code],
) -> anyhow::Result<Report> {
    let subject = Subject {
        workspace,
        project,
        checkout,
    };
    let mut findings = Vec::new();
    let builds = stages::builds(&subject, &mut findings)?;
    for build in &builds {
        args::look(&subject, build, &mut findings)?;
        secrets::look(&subject, build, &mut findings)?;
        copies::look(&subject, build, &mut findings)?;
        dockerignore::look(&subject, build, &mut findings);
        for check in subject.checks(build.image) {
            reports::look(&subject, build, check, &mut findings)?;
        }
    }
    for check in &project.checks {
        patterns::look(&subject, check, &mut findings);
        reports::look_at_sources(&subject, check, &mut findings)?;
    }
    version::look(&subject, &mut findings)?;
    jenkinsfile::look(&subject, jenkinsfile, &mut findings)?;
    findings.retain(|finding| !allowed.contains(&finding.code));
    tidy(&mut findings);
    Ok(Report {
        findings,
        looked_at: looked_at(&subject, &builds),
    })
}

/// What came of reading a file.
enum Read {
    File(Arc<Source>),
    Absent,
    /// It is there, and can't be read.
    Refused,
}

/// What all of them look at.
struct Subject<'a> {
    workspace: &'a Workspace,
    project: &'a Project,
    checkout: &'a Checkout,
}

impl<'a> Subject<'a> {
    /// Where a key is written.
    fn place(&self, key: &KeyPath) -> Place {
        self.workspace.place(self.project, key)
    }

    /// A file of the checkout that a key of the description names, or stands for. What can't be read is told.
    fn read(
        &self,
        path: &str,
        key: &KeyPath,
        findings: &mut Vec<Diagnostic>,
    ) -> anyhow::Result<Read> {
        Ok(match self.checkout.read(path) {
            Ok(Some(source)) => Read::File(source),
            Ok(None) => Read::Absent,
            Err(error) => {
                findings.push(self.unreadable(error, key)?);
                Read::Refused
            }
        })
    }

    /// What is told of a file that can't be read.
    fn unreadable(&self, error: anyhow::Error, key: &KeyPath) -> anyhow::Result<Diagnostic> {
        let error = error.downcast::<Unreadable>()?;
        Ok(
            Diagnostic::new(Code::UnreadableFile, self.place(key), error.to_string())
                .help(error.help()),
        )
    }

    /// The checks inside the build of an image.
    fn checks(&self, image: &Image) -> impl Iterator<Item = &'a Check> {
        let checks = self.project.checks.iter();
        checks.filter(move |check| check.image == image.name)
    }
}

fn image_key(image: &Image) -> KeyPath {
    KeyPath::from("images").key(image.name.as_str())
}

fn check_key(check: &Check) -> KeyPath {
    KeyPath::from("checks").key(check.name.as_str())
}

/// An image and its Dockerfile.
struct Build<'a> {
    image: &'a Image,
    dockerfile: Dockerfile,
    /// What it can copy, if that can be known.
    context: Option<Context>,
    /// The numbers of the stages that the image and its checks need.
    reached: BTreeSet<usize>,
}

impl<'a> Build<'a> {
    /// The stages that the image and its checks need.
    fn stages(&self) -> impl Iterator<Item = &Stage> {
        let stages = self.dockerfile.stages.iter();
        stages.filter(|stage| self.reached.contains(&stage.index))
    }

    /// Their instructions.
    fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.stages().flat_map(|stage| &stage.instructions)
    }

    /// What their instructions take from the build context, for each of them.
    fn copied_paths(&self) -> impl Iterator<Item = Vec<&Word>> {
        let copied = self.dockerfile.copied_paths();
        let copied = copied.filter(|(stage, _)| self.reached.contains(&stage.index));
        copied.map(|(_, paths)| paths)
    }

    /// The instructions whose results a stage has, each with the folder in which it runs, if that can be known: the folder of an image from elsewhere is that
    /// image's secret.
    fn in_folders<'b>(&'b self, stage: &'b Stage) -> Vec<(Option<Utf8PathBuf>, &'b Instruction)> {
        let lineage = self.dockerfile.lineage(stage);
        let first = lineage.first();
        let is_empty = first.is_some_and(|stage| stage.base.value == "scratch");
        let mut folder = is_empty.then(|| Utf8PathBuf::from("/"));
        let instructions = lineage.iter().flat_map(|stage| &stage.instructions);
        let in_folders = instructions.map(|instruction| {
            let here = folder.clone();
            if let Kind::Workdir(path) = &instruction.kind {
                folder = below(here.as_deref(), &path.value);
            }
            (here, instruction)
        });
        in_folders.collect()
    }
}

fn looked_at(subject: &Subject<'_>, builds: &[Build<'_>]) -> Vec<String> {
    let sum = |number: fn(&Build<'_>) -> usize| builds.iter().map(number).sum::<usize>();
    let files: BTreeSet<_> = builds
        .iter()
        .map(|build| &build.dockerfile.source.path)
        .collect();
    let mut parts = vec![
        count(files.len(), "Dockerfile"),
        count(sum(|build| build.reached.len()), "stage"),
    ];
    let optional = [
        (sum(|build| build.image.args.len()), "argument"),
        (sum(|build| build.image.secrets.len()), "secret"),
        (subject.project.checks.len(), "check"),
    ];
    let some = optional.into_iter().filter(|(number, _)| *number > 0);
    parts.extend(some.map(|(number, noun)| count(number, noun)));
    parts.push("the version".to_owned());
    parts.push("the Jenkinsfile".to_owned());
    parts
}
