//! Text with typed placeholders, such as `{version}.{build_number}`.

use std::fmt;
use std::str::FromStr;

use super::types::{Invalid, VersionNumber};

/// What a placeholder stands for in a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The version: a literal or read from the checkout.
    Version,
    /// Jenkins' number of the build.
    BuildNumber,
    /// Jenkins' name of the branch: `PR-12` in a pull request.
    Branch,
    /// The full id of the commit that is built.
    Commit,
}

impl Placeholder {
    const ALL: [(&str, Self); 4] = [
        ("version", Self::Version),
        ("build_number", Self::BuildNumber),
        ("branch", Self::Branch),
        ("commit", Self::Commit),
    ];

    /// The word between the braces.
    fn word(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, known)| *known == self)
            .map_or("", |(word, _)| word)
    }

    /// The longest text that can stand here in an image tag, in characters.
    fn max_length(self) -> usize {
        match self {
            Self::Version => VersionNumber::MAX_LENGTH,
            // A 32-bit number.
            Self::BuildNumber => 10,
            // A branch has no useful limit, and `/` besides.
            Self::Branch => usize::MAX,
            Self::Commit => 40,
        }
    }
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that stands as it is.
    Literal(String),
    /// Text that a build supplies.
    Placeholder(Placeholder),
}

/// One line of text with placeholders; `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

impl Template {
    /// The pieces in order; no two literals are neighbours.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether it holds the placeholder.
    pub fn uses(&self, placeholder: Placeholder) -> bool {
        self.0.contains(&Part::Placeholder(placeholder))
    }
}

/// As it is written.
impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => {
                    formatter.write_str(&text.replace('{', "{{").replace('}', "}}"))?;
                }
                Part::Placeholder(placeholder) => write!(formatter, "{{{}}}", placeholder.word())?,
            }
        }
        Ok(())
    }
}

impl FromStr for Template {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: String| Invalid::new(rule);
        if text.chars().any(char::is_control) {
            return Err(invalid("must have no control characters".to_owned()));
        }
        if text.len() > 1000 {
            return Err(invalid("must have at most 1000 bytes".to_owned()));
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if next == '{' {
                let Some((name, after)) = rest[1..].split_once('}') else {
                    return Err(invalid(
                        "has a `{` without its `}`; write `{{` for a brace".to_owned(),
                    ));
                };
                let known = Placeholder::ALL.iter().find(|(word, _)| *word == name);
                let Some((_, placeholder)) = known else {
                    return Err(Invalid::new(format!("has an unknown placeholder `{{{name}}}`"))
                        .help("there are `{version}`, `{build_number}`, `{branch}` and `{commit}`; write `{{` for a brace"));
                };
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Placeholder(*placeholder));
                rest = after;
            } else if next == '}' {
                return Err(invalid(
                    "has a `}` without its `{`; write `}}` for a brace".to_owned(),
                ));
            } else {
                literal.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }
}

/// A template of which every result is an image tag, by the OCI grammar `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagTemplate(Template);

impl TagTemplate {
    /// The template.
    pub fn template(&self) -> &Template {
        &self.0
    }
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for TagTemplate {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let template: Template = text.parse()?;
        let invalid = |rule: &str, help: &str| Invalid::new(rule).help(help);
        if template.uses(Placeholder::Branch) {
            return Err(invalid(
                "must not hold `{branch}`",
                "branch names have characters, such as `/`, that no image tag can have",
            ));
        }
        let mut length = 0_usize;
        for (index, part) in template.parts().iter().enumerate() {
            match part {
                Part::Literal(literal) => {
                    let good = literal
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
                    if !good || (index == 0 && literal.starts_with(['.', '-'])) {
                        return Err(invalid(
                            "must be an image tag",
                            "letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`",
                        ));
                    }
                    length = length.saturating_add(literal.len());
                }
                Part::Placeholder(placeholder) => {
                    length = length.saturating_add(placeholder.max_length());
                }
            }
        }
        if length == 0 {
            return Err(invalid("must not be empty", "such as `latest`"));
        }
        if length > 128 {
            return Err(invalid(
                "can become longer than an image tag may be",
                "a tag has at most 128 characters; a version up to 50, a commit 40, a build number 10",
            ));
        }
        Ok(Self(template))
    }
}
