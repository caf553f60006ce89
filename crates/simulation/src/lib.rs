//! Whole recorded incidents, lived through again: what came in, what the account would have answered,
//! and then the real thing, from the event to the verdict, offline and with a clock that stands still.
//!
//! [`Recording::read`] reads a folder (`docs/scenarios.md`), [`Simulation::run`] runs it through
//! ingest, dedup, diagnose and the first step of remediate over the fakes that the tests have, and
//! [`Expected`] holds the [`Report`] against what the truth was. Nothing but [`Expected`] ever reads that.
//!
//! Nothing is started: the port that starts automations refuses.
//!
//! [`export`] is the other way round: a live incident as such a folder, masked.

mod account;
mod document;
mod error;
mod expected;
pub mod export;
mod model_script;
mod outcome;
mod recording;
mod report;
mod resources;
mod run;
mod score;
mod telemetry;
mod trail;
mod world;

pub use document::folders;
pub use error::SimulationError;
pub use expected::{Action, ActionPattern, Expected, RootCause};
pub use model_script::{Answer, Failing, Scripted};
pub use outcome::Outcome;
pub use recording::Recording;
pub use report::{Cause, Proposed, Report, Ruling};
pub use resources::{Recorded, Resources, Symptom};
pub use run::Simulation;
pub use score::{Score, Share, Totals};
pub use telemetry::LogLine;
pub use trail::Record;
pub use world::{AUTOMATION_ROLES, role_in_simulations};
