//! Tests that `events/` holds EventBridge events and nothing else, and that each is read as the table says.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

use std::{fs, path::PathBuf};

use common::{Severity, Signal, SignalKind, SignalState, Symptom};
use ingest::ParsedEvent;
use serde_json::{Value, json};

fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// `ingest`'s signal as the state machine hands it to `dedup`.
fn input_of_dedup() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../function_inputs/dedup.json")
}

fn event(name: &str) -> Value {
    let text = fs::read_to_string(samples().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn signal(event: &Value) -> Signal {
    match ParsedEvent::parse(event) {
        ParsedEvent::Signal(signal) => *signal,
        other => panic!("no signal: {other:?}"),
    }
}

fn reason(event: &Value) -> String {
    match ParsedEvent::parse(event) {
        ParsedEvent::Ignored { reason } => format!("ignored: {reason}"),
        ParsedEvent::Rejected { reason } => format!("rejected: {reason}"),
        other => panic!("a signal: {other:?}"),
    }
}

fn resources(signal: &Signal) -> Vec<String> {
    signal.resources.iter().map(ToString::to_string).collect()
}

struct Sample(&'static str, SignalState, Severity, &'static str, &'static [&'static str]);

const SIGNALS: [Sample; 13] = {
    use Severity::{Sev1, Sev2, Sev3};
    use SignalState::{Firing, Info, Recovered};
    const CPU: &str = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ServerCpuTooHigh";
    const SERVER: &str = "arn:aws:ec2:us-east-1:123456789012:instance/i-12345678901234567";
    const COMPOSITE: &str = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:checkout-is-failing";
    const CHILD: &str = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:checkout-errors";
    const GROUP: &str =
        "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:myApplication/myDeploymentGroup";
    const APPLICATION: &str = "arn:aws:codedeploy:us-east-1:123456789012:application:myApplication";
    const SERVICE: &str = "arn:aws:ecs:us-west-2:111122223333:service/default/servicetest";
    [
        Sample("cloudwatch-alarm-metric.json", Firing, Sev3, "Alarm ServerCpuTooHigh", &[CPU, SERVER]),
        Sample(
            "cloudwatch-alarm-recovered.json",
            Recovered,
            Sev3,
            "Alarm ServerCpuTooHigh is back to OK",
            &[CPU, SERVER],
        ),
        Sample("drill.json", Firing, Sev3, "Alarm ServerCpuTooHigh", &[CPU, SERVER]),
        Sample(
            "cloudwatch-alarm-metric-math.json",
            Firing,
            Sev3,
            "Alarm TotalNetworkTrafficTooHigh",
            &["arn:aws:cloudwatch:us-east-1:123456789012:alarm:TotalNetworkTrafficTooHigh", SERVER],
        ),
        Sample(
            "cloudwatch-alarm-anomaly-band.json",
            Firing,
            Sev3,
            "Alarm EC2 CPU Utilization Anomaly",
            &["arn:aws:cloudwatch:us-east-1:123456789012:alarm:EC2 CPU Utilization Anomaly", SERVER],
        ),
        Sample(
            "cloudwatch-alarm-metrics-insights.json",
            Firing,
            Sev3,
            "Alarm my-alarm-name",
            &["arn:aws:cloudwatch:us-east-1:123456789012:alarm:my-alarm-name"],
        ),
        Sample(
            "cloudwatch-alarm-composite.json",
            Firing,
            Sev2,
            "Alarm checkout-is-failing",
            &[COMPOSITE, CHILD],
        ),
        Sample(
            "cloudwatch-alarm-composite-suppressed.json",
            Info,
            Sev2,
            "Alarm checkout-is-failing is in ALARM, with its actions suppressed",
            &[COMPOSITE, CHILD],
        ),
        Sample(
            "codedeploy-deployment-failed.json",
            Firing,
            Sev3,
            "Deployment d-123456789 to myApplication/myDeploymentGroup failed",
            &[GROUP, APPLICATION],
        ),
        Sample(
            "codedeploy-deployment-succeeded.json",
            Recovered,
            Sev3,
            "Deployment d-123456789 to myApplication/myDeploymentGroup succeeded",
            &[GROUP, APPLICATION],
        ),
        Sample(
            "ecs-deployment-failed.json",
            Firing,
            Sev3,
            "Deployment of ECS service default/servicetest failed",
            &[SERVICE],
        ),
        Sample(
            "ecs-deployment-completed.json",
            Recovered,
            Sev3,
            "Deployment of ECS service default/servicetest completed",
            &[SERVICE],
        ),
        Sample(
            "webhook-alert.json",
            Firing,
            Sev1,
            "Checkout answers with errors",
            &["arn:aws:ecs:us-east-1:123456789012:service/shop/checkout"],
        ),
    ]
};

const STOPPED: Sample = Sample(
    "ec2-instance-stopped.json",
    SignalState::Firing,
    Severity::Sev3,
    "Instance i-1234567890abcdef0 is stopped",
    &["arn:aws:ec2:us-east-1:123456789012:instance/i-1234567890abcdef0"],
);

const NO_SIGNALS: [(&str, &str); 4] = [
    (
        "ec2-instance-pending.json",
        "ignored: intermediate instance state pending: the final one follows as an event of its own",
    ),
    (
        "ecs-deployment-in-progress.json",
        "ignored: intermediate ECS deployment state SERVICE_DEPLOYMENT_IN_PROGRESS: the final one follows as an event of its own",
    ),
    (
        "s3-object-created.json",
        "ignored: aws.s3, \"Object Created\": what objects a bucket gets and loses is the application's traffic",
    ),
    ("malformed.json", "rejected: missing `detail.state.value`: expected ALARM, OK or INSUFFICIENT_DATA"),
];

#[test]
fn read_samples_of_signals_are_what_the_table_says() {
    for Sample(name, state, severity, title, about) in SIGNALS.iter().chain([&STOPPED]) {
        let signal = signal(&event(name));
        assert_eq!((signal.state, signal.severity), (*state, *severity), "{name}");
        assert_eq!(signal.title, *title, "{name}");
        assert_eq!(resources(&signal), *about, "{name}");
        assert_eq!(signal.drill, *name == "drill.json");
        assert!(signal.untrusted.contains(&"title".to_owned()));
    }
}

#[test]
fn read_samples_of_no_signal_say_why() {
    for (name, expected) in NO_SIGNALS {
        assert_eq!(reason(&event(name)), expected, "{name}");
    }
}

/// What becomes of each sample is in `docs/events.md`; here is where each is from.
#[test]
fn samples_every_one_is_in_the_readme() {
    let readme = fs::read_to_string(samples().join("README.md")).unwrap();
    for file in fs::read_dir(samples()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "README.md" || readme.contains(&format!("`{name}`")),
            "events/{name} is not in its README"
        );
    }
}

/// `BLESS=1 cargo nextest run -p ingest` writes the list anew.
#[test]
fn events_of_others_have_the_outcome_that_was_reviewed() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "json"));
    files.sort();
    assert!(files.len() > 100);
    let line = |path: &PathBuf| {
        let event: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let state = |signal: &Signal| format!("{:?} {}: {}", signal.state, signal.severity, signal.title);
        let outcome = match ParsedEvent::parse(&event) {
            ParsedEvent::Signal(signal) => state(&signal),
            ParsedEvent::Signals(signals) => signals.iter().map(state).collect::<Vec<_>>().join("; "),
            ParsedEvent::Ignored { reason } => format!("Ignored: {reason}"),
            ParsedEvent::Rejected { reason } => format!("Rejected: {reason}"),
        };
        format!("{}\t{outcome}\n", path.file_stem().unwrap().to_str().unwrap())
    };
    let outcomes: String = files.iter().map(line).collect();
    let list = data.join("outcomes.tsv");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&list, &outcomes).unwrap();
    }
    assert_eq!(outcomes, fs::read_to_string(&list).unwrap_or_default());
}

#[test]
fn read_batch_is_a_signal_for_each_finding_that_is_one() {
    let ParsedEvent::Signals(signals) = ParsedEvent::parse(&event("securityhub-findings.json")) else {
        panic!("no batch")
    };
    // Four findings, of which one is suppressed.
    assert_eq!(signals.len(), 3);
    let distinct =
        |of: fn(&Signal) -> String| signals.iter().map(of).collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(distinct(|signal| signal.event_id.to_string()), 3);
    assert_eq!(distinct(|signal| signal.fingerprint.to_string()), 3);
}

#[test]
fn read_health_event_is_one_problem_in_whatever_region_it_comes() {
    let [here, there] =
        ["health-issue.json", "health-issue-in-the-backup-region.json"].map(|it| signal(&event(it)));
    assert_eq!((&here.fingerprint, &here.region), (&there.fingerprint, &there.region));
    let over = signal(&event("health-issue-closed.json"));
    assert_eq!((over.state, &over.fingerprint), (SignalState::Recovered, &here.fingerprint));
    assert_eq!(here.application.as_deref(), Some("shop"));
}

#[test]
fn read_contributor_belongs_to_the_problem_of_its_alarm() {
    let contributor = event("cloudwatch-alarm-contributor.json");
    let mut alarm = contributor.clone();
    alarm["detail-type"] = json!("CloudWatch Alarm State Change");
    assert_eq!(signal(&contributor).fingerprint, signal(&alarm).fingerprint);
    // One of many that is well again does not end it.
    let mut ok = contributor;
    ok["detail"]["state"]["value"] = json!("OK");
    assert_eq!(signal(&ok).state, SignalState::Info);
}

#[test]
fn read_both_states_of_a_problem_have_the_same_fingerprint() {
    for (name, changes) in [
        ("codebuild-failed.json", json!({"build-status": "SUCCEEDED"})),
        ("codepipeline-failed.json", json!({"state": "SUCCEEDED", "execution-id": "other"})),
        ("glue-job-failed.json", json!({"state": "SUCCEEDED", "jobRunId": "other"})),
        ("config-rule-not-compliant.json", json!({"newEvaluationResult": {"complianceType": "COMPLIANT"}})),
        ("ecs-tasks-cannot-start.json", json!({"eventName": "SERVICE_STEADY_STATE"})),
        ("cloudformation-rolled-back.json", json!({"status-details": {"status": "UPDATE_COMPLETE"}})),
        ("backup-job-failed.json", json!({"state": "COMPLETED", "backupJobId": "other"})),
        ("batch-job-failed.json", json!({"status": "SUCCEEDED", "jobId": "other"})),
    ] {
        let failed = event(name);
        let mut well = failed.clone();
        well["id"] = json!("another");
        for (field, value) in changes.as_object().unwrap() {
            well["detail"][field] = value.clone();
        }
        let (failed, well) = (signal(&failed), signal(&well));
        assert_eq!((failed.state, well.state), (SignalState::Firing, SignalState::Recovered), "{name}");
        assert_eq!(failed.fingerprint, well.fingerprint, "{name}");
    }
}

#[test]
fn read_unknown_state_of_a_known_kind_is_read_by_its_shape_and_marked() {
    for (value, expected) in [("FAILED_TO_DRAIN", SignalState::Firing), ("DRAINED", SignalState::Info)] {
        let mut event = event("glue-job-failed.json");
        event["detail"]["state"] = json!(value);
        let signal = signal(&event);
        assert_eq!((signal.state, signal.labels["unrecognised"].as_str()), (expected, "state"));
    }
}

#[test]
fn read_unknown_kind_goes_by_what_is_now_and_by_what_all_its_events_have() {
    let of = |id: &str, detail: Value| {
        let mut event = event("unrecognised-own-rule.json");
        (event["id"], event["resources"], event["detail"]) = (json!(id), json!([]), detail);
        signal(&event)
    };
    let failed =
        of("1", json!({"eventId": "1", "previousState": "OK", "pipelineName": "p", "state": "FAILED"}));
    let again =
        of("2", json!({"eventId": "2", "oldStatus": "OK", "pipelineName": "p", "newStatus": "FAILED"}));
    assert_eq!((failed.state, again.state), (SignalState::Firing, SignalState::Firing));
    assert_eq!(failed.fingerprint, again.fingerprint);
    let other = of("3", json!({"eventId": "3", "pipelineName": "q", "state": "FAILED"}));
    assert_ne!(failed.fingerprint, other.fingerprint);
}

#[test]
fn read_agent_that_reconnects_opens_nothing_and_a_task_is_the_same_in_each_of_its_runs() {
    assert_eq!(signal(&event("ecs-container-instance-without-agent.json")).state, SignalState::Info);
    let failed = event("datasync-task-failed.json");
    let mut next = failed.clone();
    let arn = failed["resources"][0].as_str().unwrap();
    let (task, _) = arn.split_once("/execution/").unwrap();
    next["resources"][0] = json!(format!("{task}/execution/exec-0000000000000000f"));
    assert_eq!(signal(&failed).fingerprint, signal(&next).fingerprint);
}

#[test]
fn read_what_is_no_event_of_eventbridge_is_told_what_it_is() {
    for (document, expected) in [
        (
            json!({"Records": [{"EventSource": "aws:sns", "Sns": {}}]}),
            "an SNS notification as Lambda gets it",
        ),
        (
            json!({"Type": "Notification", "TopicArn": "t", "Message": "{}"}),
            "an SNS notification as SNS sends it",
        ),
        (json!({"AlarmName": "a", "NewStateValue": "ALARM"}), "the message of a CloudWatch alarm to SNS"),
        (json!({"Records": [{"eventSource": "aws:sqs"}]}), "SQS messages"),
    ] {
        let reason = reason(&document);
        assert!(reason.contains(expected) && reason.contains("not an EventBridge event"), "{reason}");
    }
}

#[test]
fn read_metric_alarm_has_its_metric_and_labels() {
    let signal = signal(&event("cloudwatch-alarm-metric.json"));
    let metric = signal.metric.unwrap();
    assert_eq!((metric.namespace.as_str(), metric.name.as_str()), ("AWS/EC2", "CPUUtilization"));
    assert_eq!((metric.statistic.as_str(), metric.period_seconds), ("Average", 300));
    assert_eq!(signal.labels["alarm_type"], "metric");
    assert_eq!(signal.labels["previous_state"], "OK");
    assert!(signal.labels["reason"].starts_with("Threshold Crossed"));
    assert_eq!(signal.symptom, Symptom::Alarm { name: "ServerCpuTooHigh".into() });
    assert_eq!(signal.kind, SignalKind::ALARM_STATE_CHANGE);
}

#[test]
fn read_alarm_types_are_told_apart() {
    for (name, kind, single) in [
        ("cloudwatch-alarm-metric.json", "metric", true),
        ("cloudwatch-alarm-metric-math.json", "metric_math", false),
        ("cloudwatch-alarm-anomaly-band.json", "anomaly_band", true),
        ("cloudwatch-alarm-metrics-insights.json", "metrics_insights", false),
        ("cloudwatch-alarm-composite.json", "composite", false),
    ] {
        let signal = signal(&event(name));
        assert_eq!(signal.labels["alarm_type"], kind, "{name}");
        assert_eq!(signal.metric.is_some(), single, "{name}");
    }
}

#[test]
fn read_alarm_on_a_function_alias_names_the_alias_and_the_function() {
    let cases = [
        (json!({"FunctionName": "checkout", "Resource": "checkout:live"}), vec!["checkout:live", "checkout"]),
        (json!({"FunctionName": "checkout", "Resource": "checkout:7"}), vec!["checkout"]),
        (json!({"FunctionName": "checkout", "Resource": "checkout:$LATEST"}), vec!["checkout"]),
        (json!({"FunctionName": "checkout", "Resource": "other:live"}), vec!["checkout"]),
        (json!({"FunctionName": "bad name\u{202e}"}), vec![]),
    ];
    for (dimensions, expected) in cases {
        let mut alarm = event("cloudwatch-alarm-metric.json");
        alarm["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] =
            dimensions.clone();
        let expected: Vec<_> = expected
            .iter()
            .map(|name| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"))
            .collect();
        assert_eq!(resources(&signal(&alarm))[1..], expected, "{dimensions}");
    }
}

#[test]
fn read_alarm_states_table() {
    for (value, expected) in [
        ("ALARM", SignalState::Firing),
        ("OK", SignalState::Recovered),
        ("INSUFFICIENT_DATA", SignalState::Info),
    ] {
        let mut alarm = event("cloudwatch-alarm-metric.json");
        alarm["detail"]["state"]["value"] = json!(value);
        assert_eq!(signal(&alarm).state, expected);
    }
}

#[test]
fn read_instance_and_deployment_states_table() {
    for (name, field, value, expected) in [
        ("ec2-instance-stopped.json", "state", "terminated", Some(SignalState::Firing)),
        ("ec2-instance-stopped.json", "state", "running", Some(SignalState::Recovered)),
        ("ec2-instance-stopped.json", "state", "stopping", None),
        ("ec2-instance-stopped.json", "state", "shutting-down", None),
        ("codedeploy-deployment-failed.json", "state", "STOP", Some(SignalState::Firing)),
        ("codedeploy-deployment-failed.json", "state", "START", None),
        ("codedeploy-deployment-failed.json", "state", "READY", None),
    ] {
        let mut event = event(name);
        event["detail"][field] = json!(value);
        match expected {
            Some(state) => assert_eq!(signal(&event).state, state, "{name} {value}"),
            None => assert!(reason(&event).starts_with("ignored: "), "{name} {value}"),
        }
    }
}

#[test]
fn read_wrong_field_is_named_with_what_would_be_right() {
    let alarm = "cloudwatch-alarm-metric.json";
    for (name, pointer, value, expected) in [
        (alarm, "/id", json!(7), "invalid `id` 7: expected 1 to 128 printable ASCII"),
        (alarm, "/account", json!("12"), "invalid `account` \"12\": expected 12 digits"),
        (alarm, "/region", json!("{{r}}"), "invalid `region` \"{{r}}\": expected a region's name"),
        (alarm, "/time", json!("2019-10-02"), "invalid `time` \"2019-10-02\": expected a time in RFC 3339"),
        (alarm, "/detail", json!([]), "invalid `detail` (an empty array): expected an object"),
        (
            alarm,
            "/detail/alarmName",
            json!("a\nb"),
            "invalid `detail.alarmName` \"a b\": expected the alarm's name",
        ),
        (alarm, "/detail/state", json!(null), "invalid `detail.state` null: expected an object"),
        (
            alarm,
            "/detail/state/value",
            json!("alarm"),
            "invalid `detail.state.value` \"alarm\": expected ALARM, OK",
        ),
        (
            "ec2-instance-stopped.json",
            "/detail/instance-id",
            json!("i-1"),
            "invalid `detail.instance-id` \"i-1\"",
        ),
        (
            "ec2-instance-stopped.json",
            "/detail/state",
            json!("lost"),
            "invalid `detail.state` \"lost\": expected",
        ),
        (
            "codedeploy-deployment-failed.json",
            "/detail/deploymentGroup",
            json!("a/b"),
            "invalid `detail.deploymentGroup`",
        ),
        (
            "ecs-deployment-failed.json",
            "/resources/0",
            json!("arn:aws:ecs:us-west-2:1:service/a/b"),
            "invalid `resources`",
        ),
        (
            "ecs-deployment-failed.json",
            "/resources",
            json!([]),
            "invalid `resources` (an empty array): expected a list that begins",
        ),
        (
            "drill.json",
            "/detail/event/account",
            json!("999999999999"),
            "invalid `detail.event.account` \"999999999999\"",
        ),
        (
            "drill.json",
            "/detail/event/region",
            json!("eu-west-1"),
            "invalid `detail.event.region` \"eu-west-1\"",
        ),
        ("drill.json", "/detail/event/time", json!(""), "invalid `detail.event.time` \"\": expected a time"),
        ("drill.json", "/detail/event", json!(null), "invalid `detail.event` null: expected an object"),
    ] {
        let mut event = event(name);
        *event.pointer_mut(pointer).unwrap() = value;
        let reason = reason(&event);
        assert!(reason.starts_with(&format!("rejected: {expected}")), "{name}{pointer}: {reason}");
    }
}

#[test]
fn read_alarm_on_a_metric_of_another_account_names_that_accounts_resource_and_no_own_metric() {
    let foreign = "arn:aws:ec2:us-east-1:999999999999:instance/i-12345678901234567";
    for pointer in ["", "/metricStat", "/metricStat/metric"] {
        let mut event = event("cloudwatch-alarm-metric.json");
        let query = event.pointer_mut(&format!("/detail/configuration/metrics/0{pointer}")).unwrap();
        query["accountId"] = json!("999999999999");
        let signal = signal(&event);
        assert_eq!(resources(&signal)[1..], [foreign], "{pointer}");
        assert_eq!(signal.metric, None, "{pointer}");
        assert_eq!(signal.account, "123456789012");
        assert_eq!(signal.labels["metric_accounts"], "999999999999");
    }
    let mut own = event("cloudwatch-alarm-metric.json");
    own["detail"]["configuration"]["metrics"][0]["accountId"] = json!("123456789012");
    assert_eq!(signal(&own), signal(&event("cloudwatch-alarm-metric.json")));
    for nonsense in ["*", "1", "123456789012/x"] {
        own["detail"]["configuration"]["metrics"][0]["accountId"] = json!(nonsense);
        assert_eq!(resources(&signal(&own)).len(), 1, "{nonsense}");
    }
}

#[test]
fn read_event_of_every_partition_has_its_arns() {
    for (region, partition) in
        [("eusc-de-east-1", "aws-eusc"), ("us-isob-east-1", "aws-iso-b"), ("us-gov-west-1", "aws-us-gov")]
    {
        let mut event = event("cloudwatch-alarm-metric.json");
        event["region"] = json!(region);
        for arn in resources(&signal(&event)) {
            assert!(arn.starts_with(&format!("arn:{partition}:")), "{arn}");
        }
    }
}

#[test]
fn read_drill_inside_a_drill_is_rejected() {
    let mut outer = event("drill.json");
    outer["detail"]["event"] = event("drill.json");
    let reason = reason(&outer);
    assert!(
        reason.contains("`detail.event.source`") && reason.contains("a drill cannot hold another drill"),
        "{reason}"
    );
}

#[test]
fn read_samples_that_aws_documents_with_the_wrong_account_in_the_arn_use_the_event_s_own() {
    let mut stopped = event("ec2-instance-stopped.json");
    stopped["resources"][0] = json!("arn:aws:ec2:us-east-1:999999999999:instance/i-1234567890abcdef0");
    assert_eq!(resources(&signal(&stopped)), STOPPED.4);
}

/// `BLESS=1 cargo test -p ingest` writes the file anew.
#[test]
fn input_of_dedup_is_what_ingest_hands_on() {
    let handed_on = json!({"signal": signal(&event("cloudwatch-alarm-metric.json"))});
    let held = || serde_json::from_str::<Value>(&fs::read_to_string(input_of_dedup()).unwrap()).unwrap();
    // The order of its fields is no reason to write it anew.
    if std::env::var_os("BLESS").is_some() && held() != handed_on {
        let text = serde_json::to_string_pretty(&handed_on).unwrap() + "\n";
        fs::write(input_of_dedup(), text).unwrap();
    }
    assert_eq!(held(), handed_on);
}
