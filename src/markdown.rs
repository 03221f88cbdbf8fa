//! Markdown for comments on pull requests: the only module that escapes it. Texts come from files that anyone may have written, so none of them may become
//! markup, a link, or a mention that mails somebody.

use std::fmt::Write as _;

/// The most characters of a comment that are ours to fill; GitHub takes 65,536 in all.
pub const MAX_LENGTH: usize = 60_000;

/// Text in a line. What stands between back quotes becomes code.
pub fn text(text: &str) -> String {
    let mut escaped = String::new();
    let mut parts = text.split('`').peekable();
    let mut is_code = false;
    while let Some(part) = parts.next() {
        match is_code {
            // A back quote without its partner is one.
            true if parts.peek().is_none() => {
                escape(&mut escaped, "`");
                escape(&mut escaped, part);
            }
            true => escaped.push_str(&code(part)),
            false => escape(&mut escaped, part),
        }
        is_code = !is_code;
    }
    escaped
}

/// Code in a line.
pub fn code(text: &str) -> String {
    let mut escaped = String::from("<code>");
    escape(&mut escaped, text);
    escaped.push_str("</code>");
    escaped
}

/// A block of code that nothing in it can end.
pub fn block(text: &str) -> String {
    fenced("text", text)
}

/// A unified diff.
pub fn diff(text: &str) -> String {
    fenced("diff", text)
}

fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let text = text
        .split('\n')
        .map(visible)
        .collect::<Vec<String>>()
        .join("\n");
    format!(
        "{fence}{language}\n{}\n{fence}\n",
        text.trim_end_matches('\n')
    )
}

/// Something that is opened by a click.
pub fn details(summary: &str, content: &str) -> String {
    format!("<details>\n<summary>{summary}</summary>\n\n{content}\n</details>\n")
}

/// A table; the cells are markdown.
pub fn table<const COLUMNS: usize>(
    titles: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = format!(
        "| {} |\n|{}\n",
        titles.join(" | "),
        " --- |".repeat(COLUMNS)
    );
    for row in rows {
        let _ = writeln!(table, "| {} |", row.join(" | "));
    }
    table
}

/// Every character of ASCII that could mean something becomes an entity, which markdown never takes for markup. Comments are parsed a second time, as text, for
/// mentions and references: an invisible character after their signs stops that. A dot makes a link of what begins with `www`.
fn escape(escaped: &mut String, text: &str) {
    let mut last = ' ';
    for c in visible(text).chars() {
        let before = std::mem::replace(&mut last, c);
        match c {
            '.' if !before.eq_ignore_ascii_case(&'w') => escaped.push('.'),
            c if c.is_alphanumeric()
                || matches!(c, ' ' | ',' | ';' | '?' | '-' | '/' | '\'' | '(' | ')') =>
            {
                escaped.push(c)
            }
            c @ ('@' | '#') => {
                let _ = write!(escaped, "&#{};&#8203;", c as u32);
            }
            c if c.is_ascii() => {
                let _ = write!(escaped, "&#{};", c as u32);
            }
            c => escaped.push(c),
        }
    }
}

/// A text in one line, in which characters that would hide some of it, or turn its direction, are written by their numbers.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::new();
    for c in text.chars() {
        let is_hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        match c {
            '\n' | '\r' | '\t' => visible.push(' '),
            c if c.is_control() || is_hidden => visible.extend(c.escape_unicode()),
            c => visible.push(c),
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_between_back_quotes_is_code() {
        assert_eq!(text("no file `a`, or"), "no file <code>a</code>, or");
        assert_eq!(text("one ` alone"), "one &#96; alone");
    }

    #[test]
    fn hostile_text_is_only_text() {
        assert_eq!(text("<img src=x>"), "&#60;img src&#61;x&#62;");
        assert_eq!(
            text("[a](http://b) | c"),
            "&#91;a&#93;(http&#58;//b) &#124; c"
        );
        assert_eq!(text("@team #1"), "&#64;&#8203;team &#35;&#8203;1");
        assert_eq!(
            code("</code>\n# x\u{202e}"),
            "<code>&#60;/code&#62; &#35;&#8203; x&#92;u&#123;202e&#125;</code>"
        );
        assert_eq!(text("www.evil.example"), "www&#46;evil.example");
    }

    #[test]
    fn a_block_ends_where_it_should() {
        assert_eq!(block("a\n````\rb\n\n"), "`````text\na\n```` b\n`````\n");
        assert_eq!(block("x"), "```text\nx\n```\n");
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(hostile in "(.|\n|[<>`*_|\\[\\]@#:&\\\\~!])*") {
            let plain = text(&hostile).replace("<code>", "").replace("</code>", "");
            prop_assert!(!plain.contains(['<', '>', '`', '*', '_', '|', '[', ']', '@', '\n', '\r', ':', '\\', '~', '!']));
            // What is left of `&` and `#` belongs to entities.
            let rest: String = plain.split("&#").enumerate().map(|(index, part)| match index {
                0 => part,
                _ => part.split_once(';').map_or("&", |(_, rest)| rest),
            }).collect();
            prop_assert!(!rest.contains(['&', '#']));
        }
    }
}
