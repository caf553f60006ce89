//! Which change set it off. The newest one did in less than half of recorded incidents (Yu et al., 2024,
//! "`ChangeRCA`"); what it touched, how rare such a change is and who made it are worth the rest.

use std::collections::BTreeMap;

use crate::{
    changes::change_targets::Touched,
    findings::Trigger,
    incident_data::{Case, Change},
    series::samples::seconds,
};

/// Services' clocks differ, and a trail writes whole seconds: this little after the onset may be before it.
const SKEW_SECONDS: i64 = 30;
/// Each half hour between change and onset makes it half as likely: deployments and caches take minutes to
/// show, not hours.
const HALF_LIFE_SECONDS: f64 = 1_800.0;
/// What a change is worth that touched nothing near any suspect: graphs miss things, but mostly it is
/// somebody else's.
const ELSEWHERE: f64 = 0.05;
/// How much of its worth a change keeps for each call between what it touched and the suspect: a
/// neighbour's change shows at the neighbour first.
const PER_CALL: f64 = 0.5;
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
pub(crate) struct Near<'a> {
    pub(crate) component: &'a str,
    /// Calls between it and the suspect; 0 is the suspect itself.
    pub(crate) calls: usize,
    /// How likely the suspect is beside the likeliest, from 0 to 1.
    pub(crate) belief: f64,
}

/// The changes that could have set anything off, the latest ones.
#[derive(Debug)]
pub(crate) struct Trail<'a> {
    writes: Vec<Write<'a>>,
    onset: Option<i64>,
    by_name: BTreeMap<(&'a str, &'a str), f64>,
    by_actor: BTreeMap<&'a str, f64>,
    all: f64,
}

#[derive(Debug)]
struct Write<'a> {
    place: usize,
    change: &'a Change,
    touched: Touched,
    /// How surely it wrote, and how shortly before the onset, from 0 to 1.
    worth: f64,
}

impl<'a> Trail<'a> {
    /// `onset`: Unix seconds, known to `step` seconds.
    pub(crate) fn of(case: &'a Case, onset: Option<i64>, step: i64) -> Self {
        let mut by_name: BTreeMap<(&str, &str), f64> = BTreeMap::new();
        let mut by_actor: BTreeMap<&str, f64> = BTreeMap::new();
        let mut all = 0.0;
        let mut worthy = Vec::new();
        for (place, change) in case.changes.iter().enumerate() {
            let wrote = wrote(change);
            if wrote > 0.0 {
                *by_name.entry((&change.source, &change.name)).or_default() += 1.0;
                *by_actor.entry(&change.actor).or_default() += 1.0;
                all += 1.0;
                let worth = wrote * recency(change, onset, step);
                worthy.extend((worth >= LEAST).then_some((place, change, worth)));
            }
        }
        worthy.sort_by(|(_, one, _), (_, other, _)| (other.at, &other.id).cmp(&(one.at, &one.id)));
        worthy.truncate(MOST_CHANGES);
        let writes = worthy
            .into_iter()
            .map(|(place, change, worth)| Write {
                place,
                change,
                touched: Touched::of(&change.touches),
                worth,
            })
            .collect();
        Self { writes, onset, by_name, by_actor, all }
    }

    /// How much it speaks for a component that it was written to shortly before the onset, from 0 to 1.
    pub(crate) fn touched_lately(&self, component: &str) -> f64 {
        let touching = self.writes.iter().filter(|write| write.touched.names(component));
        touching.map(|write| write.worth).fold(0.0, f64::max)
    }

    /// The likeliest change on the component itself that tells how it is broken.
    pub(crate) fn telling(&self, component: &str, triggers: &[Trigger]) -> Option<&'a Change> {
        let likely = triggers.iter().filter(|trigger| trigger.score >= TELLS_HOW);
        likely
            .filter_map(|trigger| self.writes.iter().find(|write| write.place == trigger.change))
            .find(|write| write.touched.names(component))
            .map(|write| write.change)
    }

    /// The likeliest first.
    pub(crate) fn triggers(&self, near: &[Near<'_>]) -> Vec<Trigger> {
        let mut found: Vec<(Trigger, &Change)> = self
            .writes
            .iter()
            .filter_map(|write| {
                let (touched, calls, closeness) = closest(&write.touched, near);
                let often =
                    self.by_name.get(&(&*write.change.source, &*write.change.name)).copied().unwrap_or(1.0);
                // Of ten changes of one name, none stands out.
                let rare = 1.0 / often.sqrt();
                let share = self.by_actor.get(write.change.actor.as_str()).copied().unwrap_or(0.0) / self.all;
                let is_routine = self.all >= ROUTINE_CHANGES && share > ROUTINE_SHARE;
                let score = write.worth * closeness * rare * if is_routine { ROUTINE } else { 1.0 };
                let why = || self.why(write.change, touched, calls, often);
                (score >= LEAST).then(|| (Trigger { change: write.place, score, why: why() }, write.change))
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
            (Some(component), 0) => format!("touched {component}, a suspect"),
            (Some(component), 1) => format!("touched {component}, one call from a suspect"),
            (Some(component), _) => format!("touched {component}, {calls} calls from a suspect"),
            (None, _) => "touched nothing known to be near a suspect".to_owned(),
        };
        let when = match self.onset.map(|onset| onset.saturating_sub(change.at.as_second())) {
            Some(before @ 0..) => {
                format!(", {} before the onset", crate::display::length(before.unsigned_abs()))
            }
            Some(_) => ", as the symptom began".to_owned(),
            None => String::new(),
        };
        let name = &change.name;
        let rare =
            if often <= 1.0 { format!("; the only {name}") } else { format!("; one of {often:.0} {name}") };
        format!("{what}{when}{rare}")
    }
}

/// Whether a change could have changed anything: 0 of what only read, wrote data, or was refused.
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

/// What it touched that is nearest to a suspect, how many calls away, and what that is worth.
fn closest<'a>(touched: &Touched, near: &[Near<'a>]) -> (Option<&'a str>, usize, f64) {
    near.iter()
        .filter(|near| touched.names(near.component))
        .map(|near| {
            let calls = i32::try_from(near.calls).unwrap_or(i32::MAX);
            (Some(near.component), near.calls, ELSEWHERE.max(near.belief * PER_CALL.powi(calls)))
        })
        .max_by(|one, other| one.2.total_cmp(&other.2))
        .unwrap_or((None, 0, ELSEWHERE))
}
