//! `nightshift audit prove` writes what proves the ledger of one incident offline.

use common::ports::Ledger as _;
use transparency::{Log, Proof, ports::LogStore as _};

use super::key;
use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::IncidentSelector,
    failure::{Failure, chain},
    incidents::find,
};

pub(super) async fn run(stack: &str, incident: &IncidentSelector) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let stack = Stack::find(&config, stack).await?;
    let store = stack.store(&config)?;
    let id = find::id(&store, incident).await?;
    let key = key::of_stack(&config, &stack).await?;
    let log =
        Log::verified(store.batches().await?, &key).map_err(|broken| Failure::Operation(chain(&broken)))?;
    let not_yet = || {
        Failure::Operation(format!(
            "incident {id} is not yet in the log: it takes chains in every five minutes, try again then"
        ))
    };
    let proof = Proof::of(id, store.timeline(id).await?, &log).ok_or_else(not_yet)?;
    proof.check(&key).map_err(|fault| Failure::Operation(chain(&fault)))?;
    // Plain data always has a JSON form.
    Ok(Answer::success(serde_json::to_string_pretty(&proof).unwrap_or_default()))
}
