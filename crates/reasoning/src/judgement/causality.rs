//! Asks of a change what tells a cause from a coincidence: did it come before the fault, did what it changed serve as
//! usual in between, did the fault begin with it. The times are those of measured data, never the alarm's.

use common::{
    Observed, Signal,
    causality::{Alibi, Causality, Discrimination},
    findings::ComponentCourse,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    candidates::candidate::{Candidate, Relation},
    candidates::change_record::ChangeRecord,
    candidates::late_effect::LateEffect,
    evidence::call_graph::symptom_component,
    evidence::evidence_index::EvidenceIndex,
    evidence::onset::{CLOCK_SKEW, may_precede, spoken},
    judgement::fault::Fault,
    judgement::own_traffic::OwnTraffic,
    judgement::version_contrast::VersionComparison,
    playbooks::playbook_resource::PlaybookResource,
};

/// A change as a possible cause.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and never kept")]
pub enum ChangeJudgement {
    MayBeTheCause(Causality),
    /// It is none, for this reason.
    Innocent(String),
    /// By its own metrics the alias is none, for this reason. It stays a rival of the others: no other cause is surer for it.
    ClearedByItsOwnMetrics(String),
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

/// Judges `change` of `candidate`. An alias is judged by the metrics of its function first, which count other aliases too, and
/// then by its own, which only ever take away: whatever they show, no cause is likelier for it, and no action bolder.
pub fn judge_change(
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    change: &ChangeRecord,
) -> ChangeJudgement {
    if let Some(why) = step_back(index, candidate) {
        return ChangeJudgement::Innocent(why);
    }
    let causality = without_change(index, candidate);
    if causality.discrimination.is_some() {
        return ChangeJudgement::MayBeTheCause(causality);
    }
    let judged = judge_by(Fault::of(signal, index, candidate), index, candidate, change, causality);
    match (judged, OwnTraffic::new(index, candidate.resource, change.at)) {
        (ChangeJudgement::MayBeTheCause(causality), Some(own)) => {
            beside_own_traffic(causality, own, signal, index, candidate, change)
        }
        (judged, _) => judged,
    }
}

/// Holds what speaks for a change against what the alias itself served.
fn beside_own_traffic(
    mut causality: Causality,
    own: OwnTraffic<'_>,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    change: &ChangeRecord,
) -> ChangeJudgement {
    causality.evidence.push(own.evidence.clone());
    causality.evidence.sort();
    causality.evidence.dedup();
    match own.comparison {
        Some(VersionComparison::NewerFails(contrast)) => {
            causality.discrimination = Some(Discrimination::NewVersionFails(contrast));
            return ChangeJudgement::MayBeTheCause(causality);
        }
        Some(VersionComparison::NewerIsNoWorse(contrast)) => {
            return ChangeJudgement::ClearedByItsOwnMetrics(format!(
                "its newer version fails no more than the older one: {contrast}"
            ));
        }
        None => {}
    }
    let Some(course) = own.course(signal) else { return ChangeJudgement::MayBeTheCause(causality) };
    let fault = Fault { course, began: course.abnormal_since, is_its_own: true };
    match judge_by(Some(fault), index, candidate, change, without_change(index, candidate)) {
        ChangeJudgement::MayBeTheCause(by_own) => {
            let periods = |alibi: &Option<Alibi>| alibi.map_or(0, |alibi| alibi.periods);
            if by_own.alibi.is_some() && periods(&by_own.alibi) >= periods(&causality.alibi) {
                causality.alibi = by_own.alibi;
            }
            causality.discrimination = causality.discrimination.filter(|_| by_own.discrimination.is_some());
            ChangeJudgement::MayBeTheCause(causality)
        }
        // Too few requests may all have been of the sort that does not fail.
        ChangeJudgement::Innocent(why) if course.abnormal_since.is_some() || own.served_enough() => {
            ChangeJudgement::ClearedByItsOwnMetrics(why)
        }
        ChangeJudgement::Innocent(_) | ChangeJudgement::ClearedByItsOwnMetrics(_) => {
            causality.alibi.get_or_insert(brief_service(course));
            ChangeJudgement::MayBeTheCause(causality)
        }
    }
}

/// Returns the alibi of what served as usual, but too briefly or uncounted: no proof, and a doubt that a person decides on.
const fn brief_service(course: &ComponentCourse) -> Alibi {
    Alibi { periods: 0, period_seconds: course.period_seconds, requests: None, may_be_delay: false }
}

/// Judges `change` by one fault; `causality` is what else is known.
fn judge_by(
    fault: Option<Fault<'_>>,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    change: &ChangeRecord,
    mut causality: Causality,
) -> ChangeJudgement {
    let Some(fault) = fault else { return ChangeJudgement::MayBeTheCause(causality) };
    causality.evidence.extend(index.engine.map(|engine| engine.id.clone()));
    let shows_from = change.at.checked_add(time_to_show(candidate)).unwrap_or(Timestamp::MAX);
    let Some(began) = fault.began else {
        // Something is wrong, and not with what was changed; or nothing is.
        causality.alibi = fault.alibi(shows_from, None);
        if let Some(alibi) = causality.alibi.filter(Alibi::clears) {
            return ChangeJudgement::Innocent(format!(
                "it has served as usual for {} since its change, and still does",
                spoken(alibi.time())
            ));
        }
        causality.alibi.get_or_insert(brief_service(fault.course));
        return ChangeJudgement::MayBeTheCause(causality);
    };
    let after = change.at.duration_since(began);
    let is_remedy = after > SignedDuration::ZERO && fault.blames_earlier(candidate, change, began);
    if is_remedy || !may_precede(change.at, began, fault.period()) {
        return ChangeJudgement::Innocent(format!(
            "it was changed {} after the fault began: that change is not the cause and may be an attempt to fix it",
            spoken(after.abs())
        ));
    }
    causality.precedes_onset = true;
    let served = fault.alibi(change.at, Some(began));
    let delayed = served.map(|served| Alibi { may_be_delay: true, ..served });
    causality.alibi = fault.alibi(shows_from, Some(began)).or(delayed);
    let in_its_period = (-(fault.period() + fault.period())..=fault.period() + CLOCK_SKEW).contains(&after);
    let began_with_it = fault.is_its_own && served.is_none() && in_its_period;
    causality.discrimination = began_with_it.then_some(Discrimination::FaultBeganWithChange);
    ChangeJudgement::MayBeTheCause(causality)
}

/// Returns the late effect that speaks for the last change of `candidate` though it served as usual since, and the answers
/// with it: all of that time may be the time until the event that it waited for. So any time of good service weighs as one
/// period does, and more of it never makes the change likelier. Where the service is no more than that, the lines add
/// nothing.
pub fn with_late_effect<'c>(
    candidate: &'c Candidate<'_>,
    causality: Causality,
) -> (Causality, Option<&'c LateEffect>) {
    let weighs_more = |alibi: &Alibi| alibi.periods > 1 && !alibi.may_be_delay;
    let (Some(alibi), Some(late)) = (causality.alibi.filter(weighs_more), &candidate.late_effect) else {
        return (causality, None);
    };
    let mut evidence = causality.evidence;
    evidence.extend(late.evidence.iter().cloned());
    evidence.sort();
    evidence.dedup();
    let alibi = Some(Alibi { may_be_delay: true, ..alibi });
    (Causality { alibi, evidence, ..causality }, Some(late))
}

/// Returns the answers about a candidate by itself, whoever changed it.
pub fn without_change(index: &EvidenceIndex<'_>, candidate: &Candidate<'_>) -> Causality {
    Causality {
        precedes_onset: false,
        reaches_symptom: candidate.relation != Relation::Application,
        alibi: None,
        discrimination: state_is_the_fault(index, candidate).then_some(Discrimination::StateIsTheFault),
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
