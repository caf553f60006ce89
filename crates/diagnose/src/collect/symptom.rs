//! Makes the first reads of a diagnosis: the symptom itself, and which application it belongs to.

use common::{
    Arn, Clock, Observed, Signal, Symptom, SymptomState,
    evidence::ReadSource,
    ports::{AlarmHistory, Reading, Symptoms, Topology},
};
use jiff::SignedDuration;
use reasoning::{evidence::call_graph::is_in_scope, evidence::evidence_window::before};

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// An alarm's history is read this far back. Changes are read for the hour that is judged.
const HISTORY: SignedDuration = SignedDuration::from_hours(24);

/// Reads the symptom and returns the application that the tags of the signal's resources name.
pub(crate) async fn collect_symptom(
    account: &impl Account,
    clock: &impl Clock,
    signal: &Signal,
    collected: &mut CollectedEvidence,
) -> Option<String> {
    let since = before(signal.occurred_at, HISTORY);
    // Another account's tags cannot be asked for, and say nothing about this one's application.
    let own: Vec<Arn> = signal.resources.iter().filter(|arn| is_in_scope(arn, signal)).cloned().collect();
    let (symptom, history, application) = tokio::join!(
        with_timeout(ReadSource::Symptom, account.symptoms().observe(&signal.symptom)),
        async {
            match &signal.symptom {
                Symptom::Alarm { name } => Some(
                    with_timeout(ReadSource::AlarmHistory, account.alarms().transitions(name, since)).await,
                ),
                _ => None,
            }
        },
        with_timeout(ReadSource::ApplicationTag, account.topology().application_of(&own)),
    );
    let now = clock.now();
    if let Some(Reading { command, value: observation, .. }) = collected.accept(symptom) {
        let summary = observation.summary.clone();
        collected.add(now, &command, &summary, Observed::Symptom { observation });
    }
    if let Some(Reading { command, value: transitions, .. }) =
        history.and_then(|history| collected.accept(history))
    {
        let fired = transitions.iter().filter(|one| one.to == SymptomState::Firing).count();
        let summary = format!("the alarm fired {fired} times in 24 hours");
        collected.add(now, &command, &summary, Observed::AlarmHistory { transitions });
    }
    collected.accept(application).and_then(|reading| reading.value)
}
