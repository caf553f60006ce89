//! Commands about the deployment and the account that it watches, and what every command needs to reach them.

pub(crate) mod aws_failure;
pub(crate) mod caller;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod export;
pub(crate) mod intake;
pub(crate) mod migrate;
pub(crate) mod redrive;
pub(crate) mod session;
pub(crate) mod stack;
pub(crate) mod topology;
