//! Tests what every store must do when an incident is purged.

use common::{
    Incident, Purge, Status,
    ports::{
        Approvals, CaseFile, Incidents, Intake, Leases, Ledger, PortErrorKind, Precedents, Purges, Reasoning,
    },
};

use super::{reasoning, samples, store as cases};

fn purge(by: &str) -> Purge {
    Purge { at: samples::at(9_000), by: by.into() }
}

/// An incident that has ended, with a file, and the same of another one that nobody purges.
async fn ended<S>(store: &S, problem: &str, event: &str) -> Incident
where
    S: Intake + Incidents + Ledger + Reasoning + Precedents + Approvals + Leases + CaseFile + Clone,
{
    let incident = samples::incident(problem, event);
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    store.set_application(incident.id, "shop").await.unwrap();
    store.put_step(&reasoning::step(&incident, 0, "weigh", 1)).await.unwrap();
    store.remember(&reasoning::precedent(&incident, "shop", 1, 1)).await.unwrap();
    store.request(&samples::approval(&incident, "t"), None).await.unwrap();
    store.acquire(&samples::lease(&incident, "plan", problem, 6)).await.unwrap();
    store.append(incident.id, samples::at(7), &samples::entry("x")).await.unwrap();
    for status in [Status::Diagnosing, Status::Verifying] {
        store.advance(incident.id, status).await.unwrap();
    }
    store.end(incident.id, Status::Resolved, &samples::outcome("x"), None).await.unwrap();
    store.incident(incident.id).await.unwrap().unwrap()
}

pub(crate) async fn purge_takes_the_file_of_its_incident_and_leaves_what_was_done<S>(store: S)
where
    S: Intake + Incidents + Ledger + Reasoning + Precedents + Approvals + Leases + CaseFile + Purges + Clone,
{
    let incident = ended(&store, "a", "e-1").await;
    let other = ended(&store, "b", "e-2").await;
    cases::case_file_is_read_back(store.clone()).await;
    let ledger = store.timeline(incident.id).await.unwrap();
    // Two of evidence, a diagnosis, what was known before it, a verification, a step, a precedent.
    assert_eq!(store.purgeable(&incident).await.unwrap(), 7);
    let purged = store.purge(&incident, &purge("ada")).await.unwrap();

    assert_eq!(store.purgeable(&incident).await.unwrap(), 0);
    assert_eq!(store.evidence(incident.id).await.unwrap(), []);
    assert_eq!(store.diagnosis(incident.id, 1).await.unwrap(), None);
    assert_eq!(store.preliminary(incident.id).await.unwrap(), None);
    assert_eq!(store.verification(incident.id, 1).await.unwrap(), None);
    assert_eq!(store.steps(incident.id).await.unwrap(), []);
    let stored = store.incident(incident.id).await.unwrap().unwrap();
    assert_eq!(stored, purged);
    assert_eq!(stored.purged, Some(purge("ada")));
    assert!(stored.signal.labels.is_empty() && stored.signal.title != incident.signal.title);
    assert_eq!((stored.outcome, stored.signal.resources), (incident.outcome, incident.signal.resources));
    assert_eq!(store.timeline(incident.id).await.unwrap(), ledger);
    assert_eq!(store.taken_by(incident.id).await.unwrap().len(), 1);
    assert_eq!(store.approvals(incident.id).await.unwrap().len(), 1);

    assert_eq!(store.purgeable(&other).await.unwrap(), 2);
    assert_eq!(store.incident(other.id).await.unwrap(), Some(other.clone()));
    let left = store.precedents("shop", 10).await.unwrap().value;
    assert_eq!(left.iter().map(|one| one.incident_id).collect::<Vec<_>>(), [other.id]);
}

pub(crate) async fn purge_again_takes_what_came_since_and_keeps_the_first_mark<S>(store: S)
where
    S: Intake + Incidents + Ledger + Reasoning + Precedents + Approvals + Leases + CaseFile + Purges + Clone,
{
    let incident = ended(&store, "a", "e-1").await;
    let purged = store.purge(&incident, &purge("ada")).await.unwrap();
    // A step of an investigation that was still running.
    store.put_step(&reasoning::step(&incident, 0, "weigh", 2)).await.unwrap();
    assert_eq!(store.purgeable(&purged).await.unwrap(), 1);
    store.purge(&purged, &purge("bob")).await.unwrap();
    assert_eq!(store.purgeable(&purged).await.unwrap(), 0);
    assert_eq!(store.incident(incident.id).await.unwrap(), Some(purged));
}

pub(crate) async fn purge_of_one_that_has_not_ended_takes_nothing<S>(store: S)
where
    S: Intake + Incidents + Reasoning + Purges,
{
    let incident = samples::incident("a", "e-1");
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    store.put_step(&reasoning::step(&incident, 0, "weigh", 1)).await.unwrap();
    let error = store.purge(&incident, &purge("ada")).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::NotFound);
    assert_eq!(store.purgeable(&incident).await.unwrap(), 1);
    assert_eq!(store.incident(incident.id).await.unwrap(), Some(incident));
}
