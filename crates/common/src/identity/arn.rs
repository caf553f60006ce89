//! Amazon Resource Names, parsed, and the kinds of resources that Nightshift knows how to read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::partition::Partition;

/// `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    partition: String,
    service: String,
    region: String,
    account: String,
    resource: String,
}

/// Text that is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid ARN {0:?}: expected arn:partition:service:region:account:resource")]
pub struct InvalidArn(pub String);

/// The resource that an ARN names, with the names that the service's own API takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceKind {
    Alarm { name: String },
    Parameter { name: String },
    Function { name: String },
    FunctionAlias { function: String, alias: String },
    Instance { id: String },
    Service { cluster: String, service: String },
    Other,
}

impl Arn {
    pub fn new(service: &str, region: &str, account: &str, resource: &str) -> Self {
        Self {
            partition: Partition::of_region(region).id.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        }
    }

    pub fn partition(&self) -> &str {
        &self.partition
    }

    pub fn service(&self) -> &str {
        &self.service
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns true if the resource is of this account and region, and so of the region's partition. Any other is
    /// somebody else's: a name in a message, and never a target. Some services' ARNs have neither account nor region.
    pub fn is_of(&self, account: &str, region: &str) -> bool {
        self.account == account && self.region == region && self.partition == Partition::of_region(region).id
    }

    /// Returns true if nothing in the ARN says that the resource is another account's, region's or partition's. The ARNs
    /// of buckets, hosted zones, roles and APIs leave account, region or both empty. This is enough to tell of a
    /// resource, and never to act on one: that takes [`Arn::is_of`].
    pub fn may_be_of(&self, account: &str, region: &str) -> bool {
        let fits = |own: &str, wanted: &str| own.is_empty() || own == wanted;
        fits(&self.account, account)
            && fits(&self.region, region)
            && self.partition == Partition::of_region(region).id
    }

    pub fn kind(&self) -> ResourceKind {
        let resource = self.resource.as_str();
        match self.service.as_str() {
            "cloudwatch" => {
                resource.strip_prefix("alarm:").map(|name| ResourceKind::Alarm { name: name.to_owned() })
            }
            // A parameter `/a/b` is `parameter/a/b`, a parameter `c` is `parameter/c`.
            "ssm" => resource.strip_prefix("parameter/").map(|path| ResourceKind::Parameter {
                name: if path.contains('/') { format!("/{path}") } else { path.to_owned() },
            }),
            "lambda" => resource.strip_prefix("function:").map(|rest| match rest.split_once(':') {
                Some((function, alias)) => {
                    ResourceKind::FunctionAlias { function: function.to_owned(), alias: alias.to_owned() }
                }
                None => ResourceKind::Function { name: rest.to_owned() },
            }),
            "ec2" => {
                resource.strip_prefix("instance/").map(|id| ResourceKind::Instance { id: id.to_owned() })
            }
            "ecs" => resource.strip_prefix("service/").and_then(|rest| {
                rest.split_once('/').map(|(cluster, service)| ResourceKind::Service {
                    cluster: cluster.to_owned(),
                    service: service.to_owned(),
                })
            }),
            _ => None,
        }
        .unwrap_or(ResourceKind::Other)
    }

    /// The function that an alias belongs to, or the function itself; `None` for what is neither.
    pub fn function(&self) -> Option<Self> {
        match self.kind() {
            ResourceKind::Function { .. } => Some(self.clone()),
            ResourceKind::FunctionAlias { function, .. } => {
                Some(Self { resource: format!("function:{function}"), ..self.clone() })
            }
            _ => None,
        }
    }

    /// The component that this is, or is a part of: an alias is a way into its function.
    #[must_use]
    pub fn component(&self) -> Self {
        self.function().unwrap_or_else(|| self.clone())
    }

    /// The name a person would use: the last part of the resource.
    pub fn name(&self) -> String {
        match self.kind() {
            ResourceKind::Alarm { name }
            | ResourceKind::Parameter { name }
            | ResourceKind::Function { name } => name,
            ResourceKind::FunctionAlias { function, alias } => format!("{function}:{alias}"),
            ResourceKind::Instance { id } => id,
            ResourceKind::Service { cluster, service } => format!("{cluster}/{service}"),
            ResourceKind::Other => self.resource.clone(),
        }
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(|| InvalidArn(text.to_owned()));
        let (scheme, partition, service) = (next()?, next()?, next()?);
        let (region, account, resource) = (next()?, next()?, next()?);
        let plain = text.chars().all(|c| !c.is_control());
        if scheme != "arn"
            || Partition::from_id(partition).is_none()
            || service.is_empty()
            || resource.is_empty()
            || !plain
        {
            return Err(InvalidArn(text.to_owned()));
        }
        Ok(Self {
            partition: partition.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

impl TryFrom<String> for Arn {
    type Error = InvalidArn;

    fn try_from(text: String) -> Result<Self, InvalidArn> {
        text.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> String {
        arn.to_string()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(text: &str) -> ResourceKind {
        text.parse::<Arn>().unwrap().kind()
    }

    #[test]
    fn kind_of_each_known_resource_has_its_own_names() {
        assert_eq!(
            kind("arn:aws:ssm:eu-west-1:123456789012:parameter/shop/limit"),
            ResourceKind::Parameter { name: "/shop/limit".into() }
        );
        assert_eq!(
            kind("arn:aws:ssm:eu-west-1:123456789012:parameter/limit"),
            ResourceKind::Parameter { name: "limit".into() }
        );
        assert_eq!(
            kind("arn:aws:lambda:eu-west-1:123456789012:function:checkout:live"),
            ResourceKind::FunctionAlias { function: "checkout".into(), alias: "live".into() }
        );
        assert_eq!(
            kind("arn:aws:ecs:eu-west-1:123456789012:service/shop/web"),
            ResourceKind::Service { cluster: "shop".into(), service: "web".into() }
        );
        assert_eq!(kind("arn:aws:s3:::bucket"), ResourceKind::Other);
    }

    #[test]
    fn arn_of_every_partition_is_read_and_of_none_refused() {
        for (partition, region) in [
            ("aws", "eu-west-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-west-1"),
            ("aws-eusc", "eusc-de-east-1"),
            ("aws-iso", "us-iso-east-1"),
            ("aws-iso-b", "us-isob-east-1"),
            ("aws-iso-e", "eu-isoe-west-1"),
            ("aws-iso-f", "us-isof-south-1"),
        ] {
            let made = Arn::new("ec2", region, "123456789012", "instance/i-1");
            assert_eq!(made.to_string(), format!("arn:{partition}:ec2:{region}:123456789012:instance/i-1"));
            assert_eq!(made.to_string().parse::<Arn>().unwrap(), made);
        }
        for partition in ["awsome", "aws-", "gcp", ""] {
            assert!(format!("arn:{partition}:ec2:r:1:instance/i-1").parse::<Arn>().is_err(), "{partition}");
        }
    }

    #[test]
    fn is_of_only_the_same_account_region_and_partition() {
        for (arn, expected) in [
            ("arn:aws:ec2:eu-west-1:123456789012:instance/i-1", true),
            ("arn:aws:ec2:eu-west-1:999999999999:instance/i-1", false),
            ("arn:aws:ec2:us-east-1:123456789012:instance/i-1", false),
            ("arn:aws-cn:ec2:eu-west-1:123456789012:instance/i-1", false),
            ("arn:aws:s3:::bucket", false),
        ] {
            assert_eq!(arn.parse::<Arn>().unwrap().is_of("123456789012", "eu-west-1"), expected, "{arn}");
        }
    }

    #[test]
    fn may_be_of_whatever_does_not_say_otherwise() {
        for (arn, expected) in [
            ("arn:aws:ec2:eu-west-1:123456789012:instance/i-1", true),
            ("arn:aws:s3:::bucket", true),
            ("arn:aws:iam::123456789012:role/r", true),
            ("arn:aws:apigateway:eu-west-1::/restapis/a1", true),
            ("arn:aws:iam::999999999999:role/r", false),
            ("arn:aws:apigateway:us-east-1::/restapis/a1", false),
            ("arn:aws-cn:s3:::bucket", false),
        ] {
            assert_eq!(arn.parse::<Arn>().unwrap().may_be_of("123456789012", "eu-west-1"), expected, "{arn}");
        }
    }

    #[test]
    fn arn_control_characters_are_refused() {
        assert!("arn:aws:ec2:r:1:instance/i\n-1".parse::<Arn>().is_err());
    }

    proptest! {
        #[test]
        fn arn_text_survives_parsing(text in "arn:aws:[a-z0-9]{1,8}:[a-z0-9-]{0,12}:[0-9]{0,12}:[a-z:/ -]{1,30}") {
            prop_assert_eq!(text.parse::<Arn>().unwrap().to_string(), text);
        }

        #[test]
        fn arn_any_text_is_an_answer(text in any::<String>()) {
            if let Ok(arn) = text.parse::<Arn>() {
                let _ = (arn.kind(), arn.name());
            }
        }
    }
}
