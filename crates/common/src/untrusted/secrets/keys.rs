//! Secrets that are known by their own form.

use super::{MASK, SecretMatch, after, goes_on, run};

pub(super) const ACCESS_KEY: &str = "aws_access_key_id";
/// Bytes between an access key and the secret key that belongs to it.
pub(super) const NEAR: usize = 96;
/// Bytes of a private key and its headers, at most: 16384 bits need 13 thousand.
const LONGEST_PRIVATE_KEY: usize = 16 * 1024;

const ACCESS_KEYS: &[&str] = &["AKIA", "ASIA", "ABIA"];

/// Describes a kind of key by the prefix that it begins with.
struct KeyPrefix {
    beginning: &'static str,
    kind: &'static str,
    /// Bytes of the whole, at least; shorter words that begin so are words.
    shortest: usize,
}

const fn form(beginning: &'static str, kind: &'static str, shortest: usize) -> KeyPrefix {
    KeyPrefix { beginning, kind, shortest }
}

const FORMS: &[KeyPrefix] = &[
    form("FQoGZXIvYXdz", "aws_session_token", 20),
    form("FwoGZXIvYXdz", "aws_session_token", 20),
    form("IQoJb3JpZ2lu", "aws_session_token", 20),
    form("AQoDYXdz", "aws_session_token", 20),
    form("AQoEXAMPLE", "aws_session_token", 20),
    form("ABSK", "bedrock_api_key", 60),
    form("bedrock-api-key-", "bedrock_api_key", 24),
    form("eyJ", "jwt", 12),
    form("ghp_", "github_token", 16),
    form("gho_", "github_token", 16),
    form("ghu_", "github_token", 16),
    form("ghs_", "github_token", 16),
    form("ghr_", "github_token", 16),
    form("github_pat_", "github_token", 20),
    form("glpat-", "gitlab_token", 16),
    form("gldt-", "gitlab_token", 20),
    form("glrt-", "gitlab_token", 20),
    form("glcbt-", "gitlab_token", 20),
    form("glptt-", "gitlab_token", 20),
    form("xoxb-", "slack_token", 12),
    form("xoxp-", "slack_token", 12),
    form("xoxa-", "slack_token", 12),
    form("xoxr-", "slack_token", 12),
    form("xoxs-", "slack_token", 12),
    form("xoxe", "slack_token", 20),
    form("xapp-", "slack_token", 20),
    form("sk_live_", "stripe_key", 16),
    form("sk_test_", "stripe_key", 16),
    form("rk_live_", "stripe_key", 16),
    form("rk_test_", "stripe_key", 16),
    form("pk_live_", "stripe_key", 16),
    form("pk_test_", "stripe_key", 16),
    form("whsec_", "stripe_key", 20),
    form("AIza", "google_api_key", 35),
    form("ya29.", "google_api_key", 24),
    form("GOCSPX-", "google_api_key", 24),
    form("pypi-AgE", "pypi_token", 24),
    form("sk-ant-", "anthropic_key", 20),
    form("sk-proj-", "openai_key", 20),
    form("sk-svcacct-", "openai_key", 24),
    form("sk-admin-", "openai_key", 24),
    form("hvs.", "api_key", 24),
    form("hf_", "api_key", 30),
    form("glsa_", "api_key", 24),
    form("glc_", "api_key", 24),
    form("dop_v1_", "api_key", 40),
    form("dckr_pat_", "api_key", 20),
    form("shpat_", "api_key", 30),
    form("NRAK-", "api_key", 24),
    form("ATATT3", "api_key", 40),
    form("AGE-SECRET-KEY-1", "api_key", 40),
];

/// A key of a form that is known, at the start of `rest`.
pub(super) fn key(rest: &str) -> Option<SecretMatch> {
    if let Some(form) = FORMS.iter().find(|form| rest.starts_with(form.beginning)) {
        let length = whole(rest);
        return (length >= form.shortest).then(|| SecretMatch::here(length, form.kind));
    }
    if let Some(beginning) = ACCESS_KEYS.iter().find(|beginning| rest.starts_with(**beginning)) {
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        return random_after(rest, beginning, ACCESS_KEY, is_part, 12..=124);
    }
    random_after(rest, "sk-", "openai_key", |c| c.is_ascii_alphanumeric(), 32..=64)
        .or_else(|| random_after(rest, "npm_", "npm_token", |c| c.is_ascii_alphanumeric(), 36..=36))
        .or_else(|| random_after(rest, "SK", "twilio_key", |c| matches!(c, '0'..='9' | 'a'..='f'), 32..=32))
        .or_else(|| sendgrid(rest))
        .or_else(|| slack_webhook(rest))
}

/// Bytes of the word at the start of `rest`, as keys are written, without the full stop of its sentence.
fn whole(rest: &str) -> usize {
    let end = run(rest, |c| c.is_ascii_alphanumeric() || "_-.+/~=%".contains(c));
    rest.get(..end).map_or(0, |word| word.trim_end_matches('.').len())
}

fn random_after(
    rest: &str,
    beginning: &str,
    kind: &'static str,
    is_part: impl Fn(char) -> bool,
    lengths: std::ops::RangeInclusive<usize>,
) -> Option<SecretMatch> {
    let random = rest.strip_prefix(beginning)?;
    let length = run(random, is_part);
    let fits = lengths.contains(&length) && !goes_on(after(random, length));
    fits.then(|| SecretMatch::here(beginning.len().saturating_add(length), kind))
}

/// `SG.` and two random parts.
fn sendgrid(rest: &str) -> Option<SecretMatch> {
    let parts = rest.strip_prefix("SG.")?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let id = run(parts, is_part);
    let secret = after(parts, id).strip_prefix('.')?;
    let length = run(secret, is_part);
    let fits = id >= 16 && length >= 32;
    fits.then(|| SecretMatch::here(rest.len().saturating_sub(after(secret, length).len()), "sendgrid_key"))
}

/// Who knows the address may write to the channel.
fn slack_webhook(rest: &str) -> Option<SecretMatch> {
    const HOST: &str = "hooks.slack.com/";
    let path = rest.strip_prefix(HOST)?;
    let length = run(path, |c| c.is_ascii_alphanumeric() || c == '/');
    (length >= 20).then_some(SecretMatch { kept: HOST.len(), hidden: length, kind: "slack_webhook" })
}

/// Forty characters of base 64, next to an access key: nothing else tells them from a name.
pub(super) fn secret_access_key(before: Option<char>, rest: &str, near: bool) -> Option<SecretMatch> {
    const LENGTH: usize = 40;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '/' || c == '+';
    if before.is_some_and(|c| c == '/' || c == '+') {
        return None;
    }
    let candidate = rest.get(..LENGTH).filter(|text| text.chars().all(is_part))?;
    let next = after(rest, LENGTH);
    let has = |test: fn(&char) -> bool| candidate.chars().any(|c| test(&c));
    let random = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit);
    if !random || goes_on(next) || next.starts_with(['/', '+']) {
        return None;
    }
    (near || access_key_follows(next)).then(|| SecretMatch::here(LENGTH, "aws_secret_key"))
}

fn access_key_follows(next: &str) -> bool {
    let mut starts_word = true;
    for (at, c) in next.char_indices().take_while(|(at, _)| *at <= NEAR) {
        let ahead = after(next, at);
        if ahead.starts_with(MASK) {
            return false;
        }
        if starts_word && ACCESS_KEYS.iter().any(|beginning| ahead.starts_with(beginning)) {
            return key(ahead).is_some();
        }
        starts_word = !c.is_alphanumeric();
    }
    false
}

/// A private key in PEM, whatever became of its line breaks, with or without its end.
pub(super) fn private_key(rest: &str) -> Option<SecretMatch> {
    const DASHES: &str = "-----";
    const END: &str = "-----END ";
    let title = rest.strip_prefix("-----BEGIN ")?;
    let length = run(title, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
    if !title.get(..length)?.contains("PRIVATE KEY") {
        return None;
    }
    let body = after(title, length).strip_prefix(DASHES)?;
    // Base 64, headers, and line breaks as they are, as spaces or as the letters `\n`.
    let is_part = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=\\:,-_".contains(c);
    let mut end = 0usize;
    for (at, c) in body.char_indices() {
        let ahead = after(body, at);
        if let Some(closing) = ahead.strip_prefix(END) {
            let closed = run(closing, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
            let dashes = run(after(closing, closed), |c| c == '-').min(DASHES.len());
            end = at.saturating_add(END.len()).saturating_add(closed).saturating_add(dashes);
            break;
        }
        if !is_part(c) || ahead.starts_with("-----BEGIN ") || at > LONGEST_PRIVATE_KEY {
            break;
        }
        end = at.saturating_add(c.len_utf8());
    }
    // Without an end, what is no base 64 is the rest of the sentence.
    Some(SecretMatch::here(rest.len().saturating_sub(after(body, end).len()), "private_key"))
}
