//! A series in the terminal: bars of block characters, the baseline left and the incident right, on one
//! scale. No colour.

use rca::{Samples, Series, display::number, statistics::median};

/// Columns of each part; with the scale beside them they stay in a line for people.
const BASELINE_COLUMNS: usize = 44;
const INCIDENT_COLUMNS: usize = 36;
/// Columns that one of few samples gets.
const WIDEST: usize = 3;
/// Lines; a line has eight steps.
const HEIGHT: usize = 5;
const STEPS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `None` where there is nothing to draw.
pub(super) fn chart(series: &Series) -> Option<String> {
    let baseline = columns(&series.baseline, BASELINE_COLUMNS);
    let incident = columns(&series.incident, INCIDENT_COLUMNS);
    let all = || baseline.iter().chain(&incident).flatten().copied();
    let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
    // Where the values say something about their size, the bars do too.
    let low = if low > 0.0 && low < high / 2.0 { 0.0 } else { low };
    let drawn = |parts: &[Option<f64>]| -> Vec<String> {
        let bars: Vec<_> = parts.iter().map(|value| value.map(|value| bar(value, low, high))).collect();
        (0..HEIGHT)
            .rev()
            .map(|line| bars.iter().map(|bar| bar.map_or(' ', |steps| block(steps, line))).collect())
            .collect()
    };
    let (top, bottom) = (number(high), number(low));
    let scale = top.chars().count().max(bottom.chars().count());
    let mut text = String::new();
    for (line, (left, right)) in drawn(&baseline).iter().zip(drawn(&incident)).enumerate() {
        let label = if line == 0 {
            &top
        } else if line == HEIGHT - 1 {
            &bottom
        } else {
            ""
        };
        text.push_str(format!("  {label:>scale$} │{left}│{right}").trim_end());
        text.push('\n');
    }
    let width = baseline.len();
    Some(text + &format!("  {:scale$}  {:<width$} {}\n", "", "baseline", "incident"))
}

/// The medians of at most `most` equal parts, in the order of time, wider where there are few. A part
/// without a value stays empty.
fn columns(samples: &Samples, most: usize) -> Vec<Option<f64>> {
    let mut sorted: Vec<(i64, f64)> =
        samples.times.iter().copied().zip(samples.values.iter().copied()).collect();
    sorted.sort_by_key(|&(time, _)| time);
    let each = sorted.len().div_ceil(most).max(1);
    let parts: Vec<_> =
        sorted.chunks(each).map(|part| median(part.iter().map(|&(_, value)| value))).collect();
    let wide = most.checked_div(parts.len()).unwrap_or(1).min(WIDEST);
    parts.into_iter().flat_map(|part| std::iter::repeat_n(part, wide)).collect()
}

/// Returns the height of a value's bar in steps: at least one, so that it differs from a missing value.
fn bar(value: f64, low: f64, high: f64) -> usize {
    let most = HEIGHT * 8;
    let share = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
    (1..most).find(|&steps| share * as_float(most) <= as_float(steps)).unwrap_or(most)
}

fn as_float(steps: usize) -> f64 {
    u32::try_from(steps).map_or(f64::MAX, f64::from)
}

fn block(steps: usize, line: usize) -> char {
    STEPS.get(steps.saturating_sub(line * 8).min(8)).copied().unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(baseline: &[f64], incident: &[f64]) -> Series {
        let samples = |values: &[f64]| Samples {
            times: (0..values.len()).map(|at| i64::try_from(at).unwrap()).collect(),
            values: values.to_vec(),
        };
        Series { baseline: samples(baseline), incident: samples(incident), ..Series::default() }
    }

    #[test]
    fn chart_puts_both_parts_on_one_scale() {
        let text = chart(&series(&[1.0, 1.0, f64::NAN, 2.0], &[4.0, 8.0])).unwrap();
        assert_eq!(
            text,
            [
                "  8 │            │   ███",
                "    │            │   ███",
                "    │            │▄▄▄███",
                "    │         ▂▂▂│██████",
                "  0 │▅▅▅▅▅▅   ███│██████",
                "     baseline     incident",
                ""
            ]
            .join("\n")
        );
    }

    #[test]
    fn chart_of_many_samples_stays_narrow() {
        let many: Vec<f64> = (0..5000_i32).map(f64::from).collect();
        let text = chart(&series(&many, &many)).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }

    #[test]
    fn chart_of_nothing_or_of_what_never_moves_does_not_fail() {
        assert_eq!(chart(&series(&[], &[])), None);
        assert_eq!(chart(&series(&[f64::NAN], &[f64::INFINITY])), None);
        assert!(chart(&series(&[5.0, 5.0], &[])).is_some());
        assert!(chart(&series(&[f64::MAX], &[f64::MIN])).is_some());
    }
}
