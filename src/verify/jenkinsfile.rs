//! The Jenkinsfile: it imports the library, and calls the project's step.

use std::ops::Range;
use std::sync::Arc;

use camino::Utf8Path;

use super::{Read, Subject};
use crate::checkout::groovy::{Kind, Token, tokens, unclosed, written};
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
    let at = |range: &Range<usize>| Place {
        source: Arc::clone(&source),
        range: range.clone(),
    };
    let invalid = |range: &Range<usize>, what: &str| {
        let message = format!("the {file} can't be read: {what}");
        Diagnostic::new(Code::InvalidJenkinsfile, at(range), message)
    };
    // What stands behind it may not be what it seems to be.
    if let Some((range, what)) = unclosed(&source.text) {
        findings.push(invalid(&range, &what));
        return Ok(());
    }
    let tokens = tokens(&source.text);
    findings.extend(undeclared_import(&tokens).map(|range| {
        invalid(&range, "no declaration follows this annotation")
            .note("Groovy takes the call behind it for a method without a body")
            .help("write ` _` at the end of the line")
    }));
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
    let new = |range, message| Diagnostic::new(Code::WrongStep, at(range), message);
    let uses = uses(&tokens, step);
    let with_arguments = uses.iter().find(|(how, _)| *how == Use::WithArguments);
    let is_only_named = uses.iter().all(|(how, _)| *how == Use::Named);
    findings.extend(match (with_arguments, uses.first()) {
        (Some((_, range)), _) => Some(
            new(range, format!("the step `{step}` takes no arguments"))
                .note("Jenkins stops there")
                .help(format!(
                    "write `{step}()`: what it does, `{}` says",
                    subject.project.file
                )),
        ),
        (None, Some((_, range))) if is_only_named => Some(
            new(
                range,
                format!("this names the project's step `{step}`, and does not call it"),
            )
            .note("the build does nothing, and succeeds")
            .help(format!("write `{step}()`")),
        ),
        (None, Some(_)) => None,
        (None, None) => {
            let names = || {
                tokens.iter().filter_map(|token| match &token.kind {
                    Kind::Word(name) => Some((name.as_str(), &token.range)),
                    _ => None,
                })
            };
            let near = nearest(step, names().map(|(name, _)| name));
            let near = near.and_then(|near| names().find(|(name, _)| *name == near));
            Some(match near {
                Some((name, range)) => new(
                    range,
                    format!("the {file} has `{name}`, and the project's step is `{step}`"),
                )
                .label(format!("did you mean `{step}`?")),
                None => new(
                    &start,
                    format!("the {file} does not call the project's step `{step}`"),
                )
                .help(format!("write `{step}()`, as `{command}` does")),
            })
        }
    });
    Ok(())
}

/// The strings that follow `@Library`, the step `library`, or `lib` in the directive `libraries`, up to the end of the call.
fn imports(tokens: &[Token]) -> Vec<(String, &Range<usize>)> {
    let mut imports = Vec::new();
    let mut is_import = false;
    let mut is_annotation = false;
    let mut is_directive = false;
    for Token { kind, range, .. } in tokens {
        match kind {
            Kind::Word(name)
                if name == "library"
                    || (is_annotation && name == "Library")
                    || (is_directive && name == "lib") =>
            {
                is_import = true;
            }
            Kind::Word(name) if name == "libraries" => is_directive = true,
            // The names of arguments, and the sign that `@Library` stands before.
            Kind::Word(name) => is_import &= matches!(name.as_str(), "identifier" | "value"),
            Kind::Text(text) if is_import => imports.push((written(text), range)),
            Kind::Sign(sign) => {
                is_import &= !matches!(sign, ')' | ';' | '.');
                is_directive &= *sign != '}';
            }
            Kind::Text(_) | Kind::Equal | Kind::Newline => {}
        }
        is_annotation = *kind == Kind::Sign('@');
    }
    imports
}

/// An `@Library` with no declaration behind it: an annotation belongs to the next one, and a call is none.
fn undeclared_import(tokens: &[Token]) -> Option<Range<usize>> {
    let sign = |at: usize, wanted: char| {
        let token: Option<&Token> = tokens.get(at);
        token.is_some_and(|token| token.kind == Kind::Sign(wanted))
    };
    let is_library = |word: &Token| word.kind == Kind::Word("Library".to_owned());
    (0..tokens.len()).find_map(|start| {
        if !(sign(start, '@') && tokens.get(start + 1).is_some_and(is_library)) {
            return None;
        }
        let end = closing(tokens, start + 2)?;
        let behind = (end + 1..tokens.len()).find(|at| tokens[*at].kind != Kind::Newline)?;
        let is_call = match &tokens.get(behind + 1)?.kind {
            Kind::Text(_) | Kind::Sign('{') => true,
            // With a block behind it, it may be a method.
            Kind::Sign('(') => !sign(closing(tokens, behind + 1)? + 1, '{'),
            _ => false,
        };
        let is_word = matches!(tokens[behind].kind, Kind::Word(_));
        (is_word && is_call).then(|| tokens[start].range.start..tokens[end].range.end)
    })
}

/// The bracket that closes this one.
fn closing(tokens: &[Token], opening: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(opening) {
        match token.kind {
            Kind::Sign('(') => depth += 1,
            Kind::Sign(')') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// How a Jenkinsfile has the name of the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// As a statement of its own, which does nothing.
    Named,
    /// As a call with arguments.
    WithArguments,
    /// As a call, or as what can't be known.
    Called,
}

fn uses<'a>(tokens: &'a [Token], step: &str) -> Vec<(Use, &'a Range<usize>)> {
    let kind = |at: Option<usize>| Some(&tokens.get(at?)?.kind);
    let is_step = |token: &Token| matches!(&token.kind, Kind::Word(name) if name == step);
    let named = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| is_step(token));
    let uses = named.map(|(at, token)| {
        let is_statement = matches!(
            kind(at.checked_sub(1)),
            None | Some(Kind::Newline | Kind::Sign(';' | '{' | '}'))
        );
        let how = match kind(Some(at + 1)) {
            _ if !is_statement => Use::Called,
            None | Some(Kind::Newline | Kind::Sign(';' | '}')) => Use::Named,
            Some(Kind::Text(_) | Kind::Word(_) | Kind::Sign('{' | '[')) => Use::WithArguments,
            Some(Kind::Sign('(')) => {
                let mut inside = tokens[at + 2..].iter();
                match inside.find(|token| token.kind != Kind::Newline) {
                    Some(Token {
                        kind: Kind::Sign(')'),
                        ..
                    }) => Use::Called,
                    _ => Use::WithArguments,
                }
            }
            _ => Use::Called,
        };
        (how, &token.range)
    });
    uses.collect()
}
