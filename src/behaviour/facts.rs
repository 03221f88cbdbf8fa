//! What a project does, key by key: the typed model laid flat, so that two of them can be compared.
//!
//! Every struct is taken apart by all of its fields, so that a new one can't be forgotten.

use serde::Serialize;

use super::mail;
use crate::config::KeyPath;
use crate::model::*;

/// One thing that is true of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// The key of the language that says it.
    pub(super) key: KeyPath,
    pub(super) value: Value,
}

/// What is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// What the key's table describes is there.
    Present,
    /// One value.
    Text(String),
    /// Values whose order means nothing.
    Items(Vec<String>),
    /// Values that are one thing together, such as commands.
    Lines(Vec<String>),
    /// Things of which only the order is meant.
    Order(Vec<String>),
}

impl Value {
    /// It in one text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Present => String::new(),
            Self::Text(text) => text.clone(),
            Self::Items(values) | Self::Order(values) => values.join(", "),
            Self::Lines(lines) => lines.join("\n"),
        }
    }
}

/// The facts of a project in the order of the language.
#[derive(Debug, Default)]
pub(super) struct Facts(pub(super) Vec<Fact>);

impl Facts {
    pub(super) fn of(project: &Project) -> Self {
        let Project {
            name: _,
            file: _,
            step,
            description,
            version,
            checks,
            images,
            sonar,
            scan,
            cache,
            ecr,
            release,
            own_stages,
            // Of the library as a whole.
            own_steps: _,
            notify,
            options,
            pod,
            settings: _,
        } = project;
        let mut facts = Self::default();
        facts.text("step", step);
        facts.optional("description", description.as_ref());
        facts.version(version);
        for image in images {
            facts.image(image);
        }
        facts.order("images", images.iter().map(|image| image.name.as_str()));
        for check in checks {
            facts.check(check);
        }
        facts.order("checks", checks.iter().map(|check| check.name.as_str()));
        if let Some(sonar) = sonar {
            facts.sonar(sonar);
        }
        facts.scan(scan);
        facts.cache(cache.as_ref());
        facts.items("registry.ecr", ecr);
        if let Some(release) = release {
            facts.release(release);
        }
        for stage in own_stages {
            facts.own_stage(stage);
        }
        facts.order("stages", own_stages.iter().map(|stage| stage.name.as_str()));
        facts.notify(notify, &mail::keys(project));
        facts.options(options);
        facts.pod(pod);
        facts
    }

    fn add(&mut self, key: impl Into<KeyPath>, value: Value) {
        let key = key.into();
        self.0.push(Fact { key, value });
    }

    fn present(&mut self, key: impl Into<KeyPath>) {
        self.add(key, Value::Present);
    }

    fn text(&mut self, key: impl Into<KeyPath>, value: impl ToString) {
        self.add(key, Value::Text(value.to_string()));
    }

    fn optional(&mut self, key: impl Into<KeyPath>, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// A word of a fixed list.
    fn word(&mut self, key: impl Into<KeyPath>, word: impl Serialize) {
        self.add(key, Value::Text(spelling(word)));
    }

    fn items<T: ToString>(&mut self, key: impl Into<KeyPath>, items: &[T]) {
        let items = items.iter().map(T::to_string).collect();
        self.add(key, Value::Items(items));
    }

    fn order<'a>(&mut self, key: impl Into<KeyPath>, names: impl Iterator<Item = &'a str>) {
        let names = names.map(str::to_owned).collect();
        self.add(key, Value::Order(names));
    }

    fn map<K: ToString, V: ToString>(&mut self, table: &KeyPath, pairs: &[(K, V)]) {
        for (name, value) in pairs {
            self.text(table.key(&name.to_string()), value.to_string());
        }
    }

    fn version(&mut self, version: &Version) {
        match version {
            Version::Literal(version) => self.text("version.literal", version),
            Version::Properties { file, key } => {
                self.text("version.file", file);
                self.text("version.key", key);
            }
        }
    }

    fn image(&mut self, image: &Image) {
        let Image {
            name,
            context,
            dockerfile,
            target,
            args,
            secrets,
            network,
        } = image;
        let path = KeyPath::from("images").key(name.as_str());
        self.present(&path);
        self.text(path.key("context"), context);
        self.text(path.key("dockerfile"), dockerfile);
        self.optional(path.key("target"), target.as_ref());
        self.map(&path.key("args"), args);
        for (id, secret) in secrets {
            let path = path.key("secrets").key(id.as_str());
            match secret {
                Secret::File(file) => self.text(path.key("file"), file),
                Secret::CredentialsFile(id) => self.text(path.key("credentials_file"), id),
                Secret::CredentialsText(id) => self.text(path.key("credentials_text"), id),
            }
        }
        self.word(path.key("network"), network);
    }

    fn check(&mut self, check: &Check) {
        let Check {
            name,
            title,
            image,
            target,
            directory,
            destination,
            exit_code_file,
            junit,
            coverage,
            jacoco,
        } = check;
        let path = KeyPath::from("checks").key(name.as_str());
        self.present(&path);
        self.text(path.key("title"), title);
        self.text(path.key("image"), image);
        self.optional(path.key("target"), target.as_ref());
        self.text(path.key("directory"), directory);
        self.text(path.key("destination"), destination);
        self.optional(path.key("exit_code_file"), exit_code_file.as_ref());
        self.items(path.key("junit"), junit);
        self.items(path.key("coverage"), coverage);
        if let Some(jacoco) = jacoco {
            let Jacoco {
                exec,
                classes,
                sources,
                exclusions,
            } = jacoco;
            let path = path.key("jacoco");
            self.present(&path);
            self.optional(path.key("exec"), exec.as_ref());
            self.optional(path.key("classes"), classes.as_ref());
            self.optional(path.key("sources"), sources.as_ref());
            self.optional(path.key("exclusions"), exclusions.as_ref());
        }
    }

    fn sonar(&mut self, sonar: &Sonar) {
        let Sonar {
            installation,
            properties,
        } = sonar;
        self.present("sonar");
        self.text("sonar.installation", installation);
        self.map(&"sonar.properties".into(), properties);
    }

    fn scan(&mut self, scan: &Scan) {
        let Scan {
            fail_on,
            only_fixed,
            scope,
            report_title,
            match_go_by_cpe,
            program,
        } = scan;
        self.word("scan.fail_on", fail_on);
        self.text("scan.only_fixed", only_fixed);
        self.word("scan.scope", scope);
        self.text("scan.report_title", report_title);
        self.text("scan.match_go_by_cpe", match_go_by_cpe);
        self.text("scan.program", program);
    }

    fn cache(&mut self, cache: Option<&(ContainerPath, CacheMode)>) {
        let Some((path, mode)) = cache else {
            self.text("cache.type", "none");
            return;
        };
        self.text("cache.type", "local");
        self.text("cache.path", path);
        self.word("cache.mode", mode);
    }

    fn release(&mut self, release: &Release) {
        let Release {
            branch,
            lock,
            pushes,
            source_tag,
            promotion,
        } = release;
        self.text("release.branch", branch);
        self.text("release.lock", lock);
        for push in pushes {
            let Push { image, names: _ } = push;
            let names: Vec<String> = push.full_names().collect();
            self.items(KeyPath::from("publish").key(image.as_str()), &names);
        }
        if let Some(tag) = source_tag {
            self.source_tag(tag);
        }
        if let Some(promotion) = promotion {
            self.promotion(promotion);
        }
    }

    fn source_tag(&mut self, tag: &SourceTag) {
        let SourceTag {
            prefix,
            moving_tags,
            message,
            committer_name,
            committer_email,
            credentials,
        } = tag;
        self.present("source_tag");
        self.text("source_tag.prefix", prefix);
        self.text("source_tag.moving_tags", moving_tags);
        self.text("source_tag.message", message);
        self.text("source_tag.committer.name", committer_name);
        self.text("source_tag.committer.email", committer_email);
        match credentials {
            Some(GitCredentials::Https(id)) => self.text("source_tag.credentials.https", id),
            Some(GitCredentials::Ssh(id)) => self.text("source_tag.credentials.ssh", id),
            None => {}
        }
    }

    fn promotion(&mut self, promotion: &Promotion) {
        let Promotion {
            name,
            kind,
            stage,
            flow,
            description,
            version,
        } = promotion;
        self.present("promotion");
        self.text("promotion.name", name);
        self.text("promotion.type", kind);
        self.text("promotion.stage", stage);
        self.text("promotion.flow", flow);
        self.text("promotion.description", description);
        self.text("promotion.version", version);
    }

    fn own_stage(&mut self, stage: &OwnStage) {
        let OwnStage {
            name,
            title,
            position,
            when,
            container,
            task,
            env,
            credentials,
            recipients,
        } = stage;
        let path = KeyPath::from("stages").key(name.as_str());
        self.present(&path);
        self.text(path.key("title"), title);
        self.word(path.key("position"), position);
        self.condition(&path.key("when"), when);
        self.optional(path.key("container"), container.as_ref());
        match task {
            Task::Commands(commands, junit) => {
                let commands = commands.iter().map(ShellLine::to_string).collect();
                self.add(path.key("commands"), Value::Lines(commands));
                self.items(path.key("junit"), junit);
            }
            Task::Step(step, arguments) => {
                self.text(path.key("step"), step);
                self.map(&path.key("arguments"), arguments);
            }
        }
        self.map(&path.key("env"), env);
        for (variable, credential) in credentials {
            let path = path.key("credentials").key(variable.as_str());
            match credential {
                Credential::Text(id) => self.text(path.key("text"), id),
                Credential::File(id) => self.text(path.key("file"), id),
                Credential::UsernamePassword(id) => self.text(path.key("username_password"), id),
                Credential::SshKey(id) => self.text(path.key("ssh_key"), id),
            }
        }
        self.recipients(path.key("recipients"), recipients);
    }

    fn condition(&mut self, path: &KeyPath, condition: &Condition) {
        let Condition {
            branches,
            except_branches,
            pull_request,
            tag,
        } = condition;
        // No branches: not asked. So one that is added can take builds away, and the list is one value.
        let list = |patterns: &[BranchPattern]| {
            let patterns: Vec<&str> = patterns.iter().map(BranchPattern::as_str).collect();
            (!patterns.is_empty()).then(|| patterns.join(", "))
        };
        self.optional(path.key("branches"), list(branches));
        self.optional(path.key("except_branches"), list(except_branches));
        self.optional(path.key("pull_request"), *pull_request);
        self.optional(path.key("tag"), *tag);
    }

    /// Who is mailed about the stages that there are.
    fn notify(&mut self, notify: &Notify, mailed: &[String]) {
        let Notify {
            via,
            checkout,
            check,
            sonar,
            build,
            scan,
            push,
            tag,
            promote,
            recovery,
        } = notify;
        self.word("notify.via", via);
        for (stage, recipients) in [
            ("checkout", checkout),
            ("check", check),
            ("sonar", sonar),
            ("build", build),
            ("scan", scan),
            ("push", push),
            ("tag", tag),
            ("promote", promote),
            ("recovery", recovery),
        ] {
            let key = format!("notify.stages.{stage}");
            if mailed.contains(&key) {
                self.recipients(key.as_str(), recipients);
            }
        }
    }

    fn recipients(&mut self, key: impl Into<KeyPath>, recipients: &[Recipient]) {
        let names: Vec<&str> = recipients
            .iter()
            .map(|recipient| match recipient {
                Recipient::Culprits => "culprits",
                Recipient::Developers => "developers",
                Recipient::Requester => "requester",
                Recipient::Address(address) => address.as_str(),
            })
            .collect();
        self.items(key, &names);
    }

    fn options(&mut self, options: &Options) {
        let Options {
            timeout_minutes,
            keep_builds,
            keep_days,
            concurrent_builds,
            milestones,
        } = options;
        self.text("options.timeout_minutes", timeout_minutes);
        self.text("options.keep_builds", keep_builds);
        self.optional("options.keep_days", *keep_days);
        self.word("options.concurrent_builds", concurrent_builds);
        self.text("options.milestones", milestones);
    }

    fn pod(&mut self, pod: &Pod) {
        let Pod {
            buildkit,
            // It follows from the images' networks.
            host_network: _,
            containers,
        } = pod;
        self.word("buildkit.mode", buildkit);
        for container in containers {
            self.container(container);
        }
    }

    fn container(&mut self, container: &Container) {
        let Container {
            name,
            image,
            command,
            env,
            requests,
            limits,
            mounts,
        } = container;
        let path = KeyPath::from("pod.containers").key(name.as_str());
        // Each pod has the agent's: only its table can be new or gone.
        if name.as_str() != "jnlp" {
            self.present(&path);
        }
        self.optional(path.key("image"), image.as_ref());
        if let Some(command) = command {
            let words = command.iter().map(Word::to_string).collect();
            self.add(path.key("command"), Value::Lines(words));
        }
        let logs_in = mounts.iter().any(|mount| {
            matches!(
                mount.volume,
                Volume::DockerConfigSecret(..) | Volume::DockerConfigMap(..)
            )
        });
        // `registry` says it.
        let follows = |name: &str| logs_in && name == "DOCKER_CONFIG";
        let env = env.iter().filter(|(name, _)| !follows(name.as_str()));
        let variables = path.key("env");
        for (name, value) in env.clone() {
            self.text(variables.key(name.as_str()), value);
        }
        // Kubernetes expands a variable only in those behind it.
        self.order(variables, env.map(|(name, _)| name.as_str()));
        for (amounts, kind) in [(requests, "requests"), (limits, "limits")] {
            let Quantities { cpu, memory } = amounts;
            let path = path.key("resources").key(kind);
            self.optional(path.key("cpu"), cpu.as_ref());
            self.optional(path.key("memory"), memory.as_ref());
        }
        let mut mounted = Vec::new();
        for Mount { volume, path } in mounts {
            let (kind, name) = match volume {
                Volume::Secret(name) => ("secret", name),
                Volume::ConfigMap(name) => ("config map", name),
                Volume::Claim(name) => ("volume claim", name),
                Volume::DockerConfigSecret(name, key) => {
                    self.text("registry.docker_config_secret", name);
                    self.text("registry.docker_config_key", key);
                    continue;
                }
                Volume::DockerConfigMap(name, key) => {
                    self.text("registry.docker_config_map", name);
                    self.text("registry.docker_config_key", key);
                    continue;
                }
            };
            mounted.push(format!("{kind} {name} at {path}"));
        }
        self.items(path.key("mounts"), &mounted);
    }
}

/// A word of a fixed list as the language spells it.
fn spelling(word: impl Serialize) -> String {
    let word = serde_json::to_value(word).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}
