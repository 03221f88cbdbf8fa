//! The calls and assignments of a Jenkinsfile, each with the stage and the condition that it stands under.
//!
//! Scripted and declarative pipelines are the same here: names, arguments and blocks. What is no call is passed over.

use std::rc::Rc;

use crate::checkout::groovy::{Kind, Piece, Text, Token, tokens};

/// Values and blocks in one another beyond this are passed over: a text can't exhaust the stack.
const MAX_DEPTH: usize = 30;

/// Words that stand before a statement and are none.
const KEYWORDS: [&str; 14] = [
    "def", "final", "return", "throw", "new", "else", "try", "catch", "finally", "assert", "in",
    "as", "static", "import",
];

/// Everything that is called and assigned, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) calls: Vec<Call>,
    pub(super) assignments: Vec<(String, Value)>,
    /// What `@Library` imports.
    pub(super) imports: Vec<Text>,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Its name, with the names before a point.
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) arguments: Vec<Argument>,
    pub(super) scope: Scope,
    /// Whether a block follows.
    pub(super) has_block: bool,
}

/// Where a call stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// The innermost stage.
    pub(super) stage: Option<Rc<str>>,
    /// The branch that `BRANCH_NAME` was compared with, and whether it must be this one.
    pub(super) branch: Option<(Rc<str>, bool)>,
    /// The call whose block this is.
    pub(super) block: Option<Rc<str>>,
}

/// An argument, or an entry of a list or map.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    pub(super) key: Option<String>,
    pub(super) value: Value,
}

/// What is passed or assigned.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A string, or several that are added.
    Text(Text),
    /// A name, a number, or names with points and keys between them: `env.X`, `props['version']`.
    Path(String),
    /// A list or a map.
    Items(Vec<Argument>),
    /// A call, and what is taken from its result.
    Call(Box<Call>, Option<String>),
    /// Anything else.
    Other,
}

impl Call {
    /// The argument of a key; those of a map that is the only argument count as well, as in `step([$class: …])`.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let nested = self
            .arguments
            .iter()
            .filter_map(|argument| match &argument.value {
                Value::Items(items)
                    if argument.key.as_deref().is_none_or(|key| key == "target") =>
                {
                    Some(items)
                }
                _ => None,
            });
        let all = self.arguments.iter().chain(nested.flatten());
        let mut found = all.filter(|argument| argument.key.as_deref() == Some(key));
        found.next().map(|argument| &argument.value)
    }

    /// The first argument without a key.
    pub(super) fn first(&self) -> Option<&Value> {
        let mut plain = self
            .arguments
            .iter()
            .filter(|argument| argument.key.is_none());
        plain.next().map(|argument| &argument.value)
    }

    /// The class of a `step([$class: 'X'])`, else the name.
    pub(super) fn what(&self) -> String {
        match self.get("$class") {
            Some(Value::Text(text)) if self.name == "step" => literal(text).unwrap_or_default(),
            _ => self.name.clone(),
        }
    }
}

/// A string without expressions.
pub(super) fn literal(text: &Text) -> Option<String> {
    match text.as_slice() {
        [Piece::Literal(literal)] => Some(literal.clone()),
        _ => None,
    }
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Script {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        depth: 0,
        script: Script::default(),
    };
    while parser.at < parser.tokens.len() {
        parser.block(&Scope::default());
        // A `}` too many.
        parser.at += 1;
    }
    parser.script
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    script: Script,
}

impl Parser {
    fn kind(&self, ahead: usize) -> Option<&Kind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    fn is_sign(&self, ahead: usize, sign: char) -> bool {
        self.kind(ahead) == Some(&Kind::Sign(sign))
    }

    fn eat(&mut self, sign: char) -> bool {
        let comes = self.is_sign(0, sign);
        self.at += usize::from(comes);
        comes
    }

    fn skip_newlines(&mut self) {
        while self.kind(0) == Some(&Kind::Newline) {
            self.at += 1;
        }
    }

    /// Statements up to a `}`, which is left, or the end.
    fn block(&mut self, scope: &Scope) {
        self.depth += 1;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Sign('}') => break,
                Kind::Sign('{') if self.depth < MAX_DEPTH => {
                    self.at += 1;
                    self.block(scope);
                    self.eat('}');
                }
                Kind::Sign('@') => self.annotation(),
                Kind::Word(word) if KEYWORDS.contains(&word.as_str()) => self.at += 1,
                Kind::Word(word) if word == "if" => self.condition(scope),
                Kind::Word(_) => self.statement(scope),
                _ => self.at += 1,
            }
        }
        self.depth -= 1;
    }

    /// `@Library('name@version') _`.
    fn annotation(&mut self) {
        self.at += 1;
        if self.kind(0) != Some(&Kind::Word("Library".to_owned())) || !self.is_sign(1, '(') {
            return;
        }
        self.at += 2;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Text(text) => self.script.imports.push(text.clone()),
                Kind::Sign(')') => break,
                _ => {}
            }
            self.at += 1;
        }
        // The name that is annotated, often `_`.
        self.at += 1;
        if let Some(Kind::Word(_)) = self.kind(0) {
            self.at += 1;
        }
    }

    /// `if (…)` with its block, and that of `else`.
    fn condition(&mut self, scope: &Scope) {
        self.at += 1;
        let start = self.at;
        if !self.eat('(') {
            return;
        }
        let mut open = 1_usize;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Sign('(') => open += 1,
                Kind::Sign(')') => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                break;
            }
        }
        let branch = compared_branch(self.tokens.get(start..self.at).unwrap_or_default());
        let under = |is: bool| Scope {
            branch: branch
                .clone()
                .map(|(name, equal)| (name, equal == is))
                .or_else(|| scope.branch.clone()),
            ..scope.clone()
        };
        self.branch_of_condition(&under(true));
        let here = self.at;
        self.skip_newlines();
        if self.kind(0) == Some(&Kind::Word("else".to_owned())) {
            self.at += 1;
            self.branch_of_condition(&under(false));
        } else {
            self.at = here;
        }
    }

    fn branch_of_condition(&mut self, scope: &Scope) {
        self.skip_newlines();
        match self.kind(0) {
            Some(Kind::Sign('{')) if self.depth < MAX_DEPTH => {
                self.at += 1;
                self.block(scope);
                self.eat('}');
            }
            Some(Kind::Word(word)) if word == "if" && self.depth < MAX_DEPTH => {
                self.depth += 1;
                self.condition(scope);
                self.depth -= 1;
            }
            Some(Kind::Word(word)) if !KEYWORDS.contains(&word.as_str()) => self.statement(scope),
            _ => {}
        }
    }

    /// A statement that begins with a name: a call, an assignment, or a declaration.
    fn statement(&mut self, scope: &Scope) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let name = self.path();
        let mut call = Call {
            name,
            line,
            arguments: Vec::new(),
            scope: scope.clone(),
            has_block: false,
        };
        match self.kind(0) {
            Some(Kind::Sign('=')) => {
                self.at += 1;
                let value = self.value(scope, false);
                self.rest_of_value(scope, false);
                self.script.assignments.push((call.name, value));
                return;
            }
            Some(Kind::Sign('(')) => {
                self.at += 1;
                call.arguments = self.arguments(scope, Some(')'));
            }
            Some(Kind::Text(_) | Kind::Sign('[')) => {
                call.arguments = self.arguments(scope, None);
            }
            // `String name = …` declares; `sh command` and `junit testResults: …` call.
            Some(Kind::Word(_)) if !matches!(self.kind(1), Some(Kind::Sign('=' | '(' | '{'))) => {
                call.arguments = self.arguments(scope, None);
            }
            Some(Kind::Sign('{')) => {}
            _ => return,
        }
        let here = self.at;
        self.skip_newlines();
        if !self.is_sign(0, '{') {
            self.at = here;
            self.script.calls.push(call);
            return;
        }
        call.has_block = true;
        let mut inner = scope.clone();
        inner.block = Some(call.name.as_str().into());
        if call.name == "stage" {
            let title = call.first().or_else(|| call.get("name"));
            if let Some(Value::Text(text)) = title {
                inner.stage = literal(text).map(Rc::from);
            }
        }
        self.script.calls.push(call);
        if self.depth < MAX_DEPTH {
            self.at += 1;
            self.block(&inner);
            self.eat('}');
        }
    }

    /// A name, with names and keys behind it: `a.b?.c['d']`.
    fn path(&mut self) -> String {
        let mut path = String::new();
        if let Some(Kind::Word(word)) = self.kind(0) {
            path.push_str(word);
            self.at += 1;
        }
        loop {
            let dot = usize::from(self.is_sign(0, '?') && self.is_sign(1, '.'));
            match (self.kind(dot), self.kind(dot + 1), self.kind(dot + 2)) {
                (Some(Kind::Sign('.')), Some(Kind::Word(word)), _) => {
                    path.push('.');
                    path.push_str(word);
                    self.at += dot + 2;
                }
                (Some(Kind::Sign('[')), Some(Kind::Text(key)), Some(Kind::Sign(']'))) => {
                    path.push('.');
                    path.push_str(&literal(key).unwrap_or_default());
                    self.at += 3;
                }
                _ => return path,
            }
        }
    }

    /// Arguments or entries, up to the closing sign or, without one, the end of the statement.
    fn arguments(&mut self, scope: &Scope, end: Option<char>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let in_brackets = end.is_some();
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Sign(sign) if Some(*sign) == end => {
                    self.at += 1;
                    break;
                }
                Kind::Sign('}') => break,
                Kind::Sign('{' | ';' | ')' | ']') | Kind::Newline if !in_brackets => break,
                Kind::Sign(',') => {
                    self.at += 1;
                    // A list of arguments goes on below.
                    self.skip_newlines();
                }
                Kind::Newline => self.at += 1,
                _ => {
                    let before = self.at;
                    let key = self.key();
                    let value = self.value(scope, in_brackets);
                    self.rest_of_value(scope, in_brackets);
                    arguments.push(Argument { key, value });
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        arguments
    }

    /// `name:`, `'name':`.
    fn key(&mut self) -> Option<String> {
        let key = match self.kind(0)? {
            Kind::Word(word) => word.clone(),
            Kind::Text(text) => literal(text)?,
            _ => return None,
        };
        // `target : [` has a blank before the colon; the tokens have none.
        if !self.is_sign(1, ':') {
            return None;
        }
        self.at += 2;
        self.skip_newlines();
        Some(key)
    }

    fn value(&mut self, scope: &Scope, in_brackets: bool) -> Value {
        if self.depth >= MAX_DEPTH {
            return Value::Other;
        }
        self.depth += 1;
        let mut value = self.one_value(scope);
        // Strings that are added are one string.
        while self.is_sign(0, '+') {
            self.at += 1;
            if in_brackets {
                self.skip_newlines();
            }
            let more = self.one_value(scope);
            value = match (pieces(value), pieces(more)) {
                (Some(mut pieces), Some(more)) => {
                    pieces.extend(more);
                    Value::Text(pieces)
                }
                _ => Value::Other,
            };
        }
        self.depth -= 1;
        value
    }

    fn one_value(&mut self, scope: &Scope) -> Value {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        match self.kind(0) {
            Some(Kind::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Value::Text(text)
            }
            Some(Kind::Sign('[')) if self.depth < MAX_DEPTH => {
                self.at += 1;
                self.depth += 1;
                let items = self.arguments(scope, Some(']'));
                self.depth -= 1;
                Value::Items(items)
            }
            Some(Kind::Word(word)) if word == "new" => {
                self.at += 1;
                Value::Other
            }
            Some(Kind::Word(_)) => {
                let name = self.path();
                if !self.is_sign(0, '(') && !matches!(self.kind(0), Some(Kind::Text(_))) {
                    // `readProperties file: 'x'` as a value.
                    let named = matches!(self.kind(0), Some(Kind::Word(_))) && self.is_sign(1, ':');
                    if !named {
                        return Value::Path(name);
                    }
                }
                self.depth += 1;
                let end = self.eat('(').then_some(')');
                let arguments = self.arguments(scope, end);
                self.depth -= 1;
                let call = Call {
                    name,
                    line,
                    arguments,
                    scope: scope.clone(),
                    has_block: false,
                };
                let member = Some(self.path()).filter(|member| !member.is_empty());
                let member = member.map(|member| member.trim_start_matches('.').to_owned());
                self.script.calls.push(call.clone());
                Value::Call(Box::new(call), member)
            }
            _ => Value::Other,
        }
    }

    /// Goes on to the end of a value of which only the beginning was understood; calls in blocks are heard.
    fn rest_of_value(&mut self, scope: &Scope, in_brackets: bool) {
        let mut open = 0_usize;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Sign(',') if open == 0 => break,
                Kind::Sign(')' | ']') if open == 0 => break,
                Kind::Sign('}') => break,
                Kind::Newline | Kind::Sign(';') if open == 0 && !in_brackets => break,
                Kind::Sign('(' | '[') => open += 1,
                Kind::Sign(')' | ']') => open -= 1,
                Kind::Sign('{') => {
                    if open == 0 && !in_brackets {
                        // It belongs to the statement: `retry 3 {`.
                        break;
                    }
                    if self.depth < MAX_DEPTH {
                        self.at += 1;
                        self.block(scope);
                        self.eat('}');
                        continue;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

fn pieces(value: Value) -> Option<Text> {
    match value {
        Value::Text(text) => Some(text),
        Value::Path(path) => Some(vec![Piece::Expression(path)]),
        _ => None,
    }
}

/// The branch in `env.BRANCH_NAME == 'x'` or `!=`, if the condition is that alone.
fn compared_branch(condition: &[Token]) -> Option<(Rc<str>, bool)> {
    let mut branch = None;
    let mut equal = true;
    let mut names_it = false;
    for token in condition {
        match &token.kind {
            Kind::Word(word) if word == "BRANCH_NAME" => names_it = true,
            Kind::Word(word) if word == "env" => {}
            Kind::Text(text) if branch.is_none() => branch = Some(literal(text)?),
            Kind::Sign('!') => equal = false,
            Kind::Sign('(' | ')' | '.' | '=') | Kind::Equal | Kind::Newline => {}
            // More than the branch is asked.
            _ => return None,
        }
    }
    branch
        .filter(|_| names_it)
        .map(|branch| (branch.into(), equal))
}
