//! Parts of the model in words, the same in every output: for people, for grype and for BuildKit.

use std::fmt;

use super::{BranchPattern, CacheMode, Condition, FailOn, Recipient, Scope};
use crate::diagnostic::series;

impl FailOn {
    /// grype's word for the severity; `never` is the emitted step's own.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
            Self::Never => "never",
        }
    }
}

impl Scope {
    /// grype's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Squashed => "squashed",
            Self::AllLayers => "all-layers",
            Self::DeepSquashed => "deep-squashed",
        }
    }
}

impl CacheMode {
    /// BuildKit's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

impl Recipient {
    /// As it is written: a word or an address.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Culprits => "culprits",
            Self::Developers => "developers",
            Self::Requester => "requester",
            Self::Address(address) => address.as_str(),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `only branches main or release/*, no pull request, no tag`; nothing if nothing is asked.
impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = !self.branches.is_empty();
        let mut terms = Vec::new();
        if named {
            terms.push(format!("only {}", branches(&self.branches)));
        }
        if !self.except_branches.is_empty() {
            terms.push(format!("not {}", branches(&self.except_branches)));
        }
        for (noun, wanted) in [("pull request", self.pull_request), ("tag", self.tag)] {
            terms.extend(match wanted {
                Some(true) => Some(format!("only {noun}s")),
                Some(false) => Some(format!("no {noun}")),
                // Branches that are named exclude the others.
                None => named.then(|| format!("no {noun}")),
            });
        }
        formatter.write_str(&terms.join(", "))
    }
}

fn branches(patterns: &[BranchPattern]) -> String {
    let noun = if patterns.len() == 1 {
        "branch"
    } else {
        "branches"
    };
    format!("{noun} {}", series(patterns, "or"))
}
