//! Tests what the policies get to see: every proof about them leans on it. For any facts, the context fits the schema, and
//! has each fact under its name with the value that was judged, and nothing else.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use cedar_policy::{Context, EntityUid, SchemaFragment};
use common::{
    ActorKind, Approval, ApprovalDecision, ChangeCalendar, Mode, Plan, Severity, SymptomState,
    diagnosis::Proposal,
};
use fakes::sample;
use guard::{
    Facts, Guard,
    facts::{breaker::Breaker, environment::Environment},
};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

static GUARD: std::sync::LazyLock<Guard> = std::sync::LazyLock::new(|| Guard::shipped().unwrap());

const SEVERITIES: [(Severity, u8); 4] =
    [(Severity::Sev1, 1), (Severity::Sev2, 2), (Severity::Sev3, 3), (Severity::Sev4, 4)];
const SYMPTOMS: [(SymptomState, &str); 3] = [
    (SymptomState::Firing, "firing"),
    (SymptomState::Recovered, "recovered"),
    (SymptomState::Unknown, "unknown"),
];
const ENVIRONMENTS: [(Environment, &str); 4] = [
    (Environment::Unknown, "unknown"),
    (Environment::Production, "production"),
    (Environment::Staging, "staging"),
    (Environment::Development, "development"),
];
const BREAKERS: [(Breaker, &str); 3] =
    [(Breaker::Closed, "closed"), (Breaker::HalfOpen, "half_open"), (Breaker::Open, "open")];
const CALENDARS: [(ChangeCalendar, &str); 3] = [
    (ChangeCalendar::Open, "open"),
    (ChangeCalendar::Closed, "closed"),
    (ChangeCalendar::Unreadable, "unreadable"),
];
const ACTORS: [(ActorKind, &str); 8] = [
    (ActorKind::Ourselves, "ourselves"),
    (ActorKind::Person, "person"),
    (ActorKind::Unknown, "unknown"),
    (ActorKind::Pipeline, "pipeline"),
    (ActorKind::Service, "service"),
    (ActorKind::Scaling, "scaling"),
    (ActorKind::Scheduler, "scheduler"),
    (ActorKind::Security, "security"),
];

/// The words of the schema for values that are text, beside the values.
#[derive(Debug, Clone)]
struct Words {
    severity: u8,
    symptom: &'static str,
    environment: &'static str,
    breaker: &'static str,
    change_calendar: &'static str,
    changed_by: &'static str,
}

prop_compose! {
    fn words()(
        severity in prop::sample::select(&SEVERITIES[..]),
        symptom in prop::sample::select(&SYMPTOMS[..]),
        environment in prop::sample::select(&ENVIRONMENTS[..]),
        breaker in prop::sample::select(&BREAKERS[..]),
        change_calendar in prop::sample::select(&CALENDARS[..]),
        changed_by in prop::sample::select(&ACTORS[..]),
        mode in prop::sample::select(Mode::ALL.to_vec()),
    ) -> (Facts, Words) {
        let facts = Facts {
            mode,
            severity: severity.0,
            symptom: symptom.0,
            environment: environment.0,
            breaker: breaker.0,
            change_calendar: change_calendar.0,
            changed_by: changed_by.0,
            ..Facts::nothing_against()
        };
        let words = Words {
            severity: severity.1,
            symptom: symptom.1,
            environment: environment.1,
            breaker: breaker.1,
            change_calendar: change_calendar.1,
            changed_by: changed_by.1,
        };
        (facts, words)
    }
}

prop_compose! {
    /// Any facts at all, whether or not they can come together.
    fn any_facts()(
        (base, words) in words(),
        percents in any::<[i64; 2]>(),
        counts in any::<[u32; 5]>(),
        numbers in any::<[Option<u32>; 5]>(),
        optional in any::<[Option<bool>; 2]>(),
        flags in any::<[bool; 18]>(),
    ) -> (Facts, Words) {
        let facts = Facts {
            confidence_percent: percents[0],
            rival_margin_percent: percents[1],
            event_age_minutes: counts[0],
            actions_on_target: counts[1],
            actions_in_incident: counts[2],
            account_budget_percent: counts[3],
            same_action_on_target_today: counts[4],
            resources_touched: numbers[0],
            capacity_share_percent: numbers[1],
            dependants: numbers[2],
            other_open_incidents: numbers[3],
            open_findings: numbers[4],
            symptom_measured: optional[0],
            habit: optional[1],
            drill: flags[0],
            unattended_drills: flags[1],
            incident_open: flags[2],
            target_seen: flags[3],
            target_in_scope: flags[4],
            structured_evidence: flags[5],
            raised_by_model: flags[6],
            raised_by_untrusted: flags[7],
            precedes_onset: flags[8],
            metrics_read: flags[9],
            reaches_symptom: flags[10],
            alibi: flags[11],
            discriminates: flags[12],
            tried_before: flags[13],
            undo_asks: flags[14],
            scheduled: flags[15],
            opted_out: flags[16],
            quarantined: flags[17],
            // People read these; the policies do not.
            details: [("alibi", "240 s".to_owned())].into(),
            ..base
        };
        (facts, words)
    }
}

/// The context as the schema's comments describe it, written out by hand.
fn expected(facts: &Facts, words: &Words, approved: bool, undo: bool) -> Value {
    let mut context = json!({
        "mode": facts.mode.as_str(),
        "approved": approved,
        "undo": undo,
        "confidence_percent": facts.confidence_percent,
        "severity": words.severity,
        "drill": facts.drill,
        "event_age_minutes": facts.event_age_minutes,
        "unattended_drills": facts.unattended_drills,
        "incident_open": facts.incident_open,
        "symptom": words.symptom,
        "target_seen": facts.target_seen,
        "target_in_scope": facts.target_in_scope,
        "structured_evidence": facts.structured_evidence,
        "raised_by_model": facts.raised_by_model,
        "raised_by_untrusted": facts.raised_by_untrusted,
        "precedes_onset": facts.precedes_onset,
        "metrics_read": facts.metrics_read,
        "reaches_symptom": facts.reaches_symptom,
        "alibi": facts.alibi,
        "discriminates": facts.discriminates,
        "rival_margin_percent": facts.rival_margin_percent,
        "tried_before": facts.tried_before,
        "actions_on_target": facts.actions_on_target,
        "actions_in_incident": facts.actions_in_incident,
        "undo_asks": facts.undo_asks,
        "environment": words.environment,
        "account_budget_percent": facts.account_budget_percent,
        "breaker": words.breaker,
        "same_action_on_target_today": facts.same_action_on_target_today,
        "change_calendar": words.change_calendar,
        "changed_by": words.changed_by,
        "scheduled": facts.scheduled,
        "opted_out": facts.opted_out,
        "quarantined": facts.quarantined,
    });
    let optional = [
        ("symptom_measured", facts.symptom_measured.map(Value::from)),
        ("resources_touched", facts.resources_touched.map(Value::from)),
        ("capacity_share_percent", facts.capacity_share_percent.map(Value::from)),
        ("dependants", facts.dependants.map(Value::from)),
        ("other_open_incidents", facts.other_open_incidents.map(Value::from)),
        ("habit", facts.habit.map(Value::from)),
        ("open_findings", facts.open_findings.map(Value::from)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            context[name] = value;
        }
    }
    context
}

fn plan() -> Plan {
    let proposal = Proposal {
        action: "start-instance".parse().unwrap(),
        target: sample::arn("ec2", "instance/i-1"),
        parameters: [("InstanceId".to_owned(), "i-1".to_owned())].into(),
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

#[test]
fn schema_has_the_facts_and_no_other() {
    let text = include_str!("../../../infra/policies/nightshift.cedarschema");
    let (fragment, _) = SchemaFragment::from_cedarschema_str(text).unwrap();
    let schema = fragment.to_json_value().unwrap();
    let attributes = schema["Nightshift"]["commonTypes"]["Facts"]["attributes"].as_object().unwrap().clone();
    let in_schema = |required: bool| -> BTreeSet<String> {
        let is = |value: &Value| value.get("required").and_then(Value::as_bool).unwrap_or(true) == required;
        attributes.iter().filter(|(_, value)| is(value)).map(|(name, _)| name.clone()).collect()
    };
    let names = |facts: &Facts| -> BTreeSet<String> {
        facts.context(false, false).as_object().unwrap().keys().cloned().collect()
    };
    let known = Facts::nothing_against();
    let unknown = Facts {
        symptom_measured: None,
        resources_touched: None,
        capacity_share_percent: None,
        dependants: None,
        other_open_incidents: None,
        habit: None,
        open_findings: None,
        ..Facts::nothing_against()
    };
    assert_eq!(names(&unknown), in_schema(true));
    let optional: BTreeSet<_> = names(&known).difference(&names(&unknown)).cloned().collect();
    assert_eq!(optional, in_schema(false));
}

proptest! {
    #[test]
    fn context_is_what_was_judged_and_fits_the_schema(
        (facts, words) in any_facts(), approved: bool, undo: bool,
    ) {
        let context = facts.context(approved, undo);
        prop_assert_eq!(&context, &expected(&facts, &words, approved, undo));
        for (id, _) in GUARD.catalogue.actions() {
            let action = json!({ "type": "Nightshift::Action", "id": id.as_str() });
            let action = EntityUid::from_json(action).unwrap();
            let schema = GUARD.policies().schema();
            let fits = Context::from_json_value(context.clone(), Some((schema, &action)));
            prop_assert!(fits.is_ok_and(|context| context.validate(schema, &action).is_ok()), "{id}");
        }
    }

    /// The facts that the ledger keeps of a verdict can be judged again.
    #[test]
    fn facts_are_read_back_from_their_context((facts, _) in any_facts(), approved: bool, undo: bool) {
        let Value::Object(mut context) = facts.context(approved, undo) else { panic!("an object") };
        prop_assert_eq!(context.remove("approved"), Some(approved.into()));
        prop_assert_eq!(context.remove("undo"), Some(undo.into()));
        let read: Facts = serde_json::from_value(Value::Object(context)).unwrap();
        prop_assert_eq!(read, Facts { details: std::collections::BTreeMap::new(), ..facts });
    }

    /// `approved` and `undo` are the guard's own: no caller, and no fact, sets them.
    #[test]
    fn verdict_says_approved_and_undo_as_the_plan_and_its_approval_are(
        (facts, words) in any_facts(), undo: bool, approved: bool, of_this_plan: bool, minutes in 0i64..30,
    ) {
        let other = plan();
        let plan = if undo { Plan { undo_of: Some(other.hash()), ..other } } else { other };
        let given = approval(&plan);
        let wrong = Approval { plan_hash: Plan { action: "stop-instance".parse().unwrap(), ..plan.clone() }.hash(), ..given.clone() };
        let given = if of_this_plan { given } else { wrong };
        let now = sample::at() + SignedDuration::from_mins(minutes);
        let judgement = GUARD.judge(&plan, &facts, approved.then_some(&given), now);
        // An approval holds for ten minutes.
        let counts = approved && of_this_plan && minutes < 10;
        prop_assert_eq!(&judgement.verdict().facts, &expected(&facts, &words, counts, undo));
        prop_assert_eq!(judgement.verdict().mode, facts.mode);
    }
}
