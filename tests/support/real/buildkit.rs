//! BuildKit's daemon.

use std::path::PathBuf;
use std::process::Command;

use super::daemon::Daemon;
use super::registry::Registry;
use super::tools::{run, text};
use crate::support::engines::{engines, need};
use crate::support::repository;

/// Which network a RUN has unless the build says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// One of its own, on which there is nobody.
    Apart,
    /// The daemon's, which is what BuildKit does without network plugins.
    Host,
}

/// A daemon that allows builds the host's network, as that of the emitted pod does.
pub struct BuildKit {
    daemon: Daemon,
}

impl BuildKit {
    /// Starts one that takes the images of Docker Hub from a registry.
    pub fn start(hub: &Registry, network: Network) -> Self {
        need("buildkit");
        let folder = Daemon::folder();
        let template = repository().join("tests/checkout/base-images/buildkitd.toml");
        let mut configuration = fs_err::read_to_string(template)
            .unwrap()
            .replace("@REGISTRY@", hub.address());
        if network == Network::Apart {
            let plugin = r#"{"cniVersion":"1.0.0","name":"apart","type":"apart"}"#;
            fs_err::write(folder.join("network.json"), plugin).unwrap();
            configuration.push_str(&format!(
                "[worker.oci]\nnetworkMode = 'cni'\ncniConfigPath = '{}'\ncniBinaryPath = '{}'\n",
                text(&folder.join("network.json")),
                text(&repository().join("tests/engines/cni")),
            ));
        }
        fs_err::write(folder.join("buildkitd.toml"), configuration).unwrap();
        let command = [
            text(&engines().join("bin/buildkitd")).to_owned(),
            format!("--config={}", text(&folder.join("buildkitd.toml"))),
            format!("--root={}", text(&folder.join("root"))),
            format!("--addr=unix://{}", text(&folder.join("socket"))),
            // By default it lies in `/run`, where daemons that start together remove one another's.
            format!("--otel-socket-path={}", text(&folder.join("otel"))),
            "--containerd-worker=false".to_owned(),
            "--oci-worker-snapshotter=overlayfs".to_owned(),
            "--allow-insecure-entitlement=network.host".to_owned(),
        ];
        let buildkit = Self {
            daemon: Daemon::start(folder, &command),
        };
        buildkit.daemon.wait(|| {
            let mut workers = Command::new(engines().join("bin/buildctl"));
            workers
                .args(["debug", "workers"])
                .env("BUILDKIT_HOST", buildkit.address());
            workers.output().unwrap().status.success()
        });
        buildkit
    }

    /// What `BUILDKIT_HOST` is set to.
    pub fn address(&self) -> String {
        format!("unix://{}", text(&self.daemon.path("socket")))
    }

    /// Everything that the daemon has kept.
    pub fn root(&self) -> PathBuf {
        self.daemon.path("root")
    }

    /// What the daemon has printed.
    pub fn log(&self) -> PathBuf {
        self.daemon.path("log")
    }

    /// Fills a registry with the base images of the article's service.
    pub fn push_base_images(&self, hub: &Registry) {
        need("shells");
        run(
            Command::new(repository().join("tests/checkout/base-images/build"))
                .arg(hub.address())
                .env("BUILDKIT_HOST", self.address())
                .env("BUILDCTL", engines().join("bin/buildctl")),
        );
    }
}
