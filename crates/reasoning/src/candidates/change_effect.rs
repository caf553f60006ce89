//! Tells what a change can bring about, by the call that made it: which of the ways to fail it belongs to.

use common::evidence::Change;

use crate::candidates::harmless_change::is_harmless;

/// The aspect of a resource that a change affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The permission to use it.
    Permissions,
    /// Which way leads to it, and who answers there.
    Network,
    /// The load that it takes before it refuses.
    Capacity,
    /// Its presence: it is there, runs, or starts others.
    Stopped,
    /// Any other setting of it.
    Configuration,
}

impl Effect {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Network => "network",
            Self::Capacity => "capacity",
            Self::Stopped => "stopped",
            Self::Configuration => "configuration",
        }
    }
}

/// Calls by what they affect, where the verb does not tell: the first list that has a prefix of the call's name, in records
/// of the service or, where that is empty, of any. The names are those of the services' API references.
const CALLS: &[(Effect, &str, &[&str])] = &[
    (
        Effect::Permissions,
        "",
        &[
            "AddPermission",
            "RemovePermission",
            "PutResourcePolicy",
            "DeleteResourcePolicy",
            "PutPermission",
            "SetRepositoryPolicy",
            "DeleteRepositoryPolicy",
        ],
    ),
    (
        Effect::Permissions,
        "s3",
        &[
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "PutBucketAcl",
            "PutBucketPublicAccessBlock",
            "PutPublicAccessBlock",
            "PutAccountPublicAccessBlock",
            "PutBucketOwnershipControls",
            "PutBucketEncryption",
        ],
    ),
    // Whatever is written to IAM is about who may do what.
    (
        Effect::Permissions,
        "iam",
        &["Attach", "Detach", "Put", "Delete", "Update", "Set", "CreatePolicyVersion", "RemoveRole"],
    ),
    (
        Effect::Permissions,
        "kms",
        &[
            "PutKeyPolicy",
            "Disable",
            "ScheduleKeyDeletion",
            "Revoke",
            "Retire",
            "DeleteAlias",
            "UpdateAlias",
            "DeleteImportedKeyMaterial",
        ],
    ),
    (Effect::Permissions, "organizations", &["Attach", "Update", "EnablePolicyType", "Detach"]),
    (Effect::Permissions, "wafv2", &["Update", "Associate", "Put", "Create"]),
    (Effect::Permissions, "cognito-idp", &["Update", "Set", "Delete"]),
    (
        Effect::Permissions,
        "secretsmanager",
        &["PutSecretValue", "UpdateSecret", "RotateSecret", "DeleteSecret", "CancelRotateSecret"],
    ),
    (Effect::Permissions, "elasticache", &["ModifyUser"]),
    (
        Effect::Permissions,
        "apigateway",
        &["UpdateAuthorizer", "DeleteAuthorizer", "CreateAuthorizer", "UpdateApiKey", "DeleteApiKey"],
    ),
    (Effect::Network, "route53", &["Change", "Delete", "Disassociate", "UpdateHealthCheck"]),
    (
        Effect::Network,
        "ec2",
        &[
            "AuthorizeSecurityGroup",
            "RevokeSecurityGroup",
            "ModifySecurityGroup",
            "DeleteSecurityGroup",
            "CreateRoute",
            "DeleteRoute",
            "ReplaceRoute",
            "AssociateRouteTable",
            "DisassociateRouteTable",
            "CreateNetworkAclEntry",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAcl",
            "DeleteNatGateway",
            "DisassociateNatGatewayAddress",
            "DeleteVpc",
            "ModifyVpc",
            "DetachInternetGateway",
            "DisassociateAddress",
            "ReleaseAddress",
            "ModifyNetworkInterfaceAttribute",
            "DetachNetworkInterface",
            "DisableTransitGateway",
            "DeleteTransitGateway",
            "ModifyTransitGateway",
            "ModifySubnetAttribute",
            "AssociateDhcpOptions",
        ],
    ),
    (
        Effect::Network,
        "elasticloadbalancing",
        &[
            "Modify",
            "Delete",
            "CreateRule",
            "CreateListener",
            "Deregister",
            "Set",
            "RemoveListenerCertificates",
            "ApplySecurityGroups",
            "Detach",
            "Disable",
        ],
    ),
    (Effect::Network, "acm", &["Delete", "Update", "Import"]),
    (Effect::Network, "cloudfront", &["UpdateDistribution"]),
    (Effect::Network, "network-firewall", &["Update", "Delete", "Associate", "Disassociate"]),
    (Effect::Capacity, "dynamodb", &["UpdateTable"]),
    // Application Auto Scaling names what it scales, of whatever service.
    (
        Effect::Capacity,
        "",
        &["RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy"],
    ),
    // A firewall names what it is put before.
    (Effect::Permissions, "", &["AssociateWebACL"]),
    (
        Effect::Capacity,
        "autoscaling",
        &[
            "UpdateAutoScalingGroup",
            "SetDesiredCapacity",
            "SuspendProcesses",
            "PutScalingPolicy",
            "DeletePolicy",
        ],
    ),
    (
        Effect::Capacity,
        "lambda",
        &[
            "PutFunctionConcurrency",
            "DeleteFunctionConcurrency",
            "PutProvisionedConcurrency",
            "DeleteProvisionedConcurrency",
        ],
    ),
    (Effect::Capacity, "kinesis", &["UpdateShardCount", "MergeShards", "UpdateStreamMode"]),
    (Effect::Capacity, "ec2", &["ModifyVolume"]),
    (Effect::Capacity, "elasticfilesystem", &["UpdateFileSystem"]),
    (Effect::Capacity, "apigateway", &["UpdateUsagePlan"]),
    (Effect::Capacity, "elasticache", &["DecreaseReplicaCount", "DecreaseNodeGroups"]),
    (Effect::Capacity, "servicequotas", &["Request"]),
    (Effect::Stopped, "events", &["DisableRule", "DeleteRule", "RemoveTargets"]),
    (Effect::Stopped, "sns", &["Unsubscribe"]),
    (Effect::Stopped, "s3", &["PutBucketNotification"]),
    (Effect::Stopped, "lambda", &["DeleteEventSourceMapping"]),
    (Effect::Stopped, "sqs", &["PurgeQueue"]),
];

/// Verbs of calls that take something away or out of service.
const STOPS: &[&str] = &[
    "Stop",
    "Terminate",
    "Disable",
    "Delete",
    "Reboot",
    "Failover",
    "Remove",
    "Detach",
    "Deregister",
    "Disassociate",
    "Suspend",
    "Unsubscribe",
    "Cancel",
    "Restart",
    "Switchover",
    "Pause",
];

/// Verbs of calls that set how something works.
const CONFIGURES: &[&str] =
    &["Update", "Modify", "Put", "Set", "Change", "Replace", "Restore", "Rotate", "Reset", "Import", "Apply"];

/// Returns true for the call that created a role or a function: nothing that runs can have used it before, so nothing breaks by
/// it. What connects others, such as a rule or an event source mapping, may well break them when it comes.
pub fn creates_resource(change: &Change) -> bool {
    let kind = change.resource.resource().split(['/', ':']).next().unwrap_or_default();
    matches!(
        (change.resource.service(), kind, change.event_name.as_str()),
        ("iam", "role", "CreateRole") | ("lambda", "function", "CreateFunction")
    )
}

/// The parameters whose presence tells what a call that can do many things does, with the calls.
const BY_PARAMETER: &[(Effect, &str, &str)] = &[
    (Effect::Permissions, "SetQueueAttributes", "Policy"),
    (Effect::Permissions, "SetTopicAttributes", "Policy"),
];

/// Returns what the change affects; `None` for one that breaks nothing, or of which nothing is known.
pub fn effect(change: &Change) -> Option<Effect> {
    let name = change.event_name.as_str();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if is_harmless(change) {
        return None;
    }
    let has = |text: &str| change.request.keys().any(|key| key == text);
    let told = BY_PARAMETER.iter().find(|(_, call, parameter)| *call == name && has(parameter));
    if let Some((effect, ..)) = told {
        return Some(*effect);
    }
    let paths = change.request.get("paths").map_or("", String::as_str);
    if name == "UpdateStage" && paths.contains("throttling") {
        return Some(Effect::Capacity);
    }
    if change.request.get("state").is_some_and(|state| state == "DISABLED") {
        return Some(Effect::Stopped);
    }
    let service = change.resource.service();
    let of_call =
        CALLS.iter().find(|(_, of, prefixes)| (of.is_empty() || *of == service) && starts(prefixes));
    let of_verb = if starts(STOPS) {
        Some(Effect::Stopped)
    } else {
        starts(CONFIGURES).then_some(Effect::Configuration)
    };
    of_call.map(|(effect, ..)| *effect).or(of_verb)
}

#[cfg(test)]
mod tests {
    use common::Arn;
    use fakes::sample_evidence::{before, change};

    use super::*;

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
    }

    #[test]
    fn effect_of_each_call() {
        for (resource, event, request, expected) in [
            ("s3:::b", "PutBucketPolicy", "", Some(Effect::Permissions)),
            ("s3:::b", "PutBucketLifecycle", "", Some(Effect::Configuration)),
            ("s3:::b", "PutBucketTagging", "", None),
            ("iam::123456789012:role/r", "DetachRolePolicy", "", Some(Effect::Permissions)),
            ("iam::123456789012:role/r", "TagRole", "", None),
            ("kms:@:key/1", "DisableKey", "", Some(Effect::Permissions)),
            ("lambda:@:function:f", "RemovePermission", "", Some(Effect::Permissions)),
            ("lambda:@:function:f", "PutFunctionConcurrency", "", Some(Effect::Capacity)),
            ("lambda:@:function:f", "UpdateFunctionConfiguration", "", Some(Effect::Configuration)),
            ("lambda:@:function:f", "PublishVersion", "", None),
            ("sqs:@:q", "SetQueueAttributes", "Policy", Some(Effect::Permissions)),
            ("sqs:@:q", "SetQueueAttributes", "VisibilityTimeout", Some(Effect::Configuration)),
            ("ec2:@:security-group/sg-1", "RevokeSecurityGroupEgress", "", Some(Effect::Network)),
            ("ec2:@:route-table/rtb-1", "DeleteRoute", "", Some(Effect::Network)),
            ("route53:::hostedzone/Z1", "ChangeResourceRecordSets", "", Some(Effect::Network)),
            ("elasticloadbalancing:@:loadbalancer/app/w/1", "ModifyRule", "", Some(Effect::Network)),
            ("dynamodb:@:table/t", "UpdateTable", "", Some(Effect::Capacity)),
            ("dynamodb:@:table/t", "RegisterScalableTarget", "", Some(Effect::Capacity)),
            (
                "apigateway:eu-west-1::/restapis/a/stages/p",
                "UpdateStage",
                "paths=/*/*/throttling/rateLimit",
                Some(Effect::Capacity),
            ),
            (
                "apigateway:eu-west-1::/restapis/a/stages/p",
                "UpdateStage",
                "paths=/variables/x",
                Some(Effect::Configuration),
            ),
            ("events:@:rule/r", "DisableRule", "", Some(Effect::Stopped)),
            ("events:@:rule/r", "PutRule", "state=DISABLED", Some(Effect::Stopped)),
            ("scheduler:@:schedule/default/s", "UpdateSchedule", "state=DISABLED", Some(Effect::Stopped)),
            ("elasticache:@:cluster:c", "RebootCacheCluster", "", Some(Effect::Stopped)),
            ("rds:@:db:d", "FailoverDBCluster", "", Some(Effect::Stopped)),
            ("rds:@:pg:p", "ModifyDBParameterGroup", "", Some(Effect::Configuration)),
            ("ecr:@:repository/r", "CreateRepository", "", None),
        ] {
            let mut made = change(&arn(resource), event, before(3));
            if !request.is_empty() {
                let (key, value) = request.split_once('=').unwrap_or((request, ""));
                made.request.insert(key.to_owned(), value.to_owned());
            }
            assert_eq!(effect(&made), expected, "{event} {request}");
        }
    }
}
