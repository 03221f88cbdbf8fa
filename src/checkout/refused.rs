//! What BuildKit refuses though the syntax is that of a Dockerfile: flags, options and values that it does not know.
//!
//! `tests/verify_for_real.rs` holds these rules against BuildKit. What has a variable in it is not looked at.

use std::ops::Range;

use parse_dockerfile as syntax;

use crate::diagnostic::nearest;

/// What is refused: its place, and what is wrong.
pub(super) type Refused = (Range<usize>, String);

/// The flags of each instruction that has some; with `=`, they need a value.
const FROM: [&str; 1] = ["platform="];
const RUN: [&str; 4] = ["mount=", "network=", "security=", "device="];
const COPY: [&str; 6] = ["from=", "chown=", "chmod=", "link", "parents", "exclude="];
const ADD: [&str; 7] = [
    "chown=",
    "chmod=",
    "link",
    "keep-git-dir",
    "checksum=",
    "unpack",
    "exclude=",
];
const HEALTHCHECK: [&str; 5] = [
    "interval=",
    "timeout=",
    "start-period=",
    "start-interval=",
    "retries=",
];
/// The options of a `--mount`; those with `=` need a value.
const MOUNT: [&str; 19] = [
    "type=",
    "from=",
    "source=",
    "src=",
    "target=",
    "dst=",
    "destination=",
    "readonly",
    "ro",
    "readwrite",
    "rw",
    "id=",
    "sharing=",
    "required",
    "size=",
    "mode=",
    "uid=",
    "gid=",
    "env=",
];
const MOUNT_TYPES: [&str; 5] = ["bind", "cache", "tmpfs", "secret", "ssh"];

/// The first thing in an instruction that BuildKit refuses.
pub(super) fn refused(instruction: &syntax::Instruction<'_>) -> Option<Refused> {
    use syntax::Instruction as Written;
    match instruction {
        Written::From(from) => flags(&from.options, &FROM).or_else(|| {
            let (_, name) = from.as_.as_ref()?;
            stage_name(name)
        }),
        Written::Run(run) => flags(&run.options, &RUN),
        Written::Copy(copy) => flags(&copy.options, &COPY),
        Written::Add(add) => flags(&add.options, &ADD),
        Written::Healthcheck(it) => flags(&it.options, &HEALTHCHECK),
        Written::Expose(expose) => expose.arguments.iter().find_map(port),
        Written::Onbuild(onbuild) => match onbuild.instruction.as_ref() {
            Written::From(from) => Some((
                from.from.span.clone(),
                "`FROM` can't be a trigger".to_owned(),
            )),
            Written::Maintainer(it) => Some((
                it.maintainer.span.clone(),
                "`MAINTAINER` can't be a trigger".to_owned(),
            )),
            Written::Onbuild(it) => Some((
                it.onbuild.span.clone(),
                "`ONBUILD` can't be a trigger".to_owned(),
            )),
            inner => refused(inner),
        },
        _ => None,
    }
}

fn flags(flags: &[syntax::Flag<'_>], known: &[&str]) -> Option<Refused> {
    flags.iter().find_map(|flag| {
        let name = flag.name.value.as_ref();
        let value = flag.value.as_ref().map(|value| value.value.as_ref());
        let told = match unknown(name, value, known) {
            Some(what) => Some(format!("{what} flag `--{name}`{}", meant(name, known))),
            None => self::value(name, value.unwrap_or_default()),
        };
        told.map(|told| (flag.span(), told))
    })
}

/// What is wrong with a name among known ones.
fn unknown(name: &str, value: Option<&str>, known: &[&str]) -> Option<&'static str> {
    match known
        .iter()
        .find(|known| known.trim_end_matches('=') == name)
    {
        None => Some("unknown"),
        Some(known) if known.ends_with('=') && value.is_none() => Some("no value for the"),
        Some(_) => None,
    }
}

fn meant(name: &str, known: &[&str]) -> String {
    let known = known.iter().map(|known| known.trim_end_matches('='));
    match nearest(name, known) {
        Some(near) if near != name => format!("; did you mean `{near}`?"),
        _ => String::new(),
    }
}

/// What is wrong with the value of a flag.
fn value(name: &str, value: &str) -> Option<String> {
    if value.contains('$') {
        return None;
    }
    let choice = |choices: &[&str]| {
        let is_known = choices.contains(&value.to_lowercase().as_str());
        (!is_known).then(|| format!("`--{name}` has no `{value}`{}", meant(value, choices)))
    };
    match name {
        "network" => choice(&["default", "none", "host"]),
        "security" => choice(&["sandbox", "insecure"]),
        "mount" => mount(value),
        "chmod" => (!is_mode(value)).then(|| format!("`{value}` is no mode of a file")),
        "checksum" => {
            let hash = value.strip_prefix("sha256:")?;
            let is_hash =
                hash.len() == 64 && hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
            (!is_hash).then(|| format!("`{value}` is no checksum: after `sha256:` come 64 digits of `0`–`9` and `a`–`f`"))
        }
        _ => None,
    }
}

/// What is wrong with a mount. One with quotes is a line of CSV that is not read here.
fn mount(value: &str) -> Option<String> {
    if value.contains('"') {
        return None;
    }
    let options = value.split(',').map(|option| match option.split_once('=') {
        Some((name, value)) => (name.to_lowercase(), Some(value)),
        None => (option.to_lowercase(), None),
    });
    let options: Vec<(String, Option<&str>)> = options.collect();
    for (name, value) in &options {
        if let Some(what) = unknown(name, *value, &MOUNT) {
            return Some(format!(
                "{what} option `{name}` of `--mount`{}",
                meant(name, &MOUNT)
            ));
        }
    }
    let find = |names: &[&str]| {
        options
            .iter()
            .find(|(name, _)| names.contains(&name.as_str()))
    };
    let kind = find(&["type"])
        .and_then(|(_, value)| *value)
        .unwrap_or("bind")
        .to_lowercase();
    if !MOUNT_TYPES.contains(&kind.as_str()) {
        return Some(format!(
            "no type of a mount is `{kind}`{}",
            meant(&kind, &MOUNT_TYPES)
        ));
    }
    let needs_target = matches!(kind.as_str(), "bind" | "cache" | "tmpfs");
    let has_target = find(&["target", "dst", "destination"]).is_some();
    (needs_target && !has_target).then(|| format!("a mount of the type `{kind}` needs a `target`"))
}

/// `755`, or `u+x,go-w` as `chmod` knows it.
fn is_mode(mode: &str) -> bool {
    let is_octal = (1..=5).contains(&mode.len()) && mode.chars().all(|c| c.is_digit(8));
    let is_clause = |clause: &str| {
        let changes = clause.trim_start_matches(['u', 'g', 'o', 'a']);
        changes.starts_with(['+', '-', '=']) && changes.chars().all(|c| "+-=rwxXstugo".contains(c))
    };
    is_octal || mode.split(',').all(is_clause)
}

fn stage_name(name: &syntax::UnescapedString<'_>) -> Option<Refused> {
    let text = name.value.as_ref();
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    (!is_name).then(|| {
        let told = format!(
            "`{text}` is no name of a stage: a letter, then letters, digits, `-`, `_` and `.`"
        );
        (name.span.clone(), told)
    })
}

fn port(word: &syntax::UnescapedString<'_>) -> Option<Refused> {
    let text = word.value.as_ref();
    let port = text.split('/').next().unwrap_or_default();
    let port = port.rsplit(':').next().unwrap_or_default();
    let mut numbers = port.split('-');
    let is_port = numbers.all(|number| number.parse::<u16>().is_ok());
    (!is_port && !text.contains(['$', '#']))
        .then(|| (word.span.clone(), format!("`{text}` is no port")))
}
