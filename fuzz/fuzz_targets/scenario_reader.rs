//! Any bytes as any file of a recorded incident, and what could be read of them through the engine.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rca::{IncidentData, Samples, Series, Symptom};
use scenario::parse::{self, Table, Window};

fuzz_target!(|bytes: &[u8]| {
    // Without a document, what is before this second is the baseline.
    const BEGAN: i64 = 1_700_000_000;
    let window = |from, to| Window { file: String::new(), from, to };
    let (before, during) = (window(i64::MIN, BEGAN - 1), window(BEGAN, i64::MAX));
    let document = parse::document(bytes);
    let (baseline, incident) = match &document {
        Ok(document) => (&document.baseline, &document.incident),
        Err(_) => (&before, &during),
    };
    let data = IncidentData {
        symptom: Symptom { component: "a".to_owned(), metric: "latency".to_owned(), ..Symptom::default() },
        series: parse::table(bytes).map(|table| series(&table)).unwrap_or_default(),
        calls: parse::calls(bytes).ok().flatten(),
        logs: parse::logs(bytes, baseline, incident).unwrap_or_default(),
        changes: parse::changes(bytes).unwrap_or_default(),
    };
    let _ = parse::series(bytes);
    let _ = rca::analyze(&data);
});

/// Every column as a series, the first half before and the rest during the incident. A column's name is
/// component, metric and statistic with spaces between, so that every kind of metric is reached.
fn series(table: &Table) -> Vec<Series> {
    let half = table.times.len() / 2;
    let part = |values: &[f64], rows: std::ops::Range<usize>| Samples {
        times: Arc::from(&table.times[rows.clone()]),
        values: values[rows].to_vec(),
    };
    let one = |(name, column): (&String, &parse::Column)| {
        let mut words = name.split(' ').map(str::to_owned);
        Series {
            id: name.clone(),
            component: words.next().unwrap_or_default(),
            caller: None,
            metric: words.next().unwrap_or_else(|| "latency".to_owned()),
            statistic: words.next().unwrap_or_else(|| "Average".to_owned()),
            baseline: part(&column.values, 0..half),
            incident: part(&column.values, half..table.times.len()),
        }
    };
    table.columns.iter().map(one).collect()
}
