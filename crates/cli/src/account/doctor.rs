//! `nightshift doctor` checks that the deployment is complete and reachable, and says how to fix what is not.
//! It changes nothing.

mod finding;
mod intake;
mod judge;
mod probes;

use crate::{
    Answer,
    account::{caller, session, stack::Stack},
    arguments::Format,
    failure::Failure,
};
use finding::{Finding, for_people, healthy};

pub(crate) async fn run(stack: &str, format: Format) -> Result<Answer, Failure> {
    let findings = examine(stack).await;
    let answer = Answer::formatted(format, &findings, || for_people(&findings));
    Ok(Answer { success: healthy(&findings), ..answer })
}

/// Stops early where nothing further can be checked.
async fn examine(stack: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let config = match session::load().await {
        Ok(config) => config,
        Err(failure) => return vec![Finding::fail("credentials", failure.to_string())],
    };
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
    findings.extend(probes::resources(&config, &stack).await);
    findings.push(probes::table(&config, &stack).await);
    findings.push(probes::mode(&config, &stack).await);
    findings.extend(probes::state_machines(&config, &stack).await);
    findings.push(intake::accounts(&config, &stack).await);
    findings.extend(probes::topics(&config, &stack).await);
    findings.extend(probes::documents(&config).await);
    findings
}
