//! `nightshift simulate`: whole recorded incidents, from the event to the verdict, held against what the
//! truth was. It needs no deployment and no account, and nothing is started.

mod json;
mod people;

use std::path::{Path, PathBuf};

use simulation::{Expected, Recording, Report, Score, Simulation, SimulationError, Totals, folders};

use crate::{Answer, arguments::Format, failure::Failure};

/// One recorded incident, what came of it and how that compares with the truth, where it is known.
struct Simulated {
    report: Report,
    expected: Option<Expected>,
    score: Option<Score>,
}

/// All or nothing: a folder that can't be read is an error, and then there is no answer for the others
/// either.
pub(crate) async fn run(dirs: &[PathBuf], without_model: bool, format: Format) -> Result<Answer, Failure> {
    let wrong = |error: SimulationError| Failure::Input(error.to_string());
    let simulation = Simulation::shipped().map_err(|error| Failure::Operation(error.to_string()))?;
    let mut totals = Totals::default();
    let mut all = Vec::new();
    for dir in dirs {
        for folder in folders(dir).map_err(wrong)? {
            let simulated = simulate(&simulation, &folder, without_model).await.map_err(wrong)?;
            totals.count(&simulated.report, simulated.score.as_ref());
            all.push(simulated);
        }
    }
    let text = match format {
        Format::Json => json::lines(&all, &totals),
        Format::Table => people::report(&all, &totals),
    };
    Ok(Answer { text, yes: totals.is_good() })
}

async fn simulate(
    simulation: &Simulation,
    dir: &Path,
    without_model: bool,
) -> Result<Simulated, SimulationError> {
    let recording = Recording::read(dir)?;
    let recording = if without_model { recording.without_model() } else { recording };
    let report = simulation.run(&recording).await?;
    let expected = Expected::read(dir)?;
    let score = expected.as_ref().map(|expected| Score::of(&report, expected));
    Ok(Simulated { report, expected, score })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios/");

    fn answer(names: &[&str], format: Format) -> Result<Answer, Failure> {
        let dirs: Vec<_> = names.iter().map(|name| PathBuf::from(format!("{SCENARIOS}{name}"))).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(run(&dirs, true, format))
    }

    #[test]
    fn run_says_a_line_a_scenario_and_then_the_totals() {
        let answer = answer(&["instance-terminated", "alarm-suppressed"], Format::Json).ok().unwrap();
        assert!(answer.yes, "{}", answer.text);
        let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<_> = lines.iter().filter_map(|line| line["scenario"].as_str()).collect();
        assert_eq!(names, ["instance-terminated", "alarm-suppressed"]);
        assert_eq!(lines[0]["passes"], true);
        assert_eq!(lines[2]["totals"]["passed"]["of"], 2);
    }

    #[test]
    fn run_of_one_that_is_got_wrong_is_a_no_and_says_what_was_right() {
        let answer = answer(&["cache-evicts"], Format::Table).ok().unwrap();
        assert!(!answer.yes);
        assert!(answer.text.starts_with("✗ cache-evicts"), "{}", answer.text);
        assert!(answer.text.contains("expected") && answer.text.contains("catalogue-001"), "{}", answer.text);
    }

    #[test]
    fn run_of_a_folder_without_a_scenario_names_it_and_answers_nothing() {
        let failure = answer(&["instance-terminated", "generator"], Format::Json).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("generator: holds no scenario.json"), "{failure}");
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
        let answer = runtime.block_on(run(std::slice::from_ref(&dir), true, Format::Table)).ok().unwrap();
        assert!(answer.yes && answer.text.starts_with("· "), "{}", answer.text);
        assert!(answer.text.contains("there is no expected.json"), "{}", answer.text);
        assert!(answer.text.contains("Passed: 0 of 0"), "{}", answer.text);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn run_twice_prints_the_same() {
        let text = || answer(&["alias-moved-two-calls-behind"], Format::Table).ok().unwrap().text;
        assert_eq!(text(), text());
    }
}
