//! The command line.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::builder::{PossibleValuesParser, Styles, TypedValueParser};
use clap::{
    Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint,
};
use clap_complete::Shell;

use crate::diagnostic::Code;
use crate::schema::Kind;

/// The program's options and commands.
#[derive(Debug, Parser)]
#[command(
    name = "jenkinsgen",
    version,
    about = "Turns short TOML descriptions of services into a Jenkins shared library of plain Groovy",
    long_about = "Turns short TOML descriptions of services into a Jenkins shared library of plain Groovy.\n\n\
        A workspace is a folder with jenkinsgen.toml, the library, and projects/*.toml, one file a service. `jenkinsgen render` writes vars/ and resources/ \
        from them; commit both, and import the library in Jenkins with @Library.",
    after_help = "\
Examples:
  jenkinsgen init --from ../service        describe a service by its checkout
  jenkinsgen verify service ../service     compare a description with a checkout
  jenkinsgen render                        write the library
  jenkinsgen check                         for CI: fail if something differs
  jenkinsgen diff                          show what render would change
  jenkinsgen jenkinsfile service           print the Jenkinsfile of a service
  jenkinsgen explain service scan.fail_on  where a value comes from; its meaning
  jenkinsgen plan service                  say what a build will do
  jenkinsgen graph service                 draw the pipeline of a service
  jenkinsgen requirements                  list what Jenkins must have

Exit code: 0 all is well; 1 differences or findings; 2 an error.",
    max_term_width = 100
)]
pub struct Cli {
    /// What all commands share.
    #[command(flatten)]
    pub common: Common,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Position of the options of all commands: behind those of a command's own.
const LAST: usize = 900;

/// Options of all commands.
#[derive(Debug, Args)]
pub struct Common {
    /// The workspace: a folder with jenkinsgen.toml [default: the nearest one, here or above]
    #[arg(long, global = true, display_order = LAST, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<Utf8PathBuf>,
    /// How results are printed
    #[arg(long, global = true, display_order = LAST + 1, value_enum, default_value_t)]
    pub format: Format,
    /// When to use colours; NO_COLOR is obeyed as well
    #[arg(long, global = true, display_order = LAST + 2, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Plain,
    /// One JSON document on standard output, mistakes in the input included
    Json,
    /// Annotations of GitHub Actions (check, verify)
    Github,
    /// Markdown for a comment on a pull request (check, verify, diff --against)
    Markdown,
}

impl Format {
    /// Those that every result can have.
    pub const COMMON: &[Self] = &[Self::Plain, Self::Json];

    /// Those that the result of a command can have, by the command's name.
    pub fn of(command: &str) -> &'static [Self] {
        match command {
            "check" | "verify" => Self::value_variants(),
            "diff" => &[Self::Plain, Self::Json, Self::Markdown],
            _ => Self::COMMON,
        }
    }

    /// Its word on the command line.
    pub fn word(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a workspace, or describe a service by its checkout
    #[command(after_help = "\
Examples:
  jenkinsgen init                    make this folder a workspace
  jenkinsgen init --name acme        name the library as in Jenkins
  jenkinsgen init --from ../service  describe a service by its checkout
  jenkinsgen init --from ../service --project billing
                                     under another name: projects/billing.toml

From a checkout are read: Dockerfiles, the files of the build tool, a Jenkinsfile, and Git's origin.
What they can't tell stands as a comment in the description, with the reason. All that is written
renders at once, and no file is ever overwritten.")]
    Init(InitArgs),
    /// Compare a project's description with a checkout of its service
    #[command(
        override_usage = "\
jenkinsgen verify [OPTIONS] <PROJECT> <CHECKOUT>
       jenkinsgen verify [OPTIONS] --explain <CODE>",
        after_help = "\
Examples:
  jenkinsgen verify service ../service  stages, arguments, secrets, reports
  jenkinsgen verify service . --root ../library --format github
                                        in the service's own CI, as annotations
  jenkinsgen verify service ../service --allow unused-arg
  jenkinsgen verify service ../service --jenkinsfile Jenkinsfile.new
                                        while the old pipeline still runs
  jenkinsgen verify --explain unset-arg
                                        what such a finding means; what to do

Each finding has a code. Nothing is written.
Annotations name files of the checkout's repository; what is found in a library that is another
repository has its place in the text.
Exit code: 0 no findings; 1 findings, warnings too; 2 an error."
    )]
    Verify(VerifyArgs),
    /// Write what changed of the library; wrong input writes nothing
    #[command(after_help = "\
Examples:
  jenkinsgen render                  write what changed
  jenkinsgen render --dry-run        only say what would change
  jenkinsgen render service billing  only these projects and the shared steps
  jenkinsgen render --force          also overwrite what was edited by hand

A file that jenkinsgen did not write is never overwritten or deleted, not even with --force.
With projects named, nothing is deleted: other pipelines may still use it.
Exit code: 0 all is as rendered now; 1 with --dry-run, something would change; 2 a conflict or an
error, and nothing was written.")]
    Render(RenderArgs),
    /// Fail if the library is not as rendered, and name every file
    #[command(after_help = "\
Examples:
  jenkinsgen check                in a pull request's CI
  jenkinsgen check --format json  the same for a program

Nothing is written. Exit code: 0 all is as rendered; 1 something differs; 2 an error.")]
    Check,
    /// Show what render would change, or what changed since a revision
    #[command(after_help = "\
Examples:
  jenkinsgen diff                           what render would change
  jenkinsgen diff service                   one project and the shared steps
  jenkinsgen diff --color always | less -R
  jenkinsgen diff --against main            what Jenkins does otherwise
  jenkinsgen diff --against main --summary  without the text
  jenkinsgen diff --against main --format markdown
                                            the same as a comment

Nothing is written. Exit code: 0 no difference; 1 differences; 2 an error.")]
    Diff(DiffArgs),
    /// Print the Jenkinsfile of a project
    #[command(after_help = "\
Example:
  jenkinsgen jenkinsfile service > ../service/Jenkinsfile")]
    Jenkinsfile(JenkinsfileArgs),
    /// Say where every value comes from, and what its key means
    #[command(after_help = "\
Examples:
  jenkinsgen explain service               every value, and where it comes from
  jenkinsgen explain service scan          those of one table
  jenkinsgen explain service scan.fail_on  one value, and what its key means
  jenkinsgen explain service 'publish[0].tags'
                                           of the first rule only
  jenkinsgen explain service tools.grype   keys of jenkinsgen.toml as well")]
    Explain(ExplainArgs),
    /// Say what a build will do: stages, scripts, mails and pushes
    #[command(after_help = "\
Examples:
  jenkinsgen plan service                      a build of the release branch
  jenkinsgen plan service --branch feature/x   of another branch
  jenkinsgen plan service --pull-request 7
  jenkinsgen plan service --fail 'Scan image'  what happens if this fails

The tests of jenkinsgen compare this with builds on Jenkins' engine, script by script. What steps of your own do is not known.")]
    Plan(PlanArgs),
    /// Draw the pipeline of a project, as Mermaid or as SVG
    #[command(after_help = "\
Examples:
  jenkinsgen graph service  Mermaid, for a Markdown page
  jenkinsgen graph service --output service.svg
  jenkinsgen graph service --as svg > service.svg

A file that is no graph of jenkinsgen is never overwritten.")]
    Graph(GraphArgs),
    /// Say what the library needs of Jenkins and of the cluster
    #[command(after_help = "\
Examples:
  jenkinsgen requirements                   what must be there
  jenkinsgen requirements service billing   what these projects need
  jenkinsgen requirements --as plugins.txt  for jenkins-plugin-cli
  jenkinsgen requirements --as jcasc        for Configuration as Code")]
    Requirements(RequirementsArgs),
    /// Print the JSON Schema of the TOML files, for editors
    #[command(after_help = "\
`jenkinsgen render` writes both schemas into .jenkinsgen/. An editor with Taplo, such as VS Code with Even Better TOML, finds them by a first line:

  #:schema .jenkinsgen/library.schema.json        in jenkinsgen.toml
  #:schema ../.jenkinsgen/project.schema.json     in projects/*.toml")]
    Schema(SchemaArgs),
    /// Print a script that completes this command line in a shell
    #[command(after_help = "\
Examples:
  jenkinsgen completions bash > ~/.local/share/bash-completion/completions/jenkinsgen
  jenkinsgen completions zsh > ~/.zfunc/_jenkinsgen
  jenkinsgen completions fish > ~/.config/fish/completions/jenkinsgen.fish

Commands, options and their values are completed, names of projects are not. No workspace is needed.")]
    Completions(CompletionsArgs),
    /// Print the manual page, or write a page for each command
    #[command(after_help = "\
Examples:
  jenkinsgen man | man -l -  read it
  jenkinsgen man --into ~/.local/share/man/man1

A file that is no manual page of jenkinsgen is never overwritten. No workspace is needed.")]
    Man(ManArgs),
}

/// The commands by what they are for, in the order in which a user meets them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Describe a service", &["init", "verify"]),
    (
        "Write the library",
        &["render", "check", "diff", "jenkinsfile"],
    ),
    (
        "Understand it",
        &["explain", "plan", "graph", "requirements"],
    ),
    (
        "Set up editors and shells",
        &["schema", "completions", "man", "help"],
    ),
];

/// The command line as users see it: each command takes only the formats that it has, and the commands stand in groups.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    let format = command
        .get_arguments()
        .find(|argument| argument.get_id() == "format")
        .cloned();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        let values = Format::of(&name)
            .iter()
            .filter_map(Format::to_possible_value);
        let values =
            PossibleValuesParser::new(values).try_map(|word| Format::from_str(&word, false));
        let own = format
            .clone()
            .map(|format| format.global(false).value_parser(values));
        command = command.mut_subcommand(name, |command| command.args(own));
    }
    let groups = groups(&command);
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{groups}\n{{options}}{{after-help}}"
    ))
}

/// The commands of each group, with what they do.
fn groups(command: &clap::Command) -> String {
    let styles = Styles::styled();
    let (title, name) = (styles.get_header(), styles.get_literal());
    let mut text = String::new();
    for (group, commands) in GROUPS {
        text.push_str(&format!("\n{title}{group}:{title:#}\n"));
        for own in commands {
            let about = match command.find_subcommand(own) {
                Some(command) => command.get_about().map(ToString::to_string),
                None => Some("Print this message or the help of a command".to_owned()),
            };
            let about = about.unwrap_or_default();
            text.push_str(&format!("  {name}{own:<12}{name:#}  {about}\n"));
        }
    }
    text + &format!("\n{title}Options:{title:#}")
}

/// Reads a command line, whose first word is the program's name.
///
/// # Errors
///
/// When it can't be understood; or what is to be printed instead, if it asks for help or the version.
pub fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// What a command line that can't be understood asks for all the same: the command, and the format of its result.
pub fn intention(words: &[OsString]) -> (Option<String>, Format) {
    let (mut command, mut format) = (None, Format::default());
    let names = Cli::command();
    let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (word.as_ref(), None),
        };
        match option {
            "--" => break,
            "--root" | "--color" if value.is_none() => _ = words.next(),
            "--format" => {
                let value = value.or_else(|| words.next().map(|word| word.into_owned()));
                let known = value.and_then(|value| Format::from_str(&value, false).ok());
                format = known.unwrap_or(format);
            }
            name if command.is_none() && names.find_subcommand(name).is_some() => {
                command = Some(name.to_owned());
            }
            _ => {}
        }
    }
    (command, format)
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Describe the service in this checkout; without a workspace, make one
    #[arg(long, value_name = "CHECKOUT")]
    pub from: Option<Utf8PathBuf>,
    /// Name of the new library in Jenkins [default: the folder's]
    #[arg(long, value_name = "LIBRARY")]
    pub name: Option<String>,
    /// Name of the project [default: that of the service's repository, or `example`]
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
}

/// Arguments of `render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// What to render.
    #[command(flatten)]
    pub selection: Selection,
    /// Say what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Overwrite rendered files that were edited by hand, and give up those that are not rendered any more
    #[arg(long)]
    pub force: bool,
}

/// A choice of projects.
#[derive(Debug, Args)]
pub struct Selection {
    /// Only these projects and the shared steps [default: all]
    #[arg(value_name = "PROJECT")]
    pub projects: Vec<String>,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// What to compare.
    #[command(flatten)]
    pub selection: Selection,
    /// Compare with a revision of the workspace's Git repository: a summary of behaviour, then the text
    #[arg(long, value_name = "REV")]
    pub against: Option<String>,
    /// Only the summary of behaviour
    #[arg(long, requires = "against")]
    pub summary: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The project: the name of its file without .toml
    pub project: String,
    /// A key or table of either file, written with dots [default: all]
    pub key: Option<String>,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The project: the name of its file without .toml
    pub project: String,
    /// Build this branch [default: the release branch, or main]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["pull_request", "tag"])]
    pub branch: Option<String>,
    /// Build this pull request
    #[arg(long, value_name = "NUMBER", conflicts_with = "tag")]
    pub pull_request: Option<u32>,
    /// Build this tag
    #[arg(long, value_name = "NAME")]
    pub tag: Option<String>,
    /// Let this stage fail, by its title
    #[arg(long, value_name = "STAGE")]
    pub fail: Option<String>,
    /// The build before has failed
    #[arg(long)]
    pub after_failure: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The kind of file
    #[arg(value_enum, default_value = "project")]
    pub kind: Kind,
}

/// Arguments of `jenkinsfile`.
#[derive(Debug, Args)]
pub struct JenkinsfileArgs {
    /// The project: the name of its file without .toml
    pub project: String,
}

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The project: the name of its file without .toml
    pub project: String,
    /// The language of the graph [default: SVG if FILE ends with .svg, otherwise Mermaid]
    #[arg(long = "as", value_enum, value_name = "LANGUAGE")]
    pub language: Option<GraphLanguage>,
    /// Write it into this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<Utf8PathBuf>,
}

/// Languages of graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphLanguage {
    /// A flowchart, which GitHub and GitLab draw
    Mermaid,
    /// A picture for any browser, light and dark
    Svg,
}

/// Arguments of `requirements`.
#[derive(Debug, Args)]
pub struct RequirementsArgs {
    /// Only these projects [default: all]
    #[arg(value_name = "PROJECT")]
    pub projects: Vec<String>,
    /// A format of Jenkins' own tools
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub tool_format: Option<ToolFormat>,
}

/// Formats of Jenkins' own tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ToolFormat {
    /// For jenkins-plugin-cli
    #[value(name = "plugins.txt")]
    PluginsTxt,
    /// YAML for the plugin Configuration as Code
    Jcasc,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub into: Option<Utf8PathBuf>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The project: the name of its file without .toml
    #[arg(required_unless_present = "explain")]
    pub project: Option<String>,
    /// The folder of the service's checkout
    #[arg(value_name = "CHECKOUT", required_unless_present = "explain", value_hint = ValueHint::DirPath)]
    pub checkout: Option<Utf8PathBuf>,
    /// The Jenkinsfile, relative to the checkout
    #[arg(long, value_name = "FILE", default_value = "Jenkinsfile")]
    pub jenkinsfile: Utf8PathBuf,
    /// Leave out findings of this code; may be repeated
    #[arg(long, value_name = "CODE", value_parser = finding_codes(), hide_possible_values = true)]
    pub allow: Vec<Code>,
    /// Only say what findings of this code mean, and what to do; no workspace is needed
    #[arg(
        long,
        value_name = "CODE",
        value_parser = finding_codes(),
        hide_possible_values = true,
        conflicts_with_all = ["project", "checkout", "jenkinsfile", "allow"]
    )]
    pub explain: Option<Code>,
}

/// Finding codes by their names.
fn finding_codes() -> impl TypedValueParser<Value = Code> {
    let names = Code::FINDINGS.iter().map(|code| code.name());
    PossibleValuesParser::new(names).try_map(|name| {
        let mut codes = Code::FINDINGS.iter();
        let found = codes.find(|code| code.name() == name);
        found.copied().ok_or("no such code")
    })
}
