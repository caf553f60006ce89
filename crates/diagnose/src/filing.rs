//! Writing down what was looked at, a few pieces at a time: each is a write of its own, and a small
//! function has few connections.

use common::{Evidence, Gap, IncidentId, ModelOpinion, PortError, ports::CaseFile};
use futures_util::future::try_join_all;

use crate::gather::context_gap;

const AT_ONCE: usize = 16;

pub(crate) async fn file(
    store: &impl CaseFile,
    incident: IncidentId,
    evidence: &[Evidence],
) -> Result<(), PortError> {
    for some in evidence.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|one| store.put_evidence(incident, one))).await?;
    }
    Ok(())
}

/// The opinion, with what its looks showed written down; without that it is none, as nobody could check it.
pub(crate) async fn file_opinion(
    store: &impl CaseFile,
    incident: IncidentId,
    opinion: Option<ModelOpinion>,
    gaps: &mut Vec<Gap>,
) -> Option<ModelOpinion> {
    let opinion = opinion?;
    match file(store, incident, &opinion.evidence).await {
        Ok(()) => Some(opinion),
        Err(error) => {
            gaps.push(context_gap("the model's word, whose evidence could not be kept", &error.to_string()));
            None
        }
    }
}
