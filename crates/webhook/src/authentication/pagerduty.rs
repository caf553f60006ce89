//! Source: <https://developer.pagerduty.com/docs/verifying-webhook-signatures>. It signs no time; a message that comes
//! again has the same id and is the same event to the intake.

use common::ports::WebhookSecret;
use http::HeaderMap;

use super::{Unauthenticated, header, is_signed_by_any};

const HEADER: &str = "x-pagerduty-signature";
/// While a secret is exchanged there are two.
const MAX_SIGNATURES: usize = 10;

/// `v1=<hex>,v1=<hex>`: one of them has to hold. Other versions are left out, as PagerDuty asks for.
pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
) -> Result<(), Unauthenticated> {
    let given = header(headers, HEADER).ok_or(Unauthenticated::NoProof)?;
    let signatures = given.split(',').filter_map(|one| one.trim().strip_prefix("v1=")).take(MAX_SIGNATURES);
    let (mut is_signed, mut holds) = (false, false);
    for signature in signatures {
        is_signed = true;
        holds |= is_signed_by_any(secrets, &[body], signature);
    }
    if !is_signed {
        return Err(Unauthenticated::NoProof);
    }
    if holds { Ok(()) } else { Err(Unauthenticated::WrongProof) }
}
