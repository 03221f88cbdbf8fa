//! Credentials: mounted as described, and never copied or passed as arguments.

use camino::Utf8Path;

use super::{Build, Subject, image_key};
use crate::checkout::dockerfile::{Kind, Mount};
use crate::diagnostic::{Code, Diagnostic, nearest};

pub(super) fn look(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    if build.reached.is_empty() {
        return;
    }
    unused_secrets(subject, build, findings);
    missing_secrets(build, findings);
    copied_secrets(subject, build, findings);
    secret_args(subject, build, findings);
}

/// The secret mounts that the targets need.
fn mounts<'a>(build: &'a Build<'_>) -> impl Iterator<Item = (&'a str, &'a Mount)> {
    build
        .instructions()
        .filter_map(|instruction| match &instruction.kind {
            Kind::Run(run) => Some(&run.mounts),
            _ => None,
        })
        .flatten()
        .filter(|mount| mount.kind == "secret")
        .filter_map(|mount| Some((mount.id()?, mount)))
}

fn unused_secrets(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    for (id, _) in &build.image.secrets {
        if mounts(build).any(|(mounted, _)| mounted == id.as_str()) {
            continue;
        }
        let path = &build.dockerfile.source.path;
        let new = Diagnostic::new(
            Code::UnusedSecret,
            subject.place(&image_key(build.image).key("secrets").key(id.as_str())),
            format!("no `RUN` of `{path}` that is built mounts the secret `{id}`"),
        );
        findings.push(match nearest(id.as_str(), mounts(build).map(|(id, _)| id)) {
            Some(near) => new.label(format!("did you mean `{near}`?")),
            None => new.help(format!(
                "write `RUN --mount=type=secret,id={id},required=true …` where it is needed, or delete the secret here"
            )),
        });
    }
}

fn missing_secrets(build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    let described = || build.image.secrets.iter().map(|(id, _)| id.as_str());
    let image = &build.image.name;
    for (id, mount) in mounts(build) {
        // An id may be made from arguments.
        if described().any(|known| known == id) || id.contains('$') {
            continue;
        }
        let (code, message) = match mount.is_required() {
            true => (
                Code::MissingSecret,
                format!("the image `{image}` has no secret `{id}`, and the build fails without it"),
            ),
            false => (
                Code::UnsetSecret,
                format!("the image `{image}` has no secret `{id}`: the command runs without it"),
            ),
        };
        let new = Diagnostic::new(code, build.dockerfile.place(&mount.range), message);
        let help = format!(
            "write `[images.{image}.secrets.{id}]` with `credentials_file`, `credentials_text` or `file`"
        );
        findings.push(match nearest(id, described()) {
            Some(near) => new
                .label(format!("did you mean `{near}`?"))
                .help(format!("or {help}")),
            None => new.help(help),
        });
    }
}

fn copied_secrets(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    for source in build.copied_paths().flatten() {
        let path = source.value.trim_end_matches('*');
        let name = Utf8Path::new(path).file_name().unwrap_or_default();
        if !is_secret_file(name) || !holds_secret(subject, build, path) {
            continue;
        }
        let id = name.trim_start_matches('.').replace('.', "-");
        findings.push(
            Diagnostic::new(
                Code::CopiedSecret,
                build.dockerfile.place(&source.range),
                format!("`{name}` looks like credentials, and is copied into a layer"),
            )
            .label("stays in a layer and in the build cache, also if a later command deletes it")
            .help(format!(
                "mount it where it is needed: `RUN --mount=type=secret,id={id},target=… …`, and describe `[images.{}.secrets.{id}]`",
                build.image.name
            )),
        );
    }
}

/// Whether files of this name hold credentials as a rule.
pub(super) fn is_secret_file(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        ".dockercfg",
        ".git-credentials",
        ".gradle.properties",
        ".netrc",
        ".npmrc",
        ".pgpass",
        ".pypirc",
        ".yarnrc.yml",
        "credentials",
        "credentials.json",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "id_rsa",
    ];
    const ENDS: [&str; 7] = [".jks", ".kdbx", ".key", ".keystore", ".p12", ".pem", ".pfx"];
    const EXAMPLES: [&str; 4] = ["dist", "example", "sample", "template"];
    let name = name.to_lowercase();
    let is_environment = name == ".env"
        || name
            .strip_prefix(".env.")
            .is_some_and(|rest| !EXAMPLES.contains(&rest));
    is_environment || NAMES.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end))
}

/// A file of such a name may hold none, such as an `.npmrc` that names a registry. One that is not in the checkout is made by somebody before the build.
fn holds_secret(subject: &Subject<'_>, build: &Build<'_>, path: &str) -> bool {
    const WORDS: [&str; 7] = [
        "_auth",
        "credential",
        "passw",
        "private key",
        "pwd",
        "secret",
        "token",
    ];
    let path = path.trim_start_matches('/');
    let path = Utf8Path::new(build.image.context.as_str()).join(path);
    // Such as a package of that name.
    if subject.checkout.has_folder(&path) {
        return false;
    }
    let Ok(Some(source)) = subject.checkout.read(path) else {
        return true;
    };
    let text = source.text.to_lowercase();
    let is_binary = text.contains('\u{fffd}');
    is_binary || WORDS.iter().any(|word| text.contains(word))
}

fn secret_args(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    let mut add = |name: &str, place| {
        findings.push(
            Diagnostic::new(
                Code::SecretArg,
                place,
                format!("`{name}` looks like a secret, and an argument is none"),
            )
            .note("arguments stand in the log, in the image's history and in its provenance")
            .help(format!(
                "make it a secret: `RUN --mount=type=secret,id={id},env={name} …` in the Dockerfile, and `[images.{image}.secrets.{id}]`",
                id = name.to_lowercase(),
                image = build.image.name,
            )),
        );
    };
    let declared = || build.stages().flat_map(|stage| stage.args());
    for (_, arg) in declared() {
        if is_secret_name(&arg.name.value) {
            add(&arg.name.value, build.dockerfile.place(&arg.name.range));
        }
    }
    for (name, _) in &build.image.args {
        let name = name.as_str();
        if is_secret_name(name) && !declared().any(|(_, arg)| arg.name.value == name) {
            let key = image_key(build.image).key("args").key(name);
            add(name, subject.place(&key));
        }
    }
}

/// Whether a variable of this name holds a secret as a rule, and not where one is found.
pub(super) fn is_secret_name(name: &str) -> bool {
    const WORDS: [&str; 7] = [
        "APIKEY",
        "API_KEY",
        "PASSWD",
        "PASSWORD",
        "PRIVATE_KEY",
        "SECRET",
        "TOKEN",
    ];
    const ENDS: [&str; 5] = ["_FILE", "_ID", "_NAME", "_PATH", "_URL"];
    let name = name.to_uppercase();
    WORDS.iter().any(|word| name.contains(word)) && !ENDS.iter().any(|end| name.ends_with(end))
}
