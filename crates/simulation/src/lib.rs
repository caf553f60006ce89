//! Simulates whole recorded incidents offline: the functions themselves run on the recorded event and on recorded
//! answers of the account, from the event to the policy verdict, with a clock that only the simulation advances.
//!
//! [`Recording::read`] reads a scenario folder (`docs/scenarios.md`), [`Simulation::run`] runs it through ingest,
//! dedup, diagnose and the first step of remediate over in-memory ports, and [`Score::new`] compares the [`Report`]
//! with the truth in [`Expected`], which nothing else reads.
//!
//! Nothing is started: the port that starts automations refuses.
//!
//! [`bystanders`] puts harmless changes into a recording, and [`laws`] says what must not follow from them.
//!
//! [`export`] writes a live incident as such a folder, masked.

mod account;
pub mod bystanders;
mod clock;
mod document;
mod error;
mod expected;
pub mod export;
mod grade;
mod known_gaps;
pub mod laws;
mod many;
mod model_script;
mod neighbourhood;
mod outcome;
mod recording;
mod report;
mod resources;
mod run;
mod score;
mod telemetry;
mod trail;
pub mod variations;
mod with_model;
mod world;

pub use document::folders;
pub use error::SimulationError;
pub use expected::{Action, ActionPattern, Expected, RootCause};
pub use grade::Grade;
pub use known_gaps::known_gaps_beside;
pub use model_script::{Answer, ScriptedAnswer, ScriptedFailure};
pub use outcome::Outcome;
pub use recording::Recording;
pub use report::{Cause, CauseSource, ModeOutcome, ProposedAction, Report};
pub use resources::{Recorded, Resources, Symptom};
pub use run::Simulation;
pub use score::{Score, Share, Totals};
pub use telemetry::LogLine;
pub use trail::Record;
pub use with_model::LookedAt;
pub use world::{AUTOMATION_ROLES, role_in_simulations};
