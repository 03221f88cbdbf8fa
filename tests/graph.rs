//! The graph of a pipeline: as printed, for every golden project, and as Mermaid itself and a real browser draw it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::path::Path;
use std::sync::LazyLock;

use jenkinsgen::graph::{Graph, mermaid, svg};
use jenkinsgen::workspace;
use roxmltree::Document;
use serde_json::{Value, json};
use snapbox::{Data, str};
use support::engines::{browser, engines, need};
use support::{LIBRARY, Workspace, repository, workspaces};

/// Titles that mean something to Mermaid, Markdown, HTML or XML, and one that is wide.
const HOSTILE: [&str; 22] = [
    "%%{init: {'theme': 'forest'}}%% x",
    "style:\"x\" y",
    "classDef:x #fff;",
    "1. one",
    "- minus",
    "+ plus",
    "# heading",
    "`code`",
    "`**bold**`",
    "a_b_c *x* ~~y~~ __z__",
    "www.example.com",
    "https://example.com/x",
    "team@example.com",
    "$$x^2$$",
    "fa:fa-car car",
    "<script>document.title = 'canary'</script><img src=x onerror=alert(1)><b>x</b>",
    "]]> --> </text></svg> & &amp; #35; #quot;",
    "\"] --> b[\"c",
    "end",
    "\\n \\u0041 |x| {y} (z)",
    "漏洞描述 é \u{1f600}",
    "WWWWWWWW MMMMMMMM WWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];

fn snapshot(name: &str) -> Data {
    Data::read_from(&repository().join("tests/graph").join(name), None)
}

fn of_the_article() -> Workspace {
    Workspace::rendered_from(&repository())
}

fn with_own_stages() -> Workspace {
    Workspace::rendered_from(&repository().join("tests/golden/own-stages"))
}

/// A project with a stage for each title.
fn with_titles(titles: &[&str]) -> Workspace {
    let mut project = support::PROJECT.to_owned();
    for (number, title) in titles.iter().enumerate() {
        let title = json!(title);
        project += &format!(
            "[stages.s{number}]\nposition = \"before_images\"\nwhen = {{ tag = true }}\ncommands = [\"true\"]\ntitle = {title}\n"
        );
    }
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", LIBRARY)
        .file("projects/a--b.c.toml", &project);
    workspace.run(["render"]).any_output().success();
    workspace
}

fn graph(workspace: &Workspace, project: &str, options: &[&str]) -> String {
    let arguments = [&["graph", project], options].concat();
    workspace.run(arguments).any_output().success().0
}

#[test]
fn a_step_of_the_user_is_shown_as_such() {
    let workspace = of_the_article();
    workspace.replace(
        "jenkinsgen.toml",
        "version = \"main\"",
        "version = \"main\"\nown_steps = [\"scanImage\", \"sendMail\"]",
    );
    for drawn in [
        graph(&workspace, "service", &[]),
        graph(&workspace, "service", &["--as", "svg"]),
    ] {
        assert!(drawn.contains("your own step scanImage"), "{drawn}");
        assert!(drawn.contains("your own scanImage and sendMail"), "{drawn}");
    }
}

#[test]
fn who_hears_of_a_recovery_is_told_in_a_sentence() {
    let project = format!(
        "{}[notify]\nrecipients = [\"culprits\"]\n",
        support::PROJECT
    );
    let workspace = Workspace::empty()
        .file("jenkinsgen.toml", LIBRARY)
        .file("projects/app.toml", &project);
    let svg = graph(&workspace, "app", &["--as", "svg"]);
    let wanted = "A build that is the first good one after failures: mail to culprits.";
    assert!(svg.contains(wanted), "{svg}");
}

/// A project's graph in all languages.
struct Drawn {
    project: String,
    document: Value,
    mermaid: String,
    svg: String,
}

/// Every project of every golden workspace, one with hostile titles and one with many stages.
static ALL: LazyLock<Vec<Drawn>> = LazyLock::new(|| {
    let many: Vec<String> = (1..=22)
        .map(|number| format!("Stage number {number}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut workspaces: Vec<Workspace> = workspaces()
        .iter()
        .map(|folder| Workspace::rendered_from(folder))
        .collect();
    workspaces.extend([with_titles(&HOSTILE), with_titles(&many)]);
    let mut all = Vec::new();
    for workspace in workspaces {
        let root = workspace.path().to_str().unwrap();
        let library = workspace::load(root.into()).unwrap();
        for project in &library.projects {
            let graph = Graph::of(&library, project);
            all.push(Drawn {
                project: project.name.to_string(),
                document: serde_json::to_value(&graph).unwrap(),
                mermaid: mermaid(&graph),
                svg: svg(&graph).unwrap(),
            });
        }
    }
    assert!(all.len() >= 24, "{}", all.len());
    all
});

impl Drawn {
    fn nodes(&self) -> &[Value] {
        self.document["nodes"].as_array().unwrap()
    }
}

#[test]
fn a_pipeline_is_drawn_as_mermaid() {
    of_the_article()
        .run(["graph", "service"])
        .stdout(snapshot("service.mmd"))
        .success();
    with_own_stages()
        .run(["graph", "shop", "--as", "mermaid"])
        .stdout(snapshot("shop.mmd"))
        .success();
}

#[test]
fn a_pipeline_is_drawn_as_svg() {
    of_the_article()
        .run(["graph", "service", "--as", "svg"])
        .stdout(snapshot("service.svg").raw())
        .success();
    with_own_stages()
        .run(["graph", "shop", "--as", "svg"])
        .stdout(snapshot("shop.svg").raw())
        .success();
}

#[test]
fn a_pipeline_is_a_document_for_programs() {
    with_own_stages()
        .run(["graph", "shop", "--format", "json"])
        .stdout(snapshot("shop.json").raw())
        .success();
}

#[test]
fn a_drawing_is_a_text_in_the_document_if_its_language_is_said() {
    let workspace = Workspace::rendered();
    let mermaid = graph(&workspace, "app", &[]);
    let document = graph(&workspace, "app", &["--as", "mermaid", "--format", "json"]);
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        document,
        json!({ "version": 1, "command": "graph", "text": mermaid })
    );
}

#[test]
fn a_graph_is_written_into_a_file_whose_name_tells_the_language() {
    let workspace = Workspace::rendered();
    for (file, language) in [("app.svg", "svg"), ("app.mmd", "mermaid")] {
        for _ in 0..2 {
            workspace
                .run(["graph", "app", "--output", file])
                .stdout(format!("written     {file}\n"))
                .success();
        }
        assert_eq!(
            workspace.read(file),
            graph(&workspace, "app", &["--as", language])
        );
    }
    workspace
        .run(["graph", "app", "--output", "app.svg", "--format", "json"])
        .stdout(str![[r#"
{
  "version": 1,
  "command": "graph",
  "files": [
    {
      "path": "app.svg",
      "status": "written"
    }
  ]
}

"#]])
        .success();
}

#[test]
fn a_file_of_somebody_else_is_not_overwritten_by_a_graph() {
    let workspace = Workspace::rendered().file("notes.svg", "<svg/>");
    workspace
        .run(["graph", "app", "--output", "notes.svg"])
        .stderr(str![[r#"
error: notes.svg is no graph of jenkinsgen; move it away, nothing was written

"#]])
        .error();
    assert_eq!(workspace.read("notes.svg"), "<svg/>");
    workspace
        .run(["graph", "app", "--output", "projects"])
        .any_output()
        .error();
}

#[test]
fn a_graph_of_no_project_is_an_error() {
    Workspace::rendered()
        .run(["graph", "ap"])
        .stderr(str![[r#"
error: there is no project `ap`; did you mean `app`?

"#]])
        .error();
}

/// Whatever the titles are: the picture is XML that shows all of them, and needs and does nothing.
#[test]
fn a_picture_is_well_formed_and_self_contained() {
    for drawn in ALL.iter() {
        let document = Document::parse(&drawn.svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let labels: Vec<&str> = root
            .attribute("aria-labelledby")
            .unwrap()
            .split(' ')
            .collect();
        let mut words = String::new();
        for node in document.descendants().filter(|node| node.is_element()) {
            let name = node.tag_name().name();
            let known = [
                "svg", "title", "desc", "style", "marker", "path", "rect", "text",
            ];
            assert!(known.contains(&name), "{name}");
            let id = node.attribute("id");
            if matches!(name, "title" | "desc") {
                assert!(labels.contains(&id.unwrap()));
            }
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on"), "{}", attribute.name());
                let reference = attribute.value().strip_prefix("url(#");
                if let Some(reference) = reference {
                    let marker = document
                        .descendants()
                        .find(|node| node.tag_name().name() == "marker")
                        .unwrap();
                    assert_eq!(marker.attribute("id"), reference.strip_suffix(')'));
                } else {
                    assert!(!attribute.value().contains("url("));
                }
            }
            match (name, node.text()) {
                ("text", Some(text)) => words.extend(text.chars().filter(|c| !c.is_whitespace())),
                ("style", Some(text)) => {
                    assert!(!text.contains("url(") && !text.contains("@import"));
                }
                _ => {}
            }
        }
        for node in drawn.nodes() {
            let title = node["title"].as_str().unwrap();
            let letters: String = title.chars().filter(|c| !c.is_whitespace()).collect();
            assert!(words.contains(&letters), "{}: {title}", drawn.project);
        }
    }
}

/// U+FFFF may stand in TOML and not in XML.
#[test]
fn what_xml_may_not_hold_is_replaced() {
    let workspace = with_titles(&["a\u{ffff}b"]);
    let picture = graph(&workspace, "a--b.c", &["--as", "svg"]);
    assert!(picture.contains(">a\u{fffd}b</text>"), "{picture}");
}

/// What a page is after its scripts have run.
fn browse(page: &Path, options: &[&str]) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = browser(profile.path())
        .arg("--hide-scrollbars")
        .args(["--virtual-time-budget=60000", "--window-size=1100,1500"])
        .args(options)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What a script left in the page, which it shows as the text of its title.
fn seen(dom: &str) -> Value {
    let title = dom
        .split("<title>")
        .nth(1)
        .unwrap_or_else(|| panic!("{dom}"));
    let title = title.split("</title>").next().unwrap();
    let text = [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(title.to_owned(), |text, (from, to)| text.replace(from, to));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// JSON that means nothing to HTML.
fn script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// Mermaid draws every graph, and shows what it was given.
#[test]
fn mermaid_takes_every_graph() {
    need("mermaid");
    let graphs: Vec<&str> = ALL.iter().map(|drawn| drawn.mermaid.as_str()).collect();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    // As GitHub has it: `strict` is the default.
    let text = format!(
        r#"<!doctype html><meta charset=utf-8><title></title><div id=place></div>
<script src="file://{}"></script>
<script>(async () => {{
  const seen = [];
  try {{
    mermaid.initialize({{ startOnLoad: false }});
    for (const [number, graph] of {}.entries()) {{
      place.innerHTML = (await mermaid.render('graph' + number, graph)).svg;
      const labels = place.querySelectorAll('.node .nodeLabel, .cluster-label .nodeLabel');
      seen.push({{
        labels: [...labels].map(label => label.innerText),
        edges: place.querySelectorAll('.edgePaths path').length,
      }});
    }}
    document.title = JSON.stringify(seen);
  }} catch (error) {{
    document.title = JSON.stringify(String(error));
  }}
}})()</script>"#,
        engines().join("mermaid.min.js").display(),
        script(&json!(graphs)),
    );
    fs_err::write(&page, text).unwrap();
    let seen = seen(&browse(&page, &["--dump-dom"]));
    let drawn = seen.as_array().unwrap_or_else(|| panic!("{seen}"));
    assert_eq!(drawn.len(), ALL.len());
    for (drawn, given) in drawn.iter().zip(ALL.iter()) {
        let labels = drawn["labels"].as_array().unwrap();
        // Word joiners are not seen.
        let labels: Vec<String> = labels
            .iter()
            .map(|label| label.as_str().unwrap().replace('\u{2060}', ""))
            .collect();
        let project = &given.project;
        for node in given.nodes() {
            let title = node["title"].as_str().unwrap();
            let mut lines = vec![title.split_whitespace().collect::<Vec<_>>().join(" ")];
            lines.extend(
                node["container"]
                    .as_str()
                    .map(|name| format!("container {name}")),
            );
            lines.extend(node["condition"].as_str().map(str::to_owned));
            let lines = lines.join("\n");
            let shown = labels.iter().filter(|label| {
                label
                    .strip_prefix(&lines)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'))
            });
            assert_eq!(shown.count(), 1, "{project}: {lines:?} in {labels:?}");
        }
        // One more, that is not seen, holds the notes below.
        let edges = given.document["edges"].as_array().unwrap().len() + 1;
        assert_eq!(drawn["edges"], edges, "{project}");
    }
}

/// In every picture all text stands inside its card and the picture, and it is as light or dark as its reader wishes. The pictures are in `target/graph`.
#[test]
fn a_browser_shows_every_picture() {
    let pictures = repository().join("target/graph");
    fs_err::create_dir_all(&pictures).unwrap();
    let mut page = "<!doctype html><meta charset=utf-8><title></title>\n".to_owned();
    for (number, drawn) in ALL.iter().enumerate() {
        let file = format!("{number}-{}.svg", drawn.project);
        fs_err::write(pictures.join(file), &drawn.svg).unwrap();
        page += &drawn.svg;
    }
    page += r#"<script>
  const out = [];
  for (const svg of document.querySelectorAll('svg')) {
    const inside = (outer, inner) => inner.x >= outer.x && inner.y >= outer.y
      && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
    const frames = [...svg.querySelectorAll('rect')].map(rect => rect.getBBox());
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBBox();
      const around = frames.filter(frame => frame.x <= box.x && box.x < frame.x + frame.width && frame.y <= box.y && box.y < frame.y + frame.height);
      if (around.length === 0 || !around.every(frame => inside(frame, box))) out.push(text.textContent);
    }
  }
  const colour = (selector) => getComputedStyle(document.querySelector(selector)).fill;
  document.title = JSON.stringify({ pictures: document.querySelectorAll('svg').length, out, text: colour('.name'), page: colour('.page') });
</script>"#;
    let path = pictures.join("all.html");
    fs_err::write(&path, page).unwrap();
    for (scheme, setting, text, ground) in [
        ("light", "1", "rgb(31, 35, 40)", "rgb(255, 255, 255)"),
        ("dark", "0", "rgb(240, 246, 252)", "rgb(13, 17, 23)"),
    ] {
        let setting = format!("--blink-settings=preferredColorScheme={setting}");
        let seen = seen(&browse(&path, &["--dump-dom", &setting]));
        let expected = json!({ "pictures": ALL.len(), "out": [], "text": text, "page": ground });
        assert_eq!(seen, expected);
        let screenshot = format!(
            "--screenshot={}",
            pictures.join(format!("{scheme}.png")).display()
        );
        browse(&path, &[&screenshot, &setting]);
    }
}
