//! The programs that a `sh` step calls, as far as the language has words for what they do.

use super::reader::Reader;
use super::script::{Call, Value};
use super::{Build, Scan, StageKind};
use crate::checkout::shell::{self, Command};

/// Programs that change nothing.
const HARMLESS: [&str; 9] = [
    "set", "echo", "printf", "ls", "pwd", "true", ":", "sleep", "printenv",
];
/// Programs that prepare the files of an agent.
const PREPARATION: [&str; 7] = ["mkdir", "chmod", "chown", "cat", "touch", "rm", "ln"];
pub(super) const PREPARED: &str = "the rendered pipeline prepares no files: its tools stand in the images of its containers, and what a build needs is done by the Dockerfile";
pub(super) const BUILDER: &str = "compare it with [images], [[publish]] and [registry]";
const ECR: &str = "see [registry] ecr: the helper stands in the buildkit image";
const DOCKER_CONFIG: &str =
    "see [registry]: name the Kubernetes secret or config map that this file comes from";
const GRYPE: &str = "grype stands in an image of its own: [tools] grype";
const SONAR: &str = "write it in the checkout's sonar-project.properties";
const CREDENTIAL: &str = "a credential for the build is a secret, `RUN --mount=type=secret` and [images.<name>.secrets]: copied, it stays in the layers";
/// Other programs that build images.
const BUILDERS: [&str; 5] = ["docker", "podman", "executor", "buildah", "img"];
/// Prefixes of what grype scans.
const SCANNED: [&str; 6] = [
    "oci-archive:",
    "docker-archive:",
    "oci-dir:",
    "registry:",
    "docker:",
    "podman:",
];

impl Reader<'_> {
    /// A `sh` step; with a reason all of it is left.
    pub(super) fn script(&mut self, call: &Call, reason: Option<&'static str>) {
        let script = call.get("script").or_else(|| call.first());
        let Some(script) = script.and_then(|value| self.values.flat_script(value)) else {
            self.leave(call.line, &call.written, Some("the script is computed"));
            return;
        };
        let mut commands = shell::commands(&script);
        let goes_on = script.contains("set +e")
            || matches!(call.get("returnStatus"), Some(Value::Path(value)) if value == "true");
        for command in &mut commands {
            command.may_fail |= goes_on;
        }
        let mut copies: Vec<Copy> = commands.iter().filter_map(copy).collect();
        let mut prepared = Vec::new();
        let mut is_release = false;
        let mut folders: Vec<String> = Vec::new();
        for command in &mut commands {
            let program = command.program().to_owned();
            match program.as_str() {
                // `if` and its like.
                _ if command.decides => self.leave_command(call, command, reason),
                "" if reason.is_none() && self.captured(call, command) => {}
                // Variables, or harmless output.
                "" if !command.env.is_empty() && !command.does_more() => {}
                name if HARMLESS.contains(&name) && !command.does_more() => {}
                _ if reason.is_some() => self.leave_command(call, command, reason),
                "buildctl" if command.take_words(|word| word == "build") => {
                    folders.extend(self.buildctl(call, command, &mut copies));
                    is_release |= self.found.builds.last().is_some_and(Build::is_pushed);
                }
                "grype" => self.grype(call, command),
                "git" => self.git(call, command),
                "sonar-scanner" => {
                    self.is_kind(call, StageKind::Sonar);
                    self.rest_of(call, command, Some(SONAR));
                }
                "docker" | "podman" if self.docker(call, command, &mut copies) => {}
                name if BUILDERS.contains(&name) => {
                    self.leave_command(call, command, Some(BUILDER))
                }
                _ if copies.iter().any(|copy| copy.is_used && copy.is(command)) => {}
                // The folder that a result is written to and taken from.
                "mkdir" | "rm"
                    if command
                        .arguments
                        .iter()
                        .filter(|word| !word.starts_with('-'))
                        .all(|word| {
                            folders
                                .iter()
                                .any(|folder| folder == word.trim_end_matches('/'))
                        }) => {}
                _ if command.written.contains("ecr-login") => {
                    self.leave_command(call, command, Some(ECR))
                }
                _ if command.written.contains("docker/config.json") => {
                    self.leave_command(call, command, Some(DOCKER_CONFIG))
                }
                _ if installs_grype(command, &script) => {
                    self.leave_command(call, command, Some(GRYPE))
                }
                "cp" | "mv" | "cat" if is_from_elsewhere(command) => {
                    if let Some(copy) = copy(command) {
                        let paths = (self.values.plain(&copy.from), self.path(&copy.to));
                        self.found
                            .copied
                            .extend(paths.0.map(|from| (from, paths.1)));
                    }
                    self.leave_command(call, command, Some(CREDENTIAL));
                }
                name if PREPARATION.contains(&name) => {
                    prepared.push(self.values.readable(&command.written));
                }
                _ => self.leave_command(call, command, None),
            }
        }
        if !prepared.is_empty() {
            self.leave(call.line, &prepared.join("; "), Some(PREPARED));
        }
        if is_release {
            self.is_kind(call, StageKind::Push);
        }
    }

    /// Notes what Git logs in with where it pushes tags.
    fn pushes_tags(&mut self, call: &Call) {
        if self.found.source_tag.is_none() {
            return;
        }
        let found = self.credential(call, |binding| match binding.name.as_str() {
            "sshagent" | "sshUserPrivateKey" => Some("ssh"),
            "gitUsernamePassword" => Some("https"),
            _ => None,
        });
        if let (Some(found), Some(tag)) = (found, &mut self.found.source_tag) {
            tag.credentials.get_or_insert(found);
        }
    }

    fn grype(&mut self, call: &Call, command: &mut Command) {
        let is_fail_on =
            |word: &str| word == "-f" || word == "--fail-on" || word.starts_with("--fail-on=");
        let has_fail_on = command.arguments.iter().position(|word| is_fail_on(word));
        let computed_fail_on = has_fail_on.and_then(|at| {
            let word = command.arguments.get(at)?;
            let value = word
                .split_once('=')
                .map(|(_, value)| value)
                .or(command.arguments.get(at + 1).map(String::as_str))?;
            self.values
                .plain(value)
                .is_none()
                .then(|| self.values.readable(value))
        });
        let mut last = |command: &mut Command, names: &[&str]| {
            let value = command.take(names).pop()?;
            let plain = self.values.plain(&value);
            if plain.is_none() {
                self.leave_option(
                    call,
                    names.first().unwrap_or(&""),
                    &value,
                    Some("it is computed"),
                );
            }
            plain
        };
        let scan = Scan {
            computed_fail_on,
            fail_on: last(command, &["-f", "--fail-on"]),
            scope: last(command, &["-s", "--scope"]),
            file: last(command, &["--file"]),
            only_fixed: command.take_words(|word| word == "--only-fixed"),
            may_fail: command.may_fail || call.scope.may_fail,
            report_title: None,
            match_go_by_cpe: command
                .env
                .iter()
                .any(|(name, value)| name == "GRYPE_MATCH_GOLANG_USING_CPES" && value == "true"),
        };
        command
            .env
            .retain(|(name, _)| name != "GRYPE_MATCH_GOLANG_USING_CPES");
        // The rendered pipeline has a template of its own.
        command.take(&["-t", "--template"]);
        for output in command.take(&["-o", "--output"]) {
            if !matches!(output.as_str(), "table" | "template") {
                let reason = "the rendered pipeline publishes an HTML report";
                self.leave_option(call, "grype -o", &output, Some(reason));
            }
        }
        command.take_words(|word| matches!(word, "-q" | "--quiet"));
        let is_target = |word: &str| SCANNED.iter().any(|kind| word.starts_with(kind));
        if !command.take_words(is_target) {
            // Only the first or a single word is for sure no value of an option that is not known.
            let is_first = command
                .arguments
                .first()
                .is_some_and(|word| !word.starts_with('-'));
            if is_first {
                command.arguments.remove(0);
            }
        }
        self.rest_of(call, command, None);
        if self.found.scan.is_some() {
            self.leave_command(call, command, Some("the image is scanned once, as above"));
            return;
        }
        self.found.scan = Some(scan);
        self.is_kind(call, StageKind::Scan);
    }

    fn git(&mut self, call: &Call, command: &mut Command) {
        let words: Vec<&str> = command.arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            [
                "config",
                options @ ..,
                key @ ("user.name" | "user.email"),
                value,
            ] if options.iter().all(|option| option.starts_with("--")) => {
                let value = self.values.plain(value);
                if value.is_none() {
                    self.leave_command(call, command, Some("its value is computed"));
                }
                let tag = self.found.source_tag.get_or_insert_default();
                match *key {
                    "user.name" => tag.name = value,
                    _ => tag.email = value,
                }
            }
            // The rendered pipeline moves tags and pushes them at once.
            ["tag", rest @ ..] if rest.contains(&"-d") => {}
            ["push", rest @ ..]
                if rest
                    .iter()
                    .all(|word| is_push_of_tags(word) || self.is_tag(word)) =>
            {
                self.pushes_tags(call);
            }
            ["tag", _, ..] => {
                command.arguments.remove(0);
                let messages = command.take(&["-m", "--message"]);
                let message = messages.first().and_then(|text| self.values.plain(text));
                command.take_words(|word| matches!(word, "-a" | "-f" | "--annotate" | "--force"));
                // What stands before the version, if that is named at all.
                let names = command
                    .arguments
                    .iter()
                    .find_map(|word| word.split_once(is_computed));
                let prefix = names.map(|(prefix, _)| prefix.to_owned());
                let name = command.arguments.first().filter(|_| prefix.is_some());
                let name = name.map(|name| self.values.readable(name));
                if message.is_none() != messages.is_empty()
                    || prefix.is_none()
                    || command.arguments.len() > 1
                {
                    self.leave_command(call, command, None);
                }
                let tag = self.found.source_tag.get_or_insert_default();
                tag.message = message.or(tag.message.take());
                tag.prefix = prefix.or(tag.prefix.take());
                tag.names
                    .extend(name.filter(|name| !tag.names.contains(name)));
                self.is_kind(call, StageKind::Tag);
            }
            // They change nothing.
            [
                "status" | "log" | "rev-parse" | "describe" | "fetch" | "show" | "diff",
                ..,
            ] => {}
            _ => self.leave_command(call, command, None),
        }
    }

    /// Whether a word is a name that was tagged.
    fn is_tag(&self, word: &str) -> bool {
        let word = self.values.readable(word);
        let tag = self.found.source_tag.as_ref();
        tag.is_some_and(|tag| tag.names.contains(&word))
    }

    /// Leaves what of a command was not understood.
    pub(super) fn rest_of(&mut self, call: &Call, command: &Command, reason: Option<&'static str>) {
        let variables = command
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let program = command.program().to_owned();
        for variable in variables {
            let what = format!("{variable} for {program}");
            self.leave(call.line, &self.values.readable(&what), None);
        }
        let words = command.arguments.iter().map(String::as_str);
        let words = (!command.arguments.is_empty()).then(|| crate::shell::command(words));
        let more = command.redirections.iter().filter(|own| own.does_more());
        let more = more.map(|own| own.written().to_owned());
        let left: Vec<String> = words.into_iter().chain(more).collect();
        if !left.is_empty() {
            let what = format!("{program} … {}", left.join(" "));
            self.leave(call.line, &self.values.readable(&what), reason);
        }
    }

    pub(super) fn leave_option(
        &mut self,
        call: &Call,
        name: &str,
        value: &str,
        reason: Option<&'static str>,
    ) {
        let what = format!("{name} {}", self.values.readable(value));
        self.leave(call.line, &what, reason);
    }

    pub(super) fn leave_command(
        &mut self,
        call: &Call,
        command: &Command,
        reason: Option<&'static str>,
    ) {
        self.leave(call.line, &self.values.readable(&command.written), reason);
    }
}

/// A command as far as its first option.
pub(super) fn written_shortly(command: &Command) -> String {
    let words = command
        .written
        .split(' ')
        .take_while(|word| !word.starts_with('-'));
    words.collect::<Vec<_>>().join(" ")
}

/// A character that stands for what a build computes.
pub(super) fn is_computed(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c) || c == '$'
}

/// A word behind `git push` where tags alone are pushed.
fn is_push_of_tags(word: &str) -> bool {
    matches!(
        word,
        "--tags" | "-f" | "--force" | "origin" | "--delete" | "-d"
    ) || word
        .trim_start_matches([':', '+'])
        .starts_with("refs/tags/")
        || (word.starts_with('v') && word.contains(is_computed))
}

/// Whether something is done to grype itself, or to the installer that the script fetches.
fn installs_grype(command: &Command, script: &str) -> bool {
    let mut words = command.arguments.iter().chain([&command.path]);
    let fetches = script.contains("anchore/grype");
    words.any(|word| word.ends_with("grype") || (fetches && word.ends_with("install.sh")))
}

/// Whether a file comes from outside of the checkout.
fn is_from_elsewhere(command: &Command) -> bool {
    let mut paths = command
        .arguments
        .iter()
        .filter(|word| !word.starts_with('-'));
    paths.next().is_some_and(|path| path.starts_with('/'))
}

/// A `cp` or `mv` of one thing.
pub(super) struct Copy {
    pub(super) from: String,
    pub(super) to: String,
    written: String,
    /// Whether a check takes its results by it.
    pub(super) is_used: bool,
}

impl Copy {
    fn is(&self, command: &Command) -> bool {
        self.written == command.written
    }
}

fn copy(command: &Command) -> Option<Copy> {
    let is_copy = ["cp", "mv"].contains(&command.program());
    let mut paths = command
        .arguments
        .iter()
        .filter(|word| !word.starts_with('-'));
    match (is_copy, paths.next(), paths.next(), paths.next()) {
        (true, Some(from), Some(to), None) => Some(Copy {
            from: from.clone(),
            to: to.clone(),
            written: command.written.clone(),
            is_used: false,
        }),
        _ => None,
    }
}
