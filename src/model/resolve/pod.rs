//! The pod and its containers.

use super::layer::{Found, Layer};
use super::mounts::DOCKER_CONFIG_FOLDER;
use super::reader::Reader;
use super::registry::RegistryAccess;
use crate::config::{self, KeyPath, LibraryFile, Parsed, Spanned};
use crate::model::{
    Amount, BuildkitMode, Container, ContainerName, CpuAmount, ImageReference, MemoryAmount, Mount,
    Pod, Quantities, Setting, Word,
};
use crate::source::Place;

/// Images of the tools.
pub(super) struct Tools<'a> {
    layer: Layer<'a>,
    buildkit: Option<(ImageReference, Place)>,
    grype: Option<(ImageReference, Place)>,
    sonar_scanner: Option<(ImageReference, Place)>,
}

impl<'a> Tools<'a> {
    pub(super) fn resolve(library: &'a Parsed<LibraryFile>, reader: &mut Reader<'a, '_>) -> Self {
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

impl<'a> Reader<'a, '_> {
    pub(super) fn pod(
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

    /// The command of a container that has none of its own: the Kubernetes plugin runs commands beside its main process, which only has to live on.
    fn idle(&mut self, key: &KeyPath) -> Vec<Word> {
        let words = self.default_of(key).and_then(|default| default.as_array());
        let words = words.into_iter().flatten();
        words
            .filter_map(|word| word.as_str()?.parse().ok())
            .collect()
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
        let command = match own_entrypoint {
            true => None,
            false => Some(command.unwrap_or_else(|| self.idle(&command_key))),
        };
        Some(Container {
            name: name.parse().ok()?,
            image,
            command,
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
