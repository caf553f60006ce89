//! What was written in the account, from CloudTrail's event history.
//!
//! CloudTrail lists an event some minutes after it happened, usually five and up to fifteen: a change
//! that is not found may still come.

mod event;
mod subject;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::{
    Client,
    types::{LookupAttribute, LookupAttributeKey},
};
use common::{
    Arn,
    evidence::Change,
    ports::{Changes, Look, PortError},
};
use jiff::Timestamp;

use crate::{
    error::{failed, unreadable},
    query::aws,
    time::to_sdk,
};

/// Pages of fifty events: an account that writes more in the window is read in part.
const MAX_PAGES: usize = 10;
/// `LookupEvents` is granted twice a second for an account and region.
const BETWEEN_PAGES: Duration = Duration::from_millis(500);

/// The port `Changes`.
#[derive(Debug, Clone)]
pub struct CloudTrail {
    client: Client,
    own_roles: Vec<String>,
}

impl CloudTrail {
    /// `own_roles` are the names of Nightshift's automation roles.
    pub fn new(client: Client, own_roles: Vec<String>) -> Self {
        Self { client, own_roles }
    }

    pub fn from_config(config: &SdkConfig, own_roles: Vec<String>) -> Self {
        Self::new(Client::new(config), own_roles)
    }
}

impl Changes for CloudTrail {
    /// Where there are more events than ten pages hold, the newest are returned and the query's
    /// trailing comment says how far back they go: what is older was not read.
    async fn changes(
        &self,
        resources: &[Arn],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Look<Vec<Change>>, PortError> {
        let operation = || format!("LookupEvents from {from} to {to}");
        // Only one attribute may be asked for: this one leaves out what cannot have changed anything.
        let writes = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::ReadOnly)
            .attribute_value("false")
            .build()
            .map_err(|error| unreadable(operation(), error))?;
        let mut found = Vec::new();
        let mut oldest = to;
        let mut token: Option<String> = None;
        for page in 0..MAX_PAGES {
            if page > 0 {
                tokio::time::sleep(BETWEEN_PAGES).await;
            }
            let answer = self
                .client
                .lookup_events()
                .lookup_attributes(writes.clone())
                .start_time(to_sdk(from))
                .end_time(to_sdk(to))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            for event in answer.events() {
                let Some(text) = event.cloud_trail_event() else { continue };
                let event = event::read(text).map_err(|error| unreadable(operation(), error))?;
                oldest = event.at().map_or(oldest, |at| at.min(oldest));
                found.extend(event.changes_of(resources, &self.own_roles));
            }
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        found.sort_by_key(|change| std::cmp::Reverse(change.at));
        let complete = token.is_none();
        Ok(Look { query: query(from, to, (!complete).then_some(oldest)), found })
    }
}

fn query(from: Timestamp, to: Timestamp, read_back_to: Option<Timestamp>) -> String {
    let query = aws([
        "cloudtrail",
        "lookup-events",
        "--lookup-attributes",
        "AttributeKey=ReadOnly,AttributeValue=false",
        "--start-time",
        &from.to_string(),
        "--end-time",
        &to.to_string(),
    ]);
    match read_back_to {
        Some(oldest) => format!("{query} # too many events: nothing before {oldest} was read"),
        None => query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_of_a_partial_look_says_so() {
        let (from, to): (Timestamp, Timestamp) =
            ("2026-11-20T02:00:00Z".parse().unwrap(), "2026-11-20T03:00:00Z".parse().unwrap());
        assert!(!query(from, to, None).contains('#'));
        assert!(
            query(from, to, Some(to))
                .ends_with("# too many events: nothing before 2026-11-20T03:00:00Z was read")
        );
    }
}
