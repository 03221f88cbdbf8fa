//! The Jenkinsfile: it imports the library, and calls the project's step.

use std::ops::Range;
use std::sync::Arc;

use camino::Utf8Path;

use super::{Read, Subject};
use crate::checkout::groovy::{Kind, Token, tokens, written};
use crate::config::KeyPath;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::Place;

pub(super) fn look(
    subject: &Subject<'_>,
    file: &Utf8Path,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let command = format!("jenkinsgen jenkinsfile {}", subject.project.name);
    // What Jenkins needs is the step that this project is rendered to.
    let key = KeyPath::from("step");
    let source = match subject.read(file.as_str(), &key, findings)? {
        Read::File(source) => source,
        Read::Absent => {
            let message = format!("the checkout has no {file}");
            findings.push(
                Diagnostic::new(Code::MissingJenkinsfile, subject.place(&key), message).help(
                    format!("write what `{command}` prints into the file `{file}`"),
                ),
            );
            return Ok(());
        }
        Read::Refused => return Ok(()),
    };
    let tokens = tokens(&source.text);
    let at = |range: &Range<usize>| Place {
        source: Arc::clone(&source),
        range: range.clone(),
    };
    let start = 0..source.text.lines().next().unwrap_or_default().len();

    let library = subject.workspace.library.name.as_str();
    let version = subject.workspace.library.version.as_str();
    let wanted = format!("{library}@{version}");
    let imports: Vec<_> = imports(&tokens);
    // Without a version, Jenkins takes the one that its configuration names.
    let is_right = |import: &str| import == wanted || import == library;
    if !imports.iter().any(|(import, _)| is_right(import)) {
        let own = imports
            .iter()
            .find(|(import, _)| import.split('@').next() == Some(library));
        let near = || {
            let names = imports.iter().map(|(import, _)| import.as_str());
            let near = nearest(&wanted, names)?;
            imports.iter().find(|(import, _)| *import == near)
        };
        let help = format!("write `@Library('{wanted}') _`, as `{command}` does");
        findings.push(match own.or_else(near) {
            Some((import, range)) => Diagnostic::new(
                Code::WrongLibrary,
                at(range),
                format!("this imports `{import}`, and the project is rendered into `{wanted}`"),
            )
            .help(help),
            None => Diagnostic::new(
                Code::WrongLibrary,
                at(&start),
                format!("the {file} does not import the library `{wanted}`"),
            )
            .help(help),
        });
    }

    let step = subject.project.step.as_str();
    let names = || {
        tokens.iter().filter_map(|token| match &token.kind {
            Kind::Word(name) => Some((name.as_str(), &token.range)),
            _ => None,
        })
    };
    if !names().any(|(name, _)| name == step) {
        let near = nearest(step, names().map(|(name, _)| name));
        let near = near.and_then(|near| names().find(|(name, _)| *name == near));
        findings.push(match near {
            Some((name, range)) => Diagnostic::new(
                Code::WrongStep,
                at(range),
                format!("the {file} has `{name}`, and the project's step is `{step}`"),
            )
            .label(format!("did you mean `{step}`?")),
            None => Diagnostic::new(
                Code::WrongStep,
                at(&start),
                format!("the {file} does not call the project's step `{step}`"),
            )
            .help(format!("write `{step}()`, as `{command}` does")),
        });
    }
    Ok(())
}

/// The strings that follow `@Library` or the step `library`, up to the end of the call.
fn imports(tokens: &[Token]) -> Vec<(String, &Range<usize>)> {
    let mut imports = Vec::new();
    let mut is_import = false;
    let mut is_annotation = false;
    for Token { kind, range, .. } in tokens {
        match kind {
            Kind::Word(name) if name == "library" || (is_annotation && name == "Library") => {
                is_import = true;
            }
            // The names of arguments, and the sign that `@Library` stands before.
            Kind::Word(name) => is_import &= matches!(name.as_str(), "identifier" | "value"),
            Kind::Text(text) if is_import => imports.push((written(text), range)),
            Kind::Sign(sign) => is_import &= !matches!(sign, ')' | ';' | '.'),
            Kind::Text(_) | Kind::Equal | Kind::Newline => {}
        }
        is_annotation = *kind == Kind::Sign('@');
    }
    imports
}
