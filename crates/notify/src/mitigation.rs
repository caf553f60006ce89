//! What mends the symptom for now, as steps that a person can take: those of the plan where there is one that
//! was not tried in vain, else what the runbook says to do.

use std::sync::LazyLock;

use common::{Conclusion, Plan, untrusted_text::one_line};
use guard::Catalogue;
use knowledge::Runbook;
use serde::Serialize;

use crate::{
    Input,
    case::Case,
    message::{line, name},
    message_parts::at_most,
    runbook,
};

const MOST_STEPS: usize = 12;

/// Commands are to be copied: cutting one short would make another of it.
const COMMAND_CHARS: usize = 2_000;

/// A catalogue that could not be read would cost these steps and never the message; the guard's own tests
/// hold that this one can be.
static CATALOGUE: LazyLock<Option<Catalogue>> = LazyLock::new(|| Catalogue::shipped().ok());

#[derive(Debug, Serialize)]
pub(crate) struct Mitigation {
    title: String,
    steps: Vec<String>,
}

pub(crate) fn mitigation(input: &Input, case: &Case, runbook: Option<&Runbook>) -> Option<Mitigation> {
    let catalogue = CATALOGUE.as_ref()?;
    if case.diagnosis.as_ref().is_some_and(|it| it.conclusion == Conclusion::AlreadyRecovered) {
        return None;
    }
    let plan = case.plan.clone().or_else(|| proposed(input, case, catalogue));
    plan.and_then(|plan| planned(catalogue, &plan))
        .or_else(|| runbook.map(|runbook| by_runbook(case, runbook)))
}

/// What the diagnosis would have done, if the catalogue permits it and nobody has done it yet.
fn proposed(input: &Input, case: &Case, catalogue: &Catalogue) -> Option<Plan> {
    let diagnosis = case.diagnosis.as_ref().filter(|it| it.conclusion == Conclusion::Explained)?;
    let proposal = diagnosis.first()?.proposal.as_ref()?;
    let plan = catalogue.plan(input.incident_id, proposal).ok()?;
    (!tried(case, &plan)).then_some(plan)
}

fn tried(case: &Case, plan: &Plan) -> bool {
    let done = case.actions.iter().flatten().filter_map(|action| action.plan.as_ref());
    done.into_iter().any(|done| done.action == plan.action && done.target == plan.target)
}

fn planned(catalogue: &Catalogue, plan: &Plan) -> Option<Mitigation> {
    let by_hand = catalogue.by_hand(plan)?;
    let command = |text: &str| one_line(text, COMMAND_CHARS);
    let stages = [
        ("Prepare", &by_hand.prepare),
        ("Check before", &by_hand.check_before),
        ("Apply", &by_hand.apply),
        ("Check after", &by_hand.check_after),
        ("Undo", &by_hand.undo),
    ];
    Some(Mitigation {
        title: format!("{}, as {} does it:", name(&catalogue.describe(plan)), name(&plan.document)),
        steps: stages.map(|(stage, text)| format!("{stage}: {}", command(text))).into(),
    })
}

fn by_runbook(case: &Case, runbook: &Runbook) -> Mitigation {
    let acted = case.actions.as_ref().is_some_and(|actions| !actions.is_empty());
    let why = if acted { "What was done did not help" } else { "Nightshift has no action for it" };
    let steps = runbook.section(runbook::NOW).into_iter().map(line).collect();
    Mitigation {
        title: format!("{why}. The runbook {} says:", runbook.name()),
        steps: at_most(steps, MOST_STEPS),
    }
}
