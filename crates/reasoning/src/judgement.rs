//! Candidates judged: a hypothesis with a confidence, or why it is none; and what all of them come to.

pub mod assess;
pub mod conclude;
pub mod confidence;
