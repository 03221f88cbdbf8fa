//! A Git server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{run, write_script};
use crate::support::repository;

/// A bare repository with the article's service, and a clone of it to work in.
pub struct Origin {
    folder: tempfile::TempDir,
}

impl Origin {
    /// One with the service as its first commit.
    pub fn of_the_service() -> Self {
        let origin = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        git(
            origin.folder.path(),
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=master",
                "bare",
            ],
        );
        git(origin.folder.path(), &["clone", "--quiet", "bare", "clone"]);
        origin.copy("tests/checkout/service");
        origin.commit();
        origin
    }

    /// The address of the server.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("bare")
    }

    /// Puts a folder of the repository over the files.
    pub fn copy(&self, folder: &str) {
        let files = repository().join(folder).join(".");
        run(Command::new("cp").arg("-R").arg(files).arg(self.clone()));
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.clone().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Replaces text in a file, which must have it.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = fs_err::read_to_string(self.clone().join(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, &text.replace(from, to));
    }

    /// Commits the files as they are, and gives the commit.
    pub fn commit(&self) -> String {
        let clone = self.clone();
        git(&clone, &["add", "--all"]);
        git(
            &clone,
            &[
                "-c",
                "user.name=test",
                "-c",
                "user.email=",
                "commit",
                "--quiet",
                "--allow-empty",
                "--message=test",
            ],
        );
        git(&clone, &["push", "--quiet", "origin", "HEAD:master"]);
        git(&clone, &["rev-parse", "HEAD"])
    }

    /// Sets a hook of the server: a shell script.
    pub fn hook(&self, name: &str, script: &str) {
        write_script(&self.path().join("hooks").join(name), script);
    }

    /// The tags of the server with the commits that they lead to.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let format = "--format=%(refname:strip=2) %(*objectname)";
        let tags = git(&self.path(), &["for-each-ref", format, "refs/tags"]);
        let tags = tags.lines().map(|line| line.split_once(' ').unwrap());
        tags.map(|(tag, commit)| (tag.to_owned(), commit.to_owned()))
            .collect()
    }

    fn clone(&self) -> PathBuf {
        self.folder.path().join("clone")
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    run(Command::new("git").current_dir(folder).args(arguments))
}
