//! Numbers that are somebody's, told from others by their check digits and lengths.

use super::{SecretMatch, after, goes_on, is_decimal};

/// Lengths of the IBANs of the countries that have them (ISO 13616's registry).
const IBAN_LENGTHS: &[(usize, &str)] = &[
    (15, "NO"),
    (16, "BE"),
    (18, "DK FI FK FO GL NL SD"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU MN XK"),
    (21, "CH CR HR LI LV"),
    (22, "BG BH DE GB GE IE ME RS VA"),
    (23, "AE GI IL IQ OM SO TL"),
    (24, "AD CZ ES MD PK RO SA SE SK TN VG YE"),
    (25, "LY PT ST"),
    (26, "IS TR"),
    (27, "BI DJ FR GR IT MC MR SM"),
    (28, "AL AZ BY CY DO GT HN HU LB NI PL SV"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU"),
    (31, "MT SC"),
    (33, "RU"),
];

/// True where a number that starts after `before` may be one of its own.
fn stands_alone(before: Option<char>) -> bool {
    !before.is_some_and(|c| c.is_alphanumeric() || "_-./+#@".contains(c))
}

/// True where what comes after a number makes it a part of a longer one.
fn is_cut(rest: &str) -> bool {
    goes_on(rest) || is_decimal(rest)
}

/// The number of a payment card: its issuer's digits, its length and its check digit (ISO/IEC 7812).
pub(super) fn card(before: Option<char>, rest: &str) -> Option<SecretMatch> {
    if !stands_alone(before) {
        return None;
    }
    let mut digits = String::new();
    let mut groups = vec![0usize];
    let mut found = None;
    for (at, c) in rest.char_indices().take(24) {
        let next = after(rest, at.saturating_add(c.len_utf8()));
        let digit_next = next.starts_with(|c: char| c.is_ascii_digit());
        if c.is_ascii_digit() {
            digits.push(c);
            if let Some(group) = groups.last_mut() {
                *group = group.saturating_add(1);
            }
            if !digit_next && !is_cut(next) && is_issued(&groups, &digits) && checks(&digits) {
                found = Some(SecretMatch::here(at.saturating_add(1), "payment_card"));
            }
        } else if matches!(c, ' ' | '-') && digit_next {
            groups.push(0);
        } else {
            break;
        }
    }
    found
}

/// True where an issuer gives numbers of this beginning and length, and prints them in these groups.
fn is_issued(groups: &[usize], digits: &str) -> bool {
    let printed = matches!(groups, [_] | [4, 4, 4, 4] | [4, 6, 4 | 5] | [6, 13] | [4, 4, 4, 4, 3]);
    let Some(beginning) = digits.get(..4).and_then(|first| first.parse::<u16>().ok()) else { return false };
    let issued = match digits.len() {
        14 => matches!(beginning, 3000..=3059 | 3600..=3699 | 3800..=3999),
        15 => matches!(beginning, 3400..=3499 | 3700..=3799),
        16 => matches!(
            beginning,
            2221..=2720 | 3528..=3589 | 4000..=4999 | 5100..=5599 | 6011 | 6200..=6299 | 6440..=6599
        ),
        17..=19 => matches!(beginning, 6200..=6299),
        _ => false,
    };
    printed && issued
}

/// Luhn's check digit.
fn checks(digits: &str) -> bool {
    let values = digits.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().map(|(place, digit)| {
        let doubled = digit.saturating_mul(2);
        if place.is_multiple_of(2) {
            digit
        } else if doubled > 9 {
            doubled.saturating_sub(9)
        } else {
            doubled
        }
    });
    values.sum::<u32>().is_multiple_of(10)
}

/// An account number with its country's length and its remainder (ISO 13616), in one piece or in groups of
/// four.
pub(super) fn iban(before: Option<char>, rest: &str) -> Option<SecretMatch> {
    let country = rest.get(..2)?;
    let digits = rest.get(2..4)?;
    let (length, _) =
        IBAN_LENGTHS.iter().find(|(_, countries)| countries.split(' ').any(|one| one == country))?;
    if !stands_alone(before) || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let mut plain = String::new();
    let mut end = 0usize;
    for (at, c) in rest.char_indices() {
        if plain.len() == *length {
            break;
        }
        if c.is_ascii_digit() || c.is_ascii_uppercase() {
            plain.push(c);
            end = at.saturating_add(1);
        } else if c != ' ' || !plain.len().is_multiple_of(4) || end != at {
            return None;
        }
    }
    if plain.len() != *length || is_cut(after(rest, end)) {
        return None;
    }
    let (head, tail) = plain.split_at_checked(4)?;
    let remainder =
        tail.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0u32, |rest, value| {
            let shift = if value > 9 { 100u32 } else { 10 };
            // Below 97 * 100 + 35.
            rest.saturating_mul(shift).saturating_add(value) % 97
        });
    (remainder == 1).then(|| SecretMatch::here(end, "iban"))
}

/// A social security number of the USA, as it is written; the numbers that are never given are none.
pub(super) fn social_security(before: Option<char>, rest: &str) -> Option<SecretMatch> {
    const LENGTH: usize = 11;
    let candidate = rest.get(..LENGTH)?;
    let mut parts = candidate.split('-');
    let (area, group, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let written = is_number(area, 3) && is_number(group, 2) && is_number(serial, 4) && parts.next().is_none();
    let given = !matches!(area, "000" | "666") && !area.starts_with('9') && group != "00" && serial != "0000";
    (written && given && stands_alone(before) && !is_cut(after(rest, LENGTH)))
        .then(|| SecretMatch::here(LENGTH, "social_security_number"))
}
