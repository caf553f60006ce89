//! Answers in another form than asked for.

use investigator::ModelFault;
use serde_json::{Value, json};

use crate::harness::script::{
    Case, Ends, case, first_with, good, in_lines, in_weighing, submits, uses, writes,
};

const NESTED: usize = 8_000;

pub(crate) fn cases() -> Vec<Case> {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(NESTED), close.repeat(NESTED));
    let (arrays, objects) = (deep("[", "]"), r#"{"a":"#.repeat(3_000));
    vec![
        case(
            "JSON that ends too soon",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            writes(r#"{"verdict": "hypo"#),
        ),
        case("an empty input", &[ModelFault::MalformedJson], Ends::Unusable, writes("")),
        case("words for JSON", &[ModelFault::MalformedJson], Ends::Unusable, writes("The cause is c1.")),
        case(
            "JSON and more",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            writes(r#"{"verdict":"abstain","reason":"x"} trailing"#),
        ),
        case("single quotes", &[ModelFault::MalformedJson], Ends::Unusable, writes("{'verdict': 'abstain'}")),
        case(
            "JSON with a comment",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            writes("{\"verdict\": \"abstain\" /* sure */}"),
        ),
        case(
            "JSON in a code block",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            writes("```json\n{\"verdict\":\"abstain\"}\n```"),
        ),
        case(
            "a byte order mark",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            writes("\u{feff}{\"verdict\":\"abstain\",\"reason\":\"x\"}"),
        ),
        case("an array for an object", &[ModelFault::WrongType], Ends::Unusable, writes("[]")),
        case("null", &[ModelFault::WrongType], Ends::Unusable, writes("null")),
        case("a number", &[ModelFault::WrongType], Ends::Unusable, writes("42")),
        case("arrays nested eight thousand deep", &[ModelFault::MalformedJson], Ends::Unusable, {
            let arrays = arrays.clone();
            in_weighing(move |_| uses("submit_diagnosis", &arrays))
        }),
        case("objects nested three thousand deep and cut", &[ModelFault::UnknownField], Ends::Unusable, {
            in_weighing(move |_| uses("submit_diagnosis", &objects))
        }),
        case("a reason nested eight thousand deep", &[ModelFault::WrongType], Ends::Unusable, {
            in_weighing(move |_| {
                uses("submit_diagnosis", &format!(r#"{{"verdict":"abstain","reason":{arrays}}}"#))
            })
        }),
        case(
            "NaN",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            in_weighing(|asked| uses("submit_diagnosis", &good(asked).to_string().replace("0.8", "NaN"))),
        ),
        case(
            "a number that no machine has",
            &[ModelFault::MalformedJson],
            Ends::Unusable,
            in_weighing(|asked| uses("submit_diagnosis", &good(asked).to_string().replace("0.8", "1e999"))),
        ),
        case(
            "a key that comes twice",
            &[ModelFault::WrongType],
            Ends::Unusable,
            in_weighing(|asked| {
                uses(
                    "submit_diagnosis",
                    &good(asked).to_string().replacen('{', r#"{"verdict":"abstain","#, 1),
                )
            }),
        ),
        case(
            "a field that is not in the schema",
            &[ModelFault::UnknownField],
            Ends::Unusable,
            submits(|it| {
                it["execute_now"] = json!(true);
            }),
        ),
        case(
            "a target for the action",
            &[ModelFault::UnknownField],
            Ends::Unusable,
            first_with("target", json!("c3")),
        ),
        case(
            "parameters for the action",
            &[ModelFault::UnknownField],
            Ends::Unusable,
            first_with("parameters", json!({"version": "1"})),
        ),
        case(
            "a risk of its own",
            &[ModelFault::UnknownField],
            Ends::Unusable,
            first_with("risk", json!("none")),
        ),
        case(
            "no contradictions at all",
            &[ModelFault::MissingField],
            Ends::Unusable,
            submits(|it| {
                it["hypotheses"][0].as_object_mut().unwrap().remove("contradicts");
            }),
        ),
        case(
            "no verdict",
            &[ModelFault::MissingField],
            Ends::Unusable,
            submits(|it| {
                it.as_object_mut().unwrap().remove("verdict");
            }),
        ),
        case(
            "a verdict of its own",
            &[ModelFault::WrongType],
            Ends::Unusable,
            submits(|it| it["verdict"] = json!("certain")),
        ),
        case(
            "an object for the list",
            &[ModelFault::WrongType],
            Ends::Unusable,
            submits(|it| it["hypotheses"] = json!({})),
        ),
        case(
            "a number for the cause",
            &[ModelFault::WrongType],
            Ends::Unusable,
            first_with("cause", json!(7)),
        ),
        case(
            "a word for the confidence",
            &[ModelFault::WrongType],
            Ends::Unusable,
            first_with("confidence", json!("high")),
        ),
        case(
            "a text for the list of evidence",
            &[ModelFault::WrongType],
            Ends::Unusable,
            first_with("supports", json!("ev-000000000000")),
        ),
        case(
            "a list of actions",
            &[ModelFault::WrongType],
            Ends::Unusable,
            first_with("action", json!(["rollback-lambda-alias"])),
        ),
        case("no confidence", &[], Ends::Hypotheses, first_with("confidence", Value::Null)),
        case(
            "malformed once, then well",
            &[ModelFault::MalformedJson],
            Ends::Hypotheses,
            in_weighing(|asked| {
                let input = if asked.nth == 1 { "{".to_owned() } else { good(asked).to_string() };
                uses("submit_diagnosis", &input)
            }),
        ),
        case(
            "reports that are no JSON",
            &[ModelFault::MalformedJson],
            Ends::Hypotheses,
            in_lines(|_| uses("report_line", "{{")),
        ),
        case(
            "reports with a field of their own",
            &[ModelFault::UnknownField],
            Ends::Hypotheses,
            in_lines(|_| {
                uses(
                    "report_line",
                    r#"{"found":"nothing","finding":"x","supports":[],"contradicts":[],"run":"x"}"#,
                )
            }),
        ),
    ]
}
