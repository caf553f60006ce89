//! Reads a plan's approval, as far as the ledger has it and it covers what is known now.
//!
//! An approval that is in the table and not in the ledger counts as none: whoever wrote it, no person's command did.
//!
//! A person approves what the question told. A security finding that came after it was not in the question: the target's
//! state may be a response to an attack, and the person who approved did not know. So such an approval counts as none.

use common::{
    Approval, AuditEntry, Clock, Plan, PlanHash,
    audit::{AuditBody, bodies},
};

use crate::{Deps, Error, Store, recorded_approval::is_recorded};

/// A plan's approval, if it has one that counts.
pub(crate) struct CoveredApproval {
    pub(crate) approval: Option<Approval>,
    /// The reason why one that was found does not count.
    pub(crate) fault: Option<ApprovalFault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalFault {
    /// The ledger does not have it.
    Unrecorded,
    /// It had been asked for before a finding came.
    Outdated,
}

/// Reads the approval of `plan`, about whose target `open_findings` are open now (`None` where that is unknown). An undo
/// takes back our own change, whatever was found since.
pub(crate) async fn covered_approval<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
    open_findings: Option<u32>,
) -> Result<CoveredApproval, Error> {
    let hash = plan.hash();
    let found = deps.store.approval(plan.incident_id, &hash).await?;
    let Some(given) = found.filter(|approval| approval.permits(&hash, deps.clock.now())) else {
        return Ok(CoveredApproval { approval: None, fault: None });
    };
    let timeline = bodies(plan.incident_id, &deps.store.timeline(plan.incident_id).await?)?;
    let is_covered =
        || open_findings == Some(0) || plan.undo_of.is_some() || covers(&timeline, &hash, open_findings);
    let fault = if !is_recorded(&timeline, &given) {
        Some(ApprovalFault::Unrecorded)
    } else if is_covered() {
        None
    } else {
        Some(ApprovalFault::Outdated)
    };
    Ok(CoveredApproval { approval: fault.is_none().then_some(given), fault })
}

/// Returns true if the last request for approval of `plan` followed a verdict that told of `open` findings or more, or
/// told that they are unknown where they still are.
fn covers(timeline: &[AuditBody], plan: &PlanHash, open: Option<u32>) -> bool {
    let (mut judged, mut asked): (Option<Option<u64>>, Option<Option<u64>>) = (None, None);
    for body in timeline {
        match &body.entry {
            AuditEntry::Judged { plan_hash, verdict, .. } if plan_hash == plan => {
                judged = Some(verdict.facts.get("open_findings").and_then(serde_json::Value::as_u64));
            }
            AuditEntry::ApprovalRequested { plan_hash, .. } if plan_hash == plan => asked = judged,
            _ => {}
        }
    }
    match (asked, open) {
        (Some(Some(told)), Some(open)) => u64::from(open) <= told,
        (Some(None), None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use common::{Decision, Mode, Verdict};
    use fakes::sample;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn plan() -> PlanHash {
        common::sha256_hex("plan").parse().unwrap()
    }

    /// A digit is a verdict that told of so many findings, `u` one that told that they are unknown, `A` a request for
    /// approval; `a` is one for another plan.
    fn timeline(text: &str) -> Vec<AuditBody> {
        let requested = |plan_hash| AuditEntry::ApprovalRequested { plan_hash, expires_at: sample::at() };
        let entry = |letter: char| match letter {
            'A' => requested(plan()),
            'a' => requested(common::sha256_hex("another").parse().unwrap()),
            told => AuditEntry::Judged {
                plan_hash: plan(),
                action: "start-instance".parse().unwrap(),
                target: sample::arn("ec2", "instance/i-1"),
                verdict: Verdict {
                    decision: Decision::Ask,
                    mode: Mode::Supervised,
                    policies: vec![],
                    facts: told.to_digit(10).map_or(json!({}), |told| json!({"open_findings": told})),
                    unmet: vec![],
                    would_be: None,
                },
            },
        };
        let body = |entry| AuditBody {
            at: sample::at(),
            incident_id: sample::incident().id,
            entry,
            kept_until: None,
        };
        text.chars().map(|letter| body(entry(letter))).collect()
    }

    #[test]
    fn covers_table() {
        for (text, open, expected) in [
            ("0A", 1, false),
            ("1A", 1, true),
            ("1A", 2, false),
            ("2A", 1, true),
            ("uA", 3, false),
            // A verdict after the request was told to nobody.
            ("0A1", 1, false),
            ("0A11", 1, false),
            ("0AA", 1, false),
            // It was asked again.
            ("0A1A", 1, true),
            ("1A0A", 1, false),
            ("1a", 1, false),
            ("A", 1, false),
            ("1", 1, false),
            ("", 1, false),
        ] {
            assert_eq!(covers(&timeline(text), &plan(), Some(open)), expected, "{text}, {open} open");
        }
        for (text, expected) in [("uA", true), ("0A", false), ("3A", false), ("0AuA", true), ("u", false)] {
            assert_eq!(covers(&timeline(text), &plan(), None), expected, "{text}, unknown");
        }
    }

    proptest! {
        /// A finding more is never covered by what did not cover fewer.
        #[test]
        fn covers_fewer_where_it_covers_more(text in "[0-3uAa]{0,8}", open in 1u32..4) {
            let timeline = timeline(&text);
            prop_assert!(covers(&timeline, &plan(), Some(open)) || !covers(&timeline, &plan(), Some(open + 1)));
        }
    }
}
