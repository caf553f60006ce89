//! Makes a counterexample readable: as close as it gets to a request with nothing against it, and only what matters of it.

use std::collections::BTreeMap;

use guard::Guard;
use serde::Serialize;
use serde_json::Value;

use crate::request::{PRINCIPAL, PolicyRequest};

/// The value of a fact that is absent, as tables of cases write it.
pub const UNKNOWN: &str = "unknown";

/// Told of every request: without these the others say little.
const ALWAYS_TOLD: [&str; 2] = ["approved", "mode"];

/// The words that Nightshift puts into facts that are text. The solver may choose any text.
const WORDS: [(&str, &[&str]); 6] = [
    ("mode", &["autonomous", "supervised", "shadow", "observe", "off"]),
    ("symptom", &["firing", "recovered", "unknown"]),
    ("environment", &["production", "staging", "development", "unknown"]),
    ("breaker", &["closed", "half_open", "open"]),
    ("change_calendar", &["open", "closed", "unreadable"]),
    (
        "changed_by",
        &["person", "unknown", "pipeline", "service", "scaling", "scheduler", "security", "ourselves"],
    ),
];

/// A request that is allowed and should not be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counterexample {
    pub action: String,
    /// The ids of the policies that permit it, sorted.
    pub permitted_by: Vec<String>,
    /// The values that matter of the request, by name; [`UNKNOWN`] where a fact is absent. A value that is not
    /// here does not speak against acting.
    pub facts: BTreeMap<String, Value>,
}

impl Counterexample {
    /// Simplifies `request`, for which `holds` returns the policies that permit it. Each value is replaced by the one of
    /// a request with nothing against it, or the nearest to that, as long as `holds` still does. Tells what is left, and
    /// the facts that `named` names. `None` if `holds` refuses the request itself.
    pub(crate) fn simplified(
        request: PolicyRequest,
        guard: &Guard,
        named: &str,
        holds: impl Fn(&PolicyRequest) -> Option<Vec<String>>,
    ) -> Option<Self> {
        let calm = PolicyRequest::nothing_against(guard, &request.action);
        let request = simplify(request, &calm, &holds);
        let permitted_by = holds(&request)?;
        let told = |name: &str| {
            ALWAYS_TOLD.contains(&name)
                || request.values.get(name) != calm.values.get(name)
                || (name != PRINCIPAL && is_named(name, named))
        };
        let facts =
            calm.values.keys().filter(|name| told(name)).map(|name| {
                (name.clone(), request.values.get(name).cloned().unwrap_or_else(|| UNKNOWN.into()))
            });
        Some(Self { action: request.action.clone(), permitted_by, facts: facts.collect() })
    }
}

fn simplify(
    mut request: PolicyRequest,
    calm: &PolicyRequest,
    holds: impl Fn(&PolicyRequest) -> Option<Vec<String>>,
) -> PolicyRequest {
    // Twice, as one value may be in the way of another.
    for name in calm.values.keys().chain(calm.values.keys()) {
        let with = |request: &PolicyRequest, value: Option<&Value>| {
            let mut changed = request.clone();
            match value {
                Some(value) => changed.values.insert(name.clone(), value.clone()),
                None => changed.values.remove(name),
            };
            changed
        };
        let still_holds = |value: &Value| {
            let changed = with(&request, Some(value));
            holds(&changed).is_some().then_some(changed)
        };
        let wanted = calm.values.get(name);
        if request.values.get(name) == wanted {
            continue;
        }
        let simpler = wanted.and_then(&still_holds).or_else(|| match (request.values.get(name), wanted) {
            (Some(Value::Number(now)), Some(Value::Number(wanted))) => {
                nearest(now.as_i64()?, wanted.as_i64()?, |number| still_holds(&number.into()))
            }
            (Some(Value::String(_)), _) => {
                let words = WORDS.iter().find(|(fact, _)| fact == name)?.1;
                words.iter().find_map(|word| still_holds(&Value::from(*word)))
            }
            _ => None,
        });
        if let Some(simpler) = simpler {
            request = simpler;
        }
    }
    request
}

/// Halves the way from `now`, where `holds` does, to `wanted`, where it does not, and returns the last that held: the
/// nearest one where there is one threshold between the two.
fn nearest<T>(now: i64, wanted: i64, holds: impl Fn(i64) -> Option<T>) -> Option<T> {
    let (mut good, mut bad, mut found) = (i128::from(now), i128::from(wanted), None);
    while (good - bad).abs() > 1 {
        let middle = i128::midpoint(good, bad);
        match i64::try_from(middle).ok().and_then(&holds) {
            Some(held) => (good, found) = (middle, Some(held)),
            None => bad = middle,
        }
    }
    found
}

/// Returns true if the text of an expression has the fact's name in it, as a word.
pub(crate) fn is_named(fact: &str, expression: &str) -> bool {
    expression
        .split(|one: char| !(one.is_alphanumeric() || one == '_' || one == '.'))
        .any(|word| word == fact || word.strip_prefix("context.") == Some(fact))
}

#[cfg(test)]
mod tests {
    use guard::Facts;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn start(guard: &Guard, values: &[(&str, Value)]) -> PolicyRequest {
        let mut request = PolicyRequest::nothing_against(guard, "start-instance");
        for (name, value) in values {
            request.values.insert((*name).to_owned(), value.clone());
        }
        request
    }

    #[test]
    fn simplified_keeps_what_matters_and_its_nearest_value() {
        let guard = Guard::shipped().unwrap();
        let request = start(
            &guard,
            &[
                ("confidence_percent", json!(i64::MIN)),
                ("severity", json!(-77)),
                ("environment", json!("\u{1}")),
                ("changed_by", json!("")),
            ],
        );
        let holds = |request: &PolicyRequest| {
            let value = |name: &str| request.values[name].clone();
            let low = value("confidence_percent").as_i64().unwrap() < 70;
            (low && value("changed_by") != json!("person")).then(|| vec!["some-permit".to_owned()])
        };
        let found = Counterexample::simplified(request, &guard, "context.drill", holds).unwrap();
        assert_eq!(found.permitted_by, ["some-permit"]);
        let expected = json!({
            "approved": false, "mode": "autonomous", "confidence_percent": 69, "changed_by": "unknown", "drill": false,
        });
        assert_eq!(serde_json::to_value(&found.facts).unwrap(), expected);
    }

    #[test]
    fn simplified_absent_fact_is_unknown_and_a_request_that_does_not_hold_is_none() {
        let guard = Guard::shipped().unwrap();
        let mut request = start(&guard, &[]);
        request.values.remove("dependants");
        let absent = |request: &PolicyRequest| (!request.values.contains_key("dependants")).then(Vec::new);
        let found = Counterexample::simplified(request, &guard, "", absent).unwrap();
        assert_eq!(found.facts["dependants"], json!("unknown"));
        assert_eq!(Counterexample::simplified(start(&guard, &[]), &guard, "", absent), None);
    }

    #[test]
    fn words_are_those_of_the_facts() {
        for (name, words) in WORDS {
            for word in words {
                let Value::Object(mut context) = serde_json::to_value(Facts::nothing_against()).unwrap()
                else {
                    panic!("facts are an object");
                };
                assert!(context.insert(name.to_owned(), json!(word)).is_some(), "{name}");
                serde_json::from_value::<Facts>(Value::Object(context)).unwrap();
            }
        }
    }

    proptest! {
        #[test]
        fn nearest_finds_the_threshold(threshold in -1000i64..1000, now in any::<i64>()) {
            prop_assume!(now < threshold);
            let found = nearest(now, 1000, |number| (number < threshold).then_some(number));
            prop_assert_eq!(found.unwrap_or(now), threshold - 1);
        }
    }

    #[test]
    fn is_named_takes_whole_words() {
        for (fact, expression, expected) in [
            ("drill", "context.drill && true", true),
            ("drill", "context.unattended_drills", false),
            ("dependants", "!(context has dependants)", true),
            ("mode", "context.mode != \"off\"", true),
        ] {
            assert_eq!(is_named(fact, expression), expected, "{fact} in {expression}");
        }
    }
}
