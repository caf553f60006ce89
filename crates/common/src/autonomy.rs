//! Defines the confidence at which an explanation may be acted on unattended. Everything that asks, raises,
//! lowers or caps a confidence refers to this; the policies in `infra/policies` hold the same number in whole
//! percent, and a test of the guard holds the two together.

/// The least confidence, in whole percent, with which an action may run without asking a person.
pub const UNATTENDED_CONFIDENCE_PERCENT: u8 = 70;

/// The same, from 0 to 1.
pub const UNATTENDED_CONFIDENCE: f64 = UNATTENDED_CONFIDENCE_PERCENT as f64 / 100.0;

/// The most that a hypothesis is worth which a person must decide on: just below [`UNATTENDED_CONFIDENCE`].
pub const JUST_BELOW_UNATTENDED: f64 = UNATTENDED_CONFIDENCE - 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn just_below_is_another_whole_percent() {
        assert_eq!(format!("{UNATTENDED_CONFIDENCE:.2} {JUST_BELOW_UNATTENDED:.2}"), "0.70 0.69");
    }
}
