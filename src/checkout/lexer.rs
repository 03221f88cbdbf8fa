//! Lines and words of a Dockerfile, with the place of each character.

use std::ops::Range;

/// Characters and their offsets.
pub(super) type Characters = Vec<(usize, char)>;

/// The characters of a range up to the end of its first line, without line continuations and the comments and empty lines that follow these.
pub(super) fn characters(text: &str, escape: char, range: Range<usize>) -> Characters {
    let mut characters = Characters::new();
    let mut at = range.start;
    while let Some(c) = text[at..range.end].chars().next() {
        let rest = &text[at + c.len_utf8()..range.end];
        let is_continued =
            c == escape && rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
        if !is_continued {
            characters.push((at, c));
            if c == '\n' {
                break;
            }
            at += c.len_utf8();
            continue;
        }
        at = after_line(text, at).min(range.end);
        while at < range.end {
            let next = after_line(text, at).min(range.end);
            let line = text[at..next].trim();
            if !(line.is_empty() || line.starts_with('#')) {
                break;
            }
            at = next;
        }
    }
    characters
}

/// The words between white space that is neither quoted nor escaped.
pub(super) fn words(characters: &[(usize, char)], escape: char) -> Vec<Characters> {
    let mut words = vec![Characters::new()];
    let mut quote = None;
    let mut is_escaped = false;
    for (offset, c) in characters.iter().copied() {
        match c {
            _ if is_escaped => is_escaped = false,
            c if c == escape && quote != Some('\'') => is_escaped = true,
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if c.is_whitespace() && quote.is_none() => {
                words.push(Characters::new());
                continue;
            }
            _ => {}
        }
        if let Some(word) = words.last_mut() {
            word.push((offset, c));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The offset behind the line in which `at` is.
pub(super) fn after_line(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}
