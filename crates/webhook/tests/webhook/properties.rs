//! What holds for every message.

use common::{Vendor, untrusted_text::is_hidden};
use proptest::prelude::*;
use serde_json::{Value, json};
use webhook::{Payload, parse};

use super::samples::SAMPLES;

/// Every place in a document, as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let place = format!("{at}/{}", escaped(name));
                found.push(place.clone());
                places(inner, &place, found);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                let place = format!("{at}/{i}");
                found.push(place.clone());
                places(inner, &place, found);
            }
        }
        _ => {}
    }
}

fn without(document: &Value, place: &str) -> Value {
    let mut document = document.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Value::Array(items) => {
            items.remove(name.parse().unwrap());
        }
        _ => unreachable!(),
    }
    document
}

/// An answer is alerts that can be shown, or a reason.
fn check(vendor: Vendor, body: &[u8]) {
    match parse(vendor, body) {
        Ok(Payload::Alerts(alerts)) => {
            assert!(!alerts.is_empty());
            for alert in alerts {
                assert!(!alert.title.is_empty() && !alert.alert_id.is_empty(), "{alert:?}");
                let texts = alert.labels.iter().flat_map(|(name, value)| [name, value]);
                for text in
                    texts.chain([&alert.title, &alert.alert_id]).chain(&alert.description).chain(&alert.link)
                {
                    assert!(!text.chars().any(is_hidden), "{text:?}");
                }
                let written = serde_json::to_string(&alert).unwrap();
                assert_eq!(serde_json::from_str::<common::WebhookAlert>(&written).unwrap(), alert);
            }
        }
        Ok(Payload::Nothing { reason }) => assert!(!reason.is_empty()),
        Err(error) => {
            let error = error.to_string();
            assert!(error.starts_with("missing `") || error.starts_with("invalid "), "{error}");
        }
    }
}

#[test]
fn sample_with_any_field_removed_or_of_another_type_has_an_answer() {
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{202e}x\u{0}"),
        json!([]),
        json!([null]),
        json!({}),
        json!("x".repeat(5000)),
    ];
    let mut count = 0;
    for (vendor, _, text) in SAMPLES {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut found = Vec::new();
        places(&document, "", &mut found);
        for place in found {
            check(vendor, without(&document, &place).to_string().as_bytes());
            for other in &others {
                let mut changed = document.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                check(vendor, changed.to_string().as_bytes());
                count += 1;
            }
        }
    }
    assert!(count > 2000, "{count}");
}

#[test]
fn sample_of_another_vendor_has_an_answer() {
    for (_, _, text) in SAMPLES {
        for vendor in Vendor::ALL {
            check(vendor, text.as_bytes());
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        proptest::sample::select(vec![
            "firing",
            "resolved",
            "Triggered",
            "OPEN",
            "incident.triggered",
            "open",
            "alerting"
        ])
        .prop_map(Value::from),
    ];
    let names = proptest::sample::select(vec![
        "alerts",
        "status",
        "labels",
        "annotations",
        "event",
        "event_type",
        "data",
        "id",
        "title",
        "state",
        "State",
        "PID",
        "ProblemTitle",
        "alert_id",
        "alert_transition",
        "ruleId",
        "current_state",
        "incident_id",
        "condition_name",
        "evalMatches",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(names.clone(), inner, 0..8).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_have_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for vendor in Vendor::ALL {
            check(vendor, &bytes);
        }
    }

    #[test]
    fn any_json_has_an_answer(json in any_json()) {
        for vendor in Vendor::ALL {
            check(vendor, json.to_string().as_bytes());
        }
    }

    #[test]
    fn sample_with_any_byte_changed_has_an_answer(sample in 0usize..SAMPLES.len(), at in any::<usize>(), byte in any::<u8>()) {
        let (vendor, _, text) = SAMPLES[sample];
        let mut bytes = text.as_bytes().to_owned();
        let at = at % bytes.len();
        bytes[at] = byte;
        check(vendor, &bytes);
    }
}
