//! Opens an action for an application after bad outcomes, until a probe succeeds or a person closes it.
//!
//! ```text
//! closed     three of the last five settled runs did not help  → open
//! open       a run that a person approved is under way          → half open
//! half open  that run helped → closed, it did not → open
//! any        a person closes it → closed, with nothing remembered
//! ```
//!
//! Only a closed breaker lets the action run unattended. Michael Nygard's *Release It!* names the states.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The settled runs that a closed breaker looks back on.
const WINDOW: usize = 5;
/// So many of them that did not help open it.
const BAD_RUNS: usize = 3;

/// The state of the breaker of one action for one application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    Closed,
    /// A run that a person approved is under way, and will show whether the action helps again.
    HalfOpen,
    Open,
}

/// The outcome of one run of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// The symptom went after it and stayed away.
    Helped,
    DidNotHelp,
    /// It is under way, or its effect is being verified.
    Unsettled,
}

/// Something that moves a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerEvent {
    Ran {
        at: Timestamp,
        /// True if a person approved this run.
        approved: bool,
        outcome: RunOutcome,
    },
    /// A person closed the breaker.
    ClosedByPerson { at: Timestamp },
}

impl BreakerEvent {
    const fn at(self) -> Timestamp {
        match self {
            Self::Ran { at, .. } | Self::ClosedByPerson { at } => at,
        }
    }
}

/// Returns the breaker's state after all `events`, in whatever order they are given.
pub fn breaker(events: &[BreakerEvent]) -> Breaker {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.at());
    let mut recent: VecDeque<RunOutcome> = VecDeque::new();
    let mut state = Breaker::Closed;
    for event in events {
        state = match (state, event) {
            (_, BreakerEvent::ClosedByPerson { .. })
            | (
                Breaker::Open | Breaker::HalfOpen,
                BreakerEvent::Ran { approved: true, outcome: RunOutcome::Helped, .. },
            ) => {
                recent.clear();
                Breaker::Closed
            }
            (Breaker::Closed, BreakerEvent::Ran { outcome: RunOutcome::Unsettled, .. }) => Breaker::Closed,
            (Breaker::Closed, BreakerEvent::Ran { outcome, .. }) => {
                recent.push_back(outcome);
                if recent.len() > WINDOW {
                    recent.pop_front();
                }
                let bad = recent.iter().filter(|one| **one == RunOutcome::DidNotHelp).count();
                if bad >= BAD_RUNS { Breaker::Open } else { Breaker::Closed }
            }
            (_, BreakerEvent::Ran { approved: true, outcome: RunOutcome::Unsettled, .. }) => {
                Breaker::HalfOpen
            }
            (_, BreakerEvent::Ran { outcome: RunOutcome::DidNotHelp, .. }) => Breaker::Open,
            // It began before the breaker opened and was nobody's probe.
            (open, BreakerEvent::Ran { approved: false, .. }) => open,
        };
    }
    state
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    /// `+` helped, `-` did not, `.` is unsettled; of an approved run `P` helped, `p` did not, `?` is
    /// unsettled; `C` is a person who closes it.
    fn events(text: &str) -> Vec<BreakerEvent> {
        text.chars()
            .zip(0i64..)
            .map(|(letter, second)| {
                let at = START + SignedDuration::from_secs(second);
                let ran = |approved, outcome| BreakerEvent::Ran { at, approved, outcome };
                match letter {
                    '+' => ran(false, RunOutcome::Helped),
                    '-' => ran(false, RunOutcome::DidNotHelp),
                    '.' => ran(false, RunOutcome::Unsettled),
                    'P' => ran(true, RunOutcome::Helped),
                    'p' => ran(true, RunOutcome::DidNotHelp),
                    '?' => ran(true, RunOutcome::Unsettled),
                    _ => BreakerEvent::ClosedByPerson { at },
                }
            })
            .collect()
    }

    #[test]
    fn breaker_table() {
        use Breaker::{Closed, HalfOpen, Open};
        for (text, expected) in [
            ("", Closed),
            ("--", Closed),
            ("---", Open),
            ("-.-.-", Open),
            ("-+-+-", Open),
            ("--+++-", Closed),
            ("--+++--", Closed),
            ("-+++-+-", Closed),
            ("ppp", Open),
            ("---?", HalfOpen),
            ("---P", Closed),
            ("---p", Open),
            ("---?p", Open),
            ("---+", Open),
            ("---.", Open),
            ("---P--", Closed),
            ("---P---", Open),
            ("---C", Closed),
            ("---C--", Closed),
            ("---C---", Open),
            ("---?C", Closed),
        ] {
            assert_eq!(breaker(&events(text)), expected, "{text}");
        }
    }

    fn history() -> impl Strategy<Value = String> {
        "[-+.Pp?C]{0,16}"
    }

    proptest! {
        #[test]
        fn breaker_does_not_depend_on_the_order_given(text in history()) {
            let ordered = events(&text);
            let reversed: Vec<_> = ordered.iter().rev().copied().collect();
            prop_assert_eq!(breaker(&ordered), breaker(&reversed));
        }

        #[test]
        fn breaker_that_is_open_is_closed_by_a_probe_or_a_person_only(text in history(), then in "[-+.p?]{0,8}") {
            if breaker(&events(&text)) == Breaker::Open {
                prop_assert_ne!(breaker(&events(&format!("{text}{then}"))), Breaker::Closed);
                for closes in ['P', 'C'] {
                    prop_assert_eq!(breaker(&events(&format!("{text}{then}{closes}"))), Breaker::Closed);
                }
            }
        }

        #[test]
        fn breaker_a_run_that_did_not_help_never_closes_it(text in history()) {
            if breaker(&events(&text)) != Breaker::Closed {
                prop_assert_ne!(breaker(&events(&format!("{text}-"))), Breaker::Closed);
            }
        }
    }
}
