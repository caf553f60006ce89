//! Defines the alert that a monitoring tool sent to the webhook, in the form in which it travels on the event bus.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, Severity};

/// EventBridge's `source` of the event.
pub const SOURCE: &str = "nightshift.webhook";
/// EventBridge's `detail-type` of the event.
pub const DETAIL_TYPE: &str = "Alert";
/// The version of the schema that [`WebhookAlert`] writes.
pub const VERSION: u32 = 1;

/// The detail of an event of the webhook: one alert of one vendor. All its texts were written outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookAlert {
    /// Always [`VERSION`].
    pub version: u32,
    pub vendor: Vendor,
    /// The vendor's id of the alert, which is the same while it fires and when it recovers.
    pub alert_id: String,
    /// The vendor's id of this one message, where it has one: the same when the vendor sends it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<String>,
    pub state: AlertState,
    pub severity: Severity,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The ARNs that stand in the labels and in the vendor's own fields for resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Arn>,
    /// The time since which the alert fires, where the vendor says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// The vendor's page about the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The application that the label `application` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    Firing,
    Recovered,
}

/// Names who sends alerts to the webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    Alertmanager,
    Datadog,
    Dynatrace,
    /// Anybody who sends the form that docs/webhooks.md describes.
    Generic,
    Grafana,
    NewRelic,
    PagerDuty,
    Sns,
}

/// A name that is no vendor's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid vendor {0:?}: expected alertmanager, datadog, dynatrace, generic, grafana, newrelic, pagerduty or sns"
)]
pub struct InvalidVendor(pub String);

impl Vendor {
    pub const ALL: [Self; 8] = [
        Self::Alertmanager,
        Self::Datadog,
        Self::Dynatrace,
        Self::Generic,
        Self::Grafana,
        Self::NewRelic,
        Self::PagerDuty,
        Self::Sns,
    ];

    /// Returns the vendor's name as it stands in the URL's path, in parameters and in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Datadog => "datadog",
            Self::Dynatrace => "dynatrace",
            Self::Generic => "generic",
            Self::Grafana => "grafana",
            Self::NewRelic => "newrelic",
            Self::PagerDuty => "pagerduty",
            Self::Sns => "sns",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Vendor {
    type Err = InvalidVendor;

    fn from_str(text: &str) -> Result<Self, InvalidVendor> {
        Self::ALL
            .into_iter()
            .find(|vendor| vendor.as_str() == text)
            .ok_or_else(|| InvalidVendor(crate::untrusted_text::one_line(text, 40)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn vendor_has_one_name_everywhere() {
        for vendor in Vendor::ALL {
            assert_eq!(vendor.as_str().parse(), Ok(vendor));
            assert_eq!(serde_json::to_value(vendor).unwrap(), vendor.as_str());
        }
        let error = "nagios".parse::<Vendor>().unwrap_err().to_string();
        assert!(error.starts_with("invalid vendor \"nagios\": expected alertmanager, "), "{error}");
    }

    #[test]
    fn alert_is_written_as_documented() {
        let whole = json!({
            "version": 1,
            "vendor": "alertmanager",
            "alert_id": "1a30ba71cca2921f",
            "delivery_id": "d-1",
            "state": "firing",
            "severity": "sev1",
            "title": "ProbeFailure",
            "description": "down for over 5 minutes",
            "labels": { "job": "http_checks" },
            "resources": ["arn:aws:ecs:eu-west-1:123456789012:service/shop/web"],
            "starts_at": "2026-11-20T03:00:00Z",
            "link": "https://prometheus.example.org/graph",
            "application": "shop",
        });
        let alert: WebhookAlert = serde_json::from_value(whole.clone()).unwrap();
        assert_eq!((alert.version, alert.state), (VERSION, AlertState::Firing));
        assert_eq!(serde_json::to_value(alert).unwrap(), whole);
        let mut unknown = whole;
        unknown["silence"] = json!(true);
        assert!(serde_json::from_value::<WebhookAlert>(unknown).is_err());
    }
}
