//! Assesses one check of the symptom: recovered, not yet, recovering, unchanged, worse or unknown. Pure.

use common::{
    Observation, SymptomState,
    alarm_evaluation::{AlarmWindow, Trend},
    verification::VerificationResult,
};
use jiff::{SignedDuration, Timestamp};

use crate::target_state::TargetState;

/// The times that verification works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// For so long every check must have shown the symptom gone.
    pub hold: SignedDuration,
    /// After so long an action that does not help counts as one that did not, counted from its end.
    pub deadline: SignedDuration,
    /// The usual time between two checks.
    pub poll: SignedDuration,
}

/// The longest time that verification waits for a slow alarm. An execution ends after five days, of which four approvals
/// may take 48 hours; two attempts of this length and their automations fit into the rest (`tests/tests/history.rs`).
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(8);

/// The most checks of one verification that nothing disturbs, however long it waits: an execution's history has room
/// for 25,000 events, about nine a check.
pub const MOST_CHECKS: i32 = 240;

impl Timing {
    /// Returns when verification ends, counted from the end of the action: at the deadline, or as much later as the
    /// alarm may take to show that its metric is normal and then to hold.
    pub fn end(self, window: Option<AlarmWindow>) -> SignedDuration {
        let alarm = window.map_or(SignedDuration::ZERO, |window| {
            window.longest_recovery().saturating_add(self.hold).min(LONGEST_WAIT)
        });
        self.deadline.max(alarm)
    }

    /// Returns the longest time between two checks of a verification that may take until `end`.
    fn poll_until(self, end: SignedDuration) -> SignedDuration {
        self.poll.max(end.checked_div(MOST_CHECKS).unwrap_or(end))
    }
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
    /// The alarm's window, where the symptom is an alarm that says it.
    pub window: Option<AlarmWindow>,
    pub since_action: SinceAction,
    pub target: &'a TargetState,
    /// The first of the healthy checks in a row before this one.
    pub healthy_since: Option<Timestamp>,
    /// The latest signal's own time.
    pub last_signal_at: Timestamp,
}

/// The facts about the symptom since the action, other than its present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinceAction {
    /// The state is all there is to know: it is read directly and lags behind nothing.
    State,
    /// The alarm's datapoints were read.
    Alarm(Trend),
    /// The alarm's datapoints could not be read this time.
    ReadFailed,
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
    /// The alarm still fires, and what it measured since the action is normal: check again after so many seconds.
    Recovering {
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
            Self::Recovering { .. } => VerificationResult::Recovering,
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
    let firing = check.now.state == SymptomState::Firing;
    if firing && *check.target == TargetState::NoPlan {
        // Where nothing was done, nothing is under way that waiting could help.
        return ended(Finding::Unchanged);
    }
    let elapsed = check.at.duration_since(check.started_at);
    let end = timing.end(check.window);
    let over = elapsed >= end;
    // What was measured before the action keeps arriving for a while after it: a symptom is not
    // worse until it has had as much time as it gets for being better.
    if firing && is_worse(check) && elapsed >= told_from(check, timing.hold.min(end), end) {
        return ended(Finding::Worse);
    }
    if firing && elapsed >= told_from(check, timing.deadline, end) {
        return ended(Finding::Unchanged);
    }
    if over {
        // Healthy, but not for long enough; or the target is not what the plan made it; or unreadable; or an alarm
        // that fires although nothing that breaches was measured since the action.
        return ended(Finding::Unknown);
    }
    let poll = timing.poll_until(end);
    let remaining = held.map_or(poll, |held| timing.hold - held);
    let wait_seconds = whole_seconds(poll.min(remaining).min(end - elapsed));
    let recovering = firing && matches!(check.since_action, SinceAction::Alarm(Trend::Recovering { .. }));
    ended(if recovering { Finding::Recovering { wait_seconds } } else { Finding::NotYet { wait_seconds } })
}

/// Returns from when on a symptom that fires tells that the action did not help: `soon` where it shows in what
/// was measured since, `end` where only the alarm's state tells after its whole window has passed, never where the
/// state may be that of the time before the action.
fn told_from(check: &SymptomCheck<'_>, soon: SignedDuration, end: SignedDuration) -> SignedDuration {
    let window_passes = check.window.is_some_and(|window| window.longest_recovery() <= end);
    match check.since_action {
        SinceAction::State | SinceAction::Alarm(Trend::Breaching { is_sustained: true }) => soon,
        SinceAction::Alarm(Trend::Breaching { is_sustained: false } | Trend::Unreadable { tells: true })
            if window_passes =>
        {
            end
        }
        SinceAction::Alarm(_) | SinceAction::ReadFailed => SignedDuration::MAX,
    }
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
