//! A model of incidents over one target, checked state by state with
//! [stateright](https://docs.rs/stateright): the incident machine as it is defined, with the shipped decisions, over a
//! model of what the functions write and read, of SSM, of the target, of alarms and of people.
//!
//! [`docs/model-check.md`] says what is checked, what is assumed, and how to read a counterexample.
//!
//! [`docs/model-check.md`]: ../../../docs/model-check.md

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test harness: a model that is not sound is to stop at once"
)]

pub mod bounds;
pub mod call;
mod decisions;
mod environment;
pub mod event;
mod executions;
mod functions;
pub mod machine;
pub mod model;
mod properties;
pub mod reply;
pub mod rule;
mod starting;
pub mod world;
