//! What happens on the release branch: pushes, tags on the source, promotion.

use indexmap::IndexMap;

use super::choice::Alternative;
use super::layer::Found;
use super::reader::Reader;
use crate::config::KeyPath;
use crate::model::{
    CredentialsId, Description, GitCredentials, PartName, ProjectName, Promotion, Push, Release,
    Repository, SourceTag, TagTemplate,
};
use crate::source::Place;

type MakeCredentials = fn(CredentialsId) -> GitCredentials;

impl<'a> Reader<'a, '_> {
    pub(super) fn release(
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
    pub(super) fn releases(&self) -> bool {
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
        let options: [Alternative<'_, MakeCredentials>; 2] = [
            ("https", credentials.https.as_ref(), GitCredentials::Https),
            ("ssh", credentials.ssh.as_ref(), GitCredentials::Ssh),
        ];
        let (make, found) = self.choice(&"source_tag.credentials".into(), &options, layer)?;
        self.parse(&found).map(make)
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
}
