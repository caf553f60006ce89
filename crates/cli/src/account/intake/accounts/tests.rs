use common::ports::EventOutcome::{Attached, Ignored, Opened, Rejected};
use jiff::SignedDuration;

use super::{
    super::test_entries::{at, entry},
    *,
};

/// Twenty past eight: the hours from five to seven are over.
fn now() -> Timestamp {
    at(190)
}

fn records(entries: Vec<IntakeEntry>, executions: &[(i64, u64, u64)]) -> Records {
    let executions = executions.iter().map(|(minutes, succeeded, failed)| {
        let second = at(*minutes).as_second().div_euclid(SLOT_SECONDS) * SLOT_SECONDS;
        let started = succeeded + failed;
        (second, ExecutionCounts { started, succeeded: *succeeded, failed: *failed })
    });
    Records {
        window: Window::new("24h".parse().unwrap(), now()),
        entries,
        executions: Ok(executions.collect()),
        deployed_at: None,
    }
}

/// Of each hour with anything in it: the hour of the day, what reached, what is missing.
fn found(records: &Records) -> Vec<(i8, Option<u64>, Option<u64>)> {
    let accounts = Accounts::new(records);
    let hour = |hour: &HourAccount| hour.hour.strftime("%H").to_string().parse().unwrap();
    accounts.busy_hours().map(|one| (hour(one), one.reached, one.missing)).collect()
}

#[test]
fn accounts_add_up_of_records_repeats_and_failures() {
    let entries = vec![
        entry("e-1", 0, Some(Opened)),
        entry("e-2", 1, Some(Attached)),
        entry("e-2.2", 1, Some(Attached)),
        entry("e-1", 2, None),
        entry("e-3", 60, Some(Ignored)),
    ];
    let records = records(entries, &[(0, 3, 1), (60, 1, 0), (185, 2, 0)]);
    // The hour that runs is not compared.
    assert_eq!(found(&records), [(5, Some(4), Some(0)), (6, Some(1), Some(0)), (8, Some(2), None)]);
    let accounts = Accounts::new(&records);
    assert_eq!(accounts.total().deliveries(), 4);
    assert_eq!(accounts.hours.len(), 25);
    assert_eq!(accounts.metric, Metric::Read);
    assert_eq!(accounts.short().count(), 0);
}

#[test]
fn accounts_name_the_hour_that_falls_short() {
    let entries = vec![entry("e-1", 0, Some(Opened)), entry("e-3", 60, Some(Rejected))];
    let records = records(entries, &[(0, 1, 0), (60, 3, 0)]);
    assert_eq!(found(&records), [(5, Some(1), Some(0)), (6, Some(3), Some(2))]);
    let accounts = Accounts::new(&records);
    let short: Vec<_> = accounts.short().map(|(hour, missing)| (hour.hour.to_string(), missing)).collect();
    assert_eq!(short, [("2026-12-01T06:00:00Z".to_owned(), 2)]);
}

#[test]
fn accounts_without_the_metric_show_what_was_recorded() {
    let entries = || vec![entry("e-1", 0, Some(Opened))];
    let nothing = records(entries(), &[]);
    assert_eq!(Accounts::new(&nothing).metric, Metric::NoData);
    let reason = "denied".to_owned();
    let denied = Records { executions: Err(reason.clone()), ..records(entries(), &[]) };
    assert_eq!(Accounts::new(&denied).metric, Metric::Unavailable { reason });
    for records in [nothing, denied] {
        assert_eq!(found(&records), [(5, None, None)]);
        let accounts = Accounts::new(&records);
        assert_eq!((accounts.compared().count(), accounts.total().opened), (0, 1));
    }
}

#[test]
fn accounts_of_nothing_at_all_add_up() {
    let accounts = Accounts::new(&records(Vec::new(), &[]));
    assert_eq!((accounts.busy_hours().count(), accounts.compared().count()), (0, 24));
    assert_eq!(accounts.metric, Metric::Read);
}

/// The version before this one recorded its events where they are not listed.
#[test]
fn accounts_begin_with_the_first_event_listed_after_a_deployment() {
    let executions = [(-120, 4, 0), (0, 2, 0), (60, 1, 0)];
    let entries = || vec![entry("e-1", 5, Some(Opened)), entry("e-2", 60, Some(Ignored))];
    let deployed = |minutes| Some(at(minutes));
    let upgraded = Records { deployed_at: deployed(4), ..records(entries(), &executions) };
    assert_eq!(found(&upgraded), [(3, Some(4), None), (5, Some(2), None), (6, Some(1), Some(0))]);
    assert_eq!(Accounts::new(&upgraded).before_accounting, 2);
    // A deployment long ago explains nothing.
    let old = Records { deployed_at: Some(at(0) - SignedDuration::from_hours(900)), ..upgraded };
    assert_eq!(found(&old), [(3, Some(4), Some(4)), (5, Some(2), Some(1)), (6, Some(1), Some(0))]);
    // Nor does a later one, of a version that listed events before it.
    let listed = [entry("e-0", -120, Some(Opened))].into_iter().chain(entries()).collect();
    let again = Records { deployed_at: deployed(170), ..records(listed, &executions) };
    assert_eq!(found(&again), [(3, Some(4), None), (5, Some(2), Some(1)), (6, Some(1), Some(0))]);
    // Where nothing is listed at all, the hours after it fall short.
    let lost = Records { deployed_at: deployed(-60), ..records(Vec::new(), &executions) };
    assert_eq!(found(&lost), [(3, Some(4), None), (5, Some(2), None), (6, Some(1), Some(1))]);
}
