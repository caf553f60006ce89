//! Reads pages of CloudTrail's event history.

use common::ports::PortError;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::{
    signed_http::{Input, Operation, SignedClient, services::CLOUD_TRAIL},
    time::to_epoch_seconds,
};

/// Fifty records, each of up to 256 KB and escaped:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>.
const LOOKUP: Operation = Operation::new(&CLOUD_TRAIL, "LookupEvents").of_at_most(20_000_000);

/// The one attribute that a lookup may ask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute<'a> {
    /// Leaves out what cannot have changed anything.
    Writes,
    EventName(&'a str),
    ResourceName(&'a str),
}

impl<'a> Attribute<'a> {
    /// The attribute as `LookupEvents` names it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Writes => "ReadOnly",
            Self::EventName(_) => "EventName",
            Self::ResourceName(_) => "ResourceName",
        }
    }

    pub(super) const fn value(self) -> &'a str {
        match self {
            Self::Writes => "false",
            Self::EventName(value) | Self::ResourceName(value) => value,
        }
    }
}

/// Events, the newest first, and where the next ones begin.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Page {
    events: Option<Vec<ListedEvent>>,
    next_token: Option<String>,
}

/// An event as it is listed: its record is a text of JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedEvent {
    cloud_trail_event: Option<String>,
}

impl Page {
    pub(super) fn records(&self) -> impl Iterator<Item = &str> {
        self.events.iter().flatten().filter_map(|event| event.cloud_trail_event.as_deref())
    }

    pub(super) fn into_next(self) -> Option<String> {
        self.next_token.filter(|token| !token.is_empty())
    }
}

/// The lookup of an attribute in a window, of which pages are read.
#[derive(Debug)]
pub(super) struct Lookup {
    input: Input,
}

impl Lookup {
    pub(super) fn new(attribute: Attribute<'_>, from: Timestamp, to: Timestamp) -> Self {
        let (key, value) = (attribute.key(), attribute.value());
        let body = json!({
            "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}],
            "StartTime": to_epoch_seconds(from),
            "EndTime": to_epoch_seconds(to),
        });
        Self { input: Input::new(format!("{value} from {from} to {to}")).body(body) }
    }

    /// The lookup as an error names it.
    pub(super) fn operation(&self) -> String {
        format!("{} {}", LOOKUP.name(), self.input.about())
    }

    pub(super) async fn page(&self, client: &SignedClient, after: Option<&str>) -> Result<Page, PortError> {
        client.parsed(&LOOKUP, &self.input.clone().page("NextToken", after)).await
    }
}
