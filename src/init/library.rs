//! A new workspace's `jenkinsgen.toml`, and an example of a service.

use super::writer::{Writer, list};
use crate::config::KeyPath;

/// Images of the tools, as this version of the program was tested with them.
const BUILDKIT: &str = "moby/buildkit:v0.32.2-rootless";
const GRYPE: &str = "anchore/grype:v0.115.0-debug";
const SONAR_SCANNER: &str = "sonarsource/sonar-scanner-cli:11.2.1.1844_7.0.2";

/// The library's file.
pub(super) fn library(name: &str, version: &str, scans_by_sonar: bool) -> String {
    let mut writer = Writer::default();
    writer.directive("#:schema .jenkinsgen/library.schema.json");
    writer.comment("What holds for all services. `jenkinsgen render` writes vars/ and resources/ from this file and projects/; commit all of them.");
    writer.table("library");
    writer.comment("Name of the library in Jenkins' configuration.");
    writer.entry("name", name);
    writer.comment("Branch, tag or commit of this repository that a Jenkinsfile imports.");
    writer.entry("version", version);
    writer.comment("Keys that no project may set.");
    writer.propose(|writer| writer.entry("locked", list(["scan.fail_on"])));
    writer.table("tools");
    writer.comment("Images of the tools in the pods. A tag can be moved: pin them by digest as well, `image:tag@sha256:…`.");
    writer.entry("buildkit", BUILDKIT);
    writer.entry("grype", GRYPE);
    let scanner = |writer: &mut Writer| writer.entry("sonar_scanner", SONAR_SCANNER);
    match scans_by_sonar {
        true => scanner(&mut writer),
        false => writer.propose(scanner),
    }
    writer.table("defaults.scan");
    writer.comment("Every image is scanned, on every branch, before anything is pushed. The least severity that stops a build:");
    writer.entry("fail_on", "high");
    writer.table("defaults.options");
    writer.entry("timeout_minutes", 60);
    writer.entry("keep_builds", 30);
    writer.finish().0
}

/// The example.
pub(super) fn example(project: &str, image: &str) -> String {
    let mut writer = Writer::default();
    writer.directive("#:schema ../.jenkinsgen/project.schema.json");
    writer.comment("One service. What several have in common can stand below [defaults] in jenkinsgen.toml instead.");
    writer.comment("`jenkinsgen init --from CHECKOUT` writes such a file from what it finds in a service's checkout.");
    writer.blank();
    writer.entry("description", format!("The service {project}"));
    writer.table("version");
    writer.entry("literal", "0.1.0");
    writer.comment("Or a Java properties file of the service's repository:");
    writer.propose(|writer| {
        writer.entry("file", "gradle.properties");
        writer.entry("key", "version");
    });
    writer.table(KeyPath::from("images").key(image));
    writer.comment(
        "Built by `Dockerfile` in the service's repository. Its arguments get values here:",
    );
    writer.propose(|writer| {
        writer.entry(
            "args",
            toml::Table::from_iter([("version".to_owned(), "{version}".into())]),
        )
    });
    writer.table("release");
    writer.comment("The branch that releases.");
    writer.entry("branch", "main");
    writer.blank();
    writer.comment("Where releases are pushed, and the Kubernetes secret with the Docker config.json to log in with:");
    writer.propose(|writer| {
        writer.directive("[[publish]]");
        writer.entry("repository", format!("registry.example.com/{image}"));
        writer.entry("tags", list(["{version}.{build_number}", "latest"]));
        writer.blank();
        writer.directive("[registry]");
        writer.entry("docker_config_secret", "docker-config");
    });
    writer.table("notify");
    writer.comment(
        "Who is mailed when a stage fails: `culprits`, `developers`, `requester` or addresses.",
    );
    writer.entry("recipients", list(["culprits"]));
    writer.finish().0
}
