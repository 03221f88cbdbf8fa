//! `man`: the manual pages, one for the program and one for each command.

use camino::Utf8Path;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use serde_json::{Value, json};

use super::End;
use super::output::{GREEN, Output, line};
use crate::apply;
use crate::cli::{self, ManArgs};
use crate::workspace::Failure;

pub(super) fn run(output: &Output, args: &ManArgs) -> Result<End, Failure> {
    let mut program = cli::command().disable_help_subcommand(true);
    program.build();
    match &args.into {
        Some(folder) => write(output, &program, folder)?,
        None => {
            let page = page(&program)?;
            if output.is_json() {
                output.json(json!({ "page": page }))?;
            } else {
                output.text(&page)?;
            }
        }
    }
    Ok(End::Fine)
}

fn page(command: &Command) -> anyhow::Result<String> {
    let mut page = Vec::new();
    let examples = command.get_after_help().map(ToString::to_string);
    let command = command.clone().override_usage(synopsis(command));
    Man::new(command.after_help(None::<&str>)).render(&mut page)?;
    if let Some(text) = examples {
        notes(&text).to_writer(&mut page)?;
    }
    Ok(String::from_utf8(page)?)
}

/// What stands below a command's help: examples, whose columns stay as they are, and paragraphs.
fn notes(text: &str) -> Roff {
    let (examples, rest) = match text.strip_prefix("Examples:\n") {
        Some(text) => text.split_once("\n\n").unwrap_or((text, "")),
        None => ("", text),
    };
    let mut page = Roff::new();
    if !examples.is_empty() {
        page.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.lines() {
            page.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        page.control("fi", []);
    }
    if !rest.is_empty() {
        page.control("SH", ["NOTES"]);
    }
    for paragraph in rest.split("\n\n").filter(|text| !text.is_empty()) {
        page.control("PP", []);
        page.text([roman(paragraph)]);
    }
    page
}

/// A command line with every option and the value that it takes, which clap's pages leave out.
fn synopsis(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut words = vec![name.to_owned()];
    let options = command.get_arguments();
    words.extend(
        options
            .filter(|argument| !argument.is_positional())
            .map(|option| format!("[{option}]")),
    );
    words.extend(command.get_positionals().map(Arg::to_string));
    if command.has_subcommands() {
        words.push("<COMMAND>".to_owned());
    }
    words.join(" ")
}

/// Writes all pages, or none if one would replace a file of somebody else.
fn write(output: &Output, program: &Command, folder: &Utf8Path) -> anyhow::Result<()> {
    let mut pages = Vec::new();
    for command in std::iter::once(program).chain(program.get_subcommands()) {
        let path = folder.join(Man::new(command.clone()).get_filename());
        pages.push((path, page(command)?));
    }
    apply::export(&pages, "manual page", is_ours)?;
    let paths = pages.iter().map(|(path, _)| path.as_str());
    if output.is_json() {
        let files = paths.map(|path| json!({ "path": path, "status": "written" }));
        output.json(json!({ "files": files.collect::<Vec<Value>>() }))
    } else {
        output.text(
            &paths
                .map(|path| line("written", GREEN, path))
                .collect::<String>(),
        )
    }
}

/// Whether a page has the title line of one of these pages.
fn is_ours(page: &[u8]) -> bool {
    let page = String::from_utf8_lossy(page);
    page.lines().any(|line| line.starts_with(".TH jenkinsgen"))
}
