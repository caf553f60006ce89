//! Tests that the facts reach the verdict: each is read at every judgement, and what is unknown asks.

use common::{
    ActorKind, ChangeCalendar, EvidenceId, Outcome, Resolution,
    evidence::{Change, ReadSource},
    intent::SecurityFinding,
};

use super::*;

fn target() -> common::Arn {
    sample::arn("ec2", "instance/i-1")
}

impl World {
    async fn reason_to_ask(&self) -> String {
        match self.step(self.authorize()).await {
            Output::Ask { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }

    /// Replaces the evidence of who stopped the instance.
    async fn stopped_by(&self, actor: &str, actor_kind: ActorKind) {
        let change = Change {
            actor: actor.to_owned(),
            actor_kind,
            ..sample_evidence::change(&target(), "StopInstances", sample::at() + SignedDuration::from_secs(1))
        };
        let evidence = sample_evidence::evidence(Observed::Change { change });
        self.deps.store.put_evidence(self.incident.id, &evidence).await.unwrap();
    }

    /// Makes an earlier incident that took the same action on the same target, and ended so.
    async fn earlier_run(&self, number: i64, resolution: Resolution) {
        let at = sample::at() - SignedDuration::from_hours(2 * number);
        let signal = sample::alarm_signal(&format!("earlier-{number}"), "checkout-errors");
        let incident =
            Incident { application: self.incident.application.clone(), ..Incident::opened_by(signal, 1) };
        let plan = self.deps.guard.plan(incident.id, &self.proposal().await).unwrap();
        let outcome = Some(Outcome { resolution, reason: String::new(), ended_at: at });
        let status = if resolution == Resolution::Escalated { Status::Escalated } else { Status::Resolved };
        let lease = common::ports::Lease {
            incident_id: incident.id,
            plan_hash: plan.hash(),
            target: plan.target.clone(),
            acquired_at: at,
            execution_id: Some("e".to_owned()),
            end: Some(common::ports::LeaseEnd { status: "Success".to_owned(), at }),
        };
        self.deps.store.acquire(&lease).await.unwrap();
        self.deps.store.insert(Incident { status, outcome, ..incident.clone() });
        crate::history::remember(&self.deps, &incident, &plan, &lease, false).await.unwrap();
    }

    async fn proposal(&self) -> Proposal {
        let diagnosis = self.deps.store.diagnosis(self.incident.id, 1).await.unwrap().unwrap();
        diagnosis.first().unwrap().proposal.clone().unwrap()
    }

    async fn change_hypothesis(&self, change: impl Fn(&mut Hypothesis)) {
        let mut diagnosis = self.deps.store.diagnosis(self.incident.id, 1).await.unwrap().unwrap();
        diagnosis.hypotheses.iter_mut().for_each(change);
        self.deps.store.replace_diagnosis(&diagnosis);
    }
}

#[test]
fn authorize_closed_or_unreadable_calendar_asks_and_says_which() {
    run(async {
        let world = world().await;
        world.account.set_change_calendar(ChangeCalendar::Closed);
        assert_eq!(world.reason_to_ask().await, "a change calendar is closed");
        world.account.set_change_calendar(ChangeCalendar::Open);
        world.faults.fail_operation("Modes::change_calendar");
        let reason = world.reason_to_ask().await;
        assert!(
            reason.starts_with("the change calendars could not be read, which counts as closed ("),
            "{reason}"
        );
    });
}

#[test]
fn start_calendar_closed_since_the_verdict_refuses() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.account.set_change_calendar(ChangeCalendar::Closed);
        assert!(matches!(world.step(world.start(&plan)).await, Output::Refused { .. }));
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn authorize_fact_that_cannot_be_read_asks_and_is_named() {
    run(async {
        for (operation, names) in [
            (
                "OpenIncidents::open_incidents",
                "the number of other open incidents of the application is unknown (",
            ),
            ("Modes::change_calendar", "the change calendars could not be read"),
            ("SecurityFindings::open_findings", "the security findings about the target are unknown ("),
        ] {
            let world = world().await;
            world.faults.fail_operation(operation);
            let reason = world.reason_to_ask().await;
            assert!(reason.contains(names), "{operation}: {reason}");
        }
    });
}

#[test]
fn authorize_required_fact_that_cannot_be_read_is_an_error() {
    run(async {
        for operation in [
            "Modes::effective",
            "Symptoms::observe",
            "Topology::application_of",
            "Topology::tags_of",
            "CaseFile::evidence",
            "Leases::taken_on",
            "ActionHistory::budget_places",
            "ActionHistory::runs_of",
            "ActionHistory::runs_on",
            "ActionHistory::breaker_closure",
        ] {
            let world = world().await;
            world.faults.fail_operation(operation);
            assert!(world.try_step(world.authorize()).await.is_err(), "{operation}");
        }
    });
}

#[test]
fn authorize_change_by_a_scheduler_or_by_nobody_known_asks() {
    run(async {
        for (kind, expected) in [
            (ActorKind::Scheduler, "the change behind this was made by a scheduler (arn:aws:sts::"),
            (ActorKind::Unknown, "nobody knows who stopped the instance (arn:aws:sts::"),
        ] {
            let world = world().await;
            world.stopped_by("arn:aws:sts::123456789012:assumed-role/x/y", kind).await;
            let reason = world.reason_to_ask().await;
            assert!(reason.starts_with(expected), "{reason}");
        }
    });
}

#[test]
fn authorize_tag_that_was_set_since_the_diagnosis_denies_even_what_was_approved() {
    run(async {
        for (key, policy) in [("nightshift-opt-out", "opted-out"), ("quarantine", "in-quarantine")] {
            let world = world().await;
            world.account.set_mode(Mode::Supervised, None);
            let Output::Ask { plan_hash, .. } = world.step(world.authorize()).await else { panic!() };
            world.approve(&plan_hash).await;
            world.account.set_tag(&target(), key, "true");
            let Output::Refused { reason } = world.step(world.start(&plan_hash)).await else { panic!() };
            assert!(reason.contains(policy), "{reason}");
            assert!(world.deps.automations.effects().is_empty());
        }
    });
}

fn attack() -> SecurityFinding {
    SecurityFinding {
        id: "f-1".to_owned(),
        title: "It mines bitcoin".to_owned(),
        severity: "HIGH".to_owned(),
        is_threat: true,
    }
}

#[test]
fn authorize_finding_that_came_since_the_diagnosis_asks_and_is_named() {
    run(async {
        let world = world().await;
        world.account.add_finding(&target(), attack());
        assert_eq!(
            world.reason_to_ask().await,
            "Security Hub has 1 open finding about the target (HIGH: It mines bitcoin)"
        );
    });
}

#[test]
fn authorize_finding_that_the_diagnosis_saw_still_counts() {
    run(async {
        let world = world().await;
        let signs = vec![common::intent::IntentSign::SecurityFinding { finding: attack() }];
        let evidence = sample_evidence::evidence(Observed::Intent { resource: target(), signs });
        world.deps.store.put_evidence(world.incident.id, &evidence).await.unwrap();
        assert!(world.reason_to_ask().await.contains("HIGH: It mines bitcoin"));
    });
}

#[test]
fn start_finding_that_came_since_the_verdict_refuses() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.account.add_finding(&target(), attack());
        let Output::Refused { reason } = world.step(world.start(&plan)).await else { panic!() };
        assert!(reason.contains("1 open finding about the target"), "{reason}");
        assert!(world.deps.automations.effects().is_empty());
    });
}

async fn approved_before_a_finding() -> (World, common::PlanHash) {
    let world = world().await;
    world.account.set_mode(Mode::Supervised, None);
    let Output::Ask { plan_hash, .. } = world.step(world.authorize()).await else { panic!() };
    world.approve(&plan_hash).await;
    world.account.add_finding(&target(), attack());
    (world, plan_hash)
}

#[test]
fn start_finding_that_came_while_approval_was_waited_for_refuses_each_time() {
    run(async {
        let (world, plan_hash) = approved_before_a_finding().await;
        for _ in 0..2 {
            let Output::Refused { reason } = world.step(world.start(&plan_hash)).await else { panic!() };
            assert!(
                reason.contains("(HIGH: It mines bitcoin; not in the question that was approved)"),
                "{reason}"
            );
        }
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn authorize_again_after_an_approval_that_a_finding_made_outdated_denies_instead_of_asking_twice() {
    run(async {
        let (world, _) = approved_before_a_finding().await;
        let Output::Deny { reason } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains("not in the question that was approved"), "{reason}");
    });
}

#[test]
fn start_finding_that_was_in_the_question_is_approved_with_it() {
    run(async {
        let world = world().await;
        world.account.add_finding(&target(), attack());
        let Output::Ask { plan_hash, .. } = world.step(world.authorize()).await else { panic!() };
        world.approve(&plan_hash).await;
        assert!(matches!(world.step(world.start(&plan_hash)).await, Output::Started { .. }));
    });
}

#[test]
fn authorize_evidence_about_something_else_is_no_evidence_for_the_cause() {
    run(async {
        let world = world().await;
        let other =
            sample_evidence::change(&sample::arn("ec2", "instance/i-2"), "StopInstances", sample::at());
        let evidence = sample_evidence::evidence(Observed::Change { change: other });
        world.deps.store.put_evidence(world.incident.id, &evidence).await.unwrap();
        let id: EvidenceId = evidence.id.clone();
        world.change_hypothesis(|one| one.supports = vec![id.clone()]).await;
        let Output::Deny { reason } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains("only-free-text"), "{reason}");
    });
}

#[test]
fn authorize_what_only_a_model_chose_to_have_read_makes_no_target_seen_and_supports_nothing() {
    run(async {
        let world = world().await;
        for one in world.deps.store.evidence(world.incident.id).await.unwrap() {
            let chosen = common::Evidence { chosen_by_model: true, ..one };
            world.deps.store.write_evidence(world.incident.id, &chosen);
        }
        let denied = world.step(world.authorize()).await;
        assert!(matches!(denied, Output::Deny { .. }), "{denied:?}");
    });
}

#[test]
fn authorize_confidence_raised_by_what_outsiders_write_asks() {
    run(async {
        let world = world().await;
        world.change_hypothesis(|one| one.raised_by_untrusted = true).await;
        let reason = world.reason_to_ask().await;
        assert_eq!(reason, "metrics, traces or logs that outsiders may write are part of the confidence");
    });
}

#[test]
fn authorize_alarm_whose_metric_is_normal_asks() {
    run(async {
        let world = world().await;
        world.account.set_symptom(SymptomState::Firing, Some(-0.5));
        assert!(world.reason_to_ask().await.contains("was set by hand"));
    });
}

/// Whoever may call `PutMetricData` could roll a good deployment back.
#[test]
fn authorize_alarm_on_a_metric_that_anybody_may_write_asks() {
    run(async {
        let mut world = world().await;
        world.incident.signal.metric = Some(sample::metric("Shop"));
        world.deps.store.insert(world.incident.clone());
        assert!(world.reason_to_ask().await.contains("its metric is not one that an AWS service writes"));
    });
}

/// A dead letter that is taken in again tells of what was hours ago.
#[test]
fn authorize_event_of_more_than_an_hour_ago_asks() {
    run(async {
        for (minutes, asks) in [(60, false), (61, true)] {
            let world = world().await;
            world.deps.clock.advance(SignedDuration::from_mins(minutes));
            let output = world.step(world.authorize()).await;
            assert_eq!(
                matches!(&output, Output::Ask { reason, .. } if reason.contains("the event is 61 minutes old")),
                asks,
                "{output:?}"
            );
            assert_eq!(matches!(output, Output::Allow { .. }), !asks);
        }
    });
}

/// A read of the habit that failed is no news that there is none.
#[test]
fn authorize_habit_that_was_not_read_asks() {
    run(async {
        let world = world().await;
        let mut diagnosis = world.deps.store.diagnosis(world.incident.id, 1).await.unwrap().unwrap();
        diagnosis.gaps.push(common::Gap::new(ReadSource::Habit, "LookupEvents", "too many events"));
        world.deps.store.replace_diagnosis(&diagnosis);
        let reason = world.reason_to_ask().await;
        assert_eq!(reason, "whether the same change comes at about the same time of other days is unknown");
    });
}

#[test]
fn authorize_same_action_on_the_same_target_again_asks_with_its_history() {
    run(async {
        let world = world().await;
        world.earlier_run(1, Resolution::ByNightshift).await;
        let reason = world.reason_to_ask().await;
        let expected = "start-instance already ran once on this target within 24 hours (at 2026-11-20 01:00Z for incident ";
        assert!(reason.starts_with(expected), "{reason}");
    });
}

#[test]
fn authorize_breaker_opens_after_bad_outcomes_and_a_person_closes_it() {
    run(async {
        let world = world().await;
        // Beyond the day of repeats, within the breaker's memory.
        for number in 13..16 {
            world.earlier_run(number, Resolution::Escalated).await;
        }
        let reason = world.reason_to_ask().await;
        let expected =
            "start-instance has not helped this application lately (3 of the last 3 runs did not help)";
        assert!(reason.starts_with(expected), "{reason}");
        let action = "start-instance".parse().unwrap();
        let closure =
            common::ports::BreakerClosure { by: "arn:aws:iam::1:user/ada".to_owned(), at: sample::at() };
        let application = world.incident.application.as_deref();
        common::ports::ActionHistory::close_breaker(&world.deps.store, &action, application, &closure)
            .await
            .unwrap();
        world.allowed().await;
    });
}

#[test]
fn authorize_other_open_incidents_of_the_application_ask() {
    run(async {
        let world = world().await;
        for number in 0..3 {
            let signal = sample::alarm_signal(&format!("other-{number}"), &format!("alarm-{number}"));
            let application = world.incident.application.clone();
            world.deps.store.insert(Incident { application, ..Incident::opened_by(signal, 1) });
        }
        assert_eq!(
            world.reason_to_ask().await,
            "3 other incidents of the application are open and may have the same cause"
        );
    });
}

#[test]
fn start_budget_asks_from_half_on_and_is_denied_at_its_end() {
    run(async {
        let mut world = world().await;
        world.deps.actions_per_hour = 2;
        let since = sample::at() - SignedDuration::from_hours(1);
        let place = |name: &str| common::sha256_hex(name).parse().unwrap();
        let store = world.deps.store.clone();
        let take = async |name: &str| {
            common::ports::ActionHistory::take_budget_place(&store, &place(name), sample::at(), since, 9)
                .await
        };
        take("a").await.unwrap();
        assert!(
            world.reason_to_ask().await.starts_with("50 % of the account's actions for an hour are used up")
        );
        take("b").await.unwrap();
        let Output::Deny { reason } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains("account-budget-used-up"), "{reason}");
    });
}

#[test]
fn start_place_taken_by_another_incident_in_between_refuses() {
    run(async {
        let mut world = world().await;
        world.deps.actions_per_hour = 1;
        let plan = world.allowed().await;
        assert!(matches!(world.step(world.start(&plan)).await, Output::Started { .. }));
        // The same plan again has its place.
        assert!(matches!(world.step(world.start(&plan)).await, Output::Started { .. }));
        assert_eq!(world.deps.automations.effects().len(), 1);
        let taken =
            crate::account_budget::take_place(&world.deps, &world.other_plan().await, true).await.unwrap();
        assert!(!taken);
    });
}

impl World {
    async fn other_plan(&self) -> common::Plan {
        let signal = sample::alarm_signal("other", "other");
        let other = Incident::opened_by(signal, 1);
        self.deps.guard.plan(other.id, &self.proposal().await).unwrap()
    }
}
