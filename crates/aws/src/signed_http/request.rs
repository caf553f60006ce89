//! Builds the request of a call, before it is signed.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::{
    BoxError,
    encoding::{pairs, percent, percent_path},
    operation::{Operation, Protocol},
};

/// The input of an operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input {
    about: String,
    labels: Vec<String>,
    pairs: Vec<(String, String)>,
    body: Option<Value>,
    /// In place of `body`, for a service that takes a text as it is.
    text: Option<String>,
    headers: Vec<(&'static str, String)>,
    first_bytes: Option<usize>,
}

impl Input {
    /// `about` is what an error says that it was asked about.
    pub(crate) fn about(&self) -> &str {
        &self.about
    }

    pub(crate) fn new(about: impl Into<String>) -> Self {
        Self { about: about.into(), ..Self::default() }
    }

    /// Sets the path's next `{}`.
    #[must_use]
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// Adds a pair to the URL's query, or to the form of a Query service.
    #[must_use]
    pub(crate) fn pair(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.pairs.push((key.into(), value.into()));
        self
    }

    #[must_use]
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets the body of a call that takes a text as it is.
    #[must_use]
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// No more of an object than its beginning.
    #[must_use]
    pub(crate) const fn first_bytes(mut self, most: usize) -> Self {
        self.first_bytes = Some(most);
        self
    }

    /// The page after this token: a field of the body where there is one, else a pair.
    #[must_use]
    pub(crate) fn page(mut self, field: &str, token: Option<&str>) -> Self {
        let Some(token) = token else { return self };
        match self.body.as_mut().and_then(Value::as_object_mut) {
            Some(body) => {
                body.insert(field.to_owned(), token.into());
                self
            }
            None => self.pair(field, token),
        }
    }
}

pub(super) fn build(operation: &Operation, input: &Input, endpoint: &str) -> Result<HttpRequest, BoxError> {
    let protocol = operation.service().protocol;
    let path = path(operation.path(), &input.labels, protocol)?;
    let form = matches!(protocol, Protocol::Query { .. });
    let query =
        if form || input.pairs.is_empty() { String::new() } else { format!("?{}", pairs(&input.pairs)) };
    let body = match protocol {
        Protocol::AwsJson { .. } => input.body.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string),
        Protocol::RestJson | Protocol::RestXml => {
            let json = || input.body.as_ref().map(Value::to_string);
            input.text.clone().or_else(json).unwrap_or_default()
        }
        Protocol::Query { version } => {
            let mut form = vec![
                ("Action".to_owned(), operation.name().to_owned()),
                ("Version".to_owned(), version.to_owned()),
            ];
            form.extend(input.pairs.iter().cloned());
            pairs(&form)
        }
    };
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(operation.method())?;
    request.set_uri(format!("{endpoint}{path}{query}"))?;
    let headers = request.headers_mut();
    for (name, value) in &input.headers {
        headers.try_insert(*name, value.clone())?;
    }
    if operation.is_if_absent() {
        headers.try_insert("if-none-match", "*")?;
    }
    if let Some(last) = input.first_bytes.and_then(|most| most.checked_sub(1)) {
        headers.try_insert("range", format!("bytes=0-{last}"))?;
    }
    match protocol {
        Protocol::AwsJson { version, target } => {
            headers.try_insert("content-type", format!("application/x-amz-json-{version}"))?;
            headers.try_insert("x-amz-target", format!("{target}.{}", operation.name()))?;
        }
        Protocol::RestJson if input.body.is_some() => {
            headers.try_insert("content-type", "application/json")?;
        }
        Protocol::Query { .. } => {
            headers.try_insert("content-type", "application/x-www-form-urlencoded")?;
        }
        Protocol::RestJson | Protocol::RestXml => {}
    }
    Ok(request)
}

/// A label that is empty or leads out of its place would ask something else.
fn path(template: &str, labels: &[String], protocol: Protocol) -> Result<String, BoxError> {
    let mut labels = labels.iter();
    let mut parts = template.split("{}");
    let mut path = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let label = labels.next().ok_or("a part of the path is missing")?;
        if label.is_empty() || label.split('/').any(|step| step == "." || step == "..") {
            return Err(format!("{label:?} cannot be a part of a path").into());
        }
        // A slash separates the parts of S3's keys; in another service's label it is a letter, as in an ARN.
        let encoded = if protocol == Protocol::RestXml { percent_path(label) } else { percent(label) };
        path.push_str(&encoded);
        path.push_str(part);
    }
    if labels.next().is_some() {
        return Err("the path has no place for all its parts".into());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signed_http::services::{CODE_DEPLOY, LAMBDA, RDS};

    #[test]
    fn request_of_each_protocol_carries_its_name_where_the_service_looks() {
        const DEPLOYMENTS: Operation = Operation::new(&CODE_DEPLOY, "ListDeployments");
        const VERSIONS: Operation =
            Operation::at(&LAMBDA, "ListVersionsByFunction", "GET", "/2015-03-31/functions/{}/versions");
        const INSTANCES: Operation = Operation::new(&RDS, "DescribeDBInstances");
        let asked = |operation, input: &Input| {
            let request = build(operation, input, "http://h").unwrap();
            let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
            let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
            (
                format!("{} {}", request.method(), request.uri()),
                header("x-amz-target"),
                header("content-type"),
                body,
            )
        };
        let body = Input::new("").body(json!({"a": 1})).page("nextToken", Some("t"));
        assert_eq!(
            asked(&DEPLOYMENTS, &body),
            (
                "POST http://h/".into(),
                "CodeDeploy_20141006.ListDeployments".into(),
                "application/x-amz-json-1.1".into(),
                r#"{"a":1,"nextToken":"t"}"#.into()
            )
        );
        let versions = Input::new("").label("a b").page("Marker", Some("m/1"));
        assert_eq!(
            asked(&VERSIONS, &versions).0,
            "GET http://h/2015-03-31/functions/a%20b/versions?Marker=m%2F1"
        );
        let instances = Input::new("").pair("DBInstanceIdentifier", "a&b");
        assert_eq!(
            asked(&INSTANCES, &instances).3,
            "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=a%26b"
        );
    }

    #[test]
    fn path_label_that_leads_elsewhere_is_refused() {
        for labels in [vec![], vec![String::new()], vec!["..".into()], vec!["a/../b".into()]] {
            assert!(path("/x/{}/y", &labels, Protocol::RestXml).is_err(), "{labels:?}");
        }
        assert!(path("/x", &["a".into()], Protocol::RestXml).is_err());
    }

    #[test]
    fn path_label_keeps_its_slashes_only_where_they_separate() {
        let labels = ["a".into(), "b/c d".into()];
        assert_eq!(path("/{}/{}", &labels, Protocol::RestXml).unwrap(), "/a/b/c%20d");
        assert_eq!(path("/{}/{}", &labels, Protocol::RestJson).unwrap(), "/a/b%2Fc%20d");
    }
}
