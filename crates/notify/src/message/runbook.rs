//! Finds the runbook for an incident.

use std::sync::LazyLock;

use common::{Observed, ResourceKind};
use knowledge::{Hit, Library, Matched, Query, Runbook};

use super::text::line;
use crate::incident_snapshot::IncidentSnapshot;

/// The heading of a runbook's section for the person on call.
pub(super) const NOW: &str = "What to do now";

/// More of an incident's text would make any runbook match.
const MAX_TEXT_CHARS: usize = 8_000;

/// Longer than this is no link to a page for people.
const MAX_LINK_CHARS: usize = 200;

/// Runbooks that could not be parsed would cost a hint, never the message; their own tests hold that these can
/// be.
static SHIPPED: LazyLock<Option<Library>> = LazyLock::new(|| Library::shipped().ok());

/// Returns the best match that is about both the broken component's service and its failure: a runbook that only
/// shares words with an incident misleads.
pub(super) fn best_match(snapshot: &IncidentSnapshot) -> Option<&'static Runbook> {
    let hits = SHIPPED.as_ref()?.search(&query(snapshot));
    hits.into_iter().find(is_relevant).map(|hit| hit.runbook)
}

/// Returns the link that the alarm's description ends in or names first. Whoever may write alarms wrote it.
pub(super) fn of_the_alarm(snapshot: &IncidentSnapshot) -> Option<String> {
    let description = snapshot.incident.as_ref()?.signal.labels.get("description")?;
    let start = description.find("https://")?;
    let link: String = description
        .get(start..)?
        .chars()
        .take_while(|c| !c.is_whitespace() && !c.is_control() && !"()<>[]{}\"'`".contains(*c))
        .take(MAX_LINK_CHARS)
        .collect();
    let link = line(link.trim_end_matches(['.', ',', ';', ':', '!']));
    (link.len() > "https://".len()).then_some(link)
}

fn is_relevant(hit: &Hit<'_>) -> bool {
    let service = hit.matched.iter().any(|matched| matches!(matched, Matched::Service(_)));
    let failure =
        hit.matched.iter().any(|matched| matches!(matched, Matched::FailureMode(_) | Matched::Signal(_)));
    service && failure
}

fn query(snapshot: &IncidentSnapshot) -> Query {
    let first = snapshot.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first());
    let mut services: Vec<String> = first.map(|it| it.component.service().to_owned()).into_iter().collect();
    let mut texts: Vec<&str> = first.map(|it| it.cause.as_str()).into_iter().collect();
    if let Some(incident) = &snapshot.incident {
        texts.push(&incident.signal.title);
        texts.extend(incident.signal.metric.as_ref().map(|metric| metric.name.as_str()));
        if services.is_empty() {
            let named = incident.resources().iter();
            let about = named.filter(|arn| !matches!(arn.kind(), ResourceKind::Alarm { .. }));
            services.extend(about.map(|arn| arn.service().to_owned()));
        }
    }
    for evidence in &snapshot.evidence {
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
        text: texts.join("\n").chars().take(MAX_TEXT_CHARS).collect(),
    }
}

/// Renders the runbook's name, title and path.
pub(super) fn reference(runbook: &Runbook) -> String {
    format!("{}: {} (infra/runbooks/{}.md)", runbook.name(), runbook.title, runbook.id)
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn of_the_alarm_is_the_first_link_of_its_description() {
        for (description, expected) in [
            (
                "See [runbook](https://runbooks.example.com/alb?team=a&v=2) first.",
                Some("https://runbooks.example.com/alb?team=a&v=2"),
            ),
            ("Runbook: https://wiki.example.com/x.", Some("https://wiki.example.com/x")),
            ("http://wiki.example.com/x", None),
            ("https://", None),
            ("no link", None),
        ] {
            let mut incident = sample::incident();
            incident.signal.labels.insert("description".to_owned(), description.to_owned());
            let snapshot = IncidentSnapshot { incident: Some(incident), ..IncidentSnapshot::default() };
            assert_eq!(of_the_alarm(&snapshot).as_deref(), expected, "{description}");
        }
    }
}
