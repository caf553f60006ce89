//! Tests what scripted models can do to recorded incidents: one that is right, one that agrees with everything, and many
//! that are wrong or hostile, each of its kind. Whatever a model says, nothing acts and nothing is asked for that would not
//! be without it.
//!
//! `NIGHTSHIFT_SCENARIOS` names more folders of scenarios, with `:` between them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

mod case;
mod claims;
mod laws;
mod right;
mod service;
mod words;
