//! The test of the tests: faults in the emitted code, each of which the simulated builds must notice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jenkinsgen::model::MailPlugin;

use crate::support::simulator::simulate;
use crate::support::{files, repository};
use crate::world::Scenario;
use crate::{Case, Subject, builds, empty, subjects};

/// How many builds of one mutant are run before it is looked at what they say.
const AT_ONCE: usize = 10;

/// One fault.
struct Mutant {
    file: String,
    find: String,
    replace: String,
    /// The builds that could notice it, the likeliest first.
    builds: Vec<(Arc<Subject>, Scenario)>,
    folder: PathBuf,
    caught: Option<String>,
}

impl Mutant {
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
        let library = subject.workspace.read("jenkinsgen.toml");
        let library: toml::Table = library.parse().unwrap();
        let resources = library["library"]["name"].as_str().unwrap();
        let special = |text: &str| {
            text.replace("BRANCH'", &format!("{branch}'"))
                .replace("RESOURCES", resources)
        };
        (special(&self.find), special(&self.replace))
    }

    fn path(&self, subject: &Subject) -> String {
        let step = match self.file.as_str() {
            "pipeline" => subject.project.step.as_str(),
            step => step,
        };
        format!("vars/{step}.groovy")
    }

    /// The subject's rendered library with the fault in it.
    fn library(&self, subject: &Subject) -> PathBuf {
        let folder = self
            .folder
            .join(subject.recording.to_str().unwrap().replace('/', "_"));
        if !folder.exists() {
            let (find, replace) = self.texts(subject);
            let (changed, root) = (self.path(subject), subject.workspace.path());
            for (path, text) in files(root) {
                let text = if path == changed {
                    text.replacen(&find, &replace, 1)
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

#[test]
fn every_fault_in_the_emitted_code_is_noticed() {
    let mut mutants = mutants(&empty("mutants"));
    let mut first = 0;
    loop {
        let mut cases: Vec<(usize, Case)> = Vec::new();
        for (number, mutant) in mutants
            .iter()
            .enumerate()
            .filter(|(_, mutant)| mutant.caught.is_none())
        {
            for (index, (subject, scenario)) in
                mutant.builds.iter().enumerate().skip(first).take(AT_ONCE)
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
            if let Some(violation) = case.violations(&report).first() {
                mutant
                    .caught
                    .get_or_insert(format!("{}: {violation}", case.name()));
            }
        }
        first += AT_ONCE;
    }
    let caught = mutants
        .iter()
        .filter(|mutant| mutant.caught.is_some())
        .count();
    let score = format!("{caught} of {} faults were noticed", mutants.len());
    let survivors: Vec<String> = mutants
        .iter()
        .filter(|mutant| mutant.caught.is_none())
        .map(Mutant::name)
        .collect();
    assert!(
        survivors.is_empty(),
        "{score}, but not\n{}",
        survivors.join("\n")
    );
    assert!(caught >= 100, "{score}");
}

fn mutants(folder: &Path) -> Vec<Mutant> {
    let list = fs_err::read_to_string(repository().join("tests/simulation/mutants.toml")).unwrap();
    let list: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(&list).unwrap();
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
    let mut mutants = Vec::new();
    for (file, faults) in list {
        for (find, replace) in faults {
            let folder = folder.join(mutants.len().to_string());
            let mut mutant = Mutant {
                file: file.clone(),
                find,
                replace,
                builds: Vec::new(),
                folder,
                caught: None,
            };
            let has = |subject: &&Arc<Subject>| {
                let path = subject.workspace.path().join(mutant.path(subject));
                let text = fs_err::read_to_string(path).unwrap_or_default();
                text.contains(&mutant.texts(subject).0)
            };
            let fit: Vec<&Arc<Subject>> = subjects.iter().filter(has).collect();
            assert!(!fit.is_empty(), "no rendered library has {}", mutant.name());
            // Everything that can happen to one project, then the releases of the others, which differ in what they use, then what can't happen to
            // the first, then everything that can happen to a few. Each library takes its time to compile.
            let everything = |subject| scenarios.iter().map(move |scenario| (subject, scenario));
            let (first, others) = fit.split_first().unwrap();
            let releases = others.iter().map(|subject| (subject, &scenarios[0]));
            let strange = |scenario: &&Scenario| !scenario.fits(&first.project);
            let strange: Vec<&Scenario> = scenarios.iter().filter(strange).collect();
            let strange = others
                .iter()
                .flat_map(|subject| strange.iter().map(move |scenario| (subject, *scenario)));
            let rich = others.iter().filter(|subject| subject.is_rich()).take(2);
            for (subject, scenario) in everything(first)
                .chain(releases)
                .chain(strange)
                .chain(rich.flat_map(everything))
            {
                if scenario.fits(&subject.project) {
                    mutant.builds.push((Arc::clone(subject), scenario.clone()));
                }
            }
            mutants.push(mutant);
        }
    }
    mutants
}
