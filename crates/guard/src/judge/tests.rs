use common::{
    ActorKind, ApprovalDecision, ChangeCalendar, Severity, SymptomState, UnmetCondition, diagnosis::Proposal,
};
use fakes::sample;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{
    facts::{breaker::Breaker, environment::Environment},
    policies::Policies,
};

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

/// Facts that ask by themselves, with what the person reads.
#[allow(clippy::too_many_lines, reason = "one line or two for each condition")]
fn asking() -> Vec<(Facts, &'static str)> {
    vec![
        (
            Facts { raised_by_untrusted: true, ..fine() },
            "metrics, traces or logs that outsiders may write are part of the confidence",
        ),
        (
            Facts { symptom_measured: Some(false), ..fine() },
            "the alarm is in ALARM and its newest datapoint is normal: it is recovering, or was set by hand",
        ),
        (
            Facts { symptom_measured: None, ..fine() },
            "the alarm's newest datapoint cannot be compared with its threshold, so nothing confirms the alarm",
        ),
        (Facts { change_calendar: ChangeCalendar::Closed, ..fine() }, "a change calendar is closed"),
        (
            Facts {
                change_calendar: ChangeCalendar::Unreadable,
                details: [("change_calendar", "GetCalendarState: denied".to_owned())].into(),
                ..fine()
            },
            "the change calendars could not be read, which counts as closed (GetCalendarState: denied)",
        ),
        (
            Facts { capacity_share_percent: Some(11), ..fine() },
            "start-instance takes 11 % of the service's capacity out of service or replaces it, and more than 10 % needs approval",
        ),
        (
            Facts { capacity_share_percent: None, ..fine() },
            "the share of the service's capacity that start-instance takes out of service is unknown",
        ),
        (
            Facts { resources_touched: Some(6), ..fine() },
            "start-instance touches 6 resources, and more than 5 need approval in production",
        ),
        (
            Facts { resources_touched: None, environment: Environment::Unknown, ..fine() },
            "the number of resources that start-instance touches is unknown",
        ),
        (
            Facts { dependants: Some(21), ..fine() },
            "21 components depend on the target, and more than 20 need approval in production",
        ),
        (
            Facts { dependants: None, ..fine() },
            "the number of components that depend on the target is unknown",
        ),
        (
            Facts { other_open_incidents: Some(3), ..fine() },
            "3 other incidents of the application are open and may have the same cause",
        ),
        (
            Facts { other_open_incidents: None, ..fine() },
            "the number of other open incidents of the application is unknown",
        ),
        (
            Facts { account_budget_percent: 50, ..fine() },
            "50 % of the account's actions for an hour are used up; from 50 % on each one needs approval",
        ),
        (
            Facts { breaker: Breaker::Open, ..fine() },
            "start-instance has not helped this application lately; if it helps this time, it may run unattended again",
        ),
        (
            Facts { breaker: Breaker::HalfOpen, ..fine() },
            "start-instance has not helped this application lately, and a run that was approved to find out is not verified yet",
        ),
        (
            Facts {
                same_action_on_target_today: 1,
                details: [("same_action_on_target_today", "02:10Z by 01ABC".to_owned())].into(),
                ..fine()
            },
            "start-instance already ran once on this target within 24 hours (02:10Z by 01ABC)",
        ),
        (
            Facts { changed_by: ActorKind::Scheduler, ..fine() },
            "the change behind this was made by a scheduler: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Scaling, ..fine() },
            "the change behind this was made by a scaling service: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Service, ..fine() },
            "the change behind this was made by an AWS service: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Security, ..fine() },
            "the change behind this was made by a security response: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Unknown, ..fine() },
            "nobody knows who stopped the instance: it may be what somebody wants",
        ),
        (
            Facts { habit: true, ..fine() },
            "the same change comes at about the same time of other days: it may be what somebody wants",
        ),
        (
            Facts { scheduled: true, ..fine() },
            "a tag says that the target is started and stopped by a schedule, an Auto Scaling group, a fleet or Spot",
        ),
        (Facts { open_findings: Some(1), ..fine() }, "Security Hub has 1 open finding about the target"),
        (
            Facts {
                open_findings: None,
                details: [("open_findings", "GetFindings: denied".to_owned())].into(),
                ..fine()
            },
            "the security findings about the target are unknown (GetFindings: denied)",
        ),
    ]
}

#[test]
fn judge_each_asking_fact_asks_in_its_own_words_and_an_approval_lifts_it() {
    for (facts, because) in asking() {
        let judgement = GUARD.judge(&plan(2), &facts, None, sample::at());
        assert_eq!(judgement.verdict().decision, Decision::Ask, "{facts:?}");
        assert_eq!(judgement.verdict().because(), because);
        assert_eq!(decision(2, &facts, true), Decision::Allow, "{facts:?}");
    }
}

#[test]
fn judge_wide_actions_are_not_asked_about_where_nobodys_customers_are() {
    for environment in [Environment::Staging, Environment::Development] {
        let facts = Facts { environment, resources_touched: Some(50), dependants: None, ..fine() };
        assert_eq!(decision(2, &facts, false), Decision::Allow, "{environment:?}");
    }
}

#[test]
fn judge_deny_does_not_name_what_an_approval_would_lift() {
    let facts = Facts { incident_open: false, confidence_percent: 10, ..fine() };
    let judgement = GUARD.judge(&plan(3), &facts, None, sample::at());
    let ids: Vec<_> = judgement.verdict().policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!(ids, ["incident-has-ended"]);
}

#[test]
fn judge_policy_of_the_teams_own_that_asks_is_told_in_its_own_words() {
    let own = "@id(\"no-friday\") @why(\"On Fridays we look first.\") forbid (principal, action, resource) \
               unless { context.approved };";
    let guard =
        Guard { policies: Policies::with_forbid(own), catalogue: crate::Catalogue::shipped().unwrap() };
    let judgement = guard.judge(&plan(2), &fine(), None, sample::at());
    assert_eq!(judgement.verdict().decision, Decision::Ask);
    assert_eq!(judgement.verdict().because(), "on Fridays we look first");
}

fn unknown_or(known: std::ops::Range<u32>) -> impl Strategy<Value = Option<u32>> {
    prop::option::weighted(0.7, known)
}

prop_compose! {
    fn blast_radius_facts()(
        environment in prop::sample::select(vec![
            Environment::Unknown, Environment::Production, Environment::Staging, Environment::Development,
        ]),
        resources_touched in unknown_or(1..8),
        capacity_share_percent in unknown_or(0..20),
        dependants in unknown_or(0..30),
        other_open_incidents in unknown_or(0..5),
    ) -> Facts {
        Facts {
            environment, resources_touched, capacity_share_percent, dependants, other_open_incidents, ..fine()
        }
    }
}

prop_compose! {
    fn history_facts()(
        base in blast_radius_facts(),
        account_budget_percent in prop::sample::select(vec![0u32, 49, 50, 99, 100, 150]),
        breaker in prop::sample::select(vec![Breaker::Closed, Breaker::HalfOpen, Breaker::Open]),
        same_action_on_target_today in 0u32..2,
        change_calendar in prop::sample::select(vec![
            ChangeCalendar::Open, ChangeCalendar::Closed, ChangeCalendar::Unreadable,
        ]),
        actions_on_target in 0u32..5,
        actions_in_incident in 0u32..12,
    ) -> Facts {
        Facts {
            actions_on_target, actions_in_incident, account_budget_percent, breaker, same_action_on_target_today,
            change_calendar, ..base
        }
    }
}

prop_compose! {
    /// Facts of which some speak against acting. Half of them have no more than the facts of one kind against them,
    /// so that a fact by itself decides often enough.
    fn facts()(
        history in history_facts(),
        calm: bool,
        mode in prop::sample::select(Mode::ALL.to_vec()),
        confidence_percent in prop::sample::select(vec![-10i64, 0, 69, 70, 90, 100, 200]),
        symptom in prop::sample::select(vec![
            SymptomState::Firing, SymptomState::Firing, SymptomState::Recovered, SymptomState::Unknown,
        ]),
        changed_by in prop::sample::select(
            ActorKind::ALL.to_vec(),
        ),
        symptom_measured in prop::sample::select(vec![Some(true), Some(true), Some(false), None]),
        open_findings in prop::sample::select(vec![Some(0u32), Some(0), Some(1), None]),
        flags in any::<[bool; 13]>(),
        rarely in prop::collection::vec(0u8..8, 13),
    ) -> Facts {
        // Each flag is on its good side unless a die says otherwise.
        let bad: Vec<bool> = flags.iter().zip(&rarely).map(|(flag, die)| *flag && *die < 2).collect();
        let base = if calm { fine() } else { history };
        Facts {
            mode,
            confidence_percent,
            symptom,
            symptom_measured: if calm { base.symptom_measured } else { symptom_measured },
            severity: Severity::Sev1,
            drill: bad[0],
            unattended_drills: bad[1],
            incident_open: !bad[2],
            target_seen: !bad[3],
            target_in_scope: !bad[4],
            structured_evidence: !bad[5],
            raised_by_model: bad[6],
            raised_by_untrusted: bad[7],
            tried_before: bad[8],
            habit: bad[9],
            scheduled: bad[10],
            opted_out: bad[11],
            quarantined: bad[12],
            changed_by: if calm { base.changed_by } else { changed_by },
            open_findings: if calm { base.open_findings } else { open_findings },
            ..base
        }
    }
}

/// Each makes one fact worse, or unknown.
const WORSE: [fn(&mut Facts); 37] = [
    |facts| facts.confidence_percent -= 30,
    |facts| facts.drill = true,
    |facts| facts.unattended_drills = false,
    |facts| facts.incident_open = false,
    |facts| facts.symptom = SymptomState::Unknown,
    |facts| facts.symptom = SymptomState::Recovered,
    |facts| facts.symptom_measured = None,
    |facts| facts.symptom_measured = Some(false),
    |facts| facts.target_seen = false,
    |facts| facts.target_in_scope = false,
    |facts| facts.structured_evidence = false,
    |facts| facts.raised_by_model = true,
    |facts| facts.raised_by_untrusted = true,
    |facts| facts.tried_before = true,
    |facts| facts.actions_on_target += 3,
    |facts| facts.actions_in_incident += 10,
    |facts| facts.environment = Environment::Unknown,
    |facts| facts.resources_touched = None,
    |facts| facts.resources_touched = facts.resources_touched.map(|touched| touched + 5),
    |facts| facts.capacity_share_percent = None,
    |facts| facts.capacity_share_percent = facts.capacity_share_percent.map(|share| share + 11),
    |facts| facts.dependants = None,
    |facts| facts.dependants = facts.dependants.map(|dependants| dependants + 21),
    |facts| facts.other_open_incidents = None,
    |facts| facts.other_open_incidents = facts.other_open_incidents.map(|open| open + 3),
    |facts| facts.account_budget_percent += 50,
    |facts| facts.breaker = Breaker::Open,
    |facts| facts.same_action_on_target_today += 1,
    |facts| facts.change_calendar = ChangeCalendar::Unreadable,
    |facts| facts.changed_by = ActorKind::Security,
    |facts| facts.changed_by = ActorKind::Unknown,
    |facts| facts.habit = true,
    |facts| facts.scheduled = true,
    |facts| facts.open_findings = None,
    |facts| facts.open_findings = facts.open_findings.map(|open| open + 1),
    |facts| facts.opted_out = true,
    |facts| facts.quarantined = true,
];

const fn rank(decision: Decision) -> u8 {
    match decision {
        Decision::Deny => 0,
        Decision::Ask => 1,
        Decision::Allow => 2,
    }
}

#[test]
fn judge_each_worse_fact_alone_is_not_allowed_unattended() {
    for (number, worsen) in WORSE.iter().enumerate() {
        let mut facts = fine();
        worsen(&mut facts);
        // These two matter only beside another fact.
        let alone_harmless = [fine(), Facts { environment: Environment::Unknown, ..fine() }].contains(&facts);
        let expected = if alone_harmless { Decision::Allow } else { Decision::Ask };
        assert!(rank(decision(2, &facts, false)) <= rank(expected), "{number}: {facts:?}");
    }
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

    /// Invariant 5, and the reason why a fact may be added without fear: worse news never permits more.
    #[test]
    fn judge_a_worse_fact_never_permits_more(
        facts in facts(), worsen in prop::sample::select(WORSE.to_vec()), tier in 2u8..4, approved: bool,
    ) {
        let mut worse = facts.clone();
        worsen(&mut worse);
        prop_assert!(rank(decision(tier, &worse, approved)) <= rank(decision(tier, &facts, approved)), "{worse:?}");
    }

    #[test]
    fn judge_an_unknown_fact_is_never_allowed_unattended(facts in facts(), tier in 2u8..4) {
        let unknown = facts.capacity_share_percent.is_none()
            || facts.other_open_incidents.is_none()
            || facts.change_calendar == ChangeCalendar::Unreadable
            || facts.changed_by == ActorKind::Unknown
            || facts.open_findings.is_none()
            || facts.symptom_measured.is_none()
            || (facts.environment <= Environment::Production
                && (facts.resources_touched.is_none() || facts.dependants.is_none()));
        if unknown {
            prop_assert_ne!(decision(tier, &facts, false), Decision::Allow);
        }
    }

    #[test]
    fn judge_less_autonomy_never_permits_more(facts in facts(), tier in 2u8..4, approved: bool) {
        let in_mode = |mode| rank(decision(tier, &Facts { mode, ..facts.clone() }, approved));
        let ranks: Vec<_> = Mode::ALL.into_iter().map(in_mode).collect();
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

    #[test]
    fn judge_names_a_condition_exactly_where_it_asks(facts in facts(), tier in 2u8..4) {
        let verdict = GUARD.judge(&plan(tier), &facts, None, sample::at()).verdict().clone();
        prop_assert_eq!(verdict.decision == Decision::Ask, !verdict.unmet.is_empty());
        if verdict.decision == Decision::Ask {
            prop_assert_eq!(verdict.unmet.len(), verdict.policies.len());
        }
    }
}
