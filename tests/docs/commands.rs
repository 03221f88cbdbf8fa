//! The reference of the commands, made from the command line itself.

use std::fmt::Write as _;

use clap::{Arg, Command};
use jenkinsgen::cli;

use crate::support::repository;

#[test]
fn the_reference_names_every_command() {
    let mut command = cli::command();
    command.build();
    let mut text = String::from(
        "<!-- Written by `SNAPSHOTS=overwrite cargo test --test docs`. -->\n# The commands\n\n`jenkinsgen help COMMAND` prints what stands here. Every \
         command also takes these options; which formats it has stands with it:\n\n",
    );
    for argument in command.get_arguments().filter(|one| one.is_global_set()) {
        describe(argument, &mut text);
    }
    text.push_str(
        "\nThe exit code is 0 if all is well, 1 if something differs or is found, 2 on an error.\n",
    );
    let mut told = 0;
    for (group, names) in groups(&mut command) {
        write!(text, "\n## {group}\n").unwrap();
        for name in names {
            // `help` has nothing to tell.
            if let Some(command) = command
                .find_subcommand(&name)
                .filter(|command| command.get_name() != "help")
            {
                section(command.clone(), &mut text);
                told += 1;
            }
        }
    }
    let help = 1;
    assert_eq!(told + help, command.get_subcommands().count());
    crate::compare(text, &repository().join("docs/commands.md"));
}

/// The groups of `--help`, with the names of their commands.
fn groups(command: &mut Command) -> Vec<(String, Vec<String>)> {
    let help = command.render_help().to_string();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for line in help.lines() {
        if line == "Options:" {
            break;
        } else if let Some(title) = line.strip_suffix(':') {
            groups.push((title.to_owned(), Vec::new()));
        } else if let (Some((_, names)), Some(row)) = (groups.last_mut(), line.strip_prefix("  ")) {
            names.extend(row.split_whitespace().next().map(str::to_owned));
        }
    }
    groups
}

/// A command: what it does, its usage, what it takes, its examples.
fn section(mut command: Command, text: &mut String) {
    let name = command.get_name().to_owned();
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let usage = usage.replace("\n       ", "`\\\n`");
    let about = command.get_about().unwrap();
    write!(text, "\n### `{name}`\n\n{about}.\n\n`{usage}`\n\n").unwrap();
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help")
        .partition(|argument| argument.is_positional());
    for argument in positional.into_iter().chain(options) {
        if argument.get_id() == "format" {
            let words: Vec<String> = values(argument)
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            let words = words.join(", ");
            writeln!(
                text,
                "- `--format <FORMAT>`: {words}; [the JSON document](json.md#{name})"
            )
            .unwrap();
        } else {
            describe(argument, text);
        }
    }
    let after = command.get_after_help().unwrap().to_string();
    for paragraph in after.split("\n\n") {
        text.push('\n');
        if paragraph.starts_with("Example") {
            text.push_str("Examples:\n\n");
        }
        let examples = paragraph
            .strip_prefix("Examples:\n")
            .or_else(|| paragraph.strip_prefix("Example:\n"));
        match examples.or_else(|| paragraph.starts_with("  ").then_some(paragraph)) {
            Some(lines) => examples_of(lines, text),
            None => {
                let paragraph = paragraph.replace('\n', " ");
                writeln!(
                    text,
                    "{}",
                    paragraph.replace(" Exit code:", "\n\nExit code:")
                )
                .unwrap();
            }
        }
    }
}

/// Commands as items of a list, with what stands behind them or, where they are long, below them: on a narrow screen that would be out of sight.
fn examples_of(lines: &str, text: &mut String) {
    let mut items: Vec<(&str, &str)> = Vec::new();
    for line in lines.lines() {
        let (example, meaning) = line.trim().split_once("  ").unwrap_or((line.trim(), ""));
        match items.last_mut() {
            Some((_, above)) if line.starts_with("      ") => *above = example,
            _ => items.push((example, meaning.trim())),
        }
    }
    for (example, meaning) in items {
        match meaning {
            "" => writeln!(text, "- `{example}`"),
            _ => writeln!(text, "- `{example}`\\\n  {meaning}"),
        }
        .unwrap();
    }
}

/// An argument or option as an item of a list, with the words that it takes.
fn describe(argument: &Arg, text: &mut String) {
    let names: Vec<&str> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| name.as_str())
        .collect();
    let value = match argument.get_action().takes_values() {
        true => format!("<{}>", names.join(" ")),
        false => String::new(),
    };
    let name = match argument.get_long() {
        Some(long) => format!("--{long} {value}"),
        None if argument.is_required_set() => value,
        None => value.replace('<', "[").replace('>', "]"),
    };
    let help = argument.get_help().unwrap();
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| format!(" [default: `{}`]", value.to_str().unwrap()))
        .collect();
    // Brackets are a link's in Markdown.
    let help = format!("{help}{}", defaults.concat());
    let help = help.replace(" [default: ", " (default: ").replace(']', ")");
    writeln!(text, "- `{}`: {help}", name.trim_end()).unwrap();
    for (word, meaning) in values(argument) {
        match meaning {
            Some(meaning) => writeln!(text, "    - `{word}`: {meaning}"),
            None => writeln!(text, "    - `{word}`"),
        }
        .unwrap();
    }
}

/// The words that an argument takes, with what they mean; none of those whose list is too long for the help.
fn values(argument: &Arg) -> Vec<(String, Option<String>)> {
    if argument.is_hide_possible_values_set() || !argument.get_action().takes_values() {
        return Vec::new();
    }
    let words = argument.get_possible_values().into_iter();
    words
        .map(|word| {
            (
                word.get_name().to_owned(),
                word.get_help().map(ToString::to_string),
            )
        })
        .collect()
}
