//! Tells the changes that break nothing.

use common::evidence::Change;

/// Calls that change only what is told of a resource, or who watches it, and break nothing: prefixes.
const HARMLESS: &[&str] = &[
    "Tag",
    "Untag",
    "AddTags",
    "RemoveTags",
    "CreateTags",
    "DeleteTags",
    "PutBucketTagging",
    "PutMetric",
    "PutDashboard",
    "PutRetentionPolicy",
    "PutSubscriptionFilter",
    "PutLogEvents",
    "DeleteLogStream",
    "PutInsight",
    "UpdateTags",
    "SetAlarmState",
    "PutCompositeAlarm",
    "DeleteAlarms",
    "PutContact",
    "PutEvaluations",
    "PutComplianceItems",
    "UpdateInstanceInformation",
    "PutInventory",
    "UpdateInstanceAssociationStatus",
    "DeleteNetworkInterface",
    "DeleteSnapshot",
    "DeleteDBSnapshot",
];

/// Calls of the same kind, of whose names others are the beginnings.
const HARMLESS_CALLS: &[&str] = &[
    "PutImage",
    "PutImageScanningConfiguration",
    "PutObject",
    "PutObjectTagging",
    "DeleteObject",
    "DeleteObjects",
    "DeleteObjectTagging",
];

/// Returns true for a change that breaks nothing, whatever it is made of.
pub fn is_harmless(change: &Change) -> bool {
    let name = change.event_name.as_str();
    HARMLESS_CALLS.contains(&name) || HARMLESS.iter().any(|prefix| name.starts_with(prefix))
}
