//! From what was written to what it means: layers, defaults, rules of single values and rules across values.
//!
//! A project is resolved over two layers: its own file, then the library's `[defaults]`. Tables merge key by key, also under free names such as
//! `images.<name>`; every other value, a list too, replaces the one below it. Keys of which only one can be given (`version`, a secret, the registry's
//! log-in, Git credentials, a mount) are taken from one layer together. The built-in defaults come last, here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use camino::Utf8Path;
use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use super::*;
use crate::config::{
    self, CacheKind, Document, KeyPath, LibraryFile, Named, Parsed, Reached, Shape, Spanned, Step,
};
use crate::diagnostic::{Code, Diagnostic, alternatives, listing, nearest};
use crate::source::Place;

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
fn own_steps(
    library: &Parsed<LibraryFile>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'static str> {
    let mut steps = Vec::new();
    for step in &library.config.library.own_steps {
        let name = step.value();
        if let Some(known) = SHARED_STEPS.iter().find(|known| *known == name) {
            steps.push(*known);
            continue;
        }
        let message = format!("there is no shared step `{}`", name.escape_debug());
        let place = library.document.place(step.span());
        let new = Diagnostic::new(Code::UnknownName, place, message);
        diagnostics.push(match nearest(name, SHARED_STEPS.iter().copied()) {
            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
            None => new.help(format!(
                "the shared steps are {}; other files in `vars/` need no declaration",
                listing(SHARED_STEPS.iter().copied())
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

/// No two projects render the same file.
fn check_names(identities: &[Identity], diagnostics: &mut Vec<Diagnostic>) {
    // Upper and lower case are the same file on some systems.
    let mut names: BTreeMap<String, &(ProjectName, Place)> = BTreeMap::new();
    let mut steps: BTreeMap<String, &(StepName, Place)> = BTreeMap::new();
    let mut collision = |message: String, place: &Place, first: &Place, help: &str| {
        diagnostics.push(
            Diagnostic::new(Code::NameCollision, place.clone(), message)
                .related(first.clone(), "the other project")
                .help(help),
        );
    };
    for identity in identities {
        if let Some(found @ (name, place)) = &identity.name {
            let (first, other) = names.entry(name.as_str().to_lowercase()).or_insert(found);
            if first != name {
                let message = format!(
                    "the projects `{first}` and `{name}` differ only in upper and lower case"
                );
                let help = "rename one of the files: on some systems what they are rendered to is the same file";
                collision(message, place, other, help);
                continue;
            }
        }
        if let Some(found @ (step, place)) = &identity.step {
            let first = *steps.entry(step.as_str().to_lowercase()).or_insert(found);
            if !std::ptr::eq(first, found) {
                let message = match first.0 == *step {
                    true => format!("two projects would both be rendered to `vars/{step}.groovy`"),
                    false => format!(
                        "`vars/{}.groovy` and `vars/{step}.groovy` are the same file on some systems",
                        first.0
                    ),
                };
                let help = "give the step of one of them another name: `step = \"…\"`";
                collision(message, place, &first.1, help);
            }
        }
    }
}

/// What distinguishes a project from all others.
#[derive(Debug, Clone, Default)]
struct Identity {
    name: Option<(ProjectName, Place)>,
    step: Option<(StepName, Place)>,
}

/// Images of the tools.
struct Tools<'a> {
    layer: Layer<'a>,
    buildkit: Option<(ImageReference, Place)>,
    grype: Option<(ImageReference, Place)>,
    sonar_scanner: Option<(ImageReference, Place)>,
}

impl<'a> Tools<'a> {
    fn resolve(library: &'a Parsed<LibraryFile>, reader: &mut Reader<'a, '_>) -> Self {
        let tools = &library.config.tools;
        let mut image = |key: &str, written: &'a Option<Spanned<String>>| {
            let place = library.document.place(written.as_ref()?.span());
            Some((reader.optional(key, |_| written.as_ref())?, place))
        };
        Self {
            layer: Layer::whole(library),
            buildkit: image("tools.buildkit", &tools.buildkit),
            grype: image("tools.grype", &tools.grype),
            sonar_scanner: image("tools.sonar_scanner", &tools.sonar_scanner),
        }
    }
}

/// A written value and where it stands.
struct Found<'a, T> {
    value: &'a T,
    /// Its path in the language, the same in every layer.
    setting: KeyPath,
    /// Its path in its file.
    key: KeyPath,
    place: Place,
}

/// One layer of values and the file that it stands in.
#[derive(Clone, Copy)]
struct Layer<'a> {
    config: &'a config::Project,
    document: &'a Document,
    /// The table of the file that the layer is; `None`: the whole file.
    table: Option<&'static str>,
}

impl<'a> Layer<'a> {
    /// The library's file as a whole, for keys that no project has.
    fn whole(library: &'a Parsed<LibraryFile>) -> Self {
        Self {
            config: &library.config.defaults,
            document: &library.document,
            table: None,
        }
    }

    /// The path in the file.
    fn path(&self, key: &KeyPath) -> KeyPath {
        match self.table {
            Some(table) => KeyPath::from(table).join(key),
            None => key.clone(),
        }
    }

    /// How much of the path there is; the layer's own table does not count.
    fn reach(&self, key: &KeyPath) -> Reached {
        let reached = self.document.reach(&self.path(key));
        Reached {
            depth: reached.depth.saturating_sub(self.table.iter().len()),
            ..reached
        }
    }

    fn found<T>(&self, key: &KeyPath, written: &'a Spanned<T>) -> Found<'a, T> {
        Found {
            value: written.value(),
            setting: key.clone(),
            key: self.path(key),
            place: self.document.place(written.span()),
        }
    }
}

/// Reads one project through its layers, and collects what is wrong.
struct Reader<'a, 'd> {
    /// From the top down.
    layers: Vec<Layer<'a>>,
    diagnostics: &'d mut Vec<Diagnostic>,
    /// What was read, and where it came from.
    settings: Vec<Setting>,
}

impl<'a, 'd> Reader<'a, 'd> {
    fn new(
        file: &'a ProjectFile,
        library: &'a Parsed<LibraryFile>,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        let project = Layer {
            config: &file.config,
            document: &file.document,
            table: None,
        };
        let defaults = Layer {
            config: &library.config.defaults,
            document: &library.document,
            table: Some(config::DEFAULTS),
        };
        Self {
            layers: vec![project, defaults],
            diagnostics,
            settings: Vec::new(),
        }
    }

    /// For the library's own keys.
    fn only(library: &'a Parsed<LibraryFile>, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self {
            layers: vec![Layer::whole(library)],
            diagnostics,
            settings: Vec::new(),
        }
    }

    /// The value of the topmost layer that has one.
    fn find<T: 'a>(
        &self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<T>>,
    ) -> Option<Found<'a, T>> {
        let (value, layer) = self.topmost(get)?;
        Some(layer.found(&key.into(), value))
    }

    /// What the topmost layer has that has any, where a layer is asked for a whole group of keys.
    fn topmost<T>(&self, get: impl Fn(&'a config::Project) -> Option<T>) -> Option<(T, Layer<'a>)> {
        self.layers
            .iter()
            .find_map(|layer| get(layer.config).map(|value| (value, *layer)))
    }

    /// A word of a fixed list or a boolean; the default if it is not written.
    fn plain<T: Copy + DeserializeOwned + 'a>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<T>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => {
                self.note(&found);
                Some(*found.value)
            }
            None => T::deserialize(self.default_of(&key)?).ok(),
        }
    }

    /// The default of a key that is not written, as the language declares it.
    fn default_of(&mut self, key: &KeyPath) -> Option<&'static serde_json::Value> {
        let value = Shape::new(&config::PROJECT_SCHEMA)
            .find(key)
            .ok()?
            .default()?;
        self.settings
            .push(Setting::default(key.clone(), value.to_string()));
        Some(value)
    }

    /// Notes where a value came from.
    fn note<T>(&mut self, found: &Found<'a, T>) {
        self.settings
            .push(Setting::written(found.setting.clone(), found.place.clone()));
    }

    /// A validated text, if it is written and valid.
    fn optional<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let found = self.find(key, get)?;
        self.parse(&found)
    }

    /// A validated text; the default if it is not written.
    fn or<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => self.parse(&found),
            None => self.default_of(&key)?.as_str()?.parse().ok(),
        }
    }

    /// A validated text; one that follows from other values if it is not written.
    fn or_derived<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        derived: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => self.parse(&found),
            None => {
                self.derived(key, derived);
                derived.parse().ok()
            }
        }
    }

    /// Notes a value that is not written and follows from others.
    fn derived(&mut self, key: impl Into<KeyPath>, value: &str) {
        let value = serde_json::Value::from(value).to_string();
        self.settings.push(Setting::default(key.into(), value));
    }

    /// A validated text that must be written.
    fn needed<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let key = key.into();
        match self.find(&key, get) {
            Some(found) => self.parse(&found),
            None => self.missing(key, None),
        }
    }

    /// A validated text that must be written in this layer, because other keys of its group are.
    fn needed_in<T: FromStr<Err = Invalid>>(
        &mut self,
        layer: Layer<'a>,
        key: &KeyPath,
        written: Option<&'a Spanned<String>>,
    ) -> Option<T> {
        match written {
            Some(written) => self.parse(&layer.found(key, written)),
            None => self.missing_in(&[layer], key, None),
        }
    }

    /// Reports a key that is needed and that no layer has; always `None`.
    fn missing<T>(&mut self, key: impl Into<KeyPath>, help: Option<&str>) -> Option<T> {
        self.missing_in(&self.layers.clone(), &key.into(), help)
    }

    /// Reports a key that is needed in one of these layers; always `None`.
    fn missing_in<T>(
        &mut self,
        layers: &[Layer<'a>],
        key: &KeyPath,
        help: Option<&str>,
    ) -> Option<T> {
        let reached: Vec<Reached> = layers.iter().map(|layer| layer.reach(key)).collect();
        // What seems to be missing may be what was misspelt.
        if reached.iter().any(|reached| reached.incomplete) {
            return None;
        }
        let mut reached = reached.into_iter();
        let top = reached.next()?;
        let verb = match top.depth == key.steps().len() {
            true => "empty",
            false => "missing",
        };
        // What must be in one layer is called by its path there.
        let key = match layers {
            [only] => only.path(key),
            _ => key.clone(),
        };
        let mut new = Diagnostic::new(Code::MissingKey, top.place, format!("`{key}` is {verb}"));
        if let Some(below) = reached.find(|below| below.depth > top.depth) {
            new = new.related(below.place, "the defaults have this part");
        }
        let help = help.map_or_else(|| remedy(&key, layers.len()), str::to_owned);
        self.diagnostics.push(new.help(help));
        None
    }

    /// Whether what has no such path may only be misspelt.
    fn may_be_misspelt(&self, key: &KeyPath) -> bool {
        self.layers.iter().any(|layer| layer.reach(key).incomplete)
    }

    fn parse<T: FromStr<Err = Invalid>>(&mut self, found: &Found<'a, String>) -> Option<T> {
        self.note(found);
        self.check(found.value.parse(), || found.key.subject(), &found.place)
    }

    /// A free name; `found` has the path of its table.
    fn name<T: FromStr<Err = Invalid>>(&mut self, found: &Found<'a, String>) -> Option<T> {
        let subject = || {
            format!(
                "the name `{}` in `{}`",
                found.value.escape_debug(),
                found.key
            )
        };
        self.check(found.value.parse(), subject, &found.place)
    }

    fn check<T>(
        &mut self,
        result: Result<T, Invalid>,
        subject: impl Fn() -> String,
        place: &Place,
    ) -> Option<T> {
        result
            .map_err(|invalid| {
                let message = format!("{} {}", subject(), invalid.rule);
                let new = Diagnostic::new(invalid.code, place.clone(), message);
                self.diagnostics.push(match invalid.help {
                    Some(help) => new.help(help),
                    None => new,
                });
            })
            .ok()
    }

    /// Reports a value that does not go together with another one, which is somewhere or nowhere.
    fn conflict(&mut self, place: Place, message: String, other: Option<Place>, help: &str) {
        let new = Diagnostic::new(Code::ConflictingKeys, place, message).help(help);
        self.diagnostics.push(match other {
            Some(other) => new.related(other, "the other one"),
            None => new,
        });
    }

    /// A list of validated texts; `None` if no layer has it. Invalid items are reported and left out.
    fn list<T: FromStr<Err = Invalid>>(
        &mut self,
        key: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Vec<Spanned<String>>>,
    ) -> Option<Vec<T>> {
        let (items, layer) = self.topmost(get)?;
        Some(self.items(&key.into(), items, layer))
    }

    fn items<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &KeyPath,
        items: &'a [Spanned<String>],
        layer: Layer<'a>,
    ) -> Vec<T> {
        self.note_list(key, items, layer);
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let found = layer.found(&key.item(index), item);
                self.check(item.value().parse(), || found.key.subject(), &found.place)
            })
            .collect()
    }

    /// Notes where a list came from: all of it from one layer.
    fn note_list(&mut self, key: &KeyPath, items: &[Spanned<String>], layer: Layer<'a>) {
        if let Some(place) = layer.document.find(&layer.path(key)) {
            let items = items.iter().map(|item| layer.document.place(item.span()));
            self.settings
                .push(Setting::list(key.clone(), place, items.collect()));
        }
    }

    /// The free names of a map over all layers, the library's first, each with the place where it is first written.
    fn names<V: 'a>(
        &self,
        table: &KeyPath,
        get: impl Fn(&'a config::Project) -> Option<&'a Named<V>>,
    ) -> Vec<Found<'a, String>> {
        let mut names: IndexMap<&str, Found<'a, String>> = IndexMap::new();
        for layer in self.layers.iter().rev() {
            for name in get(layer.config).into_iter().flat_map(Named::keys) {
                names
                    .entry(name.value())
                    .or_insert_with(|| layer.found(table, name));
            }
        }
        names.into_values().collect()
    }

    /// A map from validated names to validated texts.
    fn map<K: FromStr<Err = Invalid>, V: FromStr<Err = Invalid>>(
        &mut self,
        table: impl Into<KeyPath>,
        get: impl Fn(&'a config::Project) -> Option<&'a Named<Spanned<String>>>,
    ) -> Vec<(K, V)> {
        let table = table.into();
        let mut pairs = Vec::new();
        for found in self.names(&table, &get) {
            let name = self.name(&found);
            let value = self.optional(table.key(found.value), |project| {
                get(project)?.get(found.value.as_str())
            });
            pairs.extend(name.zip(value));
        }
        pairs
    }

    /// Whether an optional table is written in any layer and not turned off.
    fn enabled<T: 'a>(
        &self,
        table: impl Fn(&'a config::Project) -> Option<&'a T>,
        enabled: impl Fn(&'a T) -> Option<&'a Spanned<bool>>,
    ) -> bool {
        let written = self
            .layers
            .iter()
            .any(|layer| table(layer.config).is_some());
        let switch = self.topmost(|project| enabled(table(project)?));
        written && switch.is_none_or(|(switch, _)| *switch.value())
    }

    /// The only one of several keys of one layer that is written. More than one is an error.
    fn choice(
        &mut self,
        table: &KeyPath,
        options: &[(&'static str, Option<&'a Spanned<String>>)],
        layer: Layer<'a>,
    ) -> Option<(&'static str, Found<'a, String>)> {
        let mut written = options
            .iter()
            .filter_map(|(name, value)| Some((*name, layer.found(&table.key(name), (*value)?))));
        let first = written.next()?;
        if let Some((_, second)) = written.next() {
            let message = format!("`{}` and `{}` exclude each other", first.1.key, second.key);
            self.conflict(
                second.place,
                message,
                Some(first.1.place),
                "keep one of them",
            );
            return None;
        }
        Some(first)
    }

    /// The same where one of them must be written.
    fn needed_choice(
        &mut self,
        table: &KeyPath,
        options: &[(&'static str, Option<&'a Spanned<String>>)],
        layer: Layer<'a>,
    ) -> Option<(&'static str, Found<'a, String>)> {
        let reached = layer.reach(table);
        if options.iter().all(|(_, value)| value.is_none()) && !reached.incomplete {
            let keys = alternatives(options.iter().map(|(name, _)| *name));
            let message = format!(
                "{} needs one of the keys {keys}",
                layer.path(table).subject()
            );
            self.diagnostics
                .push(Diagnostic::new(Code::MissingKey, reached.place, message));
        }
        self.choice(table, options, layer)
    }

    fn identity(&mut self, file: &'a Document) -> Identity {
        let start = file.place(0..0);
        let stem = file.source.path.file_stem().unwrap_or_default();
        let subject = || format!("the name of the file {}", file.source.path);
        let name = self.check(stem.parse::<ProjectName>(), subject, &start);
        let (step, place) = match self.find("step", |project| project.step.as_ref()) {
            Some(found) => (self.parse(&found), found.place),
            None => {
                let step = name.as_ref().and_then(|name| {
                    let subject = || format!("the step that is named after `{name}`");
                    self.check(StepName::of_project(name), subject, &start)
                });
                if let Some(step) = &step {
                    self.derived("step", step.as_str());
                }
                (step, start.clone())
            }
        };
        Identity {
            name: name.map(|name| (name, start)),
            step: step.map(|step| (step, place)),
        }
    }

    fn project(
        &mut self,
        identity: Identity,
        tools: &Tools<'a>,
        vars: &BTreeSet<String>,
    ) -> Option<Project> {
        let name = identity.name.as_ref().map(|(name, _)| name);
        let file = self.layers.first()?.document.source.path.clone();
        let description = self.optional("description", |project| project.description.as_ref());
        let version = self.version();
        let image_names = self.names(&"images".into(), |project| Some(&project.images));
        let images = self.images(&image_names);
        let checks = self.checks(&image_names);
        let sonar = self.sonar();
        let scan = self.scan();
        let cache = self.cache();
        let registry = self.registry();
        let recipients = self.recipients();
        let notify = self.notify(&recipients);
        let options = self.options();
        let release = self.release(&image_names, name, description.as_ref());
        let host_network = images.iter().any(|image| image.network == Network::Host);
        let pod = self.pod(tools, host_network, sonar.is_some(), &registry);
        let own_stages = self.own_stages(vars, pod.as_ref(), &recipients);
        let project = Project {
            name: identity.name?.0,
            file,
            step: identity.step?.0,
            description,
            version: version?,
            checks,
            images,
            sonar,
            scan: scan?,
            cache,
            ecr: registry.ecr,
            release,
            own_stages,
            own_steps: Vec::new(),
            notify: notify?,
            options: options?,
            pod: pod?,
            settings: std::mem::take(&mut self.settings),
        };
        self.separate_titles(&project);
        Some(project)
    }

    fn version(&mut self) -> Option<Version> {
        let group = self.topmost(|project| {
            let version = &project.version;
            let written = [&version.literal, &version.file, &version.key];
            written.iter().any(|key| key.is_some()).then_some(version)
        });
        let Some((version, layer)) = group else {
            return self.missing(
                "version",
                Some("write `[version]` with `literal = \"1.2.3\"`, or with `file = \"gradle.properties\"` and `key = \"version\"`"),
            );
        };
        let (literal, file, key) = (
            "version.literal".into(),
            "version.file".into(),
            "version.key".into(),
        );
        let Some(written) = &version.literal else {
            let file = self.needed_in(layer, &file, version.file.as_ref());
            let key = self.needed_in(layer, &key, version.key.as_ref());
            return Some(Version::Properties {
                file: file?,
                key: key?,
            });
        };
        let options = [("literal", Some(written)), ("file", version.file.as_ref())];
        self.choice(&"version".into(), &options, layer)?;
        let options = [("literal", Some(written)), ("key", version.key.as_ref())];
        self.choice(&"version".into(), &options, layer)?;
        self.parse(&layer.found(&literal, written))
            .map(Version::Literal)
    }

    fn images(&mut self, names: &[Found<'a, String>]) -> Vec<Image> {
        if names.is_empty() {
            self.missing::<()>(
                "images",
                Some("write a table `[images.<name>]`; it may be empty"),
            );
        }
        self.unique_methods(names);
        names.iter().filter_map(|name| self.image(name)).collect()
    }

    fn image(&mut self, name: &Found<'a, String>) -> Option<Image> {
        let table = name.value.as_str();
        let path = KeyPath::from("images").key(table);
        let part = self.name(name);
        let context = self.or(path.key("context"), |project| {
            project.images.get(table)?.context.as_ref()
        });
        let dockerfile = self.or(path.key("dockerfile"), |project| {
            project.images.get(table)?.dockerfile.as_ref()
        });
        let target = self.optional(path.key("target"), |project| {
            project.images.get(table)?.target.as_ref()
        });
        let network = self.plain(path.key("network"), |project| {
            project.images.get(table)?.network.as_ref()
        });
        let args = self.map(path.key("args"), |project| {
            Some(&project.images.get(table)?.args)
        });
        let secrets = self.secrets(table);
        Some(Image {
            name: part?,
            context: context?,
            dockerfile: dockerfile?,
            target,
            args,
            secrets,
            network: network?,
        })
    }

    fn secrets(&mut self, image: &str) -> Vec<(SecretId, Secret)> {
        let table = KeyPath::from("images").key(image).key("secrets");
        let mut secrets = Vec::new();
        for name in self.names(&table, |project| Some(&project.images.get(image)?.secrets)) {
            let key = table.key(name.value);
            let id = self.name(&name);
            let get = |project: &'a config::Project| {
                let secrets = &project.images.get(image)?.secrets;
                secrets.get(name.value.as_str())
            };
            // A layer that names no source leaves it to the one below.
            let group = self
                .topmost(|project| {
                    let secret = get(project)?;
                    let written = [
                        &secret.file,
                        &secret.credentials_file,
                        &secret.credentials_text,
                    ];
                    written.iter().any(|key| key.is_some()).then_some(secret)
                })
                .or_else(|| self.topmost(get));
            let Some((secret, layer)) = group else {
                continue;
            };
            let options = [
                ("file", secret.file.as_ref()),
                ("credentials_file", secret.credentials_file.as_ref()),
                ("credentials_text", secret.credentials_text.as_ref()),
            ];
            let source = self
                .needed_choice(&key, &options, layer)
                .and_then(|(kind, found)| match kind {
                    "file" => self.parse(&found).map(Secret::File),
                    "credentials_file" => self.parse(&found).map(Secret::CredentialsFile),
                    _ => self.parse(&found).map(Secret::CredentialsText),
                });
            secrets.extend(id.zip(source));
        }
        secrets
    }

    fn checks(&mut self, images: &[Found<'a, String>]) -> Vec<Check> {
        let names = self.names(&"checks".into(), |project| Some(&project.checks));
        self.unique_methods(&names);
        let checks: Vec<Check> = names
            .iter()
            .filter_map(|name| self.check_of(name, images))
            .collect();
        self.separate_destinations(&checks);
        self.only_jacoco(&checks);
        checks
    }

    fn check_of(
        &mut self,
        name: &Found<'a, String>,
        images: &[Found<'a, String>],
    ) -> Option<Check> {
        let table = name.value.as_str();
        let path = KeyPath::from("checks").key(table);
        let part = self.name(name);
        let title = self.or_derived(path.key("title"), &format!("Check {table}"), |project| {
            project.checks.get(table)?.title.as_ref()
        });
        let image_key = path.key("image");
        let image = match self.find(&image_key, |project| {
            project.checks.get(table)?.image.as_ref()
        }) {
            Some(found) => self.image_name(&found, images),
            None => self.only_image(&self.layers.clone(), &image_key, images),
        };
        let target = self.optional(path.key("target"), |project| {
            project.checks.get(table)?.target.as_ref()
        });
        let directory = self.needed(path.key("directory"), |project| {
            project.checks.get(table)?.directory.as_ref()
        });
        let destination = self.needed(path.key("destination"), |project| {
            project.checks.get(table)?.destination.as_ref()
        });
        let exit_code_file = self.optional(path.key("exit_code_file"), |project| {
            project.checks.get(table)?.exit_code_file.as_ref()
        });
        let junit = self.list(path.key("junit"), |project| {
            project.checks.get(table)?.junit.as_ref()
        });
        let coverage = self.list(path.key("coverage"), |project| {
            project.checks.get(table)?.coverage.as_ref()
        });
        let has_jacoco = self
            .topmost(|project| project.checks.get(table)?.jacoco.as_ref())
            .is_some();
        let jacoco = has_jacoco.then(|| self.jacoco(table));
        Some(Check {
            name: part?,
            title: title?,
            image: image?,
            target,
            directory: directory?,
            destination: destination?,
            exit_code_file,
            junit: junit.unwrap_or_default(),
            coverage: coverage.unwrap_or_default(),
            jacoco,
        })
    }

    /// What one check takes out must not mix with what another one did.
    fn separate_destinations(&mut self, checks: &[Check]) {
        let mut seen: Vec<(&Check, Place)> = Vec::new();
        for check in checks {
            let key = KeyPath::from("checks")
                .key(check.name.as_str())
                .key("destination");
            let found = self.find(&key, |project| {
                project
                    .checks
                    .get(check.name.as_str())?
                    .destination
                    .as_ref()
            });
            let Some(found) = found else { continue };
            let path = Utf8Path::new(check.destination.as_str());
            let mixed = seen.iter().find(|(other, _)| {
                let other = Utf8Path::new(other.destination.as_str());
                path.starts_with(other) || other.starts_with(path)
            });
            if let Some((other, place)) = mixed {
                let message = format!(
                    "the results of the checks `{}` and `{}` would mix",
                    other.name, check.name
                );
                let help = "give each a folder of its own, none inside the other";
                self.conflict(found.place.clone(), message, Some(place.clone()), help);
            }
            seen.push((check, found.place));
        }
    }

    /// A stage is known by its title: no two have the same.
    fn separate_titles(&mut self, project: &Project) {
        let mut seen: BTreeMap<String, Option<Place>> = BTreeMap::new();
        for stage in project.stages().iter() {
            let table = match stage.work {
                Work::Check(check) => Some(KeyPath::from("checks").key(check.name.as_str())),
                Work::Own(own) => Some(KeyPath::from("stages").key(own.name.as_str())),
                _ => None,
            };
            // A title that is not written follows from the name.
            let place = table.and_then(|table| {
                self.place_of(&table.key("title"))
                    .or_else(|| self.place_of(&table))
            });
            let Some(other) = seen.get(&stage.title) else {
                seen.insert(stage.title.clone(), place);
                continue;
            };
            // Of two one can be another stage of the pipeline, whose title can't be chosen.
            if let Some(place) = place.or_else(|| other.clone()) {
                let message = format!("two stages have the title `{}`", stage.title);
                let help = "give one of them another title";
                self.conflict(place, message, other.clone(), help);
            }
        }
    }

    /// The plugin keeps one result a build: https://github.com/jenkinsci/jacoco-plugin
    fn only_jacoco(&mut self, checks: &[Check]) {
        let with_jacoco = checks.iter().filter(|check| check.jacoco.is_some());
        let keys = with_jacoco.map(|check| {
            let table = KeyPath::from("checks").key(check.name.as_str());
            table.key("jacoco")
        });
        let mut places = keys.filter_map(|key| Some((self.place_of(&key)?, key)));
        let first = places.next();
        let others: Vec<(Place, KeyPath)> = places.collect();
        for (place, key) in others {
            let message = format!(
                "`{key}` would replace the result of another check: the step `jacoco` keeps one a build"
            );
            let help = "use `coverage` for all of them";
            let first = first.as_ref().map(|(place, _)| place.clone());
            self.conflict(place, message, first, help);
        }
    }

    /// Where the topmost layer has the key.
    fn place_of(&self, key: &KeyPath) -> Option<Place> {
        let mut layers = self.layers.iter();
        layers.find_map(|layer| layer.document.find(&layer.path(key)))
    }

    fn jacoco(&mut self, table: &str) -> Jacoco {
        let path = KeyPath::from("checks").key(table).key("jacoco");
        let get = |project: &'a config::Project| project.checks.get(table)?.jacoco.as_ref();
        Jacoco {
            exec: self.optional(path.key("exec"), |project| get(project)?.exec.as_ref()),
            classes: self.optional(path.key("classes"), |project| {
                get(project)?.classes.as_ref()
            }),
            sources: self.optional(path.key("sources"), |project| {
                get(project)?.sources.as_ref()
            }),
            exclusions: self.optional(path.key("exclusions"), |project| {
                get(project)?.exclusions.as_ref()
            }),
        }
    }

    /// A reference to an image.
    fn image_name(
        &mut self,
        found: &Found<'a, String>,
        images: &[Found<'a, String>],
    ) -> Option<PartName> {
        if images.iter().any(|image| image.value == found.value) {
            self.note(found);
            return found.value.parse().ok();
        }
        if self.may_be_misspelt(&KeyPath::from("images").key(found.value)) {
            return None;
        }
        let names = || images.iter().map(|image| image.value.as_str());
        let message = format!("there is no image `{}`", found.value.escape_debug());
        let new = Diagnostic::new(Code::UnknownName, found.place.clone(), message);
        self.diagnostics.push(match nearest(found.value, names()) {
            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
            None if images.is_empty() => new.help(format!(
                "write a table `[images.{}]`",
                found.value.escape_debug()
            )),
            None => new.help(format!("write {}", alternatives(names()))),
        });
        None
    }

    /// The image that is meant where none is written.
    fn only_image(
        &mut self,
        layers: &[Layer<'a>],
        key: &KeyPath,
        images: &[Found<'a, String>],
    ) -> Option<PartName> {
        match images {
            [] => None,
            [only] => only.value.parse().ok(),
            _ => {
                let names = alternatives(images.iter().map(|image| image.value.as_str()));
                self.missing_in(
                    layers,
                    key,
                    Some(&format!("there are several images: write {names}")),
                )
            }
        }
    }

    /// Names of images and checks become names of methods, where `web-1` and `web1` are the same.
    fn unique_methods(&mut self, names: &[Found<'a, String>]) {
        let mut seen: BTreeMap<String, &Found<'a, String>> = BTreeMap::new();
        for found in names {
            let Ok(name) = found.value.parse::<PartName>() else {
                continue;
            };
            if let Some(first) = seen.insert(name.upper_camel(), found) {
                let message = format!(
                    "`{}` and `{}` become the same name in Groovy",
                    first.key.key(first.value),
                    found.key.key(found.value)
                );
                self.diagnostics.push(
                    Diagnostic::new(Code::NameCollision, found.place.clone(), message)
                        .related(first.place.clone(), "the other one")
                        .help("rename one of them"),
                );
            }
        }
    }

    fn sonar(&mut self) -> Option<Sonar> {
        if !self.enabled(
            |project| project.sonar.as_ref(),
            |sonar| sonar.enabled.as_ref(),
        ) {
            return None;
        }
        let installation = self.needed("sonar.installation", |project| {
            project.sonar.as_ref()?.installation.as_ref()
        });
        let properties = self.map("sonar.properties", |project| {
            Some(&project.sonar.as_ref()?.properties)
        });
        Some(Sonar {
            installation: installation?,
            properties,
        })
    }

    fn scan(&mut self) -> Option<Scan> {
        let report_title = self.or("scan.report_title", |project| {
            project.scan.report_title.as_ref()
        });
        let program = self.or("scan.program", |project| project.scan.program.as_ref());
        Some(Scan {
            fail_on: self.plain("scan.fail_on", |project| project.scan.fail_on.as_ref())?,
            only_fixed: self.plain("scan.only_fixed", |project| {
                project.scan.only_fixed.as_ref()
            })?,
            scope: self.plain("scan.scope", |project| project.scan.scope.as_ref())?,
            match_go_by_cpe: self.plain("scan.match_go_by_cpe", |project| {
                project.scan.match_go_by_cpe.as_ref()
            })?,
            report_title: report_title?,
            program: program?,
        })
    }

    fn cache(&mut self) -> Option<(ContainerPath, CacheMode)> {
        let Some(kind) = self.find("cache.type", |project| project.cache.kind.as_ref()) else {
            let written = self.topmost(|project| {
                let cache = &project.cache;
                (cache.path.is_some() || cache.mode.is_some()).then_some(())
            });
            if written.is_some() {
                self.missing::<()>("cache.type", Some("add `type = \"local\"`"));
            }
            return None;
        };
        self.note(&kind);
        match kind.value {
            CacheKind::None => None,
            CacheKind::Local => {
                let path = self.needed("cache.path", |project| project.cache.path.as_ref())?;
                self.cache_outlives_the_pod(&path);
                let mode = self.plain("cache.mode", |project| project.cache.mode.as_ref())?;
                Some((path, mode))
            }
        }
    }

    /// A cache anywhere but on a claim is gone with the pod.
    fn cache_outlives_the_pod(&mut self, path: &ContainerPath) {
        let mounts =
            self.topmost(|project| project.pod.containers.get("buildkit")?.mounts.as_ref());
        // The folder of the mount itself: nobody would make one below it before the first build.
        let kept = mounts.is_some_and(|(mounts, _)| {
            mounts.iter().any(|mount| {
                let folder = mount.path.as_ref().map(Spanned::value);
                mount.claim.is_some() && folder.is_some_and(|folder| folder == path.as_str())
            })
        });
        if kept || self.may_be_misspelt(&"pod.containers.buildkit.mounts".into()) {
            return;
        }
        if let Some(found) = self.find("cache.path", |project| project.cache.path.as_ref()) {
            let message = format!("`{}` is no volume that outlives the pod", found.key);
            let help = format!(
                "mount a persistent volume claim there: `mounts = [{{ claim = \"…\", path = \"{path}\" }}]` in `[pod.containers.buildkit]`"
            );
            self.conflict(found.place, message, None, &help);
        }
    }

    fn registry(&mut self) -> RegistryAccess {
        let group = self.topmost(|project| {
            let registry = &project.registry;
            let written = registry.docker_config_secret.is_some()
                || registry.docker_config_map.is_some()
                || registry.docker_config_key.is_some()
                || registry.ecr.is_some();
            written.then_some(registry)
        });
        let Some((registry, layer)) = group else {
            return RegistryAccess::default();
        };
        let table = KeyPath::from("registry");
        let options = [
            (
                "docker_config_secret",
                registry.docker_config_secret.as_ref(),
            ),
            ("docker_config_map", registry.docker_config_map.as_ref()),
            ("ecr", registry.ecr.as_ref().and_then(|ecr| ecr.first())),
        ];
        let config = self.choice(&table, &options, layer);
        let key = registry.docker_config_key.as_ref();
        let key = key.map(|key| layer.found(&table.key("docker_config_key"), key));
        let has_config =
            registry.docker_config_secret.is_some() || registry.docker_config_map.is_some();
        if let (Some(key), false) = (&key, has_config) {
            let message = format!("`{}` is the key of nothing", key.key);
            let help = "add `docker_config_secret` or `docker_config_map`, or delete the key";
            self.conflict(key.place.clone(), message, None, help);
        }
        let object_key = match &key {
            Some(key) => self.parse(key),
            None => "config.json".parse().ok(),
        };
        let docker_config = config.and_then(|(kind, found)| match kind {
            "docker_config_secret" => {
                Some(Volume::DockerConfigSecret(self.parse(&found)?, object_key?))
            }
            "docker_config_map" => Some(Volume::DockerConfigMap(self.parse(&found)?, object_key?)),
            _ => None,
        });
        let ecr = match &registry.ecr {
            Some(hosts) => self.items(&table.key("ecr"), hosts, layer),
            None => Vec::new(),
        };
        RegistryAccess { docker_config, ecr }
    }

    fn release(
        &mut self,
        images: &[Found<'a, String>],
        name: Option<&ProjectName>,
        description: Option<&Description>,
    ) -> Option<Release> {
        let pushes = self.pushes(images);
        let source_tag = self.source_tag();
        let promotion = self.promotion(name, description);
        if !self.releases() {
            return None;
        }
        let branch = self.needed("release.branch", |project| project.release.branch.as_ref());
        Some(Release {
            branch: branch?,
            lock: self.plain("release.lock", |project| project.release.lock.as_ref())?,
            pushes,
            source_tag,
            promotion,
        })
    }

    /// Whether anything happens on the release branch, valid or not.
    fn releases(&self) -> bool {
        let publish = self.topmost(|project| project.publish.as_ref());
        publish.is_some_and(|(rules, _)| !rules.is_empty())
            || self.enabled(
                |project| project.source_tag.as_ref(),
                |tag| tag.enabled.as_ref(),
            )
            || self.enabled(
                |project| project.promotion.as_ref(),
                |promotion| promotion.enabled.as_ref(),
            )
    }

    fn pushes(&mut self, images: &[Found<'a, String>]) -> Vec<Push> {
        let Some((rules, layer)) = self.topmost(|project| project.publish.as_ref()) else {
            return Vec::new();
        };
        let mut pushes: IndexMap<PartName, Vec<(Repository, TagTemplate)>> = IndexMap::new();
        let mut seen: Vec<((Repository, TagTemplate), Place)> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let path = KeyPath::from("publish").item(index);
            let image_key = path.key("image");
            let image = match &rule.image {
                Some(image) => self.image_name(&layer.found(&image_key, image), images),
                None => self.only_image(&[layer], &image_key, images),
            };
            let repository: Option<Repository> =
                self.needed_in(layer, &path.key("repository"), rule.repository.as_ref());
            let tags_key = path.key("tags");
            if rule.tags.is_empty() {
                self.missing_in::<()>(
                    &[layer],
                    &tags_key,
                    Some("write at least one: `tags = [\"{version}\"]`"),
                );
            }
            self.note_list(&tags_key, &rule.tags, layer);
            for (tag_index, written) in rule.tags.iter().enumerate() {
                let found = layer.found(&tags_key.item(tag_index), written);
                let subject = || found.key.subject();
                let tag: Option<TagTemplate> =
                    self.check(written.value().parse(), subject, &found.place);
                let Some(name) = repository.clone().zip(tag) else {
                    continue;
                };
                let before = seen.iter().find(|(known, _)| *known == name);
                if let Some(other) = before.map(|(_, place)| place.clone()) {
                    let message = format!("`{}:{}` is pushed twice", name.0, written.value());
                    let help = "delete one of them: the second push would replace the first";
                    self.conflict(found.place, message, Some(other), help);
                    continue;
                }
                seen.push((name.clone(), found.place));
                if let Some(image) = &image {
                    pushes.entry(image.clone()).or_default().push(name);
                }
            }
        }
        pushes
            .into_iter()
            .map(|(image, names)| Push { image, names })
            .collect()
    }

    fn source_tag(&mut self) -> Option<SourceTag> {
        if !self.enabled(
            |project| project.source_tag.as_ref(),
            |tag| tag.enabled.as_ref(),
        ) {
            return None;
        }
        let prefix = self.or("source_tag.prefix", |project| {
            project.source_tag.as_ref()?.prefix.as_ref()
        });
        let message = self.or("source_tag.message", |project| {
            project.source_tag.as_ref()?.message.as_ref()
        });
        let committer_name = self.or("source_tag.committer.name", |project| {
            project.source_tag.as_ref()?.committer.name.as_ref()
        });
        let committer_email = self.needed("source_tag.committer.email", |project| {
            project.source_tag.as_ref()?.committer.email.as_ref()
        });
        let credentials = self.git_credentials();
        Some(SourceTag {
            prefix: prefix?,
            moving_tags: self.plain("source_tag.moving_tags", |project| {
                project.source_tag.as_ref()?.moving_tags.as_ref()
            })?,
            message: message?,
            committer_name: committer_name?,
            committer_email: committer_email?,
            credentials,
        })
    }

    fn git_credentials(&mut self) -> Option<GitCredentials> {
        let (credentials, layer) = self.topmost(|project| {
            let credentials = &project.source_tag.as_ref()?.credentials;
            let written = credentials.https.is_some() || credentials.ssh.is_some();
            written.then_some(credentials)
        })?;
        let options = [
            ("https", credentials.https.as_ref()),
            ("ssh", credentials.ssh.as_ref()),
        ];
        let (kind, found) = self.choice(&"source_tag.credentials".into(), &options, layer)?;
        let id = self.parse(&found)?;
        Some(match kind {
            "https" => GitCredentials::Https(id),
            _ => GitCredentials::Ssh(id),
        })
    }

    fn promotion(
        &mut self,
        project_name: Option<&ProjectName>,
        project_description: Option<&Description>,
    ) -> Option<Promotion> {
        if !self.enabled(
            |project| project.promotion.as_ref(),
            |promotion| promotion.enabled.as_ref(),
        ) {
            return None;
        }
        let name = self.or_derived(
            "promotion.name",
            project_name.map_or("", ProjectName::as_str),
            |project| project.promotion.as_ref()?.name.as_ref(),
        );
        let kind = self.or("promotion.type", |project| {
            project.promotion.as_ref()?.kind.as_ref()
        });
        let stage = self.needed("promotion.stage", |project| {
            project.promotion.as_ref()?.stage.as_ref()
        });
        let flow = self.needed("promotion.flow", |project| {
            project.promotion.as_ref()?.flow.as_ref()
        });
        let description = match project_description {
            Some(text) => self.or_derived("promotion.description", text.as_str(), |project| {
                project.promotion.as_ref()?.description.as_ref()
            }),
            None => self.needed("promotion.description", |project| {
                project.promotion.as_ref()?.description.as_ref()
            }),
        };
        let version = self.or("promotion.version", |project| {
            project.promotion.as_ref()?.version.as_ref()
        });
        Some(Promotion {
            name: name?,
            kind: kind?,
            stage: stage?,
            flow: flow?,
            description: description?,
            version: version?,
        })
    }

    /// Who is mailed where a stage says nothing else.
    fn recipients(&mut self) -> Vec<Recipient> {
        let written = self.list("notify.recipients", |project| {
            project.notify.recipients.as_ref()
        });
        written.unwrap_or_default()
    }

    fn notify(&mut self, default: &[Recipient]) -> Option<Notify> {
        let mut stage =
            |key: &str, get: fn(&config::NotifyStages) -> Option<&Vec<Spanned<String>>>| {
                self.list(KeyPath::from("notify.stages").key(key), |project| {
                    get(&project.notify.stages)
                })
                .unwrap_or_else(|| default.to_vec())
            };
        let checkout = stage("checkout", |stages| stages.checkout.as_ref());
        let check = stage("check", |stages| stages.check.as_ref());
        let sonar = stage("sonar", |stages| stages.sonar.as_ref());
        let build = stage("build", |stages| stages.build.as_ref());
        let scan = stage("scan", |stages| stages.scan.as_ref());
        let push = stage("push", |stages| stages.push.as_ref());
        let tag = stage("tag", |stages| stages.tag.as_ref());
        let promote = stage("promote", |stages| stages.promote.as_ref());
        let recovery = stage("recovery", |stages| stages.recovery.as_ref());
        Some(Notify {
            via: self.plain("notify.via", |project| project.notify.via.as_ref())?,
            checkout,
            check,
            sonar,
            build,
            scan,
            push,
            tag,
            promote,
            recovery,
        })
    }

    fn own_stages(
        &mut self,
        vars: &BTreeSet<String>,
        pod: Option<&Pod>,
        recipients: &[Recipient],
    ) -> Vec<OwnStage> {
        let names = self.names(&"stages".into(), |project| Some(&project.stages));
        self.unique_methods(&names);
        let stages = names.iter();
        stages
            .filter_map(|name| self.own_stage(name, vars, pod, recipients))
            .collect()
    }

    fn own_stage(
        &mut self,
        name: &Found<'a, String>,
        vars: &BTreeSet<String>,
        pod: Option<&Pod>,
        default: &[Recipient],
    ) -> Option<OwnStage> {
        let table = name.value.as_str();
        let path = KeyPath::from("stages").key(table);
        let get = |project: &'a config::Project| project.stages.get(table);
        let part = self.name(name);
        let title = self.or_derived(path.key("title"), table, |project| {
            get(project)?.title.as_ref()
        });
        let position = self.position(&path, table);
        let when = self.condition(&path.key("when"), |project| Some(&get(project)?.when));
        let container = self.container_of_stage(&path.key("container"), pod, |project| {
            get(project)?.container.as_ref()
        });
        let task = self.task(&path, table, vars);
        let env = self.map(path.key("env"), |project| Some(&get(project)?.env));
        let credentials = self.credentials(table);
        let recipients = self.list(path.key("recipients"), |project| {
            get(project)?.recipients.as_ref()
        });
        let stage = OwnStage {
            name: part?,
            title: title?,
            position: position?,
            when,
            container,
            task: task?,
            env,
            credentials,
            recipients: recipients.unwrap_or_else(|| default.to_vec()),
        };
        self.known_at_the_end(&stage, &path);
        Some(stage)
    }

    fn position(&mut self, path: &KeyPath, table: &str) -> Option<Position> {
        let key = path.key("position");
        let found = self.find(&key, |project| project.stages.get(table)?.position.as_ref());
        let Some(found) = found else {
            return self.missing(key, None);
        };
        self.note(&found);
        let needs_release = matches!(
            found.value,
            Position::BeforePush | Position::AfterPush | Position::AfterRelease
        );
        if needs_release && !self.releases() {
            let message = format!(
                "`{}` is in the release, and this project has none",
                found.key
            );
            let help =
                "add `[[publish]]`, `[source_tag]` or `[promotion]`, or take another position";
            self.conflict(found.place, message, None, help);
            return None;
        }
        Some(*found.value)
    }

    /// At the end of a build that failed early nobody knows its version or commit.
    fn known_at_the_end(&mut self, stage: &OwnStage, path: &KeyPath) {
        if stage.position != Position::Always {
            return;
        }
        let arguments = match &stage.task {
            Task::Step(_, arguments) => &arguments[..],
            Task::Commands(..) => &[],
        };
        let values = stage.env.iter().map(|pair| ("env", pair));
        let values = values.chain(arguments.iter().map(|pair| ("arguments", pair)));
        for (group, (name, template)) in values {
            if !template.uses(Placeholder::Version) && !template.uses(Placeholder::Commit) {
                continue;
            }
            let key = path.key(group).key(name.as_str());
            if let Some(place) = self.place_of(&key) {
                let message = format!(
                    "`{key}` holds `{{version}}` or `{{commit}}`, which a build that failed early does not have"
                );
                let help = "take another position than `always`, or leave the placeholder out";
                self.conflict(place, message, None, help);
            }
        }
    }

    fn condition(
        &mut self,
        table: &KeyPath,
        get: impl Fn(&'a config::Project) -> Option<&'a config::Condition>,
    ) -> Condition {
        let mut patterns =
            |key: &str, get: &dyn Fn(&'a config::Project) -> Option<&'a Vec<Spanned<String>>>| {
                self.list(table.key(key), get).unwrap_or_default()
            };
        let branches = patterns("branches", &|project| get(project)?.branches.as_ref());
        let except_branches = patterns("except_branches", &|project| {
            get(project)?.except_branches.as_ref()
        });
        let mut flag =
            |key: &str, get: &dyn Fn(&'a config::Project) -> Option<&'a Spanned<bool>>| {
                let found = self.find(table.key(key), get)?;
                self.note(&found);
                Some(found)
            };
        let pull_request = flag("pull_request", &|project| {
            get(project)?.pull_request.as_ref()
        });
        let tag = flag("tag", &|project| get(project)?.tag.as_ref());
        let both =
            [&pull_request, &tag].map(|found| found.as_ref().is_some_and(|found| *found.value));
        // Neither a pull request nor a tag is a build of a branch, and none is both.
        if (!branches.is_empty() && both.contains(&true)) || both == [true, true] {
            let found = [&tag, &pull_request]
                .into_iter()
                .flatten()
                .find(|found| *found.value);
            if let Some(found) = found {
                let message = format!("`{table}` is true in no build");
                let help = "a build is one of a branch, of a pull request or of a tag: ask for one of them";
                self.conflict(found.place.clone(), message, None, help);
            }
        }
        Condition {
            branches,
            except_branches,
            pull_request: pull_request.map(|found| *found.value),
            tag: tag.map(|found| *found.value),
        }
    }

    fn container_of_stage(
        &mut self,
        key: &KeyPath,
        pod: Option<&Pod>,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<ContainerName> {
        let found = self.find(key, get)?;
        let name: ContainerName = self.parse(&found)?;
        let containers = || {
            let containers = pod.into_iter().flat_map(|pod| &pod.containers);
            containers.map(|container| container.name.as_str())
        };
        // That of the agent is where a stage without a container runs.
        if name.as_str() == "jnlp" {
            return None;
        }
        if pod.is_none() || containers().any(|known| known == name.as_str()) {
            return Some(name);
        }
        let message = format!("the pod has no container `{name}`");
        let new = Diagnostic::new(Code::UnknownName, found.place, message);
        self.diagnostics
            .push(match nearest(name.as_str(), containers()) {
                Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                None => new.help(format!(
                    "write a table `[pod.containers.{name}]` with its `image`"
                )),
            });
        None
    }

    fn task(&mut self, path: &KeyPath, table: &str, vars: &BTreeSet<String>) -> Option<Task> {
        let get = |project: &'a config::Project| project.stages.get(table);
        let commands =
            self.topmost(|project| get(project)?.commands.as_ref())
                .map(|(commands, layer)| {
                    (
                        layer.reach(&path.key("commands")).place,
                        commands.is_empty(),
                    )
                });
        let step = self.find(path.key("step"), |project| get(project)?.step.as_ref());
        let arguments = self.map(path.key("arguments"), |project| {
            Some(&get(project)?.arguments)
        });
        let junit: Option<Vec<FilePattern>> =
            self.list(path.key("junit"), |project| get(project)?.junit.as_ref());
        match (commands, step) {
            (None, None) => self.missing(
                path.key("commands"),
                Some("write `commands = [\"…\"]`, or `step = \"…\"` for a step of your own"),
            ),
            (Some((place, _)), Some(step)) => {
                let message = format!(
                    "`{}` and `{}` exclude each other",
                    path.key("commands"),
                    step.key
                );
                self.conflict(step.place, message, Some(place), "keep one of them");
                None
            }
            (Some((_, true)), None) => {
                self.missing(path.key("commands"), Some("write at least one command"))
            }
            (Some(_), None) => {
                self.belongs_to(path, "arguments", "step", !arguments.is_empty());
                let commands = self.list(path.key("commands"), |project| {
                    get(project)?.commands.as_ref()
                });
                Some(Task::Commands(commands?, junit.unwrap_or_default()))
            }
            (None, Some(found)) => {
                self.belongs_to(path, "junit", "commands", junit.is_some());
                let step: VarName = self.parse(&found)?;
                if !vars.contains(step.as_str()) {
                    let message = format!("there is no file `vars/{step}.groovy`");
                    let new = Diagnostic::new(Code::UnknownName, found.place, message);
                    self.diagnostics.push(
                        match nearest(step.as_str(), vars.iter().map(String::as_str)) {
                            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                            None => new.help("write it: `def call(Map arguments) { … }`"),
                        },
                    );
                    return None;
                }
                Some(Task::Step(step, arguments))
            }
        }
    }

    /// A key that means something only beside another one.
    fn belongs_to(&mut self, path: &KeyPath, key: &str, other: &str, written: bool) {
        if let (true, Some(place)) = (written, self.place_of(&path.key(key))) {
            let message = format!(
                "`{}` belongs to `{other}`, which is not written",
                path.key(key)
            );
            self.conflict(place, message, None, "delete it");
        }
    }

    fn credentials(&mut self, stage: &str) -> Vec<(VariableName, Credential)> {
        let table = KeyPath::from("stages").key(stage).key("credentials");
        let mut bound = Vec::new();
        for name in self.names(&table, |project| {
            Some(&project.stages.get(stage)?.credentials)
        }) {
            let variable = self.name(&name);
            let Some((credential, layer)) = self.topmost(|project| {
                let credentials = &project.stages.get(stage)?.credentials;
                credentials.get(name.value.as_str())
            }) else {
                continue;
            };
            let options = [
                ("text", credential.text.as_ref()),
                ("file", credential.file.as_ref()),
                ("username_password", credential.username_password.as_ref()),
                ("ssh_key", credential.ssh_key.as_ref()),
            ];
            let kind = self
                .needed_choice(&table.key(name.value), &options, layer)
                .and_then(|(kind, found)| {
                    let id = self.parse(&found)?;
                    Some(match kind {
                        "text" => Credential::Text(id),
                        "file" => Credential::File(id),
                        "username_password" => Credential::UsernamePassword(id),
                        _ => Credential::SshKey(id),
                    })
                });
            bound.extend(variable.zip(kind));
        }
        bound
    }

    fn options(&mut self) -> Option<Options> {
        let timeout_minutes = self.number("options.timeout_minutes", |project| {
            project.options.timeout_minutes.as_ref()
        });
        let keep_builds = self.number("options.keep_builds", |project| {
            project.options.keep_builds.as_ref()
        });
        let keep_days = self.number("options.keep_days", |project| {
            project.options.keep_days.as_ref()
        });
        Some(Options {
            timeout_minutes: timeout_minutes?,
            keep_builds: keep_builds?,
            keep_days,
            concurrent_builds: self.plain("options.concurrent_builds", |project| {
                project.options.concurrent_builds.as_ref()
            })?,
            milestones: self.plain("options.milestones", |project| {
                project.options.milestones.as_ref()
            })?,
        })
    }

    fn number(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<i64>>,
    ) -> Option<u32> {
        const MAX: u32 = 100_000;
        let Some(found) = self.find(key, get) else {
            return self.default_of(&key.into())?.as_u64()?.try_into().ok();
        };
        self.note(&found);
        let number = u32::try_from(*found.value)
            .ok()
            .filter(|number| (1..=MAX).contains(number))
            .ok_or_else(|| Invalid::new(format!("must be a number from 1 to {MAX}")));
        self.check(number, || found.key.subject(), &found.place)
    }

    fn pod(
        &mut self,
        tools: &Tools<'a>,
        host_network: bool,
        sonar: bool,
        registry: &RegistryAccess,
    ) -> Option<Pod> {
        let mode = self.plain("buildkit.mode", |project| project.buildkit.mode.as_ref())?;
        let built_in = [
            ("buildkit", "tools.buildkit", &tools.buildkit, true),
            ("grype", "tools.grype", &tools.grype, true),
            ("sonar", "tools.sonar_scanner", &tools.sonar_scanner, sonar),
        ];
        let table = KeyPath::from("pod.containers");
        let mut containers = Vec::new();
        for (name, tool, image, used) in built_in {
            let own = self.find(table.key(name).key("image"), |project| {
                project.pod.containers.get(name)?.image.as_ref()
            });
            let tool = KeyPath::from(tool);
            // Where it is written, as what a message calls it.
            let written = match &own {
                Some(own) => Some((own.key.clone(), own.place.clone())),
                None => image
                    .as_ref()
                    .map(|(_, place)| (tool.clone(), place.clone())),
            };
            let image = match (own, image) {
                (Some(own), _) => self.parse(&own),
                (None, Some((image, place))) => {
                    let key = table.key(name).key("image");
                    self.settings
                        .extend(used.then(|| Setting::written(key, place.clone())));
                    Some(image.clone())
                }
                (None, None) => None,
            };
            if let ("buildkit", Some(image), Some((key, place))) = (name, &image, written) {
                self.daemon_for(mode, image, &key, place);
            }
            if used && image.is_none() && tools.layer.document.find(&tool).is_none() {
                self.missing_in::<()>(&[tools.layer], &tool, None);
            }
            let container = self.container(name, image, mode, registry);
            containers.extend(container.filter(|_| used));
        }
        if let (Some(volume), Some(buildkit)) = (&registry.docker_config, containers.first_mut()) {
            let volume = volume.clone();
            let path = DOCKER_CONFIG_FOLDER.parse().ok()?;
            let variable = "DOCKER_CONFIG".parse().ok()?;
            buildkit.mounts.push(Mount { volume, path });
            buildkit
                .env
                .push((variable, DOCKER_CONFIG_FOLDER.parse().ok()?));
        }
        for name in self.names(&table, |project| Some(&project.pod.containers)) {
            if built_in.iter().any(|(built_in, ..)| built_in == name.value) {
                continue;
            }
            let valid: Option<ContainerName> = self.name(&name);
            let key = table.key(name.value).key("image");
            let get = |project: &'a config::Project| {
                let containers = &project.pod.containers;
                containers.get(name.value.as_str())?.image.as_ref()
            };
            // The agent's container has an image of its own.
            let image = match name.value.as_str() {
                "jnlp" => self.optional(&key, get),
                _ => self.needed(&key, get),
            };
            let container = self.container(name.value, image, mode, registry);
            containers.extend(container.filter(|_| valid.is_some()));
        }
        Some(Pod {
            buildkit: mode,
            host_network,
            containers,
        })
    }

    /// The image must be the one of the daemon's mode: the other one does not run in the pod. Nothing is known of images with other names.
    fn daemon_for(
        &mut self,
        mode: BuildkitMode,
        image: &ImageReference,
        key: &KeyPath,
        place: Place,
    ) {
        let name = image.as_str().split('@').next().unwrap_or_default();
        let Some((repository, tag)) = name.rsplit_once(':') else {
            return;
        };
        let official = repository == "moby/buildkit" || repository.ends_with("/moby/buildkit");
        let (is_rootless, mode, help) = match (tag.contains("rootless"), mode) {
            (true, BuildkitMode::Privileged) => (
                "is the rootless image",
                "privileged",
                "take the image without `-rootless` in its tag, or the mode `rootless`",
            ),
            (false, BuildkitMode::Rootless) => (
                "is not the rootless image",
                "rootless",
                "take the image with `-rootless` in its tag, or the mode `privileged`",
            ),
            _ => return,
        };
        if !official {
            return;
        }
        let message = format!("`{key}` {is_rootless}, and `buildkit.mode` is `{mode}`");
        let written = self.find("buildkit.mode", |project| project.buildkit.mode.as_ref());
        let (place, other) = match written {
            Some(written) => (written.place, Some(place)),
            None => (place, None),
        };
        self.conflict(place, message, other, help);
    }

    fn container(
        &mut self,
        name: &str,
        image: Option<ImageReference>,
        mode: BuildkitMode,
        registry: &RegistryAccess,
    ) -> Option<Container> {
        let path = KeyPath::from("pod.containers").key(name);
        let get = |project: &'a config::Project| project.pod.containers.get(name);
        let own_entrypoint = matches!(name, "buildkit" | "jnlp");
        let command_key = path.key("command");
        let command = self.topmost(|project| get(project)?.command.as_ref());
        if let (true, Some((_, layer))) = (own_entrypoint, command) {
            let key = layer.path(&command_key);
            self.conflict(
                layer.reach(&command_key).place,
                format!("`{key}` can't be set"),
                None,
                "delete it: the entrypoint of this container's image must run",
            );
        }
        let command = command.map(|(words, layer)| self.items(&command_key, words, layer));
        // The Kubernetes plugin runs commands beside the container's main process, which only has to live on.
        let idle = || {
            ["sleep", "99d"]
                .iter()
                .filter_map(|word| word.parse().ok())
                .collect()
        };
        let env_key = path.key("env");
        let env = self.map(&env_key, |project| Some(&get(project)?.env));
        for found in self.names(&env_key, |project| Some(&get(project)?.env)) {
            if let Some(owner) = owner_of_variable(name, found.value, registry) {
                self.conflict(
                    found.place,
                    format!("`{}` belongs to `{owner}`", found.key.key(found.value)),
                    None,
                    &format!("delete it, and set `{owner}`"),
                );
            }
        }
        let resources_key = path.key("resources");
        let requests = self.quantities(&resources_key.key("requests"), |project| {
            Some(&get(project)?.resources.requests)
        });
        let limits = self.quantities(&resources_key.key("limits"), |project| {
            Some(&get(project)?.resources.limits)
        });
        self.within_limit(requests.cpu.as_ref(), limits.cpu.as_ref());
        self.within_limit(requests.memory.as_ref(), limits.memory.as_ref());
        let mounts = self.mounts(name, mode, registry);
        if image.is_none() && name != "jnlp" {
            return None;
        }
        Some(Container {
            name: name.parse().ok()?,
            image,
            command: match own_entrypoint {
                true => None,
                false => Some(command.unwrap_or_else(idle)),
            },
            env,
            requests: requests.into(),
            limits: limits.into(),
            mounts,
        })
    }

    fn quantities(
        &mut self,
        table: &KeyPath,
        get: impl Fn(&'a config::Project) -> Option<&'a config::Quantities>,
    ) -> Amounts<'a> {
        let cpu = self.find(table.key("cpu"), |project| get(project)?.cpu.as_ref());
        let memory = self.find(table.key("memory"), |project| get(project)?.memory.as_ref());
        Amounts {
            cpu: cpu.and_then(|found| Some((self.parse(&found)?, found))),
            memory: memory.and_then(|found| Some((self.parse(&found)?, found))),
        }
    }

    /// Kubernetes refuses a pod that reserves more than it may use.
    fn within_limit<T: Amount>(
        &mut self,
        request: Option<&(T, Found<'a, String>)>,
        limit: Option<&(T, Found<'a, String>)>,
    ) {
        if let (Some((request, found)), Some((limit, other))) = (request, limit)
            && request.thousandths() > limit.thousandths()
        {
            let message = format!("`{}` is more than `{}`", found.key, other.key);
            let help = "lower the one or raise the other";
            self.conflict(
                found.place.clone(),
                message,
                Some(other.place.clone()),
                help,
            );
        }
    }

    fn mounts(
        &mut self,
        container: &str,
        mode: BuildkitMode,
        registry: &RegistryAccess,
    ) -> Vec<Mount> {
        let group = self.topmost(|project| project.pod.containers.get(container)?.mounts.as_ref());
        let Some((mounts, layer)) = group else {
            return Vec::new();
        };
        let table = KeyPath::from("pod.containers").key(container).key("mounts");
        let mut resolved: Vec<Mount> = Vec::new();
        let mut seen: Vec<(ContainerPath, Place)> = Vec::new();
        for (index, mount) in mounts.iter().enumerate() {
            let key = table.item(index);
            let options = [
                ("secret", mount.secret.as_ref()),
                ("config_map", mount.config_map.as_ref()),
                ("claim", mount.claim.as_ref()),
            ];
            let volume = self
                .needed_choice(&key, &options, layer)
                .and_then(|(kind, found)| match kind {
                    "secret" => self.parse(&found).map(Volume::Secret),
                    "config_map" => self.parse(&found).map(Volume::ConfigMap),
                    _ => self.parse(&found).map(Volume::Claim),
                });
            let path_key = key.key("path");
            let path: Option<ContainerPath> = self.needed_in(layer, &path_key, mount.path.as_ref());
            let (Some(path), Some(written)) = (path, &mount.path) else {
                continue;
            };
            let found = layer.found(&path_key, written);
            if let Some(owner) = owner_of_folder(container, &path, volume.as_ref(), mode, registry)
            {
                let message = format!("`{}` can't be `{path}`: {owner}", found.key);
                self.conflict(found.place, message, None, "mount it somewhere else");
                continue;
            }
            if let Some((_, other)) = seen.iter().find(|(other, _)| *other == path) {
                let message = format!("two mounts of `{container}` have the path `{path}`");
                let help = "give one of them another path";
                self.conflict(found.place, message, Some(other.clone()), help);
                continue;
            }
            seen.push((path.clone(), found.place));
            resolved.extend(volume.map(|volume| Mount { volume, path }));
        }
        resolved
    }
}

/// How BuildKit logs in to registries.
#[derive(Default)]
struct RegistryAccess {
    docker_config: Option<Volume>,
    ecr: Vec<RegistryHost>,
}

/// Requests or limits, each amount with the place where it is written.
struct Amounts<'a> {
    cpu: Option<(CpuAmount, Found<'a, String>)>,
    memory: Option<(MemoryAmount, Found<'a, String>)>,
}

impl From<Amounts<'_>> for Quantities {
    fn from(amounts: Amounts<'_>) -> Self {
        Self {
            cpu: amounts.cpu.map(|(cpu, _)| cpu),
            memory: amounts.memory.map(|(memory, _)| memory),
        }
    }
}

/// How to add a key that is missing.
fn remedy(key: &KeyPath, layers: usize) -> String {
    let Some((Step::Key(last), table)) = key.steps().split_last() else {
        return format!("add `{key}`");
    };
    let table: KeyPath = table.iter().cloned().collect();
    match table.steps().last() {
        Some(Step::Key(_)) if layers > 1 => format!(
            "add `{last} = …` to `[{table}]`, here or below `[defaults]` in `{}`",
            config::LIBRARY_FILE
        ),
        Some(Step::Key(_)) => format!("add `{last} = …` to `[{table}]`"),
        _ => format!("add `{last} = …` here"),
    }
}

/// The key of the language that sets a variable of a container, by the pod or by a shared step.
fn owner_of_variable(
    container: &str,
    variable: &str,
    registry: &RegistryAccess,
) -> Option<&'static str> {
    let logs_in = registry.docker_config.is_some() || !registry.ecr.is_empty();
    match (container, variable) {
        ("buildkit", "DOCKER_CONFIG") if logs_in => Some("registry"),
        ("grype", "GRYPE_CONFIG") => Some("scan"),
        ("grype", "PATH") => Some("scan.program"),
        ("grype", "GRYPE_FAIL_ON_SEVERITY") => Some("scan.fail_on"),
        ("grype", "GRYPE_ONLY_FIXED") => Some("scan.only_fixed"),
        ("grype", "GRYPE_SEARCH_SCOPE") => Some("scan.scope"),
        ("grype", "GRYPE_MATCH_GOLANG_USING_CPES") => Some("scan.match_go_by_cpe"),
        _ => None,
    }
}

/// Why nothing can be mounted at this path of a container, if nothing can.
fn owner_of_folder(
    container: &str,
    path: &ContainerPath,
    volume: Option<&Volume>,
    mode: BuildkitMode,
    registry: &RegistryAccess,
) -> Option<String> {
    let path = Utf8Path::new(path.as_str());
    let below = |folder: &str| path.starts_with(folder);
    let state = mode.state_folder();
    let kernel = || {
        let folders = ["/proc", "/sys", "/dev"];
        folders.into_iter().find(|folder| below(folder))
    };
    let (folder, purpose) = match container {
        _ if path == "/" => ("/", "the container's whole file system"),
        _ if below(WORKSPACE_FOLDER) => (WORKSPACE_FOLDER, "where Jenkins mounts the workspace"),
        _ if kernel().is_some() => (kernel()?, "the kernel's"),
        "buildkit" if path == DOCKER_CONFIG_FOLDER && registry.docker_config.is_some() => {
            let purpose = "where the file of `registry` is mounted";
            (DOCKER_CONFIG_FOLDER, purpose)
        }
        "buildkit" if below(state) || Utf8Path::new(state).starts_with(path) => {
            (state, "where the daemon has its state")
        }
        "buildkit" if below(RUNTIME_FOLDER) => (RUNTIME_FOLDER, "where the daemon has its socket"),
        "grype" if path == GRYPE_FOLDER && !matches!(volume, None | Some(Volume::Claim(_))) => (
            GRYPE_FOLDER,
            "where grype writes, so it can only be a claim",
        ),
        _ => return None,
    };
    Some(format!("`{folder}` is {purpose}"))
}

/// Folder of the rootless daemon's socket: `XDG_RUNTIME_DIR` of the image `moby/buildkit:…-rootless`.
const RUNTIME_FOLDER: &str = "/run/user/1000";

/// Folder in all containers of the volume that the Kubernetes plugin adds to a pod.
const WORKSPACE_FOLDER: &str = "/home/jenkins/agent";

/// Folder of the Docker configuration in the buildkit container, named by `DOCKER_CONFIG`: independent of the home folder of either mode's user.
const DOCKER_CONFIG_FOLDER: &str = "/etc/docker-config";

impl FromStr for Recipient {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "culprits" => Ok(Self::Culprits),
            "developers" => Ok(Self::Developers),
            "requester" => Ok(Self::Requester),
            address if address.contains('@') => address.parse().map(Self::Address),
            word => {
                let known = ["culprits", "developers", "requester"];
                let invalid =
                    Invalid::new("must be `culprits`, `developers`, `requester` or a mail address");
                Err(match nearest(word, known) {
                    Some(nearest) => invalid.help(format!("did you mean `{nearest}`?")),
                    None => invalid,
                })
            }
        }
    }
}
