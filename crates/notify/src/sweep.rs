//! Looks for what fell silent: incidents that do not move, ends that nobody was told, events that became no incident.
//!
//! An event about a broken execution is delivered at best effort. The sweep runs on a schedule and needs no event:
//! it reads what is there.

mod digest;
mod movement;
mod rescue;
mod step;
pub(crate) mod still_firing;

use std::time::Duration;

use common::{
    Clock, Incident, IncidentId,
    notification::Occasion,
    ports::{
        Approvals, CaseFile, Channel, DeadLetters, Deliveries, Executions, Incidents, Intake, Leases, Ledger,
        Sweeps,
    },
    schedule::in_turn,
};

pub use self::rescue::SweepDeps;
use self::{
    rescue::{Done, act, look},
    step::untold_end,
};
use crate::{Error, Input, Output, handle};

/// The function has 60 s: a sweep ends by itself before it is ended.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(57);
/// The digest is told first, within this time.
const DIGEST_TIMEOUT: Duration = Duration::from_secs(15);
/// No incident is begun after this time, beside the first one: it would have no time left for a hand-over whose store
/// and channels are slow. What is left is the next sweep's.
const BEGIN_WITHIN: Duration = Duration::from_secs(30);
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
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn in_time_ends_what_hangs_at_its_deadline() {
        let deadline = tokio::time::Instant::now() + SWEEP_TIMEOUT;
        assert!(in_time(deadline, "x", async { Ok(()) }).await);
        assert!(!in_time(deadline, "x", std::future::pending()).await);
        assert_eq!(tokio::time::Instant::now(), deadline);
    }
}
