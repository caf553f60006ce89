//! The sixth step, where a model was asked: whether it is worth asking, the lists that it may choose from, and the weight of
//! its opinion.

pub mod allowlists;
pub mod claim;
pub mod claim_text;
pub mod doubt;
pub mod fault_evidence;
pub mod model_opinion;
pub mod stance;
