//! What a real pipeline meets: BuildKit, a registry, grype with a database, and a Git server, each started by the tests and ended with them.

pub mod buildkit;
pub mod built;
pub mod daemon;
pub mod origin;
pub mod registry;
pub mod search;
pub mod site;
mod tools;
