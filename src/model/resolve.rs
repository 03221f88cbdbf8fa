//! From what was written to what it means: layers, defaults, rules of single values and rules across values.
//!
//! A project is resolved over two layers: its own file, then the library's `[defaults]`. Tables merge key by key, also under free names such as
//! `images.<name>`; every other value, a list too, replaces the one below it. Keys of which only one can be given (`version`, a secret, the registry's
//! log-in, Git credentials, a mount) are taken from one layer together. The built-in defaults come last, here and nowhere else.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;

use super::*;
use crate::config::{self, CacheKind, LibraryFile, Named, Parsed, Shape, Spanned};
use crate::diagnostic::{Code, Diagnostic, alternatives, nearest};
use crate::source::{Place, Source};

type ProjectFile = Parsed<config::Project>;

/// What a layer without a map has.
static NO_TEXTS: LazyLock<Named<Spanned<String>>> = LazyLock::new(Named::new);

/// What the workspace means, or everything that is wrong with it.
pub fn resolve(
    library: &Parsed<LibraryFile>,
    projects: &[ProjectFile],
) -> Result<Library, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let name = Reader::only(library, &mut diagnostics)
        .needed("library.name", |_| library.config.library.name.as_ref());
    let version = Reader::only(library, &mut diagnostics).needed("library.version", |_| {
        library.config.library.version.as_ref()
    });
    check_locks(library, projects, &mut diagnostics);
    let tools = Tools::resolve(library, &mut diagnostics);

    if projects.is_empty() {
        // Mistakes in `[defaults]` show before the first project does.
        let nothing = config::parse_project("".into(), String::new(), &mut Vec::new());
        let mut found = Vec::new();
        let _ = Reader::new(&nothing, library, &mut found).project(&nothing, &tools);
        diagnostics.extend(
            found
                .into_iter()
                .filter(|new| new.place.source.path == library.source.path)
                .filter(|new| new.code != Code::MissingKey),
        );
    }
    let mut resolved = Vec::new();
    for file in projects {
        let mut found = Vec::new();
        resolved.extend(Reader::new(file, library, &mut found).project(file, &tools));
        if file.incomplete || library.incomplete {
            // What seems to be missing may be what was misspelt.
            found.retain(|new| !matches!(new.code, Code::MissingKey | Code::UnknownName));
        }
        diagnostics.extend(found);
    }
    check_step_names(projects, &resolved, &mut diagnostics);

    match (name, version) {
        (Some(name), Some(version)) if diagnostics.is_empty() => Ok(Library {
            name,
            version,
            projects: resolved,
        }),
        _ => Err(diagnostics),
    }
}

/// Locked keys exist, and no project sets them.
fn check_locks(
    library: &Parsed<LibraryFile>,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for lock in &library.config.library.locked {
        let path = lock.value();
        let here = library.place(lock.span());
        if let Err(nearest) = Shape::new(&config::PROJECT_SCHEMA).find(path) {
            let new = Diagnostic::new(
                Code::UnknownKey,
                here,
                format!("unknown key `{path}` is locked"),
            );
            diagnostics.push(match nearest {
                Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
                None => new.help("write a key of a project with dots, such as `scan.fail_on`"),
            });
            continue;
        }
        for project in projects {
            if let Some(place) = project.find(path) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::LockedKey,
                        place,
                        format!("`{path}` is locked by the library"),
                    )
                    .label("no project may set this")
                    .related(here.clone(), "locked here")
                    .help(format!(
                        "delete it here, or change the library's `[defaults]` and `locked` in `{}`",
                        config::LIBRARY_FILE
                    )),
                );
            }
        }
    }
}

/// No two projects render the same step, and none takes the name of a shared step.
fn check_step_names(
    files: &[ProjectFile],
    projects: &[Project],
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Upper and lower case are the same file on some systems.
    let mut seen: BTreeMap<String, &Project> = BTreeMap::new();
    let place = |project: &Project| {
        files
            .iter()
            .find(|file| file.source.path == project.file)
            .map(|file| file.locate("step"))
    };
    for project in projects {
        let step = project.step.as_str();
        let Some(here) = place(project) else { continue };
        if SHARED_STEPS
            .iter()
            .any(|shared| shared.eq_ignore_ascii_case(step))
        {
            diagnostics.push(
                Diagnostic::new(
                    Code::ShadowedName,
                    here,
                    format!("the step `{step}` is one of the library's shared steps"),
                )
                .help("choose another name: `step = \"…\"`"),
            );
        } else if let Some(first) = seen.insert(step.to_ascii_lowercase(), project) {
            diagnostics.push(
                Diagnostic::new(
                    Code::NameCollision,
                    here,
                    format!(
                        "the projects `{}` and `{}` would both be rendered to `vars/{step}.groovy`",
                        first.name, project.name
                    ),
                )
                .help("give one of them another name: `step = \"…\"`"),
            );
        }
    }
}

/// Images of the tools.
struct Tools {
    buildkit: Option<ImageReference>,
    grype: Option<ImageReference>,
    sonar_scanner: Option<ImageReference>,
}

impl Tools {
    fn resolve(library: &Parsed<LibraryFile>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let tools = &library.config.tools;
        let mut image = |key: &str, value: Option<&Spanned<String>>| {
            let image: ImageReference =
                Reader::only(library, diagnostics).optional(key, |_| value)?;
            if image.floats()
                && let Some(value) = value
            {
                diagnostics.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        library.place(value.span()),
                        format!("`{key}` must name one version"),
                    )
                    .label("this can be another image tomorrow")
                    .help("pin it by digest, `image:tag@sha256:…`, or at least by a tag other than `latest`"),
                );
            }
            Some(image)
        };
        Self {
            buildkit: image("tools.buildkit", tools.buildkit.as_ref()),
            grype: image("tools.grype", tools.grype.as_ref()),
            sonar_scanner: image("tools.sonar_scanner", tools.sonar_scanner.as_ref()),
        }
    }
}

/// A written value and where it stands.
struct Found<'a, T> {
    value: &'a T,
    place: Place,
}

impl<'a, T> Found<'a, T> {
    fn new(written: &'a Spanned<T>, source: &Arc<Source>) -> Self {
        Self {
            value: written.value(),
            place: Place {
                source: Arc::clone(source),
                range: written.span(),
            },
        }
    }
}

/// One layer of values and the file that it stands in.
type Layer<'a> = (&'a config::Project, &'a Arc<Source>);

/// Reads one project through its layers, and collects what is wrong.
struct Reader<'a, 'd> {
    /// From the top down.
    layers: Vec<Layer<'a>>,
    /// Where a missing key is missed.
    locate: Box<dyn Fn(&str) -> Place + 'a>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'a, 'd> Reader<'a, 'd> {
    fn new(
        file: &'a ProjectFile,
        library: &'a Parsed<LibraryFile>,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            layers: vec![
                (&file.config, &file.source),
                (&library.config.defaults, &library.source),
            ],
            locate: Box::new(|path| file.locate(path)),
            diagnostics,
        }
    }

    /// For the library's own keys.
    fn only(library: &'a Parsed<LibraryFile>, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self {
            layers: vec![(&library.config.defaults, &library.source)],
            locate: Box::new(|path| library.locate(path)),
            diagnostics,
        }
    }

    /// The value of the topmost layer that has one.
    fn find<T: 'a>(
        &self,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<T>>,
    ) -> Option<Found<'a, T>> {
        self.layers
            .iter()
            .find_map(|(config, source)| get(config).map(|value| Found::new(value, source)))
    }

    /// The value of the topmost layer that has one, where a layer is asked for a whole group of keys that exclude each other.
    fn topmost<T>(
        &self,
        get: impl Fn(&'a config::Project) -> Option<T>,
    ) -> Option<(T, &'a Arc<Source>)> {
        self.layers
            .iter()
            .find_map(|(config, source)| get(config).map(|value| (value, *source)))
    }

    /// A word of a fixed list, a boolean or a number.
    fn plain<T: Copy + 'a>(
        &self,
        default: T,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<T>>,
    ) -> T {
        self.find(get).map_or(default, |found| *found.value)
    }

    /// A validated text, if it is written and valid.
    fn optional<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        let found = self.find(get)?;
        self.parse(key, &found)
    }

    /// A validated text, or the default, which must be valid.
    fn or<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        default: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        match self.find(get) {
            Some(found) => self.parse(key, &found),
            None => default.parse().ok(),
        }
    }

    /// A validated text that must be written.
    fn needed<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<String>>,
    ) -> Option<T> {
        match self.find(get) {
            Some(found) => self.parse(key, &found),
            None => self.missing(key, None),
        }
    }

    /// Reports a key that is needed; always `None`.
    fn missing<T>(&mut self, key: &str, help: Option<&str>) -> Option<T> {
        let new = Diagnostic::new(
            Code::MissingKey,
            (self.locate)(key),
            format!("`{key}` is missing"),
        );
        self.diagnostics.push(match help {
            Some(help) => new.help(help),
            None => new,
        });
        None
    }

    fn parse<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        found: &Found<'a, String>,
    ) -> Option<T> {
        match found.value.parse() {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.invalid(key, found.place.clone(), invalid);
                None
            }
        }
    }

    fn invalid(&mut self, key: &str, place: Place, invalid: Invalid) {
        let new = Diagnostic::new(invalid.code, place, format!("`{key}` {}", invalid.rule));
        self.diagnostics.push(match invalid.help {
            Some(help) => new.help(help),
            None => new,
        });
    }

    /// A list of validated texts; `None` if no layer has it. Invalid items are reported and left out.
    fn list<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Vec<Spanned<String>>>,
    ) -> Option<Vec<T>> {
        let (items, source) = self.topmost(get)?;
        Some(self.items(key, items, source))
    }

    fn items<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        items: &'a [Spanned<String>],
        source: &'a Arc<Source>,
    ) -> Vec<T> {
        items
            .iter()
            .filter_map(|item| self.parse(key, &Found::new(item, source)))
            .collect()
    }

    /// The free names of a map over all layers, the library's first, each with the place where it is first written.
    fn names<V: 'a>(
        &self,
        get: impl Fn(&'a config::Project) -> &'a Named<V>,
    ) -> Vec<Found<'a, String>> {
        let mut names: IndexMap<&str, Found<'a, String>> = IndexMap::new();
        for (config, source) in self.layers.iter().rev() {
            for name in get(config).keys() {
                names.insert(name.value(), Found::new(name, source));
            }
        }
        names.into_values().collect()
    }

    /// A map from validated names to validated texts.
    fn map<K: FromStr<Err = Invalid>, V: FromStr<Err = Invalid>>(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Named<Spanned<String>>>,
    ) -> Vec<(K, V)> {
        let mut pairs = Vec::new();
        for name in self.names(|project| get(project).unwrap_or(&NO_TEXTS)) {
            let path = format!("{key}.{}", name.value);
            let name_value = self.parse(key, &name);
            let value = self.optional(&path, |project| get(project)?.get(name.value.as_str()));
            pairs.extend(name_value.zip(value));
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
            .any(|(config, _)| table(config).is_some());
        written && self.plain(true, |project| enabled(table(project)?))
    }

    /// The only one of several keys of one layer that is written. More than one is an error.
    fn choice(
        &mut self,
        key: &str,
        options: &[(&'static str, Option<&'a Spanned<String>>)],
        source: &'a Arc<Source>,
    ) -> Option<(&'static str, Found<'a, String>)> {
        let mut written = options
            .iter()
            .filter_map(|(name, value)| value.map(|value| (*name, Found::new(value, source))));
        let first = written.next()?;
        if let Some((second, found)) = written.next() {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    found.place,
                    format!(
                        "`{key}.{}` and `{key}.{second}` exclude each other",
                        first.0
                    ),
                )
                .related(first.1.place.clone(), "the other one")
                .help("keep one of them"),
            );
            return None;
        }
        Some(first)
    }

    fn project(&mut self, file: &ProjectFile, tools: &Tools) -> Option<Project> {
        let name = self.project_name(file);
        let description = self.optional("description", |project| project.description.as_ref());
        let step = self.step(name.as_ref());
        let version = self.version();
        let images = self.images();
        let image_names: Vec<PartName> = images.iter().map(|image| image.name.clone()).collect();
        let checks = self.checks(&image_names);
        self.unique_methods(&checks, &images);
        let sonar = self.sonar();
        let scan = self.scan();
        let cache = self.cache();
        let (docker_config, ecr) = self.registry();
        let notify = self.notify();
        let options = self.options();
        let release = self.release(&image_names, name.as_ref(), description.as_ref());
        let pod = self.pod(tools, &images, sonar.is_some(), docker_config);
        Some(Project {
            name: name?,
            file: file.source.path.clone(),
            step: step?,
            description,
            version: version?,
            checks,
            images,
            sonar,
            scan: scan?,
            cache,
            ecr,
            release,
            notify,
            options: options?,
            pod: pod?,
        })
    }

    fn project_name(&mut self, file: &ProjectFile) -> Option<ProjectName> {
        let stem = file.source.path.file_stem().unwrap_or_default();
        match stem.parse() {
            Ok(name) => Some(name),
            Err(invalid) => {
                let message = format!("the file's name {}", invalid.rule);
                let place = file.place(0..0);
                self.diagnostics
                    .push(Diagnostic::new(invalid.code, place, message).help("rename the file"));
                None
            }
        }
    }

    fn step(&mut self, name: Option<&ProjectName>) -> Option<StepName> {
        if let Some(found) = self.find(|project| project.step.as_ref()) {
            return self.parse("step", &found);
        }
        StepName::of_project(name?)
            .map_err(|invalid| self.invalid("step", (self.locate)("step"), invalid))
            .ok()
    }

    fn version(&mut self) -> Option<Version> {
        let group = self.topmost(|project| {
            let version = &project.version;
            let written = [&version.literal, &version.file, &version.key];
            written.iter().any(|key| key.is_some()).then_some(version)
        });
        let Some((version, source)) = group else {
            return self.missing(
                "version",
                Some("write `[version]` with `literal = \"1.2.3\"`, or with `file = \"gradle.properties\"` and `key = \"version\"`"),
            );
        };
        let of_file = version.file.as_ref().or(version.key.as_ref());
        if let (Some(literal), Some(of_file)) = (&version.literal, of_file) {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    Found::new(of_file, source).place,
                    "`version.literal` excludes `version.file` and `version.key`",
                )
                .related(Found::new(literal, source).place, "the literal")
                .help("keep the literal, or the file and its key"),
            );
            return None;
        }
        if let Some(literal) = &version.literal {
            return self
                .parse("version.literal", &Found::new(literal, source))
                .map(Version::Literal);
        }
        let file = match &version.file {
            Some(file) => self.parse("version.file", &Found::new(file, source)),
            None => self.missing("version.file", None),
        };
        let key = match &version.key {
            Some(key) => self.parse("version.key", &Found::new(key, source)),
            None => self.missing("version.key", None),
        };
        Some(Version::Properties {
            file: file?,
            key: key?,
        })
    }

    fn images(&mut self) -> Vec<Image> {
        let names = self.names(|project| &project.images);
        if names.is_empty() {
            self.missing::<()>(
                "images",
                Some("write a table `[images.<name>]`; it may be empty"),
            );
        }
        names.iter().filter_map(|name| self.image(name)).collect()
    }

    fn image(&mut self, name: &Found<'a, String>) -> Option<Image> {
        let table = name.value.as_str();
        let key = |last: &str| format!("images.{table}.{last}");
        let part = self.parse("images", name);
        let context = self.or(&key("context"), ".", |project| {
            project.images.get(table)?.context.as_ref()
        });
        let dockerfile = self.or(&key("dockerfile"), "Dockerfile", |project| {
            project.images.get(table)?.dockerfile.as_ref()
        });
        let target = self.optional(&key("target"), |project| {
            project.images.get(table)?.target.as_ref()
        });
        let args = self.map(&key("args"), |project| {
            Some(&project.images.get(table)?.args)
        });
        let secrets = self.secrets(table);
        let network = self.plain(Network::Sandbox, |project| {
            project.images.get(table)?.network.as_ref()
        });
        Some(Image {
            name: part?,
            context: context?,
            dockerfile: dockerfile?,
            target,
            args,
            secrets,
            network,
        })
    }

    fn secrets(&mut self, image: &str) -> Vec<(SecretId, Secret)> {
        static NONE: LazyLock<Named<config::Secret>> = LazyLock::new(Named::new);
        let mut secrets = Vec::new();
        for name in self.names(|project| {
            project
                .images
                .get(image)
                .map_or(&*NONE, |image| &image.secrets)
        }) {
            let key = format!("images.{image}.secrets.{}", name.value);
            let id = self.parse(&key, &name);
            let group = self.topmost(|project| {
                let secret = project
                    .images
                    .get(image)?
                    .secrets
                    .get(name.value.as_str())?;
                let written = [
                    &secret.file,
                    &secret.credentials_file,
                    &secret.credentials_text,
                ];
                written.iter().any(|key| key.is_some()).then_some(secret)
            });
            let Some((secret, source)) = group else {
                self.missing::<()>(
                    &key,
                    Some("name its source: `file`, `credentials_file` or `credentials_text`"),
                );
                continue;
            };
            let options = [
                ("file", secret.file.as_ref()),
                ("credentials_file", secret.credentials_file.as_ref()),
                ("credentials_text", secret.credentials_text.as_ref()),
            ];
            let source = self
                .choice(&key, &options, source)
                .and_then(|(kind, found)| {
                    let key = format!("{key}.{kind}");
                    match kind {
                        "file" => self.parse(&key, &found).map(Secret::File),
                        "credentials_file" => self.parse(&key, &found).map(Secret::CredentialsFile),
                        _ => self.parse(&key, &found).map(Secret::CredentialsText),
                    }
                });
            secrets.extend(id.zip(source));
        }
        secrets
    }

    fn checks(&mut self, images: &[PartName]) -> Vec<Check> {
        let names = self.names(|project| &project.checks);
        names
            .iter()
            .filter_map(|name| self.check(name, images))
            .collect()
    }

    fn check(&mut self, name: &Found<'a, String>, images: &[PartName]) -> Option<Check> {
        let table = name.value.as_str();
        let key = |last: &str| format!("checks.{table}.{last}");
        let part = self.parse("checks", name);
        let title = self.or(&key("title"), &format!("Check {table}"), |project| {
            project.checks.get(table)?.title.as_ref()
        });
        let image = self.find(|project| project.checks.get(table)?.image.as_ref());
        let image = self.image_name(&key("image"), image, images);
        let target = self.optional(&key("target"), |project| {
            project.checks.get(table)?.target.as_ref()
        });
        let directory = self.needed(&key("directory"), |project| {
            project.checks.get(table)?.directory.as_ref()
        });
        let destination = self.needed(&key("destination"), |project| {
            project.checks.get(table)?.destination.as_ref()
        });
        let exit_code_file = self.optional(&key("exit_code_file"), |project| {
            project.checks.get(table)?.exit_code_file.as_ref()
        });
        let junit = self.list(&key("junit"), |project| {
            project.checks.get(table)?.junit.as_ref()
        });
        let coverage = self.list(&key("coverage"), |project| {
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

    fn jacoco(&mut self, table: &str) -> Jacoco {
        let key = |last: &str| format!("checks.{table}.jacoco.{last}");
        Jacoco {
            exec: self.optional(&key("exec"), |project| {
                project.checks.get(table)?.jacoco.as_ref()?.exec.as_ref()
            }),
            classes: self.optional(&key("classes"), |project| {
                project.checks.get(table)?.jacoco.as_ref()?.classes.as_ref()
            }),
            sources: self.optional(&key("sources"), |project| {
                project.checks.get(table)?.jacoco.as_ref()?.sources.as_ref()
            }),
            exclusions: self.optional(&key("exclusions"), |project| {
                project
                    .checks
                    .get(table)?
                    .jacoco
                    .as_ref()?
                    .exclusions
                    .as_ref()
            }),
        }
    }

    /// A reference to an image; the only image if it is not written.
    fn image_name(
        &mut self,
        key: &str,
        found: Option<Found<'a, String>>,
        images: &[PartName],
    ) -> Option<PartName> {
        let names = || images.iter().map(PartName::as_str);
        let Some(found) = found else {
            return match images {
                [only] => Some(only.clone()),
                [] => None,
                _ => self.missing(
                    key,
                    Some(&format!(
                        "there are several images: {}",
                        alternatives(names())
                    )),
                ),
            };
        };
        if let Some(image) = images.iter().find(|image| image.as_str() == found.value) {
            return Some(image.clone());
        }
        let new = Diagnostic::new(
            Code::UnknownName,
            found.place,
            format!("there is no image `{}`", found.value),
        );
        self.diagnostics.push(match nearest(found.value, names()) {
            Some(nearest) => new.label(format!("did you mean `{nearest}`?")),
            None => new.help(format!("the images are {}", alternatives(names()))),
        });
        None
    }

    /// Names of images and checks become names of methods, where `web-1` and `web1` are the same.
    fn unique_methods(&mut self, checks: &[Check], images: &[Image]) {
        let images = images.iter().map(|image| ("images", &image.name));
        let checks = checks.iter().map(|check| ("checks", &check.name));
        let mut seen = BTreeMap::new();
        for (table, name) in images.chain(checks) {
            if let Some(first) = seen.insert((table, name.upper_camel()), name) {
                let place = (self.locate)(&format!("{table}.{name}"));
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::NameCollision,
                        place,
                        format!(
                            "`{table}.{first}` and `{table}.{name}` become the same name in Groovy"
                        ),
                    )
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
        let report_title = self.or("scan.report_title", "Grype report", |project| {
            project.scan.report_title.as_ref()
        });
        let program = self.or("scan.program", "/grype", |project| {
            project.scan.program.as_ref()
        });
        Some(Scan {
            fail_on: self.plain(FailOn::High, |project| project.scan.fail_on.as_ref()),
            only_fixed: self.plain(false, |project| project.scan.only_fixed.as_ref()),
            scope: self.plain(Scope::Squashed, |project| project.scan.scope.as_ref()),
            match_go_by_cpe: self.plain(false, |project| project.scan.match_go_by_cpe.as_ref()),
            report_title: report_title?,
            program: program?,
        })
    }

    fn cache(&mut self) -> Option<(ContainerPath, CacheMode)> {
        let kind = self.plain(CacheKind::None, |project| project.cache.kind.as_ref());
        match kind {
            CacheKind::None => None,
            CacheKind::Local => {
                let path = self.needed("cache.path", |project| project.cache.path.as_ref())?;
                let mode = self.plain(CacheMode::Max, |project| project.cache.mode.as_ref());
                Some((path, mode))
            }
        }
    }

    /// The volume of a Docker configuration, or the registries of the ECR helper.
    fn registry(&mut self) -> (Option<Volume>, Vec<RegistryHost>) {
        let group = self.topmost(|project| {
            let registry = &project.registry;
            let written = registry.docker_config_secret.is_some()
                || registry.docker_config_map.is_some()
                || registry.docker_config_key.is_some()
                || registry.ecr.is_some();
            written.then_some(registry)
        });
        let Some((registry, source)) = group else {
            return (None, Vec::new());
        };
        let options = [
            (
                "docker_config_secret",
                registry.docker_config_secret.as_ref(),
            ),
            ("docker_config_map", registry.docker_config_map.as_ref()),
        ];
        let config = self.choice("registry", &options, source);
        let key = registry.docker_config_key.as_ref();
        if let (Some(first), Some((kind, found))) =
            (registry.ecr.as_ref().and_then(|ecr| ecr.first()), &config)
        {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    Found::new(first, source).place,
                    format!("`registry.ecr` and `registry.{kind}` exclude each other"),
                )
                .related(found.place.clone(), "the other one")
                .help("keep one of them; a Docker configuration can name `ecr-login` in its `credHelpers`"),
            );
        }
        if let (Some(key), None) = (key, &config)
            && registry.docker_config_secret.is_none()
        {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    Found::new(key, source).place,
                    "`registry.docker_config_key` needs `registry.docker_config_secret` or `registry.docker_config_map`",
                )
                .help("add one of them, or delete the key"),
            );
        }
        let object_key = match key {
            Some(key) => self.parse("registry.docker_config_key", &Found::new(key, source)),
            None => "config.json".parse().ok(),
        };
        let volume = config.and_then(|(kind, found)| {
            let name = self.parse(&format!("registry.{kind}"), &found)?;
            Some(match kind {
                "docker_config_secret" => Volume::DockerConfigSecret(name, object_key?),
                _ => Volume::DockerConfigMap(name, object_key?),
            })
        });
        let ecr = match &registry.ecr {
            Some(hosts) => self.items("registry.ecr", hosts, source),
            None => Vec::new(),
        };
        (volume, ecr)
    }

    fn release(
        &mut self,
        images: &[PartName],
        name: Option<&ProjectName>,
        description: Option<&Description>,
    ) -> Option<Release> {
        let pushes = self.pushes(images);
        let source_tag = self.source_tag();
        let promotion = self.promotion(name, description);
        if pushes.is_empty() && source_tag.is_none() && promotion.is_none() {
            return None;
        }
        let branch = self.needed("release.branch", |project| project.release.branch.as_ref());
        Some(Release {
            branch: branch?,
            lock: self.plain(true, |project| project.release.lock.as_ref()),
            pushes,
            source_tag,
            promotion,
        })
    }

    fn pushes(&mut self, images: &[PartName]) -> Vec<Push> {
        let Some((rules, source)) = self.topmost(|project| project.publish.as_ref()) else {
            return Vec::new();
        };
        let mut names: IndexMap<PartName, Vec<(Repository, TagTemplate)>> = IndexMap::new();
        for rule in rules {
            let image = rule.image.as_ref().map(|image| Found::new(image, source));
            let image = self.image_name("publish.image", image, images);
            let repository: Option<Repository> = match &rule.repository {
                Some(repository) => {
                    self.parse("publish.repository", &Found::new(repository, source))
                }
                None => self.missing("publish.repository", None),
            };
            if rule.tags.is_empty() {
                self.missing::<()>("publish.tags", None);
            }
            let tags: Vec<TagTemplate> = self.items("publish.tags", &rule.tags, source);
            if let (Some(image), Some(repository)) = (image, repository) {
                let tags = tags.into_iter().map(|tag| (repository.clone(), tag));
                names.entry(image).or_default().extend(tags);
            }
        }
        names
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
        let prefix = self.or("source_tag.prefix", "v", |project| {
            project.source_tag.as_ref()?.prefix.as_ref()
        });
        let message = self.or("source_tag.message", "passed CI", |project| {
            project.source_tag.as_ref()?.message.as_ref()
        });
        let committer_name = self.or("source_tag.committer.name", "Jenkins", |project| {
            project.source_tag.as_ref()?.committer.name.as_ref()
        });
        let committer_email = self.needed("source_tag.committer.email", |project| {
            project.source_tag.as_ref()?.committer.email.as_ref()
        });
        let credentials = self.git_credentials();
        Some(SourceTag {
            prefix: prefix?,
            moving_tags: self.plain(true, |project| {
                project.source_tag.as_ref()?.moving_tags.as_ref()
            }),
            message: message?,
            committer_name: committer_name?,
            committer_email: committer_email?,
            credentials,
        })
    }

    fn git_credentials(&mut self) -> Option<GitCredentials> {
        let (credentials, source) = self.topmost(|project| {
            let credentials = &project.source_tag.as_ref()?.credentials;
            let written = credentials.https.is_some() || credentials.ssh.is_some();
            written.then_some(credentials)
        })?;
        let options = [
            ("https", credentials.https.as_ref()),
            ("ssh", credentials.ssh.as_ref()),
        ];
        let (kind, found) = self.choice("source_tag.credentials", &options, source)?;
        let id = self.parse(&format!("source_tag.credentials.{kind}"), &found)?;
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
        let name = self.or(
            "promotion.name",
            project_name.map_or("", ProjectName::as_str),
            |project| project.promotion.as_ref()?.name.as_ref(),
        );
        let kind = self.or("promotion.type", "DockerImage", |project| {
            project.promotion.as_ref()?.kind.as_ref()
        });
        let stage = self.needed("promotion.stage", |project| {
            project.promotion.as_ref()?.stage.as_ref()
        });
        let flow = self.needed("promotion.flow", |project| {
            project.promotion.as_ref()?.flow.as_ref()
        });
        let description = match project_description {
            Some(text) => self.or("promotion.description", text.as_str(), |project| {
                project.promotion.as_ref()?.description.as_ref()
            }),
            None => self.needed("promotion.description", |project| {
                project.promotion.as_ref()?.description.as_ref()
            }),
        };
        let version = self.or("promotion.version", "{version}.{build_number}", |project| {
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

    fn notify(&mut self) -> Notify {
        let default: Vec<Recipient> = self
            .list("notify.recipients", |project| {
                project.notify.recipients.as_ref()
            })
            .unwrap_or_default();
        let mut stage =
            |key: &str, get: fn(&config::NotifyStages) -> Option<&Vec<Spanned<String>>>| {
                self.list(&format!("notify.stages.{key}"), |project| {
                    get(&project.notify.stages)
                })
                .unwrap_or_else(|| default.clone())
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
        Notify {
            via: self.plain(MailPlugin::Emailext, |project| project.notify.via.as_ref()),
            checkout,
            check,
            sonar,
            build,
            scan,
            push,
            tag,
            promote,
            recovery,
        }
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
            timeout_minutes: timeout_minutes.unwrap_or(60),
            keep_builds: keep_builds.unwrap_or(30),
            keep_days,
            concurrent_builds: self.plain(ConcurrentBuilds::Forbid, |project| {
                project.options.concurrent_builds.as_ref()
            }),
            milestones: self.plain(true, |project| project.options.milestones.as_ref()),
        })
    }

    fn number(
        &mut self,
        key: &str,
        get: impl Fn(&'a config::Project) -> Option<&'a Spanned<i64>>,
    ) -> Option<u32> {
        const MAX: u32 = 100_000;
        let found = self.find(get)?;
        let number = u32::try_from(*found.value)
            .ok()
            .filter(|number| (1..=MAX).contains(number));
        if number.is_none() {
            self.invalid(
                key,
                found.place,
                Invalid::new(format!("must be a number from 1 to {MAX}")),
            );
        }
        number
    }

    fn pod(
        &mut self,
        tools: &Tools,
        images: &[Image],
        sonar: bool,
        docker_config: Option<Volume>,
    ) -> Option<Pod> {
        let host_network = images.iter().any(|image| image.network == Network::Host);
        let mut built_in = vec![
            ("buildkit", "tools.buildkit", tools.buildkit.as_ref()),
            ("grype", "tools.grype", tools.grype.as_ref()),
        ];
        if sonar {
            built_in.push(("sonar", "tools.sonar_scanner", tools.sonar_scanner.as_ref()));
        }
        let mut containers = Vec::new();
        for (name, key, image) in &built_in {
            let own = self.optional(&format!("pod.containers.{name}.image"), |project| {
                project.pod.containers.get(*name)?.image.as_ref()
            });
            let image = match own.or_else(|| (*image).cloned()) {
                Some(image) => Some(image),
                None => self.missing(
                    &format!("pod.containers.{name}.image"),
                    Some(&format!(
                        "name the image for all projects: `{key}` in `{}`",
                        config::LIBRARY_FILE
                    )),
                ),
            };
            let container = self.container(name, image);
            containers.extend(container);
        }
        if let (Some(volume), Some(buildkit)) = (docker_config, containers.first_mut()) {
            let path = DOCKER_CONFIG_FOLDER.parse().ok()?;
            let variable = "DOCKER_CONFIG".parse().ok()?;
            buildkit.mounts.push(Mount { volume, path });
            buildkit
                .env
                .push((variable, DOCKER_CONFIG_FOLDER.parse().ok()?));
        }
        for name in self.names(|project| &project.pod.containers) {
            if built_in.iter().any(|(built_in, ..)| built_in == name.value) {
                continue;
            }
            let valid: Option<ContainerName> = self.parse("pod.containers", &name);
            let key = format!("pod.containers.{}.image", name.value);
            let get = |project: &'a config::Project| {
                project
                    .pod
                    .containers
                    .get(name.value.as_str())?
                    .image
                    .as_ref()
            };
            // The agent's container has an image of its own.
            let image = if name.value == "jnlp" {
                self.optional(&key, get)
            } else {
                self.needed(&key, get)
            };
            if valid.is_some() {
                let container = self.container(name.value, image);
                containers.extend(container);
            }
        }
        Some(Pod {
            buildkit: self.plain(BuildkitMode::Rootless, |project| {
                project.buildkit.mode.as_ref()
            }),
            host_network,
            containers,
        })
    }

    fn container(&mut self, name: &str, image: Option<ImageReference>) -> Option<Container> {
        let key = |last: &str| format!("pod.containers.{name}.{last}");
        let daemon = matches!(name, "buildkit" | "jnlp");
        if daemon
            && let Some((items, source)) =
                self.topmost(|project| project.pod.containers.get(name)?.command.as_ref())
        {
            let place = match items.first() {
                Some(first) => Found::new(first, source).place,
                None => (self.locate)(&key("command")),
            };
            self.diagnostics.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    place,
                    format!("`{}` can't be set", key("command")),
                )
                .help("the container's own entrypoint must run"),
            );
        }
        let command = self.list(&key("command"), |project| {
            project.pod.containers.get(name)?.command.as_ref()
        });
        // The Kubernetes plugin runs commands beside the container's main process, which only has to live on.
        let idle = || {
            ["sleep", "99d"]
                .iter()
                .filter_map(|word| word.parse().ok())
                .collect()
        };
        let env = self.map(&key("env"), |project| {
            Some(&project.pod.containers.get(name)?.env)
        });
        let mut quantities =
            |part: &str, get: fn(&config::Resources) -> &config::Quantities| Quantities {
                cpu: self.optional(&key(&format!("resources.{part}.cpu")), |project| {
                    get(&project.pod.containers.get(name)?.resources)
                        .cpu
                        .as_ref()
                }),
                memory: self.optional(&key(&format!("resources.{part}.memory")), |project| {
                    get(&project.pod.containers.get(name)?.resources)
                        .memory
                        .as_ref()
                }),
            };
        let requests = quantities("requests", |resources| &resources.requests);
        let limits = quantities("limits", |resources| &resources.limits);
        let mounts = self.mounts(name);
        if image.is_none() && name != "jnlp" {
            return None;
        }
        Some(Container {
            name: name.parse().ok()?,
            image,
            command: if daemon {
                None
            } else {
                Some(command.unwrap_or_else(idle))
            },
            env,
            requests,
            limits,
            mounts,
        })
    }

    fn mounts(&mut self, container: &str) -> Vec<Mount> {
        let group = self.topmost(|project| project.pod.containers.get(container)?.mounts.as_ref());
        let Some((mounts, source)) = group else {
            return Vec::new();
        };
        let key = format!("pod.containers.{container}.mounts");
        let mut resolved: Vec<Mount> = Vec::new();
        for mount in mounts {
            let options = [
                ("secret", mount.secret.as_ref()),
                ("config_map", mount.config_map.as_ref()),
                ("claim", mount.claim.as_ref()),
            ];
            if options.iter().all(|(_, value)| value.is_none()) {
                self.missing::<()>(
                    &key,
                    Some("name what is mounted: `secret`, `config_map` or `claim`"),
                );
            }
            let volume = self
                .choice(&key, &options, source)
                .and_then(|(kind, found)| {
                    let name = self.parse(&format!("{key}.{kind}"), &found)?;
                    Some(match kind {
                        "secret" => Volume::Secret(name),
                        "config_map" => Volume::ConfigMap(name),
                        _ => Volume::Claim(name),
                    })
                });
            let Some(written) = &mount.path else {
                self.missing::<()>(&format!("{key}.path"), None);
                continue;
            };
            let found = Found::new(written, source);
            let path: Option<ContainerPath> = self.parse(&format!("{key}.path"), &found);
            if path.is_some()
                && resolved
                    .iter()
                    .any(|other| Some(&other.path) == path.as_ref())
            {
                self.diagnostics.push(Diagnostic::new(
                    Code::ConflictingKeys,
                    found.place,
                    format!("two mounts of `{container}` have the same path"),
                ));
            }
            resolved.extend(
                volume
                    .zip(path)
                    .map(|(volume, path)| Mount { volume, path }),
            );
        }
        resolved
    }
}

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
                let invalid = Invalid::new(format!(
                    "must be {} or a mail address",
                    alternatives(known).replace(" or ", ", ")
                ));
                Err(match nearest(word, known) {
                    Some(nearest) => invalid.help(format!("did you mean `{nearest}`?")),
                    None => invalid,
                })
            }
        }
    }
}
