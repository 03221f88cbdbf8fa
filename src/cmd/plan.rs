//! `plan`: what Jenkins will do in a build of a project.

use std::str::FromStr;

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::output::{BOLD, CYAN, DIMMED, GREEN, RED, YELLOW};
use super::{Context, End, project};
use crate::cli::PlanArgs;
use crate::diagnostic::{listing, nearest, series};
use crate::forecast::{
    Action, Around, Build, Fate, Forecast, Situation, Step, Values, VersionParts, forecast,
};
use crate::model::{
    BranchName, Condition, Invalid, Project, Recipient, Revision, Version, note_on_own_steps,
};
use crate::shell;
use crate::workspace::Failure;
use crate::wrap;

pub(super) fn run(context: &Context, args: &PlanArgs) -> Result<End, Failure> {
    let library = context.load()?;
    let project = project(&library, &args.project)?;
    let situation = situation(project, args)?;
    let forecast = forecast(project, &situation);
    let skipped = |step: &&Step<'_>| matches!(step.fate, Fate::Skipped | Fate::NotReleased);
    let mut steps = forecast.stages.iter().filter(skipped);
    if let Some(step) = steps.find(|step| situation.fails.as_ref() == Some(&step.stage.title)) {
        return Err(anyhow!(
            "the stage `{}` can't fail: it does not run in a build of {}",
            step.stage.title,
            subject(&situation.build)
        )
        .into());
    }
    let lock = project
        .release_lock(&library.name)
        .filter(|_| forecast.releases);
    let output = &context.output;
    if output.is_json() {
        output.json(to_json(project, &situation, &forecast, lock))?;
    } else {
        output.text(&to_plain(project, &situation, &forecast, lock))?;
    }
    Ok(End::Fine)
}

fn situation(project: &Project, args: &PlanArgs) -> anyhow::Result<Situation> {
    let release = project.release.as_ref();
    let build = match (&args.branch, &args.pull_request, &args.tag) {
        (Some(branch), ..) => Build::Branch(named::<BranchName>(branch, "branch")?),
        (_, Some(number), _) => Build::PullRequest(format!("PR-{number}")),
        (.., Some(tag)) => Build::Tag(named::<Revision>(tag, "tag")?),
        _ => Build::Branch(release.map_or("main".to_owned(), |release| release.branch.to_string())),
    };
    if let Some(title) = &args.fail {
        let stages = project.stages();
        let titles = || stages.iter().map(|stage| stage.title.as_str());
        if !titles().any(|known| known == title) {
            match nearest(title, titles()) {
                Some(nearest) => {
                    bail!("there is no stage `{title}`; did you mean `{nearest}`?")
                }
                None => bail!(
                    "there is no stage `{title}`; the stages are {}",
                    listing(titles())
                ),
            }
        }
    }
    Ok(Situation {
        build,
        fails: args.fail.clone(),
        was_bad: args.after_failure,
        values: Values {
            version: match &project.version {
                Version::Literal(version) => VersionParts::of(version.as_str()),
                Version::Properties { .. } => VersionParts::unknown(),
            },
            build_number: "BUILD_NUMBER".to_owned(),
            commit: "COMMIT".to_owned(),
            digest: "DIGEST".to_owned(),
            temporary: "WORKSPACE_TMP".to_owned(),
        },
    })
}

/// The name of a branch or a tag, which Git must allow.
fn named<T>(name: &str, what: &str) -> anyhow::Result<String>
where
    T: FromStr<Err = Invalid> + ToString,
{
    match name.parse::<T>() {
        Ok(name) => Ok(name.to_string()),
        Err(invalid) => bail!(
            "`{}` can't be the name of a {what}: it {}",
            name.escape_debug(),
            invalid.rule
        ),
    }
}

/// Characters of a script's line, before it is wrapped.
const WIDTH: usize = 74;

/// What is built, in words.
fn subject(build: &Build) -> String {
    match build {
        Build::Branch(name) => format!("branch {name}"),
        Build::PullRequest(name) => format!("pull request {name}"),
        Build::Tag(name) => format!("tag {name}"),
        Build::Unknown => "no branch".to_owned(),
    }
}

fn to_plain(
    project: &Project,
    situation: &Situation,
    forecast: &Forecast<'_>,
    lock: Option<String>,
) -> String {
    let mut releases = match (forecast.releases, lock) {
        (true, Some(lock)) => format!("releases under the lock {lock}"),
        (true, None) => "releases".to_owned(),
        (false, _) => "releases nothing".to_owned(),
    };
    if forecast.releases && !forecast.succeeds {
        releases.push_str(" if nothing fails");
    }
    let mut text = format!(
        "{BOLD}{}{BOLD:#}, {}: {releases}\n",
        project.name,
        subject(&situation.build)
    );
    for set in &forecast.env {
        text.push_str(&format!("{DIMMED}with {}{DIMMED:#}\n", variable(set)));
    }
    if !forecast.first.is_empty() {
        text.push_str(&format!("\n{}", actions(&forecast.first)));
    }
    for step in &forecast.stages {
        text.push_str(&stage(step));
    }
    let (word, style) = match forecast.succeeds {
        true => ("succeeds", GREEN),
        false => ("fails", RED),
    };
    text.push_str(&format!("\n{style}{BOLD}{word}{BOLD:#}{style:#}"));
    text.push_str(&match (forecast.mails, forecast.mails_on_recovery) {
        ([], []) => "; nobody is mailed\n".to_owned(),
        ([], recovery) => format!(
            "; nobody is mailed, or {} if the build before failed\n",
            series(recovery, "and")
        ),
        (recipients, _) => format!("; mails {}\n", series(recipients, "and")),
    });
    if let Some(note) = note_on_own_steps(&project.own_steps) {
        text.push_str(&format!("{YELLOW}{note}{YELLOW:#}\n"));
    }
    text.push_str(&format!(
        "{DIMMED}Words in capitals stand for what only the build knows.{DIMMED:#}\n"
    ));
    text
}

fn stage(step: &Step<'_>) -> String {
    let title = &step.stage.title;
    let place = match step.stage.container {
        Some(container) => format!(" {DIMMED}in {container}{DIMMED:#}"),
        None => String::new(),
    };
    match step.fate {
        Fate::Skipped => {
            let condition = step.stage.condition.map(Condition::to_string);
            let condition = condition.unwrap_or_default();
            return format!("\n{DIMMED}{title}: skipped ({condition}){DIMMED:#}\n");
        }
        Fate::NotReleased => return format!("\n{DIMMED}{title}: skipped{DIMMED:#}\n"),
        Fate::NotReached => return format!("\n{DIMMED}{title}: not reached{DIMMED:#}\n"),
        Fate::Succeeds | Fate::Fails => {}
    }
    let fails = match step.fate {
        Fate::Fails => format!(" {RED}{BOLD}fails{BOLD:#}{RED:#}"),
        _ => String::new(),
    };
    let actions = actions(&step.actions);
    format!("\n{BOLD}{title}{BOLD:#}{place}{fails}\n{actions}")
}

fn actions(actions: &[Action]) -> String {
    let mut text = String::new();
    for action in actions {
        text.push_str(&match action {
            Action::Checkout => "  check out the source\n".to_owned(),
            Action::ReadVersion { file, key } => format!("  read the version: {key} in {file}\n"),
            Action::Script {
                label,
                text,
                around,
            } => {
                let lines = text.lines().flat_map(|line| shell::wrapped(line, WIDTH));
                let lines = lines.map(|line| format!("    {line}\n"));
                format!(
                    "  {CYAN}{label}{CYAN:#}\n{}{}",
                    surroundings(around),
                    lines.collect::<String>()
                )
            }
            Action::Write { file, content } => {
                let options = wrap::options(WIDTH + 4).subsequent_indent("    ");
                textwrap::fill(&format!("  write {file}: {content}"), options) + "\n"
            }
            Action::CheckExitCode(file) => format!("  fail unless {file} holds 0\n"),
            Action::Publish(with, what) => format!("  publish by {with}: {what}\n"),
            Action::Push(names) => many("push", names),
            Action::Tag { new, moved } => {
                many("tag", std::slice::from_ref(new)) + &many("move tag", moved)
            }
            Action::Promote(what) => format!("  {YELLOW}promote{YELLOW:#} {what}\n"),
            Action::Call { call, around } => {
                format!("  call your step {call}\n{}", surroundings(around))
            }
        });
    }
    text
}

/// What a script finds around it, one a line.
fn surroundings(around: &Around) -> String {
    let server = around
        .sonarqube
        .iter()
        .map(|name| format!("the server and token of the SonarQube installation {name}"));
    let credentials = around.credentials.iter().map(|bound| {
        let variables = match &bound.variables[..] {
            [] => String::new(),
            names => format!(" in {}", names.join(" and ")),
        };
        format!("the credential {}{variables}", bound.id)
    });
    let env = around.env.iter().map(variable);
    let lines = server.chain(credentials).chain(env);
    lines
        .map(|line| format!("    {DIMMED}with {line}{DIMMED:#}\n"))
        .collect()
}

fn variable((name, value): &(String, String)) -> String {
    format!("{name}={}", shell::quote(value))
}

/// What leaves the build, one a line.
fn many(verb: &str, names: &[String]) -> String {
    let lines = names
        .iter()
        .map(|name| format!("  {YELLOW}{verb}{YELLOW:#} {name}\n"));
    lines.collect()
}

fn to_json(
    project: &Project,
    situation: &Situation,
    forecast: &Forecast<'_>,
    lock: Option<String>,
) -> Value {
    let stages: Vec<Value> = forecast
        .stages
        .iter()
        .map(|step| {
            json!({
                "title": step.stage.title,
                "container": step.stage.container,
                "fate": match step.fate {
                    Fate::Succeeds => "succeeds",
                    Fate::Fails => "fails",
                    Fate::Skipped | Fate::NotReleased => "skipped",
                    Fate::NotReached => "not-reached",
                },
                "actions": step.actions.iter().map(action).collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({
        "project": project.name.as_str(),
        "build": subject(&situation.build),
        "releases": forecast.releases,
        "lock": lock,
        "succeeds": forecast.succeeds,
        "env": env(&forecast.env),
        "first": forecast.first.iter().map(action).collect::<Vec<Value>>(),
        "own_steps": project.own_steps,
        "mails": forecast.mails.iter().map(Recipient::as_str).collect::<Vec<_>>(),
        "mails_on_recovery": forecast.mails_on_recovery.iter().map(Recipient::as_str).collect::<Vec<_>>(),
        "stages": stages,
    })
}

fn action(action: &Action) -> Value {
    match action {
        Action::Checkout => json!({ "does": "checkout" }),
        Action::ReadVersion { file, key } => {
            json!({ "does": "read-version", "file": file, "key": key })
        }
        Action::Script {
            label,
            text,
            around,
        } => with(
            json!({ "does": "script", "label": label, "script": text }),
            around,
        ),
        Action::Write { file, content } => {
            json!({ "does": "write", "file": file, "content": content })
        }
        Action::CheckExitCode(file) => json!({ "does": "check-exit-code", "file": file }),
        Action::Publish(with, what) => json!({ "does": "publish", "step": with, "what": what }),
        Action::Push(names) => json!({ "does": "push", "names": names }),
        Action::Tag { new, moved } => json!({ "does": "tag", "name": new, "moved": moved }),
        Action::Promote(what) => json!({ "does": "promote", "what": what }),
        Action::Call { call, around } => with(json!({ "does": "call", "call": call }), around),
    }
}

/// The action with what it finds around it, if it finds anything.
fn with(mut action: Value, around: &Around) -> Value {
    if !around.env.is_empty() {
        action["env"] = env(&around.env);
    }
    if !around.credentials.is_empty() {
        let credentials = around.credentials.iter();
        action["credentials"] = credentials
            .map(|bound| json!({ "id": bound.id, "variables": bound.variables }))
            .collect();
    }
    if let Some(installation) = &around.sonarqube {
        action["sonarqube"] = json!(installation);
    }
    action
}

fn env(variables: &[(String, String)]) -> Value {
    let variables = variables.iter();
    variables
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}
