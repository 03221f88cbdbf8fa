//! A Java properties file, as far as one key is asked for. The format is that of `java.util.Properties.load`; own code, because a diagnostic needs the place
//! of the value.

use std::ops::Range;

/// The last value of a key, and its place: the last definition wins. The place is where the value begins to where its last line ends.
pub fn find(text: &str, key: &str) -> Option<(String, Range<usize>)> {
    let mut found = None;
    let mut start = 0;
    while start < text.len() {
        let (line, end) = logical_line(text, start);
        if let Some((name, value, range)) = entry(&line)
            && name == key
        {
            found = Some((value, range));
        }
        start = end;
    }
    found
}

type Characters = Vec<(usize, char)>;

/// The characters from `start` to the end of the line, over continuations, and where the next line begins. Comments have none.
fn logical_line(text: &str, start: usize) -> (Characters, usize) {
    let is_comment = text[start..].trim_start_matches([' ', '\t', '\u{c}']);
    let is_comment = is_comment.starts_with(['#', '!']);
    let mut line = Characters::new();
    let mut characters = text[start..].char_indices().peekable();
    while let Some((offset, c)) = characters.next() {
        match c {
            '\n' => return (line, start + offset + 1),
            '\\' if !is_comment => match characters.next() {
                Some((_, newline @ ('\r' | '\n'))) => {
                    if newline == '\r' {
                        characters.next_if(|(_, c)| *c == '\n');
                    }
                    while characters
                        .next_if(|(_, c)| matches!(c, ' ' | '\t' | '\u{c}'))
                        .is_some()
                    {}
                }
                Some((next, escaped)) => {
                    line.push((start + offset, '\\'));
                    line.push((start + next, escaped));
                }
                None => {}
            },
            '\r' => {}
            _ if is_comment => {}
            c => line.push((start + offset, c)),
        }
    }
    (line, text.len())
}

/// The key and the value of a line; the first `=`, `:` or white space that is not escaped parts them.
fn entry(line: &Characters) -> Option<(String, String, Range<usize>)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\u{c}');
    let begin = line.iter().position(|(_, c)| !is_blank(*c))?;
    let line = &line[begin..];
    let mut end = 0;
    while let Some((_, c)) = line.get(end) {
        match c {
            '\\' => end += 2,
            '=' | ':' => break,
            c if is_blank(*c) => break,
            _ => end += 1,
        }
    }
    let end = end.min(line.len());
    let mut rest = &line[end..];
    let skip_blanks = |rest: &mut &[(usize, char)]| {
        while let Some(((_, c), after)) = rest.split_first()
            && is_blank(*c)
        {
            *rest = after;
        }
    };
    skip_blanks(&mut rest);
    if let Some(((_, '=' | ':'), after)) = rest.split_first() {
        rest = after;
        skip_blanks(&mut rest);
    }
    let range = match (rest.first(), rest.last(), line.last()) {
        (Some((first, _)), Some((last, c)), _) => *first..last + c.len_utf8(),
        (_, _, Some((last, c))) => last + c.len_utf8()..last + c.len_utf8(),
        _ => return None,
    };
    Some((unescaped(&line[..end]), unescaped(rest), range))
}

fn unescaped(characters: &[(usize, char)]) -> String {
    let mut text = String::new();
    let mut characters = characters.iter().map(|(_, c)| *c);
    while let Some(c) = characters.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('f') => text.push('\u{c}'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok();
                text.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::find;

    fn value(text: &str) -> Option<String> {
        find(text, "version").map(|(value, _)| value)
    }

    #[test]
    fn every_notation_of_the_format_is_read() {
        for text in [
            "version=1.2.3",
            "a=1\n  version = 1.2.3\r\nb=2",
            "version:1.2.3",
            "version 1.2.3",
            "version\t=\t1.2.3\n",
            "version=1.\\\n    2.\\\r\n 3\n",
            "version=0\nversion=1.2.3",
            "ver\\u0073ion=1.2.\\u0033",
        ] {
            assert_eq!(value(text).as_deref(), Some("1.2.3"), "{text:?}");
        }
    }

    #[test]
    fn what_only_looks_like_the_key_is_none() {
        for text in [
            "",
            "# version=1",
            "  ! version=1",
            "versions=1",
            "a=\\\nversion=1",
            "my.version=1",
            "version\\=1=2",
        ] {
            assert_eq!(value(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_empty_value_has_a_place() {
        assert_eq!(find("version=\n", "version"), Some((String::new(), 8..8)));
        assert_eq!(find("version", "version"), Some((String::new(), 7..7)));
        assert_eq!(find("a=1\nversion = x y ", "version").unwrap().1, 14..18);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([a-c=: \t\r\n\\\\#!u0-9é]|version){0,40}") {
            if let Some((_, range)) = find(&text, "version") {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
