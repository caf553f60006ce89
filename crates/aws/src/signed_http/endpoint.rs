//! Finds a service's endpoint, and the region that a request to it is signed for.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use common::partition::Partition;

use super::{BoxError, operation::Service};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The URL, without a slash at its end.
    pub(super) url: String,
    pub(super) region: String,
}

/// The endpoint that the configuration names for the service, as the SDK does: one set in code first,
/// then `AWS_ENDPOINT_URL_<SERVICE>`, then `AWS_ENDPOINT_URL`; else the public one.
pub(super) fn resolve(service: &Service, config: &SdkConfig) -> Result<Endpoint, BoxError> {
    let region = config.region().ok_or("no region is configured")?.as_ref();
    if !is_region(region) {
        return Err(format!("{region:?} is no region").into());
    }
    let region = if service.global { Partition::of_region(region).global_region } else { region };
    let for_service = || {
        let key = ServiceConfigKey::builder()
            .service_id(service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        config.service_config()?.load_config(key)
    };
    let general = || config.endpoint_url().map(str::to_owned);
    let named = if config.get_origin("endpoint_url").is_client_config() {
        general()
    } else {
        for_service().or_else(general)
    };
    let url = named.unwrap_or_else(|| {
        let is_set = |setting: Option<bool>| setting == Some(true);
        public(service, region, is_set(config.use_fips()), is_set(config.use_dual_stack()))
    });
    Ok(Endpoint { url: url.trim_end_matches('/').to_owned(), region: region.to_owned() })
}

/// A region becomes a part of a host name: nothing else may.
fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Services whose only endpoints in `aws-us-gov` are the validated ones, so that they have no others for FIPS. Source: the
/// endpoint rules in botocore's data.
const VALIDATED_IN_GOVCLOUD: [&str; 4] = ["CloudTrail", "CloudWatch", "CloudWatch Logs", "SSM"];

/// Services that are asked at their dual-stack endpoint where the configuration wants one. Source: the same.
const DUAL_STACK: [&str; 5] = ["CloudTrail", "CloudWatch Logs", "Lambda", "SSM", "XRay"];

fn public(service: &Service, region: &str, fips: bool, dual_stack: bool) -> String {
    let partition = Partition::of_region(region);
    let is_dual_stack = dual_stack && DUAL_STACK.contains(&service.id);
    let suffix = if is_dual_stack { partition.dual_stack_dns_suffix } else { partition.dns_suffix };
    // In the other partitions IAM has one endpoint, which is the FIPS one too where there is any.
    let is_validated = partition.id == "aws-us-gov" && VALIDATED_IN_GOVCLOUD.contains(&service.id);
    let fips_suffix = if fips && !is_validated { "-fips" } else { "" };
    match (service.id, partition.id) {
        ("IAM", "aws") => format!("https://{}{fips_suffix}.{suffix}", partition.iam_host),
        ("IAM", _) => format!("https://{}.{suffix}", partition.iam_host),
        _ => format!("https://{}{fips_suffix}.{region}.{suffix}", service.host),
    }
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::*;
    use crate::signed_http::services::{CODE_DEPLOY, HEALTH, IAM, LAMBDA, RDS, SSM};

    fn config(region: &'static str) -> aws_types::sdk_config::Builder {
        SdkConfig::builder().region(Region::new(region))
    }

    #[test]
    fn endpoint_without_any_named_is_the_partitions_public_one() {
        for (service, region, url, signed_for) in [
            (&CODE_DEPLOY, "eu-west-1", "https://codedeploy.eu-west-1.amazonaws.com", "eu-west-1"),
            (&RDS, "cn-north-1", "https://rds.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (&HEALTH, "eu-west-1", "https://health.us-east-1.amazonaws.com", "us-east-1"),
            (&HEALTH, "us-gov-east-1", "https://health.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            (&IAM, "eu-central-1", "https://iam.amazonaws.com", "us-east-1"),
            (&IAM, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
            (&RDS, "eusc-de-east-1", "https://rds.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            (&HEALTH, "us-iso-west-1", "https://health.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            (&IAM, "us-isob-east-1", "https://iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ] {
            let endpoint = resolve(service, &config(region).build()).unwrap();
            assert_eq!((endpoint.url.as_str(), endpoint.region.as_str()), (url, signed_for));
        }
        for (service, region, url) in [
            (&LAMBDA, "eu-west-1", "https://lambda.eu-west-1.api.aws"),
            (&SSM, "cn-north-1", "https://ssm.cn-north-1.api.amazonwebservices.com.cn"),
            (&SSM, "us-iso-east-1", "https://ssm.us-iso-east-1.api.aws.ic.gov"),
            (&IAM, "eu-west-1", "https://iam.amazonaws.com"),
        ] {
            let endpoint = resolve(service, &config(region).use_dual_stack(true).build()).unwrap();
            assert_eq!(endpoint.url, url);
        }
        let fips = resolve(&CODE_DEPLOY, &config("us-east-2").use_fips(true).build()).unwrap();
        assert_eq!(fips.url, "https://codedeploy-fips.us-east-2.amazonaws.com");
        for (service, url) in [
            (&LAMBDA, "https://lambda-fips.us-gov-west-1.amazonaws.com"),
            (&SSM, "https://ssm.us-gov-west-1.amazonaws.com"),
        ] {
            let endpoint = resolve(service, &config("us-gov-west-1").use_fips(true).build()).unwrap();
            assert_eq!(endpoint.url, url);
        }
    }

    #[test]
    fn endpoint_of_no_region_or_one_that_is_a_host_is_refused() {
        assert!(resolve(&RDS, &SdkConfig::builder().build()).is_err());
        assert!(resolve(&RDS, &config("x.example.com/").build()).is_err());
    }
}
