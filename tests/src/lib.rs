//! What holds Nightshift's parts together, as tests: the state machines, the template and the
//! crates' headers against each other, and the incident's machine walked in-process.
//!
//! The library has the readers and the walker; the contracts themselves are in `tests/`.

#![allow(
    clippy::indexing_slicing,
    reason = "tests only, and indexing a JSON value gives null where there is nothing"
)]

pub mod asl;
pub mod execution;
pub mod header;
pub mod jsonata;
pub mod repository;
pub mod template;
pub mod walk;
