//! Checks that whatever a file holds, reading it ends in a value or in an error of one line.

use proptest::prelude::*;
use scenario::parse::{self, Window};

fn window() -> Window {
    Window { file: "metrics.csv".to_owned(), from: i64::MIN, to: i64::MAX }
}

fn read_all(bytes: &[u8]) {
    let errors = [
        parse::document(bytes).err(),
        parse::series(bytes).err(),
        parse::calls(bytes).err(),
        parse::table(bytes).err(),
        parse::logs(bytes, &window(), &window()).err(),
        parse::changes(bytes).err(),
    ];
    for error in errors.into_iter().flatten() {
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}

/// Texts that get further than arbitrary bytes do.
fn pieces(of: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(of), 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn csv_never_panics(bytes in pieces(&["time", ",", "\n", "\"", "1", "-", ".", "e", "9999999", "nan", "a", "\r\n", " "])) {
        read_all(&bytes);
    }

    #[test]
    fn json_never_panics(bytes in pieces(&[
        "{", "}", "[", "]", ":", ",", "\"schema_version\"", "\"name\"", "\"series\"", "\"metrics\"", "\"from\"",
        "\"to\"", "\"eventID\"", "\"eventTime\"", "\"eventName\"", "\"requestParameters\"", "\"x\"", "1", "-1e308",
        "null", "\"2026-11-20T03:00:00Z\"", "\n",
    ])) {
        read_all(&bytes);
    }

    #[test]
    fn table_keeps_as_many_values_as_times(rows in prop::collection::vec((any::<i32>(), any::<f64>()), 0..50)) {
        let lines = rows.iter().map(|(time, value)| format!("{time},{value}\n"));
        let text: String = std::iter::once("time,a\n".to_owned()).chain(lines).collect();
        let table = parse::table(text.as_bytes()).unwrap();
        let times: Vec<i64> = rows.iter().map(|&(time, _)| i64::from(time)).collect();
        prop_assert_eq!(table.times, times);
        for (read, (_, written)) in table.columns["a"].values.iter().zip(&rows) {
            prop_assert!(read.total_cmp(written).is_eq() || (read.is_nan() && written.is_nan()));
        }
        prop_assert_eq!(table.columns["a"].values.len(), rows.len());
    }
}
