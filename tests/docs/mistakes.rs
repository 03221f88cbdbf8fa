//! The list of the mistakes, made from their codes.

use std::fmt::Write as _;

use jenkinsgen::diagnostic::Code;

use crate::support::repository;

#[test]
fn the_list_names_every_mistake() {
    let mut text = String::from(
        "<!-- Written by `SNAPSHOTS=overwrite cargo test --test docs`. -->\n# Mistakes in descriptions\n\nA mistake in `jenkinsgen.toml` or \
         `projects/<name>.toml` has one of these codes. It stands in brackets on the terminal, `error[unknown-key]`, and as `code` in \
         [JSON](json.md#mistakes-in-the-input). Scripts may match it; the message beside it is for people and may change. Each command that meets a \
         mistake writes nothing and ends with exit code 2.\n\n| code | mistake |\n|---|---|\n",
    );
    for code in Code::MISTAKES {
        writeln!(text, "| `{}` | {} |", code.name(), code.description()).unwrap();
    }
    text.push_str(
        "\nWhat `verify` finds in a checkout has [codes of its own](findings/README.md).\n",
    );
    crate::compare(text, &repository().join("docs/mistakes.md"));
}
