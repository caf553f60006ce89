//! Garbles documented answers, for property tests of what is made of strange ones.

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

/// The answer with some of its values replaced by what nobody documents.
pub(crate) fn garbled(recorded: Value) -> impl Strategy<Value = Value> {
    let odd = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(1e308)),
        Just(json!(u64::MAX)),
        Just(json!("")),
        Just(json!("{")),
        Just(json!("\u{202e}x\n")),
        Just(json!([])),
        Just(json!([[]])),
        Just(json!([{}, null])),
        Just(json!({})),
        Just(json!({"a": {"a": []}})),
        any::<String>().prop_map(Value::String),
        any::<f64>().prop_map(|number| json!(number)),
    ];
    prop::collection::vec((any::<Index>(), odd), 0..4).prop_map(move |changes| {
        let mut answer = recorded.clone();
        for (place, odd) in changes {
            let mut count = 0;
            visit(&mut answer, &mut |_| count += 1);
            let (chosen, mut seen) = (place.index(count), 0);
            visit(&mut answer, &mut |value| {
                if seen == chosen {
                    *value = odd.clone();
                }
                seen += 1;
            });
        }
        answer
    })
}

fn visit(value: &mut Value, seen: &mut impl FnMut(&mut Value)) {
    seen(value);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, seen)),
        Value::Object(fields) => fields.values_mut().for_each(|field| visit(field, seen)),
        _ => {}
    }
}
