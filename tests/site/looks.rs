//! The site in a browser, on a wide screen and on a telephone. Pictures for the eye are in `target/site-screenshots`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use scraper::{Html, Selector};
use serde_json::Value;

use crate::blocks::pages;
use crate::book::SITE;
use crate::support::engines::browser;
use crate::support::repository;

/// Widths of the windows.
const WIDTHS: [u32; 2] = [1280, 390];

/// One page of each kind.
const LOOKED_AT: [&str; 8] = [
    "README.html",
    "article.html",
    "commands.html",
    "guides/tests.html",
    "language.html",
    "requirements.html",
    "steps.html",
    "tutorial.html",
];

/// Tells of each frame how wide and high its page is. Runs when all of them are loaded.
const PROBE: &str = "
addEventListener('load', () => {
    const seen = {};
    for (const frame of document.querySelectorAll('iframe')) {
        const page = frame.contentDocument.documentElement;
        seen[frame.id] = { width: page.scrollWidth, height: page.querySelector('main')?.scrollHeight ?? 0, title: frame.contentDocument.title };
    }
    document.body.textContent = 'seen ' + JSON.stringify(seen) + ' end';
});";

/// No page is wider than its window: what is wide, such as a table, scrolls by itself.
#[test]
fn every_page_fits_a_wide_and_a_narrow_window() {
    let folder = pictures();
    let mut frames = String::new();
    for page in names() {
        for width in WIDTHS {
            frames.push_str(&frame(&page, width, 900));
        }
    }
    let probe = folder.join("probe.html");
    fs::write(
        &probe,
        format!("<!doctype html><body>{frames}<script>{PROBE}</script>"),
    )
    .unwrap();
    let dump = browse(&probe, &["--dump-dom", "--virtual-time-budget=60000"]);
    fs::remove_file(probe).unwrap();
    let seen = dump
        .split_once("seen ")
        .and_then(|(_, seen)| seen.split_once(" end"));
    let (seen, _) = seen.unwrap_or_else(|| panic!("the probe told nothing: {dump}"));
    let seen: BTreeMap<String, Value> = serde_json::from_str(seen).unwrap();
    assert_eq!(seen.len(), names().len() * WIDTHS.len());
    for (name, page) in &seen {
        let (_, width) = name.split_once(' ').unwrap();
        assert_eq!(
            page["width"].to_string(),
            width,
            "{name} is wider than its window"
        );
        assert!(page["height"].as_u64().unwrap() > 100, "{name} is empty");
        assert!(
            page["title"].as_str().unwrap().ends_with("jenkinsgen"),
            "{name}: {}",
            page["title"]
        );
    }
}

#[test]
fn groovy_is_highlighted() {
    let dump = browse(&SITE.join("steps.html"), &["--dump-dom"]);
    let strings = Selector::parse("code.language-groovy .hljs-string").unwrap();
    let count = Html::parse_document(&dump).select(&strings).count();
    assert!(count > 10, "{count} strings of Groovy are highlighted");
}

#[test]
fn pages_have_their_picture_taken() {
    let folder = pictures();
    for page in LOOKED_AT {
        for width in WIDTHS {
            let name = page.replace('/', "-");
            let name = name.trim_end_matches(".html");
            let holder = folder.join(format!("{name}-{width}.html"));
            let picture = folder.join(format!("{name}-{width}.png"));
            // A window can't be as narrow as a telephone, a frame can.
            let style = "<style>body { margin: 0 } iframe { border: 0; display: block }</style>";
            fs::write(
                &holder,
                format!("<!doctype html>{style}{}", frame(page, width, 2400)),
            )
            .unwrap();
            let screenshot = format!("--screenshot={}", picture.display());
            let size = format!("--window-size={},2400", width.max(500));
            browse(&holder, &[&screenshot, &size]);
            fs::remove_file(holder).unwrap();
            assert!(
                fs::read(&picture).unwrap().len() > 10_000,
                "{} is empty",
                picture.display()
            );
        }
    }
}

/// The folder of the pictures.
fn pictures() -> PathBuf {
    let folder = repository().join("target/site-screenshots");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The pages of the site as files of it.
fn names() -> Vec<String> {
    let mut pages = pages();
    pages.remove("SUMMARY.md");
    // All pages of findings look the same.
    let is_seen = |path: &String| !path.starts_with("findings/") || path.ends_with("README.md");
    pages
        .into_keys()
        .filter(is_seen)
        .map(|path| path.replace(".md", ".html"))
        .collect()
}

fn frame(page: &str, width: u32, height: u32) -> String {
    let address = format!("file://{}", SITE.join(page).display());
    format!(
        "<iframe id=\"{page} {width}\" src=\"{address}\" width={width} height={height}></iframe>\n"
    )
}

/// What the browser prints about a file.
fn browse(file: &Path, arguments: &[&str]) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = browser(profile.path())
        // A frame may be looked into although its file is another one.
        .arg("--allow-file-access-from-files")
        .arg("--hide-scrollbars")
        .args(arguments)
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
