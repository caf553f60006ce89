//! Prints plans with their verdicts, approval and automation.

use common::{ApprovalDecision, Decision, Verdict};
use jiff::Timestamp;

use super::action::{Action, ApprovalState, PolicyVerdict};
use crate::{
    incidents::check::about_target,
    output::plain::{date_time, hanging, relative, wrapped},
};

pub(super) fn action(action: &Action, now: Timestamp) -> String {
    let mut text = hanging(&format!("{}  ", action.plan_hash.short()), &action.summary, 2, 16);
    if let Some(plan) = &action.plan {
        text.push_str(&hanging("target      ", &plan.target.to_string(), 4, 16));
        text.push_str(&hanging("document    ", &plan.document, 4, 16));
    }
    if !action.undo.is_empty() {
        text.push_str(&hanging("undo        ", &action.undo, 4, 16));
    }
    for judged in &action.verdicts {
        text.push_str(&verdict(judged));
    }
    if let Some(last) = action.verdicts.last() {
        text.push_str(&reasons(&last.verdict));
    }
    if let Some(asked) = &action.approval {
        text.push_str(&hanging("approval    ", &answer(asked, now), 4, 16));
    }
    if let Some(lease) = &action.lease {
        let execution = lease.execution_id.as_deref().unwrap_or("no start recorded");
        let status = lease
            .end
            .as_ref()
            .map_or_else(|| "running".to_owned(), |end| format!("{} at {}", end.status, date_time(end.at)));
        let announced =
            action.announced_at.map(|at| format!(", announced {}", date_time(at))).unwrap_or_default();
        text.push_str(&hanging("automation  ", &format!("{execution}{announced}: {status}"), 4, 16));
    }
    text
}

fn verdict(PolicyVerdict { at, verdict }: &PolicyVerdict) -> String {
    let would_be = verdict
        .would_be
        .map(|decision| format!(", in mode autonomous it would be {}", decision.as_str()))
        .unwrap_or_default();
    let said =
        format!("{} at {}, mode {}{would_be}", verdict.decision.as_str(), date_time(*at), verdict.mode);
    let mut text = hanging("verdict     ", &said, 4, 16);
    for policy in &verdict.policies {
        text.push_str(&wrapped(&format!("{}: {}", policy.id, policy.why), 16));
    }
    text
}

/// Tells what was found about the target, and what would have to hold for the plan to run unattended.
fn reasons(verdict: &Verdict) -> String {
    let mut text: String = about_target(&verdict.facts).iter().map(|check| check.line(16)).collect();
    // No fact that is named here lifts a denial.
    for unmet in verdict.unmet.iter().filter(|_| verdict.decision == Decision::Ask) {
        let said = guard::met_if(unmet).map_or_else(
            || format!("always needs an approval: {unmet}"),
            |met| format!("would run unattended only if {met}"),
        );
        text.push_str(&hanging("- ", &said, 16, 18));
    }
    text
}

fn answer(asked: &ApprovalState, now: Timestamp) -> String {
    match &asked.decision {
        ApprovalDecision::Pending if now < asked.expires_at => {
            format!("waiting, expires {}", relative(asked.expires_at, now))
        }
        ApprovalDecision::Pending => format!("expired at {}: nobody answered", date_time(asked.expires_at)),
        ApprovalDecision::Approved { by, at } => format!("approved at {} by {by}", date_time(*at)),
        ApprovalDecision::Denied { by, at } => format!("denied at {} by {by}", date_time(*at)),
        ApprovalDecision::Expired { at } => format!("expired at {}: nobody answered", date_time(*at)),
    }
}
