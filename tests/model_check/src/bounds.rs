//! How far a check goes, and the deliberate defects that show that it can fail.

/// The bounds of one check. Whatever is counted happens at most so often, at any moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says by itself whether something can happen")]
pub struct Bounds {
    /// 1 or 2 incidents about the same target.
    pub incidents: usize,
    /// Faults of ours: an invocation dies after any of its writes, its answer is lost while it goes on, it fails
    /// for good or says what nobody expects, or the whole execution dies.
    pub faults: u8,
    /// Troubles of the account: an automation fails, times out or is cancelled, the symptom cannot be read.
    pub troubles: u8,
    /// Changes that somebody else makes to the target.
    pub people: u8,
    /// Changes take time to roll out.
    pub rollouts: bool,
    /// When the first plan was run, a second one is proposed; without, the diagnosis abstains.
    pub second_plan: bool,
    /// A diagnosis may also look again once, or abstain.
    pub doubts: bool,
    /// Functions may answer what no choice knows.
    pub surprises: bool,
    pub modes: Modes,
}

/// The modes that are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Modes {
    Autonomous,
    Supervised,
    #[default]
    Both,
}

/// A defect that is put into the model on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// An undo is started whenever a change was made, and its document compares values instead of revisions.
    UndoWithoutLooking,
    /// An undo is started whatever the decision is; the document still compares revisions.
    UndoWhileItRecovers,
    /// Nobody asks who holds the target.
    NoTargetLease,
    /// A lease is dead with its incident, although its automation still runs.
    LeaseDiesWithItsIncident,
    /// Every call to SSM has a client token of its own.
    FreshClientToken,
    /// The automation is started before the ledger says so.
    EffectBeforeLedger,
    /// Only the alarm's state is looked at, which lags behind what it measures.
    AlarmStateOnly,
    /// Nobody hears of a failed execution.
    NoRuleOnFailedExecutions,
    /// The policies are not asked again when the automation is started, nor before.
    NoJudgement,
}

impl Bounds {
    /// One incident, with everything that can happen to it.
    pub const ALONE: Self = Self {
        incidents: 1,
        faults: 1,
        troubles: 1,
        people: 1,
        rollouts: true,
        second_plan: true,
        doubts: true,
        surprises: true,
        modes: Modes::Both,
    };

    /// Two incidents, while a person deploys and an automation fails.
    pub const TOGETHER: Self = Self {
        incidents: 2,
        faults: 0,
        troubles: 1,
        people: 1,
        rollouts: false,
        second_plan: false,
        doubts: false,
        surprises: false,
        modes: Modes::Autonomous,
    };

    /// Two incidents, and a fault of ours at any moment.
    pub const TOGETHER_WITH_A_FAULT: Self =
        Self { faults: 1, troubles: 0, people: 0, surprises: true, ..Self::TOGETHER };

    /// Nothing goes wrong but what the alarm and the target do by themselves.
    pub const CALM: Self =
        Self { faults: 0, troubles: 0, people: 0, doubts: false, surprises: false, ..Self::ALONE };
}
