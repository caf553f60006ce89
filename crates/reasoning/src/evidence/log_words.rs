//! Reads what a log line says is wrong: that the program has no use for a value, that the renewal of a credential was
//! refused, that AWS refused access. Words only ever direct what is told: whoever may write a line chooses them.

/// Words with which programs complain of a value, in lower case.
const COMPLAINTS: &[&str] = &[
    "invalid",
    "not valid",
    "is no ",
    "is not a",
    "not a number",
    "parse",
    "parsing",
    "malformed",
    "unexpected",
    "unsupported",
    "out of range",
    "rangeerror",
    "must be",
    "illegal",
    "missing",
    "undefined",
    "not set",
    "is empty",
    "keyerror",
    "valueerror",
    "typeerror",
    "numberformat",
    "cannot convert",
    "could not convert",
    "unmarshal",
    "deserializ",
];

/// Words of a credential, and those of its renewal.
const CREDENTIALS: &[&str] = &["token", "credential", "session", "lease", "assertion", "jwt", "login"];
const RENEWALS: &[&str] = &["refresh", "renew", "exchange", "reauth", "re-auth", "expire", "reissue"];

/// The errors with which an authorization server blames what it was asked, and not who asks: it is the program that makes
/// the request. <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>, <https://www.rfc-editor.org/rfc/rfc8707#section-2>
const BLAMES_REQUEST: &[&str] =
    &["invalid_scope", "invalid_request", "unsupported_grant_type", "unauthorized_client", "invalid_target"];

/// The errors that blame the credential that was shown: those of the same standard, of databases and of caches.
const BLAMES_CREDENTIAL: &[&str] = &[
    "invalid_client",
    "invalid_grant",
    "invalid_api_key",
    "invalid api key",
    "authentication failed",
    "authentication failure",
    "invalid credentials",
    "bad credentials",
    "access denied for user",
    "wrongpass",
    "signaturedoesnotmatch",
    "invalidaccesskeyid",
];

/// Words of a failure, whatever it is.
const FAILURES: &[&str] = &[
    "error",
    "exception",
    "fail",
    "fatal",
    "panic",
    "critical",
    "traceback",
    "timed out",
    "timeout",
    "refused",
    "denied",
    "rejected",
    "unavailable",
    "unable to",
    "cannot",
    "could not",
];

/// The fewest characters of a name that a line can be said to hold: shorter ones are in any line.
const SHORTEST_NAME: usize = 3;

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Returns true for a line that tells of a failure.
pub fn tells_of_failure(line: &str) -> bool {
    has_any(&line.to_lowercase(), FAILURES)
}

/// Returns true for a line that complains of the value of the parameter `name`: by its path or by the words of the last
/// part of it, however they are written (`rate-card`, `rate_card`, `rateCard`). One that names a host speaks of
/// somebody else.
pub fn complains_of_value(line: &str, name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.len() < SHORTEST_NAME || names_host(line) {
        return false;
    }
    let (line_words, name_words) = (words(line), words(last));
    let is_named =
        !name_words.is_empty() && line_words.windows(name_words.len()).any(|part| part == name_words);
    // "There is no …" complains of something else.
    is_named && has_any(&line.to_lowercase().replace("there is no ", ""), COMPLAINTS)
}

/// Returns true for the refusal of a renewal that blames what the program asked for.
pub fn refuses_renewal_as_asked(line: &str) -> bool {
    let lower = line.to_lowercase();
    has_any(&lower, CREDENTIALS)
        && has_any(&lower, RENEWALS)
        && has_any(&lower, BLAMES_REQUEST)
        && !names_host(line)
}

/// Returns true for a refusal that blames the credential that was shown.
pub fn refuses_credential(line: &str) -> bool {
    has_any(&line.to_lowercase(), BLAMES_CREDENTIAL) && !names_host(line)
}

/// Returns true if a word of the line is the name of a host: labels with dots between, the last one of letters, and more
/// than a file or a class would have before it.
fn names_host(line: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    line.contains("://")
        || line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).any(|word| {
            let word = word.trim_end_matches('.');
            let labels: Vec<&str> = word.split('.').collect();
            let ends = labels
                .last()
                .is_some_and(|last| last.len() >= 2 && last.bytes().all(|b| b.is_ascii_lowercase()));
            labels.len() >= 3 && ends && labels.iter().all(|label| is_label(label))
        })
}

/// The words of a text in lower case: runs of letters and digits, parted also where a capital follows a small letter.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in text.chars() {
        let starts = !previous.is_alphanumeric() || (previous.is_lowercase() && c.is_uppercase());
        if c.is_alphanumeric() {
            match found.last_mut().filter(|_| !starts) {
                Some(word) => word.extend(c.to_lowercase()),
                None => found.push(c.to_lowercase().collect()),
            }
        }
        previous = c;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complains_of_value_table() {
        for (line, name, expected) in [
            ("ERROR limit is no number: 'ten' request <*>", "/shop/checkout/limit", true),
            ("ERROR limit is no number", "limit", true),
            ("WARN there is no limit", "limit", false),
            ("ERROR RangeError: Invalid currency code : EURO", "/shop/pricing/currency", true),
            ("ERROR KeyError: 'cpm_floor' in rate card", "/platform/rate-card", true),
            ("ERROR invalid rateCard", "/platform/rate_card", true),
            ("ERROR invalid value of /shop/checkout/limit", "/shop/checkout/limit", true),
            // A part of a word, a word that says nothing of a value, a name that is too short.
            ("ERROR limits is no number", "/shop/checkout/limit", false),
            ("ERROR limit reached", "/shop/checkout/limit", false),
            ("ERROR parameter /forms/theme is corrupt", "/forms/theme", false),
            ("ERROR invalid id", "/a/id", false),
            ("ERROR invalid card", "/platform/rate-card", false),
            // It speaks of another party.
            ("ERROR invalid limit from api.bank.example", "/shop/checkout/limit", false),
            ("ERROR unexpected reply of https://x/limit", "/shop/checkout/limit", false),
        ] {
            assert_eq!(complains_of_value(line, name), expected, "{line} {name}");
        }
    }

    #[test]
    fn refusals_blame_the_request_or_the_credential() {
        for (line, request, credential) in [
            ("ERROR token refresh failed: 400 invalid_scope 'a'", true, false),
            ("could not renew session: invalid_request", true, false),
            ("ERROR token refresh failed: 401 invalid_client", false, true),
            ("refresh_token: invalid_grant", false, true),
            ("FATAL: password authentication failed for user app", false, true),
            ("ERROR invalid_scope", false, false),
            ("ERROR bank answered 401", false, false),
            ("token refreshed", false, false),
        ] {
            assert_eq!(refuses_renewal_as_asked(line), request, "{line}");
            assert_eq!(refuses_credential(line), credential, "{line}");
        }
    }

    #[test]
    fn names_host_is_no_class_and_no_version() {
        for (line, expected) in [
            ("captcha.vendor.example: 503", true),
            ("connect to db-1.internal.example failed", true),
            ("java.lang.NullPointerException", false),
            ("version 1.2.3", false),
            ("config.yaml is malformed", false),
        ] {
            assert_eq!(names_host(line), expected, "{line}");
        }
    }
}
