//! A Dockerfile as a build sees it: stages, what each is made from, and what its instructions name. The syntax is read by the crate `parse_dockerfile`;
//! this adds what the [reference](https://docs.docker.com/reference/dockerfile/) says about scopes.
//!
//! Every part has its range of bytes, from which [`Dockerfile::place`] makes what a diagnostic points at.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use camino::Utf8Path;
use parse_dockerfile as syntax;

use super::has_word;
use super::heredoc::{HereDoc, mask};
use super::lexer::{Characters, characters, words};
use super::refused::{Refused, refused};
use super::writes::below;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, Source};

const UNREADABLE: &str = "the Dockerfile can't be read";

/// A whole Dockerfile. It has at least one stage.
#[derive(Debug)]
pub struct Dockerfile {
    /// Its text.
    pub source: Arc<Source>,
    /// The `ARG`s before the first `FROM`: known in `FROM`s, and where a stage declares the name again.
    pub global_args: Vec<Arg>,
    /// The stages in the order written.
    pub stages: Vec<Stage>,
}

/// One stage, from its `FROM` to the next one.
#[derive(Debug)]
pub struct Stage {
    /// Its number, from 0.
    pub index: usize,
    /// Its name, if it has one. Upper and lower case are the same.
    pub name: Option<Word>,
    /// What stands after `FROM`: an image or a stage.
    pub base: Word,
    /// The earlier stage that `base` names.
    pub parent: Option<usize>,
    /// The `FROM`, and what it names.
    pub from: Instruction,
    /// What runs in it: the `ONBUILD`s of the stage that it is made from, and all that follows.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Debug)]
pub struct Instruction {
    /// From its keyword to the end of its last line, here-documents included.
    pub range: Range<usize>,
    /// The variables that it names with `$`, such as `${version}`, without the dollar and the braces.
    pub variables: Vec<Word>,
    /// What it says.
    pub kind: Kind,
}

/// What an instruction says, as far as anyone asks.
#[derive(Debug)]
pub enum Kind {
    /// `ARG`.
    Arg(Vec<Arg>),
    /// `ENV`.
    Env(Vec<(Word, Word)>),
    /// `LABEL`.
    Label(Vec<(Word, Word)>),
    /// `RUN`.
    Run(Run),
    /// `COPY` or `ADD`.
    Copy(Copy),
    /// `EXPOSE`: ports, with their protocols as written.
    Expose(Vec<Word>),
    /// `WORKDIR`.
    Workdir(Word),
    /// `SHELL`: its words.
    Shell(Vec<String>),
    /// Any other.
    Other,
}

/// A piece of text with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without quotes, escapes and line continuations; variables are not filled in.
    pub value: String,
    /// Where it stands, with its quotes.
    pub range: Range<usize>,
}

/// One declared build argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: Word,
    /// Its default.
    pub default: Option<Word>,
}

/// A `RUN`.
#[derive(Debug)]
pub struct Run {
    /// Its `--mount`s.
    pub mounts: Vec<Mount>,
    /// What runs: the text for the shell without line continuations, or the words of the exec form with spaces between them; then the here-documents,
    /// with the lines that end them. One without a command is the script.
    pub script: String,
    /// Whether it is the exec form, which no shell reads.
    pub is_exec: bool,
}

/// A `--mount` of a `RUN`.
#[derive(Debug)]
pub struct Mount {
    /// The whole flag.
    pub range: Range<usize>,
    /// `bind`, `cache`, `tmpfs`, `secret` or `ssh`.
    pub kind: String,
    options: Vec<(String, Option<String>)>,
}

impl Mount {
    /// The value of one of these option names, such as `target` or `dst`.
    pub fn option(&self, names: &[&str]) -> Option<&str> {
        let mut options = self.options.iter();
        let (_, value) = options.find(|(name, _)| names.contains(&name.as_str()))?;
        value.as_deref()
    }

    /// The id of a secret or an SSH agent. That of a secret is the file name of its target if it is not given; `None` if that is missing too.
    pub fn id(&self) -> Option<&str> {
        self.option(&["id", "source", "src"]).or_else(|| {
            let target = self.option(&["target", "dst", "destination"])?;
            target.rsplit('/').next().filter(|name| !name.is_empty())
        })
    }

    /// Whether what is written to this path of the `RUN` that runs in a folder is in no layer.
    pub fn hides(&self, folder: Option<&Utf8Path>, path: &Utf8Path) -> bool {
        let target = self.option(&["target", "dst", "destination"]);
        let target = target.and_then(|target| below(folder, target));
        target.is_some_and(|target| path.starts_with(target))
    }

    /// Whether the `RUN` fails without it; BuildKit's default is no.
    pub fn is_required(&self) -> bool {
        let mut options = self.options.iter();
        options.any(|(name, value)| {
            name == "required"
                && value
                    .as_deref()
                    .is_none_or(|value| value.eq_ignore_ascii_case("true") || value == "1")
        })
    }
}

/// A `COPY` or `ADD`.
#[derive(Debug)]
pub struct Copy {
    /// What `--from` names: a stage, its number, an image or a named context.
    pub from: Option<Word>,
    /// The stage that `from` names.
    pub from_stage: Option<usize>,
    /// What is copied; here-documents are left out.
    pub sources: Vec<Word>,
    /// Where to.
    pub destination: Word,
    /// What `--exclude`s name, below what is copied.
    pub excluded: Vec<String>,
}

impl Dockerfile {
    /// Reads a Dockerfile.
    ///
    /// # Errors
    ///
    /// With the first place where it is none.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Box<Diagnostic>> {
        let escape = escape(&source.text);
        let (masked, here_docs) = mask(&source.text, escape).map_err(|range| {
            let message = format!("{UNREADABLE}: nothing ends this here-document");
            let place = Place {
                source: Arc::clone(source),
                range,
            };
            Box::new(Diagnostic::new(Code::InvalidDockerfile, place, message))
        })?;
        let broken = |error| Box::new(broken(source, &error));
        let reader = Reader {
            text: &source.text,
            escape,
            here_docs,
        };
        let mut global_args = Vec::new();
        let mut stages: Vec<Stage> = Vec::new();
        // What each stage leaves to those that are made from it.
        let mut left: Vec<Vec<syntax::Instruction<'_>>> = Vec::new();
        // Not `parse`, which refuses two stages of one name: BuildKit takes the later one.
        for instruction in syntax::parse_iter(&masked).map_err(broken)? {
            let instruction = instruction.map_err(broken)?;
            if let Some((range, what)) = reader.refused(&instruction) {
                let place = Place {
                    source: Arc::clone(source),
                    range,
                };
                let message = format!("{UNREADABLE}: {what}");
                return Err(Box::new(Diagnostic::new(
                    Code::InvalidDockerfile,
                    place,
                    message,
                )));
            }
            match instruction {
                syntax::Instruction::From(from) => {
                    let base = word(&from.image);
                    let parent = named(&stages, &base.value);
                    let inherited = parent.and_then(|parent| left.get(parent));
                    let inherited = inherited.into_iter().flatten();
                    stages.push(Stage {
                        index: stages.len(),
                        name: from.as_.as_ref().map(|(_, name)| word(name)),
                        parent,
                        base,
                        from: reader.instruction(&from.from, Kind::Other),
                        instructions: inherited.map(|it| reader.read(it, &stages)).collect(),
                    });
                    left.push(Vec::new());
                }
                instruction => match stages.split_last_mut() {
                    Some((stage, earlier)) => {
                        let read = reader.read(&instruction, earlier);
                        stage.instructions.push(read);
                        if let (syntax::Instruction::Onbuild(it), Some(left)) =
                            (instruction, left.last_mut())
                        {
                            left.push(*it.instruction);
                        }
                    }
                    None => {
                        if let syntax::Instruction::Arg(arg) = &instruction {
                            global_args.extend(reader.args(&arg.arg));
                        }
                    }
                },
            }
        }
        Ok(Self {
            source: Arc::clone(source),
            global_args,
            stages,
        })
    }

    /// The place of a part.
    pub fn place(&self, range: &Range<usize>) -> Place {
        Place {
            source: Arc::clone(&self.source),
            range: range.clone(),
        }
    }

    /// The image that a stage is made from, with the defaults of the arguments in its name. Another value for one of them may be given; what has none stays.
    pub fn base_image(&self, stage: &Stage, given: impl Fn(&str) -> Option<String>) -> String {
        let mut image = String::new();
        let mut rest = stage.base.value.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            image.push_str(before);
            let (name, default, behind) = variable(after);
            let declared = self.global_args.iter().find(|arg| arg.name.value == name);
            let own = declared.and_then(|arg| Some(arg.default.as_ref()?.value.clone()));
            match given(name).or(own).or(default.map(str::to_owned)) {
                Some(value) => image.push_str(&value),
                None => {
                    image.push('$');
                    image.push_str(&after[..after.len() - behind.len()]);
                }
            }
            rest = behind;
        }
        image + rest
    }

    /// The variables in the name of a base image that no argument of the whole file gives a value.
    pub fn unset_in_base<'a>(
        &'a self,
        stage: &'a Stage,
        given: impl Fn(&str) -> bool,
    ) -> Vec<&'a Word> {
        let is_set = |word: &Word| {
            let mut args = self.global_args.iter();
            args.any(|arg| {
                arg.name.value == word.value && (arg.default.is_some() || given(&word.value))
            })
        };
        // `${name:-value}`
        let has_default = |word: &Word| {
            let (before, behind) = (word.range.start, word.range.end);
            self.source.text[..before].ends_with('{')
                && self.source.text[behind..].starts_with([':', '-', '+'])
        };
        let variables = stage.from.variables.iter();
        let of_base = variables.filter(|word| stage.base.range.contains(&word.range.start));
        of_base
            .filter(|word| !is_set(word) && !has_default(word))
            .collect()
    }

    /// The stage that a build has as its target: that of this name, or the last one if no target is given. BuildKit takes a number in `--from` alone.
    pub fn target(&self, target: Option<&str>) -> Option<&Stage> {
        match target {
            Some(target) => named(&self.stages, target).and_then(|index| self.stages.get(index)),
            None => self.stages.last(),
        }
    }

    /// The stage before this one that a `--from` names.
    pub fn earlier(&self, stage: &Stage, from: &str) -> Option<&Stage> {
        let earlier = &self.stages[..stage.index];
        earlier.get(referred(earlier, from)?)
    }

    /// The stages that building this one needs, itself included: what it is made from, and what it copies and mounts from. In the order written.
    pub fn reached(&self, stage: &Stage) -> Vec<&Stage> {
        let mut reached = BTreeSet::from([stage.index]);
        // Only earlier stages can be named, so that one pass from the last to the first finds all.
        for stage in self.stages[..=stage.index].iter().rev() {
            if reached.contains(&stage.index) {
                reached.extend(stage.parent);
                reached.extend(stage.instructions.iter().flat_map(|instruction| {
                    let stages = &self.stages[..stage.index];
                    match &instruction.kind {
                        Kind::Copy(copy) => copy.from_stage.into_iter().collect(),
                        Kind::Run(run) => {
                            let from = run
                                .mounts
                                .iter()
                                .filter_map(|mount| mount.option(&["from"]));
                            from.filter_map(|from| referred(stages, from)).collect()
                        }
                        _ => Vec::new(),
                    }
                }));
            }
        }
        reached
            .into_iter()
            .filter_map(|index| self.stages.get(index))
            .collect()
    }

    /// A stage and those that it is made from, the earliest first: the instructions whose results it has.
    pub fn lineage<'a>(&'a self, stage: &'a Stage) -> Vec<&'a Stage> {
        let mut lineage = vec![stage];
        let mut parent = stage.parent;
        while let Some(stage) = parent.and_then(|index| self.stages.get(index)) {
            lineage.push(stage);
            parent = stage.parent;
        }
        lineage.reverse();
        lineage
    }

    /// The instructions that can see an argument: for one that a stage declares, those after it in the stage and in all that are made from this
    /// stage; for a global one the `FROM`s.
    pub fn scope(&self, arg: &Arg) -> Vec<&Instruction> {
        let at = arg.name.range.start;
        let declares = |stage: &&Stage| {
            let range = |instruction: &Instruction| instruction.range.contains(&at);
            stage.instructions.iter().any(range)
        };
        let Some(declaring) = self.stages.iter().find(declares) else {
            return self.stages.iter().map(|stage| &stage.from).collect();
        };
        // A stage is made from an earlier one, so that one pass finds all.
        let mut heirs = vec![false; self.stages.len()];
        for stage in &self.stages[declaring.index..] {
            let inherits = stage.parent.is_some_and(|parent| heirs[parent]);
            heirs[stage.index] = inherits || stage.index == declaring.index;
        }
        self.stages
            .iter()
            .filter(|stage| heirs[stage.index])
            .flat_map(|stage| &stage.instructions)
            .filter(|instruction| instruction.range.end > at)
            .collect()
    }

    /// What each `COPY` and `ADD` takes from the build context, with the stage that it stands in. `--from`, here-documents and URLs take nothing from there.
    pub fn copied_paths(&self) -> impl Iterator<Item = (&Stage, Vec<&Word>)> {
        let instructions = self
            .stages
            .iter()
            .flat_map(|stage| stage.instructions.iter().map(move |it| (stage, it)));
        instructions.filter_map(|(stage, instruction)| match &instruction.kind {
            Kind::Copy(copy) if copy.from.is_none() => {
                let sources = copy.sources.iter();
                Some((
                    stage,
                    sources.filter(|path| !is_remote(&path.value)).collect(),
                ))
            }
            _ => None,
        })
    }

    /// Whether an instruction names a variable: with `$`, or, in a `RUN`, as a word of its own, because arguments are in its environment.
    pub fn names(&self, instruction: &Instruction, variable: &str) -> bool {
        let by_dollar = instruction
            .variables
            .iter()
            .any(|word| word.value == variable);
        by_dollar
            || match &instruction.kind {
                Kind::Run(run) => has_word(&run.script, variable),
                _ => false,
            }
    }
}

impl Stage {
    /// The arguments that it declares, each with the number of its instruction.
    pub fn args(&self) -> impl Iterator<Item = (usize, &Arg)> {
        let instructions = self.instructions.iter().enumerate();
        instructions.flat_map(|(index, instruction)| {
            let args = match &instruction.kind {
                Kind::Arg(args) => args.as_slice(),
                _ => &[],
            };
            args.iter().map(move |arg| (index, arg))
        })
    }

    /// How a message calls it: `build`, or `2` if it has no name.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => name.value.clone(),
            None => self.index.to_string(),
        }
    }
}

/// The escape character: a directive at the beginning may name another one. https://docs.docker.com/reference/dockerfile/#escape
fn escape(text: &str) -> char {
    for line in text.lines() {
        let directive = line.strip_prefix('#').and_then(|line| line.split_once('='));
        let Some((name, value)) = directive else {
            break;
        };
        match (name.trim().to_lowercase().as_str(), value.trim()) {
            ("escape", "`") => return '`',
            ("escape" | "syntax" | "check", _) => {}
            _ => break,
        }
    }
    '\\'
}

/// What the parser says, as a diagnostic of the line that it names.
fn broken(source: &Arc<Source>, error: &syntax::Error) -> Diagnostic {
    let mut start = 0;
    let mut range = 0..0;
    for (index, line) in source.text.split_inclusive('\n').enumerate() {
        if index + 1 == error.line() {
            range = start..start + line.trim_end().len();
        }
        start += line.len();
    }
    let place = Place {
        source: Arc::clone(source),
        range,
    };
    // The alternate form has no line and column.
    let message = format!("{UNREADABLE}: {error:#}");
    Diagnostic::new(Code::InvalidDockerfile, place, message)
}

/// The stage of this name; of several the last one.
fn named(stages: &[Stage], name: &str) -> Option<usize> {
    stages.iter().rposition(|stage| {
        let own = stage.name.as_ref();
        own.is_some_and(|own| own.value.eq_ignore_ascii_case(name))
    })
}

/// The stage that a `--from` names: by its name, or by its number.
fn referred(stages: &[Stage], from: &str) -> Option<usize> {
    let number = || from.parse().ok().filter(|index| *index < stages.len());
    named(stages, from).or_else(number)
}

fn word(text: &syntax::UnescapedString<'_>) -> Word {
    Word {
        value: text.value.as_ref().to_owned(),
        range: text.span.clone(),
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether `ADD` fetches it: a URL, or a Git repository as SSH names it.
fn is_remote(source: &str) -> bool {
    let is_of_ssh = || {
        let (user, rest) = source.split_once('@')?;
        let (host, _) = rest.split_once(':')?;
        Some(!user.contains('/') && !host.contains('/'))
    };
    source.contains("://") || is_of_ssh() == Some(true)
}

/// Reads what the parser leaves as text.
struct Reader<'a> {
    text: &'a str,
    escape: char,
    here_docs: Vec<HereDoc>,
}

impl Reader<'_> {
    /// The first thing in an instruction that BuildKit refuses.
    fn refused(&self, instruction: &syntax::Instruction<'_>) -> Option<Refused> {
        match instruction {
            syntax::Instruction::Env(env) => self.refused_pair("ENV", &env.env),
            syntax::Instruction::Label(label) => self.refused_pair("LABEL", &label.label),
            _ => refused(instruction),
        }
    }

    /// A name without a value; in the older form, all that follows the first name is its value.
    fn refused_pair(&self, name: &str, keyword: &syntax::Keyword) -> Option<Refused> {
        let words = self.words(keyword);
        let has_equals = |word: &Characters| word.iter().any(|(_, c)| *c == '=');
        let lacking = match words.first() {
            Some(first) if has_equals(first) => words.iter().find(|word| !has_equals(word)),
            Some(first) if words.len() == 1 => Some(first),
            _ => None,
        };
        let word = self.word(lacking?)?;
        let told = format!("`{}` has no value: `{name} name=value`", word.value);
        Some((word.range, told))
    }

    fn read(&self, instruction: &syntax::Instruction<'_>, earlier: &[Stage]) -> Instruction {
        use syntax::Instruction as Written;
        match instruction {
            Written::Arg(arg) => self.instruction(&arg.arg, Kind::Arg(self.args(&arg.arg))),
            Written::Env(env) => self.instruction(&env.env, Kind::Env(self.pairs(&env.env))),
            Written::Label(label) => {
                let kind = Kind::Label(self.pairs(&label.label));
                self.instruction(&label.label, kind)
            }
            Written::Run(run) => {
                let kind = Kind::Run(self.run(run));
                self.instruction(&run.run, kind)
            }
            Written::Copy(copy) => {
                self.copy(&copy.copy, &copy.options, &copy.src, &copy.dest, earlier)
            }
            Written::Add(add) => self.copy(&add.add, &add.options, &add.src, &add.dest, earlier),
            Written::Expose(expose) => {
                let ports = expose.arguments.iter().map(word).collect();
                self.instruction(&expose.expose, Kind::Expose(ports))
            }
            Written::Workdir(workdir) => {
                let kind = Kind::Workdir(word(&workdir.arguments));
                self.instruction(&workdir.workdir, kind)
            }
            Written::Cmd(cmd) => self.instruction(&cmd.cmd, Kind::Other),
            Written::Entrypoint(it) => self.instruction(&it.entrypoint, Kind::Other),
            Written::Healthcheck(it) => self.instruction(&it.healthcheck, Kind::Other),
            Written::Maintainer(it) => self.instruction(&it.maintainer, Kind::Other),
            Written::Onbuild(it) => self.instruction(&it.onbuild, Kind::Other),
            Written::Shell(it) => {
                let words = it
                    .arguments
                    .iter()
                    .map(|word| word.value.as_ref().to_owned());
                self.instruction(&it.shell, Kind::Shell(words.collect()))
            }
            Written::Stopsignal(it) => self.instruction(&it.stopsignal, Kind::Other),
            Written::User(it) => self.instruction(&it.user, Kind::Other),
            Written::Volume(it) => self.instruction(&it.volume, Kind::Other),
            // The enum may grow with the language: what is unknown has no place and says nothing.
            _ => Instruction {
                range: 0..0,
                variables: Vec::new(),
                kind: Kind::Other,
            },
        }
    }

    /// The instruction that begins with this keyword.
    fn instruction(&self, keyword: &syntax::Keyword, kind: Kind) -> Instruction {
        let lines = self.lines(keyword);
        // In a `RUN` it is the shell that fills in, and what stands in single quotes may be a script in turn.
        let quotes = !matches!(kind, Kind::Run(_));
        let mut variables = variables(&self.characters(lines.clone()), self.escape, quotes);
        let mut end = lines.end;
        for here_doc in self.here_docs(&lines) {
            end = here_doc.end;
            let start = here_doc.body.start;
            let body = self.text[here_doc.body.clone()].char_indices();
            let body: Characters = body.map(|(offset, c)| (start + offset, c)).collect();
            variables.extend(self::variables(&body, self.escape, false));
        }
        Instruction {
            range: lines.start..end,
            variables,
            kind,
        }
    }

    /// From the keyword to the end of its line, over line continuations and the comments between them.
    fn lines(&self, keyword: &syntax::Keyword) -> Range<usize> {
        let start = keyword.span.start;
        let characters = self.characters(start..self.text.len());
        let end = characters.iter().find(|(_, c)| *c == '\n');
        let end = end.map_or(self.text.len(), |(offset, _)| *offset);
        start..start + self.text[start..end].trim_end().len()
    }

    fn characters(&self, range: Range<usize>) -> Characters {
        characters(self.text, self.escape, range)
    }

    /// The words after a keyword.
    fn words(&self, keyword: &syntax::Keyword) -> Vec<Characters> {
        let lines = self.lines(keyword);
        let rest = self.characters(keyword.span.end.min(lines.end)..lines.end);
        words(&rest, self.escape)
    }

    /// The here-documents that are announced in a range.
    fn here_docs(&self, lines: &Range<usize>) -> impl Iterator<Item = &HereDoc> {
        let here_docs = self.here_docs.iter();
        here_docs.filter(|here_doc| lines.contains(&here_doc.marker.start))
    }

    /// The declarations after `ARG`. What looks like a comment at the end of the line is meant as one, though BuildKit takes its words for more names.
    fn args(&self, keyword: &syntax::Keyword) -> Vec<Arg> {
        let words = self.words(keyword).into_iter();
        words
            .take_while(|word| word.first().is_none_or(|(_, first)| *first != '#'))
            .filter_map(|word| {
                let (name, default) = self.split(&word);
                Some(Arg {
                    name: name?,
                    default,
                })
            })
            .collect()
    }

    /// The names and values after `ENV` and `LABEL`, in the older form `ENV name value` too.
    fn pairs(&self, keyword: &syntax::Keyword) -> Vec<(Word, Word)> {
        let words = self.words(keyword);
        let is_older = words
            .first()
            .is_some_and(|word| word.iter().all(|(_, c)| *c != '='));
        if is_older {
            let name = words.first().and_then(|word| self.word(word));
            let value = self.word(&words[1..].join(&(0, ' ')));
            return name.zip(value).into_iter().collect();
        }
        words
            .iter()
            .filter_map(|word| {
                let (name, value) = self.split(word);
                name.zip(value)
            })
            .collect()
    }

    /// What stands before and after `=`. An empty value stands at the end.
    fn split(&self, characters: &[(usize, char)]) -> (Option<Word>, Option<Word>) {
        let Some(equals) = characters.iter().position(|(_, c)| *c == '=') else {
            return (self.word(characters), None);
        };
        let end = characters[equals].0 + 1;
        let empty = Word {
            value: String::new(),
            range: end..end,
        };
        let value = self.word(&characters[equals + 1..]).unwrap_or(empty);
        (self.word(&characters[..equals]), Some(value))
    }

    /// A word without its quotes and escapes; `None` if there is nothing.
    fn word(&self, characters: &[(usize, char)]) -> Option<Word> {
        let (start, _) = characters.first()?;
        let (last, c) = characters.last()?;
        let mut value = String::new();
        let mut quote = None;
        let mut is_escaped = false;
        for (_, c) in characters {
            match *c {
                c if is_escaped => {
                    value.push(c);
                    is_escaped = false;
                }
                c if c == self.escape && quote != Some('\'') => is_escaped = true,
                c @ ('"' | '\'') if quote == Some(c) => quote = None,
                c @ ('"' | '\'') if quote.is_none() => quote = Some(c),
                c => value.push(c),
            }
        }
        Some(Word {
            value,
            range: *start..last + c.len_utf8(),
        })
    }

    fn run(&self, run: &syntax::RunInstruction<'_>) -> Run {
        let mut script = match &run.arguments {
            syntax::Command::Exec(words) => {
                let words: Vec<&str> = words.value.iter().map(|word| word.value.as_ref()).collect();
                words.join(" ")
            }
            syntax::Command::Shell(text) => self
                .characters(text.span.clone())
                .into_iter()
                .map(|(_, c)| c)
                .collect(),
            _ => String::new(),
        };
        let is_announced_alone = script.starts_with("<<") && !script.contains(char::is_whitespace);
        for here_doc in self.here_docs(&self.lines(&run.run)) {
            if is_announced_alone {
                script = self.text[here_doc.body.clone()].to_owned();
                break;
            }
            script.push('\n');
            script.push_str(&self.text[here_doc.body.start..here_doc.end]);
        }
        let mounts = run.options.iter().filter(|flag| flag.name.value == "mount");
        let mounts = mounts.filter_map(|flag| {
            let value = flag.value.as_ref()?.value.as_ref();
            Some(mount(flag.span(), value))
        });
        Run {
            mounts: mounts.collect(),
            script,
            is_exec: matches!(run.arguments, syntax::Command::Exec(_)),
        }
    }

    fn copy(
        &self,
        keyword: &syntax::Keyword,
        options: &[syntax::Flag<'_>],
        sources: &[syntax::Source<'_>],
        destination: &syntax::UnescapedString<'_>,
        earlier: &[Stage],
    ) -> Instruction {
        let from = options.iter().find(|flag| flag.name.value == "from");
        let from = from.and_then(|flag| flag.value.as_ref()).map(word);
        let is_path = |path: &Word| {
            let mut here_docs = self.here_docs.iter();
            !here_docs.any(|here_doc| here_doc.marker.contains(&path.range.start))
        };
        let paths = sources.iter().filter_map(|source| match source {
            syntax::Source::Path(path) => Some(word(path)).filter(is_path),
            _ => None,
        });
        let excluded = options.iter().filter(|flag| flag.name.value == "exclude");
        let excluded = excluded.filter_map(|flag| Some(flag.value.as_ref()?.value.to_string()));
        let kind = Kind::Copy(Copy {
            excluded: excluded.collect(),
            from_stage: from
                .as_ref()
                .and_then(|from| referred(earlier, &from.value)),
            from,
            sources: paths.collect(),
            destination: word(destination),
        });
        self.instruction(keyword, kind)
    }
}

/// `type=secret,id=npm,required`: comma-separated, each perhaps in double quotes.
fn mount(range: Range<usize>, value: &str) -> Mount {
    let options: Vec<(String, Option<String>)> = value
        .split(',')
        .map(|option| option.trim().trim_matches('"'))
        .map(|option| match option.split_once('=') {
            Some((name, value)) => (name.to_lowercase(), Some(value.to_owned())),
            None => (option.to_lowercase(), None),
        })
        .collect();
    let mut mount = Mount {
        range,
        kind: String::new(),
        options,
    };
    let kind = mount.option(&["type"]).unwrap_or("bind");
    mount.kind = kind.to_lowercase();
    mount
}

/// The name of a variable behind its `$`, its default in `${name:-default}`, and what follows.
fn variable(text: &str) -> (&str, Option<&str>, &str) {
    match text
        .strip_prefix('{')
        .and_then(|inner| inner.split_once('}'))
    {
        Some((inner, behind)) => {
            let end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
            let (name, modifier) = inner.split_at(end);
            let default = modifier
                .strip_prefix(":-")
                .or_else(|| modifier.strip_prefix('-'));
            (name, default, behind)
        }
        None => {
            let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
            let (name, behind) = text.split_at(end);
            (name, None, behind)
        }
    }
}

/// The names after `$` and `${`, as far as they are not escaped.
fn variables(characters: &[(usize, char)], escape: char, quotes: bool) -> Vec<Word> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut index = 0;
    while let Some((_, c)) = characters.get(index) {
        index += 1;
        match *c {
            // What is escaped is no quote and no dollar.
            c if c == escape && quote != Some('\'') => index += 1,
            c @ ('"' | '\'') if quotes && quote == Some(c) => quote = None,
            c @ ('"' | '\'') if quotes && quote.is_none() => quote = Some(c),
            '$' if quote != Some('\'') => {
                if characters.get(index).is_some_and(|(_, c)| *c == '{') {
                    index += 1;
                }
                let rest = characters.get(index..).unwrap_or_default();
                let name: Vec<_> = rest.iter().take_while(|(_, c)| is_name(*c)).collect();
                if let (Some((start, _)), Some((last, _))) = (name.first(), name.last()) {
                    found.push(Word {
                        value: name.iter().map(|(_, c)| *c).collect(),
                        range: *start..last + 1,
                    });
                }
                index += name.len();
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source {
            path: "Dockerfile".into(),
            text: text.to_owned(),
        })
    }

    fn read(text: &str) -> Dockerfile {
        Dockerfile::parse(&source(text)).unwrap_or_else(|error| panic!("{}", error.message))
    }

    fn values(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.value.as_str()).collect()
    }

    fn titles(stages: &[&Stage]) -> Vec<String> {
        stages.iter().map(|stage| stage.title()).collect()
    }

    /// The words of every instruction are what its ranges say.
    fn at(file: &Dockerfile, word: &Word) -> String {
        file.source.text[word.range.clone()].to_owned()
    }

    fn runs(file: &Dockerfile) -> Vec<&Run> {
        let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
        instructions
            .filter_map(|instruction| match &instruction.kind {
                Kind::Run(run) => Some(run),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_base_image_has_the_values_of_its_arguments() {
        let file = read(
            "ARG NODE=24\nARG OS\nFROM node:${NODE}-slim\nFROM node:$NODE\nFROM a:${OS}b\nFROM a:${OS:-c}\nFROM a:$",
        );
        let bases = |given: fn(&str) -> Option<String>| {
            let stages = file.stages.iter();
            let bases: Vec<String> = stages.map(|stage| file.base_image(stage, given)).collect();
            bases.join(" ")
        };
        assert_eq!(bases(|_| None), "node:24-slim node:24 a:${OS}b a:c a:$");
        assert_eq!(
            bases(|name| Some(name.to_lowercase())),
            "node:node-slim node:node a:osb a:os a:"
        );
    }

    #[test]
    fn keywords_and_stage_names_have_no_case() {
        let file = read("from a As Build\nrun x\nFrom BUILD\ncopy --from=bUILD /a /b\n");
        assert_eq!(file.stages[0].title(), "Build");
        assert_eq!(file.stages[1].parent, Some(0));
        assert_eq!(file.target(Some("build")).unwrap().index, 0);
        assert!(
            matches!(&file.stages[1].instructions[0].kind, Kind::Copy(copy) if copy.from_stage == Some(0))
        );
    }

    #[test]
    fn targets_are_names_or_the_last_stage() {
        let file = read("FROM a AS one\nFROM b\nFROM c AS three\n");
        assert_eq!(file.target(None).unwrap().title(), "three");
        assert!(file.target(Some("1")).is_none());
        assert!(file.target(Some("four")).is_none());
    }

    #[test]
    fn of_two_stages_with_one_name_the_later_counts() {
        let file = read("FROM a AS x\nFROM x\nFROM b AS X\nFROM x\n");
        let parents: Vec<_> = file.stages.iter().map(|stage| stage.parent).collect();
        assert_eq!(parents, [None, Some(0), None, Some(2)]);
        assert_eq!(file.target(Some("x")).unwrap().index, 2);
    }

    #[test]
    fn a_target_reaches_what_it_is_made_copied_and_mounted_from() {
        let file = read(
            "FROM a AS base\nFROM b AS tools\nFROM c AS unused\nFROM base AS build\n\
             RUN --mount=type=bind,from=tools,target=/t make\nFROM d\nCOPY --from=3 /x /x\n",
        );
        let last = file.target(None).unwrap();
        assert_eq!(titles(&file.reached(last)), ["base", "tools", "build", "4"]);
        let build = file.target(Some("build")).unwrap();
        assert_eq!(titles(&file.lineage(build)), ["base", "build"]);
    }

    #[test]
    fn an_image_with_the_name_of_a_later_stage_is_an_image() {
        let file = read("FROM node AS app\nFROM app AS node\n");
        assert_eq!(
            (file.stages[0].parent, file.stages[1].parent),
            (None, Some(0))
        );
    }

    #[test]
    fn arguments_have_names_defaults_and_places() {
        let file = read(
            "ARG BASE=debian:12 \"MIRROR=a b\" EMPTY=\nFROM ${BASE}\nARG version\narg a=\"1 2\" \\\n  # comment\n\n  b='x$y'\n",
        );
        let shown: Vec<_> = file
            .global_args
            .iter()
            .map(|arg| {
                (
                    arg.name.value.as_str(),
                    arg.default.as_ref().map(|word| word.value.as_str()),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("BASE", Some("debian:12")),
                ("MIRROR", Some("a b")),
                ("EMPTY", Some(""))
            ]
        );
        assert_eq!(at(&file, &file.global_args[0].name), "BASE");
        let stage = &file.stages[0];
        assert_eq!(values(&stage.from.variables), ["BASE"]);
        let args: Vec<_> = stage.args().collect();
        assert_eq!(args.len(), 3);
        assert_eq!((args[0].0, args[1].0, args[2].0), (0, 1, 1));
        assert_eq!(args[0].1.default, None);
        assert_eq!(at(&file, args[1].1.default.as_ref().unwrap()), "\"1 2\"");
        assert_eq!(args[2].1.default.as_ref().unwrap().value, "x$y");
        assert!(
            stage.instructions[1].variables.is_empty(),
            "single quotes are literal"
        );
    }

    #[test]
    fn an_argument_is_seen_after_it_and_by_heirs() {
        let file = read(
            "ARG v=1\nFROM a:$v AS base\nRUN before $v\nARG v\nRUN after $v\nFROM base AS heir\nRUN heir\nFROM b\nRUN stranger\n",
        );
        let texts = |arg: &Arg| -> Vec<&str> {
            let scope = file.scope(arg);
            scope
                .iter()
                .map(|it| &file.source.text[it.range.clone()])
                .collect()
        };
        assert_eq!(
            texts(&file.global_args[0]),
            ["FROM a:$v AS base", "FROM base AS heir", "FROM b"]
        );
        let (_, arg) = file.stages[0].args().next().unwrap();
        assert_eq!(texts(arg), ["ARG v", "RUN after $v", "RUN heir"]);
    }

    #[test]
    fn a_run_names_what_its_programs_can_read() {
        let file = read(
            "FROM a\nRUN printenv version && echo '$quoted' \\$escaped ${braced:-$inner}\nCOPY version /\n",
        );
        let [run, copy] = file.stages[0].instructions.as_slice() else {
            panic!("two instructions")
        };
        assert_eq!(values(&run.variables), ["quoted", "braced", "inner"]);
        assert!(file.names(run, "version") && file.names(run, "inner"));
        assert!(!file.names(copy, "version"));
    }

    #[test]
    fn mounts_are_read() {
        let file = read(
            "FROM a\nRUN --mount=type=secret,id=npm,required=true --mount=type=ssh \\\n  --mount=type=secret,target=/run/secrets/token,required --mount=target=/src,\"from=a\" \\\n  npm ci\n",
        );
        let run = &runs(&file)[0];
        assert_eq!(run.script, "npm ci");
        let shown: Vec<_> = run
            .mounts
            .iter()
            .map(|mount| (mount.kind.as_str(), mount.id(), mount.is_required()))
            .collect();
        assert_eq!(
            shown,
            [
                ("secret", Some("npm"), true),
                ("ssh", None, false),
                ("secret", Some("token"), true),
                ("bind", Some("src"), false)
            ]
        );
        assert_eq!(
            &file.source.text[run.mounts[1].range.clone()],
            "--mount=type=ssh"
        );
        assert_eq!(run.mounts[3].option(&["from"]), Some("a"));
    }

    #[test]
    fn comments_between_continued_lines_are_no_part_of_them() {
        let file = read(
            "FROM a\nRUN one && \\\n# $comment\n   # more\n    two $b \\\n\n  && three\nEXPOSE 80 443/tcp\n",
        );
        assert_eq!(runs(&file)[0].script, "one &&     two $b   && three");
        let [run, expose] = file.stages[0].instructions.as_slice() else {
            panic!("two instructions")
        };
        assert_eq!(values(&run.variables), ["b"]);
        assert!(file.source.text[run.range.clone()].ends_with("&& three"));
        assert!(matches!(&expose.kind, Kind::Expose(ports) if values(ports) == ["80", "443/tcp"]));
    }

    #[test]
    fn the_escape_character_can_be_another_one() {
        let file = read("# escape=`\nFROM a\nRUN dir `\n  C:\\x\nENV A=`$a B=\\$b\n");
        assert_eq!(runs(&file)[0].script, "dir   C:\\x");
        let env = &file.stages[0].instructions[1];
        assert_eq!(values(&env.variables), ["b"]);
    }

    #[test]
    fn environment_and_labels_have_two_forms() {
        let file = read("FROM a\nENV old a $b c\nENV x=1 y=\"$z w\"\nLABEL \"a.b\"=$n\n");
        let pairs = |index: usize| match &file.stages[0].instructions[index].kind {
            Kind::Env(pairs) | Kind::Label(pairs) => pairs
                .iter()
                .map(|(name, value)| (name.value.as_str(), value.value.as_str()))
                .collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(pairs(0), [("old", "a $b c")]);
        assert_eq!(pairs(1), [("x", "1"), ("y", "$z w")]);
        assert_eq!(pairs(2), [("a.b", "$n")]);
    }

    #[test]
    fn here_documents_belong_to_their_instruction() {
        let file = read(
            "FROM a\nRUN cat <<EOF > /x\nFROM no-stage\necho ${version}\nEOF\nCOPY <<A <<\"B\" x /dest/\n$one\nA\ntwo\nB\nWORKDIR /w\n",
        );
        assert_eq!(file.stages.len(), 1);
        let [run, copy, workdir] = file.stages[0].instructions.as_slice() else {
            panic!("three instructions")
        };
        assert_eq!(values(&run.variables), ["version"]);
        assert!(file.names(run, "version"));
        assert!(runs(&file)[0].script.contains("echo ${version}"));
        assert!(file.source.text[run.range.clone()].contains("echo"));
        let Kind::Copy(copy) = &copy.kind else {
            panic!("{copy:?}")
        };
        assert_eq!(values(&copy.sources), ["x"]);
        assert_eq!(copy.destination.value, "/dest/");
        assert!(matches!(&workdir.kind, Kind::Workdir(path) if path.value == "/w"));
    }

    #[test]
    fn what_is_fetched_or_taken_from_a_stage_is_not_copied_from_the_context() {
        let file = read(
            "FROM a\nCOPY one t* /\nADD https://b.c/d git@e.f:g/h.git three@1:2 x@y/z:1 /\nCOPY --from=b four /\nFROM d\ncopy [\"five\", \"/\"]\nCOPY <<A /a\nA\n",
        );
        let paths: Vec<_> = file
            .copied_paths()
            .map(|(stage, paths)| {
                let paths: Vec<&str> = paths.iter().map(|path| path.value.as_str()).collect();
                (stage.index, paths.join(" "))
            })
            .collect();
        let expected = [(0, "one t*"), (0, "x@y/z:1"), (1, "five"), (1, "")];
        assert_eq!(
            paths,
            expected.map(|(stage, paths)| (stage, paths.to_owned()))
        );
    }

    #[test]
    fn an_entrypoint_may_be_reset() {
        let file = read("FROM a\nENTRYPOINT []\nentrypoint [ ]\nCMD []\nENTRYPOINT [\"x\"]\n");
        assert_eq!(file.stages[0].instructions.len(), 4);
    }

    #[test]
    fn a_comment_after_an_argument_names_nothing() {
        let file = read("ARG BASE # no default=1\nFROM $BASE\n");
        assert_eq!(file.global_args.len(), 1);
    }

    #[test]
    fn lines_may_end_as_on_windows() {
        let file = read("FROM a AS b\r\nARG x=1\r\nRUN one \\\r\n  two ${x}\r\nCOPY . .\r\n");
        let (_, arg) = file.stages[0].args().next().unwrap();
        assert_eq!(arg.default.as_ref().unwrap().value, "1");
        assert_eq!(values(&file.stages[0].instructions[1].variables), ["x"]);
        assert_eq!(runs(&file)[0].script.trim_end(), "one   two ${x}");
        assert_eq!(file.stages[0].name.as_ref().unwrap().value, "b");
    }

    #[test]
    fn the_exec_form_has_its_words() {
        let file = read("FROM a\nRUN [\"sh\", \"-c\", \"echo $x > exit-code\"]\n");
        assert_eq!(runs(&file)[0].script, "sh -c echo $x > exit-code");
        assert!(file.names(&file.stages[0].instructions[0], "x"));
    }

    #[test]
    fn what_is_no_dockerfile_is_told_at_its_line() {
        for (text, line, message) in [
            ("", 1, "expected at least one FROM instruction"),
            (
                "# only a comment\n",
                1,
                "expected at least one FROM instruction",
            ),
            ("RUN x\n", 1, "expected FROM"),
            ("FROM a\n\nRUNN x\n", 3, "unknown instruction 'RUNN'"),
            (
                "FROM a\nCOPY x\n",
                2,
                "COPY instruction requires at least two arguments",
            ),
            (
                "FROM a\nRUN x <<E\ny\n",
                2,
                "nothing ends this here-document",
            ),
        ] {
            let error = Dockerfile::parse(&source(text)).unwrap_err();
            assert_eq!(
                (error.place.line_and_column().0, error.message.as_str()),
                (
                    line,
                    format!("the Dockerfile can't be read: {message}").as_str()
                )
            );
        }
    }

    /// Pieces of which odd Dockerfiles consist.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "FROM a",
                " AS b",
                "\n",
                "\r\n",
                "\\\n",
                "\\",
                "`",
                "# escape=`\n",
                "#",
                "ARG ",
                "ENV ",
                "RUN ",
                "COPY ",
                "ADD ",
                "LABEL ",
                "ONBUILD ",
                "HEALTHCHECK ",
                "EXPOSE ",
                "x=",
                "$",
                "${",
                "}",
                "\"",
                "'",
                "<<EOF",
                "EOF\n",
                "--mount=type=secret,",
                "--from=",
                "0",
                " ",
                "\t",
                "[\"",
                "\"]",
                ",",
                "é",
                "=",
                "\u{85}",
                "\u{2028}",
                "\0",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(pieces in prop::collection::vec(piece(), 0..40), starts in any::<bool>()) {
            let text = format!("{}{}", if starts { "FROM a\n" } else { "" }, pieces.concat());
            let source = source(&text);
            match Dockerfile::parse(&source) {
                Err(error) => prop_assert!(source.text.get(error.place.range).is_some()),
                Ok(file) => {
                    for path in file.copied_paths().flat_map(|(_, paths)| paths) {
                        prop_assert!(source.text.get(path.range.clone()).is_some());
                    }
                    for stage in &file.stages {
                        file.reached(stage);
                        for instruction in std::iter::once(&stage.from).chain(&stage.instructions) {
                            prop_assert!(source.text.get(instruction.range.clone()).is_some());
                            for word in &instruction.variables {
                                prop_assert_eq!(&source.text[word.range.clone()], &word.value);
                            }
                        }
                        for (_, arg) in stage.args() {
                            prop_assert!(source.text.get(arg.name.range.clone()).is_some());
                            file.scope(arg);
                        }
                    }
                }
            }
        }
    }
}
