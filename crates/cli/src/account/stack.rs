//! The deployment: a `CloudFormation` stack, whose outputs name everything that the commands use.

use std::collections::BTreeMap;

use aws::{
    SdkConfig, is_about_absent_stack,
    store::{DynamoStore, LedgerRetention, Retention},
};
use aws_sdk_cloudformation::{Client, types};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use jiff::Timestamp;

use crate::{account::aws_failure, failure::Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) name: String,
    /// AWS's own word.
    pub(crate) status: String,
    /// When its last deployment began.
    pub(crate) deployed_at: Option<Timestamp>,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

/// The template's.
pub(crate) const DEFAULT_APPLICATION_TAG: &str = "application";

impl Stack {
    pub(crate) async fn find(config: &SdkConfig, name: &str) -> Result<Self, Failure> {
        let client = Client::new(config);
        let missing = || missing(name, config.region().map_or("this region", |region| region.as_ref()));
        let answer = client.describe_stacks().stack_name(name).send().await.map_err(|error| {
            if error.message().is_some_and(is_about_absent_stack) {
                missing()
            } else {
                aws_failure::failed(&format!("cloudformation:DescribeStacks {name}"), &error)
            }
        })?;
        answer.stacks.unwrap_or_default().into_iter().next().map(Self::from).ok_or_else(missing)
    }

    pub(crate) fn output(&self, key: &str) -> Result<&str, Failure> {
        self.outputs.get(key).map(String::as_str).ok_or_else(|| {
            Failure::Operation(format!(
                "stack {:?} ({}) has no output {key}: it is not a Nightshift stack or an older version; \
                 name the right one with --stack, or run `make deploy`",
                self.name, self.status
            ))
        })
    }

    /// The key of the tag that names a resource's application.
    pub(crate) fn application_tag(&self) -> &str {
        self.parameters.get("ApplicationTag").map_or(DEFAULT_APPLICATION_TAG, String::as_str)
    }

    /// For how long the deployment keeps what belongs to an incident.
    fn incident_retention(&self) -> Result<Retention, Failure> {
        let parameter = "IncidentRetentionDays";
        let parsed = self.parameters.get(parameter).map_or(Ok(Retention::default()), |days| days.parse());
        parsed.map_err(|error| Failure::Operation(format!("the stack's parameter {parameter}: {error}")))
    }

    pub(crate) fn store(&self, config: &SdkConfig) -> Result<DynamoStore, Failure> {
        let store = DynamoStore::from_config(config, self.output("TableName")?);
        Ok(store.with_retention(self.incident_retention()?).with_ledger_retention(self.ledger_retention()?))
    }

    /// For how long the deployment keeps the records of the ledger.
    fn ledger_retention(&self) -> Result<LedgerRetention, Failure> {
        let parameter = "LedgerRetentionDays";
        let parsed =
            self.parameters.get(parameter).map_or(Ok(LedgerRetention::default()), |days| days.parse());
        parsed.map_err(|error| Failure::Operation(format!("the stack's parameter {parameter}: {error}")))
    }
}

impl From<types::Stack> for Stack {
    fn from(stack: types::Stack) -> Self {
        let status = stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default();
        let deployed_at = stack.last_updated_time().or_else(|| stack.creation_time());
        let deployed_at = deployed_at.and_then(|at| Timestamp::from_second(at.secs()).ok());
        let outputs = stack.outputs.unwrap_or_default().into_iter();
        let parameters = stack.parameters.unwrap_or_default().into_iter();
        Self {
            name: stack.stack_name.unwrap_or_default(),
            status,
            deployed_at,
            outputs: outputs.filter_map(|output| output.output_key.zip(output.output_value)).collect(),
            parameters: parameters.filter_map(|one| one.parameter_key.zip(one.parameter_value)).collect(),
        }
    }
}

fn missing(name: &str, region: &str) -> Failure {
    Failure::Input(format!(
        "no stack {name:?} in {region} in this account: check the region, name another stack with --stack, or \
         run `make deploy`"
    ))
}

#[cfg(test)]
impl Stack {
    pub(crate) fn fake(status: &str, outputs: &[(&str, &str)]) -> Self {
        Self {
            name: "nightshift".to_owned(),
            status: status.to_owned(),
            deployed_at: None,
            outputs: outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            parameters: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::{Output, Parameter, StackStatus};

    use super::*;

    #[test]
    fn stack_is_read_from_what_cloudformation_says() {
        let said = types::Stack::builder()
            .stack_name("ops")
            .creation_time(aws_smithy_types::DateTime::from_secs(3600))
            .stack_status(StackStatus::CreateComplete)
            .outputs(Output::builder().output_key("TableName").output_value("t").build())
            .parameters(Parameter::builder().parameter_key("ApplicationTag").parameter_value("app").build())
            .build();
        let stack = Stack::from(said);
        assert_eq!((stack.status.as_str(), stack.output("TableName").unwrap()), ("CREATE_COMPLETE", "t"));
        assert_eq!(stack.application_tag(), "app");
        assert_eq!(stack.deployed_at, Timestamp::from_second(3600).ok());
        assert_eq!(Stack::fake("", &[]).application_tag(), "application");
        let error = stack.output("AlertTopicArn").unwrap_err().to_string();
        assert!(error.contains("AlertTopicArn") && error.contains("ops"), "{error}");
    }

    #[test]
    fn incident_retention_is_the_stacks_or_that_of_a_new_one() {
        let of = |days: &str| {
            let parameters = BTreeMap::from([("IncidentRetentionDays".to_owned(), days.to_owned())]);
            Stack { parameters, ..Stack::fake("", &[]) }.incident_retention()
        };
        assert_eq!(of("365").unwrap(), "365".parse().unwrap());
        assert_eq!(Stack::fake("", &[]).incident_retention().unwrap(), Retention::default());
        let error = of("7").unwrap_err().to_string();
        assert!(error.contains("IncidentRetentionDays: \"7\": expected 30 to 3650 days"), "{error}");
    }

    #[test]
    fn ledger_retention_is_the_stacks_or_for_ever() {
        let of = |days: &str| {
            let parameters = BTreeMap::from([("LedgerRetentionDays".to_owned(), days.to_owned())]);
            Stack { parameters, ..Stack::fake("", &[]) }.ledger_retention()
        };
        assert_eq!(of("365").unwrap(), "365".parse().unwrap());
        assert_eq!(of("0").unwrap(), LedgerRetention::default());
        assert_eq!(Stack::fake("", &[]).ledger_retention().unwrap(), LedgerRetention::default());
        let error = of("7").unwrap_err().to_string();
        assert!(error.contains("LedgerRetentionDays: \"7\": expected 0"), "{error}");
    }

    #[test]
    fn missing_stack_is_named_with_what_to_do() {
        let failure = missing("ops", "eu-west-1");
        assert_eq!(failure.exit_code(), 2);
        for said in ["\"ops\"", "eu-west-1", "make deploy", "--stack"] {
            assert!(failure.to_string().contains(said), "{failure}");
        }
    }
}
