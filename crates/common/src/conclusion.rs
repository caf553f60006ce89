//! What is believed to be wrong, by us and by a model.

pub mod diagnosis;
pub mod model_opinion;
