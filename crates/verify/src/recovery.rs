//! Assesses one check of the symptom: recovered, not yet, unchanged, worse or unknown. Pure.

use common::{Observation, SymptomState, verification::VerificationResult};
use jiff::{SignedDuration, Timestamp};

use crate::target_state::TargetState;

/// The times that verification works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// For so long every check must have shown the symptom gone.
    pub hold: SignedDuration,
    /// After so long verification ends, counted from the end of the action.
    pub deadline: SignedDuration,
    /// The longest time between two checks.
    pub poll: SignedDuration,
}

/// One check of the symptom, with the results of the earlier ones.
#[derive(Debug, Clone)]
pub struct SymptomCheck<'a> {
    pub at: Timestamp,
    /// The time when verification began: after the end of the action, where there was one.
    pub started_at: Timestamp,
    /// The symptom right before the action.
    pub before: Option<&'a Observation>,
    pub now: &'a Observation,
    pub target: &'a TargetState,
    /// The first of the healthy checks in a row before this one.
    pub healthy_since: Option<Timestamp>,
    /// The latest signal's own time.
    pub last_signal_at: Timestamp,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    pub finding: Finding,
    /// The time since which every check was healthy, to be stored for the next check.
    pub healthy_since: Option<Timestamp>,
}

/// The result of a check, with the wait before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Recovered,
    /// Check again after so many seconds, at least one.
    NotYet {
        wait_seconds: u64,
    },
    Unchanged,
    Worse,
    Unknown,
}

impl Finding {
    pub const fn result(self) -> VerificationResult {
        match self {
            Self::Recovered => VerificationResult::Recovered,
            Self::NotYet { .. } => VerificationResult::NotYet,
            Self::Unchanged => VerificationResult::Unchanged,
            Self::Worse => VerificationResult::Worse,
            Self::Unknown => VerificationResult::Unknown,
        }
    }
}

/// The growth of the excess that counts as worse, both in thresholds and as a fraction of what it was: a metric
/// of small counts moves by a few units at any time.
const GROWTH: f64 = 0.25;

/// Assesses one check.
pub fn assess(check: &SymptomCheck<'_>, timing: Timing) -> Assessment {
    let healthy = check.now.state == SymptomState::Recovered
        && matches!(check.target, TargetState::NoPlan | TargetState::AsPlanned);
    let healthy_since = healthy.then(|| healthy_since(check));
    let ended = |finding| Assessment { finding, healthy_since };
    let held = healthy_since.map(|since| check.at.duration_since(since));
    if held.is_some_and(|held| held >= timing.hold) {
        return ended(Finding::Recovered);
    }
    let elapsed = check.at.duration_since(check.started_at);
    let over = elapsed >= timing.deadline;
    // What was measured before the action keeps arriving for a while after it: a symptom is not
    // worse until it has had as much time as it gets for being better.
    if is_worse(check) && (over || elapsed >= timing.hold) {
        return ended(Finding::Worse);
    }
    if check.now.state == SymptomState::Firing && (over || *check.target == TargetState::NoPlan) {
        // Where nothing was done, nothing is under way that waiting could help.
        return ended(Finding::Unchanged);
    }
    if over {
        // Healthy, but not for long enough; or the target is not what the plan made it; or unreadable.
        return ended(Finding::Unknown);
    }
    let remaining = healthy_since.map_or(timing.poll, |_| timing.hold - held.unwrap_or_default());
    let wait = timing.poll.min(remaining).min(timing.deadline - elapsed);
    ended(Finding::NotYet { wait_seconds: whole_seconds(wait) })
}

/// Returns the first healthy check, or the last relapse since then that no check saw: a later signal, or the
/// service's own time of the present state.
fn healthy_since(check: &SymptomCheck<'_>) -> Timestamp {
    let Some(since) = check.healthy_since else { return check.at };
    since.max(check.last_signal_at).max(check.now.since.unwrap_or(since))
}

fn is_worse(check: &SymptomCheck<'_>) -> bool {
    let (Some(before), SymptomState::Firing) = (check.before, check.now.state) else { return false };
    // A period that began before the action still counts what the action ended.
    let is_after = check.now.measured_from.is_none_or(|from| from >= check.started_at);
    let grown = match (before.excess, check.now.excess) {
        (Some(before), Some(now)) if is_after => {
            let growth = now - before;
            growth >= GROWTH && growth >= GROWTH * before.abs()
        }
        _ => false,
    };
    grown || before.state == SymptomState::Recovered
}

/// Rounds up, to one second at least.
fn whole_seconds(wait: SignedDuration) -> u64 {
    let up = i64::from(wait.subsec_nanos() > 0);
    u64::try_from(wait.as_secs().saturating_add(up)).unwrap_or(0).max(1)
}
