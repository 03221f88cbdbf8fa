//! The branches that a condition names.

use std::rc::Rc;

use super::script::literal;
use crate::checkout::groovy::{Kind, Token};

/// So deep may the brackets of a condition stand in one another.
const MAX_NESTED: usize = 30;

/// The branches that a condition names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branches {
    pub(super) names: Rc<[String]>,
    /// Whether it must be one of these, rather than none of them.
    pub(super) is: bool,
}

impl Branches {
    /// The branches that are not these.
    pub(super) fn inverted(self) -> Self {
        Self {
            is: !self.is,
            ..self
        }
    }
}

/// The branches in `(env.BRANCH_NAME == 'x' || env.BRANCH_NAME == 'y')` or `(env.BRANCH_NAME != 'x')`, if the condition is that alone, or that and that it is
/// no pull request, which never releases.
pub(super) fn asked(condition: &[Token]) -> Option<Branches> {
    if is_too_deep(condition) {
        return None;
    }
    let kinds = condition.iter().map(|token| &token.kind);
    let kinds: Vec<&Kind> = kinds.filter(|kind| **kind != Kind::Newline).collect();
    asked_by(&kinds)
}

/// Whether brackets stand deeper in one another than anybody writes them: a text can't exhaust the stack.
fn is_too_deep(condition: &[Token]) -> bool {
    let mut open = 0_usize;
    condition.iter().any(|token| {
        match token.kind {
            Kind::Sign('(' | '{') => open += 1,
            Kind::Sign(')' | '}') => open = open.saturating_sub(1),
            _ => {}
        }
        open > MAX_NESTED
    })
}

fn asked_by(kinds: &[&Kind]) -> Option<Branches> {
    match kinds {
        [Kind::Sign('('), inner @ .., Kind::Sign(')')] if is_whole(inner) => {
            return asked_by(inner);
        }
        [
            Kind::Sign('!'),
            Kind::Sign('('),
            inner @ ..,
            Kind::Sign(')'),
        ] if is_whole(inner) => return asked_by(inner).map(Branches::inverted),
        _ => {}
    }
    // Each sign of `&&` and `||` is one of its own.
    let parts = |sign| {
        let mut open = 0_usize;
        let parts = kinds.split(move |kind| {
            match kind {
                Kind::Sign('(') => open += 1,
                Kind::Sign(')') => open = open.saturating_sub(1),
                _ => {}
            }
            open == 0 && **kind == Kind::Sign(sign)
        });
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
    };
    let either = parts('|');
    if let [_, _, ..] = either.as_slice() {
        let all: Option<Vec<Branches>> = either.into_iter().map(asked_by).collect();
        let all = all.filter(|all| all.iter().all(|branches| branches.is))?;
        let names = all
            .iter()
            .flat_map(|branches| branches.names.iter().cloned());
        return Some(Branches {
            names: names.collect(),
            is: true,
        });
    }
    let both = parts('&');
    if let [_, _, ..] = both.as_slice() {
        let mut rest = both.into_iter().filter(|part| !is_no_pull_request(part));
        let only = rest.next()?;
        return match rest.next() {
            None => asked_by(only),
            Some(_) => None,
        };
    }
    let (name, sign, text) = match without_env(kinds).as_slice() {
        [Kind::Word(name), sign @ .., Kind::Text(text)] => {
            (*name == "BRANCH_NAME", sign.to_vec(), text.to_owned())
        }
        [Kind::Text(text), sign @ .., Kind::Word(name)] => {
            (*name == "BRANCH_NAME", sign.to_vec(), text.to_owned())
        }
        _ => return None,
    };
    let is = match sign.as_slice() {
        [Kind::Equal] => true,
        [Kind::Sign('!'), Kind::Sign('=')] => false,
        _ => return None,
    };
    let names = [literal(&text).filter(|_| name)?];
    Some(Branches {
        names: names.into(),
        is,
    })
}

/// Whether brackets around these are one pair.
fn is_whole(inner: &[&Kind]) -> bool {
    let mut open = 0_usize;
    inner.iter().all(|kind| {
        match kind {
            Kind::Sign('(') => open += 1,
            Kind::Sign(')') if open == 0 => return false,
            Kind::Sign(')') => open -= 1,
            _ => {}
        }
        true
    })
}

/// `env.X` as `X`.
fn without_env<'a>(kinds: &[&'a Kind]) -> Vec<&'a Kind> {
    let is_env =
        |kind: &Kind| *kind == Kind::Sign('.') || matches!(kind, Kind::Word(word) if word == "env");
    let kinds = kinds.iter().copied();
    kinds.filter(|kind| !is_env(kind)).collect()
}

/// `!env.CHANGE_ID` or `env.CHANGE_ID == null`.
fn is_no_pull_request(part: &[&Kind]) -> bool {
    let is = |kind: &Kind, text: &str| matches!(kind, Kind::Word(word) if word == text);
    match without_env(part).as_slice() {
        [Kind::Sign('!'), name] => is(name, "CHANGE_ID"),
        [name, Kind::Equal, null] => is(name, "CHANGE_ID") && is(null, "null"),
        _ => false,
    }
}

/// What a condition of a declarative `when` asks for.
enum Wanted {
    Branches(Branches),
    PullRequest,
    /// What is true of each build of a branch.
    Nothing,
}

/// The branches in a declarative `branch 'x'`, `not { branch 'x' }`, `anyOf { branch 'x'; branch 'y' }` or `expression { … }`, if that is all, or that and that
/// it is no pull request.
pub(super) fn wanted(when: &[Token]) -> Option<Branches> {
    if is_too_deep(when) {
        return None;
    }
    match all_of(when)? {
        Wanted::Branches(branches) => Some(branches),
        _ => None,
    }
}

fn all_of(conditions: &[Token]) -> Option<Wanted> {
    let mut found = Wanted::Nothing;
    for wanted in each(conditions)? {
        match (&found, wanted) {
            (_, Wanted::Nothing) => {}
            (Wanted::Nothing, wanted) => found = wanted,
            _ => return None,
        }
    }
    Some(found)
}

/// The conditions that stand beside one another; none if one is not understood.
fn each(mut rest: &[Token]) -> Option<Vec<Wanted>> {
    let mut all = Vec::new();
    loop {
        let blank = |token: &&Token| matches!(token.kind, Kind::Newline | Kind::Sign(';'));
        rest = &rest[rest.iter().take_while(blank).count()..];
        let [first, behind @ ..] = rest else {
            return Some(all);
        };
        let Kind::Word(name) = &first.kind else {
            return None;
        };
        let length = match behind.first().map(|token| &token.kind) {
            Some(Kind::Sign('{')) => enclosed(behind, '{', '}')?,
            Some(Kind::Sign('(')) => enclosed(behind, '(', ')')?,
            _ => behind.iter().take_while(|token| !blank(token)).count(),
        };
        let (body, after) = behind.split_at(length);
        let body = match body {
            [
                Token {
                    kind: Kind::Sign('{' | '('),
                    ..
                },
                inner @ ..,
                _,
            ] => inner,
            body => body,
        };
        all.push(condition(name, body)?);
        rest = after;
    }
}

/// How many tokens a pair of brackets has with what is between them.
fn enclosed(tokens: &[Token], opening: char, closing: char) -> Option<usize> {
    let mut open = 0_usize;
    let end = tokens.iter().position(|token| {
        match token.kind {
            Kind::Sign(sign) if sign == opening => open += 1,
            Kind::Sign(sign) if sign == closing => open -= 1,
            _ => {}
        }
        open == 0
    })?;
    Some(end + 1)
}

fn condition(name: &str, body: &[Token]) -> Option<Wanted> {
    match (name, body) {
        ("beforeAgent" | "beforeInput" | "beforeOptions", _) => Some(Wanted::Nothing),
        ("changeRequest", []) => Some(Wanted::PullRequest),
        ("allOf", _) => all_of(body),
        ("not", _) => match all_of(body)? {
            Wanted::Branches(branches) => Some(Wanted::Branches(branches.inverted())),
            Wanted::PullRequest => Some(Wanted::Nothing),
            Wanted::Nothing => None,
        },
        ("anyOf", _) => {
            let names = each(body)?.into_iter().map(|wanted| match wanted {
                Wanted::Branches(Branches { names, is: true }) => Some(names),
                _ => None,
            });
            let names: Vec<Rc<[String]>> = names.collect::<Option<_>>()?;
            let names = names.iter().flat_map(|names| names.iter().cloned());
            Some(Wanted::Branches(Branches {
                names: names.collect(),
                is: true,
            }))
        }
        (
            "expression",
            [
                Token {
                    kind: Kind::Word(word),
                    ..
                },
                inner @ ..,
            ],
        ) if word == "return" => asked(inner).map(Wanted::Branches),
        ("expression", _) => asked(body).map(Wanted::Branches),
        // A pattern is no branch.
        (
            "branch",
            [
                Token {
                    kind: Kind::Text(name),
                    ..
                },
            ],
        ) => {
            let name = literal(name).filter(|name| !name.contains('*'))?;
            Some(Wanted::Branches(Branches {
                names: [name].into(),
                is: true,
            }))
        }
        _ => None,
    }
}
