//! Reads what each vendor sends, tolerantly: only the fields in use must be there. Pure.

mod alert_parts;
mod alertmanager;
mod arns;
mod datadog;
mod dynatrace;
mod fields;
mod generic;
mod grafana;
mod new_relic;
mod pagerduty;
mod severity;
mod sns_notification;

use common::{Vendor, WebhookAlert, webhook_alert::AlertState};
use serde_json::Value;

use self::alert_parts::AlertParts;

pub(crate) use self::{
    fields::Fields,
    sns_notification::{Notification, parse_notification},
};
pub use self::{fields::InvalidPayload, severity::severity_of};

/// One message puts at most this many alerts on the bus, and one more that says how many were left out.
pub const MAX_ALERTS: usize = 500;

/// A vendor's message after parsing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Alerts(Vec<WebhookAlert>),
    /// A well-formed message about nothing that fires or recovers: a ping, an acknowledgement.
    Nothing {
        reason: String,
    },
}

/// Reads the body of a vendor's message; that of an SNS message is read by [`crate::sns`].
///
/// # Errors
/// The field that is missing or wrong, with what stood there and what would be right.
pub fn parse(vendor: Vendor, body: &[u8]) -> Result<Payload, InvalidPayload> {
    let json = parse_json(body)?;
    let root = Fields::root(&json)?;
    let payload = match vendor {
        Vendor::Alertmanager => alertmanager::parse(Vendor::Alertmanager, &root),
        Vendor::Datadog => datadog::parse(&root),
        Vendor::Dynatrace => dynatrace::parse(&root),
        Vendor::Generic => generic::parse(Vendor::Generic, &root),
        Vendor::Grafana => grafana::parse(&root),
        Vendor::NewRelic => new_relic::parse(&root),
        Vendor::PagerDuty => pagerduty::parse(&root),
        Vendor::Sns => {
            Err(InvalidPayload::new("invalid body: an SNS message is read only once its signature holds"))
        }
    }?;
    // Alertmanager and Grafana leave out what is beyond their own `max_alerts`, and say how many.
    let truncated = root.get("truncatedAlerts").and_then(Value::as_u64).unwrap_or_default();
    let is_alertmanager = matches!(vendor, Vendor::Alertmanager | Vendor::Grafana);
    Ok(bounded(vendor, payload, if is_alertmanager { truncated } else { 0 }))
}

/// Keeps the first [`MAX_ALERTS`] alerts. Where any are left out, here or by the vendor, one more alert says how many.
fn bounded(vendor: Vendor, payload: Payload, left_out_by_vendor: u64) -> Payload {
    let Payload::Alerts(mut alerts) = payload else { return payload };
    let beyond = u64::try_from(alerts.len().saturating_sub(MAX_ALERTS)).unwrap_or(u64::MAX);
    let left_out = left_out_by_vendor.saturating_add(beyond);
    alerts.truncate(MAX_ALERTS);
    if left_out > 0 {
        let title = format!("{left_out} alerts of {vendor} were left out of one message");
        let parts = AlertParts {
            description: Some(format!(
                "The message had more alerts than are taken of one, {MAX_ALERTS} here or the vendor's own limit. \
                 Look at {vendor} for the others."
            )),
            ..AlertParts::new(vendor, "alerts-left-out".to_owned(), AlertState::Firing, title)
        };
        alerts.push(parts.into_alert());
    }
    Payload::Alerts(alerts)
}

pub(crate) fn parse_json(body: &[u8]) -> Result<Value, InvalidPayload> {
    serde_json::from_slice(body)
        .map_err(|error| InvalidPayload::new(format!("invalid body: expected a JSON object: {error}")))
}
