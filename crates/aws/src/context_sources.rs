//! Implements the port `ContextSources`: reads a dozen services, each of which answers who did what, when.
//!
//! A source's module makes the calls and turns each answer into notes by a function over values, which
//! its tests hold to the documented shapes. What a service leaves out is left out; what is not as
//! documented is an error, never a guess.

mod answer;
mod configuration_items;
mod database_load;
mod deployments;
mod faulty_traces;
mod function_versions;
mod health;
mod log_insights;
mod note;
mod pipelines;
mod quotas;
mod resource_state;
mod security_findings;
mod stack_events;
#[cfg(test)]
mod tests;

use common::{
    context_source::{ContextSource, Note, Scope},
    evidence::Truncation,
    ports::{ContextSources, PortError, Reading},
    untrusted_text::one_line,
};
use futures_util::future::{join_all, try_join_all};
use serde_json::Value;

use crate::{
    Clients,
    signed_http::{Input, Operation, SignedClient},
};

/// The port `ContextSources`.
#[derive(Debug, Clone)]
pub struct AwsContextSources {
    client: SignedClient,
}

impl AwsContextSources {
    pub fn from_clients(clients: &Clients) -> Self {
        Self { client: clients.signed.clone() }
    }
}

impl ContextSources for AwsContextSources {
    /// Reads `source` in the scope's region.
    async fn look(&self, source: ContextSource, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
        let client = self.client.in_region(&scope.region);
        match source {
            ContextSource::Deployments => deployments::look(&client, scope).await,
            ContextSource::Pipelines => pipelines::look(&client, scope).await,
            ContextSource::StackEvents => stack_events::look(&client, scope).await,
            ContextSource::FunctionVersions => function_versions::look(&client, scope).await,
            ContextSource::ConfigurationItems => configuration_items::look(&client, scope).await,
            ContextSource::FaultyTraces => faulty_traces::look(&client, scope).await,
            ContextSource::LogInsights => log_insights::look(&client, scope).await,
            ContextSource::ResourceState => resource_state::look(&client, scope).await,
            ContextSource::Health => health::look(&client, scope).await,
            ContextSource::DatabaseLoad => database_load::look(&client, scope).await,
            ContextSource::Quotas => quotas::look(&client, scope).await,
            ContextSource::SecurityFindings => security_findings::look(&client, scope).await,
        }
    }
}

/// The IAM actions that a look at the source takes.
pub const fn iam_actions(source: ContextSource) -> &'static [&'static str] {
    match source {
        ContextSource::Deployments => deployments::IAM,
        ContextSource::Pipelines => pipelines::IAM,
        ContextSource::StackEvents => stack_events::IAM,
        ContextSource::FunctionVersions => function_versions::IAM,
        ContextSource::ConfigurationItems => configuration_items::IAM,
        ContextSource::FaultyTraces => faulty_traces::IAM,
        ContextSource::LogInsights => log_insights::IAM,
        ContextSource::ResourceState => resource_state::IAM,
        ContextSource::Health => health::IAM,
        ContextSource::DatabaseLoad => database_load::IAM,
        ContextSource::Quotas => quotas::IAM,
        ContextSource::SecurityFindings => security_findings::IAM,
    }
}

/// The most calls that go out at once: more would be throttled.
const AT_ONCE: usize = 4;
/// The most characters of a query's comment on what is missing.
const LEFT_OUT_CHARS: usize = 600;

/// Asks about each of `items`, a few at once, and returns the answers in their order.
async fn each<'a, T, R, F>(items: &'a [T], ask: impl Fn(&'a T) -> F) -> Result<Vec<R>, PortError>
where
    F: Future<Output = Result<R, PortError>>,
{
    let mut answers = Vec::with_capacity(items.len());
    for some in items.chunks(AT_ONCE) {
        answers.extend(try_join_all(some.iter().map(&ask)).await?);
    }
    Ok(answers)
}

/// The same where one that fails takes no other one away: what some were answered with, and whose answer
/// is missing, why. Where all failed, so has the look.
async fn some_of<'a, T, R, F>(
    items: &'a [T],
    name: impl Fn(&'a T) -> String,
    ask: impl Fn(&'a T) -> F,
) -> Result<(Vec<R>, Option<Truncation>), PortError>
where
    F: Future<Output = Result<R, PortError>>,
{
    let (mut found, mut missed) = (Vec::new(), Vec::new());
    for some in items.chunks(AT_ONCE) {
        for (item, answer) in some.iter().zip(join_all(some.iter().map(&ask)).await) {
            match answer {
                Ok(answer) => found.push(answer),
                Err(error) => missed.push((name(item), error)),
            }
        }
    }
    let said: Vec<String> = missed.iter().map(|(name, error)| format!("{name}: {}", error.source)).collect();
    if found.is_empty()
        && let Some((_, error)) = missed.into_iter().next()
    {
        return Err(error);
    }
    let left_out = (!said.is_empty())
        .then(|| Truncation::new(format!("left out: {}", one_line(&said.join(", "), LEFT_OUT_CHARS))));
    Ok((found, left_out))
}

/// The names of the token that asks for the next page, in the request and in the answer.
struct Paging {
    sent: &'static str,
    told: &'static str,
    most: usize,
}

/// The answers of the pages, and whether there were more.
async fn pages(
    client: &SignedClient,
    operation: &Operation,
    input: &Input,
    paging: &Paging,
) -> Result<(Vec<Value>, bool), PortError> {
    let mut answers = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..paging.most {
        let answer = client.json(operation, &input.clone().page(paging.sent, token.as_deref())).await?;
        token = answer::text(&answer, paging.told).filter(|token| !token.is_empty()).map(str::to_owned);
        answers.push(answer);
        if token.is_none() {
            break;
        }
    }
    Ok((answers, token.is_some()))
}
