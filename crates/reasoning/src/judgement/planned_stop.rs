//! Tells an instance that is off according to plan from one that somebody misses: there nothing is broken.
//!
//! An intended state is a cause that is told as long as somebody has to see to its end: a warm pool, Spot, a maintenance
//! window or a backup may or may not bring the instance back. Two states need nobody:
//! - a *schedule* stopped it, by two signs that agree: the actor is a scheduler, and the instance's tag or the fortnight
//!   before says so too. A schedule that was seen to stop it and never to bring it back is not known to end;
//! - *EC2 Auto Scaling* terminated it: the instance is gone for good, and the group starts another by itself where it has
//!   too few.
//!
//! Both only where the symptom is that state and no other, where all signs of intent could be read, where none of them is
//! graver (a quarantine, a finding), and where nothing else is seen to fail.

use common::{
    ActorKind, Gap, ResourceKind, Signal, Symptom,
    evidence::ReadSource,
    intent::{IntentSign, TagMeaning},
};

use crate::{
    candidates::candidate::{Candidate, Relation},
    candidates::change_record::ChangeRecord,
    evidence::evidence_index::EvidenceIndex,
    evidence::text::{VALUE_CHARS, one_line},
    judgement::intended_state::{STOP, TERMINATE},
};

/// The readings without which a graver reason may have been missed.
const SIGNS: [ReadSource; 4] =
    [ReadSource::ResourceTags, ReadSource::Habit, ReadSource::SecurityFindings, ReadSource::Metrics];

/// EC2 Auto Scaling, as CloudTrail names it: by its principal, or by its service-linked role. Other names are free.
const AUTO_SCALING: [&str; 2] = ["autoscaling.amazonaws.com", ":assumed-role/AWSServiceRoleForAutoScaling"];

/// Returns why nothing is broken though `change` took the instance `candidate` out of service; `None` where somebody has
/// to see to it, or that cannot be told.
pub fn planned_stop(
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    gaps: &[Gap],
    candidate: &Candidate<'_>,
    change: &ChangeRecord,
) -> Option<String> {
    let signs = candidate.intent?.fact;
    let is_read = gaps.iter().all(|gap| !SIGNS.contains(&gap.source));
    if !is_read
        || !is_the_symptom(signal, candidate)
        || signs.iter().any(is_grave)
        || else_fails(index, candidate)
    {
        return None;
    }
    let name = candidate.resource.name();
    let actor = one_line(&change.actor, VALUE_CHARS);
    match (change.actor_kind, change.event.as_str()) {
        (ActorKind::Scheduler, STOP) => by_schedule(signs).map(|why| {
            format!(
                "instance {name} was stopped by its schedule ({actor}): {why}. Nothing is broken; if it should run now, \
                 change the schedule"
            )
        }),
        (ActorKind::Scaling, TERMINATE) if AUTO_SCALING.iter().any(|name| change.actor.contains(name)) => {
            Some(format!(
                "instance {name} was terminated by EC2 Auto Scaling ({actor}), which starts another where its group has too \
                 few. The group's activity history says if it was too many, or unhealthy"
            ))
        }
        _ => None,
    }
}

/// Returns true where the signal reports nothing but that the instance is not running.
fn is_the_symptom(signal: &Signal, candidate: &Candidate<'_>) -> bool {
    let is_alarm = |arn: &common::Arn| matches!(arn.kind(), ResourceKind::Alarm { .. });
    let reports_state = match &signal.symptom {
        Symptom::Instance { .. } => true,
        Symptom::Alarm { .. } => signal.metric.as_ref().is_some_and(|metric| {
            metric.namespace == "AWS/EC2" && metric.name.starts_with("StatusCheckFailed")
        }),
        Symptom::EcsService { .. } | Symptom::DeploymentGroup { .. } | Symptom::Event { .. } => false,
    };
    reports_state
        && candidate.relation == Relation::Same
        && signal.resources.iter().all(|arn| arn == candidate.resource || is_alarm(arn))
}

/// Returns true for a sign that the instance was set apart: somebody works on that.
fn is_grave(sign: &IntentSign) -> bool {
    match sign {
        IntentSign::SecurityFinding { finding } => finding.calls_for_quarantine(),
        IntentSign::Tag { meaning, .. } => *meaning == TagMeaning::Quarantine,
        IntentSign::Habit { .. } => false,
    }
}

/// Returns true where something other than the instance fails, as far as it is measured.
fn else_fails(index: &EvidenceIndex<'_>, candidate: &Candidate<'_>) -> bool {
    let courses = index.engine.into_iter().flat_map(|engine| &engine.fact.courses);
    courses
        .filter(|course| course.shows_failures && course.resource != candidate.resource.component())
        .any(|course| course.abnormal_since.is_some() && course.normal_again_since.is_none())
}

/// Returns the second sign that a schedule stops the instance.
fn by_schedule(signs: &[IntentSign]) -> Option<String> {
    let habit = signs.iter().find_map(|sign| match sign {
        IntentSign::Habit { event_name, days, days_started_again, time_of_day, .. } if event_name == STOP => {
            Some((days, days_started_again, time_of_day))
        }
        _ => None,
    });
    match habit {
        Some((_, 0, _)) => None,
        Some((days, again, time_of_day)) => {
            let again = if again == days { "each time".to_owned() } else { format!("{again} times") };
            Some(format!(
                "it was stopped on {days} of the 14 days before at about {time_of_day} too, and started again {again}"
            ))
        }
        None => signs.iter().find_map(|sign| match sign {
            IntentSign::Tag { meaning: TagMeaning::Schedule, key, value } => {
                Some(format!("its tag {key} = {value} puts it on one"))
            }
            _ => None,
        }),
    }
}
