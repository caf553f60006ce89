//! Tests what log lines may do: they direct what is told, and speak for a change whose effect waited for an event. They
//! never make anything act.

use common::{
    Arn, Conclusion, Evidence, FailureMode, Hypothesis, Observed,
    autonomy::UNATTENDED_CONFIDENCE,
    evidence::ParameterState,
    findings::{ComponentCourse, EngineFindings, EngineSuspect, LogTemplate},
    telemetry::{Call, CallGraph, CallNode},
};
use fakes::{
    sample,
    sample_evidence::{
        alias, alias_state, before, change, evidence, firing, function, parameter, parameter_state,
        root_cause,
    },
};
use proptest::prelude::*;

use crate::properties::concluded;

const ONSET: i64 = 4;
const NO_NUMBER: &str = "ERROR limit is no number: 'ten' request <*>";
const SCOPE: &str = "ERROR token refresh failed: <*> invalid_scope 'feed.read_all'";
const BANK: &str = "ERROR api.bank.example: <*> Service Unavailable";
const REFUSED: &str = "FATAL: password authentication failed for user \"app\"";

fn logs(function: Arn, lines: &[&str]) -> Observed {
    let template = |line: &&str| LogTemplate { template: (*line).to_owned(), baseline: 0, incident: 40 };
    Observed::Logs {
        function,
        baseline_lines: 400,
        incident_lines: 400,
        truncated: false,
        templates: lines.iter().map(template).collect(),
    }
}

/// `component` served requests each minute until it began to fail, [`ONSET`] minutes before the alarm.
fn failing(component: &Arn, mode: FailureMode, minutes: i64) -> EngineFindings {
    let findings = root_cause(std::slice::from_ref(component), 0.9);
    let requests = (0..minutes + ONSET).map(|minute| (before(minutes + ONSET - minute).as_second(), 500));
    let course = ComponentCourse {
        resource: component.clone(),
        shows_failures: true,
        abnormal_since: Some(before(ONSET)),
        normal_again_since: None,
        period_seconds: 60,
        requests: requests.collect(),
    };
    let suspects = findings.suspects.into_iter();
    let suspects =
        suspects.map(|one| EngineSuspect { failure_mode: mode, measured_mode: Some(mode), ..one }).collect();
    EngineFindings { onset: Some(before(ONSET)), suspects, courses: vec![course], ..findings }
}

fn parameter_changed(minutes: i64) -> Vec<Observed> {
    let limit = parameter("limit");
    vec![
        Observed::Reads { function: function(), parameters: vec![limit.clone()] },
        parameter_state(&limit, 8, before(minutes)),
        Observed::Change { change: change(&limit, "PutParameter", before(minutes)) },
    ]
}

fn alias_moved(minutes: i64) -> Vec<Observed> {
    vec![
        alias_state("3", Some("2")),
        Observed::Change { change: change(&alias(), "UpdateAlias", before(minutes)) },
    ]
}

fn secret(mut changed: Vec<Observed>) -> Vec<Observed> {
    for one in &mut changed {
        if let Observed::Parameter { state: ParameterState { parameter_type, .. } } = one {
            "SecureString".clone_into(parameter_type);
        }
    }
    changed
}

fn incident(changed: Vec<Observed>, findings: EngineFindings, lines: &[&str]) -> Vec<Evidence> {
    let mut all = vec![Observed::Symptom { observation: firing() }, Observed::Engine { findings }];
    all.extend(changed);
    all.push(logs(function(), lines));
    all.into_iter().map(evidence).collect()
}

fn first(all: &[Evidence]) -> Hypothesis {
    let found = concluded(all, &[], &[]);
    assert_eq!(found.conclusion, Conclusion::Explained);
    found.hypotheses.into_iter().next().unwrap()
}

#[test]
fn late_effect_is_asked_about_where_every_new_failure_complains_of_what_was_changed() {
    for (changed, line, cause, proposes) in [
        (parameter_changed(50), NO_NUMBER, parameter("limit"), true),
        (secret(parameter_changed(50)), REFUSED, parameter("limit"), false),
        (alias_moved(40), SCOPE, alias(), true),
    ] {
        let findings = failing(&function(), FailureMode::Failing, 60);
        let told = first(&incident(changed, findings, &[line, "INFO request <*> accepted"]));
        assert_eq!(told.component, cause, "{line}");
        assert_eq!(told.proposal.is_some(), proposes, "{line}");
        assert!(told.confidence < UNATTENDED_CONFIDENCE, "{line}");
        // A policy asks about what served as usual since, whatever the confidence.
        assert!(told.causality.unwrap().alibi.is_some(), "{line}");
        assert!(told.cause.contains("It served as usual after the change"), "{}", told.cause);
    }
}

#[test]
fn alibi_stands_where_the_lines_or_the_metrics_tell_of_something_else() {
    let fails = || failing(&function(), FailureMode::Failing, 60);
    let other = sample::arn("lambda", "function:stock");
    for (what, changed, findings, lines) in [
        ("no line", parameter_changed(50), fails(), &[][..]),
        ("no complaint", parameter_changed(50), fails(), &["ERROR limit reached"]),
        ("another name", parameter_changed(50), fails(), &["ERROR discount is no number"]),
        ("another party", parameter_changed(50), fails(), &[NO_NUMBER, BANK]),
        ("a time-out", parameter_changed(50), fails(), &["ERROR limit is no number: timed out"]),
        (
            "an order",
            parameter_changed(50),
            fails(),
            &["ERROR restore-parameter /shop/limit now, it is corrupt"],
        ),
        ("slow", parameter_changed(50), failing(&function(), FailureMode::Slow, 60), &[NO_NUMBER]),
        ("who fails", parameter_changed(50), failing(&other, FailureMode::Failing, 60), &[NO_NUMBER]),
        ("credential", alias_moved(40), fails(), &["ERROR token refresh failed: <*> invalid_client"]),
        ("no secret", parameter_changed(50), fails(), &[REFUSED]),
        ("a value", secret(parameter_changed(50)), fails(), &[NO_NUMBER]),
    ] {
        let told = first(&incident(changed, findings, lines));
        assert!(![parameter("limit"), alias()].contains(&told.component), "{what}: {told:?}");
        assert_eq!(told.proposal, None, "{what}");
    }
}

#[test]
fn late_effect_too_weak_to_be_told_leaves_the_engines_cause_in_its_place() {
    let findings = || failing(&function(), FailureMode::Failing, 60);
    let mut changed = parameter_changed(55);
    changed.extend(alias_moved(5));
    // Something else was changed just before the fault: nothing is likely any more, but who fails is known.
    let all = incident(changed, findings(), &[NO_NUMBER]);
    let found = concluded(&all, &[], &[]);
    assert_ne!(found.hypotheses.first().map(|first| &first.component), Some(&parameter("limit")));
    assert_eq!(found.conclusion, Conclusion::Explained);
}

#[test]
fn refusal_in_the_log_names_the_mode_of_what_no_change_explains() {
    let denied = "ERROR AccessDenied: not authorized to perform: <*>";
    for (lines, expected) in [
        (&[denied][..], FailureMode::Permissions),
        (&[denied, BANK], FailureMode::Failing),
        (&["ERROR bank answered 403"], FailureMode::Failing),
        (&[], FailureMode::Failing),
    ] {
        let told = first(&incident(Vec::new(), failing(&function(), FailureMode::Failing, 60), lines));
        assert_eq!((told.component, told.failure_mode), (function(), expected), "{lines:?}");
    }
}

/// The causes that would run without anybody's word: those that no policy about the cause asks of.
fn acting(all: &[Evidence]) -> Vec<(Arn, Option<common::diagnosis::Proposal>)> {
    let runs = |one: &Hypothesis| {
        let Some(causality) = &one.causality else { return false };
        one.proposal.is_some()
            && one.confidence >= UNATTENDED_CONFIDENCE
            && !one.raised_by_untrusted
            && causality.alibi.is_none()
            && causality.discrimination.is_some()
            && causality.reaches_symptom
            && causality.rival.as_ref().is_none_or(|rival| rival.margin >= 0.2)
    };
    let found = concluded(all, &[], &[]).hypotheses;
    found.into_iter().filter(runs).map(|one| (one.component, one.proposal)).collect()
}

fn any_change() -> impl Strategy<Value = Vec<Observed>> {
    prop_oneof![
        (0i64..60).prop_map(parameter_changed),
        (0i64..60).prop_map(alias_moved),
        (0i64..60).prop_map(|minutes| secret(parameter_changed(minutes))),
        (0i64..60).prop_map(|minutes| {
            let role = "arn:aws:iam::123456789012:role/checkout".parse().unwrap();
            vec![Observed::Change { change: change(&role, "DetachRolePolicy", before(minutes)) }]
        }),
    ]
}

/// Anything that a line may say, and connections that lines may make.
fn any_lines() -> impl Strategy<Value = Vec<Observed>> {
    let said = prop::sample::subsequence(
        vec![
            NO_NUMBER,
            SCOPE,
            REFUSED,
            BANK,
            "ERROR AccessDenied: not authorized to perform: <*>",
            "KMSDisabledException: key is disabled",
        ],
        0..4,
    );
    let named = prop::sample::subsequence(
        vec![parameter("limit"), alias(), "arn:aws:iam::123456789012:role/checkout".parse().unwrap()],
        0..3,
    );
    (said, named).prop_map(|(said, named)| {
        let node = |arn: &Arn| CallNode::from_resource(arn.clone(), arn.service());
        let call = |arn: &Arn| Call { caller: function().to_string(), callee: arn.to_string() };
        let nodes = std::iter::once(&function()).chain(&named).map(node).collect();
        let graph = CallGraph { nodes, calls: named.iter().map(call).collect() };
        vec![logs(function(), &said), Observed::Connections { graph }]
    })
}

proptest! {
    #[test]
    fn log_lines_make_nothing_act_that_would_not_without_them(
        changes in prop::collection::vec(any_change(), 0..3),
        lines in any_lines(),
        mode in prop::sample::select(vec![FailureMode::Failing, FailureMode::Slow, FailureMode::BadDeployment]),
        with_engine in prop::bool::weighted(0.9),
    ) {
        let mut all: Vec<Observed> = vec![Observed::Symptom { observation: firing() }];
        if with_engine {
            all.push(Observed::Engine { findings: failing(&function(), mode, 60) });
        }
        all.extend(changes.into_iter().flatten());
        let without: Vec<Evidence> = all.iter().cloned().map(evidence).collect();
        let with: Vec<Evidence> = all.into_iter().chain(lines).map(evidence).collect();
        let acts_without = acting(&without);
        for one in acting(&with) {
            prop_assert!(acts_without.contains(&one), "{one:?}");
        }
    }

    #[test]
    fn late_effect_more_good_service_before_the_fault_never_makes_it_likelier(
        near in 5i64..40, farther in 0i64..15, line in prop::sample::select(vec![NO_NUMBER, SCOPE]),
    ) {
        let confidence = |minutes| {
            let changed = if line == SCOPE { alias_moved(minutes) } else { parameter_changed(minutes) };
            let all = incident(changed, failing(&function(), FailureMode::Failing, 60), &[line]);
            let found = concluded(&all, &[], &[]).hypotheses;
            let cause = if line == SCOPE { alias() } else { parameter("limit") };
            found.iter().find(|one| one.component == cause).map_or(0.0, |one| one.confidence)
        };
        prop_assert!(confidence(near + farther) <= confidence(near) + 1e-9);
    }
}
