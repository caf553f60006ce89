//! Looks for what fell silent: incidents that do not move, ends that nobody was told, events that became no incident.
//!
//! An event about a broken execution is delivered at best effort. The sweep runs on a schedule and needs no event:
//! it reads what is there.

mod digest;
mod movement;
mod step;

use std::time::Duration;

use common::{
    Approval, ApprovalDecision, AuditEntry, Clock, Incident, IncidentId, PortError, Status,
    notification::Occasion,
    ports::{
        Approvals, CaseFile, Channel, DeadLetters, Deliveries, Executions, Incidents, Intake, Leases, Ledger,
        Return, Returns, Sweeps,
    },
};

use self::{
    movement::{Movement, Request},
    step::{Step, step, untold_end},
};
use crate::{Deps, Error, Input, Output, handle, message::time, time_limits::with_timeout};

/// The function has 60 s: a sweep ends by itself before it is ended.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(57);
/// The digest is told first, within this time.
const DIGEST_TIMEOUT: Duration = Duration::from_secs(15);
/// No incident is begun after this time, beside the first one: it would have no time left for a hand-over whose store
/// and channels are slow. What is left is the next sweep's.
const BEGIN_WITHIN: Duration = Duration::from_secs(30);
/// A sweep begins with another incident each time, so that slow ones do not keep the others from their turn.
const NEXT_FIRST_EVERY_SECONDS: i64 = 5 * 60;
/// An execution that cannot be read in this time is unknown.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The ports of the sweep, beside those of the messages.
#[derive(Debug, Clone)]
pub struct SweepDeps<S, H, C, X, Q> {
    pub notify: Deps<S, H, C>,
    pub executions: X,
    pub dead_letters: Q,
}

/// Counts the incidents of a sweep by their result.
#[derive(Debug, Default)]
struct Counts {
    left: u32,
    started: u32,
    handed_over: u32,
    told: u32,
    failed: u32,
}

/// Sweeps once: the digest first, then one incident after the other. What fails about one of them is logged, and the
/// others are swept nevertheless.
///
/// # Errors
/// [`Error::SweepIncomplete`] where something failed or ran out of time; a repeated sweep does what is left and no more.
pub(crate) async fn sweep<S, H, C, X, Q>(deps: &SweepDeps<S, H, C, X, Q>) -> Result<Output, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases + Intake + Sweeps,
    H: Channel,
    C: Clock,
    X: Executions,
    Q: DeadLetters,
{
    let begun = tokio::time::Instant::now();
    let mut counts = Counts::default();
    if !in_time(begun + DIGEST_TIMEOUT, "dead letters and rejected events", tell_digest(deps)).await {
        counts.failed = counts.failed.saturating_add(1);
    }
    // One that cannot be read stops no other: each is read by itself.
    let listed = match deps.notify.store.unsettled().await {
        Ok(listed) => in_turn(listed, deps.notify.clock.now()),
        Err(error) => {
            tracing::error!(%error, "the incidents that are not settled could not be listed");
            counts.failed = counts.failed.saturating_add(1);
            Vec::new()
        }
    };
    for (number, id) in listed.into_iter().enumerate() {
        if number > 0 && begun.elapsed() >= BEGIN_WITHIN {
            tracing::warn!("the sweep's time is over: the other incidents are the next one's");
            break;
        }
        let mut done = None;
        let swept = async {
            done = Some(sweep_incident(deps, id).await?);
            Ok::<(), Error>(())
        };
        if !in_time(begun + SWEEP_TIMEOUT, &id.to_string(), swept).await {
            counts.failed = counts.failed.saturating_add(1);
        }
        if let Some(done) = done {
            *done.counted(&mut counts) += 1;
        }
    }
    let Counts { left, started, handed_over, told, failed } = counts;
    if failed > 0 {
        return Err(Error::SweepIncomplete { failed });
    }
    Ok(Output::Swept { left, started, handed_over, told })
}

/// Does a part of the sweep until `deadline`. Returns whether it was done; why it was not is logged.
async fn in_time(
    deadline: tokio::time::Instant,
    what: &str,
    part: impl Future<Output = Result<(), Error>>,
) -> bool {
    match tokio::time::timeout_at(deadline, part).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!(%error, "could not sweep {what}"),
        Err(_) => tracing::error!("could not sweep {what} in time"),
    }
    false
}

/// Returns the incidents with another one first at each sweep, and the others in their order behind it.
fn in_turn(mut ids: Vec<IncidentId>, now: jiff::Timestamp) -> Vec<IncidentId> {
    let turn = now.as_second().div_euclid(NEXT_FIRST_EVERY_SECONDS);
    let count = i64::try_from(ids.len()).unwrap_or(i64::MAX).max(1);
    ids.rotate_left(usize::try_from(turn.rem_euclid(count)).unwrap_or_default());
    ids
}

/// Tells that an alarm fired again about an incident that does not move, or that has ended; nothing where it moves.
pub(crate) async fn still_firing<S, H, C, X, Q>(
    deps: &SweepDeps<S, H, C, X, Q>,
    id: IncidentId,
) -> Result<Output, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases + Intake + Returns + Sweeps,
    H: Channel,
    C: Clock,
    X: Executions,
{
    let not_needed = |reason: &str| Ok(Output::NotNeeded { reason: reason.to_owned() });
    let Some(incident) = deps.notify.store.incident(id).await? else {
        return not_needed("there is no such incident");
    };
    if incident.status.is_end() {
        let Some(returned) = returned(&deps.notify.store, &incident).await? else {
            return not_needed("the incident has ended");
        };
        let (title, returns) = (&incident.signal.title, returned.returns);
        let reason = format!("\"{title}\" came back {returns} times since this incident ended");
        return handle(&deps.notify, Input::new(Occasion::Flapping, id).because(reason)).await;
    }
    let found = look(deps, &incident).await?;
    let waits = match (&found.step, found.requested_at) {
        (Step::Start { .. } | Step::HandOver { .. }, _) => {
            act(deps, &incident, found.step).await?;
            return Ok(Output::NotNeeded { reason: "the incident was rescued".to_owned() });
        }
        (Step::TellNotMoving { reason }, _) => reason.clone(),
        (Step::Leave, Some(since)) => {
            format!("the incident has waited for approval since {}", time(since))
        }
        (Step::Leave, None) => return not_needed("the incident moves"),
    };
    let reason = format!("another alarm about \"{}\"; {waits}", incident.signal.title);
    handle(&deps.notify, Input::new(Occasion::StillFiring, id).because(reason)).await
}

/// Returns how the problem of an incident that has ended comes and goes; `None` where it does not.
async fn returned(store: &impl Returns, incident: &Incident) -> Result<Option<Return>, PortError> {
    let last = store.returned(&incident.fingerprint).await?;
    Ok(last.filter(|last| last.incident_id == incident.id && last.returns > 1))
}

/// The result of a sweep for one incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Left,
    Started,
    HandedOver,
    Told,
}

impl Done {
    fn counted(self, counts: &mut Counts) -> &mut u32 {
        match self {
            Self::Left => &mut counts.left,
            Self::Started => &mut counts.started,
            Self::HandedOver => &mut counts.handed_over,
            Self::Told => &mut counts.told,
        }
    }
}

async fn sweep_incident<S, H, C, X, Q>(deps: &SweepDeps<S, H, C, X, Q>, id: IncidentId) -> Result<Done, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases + Intake + Sweeps,
    H: Channel,
    C: Clock,
    X: Executions,
{
    // The index may be behind.
    let Some(incident) = deps.notify.store.incident(id).await? else { return Ok(Done::Left) };
    if incident.status.is_end() {
        return tell_end(deps, &incident).await;
    }
    let found = look(deps, &incident).await?;
    act(deps, &incident, found.step).await
}

/// The findings about an incident that has not ended.
struct Found {
    step: Step,
    /// When approval was requested, where it is waited for.
    requested_at: Option<jiff::Timestamp>,
}

async fn look<S, H, C, X, Q>(deps: &SweepDeps<S, H, C, X, Q>, incident: &Incident) -> Result<Found, PortError>
where
    S: Ledger + Approvals + Intake,
    C: Clock,
    X: Executions,
{
    let (store, now) = (&deps.notify.store, deps.notify.clock.now());
    let recorded = store.recorded(&incident.signal.event_id).await?.map(|record| record.recorded_at);
    let moved_at = movement::last_moved(incident, recorded, &store.timeline(incident.id).await?);
    let latest = if incident.status == Status::AwaitingApproval {
        let approvals = store.approvals(incident.id).await?;
        approvals.into_iter().max_by_key(|approval| approval.requested_at)
    } else {
        None
    };
    let request = match &latest {
        Some(Approval { decision: ApprovalDecision::Pending, expires_at, .. }) => {
            Request::Waits { expires_at: *expires_at }
        }
        Some(Approval { decision: ApprovalDecision::Approved { .. }, .. }) => Request::Approved,
        Some(_) | None => Request::None,
    };
    let movement = movement::movement(incident.status, moved_at, request, now);
    let execution = if movement == Movement::Moving {
        None
    } else {
        let read = deps.executions.execution(incident.id);
        with_timeout(READ_TIMEOUT, "DescribeExecution", read)
            .await
            .inspect_err(|error| {
                tracing::warn!(incident.id = %incident.id, %error, "its execution could not be read");
            })
            .ok()
    };
    Ok(Found {
        step: step(incident.status, movement, execution.as_ref()),
        requested_at: latest
            .filter(|approval| approval.decision == ApprovalDecision::Pending)
            .map(|approval| approval.requested_at),
    })
}

async fn act<S, H, C, X, Q>(
    deps: &SweepDeps<S, H, C, X, Q>,
    incident: &Incident,
    step: Step,
) -> Result<Done, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
    H: Channel,
    C: Clock,
    X: Executions,
{
    let id = incident.id;
    match step {
        Step::Leave => Ok(Done::Left),
        Step::Start { reason } => {
            let entry = AuditEntry::StartIntended { reason };
            deps.notify.store.append(id, deps.notify.clock.now(), &entry).await?;
            deps.executions.start(id).await?;
            Ok(Done::Started)
        }
        Step::HandOver { reason, status } => {
            let input = Input { status, ..Input::new(Occasion::ExecutionBroken, id).because(reason) };
            handle(&deps.notify, input).await?;
            Ok(Done::HandedOver)
        }
        Step::TellNotMoving { reason } => {
            handle(&deps.notify, Input::new(Occasion::NotMoving, id).because(reason)).await?;
            Ok(Done::Told)
        }
    }
}

/// Tells the end of an incident, unless somebody was told; then the incident is settled.
async fn tell_end<S, H, C, X, Q>(deps: &SweepDeps<S, H, C, X, Q>, incident: &Incident) -> Result<Done, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
    H: Channel,
    C: Clock,
{
    let store = &deps.notify.store;
    for occasion in Occasion::ENDS {
        if store.delivery(incident.id, occasion).await?.is_some() {
            store.settle(incident.id).await?;
            return Ok(Done::Left);
        }
    }
    let outcome = incident.outcome.as_ref();
    let Some(occasion) = untold_end(outcome, deps.notify.clock.now()) else { return Ok(Done::Left) };
    let reason = outcome.map(|outcome| outcome.reason.clone());
    handle(&deps.notify, Input { reason, ..Input::new(occasion, incident.id) }).await?;
    Ok(Done::Told)
}

/// Tells dead letters and rejected events, where that is due.
async fn tell_digest<S, H, C, X, Q>(deps: &SweepDeps<S, H, C, X, Q>) -> Result<(), Error>
where
    S: Sweeps,
    H: Channel,
    C: Clock,
    Q: DeadLetters,
{
    let (store, now) = (&deps.notify.store, deps.notify.clock.now());
    let last = store.last_digest().await?;
    let waiting = deps.dead_letters.waiting().await?;
    let rejected = store.rejected_since(digest::told_through(last.as_ref(), now), now).await?;
    let (message, state) = digest::digest(last.as_ref(), &waiting, &rejected, now);
    if let Some(message) = message {
        let mut tried = Vec::new();
        let mut is_sent = false;
        for channel in &deps.notify.channels {
            match channel.send(&message).await {
                Ok(_) => {
                    is_sent = true;
                    break;
                }
                Err(error) => tried.push(format!("{}: {error}", channel.name())),
            }
        }
        if !is_sent {
            return Err(Error::DigestNotAccepted { tried: tried.join("; ") });
        }
    }
    if last.as_ref() != Some(&state) {
        store.put_digest(&state).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn in_turn_lets_each_incident_be_the_first_once() {
        let opened = |number: u8| {
            let signal = sample::alarm_signal(&format!("event-{number}"), &format!("alarm-{number}"));
            Incident::opened_by(signal, 1).id
        };
        let ids: Vec<_> = (0..3).map(opened).collect();
        let sweeps = (0..3).map(|sweep| sample::at() + jiff::SignedDuration::from_mins(5 * sweep));
        let mut first: Vec<_> = sweeps.filter_map(|at| in_turn(ids.clone(), at).first().copied()).collect();
        first.sort();
        let mut expected = ids.clone();
        expected.sort();
        assert_eq!(first, expected);
        assert_eq!(in_turn(Vec::new(), sample::at()), []);
    }

    #[tokio::test(start_paused = true)]
    async fn in_time_ends_what_hangs_at_its_deadline() {
        let deadline = tokio::time::Instant::now() + SWEEP_TIMEOUT;
        assert!(in_time(deadline, "x", async { Ok(()) }).await);
        assert!(!in_time(deadline, "x", std::future::pending()).await);
        assert_eq!(tokio::time::Instant::now(), deadline);
    }
}
