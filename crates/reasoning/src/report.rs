//! The last step reports: the diagnosis as people and the store get it, with its timeline, impact, blast radius and
//! permanent fix.

pub mod blast_radius;
mod command_template;
pub mod component_kind;
pub mod impact;
pub mod incident_report;
pub mod lasting_fix;
pub mod lasting_fixes;
pub mod report_facts;
mod revert;
mod revert_commands;
pub mod timeline;
pub mod trigger;

use common::{Diagnosis, Evidence, Gap, Incident, ModelOpinion, OwnRoles, topology::TopologyMap};
use jiff::Timestamp;

use crate::{
    judgement::{conclude::Assessment, incident_evidence::IncidentEvidence},
    model::model_opinion::add_to_report,
};

/// The parts that a diagnosis is made of.
pub struct DiagnosisDraft<'a> {
    pub incident: &'a Incident,
    pub attempt: u32,
    pub producer: String,
    pub own_roles: &'a OwnRoles,
    pub assessment: Assessment,
    pub evidence: &'a [Evidence],
    pub gaps: &'a [Gap],
    pub map: Option<&'a TopologyMap>,
    pub opinion: Option<&'a ModelOpinion>,
    /// The time that collecting the evidence took, in milliseconds.
    pub gathered_in_ms: u64,
}

/// Returns the diagnosis with its report.
pub fn report(draft: DiagnosisDraft<'_>, made_at: Timestamp) -> Diagnosis {
    let DiagnosisDraft {
        incident,
        attempt,
        producer,
        own_roles,
        assessment,
        evidence,
        gaps,
        map,
        opinion,
        gathered_in_ms,
    } = draft;
    // Of what was gathered alone: where a model chose to look is no part of what happened.
    let case = IncidentEvidence { signal: &incident.signal, evidence, gaps, own_roles, attempted: &[] };
    let affected = blast_radius::affected_by(assessment.hypotheses.first(), map);
    let report = incident_report::incident_report(&case, &assessment, affected);
    let of_model = opinion.into_iter().flat_map(|opinion| &opinion.evidence);
    Diagnosis {
        incident_id: incident.id,
        attempt,
        made_at,
        producer,
        conclusion: assessment.conclusion,
        hypotheses: assessment.hypotheses,
        ruled_out: assessment.ruled_out,
        gaps: gaps.to_vec(),
        evidence: evidence.iter().chain(of_model).map(|one: &Evidence| one.id.clone()).collect(),
        gathered_in_ms,
        model: opinion.map(|opinion| opinion.model_use.clone()),
        report: add_to_report(report, opinion),
    }
}
