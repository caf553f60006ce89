//! The decisions of the shipped code, asked for every case that the model can meet: the undo decision, the verdict
//! of the policies, the liveness of a lease, the assessment of a check. Nothing is decided here.

use std::{collections::HashMap, sync::LazyLock};

use common::{
    Approval, ApprovalDecision, Decision, Incident, Mode, Observation, Plan, Status, SymptomState,
    alarm_evaluation::{AlarmWindow, MissingData, Trend},
    diagnosis::Proposal,
    ports::TargetLease,
};
use fakes::sample;
use guard::{Facts, Guard, Undoing};
use jiff::{SignedDuration, Timestamp};
use verify::{
    Timing,
    recovery::{Finding, SinceAction, SymptomCheck, assess},
    target_state::TargetState,
};

/// The facts of a judgement that differ between the states of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub(crate) struct JudgedCase {
    pub(crate) is_autonomous: bool,
    pub(crate) is_firing: bool,
    pub(crate) is_open: bool,
    pub(crate) was_tried: bool,
    pub(crate) is_approved: bool,
    pub(crate) is_undo: bool,
    pub(crate) undo_asks: bool,
}

/// The answers of the shipped code.
#[derive(Debug)]
pub(crate) struct Decisions {
    judged: HashMap<JudgedCase, Decision>,
    /// By the lease's youth and its incident's end.
    lives: [[bool; 2]; 2],
    assessed: HashMap<CheckedCase, (Finding, Option<u8>)>,
}

/// One check of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CheckedCase {
    /// 0 for the first check.
    pub(crate) number: u8,
    /// The check since which all were healthy.
    pub(crate) healthy_since: Option<u8>,
    pub(crate) symptom: Symptom,
    pub(crate) measured: Measured,
    pub(crate) target: PlannedTarget,
}

/// The trend of the alarm's datapoints since the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Measured {
    /// They are not looked at.
    StateOnly,
    Normal,
    Breaching,
    Unread,
}

/// A symptom as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Symptom {
    Firing,
    Recovered,
    Unknown,
}

pub(crate) static DECISIONS: LazyLock<Decisions> = LazyLock::new(Decisions::ask);

impl Decisions {
    fn ask() -> Self {
        let lives = [false, true].map(|young| [false, true].map(|ended| lives(young, ended)));
        Self { judged: judge_all(), lives, assessed: assess_all() }
    }

    pub(crate) fn judge(&self, case: JudgedCase) -> Decision {
        self.judged.get(&case).copied().unwrap_or_else(|| panic!("{case:?} was not judged"))
    }

    pub(crate) fn lives_by_its_incident(&self, is_young: bool, has_ended: bool) -> bool {
        self.lives[usize::from(is_young)][usize::from(has_ended)]
    }
}

impl Decisions {
    /// Assesses a check. Returns the finding, and the check since which all were healthy.
    pub(crate) fn assess(&self, case: CheckedCase) -> (Finding, Option<u8>) {
        self.assessed.get(&case).copied().unwrap_or_else(|| panic!("{case:?} was not assessed"))
    }
}

/// The plan of a moved alias, and the one that undoes it.
fn plans(guard: &Guard) -> [Plan; 2] {
    let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let proposal = Proposal {
        action: "rollback-lambda-alias".parse().unwrap_or_else(|error| panic!("{error}")),
        target: sample::arn("lambda", "function:checkout:live"),
        parameters: [
            parameter("FunctionName", "checkout"),
            parameter("AliasName", "live"),
            parameter("FunctionVersion", "1"),
            parameter("ExpectedVersion", "2"),
        ]
        .into(),
    };
    let plan = guard.plan(sample::incident().id, &proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    let outputs = [
        ("RecordState.VersionBefore", "2"),
        ("PointAliasAtVersion.RevisionId", "2b3c4d5e-0000-4000-8000-000000000002"),
    ]
    .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
    .into();
    match guard.undo(&plan, &outputs) {
        Ok(Undoing::Possible(change)) => [plan, change.undo],
        other => panic!("{other:?}"),
    }
}

fn judge_all() -> HashMap<JudgedCase, Decision> {
    let guard = Guard::shipped().unwrap_or_else(|error| panic!("{error}"));
    let plans = plans(&guard);
    let bits = 0..1_u32 << 7;
    bits.map(|bits| {
        let bit = |number: u32| bits & (1 << number) != 0;
        let case = JudgedCase {
            is_autonomous: bit(0),
            is_firing: bit(1),
            is_open: bit(2),
            was_tried: bit(3),
            is_approved: bit(4),
            is_undo: bit(5),
            undo_asks: bit(6),
        };
        (case, judge(&guard, &plans[usize::from(case.is_undo)], case))
    })
    .collect()
}

fn judge(guard: &Guard, plan: &Plan, case: JudgedCase) -> Decision {
    let now = sample::at();
    let facts = Facts {
        mode: if case.is_autonomous { Mode::Autonomous } else { Mode::Supervised },
        incident_open: case.is_open,
        symptom: if case.is_firing { SymptomState::Firing } else { SymptomState::Recovered },
        tried_before: case.was_tried,
        undo_asks: case.undo_asks,
        ..Facts::nothing_against()
    };
    let approval = Approval {
        incident_id: plan.incident_id,
        plan_hash: plan.hash(),
        requested_at: now,
        expires_at: after(60),
        task_token: String::new(),
        decision: ApprovalDecision::Approved { by: "ann".to_owned(), at: now },
    };
    guard.judge(plan, &facts, case.is_approved.then_some(&approval), now).verdict().decision
}

fn lives(is_young: bool, has_ended: bool) -> bool {
    let status = if has_ended { Status::Escalated } else { Status::Remediating };
    let incident = Incident { status, ..sample::incident() };
    let lease = TargetLease {
        target: sample::arn("lambda", "function:checkout:live"),
        incident_id: incident.id,
        plan_hash: "0".repeat(64).parse().unwrap_or_else(|_| panic!("a hash")),
        taken_at: sample::at(),
    };
    remediate::lives_by_its_incident(&lease, Some(&incident), after(if is_young { 30 } else { 90 }))
}

/// The target against what the plan made of it, as `verify` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PlannedTarget {
    NoPlan,
    AsPlanned,
    Otherwise,
}

/// The time of the nth check of a verification: before the hold time is over, after it, and after the deadline.
const CHECKED_AFTER_SECONDS: [i64; 3] = [10, 100, 1000];
pub(crate) const LAST_CHECK: u8 = 2;

const TIMING: Timing = Timing {
    hold: SignedDuration::from_secs(60),
    deadline: SignedDuration::from_secs(900),
    poll: SignedDuration::from_secs(60),
};

const MEASURED: [Measured; 4] =
    [Measured::StateOnly, Measured::Normal, Measured::Breaching, Measured::Unread];

/// 3 of 5 minutes: the alarm may fire for a quarter of an hour after its metric is normal.
const WINDOW: AlarmWindow = AlarmWindow {
    period_seconds: 60,
    evaluation_periods: 5,
    datapoints_to_alarm: 3,
    missing_data: MissingData::Missing,
};

fn assess_all() -> HashMap<CheckedCase, (Finding, Option<u8>)> {
    let mut assessed = HashMap::new();
    for number in 0..=LAST_CHECK {
        for healthy_since in [None, Some(0), Some(1), Some(2)] {
            for symptom in [Symptom::Firing, Symptom::Recovered, Symptom::Unknown] {
                for target in [PlannedTarget::NoPlan, PlannedTarget::AsPlanned, PlannedTarget::Otherwise] {
                    for measured in MEASURED {
                        let case = CheckedCase { number, healthy_since, symptom, measured, target };
                        assessed.insert(case, assess_check(case));
                    }
                }
            }
        }
    }
    assessed
}

fn assess_check(case: CheckedCase) -> (Finding, Option<u8>) {
    let at = |check: u8| after(CHECKED_AFTER_SECONDS[usize::from(check)]);
    let state = match case.symptom {
        Symptom::Firing => SymptomState::Firing,
        Symptom::Recovered => SymptomState::Recovered,
        Symptom::Unknown => SymptomState::Unknown,
    };
    let now = Observation { state, summary: String::new(), since: None, excess: None, measured_from: None };
    let target = match case.target {
        PlannedTarget::NoPlan => TargetState::NoPlan,
        PlannedTarget::AsPlanned => TargetState::AsPlanned,
        PlannedTarget::Otherwise => TargetState::Otherwise(String::new()),
    };
    let check = SymptomCheck {
        at: at(case.number),
        started_at: sample::at(),
        before: None,
        now: &now,
        window: (case.measured != Measured::StateOnly).then_some(WINDOW),
        since_action: match case.measured {
            Measured::StateOnly => SinceAction::State,
            Measured::Normal => SinceAction::Alarm(Trend::Recovering { normal_since: sample::at() }),
            Measured::Breaching => SinceAction::Alarm(Trend::Breaching { is_sustained: true }),
            Measured::Unread => SinceAction::ReadFailed,
        },
        target: &target,
        healthy_since: case.healthy_since.map(at),
        last_signal_at: sample::at(),
    };
    let assessment = assess(&check, TIMING);
    let check_at = |time: Timestamp| (0..=LAST_CHECK).find(|check| at(*check) == time);
    (assessment.finding, assessment.healthy_since.and_then(check_at))
}

fn after(seconds: i64) -> Timestamp {
    sample::at() + SignedDuration::from_secs(seconds)
}
