//! `nightshift audit verify` checks that the ledger is as it was written.

use aws::store::DynamoStore;
use jiff::Timestamp;

use super::{
    findings::{self, Findings},
    kept, key,
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
    let kept =
        args.checkpoint.as_ref().map(|given| kept::heads(given, &key)).transpose()?.unwrap_or_default();
    let stored = StoredLedger::of_table(&store).await?;
    let findings = findings::find(stored, &key, &kept, args.record.as_ref(), Timestamp::now());
    let answer = Answer::formatted(format, &findings, || for_people(&findings, args));
    Ok(Answer { success: findings.intact, ..answer })
}

fn for_people(findings: &Findings, args: &AuditVerifyArgs) -> String {
    let Findings { incidents, records, .. } = findings;
    let read = format!("{} of {}", counted(*records, "record"), counted(*incidents, "incident"));
    let mut lines =
        if findings.intact { vec![format!("Intact: {read}")] } else { vec![format!("BROKEN ({read})")] };
    lines.extend(findings.problems.iter().map(|problem| format!("  {}", plain::line(problem))));
    match &findings.head {
        Some(head) => lines.push(format!("Checkpoint {}:{}", head.size, head.root)),
        None => lines.push("The log has no head yet".to_owned()),
    }
    if findings.expired > 0 {
        lines.push(format!(
            "Expired under retention: {}, which the log had taken in and which had to be kept no longer",
            counted(findings.expired, "record")
        ));
    }
    if findings.not_yet_logged > 0 {
        lines.push(format!("Not in the log yet: {}", counted(findings.not_yet_logged, "record")));
    }
    if let Some(asked) = &findings.asked_for {
        lines.push(format!("The hash is that of record {} of incident {}", asked.sequence, asked.incident));
    }
    if let Some(size) = findings.proven_through {
        lines.push(format!("Nothing was removed that the checkpoint of {size} leaves had seen"));
    } else if args.checkpoint.is_none() {
        lines.push(
            "Freshness is not proven: a ledger that was cut to an earlier state looks like this too. Give a checkpoint that \
             was kept elsewhere, for example from a message, with --checkpoint"
                .to_owned(),
        );
    }
    if args.key.is_none() {
        lines.push("The key is the one that KMS named now: keep what `nightshift audit key` prints, and give it with --key".to_owned());
    }
    lines.iter().map(|line| plain::wrapped(line, 0).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::{
        super::findings::{AskedFor, Head},
        *,
    };
    use crate::arguments::{KeptCheckpoint, KeptHead};

    const ROOT: &str = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";

    fn findings() -> Findings {
        Findings {
            intact: true,
            incidents: 1,
            records: 9,
            head: Some(Head { size: 8, root: ROOT.to_owned() }),
            expired: 0,
            not_yet_logged: 0,
            proven_through: None,
            asked_for: None,
            problems: Vec::new(),
        }
    }

    fn text(findings: &Findings, checkpoint: Option<KeptHead>) -> String {
        let checkpoint = checkpoint.map(KeptCheckpoint::Head);
        let args = AuditVerifyArgs { checkpoint, record: None, key: None, table: None };
        // As it is read: lines are broken anywhere.
        for_people(findings, &args).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn for_people_names_a_checkpoint_that_can_be_given_again_and_what_is_not_proven() {
        let text = text(&findings(), None);
        for part in ["Intact: 9 records of 1 incident", "Freshness is not proven", "audit key"] {
            assert!(text.contains(part), "{text}");
        }
        let named = text.split("Checkpoint ").nth(1).unwrap().split(' ').next().unwrap();
        assert_eq!(named.parse::<KeptHead>().unwrap().size, 8);
    }

    #[test]
    fn for_people_says_what_a_checkpoint_proved_or_that_it_did_not_hold_and_asks_for_none() {
        let kept = || Some(format!("8:{ROOT}").parse().unwrap());
        let proven = text(&Findings { proven_through: Some(8), ..findings() }, kept());
        assert!(proven.contains("the checkpoint of 8 leaves") && !proven.contains("Freshness"), "{proven}");
        let problems = vec!["the log was cut".to_owned()];
        let broken = text(&Findings { intact: false, problems, ..findings() }, kept());
        assert!(broken.starts_with("BROKEN (9 records of 1 incident) the log was cut"), "{broken}");
        assert!(!broken.contains("Freshness"), "{broken}");
    }

    #[test]
    fn for_people_says_what_waits_and_where_the_record_is() {
        let asked_for = Some(AskedFor { incident: sample::incident().id, sequence: 7 });
        let text = text(&Findings { not_yet_logged: 1, asked_for, head: None, ..findings() }, None);
        for part in ["no head yet", "Not in the log yet: 1 record", "record 7 of incident"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
