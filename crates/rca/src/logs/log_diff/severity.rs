//! Recognises templates that report an error.

/// Parts of words that mark trouble in whatever form they come: `NullPointerException`, `errors`, `FAILED`.
const PARTS: [&str; 24] = [
    "error",
    "fail",
    "exception",
    "fatal",
    "panic",
    "crash",
    "abort",
    "corrupt",
    "critical",
    "severe",
    "refuse",
    "denied",
    "reject",
    "unreachable",
    "unavailable",
    "timeout",
    "unable",
    "exhaust",
    "throttl",
    "deadlock",
    "segfault",
    "traceback",
    "overflow",
    "unauthorized",
];
/// Words and phrases that do as a whole.
const PHRASES: [&str; 14] = [
    "alert",
    "broken pipe",
    "can't",
    "cannot",
    "could not",
    "couldn't",
    "emergency",
    "exceeded",
    "killed",
    "lost",
    "no space left",
    "oom",
    "out of memory",
    "timed out",
];
/// Phrases that only sound like trouble.
const HARMLESS: [&str; 4] = ["no error", "no errors", "without error", "without errors"];

pub(super) fn reads_like_an_error(template: &str) -> bool {
    let mut text = String::from(" ");
    for word in template.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()) {
        text.push_str(&word.to_lowercase());
        text.push(' ');
    }
    for harmless in HARMLESS {
        text = text.replace(&format!(" {harmless} "), " ");
    }
    PARTS.iter().any(|part| text.contains(part))
        || PHRASES.iter().any(|phrase| text.contains(&format!(" {phrase} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_an_error_table() {
        for (template, expected) in [
            ("java.lang.NullPointerException at <*>", true),
            ("Connection to <*> timed out", true),
            ("level=ERROR msg=\"no route\"", true),
            ("worker <*> was OOM-killed", true),
            ("joined room <*>", false),
            ("backup finished, no errors", false),
            ("backup finished with errors", true),
            ("GET <*> took <*>", false),
            ("", false),
        ] {
            assert_eq!(reads_like_an_error(template), expected, "{template}");
        }
    }
}
