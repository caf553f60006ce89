//! Reads a request of the function URL: which vendor's it is, and its body. Pure.

use std::collections::BTreeSet;

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::Vendor;
use http::HeaderMap;

use crate::response::Refusal;

/// 500 alerts of 2 KiB. A function URL takes 6 MB, most of which nobody sends.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A request for an allowed vendor, of a size that is read.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) vendor: Vendor,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads the method, the path `/<vendor>` and the body.
    pub(crate) fn parse(
        request: LambdaFunctionUrlRequest,
        allowed: &BTreeSet<Vendor>,
    ) -> Result<Self, Refusal> {
        let path = request.raw_path.unwrap_or_default();
        let vendor = path.strip_prefix('/').map(|name| name.strip_suffix('/').unwrap_or(name));
        // One that is not allowed looks like one that does not exist.
        let vendor: Vendor = vendor
            .and_then(|name| name.parse().ok())
            .filter(|vendor| allowed.contains(vendor))
            .ok_or(Refusal::UnknownVendor)?;
        if request.request_context.http.method.as_deref() != Some("POST") {
            return Err(Refusal::Method);
        }
        let text = request.body.unwrap_or_default();
        // Four characters of Base64 are three bytes.
        let most = if request.is_base64_encoded {
            MAX_BODY_BYTES.div_ceil(3).saturating_mul(4)
        } else {
            MAX_BODY_BYTES
        };
        if text.len() > most {
            return Err(Refusal::TooLarge { most_bytes: MAX_BODY_BYTES });
        }
        let body = if request.is_base64_encoded {
            STANDARD.decode(&text).map_err(|_| Refusal::invalid("invalid body: expected Base64"))?
        } else {
            text.into_bytes()
        };
        if body.len() > MAX_BODY_BYTES {
            return Err(Refusal::TooLarge { most_bytes: MAX_BODY_BYTES });
        }
        Ok(Self { vendor, headers: request.headers, body })
    }
}
