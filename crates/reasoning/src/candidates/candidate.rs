//! What could be the cause: the resources that have to do with the symptom, and who wrote to each.

use std::collections::BTreeSet;

use common::{Arn, EvidenceId, Observed, OwnRoles, ResourceKind, Signal, evidence::Change};
use jiff::{SignedDuration, Timestamp};

use crate::{
    candidates::resource_kind::{Kind, function_of},
    engine::symptom_context::{Around, Said, components_of},
    evidence::call_graph::is_near,
    evidence::evidence_index::View,
    playbooks::playbook::Playbooks,
};

/// A change longer than this before the symptom is not its cause. Alarms take minutes to notice,
/// deployments take longer; beyond an hour nearly every resource of a busy application has changed.
pub const LOOKBACK: SignedDuration = SignedDuration::from_mins(60);

/// `CloudTrail` writes whole seconds and services' clocks differ: a change this little after the
/// symptom may have been before it.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(10);

/// How a resource has to do with the symptom, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It is what the signal is about, or the function behind it.
    Same,
    /// The signal's function reads it.
    Reads,
    /// The symptom's calls lead to it, and the engine takes it for the root cause; or the component that
    /// reads it.
    Suspect,
    /// The symptom's calls lead to it, or to what reads it.
    Called,
    /// It carries the same application's tag, and nothing more is known.
    Application,
}

impl Relation {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Reads => "reads",
            Self::Suspect => "suspect",
            Self::Called => "called",
            Self::Application => "application",
        }
    }
}

/// One write to a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Write {
    pub at: Timestamp,
    pub event: String,
    pub actor: String,
    pub by_nightshift: bool,
    /// The version that an alias was pointed to.
    pub function_version: Option<String>,
    pub evidence: EvidenceId,
}

#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub resource: &'a Arn,
    pub kind: Option<Kind>,
    pub relation: Relation,
    /// What shows the relation; nothing where the signal itself does.
    pub relation_evidence: BTreeSet<EvidenceId>,
    /// What the engine says of it.
    pub said: Said,
    /// Those that can matter for its kind, and Nightshift's own; oldest first.
    pub writes: Vec<Write>,
}

/// What its writes say about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<'c> {
    /// The last write came shortly before the symptom.
    Suspect(&'c Write),
    /// Nobody wrote to it.
    Unwritten,
    /// Whatever is wrong, its last write does not explain it.
    Excluded(String),
}

impl Candidate<'_> {
    /// Judges by the last write alone: what came before it is no longer there.
    pub fn standing(&self, symptom_began: Timestamp) -> Standing<'_> {
        let Some(last) = self.writes.last() else { return Standing::Unwritten };
        let before = symptom_began.duration_since(last.at);
        if last.by_nightshift && before <= LOOKBACK {
            return Standing::Excluded("it was last changed by Nightshift itself".to_owned());
        }
        if before < -CLOCK_SKEW {
            let again = self.writes.iter().any(|write| symptom_began.duration_since(write.at) >= -CLOCK_SKEW);
            let again = if again { " again" } else { "" };
            return Standing::Excluded(format!(
                "it was changed{again} after the symptom began: that is no cause, and may be somebody's remedy"
            ));
        }
        if before > LOOKBACK {
            return Standing::Excluded(format!(
                "it was last changed {} min before the symptom began, longer than {} min",
                before.as_mins(),
                LOOKBACK.as_mins()
            ));
        }
        Standing::Suspect(last)
    }

    /// Nightshift's own last write before `at`: what happened earlier is a closed chapter.
    pub fn last_own_write(&self, at: Timestamp) -> Option<Timestamp> {
        self.writes.iter().rfind(|write| write.by_nightshift && write.at <= at).map(|write| write.at)
    }
}

/// All candidates, by ARN. Only resources of the signal's own account and region can be one.
pub fn candidates<'a>(
    signal: &'a Signal,
    view: &View<'a>,
    around: &Around<'_>,
    playbooks: &Playbooks,
    own_roles: &OwnRoles,
) -> Vec<Candidate<'a>> {
    let resources: BTreeSet<&Arn> = signal
        .resources
        .iter()
        .chain(view.changes.iter().map(|change| &change.it.resource))
        .chain(view.states.keys().copied())
        .collect();
    resources
        .into_iter()
        .filter(|arn| is_near(arn, signal))
        .filter_map(|resource| {
            let (components, read) = components_of(resource, view);
            let said = match resource.kind() {
                ResourceKind::Alarm { .. } => around.said_of_alarm(),
                _ => around.said(&components),
            };
            let (relation, relation_evidence) = match closest(resource, signal, view) {
                Some(found) => found,
                None => match around.called(&components) {
                    Some(graphs) => {
                        let mut evidence: BTreeSet<_> = graphs.iter().cloned().chain(read).collect();
                        match &said {
                            Said::Suspected { rank: 1, evidence: engine, .. } => {
                                evidence.insert(engine.clone());
                                (Relation::Suspect, evidence)
                            }
                            _ => (Relation::Called, evidence),
                        }
                    }
                    None => (Relation::Application, membership(resource, view)?),
                },
            };
            let kind = Kind::of(resource);
            let writes = writes(resource, kind, signal, view, playbooks, own_roles);
            Some(Candidate { resource, kind, relation, relation_evidence, said, writes })
        })
        .collect()
}

/// Whether it is what the signal is about, or read by that.
fn closest(resource: &Arn, signal: &Signal, view: &View<'_>) -> Option<(Relation, BTreeSet<EvidenceId>)> {
    let function = function_of(resource);
    let is_alias = |arn: &Arn| Kind::of(arn) == Some(Kind::FunctionAlias);
    let of_function = |named: &&Arn| function.is_some() && function_of(named) == function;
    // A signal that names an alias of the function is about that alias and no other.
    let names_an_alias = signal.resources.iter().filter(of_function).any(is_alias);
    let same = signal.resources.contains(resource)
        || (signal.resources.iter().any(|named| of_function(&named))
            && !(is_alias(resource) && names_an_alias));
    if same {
        return Some((Relation::Same, BTreeSet::new()));
    }
    let by_the_signals = |reader: &Arn| {
        signal
            .resources
            .iter()
            .any(|named| named.function().is_some() && named.function() == reader.function())
    };
    let readers = view.readers.get(resource).into_iter().flatten();
    let evidence: BTreeSet<EvidenceId> =
        readers.filter(|(reader, _)| by_the_signals(reader)).map(|(_, id)| (*id).clone()).collect();
    (!evidence.is_empty()).then_some((Relation::Reads, evidence))
}

/// What shows that it is the application's. Aliases carry no tags: they belong where their function does.
fn membership(resource: &Arn, view: &View<'_>) -> Option<BTreeSet<EvidenceId>> {
    let function = function_of(resource);
    let evidence = view.members.get(resource).or_else(|| view.members.get(&function?))?;
    Some(BTreeSet::from([(*evidence).clone()]))
}

fn writes(
    resource: &Arn,
    kind: Option<Kind>,
    signal: &Signal,
    view: &View<'_>,
    playbooks: &Playbooks,
    own_roles: &OwnRoles,
) -> Vec<Write> {
    // Tagging a parameter or describing an instance anew breaks nothing: for the kinds that playbooks
    // know, only the calls that they name count.
    let matters = |event: &str| kind.is_none_or(|kind| playbooks.names_event(kind, event));
    let mut writes: Vec<_> = view
        .changes
        .iter()
        .filter(|change| change.it.resource == *resource)
        .filter(|change| {
            change.it.by_nightshift || (matters(&change.it.event_name) && !only_scales(change.it))
        })
        .map(|change| Write {
            at: change.it.at,
            event: change.it.event_name.clone(),
            actor: change.it.actor.clone(),
            by_nightshift: change.it.by_nightshift,
            function_version: change.it.request.get("functionVersion").cloned(),
            evidence: change.id.clone(),
        })
        .collect();
    writes.extend(write_in_history(resource, signal, view, own_roles, &writes));
    writes.sort();
    writes
}

/// Auto scaling writes a service's desired count all day, with the call that also deploys.
fn only_scales(change: &Change) -> bool {
    let deploys = ["taskDefinition", "forceNewDeployment"];
    change.request.contains_key("desiredCount")
        && !deploys.iter().any(|key| change.request.contains_key(*key))
}

/// A parameter's own history tells of its last write at once, where `CloudTrail` may take a quarter
/// of an hour to.
fn write_in_history(
    resource: &Arn,
    signal: &Signal,
    view: &View<'_>,
    own_roles: &OwnRoles,
    known: &[Write],
) -> Option<Write> {
    let seen = view.states.get(resource)?;
    let Observed::Parameter { state } = seen.it else { return None };
    let is_it = |write: &Write| {
        write.event == "PutParameter" && write.at.duration_since(state.modified_at).abs() <= CLOCK_SKEW
    };
    if known.iter().any(is_it) {
        return None;
    }
    Some(Write {
        at: state.modified_at,
        event: "PutParameter".to_owned(),
        actor: state.modified_by.clone(),
        by_nightshift: own_roles.include(&state.modified_by, &signal.account),
        function_version: None,
        evidence: seen.id.clone(),
    })
}
