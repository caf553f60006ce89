//! What a model may name, and what its opinion is worth.

pub mod allowlists;
pub mod model_opinion;
