//! The build tools that a checkout uses: known by their files, each with its version and with where it leaves its reports.

use camino::{Utf8Path, Utf8PathBuf};
use roxmltree::Node;
use serde_json::Value as Json;

use super::shell::commands;
use super::{Checkout, properties};

/// A build tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Gradle, with a script in Groovy or Kotlin.
    Gradle,
    /// Maven.
    Maven,
    /// .NET.
    DotNet,
    /// Cargo.
    Cargo,
    /// Python, by whichever tool.
    Python,
    /// Node.js with npm.
    Npm,
    /// Node.js with pnpm.
    Pnpm,
    /// Node.js with yarn.
    Yarn,
    /// Go.
    Go,
}

/// A build tool in one folder of the checkout.
#[derive(Debug)]
pub struct Tool {
    /// Which.
    pub kind: Kind,
    /// The file that it was known by.
    pub manifest: Utf8PathBuf,
    /// Where the version stands.
    pub version: Option<Version>,
    /// Its reports.
    pub reports: Reports,
}

/// Where a version stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    /// The version.
    pub value: String,
    /// The file.
    pub file: Utf8PathBuf,
    /// The key, if the file is a Java properties file.
    pub property: Option<String>,
}

/// Where the tests leave their reports, relative to the folder of the tool.
#[derive(Debug, Default)]
pub struct Reports {
    /// The folder that holds them.
    pub folder: Option<&'static str>,
    /// The folder that they would be taken out of, below the one that the tool runs in; it need not be there.
    pub directory: String,
    /// JUnit reports: Ant patterns.
    pub junit: Vec<String>,
    /// JaCoCo XML reports: Ant patterns.
    pub coverage: Vec<String>,
    /// What must be done for them to be there, or why there are none.
    pub hint: &'static str,
}

impl Kind {
    /// How people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradle => "Gradle",
            Self::Maven => "Maven",
            Self::DotNet => ".NET",
            Self::Cargo => "Cargo",
            Self::Python => "Python",
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Go => "Go",
        }
    }

    /// A word of every command that calls it.
    pub fn program(self) -> &'static str {
        match self {
            Self::Gradle => "gradle",
            Self::Maven => "mvn",
            Self::DotNet => "dotnet",
            Self::Cargo => "cargo",
            Self::Python => "pip",
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Go => "go ",
        }
    }

    /// Whether a script calls it, or its wrapper.
    pub fn is_run_by(self, script: &str) -> bool {
        let mut words = script.split(|c: char| c.is_whitespace() || c == '/' || c == ';');
        words.any(|word| word.trim_end_matches('w') == self.program())
    }

    /// The folder that it fills beside each of its build files, if what is below has fixed names.
    pub fn output(self) -> Option<&'static str> {
        self.junit_folders().first()?.split('/').next()
    }

    /// The folders into which it puts JUnit reports, whatever the project.
    pub fn junit_folders(self) -> &'static [&'static str] {
        match self {
            Self::Gradle => &["build/test-results/test"],
            Self::Maven => &["target/surefire-reports", "target/failsafe-reports"],
            _ => &[],
        }
    }

    /// How the tests are run, so that they report as [`Reports`] says.
    pub fn test_command(self) -> &'static str {
        match self {
            Self::Gradle => "./gradlew build",
            Self::Maven => "mvn verify",
            Self::DotNet => "dotnet test --logger junit --results-directory TestResults",
            Self::Cargo => "cargo nextest run --profile ci",
            Self::Python => "pytest",
            Self::Npm => "npm test",
            Self::Pnpm => "pnpm test",
            Self::Yarn => "yarn test",
            Self::Go => "gotestsum --junitfile reports/junit.xml ./...",
        }
    }

    /// The tool that has this file as its own.
    fn of(checkout: &Checkout, path: &Utf8Path) -> Option<Self> {
        let beside = |name: &str| checkout.has_file(folder(path).join(name));
        Some(match (path.file_name()?, path.extension()) {
            ("build.gradle" | "build.gradle.kts", _) => Self::Gradle,
            ("pom.xml", _) => Self::Maven,
            ("Cargo.toml", _) => Self::Cargo,
            ("go.mod", _) => Self::Go,
            ("pyproject.toml" | "setup.py" | "setup.cfg" | "requirements.txt", _) => Self::Python,
            ("package.json", _) if beside("pnpm-lock.yaml") => Self::Pnpm,
            ("package.json", _) if beside("yarn.lock") => Self::Yarn,
            ("package.json", _) => Self::Npm,
            (_, Some("csproj" | "fsproj" | "vbproj")) => Self::DotNet,
            _ => return None,
        })
    }
}

impl Tool {
    /// The folder that it works in; empty for the checkout itself.
    pub fn folder(&self) -> &Utf8Path {
        folder(&self.manifest)
    }

    /// The files in which its modules report, each in a folder of its own, as `find -path` has it; `None` if it has no modules.
    pub fn reports_of_modules(&self) -> Option<&'static str> {
        match (self.kind, self.reports.folder) {
            (Kind::Gradle, None) => Some("*/test-results/*/TEST-*.xml"),
            (Kind::Maven, None) => Some("*/*-reports/TEST-*.xml"),
            _ => None,
        }
    }
}

/// The tools that are nearest to the top, one of a kind; those in folders below them are their parts. What can't be read is told to `unsure`.
pub fn find(checkout: &Checkout, files: &[Utf8PathBuf], unsure: &mut Vec<String>) -> Vec<Tool> {
    let mut found: Vec<(usize, Kind, &Utf8PathBuf)> = files
        .iter()
        .filter_map(|path| Some((path.components().count(), Kind::of(checkout, path)?, path)))
        .collect();
    // .NET has its projects in folders of their own.
    found.retain(|(depth, kind, _)| *depth <= if *kind == Kind::DotNet { 3 } else { 2 });
    found.sort();
    let top = found.iter().map(|(depth, ..)| *depth).min();
    let mut tools: Vec<Tool> = Vec::new();
    for (depth, kind, path) in found {
        let is_part = Some(depth) != top && kind != Kind::DotNet;
        if is_part || tools.iter().any(|tool| tool.kind == kind) {
            continue;
        }
        tools.push(read(checkout, kind, path, unsure));
    }
    tools.sort_by_key(|tool| tool.kind);
    tools
}

/// The tool whose files stand in this folder itself. What can't be read is told to `unsure`.
pub fn find_in(
    checkout: &Checkout,
    files: &[Utf8PathBuf],
    within: &Utf8Path,
    unsure: &mut Vec<String>,
) -> Option<Tool> {
    let inside = files.iter().filter(|path| folder(path) == within);
    let found = inside.filter_map(|path| Some((Kind::of(checkout, path)?, path)));
    let (kind, path) = found.min()?;
    Some(read(checkout, kind, path, unsure))
}

fn read(checkout: &Checkout, kind: Kind, path: &Utf8Path, unsure: &mut Vec<String>) -> Tool {
    let mut reader = Reader {
        checkout,
        folder: folder(path),
        unsure,
    };
    let manifest = reader.text(path.file_name().unwrap_or_default());
    Tool {
        kind,
        manifest: path.to_owned(),
        version: reader.version(kind, &manifest, path),
        reports: reader.reports(kind, &manifest),
    }
}

/// A file at the top of a checkout that holds the version alone, or with a key. What can't be read is told to `unsure`.
pub fn version_file(checkout: &Checkout, unsure: &mut Vec<String>) -> Option<Version> {
    let mut reader = Reader {
        checkout,
        folder: Utf8Path::new(""),
        unsure,
    };
    let named = reader.property_of("version.properties");
    named.or_else(|| {
        ["VERSION", "version.txt"].iter().find_map(|name| {
            let text = reader.text(name);
            let value = text.lines().next()?.trim();
            (!value.is_empty()).then(|| Version {
                value: value.to_owned(),
                file: name.into(),
                property: None,
            })
        })
    })
}

fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(Utf8Path::new(""))
}

struct Reader<'a> {
    checkout: &'a Checkout,
    folder: &'a Utf8Path,
    unsure: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// A file of the tool's folder; empty if it is not there.
    fn text(&mut self, name: &str) -> String {
        self.text_at(&self.folder.join(name))
    }

    fn text_at(&mut self, path: &Utf8Path) -> String {
        match self.checkout.read(path) {
            Ok(source) => source.map_or_else(String::new, |source| source.text.clone()),
            Err(error) => {
                self.unsure.push(format!("{error:#}"));
                String::new()
            }
        }
    }

    fn version(&mut self, kind: Kind, manifest: &str, path: &Utf8Path) -> Option<Version> {
        let own = match kind {
            Kind::Gradle => {
                if let Some(version) = self.property_of("gradle.properties") {
                    return Some(version);
                }
                gradle_version(manifest)
            }
            Kind::Maven => maven_version(manifest),
            Kind::Npm | Kind::Pnpm | Kind::Yarn => {
                let package: Json = serde_json::from_str(manifest).unwrap_or_default();
                package["version"].as_str().map(str::to_owned)
            }
            Kind::Cargo => toml_text(
                manifest,
                &[
                    &["package", "version"],
                    &["workspace", "package", "version"],
                ],
            ),
            Kind::Python => {
                let project = self.text("pyproject.toml");
                toml_text(
                    &project,
                    &[&["project", "version"], &["tool", "poetry", "version"]],
                )
            }
            Kind::DotNet => {
                let own = msbuild_version(manifest);
                if own.is_none() {
                    let file = Utf8PathBuf::from("Directory.Build.props");
                    let value = msbuild_version(&self.text_at(&file))?;
                    return Some(Version {
                        value,
                        file,
                        property: None,
                    });
                }
                own
            }
            // Modules are versioned by Git's tags.
            Kind::Go => None,
        };
        Some(Version {
            value: own?,
            file: path.to_owned(),
            property: None,
        })
    }

    fn property_of(&mut self, name: &str) -> Option<Version> {
        let text = self.text(name);
        let keys = [
            "version",
            "projectVersion",
            "appVersion",
            "app.version",
            "project.version",
            "VERSION",
        ];
        keys.iter().find_map(|key| {
            Some(Version {
                value: properties::find(&text, key)
                    .map(|(value, _)| value)
                    .filter(|value| !value.is_empty())?,
                file: self.folder.join(name),
                property: Some((*key).to_owned()),
            })
        })
    }

    fn reports(&mut self, kind: Kind, manifest: &str) -> Reports {
        let one = |pattern: &str| vec![pattern.to_owned()];
        match kind {
            Kind::Gradle => {
                let settings = self.text("settings.gradle") + &self.text("settings.gradle.kts");
                let modules = settings
                    .lines()
                    .any(|line| line.trim_start().starts_with("include"));
                let prefix = if modules { "**/" } else { "" };
                let coverage = manifest.contains("jacoco");
                Reports {
                    folder: (!modules).then_some("build"),
                    directory: "build".to_owned(),
                    junit: junit_patterns(kind, prefix, 1),
                    coverage: match coverage {
                        true => one(&format!(
                            "{prefix}build/reports/jacoco/test/jacocoTestReport.xml"
                        )),
                        false => Vec::new(),
                    },
                    hint: match coverage {
                        true => {
                            "JaCoCo's XML report is written if `jacocoTestReport { reports { xml.required = true } }` says so"
                        }
                        false => "",
                    },
                }
            }
            Kind::Maven => {
                let modules = manifest.contains("<modules>");
                let prefix = if modules { "**/" } else { "" };
                let number = 1 + usize::from(manifest.contains("maven-failsafe-plugin"));
                Reports {
                    folder: (!modules).then_some("target"),
                    directory: "target".to_owned(),
                    junit: junit_patterns(kind, prefix, number),
                    coverage: match manifest.contains("jacoco-maven-plugin") {
                        true => one(&format!("{prefix}target/site/jacoco/jacoco.xml")),
                        false => Vec::new(),
                    },
                    hint: "",
                }
            }
            Kind::Npm | Kind::Pnpm | Kind::Yarn => node_reports(manifest),
            Kind::Cargo => Reports {
                folder: Some("target/nextest/ci"),
                directory: "target/nextest/ci".to_owned(),
                junit: one("target/nextest/ci/junit.xml"),
                coverage: Vec::new(),
                hint: match self.text(".config/nextest.toml").contains("junit") {
                    true => "",
                    false => {
                        "cargo test writes no JUnit reports; cargo-nextest does, with `[profile.ci.junit] path = \"junit.xml\"` in .config/nextest.toml"
                    }
                },
            },
            Kind::Python => {
                let settings = ["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini"];
                let settings: String = settings.iter().map(|name| self.text(name)).collect();
                let path = settings
                    .split_once("--junitxml=")
                    .or_else(|| settings.split_once("--junit-xml="));
                let path = path.map(|(_, rest)| {
                    rest.split([' ', '"', '\'', '\n', ','])
                        .next()
                        .unwrap_or_default()
                });
                let junit = path
                    .filter(|path| !path.is_empty())
                    .unwrap_or("reports/junit.xml");
                Reports {
                    folder: None,
                    directory: directory(junit),
                    junit: one(junit),
                    coverage: Vec::new(),
                    hint: match path {
                        Some(_) => "",
                        None => "pytest writes it with `--junitxml=reports/junit.xml`",
                    },
                }
            }
            Kind::DotNet => Reports {
                folder: None,
                directory: "TestResults".to_owned(),
                junit: one("TestResults/*.xml"),
                coverage: Vec::new(),
                hint: "dotnet test writes it with the package JunitXml.TestLogger: `--logger junit --results-directory TestResults`",
            },
            Kind::Go => Reports {
                folder: None,
                directory: "reports".to_owned(),
                junit: one("reports/junit.xml"),
                coverage: Vec::new(),
                hint: "go test writes no JUnit reports; gotestsum does: `gotestsum --junitfile reports/junit.xml ./...`",
            },
        }
    }
}

/// The patterns of the first so many of a tool's folders.
fn junit_patterns(kind: Kind, prefix: &str, number: usize) -> Vec<String> {
    let folders = kind.junit_folders().iter().take(number);
    folders
        .map(|folder| format!("{prefix}{folder}/*.xml"))
        .collect()
}

/// Whether a script copies parts of folders of this name, such as `app/build/test-results`, into another folder, and nothing else: none of this name is there.
pub fn leaves_behind(script: &str, name: &str, into: &Utf8Path) -> bool {
    let mut copies = false;
    for command in commands(script) {
        let keywords = ["do", "then", "else", "{", "("];
        let words = command.words().map(String::as_str);
        let words: Vec<&str> = words.skip_while(|word| keywords.contains(word)).collect();
        if !words.iter().any(|word| word.contains(into.as_str())) {
            continue;
        }
        let is_option = |word: &&&str| word.starts_with('-');
        let is_part = |word: &&str| {
            let folder = Utf8Path::new(word).parent();
            folder.is_some_and(|folder| folder.iter().any(|part| part == name))
        };
        match words.as_slice() {
            ["mkdir" | "echo" | "printf", ..] => {}
            ["cp" | "mv", arguments @ .., target]
                if !arguments.contains(&"--parents")
                    && !Utf8Path::new(target).iter().any(|part| part == name) =>
            {
                let mut sources = arguments.iter().filter(|word| !is_option(word));
                if !sources.all(is_part) {
                    return false;
                }
                copies = true;
            }
            _ => return false,
        }
    }
    copies
}

/// A reporter that writes JUnit, by the packages that are installed.
fn node_reports(manifest: &str) -> Reports {
    let package: Json = serde_json::from_str(manifest).unwrap_or_default();
    let has = |name: &str| {
        let tables = ["dependencies", "devDependencies"];
        tables.iter().any(|table| package[table][name].is_string())
    };
    let jest = &package["jest-junit"];
    let configured = |key: &str| {
        jest[key]
            .as_str()
            .map(|path| path.trim_start_matches("./").trim_matches('/'))
    };
    let (path, hint) = if has("jest-junit") {
        let file = configured("outputName").unwrap_or("junit.xml");
        match configured("outputDirectory").filter(|folder| !matches!(*folder, "" | ".")) {
            Some(folder) => (format!("{folder}/{file}"), ""),
            None => (
                file.to_owned(),
                "jest-junit writes into the folder that jest runs in; `\"jest-junit\": { \"outputDirectory\": \"reports\" }` in package.json gives it one of its own",
            ),
        }
    } else if has("jest") {
        (
            "junit.xml".to_owned(),
            "jest writes it with the package jest-junit, `--reporters=default --reporters=jest-junit`, and `\"jest-junit\": { \"outputDirectory\": \"reports\" }` in package.json",
        )
    } else if has("vitest") {
        (
            "reports/junit.xml".to_owned(),
            "vitest writes it with `--reporter=junit --outputFile=reports/junit.xml`",
        )
    } else if has("mocha-junit-reporter") {
        (
            "test-results.xml".to_owned(),
            "mocha-junit-reporter writes it into a folder of its own with `MOCHA_FILE=reports/test-results.xml`",
        )
    } else {
        (
            "reports/junit.xml".to_owned(),
            "the tests must write one; `node --test` does with `--test-reporter=junit`",
        )
    };
    Reports {
        folder: None,
        directory: directory(&path),
        junit: vec![path],
        coverage: Vec::new(),
        hint,
    }
}

/// The folder of a report; one that has none is given one.
fn directory(report: &str) -> String {
    match report.rsplit_once('/') {
        Some((folder, _)) => folder.trim_start_matches("./").to_owned(),
        None => "reports".to_owned(),
    }
}

/// `version = '1.2.3'` or `version '1.2.3'` at the beginning of a line.
fn gradle_version(script: &str) -> Option<String> {
    script.lines().find_map(|line| {
        let rest = line.strip_prefix("version")?.trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|quote| ['\'', '"'].contains(quote))?;
        let (value, _) = rest.get(1..)?.split_once(quote)?;
        (!value.contains('$')).then(|| value.to_owned())
    })
}

/// The version of a project, or of its parent. Properties in it, such as `${revision}`, have the values of the same file.
fn maven_version(pom: &str) -> Option<String> {
    let document = roxmltree::Document::parse(pom).ok()?;
    let project = document.root_element();
    let version = child_text(project, "version")
        .or_else(|| child_text(child(project, "parent")?, "version"))?;
    let mut whole = String::new();
    let mut rest = version.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}')?;
        whole.push_str(before);
        whole.push_str(&child_text(child(project, "properties")?, name)?);
        rest = behind;
    }
    whole.push_str(rest);
    (!whole.contains("${")).then_some(whole)
}

/// `<Version>` or `<VersionPrefix>` of a project of MSBuild.
fn msbuild_version(project: &str) -> Option<String> {
    let document = roxmltree::Document::parse(project).ok()?;
    let groups = || {
        document
            .root_element()
            .children()
            .filter(|group| group.has_tag_name("PropertyGroup"))
    };
    let find = |name| groups().find_map(|group| child_text(group, name));
    find("Version")
        .or_else(|| find("VersionPrefix"))
        .filter(|version| !version.contains("$("))
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children()
        .find(|child| child.tag_name().name() == name)
}

fn child_text<'a>(node: Node<'a, 'a>, name: &str) -> Option<String> {
    Some(child(node, name)?.text()?.trim().to_owned())
}

/// The text at the first of the paths that has one.
fn toml_text(text: &str, paths: &[&[&str]]) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let table = toml::Value::Table(table);
    paths.iter().find_map(|path| {
        let value = path.iter().try_fold(&table, |value, key| value.get(key))?;
        value.as_str().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_manifests() {
        assert_eq!(
            gradle_version("plugins {}\nversion = '1.2.3'\n").as_deref(),
            Some("1.2.3")
        );
        assert_eq!(
            gradle_version("version \"1.2.3\"").as_deref(),
            Some("1.2.3")
        );
        assert_eq!(
            gradle_version("version = \"$base.1\"\nversion = 'é").as_deref(),
            None
        );
        assert_eq!(
            maven_version("<project><version> 1.0 </version></project>").as_deref(),
            Some("1.0")
        );
        let parent = "<project xmlns='x'><parent><version>2.0.0</version></parent></project>";
        assert_eq!(maven_version(parent).as_deref(), Some("2.0.0"));
        assert_eq!(
            maven_version("<project><version>${revision}</version></project>"),
            None
        );
        let properties =
            "<properties><revision>1.2</revision><changelist>.3</changelist></properties>";
        for (version, expected) in [
            ("${revision}${changelist}", Some("1.2.3")),
            ("${revision}-${other}", None),
            ("${revision", None),
        ] {
            let project = format!("<project><version>{version}</version>{properties}</project>");
            assert_eq!(maven_version(&project).as_deref(), expected);
        }
        assert_eq!(maven_version("<project>"), None);
        let project = "<Project><PropertyGroup/><PropertyGroup><VersionPrefix>3.0.0</VersionPrefix></PropertyGroup></Project>";
        assert_eq!(msbuild_version(project).as_deref(), Some("3.0.0"));
        assert_eq!(
            toml_text("[a]\nb = 1", &[&["a", "b"], &["a", "b", "c"]]),
            None
        );
    }
}
