//! A project's pipeline as a graph: what comes after what, where, under which condition, and who is mailed. Drawn as Mermaid and as SVG.

mod layout;
mod mermaid;
mod svg;

use serde::Serialize;

pub use self::mermaid::mermaid;
pub use self::svg::svg;

use crate::diagnostic::series;
use crate::model::{Condition, Library, Project, Recipient, SharedStep, Stage, note_on_own_steps};

/// The graph; the shape is part of the `--format json` contract.
#[derive(Debug, Serialize)]
pub struct Graph<'a> {
    /// The project.
    pub project: &'a str,
    /// Its description.
    pub description: Option<&'a str>,
    /// In which builds the release follows; `None`: in none.
    pub release: Option<Release<'a>>,
    /// Who is mailed when the builds of a branch are back to normal, by a build that does not release.
    pub on_recovery: Vec<String>,
    /// The shared steps that the user has written and its builds call.
    pub own_steps: &'a [SharedStep],
    /// The nodes, in the order in which a build comes to them.
    pub nodes: Vec<Node<'a>>,
    /// What follows what while nothing fails.
    pub edges: Vec<Edge>,
}

/// In which builds the release follows.
#[derive(Debug, Serialize)]
pub struct Release<'a> {
    /// The branch; pull requests and tags are never released.
    pub branch: &'a str,
    /// The lock that is held meanwhile.
    pub lock: Option<String>,
}

/// A stage, or a point where ways part or meet.
#[derive(Debug, Serialize)]
pub struct Node<'a> {
    /// What edges name.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Title of the stage.
    pub title: String,
    /// The shared step that does its work, if the user has written that: nobody here knows what it does.
    pub own_step: Option<SharedStep>,
    /// The container that its scripts run in; `None`: the agent's own.
    pub container: Option<&'a str>,
    /// In which of the builds that come to it it runs; `None`: in all.
    pub condition: Option<String>,
    /// Who is mailed when it fails.
    pub on_failure: Vec<String>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A stage of every build.
    Every,
    /// The question whether the build releases.
    Guard,
    /// A stage of the release.
    Release,
    /// A stage at the end of every build, whatever came of it.
    Last,
    /// Where every build ends.
    End,
}

/// A way from one node to another.
#[derive(Debug, Serialize)]
pub struct Edge {
    /// The node before.
    pub from: String,
    /// The node after.
    pub to: String,
    /// Which builds go this way; `None`: all.
    pub when: Option<&'static str>,
}

const RELEASES: &str = "yes";
const RELEASES_NOT: &str = "no";

impl<'a> Graph<'a> {
    /// The graph of a project of this library.
    pub fn of(library: &Library, project: &'a Project) -> Self {
        let stages = project.stages();
        let mut graph = Self {
            project: project.name.as_str(),
            description: project.description.as_ref().map(|text| text.as_str()),
            release: None,
            on_recovery: names(&project.notify.recovery),
            own_steps: &project.own_steps,
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        graph.stage(Kind::Every, &stages.checkout, None);
        graph.stages(Kind::Every, &stages.every);
        let mut guard = None;
        if let (Some(release), false) = (&project.release, stages.release.is_empty()) {
            graph.release = Some(Release {
                branch: release.branch.as_str(),
                lock: project.release_lock(&library.name),
            });
            guard = Some(graph.nodes.len());
            graph.push(Node::point("guard", Kind::Guard, "Release?"), None);
            let (first, rest) = stages.release.split_at(1);
            for stage in first {
                graph.stage(Kind::Release, stage, Some(RELEASES));
            }
            graph.stages(Kind::Release, rest);
        }
        let join = graph.nodes.len();
        graph.stages(Kind::Last, &stages.last);
        graph.push(Node::point("done", Kind::End, "End"), None);
        if let Some(guard) = guard {
            graph.edges.push(Edge {
                from: graph.nodes[guard].id.clone(),
                to: graph.nodes[join].id.clone(),
                when: Some(RELEASES_NOT),
            });
        }
        graph
    }

    fn stages(&mut self, kind: Kind, stages: &[Stage<'a>]) {
        for stage in stages {
            self.stage(kind, stage, None);
        }
    }

    fn stage(&mut self, kind: Kind, stage: &Stage<'a>, when: Option<&'static str>) {
        let node = Node {
            id: format!("stage{}", self.count_stages() + 1),
            kind,
            title: stage.title.clone(),
            own_step: stage
                .work
                .step()
                .filter(|step| self.own_steps.contains(step)),
            container: stage.container,
            condition: stage.condition.map(Condition::to_string),
            on_failure: names(stage.recipients),
        };
        self.push(node, when);
    }

    /// Adds a node after the one that was added before.
    fn push(&mut self, node: Node<'a>, when: Option<&'static str>) {
        if let Some(before) = self.nodes.last() {
            self.edges.push(Edge {
                from: before.id.clone(),
                to: node.id.clone(),
                when,
            });
        }
        self.nodes.push(node);
    }

    fn count_stages(&self) -> usize {
        let stages = self.nodes.iter().filter(|node| node.kind.is_stage());
        stages.count()
    }

    /// The nodes of one kind.
    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// What the picture is of.
    fn title(&self) -> String {
        format!("Pipeline of {}", self.project)
    }

    /// Title of the stages of one kind.
    fn heading(&self, kind: Kind) -> String {
        match (kind, &self.release) {
            (Kind::Last, _) => "At the end of every build, whatever came of it".to_owned(),
            (Kind::Release, Some(release)) => match &release.lock {
                Some(lock) => format!("Release, one at a time (lock {lock})"),
                None => "Release".to_owned(),
            },
            _ => "In every build".to_owned(),
        }
    }

    /// Which builds release.
    fn condition_of_release(&self) -> String {
        let branch = self.release.as_ref().map_or("", |release| release.branch);
        format!("branch {branch}, no pull request, no tag")
    }

    /// What is said of a stage below its title: where its scripts run, when it runs, and whom it mails unless those whom most stages mail.
    fn details(&self, node: &Node<'_>) -> Vec<String> {
        let mut details = Vec::new();
        details.extend(node.own_step.map(|step| format!("your own step {step}")));
        details.extend(node.container.map(|name| format!("container {name}")));
        details.extend(node.condition.clone());
        if node.kind.is_stage() && node.on_failure != self.usual_recipients() {
            details.push(format!("on failure: {}", mail(&node.on_failure)));
        }
        details
    }

    /// What is to be known of the whole.
    fn notes(&self) -> Vec<String> {
        let last = match self.of_kind(Kind::Last).next() {
            Some(_) => ", those at the end still run",
            None => "",
        };
        let usual = mail(self.usual_recipients());
        let differs =
            |node: &Node<'_>| node.kind.is_stage() && node.on_failure != self.usual_recipients();
        let unless = match self.nodes.iter().any(differs) {
            true => ", unless the stage says otherwise",
            false => "",
        };
        let mut notes = vec![format!(
            "When a stage fails, those after it are left out{last}. On failure: {usual}{unless}."
        )];
        if !self.on_recovery.is_empty() {
            let builds = match self.release {
                Some(_) => "A build that does not release and",
                None => "A build that",
            };
            let who = mail(&self.on_recovery);
            notes.push(format!(
                "{builds} is the first good one after failures: {who}."
            ));
        }
        notes.extend(note_on_own_steps(self.own_steps));
        if self.nodes.iter().any(|node| node.condition.is_some()) {
            notes.push("Dashed: only in builds that meet the condition.".to_owned());
        }
        notes
    }

    /// Those whom most stages mail; of two as frequent ones those that come first.
    fn usual_recipients(&self) -> &[String] {
        let stages = || self.nodes.iter().filter(|node| node.kind.is_stage());
        let frequency = |wanted: &Node<'_>| {
            stages()
                .filter(|node| node.on_failure == wanted.on_failure)
                .count()
        };
        // The last of equals is taken.
        let most = stages().rev().max_by_key(|node| frequency(node));
        most.map_or(&[], |node| &node.on_failure)
    }
}

impl Node<'_> {
    fn point(id: &str, kind: Kind, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            title: title.to_owned(),
            own_step: None,
            container: None,
            condition: None,
            on_failure: Vec::new(),
        }
    }
}

impl Kind {
    /// The kinds of stages, in the order in which a build comes to them.
    const STAGES: [Self; 3] = [Self::Every, Self::Release, Self::Last];

    fn is_stage(self) -> bool {
        Self::STAGES.contains(&self)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Guard => "guard",
            Self::Release => "release",
            Self::Last => "last",
            Self::End => "end",
        }
    }
}

/// What every drawing says of itself in its first line.
const MARK: &str = "Rendered by jenkinsgen";

/// Whether a file is one of these drawings.
pub fn is_ours(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next();
    first.is_some_and(|line| String::from_utf8_lossy(line).contains(MARK))
}

fn names(recipients: &[Recipient]) -> Vec<String> {
    recipients.iter().map(Recipient::to_string).collect()
}

fn mail(recipients: &[String]) -> String {
    match recipients {
        [] => "no mail".to_owned(),
        _ => format!("mail to {}", series(recipients, "and")),
    }
}
