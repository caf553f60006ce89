//! Concludes from a round: asks a model where that is worth it, stores the diagnosis and records it.

use common::{
    Clock, Diagnosis, Gap,
    evidence::ReadSource,
    ports::{Counters, Model, Modes},
};
use reasoning::{model::model_opinion, report::DiagnosisDraft};

use crate::{
    Account, Deps, Error, Investigator, Store,
    ask_model::{self, Question},
    collect::precedents,
    persist,
    record::{announce, producer},
    round::EvidenceRound,
};

/// Asks a model about what was found, where that is worth it, and reports.
pub async fn conclude_with_model(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, Investigator<impl Model, impl Counters>>,
    round: EvidenceRound,
) -> Result<Diagnosis, Error> {
    let EvidenceRound { incident, attempt, findings, mut collected, collected_in } = round;
    let id = incident.id;
    let bundle = deps.investigator.bundles.choose(id);
    let question = Question { incident: &incident, attempt, findings: &findings, bundle };
    let opinion = ask_model::ask_model(deps, question, &mut collected).await;
    persist::persist_evidence(&deps.store, id, &collected.evidence).await?;
    let opinion = persist::persist_opinion(&deps.store, id, opinion, &mut collected.gaps).await;
    let draft = DiagnosisDraft {
        incident: &incident,
        attempt,
        producer: producer(&deps.playbooks, bundle),
        own_roles: &deps.own_roles,
        assessment: model_opinion::apply_opinion(
            findings,
            opinion.as_ref(),
            &incident.signal,
            &collected.evidence,
        ),
        evidence: &collected.evidence,
        gaps: &collected.gaps,
        map: collected.map.as_ref(),
        opinion: opinion.as_ref(),
        gathered_in_ms: u64::try_from(collected_in.as_millis()).unwrap_or_default(),
    };
    let mut diagnosis = reasoning::report::report(draft, deps.clock.now());
    if let Err(error) = precedents::remember(&deps.store, &incident, &diagnosis, &collected).await {
        diagnosis.gaps.push(Gap::from_error(ReadSource::Precedents, &error));
    }
    deps.store.put_diagnosis(&diagnosis).await?;
    // Another invocation of this attempt may have been first: what is stored is what is recorded and told.
    let made = deps.store.diagnosis(id, attempt).await?.ok_or(Error::UnknownIncident(id))?;
    announce(&deps.store, &deps.clock, &made).await?;
    Ok(made)
}
