//! Scenarios of the repository simulated, exported, and simulated again.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{
    Arn, Conclusion, ContextSource, Evidence, Observed, SymptomState,
    context_source::Note,
    evidence::{AlarmTransition, Change},
    telemetry::MetricSeries,
};
use fakes::sample;
use ingest::ParsedEvent;
use proptest::prelude::*;

use super::*;
use crate::{Expected, LogLine, Outcome, Recording, Report, Score, Simulation, folders, world::World};

fn scenarios() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// A folder of a test's own, gone when it is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("nightshift-export-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        Self(dir)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The report of a simulation, and the stored incident and the world that it leaves; `None` where no incident was
/// opened.
fn simulated(recording: &Recording) -> (Report, Option<(IncidentFile, World)>) {
    let simulation = Simulation::shipped().unwrap();
    let ParsedEvent::Signal(signal) = &recording.reading else {
        return (block_on(simulation.run(recording)).unwrap(), None);
    };
    let now = signal.occurred_at + recording.looked_after;
    let world = World::new(recording, now);
    let report = block_on(simulation.run_in(&world, recording, signal)).unwrap();
    let incident = world.store.incidents().pop();
    let file = incident
        .map(|incident| block_on(IncidentFile::read(&world.store, incident, BTreeMap::new())).unwrap());
    (report, file.map(|file| (file, world)))
}

fn read_recording(dir: &Path) -> Recording {
    Recording::read(dir).unwrap().without_model()
}

/// The part of a report that must come out the same, without what an export replaces: account ids, and the names of roles
/// and users.
fn gist(report: &Report) -> String {
    let name = |arn: &Arn| match arn.service() {
        "iam" => arn.resource().split('/').next().unwrap_or_default().to_owned(),
        _ => arn.name(),
    };
    let part = |arn: &Arn| format!("{} {} {}", arn.service(), arn.region(), name(arn));
    let cause = report.cause.as_ref().map(|it| (part(&it.component), it.failure_mode, it.confidence));
    let action = report.proposal.as_ref().map(|it| (it.action.clone(), part(&it.target)));
    let rulings = [&report.autonomous, &report.supervised].map(|it| (it.outcome, it.verdict));
    format!("{cause:?} {action:?} {rulings:?}")
}

/// Exports what `recording` left, and simulates that.
fn again(recording: &Recording, to: &Folder) -> Option<(Report, Report)> {
    let (before, left) = simulated(recording);
    let (file, world) = left?;
    let samples = block_on(Samples::read(&file, &world.account, &world.account));
    export(&file, &samples, &recording.name, Truth::Open).write(&to.0).unwrap();
    Some((before, simulated(&read_recording(&to.0)).0))
}

#[test]
fn export_simulated_gives_the_same_cause_action_and_verdict() {
    let mut different = Vec::new();
    let mut same = 0;
    for dir in folders(&scenarios()).unwrap() {
        let recording = read_recording(&dir);
        let folder = Folder::new(&recording.name);
        let Some((before, after)) = again(&recording, &folder) else { continue };
        if gist(&before) == gist(&after) {
            same += 1;
        } else {
            different.push(format!("{}:\n  {}\n  {}", recording.name, gist(&before), gist(&after)));
        }
    }
    println!("{same} the same, {} different", different.len());
    assert!(different.is_empty() && same >= 50, "{same} the same; {}", different.join("\n"));
}

/// A scenario as it could be in a real account: its text with other words in it.
fn in_a_real_account(name: &str, words: &[(&str, &str)]) -> Folder {
    let copy = Folder::new(&format!("{name}-real"));
    fs::create_dir_all(&copy.0).unwrap();
    for file in fs::read_dir(scenarios().join(name)).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let text = words.iter().fold(text, |text, (from, to)| text.replace(from, to));
        fs::write(copy.0.join(file.file_name()), text).unwrap();
    }
    copy
}

fn files(dir: &Path) -> Vec<(String, String)> {
    let name = |file: &fs::DirEntry| file.file_name().to_string_lossy().into_owned();
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries.map(|file| (name(&file), fs::read_to_string(file.path()).unwrap())).collect()
}

#[test]
fn export_of_a_real_account_holds_nothing_of_it_and_comes_to_the_same() {
    let words = [
        ("123456789012", "402398571116"),
        ("999999999999", "210055660034"),
        ("assumed-role/deploy/GitHubActions", "assumed-role/release-managers/carol.smith"),
        ("answered 200", "answered 200 to carol.smith@example.org with AKIAQ3EGRZ7T5XW2KP4N"),
    ];
    for name in ["alias-moved-two-calls-behind", "change-by-nightshift", "function-of-another-account"] {
        let real = in_a_real_account(name, &words);
        let to = Folder::new(&format!("{name}-to"));
        let (before, after) = again(&read_recording(&real.0), &to).unwrap();
        assert_eq!(gist(&before), gist(&after), "{name}");
        for (file, text) in files(&to.0) {
            for gone in ["402398571116", "210055660034", "release-managers", "carol", "AKIAQ3EGRZ7T5XW2KP4N"]
            {
                assert!(!text.contains(gone), "{name}/{file} holds {gone}");
            }
        }
    }
}

/// The incident that one scenario leaves, made once for many cases.
fn left() -> &'static (IncidentFile, Samples) {
    static LEFT: OnceLock<(IncidentFile, Samples)> = OnceLock::new();
    LEFT.get_or_init(|| {
        let (_, left) = simulated(&read_recording(&scenarios().join("alias-moved-to-broken-version")));
        let (file, world) = left.unwrap();
        let samples = block_on(Samples::read(&file, &world.account, &world.account));
        (file, samples)
    })
}

/// The same file in `account`, with `secret` wherever somebody could have written it.
fn planted(account: &str, actor: &str, secret: &str, address: &str) -> (IncidentFile, Samples) {
    let (file, samples) = left();
    let moved = |text: String| text.replace("123456789012", account);
    let incident = moved(serde_json::to_string(&file.incident).unwrap());
    let evidence = moved(serde_json::to_string(&file.evidence).unwrap());
    let diagnosis = moved(serde_json::to_string(&file.diagnosis).unwrap());
    let mut file = IncidentFile {
        incident: serde_json::from_str(&incident).unwrap(),
        evidence: serde_json::from_str(&evidence).unwrap(),
        diagnosis: serde_json::from_str(&diagnosis).unwrap(),
        own_roles: BTreeMap::new(),
    };
    let said = format!("{actor} in {account} found {secret} of {address}");
    let arn = |resource: String| Arn::new("dynamodb", "eu-west-1", account, &resource);
    file.incident.signal.title = said.clone();
    file.incident.signal.labels =
        [("reason".to_owned(), said.clone()), (address.to_owned(), said.clone())].into();
    file.incident.signal.resources.push(arn(format!("table/{address}")));
    let note = Note {
        at: None,
        resource: Some(arn(format!("table/x-{account}/{address}"))),
        actor: Some(actor.to_owned()),
        what: said.clone(),
    };
    let change = file.changes().next().unwrap().clone();
    let change = Change { actor: format!("arn:aws:iam::{account}:user/{actor}"), ..change };
    for observed in [
        Observed::Notes { source: ContextSource::Health, notes: vec![note] },
        Observed::AlarmHistory {
            transitions: vec![AlarmTransition {
                at: sample::at(),
                to: SymptomState::Firing,
                summary: said.clone(),
            }],
        },
        Observed::Application {
            name: format!("{secret} {address}"),
            resources: vec![arn(format!("table/{address}"))],
        },
        Observed::Change { change },
    ] {
        file.evidence.push(Evidence::new("q".to_owned(), sample::at(), String::new(), observed));
    }
    let at = file.incident.signal.occurred_at;
    let lines = vec![LogLine { at, component: arn("table/t".to_owned()), message: said }];
    let series = samples.series.iter().cloned().map(|series| MetricSeries {
        resource: series.resource.map(|arn| moved(arn.to_string()).parse().unwrap()),
        ..series
    });
    (file, Samples { series: series.collect(), lines, ..Samples::default() })
}

fn secrets() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        "A[KS]IA[A-Z2-7]{16}".prop_map(|key| (key.clone(), key)),
        "ghp_[A-Za-z0-9]{36}".prop_map(|key| (key.clone(), key)),
        "[A-Za-z0-9]{12,20}".prop_map(|word| (format!("password={word}"), word)),
        "[A-Za-z0-9]{12,20}".prop_map(|word| (format!("https://shop:{word}@db.example.org/x"), word)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn export_no_account_secret_address_or_actor_survives(
        account in "[2-9]{12}",
        actor in "[a-z]{9,12}",
        (written, secret) in secrets(),
        address in "[a-z]{9,12}@[a-z]{9,12}\\.(com|org)",
    ) {
        let (file, samples) = planted(&account, &actor, &written, &address);
        let exported = export(&file, &samples, "planted", Truth::AsDiagnosed);
        prop_assert!(exported.masked["account_id"] >= 1 && exported.masked["email"] >= 1);
        for (name, text) in &exported.files {
            for gone in [&account, &secret, &address] {
                prop_assert!(!text.contains(gone.as_str()), "{name} holds {gone}");
            }
            // In a line that a program wrote, a name is a word like any other.
            prop_assert!(*name == "logs.ndjson" || !text.contains(&actor), "{name} holds {actor}");
        }
        prop_assert_eq!(export(&file, &samples, "planted", Truth::AsDiagnosed), exported);
    }
}

#[test]
fn export_as_diagnosed_expects_what_was_said_and_says_that_nobody_checked() {
    let (file, samples) = left();
    let to = Folder::new("truth");
    export(file, samples, "truth", Truth::AsDiagnosed).write(&to.0).unwrap();
    let expected = Expected::read(&to.0).unwrap().unwrap();
    assert!(expected.why.contains("Nobody has checked"));
    let (report, _) = simulated(&read_recording(&to.0));
    let score = Score::new(&report, &expected);
    assert!(score.component_is_right && score.failure_mode_is_right, "{:?}", score.faults);

    assert!(!export(file, samples, "open", Truth::Open).files.contains_key("expected.json"));
    let mut abstained = file.clone();
    let reason = "r".to_owned();
    abstained.diagnosis.as_mut().unwrap().conclusion = Conclusion::Abstained { reason };
    assert!(!export(&abstained, samples, "truth", Truth::AsDiagnosed).files.contains_key("expected.json"));
    abstained.diagnosis.as_mut().unwrap().conclusion = Conclusion::AlreadyRecovered;
    let exported = export(&abstained, samples, "truth", Truth::AsDiagnosed);
    assert!(exported.files["expected.json"].contains("\"recovered\""));
}

#[test]
fn export_without_samples_says_what_is_missing_and_is_no_surer_for_it() {
    let (_, left) = simulated(&read_recording(&scenarios().join("bank-is-slow")));
    let (file, world) = left.unwrap();
    let offline = Samples::left_out(&file);
    assert_eq!(offline.missing.len(), 2);
    for read in ["Metrics::series", "Logs::lines"] {
        world.faults.fail_operation(read);
    }
    let failed = block_on(Samples::read(&file, &world.account, &world.account));
    let reads =
        |samples: &Samples| samples.missing.iter().filter_map(|one| one.read).collect::<BTreeSet<_>>();
    assert_eq!(reads(&failed), reads(&offline));
    assert!(failed.missing[0].why.starts_with("metric samples: "), "{:?}", failed.missing);

    let to = Folder::new("offline");
    let exported = export(&file, &offline, "offline", Truth::Open);
    assert_eq!(exported.files["metrics.csv"], "time\n");
    assert!(!exported.files.contains_key("logs.ndjson"));
    exported.write(&to.0).unwrap();
    let (report, _) = simulated(&read_recording(&to.0));
    assert_ne!(report.outcome, Outcome::Act);
    assert!(report.gaps.iter().any(|gap| gap == "Metrics: no answer"), "{:?}", report.gaps);
}

#[test]
fn write_into_a_folder_that_holds_something_is_refused_and_names_it() {
    let (file, samples) = left();
    let exported = export(file, samples, "full", Truth::Open);
    let to = Folder::new("full");
    fs::create_dir_all(&to.0).unwrap();
    assert!(claim(&to.0).is_ok() && claim(&to.0.join("new")).is_ok());
    fs::write(to.0.join("notes.txt"), "mine").unwrap();
    for refused in [claim(&to.0), exported.write(&to.0)] {
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("full: is not empty"), "{said}");
    }
    assert_eq!(fs::read_dir(&to.0).unwrap().count(), 1);
    assert!(claim(&to.0.join("notes.txt")).unwrap_err().to_string().contains("cannot be read"));
}
