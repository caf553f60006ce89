//! The samples, with the vendor that sends each. Those with a number or `legacy` in their names are from alerta
//! (Apache-2.0); the others are the examples of the vendors' documentation, with our own names and ARNs.

use common::Vendor;
use serde_json::Value;

pub(crate) const SAMPLES: [(Vendor, &str, &str); 16] = [
    (Vendor::Alertmanager, "alertmanager-firing", include_str!("../payloads/alertmanager-firing.json")),
    (Vendor::Alertmanager, "alertmanager-v3", include_str!("../payloads/alertmanager-v3.json")),
    (
        Vendor::Alertmanager,
        "alertmanager-v4-without-fingerprint",
        include_str!("../payloads/alertmanager-v4-without-fingerprint.json"),
    ),
    (Vendor::Datadog, "datadog-default", include_str!("../payloads/datadog-default.json")),
    (Vendor::Datadog, "datadog-documented", include_str!("../payloads/datadog-documented.json")),
    (Vendor::Dynatrace, "dynatrace-open", include_str!("../payloads/dynatrace-open.json")),
    (Vendor::Generic, "generic", include_str!("../payloads/generic.json")),
    (Vendor::Grafana, "grafana-alerting", include_str!("../payloads/grafana-alerting.json")),
    (Vendor::Grafana, "grafana-legacy-alerting", include_str!("../payloads/grafana-legacy-alerting.json")),
    (Vendor::Grafana, "grafana-legacy-example", include_str!("../payloads/grafana-legacy-example.json")),
    (Vendor::Grafana, "grafana-legacy-ok", include_str!("../payloads/grafana-legacy-ok.json")),
    (Vendor::Grafana, "grafana-legacy-tags", include_str!("../payloads/grafana-legacy-tags.json")),
    (Vendor::NewRelic, "newrelic-issue", include_str!("../payloads/newrelic-issue.json")),
    (Vendor::NewRelic, "newrelic-legacy", include_str!("../payloads/newrelic-legacy.json")),
    (
        Vendor::PagerDuty,
        "pagerduty-service-updated",
        include_str!("../payloads/pagerduty-service-updated.json"),
    ),
    (Vendor::PagerDuty, "pagerduty-triggered", include_str!("../payloads/pagerduty-triggered.json")),
];

pub(crate) const SNS_SAMPLES: [&str; 3] = [
    include_str!("../payloads/sns-alarm.json"),
    include_str!("../payloads/sns-insufficient-data.json"),
    include_str!("../payloads/sns-subscription-confirmation.json"),
];

/// The sample of this name.
pub(crate) fn sample(name: &str) -> (Vendor, Value) {
    let (vendor, _, text) = SAMPLES.into_iter().find(|(_, found, _)| *found == name).unwrap();
    (vendor, serde_json::from_str(text).unwrap())
}

/// The sample with the field at the path, such as `/event/event_type`, changed; `null` removes it.
pub(crate) fn changed(name: &str, pointer: &str, value: Value) -> (Vendor, Value) {
    let (vendor, mut json) = sample(name);
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap();
    if value.is_null() {
        parent.as_object_mut().unwrap().remove(field);
    } else {
        parent[field] = value;
    }
    (vendor, json)
}
