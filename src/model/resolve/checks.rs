//! The checks.

use camino::Utf8Path;

use super::layer::Found;
use super::reader::Reader;
use crate::config::{self, KeyPath};
use crate::model::{Check, Jacoco};
use crate::source::Place;

impl<'a> Reader<'a, '_> {
    pub(super) fn checks(&mut self, images: &[Found<'a, String>]) -> Vec<Check> {
        let names = self.names(&"checks".into(), |project| Some(&project.checks));
        self.unique_methods(&names);
        let checks: Vec<Check> = names
            .iter()
            .filter_map(|name| self.check_of(name, images))
            .collect();
        self.separate_destinations(&checks);
        self.only_jacoco(&checks);
        checks
    }

    fn check_of(
        &mut self,
        name: &Found<'a, String>,
        images: &[Found<'a, String>],
    ) -> Option<Check> {
        let table = name.value.as_str();
        let path = KeyPath::from("checks").key(table);
        let part = self.name(name);
        let title = self.or_derived(path.key("title"), &format!("Check {table}"), |project| {
            project.checks.get(table)?.title.as_ref()
        });
        let image_key = path.key("image");
        let image = match self.find(&image_key, |project| {
            project.checks.get(table)?.image.as_ref()
        }) {
            Some(found) => self.image_name(&found, images),
            None => self.only_image(&self.layers.clone(), &image_key, images),
        };
        let target = self.optional(path.key("target"), |project| {
            project.checks.get(table)?.target.as_ref()
        });
        let directory = self.needed(path.key("directory"), |project| {
            project.checks.get(table)?.directory.as_ref()
        });
        let destination = self.needed(path.key("destination"), |project| {
            project.checks.get(table)?.destination.as_ref()
        });
        let exit_code_file = self.optional(path.key("exit_code_file"), |project| {
            project.checks.get(table)?.exit_code_file.as_ref()
        });
        let junit = self.list(path.key("junit"), |project| {
            project.checks.get(table)?.junit.as_ref()
        });
        let coverage = self.list(path.key("coverage"), |project| {
            project.checks.get(table)?.coverage.as_ref()
        });
        let has_jacoco = self
            .topmost(|project| project.checks.get(table)?.jacoco.as_ref())
            .is_some();
        let jacoco = has_jacoco.then(|| self.jacoco(table));
        Some(Check {
            name: part?,
            title: title?,
            image: image?,
            target,
            directory: directory?,
            destination: destination?,
            exit_code_file,
            junit: junit.unwrap_or_default(),
            coverage: coverage.unwrap_or_default(),
            jacoco,
        })
    }

    fn jacoco(&mut self, table: &str) -> Jacoco {
        let path = KeyPath::from("checks").key(table).key("jacoco");
        let get = |project: &'a config::Project| project.checks.get(table)?.jacoco.as_ref();
        Jacoco {
            exec: self.optional(path.key("exec"), |project| get(project)?.exec.as_ref()),
            classes: self.optional(path.key("classes"), |project| {
                get(project)?.classes.as_ref()
            }),
            sources: self.optional(path.key("sources"), |project| {
                get(project)?.sources.as_ref()
            }),
            exclusions: self.optional(path.key("exclusions"), |project| {
                get(project)?.exclusions.as_ref()
            }),
        }
    }

    /// What one check takes out must not mix with what another one did.
    fn separate_destinations(&mut self, checks: &[Check]) {
        let mut seen: Vec<(&Check, Place)> = Vec::new();
        for check in checks {
            let key = KeyPath::from("checks")
                .key(check.name.as_str())
                .key("destination");
            let found = self.find(&key, |project| {
                project
                    .checks
                    .get(check.name.as_str())?
                    .destination
                    .as_ref()
            });
            let Some(found) = found else { continue };
            let path = Utf8Path::new(check.destination.as_str());
            let mixed = seen.iter().find(|(other, _)| {
                let other = Utf8Path::new(other.destination.as_str());
                path.starts_with(other) || other.starts_with(path)
            });
            if let Some((other, place)) = mixed {
                let message = format!(
                    "the results of the checks `{}` and `{}` would mix",
                    other.name, check.name
                );
                let help = "give each a folder of its own, none inside the other";
                self.conflict(found.place.clone(), message, Some(place.clone()), help);
            }
            seen.push((check, found.place));
        }
    }

    /// The plugin keeps one result a build: https://github.com/jenkinsci/jacoco-plugin
    fn only_jacoco(&mut self, checks: &[Check]) {
        let with_jacoco = checks.iter().filter(|check| check.jacoco.is_some());
        let keys = with_jacoco.map(|check| {
            let table = KeyPath::from("checks").key(check.name.as_str());
            table.key("jacoco")
        });
        let mut places = keys.filter_map(|key| Some((self.place_of(&key)?, key)));
        let first = places.next();
        let others: Vec<(Place, KeyPath)> = places.collect();
        for (place, key) in others {
            let message = format!(
                "`{key}` would replace the result of another check: the step `jacoco` keeps one a build"
            );
            let help = "use `coverage` for all of them";
            let first = first.as_ref().map(|(place, _)| place.clone());
            self.conflict(place, message, first, help);
        }
    }
}
