//! Decides whether a plan's change is undone (invariant 13). Pure.

/// The facts about a plan's change and its surroundings, all of them read right before the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct UndoFacts {
    pub automation: AutomationStatus,
    /// The automation's outputs prove that it made its change.
    pub is_made: bool,
    pub target: TargetCondition,
    /// The target is on its way to the state that our change asked for.
    pub is_rolling_out: bool,
    pub symptom: SymptomTrend,
    /// A verification of this attempt found that the symptom is unchanged or worse.
    pub is_verified_useless: bool,
    /// The undo would return to the state that was diagnosed as the fault.
    pub returns_to_fault: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutomationStatus {
    Running,
    Succeeded,
    /// It failed or timed out.
    Failed,
    /// A person, or somebody else's automation, cancelled it.
    Cancelled,
}

/// The target against what our change left there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetCondition {
    AsWeLeftIt,
    /// Another hand has changed it since.
    Touched,
    /// It cannot be told.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymptomTrend {
    Gone,
    /// It still fires, but what was measured since the action is normal.
    Going,
    Firing,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoDecision {
    NothingToUndo,
    /// Something of ours is under way: decide again later.
    Wait(&'static str),
    /// Our change stays, and is verified.
    Verify(&'static str),
    /// The target is in another hand: our change, or what became of it, is not ours to undo.
    Leave(&'static str),
    /// A human decides about what is left there.
    HandOver(&'static str),
    Undo,
    /// A human is asked to approve the undo.
    AskHuman,
}

/// Decides on the first rule that holds.
pub const fn decide(facts: UndoFacts) -> UndoDecision {
    use UndoDecision::{AskHuman, HandOver, Leave, NothingToUndo, Undo, Verify, Wait};
    // An automation that runs may still make its change.
    if matches!(facts.automation, AutomationStatus::Running) {
        return Wait("the automation is still running");
    }
    if !facts.is_made {
        return NothingToUndo;
    }
    if matches!(facts.target, TargetCondition::Touched) {
        return Leave("somebody else has changed the target since");
    }
    match facts.symptom {
        SymptomTrend::Gone => return Verify("the symptom is gone"),
        SymptomTrend::Going => return Verify("the symptom is going away"),
        SymptomTrend::Firing | SymptomTrend::Unknown => {}
    }
    if facts.is_rolling_out {
        return Wait("the change is still rolling out");
    }
    // An alarm lags behind: only verification, which knows its window, may find a change useless.
    if !facts.is_verified_useless {
        return Verify("the change is in force and was not verified yet");
    }
    if matches!(facts.symptom, SymptomTrend::Unknown) {
        return HandOver("the symptom's state is unknown");
    }
    if matches!(facts.target, TargetCondition::Unknown) {
        return HandOver("whether somebody else has changed the target since cannot be told");
    }
    if facts.returns_to_fault || matches!(facts.automation, AutomationStatus::Cancelled) {
        return AskHuman;
    }
    Undo
}

#[cfg(test)]
mod tests;
