//! Changes as a reviewer reads them: what differs between projects by no more than their names is one row.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::subjects::{Risk, repository};
use super::{Change, Kind, Review};

/// How the name of a project is written where a row is about several.
pub(super) const PROJECT: &str = "<project>";

/// So many rows may differ by nothing but their values before they become one.
const ALIKE: usize = 3;

/// What is shown of one or more changes.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) risk: Risk,
    pub(super) reason: Option<&'static str>,
    pub(super) what: String,
    pub(super) kind: Kind,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) projects: Vec<String>,
    /// How many other values there are beside the ones that are shown.
    pub(super) others: usize,
}

impl From<&Change> for Row {
    fn from(change: &Change) -> Self {
        let shown = |value: &Option<String>| value.as_deref().map(short_digests);
        let (before, mut after) = (shown(&change.before), shown(&change.after));
        if let (true, Some(before), Some(text)) = (change.key.ends_with(".image"), &before, &after)
        {
            let same = repository(before);
            if same == repository(text) {
                after = Some(text[same.len()..].trim_start_matches([':', '@']).to_owned());
            }
        }
        Self {
            risk: change.risk,
            reason: change.reason,
            what: change.what.clone(),
            kind: change.kind,
            before,
            after,
            projects: change.projects.clone(),
            others: 0,
        }
    }
}

impl Row {
    /// The values, if there are any, with `quote` around each: `a → b`.
    pub(super) fn values(&self, quote: impl Fn(&str) -> String) -> Option<String> {
        Some(match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{} → {}", quote(before), quote(after)),
            (Some(value), None) | (None, Some(value)) => quote(value),
            (None, None) => return None,
        })
    }

    /// What happened to it, in a word.
    pub(super) fn verb(&self) -> &'static str {
        match self.kind {
            Kind::Added => " added",
            Kind::Removed => " removed",
            Kind::Changed => "",
        }
    }

    /// Its values as lines of a diff, if they have several lines.
    pub(super) fn lines(&self) -> Option<Vec<String>> {
        let texts = [&self.before, &self.after];
        if !texts.into_iter().flatten().any(|text| text.contains('\n')) {
            return None;
        }
        let before = self.before.as_deref().unwrap_or_default();
        let after = self.after.as_deref().unwrap_or_default();
        let diff = similar::TextDiff::from_lines(before, after);
        let changes = diff.iter_all_changes();
        let lines = changes.map(|change| {
            let line = change.value().trim_end_matches('\n');
            format!("{}{line}", change.tag())
        });
        Some(lines.collect())
    }

    /// The same row for any project: its own name is left open.
    fn open(&self) -> Self {
        let [name] = &self.projects[..] else {
            return self.clone();
        };
        let open = |text: &String| replace_word(text, name, PROJECT);
        Self {
            what: open(&self.what),
            before: self.before.as_ref().map(open),
            after: self.after.as_ref().map(open),
            ..self.clone()
        }
    }
}

/// The rows of a review, in the order of their risks.
pub(super) fn rows(review: &Review<'_>) -> Vec<Row> {
    let rows = review.summary.changes.iter().map(Row::from).collect();
    let mut rows = collapse(merge_open(rows));
    rows.extend(unexplained(review));
    rows.sort_by_key(|row| row.risk);
    rows
}

/// Rows of single projects that are the same but for the project's name become one.
fn merge_open(rows: Vec<Row>) -> Vec<Row> {
    let mut groups: IndexMap<_, Vec<Row>> = IndexMap::new();
    for row in rows {
        let open = row.open();
        let key = (
            (open.risk, open.reason, open.kind),
            (open.what, open.before, open.after),
            row.projects.len() == 1,
        );
        groups.entry(key).or_default().push(row);
    }
    let groups = groups.into_values();
    groups
        .flat_map(|group| match &group[..] {
            [first, _, ..] if first.projects.len() == 1 => {
                let mut projects: Vec<String> =
                    group.iter().flat_map(|row| row.projects.clone()).collect();
                projects.sort();
                vec![Row {
                    projects,
                    ..first.open()
                }]
            }
            _ => group,
        })
        .collect()
}

/// Many rows about the same thing, each with another value, become one. A risk never does: one of the values can be the bad one.
fn collapse(rows: Vec<Row>) -> Vec<Row> {
    let mut groups: IndexMap<_, Vec<Row>> = IndexMap::new();
    for (index, row) in rows.into_iter().enumerate() {
        let alone = (row.risk == Risk::Risk || row.projects.is_empty()).then_some(index);
        let key = (row.risk, row.reason, row.what.clone(), row.kind, alone);
        groups.entry(key).or_default().push(row);
    }
    let groups = groups.into_values();
    groups
        .flat_map(|group| match group.len() <= ALIKE {
            true => group,
            false => {
                let others = group.len() - 1;
                let projects: BTreeSet<String> =
                    group.iter().flat_map(|row| row.projects.clone()).collect();
                let first = group.into_iter().next();
                let row = first.map(|first| Row {
                    projects: projects.into_iter().collect(),
                    others,
                    ..first
                });
                row.into_iter().collect()
            }
        })
        .collect()
}

/// Texts that differ though the description does not say so.
fn unexplained(review: &Review<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let row = |what: String, reason, projects| Row {
        risk: Risk::Look,
        reason,
        what,
        kind: Kind::Changed,
        before: None,
        after: None,
        projects,
        others: 0,
    };
    let shared = review.texts.iter().filter(|text| text.project.is_none());
    let names: Vec<&str> = shared.map(|text| text.path.as_str()).collect();
    if !names.is_empty() && review.existed {
        rows.push(row(
            format!("shared files: {}", some_of(&names)),
            Some("all projects may use them"),
            Vec::new(),
        ));
    }
    let projects: BTreeSet<&str> = review
        .texts
        .iter()
        .filter_map(|text| text.project.as_ref())
        .map(|project| project.as_str())
        .filter(|project| !review.summary.concerns(project))
        .collect();
    if !projects.is_empty() {
        rows.push(row(
            "rendered text".to_owned(),
            Some("the description of these projects says the same"),
            projects.into_iter().map(str::to_owned).collect(),
        ));
    }
    rows
}

/// A few names, and how many more there are.
pub(super) fn some_of<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Replaces a word that no letter or digit touches.
pub(super) fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let last = before.chars().last().or_else(|| replaced.chars().last());
        replaced.push_str(before);
        replaced.push_str(match is_inside(last) || is_inside(after.chars().next()) {
            true => word,
            false => by,
        });
        rest = after;
    }
    replaced + rest
}

/// Digests by their first digits.
fn short_digests(text: &str) -> String {
    const SHOWN: usize = 12;
    let mut parts = text.split("sha256:");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        short.push_str("sha256:");
        match digits {
            64 => short.push_str(&format!("{}…{}", &part[..SHOWN], &part[digits..])),
            _ => short.push_str(part),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_inside_another_one_stays() {
        assert_eq!(
            replace_word("a/api:1 api-x rapid", "api", "P"),
            "a/P:1 P-x rapid"
        );
    }

    #[test]
    fn a_digest_is_shown_by_its_first_digits() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(
            short_digests(&format!("a:1@sha256:{digest} b")),
            "a:1@sha256:0123456789ab… b"
        );
        assert_eq!(short_digests("sha256:12"), "sha256:12");
    }
}
