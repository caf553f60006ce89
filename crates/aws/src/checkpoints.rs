//! Keeps the signed heads of the log as objects in a bucket, where whoever may write the table cannot change them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::ports::PortError;
use sha2::{Digest as _, Sha256};
use transparency::{Checkpoint, ports::CheckpointStore};

use crate::signed_http::{Input, Operation, SignedClient, refusal, services::S3};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
const PUT: Operation = Operation::put_object_if_absent(&S3);
/// The code with which S3 refuses to put an object where one is.
const IS_THERE: &str = "PreconditionFailed";

/// The port `CheckpointStore` on S3.
#[derive(Debug, Clone)]
pub struct S3Checkpoints {
    client: SignedClient,
    bucket: String,
}

impl S3Checkpoints {
    /// The bucket with this name, of this account or another one, in the configuration's Region.
    pub const fn new(client: SignedClient, bucket: String) -> Self {
        Self { client, bucket }
    }
}

/// Returns the key of a head: of two heads with one size, which no honest log has, both are kept. Twenty digits, so that the
/// order of keys is the order of sizes.
fn key(checkpoint: &Checkpoint) -> String {
    let Checkpoint { origin, size, root } = checkpoint;
    format!("{origin}/{size:020}-{root}")
}

impl CheckpointStore for S3Checkpoints {
    /// A bucket with object lock takes no object without a checksum, so there is one.
    async fn keep(&self, checkpoint: &Checkpoint, note: &str) -> Result<(), PortError> {
        let key = key(checkpoint);
        let input = Input::new(format!("s3://{}/{key}", self.bucket))
            .label(&self.bucket)
            .label(&key)
            .header("content-type", "text/plain; charset=utf-8")
            .header("x-amz-sdk-checksum-algorithm", "SHA256")
            .header("x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(note)))
            .text(note);
        match self.client.bytes(&PUT, &input).await {
            // Kept before: a try of it whose answer was lost, or another run's.
            Err(error) if refusal::code(&error) == IS_THERE => Ok(()),
            put => put.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;
    use transparency::TreeHash;

    use super::*;
    use crate::signed_http::loopback::Loopback;

    const NOTE: &str = "nightshift/123456789012/eu-west-1/nightshift\n7\n…\n";

    fn head() -> Checkpoint {
        let origin = "nightshift/123456789012/eu-west-1/nightshift".parse().unwrap();
        Checkpoint { origin, size: 7, root: TreeHash::of_leaf(b"leaf") }
    }

    async fn kept(status: u16, body: &'static str) -> (Result<(), PortError>, Loopback) {
        let service = Loopback::answering(move |_| Some((status, body.to_owned()))).await;
        let client = SignedClient::from_config(&service.config().await);
        (S3Checkpoints::new(client, "heads".to_owned()).keep(&head(), NOTE).await, service)
    }

    #[tokio::test]
    async fn keep_puts_the_note_under_its_size_and_root_where_none_is_with_its_checksum() {
        let (kept, service) = kept(200, "").await;
        kept.unwrap();
        let asked = &service.asked()[0];
        let path = "/heads/nightshift/123456789012/eu-west-1/nightshift/00000000000000000007-";
        assert!(asked.head.starts_with(&format!("put {path}{} http", head().root)), "{}", asked.head);
        for header in ["if-none-match: *\r\n", "x-amz-sdk-checksum-algorithm: sha256\r\n"] {
            assert!(asked.head.contains(header), "{header}: {}", asked.head);
        }
        let sum = STANDARD.encode(Sha256::digest(NOTE)).to_lowercase();
        assert!(asked.head.contains(&format!("x-amz-checksum-sha256: {sum}\r\n")), "{}", asked.head);
        assert_eq!(asked.body, NOTE);
    }

    #[tokio::test]
    async fn keep_one_that_is_there_is_kept_and_any_other_refusal_is_an_error() {
        let (there, _service) = kept(412, "<Error><Code>PreconditionFailed</Code></Error>").await;
        there.unwrap();
        let (denied, _service) = kept(403, "<Error><Code>AccessDenied</Code></Error>").await;
        let denied = denied.unwrap_err();
        assert_eq!(denied.kind, PortErrorKind::Denied);
        assert!(denied.to_string().contains("s3://heads/nightshift/"), "{denied}");
        let (none, _service) = kept(404, "<Error><Code>NoSuchBucket</Code></Error>").await;
        assert_eq!(none.unwrap_err().kind, PortErrorKind::NotFound);
    }

    #[test]
    fn key_sorts_as_the_sizes_do() {
        let key_of = |size| key(&Checkpoint { size, ..head() });
        assert!(key_of(9) < key_of(10) && key_of(999) < key_of(1_000_000_000));
    }
}
