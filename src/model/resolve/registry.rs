//! How BuildKit logs in to registries, and its layer cache.

use super::choice::Alternative;
use super::reader::Reader;
use crate::config::{CacheKind, KeyPath, Spanned};
use crate::model::{CacheMode, ContainerPath, ObjectKey, ObjectName, RegistryHost, Volume};

type MakeConfig = fn(ObjectName, ObjectKey) -> Volume;

/// How BuildKit logs in to registries.
#[derive(Default)]
pub(super) struct RegistryAccess {
    pub(super) docker_config: Option<Volume>,
    pub(super) ecr: Vec<RegistryHost>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn registry(&mut self) -> RegistryAccess {
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
        let first_host = registry.ecr.as_ref().and_then(|ecr| ecr.first());
        let options: [Alternative<'_, Option<MakeConfig>>; 3] = [
            (
                "docker_config_secret",
                registry.docker_config_secret.as_ref(),
                Some(Volume::DockerConfigSecret),
            ),
            (
                "docker_config_map",
                registry.docker_config_map.as_ref(),
                Some(Volume::DockerConfigMap),
            ),
            ("ecr", first_host, None),
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
            None if has_config => self
                .default_of(&table.key("docker_config_key"))
                .and_then(|key| key.as_str()?.parse().ok()),
            None => None,
        };
        let docker_config = config.and_then(|(make, found)| {
            // The hosts of Amazon registries are a list, and no volume.
            let make = make?;
            Some(make(self.parse(&found)?, object_key?))
        });
        let ecr = match &registry.ecr {
            Some(hosts) => self.items(&table.key("ecr"), hosts, layer),
            None => Vec::new(),
        };
        RegistryAccess { docker_config, ecr }
    }

    pub(super) fn cache(&mut self) -> Option<(ContainerPath, CacheMode)> {
        let Some(kind) = self.find("cache.type", |project| project.cache.kind.as_ref()) else {
            let written = self.topmost(|project| {
                let cache = &project.cache;
                (cache.path.is_some() || cache.mode.is_some()).then_some(())
            });
            if written.is_some() {
                self.missing::<()>("cache.type", Some("add `type = \"local\"`"));
            } else {
                self.default_of(&"cache.type".into());
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
}
