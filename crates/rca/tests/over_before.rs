//! What was over before the symptom began is another incident, though it lies in the minutes that are judged with this one.

#[path = "support/systems.rs"]
mod support;

use proptest::prelude::*;
use rca::{IncidentData, analyze};
use support::{BASELINE_STEPS, Noise, call, first, series, symptom};

/// `web` and `store` are slow in the incident. `mail`, and `web` by it, was slow for `lasted` minutes and has been calm for `calm`
/// when the incident's window begins.
fn after_another(lasted: i64, calm: i64, seed: u64) -> IncidentData {
    let noise = &mut Noise::new(seed);
    let mut all = vec![
        series("web", "latency", "Average", 0.4, 3.0, noise),
        series("store", "latency", "Average", 0.1, 5.0, noise),
        series("mail", "latency", "Average", 0.1, 1.0, noise),
    ];
    for one in all.iter_mut().filter(|one| one.component != "store") {
        let until = BASELINE_STEPS - calm;
        for minute in (until - lasted)..until {
            let value = usize::try_from(minute).ok().and_then(|minute| one.baseline.values.get_mut(minute));
            if let Some(value) = value {
                *value *= 30.0;
            }
        }
    }
    IncidentData {
        symptom: symptom("web"),
        series: all,
        calls: Some(vec![call("web", "store"), call("web", "mail")]),
        ..IncidentData::default()
    }
}

proptest! {
    #[test]
    fn analyze_an_incident_that_was_over_minutes_before_is_not_blamed(
        seed in 0..500_u64, lasted in 2..9_i64, calm in 3..6_i64,
    ) {
        let found = first(&after_another(lasted, calm, seed));
        prop_assert_eq!(found.as_deref(), Some("store"));
    }
}

#[test]
fn analyze_the_onset_of_a_late_alarm_is_before_the_window() {
    let mut data = after_another(0, 0, 1);
    for one in data.series.iter_mut().filter(|one| one.component != "mail") {
        one.baseline.values.iter_mut().skip(174).for_each(|value| *value *= 5.0);
        one.incident.values.iter_mut().take(4).for_each(|value| *value *= 5.0);
    }
    let began = data.series[0].baseline.times[174];
    let onset = analyze(&data).onset.map(jiff::Timestamp::as_second);
    assert_eq!(onset, Some(began));
}
