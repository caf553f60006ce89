//! Checks the commands of `## How to confirm`: the AWS CLI, reading, and without giving a secret away.
//!
//! This keeps honest people from mistakes. It is no sandbox: who runs a command reads it first.

use crate::{
    error::{Problem, quoted},
    sections::{COMMANDS, Line},
};

/// Operations that begin so only read, by AWS's own convention.
const READ_PREFIXES: [&str; 9] =
    ["batch-get-", "describe-", "filter-", "get-", "head-", "list-", "lookup-", "search-", "simulate-"];

/// Operations that only read though their names do not say so.
const READ_OPERATIONS: [(&str, &str); 5] =
    [("dynamodb", "query"), ("dynamodb", "scan"), ("logs", "start-query"), ("logs", "tail"), ("s3", "ls")];

/// Parts of the names of operations that return a secret or grant access.
const SECRETS: [&str; 5] = ["credentials", "password", "secret-value", "token", "api-key"];

/// Options that print a secret.
const SECRET_OPTIONS: [&str; 3] = ["--with-decryption", "--include-value", "--include-values"];

/// Checks every command among `lines`.
pub(crate) fn check(lines: &[Line<'_>], problems: &mut Vec<Problem>) {
    let mut found = false;
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        if !line.code {
            if mentions_command(line.text) {
                let what = "a command outside of a code block: move it into a ```sh block";
                problems.push(Problem::at_line(line.number, what));
            }
            continue;
        }
        let mut command = line.text.trim().to_owned();
        if command.is_empty() || command.starts_with('#') {
            continue;
        }
        while let Some(begun) = command.strip_suffix('\\') {
            let rest = lines.next().filter(|rest| rest.code).map_or("", |rest| rest.text.trim());
            command = format!("{begun} {rest}");
            if rest.is_empty() {
                break;
            }
        }
        found = true;
        if let Err(what) = reads_only(&command) {
            problems.push(Problem::at_line(line.number, what));
        }
    }
    if !found {
        let what = "no command: expected at least one in a ```sh block";
        problems.push(Problem::new(format!("## {COMMANDS}"), what));
    }
}

fn mentions_command(text: &str) -> bool {
    text.contains("`aws ") || text.trim_start_matches([' ', '$', '-', '*', '>', '\t']).starts_with("aws ")
}

fn reads_only(command: &str) -> Result<(), String> {
    let words = split(command)?;
    let mut words = words.iter().map(String::as_str);
    if words.next() != Some("aws") {
        return Err(format!(
            "{} is not an AWS CLI command: expected `aws SERVICE OPERATION …`",
            quoted(command)
        ));
    }
    let (service, operation) = match (words.next(), words.next()) {
        (Some(service), Some(operation)) if is_name(service) && is_name(operation) => (service, operation),
        _ => {
            return Err(format!(
                "{} does not begin with a service and an operation: expected `aws SERVICE OPERATION …`",
                quoted(command)
            ));
        }
    };
    let reads = READ_PREFIXES.iter().any(|prefix| operation.starts_with(prefix))
        || READ_OPERATIONS.contains(&(service, operation));
    if !reads {
        return Err(format!(
            "`aws {service} {operation}` can change something: expected a read-only operation: {}…",
            READ_PREFIXES.join("…, ")
        ));
    }
    if SECRETS.iter().any(|word| operation.contains(word)) {
        return Err(format!(
            "`aws {service} {operation}` prints a secret: expected an operation that only describes it"
        ));
    }
    match words.find(|word| SECRET_OPTIONS.contains(word)) {
        Some(option) => Err(format!("{option} prints a secret: remove it")),
        None => Ok(()),
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The words of a command as a shell takes them, where it is one plain command: anything that could
/// start another one, write a file or be replaced by the shell is refused.
fn split(command: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '$' | '`' | '\\') | (None, ';' | '&' | '|' | '<' | '>' | '(' | ')') => {
                return Err(format!(
                    "{c} lets the shell run more than this command: put it in single quotes or remove it"
                ));
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(format!("a quotation is not closed: expected another {open}"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_takes_what_only_reads() {
        for command in [
            "aws sqs get-queue-attributes --queue-url QUEUE_URL",
            "aws dynamodb query --table-name TABLE --key-condition-expression 'pk = :p'",
            "aws logs start-query --query-string 'fields @message | sort @timestamp'",
            "aws ec2 describe-volumes --query 'Volumes[?Size>`10`].[VolumeId]'",
            "aws secretsmanager describe-secret --secret-id SECRET",
        ] {
            assert_eq!(reads_only(command), Ok(()), "{command}");
        }
    }

    #[test]
    fn reads_only_refuses_the_rest() {
        for (command, expected) in [
            ("curl localhost", "is not an AWS CLI command"),
            ("aws --profile other sqs list-queues", "does not begin with a service and an operation"),
            ("aws sqs", "does not begin with a service and an operation"),
            ("aws sqs purge-queue --queue-url QUEUE_URL", "can change something"),
            ("aws sqs receive-message --queue-url QUEUE_URL", "can change something"),
            ("aws s3 rm s3://BUCKET", "can change something"),
            ("aws secretsmanager get-secret-value --secret-id SECRET", "prints a secret"),
            ("aws ecr get-login-password", "prints a secret"),
            ("aws sts get-session-token", "prints a secret"),
            ("aws ssm get-parameter --name NAME --with-decryption", "--with-decryption prints a secret"),
            ("aws sqs list-queues; aws sqs purge-queue", "; lets the shell"),
            ("aws sqs list-queues > file", "> lets the shell"),
            ("aws sqs list-queues | sh", "| lets the shell"),
            ("aws sqs list-queues --queue-name-prefix \"$(rm file)\"", "$ lets the shell"),
            ("aws sqs list-queues --queue-name-prefix `rm`", "` lets the shell"),
            ("aws sqs list-queues --query 'QueueUrls", "a quotation is not closed"),
        ] {
            let said = reads_only(command).unwrap_err();
            assert!(said.contains(expected), "{command}: {said}");
        }
    }
}
