//! Finds commands: what people could run.

/// Words that are only written to be run.
const PROGRAMS: &[&str] =
    &["curl", "wget", "sudo", "kubectl", "rm", "chmod", "chown", "ssh", "scp", "powershell", "iex", "eval"];

/// Words that are written to be run where they stand together.
const COMMANDS: &[&str] = &[
    "| sh",
    "| bash",
    "bash -c",
    "sh -c",
    "python -c",
    "python3 -c",
    "terraform apply",
    "terraform destroy",
    "git push",
    "git reset",
    "pip install",
    "npm install",
    "docker run",
    "docker exec",
    "systemctl ",
];

/// Verbs of the AWS command line that have no hyphen.
const SHORT_VERBS: &[&str] = &["rm", "rb", "cp", "mv", "mb", "ls", "sync", "delete", "invoke", "deploy"];

/// Returns true if `sentence` holds a command, or a part of one.
pub(super) fn is_command(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let together = COMMANDS.iter().any(|words| lower.contains(words));
    let words: Vec<&str> = lower.split_whitespace().map(bare).collect();
    let program = words.iter().any(|word| PROGRAMS.contains(word));
    let flag = lower.split_whitespace().any(|word| {
        let flag = word.trim_start_matches(['`', '\'', '"', '(']).strip_prefix("--");
        flag.is_some_and(|name| name.starts_with(|letter: char| letter.is_ascii_alphabetic()))
    });
    let substituted = lower.contains("$(") || lower.contains(" && ");
    let aws = words.windows(3).any(|words| match words {
        ["aws", _, verb] => SHORT_VERBS.contains(verb) || is_verb(verb),
        _ => false,
    });
    together || program || flag || substituted || aws
}

/// True for a verb of the AWS command line, as in `update-alias`.
fn is_verb(word: &str) -> bool {
    const VERBS: &[&str] = &[
        "add",
        "associate",
        "attach",
        "authorize",
        "cancel",
        "create",
        "delete",
        "deregister",
        "detach",
        "disable",
        "disassociate",
        "enable",
        "execute",
        "get",
        "invoke",
        "list",
        "modify",
        "publish",
        "put",
        "reboot",
        "register",
        "remove",
        "reset",
        "restore",
        "revoke",
        "run",
        "send",
        "set",
        "start",
        "stop",
        "tag",
        "terminate",
        "untag",
        "update",
    ];
    word.split_once('-').is_some_and(|(verb, _)| VERBS.contains(&verb))
}

fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '-')
}
