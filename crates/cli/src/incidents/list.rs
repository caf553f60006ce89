//! `nightshift incidents` lists the latest incidents.

use common::{Incident, IncidentId, Outcome, Severity, Status};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, ListArgs},
    failure::Failure,
    output::{plain, table::table},
};

/// Incidents that are searched for open ones.
const LOOKED_THROUGH: u32 = 1000;
/// A longer title is cut; `show` has all of it.
const TITLE_CHARS: usize = 120;

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: IncidentId,
    status: Status,
    severity: Severity,
    application: Option<&'a str>,
    title: &'a str,
    opened_at: Timestamp,
    outcome: Option<&'a Outcome>,
    drill: bool,
}

impl<'a> From<&'a Incident> for Row<'a> {
    fn from(incident: &'a Incident) -> Self {
        Self {
            id: incident.id,
            status: incident.status,
            severity: incident.worst_severity(),
            application: incident.application.as_deref(),
            title: &incident.signal.title,
            opened_at: incident.opened_at,
            outcome: incident.outcome.as_ref(),
            drill: incident.signal.drill,
        }
    }
}

pub(crate) async fn run(stack: &str, args: &ListArgs, format: Format) -> Result<Answer, Failure> {
    let ListArgs { open, limit } = *args;
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let latest = store.recent_incidents(if open { LOOKED_THROUGH } else { limit }).await?;
    let rows = selected(&latest, open, limit);
    Ok(Answer::formatted(format, &rows, || for_people(&rows, open, Timestamp::now())))
}

fn selected(latest: &[Incident], open: bool, limit: u32) -> Vec<Row<'_>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    latest.iter().filter(|incident| !(open && incident.status.is_end())).take(limit).map(Row::from).collect()
}

fn for_people(rows: &[Row<'_>], open: bool, now: Timestamp) -> String {
    if rows.is_empty() {
        return if open { "No open incidents." } else { "No incidents yet." }.to_owned();
    }
    let cells = rows.iter().map(|row| {
        vec![
            format!("{}\n{}", row.id, common::untrusted_text::one_line(row.title, TITLE_CHARS)),
            format!("{}\n{}", row.status.as_str().replace('_', " "), resolution(row)),
            format!("{}\n{}", row.severity, if row.drill { "drill" } else { "" }),
            row.application.map_or_else(|| "-".to_owned(), plain::line),
            format!("{}\n{}", plain::date_time(row.opened_at), plain::relative(row.opened_at, now)),
        ]
    });
    table(&["INCIDENT", "STATUS", "SEV", "APPLICATION", "OPENED"], cells.collect(), &[2, 4])
}

fn resolution(row: &Row<'_>) -> &'static str {
    use common::Resolution::{ByItself, ByNightshift, Closed, Escalated, TakenOver};
    match row.outcome.map(|outcome| outcome.resolution) {
        Some(ByNightshift) => "by Nightshift",
        Some(ByItself) => "by itself",
        Some(Escalated) => "to a human",
        Some(Closed) => "by a person",
        Some(TakenOver) => "taken over",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use common::Resolution;
    use fakes::sample;

    use super::*;

    fn incidents() -> Vec<Incident> {
        let ended = |status, resolution| {
            let outcome = Outcome { resolution, reason: "it was so".to_owned(), ended_at: sample::at() };
            Incident { status, outcome: Some(outcome), ..sample::incident() }
        };
        let mut drill = sample::incident();
        drill.signal.drill = true;
        drill.status = Status::AwaitingApproval;
        vec![
            drill,
            ended(Status::Resolved, Resolution::ByNightshift),
            ended(Status::Escalated, Resolution::Escalated),
        ]
    }

    #[test]
    fn selected_open_are_those_without_an_end_and_at_most_so_many() {
        assert_eq!(selected(&incidents(), true, 20).len(), 1);
        assert_eq!(selected(&incidents(), false, 2).len(), 2);
    }

    #[test]
    fn for_people_is_a_table_of_a_hundred_columns() {
        let incidents = incidents();
        let now = "2026-11-20T05:05:00Z".parse().unwrap();
        let text = for_people(&selected(&incidents, false, 20), false, now);
        assert!(text.lines().all(|line| line.chars().count() <= plain::WIDTH), "{text}");
        assert_eq!(text, include_str!("golden_list.txt").trim_end(), "\n{text}");
    }

    #[test]
    fn for_people_without_any_says_so() {
        assert_eq!(for_people(&[], true, sample::at()), "No open incidents.");
    }
}
