//! Who is mailed.

use std::str::FromStr;

use super::reader::Reader;
use crate::config::{self, KeyPath, Spanned};
use crate::diagnostic::nearest;
use crate::model::{Invalid, Notify, Recipient};

impl<'a> Reader<'a, '_> {
    /// Who is mailed where a stage says nothing else.
    pub(super) fn recipients(&mut self) -> Vec<Recipient> {
        let written = self.list("notify.recipients", |project| {
            project.notify.recipients.as_ref()
        });
        written.unwrap_or_default()
    }

    pub(super) fn notify(&mut self, default: &[Recipient]) -> Option<Notify> {
        let mut stage =
            |key: &str, get: fn(&config::NotifyStages) -> Option<&Vec<Spanned<String>>>| {
                self.list(KeyPath::from("notify.stages").key(key), |project| {
                    get(&project.notify.stages)
                })
                .unwrap_or_else(|| default.to_vec())
            };
        let checkout = stage("checkout", |stages| stages.checkout.as_ref());
        let check = stage("check", |stages| stages.check.as_ref());
        let sonar = stage("sonar", |stages| stages.sonar.as_ref());
        let build = stage("build", |stages| stages.build.as_ref());
        let scan = stage("scan", |stages| stages.scan.as_ref());
        let push = stage("push", |stages| stages.push.as_ref());
        let tag = stage("tag", |stages| stages.tag.as_ref());
        let promote = stage("promote", |stages| stages.promote.as_ref());
        let recovery = stage("recovery", |stages| stages.recovery.as_ref());
        Some(Notify {
            via: self.plain("notify.via", |project| project.notify.via.as_ref())?,
            checkout,
            check,
            sonar,
            build,
            scan,
            push,
            tag,
            promote,
            recovery,
        })
    }
}

impl FromStr for Recipient {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "culprits" => Ok(Self::Culprits),
            "developers" => Ok(Self::Developers),
            "requester" => Ok(Self::Requester),
            address if address.contains('@') => address.parse().map(Self::Address),
            word => {
                let known = ["culprits", "developers", "requester"];
                let invalid =
                    Invalid::new("must be `culprits`, `developers`, `requester` or a mail address");
                Err(match nearest(word, known) {
                    Some(nearest) => invalid.help(format!("did you mean `{nearest}`?")),
                    None => invalid,
                })
            }
        }
    }
}
