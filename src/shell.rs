//! Words of a POSIX shell, quoted as the emitted `stepSupport.quote` does it.

/// One word. What a shell would not take as it is stands in single quotes.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// One command on one line.
pub fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// The same command on lines of at most so many characters, where that is possible: continued where an option begins.
pub fn wrapped(command: &str, width: usize) -> Vec<String> {
    if command.chars().count() <= width {
        return vec![command.to_owned()];
    }
    let is_option = |word: &str| word.starts_with('-') || word.starts_with('+');
    let mut groups: Vec<String> = Vec::new();
    for word in words(command) {
        match groups.last_mut() {
            Some(group) if !is_option(word) => group.push_str(&format!(" {word}")),
            _ => groups.push(word.to_owned()),
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for group in groups {
        match lines.last_mut() {
            // Two for the mark that the line is continued.
            Some(line) if line.chars().count() + group.chars().count() + 3 <= width => {
                line.push_str(&format!(" {group}"));
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("    {group}"));
            }
            None => lines.push(group),
        }
    }
    lines
}

/// The words of a command with their quotes: a blank between quotes ends no word.
fn words(command: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let mut is_escaped = false;
    command
        .split(move |c: char| {
            match quote {
                // As in `'it'\''s'`.
                _ if is_escaped => {
                    is_escaped = false;
                    return false;
                }
                Some(open) if open == c => quote = None,
                None if c == '\'' || c == '"' => quote = Some(c),
                None if c == '\\' => is_escaped = true,
                _ => {}
            }
            c == ' ' && quote.is_none()
        })
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_commands_are_continued_where_an_option_begins() {
        let command = "git -c 'a --b' push --atomic origin +refs/tags/v1";
        let lines = [
            "git -c 'a --b' push \\",
            "    --atomic origin \\",
            "    +refs/tags/v1",
        ];
        assert_eq!(wrapped(command, 24), lines);
        assert_eq!(wrapped(command, 60), [command]);
    }

    proptest! {
        #[test]
        fn a_command_means_the_same_on_several_lines(
            words in prop::collection::vec(r#"-?[a-z'"\\$` -]{0,20}"#, 1..8),
            width in 10..60_usize,
        ) {
            let command = command(words.iter().map(String::as_str));
            let lines = wrapped(&command, width).join("\n").replace("\\\n", "");
            prop_assert_eq!(shlex::split(&lines), Some(words));
        }
    }

    #[test]
    fn words_can_not_be_left() {
        assert_eq!(
            command(["a", "b c", "", "it's", "$x"]),
            r"a 'b c' '' 'it'\''s' '$x'"
        );
    }
}
