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
            "schema_version is 2, expected 1, the only version there is",
        ),
        (r#""schema_version": 1, "#, "", "schema_version is missing"),
        (r#""name": "n""#, r#""name": 7"#, "name is 7, expected a text"),
        (r#", "name": "n""#, "", "name is missing"),
        (
            r#""component": "web", "metric": "latency", "statistic": "Average", "d"#,
            r#""metric": "latency", "d"#,
            "symptom.component is missing",
        ),
        (
            "2026-11-20T03:00:00Z",
            "yesterday",
            r#"symptom.detected_at is "yesterday", expected a time like 2026-11-20T03:00:00Z"#,
        ),
        (
            "2026-11-20T03:00:00Z",
            "2026-13-40T03:00:00Z",
            r#"symptom.detected_at is "2026-13-40T03:00:00Z", expected a time like 2026-11-20T03:00:00Z"#,
        ),
        (r#""symptom": {"#, r#""symptoms": {"#, "symptom is missing"),
        (r#""id": "b""#, r#""id": "a""#, r#"series "a" is there twice: latency of web and cpu of db"#),
        (r#""id": "b", "#, "", "series[1].id is missing"),
        (r#""metric": "cpu""#, r#""metric": null"#, "series[1].metric is missing"),
        (
            r#""series": ["#,
            r#""series": 3, "serie": ["#,
            "series is 3, expected a list, or the path of a file that holds one",
        ),
        (r#""series": ["#, r#""series": ["a", "#, r#"series[0] is "a", expected an object"#),
        (r#""callee": "db""#, r#""called": "db""#, "topology[0].callee is missing"),
        (
            r#""topology": ["#,
            r#""topology": {}, "t": ["#,
            "topology is an object, expected a list, the path of a file that holds one, or null",
        ),
        (r#""metrics": {"#, r#""metric": {"#, "metrics is missing"),
        (r#""incident": {"#, r#""accident": {"#, "metrics.incident is missing"),
        (r#""from": 400, "#, "", "metrics.incident.from is missing"),
        (r#""file": "metrics.csv", "from": 100"#, r#""from": 100"#, "metrics.baseline.file is missing"),
        (
            r#""from": 400"#,
            r#""from": 600"#,
            "metrics.incident.to is 500, which is before metrics.incident.from: 600",
        ),
        (
            r#""from": 400"#,
            r#""from": "400""#,
            r#"metrics.incident.from is "400", expected a time in Unix seconds"#,
        ),
        (
            r#""from": 400"#,
            r#""from": 1795140000000"#,
            "metrics.incident.from is 1795140000000, expected a time in Unix seconds",
        ),
        (
            r#""from": 400"#,
            r#""from": 1e300"#,
            "metrics.incident.from is 1e+300, expected a time in Unix seconds",
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
                "scenario.json: no JSON document: EOF while parsing a value at line 1 column 0",
            ),
            (&[("scenario.json", b"[]")], "scenario.json: the document is a list, expected an object"),
            (
                &[("scenario.json", b"{\"name\": \"\xff\"}")],
                "scenario.json: no JSON document: invalid unicode code point at line 1 column 11",
            ),
            (
                &[("scenario.json", in_files.as_bytes())],
                "series.json: cannot be read: No such file or directory (os error 2)",
            ),
            (
                &[("scenario.json", in_files.as_bytes()), ("series.json", b"{}")],
                "series.json: the list is an object, expected a list",
            ),
            (
                &[("scenario.json", in_files.as_bytes()), ("series.json", b"[{}]")],
                "series.json: the list[0].id is missing",
            ),
            (
                &[
                    ("scenario.json", in_files.as_bytes()),
                    ("series.json", good_series.as_bytes()),
                    ("topology.json", b"[{\"caller\": 1}]"),
                ],
                "topology.json: the list[0].caller is 1, expected a text",
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
                "metrics.csv: is empty, expected a header: time, then one column a series",
            ),
            (&[("metrics.csv", b"a,b\n1,2\n")], "metrics.csv: the header has no column \"time\""),
            (&[("metrics.csv", b"time,a,a\n1,2,3\n")], "metrics.csv: the header has column \"a\" twice"),
            (&[("metrics.csv", b"time,\xff\n1,2\n")], "metrics.csv: the header's column 2 is not UTF-8"),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2\n200,1\n")],
                "metrics.csv: line 3 has 2 cells where the header has 3",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2,3\n")],
                "metrics.csv: line 2 has 4 cells where the header has 3",
            ),
            (
                &[("metrics.csv", b"time,a,b\n,1,2\n")],
                "metrics.csv: line 2, column \"time\": \"\" is no time in Unix seconds",
            ),
            (
                &[("metrics.csv", b"time,a,b\nnan,1,2\n")],
                "metrics.csv: line 2, column \"time\": \"nan\" is no time in Unix seconds",
            ),
            (
                &[("metrics.csv", b"time,a,b\n2026-11-20T03:00:00Z,1,2\n")],
                "metrics.csv: line 2, column \"time\": \"2026-11-20T03:00:00Z\" is no time in Unix seconds",
            ),
            (
                &[("metrics.csv", b"time,a,b\n99999999999999999999,1,2\n")],
                "metrics.csv: line 2, column \"time\": \"99999999999999999999\" is no time in Unix seconds",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2\n\n200,one\ntwo,2\n")],
                "metrics.csv: line 4 has 2 cells where the header has 3",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,2\n200,\"o\nne\",2\n")],
                "metrics.csv: line 3, column \"a\": \"o\\nne\" is no number",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1,\xff\n")],
                "metrics.csv: line 2, column \"b\": \"\u{fffd}\" is no number",
            ),
            (
                &[("metrics.csv", b"time,a,b\n100,1;5,2\n")],
                "metrics.csv: line 2, column \"a\": \"1;5\" is no number",
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
                "logs.ndjson: line 2: no JSON document: expected ident at line 1 column 2",
            ),
            (
                &[("logs.ndjson", b"{\"time\": 100, \"component\": \"web\"}\n")],
                "logs.ndjson: line 1: message is missing",
            ),
            (
                &[("logs.ndjson", b"{\"time\": \"noon\", \"component\": \"web\", \"message\": \"m\"}\n")],
                "logs.ndjson: line 1: time is \"noon\", expected a time in Unix seconds or like 2026-11-20T03:00:00Z",
            ),
            (&[("logs.ndjson", b"\n[]\n")], "logs.ndjson: line 2 is a list, expected an object"),
            (
                &[("changes.ndjson", b"{\"eventID\": \"e\", \"eventName\": \"N\"}\n")],
                "changes.ndjson: line 1: eventTime is missing",
            ),
            (
                &[(
                    "changes.ndjson",
                    b"{\"eventID\": \"e\", \"eventName\": \"N\", \"eventTime\": \"noon\"}\n",
                )],
                "changes.ndjson: line 1: eventTime is \"noon\", expected a time like 2026-11-20T03:00:00Z",
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
    let values = &scenario.case.series[0].baseline.values;
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
        assert_eq!(scenario.case.calls, None);
        assert_ne!(document, SCENARIO);
    }
}

#[test]
fn one_file_gives_both_windows() {
    let scenario = Scenario::read(&folder("one-file", &[])).unwrap();
    let series = &scenario.case.series[0];
    assert_eq!(series.baseline.values, [1.0, 1.0, 1.0]);
    assert_eq!(series.incident.values, [9.0, 9.0]);
    assert_eq!(*series.incident.times, [400, 500]);
}

#[test]
fn log_lines_that_are_not_utf8_are_kept() {
    let line = b"\xef\xbb\xbf{\"time\": 450, \"component\": \"web\", \"message\": \"caf\xe9\"}\r\n";
    let scenario = Scenario::read(&folder("logs", &[("logs.ndjson", line)])).unwrap();
    assert_eq!(scenario.case.logs[0].incident, ["caf\u{fffd}"]);
    assert_eq!((scenario.case.logs[0].baseline_seconds, scenario.case.logs[0].incident_seconds), (0, 1));
}

#[test]
fn error_is_one_line_whatever_is_in_the_file() {
    let metrics = format!("time,\"a\",b\n100,\"{}\n\u{1b}[2J\",2\n", "x\n".repeat(500));
    let said = said(&folder("one-line", &[("metrics.csv", metrics.as_bytes())]));
    assert_eq!(said.lines().count(), 1);
    assert!(said.len() < 200 && !said.contains('\u{1b}'), "{said}");
}
