//! Defines plans: the actions that are meant to be taken, identified by their hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ActionId, Arn, IncidentId, PlanHash};

/// An action from the catalogue with everything it needs. Made by `guard` alone, from a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub schema_version: u32,
    pub incident_id: IncidentId,
    pub action: ActionId,
    /// Name of the SSM Automation document.
    pub document: String,
    pub target: Arn,
    /// The document's parameters, without the role it acts under.
    pub parameters: BTreeMap<String, String>,
    /// The plan that this one takes back.
    pub undo_of: Option<PlanHash>,
}

impl Plan {
    /// SHA-256 of the plan's JSON: fields in the order above, parameters by name. The same plan has
    /// the same hash; any other has another.
    pub fn hash(&self) -> PlanHash {
        // A struct of strings and maps of strings always has a JSON form.
        PlanHash::from_canonical_json(&serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(parameters: BTreeMap<String, String>) -> Plan {
        Plan {
            schema_version: 1,
            incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            action: "restore-parameter".parse().unwrap(),
            document: "Nightshift-RestoreParameter".into(),
            target: "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b".parse().unwrap(),
            parameters,
            undo_of: None,
        }
    }

    proptest! {
        #[test]
        fn hash_differs_when_any_parameter_does(
            a in prop::collection::btree_map("[A-Z]{1,3}", "[a-z0-9]{0,4}", 0..4),
            b in prop::collection::btree_map("[A-Z]{1,3}", "[a-z0-9]{0,4}", 0..4),
        ) {
            prop_assert_eq!(plan(a.clone()).hash() == plan(b.clone()).hash(), a == b);
        }

        #[test]
        fn hash_survives_storage(a in prop::collection::btree_map("[A-Z]{1,3}", any::<String>(), 0..4)) {
            let before = plan(a);
            let after: Plan = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
            prop_assert_eq!(before.hash(), after.hash());
        }
    }
}
