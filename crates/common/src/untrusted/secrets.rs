//! Takes what looks like a secret or like a person's own data out of text that a program wrote, before it
//! is kept, shown or sent to a model. It knows the usual spellings and no more: text from outside stays
//! text that may hold secrets.
//!
//! The values that a diagnosis needs stay: ARNs, account ids, request ids, digests, times, versions, private
//! addresses, the placeholders of log templates, names of resources.
//!
//! Mask before anything is cut off: half a secret looks like none. Invisible characters, which could split
//! a secret, are dropped on the way, so that [`one_line`](crate::untrusted_text::one_line) may come before
//! with a generous limit or after with the right one.
//!
//! One pass from left to right. What lies behind is looked up in what was already written, with its
//! masks, and what lies ahead never reaches across a mask: so the second masking of a text finds nothing
//! more than the first one did.

mod announced;
mod keys;
mod numbers;
mod personal;
mod urls;
mod values;

use std::collections::BTreeMap;

use crate::untrusted_text::is_hidden;

/// Stands where something was.
const MASK: &str = "[masked]";

/// Masked text, and how often each kind of secret was replaced in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masked {
    pub text: String,
    pub found: BTreeMap<&'static str, u32>,
}

/// Replaces what looks like a secret or like personal data. Masking its result again changes nothing.
///
/// ```
/// use common::secrets::masked;
///
/// assert_eq!(masked("login failed: password=hunter2secret"), "login failed: password=[masked]");
/// assert_eq!(masked("mail to ada@example.org bounced"), "mail to [masked] bounced");
///
/// // What a diagnosis needs stays.
/// let arn = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
/// assert_eq!(masked(arn), arn);
/// ```
pub fn masked(text: &str) -> String {
    mask(text).text
}

/// Does what [`masked`] does, and counts what was replaced by kind.
pub fn mask(text: &str) -> Masked {
    let visible: String = text.chars().filter(|&c| c.is_whitespace() || !is_hidden(c)).collect();
    let mut scan = Scan { rest: &visible, ..Scan::default() };
    while scan.step() {}
    Masked { text: scan.shown, found: scan.found }
}

/// A stretch of the text ahead that is to be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SecretMatch {
    /// Bytes before it that stay.
    kept: usize,
    /// Bytes of it.
    hidden: usize,
    kind: &'static str,
}

impl SecretMatch {
    const fn here(hidden: usize, kind: &'static str) -> Self {
        Self { kept: 0, hidden, kind }
    }
}

#[derive(Default)]
struct Scan<'a> {
    rest: &'a str,
    shown: String,
    found: BTreeMap<&'static str, u32>,
    /// Bytes that are still of the ARN that is being read.
    of_arn: usize,
    /// The place in `shown` of the last access key that was hidden.
    access_key_at: Option<usize>,
}

impl Scan<'_> {
    /// Reads on; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with(MASK) {
            self.keep(MASK.len());
        } else if let Some(hit) = self.hit(first) {
            self.hide(hit);
        } else if first.is_ascii_alphanumeric() {
            let end = run(self.rest, |c| c.is_ascii_alphanumeric());
            self.keep(end);
            if let Some(hit) = announced::value(&self.shown, self.rest, self.of_arn > 0) {
                self.hide(hit);
            }
        } else {
            self.keep(first.len_utf8());
        }
        true
    }

    fn hit(&mut self, first: char) -> Option<SecretMatch> {
        let before = self.shown.chars().next_back();
        let starts_word = !before.is_some_and(char::is_alphanumeric);
        if first == '-' {
            return keys::private_key(self.rest);
        }
        if first == ':' {
            return urls::password(&self.shown, self.rest);
        }
        if !starts_word {
            return None;
        }
        if self.of_arn == 0 {
            self.of_arn = arn(self.rest);
        }
        let secret = personal::email(before, self.rest)
            .or_else(|| keys::key(self.rest))
            .or_else(|| keys::secret_access_key(before, self.rest, self.near_access_key()));
        if secret.is_some() || self.of_arn > 0 {
            return secret;
        }
        personal::phone(before, self.rest)
            .or_else(|| numbers::card(before, self.rest))
            .or_else(|| numbers::iban(before, self.rest))
            .or_else(|| numbers::social_security(before, self.rest))
            .or_else(|| personal::address(&self.shown, self.rest))
    }

    fn near_access_key(&self) -> bool {
        self.access_key_at.is_some_and(|at| self.shown.len().saturating_sub(at) <= keys::NEAR)
    }

    fn keep(&mut self, bytes: usize) {
        // Every length comes from the text itself, on a character's boundary.
        let (kept, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.shown.push_str(kept);
        self.rest = rest;
        self.of_arn = self.of_arn.saturating_sub(kept.len());
    }

    fn hide(&mut self, SecretMatch { kept, hidden, kind }: SecretMatch) {
        self.keep(kept);
        self.rest = self.rest.get(hidden..).unwrap_or_default();
        self.of_arn = self.of_arn.saturating_sub(hidden);
        self.shown.push_str(MASK);
        if kind == keys::ACCESS_KEY {
            self.access_key_at = Some(self.shown.len());
        }
        let count = self.found.entry(kind).or_default();
        *count = count.saturating_add(1);
    }
}

/// Bytes at the start of `text` that `is_part` takes.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// Returns what follows the first `bytes` of `text`.
fn after(text: &str, bytes: usize) -> &str {
    text.get(bytes..).unwrap_or_default()
}

/// White space within a line.
const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}')
}

/// True where a run of digits or letters that ends here would go on: a part of something longer, or of what
/// a mask hides.
fn goes_on(rest: &str) -> bool {
    rest.starts_with(MASK) || rest.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// True where decimals follow, be they masked.
fn is_decimal(rest: &str) -> bool {
    let decimals = rest.strip_prefix('.');
    decimals.is_some_and(|rest| rest.starts_with(MASK) || rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Bytes of the ARN that starts here. Its colons announce nothing, and its numbers are no one's.
fn arn(rest: &str) -> usize {
    let Some(partition) = rest.strip_prefix("arn:aws") else { return 0 };
    let partition = after(partition, run(partition, |c| c.is_ascii_lowercase() || c == '-'));
    let Some(service) = partition.strip_prefix(':') else { return 0 };
    let length = run(service, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if length == 0 || !after(service, length).starts_with(':') {
        return 0;
    }
    run(rest, |c| !c.is_whitespace() && !"\"'`,;)}>=&".contains(c))
}

#[cfg(test)]
mod tests;
