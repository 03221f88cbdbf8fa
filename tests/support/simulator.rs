//! Builds on the real CPS engine: see `tests/engines/jvm/src/jenkinsgen/jvm/Simulation.java`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::engines::java;
use super::repository;

/// A build of one project.
#[derive(Debug, Clone, Serialize)]
pub struct Build {
    /// The folder of the rendered workspace.
    pub library: PathBuf,
    /// The var to call.
    pub step: String,
    /// What the build meets.
    pub scenario: World,
}

/// What a build meets; the fields are those of `Scenario.java`, which explains them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct World {
    pub folder: PathBuf,
    pub origin: PathBuf,
    pub controller: Option<PathBuf>,
    pub environment: BTreeMap<String, String>,
    pub previous: Vec<String>,
    pub shell: Vec<String>,
    pub shell_environment: BTreeMap<String, String>,
    pub programs: BTreeMap<String, String>,
    /// `None`: `junit` reads the reports in the workspace.
    pub tests: Option<Tests>,
    pub faults: Vec<Fault>,
    pub restarts: bool,
}

/// What `junit` finds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Tests {
    pub total: u32,
    pub failed: u32,
}

/// What `junit` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Found {
    pub total: u32,
    pub failed: u32,
    pub skipped: u32,
}

/// One thing that goes wrong in a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A regular expression for the step's name and label.
    pub step: String,
    /// Which of the matching calls, from 1; 0: all.
    #[serde(default = "one")]
    pub nth: u32,
    /// `fail`, `interrupt`, `supersede`, `lose-agent` or `lack`.
    pub then: String,
    /// The message of the exception.
    pub message: String,
}

fn one() -> u32 {
    1
}

/// What came of a build.
#[derive(Debug, Clone, Deserialize)]
pub struct Report {
    /// Jenkins' result.
    pub result: String,
    /// The message of the exception that ended the build.
    pub error: Option<String>,
    /// Steps that were called in a way that Jenkins would refuse or pass over.
    pub misuses: Vec<String>,
    /// How often the controller was restarted.
    pub restarts: u32,
    /// The steps in the order of their starts.
    pub events: Vec<Event>,
}

/// One call of a step.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// How many blocks stand around it.
    pub depth: usize,
    /// The step.
    pub step: String,
    /// Its arguments by name.
    pub arguments: serde_json::Map<String, Value>,
    /// Whether it has a body.
    pub block: bool,
    /// `returned`, `ended` (of a block), `failed` or `interrupted`.
    pub outcome: String,
    /// The message of its exception.
    pub error: Option<String>,
    /// What it returned, if that is a text, a number or a boolean.
    pub value: Option<String>,
    /// Of `sh`: the container.
    pub container: Option<String>,
    /// Of `sh`: the exit status.
    pub status: Option<i32>,
    /// Of `sh`: its number; `scripts/N.sh`, `.log` and `.calls` in the build's folder are its script, output and programs.
    pub number: Option<u32>,
    /// Of `junit`: what it found.
    pub tests: Option<Found>,
    /// Of a mail step: whether a mail goes out.
    #[serde(default)]
    pub mails: bool,
    /// Of `publishHTML`: the files.
    #[serde(default)]
    pub published: Vec<String>,
    /// Whether a fault of the scenario struck it.
    #[serde(default)]
    pub struck: bool,
}

impl Event {
    /// An argument that is a text; empty if it is absent.
    pub fn text(&self, argument: &str) -> &str {
        self.arguments
            .get(argument)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether something went wrong here: an exception, or an exit status.
    pub fn is_bad(&self) -> bool {
        matches!(self.outcome.as_str(), "failed" | "interrupted")
            || self.status.is_some_and(|status| status != 0)
    }

    /// The programs that the step started, each with its arguments; [`Build::scenario`]'s stand-ins record them.
    pub fn calls(&self, folder: &Path) -> Vec<Vec<String>> {
        let Some(number) = self.number else {
            return Vec::new();
        };
        let path = folder.join(format!("scripts/{number}.calls"));
        let text = fs_err::read_to_string(path).unwrap_or_default();
        let mut words = text.split_terminator('\0').map(str::to_owned);
        let mut calls = Vec::new();
        while let Some(count) = words.next() {
            let count: usize = count.parse().unwrap();
            calls.push(words.by_ref().take(count + 1).collect());
        }
        calls
    }
}

/// Runs builds one after the other in one JVM, as in a trusted library.
pub fn simulate(builds: &[Build]) -> Vec<Report> {
    let lines = start("cps", builds);
    lines.iter().map(|line| parse(line)).collect()
}

/// Runs builds as in an untrusted library. The second value is everything that the emitted code touched: see `Touched.java`.
pub fn simulate_in_sandbox(builds: &[Build]) -> (Vec<Report>, Vec<String>) {
    let mut lines = start("sandbox", builds);
    let touched = parse(&lines.pop().unwrap());
    (lines.iter().map(|line| parse(line)).collect(), touched)
}

fn parse<T: DeserializeOwned>(line: &str) -> T {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// The lines that the simulator prints.
fn start(mode: &str, builds: &[Build]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let job = folder.path().join("builds");
    let signatures = fs_err::read_to_string(repository().join("tests/engines/steps.toml")).unwrap();
    let signatures: Value = toml::from_str(&signatures).unwrap();
    let mut lines = signatures.to_string();
    for build in builds {
        lines.push('\n');
        lines.push_str(&json!(build).to_string());
    }
    fs_err::write(&job, lines).unwrap();
    let output = java(mode)
        .args(["simulate", mode])
        .arg(&job)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.lines().count() >= builds.len(), "{stderr}");
    lines.lines().map(str::to_owned).collect()
}
