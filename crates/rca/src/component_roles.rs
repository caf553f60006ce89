//! Tells what components are for, as far as their metrics cannot tell it.

use std::collections::{BTreeMap, BTreeSet};

use common::Arn;

/// The services whose resources take work and hand it on without working on it.
const RELAYS: [&str; 5] = ["elasticloadbalancing", "events", "kinesis", "sns", "sqs"];
/// The services whose resources share one limit for an account and a region: concurrent executions, calls a second.
const LIMITED: [&str; 3] = ["apigateway", "lambda", "states"];

/// The roles of components, by the names that series and calls give them.
///
/// ```
/// use rca::ComponentRoles;
///
/// let names = ["arn:aws:sqs:eu-west-1:123456789012:orders", "arn:aws:lambda:eu-west-1:123456789012:function:pay"];
/// let roles = ComponentRoles::from_arns(names.map(|name| (name.to_owned(), name.parse().unwrap())));
///
/// assert!(roles.relays.contains(names[0]) && !roles.relays.contains(names[1]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentRoles {
    /// Queues, streams, topics, event buses and load balancers: what piles up or fails in them is mostly the fault of
    /// what takes the work from them.
    pub relays: BTreeSet<String>,
    /// Each a group of components that share a limit, so that one can use up what another needs.
    pub sharing: Vec<BTreeSet<String>>,
}

impl ComponentRoles {
    /// Reads the roles from what the names stand for.
    pub fn from_arns(components: impl IntoIterator<Item = (String, Arn)>) -> Self {
        let mut roles = Self::default();
        let mut groups: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
        for (name, arn) in components {
            if LIMITED.contains(&arn.service()) {
                let group = [arn.service(), arn.account(), arn.region()].map(str::to_owned);
                groups.entry(group.into()).or_default().insert(name.clone());
            }
            if RELAYS.contains(&arn.service()) {
                roles.relays.insert(name);
            }
        }
        roles.sharing = groups.into_values().filter(|group| group.len() > 1).collect();
        roles
    }

    /// Reads the roles from names that are ARNs; of any other name nothing is known.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::from_arns(names.into_iter().filter_map(|name| Some((name.to_owned(), name.parse().ok()?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_names_groups_what_shares_a_limit_and_knows_what_only_hands_on() {
        let lambda =
            |region: &str, name: &str| format!("arn:aws:lambda:{region}:123456789012:function:{name}");
        let names = [
            lambda("eu-west-1", "a"),
            lambda("eu-west-1", "b"),
            lambda("us-east-1", "c"),
            "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks".to_owned(),
            "api.bank.example".to_owned(),
        ];
        let roles = ComponentRoles::from_names(names.iter().map(String::as_str));
        assert_eq!(roles.relays, BTreeSet::from([names[3].clone()]));
        assert_eq!(roles.sharing, [BTreeSet::from([names[0].clone(), names[1].clone()])]);
    }
}
