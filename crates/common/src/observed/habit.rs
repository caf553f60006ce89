//! Finds the habit that a change belongs to: the same actor made it at about the same time of earlier days.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{evidence::Change, intent::IntentSign};

/// The times of two days count as the same within this.
const SAME_TIME_OF_DAY: SignedDuration = SignedDuration::from_mins(30);
/// On how many earlier days of the fortnight the change has to have come to be a habit: twice is what comes weekly.
const HABIT_DAYS: usize = 2;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The time that earlier changes are looked back over: two weeks, so that what comes weekly came twice.
pub const HABIT_WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Returns the habit that `change` belongs to: the same actor made the same change of the same resource at about the
/// same time on two earlier days or more. `earlier` are the changes of the resource in [`HABIT_WINDOW`] before it.
pub fn habit(change: &Change, earlier: &[Change]) -> Option<IntentSign> {
    let oldest = change.at.checked_sub(HABIT_WINDOW + SAME_TIME_OF_DAY).unwrap_or(Timestamp::MIN);
    let same: BTreeMap<i64, Timestamp> = earlier
        .iter()
        .filter(|other| other.resource == change.resource && other.event_name == change.event_name)
        .filter(|other| role_or_user(&other.actor) == role_or_user(&change.actor))
        .filter(|other| (oldest..change.at).contains(&other.at))
        .filter_map(|other| Some((days_before(change.at, other.at)?, other.at)))
        .collect();
    (same.len() >= HABIT_DAYS).then(|| IntentSign::Habit {
        actor: role_or_user(&change.actor).to_owned(),
        event_name: change.event_name.clone(),
        days: u32::try_from(same.len()).unwrap_or(u32::MAX),
        days_started_again: started_again(change, earlier, same.values().copied().collect()),
        time_of_day: change.at.strftime("%H:%M UTC").to_string(),
    })
}

/// The call that puts a stopped instance back, whoever makes it.
const START: &str = "StartInstances";

/// Returns after how many of `stops` the resource was started again before it was next stopped.
fn started_again(change: &Change, earlier: &[Change], mut stops: Vec<Timestamp>) -> u32 {
    stops.sort();
    let ends = stops.iter().skip(1).copied().chain([change.at]);
    let is_start = |other: &&Change| other.resource == change.resource && other.event_name == START;
    let again = stops.iter().zip(ends).filter(|(from, until)| {
        earlier.iter().filter(is_start).any(|start| start.at > **from && start.at < *until)
    });
    u32::try_from(again.count()).unwrap_or(u32::MAX)
}

/// Returns how many whole days `earlier` is before `at`, where that is at about the same time of the day.
fn days_before(at: Timestamp, earlier: Timestamp) -> Option<i64> {
    let apart = at.duration_since(earlier).as_secs();
    let day = DAY.as_secs();
    let days = apart.checked_add(day / 2)?.checked_div(day)?;
    let rest = apart.checked_sub(days.checked_mul(day)?)?;
    (days >= 1 && rest.abs() <= SAME_TIME_OF_DAY.as_secs()).then_some(days)
}

/// Returns the actor without the name of the session, which differs from run to run.
fn role_or_user(actor: &str) -> &str {
    let mut parts = actor.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(role), Some(_)) if before.ends_with(":assumed-role") => {
            actor.get(..before.len() + 1 + role.len()).unwrap_or(actor)
        }
        _ => actor,
    }
}

#[cfg(test)]
mod tests;
