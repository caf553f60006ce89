//! Defines the table's design: the key of each record.
//!
//! | partition `pk` | sort `sk` | what |
//! | --- | --- | --- |
//! | `EVENT#<event id>` | `EVENT` | what an event ended as |
//! | | `REPEAT#<time>` | a further delivery of it |
//! | `FINGERPRINT#<fingerprint>` | `CURRENT` | the latest incident with it |
//! | `RETURNED#<fingerprint>` | `LATEST` | that it came back soon after its incident had ended, for a day |
//! | `INCIDENT#<id>` | `INCIDENT` | the incident |
//! | `EVIDENCE#<id>` | `<evidence id>` | what was read about it |
//! | `DIAGNOSIS#<id>` | `<attempt>`, `PRELIMINARY` | what was concluded |
//! | `REASONING#<id>` | `<investigation>#<line>#<step>` | what was said to a model and by it |
//! | `PLAN#<id>` | `<hash>` | a plan of an action |
//! | `APPROVAL#<id>` | `<hash>` | a request for approval of the plan, and that it expired |
//! | `DECISION#<id>` | `<hash>#<requested at>` | a person's decision on that request |
//! | `LEASE#<id>` | `<hash>` | the right to run the plan, and what came of it |
//! | `VERIFICATION#<id>` | `<attempt>` | whether it helped |
//! | `DELIVERY#<id>` | `<occasion>` | a message that a channel accepted |
//! | `LEDGER#<id>` | `<sequence>` | its records of the ledger |
//! | `TARGET#<arn>` | `<time>#<hash>` | a lease taken on it, for two days |
//! | | `#HOLDER` | the incident that may act on it, for two weeks |
//! | `ACTIONS` | `BUDGET` | the places taken in the account's budget of actions |
//! | `ACTIONS#TARGET#<arn>` | `<time>#<hash>` | a run of an action on it, for two days |
//! | `ACTIONS#ACTION#<action>#<application>` | `RUN#<time>#<hash>` | a run of it for the application, for a week less than its lease, at most 90 days |
//! | `BREAKER#<action>#<application>` | `CLOSURE` | when a person last closed its breaker |
//! | `SPEND#INCIDENT#<id>` | `SPEND` | what was set aside or spent for it on models, for 90 days |
//! | `SPEND#DAY#<day>` | `SPEND` | the same of one UTC day |
//! | `INVESTIGATED#<application>` | `<hour>` | the incidents that models were asked about, for two days |
//! | `APPLICATION#<application>` | `<time>#<incident>#<attempt>` | what was believed, for later incidents |
//! | `TOPOLOGY#<application>` | `MAP` | who depends on whom in it, for a week |
//! | `REJECTED#<day>` | `<time>#<event id>` | a rejected event of a known family, for 14 days |
//! | `DIGEST` | `LAST` | what the last digest told |
//! | `UNLOGGED#<digit>` | `<incident>` | that its chain of the ledger has grown since the log took it in |
//! | `LOG` | `<first leaf>` | a batch of the log over all chains |
//!
//! A partition holds one kind of item, named by what its key begins with, because IAM sees no more of an item than its
//! partition key (`dynamodb:LeadingKeys`): the template lets each function write its own kinds and no others
//! (`docs/adr/0024-keys-by-kind.md`). A table of the first version had the items of an incident in one partition;
//! [`migration`](super::migration) moves them.
//!
//! An item that expires says when in `expires_at_seconds` (Unix time), the table's time-to-live attribute. Events, what
//! belongs to an incident and what was believed about it (`APPLICATION#`) expire after [`Retention`](super::Retention),
//! the incident so long after its end. The ledger expires after [`LedgerRetention`](super::LedgerRetention), which is for ever
//! by default. `LOG`, `FINGERPRINT#`, `BREAKER#`, `ACTIONS` and `DIGEST` stay.
//!
//! The index [`BY_OPENED_AT`] lists incidents: partition `listing`, sort `opened_at`. The index [`UNSETTLED`] lists
//! those that have not ended or whose end nobody was told: partition `unsettled`, sort `opened_at`. It is sparse: an
//! incident that is settled loses the attribute and with it its place, so a sweep reads what is open and no more
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html>). In a partition
//! of their own it lists the problems that are back, by the time since when. The index [`BY_RECORDED_HOUR`] lists events and their
//! further deliveries: partition `recorded_hour`, sort `recorded_at` ([`intake_entries`](super::intake_entries)). It has no event
//! that a version without it recorded.

use std::{borrow::Cow, collections::HashMap, fmt};

use aws_sdk_dynamodb::types::AttributeValue;
use common::{
    ActionId, Arn, EventId, EvidenceId, Fingerprint, IncidentId, PlanHash,
    notification::Occasion,
    ports::{ActionRun, RejectedEvent},
    precedent::Precedent,
    reasoning::ReasoningStep,
    sha256_hex,
};
use jiff::Timestamp;

use crate::time::sortable;

pub(super) const BY_OPENED_AT: &str = "by-opened-at";
pub(super) const UNSETTLED: &str = "unsettled";
pub(super) const BY_RECORDED_HOUR: &str = "by-recorded-hour";
/// The partition key of that index.
pub(super) const RECORDED_HOUR: &str = "recorded_hour";
/// The value of `listing` on every incident, and of `unsettled` on those that are not settled.
pub(super) const LISTING: &str = "incident";
/// The value of `unsettled` on a problem that is back.
pub(super) const RETURNED: &str = "returned";
pub(super) const RUN: &str = "RUN#";
pub(super) const CLOSURE: &str = "CLOSURE";

/// Holds the partition and sort key of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    fn of_incident(kind: &str, id: IncidentId, sk: String) -> Self {
        Self { pk: partition(kind, id), sk }
    }

    /// The key that an item already has.
    pub(super) const fn from_parts(pk: String, sk: String) -> Self {
        Self { pk, sk }
    }

    pub(super) fn event(id: &EventId) -> Self {
        Self { pk: format!("{EVENT}{id}"), sk: "EVENT".to_owned() }
    }

    /// One for each time, so that writing it again after a lost answer counts once.
    pub(super) fn repeat(id: &EventId, at: Timestamp) -> Self {
        Self { pk: format!("{EVENT}{id}"), sk: format!("REPEAT#{}", sortable(at)) }
    }

    pub(super) fn fingerprint(fingerprint: &Fingerprint) -> Self {
        Self { pk: format!("FINGERPRINT#{fingerprint}"), sk: "CURRENT".to_owned() }
    }

    pub(super) fn returned(fingerprint: &Fingerprint) -> Self {
        Self { pk: format!("RETURNED#{fingerprint}"), sk: "LATEST".to_owned() }
    }

    pub(super) fn incident(id: IncidentId) -> Self {
        Self::of_incident(INCIDENT, id, INCIDENT.to_owned())
    }

    pub(super) fn evidence(id: IncidentId, evidence: &EvidenceId) -> Self {
        Self::of_incident(EVIDENCE, id, evidence.to_string())
    }

    pub(super) fn diagnosis(id: IncidentId, attempt: u32) -> Self {
        Self::of_incident(DIAGNOSIS, id, format!("{attempt:02}"))
    }

    pub(super) fn preliminary(id: IncidentId) -> Self {
        Self::of_incident(DIAGNOSIS, id, PRELIMINARY.to_owned())
    }

    pub(super) fn plan(id: IncidentId, hash: &PlanHash) -> Self {
        Self::of_incident(PLAN, id, hash.to_string())
    }

    pub(super) fn verification(id: IncidentId, attempt: u32) -> Self {
        Self::of_incident(VERIFICATION, id, format!("{attempt:02}"))
    }

    pub(super) fn lease(id: IncidentId, hash: &PlanHash) -> Self {
        Self::of_incident(LEASE, id, hash.to_string())
    }

    pub(super) fn approval(id: IncidentId, hash: &PlanHash) -> Self {
        Self::of_incident(APPROVAL, id, hash.to_string())
    }

    /// One for each request: a plan that is asked about again is decided anew.
    pub(super) fn decision(id: IncidentId, hash: &PlanHash, requested_at: Timestamp) -> Self {
        Self::of_incident(DECISION, id, format!("{hash}#{}", sortable(requested_at)))
    }

    pub(super) fn delivery(id: IncidentId, occasion: Occasion) -> Self {
        Self::of_incident(DELIVERY, id, occasion.as_str().to_owned())
    }

    pub(super) fn ledger(id: IncidentId, sequence: u64) -> Self {
        Self::of_incident(LEDGER, id, number_text(sequence))
    }

    pub(super) fn unlogged(id: IncidentId) -> Self {
        let id = id.to_string();
        let digest = sha256_hex(&id);
        Self { pk: unlogged_partition(digest.chars().next().unwrap_or('0')), sk: id }
    }

    pub(super) fn batch(first: u64) -> Self {
        Self { pk: LOG.to_owned(), sk: number_text(first) }
    }

    pub(super) fn taken(target: &Arn, at: Timestamp, hash: &PlanHash) -> Self {
        Self { pk: target_partition(target), sk: format!("{}#{hash}", sortable(at)) }
    }

    pub(super) fn budget_window() -> Self {
        Self { pk: "ACTIONS".to_owned(), sk: "BUDGET".to_owned() }
    }

    pub(super) fn run_on_target(run: &ActionRun) -> Self {
        let sk = format!("{}#{}", sortable(run.at), run.plan_hash);
        Self { pk: run_target_partition(&run.target), sk }
    }

    pub(super) fn run_of_action(run: &ActionRun) -> Self {
        let sk = format!("{RUN}{}#{}", sortable(run.at), run.plan_hash);
        Self { pk: action_partition(&run.action, run.application.as_deref()), sk }
    }

    pub(super) fn breaker_closure(action: &ActionId, application: Option<&str>) -> Self {
        let application = short(application.unwrap_or_default());
        Self { pk: format!("{BREAKER}#{action}#{application}"), sk: CLOSURE.to_owned() }
    }

    /// Sorts before the leases of the same partition, which are counted from a time on.
    pub(super) fn target_lease(target: &Arn) -> Self {
        Self { pk: target_partition(target), sk: "#HOLDER".to_owned() }
    }

    pub(super) fn reasoning(step: &ReasoningStep) -> Self {
        let ReasoningStep { line, step: number, .. } = step;
        let sk = format!("{}#{line}#{number:06}", sortable(step.investigation));
        Self::of_incident(REASONING, step.incident_id, sk)
    }

    pub(super) fn spent_on_incident(id: IncidentId) -> Self {
        Self { pk: format!("SPEND#INCIDENT#{id}"), sk: SPEND.to_owned() }
    }

    pub(super) fn spent_on_day(at: Timestamp) -> Self {
        Self { pk: format!("SPEND#DAY#{}", at.strftime("%Y-%m-%d")), sk: SPEND.to_owned() }
    }

    pub(super) fn investigated(application: &str, at: Timestamp) -> Self {
        let sk = at.strftime("%Y-%m-%dT%H").to_string();
        Self { pk: format!("INVESTIGATED#{}", short(application)), sk }
    }

    pub(super) fn precedent(precedent: &Precedent) -> Self {
        let Precedent { at, incident_id, attempt, .. } = precedent;
        let sk = format!("{}#{incident_id}#{attempt:02}", sortable(*at));
        Self { pk: application_partition(&precedent.application), sk }
    }

    pub(super) fn topology(application: &str) -> Self {
        Self { pk: format!("TOPOLOGY#{}", short(application)), sk: "MAP".to_owned() }
    }

    pub(super) fn rejected(event: &RejectedEvent) -> Self {
        Self { pk: rejected_partition(event.at), sk: format!("{}#{}", sortable(event.at), event.event_id) }
    }

    pub(super) fn digest() -> Self {
        Self { pk: "DIGEST".to_owned(), sk: "LAST".to_owned() }
    }

    pub(super) fn to_attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}

/// The beginning of an event's partition key, before its id.
pub(super) const EVENT: &str = "EVENT#";
pub(super) const INCIDENT: &str = "INCIDENT";
pub(super) const EVIDENCE: &str = "EVIDENCE";
pub(super) const DIAGNOSIS: &str = "DIAGNOSIS";
pub(super) const PRELIMINARY: &str = "PRELIMINARY";
pub(super) const REASONING: &str = "REASONING";
pub(super) const PLAN: &str = "PLAN";
pub(super) const APPROVAL: &str = "APPROVAL";
pub(super) const DECISION: &str = "DECISION";
pub(super) const LEASE: &str = "LEASE";
pub(super) const VERIFICATION: &str = "VERIFICATION";
pub(super) const DELIVERY: &str = "DELIVERY";
pub(super) const LEDGER: &str = "LEDGER";
pub(super) const LOG: &str = "LOG";
pub(super) const BREAKER: &str = "BREAKER";
const SPEND: &str = "SPEND";

/// The partition of an incident's items of one kind.
pub(super) fn partition(kind: &str, id: IncidentId) -> String {
    format!("{kind}#{id}")
}

pub(super) fn rejected_partition(at: Timestamp) -> String {
    format!("REJECTED#{}", at.strftime("%Y-%m-%d"))
}

pub(super) fn target_partition(target: &Arn) -> String {
    format!("TARGET#{target}")
}

pub(super) fn run_target_partition(target: &Arn) -> String {
    format!("ACTIONS#TARGET#{target}")
}

pub(super) fn action_partition(action: &ActionId, application: Option<&str>) -> String {
    format!("ACTIONS#ACTION#{action}#{}", short(application.unwrap_or_default()))
}

pub(super) fn application_partition(application: &str) -> String {
    format!("APPLICATION#{}", short(application))
}

/// A name that comes from outside, as a part of a key, which must not be longer than 2048 bytes.
fn short(name: &str) -> Cow<'_, str> {
    if name.len() <= 1024 { Cow::Borrowed(name) } else { Cow::Owned(format!("sha256:{}", sha256_hex(name))) }
}

/// The partitions of the chains that have grown: one alone could not take a burst, since a partition takes 1,000 writes a
/// second.
pub(super) const UNLOGGED_SHARDS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

pub(super) fn unlogged_partition(shard: char) -> String {
    format!("UNLOGGED#{shard}")
}

/// Twelve digits, so that the order of texts is the order of numbers.
pub(super) fn number_text(number: u64) -> String {
    format!("{number:012}")
}
