//! Finds a workspace on the disk and reads all of its input.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{self, DEFAULTS, Document, KeyPath, LIBRARY_FILE, PROJECTS_FOLDER};
use crate::diagnostic::{Diagnostic, tidy};
use crate::model::{self, Library, Project};
use crate::source::Place;

/// The folders of a workspace that Jenkins loads.
pub const LIBRARY_FOLDERS: [&str; 3] = ["vars", "resources", "src"];

/// Whether Jenkins loads a file of the workspace. Of the sources it compiles Groovy alone.
pub fn is_loaded(path: &Utf8Path) -> bool {
    let is_in = |folder| path.starts_with(folder);
    is_in("vars") || is_in("resources") || (is_in("src") && path.extension() == Some("groovy"))
}

/// Why there is no model of a workspace.
#[derive(Debug)]
pub enum Failure {
    /// The input is wrong.
    Input(Vec<Diagnostic>),
    /// Anything else, such as a file that can't be read.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// The nearest folder with a library file: `start` or one above it.
///
/// # Errors
///
/// When there is none.
pub fn find_root(start: &Utf8Path) -> anyhow::Result<Utf8PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join(LIBRARY_FILE).is_file())
        .map(Utf8Path::to_owned)
        .with_context(|| {
            format!("there is no {LIBRARY_FILE} in {start} or in a folder above it; name the workspace with --root")
        })
}

/// A workspace without mistakes, and its files as they are written.
#[derive(Debug)]
pub struct Workspace {
    /// What it means.
    pub library: Library,
    library_file: Document,
    project_files: Vec<Document>,
}

impl Workspace {
    /// Whether a place is in one of its files.
    pub fn has(&self, place: &Place) -> bool {
        let mut files = std::iter::once(&self.library_file).chain(&self.project_files);
        files.any(|file| Arc::ptr_eq(&file.source, &place.source))
    }

    /// Where a key of a project is written: in its own file, or in the library's defaults. If it is written nowhere, its table in the project's file, or
    /// the first key of this file.
    pub fn place(&self, project: &Project, key: &KeyPath) -> Place {
        let own = self
            .project_files
            .iter()
            .find(|file| file.source.path == project.file);
        let inherited = || {
            let key = KeyPath::from(DEFAULTS).join(key);
            self.library_file.find(&key)
        };
        match own {
            Some(own) => own
                .find(key)
                .or_else(inherited)
                .unwrap_or_else(|| match own.reach(key) {
                    reached if reached.depth > 0 => reached.place,
                    _ => own.place(0..0),
                }),
            None => self.library_file.place(0..0),
        }
    }
}

/// Reads and resolves a whole workspace.
///
/// # Errors
///
/// With every mistake in all files, or with the first file that can't be read.
pub fn load(root: &Utf8Path) -> Result<Library, Failure> {
    read(root).map(|workspace| workspace.library)
}

/// The same with the places of its keys.
///
/// # Errors
///
/// Those of [`load`].
pub fn read(root: &Utf8Path) -> Result<Workspace, Failure> {
    no_link(root, LIBRARY_FILE.into())?;
    let library = fs_err::read(root.join(LIBRARY_FILE))?;
    resolve(library, project_sources(root)?, &vars(root)?)
}

/// The project files with their texts, sorted.
///
/// # Errors
///
/// When one can't be read, or there is no folder for them.
pub fn project_sources(root: &Utf8Path) -> anyhow::Result<Vec<(Utf8PathBuf, Vec<u8>)>> {
    project_files(root)?
        .into_iter()
        .map(|path| {
            no_link(root, &path)?;
            let bytes = fs_err::read(root.join(&path))?;
            Ok((path, bytes))
        })
        .collect()
}

/// Refuses a description that is a symbolic link: mistakes are quoted where people read them, and a link can lead to any file of the machine that checks
/// somebody's pull request.
fn no_link(root: &Utf8Path, path: &Utf8Path) -> anyhow::Result<()> {
    let is_link = |path: &Utf8Path| {
        let metadata = fs_err::symlink_metadata(root.join(path));
        metadata.is_ok_and(|metadata| metadata.is_symlink())
    };
    let mut folders = path.ancestors().filter(|path| !path.as_str().is_empty());
    match folders.find(|path| is_link(path)) {
        Some(link) => bail!("{link} is a symbolic link; replace it by a copy of what it leads to"),
        None => Ok(()),
    }
}

/// Resolves the text of a library's file and of its projects; `vars` has the names of the files in `vars/`, without `.groovy`.
///
/// # Errors
///
/// With every mistake in all files.
pub fn resolve(
    library: Vec<u8>,
    projects: Vec<(Utf8PathBuf, Vec<u8>)>,
    vars: &BTreeSet<String>,
) -> Result<Workspace, Failure> {
    let mut diagnostics = Vec::new();
    let library = config::parse_library(library, &mut diagnostics);
    let projects: Vec<_> = projects
        .into_iter()
        .map(|(path, bytes)| config::parse_project(&path, bytes, &mut diagnostics))
        .collect();
    match model::resolve(&library, &projects, vars) {
        Ok(resolved) if diagnostics.is_empty() => Ok(Workspace {
            library: resolved,
            library_file: library.document,
            project_files: projects
                .into_iter()
                .map(|project| project.document)
                .collect(),
        }),
        resolved => {
            diagnostics.extend(resolved.err().into_iter().flatten());
            tidy(&mut diagnostics);
            Err(Failure::Input(diagnostics))
        }
    }
}

/// The name of the step that a file of `vars/` is.
pub fn var_name(file: &str) -> Option<&str> {
    file.strip_suffix(".groovy")
}

/// Whether a file of the folder `projects/` describes a project.
pub fn is_project_file(name: &str) -> bool {
    !name.starts_with('.') && name.ends_with(".toml")
}

/// The names of the vars that there are: what a stage of a project's own may call.
pub fn vars(root: &Utf8Path) -> anyhow::Result<BTreeSet<String>> {
    let folder = root.join("vars");
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error).with_context(|| format!("can't read the folder {folder}")),
    };
    let mut vars = BTreeSet::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("can't read the folder {folder}"))?;
        vars.extend(var_name(entry.file_name()).map(str::to_owned));
    }
    Ok(vars)
}

/// The project files relative to the root, sorted. An absent folder is a mistake: all that was rendered from it would be deleted.
fn project_files(root: &Utf8Path) -> anyhow::Result<Vec<Utf8PathBuf>> {
    let folder = root.join(PROJECTS_FOLDER);
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!(
                "there is no folder {folder}; create it, and put a file `<project>.toml` for each service there"
            )
        }
        Err(error) => return Err(error).with_context(|| format!("can't read the folder {folder}")),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("can't read the folder {folder}"))?;
        let name = entry.file_name();
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            bail!(
                "{} is a folder, and projects are files of {folder} itself; move it away, and the projects in it up",
                entry.path()
            );
        }
        if is_project_file(name) {
            files.push(Utf8Path::new(PROJECTS_FOLDER).join(name));
        }
    }
    files.sort();
    Ok(files)
}
