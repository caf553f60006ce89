use common::{PortError, ports::PortErrorKind};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use transparency::ports::LogKey;

use crate::Faults;

/// The bytes before the 32 of an Ed25519 key in DER (RFC 8410).
const DER_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// An Ed25519 key, the same one for the same seed.
#[derive(Debug, Clone)]
pub struct FakeLogKey {
    faults: Faults,
    seed: [u8; 32],
}

impl FakeLogKey {
    pub fn new(faults: &Faults, seed: u8) -> Self {
        Self { faults: faults.clone(), seed: [seed; 32] }
    }

    fn pair(&self) -> Result<Ed25519KeyPair, PortError> {
        Ed25519KeyPair::from_seed_unchecked(&self.seed)
            .map_err(|error| PortError::new("making a key", PortErrorKind::Invalid, error.to_string()))
    }
}

impl LogKey for FakeLogKey {
    async fn public_key(&self) -> Result<Vec<u8>, PortError> {
        let pair = self.pair()?;
        self.faults.call("LogKey::public_key", || [&DER_PREFIX, pair.public_key().as_ref()].concat())
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PortError> {
        let pair = self.pair()?;
        self.faults.call("LogKey::sign", || pair.sign(message).as_ref().to_vec())
    }
}
