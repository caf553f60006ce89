//! Decides whether a request comes from who it says, by the vendor's own scheme. Pure: functions of headers, body,
//! secrets and the time. Every comparison with a secret takes the same time wherever the first difference is.
//!
//! | vendor | proof |
//! | --- | --- |
//! | PagerDuty | `X-PagerDuty-Signature`, v1 |
//! | Grafana | its HMAC signature where the request has one, else a token |
//! | SNS | the signature in the message ([`crate::sns`]) |
//! | the others, which sign nothing | a token: `Authorization: Bearer …`, or as the password of `Basic` |

mod grafana;
mod pagerduty;
mod token;

use common::{Vendor, ports::WebhookSecret};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

/// Why a request is refused. It is logged and never told to who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// The request proves nothing: the header is missing or of another form.
    NoProof,
    /// The signature or token is of no secret.
    WrongProof,
    /// The signature is over no time, so that it could be replayed for ever.
    NoTime,
    /// The signature, or the message that is signed, is of a time that the vendor does not send at any more.
    Replayed,
}

impl Unauthenticated {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoProof => "the request has no signature or token",
            Self::WrongProof => "the signature or token is wrong",
            Self::NoTime => "the signature has no timestamp header",
            Self::Replayed => "the signature is too old, or of a time to come",
        }
    }
}

/// Signed times may be this far from ours: a vendor signs anew each time it sends.
pub const REPLAY_WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// Returns `Ok` if the headers have a proof of the vendor's form, whether it holds or not. It needs no secret, so that a
/// request without one costs no read of the secret.
pub fn require_proof(vendor: Vendor, headers: &HeaderMap) -> Result<(), Unauthenticated> {
    match vendor {
        Vendor::PagerDuty => pagerduty::signatures(headers).map(drop),
        Vendor::Grafana if grafana::is_signed(headers) => grafana::signature(headers).map(drop),
        Vendor::Sns => Err(Unauthenticated::NoProof),
        Vendor::Alertmanager
        | Vendor::Datadog
        | Vendor::Dynatrace
        | Vendor::Generic
        | Vendor::Grafana
        | Vendor::NewRelic => token::presented(headers).map(drop),
    }
}

/// Returns `Ok` only if the request proves one of `secrets`.
pub fn authenticate(
    vendor: Vendor,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<(), Unauthenticated> {
    match vendor {
        Vendor::PagerDuty => pagerduty::verify(headers, body, secrets, now),
        Vendor::Grafana if grafana::is_signed(headers) => grafana::verify(headers, body, secrets, now),
        // An SNS message is never taken on a token: its signature is its only proof.
        Vendor::Sns => Err(Unauthenticated::NoProof),
        Vendor::Alertmanager
        | Vendor::Datadog
        | Vendor::Dynatrace
        | Vendor::Generic
        | Vendor::Grafana
        | Vendor::NewRelic => token::verify(headers, secrets),
    }
}

/// Returns the only header of this name. A request that has it twice counts as one without it, since proxies differ in
/// which of the two they pass on.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Returns true if `signature`, in lower or upper case hexadecimal, is the HMAC-SHA256 of the parts under one of `secrets`.
fn is_signed_by_any(secrets: &[WebhookSecret], parts: &[&[u8]], signature: &str) -> bool {
    let Ok(signature) = hex::decode(signature) else { return false };
    let message = parts.concat();
    let holds = |secret: &WebhookSecret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::verify(&key, &message, &signature).is_ok()
    };
    // All are tried, so that the time does not tell which one holds.
    let mut any = false;
    for secret in secrets {
        any |= holds(secret);
    }
    any
}
