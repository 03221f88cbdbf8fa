//! The way from the top of a file to a value.

use std::fmt;
use std::str::FromStr;

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into a table.
    Key(String),
    /// Into an array.
    Item(usize),
}

/// The way to a value. Keys are kept apart, so that one with a dot in it is still one.
///
/// As text it is what TOML calls a dotted key; the position in an array, which TOML has no notation for, is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct KeyPath(Vec<Step>);

impl KeyPath {
    /// The steps from the top.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The path of a key in the table that this is the path of.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.step(Step::Key(name.to_owned()))
    }

    /// The path of an item of the array that this is the path of.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.step(Step::Item(index))
    }

    /// This path, continued by another one.
    #[must_use]
    pub fn join(&self, rest: &Self) -> Self {
        Self(self.0.iter().chain(&rest.0).cloned().collect())
    }

    /// The paths of the places on the way; the last is this one.
    pub fn prefixes(&self) -> impl Iterator<Item = Self> {
        (1..=self.0.len()).map(|length| Self(self.0[..length].to_vec()))
    }

    /// Whether the path leads to this place or to one inside it.
    pub fn is_within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }

    /// The path in the language, where all items of an array are alike.
    #[must_use]
    pub fn without_positions(&self) -> Self {
        let keys = self.0.iter();
        keys.filter(|step| matches!(step, Step::Key(_)))
            .cloned()
            .collect()
    }

    /// The table and the key in it, as [`Self::with_positions`] writes them.
    pub fn table_and_key(&self) -> (String, String) {
        let key = self.0.iter().rposition(|step| matches!(step, Step::Key(_)));
        let (table, key) = self.0.split_at(key.unwrap_or(0));
        let text = |steps: &[Step]| Self(steps.to_vec()).with_positions();
        (text(table), text(key))
    }

    /// The dotted key with the positions in arrays, which TOML has no notation for: `publish[0].tags`.
    pub fn with_positions(&self) -> String {
        let mut text = String::new();
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(position) => text.push_str(&format!("[{position}]")),
                Step::Key(_) => {
                    if index > 0 {
                        text.push('.');
                    }
                    text.push_str(&Self(vec![step.clone()]).to_string());
                }
            }
        }
        text
    }

    /// How a message calls what is there.
    pub fn subject(&self) -> String {
        match self.0.last() {
            Some(Step::Item(_)) => format!("an item of `{self}`"),
            _ => format!("`{self}`"),
        }
    }

    fn step(&self, step: Step) -> Self {
        let mut path = self.clone();
        path.0.push(step);
        path
    }
}

/// Keys that the language itself has, with dots between them: `scan.fail_on`.
impl From<&str> for KeyPath {
    fn from(keys: &str) -> Self {
        Self(
            keys.split('.')
                .map(|key| Step::Key(key.to_owned()))
                .collect(),
        )
    }
}

impl FromIterator<Step> for KeyPath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl From<&Self> for KeyPath {
    fn from(path: &Self) -> Self {
        path.clone()
    }
}

/// A text that is not a dotted key.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAPath;

/// A dotted key as users write it: a key that has a dot stands in quotes.
impl FromStr for KeyPath {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let path = Self::at_positions(text)?;
        match path
            .steps()
            .iter()
            .any(|step| matches!(step, Step::Item(_)))
        {
            true => Err(NotAPath),
            false => Ok(path),
        }
    }
}

impl KeyPath {
    /// A dotted key that may name positions in arrays, as [`Self::with_positions`] writes them.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn at_positions(text: &str) -> Result<Self, NotAPath> {
        let mut path = Self::default();
        let mut rest = text.trim();
        loop {
            let (key, after) = match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => rest[1..].split_once(quote).ok_or(NotAPath)?,
                _ => {
                    let end = rest.find(|c: char| !is_bare(c)).unwrap_or(rest.len());
                    if end == 0 {
                        return Err(NotAPath);
                    }
                    rest.split_at(end)
                }
            };
            path.0.push(Step::Key(key.to_owned()));
            let mut after = after.trim_start();
            while let Some(position) = after.strip_prefix('[') {
                let (position, rest) = position.split_once(']').ok_or(NotAPath)?;
                let is_number = position.bytes().all(|byte| byte.is_ascii_digit());
                let position = position.parse().ok().filter(|_| is_number);
                path.0.push(Step::Item(position.ok_or(NotAPath)?));
                after = rest.trim_start();
            }
            if after.is_empty() {
                return Ok(path);
            }
            rest = after.strip_prefix('.').ok_or(NotAPath)?.trim_start();
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dot = "";
        for step in &self.0 {
            if let Step::Key(key) = step {
                formatter.write_str(dot)?;
                if !key.is_empty() && key.chars().all(is_bare) {
                    formatter.write_str(key)?;
                } else {
                    write!(formatter, "{key:?}")?;
                }
                dot = ".";
            }
        }
        Ok(())
    }
}

/// Whether a character can stand in a key without quotes.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_dots_stay_whole() {
        let path: KeyPath = r#"sonar.properties."sonar.sources""#.parse().unwrap();
        assert_eq!(path, KeyPath::from("sonar.properties").key("sonar.sources"));
        assert_eq!(path.to_string(), r#"sonar.properties."sonar.sources""#);
        assert_eq!(" a . 'b.c' ".parse(), Ok(KeyPath::from("a").key("b.c")));
        assert_ne!(path, KeyPath::from("sonar.properties.sonar.sources"));
    }

    #[test]
    fn what_is_no_dotted_key_is_refused() {
        for text in [
            "", ".", "a.", ".a", "a..b", "a b", "\"a", "a = 1", "a\"b\"", "a[0]",
        ] {
            assert_eq!(text.parse::<KeyPath>(), Err(NotAPath), "{text:?}");
        }
    }

    #[test]
    fn positions_are_read_as_they_are_written() {
        let path = KeyPath::from("publish").item(2).key("a.b").item(10);
        assert_eq!(path.with_positions(), r#"publish[2]."a.b"[10]"#);
        assert_eq!(KeyPath::at_positions(&path.with_positions()), Ok(path));
        for text in [
            "a[", "a[]", "a[x]", "a[-1]", "a[+1]", "a[1", "[1]", "a.[1]", "a[1]b",
        ] {
            assert_eq!(KeyPath::at_positions(text), Err(NotAPath), "{text:?}");
        }
    }

    #[test]
    fn items_have_no_name() {
        assert_eq!(
            KeyPath::from("publish").item(2).key("tags").to_string(),
            "publish.tags"
        );
    }
}
