//! Tests what is told where the symptom cannot be read: the cause that data shows, and never an action.

use common::{
    Conclusion, Evidence, Observed, OwnRoles, SymptomState,
    findings::{EngineFindings, EngineVerdict},
};
use fakes::{
    sample,
    sample_evidence::{alias, alias_state, before, change, evidence, function, observation, root_cause},
};
use reasoning::{
    judgement::{
        conclude::{Assessment, conclude},
        incident_evidence::IncidentEvidence,
    },
    playbooks::playbook::Playbooks,
};

fn concluded(state: Option<SymptomState>, engine: Option<EngineFindings>) -> Assessment {
    let symptom = state.map(|state| Observed::Symptom { observation: observation(state) });
    let change = Observed::Change { change: change(&alias(), "UpdateAlias", before(3)) };
    let engine = engine.map(|findings| Observed::Engine { findings });
    let all: Vec<Evidence> = [Some(alias_state("3", Some("2"))), Some(change), symptom, engine]
        .into_iter()
        .flatten()
        .map(evidence)
        .collect();
    let signal = sample::alarm_signal("event-1", "checkout-errors");
    let own_roles = OwnRoles::default();
    let case = IncidentEvidence {
        signal: &signal,
        evidence: &all,
        gaps: &[],
        own_roles: &own_roles,
        attempted: &[],
    };
    conclude(&case, &Playbooks::shipped().unwrap())
}

fn fault() -> EngineFindings {
    EngineFindings { symptom_judged: true, ..root_cause(&[function()], 0.9) }
}

#[test]
fn conclude_an_unread_symptom_that_its_own_metric_shows_is_explained_and_not_acted_on() {
    for state in [None, Some(SymptomState::Unknown)] {
        let found = concluded(state, Some(fault()));
        assert_eq!(found.conclusion, Conclusion::Explained, "{state:?}");
        assert_eq!(found.hypotheses[0].component, alias());
        assert!(found.hypotheses.iter().all(|one| one.proposal.is_none()), "{found:?}");
    }
    // Where it is read, the same is acted on.
    let firing = concluded(Some(SymptomState::Firing), Some(fault()));
    assert!(firing.hypotheses[0].proposal.is_some());
}

#[test]
fn conclude_an_unread_symptom_that_no_metric_shows_is_not_explained() {
    let unjudged = EngineFindings { symptom_judged: false, ..fault() };
    let healthy = EngineFindings {
        verdict: EngineVerdict::Healthy { why: "w".to_owned() },
        suspects: Vec::new(),
        ..fault()
    };
    for engine in [None, Some(unjudged), Some(healthy)] {
        let found = concluded(None, engine.clone());
        assert!(matches!(found.conclusion, Conclusion::Abstained { .. }), "{engine:?}: {found:?}");
    }
}
