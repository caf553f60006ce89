//! The reads of the account that `doctor` judges. A read that fails is a finding too.

use std::fmt::Display;

use aws::SdkConfig;
use aws_sdk_cloudformation::types::StackResourceSummary;
use aws_sdk_sns::types::Subscription;
use aws_sdk_ssm::operation::describe_document::DescribeDocumentError;
use common::{EventId, Fingerprint, IncidentId, ports::Incidents as _};
use jiff::Timestamp;

use super::{
    finding::Finding,
    judge::{self, Endpoints, Resource},
};
use crate::{
    account::{aws_failure::sentence, stack::Stack},
    failure::Failure,
    incidents::show::shipped_guard,
};

/// The finding of a read, or that it failed.
fn found<E: Display>(what: &str, looked: Result<Finding, E>) -> Finding {
    looked.unwrap_or_else(|error| Finding::fail(what, error.to_string()))
}

pub(super) async fn resources(config: &SdkConfig, stack: &Stack) -> Vec<Finding> {
    let client = aws_sdk_cloudformation::Client::new(config);
    let mut pages = client.list_stack_resources().stack_name(&stack.name).into_paginator().items().send();
    let mut listed = Vec::new();
    while let Some(resource) = pages.next().await {
        match resource {
            Ok(resource) => listed.push(Resource::from(resource)),
            Err(error) => {
                let operation = format!("cloudformation:ListStackResources {}", stack.name);
                return vec![Finding::fail("resources", sentence(&operation, &error))];
            }
        }
    }
    judge::resources(&listed)
}

impl From<StackResourceSummary> for Resource {
    fn from(resource: StackResourceSummary) -> Self {
        let status = resource.resource_status().map(|status| status.as_str().to_owned());
        Self {
            status: status.unwrap_or_default(),
            logical_id: resource.logical_resource_id.unwrap_or_default(),
            kind: resource.resource_type.unwrap_or_default(),
            reason: resource.resource_status_reason,
        }
    }
}

/// One read of an incident that is not there.
pub(super) async fn table(config: &SdkConfig, stack: &Stack) -> Finding {
    let look = async || {
        let name = stack.output("TableName")?;
        let nobody = IncidentId::opened_by(
            &EventId::from_content("doctor"),
            &Fingerprint::from_parts(&[]),
            Timestamp::UNIX_EPOCH,
        );
        stack.store(config)?.incident(nobody).await?;
        Ok::<_, Failure>(Finding::ok("table", format!("{name} answers")))
    };
    found("table", look().await)
}

pub(super) async fn mode(config: &SdkConfig, stack: &Stack) -> Finding {
    let look = async || {
        let name = format!("{}/mode", stack.output("ParameterPrefix").map_err(|error| error.to_string())?);
        let answer = match aws_sdk_ssm::Client::new(config).get_parameter().name(&name).send().await {
            Ok(answer) => answer,
            Err(error)
                if error.as_service_error().is_some_and(
                    aws_sdk_ssm::operation::get_parameter::GetParameterError::is_parameter_not_found,
                ) =>
            {
                return Ok(judge::missing_mode(&name));
            }
            Err(error) => return Err(sentence(&format!("ssm:GetParameter {name}"), &error)),
        };
        let value = answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
        Ok::<_, String>(judge::mode(&name, &value))
    };
    found("mode", look().await)
}

pub(super) async fn state_machines(config: &SdkConfig, stack: &Stack) -> Vec<Finding> {
    let client = aws_sdk_sfn::Client::new(config);
    let mut findings = Vec::new();
    for (what, output) in
        [("intake machine", "IntakeStateMachineArn"), ("incident machine", "IncidentStateMachineArn")]
    {
        let look = async || {
            let arn = stack.output(output).map_err(|error| error.to_string())?;
            let answer = client
                .describe_state_machine()
                .state_machine_arn(arn)
                .send()
                .await
                .map_err(|error| sentence(&format!("states:DescribeStateMachine {arn}"), &error))?;
            // An answer without a status is from before machines had one: they were active.
            let status = answer.status.as_ref().map_or("ACTIVE", |status| status.as_str());
            Ok::<_, String>(judge::state_machine(what, &answer.name, status))
        };
        findings.push(found(what, look().await));
    }
    findings
}

pub(super) async fn topics(config: &SdkConfig, stack: &Stack) -> Vec<Finding> {
    let client = aws_sdk_sns::Client::new(config);
    let mut findings = Vec::new();
    let mut endpoints = Vec::new();
    for (what, output) in [("alert topic", "AlertTopicArn"), ("fallback topic", "FallbackTopicArn")] {
        let look = async || {
            let arn = stack.output(output).map_err(|error| error.to_string())?;
            // The first hundred are enough to know that somebody hears.
            let answer = client
                .list_subscriptions_by_topic()
                .topic_arn(arn)
                .send()
                .await
                .map_err(|error| sentence(&format!("sns:ListSubscriptionsByTopic {arn}"), &error))?;
            let subscriptions = answer.subscriptions.unwrap_or_default();
            let confirmed = Endpoints(subscriptions.iter().filter_map(endpoint).collect());
            let arns: Vec<_> =
                subscriptions.into_iter().filter_map(|subscribed| subscribed.subscription_arn).collect();
            Ok::<_, String>((judge::topic(what, arn, &arns), confirmed))
        };
        match look().await {
            Ok((finding, confirmed)) => {
                findings.push(finding);
                endpoints.push(confirmed);
            }
            Err(error) => findings.push(Finding::fail(what, error)),
        }
    }
    if let [alert, fallback] = &endpoints[..] {
        findings.push(judge::fallback(alert, fallback));
    }
    findings
}

/// Returns where a confirmed subscription leads.
fn endpoint(subscription: &Subscription) -> Option<String> {
    subscription.subscription_arn().filter(|arn| arn.starts_with("arn:"))?;
    Some(format!("{} {}", subscription.protocol()?, subscription.endpoint()?))
}

/// The document of each action in the catalogue.
pub(super) async fn documents(config: &SdkConfig) -> Vec<Finding> {
    let guard = match shipped_guard() {
        Ok(guard) => guard,
        Err(failure) => return vec![Finding::fail("catalogue", failure.to_string())],
    };
    let client = aws_sdk_ssm::Client::new(config);
    let mut findings = Vec::new();
    for (_, action) in guard.catalogue.actions() {
        let name = &action.document;
        findings.push(match client.describe_document().name(name).send().await {
            Ok(answer) => {
                let status = answer.document.and_then(|document| document.status);
                judge::document(name, status.as_ref().map_or("without a status", |status| status.as_str()))
            }
            Err(error)
                if error.as_service_error().is_some_and(DescribeDocumentError::is_invalid_document) =>
            {
                judge::document(name, "missing")
            }
            Err(error) => {
                Finding::fail("document", sentence(&format!("ssm:DescribeDocument {name}"), &error))
            }
        });
    }
    findings
}
