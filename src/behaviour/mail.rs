//! Who is mailed is written once for all stages, and true of each: the same change in several of them is one.

use std::collections::HashMap;

use super::Change;
use crate::model::{Project, Work};

/// The key for a branch that is back to normal, which is no stage.
const RECOVERY: &str = "notify.stages.recovery";

/// The keys that say who is mailed about a project's stages, in their order.
pub(super) fn keys(project: &Project) -> Vec<String> {
    let stages = project.stages();
    let mut keys = Vec::new();
    for stage in stages.iter() {
        let key = match stage.work {
            Work::Checkout => "notify.stages.checkout",
            Work::Check(_) => "notify.stages.check",
            Work::Analyse(_) => "notify.stages.sonar",
            Work::Build(_) => "notify.stages.build",
            Work::Scan(_) => "notify.stages.scan",
            Work::Push(_) => "notify.stages.push",
            Work::Tag(_) => "notify.stages.tag",
            Work::Promote(_) => "notify.stages.promote",
            Work::Own(own) => &format!("stages.{}.recipients", own.name),
        };
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys.push(RECOVERY.to_owned());
    keys
}

/// Joins the same change in several stages. `after`: the project as it is.
pub(super) fn join(changes: Vec<Change>, after: &Project) -> Vec<Change> {
    let mut joined: Vec<Change> = Vec::new();
    let mut told: HashMap<usize, Vec<String>> = HashMap::new();
    for change in changes {
        if stage_of(&change.key).is_none() {
            joined.push(change);
            continue;
        }
        let same = joined.iter().position(|other| {
            (stage_of(&other.key).is_some() || other.key == "notify.recipients")
                && (other.kind, &other.before, &other.after)
                    == (change.kind, &change.before, &change.after)
        });
        let index = same.unwrap_or(joined.len());
        told.entry(index).or_default().push(change.key.clone());
        match same {
            Some(index) => "notify.recipients".clone_into(&mut joined[index].key),
            None => joined.push(change),
        }
    }
    let all = keys(after);
    for (index, change) in joined.iter_mut().enumerate() {
        if let Some(keys) = told.get(&index).filter(|keys| keys.len() > 1) {
            change.what = words(keys, &all);
        }
    }
    joined
}

/// The mails that these of all keys are about. The stages are named that are fewer: those that change, or those that don't.
fn words(keys: &[String], all: &[String]) -> String {
    let stages = |keys: &[String], but: &[String]| -> Vec<String> {
        let keys = keys
            .iter()
            .filter(|key| *key != RECOVERY && !but.contains(key));
        keys.filter_map(|key| stage_of(key))
            .map(str::to_owned)
            .collect()
    };
    let (named, others) = (stages(keys, &[]), stages(all, keys));
    let which = match others.len() {
        0 => String::new(),
        number if number < named.len() => format!(" (all stages but {})", others.join(", ")),
        _ => format!(" ({})", named.join(", ")),
    };
    let recoveries = match keys.iter().any(|key| key == RECOVERY) {
        true => " and recoveries",
        false => "",
    };
    format!("mail of failures{which}{recoveries}")
}

/// The name of the stage about which a key says who is mailed.
pub(super) fn stage_of(key: &str) -> Option<&str> {
    let own = || key.strip_prefix("stages.")?.strip_suffix(".recipients");
    key.strip_prefix("notify.stages.").or_else(own)
}
