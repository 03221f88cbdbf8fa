//! Who is mailed.

use std::collections::BTreeSet;

use super::super::writer::{list, quote};
use super::{Describer, MAX_PARTS};
use crate::checkout::jenkinsfile::StageKind;
use crate::config::KeyPath;
use crate::model::Recipient;

/// A Jenkinsfile that mails about fewer kinds of stages leaves some out on purpose.
const FEW_STAGES: usize = 3;

impl<'a> Describer<'a> {
    pub(super) fn notify(&mut self) {
        let mut unusable: Vec<&str> = Vec::new();
        let mut mails: Vec<(Option<StageKind>, Vec<&str>)> = Vec::new();
        for (kind, names) in self
            .jenkinsfile
            .iter()
            .flat_map(|jenkinsfile| &jenkinsfile.mails)
        {
            let (good, bad): (Vec<&str>, Vec<&str>) = names
                .iter()
                .map(String::as_str)
                .partition(|name| name.parse::<Recipient>().is_ok());
            unusable.extend(bad);
            if !good.is_empty() {
                mails.push((*kind, good));
            }
        }
        // Who is mailed about everything, else who is mailed most often, is mailed about everything else.
        let most = mails.iter().max_by_key(|(kind, names)| {
            let often = mails.iter().filter(|(_, other)| other == names).count();
            (kind.is_none(), often)
        });
        let Some((_, usual)) = most else {
            if !self.library.notifies {
                self.writer.table("notify");
                self.writer.comment("Authors of the changes since the last success; `developers`, `requester` and addresses are possible too.");
                self.unusable_recipients(&unusable);
                self.writer.entry("recipients", list(["culprits"]));
            }
            return;
        };
        let told: BTreeSet<StageKind> = mails.iter().filter_map(|(kind, _)| *kind).collect();
        let is_narrow = told.len() < FEW_STAGES && mails.iter().all(|(kind, _)| kind.is_some());
        self.writer.table("notify");
        if is_narrow {
            let told: Vec<&str> = told.into_iter().map(StageKind::key).collect();
            self.writer.unsure(format!(
                "The Jenkinsfile mails about failures in {} alone. Here failures of all stages are mailed, and that a branch is good again: see [notify.stages].",
                told.join(" and ")
            ));
        }
        self.unusable_recipients(&unusable);
        if self
            .jenkinsfile
            .is_some_and(|jenkinsfile| jenkinsfile.mailer)
        {
            self.writer.comment("The Jenkinsfile mails by the classic Mailer. Email Extension, whose recipients it uses, sends by itself; as before:");
            self.writer.propose(|writer| writer.entry("via", "mailer"));
        }
        self.writer.entry("recipients", list(usual.iter().copied()));
        for (kind, names) in mails.iter().filter(|(_, names)| names != usual) {
            if let Some(kind) = kind {
                self.writer.entry(
                    KeyPath::from("stages").key(kind.key()),
                    list(names.iter().copied()),
                );
            }
        }
    }

    fn unusable_recipients(&mut self, names: &[&str]) {
        if !names.is_empty() {
            let names: Vec<String> = names
                .iter()
                .take(MAX_PARTS)
                .map(|name| quote(name))
                .collect();
            self.writer.unsure(format!(
                "The Jenkinsfile mails {} too, which is neither an address nor a group that is known here.",
                names.join(", ")
            ));
        }
    }
}
