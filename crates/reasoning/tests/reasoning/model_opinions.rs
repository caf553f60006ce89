//! Tests the effect of a model's opinion on a diagnosis, and its limits.

use common::{
    Arn, Conclusion, Evidence, FailureMode, Hypothesis, MicroUsd, Observed,
    autonomy::UNATTENDED_CONFIDENCE,
    context_source::{ContextSource, Note},
    diagnosis::{HypothesisOrigin, Proposal},
    evidence::ParameterState,
    model::Usage,
    reasoning::{ModelUse, ModelVerdict},
};
use common::{ModelHypothesis, ModelOpinion};
use fakes::sample;
use proptest::prelude::*;
use reasoning::{
    judgement::conclude::{Assessment, EXPLANATION_THRESHOLD},
    model::model_opinion::{FREE_TEXT_ONLY_CAP, MODEL_ONLY_CAP, SHARED_CAUSE_CAP, apply_opinion},
};

fn component(number: u8) -> Arn {
    sample::arn("ssm", &format!("parameter/shop/{number}"))
}

/// A parameter's state, which is no free text.
fn structured(number: u8) -> Evidence {
    let state = ParameterState {
        arn: component(number),
        name: format!("/shop/{number}"),
        parameter_type: "String".to_owned(),
        version: 2,
        modified_at: sample::at(),
        modified_by: "alice".to_owned(),
        previous_version: Some(1),
    };
    Evidence::new("q".to_owned(), sample::at(), "s".to_owned(), Observed::Parameter { state })
}

fn free_text() -> Evidence {
    let note = Note { at: None, resource: None, actor: None, what: "believe me".to_owned() };
    let observed = Observed::Notes { source: ContextSource::Health, notes: vec![note] };
    Evidence::new("q".to_owned(), sample::at(), "s".to_owned(), observed)
}

fn hypothesis(number: u8, confidence: f64) -> Hypothesis {
    Hypothesis {
        component: component(number),
        failure_mode: FailureMode::BadConfiguration,
        cause: format!("cause {number}"),
        confidence,
        origin: HypothesisOrigin::Playbook { id: "parameter-overwritten".to_owned(), version: 1 },
        supports: vec![structured(number).id],
        contradicts: Vec::new(),
        proposal: Some(Proposal {
            action: "restore-parameter".parse().unwrap(),
            target: component(number),
            parameters: [("RestoreVersion".to_owned(), number.to_string())].into(),
        }),
        raised_by: None,
        raised_by_untrusted: false,
        causality: None,
    }
}

fn findings(conclusion: Conclusion, hypotheses: Vec<Hypothesis>) -> Assessment {
    Assessment {
        conclusion,
        hypotheses,
        ruled_out: Vec::new(),
        rests_on_engine: false,
        symptom_is_there: true,
    }
}

fn abstained() -> Conclusion {
    Conclusion::Abstained { reason: "too weak".to_owned() }
}

fn opinion(named: &[(u8, &[&Evidence])]) -> ModelOpinion {
    let hypotheses = named.iter().map(|(number, supports)| ModelHypothesis {
        component: component(*number),
        failure_mode: FailureMode::Dependency,
        action: Some("restore-parameter".parse().unwrap()),
        cause: "because I say so".to_owned(),
        supports: supports.iter().map(|evidence| evidence.id.clone()).collect(),
        contradicts: Vec::new(),
        own_confidence: 1.0,
    });
    ModelOpinion {
        hypotheses: hypotheses.collect(),
        model_use: ModelUse {
            bundle: "night@abc".to_owned(),
            verdict: ModelVerdict::Hypotheses,
            requests: 1,
            tool_calls: 0,
            usage: Usage::default(),
            cost: MicroUsd::ZERO,
            problems: std::collections::BTreeMap::new(),
            masked: std::collections::BTreeMap::new(),
        },
        evidence: Vec::new(),
        lasting_fix: None,
        impact: None,
    }
}

#[test]
fn apply_opinion_shared_doubt_is_raised_as_far_as_asking_and_says_so() {
    let weighed = apply_opinion(
        findings(abstained(), vec![hypothesis(1, 0.39)]),
        Some(&opinion(&[(1, &[&structured(1)])])),
        &[structured(1)],
    );
    let first = &weighed.hypotheses[0];
    assert_eq!(weighed.conclusion, Conclusion::Explained);
    assert!(first.confidence > EXPLANATION_THRESHOLD && first.confidence <= SHARED_CAUSE_CAP);
    assert_eq!(first.raised_by.as_deref(), Some("night@abc"));
    assert_eq!(first.proposal, hypothesis(1, 0.0).proposal);
}

#[test]
fn apply_opinion_another_cause_makes_what_acts_unattended_ask() {
    let before = findings(Conclusion::Explained, vec![hypothesis(1, 0.9)]);
    let weighed = apply_opinion(before, Some(&opinion(&[(2, &[&structured(2)])])), &[structured(2)]);
    assert!(weighed.hypotheses[0].confidence < UNATTENDED_CONFIDENCE);
    assert_eq!(weighed.hypotheses[0].raised_by, None);
    assert_eq!(
        (weighed.hypotheses[1].proposal.clone(), weighed.hypotheses[1].confidence),
        (None, MODEL_ONLY_CAP)
    );
}

#[test]
fn apply_opinion_cause_that_nothing_but_free_text_is_about_explains_nothing() {
    let before = findings(abstained(), Vec::new());
    let evidence = [structured(1), structured(2), free_text()];
    // That something else is structured is no word about this component.
    for cited in [&[&evidence[2]][..], &[&evidence[0], &evidence[2]]] {
        let weighed = apply_opinion(before.clone(), Some(&opinion(&[(2, cited)])), &evidence);
        assert_eq!((weighed.conclusion, weighed.hypotheses[0].confidence), (abstained(), FREE_TEXT_ONLY_CAP));
    }
    let weighed = apply_opinion(before, Some(&opinion(&[(2, &[&evidence[1]])])), &evidence);
    assert_eq!(weighed.conclusion, Conclusion::Explained);
    assert_eq!(weighed.hypotheses[0].cause, "because I say so");
}

#[test]
fn apply_opinion_cause_of_the_models_own_is_never_ahead_of_what_can_act() {
    let before = findings(Conclusion::Explained, vec![hypothesis(1, 0.42)]);
    let weighed = apply_opinion(before, Some(&opinion(&[(2, &[&structured(2)])])), &[structured(2)]);
    assert_eq!(weighed.hypotheses[0].component, component(1));
}

#[test]
fn apply_opinion_what_has_recovered_or_could_not_be_seen_stays_as_it_is() {
    let told = opinion(&[(1, &[&structured(1)])]);
    let recovered = findings(Conclusion::AlreadyRecovered, vec![hypothesis(1, 0.3)]);
    assert_eq!(apply_opinion(recovered.clone(), Some(&told), &[structured(1)]), recovered);
    let unseen = Assessment { symptom_is_there: false, ..findings(abstained(), vec![hypothesis(1, 0.39)]) };
    assert_eq!(apply_opinion(unseen, Some(&told), &[structured(1)]).conclusion, abstained());
}

fn acts_unattended(findings: &Assessment) -> Option<&Proposal> {
    let first = findings.hypotheses.first().filter(|_| findings.conclusion == Conclusion::Explained)?;
    first.proposal.as_ref().filter(|_| first.confidence >= UNATTENDED_CONFIDENCE && first.raised_by.is_none())
}

proptest! {
    #[test]
    fn apply_opinion_any_opinion_lets_nothing_act_that_would_not_have(
        mut believed in prop::collection::vec((0u8..5, 0.0..0.95f64), 0..5),
        named in prop::collection::vec((0u8..7, any::<bool>(), any::<bool>()), 0..6),
        explained: bool,
    ) {
        believed.sort_by(|a, b| b.1.total_cmp(&a.1));
        believed.dedup_by_key(|one| one.0);
        let (structured, free_text) = (structured(0), free_text());
        let conclusion = if explained && !believed.is_empty() { Conclusion::Explained } else { abstained() };
        let hypotheses = believed.iter().map(|(number, confidence)| hypothesis(*number, *confidence)).collect();
        let before = findings(conclusion, hypotheses);
        let cited: Vec<(u8, Vec<&Evidence>)> = named
            .iter()
            .map(|(number, sound, free)| {
                let all = [(&structured, *sound), (&free_text, *free)];
                (*number, all.into_iter().filter(|(_, cited)| *cited).map(|(one, _)| one).collect())
            })
            .collect();
        let named: Vec<(u8, &[&Evidence])> = cited.iter().map(|(number, all)| (*number, all.as_slice())).collect();
        let after = apply_opinion(before.clone(), Some(&opinion(&named)), &[structured.clone(), free_text.clone()]);

        if let Some(proposal) = acts_unattended(&after) {
            prop_assert_eq!(Some(proposal), acts_unattended(&before));
        }
        for one in &after.hypotheses {
            let Some(was) = before.hypotheses.iter().find(|was| was.component == one.component) else {
                prop_assert_eq!(&one.proposal, &None);
                continue;
            };
            prop_assert_eq!((&one.proposal, &one.supports), (&was.proposal, &was.supports));
            prop_assert!(one.confidence <= was.confidence || (one.raised_by.is_some() && one.confidence <= SHARED_CAUSE_CAP));
        }
        prop_assert!(after.hypotheses.is_sorted_by(|a, b| a.confidence >= b.confidence));
        prop_assert_eq!(apply_opinion(before.clone(), None, &[]), before);
    }
}
