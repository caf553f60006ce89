//! Tells a message from a sweep, and serves both.

use common::{
    Clock,
    notification::Occasion,
    ports::{
        Approvals, CaseFile, Channel, DeadLetters, Deliveries, Executions, Incidents, Intake, Leases, Ledger,
        Returns, Sweeps,
    },
};
use serde::Deserialize;

use crate::{Error, Input, Output, SweepDeps, handle, sweep};

/// A request to the function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Request {
    Scheduled(Scheduled),
    Message(Input),
}

/// A request that a schedule sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scheduled {
    Sweep,
}

/// Serves one request.
pub async fn serve<S, H, C, X, Q>(deps: &SweepDeps<S, H, C, X, Q>, request: Request) -> Result<Output, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases + Intake + Returns + Sweeps,
    H: Channel,
    C: Clock,
    X: Executions,
    Q: DeadLetters,
{
    match request {
        Request::Scheduled(Scheduled::Sweep) => sweep::sweep(deps).await,
        Request::Message(input) if input.occasion == Occasion::StillFiring => {
            sweep::still_firing::still_firing(deps, input.incident_id).await
        }
        Request::Message(input) => handle(&deps.notify, input).await,
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn request_is_a_sweep_or_a_message() {
        let read = |text: &str| serde_json::from_str::<Request>(text);
        assert_eq!(read(r#"{"step":"sweep"}"#).unwrap(), Request::Scheduled(Scheduled::Sweep));
        let id = sample::incident().id;
        let message = read(&format!(r#"{{"occasion":"still_firing","incident_id":"{id}"}}"#)).unwrap();
        assert_eq!(message, Request::Message(Input::new(Occasion::StillFiring, id)));
        for unknown in ["{}", r#"{"step":"dance"}"#, r#"{"occasion":"resolved"}"#] {
            assert!(read(unknown).is_err(), "{unknown}");
        }
    }
}
