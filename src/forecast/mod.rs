//! What Jenkins will do in a build: the stages that run, their scripts, what is published, pushed and tagged, and who is mailed.
//!
//! It says in Rust what the emitted Groovy does, and the tests hold both against each other: what is forecast is what the simulated builds do.

mod commands;

use crate::model::{
    BranchPattern, Check, Condition, Credential, CredentialsId, FilePattern, OwnStage, Part,
    Placeholder, Project, Promotion, Push, Recipient, RegistryHost, SharedStep, Stage, Stages,
    Task, Template, Version, Work,
};

/// The build that is asked about.
#[derive(Debug, Clone)]
pub struct Situation {
    /// What is built.
    pub build: Build,
    /// Title of the stage that fails, if one does.
    pub fails: Option<String>,
    /// Whether the last build of the branch that tells anything was bad.
    pub was_bad: bool,
    /// Texts for what only a build knows.
    pub values: Values,
}

/// What is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Build {
    /// A branch.
    Branch(String),
    /// A pull request, by Jenkins' name for it: `PR-7`.
    PullRequest(String),
    /// A tag.
    Tag(String),
    /// Whatever a job builds that is not multibranch: Jenkins tells no branch.
    Unknown,
}

impl Build {
    /// Jenkins' `BRANCH_NAME`.
    fn branch_name(&self) -> Option<String> {
        match self {
            Self::Branch(name) | Self::Tag(name) | Self::PullRequest(name) => Some(name.clone()),
            Self::Unknown => None,
        }
    }
}

/// Texts for what only a build knows.
#[derive(Debug, Clone)]
pub struct Values {
    /// The version, and the parts that tags are made of.
    pub version: VersionParts,
    /// The number of the build.
    pub build_number: String,
    /// The commit.
    pub commit: String,
    /// The digest of every image.
    pub digest: String,
    /// Jenkins' `WORKSPACE_TMP`.
    pub temporary: String,
}

/// A version and its parts.
#[derive(Debug, Clone)]
pub struct VersionParts {
    /// The whole version.
    pub whole: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

impl VersionParts {
    /// Those of a version that is known.
    pub fn of(version: &str) -> Self {
        let mut numbers = version.split(['.', '-']);
        let mut next = || numbers.next().unwrap_or_default().to_owned();
        Self {
            whole: version.to_owned(),
            major: next(),
            minor: next(),
        }
    }

    /// Words for those of one that is not.
    pub fn unknown() -> Self {
        let [whole, major, minor] = ["VERSION", "MAJOR", "MINOR"].map(str::to_owned);
        Self {
            whole,
            major,
            minor,
        }
    }
}

/// What will happen.
#[derive(Debug)]
pub struct Forecast<'a> {
    /// Variables of all stages but those at the end.
    pub env: Vec<(String, String)>,
    /// What is done before the first stage.
    pub first: Vec<Action>,
    /// Every stage of the pipeline in its order.
    pub stages: Vec<Step<'a>>,
    /// Whether the build releases, if nothing fails.
    pub releases: bool,
    /// Whether all stages succeed.
    pub succeeds: bool,
    /// Who is mailed, all in one mail; nobody if empty.
    pub mails: &'a [Recipient],
    /// Who would be mailed, had the branch been bad before.
    pub mails_on_recovery: &'a [Recipient],
}

/// A stage of the build.
#[derive(Debug)]
pub struct Step<'a> {
    /// The stage.
    pub stage: Stage<'a>,
    /// What comes of it.
    pub fate: Fate,
    /// What is done in it, in order; of a stage that fails, what is begun: names and tags come to be at its end alone. Empty if it does not run.
    pub actions: Vec<Action>,
}

/// What comes of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It succeeds.
    Succeeds,
    /// It fails.
    Fails,
    /// It does not run in this build: its condition is not met.
    Skipped,
    /// It does not run in this build, which releases nothing.
    NotReleased,
    /// It does not run, because an earlier one has failed.
    NotReached,
}

/// Something that is done in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The source is checked out.
    Checkout,
    /// The version is read.
    ReadVersion {
        /// The properties file.
        file: String,
        /// The key in it.
        key: String,
    },
    /// A script runs.
    Script {
        /// Its title in the log.
        label: String,
        /// Its text.
        text: String,
        /// What it finds around it.
        around: Around,
    },
    /// A file is written.
    Write {
        /// The file.
        file: String,
        /// What is in it, in words.
        content: String,
    },
    /// The exit code that the image build wrote into a file is looked at: any other than 0 fails the stage.
    CheckExitCode(String),
    /// Reports are published by a step of Jenkins: its name, and what it takes.
    Publish(&'static str, String),
    /// An image gets these names in its registry.
    Push(Vec<String>),
    /// The source gets tags.
    Tag {
        /// The one of this build, which must be new.
        new: String,
        /// Those that are moved if they are there already.
        moved: Vec<String>,
    },
    /// The version is promoted: the steps of artifactz.io with their arguments.
    Promote(String),
    /// A step that the user has written is called: nobody here knows what it does.
    Call {
        /// The step with what it is asked for.
        call: String,
        /// What it finds around it.
        around: Around,
    },
}

/// What is around a script beside the environment of the build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// Variables and their values, in the order in which they are set.
    pub env: Vec<(String, String)>,
    /// Credentials of Jenkins, and the variables that hold them or lead to them.
    pub credentials: Vec<Bound>,
    /// The installation of SonarQube whose address and token it finds in `SONAR_HOST_URL` and `SONAR_AUTH_TOKEN`.
    pub sonarqube: Option<String>,
}

/// A credential that is bound to variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Its id in Jenkins.
    pub id: String,
    /// The variables; none where Git asks for it by itself.
    pub variables: Vec<String>,
}

impl Bound {
    fn new(id: &CredentialsId, variables: &[&str]) -> Self {
        Self {
            id: id.to_string(),
            variables: variables.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

/// What happens in a build of the project.
pub fn forecast<'a>(project: &'a Project, situation: &Situation) -> Forecast<'a> {
    let build = &situation.build;
    let releases = project
        .release
        .as_ref()
        .is_some_and(|release| *build == Build::Branch(release.branch.to_string()));
    let Stages {
        checkout,
        every,
        release,
        last,
    } = project.stages();
    let mut failed: Option<&'a [Recipient]> = None;
    let mut steps = Vec::new();
    let main = std::iter::once(checkout)
        .chain(every)
        .map(|stage| (stage, true));
    let main = main.chain(release.into_iter().map(|stage| (stage, releases)));
    for (stage, in_build) in main {
        let fate = match fate(&stage, in_build, situation) {
            fate @ (Fate::Skipped | Fate::NotReleased) => fate,
            _ if failed.is_some() => Fate::NotReached,
            fate => fate,
        };
        if fate == Fate::Fails {
            failed = Some(stage.recipients);
        }
        steps.push(step(project, stage, fate, situation));
    }
    for stage in last {
        let fate = fate(&stage, true, situation);
        if fate == Fate::Fails {
            failed.get_or_insert(stage.recipients);
        }
        steps.push(step(project, stage, fate, situation));
    }
    let mails_on_recovery: &[Recipient] = match failed.is_none() && !releases {
        true => &project.notify.recovery,
        false => &[],
    };
    let mails = match failed {
        Some(recipients) => recipients,
        None if situation.was_bad => mails_on_recovery,
        None => &[],
    };
    let (mut env, mut first) = (Vec::new(), Vec::new());
    if project.runs(SharedStep::WithEcrHelper) {
        let folder = format!("{}/docker-config", situation.values.temporary);
        let registries: Vec<&str> = project.ecr.iter().map(RegistryHost::as_str).collect();
        first.push(Action::Write {
            file: format!("{folder}/config.json"),
            content: format!(
                "the credential helper ecr-login for {}",
                registries.join(", ")
            ),
        });
        env.push(("DOCKER_CONFIG".to_owned(), folder));
    }
    Forecast {
        env,
        first,
        stages: steps,
        releases,
        succeeds: failed.is_none(),
        mails,
        mails_on_recovery,
    }
}

fn fate(stage: &Stage<'_>, in_build: bool, situation: &Situation) -> Fate {
    let wanted = stage
        .condition
        .is_none_or(|condition| holds(condition, &situation.build));
    match situation.fails.as_deref() == Some(&stage.title) {
        _ if !in_build => Fate::NotReleased,
        _ if !wanted => Fate::Skipped,
        true => Fate::Fails,
        false => Fate::Succeeds,
    }
}

/// Whether a condition is true in a build.
pub(crate) fn holds(condition: &Condition, build: &Build) -> bool {
    let name = build.branch_name();
    let is_one_of = |patterns: &[BranchPattern]| {
        name.as_deref()
            .is_some_and(|name| patterns.iter().any(|pattern| pattern.matches(name)))
    };
    let is = |wanted: Option<bool>, real: bool| wanted.is_none_or(|wanted| wanted == real);
    let is_pull_request = matches!(build, Build::PullRequest(_));
    let is_tag = matches!(build, Build::Tag(_));
    let is_branch = !is_pull_request && !is_tag;
    (condition.branches.is_empty() || (is_branch && is_one_of(&condition.branches)))
        && !(is_branch && is_one_of(&condition.except_branches))
        && is(condition.pull_request, is_pull_request)
        && is(condition.tag, is_tag)
}

fn step<'a>(project: &'a Project, stage: Stage<'a>, fate: Fate, situation: &Situation) -> Step<'a> {
    let mut actions = match fate {
        Fate::Succeeds | Fate::Fails => actions(project, &stage, situation),
        Fate::Skipped | Fate::NotReleased | Fate::NotReached => Vec::new(),
    };
    if fate == Fate::Fails {
        actions.retain(|action| !matches!(action, Action::Push(_) | Action::Tag { .. }));
    }
    Step {
        stage,
        fate,
        actions,
    }
}

fn actions(project: &Project, stage: &Stage<'_>, situation: &Situation) -> Vec<Action> {
    let scripts = commands::Commands { project, situation };
    if let Some(step) = stage.work.step().filter(|step| project.has_own(*step)) {
        return vec![own_call(step, stage, situation)];
    }
    match stage.work {
        Work::Checkout => {
            let mut actions = vec![Action::Checkout];
            if let Version::Properties { file, key } = &project.version {
                let (file, key) = (file.to_string(), key.to_string());
                actions.push(match project.has_own(SharedStep::ReadVersion) {
                    true => call(format!("readVersion(file: {file}, key: {key})")),
                    false => Action::ReadVersion { file, key },
                });
            }
            actions
        }
        Work::Check(check) => scripts
            .check(check)
            .into_iter()
            .chain(reports(check))
            .collect(),
        Work::Analyse(sonar) => scripts.analyse(sonar),
        Work::Build(image) => scripts.build(image),
        Work::Scan(image) => {
            let mut actions = scripts.scan(image);
            actions.push(Action::Publish(
                "publishHTML",
                project.report_title(image.name.as_str()),
            ));
            actions
        }
        Work::Push(push) => scripts.push(push),
        Work::Tag(tag) => scripts.tag(tag),
        Work::Promote(promotion) => vec![Action::Promote(promoted(promotion, situation))],
        Work::Own(own) => own_actions(own, situation),
    }
}

fn reports(check: &Check) -> Vec<Action> {
    let join = |patterns: &[FilePattern]| {
        patterns
            .iter()
            .map(|pattern| pattern.as_str())
            .collect::<Vec<_>>()
            .join(",")
    };
    let mut actions = Vec::new();
    if let Some(file) = &check.exit_code_file {
        actions.push(Action::CheckExitCode(format!(
            "{}/{file}",
            check.destination
        )));
    }
    if !check.junit.is_empty() {
        actions.push(Action::Publish("junit", join(&check.junit)));
    }
    if !check.coverage.is_empty() {
        actions.push(Action::Publish("recordCoverage", join(&check.coverage)));
    }
    if let Some(jacoco) = &check.jacoco {
        let exec = jacoco
            .exec
            .as_ref()
            .map_or("**/**.exec", |exec| exec.as_str());
        actions.push(Action::Publish("jacoco", exec.to_owned()));
    }
    actions
}

/// The call of a shared step that the user has written.
fn own_call(step: SharedStep, stage: &Stage<'_>, situation: &Situation) -> Action {
    match stage.work {
        Work::Push(push) => call(format!(
            "{step}(names: {})",
            situation.names(push).join(", ")
        )),
        Work::Own(own) => Action::Call {
            call: step.to_string(),
            around: around(own, situation),
        },
        _ => call(step.to_string()),
    }
}

fn call(call: String) -> Action {
    Action::Call {
        call,
        around: Around::default(),
    }
}

fn own_actions(own: &OwnStage, situation: &Situation) -> Vec<Action> {
    let around = around(own, situation);
    match &own.task {
        Task::Commands(commands, junit) => {
            let lines: Vec<&str> = commands.iter().map(|command| command.as_str()).collect();
            let mut actions = vec![Action::Script {
                label: own.title.to_string(),
                text: lines.join("\n"),
                around,
            }];
            if !junit.is_empty() {
                let patterns: Vec<&str> = junit.iter().map(|pattern| pattern.as_str()).collect();
                actions.push(Action::Publish("junit", patterns.join(",")));
            }
            actions
        }
        Task::Step(step, arguments) => {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|(name, value)| format!("{name}: {}", situation.expand(value)))
                .collect();
            vec![Action::Call {
                call: format!("{step}({})", arguments.join(", ")),
                around,
            }]
        }
    }
}

/// What a stage of the project's own gives to what runs in it.
fn around(own: &OwnStage, situation: &Situation) -> Around {
    let env = own.env.iter();
    let env = env.map(|(name, value)| (name.to_string(), situation.expand(value)));
    let credentials = own.credentials.iter().map(|(variable, credential)| {
        let with = |suffix: &str| format!("{variable}{suffix}");
        match credential {
            Credential::Text(id) | Credential::File(id) | Credential::SshKey(id) => {
                Bound::new(id, &[&with("")])
            }
            Credential::UsernamePassword(id) => Bound::new(id, &[&with("_USR"), &with("_PSW")]),
        }
    });
    Around {
        env: env.collect(),
        credentials: credentials.collect(),
        sonarqube: None,
    }
}

fn promoted(promotion: &Promotion, situation: &Situation) -> String {
    format!(
        "{} {} from stage {} of flow {}",
        promotion.name,
        situation.expand(&promotion.version),
        promotion.stage,
        promotion.flow
    )
}

impl Situation {
    /// The names that an image is pushed under.
    fn names(&self, push: &Push) -> Vec<String> {
        let names = push.names.iter();
        names
            .map(|(repository, tag)| format!("{repository}:{}", self.expand(tag.template())))
            .collect()
    }

    /// What a template becomes.
    pub fn expand(&self, template: &Template) -> String {
        let values = &self.values;
        let parts = template.parts().iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Placeholder(Placeholder::Version) => values.version.whole.clone(),
            Part::Placeholder(Placeholder::BuildNumber) => values.build_number.clone(),
            Part::Placeholder(Placeholder::Commit) => values.commit.clone(),
            Part::Placeholder(Placeholder::Branch) => self.build.branch_name().unwrap_or_default(),
        });
        parts.collect()
    }
}
