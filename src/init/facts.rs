//! Everything that a service's checkout tells about its pipeline.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::images::Image;
use crate::checkout::Checkout;
use crate::checkout::dockerfile::Dockerfile;
use crate::checkout::git::Git;
use crate::checkout::jenkinsfile::Jenkinsfile;
use crate::checkout::tools::{self, Tool, Version};
use crate::model::{ProjectName, RelativePath, StepName};

/// Words in the path of a Dockerfile that nothing is released from.
const NOT_RELEASED: [&str; 12] = [
    "dev",
    "devel",
    "development",
    "devcontainer",
    "test",
    "tests",
    "testing",
    "local",
    "debug",
    "example",
    "examples",
    "docs",
];

/// What was found.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) checkout: Checkout,
    files: Vec<Utf8PathBuf>,
    /// The Dockerfiles that images may be built from, sorted; those at the top first.
    pub(super) dockerfiles: Vec<Dockerfile>,
    /// Dockerfiles that seem not to be released.
    pub(super) other_dockerfiles: Vec<Utf8PathBuf>,
    pub(super) tools: Vec<Tool>,
    /// A file with the version that belongs to no tool.
    pub(super) version_file: Option<Version>,
    pub(super) jenkinsfile: Option<Jenkinsfile>,
    /// Whether the Jenkinsfile is one that jenkinsgen prints, which tells nothing.
    pub(super) is_imported: bool,
    pub(super) git: Option<Git>,
    pub(super) has_sonar_file: bool,
    /// What could not be read.
    pub(super) unread: Vec<String>,
}

impl Facts {
    /// Reads a checkout. A file that can't be read is noted, and the rest is read.
    pub(super) fn read(root: &Utf8Path) -> anyhow::Result<Self> {
        let checkout = Checkout::open(root)?;
        let mut unread = Vec::new();
        let files = checkout.files()?;
        let (released, other): (Vec<&Utf8PathBuf>, Vec<&Utf8PathBuf>) = files
            .iter()
            .filter(|path| is_dockerfile(path))
            .partition(|path| is_released(path));
        // Where there is no other one, a Dockerfile for development is better than none.
        let (mut released, other) = if released.is_empty() {
            (other, Vec::new())
        } else {
            (released, other)
        };
        released.sort_by_key(|path| path.components().count());
        let dockerfiles = released.into_iter().filter_map(|path| {
            if path.as_str().parse::<RelativePath>().is_err() {
                unread.push(format!("{path} has a name that can't be used"));
                return None;
            }
            let read = checkout
                .read(path)
                .and_then(|source| source.as_ref().map(parse).transpose());
            read.unwrap_or_else(|error| {
                unread.push(format!("{error:#}"));
                None
            })
        });
        let dockerfiles = dockerfiles.collect();
        let tools = tools::find(&checkout, &files, &mut unread);
        let version_file = tools::version_file(&checkout, &mut unread);
        let jenkinsfile = checkout.read("Jenkinsfile").unwrap_or_else(|error| {
            unread.push(format!("{error:#}"));
            None
        });
        let git = Git::read(root).unwrap_or_else(|error| {
            unread.push(format!("{error:#}"));
            None
        });
        Ok(Self {
            dockerfiles,
            other_dockerfiles: other.into_iter().cloned().collect(),
            tools,
            version_file,
            jenkinsfile: jenkinsfile.map(|source| Jenkinsfile::read(&source.text)),
            is_imported: false,
            git,
            has_sonar_file: checkout.has_file("sonar-project.properties"),
            unread,
            checkout,
            files,
        })
    }

    /// Sets a Jenkinsfile aside that imports this library, calls the project's step, and does nothing else.
    pub(super) fn know_own_jenkinsfile(&mut self, library: &str, project: &str) {
        let name = project.parse::<ProjectName>();
        let Some(Ok(step)) = name.ok().map(|name| StepName::of_project(&name)) else {
            return;
        };
        let call = format!("{step}()");
        let own = self.jenkinsfile.take_if(|found| {
            let imported = found.imports.iter().map(|import| import.split('@').next());
            let done: Vec<&str> = found.left.iter().map(|left| left.what.as_str()).collect();
            imported.eq([Some(library)]) && found.builds.is_empty() && done == [call.as_str()]
        });
        self.is_imported = own.is_some();
    }

    /// Whether there are more than Dockerfiles in a folder.
    pub(super) fn holds_more(&self, folder: &Utf8Path) -> bool {
        let mut inside = self.files.iter().filter(|path| path.starts_with(folder));
        inside.any(|path| !is_dockerfile(path) && !path.as_str().ends_with("ignore"))
    }

    /// The build tool whose files stand in a folder itself; what of them can't be read is told to `unread`.
    pub(super) fn tool_in(&self, folder: &Utf8Path, unread: &mut Vec<String>) -> Option<Tool> {
        tools::find_in(&self.checkout, &self.files, folder, unread)
    }

    /// The package of a workspace that the Dockerfile of an image stands in, with its name, if the image is built from further up.
    pub(super) fn package_of(&self, image: &Image<'_>, top: &Tool) -> Option<(Tool, String)> {
        let folder = Utf8Path::new(&image.dockerfile).parent()?;
        let is_inside = image.context == "." && folder != top.folder();
        let manifest = self.checkout.read(folder.join("package.json")).ok()??;
        let package: serde_json::Value = serde_json::from_str(&manifest.text).ok()?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "@/-_.".contains(c);
        let name = package["name"]
            .as_str()
            .filter(|name| name.chars().all(is_name))?;
        let tool = self
            .tool_in(folder, &mut Vec::new())
            .filter(|_| is_inside)?;
        Some((tool, name.to_owned()))
    }

    /// The Dockerfile at a path.
    pub(super) fn dockerfile(&self, path: &str) -> Option<&Dockerfile> {
        self.dockerfiles
            .iter()
            .find(|dockerfile| dockerfile.source.path == path)
    }
}

fn parse(source: &Arc<crate::source::Source>) -> anyhow::Result<Dockerfile> {
    Dockerfile::parse(source).map_err(|diagnostic| {
        let (line, _) = diagnostic.place.line_and_column();
        anyhow::anyhow!("{}:{line}: {}", source.path, diagnostic.message)
    })
}

/// `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`, and the same of Podman.
fn is_dockerfile(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_lowercase();
    ["dockerfile", "containerfile"].iter().any(|kind| {
        let before = name.strip_suffix(kind);
        let after = name.strip_prefix(kind);
        name == *kind
            || before.is_some_and(|before| before.ends_with('.'))
            || after.is_some_and(|after| {
                after.starts_with('.') && after != ".dockerignore" && after != ".containerignore"
            })
    })
}

fn is_released(path: &Utf8Path) -> bool {
    let lower = path.as_str().to_lowercase();
    !lower
        .split(['/', '.', '-', '_'])
        .any(|word| NOT_RELEASED.contains(&word))
}
