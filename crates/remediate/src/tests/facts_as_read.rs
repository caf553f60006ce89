//! Tests as properties that the facts of a verdict are what was read: the policies, and every proof about them, take them as
//! they are.

use common::{ChangeCalendar, Severity};
use serde_json::{Value, json};

use super::*;

/// A state of the world, with the words that the facts have for it.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any of them goes with any other"
)]
struct Setting {
    deployment: Mode,
    application: Mode,
    confidence: f64,
    by_model: bool,
    by_untrusted: bool,
    severity: Severity,
    drill: bool,
    symptom: (SymptomState, &'static str),
    calendar: (ChangeCalendar, &'static str),
    environment: Option<(&'static str, &'static str)>,
    opted_out: bool,
    quarantined: bool,
    tagged: bool,
}

prop_compose! {
    fn settings()(
        modes in prop::array::uniform2(prop::sample::select(Mode::ALL.to_vec())),
        // Whole percents are where rounding goes wrong.
        confidence in prop_oneof![0.0..=1.0, (0u8..=100).prop_map(|percent| f64::from(percent) / 100.0)],
        severity in prop::sample::select(vec![Severity::Sev1, Severity::Sev2, Severity::Sev3, Severity::Sev4]),
        symptom in prop::sample::select(vec![
            (SymptomState::Firing, "firing"),
            (SymptomState::Recovered, "recovered"),
            (SymptomState::Unknown, "unknown"),
        ]),
        calendar in prop::sample::select(vec![
            (ChangeCalendar::Open, "open"),
            (ChangeCalendar::Closed, "closed"),
            (ChangeCalendar::Unreadable, "unreadable"),
        ]),
        environment in prop::option::of(prop::sample::select(vec![
            ("prod", "production"), ("staging", "staging"), ("dev", "development"), ("blue", "unknown"),
        ])),
        flags in any::<[bool; 6]>(),
    ) -> Setting {
        let [deployment, application] = modes;
        let [by_model, by_untrusted, drill, opted_out, quarantined, tagged] = flags;
        Setting {
            deployment, application, confidence, by_model, by_untrusted, severity, drill, symptom, calendar, environment,
            opted_out, quarantined, tagged,
        }
    }
}

impl Setting {
    /// The facts of the verdict that is recorded in such a world.
    async fn facts(&self) -> Value {
        let world = world().await;
        world.account.set_mode(self.deployment, Some((sample::APPLICATION, self.application)));
        world.account.set_symptom(self.symptom.0, None);
        world.account.set_change_calendar(self.calendar.0);
        let target = sample::arn("ec2", "instance/i-1");
        let tags = [
            ("environment", self.environment.map(|(tag, _)| tag)),
            ("nightshift-opt-out", self.opted_out.then_some("true")),
            ("quarantine", self.quarantined.then_some("true")),
        ];
        for (key, value) in tags {
            if let Some(value) = value {
                world.account.set_tag(&target, key, value);
            }
        }
        if !self.tagged {
            world.account.tag(&target, "another-application");
        }
        let mut incident = Incident { severity: self.severity, ..world.incident.clone() };
        incident.signal.drill = self.drill;
        world.deps.store.insert(incident);
        let mut diagnosis = world.deps.store.diagnosis(world.incident.id, 1).await.unwrap().unwrap();
        for hypothesis in &mut diagnosis.hypotheses {
            hypothesis.confidence = self.confidence;
            hypothesis.raised_by = self.by_model.then(|| "bundle".to_owned());
            hypothesis.raised_by_untrusted = self.by_untrusted;
        }
        world.deps.store.replace_diagnosis(&diagnosis);
        world.step(world.authorize()).await;
        let mut verdicts = world.deps.store.entries().into_iter().filter_map(|entry| match entry {
            AuditEntry::Judged { verdict, .. } => Some(verdict.facts),
            _ => None,
        });
        verdicts.next_back().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn verdict_has_the_facts_that_were_read(setting in settings()) {
        let facts = run(setting.facts());
        let expected = [
            ("mode", json!(setting.deployment.min(setting.application).as_str())),
            ("approved", json!(false)),
            ("undo", json!(false)),
            ("raised_by_model", json!(setting.by_model)),
            ("raised_by_untrusted", json!(setting.by_untrusted)),
            ("drill", json!(setting.drill)),
            ("unattended_drills", json!(false)),
            ("symptom", json!(setting.symptom.1)),
            ("change_calendar", json!(setting.calendar.1)),
            ("environment", json!(setting.environment.map_or("unknown", |(_, word)| word))),
            ("opted_out", json!(setting.opted_out)),
            ("quarantined", json!(setting.quarantined)),
            ("target_in_scope", json!(setting.tagged)),
        ];
        for (name, value) in expected {
            prop_assert_eq!(&facts[name], &value, "{}", name);
        }
        // Never more than it is: at most by what a sum of binary fractions is off.
        let percent = facts["confidence_percent"].as_f64().unwrap();
        let exact = setting.confidence * 100.0;
        prop_assert!(percent <= exact + 1e-9 && exact < percent + 1.0, "{percent} for {exact}");
    }
}
