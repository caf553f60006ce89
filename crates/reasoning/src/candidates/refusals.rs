//! Reads who refuses whom in a line of an AWS SDK, and which of the changes of an hour such a refusal can come from, where
//! the line names it by its kind alone.

use std::collections::BTreeSet;

use common::{Arn, evidence::Change};

use crate::candidates::change_effect::{Effect, effect};

/// The exceptions of KMS, as its callers log them: a key that is disabled or pending deletion, or that refuses.
const KMS: &[&str] = &[
    "kmsdisabled",
    "kms.disabled",
    "kmsinvalidstate",
    "kms.invalidstate",
    "kmsaccessdenied",
    "kms.accessdenied",
    "kms key is disabled",
];

/// The words before the action that is refused:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
const NOT_AUTHORIZED: &str = "not authorized to perform: ";

/// The policies that such a message may name as what refuses, with what is changed where they are.
const POLICIES: &[(&str, Policy)] = &[
    ("resource-based policy", Policy::Resource),
    ("identity-based policy", Policy::Identity),
    ("permissions boundary", Policy::Identity),
    ("service control policy", Policy::Organization),
    ("resource control policy", Policy::Organization),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    Resource,
    Identity,
    Organization,
}

/// Returns the services whose resources a refusal can come from; empty for a line that is none of AWS's.
pub fn refusing_services(line: &str) -> BTreeSet<String> {
    let line = line.to_lowercase();
    if KMS.iter().any(|word| line.contains(word)) {
        return BTreeSet::from(["kms".to_owned()]);
    }
    let Some((_, action)) = line.split_once(NOT_AUTHORIZED) else { return BTreeSet::new() };
    let service: String = action.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let named = POLICIES.iter().find(|(words, _)| line.contains(words)).map(|(_, policy)| *policy);
    let (identity, organization) = ("iam".to_owned(), "organizations".to_owned());
    match named {
        Some(Policy::Identity) => BTreeSet::from([identity]),
        Some(Policy::Organization) => BTreeSet::from([organization]),
        Some(Policy::Resource) if service.is_empty() => BTreeSet::new(),
        Some(Policy::Resource) => BTreeSet::from([service]),
        None if service.is_empty() => BTreeSet::from([identity]),
        None => BTreeSet::from([identity, service]),
    }
}

/// Returns the changed resource that a refusal in the log of `function` comes from, where only one can be: the one whose
/// permissions were changed, of those that the refusal is of; or, of several, the one that bears the function's name, as
/// a role does. Two of that sort are none: the line does not tell them apart.
pub fn refused_by<'c>(line: &str, function: &Arn, changes: &[&'c Change]) -> Option<&'c Arn> {
    let services = refusing_services(line);
    let possible: Vec<&'c Change> = changes
        .iter()
        .copied()
        .filter(|change| services.contains(change.resource.service()))
        .filter(|change| effect(change) == Some(Effect::Permissions))
        .collect();
    // A policy that is attached or detached stays what it was: who has it is changed.
    let is_told_by_identity = |change: &Change| {
        possible.iter().any(|other| other.event_id == change.event_id && is_identity(&other.resource))
    };
    let found: BTreeSet<&Arn> = possible
        .iter()
        .filter(|change| is_identity(&change.resource) || !is_told_by_identity(change))
        .map(|change| &change.resource)
        .collect();
    let of_its_name: BTreeSet<&Arn> =
        found.iter().copied().filter(|arn| bears_name(arn, &function.name())).collect();
    only(&found).or_else(|| only(&of_its_name))
}

fn is_identity(resource: &Arn) -> bool {
    let kinds = ["role/", "user/", "group/"];
    resource.service() == "iam" && kinds.iter().any(|kind| resource.resource().starts_with(kind))
}

fn only<'c>(found: &BTreeSet<&'c Arn>) -> Option<&'c Arn> {
    found.first().copied().filter(|_| found.len() == 1)
}

/// Returns true if the last part of a resource's name is `name`, or has it as whole words.
fn bears_name(resource: &Arn, name: &str) -> bool {
    let last = resource.resource().rsplit(['/', ':']).next().unwrap_or_default();
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !name.is_empty()
        && last.match_indices(name).any(|(at, _)| {
            let before = last.get(..at).and_then(|text| text.chars().next_back());
            let after = last.get(at.saturating_add(name.len())..).and_then(|text| text.chars().next());
            !goes_on(before) && !goes_on(after)
        })
}

#[cfg(test)]
mod tests {
    use fakes::sample_evidence::{before, change, function};
    use proptest::prelude::*;

    use super::*;

    const DENIED: &str = "ERROR AccessDenied: not authorized to perform: s3:PutObject request 1";
    const DISABLED: &str = "ERROR KMSDisabledException: key is disabled, table invoices";

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
    }

    #[test]
    fn refusing_services_table() {
        for (line, expected) in [
            (DENIED, &["iam", "s3"][..]),
            (DISABLED, &["kms"]),
            ("KMS.DisabledException: arn is disabled", &["kms"]),
            (
                "User: x is not authorized to perform: kms:Decrypt because no identity-based policy allows it",
                &["iam"],
            ),
            (
                "x is not authorized to perform: s3:GetObject with an explicit deny in a resource-based policy",
                &["s3"],
            ),
            (
                "is not authorized to perform: ec2:RunInstances with an explicit deny in a service control policy",
                &["organizations"],
            ),
            ("User is not authorized to perform: <*>", &["iam"]),
            ("bank answered 403 Forbidden", &[]),
            ("feature is disabled", &[]),
        ] {
            let found = refusing_services(line);
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn refused_by_the_only_change_that_can_be_it() {
        let own = ("iam::123456789012:role/checkout-role", "DetachRolePolicy");
        let other = ("iam::123456789012:role/nightly", "DetachRolePolicy");
        let third = ("iam::123456789012:role/hourly", "DetachRolePolicy");
        let bucket = ("s3:::receipts", "PutBucketPolicy");
        let key = ("kms:@:key/1", "DisableKey");
        for (line, changes, expected) in [
            (DENIED, &[own][..], Some(own)),
            (DENIED, &[other], Some(other)),
            (DENIED, &[other, own, bucket], Some(own)),
            (DENIED, &[other, third], None),
            (DENIED, &[bucket], Some(bucket)),
            (DENIED, &[key], None),
            (DENIED, &[("s3:::receipts", "PutBucketTagging")], None),
            (DENIED, &[("iam::123456789012:role/checkouts", "DetachRolePolicy"), other], None),
            (DISABLED, &[own, key], Some(key)),
            ("bank answered 403", &[own], None),
        ] {
            let changes: Vec<Change> =
                changes.iter().map(|(resource, event)| change(&arn(resource), event, before(3))).collect();
            let found = refused_by(line, &function(), &changes.iter().collect::<Vec<_>>());
            assert_eq!(found.cloned(), expected.map(|(resource, _)| arn(resource)), "{line}");
        }
    }

    #[test]
    fn refused_by_a_role_and_not_by_the_policy_that_was_detached_from_it() {
        let role = change(&arn("iam::123456789012:role/checkout"), "DetachRolePolicy", before(3));
        let policy = Change { resource: arn("iam::123456789012:policy/checkout-write"), ..role.clone() };
        assert_eq!(refused_by(DENIED, &function(), &[&policy, &role]), Some(&role.resource));
        let alone = Change { event_id: "other".to_owned(), ..policy.clone() };
        assert_eq!(refused_by(DENIED, &function(), &[&alone]), Some(&alone.resource));
        assert_eq!(refused_by(DENIED, &function(), &[&alone, &role]), None);
    }

    proptest! {
        #[test]
        fn refused_by_what_is_found_had_its_permissions_changed_and_order_does_not_matter(
            picked in prop::sample::subsequence(vec![
                ("iam::123456789012:role/checkout", "DetachRolePolicy"),
                ("iam::123456789012:role/a", "PutRolePolicy"),
                ("kms:@:key/1", "DisableKey"),
                ("kms:@:key/1", "TagResource"),
                ("s3:::b", "PutBucketPolicy"),
                ("lambda:@:function:f:live", "UpdateAlias"),
                ("ssm:@:parameter/p", "PutParameter"),
                ("ec2:@:instance/i-0a1b2c3d", "StopInstances"),
            ], 0..8).prop_shuffle(),
            line in prop::sample::select(vec![
                DENIED,
                DISABLED,
                "instance i-0a1b2c3d is disabled",
                "not authorized to perform: lambda:InvokeFunction on resource: f",
                "not authorized to perform: ssm:GetParameter on resource: p",
                "not authorized to perform: ec2:StartInstances on resource: i-0a1b2c3d",
            ]),
        ) {
            let changes: Vec<Change> =
                picked.iter().map(|(resource, event)| change(&arn(resource), event, before(3))).collect();
            let mut order: Vec<&Change> = changes.iter().collect();
            let found = refused_by(line, &function(), &order);
            order.reverse();
            prop_assert_eq!(found, refused_by(line, &function(), &order));
            // Nothing that can be acted on is ever found.
            prop_assert!(found.is_none_or(|arn| ["iam", "kms", "s3"].contains(&arn.service())));
        }
    }
}
