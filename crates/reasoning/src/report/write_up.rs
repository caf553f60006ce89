//! The diagnosis as it is written down.

use common::{Diagnosis, Evidence, Gap, Incident, Opinion, OwnRoles, topology::TopologyMap};
use jiff::Timestamp;

use crate::{
    judgement::conclude::{Case, Findings},
    model::model_opinion::told,
    report::blast_radius,
    report::incident_report::story,
};

/// All that a diagnosis is made of.
pub struct Draft<'a> {
    pub incident: &'a Incident,
    pub attempt: u32,
    pub producer: String,
    pub own_roles: &'a OwnRoles,
    pub findings: Findings,
    pub evidence: &'a [Evidence],
    pub gaps: &'a [Gap],
    pub map: Option<&'a TopologyMap>,
    pub opinion: Option<&'a Opinion>,
    pub gathered_in_ms: u64,
}

pub fn diagnosis(draft: Draft<'_>, made_at: Timestamp) -> Diagnosis {
    let Draft {
        incident,
        attempt,
        producer,
        own_roles,
        findings,
        evidence,
        gaps,
        map,
        opinion,
        gathered_in_ms,
    } = draft;
    // Of what was gathered alone: where a model chose to look is no part of what happened.
    let case = Case { signal: &incident.signal, evidence, gaps, own_roles, tried: &[] };
    let affected = blast_radius::affected(findings.hypotheses.first(), map);
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
        gaps: gaps.to_vec(),
        evidence: evidence.iter().chain(seen).map(|one: &Evidence| one.id.clone()).collect(),
        gathered_in_ms,
        model: opinion.map(|opinion| opinion.model_use.clone()),
        story,
    }
}
