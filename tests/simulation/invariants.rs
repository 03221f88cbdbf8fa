//! What must be true of every build, whatever it meets. Each function gives the ways in which it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jenkinsgen::model::{
    CacheMode, Check, ConcurrentBuilds, FailOn, FilePattern, GitCredentials, Image, MailPlugin,
    Network, Part, PartName, Placeholder, Project, Recipient, Scope, Secret, Template,
};
use serde_json::{Value, json};

use crate::support::simulator::{Event, Report};
use crate::world::{self, BUILD_NUMBER, DIGEST, Origin, Scan, Scenario};

/// One simulated build with everything that can be known of it.
pub struct Run<'a> {
    pub library: String,
    pub project: &'a Project,
    pub scenario: &'a Scenario,
    pub report: &'a Report,
    pub folder: &'a Path,
    /// Whether the library's user has written `mailOnRecovery`, and nobody knows what it does.
    pub own_recovery: bool,
}

/// A program that was started: the index of its step, its name and arguments.
type Call = (usize, Vec<String>);

impl Run<'_> {
    /// Everything that is wrong with the build.
    pub fn violations(&self) -> Vec<String> {
        let calls = self.calls();
        [
            self.report
                .misuses
                .iter()
                .map(|misuse| format!("misuse: {misuse}"))
                .collect(),
            self.ends_as_expected(),
            self.nothing_leaves_after_a_failure(&calls),
            self.exactly_the_configured_mails(),
            self.reports_are_published(),
            self.the_release_stands_in_its_place(&calls),
            self.programs_have_their_surroundings(&calls),
            self.tags_are_all_or_none(&calls),
            self.programs_get_what_is_configured(&calls),
            self.secrets_stay_secret(),
            self.surroundings_are_what_is_configured(),
            self.nothing_is_left_of_earlier_builds(),
            self.files_are_written_where_the_agent_may(),
        ]
        .concat()
    }

    fn calls(&self) -> Vec<Call> {
        let events = self.report.events.iter().enumerate();
        events
            .flat_map(|(index, event)| {
                event
                    .calls(self.folder)
                    .into_iter()
                    .map(move |call| (index, call))
            })
            .collect()
    }

    fn ends_as_expected(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let Report { result, error, .. } = self.report;
        if *result != self.scenario.result {
            wrong.push(format!("it ended {result}, not {}", self.scenario.result));
        }
        match (&self.scenario.error, error) {
            (None, None) => {}
            (Some(expected), Some(error)) if error.contains(expected) => {}
            (expected, error) => wrong.push(format!("the error is {error:?}, not {expected:?}")),
        }
        wrong
    }

    /// The first step that went wrong: it threw, ended with an exit status, or told of failed tests.
    pub fn first_bad(&self) -> Option<usize> {
        self.report.events.iter().position(|event| {
            (event.is_bad() && (!event.block || event.struck))
                || (event.step == "junit" && self.scenario.tests.failed > 0)
        })
    }

    fn nothing_leaves_after_a_failure(&self, calls: &[Call]) -> Vec<String> {
        let promotions = self.report.events.iter().enumerate();
        let promotions = promotions
            .filter(|(_, event)| matches!(event.step.as_str(), "publishArtifact" | "pushArtifact"))
            .map(|(index, event)| (index, event.step.clone()));
        let programs = calls.iter().filter(|(_, call)| leaves(call));
        let programs = programs.map(|(index, call)| (*index, call.join(" ")));
        let first_bad = self.first_bad().unwrap_or(usize::MAX);
        promotions
            .chain(programs)
            .filter_map(|(index, what)| {
                if index > first_bad {
                    Some(format!("after a failure: {what}"))
                } else if !self.scenario.releases(self.project) {
                    Some(format!("without a release: {what}"))
                } else {
                    None
                }
            })
            .collect()
    }

    fn exactly_the_configured_mails(&self) -> Vec<String> {
        let notify = &self.project.notify;
        let mut results = self.scenario.previous.iter().map(String::as_str);
        let last = results.find(|result| !matches!(*result, "ABORTED" | "NOT_BUILT"));
        let was_bad = matches!(last, Some("FAILURE" | "UNSTABLE"));
        let events = &self.report.events;
        let stopped_mail = events.iter().any(|event| event.struck && is_mail(event));
        let configured: &[Recipient] = match (self.report.result.as_str(), self.first_bad()) {
            ("FAILURE", Some(bad)) => self.recipients(bad),
            // Who aborts a build that is failing does so after its mail, or in the midst of it.
            ("ABORTED", Some(bad)) if stopped_mail => self.recipients(bad),
            ("SUCCESS", _)
                if was_bad && !self.scenario.releases(self.project) && !self.own_recovery =>
            {
                &notify.recovery
            }
            _ => &[],
        };
        let mut expected = Vec::new();
        if !configured.is_empty() {
            expected.push(BTreeSet::from_iter(configured.iter().map(recipient)));
        }
        let mails = self
            .report
            .events
            .iter()
            .filter(|event| event.mails || (event.struck && is_mail(event)));
        let found: Vec<BTreeSet<String>> = mails.map(addressees).collect();
        let mut wrong = Vec::new();
        if found != expected {
            wrong.push(format!("mails went to {found:?}, not to {expected:?}"));
        }
        let step = match notify.via {
            MailPlugin::Emailext => "emailext",
            MailPlugin::Mailer => "step",
        };
        for event in self.report.events.iter().filter(|event| is_mail(event)) {
            if event.step != step {
                wrong.push(format!("a mail went out by {}", event.step));
            }
            // What the subject can expand must not come from outside.
            if event
                .text("subject")
                .replace("$PROJECT_NAME", "")
                .replace("$BUILD_NUMBER", "")
                .contains('$')
            {
                wrong.push(format!("the subject expands {}", event.text("subject")));
            }
        }
        wrong
    }

    /// Who is mailed when a step fails: by the stage that it stands in.
    fn recipients(&self, index: usize) -> &[Recipient] {
        let Some(title) = self.stage(index) else {
            return &[];
        };
        let stages = self.project.stages();
        let stage = stages.iter().find(|stage| stage.title == title);
        stage
            .unwrap_or_else(|| panic!("unknown stage {title:?}"))
            .recipients
    }

    /// The title of the stage that a step stands in.
    pub fn stage(&self, index: usize) -> Option<&str> {
        let mut depth = self.report.events[index].depth;
        for event in self.report.events[..=index].iter().rev() {
            if event.depth < depth
                || (event.depth == depth && event.struck && event.step == "stage")
            {
                depth = event.depth;
                if event.step == "stage" {
                    return Some(event.text("name"));
                }
            }
        }
        None
    }

    /// The blocks around a step, the innermost first.
    fn around(&self, index: usize) -> Vec<usize> {
        let events = &self.report.events;
        let mut depth = events[index].depth;
        let mut around = Vec::new();
        for outer in (0..index).rev() {
            if events[outer].depth < depth {
                depth = events[outer].depth;
                around.push(outer);
            }
        }
        around
    }

    /// Whatever was copied out of an image build or scanned is offered to each of its publishers, in its stage, whatever else fails there. Only what stops a
    /// build stops this too: an abort (by hand, by time or by a newer build) or the loss of the agent, after the copy or the scan and before the publisher
    /// is done. A publisher that fails by itself has been offered its reports, and keeps them from no other publisher.
    fn reports_are_published(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (check, copy) in self.project.checks.iter().zip(self.done("Copy ")) {
            for (step, arguments) in published_by(check) {
                let arguments = arguments.as_object().unwrap();
                let offers = |event: &Event| {
                    let mut given = arguments.iter();
                    event.step == step
                        && given.all(|(name, value)| event.arguments.get(name) == Some(value))
                };
                if !self.happens(copy, offers) {
                    wrong.push(format!("no {step} for the check {}", check.name));
                }
            }
        }
        for scan in self.done("Scan the image ") {
            let label = self.report.events[scan].text("label");
            let folder = format!(
                "scans/{}/report",
                label.trim_start_matches("Scan the image ")
            );
            let offers = |event: &Event| {
                event.step == "publishHTML" && report_folder(event).ends_with(&folder)
            };
            if !self.happens(scan, offers) {
                wrong.push(format!("no report of {label:?}"));
            }
        }
        let reports = self.report.events.iter().enumerate();
        for (index, report) in reports.filter(|(_, event)| event.step == "publishHTML") {
            wrong.extend(self.is_what_was_scanned(index, report));
        }
        wrong
    }

    /// The scripts with such a label that ended, and did not fail.
    fn done(&self, label: &str) -> Vec<usize> {
        let events = self.report.events.iter().enumerate();
        let done = events.filter(|(_, event)| {
            event.step == "sh"
                && event.status.is_some()
                && event.outcome == "returned"
                && event.text("label").starts_with(label)
        });
        done.map(|(index, _)| index).collect()
    }

    /// Whether a step happens after another one in its stage, or the build is stopped there.
    fn happens(&self, after: usize, wanted: impl Fn(&Event) -> bool) -> bool {
        let stopped = |event: &Event| event.struck && event.outcome == "interrupted";
        (after + 1..self.report.events.len())
            .filter(|index| self.stage(*index) == self.stage(after))
            .map(|index| &self.report.events[index])
            .any(|event| wanted(event) || stopped(event))
    }

    fn is_what_was_scanned(&self, index: usize, report: &Event) -> Vec<String> {
        let mut wrong = Vec::new();
        let title = report.arguments["target"]["reportName"]
            .as_str()
            .unwrap_or_default();
        if !title.starts_with(self.project.scan.report_title.as_str()) {
            wrong.push(format!("the report is called {title}"));
        }
        // A build that can't look at the page or replace it publishes what there is.
        let struck = self.report.events[..index].iter().any(|event| event.struck);
        if report.outcome != "returned" || struck {
            return wrong;
        }
        let page = fs_err::read_to_string(Path::new(report_folder(report)).join("report.html"));
        if !page.unwrap_or_default().contains("</html>") {
            wrong.push("the published report is no whole page".to_owned());
        }
        let mut expected = vec!["report.html", "report.css"];
        if matches!(
            self.scenario.scan,
            Scan::Clean | Scan::Findings | Scan::Late
        ) {
            expected.push("grype-report.json");
        }
        if report.published != expected {
            wrong.push(format!("published {:?}", report.published));
        }
        wrong
    }

    /// Milestones stand before the work, before the release and inside the lock; all of the release stands inside one lock, in the order push, tag, promote.
    fn the_release_stands_in_its_place(&self, calls: &[Call]) -> Vec<String> {
        let mut wrong = Vec::new();
        let events = &self.report.events;
        let all = |step: &str| -> Vec<usize> {
            let events = events.iter().enumerate();
            events
                .filter(|(_, event)| event.step == step)
                .map(|(index, _)| index)
                .collect()
        };
        let program = |wanted: &dyn Fn(&[String]) -> bool| -> Vec<usize> {
            let mut found: Vec<usize> = calls
                .iter()
                .filter(|(_, call)| wanted(call))
                .map(|(index, _)| *index)
                .collect();
            found.dedup();
            found
        };
        let pushes = program(&|call| call[0] == "buildctl" && leaves(call));
        let tags = program(&|call| call[0] == "git" && leaves(call));
        let promotions = [all("publishArtifact"), all("pushArtifact")].concat();
        let leaving = [pushes, tags, promotions].concat();
        if !leaving.is_sorted() {
            wrong.push("the release is not made in the order push, tag, promote".to_owned());
        }

        let (milestones, locks) = (all("milestone"), all("lock"));
        let release = self.project.release.as_ref();
        let lock = release.is_some_and(|release| release.lock);
        if !lock && !locks.is_empty() || locks.len() > 1 {
            wrong.push(format!("{} locks", locks.len()));
        }
        if lock {
            for index in &leaving {
                if !locks.iter().any(|lock| self.around(*index).contains(lock)) {
                    wrong.push(format!("outside the lock: {}", recorded(&events[*index])));
                }
            }
        }
        // What must have happened before each milestone, and what must not.
        let checkout = all("checkout");
        let work = program(&|call| !matches!(call[0].as_str(), "git" | "freeze-window"));
        let scans = self.done("Scan the image ");
        let expected = match (self.project.options.milestones, release.is_some(), lock) {
            (false, ..) => 0,
            (true, false, _) => 1,
            (true, true, false) => 2,
            (true, true, true) => 3,
        };
        if milestones.len() > expected {
            wrong.push(format!("{} milestones", milestones.len()));
        }
        let passed_before = |number: usize, index: usize| {
            milestones
                .get(number)
                .is_some_and(|milestone| *milestone < index)
        };
        if expected > 0 {
            if let (Some(first), Some(checkout)) = (milestones.first(), checkout.first())
                && first < checkout
            {
                wrong.push("a milestone before the checkout".to_owned());
            }
            if work.first().is_some_and(|work| !passed_before(0, *work)) {
                wrong.push("no milestone before the work".to_owned());
            }
        }
        if expected > 1 {
            if let (Some(second), Some(scan)) = (milestones.get(1), scans.last())
                && second < scan
            {
                wrong.push("the milestone before the release stands before a scan".to_owned());
            }
            for index in locks.iter().chain(&leaving) {
                if !passed_before(1, *index) {
                    wrong.push("no milestone before the release".to_owned());
                }
            }
        }
        if expected > 2 {
            for index in &leaving {
                if !passed_before(2, *index) {
                    wrong.push("no milestone inside the lock before the release".to_owned());
                }
            }
            if let Some(third) = milestones.get(2)
                && !locks.iter().any(|lock| self.around(*third).contains(lock))
            {
                wrong.push("the last milestone stands outside the lock".to_owned());
            }
        }
        wrong
    }

    /// Each program runs in its container, inside the pipeline's time, and with the log-ins that it needs: those and no others.
    fn programs_have_their_surroundings(&self, calls: &[Call]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (index, call) in calls {
            let event = &self.report.events[*index];
            let blocks: Vec<&Event> = self
                .around(*index)
                .into_iter()
                .map(|outer| &self.report.events[outer])
                .collect();
            let container = match call[0].as_str() {
                "buildctl" | "flock" => Some("buildkit"),
                "grype" => Some("grype"),
                "sonar-scanner" => Some("sonar"),
                _ => None,
            };
            if event.container.as_deref() != container {
                wrong.push(format!("{} runs in {:?}", call[0], event.container));
            }
            for step in ["podTemplate", "node", "timeout"] {
                if !blocks.iter().any(|block| block.step == step) {
                    wrong.push(format!("{} runs outside {step}", call[0]));
                }
            }
            let sonar = blocks.iter().any(|block| block.step == "withSonarQubeEnv");
            if sonar != (call[0] == "sonar-scanner") {
                wrong.push(format!("{} has SonarQube's log-in: {sonar}", call[0]));
            }
            let credentials: BTreeSet<&str> = blocks
                .iter()
                .filter(|block| block.step == "withCredentials")
                .flat_map(|block| block.arguments["bindings"].as_array().unwrap())
                .map(|binding| binding["arguments"]["credentialsId"].as_str().unwrap())
                .collect();
            let expected = self.credentials_of(call);
            if credentials != expected {
                wrong.push(format!(
                    "{} has the credentials {credentials:?}, not {expected:?}",
                    recorded(event)
                ));
            }
            let docker = blocks
                .iter()
                .filter(|block| block.step == "withEnv")
                .any(|block| {
                    let overrides = block.arguments["overrides"].as_array().unwrap();
                    overrides.iter().any(|text| {
                        text.as_str()
                            .unwrap_or_default()
                            .starts_with("DOCKER_CONFIG=")
                    })
                });
            if call[0] == "buildctl" && docker == self.project.ecr.is_empty() {
                wrong.push(format!("{} logs in to ECR: {docker}", recorded(event)));
            }
        }
        wrong
    }

    /// The identifiers of the credentials that a program must have.
    fn credentials_of(&self, call: &[String]) -> BTreeSet<&str> {
        let tag = self
            .project
            .release
            .as_ref()
            .and_then(|release| release.source_tag.as_ref());
        if call[0] == "git" {
            // The tags are made by the script that pushes them.
            return match tag.and_then(|tag| tag.credentials.as_ref()) {
                Some(GitCredentials::Https(id) | GitCredentials::Ssh(id)) => {
                    BTreeSet::from([id.as_str()])
                }
                None => BTreeSet::new(),
            };
        }
        let ids: BTreeSet<&str> = call
            .iter()
            .filter_map(|word| word.strip_prefix("id="))
            .filter_map(|word| word.split(',').next())
            .collect();
        let secrets = self.project.images.iter().flat_map(|image| &image.secrets);
        secrets
            .filter(|(id, _)| ids.contains(id.as_str()))
            .filter_map(|(_, secret)| match secret {
                Secret::File(_) => None,
                Secret::CredentialsFile(id) | Secret::CredentialsText(id) => Some(id.as_str()),
            })
            .collect()
    }

    /// The Git server has either every tag of the release at the commit that was built, or what it had before.
    fn tags_are_all_or_none(&self, calls: &[Call]) -> Vec<String> {
        let commit = world::commit(self.folder);
        let pushed = calls.iter().any(|(index, call)| {
            call[0] == "git"
                && call.iter().any(|word| word == "push")
                && self.report.events[*index].status == Some(0)
        });
        let names = world::expected_tags(self.project);
        let found = world::tags(self.folder);
        let expected: BTreeMap<String, bool> = match self.scenario.origin {
            _ if pushed => names.into_iter().map(|name| (name, true)).collect(),
            Origin::Plain | Origin::Refuses => BTreeMap::new(),
            Origin::Tagged => names
                .into_iter()
                .take(1)
                .map(|name| (name, false))
                .collect(),
            Origin::Released => names
                .into_iter()
                .skip(1)
                .map(|name| (name, false))
                .collect(),
        };
        let found: BTreeMap<String, bool> = found
            .into_iter()
            .map(|(name, at)| (name, at == commit))
            .collect();
        let mut wrong = Vec::new();
        if found != expected {
            wrong.push(format!(
                "the tags (name: moved here) are {found:?}, not {expected:?}"
            ));
        }
        let wanted = self
            .project
            .release
            .as_ref()
            .is_some_and(|release| release.source_tag.is_some());
        if self.report.result == "SUCCESS"
            && self.scenario.releases(self.project)
            && pushed != wanted
        {
            wrong.push(format!("tags were pushed: {pushed}"));
        }
        wrong
    }

    /// The arguments of BuildKit, grype and the scanner are those that the description asks for, byte by byte.
    fn programs_get_what_is_configured(&self, calls: &[Call]) -> Vec<String> {
        let expected = self.expected_calls();
        let found: Vec<&Vec<String>> = calls
            .iter()
            .map(|(_, call)| call)
            .filter(|call| !matches!(call[0].as_str(), "git" | "freeze-window"))
            .collect();
        if let Some((found, expected)) = found
            .iter()
            .zip(&expected)
            .find(|(found, expected)| **found != *expected)
        {
            return vec![format!("started {found:#?}\nnot     {expected:#?}")];
        }
        if found.len() > expected.len() {
            return vec![format!(
                "more was started than is configured: {:?}",
                &found[expected.len()..]
            )];
        }
        if self.report.result == "SUCCESS" && found.len() < expected.len() {
            return vec![format!("was not started: {:?}", &expected[found.len()..])];
        }
        if self.report.result == "SUCCESS" && self.scenario.releases(self.project) {
            return self.promotes_as_configured();
        }
        vec![]
    }

    /// Every program but git that a build starts which meets nothing, in order.
    fn expected_calls(&self) -> Vec<Vec<String>> {
        let mut calls = Vec::new();
        let temporary = format!("{}/work space@tmp", self.folder.display());
        for check in &self.project.checks {
            let image = self.image(&check.image);
            let output = format!("type=local,dest={temporary}/extracted");
            calls.extend(self.solve(
                image,
                check.target.as_ref().map(|target| target.as_str()),
                false,
                &output,
                None,
            ));
        }
        if let Some(sonar) = &self.project.sonar {
            let mut call = vec!["sonar-scanner".to_owned()];
            call.extend(
                sonar
                    .properties
                    .iter()
                    .map(|(name, value)| format!("-D{name}={}", self.expand(value))),
            );
            calls.push(call);
        }
        for image in &self.project.images {
            let folder = format!("{temporary}/images/{}", image.name);
            let output = format!("type=oci,tar=false,dest={folder}/oci");
            let target = image.target.as_ref().map(|target| target.as_str());
            calls.extend(self.solve(
                image,
                target,
                true,
                &output,
                Some(&format!("{folder}/build.json")),
            ));
            calls.push(self.grype(&temporary, &image.name));
        }
        if self.scenario.releases(self.project) {
            calls.extend(self.pushes(&temporary));
        }
        calls
    }

    fn image(&self, name: &PartName) -> &Image {
        self.project
            .images
            .iter()
            .find(|image| image.name == *name)
            .unwrap()
    }

    /// The programs of one solve: BuildKit's, and around it the lock of the cache.
    fn solve(
        &self,
        image: &Image,
        target: Option<&str>,
        export: bool,
        output: &str,
        metadata: Option<&str>,
    ) -> Vec<Vec<String>> {
        let (folder, file) = image
            .dockerfile
            .as_str()
            .rsplit_once('/')
            .unwrap_or((".", image.dockerfile.as_str()));
        let mut call =
            words("buildctl --wait --timeout 60 build --progress plain --frontend dockerfile.v0");
        let mut add = |option: &str, value: String| call.extend([option.to_owned(), value]);
        add("--local", format!("context={}", image.context));
        add("--local", format!("dockerfile={folder}"));
        add("--opt", format!("filename={file}"));
        if let Some(target) = target {
            add("--opt", format!("target={target}"));
        }
        for (name, value) in &image.args {
            add("--opt", format!("build-arg:{name}={}", self.expand(value)));
        }
        match image.network {
            Network::Sandbox => {}
            Network::Host => {
                add("--allow", "network.host".to_owned());
                add("--opt", "force-network-mode=host".to_owned());
            }
            Network::None => add("--opt", "force-network-mode=none".to_owned()),
        }
        let mut variables = 0;
        for (id, secret) in &image.secrets {
            let variable = format!("BUILDKIT_SECRET_{variables}");
            match secret {
                Secret::File(path) => add(
                    "--secret",
                    record(&[&format!("id={id}"), &format!("src={path}")]),
                ),
                Secret::CredentialsText(_) => {
                    variables += 1;
                    add("--secret", format!("id={id},env={variable}"));
                }
                Secret::CredentialsFile(credentials) => {
                    variables += 1;
                    let file = format!("{}/secrets/secret-of-{credentials}", self.folder.display());
                    add("--secret", format!("id={id},src={file}"));
                }
            }
        }
        if let Some((path, mode)) = &self.project.cache {
            let path = format!("{path}/{}.{}", self.project.name, image.name);
            add(
                "--import-cache",
                record(&["type=local", &format!("src={path}")]),
            );
            if export {
                let mode = match mode {
                    CacheMode::Min => "mode=min",
                    CacheMode::Max => "mode=max",
                };
                add(
                    "--export-cache",
                    record(&["type=local", &format!("dest={path}"), mode, "reset=true"]),
                );
            }
        }
        add("--output", output.to_owned());
        if let Some(metadata) = metadata {
            add("--metadata-file", metadata.to_owned());
        }
        let Some((path, _)) = &self.project.cache else {
            return vec![call];
        };
        let lock = format!("{path}/{}.{}.lock", self.project.name, image.name);
        let mode = if export { "-x" } else { "-s" };
        let locked = ["flock", mode, &lock].map(str::to_owned);
        vec![[&locked[..], &call[..]].concat(), call]
    }

    fn grype(&self, temporary: &str, image: &PartName) -> Vec<String> {
        let scan = &self.project.scan;
        let reports = format!("{temporary}/scans/{image}");
        let scope = match scan.scope {
            Scope::Squashed => "squashed",
            Scope::AllLayers => "all-layers",
            Scope::DeepSquashed => "deep-squashed",
        };
        let mut call = vec![
            "grype".to_owned(),
            format!("oci-dir:{temporary}/images/{image}/oci"),
            "--scope".to_owned(),
            scope.to_owned(),
        ];
        let mut add = |option: &str, value: String| call.extend([option.to_owned(), value]);
        add("--output", format!("template={reports}/report/report.html"));
        add("--template", format!("{reports}/report.tmpl"));
        add(
            "--output",
            format!("json={reports}/report/grype-report.json"),
        );
        let fail_on = match scan.fail_on {
            FailOn::Negligible => Some("negligible"),
            FailOn::Low => Some("low"),
            FailOn::Medium => Some("medium"),
            FailOn::High => Some("high"),
            FailOn::Critical => Some("critical"),
            FailOn::Never => None,
        };
        if let Some(fail_on) = fail_on {
            add("--fail-on", fail_on.to_owned());
        }
        if scan.only_fixed {
            call.push("--only-fixed".to_owned());
        }
        call
    }

    fn pushes(&self, temporary: &str) -> Vec<Vec<String>> {
        let pushes = self
            .project
            .release
            .iter()
            .flat_map(|release| &release.pushes);
        pushes
            .map(|push| {
                let folder = format!("{temporary}/images/{}", push.image);
                let push_folder = format!("{temporary}/pushes/{}", push.image);
                let names: Vec<String> = push
                    .names
                    .iter()
                    .map(|(repository, tag)| {
                        format!("{repository}:{}", self.expand(tag.template()))
                    })
                    .collect();
                let mut call = words(
                    "buildctl --wait --timeout 60 build --progress plain --frontend dockerfile.v0",
                );
                let mut add = |option: &str, value: String| call.extend([option.to_owned(), value]);
                add("--local", format!("context={push_folder}"));
                add("--local", format!("dockerfile={push_folder}"));
                add("--oci-layout", format!("image={folder}/oci"));
                add(
                    "--opt",
                    format!("context:image=oci-layout://image@{DIGEST}"),
                );
                add(
                    "--output",
                    record(&[
                        "type=image",
                        &format!("name={}", names.join(",")),
                        "push=true",
                    ]),
                );
                add("--metadata-file", format!("{push_folder}/push.json"));
                call
            })
            .collect()
    }

    fn promotes_as_configured(&self) -> Vec<String> {
        let promotion = self
            .project
            .release
            .as_ref()
            .and_then(|release| release.promotion.as_ref());
        let expected: Vec<(&str, Value)> = match promotion {
            None => vec![],
            Some(promotion) => {
                let (name, stage) = (promotion.name.as_str(), promotion.stage.as_str());
                let version = self.expand(&promotion.version);
                let publish = json!({
                    "name": name, "stage": stage, "version": version, "type": promotion.kind.as_str(),
                    "flow": promotion.flow.as_str(), "description": promotion.description.as_str(),
                });
                let push = json!({ "name": name, "stage": stage, "version": version });
                vec![("publishArtifact", publish), ("pushArtifact", push)]
            }
        };
        let events = self.report.events.iter();
        let found: Vec<(&str, Value)> = events
            .filter(|event| matches!(event.step.as_str(), "publishArtifact" | "pushArtifact"))
            .map(|event| (event.step.as_str(), Value::Object(event.arguments.clone())))
            .collect();
        if found == expected {
            vec![]
        } else {
            vec![format!("promoted {found:?}, not {expected:?}")]
        }
    }

    /// What a template means in the build.
    fn expand(&self, template: &Template) -> String {
        let parts = template.parts().iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Placeholder(Placeholder::Version) => world::version(self.project),
            Part::Placeholder(Placeholder::BuildNumber) => BUILD_NUMBER.to_owned(),
            Part::Placeholder(Placeholder::Branch) => {
                self.scenario.branch(self.project).unwrap_or_default()
            }
            Part::Placeholder(Placeholder::Commit) => world::commit(self.folder),
        });
        parts.collect()
    }

    /// Properties of the job, time, lock, log-ins and environments.
    fn surroundings_are_what_is_configured(&self) -> Vec<String> {
        let project = self.project;
        let events = &self.report.events;
        let mut wrong = Vec::new();
        let mut demand = |step: &str, arguments: Value| {
            let arguments = arguments.as_object().unwrap();
            let has = |event: &&Event| {
                arguments
                    .iter()
                    .all(|(name, value)| event.arguments.get(name) == Some(value))
            };
            if !events
                .iter()
                .filter(|event| event.step == step)
                .any(|event| has(&event))
            {
                wrong.push(format!("no {step} with {arguments:?}"));
            }
        };
        let options = &project.options;
        let mut rotator = json!({ "numToKeepStr": options.keep_builds.to_string() });
        if let Some(days) = options.keep_days {
            rotator["daysToKeepStr"] = days.to_string().into();
        }
        let symbol =
            |symbol: &str, arguments: Value| json!({ "symbol": symbol, "arguments": arguments });
        let mut properties = vec![symbol(
            "buildDiscarder",
            json!({ "strategy": symbol("logRotator", rotator) }),
        )];
        match options.concurrent_builds {
            ConcurrentBuilds::Allow => {}
            ConcurrentBuilds::Forbid => {
                properties.push(symbol("disableConcurrentBuilds", json!({})))
            }
            ConcurrentBuilds::AbortPrevious => properties.push(symbol(
                "disableConcurrentBuilds",
                json!({ "abortPrevious": true }),
            )),
        }
        demand("properties", json!({ "properties": properties }));
        if self.report.result != "SUCCESS" {
            return wrong;
        }
        demand(
            "timeout",
            json!({ "time": options.timeout_minutes, "unit": "MINUTES" }),
        );
        if let Some(sonar) = &project.sonar {
            demand(
                "withSonarQubeEnv",
                json!({ "installationName": sonar.installation.as_str() }),
            );
        }
        let temporary = format!("{}/work space@tmp", self.folder.display());
        let cpe = format!(
            "GRYPE_MATCH_GOLANG_USING_CPES={}",
            project.scan.match_go_by_cpe
        );
        demand(
            "withEnv",
            json!({ "overrides": [cpe, "GRYPE_CHECK_FOR_APP_UPDATE=false"] }),
        );
        for image in &project.images {
            demand(
                "dir",
                json!({ "path": format!("{temporary}/scans/{}", image.name) }),
            );
        }
        if !project.ecr.is_empty() {
            demand(
                "withEnv",
                json!({ "overrides": [format!("DOCKER_CONFIG={temporary}/docker-config")] }),
            );
            let helpers: BTreeMap<&str, &str> = project
                .ecr
                .iter()
                .map(|host| (host.as_str(), "ecr-login"))
                .collect();
            demand(
                "writeJSON",
                json!({ "file": format!("{temporary}/docker-config/config.json"), "json": { "credHelpers": helpers } }),
            );
        }
        let Some(release) = project
            .release
            .as_ref()
            .filter(|_| self.scenario.releases(project))
        else {
            return wrong;
        };
        if release.lock {
            let library = &self.library;
            demand(
                "lock",
                json!({ "resource": format!("{library}-{}-release", project.name), "inversePrecedence": true }),
            );
        }
        match release
            .source_tag
            .as_ref()
            .and_then(|tag| tag.credentials.as_ref())
        {
            Some(GitCredentials::Https(id)) => {
                let login = symbol(
                    "gitUsernamePassword",
                    json!({ "credentialsId": id.as_str(), "gitToolName": "Default" }),
                );
                demand("withCredentials", json!({ "bindings": [login] }));
            }
            Some(GitCredentials::Ssh(id)) => {
                let login = symbol(
                    "sshUserPrivateKey",
                    json!({ "credentialsId": id.as_str(), "keyFileVariable": "TAG_KEY" }),
                );
                demand("withCredentials", json!({ "bindings": [login] }));
                let ssh = "GIT_SSH_COMMAND=ssh -i \"$TAG_KEY\" -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes";
                demand("withEnv", json!({ "overrides": [ssh] }));
            }
            None => {}
        }
        if let Some(tag) = &release.source_tag {
            let expected = format!(
                "{} <{}> {}",
                tag.committer_name, tag.committer_email, tag.message
            );
            let found = world::signatures(self.folder, &world::commit(self.folder));
            if found != [expected.as_str()] {
                wrong.push(format!("the tags are signed {found:?}, not {expected:?}"));
            }
        }
        wrong
    }

    /// Neither in what was taken out nor in the images; and links of an image stay links.
    fn nothing_is_left_of_earlier_builds(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.report.result != "SUCCESS" {
            return wrong;
        }
        let temporary = self.folder.join("work space@tmp");
        let mut stale: Vec<_> = self
            .project
            .images
            .iter()
            .map(|image| temporary.join(format!("images/{}/oci", image.name)))
            .collect();
        if !self.project.checks.is_empty() {
            stale.push(temporary.join("extracted"));
        }
        for folder in stale {
            if folder.join(world::STALE).exists() {
                wrong.push(format!(
                    "{} has a file of an earlier build",
                    folder.display()
                ));
            }
        }
        for check in &self.project.checks {
            let link = self
                .folder
                .join("work space")
                .join(check.destination.as_str())
                .join("link");
            if check.directory.as_str() != "/" && !link.is_symlink() {
                wrong.push(format!("{} is no link any more", link.display()));
            }
        }
        wrong
    }

    /// What a container's script makes may belong to root, if BuildKit is privileged; `writeFile` runs as the agent's user.
    fn files_are_written_where_the_agent_may(&self) -> Vec<String> {
        let mut made: Vec<String> = Vec::new();
        let mut wrong = Vec::new();
        for event in &self.report.events {
            if event.step == "sh" && event.container.is_some() {
                let script = event.text("script").replace('\'', "");
                let folders = script
                    .lines()
                    .filter_map(|line| line.strip_prefix("mkdir -p "));
                made.extend(folders.map(str::to_owned));
            }
            let file = event.text("file");
            if event.step == "writeFile" && made.iter().any(|folder| file.starts_with(folder)) {
                wrong.push(format!("{file} is written into a folder of a container's"));
            }
        }
        wrong
    }

    /// The value of a credential is in no script, no log and no argument.
    fn secrets_stay_secret(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let scripts = self.folder.join("scripts");
        for entry in std::fs::read_dir(scripts).into_iter().flatten() {
            let path = entry.unwrap().path();
            let text = String::from_utf8_lossy(&fs_err::read(&path).unwrap()).into_owned();
            // The names of the files that hold them are not secret.
            let text = text.replace("/secrets/secret-of-", "");
            if text.contains("secret-of-") || text.contains("simulated-sonar-token") {
                wrong.push(format!("a secret is in {}", path.display()));
            }
        }
        wrong
    }
}

/// Whether a program makes something known outside: a push of images or tags.
fn leaves(call: &[String]) -> bool {
    match call[0].as_str() {
        "git" => call.iter().any(|word| word == "push"),
        "buildctl" => call.iter().any(|word| word.contains("push=true")),
        _ => false,
    }
}

pub fn is_mail(event: &Event) -> bool {
    matches!(event.step.as_str(), "emailext" | "step")
}

/// The steps that publish what a check has extracted, with the arguments that tell it from another check.
fn published_by(check: &Check) -> Vec<(&'static str, Value)> {
    let join = |patterns: &[FilePattern]| {
        let patterns: Vec<&str> = patterns.iter().map(FilePattern::as_str).collect();
        patterns.join(",")
    };
    let mut steps = Vec::new();
    if !check.junit.is_empty() {
        steps.push(("junit", json!({ "testResults": join(&check.junit) })));
    }
    if !check.coverage.is_empty() {
        let tool = json!({ "parser": "JACOCO", "pattern": join(&check.coverage) });
        steps.push(("recordCoverage", json!({ "tools": [tool] })));
    }
    if let Some(jacoco) = &check.jacoco {
        let patterns = [
            ("execPattern", &jacoco.exec),
            ("classPattern", &jacoco.classes),
            ("sourcePattern", &jacoco.sources),
            ("exclusionPattern", &jacoco.exclusions),
        ];
        let written = patterns
            .into_iter()
            .filter_map(|(name, pattern)| Some((name, json!(pattern.as_ref()?.as_str()))));
        let written: serde_json::Map<String, Value> = written
            .map(|(name, pattern)| (name.to_owned(), pattern))
            .collect();
        steps.push(("jacoco", Value::Object(written)));
    }
    steps
}

/// The folder that `publishHTML` publishes.
fn report_folder(event: &Event) -> &str {
    event.arguments["target"]["reportDir"]
        .as_str()
        .unwrap_or_default()
}

/// A step as people know it.
fn recorded(event: &Event) -> String {
    format!("{} {}", event.step, event.text("label"))
        .trim_end()
        .to_owned()
}

fn recipient(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Culprits => "culprits".to_owned(),
        Recipient::Developers => "developers".to_owned(),
        Recipient::Requester => "requester".to_owned(),
        Recipient::Address(address) => address.to_string(),
    }
}

/// Who a mail goes to, whichever plugin sends it.
pub fn addressees(event: &Event) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |word: &str| {
        if !word.is_empty() {
            found.insert(word.to_owned());
        }
    };
    event.text("to").split(',').for_each(&mut add);
    let delegate = event
        .arguments
        .get("delegate")
        .and_then(|delegate| delegate["recipients"].as_str());
    let delegate = delegate.unwrap_or_default();
    delegate
        .split(' ')
        .map(|address| address.trim_end_matches("@simulated"))
        .for_each(&mut add);
    for provider in event
        .arguments
        .get("recipientProviders")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let class = provider["$class"].as_str().unwrap_or_default();
        add(&class.trim_end_matches("RecipientProvider").to_lowercase());
    }
    found
}

/// One record of comma-separated values, RFC 4180.
fn record(fields: &[&str]) -> String {
    let quoted = fields.iter().map(|field| {
        if field.contains([',', '"']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            (*field).to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(",")
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
