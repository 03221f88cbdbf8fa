//! The texts of the library's files: which of them differ between two states, and how.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use similar::{ChangeTag, TextDiff};
use walkdir::WalkDir;

use crate::lock::Lock;
use crate::model::{Library, ProjectName};
use crate::view::{self, Content};
use crate::workspace::LIBRARY_FOLDERS;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// A file that differs.
#[derive(Debug)]
pub struct TextChange {
    /// Relative to the workspace's root.
    pub path: Utf8PathBuf,
    /// The project that it is of; `None`: the library as a whole, or a file that the users have written.
    pub project: Option<ProjectName>,
    /// What was in it; `None`: it was not there.
    pub before: Option<Vec<u8>>,
    /// What is in it.
    pub after: Option<Vec<u8>>,
}

/// Compares the library's files as they were with what is rendered now, and with what the users have written beside it. What is rendered is not read from
/// the disk, where it may be out of date.
///
/// # Errors
///
/// When a file can't be read or rendered.
pub fn compare(
    root: &Utf8Path,
    before: BTreeMap<Utf8PathBuf, Vec<u8>>,
    libraries: (Option<&Library>, &Library),
) -> anyhow::Result<Vec<TextChange>> {
    let mut owners = BTreeMap::new();
    if let Some(library) = libraries.0 {
        for (path, rendered) in view::render(library)? {
            owners.insert(path, rendered.project);
        }
    }
    let (lock, _) = Lock::read(root)?;
    let mut after = BTreeMap::new();
    for path in files(root)? {
        let bytes = fs_err::read(root.join(&path))?;
        // What was rendered once and is no more will be deleted.
        if !lock.matches(&path, &bytes) {
            after.insert(path, bytes);
        }
    }
    for (path, rendered) in view::render(libraries.1)? {
        // What is rendered for editors, Jenkins does not load.
        if !LIBRARY_FOLDERS
            .iter()
            .any(|folder| path.starts_with(folder))
        {
            continue;
        }
        if let Content::Rendered(text) = rendered.content {
            after.insert(path.clone(), text.into_bytes());
        }
        owners.insert(path, rendered.project);
    }
    let mut before = before;
    let paths: BTreeSet<Utf8PathBuf> = before.keys().chain(after.keys()).cloned().collect();
    let changes = paths.into_iter().map(|path| TextChange {
        before: before.remove(&path),
        after: after.remove(&path),
        project: owners.remove(&path).flatten(),
        path,
    });
    Ok(changes
        .filter(|change| change.before != change.after)
        .collect())
}

/// The files that Jenkins loads, relative to the root. It refuses a library with links, so they are none.
fn files(root: &Utf8Path) -> anyhow::Result<Vec<Utf8PathBuf>> {
    let mut files = Vec::new();
    for folder in LIBRARY_FOLDERS {
        let folder = root.join(folder);
        if !folder.is_dir() {
            continue;
        }
        for entry in WalkDir::new(&folder) {
            let entry = entry.with_context(|| format!("can't read the folder {folder}"))?;
            if entry.file_type().is_file() {
                let path = Utf8Path::from_path(entry.path());
                let path = path.and_then(|path| path.strip_prefix(root).ok());
                let path =
                    path.with_context(|| format!("{} is not UTF-8", entry.path().display()))?;
                files.push(path.to_owned());
            }
        }
    }
    Ok(files)
}

/// The unified diff of a file, coloured.
pub fn unified(path: &Utf8Path, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let name = |side: &str, is_there: bool| match is_there {
        true => format!("{side}/{path}"),
        false => "/dev/null".to_owned(),
    };
    let mut text = format!(
        "{BOLD}--- {}{BOLD:#}\n{BOLD}+++ {}{BOLD:#}\n",
        name("a", before.is_some()),
        name("b", after.is_some())
    );
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    if before.contains(&0) || after.contains(&0) {
        text.push_str("The content is binary.\n");
        return text;
    }
    let before = String::from_utf8_lossy(before);
    let after = String::from_utf8_lossy(after);
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&format!("{CYAN}{}{CYAN:#}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', Some(RED)),
                ChangeTag::Insert => ('+', Some(GREEN)),
                ChangeTag::Equal => (' ', None),
            };
            let line = harmless(change.value().trim_end_matches('\n'));
            let style = style.unwrap_or_default();
            text.push_str(&format!("{style}{sign}{line}{style:#}\n"));
            if change.missing_newline() {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// A file that the users have written can hold what a terminal obeys.
fn harmless(line: &str) -> String {
    let is_harmful = |c: char| c.is_control() && !matches!(c, '\t' | '\r');
    line.replace(is_harmful, "\u{fffd}")
}

impl TextChange {
    /// Its unified diff, coloured.
    pub fn unified(&self) -> String {
        unified(&self.path, self.before.as_deref(), self.after.as_deref())
    }

    /// `added`, `removed` or `changed`.
    pub fn status(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }

    /// The lines that are taken away and put in, with their signs: what is the same in files of several projects.
    pub(crate) fn lines(&self) -> Vec<(ChangeTag, String)> {
        let text = |bytes: &Option<Vec<u8>>| {
            String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
        };
        let (before, after) = (text(&self.before), text(&self.after));
        let diff = TextDiff::from_lines(&before, &after);
        let changes = diff.iter_all_changes();
        changes
            .filter(|change| change.tag() != ChangeTag::Equal)
            .map(|change| (change.tag(), change.value().to_owned()))
            .collect()
    }
}
