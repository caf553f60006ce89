//! Commands about the ledger: verify it, prove what it says of an incident, export it.

mod check;
mod export;
mod findings;
mod kept;
mod key;
mod prove;
mod repair;
mod stored;
mod verify;

use crate::{
    Answer,
    arguments::{AuditCommand, Format},
    failure::Failure,
};

/// Returns the problems that `audit verify` finds in the table of a store, some time after the last record.
#[cfg(test)]
pub(crate) async fn problems(
    store: &aws::store::DynamoStore,
    key: &transparency::VerifierKey,
    kept: &[crate::arguments::KeptHead],
) -> Result<Vec<String>, Failure> {
    let stored = stored::StoredLedger::of_table(store).await?;
    let now = fakes::sample::at() + jiff::SignedDuration::from_hours(2);
    Ok(findings::find(stored, key, kept, None, now).problems)
}

pub(crate) async fn run(stack: &str, command: &AuditCommand, format: Format) -> Result<Answer, Failure> {
    match command {
        AuditCommand::Verify(args) => verify::run(stack, args, format).await,
        AuditCommand::Prove { incident } => prove::run(stack, incident).await,
        AuditCommand::Check { file, key } => check::run(file, key, format),
        AuditCommand::Export { incident } => export::run(stack, incident.as_ref(), format).await,
        AuditCommand::Key => key::run(stack).await,
        AuditCommand::Repair => repair::run(stack, format).await,
    }
}
