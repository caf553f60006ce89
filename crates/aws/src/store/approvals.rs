//! Requests for approval: single-use, first decision counts.

use common::{
    Approval, ApprovalDecision, IncidentId, PlanHash,
    ports::{Approvals, Decided, PortError},
};

use super::{
    DynamoStore,
    item::{text, to_item, to_value},
    key::{APPROVAL, Key, incident_partition},
    write::{made, retry_on_conflict},
};
use crate::error::unreadable;

/// `state` is a reserved word of DynamoDB's expressions.
const PENDING: &str = "decision.#state = :pending";

impl Approvals for DynamoStore {
    async fn approval(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Approval>, PortError> {
        self.get(&Key::approval(incident, plan)).await
    }

    async fn request(
        &self,
        approval: &Approval,
        lapsed: Option<&ApprovalDecision>,
    ) -> Result<Approval, PortError> {
        let key = Key::approval(approval.incident_id, &approval.plan_hash);
        let operation = format!("PutItem {key}");
        let item = to_item(&operation, &key, approval)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = match lapsed {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(lapsed) => put
                .condition_expression("attribute_not_exists(pk) OR decision = :lapsed")
                .expression_attribute_values(":lapsed", to_value(&operation, lapsed)?),
        };
        if made(&operation, retry_on_conflict(|| put.clone().send()).await)? {
            return Ok(approval.clone());
        }
        let operation = format!("UpdateItem {key} with a new token");
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .update_expression("SET task_token = :token")
            .condition_expression(PENDING)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":token", text(&approval.task_token));
        // Refused or not, what is there afterwards is the answer.
        made(&operation, retry_on_conflict(|| update.clone().send()).await)?;
        self.get(&key).await?.ok_or_else(|| unreadable(operation, "it was there and is not any more"))
    }

    async fn decide(
        &self,
        incident: IncidentId,
        plan: &PlanHash,
        decision: &ApprovalDecision,
    ) -> Result<Decided, PortError> {
        let key = Key::approval(incident, plan);
        let operation = format!("UpdateItem {key}");
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .update_expression("SET decision = :decision")
            .condition_expression(PENDING)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":decision", to_value(&operation, decision)?);
        if made(&operation, retry_on_conflict(|| update.clone().send()).await)? {
            return Ok(Decided::Recorded);
        }
        let there: Option<Approval> = self.get(&key).await?;
        Ok(there.map_or(Decided::NoSuchRequest, |approval| Decided::Already(approval.decision)))
    }

    async fn approvals(&self, incident: IncidentId) -> Result<Vec<Approval>, PortError> {
        self.all(&incident_partition(incident), APPROVAL).await
    }
}
