//! The SAM template as JSON, its short-form functions written out (`!Ref X` is `{"Ref": "X"}`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use crate::repository;

#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("could not read {path}")]
    Read { path: String, source: std::io::Error },
    #[error("{path} is no YAML")]
    Parse { path: String, source: serde_yaml_ng::Error },
}

#[derive(Debug, Clone)]
pub struct Template {
    pub text: String,
    pub json: Value,
}

impl Template {
    /// Reads `infra/<name>`.
    pub fn load(name: &str) -> Result<Self, TemplateError> {
        let path = format!("infra/{name}");
        let text =
            repository::read(&path).map_err(|source| TemplateError::Read { path: path.clone(), source })?;
        let yaml: Yaml =
            serde_yaml_ng::from_str(&text).map_err(|source| TemplateError::Parse { path, source })?;
        Ok(Self { text, json: to_json(yaml) })
    }

    pub fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        fields(&self.json["Resources"])
    }

    pub fn resources_of(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.resources().filter(move |(_, resource)| resource["Type"] == kind)
    }

    pub fn properties(&self, resource: &str) -> &Value {
        &self.json["Resources"][resource]["Properties"]
    }

    /// The function's environment, with what all functions have.
    pub fn environment(&self, function: &str) -> BTreeMap<&str, &Value> {
        let global = &self.json["Globals"]["Function"]["Environment"]["Variables"];
        let own = &self.properties(function)["Environment"]["Variables"];
        fields(global).chain(fields(own)).collect()
    }

    /// Every statement of every policy in the template, whatever it belongs to.
    pub fn statements(&self) -> Vec<(&str, &Value)> {
        self.resources()
            .flat_map(|(name, resource)| statements_in(resource).into_iter().map(move |found| (name, found)))
            .collect()
    }

    /// The actions that the resource's own policies allow.
    pub fn allowed(&self, resource: &str) -> BTreeSet<&str> {
        statements_in(&self.properties(resource)["Policies"])
            .into_iter()
            .filter(|statement| statement["Effect"] == "Allow")
            .flat_map(|statement| strings(&statement["Action"]))
            .collect()
    }
}

/// A string, or the strings of a list.
pub fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

pub fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn statements_in(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(object) if object.contains_key("Effect") => vec![value],
        Value::Object(object) => object.values().flat_map(statements_in).collect(),
        Value::Array(items) => items.iter().flat_map(statements_in).collect(),
        _ => Vec::new(),
    }
}

fn to_json(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = match tag.trim_start_matches('!') {
                "Ref" => "Ref".to_owned(),
                "Condition" => "Condition".to_owned(),
                function => format!("Fn::{function}"),
            };
            Value::Object(Map::from_iter([(name, to_json(tagged.value))]))
        }
        Yaml::Mapping(mapping) => mapping
            .into_iter()
            .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), to_json(value)))
            .collect(),
        Yaml::Sequence(items) => items.into_iter().map(to_json).collect(),
        Yaml::String(text) => Value::String(text),
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => serde_json::to_value(number).unwrap_or_default(),
        Yaml::Null => Value::Null,
    }
}
