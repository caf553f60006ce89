//! Tests whether two counts are of one rate: the conditional test of Przyborowski and Wilenski ("Homogeneity of
//! results in testing samples from Poisson series", Biometrika 1940), which is exact for small counts.

use std::f64::consts::PI;

/// The size of each window, in any unit that both share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exposure {
    pub(super) baseline: f64,
    pub(super) incident: f64,
}

impl Exposure {
    pub(super) const fn swapped(self) -> Self {
        Self { baseline: self.incident, incident: self.baseline }
    }
}

/// The logarithm of the chance that at least `incident` of all lines fall into the incident if its rate is
/// at most `factor` times that of the baseline.
pub(super) fn more(baseline: u64, incident: u64, exposure: Exposure, factor: f64) -> f64 {
    let share = factor * exposure.incident / (exposure.baseline + factor * exposure.incident);
    if incident == 0 {
        return 0.0;
    }
    // P(X ≥ k) for X binomial of n and p is the regularised incomplete beta function I_p(k, n − k + 1).
    ln_incomplete_beta(share, float(incident), float(baseline) + 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 need no last digit")]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

/// The logarithm of the regularised incomplete beta function of `x` between 0 and 1 (DLMF 8.17.22, and
/// 8.17.4 where it converges faster).
fn ln_incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    let ln_front = |x: f64, a: f64, b: f64| {
        a * x.ln() + b * (-x).ln_1p() - a.ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)
    };
    if x < (a + 1.0) / (a + b + 2.0) {
        return (ln_front(x, a, b) - continued_fraction(x, a, b).ln()).min(0.0);
    }
    let rest = ln_front(1.0 - x, b, a) - continued_fraction(1.0 - x, b, a).ln();
    (-rest.exp().min(1.0)).ln_1p()
}

/// The continued fraction of DLMF 8.17.22, evaluated by Lentz' method.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    /// It takes about the square root of the greater parameter: enough for a hundred million lines.
    const STEPS: u32 = 20_000;
    const PRECISION: f64 = 1e-12;
    let apart = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let (mut value, mut numerator, mut denominator) = (1.0, 1.0, 0.0);
    for step in 1..STEPS {
        let half = f64::from(step / 2);
        let at = a + 2.0 * half;
        let term = if step % 2 == 0 {
            half * (b - half) * x / ((at - 1.0) * at)
        } else {
            -(a + half) * (a + b + half) * x / (at * (at + 1.0))
        };
        denominator = 1.0 / apart(1.0 + term * denominator);
        numerator = apart(1.0 + term / numerator);
        let change = denominator * numerator;
        value *= change;
        if (change - 1.0).abs() < PRECISION {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) after shifting x to where it is exact.
fn ln_gamma(x: f64) -> f64 {
    const FROM: f64 = 10.0;
    let (mut z, mut shift) = (x, 0.0);
    while z < FROM {
        shift += z.ln();
        z += 1.0;
    }
    let square = z * z;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * square)) / square) / z;
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * PI).ln() + series - shift
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(X ≥ k), summed.
    fn tail(k: u32, n: u32, p: f64) -> f64 {
        let term = |i: u32| {
            let choose: f64 = (0..i).map(|j| f64::from(n - j) / f64::from(i - j)).product();
            choose * p.powi(i.cast_signed()) * (1.0 - p).powi((n - i).cast_signed())
        };
        (k..=n).map(term).sum()
    }

    #[test]
    fn more_small_counts_equal_the_binomial_sum() {
        for (baseline, incident, factor) in
            [(0, 1, 1.0), (0, 7, 1.0), (3, 4, 1.0), (5, 40, 2.0), (40, 5, 1.0), (1, 1, 2.0), (100, 100, 2.0)]
        {
            let exposure = Exposure { baseline: 3600.0, incident: 900.0 };
            let p = factor * 900.0 / (3600.0 + factor * 900.0);
            let expected = tail(incident, baseline + incident, p);
            let found = more(baseline.into(), incident.into(), exposure, factor).exp();
            assert!((found - expected).abs() < 1e-9, "{baseline} {incident}: {found}, not {expected}");
        }
    }

    #[test]
    fn more_of_huge_counts_stays_finite() {
        let even = Exposure { baseline: 1.0, incident: 1.0 };
        assert!(more(1_000_000, 9_000_000, even, 2.0) < -100_000.0);
        assert!(more(9_000_000, 1_000_000, even, 2.0) > -1e-9);
        assert!((more(5_000_000, 5_000_000, even, 1.0).exp() - 0.5).abs() < 0.01);
    }
}
