//! The third step reads the playbooks: known signatures with a known cause, as data, and the facts that they name.

pub mod condition;
pub mod facts;
pub mod playbook;
pub mod playbook_resource;
pub mod template;
