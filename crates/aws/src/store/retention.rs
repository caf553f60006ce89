//! Says for how long the table keeps what belongs to an incident, and events.
//!
//! An item of these kinds expires a retention after it was last written; the incident itself a retention after its end,
//! and not before. An execution ends within five days (`TimeoutSeconds` of `statemachines/incident.asl.json`), and
//! writes nothing that it needs later than that, so a retention of [`Retention::LEAST_DAYS`] takes nothing from an
//! incident that is open, nor from a person who decides on it.

use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use super::item::{EXPIRES_AT, Item};

/// A number of days that is not a retention.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: expected {} to {} days", Retention::LEAST_DAYS, Retention::MOST_DAYS)]
pub struct InvalidRetention {
    pub text: String,
}

/// The time for which what belongs to an incident is kept, in whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    days: u16,
}

impl Retention {
    /// Six times as long as an incident can be open.
    pub const LEAST_DAYS: u16 = 30;
    pub const MOST_DAYS: u16 = 3650;

    /// Returns when an item expires that is written at `written_at`.
    pub fn expiry(self, written_at: Timestamp) -> Timestamp {
        written_at.saturating_add(self.time()).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn time(self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.days).saturating_mul(24))
    }
}

/// The template's default.
impl Default for Retention {
    fn default() -> Self {
        Self { days: 90 }
    }
}

impl FromStr for Retention {
    type Err = InvalidRetention;

    fn from_str(text: &str) -> Result<Self, InvalidRetention> {
        let days =
            text.trim().parse().ok().filter(|days| (Self::LEAST_DAYS..=Self::MOST_DAYS).contains(days));
        days.map(|days| Self { days }).ok_or_else(|| InvalidRetention { text: text.to_owned() })
    }
}

/// The time for which a record of the ledger is kept; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerRetention(Option<Retention>);

/// A number of days that is no retention of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?}: expected 0, which keeps it for ever, or {} to {} days",
    Retention::LEAST_DAYS,
    Retention::MOST_DAYS
)]
pub struct InvalidLedgerRetention {
    pub text: String,
}

impl LedgerRetention {
    /// A record's item expires so long after the time that the record itself says. The records of a chain are joined into the
    /// log within minutes, and the leaf says when the last of them may be gone: none goes before that, also where the joining
    /// stood still for weeks.
    const LATER: SignedDuration = SignedDuration::from_hours(30 * 24);

    /// The longer one of this time and `retention`: a ledger never ends before the incident that it explains.
    #[must_use]
    pub fn at_least(self, retention: Retention) -> Self {
        Self(self.0.map(|own| if own.days < retention.days { retention } else { own }))
    }

    /// Returns until when a record is kept that is written at `written_at`; `None`: for ever.
    pub fn kept_until(self, written_at: Timestamp) -> Option<Timestamp> {
        self.0.map(|own| own.expiry(written_at))
    }

    /// Returns when the item of a record expires that is kept until then.
    pub(super) fn expiry(kept_until: Timestamp) -> Timestamp {
        kept_until.saturating_add(Self::LATER).unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for LedgerRetention {
    type Err = InvalidLedgerRetention;

    fn from_str(text: &str) -> Result<Self, InvalidLedgerRetention> {
        if text.trim() == "0" {
            return Ok(Self(None));
        }
        let retention = text.parse().map_err(|_| InvalidLedgerRetention { text: text.to_owned() })?;
        Ok(Self(Some(retention)))
    }
}

/// Gives the item its end.
pub(super) fn expire_at(item: &mut Item, at: Timestamp) {
    item.insert(EXPIRES_AT.to_owned(), seconds(at));
}

pub(super) fn seconds(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_second().to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn retention_is_a_number_of_days_within_its_bounds() {
        assert_eq!("90".parse(), Ok(Retention::default()));
        for text in ["30", " 3650 "] {
            assert!(text.parse::<Retention>().is_ok(), "{text}");
        }
        for text in ["", "29", "3651", "-90", "90d", "ninety", "70000"] {
            let error = text.parse::<Retention>().unwrap_err().to_string();
            assert!(error.contains(text) && error.ends_with("expected 30 to 3650 days"), "{error}");
        }
    }

    #[test]
    fn ledger_retention_is_for_ever_or_as_long_as_a_retention() {
        assert_eq!("0".parse(), Ok(LedgerRetention::default()));
        assert_eq!(LedgerRetention::default().kept_until(Timestamp::UNIX_EPOCH), None);
        for text in ["", "29", "3651", "-1", "for ever"] {
            let error = text.parse::<LedgerRetention>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("expected 0"), "{error}");
        }
    }

    proptest! {
        /// Neither a record's own end nor its item's comes before that of what it explains.
        #[test]
        fn ledger_retention_is_never_shorter_than_an_incidents(
            own in prop_oneof![Just(0_u16), 30_u16..=3650],
            incidents in 30_u16..=3650,
            second in 0_i64..4_000_000_000,
        ) {
            let incidents: Retention = incidents.to_string().parse().unwrap();
            let ledger: LedgerRetention = own.to_string().parse().unwrap();
            let written_at = Timestamp::from_second(second).unwrap();
            let Some(kept_until) = ledger.at_least(incidents).kept_until(written_at) else {
                prop_assert_eq!(own, 0);
                return Ok(());
            };
            prop_assert!(kept_until >= incidents.expiry(written_at));
            prop_assert!(kept_until >= ledger.kept_until(written_at).unwrap());
            prop_assert!(LedgerRetention::expiry(kept_until) > kept_until);
        }

        #[test]
        fn expiry_is_a_whole_retention_after_the_write(days in 30_u16..=3650, second in 0_i64..4_000_000_000) {
            let retention: Retention = days.to_string().parse().unwrap();
            let written_at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(retention.expiry(written_at).as_second() - second, i64::from(days) * 86_400);
        }
    }
}
