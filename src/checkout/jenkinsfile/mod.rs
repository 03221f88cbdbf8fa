//! What an existing Jenkinsfile says that a description can say as well, and what it says besides.
//!
//! Its manner is that of scripted pipelines which call `buildctl build` in `sh` steps. A declarative one is read alike. Nothing is run, and nothing is certain:
//! a Jenkinsfile is a program, and this is a reader. But nothing is lost in silence: each call, each of its arguments, and each word of a command is either
//! understood or told to be left. What is not named here is left.

mod branches;
mod builders;
mod parser;
mod programs;
mod reader;
mod script;
mod values;
mod writes;

use std::collections::BTreeMap;

use self::reader::Reader;

/// What was found. Texts may hold the placeholders of the language, and are in its notation; none is validated.
#[derive(Debug, Default)]
pub struct Jenkinsfile {
    /// The library that it imports: what stands in `@Library`.
    pub imports: Vec<String>,
    /// The calls of `buildctl build` and `docker build`, in order.
    pub builds: Vec<Build>,
    /// What is assigned, or passed to functions of its own, as people read it: it may name an image.
    pub texts: Vec<String>,
    /// The version, where it is written out.
    pub version: Option<String>,
    /// A properties file that is read, and the key that the version is taken from.
    pub version_file: Option<(String, Option<String>)>,
    /// The branches that something happens on alone.
    pub branches: Vec<String>,
    /// Patterns of JUnit reports.
    pub junit: Vec<String>,
    /// Patterns of JaCoCo XML reports.
    pub coverage: Vec<String>,
    /// The patterns of the `jacoco` step, by the language's keys.
    pub jacoco: BTreeMap<&'static str, String>,
    /// How grype is called.
    pub scan: Option<Scan>,
    /// Tags on the source.
    pub source_tag: Option<SourceTag>,
    /// Promotion by artifactz.io, by the language's keys.
    pub promotion: BTreeMap<&'static str, String>,
    /// SonarQube's server.
    pub sonar: Option<String>,
    /// Who is mailed, by the stages of the language; without one, about all of them.
    pub mails: Vec<(Option<StageKind>, Vec<String>)>,
    /// Whether the classic Mailer sends.
    pub mailer: bool,
    /// Properties of the job, by the language's keys.
    pub options: BTreeMap<&'static str, i64>,
    /// Whether a newer build aborts the older one.
    pub aborts_previous: bool,
    /// What it does on every branch, while the language does it on the one that releases; and whether there is a condition that was not understood.
    pub everywhere: BTreeMap<StageKind, bool>,
    /// Files from elsewhere that are copied into the checkout: from where, and to where.
    pub copied: Vec<(String, String)>,
    /// Kubernetes secrets that the pod mounts: where, and their names.
    pub secret_mounts: Vec<(String, String)>,
    /// The lines on which a person is asked before it goes on.
    pub approvals: Vec<usize>,
    /// What was not carried over, by its lines.
    pub left: Vec<Left>,
}

/// One call of `buildctl build` or `docker build`.
#[derive(Debug, Default)]
pub struct Build {
    /// Line of its `sh`.
    pub line: usize,
    /// The stage of Jenkins that it stands in.
    pub stage: Option<String>,
    /// Folder of the context.
    pub context: String,
    /// The Dockerfile.
    pub dockerfile: String,
    /// Its stage.
    pub target: Option<String>,
    /// What of these is computed, by the language's keys, as people read it.
    pub computed: Vec<(&'static str, String)>,
    /// Its build arguments.
    pub args: Vec<(String, String)>,
    /// Build arguments whose value is computed, as people read it.
    pub computed_args: Vec<(String, String)>,
    /// Its secrets.
    pub secrets: Vec<(String, SecretSource)>,
    /// The network of its `RUN`s.
    pub network: Option<String>,
    /// The names that it is pushed under.
    pub names: Vec<String>,
    /// Repositories that it is pushed to under a tag that is computed, with that tag as people read it.
    pub computed_tags: Vec<(String, String)>,
    /// Names that it is given, as people read them, also where they are computed or not pushed.
    pub named: Vec<String>,
    /// The folder that is taken out of it, in the image and in the workspace.
    pub taken_out: Option<(String, String)>,
    /// Whether it is a solve to take a folder out, and makes no image.
    pub is_check: bool,
    /// Where it keeps its layers.
    pub cache: Option<String>,
}

impl Build {
    /// Whether it is pushed anywhere.
    pub fn is_pushed(&self) -> bool {
        !(self.names.is_empty() && self.computed_tags.is_empty())
    }

    /// Whether it is pushed beside another build of the same stage that has other arguments, and is no second way to make that one.
    pub fn is_other_image(&self, other: &Self) -> bool {
        let args = |build: &Self| {
            let args = build.args.iter().chain(&build.computed_args).cloned();
            args.collect::<BTreeMap<String, String>>()
        };
        let is_renamed = self.names != other.names || self.computed_tags != other.computed_tags;
        self.is_pushed() && other.is_pushed() && is_renamed && args(self) != args(other)
    }
}

/// Where a build secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Not seen.
    Unknown,
    /// A file of the container.
    File(String),
    /// A credential of Jenkins of the kind *Secret file*.
    CredentialFile(String),
    /// A credential of Jenkins of the kind *Secret text*.
    CredentialText(String),
}

/// How grype is called.
#[derive(Debug, Default)]
pub struct Scan {
    /// `-f`.
    pub fail_on: Option<String>,
    /// `-f`, where it is computed, as people read it.
    pub computed_fail_on: Option<String>,
    /// `--only-fixed`.
    pub only_fixed: bool,
    /// `--scope`.
    pub scope: Option<String>,
    /// Title of the report in Jenkins.
    pub report_title: Option<String>,
    /// `GRYPE_MATCH_GOLANG_USING_CPES`.
    pub match_go_by_cpe: bool,
    /// The file that it writes.
    pub file: Option<String>,
    /// Whether the pipeline goes on if it fails.
    pub may_fail: bool,
}

/// Tags on the source.
#[derive(Debug, Default)]
pub struct SourceTag {
    /// The names of the tags, as people read them.
    pub names: Vec<String>,
    /// Text before the version.
    pub prefix: Option<String>,
    /// Message of the tags.
    pub message: Option<String>,
    /// Name of the tagger.
    pub name: Option<String>,
    /// Address of the tagger.
    pub email: Option<String>,
    /// What Git logs in with, by the language's key.
    pub credentials: Option<(&'static str, String)>,
}

/// What a stage does, in the words of `[notify.stages]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageKind {
    /// Checkout and version.
    Checkout,
    /// Code is tested inside an image build.
    Check,
    /// SonarQube.
    Sonar,
    /// Images are built.
    Build,
    /// Images are scanned.
    Scan,
    /// Images are pushed.
    Push,
    /// The source is tagged.
    Tag,
    /// The version is promoted.
    Promote,
    /// A branch that does not release is mailed about.
    Recovery,
}

impl StageKind {
    /// Its key in `[notify.stages]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Check => "check",
            Self::Sonar => "sonar",
            Self::Build => "build",
            Self::Scan => "scan",
            Self::Push => "push",
            Self::Tag => "tag",
            Self::Promote => "promote",
            Self::Recovery => "recovery",
        }
    }
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its line.
    pub line: usize,
    /// What stands there.
    pub what: String,
    /// Why, where that helps.
    pub reason: Option<&'static str>,
    /// How much it matters.
    pub weight: Weight,
}

/// How much depends on what was left; the first comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Somebody is asked, something is deployed, or a program that is not known is run.
    #[default]
    Work,
    /// It is in the way the work is done.
    Manner,
    /// It prepares an agent, and has no equal here.
    Plumbing,
}

impl Jenkinsfile {
    /// Reads one.
    pub fn read(text: &str) -> Self {
        let text = values::without_marks(text);
        Reader::read(&parser::read(&text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What was left, and nothing else.
    fn left(text: &str) -> Vec<String> {
        let left = Jenkinsfile::read(text).left.into_iter();
        left.map(|left| format!("{}: {}", left.line, left.what))
            .collect()
    }

    #[test]
    fn what_is_not_understood_is_left() {
        for text in [
            "input 'Deploy?'",
            "input(message: 'Deploy?')",
            "bat 'make.cmd'",
            "powershell 'x.ps1'",
            "load 'x.groovy'",
            "unstash 'x'",
            "tool 'jdk17'",
            "sshagent(['x'])",
            "httpRequest 'https://example.org'",
            "withEnv(['A=b'])",
            "dir('x')",
            "retry(3)",
            "currentBuild.displayName = 'x'",
            "[1, 2].each",
            "names.each",
            "checkout([$class: 'GitSCM', branches: []])",
            "node('big')",
            "timeout(time: 5, unit: 'SECONDS')",
            "while (!x.isReady())",
            "junit(computed())",
            "mail(to: computed())",
            "step([$class: 'Other', a: 1])",
            "sh(computed())",
        ] {
            assert_eq!(
                left(&format!("{text} {{ echo 'x' }}")).first(),
                Some(&format!("1: {text}"))
            );
        }
        for (text, expected) in [
            ("def answer = input 'Deploy?'", "input 'Deploy?'"),
            ("echo \"${input('Deploy?')}\"", "input('Deploy?')"),
            ("stage('x') { input { message 'Deploy?' } }", "input"),
            ("pipeline { agent { label 'big' } }", "label 'big'"),
            ("pipeline { agent any }", "agent any"),
            ("pipeline { tools { jdk '17' } }", "jdk '17'"),
            (
                "pipeline { triggers { pollSCM('@daily') } }",
                "pollSCM('@daily')",
            ),
            (
                "properties([pipelineTriggers([cron('@daily')])])",
                "pipelineTriggers([cron('@daily')])",
            ),
            ("sh echo('x')", "sh echo('x')"),
            ("@Field def x = input('y')", "input('y')"),
            (
                "properties([[$class: 'Other', a: 1]])",
                "[$class: 'Other', a: 1]",
            ),
            ("sh 'make deploy'", "make deploy"),
            ("sh 'cd api'", "cd api"),
            ("sh 'mkdir x'", "mkdir x"),
            ("sh 'export A=b'", "export A=b"),
            ("sh 'A=$(deploy)'", "A=$(deploy)"),
            ("sh 'git push origin main'", "git push origin main"),
            ("sh 'git commit -m x'", "git commit -m x"),
            ("sh \"it's\"", "it's"),
        ] {
            assert_eq!(left(text).first(), Some(&format!("1: {expected}")));
        }
        assert_eq!(
            left("parallel a: { deploy 'a' }, b: { deploy 'b' }").len(),
            1
        );
        assert_eq!(
            left("docker.image('maven').inside('-v x') { deploy 'x' }"),
            [
                "1: docker.image('maven')",
                "1: inside('-v x')",
                "1: deploy 'x'"
            ]
        );
    }

    #[test]
    fn conditions_that_are_no_single_branch_are_left() {
        for condition in [
            "env.BRANCH_NAME == 'a' || params.X",
            "env.BRANCH_NAME == 'a' && params.X",
            "env.BRANCH_NAME ==~ /release-.*/",
            "env.BRANCH_NAME =~ 'release'",
            "env.BRANCH_NAME.startsWith('release')",
            "env.BRANCH_NAME != 'develop'",
            "env.BRANCH_NAME == 'main' || env.BRANCH_NAME == 'develop'",
            "params.DEPLOY",
            "!deploys",
        ] {
            let text = format!(
                "if (env.BRANCH_NAME == 'main') {{ echo 'x' }}\nif ({condition}) {{ echo 'y' }}"
            );
            assert_eq!(left(&text), [format!("2: if ({condition})")]);
        }
        for condition in [
            "branch 'release-*'",
            "expression { params.X }",
            "not { branch 'develop' }",
            "allOf { branch 'main'; environment name: 'X', value: 'y' }",
            "anyOf { branch 'main'; branch 'develop' }",
        ] {
            let text = format!(
                "stage('a') {{ when {{ branch 'main' }} }}\nstage('b') {{ when {{ {condition} }}\n steps {{ echo 'y' }} }}"
            );
            assert_eq!(left(&text), [format!("2: when {{ {condition} }}")]);
        }
    }

    #[test]
    fn a_condition_on_the_branch_that_releases_is_understood() {
        for condition in [
            "env.BRANCH_NAME == 'main'",
            "'main' == BRANCH_NAME",
            "!(env.BRANCH_NAME != \"main\")",
            "(env.BRANCH_NAME == 'main')",
            "env.BRANCH_NAME == 'main' && !env.CHANGE_ID",
            "env.CHANGE_ID == null && (BRANCH_NAME == 'main')",
        ] {
            let found = Jenkinsfile::read(&format!("if ({condition}) {{ echo 'x' }}"));
            assert_eq!(found.branches, ["main"], "{condition}");
            assert!(found.left.is_empty(), "{condition}");
        }
        for when in [
            "branch 'main'",
            "branch('main')",
            "beforeAgent true; branch 'main'",
            "branch 'main'; not { changeRequest() }",
            "allOf { branch 'main'; not { changeRequest() } }",
            "not { not { branch 'main' } }",
            "anyOf { branch 'main' }",
            "expression { env.BRANCH_NAME == 'main' }",
            "expression { return env.BRANCH_NAME == 'main' && !env.CHANGE_ID }",
        ] {
            let text = format!("stage('a') {{ when {{ {when} }}\n steps {{ echo 'x' }} }}");
            let found = Jenkinsfile::read(&text);
            assert_eq!(found.branches, ["main"], "{when}");
            assert!(found.left.is_empty(), "{when}");
        }
        let flag = "def isRelease = env.BRANCH_NAME == 'stable'\n";
        let push = "sh 'docker build -t a/b:1 . && docker push a/b:1'";
        for (text, branches, left) in [
            (
                format!("{flag}if (isRelease) {{ {push} }}"),
                &["stable"][..],
                &[][..],
            ),
            (
                format!("{flag}isRelease = true\nif (isRelease) {{ {push} }}"),
                &[],
                &["3: if (isRelease)"],
            ),
            (
                format!("{flag}if (!isRelease) {{ return }}\n{push}"),
                &["stable"],
                &[],
            ),
            (
                format!("if (env.BRANCH_NAME != 'stable') {{\n echo 'no'\n return\n}}\n{push}"),
                &["stable"],
                &[],
            ),
            (
                format!("if (env.BRANCH_NAME == 'stable') {{ {push}\n return }}"),
                &["stable"],
                &[],
            ),
            (
                format!("if (!(env.BRANCH_NAME == 'stable')) error 'no'\n{push}"),
                &["stable"],
                &[],
            ),
            (
                format!("if (env.BRANCH_NAME == 'stable') {{ echo 'no'; return }}\n{push}"),
                &[],
                &["1: if (env.BRANCH_NAME == 'stable')"],
            ),
            (
                format!(
                    "[1].each {{ if (env.BRANCH_NAME == 'stable') {{ x {{ return }} }} }}\n{push}"
                ),
                &["stable"],
                &["1: x", "1: [1].each"],
            ),
        ] {
            let found = Jenkinsfile::read(&text);
            assert_eq!(found.branches, branches, "{text}");
            let all = found.left.iter();
            let all: Vec<String> = all
                .map(|left| format!("{}: {}", left.line, left.what))
                .collect();
            assert_eq!(all, left, "{text}");
            let is_everywhere = found.everywhere.contains_key(&StageKind::Push);
            assert_eq!(
                is_everywhere,
                text.contains("each") || text.contains("= true"),
                "{text}"
            );
        }
        let found = Jenkinsfile::read(
            "stage('a') { steps { sh 'buildctl build --output type=image,name=a/b,push=true' }\nwhen { branch 'main' } }",
        );
        assert!(found.left.is_empty() && found.everywhere.is_empty());
    }

    #[test]
    fn deep_brackets_of_a_condition_exhaust_nothing() {
        let deep = 100_000;
        let (open, close) = ("(".repeat(deep), ")".repeat(deep));
        let found = Jenkinsfile::read(&format!(
            "if ({open}env.BRANCH_NAME == 'x'{close}) {{ sh 'ls' }}"
        ));
        assert!(found.branches.is_empty());
        let (open, close) = ("not { ".repeat(deep), "}".repeat(deep));
        let found = Jenkinsfile::read(&format!(
            "stage('a') {{ when {{ {open}branch 'x'{close} }} }}"
        ));
        assert!(found.branches.is_empty());
    }

    #[test]
    fn who_broke_the_build_is_mailed_by_the_mailer_too() {
        for (individuals, recipients) in [
            ("true", &["culprits", "dev@x.io"][..]),
            ("false", &["dev@x.io"]),
        ] {
            let text = format!(
                "step([$class: 'Mailer', recipients: 'dev@x.io', sendToIndividuals: {individuals}])"
            );
            let mails = Jenkinsfile::read(&text).mails;
            assert_eq!(mails[0].1, recipients);
        }
    }

    #[test]
    fn what_happens_on_another_branch_alone_is_left() {
        let text =
            "if (env.BRANCH_NAME == 'main') { sh 'grype x' } else { sh 'grype y'\n deploy 'z' }";
        assert_eq!(left(text), ["1: grype y", "2: deploy 'z'"]);
    }

    #[test]
    fn a_push_without_a_condition_happens_everywhere() {
        let push = "sh 'buildctl build --output type=image,name=example.org/a,push=true'";
        let everywhere = |text: String| {
            Jenkinsfile::read(&text)
                .everywhere
                .get(&StageKind::Push)
                .copied()
        };
        assert_eq!(everywhere(push.to_owned()), Some(false));
        assert_eq!(
            everywhere(format!("if (params.X) {{ {push} }}")),
            Some(true)
        );
        assert_eq!(
            everywhere(format!("if (BRANCH_NAME == 'main') {{ {push} }}")),
            None
        );
    }

    #[test]
    fn a_push_that_is_decided_in_the_build_is_one_and_is_told() {
        let text = "sh \"buildctl build --output type=image,name=example.org/a:1,push=${PUSH}\"";
        let found = Jenkinsfile::read(text);
        assert_eq!(found.builds[0].names, ["example.org/a:1"]);
        assert_eq!(found.everywhere.get(&StageKind::Push), Some(&true));
        assert_eq!(left(text), ["1: --output … push=${PUSH}"]);
    }

    #[test]
    fn options_of_programs_that_are_not_understood_are_left() {
        for (command, expected) in [
            (
                "buildctl --addr tcp://x build --local context=.",
                "buildctl … --addr tcp://x",
            ),
            ("buildctl build --no-cache", "buildctl … --no-cache"),
            ("buildctl build --opt label:a=b", "--opt label:a=b"),
            ("buildctl build --ssh default", "--ssh default"),
            (
                "buildctl build --output type=tar,dest=x",
                "--output type=tar,dest=x",
            ),
            (
                "buildctl build --output type=local,dest=x",
                "what is written to x",
            ),
            (
                "BUILDKIT_HOST=x buildctl build",
                "BUILDKIT_HOST=x for buildctl",
            ),
            ("grype a -c g.yaml", "grype … -c g.yaml"),
            ("grype oci-archive:a --exclude ./b", "grype … --exclude ./b"),
            ("grype a --add-cpes-if-none", "grype … --add-cpes-if-none"),
            ("grype a -o json", "grype -o json"),
            (
                "buildctl build --import-cache type=registry,ref=a",
                "--import-cache type=registry,ref=a",
            ),
            ("GRYPE_DB=x grype a", "GRYPE_DB=x for grype"),
            ("sonar-scanner -Dsonar.x=y", "sonar-scanner … -Dsonar.x=y"),
            ("git tag -s v$VERSION", "git tag -s v{version}"),
            ("cat a > b; mkdir c", "cat a > b; mkdir c"),
        ] {
            assert_eq!(left(&format!("sh '{command}'")), [format!("1: {expected}")]);
        }
    }

    #[test]
    fn docker_builds_are_read_too() {
        let found = Jenkinsfile::read(
            "sh 'docker build -t example.org/a:1 -f api/Dockerfile.prod --build-arg V=x --target run --pull api'\n\
             sh 'docker tag example.org/a:1 example.org/a:latest'\n\
             if (env.BRANCH_NAME == 'main') { sh 'docker push example.org/a:1 && docker push example.org/a:latest' }",
        );
        let [build] = found.builds.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (build.context.as_str(), build.dockerfile.as_str()),
            ("api", "api/Dockerfile.prod")
        );
        assert_eq!(build.target.as_deref(), Some("run"));
        assert_eq!(build.args, [("V".to_owned(), "x".to_owned())]);
        assert_eq!(build.names, ["example.org/a:1", "example.org/a:latest"]);
        assert!(found.everywhere.is_empty());
        let told: Vec<&str> = found.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(told, ["docker … --pull"]);

        let text = "sh 'docker build -t r.io/a:$(cat V) -t r.io/a:1 -t r.io/b:1 . && docker push r.io/a --all-tags'";
        let found = Jenkinsfile::read(text);
        assert_eq!(found.left, []);
        let build = &found.builds[0];
        let computed = ("r.io/a".to_owned(), "$(cat V)".to_owned());
        assert_eq!(build.names, ["r.io/a:1"]);
        assert_eq!(build.computed_tags, [computed]);
        assert_eq!(build.named, ["r.io/a:$(cat V)", "r.io/a:1", "r.io/b:1"]);

        let text = "sh 'docker buildx build --push --tag example.org/a:$(date +%F) .'";
        let found = Jenkinsfile::read(text);
        assert_eq!(found.builds[0].dockerfile, "Dockerfile");
        assert_eq!(found.builds[0].computed_tags[0].0, "example.org/a");
        assert_eq!(found.everywhere.get(&StageKind::Push), Some(&false));
        for (command, expected) in [
            ("docker push example.org/b:1", "docker push example.org/b:1"),
            ("docker build --squash .", "docker … --squash ."),
            (
                "docker build --platform linux/arm64 .",
                "--platform linux/arm64",
            ),
            ("docker login -u x", "docker login -u x"),
        ] {
            assert_eq!(left(&format!("sh '{command}'")), [format!("1: {expected}")]);
        }
    }

    #[test]
    fn what_is_computed_of_what_is_built_is_told() {
        for (command, expected) in [
            ("docker build --target $T .", "--target ${T}"),
            ("docker build -f $T .", "-f ${T}"),
            ("docker build $T/api", "the build context ${T}/api"),
            ("docker build --network $T .", "--network ${T}"),
            ("buildctl build --opt target=$T", "--opt target=${T}"),
            ("buildctl build --opt filename=$T", "--opt filename=${T}"),
            ("buildctl build --local context=$T", "--local context=${T}"),
            (
                "buildctl build --local dockerfile=$T",
                "--local dockerfile=${T}",
            ),
        ] {
            let text = format!("sh '{command}'");
            assert_eq!(left(&text), [format!("1: {expected}")]);
            let builds = Jenkinsfile::read(&text).builds;
            assert_eq!(builds[0].computed.len(), 1, "{command}");
            let paths = (builds[0].context.as_str(), builds[0].dockerfile.as_str());
            assert_eq!(paths, (".", "Dockerfile"), "{command}");
        }
        let text = "sh 'docker build -f $WORKSPACE/api/Dockerfile $(pwd)/api'";
        assert_eq!(left(text), [""; 0]);
        let builds = Jenkinsfile::read(text).builds;
        assert_eq!(builds[0].context, "api");
        assert_eq!(builds[0].dockerfile, "api/Dockerfile");
    }

    #[test]
    fn what_is_copied_out_of_a_container_is_a_check() {
        for script in [
            "sh 'docker create --name c t && docker cp c:/app/reports ./reports && docker rm -f c'",
            "sh 'docker create --name=c t'\nsh 'docker cp c:/app/reports/. reports'",
            "sh 'docker create --name c t; docker cp c:/app/reports .'",
            "sh 'id=$(docker create t); docker cp $id:/app/reports $WORKSPACE/reports'",
            "def id = sh(script: 'docker create t', returnStdout: true).trim()\nsh \"docker cp ${id}:/app/reports reports\"",
            "sh 'docker run --rm -v $PWD:/out t cp -r /app/reports /out'",
        ] {
            let text =
                format!("sh 'docker build --target test -t t .'\n{script}\njunit 'reports/*.xml'");
            let found = Jenkinsfile::read(&text);
            assert_eq!(found.left, [], "{script}");
            let build = &found.builds[0];
            let taken_out = ("/app/reports".to_owned(), "reports".to_owned());
            assert_eq!((&build.taken_out, build.is_check), (&Some(taken_out), true));
        }
        let build = "sh 'docker build -t a/b:1 . && docker push a/b:1'";
        for (script, expected) in [
            (
                "docker create --name c a/b:1",
                "docker create --name c a/b:1",
            ),
            (
                "docker create --name c a/b:1; docker cp c:/app/dist dist",
                "docker cp c:/app/dist dist",
            ),
            (
                "docker create --name c a/b:1; docker cp c:/app/x.xml .",
                "docker cp c:/app/x.xml .",
            ),
            (
                "docker run --name c a/b:1 npm test; docker rm c",
                "docker run --name c a/b:1 npm test",
            ),
        ] {
            let text = format!("{build}\nsh '{script}'\njunit 'reports/*.xml'");
            let found = Jenkinsfile::read(&text);
            assert!(!found.builds[0].is_check);
            let expected = format!("2: {expected}");
            assert!(left(&text).contains(&expected), "{:?}", left(&text));
        }
        let dist =
            "sh 'docker build -t t . && docker create --name c t && docker cp c:/app/dist dist'";
        assert!(!Jenkinsfile::read(dist).builds[0].is_check);
        assert_eq!(left(dist), ["1: docker cp c:/app/dist dist"]);
        let text = format!(
            "{build}\nsh 'docker create --name c a/b:1; docker cp c:/r reports'\njunit 'reports/*.xml'"
        );
        let build = &Jenkinsfile::read(&text).builds[0];
        assert!(build.taken_out.is_some() && !build.is_check);
    }

    #[test]
    fn the_patterns_tell_whether_a_folder_that_is_copied_to_was_there() {
        for (to, reports, expected) in [
            ("./build", "junit 'build/test/*.xml'", "build"),
            (
                "build",
                "jacoco execPattern: '**/x, build/jacoco/*.exec'",
                "build",
            ),
            ("out", "junit 'out/test/*.xml'", "out"),
            ("out", "junit 'out/build/test/*.xml'", "out/build"),
            ("out", "junit '**/test/*.xml'", "out/build"),
            ("out", "jacoco sourcePattern: 'out/x'", "out/build"),
            (".", "junit 'build/test/*.xml'", "build"),
        ] {
            let text = format!(
                "sh 'buildctl build --opt target=t --output type=local,dest=/t; cp -R /t/app/build {to}'\n{reports}"
            );
            let taken_out = Jenkinsfile::read(&text).builds[0].taken_out.clone();
            let expected = Some(("/app/build".to_owned(), expected.to_owned()));
            assert_eq!(taken_out, expected, "{to} {reports}");
        }
    }

    #[test]
    fn what_two_builds_of_an_image_are_given_otherwise_is_left() {
        let text = "sh 'buildctl build --opt build-arg:a=1'\nsh 'buildctl build --opt build-arg:a=2 --opt network=host'";
        assert_eq!(left(text), ["2: the build argument a = 2"]);
        // What is pushed is what counts, and what is pushed twice under other names is two images.
        let text = "sh 'docker build --build-arg a=1 .'\nsh 'docker build --build-arg a=2 -t a/b:2 --push .'";
        assert_eq!(left(text), ["1: the build argument a = 1"]);
        let text = "sh 'docker build --build-arg a=1 -t a/b:1 --push .'\nsh 'docker build --build-arg a=2 -t a/b:2 --push .'\nsh 'docker build --build-arg a=2 .'";
        assert_eq!(left(text), [""; 0]);
        // A name on the machine is the last one's.
        let text = "sh 'docker build --target t -t a/b:1 .'\nsh 'docker build -t a/b:1 .; docker push a/b:1'";
        let builds = Jenkinsfile::read(text).builds;
        assert_eq!(
            [builds[0].is_pushed(), builds[1].is_pushed()],
            [false, true]
        );
        let secret = "sh 'buildctl build --secret id=a,src=b'";
        assert_eq!(left(secret), ["1: --secret id=a,src=b"]);
    }

    #[test]
    fn a_limit_of_one_step_is_none_of_the_pipeline() {
        let minutes = |text: &str| {
            let found = Jenkinsfile::read(text);
            let minutes = found.options.get("timeout_minutes").copied();
            assert_eq!(minutes.is_none(), !found.left.is_empty(), "{text}");
            minutes
        };
        assert_eq!(
            minutes("node { timeout(5) { stage('a') { sh 'true' } } }"),
            Some(5)
        );
        assert_eq!(minutes("pipeline { options { timeout(5) } }"), Some(5));
        assert_eq!(minutes("timeout(5) { sh 'true' }\nsh 'true'"), None);
        assert_eq!(minutes("stage('a') { timeout(5) { sh 'true' } }"), None);
        assert_eq!(
            minutes("stage(\"${x}\") { timeout(5) { sh 'true' } }"),
            None
        );
    }

    #[test]
    fn mails_are_recovered_or_left() {
        let found = Jenkinsfile::read(
            "pipeline { post { failure { mail to: 'a@example.org', subject: 'x' }\nsuccess { mail to: 'b@example.org' } } }",
        );
        assert_eq!(found.mails, [(None, vec!["a@example.org".to_owned()])]);
        let told: Vec<&str> = found.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(told, ["mail … subject: 'x'", "mail to: 'b@example.org'"]);
        let found = Jenkinsfile::read(
            "stage('a') { sh 'grype x'\nstep([$class: 'Mailer', recipients: 'a@example.org']) }",
        );
        assert_eq!(
            found.mails,
            [(Some(StageKind::Scan), vec!["a@example.org".to_owned()])]
        );
        assert_eq!(
            left("stage('a') { emailext to: 'a@example.org' }"),
            ["1: a mail to a@example.org"]
        );
    }

    #[test]
    fn plumbing_is_not_told() {
        assert_eq!(
            left(
                "def x = 'a'.trim()\nString y\nx += 1\necho \"${x.toUpperCase()}\"\nmilestone()\ntry { echo x } catch (e) { throw e } finally { cleanWs() }"
            ),
            [""; 0]
        );
        assert_eq!(
            left("withCredentials([string(credentialsId: 'a', variable: 'B')]) { echo 'x' }"),
            ["1: withCredentials([string(credentialsId: 'a', variable: 'B')])"]
        );
    }

    #[test]
    fn a_failure_that_stops_nothing_is_told() {
        let scan = |text: &str| Jenkinsfile::read(text).scan.unwrap().may_fail;
        for text in [
            "sh 'grype x || true'",
            "sh 'set +e; grype x'",
            "sh returnStatus: true, script: 'grype x'",
            "try { sh 'grype x' } catch (e) { echo 'x' }",
            "try {\n sh 'grype x' } catch (A e) { throw e }\ncatch (B e) { echo 'x' }",
            "catchError(stageResult: 'UNSTABLE') { stage('x') { sh 'grype x' } }",
        ] {
            assert!(scan(text), "{text}");
        }
        for text in [
            "sh 'grype x || exit 1'",
            "sh returnStatus: false, script: 'grype x'",
            "try { sh 'grype x' } catch (e) { throw e }",
            "try { sh 'grype x' } catch (e) { error 'x' }",
            "try { sh 'grype x' } finally { echo 'x' }",
            "try { echo 'x' } catch (e) { echo 'x' }\nsh 'grype x'",
        ] {
            assert!(!scan(text), "{text}");
        }
        assert_eq!(
            left("try { echo 'x' } catch (e) { echo 'y' }"),
            ["1: try … catch (e)"]
        );
        assert_eq!(
            left("sh '/usr/bin/buildctl build --local context=. || echo x'"),
            ["1: what happens if `/usr/bin/buildctl build` fails"]
        );
    }

    #[test]
    fn what_changes_all_steps_is_told() {
        assert_eq!(
            left(
                "env.GOPROXY = 'https://example.org'\nenv.USED = 'a'\ntimestamps { ansiColor('xterm') { sh \"ls $USED\" } }"
            ),
            [
                "1: env.GOPROXY = 'https://example.org'",
                "3: timestamps",
                "3: ansiColor('xterm')"
            ]
        );
        assert_eq!(
            left("pipeline { environment { A = \"b\" } }"),
            ["1: A = \"b\""]
        );
    }

    #[test]
    fn credentials_are_known_by_what_is_given_to_a_build() {
        let found = Jenkinsfile::read(
            "withCredentials([file(credentialsId: 'gh-netrc', variable: 'NETRC'), string(credentialsId: 'npm', variable: 'NPM'),
               usernamePassword(credentialsId: 'reg', usernameVariable: 'U', passwordVariable: 'P')]) {
               sh 'buildctl build --secret id=netrc,src=$NETRC --secret id=npm,env=NPM'
             }",
        );
        let secrets = [
            (
                "netrc".to_owned(),
                SecretSource::CredentialFile("gh-netrc".to_owned()),
            ),
            (
                "npm".to_owned(),
                SecretSource::CredentialText("npm".to_owned()),
            ),
        ];
        assert_eq!(found.builds[0].secrets, secrets);
        let left: Vec<&str> = found.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(
            left,
            [
                "withCredentials … usernamePassword(credentialsId: 'reg', usernameVariable: 'U', passwordVariable: 'P')"
            ]
        );
        // Those of another block are not seen.
        let found = Jenkinsfile::read(
            "withCredentials([file(credentialsId: 'a', variable: 'A')]) { echo 'x' }\nsh 'buildctl build --secret id=a,src=$A'",
        );
        assert_eq!(
            found.builds[0].secrets,
            [("a".to_owned(), SecretSource::Unknown)]
        );
        assert_eq!(found.left.len(), 2);
    }

    #[test]
    fn git_logs_in_with_the_credentials_around_its_push() {
        for (around, key) in [
            ("sshagent(['id'])", "ssh"),
            ("sshagent(credentials: ['id'])", "ssh"),
            (
                "withCredentials([sshUserPrivateKey(credentialsId: 'id', keyFileVariable: 'K')])",
                "ssh",
            ),
            (
                "withCredentials([gitUsernamePassword(credentialsId: 'id', gitToolName: 'Default')])",
                "https",
            ),
        ] {
            let found = Jenkinsfile::read(&format!(
                "{around} {{ sh 'git tag v$VERSION && git push --tags' }}"
            ));
            assert_eq!(
                found.source_tag.unwrap().credentials,
                Some((key, "id".to_owned())),
                "{around}"
            );
            assert_eq!(found.left, [], "{around}");
        }
        // What is pushed here is no tag.
        let found = Jenkinsfile::read("sshagent(['id']) { sh 'git push origin main' }");
        assert!(found.source_tag.is_none());
        assert_eq!(found.left.len(), 2);
    }

    #[test]
    fn a_repository_is_known_without_its_tag() {
        let found = Jenkinsfile::read(
            "sh \"buildctl build --output type=image,name=r.example.org/a/b:x-${y},push=true\"",
        );
        let tag = ("r.example.org/a/b".to_owned(), "x-${y}".to_owned());
        assert_eq!(
            (found.builds[0].computed_tags.as_slice(), found.left.len()),
            (&[tag][..], 0)
        );
        assert_eq!(
            left("sh \"buildctl build --output type=image,name=${r}:5000/b:1,push=true\""),
            ["1: the image name ${r}:5000/b:1"]
        );
    }

    #[test]
    fn tags_have_the_names_that_they_are_given() {
        let names = |text: &str| {
            let found = Jenkinsfile::read(text);
            assert!(found.left.is_empty(), "{:?}", found.left);
            found.source_tag.unwrap().names
        };
        assert_eq!(
            names("sh \"git tag -f rel-${x} && git push -f origin rel-${x}\""),
            ["rel-${x}"]
        );
        assert_eq!(
            names("sh 'git tag v$VERSION; git tag v$VERSION.$BUILD_NUMBER; git push --tags'"),
            ["v{version}", "v{version}.{build_number}"]
        );
    }

    #[test]
    fn what_matters_is_told_first() {
        let found = Jenkinsfile::read(
            "node('x') { def id = UUID.randomUUID()\nsh 'mkdir a'\ntimestamps { input 'Deploy?'\nsh 'helm upgrade x'\nretry(3) { sh 'chmod 1 a' } } }",
        );
        let told: Vec<&str> = found.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(
            told,
            [
                "input 'Deploy?'",
                "helm upgrade x",
                "retry(3)",
                "node('x')",
                "UUID.randomUUID()",
                "mkdir a",
                "timestamps",
                "chmod 1 a"
            ]
        );
    }

    #[test]
    fn a_command_in_a_word_is_not_torn() {
        let found = Jenkinsfile::read(
            "sh 'buildctl build --opt build-arg:A=$(date +%s) --opt build-arg:B=`date -u +%s`'",
        );
        let a = [("A", "$(date +%s)"), ("B", "`date -u +%s`")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.builds[0].computed_args, a);
    }

    #[test]
    fn approvals_are_told_of_twice() {
        let found = Jenkinsfile::read("stage('a') {\n input { message 'x' }\n}\ninput 'y'");
        assert_eq!(found.approvals, [2, 4]);
        assert_eq!(found.left.len(), 3);
    }

    /// The build arguments, and what was left, of a script that gives `x` to one.
    fn given(script: &str) -> (Vec<(String, String)>, Vec<String>) {
        let text = format!("{script}\nnode {{ sh \"buildctl build --opt build-arg:X=${{x}}\" }}");
        let found = Jenkinsfile::read(&text);
        let args = found.builds.into_iter().flat_map(|build| build.args);
        (
            args.collect(),
            found.left.into_iter().map(|left| left.what).collect(),
        )
    }

    #[test]
    fn an_expression_is_read_to_its_end_or_computed() {
        for (text, value) in [
            ("'a'", "a"),
            ("'a' + 'b'", "ab"),
            ("'a' +\n 'b'", "ab"),
            ("'a' \\\n + 'b'", "ab"),
            ("'a'; y = 'b'", "a"),
            ("' a '.trim()", "a"),
            ("\"${env.BUILD_NUMBER}\".toString()", "{build_number}"),
            ("'v' + env.BUILD_NUMBER", "v{build_number}"),
            ("\"v${'a' + env.BUILD_NUMBER}\"", "va{build_number}"),
            ("env.BRANCH_NAME", "{branch}"),
        ] {
            let (args, left) = given(&format!("def x = {text}"));
            assert_eq!(args, [("X".to_owned(), value.to_owned())], "{text}");
            assert_eq!(left, [""; 0], "{text}");
        }
        for text in [
            "env.BRANCH_NAME == 'master' ? 'production' : 'staging'",
            "'one' == env.X ? 'j1' : 'j2'",
            "isMaster ? 'prod' : 'dev'",
            "isMaster\n ? 'prod'\n : 'dev'",
            "env.FOO ?: 'fallback'",
            "env.BUILD_NUMBER - 1",
            "env.BUILD_NUMBER < 5",
            "env.BUILD_NUMBER as Integer",
            "'lit' * 3",
            "'text' in ['a']",
            "'text'[0]",
            "'a' + (b ? 'c' : 'd')",
            "\"${env.BRANCH_NAME}\".toLowerCase()",
            "'a'\n .toUpperCase()",
            "\"${env.BRANCH_NAME == 'master' ? 'a' : 'b'}\"",
            "\"${isRelease ? props.version : other.version}\"",
        ] {
            let (args, left) = given(&format!("def x = {text}"));
            assert_eq!(args, [], "{text}");
            let shown: String = text.replace(['\n', '"'], "");
            let shown = shown
                .strip_prefix("${")
                .and_then(|text| text.strip_suffix('}'))
                .unwrap_or(&shown);
            let expected = format!("the build argument X = ${{{shown}}}");
            let last = left.last().map(|left| left.replace('"', ""));
            assert_eq!(last.as_deref(), Some(expected.as_str()), "{text}");
        }
    }

    #[test]
    fn a_name_that_may_have_several_values_is_computed() {
        for script in [
            "def x = 'first'; x += '-second'",
            "def x = 'v1'; if (isMaster) { x = 'v2' }",
            "def x\nif (isMaster) { x = 'v2' }",
            "def x\nif (env.BRANCH_NAME == 'main') x = 'v2'",
            "def x = 'a'\nfor (x in ['b', 'c']) { deploy(x) }",
            "def x = 'a'\ndef run(String x, y = 'z') { }",
            "def x = 'a'\ndef run(x) { }",
            "def x = 'a'\n[1].each { x -> deploy(x) }",
            "def x = 'a'\nwithEnv([\n\"x=${y}\"]) { }",
            "def x = 'a'\ntry { y() } catch (e) { x = 'b' }",
            "def x\ntry { y() } catch (e) { x = 'b' }",
            "def x\nswitch (y) { case 'a': x = 'b' }",
            "def x = 'a'\ndef (x, y) = ['b', 'c']",
            "def x = 'a'\nx++",
            "def x = 'a'\n--x",
            "def x = 'a'\ny(x = 'b')",
            "x = 'a'\nenv.x = 'b'",
            "x = 'a'\nenv['x'] = 'b'",
        ] {
            let (args, left) = given(script);
            assert_eq!(args, [], "{script}");
            let expected = "the build argument X = ${x}".to_owned();
            assert!(left.contains(&expected), "{script}: {left:?}");
        }
        for script in [
            "def x\nx = 'a'",
            "def x = ''\nnode { x = 'a' }",
            "if (isMaster) { def x = 'a' }",
            "def x = 'a'\nif (y(x, 1)) { z x }\necho x, y\ndeploy y: x",
            "environment { x = 'a' }",
        ] {
            assert_eq!(
                given(script).0,
                [("X".to_owned(), "a".to_owned())],
                "{script}"
            );
        }
    }

    #[test]
    fn what_a_shell_sets_is_none_of_groovys() {
        let args = |script: &str| {
            let found = Jenkinsfile::read(&format!(
                "def TAG = 'a'\nsh '''{script}\nbuildctl build --opt build-arg:T=$TAG'''"
            ));
            found
                .builds
                .into_iter()
                .flat_map(|build| build.args)
                .count()
        };
        assert_eq!((args("ls"), args("TAG=b"), args("export TAG=b")), (1, 0, 0));
        // An argument of a program is none of the shell's.
        assert_eq!((args("make TAG=b"), args("TAG=b make")), (1, 1));
        let found = Jenkinsfile::read(
            "sh 'docker build --build-arg BUILD_NUMBER=$BUILD_NUMBER -t a/b:$BUILD_NUMBER --push .'",
        );
        let given = ("BUILD_NUMBER".to_owned(), "{build_number}".to_owned());
        assert_eq!(found.builds[0].args, [given]);
        assert_eq!(found.builds[0].names, ["a/b:{build_number}"]);
    }

    /// Any structure around statements that are not understood, each with a name of its own.
    fn structures() -> impl Strategy<Value = String> {
        let statement = prop_oneof![
            Just("unknown 'ID'"),
            Just("unknown('ID')"),
            Just("unknown id: 'ID'"),
            Just("input 'ID'"),
            Just("def x = unknown('ID')"),
            Just("x = y ?: unknown('ID').trim()"),
            Just("return unknown('ID')"),
            Just("assert unknown('ID')"),
            Just("echo \"a ${unknown('ID')} b\""),
            Just("sh 'unknown ID'"),
            Just("sh \"echo a\\nunknown ID && ls\""),
            Just("sh script: '''\n  buildctl build \\\n --ID\n'''"),
            Just("step([$class: 'X', a: 'ID'])"),
            Just("unknown 'ID', [a: 1]"),
            Just("unknown('ID').other { echo 'x' }"),
            Just("if (unknown('ID')) echo 'x'"),
            Just("x ? unknown('ID') : null"),
            Just("publishHTML([reportFiles: 'x', ID: 'y'])"),
            Just("grid.ID()"),
        ]
        .prop_map(str::to_owned);
        statement.prop_recursive(5, 24, 4, |inner| {
            let shape = prop_oneof![
                Just("node { @ }"),
                Just("stage('a') {\n@\n}"),
                Just("if (a) { @ } else { @ }"),
                Just("if (a) { @ } else if (env.BRANCH_NAME == 'main') {\n@\n}"),
                Just("if (env.BRANCH_NAME != 'main') {\n@\n}"),
                Just("try { @ } catch (e) {\n@\n} finally { @ }"),
                Just("timeout(time: 5) { @ }"),
                Just("for (a in b) { @ }"),
                Just("parallel(a: { @ }, b: { @ })"),
                Just("parallel a: {\n@\n}, b: { @ }"),
                Just("a.each { b ->\n @ }"),
                Just("def run(a) { @ }\nrun('x')"),
                Just("def c = { @ }"),
                Just("@ // it's\n/* { */ @"),
                Just("@; @"),
                Just(
                    "stage('a') { when { branch 'main' }\n steps { @ }\n post { failure { @ } } }"
                ),
                Just("pipeline { stages { stage('b') { steps {\n @ } } } }"),
            ];
            (shape, prop::collection::vec(inner, 3)).prop_map(|(shape, inner)| {
                let mut inner = inner.into_iter();
                let parts: Vec<&str> = shape.split('@').collect();
                let mut text = String::new();
                for (index, part) in parts.iter().enumerate() {
                    text.push_str(part);
                    if index + 1 < parts.len() {
                        text.push_str(&inner.next().unwrap_or_default());
                    }
                }
                text
            })
        })
    }

    /// A value, and what makes another one of it.
    fn appended() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            Just("'lit'"),
            Just("\"lit${env.BUILD_NUMBER}\""),
            Just("'''lit'''"),
            Just("env.BUILD_NUMBER"),
            Just("'a' + 'b'"),
        ];
        let operator = prop::sample::select(vec![
            "-",
            "*",
            "/",
            "%",
            "**",
            "<",
            ">",
            "<=",
            ">=",
            "==",
            "!=",
            "<=>",
            "=~",
            "==~",
            "&&",
            "||",
            "?:",
            "<<",
            ">>",
            "&",
            "|",
            "^",
            "..",
            " in ",
            " as ",
            " instanceof ",
        ]);
        let operation =
            (operator, "[a-z]{1,4}").prop_map(|(operator, name)| format!("{operator}{name}"));
        let method = "[.]([a-su-z][a-zA-Z]{0,6})[(]('x')?[)]";
        let other = prop_oneof![
            Just(" ? 'x' : 'y'".to_owned()),
            Just("[0]".to_owned()),
            Just("?.size()".to_owned()),
            Just(".length".to_owned())
        ];
        (
            value,
            prop_oneof![operation, method.prop_map(|method: String| method), other],
        )
            .prop_map(|(value, more)| format!("{value}{more}"))
    }

    proptest! {
        #[test]
        fn a_value_with_more_behind_it_is_computed(text in appended()) {
            let (args, left) = given(&format!("def x = {text}"));
            // A name with a name behind it is another name.
            prop_assert!(args.is_empty(), "{text}: {args:?}");
            prop_assert!(left.iter().any(|left| left.starts_with("the build argument X = ")), "{left:?}");
        }

        #[test]
        fn nothing_is_lost_in_any_structure(text in structures()) {
            let mut numbered = String::new();
            let mut count = 0;
            for (index, part) in text.split("ID").enumerate() {
                if index > 0 {
                    count = index;
                    numbered.push_str(&format!("id{index}x"));
                }
                numbered.push_str(part);
            }
            let left = left(&numbered).join("\n");
            for index in 1..=count {
                let id = format!("id{index}x");
                prop_assert!(left.contains(&id), "{id} of\n{numbered}\nis not in\n{left}");
            }
        }
    }
}
