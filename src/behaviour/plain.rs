//! The summary for a terminal: who on the left, what on the right, and what is risky at the top.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::rows::{Row, rows, some_of};
use super::subjects::Risk;
use super::{Counts, Review};
use crate::diagnostic::count;
use crate::markdown::visible;

const BOLD: Style = Style::new().bold();
const DIMMED: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// Columns of a terminal.
const WIDTH: usize = 80;
/// The widest column of names; more projects are counted.
const NAMES: usize = 18;

/// The summary as text for people, 80 columns wide where the values allow it.
pub fn plain(review: &Review<'_>) -> String {
    let rows = rows(review);
    let mut text = format!("{BOLD}{}{BOLD:#}\n", headline(review, &rows));
    let width = rows
        .iter()
        .map(|row| who(row, review.summary.projects).chars().count())
        .max();
    for (risk, title, style) in SECTIONS {
        let mut rows = rows.iter().filter(|row| row.risk == risk).peekable();
        if rows.peek().is_some() {
            let _ = writeln!(text, "\n{style}{title}{style:#}");
        }
        for row in rows {
            push(&mut text, row, review.summary.projects, width.unwrap_or(0));
        }
    }
    text
}

/// The sections and their titles.
pub(super) const SECTIONS: [(Risk, &str, Style); 3] = [
    (Risk::Risk, "Risks", RED),
    (Risk::Look, "To look at", YELLOW),
    (Risk::Other, "Other changes", BOLD),
];

/// What is to be said in one line.
pub(super) fn headline(review: &Review<'_>, rows: &[Row]) -> String {
    let revision: String = review.revision.chars().map(visible).collect();
    let number = |risk| rows.iter().filter(|row| row.risk == risk).count();
    let against = match review.existed {
        true => format!("Against {revision}"),
        false => format!("There is no workspace at {revision}, all is new"),
    };
    if review.is_empty() {
        return format!("{against}: no difference");
    }
    let mut parts = Vec::new();
    for (risk, words) in [
        (Risk::Risk, "risk"),
        (Risk::Look, "change to look at"),
        (Risk::Other, "other change"),
    ] {
        let number = number(risk);
        if number > 0 || risk == Risk::Risk {
            parts.push(match (number, risk) {
                (0, _) => "no risks".to_owned(),
                (1, _) | (_, Risk::Risk | Risk::Other) => count(number, words),
                (_, Risk::Look) => format!("{number} changes to look at"),
            });
        }
    }
    parts.push(match review.texts.len() {
        1 => "1 file differs".to_owned(),
        files => format!("{files} files differ"),
    });
    format!("{against}: {}", parts.join(", "))
}

/// The projects of a row in a few words.
pub(super) fn who(row: &Row, projects: Counts) -> String {
    let number = row.projects.len();
    let names = row.projects.join(", ");
    match number {
        0 => "library".to_owned(),
        _ if number <= 3 && names.chars().count() <= NAMES => names,
        1 => names,
        _ if number == projects.after => format!("all {number} projects"),
        _ => format!("{number} projects"),
    }
}

fn push(text: &mut String, row: &Row, projects: Counts, width: usize) {
    let shown = |value: &str| value.chars().map(visible).collect::<String>();
    let who = who(row, projects);
    let mut sentence = format!("{}{}", row.what, row.verb());
    let lines = row.lines();
    if let (None, Some(values)) = (&lines, row.values(shown)) {
        let _ = write!(sentence, ": {values}");
    }
    if row.others > 0 {
        let _ = write!(
            sentence,
            ", and {} elsewhere",
            count(row.others, "other value")
        );
    }
    let indent = width.min(NAMES) + 4;
    let fit = |text: &str| {
        let options = textwrap::Options::new(WIDTH.saturating_sub(indent)).break_words(false);
        let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
        let lines = textwrap::wrap(text, options).into_iter();
        lines.map(|line| line.into_owned()).collect::<Vec<String>>()
    };
    let mut first = who.clone();
    for line in fit(&sentence) {
        let _ = writeln!(text, "  {first:<0$}  {line}", indent - 4);
        first.clear();
    }
    for line in lines.into_iter().flatten() {
        let _ = writeln!(text, "  {:<0$}  {1}", indent - 4, shown(&line));
    }
    let mut notes = Vec::new();
    if who.ends_with(" projects") && !who.starts_with("all ") {
        notes.push(some_of(&row.projects));
    }
    notes.extend(row.reason.map(str::to_owned));
    for line in notes.iter().flat_map(|note| fit(note)) {
        let _ = writeln!(text, "{:indent$}{DIMMED}{line}{DIMMED:#}", "");
    }
}
