//! Systems made up for tests: who calls whom, noise, and a fault.

#![allow(dead_code, reason = "every test file uses its own part of it")]

use rca::{Call, IncidentData, Samples, Series, Symptom};

pub(crate) const PERIOD: i64 = 60;
/// When the incident's window begins.
pub(crate) const INCIDENT: i64 = 1_700_000_000;
pub(crate) const BASELINE_STEPS: i64 = 180;
pub(crate) const INCIDENT_STEPS: i64 = 20;

/// Xorshift: the same noise every time.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From -1 to 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let top = u32::try_from(self.0 >> 32).unwrap_or(u32::MAX);
        2.0 * f64::from(top) / f64::from(u32::MAX) - 1.0
    }
}

/// A metric that is `level` give or take a tenth, and `times` as much from the incident's step 4 on.
pub(crate) fn series(
    component: &str,
    metric: &str,
    statistic: &str,
    level: f64,
    times: f64,
    noise: &mut Noise,
) -> Series {
    let side = |from: i64, steps: i64, noise: &mut Noise, fault: bool| Samples {
        times: (0..steps).map(|step| from + step * PERIOD).collect(),
        values: (0..steps)
            .map(|step| {
                let times = if fault && step >= 4 { times } else { 1.0 };
                level * times * (1.0 + 0.1 * noise.next())
            })
            .collect(),
    };
    Series {
        id: format!("{component} {metric} {statistic}"),
        component: component.to_owned(),
        caller: None,
        metric: metric.to_owned(),
        statistic: statistic.to_owned(),
        baseline: side(INCIDENT - BASELINE_STEPS * PERIOD, BASELINE_STEPS, noise, false),
        incident: side(INCIDENT, INCIDENT_STEPS, noise, true),
    }
}

pub(crate) fn call(from: &str, to: &str) -> Call {
    Call { caller: from.to_owned(), callee: to.to_owned() }
}

/// `web → api → store → disk` and `api → mail`: `store` is slow, and all that wait for it.
pub(crate) fn slow_store(seed: u64) -> IncidentData {
    let mut noise = Noise::new(seed);
    let levels =
        [("web", 0.4, 2.0), ("api", 0.2, 3.0), ("store", 0.1, 5.0), ("disk", 0.01, 1.0), ("mail", 0.05, 1.0)];
    IncidentData {
        symptom: symptom("web"),
        series: levels
            .iter()
            .flat_map(|(component, level, times)| {
                [
                    series(component, "latency", "Average", *level, *times, &mut noise),
                    series(component, "cpu", "Average", 30.0, 1.0, &mut noise),
                ]
            })
            .collect(),
        calls: Some(vec![
            call("web", "api"),
            call("api", "store"),
            call("store", "disk"),
            call("api", "mail"),
        ]),
        ..IncidentData::default()
    }
}

pub(crate) fn healthy(seed: u64) -> IncidentData {
    let mut noise = Noise::new(seed);
    let mut case = slow_store(seed);
    for one in &mut case.series {
        *one = series(&one.component, &one.metric, &one.statistic, 0.2, 1.0, &mut noise);
    }
    case
}

pub(crate) fn symptom(component: &str) -> Symptom {
    Symptom {
        component: component.to_owned(),
        metric: "latency".to_owned(),
        statistic: "Average".to_owned(),
        detected_at: jiff::Timestamp::from_second(INCIDENT + 6 * PERIOD).ok(),
    }
}

pub(crate) fn first(case: &IncidentData) -> Option<String> {
    rca::analyze(case).hypotheses.first().map(|first| first.component.clone())
}

/// `series`, sampled every `period` seconds.
pub(crate) fn resampled(case: &IncidentData, component: &str, period: i64) -> IncidentData {
    let mut case = case.clone();
    for one in case.series.iter_mut().filter(|one| one.component == component) {
        for side in [&mut one.baseline, &mut one.incident] {
            let kept: Vec<(i64, f64)> = side
                .times
                .iter()
                .copied()
                .zip(side.values.iter().copied())
                .filter(|(at, _)| (at - INCIDENT) % period == 0)
                .collect();
            (side.times, side.values) =
                (kept.iter().map(|(at, _)| *at).collect(), kept.iter().map(|(_, value)| *value).collect());
        }
    }
    case
}
