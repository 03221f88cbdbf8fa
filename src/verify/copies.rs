//! What is copied into an image: the build context has it.

use camino::{Utf8Path, Utf8PathBuf};

use super::dockerignore::filled_folders;
use super::secrets::is_secret_file;
use super::{Build, Subject, image_key};
use crate::checkout::clean;
use crate::checkout::context::{Context, Found, WILDCARDS};
use crate::checkout::dockerfile::{Kind, Word};
use crate::checkout::locks::needed;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::model::Position;

pub(super) fn look(
    subject: &Subject<'_>,
    build: &Build<'_>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let Some(context) = &build.context else {
        return Ok(());
    };
    missing_locks(subject, build, context, findings)?;
    let mounted = mounted_paths(build);
    let all: Vec<&Word> = mounted
        .iter()
        .chain(build.copied_paths().flatten())
        .collect();
    let is_missing = |path: &Word| match context.find(&path.value) {
        _ if !is_known(build, path) => false,
        Found::Missing => true,
        Found::NothingIn(folder) => {
            let mut others = all.iter().filter(|other| other.range != path.range);
            !others.any(|other| !is_known(build, other) || overlap(&fixed(other), &folder))
        }
        Found::Files | Found::Nothing => false,
    };
    for path in all.iter().filter(|path| is_missing(path)) {
        if context.has_on_disk(&path.value) {
            findings.push(ignored_source(build, context, path));
        } else if !may_be_filled(subject, build, context, path) {
            findings.push(missing_source(subject, build, context, path));
        }
    }
    let is_empty = |path: &&Word| {
        let found = context.find(&path.value);
        let is_nothing = matches!(found, Found::Nothing | Found::NothingIn(_));
        is_nothing && is_known(build, path) && !is_missing(path)
    };
    for paths in build.copied_paths() {
        if let (true, Some(first)) = (paths.iter().all(is_empty), paths.first())
            && !may_be_filled(subject, build, context, first)
        {
            findings.push(empty_copy(subject, build, context, first));
        }
    }
    Ok(())
}

/// Lock files that commands need and that stand in the checkout, but not in the build context: in a workspace of several packages they stand at its top.
fn missing_locks(
    subject: &Subject<'_>,
    build: &Build<'_>,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    // A command of a stage may put one there.
    if !subject.project.own_stages.is_empty() {
        return Ok(());
    }
    let root = clean(build.image.context.as_str().as_ref());
    let files = subject.checkout.files()?;
    for instruction in build.instructions() {
        let Kind::Run(run) = &instruction.kind else {
            continue;
        };
        for names in needed(&run.script) {
            let is_one =
                |path: &Utf8Path| path.file_name().is_some_and(|name| names.contains(&name));
            let locks: Vec<&Utf8PathBuf> = files.iter().filter(|path| is_one(path)).collect();
            let is_sent = |path: &Utf8Path| {
                let below = path.strip_prefix(&root);
                below.is_ok_and(|path| !context.is_ignored(path))
            };
            // A finding of its own says that one which is named is not there.
            let is_named = build
                .copied_paths()
                .flatten()
                .any(|path| is_one(path.value.as_ref()));
            let (Some(first), false) = (locks.first(), is_named) else {
                continue;
            };
            if locks.iter().any(|path| is_sent(path)) {
                continue;
            }
            let keyword = instruction.range.start..instruction.range.start + "RUN".len();
            let new = Diagnostic::new(
                Code::MissingLock,
                build.dockerfile.place(&keyword),
                format!(
                    "this needs `{}`, which the build context does not have",
                    names.join("` or `")
                ),
            );
            findings.push(match first.starts_with(&root) {
                true => new.help(format!("take it out of `{}`", context.ignore_file())),
                false => new
                    .related(
                        subject.place(&image_key(build.image).key("context")),
                        format!(
                            "this is the context `{}`, and the file is `{first}`",
                            context.folder()
                        ),
                    )
                    .help(format!(
                        "write `context = \"{}\"`, and let the Dockerfile copy from there",
                        first
                            .parent()
                            .filter(|path| path.as_str() != "")
                            .map_or(".", Utf8Path::as_str)
                    )),
            });
        }
    }
    Ok(())
}

/// A path up to its first wildcard.
fn fixed(path: &Word) -> Utf8PathBuf {
    let parts = clean(path.value.as_ref());
    parts
        .iter()
        .take_while(|part| !part.contains(WILDCARDS))
        .collect()
}

/// Whether one holds the other.
fn overlap(one: &Utf8Path, other: &Utf8Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// What the `RUN`s mount from the build context. BuildKit takes no patterns there.
fn mounted_paths(build: &Build<'_>) -> Vec<Word> {
    let runs = build.instructions().filter_map(|it| match &it.kind {
        Kind::Run(run) => Some(&run.mounts),
        _ => None,
    });
    let mounts = runs.flatten();
    let mounts = mounts.filter(|mount| mount.kind == "bind" && mount.option(&["from"]).is_none());
    let paths = mounts.filter_map(|mount| {
        Some(Word {
            value: mount.option(&["source", "src"])?.to_owned(),
            range: mount.range.clone(),
        })
    });
    paths
        .filter(|path| !path.value.contains(WILDCARDS))
        .collect()
}

/// Whether a path is what is written there: variables, escapes and quotes make another one of it.
fn is_known(build: &Build<'_>, path: &Word) -> bool {
    let written = &build.dockerfile.source.text[path.range.clone()];
    !(written.contains(['$', '\\', '`']) || path.value.contains(['"', '\'']))
}

/// Whether the path may be there when Jenkins builds the image, though the checkout lacks it.
fn may_be_filled(subject: &Subject<'_>, build: &Build<'_>, context: &Context, path: &Word) -> bool {
    // A finding of its own says what to do with credentials, which nobody has in a checkout.
    let name = Utf8Path::new(&path.value).file_name().unwrap_or_default();
    if is_secret_file(name) {
        return true;
    }
    let mut own = subject.project.own_stages.iter();
    if own.any(|stage| {
        matches!(
            stage.position,
            Position::AfterCheckout | Position::BeforeImages
        )
    }) {
        return true;
    }
    let path = fixed(path);
    let mut filled = filled_folders(subject, build).into_iter();
    if filled.any(|folder| overlap(&path, &folder) && !context.is_ignored(&folder.join("file"))) {
        return true;
    }
    // A checkout without its submodules has empty folders for them.
    let path = Utf8Path::new(context.folder()).join(path);
    let modules = subject.checkout.read(".gitmodules").ok().flatten();
    let modules = modules.as_ref().map_or("", |source| source.text.as_str());
    modules.lines().any(|line| {
        let pair = line.split_once('=');
        pair.is_some_and(|(key, module)| {
            key.trim() == "path" && clean(&path).starts_with(module.trim())
        })
    })
}

fn ignored_source(build: &Build<'_>, context: &Context, path: &Word) -> Diagnostic {
    let source = clean(path.value.as_ref());
    let file = context.ignore_file();
    Diagnostic::new(
        Code::MissingSource,
        build.dockerfile.place(&path.range),
        format!("`{file}` leaves `{source}` out of the build context"),
    )
    .note("the build stops; BuildKit is not sent what is left out")
    .help(format!("add a line `!{source}` at the end of `{file}`"))
}

fn missing_source(
    subject: &Subject<'_>,
    build: &Build<'_>,
    context: &Context,
    path: &Word,
) -> Diagnostic {
    let source = clean(path.value.as_ref());
    let new = Diagnostic::new(
        Code::MissingSource,
        build.dockerfile.place(&path.range),
        format!("the build context has no `{source}`"),
    )
    .note(format!("the build stops; {}", whose(build, context)));
    let name = source.file_name().unwrap_or_default();
    let siblings = context.siblings(&source);
    let near = nearest(name, siblings.iter().map(String::as_str));
    match (other_context(subject, build, path), near) {
        (Some(help), _) => new.help(help),
        (None, Some(near)) => new.label(format!("did you mean `{}`?", source.with_file_name(near))),
        (None, None) => new.help("add it to the checkout, or name what is there; what another stage makes is copied with `--from=…`"),
    }
}

fn empty_copy(
    subject: &Subject<'_>,
    build: &Build<'_>,
    context: &Context,
    path: &Word,
) -> Diagnostic {
    let new = Diagnostic::new(
        Code::EmptyCopy,
        build.dockerfile.place(&path.range),
        format!(
            "there is nothing to copy: the build context has no file for `{}`",
            path.value
        ),
    )
    .note(format!("the build goes on; {}", whose(build, context)));
    match other_context(subject, build, path) {
        Some(help) => new.help(help),
        None => new.help("delete it, or name what is there"),
    }
}

/// What the paths of a `COPY` are relative to.
fn whose(build: &Build<'_>, context: &Context) -> String {
    let image = &build.image.name;
    match context.folder() {
        "." => format!("the context of the image `{image}` is the whole checkout"),
        folder => format!("the context of the image `{image}` is the folder `{folder}`"),
    }
}

/// Which other folder has the path: that of the Dockerfile, or one above it or above the context.
fn other_context(subject: &Subject<'_>, build: &Build<'_>, path: &Word) -> Option<String> {
    let dockerfile = Utf8Path::new(build.image.dockerfile.as_str());
    let above =
        |path: &Utf8Path| -> Vec<Utf8PathBuf> { path.ancestors().skip(1).map(clean).collect() };
    let own = clean(build.image.context.as_str().as_ref());
    for folder in above(dockerfile).into_iter().chain(above(&own)) {
        if folder == own {
            continue;
        }
        let Ok(other) = Context::open(subject.checkout, &folder, dockerfile) else {
            continue;
        };
        if other.find(&path.value) == Found::Files {
            return Some(format!(
                "{} has it: write `context = \"{}\"` in `[images.{}]`",
                match other.folder() {
                    "." => "the whole checkout".to_owned(),
                    folder => format!("the folder `{folder}`"),
                },
                other.folder(),
                build.image.name,
            ));
        }
    }
    None
}
