//! What a release does beside the push.

use super::super::writer::{is_printable, quote};
use super::{Describer, MAX_PARTS};
use crate::checkout::git::Transport;
use crate::checkout::jenkinsfile::StageKind;
use crate::config::KeyPath;
use crate::diagnostic::series;
use crate::model::{
    BranchName, CredentialsId, Description, EmailAddress, Line, PersonName, TagPrefix, Template,
};

impl<'a> Describer<'a> {
    pub(super) fn release(&mut self) {
        self.writer.table("release");
        let approvals = self
            .jenkinsfile
            .map_or(&[][..], |jenkinsfile| &jenkinsfile.approvals);
        if let [line, ..] = approvals {
            self.writer.unsure(format!(
                "The Jenkinsfile asks a person before it goes on, first on line {line}. Nobody is asked here: a step of your own can ask, in a stage below [stages]."
            ));
        }
        let valid = |branch: &&str| branch.parse::<BranchName>().is_ok() && is_printable(branch);
        let jenkinsfile: Vec<&str> = self
            .jenkinsfile
            .iter()
            .flat_map(|jenkinsfile| &jenkinsfile.branches)
            .map(String::as_str)
            .filter(valid)
            .collect();
        let git = self.facts.git.as_ref();
        let default = git
            .and_then(|git| git.default_branch.as_deref())
            .filter(valid);
        let current = git.and_then(|git| git.branch.as_deref()).filter(valid);
        match (jenkinsfile.as_slice(), default, current) {
            ([branch, others @ ..], ..) => {
                if !others.is_empty() {
                    let others: Vec<String> = others
                        .iter()
                        .take(MAX_PARTS)
                        .map(|branch| quote(branch))
                        .collect();
                    self.writer.unsure(format!(
                        "The Jenkinsfile also asks for {}: one branch releases here.",
                        others.join(", ")
                    ));
                }
                if let Some(default) = default.filter(|default| default != branch) {
                    self.writer.unsure(format!("The Jenkinsfile releases this branch, and the default branch of `origin` is {}.", quote(default)));
                }
                self.writer.entry("branch", *branch);
            }
            ([], Some(default), _) => {
                self.writer.comment("The default branch of `origin`.");
                self.writer.entry("branch", default);
            }
            ([], None, Some(current)) => {
                self.writer.unsure("The branch that is checked out: which one `origin` has as its default is not known.");
                self.writer.entry("branch", current);
            }
            ([], None, None) => {
                self.writer
                    .unsure("Neither Git nor a Jenkinsfile tells the branch that releases.");
                self.writer.entry("branch", "main");
            }
        }
    }

    pub(super) fn source_tag(&mut self) {
        let Some(tag) = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.source_tag.as_ref())
        else {
            return;
        };
        let name = tag
            .name
            .as_deref()
            .filter(|name| name.parse::<PersonName>().is_ok() && is_printable(name));
        let email = tag
            .email
            .as_deref()
            .filter(|email| email.parse::<EmailAddress>().is_ok());
        let prefix = tag.prefix.as_deref().unwrap_or("v");
        let own = format!("{prefix}{{version}}.{{build_number}}");
        let renamed = match tag.names.as_slice() {
            [] => None,
            names if names.contains(&own) => None,
            names => {
                let names: Vec<String> = names
                    .iter()
                    .take(MAX_PARTS)
                    .map(|name| quote(name))
                    .collect();
                Some(format!(
                    "The Jenkinsfile tags the source as {}; here the tag is {}.",
                    names.join(", "),
                    quote(&own)
                ))
            }
        };
        // Tags that move are pushed by force.
        let is_alone = tag.names.len() == 1;
        let moved = [
            format!("{prefix}{{version}}"),
            format!("{prefix}MAJOR.MINOR"),
            format!("{prefix}MAJOR"),
        ];
        let are_others = (2..4).contains(&tag.names.len());
        let moves = are_others.then(|| {
            format!(
                "Besides, {} are moved to the new release: `moving_tags = false` leaves them out.",
                series(moved.iter().map(|name| quote(name)), "and")
            )
        });
        let (Some(name), Some(email)) = (name, email) else {
            self.writer.blank();
            self.writer.unsure("The Jenkinsfile tags the source; as whom was not understood. Write it and uncomment:");
            self.writer.unsure_if(renamed.as_deref());
            self.writer.propose(|writer| {
                writer.directive("[source_tag]");
                if prefix != "v" && prefix.parse::<TagPrefix>().is_ok() {
                    writer.entry("prefix", prefix);
                }
                if is_alone {
                    writer.entry("moving_tags", false);
                }
                writer.entry("committer.name", "jenkins");
                writer.entry("committer.email", "jenkins@example.org");
            });
            return;
        };
        let transport = self
            .facts
            .git
            .as_ref()
            .and_then(|git| git.origin.as_ref())
            .map(|origin| origin.transport);
        self.writer.table("source_tag");
        let everywhere = self.everywhere(StageKind::Tag, "tags the source");
        self.writer.unsure_if(everywhere.as_deref());
        self.writer.unsure_if(renamed.as_deref());
        self.writer.unsure_if(moves.as_deref());
        if prefix != "v" {
            self.writer.checked::<TagPrefix>("prefix", prefix);
        }
        if is_alone {
            self.writer.entry("moving_tags", false);
        }
        if let Some(message) = &tag.message {
            self.writer.checked::<Line>("message", message);
        }
        self.writer.entry("committer.name", name);
        self.writer.entry("committer.email", email);
        if let Some((key, id)) = &tag.credentials {
            let key = KeyPath::from("credentials").key(key);
            self.writer.checked::<CredentialsId>(key, id);
            return;
        }
        let key = match transport {
            Some(Transport::Ssh) => "credentials.ssh",
            _ => "credentials.https",
        };
        self.writer.unsure(
            "Git pushes as the agent is set up. If it needs a credential of Jenkins, name it:",
        );
        self.writer.propose(|writer| writer.entry(key, "git-push"));
    }

    pub(super) fn promotion(&mut self) {
        let Some(found) = self
            .jenkinsfile
            .map(|jenkinsfile| &jenkinsfile.promotion)
            .filter(|found| !found.is_empty())
        else {
            return;
        };
        if !["stage", "flow", "description"].iter().all(|key| {
            found
                .get(key)
                .is_some_and(|text| text.parse::<Line>().is_ok())
        }) {
            self.writer.blank();
            self.writer.unsure("The Jenkinsfile promotes by artifactz.io; stage, flow or description were not understood. See [promotion].");
            return;
        }
        self.writer.table("promotion");
        let everywhere = self.everywhere(StageKind::Promote, "promotes");
        self.writer.unsure_if(everywhere.as_deref());
        for key in ["name", "type", "stage", "flow", "description"] {
            let is_default = match key {
                "name" => Some(self.project),
                "type" => Some("DockerImage"),
                _ => None,
            };
            // The description stands at the top.
            let about = key == "description"
                && found
                    .get(key)
                    .is_some_and(|text| text.parse::<Description>().is_ok());
            if let Some(text) = found
                .get(key)
                .filter(|text| Some(text.as_str()) != is_default && !about)
            {
                self.writer.checked::<Line>(key, text);
            }
        }
        if let Some(version) = found
            .get("version")
            .filter(|version| *version != "{version}.{build_number}")
        {
            self.writer.checked::<Template>("version", version);
        }
    }

    /// What to say if the Jenkinsfile does something on more branches.
    pub(super) fn everywhere(&self, kind: StageKind, does: &str) -> Option<String> {
        let everywhere = &self.jenkinsfile?.everywhere;
        let branches = match everywhere.get(&kind)? {
            true => "under a condition that was not understood",
            false => "on every branch",
        };
        Some(format!(
            "The Jenkinsfile {does} {branches}. Here it happens on the branch of [release] alone."
        ))
    }
}
