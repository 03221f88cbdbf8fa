//! `init` as a newcomer meets it: whole checkouts, each with the description that is written and with what is printed.
//!
//! A case has `checkout/`, perhaps `dot-git/` (its `.git`) and `workspace/` (what is there already), and what must come of them: the description
//! `service.toml`, what is printed in `expected.txt`, and what `verify` says of both in `verified.txt`. `SNAPSHOTS=overwrite cargo test --test init`
//! writes these three.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use similar::{DiffTag, TextDiff};
use snapbox::{Data, IntoData as _, assert_data_eq, str};
use support::{Workspace, cases, files, overwrite, repository};

#[test]
fn every_checkout_is_described_as_recorded() {
    let cases = cases("tests/init");
    assert!(cases.len() >= 14, "only {} cases were found", cases.len());
    for case in cases {
        let workspace = checkout(&case);
        let described = described(&workspace, &case);
        compare(described.1, &case.join("expected.txt"));
        compare(described.0, &case.join("service.toml"));
        // What is found in these checkouts is theirs: the description fits.
        let project = workspace.path().join("projects");
        let project = files(&project)
            .into_keys()
            .find(|file| file != "other.toml")
            .unwrap();
        let project = project.trim_end_matches(".toml");
        let (jenkinsfile, _) = workspace
            .run(["jenkinsfile", project])
            .any_output()
            .success();
        workspace.write("service/Jenkinsfile", &jenkinsfile);
        let verify = workspace.run(["verify", project, "service"]).any_output();
        let (findings, errors) = verify.success_or_differences();
        // An error is the checkout's own: none is in what was written.
        let told = format!("\n{findings}");
        // Without a Dockerfile there is nothing to describe.
        let mistakes = told.split("\nerror[").skip(1);
        let places = mistakes.filter(|error| !error.starts_with("missing-dockerfile]"));
        let mut places = places.filter_map(|error| error.lines().nth(1));
        let written = places.find(|place| place.contains("--> projects/"));
        assert_eq!(written, None, "{}", case.display());
        compare(findings + &errors, &case.join("verified.txt"));
    }
}

/// An editor on Windows is no other service.
#[test]
fn the_ends_of_lines_do_not_matter() {
    for case in ["tests/init/article", "tests/init/maven"].map(|case| repository().join(case)) {
        let workspace = checkout(&case);
        for (path, text) in files(&case.join("checkout")) {
            workspace.write(&format!("service/{path}"), &text.replace('\n', "\r\n"));
        }
        let expected = fs_err::read_to_string(case.join("service.toml")).unwrap();
        assert_eq!(described(&workspace, &case).0, expected);
    }
}

/// This repository describes the article's service by hand, for a checkout whose Dockerfile was mended.
#[test]
fn the_articles_pipeline_is_described_as_by_hand() {
    fn flatten(table: &toml::Table, path: &str, keys: &mut BTreeSet<String>) {
        for (key, value) in table {
            let path = format!("{path}{key}").replace("checks.java", "checks.test");
            match value {
                toml::Value::Table(table) => flatten(table, &format!("{path}."), keys),
                value => {
                    keys.insert(format!("{path} = {value}\n"));
                }
            }
        }
    }
    let [by_hand, found] =
        ["projects/service.toml", "tests/init/article/service.toml"].map(|path| {
            let text = fs_err::read_to_string(repository().join(path)).unwrap();
            let mut keys = BTreeSet::new();
            flatten(&toml::from_str(&text).unwrap(), "", &mut keys);
            keys
        });
    let only = |keys: &BTreeSet<String>, others: &BTreeSet<String>| {
        keys.difference(others).cloned().collect::<String>()
    };
    assert_data_eq!(
        only(&by_hand, &found),
        str![[r#"
cache.path = "/var/cache/buildkit"
cache.type = "local"
checks.test.exit_code_file = "exit-code"
checks.test.target = "reports"
images.service.secrets.gradle.file = "/etc/.gradle/gradle-new.properties"
pod.containers.buildkit.mounts = [{ secret = "gradle-properties", path = "/etc/.gradle" }, { claim = "buildkit-cache", path = "/var/cache/buildkit" }]
pod.containers.buildkit.resources.limits.memory = "4Gi"
pod.containers.buildkit.resources.requests.cpu = "500m"
pod.containers.buildkit.resources.requests.memory = "2Gi"
pod.containers.grype.resources.limits.memory = "2Gi"
pod.containers.grype.resources.requests.cpu = "250m"
pod.containers.grype.resources.requests.memory = "512Mi"
pod.containers.sonar.resources.limits.memory = "2Gi"
pod.containers.sonar.resources.requests.cpu = "250m"
pod.containers.sonar.resources.requests.memory = "512Mi"
promotion.name = "service"
promotion.type = "DockerImage"
registry.docker_config_secret = "docker-config"
source_tag.credentials.https = "git-push"

"#]]
    );
    assert_data_eq!(
        only(&found, &by_hand),
        str![[r#"
checks.test.target = "build"
images.service.secrets.gradle-properties.file = "/etc/.gradle/gradle-new.properties"
options.keep_builds = 20
pod.containers.buildkit.mounts = [{ secret = "gradle-properties", path = "/etc/.gradle" }]
scan.fail_on = "high"

"#]]
    );
    assert!(by_hand.intersection(&found).count() > 20);
}

/// How far the article's service is from a pipeline that `verify` has nothing against. What is left is true of its Dockerfile; this number may only fall.
#[test]
fn the_articles_service_fits_after_few_edits() {
    let case = repository().join("tests/init/article");
    let workspace = checkout(&case);
    described(&workspace, &case);
    let (jenkinsfile, _) = workspace
        .run(["jenkinsfile", "service"])
        .any_output()
        .success();
    workspace.write("service/Jenkinsfile", &jenkinsfile);
    let verify = || {
        let run = workspace.run(["verify", "service", "service"]).any_output();
        let (stdout, stderr) = run.success_or_differences();
        let of = |kind: &str| (stdout.clone() + &stderr).matches(kind).count();
        (of("error["), of("warning["))
    };
    let files = ["service/Dockerfile", "projects/service.toml"];
    let before = files.map(|file| workspace.read(file));
    // A line that is changed, added or deleted is one.
    let edited = || -> usize {
        let after = files.map(|file| workspace.read(file));
        let counts = before.iter().zip(&after).flat_map(|(before, after)| {
            let diff = TextDiff::from_lines(before, after);
            let ops = diff.ops().iter();
            ops.filter(|op| op.tag() != DiffTag::Equal)
                .map(|op| op.old_range().len().max(op.new_range().len()))
                .collect::<Vec<_>>()
        });
        counts.sum()
    };
    const DOCKERFILE: &str = "service/Dockerfile";
    const MOUNT: &str = "--mount=type=secret,id=gradle-properties,target=/root/.gradle/gradle.properties,required=true";
    assert_eq!(verify(), (1, 7));

    // Its credentials stay in a layer.
    workspace.replace(
        DOCKERFILE,
        "COPY .gradle.properties /root/.gradle/gradle.properties\n",
        "",
    );
    workspace.replace(
        DOCKERFILE,
        "RUN ./gradlew clean\n",
        &format!("RUN {MOUNT} ./gradlew clean\n"),
    );
    // Its tests lose their reports if they fail, and the build number reaches them unseen.
    let tests = format!(
        "RUN {MOUNT} code=0; BUILD_NUMBER=${{build_number}} ./gradlew build || code=$?; echo $code > build/exit-code\n"
    );
    workspace.replace(DOCKERFILE, "RUN ./gradlew build\n", &tests);
    assert_eq!((verify(), edited()), ((0, 5), 3));
    workspace.replace(
        "projects/service.toml",
        "# exit_code_file = \"exit-code\"\n",
        "exit_code_file = \"exit-code\"\n",
    );
    // The build number makes commands run again that do not need it, and the version is declared where nothing names it.
    workspace.replace(
        DOCKERFILE,
        "ARG version=\"1.0.0\"\nARG build_number\nENV BUILD_NUMBER=${build_number}\nRUN mkdir /app\n",
        "RUN mkdir /app\n",
    );
    workspace.replace(
        DOCKERFILE,
        "ARG version=\"1.0.0\"\nARG build_number\nENV BUILD_NUMBER=${build_number}\nCOPY src",
        "ARG build_number\nCOPY src",
    );
    workspace.replace(DOCKERFILE, "ARG build_number\nRUN groupadd", "RUN groupadd");
    workspace.replace(
        DOCKERFILE,
        "ENV BUILD_NUMBER=${build_number}\nCOPY --from",
        "ARG build_number\nENV BUILD_NUMBER=${build_number}\nCOPY --from",
    );
    // The same is done above.
    workspace.replace(
        DOCKERFILE,
        "RUN mkdir -p /app/config \\\n && chown -R devops /app\n",
        "",
    );
    assert_eq!((verify(), edited()), ((0, 0), 13));
}

fn checkout(case: &Path) -> Workspace {
    let workspace = Workspace::empty();
    std::fs::create_dir_all(workspace.path().join("service")).unwrap();
    for (from, to) in [
        ("checkout", "service/"),
        ("dot-git", "service/.git/"),
        ("workspace", ""),
    ] {
        if case.join(from).is_dir() {
            for (path, text) in files(&case.join(from)) {
                workspace.write(&format!("{to}{path}"), &text);
            }
        }
    }
    workspace
}

/// The description of a case and what was printed; the workspace must then render and be as rendered.
fn described(workspace: &Workspace, case: &Path) -> (String, String) {
    let mut arguments = vec!["init", "--from", "service"];
    if !case.join("workspace").exists() {
        arguments.extend(["--name", "acme"]);
    }
    let (stdout, _) = workspace.run(arguments).any_output().success();
    workspace.run(["render"]).any_output().success();
    workspace.run(["check"]).any_output().success();
    let created = stdout
        .lines()
        .find_map(|line| line.split("created     projects/").nth(1));
    (
        workspace.read(&format!("projects/{}", created.unwrap())),
        stdout,
    )
}

fn compare(text: String, path: &Path) {
    if overwrite() {
        fs_err::write(path, text).unwrap();
    } else {
        assert_data_eq!(text.into_data().raw(), Data::read_from(path, None).raw());
    }
}

#[test]
fn an_empty_folder_becomes_a_workspace() {
    let workspace = Workspace::empty()
        .file("README.md", "mine\n")
        .file(".git/HEAD", "ref: refs/heads/trunk\n");
    workspace
        .run(["init", "--name", "acme"])
        .stdout(str![[r#"
created     jenkinsgen.toml
created     projects/example.toml

Next
  1. Read projects/example.toml, and mend it where it is wrong
  2. jenkinsgen render, and commit all of it
  3. In Jenkins add this repository as the global library `acme`
  4. jenkinsgen jenkinsfile example prints what stands in the service's repository

"#]])
        .success();
    let library = workspace.read("jenkinsgen.toml");
    assert!(library.starts_with("#:schema .jenkinsgen/library.schema.json\n"));
    assert!(library.contains("version = \"trunk\"\n"), "{library}");
    assert_eq!(workspace.read("README.md"), "mine\n");
    workspace.run(["render"]).any_output().success();
    workspace.run(["check"]).any_output().success();
    let (jenkinsfile, _) = workspace
        .run(["jenkinsfile", "example"])
        .any_output()
        .success();
    assert_eq!(jenkinsfile, "@Library('acme@trunk') _\nexamplePipeline()\n");
}

/// Whoever uncomments what is proposed has a service that is pushed, not a mistake.
#[test]
fn what_is_proposed_renders() {
    let mut cases = cases("tests/init");
    // What a library locks, or the workspace refuses, is shown.
    cases.retain(|case| !case.ends_with("library") && !case.ends_with("refused"));
    for case in cases {
        let workspace = checkout(&case);
        described(&workspace, &case);
        let (path, text) = files(&workspace.path().join("projects"))
            .pop_first()
            .unwrap();
        let is_toml = |line: &str| {
            let proposed = line.strip_prefix("# ").unwrap_or_default();
            let table =
                proposed.starts_with('[') && proposed.ends_with(']') && !proposed.contains(' ');
            table
                || proposed
                    .split_once(" = ")
                    .is_some_and(|(key, _)| !key.contains(' '))
        };
        let mut proposed = String::new();
        let mut seen = 0;
        for line in text.lines() {
            // One way to log in excludes another.
            if is_toml(line) && !line.starts_with("# ecr") {
                seen += 1;
                proposed.push_str(line.trim_start_matches("# "));
            } else {
                proposed.push_str(line);
            }
            proposed.push('\n');
        }
        if workspace
            .read("jenkinsgen.toml")
            .contains("# sonar_scanner")
        {
            workspace.replace("jenkinsgen.toml", "# sonar_scanner", "sonar_scanner");
        }
        workspace.write(&format!("projects/{path}"), &proposed);
        let (_, mistakes) = workspace.run(["render"]).any_output().success();
        assert!(mistakes.is_empty() && seen > 0, "{}", case.display());
    }
}

/// A build that only tests takes no name away from the one that is released.
#[test]
fn an_image_that_is_pushed_chooses_its_name_first() {
    let workspace = Workspace::empty()
        .file("shop/api/Dockerfile", "FROM alpine:3.23 AS test\nFROM test\n")
        .file(
            "shop/Jenkinsfile",
            "sh 'docker build -f api/Dockerfile --target test -t t . && docker run t'\nsh 'docker build -f api/Dockerfile -t a/api:1 . && docker push a/api:1'",
        );
    let arguments = ["init", "--name", "acme", "--from", "shop"];
    workspace.run(arguments).any_output().success();
    let text = workspace.read("projects/shop.toml");
    let (test, api) = text.split_once("[images.api]").unwrap();
    assert!(test.contains("[images.test]") && test.contains("pushes this image was not seen"));
    assert!(!api.contains("pushes this image was not seen"), "{text}");
}

/// A package of a workspace is installed with the lock file above it.
#[test]
fn a_package_of_a_workspace_is_built_from_the_top() {
    let context = |files: &[(&str, &str)]| {
        let workspace = Workspace::empty()
            .file(
                "shop/apps/api/Dockerfile",
                "FROM node:22\nWORKDIR /repo\nCOPY . .\nRUN pnpm install --frozen-lockfile\n",
            )
            .file("shop/apps/api/package.json", "{}")
            .file("shop/apps/api/index.js", "");
        for (path, text) in files {
            workspace.write(&format!("shop/{path}"), text);
        }
        workspace
            .run(["init", "--name", "acme", "--from", "shop"])
            .any_output()
            .success();
        let text = workspace.read("projects/shop.toml");
        text.lines()
            .find(|line| line.starts_with("context = "))
            .map(str::to_owned)
    };
    let own = Some("context = \"apps/api\"".to_owned());
    assert_eq!(
        context(&[("pnpm-workspace.yaml", "packages: [\"apps/*\"]\n")]),
        None
    );
    assert_eq!(
        context(&[("package.json", "{\"workspaces\": [\"apps/*\"]}")]),
        None
    );
    assert_eq!(context(&[("package.json", "{}")]), own);
    let locked = [("pnpm-workspace.yaml", ""), ("apps/api/pnpm-lock.yaml", "")];
    assert_eq!(context(&locked), own);
}

/// Patterns for reports are a guess where the Dockerfile puts them elsewhere than the tool does.
#[test]
fn patterns_of_reports_that_lie_elsewhere_are_no_facts() {
    let guess = "Where in `/results` the Dockerfile puts the reports can't be seen";
    let described = |folder: &str| {
        let dockerfile = format!(
            "FROM gradle:9 AS build\nWORKDIR /app\nCOPY . .\nRUN gradle build\nFROM scratch AS reports\nCOPY --from=build {folder} {folder}\nFROM scratch\nCOPY --from=build /app /app\n"
        );
        let workspace = Workspace::empty()
            .file("shop/Dockerfile", &dockerfile)
            .file("shop/build.gradle", "");
        workspace
            .run(["init", "--name", "acme", "--from", "shop"])
            .any_output()
            .success();
        workspace.read("projects/shop.toml")
    };
    assert!(described("/results").contains(guess));
    assert!(!described("/app/build").contains("can't be seen; these patterns"));
}

/// A registry that a Jenkinsfile names is one that can be seen, also if its push was not understood.
#[test]
fn a_registry_that_is_named_anywhere_is_proposed() {
    for jenkinsfile in [
        "def push(String img) { sh \"docker push ${img}\" }\nnode { sh 'docker build -t a .'\n push(\"r.example.org/x/shop:${ver}\") }",
        "pipeline { environment { IMG = 'r.example.org/x/shop' }\n stages { stage('b') { environment { IMG = 'r.example.org/x/b' }\n steps { sh 'docker build -t $IMG:1 .' } }\n \
            stage('p') { steps { sh 'docker push $IMG:1' } } } }",
    ] {
        let workspace = Workspace::empty()
            .file("shop/Dockerfile", "FROM alpine:3.23\n")
            .file("shop/Jenkinsfile", jenkinsfile);
        let arguments = ["init", "--name", "acme", "--from", "shop"];
        workspace.run(arguments).any_output().success();
        let description = workspace.read("projects/shop.toml");
        assert!(
            description.contains("repository = \"r.example.org/x/shop\""),
            "{description}"
        );
        assert!(!description.contains("can't be seen in a checkout"));
    }
}

/// What the step `jacoco` reads of the results moves with them.
#[test]
fn the_patterns_of_jacoco_move_like_the_others() {
    let jenkinsfile = "sh 'buildctl build --opt target=t --output type=local,dest=/t; cp -R /t/app/build .'\njunit 'api/build/test/*.xml'\n\
        jacoco execPattern: 'api/build/jacoco/*.exec, **/x.exec', sourcePattern: 'api/build/src'";
    let workspace = Workspace::empty()
        .file("shop/Dockerfile", "FROM alpine:3.23\n")
        .file("shop/Jenkinsfile", jenkinsfile);
    let arguments = ["init", "--name", "acme", "--from", "shop"];
    workspace.run(arguments).any_output().success();
    let description = workspace.read("projects/shop.toml");
    for line in [
        "junit = [\"build/test/*.xml\"]\n",
        "exec = \"build/jacoco/*.exec,**/x.exec\"\n",
        "sources = \"api/build/src\"\n",
    ] {
        assert!(description.contains(line), "{description}");
    }
}

/// The folder of results is the one that the tests are told to report in, wherever it is.
#[test]
fn what_is_proposed_takes_out_the_report_that_the_tests_write() {
    for (options, run, directory, junit) in [
        (
            "--junitxml=/reports/junit.xml",
            "--junitxml=/reports/junit.xml || code=$?; mkdir -p /reports && echo \"$code\" > /reports/exit-code`",
            "/reports",
            "reports/junit.xml",
        ),
        (
            "--junit-xml out/test/py.xml",
            "> out/test/exit-code`",
            "/app/out/test",
            "out/test/py.xml",
        ),
        (
            "--junitxml=junit.xml",
            "--junitxml=reports/junit.xml || code=$?;",
            "/app/reports",
            "reports/junit.xml",
        ),
        (
            "--junitxml=/junit.xml",
            "--junitxml=reports/junit.xml || code=$?;",
            "/app/reports",
            "reports/junit.xml",
        ),
        (
            "--junitxml=$OUT/junit.xml",
            "--junitxml=$OUT/junit.xml || code=$?;",
            "/app/reports",
            "reports/junit.xml",
        ),
        (
            "> junit.xml",
            "> reports/exit-code`",
            "/app/reports",
            "reports/junit.xml",
        ),
    ] {
        let dockerfile = format!(
            "FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN mkdir x; pytest {options}; echo $?\n"
        );
        let workspace = Workspace::empty()
            .file("shop/Dockerfile", &dockerfile)
            .file("shop/Jenkinsfile", "sh 'docker build .'\njunit 'junit.xml'")
            .file("shop/pyproject.toml", "");
        let arguments = ["init", "--name", "acme", "--from", "shop"];
        workspace.run(arguments).any_output().success();
        let description = workspace.read("projects/shop.toml").replace("\n# ", " ");
        for part in [
            run,
            &format!("directory = \"{directory}\""),
            &format!("junit = [\"{junit}\"]"),
        ] {
            assert!(
                description.contains(part),
                "{options}: {part}\n{description}"
            );
        }
    }
}

/// The step `jacoco` needs more than the reports that are gathered from modules.
#[test]
fn what_is_gathered_from_modules_is_not_for_the_step_jacoco() {
    let workspace = Workspace::empty()
        .file("shop/Dockerfile", "FROM gradle:9\nRUN gradle check\n")
        .file(
            "shop/Jenkinsfile",
            "sh 'docker build .'\njacoco execPattern: '**/build/jacoco/*.exec'",
        )
        .file("shop/build.gradle", "plugins { id 'jacoco' }\n")
        .file("shop/settings.gradle", "include 'a', 'b'\n");
    let arguments = ["init", "--name", "acme", "--from", "shop"];
    workspace.run(arguments).any_output().success();
    let description = workspace.read("projects/shop.toml");
    assert!(description.contains("step `jacoco` reads `*.exec` and classes"));
    assert!(description.contains("# [checks.test]\n"));
    assert!(!description.contains("# [checks.test.jacoco]"));
}

/// A wrapped sentence is no table to uncomment.
#[test]
fn no_comment_has_a_line_that_only_looks_like_a_table() {
    for case in cases("tests/init") {
        let text = fs_err::read_to_string(case.join("service.toml")).unwrap();
        for line in text.lines().filter(|line| line.starts_with("# [")) {
            assert!(line.ends_with(']'), "{}: {line}", case.display());
        }
    }
}

/// What `init` tells people to write into a Dockerfile leaves the exit code of failing tests, also where the tool left no folder.
#[test]
fn the_proposed_run_leaves_its_exit_status_in_a_real_shell() {
    let mut seen = BTreeSet::new();
    for case in cases("tests/init") {
        let text = fs_err::read_to_string(case.join("service.toml")).unwrap();
        let prose = text.replace("\n# ", " ");
        let Some(script) = prose
            .split("`RUN ")
            .nth(1)
            .and_then(|rest| rest.split('`').next())
        else {
            continue;
        };
        let own = script
            .split(' ')
            .filter(|word| !word.starts_with("--mount="));
        let script = own.collect::<Vec<_>>().join(" ");
        if !script.starts_with("code=0; ") {
            continue;
        }
        let workspace = Workspace::empty();
        let command = script
            .strip_prefix("code=0; ")
            .unwrap()
            .split(" || ")
            .next()
            .unwrap();
        let program = command.split(' ').next().unwrap();
        workspace.write("failing", "exit 3\n");
        // The tool is not there, or fails: both are a status that is not zero.
        let script = script.replacen(program, "sh ./failing", 1);
        let status = std::process::Command::new("dash")
            .args(["-ec", &script])
            .current_dir(workspace.path())
            .status()
            .unwrap();
        let files = files(workspace.path());
        let code = files.iter().find(|(path, _)| path.ends_with("/exit-code"));
        assert!(
            status.success() && code.unwrap().1 == "3\n",
            "{}: {script}",
            case.display()
        );
        seen.insert(program.to_owned());
    }
    assert!(seen.len() > 5, "{seen:?}");
}

/// What lies below a mount is in no layer, so no file is proposed there.
#[test]
fn no_results_are_proposed_below_a_mount() {
    for (target, folder) in [
        ("/app/target", "reports"),
        ("target", "reports"),
        ("/root/.cargo", "target/nextest/ci"),
    ] {
        let workspace = Workspace::empty()
            .file("checkout/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.3\"\n")
            .file(
                "checkout/Dockerfile",
                &format!("FROM rust\nWORKDIR /app\nCOPY . .\nRUN --mount=type=cache,target={target} cargo build\n"),
            );
        workspace
            .run(["init", "--name", "acme", "--from", "checkout"])
            .any_output()
            .success();
        let text = workspace
            .read("projects/checkout.toml")
            .replace("\n# ", " ");
        assert!(
            text.contains(&format!("> {folder}/exit-code`"))
                || text.contains(&format!("> {folder}/exit-code; find ")),
            "{target}: {text}"
        );
        assert!(
            text.contains(&format!("directory = \"/app/{folder}\"")),
            "{target}: {text}"
        );
        assert!(
            text.contains(&format!("junit = [\"{folder}/junit.xml\"]")),
            "{target}: {text}"
        );
    }
}

/// The versions that a new workspace pins are those that this repository's own library is tested with.
#[test]
fn a_new_workspace_has_the_tools_of_this_repository() {
    let workspace = Workspace::empty();
    workspace.run(["init"]).any_output().success();
    let library = workspace.read("jenkinsgen.toml");
    let own = fs_err::read_to_string(repository().join("jenkinsgen.toml")).unwrap();
    let tools: Vec<&str> = own
        .lines()
        .skip_while(|line| *line != "[tools]")
        .skip(1)
        .take(3)
        .collect();
    for tool in tools {
        assert!(library.contains(tool), "{tool}\n{library}");
    }
}

#[test]
fn init_in_a_workspace_is_an_error() {
    let workspace = Workspace::small().file("projects/sub/keep", "");
    let before = files(workspace.path());
    workspace
        .run(["init"])
        .stderr(str![[r#"
error: [ROOT] is a workspace already; `jenkinsgen init --from CHECKOUT` adds the description of a service to it

"#]])
        .error();
    assert_eq!(before, files(workspace.path()));
}

#[test]
fn init_never_overwrites_a_project() {
    let workspace = Workspace::small().file("app/Dockerfile", "FROM alpine:3.23\n");
    let before = files(workspace.path());
    workspace
        .run(["init", "--from", "app"])
        .stderr(str![[r#"
error: projects/app.toml is there already; name another project with --project

"#]])
        .error();
    assert_eq!(before, files(workspace.path()));
    workspace
        .run(["init", "--from", "app", "--project", "app2"])
        .any_output()
        .success();
    workspace.run(["render"]).any_output().success();
}

#[test]
fn init_writes_nothing_beside_mistakes() {
    let workspace = Workspace::small().file("shop/Dockerfile", "FROM alpine:3.23\n");
    workspace.replace("projects/app.toml", "literal", "literl");
    let before = files(workspace.path());
    let (_, stderr) = workspace
        .run(["init", "--from", "shop"])
        .any_output()
        .error();
    assert!(stderr.contains("unknown key `version.literl`"), "{stderr}");
    assert_eq!(before, files(workspace.path()));
}

#[test]
fn names_that_were_asked_for_must_be_valid() {
    let workspace = Workspace::empty();
    for (arguments, message) in [
        (
            ["init", "--name", "a b"],
            "error: `a b` can't be the name of the library: it must be a library name",
        ),
        (
            ["init", "--project", "../x"],
            "error: `../x` can't be the name of a project: the name, or that of its step, must be",
        ),
        (
            ["init", "--project", "1st"],
            "error: `1st` can't be the name of a project: the name, or that of its step, must be",
        ),
        (
            ["init", "--from", "nowhere"],
            "error: there is no folder nowhere; name the folder of the service's checkout",
        ),
    ] {
        let (_, stderr) = workspace.run(arguments).any_output().error();
        assert!(stderr.starts_with(message), "{stderr}");
    }
    assert!(files(workspace.path()).is_empty());
}

#[test]
fn init_for_a_program() {
    let workspace = Workspace::empty()
        .file("shop/Dockerfile", "FROM alpine:3.23\n")
        .file("shop/Jenkinsfile", "sh './x'\n");
    workspace
        .run([
            "init", "--from", "shop", "--name", "acme", "--format", "json",
        ])
        .stdout(str![[r#"
{
  "version": 1,
  "command": "init",
  "library": "acme",
  "project": "shop",
  "files": [
    {
      "path": "jenkinsgen.toml",
      "status": "created"
    },
    {
      "path": "projects/shop.toml",
      "status": "created"
    }
  ],
  "found": [
    {
      "what": "Dockerfile",
      "known": "1 stage, the first from `alpine:3.23`"
    },
    {
      "what": "Jenkinsfile",
      "known": "no image build that is understood"
    }
  ],
  "unsure": [
    {
      "file": "projects/shop.toml",
      "line": 8,
      "message": "No file with a version was found: write it here, or name a Java properties file with `file` and `key`."
    },
    {
      "file": "projects/shop.toml",
      "line": 16,
      "message": "Neither Git nor a Jenkinsfile tells the branch that releases."
    },
    {
      "file": "projects/shop.toml",
      "line": 19,
      "message": "Nothing is pushed yet: the registry can't be seen in a checkout. To push what was scanned from the release branch, uncomment and mend:"
    }
  ],
  "left": [
    {
      "file": "Jenkinsfile",
      "line": 1,
      "what": "./x",
      "reason": null
    }
  ]
}

"#]])
        .success();
}

/// Somebody else's checkout may hold anything.
#[cfg(unix)]
#[test]
fn a_hostile_checkout_is_described_as_far_as_it_can_be_read() {
    use std::os::unix::fs::symlink;
    let workspace = Workspace::empty()
        .file("secret/id_rsa", "version=6.6.6\n")
        .file("secret/Dockerfile", "FROM stolen\n")
        .file(
            "shop/package.json",
            &format!("{{\"version\": \"{}\"}}", "1".repeat(5000)),
        )
        .file("shop/pom.xml", &"<a>".repeat(100_000))
        .file("shop/a b\nc/Dockerfile", "FROM alpine:3.23\n")
        .file(
            "shop/-x/Dockerfile",
            "FROM alpine:3.23\nARG A\u{202e}=\"\"\"\nRUN --mount=type=secret,id=../../x true\n",
        )
        .file(
            "shop/Dockerfile",
            "FROM alpine:3.23 AS \u{1b}[31m\nARG a-b=1\nEXPOSE \"\"\"\n",
        )
        .file("shop/.git", "gitdir: /dev/../proc/self\n");
    let shop = workspace.path().join("shop");
    symlink("../secret/id_rsa", shop.join("gradle.properties")).unwrap();
    symlink("../secret/Dockerfile", shop.join("Dockerfile.link")).unwrap();
    symlink("..", shop.join("up")).unwrap();
    fs_err::write(shop.join("build.gradle"), b"version = '1.0.0\xff'\n").unwrap();
    fs_err::write(shop.join("Jenkinsfile"), vec![b'{'; 2 << 20]).unwrap();
    fs_err::write(shop.join("VERSION"), b"\x00\xff\n").unwrap();
    let (stdout, _) = workspace
        .run(["init", "--from", "shop", "--name", "acme"])
        .any_output()
        .success();
    let description = workspace.read("projects/shop.toml");
    for text in [&stdout, &description] {
        assert!(
            !text.contains("6.6.6") && !text.contains("stolen"),
            "{text}"
        );
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\0']), "{text:?}");
    }
    for unread in [
        "Dockerfile.link is a symbolic link that leaves the checkout",
        "gradle.properties is a symbolic link that leaves the checkout",
        "Jenkinsfile has more than 1024 KiB",
    ] {
        let words = |text: &str| {
            text.replace("\n#", "")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert!(words(&description).contains(unread), "{description}");
    }
    workspace.run(["render"]).any_output().success();
}

/// What is printed can be copied into a shell.
#[test]
fn the_next_commands_are_quoted() {
    let workspace = Workspace::empty().file("it's my shop/Dockerfile", "FROM alpine:3.23\n");
    let arguments = ["init", "--from", "it's my shop", "--name", "acme"];
    let (stdout, _) = workspace.run(arguments).any_output().success();
    for command in [
        r"jenkinsgen jenkinsfile it-s-my-shop > 'it'\''s my shop/Jenkinsfile'",
        r"jenkinsgen verify it-s-my-shop 'it'\''s my shop'",
    ] {
        assert!(stdout.contains(command), "{stdout}");
    }
}

/// The folder in which there is all that the Dockerfile copies is its context; where two are, that is told.
#[test]
fn the_build_context_is_chosen_by_what_is_copied() {
    for (path, dockerfile, others, expected) in [
        ("build/Dockerfile", "COPY . .", &["src/a"][..], ". sure"),
        (
            "build/Dockerfile",
            "COPY src ./src",
            &["src/a", "build/run.sh"],
            ". sure",
        ),
        (
            "build/Dockerfile",
            "COPY run.sh /",
            &["src/a", "build/run.sh"],
            "build sure",
        ),
        (
            "build/Dockerfile",
            "COPY . .",
            &["src/a", "build/run.sh"],
            ". doubt",
        ),
        (
            "api/Dockerfile",
            "COPY . .",
            &["web/a", "api/main.go"],
            "api doubt",
        ),
        (
            "api/Dockerfile",
            "COPY api/*.go ./",
            &["api/main.go"],
            ". sure",
        ),
        (
            "api/Dockerfile",
            "COPY a b ./",
            &["api/a", "api/main.go"],
            "api doubt",
        ),
        ("api/Dockerfile", "COPY a ./", &["api/main.go"], ". doubt"),
        (
            "api/Dockerfile",
            "ADD https://example.org/a ./",
            &["web/a"],
            ". sure",
        ),
    ] {
        let workspace = Workspace::empty().file(
            &format!("shop/{path}"),
            &format!(
                "FROM alpine:3.23 AS a\n{dockerfile}\nFROM alpine:3.23\nCOPY --from=a /x /x\n"
            ),
        );
        for other in others {
            workspace.write(&format!("shop/{other}"), "");
        }
        let arguments = ["init", "--from", "shop", "--name", "acme"];
        let (stdout, _) = workspace.run(arguments).any_output().success();
        workspace.run(["render"]).any_output().success();
        let description = workspace.read("projects/shop.toml");
        let context = description
            .split_once("context = \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map_or(".", |(context, _)| context);
        let words: Vec<&str> = stdout.split_whitespace().collect();
        let doubt = match words.join(" ").contains("build context") {
            true => "doubt",
            false => "sure",
        };
        assert_eq!(
            format!("{context} {doubt}"),
            expected,
            "{path} {dockerfile} {others:?}"
        );
    }
}

/// Nothing of a checkout reaches the terminal or the description but as text.
#[test]
fn escapes_in_a_checkout_stay_texts() {
    let hostile = "\u{1b}]0;x\u{7}\u{202e}\n[library]\u{9b}";
    let jenkinsfile = "@Library('''X''') _\nstage('''X''') { sh '''xX'''\n junit '''X'''\n publishHTML reportName: '''X'''\n withSonarQubeEnv('''X''') {}\n \
        publishArtifact stage: '''X''', flow: '''X''', description: '''X'''\n sh '''buildctl build --opt target=X --opt build-arg:X=X \
        --output type=local,dest=/t\n cp /t/X .''' }";
    let config = format!("[remote \"origin\"]\nurl = https://h/{hostile}\n");
    let workspace = Workspace::empty()
        .file("shop/Dockerfile", "FROM alpine:3.23\n")
        .file("shop/a\u{1b}[31mb/go.mod", "module x\n")
        .file("shop/.git/HEAD", &format!("ref: refs/heads/{hostile}\n"))
        .file("shop/.git/config", &config)
        .file("shop/Jenkinsfile", &jenkinsfile.replace('X', hostile));
    for format in ["plain", "json"] {
        let arguments = [
            "init",
            "--from",
            "shop",
            "--name",
            "acme",
            "--project",
            format,
            "--format",
            format,
        ];
        let (stdout, stderr) = workspace.run(arguments).any_output().success();
        let description = workspace.read(&format!("projects/{format}.toml"));
        for text in [stdout, stderr, description] {
            assert!(
                !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
                "{text:?}"
            );
            assert!(!text.contains("\n[library]"), "{text}");
        }
        workspace.remove("jenkinsgen.toml");
    }
}

/// Wherever a step or a command stands in the article's Jenkinsfile: nothing that is not understood there is lost.
#[test]
fn nothing_that_is_added_to_a_jenkinsfile_is_lost() {
    let case = repository().join("tests/init/article");
    let text = fs_err::read_to_string(case.join("checkout/Jenkinsfile")).unwrap();
    let (mut added, mut count) = (String::new(), 0);
    let (mut is_pipeline, mut is_shell, mut goes_on, mut open) = (false, false, false, 0);
    for line in text.lines() {
        let is_inside = if is_shell {
            goes_on || line.trim_start().starts_with("--")
        } else {
            open > 0 || line.trim_start().starts_with(['}', '#', '/'])
        };
        // The pod's YAML is no part of the pipeline.
        is_pipeline |= line.contains("node(");
        if is_pipeline && !is_inside {
            count += 1;
            added.push_str(&match is_shell {
                true => format!("approve id{count}x\n"),
                false => format!("approve 'id{count}x'\n"),
            });
        }
        added.push_str(line);
        added.push('\n');
        if line.matches("\"\"\"").count() == 1 {
            is_shell = !is_shell;
        } else if !is_shell {
            open += line.matches(['(', '[']).count();
            open -= line.matches([')', ']']).count().min(open);
        }
        goes_on = line.ends_with('\\');
    }
    assert!(count > 60, "{count}");
    let workspace = checkout(&case);
    workspace.write("service/Jenkinsfile", &added);
    let (_, stdout) = described(&workspace, &case);
    assert!(stdout.contains("more, which stand at the end of projects/service.toml"));
    let description = workspace.read("projects/service.toml");
    for id in 1..=count {
        assert!(
            description.contains(&format!("id{id}x")),
            "{id}\n{added}\n{description}"
        );
    }
}

/// A Jenkinsfile that ends anywhere is still described.
#[test]
fn no_part_of_a_jenkinsfile_is_too_much() {
    let case = repository().join("tests/init/article");
    let text = fs_err::read_to_string(case.join("checkout/Jenkinsfile")).unwrap();
    assert!(text.is_ascii());
    for part in 1..8 {
        let workspace = checkout(&case);
        let start = text.len() * (part - 1) / 16;
        let end = text.len() * part / 8;
        workspace.write("service/Jenkinsfile", &text[start..end]);
        described(&workspace, &case);
    }
    for nested in [
        "(",
        "[",
        "{",
        "a(",
        "a = [",
        "if (x) ",
        "x ? ",
        "\"${",
        "sh \"\"\"",
        "else if (a) {",
        "stage('x') {",
        "parallel a: {",
        "String a( } ",
        "timeout(5) {}\n",
        "if (previousBuild) {}\n",
        "sh 'buildctl build'\n",
    ] {
        let workspace = checkout(&case);
        workspace.write("service/Jenkinsfile", &nested.repeat(50_000));
        let arguments = ["init", "--from", "service", "--name", "acme"];
        workspace.run(arguments).any_output().success();
    }
}
