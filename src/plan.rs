//! Compares the rendered files with the disk: what has to happen to each, and what must not.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::lock::{LOCK_FILE, Lock};
use crate::view::{Content, Rendered};
use crate::workspace::{self, LIBRARY_FOLDERS};

/// What has to happen to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is not there.
    Create,
    /// It is there as it was last written, and the description has changed since.
    Update,
    /// It was written once, is there unchanged, and is not wanted any more.
    Delete,
    /// Nothing.
    Keep,
    /// Nothing can be done without losing somebody's work.
    Conflict(Conflict),
}

impl Action {
    /// Whether the file is not the same afterwards.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }
}

/// Why a file is left alone and the whole run refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// A rendered file was changed by hand.
    Edited,
    /// A file that is not wanted any more was changed by hand.
    EditedOrphan,
    /// A rendered file has the lines that were written, and carriage returns before their ends: Git's doing.
    LineEndings,
    /// A file of the user's stands where one is to be rendered.
    Foreign,
    /// A symbolic link, with which Jenkins refuses to load a library (SECURITY-3727).
    SymbolicLink,
    /// Something that is no file stands where one is to be rendered.
    NotAFile,
    /// Something that is no folder stands where one is needed.
    NotAFolder,
    /// A shared step that the library declares as the user's own is not there.
    OwnMissing,
}

impl Conflict {
    /// What is the matter.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Edited => "was edited by hand since it was rendered",
            Self::EditedOrphan => "is not rendered any more, and was edited by hand",
            Self::LineEndings => "has other line endings than it was rendered with",
            Self::Foreign => "is not one of jenkinsgen's files",
            Self::SymbolicLink => {
                "is a symbolic link; Jenkins refuses to load a library that has one"
            }
            Self::NotAFile => "is in the way: it is not a file",
            Self::NotAFolder => "is in the way: it is not a folder",
            Self::OwnMissing => "is declared in `library.own_steps`, and is not there",
        }
    }

    /// The way out.
    pub fn way_out(self) -> &'static str {
        match self {
            Self::Edited => {
                "move the change into the TOML and run `jenkinsgen render --force`, which overwrites the edit; `jenkinsgen diff` shows it"
            }
            Self::EditedOrphan => {
                "delete it, or keep it as your own with `jenkinsgen render --force`"
            }
            Self::LineEndings => {
                "Git converts them here: write `* text=auto eol=lf` into .gitattributes, commit it, and clone the repository again"
            }
            Self::Foreign => {
                "rename or delete it, give the project another `step`, or declare a shared step of your own in `library.own_steps`"
            }
            Self::SymbolicLink => "replace it by a copy of what it leads to",
            Self::NotAFile | Self::NotAFolder => "rename or delete it",
            Self::OwnMissing => "write it, or delete its name from `own_steps` to have it rendered",
        }
    }
}

/// What happens to one file.
#[derive(Debug)]
pub struct Change {
    /// Relative to the root.
    pub path: Utf8PathBuf,
    /// What has to happen.
    pub action: Action,
    /// What is on the disk, if it is a file.
    pub before: Option<Vec<u8>>,
    /// What is to be there.
    pub after: Option<String>,
}

/// What happens to every file, sorted by path; the lock file is the last.
#[derive(Debug)]
pub struct Plan {
    /// The changes, [`Action::Keep`] included.
    pub changes: Vec<Change>,
    /// Text of the lock file while files are written; `None` if none but itself is.
    pub intent: Option<String>,
}

/// What a user may ask for.
#[derive(Debug, Default, Clone)]
pub struct Wishes {
    /// Overwrite rendered files that were edited by hand.
    pub force: bool,
    /// Look only at the files of these projects and at the shared ones; empty: at all.
    pub projects: Vec<String>,
}

impl Wishes {
    fn include(&self, rendered: &Rendered) -> bool {
        let project = rendered.project.as_ref().map(|name| name.as_str());
        self.projects.is_empty()
            || project.is_none_or(|project| self.projects.iter().any(|name| name == project))
    }
}

impl Plan {
    /// Compares `wanted`, all files of the workspace, with the disk. Writes nothing.
    ///
    /// # Errors
    ///
    /// When a file can't be read.
    pub fn new(
        root: &Utf8Path,
        wanted: BTreeMap<Utf8PathBuf, Rendered>,
        wishes: &Wishes,
    ) -> anyhow::Result<Self> {
        let (mut lock, lock_text) = Lock::read(root)?;
        let mut changes = Vec::new();
        if wishes.projects.is_empty() {
            for path in lock.clone().paths() {
                if !wanted.contains_key(path) {
                    changes.extend(orphan(root, path, &mut lock, wishes)?);
                }
            }
        }
        for (path, rendered) in wanted {
            if wishes.include(&rendered) {
                changes.push(match rendered.content {
                    Content::Rendered(text) => compare(root, path, text, &mut lock, wishes)?,
                    Content::Own { needed } => own(root, path, needed, &mut lock)?,
                });
            }
        }
        let links = symbolic_links(root)?.into_iter();
        changes.extend(links.map(|link| Change::conflict(link, Conflict::SymbolicLink)));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        // A folder that is none is met by each file below it.
        changes.dedup_by(|a, b| a.path == b.path);

        let mut intent = lock.clone();
        for change in changes.iter().filter(|change| change.action.writes()) {
            let after = change.after.as_deref().map(str::as_bytes);
            intent.intend(change.path.clone(), change.before.as_deref(), after);
        }
        let text = lock.to_text();
        let intent =
            Some(intent.to_text()).filter(|_| changes.iter().any(|change| change.action.writes()));
        changes.push(Change {
            path: LOCK_FILE.into(),
            action: match &lock_text {
                None => Action::Create,
                Some(before) if *before == text => Action::Keep,
                Some(_) => Action::Update,
            },
            before: lock_text.map(String::into_bytes),
            after: Some(text),
        });
        Ok(Self { changes, intent })
    }

    /// The files that stop the run.
    pub fn conflicts(&self) -> impl Iterator<Item = (&Utf8Path, Conflict)> {
        self.changes
            .iter()
            .filter_map(|change| match change.action {
                Action::Conflict(conflict) => Some((change.path.as_path(), conflict)),
                _ => None,
            })
    }

    /// Whether the disk is as wanted.
    pub fn is_clean(&self) -> bool {
        self.changes
            .iter()
            .all(|change| change.action == Action::Keep)
    }
}

impl Change {
    fn conflict(path: Utf8PathBuf, conflict: Conflict) -> Self {
        Self {
            path,
            action: Action::Conflict(conflict),
            before: None,
            after: None,
        }
    }
}

/// A file that was written once and is not wanted any more; `None` if it is gone already.
fn orphan(
    root: &Utf8Path,
    path: &Utf8Path,
    lock: &mut Lock,
    wishes: &Wishes,
) -> anyhow::Result<Option<Change>> {
    let before = match on_disk(root, path)? {
        OnDisk::Nothing => {
            lock.remove(path);
            return Ok(None);
        }
        OnDisk::Other(at, conflict) => return Ok(Some(Change::conflict(at, conflict))),
        OnDisk::File(bytes) => bytes,
    };
    let action = if lock.matches(path, &before) {
        lock.remove(path);
        Action::Delete
    } else if wishes.force {
        // It is the user's from now on.
        lock.remove(path);
        return Ok(None);
    } else {
        Action::Conflict(match how_edited(path, &before, lock) {
            Conflict::Edited => Conflict::EditedOrphan,
            other => other,
        })
    };
    Ok(Some(Change {
        path: path.to_owned(),
        action,
        before: Some(before),
        after: None,
    }))
}

/// A file that the library declares as the user's own. If it was rendered once it is left as it is, and is not ours any more.
fn own(
    root: &Utf8Path,
    path: Utf8PathBuf,
    needed: bool,
    lock: &mut Lock,
) -> anyhow::Result<Change> {
    let found = on_disk(root, &path)?;
    lock.remove(&path);
    let action = match found {
        OnDisk::Nothing if needed => Action::Conflict(Conflict::OwnMissing),
        OnDisk::Nothing | OnDisk::File(_) => Action::Keep,
        OnDisk::Other(at, conflict) => return Ok(Change::conflict(at, conflict)),
    };
    Ok(Change {
        path,
        action,
        before: None,
        after: None,
    })
}

/// A wanted file against the disk.
fn compare(
    root: &Utf8Path,
    path: Utf8PathBuf,
    text: String,
    lock: &mut Lock,
    wishes: &Wishes,
) -> anyhow::Result<Change> {
    let before = match on_disk(root, &path)? {
        OnDisk::Nothing => None,
        OnDisk::Other(at, conflict) => return Ok(Change::conflict(at, conflict)),
        OnDisk::File(bytes) => Some(bytes),
    };
    let action = match &before {
        None => Action::Create,
        Some(before) if before == text.as_bytes() => Action::Keep,
        Some(before) if lock.matches(&path, before) => Action::Update,
        Some(_) if !lock.contains(&path) => Action::Conflict(Conflict::Foreign),
        Some(_) if wishes.force => Action::Update,
        Some(before) => Action::Conflict(how_edited(&path, before, lock)),
    };
    if !matches!(action, Action::Conflict(_)) {
        lock.insert(path.clone(), text.as_bytes());
    }
    Ok(Change {
        path,
        action,
        before,
        after: Some(text),
    })
}

/// What was done to a rendered file that is not as it was written.
fn how_edited(path: &Utf8Path, bytes: &[u8], lock: &Lock) -> Conflict {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    match lock.matches(path, text.as_bytes()) {
        true => Conflict::LineEndings,
        false => Conflict::Edited,
    }
}

enum OnDisk {
    Nothing,
    File(Vec<u8>),
    /// What is in the way: the path itself, or a folder on the way to it.
    Other(Utf8PathBuf, Conflict),
}

/// What stands at a path, no symbolic link followed on the way.
fn on_disk(root: &Utf8Path, path: &Utf8Path) -> anyhow::Result<OnDisk> {
    let mut at = Utf8PathBuf::new();
    for part in path.components() {
        at.push(part);
        let Some(metadata) = if_there(fs_err::symlink_metadata(root.join(&at)))? else {
            return Ok(OnDisk::Nothing);
        };
        let kind = metadata.file_type();
        let is_last = at == path;
        let conflict = if kind.is_symlink() {
            Conflict::SymbolicLink
        } else if is_last && !kind.is_file() {
            Conflict::NotAFile
        } else if !is_last && !kind.is_dir() {
            Conflict::NotAFolder
        } else {
            continue;
        };
        return Ok(OnDisk::Other(at, conflict));
    }
    Ok(match if_there(fs_err::read(root.join(at)))? {
        Some(bytes) => OnDisk::File(bytes),
        None => OnDisk::Nothing,
    })
}

/// `None` if there is no such file or folder, or none any more: another run may delete it at any time.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// Every symbolic link in what Jenkins loads, relative to the root.
fn symbolic_links(root: &Utf8Path) -> anyhow::Result<Vec<Utf8PathBuf>> {
    // One to a folder may hold anything.
    let is_loaded = |path: &Utf8Path| workspace::is_loaded(path) || root.join(path).is_dir();
    let mut links = Vec::new();
    let mut folders: Vec<Utf8PathBuf> = LIBRARY_FOLDERS.map(Utf8PathBuf::from).into();
    while let Some(folder) = folders.pop() {
        let Some(metadata) = if_there(fs_err::symlink_metadata(root.join(&folder)))? else {
            continue;
        };
        if metadata.is_symlink() {
            links.push(folder);
            continue;
        }
        if !metadata.is_dir() {
            continue;
        }
        let entries = if_there(root.join(&folder).read_dir_utf8())?;
        for entry in entries.into_iter().flatten() {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = folder.join(entry.file_name());
            if kind.is_symlink() && is_loaded(&path) {
                links.push(path);
            } else if kind.is_dir() {
                folders.push(path);
            }
        }
    }
    links.sort();
    Ok(links)
}
