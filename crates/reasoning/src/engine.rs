//! The root-cause engine: its input, its verdict beside the symptom, and its word where no playbook explains it.

pub mod component_names;
pub mod engine_case;
pub mod engine_only;
pub mod symptom_context;
