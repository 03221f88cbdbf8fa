//! The file with the exit code of the tests: a command writes it where the check takes it from.

use std::collections::BTreeSet;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::Build;
use super::reports::Extraction;
use crate::checkout::clean;
use crate::checkout::context::{WILDCARDS, is_excluded, matches};
use crate::checkout::dockerfile::{Copy, Instruction, Kind, Run, Stage};
use crate::checkout::exit_status::{Fate, Shell, fate};
use crate::checkout::writes::{Effects, Target, below, effects};
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn look(extraction: &Extraction<'_>) -> anyhow::Result<Option<Diagnostic>> {
    let Extraction {
        subject,
        build,
        check,
        stage,
    } = *extraction;
    let Some(file) = &check.exit_code_file else {
        return Ok(None);
    };
    let wanted = Utf8Path::new(check.directory.as_str()).join(file.as_str());
    let name = wanted.file_name().unwrap_or_default();
    let mut search = Search {
        build,
        name,
        visited: BTreeSet::new(),
        elsewhere: Vec::new(),
        is_unseen: false,
        fates: Vec::new(),
        hidden: None,
    };
    if search.finds(stage, &wanted) {
        return Ok(useless(extraction, &search.fates));
    }
    if let Some((path, range)) = search.hidden {
        let message = format!(
            "the file for the tests' exit code is gone after the `RUN` that writes `{path}`"
        );
        return Ok(Some(
            Diagnostic::new(Code::MissingExitCode, extraction.place("exit_code_file"), message)
                .related(build.dockerfile.place(&range), "this is mounted for this `RUN` alone")
                .note("what is written below a mount is in no layer, and no check takes it out")
                .help("write it into a folder beside the mount, and copy the reports there: `mkdir -p /app/reports && echo \"$code\" > /app/reports/exit-code`"),
        ));
    }
    // What is written in stages from which nothing is exported tells what was meant.
    let mut others = search.elsewhere;
    for other in build.dockerfile.reached(stage) {
        if !search
            .visited
            .iter()
            .any(|(index, _)| *index == other.index)
        {
            others.extend(written(build, other, name));
        }
    }
    let place = extraction.place("exit_code_file");
    let help = format!(
        "let the `RUN` of the tests write their exit code and succeed: `code=0; … || code=$?; echo \"$code\" > {wanted}`"
    );
    let fails = "the check fails without it, whatever the tests say";
    if let Some((path, range)) = others.pop() {
        let message = format!("the exit code of the tests is not written to `{wanted}`");
        return Ok(Some(
            Diagnostic::new(Code::MissingExitCode, place, message)
                .related(
                    build.dockerfile.place(&range),
                    format!("this writes `{path}`"),
                )
                .note(fails)
                .help(format!(
                    "write it to `{wanted}`, or copy it there in the stage `{}`",
                    stage.title()
                )),
        ));
    }
    let is_unseen = search.is_unseen;
    // A script of the checkout that has the name will know what to do with it.
    if is_unseen && subject.checkout.mentions(name)? {
        return Ok(None);
    }
    Ok(Some(match is_unseen {
        true => Diagnostic::new(
            Code::UnseenExitCode,
            place,
            format!("no command is seen that writes `{wanted}`"),
        )
        .note(format!("a program that is run there may write it; {fails}"))
        .help(format!("to be sure, {help}")),
        false => Diagnostic::new(
            Code::MissingExitCode,
            place,
            format!(
                "no command of the stage `{}` writes `{wanted}`",
                stage.title()
            ),
        )
        .note(fails)
        .help(help),
    }))
}

/// Looks for the command that writes the file.
struct Search<'a> {
    build: &'a Build<'a>,
    /// The name of the file.
    name: &'a str,
    /// Where it was looked for: the numbers of stages, and paths in them.
    visited: BTreeSet<(usize, Utf8PathBuf)>,
    /// Other files of this name that are written.
    elsewhere: Vec<Written>,
    /// Whether programs are run of which it can't be known what they write.
    is_unseen: bool,
    /// What becomes of the exit code in each command that writes the file, or may; with the place of its keyword.
    fates: Vec<(Fate, Range<usize>)>,
    /// A file that is written below a mount, and the place of the mount.
    hidden: Option<Written>,
}

/// What is found if the file is there, and says nothing.
fn useless(extraction: &Extraction<'_>, fates: &[(Fate, Range<usize>)]) -> Option<Diagnostic> {
    let Extraction { build, check, .. } = *extraction;
    if fates.iter().any(|(fate, _)| *fate == Fate::Kept) {
        return None;
    }
    // What stands there before is what is left if nothing is written.
    if fates.len() > 1 && fates.iter().any(|(fate, _)| *fate == Fate::MissingIfPassed) {
        return None;
    }
    // The last one that writes it decides; where one fails, there is no other.
    let fails = fates.iter().find(|(fate, _)| *fate == Fate::Fails);
    let (fate, range) = fails.or(fates.last())?;
    let has_reports =
        !check.junit.is_empty() || !check.coverage.is_empty() || check.jacoco.is_some();
    let place = extraction.place("exit_code_file");
    let file =
        Utf8Path::new(check.directory.as_str()).join(check.exit_code_file.as_ref()?.as_str());
    let (code, message, label, note) = match fate {
        Fate::Kept => return None,
        Fate::Fails if !has_reports => return None,
        Fate::Fails => (
            Code::LostReports,
            "the reports are there only if all tests pass, though their exit code is written",
            "this fails when they fail",
            "a `RUN` that fails leaves nothing, neither reports nor this file",
        ),
        Fate::AlwaysZero => (
            Code::FixedExitCode,
            "the file for the tests' exit code has 0 in it also if they fail",
            "this writes 0, whatever fails",
            "`$?` is the exit code of the last command alone: of a pipe its last one, and 0 after `|| true`, an assignment or `mkdir`; Maven's is 0 if it is told to ignore failures",
        ),
        Fate::NeverZero => (
            Code::FixedExitCode,
            "the file for the tests' exit code has another number than 0 in it if they pass",
            "this writes it though nothing fails",
            "an exit code other than 0 is a failure: `!` turns it round",
        ),
        Fate::EmptyIfPassed => (
            Code::MissingExitCode,
            "the file for the tests' exit code is empty if they pass",
            "nothing sets its variable if they pass",
            "what can't tell that the tests passed does not count as passed",
        ),
        Fate::MissingIfPassed => (
            Code::MissingExitCode,
            "the file for the tests' exit code is not there if they pass",
            "this writes it only if they fail",
            "what can't tell that the tests passed does not count as passed",
        ),
        Fate::NoNumber => (
            Code::FixedExitCode,
            "the file for the tests' exit code has no number in it",
            "this writes the name of the variable",
            "in single quotes `$` is a sign like others",
        ),
        Fate::Later => (
            Code::FixedExitCode,
            "the file for the tests' exit code has 0 in it also if they fail",
            "this writes the exit code of a command after them",
            "`$?` is the exit code of the last command alone",
        ),
    };
    Some(
        Diagnostic::new(code, place, message)
            .related(build.dockerfile.place(range), label)
            .note(note)
            .help(format!(
                "keep the exit code of the tests, and succeed: `code=0; … || code=$?; echo \"$code\" > {file}`"
            )),
    )
}

/// A file that is written: its path as it is named, and the place of the name.
type Written = (String, Range<usize>);

impl Search<'_> {
    /// Whether a command writes this path of a stage, as far as can be known.
    fn finds(&mut self, stage: &Stage, wanted: &Utf8Path) -> bool {
        // Stages copy from earlier ones, often from the same.
        if !self.visited.insert((stage.index, wanted.to_owned())) {
            return false;
        }
        let build = self.build;
        let mut is_found = false;
        let mut shell = Shell::default();
        let mut set = BTreeSet::new();
        for (folder, instruction) in build.in_folders(stage) {
            match &instruction.kind {
                Kind::Run(run) => {
                    let mut is_written = self.runs(instruction, run, folder.as_deref(), wanted);
                    let mut mounts = run.mounts.iter();
                    let hiding = mounts.find(|mount| mount.hides(folder.as_deref(), wanted));
                    if let (true, Some(mount)) = (is_written, hiding) {
                        is_written = false;
                        self.hidden = Some((wanted.to_string(), mount.range.clone()));
                    }
                    if is_written {
                        let fate = match run.is_exec {
                            true => Fate::Kept,
                            false => fate(&run.script, shell, folder.as_deref(), wanted, &set),
                        };
                        // Nothing is left of what others wrote before.
                        if fate == Fate::AlwaysZero
                            && surely_writes(&run.script, folder.as_deref(), wanted)
                        {
                            self.fates.retain(|(before, _)| *before != Fate::Kept);
                        }
                        let start = instruction.range.start;
                        self.fates.push((fate, start..start + "RUN".len()));
                    }
                    is_found |= is_written;
                }
                Kind::Copy(copy) => {
                    let before = self.fates.len();
                    let is_copied = self.copies(instruction, copy, folder.as_deref(), wanted);
                    // It may be what a script or another image has.
                    if is_copied && self.fates.len() == before {
                        self.fates.push((Fate::Kept, 0..0));
                    }
                    is_found |= is_copied;
                }
                Kind::Shell(words) => {
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    shell = Shell::new(&words);
                }
                Kind::Arg(args) => set.extend(args.iter().map(|arg| arg.name.value.as_str())),
                Kind::Env(pairs) => set.extend(pairs.iter().map(|(name, _)| name.value.as_str())),
                _ => {}
            }
        }
        is_found
    }

    fn runs(
        &mut self,
        instruction: &Instruction,
        run: &Run,
        folder: Option<&Utf8Path>,
        wanted: &Utf8Path,
    ) -> bool {
        let effects = effects(&run.script, folder);
        self.is_unseen |= effects.is_unseen;
        self.elsewhere
            .extend(named(self.build, instruction, &effects, self.name));
        // A line that was not understood, such as one in the middle of a text, may be what is looked for.
        let has_name = run.script.contains(self.name);
        let is_understood = effects.words.iter().any(|word| word.contains(self.name));
        // What is copied or moved may be what was written before, or what another stage wrote.
        let has_mounts = run
            .mounts
            .iter()
            .any(|mount| mount.option(&["from"]).is_some());
        let is_there = has_name || has_mounts || !self.elsewhere.is_empty();
        let mut given = effects
            .given
            .iter()
            .filter(|target| target.is_named(self.name));
        (has_name && !is_understood)
            || effects.written.iter().any(|target| target.may_be(wanted))
            || given.any(|target| target.may_be(wanted))
            || (is_there && effects.moved.iter().any(|target| target.may_hold(wanted)))
    }

    fn copies(
        &mut self,
        instruction: &Instruction,
        copy: &Copy,
        folder: Option<&Utf8Path>,
        wanted: &Utf8Path,
    ) -> bool {
        let build = self.build;
        let from = copy
            .from_stage
            .and_then(|index| build.dockerfile.stages.get(index));
        let Some(from) = from else {
            // It may be in another image, or the text of a script in a here-document.
            let text = &build.dockerfile.source.text[instruction.range.clone()];
            let is_below =
                below(folder, &copy.destination.value).is_none_or(|path| wanted.starts_with(path));
            self.is_unseen |= copy.from.is_some() && is_below;
            return text.contains(self.name);
        };
        let may_have = || !written(build, from, self.name).is_empty();
        let Some(destination) = below(folder, &copy.destination.value) else {
            return may_have();
        };
        let Ok(rest) = wanted.strip_prefix(&destination) else {
            return false;
        };
        // Of a folder its files are copied, but those that are left out; a file is copied as the destination, or into it.
        let is_left_out = is_excluded(&copy.excluded, rest);
        copy.sources.iter().any(|source| {
            if source.value.contains(WILDCARDS) && !source.value.contains('$') {
                return self.copies_some(from, &source.value, rest, is_left_out);
            }
            let Some(path) = below(Some("/".as_ref()), &source.value) else {
                return may_have();
            };
            let is_file = rest == "" || path.file_name() == Some(rest.as_str());
            (!is_left_out && self.finds(from, &path.join(rest)))
                || (is_file && self.finds(from, &path))
        })
    }

    /// Whether what matches a pattern in a stage has the file, as this path below where it is copied to.
    fn copies_some(
        &mut self,
        from: &Stage,
        pattern: &str,
        rest: &Utf8Path,
        is_left_out: bool,
    ) -> bool {
        let pattern = Utf8Path::new("/").join(clean(pattern.as_ref()));
        // What can't be understood counts as matched.
        let matches = |path: &Utf8Path| matches(&pattern, path).unwrap_or(true);
        let file = pattern
            .parent()
            .and_then(|folder| below(Some("/".as_ref()), folder.as_str()));
        let file = file
            .map(|folder| folder.join(rest))
            .filter(|file| matches(file));
        if file.is_some_and(|file| self.finds(from, &file)) {
            return true;
        }
        let is_copied = |(path, _): &Written| {
            let Some(path) = below(None, path) else {
                return true;
            };
            let folder = path.as_str().strip_suffix(rest.as_str());
            let folder = folder.and_then(|folder| folder.strip_suffix('/'));
            let is_alone = rest == "" || path.file_name() == Some(rest.as_str());
            (is_alone && matches(&path))
                || (!is_left_out && folder.is_some_and(|folder| matches(folder.as_ref())))
        };
        written(self.build, from, self.name).iter().any(is_copied)
    }
}

fn surely_writes(script: &str, folder: Option<&Utf8Path>, wanted: &Utf8Path) -> bool {
    let effects = effects(script, folder);
    let mut paths = effects.written.iter().map(Target::path);
    paths.any(|path| path.as_deref() == Some(wanted))
}

/// The files of this name that the commands of a stage write.
fn written(build: &Build<'_>, stage: &Stage, name: &str) -> Vec<Written> {
    let instructions = build.in_folders(stage).into_iter();
    let written = instructions.flat_map(|(folder, instruction)| match &instruction.kind {
        Kind::Run(run) => {
            let effects = effects(&run.script, folder.as_deref());
            named(build, instruction, &effects, name)
        }
        _ => Vec::new(),
    });
    written.collect()
}

/// Those of the effects of an instruction.
fn named(
    build: &Build<'_>,
    instruction: &Instruction,
    effects: &Effects,
    name: &str,
) -> Vec<Written> {
    let text = &build.dockerfile.source.text;
    let written = effects
        .written
        .iter()
        .filter(|target| target.is_named(name));
    let written = written.map(|target| {
        let start = instruction.range.start;
        let found = text[instruction.range.clone()].rfind(target.word());
        let range = match found {
            Some(at) => start + at..start + at + target.word().len(),
            None => start..start + "RUN".len(),
        };
        let path = target
            .path()
            .map_or_else(|| target.word().to_owned(), String::from);
        (path, range)
    });
    written.collect()
}
