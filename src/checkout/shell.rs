//! The commands of a shell script, as a small tree. `brush-parser` reads the syntax; here stands what its tokens need before that, and what is kept of its tree.

use std::collections::HashMap;
use std::iter;

use brush_parser::ast;
use brush_parser::{ParserOptions, Token, parse_tokens, uncached_tokenize_str};

/// So deep may groups, subshells and control flow nest: the parser calls itself for each.
const MAX_DEPTH: usize = 30;
/// So deep may parentheses nest: each of them is tried as arithmetic first, which doubles the parser's time.
const MAX_PARENTHESES: usize = 6;
/// So many expansions may a text have that are no plain ones: the tokenizer calls itself for each that nests.
const MAX_EXPANSIONS: usize = 40;

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

/// A script as a tree. A text that the parser refuses is read line by line.
pub(super) fn read(script: &str) -> List {
    let (script, marks) = Marks::new(&script.replace("\r\n", "\n"));
    let by_line = || {
        let joined = script.replace("\\\n", " ");
        let lines = joined.lines().filter(|line| !line.trim().is_empty());
        let lists = lines.map(|line| {
            let is_text = || vec![statement(vec![Part::Simple(text(&marks.written(line)))])];
            marks.parsed(line).unwrap_or_else(is_text)
        });
        lists.flatten().collect()
    };
    marks.parsed(&script).unwrap_or_else(by_line)
}

fn statement(parts: Vec<Part>) -> Statement {
    let pipeline = Pipeline {
        is_negated: false,
        parts,
    };
    Statement {
        pipelines: vec![(Joint::Then, pipeline)],
        is_beside: false,
    }
}

/// Before a word with `[`, which the parser would take apart as the element of an array.
const GUARD: char = '\u{f0000}';

/// The tokens as the parser shall have them; `None` if it would overflow, or take a time that doubles with every nesting.
fn prepared(tokens: Vec<Token>) -> Option<Vec<Token>> {
    let mut prepared: Vec<Token> = Vec::new();
    // What ends the constructs that are open.
    let mut open: Vec<&str> = Vec::new();
    for token in tokens {
        let last = prepared.last();
        let is_after = |words: &[&str]| last.is_some_and(|last| words.contains(&last.to_str()));
        let is_command = is_after(&CLOSING) || !matches!(last, Some(Token::Word(..)));
        match &token {
            // The number of a descriptor must be a small one.
            Token::Operator(sign, _) if sign.starts_with(['<', '>']) => {
                let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
                let number = last.map(Token::to_str).filter(|word| is_number(word));
                if number.is_some_and(|number| number.len() > 5) {
                    return None;
                }
            }
            token => match token.to_str() {
                "(" => open.push(")"),
                "{" => open.push("}"),
                "if" => open.push("fi"),
                "for" | "until" | "while" | "select" => open.push("done"),
                "case" => open.push("esac"),
                "[[" => open.push("]]"),
                "coproc" => open.push(""),
                "!" if is_after(&["!"]) => return None,
                end if open.last() == Some(&end) && (is_command || matches!(end, ")" | "]]")) => {
                    open.pop();
                }
                _ => {}
            },
        }
        let parentheses = open.iter().filter(|end| **end == ")").count();
        if open.len() > MAX_DEPTH || parentheses > MAX_PARENTHESES {
            return None;
        }
        let token = match token {
            Token::Word(word, place) => {
                // A `\` was forgotten.
                if word.starts_with("--") {
                    while prepared.pop_if(|last| last.to_str() == "\n").is_some() {}
                }
                // What a last case without `;;` holds would be read twice.
                if word == "esac" {
                    let mut before = prepared.iter().rev().map(Token::to_str);
                    let before = before.find(|before| *before != "\n");
                    if !before.is_some_and(|before| matches!(before, ";;" | ";&" | ";;&" | "in")) {
                        prepared.push(Token::Operator(";;".to_owned(), place.clone()));
                    }
                }
                let name = word.split('=').next().unwrap_or_default();
                match word != "[[" && name.contains('[') {
                    true => Token::Word(format!("{GUARD}{word}"), place),
                    false => Token::Word(word, place),
                }
            }
            operator => operator,
        };
        prepared.push(token);
    }
    Some(prepared)
}

/// Words that end control flow.
const CLOSING: [&str; 5] = ["}", "fi", "done", "esac", "]]"];

/// A character for private use stands for each here-document and for each expansion without quotes in it, `${name}` or `$(date +%s)`, while the parser has the
/// text: its tokenizer goes as deep as expansions nest, and loops where they stand beside a here-document.
struct Marks(Vec<Mark>);

struct Mark {
    /// As it was written.
    text: String,
    /// The lines of a here-document, and what they are.
    document: Option<(String, Kind)>,
}

impl Marks {
    const FIRST: u32 = 0xf_0001;
    const LAST: u32 = 0xf_fffd;

    fn new(script: &str) -> (String, Self) {
        const PASSES: usize = 5;
        let mut marks = Self(Vec::new());
        // None of these is written by anybody.
        let is_mark = |c: char| c == GUARD || (Self::FIRST..=Self::LAST).contains(&u32::from(c));
        let mut text = marks.without_documents(&script.replace(is_mark, "\u{fffd}"));
        for _ in 0..PASSES {
            let before = marks.0.len();
            text = marks.without_expansions(&text);
            if marks.0.len() == before {
                break;
            }
        }
        (text, marks)
    }

    /// The character for a text; `None` if there are too many.
    fn mark(&mut self, text: &str, document: Option<(String, Kind)>) -> Option<char> {
        let next = Self::FIRST + u32::try_from(self.0.len()).ok()?;
        let mark = char::from_u32(next).filter(|_| next <= Self::LAST)?;
        let text = text.to_owned();
        self.0.push(Mark { text, document });
        Some(mark)
    }

    /// A text with here-strings for its here-documents. What looks like one and never ends is a shift of bits or a text.
    fn without_documents(&mut self, script: &str) -> String {
        let lines = || script.lines().map(str::trim);
        let last: HashMap<&str, usize> = lines().zip(0..).collect();
        let mut marked = String::new();
        let mut lines = script.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let mut rest = line;
            let mut at = index;
            while let Some((before, after)) = rest.split_once("<<") {
                marked.push_str(before);
                if let Some(after) = after.strip_prefix('<') {
                    match before.ends_with('\\') {
                        true => marked.extend(self.mark("<<<", None)),
                        false => marked.push_str("<<<"),
                    }
                    rest = after;
                    continue;
                }
                let word = after.strip_prefix('-').unwrap_or(after).trim_start();
                let length = word.find([' ', '\t', ';', '&', '|', '<', '>', '(', ')']);
                let (word, behind) = word.split_at(length.unwrap_or(word.len()));
                let end = word.replace(['"', '\'', '\\'], "");
                let is_ended =
                    !end.is_empty() && last.get(end.as_str()).is_some_and(|end| *end > at);
                let (sign, behind, document) = if is_ended {
                    let mut body = String::new();
                    for (index, line) in lines.by_ref() {
                        at = index;
                        if line.trim() == end {
                            break;
                        }
                        body.push_str(line);
                        body.push('\n');
                    }
                    let kind = if end == word {
                        Kind::Text
                    } else {
                        Kind::LiteralText
                    };
                    ("<<<", behind, Some((body, kind)))
                } else {
                    ("", after, None)
                };
                let written = &rest[before.len()..rest.len() - behind.len()];
                marked.push_str(sign);
                marked.extend(self.mark(written, document));
                rest = behind;
            }
            marked.push_str(rest);
            marked.push('\n');
        }
        marked
    }

    fn without_expansions(&mut self, text: &str) -> String {
        let mut marked = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            marked.push_str(before);
            let end = rest.len() - after.len();
            let expansion = plain_length(after).map(|length| &rest[end - 1..end + length]);
            let mark =
                expansion.and_then(|expansion| self.mark(expansion, None).zip(Some(expansion)));
            match mark {
                Some((mark, expansion)) => {
                    marked.push(mark);
                    rest = &rest[end - 1 + expansion.len()..];
                }
                None => {
                    marked.push('$');
                    rest = after;
                }
            }
        }
        marked + rest
    }

    /// What the parser makes of a text; `None` if it refuses it, or would overflow or take too long.
    fn parsed(&self, text: &str) -> Option<List> {
        let openings = ["$(", "${", "$["]
            .iter()
            .map(|sign| text.matches(sign).count());
        if openings.sum::<usize>() > MAX_EXPANSIONS {
            return None;
        }
        let options = ParserOptions::default();
        let tokens = uncached_tokenize_str(text, &options.tokenizer_options()).ok()?;
        let program = parse_tokens(&prepared(tokens)?, &options).ok()?;
        let lists = program.complete_commands.iter();
        Some(lists.flat_map(|list| self.list(list)).collect())
    }

    fn find(&self, character: char) -> Option<&Mark> {
        let index = u32::from(character).checked_sub(Self::FIRST)?;
        self.0.get(usize::try_from(index).ok()?)
    }

    /// A text with what its marks stand for.
    fn restored(&self, text: &str) -> String {
        let mut restored = String::new();
        for character in text.chars() {
            match self.find(character) {
                // One that was replaced earlier.
                Some(mark) => restored.push_str(&self.restored(&mark.text)),
                None if character == GUARD => {}
                None => restored.push(character),
            }
        }
        restored
    }

    /// As it was written, on one line.
    fn written(&self, text: &str) -> String {
        let words = text.split_whitespace();
        self.restored(&words.collect::<Vec<_>>().join(" "))
    }

    /// A word without its quotes.
    fn word(&self, word: &ast::Word) -> String {
        let split = shlex::split(&word.value);
        self.restored(&split.map_or_else(|| word.value.clone(), |words| words.join(" ")))
    }

    fn list(&self, list: &ast::CompoundList) -> List {
        let items = list.0.iter();
        items
            .map(|ast::CompoundListItem(list, separator)| {
                let others = list.additional.iter().map(|other| match other {
                    ast::AndOr::And(pipeline) => (Joint::And, pipeline),
                    ast::AndOr::Or(pipeline) => (Joint::Or, pipeline),
                });
                let all = iter::once((Joint::Then, &list.first)).chain(others);
                Statement {
                    pipelines: all
                        .map(|(joint, pipeline)| (joint, self.pipeline(pipeline)))
                        .collect(),
                    is_beside: matches!(separator, ast::SeparatorOperator::Async),
                }
            })
            .collect()
    }

    fn pipeline(&self, pipeline: &ast::Pipeline) -> Pipeline {
        let mut parts: Vec<Part> = pipeline.seq.iter().map(|part| self.part(part)).collect();
        // `time` or `!` alone.
        if parts.is_empty() {
            parts.push(Part::Simple(text("!")));
        }
        Pipeline {
            is_negated: pipeline.bang,
            parts,
        }
    }

    fn part(&self, command: &ast::Command) -> Part {
        match command {
            ast::Command::Simple(command) => Part::Simple(self.simple(command)),
            ast::Command::Compound(command, redirections) => {
                Part::Compound(self.compound(command), self.redirections(redirections))
            }
            ast::Command::Function(function) => {
                let ast::FunctionBody(body, redirections) = &function.body;
                let body = Part::Compound(self.compound(body), self.redirections(redirections));
                let begin = format!("{}()", self.word(&function.fname));
                let body = vec![statement(vec![body])];
                Part::Compound(Compound::Other(begin, Vec::new(), body), Vec::new())
            }
            ast::Command::ExtendedTest(test, redirections) => {
                let test = self.written(&test.to_string());
                Part::Simple(Command {
                    path: "[[".to_owned(),
                    written: format!("[[ {test} ]]"),
                    arguments: vec![test],
                    redirections: self.redirections(redirections),
                    ..Command::default()
                })
            }
        }
    }

    fn compound(&self, command: &ast::CompoundCommand) -> Compound {
        use ast::CompoundCommand;
        let other = |begin: String, body: List| Compound::Other(begin, Vec::new(), body);
        match command {
            CompoundCommand::BraceGroup(group) => Compound::Group(self.list(&group.list)),
            CompoundCommand::Subshell(subshell) => Compound::Subshell(self.list(&subshell.list)),
            CompoundCommand::IfClause(clause) => {
                let mut branches = vec![(self.list(&clause.condition), self.list(&clause.then))];
                let mut otherwise = Vec::new();
                for other in clause.elses.iter().flatten() {
                    match &other.condition {
                        Some(condition) => {
                            branches.push((self.list(condition), self.list(&other.body)));
                        }
                        None => otherwise = self.list(&other.body),
                    }
                }
                Compound::If(branches, otherwise)
            }
            CompoundCommand::WhileClause(clause) => {
                let (condition, body) = (self.list(&clause.0), self.list(&clause.1.list));
                Compound::Other("while".to_owned(), condition, body)
            }
            CompoundCommand::UntilClause(clause) => {
                let (condition, body) = (self.list(&clause.0), self.list(&clause.1.list));
                Compound::Other("until".to_owned(), condition, body)
            }
            CompoundCommand::ForClause(clause) => {
                let values = clause.values.iter().flatten();
                let values: Vec<String> = values.map(ToString::to_string).collect();
                let begin = format!("for {} in {}", clause.variable_name, values.join(" "));
                other(self.written(&begin), self.list(&clause.body.list))
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                other("for ((…))".to_owned(), self.list(&clause.body.list))
            }
            CompoundCommand::CaseClause(clause) => {
                let arms = clause.cases.iter().filter_map(|arm| arm.cmd.as_ref());
                let begin = self.written(&format!("case {} in", clause.value));
                other(begin, arms.flat_map(|arm| self.list(arm)).collect())
            }
            CompoundCommand::Coprocess(coprocess) => {
                let body = vec![statement(vec![self.part(&coprocess.body)])];
                other("coproc".to_owned(), body)
            }
            CompoundCommand::Arithmetic(arithmetic) => {
                let begin = format!("(({}))", arithmetic.expr.value);
                other(self.written(&begin), Vec::new())
            }
        }
    }

    fn simple(&self, simple: &ast::SimpleCommand) -> Command {
        use ast::CommandPrefixOrSuffixItem as Item;
        let mut command = Command::default();
        let mut written = Vec::new();
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        for item in prefix {
            match item {
                Item::AssignmentWord(assignment, word) => {
                    let value = match &assignment.value {
                        ast::AssignmentValue::Scalar(value) => self.word(value),
                        array @ ast::AssignmentValue::Array(_) => self.written(&array.to_string()),
                    };
                    command.env.push((assignment.name.to_string(), value));
                    written.push(self.written(&word.value));
                }
                Item::IoRedirect(redirection) => {
                    let redirection = self.redirection(redirection);
                    written.push(redirection.written.clone());
                    command.redirections.push(redirection);
                }
                Item::Word(_) | Item::ProcessSubstitution(..) => {}
            }
        }
        if let Some(word) = &simple.word_or_name {
            command.path = self.word(word);
            written.push(self.written(&word.value));
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                Item::AssignmentWord(_, word) | Item::Word(word) => {
                    command.arguments.push(self.word(word));
                    written.push(self.written(&word.value));
                }
                Item::ProcessSubstitution(kind, subshell) => {
                    let text = self.written(&format!("{kind}({})", subshell.list));
                    command.arguments.push(text.clone());
                    written.push(text);
                }
                Item::IoRedirect(redirection) => {
                    let redirection = self.redirection(redirection);
                    written.push(redirection.written.clone());
                    command.redirections.push(redirection);
                }
            }
        }
        command.written = written.join(" ");
        command
    }

    fn redirections(&self, list: &Option<ast::RedirectList>) -> Vec<Redirection> {
        let all = list.iter().flat_map(|list| &list.0);
        all.map(|own| self.redirection(own)).collect()
    }

    fn redirection(&self, redirection: &ast::IoRedirect) -> Redirection {
        use ast::{IoFileRedirectKind, IoFileRedirectTarget, IoRedirect};
        let (number, sign, kind, word) = match redirection {
            IoRedirect::File(number, sign, target) => {
                let (kind, word) = match target {
                    IoFileRedirectTarget::Filename(word) => match sign {
                        IoFileRedirectKind::Read => (Kind::Read, word.clone()),
                        _ => (Kind::Write, word.clone()),
                    },
                    IoFileRedirectTarget::Duplicate(word)
                        if word
                            .value
                            .contains(|c: char| !c.is_ascii_digit() && c != '-')
                            && !word.value.contains('$') =>
                    {
                        (Kind::Write, word.clone())
                    }
                    other => (Kind::Descriptor, ast::Word::new(&other.to_string())),
                };
                (number, sign.to_string(), kind, word)
            }
            IoRedirect::OutputAndError(word, is_append) => {
                let sign = if *is_append { "&>>" } else { "&>" };
                (&None, sign.to_owned(), Kind::Write, word.clone())
            }
            IoRedirect::HereString(number, word) => {
                let mark = word.value.chars().next().and_then(|c| self.find(c));
                if let Some(Mark {
                    text,
                    document: Some((document, kind)),
                }) = mark
                {
                    return Redirection {
                        kind: *kind,
                        target: document.clone(),
                        written: text.clone(),
                    };
                }
                (number, "<<<".to_owned(), Kind::Text, word.clone())
            }
            // They were taken out.
            IoRedirect::HereDocument(number, text) => {
                (number, "<<".to_owned(), Kind::Text, text.doc.clone())
            }
        };
        let number = number.map_or_else(String::new, |number| number.to_string());
        let space = if kind == Kind::Descriptor { "" } else { " " };
        let target = self.written(&word.value);
        Redirection {
            kind,
            target: self.word(&word),
            written: format!("{number}{sign}{space}{target}"),
        }
    }
}

/// How long an expansion behind its `$` is, if nothing in it is quoted or expanded in turn.
fn plain_length(text: &str) -> Option<usize> {
    const QUOTES: [char; 6] = ['\'', '"', '\\', '`', '$', '\n'];
    let (open, close, others) = match text {
        text if text.starts_with("((") => ("((", "))", ['(', ')', ')']),
        text if text.starts_with('(') => ("(", ")", ['(', ')', '#']),
        text if text.starts_with('{') => ("{", "}", ['{', '}', '}']),
        _ => return None,
    };
    let inner = &text[open.len()..];
    let end = inner.find(|c| QUOTES.contains(&c) || others.contains(&c))?;
    let is_plain = inner[end..].starts_with(close);
    is_plain.then(|| open.len() + end + close.len())
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

    proptest! {
        #[test]
        fn any_script_comes_to_an_end(
            script in r#"([a-z$(){}'"`<>&|;\\/*?~!#0-9\[\]= \n\t-]|\$\(|\$\{|<<-?A|\nA\n|<<'A'|if |; then |; fi|case a in |esac|;;|\[\[|\]\]|for i in |; do |; done|é|\r\n){0,40}"#
        ) {
            commands(&script);
        }
    }
}
