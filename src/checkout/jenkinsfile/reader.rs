//! The steps of a Jenkinsfile: what each says of the pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use camino::Utf8Path;

use super::branches::Branches;
use super::builders::{Container, CopiedOut, Tagged};
use super::programs::PREPARED;
use super::script::{self, Argument, Assignment, Call, Script, Value};
use super::values::Values;
use super::{Jenkinsfile, Left, SecretSource, StageKind, Weight};

/// Calls that have nothing to carry over: structure, output, and what the rendered pipeline does by itself.
const STRUCTURE: [&str; 22] = [
    "stage",
    "container",
    "milestone",
    "echo",
    "print",
    "println",
    "error",
    "cleanWs",
    "deleteDir",
    "emailextrecipients",
    "logRotator",
    "culprits",
    "developers",
    "requestor",
    "new",
    // The parts of a declarative pipeline.
    "pipeline",
    "stages",
    "steps",
    "script",
    "post",
    "options",
    "environment",
];
/// Blocks of a declarative pipeline whose entries are looked at alone.
const BLOCKS: [&str; 5] = ["agent", "parameters", "triggers", "tools", "kubernetes"];
/// Methods that compute a value, and do nothing besides.
const VALUES: [&str; 41] = [
    "capitalize",
    "contains",
    "endsWith",
    "equals",
    "equalsIgnoreCase",
    "find",
    "first",
    "format",
    "get",
    "getAt",
    "getName",
    "getNumber",
    "getPreviousBuild",
    "getResult",
    "indexOf",
    "isEmpty",
    "join",
    "last",
    "lastIndexOf",
    "length",
    "matches",
    "minus",
    "now",
    "padLeft",
    "plus",
    "replace",
    "replaceAll",
    "replaceFirst",
    "size",
    "split",
    "startsWith",
    "stripIndent",
    "substring",
    "sum",
    "take",
    "toInteger",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "tokenize",
    "trim",
];
/// Among known keys: the first argument that has none.
const FIRST: &str = "";
// Why something is left.
const ONCE: &str = "what is called in it was read as if it stood there once, one after the other";
const FUNCTION: &str = "what the function does was read as if it were done once";
const TRIED: &str = "what stands in it was read as if it were tried once";
const CAUGHT: &str = "the rendered pipeline stops where something in it fails";
const ENVIRONMENT: &str = "programs of the rendered pipeline do not see it: a build takes [images.<name>.args], and a stage of your own has an env";
const LOG: &str = "the rendered pipeline leaves the log as Jenkins writes it";
const FOLDER: &str = "paths in it were read as if it were not there";
const CREDENTIALS: &str = "a build secret stands in [images.<name>.secrets], Git's in [source_tag.credentials], a registry's in [registry]";
const POD: &str = "the rendered pipeline brings its own pod; add resources, mounts and containers below [pod.containers]";
const CHECKOUT: &str = "the rendered pipeline checks out what the job names";
const COVERAGE: &str = "`coverage` takes patterns of JaCoCo's XML reports";
const TIMEOUT: &str = "[options] timeout_minutes is for the whole pipeline, in minutes";
const AGENT: &str = "the rendered pipeline runs in a pod of its own: see [pod]";
const APPROVAL: &str = "nobody is asked before the rendered pipeline goes on; a step of your own can ask, in a stage below [stages]";
const CONDITION: &str = "what is done under this condition is described as if it were always done";
const ELSEWHERE: &str = "it does not happen on the branch that releases";

pub(super) struct Reader<'a> {
    pub(super) values: Values<'a>,
    pub(super) found: Jenkinsfile,
    /// The names of images on the machine.
    pub(super) tagged: Vec<Tagged>,
    /// The containers of these.
    pub(super) containers: Vec<Container>,
    /// What is copied out of them.
    pub(super) copied_out: Vec<CopiedOut>,
    /// The folders that results of builds, by their places, are copied into.
    pub(super) copied_into: Vec<(usize, String)>,
    pub(super) script: &'a Script,
    /// The calls that a pipeline consists of.
    work: Vec<&'a Call>,
    /// The branch that is taken for the one that releases.
    release: Option<String>,
    /// What the stages do.
    stages: BTreeMap<Rc<str>, StageKind>,
    mails: Vec<Mail>,
    /// The reports that are published: line, file and title.
    titles: Vec<(usize, String, String)>,
    /// Calls that were left, each inside of the one before.
    around: Vec<(Range<usize>, String)>,
    /// Blocks that have credentials.
    credentials: Vec<&'a Call>,
    /// The secrets that are mounted: line, and what is written there.
    mounts: Vec<(usize, String)>,
    /// Where the credentials are bound that were recognised in what they are used for.
    used_credentials: BTreeSet<usize>,
}

/// Who is mailed.
struct Mail {
    line: usize,
    stage: Option<Rc<str>>,
    is_recovery: bool,
    recipients: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn read(script: &'a Script) -> Jenkinsfile {
        let has_credentials =
            |call: &&Call| ["withCredentials", "sshagent"].contains(&call.name.as_str());
        let is_work =
            |call: &&Call| ["sh", "stage", "input", "build"].contains(&call.name.as_str());
        let mut reader = Reader {
            work: script.calls.iter().filter(is_work).collect(),
            values: Values::new(script),
            found: Jenkinsfile::default(),
            script,
            release: None,
            stages: BTreeMap::new(),
            tagged: Vec::new(),
            containers: Vec::new(),
            copied_out: Vec::new(),
            copied_into: Vec::new(),
            mails: Vec::new(),
            titles: Vec::new(),
            around: Vec::new(),
            credentials: script.calls.iter().filter(has_credentials).collect(),
            mounts: Vec::new(),
            used_credentials: BTreeSet::new(),
        };
        for text in &script.imports {
            let import = reader.values.flat(text);
            reader.found.imports.push(reader.values.readable(&import));
        }
        reader.versions(script);
        reader.branches();
        for call in &script.calls {
            reader.call(call);
        }
        for assignment in &script.assignments {
            let is_told = matches!(assignment.value, Value::Call(..));
            if assignment.is_environment && !is_told && !reader.values.is_used(&assignment.name) {
                let what = format!("{} = {}", assignment.name, assignment.written);
                reader.leave(assignment.line, &what, Some(ENVIRONMENT));
            }
        }
        reader.checks_by_copies();
        reader.renamed_by_copies();
        reader.differences();
        reader.texts();
        reader.unused_credentials();
        reader.unused_mounts();
        reader.report_titles();
        reader.mails();
        let mut found = reader.found;
        found.left.sort_by_key(|left| (left.weight, left.line));
        found.left.dedup();
        found
    }

    /// Where the version comes from: written out, or a key of a properties file.
    fn versions(&mut self, script: &Script) {
        let is_version = |name: &str| self.values.is_version(name);
        let mut file = None;
        let mut key = None;
        let mut literals = Vec::new();
        for Assignment { name, value, .. } in &script.assignments {
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
                    Value::Text(text) => literals.extend(script::literal(text)),
                    Value::Path(path) => {
                        key = path.split_once('.').map(|(_, key)| key.to_owned()).or(key)
                    }
                    _ => {}
                }
            }
        }
        self.found.version = literals.pop();
        self.found.version_file = file.map(|file| (file, key));
    }

    /// The branches that something happens on alone. One that people release from by habit is the first of them.
    fn branches(&mut self) {
        let found = &mut self.found.branches;
        for call in &self.script.calls {
            let asked = call.branches.iter().chain(&call.scope.branches);
            for name in asked
                .filter(|asked| asked.is)
                .flat_map(|asked| &*asked.names)
            {
                if !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found.sort_by_key(|name| !matches!(name.as_str(), "main" | "master"));
        self.release = found.first().cloned();
    }

    /// Whether something happens on the branch that releases.
    fn is_released(&self, branches: &Branches) -> bool {
        let named = self
            .release
            .as_ref()
            .is_some_and(|release| branches.names.contains(release));
        named == branches.is
    }

    fn call(&mut self, call: &Call) {
        let what = call.what();
        let elsewhere = call
            .scope
            .branches
            .as_ref()
            .is_some_and(|branches| !self.is_released(branches));
        let is_mail = matches!(what.as_str(), "Mailer" | "mail" | "emailext");
        if elsewhere
            && !is_mail
            && !matches!(what.as_str(), "sh" | "if" | "when" | "node")
            && !self.is_structure(call, &what)
        {
            return self.leave_call(call, Some(ELSEWHERE));
        }
        match what.as_str() {
            "sh" if call.arguments.is_empty() => self.leave_call(call, None),
            "sh" => self.shell(call, elsewhere.then_some(ELSEWHERE)),
            "junit" | "JUnitResultArchiver" => self.junit(call),
            "jacoco" | "JacocoPublisher" => self.jacoco(call),
            "recordCoverage" => self.record_coverage(call),
            "publishHTML" => self.publish_html(call),
            "Mailer" | "mail" | "emailext" => self.mail(call, elsewhere),
            "publishArtifact" | "pushArtifact" => self.promotion(call),
            "withSonarQubeEnv" => self.sonar(call),
            "checkout" => {
                let is_own = matches!(call.first(), Some(Value::Path(name)) if name == "scm");
                if !is_own || call.arguments.len() > 1 {
                    self.leave_call(call, Some(CHECKOUT));
                }
                self.is_kind(call, StageKind::Checkout);
            }
            "readProperties" => self.read_properties(call),
            "library" => self.library(call),
            "timeout" => self.timeout(call),
            "buildDiscarder" => self.build_discarder(call),
            "disableConcurrentBuilds" => self.concurrent_builds(call),
            "podTemplate" => self.leave(call.line, "podTemplate", Some(POD)),
            "properties" => self.properties(call),
            "node" => {
                let is_pod = matches!(call.arguments.as_slice(), [Argument { value: Value::Path(name), .. }] if name == "POD_LABEL");
                if !is_pod && !call.arguments.is_empty() {
                    self.leave_call(call, Some(AGENT));
                }
            }
            "agent" if matches!(call.first(), Some(Value::Path(name)) if name == "none") => {}
            "input" => {
                self.found.approvals.push(call.line);
                self.leave_call(call, Some(APPROVAL));
            }
            "if" | "when" => self.condition(call),
            // Values alone are computed.
            "" if !call.has_block
                && self.script.below(call.range.start, call.end).all(|inner| {
                    inner.name.is_empty() || self.is_structure(inner, &inner.what())
                }) => {}
            "for" | "while" | "switch" | "parallel" | "" => {
                self.leave_call(call, Some(ONCE));
            }
            "def" => self.leave_call(call, Some(FUNCTION)),
            "try" | "catchError" | "warnError" => self.leave_call(call, Some(CAUGHT)),
            "ansiColor" | "timestamps" => self.leave_call(call, Some(LOG)),
            "retry" => self.leave_call(call, Some(TRIED)),
            "dir" => self.leave_call(call, Some(FOLDER)),
            // What they are for shows later.
            "withCredentials" | "sshagent" => {}
            _ if self.is_binding(call) => {}
            "credentials" => self.leave_call(call, Some(CREDENTIALS)),
            "secretVolume" => {
                let of = |key| call.get(key).and_then(|value| self.plain(value));
                match (of("mountPath"), of("secretName")) {
                    (Some(path), Some(secret)) => {
                        self.mounts.push((call.line, call.written.clone()));
                        self.found.secret_mounts.push((path, secret));
                        self.rest(call, &["mountPath", "secretName"], Some(POD));
                    }
                    _ => self.leave_call(call, Some(POD)),
                }
            }
            name if self.is_structure(call, name) => {}
            _ => {
                let is_agent = call
                    .scope
                    .block
                    .as_deref()
                    .is_some_and(|block| ["agent", "kubernetes"].contains(&block));
                self.leave_call(call, (is_agent || call.name == "agent").then_some(AGENT));
            }
        }
    }

    /// Whether there is nothing to carry over.
    fn is_structure(&self, call: &Call, name: &str) -> bool {
        let method = name.rsplit_once('.').map(|(_, method)| method);
        let is_value = |name: &str| VALUES.contains(&name) && !call.has_block;
        let is_part = call.scope.block.as_deref() == Some("post") && call.has_block;
        STRUCTURE.contains(&name)
            || (BLOCKS.contains(&name) && call.has_block && call.arguments.is_empty())
            || is_part
            || method.map_or_else(|| is_value(name), is_value)
            || self.script.functions.contains(name)
    }

    /// Whether a call says what `withCredentials` binds.
    fn is_binding(&self, call: &Call) -> bool {
        self.credentials
            .iter()
            .any(|block| block.range.start < call.range.start && call.range.end <= block.range.end)
    }

    /// The innermost credential around a call that something recognises, with its id.
    pub(super) fn credential<T>(
        &mut self,
        call: &Call,
        recognise: impl Fn(&Call) -> Option<T>,
    ) -> Option<(T, String)> {
        let blocks = self.credentials.iter().rev();
        let around =
            blocks.filter(|block| block.range.end <= call.range.start && call.end <= block.end);
        for block in around {
            let items = block.all().map(|argument| &argument.value);
            let bindings = items.flat_map(|value| match value {
                Value::Items(items) => items.iter().map(|item| &item.value).collect(),
                value => vec![value],
            });
            for binding in bindings {
                let (recognised, id) = match binding {
                    Value::Call(binding, _) => (recognise(binding), binding.get("credentialsId")),
                    // An agent of SSH has nothing but ids.
                    Value::Text(_) if block.name == "sshagent" => (recognise(block), Some(binding)),
                    _ => continue,
                };
                if let (Some(recognised), Some(id)) = (recognised, id.and_then(|id| self.plain(id)))
                {
                    let start = match binding {
                        Value::Call(binding, _) => binding.range.start,
                        _ => block.range.start,
                    };
                    self.used_credentials.insert(start);
                    return Some((recognised, id));
                }
            }
        }
        None
    }

    /// Leaves the credentials that are used for nothing that was recognised.
    fn unused_credentials(&mut self) {
        for block in std::mem::take(&mut self.credentials) {
            if self.used_credentials.contains(&block.range.start) {
                continue;
            }
            let items = block
                .arguments
                .iter()
                .flat_map(|argument| match &argument.value {
                    Value::Items(items) => items.as_slice(),
                    _ => std::slice::from_ref(argument),
                });
            let (used, unused): (Vec<&Argument>, Vec<&Argument>) = items.partition(|item| {
                matches!(&item.value, Value::Call(binding, _) if self.used_credentials.contains(&binding.range.start))
            });
            let reason = Some(CREDENTIALS);
            if used.is_empty() {
                self.leave(block.line, &block.written, reason);
            } else if !unused.is_empty() {
                let unused: Vec<&str> = unused.iter().map(|item| item.written.as_str()).collect();
                self.leave(
                    block.line,
                    &format!("{} … {}", block.name, unused.join(", ")),
                    reason,
                );
            }
        }
    }

    /// Leaves the secrets of Kubernetes that no file for a build comes from.
    fn unused_mounts(&mut self) {
        let secrets = self.found.builds.iter().flat_map(|build| &build.secrets);
        let files = secrets.filter_map(|(_, source)| match source {
            SecretSource::File(file) => Some(file),
            _ => None,
        });
        let copied = self.found.copied.iter().map(|(from, _)| from);
        let files: Vec<&Utf8Path> = files.chain(copied).map(Utf8Path::new).collect();
        let mounts = std::mem::take(&mut self.found.secret_mounts);
        let places = std::mem::take(&mut self.mounts);
        let (used, unused): (Vec<_>, Vec<_>) = mounts
            .into_iter()
            .zip(places)
            .partition(|((path, _), _)| files.iter().any(|file| file.starts_with(path)));
        self.found.secret_mounts = used.into_iter().map(|(mount, _)| mount).collect();
        for (_, (line, written)) in unused {
            self.leave(line, &written, Some(POD));
        }
    }

    /// A condition. What asks for the branch that releases is understood, and so is what asks whether to mail about a recovery.
    fn condition(&mut self, call: &Call) {
        let asks_for_release = call.branches.as_ref().is_some_and(|branches| {
            self.release
                .as_ref()
                .is_some_and(|release| *branches.names == [release.clone()])
        });
        if asks_for_release {
            return;
        }
        let asks_for_earlier =
            call.written.contains("reviousBuild") || call.written.contains("reviousCompletedBuild");
        let mut below = self.script.below(call.range.end, call.end);
        let is_mail = |other: &Call| {
            let what = other.what();
            matches!(what.as_str(), "Mailer" | "mail" | "emailext")
                || self.is_structure(other, &what)
        };
        if asks_for_earlier && below.all(is_mail) {
            return;
        }
        self.leave_call(call, Some(CONDITION));
    }

    fn shell(&mut self, call: &Call, reason: Option<&'static str>) {
        self.script(call, reason);
        self.rest(
            call,
            &[
                FIRST,
                "script",
                "returnStdout",
                "returnStatus",
                "label",
                "encoding",
            ],
            None,
        );
    }

    fn junit(&mut self, call: &Call) {
        let patterns = call.get("testResults").or_else(|| call.first());
        let patterns = self.patterns(patterns);
        match patterns.is_empty() {
            true => self.leave_call(call, None),
            false => self.rest(call, &[FIRST, "testResults"], None),
        }
        self.found.junit.extend(patterns);
        self.is_kind(call, StageKind::Check);
    }

    fn jacoco(&mut self, call: &Call) {
        let keys = [
            ("exec", "execPattern"),
            ("classes", "classPattern"),
            ("sources", "sourcePattern"),
            ("exclusions", "exclusionPattern"),
        ];
        let mut understood = Vec::new();
        for (own, key) in keys {
            if let Some(pattern) = call.get(key).and_then(|value| self.plain(value)) {
                self.found.jacoco.insert(own, pattern);
                understood.push(key);
            }
        }
        self.rest(call, &understood, None);
    }

    fn publish_html(&mut self, call: &Call) {
        let file = call.get("reportFiles").and_then(|value| self.plain(value));
        let title = call.get("reportName").and_then(|value| self.plain(value));
        self.titles.push((
            call.line,
            file.unwrap_or_default(),
            title.unwrap_or_default(),
        ));
        let known = [
            "target",
            "reportFiles",
            "reportName",
            "reportTitles",
            "reportDir",
            "allowMissing",
            "alwaysLinkToLastBuild",
            "keepAll",
        ];
        self.rest(call, &known, None);
    }

    fn promotion(&mut self, call: &Call) {
        let mut understood = Vec::new();
        for key in ["name", "type", "stage", "flow", "description", "version"] {
            if let Some(value) = call.get(key).and_then(|value| self.template(value)) {
                let known = self
                    .found
                    .promotion
                    .entry(key)
                    .or_insert_with(|| value.clone());
                if *known == value {
                    understood.push(key);
                }
            }
        }
        self.rest(call, &understood, None);
        self.is_kind(call, StageKind::Promote);
    }

    fn sonar(&mut self, call: &Call) {
        let name = call.first().or_else(|| call.get("installationName"));
        match name.and_then(|value| self.plain(value)) {
            Some(name) => {
                self.found.sonar = Some(name);
                self.rest(call, &[FIRST, "installationName"], None);
            }
            None => {
                self.found.sonar.get_or_insert_default();
                if !call.arguments.is_empty() {
                    self.leave_call(call, None);
                }
            }
        }
        self.is_kind(call, StageKind::Sonar);
    }

    fn read_properties(&mut self, call: &Call) {
        let file = call.get("file").or_else(|| call.first());
        let file = file.and_then(|file| self.plain(file));
        let version = self.found.version_file.as_ref().map(|(file, _)| file);
        if file.is_none() || file.as_ref() != version {
            self.leave_call(call, None);
        } else {
            self.rest(call, &[FIRST, "file"], None);
        }
        self.is_kind(call, StageKind::Checkout);
    }

    fn library(&mut self, call: &Call) {
        match call
            .first()
            .or_else(|| call.get("identifier"))
            .and_then(|name| self.plain(name))
        {
            Some(import) => {
                self.found.imports.push(import);
                self.rest(call, &[FIRST, "identifier"], None);
            }
            None => self.leave_call(call, None),
        }
    }

    fn properties(&mut self, call: &Call) {
        // Those that are calls are looked at themselves.
        for argument in &call.arguments {
            match &argument.value {
                Value::Items(items) => {
                    let others = items
                        .iter()
                        .filter(|item| !matches!(item.value, Value::Call(..)));
                    others.for_each(|item| self.leave(call.line, &item.written, None));
                }
                Value::Call(..) => {}
                _ => self.leave(call.line, &argument.written, None),
            }
        }
    }

    fn record_coverage(&mut self, call: &Call) {
        let tools = match call.get("tools") {
            Some(Value::Items(tools)) => tools.as_slice(),
            _ => &[],
        };
        let mut patterns = Vec::new();
        for tool in tools {
            let (parser, pattern, others) = match &tool.value {
                Value::Items(items) => {
                    let of = |key: &str| items.iter().find(|item| item.key.as_deref() == Some(key));
                    let parser = of("parser").and_then(|item| self.plain(&item.value));
                    (
                        parser,
                        self.patterns(of("pattern").map(|item| &item.value)),
                        items.len() > 2,
                    )
                }
                _ => (None, Vec::new(), true),
            };
            if parser.as_deref() != Some("JACOCO") || pattern.is_empty() || others {
                return self.leave_call(call, Some(COVERAGE));
            }
            patterns.extend(pattern);
        }
        if patterns.is_empty() {
            return self.leave_call(call, Some(COVERAGE));
        }
        self.found.coverage.extend(patterns);
        self.rest(call, &["tools"], None);
    }

    /// Without more, the rendered pipeline waits by itself.
    fn concurrent_builds(&mut self, call: &Call) {
        const KEY: &str = "abortPrevious";
        let is_known = match call.get(KEY) {
            Some(Value::Path(value)) if value == "true" => {
                self.found.aborts_previous = true;
                true
            }
            Some(Value::Path(value)) => value == "false",
            _ => false,
        };
        let known = if is_known { &[KEY][..] } else { &[] };
        self.rest(call, known, Some("see [options] concurrent_builds"));
    }

    fn build_discarder(&mut self, call: &Call) {
        let Some(Value::Call(rotator, _)) = call.first() else {
            return self.leave_call(call, None);
        };
        let mut understood = Vec::new();
        for (own, key) in [
            ("keep_builds", "numToKeepStr"),
            ("keep_days", "daysToKeepStr"),
        ] {
            if let Some(number) = rotator.get(key).and_then(|value| self.number(value)) {
                self.found.options.insert(own, number);
                understood.push(key);
            }
        }
        if rotator
            .arguments
            .iter()
            .any(|argument| argument.key.is_none())
        {
            self.leave_call(call, None);
        } else {
            self.rest(rotator, &understood, None);
        }
    }

    /// A limit of the whole, if there is nothing besides it.
    fn timeout(&mut self, call: &Call) {
        let time = call
            .get("time")
            .or_else(|| call.first())
            .and_then(|value| self.number(value));
        let unit = call.get("unit").and_then(|value| self.plain(value));
        let minutes = match (time, unit.as_deref(), call.get("unit").is_some()) {
            (Some(time), _, false) | (Some(time), Some("MINUTES"), _) => Some(time),
            (Some(time), Some("HOURS"), _) => time.checked_mul(60),
            (Some(time), Some("DAYS"), _) => time.checked_mul(24 * 60),
            _ => None,
        };
        let is_outside = |other: &Call| {
            let is_inside = other.range.start >= call.range.start && other.end <= call.end;
            let is_around = other.range.start <= call.range.start && other.end >= call.end;
            !is_inside && !is_around
        };
        let is_whole = call.scope.stage.is_none()
            && match call.has_block {
                true => !self.work.iter().copied().any(is_outside),
                false => call.scope.block.as_deref() == Some("options"),
            };
        match minutes {
            Some(minutes) if is_whole => {
                self.found.options.insert("timeout_minutes", minutes);
                self.rest(call, &[FIRST, "time", "unit"], None);
            }
            _ => self.leave_call(call, Some(TIMEOUT)),
        }
    }

    fn mail(&mut self, call: &Call, elsewhere: bool) {
        let mut recipients = Vec::new();
        let classes = ["recipients", "recipientProviders", "to"];
        for value in classes.iter().filter_map(|key| call.get(key)) {
            self.recipients(value, &mut recipients);
        }
        if call.what() == "Mailer" {
            self.found.mailer = true;
            // Who broke the build.
            let is_asked =
                matches!(call.get("sendToIndividuals"), Some(Value::Path(word)) if word == "true");
            if is_asked && !recipients.iter().any(|known| known == "culprits") {
                recipients.insert(0, "culprits".to_owned());
            }
        }
        if recipients.is_empty() {
            return self.leave_call(call, Some("its recipients are computed"));
        }
        match call.scope.post.as_deref() {
            None | Some("failure" | "unsuccessful") => {}
            Some("always") => self.leave_call(
                call,
                Some("the rendered pipeline mails if a stage fails, and not after each build"),
            ),
            Some(_) => {
                return self.leave_call(call, Some("the rendered pipeline mails if a stage fails"));
            }
        }
        let known = [
            "recipients",
            "recipientProviders",
            "to",
            "notifyEveryUnstableBuild",
            "sendToIndividuals",
        ];
        self.rest(
            call,
            &known,
            Some("the rendered pipeline writes its mails itself"),
        );
        self.mails.push(Mail {
            line: call.line,
            stage: call.scope.stage.clone(),
            is_recovery: elsewhere,
            recipients,
        });
    }

    fn recipients(&self, value: &Value, found: &mut Vec<String>) {
        let mut add = |name: String| {
            if !found.contains(&name) {
                found.push(name);
            }
        };
        match value {
            Value::Text(_) | Value::Path(_) => {
                let text = self.values.flat_value(value).unwrap_or_default();
                let text = self.values.readable(&text);
                for word in text.split([',', ' ', ';']).filter(|word| !word.is_empty()) {
                    add(provider(word).map_or(word, |provider| provider).to_owned());
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
        for mail in std::mem::take(&mut self.mails) {
            let kind = match (mail.is_recovery, &mail.stage) {
                (true, _) => Some(StageKind::Recovery),
                (false, None) => None,
                (false, Some(stage)) => match self.stages.get(stage) {
                    Some(kind) => Some(*kind),
                    None => {
                        let what = format!("a mail to {}", mail.recipients.join(", "));
                        self.leave(mail.line, &what, Some("what its stage does is not known"));
                        continue;
                    }
                },
            };
            match self.found.mails.iter().find(|(known, _)| *known == kind) {
                None => self.found.mails.push((kind, mail.recipients)),
                Some((_, recipients)) if *recipients == mail.recipients => {}
                Some(_) => {
                    let what = format!("a mail to {}", mail.recipients.join(", "));
                    self.leave(
                        mail.line,
                        &what,
                        Some("a stage of this kind mails others already"),
                    );
                }
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
    pub(super) fn is_kind(&mut self, call: &Call, kind: StageKind) {
        let releases = matches!(kind, StageKind::Push | StageKind::Tag | StageKind::Promote);
        if releases && call.scope.branches.is_none() {
            *self.found.everywhere.entry(kind).or_default() |= call.scope.is_conditional;
        }
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

    pub(super) fn plain(&self, value: &Value) -> Option<String> {
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

    /// A text that holds nothing but itself, without the name of the workspace before it.
    pub(super) fn in_workspace(&self, flat: &str) -> Option<String> {
        const WORKSPACE: [&str; 5] = [
            "${WORKSPACE}",
            "${env.WORKSPACE}",
            "${PWD}",
            "$(pwd)",
            "`pwd`",
        ];
        let readable = self.values.readable(flat);
        let mut known = WORKSPACE.iter();
        let inside = known.find_map(|name| readable.strip_prefix(name));
        let is_part = |inside: &&str| inside.is_empty() || inside.starts_with('/');
        match inside.filter(is_part) {
            Some(inside) => self.values.plain(&format!(".{inside}")),
            None => self.values.plain(flat),
        }
    }

    /// A path of the checkout in its simplest form.
    pub(super) fn path(&self, flat: &str) -> String {
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

    /// Leaves the arguments that have none of these keys.
    fn rest(&mut self, call: &Call, known: &[&str], reason: Option<&'static str>) {
        let is_known = |argument: &Argument| match argument.key.as_deref() {
            Some(key) => known.contains(&key) || key == "$class",
            None => {
                let is_first = call
                    .first()
                    .is_some_and(|first| std::ptr::eq(first, &argument.value));
                is_first && known.contains(&FIRST)
            }
        };
        let others: Vec<&str> = call
            .all()
            .filter(|argument| !is_known(argument))
            .map(|argument| argument.written.as_str())
            .collect();
        if !others.is_empty() {
            let what = format!("{} … {}", call.what(), others.join(", "));
            self.leave(call.line, &what, reason);
        }
    }

    /// Leaves a call as it was written, unless it is seen in one that was left.
    fn leave_call(&mut self, call: &Call, reason: Option<&'static str>) {
        while self
            .around
            .last()
            .is_some_and(|(range, _)| range.end <= call.range.start)
        {
            self.around.pop();
        }
        let is_seen = |(range, written): &(Range<usize>, String)| {
            range.end >= call.range.end && written.contains(&call.written)
        };
        if self.around.iter().any(is_seen) {
            return;
        }
        self.around.push((call.range.clone(), call.written.clone()));
        self.leave(call.line, &call.written, reason);
    }

    pub(super) fn leave(&mut self, line: usize, what: &str, reason: Option<&'static str>) {
        self.found.left.push(Left {
            line,
            what: what.to_owned(),
            reason,
            weight: weight(what, reason),
        });
    }
}

/// How much depends on something that is left.
fn weight(what: &str, reason: Option<&str>) -> Weight {
    let manners = [
        ONCE, FUNCTION, TRIED, CAUGHT, FOLDER, CONDITION, CHECKOUT, COVERAGE, TIMEOUT,
    ];
    match reason {
        Some(AGENT | LOG | POD | PREPARED) => Weight::Plumbing,
        _ if what.contains("randomUUID") => Weight::Plumbing,
        Some(reason) if manners.contains(&reason) => Weight::Manner,
        _ => Weight::Work,
    }
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
