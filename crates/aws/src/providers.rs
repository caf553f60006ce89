//! The port `Providers`: read-only looks at a dozen services, each answering who did what, when.
//!
//! A provider's module makes the calls and turns each answer into notes by a function over values, which
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

use aws_config::SdkConfig;
use common::{
    evidence::Truncation,
    ports::{PortError, Providers, Reading},
    provider::{Note, Provider, Scope},
    untrusted_text::one_line,
};
use futures_util::future::{join_all, try_join_all};
use serde_json::Value;

use crate::wire::{Input, Operation, Wire};

/// The port `Providers`.
#[derive(Debug, Clone)]
pub struct AwsProviders {
    wire: Wire,
}

impl AwsProviders {
    pub fn from_config(config: &SdkConfig) -> Self {
        Self { wire: Wire::from_config(config) }
    }
}

impl Providers for AwsProviders {
    /// In the scope's region.
    async fn look(&self, provider: Provider, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
        let wire = self.wire.in_region(&scope.region);
        match provider {
            Provider::Deployments => deployments::look(&wire, scope).await,
            Provider::Pipelines => pipelines::look(&wire, scope).await,
            Provider::StackEvents => stack_events::look(&wire, scope).await,
            Provider::FunctionVersions => function_versions::look(&wire, scope).await,
            Provider::ConfigurationItems => configuration_items::look(&wire, scope).await,
            Provider::FaultyTraces => faulty_traces::look(&wire, scope).await,
            Provider::LogInsights => log_insights::look(&wire, scope).await,
            Provider::ResourceState => resource_state::look(&wire, scope).await,
            Provider::Health => health::look(&wire, scope).await,
            Provider::DatabaseLoad => database_load::look(&wire, scope).await,
            Provider::Quotas => quotas::look(&wire, scope).await,
            Provider::SecurityFindings => security_findings::look(&wire, scope).await,
        }
    }
}

/// The IAM actions that a look at the provider takes.
pub const fn iam_actions(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Deployments => deployments::IAM,
        Provider::Pipelines => pipelines::IAM,
        Provider::StackEvents => stack_events::IAM,
        Provider::FunctionVersions => function_versions::IAM,
        Provider::ConfigurationItems => configuration_items::IAM,
        Provider::FaultyTraces => faulty_traces::IAM,
        Provider::LogInsights => log_insights::IAM,
        Provider::ResourceState => resource_state::IAM,
        Provider::Health => health::IAM,
        Provider::DatabaseLoad => database_load::IAM,
        Provider::Quotas => quotas::IAM,
        Provider::SecurityFindings => security_findings::IAM,
    }
}

/// How many calls go out at once: more would be throttled.
const AT_ONCE: usize = 4;
/// Of a query's comment on what is missing.
const LEFT_OUT_CHARS: usize = 600;

/// What each of `items` is answered with, in their order.
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
    wire: &Wire,
    operation: &Operation,
    input: &Input,
    paging: &Paging,
) -> Result<(Vec<Value>, bool), PortError> {
    let mut answers = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..paging.most {
        let answer = wire.json(operation, &input.clone().page(paging.sent, token.as_deref())).await?;
        token = answer::text(&answer, paging.told).filter(|token| !token.is_empty()).map(str::to_owned);
        answers.push(answer);
        if token.is_none() {
            break;
        }
    }
    Ok((answers, token.is_some()))
}
