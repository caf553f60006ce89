//! Reads, from what the symptom, the logs and the engine show, in which way things fail: a change explains a failure that
//! it can bring about, and no other.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, EvidenceId, FailureMode, Signal, findings::EngineVerdict};

use crate::{
    candidates::change_effect::Effect,
    candidates::failure_words::{FailureSign, shown_by, shown_by_metric},
    evidence::evidence_index::EvidenceIndex,
};

/// Returns what the engine says of how a component fails.
const fn shown_by_mode(mode: FailureMode) -> Option<FailureSign> {
    match mode {
        FailureMode::Throttled => Some(FailureSign::Throttled),
        FailureMode::Cpu
        | FailureMode::Memory
        | FailureMode::Disk
        | FailureMode::Connections
        | FailureMode::Capacity
        | FailureMode::Overload => Some(FailureSign::Exhausted),
        FailureMode::Permissions => Some(FailureSign::Denied),
        _ => None,
    }
}

/// The signs of one incident, with the evidence of each.
#[derive(Debug, Default)]
pub struct FailureSigns {
    all: BTreeMap<FailureSign, BTreeSet<EvidenceId>>,
    /// The resources whose own metrics the engine found out of their usual range.
    abnormal: BTreeMap<Arn, EvidenceId>,
}

impl FailureSigns {
    /// Returns the signs that the evidence of one incident shows.
    pub fn new(signal: &Signal, index: &EvidenceIndex<'_>) -> Self {
        let mut signs = Self::default();
        for log in &index.logs {
            for template in log.templates {
                for sign in shown_by(&template.template) {
                    signs.all.entry(sign).or_default().insert(log.id.clone());
                }
            }
        }
        let metric = signal.metric.as_ref().map_or("", |metric| metric.name.as_str());
        for sign in shown_by_metric(metric) {
            signs.all.entry(*sign).or_default();
        }
        // An engine that names no cause raises none.
        let engine = index.engine.iter().filter(|engine| engine.fact.verdict == EngineVerdict::RootCause);
        let found = engine.flat_map(|engine| engine.fact.suspects.iter().map(move |one| (one, engine.id)));
        for (suspect, id) in found {
            if let Some(sign) = shown_by_mode(suspect.failure_mode) {
                signs.all.entry(sign).or_default().insert(id.clone());
            }
            if let (Some(resource), Some(_)) = (&suspect.resource, &suspect.strongest_metric) {
                signs.abnormal.insert(resource.clone(), id.clone());
            }
        }
        signs
    }

    /// Returns the sign that a change of this effect on `resource` can bring about, with its evidence; `None` where
    /// nothing shows that it did. `is_close` is true of what the symptom's component is, reads or calls itself.
    pub fn explained_by(
        &self,
        effect: Effect,
        resource: &Arn,
        is_close: bool,
    ) -> Option<(&'static str, BTreeSet<EvidenceId>)> {
        let fitting: &[FailureSign] = match effect {
            Effect::Permissions => &[FailureSign::Denied],
            Effect::Network => &[FailureSign::Unreachable, FailureSign::Silent],
            Effect::Capacity => &[FailureSign::Throttled, FailureSign::Exhausted],
            Effect::Stopped => &[FailureSign::Silent, FailureSign::Unreachable, FailureSign::Missing],
            Effect::Configuration => &[],
        };
        let shown = fitting.iter().find_map(|sign| Some((sign.as_str(), self.all.get(sign)?.clone())));
        let own = || {
            let id = self.abnormal.get(&resource.component())?;
            let answers = matches!(effect, Effect::Stopped | Effect::Capacity | Effect::Configuration);
            answers.then(|| ("its own metrics left their usual range", BTreeSet::from([id.clone()])))
        };
        let close =
            || (is_close && effect == Effect::Configuration).then(|| ("what uses it fails", BTreeSet::new()));
        shown.or_else(own).or_else(close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explained_by_only_what_the_effect_can_bring_about() {
        let bucket: Arn = "arn:aws:s3:::b".parse().unwrap();
        let id = EvidenceId::from_parts(&["log"]);
        let mut signs = FailureSigns::default();
        signs.all.insert(FailureSign::Denied, BTreeSet::from([id.clone()]));
        let explained =
            |signs: &FailureSigns, effect, close| signs.explained_by(effect, &bucket, close).is_some();
        assert!(explained(&signs, Effect::Permissions, false));
        for effect in [Effect::Network, Effect::Capacity, Effect::Stopped, Effect::Configuration] {
            assert!(!explained(&signs, effect, false), "{effect:?}");
        }
        assert!(explained(&signs, Effect::Configuration, true));
        signs.abnormal.insert(bucket.clone(), id);
        assert!(explained(&signs, Effect::Stopped, false));
        assert!(!explained(&signs, Effect::Network, false));
    }
}
