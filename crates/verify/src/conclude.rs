//! What a judgement leads to: the ledger first, then the incident's end.

use common::{
    AuditEntry, Clock, Incident, Outcome, PortError, Resolution, Status,
    ports::{Advance, CaseFile, Incidents, Ledger},
    verification::Verification,
};

use crate::{Deps, Error, Output, judge::Finding};

/// The wait before looking again after a signal came in between.
const AFTER_SIGNAL_SECONDS: u64 = 1;

const SIGNAL_CAME_IN: &str = "A signal came in while looking: the incident stays open.";

pub(crate) async fn conclude<S, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    watch: Verification,
    finding: Finding,
    over: bool,
    summary: String,
) -> Result<Output, Error>
where
    S: Incidents + Ledger + CaseFile,
    C: Clock,
{
    let name = match finding {
        Finding::NotYet { wait_seconds } => return Ok(Output::NotYet { wait_seconds, summary }),
        Finding::Recovered => return resolve(deps, incident, watch, over, summary).await,
        Finding::Unchanged => "unchanged",
        Finding::Worse => "worse",
        Finding::Unknown => "unknown",
    };
    record(deps, incident, &verified(&watch, name, &summary)).await?;
    Ok(match finding {
        Finding::Unchanged => Output::Unchanged { summary },
        Finding::Worse => Output::Worse { summary },
        _ => Output::Unknown { summary },
    })
}

async fn resolve<S, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    mut watch: Verification,
    over: bool,
    summary: String,
) -> Result<Output, Error>
where
    S: Incidents + Ledger + CaseFile,
    C: Clock,
{
    let written = since_last_correction(deps, incident, watch.attempt).await?;
    let announced = written.iter().find_map(|entry| match entry {
        AuditEntry::Ended { outcome } => Some(outcome.clone()),
        _ => None,
    });
    if !written.iter().any(|entry| is_verified(entry, watch.attempt, "recovered")) {
        append(deps, incident, &verified(&watch, "recovered", &summary)).await?;
    }
    let outcome = if let Some(outcome) = announced {
        outcome
    } else {
        let ours = watch.plan_hash.is_some();
        let resolution = if ours { Resolution::ByNightshift } else { Resolution::ByItself };
        let outcome = Outcome { resolution, reason: summary.clone(), ended_at: deps.clock.now() };
        append(deps, incident, &AuditEntry::Ended { outcome: outcome.clone() }).await?;
        outcome
    };
    let ended = deps.store.end(incident.id, Status::Resolved, &outcome, Some(incident.signal_count)).await?;
    if ended == Advance::Done || is_ended_so(deps, incident, &outcome).await? {
        return Ok(Output::Recovered { summary });
    }
    // The ledger announced an end that did not come: it says so, and the hold starts again, because
    // the signal may tell of a relapse.
    let correction = if over { "unknown" } else { "not_yet" };
    append(deps, incident, &verified(&watch, correction, SIGNAL_CAME_IN)).await?;
    watch.healthy_since = None;
    deps.store.put_verification(incident.id, &watch).await?;
    let summary = SIGNAL_CAME_IN.to_owned();
    Ok(if over {
        Output::Unknown { summary }
    } else {
        Output::NotYet { wait_seconds: AFTER_SIGNAL_SECONDS, summary }
    })
}

/// Whether the incident has this very outcome: the end was written, and its answer lost on the way.
async fn is_ended_so<S: Incidents, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    outcome: &Outcome,
) -> Result<bool, PortError> {
    let now = deps.store.incident(incident.id).await?;
    Ok(now.is_some_and(|now| now.status == Status::Resolved && now.outcome.as_ref() == Some(outcome)))
}

fn verified(watch: &Verification, result: &str, summary: &str) -> AuditEntry {
    AuditEntry::Verified { attempt: watch.attempt, result: result.to_owned(), summary: summary.to_owned() }
}

fn is_verified(entry: &AuditEntry, of: u32, as_result: &str) -> bool {
    matches!(entry, AuditEntry::Verified { attempt, result, .. } if *attempt == of && result == as_result)
}

/// What this attempt's verification wrote since it last took an end back.
async fn since_last_correction<S: Ledger, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    of: u32,
) -> Result<Vec<AuditEntry>, PortError> {
    let timeline = deps.store.timeline(incident.id).await?;
    let entries: Vec<_> =
        timeline.iter().filter_map(|record| record.read().ok()).map(|body| body.entry).collect();
    let other = |entry: &AuditEntry| matches!(entry, AuditEntry::Verified { attempt, result, .. } if *attempt != of || result != "recovered");
    let from = entries.iter().rposition(other).map_or(0, |last| last.saturating_add(1));
    Ok(entries.into_iter().skip(from).collect())
}

/// Appends `entry` unless it is the last thing that was written about the verification.
async fn record<S: Ledger, Y, R, C: Clock>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    entry: &AuditEntry,
) -> Result<(), PortError> {
    let timeline = deps.store.timeline(incident.id).await?;
    let last = timeline.iter().rev().find_map(|record| {
        record.read().ok().map(|body| body.entry).filter(|one| matches!(one, AuditEntry::Verified { .. }))
    });
    let again = match (&last, entry) {
        (
            Some(AuditEntry::Verified { attempt: a, result: one, .. }),
            AuditEntry::Verified { attempt: b, result: other, .. },
        ) => a == b && one == other,
        _ => false,
    };
    if again { Ok(()) } else { append(deps, incident, entry).await }
}

async fn append<S: Ledger, Y, R, C: Clock>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    entry: &AuditEntry,
) -> Result<(), PortError> {
    deps.store.append(incident.id, deps.clock.now(), entry).await.map(drop)
}
