//! Reads Security Hub's open findings about one resource.

use common::{
    Arn,
    evidence::Truncation,
    intent::SecurityFinding,
    ports::{PortError, Reading, SecurityFindings},
    untrusted_text::one_line,
};
use serde::Deserialize;
use serde_json::Value;

use super::AwsResources;
use crate::{
    account::security_hub::{FindingsQuery, GET_FINDINGS},
    error::unreadable,
    signed_http::{Input, refusal},
};

/// The namespaces of types that tell of an attack; the others are `Software and Configuration Checks` and `Sensitive
/// Data Identifications`: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html>.
const THREATS: [&str; 3] = ["TTPs", "Effects", "Unusual Behaviors"];

/// A finding's id is 512 characters at most, its title 256.
const ID_CHARS: usize = 512;
const TITLE_CHARS: usize = 256;

impl SecurityFindings for AwsResources {
    async fn open_findings(&self, resource: &Arn) -> Result<Reading<Vec<SecurityFinding>>, PortError> {
        let query = FindingsQuery::new(&[resource.component().to_string()]);
        let input = Input::new(resource.name()).body(query.body());
        let client = self.signed.in_region(resource.region());
        let answer = match client.json(&GET_FINDINGS, &input).await {
            Ok(answer) => parse(answer)?,
            Err(error) if is_without_security_hub(&error) => Answer::default(),
            Err(error) => return Err(error),
        };
        let more = answer.next_token.as_ref().is_some_and(|token| !token.is_empty());
        let truncation = more.then(|| Truncation::new("too many: only the newest fifty were read"));
        let found = answer.findings.unwrap_or_default().into_iter().map(Finding::into_finding);
        Ok(Reading::new(query.command(), found.collect()).truncated(truncation))
    }
}

/// Security Hub refuses an account that has not turned it on, with the code of a wrong access:
/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>.
fn is_without_security_hub(error: &PortError) -> bool {
    refusal::code(error) == "InvalidAccessException"
        && refusal::message(error).contains("not subscribed to AWS Security Hub")
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    findings: Option<Vec<Finding>>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    id: String,
    title: String,
    severity: Option<Severity>,
    types: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Severity {
    label: Option<String>,
}

impl Finding {
    fn into_finding(self) -> SecurityFinding {
        let is_threat = |kind: &String| THREATS.contains(&kind.split('/').next().unwrap_or_default());
        SecurityFinding {
            id: one_line(&self.id, ID_CHARS),
            title: one_line(&self.title, TITLE_CHARS),
            // One of unknown severity was among those asked for: high at least.
            severity: self.severity.and_then(|severity| severity.label).unwrap_or_else(|| "HIGH".to_owned()),
            is_threat: self.types.iter().flatten().any(is_threat),
        }
    }
}

fn parse(answer: Value) -> Result<Answer, PortError> {
    serde_json::from_value(answer).map_err(|error| unreadable(GET_FINDINGS.name(), error))
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;
    use serde_json::json;

    use super::*;
    use crate::{Clients, signed_http::loopback::Loopback};

    const CHECK: &str = "Software and Configuration Checks";

    fn finding(kind: &str) -> Value {
        json!({
            "SchemaVersion": "2018-10-08",
            "Id": "arn:aws:securityhub:eu-west-1:123456789012:security-control/EC2.9/finding/1",
            "ProductName": "Security Hub",
            "UpdatedAt": "2026-11-20T03:00:00.000Z",
            "Severity": {"Label": "CRITICAL", "Normalized": 90},
            "Title": "EC2 instances should not have a public IPv4 address",
            "Types": [CHECK, kind],
            "Resources": [{"Type": "AwsEc2Instance", "Id": "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"}],
            "Workflow": {"Status": "NEW"},
            "RecordState": "ACTIVE",
        })
    }

    async fn read(status: u16, answer: &Value) -> Result<Reading<Vec<SecurityFinding>>, PortError> {
        let answer = answer.to_string();
        let service = Loopback::answering(move |_| Some((status, answer.clone()))).await;
        let resources = AwsResources::from_clients(&Clients::new(&service.config().await));
        let instance = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1".parse().unwrap();
        resources.open_findings(&instance).await
    }

    #[tokio::test]
    async fn open_findings_are_read_and_attacks_told_from_configurations() {
        for (kind, expected) in [
            ("TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B!DNS", true),
            ("Effects/Data Exfiltration", true),
            ("Unusual Behaviors/User", true),
            ("Software and Configuration Checks/Vulnerabilities/CVE", false),
            ("Effectsless", false),
        ] {
            let reading = read(200, &json!({"Findings": [finding(kind)]})).await.unwrap();
            assert_eq!(
                reading.value,
                [SecurityFinding {
                    id: "arn:aws:securityhub:eu-west-1:123456789012:security-control/EC2.9/finding/1"
                        .to_owned(),
                    title: "EC2 instances should not have a public IPv4 address".to_owned(),
                    severity: "CRITICAL".to_owned(),
                    is_threat: expected,
                }],
                "{kind}"
            );
            assert!(reading.truncation.is_none());
        }
    }

    #[tokio::test]
    async fn open_findings_beyond_one_page_are_told() {
        let answer = json!({"Findings": [finding(CHECK)], "NextToken": "next"});
        assert!(read(200, &answer).await.unwrap().truncation.is_some());
    }

    #[tokio::test]
    async fn open_findings_without_security_hub_are_none_and_any_other_refusal_is_an_error() {
        let refused = |message: &str| json!({"Code": "InvalidAccessException", "__type": "InvalidAccessException", "Message": message});
        let unsubscribed = refused("Account 123456789012 is not subscribed to AWS Security Hub");
        assert_eq!(read(401, &unsubscribed).await.unwrap().value, []);
        for (status, answer, kind) in [
            (401, refused("The security token is not yours"), PortErrorKind::Denied),
            (403, json!({"__type": "AccessDeniedException"}), PortErrorKind::Denied),
            (200, json!([1]), PortErrorKind::Invalid),
            (200, json!({"Findings": [{"Title": "without an id"}]}), PortErrorKind::Invalid),
            (200, json!({"Findings": {}}), PortErrorKind::Invalid),
        ] {
            assert_eq!(read(status, &answer).await.unwrap_err().kind, kind, "{answer}");
        }
    }
}
