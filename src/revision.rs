//! A workspace as it was at a revision of its Git repository. Git itself reads it; neither the working tree nor the index is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek as _, Write as _};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{LIBRARY_FILE, PROJECTS_FOLDER};
use crate::workspace::{self, Failure, LIBRARY_FOLDERS, Workspace, is_project_file, var_name};

/// Variables by which a hook of Git names its own repository: here the workspace's folder alone says which one it is.
const REPOSITORY_VARIABLES: [&str; 8] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// The files of a workspace at a revision.
#[derive(Debug)]
pub struct Revision {
    /// As the user calls it.
    pub name: String,
    /// The full id of its commit.
    pub commit: String,
    /// By their paths relative to the workspace's root: its description and its library.
    files: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

impl Revision {
    /// Reads the workspace in the folder `root`.
    ///
    /// # Errors
    ///
    /// When Git is not there, the folder belongs to no repository, or the repository has no such revision.
    pub fn read(root: &Utf8Path, name: &str) -> anyhow::Result<Self> {
        let git = Git { root };
        git.text(&["rev-parse", "--git-dir"])
            .with_context(|| format!("{root} is in no repository that Git can read"))?;
        let commit = git.commit(name)?;
        let files = git
            .files(&commit)
            .with_context(|| format!("the files of the revision `{name}` can't be read"))?;
        Ok(Self {
            name: name.to_owned(),
            commit,
            files,
        })
    }

    /// The files that Jenkins loads.
    pub fn library_files(&self) -> BTreeMap<Utf8PathBuf, Vec<u8>> {
        let files = self.files.iter();
        files
            .filter(|(path, _)| workspace::is_loaded(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect()
    }

    /// What the description meant; `None` if there was no workspace yet.
    ///
    /// # Errors
    ///
    /// With every mistake in it, each at the revision.
    pub fn workspace(&self) -> Result<Option<Workspace>, Failure> {
        let Some(library) = self.files.get(Utf8Path::new(LIBRARY_FILE)) else {
            return Ok(None);
        };
        let mut projects = Vec::new();
        let mut vars = BTreeSet::new();
        for (path, bytes) in &self.files {
            let name = path.file_name().unwrap_or_default();
            match path.parent().map(Utf8Path::as_str) {
                Some(PROJECTS_FOLDER) if is_project_file(name) => {
                    projects.push((path.clone(), bytes.clone()));
                }
                Some("vars") => vars.extend(var_name(name).map(str::to_owned)),
                _ => {}
            }
        }
        match workspace::resolve(library.clone(), projects, &vars) {
            Ok(workspace) => Ok(Some(workspace)),
            Err(Failure::Input(diagnostics)) => Err(Failure::Input(
                diagnostics
                    .into_iter()
                    .map(|new| new.at_revision(&self.name))
                    .collect(),
            )),
            Err(other) => Err(other),
        }
    }
}

/// The program `git`, run in a folder.
struct Git<'a> {
    root: &'a Utf8Path,
}

impl Git<'_> {
    /// The id of the commit that is meant. Nothing in the name can be an option, a range or a path.
    fn commit(&self, name: &str) -> anyhow::Result<String> {
        let verify = |revision: &str| {
            let peeled = format!("{revision}^{{commit}}");
            self.text(&[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &peeled,
            ])
        };
        let found = verify(name).ok().map(|id| id.trim_end().to_owned());
        let is_id = |id: &String| id.len() >= 40 && id.bytes().all(|c| c.is_ascii_hexdigit());
        if let Some(commit) = found.filter(is_id) {
            return Ok(commit);
        }
        let name = name.escape_debug();
        if verify("HEAD").is_err() {
            bail!("there is no revision `{name}`: the repository has no commit yet");
        }
        let shallow = self.text(&["rev-parse", "--is-shallow-repository"])?;
        if shallow.trim_end() == "true" {
            bail!(
                "there is no revision `{name}` in this shallow clone; fetch it, with `git fetch --unshallow` for instance"
            );
        }
        bail!(
            "there is no revision `{name}`; a branch of the remote is called `origin/<branch>`, and may have to be fetched first"
        );
    }

    fn files(&self, commit: &str) -> anyhow::Result<BTreeMap<Utf8PathBuf, Vec<u8>>> {
        let mut arguments = vec![
            "ls-tree",
            "-r",
            "-z",
            commit,
            "--",
            LIBRARY_FILE,
            PROJECTS_FOLDER,
        ];
        arguments.extend(LIBRARY_FOLDERS);
        let listed = self.text(&arguments)?;
        let mut paths = Vec::new();
        let mut ids = String::new();
        for entry in listed.split_terminator('\0') {
            let (about, path) = entry
                .split_once('\t')
                .context("`git ls-tree` was not understood")?;
            let mut about = about.split(' ');
            let (mode, _, id) = (about.next(), about.next(), about.next());
            // Links and submodules are no files; Jenkins refuses a library with links.
            let path = Utf8PathBuf::from(path);
            let is_ours = path == LIBRARY_FILE
                || path.starts_with(PROJECTS_FOLDER)
                || workspace::is_loaded(&path);
            if is_ours && matches!(mode, Some("100644" | "100755")) {
                ids.push_str(id.context("`git ls-tree` was not understood")?);
                ids.push('\n');
                paths.push(path);
            }
        }
        // A file, not a pipe: Git writes while it reads.
        let mut wanted = tempfile::tempfile()?;
        wanted.write_all(ids.as_bytes())?;
        wanted.rewind()?;
        let contents = self.run(&["cat-file", "--batch"], wanted.into())?.stdout;
        let mut rest = &contents[..];
        let mut files = BTreeMap::new();
        for path in paths {
            let bytes =
                next_object(&mut rest).with_context(|| format!("Git has no content of {path}"))?;
            files.insert(path, bytes.to_vec());
        }
        Ok(files)
    }

    fn text(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.run(arguments, Stdio::null())?;
        String::from_utf8(output.stdout).context("a path in the repository is not UTF-8")
    }

    fn run(&self, arguments: &[&str], input: Stdio) -> anyhow::Result<Output> {
        let mut command = Command::new("git");
        for variable in REPOSITORY_VARIABLES {
            command.env_remove(variable);
        }
        let output = command
            .arg("-C")
            .arg(self.root)
            .args(arguments)
            .stdin(input)
            .output()
            .context("can't run the program `git`, which reads the revision")?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            bail!(
                "git {}: {}",
                arguments.first().unwrap_or(&""),
                told.trim_end()
            );
        }
        Ok(output)
    }
}

/// The next object of `git cat-file --batch`: `<id> <type> <size>`, the bytes, and a newline.
fn next_object<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let header = std::str::from_utf8(&rest[..end]).ok()?;
    let size: usize = header.rsplit_once(' ')?.1.parse().ok()?;
    let bytes = rest.get(end + 1..end + 1 + size)?;
    *rest = rest.get(end + 1 + size + 1..)?;
    Some(bytes)
}
