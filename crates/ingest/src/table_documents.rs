//! Writes what people and EventBridge need of the table: `docs/events.md`, and the rules of `infra/template.yaml`. Tests
//! hold both; `BLESS=1 cargo nextest run -p ingest` writes them anew.

mod document;
mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use common::SignalState;
use serde_json::{Map, Value, json};

use crate::{
    ParsedEvent,
    kind_table::{Case, CaseState, KindRow, SourceKinds},
    kinds,
};

/// EventBridge takes patterns of 4,096 characters; the account's and the region's values are filled in later.
const MAX_PATTERN_CHARS: usize = 3_300;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sources whose kinds are the same, with these.
fn sources() -> Vec<(Vec<&'static str>, &'static SourceKinds)> {
    let mut grouped: Vec<(Vec<&str>, &SourceKinds)> = Vec::new();
    for source in kinds::sources() {
        let kinds = kinds::source_kinds(source).unwrap();
        let alike = |(_, other): &&mut (Vec<&str>, &SourceKinds)| {
            !kinds.kinds.is_empty()
                && serde_json::to_value(other).unwrap() == serde_json::to_value(kinds).unwrap()
        };
        match grouped.iter_mut().find(alike) {
            Some((sources, _)) => sources.push(source),
            None => grouped.push((vec![source], kinds)),
        }
    }
    grouped
}

/// The events in `events/`, by name.
fn samples() -> Vec<(String, Value)> {
    let mut paths: Vec<_> =
        fs::read_dir(root().join("events")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths
        .iter()
        .map(|path| (name(path), serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()))
        .collect()
}

fn outcome(event: &Value) -> (String, String) {
    match ParsedEvent::parse(event) {
        ParsedEvent::Signal(signal) => {
            let state = match signal.state {
                SignalState::Firing => "firing",
                SignalState::Recovered => "recovered",
                SignalState::Info => "information",
            };
            (format!("{state} {}", signal.severity), signal.title)
        }
        ParsedEvent::Signals(signals) => {
            let titles: Vec<_> = signals.iter().map(|signal| signal.title.as_str()).collect();
            (format!("{} signals", signals.len()), titles.join("; "))
        }
        ParsedEvent::Ignored { reason } => ("ignored".to_owned(), reason),
        ParsedEvent::Rejected { reason } => ("rejected".to_owned(), reason),
    }
}

/// The group of rules that takes an event's kind, as the table says.
fn rule_of(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let (source, detail_type) = (text("source"), text("detail-type"));
    let rule = kinds::source_kinds(source).map(|kinds| kinds.rule.clone()).unwrap_or_default();
    match kinds::find(source, detail_type) {
        Some(kinds::KnownKind::Row(row)) if row.ignored.is_none() && row.no_rule.is_none() => rule,
        None if source == "nightshift.drill" => "DrillCalled".to_owned(),
        None if source == "nightshift.webhook" => "AlertReceived".to_owned(),
        _ => String::new(),
    }
}

fn held(path: &Path, expected: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not what the table says: BLESS=1 cargo nextest run -p ingest",
        path.display()
    );
}

#[test]
fn documentation_is_what_the_table_says() {
    held(&root().join("docs/events.md"), &document::text());
}

#[test]
fn rules_of_the_template_are_what_the_table_says() {
    const BEGIN: &str = "        # -- what `crates/ingest/kinds` says begins --\n";
    const END: &str = "        # -- what `crates/ingest/kinds` says ends --\n";
    let path = root().join("infra/template.yaml");
    let template = fs::read_to_string(&path).unwrap();
    let (before, rest) = template.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    held(&path, &format!("{before}{BEGIN}{}{END}{after}", rules::yaml()));
}

#[test]
fn rules_fit_what_eventbridge_takes() {
    for (name, clauses) in rules::patterns() {
        let size = json!({"account": ["123456789012"], "region": ["ap-southeast-1"], "$or": clauses})
            .to_string()
            .len();
        assert!(size < 4_000, "{name}: {size}");
        assert!(clauses.len() < 1_000, "{name}");
    }
}

#[test]
fn table_is_well_formed() {
    let mut names = BTreeSet::new();
    for (sources, kinds) in sources() {
        assert!(!kinds.kinds.is_empty() || kinds.all_others_ignored.is_some(), "{sources:?}: nothing in it");
        assert!(
            kinds.kinds.is_empty() || kinds.documentation.starts_with("https://"),
            "{sources:?}: no documentation"
        );
        for row in &kinds.kinds {
            let what = format!("{sources:?} {:?}", row.detail_types);
            assert!(!row.detail_types.is_empty(), "{what}");
            if row.ignored.is_some() {
                assert!(
                    row.cases.is_empty() && row.name.is_empty() && row.code.is_none(),
                    "{what}: ignored, and more"
                );
                continue;
            }
            names.insert(&row.name);
            assert!(
                row.name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()),
                "{what}"
            );
            assert!(!row.name.is_empty(), "{what}: no name");
            assert!(row.no_rule.is_some() || !kinds.rule.is_empty(), "{what}: no rule, and no reason");
            for severity in row.cases.iter().filter_map(|case| case.severity.as_ref()).chain([&row.severity])
            {
                assert!(["sev1", "sev2", "sev3", "sev4"].contains(&severity.as_str()), "{what}: {severity}");
            }
            if let Some(code) = &row.code {
                assert!(crate::aws_event::READERS.iter().any(|(name, _)| name == code), "{what}: {code}");
                continue;
            }
            assert!(!row.cases.is_empty() && !row.title.is_empty(), "{what}: no cases or no title");
            assert!(
                !row.resources.is_empty() || !row.fingerprint.is_empty(),
                "{what}: nothing identifies it"
            );
            let unreachable = row.cases.iter().rev().skip(1).find(|case| case.when.is_empty());
            assert!(unreachable.is_none(), "{what}: what follows {unreachable:?} is never reached");
        }
    }
    assert!(names.len() > 90, "{}", names.len());
}

/// The kinds that AWS lists, one a line, `source<tab>detail type`: `native_kinds.py` writes it.
#[test]
fn native_kinds_have_an_outcome_each() {
    let list =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("native_kinds/kinds.tsv")).unwrap();
    let lines: Vec<_> = list.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 381, "pinned");
    let missing: Vec<_> = lines
        .iter()
        .filter(|line| {
            let (source, detail_type) = line.split_once('\t').unwrap();
            kinds::find(source, detail_type).is_none()
        })
        .collect();
    assert!(missing.is_empty(), "in no row: {missing:#?}");
}

#[test]
fn samples_there_is_one_of_each_file_of_the_table() {
    let samples = samples();
    for (sources, kinds) in sources() {
        if kinds.kinds.iter().all(|row| row.ignored.is_some()) {
            continue;
        }
        let has = samples.iter().any(|(_, event)| {
            let source = event["source"].as_str().unwrap_or_default();
            sources.contains(&source)
                || (sources == [kinds::EVERY_SERVICE]
                    && event["detail-type"].as_str().is_some_and(|it| it.ends_with(" via CloudTrail")))
        });
        assert!(has, "events/ has no sample of {sources:?}");
    }
}
