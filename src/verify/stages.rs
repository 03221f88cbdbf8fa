//! Dockerfiles, build contexts and targets.

use std::ops::Range;

use camino::Utf8Path;

use super::args::is_predefined;
use super::{Build, Read, Subject, check_key, image_key};
use crate::checkout::context::Context;
use crate::checkout::dockerfile::{Dockerfile, Kind, Stage, Word};
use crate::config::KeyPath;
use crate::diagnostic::{Code, Diagnostic, listing, nearest};
use crate::model::{Image, TargetName};

/// Images from which files are copied, and whose names a stage may be like.
const IMAGES: [&str; 12] = [
    "alpine", "busybox", "composer", "debian", "docker", "golang", "maven", "nginx", "node",
    "python", "ruby", "ubuntu",
];

/// The images whose Dockerfiles can be read.
pub(super) fn builds<'a>(
    subject: &Subject<'a>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Vec<Build<'a>>> {
    let mut builds = Vec::new();
    for image in &subject.project.images {
        let context = context(subject, image, findings)?;
        let key = image_key(image).key("dockerfile");
        let source = match subject.read(image.dockerfile.as_str(), &key, findings)? {
            Read::File(source) => source,
            Read::Absent => {
                findings.push(missing_dockerfile(subject, image)?);
                continue;
            }
            Read::Refused => continue,
        };
        match Dockerfile::parse(&source) {
            Err(broken) => findings.push(*broken),
            Ok(dockerfile) => {
                let mut build = Build {
                    image,
                    dockerfile,
                    context,
                    reached: Default::default(),
                };
                reach_targets(subject, &mut build, findings);
                unset_bases(&build, findings);
                unknown_stages(&build, findings);
                builds.push(build);
            }
        }
    }
    Ok(builds)
}

/// The build context, if it is there.
fn context(
    subject: &Subject<'_>,
    image: &Image,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Option<Context>> {
    let folder = Utf8Path::new(image.context.as_str());
    let key = image_key(image).key("context");
    if subject.checkout.has_folder(folder) {
        let dockerfile = Utf8Path::new(image.dockerfile.as_str());
        let context = Context::open(subject.checkout, folder, dockerfile);
        return context.map(Some).or_else(|error| {
            findings.push(subject.unreadable(error, &key)?);
            Ok(None)
        });
    }
    let place = subject.place(&key);
    findings.push(
        Diagnostic::new(
            Code::MissingContext,
            place,
            format!("the checkout has no folder `{}`", image.context),
        )
        .help("name the folder that the Dockerfile copies from; `.` is the whole checkout"),
    );
    Ok(None)
}

fn missing_dockerfile(subject: &Subject<'_>, image: &Image) -> anyhow::Result<Diagnostic> {
    let wanted = image.dockerfile.as_str();
    let files = subject.checkout.files()?;
    let place = subject.place(&image_key(image).key("dockerfile"));
    let message = format!("the checkout has no file `{wanted}`");
    let new = Diagnostic::new(Code::MissingDockerfile, place, message);
    // However far it is: the user must choose one of them.
    let similarity = |path: &Utf8Path| strsim::jaro_winkler(wanted, path.as_str());
    let is_readable = |path: &Utf8Path| matches!(subject.checkout.read(path), Ok(Some(_)));
    let dockerfiles = files
        .iter()
        .filter(|path| is_dockerfile(path) && is_readable(path));
    let nearest = dockerfiles.max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    Ok(match nearest {
        Some(near) => new.help(format!(
            "there is `{near}`: write `dockerfile = \"{near}\"`"
        )),
        None => new.help("there is no Dockerfile at all: write one, or look at the right checkout"),
    })
}

fn is_dockerfile(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_lowercase();
    let ends_so = name.ends_with(".dockerfile") || name == "containerfile";
    ends_so || (name.starts_with("dockerfile") && !name.ends_with(".dockerignore"))
}

/// Follows the targets of the image and its checks.
fn reach_targets(subject: &Subject<'_>, build: &mut Build<'_>, findings: &mut Vec<Diagnostic>) {
    let mut targets = vec![(image_key(build.image), build.image.target.as_ref())];
    for check in subject.checks(build.image) {
        targets.push((check_key(check), check.target.as_ref()));
    }
    for (table, target) in targets {
        let name = target.map(TargetName::as_str);
        match build.dockerfile.target(name) {
            Some(stage) => {
                let reached = build.dockerfile.reached(stage);
                build
                    .reached
                    .extend(reached.iter().map(|stage| stage.index));
            }
            None => findings.push(unknown_target(
                subject,
                &build.dockerfile,
                &table,
                name.unwrap_or_default(),
            )),
        }
    }
}

fn unknown_target(
    subject: &Subject<'_>,
    dockerfile: &Dockerfile,
    table: &KeyPath,
    target: &str,
) -> Diagnostic {
    let names: Vec<&str> = dockerfile
        .stages
        .iter()
        .filter_map(|stage| Some(stage.name.as_ref()?.value.as_str()))
        .collect();
    let path = &dockerfile.source.path;
    let place = subject.place(&table.key("target"));
    let message = format!("`{path}` has no stage `{target}`");
    let new = Diagnostic::new(Code::UnknownTarget, place, message);
    match nearest(target, names.iter().copied()) {
        Some(near) => new.label(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            new.help("none of its stages has a name: write `FROM … AS name`")
        }
        None => new.help(format!("its stages are {}", listing(names))),
    }
}

/// The variable without whose value the name of a stage's base image is none, and what that name then is.
pub(super) fn unset_base<'a>(build: &'a Build<'_>, stage: &'a Stage) -> Option<(&'a Word, String)> {
    let given = |name: &str| {
        let mut args = build.image.args.iter();
        args.any(|(own, _)| own.as_str() == name)
    };
    let mut unset = build.dockerfile.unset_in_base(stage, given).into_iter();
    let word = unset.find(|word| !is_predefined(&word.value))?;
    let name = &word.value;
    let filled = stage.base.value.replace(&format!("${{{name}}}"), "");
    let filled = filled.replace(&format!("${name}"), "");
    let is_image = !filled.is_empty()
        && !filled.starts_with([':', '/', '@', '-', '.'])
        && !filled.ends_with([':', '/', '@'])
        && ![":-", ":.", ":@", "//"]
            .iter()
            .any(|part| filled.contains(part));
    (!is_image).then_some((word, filled))
}

fn unset_bases(build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    let image = &build.image.name;
    for stage in build.stages() {
        let Some((word, filled)) = unset_base(build, stage) else {
            continue;
        };
        let name = &word.value;
        findings.push(
            Diagnostic::new(
                Code::UnsetBase,
                build.dockerfile.place(&stage.base.range),
                match filled.as_str() {
                    "" => format!("without a value of `{name}`, there is no base image"),
                    filled => format!("without a value of `{name}`, `{filled}` is no image"),
                },
            )
            .help(format!(
                "write `ARG {name}=…` before the first `FROM`, or `ARG {name}` there and `{name} = \"…\"` in `[images.{image}.args]`"
            )),
        );
    }
}

/// A `--from` with the number of no stage, or the name of none that is like that of one.
fn unknown_stages(build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    for stage in build.stages() {
        for instruction in &stage.instructions {
            let named: Vec<(&str, &Range<usize>)> = match &instruction.kind {
                Kind::Copy(copy) => match (&copy.from, copy.from_stage) {
                    (Some(from), None) => vec![(from.value.as_str(), &from.range)],
                    _ => Vec::new(),
                },
                Kind::Run(run) => {
                    let from = run
                        .mounts
                        .iter()
                        .map(|it| (it.option(&["from"]), &it.range));
                    from.filter_map(|(from, range)| Some((from?, range)))
                        .collect()
                }
                _ => Vec::new(),
            };
            for (from, range) in named {
                if build.dockerfile.earlier(stage, from).is_none() {
                    findings.extend(unknown_stage(build, stage, from, range));
                }
            }
        }
    }
}

fn unknown_stage(
    build: &Build<'_>,
    stage: &Stage,
    from: &str,
    range: &Range<usize>,
) -> Option<Diagnostic> {
    let stages = &build.dockerfile.stages;
    let names = || {
        stages
            .iter()
            .filter_map(|other| Some(other.name.as_ref()?.value.as_str()))
    };
    let new = |message| Diagnostic::new(Code::UnknownStage, build.dockerfile.place(range), message);
    if from.chars().all(|c| c.is_ascii_digit()) {
        let message = format!("no stage before this one has the number {from}");
        return Some(new(message).help(match stage.index {
            0 => "this is the first stage, and has the number 0".to_owned(),
            1 => "the only stage before it has the number 0".to_owned(),
            index => format!("the stages before it have the numbers 0 to {}", index - 1),
        }));
    }
    if names().any(|name| name.eq_ignore_ascii_case(from)) {
        let message = format!("the stage `{from}` does not stand before this one");
        return Some(
            new(message)
                .note("BuildKit looks for an image of this name")
                .help("write it above the stage that copies from it"),
        );
    }
    // A short name, or one with a tag or a host, is rather that of an image.
    let is_image =
        from.len() < 4 || from.contains([':', '/', '@', '.', '$']) || IMAGES.contains(&from);
    let near = nearest(from, names()).filter(|_| !is_image)?;
    let message = format!("there is no stage `{from}`");
    Some(
        new(message)
            .label(format!("did you mean `{near}`?"))
            .note("BuildKit looks for an image of this name"),
    )
}
