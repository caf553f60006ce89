//! Finds the components that take more than usual, and where it comes from.

use std::collections::BTreeSet;

use crate::{
    ranking::{
        abnormal::ABNORMAL,
        call_graph::CallGraph,
        explanation::{Explanation, Explanations, Reason},
        suspects::{AbnormalMetric, Suspect},
    },
    series::{metric_kind::MetricKind, scored_series::ScoredSeries, statistics::Sorted},
};

/// More than this many times the usual load is a surge …
const SURGE: f64 = 2.0;
/// … and, where those who call might only repeat what failed, more than this: SDKs try three times.
const RETRIED: f64 = 3.0;
/// A component that takes less than this share of its usual load while work waits for it does not take it.
const IDLE: f64 = 0.5;
/// The share of a component that takes more, and has no other trouble, which is explained by who sends it more.
const HANDED_DOWN: f64 = 0.7;

/// The load of a component during the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LoadState {
    #[default]
    Usual,
    /// It takes far more than usual, since no later than anything else of it is abnormal.
    Surge,
    /// It takes far less than usual, while work waits for it.
    Idle,
}

/// A change of an amount, as a multiple of the usual and in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AmountShift {
    pub(crate) times: f64,
    pub(crate) by: f64,
    pub(crate) onset: usize,
}

/// Returns how the abnormal metric of `kind` that tells most about a component moved; `None` where none is abnormal.
pub(crate) fn shift_of(suspect: &Suspect, kind: MetricKind, scored: &[ScoredSeries]) -> Option<AmountShift> {
    let abnormal =
        suspect.metrics.iter().filter(|metric| metric.kind == kind && metric.anomaly.score >= ABNORMAL);
    let metric = abnormal.max_by(|one, other| one.anomaly.score.total_cmp(&other.anomaly.score))?;
    amount_shift(metric, scored)
}

fn amount_shift(metric: &AbnormalMetric, scored: &[ScoredSeries]) -> Option<AmountShift> {
    let its = &scored.get(metric.scored)?.scores;
    let during = |steps: &[f64]| {
        let stretch = steps.get(metric.anomaly.from..metric.anomaly.to).unwrap_or_default();
        Sorted::new(stretch.iter().copied()).median()
    };
    let (usual, now) = (during(&its.expected).max(0.0), during(&its.values).max(0.0));
    let times = match (usual > 0.0, now > 0.0) {
        (true, _) => now / usual,
        (false, true) => f64::INFINITY,
        // Nothing, as ever.
        (false, false) => 1.0,
    };
    (usual.is_finite() && now.is_finite()).then_some(AmountShift {
        times,
        by: now - usual,
        onset: metric.anomaly.onset,
    })
}

/// Returns the first step in which a metric that shows more than load is abnormal; `None` where all that is abnormal is load.
pub(crate) fn fault_onset(suspect: &Suspect) -> Option<usize> {
    let faults = suspect.metrics.iter().filter(|metric| {
        metric.anomaly.score >= ABNORMAL && !metric.kind.is_load() && metric.kind != MetricKind::Other
    });
    faults.map(|metric| metric.anomaly.onset).min()
}

/// The components with what is known of their load.
#[derive(Clone, Copy)]
pub(crate) struct Loads<'a> {
    pub(crate) graph: &'a CallGraph,
    pub(crate) suspects: &'a [Suspect],
    pub(crate) scored: &'a [ScoredSeries],
    /// The components that only hand work on.
    pub(crate) relays: &'a BTreeSet<usize>,
}

impl Loads<'_> {
    fn own(&self, component: usize) -> Option<AmountShift> {
        shift_of(self.suspects.get(component)?, MetricKind::Traffic, self.scored)
    }

    fn rises(&self, component: usize) -> bool {
        self.own(component).is_some_and(|load| load.times > 1.0)
    }

    /// Those who send work to a component and whose own load is counted.
    fn known_callers(&self, component: usize) -> impl Iterator<Item = usize> {
        let is_counted =
            |caller: &usize| self.suspects.get(*caller).is_some_and(|caller| caller.traffic.is_some());
        self.graph.callers(component).iter().copied().filter(is_counted)
    }

    /// Counts the work that a relay hands on as load of the component that takes it.
    fn load(&self, component: usize) -> Option<AmountShift> {
        self.own(component).or_else(|| {
            let relays = self.graph.callers(component).iter().filter(|caller| self.relays.contains(*caller));
            relays.filter_map(|relay| self.own(*relay)).max_by(|one, other| one.times.total_cmp(&other.times))
        })
    }

    pub(crate) fn state(&self, component: usize) -> LoadState {
        let Some((suspect, load)) = self.suspects.get(component).zip(self.load(component)) else {
            return LoadState::Usual;
        };
        let work_waits = self.graph.callers(component).iter().any(|caller| {
            let caller = self.suspects.get(*caller).filter(|_| self.relays.contains(caller));
            caller
                .and_then(Suspect::worst)
                .is_some_and(|metric| metric.kind == MetricKind::Backlog && metric.anomaly.score >= ABNORMAL)
        });
        if load.times < IDLE && work_waits {
            return LoadState::Idle;
        }
        if fault_onset(suspect).is_some_and(|fault| fault < load.onset) {
            return LoadState::Usual;
        }
        let mut callers = self.known_callers(component).peekable();
        let from_outside = callers.peek().is_none();
        if !from_outside && !callers.any(|caller| self.rises(caller)) {
            // Nobody has more to ask: what comes more often is repeated.
            return LoadState::Usual;
        }
        // What is refused is not counted as taken, so that it may well be repeated without counting twice.
        let refused = suspect
            .metrics
            .iter()
            .any(|metric| metric.kind == MetricKind::Throttles && metric.anomaly.score >= ABNORMAL);
        let least = if from_outside && !refused { RETRIED } else { SURGE };
        if load.times >= least { LoadState::Surge } else { LoadState::Usual }
    }
}

/// Explains each component that takes more, and has no other trouble, by the one that sends it more.
pub(crate) fn explain_load(loads: Loads<'_>) -> Explanations {
    let mut found = Explanations::new();
    for (component, suspect) in loads.suspects.iter().enumerate() {
        if !loads.rises(component) || fault_onset(suspect).is_some() {
            continue;
        }
        let callers = loads.known_callers(component).filter(|caller| loads.rises(*caller));
        let most = |caller: &usize| loads.own(*caller).map_or(0.0, |load| load.times);
        if let Some(caller) =
            callers.max_by(|one, other| most(one).total_cmp(&most(other)).then(other.cmp(one)))
        {
            found
                .insert(component, Explanation { by: caller, share: HANDED_DOWN, reason: Reason::SendsMore });
        }
    }
    found
}
