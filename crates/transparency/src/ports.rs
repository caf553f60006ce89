//! Defines what joining the chains needs of the outside: the stored log, and the key that signs its heads.
// Everything is driven on one thread, so no future has to be `Send`.
#![allow(async_fn_in_trait)]

use common::ports::PortError;

use crate::{Batch, Checkpoint, GrownChain};

/// Stores the log over all chains.
pub trait LogStore {
    /// Returns the chains that are marked as grown, in no order.
    async fn grown(&self) -> Result<Vec<GrownChain>, PortError>;

    /// Marks a chain as grown, as appending a record does.
    async fn mark_grown(&self, chain: &GrownChain) -> Result<(), PortError>;

    /// Takes the mark away, unless the chain has grown beyond `chain` meanwhile.
    async fn mark_joined(&self, chain: &GrownChain) -> Result<(), PortError>;

    /// Returns the batch with the log's head.
    async fn last_batch(&self) -> Result<Option<Batch>, PortError>;

    /// Returns the whole log, oldest first.
    async fn batches(&self) -> Result<Vec<Batch>, PortError>;

    /// Adds a batch. Returns false, and adds nothing, where another one begins at the same leaf.
    async fn put_batch(&self, batch: &Batch) -> Result<bool, PortError>;
}

/// Keeps signed heads where whoever may write the log cannot change them.
pub trait CheckpointStore {
    /// Keeps the head, whose signed note this is. One that is kept already stays as it is.
    async fn keep(&self, checkpoint: &Checkpoint, note: &str) -> Result<(), PortError>;
}

/// The key that signs the log's heads.
pub trait LogKey {
    /// Returns the public key as a DER `SubjectPublicKeyInfo`.
    async fn public_key(&self) -> Result<Vec<u8>, PortError>;

    /// Returns the Ed25519 signature of `message`: 64 bytes.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PortError>;
}
