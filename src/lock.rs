//! `jenkinsgen.lock`: which files were written, and what was in them.
//!
//! It tells a file that is out of date from one that was edited by hand, and an orphan of ours from a file of the user's.
//!
//! While files are written it holds what is intended: `[old, new]` for a file that is replaced, `[new]` for one that is created. So a run that was killed
//! leaves no file of which the next run can't tell whose it is.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context as _, bail};
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::schema;

/// Name of the lock file in the workspace's root.
pub const LOCK_FILE: &str = "jenkinsgen.lock";

const HEADER: &str = "\
# Rendered by jenkinsgen: the files that it has written and their BLAKE3 hashes. Commit this file, and don't edit it.
version = 1

[files]
";

/// The files that were written or are about to be, each with its hash.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lock(BTreeMap<Utf8PathBuf, Entry>);

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Entry {
    /// It was written.
    Written(String),
    /// The old one is there, or the new one already.
    Replaced([String; 2]),
    /// Nothing is there, or the new one already.
    Created([String; 1]),
}

impl Entry {
    fn hashes(&self) -> &[String] {
        match self {
            Self::Written(hash) => std::slice::from_ref(hash),
            Self::Replaced(hashes) => hashes,
            Self::Created(hashes) => hashes,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: u32,
    files: BTreeMap<String, Entry>,
}

impl Lock {
    /// The lock of a workspace and the text that it stands in; an empty one if there is no file.
    ///
    /// # Errors
    ///
    /// When the file can't be read or understood, or names a file that no version of this program writes.
    pub fn read(root: &Utf8Path) -> anyhow::Result<(Self, Option<String>)> {
        let path = root.join(LOCK_FILE);
        let text = match fs_err::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Self::default(), None));
            }
            Err(error) => return Err(error.into()),
        };
        let lock = Self::parse(&text).with_context(|| {
            format!("{path} can't be used; after a merge, take the side of one branch and run `jenkinsgen render` again")
        })?;
        Ok((lock, Some(text)))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: LockFile = toml::from_str(text)?;
        if file.version != 1 {
            bail!(
                "its format is version {}, and this program knows version 1",
                file.version
            );
        }
        let mut files = BTreeMap::new();
        for (path, entry) in file.files {
            let path = Utf8PathBuf::from(path);
            let folders = ["vars", "resources", schema::FOLDER];
            let ours = folders.iter().any(|folder| path.starts_with(folder));
            let plain = path
                .components()
                .all(|part| matches!(part, Utf8Component::Normal(_)));
            if !ours || !plain {
                bail!("it names the file {path}, which is not one of the library");
            }
            files.insert(path, entry);
        }
        Ok(Self(files))
    }

    /// Whether the file was certainly written by this program. One that was only about to be may be the user's by now.
    pub fn contains(&self, path: &Utf8Path) -> bool {
        !matches!(self.0.get(path), None | Some(Entry::Created(_)))
    }

    /// Whether these bytes are what was written.
    pub fn matches(&self, path: &Utf8Path, bytes: &[u8]) -> bool {
        self.0
            .get(path)
            .is_some_and(|entry| entry.hashes().contains(&hash_of(bytes)))
    }

    /// The files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.0.keys()
    }

    /// Notes what is written.
    pub fn insert(&mut self, path: Utf8PathBuf, bytes: &[u8]) {
        self.0.insert(path, Entry::Written(hash_of(bytes)));
    }

    /// Notes what is about to be written or deleted.
    pub fn intend(&mut self, path: Utf8PathBuf, before: Option<&[u8]>, after: Option<&[u8]>) {
        let entry = match (before.map(hash_of), after.map(hash_of)) {
            (Some(before), Some(after)) => Entry::Replaced([before, after]),
            (None, Some(after)) => Entry::Created([after]),
            (Some(before), None) => Entry::Written(before),
            (None, None) => return,
        };
        self.0.insert(path, entry);
    }

    /// Forgets a file.
    pub fn remove(&mut self, path: &Utf8Path) {
        self.0.remove(path);
    }

    /// The text of the lock file: one line a file, so that branches merge line by line.
    pub fn to_text(&self) -> String {
        let mut text = HEADER.to_owned();
        for (path, entry) in &self.0 {
            let key = toml::Value::String(path.to_string());
            let value = match entry {
                Entry::Written(hash) => format!("\"{hash}\""),
                intent => format!("[\"{}\"]", intent.hashes().join("\", \"")),
            };
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }
}

fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
