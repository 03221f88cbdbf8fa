//! What the modules share.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A path as text, for the files and addresses that programs read.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a program, which must succeed, and gives what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{stderr}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Waits until something has happened.
pub fn wait(happened: impl Fn() -> bool, complaint: impl Fn() -> String) {
    let started = Instant::now();
    while !happened() {
        assert!(
            started.elapsed() < Duration::from_secs(240),
            "{}",
            complaint()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Writes a shell script.
pub fn write_script(path: &Path, script: &str) {
    fs_err::write(path, format!("#!/bin/sh\nset -eu\n{script}\n")).unwrap();
    fs_err::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}
