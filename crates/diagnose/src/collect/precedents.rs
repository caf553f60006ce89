//! Collects earlier incidents of the same application: which are like this one, and how they ended.

use std::collections::BTreeSet;

use common::{
    Diagnosis, Incident, Observed, PortError,
    evidence::ReadSource,
    findings::EngineFindings,
    ports::{Precedents, Reading},
    precedent::Precedent,
};
use jiff::Timestamp;

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use reasoning::evidence::text::{SENTENCE_CHARS, one_line};

/// Most earlier diagnoses that are looked through, the newest.
const MOST_READ: u32 = 50;

/// Most that are worth telling.
const MOST_TOLD: usize = 5;

/// Collects the earlier incidents that are like this one. Context only: that it was so before proves nothing.
pub(crate) async fn collect_precedents(
    store: &impl Precedents,
    incident: &Incident,
    application: Option<&str>,
    now: Timestamp,
    collected: &mut CollectedEvidence,
) {
    let Some(application) = application else { return };
    let read = with_timeout(ReadSource::Precedents, store.precedents(application, MOST_READ)).await;
    if let Some(Reading { command, value: found, .. }) = collected.accept(read) {
        let precedents = similar(incident, &templates(collected), found);
        let summary = format!("{} similar earlier incidents", precedents.len());
        collected.add(now, &command, &summary, Observed::Precedents { precedents });
    }
}

/// Those with something in common, the likest first, of equals the newest. The same problem counts for
/// most, then the same component, then each kind of log line that stood out both times.
fn similar(incident: &Incident, templates: &BTreeSet<String>, earlier: Vec<Precedent>) -> Vec<Precedent> {
    let likeness = |one: &Precedent| {
        let same_problem = one.fingerprint == incident.fingerprint;
        let same_component = one.component.as_ref().is_some_and(|component| {
            incident.resources().iter().any(|arn| arn.component() == component.component())
        });
        let lines = one.templates.iter().filter(|template| templates.contains(*template)).count();
        usize::from(same_problem) * 100 + usize::from(same_component) * 10 + lines.min(9)
    };
    let mut like: Vec<(usize, Precedent)> = earlier
        .into_iter()
        .filter(|one| one.incident_id != incident.id)
        .map(|one| (likeness(&one), one))
        .filter(|(likeness, _)| *likeness > 0)
        .collect();
    like.sort_by_key(|(likeness, one)| std::cmp::Reverse((*likeness, one.at, one.incident_id)));
    like.into_iter().map(|(_, one)| one).take(MOST_TOLD).collect()
}

/// The kinds of log lines that stand out in this incident.
fn templates(collected: &CollectedEvidence) -> BTreeSet<String> {
    let logs = collected.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Logs { templates, .. } => Some(templates),
        _ => None,
    });
    logs.flatten().map(|one| one.template.clone()).collect()
}

/// Stores what later incidents are to remember of this diagnosis. What belongs to no application nobody
/// could find again.
pub(crate) async fn remember(
    store: &impl Precedents,
    incident: &Incident,
    diagnosis: &Diagnosis,
    collected: &CollectedEvidence,
) -> Result<(), PortError> {
    let application = collected.evidence.iter().find_map(|one| match &one.observed {
        Observed::Application { name, .. } => Some(name),
        _ => None,
    });
    match application.or(incident.application.as_ref()) {
        Some(application) => store.remember(&precedent(incident, application, diagnosis, collected)).await,
        None => Ok(()),
    }
}

fn precedent(
    incident: &Incident,
    application: &str,
    diagnosis: &Diagnosis,
    collected: &CollectedEvidence,
) -> Precedent {
    let first = diagnosis.first();
    let engine = collected.evidence.iter().find_map(|one| match &one.observed {
        Observed::Engine { findings } => Some(findings),
        _ => None,
    });
    let suspected = engine.and_then(|findings: &EngineFindings| findings.suspects.first());
    Precedent {
        incident_id: incident.id,
        attempt: diagnosis.attempt,
        at: diagnosis.made_at,
        application: application.to_owned(),
        fingerprint: incident.fingerprint.clone(),
        title: one_line(&incident.signal.title, SENTENCE_CHARS),
        component: first.map(|one| one.component.clone()).or_else(|| suspected?.resource.clone()),
        failure_mode: first.map_or(common::FailureMode::Unknown, |one| one.failure_mode),
        cause: first.map(|one| one.cause.clone()).unwrap_or_default(),
        action: first.and_then(|one| Some(one.proposal.as_ref()?.action.clone())),
        templates: templates(collected).into_iter().collect(),
        bundle: diagnosis.model.as_ref().map(|used| used.bundle.clone()),
        outcome: None,
    }
}
