//! A token in the header `Authorization`, for vendors that sign nothing: as a bearer token (RFC 6750), or as the password
//! of basic authentication (RFC 7617) with any user name.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::ports::WebhookSecret;
use http::HeaderMap;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq as _;

use super::{Unauthenticated, header};

pub(super) fn verify(headers: &HeaderMap, secrets: &[WebhookSecret]) -> Result<(), Unauthenticated> {
    let given = presented(headers)?;
    // Digests are of one length, so that nothing tells that of the secret.
    let given = digest(&SHA256, &given);
    let is_any = secrets.iter().fold(subtle::Choice::from(0), |any, secret| {
        any | given.as_ref().ct_eq(digest(&SHA256, secret.as_bytes()).as_ref())
    });
    if bool::from(is_any) { Ok(()) } else { Err(Unauthenticated::WrongProof) }
}

/// Returns the token that the request has.
pub(super) fn presented(headers: &HeaderMap) -> Result<Vec<u8>, Unauthenticated> {
    header(headers, "authorization").and_then(token).ok_or(Unauthenticated::NoProof)
}

fn token(value: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return (!rest.is_empty()).then(|| rest.as_bytes().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = STANDARD.decode(rest).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        return pair
            .get(colon.checked_add(1)?..)
            .filter(|password| !password.is_empty())
            .map(<[u8]>::to_owned);
    }
    None
}
