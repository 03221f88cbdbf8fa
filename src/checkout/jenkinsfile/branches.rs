//! The branches that a condition names.

use std::rc::Rc;

use super::script::literal;
use crate::checkout::groovy::{Kind, Token};

/// The branches that a condition names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branches {
    pub(super) names: Rc<[String]>,
    /// Whether it must be one of these, rather than none of them.
    pub(super) is: bool,
}

/// The branches in `(env.BRANCH_NAME == 'x' || env.BRANCH_NAME == 'y')` or `(env.BRANCH_NAME != 'x')`, if the condition is that alone.
pub(super) fn asked(condition: &[Token]) -> Option<Branches> {
    let mut kinds: Vec<&Kind> = condition
        .iter()
        .map(|token| &token.kind)
        .filter(|kind| **kind != Kind::Newline)
        .collect();
    let mut is = true;
    loop {
        let inner = match kinds.as_slice() {
            [Kind::Sign('('), inner @ .., Kind::Sign(')')] => inner,
            [
                Kind::Sign('!'),
                Kind::Sign('('),
                inner @ ..,
                Kind::Sign(')'),
            ] => {
                is = !is;
                inner
            }
            _ => break,
        };
        let inner = inner.to_vec();
        kinds = inner;
        // Its first and last brackets may be those of two parts.
        if kinds.contains(&&Kind::Sign('|')) {
            break;
        }
    }
    let mut names = Vec::new();
    let parts: Vec<&[&Kind]> = kinds
        .split(|kind| **kind == Kind::Sign('|'))
        // Between the two signs of `||`.
        .filter(|part| !part.is_empty())
        .collect();
    for part in &parts {
        let part = match part {
            [Kind::Sign('('), inner @ .., Kind::Sign(')')] => inner,
            part => part,
        };
        let part: Vec<&Kind> = part
            .iter()
            .copied()
            .filter(|kind| {
                !matches!(kind, Kind::Word(word) if word == "env") && **kind != Kind::Sign('.')
            })
            .collect();
        let (name, sign, text) = match part.as_slice() {
            [Kind::Word(name), sign @ .., Kind::Text(text)] => (name, sign, text),
            [Kind::Text(text), sign @ .., Kind::Word(name)] => (name, sign, text),
            _ => return None,
        };
        match sign {
            [Kind::Equal] => {}
            [Kind::Sign('!'), Kind::Sign('=')] if parts.len() == 1 => is = !is,
            _ => return None,
        }
        names.push(literal(text).filter(|_| name == "BRANCH_NAME")?);
    }
    (!names.is_empty()).then(|| Branches {
        names: names.into(),
        is,
    })
}

/// The branches in a declarative `branch 'x'`, `not { branch 'x' }` or `anyOf { branch 'x'; branch 'y' }`, if that is all.
pub(super) fn wanted(when: &[Token]) -> Option<Branches> {
    let kinds: Vec<&Kind> = when
        .iter()
        .map(|token| &token.kind)
        .filter(|kind| !matches!(kind, Kind::Newline | Kind::Sign('(' | ')' | ';')))
        .collect();
    let (kinds, is) = match kinds.as_slice() {
        [
            Kind::Word(word),
            Kind::Sign('{'),
            inner @ ..,
            Kind::Sign('}'),
        ] if word == "anyOf" || (word == "allOf" && inner.len() == 2) => (inner, true),
        [
            Kind::Word(word),
            Kind::Sign('{'),
            inner @ ..,
            Kind::Sign('}'),
        ] if word == "not" => (inner, false),
        kinds => (kinds, true),
    };
    let names: Option<Vec<String>> = kinds
        .chunks(2)
        .map(|pair| match pair {
            // A pattern is no branch.
            [Kind::Word(word), Kind::Text(name)] if word == "branch" => {
                literal(name).filter(|name| !name.contains('*'))
            }
            _ => None,
        })
        .collect();
    names
        .filter(|names| !names.is_empty())
        .map(|names| Branches {
            names: names.into(),
            is,
        })
}
