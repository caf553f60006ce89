//! How a conclusion is reached, and nothing else: evidence in, a diagnosis out. Pure: no I/O, no async, no clock.
//!
//! In the order of a diagnosis: [`evidence`] indexes what was read; [`engine`] asks the root-cause engine;
//! [`candidates`] are what could be the cause; [`playbooks`] are matched against each; [`judgement`] weighs them;
//! [`model`] weighs the opinion of a model; [`report`] writes the diagnosis down.

pub mod candidates;
pub mod engine;
pub mod evidence;
pub mod judgement;
pub mod model;
pub mod playbooks;
pub mod report;
