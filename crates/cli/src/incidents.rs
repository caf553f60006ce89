//! Commands that read incidents: list them, show one, explain a verdict, and trace what a model was asked about it.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod list;
pub(crate) mod purged;
pub(crate) mod show;
pub(crate) mod trace;
