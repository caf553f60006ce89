//! The runbook that answers to an incident.

use std::sync::LazyLock;

use common::{Observed, ResourceKind};
use knowledge::{Hit, Library, Matched, Query, Runbook};

use crate::case::Case;

/// What a runbook says to a person who is awake.
pub(crate) const NOW: &str = "What to do now";

/// More of an incident's text would make any runbook match.
const MOST_TEXT: usize = 8_000;

/// Runbooks that could not be read would cost a hint and never the message; a test of theirs holds that
/// these can be.
static SHIPPED: LazyLock<Option<Library>> = LazyLock::new(|| Library::shipped().ok());

/// The best one, where it is about the broken component's service and about its failure too: a runbook that
/// only shares words with an incident sends people astray.
pub(crate) fn fitting(case: &Case) -> Option<&'static Runbook> {
    let hits = SHIPPED.as_ref()?.search(&query(case));
    hits.into_iter().find(convincing).map(|hit| hit.runbook)
}

fn convincing(hit: &Hit<'_>) -> bool {
    let service = hit.matched.iter().any(|matched| matches!(matched, Matched::Service(_)));
    let failure =
        hit.matched.iter().any(|matched| matches!(matched, Matched::FailureMode(_) | Matched::Signal(_)));
    service && failure
}

fn query(case: &Case) -> Query {
    let first = case.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first());
    let mut services: Vec<String> = first.map(|it| it.component.service().to_owned()).into_iter().collect();
    let mut texts: Vec<&str> = first.map(|it| it.cause.as_str()).into_iter().collect();
    if let Some(incident) = &case.incident {
        texts.push(&incident.signal.title);
        texts.extend(incident.signal.metric.as_ref().map(|metric| metric.name.as_str()));
        if services.is_empty() {
            let named = incident.resources().iter();
            let about = named.filter(|arn| !matches!(arn.kind(), ResourceKind::Alarm { .. }));
            services.extend(about.map(|arn| arn.service().to_owned()));
        }
    }
    for evidence in &case.evidence {
        match &evidence.observed {
            Observed::Logs { templates, .. } => {
                texts.extend(templates.iter().map(|one| one.template.as_str()));
            }
            Observed::Change { change } => texts.push(&change.event_name),
            _ => {}
        }
    }
    Query {
        services,
        failure_modes: first.map(|it| it.failure_mode).into_iter().collect(),
        text: texts.join("\n").chars().take(MOST_TEXT).collect(),
    }
}

/// The runbook's name, and where it stands.
pub(crate) fn named(runbook: &Runbook) -> String {
    format!("{}: {} (infra/runbooks/{}.md)", runbook.name(), runbook.title, runbook.id)
}
