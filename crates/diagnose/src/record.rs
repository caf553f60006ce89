//! Records a diagnosis in the ledger, and answers with it.

use common::{
    AuditEntry, Clock, Conclusion, Diagnosis, PortError, audit,
    file_digest::file_digest,
    ports::{CaseFile, Ledger},
};
use investigator::Bundle;
use reasoning::{engine::engine_run, playbooks::playbook::Playbooks};

use crate::Output;

/// Names who makes the diagnosis: each part by the hash or version of what it goes by.
pub(crate) fn producer(playbooks: &Playbooks, bundle: Option<&Bundle>) -> String {
    let bundle = bundle.map(|bundle| format!(" {}", bundle.name())).unwrap_or_default();
    format!("{} {}{bundle}", playbooks.producer(), engine_run::ENGINE)
}

/// Writes the diagnosis into the ledger, once.
pub(crate) async fn announce(
    store: &(impl CaseFile + Ledger),
    clock: &impl Clock,
    diagnosis: &Diagnosis,
) -> Result<(), PortError> {
    let id = diagnosis.incident_id;
    let is_it = |entry: &AuditEntry| matches!(entry, AuditEntry::Diagnosed { attempt, .. } if *attempt == diagnosis.attempt);
    if audit::entries(id, &store.timeline(id).await?)?.iter().any(is_it) {
        return Ok(());
    }
    let entry = AuditEntry::Diagnosed {
        attempt: diagnosis.attempt,
        conclusion: diagnosis.conclusion.clone(),
        summary: summary(diagnosis),
        file_digest: Some(file_digest(diagnosis, &store.evidence(id).await?)),
    };
    store.append(id, clock.now(), &entry).await.map(drop)
}

fn summary(diagnosis: &Diagnosis) -> String {
    match &diagnosis.conclusion {
        Conclusion::Explained => diagnosis.first().map(|first| first.cause.clone()).unwrap_or_default(),
        Conclusion::AlreadyRecovered => "The symptom had recovered before it was read.".to_owned(),
        Conclusion::Abstained { reason } | Conclusion::NoFault { reason } => reason.clone(),
    }
}

pub(crate) fn output(diagnosis: &Diagnosis) -> Output {
    let summary = summary(diagnosis);
    match &diagnosis.conclusion {
        Conclusion::Explained => {
            Output::Explained { summary, confidence: diagnosis.first().map_or(0.0, |first| first.confidence) }
        }
        Conclusion::AlreadyRecovered => Output::AlreadyRecovered { summary },
        // A person hears of both: what is meant today may be a mistake.
        Conclusion::Abstained { .. } | Conclusion::NoFault { .. } => Output::Abstained { reason: summary },
    }
}
