//! Programs that run beside the tests.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::tools::wait;
use crate::support::repository;

/// A running program with a folder of its own; `tests/engines/supervise` ends it and removes the folder, even if the tests are killed.
pub struct Daemon {
    folder: PathBuf,
    supervisor: Child,
}

impl Daemon {
    /// A folder for the files that a daemon needs to start.
    pub fn folder() -> PathBuf {
        let folder = tempfile::Builder::new()
            .prefix("jenkinsgen-")
            .tempdir()
            .unwrap();
        folder.keep()
    }

    pub fn start(folder: PathBuf, command: &[impl AsRef<OsStr>]) -> Self {
        let supervisor = Command::new(repository().join("tests/engines/supervise"))
            .arg(&folder)
            .args(command)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self { folder, supervisor }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn log(&self) -> String {
        fs_err::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until the daemon answers.
    pub fn wait(&self, answers: impl Fn() -> bool) {
        wait(answers, || {
            format!("a daemon does not answer:\n{}", self.log())
        });
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// An address on the loopback device at which nobody listens.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
