//! This crate draws conclusions: evidence in, a diagnosis out. It is pure: no I/O, no async, no clock.
//!
//! Its folders are the steps, in order:
//!
//! 1. [`evidence`] indexes what was read, and finds when the symptom began;
//! 2. [`engine`] runs the root-cause engine, and gives its verdict on each component around the symptom;
//! 3. [`playbooks`] are the known signatures, as data;
//! 4. [`candidates`] are the resources that could be the cause, with the facts that are known of each;
//! 5. [`judgement`] matches the playbooks against the candidates, and weighs the hypotheses against each other:
//!    [`judgement::conclude::conclude`] is the entry;
//! 6. [`model`] weighs the opinion of a language model, where one was asked;
//! 7. [`report`] makes the diagnosis that people and the store get.
//!
//! A step uses earlier ones and never a later one.

pub mod candidates;
pub mod engine;
pub mod evidence;
pub mod judgement;
pub mod model;
pub mod playbooks;
pub mod report;
