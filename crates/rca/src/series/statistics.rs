//! Order statistics: what outliers cannot move.

/// Takes the median of the finite `values`, interpolated where their number is even; `None` where there is none.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    Some(Sorted::new(values).median()).filter(|median| median.is_finite())
}

/// Finite values in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted(Vec<f64>);

/// The factors by which the median absolute deviation and the interquartile range of a normal distribution are
/// multiplied with to give its standard deviation (Rousseeuw and Croux, 1993).
pub const MAD_TO_DEVIATION: f64 = 1.4826;
const IQR_TO_DEVIATION: f64 = 0.7413;
/// Half of a normal distribution lies within 0.6745 standard deviations of its middle.
const HALF_TO_DEVIATION: f64 = 1.4826;

impl Sorted {
    pub(crate) fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let given = values.into_iter();
        let mut values = Vec::with_capacity(given.size_hint().1.unwrap_or(0));
        values.extend(given.filter(|value| value.is_finite()));
        values.sort_unstable_by(f64::total_cmp);
        Self(values)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The `share`-th quantile, from 0 to 1, interpolated; NaN of nothing.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return f64::NAN };
        #[expect(clippy::cast_precision_loss, reason = "no list is that long")]
        let place = share.clamp(0.0, 1.0) * last as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the list")]
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        match (self.0.get(below), self.0.get(above)) {
            // Not `low + (high - low) * …` throughout: the difference of two huge values is infinite.
            (Some(low), Some(high)) if below != above => {
                let part = place - place.floor();
                low * (1.0 - part) + high * part
            }
            (Some(value), _) => *value,
            _ => f64::NAN,
        }
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// A standard deviation that neither a few outliers shrink nor half of the values being equal
    /// makes zero: the larger of what MAD and IQR say.
    pub(crate) fn deviation(&self) -> f64 {
        let median = self.median();
        let iqr = (self.quantile(0.75) - self.quantile(0.25)) * IQR_TO_DEVIATION;
        iqr.max(self.median_distance(median) * MAD_TO_DEVIATION)
    }

    /// The middle of the shortest interval that holds half of the values, and the standard deviation of a normal distribution
    /// of which half lies in an interval as short (Rousseeuw 1984). Up to half of the values can be foreign.
    pub(crate) fn shortest_half(&self) -> (f64, f64) {
        let half = self.0.len() / 2;
        let intervals = self.0.iter().zip(self.0.iter().skip(half));
        let shortest = intervals.min_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)));
        shortest.map_or((f64::NAN, f64::NAN), |(low, high)| {
            (f64::midpoint(*low, *high), (high - low) / 2.0 * HALF_TO_DEVIATION)
        })
    }

    /// The same values less `offset`, still in order.
    pub(crate) fn less(mut self, offset: f64) -> Self {
        self.0.iter_mut().for_each(|value| *value -= offset);
        self
    }

    /// The median distance from `middle`: distances grow away from it to both sides, so that merging the
    /// two sides needs no second sorting.
    fn median_distance(&self, middle: f64) -> f64 {
        let (below, above) = self.0.split_at(self.0.partition_point(|value| *value < middle));
        let mut below = below.iter().rev().map(|value| middle - value).peekable();
        let mut above = above.iter().map(|value| value - middle).peekable();
        let mut nearest = || match (below.peek(), above.peek()) {
            (Some(low), Some(high)) if low < high => below.next(),
            (Some(_), None) => below.next(),
            _ => above.next(),
        };
        let half = self.0.len() / 2;
        let before = half.checked_sub(1).and_then(|skipped| std::iter::from_fn(&mut nearest).nth(skipped));
        match (before, nearest()) {
            (Some(low), Some(high)) if self.0.len().is_multiple_of(2) => f64::midpoint(low, high),
            (_, Some(distance)) => distance,
            _ => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_between_two_values_is_interpolated() {
        let sorted = Sorted::new([4.0, 1.0, f64::NAN, 3.0, 2.0, f64::INFINITY]);
        assert_eq!(sorted.len(), 4);
        assert!((sorted.median() - 2.5).abs() < 1e-12);
        assert!((sorted.quantile(0.0) - 1.0).abs() < 1e-12);
        assert!((sorted.quantile(1.0) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn deviation_a_wild_outlier_hardly_moves_it() {
        let calm: Vec<f64> = (0..100).map(f64::from).collect();
        let wild = calm.iter().copied().chain([1e12]);
        let (before, after) = (Sorted::new(calm.clone()).deviation(), Sorted::new(wild).deviation());
        assert!((after / before - 1.0).abs() < 0.05);
    }

    #[test]
    fn deviation_is_what_the_definition_says() {
        for values in [vec![1.0], vec![1.0, 5.0], vec![1.0, 2.0, 9.0], vec![0.0, 0.0, 0.0, 4.0, 7.0, 7.5]] {
            let sorted = Sorted::new(values.clone());
            let distances = Sorted::new(values.iter().map(|value| (value - sorted.median()).abs()));
            let iqr = (sorted.quantile(0.75) - sorted.quantile(0.25)) * IQR_TO_DEVIATION;
            let expected = iqr.max(distances.median() * MAD_TO_DEVIATION);
            assert!((sorted.deviation() - expected).abs() < 1e-12, "{values:?}");
        }
    }

    #[test]
    fn median_leaves_out_what_is_not_finite() {
        assert_eq!(median([3.0, f64::NAN, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([1.0, 2.0]), Some(1.5));
        assert_eq!(median([f64::INFINITY]), None);
    }

    #[test]
    fn median_of_nothing_is_not_a_number() {
        assert!(Sorted::default().median().is_nan());
        assert!(Sorted::new([f64::NAN]).deviation().is_nan());
    }
}
