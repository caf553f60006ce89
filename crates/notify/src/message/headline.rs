//! Writes the first lines of a message: the fact, and whether somebody has to act.

use common::{Incident, Resolution, notification::Occasion};

use super::text::{line, sentence};
use crate::{Input, incident_snapshot::IncidentSnapshot};

const DRILL: &str = "This is a drill: the event was sent by hand, but Nightshift's actions are real.";

pub(super) fn headline(input: &Input, snapshot: &IncidentSnapshot) -> String {
    let incident = snapshot.incident.as_ref();
    let headline = match input.occasion {
        Occasion::Preliminary => &preliminary(input, incident),
        Occasion::ApprovalNeeded => "Nightshift needs your approval for an action.",
        Occasion::Resolved => resolved(incident, snapshot),
        Occasion::Escalated => "Nightshift could not resolve this incident. Please take over.",
        Occasion::ExecutionBroken => "Nightshift failed while handling this incident. Please take over.",
        Occasion::NotMoving => "Nightshift makes no progress on this incident. Please look at it.",
        Occasion::StillFiring => "The alarm fired again, and this incident does not move.",
        Occasion::Flapping => "This alarm comes and goes since its incident ended.",
        Occasion::Closed => "This incident was closed by a person.",
        Occasion::TakenOver => {
            "This incident was taken over by a person. Nightshift does nothing more about it."
        }
    };
    if incident.is_some_and(|incident| incident.signal.drill) {
        return format!("{DRILL}\n{headline}");
    }
    headline.to_owned()
}

/// Names the symptom too: this is the first that anybody hears of the incident.
fn preliminary(input: &Input, incident: Option<&Incident>) -> String {
    let what =
        incident.map_or_else(|| format!("incident {}", input.incident_id), |it| line(&it.signal.title));
    format!(
        "Preliminary: {} Nightshift is still working on this. Nothing is asked of you yet.",
        sentence(&what)
    )
}

fn resolved(incident: Option<&Incident>, snapshot: &IncidentSnapshot) -> &'static str {
    let outcome = incident.and_then(|incident| incident.outcome.as_ref());
    match outcome.map(|outcome| outcome.resolution) {
        Some(Resolution::ByNightshift) => "Nightshift resolved this incident.",
        Some(Resolution::ByItself) if snapshot.actions.as_ref().is_some_and(Vec::is_empty) => {
            "This incident recovered by itself. Nightshift took no action."
        }
        Some(Resolution::ByItself) => "This incident recovered by itself.",
        _ => "This incident is resolved.",
    }
}
