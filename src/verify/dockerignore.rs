//! What the pipeline leaves in the workspace is no input of the image.

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;

use super::{Build, Subject};
use crate::checkout::dockerfile::{Kind, Word};
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn look(
    subject: &Subject<'_>,
    build: &Build<'_>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let (file, patterns) = patterns(subject, build)?;
    for folder in filled_folders(subject, build) {
        if is_ignored(&patterns, &folder) {
            continue;
        }
        if let Some(source) = copy_of(build, &folder) {
            findings.push(
                Diagnostic::new(
                    Code::UnignoredFolder,
                    build.dockerfile.place(&source.range),
                    format!("this copies `{folder}` too, which the pipeline fills in the workspace"),
                )
                .note("what is left there changes the inputs of the image, so that less is taken from the cache")
                .help(format!("add a line `{folder}` to `{file}`")),
            );
        }
    }
    Ok(())
}

/// The folders that the stages before the image's build make, relative to its context.
fn filled_folders(subject: &Subject<'_>, build: &Build<'_>) -> Vec<Utf8PathBuf> {
    let checks = subject.project.checks.iter();
    let mut folders: Vec<&str> = checks.map(|check| check.destination.as_str()).collect();
    if subject.project.sonar.is_some() {
        folders.push(".scannerwork");
    }
    let context = build.image.context.as_str().trim_start_matches('.');
    let inside = folders.into_iter();
    inside
        .filter_map(|folder| Utf8Path::new(folder).strip_prefix(context).ok())
        .filter(|folder| !folder.as_str().is_empty())
        .map(Utf8Path::to_owned)
        .collect()
}

/// The source of a `COPY` that copies the folder among others.
fn copy_of<'a>(build: &'a Build<'_>, folder: &Utf8Path) -> Option<&'a Word> {
    let copies = build
        .instructions()
        .filter_map(|instruction| match &instruction.kind {
            Kind::Copy(copy) if copy.from.is_none() => Some(copy),
            _ => None,
        });
    copies.flat_map(|copy| &copy.sources).find(|source| {
        let path = source.value.trim_start_matches('/');
        let path: Utf8PathBuf = Utf8Path::new(path)
            .components()
            .filter(|part| part.as_str() != ".")
            .collect();
        // Shells' `*` does not match a dot at the beginning; BuildKit's does.
        path == "*" || (folder != path && folder.starts_with(&path))
    })
}

/// The file that BuildKit reads: the one that is named after the Dockerfile, else that of the context.
fn patterns(
    subject: &Subject<'_>,
    build: &Build<'_>,
) -> anyhow::Result<(Utf8PathBuf, Vec<(String, bool)>)> {
    let own = Utf8PathBuf::from(format!("{}.dockerignore", build.image.dockerfile));
    let shared = match build.image.context.as_str() {
        "." => Utf8PathBuf::from(".dockerignore"),
        context => Utf8Path::new(context).join(".dockerignore"),
    };
    let mut text = String::new();
    let mut file = shared.clone();
    for path in [own, shared] {
        if let Some(source) = subject.checkout.read(&path)? {
            text.clone_from(&source.text);
            file = path;
            break;
        }
    }
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let patterns = lines.map(|line| {
        let (line, is_ignored) = match line.strip_prefix('!') {
            Some(rest) => (rest.trim(), false),
            None => (line, true),
        };
        let line = line.trim_start_matches("./").trim_matches('/');
        (line.to_owned(), is_ignored)
    });
    Ok((file, patterns.collect()))
}

/// The last pattern that matches decides, on the folder itself, one above it, or all files in it.
fn is_ignored(patterns: &[(String, bool)], folder: &Utf8Path) -> bool {
    let inside = folder.join("file");
    let matching = patterns.iter().rev().find(|(pattern, _)| {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        glob.is_ok_and(|glob| {
            let matcher = glob.compile_matcher();
            let mut paths = inside.ancestors().filter(|path| !path.as_str().is_empty());
            paths.any(|path| matcher.is_match(path))
        })
    });
    matching.is_some_and(|(_, is_ignored)| *is_ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_decides() {
        let ignored = |patterns: &[&str], folder: &str| {
            let patterns: Vec<(String, bool)> = patterns
                .iter()
                .map(|pattern| {
                    let negated = pattern.strip_prefix('!');
                    (negated.unwrap_or(pattern).to_string(), negated.is_none())
                })
                .collect();
            is_ignored(&patterns, Utf8Path::new(folder))
        };
        for pattern in ["build", "**/build", "b*", "*", "build/**", "build/*", "**"] {
            assert!(ignored(&[pattern], "build"), "{pattern}");
        }
        for pattern in ["builds", "*/build", "uild", "build/x", "[", "app/*"] {
            assert!(!ignored(&[pattern], "build"), "{pattern}");
        }
        assert!(ignored(&["out"], "out/reports"));
        assert!(!ignored(&["*", "!build"], "build"));
        assert!(ignored(&["!build", "*"], "build"));
    }
}
