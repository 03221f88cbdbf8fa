//! The formats beside the plain one: what programs, annotations and comments on pull requests get.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::collections::BTreeSet;

use jenkinsgen::cli;
use serde_json::Value;
use snapbox::str;
use support::{Workspace, repository};

/// A workspace whose library is not as rendered, and a checkout.
fn drifted() -> Workspace {
    let workspace = Workspace::rendered()
        .file(
            "checkout/Dockerfile",
            "FROM scratch\nARG a=1\nCOPY app /app\n",
        )
        .file("checkout/app", "")
        .file(
            "checkout/Jenkinsfile",
            "@Library('acme@main') _\nappPipeline()\n",
        );
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace
}

/// A section of `docs/json.md`: its example is the first of these documents; the others have what that one lacks.
fn documents(section: &str) -> Vec<Value> {
    let mut documents = vec![document(section)];
    let service = || Workspace::rendered_from(&repository());
    let more = match section {
        "`render`" => {
            let workspace = drifted();
            workspace.write("vars/tagSource.groovy", "// Mine.\n");
            vec![
                workspace
                    .run(["render", "--format", "json"])
                    .any_output()
                    .error(),
            ]
        }
        "`plan`" => [&["--branch", "master"][..], &["--pull-request", "7"]]
            .iter()
            .map(|build| {
                let arguments = [&["plan", "service", "--format", "json"], *build].concat();
                service().run(arguments).any_output().success()
            })
            .collect(),
        "`explain`" | "`graph`" => {
            let arguments = [section.trim_matches('`'), "service", "--format", "json"];
            vec![service().run(arguments).any_output().success()]
        }
        "`requirements`" => {
            let arguments = ["requirements", "--format", "json"];
            vec![service().run(arguments).any_output().success()]
        }
        _ => Vec::new(),
    };
    documents.extend(
        more.iter()
            .map(|(stdout, _)| serde_json::from_str::<Value>(stdout).unwrap()),
    );
    documents
}

/// What prints the example of a section.
fn document(section: &str) -> Value {
    let workspace = drifted();
    let run = |arguments: &[&str]| {
        let json = arguments.iter().copied().chain(["--format", "json"]);
        workspace.run(json).any_output()
    };
    let (stdout, stderr) = match section {
        "Mistakes in the input" => {
            let project = workspace.read("projects/app.toml");
            workspace.write(
                "projects/app.toml",
                &format!("{project}\n[scan]\nfail_onn = \"high\"\n"),
            );
            run(&["check"]).error()
        }
        "Other errors" => run(&["jenkinsfile", "ap"]).error(),
        "`init`" => run(&["init", "--from", "checkout", "--project", "shop"]).success(),
        "`render`" => run(&["render"]).success(),
        "`check`" => {
            workspace.write("vars/tagSource.groovy", "// Mine.\n");
            run(&["check"]).differences()
        }
        "`diff`" => run(&["diff"]).differences(),
        "`diff --against`" => {
            workspace.replace("projects/app.toml", "1.2.4", "1.2.3");
            workspace.commit("main");
            let project = workspace.read("projects/app.toml");
            let stage = "position = \"always\"\ncommands = [\"./tell\"]\ncredentials = { TOKEN = { text = \"chat\" } }\n";
            let gate = "\n[scan]\nfail_on = \"critical\"\n";
            workspace.write(
                "projects/app.toml",
                &format!("{project}{gate}\n[stages.tell]\n{stage}"),
            );
            workspace.write("vars/tagSource.groovy", "// Mine.\n");
            run(&["diff", "--against", "HEAD"]).differences()
        }
        "`jenkinsfile`" => run(&["jenkinsfile", "app"]).success(),
        "`verify`" => run(&["verify", "app", "checkout"]).differences(),
        "`verify --explain`" => run(&["verify", "--explain", "unused-arg"]).success(),
        "`plan`" => run(&["plan", "app"]).success(),
        "`explain`" => run(&["explain", "app", "options.keep_builds"]).success(),
        "`requirements`" => run(&["requirements"]).success(),
        "`requirements --as`" => run(&["requirements", "--as", "jcasc"]).success(),
        "`graph`" => run(&["graph", "app"]).success(),
        "`graph --as`" => run(&["graph", "app", "--as", "mermaid"]).success(),
        "`graph --output`" => run(&["graph", "app", "--output", "pipeline.svg"]).success(),
        "`schema`" => run(&["schema"]).success(),
        "`completions`" => run(&["completions", "bash"]).success(),
        "`man`" => run(&["man"]).success(),
        "`man --into`" => run(&["man", "--into", "man1"]).success(),
        other => panic!("say here what prints the example of {other}"),
    };
    assert_eq!(stderr, "");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn the_shapes_of_the_documents_are_those_that_are_described() {
    let page = fs_err::read_to_string(repository().join("docs/json.md")).unwrap();
    let mut sections = page.split("\n## ");
    let shared = sections.next().unwrap();
    let mut seen = BTreeSet::new();
    let mut diagnostics: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for section in sections {
        let (title, body) = section.split_once('\n').unwrap();
        let example = body.split("```json\n").nth(1).unwrap();
        let example = example.split("```").next().unwrap();
        let documents = documents(title);
        let printed = format!("{:#}\n", documents[0]);
        assert!(
            is_as(&printed, example),
            "{title} is not as described:\n{printed}"
        );
        let rows = |text: &str| -> Vec<String> {
            let rows = text.lines().filter(|line| line.starts_with("| `"));
            rows.map(str::to_owned).collect()
        };
        let own = rows(body);
        if diagnostics.is_empty() {
            diagnostics.clone_from(&own);
        }
        let mut told = [rows(shared), own.clone()].concat();
        if body.contains("#mistakes-in-the-input") {
            told.extend(diagnostics.iter().cloned());
        }
        let mut printed = BTreeSet::new();
        for mut document in documents {
            if let Some(schema) = document.get_mut("schema") {
                // Its own keys are those of JSON Schema.
                *schema = Value::Null;
            }
            printed.extend(keys(&document));
        }
        for key in &printed {
            if !told.iter().any(|row| row.contains(&format!("`{key}`"))) {
                wrong.push(format!("{title}: `{key}` is not described"));
            }
        }
        for row in &own {
            let names = row.split('|').nth(1).unwrap().split('`');
            for name in names.skip(1).step_by(2) {
                if !printed.contains(name) {
                    wrong.push(format!("{title}: there is no `{name}`"));
                }
            }
        }
        seen.insert(title.trim_matches('`').to_owned());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for command in cli::command().get_subcommands() {
        assert!(
            seen.contains(command.get_name()),
            "docs/json.md lacks {}",
            command.get_name()
        );
    }
}

/// Whether a document is an example in which lines `...` and texts `[..]` stand for more.
fn is_as(document: &str, example: &str) -> bool {
    let example = example.replace("...\n", "[..]");
    let parts: Vec<&str> = example.split("[..]").collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let Some(mut rest) = document.strip_prefix(first) else {
        return false;
    };
    for part in &parts[1..] {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    document.ends_with(last) && (parts.len() > 1 || rest.is_empty())
}

#[test]
fn an_example_is_compared_to_its_ends() {
    assert!(is_as("a\nb\nc\nd\n", "a\n...\nc[..]\n"));
    for wrong in [
        "a\n",
        "b\n...\n",
        "a\n...\nc\n",
        "a\n...\nd\n...\nc[..]",
        "a\nb\nc\nd",
    ] {
        assert!(!is_as("a\nb\nc\nd\n", wrong), "{wrong:?}");
    }
}

/// The names of all fields.
fn keys(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| keys(value).into_iter().chain([key.clone()]))
            .collect(),
        Value::Array(items) => items.iter().flat_map(keys).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn drift_annotates_a_pull_request() {
    let workspace = drifted();
    workspace.write("vars/tagSource.groovy", "// Mine.\n");
    workspace
        .run(["check", "--format", "github"])
        .stdout(str![[r#"
::error file=vars/appPipeline.groovy,title=jenkinsgen check::vars/appPipeline.groovy is changed: run `jenkinsgen render` and commit the result
::error file=vars/tagSource.groovy,title=jenkinsgen check::vars/tagSource.groovy was edited by hand since it was rendered; move the change into the TOML and run `jenkinsgen render --force`, which overwrites the edit; `jenkinsgen diff` shows it
::error file=jenkinsgen.lock,title=jenkinsgen check::jenkinsgen.lock is changed: run `jenkinsgen render` and commit the result

"#]])
        .differences();
}

#[test]
fn drift_makes_a_comment_on_a_pull_request() {
    drifted()
        .run(["check", "--format", "markdown"])
        .stdout(str![[r#"
### jenkinsgen check

2 files differ from the description&#58; run <code>jenkinsgen render</code> and commit the result

|  | File |  |
| --- | --- | --- |
| changed | <code>vars/appPipeline.groovy</code> |  |
| changed | <code>jenkinsgen.lock</code> |  |

"#]])
        .differences();
}

#[test]
fn what_is_clean_says_so_in_a_comment_and_annotates_nothing() {
    let workspace = Workspace::rendered();
    workspace
        .run(["check", "--format", "markdown"])
        .stdout(str![[r#"
### jenkinsgen check

31 files as rendered

"#]])
        .success();
    workspace
        .run(["check", "--format", "github"])
        .stdout("")
        .success();
    workspace.write("checkout/Dockerfile", "FROM scratch\nCOPY app /app\n");
    workspace.write("checkout/app", "");
    workspace.write(
        "checkout/Jenkinsfile",
        "@Library('acme') _\nappPipeline()\n",
    );
    workspace
        .run(["verify", "app", "checkout", "--format", "markdown"])
        .stdout(str![[r#"
### jenkinsgen verify app

the checkout fits the description, after a look at 1 Dockerfile, 1 stage, the version and the Jenkinsfile

"#]])
        .success();
    workspace
        .run(["verify", "app", "checkout", "--format", "github"])
        .stdout("")
        .success();
}

#[test]
fn mistakes_are_told_in_every_format() {
    let workspace = Workspace::small().file(
        "projects/web.toml",
        "[version]\nliteral = [\n  \"1\",\n]\n[images.web]\n",
    );
    for command in [&["check"][..], &["verify", "app", "."]] {
        let with = |format| {
            let arguments = command.iter().copied().chain(["--format", format]);
            workspace.run(arguments)
        };
        with("github")
            .stdout(str![[r#"
::error file=projects/web.toml,line=2,endLine=4,title=wrong-type::`version.literal` must be a string: this is an array

"#]])
            .error();
        let (markdown, stderr) = with("markdown").any_output().error();
        assert_eq!(stderr, "");
        let title = format!("### jenkinsgen {}: 1 error\n", command[0]);
        assert!(markdown.starts_with(&title), "{markdown}");
        assert!(
            markdown.contains("<code>projects/web.toml&#58;2</code>"),
            "{markdown}"
        );
        assert!(markdown.contains("error[wrong-type]"), "{markdown}");
    }
}

#[test]
fn other_errors_are_told_in_every_format() {
    let workspace = Workspace::small();
    workspace
        .run(["verify", "ap", ".", "--format", "github"])
        .stdout(str![[r#"
::error title=jenkinsgen verify::there is no project `ap`; did you mean `app`?

"#]])
        .error();
    workspace
        .run(["verify", "ap", ".", "--format", "markdown"])
        .stdout(str![[r#"
### jenkinsgen verify: 1 error

there is no project <code>ap</code>; did you mean <code>app</code>?

"#]])
        .error();
}

/// No result comes out in another format than was asked for, and nothing is done.
#[test]
fn a_format_that_a_command_does_not_have_is_refused() {
    let workspace = Workspace::small();
    for command in [&["render"][..], &["diff"], &["jenkinsfile", "app"]] {
        let name = command[0];
        let refused = |arguments: Vec<&str>, told: &str| {
            let (stdout, stderr) = workspace.run(arguments).any_output().error();
            assert_eq!((stdout.as_str(), stderr.as_str()), (told, ""));
        };
        // Before the command all formats are understood.
        refused(
            [&["--format", "github"], command].concat(),
            &format!(
                "::error title=jenkinsgen {name}::`jenkinsgen {name}` has no result in the format `github`; use `plain` or `json`\n"
            ),
        );
        refused(
            [&["--format", "markdown"], command].concat(),
            &format!(
                "### jenkinsgen {name}: 1 error\n\n<code>jenkinsgen {name}</code> has no result in the format <code>markdown</code>; \
                 use <code>plain</code> or <code>json</code>\n"
            ),
        );
        let formats = match name {
            "diff" => "plain, json, markdown",
            _ => "plain, json",
        };
        refused(
            [command, &["--format", "github"]].concat(),
            &format!(
                "::error title=jenkinsgen {name}::invalid value 'github' for '--format <FORMAT>' [possible values: {formats}]\n"
            ),
        );
    }
    // It has one only with a revision.
    workspace
        .run(["diff", "--format", "markdown"])
        .stdout(str![[r#"
### jenkinsgen diff: 1 error

<code>jenkinsgen diff</code> has no result in the format <code>markdown</code>; use <code>plain</code> or <code>json</code>

"#]])
        .error();
    assert!(!workspace.path().join("vars").exists());
}

/// Names and texts of a checkout that is not to be trusted.
#[test]
fn hostile_texts_stay_texts() {
    let hostile = "FROM scratch AS x\nARG a=1\nCOPY app /app\n# ::error::1 </details><script>alert(1)</script> ```` @team\nCOPPY </code><img/src=x> |a| `b` [x](http://evil.example)\n";
    let workspace = Workspace::small()
        .file("checkout/Dockerfile", hostile)
        .file(
            "checkout/Jenkinsfile",
            "@Library('acme@main\\n::error::@team|<b>```') _\nappPipeline()\n",
        );
    let (github, _) = workspace
        .run(["verify", "app", "checkout", "--format", "github"])
        .any_output()
        .differences();
    assert_eq!(github.lines().count(), 2, "{github}");
    assert!(
        github.lines().all(|line| line.starts_with("::error file=")),
        "{github}"
    );

    let (markdown, _) = workspace
        .run(["verify", "app", "checkout", "--format", "markdown"])
        .any_output()
        .differences();
    // What stands in a fenced block is text, up to a fence that is as long.
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        match fence {
            Some(open) if line == open => fence = None,
            Some(open) => assert!(!line.trim().starts_with(open), "{line}"),
            None if line.starts_with("```") => fence = line.strip_suffix("text"),
            None => {
                let ours = [
                    "<code>",
                    "</code>",
                    "<details>",
                    "</details>",
                    "<summary>",
                    "</summary>",
                ];
                let rest = ours
                    .iter()
                    .fold(line.to_owned(), |rest, tag| rest.replace(tag, ""));
                assert!(
                    !rest.contains(['<', '>', '@', '`', '[', ']', '\\']),
                    "{line}"
                );
            }
        }
    }
    assert_eq!(fence, None);
    assert_eq!(
        markdown.matches("</details>").count(),
        1 + markdown.matches("</details><script>").count()
    );
}

/// A comment has a greatest length.
#[test]
fn a_comment_leaves_out_what_would_not_fit() {
    let args: String = (0..2000)
        .map(|number| format!("ARG unused_{number}=1\n"))
        .collect();
    let workspace = Workspace::small()
        .file("checkout/Dockerfile", &format!("FROM scratch\n{args}"))
        .file(
            "checkout/Jenkinsfile",
            "@Library('acme@main') _\nappPipeline()\n",
        );
    let (markdown, _) = workspace
        .run(["verify", "app", "checkout", "--format", "markdown"])
        .any_output()
        .differences();
    assert!(markdown.len() < 65_536, "{}", markdown.len());
    assert!(
        markdown.starts_with("### jenkinsgen verify app: 2000 warnings\n"),
        "{markdown}"
    );
    assert!(markdown.contains(" more did not fit here."), "{markdown}");
}
