//! How the tests are run: as a `RUN` of the Dockerfile does it already, else as the build tool is called.

use camino::{Utf8Path, Utf8PathBuf};

use super::facts::Facts;
use super::images::Image;
use super::writer::shown;
use crate::checkout::dockerfile::{Kind, Run, Stage};
use crate::checkout::testing::{self, first_test};
use crate::checkout::tools::{Kind as ToolKind, Tool};

/// A `RUN` that tests, as it is or as it could be.
#[derive(Debug)]
pub(super) struct TestRun {
    /// Its mounts as they are written, each with a blank behind it.
    mounts: String,
    command: String,
    /// What stands in the Dockerfile, if it tests.
    own: Option<String>,
    /// The folder that it runs in.
    pub(super) folder: Option<Utf8PathBuf>,
}

impl TestRun {
    /// How the tests of a tool are run in the build of an image.
    pub(super) fn of(facts: &Facts, image: Option<&Image<'_>>, tool: Option<&Tool>) -> Self {
        let read = image.and_then(|image| image.read);
        let stages = || read.into_iter().flat_map(|read| &read.stages);
        let runs = || {
            let all =
                stages().flat_map(|stage| stage.instructions.iter().map(move |own| (stage, own)));
            all.filter_map(|(stage, own)| match &own.kind {
                Kind::Run(run) => Some((stage, run)),
                _ => None,
            })
        };
        let own = runs().find_map(|(stage, run)| Some((stage, run, command(run)?)));
        // What fetches while it builds needs the same when it tests.
        let calls = |(_, run): &(&Stage, &Run)| {
            tool.is_some_and(|tool| run.script.contains(tool.kind.program()))
        };
        let similar = runs().rfind(calls);
        let is_fetching = tool.is_some_and(|tool| {
            use ToolKind::{Cargo, DotNet, Go, Gradle, Maven};
            matches!(tool.kind, Cargo | DotNet | Go | Gradle | Maven)
        });
        let mounted = match &own {
            Some((_, run, _)) => Some(*run),
            None => similar.filter(|_| is_fetching).map(|(_, run)| run),
        };
        let mounts = mounted.into_iter().flat_map(|run| &run.mounts);
        // Builds of the library have no agent of SSH.
        let mounts = mounts.filter(|mount| mount.kind != "ssh");
        let mounts = mounts.filter_map(|mount| read?.source.text.get(mount.range.clone()));
        let folder = image.and_then(|image| match (&own, tool) {
            (Some((stage, ..)), _) => image.working_folder(stage),
            (None, tool) => image.folder_of_tests(tool?),
        });
        let found = own.map(|(.., command)| command);
        Self {
            mounts: mounts.map(|mount| format!("{} ", shown(mount))).collect(),
            command: match tool {
                Some(tool) => found
                    .clone()
                    .filter(|command| reports(tool.kind, command))
                    .unwrap_or_else(|| usual(facts, tool)),
                None => found.clone().unwrap_or_else(|| "./test".to_owned()),
            },
            own: found,
            folder: folder.map(Utf8PathBuf::from),
        }
    }

    /// The same of a package of a workspace of Node.js, as the tool at its top calls it.
    pub(super) fn for_package(mut self, tool: &Tool, name: &str) -> Self {
        if self.command == tool.kind.test_command() {
            self.command = match tool.kind {
                ToolKind::Pnpm => format!("pnpm --filter {name} test"),
                ToolKind::Yarn => format!("yarn workspace {name} test"),
                _ => format!("npm test --workspace {name}"),
            };
        }
        self
    }

    /// The file that the tests are told to report in. One beside the code is written into a folder instead, which can be taken out alone.
    pub(super) fn report(&mut self, folder: &str) -> Option<Utf8PathBuf> {
        let named = testing::report(&self.command)?;
        let path = Utf8Path::new(named.trim_start_matches("./"));
        let (around, file) = (path.parent()?, path.file_name()?);
        if around.as_str() != "" && around != "/" {
            return (!around.starts_with("..")).then(|| path.to_owned());
        }
        // A shell makes no folder for its output.
        if self.command.contains('>') {
            return None;
        }
        let inside = Utf8Path::new(folder).join(file);
        self.command = self.command.replacen(&named, inside.as_str(), 1);
        Some(inside)
    }

    /// The instruction that leaves reports also if tests fail, as the pages of `verify` write it.
    pub(super) fn instruction(&self, folder: &Utf8Path) -> String {
        let Self {
            mounts, command, ..
        } = self;
        format!(
            "RUN {mounts}code=0; {command} || code=$?; mkdir -p {folder} && echo \"$code\" > {folder}/exit-code"
        )
    }

    /// What must still be done for the reports to be there, if anything.
    pub(super) fn hint(&self, facts: &Facts, tool: &Tool) -> Option<&'static str> {
        let manifest = facts.checkout.read(&tool.manifest).ok().flatten();
        let mut said = self.own.clone().unwrap_or_default();
        said.extend(manifest.iter().map(|source| source.text.as_str()));
        said.retain(|c| !c.is_whitespace());
        let marks: &[&str] = match tool.kind {
            ToolKind::Gradle => &[
                "xml.required=true",
                "xml.required.set(true)",
                "xml.enabledtrue",
            ],
            ToolKind::Npm | ToolKind::Pnpm | ToolKind::Yarn => &["--reporter=junit"],
            ToolKind::Python => &["--junitxml", "--junit-xml"],
            ToolKind::Go => &["gotestsum"],
            _ => &[],
        };
        let is_said = marks.iter().any(|mark| said.contains(mark));
        Some(tool.reports.hint).filter(|hint| !hint.is_empty() && !is_said)
    }
}

/// How a tool is called if nothing says otherwise.
fn usual(facts: &Facts, tool: &Tool) -> String {
    let command = tool.kind.test_command();
    let has = |file: &&(&str, &str)| facts.checkout.has_file(tool.folder().join(file.0));
    let managers = [
        ("uv.lock", "uv"),
        ("poetry.lock", "poetry"),
        ("pdm.lock", "pdm"),
    ];
    match managers.iter().find(has) {
        Some((_, manager)) if tool.kind == ToolKind::Python => format!("{manager} run {command}"),
        _ => command.to_owned(),
    }
}

/// Whether a command writes JUnit reports, or may.
fn reports(kind: ToolKind, command: &str) -> bool {
    match kind {
        ToolKind::Go => command.contains("gotestsum"),
        ToolKind::Cargo => command.contains("nextest"),
        ToolKind::DotNet => command.contains("logger") && command.contains("junit"),
        _ => true,
    }
}

/// The command of a `RUN` that tests: all of it if it can stand before a `||`.
fn command(run: &Run) -> Option<String> {
    let script = run.script.trim();
    let tests = first_test(script)?;
    let command = match script.contains([';', '|', '\n']) {
        true => tests,
        false => script.to_owned(),
    };
    (!command.contains('`')).then_some(command)
}
