//! Reads a Jenkinsfile's text into its [`Script`].

use std::collections::HashMap;
use std::ops::Range;

use super::branches::{Branches, asked, wanted};
use super::script::{Argument, Assignment, Call, Scope, Script, Value, literal};
use super::writes::{MAX_AHEAD, NO_TYPES, writes};
use crate::checkout::groovy::{Kind, Piece, Text, Token, tokens, written};

/// Values and blocks in one another beyond this are passed over: a text can't exhaust the stack.
const MAX_DEPTH: usize = 30;
/// So many characters of a call are shown.
const MAX_WRITTEN: usize = 160;

/// Words that stand before a statement and are none.
const KEYWORDS: [&str; 15] = [
    "def",
    "final",
    "return",
    "throw",
    "else",
    "try",
    "finally",
    "do",
    "assert",
    "in",
    "as",
    "static",
    "import",
    "instanceof",
    "default",
];
/// Methods that change the blanks around a text at most.
const LAYOUT: [&str; 3] = ["trim", "stripIndent", "toString"];

/// Reads one expression.
pub(super) fn read_value(text: &str) -> Value {
    let mut parser = Parser::new(text, 0);
    let value = parser.value(&Scope::default(), true);
    match parser.at == parser.tokens.len() {
        true => value,
        false => Value::Other,
    }
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Script {
    let mut parser = Parser::new(text, 0);
    parser.script.writes = writes(&parser.tokens);
    while parser.at < parser.tokens.len() {
        parser.block(&Scope::default());
        // A `}` too many.
        parser.at += 1;
    }
    let mut script = parser.script;
    // What stands in another call's arguments was read before that call was.
    script
        .calls
        .sort_by_key(|call| (call.range.start, std::cmp::Reverse(call.range.end)));
    script
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    is_too_deep: bool,
    /// What names stand for that are asked instead of the branch: `def isRelease = env.BRANCH_NAME == 'main'`.
    flags: HashMap<String, Branches>,
    script: Script,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, depth: usize) -> Self {
        Self {
            text,
            tokens: tokens(text),
            at: 0,
            depth,
            is_too_deep: false,
            flags: HashMap::new(),
            script: Script::default(),
        }
    }

    fn kind(&self, ahead: usize) -> Option<&Kind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    fn is_sign(&self, ahead: usize, sign: char) -> bool {
        self.kind(ahead) == Some(&Kind::Sign(sign))
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.kind(ahead), Some(Kind::Word(own)) if own == word)
    }

    /// Whether nothing stands between a token and the one before it.
    fn is_joined(&self, ahead: usize) -> bool {
        let at = self.at + ahead;
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        match (before, self.tokens.get(at)) {
            (Some(before), Some(token)) => before.range.end == token.range.start,
            _ => false,
        }
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

    /// The text from a token up to the one that comes next.
    fn range(&self, start: usize) -> Range<usize> {
        let end = self.at.checked_sub(1).filter(|end| *end >= start);
        match (
            self.tokens.get(start),
            self.tokens.get(end.unwrap_or(start)),
        ) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            _ => self.text.len()..self.text.len(),
        }
    }

    fn written(&self, range: &Range<usize>) -> String {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let mut written = String::new();
        for word in text.split_whitespace() {
            if !written.is_empty() {
                written.push(' ');
            }
            written.push_str(word);
            if let Some((end, _)) = written.char_indices().nth(MAX_WRITTEN) {
                written.truncate(end);
                written.push('…');
                break;
            }
        }
        written
    }

    /// A call that began with a token, without its block.
    fn call(&self, name: &str, start: usize, arguments: Vec<Argument>, scope: &Scope) -> Call {
        let range = self.range(start);
        Call {
            name: name.to_owned(),
            line: self.tokens.get(start).map_or(0, |token| token.line),
            arguments,
            scope: scope.clone(),
            has_block: false,
            end: range.end,
            written: self.written(&range),
            range,
            branches: None,
        }
    }

    /// Goes past a bracket and what it holds, without a look at it.
    fn skip_brackets(&mut self) {
        let mut open = 0_usize;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Sign('(' | '[' | '{') => open += 1,
                Kind::Sign(')' | ']' | '}') => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                break;
            }
        }
    }

    /// Notes once that a part is too deep to be read.
    fn too_deep(&mut self, scope: &Scope) {
        if !self.is_too_deep {
            self.is_too_deep = true;
            let mut call = self.call("nesting", self.at, Vec::new(), scope);
            call.written = "blocks and brackets that are nested too deep".to_owned();
            self.script.calls.push(call);
        }
    }

    /// A block in braces, the first of which comes next.
    fn braces(&mut self, scope: &Scope) {
        self.at += 1;
        self.skip_parameters();
        self.block(scope);
        self.eat('}');
    }

    /// `name, other ->` at the beginning of a closure.
    fn skip_parameters(&mut self) {
        let mut ahead = 0;
        while matches!(
            self.kind(ahead),
            Some(Kind::Word(_) | Kind::Newline | Kind::Sign(',' | '.' | '<'))
        ) {
            ahead += 1;
        }
        if self.is_sign(ahead, '-') && self.is_sign(ahead + 1, '>') {
            self.at += ahead + 2;
        }
    }

    /// Statements up to a `}`, which is left, or the end.
    fn block(&mut self, scope: &Scope) {
        let mut inner = scope.clone();
        self.depth += 1;
        while let Some(kind) = self.kind(0) {
            let scope = &inner;
            match kind {
                Kind::Sign('}') => break,
                Kind::Sign('{') if self.depth < MAX_DEPTH => self.braces(scope),
                Kind::Sign('{') => {
                    self.too_deep(scope);
                    self.at += 1;
                }
                Kind::Sign('@') => self.annotation(),
                Kind::Newline | Kind::Sign(';') => self.at += 1,
                Kind::Word(word) if word == "try" && self.is_sign(1, '{') => self.attempt(scope),
                Kind::Word(word) if KEYWORDS.contains(&word.as_str()) => self.at += 1,
                Kind::Word(word) if word == "if" => {
                    if let Some(rest) = self.condition(scope) {
                        inner = rest;
                    }
                }
                Kind::Word(word) if word == "catch" && self.is_sign(1, '(') => {
                    self.at += 1;
                    self.skip_brackets();
                    self.skip_newlines();
                    if self.is_sign(0, '{') && self.depth < MAX_DEPTH {
                        self.braces(&uncertain(scope));
                    }
                }
                Kind::Word(_) => self.statement(scope),
                _ => self.expression(self.at, self.script.calls.len(), scope),
            }
        }
        self.depth -= 1;
    }

    /// `@Library('name@version') _`.
    fn annotation(&mut self) {
        self.at += 1;
        if !self.is_word(0, "Library") || !self.is_sign(1, '(') {
            // `@Field` and `@NonCPS` say nothing of what runs.
            self.path();
            if self.is_sign(0, '(') && self.is_joined(0) {
                self.skip_brackets();
            }
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

    /// `try { … }`; what is behind it is read like anything else.
    fn attempt(&mut self, scope: &Scope) {
        let start = self.at;
        self.at += 1;
        self.skip_brackets();
        let catches = self.catches();
        self.at = start + 1;
        if self.depth >= MAX_DEPTH {
            return;
        }
        let index = self.script.calls.len();
        if let Some(catch) = &catches {
            let mut call = self.call("try", start, Vec::new(), scope);
            call.written = format!("try … {catch}");
            call.has_block = true;
            self.script.calls.push(call);
        }
        self.braces(&Scope {
            may_fail: scope.may_fail || catches.is_some(),
            ..scope.clone()
        });
        if catches.is_some() {
            self.ends_here(index);
        }
    }

    /// The `catch (…)` that comes next and goes on, rather than to fail in other words.
    fn catches(&mut self) -> Option<String> {
        loop {
            self.skip_newlines();
            if !self.is_word(0, "catch") {
                return None;
            }
            let start = self.at;
            self.at += 1;
            self.skip_brackets();
            let catch = self.written(&self.range(start));
            self.skip_newlines();
            let block = self.at;
            self.skip_brackets();
            let inside = self.tokens.get(block..self.at).unwrap_or_default();
            let fails = inside.iter().any(|token| match &token.kind {
                Kind::Word(word) => matches!(word.as_str(), "throw" | "error"),
                Kind::Text(text) => literal(text).is_some_and(|text| text == "FAILURE"),
                _ => false,
            });
            if !fails {
                return Some(catch);
            }
        }
    }

    /// `if (…)` with its block, and that of `else`. Gives the scope of what follows in the same block, if that block is left where the condition holds.
    fn condition(&mut self, scope: &Scope) -> Option<Scope> {
        let start = self.at;
        self.at += 1;
        if !self.is_sign(0, '(') {
            return None;
        }
        self.skip_brackets();
        let inside = self.tokens.get(start + 1..self.at).unwrap_or_default();
        let branches = asked(inside).or_else(|| self.flag(inside));
        let block = self.at;
        let mut call = self.call("if", start, Vec::new(), scope);
        call.branches = branches.clone();
        let index = self.script.calls.len();
        self.script.calls.push(call);
        self.branch_of_condition(&under(scope, branches.clone(), true));
        let here = self.at;
        let is_left = self.is_left(block..here);
        if is_left {
            self.says_why(index + 1, scope);
        }
        self.skip_newlines();
        let has_else = self.is_word(0, "else");
        if has_else {
            self.at += 1;
            self.branch_of_condition(&under(scope, branches.clone(), false));
        } else {
            self.at = here;
        }
        self.ends_here(index);
        if is_left
            && !has_else
            && let Some(call) = self.script.calls.get_mut(index)
        {
            // It asks for those that go on.
            call.branches = branches.clone().map(Branches::inverted);
        }
        is_left.then(|| under(scope, branches, false))
    }

    /// If all calls from a place on only say why nothing more is done, the condition that they stand under asks for nothing.
    fn says_why(&mut self, first: usize, scope: &Scope) {
        let calls = self.script.calls.get_mut(first..).unwrap_or_default();
        let mut names = calls.iter().map(|call| call.name.as_str());
        if names.all(|name| matches!(name, "echo" | "println" | "error" | "currentBuild")) {
            for call in calls {
                call.scope.branches.clone_from(&scope.branches);
                call.scope.is_conditional = true;
            }
        }
    }

    /// What a name stands for that is all of a condition.
    fn flag(&self, condition: &[Token]) -> Option<Branches> {
        let kinds: Vec<&Kind> = condition.iter().map(|token| &token.kind).collect();
        match kinds.as_slice() {
            [Kind::Sign('('), Kind::Word(name), Kind::Sign(')')] => self.flags.get(name).cloned(),
            [
                Kind::Sign('('),
                Kind::Sign('!'),
                Kind::Word(name),
                Kind::Sign(')'),
            ] => self.flags.get(name).cloned().map(Branches::inverted),
            _ => None,
        }
    }

    /// Whether a block, or a statement without braces, ends what it stands in: by `return`, `throw` or `error`.
    fn is_left(&self, block: Range<usize>) -> bool {
        let mut open = 0_usize;
        let mut is_statement = true;
        for token in self.tokens.get(block).unwrap_or_default() {
            match &token.kind {
                Kind::Sign('{') => open += 1,
                Kind::Sign('}') => open = open.saturating_sub(1),
                Kind::Word(word) if is_statement && open <= 1 => {
                    if matches!(word.as_str(), "return" | "throw" | "error") {
                        return true;
                    }
                }
                _ => {}
            }
            is_statement = matches!(token.kind, Kind::Newline | Kind::Sign('{' | ';'));
        }
        false
    }

    fn branch_of_condition(&mut self, scope: &Scope) {
        self.skip_newlines();
        match self.kind(0) {
            Some(Kind::Sign('{')) if self.depth < MAX_DEPTH => self.braces(scope),
            Some(Kind::Word(word)) if word == "if" && self.depth < MAX_DEPTH => {
                self.depth += 1;
                // What follows is no more certain than what follows this.
                let _ = self.condition(scope);
                self.depth -= 1;
            }
            Some(Kind::Word(word)) if KEYWORDS.contains(&word.as_str()) => {
                self.at += 1;
                if let Some(Kind::Word(_)) = self.kind(0) {
                    self.statement(scope);
                }
            }
            Some(Kind::Word(word)) if word != "if" => self.statement(scope),
            Some(Kind::Word(_) | Kind::Sign('{')) => self.too_deep(scope),
            _ => {}
        }
    }

    /// Sets where the block of a call ends.
    fn ends_here(&mut self, index: usize) {
        let end = self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last));
        if let (Some(end), Some(call)) = (end, self.script.calls.get_mut(index)) {
            call.end = end.range.end;
        }
    }

    /// What a declarative stage is subject to: its `when`, wherever in the stage that stands.
    fn when(&mut self, scope: &Scope) -> Scope {
        let (start, mut open) = (self.at, 0_usize);
        let mut inner = scope.clone();
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Sign('{') => open += 1,
                Kind::Sign('}') => open = open.saturating_sub(1),
                Kind::Word(word) if open == 1 && word == "when" && self.is_sign(1, '{') => {
                    let when = self.at;
                    self.at += 1;
                    self.skip_brackets();
                    let inside = self.tokens.get(when + 2..self.at.saturating_sub(1));
                    let branches = wanted(inside.unwrap_or_default());
                    let mut call = self.call("when", when, Vec::new(), scope);
                    call.branches = branches.clone();
                    self.script.calls.push(call);
                    inner = under(&inner, branches, true);
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                break;
            }
        }
        self.at = start;
        inner
    }

    /// A statement that begins with a name: a call, an assignment, or a declaration.
    fn statement(&mut self, scope: &Scope) {
        let (start, calls) = (self.at, self.script.calls.len());
        let name = self.path();
        if name == "when" && self.is_sign(0, '{') && scope.block.as_deref() == Some("stage") {
            return self.skip_brackets();
        }
        let arguments = match self.kind(0) {
            Some(Kind::Sign('=')) if !self.is_sign(1, '~') => {
                self.at += 1;
                self.skip_newlines();
                let first = self.at;
                let value = self.value(scope, false);
                self.rest_of_value(scope, false);
                while self.goes_on_below() {
                    self.skip_newlines();
                    self.at += 1;
                    self.rest_of_value(scope, false);
                }
                let branches = asked(self.tokens.get(first..self.at).unwrap_or_default());
                if let (Some(branches), Some(1)) = (branches, self.script.writes.get(&name)) {
                    self.flags.insert(name.clone(), branches);
                }
                let written = self.written(&self.range(first));
                let is_conditional =
                    scope.is_conditional || scope.branches.is_some() || scope.is_uncertain;
                let in_environment = scope.block.as_deref() == Some("environment");
                let is_certain = !is_conditional || self.is_typed(start) || in_environment;
                // The result of a build is changed by it, and a closure may be called in a loop, or later.
                let told = match self.is_sign(0, '{') {
                    true => Some(""),
                    false => name.starts_with("currentBuild.").then_some("currentBuild"),
                };
                if let Some(told) = told {
                    let mut call = self.call(told, start, Vec::new(), scope);
                    call.has_block = told.is_empty();
                    self.script.calls.push(call);
                }
                self.script.assignments.push(Assignment {
                    is_environment: in_environment || name.starts_with("env."),
                    name,
                    value,
                    written,
                    line: self.tokens.get(start).map_or(0, |token| token.line),
                    is_certain,
                });
                return;
            }
            Some(Kind::Sign('(')) if self.is_definition(start) => {
                self.skip_brackets();
                let call = self.call("def", start, Vec::new(), scope);
                self.script.calls.push(call);
                self.script.functions.insert(name);
                return;
            }
            Some(Kind::Sign('(')) => {
                self.at += 1;
                self.arguments(scope, Some(')'))
            }
            Some(Kind::Text(_)) => self.arguments(scope, None),
            Some(Kind::Sign('[')) if !self.is_joined(0) => self.arguments(scope, None),
            // `String name = …` and `String name(…) {` declare; `sh command` and `junit testResults: …` call.
            Some(Kind::Word(word)) if KEYWORDS.contains(&word.as_str()) => {
                return self.expression(start, calls, scope);
            }
            Some(Kind::Word(_)) if self.is_declaration(&name) => return,
            Some(Kind::Word(_)) => self.arguments(scope, None),
            Some(Kind::Sign('{')) => Vec::new(),
            None | Some(Kind::Newline | Kind::Sign(';' | '}')) => return,
            _ => return self.expression(start, calls, scope),
        };
        let mut call = self.call(&name, start, arguments, scope);
        let here = self.at;
        self.skip_newlines();
        if self.is_sign(0, '.') || (self.is_sign(0, '?') && self.is_sign(1, '.')) {
            // What is done with its result is another call: `docker.image('x').inside { … }`.
            self.script.calls.push(call);
            self.at += 1 + usize::from(self.is_sign(0, '?'));
            if let (Some(Kind::Word(_)), true) = (self.kind(0), self.depth < MAX_DEPTH) {
                self.depth += 1;
                self.statement(scope);
                self.depth -= 1;
            }
            return;
        }
        if !self.is_sign(0, '{') {
            self.at = here;
            self.script.calls.push(call);
            return;
        }
        call.has_block = true;
        let mut inner = scope.clone();
        inner.block = Some(name.as_str().into());
        match name.as_str() {
            "stage" => {
                inner.stage = match call.first().or_else(|| call.get("name")) {
                    Some(Value::Text(title)) => Some(written(title).into()),
                    _ => Some("".into()),
                };
                if self.depth < MAX_DEPTH {
                    inner = self.when(&inner);
                }
            }
            part if scope.block.as_deref() == Some("post") => inner.post = Some(part.into()),
            "for" | "while" | "switch" => inner.is_uncertain = true,
            "catchError" | "warnError" => inner.may_fail = true,
            // A closure is called as often as its method likes.
            method if method.contains('.') => inner.is_uncertain = true,
            _ => {}
        }
        let index = self.script.calls.len();
        self.script.calls.push(call);
        if self.depth < MAX_DEPTH {
            self.braces(&inner);
        } else {
            self.too_deep(&inner);
        }
        self.ends_here(index);
    }

    /// Whether `name(…) {` behind a type or `def` defines a function.
    fn is_definition(&self, start: usize) -> bool {
        self.is_typed(start) && self.opens_a_block(0)
    }

    /// Whether `def` or a type stands before a name.
    fn is_typed(&self, start: usize) -> bool {
        let before = start.checked_sub(1).and_then(|at| self.tokens.get(at));
        matches!(before, Some(Token { kind: Kind::Word(word), .. }) if !NO_TYPES.contains(&word.as_str()))
    }

    /// Whether a block follows the brackets that begin here.
    fn opens_a_block(&self, ahead: usize) -> bool {
        let mut open = 0_usize;
        let mut rest = self.tokens.iter().skip(self.at + ahead).take(MAX_AHEAD);
        for token in rest.by_ref() {
            match token.kind {
                Kind::Sign('(') => open += 1,
                Kind::Sign(')') => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
        let mut rest = rest.skip_while(|token| token.kind == Kind::Newline);
        rest.next()
            .is_some_and(|token| token.kind == Kind::Sign('{'))
    }

    /// Whether a name is the type of the name behind it.
    fn is_declaration(&self, name: &str) -> bool {
        match self.kind(1) {
            Some(Kind::Sign('=')) => true,
            Some(Kind::Sign('(')) => self.opens_a_block(1) && name != "stage",
            None | Some(Kind::Newline | Kind::Sign(';')) => {
                let last = name.rsplit('.').next().unwrap_or(name);
                last.starts_with(char::is_uppercase) || ["int", "boolean", "long"].contains(&name)
            }
            _ => false,
        }
    }

    /// A statement that is neither: what is called in it is heard, and if anything is, the whole is told of.
    fn expression(&mut self, start: usize, calls: usize, scope: &Scope) {
        self.rest_of_value(scope, false);
        if self.at == start {
            self.at += 1;
        }
        if self.script.calls.len() > calls || self.is_sign(0, '{') {
            let mut call = self.call("", start, Vec::new(), scope);
            call.has_block = self.is_sign(0, '{');
            self.script.calls.push(call);
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
                (Some(Kind::Sign('[')), Some(Kind::Text(key)), Some(Kind::Sign(']')))
                    if self.is_joined(0) =>
                {
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
                    if key.is_some() && self.is_sign(0, '{') && self.depth < MAX_DEPTH {
                        // A branch of `parallel a: { … }`.
                        self.braces(scope);
                    }
                    self.rest_of_value(scope, in_brackets);
                    if self.at == before {
                        self.at += 1;
                    }
                    let written = self.written(&self.range(before));
                    arguments.push(Argument {
                        key,
                        value,
                        written,
                    });
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
            self.too_deep(scope);
            return Value::Other;
        }
        self.depth += 1;
        let mut value = self.one_value(scope);
        // Strings that are added are one string.
        while self.is_sign(0, '+') {
            self.at += 1;
            self.skip_newlines();
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
        // The beginning of an expression is not what it comes to.
        match self.ends_value(in_brackets) {
            true => value,
            false => Value::Other,
        }
    }

    /// Whether nothing more of an expression comes.
    fn ends_value(&self, in_brackets: bool) -> bool {
        let lines = (0..).take_while(|ahead| self.kind(*ahead) == Some(&Kind::Newline));
        let newlines = lines.count();
        match self.kind(newlines) {
            None | Some(Kind::Sign(',' | ';' | ')' | ']' | '{' | '}')) => true,
            Some(Kind::Word(word)) if newlines > 0 && !in_brackets => {
                !["in", "as", "instanceof"].contains(&word.as_str())
            }
            // What stands on the next line may go on with it, but not by any of these.
            Some(Kind::Text(_) | Kind::Sign('[' | '(' | '@' | '!')) => newlines > 0 && !in_brackets,
            _ => false,
        }
    }

    /// Whether an expression goes on on the next line.
    fn goes_on_below(&self) -> bool {
        let lines = (0..).take_while(|ahead| self.kind(*ahead) == Some(&Kind::Newline));
        let newlines = lines.count();
        newlines > 0
            && matches!(
                self.kind(newlines),
                Some(Kind::Sign('?' | ':' | '.' | '&' | '|'))
            )
    }

    /// Goes past `.trim()` and its like behind a string or a call: the words that it comes to are the same.
    fn skip_layout(&mut self) -> Vec<&'static str> {
        let mut methods = Vec::new();
        loop {
            let brackets = self.is_sign(0, '.') && self.is_sign(2, '(') && self.is_sign(3, ')');
            let method = LAYOUT.iter().find(|method| self.is_word(1, method));
            match method.filter(|_| brackets) {
                Some(method) => methods.push(*method),
                None => return methods,
            }
            self.at += 4;
        }
    }

    fn one_value(&mut self, scope: &Scope) -> Value {
        let start = self.at;
        match self.kind(0) {
            Some(Kind::Text(text)) => {
                let mut text = text.clone();
                self.calls_in(&text, scope);
                self.at += 1;
                match self
                    .skip_layout()
                    .iter()
                    .all(|method| lay_out(&mut text, method))
                {
                    true => Value::Text(text),
                    false => Value::Other,
                }
            }
            Some(Kind::Sign('[')) if self.depth < MAX_DEPTH => {
                self.at += 1;
                self.depth += 1;
                let items = self.arguments(scope, Some(']'));
                self.depth -= 1;
                Value::Items(items)
            }
            Some(Kind::Word(word)) if KEYWORDS.contains(&word.as_str()) => Value::Other,
            Some(Kind::Word(word)) if word == "new" => {
                self.at += 1;
                // An object is made; what its arguments call is heard.
                self.path();
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
                if self.depth >= MAX_DEPTH {
                    self.too_deep(scope);
                    return Value::Other;
                }
                self.depth += 1;
                let end = self.eat('(').then_some(')');
                let arguments = self.arguments(scope, end);
                self.depth -= 1;
                let call = self.call(&name, start, arguments, scope);
                self.skip_layout();
                let mut member = self.path().trim_start_matches('.').to_owned();
                if self.is_sign(0, '(')
                    && self.is_sign(1, ')')
                    && let Some((before, method)) = member.rsplit_once('.')
                    && LAYOUT.contains(&method)
                {
                    member.truncate(before.len());
                    self.at += 2;
                }
                let member = Some(member).filter(|member| !member.is_empty());
                self.script.calls.push(call.clone());
                Value::Call(Box::new(call), member)
            }
            _ => Value::Other,
        }
    }

    /// The calls in the expressions of a string, which comes next. They stand where the string does.
    fn calls_in(&mut self, text: &Text, scope: &Scope) {
        let Some(token) = self.tokens.get(self.at) else {
            return;
        };
        let (line, range) = (token.line, token.range.clone());
        for piece in text {
            let Piece::Expression(expression) = piece else {
                continue;
            };
            if !expression.contains(['(', '"', '\'']) {
                continue;
            }
            if self.depth >= MAX_DEPTH {
                self.too_deep(scope);
                return;
            }
            let mut inner = Parser::new(expression, self.depth + 1);
            inner.is_too_deep = self.is_too_deep;
            while inner.at < inner.tokens.len() {
                inner.rest_of_value(scope, true);
                inner.at += 1;
            }
            self.is_too_deep = inner.is_too_deep;
            self.script
                .calls
                .extend(inner.script.calls.into_iter().map(|call| Call {
                    line,
                    end: range.end,
                    range: range.clone(),
                    ..call
                }));
        }
    }

    /// Goes on to the end of a value of which only the beginning was understood; what is called there is heard.
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
                        self.braces(scope);
                        continue;
                    }
                    self.too_deep(scope);
                }
                Kind::Text(text) => {
                    let text = text.clone();
                    self.calls_in(&text, scope);
                }
                Kind::Word(word) if !KEYWORDS.contains(&word.as_str()) => {
                    self.one_value(scope);
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// Takes blanks from a string as a method does; `false` if what that comes to is not known.
fn lay_out(text: &mut Text, method: &str) -> bool {
    let is_one_line = !written(text).contains('\n');
    match (method, text.first_mut()) {
        ("trim", Some(Piece::Literal(first))) => *first = first.trim_start().to_owned(),
        // A script means the same without its margin.
        ("stripIndent", Some(Piece::Literal(first))) if is_one_line => {
            return !first.starts_with(char::is_whitespace);
        }
        _ => {}
    }
    if let ("trim", Some(Piece::Literal(last))) = (method, text.last_mut()) {
        last.truncate(last.trim_end().len());
    }
    true
}

fn pieces(value: Value) -> Option<Text> {
    match value {
        Value::Text(text) => Some(text),
        Value::Path(path) => Some(vec![Piece::Expression(path)]),
        _ => None,
    }
}

/// A scope that may be passed over.
fn uncertain(scope: &Scope) -> Scope {
    Scope {
        is_uncertain: true,
        ..scope.clone()
    }
}

/// A scope below a condition, or below its `else`.
fn under(scope: &Scope, branches: Option<Branches>, holds: bool) -> Scope {
    Scope {
        is_conditional: scope.is_conditional || branches.is_none(),
        branches: branches
            .map(|branches| Branches {
                is: branches.is == holds,
                ..branches
            })
            .or_else(|| scope.branches.clone()),
        ..scope.clone()
    }
}
