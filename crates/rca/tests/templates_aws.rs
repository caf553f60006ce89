//! Tests what an on-call engineer meets on AWS: structured lines, Lambda's platform lines, access logs, colours.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::prelude::*;
use rca::{
    log_diff::{ChangeKind, Windows, diff},
    templates::Miner,
};

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

#[track_caller]
fn assert_one(lines: &[&str]) {
    for pair in lines.windows(2) {
        assert_eq!(text(pair.first().unwrap()), text(pair.last().unwrap()));
    }
}

#[test]
fn json_line_is_its_message_its_level_and_its_states() {
    assert_masks(&[
        (
            r#"{"level":"ERROR","location":"pay:42","message":"card 4711 was declined","service":"checkout","n":3}"#,
            r#"{"level":"ERROR","message":"card <*> was declined"}"#,
        ),
        (
            r#"{"msg":"probe of db.example.org:5432 is done","healthy":false,"link":"DOWN","took_ms":12}"#,
            r#"{"healthy":false,"link":"DOWN","msg":"probe of <*> is done"}"#,
        ),
        (
            r#"{"error":{"type":"TimeoutError","message":"no answer in 3 s"},"user":null,"tags":["a","b"]}"#,
            r#"{"error.message":"no answer in <*>","error.type":"TimeoutError"}"#,
        ),
        (
            r#"{"message":"it broke","error.stack_trace":"a.B: x\n\tat a.b(C.java:1)\nCaused by: a.C: y\n\t... 2 more"}"#,
            r#"{"error.stack_trace":"a.B: x Caused by: a.C: y","message":"it broke"}"#,
        ),
        (r#"{"event":"order \"A1\" is \u0061live","at":"x"}"#, r#"{"event":"order "<*>" is alive"}"#),
        ("{}", "{}"),
        ("{ nothing like it }", "{ nothing like it }"),
        (r#"{"a" 1}"#, r#"{"a" <*>}"#),
    ]);
}

#[test]
fn json_line_fields_have_no_order_and_parameters_may_be_missing() {
    assert_one(&[
        r#"{"level":"INFO","message":"order 1 was placed","user":"ann","xray_trace_id":"1-2-3"}"#,
        r#"{"user":"Mary Ann Smith","message":"order 2 was placed","level":"INFO"}"#,
        r#"{"level": "INFO", "message": "order 3 was placed", "sampled": true, "cold_start": false}"#,
        r#"{"level":"INFO","message":"order 4 was placed","cold_start":true}"#,
    ]);
}

#[test]
fn json_line_without_a_message_keeps_its_keys_and_what_means_something() {
    // As API Gateway writes its access log.
    let request = |status: &str, method: &str| {
        text(&format!(
            r#"{{"requestId":"a-1","ip":"10.0.0.7","httpMethod":"{method}","path":"/orders/7","status":"{status}"}}"#
        ))
    };
    assert_eq!(
        request("502", "GET"),
        r#"{"httpMethod":"GET","ip":<*>,"path":<*>,"requestId":<*>,"status":"502"}"#
    );
    assert_ne!(request("502", "GET"), request("200", "GET"));
    assert_ne!(request("200", "PUT"), request("200", "GET"));
    assert_eq!(
        text(
            r#"{"_aws":{"Timestamp":17,"CloudWatchMetrics":[{"Namespace":"x"}]},"Latency":12.5,"Region":"eu"}"#
        ),
        r#"{"Latency":<*>,"Region":<*>,"_aws.CloudWatchMetrics":<*>,"_aws.Timestamp":<*>}"#
    );
}

#[test]
fn json_in_json_and_json_after_text() {
    assert_masks(&[
        (
            r#"{"log":"{\"level\":\"warn\",\"msg\":\"queue 7 is full\",\"n\":1}\n","stream":"stderr"}"#,
            r#"{"log":"{"level":"warn","msg":"queue <*> is full"}"}"#,
        ),
        (
            "2026-11-20T03:00:00.000Z\t1f-2a\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x is \
             not a function\",\"stack\":[\"TypeError: x\",\"    at f (/var/task/x.js:1:2)\"]}",
            "<*> ERROR Invoke Error {\"errorMessage\":\"x is not a function\",\"errorType\":\"TypeError\"}",
        ),
    ]);
}

#[test]
fn json_line_that_was_cut_is_read_as_far_as_it_goes() {
    let line = r#"{"level":"ERROR","message":"disk 7 is full","detail":"#;
    assert_eq!(text(line), r#"{"level":"ERROR","message":"disk <*> is full"}"#);
    let long = format!(r#"{{"level":"ERROR","message":"disk 7 is full","body":"{}"}}"#, "word ".repeat(2000));
    assert_eq!(text(&long), r#"{"level":"ERROR","message":"disk <*> is full"}"#);
}

#[test]
fn json_string_stack_trace_counts_by_its_exceptions() {
    let trace = |message: &str, line: u32| {
        format!(
            "{{\"level\":\"ERROR\",\"message\":\"payment 7 failed\",\"exception\":\"Traceback (most recent call last):\
             \\n  File \\\"/var/task/pay.py\\\", line {line}, in handler\\n    charge()\\n{message}\"}}"
        )
    };
    let expected = |message: &str| {
        format!(
            "{{\"exception\":\"Traceback (most recent call last): {message}\",\"level\":\"ERROR\",\
             \"message\":\"payment <*> failed\"}}"
        )
    };
    assert_eq!(text(&trace("ValueError: no card 12", 3)), expected("ValueError: no card <*>"));
    assert_eq!(text(&trace("ValueError: no card 12", 77)), expected("ValueError: no card <*>"));
    assert_eq!(text(&trace("KeyError: 'card'", 3)), expected("KeyError: 'card'"));
}

#[test]
fn escaped_line_break_is_no_part_of_a_word() {
    assert_masks(&[
        (r#"{"log":"payment 7 was declined\n","stream":"stdout"}"#, r#"{"log":"payment <*> was declined"}"#),
        (r"payment 7 was declined\n", "payment <*> was declined"),
        (r#"body="payment was declined\n" n=1"#, r#"body="payment was declined " n=<*>"#),
        (r"first line\r\nsecond line\n", "first line second line"),
        // These are paths.
        (r"cannot open C:\new\tmp now", "cannot open C:<*> now"),
        (r"load \Windows\System", "load <*>"),
    ]);
    let lines = |outcome: &str, count: usize| -> Vec<String> {
        (0..count).map(|n| format!(r#"{{"log":"job {n} {outcome}\n","stream":"stdout"}}"#)).collect()
    };
    let incident = [lines("accepted", 60), lines("declined", 40)].concat();
    let changes = diff(lines("accepted", 100), incident, Windows::default());
    let told: Vec<_> = changes.iter().map(|change| (change.kind, change.template.as_str())).collect();
    assert_eq!(told, [(ChangeKind::New, r#"{"log":"job <*> declined"}"#)]);
}

#[test]
fn colours_change_no_template_with_and_without_their_escape_character() {
    let plain = text("12:00:01 INFO cache is 97 % full");
    for escape in ["\u{1b}", "", r"\u001b", r"\x1b", r"\033", r"\e", "#033"] {
        let line = format!(
            "{escape}[2m12:00:01{escape}[0m {escape}[1;32m INFO{escape}[0m cache is {escape}[38;5;9m97{escape}[0m % full"
        );
        assert_eq!(text(&line), plain, "{line:?}");
    }
    assert_masks(&[
        ("slow for [5m] and [5m 3s] now", "slow for [<*>] and [<*>] now"),
        ("[[31mFAILED[0m] unit", "[ FAILED ] unit"),
        ("row[3] m", "row[<*>] m"),
    ]);
}

#[test]
fn lambda_platform_lines() {
    let report = "REPORT RequestId: 1f2e-3\tDuration: 84.3 ms\tBilled Duration: 85 ms\tMemory Size: 512 MB\tMax Memory \
                  Used: 127 MB\t";
    assert_one(&[
        report,
        &format!("{report}Init Duration: 530.1 ms\t"),
        &format!("{report}Init Duration: 530.1 ms\tXRAY TraceId: 1-2-3\tSegmentId: 4f\tSampled: true\t"),
        &format!("{report}Restore Duration: 11.2 ms\tBilled Restore Duration: 12 ms\t"),
    ]);
    assert_one(&[
        &format!("2026-11-20T03:00:00.1Z {report}"),
        &format!("2026-11-20T03:00:00.1Z {report}Init Duration: 530.1 ms\t"),
    ]);
    assert_masks(&[
        ("START RequestId: 1f2e-3 Version: 12", "START RequestId: <*> Version: <*>"),
        ("END RequestId: 1f2e-3", "END RequestId: <*>"),
        (
            &format!("{report}Status: timeout\t"),
            "REPORT RequestId: <*> Duration: <*> Billed Duration: <*> Memory Size: <*> Max Memory Used: <*> Status: timeout",
        ),
        (
            "INIT_START Runtime Version: python:3.12.v36\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:a1",
            "INIT_START Runtime Version: python:<*> Runtime Version ARN: arn:aws:lambda:<*>::runtime:<*>",
        ),
        (
            "INIT_REPORT Init Duration: 9991.37 ms\tPhase: init\tStatus: timeout",
            "INIT_REPORT Init Duration: <*> Phase: init Status: timeout",
        ),
        (
            "EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
            "EXTENSION Name: agent State: Ready Events: [INVOKE, SHUTDOWN]",
        ),
        (
            "2026-11-20T03:00:00.309Z 2ccc3f32-20f8 Task timed out after 3.00 seconds",
            "<*> Task timed out after <*> seconds",
        ),
    ]);
}

#[test]
fn lambda_platform_lines_as_json() {
    let report = |status: &str, init: &str| {
        text(&format!(
            r#"{{"time":"2026-11-20T03:00:00.1Z","type":"platform.report","record":{{"requestId":"1f","metrics":{{"durationMs":7.5{init}}},"status":"{status}"}}}}"#
        ))
    };
    assert_eq!(report("success", ""), r#"{"record.status":"success","type":"platform.report"}"#);
    assert_eq!(report("success", r#","initDurationMs":99.2"#), report("success", ""));
    assert_ne!(report("timeout", ""), report("success", ""));
    assert_masks(&[
        (
            r#"{"time":"x","type":"platform.start","record":{"requestId":"1f","version":"12"}}"#,
            r#"{"type":"platform.start"}"#,
        ),
        (
            r#"{"time":"x","type":"platform.extension","record":{"name":"agent","state":"Ready","events":["INVOKE"]}}"#,
            r#"{"record.state":"Ready","type":"platform.extension"}"#,
        ),
        (
            r#"{"time":"x","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init"}}"#,
            r#"{"record.initializationType":"on-demand","record.phase":"init","type":"platform.initStart"}"#,
        ),
    ]);
}

#[test]
fn access_logs_tell_statuses_apart() {
    let balancer = |statuses: &str, client: &str| {
        text(&format!(
            "https 2026-11-20T22:23:00.186641Z app/shop/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 \
             {statuses} 0 57 \"GET https://www.example.com:443/a/b?c=d HTTP/1.1\" \"{client}\" ECDHE-RSA TLSv1.2 arn:aws:x:y \
             \"Root=1-5\" \"www.example.com\" \"arn:aws:acm:z\" 1 2026-11-20T22:22:48.364000Z \"forward\" \"-\" \"-\""
        ))
    };
    assert_eq!(balancer("502 -", "curl/7.46.0"), "https <*> 502 - <*> \"GET <*>\"");
    assert_eq!(balancer("200 200", "curl/7.46.0"), balancer("200 200", "Mozilla/5.0 (X11; Linux x86_64)"));
    assert_ne!(balancer("200 200", "a"), balancer("504 504", "a"));

    let server = |status: u16, client: &str| {
        text(&format!(
            "10.0.0.7 - - [20/Nov/2026:03:00:00 +0000] \"GET /a/7 HTTP/1.1\" {status} 512 \"-\" \"{client}\""
        ))
    };
    assert_ne!(server(200, "curl/8"), server(502, "curl/8"));
    assert_eq!(server(200, "curl/8"), server(200, "Mozilla/5.0 (X11; Linux x86_64) Gecko"));
    assert_ne!(text("GET /a status=200 ms=5"), text("GET /a status=503 ms=5"));
    assert_eq!(text("read 200 of 503"), text("read 404 of 500"));

    let flow = |action: &str| {
        text(&format!(
            "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 {action} OK"
        ))
    };
    assert_eq!(flow("ACCEPT"), "<*> ACCEPT OK");
    assert_eq!(flow("REJECT"), "<*> REJECT OK");
}

#[test]
fn blank_lines_have_no_template() {
    let mut miner = Miner::new();
    for blank in ["", " ", "\t\r", "\u{1b}[0m", "\u{1b}[0m \u{1b}[K", "\n\n"] {
        assert_eq!(miner.add(blank.as_bytes()), None, "{blank:?}");
    }
    assert!(miner.finish().is_empty());
    let changes = diff(["a"; 9].as_slice(), ["a", "", " ", "a", "a"].as_slice(), Windows::default());
    assert_eq!(changes, []);
}

/// The values of JSON's fields, some of them what a field's key says that it is not.
fn json_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,12}".prop_map(|text| format!("{text:?}")),
        any::<i32>().prop_map(|number| number.to_string()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("[1,{\"a\":\"]\"}]".to_owned()),
        Just("{\"b\":{\"c\":\"x y\"}}".to_owned()),
    ]
}

proptest! {
    #[test]
    fn json_order_of_fields_and_white_space_change_no_template(
        (fields, shuffled) in prop::collection::btree_map("(msg|level|status|[a-z]{1,5})", json_value(), 1..7)
            .prop_map(|fields| fields.into_iter().collect::<Vec<_>>())
            .prop_flat_map(|fields| (Just(fields.clone()), Just(fields).prop_shuffle()))
    ) {
        let object = |fields: &[(String, String)], space: &str| {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\":{space}{value}")).collect();
            format!("{{{space}{}{space}}}", fields.join(&format!(",{space}")))
        };
        prop_assert_eq!(text(&object(&fields, "")), text(&object(&shuffled, " ")));
    }

    #[test]
    fn json_cut_anywhere_is_read_without_harm(at in 0usize..120, nested in 0usize..40) {
        let line = format!(
            "{}{}",
            "{\"a\":".repeat(nested),
            r#"{"level":"ERROR","n":[1,"x",{"y":"}"}],"message":"a \"quoted\" word \u00e9 \\"}"#
        );
        let cut = line.get(..at).unwrap_or(&line);
        prop_assert!(!text(cut).chars().any(char::is_control));
    }
}
