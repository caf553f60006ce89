//! Provides the harness: a stage with ports in memory, scripts for the model, and the checks that hold after
//! every investigation.

pub(crate) mod checks;
pub(crate) mod known_incident;
pub(crate) mod script;
pub(crate) mod stage;
