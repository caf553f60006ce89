//! Reads the executions of `CodePipeline` in the window.

use common::{
    Arn,
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, Reading},
};
use serde_json::{Value, json};

use super::{
    Paging,
    answer::{Parsed, list, required, text, time},
    each,
    note::{after_colon, is_within, newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, services::CODE_PIPELINE},
};

const LIST: Operation = Operation::new(&CODE_PIPELINE, "ListPipelines");
const RUNS: Operation = Operation::new(&CODE_PIPELINE, "ListPipelineExecutions");
pub(super) const IAM: &[&str] = &["codepipeline:ListPipelineExecutions", "codepipeline:ListPipelines"];

const PAGING: Paging = Paging { sent: "nextToken", told: "nextToken", most: 2 };
/// A call each.
const MOST: usize = 20;
/// The most executions read of one pipeline; the newest come first.
const MOST_RUNS: usize = 20;
/// Shorter words are in every name.
const SHORTEST_WORD: usize = 4;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let (answers, mut more) =
        pages(client, &LIST, &Input::new("").body(json!({"maxResults": 1000})), &PAGING).await?;
    let mut names = Vec::new();
    for answer in &answers {
        for pipeline in list(answer, "pipelines").map_err(|why| why.into_error("ListPipelines"))? {
            names.push(required(pipeline, "name").map_err(|why| why.into_error("ListPipelines"))?);
        }
    }
    let known = names.len();
    more |= known > MOST;
    let names = likeliest(names, scope);
    let answers = each(&names, async |name| {
        let body = json!({"pipelineName": name, "maxResults": MOST_RUNS});
        client.json(&RUNS, &Input::new(*name).body(body)).await
    })
    .await?;
    let mut found = Vec::new();
    for (name, answer) in names.iter().zip(&answers) {
        found.extend(notes(answer, name, scope).map_err(|why| why.into_error("ListPipelineExecutions"))?);
    }
    let runs = names.iter().map(|name| {
        aws(["codepipeline", "list-pipeline-executions", "--pipeline-name", name, "--max-items", "20"])
    });
    let query: Vec<_> = std::iter::once(aws(["codepipeline", "list-pipelines"])).chain(runs).collect();
    let comment = more
        .then(|| Truncation::new(format!("only {} of more than {MOST} pipelines were read", names.len())));
    Ok(Reading::new(query.join("; "), newest(found)).truncated(comment))
}

/// Sorts the names that share a word with a resource's name first.
fn likeliest<'a>(mut names: Vec<&'a str>, scope: &Scope) -> Vec<&'a str> {
    let words_of = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| word.len() >= SHORTEST_WORD).map(str::to_lowercase).collect()
    };
    let words: Vec<_> = scope.resources.iter().flat_map(|resource| words_of(&resource.name())).collect();
    let shared = |name: &str| words_of(name).iter().filter(|word| words.contains(word)).count();
    names.sort_by_key(|name| (std::cmp::Reverse(shared(name)), *name));
    names.truncate(MOST);
    names
}

fn notes(answer: &Value, pipeline: &str, scope: &Scope) -> Parsed<Vec<Note>> {
    let mut notes = Vec::new();
    for run in list(answer, "pipelineExecutionSummaries")? {
        let id = required(run, "pipelineExecutionId")?;
        let times = [time(run, "startTime"), time(run, "lastUpdateTime")];
        if !times.iter().flatten().any(|at| is_within(*at, scope)) {
            continue;
        }
        let status = text(run, "status").unwrap_or("of unknown status");
        let trigger = text(run, "/trigger/triggerType").map(|by| format!(", started by {by}"));
        let revisions: Vec<_> = list(run, "sourceRevisions")?
            .iter()
            .filter_map(|revision| {
                let id = text(revision, "revisionId")?;
                Some(format!("; {id}{}", after_colon(text(revision, "revisionSummary"))))
            })
            .collect();
        let what = format!(
            "pipeline {pipeline} {status}{} (execution {id}){}{}",
            after_colon(text(run, "statusSummary")),
            trigger.unwrap_or_default(),
            revisions.concat(),
        );
        let resource = Arn::new("codepipeline", &scope.region, &scope.account, pipeline);
        let [started, updated] = times;
        notes.push(note(started.or(updated), Some(resource), text(run, "/trigger/triggerDetail"), &what));
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    fn recorded() -> Value {
        json!({"pipelineExecutionSummaries": [
            {
                "pipelineExecutionId": "e-2",
                "status": "Succeeded",
                "startTime": 1_795_143_600,
                "lastUpdateTime": 1_795_143_700.5,
                "sourceRevisions": [{
                    "actionName": "Source",
                    "revisionId": "7636d59f",
                    "revisionSummary": "Lower the timeout\n\nof checkout",
                    "revisionUrl": "https://example.com/commit/7636d59f",
                }],
                "trigger": {
                    "triggerType": "StartPipelineExecution",
                    "triggerDetail": "arn:aws:sts::123456789012:assumed-role/dev/alice",
                },
                "executionMode": "QUEUED",
            },
            {"pipelineExecutionId": "e-1", "status": "Failed", "startTime": 1_795_000_000.0},
        ]})
    }

    #[test]
    fn run_of_the_window_says_who_started_what() {
        let notes = notes(&recorded(), "shop-release", &scope()).unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].at, Some(at("03:00:00")));
        assert_eq!(notes[0].actor.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/dev/alice"));
        assert_eq!(
            notes[0].what,
            "pipeline shop-release Succeeded (execution e-2), started by StartPipelineExecution; \
             7636d59f: Lower the timeout of checkout"
        );
    }

    #[test]
    fn likeliest_pipelines_share_a_word_with_a_resource() {
        assert_eq!(
            likeliest(vec!["billing", "a-checkout-release", "aaa"], &scope())[0],
            "a-checkout-release"
        );
    }

    proptest! {
        #[test]
        fn pipelines_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = notes(&answer, "p", &scope());
        }
    }
}
