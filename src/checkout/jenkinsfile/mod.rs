//! What an existing Jenkinsfile says that a description can say as well, and what it says besides.
//!
//! Its manner is that of scripted pipelines which call `buildctl build` in `sh` steps. A declarative one is read alike. Nothing is run, and nothing is certain:
//! a Jenkinsfile is a program, and this is a reader.

mod lexer;
mod script;
mod values;

use std::collections::BTreeMap;
use std::rc::Rc;

use self::script::{Call, Script, Value};
use self::values::Values;
use super::shell::{self, Command};

/// What was found. Texts may hold the placeholders of the language, and are in its notation; none is validated.
#[derive(Debug, Default)]
pub struct Jenkinsfile {
    /// The library that it imports: what stands in `@Library`.
    pub imports: Vec<String>,
    /// The calls of `buildctl build`, in order.
    pub builds: Vec<Build>,
    /// The version, where it is written out.
    pub version: Option<String>,
    /// A properties file that is read, and the key that the version is taken from.
    pub version_file: Option<(String, Option<String>)>,
    /// The branches that something happens on alone.
    pub branches: Vec<String>,
    /// Patterns of JUnit reports.
    pub junit: Vec<String>,
    /// Patterns of JaCoCo XML reports.
    pub coverage: Vec<String>,
    /// The patterns of the `jacoco` step, by the language's keys.
    pub jacoco: BTreeMap<&'static str, String>,
    /// Title of the stage that tests.
    pub check_title: Option<String>,
    /// How grype is called.
    pub scan: Option<Scan>,
    /// Tags on the source.
    pub source_tag: Option<SourceTag>,
    /// Promotion by artifactz.io, by the language's keys.
    pub promotion: BTreeMap<&'static str, String>,
    /// SonarQube's server.
    pub sonar: Option<String>,
    /// Who is mailed, by the stages of the language.
    pub mails: Vec<(StageKind, Vec<String>)>,
    /// Whether the classic Mailer sends.
    pub mailer: bool,
    /// Properties of the job, by the language's keys.
    pub options: BTreeMap<&'static str, i64>,
    /// What was not carried over.
    pub left: Vec<Left>,
}

/// One call of `buildctl build`.
#[derive(Debug, Default)]
pub struct Build {
    /// Line of its `sh`.
    pub line: usize,
    /// Folder of the context.
    pub context: String,
    /// The Dockerfile.
    pub dockerfile: String,
    /// Its stage.
    pub target: Option<String>,
    /// Its build arguments.
    pub args: Vec<(String, String)>,
    /// Its secrets: id, and the file they come from.
    pub secrets: Vec<(String, Option<String>)>,
    /// The network of its `RUN`s.
    pub network: Option<String>,
    /// The names that it is pushed under.
    pub names: Vec<String>,
    /// The folder that is taken out of it, in the image and in the workspace.
    pub taken_out: Option<(String, String)>,
    /// Whether it is a solve to take a folder out, and makes no image.
    pub is_check: bool,
    /// Where it keeps its layers.
    pub cache: Option<String>,
}

/// How grype is called.
#[derive(Debug, Default)]
pub struct Scan {
    /// `-f`.
    pub fail_on: Option<String>,
    /// `--only-fixed`.
    pub only_fixed: bool,
    /// `--scope`.
    pub scope: Option<String>,
    /// Title of the report in Jenkins.
    pub report_title: Option<String>,
    /// `GRYPE_MATCH_GOLANG_USING_CPES`.
    pub match_go_by_cpe: bool,
    /// The file that it writes.
    file: Option<String>,
}

/// Tags on the source.
#[derive(Debug, Default)]
pub struct SourceTag {
    /// Text before the version.
    pub prefix: Option<String>,
    /// Message of the tags.
    pub message: Option<String>,
    /// Name of the tagger.
    pub name: Option<String>,
    /// Address of the tagger.
    pub email: Option<String>,
}

/// What a stage does, in the words of `[notify.stages]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageKind {
    /// Checkout and version.
    Checkout,
    /// Code is tested inside an image build.
    Check,
    /// SonarQube.
    Sonar,
    /// Images are built.
    Build,
    /// Images are scanned.
    Scan,
    /// Images are pushed.
    Push,
    /// The source is tagged.
    Tag,
    /// The version is promoted.
    Promote,
    /// A branch that does not release is mailed about.
    Recovery,
}

impl StageKind {
    /// Its key in `[notify.stages]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Check => "check",
            Self::Sonar => "sonar",
            Self::Build => "build",
            Self::Scan => "scan",
            Self::Push => "push",
            Self::Tag => "tag",
            Self::Promote => "promote",
            Self::Recovery => "recovery",
        }
    }
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its line.
    pub line: usize,
    /// What stands there.
    pub what: String,
    /// Why, where that helps.
    pub reason: Option<&'static str>,
}

/// Calls that have nothing to carry over: structure, output, and what the rendered pipeline does by itself.
const STRUCTURE: [&str; 46] = [
    "node",
    "stage",
    "container",
    "checkout",
    "milestone",
    "echo",
    "error",
    "cleanWs",
    "deleteDir",
    "script",
    "steps",
    "pipeline",
    "agent",
    "stages",
    "when",
    "branch",
    "post",
    "always",
    "failure",
    "success",
    "cleanup",
    "options",
    "environment",
    "ansiColor",
    "timestamps",
    "readProperties",
    "emailextrecipients",
    "properties",
    "step",
    "allOf",
    "anyOf",
    "not",
    "catch",
    "finally",
    "println",
    "scm",
    "logRotator",
    "culprits",
    "developers",
    "requestor",
    "jacoco",
    "catchError",
    "tools",
    "any",
    "kubernetes",
    "retry",
];
/// Programs that prepare what the rendered pipeline has: tools, folders and the log.
const PREPARATION: [&str; 14] = [
    "set", "echo", "mkdir", "chmod", "cd", "ls", "cat", "pwd", "true", "rm", "env", "export",
    "sleep", "printenv",
];

impl Jenkinsfile {
    /// Reads one.
    pub fn read(text: &str) -> Self {
        let text = values::without_marks(text);
        let script = script::read(&text);
        let mut reader = Reader {
            values: Values::new(&script),
            found: Self::default(),
            stages: BTreeMap::new(),
            mails: Vec::new(),
            titles: Vec::new(),
        };
        reader.whole(&script);
        reader.found
    }
}

struct Reader<'a> {
    values: Values<'a>,
    found: Jenkinsfile,
    /// What the stages do.
    stages: BTreeMap<Rc<str>, StageKind>,
    /// Who is mailed, and in which stage.
    mails: Vec<(Option<Rc<str>>, bool, Vec<String>)>,
    /// The reports that are published: file and title.
    titles: Vec<(usize, String, String)>,
}

impl<'a> Reader<'a> {
    fn whole(&mut self, script: &'a Script) {
        for text in &script.imports {
            let import = self.values.flat(text);
            self.found.imports.push(self.values.readable(&import));
        }
        self.versions(script);
        for call in &script.calls {
            self.call(call);
            self.branch(call);
        }
        self.report_titles();
        self.mails();
        self.found.left.dedup();
    }

    /// Where the version comes from: written out, or a key of a properties file.
    fn versions(&mut self, script: &Script) {
        let is_version = |name: &str| {
            self.values
                .flat_value(&Value::Path(name.to_owned()))
                .as_deref()
                == Some("\u{e000}")
        };
        let mut file = None;
        let mut key = None;
        for (name, value) in &script.assignments {
            let properties = match value {
                Value::Call(call, member) if call.name == "readProperties" => Some((call, member)),
                _ => None,
            };
            if let Some((call, member)) = properties {
                let path = call.get("file").or_else(|| call.first());
                file = path
                    .and_then(|path| self.values.flat_value(path))
                    .and_then(|flat| self.values.plain(&flat))
                    .or(file);
                if is_version(name) {
                    key = member.clone().or(key);
                }
            } else if is_version(name) {
                match value {
                    Value::Text(text) => self.found.version = script::literal(text),
                    Value::Path(path) => {
                        key = path.split_once('.').map(|(_, key)| key.to_owned()).or(key)
                    }
                    _ => {}
                }
            }
        }
        self.found.version_file = file.map(|file| (file, key));
    }

    /// A branch that something happens on alone.
    fn branch(&mut self, call: &Call) {
        let in_when = call
            .scope
            .block
            .as_deref()
            .is_some_and(|block| ["when", "allOf", "anyOf"].contains(&block));
        let name = match (&call.scope.branch, call.name.as_str()) {
            (Some((name, true)), _) => Some(name.to_string()),
            (_, "branch") if in_when => call.first().and_then(|value| self.plain(value)),
            _ => None,
        };
        if let Some(name) = name
            && !self.found.branches.contains(&name)
        {
            self.found.branches.push(name);
        }
    }

    fn call(&mut self, call: &Call) {
        match call.what().as_str() {
            "sh" => self.script(call),
            "junit" | "JUnitResultArchiver" => {
                let patterns = call.get("testResults").or_else(|| call.first());
                let patterns = self.patterns(patterns);
                self.found.junit.extend(patterns);
                self.is_kind(call, StageKind::Check);
            }
            "jacoco" | "JacocoPublisher" => {
                let keys = [
                    ("exec", "execPattern"),
                    ("classes", "classPattern"),
                    ("sources", "sourcePattern"),
                    ("exclusions", "exclusionPattern"),
                ];
                for (own, key) in keys {
                    if let Some(pattern) = call.get(key).and_then(|value| self.plain(value)) {
                        self.found.jacoco.insert(own, pattern);
                    }
                }
            }
            "recordCoverage" => {
                let tools = match call.get("tools") {
                    Some(Value::Items(tools)) => tools.as_slice(),
                    _ => &[],
                };
                for tool in tools {
                    if let Value::Items(items) = &tool.value {
                        let pattern = items.iter().find(|item| item.key.as_deref() == Some("pattern"));
                        let patterns = self.patterns(pattern.map(|item| &item.value));
                        self.found.coverage.extend(patterns);
                    }
                }
            }
            "publishHTML" => {
                let file = call.get("reportFiles").and_then(|value| self.plain(value));
                let title = call.get("reportName").and_then(|value| self.plain(value));
                self.titles.push((call.line, file.unwrap_or_default(), title.unwrap_or_default()));
            }
            "Mailer" | "mail" | "emailext" => self.mail(call),
            "publishArtifact" | "pushArtifact" => {
                for key in ["name", "type", "stage", "flow", "description", "version"] {
                    if let Some(value) = call.get(key).and_then(|value| self.template(value)) {
                        self.found.promotion.entry(key).or_insert(value);
                    }
                }
                self.is_kind(call, StageKind::Promote);
            }
            "withSonarQubeEnv" => {
                let name = call.first().or_else(|| call.get("installationName"));
                let name = name.and_then(|value| self.plain(value));
                self.found.sonar = Some(name.unwrap_or_default());
                self.is_kind(call, StageKind::Sonar);
            }
            "checkout" | "readProperties" => self.is_kind(call, StageKind::Checkout),
            "timeout" => self.timeout(call),
            "buildDiscarder" => {
                if let Some(Value::Call(rotator, _)) = call.first() {
                    for (own, key) in [("keep_builds", "numToKeepStr"), ("keep_days", "daysToKeepStr")] {
                        if let Some(number) = rotator.get(key).and_then(|value| self.number(value)) {
                            self.found.options.insert(own, number);
                        }
                    }
                }
            }
            "disableConcurrentBuilds" => {}
            "podTemplate" => self.leave(
                call.line,
                "podTemplate",
                Some("the rendered pipeline brings its own pod; add resources, mounts and containers below [pod.containers]"),
            ),
            "withCredentials" => self.leave(
                call.line,
                "withCredentials",
                Some("a build secret stands in [images.<name>.secrets], Git's in [source_tag.credentials], a registry's in [registry]"),
            ),
            name if call.has_block || STRUCTURE.contains(&name) || name.contains('.') => {}
            // Without named arguments it may be anything of Groovy's.
            name if call.arguments.iter().any(|argument| argument.key.is_some()) => {
                self.leave(call.line, &format!("the step {name}"), None);
            }
            _ => {}
        }
    }

    fn timeout(&mut self, call: &Call) {
        let time = call
            .get("time")
            .or_else(|| call.first())
            .and_then(|value| self.number(value));
        let unit = call.get("unit").and_then(|value| self.plain(value));
        let minutes = match (time, unit.as_deref()) {
            (Some(time), None | Some("MINUTES")) => Some(time),
            (Some(time), Some("HOURS")) => time.checked_mul(60),
            (Some(time), Some("DAYS")) => time.checked_mul(24 * 60),
            _ => None,
        };
        match minutes {
            // One of a single stage is no limit of the whole.
            Some(minutes) if call.scope.stage.is_none() => {
                self.found.options.insert("timeout_minutes", minutes);
            }
            _ => self.leave(
                call.line,
                "timeout",
                Some("[options] timeout_minutes is for the whole pipeline"),
            ),
        }
    }

    /// A `sh` step.
    fn script(&mut self, call: &Call) {
        let script = call.get("script").or_else(|| call.first());
        let Some(script) = script.and_then(|value| self.values.flat_script(value)) else {
            self.leave(call.line, "a script that is computed", None);
            return;
        };
        let commands = shell::commands(&script);
        let copies: Vec<(&str, &str)> = commands.iter().filter_map(copy).collect();
        let mut used = Vec::new();
        let mut is_release = false;
        for command in &commands {
            match command.program() {
                "buildctl" if command.has("build") => {
                    let folder = self.buildctl(call, command, &copies);
                    used.extend(folder);
                    is_release |= self.found.builds.last().is_some_and(|build| !build.names.is_empty());
                }
                "grype" => self.grype(call, command),
                "git" => self.git(call, command),
                "sonar-scanner" => self.is_kind(call, StageKind::Sonar),
                "docker" | "podman" | "executor" | "buildah" | "img" => self.leave_command(
                    call.line,
                    command,
                    Some("only `buildctl build` is understood: compare it with [images], [[publish]] and [registry]"),
                ),
                program if PREPARATION.contains(&program) => {}
                _ => {}
            }
        }
        for command in &commands {
            let program = command.program();
            let known = [
                "buildctl",
                "grype",
                "git",
                "sonar-scanner",
                "docker",
                "podman",
                "executor",
                "buildah",
                "img",
            ];
            let tool = |word: &String| {
                ["grype", "install.sh", "ecr-login"]
                    .iter()
                    .any(|tool| word.ends_with(tool))
            };
            if known.contains(&program)
                || PREPARATION.contains(&program)
                || used.iter().any(|folder| {
                    command
                        .words
                        .iter()
                        .any(|word| word.starts_with(folder.as_str()))
                })
            {
                continue;
            }
            if command.words.iter().any(tool) {
                let reason = match command.words.iter().any(|word| word.contains("ecr-login")) {
                    true => "see [registry] ecr: the helper stands in the buildkit image",
                    false => "grype stands in an image of its own: [tools] grype",
                };
                self.leave_command(call.line, command, Some(reason));
            } else if let Some((from, _)) = copy(command) {
                let reason = match from.contains("docker/config.json") {
                    true => {
                        "see [registry]: name the Kubernetes secret or config map that this file comes from"
                    }
                    false => {
                        "a credential for the build is a secret, `RUN --mount=type=secret` and [images.<name>.secrets]: copied, it stays in the layers"
                    }
                };
                self.leave_command(call.line, command, Some(reason));
            } else {
                self.leave_command(call.line, command, None);
            }
        }
        if is_release {
            self.is_kind(call, StageKind::Push);
        }
    }

    /// One `buildctl build`. Gives the folder of the machine that its result is written to, if it is one.
    fn buildctl(
        &mut self,
        call: &Call,
        command: &Command,
        copies: &[(&str, &str)],
    ) -> Option<String> {
        let mut build = Build {
            line: call.line,
            context: ".".to_owned(),
            ..Build::default()
        };
        let mut folder = ".".to_owned();
        let mut file = "Dockerfile".to_owned();
        for local in command.values(&["--local"]) {
            match local.split_once('=') {
                Some(("context", path)) => build.context = self.path(path),
                Some(("dockerfile", path)) => folder = self.path(path),
                _ => self.leave(
                    call.line,
                    &format!("--local {}", self.values.readable(local)),
                    None,
                ),
            }
        }
        for opt in command.values(&["--opt"]) {
            let (key, value) = opt.split_once('=').unwrap_or((opt, ""));
            match (key, key.split_once(':')) {
                ("target", _) => build.target = self.values.plain(value),
                ("filename", _) => file = self.path(value),
                ("network" | "force-network-mode", _) => build.network = self.values.plain(value),
                (_, Some(("build-arg", name))) => match self.values.template(value) {
                    Ok(value) => build.args.push((name.to_owned(), value)),
                    Err(readable) => self.leave(
                        call.line,
                        &format!("the build argument {name} = {readable}"),
                        Some("its value is computed"),
                    ),
                },
                _ => self.leave(
                    call.line,
                    &format!("--opt {}", self.values.readable(opt)),
                    None,
                ),
            }
        }
        build.dockerfile = match folder.as_str() {
            "." => file,
            folder => format!("{folder}/{file}"),
        };
        for secret in command.values(&["--secret"]) {
            let attributes = attributes(secret);
            if let Some(id) = attributes.get("id").and_then(|id| self.values.plain(id)) {
                let source = attributes.get("src").or_else(|| attributes.get("source"));
                let source = source.and_then(|source| self.values.plain(source));
                build.secrets.push((id, source));
            }
        }
        for ssh in command.values(&["--ssh"]) {
            self.leave(
                call.line,
                &format!("--ssh {}", self.values.readable(ssh)),
                Some("the language has no SSH agents for builds"),
            );
        }
        for cache in command.values(&["--export-cache"]) {
            build.cache = Some(self.values.readable(cache));
        }
        let mut taken_from = None;
        let mut kind = StageKind::Build;
        for output in command.values(&["--output", "-o"]) {
            let attributes = attributes(output);
            let names = attributes.get("name").map(|names| names.split(','));
            match attributes.get("type").map(String::as_str) {
                Some("local") => {
                    kind = StageKind::Check;
                    build.is_check = true;
                    taken_from = attributes.get("dest").cloned();
                }
                Some("image") if attributes.get("push").is_some_and(|push| push == "true") => {
                    for name in names.into_iter().flatten() {
                        match self.values.template(name) {
                            Ok(name) => build.names.push(name),
                            Err(readable) => self.leave(
                                call.line,
                                &format!("the image name {readable}"),
                                Some("it is computed: write it in [[publish]]"),
                            ),
                        }
                    }
                    kind = StageKind::Push;
                }
                _ => {}
            }
        }
        if let Some(taken_from) = &taken_from {
            build.taken_out = copies.iter().find_map(|(from, to)| {
                let inside = from.strip_prefix(taken_from.as_str())?;
                let directory = inside.trim_end_matches(['/', '.', '*']);
                let last = directory.rsplit('/').next()?;
                let to = self.path(to);
                let destination = match to.as_str() {
                    "." => last.to_owned(),
                    // `cp -R a/build target/` makes target/build.
                    to if inside == directory => format!("{to}/{last}"),
                    to => to.to_owned(),
                };
                directory
                    .starts_with('/')
                    .then(|| (directory.to_owned(), destination))
            });
            self.found.check_title = call.scope.stage.as_deref().map(str::to_owned);
        }
        self.is_kind(call, kind);
        self.found.builds.push(build);
        taken_from
    }

    fn grype(&mut self, call: &Call, command: &Command) {
        let plain = |values: Vec<&str>| values.last().and_then(|value| self.values.plain(value));
        let scan = Scan {
            fail_on: plain(command.values(&["-f", "--fail-on"])),
            only_fixed: command.has("--only-fixed"),
            scope: plain(command.values(&["-s", "--scope"])),
            file: plain(command.values(&["--file"])),
            report_title: None,
            match_go_by_cpe: command
                .env
                .iter()
                .any(|(name, value)| name == "GRYPE_MATCH_GOLANG_USING_CPES" && value == "true"),
        };
        for (name, _) in &command.env {
            if name != "GRYPE_MATCH_GOLANG_USING_CPES" {
                self.leave(call.line, &format!("grype's variable {name}"), None);
            }
        }
        self.found.scan = Some(scan);
        self.is_kind(call, StageKind::Scan);
    }

    fn git(&mut self, call: &Call, command: &Command) {
        let words: Vec<&str> = command.arguments().iter().map(String::as_str).collect();
        let plain = |text: &str| self.values.plain(text);
        match words.as_slice() {
            ["config", options @ .., key, value]
                if options.iter().all(|option| option.starts_with("--")) =>
            {
                let value = plain(value);
                let tag = self.found.source_tag.get_or_insert_default();
                match *key {
                    "user.name" => tag.name = value,
                    "user.email" => tag.email = value,
                    _ => {}
                }
            }
            ["tag", rest @ ..] if !rest.contains(&"-d") => {
                let message = command
                    .values(&["-m", "--message"])
                    .first()
                    .and_then(|text| plain(text));
                // What stands before the version, if that is named at all.
                let names = rest.iter().find_map(|word| word.split_once(is_computed));
                let prefix = names.map(|(prefix, _)| prefix.to_owned());
                let tag = self.found.source_tag.get_or_insert_default();
                tag.message = message.or(tag.message.take());
                tag.prefix = prefix.or(tag.prefix.take());
                self.is_kind(call, StageKind::Tag);
            }
            [
                "tag" | "push" | "fetch" | "clone" | "checkout" | "status" | "log" | "rev-parse",
                ..,
            ] => {}
            _ => self.leave_command(call.line, command, None),
        }
    }

    fn mail(&mut self, call: &Call) {
        let mut recipients = Vec::new();
        let classes = ["recipients", "recipientProviders", "to"];
        for value in classes.iter().filter_map(|key| call.get(key)) {
            self.recipients(value, &mut recipients);
        }
        if call.what() == "Mailer" {
            self.found.mailer = true;
        }
        if call.what() != "Mailer" && recipients.is_empty() {
            self.leave(
                call.line,
                &format!("the step {}", call.name),
                Some("its recipients are computed"),
            );
            return;
        }
        let recovery = call.scope.branch.as_ref().is_some_and(|(_, is)| !is);
        self.mails
            .push((call.scope.stage.clone(), recovery, recipients));
    }

    fn recipients(&self, value: &Value, found: &mut Vec<String>) {
        let mut add = |name: String| {
            if !found.contains(&name) {
                found.push(name);
            }
        };
        match value {
            Value::Text(text) => {
                let text = self.values.readable(&self.values.flat(text));
                for word in text.split([',', ' ', ';']).filter(|word| !word.is_empty()) {
                    add(provider(word).map_or(word, |provider| provider).to_owned());
                }
            }
            Value::Path(_) => {
                if let Some(text) = self.plain(value) {
                    add(text);
                }
            }
            Value::Items(items) => items
                .iter()
                .for_each(|item| self.recipients(&item.value, found)),
            Value::Call(call, _) => match provider(&call.name) {
                Some(provider) => add(provider.to_owned()),
                None => call
                    .arguments
                    .iter()
                    .for_each(|item| self.recipients(&item.value, found)),
            },
            Value::Other => {}
        }
    }

    /// Gives each mail the kind of its stage.
    fn mails(&mut self) {
        for (stage, recovery, recipients) in std::mem::take(&mut self.mails) {
            let kind = stage.and_then(|stage| self.stages.get(&stage).copied());
            let kind = match (kind, recovery) {
                (_, true) => Some(StageKind::Recovery),
                (kind, false) => kind,
            };
            if let Some(kind) = kind
                && !recipients.is_empty()
                && !self.found.mails.iter().any(|(known, _)| *known == kind)
            {
                self.found.mails.push((kind, recipients));
            }
        }
    }

    /// The report of the scan is known by its file.
    fn report_titles(&mut self) {
        for (line, file, title) in std::mem::take(&mut self.titles) {
            match &mut self.found.scan {
                Some(scan) if scan.file.as_deref() == Some(file.as_str()) => {
                    scan.report_title = Some(title).filter(|title| !title.is_empty());
                }
                _ => self.leave(
                    line,
                    &format!("the HTML report {title}"),
                    Some("the language publishes the scan's report alone"),
                ),
            }
        }
    }

    /// Notes what the stage of a call does. A stage that tests may also build, and one that pushes builds before.
    fn is_kind(&mut self, call: &Call, kind: StageKind) {
        if let Some(stage) = &call.scope.stage {
            let known = self.stages.entry(Rc::clone(stage)).or_insert(kind);
            if *known == StageKind::Checkout
                || kind == StageKind::Check
                || (*known == StageKind::Build && kind != StageKind::Checkout)
            {
                *known = kind;
            }
        }
    }

    fn patterns(&self, value: Option<&Value>) -> Vec<String> {
        let patterns = value
            .and_then(|value| self.plain(value))
            .unwrap_or_default();
        let patterns = patterns
            .split(',')
            .map(str::trim)
            .filter(|pattern| !pattern.is_empty());
        patterns.map(str::to_owned).collect()
    }

    fn plain(&self, value: &Value) -> Option<String> {
        self.values.plain(&self.values.flat_value(value)?)
    }

    fn template(&self, value: &Value) -> Option<String> {
        self.values.template(&self.values.flat_value(value)?).ok()
    }

    fn number(&self, value: &Value) -> Option<i64> {
        match value {
            Value::Path(number) => number.parse().ok(),
            value => self.plain(value)?.parse().ok(),
        }
    }

    /// A path of the checkout in its simplest form.
    fn path(&self, flat: &str) -> String {
        let path = self.values.readable(flat);
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        let absolute = if path.starts_with('/') { "/" } else { "" };
        match parts.is_empty() {
            true => ".".to_owned(),
            false => format!("{absolute}{}", parts.join("/")),
        }
    }

    fn leave_command(&mut self, line: usize, command: &Command, reason: Option<&'static str>) {
        let words = shlex::try_join(command.words.iter().map(String::as_str)).unwrap_or_default();
        self.leave(line, &self.values.readable(&words), reason);
    }

    fn leave(&mut self, line: usize, what: &str, reason: Option<&'static str>) {
        self.found.left.push(Left {
            line,
            what: what.to_owned(),
            reason,
        });
    }
}

/// A character that stands for what a build computes.
fn is_computed(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c) || c == '$'
}

/// Source and destination of a `cp` or `mv`.
fn copy(command: &Command) -> Option<(&str, &str)> {
    let is_copy = ["cp", "mv"].contains(&command.program());
    let mut paths = command
        .arguments()
        .iter()
        .filter(|word| !word.starts_with('-'));
    match (is_copy, paths.next(), paths.next(), paths.next()) {
        (true, Some(from), Some(to), None) => Some((from, to)),
        _ => None,
    }
}

/// `type=image,"name=a,b",push=true`.
fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    let mut fields: Vec<String> = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match (character, fields.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => fields.push(String::new()),
            (other, Some(field)) => field.push(other),
            (_, None) => {}
        }
    }
    for field in fields {
        if let Some((key, value)) = field.split_once('=') {
            attributes.insert(key.trim().to_owned(), value.to_owned());
        }
    }
    attributes
}

/// The language's word for a provider of recipients.
fn provider(name: &str) -> Option<&'static str> {
    match name {
        "CulpritsRecipientProvider" | "culprits" => Some("culprits"),
        "DevelopersRecipientProvider" | "developers" => Some("developers"),
        "RequesterRecipientProvider" | "requestor" => Some("requester"),
        _ => None,
    }
}
