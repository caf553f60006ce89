//! Lines a second through the miner: masked and counted, and their templates found.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rca::templates::{EventJoiner, Miner};

/// Returns the lines of a typical service: a dozen statements with numbers, addresses and names.
fn lines(count: u32) -> Vec<String> {
    let names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
    let line = |(n, name): (u32, &str)| match n % 12 {
        0 => format!("Accepted connection from 10.0.{}.{}:{}", n % 7, n % 251, n % 60_000),
        1 => format!("GET /api/v1/orders/{n} status=200 bytes={} duration={}ms", n % 9000, n % 300),
        2 => format!("session opened for user {name} by (uid={})", n % 100),
        3 => format!("Received block blk_{n}7 of size 67108864 from /10.0.0.{}", n % 250),
        4 => format!("cache miss for key user:{n}:profile, fetching from db.example.org:5432"),
        5 => format!("Task task_{n}_m_{} transitioned from RUNNING to SUCCEEDED", n % 50),
        6 => format!("connection to 00:11:22:33:44:{:02x} lost after {}.{} seconds", n % 256, n % 60, n % 10),
        7 => format!("level=info msg=\"payment was taken\" id={n:08x} user={name} amount={}", n % 500),
        8 => format!("GC pause (young) {}K->{}K({}K), 0.0{} secs", n, n / 2, n * 2, n % 1000),
        9 => format!("ERROR failed to open /var/data/{name}/{n}.dat: No such file or directory"),
        10 => "Interrupted while waiting for message on queue".to_owned(),
        _ => format!("heartbeat {n} ok"),
    };
    (0..count).zip(names.into_iter().cycle()).map(line).collect()
}

fn mine(criterion: &mut Criterion) {
    let lines = lines(100_000);
    let mut group = criterion.benchmark_group("templates");
    group.throughput(Throughput::Elements(lines.len() as u64)).sample_size(20);
    group.bench_function("mine", |bencher| {
        bencher.iter(|| {
            let (mut joiner, mut miner) = (EventJoiner::new(), Miner::new());
            for line in &lines {
                joiner.push(line.as_bytes(), |event| {
                    black_box(miner.add(event.text));
                });
            }
            miner.finish().len()
        });
    });
    group.finish();
}

criterion_group!(benches, mine);
criterion_main!(benches);
