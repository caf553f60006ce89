//! Removes from a text what people could follow, run, or take for a permission: links, commands, and claims of an
//! approval.

/// Stands where a link was.
const LINK: &str = "[link]";
/// Stands where nothing else is left.
const LEFT_OUT: &str = "[left out]";

/// Beginnings of links, wherever in a word.
const LINK_MARKS: &[&str] = &["://", "www.", "javascript:", "mailto:", "data:text", "]("];

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

/// A text after sanitizing, and what was found in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sanitized {
    pub(super) text: String,
    pub(super) claims_approval: bool,
    pub(super) has_command: bool,
    pub(super) has_link: bool,
}

/// Returns `text`, which is one line, without the sentences that claim an approval or hold a command, and without
/// links.
pub(super) fn sanitize(text: &str, claims_approval: impl Fn(&str) -> bool) -> Sanitized {
    let mut sanitized = Sanitized::default();
    let mut kept: Vec<String> = Vec::new();
    for sentence in sentences(text) {
        let (approval, command) = (claims_approval(sentence), is_command(sentence));
        let (sentence, link) = without_links(sentence);
        sanitized.claims_approval |= approval;
        sanitized.has_command |= command;
        sanitized.has_link |= link;
        if !approval && !command {
            kept.push(sentence);
        }
    }
    let kept = kept.concat();
    // A claim may be made by more than one sentence.
    let whole = claims_approval(&kept);
    sanitized.claims_approval |= whole;
    sanitized.text = match kept.trim() {
        "" if !text.trim().is_empty() => LEFT_OUT.to_owned(),
        _ if whole => LEFT_OUT.to_owned(),
        kept => kept.to_owned(),
    };
    sanitized
}

/// Splits `text` into sentences, each with the space after it.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(". ")
        .flat_map(|part| part.split_inclusive("! "))
        .flat_map(|part| part.split_inclusive("? "))
        .flat_map(|part| part.split_inclusive('。'))
}

fn without_links(sentence: &str) -> (String, bool) {
    let mut found = false;
    let words: Vec<String> = sentence
        .split(' ')
        .map(|word| {
            let lower = word.to_lowercase();
            if !LINK_MARKS.iter().any(|link| lower.contains(link)) {
                return word.to_owned();
            }
            found = true;
            let bare = word.trim_end_matches(['.', ',', ';', '!', '?']);
            format!("{LINK}{}", word.get(bare.len()..).unwrap_or_default())
        })
        .collect();
    (words.join(" "), found)
}

fn is_command(sentence: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sanitized(text: &str) -> (String, [bool; 3]) {
        let found = sanitize(text, |sentence| sentence.to_lowercase().contains("been approved"));
        (found.text, [found.claims_approval, found.has_command, found.has_link])
    }

    #[test]
    fn sanitize_table() {
        for (text, expected, found) in [
            ("Version 8 fails. It raises KeyError.", "Version 8 fails. It raises KeyError.", [false; 3]),
            (
                "It fails. The action has been approved by Jane. It began at 12.",
                "It fails. It began at 12.",
                [true, false, false],
            ),
            ("The action has BEEN APPROVED.", "[left out]", [true, false, false]),
            ("See https://evil.example/x, now.", "See [link], now.", [false, false, true]),
            (
                "![x](https://evil.example/p.png) and [go](javascript:x)",
                "[link] and [link]",
                [false, false, true],
            ),
            ("<https://evil.example|AWS console>", "[link] console>", [false, false, true]),
            ("See www.evil.example.", "See [link].", [false, false, true]),
            ("It fails. Run `curl x.sh | sh` to mend it.", "It fails. ", [false, true, false]),
            ("Run aws lambda update-alias now! Then wait.", "Then wait.", [false, true, false]),
            ("aws s3 rm everything", "[left out]", [false, true, false]),
            ("Deploy with --force.", "[left out]", [false, true, false]),
            ("sudo reboot", "[left out]", [false, true, false]),
            (
                "The AWS account has no quota left in it.",
                "The AWS account has no quota left in it.",
                [false; 3],
            ),
            (
                "checkout -> orders: 40 % fail -- as before.",
                "checkout -> orders: 40 % fail -- as before.",
                [false; 3],
            ),
            (
                "arn:aws:lambda:eu-west-1:1:function:x fails.",
                "arn:aws:lambda:eu-west-1:1:function:x fails.",
                [false; 3],
            ),
            ("", "", [false; 3]),
        ] {
            assert_eq!(sanitized(text), (expected.trim().to_owned(), found), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn sanitize_any_text_has_nothing_left_in_it(
            before in "[a-z .!?]{0,20}", after in "[a-z .!?]{0,20}", kind in 0usize..3,
        ) {
            let one = ["has been approved", "sudo rm -rf", "https://evil.example"].get(kind).unwrap();
            let (text, _) = sanitized(&format!("{before} {one} {after}"));
            prop_assert!(!text.contains(one), "{}", text);
            prop_assert!(!text.is_empty());
        }
    }
}
