//! What the guides show is tried.
//!
//! | first line of a block | how it is tried |
//! |---|---|
//! | `toml PATH`, `groovy vars/NAME.groovy` | a file of the page's workspace; all of them together must render |
//! | `toml` | a piece of a description: its keys exist and have values of the right kind |
//! | `groovy PATH excerpt` | stands so in the file of that name, of the page's workspace or of this repository |
//! | `groovy Jenkinsfile` | Jenkins' engine compiles it |
//! | `groovy article` | an excerpt of the article, which can't be compared |
//! | `groovy example` | the example of a shared step; the tests of their reference try it |

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jenkinsgen::config::{parse_library, parse_project};

use crate::blocks::{Block, blocks, pages};
use crate::support::engines::assert_loads_in_jenkins;
use crate::support::{LIBRARY, Workspace, repository};

/// The pages that have tests of their own.
fn guides() -> BTreeMap<String, Vec<Block>> {
    let others = ["json.md", "tutorial.md"];
    let is_guide = |path: &str| !path.starts_with("findings/") && !others.contains(&path);
    let mut pages = pages();
    pages.retain(|path, _| is_guide(path));
    let pages = pages.into_iter();
    pages.map(|(path, text)| (path, blocks(&text))).collect()
}

#[test]
fn whole_files_of_a_guide_render() {
    let mut rendered = 0;
    for (page, blocks) in guides() {
        let Some(workspace) = workspace(&blocks) else {
            continue;
        };
        let (_, mistakes) = workspace.run(["check"]).any_output().success();
        assert!(mistakes.is_empty(), "{page}: {mistakes}");
        rendered += 1;
    }
    assert!(rendered >= 5, "only {rendered} pages have a workspace");
}

/// The whole files that a page shows, rendered; with the smallest library if it shows none.
fn workspace(blocks: &[Block]) -> Option<Workspace> {
    let workspace = Workspace::empty().file("jenkinsgen.toml", LIBRARY);
    let mut files = 0;
    for block in blocks {
        if let [path] = &block.words[..]
            && (block.language == "toml" || path.starts_with("vars/"))
        {
            workspace.write(path, &block.text);
            files += 1;
        }
    }
    if files == 0 {
        return None;
    }
    workspace.run(["render"]).any_output().success();
    Some(workspace)
}

#[test]
fn pieces_of_descriptions_have_keys_that_exist() {
    let mut tried = 0;
    for (page, blocks) in guides() {
        for block in blocks
            .iter()
            .filter(|block| block.language == "toml" && block.words.is_empty())
        {
            let bytes = block.text.clone().into_bytes();
            let mut mistakes = Vec::new();
            let of_library = ["[library]", "[tools]", "[defaults", "[[defaults"];
            if of_library.iter().any(|table| block.text.contains(table)) {
                parse_library(bytes, &mut mistakes);
            } else {
                parse_project("projects/piece.toml".into(), bytes, &mut mistakes);
            }
            assert!(
                mistakes.is_empty(),
                "{page}:\n{}\n{mistakes:#?}",
                block.text
            );
            tried += 1;
        }
    }
    assert!(tried >= 5, "only {tried} pieces");
}

#[test]
fn quoted_groovy_stands_in_the_rendered_files() {
    let mut quoted = 0;
    let mut wrong = String::new();
    for (page, blocks) in guides() {
        let workspace = workspace(&blocks);
        for block in blocks.iter().filter(|block| block.language == "groovy") {
            let [path, excerpt] = &block.words[..] else {
                continue;
            };
            assert_eq!(excerpt, "excerpt", "{page}: {:?}", block.words);
            let shown = workspace
                .as_ref()
                .map(|workspace| workspace.path().join(path));
            let file = shown
                .filter(|file| file.is_file())
                .unwrap_or(repository().join(path));
            let text = fs_err::read_to_string(&file).unwrap();
            if !stands_in(&block.text, &text) {
                writeln!(wrong, "{page}: not so in {path}:\n{}", block.text).unwrap();
            }
            quoted += 1;
        }
    }
    assert_eq!(wrong, "");
    assert!(quoted >= 10, "only {quoted} excerpts");
}

/// Whether the lines stand in a text one below the other, at whatever depth. A line `...` stands for any lines.
fn stands_in(excerpt: &str, text: &str) -> bool {
    let trimmed =
        |text: &str| -> Vec<String> { text.lines().map(|line| line.trim().to_owned()).collect() };
    let (excerpt, mut rest) = (trimmed(excerpt), &trimmed(text)[..]);
    for part in excerpt
        .split(|line| line == "...")
        .filter(|part| !part.is_empty())
    {
        let Some(start) = rest.windows(part.len()).position(|lines| lines == part) else {
            return false;
        };
        rest = &rest[start + part.len()..];
    }
    true
}

#[test]
fn jenkinsfiles_of_the_guides_compile() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (page, blocks) in guides() {
        for block in blocks.iter().filter(|block| block.language == "groovy") {
            match &block.words[..] {
                [path] if path == "Jenkinsfile" => {
                    let file = folder.path().join(format!("page{}.groovy", files.len()));
                    // The annotation is a plugin's; the compiler alone does not have it.
                    let lines = block
                        .text
                        .lines()
                        .filter(|line| !line.starts_with("@Library("));
                    fs_err::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
                    files.push(file);
                }
                [word] if ["article", "example"].contains(&&word[..]) => {}
                [path] if path.starts_with("vars/") => {}
                [_, _] => {}
                words => panic!("{page}: a block of Groovy does not say what it is: {words:?}"),
            }
        }
    }
    assert!(files.len() >= 3, "only {} Jenkinsfiles", files.len());
    assert_loads_in_jenkins(&files);
}
