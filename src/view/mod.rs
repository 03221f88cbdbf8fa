//! From the model to the rendered files: a pure function, shared by writing, checking, showing differences and tests.

mod pipeline;
mod pod;
mod steps;

use std::collections::BTreeMap;

use anyhow::Context as _;
use camino::Utf8PathBuf;

use crate::model::{Library, ProjectName};

/// A file to be rendered.
#[derive(Debug)]
pub struct Rendered {
    /// Its whole text: UTF-8, LF, one LF at the end.
    pub text: String,
    /// The project that it belongs to; `None`: the library as a whole.
    pub project: Option<ProjectName>,
}

/// All files of a workspace but the lock file, by their path relative to the root.
///
/// # Errors
///
/// When a template or serialiser fails, which is a mistake in this program and never one of the input.
pub fn render(library: &Library) -> anyhow::Result<BTreeMap<Utf8PathBuf, Rendered>> {
    let mut files = BTreeMap::new();
    for (path, text) in steps::render(library)? {
        let project = None;
        files.insert(path, Rendered { text, project });
    }
    for project in &library.projects {
        let rendered = pipeline::render(library, project)
            .and_then(|mut files| {
                files.push(pod::render(library, project)?);
                Ok(files)
            })
            .with_context(|| format!("can't render the project `{}`", project.name))?;
        for (path, text) in rendered {
            let project = Some(project.name.clone());
            files.insert(path, Rendered { text, project });
        }
    }
    Ok(files)
}
