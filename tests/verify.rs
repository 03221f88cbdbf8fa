//! `verify`: checkouts in `tests/verify/`, one a subject, and what is found in each. `SNAPSHOTS=overwrite cargo test --test verify` writes it down.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use jenkinsgen::diagnostic::Code;
use snapbox::{Data, str};
use support::{LIBRARY, Workspace, cases, files, overwrite, repository};

const EXPECTED: &str = "expected.txt";

/// A case as a workspace: its own library or the smallest one, its `project.toml` as the project `app`, and its checkout.
fn workspace(case: &Path) -> Workspace {
    let project = fs_err::read_to_string(case.join("project.toml")).unwrap();
    let own = case.join("jenkinsgen.toml");
    let library = match own.exists() {
        true => fs_err::read_to_string(own).unwrap(),
        false => LIBRARY.to_owned(),
    };
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", &library)
        .file("projects/app.toml", &project);
    for (path, text) in files(&case.join("checkout")) {
        workspace.write(&format!("checkout/{path}"), &text);
    }
    // Links are not kept as such, so that each tool has the same tree.
    let links = fs_err::read_to_string(case.join("links")).unwrap_or_default();
    for line in links.lines() {
        let (path, target) = line.split_once(' ').unwrap();
        symlink(target, workspace.path().join(path)).unwrap();
    }
    workspace
}

#[test]
fn every_checkout_has_the_findings_that_are_recorded() {
    let cases = cases("tests/verify");
    assert!(cases.len() >= 12, "only {} cases were found", cases.len());
    for case in cases {
        let workspace = workspace(&case);
        let before = files(workspace.path());
        let run = workspace.run(["verify", "app", "checkout"]);
        let is_clean = case.file_name().is_some_and(|name| name == "clean");
        if overwrite() {
            let run = run.any_output();
            let (stdout, _) = if is_clean {
                run.success()
            } else {
                run.differences()
            };
            fs_err::write(case.join(EXPECTED), stdout).unwrap();
        } else {
            let run = run.stdout(Data::read_from(&case.join(EXPECTED), None));
            let _ = if is_clean {
                run.success()
            } else {
                run.differences()
            };
        }
        assert_eq!(
            before,
            files(workspace.path()),
            "{} wrote something",
            case.display()
        );
    }
}

#[test]
fn every_kind_of_finding_has_a_case() {
    let told: String = cases("tests/verify")
        .iter()
        .map(|case| fs_err::read_to_string(case.join(EXPECTED)).unwrap())
        .collect();
    for code in Code::FINDINGS {
        let title = format!("{}[{}]: ", code.severity().name(), code.name());
        assert!(told.contains(&title), "no case shows {}", code.name());
    }
}

#[test]
fn every_kind_of_finding_has_a_page_and_every_page_a_kind() {
    let codes: BTreeSet<String> = Code::FINDINGS
        .iter()
        .map(|code| format!("{}.md", code.name()))
        .collect();
    let pages: BTreeSet<String> = files(&repository().join("docs/findings"))
        .into_keys()
        .filter(|page| page != "README.md")
        .collect();
    assert_eq!(codes, pages);
    for code in Code::FINDINGS {
        let page = repository().join(format!("docs/findings/{}.md", code.name()));
        let page = fs_err::read_to_string(page).unwrap();
        assert_eq!(code.page(), Some(page.as_str()));
    }
    assert!(Code::MISTAKES.iter().all(|code| code.page().is_none()));
    let list = fs_err::read_to_string(repository().join("docs/findings/README.md")).unwrap();
    for code in Code::FINDINGS {
        let (name, severity) = (code.name(), code.severity().name());
        let line = format!(
            "| [`{name}`]({name}.md) | {severity} | {} |",
            code.description()
        );
        assert!(list.contains(&line), "docs/findings/README.md lacks {line}");
    }
}

/// An installed program has no folder of documents, and needs no workspace to tell what stands in them.
#[test]
fn the_page_of_a_finding_is_printed() {
    let nowhere = Workspace::empty();
    let (page, _) = nowhere
        .run(["verify", "--explain", "wrong-step"])
        .any_output()
        .success();
    assert_eq!(Some(page.as_str()), Code::WrongStep.page());
    let (_, unknown) = nowhere
        .run(["verify", "--explain", "wrong-steps"])
        .any_output()
        .error();
    assert!(
        unknown.contains("a similar value exists: 'wrong-step'"),
        "{unknown}"
    );
    for more in [
        ["app", "."],
        ["--allow", "wrong-step"],
        ["--format", "github"],
    ] {
        let run = nowhere.run(
            ["verify", "--explain", "wrong-step"]
                .into_iter()
                .chain(more),
        );
        run.any_output().error();
    }
    nowhere.run(["verify", "app"]).any_output().error();
}

/// A page shows what is found, and what to write instead: both are tried.
#[test]
fn the_examples_of_every_page_are_true() {
    for code in Code::FINDINGS {
        let name = code.name();
        let page = repository().join(format!("docs/findings/{name}.md"));
        let page = fs_err::read_to_string(page).unwrap();
        let (_, examples) = page.split_once("\n## Wrong\n").unwrap();
        let (wrong, right) = examples.split_once("\n## Right\n").unwrap();
        assert!(
            found(wrong, name).contains(&name.to_owned()),
            "{name}: the wrong example is right"
        );
        let rest = found(right, name);
        assert!(rest.is_empty(), "{name}: the right example has {rest:?}");
    }
}

/// The codes that are found in an example, whose blocks say which files they are.
fn found(example: &str, code: &str) -> Vec<String> {
    let library = format!("{LIBRARY}\n[defaults.version]\nliteral = \"1.2.3\"\n");
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", &library)
        .file("projects/app.toml", "[images.app]\n")
        .file("checkout/Dockerfile", "FROM scratch\nCOPY app /app\n")
        .file("checkout/app", "a program\n")
        .file("checkout/src/main", "its source\n");
    if code != "missing-jenkinsfile" {
        workspace.write(
            "checkout/Jenkinsfile",
            "@Library('acme@main') _\nappPipeline()\n",
        );
    }
    for block in example.split("```").skip(1).step_by(2) {
        let (title, text) = block.split_once('\n').unwrap();
        let (kind, path) = title.split_once(' ').unwrap();
        match path {
            path if kind == "link" => {
                let link = workspace.path().join("checkout").join(path);
                fs_err::remove_file(&link).unwrap();
                symlink(text.trim(), link).unwrap();
            }
            // An example need not have an image.
            "projects/app.toml" if !text.contains("[images.app") => {
                workspace.write(path, &format!("[images.app]\n\n{text}"));
            }
            "projects/app.toml" => workspace.write(path, text),
            _ => workspace.write(&format!("checkout/{path}"), text),
        }
    }
    let run = workspace.run(["verify", "app", "checkout", "--format", "json"]);
    let (stdout, _) = run.any_output().success_or_differences();
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let findings = document["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// The sample, and the description that this repository shows to its readers.
#[test]
fn the_articles_service_fits_its_description() {
    let root = repository();
    let workspace = Workspace::empty();
    let [library, checkout] =
        ["", "tests/checkout/service"].map(|path| root.join(path).display().to_string());
    workspace
        .run(["verify", "service", &checkout, "--root", &library])
        .stdout(str![[r#"
service: the checkout fits the description, after a look at 1 Dockerfile, 6 stages, 2 arguments, 1 secret, 1 check, the version and the Jenkinsfile

"#]])
        .success();
}

#[test]
fn findings_can_be_left_out_by_their_code() {
    let workspace = Workspace::small()
        .file(
            "checkout/Dockerfile",
            "FROM scratch\nARG a=1\nCOPY app /app\n",
        )
        .file("checkout/app", "");
    let with = |more: &[&str]| {
        let mut arguments = vec!["verify", "app", "checkout"];
        arguments.extend(more);
        workspace.run(arguments)
    };
    let (all, _) = with(&[]).any_output().differences();
    assert!(all.contains("1 error and 1 warning"), "{all}");
    with(&["--allow", "unused-arg", "--allow", "missing-jenkinsfile"])
        .stdout(str![[r#"
app: the checkout fits the description, after a look at 1 Dockerfile, 1 stage, the version and the Jenkinsfile

"#]])
        .success();
    let (_, unknown) = with(&["--allow", "unused-args"]).any_output().error();
    assert!(unknown.contains("unused-args"), "{unknown}");
}

/// A branch moves: that is found where the library is meant to stay at a tag, and there alone.
#[test]
fn a_branch_of_the_library_is_found_where_a_tag_is_meant() {
    for (version, imported, is_found) in [
        ("v3", "acme@main", true),
        ("v3", "acme@v3", false),
        ("v3", "acme", false),
        ("main", "acme@main", false),
    ] {
        let workspace = Workspace::small()
            .file("checkout/Dockerfile", "FROM scratch\n")
            .file(
                "checkout/Jenkinsfile",
                &format!("@Library('{imported}') _\nappPipeline()\n"),
            );
        let version_key = format!("version = \"{version}\"");
        workspace.replace("jenkinsgen.toml", "version = \"main\"", &version_key);
        let run = workspace.run(["verify", "app", "checkout"]);
        let (stdout, _) = run.any_output().success_or_differences();
        let found = stdout.contains("error[wrong-library]");
        assert_eq!(found, is_found, "{imported} at {version}: {stdout}");
    }
}

/// A Declarative Pipeline has a directive of its own for what `@Library` does.
#[test]
fn the_directive_of_declarative_pipelines_imports() {
    for (libraries, is_found) in [
        ("libraries { lib('acme@main') }", false),
        ("libraries { lib('other@1')\n lib(\"acme\") }", false),
        ("libraries {\n lib 'acme'\n}", false),
        ("libraries { lib('other') }", true),
        ("libraries { }\n lib('acme')", true),
        ("lib('acme')", true),
    ] {
        let jenkinsfile = format!(
            "pipeline {{\n agent none\n {libraries}\n stages {{ stage('x') {{ steps {{ appPipeline() }} }} }}\n}}\n"
        );
        let files = [("Jenkinsfile", jenkinsfile.as_str())];
        let found = codes("", "FROM a\n", &files).contains(&"wrong-library".to_owned());
        assert_eq!(found, is_found, "{libraries}");
    }
}

/// Gradle fills `build` beside its build files: what of that can be in the folder that is taken out.
#[test]
fn a_pattern_is_misplaced_if_no_such_folder_can_be_taken_out() {
    let in_app = "FROM gradle AS tests\nWORKDIR /app\n";
    let app = "COPY --from=tests /app/build /out\n";
    let out = "COPY --from=tests /out /out\n";
    for (tests, run, copy, is_found) in [
        (in_app, "gradle build", app, true),
        (
            in_app,
            "cd api && gradle build",
            "COPY --from=tests /app/api/build /out\n",
            true,
        ),
        (
            in_app,
            "gradle build; cp -r api/build/test-results /out/api/",
            out,
            true,
        ),
        (
            in_app,
            "gradle build; cp -r api/build /out/api/",
            out,
            false,
        ),
        (
            in_app,
            "gradle build; cp -r api/build/test-results /out/build/",
            out,
            false,
        ),
        (
            in_app,
            "gradle build; cp --parents -r api/build/test-results /out",
            out,
            false,
        ),
        (
            in_app,
            "gradle build; cp -r api/build/test-results /out; ./collect /out",
            out,
            false,
        ),
        (in_app, "gradle build; ./collect", out, false),
        (in_app, "gradle build; cp -r api/build build/", app, false),
        (in_app, "cd build && gradle build", app, false),
        (in_app, "make", app, false),
        (
            in_app,
            "gradle build",
            "COPY --from=tests /app /out\n",
            false,
        ),
        (
            in_app,
            "gradle build",
            "COPY --from=tests /app/build /out/build\n",
            false,
        ),
        (
            in_app,
            "gradle build",
            "COPY --from=other /app/build /out\n",
            false,
        ),
        ("FROM gradle AS tests\n", "gradle build", app, false),
        (
            "FROM gradle AS tests\nWORKDIR /build\n",
            "gradle build",
            "COPY --from=tests /build /out\n",
            false,
        ),
    ] {
        let dockerfile = format!("{tests}COPY . .\nRUN {run}\nFROM scratch\n{copy}");
        let workspace = Workspace::small()
            .file("checkout/Dockerfile", &dockerfile)
            .file("checkout/build.gradle", "");
        let project = fs_err::read_to_string(workspace.path().join("projects/app.toml")).unwrap();
        let check = "\n[checks.unit]\ndirectory = \"/out\"\ndestination = \"out\"\njunit = [\"**/build/test-results/test/*.xml\"]\n";
        workspace.write("projects/app.toml", &(project + check));
        let run = workspace.run(["verify", "app", "checkout"]);
        let (stdout, _) = run.any_output().differences();
        let found = stdout.contains("error[misplaced-reports]");
        assert_eq!(found, is_found, "{dockerfile}\n{stdout}");
    }
}

#[test]
fn a_checkout_that_is_not_there_is_an_error() {
    Workspace::small()
        .run(["verify", "app", "nowhere"])
        .stderr(str![[r#"
error: there is no folder nowhere; name the folder of the service's checkout

"#]])
        .error();
}

#[test]
fn an_unknown_project_is_an_error() {
    Workspace::small()
        .run(["verify", "ap", "."])
        .stderr(str![[r#"
error: there is no project `ap`; did you mean `app`?

"#]])
        .error();
}

/// Files that nobody wrote by hand, or that nobody meant to be read.
#[test]
fn odd_files_are_no_trouble() {
    let odd = [
        "",
        "\u{feff}FROM scratch\r\nARG x\r\nRUN \\\r\n",
        "FROM a\nCOPY --from=99 a b\nRUN --mount=type=secret x\n",
        "FROM $x\nFROM \"\" AS b\nARG =\nENV\n",
        "\0\0\0",
    ];
    for text in odd {
        let workspace = Workspace::small()
            .file("checkout/Dockerfile", text)
            .file("checkout/Jenkinsfile", text)
            .file("checkout/.dockerignore", text);
        let (stdout, _) = workspace
            .run(["verify", "app", "checkout"])
            .any_output()
            .differences();
        assert!(stdout.contains("error["), "{stdout}");
    }
    let latin = Workspace::small().file("checkout/Jenkinsfile", "");
    fs_err::write(
        latin.path().join("checkout/Dockerfile"),
        b"FROM caf\xe9\nCOPY \xff /\n",
    )
    .unwrap();
    let (stdout, _) = latin
        .run(["verify", "app", "checkout"])
        .any_output()
        .differences();
    assert!(stdout.contains("wrong-library"), "{stdout}");
}

/// What is no file to read is told at the key that names it, and the rest is looked at.
#[test]
fn what_is_no_file_is_a_finding_among_others() {
    let workspace = Workspace::small();
    workspace.write("checkout/Dockerfile", "");
    let dockerfile = workspace.path().join("checkout/Dockerfile");
    let found = || {
        let run = workspace.run(["verify", "app", "checkout"]);
        let (stdout, _) = run.any_output().differences();
        assert!(stdout.contains("error[missing-jenkinsfile]"), "{stdout}");
        let mut findings = stdout.split("\n\n");
        let is_wanted = |finding: &&str| !finding.contains("missing-jenkinsfile");
        let (_, told) = findings.find(is_wanted).unwrap().split_once(": ").unwrap();
        told.to_owned()
    };
    let told = |what: &str, help: &str| {
        format!(
            "{what}\n --> projects/app.toml:4:9\n  |\n4 | [images.app]\n  |         ^^^\n  |\nhelp: {help}"
        )
    };

    fs_err::remove_file(&dockerfile).unwrap();
    let made = Command::new("mkfifo").arg(&dockerfile).status().unwrap();
    assert!(made.success());
    let pipe = told(
        "Dockerfile is neither a file nor a folder",
        "put a file there, and not a pipe, a socket or a device",
    );
    assert_eq!(found(), pipe);

    fs_err::remove_file(&dockerfile).unwrap();
    let _socket = UnixListener::bind(&dockerfile).unwrap();
    assert_eq!(found(), pipe);

    let link = "put the file itself there: Jenkins has nothing but the checkout";
    for (target, what) in [
        (
            "../projects/app.toml",
            "leaves the checkout: it is not read",
        ),
        ("nowhere", "leads nowhere"),
    ] {
        fs_err::remove_file(&dockerfile).unwrap();
        symlink(target, &dockerfile).unwrap();
        let what = format!("Dockerfile is a symbolic link that {what}");
        assert_eq!(found(), told(&what, link));
    }

    fs_err::remove_file(&dockerfile).unwrap();
    symlink("Dockerfile", &dockerfile).unwrap();
    assert!(
        found().starts_with("can't read Dockerfile: "),
        "{}",
        found()
    );

    fs_err::remove_file(&dockerfile).unwrap();
    workspace.write("checkout/Dockerfile", &"#\n".repeat(1 << 20));
    assert_eq!(
        found(),
        told(
            "Dockerfile has more than 1024 KiB: it is not read",
            "name the file that people write; what they write by hand is smaller",
        )
    );

    // A pipe is no other Dockerfile to be named instead either, and nobody waits for one that is looked into.
    fs_err::remove_file(&dockerfile).unwrap();
    let other = workspace.path().join("checkout/Dockerfile.dev");
    let made = Command::new("mkfifo").arg(&other).status().unwrap();
    assert!(made.success());
    assert!(
        found().contains("there is no Dockerfile at all"),
        "{}",
        found()
    );
}

/// In a case's folder, for the formats.
fn case(name: &str) -> PathBuf {
    repository().join("tests/verify").join(name)
}

#[test]
fn findings_annotate_a_pull_request() {
    workspace(&case("stages"))
        .run(["verify", "app", "checkout", "--format", "github"])
        .stdout(Data::read_from(&case("stages").join("github.txt"), None))
        .differences();
}

/// The workflow runs in the service's repository, and no annotation can stand in another one.
#[test]
fn annotations_name_files_of_the_repository_in_which_the_workflow_runs() {
    let annotated = |git: &[&str]| -> Vec<String> {
        let workspace = Workspace::empty()
            .file("work/library/jenkinsgen.toml", LIBRARY)
            .file(
                "work/library/projects/app.toml",
                "[version]\nliteral = \"1.2.3\"\n\n[images.app]\ntarget = \"no\"\n",
            )
            .file("work/service/Dockerfile", "FROM scratch AS app\nARG a\n");
        for folder in git {
            workspace.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
        }
        let run = workspace.run([
            "verify",
            "app",
            "work/service",
            "--root",
            "work/library",
            "--format",
            "github",
            "--allow",
            "missing-jenkinsfile",
        ]);
        let (stdout, _) = run.any_output().differences();
        let lines = stdout.lines().map(|line| {
            let (place, message) = line.split_once("title=").unwrap();
            let (_, message) = message.split_once("::").unwrap();
            let message = message.split(" has ").next().unwrap();
            format!("{}{message}", place.split(',').next().unwrap())
        });
        lines.collect()
    };
    // A library beside the service, or checked out in it; without Git nothing is known.
    for git in [
        &["work/library", "work/service"][..],
        &["work/library", "work"],
        &[],
    ] {
        assert_eq!(
            annotated(git),
            ["::error projects/app.toml:5: `Dockerfile`"]
        );
    }
    // Both in one repository, of which they are a part.
    let in_one = annotated(&["work"]);
    assert_eq!(
        in_one,
        ["::error file=library/projects/app.toml`Dockerfile`"]
    );
}

#[test]
fn a_service_that_is_a_part_of_a_repository_is_annotated_there() {
    let workspace = Workspace::small()
        .file("shop/service/Dockerfile", "FROM scratch\nARG a\nUSER $a\n")
        .file(
            "shop/service/Jenkinsfile",
            "@Library('acme') _\nappPipeline()\n",
        );
    let annotations = || {
        let run = workspace.run(["verify", "app", "shop/service", "--format", "github"]);
        run.any_output().differences().0
    };
    assert!(
        annotations().contains(" file=Dockerfile,line=2,"),
        "{}",
        annotations()
    );
    workspace.write("shop/.git", "gitdir: ../elsewhere\n");
    assert!(
        annotations().contains(" file=service/Dockerfile,line=2,"),
        "{}",
        annotations()
    );
}

#[test]
fn findings_make_a_comment_on_a_pull_request() {
    workspace(&case("stages"))
        .run(["verify", "app", "checkout", "--format", "markdown"])
        .stdout(Data::read_from(&case("stages").join("markdown.md"), None))
        .differences();
}

/// What is found about the file with the tests' exit code, for one way after the other to write it or not.
#[test]
fn the_exit_status_must_be_written_where_it_is_taken_from() {
    const MISSING: &[&str] = &["missing-exit-code"];
    const UNSEEN: &[&str] = &["unseen-exit-code"];
    const FIXED: &[&str] = &["fixed-exit-code"];
    let honest = [
        "RUN code=0; make test || code=$?; mkdir -p build && echo \"$code\" > build/exit-code",
        "RUN make test; echo $? >build/exit-code",
        "RUN make test; echo $?>>./build/../build/exit-code",
        "RUN make test; printf %s $? | tee -a build/exit-code",
        "RUN (cd build && make test; echo $? > exit-code)",
        "RUN cd build; make test; echo $? > exit-code",
        "RUN (cd src; make test); echo $? > build/exit-code",
        "RUN if make test; then echo 0; else echo 1; fi > build/exit-code",
        "RUN { make test; echo $?; } | tail -n 1 > /app/build/exit-code",
        "RUN --mount=type=cache,target=/app/target make test; echo $? > build/exit-code",
        "RUN --mount=type=cache,target=/app/build make test\nRUN make test; echo $? > build/exit-code",
        "RUN sh -c 'make test; echo $? > build/exit-code'",
        "RUN [\"sh\", \"-c\", \"make test; echo $? > build/exit-code\"]",
        "RUN trap 'echo $? > build/exit-code' EXIT; make test",
        "RUN make test; echo $? > /tmp/exit-code; cp /tmp/exit-code build/",
        "RUN make test; echo $? > /tmp/exit-code; mv /tmp/exit-code /app/build/exit-code",
        "RUN make test; echo $? > /tmp/exit-code; install -m 644 /tmp/exit-code -t build",
        "RUN make test; echo $? > out/exit-code\nRUN cp -r out /app/build",
        "RUN runner --exit-status build/exit-code make test",
        "RUN runner --exit-status=build/exit-code make test",
        "RUN make test; echo $? | dd of=build/exit-code",
        "ENV OUT=/app/build\nRUN make test; echo $? > $OUT/exit-code",
        "ARG OUT=build\nRUN make test; echo $? > \"${OUT:-/x}/exit-code\"",
        "RUN file=build/exit-code; make test; echo $? > \"$file\"",
        "RUN <<EOF\nset +e\nmake test\necho $? > build/exit-code\nEOF",
        "RUN cat <<EOF > build/exit-code\n0\nEOF",
        "WORKDIR build\nRUN make test; echo $? > exit-code",
        "WORKDIR $somewhere\nRUN make test; echo $? > exit-code",
        // Another is written beside it, before it, or perhaps elsewhere.
        "RUN echo 0 > build/exit-code\nRUN make test; echo $? > build/exit-code",
        "RUN make test; echo $? > build/exit-code\nRUN echo 0 > exit-code",
        "RUN make test; echo $? > build/exit-code\nRUN [ -s build/exit-code ] || echo 0 > build/exit-code",
        "RUN make test; echo $? > build/exit-code\nENV OUT=/tmp\nRUN echo 0 > $OUT/exit-code",
        // A script that has the name: what it does with it is its own affair.
        "COPY test.sh .\nRUN ./test.sh",
        "COPY <<EOF test\nmake test; echo $? > build/exit-code\nEOF\nRUN sh test",
        // From another stage.
        "RUN make test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 /app/build /app/build",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/out /app/build",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/out/exit-code /app/build/",
        "RUN make test; echo $? > out/status\nFROM scratch\nCOPY --from=0 /app/out/status /app/build/exit-code",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/out/* /app/build/",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/*t /app/build/",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/[^b]*/exit-[a-d]* /app/build/",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/out /out\nFROM scratch\nCOPY --from=1 /out/e* /app/build/",
        "RUN make test; echo $? > $OUT/exit-code\nFROM scratch\nCOPY --from=0 /app/out/* /app/build/",
        "RUN make test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 --exclude=*.jar --exclude=app/exit-code /app /app",
        "RUN make test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 --exclude=$X /app /app",
        "RUN make test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 / /\nFROM scratch\nCOPY --from=1 /app/out app/build",
        "RUN make test; echo $? > build/exit-code\nFROM first",
        "RUN make test; echo $? > /out/exit-code\nFROM a\nRUN --mount=from=0,source=/out,target=/out cp -r /out/. /app/build/",
    ];
    let wrong = [
        // Written over.
        (
            "RUN make test; echo $? > build/exit-code\nRUN echo 0 > build/exit-code",
            FIXED,
        ),
        (
            "RUN make test; echo $? > build/exit-code\nRUN make lint || true; echo $? > build/exit-code",
            FIXED,
        ),
        // Not written, though the name is there.
        ("RUN true; echo exit-code", MISSING),
        ("RUN rm -f build/exit-code", MISSING),
        ("RUN [ -e build/exit-code ] && cat build/exit-code", MISSING),
        ("RUN echo 'status > build/exit-code'", MISSING),
        ("RUN cat < build/exit-code", MISSING),
        ("RUN cp build/exit-code /elsewhere", MISSING),
        ("RUN gradle test; echo exit-code", UNSEEN),
        ("RUN gradle test; rm -f build/exit-code", UNSEEN),
        ("RUN gradle test", UNSEEN),
        ("RUN sh other.sh", UNSEEN),
        ("RUN code=$(gradle test); echo $code", UNSEEN),
        ("RUN case $x in a) gradle test;; esac", UNSEEN),
        ("RUN runner --exit-status=/elsewhere/exit-code", UNSEEN),
        // Written elsewhere.
        ("RUN gradle test; echo $? > /elsewhere/exit-code", MISSING),
        ("RUN gradle test; echo $? > exit-code", MISSING),
        ("RUN (cd build; gradle test); echo $? > exit-code", MISSING),
        ("RUN gradle test; echo $? | tee /app/exit-code", MISSING),
        ("RUN gradle test; echo $? > build/exit-codes", UNSEEN),
        // Gone with a mount.
        (
            "RUN --mount=type=cache,target=/app/build gradle test; echo $? > build/exit-code",
            MISSING,
        ),
        (
            "RUN --mount=type=cache,dst=build gradle test; echo $? > build/exit-code",
            MISSING,
        ),
        (
            "RUN --mount=type=tmpfs,target=/app gradle test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 /app/build /app/build",
            MISSING,
        ),
        (
            "RUN --mount=type=bind,target=.,rw gradle test; echo $? > build/exit-code",
            MISSING,
        ),
        // Not exported.
        (
            "RUN gradle test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 /app/build/*.xml /app/build/",
            MISSING,
        ),
        (
            "RUN gradle test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 --exclude=exit-code /app/build /app/build",
            MISSING,
        ),
        (
            "RUN gradle test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 --exclude=*.xml --exclude=e* /app/bui* /app/build/",
            MISSING,
        ),
        (
            "RUN gradle test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 /app/build /build",
            MISSING,
        ),
        (
            "RUN gradle test; echo $? > out/exit-code\nFROM scratch\nCOPY --from=0 /app/build /app/build",
            MISSING,
        ),
        (
            "RUN gradle test; echo $? > build/exit-code\nFROM scratch\nCOPY --from=0 /app/build/lib.jar /app/build/",
            MISSING,
        ),
        ("COPY src build", MISSING),
    ];
    let workspace = Workspace::small()
        .file(
            "projects/app.toml",
            "[version]\nliteral = \"1.2.3\"\n\n[images.app]\n\n[checks.unit]\ndirectory = \"/app/build\"\ndestination = \"out\"\nexit_code_file = \"exit-code\"\n",
        )
        .file("checkout/Jenkinsfile", "@Library('acme') _\nappPipeline()\n")
        .file("checkout/src/main", "");
    let found = |rest: &str| -> Vec<String> {
        let scripts = [
            ("test.sh", "echo $? > \"$1/exit-code\"\n"),
            ("other.sh", "exit\n"),
        ];
        for (name, text) in scripts {
            let path = format!("checkout/{name}");
            match rest.contains(name) {
                true => workspace.write(&path, text),
                false => drop(fs_err::remove_file(workspace.path().join(path))),
            }
        }
        workspace.write(
            "checkout/Dockerfile",
            &format!("FROM a AS first\nWORKDIR /app\n{rest}\n"),
        );
        let run = workspace.run(["verify", "app", "checkout", "--format", "json"]);
        let (stdout, _) = run.any_output().success_or_differences();
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let findings = document["findings"].as_array().unwrap().iter();
        let codes = findings.map(|finding| finding["code"].as_str().unwrap().to_owned());
        codes.filter(|code| code.ends_with("-exit-code")).collect()
    };
    let mut failures = Vec::new();
    let honest = honest.iter().map(|rest| (*rest, &[][..]));
    for (rest, expected) in honest.chain(wrong) {
        let found = found(rest);
        if found != expected {
            failures.push(format!("{rest}\n    {expected:?}, but {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// While the old pipeline still runs, the new one stands beside it.
#[test]
fn another_jenkinsfile_can_be_looked_at() {
    let workspace = Workspace::small()
        .file("checkout/Dockerfile", "FROM alpine\n")
        .file("checkout/Jenkinsfile", "node { sh 'make' }\n")
        .file(
            "checkout/ci/Jenkinsfile.new",
            "@Library('acme@main') _\nappPipeline()\n",
        );
    let verify = |file: &str| {
        let run = workspace.run(["verify", "app", "checkout", "--jenkinsfile", file]);
        let (stdout, _) = run.any_output().success_or_differences();
        stdout
    };
    let clean = verify("ci/Jenkinsfile.new");
    assert!(clean.starts_with("app: the checkout fits"), "{clean}");
    assert!(verify("Jenkinsfile").contains("error[wrong-library]"));
    let absent = verify("ci/Jenkinsfile");
    let wanted = "the checkout has no ci/Jenkinsfile";
    assert!(absent.contains(wanted), "{absent}");
    let outside = verify("../Jenkinsfile");
    assert!(
        outside.contains("error[") || outside.contains("warning["),
        "{outside}"
    );
}

/// What a script does when the tests fail and when they pass is tried in the shell that would run it; a finding must say the same.
#[test]
fn a_status_that_does_not_reach_its_file_is_found_as_shells_have_it() {
    const SH: &str = "/bin/sh";
    const BASH: &str = "/bin/bash";
    let pipefail = "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\n";
    let scripts = [
        // A status that is kept.
        "code=0; gradle build || code=$?; echo $code > build/exit-code",
        "gradle build; echo $? > build/exit-code",
        "gradle build --continue; code=$?; mkdir -p build; echo $code > build/exit-code",
        "code=0; gradle clean build || code=$?; true; echo \"${code}\" > build/exit-code",
        "gradle build && echo 0 > build/exit-code || echo 1 > build/exit-code",
        "echo 0 > build/exit-code; gradle build || echo $? > build/exit-code",
        "set -e; code=0; gradle build || code=$?; printf '%s\\n' \"$code\" | tee build/exit-code",
        "set -e; set +e; gradle build; echo $? > build/exit-code",
        "gradle build || code=$?; echo ${code:-0} > build/exit-code",
        "cd build; gradle build; echo $? > exit-code",
        "set -e; npm ci; code=0; npm test || code=$?; echo $code > build/exit-code",
        "{ gradle build; code=$?; }; echo $code > build/exit-code",
        "(gradle build); echo $? > build/exit-code",
        "(cd build; gradle build); code=$?; (echo $code > build/exit-code)",
        "if gradle build; then echo 0 > build/exit-code; else echo 1 > build/exit-code; fi",
        "if ! gradle build; then code=1; fi; echo ${code:-0} > build/exit-code",
        "code=0; if gradle build; then :; else code=$?; fi; echo \"$code\" > build/exit-code",
        "gradle build || code=$?; if [ -z \"$code\" ]; then code=0; fi; echo $code > build/exit-code",
        "gradle build; code=$?; if [ $code -ne 0 ]; then echo 1; else echo 0; fi > build/exit-code",
        "set -e; (gradle build) || code=$?; echo ${code:-0} > build/exit-code",
        "set -e; code=0; { gradle build && true; } || code=$?; echo $code > build/exit-code",
        "mvn verify; echo $? > build/exit-code",
        "mvn -Dmaven.test.failure.ignore=false verify; echo $? > build/exit-code",
        // One that is not.
        "gradle build | tee build/log; echo $? > build/exit-code",
        "gradle build || true; echo $? > build/exit-code",
        "code=0; gradle build; echo $code > build/exit-code",
        "gradle build; code=$?; mkdir -p build; echo $? > build/exit-code",
        "gradle build; echo 0 > build/exit-code",
        "npm ci; npm test; code=$?; echo $code > build/exit-code",
        "npm ci && npm test | tee build/log; echo $? > build/exit-code",
        "gradle build; exit_code=$?; cd build; printf %d $? > exit-code",
        "gradle build | tee build/log; code=$?; echo $code > build/exit-code",
        "true; echo $? > build/exit-code",
        "(gradle build || true); echo $? > build/exit-code",
        "{ gradle build | cat; }; echo $? > build/exit-code",
        "code=0; (gradle build || code=$?); echo $code > build/exit-code",
        "if gradle build; then echo fine; fi; echo $? > build/exit-code",
        "if gradle build | cat; then echo 0 > build/exit-code; else echo 1 > build/exit-code; fi",
        "gradle build; code=$?; if test $code -gt 0; then true; fi; echo $? > build/exit-code",
        "code=0; gradle build || code=$?; if [ \"$code\" = 0 ]; then :; else code=0; fi; echo $code > build/exit-code",
        "mvn -B -fn verify; echo $? > build/exit-code",
        "mvn --fail-never verify || exit 1; echo $? > build/exit-code",
        "mvn -Dmaven.test.failure.ignore verify; echo $? > build/exit-code",
        "mvn verify -Dmaven.test.failure.ignore=true; code=$?; echo $code > build/exit-code",
        // What is copied beside the file, or over it.
        "npm test; cp junit.xml build/; echo $? > build/exit-code",
        "npm test; mv junit.xml build/; echo $? > build/exit-code",
        "gradle build; cp -r out/. build; echo $? > build/exit-code",
        "npm test | cat; echo $? > build/exit-code; cp junit.xml build/",
        "code=0; npm test || code=$?; cp junit.xml build/; echo $code > build/exit-code",
        "npm test; echo $? > out/exit-code; cp out/exit-code build/",
        "npm test; code=$?; echo 0 > build/exit-code; echo $code > out/exit-code; cp -r out/. build",
        // One of a later command.
        "npm test; npm run lint; code=$?; echo $code > build/exit-code",
        "npm run test:unit; npm run lint; echo $? > build/exit-code",
        "npm run test:unit; npm run test:e2e; echo $? > build/exit-code",
        "npm run test:unit && npm run test:e2e; echo $? > build/exit-code",
        "npm run test:prepare; npm run test:unit; echo $? > build/exit-code",
        "cargo nextest run; cargo build; echo $? > build/exit-code",
        "cargo build; cargo nextest run; echo $? > build/exit-code",
        "uv run --frozen pytest -q; uv build; echo $? > build/exit-code",
        "uv sync; uv run pytest; echo $? > build/exit-code",
        "python -m pytest; npm run lint; echo $? > build/exit-code",
        "npx vitest run; npm run lint; echo $? > build/exit-code",
        "npm ci; npm test; npm run lint; echo $? > build/exit-code",
        "gradle test; gradle --stop; code=$?; echo $code > build/exit-code",
        // One that is a failure if the tests pass.
        "code=0; gradle build || code=$?; echo '$code' > build/exit-code",
        "! gradle build; echo $? > build/exit-code",
        "gradle build; echo 1 > build/exit-code",
        "if gradle build; then code=2; fi; echo ${code:-1} > build/exit-code",
        "gradle build; code=$?; ! [ $code = 0 ]; echo $? > build/exit-code",
        // One that is lost with all that the command did.
        "gradle build && echo $? > build/exit-code",
        "code=0; gradle build || code=$?; echo \"$code\" > build/exit-code; exit $code",
        "set -e; gradle build; echo $? > build/exit-code",
        "set -eux; mkdir -p build; gradle build; code=$?; echo $code > build/exit-code",
        "echo 0 > build/exit-code; gradle build",
        "echo $? > build/exit-code; gradle build",
        "gradle build; code=$?; echo $code > build/exit-code; exit \"${code}\"",
        "gradle build || exit 1; echo $? > build/exit-code",
        "set -e; (gradle build); echo $? > build/exit-code",
        "set -e; { gradle build; }; echo $? > build/exit-code",
        "code=0; gradle build || code=$?; echo $code > build/exit-code; if [ $code != 0 ]; then exit 1; fi",
        "set -e; (exit 0); gradle build; (echo $? > build/exit-code)",
        "set -e; if true; then gradle build; fi; echo $? > build/exit-code",
        // One that is nothing if the tests pass.
        "gradle build || code=$?; echo $code > build/exit-code",
        "code=0; gradle build || code=$?; echo \"$cod\" > build/exit-code",
        "gradle build; r=$?; echo $R > build/exit-code",
        "gradle build || echo $? > build/exit-code",
    ];
    let mut failures = Vec::new();
    for (shell, program, options) in [
        ("", SH, &["-c"][..]),
        (pipefail, BASH, &["-o", "pipefail", "-c"]),
    ] {
        for script in scripts {
            let workspace = Workspace::small()
                .file(
                    "projects/app.toml",
                    "[version]\nliteral = \"1.2.3\"\n\n[images.app]\n\n[checks.unit]\ndirectory = \"/app/build\"\ndestination = \"out\"\nexit_code_file = \"exit-code\"\njunit = [\"out/x/*.xml\"]\n",
                )
                .file("checkout/Jenkinsfile", "@Library('acme') _\nappPipeline()\n")
                .file(
                    "checkout/Dockerfile",
                    &format!("FROM a\n{shell}WORKDIR /app\nRUN {script}\n"),
                );
            let run = workspace.run(["verify", "app", "checkout", "--format", "json"]);
            let (stdout, _) = run.any_output().success_or_differences();
            let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            let found: Vec<&str> = document["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|finding| finding["code"].as_str().unwrap())
                .collect();
            let tried = |tests: &str| {
                let folder = tempfile::tempdir().unwrap();
                for name in ["build", "out"] {
                    fs_err::create_dir(folder.path().join(name)).unwrap();
                }
                fs_err::write(folder.path().join("junit.xml"), "").unwrap();
                let functions = format!(
                    "gradle() {{ case $1 in --stop) ;; *) return {tests};; esac; }}; npm() {{ case \"$1 $2\" in test* | 'run test:unit') return {tests};; esac; }}
cargo() {{ case $1 in nextest) return {tests};; esac; }}; uv() {{ case $1 in run) return {tests};; esac; }}; npx() {{ return {tests}; }}; python() {{ return {tests}; }}
mvn() {{ case \" $* \" in *' -fn '* | *' --fail-never '* | *.ignore' '* | *.ignore=true' '*) ;; *) return {tests};; esac; }}\n"
                );
                let done = Command::new(program)
                    .args(options)
                    .arg(functions + script)
                    .current_dir(folder.path())
                    .output()
                    .unwrap();
                let file = folder.path().join("build/exit-code");
                let text = fs_err::read_to_string(file).unwrap_or_default();
                (done.status.success(), text.trim().to_owned())
            };
            let expected = match (tried("0"), tried("3")) {
                ((true, passed), _) if passed.is_empty() => &["missing-exit-code"][..],
                (_, (false, _)) => &["lost-reports"],
                ((true, passed), _) if passed != "0" => &["fixed-exit-code"],
                (_, (true, failed)) if failed == "0" => &["fixed-exit-code"],
                _ => &[],
            };
            if found != expected {
                failures.push(format!(
                    "{program} {script}\n    {expected:?}, but {found:?}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The codes that are found in a Dockerfile beside a description and other files of the checkout.
fn codes(image: &str, dockerfile: &str, files: &[(&str, &str)]) -> Vec<String> {
    let workspace = Workspace::small()
        .file(
            "projects/app.toml",
            &format!("[version]\nliteral = \"1.2.3\"\n\n[images.app]\n{image}"),
        )
        .file(
            "checkout/Jenkinsfile",
            "@Library('acme') _\nappPipeline()\n",
        )
        .file("checkout/Dockerfile", dockerfile);
    for (path, text) in files {
        workspace.write(&format!("checkout/{path}"), text);
    }
    let run = workspace.run(["verify", "app", "checkout", "--format", "json"]);
    let (stdout, _) = run.any_output().success_or_differences();
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let findings = document["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_argument_before_what_needs_it_breaks_no_cache() {
    let breaks = &["cache-breaking-arg"][..];
    let gradle = ("build.gradle", "version = System.getenv('BUILD_NUMBER')\n");
    for (dockerfile, files, found) in [
        (
            "ARG BUILD_NUMBER\nRUN go build -X main.commit=$BUILD_NUMBER\nRUN app --selftest\n",
            &[][..],
            &[][..],
        ),
        (
            "ARG BUILD_NUMBER\nRUN apk add git\nRUN go build -X main.commit=$BUILD_NUMBER\n",
            &[],
            breaks,
        ),
        (
            "COPY . .\nARG BUILD_NUMBER\nRUN gradle build\n",
            &[gradle],
            &[],
        ),
        (
            "ARG BUILD_NUMBER\nCOPY . .\nRUN gradle build\nRUN gradle check\n",
            &[gradle],
            &[],
        ),
        // There is no build file yet.
        (
            "ARG BUILD_NUMBER\nRUN apk add git\nCOPY . .\nRUN gradle build\n",
            &[gradle],
            breaks,
        ),
        (
            "COPY . .\nARG BUILD_NUMBER\nENV BUILD=$BUILD_NUMBER\nRUN gradle build\n",
            &[],
            breaks,
        ),
    ] {
        let image = "args = { BUILD_NUMBER = \"{build_number}\" }\n";
        let codes = codes(image, &format!("FROM a\n{dockerfile}"), files);
        assert_eq!(codes, found, "{dockerfile}");
    }
}

#[test]
fn credentials_that_come_into_a_layer_are_found() {
    let copied = &["copied-secret"][..];
    let possible = &["possible-secret"][..];
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n";
    for (files, found) in [
        (&[("id_rsa", key)][..], copied),
        (&[("deploy/server.pem", key)], copied),
        (
            &[(".npmrc", "//registry.example.com/:_authToken=npm_abc123\n")],
            copied,
        ),
        (&[(".env", "DB_PASSWORD=hunter2\n")], copied),
        (&[(".env", "# the token is in the vault\n")], possible),
        (&[(".env", "PORT=3000\n")], &[]),
        (
            &[(
                ".npmrc",
                "//registry.example.com/:_authToken=${NPM_TOKEN}\n",
            )],
            &[],
        ),
        (&[(".yarnrc.yml", "npmAuthToken: \"${NPM_TOKEN}\"\n")], &[]),
        (
            &[(".npmrc", "registry=https://registry.example.com\n")],
            &[],
        ),
        (
            &[("ca.pem", "-----BEGIN CERTIFICATE-----\npwdtoken\n")],
            &[],
        ),
        (&[("src/test/resources/key.pem", key)], &[]),
        (&[("id_rsa", key), (".dockerignore", "id_*\n")], &[]),
        (
            &[(".env", "DB_PASSWORD=hunter2\n"), (".gitignore", "/.env\n")],
            &[],
        ),
    ] {
        assert_eq!(
            codes("", "FROM a\nCOPY . /app\n", files),
            found,
            "{files:?}"
        );
        let first = files[0].0;
        let narrow = codes(
            "",
            "FROM a\nCOPY src /app\n",
            &[("src/main", ""), (first, key)],
        );
        let is_below = first.starts_with("src/");
        assert!(is_below || narrow.is_empty(), "{first}: {narrow:?}");
    }
    let secrets = "secrets.x.credentials_file = \"x\"\n";
    for (run, found) in [
        (
            "--mount=type=secret,id=x cp /run/secrets/x /root/.npmrc && npm ci",
            copied,
        ),
        (
            "--mount=type=secret,id=x,env=TOKEN echo \"//r/:_authToken=$TOKEN\" > .npmrc && npm ci",
            copied,
        ),
        (
            "--mount=type=secret,id=x,env=TOKEN export T=$TOKEN; echo \"$T\" > .npmrc && npm ci",
            copied,
        ),
        (
            "--mount=type=secret,id=x git clone https://x:$(cat /run/secrets/x)@h/r.git",
            copied,
        ),
        (
            "--mount=type=secret,id=x --mount=type=tmpfs,target=/root/.docker docker login -p $(cat /run/secrets/x) h",
            &[],
        ),
        (
            "--mount=type=secret,id=x,env=TOKEN echo '//r/:_authToken=${TOKEN}' > .npmrc && npm ci",
            &[],
        ),
        (
            "--mount=type=secret,id=x,target=/k cat /k | base64 -d > /root/key",
            copied,
        ),
        (
            "--mount=type=secret,id=x cp /run/secrets/x .npmrc && npm ci; rm .npmrc",
            &[],
        ),
        (
            "--mount=type=secret,id=x --mount=type=tmpfs,target=/t cp /run/secrets/x /t/x",
            &[],
        ),
        (
            "--mount=type=secret,id=x,target=/root/.npmrc npm ci > log",
            &[],
        ),
    ] {
        assert_eq!(
            codes(secrets, &format!("FROM a\nRUN {run}\n"), &[]),
            found,
            "{run}"
        );
    }
}

#[test]
fn a_variable_with_a_secret_in_it_is_found() {
    let found = &["secret-arg"][..];
    for (line, expected) in [
        ("ARG NEXUS_PASSWORD\nRUN fetch $NEXUS_PASSWORD", found),
        ("ARG NUGET_PAT\nRUN dotnet restore", found),
        ("ENV DB_PASSWORD=hunter2", found),
        ("ENV AWS_SECRET_ACCESS_KEY=AKIAIOSFODNN7EXAMPLE", found),
        ("ENV DATABASE_URL=postgres://user:hunter2@db/x", found),
        (
            "ARG PIP_INDEX_URL=https://user:hunter2@h/simple\nRUN pip install $PIP_INDEX_URL",
            found,
        ),
        ("ENV DATABASE_URL=postgres://db/x", &[]),
        ("ENV DB_PASSWORD=", &[]),
        ("ENV DB_PASSWORD=$OTHER", &[]),
        ("ENV TOKEN_TTL=3600 MAX_TOKENS=100", &[]),
        ("ENV PASSWORD=/run/secrets/password", &[]),
        ("ENV SECRET=false", &[]),
        ("ENV ALLOW_EMPTY_PASSWORD=yes PAD_TOKEN=<pad>", &[]),
    ] {
        assert_eq!(
            codes("", &format!("FROM a\n{line}\n"), &[]),
            expected,
            "{line}"
        );
    }
}

/// The daemon reads the file in its own container.
#[test]
fn a_secrets_file_that_nothing_mounts_is_found() {
    let dockerfile = "FROM a\nRUN --mount=type=secret,id=x,required=true true\n";
    for (more, found) in [
        ("", &["unmounted-secret"][..]),
        (
            "[pod.containers.buildkit]\nmounts = [{ secret = \"s\", path = \"/etc/other\" }]\n",
            &["unmounted-secret"],
        ),
        (
            "[pod.containers.buildkit]\nmounts = [{ secret = \"s\", path = \"/etc/x\" }]\n",
            &[],
        ),
        (
            "[stages.write]\nposition = \"before_images\"\ncontainer = \"buildkit\"\ncommands = [\"touch /etc/x/y\"]\n",
            &[],
        ),
    ] {
        let image = format!("secrets.x.file = \"/etc/x/y\"\n\n{more}");
        assert_eq!(codes(&image, dockerfile, &[]), found, "{more}");
    }
}

#[test]
fn a_lock_file_outside_of_the_context_is_found() {
    let monorepo = [
        ("pnpm-lock.yaml", ""),
        ("pnpm-workspace.yaml", "packages: [apps/*]\n"),
        ("apps/api/package.json", "{}\n"),
    ];
    let dockerfile = "FROM node\nCOPY . .\nRUN pnpm install --frozen-lockfile\n";
    let found = &["missing-lock"][..];
    for (image, run, more, expected) in [
        ("context = \"apps/api\"\n", dockerfile, &[][..], found),
        ("", dockerfile, &[], &[][..]),
        ("", dockerfile, &[(".dockerignore", "*-lock.yaml\n")], found),
        (
            "context = \"apps/api\"\n",
            dockerfile,
            &[("apps/api/pnpm-lock.yaml", "")],
            &[],
        ),
        (
            "context = \"apps/api\"\n",
            "FROM node\nCOPY . .\nRUN pnpm install\n",
            &[],
            &[],
        ),
        (
            "context = \"apps/api\"\n",
            "FROM node\nCOPY . .\nRUN npm ci\n",
            &[],
            &[],
        ),
    ] {
        let files = [&monorepo[..], more].concat();
        assert_eq!(codes(image, run, &files), expected, "{image}{run}{more:?}");
    }
}

#[test]
fn paths_of_reports_that_are_nearly_right_are_found() {
    let misplaced = &["misplaced-reports"][..];
    let sources = &["missing-sources"][..];
    for (keys, files, found) in [
        (
            "junit = [\"out/test-result/tset/*.xml\"]",
            &[][..],
            misplaced,
        ),
        ("junit = [\"out/test-results/tset/*.xml\"]", &[], misplaced),
        (
            "junit = [\"out/test-results/tset/*.xml\"]",
            &[("build.gradle", "tasks.register('tset')\n")],
            &[][..],
        ),
        ("junit = [\"out/test-results/**/*.xml\"]", &[], &[]),
        (
            "junit = [\"out/test-results/integrationTest/*.xml\"]",
            &[],
            &[],
        ),
        ("junit = [\"out/results/*.xml\"]", &[], &[]),
        ("jacoco.sources = \"src/mian/java\"", &[], sources),
        (
            "jacoco.sources = \"src/main/java, src/main/kotlin\"",
            &[("src/main/kotlin/A.kt", "")],
            &[],
        ),
        ("jacoco.sources = \"**/src/main/java\"", &[], &[]),
        ("jacoco.sources = \"out/generated\"", &[], &[]),
    ] {
        let image = format!(
            "\n[checks.unit]\ndirectory = \"/app/build\"\ndestination = \"out\"\nexit_code_file = \"code\"\n{keys}\n"
        );
        let dockerfile = "FROM gradle\nWORKDIR /app\nCOPY src src\nRUN code=0; ./gradlew test || code=$?; echo $code > build/code\n";
        let files = [&[("src/main/java/A.java", "")], files].concat();
        assert_eq!(codes(&image, dockerfile, &files), found, "{keys} {files:?}");
    }
}

/// CI has the library checked out in the service's checkout: what is rendered there names every argument.
#[test]
fn the_library_in_a_checkout_is_none_of_its_files() {
    for (library, found) in [
        ("service/library", true),
        ("library", true),
        ("service", false),
    ] {
        let project =
            "[version]\nliteral = \"1.2.3\"\n\n[images.app]\nargs = { BUILD_NUMBER = \"1\" }\n";
        let workspace = Workspace::empty()
            .file(&format!("{library}/jenkinsgen.toml"), LIBRARY)
            .file(&format!("{library}/projects/app.toml"), project)
            .file("service/Jenkinsfile", "@Library('acme') _\nappPipeline()\n")
            .file("service/Dockerfile", "FROM a\nARG BUILD_NUMBER\nRUN make\n");
        let verify = ["verify", "app", "service", "--root", library];
        workspace
            .run(["render", "--root", library])
            .any_output()
            .success();
        let (stdout, _) = workspace.run(verify).any_output().success_or_differences();
        assert_eq!(
            stdout.contains("[unused-arg]"),
            found,
            "{library}: {stdout}"
        );
    }
}

/// `.` is the checkout itself, and other names that begin with a dot are names.
#[test]
fn a_folder_is_filled_in_a_context_whose_name_begins_with_a_dot() {
    let check = "context = \".app\"\ndockerfile = \".app/Dockerfile\"\n\n[checks.unit]\ndirectory = \"/r\"\ndestination = \".app/build\"\nexit_code_file = \"code\"\n";
    for (dockerfile, found) in [
        ("COPY . /r\n", &["unignored-folder"][..]),
        ("COPY build /r\n", &[]),
        ("COPY a /r\n", &[]),
    ] {
        let dockerfile = format!("FROM a\n{dockerfile}RUN make > /r/code\n");
        let files = [(".app/Dockerfile", dockerfile.as_str()), (".app/a", "")];
        let mut codes = codes(check, "FROM a\n", &files);
        codes.retain(|code| !code.ends_with("-exit-code"));
        assert_eq!(codes, found, "{dockerfile}");
    }
}

#[test]
fn reports_of_tests_that_are_left_out_are_found() {
    let image = "\n[checks.unit]\ndirectory = \"/app/out\"\ndestination = \"out\"\nexit_code_file = \"code\"\njunit = [\"out/x/*.xml\"]\n";
    let custom = ("build.gradle", "check.dependsOn integrationTest\n");
    for (script, files, is_found) in [
        (
            "mvn -B package -DskipTests; echo $? > out/code",
            &[][..],
            true,
        ),
        (
            "code=0; ./mvnw verify -Dmaven.test.skip=true || code=$?; echo $code > out/code",
            &[],
            true,
        ),
        (
            "mvn -B package -DskipTests=false; echo $? > out/code",
            &[],
            false,
        ),
        (
            "mvn package -DskipTests && mvn verify; echo $? > out/code",
            &[],
            false,
        ),
        (
            "mvn package -DskipTests; ./test; echo $? > out/code",
            &[],
            false,
        ),
        ("mvn package -DskipITs; echo $? > out/code", &[], false),
        (
            "apk add git; gradle build -x test; echo $? > out/code",
            &[],
            true,
        ),
        ("gradle build -x lint; echo $? > out/code", &[], false),
        ("gradle build -x test; echo $? > out/code", &[custom], false),
        (
            "gradle integrationTest -x test; echo $? > out/code",
            &[],
            false,
        ),
        (
            "./gradlew --no-daemon clean bootJar; echo $? > out/code",
            &[],
            true,
        ),
        ("./gradlew bootJar test; echo $? > out/code", &[], false),
        ("./gradlew; echo $? > out/code", &[], false),
    ] {
        let dockerfile = format!("FROM a\nWORKDIR /app\nRUN {script}\n");
        let found = codes(image, &dockerfile, files).contains(&"misplaced-reports".to_owned());
        assert_eq!(found, is_found, "{script}");
    }
}
