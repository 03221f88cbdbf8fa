//! What `plan` says and what the simulated builds do are the same: stages, containers, scripts, reports and mails.

use std::collections::BTreeSet;

use jenkinsgen::forecast::{
    Action, Around, Bound, Build, Fate, Situation, Step, Values, VersionParts, forecast,
};
use jenkinsgen::model::{Recipient, Task, Work};

use crate::Case;
use crate::invariants::{Run, addressees, is_mail};
use crate::support::simulator::Event;
use crate::world::{self, BUILD_NUMBER, DIGEST, Kind};

/// How the build differs from its plan.
pub fn differences(case: &Case, run: &Run<'_>) -> Vec<String> {
    let project = run.project;
    let fails = match run.report.result.as_str() {
        "FAILURE" => run
            .first_bad()
            .and_then(|bad| run.stage(bad))
            .map(str::to_owned),
        _ => None,
    };
    // No plan has aborts, nor failures outside of all stages.
    let ended_early = run.report.result != "SUCCESS" && fails.is_none();
    let situation = situation(case, fails);
    let forecast = forecast(project, &situation);
    let observed = observed(&run.report.events);
    let expected: Vec<&Step<'_>> = forecast
        .stages
        .iter()
        .filter(|step| matches!(step.fate, Fate::Succeeds | Fate::Fails))
        .collect();

    let titles = |stages: &[Observed<'_>]| {
        stages
            .iter()
            .map(|stage| stage.title.to_owned())
            .collect::<Vec<_>>()
    };
    let planned: Vec<String> = expected
        .iter()
        .map(|step| step.stage.title.clone())
        .collect();
    let mut wrong = Vec::new();
    if ended_early {
        // What ran until then is what would have run.
        let main = observed
            .iter()
            .filter(|stage| planned.contains(&stage.title.to_owned()))
            .count();
        if main != observed.len() {
            wrong.push(format!(
                "ran {:?}, which is not planned: {planned:?}",
                titles(&observed)
            ));
        }
        return wrong;
    }
    if titles(&observed) != planned {
        return vec![format!(
            "ran the stages {:?}, not {planned:?}",
            titles(&observed)
        )];
    }
    for (step, stage) in expected.iter().zip(&observed) {
        wrong.extend(stage_differences(step, stage).map(|what| format!("{}: {what}", stage.title)));
    }
    if !case.subject.own_recovery {
        let mails = run.report.events.iter();
        let mails = mails.filter(|event| event.mails || (event.struck && is_mail(event)));
        let mails: Vec<BTreeSet<String>> = mails.map(addressees).collect();
        let planned: BTreeSet<String> = forecast
            .mails
            .iter()
            .map(|recipient: &Recipient| recipient.as_str().to_owned())
            .collect();
        let planned: Vec<_> = Some(planned)
            .into_iter()
            .filter(|mail| !mail.is_empty())
            .collect();
        if mails != planned {
            wrong.push(format!("mailed {mails:?}, not {planned:?}"));
        }
    }
    wrong
}

fn situation(case: &Case, fails: Option<String>) -> Situation {
    let project = &case.subject.project;
    let scenario = &case.scenario;
    let name = scenario.branch(project).unwrap_or_default();
    let mut previous = scenario.previous.iter().map(String::as_str);
    let last = previous.find(|result| !matches!(*result, "ABORTED" | "NOT_BUILT"));
    Situation {
        build: match scenario.build {
            Kind::Release | Kind::Branch => Build::Branch(name),
            Kind::PullRequest => Build::PullRequest(name),
            Kind::Tag => Build::Tag(name),
            Kind::NoBranch => Build::Unknown,
        },
        fails,
        was_bad: matches!(last, Some("FAILURE" | "UNSTABLE")),
        values: Values {
            version: VersionParts::of(&world::version(project)),
            build_number: BUILD_NUMBER.to_owned(),
            commit: world::commit(&case.folder),
            digest: DIGEST.to_owned(),
            temporary: format!("{}/work space@tmp", case.folder.display()),
        },
    }
}

/// A stage that ran, with what happened in it.
struct Observed<'a> {
    title: &'a str,
    events: Vec<&'a Event>,
}

impl<'a> Observed<'a> {
    /// What stood around the event inside the stage.
    fn around(&self, event: &Event) -> Around {
        let at = self
            .events
            .iter()
            .position(|other| std::ptr::eq(*other, event));
        let before = &self.events[..at.unwrap()];
        let mut depth = event.depth;
        let mut blocks: Vec<&Event> = Vec::new();
        for other in before.iter().rev() {
            if other.block && other.depth < depth {
                depth = other.depth;
                blocks.push(other);
            }
        }
        let mut around = Around::default();
        for block in blocks.into_iter().rev() {
            match block.step.as_str() {
                "withEnv" => around.env.extend(overrides(block)),
                "withCredentials" => around.credentials.extend(bindings(block)),
                "withSonarQubeEnv" => {
                    around.sonarqube = Some(block.text("installationName").to_owned());
                }
                _ => {}
            }
        }
        around
    }
}

fn overrides(block: &Event) -> Vec<(String, String)> {
    let overrides = block.arguments["overrides"].as_array().unwrap();
    let overrides = overrides
        .iter()
        .map(|pair| pair.as_str().unwrap().split_once('=').unwrap());
    overrides
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn bindings(block: &Event) -> Vec<Bound> {
    let bindings = block.arguments["bindings"].as_array().unwrap().iter();
    let bindings = bindings.map(|binding| {
        let arguments = &binding["arguments"];
        let names = [
            "variable",
            "usernameVariable",
            "passwordVariable",
            "keyFileVariable",
        ];
        let variables = names.iter().filter_map(|name| arguments[name].as_str());
        Bound {
            id: arguments["credentialsId"].as_str().unwrap().to_owned(),
            variables: variables.map(str::to_owned).collect(),
        }
    });
    bindings.collect()
}

fn observed(events: &[Event]) -> Vec<Observed<'_>> {
    let mut stages: Vec<(usize, Observed<'_>)> = Vec::new();
    for event in events {
        if event.step == "stage" {
            let title = event.text("name");
            stages.push((
                event.depth,
                Observed {
                    title,
                    events: vec![],
                },
            ));
        } else if let Some((depth, stage)) = stages.last_mut()
            && event.depth > *depth
        {
            stage.events.push(event);
        }
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
}

fn stage_differences(step: &Step<'_>, stage: &Observed<'_>) -> Option<String> {
    if let Work::Own(own) = step.stage.work
        && let Task::Step(..) = own.task
    {
        // Nobody knows what it does.
        return None;
    }
    let scripts = stage.events.iter().filter(|event| event.step == "sh");
    let scripts: Vec<(&str, &str, Option<&str>, Around)> = scripts
        .map(|event| {
            (
                event.text("label"),
                event.text("script"),
                event.container.as_deref(),
                stage.around(event),
            )
        })
        .collect();
    let planned = step.actions.iter().filter_map(|action| match action {
        Action::Script {
            label,
            text,
            around,
        } => Some((
            label.as_str(),
            text.as_str(),
            step.stage.container,
            around.clone(),
        )),
        _ => None,
    });
    let planned: Vec<(&str, &str, Option<&str>, Around)> = planned.collect();
    let same = match step.fate {
        Fate::Fails => planned.starts_with(&scripts),
        _ => planned == scripts,
    };
    if !same {
        let first = scripts
            .iter()
            .zip(&planned)
            .find(|(real, planned)| real != planned);
        return Some(format!(
            "ran {} scripts, planned {}; the first that differs: {first:#?}",
            scripts.len(),
            planned.len()
        ));
    }
    if step.fate == Fate::Fails {
        return None;
    }
    let published = stage.events.iter().filter_map(|event| {
        let what = match event.step.as_str() {
            "junit" => event.text("testResults").to_owned(),
            "jacoco" => event.text("execPattern").to_owned(),
            "recordCoverage" => event.arguments["tools"][0]["pattern"].as_str()?.to_owned(),
            "publishHTML" => event.arguments["target"]["reportName"].as_str()?.to_owned(),
            _ => return None,
        };
        Some((event.step.clone(), what))
    });
    let published: Vec<(String, String)> = published.collect();
    let planned = step.actions.iter().filter_map(|action| match action {
        Action::Publish(with, what) => Some(((*with).to_owned(), what.clone())),
        _ => None,
    });
    let planned: Vec<(String, String)> = planned.collect();
    if published != planned {
        return Some(format!("published {published:?}, planned {planned:?}"));
    }
    let files = |step: &str| {
        let events = stage.events.iter().filter(|event| event.step == step);
        events
            .map(|event| event.text("file").to_owned())
            .collect::<Vec<_>>()
    };
    let planned = |wanted: fn(&Action) -> Option<&String>| {
        let files = step.actions.iter().filter_map(wanted);
        files.cloned().collect::<Vec<_>>()
    };
    let written = planned(|action| match action {
        Action::Write { file, .. } => Some(file),
        _ => None,
    });
    if files("writeFile") != written {
        return Some(format!(
            "wrote {:?}, planned {written:?}",
            files("writeFile")
        ));
    }
    let checked = planned(|action| match action {
        Action::CheckExitCode(file) => Some(file),
        _ => None,
    });
    if files("fileExists") != checked {
        return Some(format!(
            "looked at {:?}, planned {checked:?}",
            files("fileExists")
        ));
    }
    let promoted = stage
        .events
        .iter()
        .any(|event| event.step == "publishArtifact");
    let planned = step
        .actions
        .iter()
        .any(|action| matches!(action, Action::Promote(_)));
    (promoted != planned).then(|| format!("promoted: {promoted}, planned: {planned}"))
}
