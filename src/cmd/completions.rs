//! `completions`: a script that completes the command line in a shell.

use serde_json::json;

use super::End;
use super::output::Output;
use crate::cli::{self, CompletionsArgs};
use crate::workspace::Failure;

pub(super) fn run(output: &Output, args: &CompletionsArgs) -> Result<End, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "jenkinsgen", &mut script);
    let script = String::from_utf8(script)?;
    if output.is_json() {
        output.json(json!({ "shell": args.shell.to_string(), "script": script }))?;
    } else {
        output.text(&script)?;
    }
    Ok(End::Fine)
}
