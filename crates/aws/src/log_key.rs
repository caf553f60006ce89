//! Signs the heads of the log with a key of KMS, which nobody can read.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::ports::PortError;
use serde::Deserialize;
use serde_json::json;
use transparency::ports::LogKey;

use crate::{
    error::unreadable,
    signed_http::{Input, Operation, SignedClient, services::KMS},
};

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html>
const GET_PUBLIC_KEY: Operation = Operation::new(&KMS, "GetPublicKey");
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html>
const SIGN: Operation = Operation::new(&KMS, "Sign");

/// The port `LogKey` on KMS.
#[derive(Debug, Clone)]
pub struct KmsLogKey {
    client: SignedClient,
    key_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublicKey {
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Signature {
    signature: String,
}

impl KmsLogKey {
    /// The key with this ARN, an Ed25519 key for signing.
    pub const fn new(client: SignedClient, key_arn: String) -> Self {
        Self { client, key_arn }
    }

    fn decoded(&self, operation: &str, text: &str) -> Result<Vec<u8>, PortError> {
        STANDARD.decode(text).map_err(|error| unreadable(format!("{operation} {}", self.key_arn), error))
    }
}

impl LogKey for KmsLogKey {
    async fn public_key(&self) -> Result<Vec<u8>, PortError> {
        let input = Input::new(&self.key_arn).body(json!({ "KeyId": self.key_arn }));
        let PublicKey { public_key } = self.client.parsed(&GET_PUBLIC_KEY, &input).await?;
        self.decoded("GetPublicKey", &public_key)
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PortError> {
        let input = Input::new(&self.key_arn).body(json!({
            "KeyId": self.key_arn,
            "Message": STANDARD.encode(message),
            "MessageType": "RAW",
            "SigningAlgorithm": "ED25519_SHA_512",
        }));
        let Signature { signature } = self.client.parsed(&SIGN, &input).await?;
        self.decoded("Sign", &signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed_http::loopback::Loopback;

    const ARN: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    async fn key(answer: serde_json::Value) -> (KmsLogKey, Loopback) {
        let service = Loopback::answering(move |_| Some((200, answer.to_string()))).await;
        (KmsLogKey::new(SignedClient::from_config(&service.config().await), ARN.to_owned()), service)
    }

    #[tokio::test]
    async fn sign_asks_for_the_text_itself_to_be_signed() {
        let (key, service) = key(json!({ "KeyId": ARN, "Signature": STANDARD.encode([7; 64]) })).await;
        assert_eq!(key.sign(b"head").await.unwrap(), [7; 64]);
        let asked: serde_json::Value = serde_json::from_str(&service.asked()[0].body).unwrap();
        assert_eq!(
            asked,
            json!({ "KeyId": ARN, "Message": "aGVhZA==", "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512" })
        );
    }

    #[tokio::test]
    async fn public_key_is_decoded_and_one_that_cannot_be_is_an_error() {
        let (readable, _service) = key(json!({ "PublicKey": "MCo=" })).await;
        assert_eq!(readable.public_key().await.unwrap(), [0x30, 0x2a]);
        let (garbled, _service) = key(json!({ "PublicKey": "?" })).await;
        let error = garbled.public_key().await.unwrap_err().to_string();
        assert!(error.contains("GetPublicKey") && error.contains(ARN), "{error}");
    }
}
