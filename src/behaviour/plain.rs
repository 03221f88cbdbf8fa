//! The summary for a terminal: who on the left, what on the right, and what is risky at the top.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::rows::{Row, rows, some_of};
use super::subjects::Risk;
use super::{Review, Summary};
use crate::diagnostic::count;
use crate::markdown::visible;
use crate::wrap;

const BOLD: Style = Style::new().bold();
const DIMMED: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// The narrowest column of what changes.
const NARROWEST: usize = 20;
/// Before all that belongs to the line above.
const INDENT: &str = "  ";
/// The widest column of names; more projects are counted.
const NAMES: usize = 18;

/// The summary as text for people, so many columns wide where the values allow it.
pub fn plain(review: &Review<'_>, columns: usize) -> String {
    let rows = rows(review);
    let names = |row: &Row| who(row, review.summary);
    let widest = rows.iter().map(|row| names(row).chars().count()).max();
    let mut page = Page {
        text: format!("{BOLD}{}{BOLD:#}\n", headline(review, &rows)),
        names: widest.unwrap_or_default().min(NAMES),
        columns,
    };
    for (risk, title, style) in SECTIONS {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.risk == risk).collect();
        if !rows.is_empty() {
            let _ = writeln!(page.text, "\n{style}{title}{style:#}");
        }
        for (index, row) in rows.iter().enumerate() {
            let above = index.checked_sub(1).and_then(|above| rows.get(above));
            let below = rows.get(index + 1);
            let is_of_same = |other: &&&Row| other.projects == row.projects;
            let is_as_above = above.filter(is_of_same).is_some();
            // A reason of several rows stands below the last of them.
            let below = below
                .filter(is_of_same)
                .and_then(|below| below.reason.as_ref());
            let reason = row
                .reason
                .as_deref()
                .filter(|_| below != row.reason.as_ref());
            page.push(row, &names(row), is_as_above, reason);
        }
    }
    page.text
}

/// The sections and their titles.
pub(super) const SECTIONS: [(Risk, &str, Style); 3] = [
    (Risk::Risk, "Risks", RED),
    (Risk::Look, "To look at", YELLOW),
    (Risk::Other, "Other changes", BOLD),
];

/// What is to be said in one line.
pub(super) fn headline(review: &Review<'_>, rows: &[Row]) -> String {
    let revision = visible(review.revision);
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
        0 => return format!("{against}: {}", parts.join(", ")),
        1 => "1 file differs".to_owned(),
        files => format!("{files} files differ"),
    });
    format!("{against}: {}", parts.join(", "))
}

/// The projects of a row in a few words.
pub(super) fn who(row: &Row, summary: &Summary) -> String {
    let names = row.projects.join(", ");
    match row.projects.len() {
        0 => "library".to_owned(),
        1 => names,
        _ if summary.are_all(&row.projects) => "all projects".to_owned(),
        number if number > 3 || names.chars().count() > NAMES => format!("{number} projects"),
        _ => names,
    }
}

/// Whether the words of [`who`] only count the projects.
pub(super) fn is_count(row: &Row, who: &str) -> bool {
    who == format!("{} projects", row.projects.len())
}

/// Lines in two columns.
struct Page {
    text: String,
    /// Width of the left one.
    names: usize,
    /// Columns of the page.
    columns: usize,
}

impl Page {
    fn push(&mut self, row: &Row, who: &str, is_as_above: bool, reason: Option<&str>) {
        let mut sentence = format!("{}{}", row.what, row.verb());
        let lines = row.lines();
        let values = row
            .values(visible, visible)
            .filter(|_| lines.is_none() || !row.parts.is_empty());
        if let Some(values) = values {
            let _ = write!(sentence, ": {values}");
        }
        if row.others > 0 {
            let _ = write!(
                sentence,
                ", and {} elsewhere",
                count(row.others, "other value")
            );
        }
        let mut said = self.fit(&sentence, "");
        let mut notes = Vec::new();
        if is_count(row, who) && !is_as_above {
            notes.push(some_of(&row.projects));
        }
        notes.extend(reason.map(str::to_owned));
        // A short note stands behind, a long one below.
        if let ([line], [note], None) = (&said[..], &notes[..], &lines)
            && line.chars().count() + 2 + note.chars().count() <= self.width()
        {
            said = vec![format!("{line}; {DIMMED}{note}{DIMMED:#}")];
            notes.clear();
        }
        let mut left = if is_as_above { "" } else { who };
        for line in said {
            self.line(left, &line);
            left = "";
        }
        for line in lines.into_iter().flatten() {
            self.line("", &format!("{INDENT}{}", visible(&line)));
        }
        let notes: Vec<String> = notes
            .iter()
            .flat_map(|note| self.fit(note, INDENT))
            .collect();
        for line in notes {
            self.line("", &format!("{DIMMED}{line}{DIMMED:#}"));
        }
    }

    fn line(&mut self, left: &str, right: &str) {
        let _ = writeln!(self.text, "  {left:<names$}  {right}", names = self.names);
    }

    /// Width of the right column.
    fn width(&self) -> usize {
        self.columns.saturating_sub(self.names + 4).max(NARROWEST)
    }

    /// Lines that fit, those after the first indented.
    fn fit(&self, text: &str, indent: &str) -> Vec<String> {
        let options = wrap::options(self.width())
            .initial_indent(indent)
            .subsequent_indent(INDENT);
        let lines = textwrap::wrap(text, options).into_iter();
        lines.map(|line| line.into_owned()).collect()
    }
}
