//! Changes as a reviewer reads them: what differs between projects by no more than their names is one row.

use std::borrow::Cow;
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::subjects::{Risk, repository};
use super::{Change, Kind, Part, Review};

/// How the name of a project is written where a row is about several.
pub(super) const PROJECT: &str = "<project>";

/// So many rows may differ by nothing but their values before they become one.
const ALIKE: usize = 3;

/// So many keys of a new project are named.
const KEYS: usize = 12;

/// What is shown of one or more changes.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) risk: Risk,
    pub(super) reason: Option<Cow<'static, str>>,
    pub(super) what: String,
    pub(super) kind: Kind,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// What changes inside a stage.
    pub(super) parts: Vec<Part>,
    pub(super) projects: Vec<String>,
    /// Whether it is about a file, which only the text tells more about.
    is_file: bool,
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
            reason: change.reason.clone(),
            what: change.what.clone(),
            kind: change.kind,
            before,
            after,
            parts: change.parts.clone(),
            projects: change.projects.clone(),
            // No key of the language has a slash.
            is_file: change.key.contains('/'),
            others: 0,
        }
    }
}

impl Row {
    /// The values, if there are any, with `quote` around each: `a → b`; the words between them as `text` has them.
    pub(super) fn values(
        &self,
        quote: impl Fn(&str) -> String,
        text: impl Fn(&str) -> String,
    ) -> Option<String> {
        if !self.parts.is_empty() {
            let parts = self.parts.iter();
            let parts = parts.map(|part| self.part(part, &text(&part.what), &quote));
            return Some(parts.collect::<Vec<String>>().join("; "));
        }
        Some(match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{} → {}", quote(before), quote(after)),
            (Some(value), None) | (None, Some(value)) => quote(value),
            (None, None) => return None,
        })
    }

    /// What changes in one part of a stage.
    fn part(&self, part: &Part, what: &str, quote: impl Fn(&str) -> String) -> String {
        match (&part.before, &part.after) {
            // They stand below.
            _ if is_script(part) => what.to_owned(),
            (Some(before), Some(after)) => format!("{what} {} → {}", quote(before), quote(after)),
            (None, Some(after)) if self.kind == Kind::Added => format!("{what} {}", quote(after)),
            (None, Some(after)) => format!("{what} {} added", quote(after)),
            (Some(before), None) => format!("{what} {} removed", quote(before)),
            (None, None) => what.to_owned(),
        }
    }

    /// What happened to it, in a word.
    pub(super) fn verb(&self) -> &'static str {
        match self.kind {
            Kind::Added => " added",
            Kind::Removed => " removed",
            Kind::NotAsRendered => " not as rendered",
            // Without values there is nothing else that says so.
            Kind::Changed
                if self.before.is_none() && self.after.is_none() && self.parts.is_empty() =>
            {
                " changed"
            }
            Kind::Changed => "",
        }
    }

    /// Its values as lines of a diff, if they have several lines.
    pub(super) fn lines(&self) -> Option<Vec<String>> {
        let script = self.parts.iter().find(|part| is_script(part));
        let (before, after) = match script {
            Some(script) => (&script.before, &script.after),
            None => (&self.before, &self.after),
        };
        let has_lines =
            |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\n'));
        if script.is_none() && !has_lines(before) && !has_lines(after) {
            return None;
        }
        // The last line ends like those before it.
        let text = |text: &Option<String>| text.as_ref().map(|text| format!("{text}\n"));
        let (before, after) = (
            text(before).unwrap_or_default(),
            text(after).unwrap_or_default(),
        );
        let diff = similar::TextDiff::from_lines(&before, &after);
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
            parts: self
                .parts
                .iter()
                .map(|part| Part {
                    before: part.before.as_ref().map(open),
                    after: part.after.as_ref().map(open),
                    ..part.clone()
                })
                .collect(),
            ..self.clone()
        }
    }
}

/// The rows of a review, in the order of their risks.
pub(super) fn rows(review: &Review<'_>) -> Vec<Row> {
    let rows = with_new_projects(&review.summary.changes);
    let mut rows = join_files(collapse(merge_open(rows)));
    rows.sort_by_key(|row| row.risk);
    rows
}

/// A row for each change, but one for each new project with the keys of it that are to look at: its risks alone have rows of their own.
fn with_new_projects(changes: &[Change]) -> Vec<Row> {
    let is_new = |change: &Change| change.key == "project" && change.kind == Kind::Added;
    let all_new = changes.iter().filter(|change| is_new(change));
    let new: BTreeSet<&String> = all_new.flat_map(|change| &change.projects).collect();
    let is_detail = |change: &Change| {
        change.risk == Risk::Look
            && !is_new(change)
            && !change.projects.is_empty()
            && change.projects.iter().all(|name| new.contains(name))
            && !change.key.contains('/')
    };
    let keys = |project: &String| -> Vec<&str> {
        let details = changes
            .iter()
            .filter(|change| is_detail(change) && change.projects.contains(project));
        let mut keys: Vec<&str> = details.map(|change| change.key.as_str()).collect();
        keys.dedup();
        keys
    };
    let mut rows = Vec::new();
    for change in changes.iter().filter(|change| !is_detail(change)) {
        if !is_new(change) {
            rows.push(Row::from(change));
            continue;
        }
        for project in &change.projects {
            let keys = keys(project);
            let has_keys = !keys.is_empty();
            rows.push(Row {
                reason: has_keys.then_some("these keys of it are to look at".into()),
                after: has_keys.then(|| first_of(&keys, KEYS)),
                projects: vec![project.clone()],
                ..Row::from(change)
            });
        }
    }
    rows
}

/// Files that mean the same to the same projects are named in one row, but for risks, of which one can be the bad one. Those that are not as rendered
/// are counted, because `check` lists them; their names tell of which projects they are.
fn join_files(rows: Vec<Row>) -> Vec<Row> {
    let mut groups: IndexMap<_, (Row, Vec<String>)> = IndexMap::new();
    for (index, row) in rows.into_iter().enumerate() {
        let is_joined = row.is_file && (row.risk != Risk::Risk || row.kind == Kind::NotAsRendered);
        let alone = (!is_joined).then_some(index);
        let projects = match row.kind {
            Kind::NotAsRendered => Vec::new(),
            _ => row.projects.clone(),
        };
        let is_shared = row.projects.is_empty();
        let key = (
            row.risk,
            row.reason.clone(),
            row.kind,
            projects,
            is_shared,
            alone,
        );
        let (what, projects) = (row.what.clone(), row.projects.clone());
        let (joined, files) = groups.entry(key).or_insert((row, Vec::new()));
        files.push(what);
        joined.projects.extend(projects);
    }
    let groups = groups.into_values();
    groups
        .map(|(mut row, files)| {
            row.projects.sort();
            row.projects.dedup();
            row.what = some_of(&files);
            row
        })
        .collect()
}

/// Whether a part is shown as lines.
fn is_script(part: &Part) -> bool {
    part.key.ends_with(".commands")
}

/// Rows of single projects that are the same but for the project's name become one.
fn merge_open(rows: Vec<Row>) -> Vec<Row> {
    let mut groups: IndexMap<_, Vec<Row>> = IndexMap::new();
    for row in rows {
        let open = row.open();
        let key = (
            (open.risk, open.reason, open.kind),
            (open.what, open.before, open.after, open.parts),
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

/// Many rows about the same thing, each with another value, become one, and those whose values look otherwise than most stay beside it. A risk never
/// does: one of the values can be the bad one.
fn collapse(rows: Vec<Row>) -> Vec<Row> {
    let mut groups: IndexMap<_, Vec<Row>> = IndexMap::new();
    for (index, row) in rows.into_iter().enumerate() {
        let is_single = row.risk == Risk::Risk || row.projects.is_empty() || !row.parts.is_empty();
        let alone = is_single.then_some(index);
        let key = (
            row.risk,
            row.reason.clone(),
            row.what.clone(),
            row.kind,
            alone,
        );
        groups.entry(key).or_default().push(row);
    }
    let groups = groups.into_values().flat_map(alike);
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

/// Where most values of a group are the same but for their numbers, these are one group, and the others, among which the bad one can be, stay alone.
fn alike(group: Vec<Row>) -> Vec<Vec<Row>> {
    let mut shapes: IndexMap<_, Vec<Row>> = IndexMap::new();
    let number = group.len();
    for row in group {
        let key = (shape(row.before.as_deref()), shape(row.after.as_deref()));
        shapes.entry(key).or_default().push(row);
    }
    let has_most = shapes.values().any(|rows| rows.len() * 2 > number);
    match has_most {
        true => shapes.into_values().collect(),
        false => vec![shapes.into_values().flatten().collect()],
    }
}

/// A value without its numbers.
fn shape(value: Option<&str>) -> String {
    let value = value.unwrap_or_default();
    let parts = value.split(|c: char| c.is_ascii_digit());
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<&str>>()
        .join("0")
}

/// A few names, and how many more there are.
pub(super) fn some_of<T: AsRef<str>>(names: &[T]) -> String {
    first_of(names, 3)
}

/// The first names, and how many more there are.
fn first_of<T: AsRef<str>>(names: &[T], number: usize) -> String {
    let shown: Vec<&str> = names.iter().take(number).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(number) {
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
