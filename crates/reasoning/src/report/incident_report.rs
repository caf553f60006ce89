//! Builds the report that people get beside the cause: what triggered the incident, when it began, what
//! happened in which order, what customers notice, what takes the change back, and what would keep it from coming back. The same evidence
//! in any order gives the same report, and nothing is in it that no evidence shows.

use common::{Conclusion, Hypothesis, diagnosis::IncidentReport};

use super::{
    impact, lasting_fix,
    lasting_fixes::LastingFixes,
    report_facts::{FactSources, report_facts},
    revert::revert_command,
    timeline, trigger,
};
use crate::{
    evidence::{evidence_index::EvidenceIndex, onset::Onset},
    judgement::{conclude::Assessment, incident_evidence::IncidentEvidence},
};

/// Returns the report of `assessment`, which was concluded from `case`. `dependants` is who depends on the broken
/// component.
pub fn incident_report(
    case: &IncidentEvidence<'_>,
    assessment: &Assessment,
    dependants: Vec<String>,
) -> IncidentReport {
    let index = EvidenceIndex::new(case.evidence);
    // A guess has triggered nothing, and nothing is to be changed for it.
    let first: Option<&Hypothesis> =
        assessment.hypotheses.first().filter(|_| assessment.conclusion == Conclusion::Explained);
    let onset = Onset::new(case.signal, &index);
    let trigger = first.and_then(|first| trigger::trigger(case, first, onset.at));
    let impact = impact::impact(case);
    let lasting_fix = first.and_then(|first| {
        let facts = report_facts(&FactSources {
            case,
            index: &index,
            first,
            onset: &onset,
            trigger: trigger.as_ref(),
            impact: impact.as_ref().map(|impact| impact.sentence.as_str()),
            dependants: &dependants,
        });
        lasting_fix::lasting_fix(LastingFixes::shipped(), first, trigger.as_ref(), &facts)
    });
    let revert = first.zip(trigger.as_ref());
    let revert = revert.and_then(|(first, trigger)| revert_command(case, &index, first, trigger));
    let trigger = trigger.map(|trigger| trigger.evidence.clone());
    IncidentReport {
        timeline: timeline::timeline(case, &index, &onset, trigger.as_ref()),
        trigger,
        began_at: Some(onset.at),
        blast_radius: dependants,
        severity: impact.as_ref().and_then(|impact| impact.severity),
        impact: impact.map(|impact| impact.sentence),
        lasting_fix,
        revert,
    }
}
