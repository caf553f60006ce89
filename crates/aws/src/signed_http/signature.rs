//! Signs a request with AWS's Signature Version 4.

use std::time::SystemTime;

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime_api::client::{
    identity::Identity, orchestrator::HttpRequest, runtime_components::RuntimeComponents,
};

use super::{
    BoxError,
    operation::{Protocol, Service},
};

pub(super) fn signed(
    mut request: HttpRequest,
    service: &Service,
    region: &str,
    identity: &Identity,
    components: &RuntimeComponents,
) -> Result<HttpRequest, BoxError> {
    let mut settings = SigningSettings::default();
    if service.protocol == Protocol::RestXml {
        // S3 takes a path as it is, and wants the body's hash in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(region)
        .name(service.signing)
        .time(components.time_source().map_or_else(SystemTime::now, |time| time.now()))
        .settings(settings)
        .build()?
        .into();
    let body = request.body().bytes().unwrap_or_default();
    let signable = SignableRequest::new(
        request.method(),
        request.uri(),
        request.headers().iter(),
        SignableBody::Bytes(body),
    )?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    let headers: Vec<_> =
        instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (name, value) in headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}
