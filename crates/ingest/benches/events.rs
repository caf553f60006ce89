//! Measures how long one event takes, from its text to what is made of it: `cargo bench -p ingest`.
#![allow(clippy::unwrap_used, reason = "a measurement")]

use std::{fs, hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ingest::ParsedEvent;
use serde_json::Value;

/// Every sample in `events/`, so that no kind is left out of the average.
fn samples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let json = paths.iter().filter(|path| path.extension().is_some_and(|it| it == "json"));
    json.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn parse(text: &str) -> ParsedEvent {
    ParsedEvent::parse(&serde_json::from_str::<Value>(text).unwrap())
}

fn events(c: &mut Criterion) {
    let samples = samples();
    let mut group = c.benchmark_group("ingest");
    group.throughput(Throughput::Elements(samples.len() as u64));
    group.bench_function("all samples", |b| {
        b.iter(|| {
            for text in &samples {
                drop(black_box(parse(text)));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, events);
criterion_main!(benches);
