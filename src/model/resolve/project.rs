//! One project as a whole, with its version.

use std::collections::BTreeSet;

use super::names::Identity;
use super::pod::Tools;
use super::reader::Reader;
use crate::model::{Network, Project, Version};

impl<'a> Reader<'a, '_> {
    pub(super) fn project(
        &mut self,
        identity: Identity,
        tools: &Tools<'a>,
        vars: &BTreeSet<String>,
    ) -> Option<Project> {
        let name = identity.name.as_ref().map(|(name, _)| name);
        let file = self.layers.first()?.document.source.path.clone();
        let description = self.optional("description", |project| project.description.as_ref());
        let version = self.version();
        let image_names = self.names(&"images".into(), |project| Some(&project.images));
        let images = self.images(&image_names);
        let checks = self.checks(&image_names);
        let sonar = self.sonar();
        let scan = self.scan();
        let cache = self.cache();
        let registry = self.registry();
        let recipients = self.recipients();
        let notify = self.notify(&recipients);
        let options = self.options();
        let release = self.release(&image_names, name, description.as_ref());
        let host_network = images.iter().any(|image| image.network == Network::Host);
        let pod = self.pod(tools, host_network, sonar.is_some(), &registry);
        let own_stages = self.own_stages(vars, pod.as_ref(), &recipients);
        let project = Project {
            name: identity.name?.0,
            file,
            step: identity.step?.0,
            description,
            version: version?,
            checks,
            images,
            sonar,
            scan: scan?,
            cache,
            ecr: registry.ecr,
            release,
            own_stages,
            own_steps: Vec::new(),
            notify: notify?,
            options: options?,
            pod: pod?,
            settings: std::mem::take(&mut self.settings),
        };
        self.separate_titles(&project);
        Some(project)
    }

    fn version(&mut self) -> Option<Version> {
        let group = self.topmost(|project| {
            let version = &project.version;
            let written = [&version.literal, &version.file, &version.key];
            written.iter().any(|key| key.is_some()).then_some(version)
        });
        let Some((version, layer)) = group else {
            return self.missing(
                "version",
                Some("write `[version]` with `literal = \"1.2.3\"`, or with `file = \"gradle.properties\"` and `key = \"version\"`"),
            );
        };
        let (literal, file, key) = (
            "version.literal".into(),
            "version.file".into(),
            "version.key".into(),
        );
        let Some(written) = &version.literal else {
            let file = self.needed_in(layer, &file, version.file.as_ref());
            let key = self.needed_in(layer, &key, version.key.as_ref());
            return Some(Version::Properties {
                file: file?,
                key: key?,
            });
        };
        for (name, other) in [("file", &version.file), ("key", &version.key)] {
            let options = [("literal", Some(written), ()), (name, other.as_ref(), ())];
            self.choice(&"version".into(), &options, layer)?;
        }
        self.parse(&layer.found(&literal, written))
            .map(Version::Literal)
    }
}
