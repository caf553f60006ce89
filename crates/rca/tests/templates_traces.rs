//! Tests that a stack trace is one thing over many lines, which is told by its exceptions.

use proptest::prelude::*;
use rca::{
    log_diff::{ChangeKind, Windows, diff},
    templates::{EventJoiner, LINE_BYTES, LogEvent},
};

/// What each event says, and its lines.
fn events(log: &str) -> Vec<(String, usize)> {
    let mut events = Vec::new();
    let mut add =
        |event: LogEvent<'_>| events.push((String::from_utf8_lossy(event.text).into_owned(), event.lines));
    let mut joiner = EventJoiner::new();
    for line in log.lines() {
        joiner.push(line.as_bytes(), &mut add);
    }
    joiner.finish(&mut add);
    events
}

#[track_caller]
fn assert_events(log: &str, expected: &[(&str, usize)]) {
    let found = events(log);
    assert_eq!(found.iter().map(|(text, lines)| (text.as_str(), *lines)).collect::<Vec<_>>(), expected);
}

const JAVA: &str = "12:00:01 ERROR order 7 failed
java.lang.IllegalStateException: no stock for 7
\tat com.acme.Shop.order(Shop.java:12)
\tat com.acme.Shop$1.run(Shop.java:99) ~[shop.jar:1.2]
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/java.net.Socket.read(Socket.java:5)
\t... 12 more
12:00:02 INFO order 8 was placed";

const PYTHON: &str = "[ERROR] 2026-11-20T03:00:00Z 1f-2a order 7 failed
Traceback (most recent call last):
  File \"/var/task/db.py\", line 3, in get
    return rows[key]
           ~~~~^^^^^
KeyError: 'stock'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/var/task/app.py\", line 10, in handler
    raise OrderError(f\"no stock for {id}\")
shop.OrderError: no stock for 7
END RequestId: 1f-2a";

const NODE: &str = "started
TypeError: Cannot read properties of undefined (reading 'id')
    at order (/var/task/shop.js:12:7)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async Runtime.handler (/var/task/index.mjs:3:1)
stopped";

const GO: &str = "panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.order(0x1, 0x2)
\t/app/shop.go:12 +0x1d
main.main()
\t/app/main.go:5 +0x20
exit status 2
started again";

const RUST: &str = "thread 'main' panicked at src/main.rs:5:9:
no stock for 7
stack backtrace:
   0: std::panicking::begin_panic
   1: shop::order
             at ./src/main.rs:5:9
note: Some details are omitted
started again";

const DOTNET: &str = "Unhandled exception. System.InvalidOperationException: No stock for 7
   at Shop.Order(Int32 id) in /app/Shop.cs:line 12
   at Program.<Main>$(String[] args) in /app/Program.cs:line 3
   --- End of inner exception stack trace ---
started again";

const RUBY: &str = "shop.rb:12:in 'order': no stock for 7 (RuntimeError)
\tfrom shop.rb:20:in 'run'
\tfrom main.rb:3:in '<main>'
started again";

#[test]
fn trace_of_every_runtime_is_one_event() {
    assert_events(
        JAVA,
        &[
            (
                "12:00:01 ERROR order 7 failed\njava.lang.IllegalStateException: no stock for 7\nCaused by: \
                 java.net.SocketTimeoutException: Read timed out",
                7,
            ),
            ("12:00:02 INFO order 8 was placed", 1),
        ],
    );
    assert_events(
        PYTHON,
        &[
            (
                "[ERROR] 2026-11-20T03:00:00Z 1f-2a order 7 failed\nKeyError: 'stock'\nshop.OrderError: no stock for 7",
                13,
            ),
            ("END RequestId: 1f-2a", 1),
        ],
    );
    assert_events(
        NODE,
        &[
            ("started", 1),
            ("TypeError: Cannot read properties of undefined (reading 'id')", 4),
            ("stopped", 1),
        ],
    );
    assert_events(
        GO,
        &[("panic: runtime error: index out of range [5] with length 3", 8), ("started again", 1)],
    );
    assert_events(
        RUST,
        &[("thread 'main' panicked at src/main.rs:5:9:\nno stock for 7", 7), ("started again", 1)],
    );
    assert_events(
        DOTNET,
        &[("Unhandled exception. System.InvalidOperationException: No stock for 7", 4), ("started again", 1)],
    );
    assert_events(RUBY, &[("shop.rb:12:in 'order': no stock for 7 (RuntimeError)", 3), ("started again", 1)]);
}

#[test]
fn lambda_trace_without_a_last_line_ends_where_the_platform_goes_on() {
    // The runtime names the exception first, and indents by spaces that don't break.
    let log = "[ERROR] KeyError: 'stock'
Traceback (most recent call last):
\u{a0}\u{a0}File \"/var/task/app.py\", line 10, in handler
\u{a0}\u{a0}\u{a0}\u{a0}return rows[key]
END RequestId: 1f-2a";
    assert_events(log, &[("[ERROR] KeyError: 'stock'", 4), ("END RequestId: 1f-2a", 1)]);
}

#[test]
fn docker_lines_of_a_trace_are_one_event() {
    let wrapped = |text: &str| format!("{{\"log\":\"{text}\\n\",\"stream\":\"stderr\",\"time\":\"x\"}}");
    let log = [
        "java.lang.IllegalStateException: no stock",
        "\\tat com.acme.Shop.order(Shop.java:12)",
        "Caused by: java.io.IOException: Broken pipe",
        "\\t... 12 more",
        "order 8 was placed",
    ]
    .map(wrapped);
    let found = events(&log.join("\n"));
    assert_eq!(found.iter().map(|(_, lines)| *lines).collect::<Vec<_>>(), [4, 1]);
    assert!(found[0].0.contains("no stock") && found[0].0.contains("Broken pipe"), "{found:?}");
}

#[test]
fn collected_lines_of_a_trace_are_one_event() {
    for prefix in ["2026-11-20T03:00:00.123Z ", "2026-11-20T03:00:00.123456789Z stderr F "] {
        let log: Vec<String> = JAVA.lines().map(|line| format!("{prefix}{line}")).collect();
        let lines: Vec<usize> = events(&log.join("\n")).iter().map(|(_, lines)| *lines).collect();
        assert_eq!(lines, [7, 1], "{prefix}");
    }
}

#[test]
fn lines_that_only_look_like_a_trace_are_events_of_their_own() {
    for log in [
        // Indented, but no frames.
        "settings:\n  retries 3\n  timeout 5",
        // Nothing is indented.
        "at 5 (five) o'clock\nmeet at noon",
        // No error is before it.
        "all is well\nCacheInfo: 3 entries",
        "Caused by: nobody knows",
    ] {
        assert_eq!(events(log).len(), log.lines().count(), "{log}");
    }
}

#[test]
fn every_line_is_in_one_event() {
    for log in [JAVA, PYTHON, NODE, GO, RUST, DOTNET, RUBY] {
        let counted: usize = events(log).iter().map(|(_, lines)| lines).sum();
        assert_eq!(counted, log.lines().count(), "{log}");
    }
}

#[test]
fn diff_counts_a_trace_once_and_tells_it_by_its_exceptions() {
    let before = vec!["order 1 was placed".to_owned(); 50];
    let during = |times: usize, frame: usize| -> Vec<String> {
        let trace = (0..times).map(|n| JAVA.replace("Shop.java:12", &format!("Shop.java:{}", frame + n)));
        let lines = trace.flat_map(|log| log.lines().map(str::to_owned).collect::<Vec<_>>());
        before.iter().cloned().chain(lines).collect()
    };
    let changes = diff(&before, during(20, 1), Windows::default());
    let told: Vec<_> = changes
        .iter()
        .filter(|change| change.kind == ChangeKind::New && change.error)
        .map(|change| (change.template.as_str(), change.incident))
        .collect();
    assert_eq!(
        told,
        [(
            "<*> ERROR order <*> failed java.lang.IllegalStateException: no stock for <*> Caused by: \
             java.net.SocketTimeoutException: Read timed out",
            20
        )]
    );
    assert_eq!(diff(during(20, 1), during(20, 100), Windows::default()), []);
}

#[test]
fn diff_trace_in_one_text_is_the_same_as_over_many_lines() {
    // CloudWatch Logs hands out what Lambda printed at once as one event.
    let lines: Vec<&str> = PYTHON.lines().collect();
    let whole = [lines[..13].join("\n"), lines[13].to_owned()];
    let many: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let changes = diff(&many, &whole, Windows::default());
    assert_eq!(changes, []);
}

proptest! {
    #[test]
    fn joiner_any_lines_each_is_in_one_event_of_bounded_size(
        lines in prop::collection::vec(
            prop_oneof![
                prop::sample::select([JAVA, PYTHON, NODE, GO, RUST, DOTNET, RUBY].join("\n").lines()
                    .map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>()),
                prop::collection::vec(any::<u8>(), 0..40),
                Just(b"Caused by: x ".repeat(1000)),
            ],
            0..60,
        )
    ) {
        let (mut counted, mut longest) = (0, 0);
        let mut add = |event: LogEvent<'_>| {
            counted += event.lines;
            longest = longest.max(event.text.len());
        };
        let mut joiner = EventJoiner::new();
        for line in &lines {
            joiner.push(line, &mut add);
        }
        joiner.finish(&mut add);
        prop_assert_eq!(counted, lines.len());
        prop_assert!(longest <= LINE_BYTES + 1);
    }
}
