//! A service's checkout: the files that its pipeline will meet. Nothing here writes, and nothing leaves the folder.

pub mod context;
pub mod dockerfile;
pub mod exit_status;
pub mod git;
pub mod groovy;
mod heredoc;
pub mod jenkinsfile;
mod lexer;
pub mod locks;
pub mod properties;
mod refused;
mod shell;
pub mod testing;
pub mod tools;
pub mod writes;

use std::cell::OnceCell;
use std::sync::Arc;
use std::{fmt, io};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use walkdir::{DirEntry, WalkDir};

use crate::source::Source;

/// Folders that tools fill, and that nobody writes into.
const FILLED_FOLDERS: [&str; 5] = [".git", ".gradle", ".venv", "node_modules", "vendor"];
/// Folders that build tools fill beside their build files; elsewhere people write into folders of these names.
const BUILD_FOLDERS: [&str; 2] = ["build", "target"];
const BUILD_FILES: [&str; 6] = [
    "Cargo.toml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "package.json",
    "pom.xml",
];
/// The largest file that is read, in bytes: what people write by hand is smaller.
const MAX_SIZE: u64 = 1 << 20;
/// How many folders deep [`Checkout::files`] looks.
const MAX_DEPTH: usize = 6;

/// How many bytes of a file [`Checkout::mentions`] reads at most: scripts and build files are smaller.
const MAX_SCRIPT_SIZE: u64 = 256 * 1024;

/// How many bytes of all files together are kept in memory for [`Checkout::mentions`]; what is beyond is read again.
const MAX_KEPT: usize = 32 << 20;

/// The folder of a service's checkout.
#[derive(Debug, Clone)]
pub struct Checkout {
    root: Utf8PathBuf,
    /// A folder in it that is none of its own.
    foreign: Option<Utf8PathBuf>,
    scripts: OnceCell<Vec<Script>>,
}

/// A file that may name what a build reads.
#[derive(Debug, Clone)]
struct Script {
    path: Utf8PathBuf,
    /// What it has, if that is kept.
    text: Option<Arc<Source>>,
}

impl Checkout {
    /// The checkout in this folder.
    ///
    /// # Errors
    ///
    /// When there is no such folder.
    pub fn open(root: &Utf8Path) -> anyhow::Result<Self> {
        if !root.is_dir() {
            bail!("there is no folder {root}; name the folder of the service's checkout");
        }
        Ok(Self {
            root: root.to_owned(),
            foreign: None,
            scripts: OnceCell::new(),
        })
    }

    /// The same without a folder, such as the library's, where CI has put it into the checkout. One that is not below the checkout's own changes nothing.
    #[must_use]
    pub fn without(mut self, folder: &Utf8Path) -> Self {
        let whole = |path: &Utf8Path| path.canonicalize_utf8().ok();
        let inside = whole(folder).zip(whole(&self.root));
        let inside =
            inside.and_then(|(folder, root)| Some(folder.strip_prefix(root).ok()?.to_owned()));
        self.foreign = inside
            .filter(|folder| folder != "")
            .map(|folder| self.root.join(folder));
        self.scripts = OnceCell::new();
        self
    }

    /// Its folder.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// One of its files; `None` if there is no such file. The source's path is relative to the checkout, and what is no UTF-8 in it is replaced.
    ///
    /// # Errors
    ///
    /// With an [`Unreadable`] if there is something of that name and it is not to be read.
    pub fn read(&self, path: impl AsRef<Utf8Path>) -> anyhow::Result<Option<Arc<Source>>> {
        let path = path.as_ref();
        let refused = |obstacle| {
            Err(anyhow::Error::new(Unreadable {
                path: clean(path),
                obstacle,
            }))
        };
        let whole = match self.root.join(path).canonicalize() {
            Ok(whole) => whole,
            Err(error) if is_absence(&error) => {
                return match self.root.join(path).is_symlink() {
                    true => refused(Obstacle::LeadsNowhere),
                    false => Ok(None),
                };
            }
            Err(error) => return refused(Obstacle::Failure(error)),
        };
        if !whole.starts_with(self.root.canonicalize()?) {
            return refused(Obstacle::LeadsOut);
        }
        let metadata = fs_err::metadata(&whole)?;
        if metadata.is_dir() {
            return Ok(None);
        }
        // To read a pipe would wait for somebody to write into it.
        if !metadata.is_file() {
            return refused(Obstacle::NoFile);
        }
        if metadata.len() > MAX_SIZE {
            return refused(Obstacle::TooLarge);
        }
        let bytes = fs_err::read(&whole)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(Arc::new(Source {
            path: clean(path),
            text: text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned(),
        })))
    }

    /// Whether it has this folder.
    pub fn has_folder(&self, path: impl AsRef<Utf8Path>) -> bool {
        self.root.join(path).is_dir()
    }

    /// Whether it has this file.
    pub fn has_file(&self, path: impl AsRef<Utf8Path>) -> bool {
        self.root.join(path).is_file()
    }

    /// Whether any of its files but Dockerfiles, prose and what drives CI has the name as a word of its own. What is very large or can't be read is left out.
    ///
    /// # Errors
    ///
    /// When a folder can't be read.
    pub fn mentions(&self, name: &str) -> anyhow::Result<bool> {
        let scripts = match self.scripts.get() {
            Some(scripts) => scripts,
            None => {
                let scripts = self.scripts()?;
                self.scripts.get_or_init(|| scripts)
            }
        };
        let has_it = |source: &Source| has_word(&source.text, name);
        Ok(scripts.iter().any(|script| match &script.text {
            Some(source) => has_it(source),
            None => matches!(self.read(&script.path), Ok(Some(source)) if has_it(&source)),
        }))
    }

    /// The files that [`Checkout::mentions`] looks into.
    fn scripts(&self) -> anyhow::Result<Vec<Script>> {
        let is_apart = |path: &Utf8Path| {
            let file = path.file_name().unwrap_or_default().to_lowercase();
            let is_prose = matches!(path.extension(), Some("md" | "txt" | "adoc" | "rst"));
            let is_ci = matches!(file.as_str(), "jenkinsfile" | ".gitlab-ci.yml");
            is_prose || is_ci || path.starts_with(".github") || file.contains("dockerfile")
        };
        let size = |path: &Utf8Path| self.root.join(path).metadata().map_or(0, |it| it.len());
        let mut kept = 0;
        let files = self.files()?.into_iter();
        let scripts = files.filter(|path| !is_apart(path) && size(path) <= MAX_SCRIPT_SIZE);
        let read = scripts.filter_map(|path| {
            if kept > MAX_KEPT {
                return Some(Script { path, text: None });
            }
            let source = self.read(&path).ok()??;
            kept += source.text.len();
            Some(Script {
                path,
                text: Some(source),
            })
        });
        Ok(read.collect())
    }

    /// The paths of its files, sorted, without those of folders that tools fill. Symbolic links are not followed, and very deep folders not looked into.
    ///
    /// # Errors
    ///
    /// When a folder can't be read.
    pub fn files(&self) -> anyhow::Result<Vec<Utf8PathBuf>> {
        let is_wanted = |entry: &DirEntry| {
            let is_foreign = || self.foreign.as_deref().is_some_and(|it| it == entry.path());
            entry.depth() == 0
                || !(entry.file_type().is_dir() && (is_filled(entry) || is_foreign()))
        };
        let mut files = Vec::new();
        for entry in WalkDir::new(&self.root)
            .max_depth(MAX_DEPTH)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_wanted)
        {
            let entry = entry.with_context(|| format!("can't read the folder {}", self.root))?;
            // A name that is not UTF-8 can't be written in a description.
            let path = Utf8Path::from_path(entry.path());
            let relative = path.and_then(|path| path.strip_prefix(&self.root).ok());
            let kind = entry.file_type();
            if let (true, Some(relative)) = (kind.is_file() || kind.is_symlink(), relative) {
                files.push(relative.to_owned());
            }
        }
        Ok(files)
    }
}

/// Something in a checkout that is no file to read. A checkout is not to be trusted.
#[derive(Debug)]
pub struct Unreadable {
    path: Utf8PathBuf,
    obstacle: Obstacle,
}

#[derive(Debug)]
enum Obstacle {
    LeadsNowhere,
    LeadsOut,
    NoFile,
    TooLarge,
    Failure(io::Error),
}

impl Unreadable {
    /// What can be done.
    pub fn help(&self) -> &'static str {
        match self.obstacle {
            Obstacle::LeadsNowhere | Obstacle::LeadsOut => {
                "put the file itself there: Jenkins has nothing but the checkout"
            }
            Obstacle::NoFile => "put a file there, and not a pipe, a socket or a device",
            Obstacle::TooLarge => {
                "name the file that people write; what they write by hand is smaller"
            }
            Obstacle::Failure(_) => "make it a file that everybody can read",
        }
    }
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.obstacle {
            Obstacle::LeadsNowhere => {
                write!(formatter, "{path} is a symbolic link that leads nowhere")
            }
            Obstacle::LeadsOut => write!(
                formatter,
                "{path} is a symbolic link that leaves the checkout: it is not read"
            ),
            Obstacle::NoFile => write!(formatter, "{path} is neither a file nor a folder"),
            Obstacle::TooLarge => write!(
                formatter,
                "{path} has more than {} KiB: it is not read",
                MAX_SIZE >> 10
            ),
            Obstacle::Failure(error) => write!(formatter, "can't read {path}: {error}"),
        }
    }
}

/// Whether a text has the word, and not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        !(before.ends_with(is_part) || after.starts_with(is_part))
    })
}

/// Whether a folder is one that tools fill.
fn is_filled(folder: &DirEntry) -> bool {
    let name = folder.file_name().to_str().unwrap_or_default();
    let beside = |file: &&str| folder.path().with_file_name(file).is_file();
    FILLED_FOLDERS.contains(&name)
        || (BUILD_FOLDERS.contains(&name) && BUILD_FILES.iter().any(beside))
}

/// Whether a file is not there, be it for want of a folder.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// A path relative to a root that `..` can't leave, without `.` and `..`.
pub fn clean(path: &Utf8Path) -> Utf8PathBuf {
    let mut clean = Utf8PathBuf::new();
    for part in path.iter() {
        match part {
            "." | "/" => {}
            ".." => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(files: &[&str]) -> (tempfile::TempDir, Checkout) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for file in files {
            let path = root.join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "\u{feff}caf\u{e9}\n").unwrap();
        }
        let checkout = Checkout::open(root).unwrap();
        (folder, checkout)
    }

    #[test]
    fn what_tools_fill_is_not_listed() {
        let (_folder, checkout) = checkout(&[
            "Dockerfile",
            "app/Dockerfile",
            "app/build.gradle",
            "app/build/a",
            "scripts/build/Dockerfile",
            "app/node_modules/b",
            ".git/c",
        ]);
        assert_eq!(
            checkout.files().unwrap(),
            [
                "Dockerfile",
                "app/Dockerfile",
                "app/build.gradle",
                "scripts/build/Dockerfile"
            ]
        );
    }

    #[test]
    fn a_word_is_looked_for_in_code() {
        let apart = [
            "Dockerfile",
            "README.md",
            "node_modules/a",
            "Jenkinsfile",
            ".github/ci.yml",
        ];
        let (_folder, checkout) = checkout(&apart);
        assert!(!checkout.clone().mentions("café").unwrap());
        fs_err::write(checkout.root().join("run.sh"), "echo $VERSION\n").unwrap();
        assert!(checkout.mentions("VERSION").unwrap());
        assert!(!checkout.mentions("VERSIO").unwrap());
        assert!(checkout.mentions("echo $VERSION").unwrap());
    }

    #[test]
    fn a_foreign_folder_is_left_out() {
        let (_folder, checkout) = checkout(&["run.sh", "ci/library/vars/x.groovy"]);
        let root = checkout.root().to_owned();
        let listed = |folder: Utf8PathBuf| checkout.clone().without(&folder).files().unwrap().len();
        assert_eq!(listed(root.join("ci/../ci/library")), 1);
        assert_eq!(listed(root.clone()), 2);
        assert_eq!(listed(root.join("..")), 2);
        assert_eq!(listed(root.join("nowhere")), 2);
    }

    /// However many names are asked for, and however much there is to read.
    #[test]
    fn files_are_read_once_for_all_names() {
        let (_folder, checkout) = checkout(&[]);
        for number in 0..200 {
            let text = format!("echo $LAST_{number}\n{}", "x\n".repeat(100_000));
            fs_err::write(checkout.root().join(format!("{number:03}.sh")), text).unwrap();
        }
        assert!(checkout.mentions("LAST_0").unwrap());
        fs_err::remove_file(checkout.root().join("000.sh")).unwrap();
        assert!(checkout.mentions("LAST_0").unwrap());
        assert!(checkout.mentions("LAST_199").unwrap());
    }

    #[test]
    fn an_absent_file_is_none() {
        let (_folder, checkout) = checkout(&["app/Dockerfile"]);
        let read = checkout.read("./app/Dockerfile").unwrap().unwrap();
        assert_eq!(
            (read.path.as_str(), read.text.as_str()),
            ("app/Dockerfile", "café\n")
        );
        for absent in ["Dockerfile", "app", "app/Dockerfile/inside"] {
            assert!(checkout.read(absent).unwrap().is_none(), "{absent}");
        }
        assert!(checkout.has_folder(".") && checkout.has_folder("app"));
        assert!(!checkout.has_folder("app/Dockerfile") && checkout.has_file("app/Dockerfile"));
    }

    #[test]
    fn a_checkout_that_is_no_folder_is_an_error() {
        let error = Checkout::open(Utf8Path::new("/nowhere/at/all")).unwrap_err();
        assert!(error.to_string().contains("there is no folder /nowhere"));
    }
}
