//! Reads Security Hub's grave findings about the resources, for as long as nobody has settled them.

use common::{
    Arn,
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, Reading},
};
use serde_json::Value;

use super::{
    Paging,
    answer::{Parsed, list, required, text, time},
    note::{arn, newest, note},
    pages,
};
use crate::{
    account::security_hub::{FindingsQuery, GET_FINDINGS},
    signed_http::{Input, SignedClient},
};

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
    let query = FindingsQuery::new(&resources);
    if resources.is_empty() {
        return Ok(Reading::new(query.command(), Vec::new()));
    }
    let input = Input::new("of the resources").body(query.body());
    let (answers, more) = pages(client, &GET_FINDINGS, &input, &PAGING).await?;
    let mut found = Vec::new();
    for answer in &answers {
        found.extend(notes(answer, &resources).map_err(|why| why.into_error(GET_FINDINGS.name()))?);
    }
    let comment = more.then(|| Truncation::new("too many: only the newest hundred were read"));
    Ok(Reading::new(query.command(), newest(found)).truncated(comment))
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
    use serde_json::json;

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

    proptest! {
        #[test]
        fn notes_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = notes(&answer, &[]);
        }
    }
}
