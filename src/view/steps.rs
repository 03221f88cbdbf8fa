//! `vars/<shared step>.groovy` with its help, and the files of the report: the same for every project.

use askama::Template as _;
use camino::Utf8PathBuf;

use crate::groovy::{Code, string};
use crate::model::{Library, SharedStep};

/// The one step that needs the library's name, which is the folder of its resources.
#[derive(askama::Template)]
#[template(
    path = "vars/scanImage.groovy",
    config = "templates/askama.toml",
    escape = "groovy"
)]
struct ScanImage {
    template: Code,
    style_sheet: Code,
    failed: Code,
}

const REPORT_TEMPLATE: &str = include_str!("../../templates/resources/grype/report.tmpl");
const REPORT_STYLE: &str = include_str!("../../templates/resources/grype/report.css");
const SCAN_FAILED: &str = include_str!("../../templates/resources/grype/scan-failed.html");

/// The shared steps that the library's projects use, and their resources.
pub(super) fn render(library: &Library) -> anyhow::Result<Vec<(Utf8PathBuf, String)>> {
    let mut files: Vec<(Utf8PathBuf, String)> = Vec::new();
    for &step in SharedStep::ALL {
        if is_wanted(library, step) && !library.own_steps.contains(&step) {
            let (groovy, help) = texts(library, step)?;
            files.push((format!("vars/{step}.groovy").into(), groovy));
            files.push((format!("vars/{step}.txt").into(), help.to_owned()));
        }
    }
    for (file, text) in [
        ("report.tmpl", REPORT_TEMPLATE),
        ("report.css", REPORT_STYLE),
        ("scan-failed.html", SCAN_FAILED),
    ] {
        let path = format!("resources/{}", resource(library, file));
        files.push((path.into(), text.to_owned()));
    }
    Ok(files)
}

/// Whether the library has the step: most are also there to be called by hand.
fn is_wanted(library: &Library, step: SharedStep) -> bool {
    match step {
        SharedStep::RunCommands
        | SharedStep::Lastly
        | SharedStep::SonarScan
        | SharedStep::PromoteArtifact
        | SharedStep::WithEcrHelper => library.projects.iter().any(|project| project.runs(step)),
        SharedStep::StepSupport
        | SharedStep::BuildkitSolve
        | SharedStep::ExtractBuildDir
        | SharedStep::BuildImage
        | SharedStep::ScanImage
        | SharedStep::PushImage
        | SharedStep::TagSource
        | SharedStep::ReadVersion
        | SharedStep::MailOnFailure
        | SharedStep::MailOnRecovery
        | SharedStep::SendMail => true,
    }
}

/// The Groovy of a step, and its help.
fn texts(library: &Library, step: SharedStep) -> anyhow::Result<(String, &'static str)> {
    macro_rules! text {
        ($file:literal) => {
            include_str!(concat!("../../templates/vars/", $file))
        };
    }
    let (groovy, help) = match step {
        SharedStep::ScanImage => return Ok((scan_image(library)?, text!("scanImage.txt"))),
        SharedStep::StepSupport => (text!("stepSupport.groovy"), text!("stepSupport.txt")),
        SharedStep::BuildkitSolve => (text!("buildkitSolve.groovy"), text!("buildkitSolve.txt")),
        SharedStep::ExtractBuildDir => (
            text!("extractBuildDir.groovy"),
            text!("extractBuildDir.txt"),
        ),
        SharedStep::BuildImage => (text!("buildImage.groovy"), text!("buildImage.txt")),
        SharedStep::PushImage => (text!("pushImage.groovy"), text!("pushImage.txt")),
        SharedStep::TagSource => (text!("tagSource.groovy"), text!("tagSource.txt")),
        SharedStep::ReadVersion => (text!("readVersion.groovy"), text!("readVersion.txt")),
        SharedStep::MailOnFailure => (text!("mailOnFailure.groovy"), text!("mailOnFailure.txt")),
        SharedStep::MailOnRecovery => (text!("mailOnRecovery.groovy"), text!("mailOnRecovery.txt")),
        SharedStep::SendMail => (text!("sendMail.groovy"), text!("sendMail.txt")),
        SharedStep::RunCommands => (text!("runCommands.groovy"), text!("runCommands.txt")),
        SharedStep::Lastly => (text!("lastly.groovy"), text!("lastly.txt")),
        SharedStep::SonarScan => (text!("sonarScan.groovy"), text!("sonarScan.txt")),
        SharedStep::PromoteArtifact => (
            text!("promoteArtifact.groovy"),
            text!("promoteArtifact.txt"),
        ),
        SharedStep::WithEcrHelper => (text!("withEcrHelper.groovy"), text!("withEcrHelper.txt")),
    };
    Ok((groovy.to_owned(), help))
}

fn scan_image(library: &Library) -> anyhow::Result<String> {
    let file = |name| string(&resource(library, name));
    let step = ScanImage {
        template: file("report.tmpl"),
        style_sheet: file("report.css"),
        failed: file("scan-failed.html"),
    };
    Ok(step.render()? + "\n")
}

/// The path of a file of the report below `resources/`, by which Jenkins finds it.
fn resource(library: &Library, file: &str) -> String {
    format!("{}/grype/{file}", library.name)
}
