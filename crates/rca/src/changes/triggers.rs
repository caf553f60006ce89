//! Ranks the changes that could have triggered the incident. The newest one was the trigger in less than half
//! of recorded incidents (Yu et al., 2024, "`ChangeRCA`"); what it touched, how rare such a change is and who
//! made it count, too.

use std::collections::BTreeMap;

use crate::{
    changes::change_targets::ChangeTargets,
    findings::Trigger,
    incident_data::{Change, IncidentData},
    series::samples::seconds,
};

/// Services' clocks differ, and a trail writes whole seconds: this little after the onset may be before it.
const SKEW_SECONDS: i64 = 30;
/// Each half hour between change and onset makes it half as likely: deployments and caches take minutes to
/// show, not hours.
const HALF_LIFE_SECONDS: f64 = 1_800.0;
/// The weight of a change that affected nothing close to a suspect: graphs miss things, but mostly it belongs to
/// something else.
const ELSEWHERE: f64 = 0.05;
/// The share of its weight that a change keeps for each call between its target and the suspect: a neighbour's
/// change shows at the neighbour first.
const PER_CALL: f64 = 0.5;
/// A component that served this many periods as usual since it was changed is not wrong for the change.
const ENOUGH_PERIODS: i64 = 3;
/// Most calls away from a suspect that are looked at.
pub(crate) const MOST_CALLS: usize = 3;
/// A trail that does not say whether a call wrote, of a name that does not say it either.
const PERHAPS_READ: f64 = 0.5;
/// An actor that makes most of this many changes or more is an automation at its routine, and less
/// likely to have done something new.
const ROUTINE_CHANGES: f64 = 10.0;
const ROUTINE_SHARE: f64 = 0.5;
const ROUTINE: f64 = 0.6;
/// Below this a change is not worth a human's look.
const LEAST: f64 = 0.02;
/// From here on a change on a component tells how it is broken.
const TELLS_HOW: f64 = 0.2;
const MOST_TRIGGERS: usize = 5;
/// Of a longer trail the latest are judged.
const MOST_CHANGES: usize = 1_000;

/// Verbs of calls that only read.
const READS: &[&str] = &["Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan"];
/// Calls of a service's customers, which write data and change nothing about the service.
const DATA: &[&str] = &[
    "PutObject",
    "DeleteObject",
    "CopyObject",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "PutRecord",
    "PutEvents",
    "PutMetricData",
    "PutLogEvents",
    "SendMessage",
    "DeleteMessage",
    "ReceiveMessage",
    "Publish",
    "Invoke",
    "StartExecution",
    "AssumeRole",
];

/// A component near a suspect.
#[derive(Debug, Clone)]
pub(crate) struct NearbyComponent<'a> {
    pub(crate) component: &'a str,
    /// Calls between it and the suspect; 0 is the suspect itself.
    pub(crate) calls: usize,
    /// The suspect's score relative to the first one's, from 0 to 1.
    pub(crate) likelihood: f64,
}

/// The latest changes that could have triggered anything.
#[derive(Debug)]
pub(crate) struct ChangeHistory<'a> {
    candidates: Vec<CandidateChange<'a>>,
    onset: Option<i64>,
    /// The seconds to which the onset is known.
    step: i64,
    by_name: BTreeMap<(&'a str, &'a str), f64>,
    by_actor: BTreeMap<&'a str, f64>,
    all: f64,
}

#[derive(Debug)]
struct CandidateChange<'a> {
    place: usize,
    change: &'a Change,
    targets: ChangeTargets,
    /// Weighs how surely the trigger changed something and how shortly before the onset, from 0 to 1.
    weight: f64,
}

impl<'a> ChangeHistory<'a> {
    /// `onset`: Unix seconds, known to `step` seconds.
    pub(crate) fn new(data: &'a IncidentData, onset: Option<i64>, step: i64) -> Self {
        let mut by_name: BTreeMap<(&str, &str), f64> = BTreeMap::new();
        let mut by_actor: BTreeMap<&str, f64> = BTreeMap::new();
        let mut all = 0.0;
        let mut worthy = Vec::new();
        for (place, change) in data.changes.iter().enumerate() {
            let wrote = wrote(change);
            if wrote > 0.0 {
                *by_name.entry((&change.source, &change.name)).or_default() += 1.0;
                *by_actor.entry(&change.actor).or_default() += 1.0;
                all += 1.0;
                let weight = wrote * recency(change, onset, step);
                worthy.extend((weight >= LEAST).then_some((place, change, weight)));
            }
        }
        worthy.sort_by(|(_, one, _), (_, other, _)| (other.at, &other.id).cmp(&(one.at, &one.id)));
        worthy.truncate(MOST_CHANGES);
        let candidates = worthy
            .into_iter()
            .map(|(place, change, weight)| CandidateChange {
                place,
                change,
                targets: ChangeTargets::new(&change.touches, &change.source),
                weight,
            })
            .collect();
        Self { candidates, onset, step, by_name, by_actor, all }
    }

    /// Weighs, from 0 to 1, that the component was changed shortly before the onset.
    pub(crate) fn recent_change(&self, component: &str) -> f64 {
        let matching = self.candidates.iter().filter(|candidate| candidate.targets.include(component));
        matching.map(|candidate| candidate.weight).fold(0.0, f64::max)
    }

    /// True if the component was changed so shortly before `onset`, in Unix seconds, that it served nothing as usual since,
    /// or too little to tell. A change after the onset changed nothing about it.
    pub(crate) fn just_changed(&self, component: &str, onset: i64) -> bool {
        let most = ENOUGH_PERIODS.saturating_mul(self.step);
        let just = -SKEW_SECONDS.max(self.step)..most;
        let is_just = |change: &Change| just.contains(&onset.saturating_sub(change.at.as_second()));
        self.candidates
            .iter()
            .any(|candidate| is_just(candidate.change) && candidate.targets.include(component))
    }

    /// The likeliest change on the component itself that tells how it is broken.
    pub(crate) fn change_on(&self, component: &str, triggers: &[Trigger]) -> Option<&'a Change> {
        let likely = triggers.iter().filter(|trigger| trigger.score >= TELLS_HOW);
        likely
            .filter_map(|trigger| self.candidates.iter().find(|candidate| candidate.place == trigger.change))
            .find(|candidate| candidate.targets.include(component))
            .map(|candidate| candidate.change)
    }

    /// The likeliest first.
    pub(crate) fn triggers(&self, near: &[NearbyComponent<'_>]) -> Vec<Trigger> {
        let mut found: Vec<(Trigger, &Change)> = self
            .candidates
            .iter()
            .filter_map(|candidate| {
                let (touched, calls, closeness) = closest(&candidate.targets, near);
                let often = self
                    .by_name
                    .get(&(&*candidate.change.source, &*candidate.change.name))
                    .copied()
                    .unwrap_or(1.0);
                // Of ten changes of one name, none stands out.
                let rare = 1.0 / often.sqrt();
                let share =
                    self.by_actor.get(candidate.change.actor.as_str()).copied().unwrap_or(0.0) / self.all;
                let is_routine = self.all >= ROUTINE_CHANGES && share > ROUTINE_SHARE;
                let score = candidate.weight * closeness * rare * if is_routine { ROUTINE } else { 1.0 };
                let why = || self.why(candidate.change, touched, calls, often);
                (score >= LEAST)
                    .then(|| (Trigger { change: candidate.place, score, why: why() }, candidate.change))
            })
            .collect();
        found.sort_by(|(one, change), (other, another)| {
            other
                .score
                .total_cmp(&one.score)
                .then_with(|| (another.at, &another.id).cmp(&(change.at, &change.id)))
        });
        found.truncate(MOST_TRIGGERS);
        found.into_iter().map(|(trigger, _)| trigger).collect()
    }

    fn why(&self, change: &Change, touched: Option<&str>, calls: usize, often: f64) -> String {
        let what = match (touched, calls) {
            (Some(component), 0) => format!("changed {component}, a suspect"),
            (Some(component), 1) => format!("changed {component}, one call from a suspect"),
            (Some(component), _) => format!("changed {component}, {calls} calls from a suspect"),
            (None, _) => "changed nothing known to be close to a suspect".to_owned(),
        };
        let when = match self.onset.map(|onset| onset.saturating_sub(change.at.as_second())) {
            Some(before @ 0..) => {
                format!(", {} before the onset", crate::display::length(before.unsigned_abs()))
            }
            Some(_) => ", as the symptom began".to_owned(),
            None => String::new(),
        };
        let name = &change.name;
        let rare = if often <= 1.0 {
            format!("; the only {name} call")
        } else {
            format!("; one of {often:.0} {name} calls")
        };
        format!("{what}{when}{rare}")
    }
}

/// Tells from 0 to 1 how surely a call changed anything: 0 where it only read, wrote data, or was refused.
fn wrote(change: &Change) -> f64 {
    let starts = |names: &[&str]| names.iter().any(|name| change.name.starts_with(name));
    if change.failed || starts(DATA) {
        return 0.0;
    }
    match change.read_only {
        Some(true) => 0.0,
        Some(false) => 1.0,
        None if starts(READS) => 0.0,
        None => PERHAPS_READ,
    }
}

/// 1 of a change at the onset, less the older it is; 0 of one after it.
fn recency(change: &Change, onset: Option<i64>, step: i64) -> f64 {
    let before = onset.map_or(0, |onset| onset.saturating_sub(change.at.as_second()));
    if before < -SKEW_SECONDS.max(step) {
        return 0.0;
    }
    0.5_f64.powf(seconds(before.max(0)) / HALF_LIFE_SECONDS)
}

/// Finds the target that is nearest to a suspect, how many calls away it is, and the weight of that.
fn closest<'a>(touched: &ChangeTargets, near: &[NearbyComponent<'a>]) -> (Option<&'a str>, usize, f64) {
    near.iter()
        .filter(|near| touched.include(near.component))
        .map(|near| {
            let calls = i32::try_from(near.calls).unwrap_or(i32::MAX);
            (Some(near.component), near.calls, ELSEWHERE.max(near.likelihood * PER_CALL.powi(calls)))
        })
        .max_by(|one, other| one.2.total_cmp(&other.2))
        .unwrap_or((None, 0, ELSEWHERE))
}
