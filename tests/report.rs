//! The report of a scan: real grype over a database that means harm, and what a real browser makes of the page.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::panic::catch_unwind;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock, Mutex};

use fs_err as fs;
use serde_json::{Value, json};
use support::engines::{browser, engines, grype_database};
use support::{Workspace, repository};
use tempfile::TempDir;

/// What Jenkins sends with published files.
const POLICY: &str =
    "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';";

const SEVERITIES: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unknown"];

/// Texts that would do something if any of them were taken for markup. Each asks the server for something, or changes the title.
const HOSTILE: [&str; 12] = [
    "<script>document.title='canary';fetch('/canary/script')</script>",
    "<img src=/canary/img onerror=\"document.title='canary'\">",
    "\"><svg onload=\"fetch('/canary/svg')\">",
    "'\"onmouseover='x' autofocus onfocus=\"fetch('/canary/focus')\" x='",
    "</p></td></tr></table><iframe src=/canary/frame></iframe>",
    "</title></style><style>@import '/canary/import'; * { display: none }</style>",
    "<link rel=stylesheet href=/canary/link><meta http-equiv=refresh content='0;url=/canary/refresh'>",
    "<base href=//canary.example/><form action=/canary/form><button autofocus>",
    "<!-- <![CDATA[ ]]> <?xml --!>",
    "&lt;script&gt; &amp;amp; &#60;b&#62; &notanentity",
    "{{ .Descriptor.Name }} {{ template \"count\" }} ${7*7} $1 ${0} \\x01",
    "\u{202e}txet desrever\u{202c} \u{2067}\u{200b}\u{feff}\u{1}end",
];

/// Addresses, of which a browser may follow the first and the last.
const LINKS: [&str; 10] = [
    "https://example.org/advisory?a=1&b='2'",
    "javascript:fetch('/canary/javascript')",
    " JaVaScRiPt:fetch('/canary/javascript')",
    "data:text/html,<script>fetch('//canary.example')</script>",
    "vbscript:msgbox(1)",
    "//canary.example/relative",
    "file:///etc/passwd",
    "java\nscript:alert(1)",
    "https",
    "https://example.org/\"onfocus=\"x\"autofocus><img src=/canary/href>'",
];

/// What an image can say of itself.
const STRANGE: &str = "<img src=canary onerror=fetch('canary')>&lt;";

const OTHER_SCRIPTS: &str = "漏洞描述：缓冲区溢出。 שלום עולם (זו בדיקה). ثغرة أمنية خطيرة. Уязвимость 🔥👩‍💻 ไม่มีช่องว่างระหว่างคำ ÅÄÖ ﬁ";

/// What each test looks at: made once, with all runs of grype.
static REPORTS: LazyLock<Reports> = LazyLock::new(|| {
    let template = repository().join(TEMPLATE);
    Reports::new(&fs::read_to_string(template).unwrap()).unwrap()
});

const TEMPLATE: &str = "templates/resources/grype/report.tmpl";

/// What is scanned, with the database: made once.
static SCANNED: LazyLock<Scanned> = LazyLock::new(|| {
    let workspace = Workspace::rendered_from(&repository());
    let resources = workspace.path().join("resources/jenkinsgen/grype");
    let texts = ["report.css", "scan-failed.html"].map(|name| {
        let text = fs::read_to_string(resources.join(name)).unwrap();
        (name, text)
    });
    let folder = tempfile::tempdir().unwrap();
    let variables = grype_database(folder.path(), &database());
    let layout = |name: &str, files: &[(String, String)], platform| {
        oci_layout(&folder.path().join(name), files, platform);
    };
    let release = |text: &str| vec![("etc/os-release".to_owned(), text.to_owned())];
    layout("image", &planted(), ["linux", "amd64"]);
    let debian = release("ID=debian\nVERSION_ID=12\n");
    layout("clean", &debian, ["linux", "amd64"]);
    let text = format!("ID=debian\nVERSION_ID=\"{STRANGE}\"\n");
    layout(STRANGE, &release(&text), [STRANGE, STRANGE]);
    Scanned {
        folder,
        variables,
        resources: texts.into(),
    }
});

struct Scanned {
    /// Has the images by name.
    folder: TempDir,
    /// Make grype use the database.
    variables: [(&'static str, String); 4],
    /// The rendered files beside the template.
    resources: BTreeMap<&'static str, String>,
}

struct Reports {
    /// The pages by the name of the scan.
    pages: BTreeMap<&'static str, String>,
    /// What grype says of the same scan in JSON.
    documents: BTreeMap<&'static str, Value>,
    style_sheet: String,
    failed: String,
}

impl Reports {
    /// The reports that a template makes; what grype says if it can't.
    fn new(template: &str) -> Result<Self, String> {
        let Scanned {
            folder: shared,
            variables,
            resources,
        } = &*SCANNED;
        let [image, clean, strange] =
            ["image", "clean", STRANGE].map(|name| shared.path().join(name));
        let folder = tempfile::tempdir().unwrap();
        let template_file = folder.path().join("report.tmpl");
        fs::write(&template_file, template).unwrap();
        let scan = |name: &str, image: &Path, arguments: &[&str], rules: Option<&str>| {
            let folder = folder.path().join("scans").join(name);
            fs::create_dir_all(&folder).unwrap();
            if let Some(rules) = rules {
                fs::write(folder.join(".grype.yaml"), rules).unwrap();
            }
            // As scanImage has it.
            let output = Command::new(engines().join("bin/grype"))
                .arg(format!("oci-dir:{}", image.display()))
                .args([
                    "--scope",
                    "squashed",
                    "--output",
                    "template=report.html",
                    "--template",
                ])
                .arg(&template_file)
                .args(["--output", "json=grype-report.json"])
                .args(arguments)
                .current_dir(&folder)
                .envs(variables.clone())
                .output()
                .unwrap();
            if !output.status.success() {
                let stderr = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{name}:\n{stderr}"));
            }
            let page = fs::read_to_string(folder.join("report.html")).unwrap();
            let document = fs::read_to_string(folder.join("grype-report.json")).unwrap();
            Ok((page, serde_json::from_str(&document).unwrap()))
        };
        let mut pages = BTreeMap::new();
        let mut documents = BTreeMap::new();
        for (name, image, arguments, rules) in [
            ("all", &image, vec![], None),
            ("ignored", &image, vec![], Some(IGNORED)),
            ("fixed", &image, vec!["--only-fixed"], None),
            (
                "hidden",
                &image,
                vec![],
                Some("ignore:\n  - package: {name: '.*'}\n"),
            ),
            ("clean", &clean, vec![], None),
            ("strange", &strange, vec![], None),
        ] {
            let (page, document) = scan(name, image, &arguments, rules)?;
            pages.insert(name, page);
            documents.insert(name, document);
        }
        Ok(Self {
            pages,
            documents,
            style_sheet: resources["report.css"].clone(),
            failed: resources["scan-failed.html"].clone(),
        })
    }
}

const IGNORED: &str = r#"
ignore:
  - vulnerability: GHSA-0000-0000-0001
    reason: "Accepted <script>fetch('/canary/reason')</script> by \"R&D\" until 2027"
  - vulnerability: GHSA-0000-0000-0001
    package: {name: lodash, version: 1.0.0, type: npm, location: "**/lodash/**"}
  - fix-state: wont-fix
    reason: 不受影响
  - package: {type: gem}
"#;

/// A vulnerability of an npm package.
fn vulnerability(id: &str, severity: &str, package: &str, range: Value) -> Value {
    json!({
        "id": id,
        "description": format!("What {id} is about."),
        "refs": [{"url": format!("https://example.org/{id}")}],
        "severities": [{"scheme": "CHMLN", "value": severity, "rank": 1}],
        "affected": [{"ecosystem": "npm", "name": package, "ranges": [range]}],
    })
}

fn before(version: &str, fix: Value) -> Value {
    json!({"version": {"type": "semver", "constraint": format!("<{version}")}, "fix": fix})
}

fn hostile_id(index: usize) -> String {
    format!("GHSA-0000-0001-{index:04}")
}

fn hostile_cve(index: usize) -> String {
    format!("CVE-2026-{index:04}{}", HOSTILE[index])
}

/// Each value that a provider of vulnerabilities can write, written by one that means harm.
fn database() -> Value {
    let mut vulnerabilities = Vec::new();
    for (index, severity) in SEVERITIES.iter().cycle().take(18).enumerate() {
        let fix = match index % 5 {
            0 => json!({"state": "fixed", "version": "9.0.0"}),
            1 => json!({"state": "not-fixed"}),
            2 => json!({"state": "wont-fix"}),
            3 => json!({}),
            _ => json!({"state": "fixed", "version": HOSTILE[index % HOSTILE.len()]}),
        };
        let id = format!("GHSA-0000-0000-{index:04}");
        vulnerabilities.push(vulnerability(&id, severity, "lodash", before("9.0.0", fix)));
    }
    for (index, text) in HOSTILE.iter().enumerate() {
        let severity = SEVERITIES[(index + 3) % SEVERITIES.len()];
        let fix = json!({
            "state": "fixed",
            "version": text,
            "detail": {"references": [{"id": text, "url": text}, {"id": text, "url": LINKS[index % LINKS.len()]}]},
        });
        let mut one = vulnerability(&hostile_id(index), severity, text, before("9.0.0", fix));
        one["description"] = json!(text);
        one["aliases"] = json!([hostile_cve(index)]);
        let links = LINKS.iter().cycle().skip(index).take(LINKS.len());
        one["refs"] = links
            .map(|url| json!({"url": url}))
            .chain([json!({"url": text})])
            .collect();
        one["severities"].as_array_mut().unwrap().extend([
            json!({
                "scheme": "CVSS",
                "rank": 2,
                "source": text,
                "value": {"version": format!("3.1 {text}"), "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N"},
            }),
            json!({"scheme": "CVSS", "rank": 2, "value": {"version": "4.0", "vector": "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N"}}),
        ]);
        vulnerabilities.push(one);
        let mut related = vulnerability(&hostile_cve(index), severity, "nothing", json!({}));
        related["provider"] = json!("nvd");
        related["refs"] = json!([{"url": LINKS[(index + 1) % LINKS.len()]}]);
        vulnerabilities.push(related);
    }
    let mut add = |id: &str, package: &str, description: String, constraint: &str| {
        let range = json!({"version": {"type": "semver", "constraint": constraint}, "fix": {"state": "not-fixed"}});
        let mut one = vulnerability(id, "high", package, range);
        one["description"] = json!(description);
        vulnerabilities.push(one);
    };
    add("GHSA-long-word-0000", "long", "W".repeat(10_000), "<9.0.0");
    add(
        "GHSA-long-text-0000",
        "long",
        "Ten kilobytes of words. \n".repeat(420),
        "<9.0.0",
    );
    add(
        "GHSA-long-html-0000",
        "long",
        "<b a='\"'>&".repeat(1000),
        "<9.0.0",
    );
    add(
        "GHSA-scripts-000000",
        "語言-אבג-ΑΒΓ-🔥",
        OTHER_SCRIPTS.to_owned(),
        "<9.0.0",
    );
    add("GHSA-no-description", "long", String::new(), "<9.0.0");
    add(
        "GHSA-<script>fetch('/canary/id')</script>",
        "long",
        "x".to_owned(),
        "<9.0.0",
    );
    add("GHSA-version-000000", "hostile-version", "x".to_owned(), "");
    let mut other = |id: &str, provider: &str, severity: &str, affected: Value| {
        vulnerabilities.push(json!({
            "id": id,
            "provider": provider,
            "severities": [{"scheme": "CHMLN", "value": severity, "rank": 1}],
            "affected": [affected],
        }));
    };
    let range = |kind: &str, constraint: &str, fix: Value| json!([{"version": {"type": kind, "constraint": constraint}, "fix": fix}]);
    other(
        "CVE-2025-0001",
        "debian",
        "negligible",
        json!({
            "ecosystem": "deb", "name": "zlib1g", "distro": "debian", "release": "12",
            "ranges": range("dpkg", "< 1:1.3", json!({"state": "wont-fix"})),
        }),
    );
    other(
        "CVE-2025-0002",
        "debian",
        "medium",
        json!({
            "ecosystem": "deb", "name": "zlib1g", "distro": "debian", "release": "12",
            "ranges": range("dpkg", "< 1:1.3", json!({"state": "fixed", "version": "1:1.3.dfsg+really1.3.1-1+b1"})),
        }),
    );
    other(
        "PYSEC-2025-0001",
        "github",
        "critical",
        json!({
            "ecosystem": "python", "name": "requests", "ranges": range("python", "<2.0", json!({"state": "fixed", "version": "2.0"})),
        }),
    );
    other(
        "GHSA-gem0-0000-0000",
        "github",
        "low",
        json!({
            "ecosystem": "gem", "name": "rack", "ranges": range("gem", "<3.0", json!({"state": "fixed", "version": "3.0"})),
        }),
    );
    let hostile = HOSTILE[0];
    json!({
        "built": "2026-11-20T03:04:05Z",
        "vulnerabilities": vulnerabilities,
        "epss": [
            {"cve": hostile_cve(0), "epss": 0.97531, "percentile": 0.999, "date": "2026-11-19T00:00:00Z"},
            {"cve": hostile_cve(1), "epss": 0.00042, "percentile": 0.1, "date": "2026-11-19T00:00:00Z"},
        ],
        "known_exploited": [
            {
                "cve": hostile_cve(0), "vendor_project": hostile, "product": hostile, "date_added": "2026-11-01T00:00:00Z",
                "required_action": hostile, "due_date": "2026-12-01T00:00:00Z", "known_ransomware_campaign_use": hostile, "notes": hostile,
                "urls": LINKS, "cwes": [hostile],
            },
            {"cve": hostile_cve(2)},
        ],
        "cwes": [
            {"cve": hostile_cve(0), "cwe": "CWE-79", "source": "nvd@nist.gov", "type": "Primary"},
            {"cve": hostile_cve(0), "cwe": HOSTILE[1], "source": hostile, "type": hostile},
        ],
    })
}

/// The files of an image, with packages of several ecosystems. Whoever writes an image names its packages.
fn planted() -> Vec<(String, String)> {
    let npm = |folder: &str, name: &str, version: &str| {
        let manifest = json!({"name": name, "version": version, "license": HOSTILE[0]});
        (
            format!("node_modules/{folder}/package.json"),
            manifest.to_string(),
        )
    };
    let mut files = vec![
        ("etc/os-release".to_owned(), format!("ID=debian\nVERSION_ID=12\nPRETTY_NAME='{}'\n", "<script>fetch(1)</script>")),
        (
            "var/lib/dpkg/status".to_owned(),
            "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13.dfsg-1\nMaintainer: x\nDescription: y\n\n".to_owned(),
        ),
        (
            "usr/lib/python3/site-packages/requests-1.0.dist-info/METADATA".to_owned(),
            "Metadata-Version: 2.1\nName: requests\nVersion: 1.0\n".to_owned(),
        ),
        (
            "usr/lib/ruby/gems/3.1.0/specifications/rack-2.0.gemspec".to_owned(),
            "Gem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.0\"\nend\n".to_owned(),
        ),
        npm("lodash", "lodash", "1.0.0"),
        npm("long", "long", &format!("1.0.0-{}", "alpha.".repeat(40) + "1")),
        npm("scripts", "語言-אבג-ΑΒΓ-🔥", "1.0.0"),
        npm("version", "hostile-version", "<script>fetch('/canary/version')</script>"),
    ];
    for (index, text) in HOSTILE.iter().enumerate() {
        let folder = text.replace(['/', '\0'], "∕");
        files.push(npm(&format!("hostile/{index}/{folder}"), text, "1.0.0"));
    }
    files
}

/// Writes an image of one layer as an OCI layout.
fn oci_layout(folder: &Path, files: &[(String, String)], [system, architecture]: [&str; 2]) {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
    let blob = |media_type: &str, content: &[u8]| {
        let file = folder.join("blobs/blob");
        fs::write(&file, content).unwrap();
        let digest = String::from_utf8(run(Command::new("sha256sum").arg(&file)).stdout).unwrap();
        let digest = digest.split_whitespace().next().unwrap();
        fs::rename(&file, folder.join("blobs/sha256").join(digest)).unwrap();
        json!({"mediaType": format!("application/vnd.oci.image.{media_type}"), "digest": format!("sha256:{digest}"), "size": content.len()})
    };
    let tar = run(Command::new("tar")
        .arg("-C")
        .arg(root.path())
        .args(["-c", "."]))
    .stdout;
    let layer = blob("layer.v1.tar", &tar);
    let config = json!({"architecture": architecture, "os": system, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}});
    let config = blob("config.v1+json", config.to_string().as_bytes());
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    let mut manifest = blob("manifest.v1+json", manifest.to_string().as_bytes());
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": STRANGE});
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    fs::write(folder.join("index.json"), index.to_string()).unwrap();
    fs::write(
        folder.join("oci-layout"),
        r#"{"imageLayoutVersion": "1.0.0"}"#,
    )
    .unwrap();
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A server that is also the browser's proxy, so that it sees whatever leaves the browser.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
    seen: Arc<Mutex<Option<Value>>>,
}

/// A file: its type, its headers, its content.
type Files = BTreeMap<String, (&'static str, String, String)>;

impl Server {
    fn start(files: Files) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::new(Mutex::new(None));
        let (log, result, files) = (Arc::clone(&requests), Arc::clone(&seen), Arc::new(files));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, result, files) =
                    (Arc::clone(&log), Arc::clone(&result), Arc::clone(&files));
                std::thread::spawn(move || answer(&stream.unwrap(), &files, &log, &result));
            }
        });
        Self {
            address,
            requests,
            seen,
        }
    }

    /// The requests since the last call, each once. What the browser asks its maker is left out: no page names those hosts.
    fn requests(&self) -> BTreeSet<String> {
        let own = |request: &String| {
            request == "/favicon.ico"
                || [".google.com", ".googleapis.com"]
                    .iter()
                    .any(|host| request.contains(host))
        };
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests
            .into_iter()
            .filter(|request| !own(request))
            .collect()
    }

    /// Runs the browser, which must not fail.
    fn browse(&self, path: &str, arguments: &[String]) {
        let profile = tempfile::tempdir().unwrap();
        run(browser(profile.path())
            .arg("--hide-scrollbars")
            .arg("--proxy-bypass-list=<-loopback>")
            .arg(format!("--proxy-server=http://{}", self.address))
            .args(arguments)
            .arg(format!("http://jenkins.test{path}")));
    }

    /// What the browser makes of the pages of the frames.
    fn look(&self, path: &str, arguments: &[String]) -> Value {
        let dump = [
            &["--dump-dom".to_owned(), "--window-size=1300,900".to_owned()],
            arguments,
        ]
        .concat();
        self.browse(path, &dump);
        self.seen
            .lock()
            .unwrap()
            .take()
            .expect("the probe sent nothing")
    }
}

fn answer(
    stream: &TcpStream,
    files: &Files,
    log: &Mutex<Vec<String>>,
    seen: &Mutex<Option<Value>>,
) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut length = 0;
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.strip_prefix("http://jenkins.test").unwrap_or(target);
    if first.starts_with("POST ") && path == "/seen" {
        *seen.lock().unwrap() = Some(serde_json::from_slice(&body).unwrap());
    } else {
        log.lock().unwrap().push(if first.starts_with("GET ") {
            path.to_owned()
        } else {
            first.trim().to_owned()
        });
    }
    let frames = path
        .strip_prefix("/frames/")
        .map(|path| PROBE.to_owned() + &frames(path));
    let frames = frames.or_else(|| path.strip_prefix("/pictures/").map(self::frames));
    let (status, kind, headers, content) = match (&frames, files.get(path)) {
        (Some(page), _) => ("200 OK", "text/html", "", page.as_str()),
        (None, Some((kind, headers, content))) => {
            ("200 OK", *kind, headers.as_str(), content.as_str())
        }
        (None, None) => ("404 Not Found", "text/plain", "", ""),
    };
    let mut stream = stream;
    // A browser that has gone away is no matter.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n{headers}\r\n{content}",
        content.len()
    );
}

/// The reports as Jenkins serves them, without their style sheet, and without the policy of Jenkins.
fn server(reports: &Reports, extra: &[(&str, &str)]) -> Server {
    let mut files = Files::new();
    let policy = format!("Content-Security-Policy: {POLICY}\r\n");
    let mut pages: BTreeMap<&str, &str> = reports
        .pages
        .iter()
        .map(|(name, page)| (*name, page.as_str()))
        .collect();
    pages.insert("failed", &reports.failed);
    pages.extend(extra.iter().copied());
    for (name, page) in pages {
        for (site, headers) in [
            ("jenkins", policy.as_str()),
            ("plain", &policy),
            ("open", ""),
        ] {
            let mut add = |file: &str, kind, content: &str| {
                files.insert(
                    format!("/{site}/{name}/{file}"),
                    (kind, headers.to_owned(), content.to_owned()),
                );
            };
            add("report.html", "text/html", page);
            if site != "plain" {
                add("report.css", "text/css", &reports.style_sheet);
            }
        }
    }
    files.insert(
        "/probe.js".to_owned(),
        (
            "text/javascript",
            String::new(),
            include_str!("report/probe.js").to_owned(),
        ),
    );
    Server::start(files)
}

/// A page with the pages of the path in frames, as Jenkins shows them. Each has a site, a page and a width.
fn frames(path: &str) -> String {
    let mut page =
        "<!DOCTYPE html><meta charset=utf-8><title>Jenkins</title><body style='margin: 0'>"
            .to_owned();
    for frame in path.split('/') {
        let [site, name, width, height] = frame.split(',').collect::<Vec<_>>()[..] else {
            panic!("{path}")
        };
        page += &format!(
            "<iframe name={site},{name},{width} src=/{site}/{name}/report.html width={width} height={height} frameborder=0 style='display: block'></iframe>"
        );
    }
    page
}

const PROBE: &str = "<!DOCTYPE html><script src=/probe.js></script>";

const SITES: [&str; 3] = ["jenkins", "plain", "open"];
const NAMES: [&str; 7] = [
    "all", "ignored", "fixed", "hidden", "clean", "strange", "failed",
];

/// What a browser makes of every page on every site, as Jenkins has it also on a narrow screen, in both colour schemes, and what it asked the server for.
static SEEN: LazyLock<Seen> = LazyLock::new(|| Seen::new(&REPORTS));

const DARK: &str = "--blink-settings=preferredColorScheme=0";

struct Seen {
    light: Value,
    dark: Option<Value>,
    requests: BTreeSet<String>,
}

impl Seen {
    /// All of it.
    fn new(reports: &Reports) -> Self {
        let mut seen = Self::in_light(reports);
        let server = server(reports, &[]);
        let path = Self::path();
        seen.dark = Some(server.look(&path, &[DARK.to_owned()]));
        seen.requests.extend(server.requests());
        seen.requests.remove(&path);
        seen.requests.remove("/probe.js");
        seen
    }

    /// Without the dark colour scheme.
    fn in_light(reports: &Reports) -> Self {
        let server = server(reports, &[]);
        let path = Self::path();
        let light = server.look(&path, &[]);
        let mut requests = server.requests();
        assert!(
            requests.remove(&path) && requests.remove("/probe.js"),
            "{requests:?}"
        );
        Self {
            light,
            dark: None,
            requests,
        }
    }

    fn path() -> String {
        let mut path = "/frames".to_owned();
        for site in SITES {
            for name in NAMES {
                path += &format!("/{site},{name},1280,800");
                if site == "jenkins" {
                    path += &format!("/{site},{name},480,800");
                }
            }
        }
        path
    }

    /// A page as Jenkins shows it.
    fn page(&self, name: &str) -> &Value {
        &self.light[format!("jenkins,{name},1280")]
    }

    /// All pages with the names of their frames.
    fn all(&self) -> impl Iterator<Item = (&String, &Value)> {
        std::iter::once(&self.light)
            .chain(&self.dark)
            .flat_map(|seen| seen.as_object().unwrap())
    }
}

/// The elements of the pages, and their attributes. Whatever else there is comes from the data.
const MARKUP: &[&str] = &[
    "a",
    "a href",
    "a rel",
    "bdi",
    "body",
    "br",
    "caption",
    "dd",
    "details",
    "div",
    "div class",
    "dl",
    "dt",
    "h1",
    "h2",
    "h2 id",
    "head",
    "html",
    "html lang",
    "li",
    "link",
    "link href",
    "link rel",
    "main",
    "meta",
    "meta charset",
    "meta content",
    "meta name",
    "p",
    "p class",
    "p dir",
    "small",
    "small class",
    "span",
    "span class",
    "strong",
    "strong class",
    "summary",
    "table",
    "table class",
    "tbody",
    "tbody id",
    "td",
    "td colspan",
    "td data-label",
    "tfoot",
    "th",
    "th data-label",
    "th scope",
    "thead",
    "title",
    "tr",
    "tr class",
    "ul",
    "wbr",
];

#[test]
fn nothing_in_the_data_acts() {
    check_that_nothing_acts(&SEEN);
}

fn check_that_nothing_acts(seen: &Seen) {
    // All that is asked for is the pages and their style sheets, and that without the policy of Jenkins too.
    let mut expected = BTreeSet::new();
    for site in SITES {
        for name in NAMES {
            expected.insert(format!("/{site}/{name}/report.html"));
            expected.insert(format!("/{site}/{name}/report.css"));
        }
    }
    assert_eq!(seen.requests, expected);
    let schemes = 1 + usize::from(seen.dark.is_some());
    assert_eq!(
        seen.all().count(),
        schemes * (SITES.len() + 1) * NAMES.len()
    );
    for (name, page) in seen.all() {
        assert!(
            ["Vulnerability report", "Vulnerability scan failed"]
                .contains(&page["title"].as_str().unwrap()),
            "{name}"
        );
        let foreign: Vec<_> = strings(&page["names"])
            .into_iter()
            .filter(|name| !MARKUP.contains(name))
            .collect();
        assert!(foreign.is_empty(), "{name} has {foreign:?}");
        for link in strings(&page["links"]) {
            let anchor = link.strip_prefix('#');
            assert!(
                anchor.map_or(
                    link == LINKS[0] || link.starts_with("https://example.org/"),
                    |id| strings(&page["ids"]).contains(&id)
                ),
                "{name} links to {link:?}"
            );
        }
    }
    assert!(strings(&seen.page("all")["links"]).contains(&LINKS[0]));
}

/// What no data reaches here is escaped too: every action of the template that prints is listed, or ends in `html`.
#[test]
fn every_value_is_escaped() {
    check_the_escaping(&fs::read_to_string(repository().join(TEMPLATE)).unwrap());
}

fn check_the_escaping(template: &str) {
    let numbers = [
        "$all",
        "$allFixable",
        "$count",
        ".count",
        ".one",
        ".many",
        "get $fixable .",
        "len $ignored",
        "printf \"%.1f\" $score",
        "printf \"%.1f\" .",
        "printf \"%.1f\" .metrics.baseScore",
        "printf \"%.1f\" (mulf .percentile 100)",
        "printf \"%.2f\" (mulf .epss 100)",
        "sub (len $locations) 3",
    ];
    // Of the list of severities that the template has.
    let severities = [".severity", "title .", "title .severity", "$severity"];
    // Escaped before the breaks are put in.
    let wrap = r#"regexReplaceAll `/|[^/\s]{24}` . "${0}\x01" | html | replace "\x01" "<wbr>""#;
    let silent = [
        "if", "else", "end", "range", "with", "define", "template", "fail", "/*",
    ];
    let template = template
        .replace("class=\"severity {{ . }}\"", "")
        .replace("\"#{{ . }}\"", "");
    let mut escaped = 0;
    for action in template.split("{{").skip(1) {
        let action = action.split("}}").next().unwrap();
        let action = action.trim_start_matches('-').trim_end_matches('-').trim();
        let word = action.split([' ', '\n']).next().unwrap();
        let assigns = word.starts_with('$') && action.contains("= ");
        if action.starts_with("html ") || action.ends_with("| html") {
            escaped += 1;
        } else if !silent.contains(&word) && !assigns {
            let known = [&numbers[..], &severities, &[wrap]].concat();
            assert!(known.contains(&action), "{action:?} isn't escaped");
        }
    }
    assert!(escaped > 25, "only {escaped}");
}

/// The proof of the proof: the same texts do act if they aren't escaped, and are seen doing so.
#[test]
fn what_is_not_escaped_is_noticed() {
    let page = format!(
        "<!DOCTYPE html><title>control</title><link rel=stylesheet href=report.css><body>{}",
        HOSTILE[..5].join("\n")
    );
    let server = server(&REPORTS, &[("control", &page)]);
    let seen = server.look("/frames/open,control,1280,800", &[]);
    let seen = &seen["open,control,1280"];
    let requests = server.requests();
    for path in ["script", "img", "svg", "frame"] {
        assert!(
            requests.contains(&format!("/canary/{path}")),
            "{requests:?}"
        );
    }
    assert_eq!(seen["title"], "canary");
    assert!(strings(&seen["names"]).contains(&"img onerror"));
    // What the policy of Jenkins stops, and what it doesn't.
    let seen = server.look("/frames/jenkins,control,1280,800", &[]);
    let requests = server.requests();
    assert_eq!(seen["jenkins,control,1280"]["title"], "control");
    assert!(
        requests.contains("/canary/img") && !requests.contains("/canary/script"),
        "{requests:?}"
    );
    // What goes elsewhere is seen too.
    let page = "<!DOCTYPE html><img src=http://canary.example/a><img src=https://canary.example/b>";
    let server = self::server(&REPORTS, &[("control", page)]);
    server.browse("/open/control/report.html", &["--dump-dom".to_owned()]);
    let requests = server.requests();
    for request in [
        "http://canary.example/a",
        "CONNECT canary.example:443 HTTP/1.1",
    ] {
        assert!(requests.contains(request), "{requests:?}");
    }
}

/// The test of these tests: faults in the template, each of which they must notice. Neither of them knows the template's text, but for that of
/// `every_value_is_escaped`, which is not asked here.
#[allow(
    clippy::print_stdout,
    reason = "the score, for who runs it with --nocapture"
)]
#[test]
fn every_fault_in_the_template_is_noticed() {
    let template = fs::read_to_string(repository().join(TEMPLATE)).unwrap();
    let mut survivors = Vec::new();
    for (find, replace) in FAULTS {
        assert_eq!(
            template.matches(find).count().min(1),
            1,
            "the template has no {find:?}"
        );
        let broken = template.replacen(find, replace, 1);
        // The template itself compares its counts with grype's: such a fault ends the scan. One that is no template proves nothing.
        let reports = match Reports::new(&broken) {
            Ok(reports) => reports,
            Err(error) if error.contains("error calling fail") => continue,
            Err(error) => panic!("{find:?} → {replace:?}: {error}"),
        };
        let noticed = catch_unwind(|| {
            let seen = Seen::in_light(&reports);
            check_that_nothing_acts(&seen);
            check_the_findings(&reports, &seen);
            check_the_facts(&reports, &seen);
            check_the_structure(&seen);
        });
        if noticed.is_ok() {
            survivors.push(format!("{find:?} → {replace:?}"));
        }
    }
    println!(
        "{} of {} faults were noticed",
        FAULTS.len() - survivors.len(),
        FAULTS.len()
    );
    assert!(
        survivors.is_empty(),
        "not noticed:\n{}",
        survivors.join("\n")
    );
}

/// What stands in the template, and what somebody could have written.
const FAULTS: &[(&str, &str)] = &[
    (r#"| html | replace "\x01""#, r#"| replace "\x01""#),
    (r#"<a href="{{ html .url }}""#, r#"<a href="{{ .url }}""#),
    (
        r#"hasPrefix "https://" (lower .url)"#,
        r#"hasPrefix "" (lower .url)"#,
    ),
    (
        r#"hasPrefix "http://" (lower .url)"#,
        r#"contains "script:" (lower .url)"#,
    ),
    (
        "Details of {{ html $vulnerability.id }}",
        "Details of {{ $vulnerability.id }}",
    ),
    ("{{ html .target.userInput }}", "{{ .target.userInput }}"),
    ("<td>{{ html . }}/{{ html (", "<td>{{ . }}/{{ html ("),
    (
        r#"{{ html (default "unknown" $config.architecture) }}"#,
        r#"{{ default "unknown" $config.architecture }}"#,
    ),
    (
        r#"{{ html (default "" $doc.distro.version) }}"#,
        r#"{{ default "" $doc.distro.version }}"#,
    ),
    (
        "{{- with .requiredAction }}<br>{{ html . }}",
        "{{- with .requiredAction }}<br>{{ . }}",
    ),
    (
        "use in ransomware campaigns: {{ html . }}",
        "use in ransomware campaigns: {{ . }}",
    ),
    (
        "{{- with .source }}, from {{ html . }}",
        "{{- with .source }}, from {{ . }}",
    ),
    (
        "<dd>{{ html (default .cve .cwe) }}",
        "<dd>{{ default .cve .cwe }}",
    ),
    ("<dd><bdi>{{ html .id }}", "<dd><bdi>{{ .id }}"),
    (
        "{{ with .id }}<bdi>{{ html . }}",
        "{{ with .id }}<bdi>{{ . }}",
    ),
    (r#"list "critical" "high""#, r#"list "high" "critical""#),
    ("default (list) $doc.ignoredMatches", "list"),
    (r#""matches" $ignored) -}}"#, r#""matches" (list)) -}}"#),
    (
        r#"printf "%s\x00%s\x00%s\x00%09d" $name $match.artifact.version $match.vulnerability.id $index"#,
        "$name",
    ),
    (
        r#"{{- if eq .vulnerability.fix.state "fixed" -}}"#,
        "{{- if .vulnerability.fix.versions -}}{{- end -}}{{- if false -}}",
    ),
    (
        "{{- range .vulnerability.cvss }}{{ $score = maxf $score .metrics.baseScore }}",
        "{{- range .vulnerability.cvss }}{{ $score = .metrics.baseScore }}",
    ),
    (r#"(join "; " $words)"#, r#""""#),
    (r#"omit . "reason""#, r#"omit . "reason" "package""#),
    ("{{- range $vulnerability.epss }}", "{{- range list }}"),
    ("{{- if lt $index 3 }}", "{{- if gt $index 3 }}"),
    ("{{- if .vulnerability.knownExploited }}", "{{- if false }}"),
    (
        r#"{{- else if eq .state "wont-fix" -}}"#,
        "{{- else if false -}}",
    ),
    ("{{- with $vulnerability.urls }}", "{{- with list }}"),
    ("<caption>Findings by severity</caption>\n", ""),
    (
        r#"<th scope="row" data-label="Vulnerability">"#,
        r#"<th data-label="Vulnerability">"#,
    ),
    (r#"<h2 id="ignored">"#, r#"<h2 id="findings">"#),
    ("<!DOCTYPE html>\n", ""),
];

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap())
        .collect()
}

/// A text as the probe has it. The template uses the first control character itself.
fn text(value: &str) -> String {
    let words = value
        .split(|character: char| character.is_whitespace() || "\u{feff}\u{1}".contains(character));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn table<'a>(page: &'a Value, class: &str) -> Option<Vec<Vec<&'a str>>> {
    let table = page["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["class"] == class)?;
    Some(
        table["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(strings)
            .collect(),
    )
}

fn severity(found: &Value) -> String {
    found["vulnerability"]["severity"]
        .as_str()
        .unwrap()
        .to_lowercase()
}

fn rank(severity: &str) -> usize {
    SEVERITIES
        .iter()
        .position(|known| *known == severity)
        .unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The cells that matches and ignored matches share.
fn cells(found: &Value) -> Vec<String> {
    let vulnerability = &found["vulnerability"];
    let artifact = &found["artifact"];
    let versions: Vec<_> = list(&vulnerability["fix"], "versions")
        .iter()
        .map(|version| version.as_str().unwrap())
        .collect();
    let fix = match string(&vulnerability["fix"], "state") {
        "fixed" => versions.join(", "),
        "not-fixed" => "not fixed".to_owned(),
        "wont-fix" => "won't fix".to_owned(),
        _ => "unknown".to_owned(),
    };
    let mut severity = string(vulnerability, "severity").to_owned();
    if !list(vulnerability, "knownExploited").is_empty() {
        severity += " Known exploited";
    }
    let cells = [
        severity,
        format!(
            "{} {}",
            string(vulnerability, "id"),
            string(vulnerability, "dataSource")
        ),
        string(artifact, "name").to_owned(),
        string(artifact, "version").to_owned(),
        string(artifact, "type").to_owned(),
        fix,
    ];
    cells.iter().map(|cell| text(cell)).collect()
}

#[test]
fn every_number_and_every_finding_is_there() {
    check_the_findings(&REPORTS, &SEEN);
}

fn check_the_findings(reports: &Reports, seen: &Seen) {
    for (name, document) in &reports.documents {
        let page = seen.page(name);
        let matches = list(document, "matches");
        let ignored = list(document, "ignoredMatches");
        let fixable = |found: &&Value| found["vulnerability"]["fix"]["state"] == "fixed";
        let mut counts = vec![
            ["Severity", "Findings", "With a fix"]
                .map(String::from)
                .to_vec(),
        ];
        for known in SEVERITIES {
            let of: Vec<_> = matches
                .iter()
                .filter(|found| severity(found) == known)
                .collect();
            let fixed = of.iter().copied().filter(fixable).count();
            let title = known[..1].to_uppercase() + &known[1..];
            counts.push(vec![title, of.len().to_string(), fixed.to_string()]);
        }
        let fixed = matches.iter().filter(fixable).count();
        counts.push(vec![
            "All".to_owned(),
            matches.len().to_string(),
            fixed.to_string(),
        ]);
        assert_eq!(table(page, "counts").unwrap(), counts, "{name}");
        let said = string(page, "text");
        if !matches.is_empty() {
            assert!(
                said.contains(&format!("{} findings, {fixed} with a fix", matches.len())),
                "{name}"
            );
        }
        if !ignored.is_empty() {
            assert!(
                said.contains(&format!("{} ignored findings", ignored.len())),
                "{name}"
            );
        }

        let rows = table(page, "matches").unwrap_or_default();
        let order: Vec<_> = rows
            .iter()
            .skip(1)
            .step_by(2)
            .map(|row| rank(&row[0].split(' ').next().unwrap().to_lowercase()))
            .collect();
        assert!(order.is_sorted(), "{name}: {order:?}");
        assert_eq!(order.len(), matches.len(), "{name}");
        let mut shown: Vec<_> = rows
            .iter()
            .skip(1)
            .step_by(2)
            .map(|row| row[..6].to_vec())
            .collect();
        shown.sort();
        let mut expected: Vec<_> = matches.iter().map(cells).collect();
        expected.sort();
        assert_eq!(shown, expected, "{name}");

        // Each finding has all that is known about it.
        let descriptions = page["descriptions"].as_array().unwrap();
        assert_eq!(descriptions.len(), matches.len());
        for found in matches {
            let cells = cells(found);
            let at = rows
                .iter()
                .position(|row| row[..row.len().min(6)] == cells)
                .unwrap();
            details(found, &rows[at], rows[at + 1][0], &descriptions[at / 2]);
        }

        let rows = table(page, "ignored").unwrap_or_default();
        let order: Vec<_> = rows
            .iter()
            .skip(1)
            .map(|row| rank(&row[0].split(' ').next().unwrap().to_lowercase()))
            .collect();
        assert!(order.is_sorted(), "{name}: {order:?}");
        assert_eq!(order.len(), ignored.len(), "{name}");
        for found in ignored {
            let cells = cells(found);
            let because = rows
                .iter()
                .find(|row| row[..6] == cells)
                .unwrap_or_else(|| panic!("{cells:?}\n{rows:?}"))[6];
            assert!(!list(found, "appliedIgnoreRules").is_empty());
            for rule in list(found, "appliedIgnoreRules") {
                if let Some(reason) = rule["reason"].as_str() {
                    let reason = format!("reason: {}", text(reason));
                    assert!(
                        because.contains(&reason),
                        "{name}: no {reason:?} in {because:?}"
                    );
                }
                let package = rule["package"].as_object();
                for value in rule
                    .as_object()
                    .unwrap()
                    .values()
                    .chain(package.into_iter().flat_map(|package| package.values()))
                {
                    if let Some(value) = value.as_str() {
                        assert!(
                            because.contains(&text(value)),
                            "{name}: no {value:?} in {because:?}"
                        );
                    }
                }
            }
        }
    }
}

fn details(found: &Value, row: &[&str], details: &str, description: &Value) {
    let vulnerability = &found["vulnerability"];
    let related = list(found, "relatedVulnerabilities");
    let expected = [vulnerability]
        .into_iter()
        .chain(related)
        .map(|one| string(one, "description"))
        .find(|text| !text.is_empty());
    assert_eq!(
        description.as_str(),
        expected.map(|text| text.replace('\u{1}', "")).as_deref()
    );
    let mut facts: Vec<&str> = strings(&vulnerability["urls"]);
    facts.extend(
        list(vulnerability, "advisories")
            .iter()
            .flat_map(|one| [string(one, "id"), string(one, "link")]),
    );
    facts.extend(
        list(vulnerability, "cvss")
            .iter()
            .flat_map(|one| [string(one, "vector"), string(one, "source")]),
    );
    facts.extend(
        list(vulnerability, "cwes")
            .iter()
            .map(|one| string(one, "cwe")),
    );
    facts.extend(
        related
            .iter()
            .flat_map(|one| [string(one, "id"), string(one, "dataSource")]),
    );
    facts.extend(
        list(vulnerability, "knownExploited")
            .iter()
            .flat_map(|one| {
                [
                    "cve",
                    "dateAdded",
                    "requiredAction",
                    "knownRansomwareCampaignUse",
                ]
                .map(|key| string(one, key))
            }),
    );
    for one in list(vulnerability, "epss") {
        let percent = 100.0 * one["epss"].as_f64().unwrap();
        let chance = format!("{}: {percent:.2} %", string(one, "cve"));
        assert!(
            details.contains(&text(&chance)),
            "no {chance:?} in {details:?}"
        );
    }
    let locations = list(&found["artifact"], "locations");
    facts.extend(locations.iter().map(|one| string(one, "path")));
    for fact in facts {
        assert!(details.contains(&text(fact)), "no {fact:?} in {details:?}");
    }
    assert!(
        row[7].contains(&text(string(&locations[0], "path"))),
        "{row:?}"
    );
    let scores = |one: &Value| {
        list(one, "cvss")
            .iter()
            .map(|cvss| cvss["metrics"]["baseScore"].as_f64().unwrap())
            .fold(0.0, f64::max)
    };
    let score = scores(vulnerability);
    assert_eq!(
        row[6],
        if score > 0.0 {
            format!("{score:.1}")
        } else {
            "none".to_owned()
        }
    );
}

/// The planted image is what the other tests think it is.
#[test]
fn the_data_is_as_bad_as_it_should_be() {
    let all = &REPORTS.documents["all"];
    let found: BTreeSet<String> = list(all, "matches").iter().map(severity).collect();
    assert_eq!(found, SEVERITIES.map(String::from).into());
    let text = all["matches"].to_string();
    for hostile in HOSTILE.iter().chain(&LINKS).chain(&[OTHER_SCRIPTS]) {
        let json = json!(hostile).to_string();
        assert!(text.contains(&json), "{json}");
    }
    for kind in ["npm", "deb", "python", "gem"] {
        assert!(
            list(all, "matches")
                .iter()
                .any(|found| found["artifact"]["type"] == kind),
            "{kind}"
        );
    }
    for (key, values) in [("name", HOSTILE.len()), ("version", 1)] {
        let hostile: BTreeSet<&str> = list(all, "matches")
            .iter()
            .map(|found| string(&found["artifact"], key))
            .collect();
        assert!(
            hostile
                .iter()
                .filter(|text| HOSTILE.contains(text) || text.contains("canary/version"))
                .count()
                == values,
            "{key}: {hostile:?}"
        );
    }
    let states = |name: &str| -> BTreeSet<String> {
        list(&REPORTS.documents[name], "matches")
            .iter()
            .map(|found| string(&found["vulnerability"]["fix"], "state").to_owned())
            .collect()
    };
    assert_eq!(
        states("all"),
        ["", "fixed", "not-fixed", "wont-fix"]
            .map(String::from)
            .into()
    );
    assert_eq!(states("fixed"), ["fixed".to_owned()].into());
    assert!(list(&REPORTS.documents["fixed"], "ignoredMatches").len() > 10);
    assert!(list(&REPORTS.documents["ignored"], "ignoredMatches").len() >= 5);
    assert!(list(&REPORTS.documents["hidden"], "matches").is_empty());
    let clean = &REPORTS.documents["clean"];
    assert!(list(clean, "matches").is_empty() && list(clean, "ignoredMatches").is_empty());
}

#[test]
fn the_page_says_what_was_scanned_with_what() {
    check_the_facts(&REPORTS, &SEEN);
}

fn check_the_facts(reports: &Reports, seen: &Seen) {
    for (name, document) in &reports.documents {
        let facts: BTreeMap<_, _> = table(seen.page(name), "facts")
            .unwrap()
            .into_iter()
            .map(|row| (row[0], row[1]))
            .collect();
        assert_eq!(
            facts["Image"],
            string(&document["source"]["target"], "userInput")
        );
        assert_eq!(
            facts["Manifest"],
            string(&document["source"]["target"], "manifestDigest")
        );
        if *name == "strange" {
            assert!(facts["Image"].ends_with(STRANGE));
            assert_eq!(facts["Platform"], format!("{STRANGE}/{STRANGE}"));
            assert_eq!(facts["Distribution"], format!("debian {STRANGE}"));
        } else {
            assert_eq!(facts["Platform"], "linux/amd64");
            assert_eq!(facts["Distribution"], "debian 12");
        }
        assert_eq!(
            facts["Scanner"],
            format!("grype {}", string(&document["descriptor"], "version"))
        );
        assert_eq!(
            facts["Database"],
            "built 2026-11-20 03:04:05 UTC, schema v6.1.7"
        );
        assert_eq!(
            facts["Scan time"][..10],
            string(&document["descriptor"], "timestamp")[..10]
        );
    }
    for (name, verdict) in [
        ("clean", "No vulnerabilities were found."),
        ("hidden", "No vulnerabilities were found, apart from"),
        (
            "failed",
            "The scanner failed before it could finish its report.",
        ),
    ] {
        assert!(string(seen.page(name), "text").contains(verdict), "{name}");
    }
}

/// What a reader without eyes has: headings, captions, the scope of each header.
#[test]
fn the_page_has_a_structure() {
    check_the_structure(&SEEN);
}

fn check_the_structure(seen: &Seen) {
    for (name, page) in seen.all() {
        assert_eq!(page["quirks"], "CSS1Compat", "{name}");
        let headings = strings(&page["headings"]);
        assert!(
            headings[0].starts_with("h1 ")
                && headings[1..]
                    .iter()
                    .all(|heading| heading.starts_with("h2 ")),
            "{name}: {headings:?}"
        );
        assert!(
            page["tables"]
                .as_array()
                .unwrap()
                .iter()
                .all(|table| table["caption"].is_string()),
            "{name}"
        );
        assert!(
            strings(&page["headers"])
                .iter()
                .all(|scope| ["row", "col"].contains(scope)),
            "{name}"
        );
        let ids = strings(&page["ids"]);
        assert_eq!(
            ids.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "{name}: {ids:?}"
        );
    }
    let headings = [
        "h1 Vulnerability report",
        "h2 Summary",
        "h2 Scan",
        "h2 Findings",
        "h2 Ignored findings",
    ];
    assert_eq!(strings(&seen.page("all")["headings"]), headings);
}

#[test]
fn the_style_applies_and_fits() {
    for (scheme, seen, page) in [
        ("light", &SEEN.light, "rgb(255, 255, 255)"),
        ("dark", SEEN.dark.as_ref().unwrap(), "rgb(21, 24, 28)"),
    ] {
        for (name, look) in seen.as_object().unwrap() {
            let styled = !name.starts_with("plain,");
            assert_eq!(
                look["page"] == page,
                styled,
                "{scheme} {name}: {}",
                look["page"]
            );
            if name.contains(",failed,") {
                continue;
            }
            // Each severity that counts has a colour of its own.
            let colours: BTreeSet<_> = strings(&look["severities"])[..4].iter().copied().collect();
            assert_eq!(
                colours.len(),
                if styled { 4 } else { 1 },
                "{scheme} {name}: {colours:?}"
            );
            for look in [look, &look["opened"]] {
                // Nothing is wider than the window.
                let width = name.rsplit(',').next().unwrap();
                assert_eq!(look["width"].to_string(), width, "{scheme} {name}");
                let contrast = look["lowest"]["contrast"].as_f64().unwrap();
                assert!(contrast >= 4.5, "{scheme} {name}: {}", look["lowest"]);
            }
        }
    }
}

/// Kept for the eye, in `target/report`.
#[test]
fn the_page_has_its_picture_taken() {
    let server = server(&REPORTS, &[]);
    let folder = repository().join("target/report");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("report.html"), &REPORTS.pages["ignored"]).unwrap();
    fs::write(folder.join("report.css"), &REPORTS.style_sheet).unwrap();
    let mut pictures = Vec::new();
    for (file, site, page, width, dark) in [
        ("details", "jenkins", "ignored", 1280, false),
        ("wide-light", "jenkins", "ignored", 1280, false),
        ("wide-dark", "jenkins", "ignored", 1280, true),
        ("narrow-light", "jenkins", "ignored", 480, false),
        ("narrow-dark", "jenkins", "ignored", 480, true),
        ("unstyled", "plain", "ignored", 1280, false),
        ("clean", "jenkins", "clean", 1280, false),
        ("clean-unstyled", "plain", "clean", 1280, false),
        ("failed", "jenkins", "failed", 1280, false),
    ] {
        let seen = &SEEN.light[format!("{site},{page},{width}")];
        let height = if file == "details" {
            &seen["opened"]["height"]
        } else {
            &seen["height"]
        };
        let picture = folder.join(format!("{file}.png"));
        let mut arguments = vec![
            format!("--screenshot={}", picture.display()),
            format!("--window-size={width},{height}"),
        ];
        arguments.extend(dark.then(|| DARK.to_owned()));
        // No window is as narrow as a telephone. The probe leaves the details open.
        let path = match (file, width) {
            ("details", _) => format!("/frames/{site},{page},{width},{height}"),
            (_, 480) => format!("/pictures/{site},{page},{width},{height}"),
            _ => format!("/{site}/{page}/report.html"),
        };
        server.browse(&path, &arguments);
        let expected = ["html", "css"].map(|kind| format!("/{site}/{page}/report.{kind}"));
        let mut requests = server.requests();
        requests.retain(|request| *request != path || expected.contains(request));
        requests.remove("/probe.js");
        assert_eq!(requests, expected.into(), "{file}");
        pictures.push(fs::read(picture).unwrap());
    }
    let print = folder.join("print.pdf");
    server.browse(
        "/jenkins/ignored/report.html",
        &[
            format!("--print-to-pdf={}", print.display()),
            "--no-pdf-header-footer".to_owned(),
        ],
    );
    assert!(fs::read(print).unwrap().starts_with(b"%PDF"));
    for (index, picture) in pictures.iter().enumerate() {
        assert!(picture.len() > 10_000, "picture {index} is empty");
        assert!(
            !pictures[..index].contains(picture),
            "picture {index} looks like another"
        );
    }
}
