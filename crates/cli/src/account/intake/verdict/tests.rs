use super::{super::accounts::HourAccount, *};

fn at(hour: i64) -> jiff::Timestamp {
    "2026-12-01T05:00:00Z".parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_hours(hour)
}

fn accounts(metric: Metric, hours: &[(u64, Tally, u64, Option<u64>)]) -> Accounts {
    let hours = (0..).zip(hours).map(|(number, (reached, tally, failed, missing))| HourAccount {
        hour: at(number),
        reached: Some(*reached),
        tally: *tally,
        failed: Some(*failed),
        missing: *missing,
    });
    Accounts {
        from: at(0),
        until: at(24),
        metric,
        hours: hours.collect(),
        before_accounting: 0,
        reasons: Vec::new(),
    }
}

#[test]
fn verdict_that_adds_up_says_what_it_adds() {
    let tally = Tally { opened: 1, ignored: 2, repeated: 1, ..Tally::default() };
    let found =
        verdict(&accounts(Metric::Read, &[(5, tally, 1, Some(0)), (7, tally, 0, None)]), "nightshift");
    let expected = "5 deliveries in 1 whole hour, all accounted for: 1 opened, 2 ignored, 1 repeated, \
                    1 failed and kept for `nightshift redrive`";
    assert_eq!(found, Verdict::AddsUp(expected.to_owned()));
    let found = verdict(&accounts(Metric::Read, &[(0, Tally::default(), 0, Some(0)); 2]), "nightshift");
    assert_eq!(found, Verdict::AddsUp("nothing reached the intake in 2 whole hours".to_owned()));
    let upgraded = Accounts { before_accounting: 1, ..accounts(Metric::Read, &[(1, tally, 0, Some(0))]) };
    let found = verdict(&upgraded, "nightshift");
    assert!(found.sentence().contains("; 1 hour before the last deployment cannot be compared"), "{found:?}");
}

#[test]
fn verdict_that_falls_short_names_the_hours_and_what_to_do() {
    let hour = (6, Tally { opened: 5, ..Tally::default() }, 0, Some(1));
    let found = verdict(&accounts(Metric::Read, &[hour]), "ops");
    let Verdict::Short(said) = &found else { panic!("{found:?}") };
    for part in [
        "1 of 6 deliveries in the hour from 2026-12-01 05:00Z",
        "/aws/vendedlogs/states/ops-intake",
        "`nightshift redrive`",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let found = verdict(&accounts(Metric::Read, &[hour; 7]), "ops");
    assert!(found.sentence().contains("from 2026-12-01 09:00Z, and in 2 more hours. Look"), "{found:?}");
}

#[test]
fn verdict_without_a_comparison_says_why() {
    let hour = (0, Tally { opened: 3, ..Tally::default() }, 0, None);
    for (metric, said) in [
        (Metric::NoData, "CloudWatch has no executions of the intake, which recorded 3 events"),
        (Metric::Unavailable { reason: "denied".to_owned() }, "unknown, so nothing is compared: denied"),
        (Metric::Read, "no whole hour ended"),
    ] {
        let found = verdict(&accounts(metric, &[hour]), "ops");
        assert!(matches!(&found, Verdict::NotCompared(sentence) if sentence.contains(said)), "{found:?}");
    }
}
