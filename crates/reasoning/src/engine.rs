//! The second step runs the root-cause engine: its input, and its verdict on each component around the symptom.

pub mod alias_course;
pub mod component_names;
pub mod engine_case;
pub mod engine_run;
pub mod engine_verdict;
pub mod symptom_context;
pub mod telemetry;
