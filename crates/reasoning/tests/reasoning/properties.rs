//! Checks the properties that every conclusion has, whatever the evidence.

use std::sync::LazyLock;

use common::{
    Arn, Evidence, Gap, Observed, OwnRoles, SymptomState,
    autonomy::UNATTENDED_CONFIDENCE,
    diagnosis::HypothesisOrigin,
    evidence::{AlarmTransition, Change, ReadSource},
    findings::{EngineFindings, EngineRuledOut, EngineVerdict},
    telemetry::{Call, CallGraph, CallNode},
};
use fakes::sample;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use reasoning::{
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::{AttemptedAction, IncidentEvidence},
    playbooks::playbook::Playbooks,
};

use fakes::sample_evidence::{
    alias, alias_state, alias_state_of, before, change, evidence, firing, function, instance_state,
    observation, parameter, parameter_state, root_cause,
};

const EVENTS: [&str; 4] = ["PutParameter", "UpdateAlias", "DeleteParameter", "TagResource"];

/// Parsed once: a property holds hundreds of cases against them.
static PLAYBOOKS: LazyLock<Playbooks> = LazyLock::new(|| Playbooks::shipped().unwrap());

pub(crate) fn concluded(evidence: &[Evidence], gaps: &[Gap], attempted: &[AttemptedAction]) -> Assessment {
    let signal = sample::alarm_signal("event-1", "checkout-errors");
    let case =
        IncidentEvidence { signal: &signal, evidence, gaps, own_roles: &OwnRoles::default(), attempted };
    conclude(&case, &PLAYBOOKS)
}

fn without_engine(evidence: &[Evidence]) -> Vec<Evidence> {
    evidence.iter().filter(|one| !matches!(one.observed, Observed::Engine { .. })).cloned().collect()
}

fn ranking(findings: &Assessment) -> Vec<(Arn, String)> {
    findings.hypotheses.iter().map(|one| (one.component.clone(), one.origin.to_string())).collect()
}

fn gaps(count: usize) -> Vec<Gap> {
    vec![Gap::new(ReadSource::Metrics, "q", "r"); count]
}

fn one_change() -> impl Strategy<Value = Change> {
    let resource = prop_oneof![
        Just(alias()),
        Just(function()),
        Just(prices()),
        Just(sample::arn("lambda", "function:prices:live")),
        "[a-c]".prop_map(|name| parameter(&name)),
        Just(sample::arn("s3", "bucket")),
    ];
    (resource, prop::sample::select(&EVENTS), -600i64..7_200, prop::bool::weighted(0.1)).prop_map(
        |(resource, event, seconds, by_nightshift)| {
            let at = sample::at() - SignedDuration::from_secs(seconds);
            Change { by_nightshift, ..change(&resource, event, at) }
        },
    )
}

fn prices() -> Arn {
    sample::arn("lambda", "function:prices")
}

/// Any ranking of the two functions and of a component elsewhere, with any confidence.
fn engine() -> impl Strategy<Value = EngineFindings> {
    let named = prop::sample::subsequence(vec![function(), prices(), sample::arn("sqs", "orders")], 1..=3);
    let verdict = prop_oneof![
        3 => Just(EngineVerdict::RootCause),
        1 => Just(EngineVerdict::Healthy { why: String::new() }),
        1 => Just(EngineVerdict::Abstain { why: String::new() }),
    ];
    (named.prop_shuffle(), 0.0..=1.0f64, verdict, 0usize..3).prop_map(
        |(named, confidence, verdict, cleared)| {
            let cleared = [function(), prices()].into_iter().take(cleared).map(|arn| EngineRuledOut {
                name: arn.name(),
                resource: Some(arn),
                why: "it is fine".to_owned(),
            });
            EngineFindings { verdict, ruled_out: cleared.collect(), ..root_cause(&named, confidence) }
        },
    )
}

/// The same evidence, whose alarm history holds these too.
fn with_transitions(mut all: Vec<Evidence>, more: &[(Timestamp, SymptomState)]) -> Vec<Evidence> {
    for one in &mut all {
        if let Observed::AlarmHistory { transitions } = &mut one.observed {
            transitions.extend(more.iter().map(|(at, to)| AlarmTransition {
                at: *at,
                to: *to,
                summary: String::new(),
            }));
        }
    }
    all
}

/// An account around the alarm: parameters a, b and c of the application, of which a and b are read by the
/// alarm's function and c by another one that it calls.
pub(crate) fn account() -> impl Strategy<Value = Vec<Evidence>> {
    let changes = prop::collection::vec(one_change(), 0..8);
    let versions = prop::collection::vec((1u64..5, 0i64..7_200), 3);
    let transitions = prop::collection::vec(-10i64..120, 0..5);
    (changes, versions, transitions, prop::option::of("[2-4]"), prop::option::of(engine())).prop_map(
        |(changes, versions, transitions, previous, engine)| {
            let parameters: Vec<_> = ["a", "b", "c"].map(parameter).into();
            let mut all = vec![
                Observed::Symptom { observation: firing() },
                Observed::Application {
                    name: sample::APPLICATION.to_owned(),
                    resources: parameters.iter().cloned().chain([function()]).collect(),
                },
                Observed::Reads {
                    function: function(),
                    parameters: parameters.iter().take(2).cloned().collect(),
                },
                Observed::AlarmHistory {
                    transitions: transitions
                        .into_iter()
                        .map(|minutes| AlarmTransition {
                            at: before(minutes),
                            to: SymptomState::Firing,
                            summary: String::new(),
                        })
                        .collect(),
                },
                alias_state("4", previous.as_deref()),
                alias_state_of("prices", "3", Some("2")),
                Observed::Reads {
                    function: prices(),
                    parameters: parameters.iter().skip(2).cloned().collect(),
                },
                Observed::Calls {
                    graph: CallGraph {
                        nodes: [function(), prices()]
                            .map(|arn| CallNode::from_resource(arn, "AWS::Lambda::Function"))
                            .into(),
                        calls: vec![Call { caller: function().to_string(), callee: prices().to_string() }],
                    },
                },
            ];
            all.extend(engine.map(|findings| Observed::Engine { findings }));
            for (arn, (version, seconds)) in parameters.iter().zip(versions) {
                all.push(parameter_state(arn, version, sample::at() - SignedDuration::from_secs(seconds)));
            }
            all.extend(changes.into_iter().map(|change| Observed::Change { change }));
            all.into_iter().map(evidence).collect()
        },
    )
}

proptest! {
    #[test]
    fn conclude_the_engines_word_raises_no_more_than_its_first_suspect(account in account(), count in 0usize..3) {
        let unheard = concluded(&without_engine(&account), &gaps(count), &[]);
        let before = |component: &Arn| {
            unheard.hypotheses.iter().find(|one| one.component == *component).map_or(0.0, |one| one.confidence)
        };
        let heard = concluded(&account, &gaps(count), &[]);
        // The suspect's own alias, and what it was seen to read, are parts of it.
        let is_part = |component: &Arn| {
            account.iter().any(|one| match &one.observed {
                Observed::Engine { findings } => {
                    let first = findings.suspects.first().and_then(|first| first.resource.as_ref());
                    first == Some(&component.component())
                        || account.iter().any(|other| match &other.observed {
                            Observed::Reads { function, parameters } => {
                                first == Some(function) && parameters.contains(component)
                            }
                            _ => false,
                        })
                }
                _ => false,
            })
        };
        for one in heard.hypotheses.iter().filter(|one| one.proposal.is_some()) {
            let raised = one.confidence > before(&one.component) + 1e-9;
            prop_assert!(!raised || is_part(&one.component), "{one:?}");
        }
    }

    #[test]
    fn conclude_order_of_evidence_does_not_matter(
        (all, shuffled) in account().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(concluded(&all, &[], &[]), concluded(&shuffled, &[], &[]));
    }

    #[test]
    fn conclude_another_gap_never_raises_a_confidence(all in account(), count in 0usize..4) {
        let (fewer, more) = (concluded(&all, &gaps(count), &[]), concluded(&all, &gaps(count + 1), &[]));
        for after in &more.hypotheses {
            let same = fewer.hypotheses.iter().find(|one| one.component == after.component).unwrap();
            prop_assert!(after.confidence <= same.confidence + 1e-12);
        }
    }

    #[test]
    fn conclude_confidences_are_ordered_and_within_bounds(all in account()) {
        let findings = concluded(&all, &[], &[]);
        prop_assert!(findings.hypotheses.iter().all(|one| (0.0..=1.0).contains(&one.confidence)));
        prop_assert!(findings.hypotheses.is_sorted_by(|a, b| a.confidence >= b.confidence - 1e-12));
    }

    #[test]
    fn conclude_each_component_is_a_hypothesis_or_ruled_out_once(all in account()) {
        let findings = concluded(&all, &[], &[]);
        let mut named: Vec<_> = findings
            .hypotheses.iter().map(|one| &one.component)
            .chain(findings.ruled_out.iter().map(|one| &one.component))
            .collect();
        let before = named.len();
        named.sort();
        named.dedup();
        prop_assert_eq!(named.len(), before);
    }

    #[test]
    fn conclude_unrelated_healthy_resource_never_changes_the_ranking(all in account(), id in "i-[0-9a-f]{17}") {
        let ranked = ranking(&concluded(&all, &[], &[]));
        let other = sample::arn("ec2", &format!("instance/{id}"));
        let mut more = all;
        more.push(evidence(instance_state(&other, "running")));
        more.push(evidence(Observed::Change { change: change(&other, "StartInstances", before(1)) }));
        prop_assert_eq!(ranking(&concluded(&more, &[], &[])), ranked);
    }

    #[test]
    fn conclude_competitor_never_raises_a_confidence(all in account(), minutes in 0i64..60, version in 1u64..4) {
        let alone = concluded(&all, &[], &[]);
        let rival = parameter("z");
        let mut more = all;
        more.push(evidence(Observed::Application { name: "x".to_owned(), resources: vec![rival.clone()] }));
        more.push(evidence(Observed::Change { change: change(&rival, "PutParameter", before(minutes)) }));
        more.push(evidence(parameter_state(&rival, version, before(minutes))));
        let contested = concluded(&more, &[], &[]);
        for one in &alone.hypotheses {
            let after = contested.hypotheses.iter().find(|after| after.component == one.component).unwrap();
            prop_assert!(after.confidence <= one.confidence + 1e-12);
        }
    }

    #[test]
    fn conclude_earlier_flapping_never_raises_a_confidence(all in account(), minutes in 1i64..120) {
        let present = [(sample::at(), SymptomState::Firing)];
        let flapped = [
            (before(minutes), SymptomState::Firing),
            (before(minutes) + SignedDuration::from_secs(30), SymptomState::Recovered),
        ];
        // The history holds what is reported now; without that, an earlier firing would be when it began.
        let all = with_transitions(all, &present);
        let calm = concluded(&all, &[], &[]);
        // Among several, flapping weakens a rival too, which rightly strengthens the other.
        prop_assume!(calm.hypotheses.len() <= 1);
        prop_assume!(concluded(&without_engine(&all), &[], &[]).hypotheses.len() <= 1);
        for after in &concluded(&with_transitions(all, &flapped), &[], &[]).hypotheses {
            // What a weaker cause no longer covers, the engine alone may name.
            let Some(same) = calm.hypotheses.iter().find(|one| one.component == after.component) else {
                prop_assert!(after.proposal.is_none(), "{after:?}");
                continue;
            };
            prop_assert!(after.confidence <= same.confidence + 1e-12);
        }
    }

    #[test]
    fn conclude_untrusted_text_never_changes_the_ranking(all in account(), text in any::<String>()) {
        let ranked = concluded(&all, &[], &[]);
        let injected: Vec<_> = all.into_iter().map(|one| {
            let observed = match one.observed {
                Observed::Symptom { mut observation } => {
                    observation.summary.clone_from(&text);
                    Observed::Symptom { observation }
                }
                Observed::AlarmHistory { mut transitions } => {
                    for transition in &mut transitions {
                        transition.summary.clone_from(&text);
                    }
                    Observed::AlarmHistory { transitions }
                }
                Observed::Change { mut change } => {
                    change.actor.clone_from(&text);
                    change.request.insert("Description".to_owned(), text.clone());
                    Observed::Change { change }
                }
                Observed::Engine { mut findings } => {
                    for suspect in &mut findings.suspects {
                        suspect.name.clone_from(&text);
                        suspect.path = vec![text.clone(), text.clone()];
                        suspect.strongest_metric = Some(text.clone());
                        suspect.supports = vec![text.clone()];
                    }
                    for out in &mut findings.ruled_out {
                        out.why.clone_from(&text);
                    }
                    Observed::Engine { findings }
                }
                Observed::Parameter { mut state } => {
                    state.modified_by.clone_from(&text);
                    Observed::Parameter { state }
                }
                other => other,
            };
            evidence(observed)
        }).collect();
        let after = concluded(&injected, &[], &[]);
        prop_assert_eq!(ranking(&after), ranking(&ranked));
        // The sentences quote the actor; what is concluded does not depend on it.
        let kind = std::mem::discriminant;
        prop_assert_eq!(kind(&after.conclusion), kind(&ranked.conclusion));
        for (one, other) in after.hypotheses.iter().zip(&ranked.hypotheses) {
            prop_assert!((one.confidence - other.confidence).abs() < 1e-12);
            prop_assert_eq!(&one.proposal, &other.proposal);
        }
    }

    /// The engine's word alone has nothing done: what is proposed is a playbook's, on structured evidence,
    /// and what has nothing to do with the symptom but calls is below what acts unattended unless the engine
    /// is sure of it and nothing is missing.
    #[test]
    fn conclude_engine_never_proposes_and_raises_only_what_it_is_sure_of(all in account(), count in 0usize..2) {
        let findings = concluded(&all, &gaps(count), &[]);
        let engine = all.iter().find_map(|one| match &one.observed {
            Observed::Engine { findings } if findings.verdict == EngineVerdict::RootCause => findings.suspects.first(),
            _ => None,
        });
        for one in &findings.hypotheses {
            let trusted = all.iter().any(|look| look.trusted && one.supports.contains(&look.id));
            prop_assert!(one.proposal.is_none() || trusted);
            let of_engine = matches!(one.origin, HypothesisOrigin::Engine { .. });
            prop_assert!(!of_engine || one.proposal.is_none());
            let around = one.component.component() == prices() || one.component == parameter("c");
            if around && one.proposal.is_some() && one.confidence > UNATTENDED_CONFIDENCE {
                let sure = engine.is_some_and(|first| first.resource == Some(prices()) && first.confidence >= 0.8);
                prop_assert!(sure && count == 0);
            }
        }
    }

    #[test]
    fn conclude_engine_that_names_no_cause_raises_nothing(all in account()) {
        let names_none = |one: &Evidence| match &one.observed {
            Observed::Engine { findings } => findings.verdict != EngineVerdict::RootCause,
            _ => true,
        };
        prop_assume!(all.iter().all(names_none));
        let without: Vec<_> =
            all.iter().filter(|one| !matches!(one.observed, Observed::Engine { .. })).cloned().collect();
        let unheard = concluded(&without, &[], &[]);
        for one in concluded(&all, &[], &[]).hypotheses {
            let was = unheard.hypotheses.iter().find(|was| was.component == one.component).unwrap();
            prop_assert!(one.confidence <= was.confidence && one.proposal == was.proposal);
        }
    }

    #[test]
    fn conclude_what_was_tried_is_never_proposed_again(all in account()) {
        let first = concluded(&all, &[], &[]);
        let tried: Vec<_> = first.hypotheses.iter().filter_map(|one| one.proposal.clone()).map(|proposal| AttemptedAction {
            attempt: 1, action: proposal.action, target: proposal.target,
        }).collect();
        let second = concluded(&all, &[], &tried);
        prop_assert!(second.hypotheses.iter().all(|one| one.proposal.is_none()));
    }

    #[test]
    fn conclude_symptom_not_firing_is_never_acted_on(
        all in account(), state in prop_oneof![Just(SymptomState::Recovered), Just(SymptomState::Unknown)],
    ) {
        let mut quiet: Vec<_> =
            all.into_iter().filter(|one| !matches!(one.observed, Observed::Symptom { .. })).collect();
        // What data shows, and a release that was taken back, is told all the same, and nothing is done about it.
        let explains_and_proposes = |found: &Assessment| {
            found.conclusion == common::Conclusion::Explained
                && found.hypotheses.iter().any(|one| one.proposal.is_some())
        };
        let unread = concluded(&quiet, &[], &[]);
        prop_assert!(!explains_and_proposes(&unread), "{unread:?}");
        quiet.push(evidence(Observed::Symptom { observation: observation(state) }));
        let found = concluded(&quiet, &[], &[]);
        prop_assert!(!explains_and_proposes(&found), "{found:?}");
    }
}
