//! Decides whether an approval in the table has its record in the ledger. Pure.
//!
//! The decision of a person is written to the ledger first, and then beside the request: at the same time, by the same
//! person. An item without that record was written by something else, and counts for nothing.

use common::{Approval, ApprovalDecision, AuditEntry, audit::AuditBody};

/// Returns true if `timeline`, the ledger's records of the incident in their order, holds the record of the decision
/// that `approval` carries, and no later record says that another decision stands.
pub(crate) fn is_recorded(timeline: &[AuditBody], approval: &Approval) -> bool {
    let ApprovalDecision::Approved { by, at } = &approval.decision else { return false };
    let mut is_recorded = false;
    for body in timeline.iter().filter(|body| body.incident_id == approval.incident_id) {
        match &body.entry {
            AuditEntry::ApprovalGiven { plan_hash, by: giver }
                if *plan_hash == approval.plan_hash && giver == by && body.at == *at =>
            {
                is_recorded = true;
            }
            AuditEntry::ApprovalStands { plan_hash, decision }
                if *plan_hash == approval.plan_hash && *decision != approval.decision =>
            {
                is_recorded = false;
            }
            _ => {}
        }
    }
    is_recorded
}

#[cfg(test)]
mod tests {
    use common::PlanHash;
    use fakes::sample;
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn plan(name: &str) -> PlanHash {
        common::sha256_hex(name).parse().unwrap()
    }

    fn at(minutes: i64) -> Timestamp {
        sample::at() + SignedDuration::from_mins(minutes)
    }

    fn approved(by: &str) -> ApprovalDecision {
        ApprovalDecision::Approved { by: by.to_owned(), at: at(5) }
    }

    fn approval(decision: ApprovalDecision) -> Approval {
        Approval {
            incident_id: sample::incident().id,
            plan_hash: plan("plan"),
            requested_at: at(0),
            expires_at: at(15),
            task_token: "t".to_owned(),
            decision,
        }
    }

    /// `g` is the approval's record; each other letter is a record that is not.
    fn body(letter: char) -> AuditBody {
        let given =
            |name: &str, by: &str| AuditEntry::ApprovalGiven { plan_hash: plan(name), by: by.to_owned() };
        let stands = |decision| AuditEntry::ApprovalStands { plan_hash: plan("plan"), decision };
        let (minutes, entry) = match letter {
            'g' => (5, given("plan", "ada")),
            // Another plan, person or time.
            'p' => (5, given("other", "ada")),
            'b' => (5, given("plan", "bob")),
            't' => (4, given("plan", "ada")),
            // Announced, and came second.
            'n' => (6, stands(ApprovalDecision::Denied { by: "bob".to_owned(), at: at(4) })),
            's' => (6, stands(approved("ada"))),
            'r' => (5, AuditEntry::ApprovalRefused { plan_hash: plan("plan"), by: "ada".to_owned() }),
            'q' => (0, AuditEntry::ApprovalRequested { plan_hash: plan("plan"), expires_at: at(15) }),
            'e' => (6, AuditEntry::ApprovalExpired { plan_hash: plan("plan") }),
            other => panic!("{other}"),
        };
        let incident_id = sample::incident().id;
        AuditBody { at: at(minutes), incident_id, entry, kept_until: None }
    }

    fn timeline(text: &str) -> Vec<AuditBody> {
        text.chars().map(body).collect()
    }

    #[test]
    fn is_recorded_table() {
        for (text, expected) in [
            ("", false),
            ("q", false),
            ("qg", true),
            ("g", true),
            // A retried request is recorded again, also after the answer.
            ("qgq", true),
            ("qp", false),
            ("qb", false),
            ("qt", false),
            ("qr", false),
            ("qgs", true),
            ("qgn", false),
            ("qrgn", false),
            ("qegs", true),
            ("qge", true),
            // The record of what stands is no record that it was given.
            ("qs", false),
        ] {
            assert_eq!(is_recorded(&timeline(text), &approval(approved("ada"))), expected, "{text}");
        }
    }

    #[test]
    fn is_recorded_of_another_incident_is_none() {
        let mut other = body('g');
        other.incident_id = "01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap();
        assert!(!is_recorded(&[other], &approval(approved("ada"))));
    }

    proptest! {
        /// Nothing but its own record makes an approval count.
        #[test]
        fn is_recorded_never_without_its_record(text in "[pbtnsrqe]{0,10}") {
            prop_assert!(!is_recorded(&timeline(&text), &approval(approved("ada"))));
        }

        #[test]
        fn is_recorded_only_for_an_approval(text in "[gpbtnsrqe]{0,10}") {
            for decision in [
                ApprovalDecision::Pending,
                ApprovalDecision::Denied { by: "ada".to_owned(), at: at(5) },
                ApprovalDecision::Expired { at: at(5) },
            ] {
                prop_assert!(!is_recorded(&timeline(&text), &approval(decision)));
            }
        }
    }
}
