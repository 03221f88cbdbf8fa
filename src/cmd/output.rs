//! Prints: results on standard output, what goes wrong on standard error; in another format than the plain one, all of it on standard output.

use std::io::{self, Write as _};
use std::os::fd::AsFd;

use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use camino::Utf8Path;
use serde_json::{Value, json};
use terminal_size::{Width, terminal_size_of};
use textwrap::core::display_width;

use super::Usage;
use super::progress::Progress;
use crate::cli::Format;
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::github::Annotation;
use crate::markdown;
use crate::plan::{Action, Change, Conflict, Plan};
use crate::source::Place;
use crate::workspace::Failure;
use crate::wrap;

/// Version of the JSON documents: it changes when a field is removed or changes its meaning.
const JSON_VERSION: u32 = 1;

pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIMMED: Style = Style::new().dimmed();

/// Where and how a command prints.
#[derive(Debug)]
pub(super) struct Output {
    format: Format,
    /// None if the command line has none.
    command: Option<String>,
    progress: Progress,
}

impl Output {
    /// `is_attended`: somebody looks at standard error.
    pub(super) fn new(format: Format, command: Option<String>, is_attended: bool) -> Self {
        Self {
            format,
            command,
            progress: Progress::new(is_attended && format == Format::Plain),
        }
    }

    /// Says what is done from now on until something is printed, if that takes long and somebody looks.
    pub(super) fn doing(&self, what: &str) {
        self.progress.doing(what);
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints text for people, in colours where they are wanted.
    pub(super) fn text(&self, text: &str) -> anyhow::Result<()> {
        self.progress.end();
        let mut stdout = anstream::stdout().lock();
        let printed = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        match printed {
            // The reader of a pipe has seen enough; the exit code still tells.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed.context("can't print the result"),
        }
    }

    /// Prints text for people beside the result.
    pub(super) fn note(&self, text: &str) -> io::Result<()> {
        self.progress.end();
        anstream::stderr().lock().write_all(text.as_bytes())
    }

    /// Prints the JSON document: its version and command, then the fields of `document`.
    pub(super) fn json(&self, document: Value) -> anyhow::Result<()> {
        let mut whole = json!({ "version": JSON_VERSION, "command": self.command });
        if let (Some(whole), Value::Object(fields)) = (whole.as_object_mut(), document) {
            whole.extend(fields);
        }
        self.text(&format!("{whole:#}\n"))
    }

    /// Prints why a command could not do its work: for people if it can't be printed otherwise. `folder`: that of the workspace in its repository.
    pub(super) fn failure(&self, failure: &Failure, folder: &Utf8Path) -> io::Result<()> {
        let printed = match (self.format, failure) {
            (Format::Plain, _) => None,
            (Format::Json, Failure::Input(diagnostics)) => {
                let diagnostics = diagnostics.iter().map(|new| new.to_json());
                let document = json!({ "diagnostics": diagnostics.collect::<Vec<Value>>() });
                Some(self.json(document))
            }
            (Format::Json, Failure::Other(error)) => {
                let code = match error.is::<Usage>() {
                    true => "usage",
                    false => "failed",
                };
                Some(self.json(json!({ "code": code, "error": format!("{error:#}") })))
            }
            (Format::Github, Failure::Input(diagnostics)) => {
                let file = |place: &Place| Some(folder.join(&place.source.path));
                Some(self.text(&diagnostic::to_github(diagnostics, file)))
            }
            (Format::Github, Failure::Other(error)) => {
                let message = format!("{error:#}");
                let annotation = Annotation::new(Severity::Error, self.title(), &message);
                Some(self.text(&annotation.to_string()))
            }
            (Format::Markdown, Failure::Input(diagnostics)) => {
                Some(self.text(&diagnostic::to_markdown(&self.title(), diagnostics, "")))
            }
            (Format::Markdown, Failure::Other(error)) => Some(self.text(&format!(
                "### {}: 1 error\n\n{}\n",
                self.title(),
                markdown::text(&format!("{error:#}"))
            ))),
        };
        if let Some(Ok(())) = printed {
            return Ok(());
        }
        match failure {
            Failure::Input(diagnostics) => {
                let errors = diagnostic::summary(diagnostics);
                // A command that only reads has nothing to say of it.
                let end = match self.command.as_deref() {
                    Some("init" | "render") => "; nothing was written",
                    _ => "",
                };
                self.note(&format!(
                    "{}{errors}{end}\n",
                    listed(diagnostics, &io::stderr())
                ))
            }
            Failure::Other(error) => {
                let what = format!("{RED}{BOLD}error{BOLD:#}{RED:#}: {error:#}");
                self.note(&format!("{}\n", fitted(&what, "  ", &io::stderr())))
            }
        }
    }

    /// The program and the command.
    fn title(&self) -> String {
        let command = self.command.iter().map(String::as_str);
        let words: Vec<&str> = ["jenkinsgen"].into_iter().chain(command).collect();
        words.join(" ")
    }

    /// Prints a sentence: on a terminal it is broken between words.
    pub(super) fn sentence(&self, text: &str) -> anyhow::Result<()> {
        self.text(&format!("{}\n", fitted(text, "", &io::stdout())))
    }

    /// Prints the files that stop a run, each with the way out.
    pub(super) fn conflicts(&self, plan: &Plan) -> io::Result<()> {
        for (path, conflict) in plan.conflicts() {
            let what = format!(
                "{RED}{BOLD}conflict{BOLD:#}{RED:#}: {path} {}",
                conflict.reason()
            );
            let help = format!("  {CYAN}help{CYAN:#}: {}", conflict.way_out());
            let stderr = io::stderr();
            let (what, help) = (
                fitted(&what, "  ", &stderr),
                fitted(&help, "        ", &stderr),
            );
            self.note(&format!("{what}\n{help}\n"))?;
        }
        Ok(())
    }
}

/// Columns for pages that are laid out: those of a narrow terminal, else the usual 80.
pub(super) fn columns() -> usize {
    const USUAL: usize = 80;
    match terminal_size_of(io::stdout()) {
        Some((Width(width), _)) => USUAL.min(width.into()),
        None => USUAL,
    }
}

/// Text that fits a terminal, with an indent from its second line on. Words such as paths stay whole, and for other readers the whole text.
pub(super) fn fitted(text: &str, indent: &str, stream: &impl AsFd) -> String {
    match terminal_size_of(stream) {
        Some((Width(width), _)) => {
            let options = wrap::options(width.into());
            textwrap::fill(text, options.subsequent_indent(indent))
        }
        None => text.to_owned(),
    }
}

/// Diagnostics that fit a terminal: sentences are broken between words, and what is quoted of a file is left as it is.
pub(super) fn listed(diagnostics: &[Diagnostic], stream: &impl AsFd) -> String {
    const NOTE: &str = "= note: ";
    let mut text = String::new();
    for line in diagnostic::listed(diagnostics).lines() {
        let plain = strip_str(line).to_string();
        let is_title = ["error[", "warning[", "help: "]
            .iter()
            .any(|start| plain.starts_with(start));
        let bare = plain.trim_start();
        text.push_str(&match bare.starts_with(NOTE) {
            true => {
                let indent = plain.len() - bare.len() + NOTE.len();
                fitted(line, &" ".repeat(indent), stream)
            }
            false if is_title => fitted(line, "  ", stream),
            false => line.to_owned(),
        });
        text.push('\n');
    }
    text
}

/// How the state of a file is called: `done` where it is reported after the fact, `drift` where it is only looked at.
pub(super) fn words(action: Action) -> (&'static str, &'static str, Style) {
    match action {
        Action::Create => ("created", "missing", GREEN),
        Action::Update => ("updated", "changed", YELLOW),
        Action::Delete => ("deleted", "orphaned", RED),
        Action::Keep => ("kept", "kept", DIMMED),
        Action::Conflict(conflict) => {
            let word = match conflict {
                Conflict::Edited | Conflict::EditedOrphan => "hand-edited",
                Conflict::LineEndings => "line-endings",
                Conflict::Foreign => "foreign",
                Conflict::SymbolicLink => "symlink",
                Conflict::NotAFile => "not-a-file",
                Conflict::NotAFolder => "not-a-folder",
                Conflict::OwnMissing => "own-missing",
            };
            ("conflict", word, RED)
        }
    }
}

/// One line: a word in colour and a path.
pub(super) fn line(word: &str, style: Style, path: &str) -> String {
    format!("{style}{word:<11}{style:#} {path}\n")
}

/// Lines of columns, each as wide as its widest cell; colours take no room.
pub(super) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |cell: &str| display_width(&strip_str(cell).to_string());
    let widths: Vec<usize> = (0..N)
        .map(|column| {
            rows.iter()
                .map(|row| width(&row[column]))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, wanted) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wanted - width(cell) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The files of a plan as JSON, each under the word that `word` chooses.
pub(super) fn files_json(changes: &[Change], word: impl Fn(Action) -> &'static str) -> Value {
    changes
        .iter()
        .map(|change| {
            let mut file = json!({ "path": change.path.as_str(), "status": word(change.action) });
            if let (Action::Conflict(conflict), Some(fields)) =
                (change.action, file.as_object_mut())
            {
                fields.insert("reason".to_owned(), conflict.reason().into());
                fields.insert("help".to_owned(), conflict.way_out().into());
            }
            file
        })
        .collect()
}
