//! Tests that an alias is judged by its own metrics: they clear it, or answer what sets it apart, and never make it likelier.

use common::{
    Evidence, Gap, Hypothesis, Observed, OwnRoles, PortError,
    alias_traffic::{AliasTraffic, PeriodCounts, RequestCounts, VersionTraffic},
    causality::Discrimination,
    evidence::{AliasState, ReadSource},
    findings::{ComponentCourse, EngineFindings},
    ports::PortErrorKind,
};
use fakes::{
    sample,
    sample_evidence::{alias, alias_state, before, change, evidence, firing, function, root_cause},
};
use jiff::Timestamp;
use proptest::prelude::*;
use reasoning::{
    judgement::{
        conclude::{Assessment, conclude},
        incident_evidence::IncidentEvidence,
    },
    playbooks::playbook::Playbooks,
};

/// Minutes before the symptom.
const MOVED: i64 = 6;

fn course(resource: &common::Arn, abnormal_since: Option<Timestamp>) -> ComponentCourse {
    ComponentCourse {
        resource: resource.clone(),
        shows_failures: true,
        abnormal_since,
        normal_again_since: None,
        period_seconds: 60,
        requests: (0..60).rev().map(|minutes| (before(minutes).as_second(), 100)).collect(),
    }
}

fn traffic(abnormal_since: Option<Timestamp>) -> AliasTraffic {
    AliasTraffic {
        alias: alias(),
        course: course(&alias(), abnormal_since),
        measured: ["Duration", "Errors", "Invocations"].map(str::to_owned).to_vec(),
        failures: Vec::new(),
        counted_from: before(MOVED),
        versions: Vec::new(),
    }
}

/// The version took this in each minute since the change.
fn version(number: &str, requests: u64, failures: u64) -> VersionTraffic {
    let minutes = (0..MOVED).rev();
    let periods = minutes.map(|minute| PeriodCounts { at: before(minute).as_second(), requests, failures });
    VersionTraffic {
        version: number.to_owned(),
        before: RequestCounts { requests: 5_000, failures: 2 },
        periods: periods.collect(),
    }
}

/// The function fails from the minute on in which its alias was moved from version 2 to 3.
fn concluded(traffic: Option<AliasTraffic>, gaps: &[Gap]) -> Assessment {
    concluded_of_fault(MOVED, traffic, gaps)
}

/// The function fails since `minutes` before the symptom.
fn concluded_of_fault(minutes: i64, traffic: Option<AliasTraffic>, gaps: &[Gap]) -> Assessment {
    let began = before(minutes);
    let engine = EngineFindings {
        onset: Some(began),
        courses: vec![course(&function(), Some(began))],
        ..root_cause(&[function()], 0.9)
    };
    let observed = [
        Observed::Symptom { observation: firing() },
        alias_state("3", Some("2")),
        Observed::Change { change: change(&alias(), "UpdateAlias", before(MOVED)) },
        Observed::Engine { findings: engine },
    ];
    concluded_from(observed, traffic, gaps)
}

fn concluded_from(
    observed: impl IntoIterator<Item = Observed>,
    traffic: Option<AliasTraffic>,
    gaps: &[Gap],
) -> Assessment {
    let traffic = traffic.map(|traffic| Observed::AliasTraffic { traffic });
    let all: Vec<Evidence> = observed.into_iter().chain(traffic).map(evidence).collect();
    let signal = sample::alarm_signal("event-1", "checkout-errors");
    let own_roles = OwnRoles::default();
    let case =
        IncidentEvidence { signal: &signal, evidence: &all, gaps, own_roles: &own_roles, attempted: &[] };
    conclude(&case, &Playbooks::shipped().unwrap())
}

fn of_alias(assessment: &Assessment) -> Option<&Hypothesis> {
    assessment.hypotheses.iter().find(|one| one.component == alias())
}

/// Returns what sets the alias apart, or why it is no cause.
fn said(traffic: Option<AliasTraffic>) -> String {
    let assessment = concluded(traffic, &[]);
    match of_alias(&assessment) {
        Some(found) => {
            let causality = found.causality.as_ref().unwrap();
            let apart = match causality.discrimination {
                Some(Discrimination::FaultBeganWithChange) => "began with it",
                Some(Discrimination::NewVersionFails(_)) => "new version fails",
                Some(Discrimination::StateIsTheFault) => "state",
                None => "nothing",
            };
            let alibi = if causality.alibi.is_some() { ", alibi" } else { "" };
            format!("{apart}{alibi}")
        }
        None => assessment.ruled_out.iter().find(|one| one.component == alias()).unwrap().why.clone(),
    }
}

#[test]
fn alias_is_judged_by_its_own_metrics() {
    let with = |versions: Vec<VersionTraffic>, began| AliasTraffic { versions, ..traffic(began) };
    let began = Some(before(MOVED));
    assert_eq!(said(None), "began with it");
    assert_eq!(said(Some(traffic(began))), "began with it");
    assert_eq!(said(Some(traffic(Some(before(1))))), "nothing, alibi");
    assert_eq!(
        said(Some(traffic(None))),
        "it has served as usual for 7 min since its change, and still does"
    );
    assert_eq!(said(Some(with(vec![version("3", 50, 49), version("2", 50, 0)], began))), "new version fails");
    assert_eq!(
        said(Some(with(vec![version("3", 50, 24), version("2", 50, 25)], began))),
        "its newer version fails no more than the older one: version 3 failed 144 of 300 requests since 02:55Z, \
         version 2 150 of 300 in the same periods"
    );
}

#[test]
fn alias_that_served_too_little_is_not_cleared() {
    let seldom = |requests| {
        let mut seldom = traffic(None);
        seldom.course.requests = (0..60).rev().map(|minute| (before(minute).as_second(), requests)).collect();
        said(Some(seldom))
    };
    assert_eq!(seldom(1), "began with it, alibi");
    assert!(seldom(10).starts_with("it has served as usual"));
}

#[test]
fn alias_that_got_the_requests_of_a_failing_one_is_no_cause() {
    // Somebody pointed it to a repaired version, twelve minutes after the function began to fail.
    let assessment = concluded_of_fault(MOVED + 12, Some(traffic(Some(before(MOVED)))), &[]);
    assert_eq!(of_alias(&assessment).and_then(|one| one.proposal.as_ref()), None);
    let why = &assessment.ruled_out.iter().find(|one| one.component == alias()).unwrap().why;
    assert!(why.contains("after the fault began"), "{why}");
}

#[test]
fn versions_that_served_one_after_the_other_in_the_minute_of_the_change_are_no_contrast() {
    let only_at = |number: &str, minutes: &[i64], requests, failures| VersionTraffic {
        periods: minutes
            .iter()
            .map(|minute| PeriodCounts { at: before(*minute).as_second(), requests, failures })
            .collect(),
        ..version(number, 0, 0)
    };
    let moved = vec![only_at("3", &[MOVED, 5, 4, 3], 50, 49), only_at("2", &[MOVED], 50, 0)];
    assert_eq!(said(Some(AliasTraffic { versions: moved, ..traffic(Some(before(MOVED))) })), "began with it");
}

/// Another function of the application, whose alias was moved in the same minute.
fn beside_another(traffic: Option<AliasTraffic>) -> f64 {
    let stock = sample::arn("lambda", "function:stock");
    let other = sample::arn("lambda", "function:stock:live");
    let Observed::Alias { state } = alias_state("3", Some("2")) else { panic!("an alias") };
    let state = AliasState { arn: other.clone(), function: "stock".to_owned(), ..state };
    let findings =
        EngineFindings { courses: vec![course(&function(), Some(before(MOVED)))], ..root_cause(&[], 0.0) };
    let observed = [
        Observed::Symptom { observation: firing() },
        Observed::Application { name: "shop".to_owned(), resources: vec![function(), stock] },
        alias_state("3", Some("2")),
        Observed::Change { change: change(&alias(), "UpdateAlias", before(MOVED)) },
        Observed::Alias { state },
        Observed::Change { change: change(&other, "UpdateAlias", before(MOVED)) },
        Observed::Engine { findings },
    ];
    let assessment = concluded_from(observed, traffic, &[]);
    assessment.hypotheses.iter().find(|one| one.component == other).map_or(0.0, |one| one.confidence)
}

#[test]
fn alias_that_its_own_metrics_clear_stays_a_rival() {
    let beside_an_unread_one = beside_another(None);
    assert!(beside_an_unread_one > 0.0);
    assert!(beside_another(Some(traffic(None))) <= beside_an_unread_one);
}

#[test]
fn metrics_that_would_not_show_the_fault_clear_nothing() {
    let without = |measured: &[&str]| AliasTraffic {
        measured: measured.iter().map(|name| (*name).to_owned()).collect(),
        ..traffic(None)
    };
    assert_eq!(said(Some(without(&["Duration", "Invocations"]))), "began with it");
    // Too few for the engine to call it abnormal, and far more than before.
    let failures = (0..MOVED).map(|minute| (before(minute).as_second(), 3)).collect();
    assert_eq!(said(Some(AliasTraffic { failures, ..traffic(None) })), "began with it");
    let small_canary = vec![version("3", 2, 2), version("2", 98, 0)];
    assert_eq!(said(Some(AliasTraffic { versions: small_canary, ..traffic(None) })), "new version fails");
}

#[test]
fn metrics_that_could_not_be_read_propose_nothing() {
    assert!(of_alias(&concluded(None, &[])).unwrap().proposal.is_some());
    let denied = PortError::new("GetMetricData", PortErrorKind::Denied, "no");
    let assessment = concluded(None, &[Gap::from_error(ReadSource::AliasMetrics, &denied)]);
    let found = of_alias(&assessment).unwrap();
    assert_eq!(found.proposal, None);
    assert!(found.cause.contains("Its own metrics could not be read"), "{}", found.cause);
}

fn any_traffic() -> impl Strategy<Value = AliasTraffic> {
    let began = prop::option::of((-2i64..30).prop_map(before));
    let one = |number: &'static str| {
        (0u64..200, 0u64..200).prop_map(move |(a, b)| version(number, a.max(b), a.min(b)))
    };
    let versions = (one("3"), one("2")).prop_map(|(newer, older)| vec![newer, older]);
    (began, prop::option::of(versions), 0u64..9).prop_map(|(began, versions, failed)| AliasTraffic {
        versions: versions.unwrap_or_default(),
        failures: (0..MOVED).map(|minute| (before(minute).as_second(), failed)).collect(),
        ..traffic(began)
    })
}

proptest! {
    #[test]
    fn metrics_of_an_alias_never_make_it_likelier(traffic in any_traffic(), fault in 0i64..20) {
        let without = concluded_of_fault(fault, None, &[]);
        let with = concluded_of_fault(fault, Some(traffic), &[]);
        let confidence = |of: &Assessment| of_alias(of).map_or(0.0, |found| found.confidence);
        prop_assert!(confidence(&with) <= confidence(&without));
        // Nor does it answer any question more boldly than the metrics of its function, but by a contrast.
        let causality = |of: &Assessment| of_alias(of).and_then(|found| found.causality.clone());
        if let (Some(with), Some(without)) = (causality(&with), causality(&without)) {
            prop_assert!(with.alibi.is_some() || without.alibi.is_none());
            let contrast = matches!(with.discrimination, Some(Discrimination::NewVersionFails(_)));
            prop_assert!(contrast || with.discrimination.is_none() || without.discrimination.is_some());
        }
        prop_assert!(with.hypotheses.iter().all(|one| one.component == alias() || one.proposal.is_none()));
    }
}
