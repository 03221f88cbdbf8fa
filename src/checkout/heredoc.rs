//! The here-documents of a Dockerfile, anywhere in a command: `RUN cat <<EOF > /file`. The parser takes them at a command's beginning alone, so it is given a
//! text of the same length without them. What begins one is what BuildKit takes for it, in `parser.ParseHeredoc`.

use std::ops::Range;

use super::lexer::{after_line, characters, words};

/// One here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HereDoc {
    /// What announces it: `<<EOF`.
    pub(super) marker: Range<usize>,
    /// Its lines, without the one that ends it.
    pub(super) body: Range<usize>,
    /// Behind the line that ends it, without the line's end.
    pub(super) end: usize,
}

/// A text of the same length that the parser takes, and the here-documents that were taken out.
///
/// # Errors
///
/// With what announces the first one that never ends.
pub(super) fn mask(text: &str, escape: char) -> Result<(String, Vec<HereDoc>), Range<usize>> {
    let mut found = Vec::new();
    let mut masked = text.as_bytes().to_vec();
    let mut at = 0;
    // The parser does not count a byte order mark.
    if text.starts_with('\u{feff}') {
        at = '\u{feff}'.len_utf8();
        masked[..at].fill(b' ');
    }
    while at < text.len() {
        let line = text[at..after_line(text, at)].trim_start();
        if line.is_empty() || line.starts_with('#') {
            at = after_line(text, at);
            continue;
        }
        let line = characters(text, escape, at..text.len());
        let end = line
            .last()
            .map_or(text.len(), |(last, c)| last + c.len_utf8());
        let words: Vec<Range<usize>> = words(&line, escape)
            .iter()
            .filter_map(|word| {
                let ((first, _), (last, c)) = word.first().zip(word.last())?;
                Some(*first..last + c.len_utf8())
            })
            .collect();
        let keyword = words.first().map(|word| text[word.clone()].to_uppercase());
        at = end;
        match keyword.as_deref() {
            Some("RUN" | "COPY" | "ADD" | "ONBUILD") => {
                let mut words = words.into_iter().skip(1).peekable();
                while let Some(mut word) = words.next() {
                    let Some(mut name) = announced(&text[word.clone()]) else {
                        continue;
                    };
                    // The name may stand after a space, except after `<<-`.
                    if let (true, false, Some(next)) =
                        (name.text.is_empty(), name.strips_tabs, words.peek())
                    {
                        name.text = unquoted(&text[next.clone()]);
                        word.end = next.end;
                    }
                    if name.text.is_empty() || name.text.contains('<') {
                        continue;
                    }
                    let here_doc = here_doc(text, &word, name, at).ok_or_else(|| word.clone())?;
                    at = after_line(text, here_doc.end);
                    let arrows = word.start + text[word.clone()].find("<<").unwrap_or(0);
                    masked[arrows..arrows + 2].fill(b'_');
                    for byte in &mut masked[here_doc.body.start..here_doc.end] {
                        if !matches!(byte, b'\n' | b'\r') {
                            *byte = b'#';
                        }
                    }
                    found.push(here_doc);
                }
            }
            // What resets the entrypoint of the base image is no argument for the parser.
            Some("ENTRYPOINT") => {
                let rest = words[1..].iter().map(|word| &text[word.clone()]);
                if rest.collect::<String>() == "[]" {
                    for word in &words[1..] {
                        masked[word.clone()].fill(b'x');
                    }
                }
            }
            _ => {}
        }
    }
    // Whole characters were replaced by as many bytes of ASCII.
    let masked = String::from_utf8(masked).unwrap_or_else(|_| text.to_owned());
    Ok((masked, found))
}

/// How the lines of a here-document end.
struct Name {
    text: String,
    strips_tabs: bool,
}

/// The name that a word announces, which is empty in `<<`; `None` if it is another word.
fn announced(word: &str) -> Option<Name> {
    let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let name = word.strip_prefix("<<")?;
    let (name, strips_tabs) = match name.strip_prefix('-') {
        Some(name) => (name, true),
        None => (name, false),
    };
    Some(Name {
        text: unquoted(name),
        strips_tabs,
    })
}

fn unquoted(name: &str) -> String {
    name.replace(['"', '\''], "")
}

/// The here-document whose lines begin at `start`; `None` if nothing ends them.
fn here_doc(text: &str, word: &Range<usize>, name: Name, start: usize) -> Option<HereDoc> {
    let mut at = start;
    while at < text.len() {
        let next = after_line(text, at);
        let line = text[at..next].trim_end_matches(['\n', '\r']);
        let plain = match name.strips_tabs {
            true => line.trim_start_matches('\t'),
            false => line,
        };
        if plain == name.text {
            return Some(HereDoc {
                marker: word.clone(),
                body: start..at,
                end: at + line.len(),
            });
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(text: &str) -> Vec<&str> {
        let (masked, found) = mask(text, '\\').unwrap();
        assert_eq!(masked.len(), text.len());
        found.into_iter().map(|found| &text[found.body]).collect()
    }

    #[test]
    fn a_here_document_may_begin_anywhere_in_a_command() {
        assert_eq!(
            bodies("RUN cat <<EOF > /x\nFROM é\\\nEOF\nRUN y\n"),
            ["FROM é\\\n"]
        );
        assert_eq!(
            bodies("run a <<A && \\\n  b <<-'B'\n1\nA\n\t2\n\tB\n"),
            ["1\n", "\t2\n"]
        );
        assert_eq!(bodies("RUN x << EOF\nhi\nEOF\n"), ["hi\n"]);
        assert_eq!(bodies("COPY <<\"EOF\" /x\r\nhi\r\nEOF\r\n"), ["hi\r\n"]);
        let (masked, _) = mask("RUN cat <<EOF > /x\nFROM é\nEOF\nCMD x\n", '\\').unwrap();
        assert_eq!(masked, "RUN cat __EOF > /x\n#######\n###\nCMD x\n");
    }

    #[test]
    fn what_is_no_here_document_stays() {
        for text in [
            "RUN cat <<< x\n",
            "RUN echo $((1<<3))\n",
            "RUN echo \"a <<EOF\"\nEOF\n",
            "RUN x <<- EOF\nEOF\n",
            "RUN x <<\nEOF\n",
            "CMD <<EOF\nEOF\n",
            "# RUN <<EOF\nEOF\n",
        ] {
            let whole = (text.to_owned(), Vec::new());
            assert_eq!(mask(text, '\\'), Ok(whole), "{text:?}");
        }
        assert_eq!(mask("RUN x <<EOF\nnever ends\n", '\\'), Err(6..11));
    }
}
