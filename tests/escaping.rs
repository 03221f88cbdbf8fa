//! Forgotten quoting in a Groovy template is a compile error, and no template opens a way around it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::path::Path;

use support::{files, repository};

#[test]
fn text_that_nobody_has_quoted_does_not_compile() {
    // askama looks for its configuration in the crate that is compiled: the one that trybuild makes.
    let crate_of_trybuild =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild/jenkinsgen");
    std::fs::create_dir_all(crate_of_trybuild.join("templates")).unwrap();
    let configuration = "templates/askama.toml";
    std::fs::copy(
        repository().join(configuration),
        crate_of_trybuild.join(configuration),
    )
    .unwrap();

    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/escaping/bare_*.rs");
    tests.compile_fail("tests/escaping/filtered_*.rs");
    tests.pass("tests/escaping/quoted_*.rs");
}

/// `|safe` and another escaper print what nobody has quoted.
#[test]
fn no_template_opens_a_back_door() {
    let mut looked_at = 0;
    for (name, text) in files(&repository().join("templates")) {
        for (index, line) in text.lines().enumerate() {
            let filters = line.contains("|safe")
                || line.contains("| safe")
                || line.contains("|escape")
                || line.contains("| escape");
            assert!(!filters, "templates/{name}:{}: {line}", index + 1);
            looked_at += 1;
        }
    }
    assert!(looked_at > 500);
    for (name, text) in files(&repository().join("src")) {
        let vouches = text.contains("askama::filters") || text.contains("disallowed_types");
        assert!(
            !vouches || name == "groovy.rs",
            "src/{name} makes text safe by itself"
        );
        let templates = text.matches("#[template(").count();
        let escaped = text.matches("escape = \"groovy\"").count();
        assert_eq!(
            templates, escaped,
            "src/{name} has a template that does not name its escaper"
        );
    }
}
