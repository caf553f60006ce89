//! Looking: what a diagnosis gathers, each read ending as evidence or as a gap, and the first look, at
//! the symptom itself.

use std::time::Duration;

use common::{
    Clock, Evidence, Gap, Observed, PortError, Signal, Symptom, SymptomState,
    evidence::Truncation,
    ports::{AlarmHistory, PortErrorKind, Reading, Symptoms, Topology},
    topology::TopologyMap,
};
use jiff::{SignedDuration, Timestamp};

use crate::{Account, collect::context::budget::Allowance};
use reasoning::{
    evidence::evidence_window::before,
    evidence::text::{SENTENCE_CHARS, one_line},
};

/// How far back an alarm's history is read. Changes are read for the hour that is judged.
const HISTORY: SignedDuration = SignedDuration::from_hours(24);

/// How long one look may take. A slow service costs this and a gap, not the function's time.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) gaps: Vec<Gap>,
    /// What depends on what, where that is known.
    pub(crate) map: Option<TopologyMap>,
    pub(crate) allowance: Allowance,
}

impl Gathered {
    pub(crate) fn add(&mut self, at: Timestamp, query: &str, summary: &str, observed: Observed) {
        self.add_part(at, query, None, summary, observed);
    }

    /// Evidence of an answer of which `truncation` is missing.
    pub(crate) fn add_part(
        &mut self,
        at: Timestamp,
        command: &str,
        truncation: Option<Truncation>,
        summary: &str,
        observed: Observed,
    ) {
        let summary = one_line(summary, SENTENCE_CHARS);
        self.evidence.push(Evidence::new(command.to_owned(), at, summary, observed).truncated(truncation));
    }

    pub(crate) fn gap(&mut self, query: &str, reason: &str) {
        self.gaps.push(Gap { context: false, ..context_gap(query, reason) });
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.evidence.extend(other.evidence);
        self.gaps.extend(other.gaps);
        self.map = other.map.or(self.map.take());
    }

    /// What was looked for, or a gap.
    pub(crate) fn found<T>(&mut self, look: Result<Reading<T>, PortError>) -> Option<Reading<T>> {
        look.map_err(|error| self.gap(&error.operation, &format!("{error}: {}", error.source))).ok()
    }
}

/// Context that is missing.
pub(crate) fn context_gap(query: &str, reason: &str) -> Gap {
    let (query, reason) = (one_line(query, SENTENCE_CHARS), one_line(reason, SENTENCE_CHARS));
    Gap { query, reason, context: true }
}

/// The symptom, and the application by the tags of the signal's resources.
pub(crate) async fn symptom<H, R, E, X>(
    account: &Account<impl Symptoms, impl AlarmHistory, impl Topology, H, R, E, X>,
    clock: &impl Clock,
    signal: &Signal,
    gathered: &mut Gathered,
) -> Option<String> {
    let since = before(signal.occurred_at, HISTORY);
    let (symptom, history, application) = tokio::join!(
        patient("observing the symptom", account.symptoms.observe(&signal.symptom)),
        async {
            match &signal.symptom {
                Symptom::Alarm { name } => Some(
                    patient("reading the alarm's history", account.alarms.transitions(name, since)).await,
                ),
                _ => None,
            }
        },
        patient("reading tags", account.topology.application_of(&signal.resources)),
    );
    let now = clock.now();
    if let Some(Reading { command: query, value: found, .. }) = gathered.found(symptom) {
        let summary = found.summary.clone();
        gathered.add(now, &query, &summary, Observed::Symptom { observation: found });
    }
    if let Some(Reading { command: query, value: found, .. }) =
        history.and_then(|history| gathered.found(history))
    {
        let fired = found.iter().filter(|one| one.to == SymptomState::Firing).count();
        let summary = format!("the alarm fired {fired} times in 24 hours");
        gathered.add(now, &query, &summary, Observed::AlarmHistory { transitions: found });
    }
    gathered.found(application).and_then(|look| look.value)
}

/// A look that is given up after [`PATIENCE`].
pub(crate) async fn patient<T>(
    operation: &str,
    look: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    tokio::time::timeout(PATIENCE, look)
        .await
        .unwrap_or_else(|elapsed| Err(PortError::new(operation, PortErrorKind::Unavailable, elapsed)))
}
