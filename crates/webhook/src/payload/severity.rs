//! Reads a vendor's word for how bad an alert is. Pure.

use common::Severity;

/// Most alerts say nothing of it; like an alarm's, such a one is worth a look, and nobody is woken for it.
pub(crate) const UNSTATED: Severity = Severity::Sev3;

/// Returns the severity that a word of a vendor's, or of a team's label, stands for; `None` for any other word.
pub fn severity_of(word: &str) -> Option<Severity> {
    match word.trim().to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
        "critical" | "crit" | "fatal" | "emergency" | "emerg" | "disaster" | "page" | "p0" | "p1"
        | "sev0" | "sev1" | "s1" => Some(Severity::Sev1),
        "error" | "err" | "high" | "major" | "urgent" | "p2" | "sev2" | "s2" | "availability" => {
            Some(Severity::Sev2)
        }
        "warning" | "warn" | "medium" | "moderate" | "average" | "minor" | "p3" | "sev3" | "s3"
        | "performance" | "resourcecontention" | "customalert" => Some(Severity::Sev3),
        "info" | "information" | "informational" | "low" | "notice" | "none" | "ok" | "debug" | "p4"
        | "p5" | "sev4" | "sev5" | "s4" => Some(Severity::Sev4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_of_words_in_use() {
        for (word, expected) in [
            ("critical", Some(Severity::Sev1)),
            ("P1", Some(Severity::Sev1)),
            ("SEV-2", Some(Severity::Sev2)),
            ("HIGH", Some(Severity::Sev2)),
            ("Warning", Some(Severity::Sev3)),
            ("RESOURCE_CONTENTION", Some(Severity::Sev3)),
            ("P5", Some(Severity::Sev4)),
            ("info", Some(Severity::Sev4)),
            ("chartreuse", None),
            ("", None),
        ] {
            assert_eq!(severity_of(word), expected, "{word}");
        }
    }
}
