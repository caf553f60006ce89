//! Says that an incident was purged, where a command would else show that there was nothing.

use common::{Incident, Purge};

use crate::{failure::Failure, output::plain};

/// Says when, by whom, and what is left.
pub(crate) fn sentence(purge: &Purge) -> String {
    format!(
        "{} by {}: evidence, diagnoses, the model's dialogue and the event's own words were deleted; the audit trail \
         is whole",
        plain::date_time(purge.at),
        purge.by
    )
}

/// # Errors
/// An incident that was purged: what the command works on was deleted.
pub(crate) fn ensure_not_purged(incident: &Incident) -> Result<(), Failure> {
    match &incident.purged {
        None => Ok(()),
        Some(purge) => Err(Failure::Operation(format!(
            "incident {} was purged {}; `nightshift show` shows what is left",
            incident.id,
            sentence(purge)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn purged_incident_is_refused_with_when_and_by_whom() {
        let incident = sample::incident();
        assert!(ensure_not_purged(&incident).is_ok());
        let purged = incident.purged(Purge { at: sample::at(), by: "arn:ada".to_owned() });
        let failure = ensure_not_purged(&purged).unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        for part in [&incident.id.to_string(), "2026-11-20 03:00:00Z by arn:ada", "nightshift show"] {
            assert!(failure.to_string().contains(part), "{failure}");
        }
    }
}
