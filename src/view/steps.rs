//! `vars/<shared step>.groovy` with its help, and the files of the report: the same for every project.

use askama::Template as _;
use camino::Utf8PathBuf;

use crate::groovy::{Code, string};
use crate::model::Library;

/// A shared step that is copied as it stands.
struct Step {
    name: &'static str,
    groovy: &'static str,
    help: &'static str,
    /// Whether the library has it: most are also there to be called by hand.
    wanted: fn(&Library) -> bool,
}

macro_rules! step {
    ($name:literal, $wanted:expr) => {
        Step {
            name: $name,
            groovy: include_str!(concat!("../../templates/vars/", $name, ".groovy")),
            help: include_str!(concat!("../../templates/vars/", $name, ".txt")),
            wanted: $wanted,
        }
    };
}

const STEPS: &[Step] = &[
    step!("stepSupport", |_| true),
    step!("buildkitSolve", |_| true),
    step!("extractBuildDir", |_| true),
    step!("buildImage", |_| true),
    step!("pushImage", |_| true),
    step!("tagSource", |_| true),
    step!("readVersion", |_| true),
    step!("mailOnFailure", |_| true),
    step!("mailOnRecovery", |_| true),
    step!("sendMail", |_| true),
    step!("runCommands", |library| any(library, "runCommands")),
    step!("lastly", |library| any(library, "lastly")),
    step!("sonarScan", |library| any(library, "sonarScan")),
    step!("promoteArtifact", |library| any(library, "promoteArtifact")),
    step!("withEcrHelper", |library| any(library, "withEcrHelper")),
];

/// Whether a project's builds run the step.
fn any(library: &Library, step: &str) -> bool {
    library.projects.iter().any(|project| project.runs(step))
}

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

const SCAN_HELP: &str = include_str!("../../templates/vars/scanImage.txt");
const REPORT_TEMPLATE: &str = include_str!("../../templates/resources/grype/report.tmpl");
const REPORT_STYLE: &str = include_str!("../../templates/resources/grype/report.css");
const SCAN_FAILED: &str = include_str!("../../templates/resources/grype/scan-failed.html");

/// The shared steps that the library's projects use, and their resources.
pub(super) fn render(library: &Library) -> anyhow::Result<Vec<(Utf8PathBuf, String)>> {
    let mut files: Vec<(Utf8PathBuf, String)> = Vec::new();
    let own = |name: &str| library.own_steps.contains(&name);
    for step in STEPS {
        if (step.wanted)(library) && !own(step.name) {
            files.push((
                format!("vars/{}.groovy", step.name).into(),
                step.groovy.to_owned(),
            ));
            files.push((
                format!("vars/{}.txt", step.name).into(),
                step.help.to_owned(),
            ));
        }
    }
    let folder = format!("{}/grype", library.name);
    let resource = |file: &str| string(&format!("{folder}/{file}"));
    let scan = ScanImage {
        template: resource("report.tmpl"),
        style_sheet: resource("report.css"),
        failed: resource("scan-failed.html"),
    };
    if !own("scanImage") {
        files.push(("vars/scanImage.groovy".into(), scan.render()? + "\n"));
        files.push(("vars/scanImage.txt".into(), SCAN_HELP.to_owned()));
    }
    for (file, text) in [
        ("report.tmpl", REPORT_TEMPLATE),
        ("report.css", REPORT_STYLE),
        ("scan-failed.html", SCAN_FAILED),
    ] {
        files.push((format!("resources/{folder}/{file}").into(), text.to_owned()));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SHARED_STEPS;

    #[test]
    fn no_project_can_take_the_name_of_a_shared_step() {
        let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        names.push("scanImage");
        names.sort_unstable();
        assert_eq!(names, SHARED_STEPS);
    }
}
