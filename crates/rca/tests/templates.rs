//! Tests what the groups must not depend on, and which lines belong together. The lines are made up, in the
//! forms that schedulers, daemons, desktops, phones and web services log in.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::select};
use rca::templates::{LINE_BYTES, Miner, SLOT, SignatureId, TemplateId, Templates};

/// The template of each line that isn't blank.
fn mine(lines: &[impl AsRef<[u8]>]) -> (Vec<TemplateId>, Templates) {
    let (ids, templates) = mine_all(lines);
    (ids.into_iter().flatten().collect(), templates)
}

fn mine_all(lines: &[impl AsRef<[u8]>]) -> (Vec<Option<TemplateId>>, Templates) {
    let mut miner = Miner::new();
    let signatures: Vec<Option<SignatureId>> = lines.iter().map(|line| miner.add(line.as_ref())).collect();
    let templates = miner.finish();
    let template = |signature: SignatureId| templates.template_of(signature).unwrap();
    (signatures.into_iter().map(|signature| signature.map(template)).collect(), templates)
}

/// The text of each line's template, and which lines share one.
type Groups = (BTreeMap<Vec<u8>, String>, BTreeSet<BTreeSet<Vec<u8>>>);

fn groups(lines: &[Vec<u8>]) -> Groups {
    let (ids, templates) = mine_all(lines);
    let mut texts = BTreeMap::new();
    let mut groups: BTreeMap<TemplateId, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (line, id) in lines.iter().zip(ids).filter_map(|(line, id)| Some((line, id?))) {
        let text = templates.get(id).unwrap().text.clone();
        let known = texts.insert(line.clone(), text.clone());
        assert!(known.is_none_or(|known| known == text), "one line, two templates");
        groups.entry(id).or_default().insert(line.clone());
    }
    (texts, groups.into_values().collect())
}

fn texts(lines: &[&str]) -> Vec<String> {
    let (ids, templates) = mine(lines);
    ids.into_iter().map(|id| templates.get(id).unwrap().text.clone()).collect()
}

#[track_caller]
fn assert_one(lines: &[&str]) {
    let texts: BTreeSet<String> = texts(lines).into_iter().collect();
    assert_eq!(texts.len(), 1, "{texts:#?}");
}

#[track_caller]
fn assert_apart(lines: &[&str]) {
    assert_eq!(texts(lines).into_iter().collect::<BTreeSet<_>>().len(), lines.len(), "{:#?}", texts(lines));
}

/// Words, values and marks that a program could have put together, so that lines have much in common.
fn printed_line() -> impl Strategy<Value = Vec<u8>> {
    let token = select(vec![
        "user",
        "alice",
        "bob",
        "carol",
        "dave",
        "from",
        "to",
        "failed",
        "RUNNING",
        "17",
        "10.0.0.1",
        "/var/log",
        "id=4",
        "key=",
        "=",
        "(",
        ")",
        "(3)",
        "[preauth]",
        "a:b",
        "::1",
        "...",
        "-",
        "ms",
        "5",
        "<1",
        "Jan",
        "#",
        "x@y.example",
        "http://h/p",
        "\"quoted text\"",
        "{",
        "}",
        ",",
        ";",
        "aa:bb:cc:dd:ee:ff",
        "true",
        "\u{fc}ber",
    ]);
    let glue = select(vec![" ", " ", " ", "", "  "]);
    prop::collection::vec((token, glue), 0..9).prop_map(|parts| {
        parts.into_iter().flat_map(|(token, glue)| [token, glue]).collect::<String>().into_bytes()
    })
}

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => printed_line(), 1 => prop::collection::vec(any::<u8>(), 0..60)]
}

fn shuffled() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<Vec<u8>>)> {
    prop::collection::vec(any_line(), 0..60)
        .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle()))
}

proptest! {
    #[test]
    fn miner_any_bytes_every_line_but_a_blank_one_has_a_template_and_is_counted(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..40)
    ) {
        let (ids, templates) = mine_all(&lines);
        for (line, id) in lines.iter().zip(&ids) {
            prop_assert!(id.is_some() || !line.iter().any(u8::is_ascii_alphanumeric), "{line:?}");
        }
        let counted = ids.iter().flatten().count() as u64;
        prop_assert_eq!(templates.iter().map(|template| template.lines).sum::<u64>(), counted);
        for template in templates.iter() {
            prop_assert!(!template.text.chars().any(char::is_control), "{:?}", template.text);
        }
    }

    #[test]
    fn miner_order_of_lines_changes_no_group((lines, shuffled) in shuffled()) {
        prop_assert_eq!(groups(&lines), groups(&shuffled));
    }

    #[test]
    fn miner_repeated_lines_change_no_group(lines in prop::collection::vec(any_line(), 0..60), times in 2usize..4) {
        let repeated: Vec<Vec<u8>> = lines.iter().flat_map(|line| vec![line.clone(); times]).collect();
        prop_assert_eq!(groups(&lines), groups(&repeated));
    }

    #[test]
    fn template_its_words_stand_in_its_lines_in_order(lines in prop::collection::vec(printed_line(), 0..60)) {
        let (ids, templates) = mine_all(&lines);
        for (line, id) in lines.iter().zip(ids).filter_map(|(line, id)| Some((line, id?))) {
            let line = String::from_utf8_lossy(line).into_owned();
            let text = &templates.get(id).unwrap().text;
            let mut rest = line.as_str();
            let words = text.split(SLOT).flat_map(|part| part.split(|c: char| !c.is_alphanumeric()));
            for word in words.filter(|word| !word.is_empty()) {
                let at = rest.find(word);
                prop_assert!(at.is_some(), "{word:?} of {text:?} not in {line:?}");
                rest = &rest[at.unwrap() + word.len()..];
            }
        }
    }
}

#[test]
fn templates_are_numbered_as_they_come() {
    let (ids, templates) = mine(&["b 1", "a", "b 2", ""]);
    assert_eq!(ids.iter().map(|id| id.index()).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(templates.iter().map(|template| template.lines).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(templates.len(), 2);
    assert!(!templates.is_empty());
}

#[test]
fn line_longer_than_is_read_ends_in_a_slot() {
    let long = |tail: &str| format!("{}{tail}", "word ".repeat(LINE_BYTES / 5 + 1));
    let (ids, templates) = mine(&[long("a"), long("b")]);
    assert_eq!(ids[0], ids[1]);
    assert!(templates.get(ids[0]).unwrap().text.starts_with("word word"));
    // A cut word would make a form of its own.
    let before = ["1", "22"].map(|word| format!("{word} {}", "word ".repeat(LINE_BYTES)));
    assert_eq!(mine(&before).1.len(), 1);
}

#[test]
fn names_without_digits_are_parameters_where_many_vary() {
    assert_one(&[
        "session opened for user cyrus by (uid=0)",
        "session opened for user news by (uid=0)",
        "session opened for user web by (uid=500)",
    ]);
    assert_one(&[
        "rejecting mail to postmaster",
        "rejecting mail to sales",
        "rejecting mail to info",
        "rejecting mail to jobs",
        "rejecting mail to press",
        "rejecting mail to office",
    ]);
}

#[test]
fn names_that_vary_together_are_parameters() {
    let names = ["kim", "lee", "max", "ann", "joe", "eva", "tom", "ida", "ben", "zoe"];
    let lines: Vec<String> = names
        .iter()
        .zip(names.iter().rev().map(|name| name.to_uppercase().to_lowercase() + "son"))
        .map(|(from, to)| format!("the order of {from} was handed over to the desk of {to} for approval"))
        .collect();
    assert_one(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn name_beside_values_by_form_is_a_parameter() {
    assert_one(&["login as guest refused", "login as u1234 refused"]);
    assert_one(&["moved class Foo1 of group Bar2 aside", "moved class Foo of group Bar aside"]);
}

#[test]
fn alternatives_of_a_program_stay_apart() {
    // States, participles, and choices between two.
    assert_apart(&[
        "job 7 moved from NEW to READY on request",
        "job 7 moved from READY to RUNNING on request",
        "job 7 moved from RUNNING to DONE on request",
        "job 7 moved from DONE to GONE on request",
    ]);
    assert_apart(&[
        "[vm: 7] machine started (lifecycle event)",
        "[vm: 7] machine stopped (lifecycle event)",
        "[vm: 7] machine paused (lifecycle event)",
        "[vm: 7] machine resumed (lifecycle event)",
    ]);
    assert_apart(&["limit on memory not given, so none", "limit on disk not given, so none"]);
    assert_apart(&["page fault at 0x1", "page fault at 0x1, over 5 seconds"]);
}

#[test]
fn phone_lines() {
    assert_one(&[
        "take lock=18, flags=0x1, tag=\"View Lock\", name=com.maker.ui, ws=null, uid=10037",
        "take lock=5, flags=0x0, tag=\"*start*\", name=os, ws=Source{10113}, uid=1000",
    ]);
    assert_one(&[
        "hiding Window{df0 token=Token{78a Record{3b0 u0 com.maker.app/.Main t7}}} for now",
        "hiding Window{e1 token=Token{9c Record{3b u0 org.other.tool/org.other.tool.ui.Player t16}}} for now",
    ]);
    assert_one(&["bounds=Rect(0, 0 - 0, 0), done= false", "bounds=Rect(12, 7 - 3, 9), done= false"]);
}

#[test]
fn cluster_and_hardware_lines() {
    assert_one(&["speeds ( 3552 3534 3375 )", "speeds ( 3552 **** 3375 )", "speeds ( 3552 3534 )"]);
    assert_one(&["error on tree Rack-0T00:00:0:0", "error on tree Rack-1T00:00:7:12"]);
    assert_one(&["fan 3 status......1", "fan 4 status.........0"]);
    assert_one(&["lease for aa:bb:cc:dd:ee:ff via eth1", "lease for 00:11:22:33:44:55 via eth0"]);
}

#[test]
fn daemon_lines() {
    assert_apart(&[
        "auth failure; name= uid=0 tty=ssh ruser= rhost=10.1.1.1",
        "auth failure; name= uid=0 tty=ssh ruser= rhost=10.1.1.1 user=root",
    ]);
    assert_one(&[
        "connection from 10.9.9.9 (dsl-9.example.net) at Fri Jul  1 10:00:00 2005",
        "connection from 10.8.8.8 (ns.isp.example) at Sat Aug 20 07:11:12 2005",
    ]);
    assert_one(&[
        "accepted key for root from ::ffff:10.1.1.1 port 4",
        "accepted key for root from 10.1.1.1 port 5",
    ]);
    assert_one(&[
        "k9: to=root, from=<a@b.example>, relay=#1#@local",
        "k7: to=adm, from=<c@d.example>, relay=x",
    ]);
}

#[test]
fn service_lines() {
    assert_one(&[
        "stored b_1 in memory (size 384.0 B, free 317.5 KB)",
        "stored b_2 in memory (size 5.2 KB, free 1.1 GB)",
    ]);
    assert_one(&["sent 1190 bytes (1.16 KB) in 00:01", "sent 36 bytes in <1 sec"]);
    assert_apart(&["\"GET /v2/a1 HTTP/1.1\" status: 200", "\"POST /v2/a1 HTTP/1.1\" status: 200"]);
    assert_one(&["fetching https://a.example/x?y=z now", "fetching http://b.example:80/ now"]);
    // In logs of keys and values, the message counts and its parameters don't.
    assert_apart(&["level=info msg=\"link is down\" peer=a", "level=info msg=\"link is up\" peer=a"]);
    assert_one(&["level=info msg=\"link is down\" peer=a", "level=info msg=\"link is down\" peer=b"]);
}

#[test]
fn signatures_beyond_the_room_are_read_by_their_frequent_words() {
    let name = |mut n: u32| {
        let mut name = String::new();
        while n > 0 {
            name.push(char::from(b'a' + u8::try_from(n % 26).unwrap()));
            n /= 26;
        }
        name
    };
    let lines: Vec<String> = (1..60_000).map(|n| format!("user {}x opened a session", name(n))).collect();
    let (ids, templates) = mine(&lines);
    assert_eq!(templates.len(), 1, "{:?}", templates.iter().take(5).collect::<Vec<_>>());
    assert_eq!(templates.get(ids[0]).unwrap().text, "user <*> opened a session");
    assert_eq!(templates.get(ids[0]).unwrap().lines, 59_999);
}
