//! Step `authorize`: makes a plan of the diagnosis' proposal and judges it.

use common::{
    AuditEntry, Clock, Decision, IncidentId, Plan, Verdict,
    ports::{Modes, SecurityFindings, Symptoms, Topology},
};
use guard::Automations;

use crate::{Deps, Error, Output, Store, judgement::judge_now, stored, target_lease};

pub(crate) async fn authorize(
    deps: &Deps<
        impl Store,
        impl Symptoms,
        impl Topology,
        impl Modes,
        impl Automations,
        impl Clock,
        impl SecurityFindings,
    >,
    incident_id: IncidentId,
    attempt: u32,
) -> Result<Output, Error> {
    let diagnosed = stored::diagnosed_incident(deps, incident_id, attempt).await?;
    let Some(proposal) = diagnosed.hypothesis().and_then(|hypothesis| hypothesis.proposal.as_ref()) else {
        return Ok(Output::Deny { reason: "the diagnosis proposes no action".to_owned() });
    };
    let plan = match deps.guard.plan(incident_id, proposal) {
        Ok(plan) => plan,
        Err(refusal) => {
            let reason = refusal.to_string();
            let refused = AuditEntry::ProposalRefused {
                action: proposal.action.clone(),
                target: proposal.target.clone(),
                reason: reason.clone(),
            };
            deps.store.append(incident_id, deps.clock.now(), &refused).await?;
            return Ok(Output::Deny { reason });
        }
    };
    deps.store.put_plan(&plan).await?;
    if let Some(holder) = target_lease::other_holder(deps, &plan).await? {
        return target_lease::held(deps, &plan, &holder).await;
    }
    let lease = deps.store.lease(incident_id, &plan.hash()).await?;
    let fresh = judge_now(deps, &diagnosed, &plan, lease.as_ref(), false).await?;
    let verdict = fresh.judgement.verdict();
    record_verdict(deps, &plan, verdict).await?;
    let (plan_hash, reason) = (plan.hash(), fresh.reason());
    Ok(match verdict.decision {
        Decision::Allow => Output::Allow { plan_hash, reason },
        // Its answer stands and does not count: a second request would find it decided.
        Decision::Ask if fresh.fault.is_some() => Output::Deny { reason },
        Decision::Ask => Output::Ask { plan_hash, reason },
        Decision::Deny => Output::Deny { reason },
    })
}

/// Writes a verdict to the ledger.
pub(crate) async fn record_verdict<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
    verdict: &Verdict,
) -> Result<(), Error> {
    let entry = AuditEntry::Judged {
        plan_hash: plan.hash(),
        action: plan.action.clone(),
        target: plan.target.clone(),
        verdict: verdict.clone(),
    };
    deps.store.append(plan.incident_id, deps.clock.now(), &entry).await?;
    Ok(())
}
