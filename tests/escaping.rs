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

/// What prints text that nobody has quoted: a filter, which may name another escaper, and a block of one.
fn back_door(template: &str) -> Option<&str> {
    let tags = |open: &'static str, close: &'static str| {
        let pieces = template.split(open).skip(1);
        pieces.map(move |piece| piece.split(close).next().unwrap_or_default())
    };
    let filters = |block: &&str| {
        let words = block.trim_start_matches(['-', '+', '~']).trim_start();
        words.starts_with("filter") || block.replace("||", "").contains('|')
    };
    tags("{{", "}}")
        .find(|expression| expression.contains('|'))
        .or_else(|| tags("{%", "%}").find(filters))
}

#[test]
fn back_doors_are_recognised() {
    for template in [
        "{{ x|safe }}",
        "{{ x|  safe }}",
        "{{ x |safe}}",
        "{{ x|e(\"none\") }}",
        "{{-\nx\n|\nescape(\"none\")\n-}}",
        "a {{ x }} b {{ y|upper }}",
        "{% let y = x|safe %}{{ y }}",
        "{% filter safe %}x{% endfilter %}",
        "{%- filter e(\"none\") -%}x{%- endfilter -%}",
        "{%\n  filter safe %}x{% endfilter %}",
    ] {
        assert!(back_door(template).is_some(), "{template}");
    }
    for template in [
        "{{ x }} || {{ y }}",
        "{% if a || b %}x | y{% endif %}",
        "{% for filter in filters %}{{ filter }}{% endfor %}",
    ] {
        assert_eq!(back_door(template), None, "{template}");
    }
}

#[test]
fn no_template_opens_a_back_door() {
    let mut looked_at = 0;
    for (name, text) in files(&repository().join("templates")) {
        if name.ends_with(".groovy") {
            assert_eq!(back_door(&text), None, "templates/{name}");
            looked_at += text.lines().count();
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
