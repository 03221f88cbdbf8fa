//! What a library needs of Jenkins and of the cluster: computed from the model, printed as text, JSON, `plugins.txt` or YAML.

mod formats;
mod plain;
mod plugins;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

pub use self::formats::{jcasc, plugins_txt};
pub use self::plain::plain;
pub use self::plugins::{CORE, PLUGINS, Plugin, Since, Use};
use self::plugins::{
    mails_by_emailext, mails_by_mailer, promotes, pushes_by_https, pushes_by_ssh, tag_credentials,
};
use crate::model::{
    self, BuildkitMode, GitCredentials, Library, Project, Secret, SharedStep, Task, Volume,
};

/// Why no script needs an approval.
pub const NO_APPROVALS: &str = "what is rendered needs none: a global library runs outside the sandbox, and an untrusted one stays within its lists";

/// What some projects of a library need.
#[derive(Debug, Serialize)]
pub struct Requirements<'a> {
    /// The library's name.
    pub library: &'a str,
    /// What a Jenkinsfile imports of it.
    pub library_version: &'a str,
    /// The projects that were asked for.
    pub projects: Vec<&'a str>,
    /// Plugins.
    pub plugins: Vec<NeededPlugin<'a>>,
    /// Credentials in Jenkins.
    pub credentials: Vec<Credential<'a>>,
    /// Scripts that an administrator must approve: none, because of [`NO_APPROVALS`].
    pub script_approvals: [&'static str; 0],
    /// Images of the pods' containers.
    pub images: Vec<Image<'a>>,
    /// What the cluster must be.
    pub cluster: Vec<Setting<'a>>,
    /// Secrets, config maps and persistent volume claims in the pods' namespace.
    pub objects: Vec<Object<'a>>,
    /// What Jenkins must be configured with.
    pub configuration: Vec<Setting<'a>>,
    /// Files of the user's own that builds run. What they use is not counted, because nobody here knows it.
    pub own_files: Vec<OwnFile<'a>>,
}

/// A file of the user's own that builds run.
#[derive(Debug, Serialize)]
pub struct OwnFile<'a> {
    /// Its path in the library.
    pub path: String,
    /// The projects whose builds run it.
    pub projects: Vec<&'a str>,
}

/// A plugin that is needed.
#[derive(Debug, Serialize)]
pub struct NeededPlugin<'a> {
    /// Its short name.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The oldest release that has all that is used, as far as sources tell.
    pub since: Since,
    /// What is used of it; the newest last.
    pub uses: Vec<NeededUse>,
    /// The projects that need it.
    pub projects: Vec<&'a str>,
}

/// Something of a plugin that is needed.
#[derive(Debug, Serialize)]
pub struct NeededUse {
    /// As it stands in Groovy.
    pub what: String,
    /// The oldest release that has it.
    pub since: Since,
    /// Where that is told.
    pub source: &'static str,
}

/// A credential in Jenkins.
#[derive(Debug, Serialize)]
pub struct Credential<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its kind.
    pub kind: CredentialKind,
    /// Where it is used.
    pub uses: Vec<KeyOf<'a>>,
}

/// Kinds of credentials, by their names in Jenkins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialKind {
    /// Secret text.
    Text,
    /// Secret file.
    File,
    /// Username with password.
    Password,
    /// SSH Username with private key.
    SshKey,
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "Secret text",
            Self::File => "Secret file",
            Self::Password => "Username with password",
            Self::SshKey => "SSH Username with private key",
        })
    }
}

impl Serialize for CredentialKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A key of a project's description.
#[derive(Debug, Serialize)]
pub struct KeyOf<'a> {
    /// The project.
    pub project: &'a str,
    /// The key, written with dots.
    pub key: String,
}

/// The image of a container.
#[derive(Debug, Serialize)]
pub struct Image<'a> {
    /// The image.
    pub image: String,
    /// The containers that it is for.
    pub uses: Vec<ContainerOf<'a>>,
}

/// A container of a project's pod.
#[derive(Debug, Serialize)]
pub struct ContainerOf<'a> {
    /// The project.
    pub project: &'a str,
    /// The container.
    pub container: &'a str,
    /// Where an object is mounted in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'a str>,
}

/// An object of the cluster.
#[derive(Debug, Serialize)]
pub struct Object<'a> {
    /// Its kind, as in YAML.
    pub kind: &'static str,
    /// Its name.
    pub name: &'a str,
    /// The key of it that is mounted; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// The containers that mount it.
    pub uses: Vec<ContainerOf<'a>>,
}

/// Something that must be set up by hand.
#[derive(Debug, Serialize)]
pub struct Setting<'a> {
    /// What.
    pub what: String,
    /// Why.
    pub because: &'static str,
    /// The projects that need it.
    pub projects: Vec<&'a str>,
}

impl<'a> Requirements<'a> {
    /// What these projects of the library need.
    pub fn of(library: &'a Library, projects: &[&'a Project]) -> Self {
        Self {
            library: library.name.as_str(),
            library_version: library.version.as_str(),
            projects: names(projects, |_| true),
            plugins: plugins(projects),
            credentials: credentials(projects),
            script_approvals: [],
            images: images(projects),
            cluster: cluster(projects),
            objects: objects(projects),
            configuration: configuration(library, projects),
            own_files: own_files(projects),
        }
    }
}

/// The names of the projects that something holds for.
fn names<'a>(projects: &[&'a Project], holds: impl Fn(&Project) -> bool) -> Vec<&'a str> {
    let projects = projects.iter().filter(|project| holds(project));
    projects.map(|project| project.name.as_str()).collect()
}

fn plugins<'a>(projects: &[&'a Project]) -> Vec<NeededPlugin<'a>> {
    let needed = PLUGINS.iter().map(|plugin| {
        let uses: Vec<&Use> = plugin
            .uses
            .iter()
            .filter(|used| projects.iter().any(|project| (used.used)(project)))
            .collect();
        NeededPlugin {
            id: plugin.id,
            name: plugin.name,
            // The uses stand in the order of their releases, those that nothing dates first.
            since: uses.last().map_or(Since::Unknown, |newest| newest.since),
            uses: uses
                .into_iter()
                .map(|used| NeededUse {
                    what: used.to_string(),
                    since: used.since,
                    source: used.source,
                })
                .collect(),
            projects: names(projects, |project| {
                plugin.uses.iter().any(|used| (used.used)(project))
            }),
        }
    });
    needed.filter(|plugin| !plugin.uses.is_empty()).collect()
}

fn credentials<'a>(projects: &[&'a Project]) -> Vec<Credential<'a>> {
    let mut found: BTreeMap<(&str, CredentialKind), Vec<KeyOf<'_>>> = BTreeMap::new();
    for project in projects {
        let mut add = |id: &'a str, kind, key| {
            let project = project.name.as_str();
            let uses = found.entry((id, kind)).or_default();
            uses.push(KeyOf { project, key });
        };
        for image in &project.images {
            for (id, secret) in &image.secrets {
                let table = format!("images.{}.secrets.{id}", image.name);
                match secret {
                    Secret::File(_) => {}
                    Secret::CredentialsFile(credential) => add(
                        credential.as_str(),
                        CredentialKind::File,
                        format!("{table}.credentials_file"),
                    ),
                    Secret::CredentialsText(credential) => add(
                        credential.as_str(),
                        CredentialKind::Text,
                        format!("{table}.credentials_text"),
                    ),
                }
            }
        }
        for stage in &project.own_stages {
            for (variable, credential) in &stage.credentials {
                let (id, kind, key) = match credential {
                    model::Credential::Text(id) => (id, CredentialKind::Text, "text"),
                    model::Credential::File(id) => (id, CredentialKind::File, "file"),
                    model::Credential::UsernamePassword(id) => {
                        (id, CredentialKind::Password, "username_password")
                    }
                    model::Credential::SshKey(id) => (id, CredentialKind::SshKey, "ssh_key"),
                };
                let key = format!("stages.{}.credentials.{variable}.{key}", stage.name);
                add(id.as_str(), kind, key);
            }
        }
        let (id, kind, key) = match tag_credentials(project) {
            Some(GitCredentials::Https(id)) => (id, CredentialKind::Password, "https"),
            Some(GitCredentials::Ssh(id)) => (id, CredentialKind::SshKey, "ssh"),
            None => continue,
        };
        add(id.as_str(), kind, format!("source_tag.credentials.{key}"));
    }
    let found = found.into_iter();
    found
        .map(|((id, kind), uses)| Credential { id, kind, uses })
        .collect()
}

fn own_files<'a>(projects: &[&'a Project]) -> Vec<OwnFile<'a>> {
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for project in projects {
        let stages = project.own_stages.iter();
        let own = stages.filter_map(|stage| match &stage.task {
            Task::Step(step, _) => Some(step.as_str()),
            Task::Commands(..) => None,
        });
        let shared = project.own_steps.iter().map(|step| step.name());
        let steps: BTreeSet<&str> = own.chain(shared).collect();
        for step in steps {
            let path = format!("vars/{step}.groovy");
            found.entry(path).or_default().push(project.name.as_str());
        }
    }
    let found = found.into_iter();
    found
        .map(|(path, projects)| OwnFile { path, projects })
        .collect()
}

fn images<'a>(projects: &[&'a Project]) -> Vec<Image<'a>> {
    let mut found: BTreeMap<String, Vec<ContainerOf<'_>>> = BTreeMap::new();
    for project in projects {
        for container in &project.pod.containers {
            if let Some(image) = &container.image {
                found
                    .entry(image.to_string())
                    .or_default()
                    .push(ContainerOf {
                        project: project.name.as_str(),
                        container: container.name.as_str(),
                        path: None,
                    });
            }
        }
    }
    let found = found.into_iter();
    found.map(|(image, uses)| Image { image, uses }).collect()
}

fn objects<'a>(projects: &[&'a Project]) -> Vec<Object<'a>> {
    let mut found: BTreeMap<(&'static str, &str, Option<&str>), Vec<ContainerOf<'_>>> =
        BTreeMap::new();
    for project in projects {
        for container in &project.pod.containers {
            for mount in &container.mounts {
                let object = match &mount.volume {
                    Volume::Secret(name) => ("Secret", name.as_str(), None),
                    Volume::DockerConfigSecret(name, key) => {
                        ("Secret", name.as_str(), Some(key.as_str()))
                    }
                    Volume::ConfigMap(name) => ("ConfigMap", name.as_str(), None),
                    Volume::DockerConfigMap(name, key) => {
                        ("ConfigMap", name.as_str(), Some(key.as_str()))
                    }
                    Volume::Claim(name) => ("PersistentVolumeClaim", name.as_str(), None),
                };
                found.entry(object).or_default().push(ContainerOf {
                    project: project.name.as_str(),
                    container: container.name.as_str(),
                    path: Some(mount.path.as_str()),
                });
            }
        }
    }
    let found = found.into_iter();
    found
        .map(|((kind, name, key), uses)| Object {
            kind,
            name,
            key,
            uses,
        })
        .collect()
}

fn logs_in_to_amazon(project: &Project) -> bool {
    project.runs(SharedStep::WithEcrHelper)
}

/// The settings that at least one project needs.
fn settings<'a>(settings: impl IntoIterator<Item = Setting<'a>>) -> Vec<Setting<'a>> {
    let settings = settings.into_iter();
    settings
        .filter(|setting| !setting.projects.is_empty())
        .collect()
}

fn cluster<'a>(projects: &[&'a Project]) -> Vec<Setting<'a>> {
    let runs = |mode: BuildkitMode| names(projects, |project| project.pod.buildkit == mode);
    settings([
        Setting {
            // https://kubernetes.io/docs/tutorials/security/apparmor/
            what: "Kubernetes 1.30 or newer".to_owned(),
            because: "the pod has the field appArmorProfile",
            projects: runs(BuildkitMode::Rootless),
        },
        Setting {
            // https://kubernetes.io/docs/concepts/security/pod-security-standards/
            what: "a namespace of the Pod Security level `privileged`".to_owned(),
            because: "rootless BuildKit runs with seccomp and AppArmor unconfined",
            projects: runs(BuildkitMode::Rootless),
        },
        Setting {
            what: "a namespace of the Pod Security level `privileged`".to_owned(),
            because: "BuildKit runs as root in a privileged container",
            projects: runs(BuildkitMode::Privileged),
        },
        Setting {
            what: "`docker-credential-ecr-login` in the image of BuildKit".to_owned(),
            because: "it logs in to Amazon's registries",
            projects: names(projects, logs_in_to_amazon),
        },
        Setting {
            what: "a service account that may pull and push at Amazon".to_owned(),
            because: "`docker-credential-ecr-login` has the rights of the pod",
            projects: names(projects, logs_in_to_amazon),
        },
    ])
}

fn configuration<'a>(library: &'a Library, projects: &[&'a Project]) -> Vec<Setting<'a>> {
    let mut servers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for project in projects {
        if let Some(sonar) = project
            .sonar
            .as_ref()
            .filter(|_| project.runs(SharedStep::SonarScan))
        {
            let server = servers.entry(sonar.installation.as_str()).or_default();
            server.push(project.name.as_str());
        }
    }
    let servers = servers.into_iter().map(|(name, projects)| Setting {
        what: format!("a SonarQube server with the name `{name}`"),
        because: "withSonarQubeEnv names it",
        projects,
    });
    settings(
        [
            Setting {
                what: format!("a global library with the name `{}`", library.name),
                because: "the Jenkinsfiles import it",
                projects: names(projects, |_| true),
            },
            Setting {
                what: "a cloud of the Kubernetes plugin".to_owned(),
                because: "the pods run there",
                projects: names(projects, |_| true),
            },
            Setting {
                what: "multibranch pipelines as jobs".to_owned(),
                because: "other jobs know no branch, and so release nothing",
                projects: names(projects, |project| project.release.is_some()),
            },
            Setting {
                what: "a Git installation with the name `Default`".to_owned(),
                because: "gitUsernamePassword names it",
                projects: names(projects, pushes_by_https),
            },
            Setting {
                what: "the services' Git servers in the known_hosts of the agent".to_owned(),
                because: "Git pushes tags over SSH to servers that it knows",
                projects: names(projects, pushes_by_ssh),
            },
        ]
        .into_iter()
        .chain(servers)
        .chain([
            Setting {
                what: "a mail server under Extended E-mail Notification".to_owned(),
                because: "emailext sends through it",
                projects: names(projects, mails_by_emailext),
            },
            Setting {
                what: "a mail server under E-mail Notification".to_owned(),
                because: "Mailer sends through it",
                projects: names(projects, mails_by_mailer),
            },
            Setting {
                what: "the API token under Artifactz.io".to_owned(),
                because: "publishArtifact and pushArtifact use it",
                projects: names(projects, promotes),
            },
        ]),
    )
}
