//! Links lead somewhere: within the site, and between the documents of the repository as a Git host shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag};
use scraper::{Html, Selector};

use crate::blocks::pages;
use crate::book::SITE;
use crate::support::repository;

#[test]
fn every_link_of_the_site_leads_somewhere() {
    let everything = Selector::parse("[id], [href], [src]").unwrap();
    let mut anchors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut links: Vec<(String, String)> = Vec::new();
    for (page, text) in html(&SITE) {
        let document = Html::parse_document(&text);
        let anchors = anchors.entry(page.clone()).or_default();
        for element in document.select(&everything).map(|found| found.value()) {
            anchors.extend(element.id().map(str::to_owned));
            let targets = ["href", "src"].map(|name| element.attr(name));
            links.extend(
                targets
                    .into_iter()
                    .flatten()
                    .map(|target| (page.clone(), target.to_owned())),
            );
        }
    }
    assert!(
        links.len() > 100,
        "the pages have only {} links",
        links.len()
    );
    let mut broken = Vec::new();
    for (page, link) in &links {
        if !leads_somewhere(page, link, &anchors) {
            broken.push(format!("{page}: {link}"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn leads_somewhere(page: &str, link: &str, anchors: &BTreeMap<String, BTreeSet<String>>) -> bool {
    if link.contains(':') {
        return is_external(link);
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_owned(),
        path => {
            let Some(target) = resolve(page, path) else {
                return false;
            };
            target
        }
    };
    match anchors.get(&target) {
        Some(ids) => anchor.is_empty() || ids.contains(anchor),
        None => anchor.is_empty() && SITE.join(&target).is_file(),
    }
}

/// Nothing is asked of the network: only whether it can be an address.
fn is_external(link: &str) -> bool {
    let host = link
        .strip_prefix("https://")
        .and_then(|rest| rest.split(['/', '#', '?']).next());
    host.is_some_and(|host| {
        host.contains('.')
            && host
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || ".-".contains(letter))
    }) && !link.contains([' ', '"', '<', '>'])
}

/// A relative path from a page, without `..`; nothing if it leads out.
fn resolve(page: &str, path: &str) -> Option<String> {
    let mut whole = PathBuf::new();
    for part in Path::new(page).parent().unwrap().join(path).components() {
        match part {
            Component::Normal(name) => whole.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !whole.pop() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(whole.to_str().unwrap().to_owned())
}

/// The pages that mdBook has made, by their path in the site; its table of contents is one of them.
fn html(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let below = html(&path).into_iter();
            found.extend(below.map(|(page, text)| (format!("{name}/{page}"), text)));
        } else if name.ends_with(".html") {
            found.insert(name, fs_err::read_to_string(&path).unwrap());
        }
    }
    found
}

/// The documents as a Git host shows them: links lead to files of the repository, and from `docs/` not out of it, because the site ends there.
#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut documents = pages();
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        let text = fs_err::read_to_string(repository().join(name)).unwrap();
        documents.insert(format!("../{name}"), text);
    }
    let docs = repository().join("docs");
    let mut broken = Vec::new();
    for (page, text) in &documents {
        for event in Parser::new(text) {
            let Event::Start(Tag::Link { dest_url: link, .. }) = event else {
                continue;
            };
            let path = link.split('#').next().unwrap();
            if path.is_empty() || is_external(&link) {
                continue;
            }
            let file = docs.join(page).parent().unwrap().join(path);
            let is_inside = page.starts_with("../") || resolve(page, path).is_some();
            if !is_inside || !file.exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
