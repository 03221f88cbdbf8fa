//! The description of a service, written from what its checkout tells.

mod checks;
mod image;
mod notify;
mod publish;
mod release;
mod version;

use camino::Utf8Path;
use toml::Value;

use super::facts::Facts;
use super::images::{self, Check, Image};
use super::writer::{Unsure, Writer, is_printable, quote, shown};
use crate::checkout::jenkinsfile::{Jenkinsfile, Scan};
use crate::config::{KeyPath, MAX_NUMBER};
use crate::model::{Description, Line};

/// So many things that were not carried over are named.
const MAX_LEFT: usize = 200;
/// So many arguments, secrets or names are written: more are no service.
const MAX_PARTS: usize = 50;

/// The list of what is mounted for BuildKit.
const MOUNTS: &str = "pod.containers.buildkit.mounts";

/// What the library says already.
#[derive(Debug, Default)]
pub(super) struct Library {
    /// Its name.
    pub(super) name: String,
    /// Keys that no project may set.
    pub(super) locked: Vec<KeyPath>,
    /// Whether its defaults say who is mailed.
    pub(super) notifies: bool,
    /// Whether its defaults say how to log in to registries.
    pub(super) logs_in: bool,
    /// Whether it has an image of SonarQube's scanner.
    pub(super) has_scanner: bool,
}

/// Writes the description.
pub(super) fn write(facts: &Facts, project: &str, library: Library) -> (String, Vec<Unsure>) {
    let images = images::find(facts, project);
    let checks = images::checks(facts, &images);
    let mut description = Describer {
        facts,
        jenkinsfile: facts.jenkinsfile.as_ref(),
        images,
        project,
        writer: Writer::below(library.locked.clone()),
        library,
    };
    description.whole(&checks);
    description.writer.finish()
}

struct Describer<'a> {
    facts: &'a Facts,
    jenkinsfile: Option<&'a Jenkinsfile>,
    images: Vec<Image<'a>>,
    project: &'a str,
    library: Library,
    writer: Writer,
}

impl<'a> Describer<'a> {
    fn whole(&mut self, checks: &[Check]) {
        self.writer
            .directive("#:schema ../.jenkinsgen/project.schema.json");
        self.writer
            .comment("Written by `jenkinsgen init --from`. Lines that begin with `#` say what a checkout can't tell: read them, mend what is wrong, and delete them.");
        if let Some(jenkinsfile) = self.jenkinsfile
            && !jenkinsfile.imports.is_empty()
        {
            let imports: Vec<String> = jenkinsfile
                .imports
                .iter()
                .take(MAX_PARTS)
                .map(|import| quote(import))
                .collect();
            self.writer.unsure(format!(
                "The Jenkinsfile imports the library {}: what that does is not seen here.",
                imports.join(", ")
            ));
        }
        for unread in &self.facts.unread {
            self.writer.unsure(format!("Not read: {unread}."));
        }
        self.writer.blank();
        let about = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.promotion.get("description"));
        match about {
            Some(about) => self.writer.checked::<Description>("description", about),
            None => self.writer.propose(|writer| {
                writer.entry("description", "One line for people, shown in Jenkins")
            }),
        }
        self.version();
        for index in 0..self.images.len() {
            self.image(index);
        }
        self.checks(checks);
        self.mounts();
        self.cache();
        self.sonar();
        self.scan();
        self.release();
        self.publish();
        self.source_tag();
        self.promotion();
        self.notify();
        self.options();
        self.left();
    }

    fn cache(&mut self) {
        let Some(cache) = self.images.iter().find_map(|image| image.cache.as_deref()) else {
            return;
        };
        self.writer.blank();
        self.writer.unsure(format!(
            "The Jenkinsfile keeps layers in {}. The solves of one build share them without that. To keep them from build to build, mount a persistent volume claim and uncomment:",
            quote(cache)
        ));
        self.writer.propose(|writer| {
            writer.directive("[cache]");
            writer.entry("type", "local");
            writer.entry("path", "/var/cache/buildkit");
            writer.blank();
            writer.directive(&format!("[[{MOUNTS}]]"));
            writer.entry("claim", "buildkit-cache");
            writer.entry("path", "/var/cache/buildkit");
        });
    }

    fn sonar(&mut self) {
        let installation = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.sonar.as_deref());
        let Some(installation) = installation.or(self.facts.has_sonar_file.then_some("SonarQube"))
        else {
            return;
        };
        let installation = if installation.parse::<Line>().is_ok() && is_printable(installation) {
            installation
        } else {
            "SonarQube"
        };
        let is_known = self
            .jenkinsfile
            .is_some_and(|jenkinsfile| jenkinsfile.sonar.as_deref() == Some(installation));
        if is_known && self.library.has_scanner {
            self.writer.table("sonar");
            self.writer.entry("installation", installation);
            return;
        }
        self.writer.blank();
        self.writer.unsure(match is_known {
            true => "The Jenkinsfile analyses by SonarQube. Name the scanner's image in jenkinsgen.toml, `sonar_scanner` below [tools], and uncomment:",
            false => {
                "The checkout has a file sonar-project.properties. To analyse by SonarQube, name the scanner's image in jenkinsgen.toml, `sonar_scanner` below [tools], and the server in Jenkins' configuration here:"
            }
        });
        self.writer.propose(|writer| {
            writer.directive("[sonar]");
            writer.entry("installation", installation);
        });
    }

    fn scan(&mut self) {
        let Some(scan) = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.scan.as_ref())
        else {
            return;
        };
        let Scan {
            fail_on,
            only_fixed,
            scope,
            report_title,
            match_go_by_cpe,
            may_fail,
            computed_fail_on,
            ..
        } = scan;
        self.writer.table("scan");
        if *may_fail {
            self.writer.unsure("The Jenkinsfile goes on if grype fails, so that no finding stops a build. Here one does, unless `fail_on = \"never\"` says otherwise.");
        }
        match fail_on.as_deref() {
            Some(severity @ ("negligible" | "low" | "medium" | "high" | "critical")) => self.writer.entry("fail_on", severity),
            Some(other) => self.writer.unsure(format!("grype is called with `-f` {}, which is no severity; `high` holds.", quote(other))),
            None if computed_fail_on.is_some() => self.writer.unsure(format!(
                "The Jenkinsfile computes grype's `-f`, {}; `high` holds here.",
                quote(computed_fail_on.as_deref().unwrap_or_default())
            )),
            None if *may_fail => {}
            None => self.writer.unsure("grype is called without `-f`, so that no finding stops a build. Here `high` does, unless `fail_on = \"never\"` says otherwise."),
        }
        if *only_fixed {
            self.writer.entry("only_fixed", true);
        }
        match scope.as_deref() {
            Some(scope @ ("squashed" | "all-layers" | "deep-squashed")) => {
                self.writer.entry("scope", scope)
            }
            Some(other) => self.writer.unsure(format!(
                "grype is called with `--scope` {}, which is not known here.",
                quote(other)
            )),
            None => {}
        }
        if let Some(title) = report_title {
            self.writer.checked::<Line>("report_title", title);
        }
        if *match_go_by_cpe {
            self.writer.entry("match_go_by_cpe", true);
        }
    }

    fn options(&mut self) {
        let Some(jenkinsfile) = self.jenkinsfile else {
            return;
        };
        if jenkinsfile.options.is_empty() && !jenkinsfile.aborts_previous {
            return;
        }
        self.writer.table("options");
        if jenkinsfile.aborts_previous {
            self.writer.entry("concurrent_builds", "abort_previous");
        }
        for (key, number) in &jenkinsfile.options {
            match number {
                number if (1..=i64::from(MAX_NUMBER)).contains(number) => {
                    self.writer.entry(*key, Value::Integer(*number))
                }
                _ => self.writer.unsure(format!(
                    "`{key}` was found to be {number}, which is out of range."
                )),
            }
        }
    }

    /// What the Jenkinsfile, or the checkout, has besides.
    fn left(&mut self) {
        if !self.facts.other_dockerfiles.is_empty() {
            let others: Vec<String> = self
                .facts
                .other_dockerfiles
                .iter()
                .take(MAX_PARTS)
                .map(|path| quote(path.as_str()))
                .collect();
            self.writer.blank();
            self.writer.unsure(format!(
                "Left out, because the names say that nothing is released from them: {}.",
                others.join(", ")
            ));
        }
        let used: Vec<&Utf8Path> = self
            .images
            .iter()
            .map(|image| Utf8Path::new(&image.dockerfile))
            .collect();
        let mut unused: Vec<String> = Vec::new();
        for dockerfile in &self.facts.dockerfiles {
            if !used.contains(&dockerfile.source.path.as_path()) {
                unused.push(quote(dockerfile.source.path.as_str()));
            }
        }
        if !unused.is_empty() {
            unused.truncate(MAX_PARTS);
            self.writer.blank();
            self.writer.unsure(format!(
                "Left out, because the Jenkinsfile does not build them: {}.",
                unused.join(", ")
            ));
        }
        let Some(jenkinsfile) = self.jenkinsfile else {
            return;
        };
        if jenkinsfile.left.is_empty() {
            return;
        }
        self.writer.blank();
        self.writer
            .comment("Not carried over from the Jenkinsfile:");
        for left in jenkinsfile.left.iter().take(MAX_LEFT) {
            let reason = left
                .reason
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            self.writer.comment(&format!(
                "- line {}: {}{reason}",
                left.line,
                shown(&left.what)
            ));
        }
        if let Some(more) = jenkinsfile
            .left
            .len()
            .checked_sub(MAX_LEFT)
            .filter(|more| *more > 0)
        {
            self.writer.comment(&format!("- and {more} more"));
        }
    }
}
