use common::{
    ActorKind, ApprovalDecision, ChangeCalendar, Severity, SymptomState, UnmetCondition, diagnosis::Proposal,
};
use fakes::sample;
use jiff::SignedDuration;

use super::*;
use crate::{
    facts::{breaker::Breaker, environment::Environment},
    policies::Policies,
};

mod asking;
mod properties;

static GUARD: std::sync::LazyLock<Guard> = std::sync::LazyLock::new(|| Guard::shipped().unwrap());

fn fine() -> Facts {
    Facts::nothing_against()
}

fn plan(tier: u8) -> Plan {
    let (action, target, parameters) = if tier == 2 {
        ("start-instance", sample::arn("ec2", "instance/i-1"), vec![("InstanceId", "i-1")])
    } else {
        let own = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1";
        let names = vec![
            ("Cluster", "petshop"),
            ("Service", "web"),
            ("TaskDefinition", own),
            ("ExpectedTaskDefinition", own),
        ];
        ("rollback-ecs-service", sample::arn("ecs", "service/petshop/web"), names)
    };
    let proposal = Proposal {
        action: action.parse().unwrap(),
        target,
        parameters: parameters.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
    };
    GUARD.plan(sample::incident().id, &proposal).unwrap()
}

fn approval(plan: &Plan) -> Approval {
    Approval {
        incident_id: plan.incident_id,
        plan_hash: plan.hash(),
        requested_at: sample::at(),
        expires_at: sample::at() + SignedDuration::from_mins(15),
        task_token: "token".to_owned(),
        decision: ApprovalDecision::Approved { by: "arn:aws:iam::1:user/alice".to_owned(), at: sample::at() },
    }
}

fn decision(tier: u8, facts: &Facts, approved: bool) -> Decision {
    let plan = plan(tier);
    let approval = approved.then(|| approval(&plan));
    let guard = &*GUARD;
    guard.judge(&plan, facts, approval.as_ref(), sample::at()).verdict().decision
}

#[test]
fn judge_table_of_mode_tier_and_approval() {
    use Decision::{Allow, Ask, Deny};
    let table = [
        (Mode::Off, 2, false, Deny),
        (Mode::Off, 2, true, Deny),
        (Mode::Observe, 2, true, Deny),
        (Mode::Shadow, 2, true, Deny),
        (Mode::Supervised, 2, false, Ask),
        (Mode::Supervised, 2, true, Allow),
        (Mode::Supervised, 3, false, Ask),
        (Mode::Supervised, 3, true, Allow),
        (Mode::Autonomous, 2, false, Allow),
        (Mode::Autonomous, 3, false, Ask),
        (Mode::Autonomous, 3, true, Allow),
    ];
    for (mode, tier, approved, expected) in table {
        let got = decision(tier, &Facts { mode, ..fine() }, approved);
        assert_eq!(got, expected, "{mode} tier {tier} approved {approved}");
    }
}

#[test]
fn judge_low_confidence_asks() {
    assert_eq!(decision(2, &Facts { confidence_percent: 69, ..fine() }, false), Decision::Ask);
}

#[test]
fn judge_drill_asks_unless_drills_may_act_unattended() {
    let drill = Facts { drill: true, ..fine() };
    assert_eq!(decision(2, &drill, false), Decision::Ask);
    assert_eq!(decision(2, &Facts { unattended_drills: true, ..drill }, false), Decision::Allow);
}

#[test]
fn judge_plan_that_the_catalogue_would_not_make_denies_even_an_approved_one() {
    let forged = Plan { document: "AWS-TerminateEC2Instance".to_owned(), ..plan(2) };
    let judgement = GUARD.judge(&forged, &fine(), Some(&approval(&forged)), sample::at());
    assert_eq!(judgement.verdict().policies[0].id, "plan-is-not-the-catalogues");
}

#[test]
fn judge_each_forbidden_fact_denies_even_an_approved_plan() {
    let forbidden = [
        Facts { incident_open: false, ..fine() },
        Facts { symptom: SymptomState::Recovered, ..fine() },
        Facts { symptom: SymptomState::Unknown, ..fine() },
        Facts { target_seen: false, ..fine() },
        Facts { target_in_scope: false, ..fine() },
        Facts { structured_evidence: false, ..fine() },
        Facts { tried_before: true, ..fine() },
        Facts { actions_on_target: 3, ..fine() },
        Facts { actions_in_incident: 10, ..fine() },
        Facts { account_budget_percent: 100, ..fine() },
        Facts { opted_out: true, ..fine() },
        Facts { quarantined: true, ..fine() },
    ];
    for facts in forbidden {
        assert_eq!(decision(2, &facts, true), Decision::Deny, "{facts:?}");
    }
}

#[test]
fn judge_shadow_records_what_would_have_been() {
    let guard = &*GUARD;
    let shadow = Facts { mode: Mode::Shadow, ..fine() };
    let would_be = |tier| guard.judge(&plan(tier), &shadow, None, sample::at()).verdict().would_be;
    assert_eq!(would_be(2), Some(Decision::Allow));
    assert_eq!(would_be(3), Some(Decision::Ask));
}

#[test]
fn judge_approval_of_another_plan_or_expired_counts_for_nothing() {
    let guard = &*GUARD;
    let (plan, facts) = (plan(3), fine());
    let decide =
        |approval: &Approval, now| guard.judge(&plan, &facts, Some(approval), now).verdict().decision;
    let right = approval(&plan);
    assert_eq!(decide(&right, sample::at()), Decision::Allow);
    assert_eq!(decide(&right, sample::at() + SignedDuration::from_mins(16)), Decision::Ask);
    let other = Approval { plan_hash: super::tests::plan(2).hash(), ..right.clone() };
    assert_eq!(decide(&other, sample::at()), Decision::Ask);
    let denied = ApprovalDecision::Denied { by: "bob".to_owned(), at: sample::at() };
    assert_eq!(decide(&Approval { decision: denied, ..right }, sample::at()), Decision::Ask);
}

#[test]
fn judge_forbid_that_errors_denies_instead_of_being_skipped() {
    let overflow = "@id(\"broken\") @why(\"overflows\") forbid (principal, action, resource) \
                    when { context.confidence_percent * 9223372036854775807 > 0 };";
    let guard =
        Guard { policies: Policies::with_forbid(overflow), catalogue: crate::Catalogue::shipped().unwrap() };
    let judgement = guard.judge(&plan(2), &fine(), None, sample::at());
    assert_eq!(judgement.verdict().decision, Decision::Deny);
    assert_eq!(judgement.verdict().policies[0].id, "could-not-be-decided");
}

#[test]
fn judge_ask_names_each_condition_that_was_not_met() {
    use UnmetCondition::{
        ConfidenceBelowThreshold, Drill, ModeIsSupervised, RaisedByModel, Tier3NeedsApproval,
    };
    let unmet = |tier, facts: Facts| {
        let judgement = GUARD.judge(&plan(tier), &facts, None, sample::at());
        assert_eq!(judgement.verdict().decision, Decision::Ask, "{facts:?}");
        judgement.verdict().unmet.clone()
    };
    assert_eq!(unmet(2, Facts { mode: Mode::Supervised, ..fine() }), [ModeIsSupervised]);
    let below = ConfidenceBelowThreshold { confidence_percent: 65, threshold_percent: 70 };
    assert_eq!(unmet(2, Facts { confidence_percent: 65, ..fine() }), [below]);
    assert_eq!(unmet(2, Facts { raised_by_model: true, ..fine() }), [RaisedByModel]);
    assert_eq!(unmet(2, Facts { drill: true, ..fine() }), [Drill]);
    let action = plan(3).action;
    assert_eq!(unmet(3, fine()), [Tier3NeedsApproval { action }]);
}
