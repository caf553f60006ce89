//! Defines diagnoses, and a model's opinion beside them.

pub mod causality;
pub mod diagnosis;
pub mod model_opinion;
pub mod preliminary;
