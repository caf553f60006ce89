//! Digests the incident itself, and the closed lists of components and actions.

use super::entry::{Entry, LINE_CHARS, first_lines};
use crate::{brief::Brief, fence::Fence, model_input::ComponentNames};

const MAX_LABELS: usize = 12;

pub(super) fn fence(fence: &Fence) -> Entry {
    let text = format!("Fence: {}", fence.token());
    Entry { text, kind: "fence", evidence: None, needed: true }
}

pub(super) fn incident(brief: &Brief<'_>, fence: &Fence) -> Entry {
    let incident = brief.incident;
    let head = format!(
        "# Incident {}\n{}, opened {}, signals {}, last {}, attempt {}",
        incident.id,
        incident.worst_severity(),
        incident.opened_at,
        incident.signal_count,
        incident.last_signal_at,
        brief.attempt,
    );
    let signal = &incident.signal;
    let mut body = vec![
        fence.line(&format!("title: {}", signal.title), LINE_CHARS),
        fence.line(&format!("from: {} in {} {}", signal.source, signal.account, signal.region), LINE_CHARS),
    ];
    if let Some(application) = &incident.application {
        body.push(fence.line(&format!("application: {application}"), LINE_CHARS));
    }
    if let Some(metric) = &signal.metric {
        let dimensions: Vec<_> =
            metric.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text = format!(
            "metric: {} {} {} every {} s, {}",
            metric.namespace,
            metric.name,
            metric.statistic,
            metric.period_seconds,
            dimensions.join(" "),
        );
        body.push(fence.line(&text, LINE_CHARS));
    }
    let labels =
        signal.labels.iter().map(|(name, value)| fence.line(&format!("{name}: {value}"), LINE_CHARS));
    body.extend(first_lines(MAX_LABELS, labels.collect()));
    Entry::fenced("incident", &head, "incident", &body, fence).needed()
}

pub(super) fn components(names: ComponentNames<'_>, brief: &Brief<'_>, fence: &Fence) -> Entry {
    let (account, region) = (&brief.incident.signal.account, &brief.incident.signal.region);
    let body: Vec<String> = names
        .all()
        .map(|(name, arn)| {
            let here = arn.is_of(account, region);
            let place = if here { String::new() } else { format!(" in {} {}", arn.account(), arn.region()) };
            fence.line(&format!("{name} {} {}{place}", arn.service(), arn.resource()), 120)
        })
        .collect();
    Entry::fenced("components", "# Components that may be named", "components", &body, fence).needed()
}

pub(super) fn actions(brief: &Brief<'_>) -> Entry {
    let actions: Vec<_> = brief.actions.iter().map(|action| format!("`{action}`")).collect();
    let actions = if actions.is_empty() { "none".to_owned() } else { actions.join(", ") };
    Entry {
        text: format!("# Actions that may be proposed\n{actions}"),
        kind: "actions",
        evidence: None,
        needed: true,
    }
}
