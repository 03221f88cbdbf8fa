//! What `plan` says and what the simulated builds do are the same: stages, containers, scripts, files, reports, names, tags, promotions, the lock, the environment and mails.

use std::collections::BTreeSet;

use jenkinsgen::forecast::{
    Action, Around, Bound, Build, Fate, Forecast, Situation, Step, Values, VersionParts, forecast,
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
    let mut wrong = around_all(case, run, &forecast);
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

/// What holds for several stages: the lock of a release, and the environment.
fn around_all(case: &Case, run: &Run<'_>, forecast: &Forecast<'_>) -> Vec<String> {
    let events = || run.report.events.iter();
    let mut wrong = Vec::new();
    let locks: Vec<&str> = events()
        .filter(|event| event.step == "lock")
        .map(|event| event.text("resource"))
        .collect();
    let planned = run.project.release_lock(&case.subject.library);
    let planned = planned.filter(|_| forecast.releases);
    // A build that ends before has no lock yet.
    let is_planned = locks.iter().all(|lock| Some(*lock) == planned.as_deref());
    let is_missing = locks.is_empty() && planned.is_some() && run.report.result == "SUCCESS";
    if !is_planned || is_missing {
        wrong.push(format!("took the locks {locks:?}, planned {planned:?}"));
    }
    let first = events().position(|event| event.step == "stage");
    let before = || events().take(first.unwrap_or_default());
    let env: Vec<(String, String)> = before()
        .filter(|event| event.block && event.step == "withEnv")
        .flat_map(overrides)
        .collect();
    if first.is_some() && env != forecast.env {
        wrong.push(format!("set {env:?}, planned {:?}", forecast.env));
    }
    let written: Vec<String> = before()
        .filter(|event| event.step == "writeJSON")
        .map(|event| {
            let helpers = &event.arguments["json"];
            let helpers = helpers["credHelpers"].as_object().unwrap();
            let registries: Vec<&str> = helpers.keys().map(String::as_str).collect();
            assert!(helpers.values().all(|helper| helper == "ecr-login"));
            let registries = registries.join(", ");
            format!(
                "{}: the credential helper ecr-login for {registries}",
                event.text("file")
            )
        })
        .collect();
    let planned = forecast.first.iter().map(|action| match action {
        Action::Write { file, content } => format!("{file}: {content}"),
        other => format!("{other:?}"),
    });
    let planned: Vec<String> = planned.collect();
    if first.is_some() && written != planned {
        wrong.push(format!("wrote {written:?} first, planned {planned:?}"));
    }
    wrong
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
    let containers = stage
        .events
        .iter()
        .filter(|event| event.step == "container");
    let containers: BTreeSet<&str> = containers.map(|event| event.text("name")).collect();
    let elsewhere = containers
        .iter()
        .find(|name| Some(**name) != step.stage.container);
    if let Some(name) = elsewhere {
        return Some(format!("ran in {name}, planned {:?}", step.stage.container));
    }
    let published = stage.events.iter().filter_map(|event| {
        let what = match event.step.as_str() {
            "junit" => event.text("testResults"),
            "jacoco" => event.text("execPattern"),
            "recordCoverage" => event.arguments["tools"][0]["pattern"].as_str()?,
            "publishHTML" => event.arguments["target"]["reportName"].as_str()?,
            _ => return None,
        };
        Some(format!("{} {what}", event.step))
    });
    let published: Vec<String> = published.collect();
    let planned = step.actions.iter().filter_map(|action| match action {
        Action::Publish(with, what) => Some(format!("{with} {what}")),
        _ => None,
    });
    let planned: Vec<String> = planned.collect();
    // A stage that fails leaves things out, or goes on to say that it has failed.
    let is_begun = step.fate == Fate::Fails;
    let same = |real: &[String], planned: &[String]| match is_begun {
        true => {
            let mut rest = planned.iter();
            let leaves_out = real.iter().all(|real| rest.any(|planned| planned == real));
            leaves_out || real.starts_with(planned)
        }
        false => real == planned,
    };
    if !same(&published, &planned) {
        return Some(format!("published {published:?}, planned {planned:?}"));
    }
    let events = |step: &str, what: fn(&Event) -> String| -> Vec<String> {
        let events = stage.events.iter().filter(|event| event.step == step);
        events.map(|event| what(event)).collect()
    };
    let file = |event: &Event| event.text("file").to_owned();
    let planned = |what: fn(&Action) -> Option<Vec<String>>| -> Vec<String> {
        step.actions.iter().filter_map(what).flatten().collect()
    };
    // The names and tags are read out of the scripts that ran.
    let scripts: Vec<&str> = scripts.iter().map(|(_, script, ..)| *script).collect();
    let (mut pushed, mut tagged) = (names(&scripts), tags(&scripts));
    if is_begun {
        (pushed, tagged) = (Vec::new(), Vec::new());
    }
    for (did, real, planned) in [
        (
            "wrote",
            events("writeFile", |event| {
                let text = event.text("text");
                // Of the library's own files the plan says what they are.
                let content = match text.lines().count() {
                    1 => text.trim_end(),
                    _ => "the library's",
                };
                format!("{}: {content}", event.text("file"))
            }),
            planned(|action| match action {
                Action::Write { file, content } => {
                    let content = match content.starts_with("the library's ") {
                        true => "the library's",
                        false => content,
                    };
                    Some(vec![format!("{file}: {content}")])
                }
                _ => None,
            }),
        ),
        (
            "looked at",
            events("fileExists", file),
            planned(|action| match action {
                Action::CheckExitCode(file) => Some(vec![file.clone()]),
                _ => None,
            }),
        ),
        (
            "read the version in",
            events("readProperties", file),
            planned(|action| match action {
                Action::ReadVersion { file, .. } => Some(vec![file.clone()]),
                _ => None,
            }),
        ),
        (
            "promoted",
            events("publishArtifact", |event| {
                let [name, version, stage, flow] =
                    ["name", "version", "stage", "flow"].map(|key| event.text(key));
                format!("{name} {version} from stage {stage} of flow {flow}")
            }),
            planned(|action| match action {
                Action::Promote(what) => Some(vec![what.clone()]),
                _ => None,
            }),
        ),
        (
            "pushed",
            pushed,
            planned(|action| match action {
                Action::Push(names) => Some(names.clone()),
                _ => None,
            }),
        ),
        (
            "tagged",
            tagged,
            planned(|action| match action {
                Action::Tag { new, moved } => {
                    let moved = moved.iter().map(|name| format!("+{name}"));
                    Some(std::iter::once(new.clone()).chain(moved).collect())
                }
                _ => None,
            }),
        ),
    ] {
        if !same(&real, &planned) {
            return Some(format!("{did} {real:?}, planned {planned:?}"));
        }
    }
    None
}

/// The names under which BuildKit is told to push.
fn names(scripts: &[&str]) -> Vec<String> {
    let words = scripts
        .iter()
        .flat_map(|script| shlex::split(script).unwrap());
    let outputs =
        words.filter(|word| word.starts_with("type=image,") && word.ends_with("push=true"));
    let names = outputs.flat_map(|output| {
        let (_, names) = output.split_once("name=").unwrap();
        let names = names.trim_end_matches(",push=true").trim_end_matches('"');
        names.split(',').map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

/// The tags that Git is told to push, those with a `+` by force.
fn tags(scripts: &[&str]) -> Vec<String> {
    let words = scripts
        .iter()
        .flat_map(|script| shlex::split(script).unwrap());
    let tags = words.filter_map(|word| match word.strip_prefix("+refs/tags/") {
        Some(tag) => Some(format!("+{tag}")),
        None => word.strip_prefix("refs/tags/").map(str::to_owned),
    });
    tags.collect()
}
