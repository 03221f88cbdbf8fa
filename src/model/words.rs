//! Parts of the model in words, the same in every output.

use std::fmt;

use super::{BranchPattern, Condition, Recipient};
use crate::diagnostic::series;

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Culprits => "culprits",
            Self::Developers => "developers",
            Self::Requester => "requester",
            Self::Address(address) => address.as_str(),
        })
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
