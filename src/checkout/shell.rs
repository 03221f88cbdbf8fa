//! The commands of a shell script, as words. Enough for the scripts of pipelines and Dockerfiles; control flow is not understood.

use std::collections::HashMap;

/// One command. What was understood of it is taken out of it; what stays was not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// `NAME=value` before it.
    pub(super) env: Vec<(String, String)>,
    /// The program; empty if variables are set alone.
    pub(super) path: String,
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// The whole, as it was written.
    pub(super) written: String,
    /// Whether the script goes on if it fails: `… || true`.
    pub(super) may_fail: bool,
}

impl Command {
    /// The program without its folder.
    pub(super) fn program(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The program and its arguments; none if variables are set alone.
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        let program = Some(&self.path).filter(|path| !path.is_empty());
        program.into_iter().chain(&self.arguments)
    }

    /// Takes out an option with its values: `--name value` or `--name=value`.
    pub(super) fn take(&mut self, names: &[&str]) -> Vec<String> {
        let mut values = Vec::new();
        let mut rest = Vec::new();
        let mut words = std::mem::take(&mut self.arguments).into_iter();
        while let Some(word) = words.next() {
            let value = word
                .split_once('=')
                .filter(|(name, _)| names.contains(name));
            if names.contains(&word.as_str()) {
                values.extend(words.next());
            } else if let Some((_, value)) = value {
                values.push(value.to_owned());
            } else {
                rest.push(word);
            }
        }
        self.arguments = rest;
        values
    }

    /// Takes out these words; whether there were any.
    pub(super) fn take_words(&mut self, is_one: impl Fn(&str) -> bool) -> bool {
        let before = self.arguments.len();
        self.arguments.retain(|word| !is_one(word));
        self.arguments.len() < before
    }

    /// Whether a part of it is computed by the shell, or goes to or comes from a file.
    pub(super) fn does_more(&self) -> bool {
        let mut words = self.arguments.iter();
        self.written.contains("$(")
            || self.written.contains('`')
            || words.any(|word| {
                word.trim_start_matches(|c: char| c.is_ascii_digit())
                    .starts_with(['>', '<'])
                    && !word.contains(">&")
                    && !word.ends_with(">/dev/null")
            })
    }
}

/// What stands before a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// `;`, the end of a line, or nothing.
    Then,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|`.
    Pipe,
    /// `&`: it runs while the one before still does.
    Beside,
}

/// The commands of a script. One that is no shell has its text alone.
pub(super) fn commands(script: &str) -> Vec<Command> {
    let commands = joined(script).into_iter();
    commands.map(|(_, command)| command).collect()
}

/// The same, each with what joins it to the one before.
pub(super) fn joined(script: &str) -> Vec<(Joint, Command)> {
    let mut joined = Vec::new();
    // A line that ends with an operator goes on in the next one.
    let mut open = Joint::Then;
    for line in logical_lines(script) {
        for (joint, text, after) in parts(&line) {
            if joint != Joint::Then {
                open = joint;
            }
            if let Some(command) = command(text) {
                let may_fail = is_caught(after);
                joined.push((
                    open,
                    Command {
                        may_fail,
                        ..command
                    },
                ));
                open = Joint::Then;
            }
        }
    }
    joined
}

/// Lines, those that go on below joined, without the lines of here-documents. An option alone on a line belongs to the command above it: there a `\` was
/// forgotten.
fn logical_lines(script: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    let mut here_document: Option<String> = None;
    let last: HashMap<&str, usize> = script.lines().map(str::trim).zip(0..).collect();
    for (index, line) in script.lines().enumerate() {
        let line = line.trim();
        if let Some(end) = &here_document {
            if line == end {
                here_document = None;
            }
            continue;
        }
        let (text, more) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some(last) if goes_on || line.starts_with("--") => {
                last.push(' ');
                last.push_str(text);
            }
            _ => lines.push(text.to_owned()),
        }
        goes_on = more;
        here_document = text
            .split_once("<<")
            .map(|(_, word)| word.trim_start_matches('-').trim_start())
            .filter(|word| !word.starts_with('<'))
            .and_then(|word| word.split([' ', ';', '&', '|', '>']).next())
            .map(|word| word.replace(['"', '\'', '\\'], ""))
            // A shift of bits is none.
            .filter(|word| last.get(word.as_str()).is_some_and(|end| *end > index));
    }
    lines
}

/// Whether what follows a command goes on if that fails, rather than to stop in other words: `|| exit 1`.
fn is_caught(after: &str) -> bool {
    let Some(other) = after.strip_prefix("||") else {
        return false;
    };
    let mut words = other
        .split([' ', ';', '{', '}', '(', ')', '&', '|'])
        .filter(|word| !word.is_empty());
    let stops = words.any(|word| matches!(word, "exit" | "return" | "false"));
    !stops || other.contains("exit 0")
}

/// What stands between `;`, `&&`, `||`, `|` and `&` outside quotes, each with the sign before it and the rest of the line behind it.
fn parts(line: &str) -> Vec<(Joint, &str, &str)> {
    let mut parts = Vec::new();
    let mut joint = Joint::Then;
    let mut start = 0;
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for (index, character) in line.char_indices() {
        match (character, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            // `2>&1` redirects.
            ('&', None) if before == '>' => {}
            ('&', None) if before == '&' && start == index => {
                (joint, start) = (Joint::And, index + 1);
            }
            ('|', None) if before == '|' && start == index => {
                (joint, start) = (Joint::Or, index + 1);
            }
            (';' | '&' | '|', None) => {
                parts.push((joint, &line[start..index], &line[index..]));
                start = index + 1;
                joint = match character {
                    '|' => Joint::Pipe,
                    '&' => Joint::Beside,
                    _ => Joint::Then,
                };
            }
            _ => {}
        }
        before = character;
    }
    parts.push((joint, &line[start..], ""));
    parts
}

/// Words that begin a part of the shell's control flow, and that a command may follow.
const FLOW: [&str; 8] = ["then", "do", "else", "fi", "done", "esac", "{", "}"];

fn command(part: &str) -> Option<Command> {
    let mut command = Command {
        written: part.split_whitespace().collect::<Vec<_>>().join(" "),
        ..Command::default()
    };
    let Some(words) = words(part) else {
        return (!command.written.is_empty()).then_some(command);
    };
    for word in words {
        let assignment = word.split_once('=').filter(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        match assignment {
            Some((name, value)) if command.path.is_empty() => {
                command.env.push((name.to_owned(), value.to_owned()));
            }
            _ if command.path.is_empty() && FLOW.contains(&word.as_str()) => {}
            _ if command.path.is_empty() => command.path = word,
            _ => command.arguments.push(word),
        }
    }
    (!command.path.is_empty() || !command.env.is_empty()).then_some(command)
}

/// The words of a command. What the shell runs within one, `$(date +%s)`, is a part of it.
fn words(part: &str) -> Option<Vec<String>> {
    // Blanks for private use, which no script holds.
    const BLANK: char = '\u{f0000}';
    let mut joined = String::new();
    let (mut open, mut quoted, mut before) = (0_usize, false, ' ');
    for character in part.chars() {
        match character {
            '(' if before == '$' || open > 0 => open += 1,
            ')' => open = open.saturating_sub(1),
            '`' => quoted = !quoted,
            _ => {}
        }
        let is_inside = open > 0 || quoted;
        joined.push(match character {
            ' ' | '\t' if is_inside => BLANK,
            character => character,
        });
        before = character;
    }
    let words = shlex::split(&joined)?.into_iter();
    Some(words.map(|word| word.replace(BLANK, " ")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<Vec<String>> {
        let commands = commands(script).into_iter();
        commands
            .map(|command| [vec![command.path], command.arguments].concat())
            .collect()
    }

    #[test]
    fn a_script_is_its_commands() {
        assert_eq!(
            words("set -e; a 'b;c' && d \"e | f\" | g 2>&1 # h\n\n  i \\\n  j"),
            [
                vec!["set", "-e"],
                vec!["a", "b;c"],
                vec!["d", "e | f"],
                vec!["g", "2>&1"],
                vec!["i", "j"]
            ]
        );
    }

    #[test]
    fn a_command_whose_failure_is_caught_is_known() {
        let caught = |script: &str| commands(script)[0].may_fail;
        for script in [
            "a || true",
            "a b || echo 'c'",
            "a || { echo b; }",
            "a || exit 0",
        ] {
            assert!(caught(script), "{script}");
        }
        for script in [
            "a",
            "a && b",
            "a | b || true",
            "a || exit 1",
            "a || { echo b; exit 1; }",
            "a ';||' b",
        ] {
            assert!(!caught(script), "{script}");
        }
    }

    #[test]
    fn an_option_below_a_forgotten_backslash_belongs_to_its_command() {
        assert_eq!(
            words("buildctl build --local context=.\n   --local dockerfile=."),
            [[
                "buildctl",
                "build",
                "--local",
                "context=.",
                "--local",
                "dockerfile=."
            ]]
        );
    }

    #[test]
    fn variables_stand_before_the_program() {
        let mut commands = commands("A=1 B= /bin/c --d=e --d f g=h\nC=2");
        assert_eq!(commands[0].program(), "c");
        assert_eq!(commands[0].env.len(), 2);
        assert_eq!(commands[0].take(&["--d"]), ["e", "f"]);
        assert_eq!(commands[0].arguments, ["g=h"]);
        assert_eq!((commands[1].program(), commands[1].env.len()), ("", 1));
    }

    #[test]
    fn what_is_no_shell_is_told_as_it_stands() {
        assert_eq!(commands("it's \"")[0].written, "it's \"");
        assert_eq!(words("it's \""), [[""]]);
    }

    #[test]
    fn control_flow_and_here_documents_hold_commands() {
        assert_eq!(
            words("if a; then b; else c; fi\ncat <<EOF > f\nd\nEOF\ne"),
            [
                vec!["if", "a"],
                vec!["b"],
                vec!["c"],
                vec!["cat", "<<EOF", ">", "f"],
                vec!["e"]
            ]
        );
    }

    #[test]
    fn a_command_may_do_more_than_its_program() {
        for (script, more) in [
            ("echo a", false),
            ("echo a 2>&1", false),
            ("echo a > b", true),
            ("echo $(b)", true),
            ("A=`b`", true),
            ("a 2>/dev/null", false),
        ] {
            assert_eq!(commands(script)[0].does_more(), more, "{script}");
        }
    }
}
