//! Writes the section on what to do next.

use common::{Conclusion, Status, notification::Occasion, secrets::masked};
use jiff::{SignedDuration, Timestamp};

use super::{
    actions_taken::described,
    revert_at_source::{brought_back_by_a_pipeline, revert_at_source, revert_by_hand},
    runbook,
    text::{line, name, sentence, time},
};
use crate::{Input, escalation_reason::escalation_reason, incident_snapshot::IncidentSnapshot};

/// The states of the incident's machine from which a human may have been told how to approve what
/// cannot be approved: when they fail, nothing waits for the answer.
pub const STATES_THAT_ASK: [&str; 2] = ["NotifyApprovalNeeded", "RequestApproval"];

/// `extended` is true for a message that has a section for the runbook.
pub(super) fn next_step(
    input: &Input,
    snapshot: &IncidentSnapshot,
    now: Timestamp,
    extended: bool,
) -> Vec<String> {
    match input.occasion {
        Occasion::Preliminary => wait_or_take_over(input, snapshot, now),
        Occasion::ApprovalNeeded => decide(input, snapshot, now),
        Occasion::Resolved => {
            let lines = revert_at_source(snapshot);
            if lines.is_empty() { vec![nothing_now(snapshot).to_owned()] } else { lines }
        }
        Occasion::Escalated | Occasion::ExecutionBroken => take_over(input, snapshot, extended),
        Occasion::NotMoving => not_moving(input),
        Occasion::StillFiring => still_firing(input, snapshot, now),
        Occasion::Flapping => flapping(input),
        Occasion::Closed | Occasion::TakenOver => ended_by_a_person(input, snapshot),
    }
}

/// A symptom that went away by itself is not mended as long as its cause is there.
fn nothing_now(snapshot: &IncidentSnapshot) -> &'static str {
    let recovered = snapshot.diagnosis.as_ref().filter(|it| it.conclusion == Conclusion::AlreadyRecovered);
    if recovered.is_some_and(|diagnosis| diagnosis.first().is_some()) {
        "Nothing has to be done now, but nothing was mended either: look into the cause, or it may come back."
    } else {
        "No action needed."
    }
}

fn wait_or_take_over(input: &Input, snapshot: &IncidentSnapshot, now: Timestamp) -> Vec<String> {
    let end = input
        .wait_limit_seconds
        .and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds.into())).ok());
    let reason = masked(&escalation_reason(input));
    let mut lines = match end {
        Some(end) => {
            vec![format!("Nightshift waits until {} at the latest: {}", time(end), sentence(&reason))]
        }
        None => vec![format!("Nightshift waits: {}", sentence(&reason))],
    };
    lines.push(
        "After that it acts as far as it may, asks for approval, or hands over with what it found. You are told which."
            .to_owned(),
    );
    if let Some(hypothesis) = snapshot.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first()) {
        lines.push(format!("To look yourself, begin with {}", name(&hypothesis.component)));
    }
    if let Some(runbook) = runbook::best_match(snapshot) {
        lines.push(format!("Runbook: {}", runbook::reference(runbook)));
    }
    lines.extend(runbook::of_the_alarm(snapshot).map(|link| format!("The alarm's own runbook: {link}")));
    lines.extend(take_it_from_nightshift(input));
    lines
}

fn not_moving(input: &Input) -> Vec<String> {
    let mut lines = vec!["Open the execution: it shows the state in which it hangs.".to_owned()];
    lines.extend(take_it_from_nightshift(input));
    lines
}

/// Nightshift acts on none of the returns, so that what is asked is to end them.
fn flapping(input: &Input) -> Vec<String> {
    vec![
        "If it stays for ten minutes, a new incident opens within five more, and you hear of it.".to_owned(),
        "Until then Nightshift does nothing about it: look into it yourself if the service suffers each time it fires.".to_owned(),
        format!("What was found before: nightshift show {}", input.incident_id),
    ]
}

fn take_it_from_nightshift(input: &Input) -> [String; 2] {
    let id = input.incident_id;
    [
        format!("If you want to handle it yourself: nightshift takeover {id}"),
        format!("If the problem is solved: nightshift close {id} --reason REASON"),
    ]
}

/// Answers what waits, else as for an incident that does not move.
fn still_firing(input: &Input, snapshot: &IncidentSnapshot, now: Timestamp) -> Vec<String> {
    let id = input.incident_id;
    let pending = snapshot.approvals.iter().filter(|approval| approval.is_open(now));
    let mut lines: Vec<_> = pending
        .flat_map(|approval| {
            let plan = approval.plan_hash.short();
            [
                format!("Approve: nightshift approve {id} --plan {plan}"),
                format!("Deny:    nightshift deny {id} --plan {plan}"),
            ]
        })
        .collect();
    if lines.is_empty() {
        return not_moving(input);
    }
    lines.insert(0, format!("Read the plan and decide: nightshift show {id}"));
    lines
}

fn ended_by_a_person(input: &Input, snapshot: &IncidentSnapshot) -> Vec<String> {
    let mut lines = still_running(snapshot);
    if lines.is_empty() && input.occasion == Occasion::Closed {
        lines.push("No action needed.".to_owned());
    }
    if input.occasion == Occasion::TakenOver {
        lines.push(format!("Full report: nightshift show {}", input.incident_id));
    }
    lines
}

/// Names the automations that may still be running: nobody stops them.
fn still_running(snapshot: &IncidentSnapshot) -> Vec<String> {
    let unfinished = snapshot.actions.iter().flatten().filter(|action| action.lease.end.is_none());
    let mut lines: Vec<_> = unfinished
        .map(|action| {
            let what = described(action.plan.as_ref(), &action.lease);
            format!("First check whether this is still running: {what}")
        })
        .collect();
    if snapshot.actions.is_none() {
        lines.push("First check in Systems Manager whether an automation is still running.".to_owned());
    }
    lines
}

fn decide(input: &Input, snapshot: &IncidentSnapshot, now: Timestamp) -> Vec<String> {
    let Some(hash) = &input.plan_hash else {
        return vec![format!("Read the plan and decide: nightshift show {}", input.incident_id)];
    };
    let mut lines = Vec::new();
    if let Some(plan) = &snapshot.plan {
        let parameters: Vec<_> =
            plan.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(format!("Decide whether to run {} on {}", plan.action, name(&plan.target)));
        if !parameters.is_empty() {
            lines.push(format!("It runs {} with {}", line(&plan.document), line(&parameters.join(", "))));
        }
    }
    if let Some(because) = snapshot.asked_because.as_deref().map(line).filter(|text| !text.is_empty()) {
        lines.push(format!("Approval is needed because {because}"));
    }
    lines.extend(brought_back_by_a_pipeline(snapshot));
    let id = input.incident_id;
    lines.push(format!("Approve: nightshift approve {id} --plan {}", hash.short()));
    lines.push(format!("Deny:    nightshift deny {id} --plan {}", hash.short()));
    lines.push(deadline(input, snapshot, now).map_or_else(
        || "Without an answer in time the action is not run, and the incident is handed over to you.".to_owned(),
        |deadline| {
            format!(
                "Answer by {}. Without an answer the action is not run, and the incident is handed over to you.",
                time(deadline)
            )
        },
    ));
    lines
}

/// Returns the time until which an answer counts for certain. The request is recorded right after this message
/// is sent, so it expires no earlier than a window that begins now.
fn deadline(input: &Input, snapshot: &IncidentSnapshot, now: Timestamp) -> Option<Timestamp> {
    let pending = snapshot
        .approvals
        .iter()
        .find(|approval| Some(&approval.plan_hash) == input.plan_hash.as_ref() && approval.is_open(now));
    let window = input.approval_window_seconds.map(|seconds| SignedDuration::from_secs(seconds.into()));
    pending.map(|approval| approval.expires_at).or_else(|| now.checked_add(window?).ok())
}

fn take_over(input: &Input, snapshot: &IncidentSnapshot, extended: bool) -> Vec<String> {
    let mut lines = vec!["Take over: Nightshift does nothing more about this incident.".to_owned()];
    if input.failed_state.as_deref().is_some_and(|state| STATES_THAT_ASK.contains(&state)) {
        lines.push("Ignore an earlier request for approval: it can no longer be answered.".to_owned());
    }
    lines.extend(still_running(snapshot));
    if let Some(hypothesis) = snapshot.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first()) {
        lines.push(format!("Check {}", name(&hypothesis.component)));
    }
    lines.extend(revert_by_hand(snapshot));
    lines.extend(brought_back_by_a_pipeline(snapshot));
    if snapshot.incident.as_ref().is_some_and(|incident| incident.status == Status::Resolved) {
        lines.extend(revert_at_source(snapshot));
    }
    if !extended && let Some(runbook) = runbook::best_match(snapshot) {
        lines.push(format!("Runbook: {}", runbook::reference(runbook)));
    }
    lines.extend(runbook::of_the_alarm(snapshot).map(|link| format!("The alarm's own runbook: {link}")));
    lines.push(format!("Full report: nightshift show {}", input.incident_id));
    lines
}
