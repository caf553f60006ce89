//! What the functions ship, as the manifests say.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use nightshift_tests::repository::{self, FUNCTIONS};

/// The members of the workspace that a crate's normal dependencies name, directly.
fn direct(member: &str) -> BTreeSet<String> {
    let text = repository::read(&format!("crates/{member}/Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let dependencies = |table: &toml::Table| -> Vec<String> {
        table
            .get("dependencies")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let for_targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let for_targets = for_targets.filter_map(|(_, target)| target.as_table()).flat_map(dependencies);
    let is_member = |name: &String| repository::root().join("crates").join(name).is_dir();
    dependencies(&manifest).into_iter().chain(for_targets).filter(is_member).collect()
}

/// The same, however far.
fn reached(member: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![member.to_owned()];
    while let Some(next) = waiting.pop() {
        if found.insert(next.clone()) {
            waiting.extend(direct(&next));
        }
    }
    found
}

#[test]
fn functions_ship_no_fakes() {
    for function in FUNCTIONS {
        let reached = reached(function);
        assert!(reached.contains("common"), "{function}: {reached:?}");
        assert!(!reached.contains("fakes"), "{function}: {reached:?}");
    }
    // The simulation runs on them: what this test looks for is found where it is.
    assert!(reached("cli").contains("fakes"));
}

#[test]
fn functions_ship_no_prover() {
    for function in FUNCTIONS {
        let reached = reached(function);
        assert!(!reached.contains("policy-proof"), "{function}: {reached:?}");
    }
    assert!(reached("cli").contains("policy-proof"));
    // And no other crate reaches it past that one.
    for member in std::fs::read_dir(repository::root().join("crates")).unwrap() {
        let member = member.unwrap();
        if let Ok(manifest) = std::fs::read_to_string(member.path().join("Cargo.toml")) {
            let names = manifest.contains("cedar-policy-symcc");
            assert_eq!(names, member.file_name() == "policy-proof", "{:?}", member.path());
        }
    }
}
