//! Joins the ledger's chains into one log: every few minutes, the head of each chain that has grown becomes a leaf, and the
//! log's new head is signed.
//!
//! A batch of leaves is put where none is yet, so that of two invocations at once one adds its batch and the other has to
//! come again. A chain stays marked as grown until its head is in the log: whatever fails, the next invocation does it.
//!
//! - Input: `{}`
//! - Output: `{"result": "joined", "chains", "checkpoint"}`, or `{"result": "nothing_new"}`
//! - Errors: `Sequence.BrokenChain`, `Sequence.BrokenLog`, `Sequence.Contended`, `Sequence.Key`, `Sequence.Signature`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_KEY_ARN`, `LEDGER_ORIGIN`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `DeleteItem`, `PutItem`, `Query`
//!   - kms: `GetPublicKey`, `Sign`
//! - Timeout: 60 s

use common::{
    ErrorName, IncidentId, PortError,
    chain::{self, BrokenChain},
    ports::Ledger,
};
use serde::{Deserialize, Serialize};
use transparency::{
    BrokenLog, GrownChain, InvalidVerifierKey, KeyName, Leaf, NoteError, UnsignedBatch, VerifierKey,
    ports::{LogKey, LogStore},
};

/// The leaves of one batch. An item of DynamoDB's holds 400 KB, and a leaf has about 150 bytes.
const BATCH: usize = 500;
/// The batches that one invocation adds, so that it ends in time. A run every five minutes takes in 60,000 chains an hour.
const BATCHES: usize = 10;

#[derive(Debug)]
pub struct Deps<S, K> {
    pub store: S,
    pub key: K,
    /// The log's name.
    pub origin: KeyName,
}

/// A scheduled event says nothing that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Joined {
        chains: usize,
        /// The log's new head as a signed note.
        checkpoint: String,
    },
    /// No chain had grown.
    NothingNew,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the chain of incident {incident} does not hold: {broken}; its head is in the log as it is")]
    BrokenChain { incident: IncidentId, broken: BrokenChain },
    #[error("the log cannot go on from its last batch")]
    BrokenLog(#[from] BrokenLog),
    #[error("the log's key is of another kind: expected an Ed25519 key (ECC_NIST_EDWARDS25519)")]
    Key(#[from] InvalidVerifierKey),
    #[error("the signature of the log's new head does not hold")]
    Signature(#[from] NoteError),
    #[error("another invocation added to the log at leaf {first}")]
    Contended { first: u64 },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &[
        "Sequence.BrokenChain",
        "Sequence.BrokenLog",
        "Sequence.Contended",
        "Sequence.Key",
        "Sequence.Signature",
    ];

    fn error_name(&self) -> &'static str {
        match self {
            Self::BrokenChain { .. } => "Sequence.BrokenChain",
            Self::BrokenLog(_) => "Sequence.BrokenLog",
            Self::Key(_) => "Sequence.Key",
            Self::Signature(_) => "Sequence.Signature",
            Self::Contended { .. } => "Sequence.Contended",
            Self::Port(error) => error.error_name(),
        }
    }
}

/// Joins the heads of the chains that have grown.
///
/// # Errors
/// What could not be read, signed or written; the chains concerned stay marked. After everything else is done: the first
/// chain that does not hold, so that a person looks.
pub async fn handle(deps: &Deps<impl Ledger + LogStore, impl LogKey>) -> Result<Output, Error> {
    let (mut chains, mut head) = (0usize, None);
    let mut broken = None;
    for _ in 0..BATCHES {
        let mut grown = deps.store.grown().await?;
        let is_last = grown.len() <= BATCH;
        grown.truncate(BATCH);
        let leaves = leaves(&deps.store, &grown, &mut broken).await?;
        if leaves.is_empty() {
            break;
        }
        chains = chains.saturating_add(leaves.len());
        head = Some(add(deps, leaves).await?);
        if is_last {
            break;
        }
    }
    match (broken, head) {
        (Some(broken), _) => Err(broken),
        (None, Some(checkpoint)) => Ok(Output::Joined { chains, checkpoint }),
        (None, None) => Ok(Output::NothingNew),
    }
}

/// Returns the leaves of the chains that are marked as grown, and the first chain that does not hold.
async fn leaves(
    store: &(impl Ledger + LogStore),
    grown: &[GrownChain],
    broken: &mut Option<Error>,
) -> Result<Vec<Leaf>, Error> {
    let mut leaves = Vec::new();
    for GrownChain { incident_id: incident, .. } in grown {
        let records = store.timeline(*incident).await?;
        if let Err(why) = chain::verify(*incident, &records) {
            broken.get_or_insert(Error::BrokenChain { incident: *incident, broken: why });
        }
        match records.last() {
            Some(last) => leaves.push(Leaf::new(*incident, last)),
            // Its records were taken away since. What was in the log shows it.
            None => store.mark_joined(&GrownChain { incident_id: *incident, sequence: u64::MAX }).await?,
        }
    }
    Ok(leaves)
}

/// Adds a batch with these leaves and returns the log's new head.
async fn add(deps: &Deps<impl LogStore, impl LogKey>, leaves: Vec<Leaf>) -> Result<String, Error> {
    let key = VerifierKey::from_spki(deps.origin.clone(), &deps.key.public_key().await?)?;
    let last = deps.store.last_batch().await?;
    let unsigned = UnsignedBatch::following(last.as_ref(), &key, leaves)?;
    let signature = deps.key.sign(unsigned.text().as_bytes()).await?;
    let batch = unsigned.signed(&key, &signature)?;
    if !deps.store.put_batch(&batch).await? {
        return Err(Error::Contended { first: batch.first });
    }
    tracing::info!(checkpoint = batch.checkpoint, "the log has a new head");
    for Leaf { incident_id, sequence, .. } in &batch.leaves {
        deps.store.mark_joined(&GrownChain { incident_id: *incident_id, sequence: *sequence }).await?;
    }
    Ok(batch.checkpoint)
}

#[cfg(test)]
mod tests;
