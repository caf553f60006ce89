//! What the function answers, and what is on the bus afterwards.

use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{PortError, Vendor, ports::PortErrorKind, webhook_alert::AlertState};
use fakes::{FakeAlertBus, FakeCounters, FakeSns, FakeWebhookSecrets, FixedClock};
use serde_json::{Value, json};
use webhook::{Deps, MAX_BODY_BYTES, Settings, handle};

use super::{
    samples::{changed, sample},
    signer::{CERTIFICATE, NOW, OTHER_CERTIFICATE, TOPIC, confirmation, notification, signed},
};

const SECRET: &str = "correct horse battery";
const TOKEN: &str = "Bearer correct horse battery";

struct Webhook {
    deps: Deps<FakeWebhookSecrets, FakeAlertBus, FakeSns, FakeCounters, FixedClock>,
    settings: Settings,
}

impl Webhook {
    fn new() -> Self {
        let secrets = [Vendor::Alertmanager, Vendor::Datadog, Vendor::PagerDuty]
            .map(|vendor| (vendor, SECRET.to_owned()));
        Self {
            deps: Deps {
                secrets: FakeWebhookSecrets::new(secrets.into()),
                bus: FakeAlertBus::default(),
                sns: FakeSns::with_certificate(CERTIFICATE),
                counters: FakeCounters::default(),
                clock: FixedClock::at(NOW.parse().unwrap()),
            },
            settings: Settings::parse("alertmanager,generic,pagerduty,sns", TOPIC).unwrap(),
        }
    }

    async fn send(&self, request: Value) -> Result<LambdaFunctionUrlResponse, PortError> {
        let request: LambdaFunctionUrlRequest = serde_json::from_value(request).unwrap();
        handle(&self.deps, &self.settings, request).await
    }

    /// Status and body of the answer.
    async fn post(&self, path: &str, authorization: &str, body: &str) -> (i64, Value) {
        let response =
            self.send(request(path, &json!({"authorization": authorization}), body)).await.unwrap();
        assert_eq!(response.headers["content-type"], "application/json");
        (response.status_code, serde_json::from_str(response.body.as_deref().unwrap()).unwrap())
    }

    fn put(&self) -> usize {
        self.deps.bus.put_alerts().len()
    }
}

/// A request as a function URL has it.
fn request(path: &str, headers: &Value, body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "url-id",
            "domainName": "url-id.lambda-url.us-east-1.on.aws",
            "domainPrefix": "url-id",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t"},
            "requestId": "r", "routeKey": "$default", "stage": "$default",
            "time": "20/Nov/2026:03:00:00 +0000", "timeEpoch": 1_795_143_600_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

fn firing() -> String {
    sample("alertmanager-firing").1.to_string()
}

#[tokio::test]
async fn alerts_of_a_vendor_with_its_token_are_put_on_the_bus() {
    let webhook = Webhook::new();
    for path in ["/alertmanager", "/alertmanager/"] {
        assert_eq!(webhook.post(path, TOKEN, &firing()).await, (202, json!({"accepted": 2})));
    }
    let put = webhook.deps.bus.put_alerts();
    assert_eq!((put.len(), put[0].vendor, put[0].state), (4, Vendor::Alertmanager, AlertState::Firing));
    assert_eq!(webhook.deps.counters.count("WebhookAlerts", "alertmanager"), 4);
}

#[tokio::test]
async fn request_that_is_refused_puts_nothing_and_tells_nothing_of_the_secret() {
    let webhook = Webhook::new();
    let body = firing();
    let large = format!("{}{}", body, " ".repeat(MAX_BODY_BYTES));
    for (path, authorization, body, expected) in [
        ("/alertmanager", "Bearer wrong", body.as_str(), 401),
        ("/alertmanager", "", &body, 401),
        // Before the proof: nothing of it is read.
        ("/alertmanager", TOKEN, &large, 413),
        ("/alertmanager", TOKEN, "{}", 400),
        ("/alertmanager", "Bearer wrong", "{}", 401),
        ("/datadog", TOKEN, &body, 404),
        ("/nagios", TOKEN, &body, 404),
        ("/alertmanager/x", TOKEN, &body, 404),
        ("/", TOKEN, &body, 404),
        ("", TOKEN, &body, 404),
        ("/pagerduty", TOKEN, &body, 401),
        ("/sns", TOKEN, &body, 400),
    ] {
        let (status, answer) = webhook.post(path, authorization, body).await;
        assert_eq!(status, expected, "{path} {answer}");
        let error = answer["error"].as_str().unwrap();
        assert!(!error.contains("correct") && !error.contains("horse"), "{error}");
    }
    let mut get = request("/alertmanager", &json!({"authorization": TOKEN}), &body);
    get["requestContext"]["http"]["method"] = json!("GET");
    assert_eq!(webhook.send(get).await.unwrap().status_code, 405);
    assert_eq!(webhook.put(), 0);
    let counted = |name| webhook.deps.counters.count("WebhookRefusals", name);
    assert_eq!((counted("unauthenticated"), counted("too_large"), counted("invalid")), (4, 1, 2));
    assert_eq!((counted("unknown_vendor"), counted("method")), (5, 1));
}

#[tokio::test]
async fn body_in_base64_is_the_same_body_and_as_bounded() {
    let webhook = Webhook::new();
    for (body, expected) in [
        (STANDARD.encode(firing()), 202),
        (STANDARD.encode(vec![b' '; MAX_BODY_BYTES + 1]), 413),
        ("?".to_owned(), 400),
    ] {
        let mut request = request("/alertmanager", &json!({"authorization": TOKEN}), &body);
        request["isBase64Encoded"] = json!(true);
        assert_eq!(webhook.send(request).await.unwrap().status_code, expected);
    }
    let whole = format!("{}{}", firing(), " ".repeat(MAX_BODY_BYTES - firing().len()));
    assert_eq!(webhook.post("/alertmanager", TOKEN, &whole).await.0, 202, "of exactly the limit");
}

#[tokio::test]
async fn message_about_nothing_is_accepted_and_puts_nothing() {
    let webhook = Webhook::new();
    let (_, ping) = changed("pagerduty-triggered", "/event/event_type", json!("pagey.ping"));
    let body = ping.to_string();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = format!("v1={}", hex::encode(ring::hmac::sign(&key, body.as_bytes())));
    let response = webhook
        .send(request("/pagerduty", &json!({"x-pagerduty-signature": signature}), &body))
        .await
        .unwrap();
    assert_eq!(response.status_code, 200);
    assert_eq!(webhook.put(), 0);
}

#[tokio::test]
async fn bus_that_is_down_and_a_secret_that_is_missing_are_errors_so_that_the_vendor_sends_again() {
    let webhook = Webhook::new();
    webhook.deps.bus.set_down(true);
    let sent = request("/alertmanager", &json!({"authorization": TOKEN}), &firing());
    assert_eq!(webhook.send(sent.clone()).await.unwrap_err().kind, PortErrorKind::Unavailable);
    webhook.deps.bus.set_down(false);
    assert_eq!(webhook.send(sent).await.unwrap().status_code, 202);
    let without_secret = request("/generic", &json!({"authorization": TOKEN}), "{}");
    assert_eq!(webhook.send(without_secret).await.unwrap_err().kind, PortErrorKind::NotFound);
}

#[tokio::test]
async fn sns_subscription_to_an_allowed_topic_is_confirmed_and_to_any_other_never() {
    let webhook = Webhook::new();
    let other = "arn:aws:sns:us-east-1:999999999999:alerts";
    let (status, _) = webhook.post("/sns", "", &signed(confirmation(other)).to_string()).await;
    assert_eq!(status, 403);
    assert!(webhook.deps.sns.asked().is_empty(), "nothing is fetched for a topic that is not allowed");
    let (status, answer) = webhook.post("/sns", "", &signed(confirmation(TOPIC)).to_string()).await;
    assert_eq!((status, &answer["accepted"]), (200, &json!(0)));
    assert_eq!(
        webhook.deps.sns.confirmed(),
        [(TOPIC.parse().unwrap(), "2336412f37fb687f5d51e6e2".to_owned())]
    );
    assert_eq!(webhook.deps.sns.asked(), ["/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem"]);

    let mut forged = signed(confirmation(TOPIC));
    forged["Token"] = json!("another");
    assert_eq!(webhook.post("/sns", "", &forged.to_string()).await.0, 403);
    let mut old = confirmation(TOPIC);
    old["Timestamp"] = json!("2026-11-20T01:54:00Z");
    assert_eq!(webhook.post("/sns", "", &signed(old).to_string()).await.0, 403);
    let impostor = Webhook {
        deps: Deps { sns: FakeSns::with_certificate(OTHER_CERTIFICATE), ..Webhook::new().deps },
        ..Webhook::new()
    };
    assert_eq!(impostor.post("/sns", "", &signed(confirmation(TOPIC)).to_string()).await.0, 403);
    assert_eq!(webhook.deps.sns.confirmed().len(), 1);
    assert_eq!(impostor.deps.sns.confirmed().len(), 0);
}

#[tokio::test]
async fn sns_notification_is_an_alarm_our_own_form_or_a_text() {
    let webhook = Webhook::new();
    let alarm: Value = serde_json::from_str(include_str!("../payloads/sns-alarm.json")).unwrap();
    let insufficient: Value =
        serde_json::from_str(include_str!("../payloads/sns-insufficient-data.json")).unwrap();
    let alarm = alarm["Message"].as_str().unwrap();
    let recovered = alarm.replace("\"NewStateValue\":\"ALARM\"", "\"NewStateValue\":\"OK\"");
    let generic = sample("generic").1.to_string();
    for (message, expected) in [
        (alarm, 202),
        (recovered.as_str(), 202),
        (insufficient["Message"].as_str().unwrap(), 200),
        (generic.as_str(), 202),
        ("The disk is full.\nSee arn:aws:ec2:us-east-1:123456789012:instance/i-1", 202),
        // What only resembles a form is a text, and is not lost.
        ("{\"AlarmName\": \"a\"}", 202),
        ("{\"AlarmName\": \"a\", \"NewStateValue\": \"BROKEN\"}", 202),
        ("{\"alert_id\": \"a\", \"state\": \"open\"}", 202),
    ] {
        let (status, answer) = webhook.post("/sns", "", &signed(notification(message)).to_string()).await;
        assert_eq!(status, expected, "{answer}");
    }
    let put = webhook.deps.bus.put_alerts();
    let id = "arn:aws:cloudwatch:us-east-1:1234567890:alarm:bucketbytesAlarm";
    assert_eq!(
        (put[0].alert_id.as_str(), put[0].state, put[0].title.as_str()),
        (id, AlertState::Firing, "bucketbytesAlarm")
    );
    assert_eq!(put[0].labels["BucketName"], "try.alerta.io");
    assert_eq!(put[0].starts_at.unwrap().to_string(), "2019-02-15T23:53:45.093Z");
    assert_eq!((put[1].alert_id.as_str(), put[1].state), (id, AlertState::Recovered));
    assert_eq!((put[2].alert_id.as_str(), put[2].vendor), ("replica-lag-db-2", Vendor::Sns));
    assert_eq!((put[3].title.as_str(), put[3].state), ("Disk full", AlertState::Firing));
    assert!(
        put.iter().all(|alert| alert.delivery_id.as_deref() == Some("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"))
    );
}

#[tokio::test]
async fn requests_without_the_vendors_proof_read_no_secret_however_many_come() {
    let webhook = Webhook::new();
    let body = firing();
    for path in ["/alertmanager", "/pagerduty", "/generic"] {
        for headers in [
            json!({}),
            json!({"authorization": "Bearer "}),
            json!({"authorization": "Token x"}),
            json!({"x-pagerduty-signature": "v2=00"}),
        ] {
            for _ in 0..20 {
                assert_eq!(webhook.send(request(path, &headers, &body)).await.unwrap().status_code, 401);
            }
        }
    }
    assert_eq!(webhook.deps.secrets.reads(), 0);
    webhook.post("/alertmanager", TOKEN, &body).await;
    assert_eq!(webhook.deps.secrets.reads(), 1);
}

#[tokio::test]
async fn certificate_that_sns_does_not_publish_is_a_refusal_and_one_that_cannot_be_fetched_an_error() {
    let body = signed(notification("m")).to_string();
    for kind in [PortErrorKind::NotFound, PortErrorKind::Denied, PortErrorKind::Invalid] {
        let mut webhook = Webhook::new();
        webhook.deps.sns.refuses = Some(kind);
        assert_eq!(webhook.post("/sns", "", &body).await.0, 403);
    }
    let mut webhook = Webhook::new();
    webhook.deps.sns.refuses = Some(PortErrorKind::Unavailable);
    let sent = request("/sns", &json!({}), &body);
    assert_eq!(webhook.send(sent).await.unwrap_err().kind, PortErrorKind::Unavailable);
}

#[tokio::test]
async fn certificate_is_kept_only_once_a_signature_held_with_it() {
    let mut webhook = Webhook::new();
    let body = signed(notification("m")).to_string();
    webhook.deps.sns.certificate = OTHER_CERTIFICATE.to_owned();
    assert_eq!(webhook.post("/sns", "", &body).await.0, 403);
    assert!(webhook.deps.sns.kept().is_empty());
    webhook.deps.sns.certificate = CERTIFICATE.to_owned();
    assert_eq!(webhook.post("/sns", "", &body).await.0, 202);
    assert_eq!(webhook.deps.sns.kept().len(), 1);
}

#[tokio::test]
async fn subscription_that_ended_is_told_as_an_alert() {
    let webhook = Webhook::new();
    let mut ended = confirmation(TOPIC);
    ended["Type"] = json!("UnsubscribeConfirmation");
    assert_eq!(webhook.post("/sns", "", &signed(ended).to_string()).await.0, 202);
    let put = webhook.deps.bus.put_alerts();
    assert_eq!(put[0].title, "The subscription of the webhook to an SNS topic has ended");
    assert_eq!(put[0].labels["topic"], TOPIC);
}

/// The first alert of the sample, `count` times, each with labels of its own and a description of 600 characters.
fn message_of(count: usize) -> Value {
    let (_, mut message) = sample("alertmanager-firing");
    let one = message["alerts"][0].clone();
    let alerts = (0..count).map(|i| {
        let mut alert = one.clone();
        alert["fingerprint"] = json!(format!("{i:016x}"));
        alert["labels"]["pod"] = json!(format!("checkout-7d9f6c5b8-{i}"));
        alert["annotations"]["description"] = json!("The pod restarts again and again. ".repeat(18));
        alert
    });
    message["alerts"] = alerts.collect();
    message
}

#[tokio::test]
async fn message_of_500_alerts_fits_and_what_is_beyond_is_told_as_one_more() {
    for (count, truncated, expected) in
        [(500, 0, None), (503, 0, Some(3)), (2, 7, Some(7)), (501, 9, Some(10))]
    {
        let webhook = Webhook::new();
        let mut message = message_of(count);
        message["truncatedAlerts"] = json!(truncated);
        let (status, answer) = webhook.post("/alertmanager", TOKEN, &message.to_string()).await;
        assert_eq!(status, 202, "{answer}");
        let put = webhook.deps.bus.put_alerts();
        assert_eq!(put.len(), count.min(500) + usize::from(expected.is_some()));
        let title = expected.map(|n| format!("{n} alerts of alertmanager were left out of one message"));
        assert_eq!(
            put.iter().find(|alert| alert.alert_id == "alerts-left-out").map(|alert| &alert.title),
            title.as_ref()
        );
    }
}

#[tokio::test]
async fn field_name_of_the_senders_own_is_cut() {
    let webhook = Webhook::new();
    let (_, mut message) = sample("alertmanager-firing");
    message["alerts"][0]["status"] = json!("x");
    let error = webhook::parse(Vendor::Generic, json!({"x\u{202e}".repeat(5000): 1}).to_string().as_bytes())
        .unwrap_err();
    assert!(error.to_string().len() < 400 && error.field().len() <= 400, "{error}");
    assert_eq!(webhook.put(), 0);
}
