//! Where the version comes from.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::super::writer::quote;
use super::{Describer, MAX_PARTS};
use crate::checkout::clean;
use crate::checkout::properties;
use crate::checkout::tools::Version;
use crate::model::{PropertyKey, RelativePath, VersionNumber};

impl<'a> Describer<'a> {
    pub(super) fn version(&mut self) {
        self.writer.table("version");
        // The Jenkinsfile names the file, and the file has the last word.
        let named = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.version_file.as_ref());
        if let Some((file, key)) = named {
            let key = key.as_deref().unwrap_or("version");
            let text = self.facts.checkout.read(file).ok().flatten();
            let value = text.and_then(|source| properties::find(&source.text, key));
            if file.parse::<RelativePath>().is_ok() && key.parse::<PropertyKey>().is_ok() {
                match value {
                    Some((value, _)) => self.version_in_file(file, key, &value),
                    None => self.writer.unsure(format!(
                        "The Jenkinsfile reads {} from {}, where it was not found.",
                        quote(key),
                        quote(file)
                    )),
                }
                self.writer.entry("file", file.as_str());
                self.writer.entry("key", key);
                return;
            }
        }
        let tools = &self.facts.tools;
        let of_tools = tools.iter().find_map(|tool| tool.version.as_ref());
        let of_images = self.versions_of_images();
        let found = of_images
            .first()
            .or(of_tools)
            .or(self.facts.version_file.as_ref());
        let default = self.images.iter().find_map(|image| image.version.clone());
        let literal = self
            .jenkinsfile
            .and_then(|jenkinsfile| jenkinsfile.version.as_deref());
        match (found, literal) {
            (Some(version), _) if version.property.is_some() => {
                let key = version.property.as_deref().unwrap_or_default();
                self.version_in_file(version.file.as_str(), key, &version.value);
                self.writer
                    .checked::<RelativePath>("file", version.file.as_str());
                self.writer.checked::<PropertyKey>("key", key);
            }
            (_, Some(literal)) if is_version(literal) => {
                self.writer.comment("As it stands in the Jenkinsfile.");
                self.writer.entry("literal", literal);
            }
            (Some(version), _) if is_version(&version.value) => {
                self.writer.unsure(format!(
                    "This is the version that stands in {}. A build can read it from a Java properties file alone (`file` and `key`): change it here too when you change it there.",
                    quote(version.file.as_str())
                ));
                self.writer.entry("literal", version.value.as_str());
            }
            (Some(version), _) => {
                self.writer.unsure(format!(
                    "{} has the version {}, which is not MAJOR.MINOR.PATCH with an optional pre-release: write one.",
                    version.file,
                    quote(&version.value)
                ));
                self.writer.entry("literal", "0.1.0");
            }
            (None, _) if default.as_deref().is_some_and(is_version) => {
                self.writer.unsure("No file with a version was found. This one is the default of an argument of the Dockerfile: is it kept up to date?");
                self.writer.entry("literal", default.unwrap_or_default());
            }
            (None, _) => {
                self.writer.unsure("No file with a version was found: write it here, or name a Java properties file with `file` and `key`.");
                self.writer.entry("literal", "0.1.0");
            }
        }
    }

    /// The versions of those images whose folders have one of their own: in a monorepo each package has one, and that at the top is nobody's.
    fn versions_of_images(&mut self) -> Vec<Version> {
        let mut versions: Vec<Version> = Vec::new();
        let mut unread = Vec::new();
        for image in &self.images {
            let folder = clean(Utf8Path::new(&image.dockerfile));
            let folder = folder.parent().unwrap_or(Utf8Path::new(""));
            if folder == "" {
                continue;
            }
            let tool = self.facts.tool_in(folder, &mut unread);
            let version = tool.and_then(|tool| tool.version);
            versions.extend(version.filter(|version| !versions.contains(version)));
        }
        for unread in unread {
            self.writer.unsure(format!("Not read: {unread}."));
        }
        let values: BTreeSet<&str> = versions
            .iter()
            .map(|version| version.value.as_str())
            .collect();
        if values.len() > 1 {
            let versions: Vec<String> = versions
                .iter()
                .take(MAX_PARTS)
                .map(|version| format!("{} in {}", quote(&version.value), version.file))
                .collect();
            self.writer.unsure(format!(
                "A project has one version, and its images have {}. Give each image a project of its own, or let them share one.",
                versions.join(", ")
            ));
        }
        versions
    }

    /// Says of a version that a build will read whether the build will take it.
    fn version_in_file(&mut self, file: &str, key: &str, value: &str) {
        if let Err(invalid) = value.trim().parse::<VersionNumber>() {
            let help = invalid
                .help
                .map(|help| format!(" ({help})"))
                .unwrap_or_default();
            self.writer.unsure(format!(
                "A build will stop here: in {} the version is {}, and {} {}{help}. Write it so there.",
                quote(file),
                quote(value),
                quote(key),
                invalid.rule
            ));
        }
    }
}

fn is_version(text: &str) -> bool {
    text.parse::<VersionNumber>().is_ok()
}
