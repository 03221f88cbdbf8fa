//! What becomes of the exit status of the tests in the script of a `RUN`: the script is run in mind, once with each of its programs failing.
//!
//! `tests/verify.rs` holds it against real shells. Lists, groups, subshells, `if` and comparisons are followed; loops, functions and computed words are not.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::shell::{Command, Compound, Joint, List, Part, Pipeline, Statement};
use super::shell::{is_computed, read};
use super::testing::{is_fetcher, is_program, is_test};
use super::writes::{Effects, SHELLS, below, literals};

/// What runs scripts in the same shell, or goes on elsewhere: none is followed.
const FLOW: [&str; 12] = [
    ".", "[[", "break", "command", "continue", "eval", "exec", "return", "source", "trap", "unset",
    "wait",
];
/// Programs whose status is an answer.
const ANSWERING: [&str; 8] = [
    "cmp", "diff", "egrep", "fgrep", "grep", "id", "pgrep", "which",
];
/// So many commands may a script have: it is run as often.
const MAX_COMMANDS: usize = 300;

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is written, or it can't be told.
    Kept,
    /// What is written is 0, whatever fails.
    AlwaysZero,
    /// What is written is another number, though nothing fails.
    NeverZero,
    /// The `RUN` fails as the tests do, so that nothing is left of it.
    Fails,
    /// What is written is that of a command after the tests.
    Later,
    /// Nothing but an empty line is written if the tests pass: the variable is set where they fail, or nowhere.
    EmptyIfPassed,
    /// Nothing is written if the tests pass.
    MissingIfPassed,
    /// What is written is the name of a variable.
    NoNumber,
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
    if let Some(line) = script.strip_prefix("#!") {
        let words: Vec<&str> = line.lines().next().unwrap_or_default().split(' ').collect();
        shell = Shell::new(&words);
    }
    if shell.is_other {
        return Fate::Kept;
    }
    let script = read(script);
    let mut commands = Vec::new();
    if !is_followed(&script, &mut commands) || commands.len() > MAX_COMMANDS {
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
            status: Value::Number(0),
            written: None,
        };
        let is_followed = match run.list(&script, true) {
            Next::On => run.status != Value::Unknown,
            Next::Exit => true,
            Next::Unknown => false,
        };
        let is_followed = is_followed && run.written != Some(Value::Foreign);
        is_followed.then_some((run.written, run.status))
    };
    judge(&commands, run).unwrap_or(Fate::Kept)
}

/// What one run after the other tells; `None` if one can't be followed.
fn judge<'a>(
    commands: &[&'a Command],
    run: impl Fn(Option<&'a Command>) -> Option<(Option<Value>, Value)>,
) -> Option<Fate> {
    let programs = commands.iter().copied().filter(|own| is_program(own));
    let programs: Vec<&Command> = programs.collect();
    let (written, status) = run(None)?;
    let Some(written) = written else {
        let is_failure = |failing: &&'a Command| {
            let written = run(Some(*failing)).and_then(|(written, _)| written);
            written.and_then(Value::is_zero) == Some(false)
        };
        let is_passed = status.is_zero() == Some(true);
        return (is_passed && programs.iter().any(is_failure)).then_some(Fate::MissingIfPassed);
    };
    match (written, written.is_zero(), status.is_zero()) {
        (Value::Empty, _, Some(true)) => return Some(Fate::EmptyIfPassed),
        (Value::Text, _, Some(true)) => return Some(Fate::NoNumber),
        // Of an answer it is not known whether it is a failure.
        (_, Some(false), Some(true)) => {
            let mut programs = commands.iter().map(|own| own.program());
            let is_answer = programs.any(|program| ANSWERING.contains(&program));
            return (!is_answer).then_some(Fate::NeverZero);
        }
        _ => {}
    }
    let first = programs.iter().copied().find(|own| is_test(own));
    let tests = programs.iter().copied().filter(|own| !is_fetcher(own));
    let mut tests: Vec<&Command> = tests.collect();
    if tests.is_empty() {
        tests = programs;
    }
    if tests.is_empty() {
        return (written.is_zero() == Some(true)).then_some(Fate::AlwaysZero);
    }
    let mut fate = Fate::Kept;
    for failing in tests {
        let (written, status) = run(Some(failing))?;
        fate = match (written.and_then(Value::is_zero), status.is_zero()) {
            (_, Some(false)) => Fate::Fails,
            (Some(true), Some(true)) => Fate::AlwaysZero,
            // One that is told is enough: it may be the tests.
            _ => {
                let (written, status) = match first {
                    Some(first) => run(Some(first))?,
                    None => return Some(Fate::Kept),
                };
                let is_lost = written.and_then(Value::is_zero) == Some(true)
                    && status.is_zero() == Some(true);
                return Some(if is_lost { Fate::Later } else { Fate::Kept });
            }
        };
    }
    Some(fate)
}

/// Whether all of a list is understood; adds its commands.
fn is_followed<'a>(list: &'a [Statement], commands: &mut Vec<&'a Command>) -> bool {
    list.iter().all(|statement| {
        let parts = statement.pipelines.iter().flat_map(|(_, own)| &own.parts);
        let mut followed = parts.map(|part| match part {
            Part::Simple(command) => {
                commands.push(command);
                is_plain(command)
            }
            Part::Compound(Compound::Other(..), _) => false,
            Part::Compound(compound, redirections) => {
                !redirections.iter().any(|own| is_computed(own.written()))
                    && compound.lists().all(|list| is_followed(list, commands))
            }
        });
        followed.all(|is_followed| is_followed) && !statement.is_beside
    })
}

/// Whether a command is one that is understood: nothing that the shell computes, and no script in turn.
fn is_plain(command: &Command) -> bool {
    let mut arguments = command.arguments.iter();
    let is_nested = SHELLS.contains(&command.program())
        && (arguments.len() == 0 || arguments.any(|word| word.starts_with('-')));
    // `a[1]=b`
    let is_element = command.path.contains('[') && command.path.contains('=');
    !command.is_text()
        && !command.is_computed()
        && !is_nested
        && !is_element
        && !FLOW.contains(&command.path.as_str())
        && !command.path.contains('$')
}

/// Whether it succeeds also if tests fail: <https://maven.apache.org/surefire/maven-surefire-plugin/test-mojo.html#testFailureIgnore>.
fn ignores_failures(command: &Command) -> bool {
    const OPTIONS: [&str; 4] = [
        "-fn",
        "--fail-never",
        "-Dmaven.test.failure.ignore",
        "-Dmaven.test.failure.ignore=true",
    ];
    let mut arguments = command.arguments.iter();
    matches!(command.program(), "mvn" | "mvnw")
        && arguments.any(|word| OPTIONS.contains(&word.as_str()))
}

/// A number as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Number(u32),
    /// The status of what failed: any but 0.
    Failed,
    Empty,
    /// No number.
    Text,
    Unknown,
    /// What may have been copied to the file, or what a program may have written there.
    Foreign,
}

impl Value {
    /// Whether it is 0; `None` of what is no number, or an unknown one.
    fn is_zero(self) -> Option<bool> {
        match self {
            Self::Number(number) => Some(number == 0),
            Self::Failed => Some(false),
            Self::Empty | Self::Text | Self::Unknown | Self::Foreign => None,
        }
    }

    /// Whether two numbers are the same, if that is known.
    fn equals(self, other: Self) -> Option<bool> {
        match (self, other) {
            (Self::Number(own), Self::Number(other)) => Some(own == other),
            (Self::Failed, Self::Number(0)) | (Self::Number(0), Self::Failed) => Some(false),
            _ => None,
        }
    }

    /// The status of what is true or not.
    fn of(is_true: bool) -> Self {
        Self::Number(u32::from(!is_true))
    }
}

/// One run of a script.
struct Run<'a> {
    commands: &'a [&'a Command],
    /// The command that fails.
    failing: Option<&'a Command>,
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
    /// Runs statements. Where they decide on others, `set -e` overlooks what fails.
    fn list(&mut self, list: &[Statement], is_checked: bool) -> Next {
        for statement in list {
            let last = statement.pipelines.len() - 1;
            for (index, (joint, pipeline)) in statement.pipelines.iter().enumerate() {
                let is_run = match (joint, self.status.is_zero()) {
                    (Joint::Then, _) => true,
                    (Joint::And, Some(is_zero)) => is_zero,
                    (Joint::Or, Some(is_zero)) => !is_zero,
                    (Joint::And | Joint::Or, None) => return Next::Unknown,
                };
                if !is_run {
                    continue;
                }
                let is_checked = is_checked && index == last && !pipeline.is_negated;
                match self.pipeline(pipeline, is_checked) {
                    Next::On => {}
                    next => return next,
                }
                // In these it was looked at what failed.
                let is_looked_at = matches!(
                    pipeline.parts.as_slice(),
                    [Part::Compound(Compound::Group(_) | Compound::If(..), _)]
                );
                match self.status.is_zero() {
                    Some(true) => {}
                    _ if !is_checked || is_looked_at || !self.shell.exits => {}
                    Some(false) => return Next::Exit,
                    None => return Next::Unknown,
                }
            }
        }
        Next::On
    }

    fn pipeline(&mut self, pipeline: &Pipeline, is_checked: bool) -> Next {
        if let [part] = pipeline.parts.as_slice() {
            match self.part(part, None, is_checked) {
                Next::On => {}
                next => return next,
            }
        } else {
            let mut failed = false;
            let mut piped = None;
            for part in &pipeline.parts {
                let said = match part {
                    Part::Simple(command) => self.said(command),
                    Part::Compound(..) => Value::Unknown,
                };
                if !self.apart(|run| run.part(part, piped, is_checked)) {
                    return Next::Unknown;
                }
                failed |= self.status.is_zero() == Some(false);
                piped = Some(said);
            }
            if failed && self.shell.pipefail && self.status.is_zero() != Some(false) {
                self.status = Value::Failed;
            }
        }
        if pipeline.is_negated {
            self.status = self
                .status
                .is_zero()
                .map_or(Value::Unknown, |is_zero| Value::of(!is_zero));
        }
        Next::On
    }

    /// Runs something in a shell of its own; whether it could be followed.
    fn apart(&mut self, what: impl FnOnce(&mut Self) -> Next) -> bool {
        let (variables, folder, shell) = (self.variables.clone(), self.folder.clone(), self.shell);
        let next = what(self);
        (self.variables, self.folder, self.shell) = (variables, folder, shell);
        !matches!(next, Next::Unknown)
    }

    /// Runs one part of a pipeline, into which this is piped.
    fn part(&mut self, part: &Part, piped: Option<Value>, is_checked: bool) -> Next {
        let (compound, redirections) = match part {
            Part::Simple(command) => return self.command(command, piped),
            Part::Compound(compound, redirections) => (compound, redirections),
        };
        let said = match compound {
            Compound::Group(list) | Compound::Subshell(list) => only(list),
            _ => None,
        };
        let said = said.map_or(Value::Unknown, |command| self.said(command));
        let mut effects = Effects::default();
        effects.redirected(redirections, self.folder.as_deref());
        if !self.writes(&effects, said) {
            return Next::Unknown;
        }
        match compound {
            Compound::Group(list) => self.list(list, is_checked),
            Compound::Subshell(list) => match self.apart(|run| run.list(list, is_checked)) {
                true => Next::On,
                false => Next::Unknown,
            },
            Compound::If(branches, otherwise) => {
                for (condition, body) in branches {
                    match self.list(condition, false) {
                        Next::On => {}
                        next => return next,
                    }
                    match self.status.is_zero() {
                        Some(true) => return self.list(body, is_checked),
                        Some(false) => {}
                        None => return Next::Unknown,
                    }
                }
                if otherwise.is_empty() {
                    self.status = Value::Number(0);
                }
                self.list(otherwise, is_checked)
            }
            Compound::Other(..) => Next::Unknown,
        }
    }

    /// Notes what is written of what is said; whether that could be followed.
    fn writes(&mut self, effects: &Effects, said: Value) -> bool {
        for target in &effects.written {
            if target.path().as_deref() == Some(self.wanted) {
                self.written = Some(said);
            } else if target.path().is_none() && target.may_be(self.wanted) {
                match self.wanted.file_name() {
                    Some(name) if target.is_named(name) => self.written = Some(said),
                    _ => return false,
                }
            }
        }
        let name = self.wanted.file_name().unwrap_or_default();
        let mut moved = effects.moved.iter();
        let mut given = effects.given.iter();
        if moved.any(|target| target.may_hold(self.wanted))
            || given.any(|target| target.is_named(name) && target.may_be(self.wanted))
        {
            self.written = Some(Value::Foreign);
        }
        true
    }

    /// Runs one command, into which this is piped.
    fn command(&mut self, command: &Command, piped: Option<Value>) -> Next {
        let said = match command.program() {
            "tee" => piped.unwrap_or(Value::Unknown),
            _ => self.said(command),
        };
        let mut effects = Effects::default();
        effects.command(command, self.folder.as_deref());
        if !self.writes(&effects, said) {
            return Next::Unknown;
        }
        let arguments: Vec<&str> = command.arguments.iter().map(String::as_str).collect();
        self.status = match command.program() {
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
                Value::Number(0)
            }
            "exit" => {
                if let Some(word) = arguments.first() {
                    self.status = self.value(word);
                }
                return match self.status.is_zero() {
                    Some(_) => Next::Exit,
                    None => Next::Unknown,
                };
            }
            "set" => {
                self.shell.set(&arguments);
                Value::Number(0)
            }
            "cd" => {
                let to = arguments.first().filter(|to| !to.starts_with('-'));
                self.folder = to.and_then(|to| below(self.folder.as_deref(), to));
                Value::Number(0)
            }
            "false" => Value::Number(1),
            "[" | "test" => {
                let is_true = self.compares(command, &arguments);
                is_true.map_or(Value::Unknown, Value::of)
            }
            _ if ignores_failures(command) => Value::Number(0),
            _ if self
                .failing
                .is_some_and(|failing| std::ptr::eq(failing, command)) =>
            {
                Value::Failed
            }
            _ => Value::Number(0),
        };
        Next::On
    }

    /// What `[` and `test` find, if that is known.
    fn compares(&self, command: &Command, arguments: &[&str]) -> Option<bool> {
        let arguments = match arguments {
            [inner @ .., "]"] if command.program() == "[" => inner,
            all => all,
        };
        // An empty word that is not quoted is no word.
        let is_quoted = command.written.contains('"');
        match arguments {
            ["!", rest @ ..] => self.compares(command, rest).map(|is_true| !is_true),
            [sign @ ("-z" | "-n"), word] => {
                let is_empty = match self.value(word) {
                    Value::Empty if is_quoted || *sign == "-z" => true,
                    Value::Number(_) | Value::Failed => false,
                    Value::Empty | Value::Text | Value::Unknown | Value::Foreign => return None,
                };
                Some(is_empty == (*sign == "-z"))
            }
            [one, sign @ ("=" | "==" | "!="), other] => {
                let is_equal = match (self.value(one), self.value(other)) {
                    (Value::Empty, Value::Empty) if is_quoted => true,
                    (Value::Empty, Value::Number(_) | Value::Failed)
                    | (Value::Number(_) | Value::Failed, Value::Empty)
                        if is_quoted =>
                    {
                        false
                    }
                    (one, other) => one.equals(other)?,
                };
                Some(is_equal == (*sign != "!="))
            }
            [one, sign @ ("-eq" | "-ne"), other] => {
                let is_equal = self.value(one).equals(self.value(other))?;
                Some(is_equal == (*sign == "-eq"))
            }
            [one, "-gt", other] => match (self.value(one), self.value(other)) {
                (Value::Number(one), Value::Number(other)) => Some(one > other),
                (Value::Failed, Value::Number(0)) => Some(true),
                (Value::Number(0), Value::Failed) => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// What `echo` and `printf` print; of other programs that is not known.
    fn said(&self, command: &Command) -> Value {
        let words: Vec<&str> = command.words().map(String::as_str).collect();
        let word = match words.as_slice() {
            ["echo"] => return Value::Empty,
            ["echo", word] | ["echo", "-n", word] | ["printf", word] => *word,
            ["printf", format, word]
                if matches!(format.trim_end_matches("\\n"), "%s" | "%d" | "%i") =>
            {
                *word
            }
            _ => return Value::Unknown,
        };
        match self.value(word) {
            _ if literals(&command.written).contains(&word) => Value::Text,
            Value::Unknown if self.is_unset(word) => Value::Empty,
            value => value,
        }
    }

    /// Whether a word is a variable that nothing sets. Those of an image are in upper case, as a rule: one such is the script's in another case.
    fn is_unset(&self, word: &str) -> bool {
        let inner = word
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = inner.or(word.strip_prefix('$')) else {
            return false;
        };
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut own = self.commands.iter().flat_map(|own| &own.env);
        let is_known = name.chars().any(|c| c.is_ascii_lowercase())
            || own.any(|(own, _)| own.eq_ignore_ascii_case(name));
        // Such as that of `read`.
        let mut arguments = self.commands.iter().flat_map(|own| &own.arguments);
        let is_argument = |word: &String| word.split('=').next() == Some(name);
        is_name && is_known && !self.set.contains(name) && !arguments.any(is_argument)
    }

    /// The value of a word.
    fn value(&self, word: &str) -> Value {
        if word.is_empty() {
            return Value::Empty;
        }
        if let Ok(number) = word.trim_end_matches("\\n").parse::<u32>() {
            return Value::Number(number);
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
        let alone = self.commands.iter().filter(|own| own.path.is_empty());
        let mut assigned = alone.flat_map(|own| &own.env);
        assigned.any(|(own, _)| own == name) && !self.set.contains(name)
    }
}

/// The only command of a list.
fn only(list: &List) -> Option<&Command> {
    let [Statement { pipelines, .. }] = list.as_slice() else {
        return None;
    };
    match pipelines.as_slice() {
        [(_, pipeline)] => match pipeline.parts.as_slice() {
            [Part::Simple(command)] => Some(command),
            _ => None,
        },
        _ => None,
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
        let script = "#!/bin/bash -e\ngradle test\necho $? > code\n";
        assert_eq!(fate_of(script, Shell::default()), Fate::Fails);
        let piped = "set +e\ngradle test |\n  tee log\necho $? > code\n";
        assert_eq!(fate_of(piped, Shell::default()), Fate::AlwaysZero);
        let pipefail = Shell::new(&["/bin/bash", "-euo", "pipefail", "-c"]);
        assert_eq!(fate_of(piped, pipefail), Fate::Kept);
    }

    #[test]
    fn what_is_not_understood_counts_as_good() {
        for script in [
            "for x in a; do gradle test; done; echo 0 > code",
            "t() { gradle test; }; t | cat; echo $? > code",
            "case $x in a) gradle test | cat;; esac; echo $? > code",
            "if [ $set = 1 ]; then gradle test | cat; fi; echo $? > code",
            "! grep FAILED log; echo $? > code",
            "gradle test & wait; echo $? > code",
            "gradle test | tee log; echo ${PIPESTATUS[0]} > code",
            "gradle test; echo $set > code",
            "gradle test; echo $(cat status) > code",
            "sh -c 'gradle test; echo $? > code'",
            "test -e x && gradle test; echo $? > code",
            "gradle test | cat; echo $? > $file",
            "gradle test | cat; echo $? > code; cp status .",
            "gradle test; read code < status; echo $code > code",
            "gradle test; echo $CODE > code",
            "gradle test; echo ${code#x} > code",
            "apk add nodejs; npm test; code=$?; echo $code > code",
            "npm ci; npm test; code=$?; echo $code > code",
            "npm run build; npm test; code=$?; echo $code > code",
            "cargo check; cargo test; echo $? > code",
            "find test; pytest; echo $? > code",
            "npm test && npm run lint; echo $? > code",
        ] {
            assert_eq!(fate_of(script, Shell::default()), Fate::Kept, "{script}");
        }
        let other = Shell::new(&["pwsh", "-c"]);
        assert_eq!(fate_of("a | b; echo $? > code", other), Fate::Kept);
    }

    #[test]
    fn what_a_later_command_or_no_command_says_is_found() {
        for (script, expected) in [
            (
                "npm test; npm run lint; code=$?; echo $code > code",
                Fate::Later,
            ),
            (
                "./gradlew :a:test; ./gradlew --stop; echo $? > code",
                Fate::Later,
            ),
            ("npm ci; pytest; coverage xml; echo $? > code", Fate::Later),
            ("gradle test || echo $? > code", Fate::MissingIfPassed),
            (
                "code=0; gradle test || code=$?; echo '$code' > code",
                Fate::NoNumber,
            ),
            (
                "gradle test; code=$?; echo \"$cod\" > code",
                Fate::EmptyIfPassed,
            ),
            ("gradle test; r=$?; echo ${R} > code", Fate::EmptyIfPassed),
        ] {
            assert_eq!(fate_of(script, Shell::default()), expected, "{script}");
        }
    }

    proptest! {
        #[test]
        fn any_script_has_a_fate(script in r#"([a-z$(){}'"`<>&|;\\/*?~0 \n-]|set -e|\$code|code=|echo |exit |> code|é){0,60}"#) {
            fate_of(&script, Shell::default());
        }
    }
}
