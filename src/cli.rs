//! The command line.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

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
  jenkinsgen render                          write the library
  jenkinsgen diff                            show what render would change
  jenkinsgen check                           for CI: fail if something differs
  jenkinsgen jenkinsfile service             print the Jenkinsfile of a service
  jenkinsgen graph service                   draw the pipeline of a service
  jenkinsgen requirements                    list what Jenkins must have

Exit status: 0 all is well; 1 differences; 2 an error.",
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

/// Options of all commands.
#[derive(Debug, Args)]
pub struct Common {
    /// The workspace: a folder with jenkinsgen.toml [default: the nearest one, here or above]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<Utf8PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// When to use colours; NO_COLOR is obeyed as well
    #[arg(long, global = true, value_enum, default_value_t)]
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
    /// Write the library: what changed, and nothing if any input is invalid
    #[command(after_help = "\
Examples:
  jenkinsgen render                          write what changed
  jenkinsgen render --dry-run                only say what would change
  jenkinsgen render service billing          only these projects and the shared steps
  jenkinsgen render --force                  also overwrite rendered files that were edited by hand

A file that jenkinsgen did not write is never overwritten or deleted, not even with --force.")]
    Render(RenderArgs),
    /// Fail if the library on the disk is not what the TOML says, and name every file
    #[command(after_help = "\
Examples:
  jenkinsgen check                           in a pull request's CI
  jenkinsgen check --format json             the same for a program

Nothing is written. Exit status: 0 all is as rendered; 1 something differs; 2 an error.")]
    Check,
    /// Show what render would change, as a unified diff
    #[command(after_help = "\
Examples:
  jenkinsgen diff                            all files
  jenkinsgen diff service                    one project and the shared steps
  jenkinsgen diff --color always | less -R

Nothing is written. Exit status: 0 no difference; 1 differences; 2 an error.")]
    Diff(Selection),
    /// Print the Jenkinsfile of a project
    #[command(after_help = "\
Example:
  jenkinsgen jenkinsfile service > ../service/Jenkinsfile")]
    Jenkinsfile(JenkinsfileArgs),
    /// Draw the pipeline of a project, as Mermaid or as SVG
    #[command(after_help = "\
Examples:
  jenkinsgen graph service                   Mermaid, for a Markdown page
  jenkinsgen graph service --output service.svg
  jenkinsgen graph service --as svg > service.svg

A file that is no graph of jenkinsgen is never overwritten.")]
    Graph(GraphArgs),
    /// Say what the library needs of Jenkins and of the cluster
    #[command(after_help = "\
Examples:
  jenkinsgen requirements                    what must be there
  jenkinsgen requirements service billing    what these projects need
  jenkinsgen requirements --as plugins.txt   for jenkins-plugin-cli
  jenkinsgen requirements --as jcasc         for Configuration as Code")]
    Requirements(RequirementsArgs),
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
  jenkinsgen man | man -l -                  read it
  jenkinsgen man --into ~/.local/share/man/man1

A file that is no manual page of jenkinsgen is never overwritten. No workspace is needed.")]
    Man(ManArgs),
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
    /// Overwrite rendered files that were edited by hand
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
