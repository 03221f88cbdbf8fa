//! The programs that judge what is rendered: installed by `tests/engines/install`, which does nothing for what is there already.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    assert_eq!(
        owner, 0,
        "run this test as root: BuildKit's daemon mounts file systems and starts containers"
    );
}

/// A Java command with the class path of the engine: `cps` for trusted libraries, `sandbox` for untrusted ones.
pub fn java(engine: &str) -> Command {
    need("jvm");
    let jvm = engines().join("jvm");
    let path = format!("{0}/classes:{0}/{engine}/*", jvm.display());
    let mut command = Command::new("java");
    command
        .args([
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-cp",
        ])
        .arg(path)
        .arg("jenkinsgen.jvm.Main");
    command
}

/// Files of Groovy must compile as a global library and as an untrusted one.
#[track_caller]
pub fn assert_loads_in_jenkins(files: &[PathBuf]) {
    for (engine, mode) in [("cps", "cps"), ("sandbox", "sandbox")] {
        let output = java(engine)
            .args(["compile", mode])
            .args(files)
            .output()
            .unwrap();
        let verdicts = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{verdicts}");
        assert_eq!(verdicts.lines().count(), files.len(), "{verdicts}");
    }
}

/// A browser without a window and without a life of its own, which keeps what it must in a folder.
pub fn browser(profile: &Path) -> Command {
    need("browser");
    let mut command = Command::new("chromium");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
        ])
        .arg(format!("--user-data-dir={}", profile.display()));
    command
}

/// Imports a vulnerability database into a folder. `tests/engines/go/grype/cmd/grype-database` says what the description is.
/// The variables make grype use it, however old it is.
pub fn grype_database(
    folder: &Path,
    description: &serde_json::Value,
) -> [(&'static str, String); 4] {
    need("grype");
    std::fs::create_dir_all(folder).unwrap();
    let archive = folder.join("database.tar");
    let mut writer = Command::new(engines().join("bin/grype-database"))
        .arg(&archive)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    input.write_all(description.to_string().as_bytes()).unwrap();
    drop(input);
    // What is wrong it says itself, on standard error.
    assert!(writer.wait().unwrap().success(), "grype-database failed");
    let variables = [
        (
            "GRYPE_DB_CACHE_DIR",
            folder.join("database").to_str().unwrap().to_owned(),
        ),
        ("GRYPE_DB_AUTO_UPDATE", "false".to_owned()),
        ("GRYPE_DB_VALIDATE_AGE", "false".to_owned()),
        ("GRYPE_CHECK_FOR_APP_UPDATE", "false".to_owned()),
    ];
    let import = Command::new(engines().join("bin/grype"))
        .args(["db", "import"])
        .arg(&archive)
        .envs(variables.clone())
        .output()
        .unwrap();
    assert!(
        import.status.success(),
        "{}",
        String::from_utf8_lossy(&import.stderr)
    );
    variables
}
