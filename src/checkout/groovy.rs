//! The words of a Jenkinsfile: its names and strings without the comments. No grammar: what a script may compute, nobody can read.

use std::ops::Range;

/// A name or a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name, such as `servicePipeline`, or `@Library` with its sign.
    Name(String),
    /// A string without its quotes and escapes.
    Text(String),
    /// Any other character that is no white space.
    Sign(char),
}

/// The tokens of a script with their places.
pub fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let start = at;
        if rest.starts_with("//") || (at == 0 && rest.starts_with("#!")) {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if let Some(quote) = ["'''", "\"\"\"", "'", "\""]
            .into_iter()
            .find(|quote| rest.starts_with(quote))
        {
            let (content, length) = string(&rest[quote.len()..], quote);
            at += quote.len() + length;
            tokens.push((Token::Text(content), start..at));
        } else if is_name(c) || (c == '@' && rest[1..].starts_with(is_name)) {
            let name = &rest[1..];
            let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
            // The first character may have more than one byte.
            at += match c.len_utf8() {
                1 => end + 1,
                length => length,
            };
            tokens.push((Token::Name(text[start..at].to_owned()), start..at));
        } else {
            at += c.len_utf8();
            if !c.is_whitespace() {
                tokens.push((Token::Sign(c), start..at));
            }
        }
    }
    tokens
}

/// The content of a string up to its closing quote, and the length with it. One without triple quotes ends with its line.
fn string(text: &str, quote: &str) -> (String, usize) {
    let mut content = String::new();
    let mut characters = text.char_indices();
    while let Some((offset, c)) = characters.next() {
        if text[offset..].starts_with(quote) {
            return (content, offset + quote.len());
        }
        if c == '\n' && quote.len() == 1 {
            return (content, offset);
        }
        match c {
            '\\' => content.extend(characters.next().map(|(_, escaped)| escaped)),
            c => content.push(c),
        }
    }
    (content, text.len())
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Token, tokens};

    fn shown(text: &str) -> String {
        let tokens = tokens(text).into_iter();
        let words: Vec<String> = tokens
            .map(|(token, _)| match token {
                Token::Name(name) => name,
                Token::Text(text) => format!("<{text}>"),
                Token::Sign(sign) => sign.to_string(),
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn names_and_strings_are_told_from_comments() {
        assert_eq!(
            shown("#!groovy\n@Library('acme@main') _ // '\n/* \"x\" */ appPipeline(\"a\\\"b\")"),
            "@Library ( <acme@main> ) _ appPipeline ( <a\"b> )"
        );
        assert_eq!(shown("'''a\n'b''' c 'open\nd"), "<a\n'b> c <open> d");
    }

    proptest! {
        #[test]
        fn any_text_has_tokens(text in "[@'\"\\\\/*a_$é \n#!]{0,40}|.*") {
            for (_, range) in tokens(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
