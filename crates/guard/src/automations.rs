//! Defines the port through which actions are run. It is here and not in `common` because starting takes an
//! [`Allow`], which only this crate can make.
#![allow(async_fn_in_trait, reason = "used as a generic by one task at a time")]

use std::collections::BTreeMap;

use common::{Plan, PortError};
use jiff::Timestamp;

use crate::Allow;

pub trait Automations {
    /// Returns the version of the plan's document that may be started, because it says what this binary was built with or
    /// is the one that the catalogue pins. An error, which names the document, where there is none.
    async fn verified_version(&self, plan: &Plan) -> Result<String, PortError>;

    /// Starts this version of the plan's document under its own role with the plan's client token, and returns SSM's
    /// id of the execution. The same plan started again is the same execution.
    async fn start(&self, allow: &Allow, version: &str) -> Result<String, PortError>;

    /// The execution of this plan that was started since then, if there is one.
    async fn find(&self, plan: &Plan, since: Timestamp) -> Result<Option<String>, PortError>;

    async fn progress(&self, execution_id: &str) -> Result<Progress, PortError>;
}

/// The state of an automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Running,
    Succeeded {
        outputs: BTreeMap<String, Vec<String>>,
    },
    /// SSM's own word for the status, and what it says went wrong.
    Failed {
        status: String,
        reason: String,
        outputs: BTreeMap<String, Vec<String>>,
    },
}
