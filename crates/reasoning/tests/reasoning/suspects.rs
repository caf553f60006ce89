//! Tests the effect of the engine's verdict on a playbook's: an alarm on `checkout`, which calls `stock`,
//! which calls `prices`, whose alias was moved; and a harmless, later change of what `stock` reads.

use common::{
    Arn, Conclusion, Evidence, Gap, Observed, OwnRoles,
    autonomy::UNATTENDED_CONFIDENCE,
    evidence::{AliasState, ReadSource},
    findings::{ComponentCourse, EngineFindings, EngineRuledOut, EngineVerdict, MetricDigest},
    telemetry::{Call, CallGraph, CallNode},
};
use fakes::sample;
use reasoning::{
    engine::engine_run::ENGINE,
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::IncidentEvidence,
    playbooks::playbook::Playbooks,
};

use fakes::sample_evidence::{
    before, change, evidence, firing, function, parameter, parameter_state, root_cause,
};

fn lambda(name: &str) -> Arn {
    sample::arn("lambda", &format!("function:{name}"))
}

fn moved(alias: &str, minutes: i64) -> Vec<Observed> {
    let arn = lambda(&format!("{alias}:live"));
    let state = AliasState {
        arn: arn.clone(),
        function: alias.to_owned(),
        alias: "live".to_owned(),
        version: "3".to_owned(),
        previous_version: Some("2".to_owned()),
        weighted: false,
        weighted_versions: Vec::new(),
        revision: None,
    };
    vec![Observed::Alias { state }, Observed::Change { change: change(&arn, "UpdateAlias", before(minutes)) }]
}

fn calls() -> Observed {
    let chain = [function(), lambda("stock"), lambda("prices")];
    let call = |pair: &[Arn]| Call { caller: pair[0].to_string(), callee: pair[1].to_string() };
    Observed::Calls {
        graph: CallGraph {
            nodes: chain
                .iter()
                .map(|arn| CallNode::from_resource(arn.clone(), "AWS::Lambda::Function"))
                .collect(),
            calls: chain.windows(2).map(call).collect(),
        },
    }
}

/// `stock` is looked at and found to suffer only.
fn engine(suspect: &str, confidence: f64) -> EngineFindings {
    let cleared = |name: &str| EngineRuledOut {
        name: name.to_owned(),
        resource: Some(lambda(name)),
        why: "what it calls explains it".to_owned(),
    };
    EngineFindings {
        ruled_out: ["checkout", "stock"].map(cleared).into(),
        ..root_cause(&[lambda(suspect)], confidence)
    }
}

fn red_herring() -> Vec<Observed> {
    let limit = parameter("limit");
    vec![
        Observed::Application { name: "shop".to_owned(), resources: vec![limit.clone()] },
        Observed::Reads { function: lambda("stock"), parameters: vec![limit.clone()] },
        parameter_state(&limit, 5, before(1)),
        Observed::Change { change: change(&limit, "PutParameter", before(1)) },
    ]
}

fn two_hops(engine: Option<EngineFindings>) -> Vec<Observed> {
    let mut all = vec![Observed::Symptom { observation: firing() }, calls()];
    all.extend(moved("prices", 3));
    all.extend(red_herring());
    all.extend(engine.map(|findings| Observed::Engine { findings }));
    all
}

fn concluded(observed: Vec<Observed>, gaps: usize) -> Assessment {
    let all: Vec<Evidence> = observed.into_iter().map(evidence).collect();
    let gaps = vec![Gap::new(ReadSource::Metrics, "q", "r"); gaps];
    let signal = sample::alarm_signal("event-1", "checkout-errors");
    let case = IncidentEvidence {
        signal: &signal,
        evidence: &all,
        gaps: &gaps,
        own_roles: &OwnRoles::default(),
        attempted: &[],
    };
    conclude(&case, &Playbooks::shipped().unwrap())
}

fn alias_of(findings: &Assessment, name: &str) -> f64 {
    let alias = lambda(&format!("{name}:live"));
    findings.hypotheses.iter().find(|one| one.component == alias).map_or(0.0, |one| one.confidence)
}

#[test]
fn cause_two_calls_away_is_named_and_strong_enough_to_act_and_the_red_herring_is_ruled_out() {
    let findings = concluded(two_hops(Some(engine("prices", 0.9))), 0);
    assert_eq!(findings.conclusion, Conclusion::Explained);
    let first = findings.hypotheses.first().unwrap();
    assert_eq!(first.component, lambda("prices:live"));
    assert_eq!(first.proposal.as_ref().unwrap().action.to_string(), "rollback-lambda-alias");
    assert!(first.confidence > UNATTENDED_CONFIDENCE, "{first:?}");
    assert!(first.cause.contains("checkout → stock → prices"), "{}", first.cause);
    let out = findings.ruled_out.iter().find(|out| out.component == parameter("limit")).unwrap();
    assert_eq!(out.by.to_string(), ENGINE);
    assert!(out.why.contains("what it calls explains it"), "{}", out.why);
}

#[test]
fn cause_two_calls_away_acts_unattended_only_where_the_engine_is_sure_and_nothing_is_missing() {
    for (engine, gaps) in [
        (Some(engine("prices", 0.79)), 0),
        (Some(engine("prices", 0.9)), 1),
        (None, 0),
        (
            Some(EngineFindings {
                verdict: EngineVerdict::Healthy { why: String::new() },
                ..engine("prices", 0.9)
            }),
            0,
        ),
        (
            Some(EngineFindings {
                verdict: EngineVerdict::Abstain { why: String::new() },
                ..engine("prices", 0.9)
            }),
            0,
        ),
    ] {
        let findings = concluded(two_hops(engine.clone()), gaps);
        let confidence = alias_of(&findings, "prices");
        assert!(confidence > 0.0 && confidence < UNATTENDED_CONFIDENCE, "{confidence} {engine:?} {gaps}");
    }
}

#[test]
fn confidence_that_only_traces_and_metrics_lift_to_act_unattended_is_marked() {
    let lifted = concluded(two_hops(Some(engine("prices", 0.9))), 0);
    let first = lifted.hypotheses.first().unwrap();
    assert!(first.confidence >= UNATTENDED_CONFIDENCE && first.raised_by_untrusted, "{first:?}");
    // Below the threshold a person is asked anyway.
    let asked = concluded(two_hops(Some(engine("prices", 0.79))), 0);
    assert!(asked.hypotheses.iter().all(|one| !one.raised_by_untrusted), "{asked:?}");
}

#[test]
fn confidence_that_trusted_evidence_alone_supports_is_not_marked() {
    let at_the_symptom: Vec<_> =
        [Observed::Symptom { observation: firing() }].into_iter().chain(moved("checkout", 3)).collect();
    let with_traces = at_the_symptom.iter().cloned().chain([calls()]).collect();
    for observed in [at_the_symptom, with_traces] {
        let first = concluded(observed, 0).hypotheses.into_iter().next().unwrap();
        assert!(first.confidence >= UNATTENDED_CONFIDENCE && !first.raised_by_untrusted, "{first:?}");
    }
}

#[test]
fn engine_that_abstains_changes_no_conclusion() {
    let without = concluded(two_hops(None), 0);
    let engine =
        EngineFindings { verdict: EngineVerdict::Abstain { why: "w".to_owned() }, ..engine("prices", 0.9) };
    assert_eq!(concluded(two_hops(Some(engine)), 0), without);
}

fn own_metric(usual: bool) -> Observed {
    let series = MetricDigest {
        resource: None,
        metric: "Errors".to_owned(),
        statistic: "Sum".to_owned(),
        baseline_samples: 180,
        incident_samples: 5,
        baseline: Some(1.0),
        incident: Some(1.0),
        last: Some(1.0),
        deviations: None,
        sparkline: String::new(),
        within_usual: usual,
    };
    let (from, to) = (before(180), before(-2));
    Observed::Metrics { from, incident_from: before(3), to, period_seconds: 60, series: vec![series] }
}

#[test]
fn engine_that_judged_the_symptom_and_finds_it_ordinary_lets_nothing_act_unattended() {
    let healthy = |symptom_judged| EngineFindings {
        verdict: EngineVerdict::Healthy { why: "w".to_owned() },
        symptom_judged,
        ..engine("prices", 0.9)
    };
    let mut all = two_hops(None);
    all.extend(moved("checkout", 2));
    let with = |judged, usual| {
        let engine = Observed::Engine { findings: healthy(judged) };
        concluded(all.iter().cloned().chain([engine, own_metric(usual)]).collect(), 0)
    };
    let without = concluded(all.clone(), 0);
    assert!(alias_of(&without, "checkout") > UNATTENDED_CONFIDENCE);
    assert_eq!(with(false, true), without);
    // An alarm may fire on one sample, which the engine takes for chance.
    assert_eq!(with(true, false), without);
    let ordinary = with(true, true);
    assert!(
        ordinary
            .hypotheses
            .iter()
            .all(|one| one.confidence < UNATTENDED_CONFIDENCE && !one.contradicts.is_empty())
    );
}

#[test]
fn change_at_the_symptom_itself_is_weakened_by_the_engine_and_never_ruled_out() {
    let mut all = two_hops(None);
    all.extend(moved("checkout", 2));
    let without = alias_of(&concluded(all.clone(), 0), "checkout");
    all.push(Observed::Engine { findings: engine("prices", 0.9) });
    let findings = concluded(all, 0);
    let with = alias_of(&findings, "checkout");
    assert!(with > 0.0 && with < without, "{with} {without}");
    // Two causes that are both likely: a human decides.
    assert!(
        findings.hypotheses.iter().all(|one| one.confidence < UNATTENDED_CONFIDENCE),
        "{:?}",
        findings.hypotheses
    );
    let contradicts =
        &findings.hypotheses.iter().find(|one| one.component.name() == "checkout:live").unwrap().contradicts;
    assert_eq!(contradicts.len(), 1);
}

#[test]
fn changes_at_the_symptom_that_no_playbook_knows_are_no_rivals_to_what_the_engine_is_sure_of() {
    let mut all = two_hops(Some(engine("prices", 0.9)));
    let alone = alias_of(&concluded(all.clone(), 0), "prices");
    let alarm = sample::arn("cloudwatch", "alarm:checkout-errors");
    all.push(Observed::Change { change: change(&alarm, "PutMetricAlarm", before(1)) });
    all.push(Observed::Change { change: change(&function(), "PublishVersion", before(1)) });
    let beside = alias_of(&concluded(all, 0), "prices");
    assert!((alone - beside).abs() < 1e-12, "{alone} {beside}");
}

#[test]
fn parameter_that_the_suspect_reads_is_a_suspect_too() {
    let rate = parameter("rate");
    let all = vec![
        Observed::Symptom { observation: firing() },
        calls(),
        Observed::Reads { function: lambda("prices"), parameters: vec![rate.clone()] },
        parameter_state(&rate, 5, before(2)),
        Observed::Change { change: change(&rate, "PutParameter", before(2)) },
        Observed::Engine { findings: engine("prices", 0.9) },
    ];
    let findings = concluded(all, 0);
    let first = findings.hypotheses.first().unwrap();
    assert_eq!(first.component, rate);
    assert!(first.confidence > UNATTENDED_CONFIDENCE, "{first:?}");
}

#[test]
fn suspect_that_no_call_leads_to_is_not_believed() {
    let all: Vec<_> = two_hops(Some(engine("prices", 0.9)))
        .into_iter()
        .filter(|one| !matches!(one, Observed::Calls { .. }))
        .collect();
    // It carries no tag either, so nothing relates it to the symptom.
    assert!(alias_of(&concluded(all, 0), "prices") <= 0.0);
}

#[test]
fn root_cause_that_no_playbook_explains_is_told_without_a_proposal() {
    let all = vec![
        Observed::Symptom { observation: firing() },
        calls(),
        Observed::Change { change: change(&lambda("prices"), "PublishVersion", before(2)) },
        Observed::Engine { findings: engine("prices", 0.9) },
    ];
    let findings = concluded(all.clone(), 0);
    assert_eq!(findings.conclusion, Conclusion::Explained);
    let first = findings.hypotheses.first().unwrap();
    assert_eq!((&first.component, &first.proposal), (&lambda("prices"), &None));
    assert_eq!(first.origin.to_string(), ENGINE);
    assert!(first.cause.contains("PublishVersion by"), "{}", first.cause);
    assert!(findings.ruled_out.iter().all(|out| out.component != first.component));

    let mut unsure = all;
    unsure.pop();
    unsure.push(Observed::Engine { findings: engine("prices", 0.59) });
    assert!(matches!(concluded(unsure, 0).conclusion, Conclusion::Abstained { .. }));
}

#[test]
fn root_cause_that_no_playbook_explains_keeps_a_change_at_the_symptom_from_acting_unattended() {
    let mut all = vec![Observed::Symptom { observation: firing() }, calls()];
    all.extend(moved("checkout", 2));
    assert!(alias_of(&concluded(all.clone(), 0), "checkout") > 0.9);
    all.push(Observed::Engine { findings: engine("prices", 0.85) });
    let findings = concluded(all, 0);
    assert!(
        findings.hypotheses.iter().all(|one| one.confidence < UNATTENDED_CONFIDENCE),
        "{:?}",
        findings.hypotheses
    );
    assert_eq!(findings.hypotheses.len(), 2);
}

#[test]
fn cause_that_no_metric_of_aws_stands_behind_never_acts_unattended() {
    let strength = |forge: fn(&mut EngineFindings)| {
        let mut findings = engine("prices", 0.95);
        forge(&mut findings);
        alias_of(&concluded(two_hops(Some(findings)), 0), "prices")
    };
    assert!(strength(|_| ()) > UNATTENDED_CONFIDENCE);
    assert!(strength(|findings| findings.suspects[0].strongest_metric = None) < UNATTENDED_CONFIDENCE);
    assert!(strength(|findings| findings.symptom_judged = false) < UNATTENDED_CONFIDENCE);
}

#[test]
fn alias_of_a_suspected_function_that_was_changed_too_stays_as_strong() {
    let alone = alias_of(&concluded(two_hops(Some(engine("prices", 0.95))), 0), "prices");
    let mut all = two_hops(Some(engine("prices", 0.95)));
    all.push(Observed::Change { change: change(&lambda("prices"), "PublishVersion", before(4)) });
    assert!(alias_of(&concluded(all, 0), "prices") >= alone);
    assert!(alone > UNATTENDED_CONFIDENCE);
}

#[test]
fn clearing_a_rival_does_not_make_another_cause_surer() {
    // What the alarm's own function reads was overwritten, and so was what nobody is known to read.
    let read = parameter("timeout");
    let mut all = vec![Observed::Symptom { observation: firing() }, calls()];
    all.push(Observed::Application {
        name: "shop".to_owned(),
        resources: vec![read.clone(), lambda("stock")],
    });
    all.push(Observed::Reads { function: function(), parameters: vec![read.clone()] });
    all.push(parameter_state(&read, 5, before(2)));
    all.push(Observed::Change { change: change(&read, "PutParameter", before(2)) });
    all.extend(moved("stock", 1));
    let of_read = |engine: Option<EngineFindings>| {
        let all = all.iter().cloned().chain(engine.map(|findings| Observed::Engine { findings })).collect();
        let findings = concluded(all, 1);
        findings.hypotheses.iter().find(|one| one.component == read).map_or(0.0, |one| one.confidence)
    };
    let unheard = of_read(None);
    assert!(unheard > 0.0);
    for confidence in [0.5, 0.79, 0.95] {
        assert!(of_read(Some(engine("prices", confidence))) <= unheard, "{confidence}");
    }
}

/// A function fails, by its own metrics, since the period in which it was changed.
fn failing_since_its_change(name: &str) -> ComponentCourse {
    ComponentCourse {
        resource: lambda(name),
        shows_failures: true,
        abnormal_since: Some(before(3)),
        normal_again_since: None,
        period_seconds: 60,
        requests: Vec::new(),
    }
}

#[test]
fn two_changes_that_a_fault_began_with_each_are_rivals_however_sure_the_engine_is() {
    for confidence in [0.1, 0.5, 0.79, 0.99] {
        let courses = ["checkout", "stock"].map(failing_since_its_change).into();
        let findings = EngineFindings { courses, ..root_cause(&[lambda("stock")], confidence) };
        let mut observed = vec![Observed::Symptom { observation: firing() }, calls()];
        observed.extend(moved("checkout", 3));
        observed.extend(moved("stock", 3));
        observed.push(Observed::Engine { findings });
        let assessment = concluded(observed.clone(), 0);
        let aliases = assessment.hypotheses.iter().filter(|one| one.proposal.is_some());
        for one in aliases {
            let rival = one.causality.as_ref().and_then(|causality| causality.rival.clone());
            assert!(rival.is_some_and(|rival| rival.margin <= 0.0), "{confidence}: {}", one.component);
        }
        // Alone, it has no such rival.
        let only_one = observed.into_iter().filter(|one| !concerns(one, "checkout:live")).collect();
        let alone = concluded(only_one, 0);
        let stock = alone.hypotheses.iter().find(|one| one.component == lambda("stock:live")).unwrap();
        assert_eq!(stock.causality.as_ref().unwrap().rival, None, "{confidence}");
    }
}

fn concerns(observed: &Observed, name: &str) -> bool {
    match observed {
        Observed::Change { change } => change.resource == lambda(name),
        Observed::Alias { state } => state.arn == lambda(name),
        _ => false,
    }
}
