//! Regular expressions for editors: what the values of keys look like, as ECMA 262 has it.
//!
//! They refuse nothing that [`crate::model`] takes, and are no more than a first look: its types have the whole rules and say them in words.

/// Anything but nothing.
pub(super) const TEXT: &str = r"\S";
/// One line.
pub(super) const LINE: &str = r"^[^\u0000-\u001f\u007f]*\S[^\u0000-\u001f\u007f]*$";
/// One line that Jenkins may show as HTML.
pub(super) const PLAIN_LINE: &str = r"^[^\u0000-\u001f\u007f<>&]+$";
/// Letters, digits, `-` and `_`.
pub(super) const NAME: &str = r"^[A-Za-z0-9][A-Za-z0-9_-]*$";
/// Letters, digits, `-`, `_` and `.`.
pub(super) const WORD: &str = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$";
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
