//! Builds the ports of `diagnose` on AWS, as the environment says. What is optional and cannot be used is
//! left out and named in every diagnosis: a typing error in it must not cost an incident its diagnosis.

use aws::{
    Clients, SdkConfig,
    alarms::CloudWatchAlarms,
    changes::CloudTrail,
    connections::AwsConnections,
    context_sources::AwsContextSources,
    logs::CloudWatchLogs,
    metrics::CloudWatchMetrics,
    model::Bedrock,
    modes::secret,
    resources::AwsResources,
    symptoms::AwsSymptoms,
    team_knowledge::{Options, S3Knowledge},
    topology::TaggedResources,
    traces::XRay,
};
use common::{Gap, OwnRoles, evidence::ReadSource};
use diagnose::{Account, AskModel, Investigator};
use futures_util::future::join_all;
use investigator::Bundles;
use kit::{EmbeddedMetrics, Error, optional, required};
use team_tools::{ServerTimeouts, ToolServer, ToolServers};

/// The account on the SDK, its ports sharing one client a service.
pub(crate) struct AwsAccount {
    symptoms: AwsSymptoms,
    alarms: CloudWatchAlarms,
    topology: TaggedResources,
    changes: CloudTrail,
    resources: AwsResources,
    traces: XRay,
    metrics: CloudWatchMetrics,
    logs: CloudWatchLogs,
    context: AwsContextSources,
    connections: AwsConnections,
    knowledge: S3Knowledge,
    team_tools: ToolServers,
}

impl Account for AwsAccount {
    type Symptoms = AwsSymptoms;
    type Alarms = CloudWatchAlarms;
    type Topology = TaggedResources;
    type Changes = CloudTrail;
    type Resources = AwsResources;
    type Findings = AwsResources;
    type Traces = XRay;
    type Metrics = CloudWatchMetrics;
    type Logs = CloudWatchLogs;
    type Context = AwsContextSources;
    type Connections = AwsConnections;
    type Knowledge = S3Knowledge;
    type TeamTools = ToolServers;

    fn symptoms(&self) -> &AwsSymptoms {
        &self.symptoms
    }

    fn alarms(&self) -> &CloudWatchAlarms {
        &self.alarms
    }

    fn topology(&self) -> &TaggedResources {
        &self.topology
    }

    fn changes(&self) -> &CloudTrail {
        &self.changes
    }

    fn resources(&self) -> &AwsResources {
        &self.resources
    }

    fn findings(&self) -> &AwsResources {
        &self.resources
    }

    fn traces(&self) -> &XRay {
        &self.traces
    }

    fn metrics(&self) -> &CloudWatchMetrics {
        &self.metrics
    }

    fn logs(&self) -> &CloudWatchLogs {
        &self.logs
    }

    fn context(&self) -> &AwsContextSources {
        &self.context
    }

    fn connections(&self) -> &AwsConnections {
        &self.connections
    }

    fn knowledge(&self) -> &S3Knowledge {
        &self.knowledge
    }

    fn team_tools(&self) -> &ToolServers {
        &self.team_tools
    }
}

pub(crate) async fn account(
    clients: &Clients,
    own_roles: &OwnRoles,
    unusable: &mut Vec<Gap>,
) -> Result<AwsAccount, Error> {
    let files = optional("TEAM_KNOWLEDGE").and_then(|uri| usable("TEAM_KNOWLEDGE", uri.parse(), unusable));
    let knowledge = Options { files, knowledge_base_id: optional("KNOWLEDGE_BASE_ID") };
    Ok(AwsAccount {
        symptoms: AwsSymptoms::from_clients(clients),
        alarms: CloudWatchAlarms::from_clients(clients),
        topology: TaggedResources::from_clients(clients, required("APPLICATION_TAG")?),
        changes: CloudTrail::from_clients(clients, own_roles.clone()),
        resources: AwsResources::from_clients(clients),
        traces: XRay::from_clients(clients),
        metrics: CloudWatchMetrics::from_clients(clients),
        logs: CloudWatchLogs::from_clients(clients),
        context: AwsContextSources::from_clients(clients),
        connections: AwsConnections::from_clients(clients),
        knowledge: S3Knowledge::from_clients(clients, knowledge),
        team_tools: ToolServers::new(servers(clients, unusable).await, ServerTimeouts::default())?,
    })
}

pub(crate) fn investigator(
    config: &SdkConfig,
    unusable: &mut Vec<Gap>,
) -> Result<Investigator<Bedrock, EmbeddedMetrics>, Error> {
    let ask: AskModel = required("MODEL")?.parse()?;
    let shipped = Bundles::shipped()?;
    let overrides = match ask {
        AskModel::Never => None,
        AskModel::InDoubt | AskModel::Always => optional("MODEL_OVERRIDES"),
    };
    let (ask, bundles) = match overrides.map(|json| overridden(&shipped, &json)) {
        None => (ask, shipped),
        Some(Ok(bundles)) => (ask, bundles),
        // Not the bundle's own instead: the overrides may be there to bound or to guard it.
        Some(Err(error)) => {
            usable::<()>("MODEL_OVERRIDES", Err(error), unusable);
            (AskModel::Never, shipped)
        }
    };
    Ok(Investigator {
        ask,
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
async fn servers(clients: &Clients, unusable: &mut Vec<Gap>) -> Vec<ToolServer> {
    let Some(json) = optional("TEAM_TOOLS") else { return Vec::new() };
    let servers = usable("TEAM_TOOLS", team_tools::parse_servers(&json), unusable).unwrap_or_default();
    let authorized = join_all(servers.into_iter().map(async |server| {
        let Some(name) = server.header_parameter() else { return Ok(server) };
        let header = secret(clients, name).await.map_err(Error::from)?;
        server.with_authorization(&header).map_err(Error::from)
    }))
    .await;
    authorized.into_iter().filter_map(|server| usable("TEAM_TOOLS", server, unusable)).collect()
}

/// Returns the configured value, or records a gap that says what is wrong with it.
fn usable<T>(name: &str, read: Result<T, impl Into<Error>>, unusable: &mut Vec<Gap>) -> Option<T> {
    read.map_err(|error| {
        let reason = error.into().to_string();
        let source = ReadSource::Configuration(name.to_owned());
        unusable.push(Gap::new(source, &format!("the configuration {name}"), &reason));
    })
    .ok()
}
