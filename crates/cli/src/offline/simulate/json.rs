//! Prints the results for programs: a JSON object a scenario, and one with the totals; their form is a contract.

use serde::Serialize;
use simulation::{Report, Score, Totals};

use super::SimulatedScenario;

#[derive(Serialize)]
struct ScenarioLine<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// `null` where the truth is not known.
    passes: Option<bool>,
    score: Option<&'a Score>,
}

#[derive(Serialize)]
struct TotalsLine<'a> {
    totals: &'a Totals,
}

pub(super) fn lines(all: &[SimulatedScenario], totals: &Totals) -> String {
    let of = |scenario: &SimulatedScenario| {
        let score = scenario.score.as_ref();
        // Plain data always has a JSON form.
        let line = ScenarioLine { report: &scenario.report, passes: score.map(Score::passes), score };
        serde_json::to_string(&line).unwrap_or_default()
    };
    let last = serde_json::to_string(&TotalsLine { totals }).unwrap_or_default();
    all.iter().map(of).chain([last]).collect::<Vec<_>>().join("\n")
}
