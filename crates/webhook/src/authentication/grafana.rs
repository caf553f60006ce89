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

pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<(), Unauthenticated> {
    let signature =
        SIGNATURES.iter().find_map(|name| header(headers, name)).ok_or(Unauthenticated::NoProof)?;
    // Taking the header away does not help a replay: the signature is over the time.
    if !headers.contains_key(TIME) {
        let holds = is_signed_by_any(secrets, &[body], signature.trim());
        return if holds { Ok(()) } else { Err(Unauthenticated::WrongProof) };
    }
    let time = header(headers, TIME).ok_or(Unauthenticated::NoProof)?;
    if !is_signed_by_any(secrets, &[time.as_bytes(), b":", body], signature.trim()) {
        return Err(Unauthenticated::WrongProof);
    }
    let seconds: i64 = time.parse().map_err(|_| Unauthenticated::NoProof)?;
    let signed_at = Timestamp::from_second(seconds).map_err(|_| Unauthenticated::Replayed)?;
    if now.duration_since(signed_at).abs() > REPLAY_WINDOW { Err(Unauthenticated::Replayed) } else { Ok(()) }
}
