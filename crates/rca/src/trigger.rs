//! Which change set it off. The newest one did in less than half of recorded incidents (Yu et al., 2024,
//! "`ChangeRCA`"); what it touched, how rare such a change is and who made it are worth the rest.

use std::collections::BTreeMap;

use crate::{
    case::{Case, Change},
    findings::Trigger,
};

/// Services' clocks differ, and a trail writes whole seconds: this little after the onset may be before it.
const SKEW_SECONDS: i64 = 30;
/// A cause half as old is twice as likely; deployments and caches take this long to show.
const HALF_LIFE_SECONDS: f64 = 1_800.0;
/// What a change is worth that touched nothing near any suspect.
const ELSEWHERE: f64 = 0.05;
/// How much of its worth a change keeps for each call between what it touched and the suspect.
const PER_CALL: f64 = 0.5;
/// Most calls away from a suspect that are looked at.
pub(crate) const MOST_CALLS: usize = 3;
/// A call that the service refused changed nothing.
const REFUSED: f64 = 0.02;
/// A trail that does not say whether a call wrote.
const PERHAPS_READ: f64 = 0.5;
/// An actor that makes half of all changes is an automation at its routine.
const ROUTINE_SHARE: f64 = 0.5;
const ROUTINE: f64 = 0.6;
/// Below this a change is not worth a human's look.
const LEAST: f64 = 0.02;
const MOST_TRIGGERS: usize = 5;

/// A component near a suspect.
#[derive(Debug, Clone)]
pub(crate) struct Near<'a> {
    pub(crate) component: &'a str,
    /// Calls between it and the suspect; 0 is the suspect itself.
    pub(crate) calls: usize,
    /// How likely the suspect is beside the likeliest, from 0 to 1.
    pub(crate) belief: f64,
}

/// How much it speaks for a component that it was written to shortly before the onset, from 0 to 1.
pub(crate) fn touched_lately(case: &Case, component: &str, onset: Option<i64>) -> f64 {
    case.changes
        .iter()
        .filter(|change| touches(change, component))
        .filter_map(|change| Some(writes_and_worked(change) * recency(change, onset)?))
        .fold(0.0, f64::max)
}

/// 1 of a change at the onset, less the older it is; `None` of one after it.
fn recency(change: &Change, onset: Option<i64>) -> Option<f64> {
    let before = onset.map_or(0, |onset| onset.saturating_sub(change.at.as_second()));
    let age = crate::samples::seconds(before.max(0));
    (before >= -SKEW_SECONDS).then(|| 0.5_f64.powf(age / HALF_LIFE_SECONDS))
}

/// The changes that could have set it off, likeliest first.
pub(crate) fn triggers(case: &Case, near: &[Near<'_>], onset: Option<i64>) -> Vec<Trigger> {
    let writes: Vec<(usize, &Change)> =
        case.changes.iter().enumerate().filter(|(_, change)| writes(change) > 0.0).collect();
    let mut by_name: BTreeMap<&str, f64> = BTreeMap::new();
    let mut by_actor: BTreeMap<&str, f64> = BTreeMap::new();
    for (_, change) in &writes {
        *by_name.entry(&change.name).or_default() += 1.0;
        *by_actor.entry(&change.actor).or_default() += 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a trail is not that long")]
    let all = writes.len() as f64;
    let mut found: Vec<Trigger> = writes
        .iter()
        .filter_map(|(place, change)| {
            let recent = recency(change, onset)?;
            let (touched, calls, closeness) = closest(change, near);
            let often = by_name.get(change.name.as_str()).copied().unwrap_or(1.0);
            // Of ten changes of one name, none stands out.
            let rare = 1.0 / often.sqrt();
            let busy = by_actor.get(change.actor.as_str()).copied().unwrap_or(0.0) / all;
            let routine = if all >= 10.0 && busy > ROUTINE_SHARE { ROUTINE } else { 1.0 };
            let score = writes_and_worked(change) * closeness * recent * rare * routine;
            (score >= LEAST).then(|| Trigger {
                change: *place,
                score,
                why: why(
                    change,
                    touched,
                    calls,
                    onset.map(|onset| onset.saturating_sub(change.at.as_second())),
                    often,
                ),
            })
        })
        .collect();
    found.sort_by(|one, other| {
        let id =
            |trigger: &Trigger| case.changes.get(trigger.change).map(|change| (change.at, change.id.clone()));
        other.score.total_cmp(&one.score).then_with(|| id(other).cmp(&id(one)))
    });
    found.truncate(MOST_TRIGGERS);
    found
}

/// Whether a change could have changed anything: 0 of what only read.
fn writes(change: &Change) -> f64 {
    match change.read_only {
        Some(true) => 0.0,
        Some(false) => 1.0,
        None => {
            let reads = ["Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan"];
            if reads.iter().any(|verb| change.name.starts_with(verb)) { 0.0 } else { PERHAPS_READ }
        }
    }
}

fn writes_and_worked(change: &Change) -> f64 {
    writes(change) * if change.failed { REFUSED } else { 1.0 }
}

/// What it touched that is nearest to a suspect, how many calls away, and what that is worth.
fn closest<'a>(change: &Change, near: &[Near<'a>]) -> (Option<&'a str>, usize, f64) {
    near.iter()
        .filter(|near| touches(change, near.component))
        .map(|near| {
            let calls = i32::try_from(near.calls).unwrap_or(i32::MAX);
            (Some(near.component), near.calls, ELSEWHERE.max(near.belief * PER_CALL.powi(calls)))
        })
        .max_by(|one, other| one.2.total_cmp(&other.2))
        .unwrap_or((None, 0, ELSEWHERE))
}

/// Whether a change's request or answer names the component: an ARN by its last part, a name as it is.
pub(crate) fn touches(change: &Change, component: &str) -> bool {
    let component = component.to_lowercase();
    change
        .touches
        .iter()
        .map(|touched| touched.to_lowercase())
        .any(|touched| touched == component || is_part(&touched, &component) || is_part(&component, &touched))
}

/// Whether `part` stands in `whole` between separators: `search` in `arn:aws:lambda:r:1:function:search:live`.
fn is_part(whole: &str, part: &str) -> bool {
    /// Names as short as this stand in everything.
    const SHORTEST: usize = 3;
    let is_edge =
        |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != '-');
    part.len() >= SHORTEST
        && whole.match_indices(part).any(|(at, _)| {
            let before = whole.get(..at).and_then(|before| before.chars().next_back());
            let after = whole.get(at + part.len()..).and_then(|after| after.chars().next());
            is_edge(before) && is_edge(after)
        })
}

fn why(change: &Change, touched: Option<&str>, calls: usize, before: Option<i64>, often: f64) -> String {
    let what = match (touched, calls) {
        (Some(component), 0) => format!("touched {component}, a suspect"),
        (Some(component), 1) => format!("touched {component}, one call from a suspect"),
        (Some(component), _) => format!("touched {component}, {calls} calls from a suspect"),
        (None, _) => "touched nothing known to be near a suspect".to_owned(),
    };
    let when = match before {
        Some(seconds @ 0..) => {
            format!(", {} before the onset", crate::sentences::length(seconds.unsigned_abs()))
        }
        Some(_) => ", as the symptom began".to_owned(),
        None => String::new(),
    };
    let rare = if often <= 1.0 {
        format!("; the only {}", change.name)
    } else {
        format!("; one of {often:.0} {}", change.name)
    };
    let refused = if change.failed { "; it was refused" } else { "" };
    format!("{what}{when}{rare}{refused}")
}
