//! Reads whether the target's state is meant by somebody, or not Nightshift's to change.

use std::collections::BTreeMap;

use common::{
    ActorKind, Arn, Evidence, Gap, Observed, ResourceKind,
    evidence::ReadSource,
    intent::{IntentSign, TagMeaning, tag_signs},
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
    /// The number of open findings that are a reason to take the target out of service. Only instances are asked about,
    /// which a response to a finding stops; of anything else none are known. `None` where they could not be read.
    pub open_findings: Option<u32>,
    findings: Vec<String>,
    habit_detail: Option<String>,
}

impl TargetIntent {
    /// Reads the signs from `tags`, read just now, and from what the diagnosis collected, with its gaps. A tag of a
    /// schedule says nothing where a person made the change: a person stops by mistake what is on a schedule too.
    pub fn new(
        target: &Arn,
        tags: &BTreeMap<String, String>,
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
        let collected = evidence.iter().rev().find_map(|one| match &one.observed {
            Observed::Intent { resource, signs } if resource == target => Some(signs),
            _ => None,
        });
        for sign in collected.into_iter().flatten() {
            match sign {
                IntentSign::Habit { days, time_of_day, .. } => {
                    intent.habit_detail =
                        Some(format!("on {days} of the 14 days before, at about {time_of_day}"));
                }
                IntentSign::SecurityFinding { finding } if finding.calls_for_quarantine() => {
                    intent.findings.push(format!("{}: {}", finding.severity, finding.title));
                }
                // The tags were read again.
                IntentSign::SecurityFinding { .. } | IntentSign::Tag { .. } => {}
            }
        }
        let is_asked_about = matches!(target.kind(), ResourceKind::Instance { .. });
        // A read that failed, or that was cut short, is a gap.
        let is_known = |source: &ReadSource| {
            !is_asked_about || (collected.is_some() && gaps.iter().all(|gap| gap.source != *source))
        };
        let found = u32::try_from(intent.findings.len()).unwrap_or(u32::MAX);
        intent.open_findings = (found > 0 || is_known(&ReadSource::SecurityFindings)).then_some(found);
        let is_habit = intent.habit_detail.is_some();
        intent.habit = (is_habit || is_known(&ReadSource::Habit)).then_some(is_habit);
        intent
    }

    /// Returns what is behind each fact, by its name.
    pub fn details(&self) -> impl Iterator<Item = (&'static str, String)> {
        let findings = (!self.findings.is_empty()).then(|| self.findings.join("; "));
        [
            ("scheduled", self.scheduled.clone()),
            ("habit", self.habit_detail.clone()),
            ("open_findings", findings),
        ]
        .into_iter()
        .filter_map(|(fact, detail)| Some((fact, detail?)))
    }
}

#[cfg(test)]
mod tests {
    use common::intent::SecurityFinding;
    use fakes::sample;

    use super::*;

    fn instance() -> Arn {
        sample::arn("ec2", "instance/i-1")
    }

    fn collected(signs: Vec<IntentSign>) -> Vec<Evidence> {
        let observed = Observed::Intent { resource: instance(), signs };
        vec![Evidence::new("aws".to_owned(), sample::at(), "signs".to_owned(), observed)]
    }

    fn finding(severity: &str, is_threat: bool) -> IntentSign {
        let text = |text: &str| text.to_owned();
        let finding =
            SecurityFinding { id: text("f"), title: text("Backdoor"), severity: text(severity), is_threat };
        IntentSign::SecurityFinding { finding }
    }

    fn by(tags: &[(&str, &str)], changed_by: ActorKind) -> TargetIntent {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        TargetIntent::new(&instance(), &tags, &collected(vec![]), &[], changed_by)
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
        let gap = || {
            let error = common::PortError::new("GetFindings", common::ports::PortErrorKind::Denied, "no");
            Gap::from_error(ReadSource::SecurityFindings, &error)
        };
        let parameter = sample::arn("ssm", "parameter/shop/limit");
        for (target, evidence, gaps, expected) in [
            (instance(), vec![], vec![], None),
            (instance(), collected(vec![]), vec![], Some(0)),
            (instance(), collected(vec![]), vec![gap()], None),
            (instance(), collected(vec![finding("HIGH", false)]), vec![], Some(0)),
            (instance(), collected(vec![finding("HIGH", true)]), vec![], Some(1)),
            (
                instance(),
                collected(vec![finding("CRITICAL", false), finding("HIGH", true)]),
                vec![gap()],
                Some(2),
            ),
            (parameter, vec![], vec![], Some(0)),
        ] {
            let intent = TargetIntent::new(&target, &BTreeMap::new(), &evidence, &gaps, ActorKind::Person);
            assert_eq!(intent.open_findings, expected, "{evidence:?}");
        }
    }

    fn habit() -> IntentSign {
        IntentSign::Habit {
            actor: "ada".to_owned(),
            event_name: "StopInstances".to_owned(),
            days: 9,
            time_of_day: "20:00 UTC".to_owned(),
        }
    }

    /// What was not read is not what is not there.
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
            let intent = TargetIntent::new(&target, &BTreeMap::new(), &evidence, &gaps, ActorKind::Person);
            assert_eq!(intent.habit, expected, "{target} {evidence:?} {gaps:?}");
        }
    }

    #[test]
    fn habit_is_told_with_its_days() {
        let intent = TargetIntent::new(
            &instance(),
            &BTreeMap::new(),
            &collected(vec![habit()]),
            &[],
            ActorKind::Unknown,
        );
        let details: Vec<_> = intent.details().collect();
        assert_eq!(details, [("habit", "on 9 of the 14 days before, at about 20:00 UTC".to_owned())]);
    }
}
