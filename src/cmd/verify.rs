//! `verify`: whether a project's description fits a checkout of its service.

use std::io;

use serde_json::{Value, json};

use super::output::{BOLD, GREEN, Output, fitted, listed};
use super::{Context, End, project};
use crate::checkout::Checkout;
use crate::cli::{Format, VerifyArgs};
use crate::diagnostic::{self, Code, Diagnostic, series};
use crate::verify::{Report, to_github, verify};
use crate::workspace::{self, Failure};

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<End, Failure> {
    let (Some(name), Some(folder)) = (&args.project, &args.checkout) else {
        return Err(anyhow::anyhow!("name a project and a checkout").into());
    };
    let workspace = workspace::read(&context.root)?;
    let project = project(&workspace.library, name)?;
    let checkout = Checkout::open(folder)?.without(&context.root);
    let report = verify(
        &workspace,
        project,
        &checkout,
        &args.jenkinsfile,
        &args.allow,
    )?;
    let findings = &report.findings;
    let output = &context.output;
    match output.format() {
        Format::Json => output.json(json!({
            "project": project.name.as_str(),
            "clean": findings.is_empty(),
            "findings": findings.iter().map(Diagnostic::to_json).collect::<Vec<Value>>(),
        }))?,
        Format::Github => {
            output.text(&to_github(findings, &workspace, &context.root, &checkout))?
        }
        Format::Markdown => {
            let title = format!("jenkinsgen verify {}", project.name);
            output.text(&diagnostic::to_markdown(&title, findings, &fits(&report)))?;
        }
        Format::Plain if findings.is_empty() => {
            let name = &project.name;
            output.text(&format!(
                "{GREEN}{BOLD}{name}{BOLD:#}{GREEN:#}: {}\n",
                fits(&report)
            ))?;
        }
        Format::Plain => {
            let summary = diagnostic::summary(findings);
            output.text(&format!(
                "{}{summary}; `jenkinsgen verify --explain CODE` says more\n",
                listed(findings, &io::stdout())
            ))?;
        }
    }
    Ok(match findings.is_empty() {
        true => End::Fine,
        false => End::Differences,
    })
}

/// The page of a kind of finding.
pub(super) fn explain(output: &Output, code: Code) -> Result<End, Failure> {
    let page = code.page().unwrap_or_default();
    match output.is_json() {
        true => output.json(json!({
            "code": code.name(),
            "severity": code.severity().name(),
            "page": page,
        }))?,
        false => output.text(&laid_out(page))?,
    }
    Ok(End::Fine)
}

/// A page that fits a terminal: its sentences are broken between words, and its examples left as they are.
fn laid_out(page: &str) -> String {
    let mut is_example = false;
    let lines = page.lines().map(|line| {
        let is_fence = line.starts_with("```");
        is_example ^= is_fence;
        match line.starts_with('#') && !is_example {
            true => format!("{BOLD}{line}{BOLD:#}\n"),
            false if is_example || is_fence => format!("{line}\n"),
            false => format!("{}\n", fitted(line, "", &io::stdout())),
        }
    });
    lines.collect()
}

/// What is said when nothing was found.
fn fits(report: &Report) -> String {
    format!(
        "the checkout fits the description, after a look at {}",
        series(&report.looked_at, "and")
    )
}
