//! The tutorial is run as its reader runs it: in an empty folder, block by block.
//!
//! | first line of a block | what is done |
//! |---|---|
//! | `LANGUAGE PATH` | the file is written; the path is relative to the folder that the tutorial begins in |
//! | `sh` | the commands are run where the block before has ended, and must succeed; after `sh 1` with this exit status |
//! | `text` | is what the commands above it have printed; `SNAPSHOTS=overwrite cargo test --test site` writes it |

use std::path::{Path, PathBuf};
use std::process::Command;

use snapbox::{IntoData as _, assert_data_eq};

use crate::blocks::blocks;
use crate::support::engines::need;
use crate::support::{overwrite, repository};

#[test]
fn the_tutorial_works() {
    need("git");
    let file = repository().join("docs/tutorial.md");
    let mut page = fs_err::read_to_string(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Shell {
        home: folder.path().to_owned(),
        at: folder.path().join("tutorial"),
    };
    std::fs::create_dir(&shell.at).unwrap();
    let start = shell.at.clone();
    let (mut commands, mut compared) = (0, 0);
    let mut printed: Option<String> = None;
    let mut mended = Vec::new();
    for block in blocks(&page) {
        if block.language == "text" {
            let printed = printed.take().expect("commands stand above their output");
            compared += 1;
            if overwrite() {
                mended.push((block.range, printed));
            } else {
                assert_data_eq!(printed.into_data().raw(), block.text.into_data().raw());
            }
            continue;
        }
        let unseen = printed.take().unwrap_or_default();
        assert_eq!(unseen, "", "the tutorial does not show what is printed");
        let status = match &block.words[..] {
            [] => Some(0),
            [word] => word.parse().ok(),
            _ => None,
        };
        match (&block.language[..], &block.words[..]) {
            ("sh", _) if let Some(status) = status => {
                printed = Some(shell.run(&block.text, status));
                commands += 1;
            }
            (_, [path]) => {
                let path = start.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs_err::write(path, &block.text).unwrap();
            }
            (language, words) => panic!("a block of {language} does not say what it is: {words:?}"),
        }
    }
    assert_eq!(
        printed.unwrap_or_default(),
        "",
        "the tutorial does not show what is printed"
    );
    for (range, printed) in mended.into_iter().rev() {
        page.replace_range(range, &printed);
    }
    if overwrite() {
        fs_err::write(file, page).unwrap();
    }
    assert!(commands >= 5, "only {commands} blocks of commands");
    assert!(compared >= 5, "only {compared} outputs");
}

/// The reader's shell, which stays in the folder that it went to.
struct Shell {
    home: PathBuf,
    at: PathBuf,
}

impl Shell {
    /// Runs commands, which must end with a status, and tells what they printed.
    fn run(&mut self, commands: &str, status: i32) -> String {
        let end = self.home.join("at");
        let script = format!(
            "exec 2>&1\ntrap 'pwd >\"{}\"' EXIT\nset -e\n{commands}",
            end.display()
        );
        let program = Path::new(env!("CARGO_BIN_EXE_jenkinsgen"));
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.at)
            .env_clear()
            .env("HOME", &self.home)
            .env(
                "PATH",
                format!(
                    "{}:/usr/local/bin:/usr/bin:/bin",
                    program.parent().unwrap().display()
                ),
            )
            .envs(["AUTHOR", "COMMITTER"].map(|role| (format!("GIT_{role}_NAME"), "Reader")))
            .envs(
                ["AUTHOR", "COMMITTER"]
                    .map(|role| (format!("GIT_{role}_EMAIL"), "reader@example.com")),
            )
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{commands}\n{printed}");
        self.at = fs_err::read_to_string(end).unwrap().trim_end().into();
        printed.replace(self.home.to_str().unwrap(), "")
    }
}
