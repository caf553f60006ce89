//! Tests that the error for an invalid folder names the file, the place, and what would be right.

use std::{
    fs,
    path::{Path, PathBuf},
};

use common::Signal;
use ingest::ParsedEvent;
use serde_json::{Value, json};
use simulation::{Answer, Expected, Recording, Simulation, folders, known_gaps_beside};

use crate::repository::{block_on, scenarios};

/// A scenario of the repository, to be broken.
struct ScenarioCopy(PathBuf);

impl ScenarioCopy {
    fn new(name: &str, test: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("simulation-{test}"));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        for file in fs::read_dir(scenarios().join(name)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), dir.join(file.file_name())).unwrap();
        }
        Self(dir)
    }

    fn edit(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        let path = self.0.join(file);
        let mut value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        edit(&mut value);
        fs::write(path, value.to_string()).unwrap();
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    fn refusal(&self) -> String {
        let error = match Recording::read(&self.0) {
            Err(error) => error,
            Ok(_) => Expected::read(&self.0).unwrap_err(),
        };
        error.to_string()
    }
}

impl Drop for ScenarioCopy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const NAME: &str = "parameter-overwritten-at-the-reader";

#[test]
fn read_resources_that_are_wrong_name_file_and_field() {
    let copy = ScenarioCopy::new(NAME, "resources");
    let whole = fs::read_to_string(copy.0.join("resources.json")).unwrap();
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
    for (key, value, expected) in [
        ("symptom", Value::Null, "symptom"),
        ("symptom", json!({"state": "on fire", "summary": ""}), "symptom: unknown variant `on fire`"),
        ("unreadable", json!(["Metrics::serie"]), "unreadable: unknown read \"Metrics::serie\""),
        ("unreadabel", json!([]), "unknown key \"unreadabel\": expected an ARN, symptom"),
        (function, json!({"tag": {}}), "function:checkout: unknown field `tag`"),
        (function, json!({"reads": ["limit"]}), "invalid ARN \"limit\""),
        ("trail_delay_seconds", json!("soon"), "trail_delay_seconds: invalid type"),
    ] {
        copy.write("resources.json", &whole);
        copy.edit("resources.json", |all| all[key] = value);
        let refusal = copy.refusal();
        assert!(refusal.contains("resources.json: ") && refusal.contains(expected), "{refusal}");
    }
    fs::remove_file(copy.0.join("resources.json")).unwrap();
    assert!(copy.refusal().ends_with("resources.json: is missing"));
}

#[test]
fn read_event_that_is_none_says_what_ingest_says() {
    let copy = ScenarioCopy::new(NAME, "event");
    copy.edit("event.json", |event| event["detail"]["state"]["value"] = json!("BROKEN"));
    let refusal = copy.refusal();
    assert!(
        refusal.contains("event.json: not an event") && refusal.contains("detail.state.value"),
        "{refusal}"
    );
    fs::remove_file(copy.0.join("event.json")).unwrap();
    assert!(copy.refusal().contains("holds neither event.json nor signal.json"));
}

#[test]
fn read_lines_that_are_wrong_name_the_line_and_the_field() {
    let copy = ScenarioCopy::new(NAME, "lines");
    copy.write("changes.ndjson", "\n{\"eventTime\": \"2026-11-10T08:10:00Z\"}\n");
    let refusal = copy.refusal();
    assert!(refusal.contains("changes.ndjson: line 2: missing field `eventID`"), "{refusal}");
    copy.write("changes.ndjson", "");
    copy.write(
        "logs.ndjson",
        "{\"time\": \"2026-11-10T08:10:00Z\", \"component\": \"checkout\", \"message\": \"\"}",
    );
    let refusal = copy.refusal();
    assert!(refusal.contains("logs.ndjson: line 1: invalid ARN \"checkout\""), "{refusal}");
    copy.write("logs.ndjson", "");
    copy.edit("scenario.json", |scenario| scenario["metrics"]["incident"]["from"] = Value::Null);
    assert!(copy.refusal().contains("scenario.json: metrics.incident.from: missing"));
}

#[test]
fn read_truth_that_is_wrong_names_the_field() {
    let copy = ScenarioCopy::new(NAME, "truth");
    let whole = fs::read_to_string(copy.0.join("expected.json")).unwrap();
    for (key, value, expected) in [
        ("outcome", json!("panic"), "outcome: expected act, ask"),
        ("outcome", json!([]), "outcome: expected act, ask"),
        ("forbidden_action", json!([]), "unknown field `forbidden_action`"),
        ("forbidden_actions", json!([{}]), "forbids everything"),
        (
            "forbidden_actions",
            json!([{"action": "rollback-lamda-alias"}]),
            "unknown action rollback-lamda-alias",
        ),
        ("root_cause", json!({"component": "checkout", "failure_mode": "slow"}), "invalid ARN \"checkout\""),
    ] {
        copy.write("expected.json", &whole);
        copy.edit("expected.json", |all| all[key] = value);
        let refusal = copy.refusal();
        assert!(refusal.contains("expected.json: ") && refusal.contains(expected), "{refusal}");
    }
    copy.write("expected.json", &whole);
    copy.edit("expected.json", |all| drop(all.as_object_mut().unwrap().remove("root_cause")));
    assert!(copy.refusal().contains("missing field `root_cause`"));
}

#[test]
fn read_model_that_is_scripted_is_taken_and_left_out_where_told() {
    let copy = ScenarioCopy::new(NAME, "model");
    copy.write(
        "model.json",
        r#"[{"when": "deployment", "answer": {"uses": {"tool": "conclude", "input": {"why": "w"}}}},
            {"answer": {"says": "I cannot say."}}, {"answer": {"fails": "throttled"}}]"#,
    );
    let recording = Recording::read(&copy.0).unwrap();
    assert!(
        matches!(recording.model.as_deref(), Some([_, said, _]) if matches!(said.answer, Answer::Says(_)))
    );
    assert!(recording.without_model().model.is_none());
    copy.write("model.json", r#"[{"answer": {"shouts": "no"}}]"#);
    assert!(copy.refusal().contains("model.json: unknown variant `shouts`"));
}

#[test]
fn simulate_signal_as_it_was_recorded_comes_to_the_same_as_its_event() {
    let copy = ScenarioCopy::new(NAME, "signal");
    let simulation = Simulation::shipped().unwrap();
    let of_event = Recording::read(&copy.0).unwrap();
    let ParsedEvent::Signal(signal) = &of_event.reading else { panic!("no signal") };
    copy.write("signal.json", &serde_json::to_string::<Signal>(signal).unwrap());
    assert!(copy.refusal().contains("holds event.json and signal.json"));
    fs::remove_file(copy.0.join("event.json")).unwrap();
    let of_signal = Recording::read(&copy.0).unwrap();
    let report = |recording| block_on(simulation.run(recording)).unwrap();
    assert_eq!(report(&of_event), report(&of_signal));
}

/// The expected result must not be an input of the simulation that it scores.
#[test]
fn simulate_never_reads_the_truth() {
    let copy = ScenarioCopy::new(NAME, "unread");
    let simulation = Simulation::shipped().unwrap();
    let report = |dir: &Path| block_on(simulation.run(&Recording::read(dir).unwrap())).unwrap();
    let before = report(&copy.0);
    copy.write("expected.json", "no JSON at all");
    assert_eq!(report(&copy.0), before);
}

#[test]
fn known_gaps_lie_beside_the_scenarios_and_are_none_without_a_file() {
    let copy = ScenarioCopy::new(NAME, "known-gaps");
    let dir = copy.0.join("inner");
    assert!(known_gaps_beside(&dir).unwrap().is_empty());
    copy.write("known_gaps.json", r#"{"inner": "names the wrong function"}"#);
    assert_eq!(known_gaps_beside(&dir).unwrap()["inner"], "names the wrong function");
    copy.write("known_gaps.json", r#"{"inner": true}"#);
    assert!(known_gaps_beside(&dir).unwrap_err().to_string().contains("known_gaps.json: "));
}

#[test]
fn folders_are_a_scenario_or_those_in_a_folder_by_name() {
    let all = folders(&scenarios()).unwrap();
    assert!(all.is_sorted() && all.len() >= 30);
    assert_eq!(folders(&scenarios().join(NAME)).unwrap(), [scenarios().join(NAME)]);
    assert!(
        folders(&scenarios().join(NAME).join("event.json"))
            .unwrap_err()
            .to_string()
            .contains("cannot be read")
    );
}
