//! `nightshift show` prints everything that is stored of one incident.

mod action;
mod action_text;
#[cfg(test)]
mod any_edit;
mod as_recorded;
mod diagnosis_text;
mod fix;
mod report;
mod story_text;
mod telemetry_text;
#[cfg(test)]
pub(crate) mod test_incident;
mod text;
pub(crate) mod timeline_text;

use common::{
    Incident, PlanHash,
    ports::{Approvals, CaseFile, Leases, Ledger},
};
use guard::Guard;
use jiff::Timestamp;

pub(crate) use self::{
    action::Action,
    report::{Report, diagnoses},
    story_text::tokens,
};

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, ShowArgs},
    failure::{Failure, chain},
    incidents::{find, purged::ensure_not_purged},
    output::plain,
};

pub(crate) async fn run(stack: &str, args: &ShowArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, &args.incident).await?;
    if args.fix {
        ensure_not_purged(&incident)?;
        return fix::fix(&store, &incident, format).await;
    }
    let report = gathered(&store, incident).await?;
    Ok(Answer::formatted(format, &report, || text::for_people(&report, args.evidence, Timestamp::now())))
}

/// One plan of an incident with its verdicts, for people.
pub(crate) async fn plan(
    store: &(impl CaseFile + Leases + Approvals + Ledger),
    incident: &Incident,
    hash: &PlanHash,
) -> Result<String, Failure> {
    let now = Timestamp::now();
    let report = gathered(store, incident.clone()).await?;
    let action = report.actions.iter().find(|action| action.plan_hash == *hash);
    let action = action.map(|action| action_text::action(action, now)).unwrap_or_default();
    Ok(format!("{}\n{action}", plain::line(&format!("{}  {}", incident.id, incident.signal.title))))
}

/// Everything that is stored of an incident.
pub(crate) async fn gathered(
    store: &(impl CaseFile + Leases + Approvals + Ledger),
    incident: Incident,
) -> Result<Report, Failure> {
    Ok(report::gather(store, &shipped_guard()?, incident).await?)
}

/// The guard of this version, for its sentences about plans: they are those of the functions of this version.
pub(crate) fn shipped_guard() -> Result<Guard, Failure> {
    Guard::shipped().map_err(|error| Failure::Operation(chain(&error)))
}
