//! An image registry.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::daemon::{Daemon, free_address};
use super::tools::{run, text};
use crate::support::engines::need;

/// Who may use a registry with a password.
const USER: &str = "jenkins";
const PASSWORD: &str = "open sesame";
/// The same as a line of htpasswd.
const HTPASSWD: &str = "jenkins:$2b$04$9V4pk0PPuYhoe3y0noFOh.jqx1BhaiWYws8uFyj9.Uf7DVfBFKAm2\n";

/// A registry on the loopback device, with nothing in it.
pub struct Registry {
    daemon: Daemon,
    address: String,
}

impl Registry {
    /// One that everybody may use.
    pub fn open() -> Self {
        Self::start(false)
    }

    /// One that asks for a password.
    pub fn with_password() -> Self {
        Self::start(true)
    }

    fn start(password: bool) -> Self {
        need("registry");
        let folder = Daemon::folder();
        let address = free_address();
        let mut configuration = json!({
            "version": 0.1,
            // What remains in the log is one line a request.
            "log": { "level": "error", "accesslog": { "disabled": false } },
            "storage": { "filesystem": { "rootdirectory": folder.join("data") } },
            "http": { "addr": address, "secret": "none" },
        });
        if password {
            fs_err::write(folder.join("htpasswd"), HTPASSWD).unwrap();
            configuration["auth"] =
                json!({ "htpasswd": { "realm": "test", "path": folder.join("htpasswd") } });
        }
        // JSON is YAML.
        let file = folder.join("config.yml");
        fs_err::write(&file, configuration.to_string()).unwrap();
        let daemon = Daemon::start(folder, &["docker-registry", "serve", text(&file)]);
        daemon.wait(|| TcpStream::connect(&address).is_ok());
        Self { daemon, address }
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn port(&self) -> &str {
        self.address.split_once(':').unwrap().1
    }

    /// Docker's configuration file of somebody who may use it.
    pub fn docker_config(&self) -> String {
        let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        json!({ "auths": { &self.address: { "auth": auth } } }).to_string()
    }

    /// All requests so far, as in its log: `METHOD PATH HTTP/1.1" STATUS ...`.
    pub fn requests(&self) -> Vec<String> {
        let log = self.daemon.log();
        let requests = log.lines().filter_map(|line| line.split_once("] \""));
        requests.map(|(_, request)| request.to_owned()).collect()
    }

    /// The digest of an image `REPOSITORY:TAG`.
    pub fn digest(&self, image: &str) -> String {
        self.inspect(image, &["--format", "{{.Digest}}"])
    }

    /// The configuration of an image: its labels, its environment.
    pub fn config(&self, image: &str) -> Value {
        let config: Value = serde_json::from_str(&self.inspect(image, &["--config"])).unwrap();
        config["config"].clone()
    }

    fn inspect(&self, image: &str, options: &[&str]) -> String {
        let credentials = format!("{USER}:{PASSWORD}");
        run(Command::new("skopeo")
            .args(["inspect", "--tls-verify=false", "--creds", &credentials])
            .args(options)
            .arg(format!("docker://{}/{image}", self.address)))
    }

    /// Everything that the registry has kept.
    pub fn data(&self) -> PathBuf {
        self.daemon.path("data")
    }

    /// What the registry has printed.
    pub fn log(&self) -> PathBuf {
        self.daemon.path("log")
    }
}
