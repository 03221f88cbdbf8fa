//! Parses the command line, runs one command, and turns what comes of it into an exit status.

use std::process::ExitCode;

use clap::Parser as _;
use jenkinsgen::cli::Cli;
use jenkinsgen::cmd;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cmd::run(&cli).into()
}
