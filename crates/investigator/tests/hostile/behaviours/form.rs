//! Answers in another form than asked for.

use investigator::ModelFault;
use serde_json::{Value, json};

use crate::harness::script::{
    ExpectedEnding, HostileBehaviour, behaviour, first_with, good, in_lines, in_weighing, submits, uses,
    writes,
};

const NESTED: usize = 8_000;

pub(crate) fn behaviours() -> Vec<HostileBehaviour> {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(NESTED), close.repeat(NESTED));
    let (arrays, objects) = (deep("[", "]"), r#"{"a":"#.repeat(3_000));
    vec![
        behaviour(
            "JSON that ends too soon",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes(r#"{"verdict": "hypo"#),
        ),
        behaviour("an empty input", &[ModelFault::MalformedJson], ExpectedEnding::Unusable, writes("")),
        behaviour(
            "words for JSON",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes("The cause is c1."),
        ),
        behaviour(
            "JSON and more",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes(r#"{"verdict":"abstain","reason":"x"} trailing"#),
        ),
        behaviour(
            "single quotes",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes("{'verdict': 'abstain'}"),
        ),
        behaviour(
            "JSON with a comment",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes("{\"verdict\": \"abstain\" /* sure */}"),
        ),
        behaviour(
            "JSON in a code block",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes("```json\n{\"verdict\":\"abstain\"}\n```"),
        ),
        behaviour(
            "a byte order mark",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            writes("\u{feff}{\"verdict\":\"abstain\",\"reason\":\"x\"}"),
        ),
        behaviour("an array for an object", &[ModelFault::WrongType], ExpectedEnding::Unusable, writes("[]")),
        behaviour("null", &[ModelFault::WrongType], ExpectedEnding::Unusable, writes("null")),
        behaviour("a number", &[ModelFault::WrongType], ExpectedEnding::Unusable, writes("42")),
        behaviour(
            "arrays nested eight thousand deep",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            {
                let arrays = arrays.clone();
                in_weighing(move |_| uses("submit_diagnosis", &arrays))
            },
        ),
        behaviour(
            "objects nested three thousand deep and cut",
            &[ModelFault::UnknownField],
            ExpectedEnding::Unusable,
            in_weighing(move |_| uses("submit_diagnosis", &objects)),
        ),
        behaviour(
            "a reason nested eight thousand deep",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            {
                in_weighing(move |_| {
                    uses("submit_diagnosis", &format!(r#"{{"verdict":"abstain","reason":{arrays}}}"#))
                })
            },
        ),
        behaviour(
            "NaN",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            in_weighing(|asked| uses("submit_diagnosis", &good(asked).to_string().replace("0.8", "NaN"))),
        ),
        behaviour(
            "a number that no machine has",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Unusable,
            in_weighing(|asked| uses("submit_diagnosis", &good(asked).to_string().replace("0.8", "1e999"))),
        ),
        behaviour(
            "a key that comes twice",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            in_weighing(|asked| {
                uses(
                    "submit_diagnosis",
                    &good(asked).to_string().replacen('{', r#"{"verdict":"abstain","#, 1),
                )
            }),
        ),
        behaviour(
            "a field that is not in the schema",
            &[ModelFault::UnknownField],
            ExpectedEnding::Unusable,
            submits(|it| {
                it["execute_now"] = json!(true);
            }),
        ),
        behaviour(
            "a target for the action",
            &[ModelFault::UnknownField],
            ExpectedEnding::Unusable,
            first_with("target", json!("c3")),
        ),
        behaviour(
            "parameters for the action",
            &[ModelFault::UnknownField],
            ExpectedEnding::Unusable,
            first_with("parameters", json!({"version": "1"})),
        ),
        behaviour(
            "a risk of its own",
            &[ModelFault::UnknownField],
            ExpectedEnding::Unusable,
            first_with("risk", json!("none")),
        ),
        behaviour(
            "no contradictions at all",
            &[ModelFault::MissingField],
            ExpectedEnding::Unusable,
            submits(|it| {
                it["hypotheses"][0].as_object_mut().unwrap().remove("contradicts");
            }),
        ),
        behaviour(
            "no verdict",
            &[ModelFault::MissingField],
            ExpectedEnding::Unusable,
            submits(|it| {
                it.as_object_mut().unwrap().remove("verdict");
            }),
        ),
        behaviour(
            "a verdict of its own",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            submits(|it| it["verdict"] = json!("certain")),
        ),
        behaviour(
            "an object for the list",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            submits(|it| it["hypotheses"] = json!({})),
        ),
        behaviour(
            "a number for the cause",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            first_with("cause", json!(7)),
        ),
        behaviour(
            "a word for the confidence",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            first_with("confidence", json!("high")),
        ),
        behaviour(
            "a text for the list of evidence",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            first_with("supports", json!("ev-000000000000")),
        ),
        behaviour(
            "a list of actions",
            &[ModelFault::WrongType],
            ExpectedEnding::Unusable,
            first_with("action", json!(["rollback-lambda-alias"])),
        ),
        behaviour("no confidence", &[], ExpectedEnding::Hypotheses, first_with("confidence", Value::Null)),
        behaviour(
            "malformed once, then well",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Hypotheses,
            in_weighing(|asked| {
                let input = if asked.nth == 1 { "{".to_owned() } else { good(asked).to_string() };
                uses("submit_diagnosis", &input)
            }),
        ),
        behaviour(
            "reports that are no JSON",
            &[ModelFault::MalformedJson],
            ExpectedEnding::Hypotheses,
            in_lines(|_| uses("report_line", "{{")),
        ),
        behaviour(
            "reports with a field of their own",
            &[ModelFault::UnknownField],
            ExpectedEnding::Hypotheses,
            in_lines(|_| {
                uses(
                    "report_line",
                    r#"{"found":"nothing","finding":"x","supports":[],"contradicts":[],"run":"x"}"#,
                )
            }),
        ),
    ]
}
