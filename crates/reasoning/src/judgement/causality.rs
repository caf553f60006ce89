//! Asks of a change what tells a cause from a coincidence: did it come before the fault, did what it changed serve as
//! usual in between, did the fault begin with it. The times are those of measured data, never the alarm's.

use common::{
    Observed, Signal,
    causality::{Alibi, Causality, ChangeOnset, Discrimination},
    findings::ComponentCourse,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    candidates::candidate::{Candidate, ChangeRecord, Relation},
    engine::symptom_context::components_of,
    evidence::call_graph::symptom_component,
    evidence::evidence_index::EvidenceIndex,
    evidence::onset::{CLOCK_SKEW, spoken},
    playbooks::playbook_resource::PlaybookResource,
};

/// A change as a possible cause.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeJudgement {
    MayBeTheCause(Causality),
    /// It is none, for this reason.
    Innocent(String),
}

/// The share of its score that a cause keeps for each period in which what it changed served requests as usual.
const SERVED: f64 = 0.8;
/// The same where nothing counts the requests.
const PASSED: f64 = 0.9;
/// The least that is left of a score: caches and slow leaks hide a cause for a while.
const LEAST_LEFT: f64 = 0.35;

/// The time that a change of a parameter needs to be seen: Lambda's extension caches a value for five minutes unless told
/// otherwise. <https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html>
const PARAMETER_CACHE: SignedDuration = SignedDuration::from_mins(5);
/// The time in which a deployment of a service replaces its tasks.
const ROLLOUT: SignedDuration = SignedDuration::from_mins(10);

/// Judges `change` of `candidate`.
pub fn judge_change(
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    change: &ChangeRecord,
) -> ChangeJudgement {
    if let Some(why) = step_back(index, candidate) {
        return ChangeJudgement::Innocent(why);
    }
    let mut causality = Causality {
        timing: ChangeOnset::Unmeasured,
        reaches_symptom: candidate.relation != Relation::Application,
        alibi: None,
        discrimination: state_is_the_fault(index, candidate).then_some(Discrimination::StateIsTheFault),
        rival: None,
        evidence: Vec::new(),
    };
    if causality.discrimination.is_some() {
        return ChangeJudgement::MayBeTheCause(causality);
    }
    let Some(fault) = Fault::of(signal, index, candidate) else {
        return ChangeJudgement::MayBeTheCause(causality);
    };
    causality.evidence.extend(index.engine.map(|engine| engine.id.clone()));
    let Some(began) = fault.began else {
        // Something is wrong, and not with what was changed.
        let alibi = fault.alibi(change.at, Timestamp::MAX, true);
        causality.alibi = alibi;
        return match alibi {
            Some(alibi) if alibi.requests.is_some_and(|requests| requests > 0) => ChangeJudgement::Innocent(
                format!("it has served as usual since its change {} ago", spoken(alibi.time())),
            ),
            _ => ChangeJudgement::MayBeTheCause(causality),
        };
    };
    let before = began.duration_since(change.at);
    if before < -(fault.uncertainty() + CLOCK_SKEW) {
        return ChangeJudgement::Innocent(format!(
            "it was changed {} after the fault began: that change is not the cause and may be an attempt to fix it",
            spoken(before.abs())
        ));
    }
    causality.timing = ChangeOnset::Before {
        seconds: u64::try_from(before.as_secs()).unwrap_or(0),
        uncertainty_seconds: fault.course.period_seconds,
    };
    let shows_from = change.at.checked_add(time_to_show(candidate)).unwrap_or(Timestamp::MAX);
    let served = fault.alibi(change.at, began, false);
    let delayed = served.map(|served| Alibi { may_be_delay: true, ..served });
    causality.alibi = fault.alibi(shows_from, began, false).or(delayed);
    let at_once = served.is_none() && before <= fault.period() + fault.period();
    causality.discrimination = (fault.is_its_own && at_once).then_some(Discrimination::FaultBeganWithChange);
    ChangeJudgement::MayBeTheCause(causality)
}

/// Returns the answers about a candidate that nobody changed.
pub fn without_change(candidate: &Candidate<'_>) -> Causality {
    Causality {
        timing: ChangeOnset::NoChange,
        reaches_symptom: candidate.relation != Relation::Application,
        alibi: None,
        discrimination: None,
        rival: None,
        evidence: Vec::new(),
    }
}

/// Returns the share of its score, from 0 to 1, that a cause keeps beside its alibi.
pub fn beside_alibi(alibi: Option<&Alibi>) -> f64 {
    let Some(alibi) = alibi else { return 1.0 };
    let base: f64 = if alibi.requests.is_some() { SERVED } else { PASSED };
    if alibi.may_be_delay {
        return base;
    }
    base.powi(i32::try_from(alibi.periods).unwrap_or(i32::MAX)).max(LEAST_LEFT)
}

/// The fault that a change may have caused: of the changed component itself where its metrics would show one, of the
/// symptom otherwise.
struct Fault<'a> {
    course: &'a ComponentCourse,
    began: Option<Timestamp>,
    is_its_own: bool,
}

impl<'a> Fault<'a> {
    /// `None` where no data tells of a fault.
    fn of(signal: &Signal, index: &EvidenceIndex<'a>, candidate: &Candidate<'_>) -> Option<Self> {
        let engine = index.engine?.fact;
        let course_of = |component: &common::Arn| {
            engine.courses.iter().find(|one| one.resource == *component && one.shows_failures)
        };
        let own = components_of(candidate.resource, index).0;
        // Of several that read a parameter, the one that failed first.
        let own =
            own.iter().filter_map(course_of).min_by_key(|one| one.abnormal_since.unwrap_or(Timestamp::MAX));
        let of_symptom = symptom_component(signal).as_ref().and_then(course_of);
        let symptom_began = of_symptom.and_then(|one| one.abnormal_since).or(engine.onset);
        match own {
            Some(course) if course.abnormal_since.is_some() || symptom_began.is_some() => {
                Some(Self { course, began: course.abnormal_since, is_its_own: true })
            }
            _ => Some(Self { course: of_symptom?, began: Some(symptom_began?), is_its_own: false }),
        }
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(self.course.period_seconds.into())
    }

    /// The fault began somewhere in its first period, of which a part may lie before it.
    fn uncertainty(&self) -> SignedDuration {
        self.period() + self.period() / 2
    }

    /// Returns the whole periods from `from` until `until` in which it served; `None` where there are none.
    fn alibi(&self, from: Timestamp, until: Timestamp, lasts: bool) -> Option<Alibi> {
        let period = i64::from(self.course.period_seconds.max(1));
        let (from, until) = (from.as_second(), until.as_second());
        let counted = !self.course.requests.is_empty();
        let served: Vec<u64> = self
            .course
            .requests
            .iter()
            .filter(|(at, requests)| *at >= from && at.saturating_add(period) <= until && *requests > 0)
            .map(|(_, requests)| *requests)
            .collect();
        let periods = if counted {
            u32::try_from(served.len()).unwrap_or(u32::MAX)
        } else if lasts {
            0
        } else {
            u32::try_from(until.saturating_sub(from).div_euclid(period)).unwrap_or(0)
        };
        (periods > 0).then(|| Alibi {
            periods,
            period_seconds: self.course.period_seconds,
            requests: counted.then(|| served.iter().sum()),
            may_be_delay: false,
            lasts,
        })
    }
}

/// Returns the time within which the effect of a change need not show.
const fn time_to_show(candidate: &Candidate<'_>) -> SignedDuration {
    match candidate.kind {
        Some(PlaybookResource::Parameter) => PARAMETER_CACHE,
        Some(PlaybookResource::Service) => ROLLOUT,
        Some(PlaybookResource::FunctionAlias | PlaybookResource::Instance | PlaybookResource::Other)
        | None => SignedDuration::ZERO,
    }
}

/// Returns true for an instance that the symptom is about and that does not run.
fn state_is_the_fault(index: &EvidenceIndex<'_>, candidate: &Candidate<'_>) -> bool {
    let stopped = ["stopping", "stopped", "shutting-down", "terminated"];
    candidate.relation == Relation::Same
        && index.states.get(candidate.resource).is_some_and(|seen| {
            matches!(seen.fact, Observed::Instance { state } if stopped.contains(&state.state.as_str()))
        })
}

/// Returns why a change is itself a step back: it may be somebody's remedy, and a remedy is not undone. Lambda numbers
/// versions upwards, and a deployment never goes down.
fn step_back(index: &EvidenceIndex<'_>, candidate: &Candidate<'_>) -> Option<String> {
    let Observed::Alias { state } = index.states.get(candidate.resource)?.fact else { return None };
    let number = |version: &str| version.parse::<u64>().ok();
    let (now, before) = (number(&state.version)?, number(state.previous_version.as_deref()?)?);
    (now < before).then(|| {
        format!(
            "its last change went back from version {before} to {now}: that is a rollback, and not taken back"
        )
    })
}

/// Returns the beginning of the period from which on the symptom's own metrics have been as usual again.
pub fn symptom_over_since(signal: &Signal, index: &EvidenceIndex<'_>) -> Option<Timestamp> {
    let component = symptom_component(signal)?;
    let engine = index.engine?.fact;
    engine.courses.iter().find(|one| one.resource == component)?.normal_again_since
}
