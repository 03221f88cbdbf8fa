//! What the pipeline leaves in the workspace is no input of the image.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Build, Subject};
use crate::checkout::clean;
use crate::checkout::context::copied_along;
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn look(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(context) = &build.context else {
        return;
    };
    let file = context.ignore_file();
    for folder in filled_folders(subject, build) {
        // What is to be filled has no files yet.
        if context.is_ignored(&folder.join("file")) {
            continue;
        }
        if let Some(source) = copied_along(build.copied_paths().flatten(), &folder) {
            findings.push(
                Diagnostic::new(
                    Code::UnignoredFolder,
                    build.dockerfile.place(&source.range),
                    format!("this copies `{folder}` too, which the pipeline fills in the workspace"),
                )
                .note("what is left there changes the inputs of the image, so that less is taken from the cache")
                .help(format!("add a line `{folder}` to `{file}`")),
            );
        }
    }
}

/// The folders that the stages before the image's build make, relative to its context.
pub(super) fn filled_folders(subject: &Subject<'_>, build: &Build<'_>) -> Vec<Utf8PathBuf> {
    let checks = subject.project.checks.iter();
    let mut folders: Vec<&str> = checks.map(|check| check.destination.as_str()).collect();
    if subject.project.sonar.is_some() {
        folders.push(".scannerwork");
    }
    let context = clean(build.image.context.as_str().as_ref());
    let inside = folders.into_iter();
    inside
        .filter_map(|folder| Utf8Path::new(folder).strip_prefix(&context).ok())
        .filter(|folder| !folder.as_str().is_empty())
        .map(Utf8Path::to_owned)
        .collect()
}
