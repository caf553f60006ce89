//! Addresses of people: mail, telephone, and where on the Internet they came from.

use std::net::{IpAddr, Ipv6Addr};

use super::{MASK, SecretMatch, after, goes_on, is_decimal, run};

/// Endings of hosts and of files that no mail goes to.
const NO_MAIL: &[&str] =
    &["internal", "local", "localhost", "lan", "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css"];

/// Characters of an address and its port, and more.
const LONGEST_ADDRESS: usize = 64;

fn of_local_part(c: char) -> bool {
    c.is_alphanumeric() || "._%+-".contains(c)
}

/// A mail address at the start of `rest`; its at sign may be percent-encoded.
pub(super) fn email(before: Option<char>, rest: &str) -> Option<SecretMatch> {
    if before.is_some_and(of_local_part) || rest.starts_with(['.', '%', '-']) {
        return None;
    }
    let local = run(rest, of_local_part);
    let (local, at) =
        if after(rest, local).starts_with('@') { (local, 1) } else { (rest.get(..local)?.find("%40")?, 3) };
    let name = rest.get(..local)?;
    if name.is_empty() || name == "git" {
        return None;
    }
    let domain = after(rest, local.saturating_add(at));
    let length = run(domain, |c| c.is_alphanumeric() || c == '-' || c == '.');
    let domain = mail_domain(domain.get(..length)?)?;
    Some(SecretMatch::here(local.saturating_add(at).saturating_add(domain), "email"))
}

/// Bytes of the longest beginning of `text` that is a domain which mail can go to.
fn mail_domain(text: &str) -> Option<usize> {
    let mut found = None;
    let mut end = 0usize;
    for (place, label) in text.split('.').enumerate() {
        let letters = label.get(..run(label, char::is_alphabetic)).unwrap_or_default();
        let is_last = after(label, letters.len()).chars().next().is_none_or(|c| c == '-');
        let ends = if label.starts_with("xn--") { label } else { letters };
        let gets_mail = !NO_MAIL.iter().any(|one| ends.eq_ignore_ascii_case(one));
        if label.is_empty() || label.starts_with('-') {
            break;
        }
        if place > 0 && ends.chars().count() >= 2 && (is_last || ends == label) {
            found = gets_mail.then_some(end.saturating_add(ends.len()));
        }
        end = end.saturating_add(label.len()).saturating_add(1);
    }
    found
}

/// A telephone number in international form: a plus sign, the country, and enough digits in groups as they
/// are written (ITU-T E.123).
pub(super) fn phone(before: Option<char>, rest: &str) -> Option<SecretMatch> {
    let number = rest.strip_prefix('+')?;
    if before.is_some_and(|c| c.is_alphanumeric() || "+-*/.)]".contains(c)) || number.starts_with('0') {
        return None;
    }
    let mut groups = vec![0usize];
    let mut separators = String::new();
    let mut found = None;
    for (at, c) in number.char_indices().take(24) {
        let next = after(number, at.saturating_add(c.len_utf8()));
        let digit_next = next.starts_with(|c: char| c.is_ascii_digit());
        if c.is_ascii_digit() {
            if let Some(group) = groups.last_mut() {
                *group = group.saturating_add(1);
            }
            let cut = goes_on(next) || next.starts_with('%') || is_decimal(next);
            if !digit_next && !cut && is_written(&groups, &separators) {
                found = Some(SecretMatch::here(at.saturating_add(2), "phone_number"));
            }
        } else if (matches!(c, ' ' | '-' | '.' | '/' | '(' | ')') && digit_next)
            || (c == ' ' && next.starts_with('('))
            || (c == ')' && next.starts_with([' ', '-']))
        {
            separators.push(c);
            if groups.last() != Some(&0) {
                groups.push(0);
            }
        } else {
            break;
        }
    }
    found
}

/// True where digits in these groups are a number that can be called.
fn is_written(groups: &[usize], separators: &str) -> bool {
    let digits: usize = groups.iter().sum();
    // `+49 (0)30 …`
    let shortest = if separators.contains('(') { 1 } else { 2 };
    match groups {
        [_] => (10..=15).contains(&digits),
        [country, area @ ..] => {
            *country <= 3
                && separators != "."
                && (9..=15).contains(&digits)
                && area.iter().all(|group| (shortest..=8).contains(group))
                && (area.len() > 1 || digits.saturating_sub(*country) >= 8)
        }
        [] => false,
    }
}

/// A public address of the Internet. Private ones stay: they tell hosts of ours apart, and no people.
pub(super) fn address(shown: &str, rest: &str) -> Option<SecretMatch> {
    let before = shown.chars().next_back();
    let inside = match before {
        Some(':') => !opens_address(shown),
        Some(before) => before.is_alphanumeric() || "_-.".contains(before),
        None => false,
    };
    if inside {
        return None;
    }
    let of = |is_part: fn(char) -> bool| {
        let length = rest.chars().take(LONGEST_ADDRESS).take_while(|c| is_part(*c)).count();
        rest.get(..length).map(|text| text.trim_end_matches(['.', ':']))
    };
    let long = of(|c| c.is_ascii_hexdigit() || c == ':' || c == '.')?;
    let short = of(|c| c.is_ascii_digit() || c == '.')?;
    let (length, is_public, bits) = if let Ok(address) = long.parse::<Ipv6Addr>() {
        (long.len(), is_public(IpAddr::V6(address)), 128)
    } else {
        (short.len(), is_public(IpAddr::V4(short.parse().ok()?)), 32)
    };
    let next = after(rest, length);
    let longer = goes_on(next) || joined(next, if bits == 128 { &['.', ':'] } else { &['.'] });
    (is_public && !longer && !is_network(next, bits) && !is_version(shown, next))
        .then(|| SecretMatch::here(length, "ip_address"))
}

/// True where one of `by` or more join something to what came before, be it masked.
fn joined(next: &str, by: &[char]) -> bool {
    let joined = next.trim_start_matches(by);
    joined.len() < next.len() && (joined.starts_with(MASK) || joined.starts_with(char::is_alphanumeric))
}

/// True where the colon just written may stand before an address: `client:8.8.8.8`, not the middle of a time
/// or of an address.
fn opens_address(shown: &str) -> bool {
    let Some(before) = shown.strip_suffix(':') else { return false };
    !before.ends_with(|c: char| c == ':' || c.is_ascii_digit())
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            !(first == 0
                || first >= 224
                || is_shared
                || address.is_private()
                || address.is_loopback()
                || address.is_link_local())
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public(IpAddr::V4(mapped)),
            None => address.segments().first().is_some_and(|first| first & 0xe000 == 0x2000),
        },
    }
}

/// True where a prefix length follows, so that the address is one of a route or a rule.
fn is_network(next: &str, bits: u8) -> bool {
    let Some(prefix) = next.strip_prefix('/') else { return false };
    if prefix.starts_with(MASK) {
        return true;
    }
    let digits = run(prefix, |c| c.is_ascii_digit());
    let length = prefix.get(..digits).and_then(|digits| digits.parse::<u8>().ok());
    length.is_some_and(|length| length < bits) && !goes_on(after(prefix, digits))
}

/// True where four numbers are a version: `Chrome/126.0.0.0`, `engine version 5.7.12.1`.
fn is_version(shown: &str, next: &str) -> bool {
    let is_part = |c: &char| c.is_ascii_alphanumeric();
    let word: String = shown
        .chars()
        .rev()
        .skip_while(|c| matches!(c, ' ' | '=' | ':' | '"' | '\''))
        .take_while(is_part)
        .take(12)
        .collect();
    let product =
        shown.strip_suffix('/').is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()));
    let named = ["version", "engine", "release", "ver"]
        .iter()
        .any(|name| word.chars().rev().collect::<String>().to_ascii_lowercase().ends_with(name));
    (product && !next.starts_with(':')) || named
}
