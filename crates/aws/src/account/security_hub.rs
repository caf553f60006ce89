//! Asks Security Hub for the grave findings about resources that nobody has settled.

use serde_json::{Value, json};

use crate::{
    cli_command::aws,
    signed_http::{Operation, services::SECURITY_HUB},
};

pub(crate) const GET_FINDINGS: Operation = Operation::at(&SECURITY_HUB, "GetFindings", "POST", "/findings");

/// The most findings on one page.
const PAGE: u32 = 50;

/// A request for the findings about some resources, newest first.
pub(crate) struct FindingsQuery {
    filters: Value,
}

impl FindingsQuery {
    /// `resources` are ARNs, 20 at most.
    pub(crate) fn new(resources: &[String]) -> Self {
        let one_of = |values: &[&str]| -> Value {
            values.iter().map(|value| json!({"Value": value, "Comparison": "EQUALS"})).collect()
        };
        let ids: Vec<&str> = resources.iter().map(String::as_str).collect();
        let filters = json!({
            "ResourceId": one_of(&ids),
            "RecordState": one_of(&["ACTIVE"]),
            "WorkflowStatus": one_of(&["NEW", "NOTIFIED"]),
            "SeverityLabel": one_of(&["HIGH", "CRITICAL"]),
        });
        Self { filters }
    }

    /// Returns the command with which a person asks for the same.
    pub(crate) fn command(&self) -> String {
        aws(["securityhub", "get-findings", "--filters", &self.filters.to_string()])
    }

    pub(crate) fn body(&self) -> Value {
        let newest_first = json!([{"Field": "UpdatedAt", "SortOrder": "desc"}]);
        json!({"Filters": self.filters, "SortCriteria": newest_first, "MaxResults": PAGE})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_asks_for_what_is_grave_and_unsettled() {
        let query = FindingsQuery::new(&["arn:1".to_owned()]);
        assert_eq!(
            query.body()["Filters"]["ResourceId"],
            json!([{"Value": "arn:1", "Comparison": "EQUALS"}])
        );
        assert_eq!(query.body()["Filters"]["SeverityLabel"].as_array().unwrap().len(), 2);
        assert!(
            query.command().starts_with("aws securityhub get-findings --filters "),
            "{}",
            query.command()
        );
    }
}
