//! The documents under `docs/`: the site that is made of them, and that what they say is so.
//!
//! Blocks of code say in their first line what they are, and each kind is tried: see [`guides`], [`ci`] and [`tutorial`].

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends there")]
#![allow(missing_docs, unreachable_pub, reason = "tests have no users")]

#[path = "../support/mod.rs"]
mod support;

mod blocks;
mod book;
mod ci;
mod guides;
mod links;
mod looks;
mod steps;
mod tutorial;
