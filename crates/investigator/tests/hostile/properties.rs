//! Tests any answers in any order.

use common::{
    MicroUsd,
    model::{ContentBlock, ModelResponse, StopReason, Usage},
    ports::PortErrorKind,
};
use proptest::prelude::*;
use serde_json::json;

use crate::{
    harness::checks::check,
    harness::script::{good, good_line},
    harness::stage::{KnownIncident, Reply, Script, Stage},
};

/// One reply, before it is known what it is asked.
#[derive(Debug, Clone)]
enum ArbitraryReply {
    Says(Vec<ContentBlock>, StopReason, Usage),
    /// A valid answer, but for one field.
    Nearly(String, String),
    Fails(u8),
    Hangs,
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("read_logs".to_owned()),
        Just("ask_provider".to_owned()),
        Just("search_runbooks".to_owned()),
        Just("past_incidents".to_owned()),
        Just("report_line".to_owned()),
        Just("submit_diagnosis".to_owned()),
        any::<String>(),
    ]
}

fn input() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("{}".to_owned()),
        "c[0-9]{1,2}".prop_map(|name| json!({"component": name}).to_string()),
        "\\PC{0,30}".prop_map(|text| json!({"text": text}).to_string()),
        prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        (any::<bool>(), "\\PC{0,60}", prop::collection::vec("ev-[0-9a-f]{12}", 0..4)).prop_map(
            |(abstains, text, ids)| {
                let verdict = if abstains { "abstain" } else { "hypotheses" };
                let one = json!({
                    "component": "c1", "failure_mode": "slow", "cause": text, "supports": ids,
                    "contradicts": ids, "confidence": 2.5, "action": text,
                });
                json!({"verdict": verdict, "reason": text, "hypotheses": [one]}).to_string()
            }
        ),
    ]
}

fn said() -> impl Strategy<Value = ContentBlock> {
    prop_oneof![
        any::<String>().prop_map(|text| ContentBlock::Text { text }),
        (any::<String>(), name(), input()).prop_map(|(id, name, input)| ContentBlock::UseTool {
            id,
            name,
            input
        }),
        (any::<String>(), any::<String>(), any::<bool>())
            .prop_map(|(id, text, failed)| ContentBlock::ToolResult { id, text, failed }),
    ]
}

fn stop() -> impl Strategy<Value = StopReason> {
    prop_oneof![
        1 => Just(StopReason::EndTurn),
        3 => Just(StopReason::ToolUse),
        1 => Just(StopReason::MaxTokens),
        1 => Just(StopReason::Filtered),
        1 => any::<String>().prop_map(StopReason::Other),
    ]
}

fn usage() -> impl Strategy<Value = Usage> {
    let tokens = || prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), 0u64..30_000];
    (tokens(), tokens(), tokens(), tokens()).prop_map(|(input, output, cache_read, cache_write)| Usage {
        input,
        output,
        cache_read,
        cache_write,
    })
}

fn reply() -> impl Strategy<Value = ArbitraryReply> {
    prop_oneof![
        4 => (prop::collection::vec(said(), 0..6), stop(), usage())
            .prop_map(|(said, stop, usage)| ArbitraryReply::Says(said, stop, usage)),
        3 => (prop_oneof![Just("component"), Just("cause"), Just("supports"), Just("x")], any::<String>())
            .prop_map(|(field, value)| ArbitraryReply::Nearly(field.to_owned(), value)),
        1 => (0u8..5).prop_map(ArbitraryReply::Fails),
        1 => Just(ArbitraryReply::Hangs),
    ]
}

/// Replies by turns, whoever asks.
fn script(replies: Vec<ArbitraryReply>) -> Script {
    let next = std::cell::Cell::new(0usize);
    Box::new(move |asked| {
        let at = next.get();
        next.set(at + 1);
        match replies[at % replies.len()].clone() {
            ArbitraryReply::Says(said, stop, usage) => {
                Reply::Answer(ModelResponse { content: said, stop, usage })
            }
            ArbitraryReply::Nearly(field, value) => {
                let mut input = if asked.weighs() { good(asked) } else { good_line(asked) };
                let fields = if asked.weighs() { &mut input["hypotheses"][0] } else { &mut input };
                fields[field.as_str()] = json!(value);
                crate::harness::script::uses(asked.last_tool(), &input.to_string())
            }
            ArbitraryReply::Fails(kind) => Reply::Fail(match kind {
                0 => PortErrorKind::Throttled,
                1 => PortErrorKind::Unavailable,
                2 => PortErrorKind::Denied,
                3 => PortErrorKind::NotFound,
                _ => PortErrorKind::Invalid,
            }),
            ArbitraryReply::Hangs => Reply::Hang,
        }
    })
}

fn play(stage: &Stage, script: &Script) -> crate::harness::stage::InvestigationRun {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(stage.play(script))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn investigate_any_answers_in_any_order_every_bound_holds(
        replies in prop::collection::vec(reply(), 1..12), cap in 0u64..400_000, share in 0u32..90,
    ) {
        let mut stage = Stage::usual();
        stage.bundle.money.per_incident = MicroUsd(cap);
        stage.bundle.money.percent_for_weighing = share;
        let played = play(&stage, &script(replies));
        prop_assert_eq!(check(&stage, &played), Ok(()));
    }

    #[test]
    fn investigate_any_input_of_any_tool_is_an_answer(name in name(), input in input()) {
        let stage = Stage::usual();
        let played = play(&stage, &(Box::new(move |_: &crate::harness::stage::ScriptedRequest<'_>| crate::harness::script::uses(&name, &input)) as Script));
        prop_assert_eq!(check(&stage, &played), Ok(()));
    }

    #[test]
    fn investigate_any_text_from_outside_stays_in_the_fence(
        before in any::<String>(), after in any::<String>(), upper in any::<bool>(), place in 0usize..5,
    ) {
        let token = crate::harness::stage::FENCE;
        let token = if upper { token.to_uppercase() } else { token.to_owned() };
        let text = format!("{before}{token}{after}");
        let mut stage = Stage::usual();
        match place {
            0 => stage.known.incident.signal.title = text,
            1 => stage.known.steering = Some(text),
            2 => stage.known.runbooks[0].body = text,
            3 => stage.known.hypotheses[0].cause = text,
            _ => stage.tools.answer = Box::new(move |_, _| investigator::ToolAnswer {
                text: text.clone(),
                ..investigator::ToolAnswer::default()
            }),
        }
        let played = play(&stage, &(Box::new(crate::harness::script::honest) as Script));
        prop_assert_eq!(check(&stage, &played), Ok(()));
        prop_assert!(!played.opinion.hypotheses.is_empty());
    }
}

#[test]
fn known_usual_has_what_the_scripts_cite() {
    assert_eq!(KnownIncident::usual().evidence.len(), 4);
}
