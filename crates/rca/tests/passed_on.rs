//! Tests that a component is not blamed for what another passes on to it: work that waits, load, a limit that is shared.

#[path = "support/systems.rs"]
mod support;

use std::collections::BTreeSet;

use common::FailureMode;
use jiff::Timestamp;
use proptest::prelude::*;
use rca::{Change, ComponentRoles, EvidenceItem, IncidentData, LogWindow, Reason, Series, Symptom, analyze};
use support::{INCIDENT, Noise, PERIOD, call, series, symptom};

/// A metric, and how many times its usual level it is at during the incident. Sums of failures are 2 in a period.
type Metric = (&'static str, &'static str, f64);

/// A caller and a component that it calls.
type Pair = (&'static str, &'static str);

fn case(symptom_of: (&str, &str), metrics: &[Metric], calls: &[Pair], seed: u64) -> IncidentData {
    let mut noise = Noise::new(seed);
    let series = metrics.iter().map(|(component, metric, times)| of(component, metric, *times, &mut noise));
    let (component, metric) = symptom_of;
    IncidentData {
        symptom: Symptom { metric: metric.to_owned(), ..symptom(component) },
        series: series.collect(),
        calls: (!calls.is_empty()).then(|| calls.iter().map(|(from, to)| call(from, to)).collect()),
        roles: ComponentRoles {
            relays: ["queue", "dead", "balancer"].map(str::to_owned).into(),
            sharing: vec![["shop", "import", "mail"].map(str::to_owned).into()],
        },
        ..IncidentData::default()
    }
}

fn of(component: &str, metric: &str, times: f64, noise: &mut Noise) -> Series {
    let counts = ["Errors", "Throttles", "Invocations", "RequestCount", "Evictions"].contains(&metric);
    let level = if metric == "Invocations" || metric == "RequestCount" { 1_000.0 } else { 2.0 };
    series(component, metric, if counts { "Sum" } else { "Average" }, level, times, noise)
}

/// The component and the mode that come first; of nothing, no name.
fn first(case: &IncidentData) -> (String, FailureMode) {
    let first = analyze(case).hypotheses.into_iter().next();
    first.map_or_else(|| named("", FailureMode::Unknown), |first| (first.component, first.failure_mode))
}

fn named(component: &str, mode: FailureMode) -> (String, FailureMode) {
    (component.to_owned(), mode)
}

const AGE: &str = "ApproximateAgeOfOldestMessage";

#[test]
fn analyze_what_only_hands_work_on_is_explained_by_what_works_on_it() {
    use FailureMode::{Backlog, Failing, Memory, Slow, Stopped};
    let table: [(&str, &[Metric], &[Pair], _); 8] = [
        (
            "queue",
            &[("queue", AGE, 900.0), ("work", "Errors", 20.0)],
            &[("queue", "work")],
            ("work", Failing),
        ),
        ("queue", &[("queue", AGE, 900.0), ("work", "Duration", 9.0)], &[("queue", "work")], ("work", Slow)),
        (
            "queue",
            &[("queue", AGE, 900.0), ("work", "Invocations", 0.01)],
            &[("queue", "work")],
            ("work", Stopped),
        ),
        // Nobody is known to read the dead letters.
        ("dead", &[("dead", AGE, 900.0), ("work", "Errors", 20.0)], &[("queue", "work")], ("work", Failing)),
        (
            "balancer",
            &[("balancer", "HTTPCode_ELB_5XX_Count", 60.0), ("web", "MemoryUtilization", 2.0)],
            &[],
            ("web", Memory),
        ),
        // Nothing is known of the worker, or it is as usual.
        ("queue", &[("queue", AGE, 900.0)], &[("queue", "work")], ("queue", Backlog)),
        (
            "queue",
            &[("queue", AGE, 900.0), ("work", "Errors", 1.0)],
            &[("queue", "work")],
            ("queue", Backlog),
        ),
        // More work is no trouble of its own.
        (
            "queue",
            &[("queue", AGE, 900.0), ("work", "Invocations", 1.6)],
            &[("queue", "work")],
            ("queue", Backlog),
        ),
    ];
    for (component, metrics, calls, (cause, mode)) in table {
        let metric = metrics[0].1;
        assert_eq!(first(&case((component, metric), metrics, calls, 7)), named(cause, mode), "{metrics:?}");
    }
}

#[test]
fn analyze_a_queue_whose_worker_is_slow_because_of_a_database_is_explained_by_the_database() {
    let metrics = [("queue", AGE, 900.0), ("work", "Duration", 9.0), ("database", "Latency", 9.0)];
    let calls = [("queue", "work"), ("work", "database")];
    assert_eq!(first(&case(("queue", AGE), &metrics, &calls, 8)), named("database", FailureMode::Slow));
}

#[test]
fn analyze_an_incident_that_shows_in_a_queue_began_when_its_worker_failed() {
    let metrics = [("queue", AGE, 900.0), ("work", "Errors", 20.0)];
    let mut case = case(("queue", AGE), &metrics, &[("queue", "work")], 16);
    // It takes three periods until what waits is old.
    let usual: Vec<f64> = case.series[0].baseline.values.iter().copied().take(3).collect();
    case.series[0].incident.values.splice(4..7, usual);
    assert_eq!(analyze(&case).onset.unwrap().as_second(), INCIDENT + 4 * PERIOD);
}

#[test]
fn analyze_a_queue_that_was_just_changed_is_not_explained_away() {
    let metrics = [("queue", AGE, 900.0), ("work", "Errors", 20.0)];
    let mut case = case(("queue", AGE), &metrics, &[("queue", "work")], 9);
    case.changes = vec![Change {
        id: "e-1".to_owned(),
        at: Timestamp::from_second(INCIDENT + 3 * PERIOD).unwrap(),
        name: "SetQueueAttributes".to_owned(),
        source: "sqs.amazonaws.com".to_owned(),
        actor: "somebody".to_owned(),
        read_only: Some(false),
        failed: false,
        touches: vec!["queue".to_owned()],
    }];
    assert_eq!(first(&case), named("queue", FailureMode::BadConfiguration));
    // One that was as usual for a while since is.
    case.changes[0].at -= jiff::SignedDuration::from_secs(10 * PERIOD);
    assert_eq!(first(&case).0, "work");
}

#[test]
fn analyze_who_calls_a_balancer_does_not_explain_it() {
    let metrics = [("balancer", "HTTPCode_ELB_5XX_Count", 20.0), ("caller", "Errors", 20.0)];
    let case = case(("balancer", metrics[0].1), &metrics, &[("caller", "balancer")], 10);
    assert_eq!(first(&case).0, "balancer");
}

#[test]
fn analyze_far_more_load_that_begins_with_the_trouble_is_overload() {
    use FailureMode::{Memory, Overload, Slow, Throttled};
    let table: [(&[Metric], &[Pair], _); 6] = [
        (&[("shop", "Throttles", 50.0), ("shop", "Invocations", 6.0)], &[], ("shop", Overload)),
        (&[("shop", "Throttles", 50.0), ("shop", "Invocations", 1.0)], &[], ("shop", Throttled)),
        (&[("shop", "Duration", 9.0), ("shop", "Invocations", 6.0)], &[], ("shop", Overload)),
        // Nobody asks for more: what is slow is asked for again.
        (
            &[("shop", "Duration", 9.0), ("shop", "Invocations", 6.0), ("web", "Invocations", 1.0)],
            &[("web", "shop")],
            ("shop", Slow),
        ),
        // What is behind it only takes its share.
        (
            &[
                ("shop", "Throttles", 50.0),
                ("shop", "Invocations", 6.0),
                ("stock", "Invocations", 6.0),
                ("price", "Invocations", 6.0),
            ],
            &[("shop", "stock"), ("shop", "price")],
            ("shop", Overload),
        ),
        (&[("shop", "MemoryUtilization", 9.0), ("shop", "Invocations", 6.0)], &[], ("shop", Memory)),
    ];
    for (metrics, calls, (cause, mode)) in table {
        assert_eq!(
            first(&case(("shop", metrics[0].1), metrics, calls, 11)),
            named(cause, mode),
            "{metrics:?}"
        );
    }
}

#[test]
fn analyze_what_a_balancer_hands_on_is_the_load_of_what_is_behind_it() {
    let metrics = [
        ("balancer", "TargetResponseTime", 9.0),
        ("balancer", "RequestCount", 6.0),
        ("web", "CPUUtilization", 3.0),
    ];
    let case = case(("balancer", metrics[0].1), &metrics, &[("balancer", "web")], 12);
    assert_eq!(first(&case), named("web", FailureMode::Overload));
}

#[test]
fn analyze_throttles_without_more_load_are_explained_by_the_neighbour_that_takes_more() {
    let refused =
        [("shop", "Throttles", 50.0), ("shop", "Invocations", 1.0), ("shop", "ConcurrentExecutions", 1.0)];
    let neighbour = |times| [("import", "ConcurrentExecutions", times), ("import", "Invocations", times)];
    let calls = [("shop", "stock")];
    let of = |times| case(("shop", "Throttles"), &[&refused[..], &neighbour(times)].concat(), &calls, 13);
    assert_eq!(first(&of(20.0)), named("import", FailureMode::Overload));
    assert_eq!(first(&of(1.0)), named("shop", FailureMode::Throttled));
    let findings = analyze(&of(20.0));
    let why = EvidenceItem::ExplainedBy { component: "import".to_owned(), reason: Reason::SharesLimit };
    assert!(findings.hypotheses.iter().any(|one| one.component == "shop" && one.contradicts.contains(&why)));
    // One that shares nothing with it explains nothing.
    let mut apart = of(20.0);
    apart.roles.sharing = vec![BTreeSet::from(["import".to_owned(), "mail".to_owned()])];
    assert_eq!(first(&apart), named("shop", FailureMode::Throttled));
}

#[test]
fn analyze_errors_of_its_own_are_not_explained_by_a_callee_that_is_slow() {
    let metrics = [("shop", "Errors", 40.0), ("shop", "Duration", 1.6), ("pay", "Duration", 4.0)];
    for (line, cause) in [
        ("ERROR TypeError: basket.items is not iterable", "shop"),
        ("ERROR TimeoutError: no answer within 3 s", "pay"),
        ("ERROR pay answered nothing", "pay"),
    ] {
        let mut case = case(("shop", "Errors"), &metrics, &[("shop", "pay")], 14);
        let served: Vec<String> = (0..200).map(|count| format!("served order {count}")).collect();
        let failed = (0..40).map(|count| format!("{line}, order {count}"));
        case.logs = vec![LogWindow {
            component: "shop".to_owned(),
            baseline_seconds: 3_600,
            incident_seconds: 3_600,
            baseline: served.clone(),
            incident: served.into_iter().chain(failed).collect(),
        }];
        assert_eq!(first(&case).0, cause, "{line}");
    }
}

#[test]
fn analyze_a_cache_that_evicts_is_short_of_memory() {
    let metrics = [("shop", "Duration", 5.0), ("cache", "CacheHitRate", 0.3), ("cache", "Evictions", 5.0)];
    let case = case(("shop", "Duration"), &metrics, &[("shop", "cache")], 15);
    assert_eq!(first(&case), named("cache", FailureMode::Memory));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However long the queue has become, and however it is called.
    #[test]
    fn analyze_a_queue_is_behind_a_worker_that_fails(
        seed in 0..500_u64, times in 20.0..1e6_f64, fails in 20.0..60.0_f64, linked: bool,
    ) {
        let calls: &[Pair] = if linked { &[("queue", "work")] } else { &[] };
        let metrics = [("queue", AGE, times), ("work", "Errors", fails)];
        let case = case(("queue", AGE), &metrics, calls, seed);
        prop_assert_eq!(first(&case).0, "work");
    }

    /// The component that takes more of the limit is named, and never one that takes as much as it always did.
    #[test]
    fn analyze_a_neighbour_with_its_usual_load_explains_no_throttles(seed in 0..500_u64, throttles in 20.0..200.0_f64) {
        let metrics = [
            ("shop", "Throttles", throttles),
            ("shop", "Invocations", 1.0),
            ("import", "Invocations", 1.0),
            ("mail", "Invocations", 1.0),
        ];
        let case = case(("shop", "Throttles"), &metrics, &[("shop", "stock")], seed);
        prop_assert_eq!(first(&case).0, "shop");
    }
}
