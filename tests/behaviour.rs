//! What a reviewer is told of a pull request: each case is a workspace before and after it, and `SNAPSHOTS=overwrite cargo test --test behaviour` writes
//! what is said down. The repositories are real ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]

mod support;

use std::path::{Path, PathBuf};

use jenkinsgen::behaviour::Summary;
use jenkinsgen::model::Library;
use jenkinsgen::{view, workspace};
use snapbox::{Data, assert_data_eq, str};
use support::{LIBRARY, PROJECT, Workspace, cases, files, overwrite, workspaces};
use toml::Value;

/// Renders a workspace, and makes it the branch `main` of a repository.
fn committed(workspace: Workspace) -> Workspace {
    workspace.run(["render"]).any_output().success();
    workspace.commit("main");
    workspace
}

fn small() -> Workspace {
    committed(Workspace::small())
}

/// The state before a pull request, committed, and the one after it in the working tree, not rendered.
fn pull_request(case: &Path) -> Workspace {
    let mut workspace = Workspace::empty();
    for (path, text) in files(&case.join("before")) {
        workspace = workspace.file(&path, &text);
    }
    let workspace = committed(workspace);
    for path in files(&case.join("before")).keys() {
        workspace.remove(path);
    }
    for (path, text) in files(&case.join("after")) {
        workspace.write(&path, &text);
    }
    workspace
}

/// All files and the index of Git.
fn state(workspace: &Workspace) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths = vec![workspace.path().join(".git/index")];
    for entry in walkdir::WalkDir::new(workspace.path()).sort_by_file_name() {
        let entry = entry.unwrap();
        let is_git = entry
            .path()
            .components()
            .any(|part| part.as_os_str() == ".git");
        if entry.file_type().is_file() && !is_git {
            paths.push(entry.into_path());
        }
    }
    let read = |path: PathBuf| {
        let bytes = fs_err::read(&path).unwrap();
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn each_change_is_told_as_recorded() {
    let cases = cases("tests/behaviour");
    assert!(cases.len() >= 12, "only {} cases were found", cases.len());
    for case in cases {
        let workspace = pull_request(&case);
        let before = state(&workspace);
        for (expected, format) in [("expected.txt", "plain"), ("expected.md", "markdown")] {
            let run = workspace.run(["diff", "--against", "main", "--summary", "--format", format]);
            let expected = case.join(expected);
            let run = if overwrite() {
                let run = run.any_output();
                fs_err::write(expected, run.printed()).unwrap();
                run
            } else {
                run.stdout(Data::read_from(&expected, None))
            };
            if case.ends_with("notation") {
                run.success();
            } else {
                run.differences();
            }
        }
        assert_eq!(
            before,
            state(&workspace),
            "neither the tree nor the index is touched"
        );
    }
}

/// Forty files of a pull request over forty-one projects: what is the same is told once, and the one that is different stands out.
#[test]
fn a_large_pull_request_is_read_in_half_a_minute() {
    let library = format!("{LIBRARY}\n[defaults.notify]\nrecipients = [\"culprits\"]\n");
    let mut workspace = Workspace::empty().file("jenkinsgen.toml", &library);
    for number in 1..=41 {
        let name = format!("service-{number}");
        let text = format!(
            "[version]\nliteral = \"1.{number}.0\"\n\n[images.{name}]\n\n[release]\nbranch = \"main\"\n\n[[publish]]\n\
             repository = \"registry.example.com/acme/{name}\"\ntags = [\"{{version}}\"]\n"
        );
        workspace = workspace.file(&format!("projects/{name}.toml"), &text);
    }
    let workspace = committed(workspace);
    workspace.replace("jenkinsgen.toml", "v0.32.2", "v0.33.0");
    for number in 1..=38 {
        let file = format!("projects/service-{number}.toml");
        workspace.replace(&file, ".0\"", ".1\"");
        let tags = match number {
            17 => "tags = [\"{version}\", \"stable\"]",
            _ => "tags = [\"{version}\", \"latest\"]",
        };
        workspace.replace(&file, "tags = [\"{version}\"]", tags);
    }
    let gate = workspace.read("projects/service-23.toml") + "\n[scan]\nfail_on = \"critical\"\n";
    workspace.write("projects/service-23.toml", &gate);
    workspace.remove("projects/service-40.toml");
    let (told, _) = workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: 4 risks, 1 change to look at, 1 other change, 81 files differ

Risks
  service-23    scan gate: high → critical
                  less severe findings stop no build any more
  37 projects   pushed name added: registry.example.com/acme/<project>:latest
                  service-1, service-10, service-11 and 34 more
                  releases are pushed there
  service-17    pushed name added: registry.example.com/acme/service-17:stable
                  releases are pushed there
  service-40    project removed; the step that its Jenkinsfile calls is gone

To look at
  all projects  BuildKit's image: moby/buildkit:v0.32.2-rootless →
                  v0.33.0-rootless

Other changes
  38 projects   version: 1.1.0 → 1.1.1, and 37 other values elsewhere
                  service-1, service-10, service-11 and 35 more

"#]])
        .differences();
    assert!(told.lines().count() <= 20, "{told}");
    assert!(
        told.lines().all(|line| line.chars().count() <= 80),
        "{told}"
    );
    let (comment, _) = workspace
        .run(["diff", "--against", "main", "--format", "markdown"])
        .any_output()
        .differences();
    assert!(comment.chars().count() < 65_536, "{}", comment.len());
    assert!(
        comment.contains("40 files alike"),
        "the same text is shown once"
    );
}

/// Forty new projects hide nothing, and are read as fast.
#[test]
fn many_new_projects_are_told_once() {
    let workspace = small();
    for number in 1..=40 {
        let name = format!("service-{number}");
        let text = format!(
            "[version]\nliteral = \"1.{number}.0\"\n\n[images.{name}]\n\n[release]\nbranch = \"main\"\n\n[[publish]]\n\
             repository = \"registry.example.com/acme/{name}\"\ntags = [\"{{version}}\"]\n\n\
             [options]\nconcurrent_builds = \"allow\"\n"
        );
        workspace.write(&format!("projects/{name}.toml"), &text);
    }
    workspace.write(
        "projects/odd.toml",
        &format!("{PROJECT}\n[stages.notes]\nposition = \"always\"\ncommands = [\"./notes\"]\n"),
    );
    let (told, _) = workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: 2 risks, 2 changes to look at, 127 files differ

Risks
  40 projects  release branch added: main
                 service-1, service-10, service-11 and 37 more
                 builds of this branch release
               pushed name added: registry.example.com/acme/<project>:{version}
                 releases are pushed there

To look at
  odd          project added: stages.notes; these keys of it are to look at
  40 projects  project added: options.concurrent_builds
                 service-1, service-10, service-11 and 37 more
                 these keys of it are to look at

"#]])
        .differences();
    assert!(told.lines().count() <= 20, "{told}");
}

#[test]
fn the_text_follows_the_summary() {
    let workspace = small();
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace
        .run(["diff", "--against", "main"])
        .stdout(str![[r#"
Against main: no risks, 1 other change, 1 file differs

Other changes
  app  version: 1.2.3 → 1.2.4

--- a/vars/appPipeline.groovy
+++ b/vars/appPipeline.groovy
@@ -23,7 +23,7 @@
 
 Map fetchSource() {
     return stage('Checkout') {
-        [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
+        [commit: checkout(scm).GIT_COMMIT, version: '1.2.4']
     }
 }
 

"#]])
        .differences();
    workspace
        .run(["diff", "--against", "main", "--format", "markdown"])
        .stdout(str![[r#"
### Against main&#58; no risks, 1 other change, 1 file differs

<details>
<summary>Other changes (1)</summary>

| Projects | What changes | Why it matters |
| --- | --- | --- |
| app | version: <code>1.2.3</code> → <code>1.2.4</code> |  |

</details>

<details>
<summary>Text of 1 file</summary>

<details>
<summary><code>vars/appPipeline.groovy</code></summary>

```diff
--- a/vars/appPipeline.groovy
+++ b/vars/appPipeline.groovy
@@ -23,7 +23,7 @@
 
 Map fetchSource() {
     return stage('Checkout') {
-        [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
+        [commit: checkout(scm).GIT_COMMIT, version: '1.2.4']
     }
 }
 
```

</details>

</details>

"#]])
        .differences();
}

/// The rendered files of the revision may be of another version of this program, or edited.
#[test]
fn text_that_no_description_explains_is_told() {
    let workspace = Workspace::rendered();
    let step = workspace.read("vars/tagSource.groovy");
    workspace.write("vars/tagSource.groovy", &format!("// Older.\n{step}"));
    let pipeline = workspace.read("vars/appPipeline.groovy");
    workspace.write("vars/appPipeline.groovy", &format!("// Older.\n{pipeline}"));
    workspace.commit("main");
    workspace.run(["render", "--force"]).any_output().success();
    workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: no risks, 2 changes to look at, 2 files differ

To look at
  library  vars/tagSource.groovy changed
             it is rendered otherwise, and all projects may use it
  app      rendered text changed
             the description of these projects says the same

"#]])
        .differences();
}

/// What Jenkins would run is not what the description says, so that comes before all else.
#[test]
fn what_was_edited_by_hand_is_told_first() {
    let workspace = small();
    let gate = workspace.read("projects/app.toml") + "\n[scan]\nfail_on = \"never\"\n";
    workspace.write("projects/app.toml", &gate);
    workspace.run(["render"]).any_output().success();
    workspace.replace("vars/scanImage.groovy", "error(", "echo(");
    workspace.replace("resources/acme/pods/app.yaml", "rootless", "evil");
    let (told, _) = workspace
        .run(["diff", "--against", "main"])
        .any_output()
        .differences();
    let (summary, texts) = told.split_once("\n---").unwrap();
    assert_data_eq!(
        summary.to_owned(),
        str![[r#"
Against main: 3 risks, 3 files differ

Risks
  app      resources/acme/pods/app.yaml not as rendered
             it was edited by hand since it was rendered
  library  vars/scanImage.groovy not as rendered
             it was edited by hand since it was rendered
  app      scan gate: high → never; no finding stops a build any more

"#]]
    );
    assert!(
        texts.contains("+        echo(\"scanImage: the scan of"),
        "{texts}"
    );
    // The same as `check` says, also of a project that is chosen.
    let (_, conflicts) = workspace.run(["check"]).any_output().differences();
    let reason = "vars/scanImage.groovy was edited by hand since it was rendered";
    assert!(conflicts.contains(reason), "{conflicts}");
    let (told, _) = workspace
        .run(["diff", "app", "--against", "main", "--summary"])
        .any_output()
        .differences();
    assert!(told.contains("app.yaml not as rendered"), "{told}");
    // An edit that was merged before is still one.
    workspace.commit("main");
    workspace
        .run(["diff", "--against", "main"])
        .stdout(str![[r#"
Against main: 2 risks

Risks
  app      resources/acme/pods/app.yaml not as rendered
             it was edited by hand since it was rendered
  library  vars/scanImage.groovy not as rendered
             it was edited by hand since it was rendered

"#]])
        .differences();
}

/// A lock file that was edited as well makes a file look as if it were only out of date, or somebody's own.
#[test]
fn a_lock_file_hides_no_edit() {
    let workspace = small();
    let edited = workspace.read("vars/scanImage.groovy");
    let edited = edited.replace("error(", "echo(");
    workspace.write("vars/scanImage.groovy", &edited);
    workspace.write("vars/evil.groovy", "def call() { }\n");
    workspace.replace("vars/pushImage.groovy", "error(", "echo(");
    let entry = |path: &str, text: &str| {
        let hash = blake3::hash(text.as_bytes()).to_hex();
        format!("\"{path}\" = \"{hash}\"\n")
    };
    let lock = workspace.read("jenkinsgen.lock");
    let is_kept =
        |line: &&str| !line.contains("/scanImage.groovy") && !line.contains("/pushImage.groovy");
    let mut lock: String = lock.split_inclusive('\n').filter(is_kept).collect();
    lock += &entry("vars/scanImage.groovy", &edited);
    lock += &entry("vars/evil.groovy", "def call() { }\n");
    workspace.write("jenkinsgen.lock", &lock);
    workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: 3 risks, 3 files differ

Risks
  library  vars/evil.groovy not as rendered
             it is not rendered any more: `jenkinsgen render` deletes it
           vars/pushImage.groovy not as rendered
             it is not one of jenkinsgen's files
           vars/scanImage.groovy not as rendered
             it is not as it is described: `jenkinsgen render` changes it

"#]])
        .differences();
}

/// Programs that ask for risks see those of files as well.
#[test]
fn the_risk_of_a_file_is_one_for_programs() {
    let library = LIBRARY.replace("\n[tools]", "own_steps = [\"scanImage\"]\n\n[tools]");
    let workspace = committed(
        Workspace::small()
            .file("jenkinsgen.toml", &library)
            .file("vars/scanImage.groovy", "def call(Map arguments) { }\n"),
    );
    workspace.replace("vars/scanImage.groovy", "{ }", "{ echo(1) }");
    let run = workspace.run(["diff", "--against", "main", "--summary", "--format", "json"]);
    let (document, _) = run.any_output().differences();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        document["summary"]["changes"],
        serde_json::json!([{
            "risk": "risk",
            "reason": "replaces the shared step scanImage: it decides the gate",
            "key": "vars/scanImage.groovy",
            "what": "vars/scanImage.groovy",
            "kind": "changed",
            "before": null,
            "after": null,
            "parts": [],
            "projects": [],
        }])
    );
}

/// The commands of a stage are a value of their own for programs, though people see one row.
#[test]
fn a_stage_is_one_change_with_typed_parts() {
    let workspace = small();
    let stage = "\n[stages.notes]\nposition = \"always\"\ncommands = [\"./a\", \"./b\"]\n";
    let project = workspace.read("projects/app.toml") + stage;
    workspace.write("projects/app.toml", &project);
    let run = workspace.run(["diff", "--against", "main", "--summary", "--format", "json"]);
    let (document, _) = run.any_output().differences();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let change = &document["summary"]["changes"][0];
    assert_eq!(change["key"], "stages.notes");
    assert_eq!(change["kind"], "added");
    assert_eq!(
        change["parts"],
        serde_json::json!([
            { "key": "stages.notes.position", "what": "position", "before": null, "after": "always" },
            { "key": "stages.notes.commands", "what": "commands", "before": null, "after": "./a\n./b" },
        ])
    );
}

#[test]
fn what_is_the_same_is_no_difference() {
    let workspace = small();
    workspace
        .run(["diff", "--against", "main"])
        .stdout(str![[r#"
Against main: no difference

"#]])
        .success();
}

/// Jenkins would not find it, whatever the description says.
#[test]
fn a_rendered_file_that_is_deleted_is_a_risk() {
    let workspace = small();
    workspace.remove("vars/scanImage.groovy");
    workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: 1 risk, 1 file differs

Risks
  library  vars/scanImage.groovy not as rendered
             it is not there: `jenkinsgen render` writes it

"#]])
        .differences();
}

#[cfg(unix)]
#[test]
fn a_linked_folder_of_sources_is_a_risk() {
    let workspace = small().file("classes/A.groovy", "class A {}\n");
    std::os::unix::fs::symlink("classes", workspace.path().join("src")).unwrap();
    workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: 1 risk

Risks
  library  src not as rendered
             it is a symbolic link; Jenkins refuses to load a library that has
             one

"#]])
        .differences();
}

/// What is rendered stays what it was: it only stands elsewhere.
#[cfg(unix)]
#[test]
fn a_linked_folder_of_vars_is_a_risk_and_no_removal_of_files() {
    let workspace = small();
    let folder = workspace.path();
    fs_err::rename(folder.join("vars"), folder.join("moved")).unwrap();
    std::os::unix::fs::symlink("moved", folder.join("vars")).unwrap();
    workspace
        .run(["diff", "--against", "main"])
        .stdout(str![[r#"
Against main: 1 risk

Risks
  library  vars not as rendered
             it is a symbolic link; Jenkins refuses to load a library that has
             one

"#]])
        .differences();
}

#[test]
fn some_projects_can_be_chosen() {
    let workspace = committed(Workspace::small().file("projects/web.toml", PROJECT));
    workspace.replace("projects/app.toml", "1.2.3", "1.2.4");
    workspace.remove("projects/web.toml");
    workspace
        .run(["diff", "web", "--against", "main", "--summary"])
        .stdout(str![[r#"
Against main: 1 risk, 3 files differ

Risks
  web  project removed; the step that its Jenkinsfile calls is gone

"#]])
        .differences();
    workspace
        .run(["diff", "wep", "--against", "main"])
        .stderr(str![[r#"
error: there is no project `wep`; the projects are `app`

"#]])
        .error();
}

#[test]
fn a_workspace_may_be_a_folder_of_its_repository() {
    let outer = Workspace::empty()
        .file("jenkinsgen.toml", "not TOML")
        .file("library/jenkinsgen.toml", LIBRARY)
        .file("library/projects/app.toml", PROJECT);
    outer
        .run(["render", "--root", "library"])
        .any_output()
        .success();
    outer.commit("main");
    outer.replace("library/projects/app.toml", "1.2.3", "1.2.4");
    let summary = [
        "diff",
        "--against",
        "main",
        "--summary",
        "--root",
        "library",
    ];
    outer
        .run(summary)
        .stdout(str![[r#"
Against main: no risks, 1 other change, 1 file differs

Other changes
  app  version: 1.2.3 → 1.2.4

"#]])
        .differences();
    // As in a hook of another repository.
    outer
        .run_with(
            summary,
            &[
                ("GIT_DIR", "/nowhere"),
                ("GIT_INDEX_FILE", "/nowhere/index"),
            ],
        )
        .any_output()
        .differences();
}

#[test]
fn where_there_was_no_workspace_all_is_new() {
    let workspace = Workspace::small();
    workspace.git(&["init", "--quiet", "--initial-branch", "main"]);
    workspace.git(&["commit", "--quiet", "--allow-empty", "--message", "Empty"]);
    workspace
        .run(["diff", "--against", "main", "--summary"])
        .stdout(str![[r#"
There is no workspace at main, all is new: no risks, 1 change to look at, 28 files differ

To look at
  app  project added

"#]])
        .differences();
}

#[test]
fn a_mistake_at_the_revision_is_told_where_it_stands() {
    let workspace = Workspace::small();
    workspace.replace("projects/app.toml", "literal", "litteral");
    workspace.commit("main");
    workspace.replace("projects/app.toml", "litteral", "literal");
    workspace
        .run(["diff", "--against", "main"])
        .stderr(str![[r#"
error[unknown-key]: unknown key `version.litteral`
 --> main:projects/app.toml:2:1
  |
2 | litteral = "1.2.3"
  | ^^^^^^^^ did you mean `literal`?

1 error

"#]])
        .error();
}

#[test]
fn what_is_no_revision_is_an_error() {
    let workspace = small();
    workspace.git(&["tag", "v1"]);
    for name in ["v1", "HEAD", "main^0", "@"] {
        let against = format!("--against={name}");
        workspace.run(["diff", &against]).any_output().success();
    }
    for name in [
        "--help",
        "--all",
        "-n1",
        "^HEAD",
        "v1..HEAD",
        "v1...HEAD",
        "HEAD:vars",
        "HEAD\nHEAD",
        ":/State:",
        "",
        " ",
    ] {
        let against = format!("--against={name}");
        let (_, stderr) = workspace.run(["diff", &against]).any_output().error();
        let told = format!("error: there is no revision `{}`; ", name.escape_debug());
        assert!(stderr.starts_with(&told), "{stderr}");
    }
    workspace
        .run(["diff", "--against", "develop"])
        .stderr(str![[r#"
error: there is no revision `develop`; a branch of the remote is called `origin/<branch>`, and may have to be fetched first

"#]])
        .error();
}

#[test]
fn a_repository_that_can_not_tell_is_an_error() {
    let workspace = Workspace::small();
    let run = || workspace.run(["diff", "--against", "HEAD"]);
    run().stderr(str![[r#"
error: [ROOT] is in no repository that Git can read: git rev-parse: fatal: not a git repository (or any of the parent directories): .git

"#]]).error();
    workspace.git(&["init", "--quiet", "--initial-branch", "main"]);
    run()
        .stderr(str![[r#"
error: there is no revision `HEAD`: the repository has no commit yet

"#]])
        .error();
    workspace
        .run_with(["diff", "--against", "HEAD"], &[("PATH", "/nowhere")])
        .stderr(str![[r#"
error: [ROOT] is in no repository that Git can read: can't run the program `git`, which reads the revision: No such file or directory (os error 2)

"#]])
        .error();
}

#[test]
fn a_shallow_clone_has_not_all_revisions() {
    let origin = small();
    origin.git(&["tag", "v1"]);
    origin.replace("projects/app.toml", "1.2.3", "1.2.4");
    origin.run(["render"]).any_output().success();
    origin.commit("main");
    let clone = Workspace::empty();
    let url = format!("file://{}", origin.path().display());
    clone.git(&["clone", "--quiet", "--depth", "1", "--no-tags", &url, "."]);
    clone
        .run(["diff", "--against", "HEAD"])
        .any_output()
        .success();
    clone
        .run(["diff", "--against", "v1"])
        .stderr(str![[r#"
error: there is no revision `v1` in this shallow clone; fetch it, with `git fetch --unshallow` for instance

"#]])
        .error();
    clone.git(&["fetch", "--quiet", "--depth", "1", "origin", "tag", "v1"]);
    clone
        .run(["diff", "--against", "v1"])
        .any_output()
        .differences();
}

#[test]
fn a_comment_is_cut_where_it_would_be_too_long() {
    let workspace = small();
    let stage = |number: usize| {
        let commands: String = (0..20)
            .map(|line| format!("\"echo '|<@{number}-{line}>'\", "))
            .collect();
        format!("\n[stages.stage-{number}]\nposition = \"after_images\"\ncommands = [{commands}]\n")
    };
    let stages: String = (0..200).map(stage).collect();
    let secret = |number: usize| {
        format!("\n[images.app.secrets.s{number}]\ncredentials_text = \"credential-{number}\"\n")
    };
    let secrets: String = (0..800).map(secret).collect();
    let gate = "\n[scan]\nfail_on = \"never\"\n";
    let project = workspace.read("projects/app.toml") + &secrets + &stages + gate;
    workspace.write("projects/app.toml", &project);
    let (comment, _) = workspace
        .run(["diff", "--against", "main", "--format", "markdown"])
        .any_output()
        .differences();
    assert!(comment.chars().count() < 65_536, "{}", comment.len());
    assert!(
        comment.contains("no finding stops a build any more"),
        "what loosens a gate comes before all other risks"
    );
    let end = comment.lines().last().unwrap();
    assert!(
        end.ends_with(
            " risks among them, did not fit here: `jenkinsgen diff --against` shows all of them."
        ),
        "{end}"
    );
    assert_eq!(
        comment.matches("<details>").count(),
        comment.matches("</details>").count()
    );
}

fn load(folder: &Path) -> Option<Library> {
    workspace::load(camino::Utf8Path::from_path(folder).unwrap()).ok()
}

/// The texts of the projects' own files.
fn rendered(library: &Library) -> Vec<String> {
    let files = view::render(library).unwrap().into_iter();
    let files = files.filter(|(path, _)| !path.starts_with(".jenkinsgen"));
    files
        .map(|(path, file)| format!("{path}: {:?}", file.content))
        .collect()
}

/// Every value of every workspace that the tests have is changed, one at a time, in each way that its type has: where something else is rendered, the
/// summary is not empty, and where the same is rendered, it is.
#[test]
fn no_change_of_a_value_is_hidden() {
    let mut told = 0;
    for case in workspaces() {
        let workspace = Workspace::empty();
        let mut inputs = files(&case.join("projects"));
        inputs = inputs
            .into_iter()
            .map(|(path, text)| (format!("projects/{path}"), text))
            .collect();
        let library = fs_err::read_to_string(case.join("jenkinsgen.toml")).unwrap();
        inputs.insert("jenkinsgen.toml".to_owned(), library);
        for (path, text) in inputs.iter().chain(&support::own_files(&case)) {
            workspace.write(path, text);
        }
        let before = load(workspace.path()).unwrap();
        let before_text = rendered(&before);
        assert!(Summary::of(Some(&before), &before, &[]).is_empty());
        for (path, text) in &inputs {
            let whole: Value = toml::from_str(text).unwrap();
            for mutant in mutants(&whole) {
                workspace.write(path, &toml::to_string(&mutant).unwrap());
                // Most of the mutants are no valid description.
                let Some(after) = load(workspace.path()) else {
                    continue;
                };
                let summary = Summary::of(Some(&before), &after, &[]);
                let same_text = before_text == rendered(&after);
                let same_locks = before.locked == after.locked && before.version == after.version;
                assert_eq!(
                    summary.is_empty(),
                    same_text && same_locks,
                    "{path} of {}:\n{mutant}\n{summary:#?}",
                    case.display()
                );
                told += 1;
            }
            workspace.write(path, text);
        }
    }
    assert!(told > 500, "only {told} changes were tried");
}

/// The value with one thing in it changed, in every way.
fn mutants(value: &Value) -> Vec<Value> {
    let mut mutants = Vec::new();
    match value {
        Value::String(text) => {
            let texts = [
                format!("{text}x"),
                format!("{text}/x"),
                text.replace('1', "2"),
                text.replace("m", "9"),
            ];
            let words = [
                "never",
                "low",
                "squashed",
                "host",
                "none",
                "privileged",
                "mailer",
                "allow",
                "min",
                "always",
                "culprits",
            ];
            // Only what could be a word of a fixed list becomes another one.
            let is_word = text
                .chars()
                .all(|c| c.is_ascii_lowercase() || "_-".contains(c));
            let words = words.into_iter().filter(|_| is_word);
            let others = words.map(str::to_owned).chain(texts);
            mutants.extend(others.filter(|other| other != text).map(Value::String));
        }
        Value::Integer(number) => mutants.push(Value::Integer(number + 1)),
        Value::Boolean(flag) => mutants.push(Value::Boolean(!flag)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let with = |mutant: Option<Value>| {
                    let mut items = items.clone();
                    items.splice(index..=index, mutant);
                    Value::Array(items)
                };
                mutants.push(with(None));
                mutants.extend(
                    self::mutants(item)
                        .into_iter()
                        .map(|mutant| with(Some(mutant))),
                );
            }
        }
        Value::Table(table) => {
            for (key, inner) in table {
                let with = |mutant: Option<Value>| {
                    let mut table = table.clone();
                    match mutant {
                        Some(mutant) => table.insert(key.clone(), mutant),
                        None => table.remove(key),
                    };
                    Value::Table(table)
                };
                mutants.push(with(None));
                mutants.extend(
                    self::mutants(inner)
                        .into_iter()
                        .map(|mutant| with(Some(mutant))),
                );
            }
        }
        Value::Float(_) | Value::Datetime(_) => {}
    }
    mutants
}
