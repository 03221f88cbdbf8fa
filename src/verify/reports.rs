//! What a check takes out of the build: its folder, its reports and the exit status of the tests.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Build, Subject, check_key};
use crate::checkout::dockerfile::{Kind, Stage};
use crate::diagnostic::{Code, Diagnostic, listing};
use crate::model::{Check, TargetName};

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
    missing_exit_code(subject, build, check, stage, findings)?;
    lost_reports(subject, build, check, stage, findings);
    missing_directory(subject, build, check, stage, findings);
    Ok(())
}

fn missing_exit_code(
    subject: &Subject<'_>,
    build: &Build<'_>,
    check: &Check,
    stage: &Stage,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let Some(file) = &check.exit_code_file else {
        return Ok(());
    };
    let name = Utf8Path::new(file.as_str()).file_name().unwrap_or_default();
    for stage in build.dockerfile.reached(stage) {
        for instruction in &stage.instructions {
            let Kind::Run(run) = &instruction.kind else {
                continue;
            };
            if run.script.contains(name) || runs_a_file_with(subject, build, &run.script, name)? {
                return Ok(());
            }
        }
    }
    let path = &build.dockerfile.source.path;
    findings.push(
        Diagnostic::new(
            Code::MissingExitCode,
            subject.place(&check_key(check).key("exit_code_file")),
            format!("no `RUN` of `{path}` that this check needs writes a file `{name}`"),
        )
        .note("the check fails without it, whatever the tests say")
        .help(format!(
            "let the `RUN` of the tests write their exit status and succeed: `code=0; … || code=$?; echo \"$code\" > {}`",
            Utf8Path::new(check.directory.as_str()).join(file.as_str())
        )),
    );
    Ok(())
}

/// Whether a script runs a file of the checkout that has the text.
fn runs_a_file_with(
    subject: &Subject<'_>,
    build: &Build<'_>,
    script: &str,
    wanted: &str,
) -> anyhow::Result<bool> {
    let context = Utf8Path::new(build.image.context.as_str());
    let is_part = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    for word in script.split(|c: char| !is_part(c)) {
        let path = word.trim_start_matches("./");
        // What stands elsewhere in the image may be a file of the checkout too.
        let name = Utf8Path::new(path).file_name().unwrap_or_default();
        if name.is_empty() || path.split('/').any(|part| part == "..") {
            continue;
        }
        for path in [path.trim_start_matches('/'), name] {
            if let Some(source) = subject.checkout.read(context.join(path))?
                && source.text.contains(wanted)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn lost_reports(
    subject: &Subject<'_>,
    build: &Build<'_>,
    check: &Check,
    stage: &Stage,
    findings: &mut Vec<Diagnostic>,
) {
    let key = match check {
        Check {
            exit_code_file: Some(_),
            ..
        } => return,
        check if !check.junit.is_empty() => "junit",
        check if !check.coverage.is_empty() => "coverage",
        check if check.jacoco.is_some() => "jacoco",
        _ => return,
    };
    let reached = build.dockerfile.reached(stage);
    let mut instructions = reached.iter().flat_map(|stage| &stage.instructions);
    if !instructions.any(|instruction| matches!(instruction.kind, Kind::Run(_))) {
        return;
    }
    findings.push(
        Diagnostic::new(
            Code::LostReports,
            subject.place(&check_key(check).key(key)),
            "these reports are there only if all tests pass",
        )
        .note("a `RUN` that fails leaves nothing, not even the reports that say what failed")
        .help(format!(
            "let the `RUN` of the tests write their exit status and succeed: `code=0; … || code=$?; echo \"$code\" > {}/exit-code`, and add `exit_code_file = \"exit-code\"`",
            check.directory
        )),
    );
}

fn missing_directory(
    subject: &Subject<'_>,
    build: &Build<'_>,
    check: &Check,
    stage: &Stage,
    findings: &mut Vec<Diagnostic>,
) {
    let wanted = Utf8Path::new(check.directory.as_str());
    let made = Made::of(build, stage);
    if made.is_unknown || made.paths.iter().any(|path| overlap(path, wanted)) {
        return;
    }
    let mentions = |script: &String| {
        let mut folders = wanted.ancestors().filter(|path| path.parent().is_some());
        folders.any(|path| script.contains(path.as_str()))
    };
    if made.scripts.iter().any(mentions) {
        return;
    }
    let title = stage.title();
    let new = Diagnostic::new(
        Code::MissingDirectory,
        subject.place(&check_key(check).key("directory")),
        format!("nothing in the stage `{title}` makes `{wanted}`"),
    );
    let paths = made.paths.iter().map(|path| path.as_str());
    findings.push(match made.paths.is_empty() {
        true => new.help("copy the results there: `COPY --from=… … …`"),
        false => new.help(format!("the stage has {}", listing(paths))),
    });
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
        let lineage = build.dockerfile.lineage(stage);
        let is_empty = lineage
            .first()
            .is_some_and(|stage| stage.base.value == "scratch");
        // The folder of an image from elsewhere is the image's secret, as is what it holds.
        let mut folder = is_empty.then(|| Utf8PathBuf::from("/"));
        let add = |made: &mut Self, path: Option<Utf8PathBuf>| match path {
            Some(path) if !made.paths.contains(&path) => made.paths.push(path),
            Some(_) => {}
            None => made.is_unknown = true,
        };
        for instruction in lineage.iter().flat_map(|stage| &stage.instructions) {
            match &instruction.kind {
                Kind::Workdir(path) => {
                    folder = below(folder.as_deref(), &path.value);
                    add(&mut made, folder.clone());
                }
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

/// A path in an image without `.` and `..`; `None` if it depends on what is not known.
fn below(folder: Option<&Utf8Path>, path: &str) -> Option<Utf8PathBuf> {
    if path.contains('$') {
        return None;
    }
    let path = match path.starts_with('/') {
        true => Utf8PathBuf::from(path),
        false => folder?.join(path),
    };
    let mut plain = Utf8PathBuf::from("/");
    for part in path.components() {
        match part.as_str() {
            "." | "/" => {}
            ".." => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    Some(plain)
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

    #[test]
    fn paths_of_an_image_are_made_plain() {
        let app = Some(Utf8Path::new("/app"));
        assert_eq!(below(app, "./x/../y/"), Some("/app/y".into()));
        assert_eq!(below(app, "/../etc"), Some("/etc".into()));
        assert_eq!(below(None, "x"), None);
        assert_eq!(below(app, "/$dir"), None);
    }
}
