//! What all test files share: a workspace in a temporary folder, and the program run in it.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]
#![allow(missing_docs, unreachable_pub, reason = "tests have no users")]

pub mod engines;
pub mod real;
pub mod simulator;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use snapbox::{Data, IntoData as _, assert_data_eq};

/// The smallest `jenkinsgen.toml` that renders.
pub const LIBRARY: &str = "\
[library]
name = \"acme\"
version = \"main\"

[tools]
buildkit = \"moby/buildkit:v0.32.2-rootless\"
grype = \"anchore/grype:v0.115.0-debug\"
";

/// The smallest project that renders.
pub const PROJECT: &str = "\
[version]
literal = \"1.2.3\"

[images.app]
";

/// The repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A workspace in a temporary folder.
pub struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    /// One with nothing in it.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The smallest one, with a project `app`.
    pub fn small() -> Self {
        Self::empty()
            .file("jenkinsgen.toml", LIBRARY)
            .file("projects/app.toml", PROJECT)
    }

    /// The small one, rendered.
    pub fn rendered() -> Self {
        let workspace = Self::small();
        workspace.run(["render"]).any_output().success();
        workspace
    }

    /// The input of a folder, rendered into an empty place.
    pub fn rendered_from(folder: &Path) -> Self {
        let workspace = Self::empty();
        let library = fs_err::read_to_string(folder.join("jenkinsgen.toml")).unwrap();
        workspace.write("jenkinsgen.toml", &library);
        for (path, text) in files(&folder.join("projects")) {
            workspace.write(&format!("projects/{path}"), &text);
        }
        for (path, text) in own_files(folder) {
            workspace.write(&path, &text);
        }
        workspace.run(["render"]).any_output().success();
        workspace
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        let path = self.path().join(path);
        fs_err::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path().join(path)).unwrap();
    }

    /// Replaces text in a file, which must have it.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, &text.replace(from, to));
    }

    /// Runs Git without the configuration of whoever runs the tests.
    pub fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {told}");
    }

    /// Commits all files to this branch, which is made if there is no repository yet.
    pub fn commit(&self, branch: &str) {
        if !self.path().join(".git").exists() {
            self.git(&["init", "--quiet", "--initial-branch", branch]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "State"]);
    }

    /// All files but the input, with their texts.
    pub fn output(&self) -> BTreeMap<String, String> {
        let mut files = files(self.path());
        files.retain(|path, _| !path.ends_with(".toml"));
        files
    }

    /// Runs the program in the workspace. What it printed must be compared, and how it ended said.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        self.run_with(arguments, &[])
    }

    /// The same with variables in the environment.
    pub fn run_with<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        variables: &[(&str, &str)],
    ) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_jenkinsgen"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| {
            let folder = self.path().to_str().unwrap();
            String::from_utf8(bytes).unwrap().replace(folder, "[ROOT]")
        };
        Run {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            compared: false,
        }
    }
}

/// A finished run of the program.
#[must_use = "say how it must end: success, differences or error"]
pub struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    compared: bool,
}

impl Run {
    /// What it must have printed on standard output; standard error must be empty.
    pub fn stdout(self, expected: impl Into<Data>) -> Self {
        self.output(expected, "")
    }

    /// What it must have printed on standard error; standard output must be empty.
    pub fn stderr(self, expected: impl Into<Data>) -> Self {
        self.output("", expected)
    }

    /// What it must have printed.
    pub fn output(mut self, stdout: impl Into<Data>, stderr: impl Into<Data>) -> Self {
        assert_data_eq!(self.stdout.clone().into_data().raw(), stdout.into().raw());
        assert_data_eq!(self.stderr.clone().into_data().raw(), stderr.into().raw());
        self.compared = true;
        self
    }

    /// What it printed on standard output.
    pub fn printed(&self) -> &str {
        &self.stdout
    }

    /// For steps on the way to what a test is about.
    pub fn any_output(mut self) -> Self {
        self.compared = true;
        self
    }

    pub fn success(self) -> (String, String) {
        self.status(0)
    }

    pub fn differences(self) -> (String, String) {
        self.status(1)
    }

    pub fn error(self) -> (String, String) {
        self.status(2)
    }

    /// Where the output says which.
    pub fn success_or_differences(self) -> (String, String) {
        match self.code {
            Some(1) => self.differences(),
            _ => self.success(),
        }
    }

    fn status(self, expected: i32) -> (String, String) {
        let Self { stdout, stderr, .. } = self;
        assert!(self.compared, "compare the output:\n{stdout}{stderr}");
        assert_eq!(self.code, Some(expected), "{stdout}{stderr}");
        (stdout, stderr)
    }
}

/// What the users of a golden workspace have written themselves beside its input: the files below `own/`.
pub fn own_files(folder: &Path) -> BTreeMap<String, String> {
    let own = folder.join("own");
    if own.is_dir() {
        files(&own)
    } else {
        BTreeMap::new()
    }
}

/// All files below a folder by their relative path, with their texts.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, fs_err::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The folders below a folder, sorted: one a test case.
pub fn cases(folder: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(repository().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

/// The golden workspaces and this repository's own, which is the article's service.
pub fn workspaces() -> Vec<PathBuf> {
    let mut workspaces = cases("tests/golden");
    workspaces.push(repository());
    workspaces
}

/// Whether the expectations are to be written instead of compared. Never in CI.
pub fn overwrite() -> bool {
    let wished = std::env::var("SNAPSHOTS").is_ok_and(|mode| mode == "overwrite");
    assert!(
        !(wished && std::env::var("CI").is_ok()),
        "expectations are never written in CI"
    );
    wished
}
