//! Series of calls: what a caller sees of a callee, and to which of the two it is laid.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/systems.rs"]
mod support;

use rca::{Call, EvidenceItem, IncidentData, Series, analyze};
use support::{Noise, call, first, series, symptom};

/// The latency of the calls from one component to another, `times` as long in the incident.
fn calls(from: &str, to: &str, times: f64, noise: &mut Noise) -> Series {
    let of_callee = series(to, "latency", "Average", 0.1, times, noise);
    Series { id: format!("{from} to {to}"), caller: Some(from.to_owned()), ..of_callee }
}

/// `web → cart`, `web → pay`, `web → mail`, `pay → cart`; `web` is slow, and what it calls answers as ever.
fn slow_web(slow: &[(&str, &str)], listed: bool, seed: u64) -> IncidentData {
    let mut noise = Noise::new(seed);
    let edges = [("web", "cart"), ("web", "pay"), ("web", "mail"), ("pay", "cart")];
    let mut all = vec![series("web", "latency", "Average", 0.5, 3.0, &mut noise)];
    for component in ["cart", "pay", "mail"] {
        all.push(series(component, "latency", "Average", 0.05, 1.0, &mut noise));
        all.push(series(component, "cpu", "Average", 30.0, 1.0, &mut noise));
    }
    for (caller, callee) in edges {
        let times = if slow.contains(&(caller, callee)) { 10.0 } else { 1.0 };
        all.push(calls(caller, callee, times, &mut noise));
    }
    let listed: Option<Vec<Call>> = listed.then(|| edges.map(|(caller, callee)| call(caller, callee)).into());
    IncidentData { symptom: symptom("web"), series: all, calls: listed, ..IncidentData::default() }
}

#[test]
fn analyze_slow_calls_to_one_callee_are_laid_to_it_though_it_answers_as_ever() {
    for seed in 0..10 {
        for listed in [true, false] {
            let cart = first(&slow_web(&[("web", "cart"), ("pay", "cart")], listed, seed));
            assert_eq!(cart.as_deref(), Some("cart"), "{seed}");
            let mail = first(&slow_web(&[("web", "mail")], listed, seed));
            assert_eq!(mail.as_deref(), Some("mail"), "{seed}");
        }
    }
}

#[test]
fn analyze_slow_calls_of_one_caller_to_all_its_callees_are_laid_to_the_caller() {
    for seed in 0..10 {
        let data = slow_web(&[("web", "cart"), ("web", "pay"), ("web", "mail")], true, seed);
        assert_eq!(first(&data).as_deref(), Some("web"), "{seed}");
    }
}

#[test]
fn analyze_evidence_of_a_slow_call_says_who_sees_it() {
    let findings = analyze(&slow_web(&[("web", "mail")], true, 3));
    let shift = findings.hypotheses[0].supports.iter().find_map(|item| match item {
        EvidenceItem::Metric(shift) => Some(shift.to_string()),
        _ => None,
    });
    let told = shift.unwrap();
    assert!(told.starts_with("latency (Average) as web sees it rose from 0.1"), "{told}");
}
