//! Tests which words are masked as values because of their form.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use rca::templates::Miner;

fn text(line: &str) -> String {
    let mut miner = Miner::new();
    let signature = miner.add(line.as_bytes());
    let templates = miner.finish();
    let template = |signature| templates.get(templates.template_of(signature).unwrap()).unwrap().text.clone();
    signature.map(template).unwrap_or_default()
}

#[track_caller]
fn assert_masks(table: &[(&str, &str)]) {
    for (line, expected) in table {
        assert_eq!(text(line), *expected, "{line:?}");
    }
}

#[test]
fn mask_numbers_and_ids() {
    assert_masks(&[
        ("took 5 ms", "took <*>"),
        ("took 5.25ms.", "took <*>"),
        ("at -17 of +3e-9 %", "at <*> of <*> %"),
        ("dear 0x00b360e8 and 003a90fc", "dear <*> and <*>"),
        ("session 123e4567-e89b-12d3-a456-426614174000 ended", "session <*> ended"),
        ("block blk_38865049064139660 done", "block <*> done"),
        ("size 384.0 KB, free 12 GiB", "size <*>, free <*>"),
        ("lifetime <1 sec", "lifetime <*>"),
        ("isOpen true, next null", "isOpen true, next <*>"),
    ]);
}

#[test]
fn mask_addresses() {
    assert_masks(&[
        ("from 10.0.0.1:8080 to /10.0.0.2", "from <*> to <*>"),
        ("peer ::1 and fe80::d8a5:90ff:fef5:7fff, too", "peer <*> and <*>, too"),
        ("mac aa:bb:cc:dd:ee:ff: no lease", "mac <*>: no lease"),
        ("via ns.example.org or db.example:5432", "via <*> or <*>"),
        ("via db.internal or mail.shop.de or shop.example.com", "via <*> or <*> or <*>"),
        ("in queue.retry.limit, app.rs, com.acme.shop", "in queue.retry.limit, app.rs, com.acme.shop"),
        ("mail by jo.doe@mail.example.org", "mail by <*>"),
        ("get https://h.example/p?q=a&r=1, then", "get <*>, then"),
        ("Driver::start and a::b()", "Driver::start and a::b()"),
    ]);
}

#[test]
fn mask_paths() {
    assert_masks(&[
        ("open /var/log/x failed", "open <*> failed"),
        ("run ./x or src/main.rs or a/b/c", "run <*> or <*> or <*>"),
        ("load \\Windows\\System", "load <*>"),
        ("I/O error. Input/output. load/store.", "I/O error. Input/output. load/store."),
        ("chdir(/tmp) failed", "chdir(<*>) failed"),
    ]);
}

#[test]
fn mask_times() {
    assert_masks(&[
        ("2024-01-02T03:04:05.678Z up", "<*> up"),
        ("2024-01-02 03:04:05,678 up", "<*> up"),
        ("Jan  2 03:04:05 up", "<*> up"),
        ("at Fri Jul 01 08:16:53 PDT 2005", "at <*>"),
        ("on Tue, 05 Mar 2024 10:00:00 GMT it", "on <*> it"),
        ("May be", "May be"),
    ]);
}

#[test]
fn mask_assigned_values() {
    assert_masks(&[
        ("user=root tty= uid=0", "user=<*> tty= uid=<*>"),
        ("id = alice, error =", "id = <*>, error ="),
        ("tag=\"View Lock\" x", "tag=<*> x"),
        ("ws=Source{a, b} r=Rect(0, 0)", "ws=<*> r=<*>"),
        ("link=DOWN job=failed code=x", "link=DOWN job=failed code=<*>"),
        ("left=(a", "left=(a"),
        ("a == b => c", "a == b => c"),
        ("msg=\"it is all over now\" n=x", "msg=\"it is all over now\" n=<*>"),
        ("level=error err=refused", "level=error err=refused"),
    ]);
}

#[test]
fn mask_lists_and_annotations() {
    assert_masks(&[
        ("in pipeline 10.0.0.1:1, 10.0.0.2:2: bad", "in pipeline <*>: bad"),
        ("steps 1##2##3", "steps <*>"),
        ("sent 1190 bytes (1.16 KB) away", "sent <*> bytes away"),
        ("sent 1190 bytes (1.16KB) to (a7)", "sent <*> bytes to (<*>)"),
        ("f(3) (x)", "f(<*>) (x)"),
        ("from 10.0.0.7 (db.example.org) and 10.0.0.8 () now", "from <*> and <*> now"),
        ("read() and (7) and ()", "read() and (<*>) and ()"),
        ("(7) first", "(<*>) first"),
        ("enable......1", "enable..<*>"),
    ]);
}

#[test]
fn mask_white_space_and_controls() {
    assert_masks(&[
        ("  a \t b\r", "a b"),
        ("", ""),
        (" \u{1}\u{7f} ", ""),
        ("a\u{0}b", "a b"),
        ("\u{1b}[1;31mERROR\u{1b}[0m down \u{1b}[3", "ERROR down"),
        ("\u{202e}über\u{2028}x", "über x"),
    ]);
}
