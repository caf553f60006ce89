//! Collects the application around the symptom: the resources that carry its tag, and which of its functions
//! read which of its parameters.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, Clock, Gap, Observed, ResourceKind, Signal, evidence::ReadSource, ports::Reading};
use reasoning::evidence::call_graph::is_in_scope;

use super::collected_evidence::CollectedEvidence;

/// Most resources of an application that are kept: a DynamoDB item holds 400 KB.
const MOST_MEMBERS: usize = 1_000;

/// Most functions whose environment is read for parameters, the nearest: Lambda grants fifteen such
/// calls a second.
const MOST_READERS: usize = 10;

/// Returns all resources of the application and records them, as far as the incident's file has room.
pub(super) fn record_members(
    name: &str,
    reading: Option<Reading<Vec<Arn>>>,
    clock: &impl Clock,
    collected: &mut CollectedEvidence,
) -> Vec<Arn> {
    let Some(Reading { command, value: found, .. }) = reading else { return Vec::new() };
    let summary = format!("{} resources carry the tag of {name}", found.len());
    // What can be a target comes first where there is not room for all; the rest can be told as the cause.
    let (known, others): (Vec<Arn>, Vec<Arn>) =
        found.into_iter().partition(|arn| arn.kind() != ResourceKind::Other);
    let mut kept: Vec<Arn> = known.into_iter().chain(others).collect();
    let all = kept.clone();
    if kept.len() > MOST_MEMBERS {
        collected.add_gap(
            ReadSource::ApplicationResources,
            &command,
            &format!("{} resources; the first {MOST_MEMBERS} were kept", kept.len()),
        );
        kept.truncate(MOST_MEMBERS);
    }
    collected.add(
        clock.now(),
        &command,
        &summary,
        Observed::Application { name: name.to_owned(), resources: kept },
    );
    all
}

/// Returns the functions that may read one of `parameters`: the signal's own first. An alias reads what its
/// version reads, its function what the next version will.
pub(super) fn readers(
    signal: &Signal,
    near: &[Arn],
    parameters: &[Arn],
    collected: &mut CollectedEvidence,
) -> Vec<Arn> {
    if parameters.is_empty() {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let own = signal
        .resources
        .iter()
        .filter(|arn| is_in_scope(arn, signal))
        .filter_map(|arn| Some([arn.function()?, arn.clone()]))
        .flatten();
    let mut all: Vec<Arn> =
        own.chain(near.iter().filter_map(Arn::function)).filter(|arn| seen.insert(arn.clone())).collect();
    if all.len() > MOST_READERS {
        let reason = format!("{} functions are near; the environment of {MOST_READERS} was read", all.len());
        collected.add_gap(ReadSource::FunctionEnvironment, "parameters that functions read", &reason);
        all.truncate(MOST_READERS);
    }
    all
}

/// The parameters that one function reads.
type ParametersRead = Result<Reading<Vec<Arn>>, Gap>;

/// Records which functions read which parameters, and returns the functions by the parameter.
pub(super) fn record_reads(
    reads: Vec<(&Arn, ParametersRead)>,
    clock: &impl Clock,
    collected: &mut CollectedEvidence,
) -> BTreeMap<Arn, Vec<Arn>> {
    let mut read: BTreeMap<Arn, Vec<Arn>> = BTreeMap::new();
    for (function, reading) in reads {
        if let Some(Reading { command, value: found, .. }) = collected.accept(reading) {
            let summary =
                format!("{} reads {} of the application's parameters", function.name(), found.len());
            for parameter in &found {
                read.entry(parameter.clone()).or_default().push(function.clone());
            }
            let observed = Observed::Reads { function: function.clone(), parameters: found };
            collected.add(clock.now(), &command, &summary, observed);
        }
    }
    read
}
