//! Tests the report that goes with a cause.

use std::collections::BTreeSet;

use common::{
    ActorKind, Conclusion, ContextSource, Evidence, Observed, OwnRoles, SymptomState,
    context_source::Note,
    diagnosis::{IncidentReport, LastingFix, TimelineEntry},
    evidence::{AlarmTransition, Change},
    findings::MetricDigest,
};
use fakes::{
    sample,
    sample_evidence::{alias, alias_state, before, change, evidence, firing, function, parameter},
};
use jiff::SignedDuration;
use proptest::prelude::*;
use reasoning::{
    judgement::conclude::Assessment, judgement::incident_evidence::IncidentEvidence,
    report::incident_report::incident_report,
};

use crate::properties::{account, concluded};

fn told(evidence: &[Evidence], findings: &Assessment) -> IncidentReport {
    let signal = sample::alarm_signal("event-1", "checkout-errors");
    let case = IncidentEvidence {
        signal: &signal,
        evidence,
        gaps: &[],
        own_roles: &OwnRoles::default(),
        attempted: &[],
    };
    incident_report(&case, findings, vec!["shop-front".to_owned()])
}

fn report_from(evidence: &[Evidence]) -> IncidentReport {
    told(evidence, &concluded(evidence, &[], &[]))
}

fn whats(report: &IncidentReport) -> Vec<&str> {
    report.timeline.iter().map(|entry| entry.what.as_str()).collect()
}

#[test]
fn report_of_what_was_not_explained_blames_nothing() {
    let all = [
        Observed::Symptom { observation: firing() },
        Observed::Change { change: change(&alias(), "UpdateAlias", before(3)) },
    ];
    let all: Vec<Evidence> = all.into_iter().map(evidence).collect();
    let findings = concluded(&all, &[], &[]);
    assert!(matches!(findings.conclusion, Conclusion::Abstained { .. }));
    let report = told(&all, &findings);
    assert_eq!((&report.trigger, &report.lasting_fix), (&None, &None));
    assert_eq!(report.timeline.len(), 2, "what happened is told all the same");
    assert_eq!(report.blast_radius, ["shop-front"]);
}

#[test]
fn timeline_of_an_alarm_with_a_history_tells_the_signal_once() {
    let transition = |minutes, to| AlarmTransition { at: before(minutes), to, summary: "x".to_owned() };
    let transitions = vec![
        transition(0, SymptomState::Firing),
        transition(30, SymptomState::Recovered),
        transition(600, SymptomState::Firing),
    ];
    let report = report_from(&[
        evidence(Observed::AlarmHistory { transitions }),
        evidence(Observed::Symptom { observation: firing() }),
    ]);
    assert_eq!(whats(&report), ["alarm checkout-errors went back to OK", "alarm checkout-errors fired"]);
    assert_eq!(report.began_at, Some(sample::at()));
}

#[test]
fn timeline_has_the_notes_of_what_happened_and_not_of_how_things_are() {
    let note =
        |at, what: &str| Note { at, resource: None, actor: Some("bob".to_owned()), what: what.to_owned() };
    let notes = |source, notes| evidence(Observed::Notes { source, notes });
    let report = report_from(&[
        notes(
            ContextSource::Deployments,
            vec![note(Some(before(5)), "d-1 succeeded with password=swordfish"), note(None, "no time")],
        ),
        notes(ContextSource::Quotas, vec![note(Some(before(5)), "nearly full")]),
    ]);
    let expected =
        ["deployments: d-1 succeeded with password=[masked] by bob", "checkout-errors is in ALARM"];
    assert_eq!(whats(&report), expected);
}

#[test]
fn timeline_of_too_much_keeps_the_trigger_the_signal_and_what_is_near() {
    let mut all = vec![
        evidence(Observed::Symptom { observation: firing() }),
        evidence(alias_state("3", Some("2"))),
        evidence(Observed::Change { change: change(&alias(), "UpdateAlias", before(50)) }),
    ];
    for minute in 0..45 {
        let other = sample::arn("s3", &format!("bucket-{minute}"));
        all.push(evidence(Observed::Change { change: change(&other, "PutBucketPolicy", before(minute)) }));
    }
    let report = report_from(&all);
    assert_eq!(report.timeline.len(), 20);
    let first = report.timeline.first().unwrap();
    assert_eq!(first.evidence, report.trigger, "{:#?}", report.timeline);
    assert!(first.what.starts_with("UpdateAlias"), "{}", first.what);
    assert!(whats(&report).contains(&"checkout-errors is in ALARM"));
    assert!(whats(&report).iter().any(|what| what.contains("bucket-0")));
}

#[test]
fn impact_is_told_only_where_something_that_is_noticed_moved() {
    let digest = |metric: &str, baseline, incident, deviations| MetricDigest {
        resource: None,
        metric: metric.to_owned(),
        statistic: "Sum".to_owned(),
        baseline_samples: 180,
        incident_samples: 5,
        baseline,
        incident,
        last: incident,
        deviations,
        sparkline: String::new(),
        within_usual: false,
    };
    let impact = |series: Vec<MetricDigest>| {
        let (from, incident_from, to) = (before(180), before(3), before(0));
        report_from(&[evidence(Observed::Metrics { from, incident_from, to, period_seconds: 60, series })])
            .impact
    };
    assert_eq!(impact(vec![digest("Errors", Some(1.0), Some(1.1), Some(0.5))]), None);
    assert_eq!(impact(vec![digest("CPUUtilization", Some(1.0), Some(99.0), Some(80.0))]), None);
    assert_eq!(impact(vec![digest("Errors", Some(0.0), None, None)]), None);
    assert_eq!(
        impact(vec![digest("Errors", None, Some(12.0), None)]).as_deref(),
        Some("The symptom's metric Errors (Sum) is 12 during the incident and had no value before.")
    );
    let of_function = |metric, before, during| MetricDigest {
        resource: Some(function()),
        ..digest(metric, before, Some(during), None)
    };
    let shares = vec![of_function("Errors", None, 12.5), of_function("Invocations", Some(90.0), 100.0)];
    assert_eq!(
        impact(shares).as_deref(),
        Some("About 12.5 % of the calls to checkout fail; before the incident 0 % did.")
    );
}

#[test]
fn lasting_fix_after_a_security_response_takes_nothing_from_the_security_team() {
    let fix = |actor_kind| {
        let moved = Change { actor_kind, ..change(&alias(), "UpdateAlias", before(3)) };
        report_from(&[
            evidence(Observed::Symptom { observation: firing() }),
            evidence(alias_state("3", Some("2"))),
            evidence(Observed::Change { change: moved }),
        ])
        .lasting_fix
        .unwrap()
    };
    let by_security = fix(ActorKind::Security);
    assert!(by_security.change.starts_with("Keep the security measure"), "{}", by_security.change);
    let by_a_person = fix(ActorKind::Person);
    assert!(
        by_a_person.place.contains("Version 3 failed. The last good version is 2."),
        "{}",
        by_a_person.place
    );
}

/// The account with texts of anybody's in it.
fn injected(all: Vec<Evidence>, text: &str) -> Vec<Evidence> {
    let notes = vec![Note {
        at: Some(before(7)),
        resource: Some(parameter("a")),
        actor: Some(text.to_owned()),
        what: text.to_owned(),
    }];
    let mut all: Vec<Evidence> = all
        .into_iter()
        .map(|one| match one.observed {
            Observed::Change { mut change } => {
                change.actor = text.to_owned();
                evidence(Observed::Change { change })
            }
            Observed::Parameter { mut state } => {
                state.modified_by = text.to_owned();
                evidence(Observed::Parameter { state })
            }
            observed => evidence(observed),
        })
        .collect();
    all.push(evidence(Observed::Notes { source: ContextSource::StackEvents, notes: notes.clone() }));
    all.push(evidence(Observed::Notes { source: ContextSource::Deployments, notes }));
    all
}

proptest! {
    #[test]
    fn report_order_of_evidence_does_not_matter(
        (all, shuffled) in account().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(report_from(&all), report_from(&shuffled));
    }

    #[test]
    fn report_timeline_is_in_order_short_and_names_only_evidence_that_is_there(all in account()) {
        let report = report_from(&all);
        let known: BTreeSet<_> = all.iter().map(|one| &one.id).collect();
        prop_assert!(report.timeline.is_sorted_by_key(|entry| entry.at));
        prop_assert!((1..=20).contains(&report.timeline.len()));
        let fixes = report.lasting_fix.iter().flat_map(|fix| &fix.evidence);
        let named = report.timeline.iter().filter_map(|entry| entry.evidence.as_ref());
        prop_assert!(named.chain(&report.trigger).chain(fixes).all(|id| known.contains(id)));
        if let Some(trigger) = &report.trigger {
            let supports = &concluded(&all, &[], &[]).hypotheses[0].supports;
            prop_assert!(supports.contains(trigger));
            prop_assert!(report.timeline.iter().any(|entry| entry.evidence.as_ref() == Some(trigger)));
        }
    }

    #[test]
    fn report_of_any_texts_is_on_single_lines_of_bounded_length(all in account(), text in "(?s).{0,900}") {
        let report = report_from(&injected(all, &text));
        let plain = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(common::untrusted_text::is_hidden)
        };
        for TimelineEntry { what, .. } in &report.timeline {
            prop_assert!(plain(what, 240), "{what}");
        }
        if let Some(LastingFix { problem, place, change, tests, .. }) = &report.lasting_fix {
            for text in [problem, place, change].into_iter().chain(tests) {
                prop_assert!(plain(text, 4_000), "{text}");
            }
        }
    }

    /// Whoever can write a name, a note or an actor shifts no blame.
    #[test]
    fn report_text_from_outside_changes_neither_trigger_nor_beginning(all in account(), text in "(?s).{0,60}") {
        let at = |all: &[Evidence], report: &IncidentReport| {
            let trigger = all.iter().find(|one| Some(&one.id) == report.trigger.as_ref());
            trigger.map(|one| match &one.observed {
                Observed::Change { change } => change.at,
                Observed::Parameter { state } => state.modified_at,
                other => panic!("{other:?}"),
            })
        };
        let other = injected(all.clone(), &text);
        let (one_story, other_story) = (report_from(&all), report_from(&other));
        prop_assert_eq!(one_story.began_at, other_story.began_at);
        prop_assert_eq!(at(&all, &one_story), at(&other, &other_story));
        let later = SignedDuration::from_mins(1);
        prop_assert!(at(&all, &one_story).is_none_or(|at| at <= sample::at() + later));
    }
}
