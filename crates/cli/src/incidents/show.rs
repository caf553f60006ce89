//! `nightshift show`: all that is known of one incident.

mod action_text;
mod diagnosis_text;
mod fix;
mod report;
mod story_text;
mod telemetry_text;
#[cfg(test)]
pub(crate) mod test_incident;
mod text;
mod timeline_text;

use common::{
    Incident, PlanHash,
    ports::{Approvals, CaseFile, Leases, Ledger},
};
use guard::Guard;
use jiff::Timestamp;

pub(crate) use self::{report::diagnoses, story_text::tokens};

use crate::{
    Answer,
    account::stack::Stack,
    arguments::{Format, IncidentChoice},
    failure::{Failure, chain},
    incidents::find,
    output::plain,
};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    All,
    /// Also what each look showed.
    WithEvidence,
    /// The specification of the lasting fix, and nothing else.
    Fix,
}

pub(crate) async fn run(
    stack: &str,
    incident: &IncidentChoice,
    part: Part,
    format: Format,
) -> Result<Answer, Failure> {
    let config = aws::config().await;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, incident).await?;
    if part == Part::Fix {
        return fix::fix(&store, &incident, format).await;
    }
    let evidence = part == Part::WithEvidence;
    let report = report::gather(&store, &shipped_guard()?, incident).await?;
    Ok(Answer::of(format, &report, || text::for_people(&report, evidence, Timestamp::now())))
}

/// One plan of an incident with its verdicts, for people.
pub(crate) async fn plan(
    store: &(impl CaseFile + Leases + Approvals + Ledger),
    incident: &Incident,
    hash: &PlanHash,
) -> Result<String, Failure> {
    let now = Timestamp::now();
    let report = report::gather(store, &shipped_guard()?, incident.clone()).await?;
    let action = report.actions.iter().find(|action| action.plan_hash == *hash);
    let action = action.map(|action| action_text::action(action, now)).unwrap_or_default();
    Ok(format!("{}\n{action}", plain::line(&format!("{}  {}", incident.id, incident.signal.title))))
}

/// The guard for its sentences: what it says of a plan is what the functions of this version say.
pub(crate) fn shipped_guard() -> Result<Guard, Failure> {
    Guard::shipped().map_err(|error| Failure::Operation(chain(&error)))
}
