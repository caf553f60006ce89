//! Makes variations of a recording under which a diagnosis must not grow bolder, or not change at all.

mod earlier;
mod remedy;

use std::collections::BTreeSet;

use common::{Arn, ContextSource, OwnRoles};

pub use self::{
    earlier::with_cause_earlier,
    remedy::{Remedy, remedies},
};
use crate::{Recording, resources::READS};

/// The names of all reads that a recording can make fail.
pub fn all_reads() -> Vec<String> {
    let of_context = ContextSource::ALL.iter().map(|source| format!("Providers::{}", source.as_str()));
    READS.iter().map(|read| (*read).to_owned()).chain(of_context).collect()
}

/// The same incident, where `read` fails.
#[must_use]
pub fn with_unreadable(recording: &Recording, read: &str) -> Recording {
    let mut changed = recording.clone();
    if !changed.resources.unreadable.iter().any(|failing| failing == read) {
        changed.resources.unreadable.push(read.to_owned());
    }
    changed
}

/// The part of the evidence about a component that is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidencePart {
    Changes,
    LogLines,
    Metrics,
    Notes,
}

impl EvidencePart {
    pub const ALL: [Self; 4] = [Self::Changes, Self::LogLines, Self::Metrics, Self::Notes];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::LogLines => "log lines",
            Self::Metrics => "metrics",
            Self::Notes => "notes",
        }
    }
}

/// The same incident without this part of what is recorded about `component`; `None` where there is none of it.
///
/// It leaves no gap. The metric of the symptom itself stays.
pub fn without_evidence(recording: &Recording, component: &Arn, part: EvidencePart) -> Option<Recording> {
    let component = component.component();
    let is_of = |arn: &Arn| arn.component() == component;
    let mut changed = recording.clone();
    match part {
        EvidencePart::Changes => {
            let of_it: Vec<Arn> = recording
                .resources
                .by_arn
                .keys()
                .filter(|arn| is_of(arn))
                .chain([&component])
                .cloned()
                .collect();
            let nobody = OwnRoles::default();
            changed.records.retain(|record| record.changes(&of_it, &nobody).is_empty());
        }
        EvidencePart::LogLines => changed.lines.retain(|line| !is_of(&line.component)),
        EvidencePart::Metrics => {
            changed.series.retain(|series| !series.resource.as_ref().is_some_and(is_of));
            changed.alias_series.retain(|series| !is_of(&series.alias));
        }
        EvidencePart::Notes => {
            for (_, recorded) in changed.resources.by_arn.iter_mut().filter(|(arn, _)| is_of(arn)) {
                recorded.notes.clear();
            }
        }
    }
    let counts = |one: &Recording| {
        let notes: usize = one.resources.by_arn.values().map(|recorded| recorded.notes.len()).sum();
        (one.records.len(), one.lines.len(), one.series.len(), one.alias_series.len(), notes)
    };
    (counts(&changed) != counts(recording)).then_some(changed)
}

/// The same incident in the opposite order: of the metrics, and of records and lines of one time.
#[must_use]
pub fn reversed(recording: &Recording) -> Recording {
    let mut changed = recording.clone();
    changed.series.reverse();
    changed.alias_series.reverse();
    changed.records.reverse();
    changed.records.sort_by_key(|record| record.at);
    changed.lines.reverse();
    changed.lines.sort_by_key(|line| line.at);
    changed
}

/// The same incident of a system that does `factor` times as much: every metric that counts, by its statistic `Sum`.
#[must_use]
pub fn scaled(recording: &Recording, factor: f64) -> Recording {
    let mut changed = recording.clone();
    for series in changed.series.iter_mut().filter(|series| series.statistic == "Sum") {
        for (_, value) in &mut series.samples {
            *value *= factor;
        }
    }
    for series in changed.alias_series.iter_mut().filter(|series| series.statistic == "Sum") {
        for (_, value) in &mut series.samples {
            *value *= factor;
        }
    }
    changed
}

/// The components that have metrics in the recording.
pub fn measured_components(recording: &Recording) -> BTreeSet<Arn> {
    recording.series.iter().filter_map(|series| Some(series.resource.as_ref()?.component())).collect()
}
