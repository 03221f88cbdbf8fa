//! Build arguments: those that are given against those that are declared, and what they do to the cache.

use super::stages::unset_base;
use super::{Build, Subject, image_key, secrets};
use crate::checkout::dockerfile::{Arg, Instruction, Kind, Stage, Word};
use crate::diagnostic::{Code, Diagnostic, listing, nearest};
use crate::model::{Placeholder, Template};

/// What BuildKit knows without an `ARG`, and sets itself if it is declared: https://docs.docker.com/reference/dockerfile/#predefined-args
const PREDEFINED: [&str; 17] = [
    "ALL_PROXY",
    "BUILDARCH",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "FTP_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SOURCE_DATE_EPOCH",
    "TARGETARCH",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

/// What package managers and tools read from their environment though no instruction names it; with `_` at the end, the beginning of such names.
const READ_BY_PROGRAMS: [&str; 23] = [
    "CARGO_",
    "CGO_",
    "CI",
    "COMPOSER_",
    "DEBIAN_FRONTEND",
    "GOARCH",
    "GOARM",
    "GOFLAGS",
    "GOOS",
    "GOPRIVATE",
    "GOPROXY",
    "GRADLE_",
    "JAVA_",
    "LANG",
    "LC_",
    "MAVEN_",
    "NODE_",
    "NPM_CONFIG_",
    "PIP_",
    "PYTHONUNBUFFERED",
    "RUSTFLAGS",
    "TERM",
    "TZ",
];

pub(super) fn look(
    subject: &Subject<'_>,
    build: &Build<'_>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    for (name, value) in &build.image.args {
        unknown_arg(subject, build, name.as_str(), findings);
        cache_breaking_arg(subject, build, name.as_str(), value, findings)?;
    }
    undeclared_args(build, findings);
    for arg in declared(build) {
        if !is_predefined(&arg.name.value) {
            match is_used(build, arg) || is_to_be_given(build, arg) {
                true => unset_arg(build, arg, findings),
                false => unused_arg(subject, build, arg, findings)?,
            }
        }
    }
    Ok(())
}

/// The `ARG`s that the targets need, the global ones included.
fn declared<'a>(build: &'a Build<'_>) -> impl Iterator<Item = &'a Arg> {
    let of_stages = build
        .stages()
        .flat_map(|stage| stage.args().map(|(_, arg)| arg));
    build.dockerfile.global_args.iter().chain(of_stages)
}

pub(super) fn is_predefined(name: &str) -> bool {
    let upper = name.to_uppercase();
    PREDEFINED.contains(&upper.as_str()) || upper.starts_with("BUILDKIT_")
}

fn unknown_arg(
    subject: &Subject<'_>,
    build: &Build<'_>,
    name: &str,
    findings: &mut Vec<Diagnostic>,
) {
    if is_predefined(name) || declared(build).any(|arg| arg.name.value == name) {
        return;
    }
    // Without a target there is nothing to compare with, and a secret is not to be declared: both are told.
    if build.reached.is_empty() || secrets::is_secret_name(name) {
        return;
    }
    let path = &build.dockerfile.source.path;
    let new = Diagnostic::new(
        Code::UnknownArg,
        subject.place(&image_key(build.image).key("args").key(name)),
        format!("no stage of `{path}` that is built declares `ARG {name}`"),
    )
    .note("BuildKit drops an argument that nothing declares, and goes on");
    let elsewhere = build
        .dockerfile
        .stages
        .iter()
        .filter(|stage| stage.args().any(|(_, arg)| arg.name.value.as_str() == name));
    let elsewhere: Vec<String> = elsewhere.map(|stage| stage.title()).collect();
    findings.push(
        match nearest(name, declared(build).map(|arg| arg.name.value.as_str())) {
            Some(near) => new.label(format!("did you mean `{near}`?")),
            None if !elsewhere.is_empty() => new.help(format!(
                "only {} has it, which no target needs",
                listing(elsewhere.iter().map(String::as_str))
            )),
            None => new.help(format!(
                "write `ARG {name}` in the stage that uses it, or delete the argument here"
            )),
        },
    );
}

/// Whether anything that is built names it: for a global one, a `FROM`, or a stage that declares it again.
fn is_used(build: &Build<'_>, arg: &Arg) -> bool {
    let name = arg.name.value.as_str();
    let is_global = build.dockerfile.global_args.contains(arg);
    let again = is_global
        && build
            .dockerfile
            .stages
            .iter()
            .flat_map(|stage| stage.args())
            .any(|(_, other)| other.name.value == name);
    // Defaults of other global arguments may name it.
    let in_defaults = is_global
        && build.dockerfile.global_args.iter().any(|other| {
            let default = other.default.as_ref();
            default.is_some_and(|default| {
                default.value.contains(&format!("${name}"))
                    || default.value.contains(&format!("${{{name}"))
            })
        });
    let in_vain = is_global && undeclared_uses(build, name).next().is_some();
    again || in_defaults || in_vain || users(build, arg).next().is_some()
}

/// Whether an argument that nothing names is there for a program of a `RUN` after it, which must be given it: it has no value.
fn is_to_be_given(build: &Build<'_>, arg: &Arg) -> bool {
    let name = arg.name.value.as_str();
    // These have a default where they are read.
    !is_read_by_programs(name)
        && !is_set(build, arg)
        && is_before_run(build, arg)
        && !is_named_elsewhere(build, name)
}

fn is_before_run(build: &Build<'_>, arg: &Arg) -> bool {
    let mut scope = build.dockerfile.scope(arg).into_iter();
    scope.any(|instruction| matches!(instruction.kind, Kind::Run(_)))
}

/// Whether an instruction names it that none of its declarations reaches.
fn is_named_elsewhere(build: &Build<'_>, name: &str) -> bool {
    let stages = &build.dockerfile.stages;
    let mut declares = vec![false; stages.len()];
    for stage in stages {
        let mut is_declared = stage.parent.is_some_and(|parent| declares[parent]);
        for user in &stage.instructions {
            is_declared |= matches!(&user.kind, Kind::Arg(args) if args.iter().any(|arg| arg.name.value == name));
            let is_built = build.reached.contains(&stage.index);
            if is_built && !is_declared && build.dockerfile.names(user, name) {
                return true;
            }
        }
        declares[stage.index] = is_declared;
    }
    false
}

/// The instructions that name it.
fn users<'a>(build: &'a Build<'_>, arg: &'a Arg) -> impl Iterator<Item = &'a Instruction> {
    let scope = build.dockerfile.scope(arg).into_iter();
    scope.filter(|instruction| build.dockerfile.names(instruction, &arg.name.value))
}

fn unused_arg(
    subject: &Subject<'_>,
    build: &Build<'_>,
    arg: &Arg,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let name = arg.name.value.as_str();
    if is_read_by_programs(name) || is_read_in_checkout(subject, build, arg)? {
        return Ok(());
    }
    let new = Diagnostic::new(
        Code::UnusedArg,
        build.dockerfile.place(&arg.name.range),
        format!("nothing names the argument `{name}`"),
    );
    findings.push(match is_named_elsewhere(build, name) {
        true => new.help(format!(
            "a command before it or in another stage names it: write `ARG {name}` there, before the command"
        )),
        false => new.help(format!(
            "name it in the command that reads it from its environment, `{name}=\"${{{name}}}\" …`, or delete it if none does"
        )),
    });
    Ok(())
}

fn is_read_by_programs(name: &str) -> bool {
    let upper = name.to_uppercase();
    READ_BY_PROGRAMS
        .iter()
        .any(|known| match known.ends_with('_') {
            true => upper.starts_with(known),
            false => upper == *known,
        })
}

/// Whether a `RUN` may start something of the checkout that reads it: what is read from the environment is in upper case.
fn is_read_in_checkout(
    subject: &Subject<'_>,
    build: &Build<'_>,
    arg: &Arg,
) -> anyhow::Result<bool> {
    let name = arg.name.value.as_str();
    Ok(is_by_custom(name) && is_before_run(build, arg) && subject.checkout.mentions(name)?)
}

/// Whether a name is one that programs read from their environment.
fn is_by_custom(name: &str) -> bool {
    !name.contains(|c: char| c.is_lowercase())
}

/// What stands before the first `FROM` is known in `FROM`s alone: https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact
fn undeclared_args(build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    for arg in &build.dockerfile.global_args {
        let name = arg.name.value.as_str();
        if is_predefined(name) {
            continue;
        }
        // The first use in each stage: one declaration mends the others.
        let mut last = None;
        for (stage, used) in undeclared_uses(build, name) {
            if last.replace(stage.index) == Some(stage.index) {
                continue;
            }
            let title = stage.title();
            findings.push(
                Diagnostic::new(
                    Code::UndeclaredArg,
                    build.dockerfile.place(&used.range),
                    format!("`{name}` is empty here: the stage `{title}` does not declare it"),
                )
                .related(
                    build.dockerfile.place(&arg.name.range),
                    "before the first `FROM`, it is known in `FROM`s alone",
                )
                .help(format!(
                    "write `ARG {name}` in the stage, before this; it takes its value from above"
                )),
            );
        }
    }
}

/// Where stages name a variable that nothing there has set: no `ARG`, no `ENV`, no command, and no base image that is known to.
fn undeclared_uses<'a>(
    build: &'a Build<'_>,
    name: &'a str,
) -> impl Iterator<Item = (&'a Stage, &'a Word)> {
    build
        .stages()
        .filter(move |stage| !is_set_by_base(build, stage, name))
        .flat_map(move |stage| {
            let instructions = stage.instructions.iter();
            let unset = instructions.filter(move |user| {
                let is_before = |other: &&Instruction| other.range.start < user.range.start;
                let lineage = build.dockerfile.lineage(stage).into_iter();
                let mut before = lineage
                    .flat_map(|stage| &stage.instructions)
                    .filter(is_before);
                is_expanded(build, user)
                    && !has_fallback(build, user, name)
                    && !assigns(user, name)
                    && !before.any(|other| sets(other, name))
            });
            unset.filter_map(move |user| {
                let mut words = user.variables.iter();
                Some((stage, words.find(|word| word.value == name)?))
            })
        })
}

/// Whether the variables of an instruction are filled in while the image is built, and not by the shell of the running container.
fn is_expanded(build: &Build<'_>, instruction: &Instruction) -> bool {
    let text = &build.dockerfile.source.text[instruction.range.clone()];
    let keyword = text.split_whitespace().next().unwrap_or_default();
    match &instruction.kind {
        Kind::Other => matches!(
            keyword.to_uppercase().as_str(),
            "STOPSIGNAL" | "USER" | "VOLUME"
        ),
        _ => true,
    }
}

/// Whether an instruction gives the variable a value for those after it, or a command for itself.
fn sets(instruction: &Instruction, name: &str) -> bool {
    match &instruction.kind {
        Kind::Arg(args) => args.iter().any(|arg| arg.name.value == name),
        Kind::Env(pairs) => pairs.iter().any(|(own, _)| own.value == name),
        _ => false,
    }
}

/// Whether a script sets a variable of its own.
fn assigns(instruction: &Instruction, name: &str) -> bool {
    let Kind::Run(run) = &instruction.kind else {
        return false;
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    run.script.match_indices(name).any(|(start, _)| {
        let (before, after) = (&run.script[..start], &run.script[start + name.len()..]);
        let is_word = !before.ends_with(|c| is_part(c) || c == '$' || c == '{')
            && !after.starts_with(is_part);
        let before = before.trim_end();
        let by_name = ["for", "read", "export"]
            .iter()
            .any(|word| before.ends_with(word));
        is_word && (after.starts_with('=') || by_name)
    })
}

/// Whether the base image may have a variable of this name: official ones set `NODE_VERSION`, `JAVA_HOME` and the like.
fn is_set_by_base(build: &Build<'_>, stage: &Stage, name: &str) -> bool {
    let lineage = build.dockerfile.lineage(stage);
    let base = lineage
        .first()
        .map_or("", |stage| stage.base.value.as_str());
    let image = base.split([':', '@', '$']).next().unwrap_or_default();
    let image = image.rsplit('/').next().unwrap_or_default().to_uppercase();
    let name = name.to_uppercase();
    let is_of_image = || {
        name.strip_prefix(&image)
            .is_some_and(|rest| rest.starts_with('_'))
    };
    // A name that is made from variables says nothing.
    base != "scratch" && (image.is_empty() || is_of_image() || is_read_by_programs(&name))
}

fn unset_arg(build: &Build<'_>, arg: &Arg, findings: &mut Vec<Diagnostic>) {
    let name = arg.name.value.as_str();
    let mut users = users(build, arg).peekable();
    let is_named = users.peek().is_some();
    // A base image that is none without it is told.
    let is_told = build
        .stages()
        .any(|stage| unset_base(build, stage).is_some_and(|(word, _)| word.value == name));
    let is_optional = is_named && users.all(|user| has_fallback(build, user, name));
    // A secret is not to be given a value here: that is told.
    if secrets::is_secret_name(name) || is_set(build, arg) || is_told || is_optional {
        return;
    }
    let image = &build.image.name;
    let other = match is_named {
        true => format!("or `ARG {name}=…` here"),
        false => "or delete it here if no program reads it".to_owned(),
    };
    findings.push(
        Diagnostic::new(
            Code::UnsetArg,
            build.dockerfile.place(&arg.name.range),
            format!("the argument `{name}` has no value: no default here, and none for the image `{image}`"),
        )
        .help(format!("write `{name} = \"…\"` in `[images.{image}.args]`, {other}")),
    );
}

/// Whether an argument has a value: it is given, or it has a default where it is declared or where that is inherited from.
fn is_set(build: &Build<'_>, arg: &Arg) -> bool {
    let name = arg.name.value.as_str();
    let has_default = |other: &Arg| other.name.value == name && other.default.is_some();
    let mut given = build.image.args.iter();
    given.any(|(given, _)| given.as_str() == name)
        || build.dockerfile.global_args.iter().any(has_default)
        || build.stages().any(|stage| {
            let inherits = stage.args().any(|(_, other)| other == arg);
            let lineage = || build.dockerfile.lineage(stage).into_iter();
            inherits && lineage().any(|stage| stage.args().any(|(_, other)| has_default(other)))
        })
}

/// Whether each use has a value of its own for want of one: `${name:-value}`.
fn has_fallback(build: &Build<'_>, user: &Instruction, name: &str) -> bool {
    let text = &build.dockerfile.source.text;
    let mut uses = user.variables.iter().filter(|word| word.value == name);
    let falls_back = |word: &Word| text[word.range.end..].starts_with([':', '-', '+']);
    !user.variables.is_empty() && uses.all(falls_back)
}

/// The cache knows a `RUN` by its command and by every argument and variable that it could read.
fn cache_breaking_arg(
    subject: &Subject<'_>,
    build: &Build<'_>,
    name: &str,
    value: &Template,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let what = match () {
        () if value.uses(Placeholder::BuildNumber) => "build",
        () if value.uses(Placeholder::Commit) => "commit",
        () => return Ok(()),
    };
    for (_, arg) in build.stages().flat_map(|stage| stage.args()) {
        if arg.name.value != name {
            continue;
        }
        if let Some(run) = first_in_vain(subject, build, arg)? {
            let line = run.range.start..run.range.start + "RUN".len();
            findings.push(
                Diagnostic::new(
                    Code::CacheBreakingArg,
                    build.dockerfile.place(&arg.name.range),
                    format!("`{name}` is another one for each {what}, and commands after it do not need it"),
                )
                .related(build.dockerfile.place(&line), format!("this runs again for each {what}"))
                .note("an `ARG` is in the environment of every `RUN` after it, so that none of them is taken from the cache")
                .help(format!("declare `{name}` after the last `RUN` that can do without it; best, a `LABEL` at the end of the last stage alone names it")),
            );
        }
    }
    Ok(())
}

/// The first `RUN` that an argument makes run again though it does not need it. What stands after one that does need it stands on a changed layer anyway.
fn first_in_vain<'a>(
    subject: &Subject<'_>,
    build: &'a Build<'_>,
    arg: &Arg,
) -> anyhow::Result<Option<&'a Instruction>> {
    let names = names_of(build, &build.dockerfile.scope(arg), &arg.name.value);
    let is_named = |it: &Instruction| names.iter().any(|name| build.dockerfile.names(it, name));
    let mut is_read = false;
    for name in &names {
        is_read |= is_by_custom(name) && subject.checkout.mentions(name)?;
    }
    let declares = |stage: &&Stage| stage.args().any(|(_, other)| other == arg);
    let mut found: Option<&Instruction> = None;
    for stage in build.stages() {
        let lineage = build.dockerfile.lineage(stage);
        if !lineage.iter().any(declares) {
            continue;
        }
        let mut has_sources = false;
        let after = lineage.iter().flat_map(|stage| &stage.instructions);
        for instruction in after {
            let is_after = instruction.range.start > arg.name.range.start;
            match &instruction.kind {
                Kind::Run(_) | Kind::Copy(_) | Kind::Workdir(_)
                    if is_after && is_named(instruction) =>
                {
                    break;
                }
                Kind::Copy(_) => has_sources = true,
                // It may start something of the checkout that reads it from the environment.
                Kind::Run(_) if is_after && has_sources && is_read => break,
                Kind::Run(_) if is_after => {
                    let at = instruction.range.start;
                    if found.is_none_or(|other| at < other.range.start) {
                        found = Some(instruction);
                    }
                    break;
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// The argument, and the variables that are made from it.
fn names_of(build: &Build<'_>, scope: &[&Instruction], name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    for instruction in scope {
        if let Kind::Env(pairs) = &instruction.kind {
            let is_made = names
                .iter()
                .any(|name| build.dockerfile.names(instruction, name));
            if is_made {
                names.extend(pairs.iter().map(|(name, _)| name.value.clone()));
            }
        }
    }
    names
}
