//! Stages of the project's own.

use std::collections::BTreeSet;

use super::choice::Alternative;
use super::layer::Found;
use super::reader::Reader;
use crate::config::{self, KeyPath, Spanned};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::model::{
    Condition, ContainerName, Credential, CredentialsId, FilePattern, OwnStage, Placeholder, Pod,
    Position, Recipient, SharedStep, Task, VarName, VariableName,
};

type MakeCredential = fn(CredentialsId) -> Credential;

impl<'a> Reader<'a, '_> {
    pub(super) fn own_stages(
        &mut self,
        vars: &BTreeSet<String>,
        pod: Option<&Pod>,
        recipients: &[Recipient],
    ) -> Vec<OwnStage> {
        let names = self.names(&"stages".into(), |project| Some(&project.stages));
        self.unique_methods(&names);
        let stages = names.iter();
        stages
            .filter_map(|name| self.own_stage(name, vars, pod, recipients))
            .collect()
    }

    fn own_stage(
        &mut self,
        name: &Found<'a, String>,
        vars: &BTreeSet<String>,
        pod: Option<&Pod>,
        default: &[Recipient],
    ) -> Option<OwnStage> {
        let table = name.value.as_str();
        let path = KeyPath::from("stages").key(table);
        let get = |project: &'a config::Project| project.stages.get(table);
        let part = self.name(name);
        let title = self.or_derived(path.key("title"), table, |project| {
            get(project)?.title.as_ref()
        });
        let position = self.position(&path, table);
        let when = self.condition(&path.key("when"), |project| Some(&get(project)?.when));
        let container = self.container_of_stage(&path.key("container"), pod, |project| {
            get(project)?.container.as_ref()
        });
        let task = self.task(&path, table, vars);
        let env = self.map(path.key("env"), |project| Some(&get(project)?.env));
        let credentials = self.credentials(table);
        let key = path.key("recipients");
        let recipients = match self.list(&key, |project| get(project)?.recipients.as_ref()) {
            Some(recipients) => recipients,
            None => {
                self.inherited(key, &"notify.recipients".into());
                default.to_vec()
            }
        };
        let stage = OwnStage {
            name: part?,
            title: title?,
            position: position?,
            when,
            container,
            task: task?,
            env,
            credentials,
            recipients,
        };
        self.known_at_the_end(&stage, &path);
        Some(stage)
    }

    fn position(&mut self, path: &KeyPath, table: &str) -> Option<Position> {
        let key = path.key("position");
        let found = self.find(&key, |project| project.stages.get(table)?.position.as_ref());
        let Some(found) = found else {
            return self.missing(key, None);
        };
        self.note(&found);
        let needs_release = matches!(
            found.value,
            Position::BeforePush | Position::AfterPush | Position::AfterRelease
        );
        if needs_release && !self.releases() {
            let message = format!(
                "`{}` is in the release, and this project has none",
                found.key
            );
            let help =
                "add `[[publish]]`, `[source_tag]` or `[promotion]`, or take another position";
            self.conflict(found.place, message, None, help);
            return None;
        }
        Some(*found.value)
    }

    /// At the end of a build that failed early nobody knows its version or commit.
    fn known_at_the_end(&mut self, stage: &OwnStage, path: &KeyPath) {
        if stage.position != Position::Always {
            return;
        }
        let arguments = match &stage.task {
            Task::Step(_, arguments) => &arguments[..],
            Task::Commands(..) => &[],
        };
        let values = stage.env.iter().map(|pair| ("env", pair));
        let values = values.chain(arguments.iter().map(|pair| ("arguments", pair)));
        for (group, (name, template)) in values {
            if !template.uses(Placeholder::Version) && !template.uses(Placeholder::Commit) {
                continue;
            }
            let key = path.key(group).key(name.as_str());
            if let Some(place) = self.place_of(&key) {
                let message = format!(
                    "`{key}` holds `{{version}}` or `{{commit}}`, which a build that failed early does not have"
                );
                let help = "take another position than `always`, or leave the placeholder out";
                self.conflict(place, message, None, help);
            }
        }
    }

    fn condition(
        &mut self,
        table: &KeyPath,
        get: impl Fn(&'a config::Project) -> Option<&'a config::Condition>,
    ) -> Condition {
        let mut patterns =
            |key: &str, get: &dyn Fn(&'a config::Project) -> Option<&'a Vec<Spanned<String>>>| {
                self.list(table.key(key), get).unwrap_or_default()
            };
        let branches = patterns("branches", &|project| get(project)?.branches.as_ref());
        let except_branches = patterns("except_branches", &|project| {
            get(project)?.except_branches.as_ref()
        });
        let mut flag =
            |key: &str, get: &dyn Fn(&'a config::Project) -> Option<&'a Spanned<bool>>| {
                let found = self.find(table.key(key), get)?;
                self.note(&found);
                Some(found)
            };
        let pull_request = flag("pull_request", &|project| {
            get(project)?.pull_request.as_ref()
        });
        let tag = flag("tag", &|project| get(project)?.tag.as_ref());
        let both =
            [&pull_request, &tag].map(|found| found.as_ref().is_some_and(|found| *found.value));
        // Neither a pull request nor a tag is a build of a branch, and none is both.
        if (!branches.is_empty() && both.contains(&true)) || both == [true, true] {
            let found = [&tag, &pull_request]
                .into_iter()
                .flatten()
                .find(|found| *found.value);
            if let Some(found) = found {
                let message = format!("`{table}` is true in no build");
                let help = "a build is one of a branch, of a pull request or of a tag: ask for one of them";
                self.conflict(found.place.clone(), message, None, help);
            }
        }
        Condition {
            branches,
            except_branches,
            pull_request: pull_request.map(|found| *found.value),
            tag: tag.map(|found| *found.value),
        }
    }

    fn container_of_stage(
        &mut self,
        key: &KeyPath,
        pod: Option<&Pod>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<ContainerName> {
        let found = self.find(key, get)?;
        let name: ContainerName = self.parse(&found)?;
        let containers = || {
            let containers = pod.into_iter().flat_map(|pod| &pod.containers);
            containers.map(|container| container.name.as_str())
        };
        // That of the agent is where a stage without a container runs.
        if name.as_str() == "jnlp" {
            return None;
        }
        if pod.is_none() || containers().any(|known| known == name.as_str()) {
            return Some(name);
        }
        let message = format!("the pod has no container `{name}`");
        let new = Diagnostic::new(Code::UnknownName, found.place, message);
        self.diagnostics
            .push(match nearest(name.as_str(), containers()) {
                Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                None => new.help(format!(
                    "write a table `[pod.containers.{name}]` with its `image`"
                )),
            });
        None
    }

    fn task(&mut self, path: &KeyPath, table: &str, vars: &BTreeSet<String>) -> Option<Task> {
        let get = |project: &'a config::Project| project.stages.get(table);
        let commands =
            self.topmost(|project| get(project)?.commands.as_ref())
                .map(|(commands, layer)| {
                    (
                        layer.reach(&path.key("commands")).place,
                        commands.is_empty(),
                    )
                });
        let step = self.find(path.key("step"), |project| get(project)?.step.as_ref());
        let arguments = self.map(path.key("arguments"), |project| {
            Some(&get(project)?.arguments)
        });
        let junit: Option<Vec<FilePattern>> =
            self.list(path.key("junit"), |project| get(project)?.junit.as_ref());
        match (commands, step) {
            (None, None) => self.missing(
                path.key("commands"),
                Some("write `commands = [\"…\"]`, or `step = \"…\"` for a step of your own"),
            ),
            (Some((place, _)), Some(step)) => {
                let message = format!(
                    "`{}` and `{}` exclude each other",
                    path.key("commands"),
                    step.key
                );
                self.conflict(step.place, message, Some(place), "keep one of them");
                None
            }
            (Some((_, true)), None) => {
                self.missing(path.key("commands"), Some("write at least one command"))
            }
            (Some(_), None) => {
                self.belongs_to(path, "arguments", "step", !arguments.is_empty());
                let commands = self.list(path.key("commands"), |project| {
                    get(project)?.commands.as_ref()
                });
                Some(Task::Commands(commands?, junit.unwrap_or_default()))
            }
            (None, Some(found)) => {
                self.belongs_to(path, "junit", "commands", junit.is_some());
                let step: VarName = self.parse(&found)?;
                let is_shared = SharedStep::named(step.as_str()).is_some();
                if !is_shared && !vars.contains(step.as_str()) {
                    let message = format!("there is no file `vars/{step}.groovy`");
                    let new = Diagnostic::new(Code::UnknownName, found.place, message);
                    self.diagnostics.push(
                        match nearest(step.as_str(), vars.iter().map(String::as_str)) {
                            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                            None => new.help("write it: `def call(Map arguments) { … }`"),
                        },
                    );
                    return None;
                }
                Some(Task::Step(step, arguments))
            }
        }
    }

    /// A key that means something only beside another one.
    fn belongs_to(&mut self, path: &KeyPath, key: &str, other: &str, written: bool) {
        if let (true, Some(place)) = (written, self.place_of(&path.key(key))) {
            let message = format!(
                "`{}` belongs to `{other}`, which is not written",
                path.key(key)
            );
            self.conflict(place, message, None, "delete it");
        }
    }

    fn credentials(&mut self, stage: &str) -> Vec<(VariableName, Credential)> {
        let table = KeyPath::from("stages").key(stage).key("credentials");
        let mut bound = Vec::new();
        for name in self.names(&table, |project| {
            Some(&project.stages.get(stage)?.credentials)
        }) {
            let variable = self.name(&name);
            let Some((credential, layer)) = self.topmost(|project| {
                let credentials = &project.stages.get(stage)?.credentials;
                credentials.get(name.value.as_str())
            }) else {
                continue;
            };
            let options: [Alternative<'_, MakeCredential>; 4] = [
                ("text", credential.text.as_ref(), Credential::Text),
                ("file", credential.file.as_ref(), Credential::File),
                (
                    "username_password",
                    credential.username_password.as_ref(),
                    Credential::UsernamePassword,
                ),
                ("ssh_key", credential.ssh_key.as_ref(), Credential::SshKey),
            ];
            let kind = self
                .needed_choice(&table.key(name.value), &options, layer)
                .and_then(|(make, found)| self.parse(&found).map(make));
            bound.extend(variable.zip(kind));
        }
        bound
    }
}
