//! Grafana 12 signs the body, after the time and a colon where its setting "timestamp header" names the header that we
//! expect. Source:
//! <https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/#hmac-signature>.

use common::ports::WebhookSecret;
use http::HeaderMap;
use jiff::Timestamp;

use super::{REPLAY_WINDOW, Unauthenticated, header, is_signed_by_any};

/// The name in the documentation, and the one that Grafana's code falls back to.
const SIGNATURES: [&str; 2] = ["x-grafana-alerting-signature", "x-grafana-alert-signature"];
/// There is no default: docs/webhooks.md asks for this one.
const TIME: &str = "x-grafana-alerting-timestamp";

pub(super) fn is_signed(headers: &HeaderMap) -> bool {
    SIGNATURES.iter().any(|name| headers.contains_key(*name))
}

/// Returns the signature and the time that it is over. A signature without a time could be replayed for ever: a recorded
/// `resolved` would end every later incident of its alert.
pub(super) fn signature(headers: &HeaderMap) -> Result<(&str, &str), Unauthenticated> {
    let signature =
        SIGNATURES.iter().find_map(|name| header(headers, name)).ok_or(Unauthenticated::NoProof)?;
    let time = header(headers, TIME).ok_or(Unauthenticated::NoTime)?;
    Ok((signature.trim(), time))
}

pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<(), Unauthenticated> {
    let (signature, time) = signature(headers)?;
    if !is_signed_by_any(secrets, &[time.as_bytes(), b":", body], signature) {
        return Err(Unauthenticated::WrongProof);
    }
    let seconds: i64 = time.parse().map_err(|_| Unauthenticated::NoTime)?;
    let signed_at = Timestamp::from_second(seconds).map_err(|_| Unauthenticated::Replayed)?;
    if now.duration_since(signed_at).abs() > REPLAY_WINDOW { Err(Unauthenticated::Replayed) } else { Ok(()) }
}
