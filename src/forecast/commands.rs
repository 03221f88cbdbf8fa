//! The scripts of the shared steps, word by word.

use super::{Action, Around, Bound, Situation};
use crate::model::{
    Check, FailOn, GitCredentials, Image, Network, Project, Push, Secret, SharedStep, Sonar,
    SourceTag, TargetName,
};
use crate::shell;

/// The scripts of one project in one build.
pub(super) struct Commands<'a> {
    pub(super) project: &'a Project,
    pub(super) situation: &'a Situation,
}

/// What a solve is for.
struct Solve<'a> {
    label: String,
    target: Option<&'a TargetName>,
    output: Vec<String>,
    metadata: Option<String>,
    exports_cache: bool,
}

impl Commands<'_> {
    pub(super) fn check(&self, check: &Check) -> Vec<Action> {
        let export = format!("{}/extracted", self.situation.values.temporary);
        let mut actions = vec![empty_folder("Empty the folder for the export", &export)];
        let image = self
            .project
            .images
            .iter()
            .find(|image| image.name == check.image);
        actions.extend(image.map(|image| {
            self.solve(
                image,
                Solve {
                    label: "Build up to the results".to_owned(),
                    target: check.target.as_ref(),
                    output: vec!["type=local".to_owned(), format!("dest={export}")],
                    metadata: None,
                    exports_cache: false,
                },
            )
        }));
        let env = [
            ("EXPORT", export.as_str()),
            ("DIRECTORY", check.directory.as_str()),
            ("DESTINATION", check.destination.as_str()),
        ];
        actions.push(script_within(
            &format!("Copy {} into the workspace", check.directory),
            COPY.join("\n"),
            env_of(env),
        ));
        actions
    }

    pub(super) fn analyse(&self, sonar: &Sonar) -> Vec<Action> {
        let mut argv = vec!["sonar-scanner".to_owned()];
        argv.extend(
            sonar
                .properties
                .iter()
                .map(|(name, value)| format!("-D{name}={}", self.situation.expand(value))),
        );
        let around = Around {
            sonarqube: Some(sonar.installation.to_string()),
            ..Around::default()
        };
        vec![script_within(
            "Analyse with SonarQube",
            command(&argv),
            around,
        )]
    }

    pub(super) fn build(&self, image: &Image) -> Vec<Action> {
        let folder = self.folder("images", image.name.as_str());
        vec![
            empty_folder("Empty the folder of the image", &folder),
            self.solve(
                image,
                Solve {
                    label: format!("Build the image {}", image.name),
                    target: image.target.as_ref(),
                    output: vec![
                        "type=oci".to_owned(),
                        "tar=false".to_owned(),
                        format!("dest={folder}/oci"),
                    ],
                    metadata: Some(format!("{folder}/build.json")),
                    exports_cache: true,
                },
            ),
        ]
    }

    pub(super) fn scan(&self, image: &Image) -> Vec<Action> {
        let scan = &self.project.scan;
        let layout = self.folder("images", image.name.as_str());
        let folder = self.folder("scans", image.name.as_str());
        let mut argv = Argv::new(&[scan.program.as_str()]);
        argv.add(&[
            &format!("oci-dir:{layout}/oci"),
            "--scope",
            scan.scope.as_str(),
        ]);
        argv.add(&["--output", &format!("template={folder}/report/report.html")]);
        argv.add(&["--template", &format!("{folder}/report.tmpl")]);
        argv.add(&[
            "--output",
            &format!("json={folder}/report/grype-report.json"),
        ]);
        if scan.fail_on != FailOn::Never {
            argv.add(&["--fail-on", scan.fail_on.as_str()]);
        }
        if scan.only_fixed {
            argv.add(&["--only-fixed"]);
        }
        let check = [
            "grep",
            "-q",
            "</html>",
            &format!("{folder}/report/report.html"),
        ];
        let by_cpe = scan.match_go_by_cpe.to_string();
        let env = [
            ("GRYPE_MATCH_GOLANG_USING_CPES", by_cpe.as_str()),
            ("GRYPE_CHECK_FOR_APP_UPDATE", "false"),
        ];
        let label = format!("Scan the image {}", image.name);
        vec![
            write(&format!("{folder}/report.tmpl"), "the library's template"),
            write(
                &format!("{folder}/report/report.css"),
                "the library's style sheet",
            ),
            script_within(&label, argv.script(), env_of(env)),
            script("Check that the report is complete", shell::command(check)),
        ]
    }

    pub(super) fn push(&self, push: &Push) -> Vec<Action> {
        let layout = self.folder("images", push.image.as_str());
        let folder = self.folder("pushes", push.image.as_str());
        let names = self.situation.names(push);
        let all = names.join(",");
        let digest = &self.situation.values.digest;
        let mut argv = Argv::new(BUILDCTL);
        argv.add(&["--local", &format!("context={folder}")]);
        argv.add(&["--local", &format!("dockerfile={folder}")]);
        argv.add(&["--oci-layout", &format!("image={layout}/oci")]);
        argv.add(&[
            "--opt",
            &format!("context:image=oci-layout://image@{digest}"),
        ]);
        argv.add(&[
            "--output",
            &record(&["type=image", &format!("name={all}"), "push=true"]),
        ]);
        argv.add(&["--metadata-file", &format!("{folder}/push.json")]);
        vec![
            write(&format!("{folder}/Dockerfile"), "FROM image"),
            script(&format!("Push {all}"), argv.script()),
            Action::Push(names),
        ]
    }

    pub(super) fn tag(&self, tag: &SourceTag) -> Vec<Action> {
        let values = &self.situation.values;
        let version = &values.version;
        let prefix = &tag.prefix;
        let release = format!("{prefix}{}.{}", version.whole, values.build_number);
        let mut moving = Vec::new();
        if tag.moving_tags {
            moving.push(format!("{prefix}{}", version.whole));
            // A pre-release does not become the newest 1.2 or 1.
            if !version.whole.contains('-') {
                moving.push(format!("{prefix}{}.{}", version.major, version.minor));
                moving.push(format!("{prefix}{}", version.major));
            }
        }
        let name = format!("user.name={}", tag.committer_name);
        let email = format!("user.email={}", tag.committer_email);
        let mut lines: Vec<String> = Vec::new();
        for tag_name in std::iter::once(&release).chain(&moving) {
            lines.push(shell::command([
                "git",
                "-c",
                &name,
                "-c",
                &email,
                "tag",
                "--force",
                "--annotate",
                "--message",
                tag.message.as_str(),
                tag_name,
                &values.commit,
            ]));
        }
        let mut push = Argv::new(&[
            "git",
            "push",
            "--atomic",
            "origin",
            &format!("refs/tags/{release}"),
        ]);
        for name in &moving {
            push.add(&[&format!("+refs/tags/{name}")]);
        }
        lines.push(push.script());
        let around = match &tag.credentials {
            None => Around::default(),
            Some(GitCredentials::Https(id)) => Around {
                credentials: vec![Bound::new(id, &[])],
                ..Around::default()
            },
            Some(GitCredentials::Ssh(id)) => Around {
                credentials: vec![Bound::new(id, &["TAG_KEY"])],
                ..env_of([("GIT_SSH_COMMAND", SSH)])
            },
        };
        let label = format!("Tag {} as {release}", values.commit);
        vec![
            script_within(&label, lines.join("\n"), around),
            Action::Tag {
                new: release,
                moved: moving,
            },
        ]
    }

    fn folder(&self, kind: &str, image: &str) -> String {
        format!("{}/{kind}/{image}", self.situation.values.temporary)
    }

    fn solve(&self, image: &Image, solve: Solve<'_>) -> Action {
        if self.project.has_own(SharedStep::BuildkitSolve) {
            return super::call(format!("buildkitSolve(label: {})", solve.label));
        }
        let dockerfile = image.dockerfile.as_str();
        let (folder, file) = dockerfile.rsplit_once('/').unwrap_or((".", dockerfile));
        let cache = self.project.cache_folder(&image.name);
        let mut argv = Argv::default();
        if let Some((path, _)) = &cache {
            let kind = if solve.exports_cache { "-x" } else { "-s" };
            argv.add(&["flock", kind, &format!("{path}.lock")]);
        }
        argv.add(BUILDCTL);
        argv.add(&["--local", &format!("context={}", image.context)]);
        argv.add(&["--local", &format!("dockerfile={folder}")]);
        argv.add(&["--opt", &format!("filename={file}")]);
        if let Some(target) = solve.target {
            argv.add(&["--opt", &format!("target={target}")]);
        }
        for (name, value) in &image.args {
            let value = self.situation.expand(value);
            argv.add(&["--opt", &format!("build-arg:{name}={value}")]);
        }
        match image.network {
            Network::Sandbox => {}
            Network::Host => argv.add(&[
                "--allow",
                "network.host",
                "--opt",
                "force-network-mode=host",
            ]),
            Network::None => argv.add(&["--opt", "force-network-mode=none"]),
        }
        let mut around = Around::default();
        for (id, secret) in &image.secrets {
            argv.add(&["--secret"]);
            let variable = format!("BUILDKIT_SECRET_{}", around.credentials.len());
            let bound = match secret {
                Secret::File(_) => None,
                Secret::CredentialsText(id) | Secret::CredentialsFile(id) => {
                    Some(Bound::new(id, &[&variable]))
                }
            };
            around.credentials.extend(bound);
            match secret {
                Secret::File(path) => {
                    argv.add(&[&record(&[&format!("id={id}"), &format!("src={path}")])])
                }
                Secret::CredentialsText(_) => {
                    argv.add(&[&format!("id={id},env={variable}")]);
                }
                Secret::CredentialsFile(_) => {
                    argv.add_with_variable(&format!("id={id},src="), &variable);
                }
            }
        }
        if let Some((path, mode)) = &cache {
            argv.add(&[
                "--import-cache",
                &record(&["type=local", &format!("src={path}")]),
            ]);
            if solve.exports_cache {
                let mode = format!("mode={}", mode.as_str());
                let record = record(&["type=local", &format!("dest={path}"), &mode, "reset=true"]);
                argv.add(&["--export-cache", &record]);
            }
        }
        let output: Vec<&str> = solve.output.iter().map(String::as_str).collect();
        argv.add(&["--output", &record(&output)]);
        if let Some(file) = &solve.metadata {
            argv.add(&["--metadata-file", file]);
        }
        script_within(&solve.label, argv.script(), around)
    }
}

const BUILDCTL: &[&str] = &[
    "buildctl",
    "--wait",
    "--timeout",
    "60",
    "build",
    "--progress",
    "plain",
    "--frontend",
    "dockerfile.v0",
];

/// How Git reaches the server with a key that Jenkins has put into a file.
const SSH: &str = r#"ssh -i "$TAG_KEY" -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes"#;

/// Takes the results out of what BuildKit has exported; its values come from the environment.
const COPY: &[&str] = &[
    r#"root=$(realpath "$EXPORT")"#,
    r#"results=$(realpath "$EXPORT$DIRECTORY")"#,
    r#"case "$results/" in"#,
    r#"    "$root"/*) ;;"#,
    r#"    *) echo "$DIRECTORY leads out of the image" >&2; exit 1 ;;"#,
    "esac",
    r#"mkdir -p "$DESTINATION""#,
    r#"cp -RP "$results/." "$DESTINATION""#,
];

/// A command that grows word by word; each word is quoted at once.
#[derive(Default)]
struct Argv(Vec<String>);

impl Argv {
    fn new(words: &[&str]) -> Self {
        let mut argv = Self::default();
        argv.add(words);
        argv
    }

    fn add(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(|word| shell::quote(word)));
    }

    /// A text that ends with the value of a variable, which the shell reads.
    fn add_with_variable(&mut self, text: &str, variable: &str) {
        self.0
            .push(format!("{}\"${variable}\"", shell::quote(text)));
    }

    fn script(&self) -> String {
        self.0.join(" ")
    }
}

fn command(words: &[String]) -> String {
    shell::command(words.iter().map(String::as_str))
}

fn write(file: &str, content: &str) -> Action {
    Action::Write {
        file: file.to_owned(),
        content: content.to_owned(),
    }
}

fn script(label: &str, text: String) -> Action {
    script_within(label, text, Around::default())
}

fn script_within(label: &str, text: String, around: Around) -> Action {
    Action::Script {
        label: label.to_owned(),
        text,
        around,
    }
}

fn env_of<'a>(env: impl IntoIterator<Item = (&'a str, &'a str)>) -> Around {
    let env = env.into_iter();
    Around {
        env: env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..Around::default()
    }
}

fn empty_folder(label: &str, folder: &str) -> Action {
    let lines = [["rm", "-rf", folder], ["mkdir", "-p", folder]].map(shell::command);
    script(label, lines.join("\n"))
}

/// One record of comma-separated fields, as BuildKit reads its outputs and caches.
fn record(fields: &[&str]) -> String {
    let quoted = fields.iter().map(|field| match field.contains([',', '"']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => (*field).to_owned(),
    });
    quoted.collect::<Vec<_>>().join(",")
}
