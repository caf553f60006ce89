//! Numbers in few digits.

/// Three digits that mean something.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "?".to_owned()
    } else if size >= 1e15 || (size < 0.001 && size > 0.0) {
        format!("{value:.2e}")
    } else if size >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

pub(super) fn or_none(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn number_table() {
        for (value, expected) in [
            (0.0, "0"),
            (3.0, "3"),
            (12_345.6, "12346"),
            (1.234, "1.23"),
            (0.056_78, "0.0568"),
            (0.000_000_12, "1.20e-7"),
            (1e300, "1.00e300"),
            (f64::NAN, "?"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    proptest! {
        #[test]
        fn number_any_value_is_short(value in any::<f64>()) {
            prop_assert!(number(value).len() <= 17);
        }
    }
}
