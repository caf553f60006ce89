//! Stores what was read, a few pieces at a time: each is a write of its own, and a small
//! function has few connections.

use common::{Evidence, Gap, IncidentId, ModelOpinion, PortError, evidence::ReadSource, ports::CaseFile};
use futures_util::future::try_join_all;

const AT_ONCE: usize = 16;

/// Stores all of `evidence`.
pub(crate) async fn persist_evidence(
    store: &impl CaseFile,
    incident: IncidentId,
    evidence: &[Evidence],
) -> Result<(), PortError> {
    for some in evidence.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|one| store.put_evidence(incident, one))).await?;
    }
    Ok(())
}

/// Stores the evidence that the model read and returns the opinion; without its evidence it is none, as
/// nobody could check it.
pub(crate) async fn persist_opinion(
    store: &impl CaseFile,
    incident: IncidentId,
    opinion: Option<ModelOpinion>,
    gaps: &mut Vec<Gap>,
) -> Option<ModelOpinion> {
    let opinion = opinion?;
    match persist_evidence(store, incident, &opinion.evidence).await {
        Ok(()) => Some(opinion),
        Err(error) => {
            gaps.push(Gap::from_error(ReadSource::ModelEvidence, &error));
            None
        }
    }
}
