//! Connections between resources: applications by their tag, who reads which parameter, and who empties
//! which queue.

mod environment;
mod event_source;
mod tagging;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::BTreeMap;

use common::{
    Arn, ResourceKind,
    ports::{PortError, Reading, Topology},
    telemetry::CallGraph,
};

use self::tagging::Tagged;
use super::function_configuration::{FunctionConfiguration, function_configuration};
use crate::{Clients, SignedClient, cli_command::aws, error::unreadable};

/// Pages of a hundred resources. An application beyond that is not one that can be reasoned about.
const MAX_PAGES: usize = 50;

/// Pages of a hundred mappings: an account and region with more is read in vain.
const MAX_MAPPING_PAGES: usize = 10;

/// The port `Topology`.
#[derive(Debug, Clone)]
pub struct TaggedResources {
    signed: SignedClient,
    tag: String,
}

impl TaggedResources {
    /// `tag` is the key of the tag whose value is the application's name.
    pub fn new(signed: SignedClient, tag: impl Into<String>) -> Self {
        Self { signed, tag: tag.into() }
    }

    pub fn from_clients(clients: &Clients, tag: impl Into<String>) -> Self {
        Self::new(clients.signed.clone(), tag)
    }
}

/// The tags of resources as the service answers them, with the ARNs that were asked for.
struct Mappings {
    arns: Vec<String>,
    query: String,
    resources: Vec<Tagged>,
}

impl TaggedResources {
    async fn mappings(&self, resources: &[Arn]) -> Result<Mappings, PortError> {
        let mut arns = Vec::new();
        for arn in resources.iter().map(tagged) {
            if !arns.contains(&arn) {
                arns.push(arn);
            }
        }
        let words = ["resourcegroupstaggingapi", "get-resources", "--resource-arn-list"];
        let query = aws(words.into_iter().chain(arns.iter().map(String::as_str)));
        let mut found = Vec::new();
        for some in arns.chunks(tagging::MAX_ARNS) {
            found.extend(tagging::of_arns(&self.signed, some).await?);
        }
        Ok(Mappings { arns, query, resources: found })
    }
}

impl TaggedResources {
    /// The configuration of a function, or of the version that an alias runs.
    async fn configuration(&self, function: &Arn) -> Result<Reading<FunctionConfiguration>, PortError> {
        let (name, qualifier) = match function.kind() {
            ResourceKind::Function { name } => (name, None),
            ResourceKind::FunctionAlias { function, alias } => (function, Some(alias)),
            _ => {
                let operation = format!("GetFunctionConfiguration {function}");
                return Err(unreadable(operation, "only the configuration of a function is read"));
            }
        };
        let answer = function_configuration(&self.signed, function, &name, qualifier.as_deref()).await?;
        let mut words = vec!["lambda", "get-function-configuration", "--function-name", &name];
        if let Some(qualifier) = &qualifier {
            words.extend(["--qualifier", qualifier]);
        }
        Ok(Reading::new(aws(words), answer))
    }
}

impl Topology for TaggedResources {
    /// Where the resources' tags name several applications, the first resource's counts.
    async fn application_of(&self, resources: &[Arn]) -> Result<Reading<Option<String>>, PortError> {
        let Mappings { arns, query, resources } = self.mappings(resources).await?;
        let named = |arn: &String| {
            resources
                .iter()
                .filter(|resource| resource.arn == *arn)
                .find_map(|resource| application(resource, &self.tag))
        };
        Ok(Reading::new(query, arns.iter().find_map(named)))
    }

    async fn tags_of(
        &self,
        resources: &[Arn],
    ) -> Result<Reading<BTreeMap<Arn, BTreeMap<String, String>>>, PortError> {
        let Mappings { query, resources: found, .. } = self.mappings(resources).await?;
        let of_resource = |resource: &Arn| {
            let tags = found.iter().find(|found| found.arn == tagged(resource))?.tags();
            Some((resource.clone(), tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
        };
        Ok(Reading::new(query, resources.iter().filter_map(of_resource).collect()))
    }

    async fn resources_of(&self, application: &str) -> Result<Reading<Vec<Arn>>, PortError> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page =
                tagging::of_value(&self.signed, (self.tag.as_str(), application), token.as_deref()).await?;
            token = page.next().map(str::to_owned);
            // An ARN that is none to us is of a kind that nothing here reads.
            let arns = page.into_resources().into_iter();
            found.extend(arns.filter_map(|resource| resource.arn.parse::<Arn>().ok()));
            if token.is_none() {
                let filter = format!("Key={},Values={application}", self.tag);
                let query = aws(["resourcegroupstaggingapi", "get-resources", "--tag-filters", &filter]);
                return Ok(Reading::new(query, found));
            }
        }
        let operation = format!("GetResources of {} {application:?}", self.tag);
        Err(unreadable(operation, "it has more than 5000 resources"))
    }

    /// The environment's values are compared here and go no further.
    async fn read_by(&self, function: &Arn, parameters: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError> {
        let operation = format!("GetFunctionConfiguration {function}");
        let Reading { command, value: answer, .. } = self.configuration(function).await?;
        if let Some(error) = answer.environment.as_ref().and_then(|environment| environment.error.as_ref()) {
            let why = error.error_code.as_deref().unwrap_or_default();
            return Err(unreadable(operation, format!("Lambda could not decrypt its environment: {why}")));
        }
        let values = answer.environment_values();
        let found =
            parameters.iter().filter(|parameter| environment::names(&values, parameter)).cloned().collect();
        Ok(Reading::new(command, found))
    }

    async fn used_by(&self, function: &Arn, known: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError> {
        let Reading { command, value: answer, .. } = self.configuration(function).await?;
        Ok(Reading::new(command, uses::used_by(function, &answer, known).into_iter().collect()))
    }

    /// All of the account and region: asked for each function alone, they would be a call each.
    async fn event_sources(&self) -> Result<Reading<CallGraph>, PortError> {
        let mut mappings = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MAX_MAPPING_PAGES {
            let page = event_source::page(&self.signed, marker.as_deref()).await?;
            marker = page.next().map(str::to_owned);
            mappings.extend(page.into_mappings());
            if marker.is_none() {
                let query = aws(["lambda", "list-event-source-mappings"]);
                return Ok(Reading::new(query, event_source::graph(&mappings)));
            }
        }
        let why = format!("there are more than {MAX_MAPPING_PAGES} pages of mappings");
        Err(unreadable("ListEventSourceMappings", why))
    }
}

/// The ARN that carries the tags: an alias has none of its own.
fn tagged(arn: &Arn) -> String {
    match arn.kind() {
        ResourceKind::FunctionAlias { alias, .. } => {
            let text = arn.to_string();
            text.strip_suffix(&format!(":{alias}")).map_or(text.clone(), str::to_owned)
        }
        _ => arn.to_string(),
    }
}

fn application(resource: &Tagged, tag: &str) -> Option<String> {
    resource.tags().find(|(key, _)| *key == tag).map(|(_, value)| value.to_owned())
}
