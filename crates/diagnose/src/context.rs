//! Asking the sources of context: all that have to do with the incident, at the same time, within one
//! budget. What they know is for people and for the model; nothing is concluded from it here, so what
//! is missing of it makes no conclusion less sure.

pub mod budget;
pub mod cost;
pub mod relevance;

use std::{cell::Cell, time::Duration};

use common::{
    Arn, Clock, Gap, MicroUsd, Observed, PortError, Provider, Signal,
    ports::{Look, PortErrorKind, Providers},
    provider::{Note, Scope},
};
use futures_util::future::join_all;

use crate::context::{
    budget::{Allowance, admitted, time},
    cost::cost,
    relevance::is_relevant,
};
use crate::gather::{Gathered, context_gap};
use reasoning::{
    evidence::evidence_window::EvidenceWindow,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
};

/// Most notes of one source that are kept, the newest: an item holds 400 KB, and nobody reads more.
const MOST_NOTES: usize = 20;

/// Most resources that a source is asked about, the nearest.
const MOST_RESOURCES: usize = 20;

/// What is asked about: the symptom's component and what is near it.
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
    providers: &impl Providers,
    clock: &impl Clock,
    scope: &Scope,
    allowance: &Cell<Allowance>,
) -> Gathered {
    // A query over logs is for where reading lines was not enough.
    let sources = Provider::ALL.into_iter().filter(|provider| *provider != Provider::LogInsights);
    let wants = sources.filter(|provider| is_relevant(*provider, scope));
    let mut left = allowance.get();
    let paid = left.paid;
    let wants = wants.map(|provider| (provider, cost(provider, scope)));
    // What costs money is for the look after which nothing is waited for.
    let wants = wants.filter(|(_, cost)| paid || cost.money == MicroUsd::ZERO);
    let (asked, too_dear) = admitted(&mut left, wants);
    allowance.set(left);
    let looks = join_all(asked.into_iter().map(async |provider| {
        (provider, within(time(provider), provider, providers.look(provider, scope)).await)
    }))
    .await;
    let mut gathered = Gathered::default();
    for (provider, look) in looks {
        keep(provider, look, clock, &mut gathered);
    }
    gathered.gaps.extend(too_dear.into_iter().map(left_out));
    gathered
}

/// One of them alone, where it fits the budget.
pub(crate) async fn ask_one(
    providers: &impl Providers,
    clock: &impl Clock,
    provider: Provider,
    scope: &Scope,
    allowance: &Cell<Allowance>,
) -> Gathered {
    let mut gathered = Gathered::default();
    // Taken before anything is waited for: lines of inquiry ask side by side.
    let mut left = allowance.get();
    // The others may have spent what was there when the scope was drawn.
    let scope = &Scope { most_bytes: scope.most_bytes.min(left.bytes()), ..scope.clone() };
    let granted = left.take(cost(provider, scope));
    allowance.set(left);
    if granted {
        let look = within(time(provider), provider, providers.look(provider, scope)).await;
        keep(provider, look, clock, &mut gathered);
    } else {
        gathered.gaps.push(left_out(provider));
    }
    gathered
}

fn left_out(provider: Provider) -> Gap {
    context_gap(provider.as_str(), "left out: asking it would have passed the budget of one diagnosis")
}

/// One look, given up after `time`.
async fn within<T>(
    time: Duration,
    provider: Provider,
    look: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    tokio::time::timeout(time, look).await.unwrap_or_else(|elapsed| {
        Err(PortError::new(format!("asking {}", provider.as_str()), PortErrorKind::Unavailable, elapsed))
    })
}

/// What a source said, as evidence, or a gap.
fn keep(
    provider: Provider,
    look: Result<Look<Vec<Note>>, PortError>,
    clock: &impl Clock,
    gathered: &mut Gathered,
) {
    match look {
        Ok(Look { query, found }) => {
            let count = found.len();
            let notes: Vec<Note> = found.into_iter().take(MOST_NOTES).map(fit).collect();
            let first = notes.first().map(|note| format!("; first: {}", note.what)).unwrap_or_default();
            let summary = format!("{}: {count} found{first}", provider.as_str());
            gathered.add(clock.now(), &query, &summary, Observed::Notes { provider, notes });
        }
        Err(error) => gathered.gaps.push(context_gap(
            &format!("{}: {}", provider.as_str(), error.operation),
            &format!("{error}: {}", error.source),
        )),
    }
}

fn fit(note: Note) -> Note {
    Note {
        actor: note.actor.map(|actor| one_line(&actor, VALUE_CHARS)),
        what: one_line(&common::secrets::masked(&note.what), SENTENCE_CHARS),
        ..note
    }
}
