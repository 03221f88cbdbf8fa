//! Carries a plan out: atomic writes, only of what changed, the lock file first and last.

use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use crate::lock::LOCK_FILE;
use crate::plan::{Action, Plan};

/// Writes and deletes what the plan says. A plan with a conflict must not come here.
///
/// The lock file first says what is intended, and in the end what is done. A run that is killed leaves some files as they were and some as they should be,
/// and the lock file knows both; the next run completes it. Each file is replaced in one step, so a reader never meets half a file. Besides, a temporary file
/// `.jenkinsgen-…` may be left, in the root alone: nothing there is a part of the library.
///
/// # Errors
///
/// When a file can't be written or deleted.
pub fn apply(root: &Utf8Path, plan: &Plan) -> anyhow::Result<()> {
    debug_assert!(plan.conflicts().next().is_none());
    if let Some(intent) = &plan.intent {
        write(root, LOCK_FILE.into(), intent)?;
    }
    let deleted = || {
        let changes = plan.changes.iter();
        changes.filter(|change| change.action == Action::Delete)
    };
    for change in deleted() {
        match fs_err::remove_file(root.join(&change.path)) {
            // Another run was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
    }
    for change in &plan.changes {
        // The lock file holds the intent, also where in the end it is as it was.
        let holds_intent = plan.intent.is_some() && change.path == LOCK_FILE;
        if let (true, Some(text)) = (change.action.writes() || holds_intent, &change.after) {
            write(root, &change.path, text)?;
        }
    }
    for change in deleted() {
        remove_empty_folders(root, &root.join(&change.path));
    }
    Ok(())
}

/// Writes a file that is not there yet, in one step.
///
/// # Errors
///
/// When it is there, or can't be written.
pub fn create(root: &Utf8Path, path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    let path = root.join(path);
    let file =
        temporary(root, &path, text).with_context(|| format!("can't write the file {path}"))?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("the file {path} is there already; it is left as it is")
        }
        Err(error) => Err(error.error).with_context(|| format!("can't write the file {path}")),
    }
}

/// Writes files that are no part of a library, each in one step: all, or none if one would replace what is not `ours`.
///
/// # Errors
///
/// When one stands in the way that is not `ours`, or one can't be written.
pub fn export(
    files: &[(Utf8PathBuf, String)],
    what: &str,
    is_ours: impl Fn(&[u8]) -> bool,
) -> anyhow::Result<()> {
    for (path, _) in files {
        let is_free = !path.exists() || (path.is_file() && is_ours(&fs_err::read(path)?));
        if !is_free {
            bail!("{path} is no {what} of jenkinsgen; move it away, nothing was written");
        }
    }
    for (path, text) in files {
        let folder = match path.parent() {
            Some(folder) if !folder.as_str().is_empty() => folder,
            _ => Utf8Path::new("."),
        };
        write(folder, path.file_name().unwrap_or_default().into(), text)?;
    }
    Ok(())
}

fn write(root: &Utf8Path, path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    let path = root.join(path);
    replace(root, &path, text).with_context(|| format!("can't write the file {path}"))
}

/// Writes a temporary file in the root, which is on the same file system, and renames it.
fn replace(root: &Utf8Path, path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    temporary(root, path, text)?.persist(path)?;
    Ok(())
}

fn temporary(root: &Utf8Path, path: &Utf8Path, text: &str) -> anyhow::Result<NamedTempFile> {
    let folder = path.parent().context("it has no folder")?;
    fs_err::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".jenkinsgen-")
        .permissions(permissions(path)?)
        .tempfile_in(root)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Those of the file that is replaced; those that any program's new file has if there is none.
fn permissions(path: &Utf8Path) -> io::Result<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    match fs_err::metadata(path) {
        // The process' umask takes its part of this away.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(std::fs::Permissions::from_mode(0o666))
        }
        metadata => Ok(metadata?.permissions()),
    }
}

/// Removes the folders that a deletion has left empty. A folder that is not empty stays, which is no error.
fn remove_empty_folders(root: &Utf8Path, deleted: &Utf8Path) {
    for folder in deleted.ancestors().skip(1) {
        if folder == root || std::fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
