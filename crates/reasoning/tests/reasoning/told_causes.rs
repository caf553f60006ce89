//! Tests causes that can only be told: an alarm on `checkout`, and a change of something that it uses, that starts it or
//! that its log names.

use common::{
    Arn, Conclusion, FailureMode, Observed, OwnRoles,
    findings::LogTemplate,
    telemetry::{Call, CallGraph, CallNode},
};
use fakes::{
    sample,
    sample_evidence::{before, change, evidence, firing, function, parameter, root_cause},
};
use reasoning::{
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::IncidentEvidence,
    playbooks::playbook::Playbooks,
};

fn arn(text: &str) -> Arn {
    format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
}

fn log(line: &str) -> Observed {
    let template = LogTemplate { template: line.to_owned(), baseline: 0, incident: 40 };
    Observed::Logs {
        function: function(),
        baseline_lines: 400,
        incident_lines: 400,
        truncated: false,
        templates: vec![template],
    }
}

fn connection(caller: &Arn, other: &Arn) -> Observed {
    let nodes = [caller, other].map(|arn| CallNode::from_resource(arn.clone(), arn.service()));
    let calls = vec![Call { caller: caller.to_string(), callee: other.to_string() }];
    Observed::Connections { graph: CallGraph { nodes: nodes.into(), calls } }
}

fn concluded(mut all: Vec<Observed>) -> Assessment {
    all.push(Observed::Symptom { observation: firing() });
    let evidence: Vec<_> = all.into_iter().map(evidence).collect();
    let case = IncidentEvidence {
        signal: &sample::alarm_signal("event-1", "checkout-errors"),
        evidence: &evidence,
        gaps: &[],
        own_roles: &OwnRoles::default(),
        attempted: &[],
    };
    conclude(&case, &Playbooks::shipped().unwrap())
}

/// The first hypothesis, where the incident is explained.
fn first(all: Vec<Observed>) -> Option<(Arn, FailureMode)> {
    let found = concluded(all);
    assert!(found.hypotheses.iter().all(|one| one.proposal.is_none()), "nothing here may be acted on");
    let explained = found.conclusion == Conclusion::Explained;
    found.hypotheses.first().filter(|_| explained).map(|first| (first.component.clone(), first.failure_mode))
}

const DENIED: &str = "AccessDeniedException: User: <*> is not authorized to perform: <*>";
const TIMED_OUT: &str = "connect ETIMEDOUT <*>:443";
const THROTTLED: &str = "ThrottlingException: Rate exceeded";

#[test]
fn told_cause_is_the_change_that_brings_about_what_is_seen() {
    for (resource, event, line, expected) in [
        ("s3:::originals", "PutBucketPolicy", DENIED, FailureMode::Permissions),
        ("iam::123456789012:role/receipts", "DetachRolePolicy", DENIED, FailureMode::Permissions),
        ("kms:@:key/5d0c", "DisableKey", "KMS.DisabledException: key is disabled", FailureMode::Permissions),
        ("ec2:@:security-group/sg-1", "RevokeSecurityGroupIngress", TIMED_OUT, FailureMode::BadConfiguration),
        ("route53:::hostedzone/Z1", "ChangeResourceRecordSets", TIMED_OUT, FailureMode::BadConfiguration),
        (
            "elasticloadbalancing:@:loadbalancer/app/w/1",
            "ModifyListener",
            TIMED_OUT,
            FailureMode::BadConfiguration,
        ),
        ("dynamodb:@:table/carts", "UpdateTable", THROTTLED, FailureMode::Throttled),
        ("sns:@:paid", "SetTopicAttributes", "unexpected reply", FailureMode::BadConfiguration),
    ] {
        let resource = arn(resource);
        let seen = vec![
            Observed::Engine { findings: root_cause(&[function()], 0.9) },
            connection(&function(), &resource),
            Observed::Change { change: change(&resource, event, before(6)) },
            log(line),
        ];
        let found = first(seen);
        if resource.service() == "dynamodb" {
            // A table has metrics of its own, and the engine has looked at them.
            assert_eq!(found.map(|(component, _)| component), Some(function()), "{resource}");
        } else {
            assert_eq!(found, Some((resource, expected)), "{event}");
        }
    }
}

#[test]
fn told_cause_is_no_change_that_came_later_or_cannot_do_this_or_leads_nowhere() {
    let bucket = arn("s3:::originals");
    let engine = || Observed::Engine { findings: root_cause(&[function()], 0.9) };
    let written = |minutes| Observed::Change { change: change(&bucket, "PutBucketPolicy", before(minutes)) };
    let used = || connection(&function(), &bucket);
    let others = arn("s3:::others");
    for (what, seen) in [
        ("after the alarm", vec![engine(), used(), written(-2), log(DENIED)]),
        ("long before", vec![engine(), used(), written(90), log(DENIED)]),
        ("another failure", vec![engine(), used(), written(6), log(THROTTLED)]),
        ("nobody uses it", vec![engine(), connection(&function(), &others), written(6), log(DENIED)]),
        (
            "only a tag",
            vec![
                engine(),
                used(),
                Observed::Change { change: change(&bucket, "PutBucketTagging", before(6)) },
                log(DENIED),
            ],
        ),
    ] {
        let found = first(seen);
        assert_ne!(found.as_ref().map(|(component, _)| component), Some(&bucket), "{what}");
    }
}

#[test]
fn told_cause_after_the_measured_onset_is_none() {
    let bucket = arn("s3:::originals");
    let mut findings = root_cause(&[function()], 0.9);
    findings.onset = Some(before(10));
    let seen = vec![
        Observed::Engine { findings },
        connection(&function(), &bucket),
        Observed::Change { change: change(&bucket, "PutBucketPolicy", before(6)) },
        log(DENIED),
    ];
    assert_ne!(first(seen).map(|(component, _)| component), Some(bucket));
}

#[test]
fn told_cause_is_what_starts_the_function_and_was_disabled() {
    let rule = arn("events:@:rule/nightly");
    let mut signal = sample::alarm_signal("event-1", "checkout-invocations");
    signal.metric = Some(common::signal::Metric {
        namespace: "AWS/Lambda".to_owned(),
        name: "Invocations".to_owned(),
        dimensions: std::collections::BTreeMap::new(),
        statistic: "Sum".to_owned(),
        period_seconds: 300,
    });
    let seen = [
        Observed::Symptom { observation: firing() },
        connection(&rule, &function()),
        Observed::Change { change: change(&rule, "DisableRule", before(36)) },
    ];
    let evidence = seen.map(evidence);
    let case = IncidentEvidence {
        signal: &signal,
        evidence: &evidence,
        gaps: &[],
        own_roles: &OwnRoles::default(),
        attempted: &[],
    };
    let found = conclude(&case, &Playbooks::shipped().unwrap());
    let first = found.hypotheses.first().map(|first| (&first.component, first.failure_mode));
    assert_eq!(first, Some((&rule, FailureMode::Stopped)));
    assert!(
        found.hypotheses[0].cause.starts_with("rule nightly was stopped, disabled or cut off (DisableRule)")
    );
}

#[test]
fn told_cause_is_a_parameter_of_another_team_and_is_theirs_to_put_back() {
    let theirs = sample::arn("ssm", "parameter/platform/rate-card");
    let seen = vec![
        Observed::Engine { findings: root_cause(&[function()], 0.9) },
        Observed::Application { name: "shop".to_owned(), resources: vec![function(), parameter("limit")] },
        Observed::Reads { function: function(), parameters: vec![theirs.clone()] },
        Observed::Change { change: change(&theirs, "PutParameter", before(6)) },
    ];
    assert_eq!(first(seen), Some((theirs, FailureMode::BadConfiguration)));
}

#[test]
fn told_cause_is_no_configuration_that_the_alarms_alias_does_not_run() {
    let mut signal = sample::alarm_signal("event-1", "checkout-errors");
    signal.resources.insert(1, fakes::sample_evidence::alias());
    let seen = [
        Observed::Symptom { observation: firing() },
        Observed::Change { change: change(&function(), "UpdateFunctionConfiguration", before(6)) },
        log(TIMED_OUT),
    ];
    let evidence = seen.map(evidence);
    let case = IncidentEvidence {
        signal: &signal,
        evidence: &evidence,
        gaps: &[],
        own_roles: &OwnRoles::default(),
        attempted: &[],
    };
    assert!(conclude(&case, &Playbooks::shipped().unwrap()).hypotheses.is_empty());
}

#[test]
fn told_cause_is_no_role_that_was_only_just_created() {
    let role = arn("iam::123456789012:role/receipts");
    let event = |name: &str, minutes| Observed::Change { change: change(&role, name, before(minutes)) };
    let with = |changes: Vec<Observed>| {
        let mut all = vec![connection(&function(), &role), log(DENIED)];
        all.extend(changes);
        first(all)
    };
    let cause = Some((role.clone(), FailureMode::Permissions));
    assert_eq!(with(vec![event("PutRolePolicy", 3)]), cause);
    assert_eq!(with(vec![event("CreateRole", 3), event("PutRolePolicy", 3)]), None);
    // What came later, or after the role had been deleted, changed what was there.
    assert_eq!(with(vec![event("CreateRole", 9), event("PutRolePolicy", 3)]), cause);
    assert_eq!(with(vec![event("DeleteRole", 4), event("CreateRole", 3), event("PutRolePolicy", 3)]), cause);
}
