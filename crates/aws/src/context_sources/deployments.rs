//! Reads the deployments of `CodeDeploy` in the window, wherever they went: it does not say to which
//! resources.

use common::{
    Arn,
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, Reading},
};
use serde_json::{Value, json};

use super::{
    Paging,
    answer::{Parsed, list, required, seconds, text, time},
    each,
    note::{after_colon, newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, services::CODE_DEPLOY},
};

const LIST: Operation = Operation::new(&CODE_DEPLOY, "ListDeployments");
const READ: Operation = Operation::new(&CODE_DEPLOY, "BatchGetDeployments");
pub(super) const IAM: &[&str] = &["codedeploy:BatchGetDeployments", "codedeploy:ListDeployments"];

const PAGING: Paging = Paging { sent: "nextToken", told: "nextToken", most: 2 };
/// The most ids that one call takes.
const AT_A_TIME: usize = 25;
const MOST: usize = 100;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let range = json!({"start": seconds(scope.from), "end": seconds(scope.to)});
    let input = Input::new("of the window").body(json!({"createTimeRange": range}));
    let (answers, mut more) = pages(client, &LIST, &input, &PAGING).await?;
    let mut ids = Vec::new();
    for answer in &answers {
        ids.extend(deployment_ids(answer).map_err(|why| why.into_error("ListDeployments"))?);
    }
    more |= ids.len() > MOST;
    ids.truncate(MOST);
    let batches: Vec<&[&str]> = ids.chunks(AT_A_TIME).collect();
    let answers = each(&batches, async |ids| {
        client.json(&READ, &Input::new("").body(json!({"deploymentIds": ids}))).await
    })
    .await?;
    let mut found = Vec::new();
    for answer in &answers {
        found.extend(notes(answer, scope).map_err(|why| why.into_error("BatchGetDeployments"))?);
    }
    let window = format!("start={},end={}", scope.from, scope.to);
    let query = aws(["deploy", "list-deployments", "--create-time-range", &window]);
    let query = format!("{query}; aws deploy batch-get-deployments");
    let comment = more.then(|| Truncation::new(format!("too many: only {} were read", ids.len())));
    Ok(Reading::new(query, newest(found)).truncated(comment))
}

fn deployment_ids(answer: &Value) -> Parsed<Vec<&str>> {
    let malformed = || super::answer::Malformed("deployments is no list of ids".to_owned());
    match answer.get("deployments") {
        None | Some(Value::Null) if answer.is_object() => Ok(Vec::new()),
        Some(Value::Array(ids)) => ids.iter().map(|id| id.as_str().ok_or_else(malformed)).collect(),
        _ => Err(malformed()),
    }
}

fn notes(answer: &Value, scope: &Scope) -> Parsed<Vec<Note>> {
    list(answer, "deploymentsInfo")?.iter().map(|deployment| deployment_note(deployment, scope)).collect()
}

fn deployment_note(deployment: &Value, scope: &Scope) -> Parsed<Note> {
    let id = required(deployment, "deploymentId")?;
    let application = text(deployment, "applicationName").unwrap_or("?");
    let group = text(deployment, "deploymentGroupName");
    let status = text(deployment, "status").unwrap_or("of unknown status");
    let resource = group.map(|group| {
        let name = format!("deploymentgroup:{application}/{group}");
        Arn::new("codedeploy", &scope.region, &scope.account, &name)
    });
    let error = text(deployment, "/errorInformation/code")
        .map(|code| format!("{code}{}", after_colon(text(deployment, "/errorInformation/message"))));
    let rollback = text(deployment, "/rollbackInfo/rollbackTriggeringDeploymentId")
        .map(|failed| format!("; rolls back {failed}"))
        .unwrap_or_default();
    let what = format!(
        "deployment {id} of {application}/{} {status}{}{rollback}{}",
        group.unwrap_or("?"),
        after_colon(error.as_deref()),
        text(deployment, "description").map(|said| format!("; {said}")).unwrap_or_default(),
    );
    Ok(note(time(deployment, "createTime"), resource, text(deployment, "creator"), &what))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    fn recorded() -> Value {
        json!({"deploymentsInfo": [{
            "applicationName": "shop",
            "deploymentGroupName": "checkout",
            "deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
            "deploymentId": "d-A1B2C3D4E",
            "revision": {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "zip"}},
            "status": "Failed",
            "errorInformation": {"code": "HEALTH_CONSTRAINTS", "message": "too few healthy hosts"},
            "createTime": 1_795_143_600.123,
            "completeTime": 1_795_143_700.0,
            "creator": "user",
            "description": "release 7",
            "rollbackInfo": {"rollbackTriggeringDeploymentId": "d-0"},
            "computePlatform": "Lambda",
        }]})
    }

    #[test]
    fn deployment_says_who_what_when_and_why_it_failed() {
        let notes = notes(&recorded(), &scope()).unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].at, Some(at("03:00:00.123")));
        assert_eq!(notes[0].actor.as_deref(), Some("user"));
        assert_eq!(
            notes[0].resource.as_ref().unwrap().to_string(),
            "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/checkout"
        );
        assert_eq!(
            notes[0].what,
            "deployment d-A1B2C3D4E of shop/checkout Failed: HEALTH_CONSTRAINTS: too few healthy hosts; \
             rolls back d-0; release 7"
        );
    }

    #[test]
    fn deployments_that_are_no_ids_are_malformed() {
        assert_eq!(deployment_ids(&json!({"deployments": ["d-1"]})).unwrap(), ["d-1"]);
        assert!(deployment_ids(&json!({})).unwrap().is_empty());
        for answer in [json!(null), json!([]), json!({"deployments": [1]}), json!({"deployments": "d"})] {
            assert!(deployment_ids(&answer).is_err(), "{answer}");
        }
        assert!(notes(&json!({"deploymentsInfo": [{"status": "Failed"}]}), &scope()).is_err());
    }

    proptest! {
        #[test]
        fn deployments_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = (notes(&answer, &scope()), deployment_ids(&answer));
        }
    }
}
