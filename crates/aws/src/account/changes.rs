//! Reads the writes in the account from CloudTrail's event history.
//!
//! CloudTrail lists an event some minutes after it happened, usually five and up to fifteen: a change
//! that is not found may still come.

mod change;
mod cli_json;
mod event;
mod lookup;
mod record_resources;
mod subject;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use common::{
    Arn, OwnRoles, ResourceKind,
    evidence::{Change, Truncation},
    partition::Partition,
    ports::{Changes, PortError, Reading},
};
use jiff::{SignedDuration, Timestamp};

use self::{
    change::{Sought, changes_of},
    event::Event,
    lookup::{Attribute, Lookup},
};
use crate::{Clients, SignedClient, cli_command::aws, error::unreadable};

/// Pages of fifty events: an account that writes more in the window is read in part.
const MAX_PAGES: usize = 10;
/// Pages for one kind of event, or for one resource, which are rare.
const TARGET_CHANGE_PAGES: usize = 4;
/// CloudTrail keeps its event history for 90 days.
const TRAIL: SignedDuration = SignedDuration::from_hours(90 * 24);
/// `LookupEvents` is granted twice a second for an account and region.
const BETWEEN_PAGES: Duration = Duration::from_millis(500);

/// Pages of what global services wrote: roles, records and distributions are written far less often than the rest.
const GLOBAL_PAGES: usize = 4;

/// The port `Changes`.
#[derive(Debug, Clone)]
pub struct CloudTrail {
    client: SignedClient,
    /// Asks the region in whose event history the writes of global services are (IAM, Route 53, `CloudFront`); `None`
    /// where `client` asks that region. Source:
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>.
    global: Option<SignedClient>,
    own_roles: OwnRoles,
}

impl CloudTrail {
    pub const fn new(client: SignedClient, own_roles: OwnRoles) -> Self {
        Self { client, global: None, own_roles }
    }

    pub fn from_clients(clients: &Clients, own_roles: OwnRoles) -> Self {
        let here = clients.config().region().map_or("", |region| region.as_ref());
        let global = Partition::of_region(here).global_region;
        let elsewhere = (global != here).then(|| clients.signed.in_region(global));
        Self { global: elsewhere, ..Self::new(clients.signed.clone(), own_roles) }
    }
}

impl Changes for CloudTrail {
    /// Where there are more events than ten pages hold, the newest are returned and the truncation says
    /// how far back they go: what is older was not read.
    async fn changes(
        &self,
        resources: &[Arn],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        let writes = Attribute::Writes;
        let here = self.lookup(&self.client, writes, resources, Sought::Any, from, to, MAX_PAGES);
        let global = async {
            let client = self.global.as_ref()?;
            Some(self.lookup(client, writes, resources, Sought::Any, from, to, GLOBAL_PAGES).await)
        };
        let (here, global) = tokio::join!(here, global);
        let LookupResult { mut changes, back_to } = here?;
        let mut missing = back_to.map(truncation);
        match global {
            Some(Ok(global)) => {
                changes.extend(global.changes);
                changes.sort_by_key(|change| std::cmp::Reverse(change.at));
                missing = [missing, global.back_to.map(truncation)]
                    .into_iter()
                    .flatten()
                    .max_by_key(|truncation| truncation.reached);
            }
            // What IAM or Route 53 changed is then unknown, and that is to be said.
            Some(Err(error)) => {
                missing = Some(Truncation::new(format!("changes of global services: {error}")));
            }
            None => {}
        }
        Ok(Reading::new(command(writes, from, to), changes).truncated(missing))
    }

    /// One lookup for each name of event, however many resources there are.
    async fn target_changes(
        &self,
        resources: &[Arn],
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        let from = to.checked_sub(TRAIL).unwrap_or(Timestamp::MIN);
        let (mut commands, mut found, mut reached) = (Vec::new(), Vec::new(), None);
        let events: BTreeSet<&str> = resources.iter().flat_map(target_change_events).copied().collect();
        for event in events {
            let named = Attribute::EventName(event);
            let asked = Sought::Asked;
            let read =
                self.lookup(&self.client, named, resources, asked, from, to, TARGET_CHANGE_PAGES).await?;
            commands.push(command(named, from, to));
            reached = reached.max(read.back_to);
            found.extend(read.changes);
        }
        found.sort_by_key(|change| std::cmp::Reverse(change.at));
        Ok(Reading::new(commands.join("; "), found).truncated(reached.map(truncation)))
    }

    /// `CloudTrail` knows a resource by the name that its service's API takes.
    async fn changes_of(
        &self,
        resource: &Arn,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        let name = name_in_trail(resource);
        let named = Attribute::ResourceName(&name);
        let one = std::slice::from_ref(resource);
        let read =
            self.lookup(&self.client, named, one, Sought::Asked, from, to, TARGET_CHANGE_PAGES).await?;
        Ok(Reading::new(command(named, from, to), read.changes).truncated(read.back_to.map(truncation)))
    }
}

/// The writes to `resources`, to any alias of the functions among them, and to what else it names, that one CloudTrail
/// record tells of: what [`Changes::changes`] finds in it, for records that come from elsewhere.
pub fn changes_in(
    record: &str,
    resources: &[Arn],
    own_roles: &OwnRoles,
) -> Result<Vec<Change>, serde_json::Error> {
    Event::parse(record).map(|event| changes_of(&event, resources, Sought::Any, own_roles))
}

/// The changes that a lookup found, newest first, and how far back it went where that is not all the way.
struct LookupResult {
    changes: Vec<Change>,
    back_to: Option<Timestamp>,
}

impl CloudTrail {
    #[expect(clippy::too_many_arguments, reason = "the client, the attribute and the window of one call")]
    async fn lookup(
        &self,
        client: &SignedClient,
        attribute: Attribute<'_>,
        resources: &[Arn],
        sought: Sought,
        from: Timestamp,
        to: Timestamp,
        pages: usize,
    ) -> Result<LookupResult, PortError> {
        let lookup = Lookup::new(attribute, from, to);
        let mut changes = Vec::new();
        let mut oldest = to;
        let mut token: Option<String> = None;
        for page in 0..pages {
            if page > 0 {
                tokio::time::sleep(BETWEEN_PAGES).await;
            }
            let page = lookup.page(client, token.as_deref()).await?;
            for record in page.records() {
                let event = Event::parse(record).map_err(|error| unreadable(lookup.operation(), error))?;
                oldest = event.at().map_or(oldest, |at| at.min(oldest));
                changes.extend(changes_of(&event, resources, sought, &self.own_roles));
            }
            token = page.into_next();
            if token.is_none() {
                break;
            }
        }
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        Ok(LookupResult { changes, back_to: token.is_some().then_some(oldest) })
    }
}

/// The events that set what a resource points to, by the names that CloudTrail gives them.
fn target_change_events(resource: &Arn) -> &'static [&'static str] {
    match resource.kind() {
        ResourceKind::FunctionAlias { .. } => &["UpdateAlias20150331", "CreateAlias20150331"],
        ResourceKind::Service { .. } => &["UpdateService", "CreateService"],
        _ => &[],
    }
}

/// The name under which `CloudTrail` lists a resource: an instance's id, a service's ARN, a parameter's name.
fn name_in_trail(resource: &Arn) -> String {
    match resource.kind() {
        ResourceKind::FunctionAlias { function, .. } => function,
        ResourceKind::Service { .. } | ResourceKind::Other => resource.to_string(),
        _ => resource.name(),
    }
}

fn command(attribute: Attribute<'_>, from: Timestamp, to: Timestamp) -> String {
    aws([
        "cloudtrail",
        "lookup-events",
        "--lookup-attributes",
        &format!("AttributeKey={},AttributeValue={}", attribute.key(), attribute.value()),
        "--start-time",
        &from.to_string(),
        "--end-time",
        &to.to_string(),
    ])
}

fn truncation(oldest: Timestamp) -> Truncation {
    let reason = format!("too many events: nothing before {oldest} was read");
    Truncation { reason, reached: Some(oldest) }
}
