use proptest::prelude::*;

use super::{
    AutomationStatus::{Cancelled, Failed, Running, Succeeded},
    SymptomTrend::{Firing, Going, Gone},
    TargetCondition::{AsWeLeftIt, Touched},
    UndoDecision::{AskHuman, HandOver, Leave, NothingToUndo, Undo, Verify, Wait},
    *,
};

/// A change of ours that did not help, and whose undo returns to no fault.
fn useless() -> UndoFacts {
    UndoFacts {
        automation: Succeeded,
        is_made: true,
        target: AsWeLeftIt,
        is_rolling_out: false,
        symptom: Firing,
        is_verified_useless: true,
        returns_to_fault: false,
    }
}

#[test]
fn decide_table() {
    let unverified = UndoFacts { is_verified_useless: false, ..useless() };
    for (facts, expected) in [
        (useless(), Undo),
        (UndoFacts { automation: Failed, ..useless() }, Undo),
        (UndoFacts { automation: Cancelled, ..useless() }, AskHuman),
        (UndoFacts { returns_to_fault: true, ..useless() }, AskHuman),
        (UndoFacts { automation: Running, ..useless() }, Wait("the automation is still running")),
        (
            UndoFacts { automation: Running, is_made: false, ..useless() },
            Wait("the automation is still running"),
        ),
        (UndoFacts { is_made: false, ..useless() }, NothingToUndo),
        (UndoFacts { is_made: false, target: Touched, symptom: Gone, ..useless() }, NothingToUndo),
        (UndoFacts { target: Touched, ..useless() }, Leave("somebody else has changed the target since")),
        (
            UndoFacts { target: Touched, symptom: Gone, ..useless() },
            Leave("somebody else has changed the target since"),
        ),
        (UndoFacts { symptom: Gone, ..useless() }, Verify("the symptom is gone")),
        (UndoFacts { symptom: Going, ..useless() }, Verify("the symptom is going away")),
        (UndoFacts { symptom: Gone, is_rolling_out: true, ..useless() }, Verify("the symptom is gone")),
        (UndoFacts { is_rolling_out: true, ..useless() }, Wait("the change is still rolling out")),
        // A rollback slower than its document's limit, first under way, then in force.
        (
            UndoFacts { automation: Failed, is_rolling_out: true, ..unverified },
            Wait("the change is still rolling out"),
        ),
        (
            UndoFacts { automation: Failed, ..unverified },
            Verify("the change is in force and was not verified yet"),
        ),
        (
            UndoFacts { automation: Cancelled, symptom: SymptomTrend::Unknown, ..unverified },
            Verify("the change is in force and was not verified yet"),
        ),
        (
            UndoFacts { symptom: SymptomTrend::Unknown, ..useless() },
            HandOver("the symptom's state is unknown"),
        ),
        (
            UndoFacts { target: TargetCondition::Unknown, ..useless() },
            HandOver("whether somebody else has changed the target since cannot be told"),
        ),
    ] {
        assert_eq!(decide(facts), expected, "{facts:?}");
    }
}

fn facts() -> impl Strategy<Value = UndoFacts> {
    let automation = prop::sample::select(vec![Running, Succeeded, Failed, Cancelled]);
    let target = prop::sample::select(vec![AsWeLeftIt, Touched, TargetCondition::Unknown]);
    let symptom = prop::sample::select(vec![Gone, Going, Firing, SymptomTrend::Unknown]);
    (automation, target, symptom, any::<[bool; 4]>()).prop_map(|(automation, target, symptom, flags)| {
        let [is_made, is_rolling_out, is_verified_useless, returns_to_fault] = flags;
        UndoFacts {
            automation,
            is_made,
            target,
            is_rolling_out,
            symptom,
            is_verified_useless,
            returns_to_fault,
        }
    })
}

proptest! {
    /// Invariant 13, for an undo that a human is asked about too.
    #[test]
    fn decide_undoes_only_what_was_ours_and_did_not_help(facts in facts()) {
        let decision = decide(facts);
        if matches!(decision, Undo | AskHuman) {
            prop_assert!(facts.is_made, "our change was really made");
            prop_assert_eq!(facts.target, AsWeLeftIt, "it is in force exactly as we left it, in no other hand");
            prop_assert_eq!(facts.symptom, Firing, "never while the symptom is gone or going, never on a guess");
            prop_assert!(!facts.is_rolling_out, "never while a rollout of ours is under way");
            prop_assert_ne!(facts.automation, Running);
            prop_assert!(facts.is_verified_useless, "never because the automation, or a read of it, failed");
        }
        if decision == Undo {
            prop_assert!(!facts.returns_to_fault, "what returns to the fault asks a human");
            prop_assert_ne!(facts.automation, Cancelled);
        }
    }

    /// Less knowledge never leads to an undo.
    #[test]
    fn decide_doubt_never_undoes(facts in facts()) {
        let doubtful = [
            UndoFacts { target: TargetCondition::Unknown, ..facts },
            UndoFacts { symptom: SymptomTrend::Unknown, ..facts },
            UndoFacts { is_verified_useless: false, ..facts },
            UndoFacts { is_made: false, ..facts },
        ];
        for facts in doubtful {
            prop_assert!(!matches!(decide(facts), Undo | AskHuman), "{:?}", facts);
        }
    }
}
