//! Commands that read incidents: list them, show one, and trace what a model was asked about it.

pub(crate) mod find;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod trace;
