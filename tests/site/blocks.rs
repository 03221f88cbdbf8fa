//! Blocks of code in a page.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::support::{files, repository};

/// A fenced block of code. The words of its first line are its language, and what it is: a file's path, or how it is to be tried.
#[derive(Debug)]
pub struct Block {
    pub language: String,
    pub words: Vec<String>,
    pub text: String,
    /// Where the text stands in the page.
    pub range: Range<usize>,
}

/// All blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (event, range) in Parser::new(page).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                let start = page[range.clone()].find('\n').unwrap() + range.start + 1;
                found.push(Block {
                    language: words.next().expect("a block of code has a language"),
                    words: words.collect(),
                    text: String::new(),
                    range: start..start,
                });
                open = true;
            }
            Event::Text(text) if open => {
                let block = found.last_mut().unwrap();
                block.text.push_str(&text);
                block.range.end = range.end;
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            _ => {}
        }
    }
    found
}

/// The pages below `docs/` by their path there, with their texts.
pub fn pages() -> BTreeMap<String, String> {
    let mut pages = files(&repository().join("docs"));
    pages.retain(|path, _| path.ends_with(".md"));
    pages
}
