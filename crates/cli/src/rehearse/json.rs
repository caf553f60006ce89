//! A line a scenario for programs, and one with the totals; their form is a contract.

use rehearsal::{Report, Score, Totals};
use serde::Serialize;

use super::Rehearsed;

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// `null` where the truth is not known.
    passes: Option<bool>,
    score: Option<&'a Score>,
}

#[derive(Serialize)]
struct Last<'a> {
    totals: &'a Totals,
}

pub(super) fn lines(all: &[Rehearsed], totals: &Totals) -> String {
    let of = |rehearsed: &Rehearsed| {
        let score = rehearsed.score.as_ref();
        // Plain data always has a JSON form.
        let line = Line { report: &rehearsed.report, passes: score.map(Score::passes), score };
        serde_json::to_string(&line).unwrap_or_default()
    };
    let last = serde_json::to_string(&Last { totals }).unwrap_or_default();
    all.iter().map(of).chain([last]).collect::<Vec<_>>().join("\n")
}
