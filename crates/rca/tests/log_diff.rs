//! Tests which changes are reported between two windows.

use proptest::prelude::*;
use rca::log_diff::{ChangeKind, TemplateChange, Windows, diff};

const HOUR: Windows = Windows { baseline_seconds: 3600, incident_seconds: 3600 };

fn times(line: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| line.replace('#', &n.to_string())).collect()
}

fn changes(baseline: &[Vec<String>], incident: &[Vec<String>], windows: Windows) -> Vec<TemplateChange> {
    diff(baseline.concat(), incident.concat(), windows)
}

#[test]
fn diff_new_gone_and_spiking_with_counts_and_examples() {
    let found = changes(
        &[times("served request #", 500), times("heartbeat #", 60), times("retry # failed", 5)],
        &[
            times("served request #", 520),
            times("no space left on device sd#", 2),
            times("retry # failed", 90),
        ],
        HOUR,
    );
    let told: Vec<_> = found
        .iter()
        .map(|change| (change.template.as_str(), change.kind, change.baseline, change.incident, change.error))
        .collect();
    assert_eq!(
        told,
        [
            ("no space left on device <*>", ChangeKind::New, 0, 2, true),
            ("retry <*> failed", ChangeKind::Spiking, 5, 90, true),
            ("heartbeat <*>", ChangeKind::Gone, 60, 0, false),
        ]
    );
    assert_eq!(found[0].example, "no space left on device sd0");
    assert_eq!(found[2].example, "heartbeat 0");
}

#[test]
fn diff_one_new_error_comes_before_any_number_of_harmless_lines() {
    let found = changes(
        &[times("cache warmed #", 10)],
        &[times("cache warmed #", 100_000), times("new shard # assigned", 5000), times("disk failure", 1)],
        HOUR,
    );
    assert_eq!(found[0].template, "disk failure");
    assert_eq!(found.len(), 3);
}

#[test]
fn diff_twice_the_traffic_or_few_lines_are_no_spike() {
    let busy = changes(&[times("served #", 1000)], &[times("served #", 1990)], HOUR);
    assert_eq!(busy, []);
    let few = changes(&[times("retry #", 1)], &[times("retry #", 6)], HOUR);
    assert_eq!(few, []);
    let gone = changes(&[times("nightly report #", 3)], &[], HOUR);
    assert_eq!(gone, []);
}

#[test]
fn diff_windows_of_different_length_compares_rates() {
    let windows = Windows { baseline_seconds: 36_000, incident_seconds: 600 };
    // Ten times as many lines in sixty times the time.
    let found = changes(&[times("slow query #", 600)], &[times("slow query #", 60)], windows);
    assert_eq!(found[0].kind, ChangeKind::Spiking);
    // A tenth of an expected line is nothing to miss.
    assert_eq!(changes(&[times("hourly job #", 10)], &[], windows), []);
}

#[test]
fn diff_unknown_length_compares_shares() {
    let found = changes(
        &[times("served #", 900), times("slow query #", 100)],
        &[times("served #", 90), times("slow query #", 910)],
        Windows::default(),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].template, "slow query <*>");
    let same = changes(&[times("served #", 900)], &[times("served #", 90)], Windows::default());
    assert_eq!(same, []);
}

#[test]
fn diff_template_is_mined_over_both_windows() {
    // Only together do they show that the name is a parameter.
    let found = changes(
        &[times("greeted our guest alice at the door", 50), times("greeted our guest bob at the door", 50)],
        &[times("greeted our guest carol at the door", 50), times("greeted our guest dave at the door", 50)],
        HOUR,
    );
    assert_eq!(found, []);
}

#[test]
fn diff_hostile_example_is_fit_to_be_shown() {
    let long = [b"\x1b[2Jnew \xff".to_vec(), vec![b'x'; 1 << 20]].concat();
    let found = diff::<&[u8], _>([], [long], HOUR);
    assert!(found[0].example.chars().count() <= 500);
    assert!(!found[0].example.chars().any(char::is_control));
}

fn window() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        "(read|write) error on disk [0-9]",
        "served [0-9]{3}",
        "user (ann|bob|eve) left",
        "[a-c ]{0,6}"
    ];
    prop::collection::vec((line, 1usize..40), 0..8)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, count)| vec![line; count]).collect())
}

proptest! {
    #[test]
    fn diff_of_equal_windows_is_empty(window in window()) {
        prop_assert_eq!(diff(&window, &window, HOUR), []);
        prop_assert_eq!(diff(&window, &window, Windows::default()), []);
    }

    #[test]
    fn diff_swapped_gone_becomes_new(baseline in window(), incident in window()) {
        let there = diff(&baseline, &incident, HOUR);
        let back = diff(&incident, &baseline, HOUR);
        for gone in there.iter().filter(|change| change.kind == ChangeKind::Gone) {
            let new = back.iter().find(|change| change.template == gone.template);
            let told = new.map(|new| (new.kind, new.baseline, new.incident));
            prop_assert_eq!(told, Some((ChangeKind::New, gone.incident, gone.baseline)));
        }
        // A new template is missed when the windows are swapped, unless it is too rare to be.
        for new in there.iter().filter(|change| change.kind == ChangeKind::New && change.incident >= 20) {
            let gone = back.iter().find(|change| change.template == new.template);
            prop_assert_eq!(gone.map(|gone| gone.kind), Some(ChangeKind::Gone));
        }
    }

    #[test]
    fn diff_any_bytes_is_sorted_and_counts_all(
        baseline in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20),
        incident in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20),
        baseline_seconds in any::<u64>(),
        incident_seconds in any::<u64>(),
    ) {
        let found = diff(&baseline, &incident, Windows { baseline_seconds, incident_seconds });
        prop_assert!(found.iter().all(|change| change.score.is_finite()));
        prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
    }
}
