//! The programs that build images: BuildKit's own client, and those that take the options of `docker build`.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::programs::{BUILDER, Copy, is_computed, written_shortly};
use super::reader::Reader;
use super::script::{Call, Value, literal};
use super::{Build, SecretSource, StageKind};
use crate::checkout::shell::{self, Command};

/// So many builds are looked at: more are no service.
const MAX_BUILDS: usize = 200;
/// Options of `docker build` without a value.
const FLAGS: [&str; 4] = ["--force-rm", "--no-cache", "--pull", "--rm"];
/// Options of `docker build` with a value that the language has no word for.
const LEFT_WITH_VALUE: [&str; 5] = ["--platform", "--label", "--add-host", "--ssh", "--shm-size"];
const COMPUTED: &str = "it is computed: write it in [images.<name>]";
const TAGGED: &str = "it is computed: write it in [[publish]]";

/// A name that a build gives its image on the machine, which `docker push` may push.
#[derive(Debug)]
pub(super) struct Tagged {
    /// The build, by its place in what was found.
    build: usize,
    /// The name as it is written.
    name: String,
}

/// A container of an image that was built, which files can be copied out of.
#[derive(Debug)]
pub(super) struct Container {
    /// The build, by its place in what was found.
    build: usize,
    name: String,
    line: usize,
    written: String,
    is_used: bool,
}

/// A folder that is copied out of an image.
#[derive(Debug)]
pub(super) struct CopiedOut {
    build: usize,
    line: usize,
    written: String,
    directory: String,
    destination: String,
}

impl Reader<'_> {
    /// One `buildctl build`. Gives the folder of the machine that its result is written to, if it is one.
    pub(super) fn buildctl(
        &mut self,
        call: &Call,
        command: &mut Command,
        copies: &mut [Copy],
    ) -> Option<String> {
        let mut build = new_build(call);
        // How the log looks.
        command.take(&["--progress"]);
        for frontend in command.take(&["--frontend"]) {
            if frontend != "dockerfile.v0" {
                self.leave_option(call, "--frontend", &frontend, None);
            }
        }
        self.inputs(call, command, &mut build);
        for secret in command.take(&["--secret"]) {
            self.secret(call, &secret, &mut build);
        }
        for ssh in command.take(&["--ssh"]) {
            let reason = "the language has no SSH agents for builds";
            self.leave_option(call, "--ssh", &ssh, Some(reason));
        }
        self.caches(call, command, &mut build);
        let outputs = self.outputs(call, command, &mut build);
        self.finish(call, command, build, outputs, copies)
    }

    /// Notes a build when all of its options are read. Gives the folder of the machine that its result is written to, if it is one.
    fn finish(
        &mut self,
        call: &Call,
        command: &mut Command,
        mut build: Build,
        outputs: Outputs,
        copies: &mut [Copy],
    ) -> Option<String> {
        if let Some(taken_from) = &outputs.taken_from {
            build.taken_out = match self.taken_out(taken_from, copies) {
                None if !copies.iter().any(|copy| copy.from.starts_with(taken_from)) => {
                    self.whole(taken_from, &build)
                }
                taken_out => taken_out,
            };
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
        self.is_kind(call, outputs.kind);
        match self.found.builds.len() < MAX_BUILDS {
            true => self.found.builds.push(build),
            false => self.leave_command(call, command, Some("there are too many builds before it")),
        }
        if let (true, Some(is_conditional)) = (
            outputs.is_decided_later,
            self.found.everywhere.get_mut(&outputs.kind),
        ) {
            *is_conditional = true;
        }
        let taken_from = outputs.taken_from?;
        Some(taken_from.trim_end_matches('/').to_owned())
    }

    /// `--local` and `--opt`: what is built.
    fn inputs(&mut self, call: &Call, command: &mut Command, build: &mut Build) {
        let mut folder = ".".to_owned();
        let mut file = "Dockerfile".to_owned();
        for local in command.take(&["--local"]) {
            match local.split_once('=') {
                Some((key @ ("context" | "dockerfile"), path)) => {
                    let option = format!("--local {key}=");
                    let key = if key == "context" {
                        "context"
                    } else {
                        "dockerfile"
                    };
                    if let Some(path) = self.input(call, key, &option, path, build) {
                        match key {
                            "context" => build.context = self.path(&path),
                            _ => folder = self.path(&path),
                        }
                    }
                }
                _ => self.leave_option(call, "--local", &local, None),
            }
        }
        for opt in command.take(&["--opt"]) {
            let (key, value) = opt.split_once('=').unwrap_or((&opt, ""));
            let option = format!("--opt {key}=");
            match (key, key.split_once(':')) {
                ("target", _) => build.target = self.input(call, "target", &option, value, build),
                ("filename", _) => {
                    let path = self.input(call, "dockerfile", &option, value, build);
                    file = path.map_or(file, |path| self.path(&path));
                }
                ("network" | "force-network-mode", _) => {
                    build.network = self.input(call, "network", &option, value, build);
                }
                (_, Some(("build-arg", name))) => self.argument(call, name, value, build),
                _ => self.leave_option(call, "--opt", &opt, None),
            }
        }
        build.dockerfile = below(&folder, &file);
    }

    /// A word that says what is built; one that is computed is noted and left.
    fn input(
        &mut self,
        call: &Call,
        key: &'static str,
        option: &str,
        value: &str,
        build: &mut Build,
    ) -> Option<String> {
        let plain = self.in_workspace(value);
        if plain.is_none() {
            let readable = self.values.readable(value);
            self.leave(call.line, &format!("{option}{readable}"), Some(COMPUTED));
            build.computed.push((key, readable));
        }
        plain
    }

    fn argument(&mut self, call: &Call, name: &str, value: &str, build: &mut Build) {
        match self.values.template(value) {
            Ok(value) => build.args.push((name.to_owned(), value)),
            Err(readable) => {
                self.leave(
                    call.line,
                    &format!("the build argument {name} = {readable}"),
                    Some("its value is computed"),
                );
                build.computed_args.push((name.to_owned(), readable));
            }
        }
    }

    fn secret(&mut self, call: &Call, secret: &str, build: &mut Build) {
        let mut attributes = attributes(secret);
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
        let is_usable = from != SecretSource::Unknown || (source.is_none() && variable.is_none());
        if id.is_none() || !is_usable || !attributes.is_empty() {
            let reason = "say where it comes from in [images.<name>.secrets]";
            self.leave_option(call, "--secret", secret, Some(reason));
        }
        build.secrets.extend(id.map(|id| (id, from)));
    }

    fn caches(&mut self, call: &Call, command: &mut Command, build: &mut Build) {
        let imports = command.take(&["--import-cache", "--cache-from"]);
        for cache in command.take(&["--export-cache", "--cache-to"]) {
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
    }

    fn outputs(&mut self, call: &Call, command: &mut Command, build: &mut Build) -> Outputs {
        let mut outputs = Outputs {
            kind: StageKind::Build,
            taken_from: None,
            is_decided_later: false,
        };
        for output in command.take(&["--output", "-o"]) {
            let mut attributes = match output.contains('=') || output == "-" {
                true => attributes(&output),
                // `docker build -o folder`
                false => attributes(&format!("type=local,\"dest={output}\"")),
            };
            let names = attributes.remove("name").unwrap_or_default();
            let push = attributes.remove("push").unwrap_or_default();
            let is_computed = push.contains(is_computed);
            outputs.is_decided_later |= is_computed;
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
                    outputs.kind = StageKind::Check;
                    build.is_check = true;
                    outputs.taken_from = attributes.remove("dest");
                }
                Some("image") if is_pushed => {
                    for name in names.split(',').filter(|name| !name.is_empty()) {
                        self.pushed(call, name, build);
                    }
                    outputs.kind = StageKind::Push;
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
        outputs
    }

    /// A name that an image is pushed under.
    fn pushed(&mut self, call: &Call, name: &str, build: &mut Build) {
        let repository = repository(name).and_then(|(repository, tag)| {
            Some((
                self.values.template(repository).ok()?,
                self.values.readable(tag),
            ))
        });
        match self.values.template(name) {
            Ok(name) if build.names.contains(&name) => {}
            Ok(name) => build.names.push(name),
            Err(_) if repository.is_some() => build.computed_tags.extend(repository),
            Err(readable) => {
                self.leave(
                    call.line,
                    &format!("the image name {readable}"),
                    Some(TAGGED),
                );
                build.named.push(readable);
            }
        }
    }

    /// All that is in a stage, which is written into a folder of the checkout itself.
    fn whole(&self, taken_from: &str, build: &Build) -> Option<(String, String)> {
        build.target.as_ref()?;
        let folder = self.path(&self.in_workspace(taken_from)?);
        let is_inside = folder != "." && !folder.starts_with(['/', '~']) && !folder.contains("..");
        is_inside.then(|| ("/".to_owned(), folder))
    }

    /// The folder of the image that a copy takes out of what was written, and where it comes to lie.
    fn taken_out(&mut self, taken_from: &str, copies: &mut [Copy]) -> Option<(String, String)> {
        copies.iter_mut().find_map(|copy| {
            let inside = copy.from.strip_prefix(taken_from)?;
            let directory = inside.trim_end_matches(['/', '.', '*']);
            let directory = Some(directory).filter(|directory| directory.starts_with('/'))?;
            let last = directory.rsplit('/').next()?;
            let to = self.path(&copy.to);
            let destination = match to.as_str() {
                "." => last.to_owned(),
                // `cp -R a/build target` makes target/build, or target if there is none yet.
                to if inside == directory => {
                    let build = self.found.builds.len();
                    self.copied_into.push((build, to.to_owned()));
                    format!("{to}/{last}")
                }
                to => to.to_owned(),
            };
            copy.is_used = true;
            Some((directory.to_owned(), destination))
        })
    }

    /// Takes a folder that was copied to for the copy itself where the patterns of the reports prove that it was not there.
    pub(super) fn renamed_by_copies(&mut self) {
        let found = &mut self.found;
        let jacoco = ["exec", "classes"].map(|key| found.jacoco.get(key));
        let jacoco = jacoco.into_iter().flatten();
        let jacoco = jacoco.flat_map(|patterns| patterns.split(',').map(str::trim));
        let others = found.junit.iter().chain(&found.coverage);
        let patterns: Vec<&Utf8Path> = others
            .map(String::as_str)
            .chain(jacoco)
            .map(Utf8Path::new)
            .collect();
        let holds = |folder: &str| patterns.iter().any(|pattern| pattern.starts_with(folder));
        for (build, folder) in std::mem::take(&mut self.copied_into) {
            let build = found.builds.get_mut(build);
            if let Some((_, destination)) = build.and_then(|build| build.taken_out.as_mut())
                && holds(&folder)
                && !holds(destination)
            {
                *destination = folder;
            }
        }
    }

    /// `docker build`, `docker buildx build`, and the same of Podman; `docker tag` and `docker push`, which may push what was built, and what copies out of it. Whether it is one.
    pub(super) fn docker(
        &mut self,
        call: &Call,
        command: &mut Command,
        copies: &mut [Copy],
    ) -> bool {
        let words: Vec<&str> = command.arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["build", ..] | ["image" | "buildx", "build", ..] => {
                let is_own = |word: &str| matches!(word, "build" | "buildx" | "image");
                let own = words.iter().take_while(|word| is_own(word)).count();
                command.arguments.drain(..own);
                self.docker_build(call, command, copies);
                true
            }
            ["tag", known, name] => {
                let known = self.tagged.iter().find(|tagged| tagged.name == *known);
                let Some(build) = known.map(|tagged| tagged.build) else {
                    return false;
                };
                let name = (*name).to_owned();
                self.names(Tagged { build, name });
                true
            }
            ["push", name] => {
                let is_its = |tagged: &Tagged| tagged.name == *name;
                self.docker_push(call, is_its)
            }
            ["push", "--all-tags" | "-a", name] | ["push", name, "--all-tags" | "-a"] => {
                let is_its =
                    |tagged: &Tagged| repository(&tagged.name).is_some_and(|(own, _)| own == *name);
                self.docker_push(call, is_its)
            }
            ["create", ..] => {
                let name = command.clone().take(&["--name"]).pop();
                let name = name.or_else(|| self.name_of_result(call));
                self.container(call, command, name)
            }
            ["run", ..] => self.docker_run(call, command),
            ["cp", from, to] | ["cp", "-a" | "-q", from, to] => {
                let (from, to) = ((*from).to_owned(), (*to).to_owned());
                self.docker_cp(call, command, &from, &to)
            }
            ["rm", words @ ..] => words.iter().all(|word| {
                let mut known = self.containers.iter();
                word.starts_with('-') || known.any(|container| container.name == *word)
            }),
            _ => false,
        }
    }

    /// Notes a name on the machine, which is no other image's any more.
    fn names(&mut self, tagged: Tagged) {
        self.tagged.retain(|other| other.name != tagged.name);
        self.tagged.push(tagged);
    }

    /// Notes that names of built images are pushed. Whether there are any.
    fn docker_push(&mut self, call: &Call, is_its: impl Fn(&Tagged) -> bool) -> bool {
        let tagged = self.tagged.iter().filter(|tagged| is_its(tagged));
        let tagged: Vec<(usize, String)> = tagged
            .map(|tagged| (tagged.build, tagged.name.clone()))
            .collect();
        let mut is_any = false;
        for (index, name) in tagged {
            let Some(mut build) = self.found.builds.get_mut(index).map(std::mem::take) else {
                continue;
            };
            self.pushed(call, &name, &mut build);
            if let Some(place) = self.found.builds.get_mut(index) {
                *place = build;
            }
            self.is_kind(call, StageKind::Push);
            is_any = true;
        }
        is_any
    }

    /// The name of the variable that a step's result is assigned to.
    fn name_of_result(&self, call: &Call) -> Option<String> {
        let mut assignments = self.script.assignments.iter();
        let own = assignments.find(|assignment| {
            matches!(&assignment.value, Value::Call(own, _) if own.range == call.range)
        })?;
        self.values.flat_value(&Value::Path(own.name.clone()))
    }

    /// `id=$(docker create image)`. Whether it is that.
    pub(super) fn captured(&mut self, call: &Call, command: &Command) -> bool {
        let [(variable, value)] = command.env.as_slice() else {
            return false;
        };
        let value = value.trim_matches('"');
        let inner = value
            .strip_prefix("$(")
            .and_then(|inner| inner.strip_suffix(')'));
        let inner = inner.map(shell::commands).unwrap_or_default();
        let [inner] = inner.as_slice() else {
            return false;
        };
        let first = inner.arguments.first().map(String::as_str);
        let is_created = matches!(inner.program(), "docker" | "podman") && first == Some("create");
        let name = self.values.flat_value(&Value::Path(variable.clone()));
        is_created && self.container(call, inner, name)
    }

    /// Notes a container of an image that was built.
    fn container(&mut self, call: &Call, command: &Command, name: Option<String>) -> bool {
        let (Some((build, _)), Some(name)) = (self.image_of(command), name) else {
            return false;
        };
        self.containers.push(Container {
            build,
            name,
            line: call.line,
            written: command.written.clone(),
            is_used: false,
        });
        true
    }

    /// The build whose image a command names, and where.
    fn image_of(&self, command: &Command) -> Option<(usize, usize)> {
        let mut words = command.arguments.iter().enumerate();
        words.find_map(|(at, word)| {
            let known = self.tagged.iter().find(|tagged| tagged.name == *word)?;
            Some((known.build, at))
        })
    }

    /// `docker run -v $PWD/out:/out image cp -r /reports /out`, or one that leaves a container.
    fn docker_run(&mut self, call: &Call, command: &Command) -> bool {
        const TESTS: &str = "a check takes out what the build of its image leaves: let a `RUN` of the Dockerfile do what is run here";
        let Some((build, at)) = self.image_of(command) else {
            return false;
        };
        let mut own = command.clone();
        let inside = own.arguments.split_off(at);
        let words: Vec<&str> = inside.iter().map(String::as_str).collect();
        if let [_, "cp", "-r" | "-R" | "-a" | "-rf", from, to] = words.as_slice() {
            let volumes = own.take(&["-v", "--volume"]);
            let to = volumes.iter().find_map(|volume| {
                let (outside, inside) = volume.split_once(':')?;
                Some(format!(
                    "{outside}{}/",
                    to.strip_prefix(inside)?.trim_end_matches('/')
                ))
            });
            return to.is_some_and(|to| self.copied_out(call, command, build, from, &to));
        }
        let is_named = self.container(call, command, own.take(&["--name"]).pop());
        if is_named {
            self.leave_command(call, command, Some(TESTS));
        }
        is_named
    }

    fn docker_cp(&mut self, call: &Call, command: &Command, from: &str, to: &str) -> bool {
        let Some((name, from)) = from.split_once(':') else {
            return false;
        };
        let mut containers = self.containers.iter_mut();
        let Some(container) = containers.find(|container| container.name == name) else {
            return false;
        };
        container.is_used = true;
        let build = container.build;
        self.copied_out(call, command, build, from, to)
    }

    /// Notes a folder that is copied out of an image, if it can be said.
    fn copied_out(
        &mut self,
        call: &Call,
        command: &Command,
        build: usize,
        from: &str,
        to: &str,
    ) -> bool {
        let directory = from
            .strip_suffix("/.")
            .unwrap_or(from)
            .trim_end_matches('/');
        let last = directory.rsplit('/').next().unwrap_or_default();
        let is_folder = directory.starts_with('/') && !last.contains(['.', '*']);
        let (true, Some(folder)) = (is_folder, self.in_workspace(to)) else {
            return false;
        };
        let folder = self.path(&folder);
        let destination = match folder.as_str() {
            "." => last.to_owned(),
            folder if to.ends_with('/') && !from.ends_with("/.") => format!("{folder}/{last}"),
            folder => folder.to_owned(),
        };
        self.is_kind(call, StageKind::Check);
        self.copied_out.push(CopiedOut {
            build,
            line: call.line,
            written: command.written.clone(),
            directory: directory.to_owned(),
            destination,
        });
        true
    }

    /// Makes checks of the builds that reports were copied out of. One that pushes nothing is a check alone.
    pub(super) fn checks_by_copies(&mut self) {
        const REPORTS: [&str; 4] = ["coverage", "report", "result", "test"];
        for copied in std::mem::take(&mut self.copied_out) {
            let mut patterns = self.found.junit.iter().chain(&self.found.coverage);
            let is_reported = patterns.any(|pattern| {
                pattern.starts_with("**") || Utf8Path::new(pattern).starts_with(&copied.destination)
            });
            let Some(build) = self.found.builds.get_mut(copied.build) else {
                continue;
            };
            let is_pushed = build.is_pushed();
            let last = copied.directory.rsplit('/').next().unwrap_or_default();
            let is_named_so = REPORTS.iter().any(|word| last.contains(word));
            if build.taken_out.is_none() && (is_reported || (is_named_so && !is_pushed)) {
                build.taken_out = Some((copied.directory, copied.destination));
                build.is_check = !is_pushed;
            } else {
                let written = self.values.readable(&copied.written);
                self.leave(copied.line, &written, Some(BUILDER));
            }
        }
        for container in std::mem::take(&mut self.containers) {
            if !container.is_used {
                let written = self.values.readable(&container.written);
                self.leave(container.line, &written, Some(BUILDER));
            }
        }
    }

    fn docker_build(&mut self, call: &Call, command: &mut Command, copies: &mut [Copy]) {
        let mut build = new_build(call);
        command.take(&["--progress"]);
        // The image on the machine, and how the log looks.
        command.take_words(|word| matches!(word, "--load" | "-q" | "--quiet"));
        for arg in command.take(&["--build-arg"]) {
            match arg.split_once('=') {
                Some((name, value)) => self.argument(call, name, value, &mut build),
                None => self.leave_option(
                    call,
                    "--build-arg",
                    &arg,
                    Some("its value is that of the environment"),
                ),
            }
        }
        for secret in command.take(&["--secret"]) {
            self.secret(call, &secret, &mut build);
        }
        self.caches(call, command, &mut build);
        let mut input = |key, option: &str, names: &[&str]| {
            let value = last(command.take(names))?;
            self.input(call, key, option, &value, &mut build)
        };
        let target = input("target", "--target ", &["--target"]);
        let network = input("network", "--network ", &["--network"]);
        let file = input("dockerfile", "-f ", &["-f", "--file"]);
        (build.target, build.network) = (target, network);
        let file = file.map(|file| self.path(&file));
        let names = command.take(&["-t", "--tag"]);
        let is_pushed = command.take_words(|word| word == "--push");
        let mut outputs = self.outputs(call, command, &mut build);
        if is_pushed {
            outputs.kind = StageKind::Push;
        }
        for option in LEFT_WITH_VALUE {
            for value in command.take(&[option]) {
                self.leave_option(call, option, &value, None);
            }
        }
        // Of an option that is not known it can't be told whether the next word is its value.
        let is_unknown =
            |word: &str| word.starts_with('-') && !FLAGS.contains(&word) && word != "-";
        let mut others = command.arguments.iter();
        if !others.any(|word| is_unknown(word)) {
            let is_context = |word: &String| !FLAGS.contains(&word.as_str());
            let contexts: Vec<String> = command
                .arguments
                .extract_if(.., |word| is_context(word))
                .collect();
            let context = last(contexts).and_then(|context| {
                self.input(call, "context", "the build context ", &context, &mut build)
            });
            build.context = context.map_or(build.context, |context| self.path(&context));
        }
        build.dockerfile = file.unwrap_or_else(|| below(&build.context, "Dockerfile"));
        let index = self.found.builds.len();
        for name in names {
            build.named.push(self.values.readable(&name));
            if is_pushed {
                self.pushed(call, &name, &mut build);
            }
            self.names(Tagged { build: index, name });
        }
        self.finish(call, command, build, outputs, copies);
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

    /// Notes the texts that may name an image where none was understood.
    pub(super) fn texts(&mut self) {
        let script = self.script;
        let is_own = |call: &&Call| script.functions.contains(&call.name);
        let passed = script.calls.iter().filter(is_own);
        let passed = passed.flat_map(|call| &call.arguments);
        let passed = passed.map(|argument| &argument.value);
        let assigned = script.assignments.iter();
        let values = passed.chain(assigned.map(|assignment| &assignment.value));
        let texts = values.filter_map(|value| match value {
            Value::Text(text) => Some(self.values.readable(&self.values.flat(text))),
            _ => None,
        });
        self.found.texts = texts.collect();
    }

    /// Leaves what another build of the same image is given otherwise: the language gives all solves of an image the same. One that is pushed comes before
    /// one that is not, and one that makes an image before a check.
    pub(super) fn differences(&mut self) {
        const REASON: &str = "another build of the image is given something else";
        let builds = self.found.builds.iter();
        let mut builds: Vec<_> = builds.map(|build| (build, given(build))).collect();
        builds.sort_by_key(|(build, _)| (!build.is_pushed(), build.is_check));
        let mut left: Vec<(usize, String)> = Vec::new();
        for (index, (build, given)) in builds.iter().enumerate() {
            let before = builds.iter().take(index);
            let same = before.filter(|(other, _)| {
                other.context == build.context
                    && other.dockerfile == build.dockerfile
                    && (build.is_check || other.target == build.target)
                    && !build.is_other_image(other)
            });
            let known: Vec<_> = same.flat_map(|(_, given)| given).collect();
            for (what, value) in given {
                let mut others = known.iter().filter(|(own, _)| own == what).peekable();
                if others.peek().is_some() && others.all(|(_, other)| other != value) {
                    left.push((build.line, format!("{what} {value}")));
                }
            }
        }
        for (line, what) in left {
            self.leave(line, &what, Some(REASON));
        }
    }
}

/// What a build is given, as people read it.
fn given(build: &Build) -> Vec<(String, &String)> {
    let args = build.args.iter();
    let args = args.map(|(name, value)| (format!("the build argument {name} ="), value));
    let network = build
        .network
        .iter()
        .map(|value| ("--opt network".to_owned(), value));
    let cache = build
        .cache
        .iter()
        .map(|value| ("--export-cache".to_owned(), value));
    args.chain(network).chain(cache).collect()
}

/// What the outputs of a build say.
struct Outputs {
    kind: StageKind,
    /// The folder of the machine that a result is written to.
    taken_from: Option<String>,
    /// Whether the build itself decides on the push.
    is_decided_later: bool,
}

fn new_build(call: &Call) -> Build {
    Build {
        line: call.line,
        stage: call.scope.stage.as_deref().map(str::to_owned),
        context: ".".to_owned(),
        ..Build::default()
    }
}

/// A file in a folder of the checkout.
fn below(folder: &str, file: &str) -> String {
    match folder {
        "." => file.to_owned(),
        folder => format!("{folder}/{file}"),
    }
}

fn last(mut values: Vec<String>) -> Option<String> {
    values.pop()
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
