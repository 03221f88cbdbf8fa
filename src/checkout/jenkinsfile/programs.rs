//! The programs that a `sh` step calls, as far as the language has words for what they do.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::script::{Call, Value, literal};
use super::{Build, Scan, SecretSource, StageKind};
use crate::checkout::shell::{self, Command};

/// Programs that change nothing.
const HARMLESS: [&str; 9] = [
    "set", "echo", "printf", "ls", "pwd", "true", ":", "sleep", "printenv",
];
/// Programs that prepare the files of an agent.
const PREPARATION: [&str; 7] = ["mkdir", "chmod", "chown", "cat", "touch", "rm", "ln"];
pub(super) const PREPARED: &str = "the rendered pipeline prepares no files: its tools stand in the images of its containers, and what a build needs is done by the Dockerfile";
const BUILDER: &str =
    "only `buildctl build` is understood: compare it with [images], [[publish]] and [registry]";
const ECR: &str = "see [registry] ecr: the helper stands in the buildkit image";
const DOCKER_CONFIG: &str =
    "see [registry]: name the Kubernetes secret or config map that this file comes from";
const GRYPE: &str = "grype stands in an image of its own: [tools] grype";
const SONAR: &str = "write it in the checkout's sonar-project.properties";
const CREDENTIAL: &str = "a credential for the build is a secret, `RUN --mount=type=secret` and [images.<name>.secrets]: copied, it stays in the layers";
/// Other programs that build images.
const BUILDERS: [&str; 5] = ["docker", "podman", "executor", "buildah", "img"];
/// So many builds are looked at: more are no service.
const MAX_BUILDS: usize = 200;
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
                // Variables, or harmless output.
                "" if !command.env.is_empty() && !command.does_more() => {}
                name if HARMLESS.contains(&name) && !command.does_more() => {}
                _ if reason.is_some() => self.leave_command(call, command, reason),
                "buildctl" if command.take_words(|word| word == "build") => {
                    folders.extend(self.buildctl(call, command, &mut copies));
                    is_release |= self.found.builds.last().is_some_and(|build| {
                        !(build.names.is_empty() && build.computed_tags.is_empty())
                    });
                }
                "grype" => self.grype(call, command),
                "git" => self.git(call, command),
                "sonar-scanner" => {
                    self.is_kind(call, StageKind::Sonar);
                    self.rest_of(call, command, Some(SONAR));
                }
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

    /// One `buildctl build`. Gives the folder of the machine that its result is written to, if it is one.
    fn buildctl(
        &mut self,
        call: &Call,
        command: &mut Command,
        copies: &mut [Copy],
    ) -> Option<String> {
        let mut build = Build {
            line: call.line,
            stage: call.scope.stage.as_deref().map(str::to_owned),
            context: ".".to_owned(),
            ..Build::default()
        };
        let mut folder = ".".to_owned();
        let mut file = "Dockerfile".to_owned();
        // How the log looks.
        command.take(&["--progress"]);
        for frontend in command.take(&["--frontend"]) {
            if frontend != "dockerfile.v0" {
                self.leave_option(call, "--frontend", &frontend, None);
            }
        }
        for local in command.take(&["--local"]) {
            match local.split_once('=') {
                Some(("context", path)) => build.context = self.path(path),
                Some(("dockerfile", path)) => folder = self.path(path),
                _ => self.leave_option(call, "--local", &local, None),
            }
        }
        for opt in command.take(&["--opt"]) {
            let (key, value) = opt.split_once('=').unwrap_or((&opt, ""));
            let plain = self.values.plain(value);
            match (key, key.split_once(':')) {
                ("target", _) if plain.is_some() => build.target = plain,
                ("filename", _) => file = self.path(value),
                ("network" | "force-network-mode", _) if plain.is_some() => build.network = plain,
                (_, Some(("build-arg", name))) => match self.values.template(value) {
                    Ok(value) => build.args.push((name.to_owned(), value)),
                    Err(readable) => {
                        self.leave(
                            call.line,
                            &format!("the build argument {name} = {readable}"),
                            Some("its value is computed"),
                        );
                        build.computed_args.push((name.to_owned(), readable));
                    }
                },
                _ => self.leave_option(call, "--opt", &opt, None),
            }
        }
        build.dockerfile = match folder.as_str() {
            "." => file,
            folder => format!("{folder}/{file}"),
        };
        for secret in command.take(&["--secret"]) {
            let mut attributes = attributes(&secret);
            let id = attributes
                .remove("id")
                .and_then(|id| self.values.plain(&id));
            let source = attributes
                .remove("src")
                .or_else(|| attributes.remove("source"));
            let plain = source
                .as_deref()
                .and_then(|source| self.values.plain(source));
            attributes.remove("type");
            let variable = attributes.remove("env").or_else(|| {
                let source = self.values.readable(source.as_deref()?);
                let name = source.strip_prefix("${")?.strip_suffix('}')?;
                Some(name.trim_start_matches("env.").to_owned())
            });
            let bound = variable
                .as_deref()
                .and_then(|variable| self.bound(call, variable));
            let from = match (bound, &source, plain) {
                (Some(bound), ..) => bound,
                (None, _, Some(plain)) if plain.starts_with('/') => SecretSource::File(plain),
                _ => SecretSource::Unknown,
            };
            let is_usable =
                from != SecretSource::Unknown || (source.is_none() && variable.is_none());
            if id.is_none() || !is_usable || !attributes.is_empty() {
                let reason = "say where it comes from in [images.<name>.secrets]";
                self.leave_option(call, "--secret", &secret, Some(reason));
            }
            build.secrets.extend(id.map(|id| (id, from)));
        }
        for ssh in command.take(&["--ssh"]) {
            let reason = "the language has no SSH agents for builds";
            self.leave_option(call, "--ssh", &ssh, Some(reason));
        }
        let imports = command.take(&["--import-cache"]);
        for cache in command.take(&["--export-cache"]) {
            let cache = self.values.readable(&cache);
            if build.cache.as_ref().is_some_and(|known| *known != cache) {
                self.leave_option(call, "--export-cache", &cache, None);
            }
            build.cache.get_or_insert(cache);
        }
        // What is taken from a cache is what some build put there.
        let mut caches = self.found.builds.iter().map(|build| &build.cache);
        if build.cache.is_none() && caches.all(|cache| cache.is_none()) {
            for import in imports {
                self.leave_option(call, "--import-cache", &import, None);
            }
        }
        let mut taken_from = None;
        let mut kind = StageKind::Build;
        let mut is_decided_later = false;
        for output in command.take(&["--output", "-o"]) {
            let mut attributes = attributes(&output);
            let names = attributes.remove("name").unwrap_or_default();
            let names = names.split(',').filter(|name| !name.is_empty());
            let push = attributes.remove("push").unwrap_or_default();
            let is_computed = push.contains(is_computed);
            is_decided_later |= is_computed;
            if is_computed {
                self.leave(
                    call.line,
                    &format!("--output … push={}", self.values.readable(&push)),
                    Some("whether it is pushed is computed; here the branch of [release] pushes"),
                );
            }
            let is_pushed = push == "true" || is_computed;
            match attributes.remove("type").as_deref() {
                Some("local") => {
                    kind = StageKind::Check;
                    build.is_check = true;
                    taken_from = attributes.remove("dest");
                }
                Some("image") if is_pushed => {
                    for name in names {
                        let repository = repository(name).and_then(|(repository, tag)| {
                            Some((
                                self.values.template(repository).ok()?,
                                self.values.readable(tag),
                            ))
                        });
                        match self.values.template(name) {
                            Ok(name) => build.names.push(name),
                            Err(_) if repository.is_some() => {
                                build.computed_tags.extend(repository)
                            }
                            Err(readable) => self.leave(
                                call.line,
                                &format!("the image name {readable}"),
                                Some("it is computed: write it in [[publish]]"),
                            ),
                        }
                    }
                    kind = StageKind::Push;
                }
                // The rendered pipeline exports an image to scan it.
                Some("image" | "oci" | "docker") => {
                    attributes.remove("dest");
                }
                _ => {
                    attributes.insert("type".to_owned(), output.clone());
                }
            }
            if !attributes.is_empty() {
                self.leave_option(call, "--output", &output, None);
            }
        }
        if let Some(taken_from) = &taken_from {
            build.taken_out = copies.iter_mut().find_map(|copy| {
                let inside = copy.from.strip_prefix(taken_from.as_str())?;
                let directory = inside.trim_end_matches(['/', '.', '*']);
                let last = directory.rsplit('/').next()?;
                let to = self.path(&copy.to);
                let destination = match to.as_str() {
                    "." => last.to_owned(),
                    // `cp -R a/build target/` makes target/build.
                    to if inside == directory => format!("{to}/{last}"),
                    to => to.to_owned(),
                };
                directory.starts_with('/').then(|| {
                    copy.is_used = true;
                    (directory.to_owned(), destination)
                })
            });
            if build.taken_out.is_none() {
                self.leave(
                    call.line,
                    &format!("what is written to {}", self.values.readable(taken_from)),
                    Some("which folder of the image is wanted was not understood: write it in [checks]"),
                );
            }
        }
        if command.may_fail {
            let what = format!("what happens if `{}` fails", written_shortly(command));
            self.leave(call.line, &what, Some("the rendered pipeline stops"));
        }
        self.rest_of(call, command, None);
        self.is_kind(call, kind);
        if let (true, Some(is_conditional)) =
            (is_decided_later, self.found.everywhere.get_mut(&kind))
        {
            *is_conditional = true;
        }
        self.differences(&build);
        match self.found.builds.len() < MAX_BUILDS {
            true => self.found.builds.push(build),
            false => self.leave_command(call, command, Some("there are too many builds before it")),
        }
        taken_from.map(|folder| folder.trim_end_matches('/').to_owned())
    }

    /// The credential that a variable around a call holds.
    fn bound(&mut self, call: &Call, variable: &str) -> Option<SecretSource> {
        let is_its = |binding: &Call| matches!(binding.get("variable"), Some(Value::Text(text)) if literal(text).as_deref() == Some(variable));
        let found = self.credential(call, |binding| match binding.name.as_str() {
            "file" if is_its(binding) => {
                Some(SecretSource::CredentialFile as fn(String) -> SecretSource)
            }
            "string" if is_its(binding) => Some(SecretSource::CredentialText),
            _ => None,
        });
        found.map(|(source, id)| source(id))
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

    /// Leaves what another build of the same image was given otherwise: the language gives all solves of an image the same.
    fn differences(&mut self, build: &Build) {
        const REASON: &str = "another build of the image is given something else";
        let mut left: Vec<String> = Vec::new();
        for other in &self.found.builds {
            if other.context != build.context || other.dockerfile != build.dockerfile {
                continue;
            }
            for (name, value) in &build.args {
                if other
                    .args
                    .iter()
                    .any(|(own, other)| own == name && other != value)
                {
                    left.push(format!("the build argument {name} = {value}"));
                }
            }
            for (name, own, other) in [
                ("--opt network", &build.network, &other.network),
                ("--export-cache", &build.cache, &other.cache),
            ] {
                if let (Some(own), Some(other)) = (own, other)
                    && own != other
                {
                    left.push(format!("{name} {own}"));
                }
            }
        }
        left.sort();
        left.dedup();
        for what in left {
            self.leave(build.line, &what, Some(REASON));
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
    fn rest_of(&mut self, call: &Call, command: &Command, reason: Option<&'static str>) {
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

    fn leave_option(&mut self, call: &Call, name: &str, value: &str, reason: Option<&'static str>) {
        let what = format!("{name} {}", self.values.readable(value));
        self.leave(call.line, &what, reason);
    }

    fn leave_command(&mut self, call: &Call, command: &Command, reason: Option<&'static str>) {
        self.leave(call.line, &self.values.readable(&command.written), reason);
    }
}

/// A command as far as its first option.
fn written_shortly(command: &Command) -> String {
    let words = command
        .written
        .split(' ')
        .take_while(|word| !word.starts_with('-'));
    words.collect::<Vec<_>>().join(" ")
}

/// A character that stands for what a build computes.
fn is_computed(c: char) -> bool {
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
struct Copy {
    from: String,
    to: String,
    written: String,
    /// Whether a check takes its results by it.
    is_used: bool,
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

/// The repository and the tag of an image's name.
fn repository(name: &str) -> Option<(&str, &str)> {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let colon = name.get(start..)?.find(':')?;
    Some((name.get(..start + colon)?, name.get(start + colon + 1..)?))
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
