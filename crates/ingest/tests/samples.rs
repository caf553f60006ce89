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
        ParsedEvent::Signal(signal) => panic!("a signal: {signal:?}"),
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
    ("s3-object-created.json", "ignored: unsupported event: source aws.s3, detail-type \"Object Created\""),
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

#[test]
fn samples_every_one_is_in_a_table() {
    for file in fs::read_dir(samples()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let known = name == STOPPED.0
            || SIGNALS.iter().any(|sample| sample.0 == name)
            || NO_SIGNALS.iter().any(|(sample, _)| *sample == name)
            || name == "README.md";
        assert!(known, "events/{name} is in no table");
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
    assert_eq!(signal.kind, SignalKind::AlarmStateChange);
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
        (alarm, "/detail", json!([]), "invalid `detail` (an array): expected an object"),
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
            "invalid `resources` (an array): expected a list that begins",
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
    if std::env::var_os("BLESS").is_some() {
        let text = serde_json::to_string_pretty(&handed_on).unwrap() + "\n";
        fs::write(input_of_dedup(), text).unwrap();
    }
    let text = fs::read_to_string(input_of_dedup()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), handed_on);
}
