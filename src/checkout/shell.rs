//! The commands of a shell script, as a small tree. `tree-sitter-bash` reads the syntax; here stands what is kept of its tree.

use std::collections::HashMap;
use std::iter;
use std::ops::{ControlFlow, Range, RangeInclusive};

use tree_sitter::{Node, ParseOptions, ParseState, Parser};
use tree_sitter_bash::LANGUAGE;

/// So deep are groups, subshells and control flow followed.
const MAX_DEPTH: usize = 100;
/// So many times a hundred steps may the parser take behind a mistake: it tries more and more ways the longer it guesses.
const MAX_GUESSES: usize = 100;

/// One command. What was understood of it is taken out of it; what stays was not.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// `NAME=value` before it.
    pub(super) env: Vec<(String, String)>,
    /// The program; empty if variables are set alone, or if it is no shell.
    pub(super) path: String,
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// Where its input comes from, and its output goes to.
    pub(super) redirections: Vec<Redirection>,
    /// The whole, as it was written.
    pub(super) written: String,
    /// Whether the script goes on if it fails: `… || true`.
    pub(super) may_fail: bool,
    /// Whether it decides what runs, as after `if`, or its status is turned round by `!`.
    pub(super) decides: bool,
}

/// `> file`, `<< EOF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirection {
    pub(super) kind: Kind,
    /// The file, or the text itself.
    pub(super) target: String,
    written: String,
}

/// What a redirection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `< file`
    Read,
    /// `> file`
    Write,
    /// `2>&1`: it names no file.
    Descriptor,
    /// A here-document in which the shell fills in, or a here-string.
    Text,
    /// A here-document whose delimiter is quoted.
    LiteralText,
}

/// Statements, one after the other.
pub(super) type List = Vec<Statement>;

/// Pipelines with `&&` and `||` between them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Each with what stands before it.
    pub(super) pipelines: Vec<(Joint, Pipeline)>,
    /// `&`: what follows does not wait for it.
    pub(super) is_beside: bool,
}

/// What stands before a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// Nothing.
    Then,
    /// `&&`.
    And,
    /// `||`.
    Or,
}

/// Commands with `|` between them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    /// `!`
    pub(super) is_negated: bool,
    pub(super) parts: Vec<Part>,
}

/// One part of a pipeline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A command, or a text that is no shell: that has no words.
    Simple(Command),
    /// What has commands in it, and the redirections of all of them.
    Compound(Compound, Vec<Redirection>),
}

/// What has commands in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compound {
    /// `{ …; }`
    Group(List),
    /// `( … )`
    Subshell(List),
    /// The conditions with what they lead to, and what follows `else`.
    If(Vec<(List, List)>, List),
    /// What nobody follows: how it begins, what decides on it, and what is in it.
    Other(String, List, List),
}

impl Command {
    /// The program without its folder.
    pub(super) fn program(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The program and its arguments; none if variables are set alone.
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        let program = Some(&self.path).filter(|path| !path.is_empty());
        program.into_iter().chain(&self.arguments)
    }

    /// Takes out an option with its values: `--name value` or `--name=value`.
    pub(super) fn take(&mut self, names: &[&str]) -> Vec<String> {
        let mut values = Vec::new();
        let mut rest = Vec::new();
        let mut words = std::mem::take(&mut self.arguments).into_iter();
        while let Some(word) = words.next() {
            let value = word
                .split_once('=')
                .filter(|(name, _)| names.contains(name));
            if names.contains(&word.as_str()) {
                values.extend(words.next());
            } else if let Some((_, value)) = value {
                values.push(value.to_owned());
            } else {
                rest.push(word);
            }
        }
        self.arguments = rest;
        values
    }

    /// Takes out these words; whether there were any.
    pub(super) fn take_words(&mut self, is_one: impl Fn(&str) -> bool) -> bool {
        let before = self.arguments.len();
        self.arguments.retain(|word| !is_one(word));
        self.arguments.len() < before
    }

    /// The files that its output goes to.
    pub(super) fn written_files(&self) -> impl Iterator<Item = &str> {
        written_files(&self.redirections)
    }

    /// What a here-document gives it.
    pub(super) fn here_document(&self) -> Option<&str> {
        let is_text = |own: &&Redirection| matches!(own.kind, Kind::Text | Kind::LiteralText);
        let text = self.redirections.iter().rfind(is_text)?;
        Some(text.target.as_str())
    }

    /// Whether it was not understood at all.
    pub(super) fn is_text(&self) -> bool {
        self.path.is_empty() && self.env.is_empty() && self.redirections.is_empty()
    }

    /// Whether a part of it is computed by the shell, or runs beside it.
    pub(super) fn is_computed(&self) -> bool {
        is_computed(&self.written)
    }

    /// Whether a part of it is computed by the shell, or goes to or comes from a file.
    pub(super) fn does_more(&self) -> bool {
        self.is_computed() || self.redirections.iter().any(Redirection::does_more)
    }
}

/// Whether the shell runs something to make a word.
pub(super) fn is_computed(word: &str) -> bool {
    ["$(", "`", "<(", ">("]
        .iter()
        .any(|sign| word.contains(sign))
}

/// The files that output goes to.
pub(super) fn written_files(redirections: &[Redirection]) -> impl Iterator<Item = &str> {
    let written = redirections.iter().filter(|own| own.kind == Kind::Write);
    written.map(|own| own.target.as_str())
}

impl Redirection {
    /// As it was written.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Whether it is more than to hide what is printed.
    pub(super) fn does_more(&self) -> bool {
        self.kind != Kind::Descriptor && self.target != "/dev/null"
    }
}

/// The commands of a script, with a text for each `for`, `case` and function around them. One that is no shell has its text alone.
pub(super) fn commands(script: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    flatten(&read(script), "", false, &mut commands);
    commands
}

/// Adds the commands of a list. A word of control flow belongs to the first of them.
fn flatten(list: &[Statement], word: &str, is_caught: bool, commands: &mut Vec<Command>) {
    let mut word = word;
    for statement in list {
        // From its end: what `||` leads to if all before it fails.
        let mut caught = vec![is_caught; statement.pipelines.len()];
        for index in (1..caught.len()).rev() {
            let (joint, other) = &statement.pipelines[index];
            caught[index - 1] |= match joint {
                Joint::Or => !stops(other),
                _ => caught[index],
            };
        }
        for ((_, pipeline), is_caught) in statement.pipelines.iter().zip(caught) {
            let start = commands.len();
            let last = pipeline.parts.len() - 1;
            for (index, part) in pipeline.parts.iter().enumerate() {
                let is_caught = is_caught && index == last;
                match part {
                    Part::Simple(command) => commands.push(Command {
                        may_fail: is_caught,
                        ..command.clone()
                    }),
                    Part::Compound(compound, redirections) => {
                        compound.flatten(is_caught, commands);
                        let all = redirections.iter().filter(|own| own.does_more());
                        commands.extend(all.map(|own| Command {
                            redirections: vec![own.clone()],
                            written: own.written.clone(),
                            ..Command::default()
                        }));
                    }
                }
            }
            let sign = if pipeline.is_negated { "!" } else { "" };
            for word in [sign, std::mem::take(&mut word)] {
                if let (false, Some(first)) = (word.is_empty(), commands.get_mut(start)) {
                    first.written = format!("{word} {}", first.written);
                    first.decides = true;
                }
            }
        }
    }
}

impl Compound {
    /// All lists in it, in their order.
    pub(super) fn lists(&self) -> impl Iterator<Item = &List> {
        let (own, branches, last) = match self {
            Self::Group(list) | Self::Subshell(list) => ([Some(list), None], [].as_slice(), None),
            Self::If(branches, otherwise) => ([None, None], branches.as_slice(), Some(otherwise)),
            Self::Other(_, condition, body) => ([Some(condition), Some(body)], &[][..], None),
        };
        let branches = branches
            .iter()
            .flat_map(|(condition, body)| [condition, body]);
        own.into_iter().flatten().chain(branches).chain(last)
    }

    fn flatten(&self, is_caught: bool, commands: &mut Vec<Command>) {
        match self {
            Self::Group(list) | Self::Subshell(list) => flatten(list, "", is_caught, commands),
            Self::If(branches, otherwise) => {
                let words = iter::once("if").chain(iter::repeat("elif"));
                for ((condition, body), word) in branches.iter().zip(words) {
                    flatten(condition, word, false, commands);
                    flatten(body, "", is_caught, commands);
                }
                flatten(otherwise, "", is_caught, commands);
            }
            Self::Other(begin, condition, body) => {
                if condition.is_empty() {
                    commands.push(text(begin));
                }
                flatten(condition, begin, false, commands);
                flatten(body, "", is_caught, commands);
            }
        }
    }
}

/// Whether what follows `||` ends the script in other words: `exit 1`.
fn stops(pipeline: &Pipeline) -> bool {
    let mut commands = Vec::new();
    for part in &pipeline.parts {
        match part {
            Part::Simple(command) => commands.push(command.clone()),
            Part::Compound(compound, _) => compound.flatten(false, &mut commands),
        }
    }
    commands.iter().any(|command| {
        matches!(command.program(), "exit" | "return" | "false")
            && command.arguments.first().is_none_or(|status| status != "0")
    })
}

/// What is no shell.
fn text(text: &str) -> Command {
    Command {
        written: text.split_whitespace().collect::<Vec<_>>().join(" "),
        ..Command::default()
    }
}

/// A script as a tree. What the parser makes no tree of is read line by line.
pub(super) fn read(script: &str) -> List {
    let mut parser = Parser::new();
    let is_ready = parser.set_language(&LANGUAGE.into()).is_ok();
    let mut documents = Vec::new();
    let script = without_documents(&script.replace("\r\n", "\n"), &mut documents);
    let mut guesses = MAX_GUESSES;
    let mut parsed = |text: &str| {
        let mut goes_on = |state: &ParseState| {
            guesses -= usize::from(state.has_error() && guesses > 0);
            match guesses {
                0 if state.has_error() => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        };
        let options = ParseOptions::new().progress_callback(&mut goes_on);
        let mut rest = |at: usize, _| text.as_bytes().get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut rest, None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        let tree = tree.filter(|_| is_ready)?;
        let source = Source {
            text,
            documents: &documents,
        };
        let root = tree.root_node();
        (!is_broken(root)).then(|| source.list(&children(root), 0))
    };
    if let Some(list) = parsed(&script) {
        return list;
    }
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.trim().is_empty());
    let lists = lines.map(|line| {
        let is_text = || {
            let written = written(line, &documents);
            let mut list = List::new();
            push(&mut list, "", false, Part::Simple(text(&written)));
            list
        };
        parsed(line).unwrap_or_else(is_text)
    });
    lists.flatten().collect()
}

/// Each stands for a here-document while the parser has the text: it knows one on a line alone, whose end is not indented.
const MARKS: RangeInclusive<char> = '\u{f0000}'..='\u{ffffd}';

/// A text with `<` and a mark for each of its here-documents. What looks like one and never ends is a shift of bits or a text.
fn without_documents(script: &str, documents: &mut Vec<Redirection>) -> String {
    let script = script.replace(|c| MARKS.contains(&c), "\u{fffd}");
    let last: HashMap<&str, usize> = script.lines().map(str::trim).zip(0..).collect();
    let mut marked = String::new();
    let mut lines = script.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut rest = line;
        let mut at = index;
        while let Some((before, after)) = rest.split_once("<<") {
            marked.push_str(before);
            let word = after.strip_prefix('-').unwrap_or(after).trim_start();
            let length = word.find([' ', '\t', ';', '&', '|', '<', '>', '(', ')']);
            let (word, behind) = word.split_at(length.unwrap_or(word.len()));
            let end = word.replace(['"', '\'', '\\'], "");
            let is_ended = !end.is_empty() && last.get(end.as_str()).is_some_and(|end| *end > at);
            match MARKS.clone().nth(documents.len()).filter(|_| is_ended) {
                Some(mark) => {
                    let mut body = String::new();
                    for (index, line) in lines.by_ref() {
                        at = index;
                        if line.trim() == end {
                            break;
                        }
                        body.push_str(line);
                        body.push('\n');
                    }
                    let is_literal = end != word;
                    documents.push(Redirection {
                        kind: if is_literal {
                            Kind::LiteralText
                        } else {
                            Kind::Text
                        },
                        target: body,
                        written: rest[before.len()..rest.len() - behind.len()].to_owned(),
                    });
                    marked.extend(['<', mark]);
                    rest = behind;
                }
                None => {
                    let arrows = after.len() - after.trim_start_matches('<').len();
                    marked.push_str(&rest[before.len()..before.len() + 2 + arrows]);
                    rest = &after[arrows..];
                }
            }
        }
        marked.push_str(rest);
        marked.push('\n');
    }
    marked
}

fn document(mark: char, documents: &[Redirection]) -> Option<&Redirection> {
    let index = u32::from(mark).checked_sub(u32::from(*MARKS.start()))?;
    documents.get(usize::try_from(index).ok()?)
}

/// A text as it was written before its here-documents were taken out.
fn written(text: &str, documents: &[Redirection]) -> String {
    let mut written = String::new();
    for character in text.chars() {
        match document(character, documents) {
            Some(document) => {
                written.pop();
                written.push_str(&document.written);
            }
            None => written.push(character),
        }
    }
    written
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

/// Whether the parser guessed where a node begins or ends.
fn is_broken(node: Node<'_>) -> bool {
    node.is_error()
        || children(node).into_iter().any(|child| {
            child.is_error()
                || child.is_missing()
                || match child.kind() {
                    "elif_clause" | "else_clause" | "do_group" | "case_item" => is_broken(child),
                    "file_redirect" | "herestring_redirect" => child.has_error(),
                    // Those that are read were taken out.
                    kind => kind == "heredoc_redirect",
                }
        })
}

/// What the parser has read.
struct Source<'a> {
    text: &'a str,
    documents: &'a [Redirection],
}

impl Source<'_> {
    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// As it was written, on one line.
    fn written(&self, range: Range<usize>) -> String {
        let text = self.slice(range).replace("\\\n", " ");
        let words: Vec<&str> = text.split_whitespace().collect();
        written(&words.join(" "), self.documents)
    }

    /// The statements among some nodes. How the parser nests pipes and redirections in lists does not matter: they follow each other.
    fn list(&self, nodes: &[Node<'_>], depth: usize) -> List {
        let mut list: List = Vec::new();
        let mut sign = "";
        let mut is_negated = false;
        let mut waiting: Vec<Node<'_>> = nodes.iter().rev().copied().collect();
        while let Some(node) = waiting.pop() {
            let last = list.last_mut();
            match node.kind() {
                "comment" => {}
                "!" => is_negated = true,
                "&" => {
                    if let Some(last) = last {
                        last.is_beside = true;
                    }
                    sign = ";";
                }
                "&&" | "||" | "|" | "|&" | ";" => sign = node.kind(),
                _ if !node.is_named() => {}
                "list" | "pipeline" | "negated_command" if !is_broken(node) => {
                    waiting.extend(children(node).into_iter().rev());
                }
                "redirected_statement"
                    if !is_broken(node) && node.child_by_field_name("body").is_some() =>
                {
                    waiting.extend(children(node).into_iter().rev());
                }
                "file_redirect" | "herestring_redirect" => match last.and_then(last_part) {
                    Some(Part::Simple(command)) => {
                        command.written += " ";
                        command.written += &self.written(node.byte_range());
                        if !command.is_text() {
                            self.redirect(node, command);
                        }
                    }
                    Some(Part::Compound(_, redirections)) => {
                        let mut command = Command::default();
                        self.redirect(node, &mut command);
                        redirections.append(&mut command.redirections);
                    }
                    None => {}
                },
                _ => {
                    let part = self.part(node, depth);
                    let sign = std::mem::take(&mut sign);
                    let is_negated = std::mem::take(&mut is_negated);
                    match (sign, &part, last.and_then(last_part)) {
                        // A `\` was forgotten.
                        ("", Part::Simple(option), Some(Part::Simple(command)))
                            if option.path.starts_with("--") && !command.is_text() =>
                        {
                            command.arguments.extend(option.words().cloned());
                            command.redirections.extend_from_slice(&option.redirections);
                            command.written += " ";
                            command.written += &option.written;
                        }
                        _ => push(&mut list, sign, is_negated, part),
                    }
                }
            }
        }
        list
    }

    fn part(&self, node: Node<'_>, depth: usize) -> Part {
        let is_text = depth > MAX_DEPTH || is_broken(node);
        let inner = children(node);
        let own = |nodes: &[Node<'_>]| self.list(nodes, depth + 1);
        let of = |name: &str| node.child_by_field_name(name);
        let body = of("body");
        let body_list = || body.map_or_else(List::new, |body| own(&children(body)));
        // Without the `;` before `do`.
        let begin = |end: Option<Node<'_>>| {
            let end = end.map_or(node.end_byte(), |end| end.start_byte());
            let begin = self.written(node.start_byte()..end);
            begin.trim_end_matches([';', ' ']).to_owned()
        };
        let compound = match node.kind() {
            _ if is_text => None,
            "subshell" => Some(Compound::Subshell(own(&inner))),
            "compound_statement" if self.slice(node.byte_range()).starts_with("((") => {
                Some(Compound::Other(begin(None), List::new(), List::new()))
            }
            "compound_statement" => Some(Compound::Group(own(&inner))),
            "if_statement" => {
                let branch = |nodes: &[Node<'_>]| {
                    let then = nodes.iter().position(|node| node.kind() == "then");
                    let (condition, body) = nodes.split_at(then.unwrap_or(nodes.len()));
                    (own(condition), own(body))
                };
                let is_clause = |node: &&Node<'_>| node.kind().ends_with("_clause");
                let (clauses, first): (Vec<_>, Vec<_>) = inner.iter().partition(is_clause);
                let mut branches = vec![branch(&first)];
                let mut otherwise = List::new();
                for clause in clauses {
                    match clause.kind() {
                        "elif_clause" => branches.push(branch(&children(clause))),
                        _ => otherwise = own(&children(clause)),
                    }
                }
                Some(Compound::If(branches, otherwise))
            }
            "while_statement" => {
                let (word, condition) = inner.split_at(1);
                let condition = &condition[..condition.len().saturating_sub(1)];
                let word = self.slice(word[0].byte_range()).to_owned();
                Some(Compound::Other(word, own(condition), body_list()))
            }
            "for_statement" | "c_style_for_statement" => {
                Some(Compound::Other(begin(body), List::new(), body_list()))
            }
            "case_statement" => {
                let is_item = |node: &&Node<'_>| node.kind() == "case_item";
                let first = inner
                    .iter()
                    .find(|node| is_item(node) || node.kind() == "esac");
                let items = inner.iter().copied().filter(|node| is_item(&node));
                let body = items.flat_map(|item| {
                    let inner = children(item);
                    let end = inner.iter().position(|node| node.kind() == ")");
                    own(&inner[end.unwrap_or(0)..])
                });
                Some(Compound::Other(
                    begin(first.copied()),
                    List::new(),
                    body.collect(),
                ))
            }
            "function_definition" => {
                let name = of("name").map_or("", |name| self.slice(name.byte_range()));
                let body = body.into_iter().chain(of("redirect"));
                let body = own(&body.collect::<Vec<_>>());
                Some(Compound::Other(format!("{name}()"), List::new(), body))
            }
            _ => None,
        };
        match compound {
            Some(compound) => Part::Compound(compound, Vec::new()),
            None => {
                let command = self.command(node, &inner).filter(|_| !is_text);
                Part::Simple(command.unwrap_or_else(|| text(&self.written(node.byte_range()))))
            }
        }
    }

    /// A command without control flow; `None` if it is none, or was not understood.
    fn command(&self, node: Node<'_>, inner: &[Node<'_>]) -> Option<Command> {
        let mut command = Command {
            written: self.written(node.byte_range()),
            ..Command::default()
        };
        match node.kind() {
            _ if node.has_error() => return None,
            "test_command" => {
                let mut words = shlex::split(self.slice(node.byte_range()))?.into_iter();
                command.path = words.next()?;
                command.arguments = words.collect();
            }
            "variable_assignment" => command.env.push(self.assignment(node)),
            "command"
            | "declaration_command"
            | "redirected_statement"
            | "unset_command"
            | "variable_assignments" => {
                for part in inner {
                    match part.kind() {
                        "comment" => {}
                        "subshell" => return None,
                        "variable_assignment" if command.path.is_empty() => {
                            command.env.push(self.assignment(*part));
                        }
                        "variable_assignment" => {
                            let (name, value) = self.assignment(*part);
                            command.arguments.push(format!("{name}={value}"));
                        }
                        "file_redirect" | "herestring_redirect" => {
                            self.redirect(*part, &mut command);
                        }
                        _ if command.path.is_empty() => command.path = self.word(*part),
                        _ => command.arguments.push(self.word(*part)),
                    }
                }
            }
            _ => return None,
        }
        Some(command)
    }

    fn assignment(&self, node: Node<'_>) -> (String, String) {
        let of = |name| node.child_by_field_name(name);
        let name = of("name").map_or("", |name| self.slice(name.byte_range()));
        let value = of("value").map_or_else(String::new, |value| self.word(value));
        (name.to_owned(), value)
    }

    /// Adds a redirection, and the words behind it: the parser takes them for a part of it.
    fn redirect(&self, node: Node<'_>, command: &mut Command) {
        let inner = children(node);
        let mut inner = inner
            .iter()
            .skip_while(|part| part.kind() == "file_descriptor");
        let sign = inner.next().map_or("", |sign| sign.kind());
        let file = inner.next();
        let target = file.map_or_else(String::new, |file| self.word(*file));
        let mark = file.and_then(|file| self.slice(file.byte_range()).chars().next());
        let document = mark.and_then(|mark| document(mark, self.documents));
        let is_file = target.contains(|c: char| !c.is_ascii_digit() && c != '-' && c != '$');
        let kind = match sign {
            "<" => Kind::Read,
            "<<<" => Kind::Text,
            "<&" | "<&-" | ">&-" => Kind::Descriptor,
            ">&" if !is_file || target.contains('$') => Kind::Descriptor,
            _ => Kind::Write,
        };
        let end = file.map_or(node.end_byte(), Node::end_byte);
        command
            .redirections
            .push(document.cloned().unwrap_or_else(|| Redirection {
                kind,
                target,
                written: self.written(node.start_byte()..end),
            }));
        command.arguments.extend(inner.map(|word| self.word(*word)));
    }

    /// A word without its quotes.
    fn word(&self, node: Node<'_>) -> String {
        let text = self.slice(node.byte_range());
        let word = match node.kind() {
            "command_name" | "concatenation" => {
                let parts = children(node).into_iter().map(|part| self.word(part));
                return parts.collect();
            }
            "raw_string" => text.trim_matches('\'').to_owned(),
            "word" | "number" => unescaped(text, |_| true),
            "string" => {
                let mut word = String::new();
                let mut at = node.start_byte() + 1;
                let is_kept = |c| matches!(c, '$' | '`' | '"' | '\\' | '\n');
                let parts = children(node).into_iter();
                for part in parts.filter(|part| part.is_named() && part.kind() != "string_content")
                {
                    word += &unescaped(self.slice(at..part.start_byte()), is_kept);
                    word += self.slice(part.byte_range());
                    at = part.end_byte();
                }
                word + &unescaped(self.slice(at..node.end_byte() - 1), is_kept)
            }
            _ => text.to_owned(),
        };
        written(&word, self.documents)
    }
}

/// The last part of a statement.
fn last_part(statement: &mut Statement) -> Option<&mut Part> {
    let (_, pipeline) = statement.pipelines.last_mut()?;
    pipeline.parts.last_mut()
}

/// Adds what follows a sign.
fn push(list: &mut List, sign: &str, is_negated: bool, part: Part) {
    let joint = match sign {
        "&&" => Joint::And,
        "||" => Joint::Or,
        _ => Joint::Then,
    };
    let pipeline = |part| Pipeline {
        is_negated,
        parts: vec![part],
    };
    let last = list.last_mut().map(|last| &mut last.pipelines);
    match (sign, last) {
        ("|" | "|&", Some(last)) => last
            .last_mut()
            .map_or((), |(_, last)| last.parts.push(part)),
        ("&&" | "||", Some(last)) => last.push((joint, pipeline(part))),
        _ => list.push(Statement {
            pipelines: vec![(Joint::Then, pipeline(part))],
            is_beside: false,
        }),
    }
}

/// A text without the backslashes before characters that they keep.
fn unescaped(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut unescaped = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.next_if(|next| character == '\\' && is_kept(*next)) {
            Some('\n') => {}
            Some(kept) => unescaped.push(kept),
            None => unescaped.push(character),
        }
    }
    unescaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(script: &str) -> Vec<Vec<String>> {
        let commands = commands(script).into_iter();
        commands
            .map(|command| [vec![command.path], command.arguments].concat())
            .collect()
    }

    #[test]
    fn a_script_is_its_commands() {
        assert_eq!(
            words("set -e; a 'b;c' && d \"e | f\" | g 2>&1 # h\n\n  i \\\n  j"),
            [
                vec!["set", "-e"],
                vec!["a", "b;c"],
                vec!["d", "e | f"],
                vec!["g"],
                vec!["i", "j"]
            ]
        );
    }

    #[test]
    fn a_command_whose_failure_is_caught_is_known() {
        let caught = |script: &str| commands(script)[0].may_fail;
        for script in [
            "a || true",
            "a b || echo 'c'",
            "a || { echo b; }",
            "a || exit 0",
        ] {
            assert!(caught(script), "{script}");
        }
        for script in [
            "a",
            "a && b",
            "a | b || true",
            "a || exit 1",
            "a || { echo b; exit 1; }",
            "a ';||' b",
        ] {
            assert!(!caught(script), "{script}");
        }
    }

    #[test]
    fn an_option_below_a_forgotten_backslash_belongs_to_its_command() {
        assert_eq!(
            words("buildctl build --local context=.\n   --local dockerfile=."),
            [[
                "buildctl",
                "build",
                "--local",
                "context=.",
                "--local",
                "dockerfile=."
            ]]
        );
    }

    #[test]
    fn variables_stand_before_the_program() {
        let mut commands = commands("A=1 B= /bin/c --d=e --d f g=h\nC=2");
        assert_eq!(commands[0].program(), "c");
        assert_eq!(commands[0].env.len(), 2);
        assert_eq!(commands[0].take(&["--d"]), ["e", "f"]);
        assert_eq!(commands[0].arguments, ["g=h"]);
        assert_eq!((commands[1].program(), commands[1].env.len()), ("", 1));
    }

    #[test]
    fn what_is_no_shell_is_told_as_it_stands() {
        assert_eq!(commands("it's \"")[0].written, "it's \"");
        assert_eq!(words("it's \""), [[""]]);
    }

    #[test]
    fn control_flow_and_here_documents_hold_commands() {
        assert_eq!(
            words("if a; then b; else c; fi\ncat <<EOF > f\nd\nEOF\ne"),
            [vec!["a"], vec!["b"], vec!["c"], vec!["cat"], vec!["e"]]
        );
    }

    #[test]
    fn a_command_may_do_more_than_its_program() {
        for (script, more) in [
            ("echo a", false),
            ("echo a 2>&1", false),
            ("echo a > b", true),
            ("echo $(b)", true),
            ("A=`b`", true),
            ("a 2>/dev/null", false),
        ] {
            assert_eq!(commands(script)[0].does_more(), more, "{script}");
        }
    }

    #[test]
    fn groups_and_control_flow_hold_commands() {
        assert_eq!(
            words("(cd a; b) && { c; }; for i in x; do d; done; case e in f) g;; esac\nh() { i; }"),
            [
                vec!["cd", "a"],
                vec!["b"],
                vec!["c"],
                vec![""],
                vec!["d"],
                vec![""],
                vec!["g"],
                vec![""],
                vec!["i"],
            ]
        );
        let written = |script: &str| {
            let commands = commands(script).into_iter();
            commands.map(|own| own.written).collect::<Vec<_>>()
        };
        assert_eq!(
            written("if ! a  -b; then c; elif d; then e; fi\nwhile f; do g; done > h 2>&1"),
            ["if ! a -b", "c", "elif d", "e", "while f", "g", "> h"]
        );
        assert_eq!(written("for i in a b; do c; done"), ["for i in a b", "c"]);
        assert_eq!(written("cat <<'E' >  f\nx\nE"), ["cat <<'E' > f"]);
    }

    #[test]
    fn a_line_that_is_no_shell_takes_no_other_with_it() {
        assert_eq!(words("a b\nit's\nc"), [vec!["a", "b"], vec![""], vec!["c"]]);
        assert_eq!(
            words("a; b \\\n  c\n)"),
            [vec!["a"], vec!["b", "c"], vec![""]]
        );
        // The end of a here-document that is not at the beginning of its line.
        assert_eq!(words("  cat <<A > b\n  it's\n  A\n  c"), [["cat"], ["c"]]);
        assert_eq!(words("a\r\nb \\\r\n c\r\n"), [vec!["a"], vec!["b", "c"]]);
    }

    #[test]
    fn an_expansion_is_a_part_of_its_word() {
        assert_eq!(
            words("a \"$(b 'c d' | e)\" ${f:-g h} $(i $(j; k)) \u{e000} l[$m] $((1 << 2)) `n o`"),
            [[
                "a",
                "$(b 'c d' | e)",
                "${f:-g h}",
                "$(i $(j; k))",
                "\u{e000}",
                "l[$m]",
                "$((1 << 2))",
                "`n o`"
            ]]
        );
        let here = commands("cat <<EOF > \"${a}/$(b)\"\nc\nEOF\nd");
        assert_eq!(here[0].written_files().collect::<Vec<_>>(), ["${a}/$(b)"]);
        assert_eq!(here[1].path, "d");
    }

    #[test]
    fn what_nests_without_end_is_not_followed() {
        let around = |open: &str, close: &str, times: usize| {
            format!("{}a;b{}", open.repeat(times), close.repeat(times))
        };
        for times in [9, 29, 40, 10_000] {
            for (open, close) in [
                ("(", ")"),
                ("( ", ""),
                ("{ ", "; }"),
                ("if x; then ", "; fi"),
                ("case x in a) ", " ;esac"),
                ("case x in }) ", ";; esac"),
                ("f() { ", ";}"),
                ("while { ", "}; do x; done"),
                ("$(", ")"),
                ("${x:-", "}"),
                ("\"$(", ")\""),
                ("coproc ", ""),
                ("! ", ""),
                ("[[ ! ", ""),
                ("a[", ""),
                ("a[(", ")]=b"),
                ("x=(", ")"),
                ("[[ a =~ (", ")"),
                ("<(a ", ")"),
                ("@(", ")"),
                ("<<A ", ""),
                ("((", "))"),
                ("for ((", "))"),
                ("`", ""),
                ("1", ">f"),
                ("\\<<<A$(", ")"),
                ("cat <<A $(\n", "\nA\n"),
            ] {
                commands(&around(open, close, times));
            }
        }
    }

    #[test]
    fn a_long_or_odd_text_is_read_in_time() {
        for (text, times) in [
            ("$(", 100_000),
            ("it's\n", 2_001),
            ("a \"$b\n", 2_001),
            ("a\0b; ", 20_000),
            ("x=(", 20_000),
            ("[[ a =~ (\n", 2_000),
        ] {
            commands(&text.repeat(times));
        }
        assert_eq!(commands(&"a; ".repeat(50_000)).len(), 50_000);
        assert_eq!(commands(&("a &&\n".repeat(20_000) + "b")).len(), 20_001);
    }

    #[test]
    fn quotes_and_words_behind_a_redirection_belong_to_the_command() {
        assert_eq!(
            words("a \"b\\\"c  $d\" e\\ f 'g\\h'\"i\" > j k 2>&1 l && m <<A n | o\np\nA"),
            [
                vec!["a", "b\"c  $d", "e f", "g\\hi", "k", "l"],
                vec!["m", "n"],
                vec!["o"]
            ]
        );
        let negated = &read("! a | b && c > d")[0].pipelines;
        assert_eq!(negated.len(), 2);
        assert!(negated[0].1.is_negated && negated[0].1.parts.len() == 2);
    }

    proptest! {
        #[test]
        fn any_script_comes_to_an_end(
            script in r#"([a-z$(){}'"`<>&|;\\/*?~!#0-9\[\]= \n\t-]|\$\(|\$\{|<<-?A|\nA\n|<<'A'|if |; then |; fi|case a in |esac|;;|\[\[|\]\]|for i in |; do |; done|é|\r\n){0,40}"#
        ) {
            commands(&script);
        }
    }
}
