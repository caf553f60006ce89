//! Takes alerts of other monitoring tools at a function URL, checks that they are from who they say, and puts each on the
//! event bus, from where it takes the way of every other event. It decides nothing else and changes nothing.
//!
//! - Input: a request of the function URL, `POST /<vendor>`
//! - Output: its response: 202 with the number of alerts put on the bus, 200 where there was nothing to put, 400, 401, 403, 404, 405 or 413 for what is refused; an error is answered 502 by Lambda, so that the vendor sends it again
//! - Errors: `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `EVENT_BUS_NAME`, `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `PARAMETER_PREFIX`, `TABLE_NAME`, `WEBHOOK_SNS_TOPICS`, `WEBHOOK_VENDORS`
//! - IAM:
//!   - events: `PutEvents`
//!   - ssm: `GetParameter`
//! - Timeout: 10 s
//!
//! `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS` and `TABLE_NAME` are what all functions have; this one has no right to the table.
//! A request is judged in an order in which the cheapest comes first: path, method, size, proof, content.
//! docs/webhooks.md says how to set each vendor up.

pub mod authentication;
mod payload;
mod request;
mod response;
pub mod settings;
pub mod sns;

use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use common::{
    Clock, PortError, Vendor,
    ports::{
        AlertBus, Counters,
        PortErrorKind::{Denied, Invalid, NotFound},
        SnsSubscriber, WebhookSecrets,
    },
};

pub use crate::{
    payload::{InvalidPayload, MAX_ALERTS, Payload, parse, severity_of},
    request::MAX_BODY_BYTES,
    settings::Settings,
};
use crate::{
    payload::{Notification, parse_notification},
    request::Request,
    response::{Refusal, accepted, ignored},
    sns::{SnsMessage, SnsMessageKind},
};

/// The ports that webhook works with.
#[derive(Debug, Clone)]
pub struct Deps<S, B, N, M, C> {
    pub secrets: S,
    pub bus: B,
    pub sns: N,
    pub counters: M,
    pub clock: C,
}

/// Why a request failed.
enum RequestError {
    Refused(Refusal),
    /// A call to AWS failed, so that the vendor has to send the request again.
    Failed(PortError),
}

impl From<Refusal> for RequestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<InvalidPayload> for RequestError {
    fn from(invalid: InvalidPayload) -> Self {
        Self::Refused(invalid.into())
    }
}

impl From<PortError> for RequestError {
    fn from(error: PortError) -> Self {
        Self::Failed(error)
    }
}

/// Answers one request. A repeated one puts its alerts on the bus again, which the intake takes for the same.
///
/// # Errors
/// A secret that cannot be read, a certificate that cannot be fetched, or an alert that the bus did not take.
pub async fn handle(
    deps: &Deps<impl WebhookSecrets, impl AlertBus, impl SnsSubscriber, impl Counters, impl Clock>,
    settings: &Settings,
    request: LambdaFunctionUrlRequest,
) -> Result<LambdaFunctionUrlResponse, PortError> {
    match answer(deps, settings, request).await {
        Ok(response) => Ok(response),
        Err(RequestError::Failed(error)) => Err(error),
        Err(RequestError::Refused(refusal)) => {
            // Scanners of the internet make these without end; the counter tells how many.
            if !matches!(refusal, Refusal::UnknownVendor | Refusal::Method) {
                tracing::warn!(refusal = refusal.name(), reason = refusal.reason(), "refused a request");
            }
            deps.counters.count("WebhookRefusals", refusal.name(), 1);
            Ok(refusal.response())
        }
    }
}

async fn answer(
    deps: &Deps<impl WebhookSecrets, impl AlertBus, impl SnsSubscriber, impl Counters, impl Clock>,
    settings: &Settings,
    request: LambdaFunctionUrlRequest,
) -> Result<LambdaFunctionUrlResponse, RequestError> {
    let Request { vendor, headers, body } = Request::parse(request, &settings.vendors)?;
    let payload = if vendor == Vendor::Sns {
        sns_payload(deps, settings, &body).await?
    } else {
        authentication::require_proof(vendor, &headers).map_err(Refusal::Unauthenticated)?;
        let secrets = deps.secrets.secrets(vendor).await?;
        authentication::authenticate(vendor, &headers, &body, &secrets, deps.clock.now())
            .map_err(Refusal::Unauthenticated)?;
        parse(vendor, &body)?
    };
    match payload {
        Payload::Nothing { reason } => {
            tracing::info!(vendor = vendor.as_str(), reason, "nothing to put on the bus");
            Ok(ignored(&reason))
        }
        Payload::Alerts(alerts) => {
            deps.bus.put(&alerts).await?;
            tracing::info!(vendor = vendor.as_str(), alerts = alerts.len(), "put alerts on the bus");
            deps.counters.count(
                "WebhookAlerts",
                vendor.as_str(),
                u32::try_from(alerts.len()).unwrap_or(u32::MAX),
            );
            Ok(accepted(alerts.len()))
        }
    }
}

/// Verifies an SNS message, and confirms a subscription to an allowed topic.
async fn sns_payload(
    deps: &Deps<impl WebhookSecrets, impl AlertBus, impl SnsSubscriber, impl Counters, impl Clock>,
    settings: &Settings,
    body: &[u8],
) -> Result<Payload, RequestError> {
    let message = SnsMessage::parse(body)?;
    // Before anything is fetched: whoever may publish to some topic of his own must not make us ask for it.
    if !settings.sns_topics.contains(&message.topic) {
        return Err(Refusal::SnsNotAuthentic("the topic is not one of WebhookSnsTopics").into());
    }
    if !message.is_recent(deps.clock.now()) {
        return Err(Refusal::SnsNotAuthentic("the message is too old, or of a time to come").into());
    }
    let certificate = match deps.sns.certificate(&message.topic, &message.certificate_path).await {
        // SNS signs with no certificate that it does not publish: sending the message again would not help.
        Err(error) if matches!(error.kind, NotFound | Denied | Invalid) => {
            return Err(Refusal::SnsNotAuthentic("SNS publishes no such certificate").into());
        }
        certificate => certificate?,
    };
    sns::verify(&message, &certificate)
        .map_err(|_| Refusal::SnsNotAuthentic("the signature is not of SNS's certificate"))?;
    deps.sns.keep_certificate(&message.topic, &message.certificate_path, certificate);
    match &message.kind {
        SnsMessageKind::Notification => Ok(parse_notification(Notification {
            topic: &message.topic,
            message_id: &message.message_id,
            subject: message.subject.as_deref(),
            message: &message.message,
        })),
        SnsMessageKind::SubscriptionConfirmation { token } => {
            deps.sns.confirm(&message.topic, token).await?;
            tracing::info!(topic = %message.topic, "confirmed the subscription");
            Ok(Payload::Nothing { reason: "the subscription is confirmed".to_owned() })
        }
        SnsMessageKind::UnsubscribeConfirmation => {
            tracing::warn!(topic = %message.topic, "the subscription was ended");
            // From now on no alert of the topic arrives, so that somebody has to know.
            Ok(parse_notification(Notification {
                topic: &message.topic,
                message_id: &message.message_id,
                subject: Some("The subscription of the webhook to an SNS topic has ended"),
                message: &message.message,
            }))
        }
    }
}
