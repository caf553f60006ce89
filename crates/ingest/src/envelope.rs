//! Parses the fields that every EventBridge event has around its detail.

use std::collections::BTreeMap;

use common::{
    Arn, EventId, Fingerprint, Severity, Signal, SignalKind, SignalState, Symptom, signal::Metric,
    untrusted_text::one_line,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::json_object::{InvalidField, JsonObject};

/// A title has to fit a line on a phone's lock screen, twice at most.
const MAX_TITLE_CHARS: usize = 200;
/// The longest reason that CloudWatch gives is 1023 characters.
const MAX_LABEL_CHARS: usize = 1024;

/// EventBridge takes no longer one.
const MAX_SOURCE_CHARS: usize = 256;

/// An alarm watches ten metrics at most; a drill could name anything.
const MAX_RESOURCES: usize = 50;

/// The fields of an event that are the same for all sources, validated.
#[derive(Debug, Clone)]
pub(crate) struct Envelope<'a> {
    pub(crate) id: EventId,
    pub(crate) source: &'a str,
    pub(crate) detail_type: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) time: Timestamp,
    pub(crate) detail: JsonObject<'a>,
    root: JsonObject<'a>,
}

/// The fields of a signal that come from the event's detail.
pub(crate) struct SignalParts {
    pub(crate) kind: SignalKind,
    pub(crate) state: SignalState,
    pub(crate) severity: Severity,
    pub(crate) title: String,
    /// The texts that identify the problem within its kind, account and region, in every state.
    pub(crate) identity: Vec<String>,
    /// The resources that the event is about, the one that has the problem first.
    pub(crate) resources: Vec<Arn>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) metric: Option<Metric>,
    pub(crate) symptom: Symptom,
    /// Fields beside the title that hold text somebody outside could have written.
    pub(crate) untrusted: Vec<String>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn from_event(event: &'a Value) -> Result<Self, InvalidField> {
        Self::parse(JsonObject::root(event)?)
    }

    pub(crate) fn parse(root: JsonObject<'a>) -> Result<Self, InvalidField> {
        const ID: &str = "1 to 128 printable ASCII characters without spaces";
        const ACCOUNT: &str = "12 digits";
        const REGION: &str = "a region's name, such as eu-west-1";
        const TIME: &str = "a time in RFC 3339, such as 2026-11-20T03:00:00Z";
        let check = |name, text: &str, accepts: fn(&str) -> bool, expected| {
            if accepts(text) { Ok(()) } else { Err(root.invalid(name, expected)) }
        };
        let id = root.text("id", ID)?.parse().map_err(|_| root.invalid("id", ID))?;
        let source = root.text("source", "the name of the event's source")?;
        let detail_type = root.text("detail-type", "the kind of event")?;
        let account = root.text("account", ACCOUNT)?;
        check("account", account, is_account, ACCOUNT)?;
        let region = root.text("region", REGION)?;
        check("region", region, is_region, REGION)?;
        let time = root.text("time", TIME)?;
        check("time", time, has_the_form_of_rfc_3339, TIME)?;
        let time = time.parse().map_err(|_| root.invalid("time", TIME))?;
        let detail = root.object("detail")?;
        Ok(Self { id, source, detail_type, account, region, time, detail, root })
    }

    /// Returns the error about one of the envelope's own fields.
    pub(crate) fn invalid(&self, name: &str, expected: &str) -> InvalidField {
        self.root.invalid(name, expected)
    }

    /// Returns the event's resources that are texts.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &'a str> {
        let list =
            self.root.get("resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().take(MAX_RESOURCES).filter_map(Value::as_str)
    }

    /// Returns the event's id, which its first part keeps; each further part of a batch has one of its own.
    pub(crate) fn id_of_part(&self, index: usize) -> EventId {
        let number = index.saturating_add(1);
        if index == 0 {
            return self.id.clone();
        }
        let id = format!("{}.{number}", self.id.as_str());
        id.parse().unwrap_or_else(|_| EventId::from_content(&id))
    }

    /// Returns the same event as one of another region: the one that it is about.
    pub(crate) fn in_region(&self, region: &'a str) -> Self {
        Self { region, ..self.clone() }
    }

    /// Returns the ARN of a resource in the event's account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> Arn {
        Arn::new(service, self.region, self.account, resource)
    }

    /// Returns the symptom of a problem that only events tell of.
    pub(crate) fn event_symptom(&self, identity: &[String]) -> Symptom {
        Symptom::Event { source: one_line(self.source, 80), subject: one_line(&identity.join(" "), 300) }
    }

    /// Makes the signal of this event.
    pub(crate) fn signal(&self, parts: SignalParts) -> Signal {
        let SignalParts {
            kind,
            state,
            severity,
            title,
            identity,
            resources,
            labels,
            metric,
            symptom,
            untrusted,
        } = parts;
        // Neither state nor time nor reason: the same problem has the same fingerprint all along.
        let parts = [kind.as_str(), self.account, self.region].into_iter();
        let parts: Vec<_> = parts.chain(identity.iter().map(String::as_str)).collect();
        let fingerprint = Fingerprint::from_parts(&parts);
        let mut about = Vec::new();
        for resource in resources {
            if !about.contains(&resource) {
                about.push(resource);
            }
        }
        about.truncate(MAX_RESOURCES);
        Signal {
            event_id: self.id.clone(),
            source: one_line(self.source, MAX_SOURCE_CHARS),
            kind,
            state,
            severity,
            title: one_line(&title, MAX_TITLE_CHARS),
            resources: about,
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            // Few events name it: it is known by the resources' tags.
            application: None,
            occurred_at: self.time,
            labels: labels.into_iter().map(|(name, text)| (name, one_line(&text, MAX_LABEL_CHARS))).collect(),
            metric,
            symptom,
            fingerprint,
            drill: false,
            untrusted: std::iter::once("title".to_owned()).chain(untrusted).collect(),
        }
    }
}

/// Collects the labels whose value is there.
pub(crate) fn labels<'a>(
    pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> BTreeMap<String, String> {
    pairs.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned()))).collect()
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`: words and a number, joined by hyphens.
pub(crate) fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    (2..=4).contains(&words.len())
        && words.iter().all(|w| (2..=16).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// Refuses the forms that jiff parses beyond RFC 3339: a space for the `T`, a time zone in brackets, years of six
/// digits.
fn has_the_form_of_rfc_3339(text: &str) -> bool {
    matches!(text.as_bytes().get(10), Some(b'T' | b't')) && text.bytes().all(|b| b.is_ascii() && b != b'[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_region_table() {
        for (text, expected) in [
            ("eu-west-1", true),
            ("us-gov-east-1", true),
            ("us-isob-east-1", true),
            ("ap-southeast-10", true),
            ("", false),
            ("eu-west", false),
            ("eu-west-1a", false),
            ("EU-WEST-1", false),
            ("eu--1", false),
            ("{{{region}}}", false),
        ] {
            assert_eq!(is_region(text), expected, "{text}");
        }
    }

    #[test]
    fn rfc_3339_table() {
        for (text, expected) in [
            ("2019-10-02T17:04:40Z", true),
            ("2019-10-02T17:04:40.123+02:00", true),
            ("2019-10-02 17:04:40Z", false),
            ("2019-10-02T17:04:40+02:00[Europe/Paris]", false),
            ("+002019-10-02T17:04:40Z", false),
            ("yesterday", false),
        ] {
            assert_eq!(has_the_form_of_rfc_3339(text), expected, "{text}");
        }
    }
}
