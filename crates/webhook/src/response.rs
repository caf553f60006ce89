//! Answers a vendor. Pure.

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde_json::json;

use crate::{authentication::Unauthenticated, payload::InvalidPayload};

/// Why a request was refused. Sending the same request again gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownVendor,
    Method,
    TooLarge {
        most_bytes: usize,
    },
    Unauthenticated(Unauthenticated),
    /// An SNS message whose signature, time or topic is not what it has to be.
    SnsNotAuthentic(&'static str),
    Invalid(InvalidPayload),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(InvalidPayload::new(message))
    }

    const fn status(&self) -> i64 {
        match self {
            Self::UnknownVendor => 404,
            Self::Method => 405,
            Self::TooLarge { .. } => 413,
            Self::Unauthenticated(_) => 401,
            Self::SnsNotAuthentic(_) => 403,
            Self::Invalid(_) => 400,
        }
    }

    /// Returns the error in the answer. It says what is wrong with the form, and nothing of why a proof does not hold.
    fn message(&self) -> String {
        match self {
            Self::UnknownVendor => "not found".to_owned(),
            Self::Method => "expected POST".to_owned(),
            Self::TooLarge { most_bytes } => format!("the body is larger than {most_bytes} bytes"),
            Self::Unauthenticated(_) | Self::SnsNotAuthentic(_) => "not authenticated".to_owned(),
            Self::Invalid(invalid) => invalid.to_string(),
        }
    }

    /// Returns the reason for the log, which quotes no value of the request; at most the name of a field, cut and cleaned.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Unauthenticated(why) => why.as_str().to_owned(),
            Self::SnsNotAuthentic(why) => (*why).to_owned(),
            Self::UnknownVendor => "the path names no allowed vendor".to_owned(),
            Self::Invalid(invalid) => format!("the field `{}` is missing or invalid", invalid.field()),
            Self::Method | Self::TooLarge { .. } => self.message(),
        }
    }

    /// The name under which refusals are counted.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::UnknownVendor => "unknown_vendor",
            Self::Method => "method",
            Self::TooLarge { .. } => "too_large",
            Self::Unauthenticated(_) | Self::SnsNotAuthentic(_) => "unauthenticated",
            Self::Invalid(_) => "invalid",
        }
    }

    pub(crate) fn response(&self) -> LambdaFunctionUrlResponse {
        response(self.status(), &json!({ "error": self.message() }))
    }
}

impl From<InvalidPayload> for Refusal {
    fn from(invalid: InvalidPayload) -> Self {
        Self::Invalid(invalid)
    }
}

/// The alerts are on the bus; what becomes of them is the intake's.
pub(crate) fn accepted(alerts: usize) -> LambdaFunctionUrlResponse {
    response(202, &json!({ "accepted": alerts }))
}

/// Nothing in the request fires or recovers.
pub(crate) fn ignored(reason: &str) -> LambdaFunctionUrlResponse {
    response(200, &json!({ "accepted": 0, "reason": reason }))
}

fn response(status: i64, body: &serde_json::Value) -> LambdaFunctionUrlResponse {
    let mut response = LambdaFunctionUrlResponse::default();
    response.status_code = status;
    response.headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    response.body = Some(body.to_string());
    response
}
