//! What a workspace means: every value present, validated and typed, and no text of any output.

mod reserved;
mod resolve;
mod setting;
mod stages;
mod steps;
mod template;
mod types;
mod words;

use camino::Utf8PathBuf;

use crate::config::KeyPath;

pub use self::resolve::resolve;
pub use self::setting::{Origin, Setting};
pub use self::stages::{Stage, Stages, Work};
pub use self::steps::{SharedStep, note_on_own_steps};
pub use self::template::{Part, Placeholder, TagTemplate, Template};
pub use self::types::*;
pub use crate::config::{
    BuildkitMode, CacheMode, ConcurrentBuilds, FailOn, MailPlugin, Network, Position, Scope,
};

/// Database and temporary files of grype, whose image has no folder that the pod's user may write to.
pub const GRYPE_FOLDER: &str = "/var/cache/grype";

impl BuildkitMode {
    /// The daemon's state in `moby/buildkit`, or in its `-rootless` variant.
    pub fn state_folder(self) -> &'static str {
        match self {
            Self::Rootless => "/home/user/.local/share/buildkit",
            Self::Privileged => "/var/lib/buildkit",
        }
    }
}

/// A whole workspace.
#[derive(Debug)]
pub struct Library {
    /// Name of the library in Jenkins.
    pub name: LibraryName,
    /// What a Jenkinsfile imports.
    pub version: Revision,
    /// Keys that no project may set.
    pub locked: Vec<KeyPath>,
    /// Shared steps that are files of the user's own.
    pub own_steps: Vec<SharedStep>,
    /// The projects, by name.
    pub projects: Vec<Project>,
    /// Where the values of its own keys come from: those of `[library]` and `[tools]`.
    pub settings: Vec<Setting>,
}

impl Library {
    /// The project of a name.
    pub fn project(&self, name: &str) -> Option<&Project> {
        let mut projects = self.projects.iter();
        projects.find(|project| project.name.as_str() == name)
    }
}

/// One service.
#[derive(Debug)]
pub struct Project {
    /// Its name.
    pub name: ProjectName,
    /// The file that describes it, relative to the root.
    pub file: Utf8PathBuf,
    /// The rendered step.
    pub step: StepName,
    /// One line for people.
    pub description: Option<Description>,
    /// Where the version comes from.
    pub version: Version,
    /// Code that is tested inside an image build, in the order of the stages.
    pub checks: Vec<Check>,
    /// The images, in the order of the stages; at least one.
    pub images: Vec<Image>,
    /// Analysis by SonarQube.
    pub sonar: Option<Sonar>,
    /// The scan of every image.
    pub scan: Scan,
    /// Where layer caches are kept in the buildkit container, and what they keep.
    pub cache: Option<(ContainerPath, CacheMode)>,
    /// Amazon registries that `docker-credential-ecr-login` logs in to.
    pub ecr: Vec<RegistryHost>,
    /// What happens on the release branch, if anything does.
    pub release: Option<Release>,
    /// Stages of the project's own, in the order written.
    pub own_stages: Vec<OwnStage>,
    /// Those of the shared steps that its builds call which the user has written.
    pub own_steps: Vec<SharedStep>,
    /// Who is mailed.
    pub notify: Notify,
    /// Properties of the job.
    pub options: Options,
    /// The pod.
    pub pod: Pod,
    /// Every value that was read and where it came from, in the order of reading; one may stand there twice.
    pub settings: Vec<Setting>,
}

impl Project {
    /// The folder of an image's layer cache in the buildkit container: one for each, because exports into one folder replace each other. Projects share the
    /// volume, and their images may have the same name. No image has a dot in its name, so no two folders are called alike.
    pub fn cache_folder(&self, image: &PartName) -> Option<(String, CacheMode)> {
        let (path, mode) = self.cache.as_ref()?;
        Some((format!("{path}/{}.{image}", self.name), *mode))
    }

    /// The names that releases are pushed under, `repository:tag`, each with its image.
    pub fn pushed_names(&self) -> impl Iterator<Item = (&PartName, String)> {
        let pushes = self.release.iter().flat_map(|release| &release.pushes);
        pushes.flat_map(|push| push.full_names().map(|name| (&push.image, name)))
    }
}

/// Where the version comes from.
#[derive(Debug)]
pub enum Version {
    /// The version itself.
    Literal(VersionNumber),
    /// A properties file of the checkout.
    Properties {
        /// The file.
        file: RelativePath,
        /// The key.
        key: PropertyKey,
    },
}

/// Code that is compiled and tested inside an image build.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub name: PartName,
    /// Title of the stage.
    pub title: Line,
    /// The image whose build it is a part of.
    pub image: PartName,
    /// Stage of the Dockerfile.
    pub target: Option<TargetName>,
    /// Folder inside that stage.
    pub directory: ContainerPath,
    /// Folder of the workspace.
    pub destination: RelativePath,
    /// File below the directory with the exit code of the tests.
    pub exit_code_file: Option<RelativePath>,
    /// JUnit reports.
    pub junit: Vec<FilePattern>,
    /// JaCoCo XML reports for `recordCoverage`.
    pub coverage: Vec<FilePattern>,
    /// Settings of the `jacoco` step.
    pub jacoco: Option<Jacoco>,
}

/// Settings of the `jacoco` step; what is absent is the step's own default.
#[derive(Debug)]
pub struct Jacoco {
    /// Exec files.
    pub exec: Option<FilePatterns>,
    /// Folders of classes.
    pub classes: Option<FilePatterns>,
    /// Folders of sources.
    pub sources: Option<FilePatterns>,
    /// Classes to leave out.
    pub exclusions: Option<FilePatterns>,
}

/// One container image.
#[derive(Debug)]
pub struct Image {
    /// Its name.
    pub name: PartName,
    /// The build context.
    pub context: ContextPath,
    /// The Dockerfile.
    pub dockerfile: RelativePath,
    /// Stage of the Dockerfile; the last one if absent.
    pub target: Option<TargetName>,
    /// Build arguments, in the order written.
    pub args: Vec<(VariableName, Template)>,
    /// Build secrets, in the order written.
    pub secrets: Vec<(SecretId, Secret)>,
    /// Network of `RUN`.
    pub network: Network,
}

/// Source of a build secret.
#[derive(Debug)]
pub enum Secret {
    /// A file in the buildkit container.
    File(ContainerPath),
    /// A Jenkins credential of the kind *Secret file*.
    CredentialsFile(CredentialsId),
    /// A Jenkins credential of the kind *Secret text*.
    CredentialsText(CredentialsId),
}

/// Analysis by SonarQube.
#[derive(Debug)]
pub struct Sonar {
    /// The server in Jenkins' configuration.
    pub installation: Line,
    /// Properties for the scanner, in the order written.
    pub properties: Vec<(SonarProperty, Template)>,
}

/// The scan by grype.
#[derive(Debug)]
pub struct Scan {
    /// The least severity that stops the build.
    pub fail_on: FailOn,
    /// Whether only vulnerabilities with a fix count.
    pub only_fixed: bool,
    /// Which layers are looked at.
    pub scope: Scope,
    /// Title of the report in Jenkins.
    pub report_title: Line,
    /// Whether Go modules are matched by CPE.
    pub match_go_by_cpe: bool,
    /// Path of grype in its container.
    pub program: ContainerPath,
}

/// What happens on the release branch, in this order.
#[derive(Debug)]
pub struct Release {
    /// The branch.
    pub branch: BranchName,
    /// Whether a lock of the service is held.
    pub lock: bool,
    /// What is pushed, an entry for each image that is.
    pub pushes: Vec<Push>,
    /// Tags on the source.
    pub source_tag: Option<SourceTag>,
    /// Promotion by artifactz.io.
    pub promotion: Option<Promotion>,
}

/// An image and the names that it is pushed under.
#[derive(Debug)]
pub struct Push {
    /// The image.
    pub image: PartName,
    /// The names, in the order of the rules.
    pub names: Vec<(Repository, TagTemplate)>,
}

impl Push {
    /// The names in full: `repository:tag`.
    pub fn full_names(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter();
        names.map(|(repository, tag)| format!("{repository}:{tag}"))
    }
}

/// Tags on the source.
#[derive(Debug)]
pub struct SourceTag {
    /// What stands before the version.
    pub prefix: TagPrefix,
    /// Whether the tags without the build number are moved too.
    pub moving_tags: bool,
    /// Message of the annotated tags.
    pub message: Line,
    /// The tagger's name.
    pub committer_name: PersonName,
    /// The tagger's address.
    pub committer_email: EmailAddress,
    /// How the push logs in; `None`: the agent's own set-up.
    pub credentials: Option<GitCredentials>,
}

/// Jenkins credentials for a Git push.
#[derive(Debug)]
pub enum GitCredentials {
    /// *Username with password*.
    Https(CredentialsId),
    /// *SSH Username with private key*.
    Ssh(CredentialsId),
}

/// Promotion by artifactz.io.
#[derive(Debug)]
pub struct Promotion {
    /// Name of the artifact.
    pub name: Line,
    /// Type of the artifact.
    pub kind: Line,
    /// Stage.
    pub stage: Line,
    /// Flow.
    pub flow: Line,
    /// Description.
    pub description: Line,
    /// Version.
    pub version: Template,
}

/// A stage that the project defines itself.
#[derive(Debug)]
pub struct OwnStage {
    /// Its name.
    pub name: PartName,
    /// Its title in Jenkins.
    pub title: Line,
    /// Where in the pipeline it stands.
    pub position: Position,
    /// In which builds it runs.
    pub when: Condition,
    /// The container that it runs in; `None`: the agent's own.
    pub container: Option<ContainerName>,
    /// What it does.
    pub task: Task,
    /// Environment, in the order written.
    pub env: Vec<(VariableName, Template)>,
    /// Jenkins credentials and the variables that they are bound to.
    pub credentials: Vec<(VariableName, Credential)>,
    /// Who is mailed when it fails.
    pub recipients: Vec<Recipient>,
}

/// What a stage of the project's own does.
#[derive(Debug)]
pub enum Task {
    /// Commands for the container's `sh`, and the JUnit reports that they make.
    Commands(Vec<ShellLine>, Vec<FilePattern>),
    /// A step of the library's `vars/` that jenkinsgen did not write, with its arguments.
    Step(VarName, Vec<(VariableName, Template)>),
}

/// A Jenkins credential.
#[derive(Debug)]
pub enum Credential {
    /// *Secret text*.
    Text(CredentialsId),
    /// *Secret file*.
    File(CredentialsId),
    /// *Username with password*, in two variables.
    UsernamePassword(CredentialsId),
    /// *SSH Username with private key*.
    SshKey(CredentialsId),
}

/// In which builds something happens: all that is given must be true.
#[derive(Debug, Default)]
pub struct Condition {
    /// Builds of one of these branches, no pull requests and no tags; empty: not asked.
    pub branches: Vec<BranchPattern>,
    /// No builds of these branches.
    pub except_branches: Vec<BranchPattern>,
    /// Whether it must be a pull request or must not.
    pub pull_request: Option<bool>,
    /// Whether it must be a tag or must not.
    pub tag: Option<bool>,
}

impl Condition {
    /// Whether nothing is asked.
    pub fn is_always(&self) -> bool {
        self.branches.is_empty()
            && self.except_branches.is_empty()
            && self.pull_request.is_none()
            && self.tag.is_none()
    }
}

/// Who is mailed, stage by stage; an empty list: nobody.
#[derive(Debug)]
pub struct Notify {
    /// The plugin.
    pub via: MailPlugin,
    /// Checkout and version.
    pub checkout: Vec<Recipient>,
    /// Checks.
    pub check: Vec<Recipient>,
    /// SonarQube.
    pub sonar: Vec<Recipient>,
    /// Image builds.
    pub build: Vec<Recipient>,
    /// Scans.
    pub scan: Vec<Recipient>,
    /// Pushes.
    pub push: Vec<Recipient>,
    /// Tags on the source.
    pub tag: Vec<Recipient>,
    /// Promotion.
    pub promote: Vec<Recipient>,
    /// Back to normal on a branch that does not release.
    pub recovery: Vec<Recipient>,
}

/// Properties of the job.
#[derive(Debug)]
pub struct Options {
    /// Minutes that the pipeline may take.
    pub timeout_minutes: u32,
    /// Number of builds that are kept.
    pub keep_builds: u32,
    /// Days that a build is kept.
    pub keep_days: Option<u32>,
    /// What a new build does while an older one runs.
    pub concurrent_builds: ConcurrentBuilds,
    /// Whether a newer build supersedes an older one.
    pub milestones: bool,
}

/// The pod.
#[derive(Debug)]
pub struct Pod {
    /// How the BuildKit daemon runs.
    pub buildkit: BuildkitMode,
    /// Whether a build may use the pod's network.
    pub host_network: bool,
    /// The containers beside Jenkins' own: `buildkit`, `grype`, `sonar` if used, then the project's.
    pub containers: Vec<Container>,
}

/// One container of the pod.
#[derive(Debug)]
pub struct Container {
    /// Its name.
    pub name: ContainerName,
    /// Its image; `None` only for `jnlp`, whose image is the Kubernetes plugin's.
    pub image: Option<ImageReference>,
    /// The command that keeps it running; `None`: the image's entrypoint.
    pub command: Option<Vec<Word>>,
    /// Environment, in the order written.
    pub env: Vec<(VariableName, Word)>,
    /// Requests.
    pub requests: Quantities,
    /// Limits.
    pub limits: Quantities,
    /// Files from the cluster.
    pub mounts: Vec<Mount>,
}

/// CPU and memory.
#[derive(Debug, Default)]
pub struct Quantities {
    /// Cores.
    pub cpu: Option<CpuAmount>,
    /// Bytes.
    pub memory: Option<MemoryAmount>,
}

/// Files from the cluster in a container.
#[derive(Debug)]
pub struct Mount {
    /// Where the files come from.
    pub volume: Volume,
    /// Folder in the container.
    pub path: ContainerPath,
}

/// Where mounted files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Volume {
    /// A secret.
    Secret(ObjectName),
    /// A config map.
    ConfigMap(ObjectName),
    /// A persistent volume claim.
    Claim(ObjectName),
    /// One key of a secret, as a file `config.json`.
    DockerConfigSecret(ObjectName, ObjectKey),
    /// One key of a config map, as a file `config.json`.
    DockerConfigMap(ObjectName, ObjectKey),
}

/// Someone who is mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Authors of the changes since the last success.
    Culprits,
    /// Authors of the changes of this build.
    Developers,
    /// Who started the build.
    Requester,
    /// An address.
    Address(EmailAddress),
}
