//! `JSONata` as Step Functions evaluates it: `{% … %}` in any string of a template, variables by
//! name, the rest under `$states`, and an undefined result is an error.

use std::collections::BTreeMap;

use jsonata_core::{
    evaluator::{Context, Evaluator},
    parser,
    value::JValue,
};
use serde_json::Value;

/// What Step Functions calls `States.QueryEvaluationError`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}`: {reason}")]
pub struct QueryError {
    pub expression: String,
    pub reason: String,
}

impl QueryError {
    fn new(expression: &str, reason: &dyn std::fmt::Display) -> Self {
        Self { expression: expression.to_owned(), reason: reason.to_string() }
    }
}

/// The values that an expression sees.
#[derive(Debug, Default, Clone)]
pub struct Scope {
    pub variables: BTreeMap<String, Value>,
    /// `$states`.
    pub states: Value,
}

/// The expression in `{% … %}`, if the string is one.
pub fn expression_in(text: &str) -> Option<&str> {
    Some(text.trim().strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

/// Every expression in a template.
pub fn expressions(template: &Value) -> Vec<&str> {
    match template {
        Value::String(text) => expression_in(text).into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(expressions).collect(),
        Value::Object(fields) => fields.values().flat_map(expressions).collect(),
        _ => Vec::new(),
    }
}

pub fn parse(expression: &str) -> Result<(), QueryError> {
    parser::parse(expression).map(drop).map_err(|error| QueryError::new(expression, &error))
}

/// The template with every expression in it replaced by its value.
pub fn fill(template: &Value, scope: &Scope) -> Result<Value, QueryError> {
    match template {
        Value::String(text) => match expression_in(text) {
            Some(expression) => evaluate(expression, scope),
            None => Ok(template.clone()),
        },
        Value::Array(items) => items.iter().map(|item| fill(item, scope)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| Ok((name.clone(), fill(value, scope)?))).collect()
        }
        _ => Ok(template.clone()),
    }
}

fn evaluate(expression: &str, scope: &Scope) -> Result<Value, QueryError> {
    let parsed = parser::parse(expression).map_err(|error| QueryError::new(expression, &error))?;
    let mut context = Context::new();
    for (name, value) in &scope.variables {
        context.bind(name.clone(), JValue::from(value.clone()));
    }
    context.bind("states".to_owned(), JValue::from(scope.states.clone()));
    let value = Evaluator::with_context(context)
        .evaluate(&parsed, &JValue::Undefined)
        .map_err(|error| QueryError::new(expression, &error))?;
    if value.is_undefined() {
        return Err(QueryError::new(expression, &"did not return a result"));
    }
    Ok(whole(Value::from(&value)))
}

/// `JSONata` counts in doubles, but JSON writes a whole one without a point, and readers of integers
/// count on that.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(ref number) => match number.as_f64() {
            // Beyond 2^53 a double is no exact integer.
            #[allow(clippy::cast_possible_truncation)]
            Some(double) if double.fract() == 0.0 && double.abs() < 9_007_199_254_740_992.0 => {
                Value::from(double as i64)
            }
            _ => value,
        },
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, whole(field))).collect(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        Scope {
            variables: BTreeMap::from([
                ("attempt".to_owned(), json!(1)),
                ("nothing".to_owned(), Value::Null),
            ]),
            states: json!({ "input": { "a": [1, 2] } }),
        }
    }

    #[test]
    fn expressions_in_a_template_are_filled() {
        let template =
            json!({ "next": "{% $attempt + 1 %}", "plain": "text", "all": ["{% $states.input.a %}"] });
        let filled = fill(&template, &scope()).unwrap();
        assert_eq!(filled, json!({ "next": 2, "plain": "text", "all": [[1, 2]] }));
    }

    #[test]
    fn null_is_a_value_and_undefined_an_error() {
        assert_eq!(fill(&json!("{% $nothing %}"), &scope()), Ok(Value::Null));
        assert_eq!(fill(&json!("{% $nothing != null %}"), &scope()), Ok(json!(false)));
        for missing in ["{% $states.input.b %}", "{% $unknown %}"] {
            assert!(fill(&json!(missing), &scope()).is_err(), "{missing}");
        }
    }
}
