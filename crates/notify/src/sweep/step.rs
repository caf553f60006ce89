//! Decides what a sweep does about one incident. Pure.

use common::{Outcome, Status, notification::Occasion, ports::ExecutionState};
use jiff::{SignedDuration, Timestamp};

use super::movement::Movement;
use crate::message::time;

/// The end of an incident is told by its execution within this time, or by the sweep after it.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// It moves, or may still do.
    Leave,
    /// Its execution was never started.
    Start { reason: String },
    /// Its execution is dead.
    HandOver { reason: String, status: Option<String> },
    /// Its execution runs, or cannot be read, for longer than its status takes.
    TellNotMoving { reason: String },
}

/// Decides about an incident that has not ended. `execution` is `None` where it could not be read.
///
/// What runs is never ended or started again, however long it takes: it may be in the middle of an action. An
/// execution that ended cannot be started again under its name for 90 days
/// (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>), and what ended it might
/// end it again, so its incident is handed over.
pub(crate) fn step(status: Status, movement: Movement, execution: Option<&ExecutionState>) -> Step {
    let since = match movement {
        Movement::Moving => return Step::Leave,
        Movement::Quiet => None,
        Movement::Overdue { since } => Some(since),
    };
    let word = status.as_str().replace('_', " ");
    match (execution, since) {
        (Some(ExecutionState::NeverStarted), _) if status == Status::Open => {
            Step::Start { reason: "the incident was opened, but its execution was never started".to_owned() }
        }
        (Some(ExecutionState::NeverStarted), _) => Step::HandOver {
            reason: format!("the incident is {word}, but it has no Step Functions execution"),
            status: None,
        },
        (Some(ExecutionState::Ended(ended)), _) => Step::HandOver {
            reason: format!(
                "the incident is {word}, but its Step Functions execution ended with status {ended}"
            ),
            status: Some(ended.clone()),
        },
        (Some(ExecutionState::Running), Some(since)) => Step::TellNotMoving {
            reason: format!("the incident has been {word} without progress since {}", time(since)),
        },
        (None, Some(since)) => Step::TellNotMoving {
            reason: format!(
                "the incident has been {word} without progress since {}, and the state of its Step Functions \
                 execution is unknown",
                time(since)
            ),
        },
        (Some(ExecutionState::Running) | None, None) => Step::Leave,
    }
}

/// Returns the occasion to tell the end of an incident by, once its execution has had time to tell it.
pub(crate) fn untold_end(outcome: Option<&Outcome>, now: Timestamp) -> Option<Occasion> {
    // An incident that ended without an outcome is one of an unknown version: somebody has to look.
    let Some(outcome) = outcome else { return Some(Occasion::Escalated) };
    (now.duration_since(outcome.ended_at) >= TOLD_WITHIN).then(|| outcome.resolution.occasion())
}

#[cfg(test)]
mod tests {
    use common::Resolution;
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn executions() -> impl Strategy<Value = Option<ExecutionState>> {
        prop_oneof![
            Just(None),
            Just(Some(ExecutionState::NeverStarted)),
            Just(Some(ExecutionState::Running)),
            prop::sample::select(vec!["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"])
                .prop_map(|status| Some(ExecutionState::Ended(status.to_owned()))),
        ]
    }

    fn movements() -> impl Strategy<Value = Movement> {
        prop::sample::select(vec![
            Movement::Moving,
            Movement::Quiet,
            Movement::Overdue { since: sample::at() },
        ])
    }

    proptest! {
        /// Invariant 15: nothing that runs is released, nothing dead is left, nothing overdue is silent.
        #[test]
        fn step_releases_nothing_that_runs_and_leaves_nothing_dead(
            status in prop::sample::select(Status::ALL.into_iter().filter(|it| !it.is_end()).collect::<Vec<_>>()),
            movement in movements(),
            execution in executions(),
        ) {
            let step = step(status, movement, execution.as_ref());
            let dead = matches!(execution, Some(ExecutionState::Ended(_) | ExecutionState::NeverStarted));
            if !dead {
                let released = matches!(step, Step::HandOver { .. } | Step::Start { .. });
                prop_assert!(!released);
            }
            if dead && movement != Movement::Moving {
                let rescued = matches!(step, Step::HandOver { .. } | Step::Start { .. });
                prop_assert!(rescued);
            }
            if matches!(movement, Movement::Overdue { .. }) {
                prop_assert_ne!(step, Step::Leave);
            } else if movement == Movement::Moving {
                prop_assert_eq!(step, Step::Leave);
            }
        }
    }

    #[test]
    fn step_starts_only_what_was_never_started_and_where_nothing_was_done() {
        for status in Status::ALL.into_iter().filter(|status| !status.is_end()) {
            for execution in [ExecutionState::NeverStarted, ExecutionState::Ended("FAILED".into())] {
                let starts = matches!(step(status, Movement::Quiet, Some(&execution)), Step::Start { .. });
                let expected = status == Status::Open && execution == ExecutionState::NeverStarted;
                assert_eq!(starts, expected, "{status:?} {execution:?}");
            }
        }
    }

    #[test]
    fn untold_end_waits_for_the_execution_to_tell_it() {
        let ended = |minutes: i64, resolution| Outcome {
            resolution,
            reason: "it is well".into(),
            ended_at: sample::at() - SignedDuration::from_mins(minutes),
        };
        for (minutes, resolution, expected) in [
            (4, Resolution::ByItself, None),
            (5, Resolution::ByItself, Some(Occasion::Resolved)),
            (5, Resolution::ByNightshift, Some(Occasion::Resolved)),
            (5, Resolution::Escalated, Some(Occasion::Escalated)),
            (5, Resolution::Closed, Some(Occasion::Closed)),
            (5, Resolution::TakenOver, Some(Occasion::TakenOver)),
        ] {
            assert_eq!(untold_end(Some(&ended(minutes, resolution)), sample::at()), expected);
        }
        assert_eq!(untold_end(None, sample::at()), Some(Occasion::Escalated));
    }
}
