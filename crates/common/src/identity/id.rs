//! Typed identifiers. Each is private inside, is made by parsing, and its error says what it takes.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::sha256_hex;

/// Text that is not an identifier of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind} {value:?}: expected {expected}")]
pub struct InvalidId {
    pub kind: &'static str,
    pub value: String,
    pub expected: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(value: String) -> Result<Self, InvalidId> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&value) {
                    Ok(Self(value))
                } else {
                    Err(InvalidId { kind: stringify!($name), value, expected: $expected })
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The id that EventBridge gave an event; the same on every redelivery.
    EventId,
    "1 to 128 printable ASCII characters without spaces",
    |text| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

text_id!(
    /// Identifies the problem that a signal is about, whatever the signal's state or time: signals with the same
    /// fingerprint belong to the same incident while it is open.
    ///
    /// ```
    /// use common::Fingerprint;
    ///
    /// let alarm = Fingerprint::from_parts(&["cloudwatch", "eu-west-1", "checkout-errors"]);
    /// assert_eq!(alarm, Fingerprint::from_parts(&["cloudwatch", "eu-west-1", "checkout-errors"]));
    /// assert_ne!(alarm, Fingerprint::from_parts(&["cloudwatch", "eu-west-1", "checkout-latency"]));
    ///
    /// // It is stored and passed on as text.
    /// assert_eq!(alarm.as_str().len(), 32);
    /// assert_eq!(alarm.as_str().parse::<Fingerprint>(), Ok(alarm));
    ///
    /// let error = "checkout-errors".parse::<Fingerprint>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"invalid Fingerprint "checkout-errors": expected 32 lower-case hexadecimal digits"#
    /// );
    /// ```
    Fingerprint,
    "32 lower-case hexadecimal digits",
    |text| is_hex(text, 32)
);

text_id!(
    /// Identifies one piece of evidence of an incident.
    EvidenceId,
    "`ev-` and 12 lower-case hexadecimal digits",
    |text| text.strip_prefix("ev-").is_some_and(|rest| is_hex(rest, 12))
);

text_id!(
    /// SHA-256 of a plan's canonical JSON: approval, lease and `ClientToken` are bound to it.
    PlanHash,
    "64 lower-case hexadecimal digits",
    |text| is_hex(text, 64)
);

text_id!(
    /// An action's name in the catalogue, in kebab case.
    ActionId,
    "1 to 64 lower-case letters, digits and hyphens",
    |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
);

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn first_digits(hash: &str, digits: usize) -> String {
    hash.chars().take(digits).collect()
}

/// The end of the id of a signal that is taken in once more.
const STAYS: &str = "stays";

impl EventId {
    /// Derives the id of an event that has none: the same bytes always get the same one.
    pub fn from_content(raw: &str) -> Self {
        Self(format!("content-{}", first_digits(&sha256_hex(raw), 32)))
    }

    /// Returns the id of the signal that is taken in once more because the problem of this event came back and stays.
    #[must_use]
    pub fn of_return(&self) -> Self {
        let id = format!("{}.{STAYS}", self.0);
        id.parse().unwrap_or_else(|_| Self::from_content(&id))
    }

    /// Returns the id by which the looks at what came back are accounted for, each of which is an execution of the intake.
    pub fn of_looks() -> Self {
        Self::from_content("nightshift looks at what came back")
    }

    /// Tells whether this is the id of a signal that came to the intake with no delivery of its own: of what came back and
    /// stays, or a further signal of a batch: the event's own id, a dot and the signal's number from
    /// 2 on. The first signal keeps the event's id, so that an event is counted once however many problems it tells of.
    pub fn is_further_signal(&self) -> bool {
        let number = self.0.rsplit_once('.').filter(|(event, _)| !event.is_empty()).map(|(_, number)| number);
        number == Some(STAYS)
            || number.is_some_and(|digits| {
                !digits.starts_with('0')
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && digits.parse().is_ok_and(|number: u32| number >= 2)
            })
    }
}

impl Fingerprint {
    /// Hashes the parts that identify a problem, in their order.
    pub fn from_parts(parts: &[&str]) -> Self {
        Self(first_digits(&sha256_hex(parts.join("\u{1f}")), 32))
    }
}

impl EvidenceId {
    /// Hashes the parts, a query and the digest of its answer: the same parts have the same id.
    pub fn from_parts(parts: &[&str]) -> Self {
        Self(format!("ev-{}", first_digits(&sha256_hex(parts.join("\u{1f}")), 12)))
    }
}

impl PlanHash {
    pub(crate) fn from_canonical_json(canonical_json: &[u8]) -> Self {
        Self(sha256_hex(canonical_json))
    }

    /// The token under which SSM starts this plan's automation at most once: a UUID's form, as
    /// `StartAutomationExecution` asks for.
    pub fn client_token(&self) -> String {
        let hex = &self.0;
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    /// The first 12 digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// An incident's id, a ULID; also the name of its Step Functions execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentId(Ulid);

impl IncidentId {
    /// The id of the incident that `event` opens. It is derived, not drawn, so that a retry of the
    /// same event finds the same incident.
    pub fn opened_by(event: &EventId, fingerprint: &Fingerprint, occurred_at: Timestamp) -> Self {
        let digest = sha256_hex(format!("{fingerprint}\u{1f}{event}"));
        let random = u128::from_str_radix(&first_digits(&digest, 20), 16).unwrap_or_default();
        let millis = u64::try_from(occurred_at.as_millisecond()).unwrap_or_default();
        Self(Ulid::from_parts(millis, random))
    }
}

impl FromStr for IncidentId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Ulid::from_string(text).map(Self).map_err(|_| InvalidId {
            kind: "IncidentId",
            value: text.to_owned(),
            expected: "a ULID: 26 characters of Crockford's base 32",
        })
    }
}

impl TryFrom<String> for IncidentId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<IncidentId> for String {
    fn from(id: IncidentId) -> String {
        id.to_string()
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn incident_id_same_event_same_id() {
        let at: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        let event: EventId = "e-1".parse().unwrap();
        let fingerprint = Fingerprint::from_parts(&["alarm", "x"]);
        assert_eq!(
            IncidentId::opened_by(&event, &fingerprint, at),
            IncidentId::opened_by(&event, &fingerprint, at)
        );
    }

    #[test]
    fn plan_hash_client_token_has_the_form_of_a_uuid() {
        let token = PlanHash::from_canonical_json(b"{}").client_token();
        let lengths: Vec<_> = token.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }

    #[test]
    fn further_signal_is_told_by_the_number_after_the_events_id() {
        let own = "6a7e8feb-b491-4cf7-a9f1-bf3703467718";
        for (id, expected) in [
            (own.to_owned(), false),
            (format!("{own}.2"), true),
            (format!("{own}.10"), true),
            (format!("{own}.stays"), true),
            (format!("{own}.1"), false),
            (format!("{own}.02"), false),
            (format!("{own}."), false),
            (format!("{own}.x"), false),
            (format!("{own}.99999999999"), false),
            (".2".to_owned(), false),
        ] {
            assert_eq!(id.parse::<EventId>().unwrap().is_further_signal(), expected, "{id}");
        }
    }

    proptest! {
        #[test]
        fn ids_any_text_parses_or_says_what_it_takes(text in any::<String>()) {
            for error in [
                text.parse::<EventId>().err(),
                text.parse::<Fingerprint>().err(),
                text.parse::<PlanHash>().err(),
                text.parse::<ActionId>().err(),
                text.parse::<IncidentId>().err(),
            ].into_iter().flatten() {
                prop_assert!(error.to_string().contains(error.expected));
            }
        }

        #[test]
        fn event_id_from_content_is_an_event_id(text in any::<String>()) {
            let id = EventId::from_content(&text);
            prop_assert_eq!(id.as_str().parse::<EventId>().unwrap(), id);
        }

        #[test]
        fn incident_id_survives_its_text(seconds in 0i64..4_000_000_000, event in "[a-z0-9-]{1,40}") {
            let at = Timestamp::from_second(seconds).unwrap();
            let id = IncidentId::opened_by(&event.parse().unwrap(), &Fingerprint::from_parts(&["f"]), at);
            prop_assert_eq!(id.to_string().parse::<IncidentId>().unwrap(), id);
        }
    }
}
