//! Stores requests for approval and people's decisions on them: single-use, the first decision counts.
//!
//! Both expire after the retention, which is far longer than a request waits.
//!
//! A request and its expiry are one item, and a person's decision is another one, in a partition that no function may
//! write. Each is written in a transaction that checks the other, so that of an expiry and a decision one counts.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem, Update};
use common::{
    Approval, ApprovalDecision, IncidentId, PlanHash,
    ports::{Approvals, Decided, PortError, PortErrorKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore,
    item::{text, to_value},
    key::{APPROVAL, DECISION, Key, partition},
    write::{Transacted, contended, incomplete, insist, made, retry_on_conflict},
};
use crate::error::unreadable;

const TRIES: usize = 8;
const OPEN: &str = "attribute_exists(pk) AND attribute_not_exists(expired_at) AND requested_at = :requested";

/// The request as it is stored. It holds no decision: whoever may write requests cannot approve by one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRequest {
    pub(super) incident_id: IncidentId,
    pub(super) plan_hash: PlanHash,
    pub(super) requested_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) task_token: String,
    #[serde(default)]
    pub(super) expired_at: Option<Timestamp>,
}

/// A person's decision on the request that was made at `requested_at`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredDecision {
    pub(super) incident_id: IncidentId,
    pub(super) plan_hash: PlanHash,
    pub(super) requested_at: Timestamp,
    pub(super) decision: ApprovalDecision,
}

impl StoredRequest {
    /// Puts the request and the decision on it together. An expired one stays expired, whatever is beside it.
    fn with(self, decision: Option<StoredDecision>) -> Approval {
        let decision = match (self.expired_at, decision) {
            (Some(at), _) => ApprovalDecision::Expired { at },
            (None, Some(decided)) => decided.decision,
            (None, None) => ApprovalDecision::Pending,
        };
        Approval {
            incident_id: self.incident_id,
            plan_hash: self.plan_hash,
            requested_at: self.requested_at,
            expires_at: self.expires_at,
            task_token: self.task_token,
            decision,
        }
    }
}

impl From<&Approval> for StoredRequest {
    fn from(approval: &Approval) -> Self {
        Self {
            incident_id: approval.incident_id,
            plan_hash: approval.plan_hash.clone(),
            requested_at: approval.requested_at,
            expires_at: approval.expires_at,
            task_token: approval.task_token.clone(),
            expired_at: match approval.decision {
                ApprovalDecision::Expired { at } => Some(at),
                _ => None,
            },
        }
    }
}

impl Approvals for DynamoStore {
    async fn approval(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Approval>, PortError> {
        let Some(request) = self.get::<StoredRequest>(&Key::approval(incident, plan)).await? else {
            return Ok(None);
        };
        let decision = self.get(&Key::decision(incident, plan, request.requested_at)).await?;
        Ok(Some(request.with(decision)))
    }

    async fn request(
        &self,
        approval: &Approval,
        lapsed: Option<&ApprovalDecision>,
    ) -> Result<Approval, PortError> {
        let (incident, plan) = (approval.incident_id, &approval.plan_hash);
        let key = Key::approval(incident, plan);
        let operation = format!("PutItem {key}");
        let item = self.to_expiring_item(&operation, &key, &StoredRequest::from(approval))?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let known = match lapsed {
            Some(_) => self.approval(incident, plan).await?,
            None => None,
        };
        let put = match known.filter(|known| Some(&known.decision) == lapsed) {
            None => put.condition_expression("attribute_not_exists(pk)"),
            // A decision on a request never changes, so the request alone says that it is still the one that lapsed.
            Some(known) => put
                .condition_expression("attribute_not_exists(pk) OR requested_at = :lapsed")
                .expression_attribute_values(":lapsed", to_value(&operation, &known.requested_at)?),
        };
        if !made(&operation, retry_on_conflict(|| put.clone().send()).await)? {
            self.renew_token(approval).await?;
        }
        // What is there afterwards is the answer.
        let there = self.approval(incident, plan).await?;
        there.ok_or_else(|| unreadable(operation, "it was there and is not any more"))
    }

    async fn decide(
        &self,
        incident: IncidentId,
        plan: &PlanHash,
        decision: &ApprovalDecision,
    ) -> Result<Decided, PortError> {
        let key = Key::approval(incident, plan);
        let operation = format!("TransactWriteItems deciding {key}");
        insist(TRIES, || async {
            let Some(request) = self.get::<StoredRequest>(&key).await? else {
                return Ok(Decided::NoSuchRequest);
            };
            let writes = match decision {
                ApprovalDecision::Expired { at } => self.expiry(&operation, &key, &request, *at)?,
                ApprovalDecision::Approved { .. } | ApprovalDecision::Denied { .. } => {
                    self.persons_decision(&operation, &key, &request, decision)?
                }
                ApprovalDecision::Pending => {
                    return Err(PortError::new(
                        &operation,
                        PortErrorKind::Invalid,
                        "expected a decision that approves, denies or expires, got \"pending\"",
                    ));
                }
            };
            match self.transact(&operation, writes).await? {
                Transacted::Done => return Ok(Decided::Recorded),
                Transacted::Conflict => return Err(contended(&operation)),
                Transacted::Refused(_) => {}
            }
            match self.approval(incident, plan).await? {
                None => Ok(Decided::NoSuchRequest),
                // Another request took the place of the one that was read.
                Some(there) if there.decision == ApprovalDecision::Pending => Err(contended(&operation)),
                Some(there) => Ok(Decided::Already(there.decision)),
            }
        })
        .await
    }

    async fn approvals(&self, incident: IncidentId) -> Result<Vec<Approval>, PortError> {
        let requests: Vec<StoredRequest> = self.all(&partition(APPROVAL, incident)).await?;
        let decisions: Vec<StoredDecision> = self.all(&partition(DECISION, incident)).await?;
        let decision_on = |request: &StoredRequest| {
            let mut decisions = decisions.iter();
            decisions
                .find(|one| one.plan_hash == request.plan_hash && one.requested_at == request.requested_at)
                .cloned()
        };
        Ok(requests
            .into_iter()
            .map(|request| {
                let decision = decision_on(&request);
                request.with(decision)
            })
            .collect())
    }
}

impl DynamoStore {
    /// Gives the request, while it is undecided, the token of the execution that waits for it now.
    async fn renew_token(&self, approval: &Approval) -> Result<(), PortError> {
        let key = Key::approval(approval.incident_id, &approval.plan_hash);
        let operation = format!("TransactWriteItems {key} with a new token");
        insist(TRIES, || async {
            let Some(request) = self.get::<StoredRequest>(&key).await? else {
                return Ok(());
            };
            let update = self
                .update_of_open(&operation, &key, &request)?
                .update_expression("SET task_token = :token")
                .expression_attribute_values(":token", text(&approval.task_token));
            let update = TransactWriteItem::builder().update(update.build().map_err(incomplete)?).build();
            match self.transact(&operation, vec![update, self.undecided(&request)?]).await? {
                Transacted::Done | Transacted::Refused(_) => Ok(()),
                Transacted::Conflict => Err(contended(&operation)),
            }
        })
        .await
    }

    fn expiry(
        &self,
        operation: &str,
        key: &Key,
        request: &StoredRequest,
        at: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let update = self
            .update_of_open(operation, key, request)?
            .update_expression("SET expired_at = :at")
            .expression_attribute_values(":at", to_value(operation, &at)?);
        let update = TransactWriteItem::builder().update(update.build().map_err(incomplete)?).build();
        Ok(vec![update, self.undecided(request)?])
    }

    fn persons_decision(
        &self,
        operation: &str,
        key: &Key,
        request: &StoredRequest,
        decision: &ApprovalDecision,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let decided = StoredDecision {
            incident_id: request.incident_id,
            plan_hash: request.plan_hash.clone(),
            requested_at: request.requested_at,
            decision: decision.clone(),
        };
        let decision_key = Key::decision(request.incident_id, &request.plan_hash, request.requested_at);
        let is_open = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression(OPEN)
            .expression_attribute_values(":requested", to_value(operation, &request.requested_at)?)
            .build()
            .map_err(incomplete)?;
        Ok(vec![
            self.put_new(self.to_expiring_item(operation, &decision_key, &decided)?)?,
            TransactWriteItem::builder().condition_check(is_open).build(),
        ])
    }

    fn update_of_open(
        &self,
        operation: &str,
        key: &Key,
        request: &StoredRequest,
    ) -> Result<aws_sdk_dynamodb::types::builders::UpdateBuilder, PortError> {
        Ok(Update::builder()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression(OPEN)
            .expression_attribute_values(":requested", to_value(operation, &request.requested_at)?))
    }

    /// The check, in a transaction, that no person has decided on the request.
    fn undecided(&self, request: &StoredRequest) -> Result<TransactWriteItem, PortError> {
        let key = Key::decision(request.incident_id, &request.plan_hash, request.requested_at);
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn request_and_decision_together_are_the_approval() {
        let at = sample::at();
        let approved = ApprovalDecision::Approved { by: "ada".to_owned(), at };
        let expired = ApprovalDecision::Expired { at };
        for (expired_at, decision, expected) in [
            (None, None, &ApprovalDecision::Pending),
            (None, Some(&approved), &approved),
            (Some(at), None, &expired),
            (Some(at), Some(&approved), &expired),
        ] {
            let request = StoredRequest {
                incident_id: sample::incident().id,
                plan_hash: common::sha256_hex("plan").parse().unwrap(),
                requested_at: at,
                expires_at: at,
                task_token: "t".to_owned(),
                expired_at,
            };
            let decision = decision.map(|decision| StoredDecision {
                incident_id: request.incident_id,
                plan_hash: request.plan_hash.clone(),
                requested_at: at,
                decision: decision.clone(),
            });
            assert_eq!(request.with(decision).decision, *expected);
        }
    }
}
