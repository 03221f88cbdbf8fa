//! Credentials: mounted as described, and never copied or passed as arguments.

use camino::Utf8Path;
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::{Build, Subject, image_key};
use crate::checkout::clean;
use crate::checkout::dockerfile::{Kind, Mount, Word};
use crate::checkout::writes::kept;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::model::Secret;

pub(super) fn look(
    subject: &Subject<'_>,
    build: &Build<'_>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    if build.reached.is_empty() {
        return Ok(());
    }
    unused_secrets(subject, build, findings);
    missing_secrets(build, findings);
    missing_agents(build, findings);
    unmounted_secrets(subject, build, findings);
    copied_secrets(subject, build, findings);
    copied_folders(subject, build, findings)?;
    kept_secrets(build, findings);
    secret_args(subject, build, findings);
    Ok(())
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

/// The shared steps give a build no SSH agent.
fn missing_agents(build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    let runs = build.instructions().filter_map(|it| match &it.kind {
        Kind::Run(run) => Some(&run.mounts),
        _ => None,
    });
    for mount in runs.flatten() {
        if mount.kind == "ssh" && mount.is_required() {
            findings.push(
                Diagnostic::new(
                    Code::MissingSecret,
                    build.dockerfile.place(&mount.range),
                    "no build has an SSH agent, and this one fails without it",
                )
                .help("mount the key as a secret: `RUN --mount=type=secret,id=ssh,target=/root/.ssh/id_ed25519,mode=0400 …`"),
            );
        }
    }
}

/// BuildKit reads the file in its own container, which has what the description mounts there.
fn unmounted_secrets(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    // What Kubernetes and Jenkins mount into every container.
    const ALWAYS: [&str; 3] = ["/home/jenkins", "/run/secrets", "/var/run/secrets"];
    // A command of a stage may write it.
    if !subject.project.own_stages.is_empty() {
        return;
    }
    let containers = &subject.project.pod.containers;
    let buildkit = containers
        .iter()
        .filter(|it| it.name.as_str() == "buildkit");
    let mounts: Vec<&str> = buildkit
        .flat_map(|container| &container.mounts)
        .map(|mount| mount.path.as_str())
        .collect();
    for (id, secret) in &build.image.secrets {
        let Secret::File(file) = secret else { continue };
        let path = Utf8Path::new(file.as_str());
        if mounts
            .iter()
            .chain(&ALWAYS)
            .any(|mount| path.starts_with(mount))
        {
            continue;
        }
        let key = image_key(build.image).key("secrets").key(id.as_str());
        let folder = path.parent().unwrap_or(path);
        findings.push(
            Diagnostic::new(
                Code::UnmountedSecret,
                subject.place(&key.key("file")),
                format!("nothing mounts `{file}` into the container `buildkit`, which reads it"),
            )
            .help(format!(
                "mount it: `mounts = [{{ secret = \"…\", path = \"{folder}\" }}]` in `[pod.containers.buildkit]`, or take a credential of Jenkins: `credentials_file = \"…\"`"
            )),
        );
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

/// Files that are copied with the folders that they are in. Those of tests are made up, and what Git ignores is not in a checkout.
fn copied_folders(
    subject: &Subject<'_>,
    build: &Build<'_>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    const MADE_UP: [&str; 8] = [
        "__tests__",
        "example",
        "examples",
        "fixtures",
        "spec",
        "test",
        "testdata",
        "tests",
    ];
    let Some(context) = &build.context else {
        return Ok(());
    };
    let ignored = ignored_by_git(subject);
    let root = clean(build.image.context.as_str().as_ref());
    let files = subject.checkout.files()?;
    let copied: Vec<&Word> = build.copied_paths().flatten().collect();
    for file in &files {
        let (Some(name), Ok(path)) = (file.file_name(), file.strip_prefix(&root)) else {
            continue;
        };
        let is_made_up = || path.iter().any(|part| MADE_UP.contains(&part));
        if !is_secret_file(name)
            || is_made_up()
            || ignored.is_match(name)
            || context.is_ignored(path)
        {
            continue;
        }
        // The folder itself: a file that is named is told as one.
        let holds = |source: &&&Word| {
            let folder = clean(source.value.as_ref());
            folder != path && path.starts_with(&folder)
        };
        let (Some(source), Some(held)) = (copied.iter().find(holds), held(subject, file)) else {
            continue;
        };
        let (code, message) = match held {
            Held::Secret => (
                Code::CopiedSecret,
                format!("`{path}` holds a secret, and is copied into a layer with its folder"),
            ),
            Held::Perhaps => (
                Code::PossibleSecret,
                format!("`{path}` may hold a secret, and is copied into a layer with its folder"),
            ),
        };
        findings.push(
            Diagnostic::new(code, build.dockerfile.place(&source.range), message)
                .label(
                    "stays in a layer and in the build cache, also if a later command deletes it",
                )
                .help(format!(
                    "write `{path}` into `{}`, and take it out of the repository if it is a secret",
                    context.ignore_file()
                )),
        );
    }
    Ok(())
}

/// The names that the checkout's `.gitignore` has.
fn ignored_by_git(subject: &Subject<'_>) -> GlobSet {
    let source = subject.checkout.read(".gitignore").ok().flatten();
    let mut names = GlobSetBuilder::new();
    for line in source.iter().flat_map(|source| source.text.lines()) {
        let name = line.trim().trim_start_matches("**/").trim_matches('/');
        if let (false, Ok(glob)) = (name.is_empty(), Glob::new(name)) {
            names.add(glob);
        }
    }
    names.build().unwrap_or_default()
}

/// Secrets that a command takes out of their mount.
fn kept_secrets(build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    for instruction in build.instructions() {
        let Kind::Run(run) = &instruction.kind else {
            continue;
        };
        const TARGET: [&str; 3] = ["target", "dst", "destination"];
        let (secrets, others): (Vec<&Mount>, Vec<&Mount>) =
            run.mounts.iter().partition(|mount| mount.kind == "secret");
        // What is mounted is in no layer.
        let is_mounted = |file: &str| {
            let mut targets = others.iter().filter_map(|mount| mount.option(&TARGET));
            let file = match file.strip_prefix('~') {
                Some(rest) => format!("/root{rest}"),
                None => file.to_owned(),
            };
            targets.any(|target| Utf8Path::new(&file).starts_with(target))
        };
        for mount in secrets {
            let Some(id) = mount.id() else { continue };
            let variable = mount.option(&["env"]);
            let path = match (mount.option(&TARGET), variable) {
                (Some(path), _) => Some(path.to_owned()),
                (None, None) => Some(format!("/run/secrets/{id}")),
                (None, Some(_)) => None,
            };
            let mut files = kept(&run.script, path.as_deref(), variable).into_iter();
            if let Some(file) = files.find(|file| !is_mounted(file)) {
                findings.push(
                    Diagnostic::new(
                        Code::CopiedSecret,
                        build.dockerfile.place(&mount.range),
                        format!("the secret `{id}` is written to `{file}`, which stays in the layer"),
                    )
                    .help("mount it where the program reads it: `target=…`; or delete the file in the same `RUN`"),
                );
            }
        }
    }
}

/// What a file of such a name holds.
#[derive(PartialEq, Eq)]
enum Held {
    /// A private key, a token or a password.
    Secret,
    /// What can't be read, or has a word for it.
    Perhaps,
}

/// A file of such a name may hold none, such as an `.npmrc` that names a registry. One that is not in the checkout is made by somebody before the build.
fn holds_secret(subject: &Subject<'_>, build: &Build<'_>, path: &str) -> bool {
    let path = path.trim_start_matches('/');
    let path = Utf8Path::new(build.image.context.as_str()).join(path);
    // Such as a package of that name.
    if subject.checkout.has_folder(&path) {
        return false;
    }
    !matches!(subject.checkout.read(&path), Ok(Some(_))) || held(subject, &path).is_some()
}

/// What a file of the checkout holds; `None` if it is not there, or harmless.
fn held(subject: &Subject<'_>, path: &Utf8Path) -> Option<Held> {
    const WORDS: [&str; 6] = ["_auth", "credential", "passw", "pwd", "secret", "token"];
    let source = match subject.checkout.read(path) {
        Ok(source) => source?,
        Err(_) => return Some(Held::Perhaps),
    };
    let text = &source.text;
    // The rest of such a file is no text, in which any word may stand.
    if text.contains("-----BEGIN ") {
        return text.contains("PRIVATE KEY").then_some(Held::Secret);
    }
    if text.lines().any(assigns_secret) {
        return Some(Held::Secret);
    }
    let lines = text.lines().filter(|line| !takes_value(line));
    let lower = lines.collect::<Vec<_>>().join("\n").to_lowercase();
    let is_binary = lower.contains('\u{fffd}');
    let has_word = || WORDS.iter().any(|word| lower.contains(word));
    (is_binary || has_word()).then_some(Held::Perhaps)
}

/// Whether a line takes its value from elsewhere, such as `_authToken=${NPM_TOKEN}`.
fn takes_value(line: &str) -> bool {
    let pair = line.split_once('=').or_else(|| line.split_once(": "));
    pair.is_some_and(|(_, value)| value.trim().trim_matches(['"', '\'']).starts_with("${"))
}

/// Whether a line gives a secret its value, such as `//registry/:_authToken=…`, and not that of a variable or an example.
fn assigns_secret(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=').or_else(|| line.split_once(": ")) else {
        return false;
    };
    let name = name.trim().rsplit(|c: char| !is_part_of_name(c)).next();
    let value = value.trim().trim_matches(['"', '\'']).to_lowercase();
    let is_literal = value.len() > 3 && !value.contains(['$', '<', '{', '%']);
    !line.trim_start().starts_with(['#', ';'])
        && name.is_some_and(|name| name == "_auth" || is_secret_name(name))
        && is_literal
        && !is_example(&value)
}

/// Whether a value in lower case only says where a secret would stand.
fn is_example(value: &str) -> bool {
    const EXAMPLES: [&str; 13] = [
        "change",
        "dummy",
        "example",
        "false",
        "none",
        "null",
        "password",
        "placeholder",
        "secret",
        "todo",
        "true",
        "xxx",
        "your",
    ];
    EXAMPLES.iter().any(|word| value.starts_with(word))
}

/// Whether an address has a password in it: `postgres://user:hunter2@db/x`. Those of programs on the same machine are of no use to others.
fn has_password(value: &str) -> bool {
    let addresses = value.split("://").skip(1);
    let mut parts = addresses.filter_map(|rest| {
        let (user, host) = rest.split(['/', ' ', ',']).next()?.rsplit_once('@')?;
        let (user, password) = user.split_once(':')?;
        Some((user, password.to_lowercase(), host))
    });
    parts.any(|(user, password, host)| {
        let is_here = ["localhost", "127.0.0.1", "[::1]"];
        let is_literal = !password.is_empty() && !password.contains(['$', '<', '{', '%', '*']);
        is_literal
            && password != user.to_lowercase()
            && password != "pass"
            && !is_example(&password)
            && !is_here.iter().any(|here| host.starts_with(here))
    })
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn secret_args(subject: &Subject<'_>, build: &Build<'_>, findings: &mut Vec<Diagnostic>) {
    const NAMED: &str = "looks like a secret, and an argument or a variable is none";
    const ADDRESS: &str = "has a password in it, and an argument or a variable is no secret";
    let mut add = |name: &str, what: &str, place| {
        findings.push(
            Diagnostic::new(
                Code::SecretArg,
                place,
                format!("`{name}` {what}"),
            )
            .note("both stand in the log, in the image's history and in its provenance")
            .help(format!(
                "make it a secret: `RUN --mount=type=secret,id={id},env={name} …` in the Dockerfile, and `[images.{image}.secrets.{id}]`",
                id = name.to_lowercase(),
                image = build.image.name,
            )),
        );
    };
    let declared = || build.stages().flat_map(|stage| stage.args());
    for (_, arg) in declared() {
        let default = arg.default.as_ref();
        let name = &arg.name.value;
        if is_secret_name(name) {
            add(name, NAMED, build.dockerfile.place(&arg.name.range));
        } else if let Some(default) = default.filter(|word| has_password(&word.value)) {
            add(name, ADDRESS, build.dockerfile.place(&default.range));
        }
    }
    for instruction in build.instructions() {
        let Kind::Env(pairs) = &instruction.kind else {
            continue;
        };
        for (name, value) in pairs {
            // What is made from an argument is told of the argument; a path is where one is found.
            let is_literal = value.value.len() > 1 && !value.value.contains('$');
            // `ALLOW_EMPTY_PASSWORD=yes` is a switch, and `PAD_TOKEN=<pad>` a word of a language.
            let is_choice = [
                "true", "false", "yes", "no", "on", "off", "none", "null", "always", "never",
            ]
            .contains(&value.value.to_lowercase().as_str())
                || value.value.starts_with('<');
            if is_secret_name(&name.value)
                && is_literal
                && !is_choice
                && !value.value.starts_with('/')
            {
                add(&name.value, NAMED, build.dockerfile.place(&name.range));
            } else if has_password(&value.value) {
                add(&name.value, ADDRESS, build.dockerfile.place(&value.range));
            }
        }
    }
    for (name, _) in &build.image.args {
        let name = name.as_str();
        if is_secret_name(name) && !declared().any(|(_, arg)| arg.name.value == name) {
            let key = image_key(build.image).key("args").key(name);
            add(name, NAMED, subject.place(&key));
        }
    }
}

/// Whether a variable of this name holds a secret as a rule. The last words of a name say what it is: `NPM_TOKEN` is a secret, and `TOKEN_TTL`, `MAX_TOKENS`
/// and `TOKEN_FILE` are none. BuildKit's lint rule `SecretsUsedInArgOrEnv` goes by words too, and leaves out what is public.
pub(super) fn is_secret_name(name: &str) -> bool {
    const LAST: [&str; 15] = [
        "APIKEY",
        "CREDENTIAL",
        "CREDENTIALS",
        "CREDS",
        "PASSPHRASE",
        "PASSWD",
        "PASSWORD",
        "PASSWORDS",
        "PAT",
        "PRIVATEKEY",
        "PWORD",
        "SECRET",
        "SECRETKEY",
        "SECRETS",
        "TOKEN",
    ];
    // `COMPOSER_AUTH` is a secret, and `ENABLE_AUTH` a choice.
    const BY_PROGRAMS: [&str; 5] = [
        "COMPOSER_AUTH",
        "DOCKER_AUTH_CONFIG",
        "NPM_AUTH",
        "SECRET_KEY_BASE",
        "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
    ];
    const KEYS: [&str; 8] = [
        "ACCESS",
        "ACCOUNT",
        "API",
        "ENCRYPTION",
        "MASTER",
        "PRIVATE",
        "SECRET",
        "SIGNING",
    ];
    let words = words_of(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.contains(&"PUBLIC") {
        return false;
    }
    if BY_PROGRAMS.contains(&words.join("_").as_str()) {
        return true;
    }
    match words.as_slice() {
        [.., kind, "KEY"] => KEYS.contains(kind),
        [.., last] => {
            LAST.contains(last) || ["PASSWORD", "TOKEN"].iter().any(|end| last.ends_with(end))
        }
        [] => false,
    }
}

/// The words of a name in upper case: those between `_`, `-` and `.`, and the humps of `dbPassword`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let is_hump = before.is_lowercase() && c.is_uppercase();
        if is_hump || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_uppercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_name_say_whether_it_is_a_secret() {
        for secret in [
            "NPM_TOKEN",
            "DB_PASSWORD",
            "dbPassword",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "api-key",
            "SSH_PRIVATE_KEY",
            "COMPOSER_AUTH",
            "GOOGLE_CREDENTIALS",
            "NUGET_PAT",
            "CLIENT_SECRET",
            "_authToken",
            "PGPASSWORD",
            "GITHUBTOKEN",
            "SECRET_KEY_BASE",
            "PAT",
        ] {
            assert!(is_secret_name(secret), "{secret}");
        }
        for none in [
            "TOKENIZER",
            "TOKENIZERS_VERSION",
            "MAX_TOKENS",
            "TOKEN_TTL",
            "CSRF_TOKEN_LENGTH",
            "PASSWORD_POLICY",
            "SECRETS_MANAGER_REGION",
            "APP_KEY_ID",
            "SECRET_FILE",
            "TOKEN_URL",
            "PUBLIC_KEY",
            "PUBLIC_API_KEY",
            "KEYBOARD",
            "CACHE_KEY",
            "PATCH",
            "PATH",
            "ENABLE_AUTH",
            "AUTHOR",
            "",
        ] {
            assert!(!is_secret_name(none), "{none}");
        }
    }

    #[test]
    fn an_address_has_a_password() {
        for address in [
            "postgres://user:hunter2@db/x",
            "https://u:pw@h/simple",
            "a,amqp://u:s3cr@t@h",
        ] {
            assert!(has_password(address), "{address}");
        }
        for address in [
            "postgres://user@db/x",
            "postgres://user:$PASSWORD@db/x",
            "postgres://user:${PASSWORD}@db/x",
            "postgres://user:password@db/x",
            "postgres://postgres:postgres@db/x",
            "postgres://user:hunter2@localhost:5432/x",
            "https://h:443/a@b",
            "https://h/simple",
            "user:hunter2@db",
        ] {
            assert!(!has_password(address), "{address}");
        }
    }

    #[test]
    fn a_line_gives_a_secret_its_value() {
        for line in [
            "//registry.example.com/:_authToken=npm_abc123",
            "DB_PASSWORD = 'hunter2'",
            "  password: correct-horse",
            "export API_KEY=abcd",
            "_auth=YTpi",
        ] {
            assert!(assigns_secret(line), "{line}");
        }
        for line in [
            "//registry.example.com/:_authToken=${NPM_TOKEN}",
            "DB_PASSWORD=",
            "DB_PASSWORD=changeme",
            "API_KEY=<key>",
            "# API_KEY=abcd",
            "registry=https://example.com",
            "TOKEN_TTL=3600",
        ] {
            assert!(!assigns_secret(line), "{line}");
        }
    }
}
