//! Runs the command that the command line asks for, and turns what comes of it into an exit status.

use std::process::ExitCode;

use jenkinsgen::cmd;

fn main() -> ExitCode {
    cmd::main(std::env::args_os()).into()
}
