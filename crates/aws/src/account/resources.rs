//! Reads one resource: its present state, what it was before, and the security findings about it.

mod alias;
mod findings;
mod instance;
mod parameter;
mod service;

use common::{
    Arn, Observed, ResourceKind,
    evidence::Change,
    ports::{PortError, Reading, Resources},
};

use crate::{Clients, SignedClient};

/// The ports `Resources` and `SecurityFindings`.
#[derive(Debug, Clone)]
pub struct AwsResources {
    signed: SignedClient,
}

impl AwsResources {
    pub const fn new(signed: SignedClient) -> Self {
        Self { signed }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(clients.signed.clone())
    }
}

impl Resources for AwsResources {
    async fn state(
        &self,
        resource: &Arn,
        history: &[Change],
    ) -> Result<Option<Reading<Observed>>, PortError> {
        let history: Vec<&Change> = history.iter().filter(|change| change.resource == *resource).collect();
        let look = match resource.kind() {
            ResourceKind::Parameter { name } => parameter::state(&self.signed, resource, &name).await?,
            ResourceKind::FunctionAlias { function, alias } => {
                alias::state(&self.signed, resource, &function, &alias, &history).await?
            }
            ResourceKind::Instance { id } => instance::state(&self.signed, resource, &id).await?,
            ResourceKind::Service { cluster, service } => {
                service::state(&self.signed, resource, &cluster, &service, &history).await?
            }
            ResourceKind::Alarm { .. } | ResourceKind::Function { .. } | ResourceKind::Other => {
                return Ok(None);
            }
        };
        Ok(Some(look))
    }
}

/// The values of `key` that these events set, newest first.
fn set_by<'a>(history: &[&'a Change], events: [&str; 2], key: &str) -> Vec<&'a str> {
    let mut set: Vec<&Change> =
        history.iter().filter(|change| events.contains(&change.event_name.as_str())).copied().collect();
    set.sort_by_key(|change| std::cmp::Reverse(change.at));
    set.into_iter().filter_map(|change| change.request.get(key)).map(String::as_str).collect()
}
