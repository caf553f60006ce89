//! Whether a look says recovered, not yet, unchanged, worse, or nothing. Pure.

use common::{Observation, SymptomState};
use jiff::{SignedDuration, Timestamp};

/// How patient the watch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long every look must have shown it healthy.
    pub hold: SignedDuration,
    /// When it is over, counted from the end of the action.
    pub deadline: SignedDuration,
    /// Between two looks.
    pub poll: SignedDuration,
}

/// The thing that the plan changed, beside what the plan said it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nothing was planned.
    NoPlan,
    AsPlanned,
    /// What it is instead.
    Otherwise(String),
    /// Why it could not be read.
    Unreadable(String),
}

/// One look, and what is known from before it.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    pub at: Timestamp,
    /// When the watch began: when the action had ended, where there was one.
    pub started_at: Timestamp,
    /// The symptom right before the action.
    pub before: Option<&'a Observation>,
    pub now: &'a Observation,
    pub target: &'a Target,
    /// Since when every earlier look has shown it healthy.
    pub healthy_since: Option<Timestamp>,
    /// The latest signal's own time.
    pub last_signal_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub finding: Finding,
    /// To be remembered for the next look.
    pub healthy_since: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Recovered,
    /// Look again after so many seconds, at least one.
    NotYet {
        wait_seconds: u64,
    },
    Unchanged,
    Worse,
    Unknown,
}

/// By how much the excess must have grown to be worse, in thresholds and in parts of what it was: a
/// metric of small counts moves by a few units at any time.
const GROWTH: f64 = 0.25;

pub fn judge(look: &Look<'_>, timing: Timing) -> Judgement {
    let healthy = look.now.state == SymptomState::Recovered
        && matches!(look.target, Target::NoPlan | Target::AsPlanned);
    let healthy_since = healthy.then(|| healthy_since(look));
    let ended = |finding| Judgement { finding, healthy_since };
    let held = healthy_since.map(|since| look.at.duration_since(since));
    if held.is_some_and(|held| held >= timing.hold) {
        return ended(Finding::Recovered);
    }
    let elapsed = look.at.duration_since(look.started_at);
    let over = elapsed >= timing.deadline;
    // What was measured before the action keeps arriving for a while after it: a symptom is not
    // worse until it has had as much time as it gets for being better.
    if is_worse(look) && (over || elapsed >= timing.hold) {
        return ended(Finding::Worse);
    }
    if look.now.state == SymptomState::Firing && (over || *look.target == Target::NoPlan) {
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

/// The first healthy look, unless something tells of a relapse since then that no look fell into:
/// a later signal, or the service saying that the present state is younger.
fn healthy_since(look: &Look<'_>) -> Timestamp {
    let Some(since) = look.healthy_since else { return look.at };
    since.max(look.last_signal_at).max(look.now.since.unwrap_or(since))
}

fn is_worse(look: &Look<'_>) -> bool {
    let (Some(before), SymptomState::Firing) = (look.before, look.now.state) else { return false };
    // A period that began before the action still counts what the action ended.
    let is_after = look.now.measured_from.is_none_or(|from| from >= look.started_at);
    let grown = match (before.excess, look.now.excess) {
        (Some(before), Some(now)) if is_after => {
            let growth = now - before;
            growth >= GROWTH && growth >= GROWTH * before.abs()
        }
        _ => false,
    };
    grown || before.state == SymptomState::Recovered
}

fn whole_seconds(wait: SignedDuration) -> u64 {
    let up = i64::from(wait.subsec_nanos() > 0);
    u64::try_from(wait.as_secs().saturating_add(up)).unwrap_or(0).max(1)
}
