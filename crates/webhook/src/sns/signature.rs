//! Verifies the signature of an SNS message with SNS's certificate.

use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
    pem::PemObject as _,
};
use webpki::{EndEntityCert, ring::RSA_PKCS1_2048_8192_SHA256};

use super::SnsMessage;

/// Which hash is signed. A topic has version 1 until its attribute `SignatureVersion` is set to 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVersion {
    /// RSA with SHA-1.
    One,
    /// RSA with SHA-256.
    Two,
}

/// The certificate cannot be read, or the signature is not of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongSignature;

impl SignatureVersion {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "1" => Some(Self::One),
            "2" => Some(Self::Two),
            _ => None,
        }
    }

    fn algorithm(self) -> &'static dyn SignatureVerificationAlgorithm {
        match self {
            Self::One => &RsaSha1,
            Self::Two => RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// Returns `Ok` only if the message is signed with the key of the certificate, which is in PEM.
pub fn verify(message: &SnsMessage, certificate: &[u8]) -> Result<(), WrongSignature> {
    let der = CertificateDer::from_pem_slice(certificate).map_err(|_| WrongSignature)?;
    let certificate = EndEntityCert::try_from(&der).map_err(|_| WrongSignature)?;
    certificate
        .verify_signature(message.version.algorithm(), message.signed_text.as_bytes(), &message.signature)
        .map_err(|_| WrongSignature)
}

/// RSA with SHA-1, which `webpki` has not: it would be wrong for a certificate, and is what SNS signs with by default.
#[derive(Debug)]
struct RsaSha1;

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public_key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        // sha1WithRSAEncryption, 1.2.840.113549.1.1.5, with no parameters.
        AlgorithmIdentifier::from_slice(&[
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00,
        ])
    }
}
