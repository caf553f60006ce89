//! Parses the events that the webhook puts on the bus: alerts of other monitoring tools, all in one form.

use std::collections::BTreeMap;

use common::{
    EventId, Fingerprint, ResourceKind, Signal, SignalKind, SignalState, Symptom, Vendor, WebhookAlert,
    untrusted_text::one_line,
    webhook_alert::{AlertState, DETAIL_TYPE, SOURCE, VERSION},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize as _;
use serde_json::Value;

use crate::{envelope::Envelope, no_signal::NoSignal};

const MAX_TITLE_CHARS: usize = 200;
/// An alert is repeated for as long as it fires; a problem older than this is looked at from now.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn is_webhook(envelope: &Envelope<'_>) -> bool {
    envelope.source == SOURCE && envelope.detail_type == DETAIL_TYPE
}

/// Returns the one signal of an alert. EventBridge vouches for account, region and time; the webhook for the vendor; and
/// nobody for the texts.
pub(crate) fn parse_webhook(envelope: &Envelope<'_>, event: &Value) -> Result<Vec<Signal>, NoSignal> {
    let detail = event.get("detail").unwrap_or(&Value::Null);
    if detail.get("version").and_then(Value::as_u64) != Some(u64::from(VERSION)) {
        return Err(NoSignal::from(envelope.detail.invalid("version", &format!("{VERSION}"))));
    }
    let alert = WebhookAlert::deserialize(detail).map_err(|error| {
        NoSignal::Rejected(format!(
            "invalid `detail`: expected an alert of the webhook: {}",
            one_line(&error.to_string(), 200)
        ))
    })?;
    if let Some(name) = own_alarm(&alert, envelope) {
        return Err(NoSignal::Ignored(format!(
            "the alarm {} of this account comes by EventBridge itself, so that its copy from SNS is not needed",
            one_line(&name, 80)
        )));
    }
    let WebhookAlert { vendor, alert_id, severity, state, .. } = &alert;
    let vendor_name = vendor.as_str();
    Ok(vec![Signal {
        event_id: event_id(&alert, envelope),
        source: envelope.source.to_owned(),
        kind: SignalKind::WEBHOOK_ALERT,
        state: match state {
            AlertState::Firing => SignalState::Firing,
            AlertState::Recovered => SignalState::Recovered,
        },
        severity: *severity,
        title: one_line(&alert.title, MAX_TITLE_CHARS),
        resources: alert.resources.clone(),
        account: envelope.account.to_owned(),
        region: envelope.region.to_owned(),
        application: alert.application.clone(),
        occurred_at: occurred_at(&alert, envelope.time),
        labels: labels(&alert),
        metric: None,
        symptom: Symptom::Event { source: vendor_name.to_owned(), subject: alert_id.clone() },
        fingerprint: Fingerprint::from_parts(&[
            "webhook_alert",
            envelope.account,
            envelope.region,
            vendor_name,
            alert_id,
        ]),
        drill: false,
        untrusted: ["title", "labels", "application", "resources", "symptom"].map(str::to_owned).to_vec(),
    }])
}

/// The vendor's own id of the message, so that one that is sent again is the same event; else that of EventBridge.
fn event_id(alert: &WebhookAlert, envelope: &Envelope<'_>) -> EventId {
    let Some(delivery) = &alert.delivery_id else { return envelope.id.clone() };
    let state = match alert.state {
        AlertState::Firing => "firing",
        AlertState::Recovered => "recovered",
    };
    EventId::from_content(&[SOURCE, alert.vendor.as_str(), delivery, &alert.alert_id, state].join("\u{1f}"))
}

/// When the alert began to fire, where the vendor says it and it can be; a recovery is noticed when it is told.
fn occurred_at(alert: &WebhookAlert, told_at: Timestamp) -> Timestamp {
    let began = alert.starts_at.filter(|_| alert.state == AlertState::Firing);
    let is_possible = |began: &Timestamp| {
        let age = told_at.duration_since(*began);
        age >= SignedDuration::ZERO && age <= OLDEST
    };
    began.filter(is_possible).unwrap_or(told_at)
}

/// The alert's own labels, with what else the vendor says under names that none of them can take.
fn labels(alert: &WebhookAlert) -> BTreeMap<String, String> {
    let ours = [
        ("webhook.vendor", Some(alert.vendor.as_str().to_owned())),
        ("webhook.alert_id", Some(alert.alert_id.clone())),
        ("webhook.description", alert.description.clone()),
        ("webhook.link", alert.link.clone()),
        ("webhook.starts_at", alert.starts_at.map(|at| at.to_string())),
    ];
    let ours = ours.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
    alert.labels.clone().into_iter().chain(ours).collect()
}

/// The name of an alarm of this account and region that SNS told of.
fn own_alarm(alert: &WebhookAlert, envelope: &Envelope<'_>) -> Option<String> {
    if alert.vendor != Vendor::Sns {
        return None;
    }
    let is_own = |arn: &&common::Arn| {
        arn.to_string() == alert.alert_id && arn.is_of(envelope.account, envelope.region)
    };
    match alert.resources.iter().find(is_own)?.kind() {
        ResourceKind::Alarm { name } => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use common::Severity;
    use serde_json::json;

    use super::*;
    use crate::ParsedEvent;

    fn event(detail: &Value) -> Value {
        json!({
            "id": "e-1", "source": SOURCE, "detail-type": DETAIL_TYPE, "account": "123456789012",
            "region": "eu-west-1", "time": "2026-11-20T03:00:00Z", "resources": [], "detail": detail,
        })
    }

    fn detail() -> Value {
        json!({
            "version": 1, "vendor": "alertmanager", "alert_id": "1a30ba71cca2921f", "state": "firing", "severity": "sev1",
            "title": "Checkout is\u{202e} down", "description": "for 5 minutes", "labels": {"job": "web"},
            "resources": ["arn:aws:ecs:eu-west-1:123456789012:service/shop/web"],
            "starts_at": "2026-11-20T02:55:00Z", "link": "https://example.org/", "application": "shop",
        })
    }

    fn signal(detail: &Value) -> Signal {
        match ParsedEvent::parse(&event(detail)) {
            ParsedEvent::Signal(signal) => *signal,
            other => panic!("{other:?}"),
        }
    }

    fn with(changes: &Value) -> Value {
        let mut alert = detail();
        let fields = alert.as_object_mut().unwrap();
        fields.extend(changes.as_object().unwrap().clone());
        fields.retain(|_, value| !value.is_null());
        alert
    }

    #[test]
    fn alert_is_a_signal_of_its_vendor_with_its_texts_marked() {
        let signal = signal(&detail());
        assert_eq!(
            (signal.kind, signal.state, signal.severity),
            (SignalKind::WEBHOOK_ALERT, SignalState::Firing, Severity::Sev1)
        );
        assert_eq!(signal.title, "Checkout is down");
        assert_eq!((signal.account.as_str(), signal.region.as_str()), ("123456789012", "eu-west-1"));
        assert_eq!(signal.application.as_deref(), Some("shop"));
        assert_eq!(signal.occurred_at.to_string(), "2026-11-20T02:55:00Z");
        assert_eq!(signal.resources.len(), 1);
        let labels: Vec<&str> = signal.labels.keys().map(String::as_str).collect();
        assert_eq!(
            labels,
            [
                "job",
                "webhook.alert_id",
                "webhook.description",
                "webhook.link",
                "webhook.starts_at",
                "webhook.vendor"
            ]
        );
        for field in ["title", "labels", "resources", "application", "symptom"] {
            assert!(signal.untrusted.iter().any(|name| name == field), "{field}");
        }
        assert!(!signal.drill);
    }

    #[test]
    fn recovery_has_the_fingerprint_of_the_alert_and_other_alerts_have_others() {
        let firing = signal(&detail());
        let recovered = signal(&with(&json!({"state": "recovered"})));
        assert_eq!(recovered.state, SignalState::Recovered);
        assert_eq!(recovered.fingerprint, firing.fingerprint);
        assert_eq!(recovered.occurred_at.to_string(), "2026-11-20T03:00:00Z");
        for other in [json!({"vendor": "grafana"}), json!({"alert_id": "other"})] {
            assert_ne!(signal(&with(&other)).fingerprint, firing.fingerprint);
        }
    }

    #[test]
    fn message_that_is_sent_again_is_the_same_event() {
        let again = json!({"delivery_id": "d-1"});
        assert_eq!(signal(&with(&again)).event_id, signal(&with(&again)).event_id);
        assert_eq!(signal(&detail()).event_id.as_str(), "e-1");
        let others = [
            json!({"delivery_id": "d-2"}),
            json!({"delivery_id": "d-1", "state": "recovered"}),
            json!({"delivery_id": "d-1", "alert_id": "b"}),
        ];
        for other in others {
            assert_ne!(signal(&with(&other)).event_id, signal(&with(&again)).event_id);
        }
    }

    #[test]
    fn time_that_cannot_be_is_that_of_the_event() {
        for starts_at in ["2026-11-20T03:00:01Z", "2026-11-18T03:00:00Z", "0001-01-01T00:00:00Z"] {
            assert_eq!(
                signal(&with(&json!({"starts_at": starts_at}))).occurred_at.to_string(),
                "2026-11-20T03:00:00Z"
            );
        }
    }

    #[test]
    fn alarm_of_this_account_that_comes_by_sns_is_ignored_and_one_of_another_is_not() {
        let of = |account: &str, vendor: &str| {
            let arn = format!("arn:aws:cloudwatch:eu-west-1:{account}:alarm:errors");
            ParsedEvent::parse(&event(&with(&json!({"vendor": vendor, "alert_id": arn, "resources": [arn]}))))
        };
        assert!(
            matches!(of("123456789012", "sns"), ParsedEvent::Ignored { reason } if reason.contains("errors"))
        );
        assert!(matches!(of("999999999999", "sns"), ParsedEvent::Signal(_)));
        assert!(matches!(of("123456789012", "generic"), ParsedEvent::Signal(_)));
    }

    #[test]
    fn detail_of_another_version_or_form_is_rejected() {
        for (changes, expected) in [
            (json!({"version": 2}), "invalid `detail.version` 2: expected 1"),
            (json!({"version": null}), "missing `detail.version`: expected 1"),
            (
                json!({"title": null}),
                "invalid `detail`: expected an alert of the webhook: missing field `title`",
            ),
            (
                json!({"muted": true}),
                "invalid `detail`: expected an alert of the webhook: unknown field `muted`",
            ),
        ] {
            let ParsedEvent::Rejected { reason } = ParsedEvent::parse(&event(&with(&changes))) else {
                panic!("{changes}")
            };
            assert!(reason.starts_with(expected), "{reason}");
        }
    }
}
