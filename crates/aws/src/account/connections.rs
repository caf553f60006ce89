//! Connections that stacks, load balancers, rules and permissions tell of, read without an SDK
//! crate for each.

mod balancers;
mod describe;
mod permissions;
mod policy;
mod rules;
mod stacks;
#[cfg(test)]
mod tests;

use common::{
    Arn,
    ports::{ConnectionSource, Connections, PortError, Reading},
    topology::Connected,
};
use futures_util::future::join_all;

use crate::{Clients, SignedClient};

/// The most calls that are made at once: the services grant five to ten a second.
const AT_ONCE: usize = 5;

/// The port `Connections`.
#[derive(Debug, Clone)]
pub struct AwsConnections {
    client: SignedClient,
}

impl AwsConnections {
    pub fn from_clients(clients: &Clients) -> Self {
        Self { client: clients.signed.clone() }
    }
}

impl Connections for AwsConnections {
    async fn connections(
        &self,
        source: ConnectionSource,
        resources: &[Arn],
    ) -> Result<Reading<Connected>, PortError> {
        match source {
            ConnectionSource::Stacks => stacks::read_stacks(&self.client, resources).await,
            ConnectionSource::LoadBalancers => balancers::read_load_balancers(&self.client).await,
            ConnectionSource::Rules => rules::read_rules(&self.client).await,
            ConnectionSource::Permissions => permissions::read_permissions(&self.client, resources).await,
        }
    }
}

/// The IAM actions that reading the source takes.
pub const fn iam_actions(source: ConnectionSource) -> &'static [&'static str] {
    match source {
        ConnectionSource::Stacks => stacks::IAM,
        ConnectionSource::LoadBalancers => balancers::IAM,
        ConnectionSource::Rules => rules::IAM,
        ConnectionSource::Permissions => permissions::IAM,
    }
}

/// `work` on each of `all`, a few at once, in their order.
async fn each<T, R>(all: Vec<T>, work: impl AsyncFn(T) -> R) -> Vec<R> {
    let mut results = Vec::new();
    let mut waiting = all.into_iter();
    loop {
        let some: Vec<T> = waiting.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return results;
        }
        results.extend(join_all(some.into_iter().map(|one| work(one))).await);
    }
}

/// Sorts results: one that failed becomes a gap; where all failed, that is a failure.
fn some_of<T>(results: Vec<Result<T, PortError>>, connected: &mut Connected) -> Result<Vec<T>, PortError> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(one) => found.push(one),
            Err(error) => errors.push(error),
        }
    }
    if found.is_empty()
        && let Some(first) = errors.pop()
    {
        return Err(first);
    }
    for error in errors {
        connected.missed(&error);
    }
    Ok(found)
}

/// Drops what is beyond `most`, and says so.
fn cut<T>(all: &mut Vec<T>, most: usize, what: &str, connected: &mut Connected) {
    if all.len() > most {
        connected.gap(what, &format!("{} were found; {most} were read", all.len()));
        all.truncate(most);
    }
}
