//! Makes evidence of the engine's findings: masked, of bounded length, and by resource.

use common::{
    Arn,
    findings::{ComponentCourse, EngineFindings, EngineRuledOut, EngineSuspect, EngineVerdict, LogTemplate},
    secrets::masked,
};
use rca::{EvidenceItem, Findings, Verdict};

use crate::{
    engine::component_names::ComponentNames, engine::telemetry::Telemetry, evidence::call_graph::CallIndex,
    evidence::text::one_line,
};

/// The version of the engine: that of the workspace.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The engine's name in a diagnosis, `engine@version`.
pub const ENGINE: &str = concat!("engine@", env!("CARGO_PKG_VERSION"));

/// The most observations for, and as many against, a suspect that are kept: the strongest come first.
const MAX_OBSERVATIONS: usize = 5;
/// The longest that one of them may be, in characters.
const OBSERVATION_CHARS: usize = 300;
/// The most suspects, and as many ruled out, that are kept.
const MAX_NAMED: usize = 20;
/// The most components whose course is kept.
const MAX_COURSES: usize = 40;
/// The most templates of one function that are kept.
const MAX_TEMPLATES: usize = 10;

/// A run of the engine: its findings, and the resources that its names stand for.
#[derive(Debug)]
pub struct EngineRun {
    pub findings: Findings,
    pub(super) components: ComponentNames,
}

impl EngineRun {
    /// Returns at most `most` functions whose logs may tell more: the suspects, then the symptom's own, then the nearest.
    pub fn functions_worth_reading(&self, telemetry: &Telemetry, most: usize) -> Vec<Arn> {
        let calls = CallIndex::new([&telemetry.graph]);
        let suspects = self
            .findings
            .hypotheses
            .iter()
            .filter_map(|one| self.components.resource(&one.component))
            .cloned();
        let reached = calls
            .reachable_from(&telemetry.symptom.id())
            .into_iter()
            .filter_map(|(id, _)| calls.node(&id).unwrap_or(&telemetry.symptom).resource.clone());
        let mut found: Vec<Arn> = Vec::new();
        for arn in suspects.chain(reached) {
            if arn.function().as_ref() == Some(&arn) && !found.contains(&arn) {
                found.push(arn);
            }
        }
        found.truncate(most);
        found
    }

    /// Returns the log templates of a function that stand out.
    pub fn templates(&self, function: &Arn) -> Vec<LogTemplate> {
        let of_it = self
            .findings
            .hypotheses
            .iter()
            .filter(|one| self.components.resource(&one.component) == Some(function))
            .flat_map(|one| &one.supports);
        let templates = of_it.filter_map(|seen| match seen {
            EvidenceItem::Log { template, baseline, incident, .. } => Some(LogTemplate {
                template: one_line(&masked(template), OBSERVATION_CHARS),
                baseline: *baseline,
                incident: *incident,
            }),
            _ => None,
        });
        templates.take(MAX_TEMPLATES).collect()
    }

    /// Returns the findings in the form that is stored as evidence: masked and of bounded length.
    pub fn findings(&self) -> EngineFindings {
        let Findings { verdict, onset, hypotheses, ruled_out, symptom_judged, courses, gaps, .. } =
            &self.findings;
        let shown = |text: &str| one_line(text, OBSERVATION_CHARS);
        EngineFindings {
            engine: ENGINE.to_owned(),
            verdict: match verdict {
                Verdict::RootCause => EngineVerdict::RootCause,
                Verdict::Healthy { why } => EngineVerdict::Healthy { why: shown(why) },
                Verdict::Abstain { why } => EngineVerdict::Abstain { why: shown(why) },
            },
            onset: *onset,
            suspects: hypotheses.iter().take(MAX_NAMED).map(|one| self.suspect(one)).collect(),
            ruled_out: ruled_out
                .iter()
                .take(MAX_NAMED)
                .map(|out| EngineRuledOut {
                    name: shown(&out.component),
                    resource: self.components.resource(&out.component).cloned(),
                    why: shown(&out.why),
                })
                .collect(),
            symptom_judged: *symptom_judged,
            courses: courses.iter().filter_map(|one| self.course(one)).take(MAX_COURSES).collect(),
            missing: gaps.iter().map(|gap| shown(gap)).collect(),
        }
    }

    /// Returns the course of a component that is a resource.
    fn course(&self, course: &rca::ComponentCourse) -> Option<ComponentCourse> {
        Some(stored_course(self.components.resource(&course.component)?.clone(), course))
    }

    fn suspect(&self, hypothesis: &rca::Hypothesis) -> EngineSuspect {
        let seen = |all: &[EvidenceItem]| -> Vec<String> {
            all.iter()
                .take(MAX_OBSERVATIONS)
                .map(|one| one_line(&without_example(one).to_string(), OBSERVATION_CHARS))
                .collect()
        };
        let path = hypothesis.supports.iter().find_map(|one| match one {
            EvidenceItem::Path(path) => Some(path.clone()),
            _ => None,
        });
        EngineSuspect {
            name: one_line(&hypothesis.component, OBSERVATION_CHARS),
            resource: self.components.resource(&hypothesis.component).cloned(),
            failure_mode: hypothesis.failure_mode,
            measured_mode: Some(hypothesis.measured_mode),
            // NaN is no confidence, and a file cannot hold it.
            confidence: if hypothesis.confidence.is_nan() {
                0.0
            } else {
                hypothesis.confidence.clamp(0.0, 1.0)
            },
            path: path.unwrap_or_default().iter().map(|name| one_line(name, OBSERVATION_CHARS)).collect(),
            strongest_metric: hypothesis
                .supports
                .iter()
                .find(|one| matches!(one, EvidenceItem::Metric(_)))
                .map(|one| one_line(&one.to_string(), OBSERVATION_CHARS)),
            supports: seen(&hypothesis.supports),
            contradicts: seen(&hypothesis.contradicts),
        }
    }
}

/// Returns the course of `resource` in the form that is stored.
pub(super) fn stored_course(resource: Arn, course: &rca::ComponentCourse) -> ComponentCourse {
    ComponentCourse {
        resource,
        shows_failures: course.shows_failures,
        abnormal_since: course.abnormal_since,
        normal_again_since: course.normal_again_since,
        period_seconds: course.period_seconds,
        requests: course.requests.iter().map(|(at, requests)| (*at, count(*requests))).collect(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; a cast saturates")]
pub(super) fn count(requests: f64) -> u64 {
    requests.round() as u64
}

/// Returns the observation without its example: a line as it was logged may hold what no file should, so its template
/// stands for it.
fn without_example(seen: &EvidenceItem) -> EvidenceItem {
    match seen {
        EvidenceItem::Log { template, baseline, incident, .. } => EvidenceItem::Log {
            template: masked(template),
            example: masked(template),
            baseline: *baseline,
            incident: *incident,
        },
        other => other.clone(),
    }
}
