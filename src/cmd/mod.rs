//! The commands: each understands its arguments, lays out what other modules have found, and says how it ended.

mod check;
mod completions;
mod diff;
mod explain;
mod graph;
mod init;
mod jenkinsfile;
mod man;
mod output;
mod plan;
mod progress;
mod render;
mod requirements;
mod schema;
mod verify;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::error::ErrorKind;

use self::output::Output;
use crate::checkout::git;
use crate::cli::{self, Cli, Color, Command, Format};
use crate::diagnostic::{alternatives, count, listing, nearest};
use crate::model::{Library, Project};
use crate::plan::{Plan, Wishes};
use crate::view;
use crate::workspace::{self, Failure};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All is well: 0.
    Fine,
    /// Differences or findings: 1.
    Differences,
    /// An error: 2.
    Error,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(match end {
            End::Fine => 0,
            End::Differences => 1,
            End::Error => 2,
        })
    }
}

/// What every command is given.
struct Context<'a> {
    root: Utf8PathBuf,
    output: &'a Output,
}

impl Context<'_> {
    fn load(&self) -> Result<Library, Failure> {
        self.output.doing("reading the descriptions");
        workspace::load(&self.root)
    }

    /// What has to happen to every file so that it is as this library says.
    fn plan(&self, library: &Library, wishes: &Wishes) -> anyhow::Result<Plan> {
        let projects = count(library.projects.len(), "project");
        self.output.doing(&format!("rendering {projects}"));
        let files = view::render(library)?;
        let number = count(files.len(), "file");
        self.output
            .doing(&format!("comparing {number} with the disk"));
        Plan::new(&self.root, files, wishes)
    }
}

/// Runs what a command line asks for, whose first word is the program's name.
pub fn main(words: impl IntoIterator<Item = OsString>) -> End {
    let words: Vec<OsString> = words.into_iter().collect();
    match cli::parse(&words) {
        Ok(cli) => run(&cli),
        Err(answer) => print(&words, &answer),
    }
}

/// Prints the help or the version, or what is wrong with the command line: in the format that it asks for.
fn print(words: &[OsString], answer: &clap::Error) -> End {
    let (command, format) = cli::intention(words);
    if !answer.use_stderr() {
        let output = Output::new(Format::Plain, command, false);
        let printed = output.text(&answer.render().ansi().to_string());
        let result = printed.map(|()| End::Fine).map_err(Failure::from);
        return ended(&output, Utf8Path::new(""), result);
    }
    if format == Format::Plain {
        // Where even the error can't be printed, the exit status still tells.
        let _ = answer.print();
        return End::Error;
    }
    let output = Output::new(format, command, false);
    ended(&output, Utf8Path::new(""), Err(Usage::from(answer).into()))
}

/// A command line that can't be understood.
#[derive(Debug)]
struct Usage(String);

impl From<&clap::Error> for Usage {
    /// What clap says for people, in one line and without what is said of `--help`.
    fn from(error: &clap::Error) -> Self {
        let kind = error.kind();
        if kind == ErrorKind::MissingSubcommand
            || kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        {
            return Self("there is no command; `jenkinsgen --help` lists them".to_owned());
        }
        let text = error.render().to_string();
        let lines = text.lines().map(str::trim);
        let told =
            lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
        let told: Vec<&str> = told.filter(|line| !line.is_empty()).collect();
        let told = told.join(" ").replace(" tip:", "; tip:");
        Self(told.trim_start_matches("error: ").to_owned())
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Runs the command that was asked for.
fn run(cli: &Cli) -> End {
    match cli.common.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let name = name(&cli.command).to_owned();
    let output = Output::new(cli.common.format, Some(name), is_attended());
    let in_workspace = |run: &dyn Fn(&Context<'_>) -> Result<End, Failure>| {
        let root = root(cli)?;
        let output = &output;
        run(&Context { root, output })
    };
    let result = understood(cli)
        .map_err(Failure::from)
        .and_then(|()| match &cli.command {
            Command::Init(args) => in_workspace(&|context| init::run(context, args)),
            Command::Verify(args) => match args.explain {
                Some(code) => verify::explain(&output, code),
                None => in_workspace(&|context| verify::run(context, args)),
            },
            Command::Render(args) => in_workspace(&|context| render::run(context, args)),
            Command::Check => in_workspace(&check::run),
            Command::Diff(args) => in_workspace(&|context| diff::run(context, args)),
            Command::Jenkinsfile(args) => in_workspace(&|context| jenkinsfile::run(context, args)),
            Command::Explain(args) => in_workspace(&|context| explain::run(context, args)),
            Command::Plan(args) => in_workspace(&|context| plan::run(context, args)),
            Command::Graph(args) => in_workspace(&|context| graph::run(context, args)),
            Command::Requirements(args) => {
                in_workspace(&|context| requirements::run(context, args))
            }
            Command::Schema(args) => schema::run(&output, args),
            Command::Completions(args) => completions::run(&output, args),
            Command::Man(args) => man::run(&output, args),
        });
    // Annotations alone name files of the repository: nothing else looks for the workspace twice.
    let folder = match cli.common.format {
        Format::Github => root(cli).map(|root| git::below_top(&root)),
        _ => Ok(Utf8PathBuf::new()),
    };
    let folder = folder.unwrap_or_default();
    ended(&output, &folder, result)
}

/// How a command ended, after its failure was printed. `folder`: that of the workspace in its repository.
fn ended(output: &Output, folder: &Utf8Path, result: Result<End, Failure>) -> End {
    result.unwrap_or_else(|failure| {
        // Where even the error can't be printed, the exit status still tells.
        let _ = output.failure(&failure, folder);
        End::Error
    })
}

fn name(command: &Command) -> &'static str {
    match command {
        Command::Init(_) => "init",
        Command::Verify(_) => "verify",
        Command::Render(_) => "render",
        Command::Check => "check",
        Command::Diff(_) => "diff",
        Command::Jenkinsfile(_) => "jenkinsfile",
        Command::Explain(_) => "explain",
        Command::Plan(_) => "plan",
        Command::Graph(_) => "graph",
        Command::Requirements(_) => "requirements",
        Command::Schema(_) => "schema",
        Command::Completions(_) => "completions",
        Command::Man(_) => "man",
    }
}

/// Whether the result of a command can be printed in the format, which may stand before the command. None is printed in another one than was asked for.
fn understood(cli: &Cli) -> Result<(), Usage> {
    let format = cli.common.format;
    let formats = match &cli.command {
        Command::Diff(args) if args.against.is_none() => Format::COMMON,
        Command::Verify(args) if args.explain.is_some() => Format::COMMON,
        command => Format::of(name(command)),
    };
    if formats.contains(&format) {
        return Ok(());
    }
    let words: Vec<String> = formats.iter().copied().map(Format::word).collect();
    Err(Usage(format!(
        "`jenkinsgen {}` has no result in the format `{}`; use {}",
        name(&cli.command),
        format.word(),
        alternatives(words.iter().map(String::as_str))
    )))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that looks at the working directory"
)]
fn root(cli: &Cli) -> anyhow::Result<Utf8PathBuf> {
    if let Some(root) = &cli.common.root {
        return Ok(root.clone());
    }
    let here = std::env::current_dir().context("can't tell the working directory")?;
    let here = Utf8PathBuf::try_from(here).context("the working directory is not UTF-8")?;
    match (&cli.command, workspace::find_root(&here)) {
        // The folder becomes a workspace.
        (Command::Init(_), Err(_)) => Ok(here),
        (_, found) => found,
    }
}

/// Whether somebody looks at standard error, on a terminal that can take a line back.
fn is_attended() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// A project by its name.
fn project<'a>(library: &'a Library, name: &str) -> anyhow::Result<&'a Project> {
    let names = || library.projects.iter().map(|project| project.name.as_str());
    match library.project(name) {
        Some(project) => Ok(project),
        None => match nearest(name, names()) {
            Some(nearest) => bail!("there is no project `{name}`; did you mean `{nearest}`?"),
            None if library.projects.is_empty() => {
                bail!("there is no project `{name}`; the folder projects/ has none")
            }
            None if library.projects.len() <= 10 => {
                bail!(
                    "there is no project `{name}`; the projects are {}",
                    listing(names())
                )
            }
            None => bail!("there is no project `{name}`"),
        },
    }
}
