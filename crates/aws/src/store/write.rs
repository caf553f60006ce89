//! Writes that may be refused: by their condition, or because somebody writes the same item.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use backon::{ExponentialBuilder, Retryable as _};
use common::ports::{PortError, PortErrorKind};

use super::{DynamoStore, item::Item};
use crate::{
    backoff,
    error::{failed, unreadable},
};

const ABSENT: &str = "attribute_not_exists(pk)";

/// The outcome of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Transacted {
    Done,
    /// The writes at these places were refused by their conditions, so none was made.
    Refused(Vec<usize>),
    /// Somebody was writing one of the items at that moment, so nothing was written.
    Conflict,
}

/// The waits between tries where others write the same item.
fn waits(tries: usize) -> ExponentialBuilder {
    backoff::waits(Duration::from_millis(20), Duration::from_secs(1), tries)
}

/// Makes an attempt, and again while it ends as [`contended`]: `tries` in all.
pub(super) async fn insist<T, F>(tries: usize, attempt: impl FnMut() -> F) -> Result<T, PortError>
where
    F: Future<Output = Result<T, PortError>>,
{
    attempt.retry(waits(tries)).when(|error: &PortError| error.source.is::<Contended>()).await
}

/// An attempt that others got in the way of; where none is left, it is the failure.
pub(super) fn contended(operation: impl Into<String>) -> PortError {
    PortError::new(operation, PortErrorKind::Throttled, Contended)
}

#[derive(Debug)]
struct Contended;

impl std::fmt::Display for Contended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("others kept writing it")
    }
}

impl std::error::Error for Contended {}

/// Sends a write of one item, again while a transaction holds the item: DynamoDB refuses it
/// then, and the SDK does not take that for a reason to retry.
pub(super) async fn retry_on_conflict<O, E: ProvideErrorMetadata, F>(
    send: impl FnMut() -> F,
) -> Result<O, SdkError<E, HttpResponse>>
where
    F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
{
    send.retry(waits(5)).when(|error| error.code() == Some("TransactionConflictException")).await
}

/// Tells whether a conditional write was made: `false` where its condition did not hold.
pub(super) fn made<O, E>(
    operation: &str,
    result: Result<O, SdkError<E, HttpResponse>>,
) -> Result<bool, PortError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => Err(failed(operation, error)),
    }
}

/// Converts the error for a request that lacks a field which the SDK requires: a mistake of ours.
pub(super) fn incomplete(error: BuildError) -> PortError {
    unreadable("building a DynamoDB request", error)
}

impl DynamoStore {
    /// A put in a transaction, of an item that must not be there.
    pub(super) fn put_new(&self, item: Item) -> Result<TransactWriteItem, PortError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(ABSENT)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Puts an item unless there is one; `false` where there is.
    pub(super) async fn put_if_absent(&self, operation: &str, item: Item) -> Result<bool, PortError> {
        let put =
            self.client.put_item().table_name(&self.table).set_item(Some(item)).condition_expression(ABSENT);
        made(operation, retry_on_conflict(|| put.clone().send()).await)
    }

    /// All of the writes, or none.
    pub(super) async fn transact(
        &self,
        operation: &str,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Transacted, PortError> {
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(Transacted::Done),
            Err(error) => match why_cancelled(&error) {
                Some(Ok(transacted)) => Ok(transacted),
                Some(Err(kind)) => {
                    let failure = failed(operation, error);
                    Err(PortError { kind, ..failure })
                }
                None => Err(failed(operation, error)),
            },
        }
    }
}

/// Reads the reasons of a cancelled transaction; `None` where it failed otherwise.
fn why_cancelled(
    error: &SdkError<TransactWriteItemsError, HttpResponse>,
) -> Option<Result<Transacted, PortErrorKind>> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error()? else {
        return None;
    };
    let codes: Vec<_> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
    Some(read_reasons(&codes))
}

/// A condition that did not hold will not hold on the next try either, so it counts first.
fn read_reasons(codes: &[&str]) -> Result<Transacted, PortErrorKind> {
    let at = |wanted: &str| -> Vec<usize> {
        codes.iter().enumerate().filter(|(_, code)| **code == wanted).map(|(place, _)| place).collect()
    };
    let refused = at("ConditionalCheckFailed");
    if !refused.is_empty() {
        Ok(Transacted::Refused(refused))
    } else if !at("TransactionConflict").is_empty() {
        Ok(Transacted::Conflict)
    } else if !at("ThrottlingError").is_empty() || !at("ProvisionedThroughputExceeded").is_empty() {
        Err(PortErrorKind::Throttled)
    } else {
        Err(PortErrorKind::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_a_cancelled_transaction_each_mean_one_thing() {
        for (codes, expected) in [
            (&["ConditionalCheckFailed", "None"][..], Ok(Transacted::Refused(vec![0]))),
            (
                &["None", "ConditionalCheckFailed", "ConditionalCheckFailed"],
                Ok(Transacted::Refused(vec![1, 2])),
            ),
            (&["TransactionConflict", "ConditionalCheckFailed"], Ok(Transacted::Refused(vec![1]))),
            (&["None", "TransactionConflict"], Ok(Transacted::Conflict)),
            (&["ThrottlingError"], Err(PortErrorKind::Throttled)),
            (&["ValidationError"], Err(PortErrorKind::Invalid)),
            (&[], Err(PortErrorKind::Invalid)),
        ] {
            assert_eq!(read_reasons(codes), expected, "{codes:?}");
        }
    }
}
