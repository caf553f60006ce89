//! Judges a plan on facts that are read at that moment.

use common::{
    Clock, Evidence, Observation, Plan, Verdict,
    ports::{Lease, Modes, SecurityFindings, Symptoms, Topology},
};
use guard::{
    Automations, Facts, Judgement,
    facts::{
        actor::changed_by,
        blast_radius::{capacity_share_percent, resources_touched},
        breaker::Breaker,
        cause::CauseFacts,
        environment::Environment,
        evidence::is_structured,
        intent::TargetIntent,
        symptom_measured::symptom_measured,
    },
};
use jiff::SignedDuration;

use crate::{
    Deps, Error, Store, account_budget,
    breaker_history::read_breaker,
    covered_approval::{ApprovalFault, CoveredApproval, covered_approval},
    history::repeats,
    optional_facts::OptionalFacts,
    stored::DiagnosedIncident,
};

/// Actions on a target are counted over this time.
const RATE_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// A judgement with the observation of the symptom that it rests on.
pub(crate) struct FreshJudgement {
    pub(crate) judgement: Judgement,
    pub(crate) symptom: Observation,
    /// True if a person's approval of exactly this plan, on what is known now, is valid.
    pub(crate) approved: bool,
    /// The reason why an approval that was found does not count: nobody is asked a second time.
    pub(crate) fault: Option<ApprovalFault>,
}

impl FreshJudgement {
    /// Renders the reason of the verdict for people.
    pub(crate) fn reason(&self) -> String {
        let reason = verdict_reason(self.judgement.verdict());
        match self.fault {
            Some(ApprovalFault::Unrecorded) => {
                format!(
                    "the table holds an approval that is not in the ledger, so it does not count; {reason}"
                )
            }
            Some(ApprovalFault::Outdated) | None => reason,
        }
    }
}

/// Renders the reason of a verdict for people.
fn verdict_reason(verdict: &Verdict) -> String {
    let because = verdict.because();
    match verdict.would_be {
        Some(would_be) => {
            format!("{because}; in mode autonomous the decision would be {}", would_be.as_str())
        }
        None => because,
    }
}

/// Judges `plan` on facts that are read now. A fact that cannot be read is an error, so that nothing is decided
/// and nothing done; what only adds care is unknown instead, and an unknown fact asks. `lease` is the plan's own
/// lease where it has one; `undo_asks` tells of an undo that it needs a human.
pub(crate) async fn judge_now(
    deps: &Deps<
        impl Store,
        impl Symptoms,
        impl Topology,
        impl Modes,
        impl Automations,
        impl Clock,
        impl SecurityFindings,
    >,
    diagnosed: &DiagnosedIncident,
    plan: &Plan,
    lease: Option<&Lease>,
    undo_asks: bool,
) -> Result<FreshJudgement, Error> {
    let (incident, now) = (&diagnosed.incident, deps.clock.now());
    let target = std::slice::from_ref(&plan.target);
    let application = incident.application.as_deref();
    let mode = deps.modes.effective(application).await?;
    let symptom = deps.symptoms.observe(&incident.signal.symptom).await?.value;
    let tagged = deps.topology.application_of(target).await?.value;
    let tags = deps.topology.tags_of(target).await?.value.remove(&plan.target).unwrap_or_default();
    // What a model chose to have read supports no action: it could choose until a target is seen.
    let evidence: Vec<Evidence> =
        deps.store.evidence(incident.id).await?.into_iter().filter(|one| !one.chosen_by_model).collect();
    let since = now.checked_sub(RATE_WINDOW).unwrap_or(jiff::Timestamp::MIN);
    let on_target = deps.store.taken_on(&plan.target, since).await?;
    let in_incident = deps.store.taken_by(incident.id).await?.len();
    let budget = account_budget::used_percent(deps, plan).await?;
    let breaker = read_breaker(&deps.store, &plan.action, application, Some(&plan.hash()), now).await?;
    let repeats = repeats(deps, plan).await?;
    let optional = OptionalFacts::read(deps, diagnosed, plan, &evidence).await;

    let own = u32::from(lease.is_some());
    let supports =
        diagnosed.hypothesis().map(|hypothesis| hypothesis.supports.as_slice()).unwrap_or_default();
    let (changed_by, actor) = changed_by(&evidence, supports, &plan.target);
    let capacity = deps.guard.catalogue.action(&plan.action).map(|action| action.capacity);
    let causality = diagnosed.hypothesis().and_then(|hypothesis| hypothesis.causality.as_ref());
    let cause = CauseFacts::new(causality, &diagnosed.diagnosis.gaps);
    let intent = TargetIntent::new(
        &plan.target,
        &tags,
        optional.findings,
        &evidence,
        &diagnosed.diagnosis.gaps,
        changed_by,
    );
    let CoveredApproval { approval, fault } = covered_approval(deps, plan, intent.open_findings).await?;
    let mut facts = Facts {
        mode,
        confidence_percent: diagnosed.hypothesis().map_or(0, |hypothesis| percent(hypothesis.confidence)),
        severity: incident.severity,
        drill: incident.signal.drill,
        event_age_minutes: minutes_between(incident.signal.occurred_at, now),
        unattended_drills: deps.unattended_drills,
        incident_open: !incident.status.is_end(),
        symptom: symptom.state,
        symptom_measured: symptom_measured(&incident.signal, &symptom),
        target_seen: incident.resources().contains(&plan.target)
            || evidence.iter().any(|look| look.trusted && look.observed.subjects().contains(&&plan.target)),
        target_in_scope: plan.target.account() == incident.signal.account
            && plan.target.region() == incident.signal.region
            && tagged.is_some()
            && tagged == incident.application,
        structured_evidence: is_structured(&evidence, supports, &plan.target),
        raised_by_model: diagnosed.hypothesis().is_none_or(|hypothesis| hypothesis.raised_by.is_some()),
        raised_by_untrusted: diagnosed.hypothesis().is_none_or(|hypothesis| hypothesis.raised_by_untrusted),
        precedes_onset: cause.precedes_onset,
        metrics_read: cause.metrics_read,
        reaches_symptom: cause.reaches_symptom,
        alibi: cause.alibi,
        discriminates: cause.discriminates,
        rival_margin_percent: cause.rival_margin_percent,
        tried_before: lease.is_some_and(|lease| lease.execution_id.is_some()),
        actions_on_target: on_target.saturating_sub(own),
        actions_in_incident: u32::try_from(in_incident).unwrap_or(u32::MAX).saturating_sub(own),
        environment: Environment::from_tags(&tags),
        resources_touched: resources_touched(&plan.target, &evidence),
        // No action that a diagnosis can propose takes one of several out of service, so nothing counts them.
        capacity_share_percent: capacity.and_then(|effect| capacity_share_percent(effect, None)),
        dependants: optional.dependants,
        other_open_incidents: optional.other_open_incidents,
        account_budget_percent: budget,
        breaker: breaker.state,
        same_action_on_target_today: u32::try_from(repeats.len()).unwrap_or(u32::MAX),
        change_calendar: optional.change_calendar,
        changed_by,
        habit: intent.habit,
        scheduled: intent.scheduled.is_some(),
        open_findings: intent.open_findings,
        opted_out: intent.opt_out.is_some(),
        quarantined: intent.quarantine.is_some(),
        details: optional.details,
        undo_asks,
    };
    facts.details.extend(cause.details);
    facts.details.extend(intent.details());
    if fault == Some(ApprovalFault::Outdated)
        && let Some(findings) = facts.details.get_mut("open_findings")
    {
        findings.push_str("; not in the question that was approved");
    }
    if breaker.state != Breaker::Closed {
        facts.details.insert("breaker", breaker.runs());
    }
    facts.details.insert("changed_by", actor);
    if !repeats.is_empty() {
        facts.details.insert("same_action_on_target_today", repeats.join(", "));
    }
    let judgement = deps.guard.judge(plan, &facts, approval.as_ref(), now);
    let approved = approval.is_some_and(|approval| approval.permits(&plan.hash(), now));
    Ok(FreshJudgement { judgement, symptom, approved, fault })
}

/// Returns the whole minutes from `earlier` to `later`; 0 where that is not the order.
fn minutes_between(earlier: jiff::Timestamp, later: jiff::Timestamp) -> u32 {
    let minutes = later.duration_since(earlier).as_mins().max(0);
    u32::try_from(minutes).unwrap_or(u32::MAX)
}

/// Converts a confidence from 0 to 1 into whole percent, rounded down: 0.699 is not 70 %.
fn percent(confidence: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "clamped to 0..=100")]
    let whole = (confidence.clamp(0.0, 1.0) * 100.0 + 1e-9).floor() as i64;
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_rounds_down_and_survives_nonsense() {
        let table = [(0.699, 69), (0.7, 70), (0.29, 29), (1.0, 100), (7.0, 100), (-1.0, 0), (f64::NAN, 0)];
        for (confidence, expected) in table {
            assert_eq!(percent(confidence), expected, "{confidence}");
        }
    }

    proptest! {
        #[test]
        fn percent_is_of_a_hundred(confidence in any::<f64>()) {
            prop_assert!((0..=100).contains(&percent(confidence)));
        }
    }
}
