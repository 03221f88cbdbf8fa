//! Regular expressions for editors: what the values of keys look like, as ECMA 262 has it.
//!
//! They refuse nothing that [`crate::model`] takes, and are no more than a first look: its types have the whole rules and say them in words.

/// Anything but nothing.
pub(super) const TEXT: &str = r"\S";
/// One line.
pub(super) const LINE: &str = r"^[^\u0000-\u001f\u007f]*\S[^\u0000-\u001f\u007f]*$";
/// One line that Jenkins may show as HTML.
pub(super) const PLAIN_LINE: &str = r"^[^\u0000-\u001f\u007f<>&]+$";
/// One line of a shell script.
pub(super) const COMMAND: &str = r"^(#$|#[^!\u0000-\u001f\u007f]|[^ #\u0000-\u001f\u007f]| +[^ \u0000-\u001f\u007f])[^\u0000-\u001f\u007f]*$";
/// Letters, digits, `-` and `_`.
pub(super) const NAME: &str = r"^[A-Za-z0-9][A-Za-z0-9_-]*$";
/// Letters, digits, `-`, `_` and `.`.
pub(super) const WORD: &str = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$";
/// The name of an image, check or stage.
pub(super) const PART: &str = r"^[a-z]([a-z0-9-]*[a-z0-9])?$";
/// The name of a variable.
pub(super) const VARIABLE: &str = r"^[A-Za-z_][A-Za-z0-9_]*$";
/// A property of SonarQube.
pub(super) const PROPERTY: &str = r"^[A-Za-z0-9][A-Za-z0-9_.-]*\.[A-Za-z0-9_.-]*$";
/// A name in lower camel case.
pub(super) const IDENTIFIER: &str = r"^[a-z][A-Za-z0-9]*$";
/// A DNS label.
pub(super) const LABEL: &str = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";
/// A name of an object in Kubernetes.
pub(super) const OBJECT: &str = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";
/// A key of a secret or config map.
pub(super) const OBJECT_KEY: &str = r"^[A-Za-z0-9._-]+$";
/// A branch, tag or commit.
pub(super) const REVISION: &str = r"^[^\s~^:?*\[\\-][^\s~^:?*\[\\]*$";
/// Branches, `*` and `**` for what is not fixed.
pub(super) const BRANCHES: &str = r"^[^\s~^:?\[\\-][^\s~^:?\[\\]*$";
/// The beginning of a tag in Git.
pub(super) const PREFIX: &str = r"^[^\s~^:?*\[\\]*$";
/// `MAJOR.MINOR.PATCH` with an optional pre-release.
pub(super) const VERSION: &str = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z]+([.-][0-9]+)*)?$";
/// A path below the workspace.
pub(super) const PATH: &str = r"^[^/\\-][^\\]*$";
/// An absolute path in a container.
pub(super) const CONTAINER_PATH: &str = r"^/[^\\:]*$";
/// An Ant pattern of files below the workspace.
pub(super) const PATTERN: &str = r"^[^/,\\][^,\\]*$";
/// Ant patterns, separated by commas.
pub(super) const PATTERNS: &str = r"^\s*[^/\\][^\\]*$";
/// An image with a tag or a digest.
pub(super) const IMAGE: &str = r"^[A-Za-z0-9][^\s]*[:@][^\s]+$";
/// Registry and repository, without a tag.
pub(super) const REPOSITORY: &str = r"^[A-Za-z0-9][^\s@]*$";
/// A tag of an image with placeholders.
pub(super) const TAG: &str = r"^([A-Za-z0-9_.-]|\{(version|build_number|commit)\})+$";
/// A mail address.
pub(super) const MAIL: &str = r"^[^\s@]+@[^\s@]+$";
/// Who is mailed.
pub(super) const RECIPIENT: &str = r"^(culprits|developers|requester|[^\s@]+@[^\s@]+)$";
/// Cores.
pub(super) const CPU: &str = r"^[0-9]+(\.[0-9]+)?m?$";
/// Bytes.
pub(super) const MEMORY: &str = r"^[0-9]+(\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?$";

/// What a value looks like that fits one of these patterns.
pub(super) fn in_words(pattern: &str) -> Option<&'static str> {
    Some(match pattern {
        NAME => "letters, digits, `_` and `-`",
        WORD => "letters, digits, `.`, `_` and `-`",
        OBJECT_KEY => "letters, digits, `.`, `_` and `-`",
        PART => "small letters, digits, and `-` between them, a letter first",
        VARIABLE => "letters, digits and `_`, no digit first",
        PROPERTY => "letters, digits, `.`, `_` and `-`, with a dot",
        LABEL => "small letters, digits, and `-` between them",
        OBJECT => "small letters, digits, and `-` and `.` between them",
        IDENTIFIER => "lower camel case",
        REVISION => "a name of Git",
        PREFIX => "a part of a name of Git",
        BRANCHES => "a name of Git, `*` too",
        IMAGE => "an image with its tag or digest",
        PLAIN_LINE => "one line without `<`, `>` and `&`",
        LINE => "one line",
        COMMAND => "one line that does not begin with `#!`",
        TEXT => "not empty",
        VERSION => "a version",
        PATH => "a relative path",
        CONTAINER_PATH => "an absolute path",
        PATTERN => "a relative pattern without commas",
        PATTERNS => "relative patterns",
        REPOSITORY => "a name without spaces and `@`",
        TAG => "letters, digits, `.`, `_`, `-` and these values",
        MAIL => "one address",
        RECIPIENT => "`culprits`, `developers`, `requester` or an address",
        CPU => "a number, `m` behind it for thousandths",
        MEMORY => "a number with or without a unit",
        _ => return None,
    })
}
