//! Finds what speaks for a change whose effect waits for an event: a value is read when a new instance starts, a
//! credential is used when a connection is made or a token renewed. Good service in between is then no alibi.
//!
//! The law: the log of what uses the changed resource, in which the metrics show the failure, holds new lines; every one
//! of them that tells of a failure complains of what was changed; and none of them is of anything else. Who may write
//! log lines may write these too. So what is found here is told, or asked about, and never acts unattended.

use std::collections::BTreeSet;

use common::{
    Arn, EvidenceId, FailureMode, Observed, ResourceKind,
    findings::{EngineSuspect, EngineVerdict, LogTemplate},
};

use crate::{
    candidates::failure_words::{FailureSign, shown_by},
    engine::symptom_context::components_of,
    evidence::evidence_index::EvidenceIndex,
    evidence::log_words::{
        complains_of_value, refuses_credential, refuses_renewal_as_asked, tells_of_failure,
    },
};

/// The lines that speak for a change whose effect came late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateEffect {
    /// Tells people, in a sentence, which event the effect waited for.
    pub sentence: &'static str,
    pub evidence: BTreeSet<EvidenceId>,
}

/// The event that the effect of a change waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// The value of this name is read anew.
    ValueRead,
    /// The credential is shown anew.
    CredentialShown,
    /// A token that was there before the change runs out.
    TokenRenewed,
}

impl Awaited {
    fn of(resource: &Arn, index: &EvidenceIndex<'_>) -> Option<Self> {
        match resource.kind() {
            ResourceKind::Parameter { .. } => {
                let seen = index.states.get(resource).map(|seen| seen.fact);
                let is_secret = matches!(
                    seen,
                    Some(Observed::Parameter { state }) if state.parameter_type == "SecureString"
                );
                Some(if is_secret { Self::CredentialShown } else { Self::ValueRead })
            }
            ResourceKind::FunctionAlias { .. } => Some(Self::TokenRenewed),
            _ => (resource.service() == "secretsmanager").then_some(Self::CredentialShown),
        }
    }

    /// Returns true if the line complains of what was changed.
    fn is_told_by(self, line: &str, resource: &Arn) -> bool {
        match self {
            // A value that is of no use is refused by the program itself, and nobody else is at fault.
            Self::ValueRead => {
                complains_of_value(line, &resource.name())
                    && shown_by(line).iter().all(|sign| *sign == FailureSign::Missing)
            }
            Self::CredentialShown => refuses_credential(line),
            Self::TokenRenewed => refuses_renewal_as_asked(line),
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::ValueRead => {
                "It served as usual after the change; new log lines complain of this value, as they would where it is read only when new instances start."
            }
            Self::CredentialShown => {
                "It served as usual after the change; new log lines say that the credential is refused, as they would where it is shown only in new connections."
            }
            Self::TokenRenewed => {
                "It served as usual after the change; new log lines say that a renewal is refused for what it asks, as they would where the first token since the change runs out."
            }
        }
    }
}

/// Returns what speaks for a late effect of a change of `resource`; `None` where nothing does, and its alibi stands.
pub fn late_effect(resource: &Arn, index: &EvidenceIndex<'_>) -> Option<LateEffect> {
    let awaited = Awaited::of(resource, index)?;
    let engine = index.engine.filter(|engine| engine.fact.verdict == EngineVerdict::RootCause)?;
    let suspect = engine.fact.suspects.first().filter(|suspect| fails_by_its_metrics(suspect))?;
    let failing = suspect.resource.as_ref()?;
    if !components_of(resource, index).0.contains(failing) {
        return None;
    }
    let of_it = index.logs.iter().filter(|log| log.function == failing);
    let new = of_it.flat_map(|log| log.templates.iter().map(move |template| (template, log.id)));
    let new: Vec<(&LogTemplate, &EvidenceId)> =
        new.filter(|(template, _)| template.baseline == 0 && is_failure(&template.template)).collect();
    let tells =
        |(template, _): &(&LogTemplate, &EvidenceId)| awaited.is_told_by(&template.template, resource);
    if new.is_empty() || !new.iter().all(tells) {
        return None;
    }
    let logs = new.into_iter().map(|(_, id)| id.clone());
    Some(LateEffect {
        sentence: awaited.sentence(),
        evidence: logs.chain(std::iter::once(engine.id.clone())).collect(),
    })
}

fn is_failure(line: &str) -> bool {
    tells_of_failure(line) || !shown_by(line).is_empty()
}

/// Returns true if a metric shows that its requests fail, and not that they are slow or too many: the second kind of
/// evidence, which no log line makes.
fn fails_by_its_metrics(suspect: &EngineSuspect) -> bool {
    suspect.strongest_metric.is_some()
        && suspect.measured_mode.unwrap_or(suspect.failure_mode) == FailureMode::Failing
}
