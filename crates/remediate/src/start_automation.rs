//! Starts a plan's automation, at most once per plan.
//!
//! Lease on the target → judgement → document → lease on the plan → ledger → SSM. A crash in between leaves a lease without an execution. The next call then
//! asks SSM whether the automation was started, and starts it, under the same client token, only if it was not.

use common::{
    AuditEntry, Clock, Plan, Status,
    ports::{Acquired, Advance, Lease, Modes, SecurityFindings, Symptoms, Topology},
    verification::Verification,
};
use guard::{Automations, Judgement};

use crate::{
    Deps, Error, Output, Store, account_budget, authorize::record_verdict, history, judgement::judge_now,
    stored::DiagnosedIncident, target_lease,
};

pub(crate) async fn start_automation(
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
    undo_asks: bool,
) -> Result<Output, Error> {
    let (incident, hash) = (&diagnosed.incident, plan.hash());
    let held = deps.store.lease(incident.id, &hash).await?;
    if let Some(lease) = &held
        && was_started(deps, plan, lease).await?
    {
        return Ok(Output::Started { plan_hash: hash });
    }

    // Before the facts are read: what they say of the target stays so, as far as Nightshift is concerned.
    if let Some(holder) = target_lease::take(deps, plan).await? {
        return target_lease::held(deps, plan, &holder).await;
    }
    let fresh = judge_now(deps, diagnosed, plan, held.as_ref(), undo_asks).await?;
    record_verdict(deps, plan, fresh.judgement.verdict()).await?;
    let Judgement::Allow(allow) = fresh.judgement else {
        let reason = fresh.reason();
        if undo_asks && fresh.fault.is_none() && matches!(fresh.judgement, Judgement::Ask(_)) {
            return Ok(Output::Ask { plan_hash: hash, reason });
        }
        return Ok(Output::Refused {
            // SSM may list an execution later than it takes it.
            reason: match held {
                Some(_) => format!(
                    "{reason}; an earlier call may have started it: check SSM Automation for a running execution"
                ),
                None => reason,
            },
        });
    };
    // Before anything says that an action was meant: of a document that is not ours nothing is started for certain, and
    // nobody has to look for its automation.
    let version = deps.automations.verified_version(plan).await?;
    if !account_budget::take_place(deps, plan, fresh.approved).await? {
        return Ok(Output::Refused {
            reason: "other incidents took the last actions that this account has for an hour".to_owned(),
        });
    }
    if deps.store.advance(incident.id, Status::Remediating).await? == Advance::Refused {
        return Ok(Output::Refused { reason: "the incident has ended or is at another step".to_owned() });
    }
    if plan.undo_of.is_none() {
        let verification = Verification {
            attempt: diagnosed.diagnosis.attempt,
            plan_hash: Some(hash.clone()),
            started_at: deps.clock.now(),
            before: Some(fresh.symptom),
            healthy_since: None,
            alarm_window: None,
        };
        deps.store.put_verification(incident.id, &verification).await?;
    }

    let lease = Lease {
        incident_id: incident.id,
        plan_hash: hash.clone(),
        target: plan.target.clone(),
        acquired_at: deps.clock.now(),
        execution_id: None,
        end: None,
    };
    let lease = match deps.store.acquire(&lease).await? {
        Acquired::New => lease,
        // An earlier invocation's, which started nothing, or one at this moment, which has the same
        // client token: SSM starts one execution either way.
        Acquired::Held(held) if !has_ended(deps, plan).await? => *held,
        Acquired::Held(_) | Acquired::IncidentEnded => {
            return Ok(Output::Refused { reason: "the incident has ended".to_owned() });
        }
    };
    history::remember(deps, incident, plan, &lease, fresh.approved).await?;
    let intended = AuditEntry::ActionIntended {
        plan_hash: hash.clone(),
        action: plan.action.clone(),
        target: plan.target.clone(),
        client_token: hash.client_token(),
    };
    deps.store.append(incident.id, deps.clock.now(), &intended).await?;
    let execution_id = deps.automations.start(&allow, &version).await?;
    record_start(deps, &lease, execution_id).await?;
    Ok(Output::Started { plan_hash: hash })
}

async fn has_ended<S: Store, Y, T, M, X, C, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    plan: &Plan,
) -> Result<bool, Error> {
    let incident = deps.store.incident(plan.incident_id).await?;
    Ok(incident.is_none_or(|incident| incident.status.is_end()))
}

/// Returns whether the lease's automation was started. An execution that only SSM knows of is recorded.
async fn was_started<S: Store, Y, T, M, C: Clock, R>(
    deps: &Deps<S, Y, T, M, impl Automations, C, R>,
    plan: &Plan,
    lease: &Lease,
) -> Result<bool, Error> {
    if lease.execution_id.is_some() {
        return Ok(true);
    }
    let Some(execution_id) = deps.automations.find(plan, lease.acquired_at).await? else {
        return Ok(false);
    };
    record_start(deps, lease, execution_id).await?;
    Ok(true)
}

async fn record_start<S: Store, Y, T, M, X, C: Clock, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    lease: &Lease,
    execution_id: String,
) -> Result<(), Error> {
    let entry =
        AuditEntry::ActionStarted { plan_hash: lease.plan_hash.clone(), execution_id: execution_id.clone() };
    deps.store.append(lease.incident_id, deps.clock.now(), &entry).await?;
    deps.store.update(&Lease { execution_id: Some(execution_id), ..lease.clone() }).await?;
    Ok(())
}
