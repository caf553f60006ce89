//! Commands with which a person intervenes, under the caller's own credentials, because a person knows what Nightshift
//! does not: `nightshift close` and `nightshift takeover` end an incident, `nightshift close-breaker` closes a breaker,
//! `nightshift purge` deletes what is personal or large of one that has ended.

pub(crate) mod close_breaker;
mod end_incident;
pub(crate) mod purge;
mod reason;

use aws::{channels::SnsChannel, executions::StepFunctions};
use common::{Arn, IncidentId, clock::SystemClock};
use notify::{Deps, Links};
use serde::Serialize;

use crate::{
    Answer,
    account::{caller, session, stack::Stack},
    arguments::{CloseArgs, Format, TakeoverArgs},
    failure::Failure,
    incidents::find,
    output::plain,
};
use end_incident::{EndedIncident, Intervention, end_incident};

#[derive(Serialize)]
struct EndedJson<'a> {
    incident_id: IncidentId,
    ended: &'static str,
    by: &'a str,
    reason: &'a str,
    /// The channel that accepted the message; null where none did, and a sweep repeats it.
    told: Option<&'a str>,
    /// Automations that may still be running: they are not stopped.
    still_running: &'a [String],
}

pub(crate) async fn close(stack: &str, args: &CloseArgs, format: Format) -> Result<Answer, Failure> {
    let reason = args.reason.clone();
    run(stack, &args.incident, Intervention::Close { reason }, format).await
}

pub(crate) async fn take_over(stack: &str, args: &TakeoverArgs, format: Format) -> Result<Answer, Failure> {
    let reason = args.reason.clone();
    run(stack, &args.incident, Intervention::TakeOver { reason }, format).await
}

async fn run(
    stack: &str,
    incident: &crate::arguments::IncidentSelector,
    intervention: Intervention,
    format: Format,
) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let caller = caller::identify(&config).await?;
    let stack = Stack::find(&config, stack).await?;
    let machine: Arn = stack.output("IncidentStateMachineArn")?.parse().map_err(|error| {
        Failure::Operation(format!("the stack's output IncidentStateMachineArn: {error}"))
    })?;
    let topics = [stack.output("AlertTopicArn")?, stack.output("FallbackTopicArn")?];
    let deps = Deps {
        store: stack.store(&config)?,
        channels: topics.map(|arn| SnsChannel::from_config(&config, arn)).into(),
        clock: SystemClock,
        links: Links { state_machine_arn: machine.clone() },
    };
    let executions = StepFunctions::from_config(&config, machine);
    let incident = find::incident(&deps.store, incident).await?;
    let ended = end_incident(&deps, &executions, incident.id, &intervention, &caller.arn).await?;
    let json = EndedJson {
        incident_id: incident.id,
        ended: ended.resolution_word(),
        by: &ended.by,
        reason: &ended.reason,
        told: ended.told.as_deref().ok(),
        still_running: &ended.still_running,
    };
    Ok(Answer::formatted(format, &json, || for_people(incident.id, &ended)))
}

fn for_people(id: IncidentId, ended: &EndedIncident) -> String {
    let already = if ended.was_ended_before { "was already" } else { "is" };
    let mut lines = vec![format!("incident {id} {already} {}", ended.reason)];
    lines.push(match &ended.told {
        Ok(channel) => format!("told on {channel}"),
        Err(why) => format!("nobody was told yet, Nightshift does so within a quarter of an hour: {why}"),
    });
    lines.extend(ended.still_running.iter().map(|what| format!("not stopped, may still be running: {what}")));
    lines.iter().map(|line| plain::line(line)).collect::<Vec<_>>().join("\n")
}
