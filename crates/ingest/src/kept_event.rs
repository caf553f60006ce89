//! Stores an event whole, unless it is larger than the store takes.

use common::sha256_hex;

/// An event on EventBridge may have 1 MB, an item in DynamoDB 400 KB; the rest is left for the
/// record's other attributes.
pub(crate) const MAX_RAW_BYTES: usize = 300 * 1024;

/// An event as it is stored, with the reason why it is no signal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeptEvent {
    pub(crate) raw: String,
    pub(crate) reason: String,
}

impl KeptEvent {
    /// Cuts `raw` at [`MAX_RAW_BYTES`]. The reason then names the size and SHA-256 of the whole event, so that it
    /// can be matched with a copy from EventBridge's archive or from its sender.
    pub(crate) fn new(mut raw: String, reason: String) -> Self {
        if raw.len() <= MAX_RAW_BYTES {
            return Self { raw, reason };
        }
        let (size, hash) = (raw.len(), sha256_hex(&raw));
        raw.truncate(raw.floor_char_boundary(MAX_RAW_BYTES));
        let kept = raw.len();
        let reason =
            format!("{reason} (kept: the first {kept} of {size} bytes; SHA-256 of the whole event {hash})");
        Self { raw, reason }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kept_event_of_the_limit_is_kept_whole() {
        let raw = "x".repeat(MAX_RAW_BYTES);
        assert_eq!(KeptEvent::new(raw.clone(), "why".into()), KeptEvent { raw, reason: "why".into() });
    }

    #[test]
    fn kept_event_beyond_the_limit_is_cut_and_names_the_whole() {
        let raw = "ä".repeat(MAX_RAW_BYTES);
        let kept = KeptEvent::new(raw.clone(), "why".into());
        assert!(kept.raw.len() <= MAX_RAW_BYTES && raw.starts_with(&kept.raw));
        assert!(kept.reason.starts_with("why (") && kept.reason.contains(&sha256_hex(&raw)));
        assert!(kept.reason.contains(&raw.len().to_string()));
    }

    proptest! {
        #[test]
        fn kept_any_text_is_cut_between_characters(tail in "\\PC{0,8}", short in 0usize..16) {
            let raw = format!("{}{tail}{tail}{tail}", "x".repeat(MAX_RAW_BYTES - short));
            prop_assert!(raw.starts_with(&KeptEvent::new(raw.clone(), String::new()).raw));
        }
    }
}
