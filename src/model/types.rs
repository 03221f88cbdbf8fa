//! Validated values. Each type holds text that satisfies the rules of its own field, so no later stage checks or trusts anything again.

use std::fmt;
use std::str::FromStr;

use camino::Utf8Path;
use heck::{ToLowerCamelCase, ToUpperCamelCase};

use super::{SharedStep, reserved};
use crate::diagnostic::Code;

/// Why a text is not a value of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The kind of mistake.
    pub code: Code,
    /// The rule, as the end of a sentence that begins with the key: `must be …`.
    pub rule: String,
    /// A remedy, where there is one to name.
    pub help: Option<String>,
}

impl Invalid {
    pub(super) fn new(rule: impl Into<String>) -> Self {
        Self {
            code: Code::InvalidValue,
            rule: rule.into(),
            help: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Declares newtypes of `String` whose only constructor is `FromStr` with the given check.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let check: fn(&str) -> Result<(), Invalid> = $check;
                check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// Name of a shared library in Jenkins, and of a folder.
    LibraryName: |text| word(text, "-_", 64, "a library name");
    /// A branch, tag or commit, as Git's `check-ref-format` has it.
    Revision: |text| git_name(text, "a branch, tag or commit of Git");
    /// A branch, as Git's `check-ref-format` has it.
    BranchName: |text| {
        git_name(text, "a branch name of Git").map_err(|invalid| {
            if text.contains('*') { invalid.help("patterns are not supported here: name one branch") } else { invalid }
        })?;
        // Jenkins compares it with `BRANCH_NAME`, which is never so.
        if text.starts_with("refs/") || text == "HEAD" {
            return Err(Invalid::new("must be the name of a branch alone").help("such as `main`"));
        }
        Ok(())
    };
    /// Branches by name, where `*` stands for any text without `/` and `**` for any text.
    BranchPattern: |text| {
        git_name(&text.replace('*', "x"), "a branch name of Git, or a pattern of such names")
    };
    /// What stands before the version in a Git tag; may be empty.
    TagPrefix: |text| git_name(&format!("{text}1.2.3"), "the beginning of a tag name of Git").and_then(|()| {
        if text.starts_with("refs/") { Err(Invalid::new("must not begin with `refs/`")) } else { Ok(()) }
    });
    /// Name of a project: that of its file.
    ProjectName: |text| word(text, "-_.", 64, "a project name");
    /// Name of a rendered step: a file in `vars/` and a method in Groovy.
    StepName: step_name;
    /// Name of an image or check inside a project.
    PartName: |text| {
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(Invalid::new("must begin with a letter"));
        }
        label(text, 40)
    };
    /// One line of text for people that Jenkins shows as HTML.
    Description: |text| {
        line(text, 200)?;
        if text.contains(['<', '>', '&']) {
            return Err(Invalid::new("must not contain `<`, `>` or `&`").help("Jenkins shows it as HTML in its Global Variable Reference"));
        }
        Ok(())
    };
    /// One line of text for people.
    Line: |text| line(text, 200);
    /// A version, `MAJOR.MINOR.PATCH` with an optional pre-release; it fits in image tags and Git tags.
    VersionNumber: version;
    /// A key of a Java properties file.
    PropertyKey: |text| word(text, "-_.", 100, "a key of a properties file");
    /// A path below the workspace, `/` between its parts; never the workspace itself.
    RelativePath: |text| if text == "." { Err(Invalid::new("must be a path below the workspace, not the workspace itself")) } else { relative_path(text) };
    /// A folder of the workspace; `.` is the workspace itself.
    ContextPath: |text| if text == "." { Ok(()) } else { relative_path(text) };
    /// An absolute path in a container.
    ContainerPath: container_path;
    /// An Ant pattern of files below the workspace.
    FilePattern: |text| {
        if text.contains(',') {
            return Err(Invalid::new("must be one pattern").help("write several patterns as several items of the list"));
        }
        file_pattern(text)
    };
    /// Ant patterns of files below the workspace, separated by commas.
    FilePatterns: |text| text.split(',').try_for_each(|part| file_pattern(part.trim()));
    /// A stage of a Dockerfile.
    TargetName: |text| word(text, "-_.", 100, "the name of a stage in a Dockerfile");
    /// The name of an `ARG` of a Dockerfile or of an environment variable.
    VariableName: |text| {
        let head = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if head && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') { Ok(()) } else {
            Err(Invalid::new("must consist of letters, digits and `_`, and not begin with a digit"))
        }
    };
    /// The name of a var of the user's own: a file in `vars/` and a method in Groovy.
    VarName: identifier;
    /// One line for `sh`.
    ShellLine: |text| {
        if text.starts_with("#!") {
            return Err(Invalid::new("must not begin with `#!`").help("Jenkins runs a script with an interpreter of its own without `-e`: a command that fails would not fail the stage"));
        }
        line(text, 2000)
    };
    /// The id of a BuildKit secret.
    SecretId: |text| word(text, "-_.", 100, "the id of a build secret");
    /// The id of a Jenkins credential.
    CredentialsId: |text| word(text, "-_.", 200, "the id of a Jenkins credential");
    /// A name of an object in Kubernetes: an RFC 1123 subdomain.
    ObjectName: |text| if text.len() <= 253 { text.split('.').try_for_each(|part| label(part, 63)) } else { Err(Invalid::new("must have at most 253 characters")) };
    /// A name of a container: an RFC 1123 label.
    ContainerName: |text| label(text, 63);
    /// A key of a Kubernetes secret or config map.
    ObjectKey: |text| {
        word_with_head(text, ".-_", "-_.", 253, "a key of a secret or config map")?;
        if text.starts_with("..") { Err(Invalid::new("must not begin with `..`")) } else { Ok(()) }
    };
    /// Cores in Kubernetes' notation.
    CpuAmount: |text| amount(text, &CPU_UNITS, "must be a number of cores, such as `500m`, `2` or `1.5`");
    /// Bytes in Kubernetes' notation.
    MemoryAmount: |text| amount(text, &MEMORY_UNITS, "must be a number of bytes, such as `512Mi` or `4Gi`");
    /// One word of a command, or the value of an environment variable.
    Word: |text| {
        // Jenkins' YAML reader, SnakeYAML Engine, does not know the escapes of the line separators.
        let refused = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}');
        if text.contains(refused) {
            return Err(Invalid::new("must have no control characters but newline and tab"));
        }
        if text.len() > 4000 { Err(Invalid::new("must have at most 4000 bytes")) } else { Ok(()) }
    };
    /// A whole image reference: registry, repository, tag, digest; the last two not both missing.
    ImageReference: |text| {
        reference(text)?;
        let name = text.rsplit('/').next().unwrap_or(text);
        if !text.contains('@') && (!name.contains(':') || name.ends_with(":latest")) {
            return Err(Invalid::new("must name one version: this can be another image tomorrow")
                .help("pin it by digest, `image:tag@sha256:…`, or at least by a tag other than `latest`"));
        }
        Ok(())
    };
    /// A registry and repository without tag and digest.
    Repository: |text| {
        reference(text)?;
        // A colon in the last part is a tag; before that it is a port.
        if text.contains('@') || text.rsplit('/').next().is_some_and(|last| last.contains(':')) {
            return Err(Invalid::new("must have neither a tag nor a digest").help("write the tags in `tags`"));
        }
        Ok(())
    };
    /// The host name of an Amazon registry, as `docker-credential-ecr-login` knows them.
    RegistryHost: |text| {
        let private = text.split_once(".dkr").is_some_and(|(account, rest)| {
            account.len() == 12 && account.bytes().all(|c| c.is_ascii_digit()) && (rest.starts_with(".ecr") || rest.starts_with("-ecr"))
        });
        if reference(&format!("{text}/x")).is_ok() && !text.contains(['/', ':']) && (private || text == "public.ecr.aws") {
            return Ok(());
        }
        Err(Invalid::new("must be the host name of an Amazon registry").help("such as `123456789012.dkr.ecr.eu-west-1.amazonaws.com`"))
    };
    /// A property of the SonarQube scanner.
    SonarProperty: |text| {
        word(text, "-_.", 200, "a property of the SonarQube scanner")?;
        let lower = text.to_ascii_lowercase();
        if ["token", "login", "password"].iter().any(|secret| lower.ends_with(secret)) {
            return Err(Invalid::new("must not be a secret").help("`installation` brings the credentials of the server"));
        }
        if text == "sonar.host.url" {
            return Err(Invalid::new("must not be the server's address").help("`installation` names the server"));
        }
        if !text.contains('.') {
            return Err(Invalid::new("must be a property of the SonarQube scanner").help("such as `sonar.projectKey`"));
        }
        Ok(())
    };
    /// A mail address: that of RFC 5322 without quotes, comments and literals. `$` begins a token of Email Extension.
    EmailAddress: |text| {
        let dotted = |part: &str, extra: &str| part.split('.').all(|atom| {
            !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
        });
        let good = text.len() <= 254 && text.split_once('@').is_some_and(|(local, domain)| {
            dotted(local, "!#%&'*+-/=?^_`{|}~") && dotted(domain, "-") && !domain.split('.').any(|label| label.starts_with('-') || label.ends_with('-'))
        });
        if good { Ok(()) } else {
            Err(Invalid::new("must be a mail address such as `team@example.org`"))
        }
    };
    /// The name of a person or service in a Git object.
    PersonName: |text| {
        line(text, 100)?;
        if text.contains(['<', '>']) {
            return Err(Invalid::new("must not contain `<` or `>`"));
        }
        // Git drops punctuation at both ends, and refuses a name that is then empty.
        if text.chars().any(char::is_alphanumeric) { Ok(()) } else { Err(Invalid::new("must contain a letter or digit")) }
    };
}

impl StepName {
    /// The step of a project that names none: `my-service` becomes `myServicePipeline`.
    pub fn of_project(project: &ProjectName) -> Result<Self, Invalid> {
        format!("{}Pipeline", project.as_str().to_lower_camel_case())
            .parse()
            .map_err(|invalid: Invalid| invalid.help("name it yourself: `step = \"…\"`"))
    }
}

impl PartName {
    /// For use inside a method's name: `web-app` becomes `WebApp`.
    pub fn upper_camel(&self) -> String {
        self.0.to_upper_camel_case()
    }
}

impl VersionNumber {
    /// The longest version that [`VersionNumber`] and the emitted steps accept, in characters.
    pub const MAX_LENGTH: usize = 50;
}

impl BranchPattern {
    /// Whether it stands for one branch alone.
    pub fn is_plain(&self) -> bool {
        !self.0.contains('*')
    }

    /// Whether a branch is one of them.
    pub fn matches(&self, branch: &str) -> bool {
        let mut parts = Vec::new();
        let mut rest = self.0.as_str();
        while let Some(next) = rest.chars().next() {
            let length = if rest.starts_with("**") {
                2
            } else {
                next.len_utf8()
            };
            let (part, after) = rest.split_at(length);
            parts.push(part);
            rest = after;
        }
        // The places in the pattern at which the name read so far may have come: trying one way after the other may never end.
        let mut reached = vec![false; parts.len() + 1];
        reached[0] = true;
        let pass_stars = |reached: &mut Vec<bool>| {
            for (at, part) in parts.iter().enumerate() {
                reached[at + 1] |= reached[at] && part.starts_with('*');
            }
        };
        pass_stars(&mut reached);
        for c in branch.chars() {
            let mut next = vec![false; reached.len()];
            for (at, part) in parts.iter().enumerate().filter(|(at, _)| reached[*at]) {
                match *part {
                    "**" => next[at] = true,
                    "*" => next[at] |= c != '/',
                    part => next[at + 1] = part.starts_with(c),
                }
            }
            pass_stars(&mut next);
            reached = next;
        }
        reached[parts.len()]
    }

    /// The regular expression, as Java reads it, that matches the whole name of a branch.
    pub fn regex(&self) -> String {
        let mut regex = String::new();
        let mut rest = self.0.as_str();
        while let Some(next) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("**") {
                regex.push_str(".*");
                rest = after;
                continue;
            }
            match next {
                '*' => regex.push_str("[^/]*"),
                // Of what Git allows in a name these have a meaning in a regular expression.
                '.' | '+' | '(' | ')' | '{' | '}' | '|' | '$' | '#' | '&' | '-' => {
                    regex.push('\\');
                    regex.push(next);
                }
                _ => regex.push(next),
            }
            rest = &rest[next.len_utf8()..];
        }
        regex
    }
}

fn identifier(text: &str) -> Result<(), Invalid> {
    let good = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
        && text.len() <= 100;
    if good {
        Ok(())
    } else {
        Err(Invalid::new(
            "must be a name in lower camel case, such as `servicePipeline`",
        ))
    }
}

fn step_name(text: &str) -> Result<(), Invalid> {
    identifier(text)?;
    let reason = match SharedStep::is_file(text) {
        true => Some("it is one of the library's shared steps"),
        false => reserved::reason(text),
    };
    match reason {
        Some(reason) => Err(Invalid {
            code: Code::ShadowedName,
            ..Invalid::new(format!("must not be `{text}`: {reason}")).help("choose another name")
        }),
        None => Ok(()),
    }
}

fn line(text: &str, max: usize) -> Result<(), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new("must not be empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new("must be one line without control characters"));
    }
    if text.chars().count() > max {
        return Err(Invalid::new(format!("must have at most {max} characters")));
    }
    Ok(())
}

/// Letters, digits and `extra`, beginning with a letter or digit.
fn word(text: &str, extra: &str, max: usize, what: &str) -> Result<(), Invalid> {
    word_with_head(text, "", extra, max, what)
}

fn word_with_head(
    text: &str,
    head: &str,
    extra: &str,
    max: usize,
    what: &str,
) -> Result<(), Invalid> {
    let good = text.starts_with(|c: char| c.is_ascii_alphanumeric() || head.contains(c))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
        && text.len() <= max
        && !matches!(text, "." | "..");
    if good {
        return Ok(());
    }
    let extra: Vec<String> = extra.chars().map(|c| format!("`{c}`")).collect();
    Err(Invalid::new(format!(
        "must be {what}: letters, digits, {}; at most {max}",
        extra.join(", ")
    )))
}

fn label(text: &str, max: usize) -> Result<(), Invalid> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = text.starts_with(inner)
        && text.ends_with(inner)
        && text.chars().all(|c| inner(c) || c == '-')
        && text.len() <= max;
    if good {
        Ok(())
    } else {
        Err(Invalid::new(format!(
            "must consist of lower-case letters, digits and `-`, begin and end with a letter or digit, and have at most {max} characters"
        )))
    }
}

fn git_name(text: &str, what: &str) -> Result<(), Invalid> {
    let invalid = |reason: String| Invalid::new(format!("must be {what}: {reason}"));
    if text.len() > 200 {
        return Err(invalid("it has more than 200 bytes".to_owned()));
    }
    // `gix-validate` has Git's rules; what Git also allows here but no branch should have is control of the terminal and of options.
    if text.starts_with('-') {
        return Err(invalid("it begins with `-`".to_owned()));
    }
    gix_validate::reference::name_partial(text.into())
        .map_err(|error| invalid(error.to_string().to_lowercase()))?;
    Ok(())
}

/// Leading zeros are allowed: calendar versions such as `2026.01.2` have them, and tags of Git and of images take them.
fn version(text: &str) -> Result<(), Invalid> {
    let invalid = || {
        Invalid::new("must be a version such as `1.2.3` or `1.2.3-rc.1`")
            .help("MAJOR.MINOR.PATCH, then optionally `-`, a word of letters and digits, and numbers after `.` or `-`")
    };
    let (numbers, pre_release) = text
        .split_once('-')
        .map_or((text, None), |(numbers, rest)| (numbers, Some(rest)));
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let three = numbers.split('.').count() == 3 && numbers.split('.').all(number);
    let rest = pre_release.is_none_or(|rest| {
        let mut parts = rest.split(['.', '-']);
        let word = parts.next().is_some_and(|first| {
            !first.is_empty() && first.chars().all(|c| c.is_ascii_alphanumeric())
        });
        word && parts.all(number)
    });
    if three && rest && text.len() <= VersionNumber::MAX_LENGTH {
        Ok(())
    } else {
        Err(invalid())
    }
}

fn path_text(text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::new("must not be empty"));
    }
    if text.chars().any(|c| c.is_control() || c == '\\') {
        return Err(Invalid::new("must have no control characters and no `\\`"));
    }
    if text.len() > 500 {
        return Err(Invalid::new("must have at most 500 bytes"));
    }
    if text.split('/').any(|part| part == "..") {
        return Err(Invalid::new("must not contain `..`"));
    }
    Ok(())
}

fn relative_path(text: &str) -> Result<(), Invalid> {
    path_text(text)?;
    if Utf8Path::new(text).is_absolute() {
        return Err(Invalid::new("must be relative, without a leading `/`"));
    }
    if text.starts_with('-') {
        return Err(Invalid::new("must not begin with `-`"));
    }
    if text.split('/').any(|part| part.is_empty() || part == ".") {
        return Err(Invalid::new(
            "must be in its simplest form: no `//`, no `./`, no `/` at the end",
        ));
    }
    if text
        .split('/')
        .any(|part| part.eq_ignore_ascii_case(".git"))
    {
        return Err(Invalid::new("must not lead into `.git`")
            .help("Git runs what stands in `.git/hooks`, with the credential of the release"));
    }
    Ok(())
}

fn container_path(text: &str) -> Result<(), Invalid> {
    path_text(text)?;
    let Some(rest) = text.strip_prefix('/') else {
        return Err(Invalid::new(
            "must be an absolute path in the container, such as `/app/build`",
        ));
    };
    if !rest.is_empty() && rest.split('/').any(|part| part.is_empty() || part == ".") {
        return Err(Invalid::new(
            "must be in its simplest form: no `//`, no `./`, no `/` at the end",
        ));
    }
    if text.contains(':') {
        return Err(Invalid::new("must not contain `:`"));
    }
    Ok(())
}

fn file_pattern(text: &str) -> Result<(), Invalid> {
    path_text(text)?;
    if text.starts_with('/') {
        return Err(Invalid::new("must be relative to the workspace"));
    }
    Ok(())
}

/// A unit and the thousandths that it stands for; `m` is for CPU alone, where thousandths of bytes would be a slip of the pen for `M` or `Mi`.
type Unit = (&'static str, u128);

const CPU_UNITS: [Unit; 2] = [("", 1000), ("m", 1)];
const MEMORY_UNITS: [Unit; 13] = [
    ("", 1000),
    ("k", 1000_u128.pow(2)),
    ("M", 1000_u128.pow(3)),
    ("G", 1000_u128.pow(4)),
    ("T", 1000_u128.pow(5)),
    ("P", 1000_u128.pow(6)),
    ("E", 1000_u128.pow(7)),
    ("Ki", 1000 << 10),
    ("Mi", 1000 << 20),
    ("Gi", 1000 << 30),
    ("Ti", 1000 << 40),
    ("Pi", 1000 << 50),
    ("Ei", 1000 << 60),
];

/// An amount of CPU or memory.
pub trait Amount {
    /// For comparisons.
    fn thousandths(&self) -> Option<u128>;
}

impl Amount for CpuAmount {
    fn thousandths(&self) -> Option<u128> {
        thousandths(&self.0, &CPU_UNITS)
    }
}

impl Amount for MemoryAmount {
    fn thousandths(&self) -> Option<u128> {
        thousandths(&self.0, &MEMORY_UNITS)
    }
}

/// The amount that a text stands for, if it stands for one: at most 15 digits, of which three follow a point.
fn thousandths(text: &str, units: &[Unit]) -> Option<u128> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &text[number.len()..];
    let (_, unit) = units.iter().find(|(name, _)| *name == suffix)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 12 || fraction.len() > 3 {
        return None;
    }
    // Three digits after the point make thousandths.
    let number: u128 = format!("{whole}{fraction:0<3}").parse().ok()?;
    Some(number * unit / 1000)
}

fn amount(text: &str, units: &[Unit], rule: &str) -> Result<(), Invalid> {
    match thousandths(text, units) {
        Some(_) => Ok(()),
        None => Err(Invalid::new(rule)),
    }
}

fn reference(text: &str) -> Result<oci_spec::distribution::Reference, Invalid> {
    text.parse()
        .map_err(|error: oci_spec::distribution::ParseError| {
            Invalid::new(format!("must be an image reference: {error}"))
                .help("such as `registry.example.com:5000/team/app`, all in lower case")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_the_branches_that_they_should() {
        let matches = |pattern: &str, branch: &str| {
            let pattern: BranchPattern = pattern.parse().unwrap();
            pattern.matches(branch)
        };
        for (pattern, good, bad) in [
            ("main", &["main"][..], &["mai", "main2", "x/main"][..]),
            (
                "release/*",
                &["release/1", "release/"],
                &["release/1/2", "release"],
            ),
            ("release/**", &["release/1", "release/1/2"], &["release"]),
            ("**", &["a", "a/b"], &[]),
            ("**/fix", &["a/fix", "a/b/fix"], &["fix", "a/fixes"]),
            ("*a*", &["a", "xay", "aa"], &["x", "a/", "/a"]),
            ("é*ö", &["éö", "éüö"], &["éü"]),
        ] {
            for branch in good {
                assert!(matches(pattern, branch), "{pattern} {branch}");
            }
            for branch in bad {
                assert!(!matches(pattern, branch), "{pattern} {branch}");
            }
        }
        // Each star doubles the ways to match it.
        assert!(!matches(&"**a".repeat(40), &("a".repeat(100) + "b")));
    }
}
