//! Joins the ledger's chains into one log: every few minutes, the head of each chain that has grown becomes a leaf, and the
//! log's new head is signed.
//!
//! A batch of leaves is put where none is yet, so that of two invocations at once one adds its batch and the other has to
//! come again. A chain stays marked as grown until its head is in the log: whatever fails, the next invocation does it.
//!
//! Where a bucket for the heads is configured, each is put there too, after it is in the log: a bucket that takes none keeps no
//! chain from being joined. The function fails then, and puts the newest head with each run until it is there.
//!
//! - Input: `{}`
//! - Output: `{"result": "joined", "chains", "checkpoint"}`, or `{"result": "nothing_new"}`
//! - Errors: `Sequence.BrokenChain`, `Sequence.BrokenLog`, `Sequence.CheckpointNotKept`, `Sequence.Contended`, `Sequence.CutChain`, `Sequence.Key`, `Sequence.Signature`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `CHECKPOINT_BUCKET`, `INCIDENT_RETENTION_DAYS`, `LEDGER_KEY_ARN`, `LEDGER_ORIGIN`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `DeleteItem`, `PutItem`, `Query`
//!   - kms: `GetPublicKey`, `Sign`
//!   - s3: `PutObject`
//! - Timeout: 60 s

use std::time::{Duration, Instant};

use common::{
    ErrorName, IncidentId, PortError,
    chain::{self, BrokenChain},
    ports::Ledger,
};
use serde::{Deserialize, Serialize};
use transparency::{
    Batch, BrokenLog, GrownChain, InvalidVerifierKey, KeyName, Leaf, NoteError, UnsignedBatch, VerifierKey,
    ports::{CheckpointStore, LogKey, LogStore},
};

/// The leaves of one batch. An item of DynamoDB's holds 400 KB, and a leaf has about 150 bytes.
const BATCH: usize = 200;
/// No further batch is begun after this time, so that the function ends in time; the next run goes on.
const ENOUGH: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Deps<S, K, C> {
    pub store: S,
    pub key: K,
    /// Where the heads are kept outside the table; `None` where nothing is configured.
    pub checkpoints: Option<C>,
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
    #[error(
        "records of incident {incident} were removed: record {marked} had been written, and the last one is {last}"
    )]
    CutChain { incident: IncidentId, marked: u64, last: u64 },
    #[error("the log cannot go on from its last batch")]
    BrokenLog(#[from] BrokenLog),
    #[error("the log's key is of another kind: expected an Ed25519 key (ECC_NIST_EDWARDS25519)")]
    Key(#[from] InvalidVerifierKey),
    #[error("the signature of the log's new head does not hold")]
    Signature(#[from] NoteError),
    #[error(
        "the head of the log at size {size} is signed and in the log, and could not be kept outside the table"
    )]
    CheckpointNotKept {
        size: u64,
        #[source]
        source: PortError,
    },
    #[error("another invocation added to the log at leaf {first}")]
    Contended { first: u64 },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &[
        "Sequence.BrokenChain",
        "Sequence.BrokenLog",
        "Sequence.CheckpointNotKept",
        "Sequence.Contended",
        "Sequence.CutChain",
        "Sequence.Key",
        "Sequence.Signature",
    ];

    fn error_name(&self) -> &'static str {
        match self {
            Self::BrokenChain { .. } => "Sequence.BrokenChain",
            Self::CutChain { .. } => "Sequence.CutChain",
            Self::BrokenLog(_) => "Sequence.BrokenLog",
            Self::CheckpointNotKept { .. } => "Sequence.CheckpointNotKept",
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
/// chain that does not hold, or head that could not be kept, so that a person looks.
pub async fn handle(
    deps: &Deps<impl Ledger + LogStore, impl LogKey, impl CheckpointStore>,
) -> Result<Output, Error> {
    let (mut chains, mut head) = (0usize, None);
    let (mut broken, mut not_kept) = (None, None);
    let began = Instant::now();
    while began.elapsed() < ENOUGH {
        let leaves = leaves(&deps.store, &deps.store.grown().await?, &mut broken).await;
        if leaves.is_empty() {
            break;
        }
        let is_last = leaves.len() < BATCH;
        chains = chains.saturating_add(leaves.len());
        let batch = add(deps, leaves).await?;
        // An earlier head is in a later one, so one that was kept makes up for those before it.
        not_kept = keep(deps, &batch).await.err();
        head = Some(batch.checkpoint);
        if is_last {
            break;
        }
    }
    if head.is_none() && deps.checkpoints.is_some() {
        // The run that signed it may have failed to keep it.
        if let Some(last) = deps.store.last_batch().await? {
            not_kept = keep(deps, &last).await.err();
        }
    }
    match (broken.or(not_kept), head) {
        (Some(error), _) => Err(error),
        (None, Some(checkpoint)) => Ok(Output::Joined { chains, checkpoint }),
        (None, None) => Ok(Output::NothingNew),
    }
}

/// Returns the leaves of the next chains that are marked as grown, of a batch at most. The first one that does not hold, or could not be read, keeps
/// no other from being joined. One from which records were removed stays as it is, with its mark, until a person has seen
/// it: the mark is all that tells.
async fn leaves(
    store: &(impl Ledger + LogStore),
    grown: &[GrownChain],
    broken: &mut Option<Error>,
) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for GrownChain { incident_id: incident, sequence: marked } in grown {
        let records = match store.timeline(*incident).await {
            Ok(records) => records,
            Err(error) => {
                broken.get_or_insert(error.into());
                continue;
            }
        };
        // What is no record has no hash.
        let last = records.iter().rfind(|record| !record.hash.is_empty());
        let Some(last) = last.filter(|last| last.sequence >= *marked) else {
            let last = last.map_or(0, |last| last.sequence);
            broken.get_or_insert(Error::CutChain { incident: *incident, marked: *marked, last });
            continue;
        };
        // Of a chain that does not hold nothing says how long it has to be kept.
        let kept_until = match chain::verify(*incident, &records) {
            Ok(()) => chain::kept_until(&records),
            Err(why) => {
                broken.get_or_insert(Error::BrokenChain { incident: *incident, broken: why });
                None
            }
        };
        leaves.push(Leaf::new(*incident, last).kept_until(kept_until));
        // Counted here: chains that cannot be joined must not keep the others out.
        if leaves.len() == BATCH {
            break;
        }
    }
    leaves
}

/// Keeps the head of a batch outside the table, where that is configured.
async fn keep<S, K: LogKey>(deps: &Deps<S, K, impl CheckpointStore>, batch: &Batch) -> Result<(), Error> {
    let Some(checkpoints) = &deps.checkpoints else { return Ok(()) };
    let head = batch.head(&log_key(deps).await?)?;
    let kept = checkpoints.keep(&head, &batch.checkpoint).await;
    kept.map_err(|source| {
        tracing::error!(log.size = head.size, %source, "a head could not be kept outside the table");
        Error::CheckpointNotKept { size: head.size, source }
    })
}

async fn log_key<S, C>(deps: &Deps<S, impl LogKey, C>) -> Result<VerifierKey, Error> {
    Ok(VerifierKey::from_spki(deps.origin.clone(), &deps.key.public_key().await?)?)
}

/// Adds a batch with these leaves, and returns it.
async fn add<C>(deps: &Deps<impl LogStore, impl LogKey, C>, leaves: Vec<Leaf>) -> Result<Batch, Error> {
    let key = log_key(deps).await?;
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
    Ok(batch)
}

#[cfg(test)]
mod tests;
