//! The tests inside image builds, and their reports.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::facts::Facts;
use super::super::images::{Check, Image};
use super::super::test_run::TestRun;
use super::super::writer::{Writer, list, quote};
use super::{Describer, MAX_PARTS};
use crate::checkout::clean;
use crate::checkout::context::{Context, copied_along};
use crate::checkout::jenkinsfile::Jenkinsfile;
use crate::checkout::tools::Tool;
use crate::config::KeyPath;
use crate::model::{
    ContainerPath, FilePattern, FilePatterns, Line, PartName, RelativePath, TargetName,
};

/// The patterns of the step `jacoco` that name results: sources are the checkout's, and exclusions are names of classes.
const MOVED: [&str; 2] = ["exec", "classes"];

impl<'a> Describer<'a> {
    pub(super) fn checks(&mut self, checks: &[Check]) {
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
            let path = KeyPath::from("checks").key(&check.name);
            self.writer.table(&path);
            if let Some(title) = &check.title {
                self.writer.checked::<Line>("title", title);
            }
            if several {
                self.writer.checked::<PartName>("image", &image.name);
            }
            for (key, computed) in &check.computed {
                self.writer.unsure(format!(
                    "The Jenkinsfile computes the `{key}` of what is built here, {}.",
                    quote(computed)
                ));
            }
            if let Some(target) = &check.target {
                self.writer.checked::<TargetName>("target", target);
            }
            if check.is_whole {
                self.writer.unsure(
                    "All that is in this stage is taken out: name the folder of the reports.",
                );
            }
            self.writer.entry("directory", check.directory.as_str());
            self.writer
                .unsure_if(copied_with(self.facts, image, &check.destination).as_deref());
            self.writer.entry("destination", check.destination.as_str());
            match &check.exit_code_file {
                Some(file) => self.writer.checked::<RelativePath>("exit_code_file", file),
                None => {
                    let tests = TestRun::of(self.facts, Some(image), self.tool_of(check.image));
                    self.writer.unsure(format!(
                        "A `RUN` that fails exports nothing, so there are no reports of failing tests. Let the one that tests write its exit code into a file of this folder, such as `{}`, and name it:",
                        tests.instruction(&self.folder_of_results(check, &tests))
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
                let moved = patterns
                    .iter()
                    .map(|pattern| moved(pattern, &check.before, &check.destination));
                moved.collect()
            };
            let (junit, coverage) = (moved(&jenkinsfile.junit), moved(&jenkinsfile.coverage));
            // The step keeps one result a build.
            let jacoco = Some(jacoco(jenkinsfile, &check.before, &check.destination))
                .filter(|_| index == 0)
                .unwrap_or_default();
            let of_jacoco = |patterns: &BTreeMap<&str, String>| -> Vec<String> {
                let known = MOVED.iter().filter_map(|key| patterns.get(key));
                let parts = known.flat_map(|patterns| patterns.split(','));
                parts.map(|pattern| pattern.trim().to_owned()).collect()
            };
            let here: Vec<String> = [&junit[..], &coverage, &of_jacoco(&jacoco)].concat();
            let mut before: Vec<String> = [&jenkinsfile.junit[..], &jenkinsfile.coverage].concat();
            if index == 0 {
                before.extend(of_jacoco(&jenkinsfile.jacoco));
            }
            let is_elsewhere = |pattern: &String| {
                !pattern.starts_with("**") && !Utf8Path::new(pattern).starts_with(destination)
            };
            let destination = quote(&check.destination);
            if here.iter().any(is_elsewhere) {
                self.writer.unsure(format!(
                    "These are the Jenkinsfile's patterns. Here the results come to lie in {destination}: mend those that match nothing there."
                ));
            } else if here != before {
                let before = before.iter().take(MAX_PARTS);
                let before: Vec<String> = before.map(|pattern| quote(pattern)).collect();
                self.writer.unsure(format!(
                    "The Jenkinsfile's patterns are {}; here the results come to lie in {destination}.",
                    before.join(", ")
                ));
            }
            self.writer.checked_list::<FilePattern>("junit", &junit);
            self.writer
                .checked_list::<FilePattern>("coverage", &coverage);
            let is_covered = !(jenkinsfile.coverage.is_empty() && jenkinsfile.jacoco.is_empty());
            let tool = self.tool_of(check.image).filter(|tool| {
                let made_in = Utf8Path::new(&check.made_in);
                let own = tool.reports.folder;
                own.is_some_and(|own| made_in.ends_with(own)) && !is_covered
            });
            if let Some(tool) = tool.filter(|tool| !tool.reports.coverage.is_empty()) {
                let coverage = tool.reports.coverage.iter();
                let coverage: Vec<String> = coverage
                    .map(|pattern| placed(pattern, tool, &check.destination))
                    .collect();
                self.writer.unsure(format!(
                    "{} reports what the tests cover too, which the Jenkinsfile does not publish:",
                    tool.kind.name()
                ));
                self.writer.propose(|writer| {
                    writer.entry("coverage", list(coverage.iter().map(String::as_str)));
                });
            }
            if !jacoco.is_empty() {
                self.writer.table(path.key("jacoco"));
                write_jacoco(&mut self.writer, &jacoco);
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
        let tests = TestRun::of(self.facts, self.images.get(check.image), Some(tool));
        if let Some(hint) = tests.hint(self.facts, tool) {
            self.writer.unsure(format!("{}: {hint}.", tool.kind.name()));
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

    /// Where the `RUN` that tests finds the folder that a check takes out.
    fn folder_of_results(&self, check: &Check, tests: &TestRun) -> Utf8PathBuf {
        let made_in = Utf8Path::new(&check.made_in);
        let directory = match made_in.has_root() {
            true => made_in,
            false => Utf8Path::new(&check.directory),
        };
        let tool = self.tool_of(check.image);
        let own = tool.map(|tool| Utf8Path::new(&tool.reports.directory));
        let inside = tests
            .folder
            .as_ref()
            .map(|folder| directory.strip_prefix(folder));
        match (inside, own, directory.file_name()) {
            (Some(Ok(inside)), ..) if inside != "" => inside.to_owned(),
            (_, Some(own), _) if directory.ends_with(own) => own.to_owned(),
            (Some(Err(_)), _, Some(_)) => directory.to_owned(),
            (.., name) => name.unwrap_or("build").into(),
        }
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
        let image = self.images.first();
        let Some(top) = self.tool_of(0) else { return };
        let package = image.and_then(|image| self.facts.package_of(image, top));
        let tool = package.as_ref().map_or(top, |(tool, _)| tool);
        let mut tests = TestRun::of(self.facts, image, Some(top));
        if let Some((_, name)) = &package {
            tests = tests.for_package(top, name);
        }
        let report = tests.report(&tool.reports.directory);
        let own = report.as_deref().and_then(Utf8Path::parent);
        let own = own.map_or(tool.reports.directory.as_str(), Utf8Path::as_str);
        let several = self.images.len() > 1;
        let working = tests.folder.clone().unwrap_or_else(|| "/app".into());
        // A package of a workspace reports in its own folder.
        let part = Some(tool.folder()).filter(|part| package.is_some() && !working.ends_with(part));
        let part = part.unwrap_or(Utf8Path::new(""));
        let is_hidden = image.is_some_and(|image| image.hides(top, &working, &working.join(own)));
        let folder = if is_hidden { "reports" } else { own };
        let directory = working.join(part).join(folder);
        // What lies anywhere in the image comes to lie in the workspace.
        let destination = match directory.file_name() {
            Some(name) if folder.starts_with('/') => name,
            _ => folder,
        };
        let mut run = tests.instruction(&part.join(folder));
        let none = Vec::new();
        let found = |of: fn(&Jenkinsfile) -> &Vec<String>| self.jenkinsfile.map_or(&none, of);
        let found_coverage = found(|found| &found.coverage);
        let is_covered = !(tool.reports.coverage.is_empty() && found_coverage.is_empty());
        let of_modules = tool.reports_of_modules();
        let hidden = tool.reports.junit.first().filter(|_| is_hidden);
        if let (Some(files), true, false) = (of_modules, is_covered, is_hidden) {
            // Reports of the same name stay apart in the folders of their modules.
            run += &format!(
                "; find . -path ./{folder} -prune -o \\( -path '{files}' -o -path '*/jacoco*.xml' \\) -exec cp --parents {{}} {folder} \\;"
            );
        } else if let Some(files) = of_modules
            .map(str::to_owned)
            .or_else(|| hidden.map(|pattern| format!("./{}", pattern.replace("**/", "*"))))
        {
            run += &format!("; find . -path '{files}' -exec cp {{}} {folder} \\;");
        }
        let is_flat = is_hidden || (of_modules.is_some() && !is_covered);
        // The Jenkinsfile's patterns, if they match there, else the tool's.
        let patterns = |found: &[String], own: &[String]| -> Vec<String> {
            let found = found.iter();
            let moved: Vec<String> = found
                .map(|pattern| moved(pattern, destination, destination))
                .collect();
            let is_there = |pattern: &String| {
                pattern.starts_with("**") || Utf8Path::new(pattern).starts_with(destination)
            };
            if !is_flat && !moved.is_empty() && moved.iter().all(is_there) {
                return moved;
            }
            let own = own.iter();
            own.map(|pattern| match Utf8Path::new(pattern).file_name() {
                Some(name) if is_hidden => format!("{destination}/{name}"),
                _ if Utf8Path::new(pattern).starts_with(destination) => pattern.clone(),
                _ => placed(pattern, tool, destination),
            })
            .collect()
        };
        let named = report.as_deref().and_then(Utf8Path::file_name);
        let named = named.map(|file| vec![format!("{destination}/{file}")]);
        let junit = named.as_ref().unwrap_or(&tool.reports.junit);
        let junit = patterns(found(|found| &found.junit), junit);
        let coverage = match is_hidden {
            true => Vec::new(),
            false => patterns(found_coverage, &tool.reports.coverage),
        };
        let image = image.map(|image| image.name.clone()).unwrap_or_default();
        let is_gathered = is_hidden || of_modules.is_some();
        let jacoco = self
            .jenkinsfile
            .map(|found| jacoco(found, destination, destination));
        let jacoco = jacoco.filter(|patterns| !patterns.is_empty());
        if is_gathered && jacoco.is_some() {
            self.writer.blank();
            self.writer.unsure("The Jenkinsfile's step `jacoco` reads `*.exec` and classes, which are not copied as is proposed below: `coverage` takes JaCoCo's XML reports.");
        }
        let jacoco = jacoco.filter(|_| !is_gathered);
        self.writer.blank();
        self.writer.unsure(format!(
            "No stage of a Dockerfile holds the results of the tests alone, so tests run in the image build at most, and Jenkins has no reports of {}. To have them, let a stage end with `{}`, copy its {} into the same folder of a `FROM scratch AS reports` above the last stage, and uncomment:",
            top.kind.name(),
            run,
            quote(directory.as_str())
        ));
        if let Some(hint) = tests.hint(self.facts, tool) {
            self.writer
                .comment(&format!("{}: {hint}.", tool.kind.name()));
        }
        self.writer.propose(|writer| {
            writer.directive("[checks.test]");
            if several {
                writer.entry("image", image);
            }
            writer.entry("target", "reports");
            writer.entry("directory", directory.as_str());
            writer.entry("destination", destination);
            writer.entry("exit_code_file", "exit-code");
            writer.checked_list::<FilePattern>("junit", &junit);
            writer.checked_list::<FilePattern>("coverage", &coverage);
            if let Some(patterns) = jacoco {
                writer.blank();
                writer.directive("[checks.test.jacoco]");
                write_jacoco(writer, &patterns);
            }
        });
    }
}

/// The patterns of the step `jacoco`, those of results where these come to lie.
fn jacoco(
    jenkinsfile: &Jenkinsfile,
    before: &str,
    destination: &str,
) -> BTreeMap<&'static str, String> {
    let mut patterns = jenkinsfile.jacoco.clone();
    for (_, patterns) in patterns.iter_mut().filter(|(key, _)| MOVED.contains(key)) {
        let parts = patterns.split(',');
        let parts: Vec<String> = parts
            .map(|pattern| moved(pattern.trim(), before, destination))
            .collect();
        *patterns = parts.join(",");
    }
    patterns
}

fn write_jacoco(writer: &mut Writer, patterns: &BTreeMap<&str, String>) {
    for key in ["exec", "classes", "sources", "exclusions"] {
        if let Some(patterns) = patterns.get(key) {
            writer.checked::<FilePatterns>(key, patterns);
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

/// A pattern where the folder that it names comes to lie: `api/build/test/*.xml` below `build`.
fn moved(pattern: &str, before: &str, destination: &str) -> String {
    let before = Utf8Path::new(before);
    let parts: Vec<&str> = pattern.split('/').collect();
    let inside = match Utf8Path::new(pattern).strip_prefix(before) {
        _ if pattern.starts_with("**") => return pattern.to_owned(),
        Ok(inside) => inside.to_string(),
        Err(_) => {
            let name = before.file_name();
            let Some(at) = parts.iter().position(|part| Some(*part) == name) else {
                return pattern.to_owned();
            };
            parts.get(at + 1..).unwrap_or_default().join("/")
        }
    };
    format!("{destination}/{inside}")
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
