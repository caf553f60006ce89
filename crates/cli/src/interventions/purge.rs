//! `nightshift purge` deletes what is personal or large of an incident that has ended. The ledger stays, and says who did
//! it and why.

use common::{
    AuditEntry, Clock, Incident, IncidentId, Purge,
    clock::SystemClock,
    ports::{Ledger, Purges},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::reason::required_reason;
use crate::{
    Answer,
    account::{caller, session, stack::Stack},
    arguments::{Format, PurgeArgs},
    failure::Failure,
    incidents::{find, purged},
    output::plain,
};

/// The longest that an invocation of a function can run on after its incident has ended. None that begins later writes anything that
/// a purge deletes.
const WRITES_FOR: SignedDuration = SignedDuration::from_mins(15);

#[derive(Debug, Serialize)]
struct PurgedJson<'a> {
    incident_id: IncidentId,
    /// Items that were deleted now.
    deleted: usize,
    /// The first purge of the incident.
    at: Timestamp,
    by: &'a str,
}

/// An incident that is purged, by now or since before.
#[derive(Debug, PartialEq, Eq)]
struct Purged {
    deleted: usize,
    purge: Purge,
    /// True if it had been purged before.
    before: bool,
}

pub(crate) async fn run(stack: &str, args: &PurgeArgs, format: Format) -> Result<Answer, Failure> {
    let reason = required_reason(&args.reason, "the incident is purged")?;
    let config = session::load().await?;
    let caller = caller::identify(&config).await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, &args.incident).await?;
    let done = purge(&store, &SystemClock, &incident, &reason, &caller.arn).await?;
    let Purged { deleted, purge: Purge { at, by }, .. } = &done;
    let json = PurgedJson { incident_id: incident.id, deleted: *deleted, at: *at, by };
    Ok(Answer::formatted(format, &json, || for_people(incident.id, &done)))
}

/// Purges the incident as `by` (the ARN that STS gave for the caller) wants: recorded first, then deleted. Repeating it
/// deletes what is left, and changes and records nothing where nothing is.
///
/// # Errors
/// An incident that has not ended, or only just: what is still under way would write again. A store that does not answer.
async fn purge(
    store: &(impl Ledger + Purges),
    clock: &impl Clock,
    incident: &Incident,
    reason: &str,
    by: &str,
) -> Result<Purged, Failure> {
    if !incident.status.is_end() {
        return Err(Failure::Operation(format!(
            "incident {} has not ended ({}): what is known of it is still needed; close it or take it over first",
            incident.id,
            incident.status.as_str().replace('_', " ")
        )));
    }
    let at = clock.now();
    let until = incident.outcome.as_ref().and_then(|outcome| outcome.ended_at.checked_add(WRITES_FOR).ok());
    if let Some(until) = until.filter(|until| at < *until) {
        return Err(Failure::Operation(format!(
            "incident {} has ended a moment ago, and a function that is still at work on it may write again: purge it after {}",
            incident.id,
            plain::date_time(until)
        )));
    }
    let deleted = store.purgeable(incident).await?;
    if let Some(purge) = incident.purged.clone().filter(|_| deleted == 0) {
        return Ok(Purged { deleted, purge, before: true });
    }
    let entry = AuditEntry::PurgeIntended { by: by.to_owned(), reason: reason.to_owned() };
    store.append(incident.id, at, &entry).await?;
    let purge = incident.purged.clone().unwrap_or_else(|| Purge { at, by: by.to_owned() });
    store.purge(incident, &purge).await?;
    Ok(Purged { deleted, purge, before: incident.purged.is_some() })
}

fn for_people(id: IncidentId, done: &Purged) -> String {
    let already = if done.before { "was already" } else { "is" };
    let items = if done.deleted == 1 { "item" } else { "items" };
    let lines = [
        format!("incident {id} {already} purged, {}", purged::sentence(&done.purge)),
        format!("{} {items} deleted now", done.deleted),
        "copies that the point-in-time recovery of the table holds are gone after 35 days at most".to_owned(),
    ];
    lines.map(|line| plain::line(&line)).join("\n")
}

#[cfg(test)]
mod tests {
    use common::{
        Status,
        ports::{CaseFile as _, Incidents as _},
    };
    use fakes::{Faults, FixedClock, MemoryStore, When, sample};

    use super::*;
    use crate::incidents::show::test_incident;

    const ADA: &str = "arn:aws:sts::123456789012:assumed-role/privacy/ada";

    async fn purged(store: &MemoryStore, by: &str) -> Result<Purged, Failure> {
        let incident = store.incident(test_incident::incident().id).await.unwrap().unwrap();
        purge(store, &FixedClock::at(later()), &incident, "asked to", by).await
    }

    /// Late enough after the incident's end.
    fn later() -> Timestamp {
        test_incident::incident().outcome.unwrap().ended_at + WRITES_FOR
    }

    #[tokio::test]
    async fn purge_is_recorded_and_takes_what_was_read_and_said() {
        let store = test_incident::stored().await;
        let entries = store.entries();
        let done = purged(&store, ADA).await.unwrap();
        assert!(done.deleted > 0 && !done.before);
        let id = test_incident::incident().id;
        assert_eq!(store.evidence(id).await.unwrap(), []);
        assert_eq!(store.diagnosis(id, 1).await.unwrap(), None);
        let recorded = AuditEntry::PurgeIntended { by: ADA.to_owned(), reason: "asked to".to_owned() };
        assert_eq!(store.entries(), [entries, vec![recorded]].concat());
        let incident = store.incident(id).await.unwrap().unwrap();
        assert_eq!(incident.purged, Some(Purge { at: later(), by: ADA.to_owned() }));
        assert!(!incident.signal.title.contains("checkout-errors"), "{}", incident.signal.title);
    }

    #[tokio::test]
    async fn purge_twice_is_as_once_and_says_by_whom_it_was() {
        let store = test_incident::stored().await;
        let first = purged(&store, ADA).await.unwrap();
        let entries = store.entries();
        let second = purged(&store, "arn:bob").await.unwrap();
        assert_eq!(second, Purged { deleted: 0, purge: first.purge, before: true });
        assert_eq!(store.entries(), entries);
        assert!(for_people(sample::incident().id, &second).contains("was already purged"));
    }

    #[tokio::test]
    async fn purge_of_an_open_incident_is_refused_and_changes_nothing() {
        for status in Status::ALL.into_iter().filter(|status| !status.is_end()) {
            let store = test_incident::stored().await;
            let open = Incident { status, outcome: None, ..test_incident::incident() };
            store.insert(open.clone());
            let entries = store.entries();
            let failure = purged(&store, ADA).await.unwrap_err();
            assert!(failure.to_string().contains("has not ended"), "{failure}");
            assert_eq!(store.entries(), entries);
            assert!(!store.evidence(open.id).await.unwrap().is_empty());
        }
    }

    /// A diagnosis that runs while a person closes the incident ends some minutes later, and stores what it found.
    #[tokio::test]
    async fn purge_right_after_the_end_is_refused_and_changes_nothing() {
        let store = test_incident::stored().await;
        let (entries, incident) = (store.entries(), test_incident::incident());
        let clock = FixedClock::at(later() - SignedDuration::from_secs(1));
        let failure = purge(&store, &clock, &incident, "asked to", ADA).await.unwrap_err();
        assert!(failure.to_string().contains("purge it after 2026-11-20 03:23:00Z"), "{failure}");
        assert_eq!(store.entries(), entries);
        assert!(!store.evidence(incident.id).await.unwrap().is_empty());
    }

    /// Whatever call fails, before it or after it was made: nothing is deleted that was not recorded, and the same
    /// command completes it.
    #[tokio::test]
    async fn purge_that_breaks_anywhere_is_recorded_first_and_completed_by_repeating_it() {
        for when in [When::Before, When::After] {
            for call in 0..3 {
                let faults = Faults::default();
                let store = test_incident::stored_with(&faults).await;
                let incident = test_incident::incident();
                let clock = FixedClock::at(later());
                faults.fail_call(faults.calls().len() + call, when);
                let broken = purge(&store, &clock, &incident, "asked to", ADA).await;
                faults.heal();
                let records = |store: &MemoryStore| {
                    let purges = |entry: &AuditEntry| matches!(entry, AuditEntry::PurgeIntended { .. });
                    store.entries().iter().filter(|entry| purges(entry)).count()
                };
                if store.evidence(incident.id).await.unwrap().is_empty() {
                    assert_eq!(records(&store), 1, "{call} {when:?}");
                }
                let incident = store.incident(incident.id).await.unwrap().unwrap();
                let done = purge(&store, &clock, &incident, "asked to", ADA).await.unwrap();
                assert_eq!(store.purgeable(&incident).await.unwrap(), 0, "{call} {when:?}: {broken:?}");
                assert_eq!(done.purge.by, ADA);
            }
        }
    }
}
