//! Checks the properties that hold for any input.

#[path = "support/systems.rs"]
mod support;

use proptest::prelude::*;
use rca::{Call, Change, IncidentData, LogWindow, Samples, Series, Verdict, analyze};
use support::{INCIDENT, Noise, PERIOD, call, first, series, slow_store};

/// Values of all kinds that files hold.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3_f64,
        1 => Just(0.0),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN_POSITIVE),
    ]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => (0..500_i64).prop_map(|step| INCIDENT - 250 * PERIOD + step * PERIOD),
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
        1 => any::<i64>(),
    ]
}

fn samples() -> impl Strategy<Value = Samples> {
    (prop::collection::vec(time(), 0..40), prop::collection::vec(value(), 0..40))
        .prop_map(|(times, values)| Samples { times: times.into(), values })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-f]", Just("ö💥".to_owned())]
}

fn any_series() -> impl Strategy<Value = Series> {
    let metric = prop::sample::select(vec!["latency", "Errors", "availability", "requests", "cpu", "", "💥"]);
    let statistic = prop::sample::select(vec!["Average", "Sum", "p99", ""]);
    let caller = prop::option::weighted(0.3, name());
    ("[a-z]{0,3}", name(), caller, metric, statistic, samples(), samples()).prop_map(
        |(id, component, caller, metric, statistic, baseline, incident)| Series {
            id,
            component,
            caller,
            metric: metric.to_owned(),
            statistic: statistic.to_owned(),
            baseline,
            incident,
        },
    )
}

fn any_change() -> impl Strategy<Value = Change> {
    let text = || prop_oneof![name(), Just("arn:aws:lambda:r:1:function:a:live".to_owned()), ".{0,12}"];
    (
        text(),
        text(),
        time(),
        prop::option::of(any::<bool>()),
        any::<bool>(),
        prop::collection::vec(text(), 0..4),
    )
        .prop_map(|(id, name, at, read_only, failed, touches)| Change {
            id,
            at: jiff::Timestamp::from_second(at).unwrap_or_default(),
            source: name.clone(),
            actor: name.clone(),
            name,
            read_only,
            failed,
            touches,
        })
}

fn any_log() -> impl Strategy<Value = LogWindow> {
    let lines = || prop::collection::vec(".{0,30}", 0..12);
    (name(), any::<u64>(), any::<u64>(), lines(), lines()).prop_map(
        |(component, baseline_seconds, incident_seconds, baseline, incident)| LogWindow {
            component,
            baseline_seconds,
            incident_seconds,
            baseline,
            incident,
        },
    )
}

fn any_case() -> impl Strategy<Value = IncidentData> {
    let calls = prop::collection::vec((name(), name()), 0..12).prop_map(|pairs| {
        pairs.into_iter().map(|(caller, callee)| Call { caller, callee }).collect::<Vec<_>>()
    });
    let rest = (
        prop::collection::vec(any_change(), 0..6),
        prop::collection::vec(any_log(), 0..3),
        prop::option::of(time()),
        prop::sample::select(vec!["latency", "Errors", "availability", "cpu", ""]),
    );
    (prop::collection::vec(any_series(), 0..10), prop::option::of(calls), name(), rest).prop_map(
        |(series, calls, component, (changes, logs, noticed, metric))| IncidentData {
            symptom: rca::Symptom {
                component,
                metric: metric.to_owned(),
                statistic: "Average".to_owned(),
                detected_at: noticed.and_then(|at| jiff::Timestamp::from_second(at).ok()),
            },
            series,
            calls,
            changes,
            logs,
            roles: rca::ComponentRoles::default(),
        },
    )
}

/// Sampled every `gap` minutes, for as many hours longer on either side.
fn healthy_stranger(seed: u64, gap: i64, hours: i64) -> Vec<Series> {
    let mut noise = Noise::new(seed);
    let metrics =
        [("latency", "Average"), ("availability", "Average"), ("cpu", "Average"), ("requests", "Sum")];
    let mut all = metrics
        .map(|(metric, statistic)| series("stranger", metric, statistic, 0.7, 1.0, &mut noise))
        .to_vec();
    for one in &mut all {
        let began = INCIDENT - hours * 3_600;
        let side = |from: i64, to: i64, noise: &mut Noise| {
            let times: Vec<i64> =
                (0..(to - from) / (gap * PERIOD)).map(|step| from + step * gap * PERIOD).collect();
            let values = times.iter().map(|_| 0.7 + 0.07 * noise.next()).collect();
            Samples { times: times.into(), values }
        };
        one.baseline = side(began - 40_000, began, &mut noise);
        one.incident = side(began, INCIDENT + 1_200 + hours * 3_600, &mut noise);
    }
    all
}

/// All of a case's answer that does not depend on places in its lists.
fn answer(case: &IncidentData) -> Vec<(String, String, String)> {
    let findings = analyze(case);
    let verdict = format!("{:?}", findings.verdict);
    findings
        .hypotheses
        .iter()
        .map(|one| {
            (verdict.clone(), one.component.clone(), format!("{:.9} {:.9}", one.score, one.confidence))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn analyze_any_input_gets_an_answer_in_bounds(case in any_case()) {
        let findings = analyze(&case);
        let scores: Vec<f64> = findings.hypotheses.iter().map(|one| one.score).collect();
        prop_assert!(scores.iter().all(|score| score.is_finite() && *score >= 0.0));
        prop_assert!(scores.is_sorted_by(|one, next| one >= next));
        prop_assert!(findings.hypotheses.iter().all(|one| (0.0..=1.0).contains(&one.confidence)));
        prop_assert_eq!(findings.verdict == Verdict::RootCause, !findings.hypotheses.is_empty());
        for one in findings.hypotheses.iter().flat_map(|one| one.supports.iter().chain(&one.contradicts)) {
            prop_assert!(!one.to_string().is_empty());
        }
    }

    #[test]
    fn analyze_order_of_series_and_calls_does_not_matter(seed in 0..500_u64, keys in prop::collection::vec(any::<u32>(), 64)) {
        let case = slow_store(seed);
        let mut shuffled = case.clone();
        let mut places: Vec<usize> = (0..case.series.len()).collect();
        places.sort_by_key(|place| keys[*place]);
        shuffled.series = places.iter().map(|place| case.series[*place].clone()).collect();
        shuffled.calls.as_mut().unwrap().sort_by_key(|call| keys[call.caller.len() + 8 * call.callee.len()]);
        prop_assert_eq!(answer(&case), answer(&shuffled));
    }

    #[test]
    fn analyze_order_within_a_series_does_not_matter(seed in 0..500_u64, which in 0..10_usize) {
        let case = slow_store(seed);
        let mut turned = case.clone();
        let turn = &mut turned.series[which];
        for side in [&mut turn.baseline, &mut turn.incident] {
            side.times = side.times.iter().rev().copied().collect();
            side.values.reverse();
        }
        prop_assert_eq!(answer(&case), answer(&turned));
    }

    /// Request counts and shares are left out, because their absolute values matter; so are baselines of
    /// another day, because their level is part of the baseline. A time is only scaled: its zero is no convention.
    #[test]
    fn analyze_scaling_or_shifting_a_series_does_not_matter(
        seed in 0..500_u64, which in 0..10_usize, scale in 1e-3..1e3_f64, shift in -1e3..1e3_f64,
    ) {
        let case = slow_store(seed);
        let mut moved = case.clone();
        let one = &mut moved.series[which];
        let shift = if one.metric == "latency" { 0.0 } else { shift };
        for side in [&mut one.baseline, &mut one.incident] {
            side.values.iter_mut().for_each(|value| *value = *value * scale + shift);
        }
        let names = |case: &IncidentData| answer(case).into_iter().map(|(verdict, name, _)| (verdict, name)).collect::<Vec<_>>();
        prop_assert_eq!(names(&case), names(&moved));
    }

    #[test]
    fn analyze_another_healthy_component_does_not_change_who_is_first(
        seed in 0..500_u64, other in 500..900_u64, gap in 1..6_i64, hours in 0..4_i64, caller in prop::option::of(prop::sample::select(vec!["web", "api", "disk"])),
    ) {
        let case = slow_store(seed);
        let mut larger = case.clone();
        larger.series.extend(healthy_stranger(other, gap, hours));
        larger.calls.as_mut().unwrap().extend(caller.map(|caller| call(caller, "stranger")));
        prop_assert_eq!(first(&case), first(&larger));
        let (alone, beside) = (IncidentData { calls: None, ..case }, IncidentData { calls: None, ..larger });
        prop_assert_eq!(first(&alone), first(&beside));
    }

    #[test]
    fn analyze_missing_values_here_and_there_do_not_change_who_is_first(
        seed in 0..500_u64, holes in prop::collection::vec((0..10_usize, 0..180_usize), 0..60),
    ) {
        let mut case = slow_store(seed);
        for (which, place) in holes {
            case.series[which].baseline.values[place] = f64::NAN;
        }
        prop_assert_eq!(first(&case), Some("store".to_owned()));
    }
}
