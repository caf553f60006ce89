//! The gate: every scenario of the repository, rehearsed without a model and held against the truth.

use crate::repository::{block_on, scenarios};
use rehearsal::{Expected, Outcome, Recording, Rehearsal, Report, Score, Totals, folders};

/// How many of a hundred incidents with a cause must be got right, component and action.
const LEAST_RIGHT_PERCENT: u32 = 70;

fn all() -> Vec<(Report, Expected, Score)> {
    let rehearsal = Rehearsal::shipped().unwrap();
    let dirs = folders(&scenarios()).unwrap();
    dirs.iter()
        .map(|dir| {
            let recording = Recording::read(dir).unwrap().without_model();
            let folder = dir.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(recording.name, folder, "a scenario is called as its folder is");
            assert!(!recording.about.is_empty(), "{folder} does not say what it is about");
            let report = block_on(rehearsal.rehearse(&recording)).unwrap();
            let expected = Expected::read(dir).unwrap().unwrap();
            let score = Score::of(&report, &expected);
            (report, expected, score)
        })
        .collect()
}

#[test]
fn rehearsals_of_the_repository_pass_the_gate() {
    let all = all();
    let mut totals = Totals::default();
    for (report, expected, score) in &all {
        totals.count(report, Some(score));
        let mark = if score.passes() { "✓" } else { "✗" };
        let said = report.cause.as_ref().map(|it| (it.component.name(), it.failure_mode, it.confidence));
        let proposed = report.proposal.as_ref().map(|it| format!("{} {}", it.action, it.target.name()));
        println!("{mark} {} {:?} {said:?} {proposed:?} {:?}", report.scenario, report.outcome, score.faults);
        assert!(!score.forbidden_would_run, "{}: a forbidden action would run", report.scenario);
        if expected.root_cause.is_none() {
            assert!(!report.outcome.proposes(), "{}: nothing is wrong", report.scenario);
        }
        assert_ne!(report.supervised.outcome, Outcome::Act, "{}: nobody was asked", report.scenario);
    }
    println!("{totals:#?}");
    assert!(all.len() >= 30, "{} scenarios", all.len());
    assert!(totals.healthy_left_alone.of >= 4);
    let right = totals.with_a_cause.percent();
    assert!(right >= LEAST_RIGHT_PERCENT, "{right} % of those with a cause");
}

#[test]
fn rehearsal_of_the_same_recording_gives_the_same_bytes() {
    let json = || serde_json::to_string(&all().into_iter().map(|(report, ..)| report).collect::<Vec<_>>());
    assert_eq!(json().unwrap(), json().unwrap());
}
