//! The diagnosis as it is written down.

use common::{Diagnosis, Evidence, Incident, OwnRoles};
use investigator::Opinion;
use jiff::Timestamp;

use crate::{
    blast_radius,
    conclude::{Case, Findings},
    gather::Gathered,
    opinion::told,
    story::story,
};

/// All that a diagnosis is made of.
pub(crate) struct Draft<'a> {
    pub(crate) incident: &'a Incident,
    pub(crate) attempt: u32,
    pub(crate) producer: String,
    pub(crate) own_roles: &'a OwnRoles,
    pub(crate) findings: Findings,
    pub(crate) gathered: &'a Gathered,
    pub(crate) opinion: Option<&'a Opinion>,
    pub(crate) gathered_in_ms: u64,
}

pub(crate) fn diagnosis(draft: Draft<'_>, made_at: Timestamp) -> Diagnosis {
    let Draft { incident, attempt, producer, own_roles, findings, gathered, opinion, gathered_in_ms } = draft;
    let Gathered { evidence, gaps, map, .. } = gathered;
    // Of what was gathered alone: where a model chose to look is no part of what happened.
    let case = Case { signal: &incident.signal, evidence, gaps, own_roles, tried: &[] };
    let affected = blast_radius::affected(findings.hypotheses.first(), map.as_ref());
    let story = told(story(&case, &findings, affected), opinion);
    let seen = opinion.into_iter().flat_map(|opinion| &opinion.evidence);
    Diagnosis {
        incident_id: incident.id,
        attempt,
        made_at,
        producer,
        conclusion: findings.conclusion,
        hypotheses: findings.hypotheses,
        ruled_out: findings.ruled_out,
        gaps: gaps.clone(),
        evidence: evidence.iter().chain(seen).map(|one: &Evidence| one.id.clone()).collect(),
        gathered_in_ms,
        model: opinion.map(|opinion| opinion.model_use.clone()),
        story,
    }
}
