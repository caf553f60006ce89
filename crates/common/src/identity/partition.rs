//! The partitions of AWS: accounts, regions, names and domains of one mean nothing in another.

/// A partition, with the domains that differ from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// The second part of an ARN.
    pub id: &'static str,
    /// The beginnings of its regions' names; none for `aws`, which has all the others.
    region_prefixes: &'static [&'static str],
    /// The domain of its endpoints.
    pub dns_suffix: &'static str,
    /// The domain of its dual-stack endpoints.
    pub dual_stack_dns_suffix: &'static str,
    /// The region that its global services answer from.
    pub global_region: &'static str,
    /// The domain of IAM's endpoint before [`Partition::dns_suffix`].
    pub iam_host: &'static str,
    /// The domain of its console.
    pub console: &'static str,
}

/// As the SDKs have them: `partitions.json` (regions, domains) and `endpoints.json` (IAM) of botocore 1.42,
/// <https://github.com/boto/botocore/tree/develop/botocore/data>.
const PARTITIONS: [Partition; 8] = [
    Partition {
        id: "aws",
        region_prefixes: &[],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        global_region: "us-east-1",
        iam_host: "iam",
        console: "console.aws.amazon.com",
    },
    Partition {
        id: "aws-cn",
        region_prefixes: &["cn-"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        global_region: "cn-northwest-1",
        iam_host: "iam.cn-north-1",
        console: "console.amazonaws.cn",
    },
    Partition {
        id: "aws-us-gov",
        region_prefixes: &["us-gov-"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        global_region: "us-gov-west-1",
        iam_host: "iam.us-gov",
        console: "console.amazonaws-us-gov.com",
    },
    Partition {
        id: "aws-eusc",
        region_prefixes: &["eusc-"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        global_region: "eusc-de-east-1",
        iam_host: "iam.eusc-de-east-1",
        console: "console.amazonaws-eusc.eu",
    },
    Partition {
        id: "aws-iso",
        region_prefixes: &["us-iso-"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        global_region: "us-iso-east-1",
        iam_host: "iam.us-iso-east-1",
        console: "console.c2shome.ic.gov",
    },
    Partition {
        id: "aws-iso-b",
        region_prefixes: &["us-isob-"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        global_region: "us-isob-east-1",
        iam_host: "iam.us-isob-east-1",
        console: "console.sc2shome.sgov.gov",
    },
    Partition {
        id: "aws-iso-e",
        region_prefixes: &["eu-isoe-"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        global_region: "eu-isoe-west-1",
        iam_host: "iam.eu-isoe-west-1",
        console: "console.csphome.adc-e.uk",
    },
    Partition {
        id: "aws-iso-f",
        region_prefixes: &["us-isof-"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        global_region: "us-isof-south-1",
        iam_host: "iam.us-isof-south-1",
        console: "console.csphome.hci.ic.gov",
    },
];

impl Partition {
    /// Returns the partition of a region; `aws` for a region that is of no other.
    ///
    /// ```
    /// use common::partition::Partition;
    ///
    /// assert_eq!(Partition::of_region("eusc-de-east-1").dns_suffix, "amazonaws.eu");
    /// assert_eq!(Partition::of_region("eu-west-1").id, "aws");
    /// ```
    pub fn of_region(region: &str) -> Self {
        let [commercial, others @ ..] = PARTITIONS;
        let has =
            |partition: &Self| partition.region_prefixes.iter().any(|prefix| region.starts_with(prefix));
        others.into_iter().find(has).unwrap_or(commercial)
    }

    /// Returns the partition that an ARN names; `None` for what is none.
    pub fn from_id(id: &str) -> Option<Self> {
        PARTITIONS.into_iter().find(|partition| partition.id == id)
    }

    /// Returns the URL that SQS knows a queue by, in `region` of this partition.
    pub fn queue_url(self, region: &str, account: &str, name: &str) -> String {
        format!("https://sqs.{region}.{}/{account}/{name}", self.dns_suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_region_table() {
        for (region, expected) in [
            ("eu-west-1", "aws"),
            ("il-central-1", "aws"),
            ("mx-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-east-1", "aws-iso-f"),
            ("", "aws"),
        ] {
            assert_eq!(Partition::of_region(region).id, expected, "{region}");
        }
    }

    #[test]
    fn of_region_each_partition_is_that_of_its_global_region() {
        for partition in PARTITIONS {
            assert_eq!(Partition::of_region(partition.global_region), partition);
            assert_eq!(Partition::from_id(partition.id), Some(partition));
        }
        assert_eq!(Partition::from_id("aws-"), None);
    }
}
