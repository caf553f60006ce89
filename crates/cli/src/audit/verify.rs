//! `nightshift audit verify` checks that the ledger is as it was written.

use aws::store::DynamoStore;
use jiff::Timestamp;

use super::{
    findings::{self, Findings},
    key,
    stored::StoredLedger,
};
use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{AuditVerifyArgs, Format},
    failure::Failure,
    output::plain,
};

pub(super) async fn run(stack: &str, args: &AuditVerifyArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let stack = Stack::find(&config, stack).await?;
    let key = match &args.key {
        Some(key) => key.clone(),
        None => key::of_stack(&config, &stack).await?,
    };
    let store = match &args.table {
        Some(table) => DynamoStore::from_config(&config, table),
        None => stack.store(&config)?,
    };
    let stored = StoredLedger::of_table(&store).await?;
    let findings =
        findings::find(stored, &key, args.checkpoint.as_ref(), args.record.as_ref(), Timestamp::now());
    let answer = Answer::formatted(format, &findings, || for_people(&findings, args.key.is_some()));
    Ok(Answer { success: findings.intact, ..answer })
}

fn for_people(findings: &Findings, key_was_given: bool) -> String {
    let Findings { incidents, records, .. } = findings;
    let read = format!("{} of {}", counted(*records, "record"), counted(*incidents, "incident"));
    let mut lines =
        if findings.intact { vec![format!("Intact: {read}")] } else { vec![format!("BROKEN ({read})")] };
    lines.extend(findings.problems.iter().map(|problem| format!("  {}", plain::line(problem))));
    match &findings.head {
        Some(head) => lines.push(format!("Checkpoint {}:{}", head.size, head.root)),
        None => lines.push("The log has no head yet".to_owned()),
    }
    if findings.not_yet_logged > 0 {
        lines.push(format!("Not in the log yet: {}", counted(findings.not_yet_logged, "record")));
    }
    if let Some(asked) = &findings.asked_for {
        lines.push(format!("The hash is that of record {} of incident {}", asked.sequence, asked.incident));
    }
    lines.push(match findings.proven_through {
        Some(size) => format!("Nothing was removed that the checkpoint of {size} leaves had seen"),
        None => "Freshness is not proven: a ledger that was cut to an earlier state looks like this too. Give a checkpoint \
                 that was kept elsewhere, for example from a message, with --checkpoint"
            .to_owned(),
    });
    if !key_was_given {
        lines.push("The key is the one that KMS named now: keep what `nightshift audit key` prints, and give it with --key".to_owned());
    }
    lines.iter().map(|line| plain::wrapped(line, 0).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
