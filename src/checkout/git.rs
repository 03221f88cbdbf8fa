//! What a checkout's Git knows of where it comes from: read from its files, without running Git and without a network.

use std::io;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};

/// The largest of Git's files that is read here, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// What Git knows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Git {
    /// The address of `origin`, without the user and password that it may hold.
    pub origin: Option<Origin>,
    /// The branch that a clone of `origin` checks out.
    pub default_branch: Option<String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
}

/// The address of a remote repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address.
    pub url: String,
    /// How it is reached.
    pub transport: Transport,
}

/// How a remote repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP or HTTPS.
    Https,
    /// SSH, also in the form `git@host:path`.
    Ssh,
    /// Anything else, such as a folder.
    Other,
}

impl Git {
    /// Reads what there is; `None` if the folder is no checkout of Git's own making.
    ///
    /// # Errors
    ///
    /// When one of its files can't be read.
    pub fn read(checkout: &Utf8Path) -> anyhow::Result<Option<Self>> {
        let Some((own, common)) = folders(checkout)? else {
            return Ok(None);
        };
        let config = text(&common.join("config"))?.unwrap_or_default();
        let branch_of = |path: Utf8PathBuf, prefix: &str| -> anyhow::Result<Option<String>> {
            let head = text(&path)?.unwrap_or_default();
            let name = head
                .trim()
                .strip_prefix("ref: ")
                .and_then(|name| name.strip_prefix(prefix));
            Ok(name.map(str::to_owned))
        };
        Ok(Some(Self {
            origin: origin(&config).map(|url| Origin::new(&url)),
            default_branch: branch_of(
                common.join("refs/remotes/origin/HEAD"),
                "refs/remotes/origin/",
            )?,
            branch: branch_of(own.join("HEAD"), "refs/heads/")?,
        }))
    }
}

impl Origin {
    fn new(url: &str) -> Self {
        let transport = match url.split_once("://") {
            Some(("http" | "https", _)) => Transport::Https,
            Some(("ssh" | "git+ssh", _)) => Transport::Ssh,
            Some(_) => Transport::Other,
            // `host:path`; a path may hold a colon behind its first slash.
            None if url.split('/').next().is_some_and(|host| host.contains(':')) => Transport::Ssh,
            None => Transport::Other,
        };
        // A token in the address is nobody's business.
        let url = match (transport, url.split_once("://")) {
            (Transport::Https, Some((scheme, rest))) => {
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                let host = host.rsplit('@').next().unwrap_or(host);
                format!("{scheme}://{host}/{path}")
            }
            _ => url.to_owned(),
        };
        Self { url, transport }
    }

    /// The last part of the address, without `.git`: the name that a clone has.
    pub fn name(&self) -> Option<&str> {
        let url = self.url.trim_end_matches('/');
        let name = url.rsplit(['/', ':']).next()?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        (!name.is_empty()).then_some(name)
    }
}

/// The path of a folder in the repository that it stands in; empty if it stands in none.
pub fn below_top(folder: &Utf8Path) -> Utf8PathBuf {
    let below = || {
        let whole = folder.canonicalize_utf8().ok()?;
        let below = whole.strip_prefix(top(folder)?).ok()?;
        Some(below.to_owned())
    };
    below().unwrap_or_default()
}

/// The top folder of the repository that a folder stands in.
pub fn top(folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let whole = folder.canonicalize_utf8().ok()?;
    let mut folders = whole.ancestors();
    // A file for worktrees and submodules.
    let top = folders.find(|folder| folder.join(".git").exists());
    top.map(Utf8Path::to_owned)
}

/// Git's folder of this checkout, and the one that all checkouts of the repository share.
fn folders(checkout: &Utf8Path) -> anyhow::Result<Option<(Utf8PathBuf, Utf8PathBuf)>> {
    let git = checkout.join(".git");
    let metadata = match fs_err::symlink_metadata(&git) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if metadata.is_dir() {
        return Ok(Some((git.clone(), git)));
    }
    if !metadata.is_file() {
        return Ok(None);
    }
    // A linked worktree. Git's folder of it points back; if it does not, the file names a folder that is none of its business.
    let file = text(&git)?.unwrap_or_default();
    let Some(own) = file
        .trim()
        .strip_prefix("gitdir: ")
        .map(|own| checkout.join(own))
    else {
        return Ok(None);
    };
    let back = text(&own.join("gitdir"))?.map(|back| own.join(back.trim()));
    let is_same = match back {
        Some(back) => back.canonicalize().ok() == git.canonicalize().ok(),
        None => false,
    };
    let common = text(&own.join("commondir"))?.map(|common| own.join(common.trim()));
    Ok(common.filter(|_| is_same).map(|common| (own, common)))
}

/// A small text file that is no symbolic link; `None` if it is not there, or no such file.
fn text(path: &Utf8Path) -> anyhow::Result<Option<String>> {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_SIZE => {
            let bytes = fs_err::read(path).with_context(|| format!("can't read {path}"))?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => Ok(None),
    }
}

/// `url` of `[remote "origin"]`. The crates that read Git's configuration bring forty others along for this one value.
fn origin(config: &str) -> Option<String> {
    let mut in_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line.split_whitespace().collect::<Vec<_>>() == ["[remote", "\"origin\"]"];
        } else if in_origin
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for (path, text) in files {
            let text = text.replace("ROOT", root.as_str());
            let path = root.join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        (folder, root)
    }

    #[test]
    fn a_clone_knows_its_origin_and_its_branches() {
        let (_folder, root) = folder(&[
            (
                ".git/config",
                "[core]\n\turl = no\n[remote \"origin\"]\n\turl = https://me:secret@git.example.org/team/shop.git\n",
            ),
            (".git/HEAD", "ref: refs/heads/topic/x\n"),
            (
                ".git/refs/remotes/origin/HEAD",
                "ref: refs/remotes/origin/main\n",
            ),
        ]);
        let git = Git::read(&root).unwrap().unwrap();
        let origin = git.origin.unwrap();
        assert_eq!(origin.url, "https://git.example.org/team/shop.git");
        assert_eq!(
            (origin.transport, origin.name()),
            (Transport::Https, Some("shop"))
        );
        assert_eq!(git.default_branch.as_deref(), Some("main"));
        assert_eq!(git.branch.as_deref(), Some("topic/x"));
    }

    #[test]
    fn a_linked_worktree_knows_the_same() {
        let (_folder, root) = folder(&[
            (
                "main/.git/config",
                "[remote \"origin\"]\nurl = git@host:team/shop\n",
            ),
            ("main/.git/worktrees/w/HEAD", "ref: refs/heads/w\n"),
            ("main/.git/worktrees/w/commondir", "../..\n"),
            ("main/.git/worktrees/w/gitdir", "ROOT/w/.git\n"),
            ("w/.git", "gitdir: ROOT/main/.git/worktrees/w\n"),
            ("other/.git", "gitdir: ROOT/main/.git/worktrees/w\n"),
            ("odd/.git", "nonsense"),
        ]);
        let git = Git::read(&root.join("w")).unwrap().unwrap();
        let origin = git.origin.unwrap();
        assert_eq!(
            (origin.transport, origin.name()),
            (Transport::Ssh, Some("shop"))
        );
        assert_eq!(git.branch.as_deref(), Some("w"));
        assert_eq!(
            Git::read(&root.join("other")).unwrap(),
            None,
            "a folder that is another's"
        );
        assert_eq!(Git::read(&root.join("odd")).unwrap(), None);
        assert_eq!(Git::read(&root).unwrap(), None);
    }

    #[test]
    fn addresses_have_a_transport_and_a_name() {
        let cases = [
            ("ssh://git@host/a/b.git", Transport::Ssh, Some("b")),
            ("host:b", Transport::Ssh, Some("b")),
            ("/srv/git/b.git/", Transport::Other, Some("b")),
            ("https://host/", Transport::Https, Some("host")),
            ("", Transport::Other, None),
        ];
        for (url, transport, name) in cases {
            let origin = Origin::new(url);
            assert_eq!(
                (origin.transport, origin.name()),
                (transport, name),
                "{url}"
            );
        }
    }
}
