//! Input texts and places in them: what every diagnostic points at.

use std::ops::Range;
use std::sync::Arc;

use camino::Utf8PathBuf;

/// One input file as it was read.
#[derive(Debug)]
pub struct Source {
    /// Path relative to the workspace's root, with `/` between its parts, so that messages are the same on every machine.
    pub path: Utf8PathBuf,
    /// The whole text, UTF-8.
    pub text: String,
}

/// A range of bytes in one source.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Byte offsets into [`Source::text`].
    pub range: Range<usize>,
}

impl Place {
    /// Line and column of the first byte, both counted from 1; the column counts characters.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.range.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    /// Line and column of the last character, in the same way.
    pub fn last_line_and_column(&self) -> (usize, usize) {
        let text = &self.source.text[self.range.clone()];
        let last = text.char_indices().next_back().map_or(0, |(last, _)| last);
        let start = self.range.start + last;
        Self {
            source: Arc::clone(&self.source),
            range: start..start,
        }
        .line_and_column()
    }

    /// The same place in a file of a revision.
    #[must_use]
    pub fn at_revision(&self, revision: &str) -> Self {
        let path = format!("{revision}:{}", self.source.path).into();
        let text = self.source.text.clone();
        Self {
            source: Arc::new(Source { path, text }),
            range: self.range.clone(),
        }
    }

    /// Orders places by file, then by position; for stable output.
    pub fn sort_key(&self) -> (&Utf8PathBuf, usize, usize) {
        (&self.source.path, self.range.start, self.range.end)
    }
}
