//! Defines the states of parameters, aliases and instances, as their services tell them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Arn;

/// A parameter's versions; never its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterState {
    pub arn: Arn,
    pub name: String,
    pub parameter_type: String,
    pub version: u64,
    pub modified_at: Timestamp,
    pub modified_by: String,
    pub previous_version: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasState {
    pub arn: Arn,
    pub function: String,
    pub alias: String,
    pub version: String,
    /// The version that the alias pointed to before, as the trail of changes has it; never a guess.
    pub previous_version: Option<String>,
    /// True if part of the traffic goes to another version, as during a canary deployment.
    pub weighted: bool,
    /// The other versions that part of the traffic goes to, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weighted_versions: Vec<String>,
    /// Lambda's id of this state of the alias; every change of the alias gives it another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceState {
    pub arn: Arn,
    pub id: String,
    /// EC2's own word: `running`, `stopped`, …
    pub state: String,
    /// The time of its last start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launched_at: Option<Timestamp>,
}
