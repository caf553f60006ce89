//! Collects the signs that an instance was stopped on purpose: its tags, the habit of whoever stopped it, and the open
//! security findings about it. Three calls an instance, and only for one that was stopped.

use common::{
    Arn, Clock, Observed, Signal,
    evidence::{Change, ReadSource},
    habit::{HABIT_WINDOW, habit},
    intent::{IntentSign, tag_signs},
    ports::{Changes, Reading, SecurityFindings, Topology},
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use reasoning::{evidence::call_graph::is_in_scope, evidence::evidence_window::before};

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// The calls after which it is asked if they were meant.
const STOPS: [&str; 2] = ["StopInstances", "TerminateInstances"];
/// Most instances that are asked about: `LookupEvents` is granted twice a second.
const MOST_INSTANCES: usize = 3;
/// The times of two days count as the same within half an hour.
const BEYOND_WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// Returns the last stop of each instance of the signal's account and region, the signal's own first. `changes` are the
/// newest first.
fn stops<'a>(signal: &Signal, changes: &'a [Change]) -> Vec<&'a Change> {
    let mut found: Vec<&Change> = Vec::new();
    for change in changes {
        let is_stop = STOPS.contains(&change.event_name.as_str()) && !change.by_nightshift;
        if is_stop
            && is_in_scope(&change.resource, signal)
            && found.iter().all(|other| other.resource != change.resource)
        {
            found.push(change);
        }
    }
    found.sort_by_key(|change| !signal.resources.contains(&change.resource));
    found
}

/// Collects the signs for each instance that was stopped. A read that fails is a gap.
pub(super) async fn collect_intent(
    account: &impl Account,
    clock: &impl Clock,
    signal: &Signal,
    changes: &[Change],
) -> CollectedEvidence {
    let mut collected = CollectedEvidence::default();
    let stops = stops(signal, changes);
    if stops.len() > MOST_INSTANCES {
        let reason = format!("{} instances were stopped; {MOST_INSTANCES} were asked about", stops.len());
        collected.add_gap(ReadSource::ResourceTags, "signs that a stop was meant", &reason);
    }
    let asked = stops.into_iter().take(MOST_INSTANCES);
    for signs in join_all(asked.map(|stop| signs_of(account, clock, stop))).await {
        collected.append(signs);
    }
    collected
}

async fn signs_of(account: &impl Account, clock: &impl Clock, stop: &Change) -> CollectedEvidence {
    let resource = &stop.resource;
    let from = before(stop.at, HABIT_WINDOW + BEYOND_WINDOW);
    let asked: &[Arn] = std::slice::from_ref(resource);
    let (tags, earlier, findings) = tokio::join!(
        with_timeout(ReadSource::ResourceTags, account.topology().tags_of(asked)),
        with_timeout(ReadSource::Habit, account.changes().changes_of(resource, from, stop.at)),
        with_timeout(ReadSource::SecurityFindings, account.findings().open_findings(resource)),
    );
    let mut collected = CollectedEvidence::default();
    let (mut signs, mut commands): (Vec<IntentSign>, Vec<String>) = (Vec::new(), Vec::new());
    if let Some(Reading { command, value: mut tags, .. }) =
        collected.accept_whole(ReadSource::ResourceTags, tags)
    {
        signs.extend(tag_signs(&tags.remove(resource).unwrap_or_default()));
        commands.push(command);
    }
    // A lookup that did not reach back the whole fortnight does not show that there is no habit.
    if let Some(Reading { command, value: earlier, .. }) = collected.accept_whole(ReadSource::Habit, earlier)
    {
        signs.extend(habit(stop, &earlier));
        commands.push(command);
    }
    if let Some(Reading { command, value: findings, .. }) =
        collected.accept_whole(ReadSource::SecurityFindings, findings)
    {
        signs.extend(findings.into_iter().map(|finding| IntentSign::SecurityFinding { finding }));
        commands.push(command);
    }
    if !commands.is_empty() {
        let summary = match signs.len() {
            0 => format!("nothing says that {} was stopped on purpose", resource.name()),
            count => format!("{count} signs about the intent behind the state of {}", resource.name()),
        };
        let observed = Observed::Intent { resource: resource.clone(), signs };
        collected.add(clock.now(), &commands.join("; "), &summary, observed);
    }
    collected
}

#[cfg(test)]
mod tests {
    use common::ActorKind;
    use fakes::{
        sample,
        sample_evidence::{before as minutes_before, change, instance},
    };

    use super::*;

    #[test]
    fn stops_are_the_last_of_each_own_instance() {
        let other = sample::arn("ec2", "instance/i-00000000000000001");
        let foreign: Arn = "arn:aws:ec2:eu-west-1:999999999999:instance/i-00000000000000002".parse().unwrap();
        let mut signal = sample::alarm_signal("event-1", "x");
        signal.resources = vec![instance()];
        let ours = Change {
            by_nightshift: true,
            actor_kind: ActorKind::Ourselves,
            ..change(&instance(), "StopInstances", minutes_before(1))
        };
        let changes = [
            ours,
            change(&other, "StopInstances", minutes_before(2)),
            change(&foreign, "StopInstances", minutes_before(2)),
            change(&instance(), "StopInstances", minutes_before(3)),
            change(&instance(), "StopInstances", minutes_before(30)),
            change(&instance(), "StartInstances", minutes_before(40)),
        ];
        let found = stops(&signal, &changes);
        assert_eq!(found, [&changes[3], &changes[1]]);
    }
}
