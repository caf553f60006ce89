//! Writes the mitigation as steps that a person can take: those of the plan, unless it was tried already,
//! else those of the runbook.

use std::sync::LazyLock;

use common::{Conclusion, Plan, untrusted_text::one_line};
use guard::Catalogue;
use knowledge::Runbook;
use serde::Serialize;

use super::{
    runbook,
    text::{at_most, line, name},
};
use crate::{Input, incident_snapshot::IncidentSnapshot};

const MAX_STEPS: usize = 12;

/// Commands are copied and pasted: one that is cut short would be another command.
const COMMAND_CHARS: usize = 2_000;

/// A catalogue that could not be parsed would cost these steps, never the message; the guard's own tests hold
/// that this one can be.
static CATALOGUE: LazyLock<Option<Catalogue>> = LazyLock::new(|| Catalogue::shipped().ok());

#[derive(Debug, Serialize)]
pub(super) struct Mitigation {
    title: String,
    steps: Vec<String>,
}

pub(super) fn mitigation(
    input: &Input,
    snapshot: &IncidentSnapshot,
    runbook: Option<&Runbook>,
) -> Option<Mitigation> {
    let catalogue = CATALOGUE.as_ref()?;
    if snapshot.diagnosis.as_ref().is_some_and(|it| it.conclusion == Conclusion::AlreadyRecovered) {
        return None;
    }
    let plan = snapshot.plan.clone().or_else(|| proposed(input, snapshot, catalogue));
    plan.and_then(|plan| planned(catalogue, &plan))
        .or_else(|| runbook.map(|runbook| by_runbook(snapshot, runbook)))
}

/// Returns the plan that the diagnosis proposes, if the catalogue permits it and it was not tried yet.
fn proposed(input: &Input, snapshot: &IncidentSnapshot, catalogue: &Catalogue) -> Option<Plan> {
    let diagnosis = snapshot.diagnosis.as_ref().filter(|it| it.conclusion == Conclusion::Explained)?;
    let proposal = diagnosis.first()?.proposal.as_ref()?;
    let plan = catalogue.plan(input.incident_id, proposal).ok()?;
    (!tried(snapshot, &plan)).then_some(plan)
}

fn tried(snapshot: &IncidentSnapshot, plan: &Plan) -> bool {
    let done = snapshot.actions.iter().flatten().filter_map(|action| action.plan.as_ref());
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
        title: format!(
            "{} (the steps of {} by hand):",
            name(&catalogue.describe(plan)),
            name(&plan.document)
        ),
        steps: stages.map(|(stage, text)| format!("- {stage}: {}", command(text))).into(),
    })
}

fn by_runbook(snapshot: &IncidentSnapshot, runbook: &Runbook) -> Mitigation {
    let acted = snapshot.actions.as_ref().is_some_and(|actions| !actions.is_empty());
    let why = if acted { "The action taken did not help" } else { "Nightshift has no action for this" };
    let steps = runbook.section(runbook::NOW).into_iter().map(|step| listed(&line(step))).collect();
    Mitigation { title: format!("{why}. Runbook {}:", runbook.name()), steps: at_most(steps, MAX_STEPS) }
}

/// Returns a step with a bullet, unless it has a number.
fn listed(step: &str) -> String {
    if step.starts_with(|c: char| c.is_ascii_digit()) { step.to_owned() } else { format!("- {step}") }
}
