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
//! | `dockerfile PATH`, `properties PATH` | a file of the page's checkout, which must fit each project of the page whose Dockerfiles are all shown |
//! | `dockerfile article` | an excerpt of the article; it must parse |
//!
//! `yaml` is not tried, nor are `sh` and `text` on pages without a test of their own; [`ci`](crate::ci) runs `sh check`, `sh verify` and `sh diff`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jenkinsgen::checkout::dockerfile::Dockerfile;
use jenkinsgen::config::{parse_library, parse_project};
use jenkinsgen::source::Source;
use serde_json::Value;

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

#[test]
fn dockerfiles_parse_and_fit_the_descriptions_beside_them() {
    let mut compared = 0;
    for (page, blocks) in guides() {
        let checkout: BTreeMap<&str, &str> = blocks
            .iter()
            .filter(|block| ["dockerfile", "properties"].contains(&&block.language[..]))
            .map(|block| match &block.words[..] {
                [path] => (&path[..], &block.text[..]),
                words => panic!("{page}: a file of the checkout has no path: {words:?}"),
            })
            .collect();
        for block in blocks.iter().filter(|block| block.language == "dockerfile") {
            let stage = match block.words[0] == "article" {
                true => "FROM scratch\n",
                false => "",
            };
            let source = Source {
                path: block.words[0].clone().into(),
                text: format!("{stage}{}", block.text),
            };
            if let Err(mistake) = Dockerfile::parse(&Arc::new(source)) {
                panic!("{page}: {}", mistake.to_plain());
            }
        }
        let Some(workspace) = workspace(&blocks) else {
            continue;
        };
        for (path, text) in &checkout {
            workspace.write(&format!("checkout/{path}"), text);
        }
        for block in &blocks {
            let path = block.words.first().map_or("", String::as_str);
            let Some(project) = path.strip_prefix("projects/") else {
                continue;
            };
            let described: toml::Table = block.text.parse().unwrap();
            let images = described.get("images").and_then(toml::Value::as_table);
            let is_shown = |image: &toml::Value| {
                let path = image.get("dockerfile").and_then(toml::Value::as_str);
                checkout.contains_key(path.unwrap_or("Dockerfile"))
            };
            if images.is_some_and(|images| images.values().all(is_shown)) {
                let project = project.trim_end_matches(".toml");
                let errors = errors(&workspace, project);
                assert!(errors.is_empty(), "{page}: {project}: {errors:#?}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 4, "only {compared} descriptions");
}

/// What `verify` finds to be wrong in the checkout of a page, which need not show a Jenkinsfile.
fn errors(workspace: &Workspace, project: &str) -> Vec<Value> {
    let allow = ["--allow", "missing-jenkinsfile"];
    let verify = ["verify", project, "checkout", "--format", "json"];
    let run = workspace.run(verify.into_iter().chain(allow));
    let (found, _) = run.any_output().success_or_differences();
    let found: Value = serde_json::from_str(&found).unwrap();
    let findings = found["findings"].as_array().unwrap();
    let errors = findings.iter().filter(|one| one["severity"] == "error");
    errors.cloned().collect()
}
