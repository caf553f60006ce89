//! `nightshift approve` and `nightshift deny` record a human's decision on one plan, under the human's own
//! credentials.
//!
//! The decision is recorded first and the waiting execution notified after. Where the command dies in between,
//! running it again with `--plan` notifies the execution.

mod choice;
mod question;
mod wake;

use std::{io::Write as _, time::Duration};

use aws::store::DynamoStore;
use common::{
    Approval, Incident, IncidentId, Plan, PlanHash,
    clock::SystemClock,
    ports::{Approvals as _, CaseFile as _, Incidents as _},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    Answer,
    account::{caller, session, stack::Stack},
    arguments::{Format, PlanArgs},
    failure::Failure,
    incidents::{find, show},
    output::plain,
};
use choice::Choice;
use question::Confirmation;

/// An approval is requested a moment after the message that asks for it, so the command waits for it.
const POLLS: u32 = 20;
const POLL_EVERY: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct DecisionJson<'a> {
    incident_id: IncidentId,
    plan_hash: &'a PlanHash,
    decision: &'static str,
    by: &'a str,
    at: Timestamp,
}

pub(crate) async fn run(
    stack: &str,
    choice: &PlanArgs,
    approve: bool,
    format: Format,
) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let caller = caller::identify(&config).await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, &choice.incident).await?;
    let (incident, approval) = wait_for_request(&store, incident, choice).await?;
    let hash = &approval.plan_hash;
    if approve {
        let plan = store.plan(incident.id, hash).await?;
        require_unaltered(plan.as_ref(), &approval)?;
    }
    // Shown also where nobody is asked: whoever reads the log knows what was approved.
    let shown = show::plan(&store, &incident, hash).await?;
    let _ = writeln!(std::io::stderr(), "{}", shown.trim_end());
    match question::confirmation(approve, choice.plan.is_some(), question::at_terminal()) {
        Confirmation::NotNeeded => {}
        Confirmation::Ask if question::yes("Approve this plan? [y/N] ")? => {}
        Confirmation::Ask => {
            return Err(Failure::Operation("not approved: the plan still waits for approval".to_owned()));
        }
        Confirmation::Impossible => {
            return Err(Failure::Input(format!(
                "no terminal to confirm on: repeat the command with --plan {}",
                hash.short()
            )));
        }
    }
    // The window matters to requests only.
    let deps = approve::Deps { store, clock: SystemClock, approval_window: SignedDuration::ZERO };
    let decision =
        approve::decide(&deps, incident.id, hash, approval.requested_at, &caller.arn, approve).await?;
    wake::wake(&aws_sdk_sfn::Client::new(&config), &decision).await?;
    let given = DecisionJson {
        incident_id: incident.id,
        plan_hash: hash,
        decision: wake::word(&decision),
        by: &decision.by,
        at: decision.at,
    };
    Ok(Answer::formatted(format, &given, || {
        plain::line(&format!(
            "plan {} of incident {} {} by {}",
            hash.short(),
            incident.id,
            given.decision,
            given.by
        ))
    }))
}

async fn wait_for_request(
    store: &DynamoStore,
    mut incident: Incident,
    choice: &PlanArgs,
) -> Result<(Incident, Approval), Failure> {
    let mut polls = 0;
    loop {
        let approvals = store.approvals(incident.id).await?;
        let why_not = match choice::choose(&incident, approvals, choice.plan.as_ref(), Timestamp::now()) {
            Choice::Made(approval) => return Ok((incident, *approval)),
            Choice::Wrong(failure) => return Err(failure),
            Choice::NotYet(why_not) => why_not,
        };
        if polls == POLLS {
            return Err(why_not);
        }
        polls += 1;
        tokio::time::sleep(POLL_EVERY).await;
        if let Some(fresh) = store.incident(incident.id).await? {
            incident = fresh;
        }
    }
}

/// Accepts the stored plan only if it still has the hash that was put up for approval.
fn require_unaltered(plan: Option<&Plan>, approval: &Approval) -> Result<(), Failure> {
    let short = approval.plan_hash.short();
    match plan {
        Some(plan) if plan.hash() == approval.plan_hash => Ok(()),
        Some(_) => Err(Failure::Operation(format!(
            "nothing was approved: plan {short} was altered in the table and no longer matches its hash"
        ))),
        None => Err(Failure::Operation(format!("nothing was approved: plan {short} is no longer stored"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::ApprovalDecision;
    use fakes::sample;

    use super::*;

    #[test]
    fn unaltered_only_the_plan_that_was_asked_about() {
        let plan = Plan {
            schema_version: 1,
            incident_id: sample::incident().id,
            action: "start-instance".parse().unwrap(),
            document: "Nightshift-StartInstance".to_owned(),
            target: sample::arn("ec2", "instance/i-1"),
            parameters: BTreeMap::new(),
            undo_of: None,
        };
        let approval = Approval {
            incident_id: plan.incident_id,
            plan_hash: plan.hash(),
            requested_at: sample::at(),
            expires_at: sample::at(),
            task_token: "t".to_owned(),
            decision: ApprovalDecision::Pending,
        };
        assert!(require_unaltered(Some(&plan), &approval).is_ok());
        let other = Plan { target: sample::arn("ec2", "instance/i-2"), ..plan };
        assert!(require_unaltered(Some(&other), &approval).unwrap_err().to_string().contains("altered"));
        assert!(require_unaltered(None, &approval).is_err());
    }
}
