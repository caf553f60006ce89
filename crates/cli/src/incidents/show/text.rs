//! Prints a report for people, in sections: the incident and its outcome first, then how it came to that.

use std::fmt::Write as _;

use common::Incident;
use jiff::Timestamp;

use super::{
    action_text,
    diagnosis_text::{diagnosis, evidence},
    report::{AuditLine, Report},
    story_text,
    timeline_text::{resolved, sentence},
};
use crate::{
    incidents::purged,
    output::plain::{between, date_time, hanging, moment, wrapped},
};

pub(super) fn for_people(report: &Report, whole_evidence: bool, now: Timestamp) -> String {
    let mut text = heading(&report.incident, now);
    section(
        &mut text,
        "Differs from the audit trail, do not rely on it",
        report.not_as_recorded.iter().map(|one| wrapped(one, 2)),
    );
    section(&mut text, "Diagnosis so far (not in the audit trail)", report.preliminary.iter().map(diagnosis));
    section(&mut text, "Diagnosis", report.diagnoses.iter().map(diagnosis));
    // The last diagnosis knows all that those before it knew.
    let story = report.diagnoses.last().into_iter().flat_map(|made| &made.report.timeline);
    section(&mut text, "Timeline", story.map(story_text::happened));
    section(
        &mut text,
        "Plans and actions",
        report.actions.iter().map(|action| action_text::action(action, now)),
    );
    section(&mut text, "Evidence", report.evidence.iter().map(|one| evidence(one, whole_evidence)));
    section(&mut text, "Audit trail", report.timeline.iter().map(audit_line));
    text
}

fn heading(incident: &Incident, now: Timestamp) -> String {
    let mut text = String::new();
    let drill = if incident.signal.drill { "  drill" } else { "" };
    let status = incident.status.as_str().replace('_', " ");
    // Writing into a string does not fail.
    let _ = writeln!(text, "{}  {status}  {}{drill}", incident.id, incident.severity);
    text.push_str(&wrapped(&incident.signal.title, 0));
    let application = incident.application.as_deref().unwrap_or("unknown");
    text.push_str(&hanging("application ", application, 2, 14));
    for resource in incident.resources() {
        text.push_str(&hanging("resource    ", &resource.to_string(), 2, 14));
    }
    text.push_str(&hanging("opened      ", &moment(incident.opened_at, now), 2, 14));
    if incident.signal_count > 1 {
        let said = format!(
            "{}, last {} (not in the audit trail)",
            incident.signal_count,
            moment(incident.last_signal_at, now)
        );
        text.push_str(&hanging("signals     ", &said, 2, 14));
    }
    if let Some(outcome) = &incident.outcome {
        let said = format!(
            "{} after {}: {}",
            resolved(outcome.resolution),
            between(incident.opened_at, outcome.ended_at),
            outcome.reason
        );
        text.push_str(&hanging("outcome     ", &said, 2, 14));
    }
    if let Some(purge) = &incident.purged {
        text.push_str(&hanging("purged      ", &purged::sentence(purge), 2, 14));
    }
    text
}

fn section(text: &mut String, name: &str, parts: impl Iterator<Item = String>) {
    let parts: String = parts.collect();
    if !parts.is_empty() {
        let _ = write!(text, "\n{name}\n{parts}");
    }
}

fn audit_line(record: &AuditLine) -> String {
    let at = record.at.map_or_else(|| "?".to_owned(), date_time);
    let said = record.entry.as_ref().map_or_else(
        || format!("cannot be read by this version: {}", record.unreadable.as_deref().unwrap_or("")),
        sentence,
    );
    hanging(&format!("{at:<20}  "), &said, 2, 24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{incidents::show::test_incident, output::plain::WIDTH};

    #[tokio::test]
    async fn for_people_tells_the_whole_story_in_a_hundred_columns() {
        let report = test_incident::gathered().await;
        let text = for_people(&report, false, "2026-11-20T05:05:00Z".parse().unwrap());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(
                concat!(env!("CARGO_MANIFEST_DIR"), "/src/incidents/show/golden_report.txt"),
                &text,
            )
            .unwrap();
        }
        assert_eq!(text, include_str!("golden_report.txt"), "\n{text}");
    }

    #[tokio::test]
    async fn for_people_tells_what_is_known_until_a_diagnosis_is_made() {
        let (before, after) = (test_incident::before_its_diagnosis().await, test_incident::gathered().await);
        let text = for_people(&before, false, "2026-11-20T05:05:00Z".parse().unwrap());
        assert!(
            text.contains("\nDiagnosis so far (not in the audit trail)\n") && !text.contains("\nDiagnosis\n"),
            "{text}"
        );
        assert_eq!(before.preliminary.as_ref(), after.diagnoses.first());
        assert_eq!(before.evidence, test_incident::evidence());
        assert_eq!(after.preliminary, None);
    }

    #[tokio::test]
    async fn for_people_of_a_purged_incident_says_so_and_by_whom() {
        let mut report = test_incident::gathered().await;
        let purge = common::Purge { at: "2026-11-20T04:00:00Z".parse().unwrap(), by: "arn:ada".to_owned() };
        report.incident = report.incident.purged(purge);
        let text = for_people(&report, false, "2026-11-20T05:05:00Z".parse().unwrap());
        let heading = text.split("\n\n").next().unwrap();
        assert!(heading.contains("\n  purged      2026-11-20 04:00:00Z by arn:ada: "), "{heading}");
        assert!(!heading.contains("checkout-errors is in ALARM"), "{heading}");
    }

    #[tokio::test]
    async fn for_people_with_evidence_shows_what_was_seen() {
        let report = test_incident::gathered().await;
        let text = for_people(&report, true, "2026-11-20T05:05:00Z".parse().unwrap());
        assert!(text.contains("\"previous_version\": 1") && text.contains("sha256"), "{text}");
    }
}
