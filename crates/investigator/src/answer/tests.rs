use common::Arn;
use fakes::sample;
use proptest::prelude::*;
use serde_json::json;

use super::*;

struct Lists {
    components: Vec<Arn>,
    actions: Vec<ActionId>,
    known: BTreeSet<EvidenceId>,
    fence: Fence,
}

const ONE: &str = "ev-000000000001";
const TWO: &str = "ev-000000000002";

fn lists() -> Lists {
    Lists {
        components: vec![sample::arn("lambda", "function:checkout")],
        actions: vec!["restore-parameter".parse().unwrap()],
        known: [ONE, TWO].map(|id| id.parse().unwrap()).into(),
        fence: Fence::new("abcdefghijklmnop").unwrap(),
    }
}

impl Lists {
    fn allowed(&self) -> AllowedValues<'_> {
        AllowedValues {
            names: ComponentNames::new(&self.components),
            actions: &self.actions,
            citable: &self.known,
            fence: &self.fence,
            system: "You investigate an incident in an AWS account for Nightshift.",
            hypotheses: 3,
            bundle: "b@1",
        }
    }
}

/// serde words its errors; this crate tells them apart by the words.
#[test]
fn parse_each_kind_of_error_has_its_name() {
    let reads = |json: &str| parse_line_report(json, &lists().allowed()).faults;
    for (json, expected) in [
        ("", ModelFault::MalformedJson),
        ("{", ModelFault::MalformedJson),
        ("{}", ModelFault::MissingField),
        (r#"{"found":"cause","x":1}"#, ModelFault::UnknownField),
        (r#"{"found":"perhaps"}"#, ModelFault::WrongType),
        (r#"{"found":"cause","found":"cause"}"#, ModelFault::WrongType),
        (r#"{"found":"cause","finding":"x","supports":"y","contradicts":[]}"#, ModelFault::WrongType),
        ("7", ModelFault::WrongType),
    ] {
        assert_eq!(reads(json), [expected], "{json}");
    }
}

#[test]
fn parse_line_report_cited_cause_and_nothing_both_hold() {
    let lists = lists();
    let cause = json!({
        "found": "cause", "finding": "c1 fails.", "component": "c1", "failure_mode": "failing",
        "supports": [ONE], "contradicts": [],
    });
    let report = parse_line_report(&cause.to_string(), &lists.allowed()).value.unwrap();
    assert_eq!(report.finding, "checkout fails.");
    assert!(report.cause.is_some());
    let nothing = json!({"found": "nothing", "finding": "As usual.", "supports": [], "contradicts": [TWO]});
    let reading = parse_line_report(&nothing.to_string(), &lists.allowed());
    assert_eq!((reading.value.unwrap().cause, reading.faults), (None, Vec::new()));
}

#[test]
fn parse_diagnosis_what_is_for_and_against_counts_against() {
    let lists = lists();
    let json = json!({
        "verdict": "hypotheses",
        "hypotheses": [{
            "component": "c1", "failure_mode": "slow", "cause": "x", "supports": [ONE, TWO, ONE],
            "contradicts": [TWO], "confidence": 1,
        }],
    });
    let reading = parse_diagnosis(&json.to_string(), &lists.allowed());
    let one = reading.value.unwrap().hypotheses.remove(0);
    assert_eq!(one.supports, [ONE.parse().unwrap()]);
    assert_eq!(one.contradicts, [TWO.parse().unwrap()]);
    assert_eq!(reading.faults, [ModelFault::SelfContradiction]);
}

#[test]
fn failure_modes_are_all_there_are() {
    assert_eq!(FailureMode::ALL.len(), 16);
    for mode in FailureMode::ALL {
        let written = serde_json::to_value(mode).unwrap();
        assert_eq!(written, json!(mode.as_str()));
        assert_eq!(failure_mode(mode.as_str()), Some(mode));
    }
}

proptest! {
    #[test]
    fn parse_any_text_is_a_parsed_answer_and_a_refusal_has_a_name(text in any::<String>()) {
        let lists = lists();
        let line = parse_line_report(&text, &lists.allowed());
        prop_assert!(line.value.is_some() || !line.faults.is_empty());
        let diagnosis = parse_diagnosis(&text, &lists.allowed());
        prop_assert!(diagnosis.value.is_some() || !diagnosis.faults.is_empty());
    }
}
