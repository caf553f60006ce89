//! Tells which changes a person reverts: in the running system, where Nightshift has no action for it, and at their source,
//! from which a pipeline or Terraform would put the fault back.

use common::{ActorKind, Observed, Plan, evidence::Change};

use super::text::{line, name, time};
use crate::incident_snapshot::{ActionTaken, IncidentSnapshot};

/// The actions that restore what a deployment or a configuration change set. Starting an instance is none.
const RESTORING: [&str; 3] = ["restore-parameter", "rollback-lambda-alias", "rollback-ecs-service"];

/// The status with which a successful automation ends.
const SUCCESS: &str = "Success";

/// Returns a line for each restoring action that succeeded and was not undone, with the change that it reverted
/// where evidence shows one.
pub(super) fn revert_at_source(snapshot: &IncidentSnapshot) -> Vec<String> {
    let restored = snapshot.actions.iter().flatten().filter(|action| restores(snapshot, action));
    restored
        .filter_map(|action| action.plan.as_ref())
        .map(|plan| {
            let target = name(&plan.target);
            let change = reverted_change(snapshot, plan).map_or_else(
                || format!("the last change of {target}"),
                |change| described(change, &target),
            );
            format!(
                "Revert the change at its source (pipeline, Terraform), or the next deployment brings the fault back: {change}"
            )
        })
        .collect()
}

/// Returns a line about the change that triggered the incident, where a pipeline made it: whatever is put back in the
/// running system, its next run brings the change back.
pub(super) fn brought_back_by_a_pipeline(snapshot: &IncidentSnapshot) -> Option<String> {
    let trigger = snapshot.diagnosis.as_ref()?.report.trigger.as_ref()?;
    let change = snapshot.evidence.iter().find_map(|evidence| match &evidence.observed {
        Observed::Change { change } if evidence.id == *trigger => Some(change),
        _ => None,
    })?;
    (change.actor_kind == ActorKind::Pipeline).then(|| {
        format!(
            "Revert it at its source too, or the pipeline's next run brings it back: {}",
            described(change, &name(&change.resource))
        )
    })
}

/// Returns the command with which a person takes the trigger back. One that does not fit on a line is in the full report only:
/// half a command is none.
pub(super) fn revert_by_hand(snapshot: &IncidentSnapshot) -> Option<String> {
    let revert = snapshot.diagnosis.as_ref()?.report.revert.as_ref()?;
    let told = line(&revert.in_words());
    (told == revert.in_words())
        .then(|| format!("If this change is the cause and answered no security finding, revert it: {told}"))
}

fn described(change: &Change, target: &str) -> String {
    format!(
        "{} on {target} by {} at {} (CloudTrail event {})",
        line(&change.event_name),
        name(&change.actor),
        time(change.at),
        line(&change.event_id)
    )
}

fn restores(snapshot: &IncidentSnapshot, action: &ActionTaken) -> bool {
    let Some(plan) = &action.plan else { return false };
    let undone = |other: &ActionTaken| {
        other.plan.as_ref().is_some_and(|undo| undo.undo_of.as_ref() == Some(&action.lease.plan_hash))
    };
    plan.undo_of.is_none()
        && RESTORING.contains(&plan.action.as_str())
        && action.lease.end.as_ref().is_some_and(|end| end.status == SUCCESS)
        && !snapshot.actions.iter().flatten().any(undone)
}

/// Returns the trigger where it changed the plan's target, else the newest change of the target by anybody else
/// than Nightshift.
fn reverted_change<'a>(snapshot: &'a IncidentSnapshot, plan: &Plan) -> Option<&'a Change> {
    let trigger = snapshot.diagnosis.as_ref().and_then(|diagnosis| diagnosis.report.trigger.as_ref());
    let changes = snapshot.evidence.iter().filter_map(|evidence| match &evidence.observed {
        Observed::Change { change } if change.resource == plan.target && !change.by_nightshift => {
            Some((Some(&evidence.id) == trigger, change))
        }
        _ => None,
    });
    changes.max_by_key(|(is_trigger, change)| (*is_trigger, change.at)).map(|(_, change)| change)
}

#[cfg(test)]
mod tests {
    use common::{Conclusion, Diagnosis, Evidence, diagnosis::IncidentReport, diagnosis::RevertCommand};
    use fakes::{
        sample,
        sample_evidence::{alias, before, change, evidence},
    };

    use super::*;

    fn triggered_by(trigger: &Evidence) -> IncidentSnapshot {
        let diagnosis = Diagnosis {
            incident_id: sample::incident().id,
            attempt: 1,
            made_at: sample::at(),
            producer: "playbooks@1".to_owned(),
            conclusion: Conclusion::Explained,
            hypotheses: Vec::new(),
            ruled_out: Vec::new(),
            gaps: Vec::new(),
            evidence: Vec::new(),
            gathered_in_ms: 0,
            model: None,
            report: IncidentReport { trigger: Some(trigger.id.clone()), ..IncidentReport::default() },
        };
        let evidence = vec![trigger.clone()];
        IncidentSnapshot { diagnosis: Some(diagnosis), evidence, ..IncidentSnapshot::default() }
    }

    #[test]
    fn brought_back_by_a_pipeline_is_told_with_actor_and_event_and_of_nobody_else() {
        for actor_kind in ActorKind::ALL {
            let change = Change { actor_kind, ..change(&alias(), "UpdateAlias", before(3)) };
            let snapshot = triggered_by(&evidence(Observed::Change { change: change.clone() }));
            let told = brought_back_by_a_pipeline(&snapshot);
            if actor_kind == ActorKind::Pipeline {
                let told = told.unwrap();
                assert!(
                    told.starts_with("Revert it at its source too, or the pipeline's next run"),
                    "{told}"
                );
                assert!(told.contains(&change.actor) && told.contains(&change.event_id), "{told}");
            } else {
                assert_eq!(told, None, "{actor_kind}");
            }
        }
        assert_eq!(brought_back_by_a_pipeline(&IncidentSnapshot::default()), None);
    }

    #[test]
    fn revert_by_hand_is_the_whole_command_or_nothing() {
        let of = |command: String| {
            let mut snapshot = triggered_by(&evidence(Observed::Change {
                change: change(&alias(), "UpdateAlias", before(3)),
            }));
            let report = &mut snapshot.diagnosis.as_mut().unwrap().report;
            report.revert = Some(RevertCommand { command, unknown: Vec::new(), if_unset: None });
            revert_by_hand(&snapshot)
        };
        let command = "aws kms enable-key --key-id arn:aws:kms:eu-west-1:123456789012:key/k";
        assert!(of(command.to_owned()).unwrap().ends_with(command));
        assert_eq!(of(format!("{command}{}", "k".repeat(400))), None);
        assert_eq!(of(format!("{command}\nrm -rf /")), None);
        assert_eq!(revert_by_hand(&IncidentSnapshot::default()), None);
    }
}
