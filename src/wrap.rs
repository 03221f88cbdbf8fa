//! Text in lines that fit a width.

use textwrap::{Options, WordSplitter};

/// How text is broken into lines of so many columns: between words alone, because paths and keys are there to be copied.
pub fn options<'a>(columns: usize) -> Options<'a> {
    Options::new(columns)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
}
