//! `vars/<step>.groovy`: one readable pipeline a project, its values written out, and its help text.

use std::collections::BTreeSet;

use askama::Template as _;
use camino::Utf8PathBuf;

use crate::groovy::{
    Code, Piece, all_of, any_of, apply, block, boolean, call, call_var, closures, code_of, comment,
    compare, declare_map, indented, integer, interpolated, invoke, lines, map, map_parameters,
    name, not, only_if, returned, string, strings,
};
use crate::model::{
    BranchPattern, Check, ConcurrentBuilds, Condition, Credential, GitCredentials, Image, Library,
    MailPlugin, Network, OwnStage, PartName, Placeholder, Position, Project, Promotion, Push,
    Recipient, Release, Secret, SharedStep, Sonar, SourceTag, Stage, Task, Template, Version, Work,
};

/// The template of a pipeline.
#[derive(askama::Template)]
#[template(
    path = "vars/pipeline.groovy",
    config = "templates/askama.toml",
    escape = "groovy"
)]
struct Pipeline {
    file: Code,
    properties: Vec<Code>,
    pod: Code,
    run: Code,
    milestones: bool,
    checkout: Code,
    steps: Vec<Code>,
    release: Option<ReleaseBranch>,
    /// The mail about a branch that is good again, after all stages.
    recovery: Option<Code>,
    /// The same where stages run at the end: what they do decides, too.
    recovery_at_the_end: Option<Code>,
    methods: Vec<Method>,
}

/// The part of the template that only the release branch reaches.
struct ReleaseBranch {
    condition: Code,
    lock: Option<Code>,
    steps: Vec<Code>,
    skipped: Code,
}

/// A method of the pipeline.
struct Method {
    returns: Code,
    name: Code,
    parameters: Vec<Code>,
    body: Code,
}

impl Method {
    /// A method whose parameters are maps. The body is laid out for one level of indentation.
    fn new(returns: &'static str, name: Code, parameters: Vec<&'static str>, body: &Code) -> Self {
        Self {
            returns: code_of(returns),
            name,
            parameters: parameters.into_iter().map(code_of).collect(),
            body: indented(body, 1),
        }
    }

    /// The call of the method: what it returns for an image has a name, under which others take it.
    fn call(&self, stage: &Stage<'_>) -> Code {
        let source = code_of("source");
        match stage.work {
            Work::Checkout => declare_map(&source, &invoke(&self.name, [])),
            Work::Build(image) => {
                declare_map(&variable(&image.name), &invoke(&self.name, [&source]))
            }
            Work::Scan(image) => invoke(&self.name, [&variable(&image.name)]),
            Work::Push(push) => invoke(&self.name, [&source, &variable(&push.image)]),
            _ => invoke(&self.name, &self.parameters),
        }
    }

    fn signature(&self) -> Code {
        map_parameters(&self.parameters)
    }
}

/// The pipeline and its help.
pub(super) fn render(
    library: &Library,
    project: &Project,
) -> anyhow::Result<Vec<(Utf8PathBuf, String)>> {
    let step = project.step.as_str();
    let pipeline = Composer { library, project }.pipeline();
    let groovy = pipeline.render()?;
    Ok(vec![
        (format!("vars/{step}.groovy").into(), groovy + "\n"),
        (format!("vars/{step}.txt").into(), help(project)),
    ])
}

/// A call of a shared step.
fn call_shared(
    step: SharedStep,
    arguments: impl IntoIterator<Item = (&'static str, Code)>,
) -> Code {
    call(step.name(), arguments)
}

/// What Jenkins shows in its Global Variable Reference.
fn help(project: &Project) -> String {
    let about = match &project.description {
        Some(description) => format!("{description}\n\n"),
        None => String::new(),
    };
    format!(
        "{about}The whole pipeline of {}, as {} describes it. It takes no arguments.\n",
        project.name, project.file
    )
}

struct Composer<'a> {
    library: &'a Library,
    project: &'a Project,
}

impl Composer<'_> {
    fn pipeline(&self) -> Pipeline {
        let project = self.project;
        let stages = project.stages();
        let fetch = self.fetch_source(&stages.checkout);
        let checkout = fetch.call(&stages.checkout);
        let mut methods = vec![fetch];
        methods.extend(project.images.iter().map(|image| self.inputs(image)));
        let mut compose = |stages: &[Stage<'_>]| -> Vec<Code> {
            let mut calls = Vec::new();
            for stage in stages {
                let method = self.method(stage);
                calls.push(method.call(stage));
                methods.push(method);
            }
            calls
        };
        let steps = compose(&stages.every);
        let mut release = project.release.as_ref().map(|release| ReleaseBranch {
            steps: compose(&stages.release),
            ..self.release(release)
        });
        let last = compose(&stages.last);
        let recovery = self.mail(SharedStep::MailOnRecovery, &project.notify.recovery);
        let (recovery, recovery_at_the_end) = match last.is_empty() {
            true => (recovery, None),
            false => (None, recovery),
        };
        if let (Some(release), true) = (&mut release, recovery_at_the_end.is_some()) {
            // It is asked for twice.
            let condition = std::mem::replace(&mut release.condition, code_of("isRelease()"));
            let name = code_of("isRelease");
            let asks = Method::new("boolean", name, Vec::new(), &returned(condition));
            methods.insert(0, asks);
        }
        Pipeline {
            file: comment(project.file.as_str()),
            properties: self.properties(),
            pod: string(&format!("{}/pods/{}.yaml", self.library.name, project.name)),
            run: indented(&self.run(&last), 3),
            milestones: project.options.milestones,
            checkout,
            steps,
            release,
            recovery,
            recovery_at_the_end,
            methods,
        }
    }

    fn method(&self, stage: &Stage<'_>) -> Method {
        match stage.work {
            Work::Checkout => self.fetch_source(stage),
            Work::Check(check) => self.check(stage, check),
            Work::Analyse(sonar) => self.analyse(stage, sonar),
            Work::Build(image) => self.build(stage, image),
            Work::Scan(image) => self.scan(stage, image),
            Work::Push(push) => self.push(stage, push),
            Work::Tag(tag) => self.tag(stage, tag),
            Work::Promote(promotion) => self.promote(stage, promotion),
            Work::Own(own) => self.own(stage, own),
        }
    }

    /// The call of all stages, inside what holds for all of them.
    fn run(&self, last: &[Code]) -> Code {
        let mut run = code_of("runStages()");
        if !self.project.ecr.is_empty() {
            let hosts = strings(self.project.ecr.iter().map(|host| host.as_str()));
            run = block(
                call_shared(SharedStep::WithEcrHelper, [("registries", hosts)]),
                run,
            );
        }
        run = block(self.in_time(), run);
        if !last.is_empty() {
            run = block(
                call_shared(SharedStep::Lastly, [("parts", closures(last))]),
                run,
            );
        }
        run
    }

    fn in_time(&self) -> Code {
        let minutes = integer(self.project.options.timeout_minutes);
        call("timeout", [("time", minutes), ("unit", string("MINUTES"))])
    }

    fn properties(&self) -> Vec<Code> {
        let options = &self.project.options;
        let mut rotator = vec![("numToKeepStr", string(&options.keep_builds.to_string()))];
        if let Some(days) = options.keep_days {
            rotator.push(("daysToKeepStr", string(&days.to_string())));
        }
        let rotator = call("logRotator", rotator);
        let mut properties = vec![invoke(&code_of("buildDiscarder"), [&rotator])];
        match options.concurrent_builds {
            ConcurrentBuilds::Allow => {}
            ConcurrentBuilds::Forbid => properties.push(code_of("disableConcurrentBuilds()")),
            ConcurrentBuilds::AbortPrevious => {
                properties.push(code_of("disableConcurrentBuilds(abortPrevious: true)"));
            }
        }
        properties
    }

    /// `stage('title') { mailOnFailure(…) { container('name') { body } } }`, without what is not configured.
    fn stage(&self, stage: &Stage<'_>, body: Code) -> Code {
        let mut body = body;
        if let Some(container) = stage.container {
            body = block(invoke(&code_of("container"), [&string(container)]), body);
        }
        if let Some(mail) = self.mail(SharedStep::MailOnFailure, stage.recipients) {
            body = block(mail, body);
        }
        body = block(invoke(&code_of("stage"), [&string(&stage.title)]), body);
        match stage.condition {
            Some(condition) => block(only_if(guard(condition)), body),
            None => body,
        }
    }

    /// A call of one of the mail steps; `None` if nobody is mailed.
    fn mail(&self, step: SharedStep, recipients: &[Recipient]) -> Option<Code> {
        if recipients.is_empty() {
            return None;
        }
        let recipients = strings(recipients.iter().map(Recipient::as_str));
        let mut arguments = vec![("recipients", recipients)];
        match self.project.notify.via {
            MailPlugin::Emailext => {}
            MailPlugin::Mailer => arguments.push(("via", string("mailer"))),
        }
        Some(call_shared(step, arguments))
    }

    fn fetch_source(&self, stage: &Stage<'_>) -> Method {
        let version = match &self.project.version {
            Version::Literal(version) => string(version.as_str()),
            Version::Properties { file, key } => call_shared(
                SharedStep::ReadVersion,
                [
                    ("file", string(file.as_str())),
                    ("key", string(key.as_str())),
                ],
            ),
        };
        let source = map([
            ("commit", code_of("checkout(scm).GIT_COMMIT")),
            ("version", version),
        ]);
        let body = returned(self.stage(stage, source));
        Method::new("Map", code_of("fetchSource"), vec![], &body)
    }

    /// What the checks and the build of an image are solved from: equal inputs share BuildKit's cache.
    fn inputs(&self, image: &Image) -> Method {
        let mut inputs = vec![
            ("context", string(image.context.as_str())),
            ("dockerfile", string(image.dockerfile.as_str())),
        ];
        if !image.args.is_empty() {
            let args = image.args.iter();
            let args = args.map(|(name, value)| (name.as_str(), text(value)));
            inputs.push(("buildArgs", map(args)));
        }
        if !image.secrets.is_empty() {
            let secrets = image.secrets.iter();
            let secrets = secrets.map(|(id, secret)| (id.as_str(), self::secret(secret)));
            inputs.push(("secrets", map(secrets)));
        }
        match image.network {
            Network::Sandbox => {}
            Network::Host => inputs.push(("network", string("host"))),
            Network::None => inputs.push(("network", string("none"))),
        }
        if let Some((path, mode)) = self.project.cache_folder(&image.name) {
            let cache = [("path", string(&path)), ("mode", string(mode.as_str()))];
            inputs.push(("cache", map(cache)));
        }
        let name = inputs_name(&image.name);
        Method::new("Map", name, vec!["source"], &returned(map(inputs)))
    }

    /// A call of the method [`Self::inputs`] of an image.
    fn call_inputs(&self, image: &PartName) -> Code {
        invoke(&inputs_name(image), [&code_of("source")])
    }

    fn check(&self, stage: &Stage<'_>, check: &Check) -> Method {
        let mut arguments = vec![("inputs", self.call_inputs(&check.image))];
        if let Some(target) = &check.target {
            arguments.push(("target", string(target.as_str())));
        }
        arguments.push(("directory", string(check.directory.as_str())));
        arguments.push(("destination", string(check.destination.as_str())));
        if let Some(file) = &check.exit_code_file {
            arguments.push(("exitCodeFile", string(file.as_str())));
        }
        if !check.junit.is_empty() {
            let patterns = check.junit.iter().map(|pattern| pattern.as_str());
            arguments.push(("junit", strings(patterns)));
        }
        if !check.coverage.is_empty() {
            let patterns = check.coverage.iter().map(|pattern| pattern.as_str());
            arguments.push(("coverage", strings(patterns)));
            let checks = self.project.checks.iter();
            if checks.filter(|check| !check.coverage.is_empty()).count() > 1 {
                // Of two coverages without names the second would replace the first.
                arguments.push(("coverageName", string(check.name.as_str())));
            }
        }
        if let Some(jacoco) = &check.jacoco {
            let patterns = [
                ("execPattern", &jacoco.exec),
                ("classPattern", &jacoco.classes),
                ("sourcePattern", &jacoco.sources),
                ("exclusionPattern", &jacoco.exclusions),
            ];
            let written = patterns
                .into_iter()
                .filter_map(|(name, pattern)| Some((name, string(pattern.as_ref()?.as_str()))));
            arguments.push(("jacoco", map(written)));
        }
        let body = self.stage(stage, call_shared(SharedStep::ExtractBuildDir, arguments));
        let name = name("check", &check.name.upper_camel(), "");
        Method::new("void", name, vec!["source"], &body)
    }

    fn analyse(&self, stage: &Stage<'_>, sonar: &Sonar) -> Method {
        let mut arguments = vec![("installation", string(sonar.installation.as_str()))];
        if !sonar.properties.is_empty() {
            let properties = sonar.properties.iter();
            let properties = properties.map(|(name, value)| (name.as_str(), text(value)));
            arguments.push(("properties", map(properties)));
        }
        let body = self.stage(stage, call_shared(SharedStep::SonarScan, arguments));
        Method::new("void", code_of("analyse"), vec!["source"], &body)
    }

    fn build(&self, stage: &Stage<'_>, image: &Image) -> Method {
        let mut arguments = vec![
            ("name", string(image.name.as_str())),
            ("inputs", self.call_inputs(&image.name)),
        ];
        if let Some(target) = &image.target {
            arguments.push(("target", string(target.as_str())));
        }
        let body = self.stage(stage, call_shared(SharedStep::BuildImage, arguments));
        let name = name("build", &image.name.upper_camel(), "Image");
        Method::new("Map", name, vec!["source"], &returned(body))
    }

    fn scan(&self, stage: &Stage<'_>, image: &Image) -> Method {
        let scan = &self.project.scan;
        let title = self.project.report_title(image.name.as_str());
        let mut arguments = vec![
            ("image", code_of("image")),
            ("failOn", string(scan.fail_on.as_str())),
            ("onlyFixed", boolean(scan.only_fixed)),
            ("scope", string(scan.scope.as_str())),
        ];
        if scan.match_go_by_cpe {
            arguments.push(("matchGoByCpe", boolean(true)));
        }
        arguments.push(("reportTitle", string(&title)));
        arguments.push(("program", string(scan.program.as_str())));
        let body = self.stage(stage, call_shared(SharedStep::ScanImage, arguments));
        let name = name("scan", &image.name.upper_camel(), "Image");
        Method::new("void", name, vec!["image"], &body)
    }

    /// The release's part of the template; the steps are still to come.
    fn release(&self, release: &Release) -> ReleaseBranch {
        let skipped = interpolated([
            Piece::Text("Release skipped: only the branch "),
            Piece::Text(release.branch.as_str()),
            Piece::Text(" is released, no pull request and no tag. Here branch: "),
            Piece::Expression("env.BRANCH_NAME"),
            Piece::Text(", pull request: "),
            Piece::Expression("env.CHANGE_ID"),
            Piece::Text(", tag: "),
            Piece::Expression("env.TAG_NAME"),
            Piece::Text("."),
        ]);
        let lock = self.project.release_lock(&self.library.name);
        let branch = string(release.branch.as_str());
        ReleaseBranch {
            condition: all_of(&[
                code_of("!env.CHANGE_ID"),
                code_of("!env.TAG_NAME"),
                compare("env.BRANCH_NAME", "==", &branch),
            ]),
            lock: lock.map(|lock| string(&lock)),
            steps: Vec::new(),
            skipped,
        }
    }

    fn push(&self, stage: &Stage<'_>, push: &Push) -> Method {
        let names = lines(push.names.iter().map(|(repository, tag)| {
            let repository = format!("{repository}:");
            let pieces = pieces(tag.template());
            interpolated(std::iter::once(Piece::Text(&repository)).chain(pieces))
        }));
        let arguments = [("image", code_of("image")), ("names", names)];
        let body = self.stage(stage, call_shared(SharedStep::PushImage, arguments));
        let name = name("push", &push.image.upper_camel(), "Image");
        Method::new("void", name, vec!["source", "image"], &body)
    }

    fn tag(&self, stage: &Stage<'_>, tag: &SourceTag) -> Method {
        let committer = map([
            ("name", string(tag.committer_name.as_str())),
            ("email", string(tag.committer_email.as_str())),
        ]);
        let mut arguments = vec![
            ("commit", code_of("source.commit")),
            ("version", code_of("source.version")),
            ("buildNumber", code_of("env.BUILD_NUMBER")),
            ("prefix", string(tag.prefix.as_str())),
            ("movingTags", boolean(tag.moving_tags)),
            ("message", string(tag.message.as_str())),
            ("committer", committer),
        ];
        if let Some(credentials) = &tag.credentials {
            let (kind, id) = match credentials {
                GitCredentials::Https(id) => ("https", id),
                GitCredentials::Ssh(id) => ("ssh", id),
            };
            arguments.push(("credentials", map([(kind, string(id.as_str()))])));
        }
        let body = self.stage(stage, call_shared(SharedStep::TagSource, arguments));
        Method::new("void", code_of("tagCommit"), vec!["source"], &body)
    }

    fn promote(&self, stage: &Stage<'_>, promotion: &Promotion) -> Method {
        let arguments = [
            ("name", string(promotion.name.as_str())),
            ("type", string(promotion.kind.as_str())),
            ("stage", string(promotion.stage.as_str())),
            ("flow", string(promotion.flow.as_str())),
            ("description", string(promotion.description.as_str())),
            ("version", text(&promotion.version)),
        ];
        let body = self.stage(stage, call_shared(SharedStep::PromoteArtifact, arguments));
        Method::new("void", code_of("promote"), vec!["source"], &body)
    }

    fn own(&self, stage: &Stage<'_>, own: &OwnStage) -> Method {
        let mut body = match &own.task {
            Task::Commands(commands, junit) => {
                let commands = lines(commands.iter().map(|command| string(command.as_str())));
                let mut arguments = vec![
                    ("label", string(own.title.as_str())),
                    ("commands", commands),
                ];
                if !junit.is_empty() {
                    let patterns = junit.iter().map(|pattern| pattern.as_str());
                    arguments.push(("junit", strings(patterns)));
                }
                call_shared(SharedStep::RunCommands, arguments)
            }
            Task::Step(step, arguments) => {
                let arguments = arguments.iter();
                call_var(
                    step,
                    arguments.map(|(name, value)| (name.as_str(), text(value))),
                )
            }
        };
        if !own.env.is_empty() {
            let variables = own.env.iter().map(|(name, value)| {
                let name = format!("{name}=");
                interpolated(std::iter::once(Piece::Text(&name)).chain(pieces(value)))
            });
            body = block(apply("withEnv", lines(variables)), body);
        }
        if !own.credentials.is_empty() {
            let bindings = own
                .credentials
                .iter()
                .map(|(variable, credential)| binding(variable.as_str(), credential));
            body = block(apply("withCredentials", lines(bindings)), body);
        }
        let at_the_end = own.position == Position::Always;
        if at_the_end {
            // The time of the pipeline may be up by then.
            body = block(self.in_time(), body);
        }
        let parameters = if at_the_end { vec![] } else { vec!["source"] };
        let name = name("stage", &own.name.upper_camel(), "");
        Method::new("void", name, parameters, &self.stage(stage, body))
    }
}

/// In which builds a stage runs, as an expression.
fn guard(condition: &Condition) -> Code {
    let mut terms = Vec::new();
    if !condition.branches.is_empty() {
        terms.extend([code_of("!env.CHANGE_ID"), code_of("!env.TAG_NAME")]);
        terms.push(branch_is(&condition.branches));
    }
    let is_branch = condition.pull_request != Some(true) && condition.tag != Some(true);
    if is_branch && !condition.except_branches.is_empty() {
        // Pull requests and tags are no branches, whatever they are called.
        let no_branch = [
            ("env.CHANGE_ID", condition.pull_request),
            ("env.TAG_NAME", condition.tag),
        ];
        let mut one_of: Vec<Code> = no_branch
            .into_iter()
            .filter(|(_, wanted)| condition.branches.is_empty() && wanted.is_none())
            .map(|(is, _)| code_of(is))
            .collect();
        one_of.push(not(&branch_is(&condition.except_branches)));
        terms.push(any_of(&one_of));
    }
    terms.extend(condition.pull_request.map(|wanted| match wanted {
        true => code_of("env.CHANGE_ID"),
        false => code_of("!env.CHANGE_ID"),
    }));
    terms.extend(condition.tag.map(|wanted| match wanted {
        true => code_of("env.TAG_NAME"),
        false => code_of("!env.TAG_NAME"),
    }));
    // Branches that are named exclude pull requests and tags already.
    let mut seen = BTreeSet::new();
    terms.retain(|term| seen.insert(term.to_string()));
    all_of(&terms)
}

/// Whether the branch is one of these.
fn branch_is(patterns: &[BranchPattern]) -> Code {
    match patterns {
        [only] if only.is_plain() => compare("env.BRANCH_NAME", "==", &string(only.as_str())),
        _ => {
            let alternatives: Vec<String> = patterns.iter().map(BranchPattern::regex).collect();
            compare("env.BRANCH_NAME", "==~", &string(&alternatives.join("|")))
        }
    }
}

fn binding(variable: &str, credential: &Credential) -> Code {
    let name = |suffix: &str| string(&format!("{variable}{suffix}"));
    match credential {
        Credential::Text(id) => call(
            "string",
            [
                ("credentialsId", string(id.as_str())),
                ("variable", name("")),
            ],
        ),
        Credential::File(id) => call(
            "file",
            [
                ("credentialsId", string(id.as_str())),
                ("variable", name("")),
            ],
        ),
        Credential::UsernamePassword(id) => call(
            "usernamePassword",
            [
                ("credentialsId", string(id.as_str())),
                ("usernameVariable", name("_USR")),
                ("passwordVariable", name("_PSW")),
            ],
        ),
        Credential::SshKey(id) => call(
            "sshUserPrivateKey",
            [
                ("credentialsId", string(id.as_str())),
                ("keyFileVariable", name("")),
            ],
        ),
    }
}

// The prefixes of variables and methods differ, so no two names of images and checks can meet in one identifier.

fn variable(image: &PartName) -> Code {
    name("built", &image.upper_camel(), "")
}

fn inputs_name(image: &PartName) -> Code {
    name("inputsOf", &image.upper_camel(), "")
}

fn secret(secret: &Secret) -> Code {
    match secret {
        Secret::File(path) => map([("file", string(path.as_str()))]),
        Secret::CredentialsFile(id) => map([("credentialsFile", string(id.as_str()))]),
        Secret::CredentialsText(id) => map([("credentialsText", string(id.as_str()))]),
    }
}

/// The text of a template in a build.
fn text(template: &Template) -> Code {
    interpolated(pieces(template))
}

fn pieces(template: &Template) -> impl Iterator<Item = Piece<'_>> {
    template.parts().iter().map(|part| match part {
        crate::model::Part::Literal(text) => Piece::Text(text),
        crate::model::Part::Placeholder(placeholder) => Piece::Expression(match placeholder {
            Placeholder::Version => "source.version",
            Placeholder::BuildNumber => "env.BUILD_NUMBER",
            Placeholder::Branch => "env.BRANCH_NAME",
            Placeholder::Commit => "source.commit",
        }),
    })
}
