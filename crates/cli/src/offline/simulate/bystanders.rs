//! `nightshift simulate --with-bystanders` runs every scenario again with each bystander and each remedy that can exist
//! in it, and tells which laws that breaks.

mod json;
mod people;
mod totals;
mod variant;

use simulation::{
    Expected, Recording, Simulation, SimulationError,
    bystanders::{Bystanders, SkipReason, Skipped},
    folders,
    variations::remedies,
};

use self::{
    totals::Totals,
    variant::{Addition, Scenario, Variant, VariantResult},
};
use crate::{
    Answer,
    arguments::{Format, SimulateArgs},
    failure::Failure,
};

/// Runs all variants of all scenarios.
///
/// # Errors
/// A file that is missing or invalid is an input failure that names it.
pub(super) fn run(simulation: &Simulation, args: &SimulateArgs, format: Format) -> Result<Answer, Failure> {
    let invalid = |error: SimulationError| Failure::Input(error.to_string());
    let scenarios = scenarios(simulation, args).map_err(invalid)?;
    let (variants, skipped) = variants(&scenarios);
    let reports = simulation.run_all(&variants, Variant::recording).map_err(invalid)?;
    let results: Vec<_> =
        variants.iter().zip(reports).map(|(variant, report)| VariantResult::new(variant, report)).collect();
    let totals = Totals::new(scenarios.len(), &results, &skipped);
    let text = match format {
        Format::Json => json::lines(&results, &totals),
        Format::Table => people::report(&results, &totals),
    };
    Ok(Answer { text, success: totals.broken == 0 })
}

fn scenarios(simulation: &Simulation, args: &SimulateArgs) -> Result<Vec<Scenario>, SimulationError> {
    let mut read = Vec::new();
    for dir in &args.dirs {
        for folder in folders(dir)? {
            let recording = Recording::read(&folder)?;
            let recording = if args.without_model { recording.without_model() } else { recording };
            read.push((recording, Expected::read(&folder)?));
        }
    }
    let reports = simulation.run_all(&read, |(recording, _)| recording.clone())?;
    let with_report = read.into_iter().zip(reports);
    Ok(with_report.map(|((recording, expected), report)| Scenario { recording, expected, report }).collect())
}

/// All variants, and the reasons for those that cannot exist.
fn variants(scenarios: &[Scenario]) -> (Vec<Variant<'_>>, Vec<SkipReason>) {
    let (mut variants, mut skipped) = (Vec::new(), Vec::new());
    for scenario in scenarios {
        let Scenario { recording, expected, report } = scenario;
        let bystanders = Bystanders::new(recording, report, expected.as_ref());
        skipped.extend(bystanders.skipped.iter().map(|Skipped { reason, .. }| *reason));
        let bystanders = bystanders.all.into_iter().map(Addition::Bystander);
        let targets: Vec<_> = match expected {
            Some(expected) => expected.acceptable_actions.iter().map(|action| &action.target).collect(),
            None => report.proposal.iter().map(|proposal| &proposal.target).collect(),
        };
        let remedies = targets.into_iter().flat_map(|target| remedies(recording, target, report.onset));
        let additions = bystanders.chain(remedies.map(Addition::Remedy));
        variants.extend(additions.map(|addition| Variant { scenario, addition }));
    }
    (variants, skipped)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::Value;

    use super::*;

    const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios/");

    fn answer(dirs: Vec<PathBuf>, format: Format) -> Answer {
        let args = SimulateArgs { dirs, without_model: true, with_bystanders: true };
        run(&Simulation::shipped().ok().unwrap(), &args, format).ok().unwrap()
    }

    fn one(name: &str) -> Vec<PathBuf> {
        vec![PathBuf::from(SCENARIOS).join(name)]
    }

    #[test]
    fn run_says_a_line_a_variant_and_then_the_totals_that_they_add_up_to() {
        let answer = answer(one("alias-moved-two-calls-behind"), Format::Json);
        let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (totals, variants) = lines.split_last().unwrap();
        assert!(variants.len() >= 10, "{}", variants.len());
        let bystanders = variants.iter().filter(|line| !line["effect"].is_null()).count();
        assert_eq!(totals["totals"]["bystanders"], bystanders);
        assert_eq!(totals["totals"]["remedies"], variants.len() - bystanders);
        let skipped = totals["totals"]["skipped"].as_object().unwrap();
        let skipped: u64 = skipped.values().filter_map(Value::as_u64).sum();
        assert_eq!(u64::try_from(bystanders).unwrap() + skipped, 6 * 3 * 4);
        let broken = variants.iter().filter(|line| line["broken"] != serde_json::json!([])).count();
        assert_eq!(totals["totals"]["broken"], broken);
        assert_eq!(answer.success, broken == 0);
    }

    #[test]
    fn run_for_people_says_the_figures_and_names_what_is_broken() {
        let answer = answer(one("bank-is-slow"), Format::Table);
        for text in
            ["1 scenario, ", "Would act where it did not", "What was right stays right", "Cannot exist: "]
        {
            assert!(answer.text.contains(text), "{text}: {}", answer.text);
        }
        assert_eq!(answer.success, answer.text.contains("No law is broken."), "{}", answer.text);
    }

    #[test]
    fn run_without_the_truth_compares_with_the_run_without_a_bystander() {
        let dir = std::env::temp_dir().join(format!("nightshift-bystanders-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let from = PathBuf::from(SCENARIOS).join("alias-moved-two-calls-behind");
        for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            if file.file_name() != "expected.json" {
                std::fs::copy(file.path(), dir.join(file.file_name())).unwrap();
            }
        }
        let text = answer(vec![dir.clone()], Format::Json).text;
        std::fs::remove_dir_all(&dir).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let stays = &lines.last().unwrap()["totals"]["stays_right"];
        assert!(stays["of"].as_u64().unwrap() > 0, "{stays}");
    }
}
