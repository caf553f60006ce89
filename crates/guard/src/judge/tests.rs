use common::{ApprovalDecision, Severity, SymptomState, UnmetCondition, diagnosis::Proposal};
use fakes::sample;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::policies::Policies;

static GUARD: std::sync::LazyLock<Guard> = std::sync::LazyLock::new(|| Guard::shipped().unwrap());

fn fine() -> Facts {
    Facts {
        mode: Mode::Autonomous,
        confidence_percent: 90,
        severity: Severity::Sev3,
        drill: false,
        incident_open: true,
        symptom: SymptomState::Firing,
        target_seen: true,
        target_in_scope: true,
        structured_evidence: true,
        raised_by_model: false,
        unattended_drills: false,
        tried_before: false,
        actions_on_target: 0,
        actions_in_incident: 0,
        undo_asks: false,
    }
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

fn facts() -> impl Strategy<Value = Facts> {
    let symptoms = [SymptomState::Firing, SymptomState::Recovered, SymptomState::Unknown];
    (
        prop::sample::select(Mode::ALL.to_vec()),
        -10i64..200,
        prop::sample::select(symptoms.to_vec()),
        any::<[bool; 8]>(),
        0u32..12,
        0u32..12,
    )
        .prop_map(
            |(mode, confidence_percent, symptom, flags, actions_on_target, actions_in_incident)| {
                let [
                    drill,
                    unattended_drills,
                    incident_open,
                    target_seen,
                    target_in_scope,
                    structured_evidence,
                    raised_by_model,
                    tried_before,
                ] = flags;
                Facts {
                    mode,
                    confidence_percent,
                    severity: Severity::Sev1,
                    drill,
                    incident_open,
                    symptom,
                    target_seen,
                    target_in_scope,
                    structured_evidence,
                    raised_by_model,
                    unattended_drills,
                    tried_before,
                    actions_on_target,
                    actions_in_incident,
                    undo_asks: false,
                }
            },
        )
}

#[test]
fn judge_undo_that_returns_to_the_fault_asks_in_every_mode_that_acts() {
    let undo = Plan { undo_of: Some(plan(2).hash()), ..plan(2) };
    for (mode, undo_asks, expected) in [
        (Mode::Autonomous, false, Decision::Allow),
        (Mode::Autonomous, true, Decision::Ask),
        (Mode::Supervised, false, Decision::Allow),
        (Mode::Supervised, true, Decision::Ask),
        (Mode::Observe, true, Decision::Deny),
        (Mode::Off, false, Decision::Deny),
    ] {
        let facts = Facts { mode, undo_asks, ..fine() };
        let verdict = GUARD.judge(&undo, &facts, None, sample::at()).verdict().clone();
        assert_eq!(verdict.decision, expected, "{mode} {undo_asks}");
        let asked = expected == Decision::Ask;
        assert_eq!(verdict.unmet.contains(&UnmetCondition::UndoReturnsToFault), asked, "{mode} {undo_asks}");
        if asked {
            let approval = approval(&undo);
            let approved = GUARD.judge(&undo, &facts, Some(&approval), sample::at()).verdict().decision;
            assert_eq!(approved, Decision::Allow);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn judge_never_allows_what_is_unseen_out_of_scope_or_switched_off(
        facts in facts(), tier in 2u8..4, approved: bool,
    ) {
        if decision(tier, &facts, approved) == Decision::Allow {
            prop_assert!(facts.target_seen && facts.target_in_scope && facts.structured_evidence);
            prop_assert!(facts.incident_open && facts.symptom == SymptomState::Firing && !facts.tried_before);
            prop_assert!(facts.mode >= Mode::Supervised);
            prop_assert!(approved || (tier == 2 && facts.mode == Mode::Autonomous));
            prop_assert!(approved || !facts.drill || facts.unattended_drills);
            prop_assert!(approved || !facts.raised_by_model);
        }
    }

    #[test]
    fn judge_less_autonomy_never_permits_more(facts in facts(), tier in 2u8..4, approved: bool) {
        let rank = |mode| match decision(tier, &Facts { mode, ..facts.clone() }, approved) {
            Decision::Deny => 0,
            Decision::Ask => 1,
            Decision::Allow => 2,
        };
        let ranks: Vec<_> = Mode::ALL.into_iter().map(rank).collect();
        prop_assert!(ranks.is_sorted(), "{ranks:?}");
    }

    #[test]
    fn judge_a_models_word_never_permits_more(facts in facts(), tier in 2u8..4, approved: bool) {
        let permitted = |raised_by_model| {
            decision(tier, &Facts { raised_by_model, ..facts.clone() }, approved) == Decision::Allow
        };
        prop_assert!(permitted(false) || !permitted(true));
    }

    #[test]
    fn judge_approval_never_takes_away(facts in facts(), tier in 2u8..4) {
        let without = decision(tier, &facts, false);
        let with = decision(tier, &facts, true);
        let expected = if without == Decision::Ask { Decision::Allow } else { without };
        prop_assert_eq!(with, expected);
    }

    /// The typed conditions and the policies are two descriptions of one rule: neither may drift.
    #[test]
    fn judge_asks_exactly_where_a_condition_is_unmet(facts in facts(), tier in 2u8..4) {
        let plan = plan(tier);
        let verdict = GUARD.judge(&plan, &facts, None, sample::at()).verdict().clone();
        match verdict.decision {
            Decision::Ask => prop_assert!(!verdict.unmet.is_empty()),
            Decision::Allow => prop_assert_eq!(GUARD.unmet(&plan, &facts), vec![]),
            Decision::Deny => prop_assert_eq!(verdict.unmet, vec![]),
        }
    }
}
