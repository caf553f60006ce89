//! Whether a symptom is there: alarms, instances and ECS services as they are now.

mod alarm;
mod instance;
mod metric;
mod service;

use aws_config::SdkConfig;
use common::{
    Observation, Symptom, SymptomState,
    ports::{PortError, Reading, Symptoms},
};

use crate::query::aws;

/// The port `Symptoms`.
#[derive(Debug, Clone)]
pub struct AwsSymptoms {
    cloudwatch: aws_sdk_cloudwatch::Client,
    ec2: aws_sdk_ec2::Client,
    ecs: aws_sdk_ecs::Client,
}

impl AwsSymptoms {
    pub fn new(
        cloudwatch: aws_sdk_cloudwatch::Client,
        ec2: aws_sdk_ec2::Client,
        ecs: aws_sdk_ecs::Client,
    ) -> Self {
        Self { cloudwatch, ec2, ecs }
    }

    pub fn from_config(config: &SdkConfig) -> Self {
        Self::new(
            aws_sdk_cloudwatch::Client::new(config),
            aws_sdk_ec2::Client::new(config),
            aws_sdk_ecs::Client::new(config),
        )
    }
}

impl Symptoms for AwsSymptoms {
    async fn observe(&self, symptom: &Symptom) -> Result<Reading<Observation>, PortError> {
        match symptom {
            Symptom::Alarm { name } => alarm::observe(&self.cloudwatch, name).await,
            Symptom::Instance { id } => instance::observe(&self.ec2, id).await,
            Symptom::EcsService { cluster, service } => service::observe(&self.ecs, cluster, service).await,
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
        }
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
