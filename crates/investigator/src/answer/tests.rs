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
    fn closed(&self) -> Closed<'_> {
        Closed {
            names: Names::of(&self.components),
            actions: &self.actions,
            known: &self.known,
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
    let reads = |json: &str| read_line(json, &lists().closed()).problems;
    for (json, expected) in [
        ("", Problem::MalformedJson),
        ("{", Problem::MalformedJson),
        ("{}", Problem::MissingField),
        (r#"{"found":"cause","x":1}"#, Problem::UnknownField),
        (r#"{"found":"perhaps"}"#, Problem::WrongType),
        (r#"{"found":"cause","found":"cause"}"#, Problem::WrongType),
        (r#"{"found":"cause","finding":"x","supports":"y","contradicts":[]}"#, Problem::WrongType),
        ("7", Problem::WrongType),
    ] {
        assert_eq!(reads(json), [expected], "{json}");
    }
}

#[test]
fn read_line_cited_cause_and_nothing_both_hold() {
    let lists = lists();
    let cause = json!({
        "found": "cause", "finding": "c1 fails.", "component": "c1", "failure_mode": "failing",
        "supports": [ONE], "contradicts": [],
    });
    let report = read_line(&cause.to_string(), &lists.closed()).answer.unwrap();
    assert_eq!(report.finding, "checkout fails.");
    assert!(report.cause.is_some());
    let nothing = json!({"found": "nothing", "finding": "As usual.", "supports": [], "contradicts": [TWO]});
    let reading = read_line(&nothing.to_string(), &lists.closed());
    assert_eq!((reading.answer.unwrap().cause, reading.problems), (None, Vec::new()));
}

#[test]
fn read_diagnosis_what_is_for_and_against_counts_against() {
    let lists = lists();
    let json = json!({
        "verdict": "hypotheses",
        "hypotheses": [{
            "component": "c1", "failure_mode": "slow", "cause": "x", "supports": [ONE, TWO, ONE],
            "contradicts": [TWO], "confidence": 1,
        }],
    });
    let reading = read_diagnosis(&json.to_string(), &lists.closed());
    let one = reading.answer.unwrap().hypotheses.remove(0);
    assert_eq!(one.supports, [ONE.parse().unwrap()]);
    assert_eq!(one.contradicts, [TWO.parse().unwrap()]);
    assert_eq!(reading.problems, [Problem::SelfContradiction]);
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
    fn read_any_text_is_a_reading_and_a_refusal_has_a_name(text in any::<String>()) {
        let lists = lists();
        let line = read_line(&text, &lists.closed());
        prop_assert!(line.answer.is_some() || !line.problems.is_empty());
        let diagnosis = read_diagnosis(&text, &lists.closed());
        prop_assert!(diagnosis.answer.is_some() || !diagnosis.problems.is_empty());
    }
}
