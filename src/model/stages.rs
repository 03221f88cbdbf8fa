//! The stages of a pipeline in their order: what it is composed from, and what `plan` and `graph` show.

use super::{
    Check, Condition, Image, LibraryName, OwnStage, Position, Project, Promotion, Push, Recipient,
    SharedStep, Sonar, SourceTag, Task,
};

/// One stage.
#[derive(Debug, Clone)]
pub struct Stage<'a> {
    /// Its title in Jenkins.
    pub title: String,
    /// What is done in it.
    pub work: Work<'a>,
    /// The container that its scripts run in; `None`: the agent's own.
    pub container: Option<&'a str>,
    /// In which of the builds that come to it it runs; `None`: in all.
    pub condition: Option<&'a Condition>,
    /// Who is mailed when it fails.
    pub recipients: &'a [Recipient],
}

/// What is done in a stage.
#[derive(Debug, Clone, Copy)]
pub enum Work<'a> {
    /// The source is fetched and its version read.
    Checkout,
    /// Code is compiled and tested inside an image build.
    Check(&'a Check),
    /// SonarQube analyses it.
    Analyse(&'a Sonar),
    /// An image is built.
    Build(&'a Image),
    /// An image is scanned.
    Scan(&'a Image),
    /// An image is pushed.
    Push(&'a Push),
    /// The source is tagged.
    Tag(&'a SourceTag),
    /// The version is promoted.
    Promote(&'a Promotion),
    /// What the project says itself.
    Own(&'a OwnStage),
}

impl Work<'_> {
    /// The shared step that does it all.
    pub fn step(&self) -> Option<SharedStep> {
        match self {
            Self::Checkout => None,
            Self::Check(_) => Some(SharedStep::ExtractBuildDir),
            Self::Analyse(_) => Some(SharedStep::SonarScan),
            Self::Build(_) => Some(SharedStep::BuildImage),
            Self::Scan(_) => Some(SharedStep::ScanImage),
            Self::Push(_) => Some(SharedStep::PushImage),
            Self::Tag(_) => Some(SharedStep::TagSource),
            Self::Promote(_) => Some(SharedStep::PromoteArtifact),
            Self::Own(own) => match own.task {
                Task::Commands(..) => Some(SharedStep::RunCommands),
                Task::Step(..) => None,
            },
        }
    }
}

/// The stages of a project, each list in the order in which Jenkins runs it.
#[derive(Debug, Clone)]
pub struct Stages<'a> {
    /// The first, which all others build on.
    pub checkout: Stage<'a>,
    /// Those of every build.
    pub every: Vec<Stage<'a>>,
    /// Those that follow in a build that releases.
    pub release: Vec<Stage<'a>>,
    /// Those at the end of every build, whatever came of it.
    pub last: Vec<Stage<'a>>,
}

impl Project {
    /// The stages of the pipeline.
    pub fn stages(&self) -> Stages<'_> {
        let notify = &self.notify;
        let stage = |title: String, work, container, recipients| Stage {
            title,
            work,
            container,
            condition: None,
            recipients,
        };
        let own = |position| {
            self.own_stages
                .iter()
                .filter(move |own| own.position == position)
                .map(own_stage)
        };
        let fixed = str::to_owned;

        let mut every: Vec<Stage<'_>> = own(Position::AfterCheckout).collect();
        every.extend(self.checks.iter().map(|check| {
            stage(
                check.title.to_string(),
                Work::Check(check),
                Some("buildkit"),
                &notify.check,
            )
        }));
        every.extend(self.sonar.iter().map(|sonar| {
            stage(
                fixed("SonarQube"),
                Work::Analyse(sonar),
                Some("sonar"),
                &notify.sonar,
            )
        }));
        every.extend(own(Position::BeforeImages));
        for image in &self.images {
            let title = self.image_title("Build image", image.name.as_str());
            every.push(stage(
                title,
                Work::Build(image),
                Some("buildkit"),
                &notify.build,
            ));
            let title = self.image_title("Scan image", image.name.as_str());
            every.push(stage(title, Work::Scan(image), Some("grype"), &notify.scan));
        }
        every.extend(own(Position::AfterImages));

        let mut release = Vec::new();
        if let Some(plan) = &self.release {
            release.extend(own(Position::BeforePush));
            release.extend(plan.pushes.iter().map(|push| {
                let title = self.image_title("Push image", push.image.as_str());
                stage(title, Work::Push(push), Some("buildkit"), &notify.push)
            }));
            release.extend(own(Position::AfterPush));
            release.extend(
                plan.source_tag
                    .iter()
                    .map(|tag| stage(fixed("Tag source"), Work::Tag(tag), None, &notify.tag)),
            );
            release.extend(plan.promotion.iter().map(|promotion| {
                stage(
                    fixed("Promote"),
                    Work::Promote(promotion),
                    None,
                    &notify.promote,
                )
            }));
            release.extend(own(Position::AfterRelease));
        }
        Stages {
            checkout: stage(
                fixed("Checkout"),
                Work::Checkout,
                None,
                &notify.checkout[..],
            ),
            every,
            release,
            last: own(Position::Always).collect(),
        }
    }

    /// The title of an image's report: with the image's name if there are several.
    pub fn report_title(&self, image: &str) -> String {
        match self.images.len() {
            1 => self.scan.report_title.to_string(),
            _ => format!("{} ({image})", self.scan.report_title),
        }
    }

    /// The name in Jenkins of the lock that a release holds, if it holds one.
    pub fn release_lock(&self, library: &LibraryName) -> Option<String> {
        let held = self.release.as_ref().is_some_and(|release| release.lock);
        held.then(|| format!("{library}-{}-release", self.name))
    }

    /// The title of an image's stage: with the image's name if there are several.
    fn image_title(&self, title: &str, image: &str) -> String {
        match self.images.len() {
            1 => title.to_owned(),
            _ => format!("{title} {image}"),
        }
    }
}

fn own_stage(own: &OwnStage) -> Stage<'_> {
    Stage {
        title: own.title.to_string(),
        work: Work::Own(own),
        container: own.container.as_ref().map(|container| container.as_str()),
        condition: Some(&own.when).filter(|when| !when.is_always()),
        recipients: &own.recipients,
    }
}

impl<'a> Stages<'a> {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Stage<'a>> {
        let first = std::iter::once(&self.checkout);
        first
            .chain(&self.every)
            .chain(&self.release)
            .chain(&self.last)
    }
}
