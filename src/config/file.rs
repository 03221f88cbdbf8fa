//! The shape of the two kinds of TOML file, exactly as users write them: no defaults, no rules across fields.
//!
//! Every table of a project may stand in the library's `[defaults]` as well, so every key is optional here; which keys are needed is decided by
//! [`crate::model`]. The doc comments are the descriptions that users read: in the schema and in messages.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Spanned, patterns};

/// The largest number of minutes, days or builds.
pub const MAX_NUMBER: u32 = 100_000;

/// A map whose keys keep their place and the order in which they were written.
pub type Named<T> = IndexMap<Spanned<String>, T>;

/// `jenkinsgen.toml`: the library as a whole.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LibraryFile {
    /// The library itself.
    #[schemars(extend("examples" = [{"name": "acme", "version": "main"}]))]
    pub library: Library,
    /// Images of the tools that run in the pods. Pin them by digest: a tag can be moved.
    #[schemars(extend("examples" = [{"buildkit": "moby/buildkit:v0.32.2-rootless", "grype": "anchore/grype:v0.115.0-debug"}]))]
    pub tools: Tools,
    /// Values for every project: the same tables and keys as in `projects/<name>.toml`, which wins key by key.
    #[schemars(extend("examples" = [{"scan": {"fail_on": "critical"}}]))]
    pub defaults: Project,
}

/// The library itself.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Library {
    /// Name under which Jenkins knows the library; also the folder below `resources/`. Required.
    #[schemars(regex(pattern = patterns::NAME), extend("examples" = ["acme"]))]
    pub name: Option<Spanned<String>>,
    /// Branch, tag or commit of this library that a Jenkinsfile imports. Required.
    #[schemars(regex(pattern = patterns::REVISION), extend("examples" = ["main", "v3"]))]
    pub version: Option<Spanned<String>>,
    /// Shared steps that are files of your own in `vars/`: jenkinsgen neither writes nor deletes them, and `check` says if one is missing.
    #[schemars(inner(regex(pattern = patterns::IDENTIFIER)), extend("examples" = [["scanImage"]]))]
    pub own_steps: Vec<Spanned<String>>,
    /// Keys that no project may set, written with dots: `scan.fail_on`, or `scan` for the whole table. A key that has a dot stands in quotes.
    #[schemars(inner(regex(pattern = patterns::TEXT)), extend("examples" = [["scan.fail_on", "buildkit"]]))]
    pub locked: Vec<Spanned<String>>,
}

/// Images of the tools that run in the pods. Pin them by digest: a tag can be moved.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// Image with `buildkitd` as its entrypoint and `buildctl`: `moby/buildkit`, its `-rootless` variant for the rootless mode. Required.
    #[schemars(regex(pattern = patterns::IMAGE), extend("examples" = ["moby/buildkit:v0.32.2-rootless"]))]
    pub buildkit: Option<Spanned<String>>,
    /// Image with grype and a shell: a `-debug` variant of `anchore/grype`. Required.
    #[schemars(regex(pattern = patterns::IMAGE), extend("examples" = ["anchore/grype:v0.115.0-debug"]))]
    pub grype: Option<Spanned<String>>,
    /// Image with `sonar-scanner`; required where a project has `[sonar]`.
    #[schemars(regex(pattern = patterns::IMAGE), extend("examples" = ["sonarsource/sonar-scanner-cli:11.2.1.1844_7.0.2"]))]
    pub sonar_scanner: Option<Spanned<String>>,
}

/// `projects/<name>.toml`: one service. Every key may stand in the library's `[defaults]` instead.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    /// One line for people: shown in Jenkins' Global Variable Reference.
    #[schemars(regex(pattern = patterns::PLAIN_LINE), extend("examples" = ["Web shop"]))]
    pub description: Option<Spanned<String>>,
    /// Name of the rendered step; `<name>Pipeline` in lower camel case if absent; required where the project's name begins with a digit.
    #[schemars(regex(pattern = patterns::IDENTIFIER), extend("examples" = ["shopPipeline"]))]
    pub step: Option<Spanned<String>>,
    /// Where the version comes from: `literal`, or `file` with `key`; one of them is required.
    #[schemars(extend("examples" = [{"file": "gradle.properties", "key": "version"}]))]
    pub version: Version,
    /// The container images that are built, by name; at least one is required.
    #[schemars(extend("propertyNames" = {"pattern": patterns::PART}, "examples" = [{"app": {"context": "backend", "args": {"version": "{version}"}}}]))]
    pub images: Named<Image>,
    /// Checks by name; run in the order written.
    #[schemars(extend("propertyNames" = {"pattern": patterns::PART}, "examples" = [{"test": {"target": "reports", "directory": "/app/build", "destination": "build", "junit": ["build/test-results/test/*.xml"]}}]))]
    pub checks: Named<Check>,
    /// The BuildKit daemon in the pod.
    #[schemars(extend("examples" = [{"mode": "privileged"}]))]
    pub buildkit: Buildkit,
    /// Where BuildKit's layers survive the pod.
    #[schemars(extend("examples" = [{"type": "local", "path": "/var/cache/buildkit"}]))]
    pub cache: Cache,
    /// Analysis by SonarQube after the checks; present: on.
    #[schemars(extend("examples" = [{"installation": "SonarQube"}]))]
    pub sonar: Option<Sonar>,
    /// The vulnerability scan of each image, before anything is pushed.
    #[schemars(extend("examples" = [{"fail_on": "critical", "only_fixed": true}]))]
    pub scan: Scan,
    /// When a build releases.
    #[schemars(extend("examples" = [{"branch": "main"}]))]
    pub release: Release,
    /// What a release pushes: each rule adds names to one image. It takes a `release.branch`.
    #[schemars(extend("examples" = [[{"repository": "registry.example.com/team/app", "tags": ["{version}.{build_number}", "latest"]}]]))]
    pub publish: Option<Vec<Publish>>,
    /// How BuildKit logs in to registries: one of `docker_config_secret`, `docker_config_map` and `ecr`.
    #[schemars(extend("examples" = [{"docker_config_secret": "docker-config"}]))]
    pub registry: Registry,
    /// Tags on the source after the push; present: on.
    #[schemars(extend("examples" = [{"committer": {"email": "jenkins@example.com"}, "credentials": {"https": "git-push"}}]))]
    pub source_tag: Option<SourceTag>,
    /// Promotion by artifactz.io after the tags; present: on. The released version is published, then pushed out of its stage.
    #[schemars(extend("examples" = [{"stage": "Development", "flow": "Simple"}]))]
    pub promotion: Option<Promotion>,
    /// Stages of the project's own, by name. Those of one position run in the order written.
    #[schemars(extend("propertyNames" = {"pattern": patterns::PART}, "examples" = [{"smoke": {"position": "after_images", "container": "node", "commands": ["npm ci", "npm run smoke"]}}]))]
    pub stages: Named<Stage>,
    /// Who is mailed.
    #[schemars(extend("examples" = [{"recipients": ["culprits", "requester"]}]))]
    pub notify: Notify,
    /// Properties of the Jenkins job.
    #[schemars(extend("examples" = [{"timeout_minutes": 90, "keep_builds": 50}]))]
    pub options: Options,
    /// The Kubernetes pod that the pipeline runs in.
    #[schemars(extend("examples" = [{"containers": {"node": {"image": "node:24-slim", "command": ["sleep", "99d"]}}}]))]
    pub pod: Pod,
}

/// Where the version comes from: `literal`, or `file` with `key`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Version {
    /// The version itself, `MAJOR.MINOR.PATCH` with an optional pre-release such as `-rc.1`.
    #[schemars(regex(pattern = patterns::VERSION), extend("examples" = ["1.2.3", "2.0.0-rc.1"]))]
    pub literal: Option<Spanned<String>>,
    /// A Java properties file in the checkout.
    #[schemars(regex(pattern = patterns::PATH), extend("examples" = ["gradle.properties"]))]
    pub file: Option<Spanned<String>>,
    /// The key in `file`; required with it.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["version"]))]
    pub key: Option<Spanned<String>>,
}

/// One image, built from a Dockerfile of the checkout.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Image {
    /// Folder of the checkout that is the build context.
    #[schemars(regex(pattern = patterns::PATH), extend("default" = ".", "examples" = [".", "backend"]))]
    pub context: Option<Spanned<String>>,
    /// The Dockerfile's path in the checkout.
    #[schemars(regex(pattern = patterns::PATH), extend("default" = "Dockerfile", "examples" = ["Dockerfile", "docker/Dockerfile"]))]
    pub dockerfile: Option<Spanned<String>>,
    /// Stage of the Dockerfile to build; the last one if absent.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["runtime"]))]
    pub target: Option<Spanned<String>>,
    /// Build arguments; values may hold `{version}`, `{build_number}`, `{branch}` and `{commit}`, and `{{` for a brace.
    #[schemars(extend("propertyNames" = {"pattern": patterns::VARIABLE}, "examples" = [{"version": "{version}"}]))]
    pub args: Named<Spanned<String>>,
    /// Build secrets by their id, for `RUN --mount=type=secret`.
    #[schemars(extend("propertyNames" = {"pattern": patterns::WORD}, "examples" = [{"npmrc": {"credentials_file": "npmrc"}}]))]
    pub secrets: Named<Secret>,
    /// Network of `RUN`.
    #[schemars(extend("default" = "sandbox", "examples" = ["host"]))]
    pub network: Option<Spanned<Network>>,
}

/// Source of one build secret: exactly one of the keys.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Secret {
    /// A file in the buildkit container, such as a mounted Kubernetes secret.
    #[schemars(regex(pattern = patterns::CONTAINER_PATH), extend("examples" = ["/etc/.gradle/gradle.properties"]))]
    pub file: Option<Spanned<String>>,
    /// Id of a Jenkins credential of the kind *Secret file*.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["npmrc"]))]
    pub credentials_file: Option<Spanned<String>>,
    /// Id of a Jenkins credential of the kind *Secret text*.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["npm-token"]))]
    pub credentials_text: Option<Spanned<String>>,
}

/// Network of `RUN` commands in a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// A network of the build's own, with access to the outside.
    Sandbox,
    /// The pod's network; the daemon is told to allow it.
    Host,
    /// No network.
    None,
}

/// Code that is compiled and tested inside an image build, whose results are taken out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// Title of the stage in Jenkins; `Check <name>` if absent.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["Test"]))]
    pub title: Option<Spanned<String>>,
    /// The image whose build this is a part of; the only one if absent; required where there are several.
    #[schemars(regex(pattern = patterns::LABEL), extend("examples" = ["app"]))]
    pub image: Option<Spanned<String>>,
    /// Stage of the Dockerfile that ends with the results.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["reports"]))]
    pub target: Option<Spanned<String>>,
    /// Folder inside that stage to take out, such as `/app/build`. Required.
    #[schemars(regex(pattern = patterns::CONTAINER_PATH), extend("examples" = ["/app/build"]))]
    pub directory: Option<Spanned<String>>,
    /// Folder of the workspace to put it in. Required.
    #[schemars(regex(pattern = patterns::PATH), extend("examples" = ["build"]))]
    pub destination: Option<Spanned<String>>,
    /// File below `directory` with the exit code of the tests: with it, reports appear for failing tests too.
    #[schemars(regex(pattern = patterns::PATH), extend("examples" = ["exit-code"]))]
    pub exit_code_file: Option<Spanned<String>>,
    /// JUnit reports: Ant patterns, relative to the workspace.
    #[schemars(inner(regex(pattern = patterns::PATTERN)), extend("examples" = [["build/test-results/test/*.xml"]]))]
    pub junit: Option<Vec<Spanned<String>>>,
    /// Coverage by the `recordCoverage` step: Ant patterns of JaCoCo XML reports.
    #[schemars(inner(regex(pattern = patterns::PATTERN)), extend("examples" = [["build/reports/jacoco/test/*.xml"]]))]
    pub coverage: Option<Vec<Spanned<String>>>,
    /// Coverage by the older `jacoco` step, from exec files: Ant patterns, several separated by commas.
    #[schemars(extend("examples" = [{"exec": "build/jacoco/*.exec", "classes": "build/classes", "sources": "src/main/java"}]))]
    pub jacoco: Option<Jacoco>,
}

/// Coverage by the `jacoco` step: Ant patterns, several separated by commas.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Jacoco {
    /// Exec files; `**/**.exec` if absent.
    #[schemars(regex(pattern = patterns::PATTERNS), extend("examples" = ["build/jacoco/*.exec"]))]
    pub exec: Option<Spanned<String>>,
    /// Folders of classes; `**/classes` if absent.
    #[schemars(regex(pattern = patterns::PATTERNS), extend("examples" = ["build/classes"]))]
    pub classes: Option<Spanned<String>>,
    /// Folders of sources; `**/src/main/java` if absent.
    #[schemars(regex(pattern = patterns::PATTERNS), extend("examples" = ["src/main/java"]))]
    pub sources: Option<Spanned<String>>,
    /// Classes to leave out; none if absent.
    #[schemars(regex(pattern = patterns::PATTERNS), extend("examples" = ["src/test*"]))]
    pub exclusions: Option<Spanned<String>>,
}

/// The BuildKit daemon in the pod.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Buildkit {
    /// How the daemon runs.
    #[schemars(extend("default" = "rootless", "examples" = ["rootless"]))]
    pub mode: Option<Spanned<BuildkitMode>>,
}

/// How the BuildKit daemon runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuildkitMode {
    /// As user 1000, with seccomp and AppArmor unconfined.
    Rootless,
    /// As root in a privileged container.
    Privileged,
}

/// Where BuildKit's layers survive the pod.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// Kind of the cache. With `none` the daemon's own cache serves the solves of one build. It must be written where `path` or `mode` is.
    #[serde(rename = "type")]
    #[schemars(extend("default" = "none", "examples" = ["local"]))]
    pub kind: Option<Spanned<CacheKind>>,
    /// Where a persistent volume claim is mounted in the buildkit container; required with `type = "local"`. Each image of each project has a folder of its own there, and builds take turns to write it.
    #[schemars(regex(pattern = patterns::CONTAINER_PATH), extend("examples" = ["/var/cache/buildkit"]))]
    pub path: Option<Spanned<String>>,
    /// Which layers are kept.
    #[schemars(extend("default" = "max", "examples" = ["max"]))]
    pub mode: Option<Spanned<CacheMode>>,
}

/// Kind of the layer cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    /// No import, no export.
    None,
    /// A folder.
    Local,
}

/// Which layers a cache keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheMode {
    /// Those of the result only.
    Min,
    /// Those of all stages.
    Max,
}

/// Analysis by SonarQube after the checks.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sonar {
    /// `false` turns off what the defaults turn on.
    #[schemars(extend("examples" = [false]))]
    pub enabled: Option<Spanned<bool>>,
    /// Name of the SonarQube server in Jenkins' configuration. Required.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["SonarQube"]))]
    pub installation: Option<Spanned<String>>,
    /// Properties for the scanner, beside those of `sonar-project.properties`; values may hold `{version}`, `{build_number}`, `{branch}` and `{commit}`, and `{{` for a brace.
    #[schemars(extend("propertyNames" = {"pattern": patterns::PROPERTY}, "examples" = [{"sonar.projectVersion": "{version}"}]))]
    pub properties: Named<Spanned<String>>,
}

/// The scan is grype's.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    /// The least severity that stops the build.
    #[schemars(extend("default" = "high", "examples" = ["critical"]))]
    pub fail_on: Option<Spanned<FailOn>>,
    /// Count only vulnerabilities that have a fix.
    #[schemars(extend("default" = false, "examples" = [true]))]
    pub only_fixed: Option<Spanned<bool>>,
    /// Which layers are looked at.
    #[schemars(extend("default" = "squashed", "examples" = ["all-layers"]))]
    pub scope: Option<Spanned<Scope>>,
    /// Title of the report in Jenkins. With several images their names are added.
    #[schemars(regex(pattern = patterns::LINE), extend("default" = "Grype report", "examples" = ["Vulnerabilities"]))]
    pub report_title: Option<Spanned<String>>,
    /// Match Go modules by CPE too, which finds more and errs more.
    #[schemars(extend("default" = false, "examples" = [true]))]
    pub match_go_by_cpe: Option<Spanned<bool>>,
    /// Path of grype in its container.
    #[schemars(regex(pattern = patterns::CONTAINER_PATH), extend("default" = "/grype", "examples" = ["/usr/local/bin/grype"]))]
    pub program: Option<Spanned<String>>,
}

/// The least severity that stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailOn {
    /// Any finding of a known severity.
    Negligible,
    /// Low or above.
    Low,
    /// Medium or above.
    Medium,
    /// High or above.
    High,
    /// Critical only.
    Critical,
    /// Report only: no finding stops the build.
    Never,
}

/// Which layers the scan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// What a container sees.
    Squashed,
    /// Every layer, also what a later one replaced.
    AllLayers,
    /// What a container sees, with each package's first layer.
    DeepSquashed,
}

/// When a build releases.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Release {
    /// The branch whose builds release; pull requests and tag builds never do. Required.
    #[schemars(regex(pattern = patterns::REVISION), extend("examples" = ["main"]))]
    pub branch: Option<Spanned<String>>,
    /// Hold a lock of the service during the release, newest build first.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub lock: Option<Spanned<bool>>,
}

/// One rule: an image, and names that it is pushed under.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Publish {
    /// The image; the only one if absent; required where there are several.
    #[schemars(regex(pattern = patterns::LABEL), extend("examples" = ["app"]))]
    pub image: Option<Spanned<String>>,
    /// Registry and repository, without a tag. Required.
    #[schemars(regex(pattern = patterns::REPOSITORY), extend("examples" = ["registry.example.com/team/app"]))]
    pub repository: Option<Spanned<String>>,
    /// Tags; they may hold `{version}`, `{build_number}` and `{commit}`. Required.
    #[schemars(inner(regex(pattern = patterns::TAG)), extend("examples" = [["{version}.{build_number}", "latest"]]))]
    pub tags: Vec<Spanned<String>>,
}

/// How BuildKit logs in to registries: one of `docker_config_secret`, `docker_config_map` and `ecr`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Registry {
    /// A Kubernetes secret that holds a Docker `config.json`.
    #[schemars(regex(pattern = patterns::OBJECT), extend("examples" = ["docker-config"]))]
    pub docker_config_secret: Option<Spanned<String>>,
    /// A Kubernetes config map that holds a Docker `config.json`, such as one that names credential helpers.
    #[schemars(regex(pattern = patterns::OBJECT), extend("examples" = ["docker-config"]))]
    pub docker_config_map: Option<Spanned<String>>,
    /// The key of the secret or config map (`.dockerconfigjson` for secrets of the type `kubernetes.io/dockerconfigjson`).
    #[schemars(regex(pattern = patterns::OBJECT_KEY), extend("default" = "config.json", "examples" = [".dockerconfigjson"]))]
    pub docker_config_key: Option<Spanned<String>>,
    /// Host names of Amazon ECR registries, logged in to by `docker-credential-ecr-login`, which the buildkit image must contain.
    #[schemars(inner(regex(pattern = patterns::TEXT)), extend("examples" = [["123456789012.dkr.ecr.eu-west-1.amazonaws.com"]]))]
    pub ecr: Option<Vec<Spanned<String>>>,
}

/// Tags on the source after the push.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceTag {
    /// `false` turns off what the defaults turn on.
    #[schemars(extend("examples" = [false]))]
    pub enabled: Option<Spanned<bool>>,
    /// Text before the version.
    #[schemars(regex(pattern = patterns::PREFIX), extend("default" = "v", "examples" = ["v", "release-"]))]
    pub prefix: Option<Spanned<String>>,
    /// Also move the tags of the version, `MAJOR.MINOR` and `MAJOR`, beside the fixed one with the build number. Turn it off where the
    /// server protects tags.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub moving_tags: Option<Spanned<bool>>,
    /// Message of the annotated tags.
    #[schemars(regex(pattern = patterns::LINE), extend("default" = "passed CI", "examples" = ["released"]))]
    pub message: Option<Spanned<String>>,
    /// The tagger.
    #[schemars(extend("examples" = [{"name": "Jenkins", "email": "jenkins@example.com"}]))]
    pub committer: Committer,
    /// How the push logs in: at most one of the keys; the agent's own set-up if absent.
    #[schemars(extend("examples" = [{"https": "git-push"}]))]
    pub credentials: GitCredentials,
}

/// The tagger.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Committer {
    /// Name.
    #[schemars(regex(pattern = patterns::LINE), extend("default" = "Jenkins", "examples" = ["Jenkins"]))]
    pub name: Option<Spanned<String>>,
    /// Mail address. Required.
    #[schemars(regex(pattern = patterns::MAIL), extend("examples" = ["jenkins@example.com"]))]
    pub email: Option<Spanned<String>>,
}

/// Jenkins credentials for a Git push: at most one of the keys.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GitCredentials {
    /// Id of a credential of the kind *Username with password*, for an HTTPS remote.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["git-push"]))]
    pub https: Option<Spanned<String>>,
    /// Id of a credential of the kind *SSH Username with private key*, for an SSH remote.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["git-push-key"]))]
    pub ssh: Option<Spanned<String>>,
}

/// Promotion by artifactz.io: the released version is published, then pushed out of its stage.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Promotion {
    /// `false` turns off what the defaults turn on.
    #[schemars(extend("examples" = [false]))]
    pub enabled: Option<Spanned<bool>>,
    /// Name of the artifact; the project's name if absent.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["service"]))]
    pub name: Option<Spanned<String>>,
    /// Type of the artifact.
    #[schemars(extend("default" = "DockerImage"))]
    #[serde(rename = "type")]
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["DockerImage"]))]
    pub kind: Option<Spanned<String>>,
    /// Stage that the version is published in. Required.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["Development"]))]
    pub stage: Option<Spanned<String>>,
    /// Flow of the artifact. Required.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["Simple"]))]
    pub flow: Option<Spanned<String>>,
    /// Description of the artifact; the project's if absent; required where the project has none.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["Web shop"]))]
    pub description: Option<Spanned<String>>,
    /// The version to publish.
    #[schemars(regex(pattern = patterns::LINE), extend("default" = "{version}.{build_number}", "examples" = ["{version}.{build_number}"]))]
    pub version: Option<Spanned<String>>,
}

/// What runs at a defined point: `commands`, or a `step` of the library's `vars/` with its `arguments`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stage {
    /// Title of the stage in Jenkins; its name if absent.
    #[schemars(regex(pattern = patterns::LINE), extend("examples" = ["Smoke test"]))]
    pub title: Option<Spanned<String>>,
    /// Where in the pipeline it stands. Required.
    #[schemars(extend("examples" = ["after_images"]))]
    pub position: Option<Spanned<Position>>,
    /// In which builds it runs: all of the keys must be true; in all of its position if absent.
    #[schemars(extend("examples" = [{"branches": ["main", "release/*"]}]))]
    pub when: Condition,
    /// The container of the pod that it runs in, one of `[pod.containers]` or of the pod's own; the agent's if absent.
    #[schemars(regex(pattern = patterns::LABEL), extend("examples" = ["node"]))]
    pub container: Option<Spanned<String>>,
    /// Commands for the container's `sh`, one after the other; the first that fails fails the stage. Values of the build reach them by `env` alone.
    #[schemars(inner(regex(pattern = patterns::COMMAND)), extend("examples" = [["npm ci", "npm run smoke"]]))]
    pub commands: Option<Vec<Spanned<String>>>,
    /// A step of your own: the file `vars/<step>.groovy` of this library, which takes one map.
    #[schemars(regex(pattern = patterns::IDENTIFIER), extend("examples" = ["deployToStaging"]))]
    pub step: Option<Spanned<String>>,
    /// Arguments of `step`; values may hold `{version}`, `{build_number}`, `{branch}` and `{commit}`, and `{{` for a brace.
    #[schemars(extend("propertyNames" = {"pattern": patterns::IDENTIFIER}, "examples" = [{"environment": "staging"}]))]
    pub arguments: Named<Spanned<String>>,
    /// Environment; values may hold `{version}`, `{build_number}`, `{branch}` and `{commit}`, and `{{` for a brace.
    #[schemars(extend("propertyNames" = {"pattern": patterns::VARIABLE}, "examples" = [{"IMAGE": "registry.example.com/shop:{version}.{build_number}"}]))]
    pub env: Named<Spanned<String>>,
    /// Jenkins credentials by the variable that they are bound to.
    #[schemars(extend("propertyNames" = {"pattern": patterns::VARIABLE}, "examples" = [{"API_TOKEN": {"text": "api-token"}}]))]
    pub credentials: Named<Credential>,
    /// JUnit reports of `commands`, published also when these fail: Ant patterns, relative to the workspace.
    #[schemars(inner(regex(pattern = patterns::PATTERN)), extend("examples" = [["reports/*.xml"]]))]
    pub junit: Option<Vec<Spanned<String>>>,
    /// Who is mailed when it fails; `notify.recipients` if absent.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits", "qa@example.com"]]))]
    pub recipients: Option<Vec<Spanned<String>>>,
}

/// A point of the pipeline.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before the checks.
    AfterCheckout,
    /// After the checks and the analysis, before the first image is built.
    BeforeImages,
    /// When all images are built and scanned.
    AfterImages,
    /// In a build that releases, before the first push.
    BeforePush,
    /// In a build that releases, between the pushes and the tags on the source.
    AfterPush,
    /// In a build that releases, when all else is done.
    AfterRelease,
    /// At the end of every build, whatever came of it.
    Always,
}

/// In which builds something happens: all of the keys must be true.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Builds of branches with one of these names; `*` stands for anything but `/`, `**` for anything. Pull requests and tags are no branches.
    #[schemars(inner(regex(pattern = patterns::BRANCHES)), extend("examples" = [["main", "release/*"]]))]
    pub branches: Option<Vec<Spanned<String>>>,
    /// `true`: builds of pull requests only; `false`: all others.
    #[schemars(extend("examples" = [true]))]
    pub pull_request: Option<Spanned<bool>>,
    /// `true`: builds of tags only; `false`: all others.
    #[schemars(extend("examples" = [false]))]
    pub tag: Option<Spanned<bool>>,
    /// Not in builds of branches with one of these names, in the same notation.
    #[schemars(inner(regex(pattern = patterns::BRANCHES)), extend("examples" = [["sandbox/**"]]))]
    pub except_branches: Option<Vec<Spanned<String>>>,
}

/// A Jenkins credential: exactly one of the keys.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Credential {
    /// Id of a credential of the kind *Secret text*: the variable holds the text.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["api-token"]))]
    pub text: Option<Spanned<String>>,
    /// Id of a credential of the kind *Secret file*: the variable holds the path of the file.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["kubeconfig"]))]
    pub file: Option<Spanned<String>>,
    /// Id of a credential of the kind *Username with password*: the variable with `_USR` and `_PSW` at its end holds the one and the other.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["registry-login"]))]
    pub username_password: Option<Spanned<String>>,
    /// Id of a credential of the kind *SSH Username with private key*: the variable holds the path of the key.
    #[schemars(regex(pattern = patterns::WORD), extend("examples" = ["deploy-key"]))]
    pub ssh_key: Option<Spanned<String>>,
}

/// Who is mailed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// Which plugin sends.
    #[schemars(extend("default" = "emailext", "examples" = ["emailext"]))]
    pub via: Option<Spanned<MailPlugin>>,
    /// Who is mailed when a stage fails: `culprits`, `developers`, `requester` or addresses. Nobody if absent.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits", "requester"]]))]
    pub recipients: Option<Vec<Spanned<String>>>,
    /// Recipients of single stages, instead of `notify.recipients`.
    #[schemars(extend("examples" = [{"check": ["culprits", "developers"]}]))]
    pub stages: NotifyStages,
}

/// Recipients of single stages, instead of `notify.recipients`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyStages {
    /// Checkout and version.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub checkout: Option<Vec<Spanned<String>>>,
    /// The checks.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub check: Option<Vec<Spanned<String>>>,
    /// SonarQube.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub sonar: Option<Vec<Spanned<String>>>,
    /// The image builds.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub build: Option<Vec<Spanned<String>>>,
    /// The scans.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub scan: Option<Vec<Spanned<String>>>,
    /// The pushes.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub push: Option<Vec<Spanned<String>>>,
    /// The tags on the source.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub tag: Option<Vec<Spanned<String>>>,
    /// The promotion.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub promote: Option<Vec<Spanned<String>>>,
    /// A branch that does not release and is back to normal after a failure.
    #[schemars(inner(regex(pattern = patterns::RECIPIENT)), extend("examples" = [["culprits"]]))]
    pub recovery: Option<Vec<Spanned<String>>>,
}

/// Which plugin sends mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailPlugin {
    /// Email Extension.
    Emailext,
    /// The classic Mailer.
    Mailer,
}

/// Properties of the Jenkins job.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Minutes that the pipeline may take once its pod runs; each stage of the position `always` may take as many again.
    #[schemars(extend("minimum" = 1, "maximum" = MAX_NUMBER, "default" = 60, "examples" = [90]))]
    pub timeout_minutes: Option<Spanned<i64>>,
    /// Number of builds that Jenkins keeps.
    #[schemars(extend("minimum" = 1, "maximum" = MAX_NUMBER, "default" = 30, "examples" = [50]))]
    pub keep_builds: Option<Spanned<i64>>,
    /// Days that Jenkins keeps a build; no limit if absent.
    #[schemars(extend("minimum" = 1, "maximum" = MAX_NUMBER, "examples" = [90]))]
    pub keep_days: Option<Spanned<i64>>,
    /// What a new build of a branch does while an older one runs.
    #[schemars(extend("default" = "forbid", "examples" = ["abort_previous"]))]
    pub concurrent_builds: Option<Spanned<ConcurrentBuilds>>,
    /// Let a newer build supersede an older one at each milestone.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub milestones: Option<Spanned<bool>>,
}

/// What a new build of a branch does while an older one runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConcurrentBuilds {
    /// Wait.
    Forbid,
    /// Abort the older one.
    AbortPrevious,
    /// Run beside it.
    Allow,
}

/// The Kubernetes pod that the pipeline runs in.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pod {
    /// Containers by name. `jnlp`, the agent's, is there always, `buildkit`, `grype` and `sonar` as needed; their tables add to them.
    #[schemars(extend("propertyNames" = {"pattern": patterns::LABEL}, "examples" = [{"node": {"image": "node:24-slim", "command": ["sleep", "99d"]}}]))]
    pub containers: Named<Container>,
}

/// A container's image, command, environment, resources and mounts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Container {
    /// Image. Required, but for `buildkit`, `grype` and `sonar`, which have that of `[tools]` if absent, and for `jnlp`, which has that of Jenkins' configuration.
    #[schemars(regex(pattern = patterns::IMAGE), extend("examples" = ["node:24-slim"]))]
    pub image: Option<Spanned<String>>,
    /// Command that keeps the container running; not for `buildkit` and `jnlp`, whose entrypoints are the daemon and the agent.
    #[schemars(inner(regex(pattern = patterns::TEXT)), extend("default" = ["sleep", "99d"], "examples" = [["tail", "-f", "/dev/null"]]))]
    pub command: Option<Vec<Spanned<String>>>,
    /// Environment; Kubernetes expands `$(NAME)` in the values.
    #[schemars(extend("propertyNames" = {"pattern": patterns::VARIABLE}, "examples" = [{"TZ": "UTC"}]))]
    pub env: Named<Spanned<String>>,
    /// CPU and memory of the container.
    #[schemars(extend("examples" = [{"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "4Gi"}}]))]
    pub resources: Resources,
    /// Files from the cluster: exactly one of `secret`, `config_map` and `claim`, and its `path`.
    #[schemars(extend("examples" = [[{"claim": "buildkit-cache", "path": "/var/cache/buildkit"}]]))]
    pub mounts: Option<Vec<Mount>>,
}

/// CPU and memory of a container.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// What the scheduler reserves, in Kubernetes' notation.
    #[schemars(extend("examples" = [{"cpu": "500m", "memory": "2Gi"}]))]
    pub requests: Quantities,
    /// What the container may not exceed, in Kubernetes' notation.
    #[schemars(extend("examples" = [{"memory": "4Gi"}]))]
    pub limits: Quantities,
}

/// Amounts in Kubernetes' notation.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quantities {
    /// Cores, such as `500m` or `2`.
    #[schemars(regex(pattern = patterns::CPU), extend("examples" = ["500m", "2"]))]
    pub cpu: Option<Spanned<String>>,
    /// Bytes, such as `512Mi` or `4Gi`.
    #[schemars(regex(pattern = patterns::MEMORY), extend("examples" = ["512Mi", "4Gi"]))]
    pub memory: Option<Spanned<String>>,
}

/// Files from the cluster in a container: exactly one of `secret`, `config_map` and `claim`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mount {
    /// Name of a Kubernetes secret; mounted read-only.
    #[schemars(regex(pattern = patterns::OBJECT), extend("examples" = ["gradle-properties"]))]
    pub secret: Option<Spanned<String>>,
    /// Name of a Kubernetes config map; mounted read-only.
    #[schemars(regex(pattern = patterns::OBJECT), extend("examples" = ["settings"]))]
    pub config_map: Option<Spanned<String>>,
    /// Name of a persistent volume claim, as for a layer cache. One that is mounted at `/var/cache/grype` in the container `grype` keeps the database.
    #[schemars(regex(pattern = patterns::OBJECT), extend("examples" = ["buildkit-cache"]))]
    pub claim: Option<Spanned<String>>,
    /// Folder in the container. Required.
    #[schemars(regex(pattern = patterns::CONTAINER_PATH), extend("examples" = ["/var/cache/buildkit"]))]
    pub path: Option<Spanned<String>>,
}
