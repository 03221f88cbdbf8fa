//! What a build leaves behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::simulator::{Event, Report};

/// A build that has ended.
pub struct Built {
    pub folder: PathBuf,
    pub report: Report,
}

impl Built {
    /// The build must have succeeded.
    #[must_use]
    pub fn succeeded(self) -> Self {
        assert_eq!(
            (self.report.result.as_str(), &self.report.error),
            ("SUCCESS", &None),
            "{}",
            self.log()
        );
        self
    }

    /// The build must have failed with a message.
    #[must_use]
    pub fn failed(self, message: &str) -> Self {
        let error = self.report.error.as_deref().unwrap_or_default();
        assert!(
            self.report.result == "FAILURE" && error.contains(message),
            "{error:?}\n{}",
            self.log()
        );
        self
    }

    /// The checkout.
    pub fn workspace(&self) -> PathBuf {
        self.folder.join("work space")
    }

    /// The image that was built, as an OCI layout.
    pub fn layout(&self) -> PathBuf {
        self.folder.join("work space@tmp/images/service/oci")
    }

    /// The calls of a step.
    pub fn steps<'a>(&'a self, step: &'a str) -> impl Iterator<Item = &'a Event> {
        self.report
            .events
            .iter()
            .filter(move |event| event.step == step)
    }

    /// The script with a label that begins so; the build must have run it.
    pub fn script(&self, label: &str) -> &Event {
        self.steps("sh")
            .find(|event| event.text("label").starts_with(label))
            .unwrap_or_else(|| panic!("no script {label:?}:\n{}", self.log()))
    }

    /// Whether the build got to a stage.
    pub fn reached(&self, stage: &str) -> bool {
        self.steps("stage").any(|event| event.text("name") == stage)
    }

    /// The digest that the build said it had built.
    pub fn digest(&self) -> &str {
        self.steps("echo")
            .find_map(|event| event.text("message").strip_prefix("Built service: "))
            .unwrap_or_else(|| panic!("no image was built:\n{}", self.log()))
    }

    /// A file of the published report of the scan.
    pub fn scan_report(&self, name: &str) -> String {
        let published = self.steps("publishHTML").next().unwrap();
        assert!(
            published.published.iter().any(|file| file == name),
            "{:?}",
            published.published
        );
        let target = &published.arguments["target"];
        let folder = Path::new(target["reportDir"].as_str().unwrap());
        fs_err::read_to_string(folder.join(name)).unwrap()
    }

    /// Whether the steps of a Dockerfile that contain a text came from the cache, in a script; by BuildKit's own trace.
    pub fn cached(&self, script: &Event, text: &str) -> bool {
        let mut cached = BTreeMap::new();
        for status in self.trace(script) {
            for step in steps(&status) {
                if step["name"].as_str().unwrap().contains(text) {
                    cached.insert(step["digest"].to_string(), step["cached"] == true);
                }
            }
        }
        assert!(!cached.is_empty(), "no step with {text:?}:\n{}", self.log());
        cached.into_values().all(|cached| cached)
    }

    /// When a script's image build began to write the cache and when it had done so; by BuildKit's own trace. Other steps may be shared with another build.
    pub fn cache_span(&self, script: &Event) -> (String, String) {
        let statuses = self.trace(script);
        let exports = |step: &&Value| {
            step["name"]
                .as_str()
                .is_some_and(|name| name.contains("exporting cache"))
        };
        let steps = statuses.iter().flat_map(steps).filter(exports);
        let times = |key: &'static str| {
            // Without the letter that ends them, times of any precision compare as texts.
            let times = steps.clone().filter_map(move |step| step[key].as_str());
            times.map(|time| time.trim_end_matches('Z').to_owned())
        };
        (
            times("started").min().unwrap(),
            times("completed").max().unwrap(),
        )
    }

    /// The statuses that BuildKit has told a script; each repeats the steps that have changed.
    fn trace(&self, script: &Event) -> Vec<Value> {
        let number = script.number.unwrap();
        let trace = self.folder.join(format!("scripts/{number}.calls.trace"));
        let trace = fs_err::read_to_string(trace).unwrap();
        let statuses = serde_json::Deserializer::from_str(&trace).into_iter();
        statuses.map(Result::unwrap).collect()
    }

    /// A script must have printed a text.
    pub fn has_printed(&self, text: &str) {
        let log = self.log();
        assert!(log.contains(text), "no {text:?} in:\n{log}");
    }

    /// What all scripts printed.
    pub fn log(&self) -> String {
        let mut log = String::new();
        for event in self.steps("sh") {
            let number = event.number.unwrap_or_default();
            let output = fs_err::read_to_string(self.folder.join(format!("scripts/{number}.log")));
            log.push_str(&format!(
                "[{}]\n{}\n",
                event.text("label"),
                output.unwrap_or_default()
            ));
        }
        log
    }
}

/// The steps of a status in BuildKit's trace.
fn steps(status: &Value) -> impl Iterator<Item = &Value> + Clone {
    status["vertexes"].as_array().into_iter().flatten()
}
