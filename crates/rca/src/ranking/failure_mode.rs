//! How a component is broken, from which of its metrics moved and what was changed on it.

use common::FailureMode;

use crate::{
    incident_data::Change, ranking::rank::ABNORMAL, ranking::suspects::Suspect, series::metric_kind::Kind,
};

/// A shortage at least this abnormal, beside what it does to answers, is what is wrong: answers get slow
/// because of it, and it does not run short because they are slow.
const SHORTAGE_SHARE: f64 = 0.25;

/// API calls by what they break when they break something: the first list that has a prefix of the name.
const BY_CHANGE: &[(FailureMode, &[&str])] = &[
    (
        FailureMode::BadDeployment,
        &[
            "UpdateAlias",
            "UpdateFunctionCode",
            "PublishVersion",
            "UpdateService",
            "CreateDeployment",
            "RegisterTaskDefinition",
            "ExecuteChangeSet",
            "UpdateStack",
            "StartPipelineExecution",
            "Deploy",
        ],
    ),
    (
        FailureMode::Permissions,
        &[
            "PutRolePolicy",
            "DeleteRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "UpdateAssumeRolePolicy",
            "AuthorizeSecurityGroup",
            "RevokeSecurityGroup",
            "PutKeyPolicy",
            "RemovePermission",
            "AddPermission",
            "DisableKey",
            "ScheduleKeyDeletion",
        ],
    ),
    (FailureMode::Stopped, &["Stop", "Terminate", "Delete", "Disable", "Reboot"]),
    (FailureMode::BadConfiguration, &["Update", "Modify", "Put", "Set", "RestoreSecret", "Change"]),
];

/// What `change` breaks when it breaks something.
fn of_change(change: &Change) -> Option<FailureMode> {
    BY_CHANGE
        .iter()
        .find(|(_, names)| names.iter().any(|name| change.name.starts_with(name)))
        .map(|(mode, _)| *mode)
}

/// `change`: a likely trigger that touched this very component.
pub(crate) fn failure_mode(suspect: &Suspect, change: Option<&Change>) -> FailureMode {
    if let Some(mode) = change.and_then(of_change) {
        return mode;
    }
    let Some(worst) = suspect.worst() else { return FailureMode::Unknown };
    let height = |kind: Kind| {
        suspect
            .aspects
            .iter()
            .filter(|aspect| aspect.kind == kind)
            .map(|aspect| aspect.peak.height)
            .fold(0.0, f64::max)
    };
    let least = ABNORMAL.max(SHORTAGE_SHARE * worst.peak.height);
    let shortages = [
        (Kind::Throttles, FailureMode::Throttled),
        (Kind::Cpu, FailureMode::Cpu),
        (Kind::Memory, FailureMode::Memory),
        (Kind::Disk, FailureMode::Disk),
        (Kind::Concurrency, FailureMode::Connections),
    ];
    let shortage = shortages
        .into_iter()
        .map(|(kind, mode)| (height(kind), mode))
        .filter(|(height, _)| *height >= least)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    if let Some((_, mode)) = shortage {
        return mode;
    }
    match worst.kind {
        Kind::Latency => FailureMode::Slow,
        Kind::Errors | Kind::Availability => FailureMode::Failing,
        Kind::Throttles => FailureMode::Throttled,
        Kind::Traffic | Kind::Network => FailureMode::Overload,
        Kind::Cpu => FailureMode::Cpu,
        Kind::Memory => FailureMode::Memory,
        Kind::Disk => FailureMode::Disk,
        Kind::Concurrency => FailureMode::Connections,
        Kind::Backlog => FailureMode::Backlog,
        Kind::Other => FailureMode::Unknown,
    }
}
