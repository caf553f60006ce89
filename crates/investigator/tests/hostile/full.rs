//! Tests that the shipped limits leave room and money for the largest investigation.

use std::collections::BTreeSet;

use common::{
    Arn, Observed,
    model::{ContentBlock, ModelRequest, ModelResponse, ToolDefinition, Usage},
    model_opinion::MOST_COMPONENTS,
    reasoning::ModelVerdict,
};
use fakes::sample;
use investigator::{Geography, ToolAnswer};
use serde_json::json;

use crate::{
    harness::checks::{check, texts_of},
    harness::script::{good_line, honest, uses},
    harness::stage::{InvestigationRun, Reply, Script, ScriptedRequest, Stage, evidence, line_of},
};

/// As much of everything as is shown.
fn full() -> Stage {
    let mut stage = Stage::usual();
    let known = &mut stage.known;
    let more =
        (0..MOST_COMPONENTS).map(|at| sample::arn("lambda", &format!("function:some-service-of-{at}")));
    known.components.extend(more.collect::<Vec<Arn>>());
    let text = "a line of a log as long as they are ".repeat(6);
    known.evidence.extend((0..200).map(|at| {
        evidence(&format!("{at}"), Observed::TeamTool { tool: "wiki".to_owned(), text: text.clone() })
    }));
    let of_words: Vec<String> = (0..20).map(|at| format!("a-value-of-{at}")).collect();
    known.team_tools = (0..20)
        .map(|at| ToolDefinition {
            name: format!("team_grafana_{at}"),
            description: "What it does, in many words. ".repeat(10),
            schema: json!({"type": "object", "properties": {"q": {"type": "string", "enum": of_words}}}),
        })
        .collect();
    stage.tools.answer = Box::new(move |name, input| {
        let about = format!("{name} {input} {text}");
        ToolAnswer {
            evidence: (0..50)
                .map(|at| {
                    let text = format!("{at} {about}");
                    evidence(&text.clone(), Observed::TeamTool { tool: name.to_owned(), text })
                })
                .collect(),
            text: about.repeat(40),
            failed: false,
        }
    });
    stage
}

fn length(tool: &ToolDefinition) -> usize {
    tool.name.len() + tool.description.len() + tool.schema.to_string().len()
}

/// The reply, where the request is a token for each so many bytes, and nothing is from the cache. As much is
/// said as may be.
fn counted(asked: &ScriptedRequest<'_>, bytes_per_token: usize, reply: Reply) -> Reply {
    let request = asked.request;
    let said = request.turns.iter().flat_map(|turn| &turn.content).map(|said| match said {
        ContentBlock::Text { text } | ContentBlock::ToolResult { text, .. } => text.len(),
        ContentBlock::UseTool { input, .. } => input.len(),
    });
    let bytes = request.system.len() + request.tools.iter().map(length).sum::<usize>() + said.sum::<usize>();
    let usage = Usage {
        input: u64::try_from(bytes / bytes_per_token).unwrap(),
        output: u64::from(request.max_output_tokens),
        ..Usage::default()
    };
    match reply {
        Reply::Answer(answer) => Reply::Answer(ModelResponse { usage, ..answer }),
        other => other,
    }
}

/// Reports in as many words as it may.
fn long_report(asked: &ScriptedRequest<'_>) -> Reply {
    let mut report = good_line(asked);
    report["finding"] = json!("What was found, at length. ".repeat(20));
    uses("report_line", &report.to_string())
}

fn of_lines(played: &InvestigationRun) -> impl Iterator<Item = &ModelRequest> {
    played.requests.iter().filter(|request| line_of(request) != "weigh")
}

/// Every line asked, and what they left was enough for the weighing.
async fn holds(script: Script) -> (Stage, InvestigationRun) {
    let stage = full();
    let played = stage.play(&script).await;
    check(&stage, &played).unwrap();
    let used = &played.opinion.model_use;
    assert_eq!(used.verdict, ModelVerdict::Hypotheses, "{:?}", used.problems);
    let lines: BTreeSet<String> = of_lines(&played).map(line_of).collect();
    assert_eq!(lines.len(), 5, "{:?}", used.problems);
    assert!(
        !used.problems.contains_key("oversized_request") && !used.problems.contains_key("too_many_tokens")
    );
    let limits = &stage.bundle.limits;
    for request in &played.requests {
        // There is as much as there is room for.
        let team = request.tools.iter().filter(|tool| tool.name.starts_with("team_")).map(length);
        assert!((11_000..=12_000).contains(&team.sum::<usize>()));
        let digest = texts_of(request).next().unwrap().len();
        assert!((limits.digest_bytes - 1_000..=limits.digest_bytes + 100).contains(&digest));
    }
    (stage, played)
}

#[tokio::test(start_paused = true)]
async fn full_first_requests_at_two_bytes_a_token_fit_into_the_money() {
    let script: Script = Box::new(|asked| {
        let reply = if asked.weighs() { honest(asked) } else { long_report(asked) };
        counted(asked, 2, reply)
    });
    let (_, played) = holds(script).await;
    assert!(!played.opinion.model_use.problems.contains_key("over_budget"));
    assert_eq!(played.requests.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn full_lines_that_spend_all_they_may_leave_enough_for_the_weighing() {
    for bytes_per_token in [2, 3] {
        let script: Script = Box::new(move |asked| {
            let look = || {
                let about = format!("{} {}", asked.line, asked.nth);
                uses("search_runbooks", &json!({"text": about}).to_string())
            };
            let last = asked.request.must_use.is_some();
            let reply = match (asked.weighs(), last) {
                (true, _) => honest(asked),
                (false, true) => long_report(asked),
                (false, false) => look(),
            };
            counted(asked, bytes_per_token, reply)
        });
        let (stage, played) = holds(script).await;
        assert!(of_lines(&played).count() > 5);
        assert!(played.spent <= stage.bundle.money.per_incident);
    }
}

#[tokio::test(start_paused = true)]
async fn full_usual_text_without_team_tools_every_line_looks_and_reports() {
    let mut stage = full();
    stage.known.team_tools.clear();
    let script: Script = Box::new(|asked| {
        let reply = if asked.weighs() || asked.nth == 1 { honest(asked) } else { long_report(asked) };
        counted(asked, 3, reply)
    });
    let played = stage.play(&script).await;
    check(&stage, &played).unwrap();
    let used = &played.opinion.model_use;
    assert_eq!((&used.verdict, used.requests), (&ModelVerdict::Hypotheses, 11), "{:?}", used.problems);
    assert!(used.problems.is_empty(), "{:?}", used.problems);
}

/// The cap is in dollars, and a geography's profiles are a tenth dearer than the global ones.
#[tokio::test(start_paused = true)]
async fn full_in_a_geography_still_decides_and_a_tenth_more_money_is_as_much_as_elsewhere() {
    for (more_money, expected) in [(false, None), (true, Some(11))] {
        let mut stage = full();
        stage.known.team_tools.clear();
        stage.bundle = stage.bundle.in_geography(Geography::Europe).unwrap();
        if more_money {
            stage.bundle.money.per_incident.0 += stage.bundle.money.per_incident.0 / 10;
        }
        let script: Script = Box::new(|asked| {
            let reply = if asked.weighs() || asked.nth == 1 { honest(asked) } else { long_report(asked) };
            counted(asked, 3, reply)
        });
        let played = stage.play(&script).await;
        check(&stage, &played).unwrap();
        let used = &played.opinion.model_use;
        assert_eq!(used.verdict, ModelVerdict::Hypotheses, "{:?}", used.problems);
        assert!(played.spent <= stage.bundle.money.per_incident);
        if let Some(requests) = expected {
            assert_eq!(used.requests, requests, "{:?}", used.problems);
            assert!(used.problems.is_empty(), "{:?}", used.problems);
        }
    }
}
