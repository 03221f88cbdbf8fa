//! `resources/<library>/pods/<project>.yaml`: the pod, serialised from typed values.

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde::Serialize;

use crate::model::{self, BuildkitMode, Container, GRYPE_FOLDER, Library, Project, Quantities};

/// User and group of everything in the pod: that of Jenkins' agent and of rootless BuildKit. Containers with different users can't share the workspace.
const AGENT_ID: u32 = 1000;

/// A Kubernetes Pod, with the fields that are used here: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodManifest {
    api_version: &'static str,
    kind: &'static str,
    spec: PodSpec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    security_context: PodSecurityContext,
    containers: Vec<ContainerSpec>,
    volumes: Vec<VolumeSpec>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSecurityContext {
    run_as_user: u32,
    run_as_group: u32,
    fs_group: u32,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct ContainerSpec {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    command: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env: Vec<EnvVar>,
    #[serde(skip_serializing_if = "Resources::is_empty")]
    resources: Resources,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_context: Option<SecurityContext>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volume_mounts: Vec<VolumeMount>,
}

#[derive(Serialize)]
struct EnvVar {
    name: String,
    value: String,
}

#[derive(Serialize, Default)]
struct Resources {
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    requests: IndexMap<&'static str, String>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    limits: IndexMap<&'static str, String>,
}

impl Resources {
    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.limits.is_empty()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecurityContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    privileged: Option<bool>,
    run_as_user: u32,
    run_as_group: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    seccomp_profile: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_armor_profile: Option<Profile>,
}

#[derive(Serialize)]
struct Profile {
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VolumeMount {
    name: String,
    mount_path: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
}

#[derive(Serialize)]
struct VolumeSpec {
    name: String,
    #[serde(flatten)]
    source: VolumeSource,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum VolumeSource {
    EmptyDir {},
    #[serde(rename_all = "camelCase")]
    Secret {
        secret_name: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        items: Vec<KeyToPath>,
    },
    ConfigMap {
        name: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        items: Vec<KeyToPath>,
    },
    #[serde(rename_all = "camelCase")]
    PersistentVolumeClaim {
        claim_name: String,
    },
}

#[derive(Serialize)]
struct KeyToPath {
    key: String,
    path: &'static str,
}

/// The pod of one project.
pub(super) fn render(
    library: &Library,
    project: &Project,
) -> anyhow::Result<(Utf8PathBuf, String)> {
    let mut volumes = Volumes::default();
    let containers = project
        .pod
        .containers
        .iter()
        .map(|container| volumes.container(&project.pod, container))
        .collect();
    let manifest = PodManifest {
        api_version: "v1",
        kind: "Pod",
        spec: PodSpec {
            security_context: PodSecurityContext {
                run_as_user: AGENT_ID,
                run_as_group: AGENT_ID,
                fs_group: AGENT_ID,
            },
            containers,
            volumes: volumes.specs,
        },
    };
    // One line a value: what folds at a width makes differences hard to read.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let yaml = serde_saphyr::to_string_with_options(&manifest, options)?;
    let path = format!("resources/{}/pods/{}.yaml", library.name, project.name);
    let text = format!(
        "# Rendered by jenkinsgen from {}: edit that file and run `jenkinsgen render`.\n{}\n",
        project.file,
        yaml.trim_end()
    );
    Ok((path.into(), text))
}

/// The volumes of a pod, each with the model's volume that it stands for.
#[derive(Default)]
struct Volumes {
    known: Vec<(model::Volume, String)>,
    specs: Vec<VolumeSpec>,
}

impl Volumes {
    fn container(&mut self, pod: &model::Pod, container: &Container) -> ContainerSpec {
        let mut spec = ContainerSpec {
            name: container.name.to_string(),
            image: container.image.as_ref().map(ToString::to_string),
            command: strings(container.command.as_deref().unwrap_or_default()),
            env: container
                .env
                .iter()
                .map(|(name, value)| EnvVar::new(name.as_str(), value.as_str()))
                .collect(),
            resources: Resources {
                requests: quantities(&container.requests),
                limits: quantities(&container.limits),
            },
            ..ContainerSpec::default()
        };
        match container.name.as_str() {
            "buildkit" => self.daemon(pod, &mut spec),
            "grype" => {
                let mut mounts = container.mounts.iter();
                if !mounts.any(|mount| mount.path.as_str() == GRYPE_FOLDER) {
                    self.empty_folder("grype", GRYPE_FOLDER, &mut spec);
                }
                for name in ["GRYPE_DB_CACHE_DIR", "TMPDIR"] {
                    if !container.env.iter().any(|(own, _)| own.as_str() == name) {
                        spec.env.push(EnvVar::new(name, GRYPE_FOLDER));
                    }
                }
            }
            _ => {}
        }
        for mount in &container.mounts {
            spec.volume_mounts.push(VolumeMount {
                name: self.name_of(&mount.volume),
                mount_path: mount.path.to_string(),
                read_only: !matches!(mount.volume, model::Volume::Claim(_)),
            });
        }
        spec
    }

    /// What buildkitd needs: flags, rights and a folder for its state.
    fn daemon(&mut self, pod: &model::Pod, spec: &mut ContainerSpec) {
        let unconfined = || {
            Some(Profile {
                r#type: "Unconfined",
            })
        };
        match pod.buildkit {
            BuildkitMode::Rootless => {
                // A pod gives no second process namespace: https://github.com/moby/buildkit/blob/master/docs/rootless.md
                spec.args.push("--oci-worker-no-process-sandbox");
                spec.security_context = Some(SecurityContext {
                    privileged: None,
                    run_as_user: AGENT_ID,
                    run_as_group: AGENT_ID,
                    seccomp_profile: unconfined(),
                    app_armor_profile: unconfined(),
                });
            }
            BuildkitMode::Privileged => {
                spec.security_context = Some(SecurityContext {
                    privileged: Some(true),
                    run_as_user: 0,
                    run_as_group: 0,
                    seccomp_profile: None,
                    app_armor_profile: None,
                });
            }
        }
        self.empty_folder("buildkit", pod.buildkit.state_folder(), spec);
        if pod.host_network {
            spec.args.push("--allow-insecure-entitlement=network.host");
        }
    }

    fn empty_folder(&mut self, name: &str, path: &str, spec: &mut ContainerSpec) {
        self.specs.push(VolumeSpec {
            name: name.to_owned(),
            source: VolumeSource::EmptyDir {},
        });
        spec.volume_mounts.push(VolumeMount {
            name: name.to_owned(),
            mount_path: path.to_owned(),
            read_only: false,
        });
    }

    /// The name of the pod's volume for a volume of the model; the same for equal ones.
    fn name_of(&mut self, volume: &model::Volume) -> String {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| known == volume) {
            return name.clone();
        }
        let config = |key: &model::ObjectKey| {
            vec![KeyToPath {
                key: key.to_string(),
                path: "config.json",
            }]
        };
        let (kind, source) = match volume {
            model::Volume::Secret(name) => (
                "secret",
                VolumeSource::Secret {
                    secret_name: name.to_string(),
                    items: vec![],
                },
            ),
            model::Volume::DockerConfigSecret(name, key) => (
                "secret",
                VolumeSource::Secret {
                    secret_name: name.to_string(),
                    items: config(key),
                },
            ),
            model::Volume::ConfigMap(name) => (
                "config-map",
                VolumeSource::ConfigMap {
                    name: name.to_string(),
                    items: vec![],
                },
            ),
            model::Volume::DockerConfigMap(name, key) => (
                "config-map",
                VolumeSource::ConfigMap {
                    name: name.to_string(),
                    items: config(key),
                },
            ),
            model::Volume::Claim(name) => (
                "claim",
                VolumeSource::PersistentVolumeClaim {
                    claim_name: name.to_string(),
                },
            ),
        };
        let name = format!("{kind}-{}", self.known.len() + 1);
        self.known.push((volume.clone(), name.clone()));
        self.specs.push(VolumeSpec {
            name: name.clone(),
            source,
        });
        name
    }
}

impl EnvVar {
    fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}

fn strings(words: &[model::Word]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn quantities(quantities: &Quantities) -> IndexMap<&'static str, String> {
    let cpu = quantities.cpu.as_ref().map(|cpu| ("cpu", cpu.to_string()));
    let memory = quantities
        .memory
        .as_ref()
        .map(|memory| ("memory", memory.to_string()));
    cpu.into_iter().chain(memory).collect()
}
