//! `vars/<step>.groovy`: one readable pipeline a project, its values written out, and its help text.

use askama::Template as _;
use camino::Utf8PathBuf;

use crate::groovy::{
    Code, Piece, block, boolean, call, code_of, comment, declare_map, indented, integer,
    interpolated, invoke, lines, map, map_parameters, name, returned, string, strings,
};
use crate::model::{
    CacheMode, Check, ConcurrentBuilds, FailOn, GitCredentials, Image, Library, MailPlugin,
    Network, PartName, Placeholder, Project, Push, Recipient, Release, Scope, Secret, Template,
    Version,
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
    timeout_minutes: Code,
    ecr: Option<Code>,
    milestones: bool,
    steps: Vec<Code>,
    release: Option<ReleaseBranch>,
    recovery: Option<Code>,
    methods: Vec<Method>,
}

/// The part of the template that only the release branch reaches.
struct ReleaseBranch {
    branch: Code,
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
        let mut steps = Vec::new();
        let mut methods = vec![self.fetch_source()];
        methods.extend(project.images.iter().map(|image| self.inputs(image)));

        for check in &project.checks {
            let method = self.check(check);
            steps.push(invoke(&method.name, &method.parameters));
            methods.push(method);
        }
        if let Some(method) = self.sonar() {
            steps.push(invoke(&method.name, &method.parameters));
            methods.push(method);
        }
        for image in &project.images {
            let variable = variable(&image.name);
            let build = self.build(image);
            let built = invoke(&build.name, &build.parameters);
            steps.push(declare_map(&variable, &built));
            let scan = self.scan(image);
            steps.push(invoke(&scan.name, [&variable]));
            methods.extend([build, scan]);
        }
        let release = project.release.as_ref().map(|release| {
            let (branch, added) = self.release(release);
            methods.extend(added);
            branch
        });
        Pipeline {
            file: comment(project.file.as_str()),
            properties: self.properties(),
            pod: string(&format!("{}/pods/{}.yaml", self.library.name, project.name)),
            timeout_minutes: integer(project.options.timeout_minutes),
            ecr: (!project.ecr.is_empty())
                .then(|| strings(project.ecr.iter().map(|host| host.as_str()))),
            milestones: project.options.milestones,
            steps,
            release,
            recovery: self.mail("mailOnRecovery", &project.notify.recovery),
            methods,
        }
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
    fn stage(
        &self,
        title: &str,
        recipients: &[Recipient],
        container: Option<&str>,
        body: Code,
    ) -> Code {
        let mut body = body;
        if let Some(container) = container {
            body = block(invoke(&code_of("container"), [&string(container)]), body);
        }
        if let Some(mail) = self.mail("mailOnFailure", recipients) {
            body = block(mail, body);
        }
        block(invoke(&code_of("stage"), [&string(title)]), body)
    }

    /// A call of one of the mail steps; `None` if nobody is mailed.
    fn mail(&self, step: &'static str, recipients: &[Recipient]) -> Option<Code> {
        if recipients.is_empty() {
            return None;
        }
        let recipients = strings(recipients.iter().map(|recipient| match recipient {
            Recipient::Culprits => "culprits",
            Recipient::Developers => "developers",
            Recipient::Requester => "requester",
            Recipient::Address(address) => address.as_str(),
        }));
        let mut arguments = vec![("recipients", recipients)];
        match self.project.notify.via {
            MailPlugin::Emailext => {}
            MailPlugin::Mailer => arguments.push(("via", string("mailer"))),
        }
        Some(call(step, arguments))
    }

    fn fetch_source(&self) -> Method {
        let version = match &self.project.version {
            Version::Literal(version) => string(version.as_str()),
            Version::Properties { file, key } => call(
                "readVersion",
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
        let stage = self.stage("Checkout", &self.project.notify.checkout, None, source);
        Method::new("Map", code_of("fetchSource"), vec![], &returned(stage))
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
        if let Some((path, mode)) = &self.project.cache {
            // A folder for each image: exports into one folder would replace each other.
            let path = format!("{path}/{}", image.name);
            let mode = match mode {
                CacheMode::Min => "min",
                CacheMode::Max => "max",
            };
            let cache = [("path", string(&path)), ("mode", string(mode))];
            inputs.push(("cache", map(cache)));
        }
        let name = inputs_name(&image.name);
        Method::new("Map", name, vec!["source"], &returned(map(inputs)))
    }

    /// A call of the method [`Self::inputs`] of an image.
    fn call_inputs(&self, image: &PartName) -> Code {
        invoke(&inputs_name(image), [&code_of("source")])
    }

    fn check(&self, check: &Check) -> Method {
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
        let body = self.stage(
            check.title.as_str(),
            &self.project.notify.check,
            Some("buildkit"),
            call("extractBuildDir", arguments),
        );
        let name = name("check", &check.name.upper_camel(), "");
        Method::new("void", name, vec!["source"], &body)
    }

    fn sonar(&self) -> Option<Method> {
        let sonar = self.project.sonar.as_ref()?;
        let mut arguments = vec![("installation", string(sonar.installation.as_str()))];
        if !sonar.properties.is_empty() {
            let properties = sonar.properties.iter();
            let properties = properties.map(|(name, value)| (name.as_str(), text(value)));
            arguments.push(("properties", map(properties)));
        }
        let body = self.stage(
            "SonarQube",
            &self.project.notify.sonar,
            Some("sonar"),
            call("sonarScan", arguments),
        );
        Some(Method::new(
            "void",
            code_of("analyse"),
            vec!["source"],
            &body,
        ))
    }

    fn build(&self, image: &Image) -> Method {
        let mut arguments = vec![
            ("name", string(image.name.as_str())),
            ("inputs", self.call_inputs(&image.name)),
        ];
        if let Some(target) = &image.target {
            arguments.push(("target", string(target.as_str())));
        }
        let body = self.stage(
            &self.title("Build image", &image.name),
            &self.project.notify.build,
            Some("buildkit"),
            call("buildImage", arguments),
        );
        let name = name("build", &image.name.upper_camel(), "Image");
        Method::new("Map", name, vec!["source"], &returned(body))
    }

    fn scan(&self, image: &Image) -> Method {
        let scan = &self.project.scan;
        let fail_on = match scan.fail_on {
            FailOn::Negligible => "negligible",
            FailOn::Low => "low",
            FailOn::Medium => "medium",
            FailOn::High => "high",
            FailOn::Critical => "critical",
            FailOn::Never => "never",
        };
        let scope = match scan.scope {
            Scope::Squashed => "squashed",
            Scope::AllLayers => "all-layers",
            Scope::DeepSquashed => "deep-squashed",
        };
        let title = match self.project.images.len() {
            1 => scan.report_title.to_string(),
            _ => format!("{} ({})", scan.report_title, image.name),
        };
        let mut arguments = vec![
            ("image", code_of("image")),
            ("failOn", string(fail_on)),
            ("onlyFixed", boolean(scan.only_fixed)),
            ("scope", string(scope)),
        ];
        if scan.match_go_by_cpe {
            arguments.push(("matchGoByCpe", boolean(true)));
        }
        arguments.push(("reportTitle", string(&title)));
        arguments.push(("program", string(scan.program.as_str())));
        let body = self.stage(
            &self.title("Scan image", &image.name),
            &self.project.notify.scan,
            Some("grype"),
            call("scanImage", arguments),
        );
        let name = name("scan", &image.name.upper_camel(), "Image");
        Method::new("void", name, vec!["image"], &body)
    }

    /// The release's part of the template and its methods.
    fn release(&self, release: &Release) -> (ReleaseBranch, Vec<Method>) {
        let mut steps = Vec::new();
        let mut methods = Vec::new();
        for push in &release.pushes {
            let method = self.push(push);
            let image = variable(&push.image);
            let source = code_of("source");
            steps.push(invoke(&method.name, [&source, &image]));
            methods.push(method);
        }
        for method in [self.tag(release), self.promote(release)]
            .into_iter()
            .flatten()
        {
            steps.push(invoke(&method.name, &method.parameters));
            methods.push(method);
        }
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
        let lock = format!("{}-{}-release", self.library.name, self.project.name);
        let branch = ReleaseBranch {
            branch: string(release.branch.as_str()),
            lock: release.lock.then(|| string(&lock)),
            steps,
            skipped,
        };
        (branch, methods)
    }

    fn push(&self, push: &Push) -> Method {
        let names = lines(push.names.iter().map(|(repository, tag)| {
            let repository = format!("{repository}:");
            let pieces = pieces(tag.template());
            interpolated(std::iter::once(Piece::Text(&repository)).chain(pieces))
        }));
        let body = self.stage(
            &self.title("Push image", &push.image),
            &self.project.notify.push,
            Some("buildkit"),
            call("pushImage", [("image", code_of("image")), ("names", names)]),
        );
        let name = name("push", &push.image.upper_camel(), "Image");
        Method::new("void", name, vec!["source", "image"], &body)
    }

    fn tag(&self, release: &Release) -> Option<Method> {
        let tag = release.source_tag.as_ref()?;
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
        let body = self.stage(
            "Tag source",
            &self.project.notify.tag,
            None,
            call("tagSource", arguments),
        );
        Some(Method::new(
            "void",
            code_of("tagCommit"),
            vec!["source"],
            &body,
        ))
    }

    fn promote(&self, release: &Release) -> Option<Method> {
        let promotion = release.promotion.as_ref()?;
        let arguments = [
            ("name", string(promotion.name.as_str())),
            ("type", string(promotion.kind.as_str())),
            ("stage", string(promotion.stage.as_str())),
            ("flow", string(promotion.flow.as_str())),
            ("description", string(promotion.description.as_str())),
            ("version", text(&promotion.version)),
        ];
        let body = self.stage(
            "Promote",
            &self.project.notify.promote,
            None,
            call("promoteArtifact", arguments),
        );
        Some(Method::new(
            "void",
            code_of("promote"),
            vec!["source"],
            &body,
        ))
    }

    /// The title of an image's stage: with the image's name if there are several.
    fn title(&self, title: &str, image: &PartName) -> String {
        match self.project.images.len() {
            1 => title.to_owned(),
            _ => format!("{title} {image}"),
        }
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
