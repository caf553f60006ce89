//! Masks account ids, each by one that documentation uses.

use std::collections::BTreeMap;

/// The ids of AWS's own documentation; where there are more accounts, ids that look made up.
const DOCUMENTED: [&str; 4] = ["123456789012", "111122223333", "444455556666", "777788889999"];
const MADE_UP_AFTER: usize = 100_000_000_000;

/// Digits of an id.
const LENGTH: usize = 12;
/// Digits between the hyphens of an id as the console shows it, and with them its length.
const GROUP: usize = 4;
const LENGTH_IN_GROUPS: usize = 14;

#[derive(Debug, Default)]
pub(super) struct Accounts(BTreeMap<String, String>);

impl Accounts {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Every number of twelve digits is taken for an account id, also with the console's hyphens: an
    /// order number that is none loses nothing by being another one.
    pub(super) fn replaced(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let in_groups = digits == GROUP && !shown.ends_with('-');
            let length = if let Some(id) = in_groups.then(|| grouped(rest)).flatten() {
                shown.push_str(&with_hyphens(&self.masked_id(&id)));
                LENGTH_IN_GROUPS
            } else if let Some(id) = rest.get(..digits).filter(|_| digits == LENGTH) {
                shown.push_str(&self.masked_id(id));
                LENGTH
            } else {
                let plain = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
                let kept = digits.max(plain).max(first.len_utf8());
                shown.push_str(rest.get(..kept).unwrap_or_default());
                kept
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        shown
    }

    fn masked_id(&mut self, id: &str) -> String {
        let next = self.0.len();
        let made_up = || MADE_UP_AFTER.saturating_add(next).to_string();
        let given = || DOCUMENTED.get(next).map_or_else(made_up, |id| (*id).to_owned());
        self.0.entry(id.to_owned()).or_insert_with(given).clone()
    }
}

/// The id `1234-5678-9012` that `text` begins with, where nothing more belongs to it.
fn grouped(text: &str) -> Option<String> {
    let mut groups = text.splitn(3, '-');
    let (first, second, rest) = (groups.next()?, groups.next()?, groups.next()?);
    let third = rest.get(..GROUP)?;
    let goes_on = rest.get(GROUP..)?.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let is_group = |group: &str| group.len() == GROUP && group.bytes().all(|b| b.is_ascii_digit());
    let all = [first, second, third];
    (!goes_on && all.into_iter().all(is_group)).then(|| all.concat())
}

fn with_hyphens(id: &str) -> String {
    let group = |from: usize| id.get(from..from.saturating_add(GROUP)).unwrap_or_default();
    [group(0), group(GROUP), group(2 * GROUP)].join("-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replaced_ids_of_twelve_digits_and_nothing_else() {
        let mut accounts = Accounts::default();
        for (text, expected) in [
            ("402398571116", "123456789012"),
            ("in 402398571116, then 210055660034.", "in 123456789012, then 111122223333."),
            ("cdk-402398571116-eu", "cdk-123456789012-eu"),
            ("4023-9857-1116", "1234-5678-9012"),
            ("x4023-9857-1116y", "x1234-5678-9012y"),
            ("1-4023-9857-1116", "1-4023-9857-1116"),
            ("4023-9857-1116-1", "4023-9857-1116-1"),
            ("4023985711160", "4023985711160"),
            ("40239857111", "40239857111"),
            ("über 402398571116 €", "über 123456789012 €"),
            ("", ""),
        ] {
            assert_eq!(accounts.replaced(text), expected, "{text}");
        }
        assert_eq!(accounts.len(), 2);
    }

    proptest! {
        #[test]
        fn replaced_same_id_is_the_same_and_another_is_another(ids in prop::collection::vec("[2-9]{12}", 1..9)) {
            let mut accounts = Accounts::default();
            let first: Vec<_> = ids.iter().map(|id| accounts.replaced(id)).collect();
            let again: Vec<_> = ids.iter().map(|id| accounts.replaced(id)).collect();
            prop_assert_eq!(&first, &again);
            for (one, shown) in ids.iter().zip(&first) {
                for (other, theirs) in ids.iter().zip(&first) {
                    prop_assert_eq!(one == other, shown == theirs);
                }
            }
        }

        #[test]
        fn replaced_any_text_has_an_answer(text in any::<String>()) {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let shown = Accounts::default().replaced(&text);
            prop_assert_eq!(shown.bytes().filter(u8::is_ascii_digit).count(), digits);
        }
    }
}
