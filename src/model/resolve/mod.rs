//! From what was written to what it means: layers, defaults, rules of single values and rules across values.
//!
//! A project is resolved over two layers: its own file, then the library's `[defaults]`. Tables merge key by key, also under free names such as
//! `images.<name>`; every other value, a list too, replaces the one below it. Keys of which only one can be given (`version`, a secret, the registry's
//! log-in, Git credentials, a mount) are taken from one layer together. The built-in defaults come last, here and nowhere else.

mod checks;
mod choice;
mod images;
mod layer;
mod mounts;
mod names;
mod notify;
mod options;
mod pod;
mod project;
mod reader;
mod registry;
mod release;
mod scan;
mod stages;

use std::collections::BTreeSet;

use camino::Utf8Path;

use self::layer::Layer;
use self::names::{check_names, check_own_stages};
use self::pod::Tools;
use self::reader::Reader;
use crate::config::{self, KeyPath, LibraryFile, Parsed, Shape};
use crate::diagnostic::{Code, Diagnostic, listing, nearest};
use crate::model::{Library, SharedStep};

type ProjectFile = Parsed<config::Project>;

/// What the workspace means, or everything that is wrong with it. `vars` has the names of the files in `vars/`, without `.groovy`.
pub fn resolve(
    library: &Parsed<LibraryFile>,
    projects: &[ProjectFile],
    vars: &BTreeSet<String>,
) -> Result<Library, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let mut own = Reader::only(library, &mut diagnostics);
    let name = own.needed("library.name", |_| library.config.library.name.as_ref());
    let version = own.needed("library.version", |_| {
        library.config.library.version.as_ref()
    });
    let written = &library.config.library;
    for (key, items) in [
        ("library.own_steps", &written.own_steps),
        ("library.locked", &written.locked),
    ] {
        own.note_list(&key.into(), items, Layer::whole(library));
    }
    let tools = Tools::resolve(library, &mut own);
    let settings = own.settings;
    let locked = locks(library, projects, &mut diagnostics);
    let own_steps = own_steps(library, &mut diagnostics);

    if projects.is_empty() {
        // Mistakes in `[defaults]` show before the first project does; what only a project can complete is none.
        let nothing = config::parse_project("".into(), Vec::new(), &mut Vec::new());
        let mut found = Vec::new();
        let mut reader = Reader::new(&nothing, library, &mut found);
        let identity = reader.identity(&nothing.document);
        let _ = reader.project(identity, &tools, vars);
        diagnostics.extend(
            found
                .into_iter()
                .filter(|new| new.place.source.path == library.document.source.path)
                .filter(|new| matches!(new.code, Code::InvalidValue | Code::ShadowedName)),
        );
    }
    let mut resolved = Vec::new();
    let mut identities = Vec::new();
    let mut inherited = Inherited::default();
    for file in projects {
        let mut found = Vec::new();
        let mut reader = Reader::new(file, library, &mut found);
        let identity = reader.identity(&file.document);
        identities.push(identity.clone());
        let project = reader.project(identity, &tools, vars);
        resolved.extend(project.map(|project| project.with_own_steps(&own_steps)));
        if let Some(new) = nothing_written(file, &found) {
            found.retain(|new| new.place.source.path == library.document.source.path);
            found.push(new);
        }
        for new in found {
            match new.place.source.path == library.document.source.path {
                true => inherited.add(new, file),
                false => diagnostics.push(new),
            }
        }
    }
    diagnostics.extend(inherited.finish(projects.len()));
    check_names(&identities, &mut diagnostics);
    check_own_stages(&resolved, &own_steps, &mut diagnostics);

    match (name, version) {
        (Some(name), Some(version)) if diagnostics.is_empty() => Ok(Library {
            name,
            version,
            locked,
            own_steps,
            projects: resolved,
            settings,
        }),
        _ => Err(diagnostics),
    }
}

/// What to say of a project without a key, instead of all that it lacks. The library's defaults may be all that it needs.
fn nothing_written(file: &ProjectFile, found: &[Diagnostic]) -> Option<Diagnostic> {
    let lacks = found.iter().any(|new| new.code == Code::MissingKey);
    (lacks && file.document.is_empty()).then(|| {
        let start = file.document.place(0..0);
        Diagnostic::new(Code::MissingKey, start, "there is no project in this file")
            .help("write `[version]` and a table `[images.<name>]`, or delete the file")
    })
}

/// Mistakes in `[defaults]`, each of which is met in many projects and told once.
#[derive(Default)]
struct Inherited<'a>(Vec<(Diagnostic, Vec<&'a Utf8Path>)>);

impl<'a> Inherited<'a> {
    fn add(&mut self, new: Diagnostic, project: &'a ProjectFile) {
        let path = project.document.source.path.as_path();
        match self.0.iter_mut().find(|(known, _)| known.is_same(&new)) {
            Some((_, projects)) => projects.push(path),
            None => self.0.push((new, vec![path])),
        }
    }

    /// A mistake that depends on what a project adds says which projects these are, unless it is all of them.
    fn finish(self, all: usize) -> impl Iterator<Item = Diagnostic> {
        const SHOWN: usize = 3;
        self.0.into_iter().map(move |(new, projects)| {
            if projects.len() == all || new.code == Code::InvalidValue {
                return new;
            }
            let shown = projects.iter().take(SHOWN).map(|path| path.as_str());
            match projects.len().checked_sub(SHOWN) {
                None | Some(0) => new.note(format!("this concerns {}", listing(shown))),
                Some(more) => {
                    let shown: Vec<String> = shown.map(|path| format!("`{path}`")).collect();
                    new.note(format!(
                        "this concerns {} and {more} more",
                        shown.join(", ")
                    ))
                }
            }
        })
    }
}

/// Shared steps that the user writes.
fn own_steps(library: &Parsed<LibraryFile>, diagnostics: &mut Vec<Diagnostic>) -> Vec<SharedStep> {
    let mut steps = Vec::new();
    for step in &library.config.library.own_steps {
        let name = step.value();
        if let Some(known) = SharedStep::named(name) {
            steps.push(known);
            continue;
        }
        let names = || SharedStep::ALL.iter().map(|step| step.name());
        let message = format!("there is no shared step `{}`", name.escape_debug());
        let place = library.document.place(step.span());
        let new = Diagnostic::new(Code::UnknownName, place, message);
        diagnostics.push(match nearest(name, names()) {
            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
            None => new.help(format!(
                "the shared steps are {}; other files in `vars/` need no declaration",
                listing(names())
            )),
        });
    }
    steps
}

/// The locked keys. They exist, and no project sets them.
fn locks(
    library: &Parsed<LibraryFile>,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<KeyPath> {
    let mut locked = Vec::new();
    for lock in &library.config.library.locked {
        let here = library.document.place(lock.span());
        let Ok(path) = lock.value().parse::<KeyPath>() else {
            diagnostics.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    here,
                    "an item of `library.locked` must be a key",
                )
                .help("write a key of a project with dots, such as `scan.fail_on`"),
            );
            continue;
        };
        let known = match Shape::new(&config::PROJECT_SCHEMA).find(&path) {
            // A list is replaced as a whole.
            Ok(key) => key.list.map_or(Ok(()), |list| Err(Some(list))),
            Err(nearest) => Err(nearest),
        };
        if let Err(nearest) = known {
            let message = format!("`library.locked` holds the unknown key `{path}`");
            let new = Diagnostic::new(Code::UnknownKey, here, message);
            diagnostics.push(match nearest {
                Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                None => new.help("write a key of a project with dots, such as `scan.fail_on`"),
            });
            continue;
        }
        for project in projects {
            if let Some(place) = project.document.find(&path) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::LockedKey,
                        place,
                        format!("`{path}` is locked by the library"),
                    )
                    .label("no project may set this")
                    .related(here.clone(), "locked here")
                    .help(format!(
                        "delete it here; the library sets it for all projects in `[defaults]` of `{}`",
                        config::LIBRARY_FILE
                    )),
                );
            }
        }
        locked.push(path);
    }
    locked
}
