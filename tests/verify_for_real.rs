//! What `verify` takes for granted is what BuildKit does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::path::Path;
use std::process::Command;

use support::Workspace;
use support::engines::engines;
use support::real::buildkit::{BuildKit, Network};
use support::real::registry::Registry;

/// The first stage of every Dockerfile here: a shell, and nothing else.
const BASE: &str = "FROM scratch AS base\nCOPY shell /bin/sh\n";

/// A folder with a Dockerfile and a shell, and a daemon.
struct Kitchen {
    buildkit: BuildKit,
    _hub: Registry,
    workspace: Workspace,
}

/// What came of a build.
struct Solved {
    is_good: bool,
    log: String,
    /// What the file `/out` of the last stage has.
    out: String,
}

impl Kitchen {
    fn new() -> Self {
        let hub = Registry::open();
        let workspace = Workspace::small().file(
            "checkout/Jenkinsfile",
            "@Library('acme') _\nappPipeline()\n",
        );
        fs_err::copy("/bin/busybox", workspace.path().join("checkout/shell")).unwrap();
        Self {
            buildkit: BuildKit::start(&hub, Network::Host),
            _hub: hub,
            workspace,
        }
    }

    /// Writes the rest of the Dockerfile.
    fn dockerfile(&self, rest: &str) -> &Self {
        self.workspace
            .write("checkout/Dockerfile", &format!("{BASE}{rest}"));
        self
    }

    /// Builds it, with more options.
    fn solve(&self, options: &[&str]) -> Solved {
        let checkout = self.workspace.path().join("checkout");
        let out = tempfile::tempdir().unwrap();
        let local = |name: &str, path: &Path| format!("{name}={}", path.display());
        let output = Command::new(engines().join("bin/buildctl"))
            .args([
                "build",
                "--progress",
                "plain",
                "--frontend",
                "dockerfile.v0",
            ])
            .args([
                "--local",
                &local("context", &checkout),
                "--local",
                &local("dockerfile", &checkout),
            ])
            .args(["--output", &local("type=local,dest", out.path())])
            .args(options)
            .env("BUILDKIT_HOST", self.buildkit.address())
            .output()
            .unwrap();
        Solved {
            is_good: output.status.success(),
            log: String::from_utf8(output.stderr).unwrap(),
            out: fs_err::read_to_string(out.path().join("out")).unwrap_or_default(),
        }
    }

    /// The codes of what is found, without those that these small Dockerfiles do not care for.
    fn findings(&self) -> Vec<String> {
        let run = self
            .workspace
            .run(["verify", "app", "checkout", "--format", "json"]);
        let (stdout, _) = run.any_output().success_or_differences();
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    }

    fn project(&self, image: &str) {
        let text = format!("[version]\nliteral = \"1.2.3\"\n\n[images.app]\n{image}");
        self.workspace.write("projects/app.toml", &text);
    }
}

#[test]
fn stages_arguments_and_secrets_are_as_buildkit_has_them() {
    let kitchen = Kitchen::new();

    // Targets are found in any case, and not by number.
    kitchen.dockerfile(
        "FROM base AS First\nRUN echo first > /out\nFROM base\nRUN echo second > /out\n",
    );
    for (target, out, found) in [
        ("fIRST", "first\n", &[][..]),
        ("2", "", &["unknown-target"]),
        ("third", "", &["unknown-target"]),
    ] {
        let solved = kitchen.solve(&["--opt", &format!("target={target}")]);
        assert_eq!(
            (solved.is_good, solved.out.as_str()),
            (found.is_empty(), out),
            "{target}: {}",
            solved.log
        );
        kitchen.project(&format!("target = \"{target}\"\n"));
        assert_eq!(kitchen.findings(), found, "{target}");
    }
    kitchen.project("");

    // An argument is seen by the stages that are made from its own, where it may be declared again without its default; a global one is not seen at all.
    kitchen.dockerfile("FROM base AS parent\nARG a=own\nFROM parent\nRUN echo \"$a\" > /out\n");
    assert_eq!(kitchen.solve(&[]).out, "own\n");
    assert!(kitchen.findings().is_empty());
    kitchen
        .dockerfile("FROM base AS parent\nARG a=own\nFROM parent\nARG a\nRUN echo \"$a\" > /out\n");
    assert_eq!(kitchen.solve(&[]).out, "own\n");
    assert!(!kitchen.findings().contains(&"unset-arg".to_owned()));
    kitchen.workspace.write(
        "checkout/Dockerfile",
        &format!("ARG a=global\n{BASE}RUN echo \"[$a]\" > /out\n"),
    );
    assert_eq!(kitchen.solve(&[]).out, "[]\n");
    assert_eq!(kitchen.findings(), ["undeclared-arg"]);
    kitchen.workspace.write(
        "checkout/Dockerfile",
        &format!("ARG a=global\n{BASE}ARG a\nRUN echo \"[$a]\" > /out\n"),
    );
    assert_eq!(kitchen.solve(&[]).out, "[global]\n");
    assert!(kitchen.findings().is_empty());

    // An argument that nothing declares is dropped, and one without a value is empty.
    kitchen.dockerfile("ARG a\nRUN echo \"[$a]\" > /out\n");
    let solved = kitchen.solve(&["--opt", "build-arg:b=1"]);
    assert_eq!(
        (solved.is_good, solved.out.as_str()),
        (true, "[]\n"),
        "{}",
        solved.log
    );
    kitchen.project("args = { b = \"1\" }\n");
    assert_eq!(kitchen.findings(), ["unset-arg", "unknown-arg"]);

    // What a stage leaves to those that are made from it runs in these, once.
    kitchen.project("args = { a = \"given\" }\n");
    let parent = "FROM base AS parent\nONBUILD ARG a\nONBUILD RUN echo \"[$a]\" > /out\n";
    for (rest, out) in [
        ("FROM parent\n", "[given]\n"),
        (
            "FROM parent AS heir\nFROM heir\nRUN echo \"[$a]\" >> /out\n",
            "[given]\n[given]\n",
        ),
    ] {
        kitchen.dockerfile(&format!("{parent}{rest}"));
        let solved = kitchen.solve(&["--opt", "build-arg:a=given"]);
        assert_eq!(solved.out, out, "{rest}\n{}", solved.log);
        assert!(kitchen.findings().is_empty(), "{rest}");
    }

    // A secret has the name of its target's file if no other is given.
    kitchen.project("");
    let with = "RUN --mount=type=secret,target=/run/s/token,required=true echo \"$(while read -r l; do echo $l; done < /run/s/token)\" > /out\n";
    kitchen.dockerfile(with);
    kitchen.workspace.write("token", "abc\n");
    let source = format!(
        "id=token,src={}",
        kitchen.workspace.path().join("token").display()
    );
    // First without it: secrets are no part of what the cache knows a command by.
    assert!(!kitchen.solve(&[]).is_good);
    let solved = kitchen.solve(&["--secret", &source]);
    assert_eq!(solved.out, "abc\n", "{}", solved.log);
    // It prints the secret into a file.
    assert_eq!(kitchen.findings(), ["missing-secret", "copied-secret"]);
    kitchen.dockerfile(&with.replace(",required=true", ""));
    assert_eq!(kitchen.findings(), ["unset-secret", "copied-secret"]);
    kitchen.project("secrets.token.credentials_text = \"token\"\n");
    assert_eq!(kitchen.findings(), ["copied-secret"]);
}

#[test]
fn an_argument_of_the_whole_file_is_empty_where_it_is_found_to_be() {
    let kitchen = Kitchen::new();
    for (image, rest, out) in [
        ("", "RUN echo \"[$a]\" > /out\n", "[]"),
        (
            "args = { a = \"given\" }\n",
            "RUN echo \"[$a]\" > /out\n",
            "[]",
        ),
        ("", "ARG a\nRUN echo \"[$a]\" > /out\n", "[global]"),
        ("", "RUN echo \"[$a]\" > /out\nARG a\n", "[]"),
        ("", "ENV b=$a\nRUN echo \"[$b]\" > /out\n", "[]"),
        ("", "ENV a=own\nRUN echo \"[$a]\" > /out\n", "[own]"),
        ("", "ENV a=own b=$a\nRUN echo \"[$b]\" > /out\n", "[]"),
        ("", "RUN a=own; echo \"[$a]\" > /out\n", "[own]"),
        (
            "",
            "RUN for a in own; do echo \"[$a]\"; done > /out\n",
            "[own]",
        ),
        ("", "RUN echo \"[${a:-own}]\" > /out\n", "[own]"),
        (
            "",
            "ARG a\nFROM base AS parent\nRUN echo \"[$a]\" > /out\n",
            "[]",
        ),
        (
            "",
            "ARG a\nFROM first\nRUN echo \"[$a]\" > /out\n",
            "[global]",
        ),
        ("", "WORKDIR /x$a\nRUN echo \"[$(pwd)]\" > /out\n", "[/x]"),
        ("", "RUN echo '[own]' > /out\nCMD echo $a\n", "[own]"),
    ] {
        kitchen.project(image);
        let text = format!("ARG a=global\n{BASE}FROM base AS first\n{rest}");
        kitchen.workspace.write("checkout/Dockerfile", &text);
        let given = match image {
            "" => &[][..],
            _ => &["--opt", "build-arg:a=given"],
        };
        let solved = kitchen.solve(given);
        assert_eq!(solved.out.trim_end(), out, "{rest}\n{}", solved.log);
        let is_empty = matches!(out, "[]" | "[/x]");
        let findings = kitchen.findings();
        let found = findings.contains(&"undeclared-arg".to_owned());
        assert_eq!(found, is_empty, "{rest}\n{findings:?}");
    }
}

#[test]
fn an_argument_breaks_the_cache_of_the_commands_that_are_found() {
    let kitchen = Kitchen::new();
    kitchen.project("args = { number = \"{build_number}\" }\n");
    for (rest, breaks) in [
        (
            "ARG number\nRUN echo slow > /out\nLABEL number=$number\n",
            true,
        ),
        (
            "RUN echo slow > /out\nARG number\nLABEL number=$number\n",
            false,
        ),
        (
            "FROM base AS numbered\nARG number\nFROM base\nRUN echo slow > /out\n",
            false,
        ),
        (
            "FROM base AS numbered\nARG number\nENV NUMBER=$number\nFROM numbered\nRUN echo slow > /out\n",
            true,
        ),
        // This stands on a layer that is another one in each build, wherever the argument is declared: nothing is to be mended.
        (
            "ARG number\nRUN echo $number > /number\nRUN echo slow > /out\n",
            true,
        ),
        (
            "ARG number\nCOPY shell /shell$number\nRUN echo slow > /out\n",
            true,
        ),
    ] {
        kitchen.dockerfile(rest);
        assert!(kitchen.solve(&["--opt", "build-arg:number=1"]).is_good);
        let solved = kitchen.solve(&["--opt", "build-arg:number=2"]);
        assert!(solved.is_good, "{}", solved.log);
        let line = solved
            .log
            .lines()
            .find(|line| line.contains("RUN echo slow"));
        let step = line.unwrap().split(' ').next().unwrap();
        let is_cached = solved.log.contains(&format!("{step} CACHED"));
        assert_eq!(!is_cached, breaks, "{rest}\n{}", solved.log);
        let found = kitchen
            .findings()
            .contains(&"cache-breaking-arg".to_owned());
        let is_needed_before = rest.starts_with("ARG number\nRUN echo $number")
            || rest.starts_with("ARG number\nCOPY");
        assert_eq!(found, breaks && !is_needed_before, "{rest}");
    }
}

#[test]
fn folders_are_ignored_by_the_patterns_of_buildkit() {
    let kitchen = Kitchen::new();
    kitchen.workspace.write("checkout/build/report", "yes\n");
    let image = "\n[checks.unit]\ndirectory = \"/context\"\ndestination = \"build\"\n";
    kitchen.project(image);
    kitchen.dockerfile(
        "COPY . /context\nRUN if [ -e /context/build/report ]; then echo there; fi > /out\n",
    );
    for (patterns, is_there) in [
        ("", true),
        ("build", false),
        ("/build/", false),
        ("./build", false),
        ("b*", false),
        ("**/build", false),
        ("build/**", false),
        ("build/*", false),
        ("*/build", true),
        ("builds", true),
        ("*\n!build", true),
        ("*\n!build\n!shell\nbuild", false),
        ("# build", true),
        ("!build\nbuild", false),
    ] {
        // The shell is always needed.
        kitchen
            .workspace
            .write("checkout/.dockerignore", &format!("{patterns}\n!shell\n"));
        let solved = kitchen.solve(&[]);
        assert!(solved.is_good, "{patterns:?}: {}", solved.log);
        assert_eq!(
            solved.out == "there\n",
            is_there,
            "{patterns:?}: {}",
            solved.log
        );
        let found = kitchen.findings().contains(&"unignored-folder".to_owned());
        assert_eq!(found, is_there, "{patterns:?}");
    }
}

#[test]
fn a_dockerfile_can_be_read_if_buildkit_reads_it() {
    let kitchen = Kitchen::new();
    for (rest, is_good) in [
        (
            "RUN while read -r l; do echo $l; done <<EOF > /out\nFROM nothing\nEOF\nENTRYPOINT []\n",
            true,
        ),
        (
            "COPY <<A <<-\"B\" /\na\nA\n\tb\n\tB\nRUN echo $((1<<3)) > /out\n",
            true,
        ),
        ("run echo a \\\n# comment\n\n  b > /out\ncmd []\n", true),
        (
            "HEALTHCHECK NONE\nONBUILD RUN x\nRUN [\"/bin/sh\", \"-c\", \"echo x > /out\"]\nLABEL a b c\n",
            true,
        ),
        ("RUN echo x <<EOF\nCMD x\n", false),
        ("RUN echo x << EOF > /out\nhi\nEOF\n", true),
        ("SHELL []\n", false),
        (
            "FROM base AS other\nFROM base AS other\nRUN echo > /out\n",
            true,
        ),
        ("COPY x\n", false),
        // Flags, options and values.
        ("COPY --form=base shell /out\n", false),
        ("COPY --chown shell /out\n", false),
        ("COPY --link --chmod=755 --chown=1:1 shell /out\n", true),
        ("COPY --chmod=u+q shell /out\n", false),
        ("COPY --chmod=u=rwX,go=rX shell /out\n", true),
        ("COPY --parents --exclude=*.md shell /\n", true),
        ("RUN --mount=type=secert,id=x true\n", false),
        ("RUN --mount=type=bind,rw,target=/x,bogus=1 true\n", false),
        ("RUN --mount=type=bind,target true\n", false),
        ("RUN --mount=type=cache true\n", false),
        (
            "RUN --mount=type=cache,target=/c,id=c,sharing=locked,mode=0700,uid=1,gid=1 true\n",
            true,
        ),
        ("RUN --mount=type=tmpfs true\n", false),
        ("RUN --mount=type=tmpfs,target=/t,size=10m true\n", true),
        (
            "RUN --mount=type=secret,id=x,env=X,required=false true\n",
            true,
        ),
        ("RUN --mount=target=/x,readonly true\n", true),
        ("RUN --network=bridge true\n", false),
        ("RUN --network=none true\n", true),
        ("EXPOSE abc\n", false),
        ("EXPOSE 80 443/tcp 53/udp 8000-8010\n", true),
        ("ENV A\n", false),
        ("ENV A b c\n", true),
        ("ENV A=1 B\n", false),
        ("ENV A='1 2' B=\"x\" C=\\ d E=\n", true),
        ("LABEL a\n", false),
        ("FROM base AS 1x\n", false),
        ("FROM base AS X-1_y.z\n", true),
        ("ONBUILD FROM x\n", false),
        ("ONBUILD ONBUILD RUN x\n", false),
        ("ADD --checksum=sha256:zz https://example.com/y /z\n", false),
        ("HEALTHCHECK --interval=5m --foo=1 CMD true\n", false),
        (
            "HEALTHCHECK --interval=5m --timeout=3s --start-period=1s --start-interval=1s --retries=3 CMD true\n",
            true,
        ),
    ] {
        kitchen.dockerfile(rest);
        let solved = kitchen.solve(&[]);
        assert_eq!(solved.is_good, is_good, "{rest}\n{}", solved.log);
        let found = kitchen
            .findings()
            .contains(&"invalid-dockerfile".to_owned());
        assert_eq!(found, !is_good, "{rest}");
    }
}

/// Where a command writes to and what a `COPY --from` makes of it: the file is there if nothing is found, and else it is not.
#[test]
fn the_exit_status_is_where_it_is_seen_to_be_written() {
    let kitchen = Kitchen::new();
    let check = "\n[checks.unit]\ndirectory = \"/app/build\"\ndestination = \"results\"\nexit_code_file = \"exit-code\"\n";
    kitchen.project(check);
    let there = "RUN if [ -e /app/build/exit-code ]; then echo there; fi > /out\n";
    for (rest, is_there) in [
        (
            "RUN code=0; false || code=$?; echo $code > build/exit-code",
            true,
        ),
        ("RUN echo 0 > exit-code", false),
        ("RUN (cd build && echo 0 > exit-code)", true),
        ("RUN (cd build); echo 0 > exit-code", false),
        (
            "RUN if false; then echo 0; else echo 1; fi > build/exit-code",
            true,
        ),
        ("RUN [\"sh\", \"-c\", \"echo 0 > build/exit-code\"]", true),
        ("RUN trap 'echo $? > build/exit-code' EXIT; true", true),
        ("RUN echo 'status > build/exit-code'", false),
        ("RUN echo exit-code", false),
        (
            "RUN <<EOF\nset +e\nfalse\necho $? > build/exit-code\nEOF",
            true,
        ),
        ("WORKDIR build\nRUN echo 0 > exit-code", true),
        ("WORKDIR /app/build/..\nRUN echo 0 > exit-code", false),
        ("ENV OUT=/app/build\nRUN echo 0 > $OUT/exit-code", true),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 /app/build /app/build",
            true,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 /app/build /build",
            false,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 /app /",
            false,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 / /",
            true,
        ),
        (
            "RUN echo 0 > status\nFROM base\nCOPY --from=1 /app/status /app/build/exit-code",
            true,
        ),
        (
            "RUN echo 0 > exit-code\nFROM base\nCOPY --from=1 /app/exit-code /app/build/",
            true,
        ),
        (
            "RUN echo 0 > exit-code\nFROM base\nCOPY --from=1 app/exit* /app/build/",
            true,
        ),
        (
            "RUN echo 0 > exit-code\nFROM base\nWORKDIR /app\nCOPY --from=1 app/exit-code build/",
            true,
        ),
        ("RUN echo 0 > build/exit-code\nFROM made", true),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 /app/build/*.xml /app/build/",
            false,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 /app/b* /app/build/",
            true,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 /app/[!b]uild/exit-code /app/build/",
            true,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 --exclude=exit-code /app/build /app/build",
            false,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 --exclude=exit-code /app/b* /app/build",
            false,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 --exclude=exit-code /app/build/* /app/build/",
            true,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 --exclude=exit-code /app /app",
            true,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 --exclude=/build --exclude=*e --exclude=!build /app /app",
            true,
        ),
        (
            "RUN echo 0 > build/exit-code\nFROM base\nCOPY --from=1 --exclude=bui* /app /app",
            false,
        ),
    ] {
        kitchen.dockerfile(&format!(
            "FROM base AS made\nWORKDIR /app/build\nWORKDIR /app\n{rest}\n{there}"
        ));
        let solved = kitchen.solve(&[]);
        assert!(solved.is_good, "{rest}\n{}", solved.log);
        assert_eq!(solved.out == "there\n", is_there, "{rest}\n{}", solved.log);
        let findings = kitchen.findings();
        // What it says is another question, which the shells answer.
        let of_place = ["missing-exit-code", "unseen-exit-code"];
        let is_found = findings
            .iter()
            .any(|code| of_place.contains(&code.as_str()));
        assert_eq!(is_found, !is_there, "{rest}\n{findings:?}");
    }
}

/// What is copied must be there; a pattern may match nothing, but the folder before its first wildcard must be there.
#[test]
fn copies_find_what_buildkit_finds() {
    let kitchen = Kitchen::new();
    let workspace = &kitchen.workspace;
    kitchen.project("");
    for path in ["a.txt", "src/x.rs", "src/deep/y.rs", "app{1}/z"] {
        workspace.write(&format!("checkout/{path}"), "text\n");
    }
    for (link, target) in [
        ("link", "a.txt"),
        ("folder", "src"),
        ("absolute", "/src"),
        ("dangling", "nowhere"),
        ("outside", "../projects/app.toml"),
        ("circle", "circle"),
    ] {
        std::os::unix::fs::symlink(target, workspace.path().join("checkout").join(link)).unwrap();
    }
    let missing = Some("missing-source");
    let empty = Some("empty-copy");
    for (rest, ignored, found) in [
        ("COPY a.txt src /x/", "", None),
        ("COPY no.txt /", "", missing),
        ("ADD no.txt /", "", missing),
        ("ADD github.com/a/b /", "", missing),
        ("COPY A.txt /", "", missing),
        ("COPY a.txt/ /../src/./x.rs /x/", "", None),
        ("COPY src/x.rs/y /", "", missing),
        ("COPY [\"a.txt\", \"/\"]", "", None),
        ("COPY [\"no.txt\", \"/\"]", "", missing),
        ("COPY \"a.txt\" 'src' /", "", None),
        ("COPY <<A no.txt /\ntext\nA", "", missing),
        // Patterns.
        ("COPY no*.txt /", "", empty),
        ("COPY a.txt no* /", "", None),
        ("COPY no/*.txt /", "", missing),
        (
            "COPY src/*/y.rs s*/x.rs [a-b].txt [^c].txt ?.txt /",
            "",
            None,
        ),
        ("COPY s*/no.rs /", "", empty),
        ("COPY src/no* /", "", missing),
        ("COPY src/no* src/x.rs /", "", None),
        ("COPY src /x\nCOPY src/no* /", "", empty),
        ("COPY src/deep/no* /", "src/*", missing),
        ("COPY src/no*/y.rs /", "src/*", missing),
        ("COPY [^a].txt /", "", empty),
        // Links.
        ("COPY link folder/x.rs absolute/x.rs /", "", None),
        ("COPY absolute/no.rs /", "", missing),
        ("COPY dangling /", "", missing),
        ("COPY outside /", "", missing),
        ("COPY circle /", "", missing),
        // What is left out.
        ("COPY a.txt /", "a.txt", missing),
        ("COPY a.txt /", " /../a.txt ", missing),
        ("COPY a.txt /", "# a.txt", None),
        ("COPY a.txt /", "[^b].txt", missing),
        ("COPY a.txt /", "{a,b}.txt", None),
        ("COPY app{1}/z /", "app{1}", missing),
        ("COPY a*.txt /", "*.txt", empty),
        ("COPY link /", "a.txt", missing),
        ("COPY link /", "link", missing),
        ("COPY src /", "src", missing),
        ("COPY src /", "src/*", empty),
        ("COPY src /", "src/**", empty),
        ("COPY src/x.rs /", "**.rs", missing),
        ("COPY src/x.rs /", "s**s", None),
        ("COPY src /", "*\n!src/deep/y.rs", None),
        ("COPY src/deep /", "*\n! **/y.rs", None),
        ("COPY src/x.rs /", "*\n!src/deep/y.rs", missing),
        ("COPY src/x.rs /", "src\n!src/x.rs", None),
        ("COPY src/x* /", "src\n!src/deep", missing),
        ("COPY src/d* /", "src\n!src/deep", None),
        ("COPY Dockerfile /", "Dockerfile", missing),
        // What is mounted, and what is not built.
        ("RUN --mount=source=src/x.rs,target=/x echo", "", None),
        (
            "RUN --mount=type=bind,source=no,target=/x echo",
            "",
            missing,
        ),
        ("RUN --mount=source=src/x.rs,target=/x echo", "src", missing),
        ("FROM base AS unused\nCOPY no.txt /\nFROM base", "", None),
        ("ONBUILD COPY no.txt /", "", None),
    ] {
        workspace.write("checkout/.dockerignore", &format!("{ignored}\n!shell\n"));
        kitchen.dockerfile(&format!("{rest}\n"));
        let solved = kitchen.solve(&[]);
        let is_good = found != missing;
        assert_eq!(
            solved.is_good, is_good,
            "{rest}, {ignored:?}\n{}",
            solved.log
        );
        let findings = kitchen.findings();
        assert_eq!(findings, Vec::from_iter(found), "{rest}, {ignored:?}");
    }
}

#[test]
fn stages_and_bases_are_unknown_to_buildkit_as_they_are_found() {
    let kitchen = Kitchen::new();
    kitchen.project("");
    let unknown = Some("unknown-stage");
    let unset = Some("unset-base");
    for (text, found) in [
        ("COPY --from=0 /bin/sh /out\n", unknown),
        ("FROM base\nCOPY --from=0 /bin/sh /out\n", None),
        ("FROM base\nCOPY --from=7 /bin/sh /out\n", unknown),
        (
            "FROM base AS build\nFROM base\nCOPY --from=biuld /bin/sh /out\n",
            unknown,
        ),
        (
            "FROM base AS build\nFROM base\nCOPY --from=BUILD /bin/sh /out\n",
            None,
        ),
        (
            "FROM base AS use\nCOPY --from=late /bin/sh /out\nFROM base AS late\nFROM use\n",
            unknown,
        ),
        ("FROM alpine:${TAG}\n", unset),
        ("ARG TAG=3\nFROM alpine:$TAG\n", unset),
        ("FROM $BASE\n", unset),
        ("FROM ${BASE:-scratch}\nCOPY shell /out\n", None),
        ("FROM scratch$SUFFIX\nCOPY shell /out\n", None),
        (
            "RUN --mount=type=ssh,required=true true\n",
            Some("missing-secret"),
        ),
        ("RUN --mount=type=ssh true\n", None),
    ] {
        kitchen.dockerfile(text);
        let solved = kitchen.solve(&[]);
        assert_eq!(solved.is_good, found.is_none(), "{text}\n{}", solved.log);
        let findings = kitchen.findings();
        assert_eq!(findings, Vec::from_iter(found), "{text}\n{}", solved.log);
    }
}
