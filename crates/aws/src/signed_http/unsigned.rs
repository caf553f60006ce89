//! Asks a service without a signature, for what it publishes to everybody.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use common::ports::{PortError, PortErrorKind};

use super::{ATTEMPT, SignedClient, answer, encoding::pairs, endpoint, operation::Service};
use crate::{
    error::{of_answer, unreadable},
    time::within,
};

impl SignedClient {
    /// Returns what the service answers to a `GET` of this path and query, of `most` bytes at most. It is asked once, at
    /// its endpoint in the configuration or else at its public one, over HTTPS; a redirect is not followed.
    pub(crate) async fn get_unsigned(
        &self,
        service: &Service,
        path: &str,
        query: &[(String, String)],
        most: usize,
        named: &str,
    ) -> Result<Vec<u8>, PortError> {
        within(ATTEMPT, || named.to_owned(), self.get_once(service, path, query, most, named)).await
    }

    async fn get_once(
        &self,
        service: &Service,
        path: &str,
        query: &[(String, String)],
        most: usize,
        named: &str,
    ) -> Result<Vec<u8>, PortError> {
        let invalid = |error| unreadable(named, error);
        let components = self.components().map_err(invalid)?;
        let endpoint = endpoint::resolve(service, &self.config).map_err(invalid)?;
        let query = if query.is_empty() { String::new() } else { format!("?{}", pairs(query)) };
        let mut request = HttpRequest::empty();
        request.set_uri(format!("{}{path}{query}", endpoint.url)).map_err(|error| invalid(error.into()))?;
        let sent = self.send(request, &components).await;
        let mut answer = sent.map_err(|error| PortError::new(named, PortErrorKind::Unavailable, error))?;
        let bytes = answer::bounded(&mut answer, most, || named.to_owned()).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(bytes);
        }
        let kind = of_answer("", status.as_u16());
        Err(PortError::new(named, kind, format!("the answer's status is {}", status.as_u16())))
    }
}
