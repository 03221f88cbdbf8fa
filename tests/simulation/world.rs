//! What a build meets, on the disk: a Git server, what the image build exports, and the programs that stand in for the real ones.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use jenkinsgen::model::{FailOn, Placeholder, Project, Task, Version};
use serde::Deserialize;
use tempfile::TempDir;

use crate::support::repository;
use crate::support::simulator::{Build, Fault, Tests, World};

/// The version of the simulated checkouts and builds.
pub const VERSION: &str = "1.2.3";
/// The number of the simulated builds.
pub const BUILD_NUMBER: &str = "45";
/// The digest that the stand-in of BuildKit gives to what it builds.
pub const DIGEST: &str = "sha256:5ca11ed000000000000000000000000000000000000000000000000000000000";

/// One entry of `scenarios.toml`, where the fields are explained.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    pub build: Kind,
    /// `release`: the name of the release branch also for a pull request or tag.
    #[serde(default)]
    pub branch: Option<Kind>,
    #[serde(default)]
    pub previous: Vec<String>,
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(default)]
    pub faults: Vec<Fault>,
    #[serde(default)]
    pub program: Option<String>,
    #[serde(default = "one")]
    pub status: u8,
    #[serde(default)]
    pub version: Option<String>,
    #[serde(default)]
    pub exit_code: Option<String>,
    #[serde(default)]
    pub leads_out: bool,
    #[serde(default = "passing")]
    pub tests: Tests,
    #[serde(default)]
    pub scan: Scan,
    #[serde(default)]
    pub pushed_digest: Option<String>,
    #[serde(default)]
    pub origin: Origin,
    #[serde(default)]
    pub moves_head: bool,
    pub result: String,
    #[serde(default)]
    pub error: Option<String>,
}

fn one() -> u8 {
    1
}

fn passing() -> Tests {
    Tests {
        total: 5,
        failed: 0,
    }
}

/// What is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Release,
    Branch,
    PullRequest,
    Tag,
    NoBranch,
}

/// What the stand-in of grype does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scan {
    #[default]
    Clean,
    Findings,
    Broken,
    Unfinished,
    Late,
}

/// What the Git server has and does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It has no tags.
    #[default]
    Plain,
    /// Its hook refuses every push.
    Refuses,
    /// It has the tag of this very build, at an older commit.
    Tagged,
    /// It has the tags that move, at an older commit.
    Released,
}

impl Scenario {
    /// All of `scenarios.toml`.
    pub fn all() -> Vec<Self> {
        #[derive(Deserialize)]
        struct File {
            scenario: Vec<Scenario>,
        }
        let file: File = toml::from_str(include_str!("scenarios.toml")).unwrap();
        file.scenario
    }

    /// The simplest build, to derive others from.
    pub fn release() -> Self {
        Self::all().swap_remove(0)
    }

    /// Whether it can happen to the project.
    pub fn fits(&self, project: &Project) -> bool {
        self.needs.iter().all(|need| has(project, need))
    }

    /// The value of BRANCH_NAME.
    pub fn branch(&self, project: &Project) -> Option<String> {
        let release = project
            .release
            .as_ref()
            .map_or("main", |release| release.branch.as_str());
        let name = match self.branch.unwrap_or(self.build) {
            Kind::Release => release,
            Kind::Branch => "feature/a'b $(c)",
            Kind::PullRequest => "PR-7",
            Kind::Tag => "v9",
            Kind::NoBranch => return None,
        };
        Some(name.to_owned())
    }

    /// Whether the project releases in this build, if nothing goes wrong.
    pub fn releases(&self, project: &Project) -> bool {
        self.build == Kind::Release && project.release.is_some()
    }
}

fn has(project: &Project, need: &str) -> bool {
    let release = project.release.as_ref();
    let source_tag = release.and_then(|release| release.source_tag.as_ref());
    let recipients = &project.notify;
    match need {
        "version-file" => matches!(project.version, Version::Properties { .. }),
        "check" => project
            .checks
            .first()
            .is_some_and(|check| check.directory.as_str() != "/"),
        "two-checks" => project.checks.len() > 1,
        "three-checks" => project.checks.len() > 2,
        "freeze-window" => project.own_stages.iter().any(|stage| match &stage.task {
            Task::Commands(commands, _) => {
                commands.iter().any(|one| one.as_str() == "freeze-window")
            }
            Task::Step(..) => false,
        }),
        "clean-up" => project
            .own_stages
            .iter()
            .any(|stage| stage.title.as_str() == "Clean up"),
        "four-checks" => project.checks.len() > 3,
        "two-images" => project.images.len() > 1,
        "three-images" => project.images.len() > 2,
        "exit-code" => project
            .checks
            .iter()
            .any(|check| check.exit_code_file.is_some()),
        "junit" => project.checks.iter().any(|check| !check.junit.is_empty()),
        "sonar" => project.sonar.is_some(),
        "release" => release.is_some(),
        "lock" => release.is_some_and(|release| release.lock),
        "push" => release.is_some_and(|release| !release.pushes.is_empty()),
        "two-names" => {
            release.is_some_and(|release| release.pushes.iter().any(|push| push.names.len() > 1))
        }
        "two-pushes" => release.is_some_and(|release| release.pushes.len() > 1),
        "tag" => source_tag.is_some(),
        "moving-tags" => source_tag.is_some_and(|tag| tag.moving_tags),
        "promotion" => release.is_some_and(|release| release.promotion.is_some()),
        "threshold" => project.scan.fail_on != FailOn::Never,
        "no-threshold" => project.scan.fail_on == FailOn::Never,
        "mail" => !recipients.build.is_empty(),
        "recovery" => !recipients.recovery.is_empty(),
        "milestones" => project.options.milestones,
        "branch-placeholder" => uses_branch(project),
        "no-branch-placeholder" => !uses_branch(project),
        other => panic!("scenarios.toml needs `{other}`, which is unknown"),
    }
}

fn uses_branch(project: &Project) -> bool {
    let args = project
        .images
        .iter()
        .flat_map(|image| &image.args)
        .map(|(_, value)| value);
    let properties = project
        .sonar
        .iter()
        .flat_map(|sonar| &sonar.properties)
        .map(|(_, value)| value);
    args.chain(properties)
        .any(|value| value.uses(Placeholder::Branch))
}

/// Makes the folder of one build and what is in it before it starts.
pub fn prepare(library: &Path, project: &Project, scenario: &Scenario, folder: &Path) -> Build {
    let origin = folder.join("origin.git");
    make_origin(project, scenario, &origin);
    let export = folder.join("export");
    make_export(project, scenario, &export);

    // What an earlier build may have left there.
    for image in &project.images {
        leave_behind(&folder.join(format!("work space@tmp/images/{}/oci", image.name)));
    }
    leave_behind(&folder.join("work space@tmp/extracted"));

    let mut environment = BTreeMap::new();
    let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
    set("BUILD_NUMBER", BUILD_NUMBER);
    set("JOB_NAME", "simulated");
    if let Some(branch) = scenario.branch(project) {
        set("BRANCH_NAME", &branch);
        match scenario.build {
            Kind::PullRequest => drop(set("CHANGE_ID", "7")),
            Kind::Tag => drop(set("TAG_NAME", &branch)),
            _ => {}
        }
    }

    let stubs = repository().join("tests/engines/stubs");
    let mut shell_environment = BTreeMap::new();
    let mut set = |name: &str, value: String| shell_environment.insert(name.to_owned(), value);
    set("PATH", format!("{}:/usr/bin:/bin", stubs.display()));
    set("HOME", folder.to_str().unwrap().to_owned());
    set("SIMULATED_EXPORT", export.to_str().unwrap().to_owned());
    set(
        "SIMULATED_SCAN",
        format!("{:?}", scenario.scan).to_lowercase(),
    );
    if let Some(program) = &scenario.program {
        set("SIMULATED_FAULT", program.clone());
        set("SIMULATED_FAULT_STATUS", scenario.status.to_string());
    }
    if scenario.moves_head {
        set("SIMULATED_MOVES_HEAD", "1".to_owned());
    }
    if let Some(digest) = &scenario.pushed_digest {
        set("SIMULATED_PUSHED_DIGEST", digest.clone());
    }

    let grype = stubs.join("grype").to_str().unwrap().to_owned();
    let program = project.scan.program.to_string();
    Build {
        library: library.to_owned(),
        step: project.step.as_str().to_owned(),
        scenario: World {
            folder: folder.to_owned(),
            origin,
            environment,
            previous: scenario.previous.clone(),
            shell: vec!["dash".to_owned()],
            shell_environment,
            programs: BTreeMap::from([(program, grype)]),
            tests: Some(scenario.tests),
            faults: scenario.faults.clone(),
            controller: None,
            restarts: false,
        },
    }
}

/// The name of a file that must not be there after a build.
pub const STALE: &str = "stale";

fn leave_behind(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    fs_err::write(folder.join(STALE), "of an earlier build\n").unwrap();
}

/// A copy of a bare repository with two commits; the second is what is built.
fn make_origin(project: &Project, scenario: &Scenario, origin: &Path) {
    /// Equal repositories are made once: Git takes its time.
    static MADE: Mutex<BTreeMap<String, TempDir>> = Mutex::new(BTreeMap::new());
    let checkout = match &project.version {
        Version::Properties { file, key } => {
            let text = match scenario.version.as_deref() {
                Some("") => "other = 1\n".to_owned(),
                version => format!("{key} = {}\n", version.unwrap_or(VERSION)),
            };
            (file.as_str(), text)
        }
        Version::Literal(_) => ("README", "simulated\n".to_owned()),
    };
    let tags: Vec<String> = match scenario.origin {
        Origin::Plain | Origin::Refuses => vec![],
        Origin::Tagged => expected_tags(project).into_iter().take(1).collect(),
        Origin::Released => expected_tags(project).into_iter().skip(1).collect(),
    };
    let mut made = MADE.lock().unwrap();
    let repository = made
        .entry(format!("{checkout:?} {tags:?}"))
        .or_insert_with(|| make_repository(&checkout, &tags));
    copy(&repository.path().join("bare"), origin);
    if scenario.origin == Origin::Refuses {
        let hook = origin.join("hooks/pre-receive");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs_err::write(&hook, "#!/bin/sh\necho 'protected tags' >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn make_repository((file, text): &(&str, String), tags: &[String]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    let path = source.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
    git(&source, &["init", "-q", "-b", "main"]);
    git(&source, &["add", "."]);
    git(&source, &["commit", "-q", "-m", "older"]);
    for tag in tags {
        git(&source, &["tag", "-a", "-m", "older", tag]);
    }
    git(&source, &["commit", "-q", "--allow-empty", "-m", "newer"]);
    git(
        folder.path(),
        &["clone", "-q", "--bare", "--template=", "source", "bare"],
    );
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The tags of a release: the fixed one first, then those that move.
pub fn expected_tags(project: &Project) -> Vec<String> {
    let Some(tag) = project
        .release
        .as_ref()
        .and_then(|release| release.source_tag.as_ref())
    else {
        return vec![];
    };
    let version = version(project);
    let prefix = &tag.prefix;
    let mut tags = vec![format!("{prefix}{version}.{BUILD_NUMBER}")];
    if tag.moving_tags {
        tags.push(format!("{prefix}{version}"));
        if !version.contains('-') {
            let numbers: Vec<&str> = version.split('.').collect();
            tags.push(format!("{prefix}{}.{}", numbers[0], numbers[1]));
            tags.push(format!("{prefix}{}", numbers[0]));
        }
    }
    tags
}

/// The version that a simulated build has.
pub fn version(project: &Project) -> String {
    match &project.version {
        Version::Literal(version) => version.to_string(),
        Version::Properties { .. } => VERSION.to_owned(),
    }
}

/// What the image build has in its file system: the folder of each check, with the exit code of its tests.
fn make_export(project: &Project, scenario: &Scenario, export: &Path) {
    std::fs::create_dir_all(export).unwrap();
    for check in &project.checks {
        let directory = export.join(check.directory.as_str().trim_start_matches('/'));
        if scenario.leads_out {
            std::fs::create_dir_all(directory.parent().unwrap()).unwrap();
            symlink("/usr/lib", &directory).unwrap();
            return;
        }
        std::fs::create_dir_all(&directory).unwrap();
        let link = directory.join("link");
        if !link.is_symlink() {
            symlink("/etc/hostname", link).unwrap();
        }
        fs_err::write(directory.join("result"), "built\n").unwrap();
        let exit_code = scenario.exit_code.as_deref().unwrap_or("0");
        if let Some(file) = &check.exit_code_file
            && !exit_code.is_empty()
        {
            let path = directory.join(file.as_str());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, format!("{exit_code}\n")).unwrap();
        }
    }
}

/// The distinct message and tagger of the tags that point at a commit.
pub fn signatures(folder: &Path, commit: &str) -> Vec<String> {
    let format = "--format=%(taggername) %(taggeremail) %(contents:subject)";
    let signatures = git(
        &folder.join("origin.git"),
        &["for-each-ref", format, "--points-at", commit, "refs/tags"],
    );
    let signatures: BTreeSet<String> = signatures.lines().map(str::to_owned).collect();
    signatures.into_iter().collect()
}

/// Every tag of the Git server with the commit that it points at.
pub fn tags(folder: &Path) -> BTreeMap<String, String> {
    let format = "--format=%(refname:short) %(*objectname)";
    git(
        &folder.join("origin.git"),
        &["for-each-ref", format, "refs/tags"],
    )
    .lines()
    .map(|line| {
        let (name, commit) = line.split_once(' ').unwrap();
        (name.to_owned(), commit.to_owned())
    })
    .collect()
}

/// The commit that is built.
pub fn commit(folder: &Path) -> String {
    git(&folder.join("origin.git"), &["rev-parse", "HEAD"])
        .trim()
        .to_owned()
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=Author",
            "-c",
            "user.email=author@example.org",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
