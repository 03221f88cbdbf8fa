//! The command line.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

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
  jenkinsgen init --from ../service          describe a service by what is in its checkout
  jenkinsgen render                          write the library
  jenkinsgen diff                            show what render would change
  jenkinsgen check                           for CI: fail if the library is not what the TOML says
  jenkinsgen jenkinsfile service             print the Jenkinsfile of a service

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
    #[arg(long, global = true, value_name = "DIR")]
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
    /// Begin: a new workspace, or the description of a service from its checkout
    #[command(after_help = "\
Examples:
  jenkinsgen init                            make this folder a workspace, with an example of a service
  jenkinsgen init --from ../service          describe a service by its Dockerfile, build tool, Jenkinsfile and Git
  jenkinsgen init --from ../service --project billing
                                             the same under a name of your own: projects/billing.toml
  jenkinsgen init --name acme                name the library as Jenkins is to know it

No file is ever overwritten. What a checkout can't tell stands as a comment in the description, with the reason, and
all that is written renders at once.")]
    Init(InitArgs),
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
