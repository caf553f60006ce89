//! Implements the protocol's HTTP on hyper and rustls, which the AWS SDK already brought here.
//!
//! No redirect is followed: the team allows one address, and its authorization is for that one.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::{
        common::http_header::{EVENT_STREAM_MIME_TYPE, HEADER_SESSION_ID, JSON_MIME_TYPE},
        streamable_http_client::{
            SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
        },
    },
};
use sse_stream::{Sse, SseStream};

use crate::tool_server::ToolServer;

/// Bytes of one response, at most.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
const MAX_HEADER_BYTES: usize = 64 * 1024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no connection, or it broke off")]
    Connection(#[source] hyper_util::client::legacy::Error),
    #[error("the answer broke off")]
    Body(#[source] hyper::Error),
    #[error("answered with status {0}")]
    Status(StatusCode),
    #[error("redirects to another address, which is not followed")]
    Redirect,
    #[error("answered with more than {MAX_BYTES} bytes")]
    TooLong,
    #[error("answered with no message of the protocol")]
    NotMcp(#[source] serde_json::Error),
    #[error("the request could not be written")]
    Request(#[source] http::Error),
    #[error("the message could not be written")]
    Message(#[source] serde_json::Error),
}

/// The error as the SDK passes it on.
pub(crate) type HttpFault = StreamableHttpError<HttpError>;

impl From<HttpError> for HttpFault {
    fn from(error: HttpError) -> Self {
        Self::Client(error)
    }
}

/// The connections to all servers, pooled.
#[derive(Clone)]
pub(crate) struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HttpClient")
    }
}

impl HttpClient {
    pub(crate) fn new() -> std::io::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            // Which address may go without TLS is the configuration's to say.
            .https_or_http()
            .enable_http1()
            .build();
        let client =
            Client::builder(TokioExecutor::new()).http1_max_buf_size(MAX_HEADER_BYTES).build(connector);
        Ok(Self { client })
    }

    pub(crate) fn to(&self, server: &ToolServer) -> ServerConnection {
        ServerConnection { http: self.clone(), authorization: server.authorization().cloned() }
    }
}

/// The connection to one server.
#[derive(Clone)]
pub(crate) struct ServerConnection {
    http: HttpClient,
    authorization: Option<HeaderValue>,
}

impl ServerConnection {
    async fn send(
        &self,
        method: Method,
        uri: &str,
        session: Option<&str>,
        headers: HashMap<HeaderName, HeaderValue>,
        body: Bytes,
    ) -> Result<Response<Incoming>, HttpError> {
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(CONTENT_TYPE, JSON_MIME_TYPE)
            .header(ACCEPT, "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(session) = session {
            request = request.header(HEADER_SESSION_ID, session);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(body)).map_err(HttpError::Request)?;
        let response = self.http.client.request(request).await.map_err(HttpError::Connection)?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status if status.is_redirection() => Err(HttpError::Redirect),
            status => Err(HttpError::Status(status)),
        }
    }
}

impl StreamableHttpClient for ServerConnection {
    type Error = HttpError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, HttpFault> {
        let is_request = matches!(message, ClientJsonRpcMessage::Request(_));
        let body = serde_json::to_vec(&message).map_err(HttpError::Message)?;
        let response =
            self.send(Method::POST, &uri, session_id.as_deref(), custom_headers, body.into()).await?;
        if !is_request || matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let session = header(HEADER_SESSION_ID);
        let content_type = header(CONTENT_TYPE.as_str());
        let is_of = |media_type: &str| {
            content_type
                .as_deref()
                .and_then(|of| of.get(..media_type.len()))
                .is_some_and(|of| of.eq_ignore_ascii_case(media_type))
        };
        if is_of(EVENT_STREAM_MIME_TYPE) {
            return Ok(StreamableHttpPostResponse::Sse(events(response), session));
        }
        if !is_of(JSON_MIME_TYPE) {
            return Err(StreamableHttpError::UnexpectedContentType(content_type));
        }
        let body = whole(response).await?;
        let message: ServerJsonRpcMessage = serde_json::from_slice(&body).map_err(HttpError::NotMcp)?;
        Ok(StreamableHttpPostResponse::Json(message, session))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), HttpFault> {
        self.send(Method::DELETE, &uri, Some(&session_id), custom_headers, Bytes::new()).await?;
        Ok(())
    }

    /// Messages that a server sends unasked are not read.
    async fn get_stream(
        &self,
        _uri: Arc<str>,
        _session_id: Option<Arc<str>>,
        _last_event_id: Option<String>,
        _auth_header: Option<String>,
        _custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, HttpFault> {
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}

/// The parts of the body until they are more than [`MAX_BYTES`], or break off.
fn parts(response: Response<Incoming>) -> BoxStream<'static, Result<Bytes, HttpError>> {
    let body = response.into_body().into_data_stream().map_err(HttpError::Body);
    let bounded = body.scan(MAX_BYTES, |left, part| {
        let part = part.and_then(|part| {
            *left = left.checked_sub(part.len()).ok_or(HttpError::TooLong)?;
            Ok(part)
        });
        std::future::ready(Some(part))
    });
    let until_failed = stream::unfold(Some(bounded.boxed()), |bounded| async {
        let mut bounded = bounded?;
        let part = bounded.next().await?;
        let more = part.is_ok().then_some(bounded);
        Some((part, more))
    });
    until_failed.boxed()
}

async fn whole(response: Response<Incoming>) -> Result<Vec<u8>, HttpError> {
    parts(response)
        .try_fold(Vec::new(), |mut whole, part| {
            whole.extend_from_slice(&part);
            std::future::ready(Ok(whole))
        })
        .await
}

fn events(response: Response<Incoming>) -> BoxStream<'static, Result<Sse, SseError>> {
    SseStream::from_bytes_stream(parts(response)).boxed()
}
