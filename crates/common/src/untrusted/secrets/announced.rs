//! Secrets that a word before them announces: `password=…`, `"token": "…"`, `Authorization: Bearer …`.

use super::{
    MASK, SecretMatch, after, is_blank, keys, run,
    values::{bare, cookies, quoted, unquoted},
};

/// Text that ends like this, without punctuation and in lower case, announces a secret of that kind.
const ANNOUNCED_BY: &[(&str, &str)] = &[
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("passcode", "password"),
    ("pwd", "password"),
    ("secretaccesskey", "aws_secret_key"),
    ("awssecretkey", "aws_secret_key"),
    ("sessiontoken", "aws_session_token"),
    ("securitytoken", "aws_session_token"),
    ("authorization", "authorization"),
    ("bearer", "bearer_token"),
    ("basic", "basic_credentials"),
    ("token", "token"),
    ("apikey", "api_key"),
    ("accesskey", "api_key"),
    ("accountkey", "api_key"),
    ("subscriptionkey", "api_key"),
    ("sharedkey", "api_key"),
    ("secretkey", "secret"),
    ("signingkey", "secret"),
    ("encryptionkey", "secret"),
    ("masterkey", "secret"),
    ("secret", "secret"),
    ("privatekey", "private_key"),
    ("sshkey", "private_key"),
    ("secretstring", "secret"),
    ("secretbinary", "secret"),
    ("credential", "secret"),
    ("credentials", "secret"),
    ("cookie", "cookie"),
    ("signature", "signature"),
];
/// Too short to be an ending; words of their own.
const ANNOUNCED_BY_WORD: &[(&str, &str)] = &[("pass", "password"), ("sig", "signature"), ("jwt", "jwt")];
/// Bytes of a key that are looked at.
const LONGEST_KEY: usize = 48;
/// In the place of a scheme, before the credentials.
const SCHEMES: &[(&str, &str)] = &[
    ("bearer", "bearer_token"),
    ("basic", "basic_credentials"),
    ("token", "token"),
    ("apikey", "api_key"),
    ("digest", "authorization"),
    ("negotiate", "authorization"),
    ("geniekey", "api_key"),
    ("splunk", "token"),
    ("aws4-hmac-sha256", "authorization"),
];
/// No secrets, and worth knowing.
const SAID_INSTEAD: &[&str] = &[
    "",
    "null",
    "none",
    "nil",
    "undefined",
    "true",
    "false",
    "empty",
    "missing",
    "expired",
    "invalid",
    "required",
    "denied",
    "accessdenied",
    "failed",
    "timeout",
    "not",
    "is",
    "was",
    "redacted",
    "masked",
];

/// Longer values are secrets whatever they look like; ARNs are shorter.
const LONGEST_SAID: usize = 512;

/// The secret that the word just written, the end of `shown`, announces in `rest`.
pub(super) fn value(shown: &str, rest: &str, in_arn: bool) -> Option<SecretMatch> {
    if !rest.starts_with(|c: char| is_blank(c) || "\\\"'`]>=:%-".contains(c)) {
        return None;
    }
    let key = Key::at_end_of(shown)?;
    let (at, style) = separator(&key, rest, in_arn)?;
    let ahead = after(rest, at);
    let (start, length, quoted) = extent(ahead, style)?;
    let text = ahead.get(start..start.saturating_add(length))?;
    let (scheme, kind) = scheme(text, after(ahead, start), quoted).unwrap_or((0, key.kind));
    let (skipped, length) = if scheme == 0 {
        (0, length)
    } else if quoted {
        (scheme, length.saturating_sub(scheme))
    } else {
        (scheme, bytes(after(ahead, start.saturating_add(scheme)), style))
    };
    let start = start.saturating_add(skipped);
    let text = after(ahead, start).get(..length)?;
    if text.is_empty() || after(ahead, start).starts_with(MASK) || (scheme == 0 && is_said_instead(text)) {
        return None;
    }
    if (style == Style::Space && !looks_secret(text, kind)) || (style == Style::Flag && text.starts_with('-'))
    {
        return None;
    }
    let kind = keys::key(text).filter(|hit| hit.kept == 0).map_or(kind, |hit| hit.kind);
    Some(SecretMatch { kept: at.saturating_add(start), hidden: length, kind })
}

struct Key {
    kind: &'static str,
    /// `--password`, whose value follows after a space.
    is_flag: bool,
    /// `<password>`, whose value follows after the bracket.
    is_tag: bool,
}

impl Key {
    fn at_end_of(shown: &str) -> Option<Self> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let from_end = shown.bytes().rev().take(LONGEST_KEY).take_while(is_part);
        let length = from_end.count();
        let (before, key) = shown.split_at_checked(shown.len().saturating_sub(length))?;
        let plain: String =
            key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let ends = ANNOUNCED_BY.iter().find(|(ending, _)| plain.ends_with(ending));
        let (_, kind) = ends.or_else(|| {
            let last = key.rsplit(['_', '-', '.']).next().unwrap_or_default();
            ANNOUNCED_BY_WORD.iter().find(|(word, _)| last.eq_ignore_ascii_case(word))
        })?;
        Some(Self { kind, is_flag: key.starts_with("--"), is_tag: before.ends_with('<') })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `password=…`
    Sign,
    /// `Cookie: …; …`
    Cookie,
    /// `--password …`
    Flag,
    /// `password …`
    Space,
    /// `<password>…`
    Tag,
}

/// Bytes between the key and its value, and what stands there.
fn separator(key: &Key, rest: &str, in_arn: bool) -> Option<(usize, Style)> {
    if key.is_tag && rest.starts_with('>') {
        return Some((1, Style::Tag));
    }
    let closed = run(rest, |c| matches!(c, '\\' | '"' | '\'' | '`' | ']'));
    let spaces = run(after(rest, closed), is_blank);
    let before_sign = closed.saturating_add(spaces);
    let ahead = after(rest, before_sign);
    let sign = if ahead.starts_with("::") || ahead.starts_with("://") || (in_arn && ahead.starts_with(':')) {
        None
    } else {
        [":=", "=>", "==", "->", "=", ":", "%3D", "%3A"].into_iter().find(|sign| ahead.starts_with(sign))
    };
    if let Some(sign) = sign {
        let after_sign = before_sign.saturating_add(sign.len());
        let style = if key.kind == "cookie" { Style::Cookie } else { Style::Sign };
        return Some((after_sign.saturating_add(run(after(rest, after_sign), is_blank)), style));
    }
    // `{"name": "DB_PASSWORD", "value": "…"}`, as containers get their environment.
    if closed > 0 {
        let listed = ahead.strip_prefix(',')?;
        let listed = after(listed, run(listed, is_blank));
        let quotes = run(listed, |c| matches!(c, '\\' | '"' | '\''));
        let named = after(listed, quotes);
        let value = named.strip_prefix("value").or_else(|| named.strip_prefix("Value"));
        let value = if quotes > 0 { value } else { None };
        let value = match value {
            Some(value) => after(value, run(value, |c| matches!(c, '\\' | '"' | '\'' | ':') || is_blank(c))),
            // `["--password", "…"]`
            None if key.is_flag => listed,
            None => return None,
        };
        // The opening quote is the value's.
        let to_value = rest.len().saturating_sub(value.len());
        let opening = rest.get(..to_value).map_or(0, |between| {
            between.len().saturating_sub(between.trim_end_matches(['\\', '"', '\'']).len())
        });
        return Some((to_value.saturating_sub(opening), Style::Sign));
    }
    let style = if key.is_flag { Style::Flag } else { Style::Space };
    (spaces > 0).then_some((before_sign, style))
}

/// Finds where the value starts, how long it is, and whether quotes hold it.
fn extent(ahead: &str, style: Style) -> Option<(usize, usize, bool)> {
    if ahead.starts_with(MASK) {
        return None;
    }
    if style == Style::Tag {
        return Some((0, run(ahead, |c| c != '<' && c != '\n'), true));
    }
    let opened = if style == Style::Space { 0 } else { opening(ahead) };
    let inner = after(ahead, opened);
    if inner.starts_with(MASK) {
        return None;
    }
    let escapes = run(inner, |c| c == '\\');
    let quote = after(inner, escapes).chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if let Some(quote) = quote {
        let start = opened.saturating_add(escapes).saturating_add(1);
        return Some((start, quoted(after(ahead, start), escapes, quote), true));
    }
    if inner.starts_with('{') {
        return None;
    }
    Some((opened, bytes(inner, style), false))
}

/// Bytes of the brackets before a value, of which a mask's is none.
fn opening(text: &str) -> usize {
    let brackets = run(text, |c| matches!(c, '[' | '('));
    // The last of them may be the mask's own.
    let last = brackets.saturating_sub(1);
    if after(text, last).starts_with(MASK) { last } else { brackets }
}

fn bytes(text: &str, style: Style) -> usize {
    match style {
        Style::Cookie => cookies(text),
        Style::Space => bare(text),
        Style::Flag | Style::Sign | Style::Tag => unquoted(text),
    }
}

/// Bytes of the scheme and its space before the credentials, and what those are.
fn scheme(value: &str, ahead: &str, quoted: bool) -> Option<(usize, &'static str)> {
    let name = if quoted { run(value, |c| !is_blank(c)) } else { value.len() };
    let word = value.get(..name)?;
    let (_, kind) = SCHEMES.iter().find(|(scheme, _)| word.eq_ignore_ascii_case(scheme))?;
    let spaces = run(after(ahead, name), is_blank);
    (spaces > 0).then_some((name.saturating_add(spaces), *kind))
}

fn is_said_instead(value: &str) -> bool {
    if value.len() > LONGEST_SAID {
        return false;
    }
    let plain: String =
        value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    value.starts_with("arn:aws")
        || value.ends_with("Exception")
        || value.ends_with("Error")
        || (value.is_ascii() && SAID_INSTEAD.contains(&plain.as_str()))
        || value.replace("<*>", "").chars().all(|c| c.is_ascii_punctuation())
}

/// After a mere space most words are of a sentence: `password authentication failed`.
fn looks_secret(text: &str, kind: &str) -> bool {
    if text.contains(MASK) || text.contains("<*>") {
        return false;
    }
    let word = text.trim_end_matches(['.', ':', '!', '?']);
    let mut turns = 0usize;
    let mut last = None;
    for c in word.chars() {
        let class = match c {
            _ if c.is_ascii_digit() => 0u8,
            _ if c.is_lowercase() => 1,
            _ if c.is_uppercase() => 2,
            _ => 3,
        };
        // A word may begin with a capital.
        let counts = last.is_some_and(|last| last != class && !(last == 2u8 && class == 1));
        turns = turns.saturating_add(usize::from(counts));
        last = Some(class);
    }
    if matches!(kind, "bearer_token" | "basic_credentials" | "password") {
        return turns > 0 || word.len() >= 16 || word.chars().all(|c| c.is_ascii_digit());
    }
    word.len() >= 8 && turns >= 3 && !word.contains(['/', ':', '='])
}
