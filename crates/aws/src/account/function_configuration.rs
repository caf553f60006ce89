//! Reads the configuration of a function: where it logs, what it uses, and what its environment holds.

use std::collections::BTreeMap;

use common::{Arn, ports::PortError};
use serde::Deserialize;
use serde_json::Value;

use crate::signed_http::{Input, Operation, SignedClient, services::LAMBDA};

const CONFIGURATION: Operation =
    Operation::at(&LAMBDA, "GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration");

/// The parts of a configuration that are looked at; what the answer leaves out is `None`. It cannot be printed, because
/// an environment may hold secrets:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct FunctionConfiguration {
    pub(crate) dead_letter_config: Option<DeadLetterConfig>,
    pub(crate) environment: Option<Environment>,
    pub(crate) file_system_configs: Option<Vec<FileSystemConfig>>,
    #[serde(rename = "KMSKeyArn")]
    pub(crate) kms_key_arn: Option<String>,
    pub(crate) logging_config: Option<LoggingConfig>,
    pub(crate) role: Option<String>,
    pub(crate) vpc_config: Option<VpcConfig>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeadLetterConfig {
    pub(crate) target_arn: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Environment {
    variables: Option<BTreeMap<String, Value>>,
    /// The reason why Lambda gives no variables.
    pub(crate) error: Option<EnvironmentError>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct EnvironmentError {
    pub(crate) error_code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct FileSystemConfig {
    pub(crate) arn: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct LoggingConfig {
    pub(crate) log_group: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct VpcConfig {
    pub(crate) security_group_ids: Option<Vec<String>>,
}

impl FunctionConfiguration {
    /// The values of the environment's variables.
    pub(crate) fn environment_values(&self) -> Vec<&str> {
        let variables = self.environment.iter().flat_map(|environment| &environment.variables);
        variables.flat_map(BTreeMap::values).filter_map(Value::as_str).collect()
    }
}

/// Reads the configuration of the function of this name, or of the version or alias of it that `qualifier` names. `arn`
/// is what an error says that it was asked about.
pub(crate) async fn function_configuration(
    client: &SignedClient,
    arn: &Arn,
    name: &str,
    qualifier: Option<&str>,
) -> Result<FunctionConfiguration, PortError> {
    let mut input = Input::new(arn.to_string()).label(name);
    if let Some(qualifier) = qualifier {
        input = input.pair("Qualifier", qualifier);
    }
    client.parsed(&CONFIGURATION, &input).await
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;

    use super::*;
    use crate::signed_http::loopback::Loopback;

    fn function() -> Arn {
        "arn:aws:lambda:eu-west-1:123456789012:function:checkout".parse().unwrap()
    }

    async fn asked(answer: (u16, &'static str)) -> (Result<FunctionConfiguration, PortError>, String) {
        let service = Loopback::answering(move |_| Some((answer.0, answer.1.to_owned()))).await;
        let client = SignedClient::from_config(&service.config().await);
        let read = function_configuration(&client, &function(), "checkout", Some("live")).await;
        (read, service.asked().remove(0).head)
    }

    #[tokio::test]
    async fn configuration_of_a_qualifier_is_asked_for_by_path_and_read_as_documented() {
        let answer = r#"{"FunctionName": "checkout", "Role": "arn:aws:iam::123456789012:role/checkout",
            "KMSKeyArn": "", "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"},
            "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
            "Environment": {"Variables": {"TABLE": "carts", "LIMIT": "/shop/limit"}},
            "FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1",
                "LocalMountPath": "/mnt/x"}],
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/shop/all"}}"#;
        let (read, head) = asked((200, answer)).await;
        let read = read.ok().unwrap();
        assert!(
            head.starts_with("get /2015-03-31/functions/checkout/configuration?qualifier=live http/1.1\r\n")
        );
        assert!(head.contains("/eu-west-1/lambda/aws4_request"), "{head}");
        assert_eq!(read.environment_values(), ["/shop/limit", "carts"]);
        assert_eq!(read.role.as_deref(), Some("arn:aws:iam::123456789012:role/checkout"));
        assert_eq!(read.kms_key_arn.as_deref(), Some(""));
        let group = read.logging_config.and_then(|logging| logging.log_group);
        assert_eq!(group.as_deref(), Some("/shop/all"));
        let groups = read.vpc_config.and_then(|network| network.security_group_ids);
        assert_eq!(groups, Some(vec!["sg-1".to_owned()]));
        let queue = read.dead_letter_config.and_then(|queue| queue.target_arn);
        assert_eq!(queue.as_deref(), Some("arn:aws:sqs:eu-west-1:123456789012:dead"));
        assert_eq!(read.file_system_configs.unwrap_or_default().len(), 1);
    }

    #[tokio::test]
    async fn configuration_that_is_refused_or_none_is_an_error_that_quotes_no_value() {
        for (status, answer, kind) in [
            (404, r#"{"Type": "User", "Message": "Function not found"}"#, PortErrorKind::NotFound),
            (403, r#"{"Message": "not authorized"}"#, PortErrorKind::Denied),
            (429, r#"{"Reason": "CallerRateLimitExceeded"}"#, PortErrorKind::Throttled),
            (200, r#"{"Environment": "swordfish"}"#, PortErrorKind::Invalid),
            (200, "", PortErrorKind::Invalid),
        ] {
            let (read, _) = asked((status, answer)).await;
            let error = read.err().unwrap();
            assert_eq!(error.kind, kind, "{answer}");
            assert_eq!(error.operation, format!("GetFunctionConfiguration {}", function()));
            assert!(!format!("{error:?}").contains("swordfish"), "{error:?}");
        }
    }
}
