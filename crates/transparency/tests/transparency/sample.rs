//! Keys and logs that the tests share.

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use transparency::{Checkpoint, Note, TreeHash, VerifierKey};

pub(crate) const NAME: &str = "example.com/nightshift";

/// A key that signs in the test's own process, where AWS has KMS.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    pub(crate) key: VerifierKey,
}

impl Signer {
    pub(crate) fn new(name: &str, seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        Self { key: VerifierKey::new(name.parse().unwrap(), public), pair }
    }

    pub(crate) fn signature(&self, text: &str) -> Vec<u8> {
        self.pair.sign(text.as_bytes()).as_ref().to_vec()
    }

    pub(crate) fn sign(&self, text: &str) -> Note {
        Note::signed(text, &self.key, &self.signature(text)).unwrap()
    }
}

pub(crate) fn checkpoint(size: u64, root: TreeHash) -> Checkpoint {
    Checkpoint { origin: NAME.parse().unwrap(), size, root }
}

/// Different leaves, as many as `count`.
pub(crate) fn leaves(count: usize) -> Vec<TreeHash> {
    (0..count).map(|index| TreeHash::of_leaf(index.to_string().as_bytes())).collect()
}
