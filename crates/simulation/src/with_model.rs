//! Looks at a recorded incident once, and concludes from it with as many models as one likes: what is read and computed is
//! the same for all of them.

use common::{Evidence, Hypothesis, Signal};
use diagnose::{AskModel, EvidenceRound, RoundResult};
use fakes::FakeModel;
use ingest::ParsedEvent;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Recording, Report, Simulation, SimulationError,
    account::list_changes,
    run::{FIRST_ATTEMPT, MAX_ATTEMPTS, open},
    world::World,
};

/// A recorded incident that was looked at, before a model was asked.
#[derive(Debug, Clone)]
pub struct LookedAt<'a> {
    recording: &'a Recording,
    signal: &'a Signal,
    round: EvidenceRound,
    at: Timestamp,
}

impl LookedAt<'_> {
    pub const fn signal(&self) -> &Signal {
        self.signal
    }

    pub fn evidence(&self) -> &[Evidence] {
        self.round.evidence()
    }

    /// The hypotheses without a model, best first.
    pub fn hypotheses(&self) -> &[Hypothesis] {
        &self.round.findings.hypotheses
    }
}

impl Simulation {
    /// Looks at the recorded incident; `None` where its event opens none, or nothing was found out.
    ///
    /// # Errors
    /// The incident cannot be opened.
    pub async fn look_at<'a>(
        &self,
        recording: &'a Recording,
    ) -> Result<Option<LookedAt<'a>>, SimulationError> {
        let ParsedEvent::Signal(signal) = &recording.reading else { return Ok(None) };
        let now = signal.occurred_at.checked_add(recording.looked_after).unwrap_or(signal.occurred_at);
        let world = World::new(recording, now);
        let Some(incident_id) = opened(&world, recording, signal).await? else { return Ok(None) };
        let deps = world.diagnose(&self.playbooks, &self.bundles, None);
        let mut listed = None;
        for _ in 0..MAX_ATTEMPTS {
            let at = common::Clock::now(&world.clock);
            list_changes(&world.account, recording, &world.own_roles, listed, at);
            listed = Some(at);
            let input = diagnose::Input { incident_id, attempt: FIRST_ATTEMPT };
            match diagnose::run_round(&deps, input).await {
                Ok(RoundResult::Findings(round)) => {
                    return Ok(Some(LookedAt { recording, signal, round: *round, at }));
                }
                Ok(RoundResult::Recheck(diagnose::Output::LookAgain { wait_seconds, .. })) => {
                    world.clock.advance(SignedDuration::from_secs(wait_seconds));
                }
                Ok(RoundResult::Recheck(_)) | Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Concludes from what was looked at, with `model` if `ask` says so, and has the diagnosis judged. Each call has a table
    /// and a budget of its own.
    ///
    /// # Errors
    /// The incident cannot be opened, or the diagnosis not be stored.
    pub async fn conclude(
        &self,
        looked: &LookedAt<'_>,
        model: FakeModel,
        ask: AskModel,
    ) -> Result<Report, SimulationError> {
        let LookedAt { recording, signal, round, at } = looked;
        let world = World::new(recording, *at);
        let failed = |source| SimulationError::Store { scenario: recording.name.clone(), source };
        let unopened =
            || SimulationError::Shipped(format!("{}: it was opened once, and now is not", recording.name));
        let id = opened(&world, recording, signal).await?.ok_or_else(unopened)?;
        list_changes(&world.account, recording, &world.own_roles, None, *at);
        let incident = common::ports::Incidents::incident(&world.store, id).await.map_err(failed)?;
        let application = round.incident.application.clone();
        let incident = common::Incident { application, ..incident.ok_or_else(unopened)? };
        if let Some(name) = &incident.application {
            common::ports::Incidents::set_application(&world.store, id, name).await.map_err(failed)?;
        }
        common::ports::Incidents::advance(&world.store, id, common::Status::Diagnosing)
            .await
            .map_err(failed)?;
        let mut deps = world.diagnose(&self.playbooks, &self.bundles, Some(model));
        deps.investigator.ask = ask;
        let mut round = round.clone();
        round.incident = incident;
        let made = diagnose::conclude_with_model(&deps, round).await;
        let made = made.map_err(|error| SimulationError::Shipped(format!("{}: {error}", recording.name)))?;
        self.report(&world, recording, signal, &made).await
    }
}

async fn opened(
    world: &World,
    recording: &Recording,
    signal: &Signal,
) -> Result<Option<common::IncidentId>, SimulationError> {
    match open(world, signal).await {
        Ok(dedup::Output::Opened { incident_id }) => Ok(Some(incident_id)),
        Ok(_) => Ok(None),
        Err(source) => Err(SimulationError::Dedup { scenario: recording.name.clone(), source }),
    }
}
