//! The ports of `diagnose` on AWS, as the environment says.

use aws::{
    SdkConfig,
    alarms::CloudWatchAlarms,
    changes::CloudTrail,
    connections::AwsConnections,
    logs::CloudWatchLogs,
    metrics::CloudWatchMetrics,
    model::Bedrock,
    modes::secret,
    providers::AwsProviders,
    resources::AwsResources,
    symptoms::AwsSymptoms,
    team_knowledge::{Options, S3Knowledge},
    topology::TaggedResources,
    traces::XRay,
};
use common::OwnRoles;
use diagnose::{Account, ContextPorts, Investigator, TelemetryPorts};
use investigator::{Bundles, Overrides};
use kit::{EmbeddedMetrics, Error, optional, required};
use team_tools::{Limits, Servers};

type AwsAccount = Account<
    AwsSymptoms,
    CloudWatchAlarms,
    TaggedResources,
    CloudTrail,
    AwsResources,
    TelemetryPorts<XRay, CloudWatchMetrics, CloudWatchLogs>,
    ContextPorts<AwsProviders, AwsConnections, S3Knowledge, Servers>,
>;

pub(crate) async fn account(config: &SdkConfig, own_roles: &OwnRoles) -> Result<AwsAccount, Error> {
    let knowledge = Options {
        files: optional("TEAM_KNOWLEDGE").map(|uri| uri.parse()).transpose()?,
        knowledge_base_id: optional("KNOWLEDGE_BASE_ID"),
    };
    Ok(Account {
        symptoms: AwsSymptoms::from_config(config),
        alarms: CloudWatchAlarms::from_config(config),
        topology: TaggedResources::from_config(config, required("APPLICATION_TAG")?),
        changes: CloudTrail::from_config(config, own_roles.clone()),
        resources: AwsResources::from_config(config),
        telemetry: TelemetryPorts {
            traces: XRay::from_config(config),
            metrics: CloudWatchMetrics::from_config(config),
            logs: CloudWatchLogs::from_config(config),
        },
        context: ContextPorts {
            providers: AwsProviders::from_config(config),
            connections: AwsConnections::from_config(config),
            knowledge: S3Knowledge::from_config(config, knowledge),
            team_tools: team_tools(config).await?,
        },
    })
}

pub(crate) fn investigator(config: &SdkConfig) -> Result<Investigator<Bedrock, EmbeddedMetrics>, Error> {
    let overrides: Overrides = kit::required_json("MODEL_OVERRIDES")?;
    Ok(Investigator {
        asked: required("MODEL")?.parse()?,
        model: Bedrock::from_config(config),
        counters: EmbeddedMetrics::from_environment(),
        bundles: Bundles::shipped()?.with(&overrides)?,
        // Eighty random bits after the time.
        fence: || ulid::Ulid::generate().to_string(),
    })
}

/// A server whose parameter cannot be read is asked without its header, and says no by itself: a gap.
async fn team_tools(config: &SdkConfig) -> Result<Servers, Error> {
    let mut servers = team_tools::servers(&required("TEAM_TOOLS")?)?;
    for server in &mut servers {
        let Some(name) = server.header_parameter() else { continue };
        if let Ok(header) = secret(config, name).await {
            *server = server.clone().authorized(&header)?;
        }
    }
    Ok(Servers::new(servers, Limits::default())?)
}
