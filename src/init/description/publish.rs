//! The names that images are pushed under, and the log-in.

use super::super::names;
use super::super::writer::{Writer, list, quote};
use super::{Describer, MAX_PARTS};
use crate::checkout::jenkinsfile::StageKind;
use crate::model::{RegistryHost, Repository, TagTemplate};

/// A rule of `[[publish]]`.
#[derive(Default)]
struct Rule {
    image: String,
    repository: String,
    tags: Vec<String>,
    /// Tags that the Jenkinsfile computes, as they stand there.
    computed: Vec<String>,
    /// What is proposed if there is no other tag.
    proposed: String,
    /// The name of the image, if it is computed.
    computed_name: Option<String>,
    /// Whether what is pushed is computed.
    is_doubtful: bool,
}

impl Describer<'_> {
    pub(super) fn publish(&mut self) {
        let several = self.images.len() > 1;
        let (rules, unusable) = self.rules();
        for what in unusable {
            self.writer.blank();
            self.writer.unsure(what);
        }
        let hosts: Vec<String> = rules
            .iter()
            .filter_map(|rule| rule.repository.split('/').next().map(str::to_owned))
            .collect();
        let everywhere = self.everywhere(StageKind::Push, "pushes");
        for (index, rule) in rules.into_iter().enumerate() {
            let everywhere = everywhere.as_deref().filter(|_| index == 0);
            if !rule.is_doubtful {
                self.writer.item("publish");
                self.writer.unsure_if(everywhere);
                write_rule(&mut self.writer, rule, several);
                continue;
            }
            self.writer.blank();
            self.writer.unsure_if(everywhere);
            self.writer.unsure(format!(
                "What the Jenkinsfile pushes here is computed. When [images.{}] is what it should be, uncomment:",
                rule.image
            ));
            self.writer.propose(|writer| {
                writer.directive("[[publish]]");
                write_rule(writer, rule, several);
            });
        }
        match hosts.is_empty() {
            true => self.proposed_rules(several),
            false => self.registry(&hosts),
        }
    }

    /// What the Jenkinsfile pushes, one rule for each repository of an image, and what of it can't be used.
    fn rules(&self) -> (Vec<Rule>, Vec<String>) {
        let mut rules: Vec<Rule> = Vec::new();
        let mut unusable = Vec::new();
        for image in &self.images {
            let mut rule = |repository: &str| -> usize {
                let is_same =
                    |rule: &Rule| rule.image == image.name && rule.repository == repository;
                rules.iter().position(is_same).unwrap_or_else(|| {
                    rules.push(Rule {
                        image: image.name.clone(),
                        repository: repository.to_owned(),
                        is_doubtful: !image.computed.is_empty(),
                        ..Rule::default()
                    });
                    rules.len() - 1
                })
            };
            let mut found = Vec::new();
            for name in image.names.iter().take(MAX_PARTS) {
                let start = name.rfind('/').map_or(0, |slash| slash + 1);
                let (repository, tag) =
                    match name.get(start..).and_then(|last| last.split_once(':')) {
                        Some((last, tag)) => (name.get(..start + last.len()).unwrap_or(name), tag),
                        None => (name.as_str(), "latest"),
                    };
                match repository.parse::<Repository>().is_ok() && tag.parse::<TagTemplate>().is_ok()
                {
                    true => found.push((rule(repository), tag, false)),
                    false => unusable.push(format!(
                        "The Jenkinsfile pushes {}, which can't be used as an image name.",
                        quote(name)
                    )),
                }
            }
            for (repository, tag) in image.computed_tags.iter().take(MAX_PARTS) {
                match repository.parse::<Repository>().is_ok() {
                    true => found.push((rule(repository), tag.as_str(), true)),
                    false => unusable.push(format!(
                        "The Jenkinsfile pushes to {}, which can't be used as a repository.",
                        quote(repository)
                    )),
                }
            }
            for (index, tag, is_computed) in found {
                let Some(rule) = rules.get_mut(index) else {
                    continue;
                };
                if is_computed {
                    rule.computed.push(quote(tag));
                } else if !rule.tags.iter().any(|known| known == tag) {
                    rule.tags.push(tag.to_owned());
                }
            }
        }
        let mut taken: Vec<(String, String)> = Vec::new();
        for rule in &rules {
            let tags = rule.tags.iter();
            taken.extend(tags.map(|tag| (rule.repository.clone(), tag.clone())));
        }
        for rule in rules.iter_mut().filter(|rule| rule.tags.is_empty()) {
            rule.proposed = "{version}.{build_number}".to_owned();
            let mut name = (rule.repository.clone(), rule.proposed.clone());
            if taken.contains(&name) {
                rule.proposed = format!("{{version}}.{{build_number}}-{}", rule.image);
                name.1.clone_from(&rule.proposed);
            }
            taken.push(name);
        }
        (rules, unusable)
    }

    /// Rules to uncomment, where none were found.
    fn proposed_rules(&mut self, several: bool) {
        let seen = self.seen_repositories();
        let mut is_named = !seen.is_empty();
        let mut rules = Vec::new();
        for image in self.images.iter().take(MAX_PARTS) {
            let name = names::part(if several { &image.name } else { self.project });
            let ends = |seen: &&String| seen.rsplit('/').next() == Some(name.as_str());
            let own = seen.iter().find(ends).or(seen.first().filter(|_| !several));
            let named = image.named.iter();
            let mut rule = named.filter_map(|named| rule_of(named, &name)).next();
            is_named |= rule.is_some();
            let rule = rule.get_or_insert_with(|| Rule {
                repository: own
                    .cloned()
                    .unwrap_or(format!("registry.example.com/{name}")),
                ..Rule::default()
            });
            if rule.tags.is_empty() {
                rule.tags = vec!["{version}.{build_number}".to_owned(), "latest".to_owned()];
            }
            rules.push(Rule {
                image: image.name.clone(),
                ..std::mem::take(rule)
            });
        }
        let logs_in = self.library.logs_in;
        self.writer.blank();
        self.writer.unsure(match is_named {
            false => "Nothing is pushed yet: the registry can't be seen in a checkout. To push what was scanned from the release branch, uncomment and mend:",
            true => "Nothing is pushed yet: whether and how the Jenkinsfile does that was not understood. To push what was scanned from the release branch, uncomment and mend:",
        });
        self.writer.propose(|writer| {
            for (index, rule) in rules.into_iter().enumerate() {
                if index > 0 {
                    writer.blank();
                }
                writer.directive("[[publish]]");
                write_rule(writer, rule, several);
            }
            if !logs_in {
                writer.blank();
                writer.directive("[registry]");
                writer.entry("docker_config_secret", "docker-config");
            }
        });
    }

    /// The repositories that are named in what of the Jenkinsfile was not understood, such as in `docker build -t` or in what its own functions are passed.
    fn seen_repositories(&self) -> Vec<String> {
        let left = self.jenkinsfile.iter().flat_map(|found| &found.left);
        let left = left.map(|left| &left.what);
        let texts = self.jenkinsfile.iter().flat_map(|found| &found.texts);
        let words = left.chain(texts);
        let words = words.flat_map(|text| text.split([' ', '\'', '"', ',', '(', ')', '=']));
        let mut seen: Vec<String> = Vec::new();
        for word in words {
            let Some((host, path)) = word.split_once('/') else {
                continue;
            };
            let path = path.split([':', '@', '$', '{']).next().unwrap_or_default();
            let repository = format!("{host}/{}", path.trim_end_matches('/'));
            let is_host = host.contains('.') && !host.starts_with('.');
            if is_host && repository.parse::<Repository>().is_ok() && !seen.contains(&repository) {
                seen.push(repository);
            }
        }
        seen
    }

    fn registry(&mut self, hosts: &[String]) {
        if self.library.logs_in {
            return;
        }
        let amazon: Vec<&str> = hosts
            .iter()
            .map(String::as_str)
            .filter(|host| host.parse::<RegistryHost>().is_ok())
            .collect();
        if !amazon.is_empty()
            && amazon.len() == hosts.len()
            && amazon.iter().all(|host| is_ecr(host))
        {
            let mut amazon = amazon;
            amazon.sort_unstable();
            amazon.dedup();
            self.writer.table("registry");
            self.writer.unsure("The image of BuildKit must contain docker-credential-ecr-login, and its pod must be allowed to push.");
            self.writer.entry("ecr", list(amazon));
            return;
        }
        self.writer.blank();
        self.writer.unsure("How BuildKit logs in can't be seen. Name the Kubernetes secret with a Docker config.json, and uncomment:");
        self.writer.propose(|writer| {
            writer.directive("[registry]");
            writer.entry("docker_config_secret", "docker-config");
            if !amazon.is_empty() {
                writer.comment(
                    "Or, with an image of BuildKit that contains docker-credential-ecr-login:",
                );
                writer.entry("ecr", list(amazon));
            }
        });
    }
}

/// A rule for a name of the Jenkinsfile. What is computed of its repository is likely the name of the image.
fn rule_of(named: &str, image: &str) -> Option<Rule> {
    const COMPUTED: char = '\u{fffd}';
    let mut name = String::new();
    let mut rest = named;
    while let Some((before, after)) = rest.split_once('$') {
        let (open, close) = if after.starts_with('(') {
            ('(', ')')
        } else {
            ('{', '}')
        };
        let mut depth = 0_usize;
        let end = after.find(|c| {
            depth += usize::from(c == open);
            depth = depth.saturating_sub(usize::from(c == close));
            depth == 0
        })?;
        name.push_str(before);
        name.push(COMPUTED);
        rest = after.get(end + 1..)?;
    }
    name.push_str(rest);
    let (host, path) = name.split_once('/')?;
    let (path, tag) = path.split_once(':').unwrap_or((path, "latest"));
    let repository = format!("{host}/{path}").replace(COMPUTED, image);
    let is_host = host.contains(['.', ':']) && repository.parse::<Repository>().is_ok();
    let is_tag = tag.parse::<TagTemplate>().is_ok();
    let tags = is_tag.then(|| tag.to_owned()).into_iter().collect();
    let is_computed = !is_tag || path.contains(COMPUTED);
    is_host.then(|| Rule {
        repository,
        tags,
        computed_name: is_computed.then(|| quote(named)),
        ..Rule::default()
    })
}

/// The keys of a rule.
fn write_rule(writer: &mut Writer, rule: Rule, several: bool) {
    if several {
        writer.entry("image", rule.image);
    }
    if let Some(name) = rule.computed_name {
        writer.unsure(format!(
            "The Jenkinsfile's name is computed, {name}; this one is a proposal."
        ));
    }
    writer.entry("repository", rule.repository);
    let computed = rule.computed.join(", ");
    match (rule.tags.is_empty(), computed.is_empty()) {
        (_, true) => {}
        (true, false) => writer.unsure(format!(
            "The Jenkinsfile's tag is computed, {computed}; this one is a proposal."
        )),
        (false, false) => writer.unsure(format!(
            "The Jenkinsfile also pushes a tag that is computed, {computed}."
        )),
    }
    match rule.tags.is_empty() {
        true => writer.entry("tags", list([rule.proposed.as_str()])),
        false => writer.entry("tags", list(rule.tags.iter().map(String::as_str))),
    }
}

/// `123456789012.dkr.ecr.eu-west-1.amazonaws.com`
fn is_ecr(host: &str) -> bool {
    let Some((account, rest)) = host.split_once(".dkr.ecr.") else {
        return false;
    };
    account.bytes().all(|byte| byte.is_ascii_digit())
        && (rest.ends_with(".amazonaws.com") || rest.ends_with(".amazonaws.com.cn"))
}
