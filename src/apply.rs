//! Carries a plan out: atomic writes, only of what changed, the lock file last.

use std::io::Write as _;

use anyhow::Context as _;
use camino::Utf8Path;

use crate::plan::{Action, Change, Plan};

/// Writes and deletes what the plan says. A plan with a conflict must not come here.
///
/// Each file is replaced in one step, so a reader or a crash never meets half a file. If a write fails, the files before it are written and the lock file is
/// not; the next run finds those files as they should be.
///
/// # Errors
///
/// When a file can't be written or deleted.
pub fn apply(root: &Utf8Path, plan: &Plan) -> anyhow::Result<()> {
    debug_assert!(plan.conflicts().next().is_none());
    for change in &plan.changes {
        let path = root.join(&change.path);
        match (change.action, &change.after) {
            (Action::Create | Action::Update, Some(text)) => {
                replace(&path, change, text)
                    .with_context(|| format!("can't write the file {path}"))?;
            }
            (Action::Delete, _) => {
                fs_err::remove_file(&path)?;
                remove_empty_folders(root, &path);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes a temporary file beside the target and renames it.
fn replace(path: &Utf8Path, change: &Change, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("it has no folder")?;
    fs_err::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".jenkinsgen-")
        .permissions(permissions(path, change)?)
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// Those of the file that is replaced; those that any program's new file has if there is none.
#[cfg(unix)]
fn permissions(path: &Utf8Path, change: &Change) -> anyhow::Result<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(match change.action {
        Action::Update => fs_err::metadata(path)?.permissions(),
        // The process' umask takes its part of this away.
        _ => std::fs::Permissions::from_mode(0o666),
    })
}

/// Removes the folders that a deletion has left empty. A folder that is not empty stays, which is no error.
fn remove_empty_folders(root: &Utf8Path, deleted: &Utf8Path) {
    for folder in deleted.ancestors().skip(1) {
        if folder == root || std::fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
