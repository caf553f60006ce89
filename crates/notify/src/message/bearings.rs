//! Writes what bears on the incident from outside of the diagnosis: what AWS Health says of the services, and the security
//! findings about the resources.

use std::collections::BTreeSet;

use common::{ContextSource, Evidence, Observed, intent::IntentSign};

use super::text::{at_most, line, name, time};

const MAX_LINES: usize = 5;

/// Returns a line for each, those of AWS Health first.
pub(super) fn bearings(evidence: &[Evidence]) -> Vec<String> {
    let (mut of_health, mut of_security) = (BTreeSet::new(), BTreeSet::new());
    for one in evidence {
        match &one.observed {
            Observed::Notes { source: ContextSource::Health, notes } => {
                of_health.extend(notes.iter().map(|note| {
                    let at = note.at.map(|at| format!(", since {}", time(at))).unwrap_or_default();
                    format!("AWS Health: {}{at}", line(&note.what))
                }));
            }
            Observed::Notes { source: ContextSource::SecurityFindings, notes } => {
                of_security.extend(notes.iter().map(|note| {
                    let about =
                        note.resource.as_ref().map(|it| format!(" on {}", name(it))).unwrap_or_default();
                    format!("Security finding{about}: {}", line(&note.what))
                }));
            }
            Observed::Intent { resource, signs } => {
                of_security.extend(signs.iter().filter_map(|sign| match sign {
                    IntentSign::SecurityFinding { finding } => Some(format!(
                        "Security finding on {}: {} {}",
                        name(resource),
                        line(&finding.severity),
                        line(&finding.title)
                    )),
                    IntentSign::Tag { .. } | IntentSign::Habit { .. } => None,
                }));
            }
            _ => {}
        }
    }
    at_most(of_health.into_iter().chain(of_security).collect(), MAX_LINES)
}

#[cfg(test)]
mod tests {
    use common::{
        context_source::Note,
        intent::{SecurityFinding, TagMeaning},
    };
    use fakes::sample;

    use super::*;

    fn seen(observed: Observed) -> Evidence {
        Evidence::new("a command".into(), sample::at(), "a summary".into(), observed)
    }

    #[test]
    fn bearings_are_what_health_and_security_say_and_nothing_else() {
        let instance = sample::arn("ec2", "instance/i-1");
        let note =
            |what: &str| Note { at: Some(sample::at()), resource: None, actor: None, what: what.into() };
        let finding = SecurityFinding {
            id: "f-1".into(),
            title: "Instance talks to a known command server".into(),
            severity: "HIGH".into(),
            is_threat: true,
        };
        let tag =
            IntentSign::Tag { meaning: TagMeaning::Schedule, key: "Schedule".into(), value: "office".into() };
        let signs = vec![tag, IntentSign::SecurityFinding { finding }];
        let all = [
            seen(Observed::Intent { resource: instance.clone(), signs }),
            seen(Observed::Notes { source: ContextSource::Quotas, notes: vec![note("nearly full")] }),
            seen(Observed::Notes {
                source: ContextSource::Health,
                notes: vec![note("AWS_SQS_API_ISSUE is open")],
            }),
        ];
        let health = format!("AWS Health: AWS_SQS_API_ISSUE is open, since {}", time(sample::at()));
        let security =
            format!("Security finding on {instance}: HIGH Instance talks to a known command server");
        assert_eq!(bearings(&all), [health, security]);
        assert_eq!(bearings(&[]), [""; 0]);
    }
}
