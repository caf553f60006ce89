//! Puts bystanders into a recording: harmless changes that have nothing to do with the incident.
//!
//! A bystander leaves what such a change leaves in an account: its CloudTrail record, and the state of the resource
//! after it. It leaves nothing in metrics, traces and logs, because it did no harm. [`Bystanders::new`] lists each kind
//! of change × place × time that can exist for a recording, and why each other one cannot.

mod configuration;
mod kinds;
mod put;
pub(crate) mod records;
mod subjects;

use std::collections::BTreeSet;

use common::{Arn, Signal};
use ingest::ParsedEvent;
use jiff::{SignedDuration, Timestamp};

pub use self::kinds::{BystanderKind, BystanderTiming, Place, SkipReason};
use self::subjects::Subject;
use crate::{Expected, Recording, Report};

/// The time from the release that a rollback takes back to that rollback.
const RELEASED_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// One harmless change that a recording did not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bystander {
    pub kind: BystanderKind,
    pub place: Place,
    pub timing: BystanderTiming,
    /// The resource that is changed.
    pub resource: Arn,
    pub at: Timestamp,
    /// The recording's name: it makes the ids of the records.
    scenario: String,
    /// The function that reads the parameter, where one does.
    reader: Option<Arn>,
    application: Option<String>,
}

/// A combination that cannot exist for a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    pub kind: BystanderKind,
    pub place: Place,
    pub timing: BystanderTiming,
    pub reason: SkipReason,
}

/// The bystanders of one recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bystanders {
    pub all: Vec<Bystander>,
    pub skipped: Vec<Skipped>,
}

impl Bystanders {
    /// Lists the bystanders of `recording`, always the same ones.
    ///
    /// `report` is the result without a bystander: it has the onset that their times are counted from. What `expected`
    /// names as cause or target is never a bystander; without it, what `report` names.
    pub fn new(recording: &Recording, report: &Report, expected: Option<&Expected>) -> Self {
        let mut bystanders = Self::default();
        let ParsedEvent::Signal(signal) = &recording.reading else { return bystanders };
        let accused = accused(report, expected);
        for kind in BystanderKind::ALL {
            for place in Place::ALL {
                let subject = subjects::subject(recording, signal, &accused, kind, place);
                for timing in BystanderTiming::ALL {
                    let made = match &subject {
                        Ok(subject) => bystander(recording, signal, report, subject, (kind, place, timing)),
                        Err(reason) => Err(*reason),
                    };
                    match made {
                        Ok(bystander) => bystanders.all.push(bystander),
                        Err(reason) => {
                            bystanders.skipped.push(Skipped { kind, place, timing, reason });
                        }
                    }
                }
            }
        }
        bystanders
    }
}

impl Bystander {
    /// The bystander by a name that is unique within its recording: `alias_move/callee/-10`.
    pub fn name(&self) -> String {
        format!("{}/{}/{:+}", self.kind.as_str(), self.place.as_str(), self.timing.minutes_after_onset())
    }

    /// Tells whether `resource` is what the bystander changed, or a part of it.
    pub fn changed(&self, resource: &Arn) -> bool {
        self.resource.component() == resource.component()
    }

    /// The function that reads the changed parameter.
    pub(crate) const fn reader(&self) -> Option<&Arn> {
        self.reader.as_ref()
    }

    /// The same incident with this change in its account.
    #[must_use]
    pub fn put_into(&self, recording: &Recording) -> Recording {
        put::put(self, recording)
    }

    /// The first moment at which anything was changed.
    fn began_at(&self) -> Timestamp {
        match self.kind {
            BystanderKind::Rollback => self.at.checked_sub(RELEASED_BEFORE).unwrap_or(self.at),
            _ => self.at,
        }
    }
}

/// The components that are the cause of the incident or the target of its action.
fn accused(report: &Report, expected: Option<&Expected>) -> BTreeSet<Arn> {
    let Some(expected) = expected else {
        let cause = report.cause.iter().map(|cause| &cause.component);
        return cause.chain(report.proposal.iter().map(|it| &it.target)).map(Arn::component).collect();
    };
    expected
        .root_cause
        .iter()
        .flat_map(|truth| std::iter::once(&truth.component).chain(&truth.also_acceptable_components))
        .chain(expected.acceptable_actions.iter().map(|action| &action.target))
        .map(Arn::component)
        .collect()
}

fn bystander(
    recording: &Recording,
    signal: &Signal,
    report: &Report,
    subject: &Subject,
    (kind, place, timing): (BystanderKind, Place, BystanderTiming),
) -> Result<Bystander, SkipReason> {
    let onset = report.onset.unwrap_or(signal.occurred_at);
    let at = onset
        .checked_add(SignedDuration::from_mins(timing.minutes_after_onset()))
        .map_err(|_| SkipReason::NotYetMade)?;
    let first_look = signal.occurred_at.checked_add(recording.looked_after).unwrap_or(signal.occurred_at);
    if at > first_look {
        return Err(SkipReason::NotYetMade);
    }
    let bystander = Bystander {
        kind,
        place,
        timing,
        resource: subject.resource.clone(),
        at,
        scenario: recording.name.clone(),
        reader: subject.reader.clone(),
        application: subject.application.clone(),
    };
    if records::newest_change(recording, &bystander.resource).is_some_and(|last| last >= bystander.began_at())
    {
        return Err(SkipReason::ChangedLater);
    }
    Ok(bystander)
}
