//! Tests the gate: every scenario of the repository, simulated without a model and compared with the truth.

use crate::repository::{block_on, scenarios};
use simulation::{
    Expected, Outcome, Recording, Report, Score, Simulation, Totals, folders, known_gaps_beside,
};

/// The least percentage of incidents with a cause that must be right in both component and action.
const LEAST_RIGHT_PERCENT: u32 = 70;

fn all() -> Vec<(Report, Expected, Score)> {
    let simulation = Simulation::shipped().unwrap();
    let dirs = folders(&scenarios()).unwrap();
    dirs.iter()
        .map(|dir| {
            let recording = Recording::read(dir).unwrap().without_model();
            let folder = dir.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(recording.name, folder, "a scenario is called as its folder is");
            assert!(!recording.about.is_empty(), "{folder} does not say what it is about");
            let report = block_on(simulation.run(&recording)).unwrap();
            let expected = Expected::read(dir).unwrap().unwrap();
            let score = Score::new(&report, &expected);
            (report, expected, score)
        })
        .collect()
}

fn line(report: &Report, score: &Score) -> String {
    let mark = if score.passes() { "✓" } else { "✗" };
    let cause = report.cause.as_ref().map_or_else(
        || report.autonomous.why.clone(),
        |it| format!("{} {} {}", it.component.name(), it.failure_mode.as_str(), it.confidence),
    );
    let action = report.proposal.as_ref().map(|it| format!(", {} on {}", it.action, it.target.name()));
    let (outcome, faults) = (report.outcome.as_str(), score.faults.join("; "));
    format!("{mark} {}: {outcome}: {cause}{} {faults}", report.scenario, action.unwrap_or_default())
}

#[test]
fn simulations_nothing_forbidden_would_run_and_nothing_healthy_be_acted_on() {
    let mut broken = Vec::new();
    for (report, expected, score) in all() {
        let acts_on_the_healthy = expected.root_cause.is_none() && report.outcome == Outcome::Act;
        if score.forbidden_would_run || acts_on_the_healthy {
            broken.push(line(&report, &score));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn simulations_most_causes_are_named_with_a_fitting_action_and_nothing_runs_unasked() {
    let mut totals = Totals::default();
    for (report, _, score) in all() {
        totals.count(&report, Some(&score));
        println!("{}", line(&report, &score));
        assert_ne!(report.supervised.outcome, Outcome::Act, "{}", report.scenario);
    }
    println!("{totals:?}");
    assert!(totals.passed.of >= 30 && totals.healthy_left_alone.of >= 4);
    let right = totals.with_a_cause.percent().unwrap_or_default();
    assert!(right >= LEAST_RIGHT_PERCENT, "{right} %");
}

#[test]
fn simulations_that_fail_are_the_known_gaps_and_no_others() {
    let known = known_gaps_beside(&scenarios().join("any")).unwrap();
    let failing: Vec<_> =
        all().into_iter().filter(|(.., score)| !score.passes()).map(|(report, ..)| report.scenario).collect();
    assert_eq!(failing, known.keys().cloned().collect::<Vec<_>>(), "known_gaps.json lists what fails");
}

#[test]
fn simulation_of_the_same_recording_gives_the_same_bytes() {
    let json = || serde_json::to_string(&all().into_iter().map(|(report, ..)| report).collect::<Vec<_>>());
    assert_eq!(json().unwrap(), json().unwrap());
}
