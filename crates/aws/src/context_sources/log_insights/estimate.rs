//! Estimates how much a query would scan, from the size of the log group.

use common::context_source::Scope;
use serde_json::Value;

use crate::context_sources::answer::{Parsed, list, text};

/// A log group that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    stored_bytes: u64,
    created_ms: i64,
    retention_days: Option<i64>,
}

const DAY_MS: i64 = 86_400_000;
/// Scanned bytes for each stored one: logs are stored compressed to about 15 %, scans are counted
/// uncompressed.
const UNCOMPRESSED: u64 = 7;

/// The group of exactly this name, where `pattern` can be asked of it.
pub(super) fn group(answer: &Value, name: &str) -> Parsed<Option<Group>> {
    let groups = list(answer, "logGroups")?;
    let group = groups.iter().find(|group| text(group, "logGroupName") == Some(name));
    let group = group.filter(|group| matches!(text(group, "logGroupClass"), None | Some("STANDARD")));
    Ok(group.map(|group| {
        let whole = |field| group.get(field).and_then(Value::as_i64);
        Group {
            name: name.to_owned(),
            stored_bytes: group.get("storedBytes").and_then(Value::as_u64).unwrap_or(0),
            created_ms: whole("creationTime").unwrap_or(0),
            retention_days: whole("retentionInDays"),
        }
    }))
}

/// The window's share of the time that the group goes back, taken as if lines came evenly.
pub(super) fn bytes(group: &Group, scope: &Scope) -> u64 {
    let window = scope.to.as_millisecond().saturating_sub(scope.incident_from.as_millisecond()).max(0);
    let age = scope.to.as_millisecond().saturating_sub(group.created_ms);
    let kept = match group.retention_days {
        Some(days) => age.min(days.saturating_mul(DAY_MS)),
        None => age,
    };
    let kept = u128::from(kept.max(window).max(1).unsigned_abs());
    let stored = u128::from(group.stored_bytes) * u128::from(UNCOMPRESSED);
    let share = stored.saturating_mul(u128::from(window.unsigned_abs())).div_ceil(kept);
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Divides `most` bytes among the queries: each may scan its estimate, and an even share of what
/// is left. Their sum where that is too much already.
pub(super) fn allowances(estimates: &[u64], most: u64) -> Result<Vec<u64>, u64> {
    let sum = estimates.iter().copied().fold(0u64, u64::saturating_add);
    let left = most.checked_sub(sum).ok_or(sum)?;
    let queries = u64::try_from(estimates.len()).unwrap_or(u64::MAX).max(1);
    Ok(estimates.iter().map(|estimate| estimate.saturating_add(left / queries)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::context_sources::tests::{garbled, scope};

    fn log_group(stored_bytes: u64, days_old: i64, retention_days: Option<i64>) -> Group {
        let created_ms = scope().to.as_millisecond() - days_old * DAY_MS;
        Group { name: "g".into(), stored_bytes, created_ms, retention_days }
    }

    #[test]
    fn bytes_are_the_windows_share_of_what_is_kept() {
        // The window is an hour.
        for (group, expected) in [
            (log_group(2_400, 10, Some(1)), 700),
            (log_group(24_000, 10, None), 700),
            (log_group(24_000, 10, Some(30)), 700),
            (log_group(0, 10, None), 0),
            (log_group(100, 0, None), 700),
            (log_group(u64::MAX, 0, None), u64::MAX),
        ] {
            assert_eq!(bytes(&group, &scope()), expected, "{group:?}");
        }
    }

    #[test]
    fn group_is_the_one_of_this_name() {
        let answer = json!({"logGroups": [
            {"logGroupName": "/aws/lambda/a-b", "storedBytes": 1},
            {"logGroupName": "/aws/lambda/a", "storedBytes": 2, "creationTime": 3, "retentionInDays": 4, "logGroupClass": "STANDARD"},
            {"logGroupName": "/rare", "logGroupClass": "INFREQUENT_ACCESS"},
        ]});
        let expected =
            Group { name: "/aws/lambda/a".into(), stored_bytes: 2, created_ms: 3, retention_days: Some(4) };
        assert_eq!(group(&answer, "/aws/lambda/a").unwrap(), Some(expected));
        assert_eq!(group(&answer, "/aws/lambda/c").unwrap(), None);
        assert_eq!(group(&answer, "/rare").unwrap(), None);
    }

    #[test]
    fn allowances_share_what_the_estimates_leave() {
        assert_eq!(allowances(&[10, 30], 100), Ok(vec![40, 60]));
        assert_eq!(allowances(&[70, 31], 100), Err(101));
        assert_eq!(allowances(&[], 0), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn allowances_of_any_estimates_stay_below_the_most(
            estimates in prop::collection::vec(any::<u64>(), 0..6), most in any::<u64>(),
        ) {
            if let Ok(allowances) = allowances(&estimates, most) {
                let sum: u128 = allowances.iter().map(|allowance| u128::from(*allowance)).sum();
                prop_assert!(sum <= u128::from(most));
            }
        }

        #[test]
        fn bytes_of_any_group_are_a_number(stored in any::<u64>(), created in any::<i64>(), days in any::<Option<i64>>()) {
            let group = Group { name: String::new(), stored_bytes: stored, created_ms: created, retention_days: days };
            prop_assert!(stored != 0 || bytes(&group, &scope()) == 0);
        }

        #[test]
        fn groups_any_answer_is_read_or_malformed(
            answer in garbled(json!({"logGroups": [{"logGroupName": "a", "storedBytes": 2}]})),
        ) {
            let _ = group(&answer, "a");
        }
    }
}
