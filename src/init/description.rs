//! The description of a service, written from what its checkout tells.

use std::collections::BTreeSet;

use camino::Utf8Path;
use toml::Value;

use super::facts::Facts;
use super::images::{self, Check, Image};
use super::names;
use super::writer::{Unsure, Writer, is_printable, list, quote, shown};
use crate::checkout::clean;
use crate::checkout::context::{Context, copied_along};
use crate::checkout::git::Transport;
use crate::checkout::jenkinsfile::{Jenkinsfile, Scan, SecretSource, StageKind};
use crate::checkout::properties;
use crate::checkout::tools::{Tool, Version};
use crate::config::{KeyPath, MAX_NUMBER};
use crate::diagnostic::series;
use crate::model::{
    BranchName, ContainerPath, ContextPath, CredentialsId, Description, EmailAddress, FilePattern,
    FilePatterns, Line, ObjectName, PartName, PersonName, PropertyKey, Recipient, RegistryHost,
    RelativePath, Repository, SecretId, TagPrefix, TagTemplate, TargetName, Template, VariableName,
    VersionNumber,
};

/// So many things that were not carried over are named.
const MAX_LEFT: usize = 200;
/// So many arguments, secrets or names are written: more are no service.
const MAX_PARTS: usize = 50;

/// A Jenkinsfile that mails about fewer kinds of stages leaves some out on purpose.
const FEW_STAGES: usize = 3;

/// What the library says already.
#[derive(Debug, Default)]
pub(super) struct Library {
    /// Its name.
    pub(super) name: String,
    /// Keys that no project may set.
    pub(super) locked: Vec<KeyPath>,
    /// Whether its defaults say who is mailed.
    pub(super) notifies: bool,
    /// Whether its defaults say how to log in to registries.
    pub(super) logs_in: bool,
    /// Whether it has an image of SonarQube's scanner.
    pub(super) has_scanner: bool,
}

/// Writes the description.
pub(super) fn write(facts: &Facts, project: &str, library: Library) -> (String, Vec<Unsure>) {
    let images = images::find(facts, project);
    let checks = images::checks(facts, &images);
    let mut description = Describer {
        facts,
        jenkinsfile: facts.jenkinsfile.as_ref(),
        images,
        project,
        writer: Writer::below(library.locked.clone()),
        library,
    };
    description.whole(&checks);
    description.writer.finish()
}

/// The list of what is mounted for BuildKit.
const MOUNTS: &str = "pod.containers.buildkit.mounts";

/// A Kubernetes secret in a container.
struct Mount {
    secret: String,
    path: String,
}

struct Describer<'a> {
    facts: &'a Facts,
    jenkinsfile: Option<&'a Jenkinsfile>,
    images: Vec<Image<'a>>,
    project: &'a str,
    library: Library,
    writer: Writer,
}

impl<'a> Describer<'a> {
    fn whole(&mut self, checks: &[Check]) {
        self.writer
            .directive("#:schema ../.jenkinsgen/project.schema.json");
        self.writer
            .comment("Written by `jenkinsgen init --from`. Lines that begin with `#` say what a checkout can't tell: read them, mend what is wrong, and delete them.");
        if let Some(jenkinsfile) = self.jenkinsfile
            && !jenkinsfile.imports.is_empty()
        {
            let imports: Vec<String> = jenkinsfile
                .imports
                .iter()
                .take(MAX_PARTS)
                .map(|import| quote(import))
                .collect();
            self.writer.unsure(format!(
                "The Jenkinsfile imports the library {}: what that does is not seen here.",
                imports.join(", ")
            ));
        }
        for unread in &self.facts.unread {
            self.writer.unsure(format!("Not read: {unread}."));
        }
        self.writer.blank();
        let about = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.promotion.get("description"));
        match about {
            Some(about) => self.writer.checked::<Description>("description", about),
            None => self.writer.propose(|writer| {
                writer.entry("description", "One line for people, shown in Jenkins")
            }),
        }
        self.version();
        for index in 0..self.images.len() {
            self.image(index);
        }
        self.checks(checks);
        self.mounts();
        self.cache();
        self.sonar();
        self.scan();
        self.release();
        self.publish();
        self.source_tag();
        self.promotion();
        self.notify();
        self.options();
        self.left();
    }

    fn version(&mut self) {
        self.writer.table("version");
        // The Jenkinsfile names the file, and the file has the last word.
        let named = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.version_file.as_ref());
        if let Some((file, key)) = named {
            let key = key.as_deref().unwrap_or("version");
            let text = self.facts.checkout.read(file).ok().flatten();
            let value = text.and_then(|source| properties::find(&source.text, key));
            if file.parse::<RelativePath>().is_ok() && key.parse::<PropertyKey>().is_ok() {
                match value {
                    Some((value, _)) => self.version_in_file(file, key, &value),
                    None => self.writer.unsure(format!(
                        "The Jenkinsfile reads {} from {}, where it was not found.",
                        quote(key),
                        quote(file)
                    )),
                }
                self.writer.entry("file", file.as_str());
                self.writer.entry("key", key);
                return;
            }
        }
        let tools = &self.facts.tools;
        let of_tools = tools.iter().find_map(|tool| tool.version.as_ref());
        let of_images = self.versions_of_images();
        let found = of_images
            .first()
            .or(of_tools)
            .or(self.facts.version_file.as_ref());
        let default = self.images.iter().find_map(|image| image.version.clone());
        let literal = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.version.as_deref());
        match (found, literal) {
            (Some(version), _) if version.property.is_some() => {
                let key = version.property.as_deref().unwrap_or_default();
                self.version_in_file(version.file.as_str(), key, &version.value);
                self.writer
                    .checked::<RelativePath>("file", version.file.as_str());
                self.writer.checked::<PropertyKey>("key", key);
            }
            (_, Some(literal)) if is_version(literal) => {
                self.writer.comment("As it stands in the Jenkinsfile.");
                self.writer.entry("literal", literal);
            }
            (Some(version), _) if is_version(&version.value) => {
                self.writer.unsure(format!(
                    "This is the version that stands in {}. A build can read it from a Java properties file alone (`file` and `key`): change it here too when you change it there.",
                    quote(version.file.as_str())
                ));
                self.writer.entry("literal", version.value.as_str());
            }
            (Some(version), _) => {
                self.writer.unsure(format!(
                    "{} has the version {}, which is not MAJOR.MINOR.PATCH with an optional pre-release: write one.",
                    version.file,
                    quote(&version.value)
                ));
                self.writer.entry("literal", "0.1.0");
            }
            (None, _) if default.as_deref().is_some_and(is_version) => {
                self.writer.unsure("No file with a version was found. This one is the default of an argument of the Dockerfile: is it kept up to date?");
                self.writer.entry("literal", default.unwrap_or_default());
            }
            (None, _) => {
                self.writer.unsure("No file with a version was found: write it here, or name a Java properties file with `file` and `key`.");
                self.writer.entry("literal", "0.1.0");
            }
        }
    }

    /// The versions of those images whose folders have one of their own: in a monorepo each package has one, and that at the top is nobody's.
    fn versions_of_images(&mut self) -> Vec<Version> {
        let mut versions: Vec<Version> = Vec::new();
        let mut unread = Vec::new();
        for image in &self.images {
            let folder = clean(Utf8Path::new(&image.dockerfile));
            let folder = folder.parent().unwrap_or(Utf8Path::new(""));
            if folder == "" {
                continue;
            }
            let tool = self.facts.tool_in(folder, &mut unread);
            let version = tool.and_then(|tool| tool.version);
            versions.extend(version.filter(|version| !versions.contains(version)));
        }
        for unread in unread {
            self.writer.unsure(format!("Not read: {unread}."));
        }
        let values: BTreeSet<&str> = versions
            .iter()
            .map(|version| version.value.as_str())
            .collect();
        if values.len() > 1 {
            let versions: Vec<String> = versions
                .iter()
                .take(MAX_PARTS)
                .map(|version| format!("{} in {}", quote(&version.value), version.file))
                .collect();
            self.writer.unsure(format!(
                "A project has one version, and its images have {}. Give each image a project of its own, or let them share one.",
                versions.join(", ")
            ));
        }
        versions
    }

    /// Says of a version that a build will read whether the build will take it.
    fn version_in_file(&mut self, file: &str, key: &str, value: &str) {
        if let Err(invalid) = value.trim().parse::<VersionNumber>() {
            let help = invalid
                .help
                .map(|help| format!(" ({help})"))
                .unwrap_or_default();
            self.writer.unsure(format!(
                "A build will stop here: in {} the version is {}, and {} {}{help}. Write it so there.",
                quote(file),
                quote(value),
                quote(key),
                invalid.rule
            ));
        }
    }

    fn image(&mut self, index: usize) {
        let Some(image) = self.images.get(index) else {
            return;
        };
        let path = KeyPath::from("images").key(&image.name);
        let writer = &mut self.writer;
        writer.table(&path);
        image_header(writer, image);
        image_args(writer, image, path.key("args"));
        self.image_secrets(index, &path.key("secrets"));
    }

    /// The build secrets of an image.
    fn image_secrets(&mut self, index: usize, table: &KeyPath) {
        let Some(image) = self.images.get(index) else {
            return;
        };
        for secret in image.secrets.iter().take(MAX_PARTS) {
            let writer = &mut self.writer;
            if secret.id.parse::<SecretId>().is_err() {
                writer.unsure(format!(
                    "The secret {} has an id that can't be used.",
                    quote(&secret.id)
                ));
                continue;
            }
            if image.read.is_some() && !secret.is_mounted && secret.copied_to.is_none() {
                writer.blank();
                writer.unsure(format!("The Jenkinsfile passes the secret {}, which no `RUN` of the Dockerfile mounts.", quote(&secret.id)));
                continue;
            }
            writer.table(table.key(&secret.id));
            if let Some(to) = &secret.copied_to {
                writer.unsure(format!(
                    "The Dockerfile copies this into a layer, where it stays. Mount it instead where it is needed: `RUN --mount=type=secret,id={},target={},required=true …`.",
                    secret.id,
                    shown(to)
                ));
            }
            match &secret.source {
                SecretSource::File(file) => {
                    if self.mount_of(&secret.id, file).is_none() {
                        self.writer.unsure("The file must be mounted in the container `buildkit`: see [pod.containers.buildkit] mounts.");
                    }
                    self.writer.checked::<ContainerPath>("file", file);
                    continue;
                }
                SecretSource::CredentialFile(id) => {
                    self.writer.checked::<CredentialsId>("credentials_file", id);
                    continue;
                }
                SecretSource::CredentialText(id) => {
                    self.writer.checked::<CredentialsId>("credentials_text", id);
                    continue;
                }
                SecretSource::Unknown => {}
            }
            let writer = &mut self.writer;
            let (key, kind) = match secret.is_text {
                true => ("credentials_text", "Secret text"),
                false => ("credentials_file", "Secret file"),
            };
            writer.unsure(format!(
                "The Dockerfile mounts this secret; where it comes from can't be seen. As it stands it is a credential of Jenkins of the kind *{kind}* with this id: create it, or name another."
            ));
            writer.checked::<CredentialsId>(key, &secret.id);
        }
    }

    /// The secrets that the pod of the Jenkinsfile mounts, as far as their names can be used.
    fn secret_mounts(&self) -> impl Iterator<Item = &'a (String, String)> + use<'a> {
        let mounts = self
            .jenkinsfile
            .map_or(&[][..], |jenkinsfile| &jenkinsfile.secret_mounts);
        let is_usable = |(path, secret): &&(String, String)| {
            path.parse::<ContainerPath>().is_ok() && secret.parse::<ObjectName>().is_ok()
        };
        mounts.iter().filter(is_usable).take(MAX_PARTS)
    }

    /// What must be mounted for the file of a secret to be there, and whether the Jenkinsfile says so.
    fn mount_of(&self, id: &str, file: &str) -> Option<(Mount, bool)> {
        let file = Utf8Path::new(file);
        let mut known = self.secret_mounts();
        if let Some((path, secret)) = known.find(|(folder, _)| file.starts_with(folder)) {
            let (secret, path) = (secret.clone(), path.clone());
            return Some((Mount { secret, path }, true));
        }
        let path = file.parent()?.to_string();
        let is_usable = path != "/" && path.parse::<ContainerPath>().is_ok();
        let secret = names::part(id);
        is_usable.then_some((Mount { secret, path }, false))
    }

    /// What must be mounted in the pod for the files of the secrets to be there.
    fn mounts(&mut self) {
        let mut mounts: Vec<(Mount, bool)> = Vec::new();
        for secret in self.images.iter().flat_map(|image| &image.secrets) {
            let SecretSource::File(file) = &secret.source else {
                continue;
            };
            let new = self.mount_of(&secret.id, file);
            let is_new =
                |new: &(Mount, bool)| !mounts.iter().any(|(one, _)| one.path == new.0.path);
            mounts.extend(new.filter(is_new));
        }
        if mounts.is_empty() {
            return;
        }
        for (mount, is_known) in mounts {
            self.writer.item(MOUNTS);
            if !is_known {
                self.writer.unsure(format!(
                    "The Jenkinsfile reads a secret in {}, and does not say where that comes from. As it stands it is a Kubernetes secret with this name: create it, or name another.",
                    quote(&mount.path)
                ));
            }
            self.writer.entry("secret", mount.secret);
            self.writer.entry("path", mount.path);
        }
    }

    fn checks(&mut self, checks: &[Check]) {
        let several = self.images.len() > 1;
        for (index, check) in checks.iter().take(MAX_PARTS).enumerate() {
            let Some(image) = self.images.get(check.image) else {
                continue;
            };
            let valid = check.directory.parse::<ContainerPath>().is_ok()
                && check.destination.parse::<RelativePath>().is_ok();
            if !valid {
                self.writer.blank();
                self.writer.unsure(format!(
                    "Results are taken out of {}, which can't be used.",
                    quote(&check.directory)
                ));
                continue;
            }
            let name = match (checks.len(), several) {
                (1, _) => "test".to_owned(),
                (_, true) => image.name.clone(),
                (_, false) => format!("test-{}", index + 1),
            };
            let path = KeyPath::from("checks").key(&name);
            self.writer.table(&path);
            if let Some(title) = &check.title {
                self.writer.checked::<Line>("title", title);
            }
            if several {
                self.writer.checked::<PartName>("image", &image.name);
            }
            if let Some(target) = &check.target {
                self.writer.checked::<TargetName>("target", target);
            }
            self.writer.entry("directory", check.directory.as_str());
            self.writer
                .unsure_if(copied_with(self.facts, image, &check.destination).as_deref());
            self.writer.entry("destination", check.destination.as_str());
            match &check.exit_code_file {
                Some(file) => self.writer.checked::<RelativePath>("exit_code_file", file),
                None => {
                    let tool = self.tool_of(check.image);
                    let command = tool.map_or("./test", |tool| tool.kind.test_command());
                    let folder = tool
                        .map(|tool| tool.reports.directory.as_str())
                        .filter(|folder| Utf8Path::new(&check.directory).ends_with(folder))
                        .or(Utf8Path::new(&check.directory).file_name())
                        .unwrap_or("build");
                    self.writer.unsure(format!(
                        "A `RUN` that fails exports nothing, so there are no reports of failing tests. Let the one that tests write its exit code into a file of this folder, such as `{}`, and name it:",
                        run_of_tests(command, folder)
                    ));
                    self.writer
                        .propose(|writer| writer.entry("exit_code_file", "exit-code"));
                }
            }
            self.reports(check, &path, index);
        }
        if checks.is_empty() {
            self.no_check();
        }
    }

    /// The reports of a check: those of the Jenkinsfile, else those that the tool writes.
    fn reports(&mut self, check: &Check, path: &KeyPath, index: usize) {
        if let Some(jenkinsfile) = self.jenkinsfile
            && !(jenkinsfile.junit.is_empty()
                && jenkinsfile.coverage.is_empty()
                && jenkinsfile.jacoco.is_empty())
        {
            let destination = Utf8Path::new(&check.destination);
            let moved = |patterns: &[String]| -> Vec<String> {
                let moved = patterns.iter().map(|pattern| moved(pattern, destination));
                moved.collect()
            };
            let (junit, coverage) = (moved(&jenkinsfile.junit), moved(&jenkinsfile.coverage));
            let is_elsewhere = |pattern: &String| {
                !pattern.starts_with("**") && !Utf8Path::new(pattern).starts_with(destination)
            };
            let destination = quote(&check.destination);
            if junit.iter().chain(&coverage).any(is_elsewhere) {
                self.writer.unsure(format!(
                    "These are the Jenkinsfile's patterns. Here the results come to lie in {destination}: mend those that match nothing there."
                ));
            } else if junit != jenkinsfile.junit || coverage != jenkinsfile.coverage {
                let before: Vec<String> = jenkinsfile
                    .junit
                    .iter()
                    .chain(&jenkinsfile.coverage)
                    .take(MAX_PARTS)
                    .map(|pattern| quote(pattern))
                    .collect();
                self.writer.unsure(format!(
                    "The Jenkinsfile's patterns are {}; here the results come to lie in {destination}.",
                    before.join(", ")
                ));
            }
            self.writer.checked_list::<FilePattern>("junit", &junit);
            self.writer
                .checked_list::<FilePattern>("coverage", &coverage);
            // The step keeps one result a build.
            if index == 0 && !jenkinsfile.jacoco.is_empty() {
                self.writer.table(path.key("jacoco"));
                for key in ["exec", "classes", "sources", "exclusions"] {
                    if let Some(patterns) = jenkinsfile.jacoco.get(key) {
                        self.writer.checked::<FilePatterns>(key, patterns);
                    }
                }
            }
            return;
        }
        let Some(tool) = self.tool_of(check.image) else {
            self.writer
                .unsure("No build tool was found. If the results hold JUnit reports:");
            let pattern = format!("{}/**/*.xml", check.destination);
            self.writer
                .propose(|writer| writer.entry("junit", list([pattern.as_str()])));
            return;
        };
        if !tool.reports.hint.is_empty() {
            self.writer
                .unsure(format!("{}: {}.", tool.kind.name(), tool.reports.hint));
        }
        let is_own = tool
            .reports
            .folder
            .is_some_and(|folder| Utf8Path::new(&check.made_in).ends_with(folder));
        if tool.reports.folder.is_some() && !is_own {
            self.writer.unsure(format!(
                "Where in {} the Dockerfile puts the reports can't be seen; these patterns are as {} writes them.",
                quote(&check.directory),
                tool.kind.name()
            ));
        }
        let placed = |pattern: &String| placed(pattern, tool, &check.destination);
        let junit: Vec<String> = tool.reports.junit.iter().map(placed).collect();
        let coverage: Vec<String> = tool.reports.coverage.iter().map(placed).collect();
        self.writer.checked_list::<FilePattern>("junit", &junit);
        self.writer
            .checked_list::<FilePattern>("coverage", &coverage);
    }

    /// The tool in the folder of an image, else the first.
    fn tool_of(&self, image: usize) -> Option<&'a Tool> {
        let folder = self
            .images
            .get(image)
            .map_or(".", |image| image.context.as_str());
        let tools = &self.facts.tools;
        tools
            .iter()
            .find(|tool| tool.folder() == folder)
            .or_else(|| tools.first())
    }

    /// How tests would be reported, where no stage holds their results.
    fn no_check(&mut self) {
        if let Some(jenkinsfile) = self.jenkinsfile {
            let patterns: Vec<String> = jenkinsfile
                .junit
                .iter()
                .chain(&jenkinsfile.coverage)
                .chain(jenkinsfile.jacoco.values())
                .take(MAX_PARTS)
                .map(|pattern| quote(pattern))
                .collect();
            if !patterns.is_empty() {
                self.writer.blank();
                self.writer.unsure(format!(
                    "The Jenkinsfile publishes the reports {}. Here they are taken out of an image build, and none takes them out yet: see [checks].",
                    patterns.join(", ")
                ));
            }
        }
        let Some(tool) = self.facts.tools.first() else {
            return;
        };
        let own = tool.reports.directory.as_str();
        let command = tool.kind.test_command();
        let several = self.images.len() > 1;
        let image = self.images.first();
        let working = image.and_then(|image| image.folder_of_tests(tool));
        let working = Utf8Path::new(working.as_deref().unwrap_or("/app"));
        let is_hidden = image.is_some_and(|image| image.hides(tool, working, &working.join(own)));
        let folder = if is_hidden { "reports" } else { own };
        let directory = working.join(folder);
        let junit: Vec<String> = tool
            .reports
            .junit
            .iter()
            .map(|pattern| match Utf8Path::new(pattern).file_name() {
                Some(name) if is_hidden => format!("{folder}/{name}"),
                _ if Utf8Path::new(pattern).starts_with(folder) => pattern.clone(),
                _ => placed(pattern, tool, folder),
            })
            .collect();
        let mut run = run_of_tests(command, folder);
        let of_modules = tool.reports_of_modules().map(str::to_owned);
        let hidden = tool.reports.junit.first().filter(|_| is_hidden);
        let hidden = hidden.map(|pattern| format!("./{}", pattern.replace("**/", "*")));
        if let Some(files) = of_modules.or(hidden) {
            run += &format!("; find . -path '{files}' -exec cp {{}} {folder} \\;");
        }
        let image = image.map(|image| image.name.clone()).unwrap_or_default();
        self.writer.blank();
        self.writer.unsure(format!(
            "No stage of a Dockerfile holds the results of the tests alone, so tests run in the image build at most, and Jenkins has no reports of {}. To have them, let a stage end with `{}`, copy its {} into the same folder of a `FROM scratch AS reports` above the last stage, and uncomment:",
            tool.kind.name(),
            run,
            quote(directory.as_str())
        ));
        if !tool.reports.hint.is_empty() {
            self.writer
                .comment(&format!("{}: {}.", tool.kind.name(), tool.reports.hint));
        }
        self.writer.propose(|writer| {
            writer.directive("[checks.test]");
            if several {
                writer.entry("image", image);
            }
            writer.entry("target", "reports");
            writer.entry("directory", directory.as_str());
            writer.entry("destination", folder);
            writer.entry("exit_code_file", "exit-code");
            writer.entry("junit", list(junit.iter().map(String::as_str)));
        });
    }

    fn cache(&mut self) {
        let Some(cache) = self.images.iter().find_map(|image| image.cache.as_deref()) else {
            return;
        };
        self.writer.blank();
        self.writer.unsure(format!(
            "The Jenkinsfile keeps layers in {}. The solves of one build share them without that. To keep them from build to build, mount a persistent volume claim and uncomment:",
            quote(cache)
        ));
        self.writer.propose(|writer| {
            writer.directive("[cache]");
            writer.entry("type", "local");
            writer.entry("path", "/var/cache/buildkit");
            writer.blank();
            writer.directive(&format!("[[{MOUNTS}]]"));
            writer.entry("claim", "buildkit-cache");
            writer.entry("path", "/var/cache/buildkit");
        });
    }

    fn sonar(&mut self) {
        let installation = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.sonar.as_deref());
        let Some(installation) = installation.or(self.facts.has_sonar_file.then_some("SonarQube"))
        else {
            return;
        };
        let installation = if installation.parse::<Line>().is_ok() && is_printable(installation) {
            installation
        } else {
            "SonarQube"
        };
        let is_known = self
            .jenkinsfile
            .is_some_and(|jenkinsfile| jenkinsfile.sonar.as_deref() == Some(installation));
        if is_known && self.library.has_scanner {
            self.writer.table("sonar");
            self.writer.entry("installation", installation);
            return;
        }
        self.writer.blank();
        self.writer.unsure(match is_known {
            true => "The Jenkinsfile analyses by SonarQube. Name the scanner's image in jenkinsgen.toml, `sonar_scanner` below [tools], and uncomment:",
            false => {
                "The checkout has a file sonar-project.properties. To analyse by SonarQube, name the scanner's image in jenkinsgen.toml, `sonar_scanner` below [tools], and the server in Jenkins' configuration here:"
            }
        });
        self.writer.propose(|writer| {
            writer.directive("[sonar]");
            writer.entry("installation", installation);
        });
    }

    fn scan(&mut self) {
        let Some(scan) = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.scan.as_ref())
        else {
            return;
        };
        let Scan {
            fail_on,
            only_fixed,
            scope,
            report_title,
            match_go_by_cpe,
            may_fail,
            computed_fail_on,
            ..
        } = scan;
        self.writer.table("scan");
        if *may_fail {
            self.writer.unsure("The Jenkinsfile goes on if grype fails, so that no finding stops a build. Here one does, unless `fail_on = \"never\"` says otherwise.");
        }
        match fail_on.as_deref() {
            Some(severity @ ("negligible" | "low" | "medium" | "high" | "critical")) => self.writer.entry("fail_on", severity),
            Some(other) => self.writer.unsure(format!("grype is called with `-f` {}, which is no severity; `high` holds.", quote(other))),
            None if computed_fail_on.is_some() => self.writer.unsure(format!(
                "The Jenkinsfile computes grype's `-f`, {}; `high` holds here.",
                quote(computed_fail_on.as_deref().unwrap_or_default())
            )),
            None if *may_fail => {}
            None => self.writer.unsure("grype is called without `-f`, so that no finding stops a build. Here `high` does, unless `fail_on = \"never\"` says otherwise."),
        }
        if *only_fixed {
            self.writer.entry("only_fixed", true);
        }
        match scope.as_deref() {
            Some(scope @ ("squashed" | "all-layers" | "deep-squashed")) => {
                self.writer.entry("scope", scope)
            }
            Some(other) => self.writer.unsure(format!(
                "grype is called with `--scope` {}, which is not known here.",
                quote(other)
            )),
            None => {}
        }
        if let Some(title) = report_title {
            self.writer.checked::<Line>("report_title", title);
        }
        if *match_go_by_cpe {
            self.writer.entry("match_go_by_cpe", true);
        }
    }

    fn release(&mut self) {
        self.writer.table("release");
        let approvals = self
            .jenkinsfile
            .map_or(&[][..], |jenkinsfile| &jenkinsfile.approvals);
        if let [line, ..] = approvals {
            self.writer.unsure(format!(
                "The Jenkinsfile asks a person before it goes on, first on line {line}. Nobody is asked here: a step of your own can ask, in a stage below [stages]."
            ));
        }
        let valid = |branch: &&str| branch.parse::<BranchName>().is_ok() && is_printable(branch);
        let jenkinsfile: Vec<&str> = self
            .jenkinsfile
            .iter()
            .flat_map(|jenkinsfile| &jenkinsfile.branches)
            .map(String::as_str)
            .filter(valid)
            .collect();
        let git = self.facts.git.as_ref();
        let default = git
            .and_then(|git| git.default_branch.as_deref())
            .filter(valid);
        let current = git.and_then(|git| git.branch.as_deref()).filter(valid);
        match (jenkinsfile.as_slice(), default, current) {
            ([branch, others @ ..], ..) => {
                if !others.is_empty() {
                    let others: Vec<String> = others
                        .iter()
                        .take(MAX_PARTS)
                        .map(|branch| quote(branch))
                        .collect();
                    self.writer.unsure(format!(
                        "The Jenkinsfile also asks for {}: one branch releases here.",
                        others.join(", ")
                    ));
                }
                if let Some(default) = default.filter(|default| default != branch) {
                    self.writer.unsure(format!("The Jenkinsfile releases this branch, and the default branch of `origin` is {}.", quote(default)));
                }
                self.writer.entry("branch", *branch);
            }
            ([], Some(default), _) => {
                self.writer.comment("The default branch of `origin`.");
                self.writer.entry("branch", default);
            }
            ([], None, Some(current)) => {
                self.writer.unsure("The branch that is checked out: which one `origin` has as its default is not known.");
                self.writer.entry("branch", current);
            }
            ([], None, None) => {
                self.writer
                    .unsure("Neither Git nor a Jenkinsfile tells the branch that releases.");
                self.writer.entry("branch", "main");
            }
        }
    }

    fn publish(&mut self) {
        let several = self.images.len() > 1;
        let mut rules: Vec<(&str, &str, Vec<&str>)> = Vec::new();
        for image in &self.images {
            for name in image.names.iter().take(MAX_PARTS) {
                let start = name.rfind('/').map_or(0, |slash| slash + 1);
                let (repository, tag) =
                    match name.get(start..).and_then(|last| last.split_once(':')) {
                        Some((last, tag)) => (name.get(..start + last.len()).unwrap_or(name), tag),
                        None => (name.as_str(), "latest"),
                    };
                if repository.parse::<Repository>().is_err() || tag.parse::<TagTemplate>().is_err()
                {
                    self.writer.blank();
                    self.writer.unsure(format!(
                        "The Jenkinsfile pushes {}, which can't be used as an image name.",
                        quote(name)
                    ));
                    continue;
                }
                let known = rules
                    .iter_mut()
                    .find(|(of, known, _)| *of == image.name && *known == repository);
                match known {
                    Some((_, _, tags)) if !tags.contains(&tag) => tags.push(tag),
                    Some(_) => {}
                    None => rules.push((&image.name, repository, vec![tag])),
                }
            }
        }
        let mut computed: Vec<(&str, &str, Vec<String>)> = Vec::new();
        for image in &self.images {
            for (repository, tag) in image.computed_tags.iter().take(MAX_PARTS) {
                if repository.parse::<Repository>().is_err() {
                    self.writer.blank();
                    self.writer.unsure(format!(
                        "The Jenkinsfile pushes to {}, which can't be used as a repository.",
                        quote(repository)
                    ));
                    continue;
                }
                if !rules
                    .iter()
                    .any(|(of, known, _)| *of == image.name && known == repository)
                {
                    rules.push((&image.name, repository, Vec::new()));
                }
                match computed
                    .iter_mut()
                    .find(|(of, known, _)| *of == image.name && known == repository)
                {
                    Some((_, _, tags)) => tags.push(quote(tag)),
                    None => computed.push((&image.name, repository, vec![quote(tag)])),
                }
            }
        }
        let hosts: Vec<String> = rules
            .iter()
            .filter_map(|(_, repository, _)| repository.split('/').next().map(str::to_owned))
            .collect();
        let everywhere = self.everywhere(StageKind::Push, "pushes");
        for (index, (image, repository, tags)) in rules.into_iter().enumerate() {
            self.writer.item("publish");
            if index == 0 {
                self.writer.unsure_if(everywhere.as_deref());
            }
            if several {
                self.writer.entry("image", image);
            }
            self.writer.entry("repository", repository);
            if let Some((_, _, computed)) = computed
                .iter()
                .find(|(of, known, _)| *of == image && *known == repository)
            {
                let computed = computed.join(", ");
                self.writer.unsure(match tags.is_empty() {
                    true => format!(
                        "The Jenkinsfile's tag is computed, {computed}; this one is a proposal."
                    ),
                    false => {
                        format!("The Jenkinsfile also pushes a tag that is computed, {computed}.")
                    }
                });
            }
            match tags.is_empty() {
                true => self
                    .writer
                    .entry("tags", list(["{version}.{build_number}"])),
                false => self.writer.entry("tags", list(tags)),
            }
        }
        if !hosts.is_empty() {
            self.registry(&hosts);
            return;
        }
        let seen = self.seen_repositories();
        let images = self.images.iter().take(MAX_PARTS);
        let rules: Vec<(String, String)> = images
            .map(|image| {
                let name = names::part(if several { &image.name } else { self.project });
                let ends = |seen: &&String| seen.rsplit('/').next() == Some(name.as_str());
                let own = seen.iter().find(ends).or(seen.first().filter(|_| !several));
                let repository = own.cloned();
                let repository = repository.unwrap_or(format!("registry.example.com/{name}"));
                (image.name.clone(), repository)
            })
            .collect();
        let logs_in = self.library.logs_in;
        self.writer.blank();
        self.writer.unsure(match seen.is_empty() {
            true => "Nothing is pushed yet: the registry can't be seen in a checkout. To push what was scanned from the release branch, uncomment and mend:",
            false => "Nothing is pushed yet: how the Jenkinsfile does that was not understood. To push what was scanned from the release branch, uncomment and mend:",
        });
        self.writer.propose(|writer| {
            for (index, (image, repository)) in rules.into_iter().enumerate() {
                if index > 0 {
                    writer.blank();
                }
                writer.directive("[[publish]]");
                if several {
                    writer.entry("image", image);
                }
                writer.entry("repository", repository);
                writer.entry("tags", list(["{version}.{build_number}", "latest"]));
            }
            if !logs_in {
                writer.blank();
                writer.directive("[registry]");
                writer.entry("docker_config_secret", "docker-config");
            }
        });
    }

    /// The repositories that are named in what of the Jenkinsfile was not understood, such as in `docker build -t`.
    fn seen_repositories(&self) -> Vec<String> {
        let left = self.jenkinsfile.iter().flat_map(|found| &found.left);
        let words = left.flat_map(|left| left.what.split([' ', '\'', '"', ',', '(', ')', '=']));
        let mut seen: Vec<String> = Vec::new();
        for word in words {
            let Some((host, path)) = word.split_once('/') else {
                continue;
            };
            let path = path.split([':', '@', '$', '{']).next().unwrap_or_default();
            let repository = format!("{host}/{}", path.trim_end_matches('/'));
            let is_host = host.contains('.') && !host.starts_with('.');
            if is_host && repository.parse::<Repository>().is_ok() && !seen.contains(&repository) {
                seen.push(repository);
            }
        }
        seen
    }

    fn registry(&mut self, hosts: &[String]) {
        if self.library.logs_in {
            return;
        }
        let amazon: Vec<&str> = hosts
            .iter()
            .map(String::as_str)
            .filter(|host| host.parse::<RegistryHost>().is_ok())
            .collect();
        if !amazon.is_empty()
            && amazon.len() == hosts.len()
            && amazon.iter().all(|host| is_ecr(host))
        {
            let mut amazon = amazon;
            amazon.sort_unstable();
            amazon.dedup();
            self.writer.table("registry");
            self.writer.unsure("The image of BuildKit must contain docker-credential-ecr-login, and its pod must be allowed to push.");
            self.writer.entry("ecr", list(amazon));
            return;
        }
        self.writer.blank();
        self.writer.unsure("How BuildKit logs in can't be seen. Name the Kubernetes secret with a Docker config.json, and uncomment:");
        self.writer.propose(|writer| {
            writer.directive("[registry]");
            writer.entry("docker_config_secret", "docker-config");
            if !amazon.is_empty() {
                writer.comment(
                    "Or, with an image of BuildKit that contains docker-credential-ecr-login:",
                );
                writer.entry("ecr", list(amazon));
            }
        });
    }

    fn source_tag(&mut self) {
        let Some(tag) = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.source_tag.as_ref())
        else {
            return;
        };
        let name = tag
            .name
            .as_deref()
            .filter(|name| name.parse::<PersonName>().is_ok() && is_printable(name));
        let email = tag
            .email
            .as_deref()
            .filter(|email| email.parse::<EmailAddress>().is_ok());
        let prefix = tag.prefix.as_deref().unwrap_or("v");
        let own = format!("{prefix}{{version}}.{{build_number}}");
        let renamed = match tag.names.as_slice() {
            [] => None,
            names if names.contains(&own) => None,
            names => {
                let names: Vec<String> = names
                    .iter()
                    .take(MAX_PARTS)
                    .map(|name| quote(name))
                    .collect();
                Some(format!(
                    "The Jenkinsfile tags the source as {}; here the tag is {}.",
                    names.join(", "),
                    quote(&own)
                ))
            }
        };
        // Tags that move are pushed by force.
        let is_alone = tag.names.len() == 1;
        let moved = [
            format!("{prefix}{{version}}"),
            format!("{prefix}MAJOR.MINOR"),
            format!("{prefix}MAJOR"),
        ];
        let are_others = (2..4).contains(&tag.names.len());
        let moves = are_others.then(|| {
            format!(
                "Besides, {} are moved to the new release: `moving_tags = false` leaves them out.",
                series(moved.iter().map(|name| quote(name)), "and")
            )
        });
        let (Some(name), Some(email)) = (name, email) else {
            self.writer.blank();
            self.writer.unsure("The Jenkinsfile tags the source; as whom was not understood. Write it and uncomment:");
            self.writer.unsure_if(renamed.as_deref());
            self.writer.propose(|writer| {
                writer.directive("[source_tag]");
                if prefix != "v" && prefix.parse::<TagPrefix>().is_ok() {
                    writer.entry("prefix", prefix);
                }
                if is_alone {
                    writer.entry("moving_tags", false);
                }
                writer.entry("committer.name", "jenkins");
                writer.entry("committer.email", "jenkins@example.org");
            });
            return;
        };
        let transport = self
            .facts
            .git
            .as_ref()
            .and_then(|git| git.origin.as_ref())
            .map(|origin| origin.transport);
        self.writer.table("source_tag");
        let everywhere = self.everywhere(StageKind::Tag, "tags the source");
        self.writer.unsure_if(everywhere.as_deref());
        self.writer.unsure_if(renamed.as_deref());
        self.writer.unsure_if(moves.as_deref());
        if prefix != "v" {
            self.writer.checked::<TagPrefix>("prefix", prefix);
        }
        if is_alone {
            self.writer.entry("moving_tags", false);
        }
        if let Some(message) = &tag.message {
            self.writer.checked::<Line>("message", message);
        }
        self.writer.entry("committer.name", name);
        self.writer.entry("committer.email", email);
        if let Some((key, id)) = &tag.credentials {
            let key = KeyPath::from("credentials").key(key);
            self.writer.checked::<CredentialsId>(key, id);
            return;
        }
        let key = match transport {
            Some(Transport::Ssh) => "credentials.ssh",
            _ => "credentials.https",
        };
        self.writer.unsure(
            "Git pushes as the agent is set up. If it needs a credential of Jenkins, name it:",
        );
        self.writer.propose(|writer| writer.entry(key, "git-push"));
    }

    fn promotion(&mut self) {
        let Some(found) = self
            .jenkinsfile
            .map(|jenkinsfile| &jenkinsfile.promotion)
            .filter(|found| !found.is_empty())
        else {
            return;
        };
        if !["stage", "flow", "description"].iter().all(|key| {
            found
                .get(key)
                .is_some_and(|text| text.parse::<Line>().is_ok())
        }) {
            self.writer.blank();
            self.writer.unsure("The Jenkinsfile promotes by artifactz.io; stage, flow or description were not understood. See [promotion].");
            return;
        }
        self.writer.table("promotion");
        let everywhere = self.everywhere(StageKind::Promote, "promotes");
        self.writer.unsure_if(everywhere.as_deref());
        for key in ["name", "type", "stage", "flow", "description"] {
            let is_default = match key {
                "name" => Some(self.project),
                "type" => Some("DockerImage"),
                _ => None,
            };
            // The description stands at the top.
            let about = key == "description"
                && found
                    .get(key)
                    .is_some_and(|text| text.parse::<Description>().is_ok());
            if let Some(text) = found
                .get(key)
                .filter(|text| Some(text.as_str()) != is_default && !about)
            {
                self.writer.checked::<Line>(key, text);
            }
        }
        if let Some(version) = found
            .get("version")
            .filter(|version| *version != "{version}.{build_number}")
        {
            self.writer.checked::<Template>("version", version);
        }
    }

    fn notify(&mut self) {
        let mut unusable: Vec<&str> = Vec::new();
        let mut mails: Vec<(Option<StageKind>, Vec<&str>)> = Vec::new();
        for (kind, names) in self
            .jenkinsfile
            .iter()
            .flat_map(|jenkinsfile| &jenkinsfile.mails)
        {
            let (good, bad): (Vec<&str>, Vec<&str>) = names
                .iter()
                .map(String::as_str)
                .partition(|name| name.parse::<Recipient>().is_ok());
            unusable.extend(bad);
            if !good.is_empty() {
                mails.push((*kind, good));
            }
        }
        // Who is mailed about everything, else who is mailed most often, is mailed about everything else.
        let most = mails.iter().max_by_key(|(kind, names)| {
            let often = mails.iter().filter(|(_, other)| other == names).count();
            (kind.is_none(), often)
        });
        let Some((_, usual)) = most else {
            if !self.library.notifies {
                self.writer.table("notify");
                self.writer.comment("Authors of the changes since the last success; `developers`, `requester` and addresses are possible too.");
                self.unusable_recipients(&unusable);
                self.writer.entry("recipients", list(["culprits"]));
            }
            return;
        };
        let told: BTreeSet<StageKind> = mails.iter().filter_map(|(kind, _)| *kind).collect();
        let is_narrow = told.len() < FEW_STAGES && mails.iter().all(|(kind, _)| kind.is_some());
        self.writer.table("notify");
        if is_narrow {
            let told: Vec<&str> = told.into_iter().map(StageKind::key).collect();
            self.writer.unsure(format!(
                "The Jenkinsfile mails about failures in {} alone. Here failures of all stages are mailed, and that a branch is good again: see [notify.stages].",
                told.join(" and ")
            ));
        }
        self.unusable_recipients(&unusable);
        if self
            .jenkinsfile
            .is_some_and(|jenkinsfile| jenkinsfile.mailer)
        {
            self.writer.comment("The Jenkinsfile mails by the classic Mailer. Email Extension, whose recipients it uses, sends by itself; as before:");
            self.writer.propose(|writer| writer.entry("via", "mailer"));
        }
        self.writer.entry("recipients", list(usual.iter().copied()));
        for (kind, names) in mails.iter().filter(|(_, names)| names != usual) {
            if let Some(kind) = kind {
                self.writer.entry(
                    KeyPath::from("stages").key(kind.key()),
                    list(names.iter().copied()),
                );
            }
        }
    }

    fn unusable_recipients(&mut self, names: &[&str]) {
        if !names.is_empty() {
            let names: Vec<String> = names
                .iter()
                .take(MAX_PARTS)
                .map(|name| quote(name))
                .collect();
            self.writer.unsure(format!(
                "The Jenkinsfile mails {} too, which is neither an address nor a group that is known here.",
                names.join(", ")
            ));
        }
    }

    /// What to say if the Jenkinsfile does something on more branches.
    fn everywhere(&self, kind: StageKind, does: &str) -> Option<String> {
        let everywhere = &self.jenkinsfile?.everywhere;
        let branches = match everywhere.get(&kind)? {
            true => "under a condition that was not understood",
            false => "on every branch",
        };
        Some(format!(
            "The Jenkinsfile {does} {branches}. Here it happens on the branch of [release] alone."
        ))
    }

    fn options(&mut self) {
        let Some(jenkinsfile) = self.jenkinsfile else {
            return;
        };
        if jenkinsfile.options.is_empty() && !jenkinsfile.aborts_previous {
            return;
        }
        self.writer.table("options");
        if jenkinsfile.aborts_previous {
            self.writer.entry("concurrent_builds", "abort_previous");
        }
        for (key, number) in &jenkinsfile.options {
            match number {
                number if (1..=i64::from(MAX_NUMBER)).contains(number) => {
                    self.writer.entry(*key, Value::Integer(*number))
                }
                _ => self.writer.unsure(format!(
                    "`{key}` was found to be {number}, which is out of range."
                )),
            }
        }
    }

    /// What the Jenkinsfile, or the checkout, has besides.
    fn left(&mut self) {
        if !self.facts.other_dockerfiles.is_empty() {
            let others: Vec<String> = self
                .facts
                .other_dockerfiles
                .iter()
                .take(MAX_PARTS)
                .map(|path| quote(path.as_str()))
                .collect();
            self.writer.blank();
            self.writer.unsure(format!(
                "Left out, because the names say that nothing is released from them: {}.",
                others.join(", ")
            ));
        }
        let used: Vec<&Utf8Path> = self
            .images
            .iter()
            .map(|image| Utf8Path::new(&image.dockerfile))
            .collect();
        let mut unused: Vec<String> = Vec::new();
        for dockerfile in &self.facts.dockerfiles {
            if !used.contains(&dockerfile.source.path.as_path()) {
                unused.push(quote(dockerfile.source.path.as_str()));
            }
        }
        if !unused.is_empty() {
            unused.truncate(MAX_PARTS);
            self.writer.blank();
            self.writer.unsure(format!(
                "Left out, because the Jenkinsfile does not build them: {}.",
                unused.join(", ")
            ));
        }
        let Some(jenkinsfile) = self.jenkinsfile else {
            return;
        };
        if jenkinsfile.left.is_empty() {
            return;
        }
        self.writer.blank();
        self.writer
            .comment("Not carried over from the Jenkinsfile:");
        for left in jenkinsfile.left.iter().take(MAX_LEFT) {
            let reason = left
                .reason
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            self.writer.comment(&format!(
                "- line {}: {}{reason}",
                left.line,
                shown(&left.what)
            ));
        }
        if let Some(more) = jenkinsfile
            .left
            .len()
            .checked_sub(MAX_LEFT)
            .filter(|more| *more > 0)
        {
            self.writer.comment(&format!("- and {more} more"));
        }
    }
}

/// What to say of a folder that the build of an image copies although the pipeline fills it.
fn copied_with(facts: &Facts, image: &Image<'_>, folder: &str) -> Option<String> {
    let context = Utf8Path::new(&image.context);
    let opened = Context::open(&facts.checkout, context, Utf8Path::new(&image.dockerfile)).ok()?;
    let inside = clean(Utf8Path::new(folder))
        .strip_prefix(clean(context))
        .ok()?
        .to_owned();
    let copied = image.read?.copied_paths().flat_map(|(_, paths)| paths);
    let is_copied = copied_along(copied, &inside).is_some();
    (is_copied && !opened.is_ignored(&inside.join("file"))).then(|| {
        format!(
            "The image's build copies this folder too, so that less is taken from the cache: add a line {} to {}.",
            quote(inside.as_str()),
            quote(opened.ignore_file().as_str())
        )
    })
}

/// How an image is built.
fn image_header(writer: &mut Writer, image: &Image<'_>) {
    match image.read {
        None => writer.unsure(format!(
            "There is no readable file {} in the checkout.",
            quote(&image.dockerfile)
        )),
        Some(_) => {
            let from = match image.bases.is_empty() {
                true => String::new(),
                false => format!(
                    " from {}",
                    image
                        .bases
                        .iter()
                        .map(|base| quote(base))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            let ports = match image.ports.is_empty() {
                true => String::new(),
                false => format!("; it exposes {}", image.ports.join(", ")),
            };
            writer.comment(&format!(
                "Built by {}{from}{ports}.",
                quote(&image.dockerfile)
            ));
        }
    }
    if image.has_ssh {
        writer.unsure("A `RUN` of the Dockerfile mounts an SSH agent, which builds here do not have: use a secret.");
    }
    writer.unsure_if(image.doubt.as_deref());
    if image.context != "." {
        writer.checked::<ContextPath>("context", &image.context);
    }
    if image.dockerfile != "Dockerfile" {
        writer.checked::<RelativePath>("dockerfile", &image.dockerfile);
    }
    if let Some(target) = &image.target {
        if let Some(read) = image.read
            && read.target(Some(target)).is_none()
        {
            writer.unsure(format!("The Dockerfile has no stage {}.", quote(target)));
        }
        writer.checked::<TargetName>("target", target);
    }
    match image.network.as_deref() {
        Some(network @ ("host" | "none")) => writer.entry("network", network),
        Some(other) if other != "sandbox" && other != "default" => {
            writer.unsure(format!(
                "The Jenkinsfile builds with the network {}, which is not known here.",
                quote(other)
            ));
        }
        _ => {}
    }
}

/// The build arguments of an image.
fn image_args(writer: &mut Writer, image: &Image<'_>, table: KeyPath) {
    if image.args.is_empty() && image.open_args.is_empty() && image.strange_args.is_empty() {
        return;
    }
    writer.table(table);
    for (name, value) in image.args.iter().take(MAX_PARTS) {
        if let Some(computed) = image.computed_args.get(name) {
            writer.unsure(format!(
                "The Jenkinsfile computes this, {}; by its name it may be what stands here.",
                quote(computed)
            ));
        }
        match name.parse::<VariableName>() {
            Ok(_) => writer.checked::<Template>(&KeyPath::default().key(name), value),
            Err(_) => writer.unsure(format!(
                "The argument {} has a name that can't be used.",
                quote(name)
            )),
        }
    }
    for (name, default) in image.open_args.iter().take(MAX_PARTS) {
        if name.parse::<VariableName>().is_err() {
            writer.unsure(format!(
                "The argument {} has a name that can't be used.",
                quote(name)
            ));
            continue;
        }
        if let Some(computed) = image.computed_args.get(name) {
            writer.unsure(format!(
                "The Jenkinsfile computes the argument {}, {}:",
                quote(name),
                quote(computed)
            ));
        } else if default.is_none() {
            writer.unsure(format!("The Dockerfile's argument {} has no default, and what a build should give it is not known:", quote(name)));
        }
        let braced = default
            .as_deref()
            .unwrap_or_default()
            .replace('{', "{{")
            .replace('}', "}}");
        writer.propose(|writer| writer.entry(KeyPath::default().key(name), braced));
    }
    for name in image.strange_args.iter().take(MAX_PARTS) {
        writer.unsure(format!(
            "The Jenkinsfile passes the argument {}, which the Dockerfile does not declare.",
            quote(name)
        ));
    }
}

/// `123456789012.dkr.ecr.eu-west-1.amazonaws.com`
fn is_ecr(host: &str) -> bool {
    let Some((account, rest)) = host.split_once(".dkr.ecr.") else {
        return false;
    };
    account.bytes().all(|byte| byte.is_ascii_digit())
        && (rest.ends_with(".amazonaws.com") || rest.ends_with(".amazonaws.com.cn"))
}

/// The instruction that leaves reports also if tests fail, as the pages of `verify` write it.
fn run_of_tests(command: &str, folder: &str) -> String {
    format!(
        "RUN code=0; {command} || code=$?; mkdir -p {folder} && echo \"$code\" > {folder}/exit-code"
    )
}

fn is_version(text: &str) -> bool {
    text.parse::<VersionNumber>().is_ok()
}

/// A pattern where the folder that it names comes to lie: `api/build/test/*.xml` below `build`.
fn moved(pattern: &str, destination: &Utf8Path) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    let name = destination.file_name();
    let at = parts.iter().position(|part| Some(*part) == name);
    match at {
        Some(at)
            if !pattern.starts_with("**") && !Utf8Path::new(pattern).starts_with(destination) =>
        {
            let inside = parts.get(at + 1..).unwrap_or_default();
            [&[destination.as_str()], inside].concat().join("/")
        }
        _ => pattern.to_owned(),
    }
}

/// A tool's pattern where its folder of results comes to lie.
fn placed(pattern: &str, tool: &Tool, destination: &str) -> String {
    match tool
        .reports
        .folder
        .and_then(|folder| pattern.strip_prefix(folder))
    {
        Some(inside) => format!("{destination}{inside}"),
        None => {
            // Gradle and Maven name all reports so, which tells them from other XML where they are gathered.
            let file = match pattern.rsplit('/').next() {
                Some("*.xml") => "TEST-*.xml",
                file => file.unwrap_or(pattern),
            };
            format!("{destination}/**/{file}")
        }
    }
}
