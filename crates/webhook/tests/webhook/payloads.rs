//! What the webhook reads in each vendor's message.

use std::collections::BTreeMap;

use common::{Severity, Vendor, WebhookAlert, webhook_alert::AlertState};
use serde_json::{Value, json};
use webhook::{MAX_ALERTS, Payload, parse};

use super::samples::{changed, sample};

fn payload((vendor, json): (Vendor, Value)) -> Result<Payload, String> {
    parse(vendor, json.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn alerts(message: (Vendor, Value)) -> Vec<WebhookAlert> {
    match payload(message) {
        Ok(Payload::Alerts(alerts)) => alerts,
        other => panic!("{other:?}"),
    }
}

fn alert(message: (Vendor, Value)) -> WebhookAlert {
    let mut alerts = alerts(message);
    assert_eq!(alerts.len(), 1);
    alerts.remove(0)
}

/// State, severity, id, title, resources, start and link of an alert.
fn facts(alert: &WebhookAlert) -> Value {
    json!([
        alert.state,
        alert.severity,
        alert.alert_id,
        alert.title,
        alert.resources,
        alert.starts_at.map(|at| at.to_string()),
        alert.link,
    ])
}

#[test]
fn samples_are_read_as_an_on_call_engineer_would() {
    let expected: BTreeMap<String, Value> = serde_json::from_str(include_str!("../expected.json")).unwrap();
    assert!(expected.len() > 10);
    for (name, expected) in expected {
        assert_eq!(facts(&alert(sample(&name))), expected, "{name}");
    }
}

#[test]
fn alertmanager_sends_several_alerts_each_with_its_own_state() {
    let found = alerts(sample("alertmanager-firing"));
    assert_eq!(
        facts(&found[0]),
        json!([
            "firing",
            "sev1",
            "1a30ba71cca2921f",
            "Checkout answers with errors",
            ["arn:aws:ecs:us-east-1:123456789012:service/shop/checkout"],
            "2026-11-20T02:55:00.828Z",
            "http://prometheus.example.org:9090/graph?g0.expr=errors&g0.tab=1"
        ])
    );
    assert_eq!(found[0].application.as_deref(), Some("shop"));
    assert_eq!(
        facts(&found[1]),
        json!(["recovered", "sev3", "2b41cb82ddb3a330", "CheckoutErrors", [], "2026-11-20T02:00:00Z", null])
    );
    assert_eq!(found[1].application, None);
}

#[test]
fn alert_without_a_fingerprint_is_known_by_its_labels_alone() {
    for name in ["alertmanager-v3", "alertmanager-v4-without-fingerprint"] {
        let firing = alert(sample(name));
        let later = alert(changed(name, "/alerts/0/status", json!("resolved")));
        let other = alert(changed(name, "/alerts/0/labels/alertname", json!("another")));
        assert_eq!(firing.alert_id, later.alert_id, "{name}");
        assert_ne!(firing.alert_id, other.alert_id, "{name}");
    }
}

#[test]
fn state_is_the_vendors_word_for_it() {
    use AlertState::{Firing, Recovered};
    for (name, pointer, word, expected) in [
        ("datadog-documented", "/alert_transition", "Re-Triggered", Some(Firing)),
        ("datadog-documented", "/alert_transition", "No Data", Some(Firing)),
        ("datadog-documented", "/alert_transition", "Re-No Data", Some(Firing)),
        ("datadog-documented", "/alert_transition", "Warn", Some(Firing)),
        ("datadog-documented", "/alert_transition", "Renotify", Some(Firing)),
        ("datadog-documented", "/alert_transition", "Recovered", Some(Recovered)),
        // Of an alert whose webhook was tested by hand.
        ("datadog-documented", "/alert_transition", "$ALERT_TRANSITION", Some(Firing)),
        ("datadog-default", "/title", "[Recovered on {host:a}] High tracking", Some(Recovered)),
        ("dynatrace-open", "/State", "RESOLVED", Some(Recovered)),
        ("dynatrace-open", "/State", "MERGED", None),
        ("generic", "/state", "recovered", Some(Recovered)),
        ("grafana-legacy-alerting", "/state", "no_data", Some(Firing)),
        ("grafana-legacy-alerting", "/state", "paused", None),
        ("newrelic-issue", "/state", "CREATED", Some(Firing)),
        ("newrelic-issue", "/state", "CLOSED", Some(Recovered)),
        ("newrelic-issue", "/state", "ACKNOWLEDGED", None),
        ("newrelic-legacy", "/current_state", "closed", Some(Recovered)),
        ("newrelic-legacy", "/current_state", "acknowledged", None),
        ("pagerduty-triggered", "/event/event_type", "incident.reopened", Some(Firing)),
        ("pagerduty-triggered", "/event/event_type", "incident.resolved", Some(Recovered)),
        ("pagerduty-triggered", "/event/event_type", "incident.acknowledged", None),
        ("pagerduty-triggered", "/event/event_type", "pagey.ping", None),
    ] {
        let (firing, message) = (sample(name), changed(name, pointer, json!(word)));
        match (payload(message), expected) {
            (Ok(Payload::Alerts(found)), Some(state)) => {
                assert_eq!(found[0].state, state, "{name}: {word}");
                assert_eq!(found[0].alert_id, alert(firing).alert_id, "{name}: {word}: the same alert");
            }
            (Ok(Payload::Nothing { reason }), None) => assert!(!reason.is_empty()),
            (found, expected) => panic!("{name}: {word}: {found:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn datadog_without_an_aggregation_key_is_known_by_monitor_and_scope() {
    let id = |pointer: &str, value: Value| {
        let (vendor, mut json) = changed("datadog-documented", "/aggregation_key", Value::Null);
        *json.pointer_mut(pointer).unwrap() = value;
        alert((vendor, json)).alert_id
    };
    assert_eq!(id("/body", json!("")), "221164084/functionname:checkout");
    assert_ne!(id("/scope", json!("functionname:search")), id("/body", json!("")));
}

#[test]
fn severity_is_the_priority_then_the_urgency_then_the_transition() {
    for (name, pointer, value, expected) in [
        ("pagerduty-triggered", "/event/data/priority", json!(null), Severity::Sev2),
        ("pagerduty-triggered", "/event/data/priority", json!({"summary": "Whatever"}), Severity::Sev2),
        ("datadog-documented", "/priority", json!(null), Severity::Sev3),
        ("datadog-documented", "/priority", json!("normal"), Severity::Sev3),
        ("newrelic-issue", "/priority", json!("HIGH"), Severity::Sev2),
        ("dynatrace-open", "/ProblemSeverity", json!("PERFORMANCE"), Severity::Sev3),
        ("generic", "/severity", json!("sev4"), Severity::Sev4),
    ] {
        assert_eq!(alert(changed(name, pointer, value)).severity, expected, "{name}");
    }
}

#[test]
fn message_of_another_form_is_an_error_that_names_the_field() {
    for (name, pointer, value, expected) in [
        (
            "alertmanager-firing",
            "/alerts",
            json!(null),
            "missing `alerts`: expected a list of one object or more",
        ),
        ("alertmanager-firing", "/alerts", json!([]), "invalid `alerts` (an empty list): expected a list"),
        (
            "alertmanager-firing",
            "/alerts/0/status",
            json!("pending"),
            "invalid `alerts[0].status` \"pending\": expected \"firing\" or",
        ),
        (
            "alertmanager-firing",
            "/alerts/1/labels",
            json!(null),
            "missing `alerts[1].labels`: expected an object",
        ),
        ("datadog-documented", "/title", json!(null), "missing `title`: expected $EVENT_TITLE"),
        (
            "datadog-documented",
            "/alert_transition",
            json!("Muted"),
            "invalid `alert_transition` \"Muted\": expected a transition",
        ),
        ("datadog-default", "/title", json!("Deployed"), "missing `alert_transition`: expected a transition"),
        ("dynatrace-open", "/State", json!(3), "invalid `State` 3: expected OPEN, RESOLVED or MERGED"),
        ("dynatrace-open", "/ProblemTitle", json!("{ProblemTitle}"), "invalid `ProblemTitle`"),
        ("generic", "/severity", json!("chartreuse"), "invalid `severity` \"chartreuse\": expected sev1, "),
        (
            "generic",
            "/serverity",
            json!("sev1"),
            "invalid `serverity` \"sev1\": expected one of the fields alert_id, ",
        ),
        ("generic", "/resources", json!(["db-2"]), "invalid `resources` (a list): expected a list of ARNs"),
        ("generic", "/starts_at", json!("soon"), "invalid `starts_at` \"soon\": expected a time in RFC 3339"),
        (
            "generic",
            "/labels",
            json!({"a": {}}),
            "invalid `labels` (an object): expected an object whose values are texts",
        ),
        ("generic", "/title", json!(""), "invalid `title` \"\": expected a line for people"),
        ("generic", "/link", json!(7), "invalid `link` 7: expected a text"),
        ("grafana-legacy-ok", "/state", json!("fine"), "invalid `state` \"fine\": expected \"alerting\""),
        ("newrelic-issue", "/state", json!(null), "missing `state`: expected CREATED, "),
        ("newrelic-legacy", "/incident_id", json!(null), "missing `incident_id`: expected the incident's id"),
        (
            "pagerduty-triggered",
            "/event/data/id",
            json!(null),
            "missing `event.data.id`: expected the incident's id",
        ),
    ] {
        let error = payload(changed(name, pointer, value)).unwrap_err();
        assert!(error.starts_with(expected), "{name}: {error}");
    }
    let secret = br#"{"alerts": [{"status": "swordfish"}]}"#;
    assert_eq!(
        parse(Vendor::Alertmanager, secret).unwrap_err().field(),
        "alerts[0].status",
        "what is logged"
    );
    let v1: Value = serde_json::from_str(include_str!("../payloads/pagerduty-v1.json")).unwrap();
    assert!(payload((Vendor::PagerDuty, v1)).unwrap_err().contains("expected a v3 webhook"));
    for body in [&b"payload=%7B%7D"[..], b"", b"\xff", b"[]", b"1e999"] {
        let error = parse(Vendor::Generic, body).unwrap_err().to_string();
        assert!(error.starts_with("invalid body"), "{error}");
    }
}

#[test]
fn of_more_alerts_than_are_taken_one_says_how_many_were_left_out() {
    let (_, one) = sample("generic");
    let parsed = |count: usize| {
        let body = json!({"alerts": vec![one.clone(); count]}).to_string();
        match parse(Vendor::Generic, body.as_bytes()).unwrap() {
            Payload::Alerts(alerts) => alerts,
            Payload::Nothing { reason } => panic!("{reason}"),
        }
    };
    assert_eq!(parsed(MAX_ALERTS).len(), MAX_ALERTS);
    let alerts = parsed(MAX_ALERTS + 2);
    assert_eq!(alerts.len(), MAX_ALERTS + 1);
    assert_eq!(alerts.last().unwrap().title, "2 alerts of generic were left out of one message");
}
