//! Finds the plan whose action's breaker is meant, among those that were judged for an incident.

use std::collections::BTreeSet;

use common::{
    ActionId, AuditEntry, IncidentId, PlanHash,
    ports::{CaseFile, Ledger},
};

use crate::{arguments::HashPrefix, failure::Failure};

/// A plan that the policies judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JudgedPlan {
    pub(super) hash: PlanHash,
    pub(super) action: ActionId,
    /// A breaker does not count what undoes another plan.
    is_undo: bool,
}

/// Finds the newest judged plan of the incident, or the one that `wanted` names. The action is the ledger's, not the
/// stored plan's, which could have been altered.
pub(super) async fn find<S: Ledger + CaseFile>(
    store: &S,
    id: IncidentId,
    wanted: Option<&HashPrefix>,
) -> Result<JudgedPlan, Failure> {
    let mut judged: Vec<JudgedPlan> = Vec::new();
    for record in store.timeline(id).await?.iter().rev() {
        let Ok(AuditEntry::Judged { plan_hash: hash, action, .. }) =
            record.parse_body().map(|body| body.entry)
        else {
            continue;
        };
        if judged.iter().all(|known| known.hash != hash) {
            let is_undo = store.plan(id, &hash).await?.is_some_and(|plan| plan.undo_of.is_some());
            judged.push(JudgedPlan { hash, action, is_undo });
        }
    }
    choose(id, judged, wanted)
}

/// Selects one of `judged`, newest first.
fn choose(
    id: IncidentId,
    judged: Vec<JudgedPlan>,
    wanted: Option<&HashPrefix>,
) -> Result<JudgedPlan, Failure> {
    let is_meant = |plan: &JudgedPlan| match wanted {
        Some(wanted) => wanted.matches_plan(&plan.hash),
        None => !plan.is_undo,
    };
    let meant: Vec<JudgedPlan> = judged.into_iter().filter(is_meant).collect();
    let actions: BTreeSet<&ActionId> = meant.iter().map(|plan| &plan.action).collect();
    if actions.len() > 1 {
        let plans: Vec<_> = meant.iter().map(|plan| format!("{} ({})", plan.hash, plan.action)).collect();
        return Err(Failure::Input(format!(
            "plans of incident {id} have different actions, choose one with --plan: {}",
            plans.join(", ")
        )));
    }
    meant.into_iter().next().ok_or_else(|| match wanted {
        Some(wanted) => Failure::Input(format!("no plan {} of incident {id} was judged", wanted.as_str())),
        None => Failure::Operation(format!(
            "no plan of incident {id} was judged, so no action has a breaker to close"
        )),
    })
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    fn plan(digit: &str, action: &str, is_undo: bool) -> JudgedPlan {
        let hash = format!("{}{}", "a".repeat(8), digit.repeat(56)).parse().unwrap();
        JudgedPlan { hash, action: action.parse().unwrap(), is_undo }
    }

    fn chosen(judged: &[JudgedPlan], wanted: Option<&str>) -> Result<JudgedPlan, Failure> {
        let wanted = wanted.map(|wanted| wanted.parse().unwrap());
        choose(sample::incident().id, judged.to_vec(), wanted.as_ref())
    }

    #[test]
    fn choose_the_newest_of_one_action_and_no_undo() {
        let plans = [
            plan("3", "stop-instance", true),
            plan("2", "start-instance", false),
            plan("1", "start-instance", false),
        ];
        assert_eq!(chosen(&plans, None).unwrap(), plans[1]);
        assert_eq!(chosen(&plans, Some("aaaaaaaa1")).unwrap(), plans[2]);
        assert_eq!(chosen(&plans, Some("aaaaaaaa3")).unwrap(), plans[0]);
    }

    #[test]
    fn choose_among_several_actions_needs_a_hash_and_lists_them() {
        let plans = [plan("2", "start-instance", false), plan("1", "restore-parameter", false)];
        for ambiguous in [None, Some("aaaaaaaa")] {
            let error = chosen(&plans, ambiguous).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let listed = format!("{} (restore-parameter)", plans[1].hash);
            assert!(error.to_string().contains(&listed), "{error}");
        }
        assert_eq!(chosen(&plans, Some("aaaaaaaa1")).unwrap(), plans[1]);
    }

    #[test]
    fn choose_where_none_was_judged_says_so() {
        let error = chosen(&[plan("1", "stop-instance", true)], None).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("no plan of incident"), "{error}");
        let error = chosen(&[plan("1", "start-instance", false)], Some("bbbbbbbb")).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("no plan bbbbbbbb"), "{error}");
    }
}
