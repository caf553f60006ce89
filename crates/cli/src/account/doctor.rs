//! `nightshift doctor`: what of the deployment is there and can be reached, and what to do about
//! what is not. It changes nothing.

mod finding;
mod judge;
mod look;

use crate::{
    Answer,
    account::{caller, stack::Stack},
    arguments::Format,
    failure::Failure,
};
use finding::{Finding, for_people, healthy};

pub(crate) async fn run(stack: &str, format: Format) -> Result<Answer, Failure> {
    let findings = examine(stack).await;
    let answer = Answer::of(format, &findings, || for_people(&findings));
    Ok(Answer { yes: healthy(&findings), ..answer })
}

/// Ends early where nothing further could be looked at.
async fn examine(stack: &str) -> Vec<Finding> {
    let config = aws::config().await;
    let mut findings = Vec::new();
    match caller::identify(&config).await {
        Ok(caller) => {
            findings.push(Finding::ok("credentials", format!("{} in {}", caller.arn, caller.region)));
        }
        Err(failure) => {
            findings.push(Finding::fail("credentials", failure.to_string()));
            return findings;
        }
    }
    let stack = match Stack::find(&config, stack).await {
        Ok(stack) => stack,
        Err(failure) => {
            findings.push(Finding::fail("stack", failure.to_string()));
            return findings;
        }
    };
    findings.push(judge::stack(&stack));
    findings.extend(look::resources(&config, &stack).await);
    findings.push(look::table(&config, &stack).await);
    findings.push(look::mode(&config, &stack).await);
    findings.extend(look::state_machines(&config, &stack).await);
    findings.extend(look::topics(&config, &stack).await);
    findings.extend(look::documents(&config).await);
    findings
}
