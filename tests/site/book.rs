//! The site itself, made by mdBook into `target/site`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;

use crate::blocks::pages;
use crate::support::repository;

/// Where the site is, made once.
pub static SITE: LazyLock<PathBuf> = LazyLock::new(|| {
    load().build().unwrap();
    repository().join("target/site")
});

fn load() -> MDBook {
    MDBook::load(repository().join("docs")).unwrap()
}

#[test]
fn the_summary_leads_to_every_page() {
    let book = load();
    let mut listed = BTreeSet::new();
    for item in book.iter() {
        if let BookItem::Chapter(chapter) = item {
            let path = chapter.source_path.as_ref().unwrap().to_str().unwrap();
            assert!(
                listed.insert(path.to_owned()),
                "{path} is twice in SUMMARY.md"
            );
        }
    }
    let mut there: BTreeSet<String> = pages().into_keys().collect();
    assert!(there.remove("SUMMARY.md"));
    assert_eq!(listed, there);
    assert!(there.len() > 10);
}
