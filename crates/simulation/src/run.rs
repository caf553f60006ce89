//! Runs the steps of a simulation: the event opens an incident, diagnose explains it, policy judges its
//! action.

use common::{Conclusion, Diagnosis, Evidence, IncidentId, Mode, Observed, Signal, ports::CaseFile as _};
use fakes::FakeModel;
use guard::Guard;
use ingest::ParsedEvent;
use investigator::Bundles;
use jiff::{SignedDuration, Timestamp};
use reasoning::playbooks::playbook::Playbooks;

use crate::{
    Outcome, Recording, Report, SimulationError,
    account::list_changes,
    model_script,
    neighbourhood::{neighbours, symptom_components},
    report::{Cause, ModeOutcome, ProposedAction},
    world::World,
};

/// More attempts than diagnose ever waits for; only a defect reaches it.
pub(crate) const MAX_ATTEMPTS: u32 = 100;

pub(crate) const FIRST_ATTEMPT: u32 = 1;

/// Runs recorded incidents with the playbooks, policies and model bundles that ship with Nightshift. These are read
/// once for many runs.
#[derive(Debug, Clone)]
pub struct Simulation {
    pub(crate) playbooks: Playbooks,
    guard: Guard,
    pub(crate) bundles: Bundles,
}

/// The end of a diagnosis.
enum DiagnosisEnd {
    Diagnosed(Box<Diagnosis>),
    /// It failed, which the state machine escalates.
    Failed(String),
}

impl Simulation {
    pub fn shipped() -> Result<Self, SimulationError> {
        let unusable = |error: &dyn std::error::Error| SimulationError::Shipped(error.to_string());
        Ok(Self {
            playbooks: Playbooks::shipped().map_err(|error| unusable(&error))?,
            guard: Guard::shipped().map_err(|error| unusable(&error))?,
            bundles: Bundles::shipped().map_err(|error| unusable(&error))?,
        })
    }

    /// The same with other bundles of prompts and limits.
    #[must_use]
    pub fn with_bundles(self, bundles: Bundles) -> Self {
        Self { bundles, ..self }
    }

    /// Simulates the incident. The same recording always gives the same report.
    pub async fn run(&self, recording: &Recording) -> Result<Report, SimulationError> {
        let name = &recording.name;
        let signal = match &recording.reading {
            ParsedEvent::Signal(signal) => signal,
            ParsedEvent::Ignored { reason } | ParsedEvent::Rejected { reason } => {
                let ruling = ModeOutcome::unjudged(Outcome::Ignored, reason.clone());
                return Ok(Report::without_diagnosis(name, &ruling));
            }
            // A recording is of one problem, which `Recording::read` makes sure of.
            ParsedEvent::Signals(_) => {
                let ruling =
                    ModeOutcome::unjudged(Outcome::Ignored, "several problems in one event".to_owned());
                return Ok(Report::without_diagnosis(name, &ruling));
            }
        };
        let now = signal.occurred_at.checked_add(recording.looked_after).unwrap_or(signal.occurred_at);
        self.run_in(&World::new(recording, now), recording, signal).await
    }

    pub(crate) async fn run_in(
        &self,
        world: &World,
        recording: &Recording,
        signal: &Signal,
    ) -> Result<Report, SimulationError> {
        let name = &recording.name;
        let incident = match open(world, signal).await {
            Ok(dedup::Output::Opened { incident_id }) => incident_id,
            Ok(dedup::Output::Ignored { reason }) => {
                let ruling = ModeOutcome::unjudged(Outcome::Ignored, reason);
                return Ok(Report::without_diagnosis(name, &ruling));
            }
            // The table was empty: there is nothing to attach to.
            Ok(
                dedup::Output::Attached { .. }
                | dedup::Output::Recovered { .. }
                | dedup::Output::Suppressed { .. }
                | dedup::Output::Signals { .. },
            ) => {
                let ruling =
                    ModeOutcome::unjudged(Outcome::Ignored, "it belongs to another incident".to_owned());
                return Ok(Report::without_diagnosis(name, &ruling));
            }
            Err(source) => return Err(SimulationError::Dedup { scenario: name.clone(), source }),
        };
        let model = self.model(recording, signal).await?;
        let (ended, looks) = self.diagnose(world, recording, incident, model).await?;
        let diagnosis = match ended {
            DiagnosisEnd::Diagnosed(diagnosis) => diagnosis,
            DiagnosisEnd::Failed(why) => {
                let ruling = ModeOutcome::unjudged(Outcome::Escalate, why);
                return Ok(Report { looks, ..Report::without_diagnosis(name, &ruling) });
            }
        };
        let report = self.report(world, recording, signal, &diagnosis).await?;
        Ok(Report { looks, ..report })
    }

    /// Has the diagnosis judged in both modes.
    pub(crate) async fn report(
        &self,
        world: &World,
        recording: &Recording,
        signal: &Signal,
        diagnosis: &Diagnosis,
    ) -> Result<Report, SimulationError> {
        let name = &recording.name;
        let supervised = self.judge(world, diagnosis, Mode::Supervised).await;
        let autonomous = self.judge(world, diagnosis, Mode::Autonomous).await;
        let (cause, rivals) = Cause::and_rivals(diagnosis);
        let evidence = world.store.evidence(diagnosis.incident_id).await;
        let evidence =
            evidence.map_err(|source| SimulationError::Store { scenario: name.clone(), source })?;
        let proposal = diagnosis.first().filter(|_| cause.is_some()).and_then(|it| it.proposal.as_ref());
        let model = diagnosis.model.as_ref();
        Ok(Report {
            scenario: name.clone(),
            outcome: autonomous.outcome,
            proposal: proposal
                .map(|it| ProposedAction { action: it.action.clone(), target: it.target.clone() }),
            rivals,
            onset: measured_onset(&evidence),
            symptom_components: symptom_components(signal),
            cause_neighbours: cause
                .as_ref()
                .map(|cause| neighbours(recording, &cause.component))
                .unwrap_or_default(),
            cause,
            autonomous,
            supervised,
            looks: 1,
            gaps: diagnosis.gaps.iter().map(ToString::to_string).collect(),
            tokens: model.map(|model| model.usage).unwrap_or_default(),
            cost: model.map(|model| model.cost).unwrap_or_default(),
        })
    }

    /// The scripted model, where there is one. The evidence that it cites by type is that of the same incident
    /// diagnosed without it.
    async fn model(
        &self,
        recording: &Recording,
        signal: &Signal,
    ) -> Result<Option<FakeModel>, SimulationError> {
        let Some(script) = &recording.model else { return Ok(None) };
        let now = signal.occurred_at.checked_add(recording.looked_after).unwrap_or(signal.occurred_at);
        let world = World::new(recording, now);
        let mut evidence = Vec::new();
        if let Ok(dedup::Output::Opened { incident_id }) = open(&world, signal).await {
            self.diagnose(&world, recording, incident_id, None).await?;
            let store = |source| SimulationError::Store { scenario: recording.name.clone(), source };
            evidence = world.store.evidence(incident_id).await.map_err(store)?;
        }
        Ok(Some(model_script::model(script, &evidence)))
    }

    /// Diagnoses, and again a little later for as long as evidence may still arrive.
    async fn diagnose(
        &self,
        world: &World,
        recording: &Recording,
        incident: IncidentId,
        model: Option<FakeModel>,
    ) -> Result<(DiagnosisEnd, u32), SimulationError> {
        use common::Clock as _;
        let deps = world.diagnose(&self.playbooks, &self.bundles, model);
        let mut listed = None;
        for look in 1..=MAX_ATTEMPTS {
            let now = world.clock.now();
            list_changes(&world.account, recording, &world.own_roles, listed, now);
            listed = Some(now);
            let input = diagnose::Input { incident_id: incident, attempt: FIRST_ATTEMPT };
            match diagnose::handle(&deps, input).await {
                Ok(diagnose::Output::LookAgain { wait_seconds, .. }) => {
                    world.clock.advance(SignedDuration::from_secs(wait_seconds));
                }
                Ok(_) => {
                    let made = world.store.diagnosis(incident, FIRST_ATTEMPT).await;
                    let made = made.map_err(|source| SimulationError::Store {
                        scenario: recording.name.clone(),
                        source,
                    })?;
                    let ended = made.map_or_else(
                        || DiagnosisEnd::Failed("the diagnosis was not stored".to_owned()),
                        |made| DiagnosisEnd::Diagnosed(Box::new(made)),
                    );
                    return Ok((ended, look));
                }
                Err(error) => return Ok((DiagnosisEnd::Failed(error.to_string()), look)),
            }
        }
        Ok((
            DiagnosisEnd::Failed(format!("no diagnosis after {MAX_ATTEMPTS} reads of the account")),
            MAX_ATTEMPTS,
        ))
    }

    async fn judge(&self, world: &World, diagnosis: &Diagnosis, mode: Mode) -> ModeOutcome {
        use common::Decision::{Allow, Ask, Deny};
        match &diagnosis.conclusion {
            Conclusion::Explained => {}
            Conclusion::AlreadyRecovered => {
                let why = "the symptom had recovered before it was read".to_owned();
                return ModeOutcome::unjudged(Outcome::Recovered, why);
            }
            Conclusion::Abstained { reason } | Conclusion::NoFault { reason } => {
                return ModeOutcome::unjudged(Outcome::Escalate, reason.clone());
            }
        }
        let deps = world.remediate(&self.guard, mode);
        let input =
            remediate::Input::Authorize { incident_id: diagnosis.incident_id, attempt: diagnosis.attempt };
        let judged = remediate::handle(&deps, input).await;
        let has_proposal = diagnosis.first().is_some_and(|first| first.proposal.is_some());
        let ruling = |outcome, verdict, why: String| ModeOutcome { outcome, verdict, why };
        match judged {
            Ok(remediate::Output::Allow { reason, .. }) => ruling(Outcome::Act, Some(Allow), reason),
            Ok(remediate::Output::Ask { reason, .. }) => ruling(Outcome::Ask, Some(Ask), reason),
            Ok(remediate::Output::Deny { reason }) => {
                ruling(Outcome::Escalate, has_proposal.then_some(Deny), reason)
            }
            Ok(other) => ruling(Outcome::Escalate, None, format!("remediate answered {other:?}")),
            Err(error) => ruling(Outcome::Escalate, None, error.to_string()),
        }
    }
}

/// The onset that the engine found in the metrics.
fn measured_onset(evidence: &[Evidence]) -> Option<Timestamp> {
    evidence.iter().find_map(|one| match &one.observed {
        Observed::Engine { findings } => findings.onset,
        _ => None,
    })
}

pub(crate) async fn open(world: &World, signal: &Signal) -> Result<dedup::Output, dedup::Error> {
    let deps = dedup::Deps { store: world.store.clone(), clock: world.clock.clone() };
    dedup::handle(&deps, dedup::Input { signal: signal.clone() }).await
}
