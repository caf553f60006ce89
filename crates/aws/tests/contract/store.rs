//! Tests what every store must do, whatever it is built on. Each test starts with an empty store.

use std::{collections::BTreeMap, future::Future};

use common::{
    ApprovalDecision, Conclusion, Diagnosis, Evidence, Observation, Observed, Outcome, Plan, Resolution,
    Severity, Signal, Status, SymptomState,
    alarm_evaluation::{AlarmWindow, MissingData},
    file_digest::file_digest,
    notification::{Delivery, Occasion},
    ports::{
        Acquired, Advance, AlarmChange, Approvals, CaseFile, CurrentIncident, Decided, Deliveries, Digest,
        EndedIncident, EventOutcome, Events, Incidents, Intake, IntakeWrite, LeaseEnd, Leases, OpenIncident,
        RejectedEvent, Return, Returns, Sweeps,
    },
    preliminary::PreliminaryFindings,
    verification::Verification,
};
use tokio::task::LocalSet;

use super::samples::*;

/// Runs `task` for each number at once and returns what each came to.
pub(crate) async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + 'static,
    T: 'static,
{
    let local = LocalSet::new();
    let tasks: Vec<_> = (0..count).map(|number| local.spawn_local(task(number))).collect();
    local.await;
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

pub(crate) async fn open_first_is_current(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    assert_eq!(store.current(&incident.fingerprint).await.unwrap(), None);
    assert_eq!(store.open(&incident, None, &opened(&incident)).await.unwrap(), IntakeWrite::Done);
    let open = Some(OpenIncident { status: Status::Open, opened_at: at(0) });
    assert_eq!(
        store.current(&incident.fingerprint).await.unwrap(),
        Some(CurrentIncident { id: incident.id, episode: 1, open, ended: None, recovered: false })
    );
    assert_eq!(store.incident(incident.id).await.unwrap(), Some(incident.clone()));
    assert_eq!(store.recorded(&incident.signal.event_id).await.unwrap(), Some(opened(&incident)));
}

pub(crate) async fn open_again_by_the_same_event_is_known(store: impl Intake) {
    let incident = incident("a", "e-1");
    assert_eq!(store.open(&incident, None, &opened(&incident)).await.unwrap(), IntakeWrite::Done);
    assert_eq!(store.open(&incident, None, &opened(&incident)).await.unwrap(), IntakeWrite::EventKnown);
}

pub(crate) async fn open_by_another_event_races(store: impl Intake) {
    let (first, second) = (incident("a", "e-1"), incident("a", "e-2"));
    assert_eq!(store.open(&first, None, &opened(&first)).await.unwrap(), IntakeWrite::Done);
    assert_eq!(store.open(&second, None, &opened(&second)).await.unwrap(), IntakeWrite::Raced);
    assert_eq!(store.recorded(&second.signal.event_id).await.unwrap(), None);
}

pub(crate) async fn open_after_the_previous_one_only(store: impl Intake) {
    let (first, second, third) = (incident("a", "e-1"), incident("a", "e-2"), incident("a", "e-3"));
    store.open(&first, None, &opened(&first)).await.unwrap();
    assert_eq!(store.open(&second, Some(first.id), &opened(&second)).await.unwrap(), IntakeWrite::Done);
    assert_eq!(store.open(&third, Some(first.id), &opened(&third)).await.unwrap(), IntakeWrite::Raced);
    assert_eq!(store.current(&first.fingerprint).await.unwrap().unwrap().id, second.id);
}

pub(crate) async fn recovery_is_remembered_of_the_latest_incident_only(store: impl Intake + Incidents) {
    let (first, second) = (incident("a", "e-1"), incident("a", "e-2"));
    store.open(&first, None, &opened(&first)).await.unwrap();
    let open = store.current(&first.fingerprint).await.unwrap().unwrap();
    store.end(first.id, Status::Escalated, &outcome("gave up"), None).await.unwrap();
    let end = EndedIncident {
        at: outcome("gave up").ended_at,
        severity: first.severity,
        handed_over: true,
        closed_by_person: false,
    };
    let ended = store.current(&first.fingerprint).await.unwrap().unwrap();
    assert_eq!(ended, CurrentIncident { open: None, ended: Some(end), ..open });
    store.remember_recovery(&first.fingerprint, ended).await.unwrap();
    let recovered = store.current(&first.fingerprint).await.unwrap().unwrap();
    assert_eq!(recovered, CurrentIncident { recovered: true, ..ended });
    store.open(&second, Some(first.id), &opened(&second)).await.unwrap();
    store.remember_recovery(&first.fingerprint, ended).await.unwrap();
    let latest = store.current(&first.fingerprint).await.unwrap().unwrap();
    assert_eq!((latest.id, latest.recovered), (second.id, false));
}

pub(crate) async fn returns_are_the_latest_of_each_problem_and_listed_while_it_is_back(store: impl Returns) {
    let back = |problem: &str, event: &str, since: Option<i64>| Return {
        signal: signal(problem, event, 0),
        incident_id: incident("a", "e-0").id,
        returns: 1,
        firing_since: since.map(at),
        alarms: BTreeMap::from([(problem.to_owned(), AlarmChange { at: at(50), fires: since.is_some() })]),
        version: 1,
    };
    let (late, early, gone) =
        (back("a", "e-1", Some(90)), back("b", "e-2", Some(60)), back("c", "e-3", None));
    for returned in [&late, &early, &gone] {
        assert!(store.put_return(returned).await.unwrap());
        let read = store.returned(&returned.signal.fingerprint).await.unwrap();
        assert_eq!(read.as_ref(), Some(returned));
    }
    assert_eq!(store.back_since(at(120)).await.unwrap(), [early.clone(), late.clone()]);
    assert_eq!(store.back_since(at(60)).await.unwrap(), std::slice::from_ref(&early));
    let again = Return { firing_since: None, returns: 2, version: 2, ..early };
    assert!(store.put_return(&again).await.unwrap());
    for version in [1, 2, 4] {
        let stale = Return { firing_since: Some(at(70)), version, ..again.clone() };
        assert!(!store.put_return(&stale).await.unwrap(), "{version}");
    }
    assert_eq!(store.back_since(at(120)).await.unwrap(), [late]);
    assert_eq!(store.returned(&again.signal.fingerprint).await.unwrap(), Some(again));
}

pub(crate) async fn open_many_at_once_opens_one<S: Intake + Clone + 'static>(store: S) {
    let results = at_once(50, |number| {
        let store = store.clone();
        async move {
            let incident = incident("a", &format!("e-{number}"));
            store.open(&incident, None, &opened(&incident)).await.unwrap()
        }
    })
    .await;
    assert_eq!(results.iter().filter(|written| **written == IntakeWrite::Done).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|written| **written == IntakeWrite::Raced).count(), 49);
}

pub(crate) async fn attach_counts_and_keeps_the_latest_time(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    for (event, seconds, last) in [("e-2", 60, 60), ("e-3", 30, 60), ("e-4", 60, 60), ("e-5", 61, 61)] {
        let signal = signal("a", event, seconds);
        let written = store.attach(incident.id, &signal, &attached(&signal, &incident)).await.unwrap();
        assert_eq!(written, IntakeWrite::Done);
        assert_eq!(store.incident(incident.id).await.unwrap().unwrap().last_signal_at, at(last));
    }
    assert_eq!(store.incident(incident.id).await.unwrap().unwrap().signal_count, 5);
}

pub(crate) async fn attach_keeps_the_worst_severity_beside_that_of_the_opening(
    store: impl Intake + Incidents,
) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    for (event, severity, worst) in [
        ("e-2", Severity::Sev4, Severity::Sev2),
        ("e-3", Severity::Sev1, Severity::Sev1),
        ("e-4", Severity::Sev3, Severity::Sev1),
    ] {
        let signal = Signal { severity, ..signal("a", event, 5) };
        store.attach(incident.id, &signal, &attached(&signal, &incident)).await.unwrap();
        let read = store.incident(incident.id).await.unwrap().unwrap();
        assert_eq!((read.severity, read.worst_severity()), (Severity::Sev2, worst), "{event}");
    }
}

pub(crate) async fn attach_the_same_event_twice_counts_once(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    let signal = signal("a", "e-2", 5);
    let record = attached(&signal, &incident);
    assert_eq!(store.attach(incident.id, &signal, &record).await.unwrap(), IntakeWrite::Done);
    assert_eq!(store.attach(incident.id, &signal, &record).await.unwrap(), IntakeWrite::EventKnown);
    assert_eq!(store.incident(incident.id).await.unwrap().unwrap().signal_count, 2);
}

pub(crate) async fn attach_to_an_ended_incident_races(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    store.end(incident.id, Status::Escalated, &outcome("gave up"), None).await.unwrap();
    for seconds in [-5, 5] {
        let signal = signal("a", "e-2", seconds);
        let written = store.attach(incident.id, &signal, &attached(&signal, &incident)).await.unwrap();
        assert_eq!(written, IntakeWrite::Raced);
        assert_eq!(store.recorded(&signal.event_id).await.unwrap(), None);
    }
}

pub(crate) async fn attach_many_at_once_loses_none<S: Intake + Incidents + Clone + 'static>(store: S) {
    let opened_one = incident("a", "e-0");
    store.open(&opened_one, None, &opened(&opened_one)).await.unwrap();
    at_once(20, |number| {
        let store = store.clone();
        async move {
            let incident = incident("a", "e-0");
            let signal = signal("a", &format!("e-{}", number + 1), i64::try_from(number).unwrap());
            let record = attached(&signal, &incident);
            while store.attach(incident.id, &signal, &record).await.unwrap() == IntakeWrite::Raced {}
        }
    })
    .await;
    let incident = store.incident(opened_one.id).await.unwrap().unwrap();
    assert_eq!((incident.signal_count, incident.last_signal_at), (21, at(19)));
}

pub(crate) async fn keep_first_record_stays(store: impl Events + Intake) {
    let event = "e-1".parse().unwrap();
    let mut first = record(&event, EventOutcome::Ignored, None);
    first.reason = Some("no signal".into());
    first.raw = Some(r#"{"id":"e-1"}"#.into());
    store.keep(&first).await.unwrap();
    store.keep(&record(&event, EventOutcome::Rejected, None)).await.unwrap();
    assert_eq!(store.recorded(&event).await.unwrap(), Some(first));
}

pub(crate) async fn advance_along_written_transitions_only(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    for (to, expected) in [
        (Status::Resolved, Advance::Refused),
        (Status::Diagnosing, Advance::Done),
        (Status::Diagnosing, Advance::Done),
        (Status::Verifying, Advance::Done),
        // An undo may have to be asked for.
        (Status::AwaitingApproval, Advance::Done),
        (Status::Open, Advance::Refused),
        (Status::Verifying, Advance::Done),
        (Status::Resolved, Advance::Done),
        (Status::Diagnosing, Advance::Refused),
    ] {
        assert_eq!(store.advance(incident.id, to).await.unwrap(), expected, "{to:?}");
    }
    assert_eq!(store.incident(incident.id).await.unwrap().unwrap().status, Status::Resolved);
}

pub(crate) async fn end_with_more_signals_than_seen_is_refused(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    store.advance(incident.id, Status::Diagnosing).await.unwrap();
    store.advance(incident.id, Status::Verifying).await.unwrap();
    let signal = signal("a", "e-2", 5);
    store.attach(incident.id, &signal, &attached(&signal, &incident)).await.unwrap();
    let end =
        async |seen| store.end(incident.id, Status::Resolved, &outcome("mended"), Some(seen)).await.unwrap();
    assert_eq!(end(1).await, Advance::Refused);
    assert_eq!(store.incident(incident.id).await.unwrap().unwrap().outcome, None);
    assert_eq!(end(2).await, Advance::Done);
    let ended = store.incident(incident.id).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.outcome), (Status::Resolved, Some(outcome("mended"))));
}

pub(crate) async fn end_twice_keeps_the_first_outcome(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    for (to, reason, expected) in [
        (Status::Escalated, "first", Advance::Done),
        (Status::Escalated, "second", Advance::Refused),
        (Status::Resolved, "third", Advance::Refused),
    ] {
        assert_eq!(store.end(incident.id, to, &outcome(reason), None).await.unwrap(), expected, "{reason}");
    }
    assert_eq!(store.incident(incident.id).await.unwrap().unwrap().outcome, Some(outcome("first")));
}

pub(crate) async fn set_application_is_read_back(store: impl Intake + Incidents) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    store.set_application(incident.id, "shop").await.unwrap();
    assert_eq!(store.incident(incident.id).await.unwrap().unwrap().application.as_deref(), Some("shop"));
}

pub(crate) async fn case_file_is_read_back(store: impl CaseFile) {
    let incident = incident("a", "e-1");
    let symptom = |excess| Observation {
        state: SymptomState::Firing,
        summary: "ALARM".into(),
        since: Some(at(0)),
        excess,
        measured_from: None,
    };
    let first = Evidence::new(
        "q1".into(),
        at(1),
        "s".into(),
        Observed::Symptom { observation: symptom(Some(0.1 + 0.2)) },
    );
    let second =
        Evidence::new("q2".into(), at(2), "s".into(), Observed::Symptom { observation: symptom(None) });
    let read_later = Evidence { observed_at: at(9), ..first.clone() };
    for evidence in [&first, &second, &first, &read_later] {
        store.put_evidence(incident.id, evidence).await.unwrap();
    }
    let mut found = store.evidence(incident.id).await.unwrap();
    found.sort_by_key(|evidence| evidence.observed_at);
    assert_eq!(found, [first.clone(), second.clone()]);

    let diagnosis = Diagnosis {
        incident_id: incident.id,
        attempt: 1,
        made_at: at(3),
        producer: "playbooks@1".into(),
        conclusion: Conclusion::Abstained { reason: String::new() },
        hypotheses: vec![],
        ruled_out: vec![],
        gaps: vec![],
        evidence: vec![second.id.clone(), first.id.clone()],
        gathered_in_ms: 0,
        model: None,
        report: common::diagnosis::IncidentReport::default(),
    };
    store.put_diagnosis(&diagnosis).await.unwrap();
    let stored = store.diagnosis(incident.id, 1).await.unwrap().unwrap();
    assert_eq!(file_digest(&stored, &found), file_digest(&diagnosis, &[first.clone(), second.clone()]));
    assert_eq!(store.diagnosis(incident.id, 1).await.unwrap(), Some(diagnosis.clone()));
    assert_eq!(store.diagnosis(incident.id, 2).await.unwrap(), None);

    assert_eq!(store.preliminary(incident.id).await.unwrap(), None);
    let mut findings = PreliminaryFindings { diagnosis, evidence: vec![first, second] };
    store.put_preliminary(&findings).await.unwrap();
    // The next look replaces it.
    findings.evidence.pop();
    store.put_preliminary(&findings).await.unwrap();
    assert_eq!(store.preliminary(incident.id).await.unwrap(), Some(findings));

    let plan = Plan {
        schema_version: 1,
        incident_id: incident.id,
        action: "restore-parameter".parse().unwrap(),
        document: "Nightshift-RestoreParameter".into(),
        target: target("limit"),
        parameters: BTreeMap::from([("RestoreVersion".into(), "3".into()), ("Empty".into(), String::new())]),
        undo_of: None,
    };
    store.put_plan(&plan).await.unwrap();
    let found = store.plan(incident.id, &plan.hash()).await.unwrap().unwrap();
    assert_eq!((found.hash(), found), (plan.hash(), plan));

    let mut state = Verification {
        attempt: 1,
        plan_hash: None,
        started_at: at(4),
        before: Some(symptom(Some(4.0))),
        healthy_since: None,
        alarm_window: Some(AlarmWindow {
            period_seconds: 300,
            evaluation_periods: 12,
            datapoints_to_alarm: 3,
            missing_data: MissingData::NotBreaching,
        }),
    };
    store.put_verification(incident.id, &state).await.unwrap();
    state.healthy_since = Some(at(5));
    store.put_verification(incident.id, &state).await.unwrap();
    assert_eq!(store.verification(incident.id, 1).await.unwrap(), Some(state));
}

pub(crate) async fn acquire_twice_is_held(store: impl Leases) {
    let incident = incident("a", "e-1");
    let first = lease(&incident, "plan", "limit", 0);
    assert_eq!(store.acquire(&first).await.unwrap(), Acquired::New);
    let later = lease(&incident, "plan", "limit", 9);
    assert_eq!(store.acquire(&later).await.unwrap(), Acquired::Held(Box::new(first.clone())));
    assert_eq!(store.lease(incident.id, &first.plan_hash).await.unwrap(), Some(first.clone()));
    assert_eq!(store.taken_on(&first.target, at(-60)).await.unwrap(), 1);
}

/// Whoever has ended an incident knows of every lease that was taken for it.
pub(crate) async fn acquire_for_an_incident_that_has_ended_takes_nothing(
    store: impl Intake + Incidents + Leases,
) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    let (before, after) = (lease(&incident, "plan", "limit", 0), lease(&incident, "p2", "limit", 9));
    assert_eq!(store.acquire(&before).await.unwrap(), Acquired::New);
    let taken_over = Outcome { resolution: Resolution::TakenOver, ..outcome("taken over by ada") };
    store.end(incident.id, Status::Escalated, &taken_over, None).await.unwrap();
    assert_eq!(store.acquire(&after).await.unwrap(), Acquired::IncidentEnded);
    assert_eq!(store.acquire(&before).await.unwrap(), Acquired::Held(Box::new(before.clone())));
    assert_eq!(store.taken_by(incident.id).await.unwrap(), [before]);
    assert_eq!(store.taken_on(&after.target, at(-60)).await.unwrap(), 1);
}

pub(crate) async fn acquire_many_at_once_gives_one<S: Leases + Clone + 'static>(store: S) {
    let results = at_once(20, |number| {
        let store = store.clone();
        async move {
            let seconds = i64::try_from(number).unwrap();
            store.acquire(&lease(&incident("a", "e-1"), "plan", "limit", seconds)).await.unwrap()
        }
    })
    .await;
    assert_eq!(results.iter().filter(|acquired| **acquired == Acquired::New).count(), 1);
    assert_eq!(store.taken_on(&target("limit"), at(-60)).await.unwrap(), 1);
}

pub(crate) async fn taken_counts_by_target_and_time_and_incident(store: impl Leases) {
    let (one, other) = (incident("a", "e-1"), incident("b", "e-2"));
    for taken in [
        lease(&one, "p1", "limit", 0),
        lease(&one, "p2", "limit", 100),
        lease(&other, "p3", "limit", 200),
        lease(&other, "p4", "else", 300),
    ] {
        store.acquire(&taken).await.unwrap();
    }
    for (since, expected) in [(-1, 3), (0, 3), (1, 2), (200, 1), (201, 0)] {
        assert_eq!(store.taken_on(&target("limit"), at(since)).await.unwrap(), expected, "{since}");
    }
    assert_eq!(store.taken_by(one.id).await.unwrap().len(), 2);
}

pub(crate) async fn lease_update_adds_what_became_known(store: impl Leases) {
    let incident = incident("a", "e-1");
    let mut taken = lease(&incident, "plan", "limit", 0);
    store.acquire(&taken).await.unwrap();
    taken.execution_id = Some("x-1".into());
    store.update(&taken).await.unwrap();
    taken.end = Some(LeaseEnd { status: "Success".into(), at: at(9) });
    store.update(&taken).await.unwrap();
    assert_eq!(store.lease(incident.id, &taken.plan_hash).await.unwrap(), Some(taken));
}

pub(crate) async fn approval_first_decision_counts(store: impl Approvals) {
    let incident = incident("a", "e-1");
    let plan = plan_hash("plan");
    let approved = ApprovalDecision::Approved { by: "arn:aws:iam::1:user/a".into(), at: at(5) };
    let denied = ApprovalDecision::Denied { by: "arn:aws:iam::1:user/b".into(), at: at(6) };
    assert_eq!(store.decide(incident.id, &plan, &approved).await.unwrap(), Decided::NoSuchRequest);
    store.request(&approval(&incident, "t1"), None).await.unwrap();
    assert_eq!(store.decide(incident.id, &plan, &approved).await.unwrap(), Decided::Recorded);
    assert_eq!(store.decide(incident.id, &plan, &denied).await.unwrap(), Decided::Already(approved.clone()));
    assert_eq!(store.approval(incident.id, &plan).await.unwrap().unwrap().decision, approved);
}

pub(crate) async fn approval_pending_takes_the_new_token_and_decided_stays(store: impl Approvals) {
    let incident = incident("a", "e-1");
    store.request(&approval(&incident, "t1"), None).await.unwrap();
    let mut again = approval(&incident, "t2");
    again.expires_at = at(9999);
    assert_eq!(store.request(&again, None).await.unwrap(), approval(&incident, "t2"));
    let expired = ApprovalDecision::Expired { at: at(7) };
    store.decide(incident.id, &plan_hash("plan"), &expired).await.unwrap();
    let there = store.request(&approval(&incident, "t3"), None).await.unwrap();
    assert_eq!((there.task_token.as_str(), &there.decision), ("t2", &expired));
    assert_eq!(store.approvals(incident.id).await.unwrap(), [there]);
}

/// Only the very decision that was found to have lapsed is replaced.
pub(crate) async fn approval_that_lapsed_is_asked_for_again_and_no_other(store: impl Approvals) {
    let incident = incident("a", "e-1");
    store.request(&approval(&incident, "t1"), None).await.unwrap();
    let lapsed = ApprovalDecision::Approved { by: "arn:aws:iam::1:user/a".into(), at: at(5) };
    let denied = ApprovalDecision::Denied { by: "arn:aws:iam::1:user/b".into(), at: at(6) };
    store.decide(incident.id, &plan_hash("plan"), &lapsed).await.unwrap();
    let kept = store.request(&approval(&incident, "t2"), Some(&denied)).await.unwrap();
    assert_eq!((kept.task_token.as_str(), &kept.decision), ("t1", &lapsed));
    let again = common::Approval { requested_at: at(700), ..approval(&incident, "t3") };
    assert_eq!(store.request(&again, Some(&lapsed)).await.unwrap(), again);
    assert_eq!(store.approval(incident.id, &plan_hash("plan")).await.unwrap(), Some(again));
    assert_eq!(store.decide(incident.id, &plan_hash("plan"), &denied).await.unwrap(), Decided::Recorded);
}

pub(crate) async fn approval_many_decisions_at_once_record_one<S: Approvals + Clone + 'static>(store: S) {
    store.request(&approval(&incident("a", "e-1"), "t1"), None).await.unwrap();
    let results = at_once(20, |number| {
        let store = store.clone();
        async move {
            let decision =
                ApprovalDecision::Approved { by: format!("arn:aws:iam::1:user/{number}"), at: at(1) };
            store.decide(incident("a", "e-1").id, &plan_hash("plan"), &decision).await.unwrap()
        }
    })
    .await;
    assert_eq!(results.iter().filter(|decided| **decided == Decided::Recorded).count(), 1);
}

pub(crate) async fn delivery_is_read_back_by_occasion(store: impl Deliveries) {
    let delivery = Delivery {
        incident_id: incident("a", "e-1").id,
        occasion: Occasion::Resolved,
        channel: "sns:alerts".into(),
        message_id: "m-1".into(),
        at: at(0),
    };
    store.put_delivery(&delivery).await.unwrap();
    assert_eq!(
        store.delivery(delivery.incident_id, Occasion::Resolved).await.unwrap(),
        Some(delivery.clone())
    );
    assert_eq!(store.delivery(delivery.incident_id, Occasion::Escalated).await.unwrap(), None);
}

/// Values that only the store's encoding could lose.
pub(crate) async fn incident_with_everything_is_read_back(store: impl Intake + Incidents) {
    let mut incident = incident("a", "e-1");
    incident.severity = Severity::Sev4;
    incident.application = Some("shop".into());
    incident.signal.metric = Some(common::signal::Metric {
        namespace: "AWS/Lambda".into(),
        name: "Errors".into(),
        dimensions: BTreeMap::from([("FunctionName".into(), "checkout".into())]),
        statistic: "Sum".into(),
        period_seconds: 60,
    });
    incident.outcome = Some(outcome("x"));
    assert_eq!(incident.outcome.as_ref().unwrap().resolution, Resolution::ByNightshift);
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    assert_eq!(store.incident(incident.id).await.unwrap(), Some(incident));
}

pub(crate) async fn end_by_a_person_is_possible_from_every_status(store: impl Intake + Incidents) {
    let path = [Status::Diagnosing, Status::AwaitingApproval, Status::Remediating, Status::Verifying];
    for steps in 0..=path.len() {
        let incident = incident(&format!("a-{steps}"), &format!("e-{steps}"));
        store.open(&incident, None, &opened(&incident)).await.unwrap();
        for status in &path[..steps] {
            assert_eq!(store.advance(incident.id, *status).await.unwrap(), Advance::Done);
        }
        let closed = Outcome { resolution: Resolution::Closed, ..outcome("closed by ada") };
        let ended = store.end(incident.id, Status::Resolved, &closed, None).await.unwrap();
        assert_eq!(ended, Advance::Done, "{steps}");
        assert_eq!(store.incident(incident.id).await.unwrap().unwrap().outcome, Some(closed));
    }
}

pub(crate) async fn unsettled_lists_until_the_end_is_told(
    store: impl Intake + Incidents + Deliveries + Sweeps,
) {
    let ids = async || store.unsettled().await.unwrap();
    let (first, second) = (incident("a", "e-1"), incident("b", "e-2"));
    for incident in [&first, &second] {
        store.open(incident, None, &opened(incident)).await.unwrap();
    }
    store.advance(first.id, Status::Diagnosing).await.unwrap();
    // One that has not ended cannot be settled.
    store.settle(first.id).await.unwrap();
    assert_eq!(ids().await.len(), 2);
    let escalated = Outcome { resolution: Resolution::Escalated, ..outcome("broken") };
    store.end(first.id, Status::Escalated, &escalated, None).await.unwrap();
    assert_eq!(ids().await.len(), 2, "its end was not told yet");
    for _ in 0..2 {
        store.settle(first.id).await.unwrap();
        assert_eq!(ids().await, [second.id]);
    }
    assert_eq!(store.incident(first.id).await.unwrap().unwrap().status, Status::Escalated);
}

pub(crate) async fn rejected_events_are_listed_by_time(store: impl Events + Sweeps) {
    let now = jiff::Timestamp::now();
    let event = |id: &str, hours: i64| RejectedEvent {
        event_id: id.parse().unwrap(),
        family: "aws.ecs, ECS Deployment State Change".into(),
        reason: "detail.eventName: missing".into(),
        at: now - jiff::SignedDuration::from_hours(hours),
    };
    let (old, recent) = (event("e-1", 40), event("e-2", 1));
    for event in [&recent, &old, &old] {
        store.list_rejected(event).await.unwrap();
    }
    let mut since = store.rejected_since(now - jiff::SignedDuration::from_hours(50), now).await.unwrap();
    since.dedup();
    assert_eq!(since, [old, recent.clone()]);
    assert_eq!(store.rejected_since(now - jiff::SignedDuration::from_hours(2), now).await.unwrap(), [recent]);
    assert_eq!(store.rejected_since(now, now).await.unwrap(), []);
}

pub(crate) async fn digest_is_read_back(store: impl Sweeps) {
    assert_eq!(store.last_digest().await.unwrap(), None);
    for told_at in [None, Some(at(5))] {
        let digest = Digest { told_at, rejected_through: at(1), dead_letters_since: told_at };
        store.put_digest(&digest).await.unwrap();
        assert_eq!(store.last_digest().await.unwrap(), Some(digest));
    }
}
