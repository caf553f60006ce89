//! `nightshift simulate` runs whole recorded incidents, from the event to the policy verdict, and scores them. It
//! needs no deployment and no account, and nothing is started.

mod bystanders;
mod json;
mod people;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use simulation::{
    Expected, Recording, Report, Score, Simulation, SimulationError, Totals, folders, known_gaps_beside,
};

use crate::{
    Answer,
    arguments::{Format, SimulateArgs},
    failure::Failure,
};

/// One recorded incident, its result, and how that compares with the truth, where it is known.
struct SimulatedScenario {
    report: Report,
    expected: Option<Expected>,
    score: Option<Score>,
    /// The known mistake, where the scenario is listed.
    known_gap: Option<String>,
    /// Recorded model answers took part.
    had_model: bool,
}

struct Results {
    scenarios: Vec<SimulatedScenario>,
    totals: Totals,
    /// The totals of the same scenarios without a model, where one of them has recorded answers of one.
    totals_without_model: Option<Totals>,
}

/// Simulates all scenarios; where one cannot be read, there is no answer for the others either.
///
/// # Errors
/// A file that is missing or invalid is an input failure that names it.
pub(crate) async fn run(args: &SimulateArgs, format: Format) -> Result<Answer, Failure> {
    let invalid = |error: SimulationError| Failure::Input(error.to_string());
    let simulation = Simulation::shipped().map_err(|error| Failure::Operation(error.to_string()))?;
    if args.with_bystanders {
        return bystanders::run(&simulation, args, format);
    }
    let mut results =
        Results { scenarios: Vec::new(), totals: Totals::default(), totals_without_model: None };
    let mut known_gaps = BTreeMap::new();
    let mut recordings = Vec::new();
    for dir in &args.dirs {
        for folder in folders(dir).map_err(invalid)? {
            known_gaps.extend(known_gaps_beside(&folder).map_err(invalid)?);
            let recording = Recording::read(&folder).map_err(invalid)?;
            let recording = if args.without_model { recording.without_model() } else { recording };
            let mut scenario = simulate(&simulation, &recording, &folder).await.map_err(invalid)?;
            scenario.known_gap = known_gaps.get(&scenario.report.scenario).cloned();
            results.totals.count(&scenario.report, scenario.score.as_ref());
            results.scenarios.push(scenario);
            recordings.push((recording, folder));
        }
    }
    let text = match format {
        Format::Json => json::lines(&results.scenarios, &results.totals),
        Format::Table => {
            if recordings.iter().any(|(recording, _)| recording.model.is_some()) {
                let without = totals_without_model(&simulation, &results.scenarios, recordings).await;
                results.totals_without_model = Some(without.map_err(invalid)?);
            }
            people::report(&results)
        }
    };
    Ok(Answer { text, success: results.totals.all_passed() })
}

async fn simulate(
    simulation: &Simulation,
    recording: &Recording,
    folder: &Path,
) -> Result<SimulatedScenario, SimulationError> {
    let report = simulation.run(recording).await?;
    let expected = Expected::read(folder)?;
    let score = expected.as_ref().map(|expected| Score::new(&report, expected));
    Ok(SimulatedScenario { report, expected, score, known_gap: None, had_model: recording.model.is_some() })
}

/// Counts all scenarios, those with a recorded model simulated once more without it.
async fn totals_without_model(
    simulation: &Simulation,
    scenarios: &[SimulatedScenario],
    recordings: Vec<(Recording, PathBuf)>,
) -> Result<Totals, SimulationError> {
    let mut totals = Totals::default();
    for (scenario, (recording, folder)) in scenarios.iter().zip(recordings) {
        if scenario.had_model {
            let bare = simulate(simulation, &recording.without_model(), &folder).await?;
            totals.count(&bare.report, bare.score.as_ref());
        } else {
            totals.count(&scenario.report, scenario.score.as_ref());
        }
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios/");

    fn answer(names: &[&str], format: Format) -> Result<Answer, Failure> {
        let dirs: Vec<_> = names.iter().map(|name| PathBuf::from(format!("{SCENARIOS}{name}"))).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(run(&SimulateArgs { dirs, without_model: true, with_bystanders: false }, format))
    }

    #[test]
    fn run_says_a_line_a_scenario_and_then_the_totals() {
        let answer = answer(&["instance-terminated", "alarm-suppressed"], Format::Json).ok().unwrap();
        assert!(answer.success, "{}", answer.text);
        let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<_> = lines.iter().filter_map(|line| line["scenario"].as_str()).collect();
        assert_eq!(names, ["instance-terminated", "alarm-suppressed"]);
        assert_eq!(lines[0]["passes"], true);
        assert_eq!(lines[2]["totals"]["passed"]["of"], 2);
    }

    #[test]
    fn run_of_one_that_is_got_wrong_is_a_no_and_says_what_was_right() {
        let answer = answer(&["concurrency-quota-reached"], Format::Table).ok().unwrap();
        assert!(!answer.success);
        assert!(answer.text.starts_with("known gap  concurrency-quota-reached"), "{}", answer.text);
        assert!(
            answer.text.contains("(expected: ") && answer.text.contains("image-import"),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("\nFailed: 1, of which known gaps: 1\n"), "{}", answer.text);
        assert!(answer.text.contains("\nHealthy, no action taken: none in this set\n"), "{}", answer.text);
    }

    #[test]
    fn run_of_a_folder_without_a_scenario_names_it_and_answers_nothing() {
        let failure = answer(&["instance-terminated", "generator"], Format::Json).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("generator: no scenario.json in it"), "{failure}");
    }

    #[test]
    fn run_of_one_without_the_truth_says_so_and_is_neither_right_nor_wrong() {
        let dir = std::env::temp_dir().join(format!("nightshift-no-truth-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for file in ["scenario.json", "event.json", "resources.json", "metrics.csv"] {
            let from = Path::new(SCENARIOS).join("instance-terminated").join(file);
            std::fs::copy(from, dir.join(file)).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let args = SimulateArgs { dirs: vec![dir.clone()], without_model: true, with_bystanders: false };
        let answer = runtime.block_on(run(&args, Format::Table)).ok().unwrap();
        assert!(answer.success && answer.text.starts_with("-  "), "{}", answer.text);
        assert!(answer.text.contains("not scored: no expected.json"), "{}", answer.text);
        assert!(answer.text.contains("Passed: none in this set"), "{}", answer.text);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn run_with_a_recorded_model_says_both_figures() {
        let dirs = vec![PathBuf::from(format!("{SCENARIOS}no-traces"))];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let args = SimulateArgs { dirs, without_model: false, with_bystanders: false };
        let answer = runtime.block_on(run(&args, Format::Table)).ok().unwrap();
        let both = "Passed: 1 of 1 (100 %) with the recorded model, 1 of 1 (100 %) without a model";
        assert!(answer.success && answer.text.contains(both), "{}", answer.text);
        assert!(!answer.text.contains("remove it"), "{}", answer.text);
    }

    #[test]
    fn run_twice_prints_the_same() {
        let text = || answer(&["alias-moved-two-calls-behind"], Format::Table).ok().unwrap().text;
        assert_eq!(text(), text());
    }
}
