//! The images and checks of a checkout: what its Dockerfiles and its Jenkinsfile say of them together.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::facts::Facts;
use super::names;
use super::writer::quote;
use crate::checkout::clean;
use crate::checkout::dockerfile::{Dockerfile, Kind, Mount, Stage};
use crate::checkout::jenkinsfile::{Build, SecretSource};
use crate::checkout::tools::Tool;
use crate::model::ContainerPath;

/// So many images are looked at: more are no service.
const MAX_IMAGES: usize = 50;
/// Folders that say nothing of the image whose Dockerfile stands in them.
const GENERIC_FOLDERS: [&str; 8] = [
    "docker",
    ".docker",
    "build",
    "ci",
    "container",
    "deploy",
    "deployment",
    "packaging",
];
/// Arguments that BuildKit sets itself: https://docs.docker.com/reference/dockerfile/#predefined-args
const PREDEFINED: [&str; 20] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETSTAGE",
    "SOURCE_DATE_EPOCH",
];

/// One image that is to be built.
#[derive(Debug)]
pub(super) struct Image<'a> {
    pub(super) name: String,
    pub(super) context: String,
    /// Why the context is not sure.
    pub(super) doubt: Option<String>,
    pub(super) dockerfile: String,
    pub(super) read: Option<&'a Dockerfile>,
    pub(super) target: Option<String>,
    /// Whether the Jenkinsfile pushes other images, and not this one as far as can be seen.
    pub(super) is_unpushed: bool,
    /// What of these the Jenkinsfile computes, by their keys, with what stands there.
    pub(super) computed: Vec<(&'static str, String)>,
    pub(super) network: Option<String>,
    /// Arguments with a value.
    pub(super) args: IndexMap<String, String>,
    /// Arguments that the Jenkinsfile computes, with what stands there.
    pub(super) computed_args: IndexMap<String, String>,
    /// Arguments that the Dockerfile declares and nothing gives a value, with their defaults.
    pub(super) open_args: Vec<(String, Option<String>)>,
    /// Arguments that the Jenkinsfile gives a value and the Dockerfile does not declare.
    pub(super) strange_args: Vec<String>,
    pub(super) secrets: Vec<Secret>,
    /// Whether the Dockerfile mounts an SSH agent.
    pub(super) has_ssh: bool,
    /// Ports.
    pub(super) ports: Vec<String>,
    /// Images that its stages are made from.
    pub(super) bases: Vec<String>,
    /// The version that the Dockerfile has as a default.
    pub(super) version: Option<String>,
    /// The first build that pushes it.
    pushed_by: Option<&'a Build>,
    /// Names that it is pushed under.
    pub(super) names: Vec<String>,
    /// Repositories that it is pushed to under a tag that is computed, with that tag.
    pub(super) computed_tags: Vec<(String, String)>,
    /// Names that it is given, as people read them, also where they are computed or not pushed.
    pub(super) named: Vec<String>,
    /// Where the layers are kept now.
    pub(super) cache: Option<String>,
}

/// A secret of the Jenkinsfile or of the Dockerfile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) id: String,
    /// Where the Jenkinsfile takes it from.
    pub(super) source: SecretSource,
    /// Whether it is a word, such as a token, rather than a file.
    pub(super) is_text: bool,
    /// Whether a `RUN` mounts it.
    pub(super) is_mounted: bool,
    /// Where the Dockerfile copies it to instead.
    pub(super) copied_to: Option<String>,
}

/// Code that is tested inside an image build.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) image: usize,
    pub(super) target: Option<String>,
    /// What the Jenkinsfile computes of what is built, with what stands there.
    pub(super) computed: Vec<(&'static str, String)>,
    pub(super) directory: String,
    /// The folder that was copied there, which is the same in most Dockerfiles.
    pub(super) made_in: String,
    pub(super) destination: String,
    /// Where they came to lie before, which is another folder if two checks used it.
    pub(super) before: String,
    /// Whether that is all that is in a stage with more than results.
    pub(super) is_whole: bool,
    pub(super) exit_code_file: Option<String>,
}

/// The images, those of the Jenkinsfile if it builds any.
pub(super) fn find<'a>(facts: &'a Facts, project: &str) -> Vec<Image<'a>> {
    let builds: &[Build] = facts
        .jenkinsfile
        .as_ref()
        .map_or(&[], |jenkinsfile| &jenkinsfile.builds);
    let mut images: Vec<Image<'a>> = Vec::new();
    for build in builds.iter().filter(|build| !build.is_check) {
        let same = images.iter_mut().find(|image| {
            image.context == build.context
                && image.dockerfile == build.dockerfile
                && image.target == build.target
                && image.computed == build.computed
                && image.pushed_by.is_none_or(|own| !own.is_other_image(build))
        });
        match same {
            Some(image) => image.add(build),
            None => {
                let mut image = Image::new(
                    facts,
                    build.context.clone(),
                    build.dockerfile.clone(),
                    build.target.clone(),
                );
                image.computed.clone_from(&build.computed);
                image.add(build);
                images.push(image);
            }
        }
    }
    if images.is_empty() {
        images.extend(facts.dockerfiles.iter().map(|dockerfile| {
            let (context, doubt) = context(facts, dockerfile);
            let path = dockerfile.source.path.to_string();
            let mut image = Image::new(facts, context, path, None);
            image.doubt = doubt;
            image
        }));
    }
    if images.is_empty() {
        images.push(Image::new(
            facts,
            ".".to_owned(),
            "Dockerfile".to_owned(),
            None,
        ));
    }
    // What a check is given, its image must be given as well: both are solved from the same inputs.
    for build in builds.iter().filter(|build| build.is_check) {
        let known = images.iter().position(|image| image.is_built_by(build));
        let index = known.unwrap_or_else(|| {
            let (context, dockerfile) = (build.context.clone(), build.dockerfile.clone());
            images.push(Image::new(facts, context, dockerfile, None));
            images.len() - 1
        });
        if let Some(image) = images.get_mut(index) {
            image.add(build);
        }
    }
    images.truncate(MAX_IMAGES);
    let targets: Vec<&str> = builds
        .iter()
        .filter_map(|build| build.target.as_deref())
        .collect();
    let copied = facts
        .jenkinsfile
        .as_ref()
        .map_or(&[][..], |jenkinsfile| &jenkinsfile.copied);
    for image in &mut images {
        image.declared(&targets);
        image.copied(copied);
    }
    name(&mut images, project);
    images
}

/// The checks: those of the Jenkinsfile, else a stage that holds results alone. What several images share is tested once.
pub(super) fn checks(facts: &Facts, images: &[Image<'_>]) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let builds = facts.jenkinsfile.iter().flat_map(|found| &found.builds);
    for build in builds {
        let image = images.iter().position(|image| image.is_built_by(build));
        if let (Some(image), Some((directory, destination))) = (image, &build.taken_out) {
            let is_known = |check: &Check| {
                (check.image, &check.target, &check.directory) == (image, &build.target, directory)
            };
            if checks.iter().any(is_known) {
                continue;
            }
            let read = images.get(image).and_then(|image| image.read);
            let stage = read.and_then(|read| read.target(build.target.as_deref()));
            let results = stage.and_then(results);
            // Of all that is in a stage, the folder of results is wanted.
            let inside = match (directory.as_str(), &results) {
                ("/", Some((inside, _))) => Some(inside.clone()),
                ("/", None) => reported(facts, destination),
                _ => None,
            };
            let (directory, before) = match inside.filter(|inside| inside != "/") {
                Some(inside) => (inside.clone(), format!("{destination}{inside}")),
                None => (directory.clone(), destination.clone()),
            };
            let is_results = results.is_some();
            let is_whole = !is_results && directory == "/";
            let source = results.and_then(|(_, source)| source);
            let made_in = source.unwrap_or_else(|| directory.clone());
            let copied = stage.filter(|_| is_results);
            let copied = copied.and_then(|stage| copied_exit_code(stage, &directory));
            let written = || exit_code_file(read?, &[&directory, &made_in]);
            let is_new_title = |title: &String| {
                checks
                    .iter()
                    .all(|check| check.title.as_ref() != Some(title))
            };
            checks.push(Check {
                name: String::new(),
                title: build.stage.clone().filter(is_new_title),
                image,
                target: build.target.clone(),
                computed: build.computed.clone(),
                destination: destination.clone(),
                exit_code_file: copied.or_else(written),
                before,
                is_whole,
                directory,
                made_in,
            });
        }
    }
    if checks.is_empty() {
        let mut seen = BTreeSet::new();
        for (index, image) in images.iter().enumerate() {
            if seen.insert((&image.context, &image.dockerfile)) {
                checks.extend(check_of_stage(image, index));
            }
        }
    }
    name_checks(&mut checks, images);
    separate(&mut checks);
    checks
}

/// The folder below one of the workspace that the Jenkinsfile's reports lie in: a build tool's own, else that of the first pattern.
fn reported(facts: &Facts, destination: &str) -> Option<String> {
    let found = facts.jenkinsfile.as_ref()?;
    let mut patterns = found.junit.iter().chain(&found.coverage);
    let inside =
        patterns.find_map(|pattern| Utf8Path::new(pattern).strip_prefix(destination).ok())?;
    let folders = inside.parent()?.iter();
    let folders: Vec<&str> = folders.take_while(|part| !part.contains('*')).collect();
    let is_own = |part: &&str| {
        let mut tools = facts.tools.iter();
        tools.any(|tool| tool.reports.directory.split('/').next() == Some(*part))
    };
    let own = folders.iter().position(is_own).map(|at| at + 1);
    let folders = folders.get(..own.unwrap_or(folders.len()))?;
    Some(format!("/{}", folders.join("/")))
}

/// The check of the first stage that holds results alone.
fn check_of_stage(image: &Image<'_>, index: usize) -> Option<Check> {
    let read = image.read?;
    let (_, stages) = read.stages.split_last()?;
    stages.iter().find_map(|stage| {
        let (directory, source) = results(stage)?;
        let name = stage.name.as_ref()?;
        let made_in = source.unwrap_or_default();
        let destination = match (directory.as_str(), made_in.as_str()) {
            ("/", "") => name.value.clone(),
            ("/", made_in) => last_name(made_in),
            (directory, _) => last_name(directory),
        };
        Some(Check {
            name: String::new(),
            title: None,
            image: index,
            target: Some(name.value.clone()),
            computed: Vec::new(),
            exit_code_file: copied_exit_code(stage, &directory)
                .or_else(|| exit_code_file(read, &[&directory, &made_in])),
            before: destination.clone(),
            is_whole: false,
            destination,
            directory,
            made_in,
        })
    })
}

/// Names the checks after their images, if there are several of these.
fn name_checks(checks: &mut [Check], images: &[Image<'_>]) {
    let only = checks.len() == 1;
    let mut taken = Vec::new();
    for (index, check) in checks.iter_mut().enumerate() {
        let name = match images.get(check.image) {
            _ if only => "test".to_owned(),
            Some(image) if images.len() > 1 => image.name.clone(),
            _ => format!("test-{}", index + 1),
        };
        check.name = free(&name, &mut taken);
    }
}

/// Gives each check a folder of its own, none inside another one, if any two would mix.
fn separate(checks: &mut [Check]) {
    let mixes = checks.iter().enumerate().any(|(index, check)| {
        let path = clean(Utf8Path::new(&check.destination));
        let mut others = checks.iter().take(index);
        others.any(|other| {
            let other = clean(Utf8Path::new(&other.destination));
            path.starts_with(&other) || other.starts_with(&path)
        })
    });
    for check in checks.iter_mut().filter(|_| mixes) {
        let path = clean(Utf8Path::new(&check.destination));
        let top = path.iter().next().unwrap_or_default();
        check.destination = Utf8Path::new(top).join(&check.name).into_string();
    }
}

impl<'a> Image<'a> {
    fn new(facts: &'a Facts, context: String, dockerfile: String, target: Option<String>) -> Self {
        Self {
            name: String::new(),
            read: facts.dockerfile(&dockerfile),
            context,
            doubt: None,
            dockerfile,
            target,
            is_unpushed: false,
            computed: Vec::new(),
            network: None,
            args: IndexMap::new(),
            computed_args: IndexMap::new(),
            open_args: Vec::new(),
            strange_args: Vec::new(),
            secrets: Vec::new(),
            has_ssh: false,
            ports: Vec::new(),
            bases: Vec::new(),
            version: None,
            pushed_by: None,
            names: Vec::new(),
            computed_tags: Vec::new(),
            named: Vec::new(),
            cache: None,
        }
    }

    fn is_pushed(&self) -> bool {
        !(self.names.is_empty() && self.computed_tags.is_empty())
    }

    fn is_built_by(&self, build: &Build) -> bool {
        self.context == build.context && self.dockerfile == build.dockerfile
    }

    fn add(&mut self, build: &'a Build) {
        // What is pushed is what others are built for.
        let is_first = build.is_pushed() && self.pushed_by.is_none();
        if is_first {
            self.pushed_by = Some(build);
            self.network = build.network.clone().or(self.network.take());
            self.cache = build.cache.clone().or(self.cache.take());
        }
        for (name, value) in &build.args {
            let known = self.args.entry(name.clone());
            let known = known.or_insert_with(|| value.clone());
            if is_first {
                known.clone_from(value);
            }
        }
        for (name, value) in &build.computed_args {
            self.computed_args
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
        for (id, source) in &build.secrets {
            if !self.secrets.iter().any(|secret| secret.id == *id) {
                self.secrets.push(Secret {
                    id: id.clone(),
                    source: source.clone(),
                    is_text: false,
                    is_mounted: false,
                    copied_to: None,
                });
            }
        }
        for name in &build.names {
            if !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
        for name in &build.computed_tags {
            if !self.computed_tags.contains(name) {
                self.computed_tags.push(name.clone());
            }
        }
        // What a check's image is called is for the machine.
        if !build.is_check {
            self.named.extend(build.named.iter().cloned());
        }
        self.network = self.network.take().or_else(|| build.network.clone());
        self.cache = self.cache.take().or_else(|| build.cache.clone());
    }

    /// Adds what the Dockerfile declares in the stages that are built.
    fn declared(&mut self, targets: &[&str]) {
        let Some(read) = self.read else { return };
        let mut stages: Vec<&Stage> = Vec::new();
        let wanted = targets.iter().map(|target| read.target(Some(*target)));
        for stage in wanted
            .chain([read.target(self.target.as_deref())])
            .flatten()
        {
            stages.extend(read.reached(stage));
        }
        stages.sort_by_key(|stage| stage.index);
        stages.dedup_by_key(|stage| stage.index);
        let mut declared: IndexMap<String, Option<String>> = IndexMap::new();
        let own = stages
            .iter()
            .flat_map(|stage| stage.args().map(|(_, arg)| arg));
        for arg in read.global_args.iter().chain(own) {
            let known = declared.entry(arg.name.value.clone()).or_default();
            *known = known
                .take()
                .or_else(|| Some(arg.default.as_ref()?.value.clone()));
        }
        for (name, default) in &declared {
            if supplied(name) == Some("{version}") {
                self.version = self.version.take().or_else(|| default.clone());
            }
            if self.args.contains_key(name)
                || PREDEFINED.contains(&name.as_str())
                || name.starts_with("BUILDKIT_")
            {
                continue;
            }
            match supplied(name) {
                Some(value) => {
                    self.args.insert(name.clone(), value.to_owned());
                }
                None => self.open_args.push((name.clone(), default.clone())),
            }
        }
        let is_strange =
            |name: &String| !declared.contains_key(name) && !PREDEFINED.contains(&name.as_str());
        self.strange_args = self
            .args
            .keys()
            .filter(|name| is_strange(name))
            .cloned()
            .collect();
        self.args.retain(|name, _| !is_strange(name));
        let lineage = read
            .target(self.target.as_deref())
            .map(|stage| read.lineage(stage));
        let own: BTreeSet<usize> = lineage.iter().flatten().map(|stage| stage.index).collect();
        for stage in stages {
            // A value with a placeholder is another one for each build.
            let given = |name: &str| {
                let value = self.args.get(name);
                value.filter(|value| !value.contains(['{', '}'])).cloned()
            };
            let base = read.base_image(stage, given);
            if stage.parent.is_none() && base != "scratch" && !self.bases.contains(&base) {
                self.bases.push(base);
            }
            for instruction in &stage.instructions {
                match &instruction.kind {
                    Kind::Run(run) => run.mounts.iter().for_each(|mount| self.mount(mount)),
                    Kind::Expose(ports) if own.contains(&stage.index) => {
                        self.ports
                            .extend(ports.iter().map(|port| port.value.clone()));
                    }
                    _ => {}
                }
            }
        }
    }

    /// The working folder of the first stage that runs a tool, else of the first that has one.
    pub(super) fn folder_of_tests(&self, tool: &Tool) -> Option<String> {
        let read = self.read?;
        let program = tool.kind.program();
        let runs = |stage: &&Stage| {
            stage.instructions.iter().any(|instruction| {
                matches!(&instruction.kind, Kind::Run(run) if run.script.contains(program))
            })
        };
        let folder = |stage: &Stage| self.working_folder(stage);
        let stages = || read.stages.iter();
        stages()
            .find(runs)
            .map(folder)
            .unwrap_or_else(|| stages().find_map(folder))
    }

    /// The folder in which a stage ends.
    pub(super) fn working_folder(&self, stage: &Stage) -> Option<String> {
        let mut folder: Option<Utf8PathBuf> = None;
        // The last stage of a lineage is the one that the others are made from.
        let mut lineage = self.read?.lineage(stage);
        lineage.sort_by_key(|stage| stage.index);
        for instruction in lineage.iter().flat_map(|stage| &stage.instructions) {
            if let Kind::Workdir(path) = &instruction.kind {
                let before = folder.unwrap_or_else(|| Utf8PathBuf::from("/"));
                folder = Some(before.join(path.value.trim_end_matches('/')));
            }
        }
        let found = folder.map(Utf8PathBuf::into_string)?;
        found.parse::<ContainerPath>().is_ok().then_some(found)
    }

    /// Whether a folder is below a mount of a `RUN` that calls a tool, so that what it leaves there is in no layer.
    pub(super) fn hides(&self, tool: &Tool, working: &Utf8Path, folder: &Utf8Path) -> bool {
        let stages = self.read.into_iter().flat_map(|read| &read.stages);
        let mut instructions = stages.flat_map(|stage| &stage.instructions);
        instructions.any(|instruction| match &instruction.kind {
            Kind::Run(run) if run.script.contains(tool.kind.program()) => {
                let mut mounts = run.mounts.iter();
                mounts.any(|mount| mount.hides(Some(working), folder))
            }
            _ => false,
        })
    }

    /// Adds the files from elsewhere that the Jenkinsfile copies into the checkout, and the Dockerfile from there into a layer: these are secrets.
    fn copied(&mut self, files: &[(String, String)]) {
        let Some(read) = self.read else { return };
        let instructions = read.stages.iter().flat_map(|stage| &stage.instructions);
        for instruction in instructions {
            let Kind::Copy(copy) = &instruction.kind else {
                continue;
            };
            let [source] = copy.sources.as_slice() else {
                continue;
            };
            let path = source.value.trim_start_matches("./");
            let file = files.iter().find(|(_, to)| to == path);
            if let (Some((from, to)), None) = (file, &copy.from) {
                // As `verify` proposes it.
                let id = last_name(to).trim_start_matches('.').replace('.', "-");
                if !self.secrets.iter().any(|secret| secret.id == id) {
                    self.secrets.push(Secret {
                        id,
                        source: SecretSource::File(from.clone()),
                        is_text: false,
                        is_mounted: false,
                        copied_to: Some(copy.destination.value.clone()),
                    });
                }
            }
        }
    }

    fn mount(&mut self, mount: &Mount) {
        self.has_ssh |= mount.kind == "ssh";
        let Some(id) = mount.id().filter(|_| mount.kind == "secret") else {
            return;
        };
        let is_text = mount.option(&["env"]).is_some();
        match self.secrets.iter_mut().find(|secret| secret.id == id) {
            Some(secret) => {
                secret.is_text |= is_text;
                secret.is_mounted = true;
            }
            None => self.secrets.push(Secret {
                id: id.to_owned(),
                source: SecretSource::Unknown,
                is_text,
                is_mounted: true,
                copied_to: None,
            }),
        }
    }
}

/// Names the images after their Dockerfiles, or after what they are pushed as. Those that are pushed choose first.
fn name(images: &mut [Image<'_>], project: &str) {
    let only = images.len() == 1;
    let mut taken: Vec<String> = Vec::new();
    let mut images: Vec<&mut Image<'_>> = images.iter_mut().collect();
    images.sort_by_key(|image| !image.is_pushed());
    let is_any_pushed = images.iter().any(|image| image.is_pushed());
    for image in images {
        let path = Utf8Path::new(&image.dockerfile);
        let by_file = names::of_dockerfile(path).filter(|name| !GENERIC_FOLDERS.contains(name));
        let by_target = image.target.as_deref();
        let is_computed = image.named.iter().any(|name| name.contains('$'));
        image.is_unpushed = is_any_pushed && !image.is_pushed() && !is_computed;
        let raw = match (only, image.is_unpushed) {
            (true, _) => project,
            (_, true) => by_target.or(by_file).unwrap_or(project),
            (_, false) => by_file.or(by_target).unwrap_or(project),
        };
        image.name = free(&names::part(raw), &mut taken);
    }
}

/// A name that is not taken, and is no other one's in Groovy.
fn free(name: &str, taken: &mut Vec<String>) -> String {
    let mut free = name.to_owned();
    for number in 2.. {
        let in_groovy = free.replace('-', "");
        if !taken.contains(&in_groovy) {
            taken.push(in_groovy);
            break;
        }
        let stem = name.get(..name.len().min(35)).unwrap_or(name);
        free = format!("{}-{number}", stem.trim_end_matches('-'));
    }
    free
}

/// What a build supplies for an argument of this name.
fn supplied(name: &str) -> Option<&'static str> {
    let word: String = name
        .to_ascii_lowercase()
        .chars()
        .filter(|c| *c != '_')
        .collect();
    match word.as_str() {
        "version" | "appversion" | "projectversion" | "serviceversion" | "releaseversion"
        | "packageversion" => Some("{version}"),
        "buildnumber" | "buildno" | "buildid" => Some("{build_number}"),
        "commit" | "gitcommit" | "commitsha" | "commithash" | "gitsha" | "githash"
        | "gitrevision" | "revision" | "vcsref" | "sourcecommit" => Some("{commit}"),
        "branch" | "gitbranch" | "branchname" => Some("{branch}"),
        _ => None,
    }
}

/// The build context that a Dockerfile was written for, and why that is not sure: the folder in which there is all that it copies.
fn context(facts: &Facts, dockerfile: &Dockerfile) -> (String, Option<String>) {
    let root = ".".to_owned();
    let folder = match dockerfile.source.path.parent() {
        None => return (root, None),
        Some(folder) if folder == "" => return (root, None),
        Some(folder) => folder,
    };
    let sources: Vec<&str> = dockerfile
        .copied_paths()
        .flat_map(|(_, sources)| sources)
        .map(|source| source.value.trim_start_matches("./").trim_matches('/'))
        // What a variable or a pattern stands for is not known; its folder is.
        .map(|source| match source.find(['*', '?', '[', '$']) {
            Some(end) => source[..end]
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder),
            None => source,
        })
        .filter(|source| !matches!(*source, "" | "."))
        .collect();
    let missing = |context: &Utf8Path| -> Vec<&str> {
        let is_missing = |source: &&str| {
            let path = context.join(source);
            !facts.checkout.has_file(&path) && !facts.checkout.has_folder(&path)
        };
        sources.iter().copied().filter(is_missing).collect()
    };
    let (at_root, in_folder) = (missing(Utf8Path::new("")), missing(folder));
    let says = |context: &str, missing: &[&str]| {
        let missing: Vec<String> = missing.iter().take(5).map(|path| quote(path)).collect();
        Some(format!(
            "This is the likeliest build context, but the Dockerfile copies {}, which {context} does not have.",
            missing.join(", ")
        ))
    };
    match (at_root.as_slice(), in_folder.as_slice()) {
        ([], [_, ..]) => (root, None),
        // The lock file and the other packages are above the folder.
        ([], []) if is_in_workspace(facts, folder) => (root, None),
        ([_, ..], []) => (folder.to_string(), None),
        ([], []) if !facts.holds_more(folder) => (root, None),
        ([], []) => {
            // A folder that is named after what is done in it holds scripts for that.
            let is_generic = GENERIC_FOLDERS.contains(&folder.file_name().unwrap_or_default());
            let (context, other) = match is_generic {
                true => (root, folder.as_str()),
                false => (folder.to_string(), "."),
            };
            let doubt = format!(
                "What the Dockerfile copies is in {} and in {} alike: is this one the build context?",
                quote(&context),
                quote(other)
            );
            (context, Some(doubt))
        }
        (at_root, in_folder) if at_root.len() <= in_folder.len() => {
            (root, says("the checkout", at_root))
        }
        (_, in_folder) => (folder.to_string(), says("the folder", in_folder)),
    }
}

/// Whether a folder holds a package of a workspace of Node.js, which is installed from its top alone.
fn is_in_workspace(facts: &Facts, folder: &Utf8Path) -> bool {
    const LOCKS: [&str; 5] = [
        "pnpm-lock.yaml",
        "package-lock.json",
        "yarn.lock",
        "bun.lock",
        "npm-shrinkwrap.json",
    ];
    let checkout = &facts.checkout;
    let has_workspaces = || {
        let package = checkout.read("package.json").ok().flatten();
        let package: Option<serde_json::Value> =
            package.and_then(|source| serde_json::from_str(&source.text).ok());
        package.is_some_and(|package| package.get("workspaces").is_some())
    };
    checkout.has_file(folder.join("package.json"))
        && !LOCKS
            .iter()
            .any(|lock| checkout.has_file(folder.join(lock)))
        && (checkout.has_file("pnpm-workspace.yaml") || has_workspaces())
}

/// The folder of a stage that holds nothing but results, `FROM scratch` and `COPY --from`, and where that folder was made, if it is one copy.
fn results(stage: &Stage) -> Option<(String, Option<String>)> {
    if stage.base.value != "scratch" {
        return None;
    }
    let copies = stage.instructions.iter().map(|instruction| {
        let Kind::Copy(copy) = &instruction.kind else {
            return None;
        };
        let has_names = copy
            .sources
            .iter()
            .all(|source| !last_name(&source.value).is_empty());
        let is_result = copy.from.is_some()
            && copy.destination.value.starts_with('/')
            && !copy.sources.is_empty()
            && has_names;
        is_result.then_some(copy)
    });
    let copies = copies.collect::<Option<Vec<_>>>()?;
    let mut folders = copies.iter().map(|copy| &copy.destination.value);
    let mut around = Utf8Path::new(folders.next()?);
    let source = match copies.as_slice() {
        [copy] if let [source] = copy.sources.as_slice() => Some(source.value.clone()),
        _ => None,
    };
    // What lies beside one another has one folder around it.
    if source.is_none() && !around.as_str().ends_with('/') {
        around = around.parent()?;
    }
    for folder in folders {
        while !Utf8Path::new(folder).starts_with(around) {
            around = around.parent()?;
        }
    }
    let directory = match around.as_str().trim_end_matches('/') {
        "" => "/",
        directory => directory,
    };
    Some((directory.to_owned(), source))
}

/// The last part of a path.
fn last_name(path: &str) -> String {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// Whether the name of a file says that it holds an exit code.
fn is_exit_code(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_lowercase();
    ["exit", "status", "code", "result"]
        .iter()
        .any(|word| name.contains(word))
}

/// The file with the exit code below a folder, if it is copied there by itself.
fn copied_exit_code(stage: &Stage, directory: &str) -> Option<String> {
    stage.instructions.iter().find_map(|instruction| {
        let Kind::Copy(copy) = &instruction.kind else {
            return None;
        };
        let [source] = copy.sources.as_slice() else {
            return None;
        };
        let source = Utf8Path::new(&source.value);
        let to = Utf8Path::new(&copy.destination.value);
        let to = match copy.destination.value.ends_with('/') {
            true => to.join(source.file_name()?),
            false => to.to_owned(),
        };
        let inside = to.strip_prefix(directory).ok()?;
        (is_exit_code(source) && !inside.as_str().is_empty() && source.extension().is_none())
            .then(|| inside.to_string())
    })
}

/// The file below one of these folders that some `RUN` writes an exit code to: `echo $? > build/exit-code`. A `RUN` may name the end of the folder's path.
fn exit_code_file(dockerfile: &Dockerfile, folders: &[&str]) -> Option<String> {
    let instructions = dockerfile
        .stages
        .iter()
        .flat_map(|stage| &stage.instructions);
    let scripts = instructions.filter_map(|instruction| match &instruction.kind {
        Kind::Run(run) => Some(run.script.as_str()),
        _ => None,
    });
    let targets = scripts
        .flat_map(|script| script.split('>').skip(1))
        .filter_map(|after| {
            let word = after
                .trim_start()
                .split([' ', ';', '&', '|', '\n', ')'])
                .next()?;
            let path = word.trim_matches(['"', '\'']);
            Some(Utf8Path::new(path.strip_prefix("./").unwrap_or(path)))
        });
    targets.filter(|path| is_exit_code(path)).find_map(|path| {
        folders.iter().find_map(|folder| {
            let folder = Utf8Path::new(folder);
            let parts: Vec<&str> = folder.iter().filter(|part| *part != "/").collect();
            let ends = (0..parts.len())
                .filter_map(|start| parts.get(start..))
                .map(|end| end.iter().collect::<Utf8PathBuf>());
            let inside = ends
                .chain([folder.to_owned()])
                .find_map(|end| path.strip_prefix(end).ok().map(Utf8Path::to_owned));
            inside
                .map(Utf8PathBuf::into_string)
                .filter(|inside| !inside.is_empty())
        })
    })
}
