//! Files from the cluster in the containers, and the folders where none can be.

use camino::Utf8Path;

use super::choice::Alternative;
use super::reader::Reader;
use super::registry::RegistryAccess;
use crate::config::KeyPath;
use crate::model::{BuildkitMode, ContainerPath, GRYPE_FOLDER, Mount, ObjectName, Volume};
use crate::source::Place;

type MakeVolume = fn(ObjectName) -> Volume;

impl<'a> Reader<'a, '_> {
    pub(super) fn mounts(
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
            let options: [Alternative<'_, MakeVolume>; 3] = [
                ("secret", mount.secret.as_ref(), Volume::Secret),
                ("config_map", mount.config_map.as_ref(), Volume::ConfigMap),
                ("claim", mount.claim.as_ref(), Volume::Claim),
            ];
            let volume = self
                .needed_choice(&key, &options, layer)
                .and_then(|(make, found)| self.parse(&found).map(make));
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
pub(super) const DOCKER_CONFIG_FOLDER: &str = "/etc/docker-config";
