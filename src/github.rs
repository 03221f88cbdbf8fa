//! Workflow commands of GitHub Actions: the only module that escapes them.
//! [The reference](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands) has the commands, and the runner's `ActionCommand` the
//! escapes.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Place;

/// An annotation in a file of the repository, or of the whole run.
#[derive(Debug)]
pub struct Annotation<'a> {
    severity: Severity,
    place: Vec<(&'static str, String)>,
    title: String,
    message: &'a str,
}

impl<'a> Annotation<'a> {
    /// One without a place.
    pub fn new(severity: Severity, title: impl Into<String>, message: &'a str) -> Self {
        Self {
            severity,
            place: Vec::new(),
            title: title.into(),
            message,
        }
    }

    /// Puts it into a file, whose path is relative to the repository.
    pub fn file(mut self, path: &str) -> Self {
        self.place.push(("file", path.to_owned()));
        self
    }

    /// Puts it at a place, in a file of this path.
    fn at(mut self, place: &Place, path: &Utf8Path) -> Self {
        let (line, column) = place.line_and_column();
        let (end_line, end_column) = place.last_line_and_column();
        self = self.file(path.as_str());
        let mut add = |name, number: usize| self.place.push((name, number.to_string()));
        add("line", line);
        add("endLine", end_line);
        // GitHub has columns only for what stands in one line.
        if line == end_line {
            add("col", column);
            add("endColumn", end_column);
        }
        self
    }
}

/// One line, with its end.
impl fmt::Display for Annotation<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "::{} ", self.severity.name())?;
        for (name, value) in &self.place {
            write!(formatter, "{name}={},", property(value))?;
        }
        let title = property(&self.title);
        writeln!(formatter, "title={title}::{}", data(self.message))
    }
}

/// A diagnostic as an annotation. In a file that has no path in the repository, its place is a part of the text.
pub fn diagnostic(diagnostic: &Diagnostic, file: impl Fn(&Place) -> Option<Utf8PathBuf>) -> String {
    let line = |place: &Place| {
        let path = file(place).unwrap_or_else(|| place.source.path.clone());
        let (line, _) = place.line_and_column();
        format!("{path}:{line}")
    };
    let own = file(&diagnostic.place);
    let mut message = match own {
        Some(_) => diagnostic.message.clone(),
        None => format!("{}: {}", line(&diagnostic.place), diagnostic.message),
    };
    if !diagnostic.label.is_empty() {
        message.push_str(&format!(": {}", diagnostic.label));
    }
    if let Some((place, label)) = &diagnostic.related {
        message.push_str(&format!("\n{}: {label}", line(place)));
    }
    let more = [("note", &diagnostic.note), ("help", &diagnostic.help)];
    for (word, text) in more {
        if let Some(text) = text {
            message.push_str(&format!("\n{word}: {text}"));
        }
    }
    let mut annotation = Annotation::new(diagnostic.severity(), diagnostic.code.name(), &message);
    if let Some(path) = own {
        annotation = annotation.at(&diagnostic.place, &path);
    }
    annotation.to_string()
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_end_a_part_is_escaped() {
        let annotation = Annotation::new(Severity::Warning, "a,b:c%d\n", "100%\r\n::error::x")
            .file("odd, name::x.toml");
        assert_eq!(
            annotation.to_string(),
            "::warning file=odd%2C name%3A%3Ax.toml,title=a%2Cb%3Ac%25d%0A::100%25%0D%0A::error::x\n"
        );
    }

    proptest! {
        #[test]
        fn any_text_stays_in_one_line_and_part(title in ".*", message in "(.|\n|\r)*") {
            let line = Annotation::new(Severity::Error, title.as_str(), &message).to_string();
            let inner = line.strip_prefix("::error title=").unwrap().strip_suffix('\n').unwrap();
            prop_assert!(!inner.contains(['\n', '\r']));
            let (own, rest) = inner.split_once("::").unwrap();
            prop_assert!(!own.contains([':', ',']));
            let back = |text: &str| text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
            prop_assert_eq!((back(own), back(rest)), (title, message));
        }
    }
}
