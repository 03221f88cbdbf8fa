//! The patterns for reports: what a check takes out can have what they look for.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::reports::Extraction;
use super::{Build, Subject, check_key};
use crate::checkout::dockerfile::{Copy, Kind, Stage};
use crate::checkout::tools::{Kind as Tool, leaves_behind};
use crate::checkout::writes::{below, effects};
use crate::config::KeyPath;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Check;

/// Patterns are relative to the workspace, where the check has put its folder.
pub(super) fn look(subject: &Subject<'_>, check: &Check, findings: &mut Vec<Diagnostic>) {
    let destination = check.destination.as_str();
    for (key, pattern) in patterns(check) {
        if rests(&parts(pattern), &parts(destination)).is_empty() {
            findings.push(misplaced(subject, check, &key, pattern).help(format!(
                "patterns are relative to the workspace: `{destination}/…`"
            )));
        }
    }
}

/// What stands in the folder that is taken out, as far as the Dockerfile tells.
pub(super) fn look_below(extraction: &Extraction<'_>, findings: &mut Vec<Diagnostic>) {
    let Extraction {
        subject,
        build,
        check,
        stage,
    } = *extraction;
    let copied = copied(extraction);
    let lacking = lacking(build, stage, check.directory.as_str().as_ref());
    for (key, pattern) in patterns(check) {
        let rests = rests(&parts(pattern), &parts(check.destination.as_str()));
        if rests.is_empty() {
            continue;
        }
        let is_copied = |copied: &Vec<Utf8PathBuf>| {
            let mut paths = copied.iter();
            paths.any(|path| {
                let path = parts(path.as_str());
                rests
                    .iter()
                    .any(|rest| !self::rests(rest, &path).is_empty())
            })
        };
        let new = misplaced(subject, check, &key, pattern);
        if copied.as_ref().is_some_and(|copied| !is_copied(copied)) {
            let (title, folder) = (stage.title(), &check.directory);
            findings.push(
                new.note(format!(
                    "no `COPY` of the stage `{title}` brings it into `{folder}`"
                ))
                .help(format!(
                    "copy it there as well: `COPY --from=… … {folder}/…`"
                )),
            );
        } else if let Some((name, origin)) = &lacking
            && rests.iter().all(|rest| rest.contains(name))
        {
            let mended = pattern.replacen(&format!("{name}/"), "", 1);
            findings.push(new.label(format!("did you mean `{mended}`?")).note(format!(
                "what is below `{origin}` comes without a folder `{name}` before it"
            )));
        }
    }
}

fn misplaced(subject: &Subject<'_>, check: &Check, key: &KeyPath, pattern: &str) -> Diagnostic {
    let destination = &check.destination;
    Diagnostic::new(
        Code::MisplacedReports,
        subject.place(key),
        format!("`{pattern}` can't match what the check puts into `{destination}`"),
    )
}

/// All patterns of a check, with their keys.
fn patterns(check: &Check) -> Vec<(KeyPath, &str)> {
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
    patterns
}

/// The paths below the folder to take out that have something, if nothing but `COPY` makes the stage; the empty path is the whole folder.
fn copied(extraction: &Extraction<'_>) -> Option<Vec<Utf8PathBuf>> {
    let Extraction {
        build,
        check,
        stage,
        ..
    } = *extraction;
    let directory = Utf8Path::new(check.directory.as_str());
    let first = build.dockerfile.lineage(stage)[0];
    if first.base.value != "scratch" {
        return None;
    }
    let exit_code = check.exit_code_file.as_ref().map(|file| file.as_str());
    let mut copied = Vec::new();
    for (folder, instruction) in build.in_folders(stage) {
        let copy = match &instruction.kind {
            Kind::Run(_) => return None,
            Kind::Copy(copy) => copy,
            _ => continue,
        };
        let mut path = below(folder.as_deref(), &copy.destination.value)?;
        // A file that is put into a folder, and no folder whose files are.
        if let ([source], true) = (
            copy.sources.as_slice(),
            copy.destination.value.ends_with('/'),
        ) && let Some(name) = exit_code
            && Utf8Path::new(&source.value).file_name() == Utf8Path::new(name).file_name()
        {
            path.extend(Utf8Path::new(&source.value).file_name());
        }
        if directory.starts_with(&path) {
            copied.push(Utf8PathBuf::new());
        } else if let Ok(rest) = path.strip_prefix(directory) {
            copied.push(rest.to_owned());
        }
    }
    // That there is nothing at all is a finding of its own.
    (!copied.is_empty()).then_some(copied)
}

/// The name of a build tool's folder that can't be below a folder of a stage, and that folder where the tool has run: it is such a folder itself, or has only
/// what was copied out of such folders.
fn lacking(
    build: &Build<'_>,
    stage: &Stage,
    folder: &Utf8Path,
) -> Option<(&'static str, Utf8PathBuf)> {
    let in_folders = build.in_folders(stage);
    // What the checkout has around the folder is no output.
    let covers = |here: Option<&Utf8Path>, copy: &Copy| {
        below(here, &copy.destination.value).is_none_or(|path| {
            path.starts_with(folder) || (copy.from.is_some() && folder.starts_with(&path))
        })
    };
    let mut copies = in_folders.iter().filter_map(|(here, it)| match &it.kind {
        Kind::Copy(copy) if covers(here.as_deref(), copy) => Some((here, copy)),
        _ => None,
    });
    let scripts: Vec<_> = in_folders
        .iter()
        .filter_map(|(here, it)| match &it.kind {
            Kind::Run(run) => Some((here.as_deref(), run.script.as_str())),
            _ => None,
        })
        .collect();
    if let Some((here, copy)) = copies.next() {
        let from = build.dockerfile.stages.get(copy.from_stage?)?;
        let ([source], None, true) = (copy.sources.as_slice(), copies.next(), scripts.is_empty())
        else {
            return None;
        };
        let rest = folder.strip_prefix(below(here.as_deref(), &copy.destination.value)?);
        let origin = below(Some("/".as_ref()), &source.value)?.join(rest.ok()?);
        // Without the slash at the end that joining nothing makes.
        return lacking(build, from, &origin.components().collect::<Utf8PathBuf>());
    }
    let tool = [Tool::Gradle, Tool::Maven].into_iter().find(|tool| {
        let mut scripts = scripts.iter();
        scripts.any(|(_, script)| tool.is_run_by(script))
    })?;
    let name = tool.output()?;
    let is_apart = scripts.iter().all(|(here, script)| {
        let moved = effects(script, *here).moved;
        let mut paths = moved.iter().map(|target| target.path());
        here.is_some_and(|here| {
            !here.starts_with(folder)
                && ![folder.as_str(), name]
                    .iter()
                    .any(|to| script.contains(&format!("cd {to}")))
        }) && !paths.any(|path| path.is_none_or(|path| path.starts_with(folder)))
    });
    let is_output = folder.file_name() == Some(name)
        && is_apart
        && scripts.iter().any(|(here, script)| {
            let runs = tool.is_run_by(script);
            let beside = here.zip(folder.parent());
            runs && beside.is_some_and(|(here, beside)| beside.starts_with(here))
        });
    let whole: Vec<&str> = scripts.iter().map(|(_, script)| *script).collect();
    let is_left = || {
        let outside = scripts.iter().all(|(here, _)| {
            here.is_some_and(|here| !here.starts_with(folder) && !folder.starts_with(here))
        });
        outside && leaves_behind(&whole.join("\n"), name, folder)
    };
    (is_output || is_left()).then(|| (name, folder.to_owned()))
}

fn parts(path: &str) -> Vec<&str> {
    let parts = path.split('/');
    let mut parts: Vec<&str> = parts.filter(|part| !matches!(*part, "" | ".")).collect();
    parts.dedup_by(|part, before| *part == "**" && part == before);
    parts
}

/// What is left of an Ant pattern below a folder, for each way to match it; none if it can't match what is there.
fn rests<'a>(pattern: &[&'a str], folder: &[&str]) -> Vec<Vec<&'a str>> {
    // The places in the pattern at which the folder read so far may have come: trying one way after the other may never end.
    let mut reached = BTreeSet::from([0]);
    for name in folder {
        let mut next = BTreeSet::new();
        for start in reached {
            // `**` may stand for no folder.
            for (at, part) in pattern.iter().enumerate().skip(start) {
                match *part {
                    "**" => {
                        next.insert(at);
                    }
                    part => {
                        if part == *name || part.contains(['*', '?']) {
                            next.insert(at + 1);
                        }
                        break;
                    }
                }
            }
        }
        reached = next;
    }
    let rests = reached.into_iter().map(|at| pattern[at..].to_vec());
    rests.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_below_a_folder_or_not() {
        let rests = |pattern: &'static str| -> Vec<String> {
            let rests = rests(&parts(pattern), &["a", "b"]).into_iter();
            rests.map(|rest| rest.join("/")).collect()
        };
        for (good, left) in [
            ("a/b/*.xml", &["*.xml"][..]),
            ("**/*.xml", &["**/*.xml", ""]),
            ("a/**", &["**"]),
            ("a/b", &[""]),
            ("*/b/x", &["x"]),
            ("./a/b/c", &["c"]),
            ("a/?/x", &["x"]),
            ("**/b/c", &["**/b/c", "c"]),
        ] {
            assert_eq!(rests(good), left, "{good}");
        }
        let many = "**/d/".repeat(30) + "x.xml";
        let deep = ["d"; 60];
        assert_eq!(super::rests(&parts(&many), &deep).len(), 31);
        for bad in ["b/*.xml", "a/c/x.xml", "a", "ab/b/x"] {
            assert!(rests(bad).is_empty(), "{bad}");
        }
    }
}
