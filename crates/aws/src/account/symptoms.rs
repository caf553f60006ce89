//! Observes the present state of symptoms: alarms, instances and ECS services.

mod alarm;
mod alarm_rule;
mod alarm_tiers;
mod evaluation;
mod instance;
mod metric;
mod service;

use common::{
    Observation, Symptom, SymptomState,
    alarm_evaluation::AlarmEvaluation,
    ports::{PortError, Reading, Symptoms},
};
use jiff::Timestamp;

use crate::{Clients, SignedClient, cli_command::aws};

/// The port `Symptoms`.
#[derive(Debug, Clone)]
pub struct AwsSymptoms {
    cloudwatch: aws_sdk_cloudwatch::Client,
    signed: SignedClient,
}

impl AwsSymptoms {
    pub const fn new(cloudwatch: aws_sdk_cloudwatch::Client, signed: SignedClient) -> Self {
        Self { cloudwatch, signed }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(clients.cloudwatch.clone(), clients.signed.clone())
    }
}

impl Symptoms for AwsSymptoms {
    async fn observe(&self, symptom: &Symptom) -> Result<Reading<Observation>, PortError> {
        match symptom {
            Symptom::Alarm { name } => alarm::observe(&self.cloudwatch, name).await,
            Symptom::Instance { id } => instance::observe(&self.signed, id).await,
            Symptom::EcsService { cluster, service } => {
                service::observe(&self.signed, cluster, service).await
            }
            Symptom::DeploymentGroup { application, group } => Ok(Reading::new(
                aws([
                    "deploy",
                    "list-deployments",
                    "--application-name",
                    application,
                    "--deployment-group-name",
                    group,
                ]),
                unknown("Nightshift does not read CodeDeploy: look at the deployment group yourself"),
            )),
            Symptom::Event { source, .. } => Ok(Reading::new(
                format!("the events of {source}"),
                unknown(format!("only {source} itself tells when this is over: look at it yourself")),
            )),
        }
    }

    async fn evaluation(
        &self,
        symptom: &Symptom,
        since: Timestamp,
    ) -> Result<Option<AlarmEvaluation>, PortError> {
        let Symptom::Alarm { name } = symptom else { return Ok(None) };
        evaluation::evaluation(&self.cloudwatch, name, since).await.map(Some)
    }
}

fn unknown(summary: impl Into<String>) -> Observation {
    Observation {
        state: SymptomState::Unknown,
        summary: summary.into(),
        since: None,
        excess: None,
        measured_from: None,
    }
}
