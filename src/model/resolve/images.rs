//! The images with their build secrets, and references to them.

use super::choice::Alternative;
use super::layer::{Found, Layer};
use super::reader::Reader;
use crate::config::{self, KeyPath};
use crate::diagnostic::{Code, Diagnostic, alternatives, nearest};
use crate::model::{Image, Invalid, PartName, Secret, SecretId};

type ParseSecret = fn(&str) -> Result<Secret, Invalid>;

impl<'a> Reader<'a, '_> {
    pub(super) fn images(&mut self, names: &[Found<'a, String>]) -> Vec<Image> {
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
            let options: [Alternative<'_, ParseSecret>; 3] = [
                ("file", secret.file.as_ref(), |text| {
                    text.parse().map(Secret::File)
                }),
                (
                    "credentials_file",
                    secret.credentials_file.as_ref(),
                    |text| text.parse().map(Secret::CredentialsFile),
                ),
                (
                    "credentials_text",
                    secret.credentials_text.as_ref(),
                    |text| text.parse().map(Secret::CredentialsText),
                ),
            ];
            let source = self
                .needed_choice(&key, &options, layer)
                .and_then(|(parse, found)| self.parse_as(&found, parse));
            secrets.extend(id.zip(source));
        }
        secrets
    }

    /// A reference to an image.
    pub(super) fn image_name(
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
    pub(super) fn only_image(
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
}
