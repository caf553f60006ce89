//! Defines the signs that the state of a resource is meant by somebody, and is no fault: its tags, the [`habit`] of
//! whoever brought it about, and the security findings about it.
//!
//! [`habit`]: super::habit

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sign that the state of a resource is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum IntentSign {
    Tag {
        meaning: TagMeaning,
        key: String,
        value: String,
    },
    /// The same actor made the same change at about the same time of the day before.
    Habit {
        actor: String,
        event_name: String,
        days: u32,
        /// Of these days, the ones on which the resource was started again afterwards.
        #[serde(default)]
        days_started_again: u32,
        time_of_day: String,
    },
    SecurityFinding {
        finding: SecurityFinding,
    },
}

/// The meaning of a tag. These are all that count; docs/intended-states.md lists them for the teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagMeaning {
    /// The team wants Nightshift to keep its hands off.
    OptOut,
    /// Somebody set the resource apart because of a security incident.
    Quarantine,
    /// An Auto Scaling group, a fleet or Spot decides if the resource runs. Only AWS writes these tags.
    Capacity,
    /// The resource is started and stopped by the clock.
    Schedule,
}

/// An active finding of Security Hub about a resource that nobody has settled, of severity high or critical.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityFinding {
    pub id: String,
    /// Written by whoever sent the finding.
    pub title: String,
    /// `HIGH` or `CRITICAL`.
    pub severity: String,
    /// True for a finding about an attack, and false for one about a configuration or a vulnerability.
    pub is_threat: bool,
}

impl SecurityFinding {
    /// Returns true if the finding is a reason to take a resource out of service. A high finding about a configuration
    /// is not: most instances have one.
    pub fn calls_for_quarantine(&self) -> bool {
        self.is_threat || self.severity == "CRITICAL"
    }
}

/// Keys, in lower case without `-`, `_`, `:` and `.`, that mean the same whatever their value is, unless it says no.
/// Instance Scheduler on AWS: `Schedule`, and what it writes itself
/// (<https://docs.aws.amazon.com/solutions/latest/instance-scheduler-on-aws/operator-guide.html>); Cloud Custodian:
/// `maid_offhours`, `custodian_downtime` (<https://cloudcustodian.io/docs/quickstart/offhours.html>).
const KEYS: &[(&str, TagMeaning)] = &[
    ("nightshiftoptout", TagMeaning::OptOut),
    ("quarantine", TagMeaning::Quarantine),
    ("quarantined", TagMeaning::Quarantine),
    ("securityquarantine", TagMeaning::Quarantine),
    ("isolated", TagMeaning::Quarantine),
    ("isolation", TagMeaning::Quarantine),
    ("compromised", TagMeaning::Quarantine),
    ("forensics", TagMeaning::Quarantine),
    ("incidentresponse", TagMeaning::Quarantine),
    ("awsautoscalinggroupname", TagMeaning::Capacity),
    ("awsec2spotfleetrequestid", TagMeaning::Capacity),
    ("awsec2fleetid", TagMeaning::Capacity),
    ("schedule", TagMeaning::Schedule),
    ("instanceschedulerlastaction", TagMeaning::Schedule),
    ("islastaction", TagMeaning::Schedule),
    ("ismanagedby", TagMeaning::Schedule),
    ("maidoffhours", TagMeaning::Schedule),
    ("offhours", TagMeaning::Schedule),
    ("custodiandowntime", TagMeaning::Schedule),
    ("officehours", TagMeaning::Schedule),
    ("autostop", TagMeaning::Schedule),
    ("autoshutdown", TagMeaning::Schedule),
    ("stopschedule", TagMeaning::Schedule),
    ("shutdownschedule", TagMeaning::Schedule),
];

/// Values, in the same form, that mean the same whatever their key is.
const VALUES: &[(&str, TagMeaning)] = &[
    ("quarantine", TagMeaning::Quarantine),
    ("quarantined", TagMeaning::Quarantine),
    ("compromised", TagMeaning::Quarantine),
];

/// Values that take a key's meaning away.
const NO: [&str; 6] = ["", "false", "no", "none", "off", "0"];

/// The longest value of a tag that is kept.
const VALUE_CHARS: usize = 64;

/// Returns what the tags of a resource say about its state, the gravest first.
///
/// ```
/// use common::intent::{IntentSign, TagMeaning, tag_signs};
///
/// let tags = [("Schedule", "office-hours"), ("Name", "wiki")];
/// let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
/// let signs = tag_signs(&tags);
/// assert!(matches!(&signs[..], [IntentSign::Tag { meaning: TagMeaning::Schedule, .. }]));
/// ```
pub fn tag_signs(tags: &BTreeMap<String, String>) -> Vec<IntentSign> {
    let mut signs: Vec<IntentSign> = tags
        .iter()
        .filter_map(|(key, value)| {
            Some(IntentSign::Tag {
                meaning: meaning(&plain(key), &plain(value))?,
                key: key.clone(),
                value: value.chars().take(VALUE_CHARS).collect(),
            })
        })
        .collect();
    signs.sort();
    signs
}

fn meaning(key: &str, value: &str) -> Option<TagMeaning> {
    let in_list = |list: &[(&str, TagMeaning)], text: &str| {
        list.iter().find(|(known, _)| *known == text).map(|(_, meaning)| *meaning)
    };
    in_list(VALUES, value).or_else(|| in_list(KEYS, key).filter(|_| !NO.contains(&value)))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
