//! What a check takes out of the build: its folder and its reports.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Build, Subject, check_key, exit_code, patterns};
use crate::checkout::dockerfile::{Kind, Stage};
use crate::checkout::testing::{REVIVING, testless};
use crate::checkout::tools::Kind as Tool;
use crate::checkout::writes::below;
use crate::diagnostic::{Code, Diagnostic, listing, nearest};
use crate::model::{Check, TargetName};
use crate::source::Place;

/// What a check takes out of a stage of a Dockerfile.
pub(super) struct Extraction<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) build: &'a Build<'a>,
    pub(super) check: &'a Check,
    pub(super) stage: &'a Stage,
}

impl Extraction<'_> {
    /// Where the check has a key.
    pub(super) fn place(&self, key: &str) -> Place {
        self.subject.place(&check_key(self.check).key(key))
    }
}

pub(super) fn look(
    subject: &Subject<'_>,
    build: &Build<'_>,
    check: &Check,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let target = check.target.as_ref().map(TargetName::as_str);
    let Some(stage) = build.dockerfile.target(target) else {
        return Ok(());
    };
    let extraction = Extraction {
        subject,
        build,
        check,
        stage,
    };
    findings.extend(exit_code::look(&extraction)?);
    findings.extend(lost_reports(&extraction));
    findings.extend(missing_directory(&extraction));
    findings.extend(misspelt_reports(&extraction)?);
    findings.extend(reports_of_no_test(&extraction)?);
    patterns::look_below(&extraction, findings);
    Ok(())
}

fn lost_reports(extraction: &Extraction<'_>) -> Option<Diagnostic> {
    let Extraction {
        build,
        check,
        stage,
        ..
    } = *extraction;
    let key = match check {
        Check {
            exit_code_file: Some(_),
            ..
        } => return None,
        check if !check.junit.is_empty() => "junit",
        check if !check.coverage.is_empty() => "coverage",
        check if check.jacoco.is_some() => "jacoco",
        _ => return None,
    };
    let reached = build.dockerfile.reached(stage);
    let mut instructions = reached.iter().flat_map(|stage| &stage.instructions);
    if !instructions.any(|instruction| matches!(instruction.kind, Kind::Run(_))) {
        return None;
    }
    Some(
        Diagnostic::new(
            Code::LostReports,
            extraction.place(key),
            "these reports are there only if all tests pass",
        )
        .note("a `RUN` that fails leaves nothing, not even the reports that say what failed")
        .help(format!(
            "let the `RUN` of the tests write their exit code and succeed: `code=0; … || code=$?; echo \"$code\" > {}/exit-code`, and add `exit_code_file = \"exit-code\"`",
            check.directory
        )),
    )
}

/// Reports of tests that no command runs.
fn reports_of_no_test(extraction: &Extraction<'_>) -> anyhow::Result<Option<Diagnostic>> {
    let Extraction {
        subject,
        build,
        check,
        stage,
    } = *extraction;
    if check.junit.is_empty() {
        return Ok(None);
    }
    let mut scripts = Vec::new();
    for instruction in build
        .dockerfile
        .reached(stage)
        .iter()
        .flat_map(|stage| &stage.instructions)
    {
        match &instruction.kind {
            Kind::Run(run) => scripts.push(run.script.as_str()),
            // They may come from another image.
            Kind::Copy(copy) if copy.from.is_some() && copy.from_stage.is_none() => {
                return Ok(None);
            }
            _ => {}
        }
    }
    let Some(command) = testless(&scripts) else {
        return Ok(None);
    };
    for word in REVIVING {
        if subject.checkout.mentions(word)? {
            return Ok(None);
        }
    }
    let message = "no command runs the tests whose reports these would be";
    Ok(Some(
        Diagnostic::new(Code::MisplacedReports, extraction.place("junit"), message)
            .note(format!("`{command}` leaves them out"))
            .help("let the stage of the check run them"),
    ))
}

/// A pattern that is nearly that of the folder into which a build tool puts its reports, whatever the project.
fn misspelt_reports(extraction: &Extraction<'_>) -> anyhow::Result<Vec<Diagnostic>> {
    let Extraction {
        subject,
        build,
        check,
        stage,
    } = *extraction;
    let mut findings = Vec::new();
    let reached = build.dockerfile.reached(stage);
    let instructions = reached.iter().flat_map(|stage| &stage.instructions);
    let scripts: Vec<&str> = instructions
        .filter_map(|instruction| match &instruction.kind {
            Kind::Run(run) => Some(run.script.as_str()),
            _ => None,
        })
        .collect();
    let runs = |tool: Tool| scripts.iter().any(|script| tool.is_run_by(script));
    for (index, pattern) in check.junit.iter().enumerate() {
        let place = || subject.place(&check_key(check).key("junit").item(index));
        if pattern.as_str().ends_with(".html") {
            let message = format!("JUnit reports are XML, and `{pattern}` looks for HTML");
            let new = Diagnostic::new(Code::MisplacedReports, place(), message);
            let mut run = usual().filter(|(tool, _)| runs(*tool));
            findings.push(match run.next() {
                Some((tool, folder)) => {
                    new.help(format!("{} puts them into `{folder}`", tool.name()))
                }
                None => new.help("name those that the tests write for programs: `….xml`"),
            });
            continue;
        }
        let rest = Utf8Path::new(pattern.as_str()).strip_prefix(check.destination.as_str());
        let Ok(rest) = rest else { continue };
        // As paths in the build: what is taken out is the folder of the check.
        let folder = Utf8Path::new(check.directory.as_str());
        let written = folder.join(rest);
        let written: Vec<&str> = written.iter().collect();
        for (tool, folder) in usual() {
            let usual: Vec<&str> = folder.split('/').collect();
            let start = written.iter().position(|part| *part == usual[0]);
            let (Some(start), true) = (start, runs(tool)) else {
                continue;
            };
            let is_of_another = |part: &&&str| {
                let mut others = self::usual().filter(|(other, _)| *other != tool);
                others.any(|(_, folder)| folder.split('/').nth(1) == Some(**part))
            };
            let odd: Vec<(&str, String)> = match written.get(start + 1).filter(is_of_another) {
                Some(part) => vec![(*part, usual[1..].join("/"))],
                None => {
                    let parts = written[start..].iter().zip(&usual);
                    let odd = parts.filter(|(part, usual)| part != usual);
                    let odd: Vec<(&str, &str)> = odd.map(|(part, usual)| (*part, *usual)).collect();
                    let is_misspelt = |(part, usual): &(&str, &str)| {
                        let is_plain = !part.contains(['*', '?']);
                        is_plain && nearest(part, [*usual]).is_some() && !part.starts_with(usual)
                    };
                    if !odd.iter().all(is_misspelt) {
                        continue;
                    }
                    let odd = odd.into_iter();
                    odd.map(|(part, usual)| (part, usual.to_owned())).collect()
                }
            };
            // Whoever names it means it.
            let mut is_meant = odd.is_empty();
            for (part, _) in &odd {
                is_meant |= scripts.iter().any(|script| script.contains(part))
                    || subject.checkout.mentions(part)?;
            }
            if is_meant {
                continue;
            }
            let mut mended = pattern.as_str().to_owned();
            for (part, usual) in &odd {
                mended = mended.replacen(part, usual, 1);
            }
            let name = tool.name();
            findings.push(
                Diagnostic::new(
                    Code::MisplacedReports,
                    place(),
                    format!("{name} puts no reports where `{pattern}` looks for them"),
                )
                .label(format!("did you mean `{mended}`?")),
            );
            break;
        }
    }
    Ok(findings)
}

/// The build tools whose reports have fixed folders, with each of these.
fn usual() -> impl Iterator<Item = (Tool, &'static str)> {
    [Tool::Gradle, Tool::Maven].into_iter().flat_map(|tool| {
        let folders = tool.junit_folders().iter();
        folders.map(move |folder| (tool, *folder))
    })
}

/// The folders with the sources that JaCoCo's report shows are those of the checkout.
pub(super) fn look_at_sources(
    subject: &Subject<'_>,
    check: &Check,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let sources = check
        .jacoco
        .as_ref()
        .and_then(|jacoco| jacoco.sources.as_ref());
    // A command of a stage may make them.
    if !subject.project.own_stages.is_empty() {
        return Ok(());
    }
    let all = subject.checkout.files()?;
    let mut folders: Vec<&Utf8Path> = all
        .iter()
        .flat_map(|path| path.ancestors().skip(1))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    for source in sources.iter().flat_map(|value| value.as_str().split(',')) {
        let source = source.trim();
        let path: Utf8PathBuf = Utf8Path::new(source)
            .iter()
            .take_while(|part| !part.contains(['*', '?']))
            .collect();
        let mut checks = subject.project.checks.iter();
        let is_taken_out = checks.any(|check| overlap(&path, check.destination.as_str().as_ref()));
        if path == "" || is_taken_out || subject.checkout.has_folder(&path) {
            continue;
        }
        let new = Diagnostic::new(
            Code::MissingSources,
            subject.place(&check_key(check).key("jacoco").key("sources")),
            format!("the checkout has no folder `{path}`"),
        )
        .note("the report shows no source without it");
        findings.push(
            match nearest(path.as_str(), folders.iter().map(|path| path.as_str())) {
                Some(near) => new.label(format!("did you mean `{near}`?")),
                None => new.help("name the folder with the sources, relative to the checkout"),
            },
        );
    }
    Ok(())
}

fn missing_directory(extraction: &Extraction<'_>) -> Option<Diagnostic> {
    let Extraction {
        build,
        check,
        stage,
        ..
    } = *extraction;
    let wanted = Utf8Path::new(check.directory.as_str());
    let made = Made::of(build, stage);
    if made.is_unknown || made.paths.iter().any(|path| overlap(path, wanted)) {
        return None;
    }
    let mentions = |script: &String| {
        let mut folders = wanted.ancestors().filter(|path| path.parent().is_some());
        folders.any(|path| script.contains(path.as_str()))
    };
    if made.scripts.iter().any(mentions) {
        return None;
    }
    let title = stage.title();
    let new = Diagnostic::new(
        Code::MissingDirectory,
        extraction.place("directory"),
        format!("nothing in the stage `{title}` makes `{wanted}`"),
    );
    let paths = made.paths.iter().map(|path| path.as_str());
    Some(match made.paths.is_empty() {
        true => new.help("copy the results there: `COPY --from=… … …`"),
        false => new.help(format!("the stage has {}", listing(paths))),
    })
}

/// What a stage has, as far as it can be known.
#[derive(Default)]
struct Made {
    /// Where something is copied to, and where commands run.
    paths: Vec<Utf8PathBuf>,
    /// What runs.
    scripts: Vec<String>,
    /// Whether it can't be known: a command runs where the base image says.
    is_unknown: bool,
}

impl Made {
    fn of(build: &Build<'_>, stage: &Stage) -> Self {
        let mut made = Self::default();
        let add = |made: &mut Self, path: Option<Utf8PathBuf>| match path {
            Some(path) if !made.paths.contains(&path) => made.paths.push(path),
            Some(_) => {}
            None => made.is_unknown = true,
        };
        for (folder, instruction) in build.in_folders(stage) {
            match &instruction.kind {
                Kind::Workdir(path) => add(&mut made, below(folder.as_deref(), &path.value)),
                Kind::Copy(copy) => {
                    let path = below(folder.as_deref(), &copy.destination.value);
                    add(&mut made, path);
                }
                Kind::Run(run) => {
                    made.scripts.push(run.script.clone());
                    if folder.is_none() {
                        made.is_unknown = true;
                    }
                }
                _ => {}
            }
        }
        made
    }
}

/// Whether one holds the other. All are below the root, so that what is copied there alone says that anything may be there.
fn overlap(path: &Utf8Path, wanted: &Utf8Path) -> bool {
    wanted.starts_with(path) || path.starts_with(wanted)
}
