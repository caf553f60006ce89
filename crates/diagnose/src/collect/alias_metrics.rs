//! Collects what changed aliases served by their own metrics, and each of their versions: whether a change is what fails shows
//! there better than in the metrics of the function.

use common::{
    Arn, Clock, Observed, Signal,
    evidence::{AliasState, Change, ReadSource},
    ports::Metrics,
    telemetry::AliasVersions,
};
use jiff::Timestamp;
use reasoning::{engine::alias_course::alias_traffic, evidence::evidence_window::EvidenceWindow};

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// Most aliases whose metrics are read, the likeliest: ten or so each, and `CloudWatch` charges a cent for a thousand of them.
const MOST_ALIASES: usize = 8;

/// An alias that was changed, and the first of its changes.
struct ChangedAlias {
    asked: AliasVersions,
    first_changed_at: Timestamp,
}

/// Reads the metrics of the aliases that `changes` are of, and whose present state is among `states`, and adds what they show.
pub(super) async fn collect_alias_metrics(
    account: &impl Account,
    clock: &impl Clock,
    signal: &Signal,
    changes: &[Change],
    states: &mut CollectedEvidence,
) {
    let mut aliases = changed_aliases(changes, states);
    if aliases.is_empty() {
        return;
    }
    if aliases.len() > MOST_ALIASES {
        let reason =
            format!("{} aliases were changed; the metrics of {MOST_ALIASES} were read", aliases.len());
        states.add_gap(ReadSource::AliasMetrics, "metrics of changed aliases", &reason);
        aliases.truncate(MOST_ALIASES);
    }
    let window = EvidenceWindow::new(signal, clock.now());
    let asked: Vec<AliasVersions> = aliases.iter().map(|one| one.asked.clone()).collect();
    let read = account.metrics().alias_series(&asked, window.sampling);
    let Some(reading) = states.accept(with_timeout(ReadSource::AliasMetrics, read).await) else { return };
    for ChangedAlias { asked: AliasVersions { alias, .. }, first_changed_at } in aliases {
        if let Some(traffic) = alias_traffic(signal, &window, &alias, first_changed_at, &reading.value) {
            let summary = format!("{}: {}", alias.name(), traffic.in_words());
            states.add(clock.now(), &reading.command, &summary, Observed::AliasTraffic { traffic });
        }
    }
}

/// Returns the aliases in the order in which their states were read, the likeliest cause first.
fn changed_aliases(changes: &[Change], states: &CollectedEvidence) -> Vec<ChangedAlias> {
    let first_change = |alias: &Arn| {
        let of_it = changes.iter().filter(|change| change.resource == *alias);
        of_it.map(|change| change.at).min()
    };
    let aliases = states.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Alias { state } => Some(state),
        _ => None,
    });
    aliases
        .filter_map(|state| {
            let asked = AliasVersions { alias: state.arn.clone(), versions: versions(state) };
            Some(ChangedAlias { first_changed_at: first_change(&state.arn)?, asked })
        })
        .collect()
}

/// Returns the version that the alias points to, the one before, and those that it gives part of its requests.
fn versions(state: &AliasState) -> Vec<String> {
    let mut all: Vec<String> = std::iter::once(&state.version)
        .chain(&state.previous_version)
        .chain(&state.weighted_versions)
        .cloned()
        .collect();
    all.sort();
    all.dedup();
    all
}
