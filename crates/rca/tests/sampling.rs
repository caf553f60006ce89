//! Tests that verdicts hold however a metric is sampled, and whatever its baseline looks like.

#[path = "support/systems.rs"]
mod support;

use common::FailureMode;
use jiff::{SignedDuration, Timestamp};
use rca::{EvidenceItem, IncidentData, Verdict, analyze};
use support::{INCIDENT, Noise, PERIOD, first, healthy, resampled, series, slow_store};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(INCIDENT + seconds)
}

#[test]
fn analyze_errors_of_a_metric_never_published_before_count() {
    let mut noise = Noise::new(4);
    let mut case = slow_store(4);
    case.symptom.metric = "Errors".to_owned();
    case.symptom.statistic = "Sum".to_owned();
    case.series = ["web", "api", "store"]
        .map(|component| {
            let mut one = series(component, "Errors", "Sum", 0.0, 1.0, &mut noise);
            // CloudWatch publishes no zeros: the times were asked for, and there was nothing.
            one.baseline.values.iter_mut().for_each(|value| *value = f64::NAN);
            one.incident.values = (0..20).map(|step| if step >= 4 { 12.0 } else { f64::NAN }).collect();
            one
        })
        .to_vec();
    let findings = analyze(&case);
    let best = &findings.hypotheses[0];
    assert_eq!((best.component.as_str(), best.failure_mode), ("store", FailureMode::Failing));
}

#[test]
fn analyze_what_began_long_after_the_alarm_is_not_its_cause() {
    let mut case = slow_store(7);
    case.symptom.detected_at = Some(at(-3_600));
    assert!(matches!(analyze(&case).verdict, Verdict::Healthy { .. }));
}

#[test]
fn analyze_a_late_alarm_still_finds_onset_and_cause() {
    // Eight minutes of the incident lie in what is called the baseline.
    let mut case = slow_store(8);
    for one in &mut case.series {
        let all_times: Vec<i64> =
            one.baseline.times.iter().chain(one.incident.times.iter()).copied().collect();
        let all: Vec<f64> = one.baseline.values.iter().chain(&one.incident.values).copied().collect();
        let cut = all_times.iter().position(|at| *at >= INCIDENT + 12 * PERIOD).unwrap();
        one.baseline.times = all_times[..cut].into();
        one.baseline.values = all[..cut].to_vec();
        one.incident.times = all_times[cut..].into();
        one.incident.values = all[cut..].to_vec();
    }
    case.symptom.detected_at = Some(at(13 * PERIOD));
    let findings = analyze(&case);
    assert_eq!(findings.hypotheses[0].component, "store");
    assert!(
        findings.onset.unwrap().duration_since(at(4 * PERIOD)).abs() <= SignedDuration::from_secs(2 * PERIOD)
    );
}

#[test]
fn analyze_a_level_that_rises_every_day_at_this_hour_is_healthy() {
    let mut case = healthy(9);
    let wave = |time: i64| {
        let second_of_day = i32::try_from(time % 86_400).unwrap();
        1.0 + 0.8 * (std::f64::consts::TAU * f64::from(second_of_day) / 86_400.0).sin()
    };
    for one in &mut case.series {
        let mut noise = Noise::new(9);
        // Three days, a sample every five minutes, up to the incident.
        let times: Vec<i64> = (1..=864).rev().map(|back| INCIDENT - back * 300).collect();
        one.baseline.values = times.iter().map(|time| wave(*time) * (1.0 + 0.03 * noise.next())).collect();
        one.baseline.times = times.into();
        one.incident.values =
            one.incident.times.iter().map(|time| wave(*time) * (1.0 + 0.03 * noise.next())).collect();
    }
    assert!(matches!(analyze(&case).verdict, Verdict::Healthy { .. }));
}

#[test]
fn analyze_a_coarser_sampled_cause_is_found() {
    for period in [120, 300] {
        let case = resampled(&slow_store(21), "store", period);
        assert_eq!(first(&case).as_deref(), Some("store"), "{period}");
    }
}

#[test]
fn analyze_every_other_sample_missing_still_finds_the_cause() {
    let mut case = slow_store(22);
    for one in &mut case.series {
        one.incident.values.iter_mut().step_by(2).for_each(|value| *value = f64::NAN);
    }
    assert_eq!(first(&case).as_deref(), Some("store"));
}

#[test]
fn analyze_every_time_given_twice_changes_neither_cause_nor_onset() {
    let case = slow_store(23);
    let mut doubled = case.clone();
    for one in &mut doubled.series {
        for side in [&mut one.baseline, &mut one.incident] {
            side.times = side.times.iter().flat_map(|at| [*at, *at]).collect();
            side.values = side.values.iter().flat_map(|value| [*value, *value]).collect();
        }
    }
    let (once, twice) = (analyze(&case), analyze(&doubled));
    assert_eq!(once.onset, twice.onset);
    assert_eq!(first(&case), first(&doubled));
}

#[test]
fn analyze_which_statistic_of_the_symptom_comes_first_does_not_matter() {
    let mut noise = Noise::new(24);
    let mut case = resampled(&slow_store(24), "store", 300);
    let mut p99 = case.clone();
    p99.series = vec![series("web", "latency", "p99", 0.9, 2.0, &mut noise)];
    let p99 = resampled(&p99, "web", 300).series;
    let after = IncidentData { series: [case.series.clone(), p99.clone()].concat(), ..case.clone() };
    case.series = [p99, case.series].concat();
    assert_eq!(first(&case).as_deref(), Some("store"));
    assert_eq!(first(&after).as_deref(), Some("store"));
}

fn errors(baseline: impl Fn(usize) -> f64, incident: impl Fn(usize) -> f64) -> IncidentData {
    let mut noise = Noise::new(25);
    let mut case = slow_store(25);
    "Errors".clone_into(&mut case.symptom.metric);
    "Sum".clone_into(&mut case.symptom.statistic);
    let mut one = series("web", "Errors", "Sum", 0.0, 1.0, &mut noise);
    one.baseline.values = (0..one.baseline.times.len()).map(baseline).collect();
    one.incident.values = (0..one.incident.times.len()).map(incident).collect();
    case.series = vec![one];
    case
}

#[test]
fn analyze_errors_that_were_rarely_published_count_as_rare() {
    let rarely = |step| if step % 60 == 0 { 12.0 } else { f64::NAN };
    assert_eq!(first(&errors(rarely, |_| 12.0)).as_deref(), Some("web"));
    assert_eq!(first(&errors(|_| 12.0, |_| 12.0)), None);
}

#[test]
fn analyze_sums_over_other_periods_are_compared_by_rate() {
    let minutes = errors(|_| 10.0, |_| 10.0);
    let mut five_minutes = resampled(&minutes, "web", 300);
    five_minutes.series[0].incident = minutes.series[0].incident.clone();
    five_minutes.series[0].baseline.values.iter_mut().for_each(|sum| *sum *= 5.0);
    assert_eq!(first(&five_minutes), None);
    five_minutes.series[0].incident.values.iter_mut().for_each(|sum| *sum *= 4.5);
    assert_eq!(first(&five_minutes).as_deref(), Some("web"));
}

#[test]
fn analyze_availability_falls_with_nobody_counting_requests_any_more() {
    let mut noise = Noise::new(26);
    let mut case = slow_store(26);
    case.symptom.metric = "availability".to_owned();
    let mut availability = series("web", "availability", "Average", 1.0, 1.0, &mut noise);
    availability.baseline.values.iter_mut().for_each(|share| *share = share.min(1.0));
    availability.incident.values = (0..20).map(|step| if step >= 4 { 0.3 } else { 0.99 }).collect();
    let mut requests = series("web", "requests", "Sum", 100.0, 1.0, &mut noise);
    requests.incident.values.iter_mut().for_each(|count| *count = f64::NAN);
    case.series = vec![availability, requests];
    assert_eq!(first(&case).as_deref(), Some("web"));
}

#[test]
fn analyze_above_a_falling_trend_is_said_to_have_risen() {
    let mut case = slow_store(32);
    let falling = |step: i32, more: f64| 100.0 - 0.2 * f64::from(step) + more;
    let one = case.series.iter_mut().find(|one| one.id == "web latency Average").unwrap();
    let mut noise = Noise::new(32);
    one.baseline.values = (0..180).map(|step| falling(step, 0.2 * noise.next())).collect();
    one.incident.values = (0..20)
        .map(|step| falling(180 + step, if step >= 4 { 4.0 } else { 0.0 } + 0.2 * noise.next()))
        .collect();
    let findings = analyze(&case);
    let web = findings.hypotheses.iter().find(|one| one.component == "web").unwrap();
    let EvidenceItem::Metric(shift) = &web.supports[0] else { panic!("{:?}", web.supports) };
    assert!(shift.incident > shift.baseline && shift.deviations > 0.0, "{shift:?}");
}

#[test]
fn analyze_one_wild_sample_and_no_other_is_no_incident() {
    let mut case = healthy(34);
    for one in &mut case.series {
        one.incident.values.iter_mut().for_each(|value| *value = f64::NAN);
        one.incident.values[7] = 0.9;
    }
    assert!(!matches!(analyze(&case).verdict, Verdict::RootCause));
}

#[test]
fn analyze_course_of_the_day_is_learnt_from_any_number_of_days() {
    let day = |time: i64| {
        let hour = time.rem_euclid(86_400) / 3_600;
        if (8..18).contains(&hour) { 3.0 } else { 1.0 }
    };
    for hours in [48_i64, 60, 72, 96] {
        for start in 0..24_i64 {
            let mut case = slow_store(35);
            for one in &mut case.series {
                let mut noise = Noise::new(35);
                let began = INCIDENT - INCIDENT % 86_400 + start * 3_600;
                let at = |time: i64, noise: &mut Noise| day(time) * (1.0 + 0.05 * noise.next());
                one.baseline.times = (1..=hours * 12).rev().map(|back| began - back * 300).collect();
                one.baseline.values = one.baseline.times.iter().map(|time| at(*time, &mut noise)).collect();
                one.incident.times = (0..20).map(|step| began + step * 60).collect();
                let times = if one.component == "store" && one.metric == "latency" { 2.0 } else { 1.0 };
                one.incident.values =
                    one.incident.times.iter().map(|time| times * at(*time, &mut noise)).collect();
                case.symptom.detected_at = Timestamp::from_second(began + 300).ok();
            }
            assert_eq!(first(&case).as_deref(), Some("store"), "{hours} hours before {start} o'clock");
        }
    }
}

#[test]
fn analyze_a_metric_that_hardly_ever_moves_is_judged_by_how_it_does() {
    let blip = |step: usize| if step % 60 == 30 { 1.02 } else { 1.0 };
    let with = |during: f64| {
        let mut case = slow_store(40);
        case.series.retain(|one| one.component == "web" && one.metric == "latency");
        let one = &mut case.series[0];
        one.baseline.values = (0..180).map(blip).collect();
        one.incident.values = (0..20).map(|step| if step >= 4 { during } else { blip(step) }).collect();
        first(&case)
    };
    assert_eq!(with(1.0), None);
    assert_eq!(with(2.0).as_deref(), Some("web"));
}
