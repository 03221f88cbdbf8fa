//! The texts of the library's files: which of them differ between two states, and how.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use similar::{ChangeTag, TextDiff};
use walkdir::WalkDir;

use crate::model::{Library, ProjectName};
use crate::plan::{Action, Conflict, Plan, Wishes};
use crate::view::{self, Content, Rendered};
use crate::workspace::{self, LIBRARY_FOLDERS};

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// The texts of the library at a revision and now.
#[derive(Debug)]
pub struct Texts {
    /// The files that differ, sorted by path.
    pub changes: Vec<TextChange>,
    /// The files on the disk that are not as rendered, sorted by path: what Jenkins would load is not what the description says.
    pub unrendered: Vec<Unrendered>,
    /// The files that the users have written, as they are now.
    pub own: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

/// A file that differs.
#[derive(Debug)]
pub struct TextChange {
    /// Relative to the workspace's root.
    pub path: Utf8PathBuf,
    /// The project that it is of; `None`: the library as a whole, or a file that the users have written.
    pub project: Option<ProjectName>,
    /// Whether the users have written it.
    pub is_own: bool,
    /// What was in it; `None`: it was not there.
    pub before: Option<Vec<u8>>,
    /// What is in it.
    pub after: Option<Vec<u8>>,
}

/// A file that is not as rendered.
#[derive(Debug)]
pub struct Unrendered {
    /// Relative to the workspace's root.
    pub path: Utf8PathBuf,
    /// The project that it is of.
    pub project: Option<ProjectName>,
    /// What is the matter, as `check` says it.
    pub reason: &'static str,
}

impl Texts {
    /// Leaves only these projects' files and the shared ones.
    pub fn retain(&mut self, projects: &[String]) {
        let is_chosen = |project: &Option<ProjectName>| {
            let project = project.as_ref().map(|project| project.as_str());
            project.is_none_or(|project| projects.iter().any(|name| name == project))
        };
        self.changes.retain(|text| is_chosen(&text.project));
        self.unrendered.retain(|file| is_chosen(&file.project));
    }
}

/// Compares the library's files as they were with what is rendered now, and with what the users have written beside it. A file that is only out of
/// date is taken as `render` would write it. What was edited by hand is taken from the disk: `render` refuses to replace it, and Jenkins loads it.
///
/// # Errors
///
/// When a file can't be read or rendered.
pub fn compare(
    root: &Utf8Path,
    mut before: BTreeMap<Utf8PathBuf, Vec<u8>>,
    libraries: (Option<&Library>, &Library),
) -> anyhow::Result<Texts> {
    let mut owners = BTreeMap::new();
    let mut was_rendered = BTreeSet::new();
    if let Some(library) = libraries.0 {
        let files = view::render(library)?;
        was_rendered = ours(&files);
        owners.extend(files.into_iter().map(|(path, file)| (path, file.project)));
    }
    let wanted = view::render(libraries.1)?;
    let mut is_rendered = ours(&wanted);
    for (path, file) in &wanted {
        owners.insert(path.clone(), file.project.clone());
    }
    let plan = Plan::new(root, wanted, &Wishes::default())?;

    let mut after = BTreeMap::new();
    for path in files(root)? {
        let bytes = fs_err::read(root.join(&path))?;
        after.insert(path, bytes);
    }
    let mut unrendered = Vec::new();
    for change in plan.changes {
        // What is rendered for editors, Jenkins does not load. A link can lead to what it loads.
        let is_link = change.action == Action::Conflict(Conflict::SymbolicLink);
        if !is_link && !workspace::is_loaded(&change.path) {
            continue;
        }
        // Whoever changes the description and does not render leaves the file as it was. One that is neither hides something, whatever the lock file
        // says.
        let is_out_of_date = change.before.as_ref() == before.get(&change.path);
        let reason = match change.action {
            Action::Keep => None,
            Action::Conflict(conflict) => Some(conflict.reason()),
            _ if is_out_of_date => None,
            Action::Delete => Some("is not rendered any more: `jenkinsgen render` deletes it"),
            Action::Create => Some("is not there: `jenkinsgen render` writes it"),
            Action::Update => Some("is not as it is described: `jenkinsgen render` changes it"),
        };
        match (reason, change.action, change.after) {
            (Some(reason), ..) => {
                if is_link {
                    // What stands behind it is not looked at: nothing of it is told to be gone.
                    before.retain(|path, _| !path.starts_with(&change.path));
                }
                is_rendered.insert(change.path.clone());
                unrendered.push(Unrendered {
                    project: owners.get(&change.path).cloned().flatten(),
                    path: change.path,
                    reason,
                });
            }
            (None, Action::Delete, _) => {
                after.remove(&change.path);
            }
            (None, _, Some(text)) => {
                after.insert(change.path, text.into_bytes());
            }
            (None, _, None) => {}
        }
    }
    let own = after
        .iter()
        .filter(|(path, _)| !is_rendered.contains(*path))
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    let paths: BTreeSet<Utf8PathBuf> = before.keys().chain(after.keys()).cloned().collect();
    let changes = paths.into_iter().map(|path| {
        let (before, after) = (before.remove(&path), after.remove(&path));
        let ours = match after {
            Some(_) => &is_rendered,
            None => &was_rendered,
        };
        TextChange {
            project: owners.remove(&path).flatten(),
            is_own: !ours.contains(&path),
            before,
            after,
            path,
        }
    });
    let changes = changes.filter(|change| change.before != change.after);
    Ok(Texts {
        changes: changes.collect(),
        unrendered,
        own,
    })
}

/// Those of the files that are not the users'.
fn ours(files: &BTreeMap<Utf8PathBuf, Rendered>) -> BTreeSet<Utf8PathBuf> {
    let is_ours = |file: &Rendered| matches!(file.content, Content::Rendered(_));
    let files = files.iter().filter(|(_, file)| is_ours(file));
    files.map(|(path, _)| path.clone()).collect()
}

/// The files that Jenkins loads, relative to the root. It refuses a library with links, so they are none.
fn files(root: &Utf8Path) -> anyhow::Result<Vec<Utf8PathBuf>> {
    let mut files = Vec::new();
    for folder in LIBRARY_FOLDERS {
        let folder = root.join(folder);
        if !folder.is_dir() || folder.is_symlink() {
            continue;
        }
        for entry in WalkDir::new(&folder) {
            let entry = entry.with_context(|| format!("can't read the folder {folder}"))?;
            if entry.file_type().is_file() {
                let path = Utf8Path::from_path(entry.path());
                let path = path.and_then(|path| path.strip_prefix(root).ok());
                let path =
                    path.with_context(|| format!("{} is not UTF-8", entry.path().display()))?;
                if workspace::is_loaded(path) {
                    files.push(path.to_owned());
                }
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
