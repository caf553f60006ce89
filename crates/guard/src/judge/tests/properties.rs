//! Tests the properties of every judgement.

use proptest::prelude::*;

use super::*;

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
        event_age_minutes in prop::sample::select(vec![0u32, 0, 60, 61]),
        actions_on_target in 0u32..5,
        actions_in_incident in 0u32..12,
    ) -> Facts {
        Facts {
            event_age_minutes, actions_on_target, actions_in_incident, account_budget_percent, breaker,
            same_action_on_target_today, change_calendar, ..base
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
        rival_margin_percent in prop::sample::select(vec![100i64, 100, 20, 19]),
        flags in any::<[bool; 17]>(),
        rarely in prop::collection::vec(0u8..8, 17),
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
            habit: if bad[9] { None } else { Some(flags[9]) },
            scheduled: bad[10],
            opted_out: bad[11],
            quarantined: bad[12],
            reaches_symptom: !bad[13],
            alibi: bad[14],
            discriminates: !bad[15],
            metrics_read: !bad[16],
            rival_margin_percent: if calm { base.rival_margin_percent } else { rival_margin_percent },
            changed_by: if calm { base.changed_by } else { changed_by },
            open_findings: if calm { base.open_findings } else { open_findings },
            ..base
        }
    }
}

/// Each makes one fact worse, or unknown.
const WORSE: [fn(&mut Facts); 44] = [
    |facts| facts.confidence_percent -= 30,
    |facts| facts.drill = true,
    |facts| facts.event_age_minutes += 61,
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
    |facts| facts.reaches_symptom = false,
    |facts| facts.alibi = true,
    |facts| facts.discriminates = false,
    |facts| facts.metrics_read = false,
    |facts| facts.rival_margin_percent -= 90,
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
    |facts| facts.habit = Some(true),
    |facts| facts.habit = None,
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
            || matches!(facts.changed_by, ActorKind::Unknown | ActorKind::Pipeline)
            || facts.open_findings.is_none()
            || facts.habit.is_none()
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
