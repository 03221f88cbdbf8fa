//! jenkinsgen turns short TOML descriptions of services into a Jenkins shared library of plain Groovy.
//!
//! Data flows one way, from text to text: `&str → config → model → view → plan → apply`. ARCHITECTURE.md has a line for each module.

pub mod apply;
pub mod behaviour;
pub mod checkout;
pub mod cli;
pub mod cmd;
pub mod config;
pub mod diagnostic;
pub mod forecast;
pub mod github;
pub mod graph;
pub mod groovy;
pub mod init;
pub mod lock;
pub mod markdown;
pub mod model;
pub mod plan;
pub mod requirements;
pub mod revision;
pub mod schema;
pub mod shell;
pub mod source;
pub mod texts;
pub mod verify;
pub mod view;
pub mod workspace;
pub mod wrap;
