//! Configuration from the environment.

use std::{env, str::FromStr};

use serde::de::DeserializeOwned;

/// A variable that is missing or wrong.
#[derive(Debug, thiserror::Error)]
#[error("environment variable {name}: {problem}")]
pub struct ConfigError {
    pub name: &'static str,
    pub problem: String,
}

/// A variable that must be there.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    match env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        _ => Err(ConfigError { name, problem: "expected a value, found none".to_owned() }),
    }
}

/// A variable that may be empty.
pub fn optional(name: &'static str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A variable that must hold JSON of this shape.
pub fn required_json<T: DeserializeOwned>(name: &'static str) -> Result<T, ConfigError> {
    serde_json::from_str(&required(name)?).map_err(|error| ConfigError { name, problem: error.to_string() })
}

/// A variable that must be `true` or `false`.
pub fn flag(name: &'static str) -> Result<bool, ConfigError> {
    let value = required(name)?;
    value
        .trim()
        .parse()
        .map_err(|_| ConfigError { name, problem: format!("{value:?}: expected true or false") })
}

/// A variable that must hold a number.
pub fn number<T: FromStr>(name: &'static str) -> Result<T, ConfigError> {
    let value = required(name)?;
    value.trim().parse().map_err(|_| ConfigError { name, problem: format!("{value:?} is no whole number") })
}
