//! The programs that judge what is rendered: installed by `tests/engines/install`, which does nothing for what is there already.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;

use super::repository;

/// Where the engines are.
pub fn engines() -> PathBuf {
    repository().join("target/engines")
}

/// Makes sure that a group of engines is there; a missing one fails the test and says how to get it.
pub fn need(group: &str) {
    let output = Command::new(repository().join("tests/engines/install"))
        .arg(group)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "tests/engines/install {group}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Fails the test unless it runs as root.
pub fn need_root() {
    let owner = std::fs::metadata("/proc/self").unwrap().uid();
    assert_eq!(owner, 0, "run this test as root: BuildKit's daemon mounts file systems and starts containers");
}

/// A Java command with the class path of the engine: `cps` for trusted libraries, `sandbox` for untrusted ones.
pub fn java(engine: &str) -> Command {
    need("jvm");
    let jvm = engines().join("jvm");
    let path = format!("{0}/classes:{0}/{engine}/*", jvm.display());
    let mut command = Command::new("java");
    command
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp"])
        .arg(path)
        .arg("jenkinsgen.jvm.Main");
    command
}
