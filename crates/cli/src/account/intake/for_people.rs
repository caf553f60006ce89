//! The accounts as a table and sentences. Pure.

use common::{ports::EventOutcome, untrusted_text::one_line};

use super::{
    accounts::{Accounts, HourAccount},
    letters::Letters,
    tally::ReasonCount,
    verdict::{plural, short_hour, verdict},
};
use crate::output::{plain, table::table};

/// A longer reason is cut; the event's record has all of it.
const REASON_CHARS: usize = 160;
const UNKNOWN: &str = "—";

/// One column: its heading, and what an hour has of it.
type Column = (&'static str, fn(&HourAccount) -> String);

const COLUMNS: [Column; 12] = [
    ("HOUR (UTC)", |hour| short_hour(hour.hour)),
    ("REACHED", |hour| count(hour.reached)),
    ("OPENED", |hour| hour.tally.opened.to_string()),
    ("ATTACHED", |hour| hour.tally.attached.to_string()),
    ("RECOVERED", |hour| hour.tally.recovered.to_string()),
    (SUPPRESSED, |hour| hour.tally.suppressed.to_string()),
    ("IGNORED", |hour| hour.tally.ignored.to_string()),
    ("REJECTED", |hour| hour.tally.rejected.to_string()),
    ("REPEATED", |hour| hour.tally.repeated.to_string()),
    (LOOKS, |hour| hour.tally.looks.to_string()),
    ("FAILED", |hour| count(hour.failed)),
    ("MISSING", |hour| count(hour.missing)),
];
/// These are left out where there are none, for the width.
const SUPPRESSED: &str = "SUPPRESSED";
const LOOKS: &str = "LOOKS";

fn count(count: Option<u64>) -> String {
    count.map_or_else(|| UNKNOWN.to_owned(), |count| count.to_string())
}

pub(super) fn for_people(accounts: &Accounts, letters: &Letters, stack: &str, event_table: &str) -> String {
    let verdict = verdict(accounts, stack);
    let waiting = waiting(letters);
    if accounts.busy_hours().next().is_none() {
        let since = plain::date_time(accounts.from);
        return format!(
            "No event has reached the intake since {since}: {}.\n{waiting}\nTry it with a drill: nightshift drill FILE",
            verdict.sentence()
        );
    }
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(heading, _)| match *heading {
            SUPPRESSED => accounts.total().suppressed > 0,
            LOOKS => accounts.total().looks > 0,
            _ => true,
        })
        .collect();
    let headings: Vec<_> = columns.iter().map(|(heading, _)| *heading).collect();
    let rows = accounts.busy_hours().map(|hour| columns.iter().map(|(_, cell)| cell(hour)).collect());
    let whole: Vec<_> = (0..columns.len()).collect();
    let mut text = table(&headings, rows.collect(), &whole);
    text.push_str("\n\n");
    text.push_str(&plain::wrapped(&first_upper(&format!("{}.", verdict.sentence())), 0));
    let further = accounts.total().further_signals;
    if further > 0 {
        let signals = plural(further, "further signal", "further signals");
        let said = format!("Each event counts once; batches, and problems that came back, made {signals}.");
        text.push_str(&plain::wrapped(&said, 0));
    }
    text.push_str(&plain::wrapped(&waiting, 0));
    text.push_str(&reasons(&accounts.reasons, EventOutcome::Rejected, "Rejected"));
    text.push_str(&reasons(&accounts.reasons, EventOutcome::Ignored, "Ignored"));
    if let Some(example) = accounts.reasons.first() {
        text.push_str(&whole_record(example, event_table));
    }
    text
}

fn waiting(letters: &Letters) -> String {
    match letters {
        Letters::Unknown { reason } => format!("Dead letters cannot be counted: {reason}"),
        Letters::Counted { intake: 0, rules: 0 } => "No dead letters are waiting.".to_owned(),
        Letters::Counted { intake, rules } => format!(
            "Dead letters that are waiting: {intake} of the intake, {rules} that never reached it. `nightshift redrive` shows them."
        ),
    }
}

fn reasons(all: &[ReasonCount], outcome: EventOutcome, heading: &str) -> String {
    let of_outcome: Vec<_> = all.iter().filter(|reason| reason.outcome == outcome).collect();
    if of_outcome.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{heading}, most frequent reasons\n");
    for ReasonCount { reason, count, event_id, .. } in of_outcome {
        let said = format!("{} (for example {event_id})", one_line(reason, REASON_CHARS));
        text.push_str(&plain::hanging(&format!("{count:>6}  "), &said, 0, 8));
    }
    text
}

/// Returns the AWS CLI command that shows a whole event, as no command of ours does; nothing for an id that a shell would
/// read as more than a word, because it comes from outside.
fn whole_record(example: &ReasonCount, event_table: &str) -> String {
    let id = example.event_id.as_str();
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
        return String::new();
    }
    format!(
        "\nA whole record, for example:\n  aws dynamodb get-item --table-name {event_table} --key \
         '{{\"pk\":{{\"S\":\"EVENT#{id}\"}},\"sk\":{{\"S\":\"EVENT\"}}}}'\n"
    )
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{accounts::Metric, tally::Tally},
        *,
    };

    fn accounts(tally: Tally, missing: Option<u64>) -> Accounts {
        let hour = "2026-12-01T05:00:00Z".parse().unwrap();
        let hour = HourAccount { hour, reached: Some(9), tally, failed: Some(0), missing };
        let reason = ReasonCount {
            outcome: EventOutcome::Ignored,
            reason: "no\u{1b}[2J incident is open ".repeat(20),
            count: 2,
            event_id: "e-7".parse().unwrap(),
        };
        let reasons = vec![reason];
        Accounts {
            from: hour.hour,
            until: hour.hour,
            metric: Metric::Read,
            hours: vec![hour],
            before_accounting: 0,
            reasons,
        }
    }

    const NO_LETTERS: Letters = Letters::Counted { intake: 0, rules: 0 };

    #[test]
    fn for_people_is_a_table_with_what_it_comes_to() {
        let tally = Tally { opened: 5, ignored: 3, further_signals: 2, ..Tally::default() };
        let text =
            for_people(&accounts(tally, Some(1)), &Letters::Counted { intake: 1, rules: 2 }, "ops", "t");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..2],
            [
                "HOUR (UTC)   REACHED  OPENED  ATTACHED  RECOVERED  IGNORED  REJECTED  REPEATED  FAILED  MISSING",
                "12-01 05:00  9        5       0         0          3        0         0         0       1",
            ],
            "\n{text}"
        );
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "Reached the intake and left no record: 1 of 9 deliveries in the hour from 2026-12-01 05:00Z.",
            "2 further signals",
            "1 of the intake, 2 that never reached it. `nightshift redrive` shows them.",
            "Ignored, most frequent reasons 2 no[2J incident is open",
            "(for example e-7)",
            "\"EVENT#e-7\"",
        ] {
            assert!(flat.contains(said), "{said}\n{text}");
        }
        assert!(!text.contains('\u{1b}') && !text.contains("Rejected,"), "{text}");
        assert!(
            lines.iter().all(|line| line.chars().count() <= plain::WIDTH || line.contains("aws ")),
            "{text}"
        );
    }

    #[test]
    fn whole_record_of_an_id_with_a_quote_is_no_command() {
        let mut accounts = accounts(Tally::default(), None);
        assert!(whole_record(&accounts.reasons[0], "t").contains("--table-name t --key"));
        accounts.reasons[0].event_id = "e'$(reboot)'".parse().unwrap();
        assert_eq!(whole_record(&accounts.reasons[0], "t"), "");
    }

    #[test]
    fn for_people_without_a_comparison_has_dashes() {
        let mut accounts = accounts(Tally { suppressed: 1, ..Tally::default() }, None);
        accounts.metric = Metric::Unavailable { reason: "denied".to_owned() };
        accounts.hours[0].reached = None;
        accounts.hours[0].failed = None;
        let letters = Letters::Unknown { reason: "denied too".to_owned() };
        let text = for_people(&accounts, &letters, "ops", "t");
        assert_eq!(text.matches('—').count(), 3, "{text}");
        for said in
            ["SUPPRESSED", "What reached the intake is unknown", "Dead letters cannot be counted: denied too"]
        {
            assert!(text.contains(said), "{text}");
        }
    }

    #[test]
    fn for_people_of_nothing_says_so_and_what_to_try() {
        let mut accounts = accounts(Tally::default(), Some(0));
        accounts.hours[0].reached = Some(0);
        let text = for_people(&accounts, &NO_LETTERS, "ops", "t");
        assert!(text.starts_with("No event has reached the intake since 2026-12-01 05:00:00Z"), "{text}");
        assert!(text.contains("nightshift drill"), "{text}");
    }
}
