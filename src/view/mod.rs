//! From the model to the rendered files: a pure function, shared by writing, checking, showing differences and tests.

mod pipeline;
mod pod;
mod steps;

use std::collections::BTreeMap;

use anyhow::Context as _;
use camino::Utf8PathBuf;

use crate::model::{Library, ProjectName};
use crate::schema;

/// A file of the library.
#[derive(Debug)]
pub struct Rendered {
    /// What is in it.
    pub content: Content,
    /// The project that it belongs to; `None`: the library as a whole.
    pub project: Option<ProjectName>,
}

/// What is in a file of the library.
#[derive(Debug)]
pub enum Content {
    /// This whole text: UTF-8, LF, one LF at the end.
    Rendered(String),
    /// What the user has written.
    Own {
        /// Whether the library does not work without the file.
        needed: bool,
    },
}

/// All files of a workspace but the lock file, by their path relative to the root.
///
/// # Errors
///
/// When a template or serialiser fails, which is a mistake in this program and never one of the input.
pub fn render(library: &Library) -> anyhow::Result<BTreeMap<Utf8PathBuf, Rendered>> {
    let mut files = BTreeMap::new();
    for (path, text) in steps::render(library)? {
        let content = Content::Rendered(text);
        files.insert(
            path,
            Rendered {
                content,
                project: None,
            },
        );
    }
    for step in &library.own_steps {
        for (file, needed) in [("groovy", true), ("txt", false)] {
            let content = Content::Own { needed };
            files.insert(
                format!("vars/{step}.{file}").into(),
                Rendered {
                    content,
                    project: None,
                },
            );
        }
    }
    for kind in schema::Kind::ALL {
        let content = Content::Rendered(kind.text());
        let path = format!("{}/{}", schema::FOLDER, kind.file());
        files.insert(
            path.into(),
            Rendered {
                content,
                project: None,
            },
        );
    }
    for project in &library.projects {
        let rendered = pipeline::render(library, project)
            .and_then(|mut files| {
                files.push(pod::render(library, project)?);
                Ok(files)
            })
            .with_context(|| format!("can't render the project `{}`", project.name))?;
        for (path, text) in rendered {
            let content = Content::Rendered(text);
            let project = Some(project.name.clone());
            files.insert(path, Rendered { content, project });
        }
    }
    Ok(files)
}
