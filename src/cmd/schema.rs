//! `schema`: prints the JSON Schema of a kind of file. It needs no workspace.

use serde_json::{Value, json};

use super::End;
use super::output::Output;
use crate::cli::SchemaArgs;
use crate::workspace::Failure;

pub(super) fn run(output: &Output, args: &SchemaArgs) -> Result<End, Failure> {
    let text = args.kind.text();
    if output.is_json() {
        let schema: Value = serde_json::from_str(&text)?;
        output.json(json!({ "schema": schema }))?;
    } else {
        output.text(&text)?;
    }
    Ok(End::Fine)
}
