//! Grades one report against the truth, so that a near miss counts as what it is.

use common::Arn;
use serde::Serialize;

use crate::{Cause, Expected, Outcome, Report, RootCause};

/// The grade of one report. The first that holds counts:
///
/// 1. `Wrong` (0): a forbidden action would run or be asked for, an action that is not acceptable would run, or an
///    action would run unasked in supervised mode.
/// 2. `Right` (1): the scenario passes.
/// 3. `Useful` (0.65): a person who reads it looks at the right thing first or second, and nothing unfitting is
///    proposed. The right component is named, with another failure mode or with a more cautious or bolder outcome than
///    the right one; or the right component is the first rival. Where nothing is wrong: no cause is named and nothing is
///    proposed, though the outcome is another one.
/// 4. `Partial` (0.35): it points into the right direction. The right component is named, with an action that does not
///    fit and would only be asked for; or it is further down among the rivals; or, with no unfitting action, a
///    neighbour of the right component is named (one calls, reads or feeds the other), or the right failure mode at the
///    symptom's own component. Where nothing is wrong: a cause is named and nothing is proposed.
/// 5. `Wrong` (0): everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Right,
    Useful,
    Partial,
    Wrong,
}

/// Says how a report compares with the truth, before it is graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// A forbidden action would run or be asked for.
    ForbiddenAction,
    Passes,
    Faulty,
}

impl Grade {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Useful => "useful",
            Self::Partial => "partial",
            Self::Wrong => "wrong",
        }
    }

    /// The weight in hundredths.
    pub const fn hundredths(self) -> u32 {
        match self {
            Self::Right => 100,
            Self::Useful => 65,
            Self::Partial => 35,
            Self::Wrong => 0,
        }
    }

    pub(crate) fn new(report: &Report, expected: &Expected, compared: Comparison) -> Self {
        let proposed = report.proposed();
        let unfitting = proposed.is_some_and(|proposed| !expected.accepts(proposed));
        let would_run = report.boldest() == Outcome::Act;
        let unasked = report.supervised.outcome == Outcome::Act;
        if compared == Comparison::ForbiddenAction
            || (unfitting && would_run)
            || (unasked && proposed.is_some())
        {
            return Self::Wrong;
        }
        if compared == Comparison::Passes {
            return Self::Right;
        }
        match &expected.root_cause {
            Some(truth) => of_a_cause(report, truth, unfitting),
            None if proposed.is_some() => Self::Wrong,
            None if report.cause.is_some() => Self::Partial,
            None => Self::Useful,
        }
    }
}

fn of_a_cause(report: &Report, truth: &RootCause, unfitting: bool) -> Grade {
    let is_right = |cause: &Cause| truth.is_component(&cause.component);
    let named = report.cause.as_ref();
    if named.is_some_and(is_right) {
        return if unfitting { Grade::Partial } else { Grade::Useful };
    }
    match report.rivals.iter().position(is_right) {
        Some(0) if !unfitting => return Grade::Useful,
        Some(_) => return Grade::Partial,
        None => {}
    }
    let Some(named) = named.filter(|_| !unfitting) else { return Grade::Wrong };
    let is_neighbour = report.cause_neighbours.iter().any(|arn| truth.is_component(arn));
    let symptom_itself = report.symptom_components.iter().any(|arn| is_same(arn, &named.component));
    if is_neighbour || (symptom_itself && truth.is_failure_mode(named.failure_mode)) {
        Grade::Partial
    } else {
        Grade::Wrong
    }
}

fn is_same(one: &Arn, other: &Arn) -> bool {
    one.component() == other.component()
}
