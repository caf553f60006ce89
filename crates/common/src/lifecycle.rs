//! An incident from its opening to its outcome, whom it was told to, and the trail of it.

pub mod audit;
pub mod incident;
pub mod notification;
pub mod verification;
