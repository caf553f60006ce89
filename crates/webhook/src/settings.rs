//! Says which vendors and topics alerts are taken from.

use std::collections::BTreeSet;

use common::{Arn, Vendor, arn::InvalidArn, webhook_alert::InvalidVendor};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub vendors: BTreeSet<Vendor>,
    /// The topics whose subscriptions are confirmed, and whose messages are taken.
    pub sns_topics: BTreeSet<Arn>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    #[error("WEBHOOK_VENDORS")]
    Vendors(#[source] InvalidVendor),
    #[error("WEBHOOK_SNS_TOPICS")]
    Topics(#[source] InvalidArn),
}

impl Settings {
    /// Reads the two lists, whose members are separated by commas; an empty list allows none.
    pub fn parse(vendors: &str, topics: &str) -> Result<Self, InvalidSettings> {
        let vendors =
            items(vendors).map(str::parse).collect::<Result<_, _>>().map_err(InvalidSettings::Vendors)?;
        let sns_topics =
            items(topics).map(str::parse).collect::<Result<_, _>>().map_err(InvalidSettings::Topics)?;
        Ok(Self { vendors, sns_topics })
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_lists_and_an_unknown_member_is_an_error() {
        let topic = "arn:aws:sns:eu-west-1:123456789012:alerts";
        let settings = Settings::parse("alertmanager, sns", topic).unwrap();
        assert_eq!(settings.vendors, [Vendor::Alertmanager, Vendor::Sns].into());
        assert_eq!(settings.sns_topics, [topic.parse().unwrap()].into());
        assert_eq!(Settings::parse("", " ,").unwrap(), Settings::default());
        assert!(matches!(Settings::parse("nagios", ""), Err(InvalidSettings::Vendors(_))));
        assert!(matches!(Settings::parse("", "alerts"), Err(InvalidSettings::Topics(_))));
    }
}
