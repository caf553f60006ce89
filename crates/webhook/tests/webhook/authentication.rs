//! Whom the webhook believes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{Vendor, ports::WebhookSecret};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use ring::hmac;
use webhook::authentication::{REPLAY_WINDOW, Unauthenticated, authenticate};

const SECRET: &str = "correct horse battery";
const OLD_SECRET: &str = "0123456789abcdefghij";
const BODY: &[u8] = br#"{"status":"firing"}"#;

fn now() -> Timestamp {
    "2026-11-20T03:00:00Z".parse().unwrap()
}

fn secrets() -> Vec<WebhookSecret> {
    WebhookSecret::parse_all(&format!("{SECRET}\n{OLD_SECRET}")).unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    let mut headers = HeaderMap::new();
    for (name, value) in pairs.iter().map(pair) {
        headers.append(name, value);
    }
    headers
}

fn hmac_hex(secret: &str, message: &[u8]) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message))
}

fn judged(vendor: Vendor, pairs: &[(&str, &str)]) -> Result<(), Unauthenticated> {
    authenticate(vendor, &headers(pairs), BODY, &secrets(), now())
}

fn grafana(signed_at: Timestamp) -> (String, String) {
    let time = signed_at.as_second().to_string();
    let signature = hmac_hex(SECRET, &[time.as_bytes(), b":", BODY].concat());
    (time, signature)
}

#[test]
fn token_is_a_bearers_or_the_password_of_basic_authentication() {
    let basic =
        |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let (wrong, none) = (Err(Unauthenticated::WrongProof), Err(Unauthenticated::NoProof));
    for vendor in [
        Vendor::Alertmanager,
        Vendor::Datadog,
        Vendor::Dynatrace,
        Vendor::Generic,
        Vendor::Grafana,
        Vendor::NewRelic,
    ] {
        for (value, expected) in [
            (format!("Bearer {SECRET}"), Ok(())),
            (format!("bearer  {SECRET}"), Ok(())),
            (format!("Bearer {OLD_SECRET}"), Ok(())),
            (basic("nightshift", SECRET), Ok(())),
            (basic("", SECRET), Ok(())),
            (format!("Bearer {SECRET}x"), wrong),
            (format!("Bearer {}", &SECRET[1..]), wrong),
            (basic(SECRET, "x"), wrong),
            (basic("nightshift", ""), none),
            ("Bearer ".to_owned(), none),
            (SECRET.to_owned(), none),
            (format!("Token {SECRET}"), none),
            ("Basic ?".to_owned(), none),
        ] {
            assert_eq!(judged(vendor, &[("authorization", &value)]), expected, "{vendor}: {value}");
        }
        assert_eq!(judged(vendor, &[]), none);
        let twice = [("authorization", "Bearer x"), ("authorization", &format!("Bearer {SECRET}"))];
        assert_eq!(judged(vendor, &twice), none, "which of two headers counts is anybody's guess");
    }
}

#[test]
fn pagerduty_needs_one_v1_signature_that_holds() {
    let (new, old, other) =
        (hmac_hex(SECRET, BODY), hmac_hex(OLD_SECRET, BODY), hmac_hex("another secret", BODY));
    for (value, expected) in [
        (format!("v1={new}"), Ok(())),
        (format!("v1={other},v1={old}"), Ok(())),
        (format!("v2=abc, v1={new}"), Ok(())),
        (format!("v1={other}"), Err(Unauthenticated::WrongProof)),
        (format!("v1={}", &new[2..]), Err(Unauthenticated::WrongProof)),
        ("v1=".to_owned(), Err(Unauthenticated::WrongProof)),
        (format!("v2={new}"), Err(Unauthenticated::NoProof)),
        (new.clone(), Err(Unauthenticated::NoProof)),
    ] {
        assert_eq!(judged(Vendor::PagerDuty, &[("x-pagerduty-signature", &value)]), expected, "{value}");
    }
    assert_eq!(
        judged(Vendor::PagerDuty, &[("authorization", &format!("Bearer {SECRET}"))]),
        Err(Unauthenticated::NoProof),
        "who can sign has to"
    );
}

#[test]
fn grafana_that_signs_is_judged_by_its_signature_alone() {
    let body = hmac_hex(SECRET, BODY);
    let token = format!("Bearer {SECRET}");
    // Without its time a signature could be replayed for ever.
    for name in ["X-Grafana-Alerting-Signature", "X-Grafana-Alert-Signature"] {
        assert_eq!(judged(Vendor::Grafana, &[(name, &body)]), Err(Unauthenticated::NoTime));
    }
    let wrong = [
        ("X-Grafana-Alerting-Signature", "00"),
        ("X-Grafana-Alerting-Timestamp", "1"),
        ("authorization", token.as_str()),
    ];
    assert_eq!(judged(Vendor::Grafana, &wrong), Err(Unauthenticated::WrongProof));

    let (time, signature) = grafana(now());
    let signed = [
        ("X-Grafana-Alerting-Signature", signature.as_str()),
        ("X-Grafana-Alerting-Timestamp", time.as_str()),
    ];
    assert_eq!(judged(Vendor::Grafana, &signed), Ok(()));
    assert_eq!(judged(Vendor::Grafana, &signed[..1]), Err(Unauthenticated::NoTime));
    let later = (now().as_second() + 1).to_string();
    let moved = [signed[0], ("X-Grafana-Alerting-Timestamp", later.as_str())];
    assert_eq!(judged(Vendor::Grafana, &moved), Err(Unauthenticated::WrongProof));
}

#[test]
fn pagerduty_event_of_more_than_three_days_ago_is_refused_however_well_it_is_signed() {
    for (hours, expected) in [(0, Ok(())), (71, Ok(())), (73, Err(Unauthenticated::Replayed))] {
        let occurred_at = now() - SignedDuration::from_hours(hours);
        let body = serde_json::json!({"event": {"occurred_at": occurred_at.to_string()}}).to_string();
        let signature = format!("v1={}", hmac_hex(SECRET, body.as_bytes()));
        let headers = headers(&[("x-pagerduty-signature", signature.as_str())]);
        assert_eq!(authenticate(Vendor::PagerDuty, &headers, body.as_bytes(), &secrets(), now()), expected);
    }
}

#[test]
fn sns_is_never_believed_on_a_token() {
    assert_eq!(
        judged(Vendor::Sns, &[("authorization", &format!("Bearer {SECRET}"))]),
        Err(Unauthenticated::NoProof)
    );
}

fn flipped(bytes: &[u8], at: usize, by: u8) -> Vec<u8> {
    let mut bytes = bytes.to_owned();
    let at = at % bytes.len();
    bytes[at] ^= by;
    bytes
}

proptest! {
    #[test]
    fn grafana_replay_outside_the_window_is_refused(seconds in -100_000i64..100_000) {
        let (time, signature) = grafana(now() + SignedDuration::from_secs(seconds));
        let signed = [("X-Grafana-Alerting-Signature", signature.as_str()), ("X-Grafana-Alerting-Timestamp", time.as_str())];
        let is_recent = SignedDuration::from_secs(seconds.abs()) <= REPLAY_WINDOW;
        let expected = if is_recent { Ok(()) } else { Err(Unauthenticated::Replayed) };
        prop_assert_eq!(judged(Vendor::Grafana, &signed), expected);
    }

    #[test]
    fn any_change_of_one_byte_of_body_or_signature_is_refused(
        body in proptest::collection::vec(any::<u8>(), 1..200), at in any::<usize>(), by in 1u8..=255,
    ) {
        let time = now().as_second().to_string();
        let (plain, timed) = (hmac_hex(SECRET, &body), hmac_hex(SECRET, &[time.as_bytes(), b":", &body].concat()));
        let judge = |vendor, pairs: &[(&str, &str)], body: &[u8]| authenticate(vendor, &headers(pairs), body, &secrets(), now());
        let pagerduty = format!("v1={plain}");
        let signed = [
            (Vendor::PagerDuty, vec![("x-pagerduty-signature", pagerduty.as_str())], plain.as_str()),
            (Vendor::Grafana,
             vec![("x-grafana-alerting-signature", timed.as_str()), ("x-grafana-alerting-timestamp", time.as_str())], timed.as_str()),
        ];
        for (vendor, pairs, signature) in &signed {
            prop_assert_eq!(judge(*vendor, pairs, &body), Ok(()));
            prop_assert!(judge(*vendor, pairs, &flipped(&body, at, by)).is_err());
            let other = hex::encode(flipped(&hex::decode(signature).unwrap(), at, by));
            let value = pairs[0].1.replace(signature, &other);
            let mut forged = pairs.clone();
            forged[0].1 = &value;
            prop_assert!(judge(*vendor, &forged, &body).is_err());
        }
    }

    #[test]
    fn any_other_token_is_refused(given in "[!-~]{1,40}") {
        prop_assume!(given != SECRET && given != OLD_SECRET);
        for value in [format!("Bearer {given}"), format!("Basic {}", STANDARD.encode(format!("u:{given}")))] {
            prop_assert!(judged(Vendor::Alertmanager, &[("authorization", &value)]).is_err());
        }
    }

    #[test]
    fn any_headers_are_judged_without_a_panic(
        names in proptest::collection::vec(proptest::sample::select(vec![
            "authorization", "x-pagerduty-signature", "x-grafana-alerting-signature", "x-grafana-alerting-timestamp",
        ]), 0..4),
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 4),
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in names.iter().zip(&values) {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        for vendor in Vendor::ALL {
            prop_assert!(authenticate(vendor, &headers, &body, &secrets(), now()).is_err());
        }
    }
}
