//! `jenkinsfile`: the two lines that a service's repository needs.

use serde_json::json;

use super::{Context, End, project};
use crate::cli::JenkinsfileArgs;
use crate::groovy::string;
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>, args: &JenkinsfileArgs) -> Result<End, Failure> {
    let library = context.load()?;
    let project = project(&library, &args.project)?;
    let import = string(&format!("{}@{}", library.name, library.version));
    let text = format!("@Library({import}) _\n{}()\n", project.step.as_str());
    if context.output.is_json() {
        context.output.json(json!({ "jenkinsfile": text }))?;
    } else {
        context.output.text(&text)?;
    }
    Ok(End::Fine)
}
