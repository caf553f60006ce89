//! `nightshift close-breaker` lets an action run unattended again for an application: a person knows that what made it
//! fail is mended.

mod close;
mod judged_plan;

use common::{ActionId, Incident, IncidentId, Status, clock::SystemClock, ports::BreakerClosure};
use guard::facts::breaker::Breaker;
use jiff::Timestamp;
use serde::Serialize;

use super::reason::required_reason;
use crate::{
    Answer,
    account::{caller, session, stack::Stack},
    arguments::{CloseBreakerArgs, Format},
    failure::Failure,
    incidents::{find, show::timeline_text},
    output::plain,
};
use close::{ClosedBreaker, close};

#[derive(Serialize)]
struct BreakerJson<'a> {
    incident_id: IncidentId,
    action: &'a ActionId,
    /// Null for an incident that belongs to no application.
    application: Option<&'a str>,
    /// Its state before.
    was: Breaker,
    /// False where it was closed already, and nothing was changed.
    changed: bool,
    /// The last closure by a person; null where there never was one.
    by: Option<&'a str>,
    at: Option<Timestamp>,
}

pub(crate) async fn run(stack: &str, args: &CloseBreakerArgs, format: Format) -> Result<Answer, Failure> {
    let reason = required_reason(&args.reason, "the breaker is closed")?;
    let config = session::load().await?;
    let caller = caller::identify(&config).await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, &args.incident).await?;
    let plan = judged_plan::find(&store, incident.id, args.plan.as_ref()).await?;
    let closed = close(&store, &SystemClock, &incident, &plan.action, &reason, &caller.arn).await?;
    let json = BreakerJson {
        incident_id: incident.id,
        action: &plan.action,
        application: incident.application.as_deref(),
        was: closed.was,
        changed: closed.is_changed(),
        by: closed.closure.as_ref().map(|closure| closure.by.as_str()),
        at: closed.closure.as_ref().map(|closure| closure.at),
    };
    Ok(Answer::formatted(format, &json, || for_people(&incident, &plan.action, &closed)))
}

fn for_people(incident: &Incident, action: &ActionId, closed: &ClosedBreaker) -> String {
    let breaker = timeline_text::breaker(action, incident.application.as_deref());
    let by = |BreakerClosure { by, at }: &BreakerClosure| format!("{by} at {}", plain::date_time(*at));
    let mut lines = Vec::new();
    if closed.is_changed() {
        lines.push(format!(
            "the breaker of {breaker} is closed: the action may run unattended again where the policies permit it"
        ));
        lines.push(format!("before, {}", closed.runs));
        if incident.status == Status::AwaitingApproval {
            lines.push(format!(
                "a plan of this incident still waits for an answer: nightshift approve {}",
                incident.id
            ));
        }
    } else {
        let last = closed.closure.as_ref().map(|closure| format!("; {} closed it last", by(closure)));
        lines.push(format!(
            "the breaker of {breaker} is not open: nothing was changed{}",
            last.unwrap_or_default()
        ));
    }
    lines.iter().map(|line| plain::line(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    fn said(status: Status, was: Breaker, closure: Option<BreakerClosure>) -> String {
        let incident = Incident { status, ..sample::incident() };
        let runs = "3 of the last 4 runs did not help".to_owned();
        for_people(&incident, &"start-instance".parse().unwrap(), &ClosedBreaker { was, runs, closure })
    }

    fn by_ada() -> Option<BreakerClosure> {
        Some(BreakerClosure { by: "arn:ada".to_owned(), at: sample::at() })
    }

    #[test]
    fn for_people_leads_with_the_state_and_ends_with_what_to_do() {
        let closed = said(Status::Escalated, Breaker::Open, by_ada());
        let application = sample::incident().application;
        let expected = timeline_text::breaker(&"start-instance".parse().unwrap(), application.as_deref());
        assert_eq!(
            closed,
            format!(
                "the breaker of {expected} is closed: the action may run unattended again where the policies permit \
                 it\nbefore, 3 of the last 4 runs did not help"
            )
        );
        let waits = said(Status::AwaitingApproval, Breaker::HalfOpen, by_ada());
        assert!(waits.ends_with(&format!("nightshift approve {}", sample::incident().id)), "{waits}");
    }

    #[test]
    fn for_people_of_one_that_is_not_open_says_that_nothing_was_changed() {
        let never = said(Status::Escalated, Breaker::Closed, None);
        assert!(never.ends_with("is not open: nothing was changed"), "{never}");
        let again = said(Status::AwaitingApproval, Breaker::Closed, by_ada());
        assert!(
            again.ends_with("nothing was changed; arn:ada at 2026-11-20 03:00:00Z closed it last"),
            "{again}"
        );
    }
}
