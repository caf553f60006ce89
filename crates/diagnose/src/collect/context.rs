//! Asks the sources of context: all that have to do with the incident, at the same time, within one
//! budget. What they know is for people and for the model; nothing is concluded from it here, so what
//! is missing of it makes no conclusion less sure.

pub(crate) mod budget;
pub(crate) mod cost;
pub(crate) mod relevance;

use std::cell::Cell;

use common::{
    Arn, Clock, ContextSource, Gap, MicroUsd, Observed, Signal,
    context_source::{Note, Scope},
    evidence::ReadSource,
    ports::{ContextSources, Reading},
};
use futures_util::future::join_all;

use crate::collect::context::{
    budget::{Allowance, admitted, time},
    cost::cost,
    relevance::is_relevant,
};
use crate::collect::{collected_evidence::CollectedEvidence, timeout::with_timeout_of};
use reasoning::{
    evidence::evidence_window::EvidenceWindow,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
};

/// Most notes of one source that are kept, the newest: an item holds 400 KB, and nobody reads more.
const MOST_NOTES: usize = 20;

/// Most resources that a source is asked about, the nearest.
const MOST_RESOURCES: usize = 20;

/// Returns the scope to ask about: the symptom's component and its neighbours.
pub(crate) fn scope(signal: &Signal, window: &EvidenceWindow, near: &[Arn], allowance: &Allowance) -> Scope {
    Scope {
        account: signal.account.clone(),
        region: signal.region.clone(),
        resources: near.iter().take(MOST_RESOURCES).cloned().collect(),
        from: window.sampling.from,
        incident_from: window.incident_from,
        to: window.sampling.to,
        most_bytes: allowance.bytes(),
    }
}

/// All that have to do with what is in `scope`.
pub(crate) async fn ask(
    providers: &impl ContextSources,
    clock: &impl Clock,
    scope: &Scope,
    allowance: &Cell<Allowance>,
) -> CollectedEvidence {
    // A query over logs is for where reading lines was not enough.
    let sources = ContextSource::ALL.into_iter().filter(|provider| *provider != ContextSource::LogInsights);
    let wants = sources.filter(|provider| is_relevant(*provider, scope));
    let mut left = allowance.get();
    let paid = left.paid;
    let wants = wants.map(|provider| (provider, cost(provider, scope)));
    // What costs money is for the look after which nothing is waited for.
    let wants = wants.filter(|(_, cost)| paid || cost.money == MicroUsd::ZERO);
    let (asked, too_dear) = admitted(&mut left, wants);
    allowance.set(left);
    let readings = join_all(
        asked.into_iter().map(async |provider| (provider, read_source(providers, provider, scope).await)),
    )
    .await;
    let mut collected = CollectedEvidence::default();
    for (provider, reading) in readings {
        record_notes(provider, reading, clock, &mut collected);
    }
    collected.gaps.extend(too_dear.into_iter().map(left_out));
    collected
}

/// One of them alone, where it fits the budget.
pub(crate) async fn ask_one(
    providers: &impl ContextSources,
    clock: &impl Clock,
    provider: ContextSource,
    scope: &Scope,
    allowance: &Cell<Allowance>,
) -> CollectedEvidence {
    let mut collected = CollectedEvidence::default();
    // Taken before anything is waited for: lines of inquiry ask side by side.
    let mut left = allowance.get();
    // The others may have spent what was there when the scope was drawn.
    let scope = &Scope { most_bytes: scope.most_bytes.min(left.bytes()), ..scope.clone() };
    let granted = left.take(cost(provider, scope));
    allowance.set(left);
    if granted {
        let reading = read_source(providers, provider, scope).await;
        record_notes(provider, reading, clock, &mut collected);
    } else {
        collected.gaps.push(left_out(provider));
    }
    collected
}

fn left_out(provider: ContextSource) -> Gap {
    let reason = "not read: it would have exceeded the budget of one diagnosis";
    Gap::new(ReadSource::Context(provider), provider.as_str(), reason)
}

/// Reads one source within its own time limit.
async fn read_source(
    providers: &impl ContextSources,
    provider: ContextSource,
    scope: &Scope,
) -> Result<Reading<Vec<Note>>, Gap> {
    with_timeout_of(time(provider), ReadSource::Context(provider), providers.look(provider, scope)).await
}

/// Records what a source said as evidence, or its gap.
fn record_notes(
    provider: ContextSource,
    reading: Result<Reading<Vec<Note>>, Gap>,
    clock: &impl Clock,
    collected: &mut CollectedEvidence,
) {
    if let Some(Reading { command, value: found, truncation }) = collected.accept(reading) {
        let count = found.len();
        let notes: Vec<Note> = found.into_iter().take(MOST_NOTES).map(fit).collect();
        let first = notes.first().map(|note| format!("; first: {}", note.what)).unwrap_or_default();
        let summary = format!("{}: {count} found{first}", provider.as_str());
        let observed = Observed::Notes { source: provider, notes };
        collected.add_part(clock.now(), &command, truncation, &summary, observed);
    }
}

fn fit(note: Note) -> Note {
    Note {
        actor: note.actor.map(|actor| one_line(&actor, VALUE_CHARS)),
        what: one_line(&common::secrets::masked(&note.what), SENTENCE_CHARS),
        ..note
    }
}
