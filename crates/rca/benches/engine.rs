//! Measures the engine on made-up systems: one of forty components with a call graph, one of a few dozen
//! series a second without, and one as large as an account.

#[path = "../tests/support/systems.rs"]
mod systems;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rca::{IncidentData, Samples, Series, analyze};
use systems::{INCIDENT, Noise, call, symptom};

const METRICS: &[(&str, &str)] = &[
    ("latency", "Average"),
    ("latency", "p99"),
    ("availability", "Average"),
    ("requests", "Sum"),
    ("cpu", "Average"),
];

fn side(from: i64, period: i64, steps: i64, times: f64, noise: &mut Noise) -> Samples {
    Samples {
        times: (0..steps).map(|step| from + step * period).collect(),
        values: (0..steps).map(|_| 10.0 * times * (1.0 + 0.1 * noise.next())).collect(),
    }
}

/// `components` in a chain of calls, the last of them five times as slow as before.
fn chain(
    components: usize,
    metrics: usize,
    period: i64,
    baseline: i64,
    incident: i64,
    graph: bool,
) -> IncidentData {
    let mut noise = Noise::new(7);
    let name = |place: usize| format!("component-{place:05}");
    let mut series = Vec::new();
    for place in 0..components {
        for (metric, statistic) in METRICS.iter().cycle().take(metrics) {
            let times = if *metric == "latency" && place + 3 >= components { 5.0 } else { 1.0 };
            series.push(Series {
                id: format!("s{}", series.len()),
                component: name(place),
                caller: None,
                metric: (*metric).to_owned(),
                statistic: (*statistic).to_owned(),
                baseline: side(INCIDENT - baseline * period, period, baseline, 1.0, &mut noise),
                incident: side(INCIDENT, period, incident, times, &mut noise),
            });
        }
    }
    let calls = (1..components).map(|place| call(&name(place - 1), &name(place))).collect();
    IncidentData {
        symptom: symptom(&name(components.saturating_sub(3))),
        series,
        calls: graph.then_some(calls),
        ..IncidentData::default()
    }
}

fn engine(criterion: &mut Criterion) {
    for (name, case) in [
        ("42 components, 210 series of 589+5 samples, call graph", chain(42, 5, 300, 589, 5, true)),
        ("13 components, 39 series of 292+282 samples, no graph", chain(13, 3, 1, 292, 282, false)),
        (
            "2,000 components, 10,000 series of 1,410+30 samples, call graph",
            chain(2_000, 5, 60, 1_410, 30, true),
        ),
    ] {
        let mut group = criterion.benchmark_group("analyze");
        group.sample_size(10);
        group.bench_function(name, |bencher| bencher.iter(|| analyze(black_box(&case))));
        group.finish();
    }
}

criterion_group!(benches, engine);
criterion_main!(benches);
