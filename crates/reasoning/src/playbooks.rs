//! Known signatures with a known cause, as data.

pub mod condition;
pub mod playbook;
pub mod template;
