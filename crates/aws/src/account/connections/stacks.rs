//! Reads the `CloudFormation` stacks that resources belong to.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn,
    ports::{ConnectionSource, PortError, PortErrorKind, Reading},
    topology::{Component, Connected, EdgeKind},
};

use super::describe::{component, of_physical_id, physical_id};
use crate::{
    cli_command::aws,
    is_about_absent_stack,
    signed_http::{
        Input, Operation, SignedClient, refusal,
        services::CLOUD_FORMATION,
        xml::{child_text, document, members, text_below},
    },
};

const BY_RESOURCE: Operation = Operation::new(&CLOUD_FORMATION, "DescribeStackResources");
const OF_STACK: Operation = Operation::new(&CLOUD_FORMATION, "ListStackResources");
pub(super) const IAM: &[&str] =
    &["cloudformation:DescribeStackResources", "cloudformation:ListStackResources"];

/// Most resources whose stack is asked for. Those of a stack that is known already are not asked about.
const MOST_ASKED: usize = 20;
/// `DescribeStackResources` gives no more, and does not say that there are.
const PAGE: usize = 100;
/// A stack has no more than five hundred resources.
const MOST_PAGES: usize = 5;

/// A stack and what it made.
#[derive(Debug, Default, PartialEq, Eq)]
struct Stack {
    /// Its id.
    arn: Option<Arn>,
    members: Vec<StackMember>,
}

#[derive(Debug, PartialEq, Eq)]
struct StackMember {
    /// `AWS::Lambda::Function`
    kind: String,
    /// Its id in the stack: a name, a URL or an ARN.
    id: String,
}

pub(super) async fn read_stacks(
    client: &SignedClient,
    resources: &[Arn],
) -> Result<Reading<Connected>, PortError> {
    let mut connected = Connected::from_source(ConnectionSource::Stacks);
    let mut stacks: BTreeMap<Arn, Stack> = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut asked: Vec<String> = Vec::new();
    let mut left = 0usize;
    for id in resources.iter().filter_map(physical_id) {
        if known.contains(&id) || asked.contains(&id) {
            continue;
        }
        if asked.len() >= MOST_ASKED {
            left = left.saturating_add(1);
            continue;
        }
        asked.push(id.clone());
        match of_resource(client, &id).await {
            Ok(Some(stack)) => {
                known.extend(stack.members.iter().map(|member| member.id.clone()));
                if let Some(arn) = &stack.arn {
                    stacks.insert(arn.clone(), stack);
                }
            }
            Ok(None) => {}
            // Another one would be refused too.
            Err(error) if stacks.is_empty() => return Err(error),
            Err(error) => connected.missed(&error),
        }
    }
    if left > 0 {
        connected.gap("stacks", &format!("whether stacks made {left} other resources was not asked"));
    }
    for (arn, stack) in &stacks {
        connect(arn, stack, &mut connected);
    }
    let queries = asked
        .iter()
        .map(|id| aws(["cloudformation", "describe-stack-resources", "--physical-resource-id", id]));
    Ok(Reading::new(queries.collect::<Vec<_>>().join("; "), connected))
}

fn connect(arn: &Arn, stack: &Stack, connected: &mut Connected) {
    // `stack/<name>/<id>`
    let name = arn.resource().split('/').nth(1).unwrap_or(arn.resource()).to_owned();
    let it = Component { name, ..Component::from_resource(arn.clone(), "AWS::CloudFormation::Stack") };
    for StackMember { kind, id } in &stack.members {
        if let Some(member) = of_physical_id(kind, id, arn) {
            let whole = component(&member);
            // An alias is its function, which has a type of its own.
            let is_whole = whole.resource.as_ref() == Some(&member);
            let kind = if is_whole { kind.clone() } else { whole.kind.clone() };
            connected.connect(it.clone(), EdgeKind::StackOf, Component { kind, ..whole });
        }
    }
}

/// The stack that made what goes by this physical id; `None` where none did.
async fn of_resource(client: &SignedClient, id: &str) -> Result<Option<Stack>, PortError> {
    let input = Input::new(id).pair("PhysicalResourceId", id);
    let answer = match client.text(&BY_RESOURCE, &input).await {
        Ok(answer) => answer,
        Err(error)
            if error.kind == PortErrorKind::NotFound || is_about_absent_stack(refusal::message(&error)) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut stack = described(&answer)?;
    if let Some(arn) = stack.arn.clone().filter(|_| stack.members.len() >= PAGE) {
        stack.members = all_of(client, &arn).await?;
    }
    Ok(stack.arn.is_some().then_some(stack))
}

async fn all_of(client: &SignedClient, stack: &Arn) -> Result<Vec<StackMember>, PortError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let input = Input::new(stack.name()).pair("StackName", stack.to_string());
        let answer = client.text(&OF_STACK, &input.page("NextToken", token.as_deref())).await?;
        let (members, next) = listed(&answer)?;
        found.extend(members);
        token = next;
        if token.is_none() {
            break;
        }
    }
    Ok(found)
}

fn described(answer: &str) -> Result<Stack, PortError> {
    let document = document(answer, BY_RESOURCE.name())?;
    let all = members(document.root(), "StackResources");
    let arn = all.iter().find_map(|member| child_text(*member, "StackId")?.parse().ok());
    Ok(Stack { arn, members: all.into_iter().filter_map(member).collect() })
}

fn listed(answer: &str) -> Result<(Vec<StackMember>, Option<String>), PortError> {
    let document = document(answer, OF_STACK.name())?;
    let found = members(document.root(), "StackResourceSummaries").into_iter().filter_map(member).collect();
    Ok((found, text_below(document.root(), "NextToken").map(str::to_owned)))
}

/// Reads one resource of a stack. One that failed to be made, or is gone, has no id and is left out.
fn member(node: roxmltree::Node<'_, '_>) -> Option<StackMember> {
    let is_gone = child_text(node, "ResourceStatus") == Some("DELETE_COMPLETE");
    let kind = child_text(node, "ResourceType").filter(|_| !is_gone)?.to_owned();
    Some(StackMember { kind, id: child_text(node, "PhysicalResourceId")?.to_owned() })
}
