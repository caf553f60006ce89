//! Requests to a model, what was said, and what it cost.

pub mod model;
pub mod money;
pub mod reasoning;
