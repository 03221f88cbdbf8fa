//! What a check takes out of the build: its folder and its reports.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Build, Subject, check_key, exit_code};
use crate::checkout::dockerfile::{Kind, Stage};
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

/// A pattern that is nearly that of the folder into which a build tool puts its reports, whatever the project.
fn misspelt_reports(extraction: &Extraction<'_>) -> anyhow::Result<Vec<Diagnostic>> {
    let Extraction {
        subject,
        build,
        check,
        stage,
    } = *extraction;
    let mut findings = Vec::new();
    const USUAL: [(&str, &str, &[&str]); 3] = [
        ("Gradle", "gradle", &["build", "test-results", "test"]),
        ("Maven", "mvn", &["target", "surefire-reports"]),
        ("Maven", "mvn", &["target", "failsafe-reports"]),
    ];
    let reached = build.dockerfile.reached(stage);
    let instructions = reached.iter().flat_map(|stage| &stage.instructions);
    let scripts: Vec<&str> = instructions
        .filter_map(|instruction| match &instruction.kind {
            Kind::Run(run) => Some(run.script.as_str()),
            _ => None,
        })
        .collect();
    for (index, pattern) in check.junit.iter().enumerate() {
        let rest = Utf8Path::new(pattern.as_str()).strip_prefix(check.destination.as_str());
        let Ok(rest) = rest else { continue };
        // As paths in the build: what is taken out is the folder of the check.
        let folder = Utf8Path::new(check.directory.as_str());
        let written = folder.join(rest);
        let written: Vec<&str> = written.iter().collect();
        for (tool, program, usual) in USUAL {
            let runs = scripts.iter().any(|script| {
                let mut words = script.split(|c: char| c.is_whitespace() || c == '/' || c == ';');
                words.any(|word| word.trim_end_matches('w') == program)
            });
            let start = written.iter().position(|part| *part == usual[0]);
            let (Some(start), true) = (start, runs) else {
                continue;
            };
            let parts = written[start..].iter().zip(usual);
            let odd: Vec<_> = parts.filter(|(part, usual)| part != usual).collect();
            let is_misspelt = |(part, usual): &(&&str, &&str)| {
                let is_plain = !part.contains(['*', '?']);
                is_plain && nearest(part, [**usual]).is_some() && !part.starts_with(**usual)
            };
            if odd.is_empty() || !odd.iter().all(is_misspelt) {
                continue;
            }
            // Whoever names it means it.
            let mut is_meant = false;
            for (part, _) in &odd {
                is_meant |= scripts.iter().any(|script| script.contains(**part))
                    || subject.checkout.mentions(part)?;
            }
            if is_meant {
                continue;
            }
            let mut mended = pattern.as_str().to_owned();
            for (part, usual) in &odd {
                mended = mended.replacen(**part, usual, 1);
            }
            findings.push(
                Diagnostic::new(
                    Code::MisplacedReports,
                    subject.place(&check_key(check).key("junit").item(index)),
                    format!("{tool} puts no reports where `{pattern}` looks for them"),
                )
                .label(format!("did you mean `{mended}`?")),
            );
            break;
        }
    }
    Ok(findings)
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

/// Patterns are relative to the workspace, where the check has put its folder.
pub(super) fn look_at_patterns(
    subject: &Subject<'_>,
    check: &Check,
    findings: &mut Vec<Diagnostic>,
) {
    let table = check_key(check);
    let mut patterns: Vec<(_, &str)> = Vec::new();
    for (list, items) in [("junit", &check.junit), ("coverage", &check.coverage)] {
        let key = table.key(list);
        let items = items.iter().enumerate();
        patterns.extend(items.map(|(index, item)| (key.item(index), item.as_str())));
    }
    if let Some(jacoco) = &check.jacoco {
        // Sources are the checkout's, and exclusions are names of classes.
        for (name, value) in [("exec", &jacoco.exec), ("classes", &jacoco.classes)] {
            let parts = value.iter().flat_map(|value| value.as_str().split(','));
            let key = table.key("jacoco").key(name);
            patterns.extend(parts.map(|part| (key.clone(), part.trim())));
        }
    }
    let destination = check.destination.as_str();
    for (key, pattern) in patterns {
        if can_match_below(pattern, destination) {
            continue;
        }
        findings.push(
            Diagnostic::new(
                Code::MisplacedReports,
                subject.place(&key),
                format!("`{pattern}` can't match what the check puts into `{destination}`"),
            )
            .help(format!(
                "patterns are relative to the workspace: `{destination}/…`"
            )),
        );
    }
}

/// Whether an Ant pattern can match a file in a folder.
fn can_match_below(pattern: &str, folder: &str) -> bool {
    let mut parts = pattern.split('/').filter(|part| *part != ".");
    for name in folder.split('/') {
        match parts.next() {
            Some("**") => return true,
            Some(part) if part == name || part.contains(['*', '?']) => {}
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_below_a_folder_or_not() {
        for good in [
            "a/b/*.xml",
            "**/*.xml",
            "a/**",
            "a/b",
            "*/b/x",
            "./a/b/c",
            "a/?/x",
        ] {
            assert!(can_match_below(good, "a/b"), "{good}");
        }
        for bad in ["b/*.xml", "a/c/x.xml", "a", "ab/b/x"] {
            assert!(!can_match_below(bad, "a/b"), "{bad}");
        }
    }
}
