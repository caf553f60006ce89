//! Reads Security Hub's grave findings about the resources, for as long as nobody has settled them.

use common::{
    Arn,
    context_source::{Note, Scope},
    evidence::Truncation,
    intent::SecurityFinding,
    ports::{PortError, Reading, SecurityFindings},
    untrusted_text::one_line,
};
use serde_json::{Value, json};

use super::{
    AwsContextSources, Paging,
    answer::{Parsed, list, required, text, time},
    note::{arn, newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, refusal, services::SECURITY_HUB},
};

const FINDINGS: Operation = Operation::at(&SECURITY_HUB, "GetFindings", "POST", "/findings");
pub(super) const IAM: &[&str] = &["securityhub:GetFindings"];

/// The most values of one field that a filter takes.
const MOST_RESOURCES: usize = 20;
const PAGING: Paging = Paging { sent: "NextToken", told: "NextToken", most: 2 };

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let mut resources: Vec<String> = Vec::new();
    for resource in scope.resources.iter().map(Arn::component) {
        let id = resource.to_string();
        if resources.len() < MOST_RESOURCES && !resources.contains(&id) {
            resources.push(id);
        }
    }
    let filters = filters(&resources);
    let query = aws(["securityhub", "get-findings", "--filters", &filters.to_string()]);
    if resources.is_empty() {
        return Ok(Reading::new(query, Vec::new()));
    }
    let newest_first = json!([{"Field": "UpdatedAt", "SortOrder": "desc"}]);
    let body = json!({"Filters": filters, "SortCriteria": newest_first, "MaxResults": 50});
    let (answers, more) =
        pages(client, &FINDINGS, &Input::new("of the resources").body(body), &PAGING).await?;
    let mut found = Vec::new();
    for answer in &answers {
        found.extend(notes(answer, &resources).map_err(|why| why.into_error(FINDINGS.name()))?);
    }
    let comment = more.then(|| Truncation::new("too many: only the newest hundred were read"));
    Ok(Reading::new(query, newest(found)).truncated(comment))
}

impl SecurityFindings for AwsContextSources {
    async fn open_findings(&self, resource: &Arn) -> Result<Reading<Vec<SecurityFinding>>, PortError> {
        let filters = filters(&[resource.component().to_string()]);
        let query = aws(["securityhub", "get-findings", "--filters", &filters.to_string()]);
        let newest_first = json!([{"Field": "UpdatedAt", "SortOrder": "desc"}]);
        let body = json!({"Filters": filters, "SortCriteria": newest_first, "MaxResults": 50});
        let input = Input::new(resource.name()).body(body);
        let answer = match self.client.in_region(resource.region()).json(&FINDINGS, &input).await {
            Ok(answer) => answer,
            Err(error) if is_without_security_hub(&error) => return Ok(Reading::new(query, Vec::new())),
            Err(error) => return Err(error),
        };
        let found = findings(&answer).map_err(|why| why.into_error(FINDINGS.name()))?;
        let truncation =
            text(&answer, "NextToken").map(|_| Truncation::new("too many: only the newest fifty were read"));
        Ok(Reading::new(query, found).truncated(truncation))
    }
}

/// Security Hub refuses an account that has not turned it on, with the code of a wrong access:
/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>.
fn is_without_security_hub(error: &PortError) -> bool {
    refusal::code(error) == "InvalidAccessException"
        && refusal::message(error).contains("not subscribed to AWS Security Hub")
}

/// The namespaces of types that tell of an attack; the others are `Software and Configuration Checks` and `Sensitive
/// Data Identifications`: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html>.
const THREATS: [&str; 3] = ["TTPs", "Effects", "Unusual Behaviors"];

fn findings(answer: &Value) -> Parsed<Vec<SecurityFinding>> {
    let mut found = Vec::new();
    for finding in list(answer, "Findings")? {
        let types = finding.get("Types").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let namespace = |kind: &str| kind.split('/').next().unwrap_or_default().to_owned();
        found.push(SecurityFinding {
            id: one_line(required(finding, "Id")?, ID_CHARS),
            title: one_line(required(finding, "Title")?, TITLE_CHARS),
            // One of unknown severity was among those asked for: high at least.
            severity: text(finding, "/Severity/Label").unwrap_or("HIGH").to_owned(),
            is_threat: types
                .iter()
                .filter_map(Value::as_str)
                .any(|kind| THREATS.contains(&namespace(kind).as_str())),
        });
    }
    Ok(found)
}

/// A finding's id is 512 characters at most, its title 256.
const ID_CHARS: usize = 512;
const TITLE_CHARS: usize = 256;

fn filters(resources: &[String]) -> Value {
    let one_of = |values: &[&str]| -> Value {
        values.iter().map(|value| json!({"Value": value, "Comparison": "EQUALS"})).collect()
    };
    let ids: Vec<&str> = resources.iter().map(String::as_str).collect();
    json!({
        "ResourceId": one_of(&ids),
        "RecordState": one_of(&["ACTIVE"]),
        "WorkflowStatus": one_of(&["NEW", "NOTIFIED"]),
        "SeverityLabel": one_of(&["HIGH", "CRITICAL"]),
    })
}

fn notes(answer: &Value, asked: &[String]) -> Parsed<Vec<Note>> {
    let mut notes = Vec::new();
    for finding in list(answer, "Findings")? {
        let title = required(finding, "Title")?;
        let severity = text(finding, "/Severity/Label").unwrap_or("of unknown severity");
        let ids: Vec<_> =
            list(finding, "Resources")?.iter().filter_map(|resource| text(resource, "Id")).collect();
        let own = ids.iter().find(|id| asked.iter().any(|asked| asked == *id)).or(ids.first());
        let at = time(finding, "LastObservedAt").or_else(|| time(finding, "UpdatedAt"));
        let control = text(finding, "/Compliance/SecurityControlId").map(|control| format!(" ({control})"));
        let what = format!("security finding {severity}: {title}{}", control.unwrap_or_default());
        notes.push(note(at, arn(own.copied()), text(finding, "ProductName"), &what));
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    fn recorded() -> Value {
        json!({"Findings": [{
            "SchemaVersion": "2018-10-08",
            "Id": "arn:aws:securityhub:eu-west-1:123456789012:security-control/Lambda.1/finding/1",
            "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/securityhub",
            "ProductName": "Security Hub",
            "GeneratorId": "security-control/Lambda.1",
            "AwsAccountId": "123456789012",
            "CreatedAt": "2026-11-01T03:00:00.000Z",
            "UpdatedAt": "2026-11-20T03:00:00.000Z",
            "Severity": {"Label": "CRITICAL", "Normalized": 90},
            "Title": "Lambda function policies should prohibit public access",
            "Description": "…",
            "Compliance": {"Status": "FAILED", "SecurityControlId": "Lambda.1"},
            "Resources": [
                {"Type": "AwsAccount", "Id": "AWS::::Account:123456789012"},
                {"Type": "AwsLambdaFunction", "Id": "arn:aws:lambda:eu-west-1:123456789012:function:checkout"},
            ],
            "Workflow": {"Status": "NEW"},
            "RecordState": "ACTIVE",
        }]})
    }

    #[test]
    fn finding_is_about_the_resource_that_was_asked_for() {
        let asked = [scope().resources[0].to_string()];
        let notes = notes(&recorded(), &asked).unwrap();
        assert_eq!(notes[0].at, Some(at("03:00:00")));
        assert_eq!(notes[0].resource.as_ref(), Some(&scope().resources[0]));
        assert_eq!(notes[0].actor.as_deref(), Some("Security Hub"));
        assert_eq!(
            notes[0].what,
            "security finding CRITICAL: Lambda function policies should prohibit public access (Lambda.1)"
        );
    }

    #[test]
    fn filters_ask_for_what_is_grave_and_unsettled() {
        let filters = filters(&["arn:1".to_owned()]);
        assert_eq!(filters["ResourceId"], json!([{"Value": "arn:1", "Comparison": "EQUALS"}]));
        assert_eq!(filters["SeverityLabel"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn findings_tell_an_attack_from_a_configuration() {
        let mut answer = recorded();
        assert_eq!(
            findings(&answer).unwrap(),
            [SecurityFinding {
                id: "arn:aws:securityhub:eu-west-1:123456789012:security-control/Lambda.1/finding/1"
                    .to_owned(),
                title: "Lambda function policies should prohibit public access".to_owned(),
                severity: "CRITICAL".to_owned(),
                is_threat: false,
            }]
        );
        for (kind, expected) in [
            ("TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B!DNS", true),
            ("Effects/Data Exfiltration", true),
            ("Unusual Behaviors/User", true),
            ("Software and Configuration Checks/Vulnerabilities/CVE", false),
            ("Effectsless", false),
        ] {
            answer["Findings"][0]["Types"] = json!(["Software and Configuration Checks", kind]);
            assert_eq!(findings(&answer).unwrap()[0].is_threat, expected, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn findings_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = (notes(&answer, &[]), findings(&answer));
        }
    }
}
