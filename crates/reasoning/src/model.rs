//! The sixth step, where a model was asked: the lists that it may choose from, and the weight of its opinion.

pub mod allowlists;
pub mod model_opinion;
