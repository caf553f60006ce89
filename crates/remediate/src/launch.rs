//! Starting a plan's automation: at most one effect per plan.
//!
//! Judged → lease → ledger → SSM. A crash anywhere leaves a lease without an execution; then SSM is
//! asked whether it was started, and only if it was not, it is started, under the same client token.

use common::{
    AuditEntry, Clock, Plan, Status,
    ports::{Acquired, Advance, Lease, Modes, Symptoms, Topology},
    verification::Verification,
};
use guard::{Automations, Judgement};

use crate::{
    Deps, Error, Output, Store,
    authorize::{reason, record},
    case::{self, Case},
};

pub(crate) async fn launch(
    deps: &Deps<impl Store, impl Symptoms, impl Topology, impl Modes, impl Automations, impl Clock>,
    case: &Case,
    plan: &Plan,
) -> Result<Output, Error> {
    let (incident, hash) = (&case.incident, plan.hash());
    let held = deps.store.lease(incident.id, &hash).await?;
    if let Some(lease) = &held
        && find(deps, plan, lease).await?
    {
        return Ok(Output::Started { plan_hash: hash });
    }

    let judged = case::judge(deps, case, plan, held.as_ref()).await?;
    record(deps, plan, judged.judgement.verdict()).await?;
    let Judgement::Allow(allow) = judged.judgement else {
        let reason = reason(judged.judgement.verdict());
        return Ok(Output::Refused {
            // SSM may list an execution later than it takes it.
            reason: match held {
                Some(_) => format!("it may have been started already, look into SSM Automation: {reason}"),
                None => reason,
            },
        });
    };
    if deps.store.advance(incident.id, Status::Remediating).await? == Advance::Refused {
        return Ok(Output::Refused { reason: "the incident has moved on".to_owned() });
    }
    if plan.undo_of.is_none() {
        let watch = Verification {
            attempt: case.diagnosis.attempt,
            plan_hash: Some(hash.clone()),
            started_at: deps.clock.now(),
            before: Some(judged.symptom),
            healthy_since: None,
        };
        deps.store.put_verification(incident.id, &watch).await?;
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
        Acquired::Held(held) => *held,
    };
    let intended = AuditEntry::ActionIntended {
        plan_hash: hash.clone(),
        action: plan.action.clone(),
        target: plan.target.clone(),
        client_token: hash.client_token(),
    };
    deps.store.append(incident.id, deps.clock.now(), &intended).await?;
    let execution_id = deps.automations.start(&allow).await?;
    started(deps, &lease, execution_id).await?;
    Ok(Output::Started { plan_hash: hash })
}

/// Whether the lease's automation was started; if only SSM knows of it, writes it down.
async fn find<S: Store, Y, T, M, C: Clock>(
    deps: &Deps<S, Y, T, M, impl Automations, C>,
    plan: &Plan,
    lease: &Lease,
) -> Result<bool, Error> {
    if lease.execution_id.is_some() {
        return Ok(true);
    }
    let Some(execution_id) = deps.automations.find(plan, lease.acquired_at).await? else {
        return Ok(false);
    };
    started(deps, lease, execution_id).await?;
    Ok(true)
}

async fn started<S: Store, Y, T, M, X, C: Clock>(
    deps: &Deps<S, Y, T, M, X, C>,
    lease: &Lease,
    execution_id: String,
) -> Result<(), Error> {
    let entry =
        AuditEntry::ActionStarted { plan_hash: lease.plan_hash.clone(), execution_id: execution_id.clone() };
    deps.store.append(lease.incident_id, deps.clock.now(), &entry).await?;
    deps.store.update(&Lease { execution_id: Some(execution_id), ..lease.clone() }).await?;
    Ok(())
}
