//! Finds what a function uses by its configuration: its role, its network, its keys, and the data stores that its
//! environment names by endpoint, ARN or name. The environment's values go no further.

use std::collections::BTreeSet;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use common::{Arn, endpoint::resource_behind};

use super::environment::is_named;

/// Returns what the configuration of `function` names, of its own account and region. Of `known` a bare name is enough.
pub(super) fn used_by(
    function: &Arn,
    configuration: &GetFunctionConfigurationOutput,
    known: &[Arn],
) -> BTreeSet<Arn> {
    let (region, account) = (function.region(), function.account());
    let mut texts: Vec<&str> =
        [configuration.role(), configuration.kms_key_arn()].into_iter().flatten().collect();
    texts.extend(configuration.dead_letter_config().and_then(|queue| queue.target_arn()));
    texts
        .extend(configuration.file_system_configs().iter().map(aws_sdk_lambda::types::FileSystemConfig::arn));
    let variables = configuration.environment().and_then(|environment| environment.variables());
    let values: Vec<&str> =
        variables.map(|all| all.values().map(String::as_str).collect()).unwrap_or_default();
    texts.extend(&values);
    let network = configuration.vpc_config();
    let groups =
        network.map(aws_sdk_lambda::types::VpcConfigResponse::security_group_ids).unwrap_or_default();
    let groups = groups.iter().map(|id| Arn::new("ec2", region, account, &format!("security-group/{id}")));
    let named = texts.into_iter().filter_map(|text| {
        text.parse::<Arn>().ok().or_else(|| resource_behind(text, region, account)).or_else(|| queue(text))
    });
    let by_name = known.iter().filter(|arn| is_named(&values, arn)).cloned();
    let all = named.chain(groups).chain(by_name);
    all.filter(|arn| arn.may_be_of(account, region) && arn.component() != function.component()).collect()
}

/// `https://sqs.<region>.amazonaws.com/<account>/<name>`
fn queue(text: &str) -> Option<Arn> {
    let rest = text.strip_prefix("https://sqs.")?;
    let (host, path) = rest.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    format!("arn:aws:sqs:{}:{account}:{name}", host.split('.').next()?).parse().ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{EnvironmentResponse, VpcConfigResponse};

    use super::*;

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
    }

    fn used(value: &str, known: &[Arn]) -> Vec<String> {
        let environment = EnvironmentResponse::builder().variables("X", value).build();
        let configuration = GetFunctionConfigurationOutput::builder().environment(environment).build();
        used_by(&arn("lambda:@:function:f"), &configuration, known).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn used_by_environment_names_stores_by_endpoint_arn_url_and_known_name() {
        let known = [arn("dynamodb:@:table/carts"), arn("s3:::originals")];
        for (value, expected) in [
            ("postgres://app:x@orders.c9ak.eu-west-1.rds.amazonaws.com:5432/shop", "rds:@:db:orders"),
            ("shop.c1e2x3.0001.euw1.cache.amazonaws.com:6379", "elasticache:@:cluster:shop"),
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "sqs:@:jobs"),
            ("https://sqs.eu-west-1.amazonaws.com/999999999999/jobs", ""),
            ("arn:aws:sns:eu-west-1:123456789012:paid", "sns:@:paid"),
            ("arn:aws:sns:eu-west-1:999999999999:paid", ""),
            ("carts", "dynamodb:@:table/carts"),
            ("originals", "s3:::originals"),
            ("carts2", ""),
            ("production", ""),
        ] {
            let expected: Vec<String> =
                if expected.is_empty() { Vec::new() } else { vec![arn(expected).to_string()] };
            assert_eq!(used(value, &known), expected, "{value}");
        }
    }

    #[test]
    fn used_by_role_and_network_are_told() {
        let network = VpcConfigResponse::builder().security_group_ids("sg-1").build();
        let configuration = GetFunctionConfigurationOutput::builder()
            .role("arn:aws:iam::123456789012:role/service-role/receipts")
            .vpc_config(network)
            .build();
        let found = used_by(&arn("lambda:@:function:f"), &configuration, &[]);
        let expected = ["ec2:@:security-group/sg-1", "iam::123456789012:role/service-role/receipts"];
        assert_eq!(found, expected.map(arn).into());
    }
}
