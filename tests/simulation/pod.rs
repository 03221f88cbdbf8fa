//! The pod, as Kubernetes reads it, against the project: nothing is missing, nothing more is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jenkinsgen::model::{
    BuildkitMode, Container, GRYPE_FOLDER, Mount, Project, Quantities, Volume,
};
use serde_json::{Map, Value, json};

use crate::support::engines::java;
use crate::{Subject, empty, subjects};

#[test]
fn every_pod_is_what_is_configured() {
    let subjects = subjects();
    let folder = empty("pods");
    let files: Vec<PathBuf> = subjects
        .iter()
        .enumerate()
        .map(|(number, subject)| {
            write(
                &folder.join(number.to_string()),
                &subject.workspace.read(&path(subject)),
            )
        })
        .collect();
    for (subject, pod) in subjects.iter().zip(read(&files)) {
        let pod = pod.unwrap();
        assert_eq!(violation(&subject.project, &pod), None, "{}", path(subject));
    }
}

/// Where a project's pod is.
pub fn path(subject: &Subject) -> String {
    let (library, project) = (&subject.library, &subject.project.name);
    format!("resources/{library}/pods/{project}.yaml")
}

/// Writes a pod into a new folder.
pub fn write(folder: &Path, text: &str) -> PathBuf {
    fs_err::create_dir_all(folder).unwrap();
    let path = folder.join("pod.yaml");
    fs_err::write(&path, text).unwrap();
    path
}

/// What the YAML of Jenkins' plugins reads in files; `None` where it reads nothing.
pub fn read(files: &[PathBuf]) -> Vec<Option<Value>> {
    let output = java("cps").arg("yaml").args(files).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    stdout
        .lines()
        .map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// What is wrong with a pod.
pub fn violation(project: &Project, pod: &Value) -> Option<String> {
    let (found, expected) = (resolved(pod), expected(project));
    let difference = first_difference("", &expected, &found);
    difference.or_else(|| (found != expected).then(|| "the pod has another order".to_owned()))
}

/// The pod without names for its volumes: each mount has its source, and each volume is mounted.
fn resolved(pod: &Value) -> Value {
    let mut pod = pod.clone();
    let volumes = pod["spec"]
        .as_object_mut()
        .and_then(|spec| spec.remove("volumes"));
    let mut sources = BTreeMap::new();
    for volume in volumes
        .iter()
        .flat_map(|volumes| volumes.as_array())
        .flatten()
    {
        let mut source = volume.clone();
        let name = source
            .as_object_mut()
            .and_then(|source| source.remove("name"));
        sources.insert(name.unwrap_or_default().to_string(), (source, false));
    }
    let mut mounts = pod["spec"]["containers"].as_array_mut();
    for mount in mounts
        .iter_mut()
        .flat_map(|containers| containers.iter_mut())
        .filter_map(|container| container["volumeMounts"].as_array_mut())
        .flatten()
    {
        let name = mount["name"].to_string();
        mount["name"] = match sources.get_mut(&name) {
            Some((source, mounted)) => {
                *mounted = true;
                source.clone()
            }
            None => json!("no such volume"),
        };
    }
    let unused: Vec<Value> = sources
        .into_values()
        .filter(|(_, mounted)| !mounted)
        .map(|(source, _)| source)
        .collect();
    pod["unused volumes"] = json!(unused);
    without_null(pod)
}

/// YAML writes what is absent in several ways; indexing in JSON adds one more.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            let fields = fields.map(|(name, value)| (name, without_null(value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_null).collect()),
        other => other,
    }
}

fn expected(project: &Project) -> Value {
    let containers = project.pod.containers.iter();
    let containers: Vec<Value> = containers
        .map(|container| expected_container(project, container))
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "spec": {
            // The user of the agent, to whom the workspace belongs.
            "securityContext": { "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000 },
            "containers": containers,
        },
        "unused volumes": [],
    })
}

fn expected_container(project: &Project, container: &Container) -> Value {
    let mut env: Vec<Value> = container
        .env
        .iter()
        .map(|(name, value)| json!({ "name": name.as_str(), "value": value.as_str() }))
        .collect();
    let mut own = Vec::new();
    let mut spec = Map::new();
    let empty = |path: &str| json!({ "name": { "emptyDir": {} }, "mountPath": path });
    match container.name.as_str() {
        "buildkit" => {
            let (state, context) = match project.pod.buildkit {
                BuildkitMode::Rootless => (
                    "/home/user/.local/share/buildkit",
                    json!({
                        "runAsUser": 1000, "runAsGroup": 1000,
                        "seccompProfile": { "type": "Unconfined" }, "appArmorProfile": { "type": "Unconfined" },
                    }),
                ),
                BuildkitMode::Privileged => (
                    "/var/lib/buildkit",
                    json!({ "privileged": true, "runAsUser": 0, "runAsGroup": 0 }),
                ),
            };
            own.push(empty(state));
            spec.insert("securityContext".to_owned(), context);
            let mut args = Vec::new();
            if project.pod.buildkit == BuildkitMode::Rootless {
                args.push("--oci-worker-no-process-sandbox");
            }
            if project.pod.host_network {
                args.push("--allow-insecure-entitlement=network.host");
            }
            spec.insert("args".to_owned(), json!(args));
        }
        "grype" => {
            let mut paths = container.mounts.iter().map(|mount| mount.path.as_str());
            if !paths.any(|path| path == GRYPE_FOLDER) {
                own.push(empty(GRYPE_FOLDER));
            }
            for name in ["GRYPE_DB_CACHE_DIR", "TMPDIR"] {
                if !env.iter().any(|variable| variable["name"] == name) {
                    env.push(json!({ "name": name, "value": GRYPE_FOLDER }));
                }
            }
        }
        _ => {}
    }
    own.extend(container.mounts.iter().map(mount));
    let command: Vec<&str> = container
        .command
        .iter()
        .flatten()
        .map(|word| word.as_str())
        .collect();
    let mut resources = Map::new();
    for (kind, quantities) in [
        ("requests", &container.requests),
        ("limits", &container.limits),
    ] {
        resources.insert(kind.to_owned(), amounts(quantities));
    }
    for (key, value) in [
        ("name", json!(container.name.as_str())),
        (
            "image",
            json!(container.image.as_ref().map(ToString::to_string)),
        ),
        ("command", json!(command)),
        ("env", json!(env)),
        ("resources", filled(Value::Object(resources))),
        ("volumeMounts", json!(own)),
    ] {
        spec.insert(key.to_owned(), value);
    }
    filled(Value::Object(spec))
}

/// Without fields that hold nothing.
fn filled(fields: Value) -> Value {
    let Value::Object(fields) = fields else {
        return fields;
    };
    let nothing = |value: &Value| [Value::Null, json!([]), json!({})].contains(value);
    let fields = fields.into_iter().filter(|(_, value)| !nothing(value));
    Value::Object(fields.collect())
}

fn amounts(quantities: &Quantities) -> Value {
    filled(json!({
        "cpu": quantities.cpu.as_ref().map(ToString::to_string),
        "memory": quantities.memory.as_ref().map(ToString::to_string),
    }))
}

/// Only a claim may be written to.
fn mount(mount: &Mount) -> Value {
    let config = |key: &dyn ToString| json!([{ "key": key.to_string(), "path": "config.json" }]);
    let (source, read_only) = match &mount.volume {
        Volume::Secret(name) => (json!({ "secret": { "secretName": name.as_str() } }), true),
        Volume::ConfigMap(name) => (json!({ "configMap": { "name": name.as_str() } }), true),
        Volume::Claim(name) => (
            json!({ "persistentVolumeClaim": { "claimName": name.as_str() } }),
            false,
        ),
        Volume::DockerConfigSecret(name, key) => (
            json!({ "secret": { "secretName": name.as_str(), "items": config(key) } }),
            true,
        ),
        Volume::DockerConfigMap(name, key) => (
            json!({ "configMap": { "name": name.as_str(), "items": config(key) } }),
            true,
        ),
    };
    let mut expected = json!({ "name": source, "mountPath": mount.path.as_str() });
    if read_only {
        expected["readOnly"] = json!(true);
    }
    expected
}

/// The first place at which two values differ.
fn first_difference(place: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a
                .keys()
                .chain(b.keys().filter(|name| !a.contains_key(*name)));
            names
                .filter_map(|name| {
                    let of = |fields: &Map<String, Value>| fields.get(name).cloned();
                    let place = format!("{place}.{name}");
                    first_difference(
                        &place,
                        &of(a).unwrap_or_default(),
                        &of(b).unwrap_or_default(),
                    )
                })
                .next()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (a, b))| first_difference(&format!("{place}[{index}]"), a, b)),
        _ if expected == found => None,
        _ => Some(format!("{place} is {found}, not {expected}")),
    }
}
