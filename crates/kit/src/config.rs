//! Reads the configuration from environment variables.

use std::{env, fmt::Display, str::FromStr};

use serde::de::DeserializeOwned;

/// An environment variable that is missing or invalid.
#[derive(Debug, thiserror::Error)]
#[error("invalid environment variable {name}: {problem}")]
pub struct ConfigError {
    pub name: &'static str,
    pub problem: String,
}

/// Reads a variable that must be set.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    match env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        _ => Err(ConfigError { name, problem: "missing: expected a value".to_owned() }),
    }
}

/// Reads a variable that may be missing or empty.
pub fn optional(name: &'static str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Reads a variable that must hold JSON of this shape.
pub fn required_json<T: DeserializeOwned>(name: &'static str) -> Result<T, ConfigError> {
    serde_json::from_str(&required(name)?).map_err(|error| ConfigError { name, problem: error.to_string() })
}

/// Reads a variable that must be the text of a `T`.
pub fn parsed<T: FromStr<Err: Display>>(name: &'static str) -> Result<T, ConfigError> {
    required(name)?.trim().parse().map_err(|error: T::Err| ConfigError { name, problem: error.to_string() })
}

/// Reads a variable that must be `true` or `false`.
pub fn flag(name: &'static str) -> Result<bool, ConfigError> {
    let value = required(name)?;
    value
        .trim()
        .parse()
        .map_err(|_| ConfigError { name, problem: format!("{value:?}: expected true or false") })
}

/// Reads a variable that must hold a whole number.
pub fn number<T: FromStr>(name: &'static str) -> Result<T, ConfigError> {
    let value = required(name)?;
    value
        .trim()
        .parse()
        .map_err(|_| ConfigError { name, problem: format!("{value:?}: expected a whole number") })
}
