//! The summary as a comment on a pull request. What is risky is open, all else is opened by a click.

use indexmap::IndexMap;
use similar::ChangeTag;

use super::plain::{SECTIONS, headline, is_count, who};
use super::rows::{PROJECT, Row, replace_word, rows, some_of};
use super::subjects::Risk;
use super::{Review, Summary};
use crate::diagnostic::count;
use crate::markdown::{self, code, details, diff, table};
use crate::texts::TextChange;

/// The comment, cut where it would become longer than one may be.
pub fn markdown(review: &Review<'_>, only_summary: bool) -> String {
    let rows = rows(review);
    let mut comment = Comment {
        text: format!("### {}\n", markdown::text(&headline(review, &rows))),
        left_out: 0,
        risks_left_out: 0,
    };
    for (risk, title, _) in SECTIONS {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.risk == risk).collect();
        comment.section(risk, title, &rows, review.summary);
    }
    if !only_summary {
        comment.texts(review.texts);
    }
    comment.finish()
}

/// What is kept free for the note about what did not fit.
const RESERVE: usize = 500;

struct Comment {
    text: String,
    /// How many rows and files did not fit.
    left_out: usize,
    /// How many of them are risks.
    risks_left_out: usize,
}

impl Comment {
    fn has_room(&self, length: usize) -> bool {
        self.text.len() + length + RESERVE <= markdown::MAX_LENGTH
    }

    fn section(&mut self, risk: Risk, title: &str, rows: &[&Row], summary: &Summary) {
        if rows.is_empty() {
            return;
        }
        let mut length = 0;
        let mut kept = Vec::new();
        for row in rows {
            let cells = cells(row, summary);
            length += cells.iter().map(|cell| cell.len() + 3).sum::<usize>();
            if !self.has_room(length) {
                let left_out = rows.len() - kept.len();
                self.left_out += left_out;
                if risk == Risk::Risk {
                    self.risks_left_out = left_out;
                }
                break;
            }
            kept.push(cells);
        }
        if kept.is_empty() {
            return;
        }
        let table = table(["Projects", "What changes", "Why it matters"], kept);
        self.text.push('\n');
        self.text.push_str(&match risk {
            Risk::Other => details(&format!("{title} ({})", rows.len()), &table),
            _ => format!("**{title}**\n\n{table}"),
        });
    }

    /// The diffs; files in which the same lines change are shown once.
    fn texts(&mut self, texts: &[TextChange]) {
        let mut groups: IndexMap<_, Vec<&TextChange>> = IndexMap::new();
        for text in texts {
            groups.entry(alike(text)).or_default().push(text);
        }
        let mut shown = String::new();
        for group in groups.values() {
            let Some(first) = group.first() else { continue };
            let plain = anstream::adapter::strip_str(&first.unified()).to_string();
            let paths: Vec<&str> = group.iter().map(|text| text.path.as_str()).collect();
            let title = match paths.len() {
                1 => code(paths[0]),
                number => format!("{number} files alike: {}", code(&some_of(&paths))),
            };
            let block = details(&title, &diff(&plain));
            match self.has_room(shown.len() + block.len()) {
                true => shown.push_str(&block),
                false => self.left_out += group.len(),
            }
        }
        if !shown.is_empty() {
            let title = format!("Text of {}", count(texts.len(), "file"));
            self.text.push('\n');
            self.text.push_str(&details(&title, &shown));
        }
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let more = count(self.left_out, "more change");
            let risks = match self.risks_left_out {
                0 => String::new(),
                risks => format!(", {} among them,", count(risks, "risk")),
            };
            self.text.push_str(&format!(
                "\n{more}{risks} did not fit here: `jenkinsgen diff --against` shows all of them.\n"
            ));
        }
        self.text
    }
}

fn cells(row: &Row, summary: &Summary) -> [String; 3] {
    let who = who(row, summary);
    let who = match is_count(row, &who) {
        true => {
            let names = markdown::text(&row.projects.join(", "));
            format!("<details><summary>{who}</summary>{names}</details>")
        }
        false => markdown::text(&who),
    };
    let mut what = markdown::text(&format!("{}{}", row.what, row.verb()));
    let lines = row.lines();
    let values = row
        .values(code, markdown::text)
        .filter(|_| lines.is_none() || !row.parts.is_empty());
    if let Some(values) = &values {
        what.push_str(&format!(": {values}"));
    }
    if let Some(lines) = lines {
        let lines: Vec<String> = lines.iter().map(|line| code(line)).collect();
        let colon = if values.is_some() { "" } else { ":" };
        what.push_str(&format!("{colon}<br>{}", lines.join("<br>")));
    }
    if row.others > 0 {
        what.push_str(&format!(
            ", and {} elsewhere",
            count(row.others, "other value")
        ));
    }
    [
        who,
        what,
        markdown::text(row.reason.as_deref().unwrap_or_default()),
    ]
}

/// What is the same in two files that are alike: the lines that change, with the project's name left open.
fn alike(text: &TextChange) -> Vec<(ChangeTag, String)> {
    let mut lines = text.lines();
    if let Some(project) = &text.project {
        for (_, line) in &mut lines {
            *line = replace_word(line, project.as_str(), PROJECT);
        }
    }
    lines
}
