//! Any bytes as a log: every line belongs to one event, every event that isn't blank gets a template, and the
//! templates' counts add up to the events.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rca::templates::{EventJoiner, LogEvent, Miner};

fuzz_target!(|bytes: &[u8]| {
    let mut miner = Miner::new();
    let (mut ids, mut lines) = (Vec::new(), 0);
    let mut add = |event: LogEvent<'_>| {
        lines += event.lines;
        ids.extend(miner.add(event.text));
    };
    let mut joiner = EventJoiner::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        joiner.push(line, &mut add);
    }
    joiner.finish(&mut add);
    assert_eq!(lines, bytes.split(|&byte| byte == b'\n').count());
    let templates = miner.finish();
    for id in &ids {
        let template = templates.template_of(*id).expect("a signature has a template");
        assert!(!templates.get(template).expect("a template that was named").text.contains('\n'));
    }
    let counted: u64 = templates.iter().map(|template| template.lines).sum();
    assert_eq!(counted, ids.len() as u64);
});
