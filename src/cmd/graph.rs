//! `graph`: the pipeline of a project as a drawing.

use serde_json::{json, to_value};

use super::output::{GREEN, line};
use super::{Context, End, project};
use crate::apply;
use crate::cli::{GraphArgs, GraphLanguage};
use crate::graph::{Graph, is_ours, mermaid, svg};
use crate::workspace::Failure;

pub(super) fn run(context: &Context<'_>, args: &GraphArgs) -> Result<End, Failure> {
    let library = context.load()?;
    let graph = Graph::of(&library, project(&library, &args.project)?);
    let output = context.output;
    if output.is_json() && args.language.is_none() && args.output.is_none() {
        output.json(to_value(&graph)?)?;
        return Ok(End::Fine);
    }
    let text = match language(args) {
        GraphLanguage::Mermaid => mermaid(&graph),
        GraphLanguage::Svg => svg(&graph)?,
    };
    match &args.output {
        Some(path) => {
            apply::export(&[(path.clone(), text)], "graph", is_ours)?;
            if output.is_json() {
                output
                    .json(json!({ "files": [{ "path": path.as_str(), "status": "written" }] }))?;
            } else {
                output.text(&line("written", GREEN, path.as_str()))?;
            }
        }
        None if output.is_json() => output.json(json!({ "text": text }))?,
        None => output.text(&text)?,
    }
    Ok(End::Fine)
}

fn language(args: &GraphArgs) -> GraphLanguage {
    let extension = args.output.as_ref().and_then(|path| path.extension());
    args.language.unwrap_or(match extension {
        Some("svg") => GraphLanguage::Svg,
        _ => GraphLanguage::Mermaid,
    })
}
