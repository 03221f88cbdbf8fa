//! How often something is written to each name of a script.

use std::collections::BTreeMap;

use crate::checkout::groovy::{Kind, Piece, Token};

/// So many tokens are looked at to tell a function from a call.
pub(super) const MAX_AHEAD: usize = 500;
/// The last words before a name that is called, not declared.
pub(super) const NO_TYPES: [&str; 8] = [
    "return", "throw", "else", "do", "assert", "in", "as", "finally",
];

/// How often something is written to each name: `a = `, `a += `, `a++`, `(a, b) = `, `withEnv(['A=…'])`, parameters, and variables of loops.
pub(super) fn writes(tokens: &[Token]) -> BTreeMap<String, usize> {
    let kind = |at: usize| tokens.get(at).map(|token| &token.kind);
    let sign = |at: usize, sign: char| kind(at) == Some(&Kind::Sign(sign));
    let mut writes = BTreeMap::new();
    let mut write = |name: &str| *writes.entry(name.to_owned()).or_default() += 1;
    let mut in_environment = false;
    for (at, token) in tokens.iter().enumerate() {
        let word = match &token.kind {
            Kind::Word(word) => word,
            // `withEnv(["A=${b}"])`
            Kind::Text(text) if in_environment => {
                if let Some(Piece::Literal(first)) = text.first()
                    && let Some((name, _)) = first.split_once('=')
                {
                    write(name);
                }
                continue;
            }
            Kind::Sign('{') => {
                in_environment = false;
                continue;
            }
            _ => continue,
        };
        in_environment |= word == "withEnv";
        let after = at + 1;
        let is_member = at > 0 && sign(at - 1, '.');
        let holder = at.checked_sub(2).and_then(kind);
        let is_own = !is_member
            || matches!(holder, Some(Kind::Word(holder)) if ["env", "params"].contains(&holder.as_str()));
        if !is_own {
            continue;
        }
        let is_changed = match kind(after) {
            Some(Kind::Sign('=')) => !sign(after + 1, '~'),
            Some(Kind::Sign('+')) => sign(after + 1, '=') || sign(after + 1, '+'),
            Some(Kind::Sign('-')) => {
                let is_parameter = sign(after + 1, '>');
                is_parameter || sign(after + 1, '=') || sign(after + 1, '-')
            }
            Some(Kind::Sign('*' | '/' | '%' | '&' | '|' | '^' | '<' | '>')) => sign(after + 1, '='),
            // `for (a in b)`, and `for (String a : b)`.
            Some(Kind::Word(next)) => next == "in" && is_in_head_of_loop(tokens, at),
            Some(Kind::Sign(':')) => is_in_head_of_loop(tokens, at),
            Some(Kind::Sign(',' | ')')) => is_listed(tokens, at),
            _ => false,
        };
        let is_before = at >= 2
            && ['+', '-']
                .iter()
                .any(|own| sign(at - 1, *own) && sign(at - 2, *own));
        if is_changed || is_before {
            write(word);
        }
    }
    writes
}

/// Whether a name stands behind `for (`, with its type or without.
fn is_in_head_of_loop(tokens: &[Token], at: usize) -> bool {
    let kinds = tokens.get(at.saturating_sub(3)..at).unwrap_or_default();
    let kinds: Vec<&Kind> = kinds.iter().map(|token| &token.kind).collect();
    match kinds.as_slice() {
        [.., Kind::Word(word), Kind::Sign('(')]
        | [Kind::Word(word), Kind::Sign('('), Kind::Word(_)] => word == "for",
        _ => false,
    }
}

/// Whether a name is one of those that a list assigns, `(a, b) =`, or that a closure or function takes, `{ a, b ->` and `def f(a, b) {`.
fn is_listed(tokens: &[Token], at: usize) -> bool {
    let is_part = |token: &&Token| {
        matches!(
            token.kind,
            Kind::Word(_) | Kind::Text(_) | Kind::Newline | Kind::Sign(',' | '=')
        )
    };
    let (before, after) = tokens.split_at(at);
    let mut before = before
        .iter()
        .rev()
        .take(MAX_AHEAD)
        .skip_while(is_part)
        .map(|token| &token.kind);
    let mut after = after
        .iter()
        .take(MAX_AHEAD)
        .skip_while(is_part)
        .map(|token| &token.kind);
    match (before.next(), after.next(), after.next()) {
        (Some(Kind::Sign('(')), Some(Kind::Sign(')')), Some(Kind::Sign('='))) => true,
        (Some(Kind::Sign('(')), Some(Kind::Sign(')')), Some(Kind::Sign('{'))) => {
            let is_name = matches!(before.next(), Some(Kind::Word(_)));
            is_name
                && matches!(before.next(), Some(Kind::Word(word)) if !NO_TYPES.contains(&word.as_str()))
        }
        (Some(Kind::Sign('{')), Some(Kind::Sign('-')), Some(Kind::Sign('>'))) => true,
        _ => false,
    }
}
