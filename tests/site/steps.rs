//! The reference of the shared steps, made from the steps and their help texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use snapbox::{Data, IntoData as _, assert_data_eq};

use crate::support::engines::assert_loads_in_jenkins;
use crate::support::{Workspace, files, overwrite, repository};

/// What other steps use, and a Jenkinsfile does not.
const SUPPORT: &str = "stepSupport";

/// A shared step as its own files tell it.
struct Step {
    name: String,
    /// The calls that check arguments: first those of the step, then those of maps in them.
    declared: Vec<Declared>,
    help: Help,
}

/// One `stepSupport.arguments('what', …, [name: kind], [name: default])`.
struct Declared {
    what: String,
    required: Vec<(String, String)>,
    optional: Vec<(String, String)>,
}

/// A help text: sentences, an example that is indented, and a list of arguments.
#[derive(Default)]
struct Help {
    sentences: Vec<String>,
    example: String,
    arguments: Vec<Argument>,
}

struct Argument {
    name: String,
    meaning: String,
    /// The entries of a map.
    entries: Vec<Argument>,
}

fn steps() -> Vec<Step> {
    let folder = repository().join("templates/vars");
    let texts: BTreeMap<String, String> = files(&folder);
    let helps = texts
        .iter()
        .filter_map(|(path, text)| Some((path.strip_suffix(".txt")?, text)));
    let steps = helps
        .filter(|(name, _)| *name != SUPPORT)
        .map(|(name, help)| Step {
            name: name.to_owned(),
            declared: declared(&texts[&format!("{name}.groovy")]),
            help: Help::read(help),
        });
    steps.collect()
}

fn declared(groovy: &str) -> Vec<Declared> {
    const CALL: &str = "stepSupport.arguments(";
    let calls = groovy.match_indices(CALL);
    calls
        .map(|(at, _)| {
            let mut arguments = parts(inside(&groovy[at + CALL.len() - 1..])).into_iter();
            let what = arguments
                .next()
                .unwrap()
                .trim_matches(['\'', '"'])
                .to_owned();
            let mut maps = arguments.skip(1).map(|map| entries(inside(&map)));
            Declared {
                what,
                required: maps.next().unwrap(),
                optional: maps.next().unwrap(),
            }
        })
        .collect()
}

/// What stands between a text's first bracket and the one that closes it.
fn inside(text: &str) -> &str {
    let at = outside_quotes(text).find(|(_, _, depth)| *depth == 0);
    let (at, ..) = at.unwrap_or_else(|| panic!("nothing closes the bracket of {text}"));
    &text[1..at]
}

/// The parts between the commas that stand in no bracket.
fn parts(text: &str) -> Vec<String> {
    let commas = outside_quotes(text).filter(|(_, letter, depth)| *letter == ',' && *depth == 0);
    let mut start = 0;
    let mut parts = Vec::new();
    for end in commas.map(|(at, ..)| at).chain([text.len()]) {
        parts.push(text[start..end].trim().to_owned());
        start = end + 1;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The letters that stand in no string, with their places and how many brackets are open after them.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let mut depth = 0;
    let mut quote = None;
    text.char_indices().filter_map(move |(at, letter)| {
        match (quote, letter) {
            (Some(open), _) => {
                quote = quote.filter(|_| letter != open);
                return None;
            }
            (None, '\'' | '"') => {
                quote = Some(letter);
                return None;
            }
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        Some((at, letter, depth))
    })
}

/// The entries of a map literal or of named arguments.
fn entries(text: &str) -> Vec<(String, String)> {
    let parts = parts(text).into_iter().filter(|part| part != ":");
    parts
        .map(|part| {
            let (name, value) = part
                .split_once(':')
                .unwrap_or_else(|| panic!("no name: {part}"));
            (name.trim().to_owned(), value.trim().to_owned())
        })
        .collect()
}

impl Help {
    fn read(text: &str) -> Self {
        let mut help = Self::default();
        let paragraphs: Vec<&str> = text.trim_end().split("\n\n").collect();
        let (list, paragraphs) = paragraphs.split_last().unwrap();
        for paragraph in paragraphs {
            if paragraph.starts_with("  ") {
                let lines = paragraph
                    .lines()
                    .map(|line| line.strip_prefix("  ").unwrap_or(line));
                for line in lines {
                    writeln!(help.example, "{line}").unwrap();
                }
            } else {
                help.sentences.push(paragraph.replace('\n', " "));
            }
        }
        help.arguments = arguments(&list.lines().collect::<Vec<_>>());
        help
    }
}

/// A list in two columns; a line that begins in the second one goes on with the entry above it.
fn arguments(lines: &[&str]) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for lines in lines.chunk_by(|_, next| next.starts_with(' ')) {
        let (name, _) = lines[0]
            .split_once("  ")
            .unwrap_or_else(|| panic!("no argument: {}", lines[0]));
        let column = lines[0].len() - lines[0][name.len()..].trim_start().len();
        let column: Vec<&str> = lines.iter().map(|line| &line[column..]).collect();
        let is_list = column[0]
            .split_once("  ")
            .is_some_and(|(word, _)| !word.contains(' '));
        arguments.push(Argument {
            name: name.to_owned(),
            meaning: if is_list {
                String::new()
            } else {
                column
                    .iter()
                    .map(|line| line.trim())
                    .collect::<Vec<_>>()
                    .join(" ")
            },
            entries: if is_list {
                self::arguments(&column)
            } else {
                Vec::new()
            },
        });
    }
    arguments
}

#[test]
fn each_step_describes_the_arguments_that_it_takes() {
    for step in steps() {
        let own = &step.declared[0];
        assert_eq!(own.what, step.name);
        let described: BTreeSet<&str> = step
            .help
            .arguments
            .iter()
            .map(|argument| &argument.name[..])
            .collect();
        assert_eq!(described, own.names(), "{}", step.name);
        assert_eq!(
            described.len(),
            step.help.arguments.len(),
            "{} describes an argument twice",
            step.name
        );
        // Of the maps in them each name is told as well, wherever.
        let words: BTreeSet<&str> = step
            .help
            .arguments
            .iter()
            .flat_map(Argument::words)
            .collect();
        for map in &step.declared[1..] {
            for name in map.names() {
                assert!(
                    words.contains(name),
                    "{}: nothing tells of {name}",
                    map.what
                );
            }
        }
    }
}

/// What a reader copies is accepted: each argument is one that the step takes, and none is missing.
#[test]
fn the_example_of_each_step_has_the_arguments_that_it_needs() {
    let steps = steps();
    for step in &steps {
        let mut calls = 0;
        for called in &steps {
            for (at, _) in step
                .help
                .example
                .match_indices(&format!("{}(", called.name))
            {
                let given = entries(inside(&step.help.example[at + called.name.len()..]));
                let given: BTreeSet<&str> = given.iter().map(|(name, _)| &name[..]).collect();
                let own = &called.declared[0];
                assert!(given.is_subset(&own.names()), "{}: {given:?}", step.name);
                let missing = own
                    .required
                    .iter()
                    .find(|(name, _)| !given.contains(&name[..]));
                assert_eq!(
                    missing, None,
                    "the example of {} calls {}",
                    step.name, called.name
                );
                calls += usize::from(called.name == step.name);
            }
        }
        assert_eq!(calls, 1, "{}", step.name);
    }
}

#[test]
fn the_example_of_each_step_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = steps()
        .into_iter()
        .map(|step| {
            let file = folder.path().join(format!("{}Example.groovy", step.name));
            fs_err::write(&file, step.help.example).unwrap();
            file
        })
        .collect();
    assert_loads_in_jenkins(&files);
}

impl Declared {
    fn names(&self) -> BTreeSet<&str> {
        self.required
            .iter()
            .chain(&self.optional)
            .map(|(name, _)| &name[..])
            .collect()
    }

    /// Kind of an argument, and what it is if it is not given.
    fn kind(&self, name: &str) -> Option<(&str, &str)> {
        let of = |list: &'_ [(String, String)]| list.iter().position(|(other, _)| other == name);
        if let Some(at) = of(&self.required) {
            return Some((&self.required[at].1[1..self.required[at].1.len() - 1], ""));
        }
        let (_, default) = &self.optional[of(&self.optional)?];
        let kind = match default.as_bytes() {
            [b'\'', ..] => "text",
            [b't' | b'f', ..] => "flag",
            b"[:]" => "map",
            _ => "list",
        };
        Some((kind, default))
    }
}

impl Argument {
    fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self
            .meaning
            .split(|letter: char| !letter.is_alphanumeric())
            .collect();
        words.push(&self.name);
        words.extend(self.entries.iter().flat_map(Argument::words));
        words
    }
}

#[test]
fn the_reference_names_every_step() {
    let always = Workspace::rendered().output();
    let mut text = String::from(include_str!("steps.md"));
    let steps = steps();
    for step in &steps {
        let sentences = linked(&step.help.sentences.join("\n\n"), step, &steps);
        write!(text, "\n## `{}`\n\n{sentences}\n", step.name).unwrap();
        if !always.contains_key(&format!("vars/{}.groovy", step.name)) {
            text.push_str("\nIt is rendered where a project uses it.\n");
        }
        write!(text, "\n```groovy example\n{}```\n", step.help.example).unwrap();
        let of_step = table(&step.help.arguments, &step.declared[..1]);
        text.push_str(&linked(&of_step, step, &steps));
        for argument in step
            .help
            .arguments
            .iter()
            .filter(|argument| !argument.entries.is_empty())
        {
            write!(text, "\nEntries of `{}`:\n", argument.name).unwrap();
            text.push_str(&table(&argument.entries, &step.declared[1..]));
        }
    }
    let path = repository().join("docs/steps.md");
    if overwrite() {
        fs_err::write(&path, text).unwrap();
    } else {
        assert_data_eq!(
            text.into_data().raw(),
            Data::read_from(Path::new(&path), None).raw()
        );
    }
}

/// A table of arguments, which one of the calls declares.
fn table(arguments: &[Argument], declared: &[Declared]) -> String {
    let mut text = "\n| argument | kind | if absent | meaning |\n|---|---|---|---|\n".to_owned();
    for argument in arguments {
        let (kind, default) = declared
            .iter()
            .find_map(|map| map.kind(&argument.name))
            .unwrap();
        let default = match default {
            "" => "must be given".to_owned(),
            "''" | "[]" | "[:]" => String::new(),
            default => format!("`{default}`"),
        };
        let meaning = match argument.entries.is_empty() {
            true => argument.meaning.replace('|', "\\|"),
            false => "a map with the entries below".to_owned(),
        };
        let name = &argument.name;
        writeln!(text, "| `{name}` | {kind} | {default} | {meaning} |").unwrap();
    }
    text
}

/// The text with links to the other steps that it names.
fn linked(text: &str, step: &Step, steps: &[Step]) -> String {
    let is_other = |word: &str| {
        steps
            .iter()
            .any(|other| other.name == word && word != step.name)
    };
    let words = text.split_inclusive(|letter: char| !letter.is_alphanumeric());
    words
        .map(|word| {
            let name = word.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            match is_other(name) {
                true => word.replace(name, &format!("[`{name}`](#{})", name.to_lowercase())),
                false => word.to_owned(),
            }
        })
        .collect()
}
