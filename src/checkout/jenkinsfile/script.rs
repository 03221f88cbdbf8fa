//! The calls and assignments of a Jenkinsfile, each with the stage and the condition that it stands under.
//!
//! Scripted and declarative pipelines are the same here: names, arguments and blocks. Nothing that may run is passed over: what has a call in it and is no
//! call, such as a loop or an expression, is handed on as a [`Call`] of its own, so that whoever reads the script has to say what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::branches::Branches;
use crate::checkout::groovy::{Piece, Text};

/// Everything that is called and assigned, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) calls: Vec<Call>,
    pub(super) assignments: Vec<Assignment>,
    /// How often something is written to each name, also where that is no statement of its own: parameters and the variables of loops count.
    pub(super) writes: BTreeMap<String, usize>,
    /// What `@Library` imports.
    pub(super) imports: Vec<Text>,
    /// The functions that it defines itself.
    pub(super) functions: BTreeSet<String>,
}

/// `name = value`, where that is a statement.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) value: Value,
    /// The value as it was written, in one line that is not too long.
    pub(super) written: String,
    pub(super) line: usize,
    /// Whether it sets a variable of the environment.
    pub(super) is_environment: bool,
    /// Whether the name has this value wherever it is seen, rather than on some ways through the script.
    pub(super) is_certain: bool,
}

/// One call, or another thing that decides what runs.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Its name, with the names before a point. A condition, loop or function has its keyword here, and any other expression nothing.
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) arguments: Vec<Argument>,
    pub(super) scope: Scope,
    /// Whether a block follows.
    pub(super) has_block: bool,
    /// Where it stands, without its block.
    pub(super) range: Range<usize>,
    /// Where its block ends.
    pub(super) end: usize,
    /// It as it was written, without its block, in one line that is not too long.
    pub(super) written: String,
    /// What a condition asks for, if it asks for branches alone.
    pub(super) branches: Option<Branches>,
}

/// Where a call stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// The innermost stage.
    pub(super) stage: Option<Rc<str>>,
    /// The branches that it happens on.
    pub(super) branches: Option<Branches>,
    /// Whether there is a condition that is not understood.
    pub(super) is_conditional: bool,
    /// The call whose block this is.
    pub(super) block: Option<Rc<str>>,
    /// The part of a declarative `post`.
    pub(super) post: Option<Rc<str>>,
    /// Whether it may be passed over, or run again, without a condition that is looked at: in a loop, a `switch` or a `catch`.
    pub(super) is_uncertain: bool,
    /// Whether the script goes on if it fails.
    pub(super) may_fail: bool,
}

/// An argument, or an entry of a list or map.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    pub(super) key: Option<String>,
    pub(super) value: Value,
    /// It as it was written, in one line that is not too long.
    pub(super) written: String,
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
    /// Anything else, and whatever goes on behind what was understood.
    Other,
}

impl Script {
    /// The calls between two places.
    pub(super) fn below(&self, start: usize, end: usize) -> impl Iterator<Item = &Call> {
        let first = self.calls.partition_point(|call| call.range.start < start);
        let calls = self.calls.iter().skip(first);
        calls.take_while(move |call| call.end <= end)
    }
}

impl Assignment {
    /// Whether it says nothing yet: `def tag = ''`.
    pub(super) fn is_blank(&self) -> bool {
        match &self.value {
            Value::Text(text) => {
                text.is_empty() || literal(text).is_some_and(|text| text.is_empty())
            }
            Value::Path(path) => path == "null",
            _ => false,
        }
    }
}

impl Call {
    /// All arguments; those of a map that is the only argument count as well, as in `step([$class: …])`.
    pub(super) fn all(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().flat_map(|argument| {
            let is_map = argument.key.as_deref().is_none_or(|key| key == "target");
            match &argument.value {
                Value::Items(items) if is_map && items.iter().any(|item| item.key.is_some()) => {
                    items.as_slice()
                }
                _ => std::slice::from_ref(argument),
            }
        })
    }

    /// The argument of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let mut found = self
            .all()
            .filter(|argument| argument.key.as_deref() == Some(key));
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
