//! Turns the answers that tell a cause from a coincidence into facts for the policies.

use common::{
    Gap,
    causality::{Causality, Discrimination},
    evidence::ReadSource,
};

/// The facts about the cause that an action would mend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct CauseFacts {
    /// True if data shows that the change came before the fault began.
    pub precedes_onset: bool,
    /// False where the metrics could not be read that would tell when the fault began, and what was served before.
    pub metrics_read: bool,
    pub reaches_symptom: bool,
    pub alibi: bool,
    pub discriminates: bool,
    /// The distance to the strongest rival in percent; 100 where there is none.
    pub rival_margin_percent: i64,
    /// The values behind the facts, by name.
    pub details: Vec<(&'static str, String)>,
}

impl CauseFacts {
    /// Reads the answers. Where nobody asked, all is unknown or speaks against the cause.
    pub fn new(causality: Option<&Causality>, gaps: &[Gap]) -> Self {
        let metrics_read = gaps.iter().all(|gap| gap.source != ReadSource::Metrics);
        let Some(causality) = causality else {
            return Self {
                precedes_onset: false,
                metrics_read,
                reaches_symptom: false,
                alibi: false,
                discriminates: false,
                rival_margin_percent: 0,
                details: Vec::new(),
            };
        };
        let state_is_the_fault = causality.discrimination == Some(Discrimination::StateIsTheFault);
        Self {
            precedes_onset: causality.precedes_onset,
            // A state that is the fault needs no metric to tell that it is.
            metrics_read: metrics_read || state_is_the_fault,
            reaches_symptom: causality.reaches_symptom,
            alibi: causality.alibi.is_some(),
            discriminates: causality.discrimination.is_some(),
            rival_margin_percent: causality.rival.as_ref().map_or(100, |rival| percent(rival.margin)),
            details: details(causality),
        }
    }
}

fn details(causality: &Causality) -> Vec<(&'static str, String)> {
    let alibi = causality.alibi.as_ref().map(|alibi| {
        let requests = alibi.requests.map(|requests| format!(", {requests} requests")).unwrap_or_default();
        ("alibi", format!("{} s{requests}", alibi.time().as_secs()))
    });
    let rival = causality.rival.as_ref().map(|rival| ("rival_margin_percent", rival.component.name()));
    alibi.into_iter().chain(rival).collect()
}

/// Rounded down: a margin that is just short is short.
fn percent(share: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    let whole = (share.clamp(-1.0, 1.0) * 100.0).floor() as i64;
    whole
}

#[cfg(test)]
mod tests {
    use common::causality::{Alibi, Rival};
    use fakes::{sample, sample_evidence::clear_cause};

    use super::*;

    #[test]
    fn new_clean_answers_nothing_speaks_against_it() {
        let found = CauseFacts::new(Some(&clear_cause()), &[]);
        assert!(found.precedes_onset && found.metrics_read);
        assert!(found.reaches_symptom && !found.alibi && found.discriminates);
        assert_eq!(found.rival_margin_percent, 100);
    }

    #[test]
    fn new_each_answer_is_its_own_fact() {
        let alibi = Alibi { periods: 4, period_seconds: 60, requests: Some(312), may_be_delay: false };
        let with_alibi = CauseFacts::new(Some(&Causality { alibi: Some(alibi), ..clear_cause() }), &[]);
        assert!(with_alibi.alibi);
        assert_eq!(with_alibi.details, [("alibi", "240 s, 312 requests".to_owned())]);
        let rival = Rival { component: sample::arn("lambda", "function:prices"), margin: 0.199 };
        let with_rival = CauseFacts::new(Some(&Causality { rival: Some(rival), ..clear_cause() }), &[]);
        assert_eq!(with_rival.rival_margin_percent, 19);
        let unmeasured = Causality { precedes_onset: false, discrimination: None, ..clear_cause() };
        assert!(!CauseFacts::new(Some(&unmeasured), &[]).precedes_onset);
        let denied = common::PortError::new("GetMetricData", common::ports::PortErrorKind::Denied, "no");
        let gaps = [Gap::from_error(ReadSource::Metrics, &denied)];
        assert!(!CauseFacts::new(Some(&unmeasured), &gaps).metrics_read);
        // An instance that is stopped needs no metric to tell that it is.
        let state = Causality { discrimination: Some(Discrimination::StateIsTheFault), ..unmeasured };
        assert!(CauseFacts::new(Some(&state), &gaps).metrics_read);
    }

    #[test]
    fn new_what_nobody_asked_is_unknown_or_speaks_against_it() {
        let found = CauseFacts::new(None, &[]);
        assert!(!found.precedes_onset && !found.reaches_symptom && !found.discriminates);
        assert_eq!(found.rival_margin_percent, 0);
    }
}
