//! The message's three answers: why, what was done, what to do now.

use common::{ApprovalDecision, Conclusion, Hypothesis, Plan, notification::Occasion, ports::Lease};
use serde::Serialize;

use crate::{
    Input,
    case::Case,
    message::{line, name},
};

/// The states of the incident's machine from which a human may have been told how to approve what
/// cannot be approved: when they fail, nobody waits for the answer.
pub const STATES_THAT_ASK: [&str; 2] = ["NotifyApprovalNeeded", "RequestApproval"];

const MAX_EVIDENCE: usize = 5;
const MAX_DONE: usize = 10;

#[derive(Debug, Default, Serialize)]
pub(crate) struct Why {
    pub(crate) sentence: String,
    pub(crate) component: Option<String>,
    pub(crate) evidence: Vec<String>,
}

/// That a model's word is part of it, for whoever is asked to believe it.
fn by_model(hypothesis: &Hypothesis) -> &'static str {
    match (&hypothesis.raised_by, &hypothesis.proposal) {
        (None, _) => "",
        (Some(_), Some(_)) => ", raised by a language model that agrees",
        (Some(_), None) => ", the words of a language model",
    }
}

pub(crate) fn why(case: &Case) -> Why {
    let Some(diagnosis) = &case.diagnosis else {
        let sentence =
            if case.diagnosis_read { "No diagnosis was made." } else { "Not known: it could not be read." };
        return Why { sentence: sentence.to_owned(), ..Why::default() };
    };
    let first = diagnosis.first();
    let sentence = match (&diagnosis.conclusion, first) {
        (Conclusion::AlreadyRecovered, _) => {
            let sentence = "The symptom had gone by itself when it was looked at.";
            return Why { sentence: sentence.to_owned(), ..Why::default() };
        }
        (Conclusion::Explained, Some(hypothesis)) => {
            format!(
                "{} (confidence {}{})",
                line(&hypothesis.cause),
                percent(hypothesis.confidence),
                by_model(hypothesis)
            )
        }
        (Conclusion::Explained, None) => "A cause was found and not written down.".to_owned(),
        (Conclusion::Abstained { reason }, Some(hypothesis)) => format!(
            "No cause could be established: {} The best guess: {} (confidence {}{})",
            sentence_of(&line(reason)),
            line(&hypothesis.cause),
            percent(hypothesis.confidence),
            by_model(hypothesis)
        ),
        (Conclusion::Abstained { reason }, None) => {
            format!("No cause could be established: {}", sentence_of(&line(reason)))
        }
    };
    Why {
        sentence,
        component: first.map(|hypothesis| name(&hypothesis.component)),
        evidence: first.map(|hypothesis| evidence(case, hypothesis)).unwrap_or_default(),
    }
}

fn evidence(case: &Case, hypothesis: &Hypothesis) -> Vec<String> {
    let of = |ids: &[common::EvidenceId], prefix: &str| -> Vec<String> {
        let found = case.evidence.iter().filter(|evidence| ids.contains(&evidence.id));
        found.map(|evidence| format!("{prefix}{}", line(&evidence.summary))).collect()
    };
    let mut lines = at_most(of(&hypothesis.supports, ""), MAX_EVIDENCE);
    lines.extend(at_most(of(&hypothesis.contradicts, "against it: "), MAX_EVIDENCE));
    lines
}

/// A confidence from 0 to 1 for people.
pub(crate) fn percent(confidence: f64) -> String {
    format!("{:.0} %", confidence.clamp(0.0, 1.0) * 100.0)
}

fn sentence_of(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

pub(crate) fn done(case: &Case) -> Vec<String> {
    let mut lines: Vec<_> = case.approvals.iter().filter_map(approval).collect();
    match &case.actions {
        None => lines.push("Not known: it could not be read.".to_owned()),
        Some(actions) if actions.is_empty() => lines.push("Nothing was changed.".to_owned()),
        Some(actions) => lines.extend(actions.iter().map(|action| {
            let what = described(action.plan.as_ref(), &action.lease);
            let because = action.because.as_deref().map(line).filter(|text| !text.is_empty());
            let because = because.map(|text| format!(" Permitted because: {text}")).unwrap_or_default();
            format!("{what}: {}.{because}", status(&action.lease))
        })),
    }
    at_most(lines, MAX_DONE)
}

fn approval(approval: &common::Approval) -> Option<String> {
    let plan = approval.plan_hash.short();
    match &approval.decision {
        ApprovalDecision::Pending => None,
        ApprovalDecision::Approved { by, at } => {
            Some(format!("Plan {plan} was approved by {} at {at}.", name(by)))
        }
        ApprovalDecision::Denied { by, at } => {
            Some(format!("Plan {plan} was denied by {} at {at}.", name(by)))
        }
        ApprovalDecision::Expired { at } => Some(format!("Nobody answered for plan {plan} until {at}.")),
    }
}

fn described(plan: Option<&Plan>, lease: &Lease) -> String {
    let target = name(&lease.target);
    match plan {
        Some(plan) if plan.undo_of.is_some() => format!("{} on {target}, to undo", plan.action),
        Some(plan) => format!("{} on {target}", plan.action),
        None => format!("plan {} on {target}", lease.plan_hash.short()),
    }
}

fn status(lease: &Lease) -> String {
    match (&lease.end, &lease.execution_id) {
        (Some(end), _) => format!("the automation ended as {} at {}", line(&end.status), end.at),
        (None, Some(execution)) => {
            format!("started at {}, its end is not known (automation {})", lease.acquired_at, line(execution))
        }
        (None, None) => format!("intended at {}, whether it started is not known", lease.acquired_at),
    }
}

pub(crate) fn todo(input: &Input, case: &Case) -> Vec<String> {
    match input.occasion {
        Occasion::ApprovalNeeded => approving(input, case),
        Occasion::Resolved => vec!["Nothing.".to_owned()],
        Occasion::Escalated | Occasion::ExecutionBroken => taking_over(input, case),
    }
}

fn approving(input: &Input, case: &Case) -> Vec<String> {
    let Some(hash) = &input.plan_hash else {
        return vec![format!("Look at what is asked: nightshift show {}", input.incident_id)];
    };
    let mut lines = Vec::new();
    if let Some(plan) = &case.plan {
        let parameters: Vec<_> =
            plan.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let target = name(&plan.target);
        lines.push(format!("Decide on: {} on {target}", plan.action));
        if !parameters.is_empty() {
            lines.push(format!(
                "It would run {} with {}",
                line(&plan.document),
                line(&parameters.join(", "))
            ));
        }
    }
    if let Some(because) = case.plan_because.as_deref().map(line).filter(|text| !text.is_empty()) {
        lines.push(format!("You are asked because: {because}"));
    }
    lines.push(format!("To approve: nightshift approve {} --plan {}", input.incident_id, hash.short()));
    lines.push("To refuse: do nothing. When the request expires this is handed over to you.".to_owned());
    lines
}

fn taking_over(input: &Input, case: &Case) -> Vec<String> {
    let mut lines = vec!["Take it over: Nightshift does nothing more about it.".to_owned()];
    if input.failed_state.as_deref().is_some_and(|state| STATES_THAT_ASK.contains(&state)) {
        lines.push(
            "If you were asked to approve: that command will not work, nobody waits for it.".to_owned(),
        );
    }
    let unfinished = case.actions.iter().flatten().filter(|action| action.lease.end.is_none());
    lines.extend(unfinished.map(|action| {
        let what = described(action.plan.as_ref(), &action.lease);
        format!("First see whether this is still running: {what}")
    }));
    if case.actions.is_none() {
        lines.push("First see in Systems Manager whether an automation is still running.".to_owned());
    }
    if let Some(hypothesis) = case.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first()) {
        lines.push(format!("Look at {}", name(&hypothesis.component)));
    }
    lines.push(format!("See all that is known: nightshift show {}", input.incident_id));
    lines
}

/// The first ones, and how many there were more.
pub(crate) fn at_most(mut lines: Vec<String>, max: usize) -> Vec<String> {
    let more = lines.len().saturating_sub(max);
    lines.truncate(max);
    if more > 0 {
        lines.push(format!("(and {more} more)"));
    }
    lines
}
