//! The article's service, released for real: the rendered pipeline runs on the CPS engine, its scripts on this machine, and BuildKit, grype, the registry and
//! Git are no stand-ins. Each test is a promise to the users of the library.

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use support::real::buildkit::{BuildKit, Network};
use support::real::built::Built;
use support::real::registry::Registry;
use support::real::search::files_with;
use support::real::site::{IMAGE, Site, new_pod, pod};
use support::simulator::Found;

#[test]
fn reports_of_passing_tests_are_published() {
    let site = Site::new();
    let built = site.build(1, pod()).succeeded();
    let found = Found {
        total: 5,
        failed: 0,
        skipped: 1,
    };
    assert_eq!(built.steps("junit").next().unwrap().tests, Some(found));
    let build = built.workspace().join("build");
    for report in [
        "reports/jacoco/test/jacocoTestReport.xml",
        "jacoco/test.exec",
        "classes/java/main",
    ] {
        assert!(build.join(report).exists(), "{report}");
    }
}

#[test]
fn reports_of_failing_tests_are_published_and_nothing_is_released() {
    let site = Site::new();
    site.origin.copy("tests/checkout/variants/failing-tests");
    site.origin.commit();
    let built = site.build(1, pod()).failed("tests failed with exit code 1");
    let found = Found {
        total: 7,
        failed: 1,
        skipped: 1,
    };
    assert_eq!(built.steps("junit").next().unwrap().tests, Some(found));
    assert!(!built.reached("Build image"));
    assert_nothing_is_released(&site);
}

/// There are no reports then; that must not be what the build is said to have failed for.
#[test]
fn code_that_does_not_compile_fails_with_the_exit_code() {
    let site = Site::new();
    site.origin.copy("tests/checkout/variants/compile-error");
    site.origin.commit();
    let built = site.build(1, pod()).failed("tests failed with exit code 1");
    built.has_printed("Broken.java:4: error: illegal character");
    assert_nothing_is_released(&site);
}

/// The second pod's daemon is new: what is cached comes from the volume that both pods mount.
#[test]
fn a_second_build_in_a_new_pod_does_not_compile_again() {
    let site = Site::new();
    let compiling = "./gradlew build";
    let first = site.build(1, &new_pod(Network::Apart)).succeeded();
    assert!(!first.cached(first.script("Build up to the results"), compiling));
    let second = site.build(2, &new_pod(Network::Apart)).succeeded();
    for script in ["Build up to the results", "Build the image service"] {
        assert!(
            second.cached(second.script(script), compiling),
            "{script}:\n{}",
            second.log()
        );
    }
}

#[test]
fn a_build_on_the_hosts_network_reaches_the_hosts_loopback() {
    let site = Site::new();
    reach_out(&site);
    let built = site.build(1, pod()).succeeded();
    built.has_printed("RUN was told: HTTP/1.0 200 OK");

    // The daemon of this test really keeps builds apart that do not ask.
    let apart = Site::new();
    apart.configure("network = \"host\"\n", "");
    reach_out(&apart);
    let built = apart.build(1, pod()).succeeded();
    built.has_printed("RUN was told: nothing");
}

/// Without network plugins BuildKit gives each RUN the host's network; this project wants none.
#[test]
fn a_build_without_a_network_reaches_nothing() {
    let site = Site::new();
    site.configure("network = \"host\"", "network = \"none\"");
    reach_out(&site);
    let pod = new_pod(Network::Host);
    let built = site.build(1, &pod).succeeded();
    built.has_printed("RUN was told: nothing");
}

#[test]
fn build_args_reach_the_image() {
    let site = Site::new();
    let _ = site.build(7, pod()).succeeded();
    let config = site.registry.config(&image("latest"));
    assert_eq!(
        config["Labels"]["org.opencontainers.image.version"],
        "1.2.3.7"
    );
    let environment = config["Env"].as_array().unwrap();
    assert!(
        environment.contains(&Value::from("BUILD_NUMBER=7")),
        "{environment:?}"
    );
}

/// `gradlew` fails without the secret, so a success shows that the build had it.
#[test]
fn a_secret_is_used_and_left_nowhere() {
    let site = Site::new();
    let pod = new_pod(Network::Apart);
    let canary = "canary-c0ffee";
    site.set_secret(canary);
    let built = site.build(1, &pod).succeeded();
    let places = places(&site, &built, &pod);
    for (name, path) in &places {
        assert!(path.exists(), "{name}");
        assert_eq!(files_with(canary, path), Vec::<PathBuf>::new(), "{name}");
    }
    let programs = built.script("Build the image service").calls(&built.folder);
    assert!(
        programs[0].contains(&"--secret".to_owned()),
        "arguments are recorded: {programs:?}"
    );
    let report = format!("{:?}", built.report);
    assert!(!report.contains(canary), "{report}");
}

/// The test above would see it.
#[test]
fn a_secret_that_a_dockerfile_leaks_is_found() {
    let site = Site::new();
    let pod = new_pod(Network::Apart);
    let canary = "canary-1eaked";
    site.set_secret(canary);
    add_to_image(
        &site,
        "RUN --mount=type=secret,id=gradle cat /run/secrets/gradle | tee /leak\n",
    );
    let built = site.build(1, &pod).succeeded();
    let places = places(&site, &built, &pod);
    for name in ["image", "scripts", "cache", "registry", "daemon"] {
        assert_ne!(
            files_with(canary, &places[name]),
            Vec::<PathBuf>::new(),
            "{name}"
        );
    }
}

#[test]
fn secrets_from_credentials_reach_the_build() {
    let site = Site::new();
    site.configure(
        "[images.service.secrets.gradle]",
        "[images.service.secrets]\nkey = { credentials_file = \"key-id\" }\ntoken = { credentials_text = \"token-id\" }\n\n\
         [images.service.secrets.gradle]",
    );
    for id in ["key", "token"] {
        // What the simulator's credentials hold.
        let secret = format!("secret-of-{id}-id");
        let mount = format!("--mount=type=secret,id={id},required=true");
        add_to_image(
            &site,
            &format!("RUN {mount} grep -qx {secret} /run/secrets/{id}\n"),
        );
    }
    let _ = site.build(1, pod()).succeeded();
}

#[test]
fn a_vulnerable_image_never_reaches_the_registry() {
    let site = Site::new();
    install(&site, "left-pad", "1.2.0");
    let built = site
        .build(1, pod())
        .failed("service has vulnerabilities of severity high or above");
    assert_nothing_is_released(&site);
    assert!(
        built
            .scan_report("report.html")
            .contains("GHSA-aaaa-bbbb-cccc")
    );
    assert!(built.scan_report("grype-report.json").contains("left-pad"));
}

/// `only_fixed`: nobody can do anything about it yet.
#[test]
fn a_vulnerability_without_a_fix_stops_nobody() {
    let site = Site::new();
    install(&site, "evil", "1.0.0");
    let _ = site.build(1, pod()).succeeded();
}

#[test]
fn the_registry_has_the_scanned_digest_under_both_names() {
    let site = Site::new();
    let built = site.build(1, pod()).succeeded();
    let scan: Value = serde_json::from_str(&built.scan_report("grype-report.json")).unwrap();
    assert_eq!(scan["source"]["target"]["manifestDigest"], built.digest());
    assert_eq!(site.registry.digest(&image("1.2.3.1")), built.digest());
    assert_eq!(site.registry.digest(&image("latest")), built.digest());
}

/// What `assert_nothing_is_released` reads in the registry's log is there after a push, and only then.
#[test]
fn a_push_is_seen_in_the_registrys_log() {
    let site = Site::new();
    assert_eq!(site.registry.requests(), Vec::<String>::new());
    let _ = site.build(1, pod()).succeeded();
    let requests = site.registry.requests();
    for (method, path) in [
        ("POST", format!("/v2/{IMAGE}/blobs/uploads/")),
        ("PUT", format!("/v2/{IMAGE}/manifests/1.2.3.1")),
        ("PUT", format!("/v2/{IMAGE}/manifests/latest")),
    ] {
        let request = format!("{method} {path} HTTP/1.1\" 20");
        assert!(
            requests.iter().any(|line| line.starts_with(&request)),
            "no {request:?} in {requests:#?}"
        );
    }
}

/// BuildKit pushes one name after the other, so the first may be there. Nothing else is: no tag, no promotion, no success.
#[test]
fn a_registry_that_refuses_the_second_name_ends_the_release() {
    let site = Site::new();
    let other = Registry::with_password();
    site.configure(
        "[registry]",
        &format!(
            "[[publish]]\nrepository = \"{}/{IMAGE}\"\ntags = [\"latest\"]\n\n[registry]",
            other.address()
        ),
    );
    let built = site.build(1, pod()).failed("script returned exit code 1");
    assert_eq!(site.registry.digest(&image("1.2.3.1")), built.digest());
    let refused = other.requests();
    assert!(
        refused
            .iter()
            .any(|request| request.contains("HTTP/1.1\" 401")),
        "{refused:?}"
    );
    assert!(
        !refused
            .iter()
            .any(|request| request.contains("HTTP/1.1\" 201")),
        "{refused:?}"
    );
    assert_eq!(built.script("Push").status, Some(1));
    assert!(!built.reached("Tag source") && !built.reached("Promote"));
    assert_eq!(site.origin.tags(), BTreeMap::new());
    assert_eq!(built.steps("publishArtifact").count(), 0);
    assert_eq!(built.steps("emailext").count(), 1);
}

#[test]
fn a_registry_with_a_password_takes_the_image_of_who_has_it() {
    let site = Site::with_a_password();
    let refused = site.build(1, pod()).failed("script returned exit code 1");
    assert_eq!(refused.script("Push").status, Some(1));
    assert_eq!(site.origin.tags(), BTreeMap::new());
    site.log_in();
    let built = site.build(2, pod()).succeeded();
    assert_eq!(site.registry.digest(&image("1.2.3.2")), built.digest());
    assert_eq!(site.origin.tags().len(), 4);
}

#[test]
fn four_tags_point_at_the_commit_after_one_push() {
    let site = Site::new();
    let commit = site.origin.commit();
    let pushes = site.origin.path().join("pushes");
    site.origin
        .hook("pre-receive", "cat >>pushes; echo end >>pushes");
    let _ = site.build(1, pod()).succeeded();
    assert_eq!(site.origin.tags(), release(1, &commit));
    let pushes = fs_err::read_to_string(pushes).unwrap();
    assert_eq!(
        (
            pushes.matches("refs/tags/").count(),
            pushes.matches("end").count()
        ),
        (4, 1),
        "{pushes}"
    );
}

#[test]
fn tags_that_the_server_refuses_do_not_move_the_others() {
    let site = Site::new();
    let first = site.origin.commit();
    let _ = site.build(1, pod()).succeeded();
    site.origin.commit();
    site.origin.hook(
        "update",
        "[ \"$1\" != refs/tags/v1.2 ] || { echo protected >&2; exit 1; }",
    );
    let built = site.build(2, pod()).failed("script returned exit code 1");
    built.has_printed("protected");
    assert_eq!(site.origin.tags(), release(1, &first));
}

/// A build's number belongs to its tag; whoever takes it again must not move anything.
#[test]
fn a_release_with_a_number_that_is_taken_moves_no_tag() {
    let site = Site::new();
    let first = site.origin.commit();
    let _ = site.build(1, pod()).succeeded();
    site.origin.commit();
    let again = site.build(1, pod()).failed("script returned exit code 1");
    again.has_printed("(already exists)");
    assert_eq!(site.origin.tags(), release(1, &first));
}

#[test]
fn a_second_release_moves_the_tags_and_leaves_the_first_release() {
    let site = Site::new();
    let first = site.origin.commit();
    let one = site.build(1, pod()).succeeded();
    site.origin.write(
        "src/main/java/io/example/service/More.java",
        "class More {}\n",
    );
    let second = site.origin.commit();
    let two = site.build(2, pod()).succeeded();
    assert_ne!(one.digest(), two.digest());
    assert_eq!(site.registry.digest(&image("1.2.3.1")), one.digest());
    assert_eq!(site.registry.digest(&image("1.2.3.2")), two.digest());
    assert_eq!(site.registry.digest(&image("latest")), two.digest());
    let mut tags = release(2, &second);
    tags.insert("v1.2.3.1".to_owned(), first);
    assert_eq!(site.origin.tags(), tags);
}

/// Both are built at the same time, the newer from a newer commit. Whichever comes first to the release: in the end the newer one is the newest, and the older
/// one is released before it or not at all.
#[test]
fn of_two_releases_that_race_the_newer_one_wins() {
    let site = Site::new();
    let first = site.origin.commit();
    site.analyse_with("touch \"$HOME/analysed-$BUILD_NUMBER\"; await \"$HOME/analysed-1\"; await \"$HOME/analysed-2\"");
    site.origin.hook(
        "pre-receive",
        "mkdir pushing || { echo two at once >&2; exit 1; }; sleep 1; rmdir pushing",
    );
    let (older, newer, second) = std::thread::scope(|scope| {
        let older = scope.spawn(|| site.build(1, pod()));
        site.wait_for("analysed-1");
        let second = site.origin.commit();
        let newer = scope.spawn(|| site.build(2, pod()));
        (older.join().unwrap(), newer.join().unwrap(), second)
    });
    let newer = newer.succeeded();
    let [one, other] =
        [&older, &newer].map(|built| built.cache_span(built.script("Build the image service")));
    assert!(
        one.1 <= other.0 || other.1 <= one.0,
        "both write the cache: {one:?} {other:?}"
    );
    let mut tags = release(2, &second);
    if older.report.result == "SUCCESS" {
        tags.insert("v1.2.3.1".to_owned(), first);
        assert_eq!(site.registry.digest(&image("1.2.3.1")), older.digest());
    } else {
        assert_eq!(older.report.result, "NOT_BUILT", "{}", older.log());
    }
    assert_eq!(site.origin.tags(), tags);
    assert_eq!(site.registry.digest(&image("1.2.3.2")), newer.digest());
    assert_eq!(site.registry.digest(&image("latest")), newer.digest());
}

#[test]
fn a_release_that_a_newer_one_has_overtaken_is_not_made() {
    let site = Site::new();
    site.analyse_with(r#"touch "$HOME/analysed-$BUILD_NUMBER"; [ "$BUILD_NUMBER" = 2 ] || await "$HOME/overtaken""#);
    std::thread::scope(|scope| {
        let older = scope.spawn(|| site.build(1, pod()));
        site.wait_for("analysed-1");
        let second = site.origin.commit();
        let newer = site.build(2, pod()).succeeded();
        site.touch("overtaken");
        let older = older.join().unwrap();
        assert_eq!(older.report.result, "NOT_BUILT", "{}", older.log());
        assert_eq!(site.origin.tags(), release(2, &second));
        assert_eq!(site.registry.digest(&image("latest")), newer.digest());
    });
}

/// The image with a tag, in its registry.
fn image(tag: &str) -> String {
    format!("{IMAGE}:{tag}")
}

/// The tags of a release with the commit that they lead to.
fn release(number: u32, commit: &str) -> BTreeMap<String, String> {
    let tags = [
        format!("v1.2.3.{number}"),
        "v1.2.3".to_owned(),
        "v1.2".to_owned(),
        "v1".to_owned(),
    ];
    tags.into_iter()
        .map(|tag| (tag, commit.to_owned()))
        .collect()
}

fn assert_nothing_is_released(site: &Site) {
    assert_eq!(site.registry.requests(), Vec::<String>::new());
    assert_eq!(site.origin.tags(), BTreeMap::new());
}

/// Adds instructions to the service's last stage that runs commands.
fn add_to_image(site: &Site, instructions: &str) {
    let end = "# After all RUNs:";
    site.origin
        .replace("Dockerfile", end, &format!("{instructions}\n{end}"));
    site.origin.commit();
}

/// Adds an npm package to the image.
fn install(site: &Site, package: &str, version: &str) {
    let manifest = format!(r#"{{"name": "{package}", "version": "{version}"}}"#);
    site.origin
        .write(&format!("node_modules/{package}/package.json"), &manifest);
    add_to_image(site, "COPY node_modules /app/node_modules\n");
}

/// Lets the image's build ask the site's registry, which listens on the host's loopback only, and say what it answers.
fn reach_out(site: &Site) {
    let port = site.registry.port();
    let ask = format!(r"printf 'GET /v2/ HTTP/1.0\r\n\r\n' | nc -w 3 127.0.0.1 {port} | head -n 1");
    add_to_image(
        site,
        &format!("RUN answer=$({ask}); echo \"RUN was told: ${{answer:-nothing}}\"\n"),
    );
}

/// Where a secret could be left.
fn places(site: &Site, built: &Built, pod: &BuildKit) -> BTreeMap<&'static str, PathBuf> {
    BTreeMap::from([
        ("image", built.layout()),
        // Its logs, the arguments of programs, BuildKit's traces.
        ("scripts", built.folder.join("scripts")),
        // The reports and the metadata files, too.
        ("build", built.folder.clone()),
        ("cache", site.cache()),
        ("registry", site.registry.data()),
        ("registry's log", site.registry.log()),
        ("daemon", pod.root()),
        ("daemon's log", pod.log()),
    ])
}
