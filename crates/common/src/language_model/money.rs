//! Money, in millionths of a US dollar.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

/// Never negative; sums stop at the greatest there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

/// `$0.0123`: four digits after the point, rounded up, so that what costs something never shows as nothing.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths_of_a_mill = self.0.div_ceil(100);
        write!(f, "${}.{:04}", tenths_of_a_mill / 10_000, tenths_of_a_mill % 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_table() {
        for (micro, expected) in [
            (0, "$0.0000"),
            (1, "$0.0001"),
            (250_000, "$0.2500"),
            (1_234_567, "$1.2346"),
            (u64::MAX, "$18446744073709.5517"),
        ] {
            assert_eq!(MicroUsd(micro).to_string(), expected);
        }
    }
}
