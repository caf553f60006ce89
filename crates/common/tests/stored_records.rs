//! Records as the first version stored them are still read: an incident that was open during the upgrade, or one of
//! months ago that somebody shows or exports.
#![cfg(test)]

use common::{
    ActorKind, AuditEntry, Diagnosis, Evidence, Observation, Observed, SymptomState, Verdict,
    audit::AuditBody,
    diagnosis::{HypothesisOrigin, RuledOutBy},
    evidence::{Change, ReadSource},
    verification::Verification,
};
use serde_json::{Value, json};

const PARAMETER: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/petshop/limit";

fn diagnosis() -> Value {
    json!({
        "incident_id": "01KAG0VJ7G0123456789ABCDEF",
        "attempt": 1,
        "made_at": "2026-11-20T03:00:12Z",
        "producer": "playbooks@0123456789ab engine@0.1.0",
        "conclusion": {"type": "explained"},
        "hypotheses": [{
            "component": PARAMETER,
            "failure_mode": "bad_configuration",
            "cause": "/petshop/limit was overwritten.",
            "confidence": 0.92,
            "playbook": "parameter-overwritten@1",
            "supports": ["ev-0123456789ab"],
            "contradicts": [],
            "proposal": null
        }],
        "ruled_out": [{"component": PARAMETER, "playbook": "none", "why": "it was not changed"}],
        "gaps": [{"query": "GetServiceGraph from a to b", "reason": "denied: 403"},
                 {"query": "health: DescribeEvents", "reason": "denied", "context": true}],
        "evidence": ["ev-0123456789ab"],
        "gathered_in_ms": 615,
        "story": {
            "trigger": "ev-0123456789ab",
            "timeline": [{"at": "2026-11-20T02:58:00Z", "what": "PutParameter"}],
            "blast_radius": ["shop-front"]
        }
    })
}

#[test]
fn diagnosis_of_the_first_version_is_read_whole() {
    let read: Diagnosis = serde_json::from_value(diagnosis()).unwrap();
    assert!(matches!(read.hypotheses[0].origin, HypothesisOrigin::Playbook { .. }));
    assert_eq!(read.hypotheses[0].origin.to_string(), "parameter-overwritten@1");
    assert_eq!(read.ruled_out[0].by, RuledOutBy::NoPlaybook);
    assert_eq!(read.report.timeline.len(), 1);
    let sources: Vec<_> = read.gaps.iter().map(|gap| (gap.source.clone(), gap.context)).collect();
    assert_eq!(sources, [(ReadSource::Unrecorded, false), (ReadSource::Unrecorded, true)]);
}

#[test]
fn diagnosis_of_the_first_version_is_stored_as_it_was() {
    let read: Diagnosis = serde_json::from_value(diagnosis()).unwrap();
    let stored = serde_json::to_value(&read).unwrap();
    for field in ["hypotheses", "ruled_out", "gaps", "evidence", "conclusion"] {
        assert_eq!(stored[field], diagnosis()[field], "{field}");
    }
    assert_eq!(stored["story"]["timeline"], diagnosis()["story"]["timeline"]);
}

#[test]
fn evidence_of_the_first_version_keeps_its_id_and_the_comment_in_its_command() {
    let stored = json!({
        "id": "ev-0123456789ab",
        "query": "aws cloudtrail lookup-events # too many events: nothing before 2026-11-20T02:30:00Z was read",
        "observed_at": "2026-11-20T03:00:10Z",
        "digest": "00",
        "trusted": true,
        "summary": "nothing changed",
        "observed": {"type": "notes", "provider": "health", "notes": []}
    });
    let read: Evidence = serde_json::from_value(stored.clone()).unwrap();
    assert!(read.command.ends_with("was read") && read.truncation.is_none());
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);
}

#[test]
fn change_of_the_first_version_is_by_an_unknown_actor() {
    let stored = json!({
        "event_id": "e-1", "event_name": "StopInstances", "at": "2026-11-20T02:58:00Z",
        "actor": "arn:aws:iam::123456789012:user/alice", "by_nightshift": false,
        "resource": "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", "request": {}
    });
    let read: Change = serde_json::from_value(stored).unwrap();
    assert_eq!(read.actor_kind, ActorKind::Unknown);
}

#[test]
fn verdict_of_the_first_version_is_read_without_unmet_conditions() {
    let stored = json!({
        "decision": "ask", "mode": "supervised", "facts": {}, "would_be": null,
        "policies": [{"id": "supervised-asks", "why": "In supervised mode every action asks a human first."}]
    });
    let read: Verdict = serde_json::from_value(stored).unwrap();
    assert!(read.unmet.is_empty());
}

#[test]
fn verification_of_the_first_version_is_read_and_stored_as_it_was() {
    let stored = json!({
        "attempt": 1,
        "plan_hash": null,
        "started_at": "2026-11-20T03:05:00Z",
        "before": {"state": "firing", "summary": "ALARM", "since": null, "excess": 4.0},
        "healthy_since": "2026-11-20T03:06:00Z"
    });
    let read: Verification = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(read.alarm_window, None);
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);
}

#[test]
fn audit_records_are_read_and_stored_as_they_were() {
    let by = "arn:aws:sts::123456789012:assumed-role/oncall/ada";
    for entry in [
        json!({"type": "close_intended", "by": by, "reason": "load test"}),
        json!({"type": "takeover_intended", "by": by, "reason": ""}),
        json!({"type": "breaker_close_intended", "action": "start-instance", "application": "petshop", "by": by,
               "reason": "the image is repaired"}),
        json!({"type": "breaker_close_intended", "action": "start-instance", "application": null, "by": by,
               "reason": "the image is repaired"}),
    ] {
        let stored = json!({
            "at": "2026-11-20T03:05:00Z", "incident_id": "01KAG0VJ7G0123456789ABCDEF", "entry": entry
        });
        let read: AuditBody = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
        assert_eq!(read.entry.is_step(), !matches!(read.entry, AuditEntry::BreakerCloseIntended { .. }));
    }
}

/// A field that a later version adds and writes where it says nothing would change the hash of what was stored before it.
#[test]
fn file_digest_of_what_is_stored_stays_what_it_was() {
    let diagnosis: Diagnosis = serde_json::from_value(diagnosis()).unwrap();
    let symptom = Observation {
        state: SymptomState::Firing,
        summary: "ALARM".to_owned(),
        since: None,
        excess: Some(0.3),
        measured_from: None,
    };
    let evidence = Evidence {
        id: diagnosis.evidence[0].clone(),
        ..Evidence::new(
            "aws cloudwatch describe-alarms".to_owned(),
            diagnosis.made_at,
            "it fires".to_owned(),
            Observed::Symptom { observation: symptom },
        )
    };
    let digest = common::file_digest::file_digest(&diagnosis, &[evidence]);
    assert_eq!(digest, "8a1220a37b2a6e52f2b77420df75930e41ad0963c6b6c84abe9c9251a670bf68");
}

/// A record of a later version may say what a decision rests on.
#[test]
fn ledger_record_that_cannot_be_read_is_an_error_where_a_decision_rests_on_it() {
    let records = [common::AuditRecord::following_as(None, r#"{"of":"a later version"}"#.to_owned())];
    let incident = "01KAG0VJ7G0123456789ABCDEF".parse().unwrap();
    let error = common::audit::entries(incident, &records).unwrap_err();
    assert!(
        error.to_string().contains("record 1 of incident 01KAG0VJ7G0123456789ABCDEF in the ledger"),
        "{error}"
    );
    assert_eq!(common::audit::readable_bodies(&records).count(), 0);
}
