//! Stores the conclusions of earlier incidents of an application, the newest first.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use common::{
    Incident, Outcome,
    ports::{PortError, Precedents, Reading},
    precedent::Precedent,
};

use super::{
    DynamoStore,
    item::{Item, from_item, text},
    key::{Key, application_partition},
};
use crate::{cli_command::aws, error::failed};

impl Precedents for DynamoStore {
    async fn remember(&self, precedent: &Precedent) -> Result<(), PortError> {
        self.put_expiring(&Key::precedent(precedent), precedent).await
    }

    /// Of a diagnosis that was made again, as after a crash, the last.
    async fn precedents(&self, application: &str, most: u32) -> Result<Reading<Vec<Precedent>>, PortError> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut found = self.newest(application, most).await?;
        let mut outcomes: BTreeMap<_, Option<Outcome>> = BTreeMap::new();
        for precedent in &mut found {
            precedent.outcome = match outcomes.entry(precedent.incident_id) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(unknown) => {
                    let incident: Option<Incident> = self.get(&Key::incident(precedent.incident_id)).await?;
                    unknown.insert(incident.and_then(|incident| incident.outcome)).clone()
                }
            };
        }
        Ok(Reading::new(self.query_of(application), found))
    }
}

impl DynamoStore {
    async fn newest(&self, application: &str, most: usize) -> Result<Vec<Precedent>, PortError> {
        let partition = application_partition(application);
        let operation = || format!("Query {partition}");
        let mut known = BTreeSet::new();
        let mut found: Vec<Precedent> = Vec::new();
        let mut start: Option<Item> = None;
        while found.len() < most {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(&partition))
                .scan_index_forward(false)
                .limit(i32::try_from(most.saturating_sub(found.len())).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            for item in page.items.unwrap_or_default() {
                let precedent: Precedent = from_item(operation(), item)?;
                if known.insert((precedent.incident_id, precedent.attempt)) {
                    found.push(precedent);
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn query_of(&self, application: &str) -> String {
        let values = serde_json::json!({":pk": {"S": application_partition(application)}}).to_string();
        aws([
            "dynamodb",
            "query",
            "--table-name",
            &self.table,
            "--key-condition-expression",
            "pk = :pk",
            "--expression-attribute-values",
            &values,
            "--no-scan-index-forward",
        ])
    }
}
