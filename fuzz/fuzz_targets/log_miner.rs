//! Any bytes as log lines: every line gets a template, and the templates' counts add up to the lines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rca::templates::Miner;

fuzz_target!(|bytes: &[u8]| {
    let mut miner = Miner::new();
    let ids: Vec<_> = bytes.split(|&byte| byte == b'\n').map(|line| miner.add(line)).collect();
    let templates = miner.finish();
    for id in &ids {
        let template = templates.template_of(*id).expect("a signature has a template");
        assert!(!templates.get(template).expect("a template that was named").text.contains('\n'));
    }
    let counted: u64 = templates.iter().map(|template| template.lines).sum();
    assert_eq!(counted, ids.len() as u64);
});
