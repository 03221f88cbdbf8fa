//! The images: how they are built, with what arguments and secrets.

use std::str::FromStr;

use camino::Utf8Path;

use super::super::images::{Image, Secret};
use super::super::names;
use super::super::writer::{Writer, is_printable, quote, shown};
use super::{Describer, MAX_PARTS, MOUNTS};
use crate::checkout::jenkinsfile::SecretSource;
use crate::config::KeyPath;
use crate::model::{
    ContainerPath, ContextPath, CredentialsId, Invalid, ObjectName, RelativePath, SecretId,
    TargetName, Template, VariableName,
};

/// A Kubernetes secret in a container.
struct Mount {
    secret: String,
    path: String,
}

impl<'a> Describer<'a> {
    pub(super) fn image(&mut self, index: usize) {
        let Some(image) = self.images.get(index) else {
            return;
        };
        let path = KeyPath::from("images").key(&image.name);
        let writer = &mut self.writer;
        writer.table(&path);
        image_header(writer, image);
        image_args(writer, image, path.key("args"));
        self.image_secrets(index, &path.key("secrets"));
    }

    /// The build secrets of an image.
    fn image_secrets(&mut self, index: usize, table: &KeyPath) {
        let Some(image) = self.images.get(index) else {
            return;
        };
        for secret in image.secrets.iter().take(MAX_PARTS) {
            let writer = &mut self.writer;
            if secret.id.parse::<SecretId>().is_err() {
                writer.unsure(format!(
                    "The secret {} has an id that can't be used.",
                    quote(&secret.id)
                ));
                continue;
            }
            if image.read.is_some() && !secret.is_mounted && secret.copied_to.is_none() {
                writer.blank();
                writer.unsure(format!("The Jenkinsfile passes the secret {}, which no `RUN` of the Dockerfile mounts.", quote(&secret.id)));
                continue;
            }
            writer.table(table.key(&secret.id));
            if let Some(to) = &secret.copied_to {
                writer.unsure(format!(
                    "The Dockerfile copies this into a layer, where it stays. Mount it instead where it is needed: `RUN --mount=type=secret,id={},target={},required=true …`.",
                    secret.id,
                    shown(to)
                ));
            }
            let (key, from, invalid) = match &secret.source {
                SecretSource::File(file) => ("file", file, rule_of::<ContainerPath>(file)),
                SecretSource::CredentialFile(id) => {
                    ("credentials_file", id, rule_of::<CredentialsId>(id))
                }
                SecretSource::CredentialText(id) => {
                    ("credentials_text", id, rule_of::<CredentialsId>(id))
                }
                SecretSource::Unknown => {
                    own_credential(
                        &mut self.writer,
                        secret,
                        "The Dockerfile mounts this secret; where it comes from can't be seen.",
                    );
                    continue;
                }
            };
            if let Some(rule) = invalid {
                let from = quote(from);
                let why =
                    format!("The Jenkinsfile takes this secret from {from}, but that {rule}.");
                own_credential(&mut self.writer, secret, &why);
                continue;
            }
            if key == "file" && self.mount_of(&secret.id, from).is_none() {
                self.writer.unsure("The file must be mounted in the container `buildkit`: see [pod.containers.buildkit] mounts.");
            }
            self.writer.entry(key, from.as_str());
        }
    }

    /// The secrets that the pod of the Jenkinsfile mounts, as far as their names can be used.
    fn secret_mounts(&self) -> impl Iterator<Item = &'a (String, String)> + use<'a> {
        let mounts = self
            .jenkinsfile
            .map_or(&[][..], |jenkinsfile| &jenkinsfile.secret_mounts);
        let is_usable = |(path, secret): &&(String, String)| {
            path.parse::<ContainerPath>().is_ok() && secret.parse::<ObjectName>().is_ok()
        };
        mounts.iter().filter(is_usable).take(MAX_PARTS)
    }

    /// What must be mounted for the file of a secret to be there, and whether the Jenkinsfile says so.
    fn mount_of(&self, id: &str, file: &str) -> Option<(Mount, bool)> {
        let file = Utf8Path::new(file);
        let mut known = self.secret_mounts();
        if let Some((path, secret)) = known.find(|(folder, _)| file.starts_with(folder)) {
            let (secret, path) = (secret.clone(), path.clone());
            return Some((Mount { secret, path }, true));
        }
        let path = file.parent()?.to_string();
        let is_usable = path != "/" && path.parse::<ContainerPath>().is_ok();
        let secret = names::part(id);
        is_usable.then_some((Mount { secret, path }, false))
    }

    /// What must be mounted in the pod for the files of the secrets to be there.
    pub(super) fn mounts(&mut self) {
        let mut mounts: Vec<(Mount, bool)> = Vec::new();
        for secret in self.images.iter().flat_map(|image| &image.secrets) {
            let SecretSource::File(file) = &secret.source else {
                continue;
            };
            let new = self.mount_of(&secret.id, file);
            let is_new =
                |new: &(Mount, bool)| !mounts.iter().any(|(one, _)| one.path == new.0.path);
            mounts.extend(new.filter(is_new));
        }
        if mounts.is_empty() {
            return;
        }
        for (mount, is_known) in mounts {
            self.writer.item(MOUNTS);
            if !is_known {
                self.writer.unsure(format!(
                    "The Jenkinsfile reads a secret in {}, and does not say where that comes from. As it stands it is a Kubernetes secret with this name: create it, or name another.",
                    quote(&mount.path)
                ));
            }
            self.writer.entry("secret", mount.secret);
            self.writer.entry("path", mount.path);
        }
    }
}

/// A credential with the id of the secret, and why it is none that was found.
fn own_credential(writer: &mut Writer, secret: &Secret, why: &str) {
    let is_text = secret.is_text || matches!(secret.source, SecretSource::CredentialText(_));
    let (key, kind) = match is_text {
        true => ("credentials_text", "Secret text"),
        false => ("credentials_file", "Secret file"),
    };
    writer.unsure(format!(
        "{why} As it stands it is a credential of Jenkins of the kind *{kind}* with this id: create it, or name another."
    ));
    writer.checked::<CredentialsId>(key, &secret.id);
}

/// The rule that a text breaks, if it can't be written.
fn rule_of<T: FromStr<Err = Invalid>>(text: &str) -> Option<String> {
    match text.parse::<T>() {
        Ok(_) if is_printable(text) => None,
        Ok(_) => Some("has characters that hide something".to_owned()),
        Err(invalid) => Some(invalid.rule.to_string()),
    }
}

/// How an image is built.
fn image_header(writer: &mut Writer, image: &Image<'_>) {
    match image.read {
        None => writer.unsure(format!(
            "There is no readable file {} in the checkout.",
            quote(&image.dockerfile)
        )),
        Some(_) => {
            let from = match image.bases.is_empty() {
                true => String::new(),
                false => format!(
                    " from {}",
                    image
                        .bases
                        .iter()
                        .map(|base| quote(base))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            let ports = match image.ports.is_empty() {
                true => String::new(),
                false => format!("; it exposes {}", image.ports.join(", ")),
            };
            writer.comment(&format!(
                "Built by {}{from}{ports}.",
                quote(&image.dockerfile)
            ));
        }
    }
    if image.has_ssh {
        writer.unsure("A `RUN` of the Dockerfile mounts an SSH agent, which builds here do not have: use a secret.");
    }
    writer.unsure_if(image.doubt.as_deref());
    if image.is_unpushed {
        writer.unsure("That the Jenkinsfile pushes this image was not seen. If it is built to test alone, delete it here, and let a check take its reports out: see [checks].");
    }
    for (key, computed) in &image.computed {
        writer.unsure(format!(
            "The Jenkinsfile computes the `{key}` of this image, {}: write it here, and an image for each of its values.",
            quote(computed)
        ));
    }
    if image.context != "." {
        writer.checked::<ContextPath>("context", &image.context);
    }
    if image.dockerfile != "Dockerfile" {
        writer.checked::<RelativePath>("dockerfile", &image.dockerfile);
    }
    if let Some(target) = &image.target {
        if let Some(read) = image.read
            && read.target(Some(target)).is_none()
        {
            writer.unsure(format!("The Dockerfile has no stage {}.", quote(target)));
        }
        writer.checked::<TargetName>("target", target);
    }
    match image.network.as_deref() {
        Some(network @ ("host" | "none")) => writer.entry("network", network),
        Some(other) if other != "sandbox" && other != "default" => {
            writer.unsure(format!(
                "The Jenkinsfile builds with the network {}, which is not known here.",
                quote(other)
            ));
        }
        _ => {}
    }
}

/// The build arguments of an image.
fn image_args(writer: &mut Writer, image: &Image<'_>, table: KeyPath) {
    if image.args.is_empty() && image.open_args.is_empty() && image.strange_args.is_empty() {
        return;
    }
    writer.table(table);
    for (name, value) in image.args.iter().take(MAX_PARTS) {
        if let Some(computed) = image.computed_args.get(name) {
            writer.unsure(format!(
                "The Jenkinsfile computes this, {}; by its name it may be what stands here.",
                quote(computed)
            ));
        }
        match name.parse::<VariableName>() {
            Ok(_) => writer.checked::<Template>(&KeyPath::default().key(name), value),
            Err(_) => writer.unsure(format!(
                "The argument {} has a name that can't be used.",
                quote(name)
            )),
        }
    }
    for (name, default) in image.open_args.iter().take(MAX_PARTS) {
        if name.parse::<VariableName>().is_err() {
            writer.unsure(format!(
                "The argument {} has a name that can't be used.",
                quote(name)
            ));
            continue;
        }
        if let Some(computed) = image.computed_args.get(name) {
            writer.unsure(format!(
                "The Jenkinsfile computes the argument {}, {}:",
                quote(name),
                quote(computed)
            ));
        } else if default.is_none() {
            writer.unsure(format!("The Dockerfile's argument {} has no default, and what a build should give it is not known:", quote(name)));
        }
        let braced = default
            .as_deref()
            .unwrap_or_default()
            .replace('{', "{{")
            .replace('}', "}}");
        writer.propose(|writer| writer.entry(KeyPath::default().key(name), braced));
    }
    for name in image.strange_args.iter().take(MAX_PARTS) {
        writer.unsure(format!(
            "The Jenkinsfile passes the argument {}, which the Dockerfile does not declare.",
            quote(name)
        ));
    }
}
