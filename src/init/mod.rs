//! Begins: a new workspace, or the description of a service from its checkout.
//!
//! What is written has been read and resolved before, with all that stands in the workspace: it renders at once. No file is ever overwritten.

mod description;
mod facts;
mod images;
mod library;
mod names;
mod test_run;
mod writer;

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context as _, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};

use self::facts::Facts;
pub use self::writer::Unsure;
use self::writer::Writer;
use crate::apply;
use crate::checkout::git::Git;
pub use crate::checkout::jenkinsfile::Left;
use crate::config::{self, LIBRARY_FILE, PROJECTS_FOLDER};
use crate::diagnostic::count;
use crate::model::{LibraryName, ProjectName, Revision, StepName};
use crate::workspace::{self, Failure};

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The workspace, or the folder that becomes one.
    pub root: &'a Utf8Path,
    /// Name of the library, if it is new.
    pub library: Option<&'a str>,
    /// Name of the project.
    pub project: Option<&'a str>,
    /// The checkout to describe.
    pub from: Option<&'a Utf8Path>,
}

/// What was done.
#[derive(Debug)]
pub struct Outcome {
    /// The files that were written.
    pub created: Vec<Utf8PathBuf>,
    /// Name of the library, if it is new.
    pub library: Option<String>,
    /// Name of the project.
    pub project: String,
    /// What was found in the checkout: a subject, and what is known of it.
    pub found: Vec<(String, String)>,
    /// What is not sure in the project's file.
    pub unsure: Vec<Unsure>,
    /// Whether the checkout has a Jenkinsfile already.
    pub has_jenkinsfile: bool,
    /// What of the Jenkinsfile was not carried over.
    pub left: Vec<Left>,
}

/// Writes what is asked for.
///
/// # Errors
///
/// When there is a workspace or a project already, when something can't be read or written, or when the workspace has mistakes.
pub fn init(request: &Request<'_>) -> Result<Outcome, Failure> {
    let Request { root, from, .. } = *request;
    let existing = existing_library(root)?;
    if existing.is_some() && from.is_none() {
        return Err(anyhow!(
            "{root} is a workspace already; `jenkinsgen init --from CHECKOUT` adds the description of a service to it"
        )
        .into());
    }
    if existing.is_some() && request.library.is_some() {
        return Err(anyhow!(
            "{root} is a workspace already: its library is named in {LIBRARY_FILE}, not by --name"
        )
        .into());
    }
    let mut facts = from.map(Facts::read).transpose()?;
    let project = project_name(request, facts.as_ref())?;
    let path = Utf8Path::new(PROJECTS_FOLDER).join(format!("{project}.toml"));
    if fs_err::symlink_metadata(root.join(&path)).is_ok() {
        return Err(anyhow!("{path} is there already; name another project with --project").into());
    }

    let mut library = None;
    let mut files = Vec::new();
    let known = match &existing {
        Some(bytes) => known(bytes.clone()),
        None => {
            let name = library_name(request)?;
            let scans = facts.as_ref().is_some_and(|facts| {
                facts
                    .jenkinsfile
                    .as_ref()
                    .is_some_and(|found| found.sonar.is_some())
            });
            files.push((
                Utf8PathBuf::from(LIBRARY_FILE),
                library::library(&name, &revision(root), scans),
            ));
            library = Some(name.clone());
            description::Library {
                name,
                has_scanner: scans,
                ..description::Library::default()
            }
        }
    };
    if let Some(facts) = &mut facts {
        facts.know_own_jenkinsfile(&known.name, &project);
    }
    let (text, mut unsure) = match &facts {
        Some(facts) => description::write(facts, &project, known),
        None => (
            library::example(&project, &names::part(&project)),
            Vec::new(),
        ),
    };
    files.insert(0, (path, text));
    while let Err(failure) = resolve(root, existing.as_ref(), &files) {
        match files.first_mut() {
            Some((path, text)) if facts.is_some() => {
                leave_out(path, text, &mut unsure, failure)?;
            }
            _ => return Err(failure),
        }
    }
    create(root, &files)?;
    Ok(Outcome {
        created: files.into_iter().map(|(path, _)| path).rev().collect(),
        library,
        project,
        found: facts.as_ref().map(found).unwrap_or_default(),
        unsure,
        has_jenkinsfile: facts
            .as_ref()
            .is_some_and(|facts| facts.jenkinsfile.is_some()),
        left: facts
            .and_then(|facts| facts.jenkinsfile)
            .map(|jenkinsfile| left(jenkinsfile.left))
            .unwrap_or_default(),
    })
}

fn existing_library(root: &Utf8Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs_err::read(root.join(LIBRARY_FILE)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The name that was asked for, else that of the repository, else that of the folder.
fn project_name(request: &Request<'_>, facts: Option<&Facts>) -> anyhow::Result<String> {
    if let Some(name) = request.project {
        let step = name
            .parse::<ProjectName>()
            .and_then(|name| StepName::of_project(&name));
        return match step {
            Ok(_) => Ok(name.to_owned()),
            Err(invalid) => bail!(
                "`{}` can't be the name of a project: the name, or that of its step, {}",
                name.escape_debug(),
                invalid.rule
            ),
        };
    }
    let Some(facts) = facts else {
        return Ok("example".to_owned());
    };
    let origin = facts.git.as_ref().and_then(|git| git.origin.as_ref());
    let repository = origin.and_then(|origin| origin.name());
    Ok(match repository {
        Some(repository) => names::project(repository),
        None => names::project(&folder_name(facts.checkout.root())),
    })
}

fn library_name(request: &Request<'_>) -> anyhow::Result<String> {
    match request.library {
        None => Ok(names::library(&folder_name(request.root))),
        Some(name) => match name.parse::<LibraryName>() {
            Ok(_) => Ok(name.to_owned()),
            Err(invalid) => bail!(
                "`{}` can't be the name of the library: it {}",
                name.escape_debug(),
                invalid.rule
            ),
        },
    }
}

/// The name of a folder, also of one that is written as `.` or `..`.
fn folder_name(folder: &Utf8Path) -> String {
    let whole = folder
        .canonicalize_utf8()
        .unwrap_or_else(|_| folder.to_owned());
    whole.file_name().unwrap_or_default().to_owned()
}

/// What a Jenkinsfile imports: the default branch of the library's own repository, if it is one.
fn revision(root: &Utf8Path) -> String {
    let git = Git::read(root).ok().flatten().unwrap_or_default();
    let branch = git
        .default_branch
        .or(git.branch)
        .filter(|branch| branch.parse::<Revision>().is_ok());
    branch.unwrap_or_else(|| "main".to_owned())
}

/// What the library's file says that a description must heed. Its mistakes are told when everything is resolved.
fn known(bytes: Vec<u8>) -> description::Library {
    let parsed = config::parse_library(bytes, &mut Vec::new()).config;
    let name = parsed
        .library
        .name
        .as_ref()
        .map(|name| name.value().clone());
    description::Library {
        name: name.unwrap_or_default(),
        locked: parsed
            .library
            .locked
            .iter()
            .filter_map(|lock| lock.value().parse().ok())
            .collect(),
        notifies: parsed.defaults.notify.recipients.is_some(),
        logs_in: {
            let registry = &parsed.defaults.registry;
            registry.docker_config_secret.is_some()
                || registry.docker_config_map.is_some()
                || registry.ecr.is_some()
        },
        has_scanner: parsed.tools.sonar_scanner.is_some(),
    }
}

/// Resolves the workspace as it will be.
fn resolve(
    root: &Utf8Path,
    existing: Option<&Vec<u8>>,
    files: &[(Utf8PathBuf, String)],
) -> Result<(), Failure> {
    let mut library = existing.cloned().unwrap_or_default();
    // A new workspace has no folder for them yet.
    let mut projects = match root.join(PROJECTS_FOLDER).exists() {
        true => workspace::project_sources(root)?,
        false => Vec::new(),
    };
    for (path, text) in files {
        match path == LIBRARY_FILE {
            true => library = text.clone().into_bytes(),
            false => projects.push((path.clone(), text.clone().into_bytes())),
        }
    }
    projects.sort();
    workspace::resolve(library, projects, &workspace::vars(root)?).map(|_| ())
}

/// Makes comments of the lines of a description that the workspace refuses. Fails if the mistakes are not in it alone.
fn leave_out(
    path: &Utf8Path,
    text: &mut String,
    unsure: &mut Vec<Unsure>,
    failure: Failure,
) -> Result<(), Failure> {
    let Failure::Input(mistakes) = &failure else {
        return Err(failure);
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // From the last one: what is added moves what is below.
    let mut places = BTreeMap::new();
    for mistake in mistakes {
        let (line, _) = mistake.place.line_and_column();
        let is_entry = |line: &String| !line.is_empty() && !line.starts_with('#');
        if mistake.place.source.path != path || !lines.get(line - 1).is_some_and(is_entry) {
            return Err(failure);
        }
        // An item of a list is nothing without one of its keys.
        let mut above = lines.iter().take(line).enumerate().rev();
        let header = above.find(|(_, line)| line.starts_with('['));
        let line = match header {
            Some((at, header)) if header.starts_with("[[") => at + 1,
            _ => line,
        };
        places.entry(line).or_insert(&mistake.message);
    }
    for (line, message) in places.into_iter().rev() {
        let is_table = |line: &String| line.starts_with('[');
        let rest = lines.get(line..).unwrap_or_default();
        let count = match lines.get(line - 1).is_some_and(is_table) {
            true => 1 + rest.iter().take_while(|line| !is_table(line)).count(),
            false => 1,
        };
        for left in lines.iter_mut().skip(line - 1).take(count) {
            if !left.is_empty() && !left.starts_with('#') {
                left.insert_str(0, "# ");
            }
        }
        let mut writer = Writer::default();
        writer.unsure(format!("Left out, because {message}:"));
        let (comment, new) = writer.finish();
        let below = unsure.iter_mut().filter(|unsure| unsure.line >= line);
        below.for_each(|unsure| unsure.line += comment.lines().count());
        unsure.extend(new.into_iter().map(|new| Unsure { line, ..new }));
        lines.splice(line - 1..line - 1, comment.lines().map(str::to_owned));
    }
    unsure.sort_by_key(|unsure| unsure.line);
    *text = lines.join("\n") + "\n";
    Ok(())
}

/// Writes all files or none.
fn create(root: &Utf8Path, files: &[(Utf8PathBuf, String)]) -> anyhow::Result<()> {
    fs_err::create_dir_all(root)?;
    for (index, (path, text)) in files.iter().enumerate() {
        if let Err(error) = apply::create(root, path, text) {
            for (written, _) in files.iter().take(index) {
                fs_err::remove_file(root.join(written))
                    .with_context(|| format!("{error:#}; besides, {written} is left behind"))?;
            }
            return Err(error);
        }
    }
    Ok(())
}

/// What was not carried over, fit to be printed: it is anybody's text.
fn left(left: Vec<Left>) -> Vec<Left> {
    let printable = left.into_iter().map(|left| Left {
        what: writer::shown(&left.what),
        ..left
    });
    printable.collect()
}

/// A line for each thing that was found.
fn found(facts: &Facts) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for dockerfile in &facts.dockerfiles {
        let stages = count(dockerfile.stages.len(), "stage");
        let base = dockerfile
            .stages
            .first()
            .map(|stage| dockerfile.base_image(stage, |_| None))
            .unwrap_or_default();
        found.push((
            dockerfile.source.path.to_string(),
            format!("{stages}, the first from {}", writer::quote(&base)),
        ));
    }
    for tool in &facts.tools {
        let version = match &tool.version {
            Some(version) => format!(
                "version {} in {}",
                writer::quote(&version.value),
                writer::shown(version.file.as_str())
            ),
            None => "no version".to_owned(),
        };
        found.push((
            tool.kind.name().to_owned(),
            format!("{}, {version}", writer::shown(tool.manifest.as_str())),
        ));
    }
    if let Some(jenkinsfile) = &facts.jenkinsfile {
        let builds = match jenkinsfile.builds.len() {
            0 => "no image build that is understood".to_owned(),
            number => count(number, "image build"),
        };
        found.push(("Jenkinsfile".to_owned(), builds));
    }
    if facts.is_imported {
        found.push((
            "Jenkinsfile".to_owned(),
            "imports this library already".to_owned(),
        ));
    }
    if let Some(git) = &facts.git {
        let origin = git
            .origin
            .as_ref()
            .map(|origin| format!("origin {}", writer::quote(&origin.url)));
        let branch = git
            .default_branch
            .as_ref()
            .map(|branch| format!("default branch {}", writer::quote(branch)));
        let known: Vec<String> = origin.into_iter().chain(branch).collect();
        if !known.is_empty() {
            found.push(("Git".to_owned(), known.join(", ")));
        }
    }
    found
}
