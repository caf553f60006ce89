//! Ends an incident for a person: recorded first, then ended, told, and its execution stopped.

use common::{
    AuditEntry, Clock, Incident, IncidentId, Outcome, Resolution, Status,
    audit::readable_bodies,
    ports::{Advance, Approvals, CaseFile, Channel, Deliveries, Executions, Incidents, Leases, Ledger},
};
use notify::{Deps, Input, Output};

use super::reason::{reason, required_reason};
use crate::{failure::Failure, incidents::show::timeline_text::resolved, output::plain};

/// The ways in which a person ends an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Intervention {
    Close { reason: String },
    TakeOver { reason: Option<String> },
}

/// An incident that a person has ended, now or before.
#[derive(Debug)]
pub(super) struct EndedIncident {
    pub(super) resolution: Resolution,
    pub(super) by: String,
    /// The outcome's, for example `closed by arn:…: false alarm`.
    pub(super) reason: String,
    pub(super) was_ended_before: bool,
    /// The channel that accepted the message, or why none did.
    pub(super) told: Result<String, String>,
    pub(super) still_running: Vec<String>,
}

impl EndedIncident {
    pub(super) const fn resolution_word(&self) -> &'static str {
        match self.resolution {
            Resolution::Closed => "closed",
            _ => "taken_over",
        }
    }
}

impl Intervention {
    const fn resolution(&self) -> Resolution {
        match self {
            Self::Close { .. } => Resolution::Closed,
            Self::TakeOver { .. } => Resolution::TakenOver,
        }
    }

    const fn status(&self) -> Status {
        match self {
            Self::Close { .. } => Status::Resolved,
            Self::TakeOver { .. } => Status::Escalated,
        }
    }

    fn why(&self) -> Result<String, Failure> {
        match self {
            Self::Close { reason } => required_reason(reason, "the incident is closed"),
            Self::TakeOver { reason: text } => Ok(text.as_deref().map(reason).unwrap_or_default()),
        }
    }

    fn entry(&self, by: &str, why: String) -> AuditEntry {
        let by = by.to_owned();
        match self {
            Self::Close { .. } => AuditEntry::CloseIntended { by, reason: why },
            Self::TakeOver { .. } => AuditEntry::TakeoverIntended { by, reason: why },
        }
    }
}

/// Ends the incident as `by` (the ARN that STS gave for the caller) wants. Repeating it completes what an earlier run
/// left undone. An automation that runs is named and not stopped: half an action is worse than either.
///
/// The incident is ended before its execution is stopped: what the execution does in between is refused, because
/// nothing leaves an end.
///
/// # Errors
/// An incident that is not there or has ended otherwise; a store or an execution that does not answer.
pub(super) async fn end_incident<S, H, C, X>(
    deps: &Deps<S, H, C>,
    executions: &X,
    id: IncidentId,
    intervention: &Intervention,
    by: &str,
) -> Result<EndedIncident, Failure>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
    H: Channel,
    C: Clock,
    X: Executions,
{
    let why = intervention.why()?;
    let incident = read(deps, id).await?;
    let was_ended_before = incident.status.is_end();
    if !was_ended_before {
        let at = deps.clock.now();
        deps.store.append(id, at, &intervention.entry(by, why.clone())).await?;
        let outcome = Outcome::by_person(intervention.resolution(), by, &why, at);
        let ended = deps.store.end(id, intervention.status(), &outcome, None).await?;
        if ended == Advance::Refused && read(deps, id).await?.outcome.as_ref() != Some(&outcome) {
            let now = read(deps, id).await?;
            return Err(ended_otherwise(&now));
        }
    }
    let incident = read(deps, id).await?;
    let outcome = incident.outcome.clone().filter(|it| it.resolution == intervention.resolution());
    let Some(outcome) = outcome else { return Err(ended_otherwise(&incident)) };
    record_end(deps, id, &outcome).await?;
    let still_running = still_running(deps, id).await?;
    let told = tell(deps, id, &outcome).await;
    executions.stop(id, &outcome.reason).await.map_err(|error| {
        Failure::Operation(format!(
            "incident {id} is {}, but its execution was not stopped; run the command again: {}",
            outcome.reason,
            Failure::from(error)
        ))
    })?;
    let by = if was_ended_before { ended_by(deps, id, &outcome).await? } else { by.to_owned() };
    let resolution = outcome.resolution;
    Ok(EndedIncident { resolution, by, reason: outcome.reason, was_ended_before, told, still_running })
}

async fn read<S: Incidents, H, C>(deps: &Deps<S, H, C>, id: IncidentId) -> Result<Incident, Failure> {
    let found = deps.store.incident(id).await?;
    found.ok_or_else(|| Failure::Input(format!("no incident {id}: `nightshift incidents` lists them")))
}

fn ended_otherwise(incident: &Incident) -> Failure {
    let how = incident.outcome.as_ref().map_or_else(
        || incident.status.as_str().to_owned(),
        |outcome| {
            format!(
                "{} at {} ({})",
                resolved(outcome.resolution),
                plain::date_time(outcome.ended_at),
                outcome.reason
            )
        },
    );
    Failure::Operation(format!("incident {} has already ended: {how}; nothing was changed", incident.id))
}

/// Records the end in the ledger unless that was done.
async fn record_end<S: Ledger, H, C: Clock>(
    deps: &Deps<S, H, C>,
    id: IncidentId,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let entry = AuditEntry::Ended { outcome: outcome.clone() };
    let timeline = deps.store.timeline(id).await?;
    let is_recorded = readable_bodies(&timeline).any(|body| body.entry == entry);
    if !is_recorded {
        deps.store.append(id, deps.clock.now(), &entry).await?;
    }
    Ok(())
}

async fn still_running<S: Leases + CaseFile, H, C>(
    deps: &Deps<S, H, C>,
    id: IncidentId,
) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for lease in deps.store.taken_by(id).await?.into_iter().filter(|lease| lease.end.is_none()) {
        let plan = deps.store.plan(id, &lease.plan_hash).await?;
        let action = plan.map_or_else(|| "an action".to_owned(), |plan| plan.action.to_string());
        let automation = lease.execution_id.map(|id| format!(", automation {id}")).unwrap_or_default();
        lines.push(format!("{action} on {}{automation}", lease.target));
    }
    Ok(lines)
}

async fn tell<S, H, C>(deps: &Deps<S, H, C>, id: IncidentId, outcome: &Outcome) -> Result<String, String>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
    H: Channel,
    C: Clock,
{
    let input = Input::new(outcome.resolution.occasion(), id).because(outcome.reason.clone());
    match notify::handle(deps, input).await {
        Ok(Output::Delivered { channel, .. }) => Ok(channel),
        Ok(_) => Err("no message was needed".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns who ended the incident before: whoever recorded the intention that `outcome` is of.
async fn ended_by<S: Ledger, H, C>(
    deps: &Deps<S, H, C>,
    id: IncidentId,
    outcome: &Outcome,
) -> Result<String, Failure> {
    let timeline = deps.store.timeline(id).await?;
    let by = readable_bodies(&timeline).find_map(|body| match body.entry {
        AuditEntry::CloseIntended { by, reason } | AuditEntry::TakeoverIntended { by, reason } => {
            (Outcome::by_person(outcome.resolution, &by, &reason, body.at) == *outcome).then_some(by)
        }
        _ => None,
    });
    Ok(by.unwrap_or_else(|| "a person whom the audit trail does not name".to_owned()))
}

#[cfg(test)]
mod tests {
    use common::ports::{ExecutionState, Lease};
    use fakes::{FakeChannel, FakeExecutions, Faults, FixedClock, MemoryStore, When, sample};
    use notify::Links;
    use proptest::prelude::*;

    use super::*;

    const ADA: &str = "arn:aws:sts::123456789012:assumed-role/oncall/ada";

    struct World {
        deps: Deps<MemoryStore, FakeChannel, FixedClock>,
        executions: FakeExecutions,
        faults: Faults,
        id: IncidentId,
    }

    impl World {
        fn in_status(status: Status) -> Self {
            let faults = Faults::default();
            let store = MemoryStore::new(&faults);
            let incident = Incident { status, ..sample::incident() };
            let id = incident.id;
            store.insert(incident);
            let executions = FakeExecutions::new(&faults);
            executions.set(id, ExecutionState::Running);
            let deps = Deps {
                store,
                channels: vec![FakeChannel::new("sns:alerts", &faults)],
                clock: FixedClock::at(sample::at()),
                links: Links { state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident") },
            };
            Self { deps, executions, faults, id }
        }

        async fn end(&self, intervention: &Intervention) -> Result<EndedIncident, Failure> {
            end_incident(&self.deps, &self.executions, self.id, intervention, ADA).await
        }

        fn subjects(&self) -> Vec<String> {
            self.deps.channels[0].sent().into_iter().map(|message| message.subject).collect()
        }
    }

    fn close() -> Intervention {
        Intervention::Close { reason: "false alarm".to_owned() }
    }

    fn take_over() -> Intervention {
        Intervention::TakeOver { reason: None }
    }

    #[tokio::test]
    async fn end_incident_of_every_status_is_recorded_told_and_stopped() {
        for status in Status::ALL.into_iter().filter(|status| !status.is_end()) {
            for (intervention, end, subject) in
                [(close(), Status::Resolved, "Closed"), (take_over(), Status::Escalated, "Taken over")]
            {
                let world = World::in_status(status);
                let ended = world.end(&intervention).await.unwrap();
                assert_eq!(ended.told, Ok("sns:alerts".to_owned()));
                let incident = world.deps.store.incidents().remove(0);
                assert_eq!((incident.status, incident.outcome.unwrap().reason), (end, ended.reason));
                assert_eq!(world.executions.state(world.id), ExecutionState::Ended("ABORTED".into()));
                assert!(world.subjects()[0].contains(subject), "{:?}", world.subjects());
                let by = match &world.deps.store.entries()[0] {
                    AuditEntry::CloseIntended { by, .. } | AuditEntry::TakeoverIntended { by, .. } => {
                        by.clone()
                    }
                    other => panic!("{other:?}"),
                };
                assert_eq!(by, ADA);
            }
        }
    }

    #[tokio::test]
    async fn end_incident_twice_is_as_once() {
        let world = World::in_status(Status::Diagnosing);
        let first = world.end(&close()).await.unwrap();
        let entries = world.deps.store.entries();
        let second = world.end(&close()).await.unwrap();
        assert!(!first.was_ended_before && second.was_ended_before);
        assert_eq!((second.by.as_str(), second.reason), (ADA, first.reason));
        assert_eq!(world.deps.store.entries(), entries);
        assert_eq!(world.subjects().len(), 1);
    }

    #[tokio::test]
    async fn end_incident_that_ended_otherwise_says_how_and_changes_nothing() {
        let world = World::in_status(Status::Diagnosing);
        world.end(&take_over()).await.unwrap();
        let entries = world.deps.store.entries();
        let error = world.end(&close()).await.unwrap_err().to_string();
        assert!(error.contains("has already ended: taken over by a person at"), "{error}");
        assert_eq!(world.deps.store.entries(), entries);
    }

    #[tokio::test]
    async fn end_incident_without_a_reason_or_an_incident_is_bad_input() {
        let world = World::in_status(Status::Open);
        let error = world.end(&Intervention::Close { reason: " \n".to_owned() }).await.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let error = end_incident(&world.deps, &world.executions, unknown, &close(), ADA).await.unwrap_err();
        assert!(error.to_string().contains("no incident 01ARZ3NDEKTSV4RRFFQ69G5FAV"), "{error}");
        assert_eq!(world.deps.store.entries(), []);
    }

    #[tokio::test]
    async fn end_incident_names_the_automation_that_still_runs() {
        let world = World::in_status(Status::Remediating);
        let lease = Lease {
            incident_id: world.id,
            plan_hash: common::sha256_hex("plan").parse().unwrap(),
            target: sample::arn("ec2", "instance/i-1"),
            acquired_at: sample::at(),
            execution_id: Some("automation-1".to_owned()),
            end: None,
        };
        world.deps.store.acquire(&lease).await.unwrap();
        let ended = world.end(&take_over()).await.unwrap();
        assert_eq!(ended.still_running.len(), 1);
        assert!(ended.still_running[0].contains("i-1, automation automation-1"), "{:?}", ended.still_running);
    }

    #[tokio::test]
    async fn end_incident_again_by_another_names_who_ended_it() {
        let reason = "false: alarm by day".to_owned();
        for intervention in [Intervention::Close { reason }, take_over()] {
            let world = World::in_status(Status::Open);
            world.end(&intervention).await.unwrap();
            let bob = "arn:aws:sts::123456789012:assumed-role/oncall/bob";
            let again = end_incident(&world.deps, &world.executions, world.id, &intervention, bob).await;
            assert_eq!(again.unwrap().by, ADA);
        }
    }

    #[tokio::test]
    async fn end_incident_that_no_record_tells_of_names_nobody() {
        let world = World::in_status(Status::Open);
        let outcome = Outcome::by_person(Resolution::Closed, ADA, "false alarm", sample::at());
        world.deps.store.end(world.id, Status::Resolved, &outcome, None).await.unwrap();
        let ended = world.end(&close()).await.unwrap();
        assert_eq!(ended.by, "a person whom the audit trail does not name");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A command that breaks off at any call is completed by the next one: ended once, told, stopped.
        #[test]
        fn end_incident_that_broke_off_anywhere_is_completed_by_repeating_it(
            call in 0usize..30,
            before in any::<bool>(),
            takes_over in any::<bool>(),
        ) {
            tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
                let world = World::in_status(Status::AwaitingApproval);
                let intervention = if takes_over { take_over() } else { close() };
                world.faults.fail_call(call, if before { When::Before } else { When::After });
                let _ = world.end(&intervention).await;
                world.faults.heal();
                let ended = world.end(&intervention).await.unwrap();
                prop_assert_eq!(ended.resolution, intervention.resolution());
                prop_assert!(!world.subjects().is_empty());
                prop_assert_eq!(world.executions.state(world.id), ExecutionState::Ended("ABORTED".into()));
                let ends = world.deps.store.entries();
                let ends = ends.iter().filter(|entry| matches!(entry, AuditEntry::Ended { .. })).count();
                prop_assert!(ends >= 1);
                Ok(())
            })?;
        }
    }
}
