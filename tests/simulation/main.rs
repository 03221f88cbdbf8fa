//! Every project of the golden workspaces, and the article's service, through success, every failure and a controller's restart.
//!
//! The recordings stand beside the rendered files (`recordings/`; of the article's service in `tests/recordings/`): what a reviewer reads to see what
//! Jenkins will do. `SNAPSHOTS=overwrite cargo test --test simulation` writes them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]
#![allow(missing_docs, unreachable_pub, reason = "tests have no users")]

#[path = "../support/mod.rs"]
mod support;

mod by_hand;
mod forecasts;
mod invariants;
mod mutants;
mod pod;
mod recording;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use camino::Utf8Path;
use invariants::Run;
use jenkinsgen::model::{Library, LibraryName, Project, SharedStep};
use recording::Recording;
use support::engines::need;
use support::simulator::{Build, Fault, Report, simulate, simulate_in_sandbox};
use support::{Workspace, overwrite, repository, workspaces};
use world::Scenario;

/// A project with its rendered workspace.
struct Subject {
    /// Name of the library.
    library: LibraryName,
    workspace: Workspace,
    project: Project,
    recording: PathBuf,
    /// Whether `mailOnRecovery` is the user's own.
    own_recovery: bool,
}

fn subjects() -> Vec<Arc<Subject>> {
    let mut subjects = Vec::new();
    for folder in workspaces() {
        let recordings = if folder == repository() {
            folder.join("tests/recordings")
        } else {
            folder.join("recordings")
        };
        let projects = load(Workspace::rendered_from(&folder).path()).projects;
        for index in 0..projects.len() {
            let workspace = Workspace::rendered_from(&folder);
            let mut library = load(workspace.path());
            let project = library.projects.swap_remove(index);
            let recording = recordings.join(format!("{}.txt", project.name));
            subjects.push(Arc::new(Subject {
                library: library.name.clone(),
                workspace,
                project,
                recording,
                own_recovery: library.own_steps.contains(&SharedStep::MailOnRecovery),
            }));
        }
    }
    subjects
}

fn load(folder: &Path) -> Library {
    let root = Utf8Path::from_path(folder).unwrap();
    let Ok(library) = jenkinsgen::workspace::load(root) else {
        panic!("{root} is invalid");
    };
    library
}

/// A prepared build and where it belongs.
struct Case {
    subject: Arc<Subject>,
    scenario: Scenario,
    folder: PathBuf,
    build: Build,
}

impl Case {
    fn new(subject: &Arc<Subject>, scenario: Scenario, folder: PathBuf) -> Self {
        let subject = Arc::clone(subject);
        let build = world::prepare(
            subject.workspace.path(),
            &subject.project,
            &scenario,
            &folder,
        );
        Self {
            subject,
            scenario,
            folder,
            build,
        }
    }

    fn name(&self) -> String {
        format!(
            "{} / {}",
            self.subject.recording.display(),
            self.scenario.name
        )
    }

    fn violations(&self, report: &Report) -> Vec<String> {
        let run = self.run(report);
        let mut wrong = run.violations();
        wrong.extend(forecasts::differences(self, &run));
        wrong
    }

    fn run<'a>(&'a self, report: &'a Report) -> Run<'a> {
        Run {
            library: self.subject.library.to_string(),
            project: &self.subject.project,
            scenario: &self.scenario,
            report,
            folder: &self.folder,
            own_recovery: self.subject.own_recovery,
        }
    }
}

/// Every scenario for every subject that it fits, each prepared in a folder of its own.
fn cases(subjects: &[Arc<Subject>], scenarios: &[Scenario], folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in subjects {
        for scenario in scenarios
            .iter()
            .filter(|scenario| scenario.fits(&subject.project))
        {
            let own = folder.join(cases.len().to_string());
            cases.push(Case::new(subject, scenario.clone(), own));
        }
    }
    cases
}

fn builds(cases: &[Case]) -> Vec<Build> {
    cases.iter().map(|case| case.build.clone()).collect()
}

/// An empty folder, which stays to be looked at after the tests.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("simulation")
        .join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Every scenario on the engine of a trusted library, once for all tests.
static PLAIN: LazyLock<(Vec<Case>, Vec<Report>)> = LazyLock::new(|| {
    let cases = cases(&subjects(), &Scenario::all(), &empty("plain"));
    let reports = simulate(&builds(&cases));
    (cases, reports)
});

#[track_caller]
fn assert_no_violations(cases: &[Case], reports: &[Report]) {
    let mut wrong = String::new();
    for (case, report) in cases.iter().zip(reports) {
        for violation in case.violations(report) {
            wrong.push_str(&format!("{}: {violation}\n", case.name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_build_keeps_its_promises_and_is_recorded() {
    let (cases, reports) = &*PLAIN;
    let scenarios = Scenario::all();
    let happened: BTreeSet<&str> = cases
        .iter()
        .map(|case| case.scenario.name.as_str())
        .collect();
    for scenario in &scenarios {
        assert!(
            happened.contains(scenario.name.as_str()),
            "no project is fit for {:?}",
            scenario.name
        );
    }
    for (case, report) in cases.iter().zip(reports) {
        let struck = case
            .folder
            .join("scripts")
            .read_dir()
            .is_ok_and(|mut files| {
                files.any(|file| {
                    file.unwrap()
                        .file_name()
                        .to_string_lossy()
                        .ends_with(".struck")
                })
            });
        assert!(
            case.scenario.program.is_none() || struck,
            "{}: the program was not started",
            case.name()
        );
        let faults =
            case.scenario.faults.is_empty() || report.events.iter().any(|event| event.struck);
        assert!(faults, "{}: no step was struck", case.name());
    }
    assert_no_violations(cases, reports);
    assert_scripts_are_clean(cases);
    record(cases, reports);
}

/// Compares the recordings of each project with its file, or writes it.
fn record(cases: &[Case], reports: &[Report]) {
    let mut files: BTreeMap<&Path, Vec<Recording>> = BTreeMap::new();
    for (case, report) in cases.iter().zip(reports) {
        let recording = Recording {
            name: case.scenario.name.clone(),
            about: case.scenario.about.clone(),
            lines: recording::lines(report, &case.folder),
        };
        files
            .entry(&case.subject.recording)
            .or_default()
            .push(recording);
    }
    let mut differences = Vec::new();
    for (path, recordings) in files {
        let text = recording::text(&recordings);
        if overwrite() {
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        } else {
            let recorded = fs_err::read_to_string(path).unwrap_or_default();
            differences.extend(differing_scenarios(path, &recorded, &text));
        }
    }
    assert_same(&differences);
}

/// The scenarios whose recordings differ, each with its first differing call.
fn differing_scenarios(path: &Path, recorded: &str, text: &str) -> Vec<String> {
    if recorded == text {
        return Vec::new();
    }
    let (recorded, found) = (recording::sections(recorded), recording::sections(text));
    let names: BTreeSet<&str> = recorded
        .iter()
        .chain(&found)
        .map(|(name, _)| *name)
        .collect();
    let of = |sections: &[(&str, Vec<String>)], wanted: &str| {
        let mut sections = sections.iter();
        let section = sections.find(|(name, _)| *name == wanted);
        section.map_or(Vec::new(), |(_, lines)| lines.clone())
    };
    let differences: Vec<String> = names
        .into_iter()
        .filter_map(|name| {
            let difference = recording::difference(&of(&recorded, name), &of(&found, name))?;
            Some(format!("{} / {name}, {difference}", path.display()))
        })
        .collect();
    if differences.is_empty() {
        vec![format!(
            "{}: other titles, or another order",
            path.display()
        )]
    } else {
        differences
    }
}

/// Shows the first few differences and counts the others.
#[track_caller]
fn assert_same(differences: &[String]) {
    let shown = differences.iter().take(5).cloned().collect::<Vec<_>>();
    assert!(
        differences.is_empty(),
        "{} recordings differ (SNAPSHOTS=overwrite writes them):\n\n{}\n",
        differences.len(),
        shown.join("\n\n")
    );
}

/// shellcheck reads every script that any build ran.
fn assert_scripts_are_clean(cases: &[Case]) {
    need("shells");
    let mut scripts = BTreeMap::new();
    for case in cases {
        for entry in case.folder.join("scripts").read_dir().into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "sh") {
                let text = fs_err::read_to_string(&path)
                    .unwrap()
                    .replace(case.folder.to_str().unwrap(), "/build");
                scripts.insert(text, path);
            }
        }
    }
    assert!(scripts.len() > 50, "only {} scripts", scripts.len());
    let output = Command::new("shellcheck")
        // SC2016: what is quoted is meant literally, whatever it looks like.
        .args(["--shell=sh", "--severity=style", "--exclude=SC2016"])
        .args(scripts.values())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// A build that is saved and read back at every step, with the other shell that pods have, ends with the same steps.
#[test]
fn a_restart_of_the_controller_changes_nothing() {
    let mut cases = cases(&subjects(), &Scenario::all(), &empty("restart"));
    for case in &mut cases {
        case.build.scenario.restarts = true;
        case.build.scenario.shell = vec!["busybox".to_owned(), "sh".to_owned()];
    }
    let reports = simulate(&builds(&cases));
    assert!(reports.iter().all(|report| report.restarts > 0));
    assert_same_as_plain(&cases, &reports);
}

/// In an untrusted library, too; and nothing is touched there that nobody has thought about, by wrong calls either.
#[test]
fn the_sandbox_changes_nothing() {
    let cases = cases(&subjects(), &Scenario::all(), &empty("sandbox"));
    let wrong_calls = by_hand::wrong_calls();
    let mut all = builds(&cases);
    all.extend(by_hand::builds("sandbox-by-hand", &wrong_calls));
    let (reports, touched) = simulate_in_sandbox(&all);
    let (reports, refusals) = reports.split_at(cases.len());
    assert_same_as_plain(&cases, reports);
    by_hand::assert_refused(&wrong_calls, refusals);

    let list = include_str!("sandbox.txt");
    let allowed: BTreeSet<&str> = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let touched: BTreeSet<&str> = touched.iter().map(String::as_str).collect();
    let new: Vec<&&str> = touched.difference(&allowed).collect();
    let unused: Vec<&&str> = allowed.difference(&touched).collect();
    assert!(
        new.is_empty() && unused.is_empty(),
        "tests/simulation/sandbox.txt is written by hand: look up what is new, take out what is not used.\nnew: {new:#?}\nnot used: {unused:#?}"
    );
}

#[track_caller]
fn assert_same_as_plain(cases: &[Case], reports: &[Report]) {
    let (plain, expected) = &*PLAIN;
    let mut differences = Vec::new();
    for ((a, expected), (b, report)) in plain.iter().zip(expected).zip(cases.iter().zip(reports)) {
        let expected = recording::lines(expected, &a.folder);
        let found = recording::lines(report, &b.folder);
        if let Some(difference) = recording::difference(&expected, &found) {
            differences.push(format!("{}, {difference}", a.name()));
        }
    }
    assert_same(&differences);
    assert_no_violations(cases, reports);
}

/// Somebody may abort a build in whichever stage it is: each project has a scenario for each of its stages.
#[test]
fn builds_are_aborted_in_every_stage() {
    let (cases, reports) = &*PLAIN;
    let mut stages: BTreeMap<&Path, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for (case, report) in cases.iter().zip(reports) {
        let (all, aborted) = stages.entry(&case.subject.recording).or_default();
        // Every step of those of a project's own is interrupted by the sweep.
        let own = &case.subject.project.own_stages;
        let is_own = |title: &str| own.iter().any(|stage| stage.title.as_str() == title);
        let mut stage = None;
        for event in &report.events {
            if event.step == "stage" {
                stage = Some(event.text("name"));
                all.extend(stage.filter(|title| !is_own(title)));
            }
            if event.struck && event.outcome == "interrupted" {
                aborted.extend(stage);
            }
        }
    }
    for (path, (all, aborted)) in stages {
        let missing: Vec<&&str> = all.difference(&aborted).collect();
        assert!(
            missing.is_empty(),
            "{}: no build is aborted in {missing:?}",
            path.display()
        );
    }
}

/// Whichever step fails or is interrupted: the error is that step's, nothing leaves, and exactly the configured mails go out.
#[test]
fn any_step_may_fail() {
    let folder = empty("sweep");
    let subjects: Vec<Arc<Subject>> = subjects()
        .into_iter()
        .filter(|subject| subject.is_rich())
        .collect();
    assert!(subjects.len() >= 3);
    let release = [Scenario::release()];
    let green = cases(&subjects, &release, &folder.join("green"));
    let mut sweep = Vec::new();
    for (case, report) in green.iter().zip(simulate(&builds(&green))) {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        // A stage does nothing that could fail.
        for event in report.events.iter().filter(|event| event.step != "stage") {
            let nth = seen.entry(event.step.clone()).or_default();
            *nth += 1;
            for (then, result) in [("fail", "FAILURE"), ("interrupt", "ABORTED")] {
                let message = format!("{then} at {} {nth}", event.step);
                let mut scenario = release[0].clone();
                scenario.name = message.clone();
                scenario.result = result.to_owned();
                scenario.error = Some(message.clone());
                scenario.faults = vec![Fault {
                    step: format!("{}( .*)?", event.step),
                    nth: *nth,
                    then: then.to_owned(),
                    message,
                }];
                let own = folder.join(sweep.len().to_string());
                sweep.push(Case::new(&case.subject, scenario, own));
            }
        }
    }
    let reports = simulate(&builds(&sweep));
    assert_no_violations(&sweep, &reports);
}

impl Subject {
    /// Whether the project uses much of the language.
    fn is_rich(&self) -> bool {
        let has_own_stages = !self.project.own_stages.is_empty();
        has_own_stages
            || self
                .project
                .release
                .as_ref()
                .is_some_and(|release| release.source_tag.is_some() && release.promotion.is_some())
    }
}
