//! JSON between `serde_json` and the SDK.

use aws_smithy_types::{Document, Number};
use serde_json::{Map, Value};

pub(super) fn to_document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(bool) => Document::Bool(*bool),
        Value::Number(number) => number
            .as_u64()
            .map(Number::PosInt)
            .or_else(|| number.as_i64().map(Number::NegInt))
            .or_else(|| number.as_f64().map(Number::Float))
            .map_or(Document::Null, Document::Number),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(values) => Document::Array(values.iter().map(to_document).collect()),
        Value::Object(fields) => {
            Document::Object(fields.iter().map(|(name, value)| (name.clone(), to_document(value))).collect())
        }
    }
}

/// Objects by the order of their names. What JSON has no word for, as infinity, is null.
pub(super) fn to_json(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(bool) => Value::Bool(*bool),
        Document::Number(Number::PosInt(number)) => Value::from(*number),
        Document::Number(Number::NegInt(number)) => Value::from(*number),
        Document::Number(Number::Float(number)) => Value::from(*number),
        Document::String(text) => Value::String(text.clone()),
        Document::Array(values) => Value::Array(values.iter().map(to_json).collect()),
        Document::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            Value::Object(
                fields.into_iter().map(|(name, value)| (name.clone(), to_json(value))).collect::<Map<_, _>>(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("JSON has no infinity", |number| number.is_finite())
                .prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_survives_the_way_there_and_back(value in any_json()) {
            let back = to_json(&to_document(&value));
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(back.to_string(), to_json(&to_document(&back)).to_string());
        }
    }

    #[test]
    fn numbers_at_the_edges_stay_what_they_are() {
        for value in [json!(u64::MAX), json!(i64::MIN), json!(0), json!(-0.0), json!(1e300), json!(0.1)] {
            assert_eq!(to_json(&to_document(&value)), value);
        }
        assert_eq!(to_json(&Document::Number(Number::Float(f64::INFINITY))), Value::Null);
    }

    #[test]
    fn object_is_written_by_the_order_of_its_names() {
        let value = json!({"b": 1, "a": {"d": 2, "c": 3}});
        assert_eq!(to_json(&to_document(&value)).to_string(), r#"{"a":{"c":3,"d":2},"b":1}"#);
    }
}
