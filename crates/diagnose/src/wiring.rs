//! The ports of `diagnose` on AWS, as the environment says. What is optional and cannot be used is left
//! out and named in every diagnosis: a typing error in it must not cost an incident its diagnosis.

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
use common::{Gap, OwnRoles};
use diagnose::{Account, Asked, ContextPorts, Investigator, TelemetryPorts};
use futures_util::future::join_all;
use investigator::Bundles;
use kit::{EmbeddedMetrics, Error, optional, required};
use team_tools::{ServerTimeouts, ToolServer, ToolServers};

pub(crate) type AwsAccount = Account<
    AwsSymptoms,
    CloudWatchAlarms,
    TaggedResources,
    CloudTrail,
    AwsResources,
    TelemetryPorts<XRay, CloudWatchMetrics, CloudWatchLogs>,
    ContextPorts<AwsProviders, AwsConnections, S3Knowledge, ToolServers>,
>;

pub(crate) async fn account(
    config: &SdkConfig,
    own_roles: &OwnRoles,
    unusable: &mut Vec<Gap>,
) -> Result<AwsAccount, Error> {
    let files = optional("TEAM_KNOWLEDGE").and_then(|uri| usable("TEAM_KNOWLEDGE", uri.parse(), unusable));
    let knowledge = Options { files, knowledge_base_id: optional("KNOWLEDGE_BASE_ID") };
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
            team_tools: ToolServers::new(servers(config, unusable).await, ServerTimeouts::default())?,
        },
    })
}

pub(crate) fn investigator(
    config: &SdkConfig,
    unusable: &mut Vec<Gap>,
) -> Result<Investigator<Bedrock, EmbeddedMetrics>, Error> {
    let asked: Asked = required("MODEL")?.parse()?;
    let shipped = Bundles::shipped()?;
    let overrides = match asked {
        Asked::Never => None,
        Asked::InDoubt | Asked::Always => optional("MODEL_OVERRIDES"),
    };
    let (asked, bundles) = match overrides.map(|json| overridden(&shipped, &json)) {
        None => (asked, shipped),
        Some(Ok(bundles)) => (asked, bundles),
        // Not the bundle's own instead: the overrides may be there to bound or to guard it.
        Some(Err(error)) => {
            usable::<()>("MODEL_OVERRIDES", Err(error), unusable);
            (Asked::Never, shipped)
        }
    };
    Ok(Investigator {
        asked,
        model: Bedrock::from_config(config),
        counters: EmbeddedMetrics::from_environment(),
        bundles,
        // Eighty random bits after the time.
        fence: || ulid::Ulid::generate().to_string(),
    })
}

fn overridden(shipped: &Bundles, json: &str) -> Result<Bundles, Error> {
    Ok(shipped.clone().with_overrides(&serde_json::from_str(json)?)?)
}

/// The team's servers, each with the header that its parameter holds.
async fn servers(config: &SdkConfig, unusable: &mut Vec<Gap>) -> Vec<ToolServer> {
    let Some(json) = optional("TEAM_TOOLS") else { return Vec::new() };
    let servers = usable("TEAM_TOOLS", team_tools::parse_servers(&json), unusable).unwrap_or_default();
    let authorized = join_all(servers.into_iter().map(async |server| {
        let Some(name) = server.header_parameter() else { return Ok(server) };
        let header = secret(config, name).await.map_err(Error::from)?;
        server.with_authorization(&header).map_err(Error::from)
    }))
    .await;
    authorized.into_iter().filter_map(|server| usable("TEAM_TOOLS", server, unusable)).collect()
}

/// What was configured, or a gap that says what is wrong with it.
fn usable<T>(name: &str, read: Result<T, impl Into<Error>>, unusable: &mut Vec<Gap>) -> Option<T> {
    read.map_err(|error| {
        let reason = error.into().to_string();
        unusable.push(Gap { query: format!("the configuration {name}"), reason, context: true });
    })
    .ok()
}
