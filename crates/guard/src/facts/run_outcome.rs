//! Decides whether a run of an action helped, by what became of its incident.

use common::{
    Incident, Resolution,
    ports::{ActionRun, Lease},
};

use super::breaker::RunOutcome;

/// The status that SSM gives an automation that ended well.
const SUCCESS: &str = "Success";

/// Returns the outcome of `run`. `leases` are all of its incident. A run helped only if its automation succeeded, the
/// incident is resolved by an action of ours, and this one was the last; what nobody can tell any more did not help.
pub fn run_outcome(run: &ActionRun, incident: Option<&Incident>, leases: &[Lease]) -> RunOutcome {
    let Some(incident) = incident else { return RunOutcome::DidNotHelp };
    let lease = leases.iter().find(|lease| lease.plan_hash == run.plan_hash);
    let end = lease.and_then(|lease| lease.end.as_ref());
    // An undo, or another attempt.
    let was_followed =
        leases.iter().any(|other| other.plan_hash != run.plan_hash && other.acquired_at > run.at);
    if was_followed || end.is_some_and(|end| end.status != SUCCESS) {
        return RunOutcome::DidNotHelp;
    }
    match incident.outcome.as_ref().map(|outcome| outcome.resolution) {
        Some(Resolution::ByNightshift) if end.is_some() => RunOutcome::Helped,
        Some(_) => RunOutcome::DidNotHelp,
        None => RunOutcome::Unsettled,
    }
}

#[cfg(test)]
mod tests {
    use common::{Outcome, ports::LeaseEnd};
    use fakes::sample;
    use jiff::SignedDuration;

    use super::*;

    fn hash(name: &str) -> common::PlanHash {
        common::sha256_hex(name).parse().unwrap()
    }

    fn run() -> ActionRun {
        ActionRun {
            incident_id: sample::incident().id,
            plan_hash: hash("this"),
            action: "start-instance".parse().unwrap(),
            target: sample::arn("ec2", "instance/i-1"),
            application: None,
            at: sample::at(),
            approved: false,
            undo: false,
        }
    }

    fn lease(plan: &str, minutes: i64, end: Option<&str>) -> Lease {
        Lease {
            incident_id: run().incident_id,
            plan_hash: hash(plan),
            target: run().target,
            acquired_at: sample::at() + SignedDuration::from_mins(minutes),
            execution_id: Some("e".to_owned()),
            end: end.map(|status| LeaseEnd { status: status.to_owned(), at: sample::at() }),
        }
    }

    fn incident(resolution: Option<Resolution>) -> Incident {
        let outcome = resolution.map(|resolution| Outcome {
            resolution,
            reason: String::new(),
            ended_at: sample::at(),
        });
        Incident { outcome, ..sample::incident() }
    }

    #[test]
    fn run_outcome_table() {
        use Resolution::{ByItself, ByNightshift, Escalated};
        use RunOutcome::{DidNotHelp, Helped, Unsettled};
        let ok = Some("Success");
        let this = |end| lease("this", 0, end);
        let later = || lease("undo", 2, None);
        let earlier = || lease("earlier", -2, ok);
        for (resolution, leases, expected) in [
            (None, vec![this(None)], Unsettled),
            (None, vec![this(ok)], Unsettled),
            (None, vec![this(Some("Failed"))], DidNotHelp),
            (None, vec![this(Some("TimedOut"))], DidNotHelp),
            (None, vec![this(ok), later()], DidNotHelp),
            (Some(ByNightshift), vec![this(ok)], Helped),
            (Some(ByNightshift), vec![earlier(), this(ok)], Helped),
            (Some(ByNightshift), vec![this(ok), later()], DidNotHelp),
            (Some(ByNightshift), vec![this(Some("Cancelled"))], DidNotHelp),
            (Some(ByNightshift), vec![this(None)], DidNotHelp),
            (Some(ByNightshift), vec![], DidNotHelp),
            (Some(ByItself), vec![this(ok)], DidNotHelp),
            (Some(Escalated), vec![this(ok)], DidNotHelp),
        ] {
            assert_eq!(run_outcome(&run(), Some(&incident(resolution)), &leases), expected, "{resolution:?}");
        }
        assert_eq!(run_outcome(&run(), None, &[this(ok)]), DidNotHelp);
    }
}
