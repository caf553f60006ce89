//! Makes an alert of what a vendor said: cleaned and bounded, so that an event of the bus always holds it. Pure.

use std::collections::BTreeMap;

use common::{
    Arn, Severity, Vendor, WebhookAlert, sha256_hex,
    untrusted_text::one_line,
    webhook_alert::{AlertState, VERSION},
};
use jiff::Timestamp;

use super::{arns::arns_in, severity};

const MAX_ID_CHARS: usize = 200;
const MAX_TITLE_CHARS: usize = 200;
const MAX_DESCRIPTION_CHARS: usize = 2000;
const MAX_LABELS: usize = 40;
const MAX_LABEL_NAME_CHARS: usize = 100;
const MAX_LABEL_CHARS: usize = 500;
const MAX_LINK_CHARS: usize = 1000;
const MAX_RESOURCES: usize = 50;

/// One alert in a vendor's words.
#[derive(Debug)]
pub(crate) struct AlertParts {
    pub(crate) vendor: Vendor,
    pub(crate) alert_id: String,
    pub(crate) delivery_id: Option<String>,
    pub(crate) state: AlertState,
    /// Where the vendor states one that is known.
    pub(crate) severity: Option<Severity>,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) labels: Vec<(String, String)>,
    /// Texts beside the labels in which the vendor names resources.
    pub(crate) resources: Vec<String>,
    pub(crate) starts_at: Option<Timestamp>,
    pub(crate) link: Option<String>,
    pub(crate) application: Option<String>,
}

impl AlertParts {
    pub(crate) fn new(vendor: Vendor, alert_id: String, state: AlertState, title: String) -> Self {
        Self {
            vendor,
            alert_id,
            delivery_id: None,
            state,
            severity: None,
            title,
            description: None,
            labels: Vec::new(),
            resources: Vec::new(),
            starts_at: None,
            link: None,
            application: None,
        }
    }

    pub(crate) fn into_alert(self) -> WebhookAlert {
        let mut resources: Vec<Arn> = Vec::new();
        let texts = self.resources.iter().chain(self.labels.iter().map(|(_, value)| value));
        for arn in texts.flat_map(|text| arns_in(text)) {
            if resources.len() < MAX_RESOURCES && !resources.contains(&arn) {
                resources.push(arn);
            }
        }
        let labels: BTreeMap<String, String> = self
            .labels
            .into_iter()
            .map(|(name, value)| (one_line(&name, MAX_LABEL_NAME_CHARS), one_line(&value, MAX_LABEL_CHARS)))
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .take(MAX_LABELS)
            .collect();
        let application = self.application.or_else(|| labels.get("application").cloned());
        let title = one_line(&self.title, MAX_TITLE_CHARS);
        WebhookAlert {
            version: VERSION,
            vendor: self.vendor,
            alert_id: bounded_id(&self.alert_id),
            delivery_id: self.delivery_id.as_deref().map(bounded_id),
            state: self.state,
            severity: self.severity.unwrap_or(severity::UNSTATED),
            title: if title.is_empty() { format!("Alert of {}", self.vendor) } else { title },
            description: self
                .description
                .map(|text| one_line(&text, MAX_DESCRIPTION_CHARS))
                .filter(|text| !text.is_empty()),
            labels,
            resources,
            starts_at: self.starts_at,
            link: self.link.as_deref().and_then(safe_link),
            application: application.filter(|name| is_application(name)),
        }
    }
}

/// Returns the id, or a hash of one that is long or holds what cannot be shown: it must stay different from all others.
fn bounded_id(id: &str) -> String {
    let shown = one_line(id, MAX_ID_CHARS);
    if shown == id && !id.is_empty() { shown } else { format!("sha256-{}", sha256_hex(id)) }
}

/// Only what a browser opens as a page.
fn safe_link(link: &str) -> Option<String> {
    let is_page = link.starts_with("https://") || link.starts_with("http://");
    let is_plain = link.chars().all(|c| c.is_ascii_graphic()) && link.len() <= MAX_LINK_CHARS;
    (is_page && is_plain).then(|| link.to_owned())
}

/// The name becomes a part of a parameter's name, as the mode of the application.
fn is_application(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(id: &str, title: &str) -> AlertParts {
        AlertParts::new(Vendor::Generic, id.to_owned(), AlertState::Firing, title.to_owned())
    }

    #[test]
    fn ids_that_are_too_long_or_hidden_stay_different() {
        let long = |last: char| format!("{}{last}", "x".repeat(MAX_ID_CHARS));
        assert_eq!(bounded_id("a b"), "a b");
        assert_ne!(bounded_id(&long('a')), bounded_id(&long('b')));
        assert_ne!(bounded_id("a\u{202e}"), bounded_id("a"));
        assert_ne!(bounded_id(" a"), bounded_id("a"));
    }

    #[test]
    fn links_that_are_no_pages_are_left_out() {
        for (link, is_kept) in [
            ("https://example.org/a?b=c", true),
            ("http://somehost:9090/graph", true),
            ("javascript:alert(1)", false),
            ("https://example.org/a b", false),
            ("https://example.org/\u{202e}", false),
            ("", false),
        ] {
            assert_eq!(safe_link(link).is_some(), is_kept, "{link}");
        }
    }

    #[test]
    fn application_is_that_of_the_label_unless_it_leads_elsewhere() {
        for (name, expected) in [("shop", Some("shop")), ("../mode", None), ("a b", None)] {
            let alert = AlertParts { labels: vec![("application".into(), name.into())], ..parts("a", "t") };
            assert_eq!(alert.into_alert().application.as_deref(), expected, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn alert_of_any_text_fits_an_event(text in "\\PC{1,8}|[\"\\\\]{1,8}", count in 0usize..60, link in any::<String>()) {
            let long = text.repeat(3000);
            let labels = (0..count).map(|i| (format!("{i}{long}"), long.clone())).collect();
            let alert = AlertParts {
                labels, description: Some(long.clone()), link: Some(link),
                delivery_id: Some(long.clone()), resources: vec![long.clone()], ..parts(&long, &long)
            };
            let written = serde_json::to_string(&alert.into_alert()).unwrap();
            // EventBridge takes 256 KiB and, since 2026, more.
            prop_assert!(written.len() < 200 * 1024, "{}", written.len());
        }
    }
}
