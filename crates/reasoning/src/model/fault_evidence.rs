//! Decides whether the evidence that a model cites shows the fault that it claims. A state that was merely read shows
//! nothing: every resource has one, also where nothing is wrong.

use common::{
    Arn, ContextSource, Evidence, ModelHypothesis, Observed, Signal,
    findings::{EngineVerdict, MetricDigest},
};

use crate::evidence::onset::{CLOCK_SKEW, LOOKBACK};

/// From so many robust standard deviations on, a metric has left what it was before.
const DEVIATIONS: f64 = 3.0;

/// The evidence of an incident, by what it shows.
#[derive(Debug, Clone, Copy)]
pub struct FaultEvidence<'a> {
    pub signal: &'a Signal,
    /// All that was read, by Nightshift itself and for the model.
    pub evidence: &'a [&'a Evidence],
}

impl FaultEvidence<'_> {
    /// Returns true if what the claim cites shows a fault of the claimed component; or that the component was changed
    /// before the symptom, and that there is a fault somewhere. Where the engine finds nothing wrong, only a measurement of
    /// the component's own counts.
    pub fn shows(&self, claim: &ModelHypothesis) -> bool {
        let cited = || self.evidence.iter().filter(|one| claim.supports.contains(&one.id));
        let measured = cited().any(|one| self.measures_fault_of(&one.observed, &claim.component));
        if measured || self.nothing_is_wrong() {
            return measured;
        }
        cited().any(|one| reports_fault_of(&one.observed, &claim.component))
            || (cited().any(|one| self.shows_change_of(&one.observed, &claim.component))
                && cited().any(|one| shows_some_fault(&one.observed)))
    }

    /// Returns true if the engine finds the symptom's metric as usual.
    fn nothing_is_wrong(&self) -> bool {
        self.evidence.iter().any(|one| match &one.observed {
            Observed::Engine { findings } => matches!(findings.verdict, EngineVerdict::Healthy { .. }),
            _ => false,
        })
    }

    /// Returns true if a service measures that `component` is out of order: a metric of its own is worse than it ever was
    /// before, its tasks do not run, or it was taken out of service and nothing says that this is meant.
    fn measures_fault_of(&self, observed: &Observed, component: &Arn) -> bool {
        match observed {
            Observed::Metrics { series, .. } => {
                series.iter().any(|one| is_of(one.resource.as_ref(), component) && has_worsened(one))
            }
            Observed::Service { state } => {
                is_of(Some(&state.arn), component)
                    && (state.rollout_state == "FAILED" || state.running_count < state.desired_count)
            }
            Observed::Instance { state } => {
                is_of(Some(&state.arn), component) && state.state != "running" && !self.is_meant(&state.arn)
            }
            _ => false,
        }
    }

    fn is_meant(&self, resource: &Arn) -> bool {
        self.evidence.iter().any(|one| match &one.observed {
            Observed::Intent { resource: of, signs } => of == resource && !signs.is_empty(),
            _ => false,
        })
    }

    /// Returns true for a change of `component` that came before the symptom was noticed.
    fn shows_change_of(&self, observed: &Observed, component: &Arn) -> bool {
        let Observed::Change { change } = observed else { return false };
        let before = self.signal.occurred_at.duration_since(change.at);
        is_of(Some(&change.resource), component) && (-CLOCK_SKEW..=LOOKBACK).contains(&before)
    }
}

/// Returns true if it shows that something is wrong, whatever it is: a metric got worse, the symptom's own among them,
/// a log tells of errors that it did not have before, or the engine found a root cause.
fn shows_some_fault(observed: &Observed) -> bool {
    match observed {
        Observed::Metrics { series, .. } => series.iter().any(has_worsened),
        Observed::Logs { templates, .. } => templates.iter().any(|one| one.incident > one.baseline),
        Observed::Engine { findings } => findings.verdict == EngineVerdict::RootCause,
        _ => false,
    }
}

/// Returns true if somebody reports a fault of `component`: its own log, by lines that stand out; the engine; AWS Health; or
/// what traces and logs say of its errors.
fn reports_fault_of(observed: &Observed, component: &Arn) -> bool {
    match observed {
        Observed::Logs { function, templates, .. } => {
            is_of(Some(function), component) && templates.iter().any(|one| one.incident > one.baseline)
        }
        Observed::Engine { findings } => {
            findings.verdict == EngineVerdict::RootCause
                && findings
                    .suspects
                    .iter()
                    .any(|one| is_of(one.resource.as_ref(), component) && one.strongest_metric.is_some())
        }
        Observed::Notes { source, notes } => {
            let of_faults = [ContextSource::Health, ContextSource::FaultyTraces, ContextSource::LogInsights]
                .contains(source);
            of_faults && notes.iter().any(|note| is_of(note.resource.as_ref(), component))
        }
        _ => false,
    }
}

/// Returns true if the metric moved for the worse, and farther than it did before. A count that is only published when
/// there is something to count has no baseline.
fn has_worsened(digest: &MetricDigest) -> bool {
    let Some(incident) = digest.incident.filter(|_| !digest.within_usual) else { return false };
    let baseline = digest.baseline.unwrap_or_default();
    let far = digest.deviations.is_none_or(|deviations| deviations.abs() >= DEVIATIONS);
    let differs = (incident - baseline).abs() > f64::EPSILON;
    differs && far && rca::is_for_the_worse(&digest.metric, incident > baseline)
}

fn is_of(resource: Option<&Arn>, component: &Arn) -> bool {
    resource.is_some_and(|resource| resource.component() == component.component())
}
