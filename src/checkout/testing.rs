//! Which commands of a script test, which only fetch or prepare, and which leave the tests out.

use super::shell::{Command, commands};

/// Programs that do not fail where the tests do.
const CALM: [&str; 20] = [
    ":", "cat", "cd", "chmod", "chown", "cp", "echo", "export", "ls", "mkdir", "mv", "printf",
    "pwd", "rm", "rmdir", "sleep", "tail", "tee", "touch", "true",
];
/// Programs that fetch, and do not test.
const FETCHERS: [&str; 11] = [
    "apk", "apt", "apt-get", "curl", "dnf", "git", "microdnf", "tar", "unzip", "wget", "yum",
];
/// Programs that fetch with one of [`FETCHING`], and test if they are told to.
const MANAGERS: [&str; 12] = [
    "bun", "bundle", "cargo", "composer", "dotnet", "go", "npm", "pip", "pip3", "pnpm", "poetry",
    "yarn",
];
const FETCHING: [&str; 10] = [
    "add", "ci", "download", "fetch", "get", "i", "install", "mod", "restore", "sync",
];
/// Programs, and modules of such, that do nothing but test.
const TESTERS: [&str; 12] = [
    "ctest",
    "gotestsum",
    "jest",
    "mocha",
    "nextest",
    "nox",
    "phpunit",
    "pytest",
    "rspec",
    "tox",
    "unittest",
    "vitest",
];
/// Programs that test if they are told to, beside [`MANAGERS`].
const RUNNERS: [&str; 15] = [
    "bazel", "deno", "just", "make", "mix", "node", "npx", "nx", "pdm", "python", "python3", "sbt",
    "swift", "turbo", "uv",
];
/// What follows in the names of scripts that test, such as `test:unit`; others prepare something.
const KINDS: [&str; 12] = [
    "all",
    "acceptance",
    "api",
    "ci",
    "component",
    "coverage",
    "e2e",
    "int",
    "integration",
    "smoke",
    "ui",
    "unit",
];
/// Options with which Maven tests nothing.
const SKIPPING: [&str; 4] = [
    "-DskipTests",
    "-DskipTests=true",
    "-Dmaven.test.skip",
    "-Dmaven.test.skip=true",
];
/// Tasks of Gradle that need no test.
const UNTESTED: [&str; 8] = [
    "assemble",
    "bootJar",
    "bootWar",
    "classes",
    "clean",
    "jar",
    "shadowJar",
    "war",
];
/// The words in a checkout that may let tests run, or reports be written, where [`testless`] sees none.
pub const REVIVING: [&str; 6] = [
    "android",
    "dependsOn",
    "finalizedBy",
    "multiplatform",
    "skipTests",
    "testing",
];

/// Whether it runs something that may be the tests.
pub(super) fn is_program(command: &Command) -> bool {
    let builtin = ["", "[", "exit", "false", "set", "test"];
    !builtin.contains(&command.program()) && !CALM.contains(&command.program())
}

/// Whether it fetches, and does not test.
pub(super) fn is_fetcher(command: &Command) -> bool {
    let subcommand = command.arguments.iter().find(|word| !word.starts_with('-'));
    FETCHERS.contains(&command.program())
        || (MANAGERS.contains(&command.program())
            && subcommand.is_some_and(|word| FETCHING.contains(&word.as_str())))
}

/// Whether it says that it tests.
pub(super) fn is_test(command: &Command) -> bool {
    let mut words = command.arguments.iter().map(String::as_str);
    match command.program() {
        "gradle" | "gradlew" => {
            let (tasks, excluded) = tasks(command);
            let names = tasks.iter().map(|task| task.rsplit(':').next());
            names.flatten().any(|name| {
                matches!(name, "build" | "check" | "test") && !excluded.contains(&"test")
            })
        }
        "mvn" | "mvnw" => {
            let tests =
                |phase| matches!(phase, "deploy" | "install" | "package" | "test" | "verify");
            words.clone().any(tests) && !words.any(|word| SKIPPING.contains(&word))
        }
        program if MANAGERS.contains(&program) || RUNNERS.contains(&program) => {
            !is_fetcher(command) && words.filter(|word| !word.starts_with('-')).any(says_test)
        }
        program => TESTERS.contains(&program),
    }
}

/// Whether a word tells a program to test.
fn says_test(word: &str) -> bool {
    let kind = word.strip_prefix("test");
    let kind = kind.and_then(|kind| kind.strip_prefix([':', '-']));
    word == "test"
        || kind.is_some_and(|kind| KINDS.contains(&kind))
        || TESTERS.contains(&word.rsplit('/').next().unwrap_or_default())
}

/// The tasks that Gradle is told to run, and those to leave out.
fn tasks(command: &Command) -> (Vec<&str>, Vec<&str>) {
    let (mut tasks, mut excluded) = (Vec::new(), Vec::new());
    let mut words = command.arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-x" | "--exclude-task" => excluded.extend(words.next()),
            option if option.starts_with('-') => {}
            task => tasks.push(task),
        }
    }
    (tasks, excluded)
}

/// The first command of a script that tests, as it is written.
pub fn first_test(script: &str) -> Option<String> {
    let tests = commands(script).into_iter().find(is_test);
    tests.map(|command| command.written)
}

/// The XML file that a script tells its tests to report in.
pub fn report(script: &str) -> Option<String> {
    const OPTIONS: [&str; 6] = [
        "--junitxml",
        "--junit-xml",
        "--junitfile",
        "--outputFile",
        "--outputFile.junit",
        "--test-reporter-destination",
    ];
    commands(script).into_iter().find_map(|mut command| {
        let mut named = command.take(&OPTIONS);
        named.extend(command.written_files().map(str::to_owned));
        let mut named = named.into_iter();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        named.find(|path| path.ends_with(".xml") && path.chars().all(is_plain))
    })
}

/// The last command of Gradle or Maven, if all of them leave the tests out, and nothing else is run that may test.
pub fn testless(scripts: &[&str]) -> Option<String> {
    let mut last = None;
    for command in scripts.iter().flat_map(|script| commands(script)) {
        let mut words = command.arguments.iter().map(String::as_str);
        let is_testless = match command.program() {
            _ if command.is_text() || command.is_computed() => false,
            "mvn" | "mvnw" => words.any(|word| SKIPPING.contains(&word)),
            "gradle" | "gradlew" => {
                let (tasks, excluded) = tasks(&command);
                let is_without = excluded.contains(&"test");
                let is_untested =
                    |task: &&str| UNTESTED.contains(task) || (is_without && *task == "build");
                !tasks.is_empty() && tasks.iter().all(is_untested)
            }
            // What has a folder is a script, whatever its name.
            _ if command.path.contains('/') => false,
            _ if is_program(&command) && !is_fetcher(&command) => false,
            _ => continue,
        };
        if !is_testless {
            return None;
        }
        last = Some(command.written);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_test_are_known() {
        for tests in [
            "uv run pytest",
            "python -m pytest -q",
            "./gradlew :app:check --no-daemon",
            "mvn -B verify -Djacoco.skip=false",
            "CI=true npm run test:unit",
            "pnpm --filter @acme/shop test",
            "node_modules/.bin/vitest run",
            "cargo nextest run",
            "make build test",
            "go test ./...",
        ] {
            assert_eq!(first_test(tests).as_deref(), Some(tests));
        }
        for other in [
            "pip install pytest",
            "npm ci",
            "npm run test:prepare",
            "./gradlew bootJar",
            "gradle build -x test",
            "mvn package -DskipTests",
            "echo test",
            "apt-get install -y make",
            "go build ./...",
        ] {
            assert_eq!(first_test(other), None);
        }
    }
}
