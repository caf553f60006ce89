//! Lists the actions that a runbook may propose.

use std::collections::BTreeSet;

use common::ActionId;

use crate::error::quoted;

const SHIPPED: &str = include_str!("../../../infra/actions.toml");

/// The ids of an action catalogue.
#[derive(Debug, Clone, Default)]
pub struct Actions {
    proposable: BTreeSet<String>,
    /// They only take another one back: nobody may propose them.
    undo_only: BTreeSet<String>,
}

impl Actions {
    /// Returns the actions of the catalogue that ships with Nightshift.
    pub fn shipped() -> Result<Self, toml::de::Error> {
        Self::parse(SHIPPED)
    }

    /// The ids in the catalogue's text; what an action is made of, the catalogue's own reader checks.
    pub fn parse(catalogue: &str) -> Result<Self, toml::de::Error> {
        let mut actions = Self::default();
        for (id, action) in toml::from_str::<toml::Table>(catalogue)? {
            let undo_only = action.get("undo_only").and_then(toml::Value::as_bool).unwrap_or(false);
            if undo_only {
                actions.undo_only.insert(id)
            } else {
                actions.proposable.insert(id)
            };
        }
        Ok(actions)
    }

    pub(crate) fn check(&self, id: &str) -> Result<ActionId, String> {
        let right = || {
            let ids: Vec<&str> = self.proposable.iter().map(String::as_str).collect();
            format!("expected one of {}", ids.join(", "))
        };
        if self.undo_only.contains(id) {
            return Err(format!(
                "{} only undoes another action and cannot be proposed: {}",
                quoted(id),
                right()
            ));
        }
        if !self.proposable.contains(id) {
            return Err(format!("unknown action {}: {}", quoted(id), right()));
        }
        id.parse::<ActionId>().map_err(|error| error.to_string())
    }
}
