//! Sources of context: which are worth asking about a scope, and the most that a look may take.

pub mod cost;
pub mod relevance;
