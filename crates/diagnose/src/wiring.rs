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
use investigator::{Bundles, GeographyChoice, Overrides};
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
    let region = config.region().map_or("", |region| region.as_ref());
    let geography = required("MODEL_GEOGRAPHY")?;
    let (ask, bundles) = match ask {
        AskModel::Never => (ask, Bundles::shipped()?),
        // Where one of them is unusable, not the bundle's own instead: they may be there to bound or to guard it.
        AskModel::InDoubt | AskModel::Always => match bundles(&geography, region, unusable)? {
            Some(bundles) => (ask, bundles),
            None => (AskModel::Never, Bundles::shipped()?),
        },
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

/// The shipped bundles with the deployment's geography and overrides; `None` where one of these is unusable.
fn bundles(geography: &str, region: &str, unusable: &mut Vec<Gap>) -> Result<Option<Bundles>, Error> {
    let json = optional("MODEL_OVERRIDES").unwrap_or_else(|| "{}".to_owned());
    let overrides = serde_json::from_str::<Overrides>(&json).map_err(Error::from);
    let Some(overrides) = usable("MODEL_OVERRIDES", overrides, unusable) else { return Ok(None) };
    let mut bundles = Bundles::shipped()?;
    if !overrides.name_every_model() {
        let moved = in_geography(bundles, geography, region);
        let Some(moved) = usable("MODEL_GEOGRAPHY", moved, unusable) else { return Ok(None) };
        bundles = moved;
    }
    Ok(usable("MODEL_OVERRIDES", bundles.with_overrides(&overrides).map_err(Error::from), unusable))
}

fn in_geography(bundles: Bundles, geography: &str, region: &str) -> Result<Bundles, Error> {
    let geography = geography.parse::<GeographyChoice>()?.in_region(region)?;
    Ok(bundles.in_geography(geography)?)
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
