//! Prints the results for programs: a JSON object a variant, and one with the totals; their form is a contract.

use common::Arn;
use jiff::Timestamp;
use serde::Serialize;
use simulation::{Cause, Outcome, ProposedAction, Report, bystanders::Bystander, laws::BystanderEffect};

use super::{
    totals::Totals,
    variant::{Addition, VariantResult},
};

#[derive(Serialize)]
struct VariantLine<'a> {
    scenario: &'a str,
    /// The scenario's name and that of the addition.
    variant: String,
    /// `null` for a remedy.
    bystander: Option<BystanderFields<'a>>,
    /// The resource that was put back; `null` for a bystander.
    remedied: Option<&'a Arn>,
    before: VariantOutcome<'a>,
    after: VariantOutcome<'a>,
    effect: Option<&'a BystanderEffect>,
    broken: &'a [&'static str],
}

#[derive(Serialize)]
struct BystanderFields<'a> {
    kind: &'static str,
    place: &'static str,
    minutes_after_onset: i64,
    resource: &'a Arn,
    at: Timestamp,
}

#[derive(Serialize)]
struct VariantOutcome<'a> {
    outcome: Outcome,
    supervised: Outcome,
    cause: Option<&'a Cause>,
    proposal: Option<&'a ProposedAction>,
}

#[derive(Serialize)]
struct TotalsLine<'a> {
    totals: &'a Totals,
}

pub(super) fn lines(results: &[VariantResult<'_>], totals: &Totals) -> String {
    // Plain data always has a JSON form.
    let last = serde_json::to_string(&TotalsLine { totals }).unwrap_or_default();
    results.iter().map(line).chain([last]).collect::<Vec<_>>().join("\n")
}

fn line(result: &VariantResult<'_>) -> String {
    let variant = result.variant;
    let (bystander, remedied) = match &variant.addition {
        Addition::Bystander(bystander) => (Some(fields(bystander)), None),
        Addition::Remedy(remedy) => (None, Some(&remedy.target)),
    };
    let line = VariantLine {
        scenario: &variant.scenario.recording.name,
        variant: variant.name(),
        bystander,
        remedied,
        before: outcome(&variant.scenario.report),
        after: outcome(&result.report),
        effect: result.effect.as_ref(),
        broken: &result.broken,
    };
    serde_json::to_string(&line).unwrap_or_default()
}

fn fields(bystander: &Bystander) -> BystanderFields<'_> {
    BystanderFields {
        kind: bystander.kind.as_str(),
        place: bystander.place.as_str(),
        minutes_after_onset: bystander.timing.minutes_after_onset(),
        resource: &bystander.resource,
        at: bystander.at,
    }
}

fn outcome(report: &Report) -> VariantOutcome<'_> {
    VariantOutcome {
        outcome: report.outcome,
        supervised: report.supervised.outcome,
        cause: report.cause.as_ref(),
        proposal: report.proposal.as_ref(),
    }
}
