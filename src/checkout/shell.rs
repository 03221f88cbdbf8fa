//! The commands of a shell script, as words. Enough for the scripts of pipelines and Dockerfiles; control flow is not understood.

/// One command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// `NAME=value` before it.
    pub(super) env: Vec<(String, String)>,
    /// The program and its arguments; never empty.
    pub(super) words: Vec<String>,
}

impl Command {
    /// The program without its folder.
    pub(super) fn program(&self) -> &str {
        let path = self.words.first().map_or("", String::as_str);
        path.rsplit('/').next().unwrap_or(path)
    }

    pub(super) fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The values of an option, `--name value` or `--name=value`.
    pub(super) fn values(&self, names: &[&str]) -> Vec<&str> {
        let mut values = Vec::new();
        let mut words = self.arguments().iter();
        while let Some(word) = words.next() {
            if names.contains(&word.as_str()) {
                values.extend(words.next().map(String::as_str));
            } else if let Some((name, value)) = word.split_once('=')
                && names.contains(&name)
            {
                values.push(value);
            }
        }
        values
    }

    /// Whether an option without a value is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.arguments().iter().any(|word| word == name)
    }
}

/// The commands of a script.
pub(super) fn commands(script: &str) -> Vec<Command> {
    logical_lines(script)
        .iter()
        .flat_map(|line| parts(line))
        .filter_map(command)
        .collect()
}

/// Lines, those that go on below joined. An option alone on a line belongs to the command above it: there a `\` was forgotten.
fn logical_lines(script: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in script.lines() {
        let line = line.trim();
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
    }
    lines
}

/// What stands between `;`, `&&`, `||`, `|` and `&` outside quotes.
fn parts(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
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
            (';' | '&' | '|', None) => {
                parts.push(&line[start..index]);
                start = index + 1;
            }
            _ => {}
        }
        before = character;
    }
    parts.push(&line[start..]);
    parts
}

fn command(part: &str) -> Option<Command> {
    let words = shlex::split(part)?;
    let mut command = Command::default();
    for word in words {
        let assignment = word.split_once('=').filter(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        match assignment {
            Some((name, value)) if command.words.is_empty() => {
                command.env.push((name.to_owned(), value.to_owned()));
            }
            _ => command.words.push(word),
        }
    }
    (!command.words.is_empty()).then_some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<Vec<String>> {
        commands(script)
            .into_iter()
            .map(|command| command.words)
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
        let commands = commands("A=1 B= /bin/c --d=e --d f g=h");
        assert_eq!(commands[0].program(), "c");
        assert_eq!(commands[0].env.len(), 2);
        assert_eq!(commands[0].values(&["--d"]), ["e", "f"]);
    }

    #[test]
    fn what_is_no_shell_is_no_command() {
        assert!(words("it's \"").is_empty());
    }
}
