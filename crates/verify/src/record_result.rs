//! Records the result of a check: in the ledger first, then as the incident's end.

use common::{
    AuditEntry, Clock, Incident, Outcome, PortError, Resolution, Status, audit,
    ports::{Advance, CaseFile, Incidents, Ledger},
    verification::{Verification, VerificationResult},
};

use crate::{Deps, Error, Output, recovery::Finding};

/// The wait before the next check after a signal arrived during this one.
const AFTER_SIGNAL_SECONDS: u64 = 1;

const SIGNAL_ARRIVED: &str = "A signal arrived during the check: the incident stays open.";

/// Records `finding` and ends the incident where it has recovered. `over` tells that the deadline has passed.
pub(crate) async fn record_result<S, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    verification: Verification,
    finding: Finding,
    over: bool,
    summary: String,
) -> Result<Output, Error>
where
    S: Incidents + Ledger + CaseFile,
    C: Clock,
{
    let output = match finding {
        // A check that only waits is no news; one that waits for a slow alarm is, once.
        Finding::NotYet { wait_seconds } => return Ok(Output::NotYet { wait_seconds, summary }),
        Finding::Recovered => return resolve(deps, incident, verification, over, summary).await,
        Finding::Recovering { wait_seconds } => Output::Recovering { wait_seconds, summary: summary.clone() },
        Finding::Unchanged => Output::Unchanged { summary: summary.clone() },
        Finding::Worse => Output::Worse { summary: summary.clone() },
        Finding::Unknown => Output::Unknown { summary: summary.clone() },
    };
    append_once(deps, incident, &verified(&verification, finding.result(), &summary)).await?;
    Ok(output)
}

async fn resolve<S, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    mut verification: Verification,
    over: bool,
    summary: String,
) -> Result<Output, Error>
where
    S: Incidents + Ledger + CaseFile,
    C: Clock,
{
    let written = since_last_correction(deps, incident, verification.attempt).await?;
    let announced = written.iter().find_map(|entry| match entry {
        AuditEntry::Ended { outcome } => Some(outcome.clone()),
        _ => None,
    });
    if !written.iter().any(|entry| is_recovery(entry, verification.attempt)) {
        append(deps, incident, &verified(&verification, VerificationResult::Recovered, &summary)).await?;
    }
    let outcome = if let Some(outcome) = announced {
        outcome
    } else {
        let ours = verification.plan_hash.is_some();
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
    // the signal may report a relapse.
    let correction = if over { VerificationResult::Unknown } else { VerificationResult::NotYet };
    append(deps, incident, &verified(&verification, correction, SIGNAL_ARRIVED)).await?;
    verification.healthy_since = None;
    deps.store.put_verification(incident.id, &verification).await?;
    let summary = SIGNAL_ARRIVED.to_owned();
    Ok(if over {
        Output::Unknown { summary }
    } else {
        Output::NotYet { wait_seconds: AFTER_SIGNAL_SECONDS, summary }
    })
}

/// Returns whether the incident has ended with this outcome: the end may have been written and its answer lost.
async fn is_ended_so<S: Incidents, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    outcome: &Outcome,
) -> Result<bool, PortError> {
    let now = deps.store.incident(incident.id).await?;
    Ok(now.is_some_and(|now| now.status == Status::Resolved && now.outcome.as_ref() == Some(outcome)))
}

fn verified(verification: &Verification, result: VerificationResult, summary: &str) -> AuditEntry {
    AuditEntry::Verified { attempt: verification.attempt, result, summary: summary.to_owned() }
}

fn is_recovery(entry: &AuditEntry, of: u32) -> bool {
    matches!(entry, AuditEntry::Verified { attempt, result: VerificationResult::Recovered, .. } if *attempt == of)
}

/// Returns the entries since the last one in which a verification found anything but this attempt's recovery.
async fn since_last_correction<S: Ledger, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    of: u32,
) -> Result<Vec<AuditEntry>, PortError> {
    let entries = audit::entries(incident.id, &deps.store.timeline(incident.id).await?)?;
    let other = |entry: &AuditEntry| matches!(entry, AuditEntry::Verified { .. }) && !is_recovery(entry, of);
    let from = entries.iter().rposition(other).map_or(0, |last| last.saturating_add(1));
    Ok(entries.into_iter().skip(from).collect())
}

/// Appends `entry` unless the last entry on verification has the same attempt and result.
async fn append_once<S: Ledger, Y, R, C: Clock>(
    deps: &Deps<S, Y, R, C>,
    incident: &Incident,
    entry: &AuditEntry,
) -> Result<(), PortError> {
    let entries = audit::entries(incident.id, &deps.store.timeline(incident.id).await?)?;
    let last = entries.into_iter().rfind(|one| matches!(one, AuditEntry::Verified { .. }));
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
