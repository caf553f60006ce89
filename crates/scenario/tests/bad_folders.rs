//! Folders with one thing wrong, or odd: what is said of it, word for word, or that it is read anyway.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use scenario::Scenario;

const SCENARIO: &str = r#"{
  "schema_version": 1, "name": "n",
  "symptom": {"component": "web", "metric": "latency", "statistic": "Average", "detected_at": "2026-11-20T03:00:00Z"},
  "series": [{"id": "a", "component": "web", "metric": "latency", "statistic": "Average"},
             {"id": "b", "component": "db", "metric": "cpu", "statistic": "Average"}],
  "topology": [{"caller": "web", "callee": "db"}],
  "metrics": {"baseline": {"file": "metrics.csv", "from": 100, "to": 300},
              "incident": {"file": "metrics.csv", "from": 400, "to": 500}}
}"#;
const METRICS: &str = "time,a,b\n100,1,2\n200,1,2\n300,1,2\n400,9,2\n500,9,2\n";

/// A folder of its own for each test, with `files` over the good ones.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad_folders").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for (file, content) in
        [("scenario.json", SCENARIO.as_bytes()), ("metrics.csv", METRICS.as_bytes())].iter().chain(files)
    {
        fs::write(dir.join(file), content).unwrap();
    }
    dir
}

/// The error, without the path of the folder.
fn said(dir: &Path) -> String {
    let error = Scenario::read(dir).unwrap_err().to_string();
    error.replace(&format!("{}/", dir.display()), "")
}

#[test]
fn scenario_json_that_makes_no_sense_is_refused_by_field() {
    for (number, (from, to, expected)) in [
        (
            r#""schema_version": 1"#,
            r#""schema_version": 2"#,
            "schema_version: expected 1, the only version there is, found 2",
        ),
        (r#""schema_version": 1, "#, "", "schema_version: missing"),
        (r#""name": "n""#, r#""name": 7"#, "name: expected text, found 7"),
        (r#", "name": "n""#, "", "name: missing"),
        (
            r#""component": "web", "metric": "latency", "statistic": "Average", "d"#,
            r#""metric": "latency", "d"#,
            "symptom.component: missing",
        ),
        (
            "2026-11-20T03:00:00Z",
            "yesterday",
            r#"symptom.detected_at: expected a time like 2026-11-20T03:00:00Z, found "yesterday""#,
        ),
        (
            "2026-11-20T03:00:00Z",
            "2026-13-40T03:00:00Z",
            r#"symptom.detected_at: expected a time like 2026-11-20T03:00:00Z, found "2026-13-40T03:00:00Z""#,
        ),
        (r#""symptom": {"#, r#""symptoms": {"#, "symptom: missing"),
        (r#""id": "b""#, r#""id": "a""#, r#"duplicate series id "a": latency of web, and cpu of db"#),
        (r#""id": "b", "#, "", "series[1].id: missing"),
        (r#""metric": "cpu""#, r#""metric": null"#, "series[1].metric: missing"),
        (
            r#""series": ["#,
            r#""series": 3, "serie": ["#,
            "series: expected a list, or the path of a file that holds one, found 3",
        ),
        (r#""series": ["#, r#""series": ["a", "#, r#"series[0]: expected an object, found "a""#),
        (r#""component": "db", "#, "", "series[1].component: missing"),
        (r#""component": "db", "#, r#""caller": "web", "#, "series[1].callee: missing"),
        (r#""component": "db", "#, r#""callee": "db", "#, "series[1].caller: missing"),
        (
            r#""component": "db", "#,
            r#""component": "db", "caller": "web", "callee": "db", "#,
            r#"series[1].component: expected no component beside `caller` and `callee`, found "db""#,
        ),
        (
            r#""component": "db", "#,
            r#""caller": "web", "callee": "web", "#,
            r#"series[1].callee: expected another component than the caller, found "web""#,
        ),
        (
            r#""id": "b", "component": "db", "#,
            r#""id": "a", "caller": "web", "callee": "db", "#,
            r#"duplicate series id "a": latency of web, and cpu of calls from web to db"#,
        ),
        (r#""callee": "db""#, r#""called": "db""#, "topology[0].callee: missing"),
        (
            r#""topology": ["#,
            r#""topology": {}, "t": ["#,
            "topology: expected a list, the path of a file that holds one, or null, found an object",
        ),
        (r#""metrics": {"#, r#""metric": {"#, "metrics: missing"),
        (r#""incident": {"#, r#""accident": {"#, "metrics.incident: missing"),
        (r#""from": 400, "#, "", "metrics.incident.from: missing"),
        (r#""file": "metrics.csv", "from": 100"#, r#""from": 100"#, "metrics.baseline.file: missing"),
        (
            r#""from": 400"#,
            r#""from": 600"#,
            "metrics.incident.to: expected a time that is not before metrics.incident.from (600), found 500",
        ),
        (
            r#""from": 400"#,
            r#""from": "400""#,
            r#"metrics.incident.from: expected a time in Unix seconds, found "400""#,
        ),
        (
            r#""from": 400"#,
            r#""from": 1795140000000"#,
            "metrics.incident.from: expected a time in Unix seconds, found 1795140000000",
        ),
        (
            r#""from": 400"#,
            r#""from": 1e300"#,
            "metrics.incident.from: expected a time in Unix seconds, found 1e+300",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(SCENARIO.contains(from), "{from}");
        let document = SCENARIO.replacen(from, to, 1);
        let dir = folder(&format!("document-{number}"), &[("scenario.json", document.as_bytes())]);
        assert_eq!(said(&dir), format!("scenario.json: {expected}"));
    }
}

type Files<'a> = &'a [(&'a str, &'a [u8])];

fn check(name: &str, table: &[(Files<'_>, &str)]) {
    for (number, (files, expected)) in table.iter().enumerate() {
        assert_eq!(said(&folder(&format!("{name}-{number}"), files)), *expected);
    }
}

#[test]
fn documents_that_are_not_what_they_should_be_are_named() {
    let in_files = SCENARIO.replacen("[{\"id\"", "\"series.json\", \"s\": [{\"id\"", 1).replacen(
        "[{\"caller\"",
        "\"topology.json\", \"t\": [{\"caller\"",
        1,
    );
    let good_series = r#"[{"id": "a", "component": "web", "metric": "latency"}]"#;
    check(
        "documents",
        &[
            (
                &[("scenario.json", b"")],
                "scenario.json: invalid JSON: EOF while parsing a value at line 1 column 0",
            ),
            (&[("scenario.json", b"[]")], "scenario.json: the document: expected an object, found a list"),
            (
                &[("scenario.json", b"{\"name\": \"\xff\"}")],
                "scenario.json: invalid JSON: invalid unicode code point at line 1 column 11",
            ),
            (
                &[("scenario.json", in_files.as_bytes())],
                "series.json: cannot be read: No such file or directory (os error 2)",
            ),
            (
                &[("scenario.json", in_files.as_bytes()), ("series.json", b"{}")],
                "series.json: the list: expected a list, found an object",
            ),
            (
                &[("scenario.json", in_files.as_bytes()), ("series.json", b"[{}]")],
                "series.json: the list[0].id: missing",
            ),
            (
                &[
                    ("scenario.json", in_files.as_bytes()),
                    ("series.json", good_series.as_bytes()),
                    ("topology.json", b"[{\"caller\": 1}]"),
                ],
                "topology.json: the list[0].caller: expected text, found 1",
            ),
        ],
    );
}

#[test]
fn metrics_that_are_none_are_refused_by_line_and_column() {
    check(
        "metrics",
        &[
            (
                &[("metrics.csv", b"")],
                "metrics.csv: empty file: expected a header with `time` and one column for each series",
            ),
            (&[("metrics.csv", b"a,b\n1,2\n")], "metrics.csv: missing column \"time\" in the header"),
            (&[("metrics.csv", b"time,a,a\n1,2,3\n")], "metrics.csv: duplicate column \"a\" in the header"),
            (
                &[("metrics.csv", b"time,\xff\n1,2\n")],
                "metrics.csv: the name of column 2 in the header is not UTF-8",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2\n200,1\n")],
                "metrics.csv: line 3: expected 3 cells, as in the header, found 2",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2,3\n")],
                "metrics.csv: line 2: expected 3 cells, as in the header, found 4",
            ),
            (
                &[("metrics.csv", b"time,a,b\n,1,2\n")],
                "metrics.csv: line 2, column \"time\": expected Unix seconds, found \"\"",
            ),
            (
                &[("metrics.csv", b"time,a,b\nnan,1,2\n")],
                "metrics.csv: line 2, column \"time\": expected Unix seconds, found \"nan\"",
            ),
            (
                &[("metrics.csv", b"time,a,b\n2026-11-20T03:00:00Z,1,2\n")],
                "metrics.csv: line 2, column \"time\": expected Unix seconds, found \"2026-11-20T03:00:00Z\"",
            ),
            (
                &[("metrics.csv", b"time,a,b\n99999999999999999999,1,2\n")],
                "metrics.csv: line 2, column \"time\": expected Unix seconds, found \"99999999999999999999\"",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2\n\n200,one\ntwo,2\n")],
                "metrics.csv: line 4: expected 3 cells, as in the header, found 2",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2\n200,\"o\nne\",2\n")],
                "metrics.csv: line 3, column \"a\": expected a number or an empty cell, found \"o\\nne\"",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,\xff\n")],
                "metrics.csv: line 2, column \"b\": expected a number or an empty cell, found \"\u{fffd}\"",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1;5,2\n")],
                "metrics.csv: line 2, column \"a\": expected a number or an empty cell, found \"1;5\"",
            ),
        ],
    );
}

#[test]
fn log_lines_and_changes_that_are_none_are_refused_by_line() {
    check(
        "lines",
        &[
            (
                &[(
                    "logs.ndjson",
                    b"{\"time\": 100, \"component\": \"web\", \"message\": \"m\"}\nnot json\n",
                )],
                "logs.ndjson: line 2: invalid JSON: expected ident at line 1 column 2",
            ),
            (
                &[("logs.ndjson", b"{\"time\": 100, \"component\": \"web\"}\n")],
                "logs.ndjson: line 1: message: missing",
            ),
            (
                &[("logs.ndjson", b"{\"time\": \"noon\", \"component\": \"web\", \"message\": \"m\"}\n")],
                "logs.ndjson: line 1: time: expected a time in Unix seconds or like 2026-11-20T03:00:00Z, found \"noon\"",
            ),
            (&[("logs.ndjson", b"\n[]\n")], "logs.ndjson: line 2: expected an object, found a list"),
            (
                &[("changes.ndjson", b"{\"eventID\": \"e\", \"eventName\": \"N\"}\n")],
                "changes.ndjson: line 1: eventTime: missing",
            ),
            (
                &[(
                    "changes.ndjson",
                    b"{\"eventID\": \"e\", \"eventName\": \"N\", \"eventTime\": \"noon\"}\n",
                )],
                "changes.ndjson: line 1: eventTime: expected a time like 2026-11-20T03:00:00Z, found \"noon\"",
            ),
        ],
    );
}

#[test]
fn folder_that_is_none_is_named() {
    let dir = folder("none", &[]);
    fs::remove_file(dir.join("scenario.json")).unwrap();
    assert_eq!(said(&dir), "scenario.json: cannot be read: No such file or directory (os error 2)");
    fs::write(dir.join("scenario.json"), SCENARIO).unwrap();
    fs::remove_file(dir.join("metrics.csv")).unwrap();
    assert_eq!(said(&dir), "metrics.csv: cannot be read: No such file or directory (os error 2)");
    fs::create_dir(dir.join("metrics.csv")).unwrap();
    assert!(said(&dir).starts_with("metrics.csv: cannot be read: "));
}

/// The values of `a` in the baseline, a missing one as `None`.
fn values(name: &str, metrics: &[u8]) -> Vec<Option<f64>> {
    let scenario = Scenario::read(&folder(name, &[("metrics.csv", metrics)])).unwrap();
    let values = &scenario.incident.series[0].baseline.values;
    values.iter().map(|value| value.is_finite().then_some(*value)).collect()
}

#[test]
fn odd_metrics_are_read_tolerantly() {
    let table: [(&[u8], &[Option<f64>]); 11] = [
        (b"\xef\xbb\xbftime,a,b\n100,1,2\n", &[Some(1.0)]),
        (b"time,a,b\r\n100,1,2\r\n200,3,4\r\n", &[Some(1.0), Some(3.0)]),
        (b"time,a,b\n100,1,2", &[Some(1.0)]),
        (b"time,a,b\n", &[]),
        (b"time,a,b\n\n100,1,2\n\n", &[Some(1.0)]),
        (b"b,a,time\n2,1,100.0\n2,1,100.9\n", &[Some(1.0), Some(1.0)]),
        (b" time , a ,b\n 100 , 1 ,2\n", &[Some(1.0)]),
        (b"time,a,b\n100,NaN,2\n100,inf,2\n100,-Infinity,2\n100,1e999,2\n100,,2\n", &[None; 5]),
        (b"time,a,b\n100,1e308,2\n100,-1E-5,2\n100,+7,2\n", &[Some(1e308), Some(-1e-5), Some(7.0)]),
        (b"time,a,text\n100,1,what\n", &[Some(1.0)]),
        (b"time,a,b\n300,3,2\n100,1,2\n100,2,2\n", &[Some(3.0), Some(1.0), Some(2.0)]),
    ];
    for (number, (metrics, expected)) in table.into_iter().enumerate() {
        assert_eq!(values(&format!("odd-{number}"), metrics), expected, "{number}");
    }
}

#[test]
fn topology_null_absent_or_a_file_with_null_is_unknown() {
    let list = r#"[{"caller": "web", "callee": "db"}]"#;
    for (number, (document, file)) in [
        (SCENARIO.replacen(list, "null", 1), ""),
        (SCENARIO.replacen(&format!("\"topology\": {list},"), "", 1), ""),
        (SCENARIO.replacen(list, "\"topology.json\"", 1), "null"),
    ]
    .into_iter()
    .enumerate()
    {
        let files = [("scenario.json", document.as_bytes()), ("topology.json", file.as_bytes())];
        let scenario = Scenario::read(&folder(&format!("topology-{number}"), &files)).unwrap();
        assert_eq!(scenario.incident.calls, None);
        assert_ne!(document, SCENARIO);
    }
}

#[test]
fn one_file_gives_both_windows() {
    let scenario = Scenario::read(&folder("one-file", &[])).unwrap();
    let series = &scenario.incident.series[0];
    assert_eq!(series.baseline.values, [1.0, 1.0, 1.0]);
    assert_eq!(series.incident.values, [9.0, 9.0]);
    assert_eq!(*series.incident.times, [400, 500]);
}

#[test]
fn log_lines_that_are_not_utf8_are_kept() {
    let line = b"\xef\xbb\xbf{\"time\": 450, \"component\": \"web\", \"message\": \"caf\xe9\"}\r\n";
    let scenario = Scenario::read(&folder("logs", &[("logs.ndjson", line)])).unwrap();
    assert_eq!(scenario.incident.logs[0].incident, ["caf\u{fffd}"]);
    assert_eq!(
        (scenario.incident.logs[0].baseline_seconds, scenario.incident.logs[0].incident_seconds),
        (0, 1)
    );
}

#[test]
fn error_is_one_line_whatever_is_in_the_file() {
    let metrics = format!("time,\"a\",b\n100,\"{}\n\u{1b}[2J\",2\n", "x\n".repeat(500));
    let said = said(&folder("one-line", &[("metrics.csv", metrics.as_bytes())]));
    assert_eq!(said.lines().count(), 1);
    assert!(said.len() < 200 && !said.contains('\u{1b}'), "{said}");
}
