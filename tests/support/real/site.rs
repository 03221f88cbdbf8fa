//! The article's service with everything around it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Once};

use serde_json::{Value, json};

use super::buildkit::{BuildKit, Network};
use super::built::Built;
use super::origin::Origin;
use super::registry::Registry;
use super::tools::{text, wait, write_script};
use crate::support::engines::{engines, grype_database, need, need_root};
use crate::support::simulator::{Build, World, simulate};
use crate::support::{Workspace, repository};

/// The name of the service's image in a registry.
pub const IMAGE: &str = "iktech/service";

/// What the tests share: in place of Docker Hub a registry with the base images of the service, and the daemon that has built them.
static SHARED: LazyLock<(Registry, BuildKit)> = LazyLock::new(|| {
    let hub = Registry::open();
    let buildkit = BuildKit::start(&hub, Network::Apart);
    buildkit.push_base_images(&hub);
    (hub, buildkit)
});

/// The daemon that the tests share, as builds share one that is resident.
pub fn pod() -> &'static BuildKit {
    &SHARED.1
}

/// A daemon that has just been started.
pub fn new_pod(network: Network) -> BuildKit {
    BuildKit::start(&SHARED.0, network)
}

/// One service: its repository, its registry, its rendered library, and what its pods mount.
pub struct Site {
    pub origin: Origin,
    pub registry: Registry,
    workspace: Workspace,
    rendered: Once,
    folder: tempfile::TempDir,
}

impl Site {
    /// The article's service.
    pub fn new() -> Self {
        Self::with(Registry::open)
    }

    /// The article's service with a registry that asks for a password.
    pub fn with_a_password() -> Self {
        Self::with(Registry::with_password)
    }

    fn with(registry: fn() -> Registry) -> Self {
        need_root();
        need("grype");
        let site = Self {
            origin: Origin::of_the_service(),
            registry: registry(),
            workspace: Workspace::empty(),
            rendered: Once::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        for path in ["jenkinsgen.toml", "projects/service.toml"] {
            let file = repository().join(path);
            site.workspace
                .write(path, &fs_err::read_to_string(file).unwrap());
        }
        site.configure("registry.example.com", site.registry.address());
        site.configure("/var/cache/buildkit", text(&site.caches()));
        site.configure("/etc/.gradle", text(&site.secrets()));
        let grype = recorded().join("grype");
        site.configure("[scan]", &format!("[scan]\nprogram = \"{}\"", text(&grype)));
        fs_err::create_dir(site.caches()).unwrap();
        fs_err::create_dir(site.secrets()).unwrap();
        site.set_secret("secret");
        fs_err::create_dir(site.docker()).unwrap();
        fs_err::create_dir(site.programs()).unwrap();
        site.analyse_with("");
        site.write_database();
        site
    }

    /// Replaces text in the service's description, which must have it; before the first build.
    pub fn configure(&self, from: &str, to: &str) {
        self.workspace.replace("projects/service.toml", from, to);
    }

    /// Sets the password in the secret file.
    pub fn set_secret(&self, password: &str) {
        let properties = format!("repositoryPassword={password}\n");
        fs_err::write(self.secrets().join("gradle-new.properties"), properties).unwrap();
    }

    /// Lets the pods know the registry's password.
    pub fn log_in(&self) {
        let config = self.registry.docker_config();
        fs_err::write(self.docker().join("config.json"), config).unwrap();
    }

    /// Sets what the analysis does, which alone is a stand-in: a shell script. `await FILE` waits for a file.
    pub fn analyse_with(&self, script: &str) {
        let wait = "await() { for _ in $(seq 2400); do [ ! -e \"$1\" ] || return 0; sleep 0.1; done; exit 1; }";
        write_script(
            &self.programs().join("sonar-scanner"),
            &format!("{wait}\n{script}"),
        );
    }

    /// Waits until there is a file in `$HOME`.
    pub fn wait_for(&self, name: &str) {
        let path = self.folder.path().join(name);
        wait(|| path.exists(), || format!("nobody made {name}"));
    }

    /// Makes a file in `$HOME`.
    pub fn touch(&self, name: &str) {
        fs_err::write(self.folder.path().join(name), "").unwrap();
    }

    /// One finding with a fix and one without, both in npm packages.
    fn write_database(&self) {
        let finding = |id: &str, severity: &str, package: &str, affected: &str, fix: Value| {
            json!({
                "id": id, "provider": "github", "description": "Made up.",
                "severities": [{ "scheme": "CHMLN", "value": severity, "rank": 1 }],
                "affected": [{
                    "ecosystem": "npm", "name": package,
                    "ranges": [{ "version": { "type": "semver", "constraint": affected }, "fix": fix }],
                }],
            })
        };
        let findings = [
            finding(
                "GHSA-aaaa-bbbb-cccc",
                "high",
                "left-pad",
                "<1.3.0",
                json!({ "state": "fixed", "version": "1.3.0" }),
            ),
            finding(
                "GHSA-dddd-eeee-ffff",
                "critical",
                "evil",
                "<9.9.9",
                json!({ "state": "not-fixed" }),
            ),
        ];
        grype_database(
            &self.folder.path().join("grype"),
            &json!({ "vulnerabilities": findings }),
        );
    }

    /// Runs a build of the branch as it is now, with a number and a daemon.
    pub fn build(&self, number: u32, pod: &BuildKit) -> Built {
        self.rendered.call_once(|| {
            self.workspace.run(["render"]).any_output().success();
        });
        let prefix = format!("build-{number}-");
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(self.folder.path())
            .unwrap();
        let folder = folder.keep();
        let mut shell_environment = self.grype();
        shell_environment.extend([
            ("PATH".to_owned(), self.path()),
            ("HOME".to_owned(), text(self.folder.path()).to_owned()),
            ("BUILDKIT_HOST".to_owned(), pod.address()),
            ("DOCKER_CONFIG".to_owned(), text(&self.docker()).to_owned()),
        ]);
        let build = Build {
            library: self.workspace.path().to_owned(),
            step: "servicePipeline".to_owned(),
            scenario: World {
                folder: folder.clone(),
                origin: self.origin.path(),
                controller: Some(self.folder.path().join("controller")),
                environment: BTreeMap::from([
                    ("BRANCH_NAME".to_owned(), "master".to_owned()),
                    ("BUILD_NUMBER".to_owned(), number.to_string()),
                ]),
                previous: vec![],
                shell: vec!["sh".to_owned()],
                shell_environment,
                programs: BTreeMap::new(),
                tests: None,
                faults: Vec::new(),
                restarts: false,
            },
        };
        let report = simulate(&[build]).remove(0);
        assert_eq!(report.misuses, Vec::<String>::new());
        Built { folder, report }
    }

    /// What the service's builds have put into the volume for BuildKit's caches.
    pub fn cache(&self) -> PathBuf {
        self.caches().join("service.service")
    }

    fn caches(&self) -> PathBuf {
        self.folder.path().join("caches")
    }

    fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets")
    }

    fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }

    /// Where scripts find programs: the real ones, with recorders before them.
    fn path(&self) -> String {
        format!(
            "{}:{}:{}:/usr/sbin:/usr/bin:/sbin:/bin",
            text(&recorded()),
            text(&engines().join("bin")),
            text(&self.programs())
        )
    }

    fn docker(&self) -> PathBuf {
        self.folder.path().join("docker")
    }

    /// grype's environment: the database is there, and nothing is looked for on the internet.
    fn grype(&self) -> BTreeMap<String, String> {
        let database = self.folder.path().join("grype/database");
        BTreeMap::from([
            ("GRYPE_DB_CACHE_DIR".to_owned(), text(&database).to_owned()),
            ("GRYPE_DB_AUTO_UPDATE".to_owned(), "false".to_owned()),
            ("GRYPE_DB_VALIDATE_AGE".to_owned(), "false".to_owned()),
        ])
    }
}

/// The programs that record their arguments and run the real ones.
fn recorded() -> PathBuf {
    repository().join("tests/engines/recorded")
}
