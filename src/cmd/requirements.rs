//! `requirements`: what the library needs of Jenkins and of the cluster.

use serde_json::{json, to_value};

use super::output::columns;
use super::{Context, End, project};
use crate::cli::{RequirementsArgs, ToolFormat};
use crate::requirements::{Requirements, jcasc, plain, plugins_txt};
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>, args: &RequirementsArgs) -> Result<End, Failure> {
    let library = context.load()?;
    let mut projects = Vec::new();
    for name in &args.projects {
        projects.push(project(&library, name)?);
    }
    if projects.is_empty() {
        projects = library.projects.iter().collect();
    }
    projects.sort_by_key(|project| &project.name);
    projects.dedup_by_key(|project| &project.name);
    let requirements = Requirements::of(&library, &projects);
    let text = match args.tool_format {
        None if context.output.is_json() => {
            context.output.json(to_value(&requirements)?)?;
            return Ok(End::Fine);
        }
        None => plain(&requirements, columns()),
        Some(ToolFormat::PluginsTxt) => plugins_txt(&requirements),
        Some(ToolFormat::Jcasc) => jcasc(&requirements)?,
    };
    if context.output.is_json() {
        context.output.json(json!({ "text": text }))?;
    } else {
        context.output.text(&text)?;
    }
    Ok(End::Fine)
}
