use common::{Fingerprint, IncidentId};
use fakes::sample;
use proptest::prelude::*;

use super::{shipped::BUNDLES, *};

type Files = Vec<(&'static str, String)>;

fn files() -> Files {
    BUNDLES[0].1.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
}

fn parse(files: &Files) -> Result<Bundle, InvalidBundle> {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Bundle::parse("b", &files)
}

/// The error of a bundle in whose `file` `from` is `to`.
fn error(file: &str, from: &str, to: &str) -> String {
    let mut files = files();
    let (_, text) = files.iter_mut().find(|(name, _)| *name == file).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    parse(&files).unwrap_err().to_string()
}

#[test]
fn shipped_bundles_parse_and_have_the_lines_and_models_they_say() {
    let bundles = Bundles::shipped().unwrap();
    let bundle = bundles.choose(sample::incident().id).unwrap();
    let lines: Vec<_> = bundle.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(lines, ["deployment", "capacity", "dependency", "traffic", "permissions"]);
    assert!(bundle.models.investigate.id.contains("haiku") && bundle.models.weigh.id.contains("sonnet"));
    assert_eq!(bundle.money.per_incident, MicroUsd(250_000));
    assert_eq!(bundle.money.for_lines(), MicroUsd(125_000));
    assert_eq!(bundles.all().count(), 1);
}

#[test]
fn name_changes_with_any_file_and_with_nothing_else() {
    let name = parse(&files()).unwrap().name();
    let mut turned = files();
    turned.reverse();
    assert_eq!(parse(&turned).unwrap().name(), name);
    assert_eq!(name.len(), "b@".len() + 12);
    for at in 0..files().len() {
        let mut changed = files();
        changed[at].1.push('\n');
        assert_ne!(parse(&changed).unwrap().name(), name, "{}", changed[at].0);
    }
}

#[test]
fn parse_wrong_table() {
    for (file, from, to, expected) in [
        (
            "bundle.toml",
            "version = 1",
            "version = 2",
            "b/bundle.toml: version: invalid version 2: expected 1",
        ),
        ("bundle.toml", "version = 1", "", "b/bundle.toml: cannot be parsed"),
        ("bundle.toml", "version = 1", "version = 1\ncolour = 3", "b/bundle.toml: cannot be parsed"),
        ("bundle.toml", "weigh = \"global", "weigh = \"none", "models.weigh: no price for none.anthropic"),
        ("bundle.toml", "input = 1.00", "input = 0.0", "prices.global.anthropic.claude-haiku"),
        ("bundle.toml", "output = 15.00", "output = -1.0", "invalid amount -1: expected 0 to"),
        (
            "bundle.toml",
            "requests = 30",
            "requests = 10",
            "limits.requests: invalid value 10: expected at least 23",
        ),
        (
            "bundle.toml",
            "steps_per_line = 3",
            "steps_per_line = 0",
            "limits.steps_per_line: invalid value 0: expected 1 to",
        ),
        ("bundle.toml", "seconds = 100", "seconds = 9999", "limits.seconds: invalid value 9999"),
        ("bundle.toml", "usd_per_incident = 0.25", "usd_per_incident = nan", "money.usd_per_incident"),
        (
            "bundle.toml",
            "percent_for_weighing = 50",
            "percent_for_weighing = 95",
            "invalid value 95: expected at most 90",
        ),
        ("bundle.toml", "\"traffic\"", "\"weather\"", "b/lines/weather.md: missing"),
        ("bundle.toml", "\"traffic\"", "\"weigh\"", "lines: invalid line \"weigh\": expected"),
        ("bundle.toml", "\"traffic\"", "\"../x\"", "lines: invalid line \"../x\": expected"),
        (
            "bundle.toml",
            "\"traffic\"",
            "\"capacity\"",
            "invalid line \"capacity\": expected 1 to 32 lower-case letters, once",
        ),
        (
            "tools.toml",
            "name = \"read_logs\"",
            "name = \"write_logs\"",
            "b/tools.toml: tool.write_logs: unknown tool: expected one of read_metrics,",
        ),
        ("tools.toml", "name = \"read_logs\"", "name = \"read_state\"", "tool.read_state: described twice"),
        (
            "tools.toml",
            "kind = \"component\"",
            "kind = \"text\"",
            "tool.read_metrics.input: invalid inputs: expected component of kind Component",
        ),
        ("tools.toml", "kind = \"component\"", "kind = \"shell\"", "b/tools.toml: cannot be parsed"),
    ] {
        let said = error(file, from, to);
        assert!(said.contains(expected), "{from} → {to}: {said}");
    }
}

#[test]
fn parse_missing_file_is_named() {
    for at in 0..files().len() {
        let mut fewer = files();
        let (name, _) = fewer.remove(at);
        let said = parse(&fewer).unwrap_err().to_string();
        assert_eq!(said, format!("b/{name}: missing or empty"));
    }
}

#[test]
fn shares_wrong_table() {
    for (text, expected) in [
        ("[shares]\na = 99", "shares.toml: shares: invalid sum 99: expected 100"),
        ("[shares]\na = 60\nb = 60", "invalid sum 120"),
        ("[shares]", "invalid sum 0"),
        ("a = 100", "shares.toml: cannot be parsed"),
        ("[shares]\na = -1\nb = 101", "shares.toml: cannot be parsed"),
    ] {
        let said = Shares::parse(text).unwrap_err().to_string();
        assert!(said.contains(expected), "{text:?}: {said}");
    }
    let unknown = Bundles::new(Shares::parse("[shares]\na = 100").unwrap(), Vec::new()).unwrap_err();
    assert_eq!(unknown.to_string(), "shares.toml: shares.a: unknown bundle: expected one of the folder");
}

#[test]
fn with_overrides_table() {
    let with = |json: &str| {
        parse(&files())
            .unwrap()
            .with_overrides(serde_json::from_str(json).unwrap())
            .map_err(|error| error.to_string())
    };
    let bundle = with("{}").unwrap();
    assert_eq!(bundle.money, parse(&files()).unwrap().money);
    let bundle =
        with(r#"{"incident_cap": 1, "day_cap": 2, "guardrail": {"id": "g", "version": "1"}}"#).unwrap();
    assert_eq!((bundle.money.per_incident, bundle.money.per_day), (MicroUsd(1), MicroUsd(2)));
    assert_eq!(bundle.guardrail.unwrap().version, "1");
    let bundle = with(
        r#"{"models": {"weigh": {"id": "m", "price": {"input": 1, "output": 2, "cache_read": 0, "cache_write": 0}}}}"#,
    );
    assert_eq!(bundle.unwrap().models.weigh.price.output, MicroUsd(2_000_000));
    let unpriced = with(r#"{"models": {"investigate": {"id": "m"}}}"#).unwrap_err();
    assert!(
        unpriced.contains("overrides: models.investigate: no price for \"m\": expected one here"),
        "{unpriced}"
    );
    assert!(serde_json::from_str::<Overrides>(r#"{"cap": 1}"#).is_err());
}

fn incident(number: u32) -> IncidentId {
    let event = format!("event-{number}").parse().unwrap();
    IncidentId::opened_by(&event, &Fingerprint::from_parts(&["x"]), sample::at())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn choose_ten_thousand_incidents_are_shared_within_two_percent(
        first in 0u32..=100, second in 0u32..=100, from in 0u32..1_000_000,
    ) {
        let second = second.min(100 - first);
        let third = 100 - first - second;
        let shares = Shares::parse(&format!("[shares]\na = {first}\nb = {second}\nc = {third}")).unwrap();
        let mut counts = std::collections::BTreeMap::from([("a", 0i64), ("b", 0), ("c", 0)]);
        for number in from..from + 10_000 {
            let chosen = shares.choose(incident(number));
            prop_assert_eq!(chosen, shares.choose(incident(number)));
            *counts.get_mut(chosen).unwrap() += 1;
        }
        for (id, share) in [("a", first), ("b", second), ("c", third)] {
            let expected = i64::from(share) * 100;
            prop_assert!((counts[id] - expected).abs() <= 200, "{} of {}", counts[id], expected);
            prop_assert!(share > 0 || counts[id] == 0);
        }
    }
}
