//! Reads whether the target's state is meant by somebody, or not Nightshift's to change.

use std::collections::BTreeMap;

use common::{
    ActorKind, Arn, Evidence, Gap, Observed, ResourceKind,
    evidence::ReadSource,
    intent::{IntentSign, SecurityFinding, TagMeaning, tag_signs},
};

/// The signs about one target, each in words for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetIntent {
    /// The tag that asks Nightshift to leave the target alone, as `key=value`.
    pub opt_out: Option<String>,
    /// The tag that says that the target is in quarantine.
    pub quarantine: Option<String>,
    /// The tag that puts the target on a schedule, or under an Auto Scaling group, a fleet or Spot.
    pub scheduled: Option<String>,
    /// True if the change comes at about the same time of other days. Only a stop of an instance is asked about; no
    /// other change is known to be one. `None` where the changes before it could not all be read.
    pub habit: Option<bool>,
    /// The number of open findings that are a reason to take the target out of service. `None` where it is unknown: they
    /// could not be read, or the diagnosis did not look for signs at all, so that nothing is known of a habit either.
    pub open_findings: Option<u32>,
    /// The findings, or why they are unknown.
    findings: Option<String>,
    habit_detail: Option<String>,
}

/// The reason why findings that were read count as unknown.
const NOT_LOOKED_FOR: &str = "the diagnosis did not look for signs that its state is meant";

/// Returns true if it matters whether the state of `target` is meant: of an instance, which a schedule, a habit or a response
/// to a finding stops.
pub fn is_intent_asked(target: &Arn) -> bool {
    matches!(target.kind(), ResourceKind::Instance { .. })
}

impl TargetIntent {
    /// Reads the signs from `tags` and `findings`, read just now (an error says why not all of them could be), and from
    /// what the diagnosis collected: a finding that it saw still counts. A tag of a schedule says nothing where a person
    /// made the change: a person stops by mistake what is on a schedule too.
    pub fn new(
        target: &Arn,
        tags: &BTreeMap<String, String>,
        findings: Result<Vec<SecurityFinding>, String>,
        evidence: &[Evidence],
        gaps: &[Gap],
        changed_by: ActorKind,
    ) -> Self {
        let mut intent = Self::default();
        for sign in tag_signs(tags) {
            let IntentSign::Tag { meaning, key, value } = sign else { continue };
            let text = format!("{key}={value}");
            match meaning {
                TagMeaning::OptOut => intent.opt_out = Some(text),
                TagMeaning::Quarantine => intent.quarantine = Some(text),
                TagMeaning::Capacity => intent.scheduled = Some(text),
                TagMeaning::Schedule if changed_by != ActorKind::Person => intent.scheduled = Some(text),
                TagMeaning::Schedule => {}
            }
        }
        let collected: Vec<&Vec<IntentSign>> = evidence
            .iter()
            .filter_map(|one| match &one.observed {
                Observed::Intent { resource, signs } if resource == target => Some(signs),
                _ => None,
            })
            .collect();
        let unknown = match &findings {
            _ if !is_intent_asked(target) => None,
            Err(why) => Some(why.clone()),
            Ok(_) if collected.is_empty() => Some(NOT_LOOKED_FOR.to_owned()),
            Ok(_) => None,
        };
        let is_looked_for = !collected.is_empty();
        let mut seen = findings.unwrap_or_default();
        for sign in collected.into_iter().flatten() {
            match sign {
                IntentSign::Habit { days, time_of_day, .. } => {
                    intent.habit_detail =
                        Some(format!("on {days} of the 14 days before, at about {time_of_day}"));
                }
                IntentSign::SecurityFinding { finding } => seen.push(finding.clone()),
                // The tags were read again.
                IntentSign::Tag { .. } => {}
            }
        }
        let grave: BTreeMap<&str, String> = seen
            .iter()
            .filter(|finding| finding.calls_for_quarantine())
            .map(|finding| (finding.id.as_str(), format!("{}: {}", finding.severity, finding.title)))
            .collect();
        if grave.is_empty() {
            intent.open_findings = unknown.is_none().then_some(0);
            intent.findings = unknown;
        } else {
            intent.open_findings = Some(u32::try_from(grave.len()).unwrap_or(u32::MAX));
            intent.findings = Some(grave.into_values().collect::<Vec<_>>().join("; "));
        }
        // A read that failed, or that was cut short, is a gap.
        let was_read = is_looked_for && gaps.iter().all(|gap| gap.source != ReadSource::Habit);
        let is_habit = intent.habit_detail.is_some();
        intent.habit = (is_habit || was_read || !is_intent_asked(target)).then_some(is_habit);
        intent
    }

    /// Returns what is behind each fact, by its name.
    pub fn details(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("scheduled", self.scheduled.clone()),
            ("habit", self.habit_detail.clone()),
            ("open_findings", self.findings.clone()),
        ]
        .into_iter()
        .filter_map(|(fact, detail)| Some((fact, detail?)))
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    fn instance() -> Arn {
        sample::arn("ec2", "instance/i-1")
    }

    fn collected(signs: Vec<IntentSign>) -> Vec<Evidence> {
        let observed = Observed::Intent { resource: instance(), signs };
        vec![Evidence::new("aws".to_owned(), sample::at(), "signs".to_owned(), observed)]
    }

    fn finding(id: &str, severity: &str, is_threat: bool) -> SecurityFinding {
        let text = |text: &str| text.to_owned();
        SecurityFinding { id: text(id), title: text(id), severity: text(severity), is_threat }
    }

    fn sign(finding: SecurityFinding) -> IntentSign {
        IntentSign::SecurityFinding { finding }
    }

    fn by(tags: &[(&str, &str)], changed_by: ActorKind) -> TargetIntent {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        TargetIntent::new(&instance(), &tags, Ok(vec![]), &collected(vec![]), &[], changed_by)
    }

    #[test]
    fn tags_say_opt_out_quarantine_and_schedule() {
        let opted_out = by(&[("nightshift-opt-out", "yes")], ActorKind::Person);
        assert_eq!(opted_out.opt_out.as_deref(), Some("nightshift-opt-out=yes"));
        assert!(by(&[("quarantine", "true")], ActorKind::Person).quarantine.is_some());
        assert!(by(&[("Schedule", "office-hours")], ActorKind::Unknown).scheduled.is_some());
        assert!(by(&[("Schedule", "office-hours")], ActorKind::Person).scheduled.is_none());
        assert!(by(&[("aws:autoscaling:groupName", "web")], ActorKind::Person).scheduled.is_some());
        let nothing = TargetIntent { habit: Some(false), open_findings: Some(0), ..TargetIntent::default() };
        assert_eq!(by(&[("Name", "web")], ActorKind::Person), nothing);
    }

    #[test]
    fn open_findings_are_those_that_call_for_a_quarantine_and_unknown_where_unread() {
        let attack = || finding("attack", "HIGH", true);
        let setting = || finding("setting", "HIGH", false);
        let grave_setting = || finding("grave", "CRITICAL", false);
        let denied = || Err("GetFindings: denied".to_owned());
        let parameter = sample::arn("ssm", "parameter/shop/limit");
        for (target, findings, evidence, expected, detail) in [
            (instance(), denied(), collected(vec![]), None, Some("GetFindings: denied")),
            (instance(), Ok(vec![]), collected(vec![]), Some(0), None),
            (instance(), Ok(vec![setting()]), collected(vec![sign(setting())]), Some(0), None),
            // One that came since the diagnosis.
            (instance(), Ok(vec![attack()]), collected(vec![]), Some(1), Some("HIGH: attack")),
            (
                instance(),
                Ok(vec![attack(), grave_setting()]),
                collected(vec![sign(attack())]),
                Some(2),
                Some("HIGH: attack; CRITICAL: grave"),
            ),
            // One that the diagnosis saw, whatever became of it.
            (instance(), Ok(vec![]), collected(vec![sign(attack())]), Some(1), Some("HIGH: attack")),
            (
                instance(),
                Ok(vec![]),
                [collected(vec![sign(attack())]), collected(vec![])].concat(),
                Some(1),
                Some("HIGH: attack"),
            ),
            (instance(), denied(), collected(vec![sign(attack())]), Some(1), Some("HIGH: attack")),
            (instance(), denied(), collected(vec![sign(setting())]), None, Some("GetFindings: denied")),
            (instance(), Ok(vec![]), vec![], None, Some(NOT_LOOKED_FOR)),
            (instance(), Ok(vec![attack()]), vec![], Some(1), Some("HIGH: attack")),
            (parameter, Ok(vec![]), vec![], Some(0), None),
        ] {
            let case = format!("{findings:?} {evidence:?}");
            let tags = BTreeMap::new();
            let intent = TargetIntent::new(&target, &tags, findings, &evidence, &[], ActorKind::Person);
            assert_eq!(intent.open_findings, expected, "{case}");
            let details: BTreeMap<_, _> = intent.details().collect();
            assert_eq!(details.get("open_findings").map(String::as_str), detail, "{case}");
        }
    }

    fn habit() -> IntentSign {
        IntentSign::Habit {
            actor: "ada".to_owned(),
            event_name: "StopInstances".to_owned(),
            days: 9,
            days_started_again: 9,
            time_of_day: "20:00 UTC".to_owned(),
        }
    }

    /// A habit that was not read may be there.
    #[test]
    fn habit_is_unknown_where_the_changes_before_were_not_all_read() {
        let gap = |source| Gap::new(source, "LookupEvents", "too many events");
        let unread = || vec![gap(ReadSource::Habit)];
        let parameter = sample::arn("ssm", "parameter/shop/limit");
        for (target, evidence, gaps, expected) in [
            (instance(), vec![], vec![], None),
            (instance(), collected(vec![]), vec![], Some(false)),
            (instance(), collected(vec![]), unread(), None),
            (instance(), collected(vec![]), vec![gap(ReadSource::SecurityFindings)], Some(false)),
            (instance(), collected(vec![habit()]), vec![], Some(true)),
            (instance(), collected(vec![habit()]), unread(), Some(true)),
            (parameter, vec![], unread(), Some(false)),
        ] {
            let intent =
                TargetIntent::new(&target, &BTreeMap::new(), Ok(vec![]), &evidence, &gaps, ActorKind::Person);
            assert_eq!(intent.habit, expected, "{target} {evidence:?} {gaps:?}");
        }
    }

    #[test]
    fn habit_is_told_with_its_days() {
        let intent = TargetIntent::new(
            &instance(),
            &BTreeMap::new(),
            Ok(vec![]),
            &collected(vec![habit()]),
            &[],
            ActorKind::Unknown,
        );
        let details: Vec<_> = intent.details().collect();
        assert_eq!(details, [("habit", "on 9 of the 14 days before, at about 20:00 UTC".to_owned())]);
    }
}
