//! Source: <https://developer.pagerduty.com/docs/verifying-webhook-signatures>. A message that comes
//! again has the same id and is the same event to the intake for as long as the intake keeps it; an older one is refused by
//! the time of its event, which is signed.

use common::ports::WebhookSecret;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Unauthenticated, header, is_signed_by_any};

const HEADER: &str = "x-pagerduty-signature";
/// While a secret is exchanged there are two.
const MAX_SIGNATURES: usize = 10;

/// PagerDuty sends an event at most this long after it occurred: it retries for up to two days.
const OLDEST_EVENT: SignedDuration = SignedDuration::from_hours(72);

/// Returns the signatures of `v1=<hex>,v1=<hex>`, at least one. Other versions are left out, as PagerDuty asks for.
pub(super) fn signatures(headers: &HeaderMap) -> Result<Vec<&str>, Unauthenticated> {
    let given = header(headers, HEADER).ok_or(Unauthenticated::NoProof)?;
    let signatures = given.split(',').filter_map(|one| one.trim().strip_prefix("v1=")).take(MAX_SIGNATURES);
    let signatures: Vec<&str> = signatures.collect();
    if signatures.is_empty() { Err(Unauthenticated::NoProof) } else { Ok(signatures) }
}

/// One of the signatures has to hold, and the event must not be older than [`OLDEST_EVENT`].
pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<(), Unauthenticated> {
    // All are tried, so that the time does not tell which one holds.
    let mut holds = false;
    for signature in signatures(headers)? {
        holds |= is_signed_by_any(secrets, &[body], signature);
    }
    if !holds {
        return Err(Unauthenticated::WrongProof);
    }
    let is_old = occurred_at(body).is_some_and(|at| now.duration_since(at) > OLDEST_EVENT);
    if is_old { Err(Unauthenticated::Replayed) } else { Ok(()) }
}

/// Returns the time of the event in a signed body; a body without one is left to the parser.
fn occurred_at(body: &[u8]) -> Option<Timestamp> {
    let message: Value = serde_json::from_slice(body).ok()?;
    message.pointer("/event/occurred_at")?.as_str()?.parse().ok()
}
