//! What becomes of the exit status of the tests in the script of a `RUN`: the script is run in mind, once with each of its programs failing.
//!
//! `tests/verify.rs` holds it against real shells. Only plain lists of commands are understood; what has control flow, subshells or computed words is not.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::shell::{Command, Joint, joined};
use super::writes::{SHELLS, below, effects, without_redirections};

/// What the words of control flow begin with, and what runs scripts in the same shell: none is followed.
const FLOW: [&str; 26] = [
    "!", ".", "[[", "break", "case", "continue", "do", "done", "elif", "else", "esac", "eval",
    "exec", "fi", "for", "function", "if", "return", "select", "source", "then", "trap", "until",
    "wait", "while", "{",
];
/// Programs that do not fail where the tests do.
const CALM: [&str; 20] = [
    ":", "cat", "cd", "chmod", "chown", "cp", "echo", "export", "ls", "mkdir", "mv", "printf",
    "pwd", "rm", "rmdir", "sleep", "tail", "tee", "touch", "true",
];
/// Programs that fetch, and do not test.
const FETCHERS: [&str; 11] = [
    "apk", "apt", "apt-get", "curl", "dnf", "git", "microdnf", "tar", "unzip", "wget", "yum",
];
/// Programs that fetch with one of [`FETCHING`].
const MANAGERS: [&str; 12] = [
    "bun", "bundle", "cargo", "composer", "dotnet", "go", "npm", "pip", "pip3", "pnpm", "poetry",
    "yarn",
];
const FETCHING: [&str; 7] = ["ci", "fetch", "get", "install", "mod", "restore", "sync"];

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is written, or it can't be told.
    Kept,
    /// What is written is 0, whatever fails.
    AlwaysZero,
    /// The `RUN` fails as the tests do, so that nothing is left of it.
    Fails,
    /// Nothing but an empty line is written if the tests pass: the variable is set where they fail.
    EmptyIfPassed,
}

/// How the shell of a `RUN` is started.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shell {
    exits: bool,
    pipefail: bool,
    is_other: bool,
}

impl Shell {
    /// That of a `SHELL`, or of the first line of a script.
    pub fn new(words: &[&str]) -> Self {
        let (program, options) = words.split_first().unwrap_or((&"", &[]));
        let program = program.rsplit('/').next().unwrap_or_default();
        let mut shell = Self {
            is_other: !matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh"),
            ..Self::default()
        };
        shell.set(options);
        shell
    }

    /// What `set` does with these options.
    fn set(&mut self, options: &[&str]) {
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let is_on = option.starts_with('-');
            for letter in option.chars().skip(1) {
                match letter {
                    'e' => self.exits = is_on,
                    'o' => match options.next() {
                        Some(&"pipefail") => self.pipefail = is_on,
                        Some(&"errexit") => self.exits = is_on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }
}

/// What becomes of the exit status of the tests that a script writes to this file. `folder` is where it runs, and `set` has the variables of the build.
pub fn fate(
    script: &str,
    mut shell: Shell,
    folder: Option<&Utf8Path>,
    wanted: &Utf8Path,
    set: &BTreeSet<&str>,
) -> Fate {
    let mut script = script;
    // A here-document alone is the script; `RUN` has its first line, and what stands in front of it, on a line of their own.
    if let Some((first, body)) = script.split_once('\n')
        && first.trim_start().starts_with("<<")
        && first.split_whitespace().count() == 1
    {
        script = body;
        if let Some(line) = body.strip_prefix("#!") {
            let words: Vec<&str> = line.lines().next().unwrap_or_default().split(' ').collect();
            shell = Shell::new(&words);
        }
    }
    if shell.is_other {
        return Fate::Kept;
    }
    let commands = joined(script);
    if !commands
        .iter()
        .all(|(joint, command)| *joint != Joint::Beside && is_plain(command))
    {
        return Fate::Kept;
    }
    let run = |failing| {
        let mut run = Run {
            commands: &commands,
            failing,
            wanted,
            set,
            shell,
            folder: folder.map(Utf8Path::to_owned),
            variables: BTreeMap::new(),
            status: Value::Zero,
            written: None,
        };
        run.all().then_some((run.written, run.status))
    };
    judge(&commands, run).unwrap_or(Fate::Kept)
}

/// What one run after the other tells; `None` if one can't be followed.
fn judge(
    commands: &[(Joint, Command)],
    run: impl Fn(Option<usize>) -> Option<(Option<Value>, Value)>,
) -> Option<Fate> {
    let (written, status) = run(None)?;
    let written = written?;
    if status == Value::Zero && written == Value::Empty {
        return Some(Fate::EmptyIfPassed);
    }
    let programs: Vec<usize> = (0..commands.len())
        .filter(|index| is_program(&commands[*index].1))
        .collect();
    let tests: Vec<usize> = programs
        .iter()
        .copied()
        .filter(|index| !is_fetcher(&commands[*index].1))
        .collect();
    let tests = if tests.is_empty() { programs } else { tests };
    if tests.is_empty() {
        return (written == Value::Zero).then_some(Fate::AlwaysZero);
    }
    let mut fate = Fate::Kept;
    for failing in tests {
        fate = match run(Some(failing))? {
            (_, Value::NonZero) => Fate::Fails,
            (Some(Value::Zero), Value::Zero) => Fate::AlwaysZero,
            // One that is told is enough: it may be the tests.
            _ => return Some(Fate::Kept),
        };
    }
    Some(fate)
}

/// Whether a command is one that is understood: no control flow, and nothing that the shell computes.
fn is_plain(command: &Command) -> bool {
    let first = command.written.split(' ').next().unwrap_or_default();
    let has_words = command.words().next().is_some() || !command.env.is_empty();
    // The text after `-c` is a script of its own.
    let is_nested = SHELLS.contains(&command.program())
        && command.arguments.iter().any(|word| word.starts_with('-'));
    has_words
        && !is_nested
        && !FLOW.contains(&first)
        && !FLOW.contains(&command.path.as_str())
        && !command.written.contains(['(', ')', '`'])
        && !command.written.contains("<<")
        && !command.words().any(|word| word == "}")
}

/// Whether it runs something that may be the tests.
fn is_program(command: &Command) -> bool {
    let builtin = ["", "[", "exit", "false", "set", "test", "unset"];
    !builtin.contains(&command.program()) && !CALM.contains(&command.program())
}

fn is_fetcher(command: &Command) -> bool {
    let subcommand = command.arguments.iter().find(|word| !word.starts_with('-'));
    FETCHERS.contains(&command.program())
        || (MANAGERS.contains(&command.program())
            && subcommand.is_some_and(|word| FETCHING.contains(&word.as_str())))
}

/// A number as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Zero,
    NonZero,
    Empty,
    Unknown,
}

/// One run of a script.
struct Run<'a> {
    commands: &'a [(Joint, Command)],
    /// The command that fails.
    failing: Option<usize>,
    wanted: &'a Utf8Path,
    set: &'a BTreeSet<&'a str>,
    shell: Shell,
    folder: Option<Utf8PathBuf>,
    variables: BTreeMap<String, Value>,
    status: Value,
    /// What the file has.
    written: Option<Value>,
}

/// How the script goes on after a command.
enum Next {
    On,
    Exit,
    Unknown,
}

impl Run<'_> {
    /// Runs it; whether it could be followed.
    fn all(&mut self) -> bool {
        let joint = |at: usize| self.commands.get(at).map(|(joint, _)| *joint);
        let mut at = 0;
        while let Some(before) = joint(at) {
            let mut end = at + 1;
            while joint(end) == Some(Joint::Pipe) {
                end += 1;
            }
            let is_run = match (before, self.status) {
                (Joint::And | Joint::Or, Value::Unknown | Value::Empty) => return false,
                (Joint::And, status) => status == Value::Zero,
                (Joint::Or, status) => status == Value::NonZero,
                _ => true,
            };
            if is_run {
                match self.pipeline(at, end) {
                    Next::On => {}
                    Next::Exit => return true,
                    Next::Unknown => return false,
                }
                // `set -e` overlooks what fails before `&&` and `||`.
                let is_last = !matches!(self.commands.get(end), Some((Joint::And | Joint::Or, _)));
                match self.status {
                    Value::NonZero if is_last && self.shell.exits => return true,
                    Value::Unknown if is_last && self.shell.exits => return false,
                    _ => {}
                }
            }
            at = end;
        }
        self.status != Value::Unknown
    }

    fn pipeline(&mut self, start: usize, end: usize) -> Next {
        if end == start + 1 {
            return self.command(start, None);
        }
        let mut failed = false;
        let mut piped = None;
        for index in start..end {
            // Each is a shell of its own.
            let (variables, folder, shell) =
                (self.variables.clone(), self.folder.clone(), self.shell);
            let said = self.said(&self.commands[index].1);
            match self.command(index, piped) {
                Next::On => {}
                Next::Exit | Next::Unknown => return Next::Unknown,
            }
            (self.variables, self.folder, self.shell) = (variables, folder, shell);
            failed |= self.status == Value::NonZero;
            piped = Some(said);
        }
        if failed && self.shell.pipefail {
            self.status = Value::NonZero;
        }
        Next::On
    }

    /// Runs one command, into which this is piped.
    fn command(&mut self, index: usize, piped: Option<Value>) -> Next {
        let command = &self.commands[index].1;
        let said = match command.program() {
            "tee" => piped.unwrap_or(Value::Unknown),
            _ => self.said(command),
        };
        let effects = effects(&command.written, self.folder.as_deref());
        for target in &effects.written {
            if target.path().as_deref() == Some(self.wanted) {
                self.written = Some(said);
            } else if target.path().is_none() && target.may_be(self.wanted) {
                match self.wanted.file_name() {
                    Some(name) if target.is_named(name) => self.written = Some(said),
                    _ => return Next::Unknown,
                }
            }
        }
        let mut given = effects.given.iter();
        let name = self.wanted.file_name().unwrap_or_default();
        if effects
            .moved
            .iter()
            .any(|target| target.may_hold(self.wanted))
            || given.any(|target| target.is_named(name) && target.may_be(self.wanted))
        {
            return Next::Unknown;
        }
        let arguments: Vec<&str> = command.arguments.iter().map(String::as_str).collect();
        let status = match command.program() {
            "" | "export" => {
                let exported = arguments.iter().filter_map(|word| word.split_once('='));
                let env = command.env.iter();
                let all = env
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .chain(exported);
                let all: Vec<_> = all
                    .map(|(name, value)| (name.to_owned(), self.value(value)))
                    .collect();
                self.variables.extend(all);
                Value::Zero
            }
            "exit" => {
                if let Some(word) = arguments.first() {
                    self.status = self.value(word);
                }
                return match self.status {
                    Value::Zero | Value::NonZero => Next::Exit,
                    Value::Empty | Value::Unknown => Next::Unknown,
                };
            }
            "set" => {
                self.shell.set(&arguments);
                Value::Zero
            }
            "unset" => return Next::Unknown,
            "cd" => {
                let to = arguments.first().filter(|to| !to.starts_with('-'));
                self.folder = to.and_then(|to| below(self.folder.as_deref(), to));
                Value::Zero
            }
            "false" => Value::NonZero,
            "[" | "test" => Value::Unknown,
            _ if self.failing == Some(index) => Value::NonZero,
            _ => Value::Zero,
        };
        self.status = status;
        Next::On
    }

    /// What `echo` and `printf` print; of other programs that is not known.
    fn said(&self, command: &Command) -> Value {
        let words: Vec<String> = command.words().cloned().collect();
        let (words, _) = without_redirections(&words);
        match words.as_slice() {
            ["echo"] => Value::Empty,
            ["echo", word] | ["echo", "-n", word] | ["printf", word] => self.value(word),
            ["printf", format, word]
                if matches!(format.trim_end_matches("\\n"), "%s" | "%d" | "%i") =>
            {
                self.value(word)
            }
            _ => Value::Unknown,
        }
    }

    /// The value of a word.
    fn value(&self, word: &str) -> Value {
        if word.is_empty() {
            return Value::Empty;
        }
        if let Ok(number) = word.trim_end_matches("\\n").parse::<u32>() {
            return if number == 0 {
                Value::Zero
            } else {
                Value::NonZero
            };
        }
        let Some(name) = word.strip_prefix('$') else {
            return Value::Unknown;
        };
        let name = match name.strip_prefix('{') {
            Some(inner) => inner.strip_suffix('}').unwrap_or_default(),
            None => name,
        };
        let (name, default) = match name.split_once(":-").or_else(|| name.split_once('-')) {
            Some((name, default)) => (name, Some(default)),
            None => (name, None),
        };
        let value = match name {
            "?" => self.status,
            name => match self.variables.get(name) {
                Some(value) => *value,
                None if self.is_own(name) => Value::Empty,
                None => Value::Unknown,
            },
        };
        match (value, default) {
            (Value::Empty, Some(default)) => self.value(default),
            (value, _) => value,
        }
    }

    /// Whether the script alone gives a variable its value.
    fn is_own(&self, name: &str) -> bool {
        let mut assigned =
            self.commands
                .iter()
                .flat_map(|(_, command)| match command.path.as_str() {
                    "" => command.env.as_slice(),
                    _ => &[],
                });
        assigned.any(|(own, _)| own == name) && !self.set.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fate_of(script: &str, shell: Shell) -> Fate {
        let wanted = Utf8Path::new("/app/code");
        fate(
            script,
            shell,
            Some("/app".as_ref()),
            wanted,
            &["set"].into(),
        )
    }

    #[test]
    fn a_here_document_is_a_script() {
        let script = "<<EOF\n#!/bin/bash -e\ngradle test\necho $? > code\n";
        assert_eq!(fate_of(script, Shell::default()), Fate::Fails);
        let piped = "<<EOF\nset +e\ngradle test |\n  tee log\necho $? > code\n";
        assert_eq!(fate_of(piped, Shell::default()), Fate::AlwaysZero);
        let pipefail = Shell::new(&["/bin/bash", "-euo", "pipefail", "-c"]);
        assert_eq!(fate_of(piped, pipefail), Fate::Kept);
    }

    #[test]
    fn what_is_not_understood_counts_as_good() {
        for script in [
            "gradle test; if [ $? = 0 ]; then echo 0 > code; fi",
            "(gradle test); echo $? > code",
            "gradle test & wait; echo $? > code",
            "gradle test | tee log; echo ${PIPESTATUS[0]} > code",
            "gradle test; echo $set > code",
            "gradle test; echo $(cat status) > code",
            "sh -c 'gradle test; echo $? > code'",
            "test -e x && gradle test; echo $? > code",
            "gradle test | cat; echo $? > $file",
            "gradle test | cat; cp status .; echo $? > code",
        ] {
            assert_eq!(fate_of(script, Shell::default()), Fate::Kept, "{script}");
        }
        let other = Shell::new(&["pwsh", "-c"]);
        assert_eq!(fate_of("a | b; echo $? > code", other), Fate::Kept);
    }

    proptest! {
        #[test]
        fn any_script_has_a_fate(script in r#"([a-z$(){}'"`<>&|;\\/*?~0 \n-]|set -e|\$code|code=|echo |exit |> code|é){0,60}"#) {
            fate_of(&script, Shell::default());
        }
    }
}
