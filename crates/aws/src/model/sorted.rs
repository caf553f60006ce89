//! Sorts JSON keys, so that the same request is always the same bytes.
//!
//! The service finds the beginning of a request in its cache by what it looks like, and the SDK writes
//! the objects of a schema in another order each time. So every object is written by the order of its
//! names, before the request is signed.

use std::collections::BTreeMap;

use aws_sdk_bedrockruntime::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    error::BoxError,
};
use aws_smithy_types::body::SdkBody;
use serde_json::value::RawValue;

#[derive(Debug)]
pub(super) struct SortedBody;

impl Intercept for SortedBody {
    fn name(&self) -> &'static str {
        "SortedBody"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if let Some(body) = request.body().bytes() {
            let sorted = sorted(serde_json::from_slice(body)?)?;
            request.headers_mut().insert("content-length", sorted.len().to_string());
            *request.body_mut() = SdkBody::from(sorted);
        }
        Ok(())
    }
}

/// The same JSON with every object's names in order. Numbers and texts stay as they are written.
fn sorted(value: &RawValue) -> Result<String, serde_json::Error> {
    let text = value.get();
    let (open, parts, close) = match text.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            let write = |(name, value)| Ok(format!("{}:{}", serde_json::to_string(&name)?, sorted(value)?));
            ('{', fields.into_iter().map(write).collect::<Result<Vec<_>, serde_json::Error>>()?, '}')
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(text)?;
            ('[', values.into_iter().map(sorted).collect::<Result<Vec<_>, _>>()?, ']')
        }
        _ => return Ok(text.to_owned()),
    };
    Ok(format!("{open}{}{close}", parts.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_orders_names_at_every_depth_and_nothing_else() {
        for (given, expected) in [
            (r#"{"b": [ {"z":1, "y":2} , 3.10 ], "a": null}"#, r#"{"a":null,"b":[{"y":2,"z":1},3.10]}"#),
            (r#"{"\u00e4":"\u00e4","z":18446744073709551616}"#, r#"{"z":18446744073709551616,"ä":"\u00e4"}"#),
            (r"[]", r"[]"),
            (r"{}", r"{}"),
            (r#""{\"b\":1}""#, r#""{\"b\":1}""#),
        ] {
            assert_eq!(sorted(serde_json::from_str(given).unwrap()).unwrap(), expected);
        }
    }
}
