//! The test of the tests: faults in the emitted code, each of which the simulated builds must notice, and faults in pods.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jenkinsgen::model::MailPlugin;
use serde::Deserialize;

use crate::support::files;
use crate::support::simulator::simulate;
use crate::world::Scenario;
use crate::{Case, Subject, builds, empty, pod, subjects};

/// How many builds of one mutant are run before it is looked at what they say: first few, as most faults are noticed at once.
const AT_ONCE: [usize; 4] = [2, 6, 16, 40];

/// One fault.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    /// The var, `pipeline` or `pod`.
    file: String,
    find: String,
    replace: String,
    /// The scenario that notices it first, if another than the release does.
    #[serde(default)]
    scenario: Option<String>,
}

impl Fault {
    fn all() -> Vec<Self> {
        #[derive(Deserialize)]
        struct File {
            fault: Vec<Fault>,
        }
        let file: File = toml::from_str(include_str!("mutants.toml")).unwrap();
        file.fault
    }

    fn name(&self) -> String {
        format!("{}: {:?} → {:?}", self.file, self.find, self.replace)
    }

    /// What is to be found in the rendered file of a project, and what becomes of it.
    fn texts(&self, subject: &Subject) -> (String, String) {
        let project = &subject.project;
        let branch = project
            .release
            .as_ref()
            .map_or("", |release| release.branch.as_str());
        let special = |text: &str| {
            text.replace("BRANCH'", &format!("{branch}'"))
                .replace("RESOURCES", subject.library.as_str())
        };
        (special(&self.find), special(&self.replace))
    }

    fn path(&self, subject: &Subject) -> String {
        let step = match self.file.as_str() {
            "pod" => return pod::path(subject),
            "pipeline" => subject.project.step.as_str(),
            step => step,
        };
        format!("vars/{step}.groovy")
    }

    /// Whether the subject's rendered file has the text.
    fn is_in(&self, subject: &Subject) -> bool {
        let path = subject.workspace.path().join(self.path(subject));
        let text = fs_err::read_to_string(path).unwrap_or_default();
        text.contains(&self.texts(subject).0)
    }

    /// The subject's rendered file with the fault in it.
    fn apply(&self, subject: &Subject) -> String {
        let (find, replace) = self.texts(subject);
        let text = subject.workspace.read(&self.path(subject));
        text.replacen(&find, &replace, 1)
    }
}

/// A fault and the builds that could notice it.
struct Mutant {
    fault: Fault,
    /// The likeliest first.
    builds: Vec<(Arc<Subject>, Scenario)>,
    folder: PathBuf,
    caught: Option<String>,
}

impl Mutant {
    /// The subject's rendered library with the fault in it.
    fn library(&self, subject: &Subject) -> PathBuf {
        let folder = self
            .folder
            .join(subject.recording.to_str().unwrap().replace('/', "_"));
        if !folder.exists() {
            let changed = self.fault.path(subject);
            for (path, text) in files(subject.workspace.path()) {
                let text = if path == changed {
                    self.fault.apply(subject)
                } else {
                    text
                };
                let path = folder.join(path);
                fs_err::create_dir_all(path.parent().unwrap()).unwrap();
                fs_err::write(path, text).unwrap();
            }
        }
        folder
    }
}

#[allow(
    clippy::print_stdout,
    reason = "the score, for who runs it with --nocapture"
)]
#[test]
fn every_fault_in_the_emitted_code_is_noticed() {
    let mut mutants = mutants(&empty("mutants"));
    let mut first = 0;
    for at_once in AT_ONCE.iter().chain(std::iter::repeat(&100)) {
        let mut cases: Vec<(usize, Case)> = Vec::new();
        for (number, mutant) in mutants
            .iter()
            .enumerate()
            .filter(|(_, mutant)| mutant.caught.is_none())
        {
            for (index, (subject, scenario)) in
                mutant.builds.iter().enumerate().skip(first).take(*at_once)
            {
                let folder = mutant.folder.join(index.to_string());
                let mut case = Case::new(subject, scenario.clone(), folder);
                case.build.library = mutant.library(subject);
                cases.push((number, case));
            }
        }
        if cases.is_empty() {
            break;
        }
        let (numbers, cases): (Vec<usize>, Vec<Case>) = cases.into_iter().unzip();
        for ((number, case), report) in numbers.iter().zip(&cases).zip(simulate(&builds(&cases))) {
            let mutant = &mut mutants[*number];
            // A text that does not load proves nothing.
            assert_ne!(
                report.result,
                "NOT_LOADED",
                "{} does not compile: {:?}",
                mutant.fault.name(),
                report.error
            );
            if mutant.caught.is_none()
                && let Some(violation) = case.violations(&report).first()
            {
                mutant.caught = Some(format!("{}: {violation}", case.name()));
            }
            // Thousands of builds: what they leave would fill a disk.
            std::fs::remove_dir_all(&case.folder).unwrap();
        }
        first += at_once;
    }
    for mutant in &mutants {
        let caught = mutant.caught.as_deref().unwrap_or("nothing");
        println!("{}\n    noticed by {caught}", mutant.fault.name());
    }
    let caught = mutants.iter().map(|mutant| mutant.caught.is_some());
    score(mutants.iter().map(|mutant| &mutant.fault).zip(caught));
}

#[test]
fn every_fault_in_a_pod_is_noticed() {
    let faults: Vec<Fault> = Fault::all()
        .into_iter()
        .filter(|fault| fault.file == "pod")
        .collect();
    let folder = empty("pod-mutants");
    let subjects = subjects();
    let mut files = Vec::new();
    let mut fit = Vec::new();
    for fault in &faults {
        let subject = subjects.iter().find(|subject| fault.is_in(subject));
        let subject = subject.unwrap_or_else(|| panic!("no pod has {}", fault.name()));
        let own = folder.join(files.len().to_string());
        files.push(pod::write(&own, &fault.apply(subject)));
        fit.push(subject);
    }
    let caught = faults
        .iter()
        .zip(fit)
        .zip(pod::read(&files))
        .map(|((fault, subject), pod)| {
            let pod = pod.unwrap_or_else(|| panic!("{} is no YAML", fault.name()));
            pod::violation(&subject.project, &pod).is_some()
        });
    score(faults.iter().zip(caught));
}

/// Every fault must have been noticed.
#[allow(
    clippy::print_stdout,
    reason = "the score, for who runs it with --nocapture"
)]
#[track_caller]
fn score<'a>(faults: impl Iterator<Item = (&'a Fault, bool)>) {
    let faults: Vec<(&Fault, bool)> = faults.collect();
    let survivors: Vec<String> = faults
        .iter()
        .filter(|(_, caught)| !caught)
        .map(|(fault, _)| fault.name())
        .collect();
    let score = format!(
        "{} of {} faults were noticed",
        faults.len() - survivors.len(),
        faults.len()
    );
    println!("{score}");
    assert!(
        survivors.is_empty(),
        "{score}, but not\n{}",
        survivors.join("\n")
    );
}

fn mutants(folder: &Path) -> Vec<Mutant> {
    let mut subjects = subjects();
    // A project with much of the language notices much; after it one that mails by the other plugin.
    // Projects of one workspace are alike.
    subjects.dedup_by_key(|subject| subject.recording.parent().map(Path::to_owned));
    subjects.sort_by_key(|subject| {
        let project = &subject.project;
        let other_plugin = project.notify.via == MailPlugin::Mailer;
        (!subject.is_rich(), project.cache.is_none(), !other_plugin)
    });
    // Neighbours in the list are alike: of each kind one, then of each kind another.
    let all = Scenario::all();
    let kinds = 9;
    let spread = (0..kinds).flat_map(|kind| all.iter().skip(kind).step_by(kinds));
    let scenarios: Vec<Scenario> = spread.cloned().collect();
    let named = |name: &str| {
        let scenario = all.iter().find(|scenario| scenario.name == name);
        scenario.unwrap_or_else(|| panic!("mutants.toml names {name:?}"))
    };
    let faults = Fault::all().into_iter().filter(|fault| fault.file != "pod");
    faults
        .enumerate()
        .map(|(number, fault)| {
            let fit: Vec<&Arc<Subject>> = subjects
                .iter()
                .filter(|subject| fault.is_in(subject))
                .collect();
            assert!(!fit.is_empty(), "no rendered library has {}", fault.name());
            // The one that is said to notice it; a release; everything that can happen to one project; the releases of the others, which differ in what
            // they use; what can't happen to the first; everything that can happen to a few. Each library takes its time to compile.
            let everything = |subject| scenarios.iter().map(move |scenario| (subject, scenario));
            let likely = fault.scenario.as_deref().map(named);
            let likely = likely
                .into_iter()
                .flat_map(|scenario| fit.iter().map(move |subject| (subject, scenario)))
                .find(|(subject, scenario)| scenario.fits(&subject.project));
            let (first, others) = fit.split_first().unwrap();
            let releases = others.iter().map(|subject| (subject, &scenarios[0]));
            let strange = scenarios
                .iter()
                .filter(|scenario| !scenario.fits(&first.project));
            let strange: Vec<&Scenario> = strange.collect();
            let strange = others
                .iter()
                .flat_map(|subject| strange.iter().map(move |scenario| (subject, *scenario)));
            let rich = others.iter().filter(|subject| subject.is_rich()).take(2);
            let builds = likely
                .into_iter()
                .chain(everything(first))
                .chain(releases)
                .chain(strange)
                .chain(rich.flat_map(everything))
                .filter(|(subject, scenario)| scenario.fits(&subject.project))
                .map(|(subject, scenario)| (Arc::clone(subject), scenario.clone()))
                .collect();
            Mutant {
                fault,
                builds,
                folder: folder.join(number.to_string()),
                caught: None,
            }
        })
        .collect()
}
