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

use common::{Vendor, WebhookAlert};
use serde_json::Value;

pub(crate) use self::{
    fields::Fields,
    sns_notification::{Notification, parse_notification},
};
pub use self::{fields::InvalidPayload, severity::severity_of};

/// No vendor sends nearly as many; Alertmanager's `max_alerts` limits them.
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
    match &payload {
        Payload::Alerts(alerts) if alerts.len() > MAX_ALERTS => Err(InvalidPayload::new(format!(
            "invalid `alerts` of {} alerts: expected {MAX_ALERTS} at most",
            alerts.len()
        ))),
        _ => Ok(payload),
    }
}

pub(crate) fn parse_json(body: &[u8]) -> Result<Value, InvalidPayload> {
    serde_json::from_slice(body)
        .map_err(|error| InvalidPayload::new(format!("invalid body: expected a JSON object: {error}")))
}
