//! Judges if the state that a change left is meant by somebody: then it is no fault, and is not put right.

use std::collections::BTreeSet;

use common::{
    ActorKind, EvidenceId, Gap,
    evidence::ReadSource,
    intent::{IntentSign, TagMeaning},
};

use crate::candidates::{candidate::Candidate, change_record::ChangeRecord};

/// The call that stops an instance for a while.
pub const STOP: &str = "StopInstances";
/// The call that ends one for good.
pub const TERMINATE: &str = "TerminateInstances";

/// The calls that take an instance out of service. Somebody who makes one of them means it; what only a person can
/// know is whether they still do.
const STOPS: [&str; 2] = [STOP, TERMINATE];

/// The judgement on the state that a change left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intention {
    /// Nothing shows that the state is meant.
    NotShown,
    /// Nothing shows who took the resource out of service, or that it was a mistake.
    Unclear,
    /// The state is meant, for this reason.
    Intended(String),
}

impl Intention {
    /// Returns the sentence that the cause goes on with, with a space before it; empty where nothing is to be said.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotShown => String::new(),
            Self::Unclear => {
                " Nothing shows that this was a mistake: a person has to decide if it is put back.".to_owned()
            }
            Self::Intended(why) => format!(" This is intended: {why}. Nightshift does not put it back."),
        }
    }
}

/// The readings of the signs that a stop is meant.
const SIGNS: [ReadSource; 3] = [ReadSource::ResourceTags, ReadSource::Habit, ReadSource::SecurityFindings];

/// Returns true if a sign that `change` took the resource out of service on purpose may be among what could not be read: then
/// nothing is proposed that would not be proposed beside that sign.
pub fn may_be_meant(gaps: &[Gap], change: &ChangeRecord) -> bool {
    STOPS.contains(&change.event.as_str()) && gaps.iter().any(|gap| SIGNS.contains(&gap.source))
}

/// Judges the state that `change` of `candidate` left, and names the evidence beside the change itself.
pub fn intention(candidate: &Candidate<'_>, change: &ChangeRecord) -> (Intention, BTreeSet<EvidenceId>) {
    let nothing = BTreeSet::new();
    let stops = STOPS.contains(&change.event.as_str());
    if let Some(intent) = candidate.intent.filter(|_| stops)
        && let Some(why) = intent.fact.iter().filter_map(|sign| meant(sign, change.actor_kind)).min()
    {
        return (Intention::Intended(why.1), BTreeSet::from([intent.id.clone()]));
    }
    if let Some(why) = by_design(change.actor_kind) {
        return (Intention::Intended(why.to_owned()), nothing);
    }
    let is_person = matches!(change.actor_kind, ActorKind::Person | ActorKind::Ourselves);
    if stops && !is_person { (Intention::Unclear, nothing) } else { (Intention::NotShown, nothing) }
}

/// Returns why what an actor of this kind did is meant; `None` for one that may have made a mistake.
const fn by_design(actor: ActorKind) -> Option<&'static str> {
    match actor {
        ActorKind::Scheduler => Some("a scheduler acts by the clock"),
        ActorKind::Scaling => Some("Auto Scaling, a fleet or Spot decides which capacity runs"),
        ActorKind::Service => Some("an AWS service did what it was set up to do"),
        ActorKind::Security => Some("it is a response to a security finding"),
        ActorKind::Ourselves | ActorKind::Person | ActorKind::Unknown | ActorKind::Pipeline => None,
    }
}

/// Returns why a sign shows that a resource was taken out of service on purpose, with its rank: the gravest reason is
/// told.
fn meant(sign: &IntentSign, actor: ActorKind) -> Option<(u8, String)> {
    match sign {
        IntentSign::SecurityFinding { finding } if finding.calls_for_quarantine() => Some((
            0,
            format!("Security Hub has an open {} finding about it ({})", finding.severity, finding.title),
        )),
        IntentSign::Tag { meaning: TagMeaning::Quarantine, key, value } => {
            Some((1, format!("its tag {key} = {value} says that it is in quarantine")))
        }
        IntentSign::Tag { meaning: TagMeaning::Capacity, key, .. } => {
            Some((2, format!("its tag {key} says that Auto Scaling, a fleet or Spot decides if it runs")))
        }
        IntentSign::Habit { days, time_of_day, .. } => Some((
            3,
            format!("the same actor did the same on {days} of the 14 days before, at about {time_of_day}"),
        )),
        // A person may stop by mistake what is on a schedule too.
        IntentSign::Tag { meaning: TagMeaning::Schedule, key, value } if actor != ActorKind::Person => {
            Some((4, format!("its tag {key} = {value} puts it on a schedule")))
        }
        IntentSign::Tag { meaning: TagMeaning::Schedule | TagMeaning::OptOut, .. }
        | IntentSign::SecurityFinding { .. } => None,
    }
}
