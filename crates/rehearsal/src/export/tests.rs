//! Scenarios of the repository lived through, exported, and lived through again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use common::{Arn, testing::FakeAccount};
use ingest::Reading;
use proptest::prelude::*;

use super::*;
use crate::{Expected, Outcome, Recording, Rehearsal, Report, folders, world::World};

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

/// What a rehearsal came to, and the file and the account that it leaves; `None` of what opened nothing.
fn lived(recording: &Recording) -> (Report, Option<(IncidentFile, FakeAccount)>) {
    let rehearsal = Rehearsal::shipped().unwrap();
    let Reading::Signal(signal) = &recording.reading else {
        return (block_on(rehearsal.rehearse(recording)).unwrap(), None);
    };
    let now = signal.occurred_at + recording.looked_after;
    let world = World::of(recording, now);
    let report = block_on(rehearsal.rehearse_in(&world, recording, signal)).unwrap();
    let own = [("nightshift-RollbackLambdaAliasRole", "nightshift-RollbackLambdaAliasRole")];
    let own = own.map(|(name, known)| (name.to_owned(), known.to_owned())).into();
    let file = world.store.incidents().pop().map(|incident| {
        let file = block_on(IncidentFile::read(&world.store, incident, own)).unwrap();
        (file, world.account.clone())
    });
    (report, file)
}

fn read(dir: &Path) -> Recording {
    Recording::read(dir).unwrap().without_model()
}

/// What must come out the same, without account ids.
fn gist(report: &Report) -> String {
    let part = |arn: &Arn| format!("{} {} {}", arn.service(), arn.region(), arn.name());
    let cause = report.cause.as_ref().map(|it| (part(&it.component), it.failure_mode, it.confidence));
    let action = report.proposal.as_ref().map(|it| (it.action.clone(), part(&it.target)));
    let rulings = [&report.autonomous, &report.supervised].map(|it| (it.outcome, it.verdict));
    format!("{cause:?} {action:?} {rulings:?}")
}

/// Exports what `recording` left, and rehearses that.
fn again(recording: &Recording, to: &Folder) -> Option<(Report, Report)> {
    let (before, left) = lived(recording);
    let (file, account) = left?;
    let samples = block_on(Samples::read(&file, &account, &account));
    export(&file, &samples, &recording.name, Truth::Open).write(&to.0).unwrap();
    Some((before, lived(&read(&to.0)).0))
}

#[test]
fn export_rehearsed_gives_the_same_cause_action_and_verdict() {
    let mut different = Vec::new();
    let mut same = 0;
    for dir in folders(&scenarios()).unwrap() {
        let recording = read(&dir);
        let folder = Folder::new(&recording.name);
        let Some((before, after)) = again(&recording, &folder) else { continue };
        if gist(&before) == gist(&after) {
            same += 1;
        } else {
            different.push(format!("{}:\n  {}\n  {}", recording.name, gist(&before), gist(&after)));
        }
    }
    println!("{same} the same, {} different\n{}", different.len(), different.join("\n"));
    assert!(different.is_empty());
}
