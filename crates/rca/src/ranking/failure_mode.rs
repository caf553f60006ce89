//! Derives the failure mode of a component from the metrics that moved and the change that was made to it.

use common::FailureMode;

use crate::{
    incident_data::Change,
    ranking::{abnormal::ABNORMAL, load::LoadState, suspects::Suspect},
    series::metric_kind::MetricKind,
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

/// The modes in which a component fails that takes too much. Memory and disks fill up for many other reasons.
const OF_LOAD: [FailureMode; 5] = [
    FailureMode::Throttled,
    FailureMode::Slow,
    FailureMode::Failing,
    FailureMode::Cpu,
    FailureMode::Connections,
];

/// The failure mode that `change` leads to when it breaks something.
fn of_change(change: &Change) -> Option<FailureMode> {
    BY_CHANGE
        .iter()
        .find(|(_, names)| names.iter().any(|name| change.name.starts_with(name)))
        .map(|(mode, _)| *mode)
}

/// `change`: a likely trigger that touched this very component.
pub(crate) fn failure_mode(suspect: &Suspect, change: Option<&Change>, load: LoadState) -> FailureMode {
    if let Some(mode) = change.and_then(of_change) {
        return mode;
    }
    let mode = measured_mode(suspect);
    match load {
        LoadState::Surge if OF_LOAD.contains(&mode) => FailureMode::Overload,
        LoadState::Idle if mode == FailureMode::Overload => FailureMode::Stopped,
        _ => mode,
    }
}

fn measured_mode(suspect: &Suspect) -> FailureMode {
    // It shows by what it no longer calls, and by nothing of its own.
    if suspect.ends_requests() && suspect.weight() < ABNORMAL {
        return FailureMode::Failing;
    }
    let Some(worst) = suspect.worst() else { return FailureMode::Unknown };
    let height = |kind: MetricKind| {
        suspect
            .metrics
            .iter()
            .filter(|metric| metric.kind == kind)
            .map(|metric| metric.anomaly.score)
            .fold(0.0, f64::max)
    };
    // What a cache does not hold is fetched elsewhere: its hit rate falls for what it lacks, however little that shows.
    let share = if worst.kind == MetricKind::HitRate { 0.0 } else { SHORTAGE_SHARE };
    let least = ABNORMAL.max(share * worst.anomaly.score);
    let shortages = [
        (MetricKind::Throttles, FailureMode::Throttled),
        (MetricKind::Cpu, FailureMode::Cpu),
        (MetricKind::Memory, FailureMode::Memory),
        (MetricKind::Disk, FailureMode::Disk),
        (MetricKind::Connections, FailureMode::Connections),
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
        MetricKind::Latency => FailureMode::Slow,
        MetricKind::Errors | MetricKind::Availability | MetricKind::HitRate => FailureMode::Failing,
        MetricKind::Throttles => FailureMode::Throttled,
        MetricKind::Cpu => FailureMode::Cpu,
        MetricKind::Memory => FailureMode::Memory,
        MetricKind::Disk => FailureMode::Disk,
        MetricKind::Connections => FailureMode::Connections,
        // More are worked on at once because more come, or because each takes longer.
        MetricKind::Concurrency if height(MetricKind::Latency) >= ABNORMAL => FailureMode::Slow,
        MetricKind::Concurrency if height(MetricKind::Errors) >= ABNORMAL => FailureMode::Failing,
        MetricKind::Traffic | MetricKind::Network | MetricKind::Concurrency => FailureMode::Overload,
        MetricKind::Backlog => FailureMode::Backlog,
        MetricKind::Other => FailureMode::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ranking::suspects::AbnormalMetric, series::anomaly::Anomaly};

    fn suspect(metrics: &[(MetricKind, f64)]) -> Suspect {
        let metric = |(kind, score): &(MetricKind, f64)| AbnormalMetric {
            scored: 0,
            kind: *kind,
            is_of_calls: false,
            anomaly: Anomaly { score: *score, onset: 0, from: 0, to: 1 },
            times: f64::NAN,
            weight: *score,
            scores: Vec::new(),
        };
        Suspect { metrics: metrics.iter().map(metric).collect(), ..Suspect::default() }
    }

    #[test]
    fn failure_mode_of_more_at_the_same_time_is_what_makes_them_more() {
        for (metrics, expected) in [
            (&[(MetricKind::Concurrency, 90.0)][..], FailureMode::Overload),
            (&[(MetricKind::Concurrency, 90.0), (MetricKind::Latency, 40.0)], FailureMode::Slow),
            (&[(MetricKind::Concurrency, 90.0), (MetricKind::Errors, 40.0)], FailureMode::Failing),
            (&[(MetricKind::Concurrency, 90.0), (MetricKind::Throttles, 40.0)], FailureMode::Throttled),
            (&[(MetricKind::Connections, 90.0), (MetricKind::Latency, 40.0)], FailureMode::Connections),
            (&[(MetricKind::Errors, 90.0), (MetricKind::Concurrency, 80.0)], FailureMode::Failing),
            (&[(MetricKind::HitRate, 90.0), (MetricKind::Memory, 5.0)], FailureMode::Memory),
            (&[(MetricKind::HitRate, 90.0)], FailureMode::Failing),
            (&[(MetricKind::Errors, 90.0), (MetricKind::Memory, 5.0)], FailureMode::Failing),
        ] {
            assert_eq!(failure_mode(&suspect(metrics), None, LoadState::Usual), expected, "{metrics:?}");
        }
    }
}
